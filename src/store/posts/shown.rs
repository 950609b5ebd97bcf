//! What is shown of posts.

use jiff::Timestamp;
use serde::Serialize;

use crate::model::post::{Count, PostMedia, RelationKind};
use crate::model::{Actor, Digest, DocumentId, ExchangeId, Manner, Post, PostKey, PostState, Presence, SnapshotId};

/// A post as it was seen last.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PostRow {
    /// By what it is known.
    pub key: PostKey,
    /// How it stands, as the newest look at it says.
    pub state: PostState,
    /// What the ledger of what vanished says of the page that it is, or of the comment.
    pub vanished: Option<Vanished>,
    /// The first snapshot that shows it …
    pub first: SnapshotId,
    /// … and when that was begun.
    pub first_seen: Timestamp,
    /// The newest.
    pub last: SnapshotId,
    /// When that was begun.
    pub last_seen: Timestamp,
    /// Distinct contents, by the route that shows the most of them.
    pub versions: u32,
    /// The route by which it was had last.
    pub form: String,
    /// The document that shows it, and …
    pub document: DocumentId,
    /// … its place among the posts of that.
    pub place: u32,
    /// What it says; of one that is not there any more its last words that were seen.
    pub post: Post,
}

/// What the ledger says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Vanished {
    /// How sure that is.
    pub state: Presence,
    /// How it is told.
    pub manner: Manner,
    /// Since when.
    pub since: Timestamp,
}

/// One content of a post.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Version {
    /// The route by which it was had.
    pub form: String,
    /// First half of the digest of its content, hexadecimal.
    pub digest: String,
    /// The snapshots that show it first and last.
    pub first: SnapshotId,
    /// The last.
    pub last: SnapshotId,
    /// When these were begun.
    pub first_seen: Timestamp,
    /// When the last was.
    pub last_seen: Timestamp,
    /// The document that shows it first.
    pub document: DocumentId,
    /// The exchange whose answer was read.
    pub exchange: Option<ExchangeId>,
    /// The address that was asked for it.
    pub url: Option<String>,
    /// What it says.
    pub post: Post,
}

/// What was counted when it was seen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Seen {
    /// The snapshot that shows these first …
    pub snapshot: SnapshotId,
    /// … and when that was begun.
    pub at: Timestamp,
    /// The route.
    pub form: String,
    /// The numbers.
    pub counts: Vec<Count>,
}

/// Another post that refers to it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Related {
    /// How.
    pub kind: RelationKind,
    /// Which.
    pub key: PostKey,
    /// When it was made, or else first seen.
    pub at: Timestamp,
}

/// What became of a medium.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PostMedium {
    /// The medium, as the newest version that has it shows it.
    pub medium: PostMedia,
    /// The address that was fetched.
    pub url: Option<String>,
    /// The exchange whose answer holds it; none: it is not held.
    pub exchange: Option<ExchangeId>,
    /// Media type as the server said.
    pub media_type: Option<String>,
    /// Digest of the octets.
    pub payload: Option<Digest>,
    /// Octets.
    pub bytes: Option<u64>,
    /// Why it is not held.
    pub reason: Option<String>,
}

/// A post with all that is known of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PostView {
    /// As it was seen last.
    #[serde(flatten)]
    pub row: PostRow,
    /// Its versions, the first seen first.
    pub history: Vec<Version>,
    /// What was counted, over time.
    pub counts: Vec<Seen>,
    /// Posts of the archive that answer it, quote it, hand it on.
    pub related: Vec<Related>,
    /// Its media and what became of them.
    pub media: Vec<PostMedium>,
    /// What was called its author, first to last.
    pub names: Vec<Actor>,
}
