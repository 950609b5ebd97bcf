//! Posts as JSON Lines and as a table for spreadsheets: one line a post.

use std::io::Write;

use jiff::Timestamp;
use serde::Serialize;

use super::csv::row;
use super::failed;
use crate::error::Result;
use crate::model::post::{Count, CountKind, RelationKind};
use crate::model::{Actor, Digest, Post, PostKey, PostState, When};
use crate::store::{PostMedium, PostRow, PostView, Reader, Related, Vanished};

/// Name and version of the form of posts; a change that breaks readers raises the number.
pub const POST_SCHEMA: &str = "keepfast-post/1";

/// A form of posts: knows bytes, not files. Nothing is kept between posts, so that exports of any length stream.
pub trait PostExporter {
    /// Writes what stands before the first post.
    fn begin(&mut self, out: &mut dyn Write) -> Result<()>;
    /// Writes one post.
    fn item(&mut self, reader: &Reader, row: &PostRow, out: &mut dyn Write) -> Result<()>;
    /// Writes what stands after the last one.
    fn end(&mut self, out: &mut dyn Write) -> Result<()>;
}

/// Posts as JSON Lines.
#[derive(Debug, Default)]
pub struct PostsJsonl;

/// One line. Apart from the model on purpose: what is written here is a promise to other programs.
#[derive(Serialize)]
struct Line<'a> {
    schema: &'static str,
    key: &'a PostKey,
    platform: &'static str,
    state: PostState,
    vanished: Option<&'a Vanished>,
    first_snapshot: i64,
    first_seen: Timestamp,
    last_snapshot: i64,
    last_seen: Timestamp,
    versions: u32,
    route: &'a str,
    document: i64,
    place: u32,
    post: &'a Post,
    history: Vec<Version<'a>>,
    counts: Vec<Counted<'a>>,
    related: &'a [Related],
    media: Vec<Medium<'a>>,
    names: &'a [Actor],
}

#[derive(Serialize)]
struct Version<'a> {
    route: &'a str,
    digest: &'a str,
    first_snapshot: i64,
    first_seen: Timestamp,
    last_snapshot: i64,
    last_seen: Timestamp,
    document: i64,
    exchange: Option<i64>,
    url: Option<&'a str>,
    post: &'a Post,
}

#[derive(Serialize)]
struct Counted<'a> {
    snapshot: i64,
    at: Timestamp,
    route: &'a str,
    counts: &'a [Count],
}

#[derive(Serialize)]
struct Medium<'a> {
    identity: &'a str,
    kind: &'static str,
    state: &'static str,
    url: Option<&'a str>,
    exchange: Option<i64>,
    media_type: Option<&'a str>,
    body_len: Option<u64>,
    payload: Option<Digest>,
    reason: Option<&'a str>,
}

impl<'a> From<&'a PostMedium> for Medium<'a> {
    fn from(one: &'a PostMedium) -> Self {
        Self {
            identity: &one.medium.identity,
            kind: one.medium.kind.as_str(),
            state: one.medium.state.as_str(),
            url: one.url.as_deref(),
            exchange: one.exchange.map(|id| id.0),
            media_type: one.media_type.as_deref(),
            body_len: one.bytes,
            payload: one.payload,
            reason: one.reason.as_deref(),
        }
    }
}

impl<'a> From<&'a PostView> for Line<'a> {
    fn from(view: &'a PostView) -> Self {
        let row = &view.row;
        let version = |one: &'a crate::store::Version| Version {
            route: &one.form,
            digest: &one.digest,
            first_snapshot: one.first.0,
            first_seen: one.first_seen,
            last_snapshot: one.last.0,
            last_seen: one.last_seen,
            document: one.document.0,
            exchange: one.exchange.map(|id| id.0),
            url: one.url.as_deref(),
            post: &one.post,
        };
        let counted = |one: &'a crate::store::Seen| Counted {
            snapshot: one.snapshot.0,
            at: one.at,
            route: &one.form,
            counts: &one.counts,
        };
        Self {
            schema: POST_SCHEMA,
            key: &row.key,
            platform: row.key.platform.as_str(),
            state: row.state,
            vanished: row.vanished.as_ref(),
            first_snapshot: row.first.0,
            first_seen: row.first_seen,
            last_snapshot: row.last.0,
            last_seen: row.last_seen,
            versions: row.versions,
            route: &row.form,
            document: row.document.0,
            place: row.place,
            post: &row.post,
            history: view.history.iter().map(version).collect(),
            counts: view.counts.iter().map(counted).collect(),
            related: &view.related,
            media: view.media.iter().map(Into::into).collect(),
            names: &view.names,
        }
    }
}

impl PostExporter for PostsJsonl {
    fn begin(&mut self, _: &mut dyn Write) -> Result<()> {
        Ok(())
    }

    fn item(&mut self, reader: &Reader, row: &PostRow, out: &mut dyn Write) -> Result<()> {
        let Some(view) = reader.post(&row.key)? else { return Ok(()) };
        serde_json::to_writer(&mut *out, &Line::from(&view)).map_err(|error| failed(error.into()))?;
        out.write_all(b"\n").map_err(failed)
    }

    fn end(&mut self, _: &mut dyn Write) -> Result<()> {
        Ok(())
    }
}

/// The columns in their order; documented in `docs/SCHEMA.md`.
pub const POST_COLUMNS: [&str; 33] = [
    "key",
    "platform",
    "kind",
    "state",
    "vanished",
    "url",
    "author",
    "author_handle",
    "author_key",
    "created",
    "created_raw",
    "edited",
    "title",
    "text",
    "language",
    "spoiler",
    "tags",
    "reply_to",
    "thread_root",
    "quotes",
    "handed_on",
    "links",
    "media",
    "media_held",
    "likes",
    "reposts",
    "replies",
    "views",
    "missing",
    "versions",
    "first_seen",
    "last_seen",
    "route",
];

/// Posts as CSV.
#[derive(Debug, Default)]
pub struct PostsCsv;

impl PostExporter for PostsCsv {
    fn begin(&mut self, out: &mut dyn Write) -> Result<()> {
        row(&POST_COLUMNS.map(str::to_owned), out)
    }

    fn item(&mut self, reader: &Reader, item: &PostRow, out: &mut dyn Write) -> Result<()> {
        let post = &item.post;
        let author = post.author.as_ref();
        let at = |when: Option<&When>| when.and_then(|when| when.at).map(|at| at.to_string()).unwrap_or_default();
        let to = |kinds: &[RelationKind]| {
            let of = post.relations.iter().filter(|relation| kinds.contains(&relation.kind));
            of.map(|relation| relation.target()).collect::<Vec<_>>().join("; ")
        };
        let count = |kind| post.count(kind).map(|n| n.to_string()).unwrap_or_default();
        let held = match post.media.is_empty() {
            true => 0,
            false => reader.post_media(item)?.iter().filter(|medium| medium.exchange.is_some()).count(),
        };
        let cells: [String; POST_COLUMNS.len()] = [
            item.key.to_string(),
            item.key.platform.to_string(),
            post.kind.to_string(),
            item.state.to_string(),
            item.vanished.map(|v| v.state.to_string()).unwrap_or_default(),
            post.url.clone().unwrap_or_default(),
            author.and_then(|a| a.shown()).unwrap_or_default().to_owned(),
            author.and_then(|a| a.handle.clone()).unwrap_or_default(),
            author.map(|a| a.key.to_string()).unwrap_or_default(),
            at(post.created.as_ref()),
            post.created.as_ref().map(|when| when.raw.clone()).unwrap_or_default(),
            at(post.edited.as_ref()),
            post.title.clone().unwrap_or_default(),
            post.text.clone(),
            post.language.clone().unwrap_or_default(),
            post.spoiler.clone().unwrap_or_default(),
            post.tags.join("; "),
            to(&[RelationKind::Reply]),
            to(&[RelationKind::ThreadRoot]),
            to(&[RelationKind::Quote]),
            to(&[RelationKind::Repost, RelationKind::Forward]),
            post.links.iter().map(|link| link.url.as_str()).collect::<Vec<_>>().join("; "),
            post.media.len().to_string(),
            held.to_string(),
            count(CountKind::Likes),
            count(CountKind::Reposts),
            count(CountKind::Replies),
            count(CountKind::Views),
            post.missing.iter().map(|what| what.as_str()).collect::<Vec<_>>().join("; "),
            item.versions.to_string(),
            item.first_seen.to_string(),
            item.last_seen.to_string(),
            item.form.clone(),
        ];
        row(&cells, out)
    }

    fn end(&mut self, _: &mut dyn Write) -> Result<()> {
        Ok(())
    }
}
