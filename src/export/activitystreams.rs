//! Posts as one OrderedCollection of ActivityStreams 2.0, the newest first. What that vocabulary has no word for is under `kf:`.

use std::io::Write;

use serde_json::{Map, Value, json};

use super::posts::PostExporter;
use super::safe::{html, linkable};
use super::{POST_SCHEMA, failed};
use crate::error::Result;
use crate::model::post::{CountKind, PostMediaKind, RelationKind};
use crate::model::{Actor, Platform, Post, PostKey, PostKind, PostMedia, PostState, Presence};
use crate::store::{PostRow, Reader};

/// Answers that are named beside a post.
const REPLIES: usize = 1000;

/// The ActivityStreams format.
#[derive(Debug, Default)]
pub struct ActivityStreams {
    items: u64,
}

impl PostExporter for ActivityStreams {
    fn begin(&mut self, out: &mut dyn Write) -> Result<()> {
        self.items = 0;
        let context = json!([
            "https://www.w3.org/ns/activitystreams",
            { "Hashtag": "as:Hashtag", "sensitive": "as:sensitive", "kf": "urn:keepfast:ns:" }
        ]);
        write!(
            out,
            "{{\"@context\":{context},\"type\":\"OrderedCollection\",\"kf:schema\":\"{POST_SCHEMA}\",\"orderedItems\":["
        )
        .map_err(failed)
    }

    fn item(&mut self, reader: &Reader, row: &PostRow, out: &mut dyn Write) -> Result<()> {
        let replies = reader.replies(&row.key)?;
        let separator: &[u8] = if self.items > 0 { b",\n" } else { b"\n" };
        self.items += 1;
        out.write_all(separator).map_err(failed)?;
        serde_json::to_writer(&mut *out, &object(row, &replies)).map_err(|error| failed(error.into()))
    }

    fn end(&mut self, out: &mut dyn Write) -> Result<()> {
        writeln!(out, "\n],\"totalItems\":{}}}", self.items).map_err(failed)
    }
}

/// The identifier of a post or an account: its key, which never changes; addresses are in `url`.
fn id(kind: &str, key: &PostKey) -> String {
    let mut out = format!("urn:keepfast:{kind}:");
    for octet in key.to_string().bytes() {
        match octet {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b':' | b'/' | b'@' => {
                out.push(char::from(octet));
            }
            _ => out.push_str(&format!("%{octet:02X}")),
        }
    }
    out
}

/// A post as an object of the vocabulary.
pub(super) fn object(row: &PostRow, replies: &[PostKey]) -> Value {
    let post = &row.post;
    let mut out = Map::new();
    let mut put = |name: &str, value: Value| {
        if !value.is_null() {
            out.insert(name.to_owned(), value);
        }
    };
    let kind = type_of(post);
    put("id", id("post", &row.key).into());
    match deleted(row) {
        None => put("type", kind.into()),
        Some(at) => {
            put("type", "Tombstone".into());
            put("formerType", kind.into());
            put("deleted", at.to_string().into());
            put("kf:state", row.state.as_str().into());
            put("kf:vanished", json!(row.vanished.map(|v| v.state)));
        }
    }
    put("url", post.url.as_deref().filter(|url| linkable(url)).into());
    put("name", post.title.as_deref().into());
    put("content", content(&post.text));
    put("summary", post.spoiler.as_deref().map(html).into());
    put("sensitive", post.sensitive.then_some(true).into());
    let author = post.author.as_ref().map(actor);
    match kind {
        "Announce" => put("actor", author.into()),
        _ => put("attributedTo", author.into()),
    }
    put("kf:via", post.via.as_ref().map(actor).into());
    let at = |when: &Option<crate::model::When>| when.as_ref().and_then(|when| when.at).map(|at| at.to_string());
    put("published", at(&post.created).into());
    put("kf:publishedRaw", post.created.as_ref().map(|when| when.raw.as_str()).into());
    put("updated", at(&post.edited).into());
    put("inReplyTo", target(post, RelationKind::Reply));
    put("context", target(post, RelationKind::ThreadRoot));
    put("object", target(post, RelationKind::Repost));
    put("kf:quotes", target(post, RelationKind::Quote));
    put("kf:forwarded", target(post, RelationKind::Forward));
    put("attachment", list(post.media.iter().map(attachment).collect()));
    put("tag", list(tags(post)));
    put("replies", replies_of(post, replies));
    for (name, kind) in [("likes", CountKind::Likes), ("shares", CountKind::Reposts)] {
        let total = post.count(kind).map(|n| json!({ "type": "Collection", "totalItems": n }));
        put(name, total.into());
    }
    if let Some(poll) = &post.poll {
        let choice = |choice: &crate::model::post::Choice| {
            let votes = choice.votes.filter(|_| !choice.percent);
            let total = votes.map(|n| json!({ "type": "Collection", "totalItems": n }));
            json!({ "type": "Note", "name": choice.text, "replies": total })
        };
        put("oneOf", Value::Array(poll.choices.iter().map(choice).collect()));
        put("endTime", at(&poll.ends).into());
    }
    put("kf:platform", row.key.platform.as_str().into());
    put("kf:versions", row.versions.into());
    put("kf:firstSeen", row.first_seen.to_string().into());
    put("kf:lastSeen", row.last_seen.to_string().into());
    put("kf:missing", list(post.missing.iter().map(|what| what.as_str().into()).collect()));
    Value::Object(out)
}

fn type_of(post: &Post) -> &'static str {
    match post.kind {
        _ if post.poll.is_some() => "Question",
        PostKind::Post | PostKind::Comment | PostKind::Story => "Note",
        PostKind::Repost => "Announce",
        PostKind::Article => "Article",
        PostKind::Video | PostKind::Live => "Video",
        PostKind::Image => "Image",
        PostKind::Page => "Page",
    }
}

/// When it was first known not to be there any more; what is for some only, or blocked, is still there.
fn deleted(row: &PostRow) -> Option<jiff::Timestamp> {
    let by_state = matches!(
        row.state,
        PostState::DeletedByAuthor | PostState::RemovedByModerator | PostState::AccountGone | PostState::Gone
    );
    let by_ledger = row.vanished.filter(|v| v.state == Presence::Gone).map(|v| v.since);
    by_ledger.or(by_state.then_some(row.last_seen))
}

/// `content` is HTML where nothing else is said: the words, with nothing in them that is markup.
fn content(text: &str) -> Value {
    let lines = text.split('\n').filter(|line| !line.trim().is_empty());
    let lines: Vec<String> = lines.map(|line| format!("<p>{}</p>", html(line))).collect();
    if lines.is_empty() { Value::Null } else { lines.concat().into() }
}

fn list(items: Vec<Value>) -> Value {
    if items.is_empty() { Value::Null } else { Value::Array(items) }
}

fn actor(actor: &Actor) -> Value {
    let kind = match (actor.bot, actor.group) {
        (true, _) => "Service",
        (_, true) => "Group",
        _ if actor.key.platform == Platform::Telegram => "Group",
        _ => "Person",
    };
    let mut out = Map::new();
    out.insert("type".into(), kind.into());
    out.insert("id".into(), id("actor", &actor.key).into());
    let url = actor.url.as_deref().filter(|url| linkable(url));
    for (name, value) in [("name", actor.name.as_deref()), ("preferredUsername", actor.handle.as_deref()), ("url", url)]
    {
        if let Some(value) = value {
            out.insert(name.into(), value.into());
        }
    }
    Value::Object(out)
}

/// What a relation leads to: the post by its key, or an address; a mere name is none.
fn target(post: &Post, kind: RelationKind) -> Value {
    let Some(relation) = post.relation(kind) else { return Value::Null };
    let url = relation.url.as_deref().filter(|url| linkable(url)).map(str::to_owned);
    relation.key.as_ref().map(|key| id("post", key)).or(url).into()
}

fn attachment(medium: &PostMedia) -> Value {
    let kind = match medium.kind {
        PostMediaKind::Image | PostMediaKind::Gif | PostMediaKind::Sticker => "Image",
        PostMediaKind::Video => "Video",
        PostMediaKind::Audio => "Audio",
        PostMediaKind::Document => "Document",
        PostMediaKind::Embed => "Page",
    };
    let mut out = Map::new();
    out.insert("type".into(), kind.into());
    let links: Vec<Value> = medium
        .renditions
        .iter()
        .filter(|one| linkable(&one.url))
        .map(|one| {
            let mut link = json!({ "type": "Link", "href": one.url });
            for (name, value) in
                [("mediaType", json!(one.mime)), ("width", json!(one.width)), ("height", json!(one.height))]
            {
                if !value.is_null() {
                    link[name] = value;
                }
            }
            link
        })
        .collect();
    if !links.is_empty() {
        out.insert("url".into(), Value::Array(links));
    }
    let name = if medium.alt.is_empty() { medium.title.as_deref() } else { Some(medium.alt.as_str()) };
    if let Some(name) = name {
        out.insert("name".into(), name.into());
    }
    if let Some(ms) = medium.duration_ms {
        out.insert("duration".into(), format!("PT{}.{:03}S", ms / 1000, ms % 1000).into());
    }
    out.insert("kf:identity".into(), medium.identity.as_str().into());
    Value::Object(out)
}

fn tags(post: &Post) -> Vec<Value> {
    let hashtags = post.tags.iter().map(|tag| json!({ "type": "Hashtag", "name": format!("#{tag}") }));
    let mentions = post.mentions.iter().map(|mention| {
        let mut out = json!({ "type": "Mention", "name": format!("@{}", mention.handle) });
        if let Some(url) = mention.url.as_deref().filter(|url| linkable(url)) {
            out["href"] = url.into();
        }
        out
    });
    hashtags.chain(mentions).collect()
}

/// The answers that are in the archive, and how many the platform says there are.
fn replies_of(post: &Post, replies: &[PostKey]) -> Value {
    let claimed = post.count(CountKind::Replies);
    if replies.is_empty() && claimed.is_none() {
        return Value::Null;
    }
    let items: Vec<Value> = replies.iter().take(REPLIES).map(|key| id("post", key).into()).collect();
    let total = claimed.unwrap_or(0).max(replies.len() as u64);
    json!({ "type": "Collection", "totalItems": total, "items": items })
}
