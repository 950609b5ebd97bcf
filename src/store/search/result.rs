//! What is asked of a search, and what it finds.

use jiff::Timestamp;
use serde::Serialize;

use super::query::Query;
use super::snippet::Snippet;
use crate::error::Result;
use crate::model::{Outcome, SnapshotId, WatchId};

/// In which order results come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Order {
    /// The best first; the newer of equals.
    #[default]
    Ranked,
    /// The text that appeared last first.
    Newest,
}

/// What is looked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Search {
    /// As it was typed (`docs/SCHEMA.md`).
    pub query: String,
    /// Somebody who wrote the text or a comment.
    pub authors: Vec<String>,
    /// Any of these hosts, or hosts below them.
    pub sites: Vec<String>,
    /// Any of these labels.
    pub tags: Vec<String>,
    /// First seen at or after.
    pub since: Option<Timestamp>,
    /// First seen before.
    pub until: Option<Timestamp>,
    /// Any of these outcomes; none: those that hold content.
    pub outcomes: Vec<Outcome>,
    /// At most so many results.
    pub limit: u32,
    /// Their order.
    pub order: Order,
    /// Each version of a page is a result of its own.
    pub versions: bool,
}

impl Search {
    /// Some of what was typed is looked for inside words.
    pub fn looks_inside(&self) -> Result<bool> {
        Query::parse(&self.query).map(|query| query.looks_inside())
    }
}

/// What was found.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Found {
    /// The results in their order.
    pub results: Vec<Hit>,
    /// There are more than were asked for.
    pub more: bool,
    /// More versions matched than are ranked: only so many, the newest, were.
    pub ranked_newest: Option<u32>,
    /// Texts that are stored and not in the index yet.
    pub not_indexed: u64,
}

/// Whether a page still says what it said.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// It is what the page said when it was last seen.
    Current,
    /// The page has said something else since.
    Former,
    /// A later look is not indexed yet.
    Unknown,
}

/// The part of a page in which the words were met.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Met {
    /// The title.
    Title,
    /// The main text.
    Text,
    /// A comment, or its author's name.
    Comment,
    /// The name of an author.
    Author,
    /// Around the main text: description, tags, menus, side bars.
    Around,
}

/// The comment that a snippet is of.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct OfComment {
    /// Position in the page, from 1.
    pub number: u32,
    /// Name as shown.
    pub author: Option<String>,
    /// Time as shown.
    pub time: Option<String>,
    /// Its address.
    pub permalink: Option<String>,
}

/// One result: a version of a page.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Hit {
    /// The watch.
    pub watch: WatchId,
    /// Its URL.
    pub url: String,
    /// The first snapshot of this version: `keepfast show` takes it.
    pub snapshot: SnapshotId,
    /// The newest snapshot of this version.
    pub last_snapshot: SnapshotId,
    /// When this version was first seen.
    pub first_seen: Timestamp,
    /// When it was last seen.
    pub last_seen: Timestamp,
    /// How its first snapshot ended.
    pub outcome: Outcome,
    /// Whether it stands.
    pub version: Standing,
    /// The words are no longer on the page; none: not known.
    pub gone: Option<bool>,
    /// How the newest look at the page ended.
    pub last_outcome: Option<Outcome>,
    /// Title.
    pub title: Option<String>,
    /// Places of the words in the title, counted in characters.
    pub title_marks: Vec<(usize, usize)>,
    /// Authors.
    pub authors: Vec<String>,
    /// Name of the site.
    pub site: Option<String>,
    /// Publication, as far as the page tells.
    pub published: Option<Timestamp>,
    /// The part that the snippet is of.
    pub part: Met,
    /// The comment that it is of.
    pub comment: Option<OfComment>,
    /// The words in their place.
    pub snippet: Snippet,
    /// The better, the higher; none if the order is by time.
    pub score: Option<f64>,
}
