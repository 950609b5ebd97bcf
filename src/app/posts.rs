//! Posts: lists of them, and one with its versions.

use serde::Serialize;

use super::difference::told;
use super::{App, canonical, quoted};
use crate::diff;
use crate::error::{Error, ErrorKind, Result};
use crate::model::{Block, Document, Kind, MediaKind, MediaLink, Post, PostKey, SnapshotId, Told, WatchState};
use crate::store::{Filter, Indexed, PostFilter, PostRow, PostView, Version};

/// Which posts are listed.
#[derive(Clone, Debug, Default)]
pub struct PostsAsk {
    /// Shown by these watches: URLs or numbers.
    pub watches: Vec<String>,
    /// Shown by watches with any of these labels.
    pub tags: Vec<String>,
    /// What else: platforms, authors, times.
    pub filter: PostFilter,
    /// At most so many.
    pub limit: u64,
}

/// Posts, and what is to be known of them.
#[derive(Clone, Debug, Serialize)]
pub struct Posts {
    /// Those made last first.
    pub posts: Vec<PostRow>,
    /// There are more.
    pub more: bool,
    /// Snapshots whose posts are not in the index yet.
    pub not_indexed: u64,
    /// Why not.
    pub stopped: Option<String>,
}

/// What a version of a post says otherwise than the one before it, by the same route.
#[derive(Clone, Debug, Serialize)]
pub struct Edit {
    /// The route.
    pub form: String,
    /// The snapshots that show the two first.
    pub older: SnapshotId,
    /// The newer.
    pub newer: SnapshotId,
    /// What differs, item by item.
    pub items: Vec<Told>,
    /// It differs in what is not told item by item: its state, its poll, whom it answers.
    pub otherwise: Vec<String>,
}

/// A post with all that is known of it.
#[derive(Clone, Debug, Serialize)]
pub struct PostReport {
    /// The post.
    #[serde(flatten)]
    pub view: PostView,
    /// What became other from version to version.
    pub edits: Vec<Edit>,
    /// Snapshots whose posts are not in the index yet.
    pub not_indexed: u64,
    /// Why not.
    pub stopped: Option<String>,
}

impl App {
    /// Brings the index of posts up to date, unless another process captures; `told` hears how many documents went in.
    pub fn index_posts(&self, told: &mut dyn FnMut(u64)) -> Result<Indexed> {
        self.archive()?.index_posts(told)
    }

    /// Posts, those made last first. What is not indexed yet is indexed first, if no other process captures.
    pub fn posts(&self, ask: &PostsAsk, told: &mut dyn FnMut(u64)) -> Result<Posts> {
        let stopped = self.index_posts(told)?.stopped;
        let reader = self.reader()?;
        let mut filter = ask.filter.clone();
        if !ask.watches.is_empty() || !ask.tags.is_empty() {
            let all = [WatchState::Active, WatchState::Paused, WatchState::Retired, WatchState::Removed];
            let watches = self.targets(&ask.watches, &ask.tags, &all)?;
            let watches = Some(watches.into_iter().map(|watch| watch.id).collect());
            filter.shown_by = Some(Filter { watches, ..Filter::default() });
        }
        let mut posts = reader.posts(&filter, ask.limit.saturating_add(1))?;
        let more = posts.len() as u64 > ask.limit;
        posts.truncate(usize::try_from(ask.limit).unwrap_or(usize::MAX));
        Ok(Posts { posts, more, not_indexed: reader.posts_not_indexed()?, stopped })
    }

    /// The post with a key or an address.
    pub fn post(&self, name: &str, told: &mut dyn FnMut(u64)) -> Result<PostReport> {
        let stopped = self.index_posts(told)?.stopped;
        let reader = self.reader()?;
        let view = match PostKey::parse(name).map(|key| reader.post(&key)).transpose()?.flatten() {
            Some(view) => Some(view),
            None => match self.post_at(name)? {
                Some(key) => reader.post(&key)?,
                None => None,
            },
        };
        let Some(view) = view else {
            return Err(no_post(name));
        };
        let not_indexed = reader.posts_not_indexed()?;
        Ok(PostReport { edits: edits(&view.history), not_indexed, stopped, view })
    }

    pub(super) fn post_at(&self, name: &str) -> Result<Option<PostKey>> {
        let reader = self.reader()?;
        match reader.post_key_at(name)? {
            Some(key) => Ok(Some(key)),
            None => canonical(name).map_or(Ok(None), |url| reader.post_key_at(&url.key)),
        }
    }
}

pub(super) fn no_post(name: &str) -> Error {
    Error::new(ErrorKind::Usage, format!("there is no post {} in the archive", quoted(name)))
        .hint("`keepfast posts` lists posts with their keys; an address of a post will do, too")
}

/// What each version says otherwise than the one before it.
fn edits(history: &[Version]) -> Vec<Edit> {
    let mut out = Vec::new();
    for (at, newer) in history.iter().enumerate() {
        let before = history.get(..at).unwrap_or_default();
        let Some(older) = before.iter().rev().find(|older| older.form == newer.form) else { continue };
        let difference = diff::compare(&as_document(&older.post), &as_document(&newer.post));
        out.push(Edit {
            form: newer.form.clone(),
            older: older.first,
            newer: newer.first,
            items: difference.items.into_iter().map(told).collect(),
            otherwise: otherwise(&older.post, &newer.post),
        });
    }
    out
}

/// What of a post the comparison of texts does not look at.
fn otherwise(older: &Post, newer: &Post) -> Vec<String> {
    let mut out = Vec::new();
    if older.state != newer.state {
        out.push(format!("{}: {}", newer.state, newer.state.about()));
    }
    let differs = [
        (older.kind != newer.kind, "what it is"),
        (older.is_edited != newer.is_edited || stated(&older.edited) != stated(&newer.edited), "when it was changed"),
        (older.version != newer.version, "the platform's name of its version"),
        (older.spoiler != newer.spoiler || older.sensitive != newer.sensitive, "the warning before it"),
        (older.card.as_ref().map(|c| &c.url) != newer.card.as_ref().map(|c| &c.url), "the page that it shows"),
        (choices(older) != choices(newer), "its poll"),
        (targets(older) != targets(newer), "what it answers, quotes or hands on"),
        (older.tags != newer.tags, "its tags"),
    ];
    out.extend(differs.into_iter().filter(|(differs, _)| *differs).map(|(_, what)| what.to_owned()));
    out
}

fn stated(when: &Option<crate::model::When>) -> Option<&str> {
    when.as_ref().map(|when| when.raw.as_str())
}

fn choices(post: &Post) -> Option<Vec<&str>> {
    post.poll.as_ref().map(|poll| poll.choices.iter().map(|choice| choice.text.as_str()).collect())
}

fn targets(post: &Post) -> Vec<(&'static str, String)> {
    post.relations.iter().map(|relation| (relation.kind.as_str(), relation.target())).collect()
}

/// A post as a document of its own: for the comparison, which knows documents.
fn as_document(post: &Post) -> Document {
    let mut document = Document::empty();
    document.kind = Kind::Post;
    document.title.clone_from(&post.title);
    document.published.clone_from(&post.created);
    document.authors = post.author.iter().filter_map(|author| author.shown().map(str::to_owned)).collect();
    let line = |text: &str| Block::Paragraph { text: text.to_owned() };
    document.blocks = match post.blocks.is_empty() {
        true => post.text.split('\n').filter(|text| !text.trim().is_empty()).map(line).collect(),
        false => post.blocks.clone(),
    };
    document.links.clone_from(&post.links);
    document.media = post
        .media
        .iter()
        .map(|medium| MediaLink {
            url: medium.identity.clone(),
            kind: MediaKind::Image,
            alt: medium.alt.clone(),
            renditions: Vec::new(),
            source: "post".into(),
            content: true,
        })
        .collect();
    document
}
