//! What is looked at, and the work that this makes.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::outcome::closed_list;
use super::{Cadence, Digest, JobId, Pulse, RunId, SnapshotId, WatchId};

closed_list! {
    /// Where a watch comes from.
    Source {
        Add = "add": "Named with `keepfast add`.",
        Config = "config": "A `[[watch]]` entry of the configuration file.",
        List = "list": "A line of the URL list beside the configuration file.",
        Import = "import": "Read from a file with `keepfast import`.",
        Item = "item": "Named by a feed, a sitemap or a page of links that is watched.",
    }
}

closed_list! {
    /// What is to be done with a watch.
    WatchState {
        Active = "active": "It is captured when it is due.",
        Paused = "paused": "It is left alone until it is resumed.",
        Retired = "retired": "Its entry has left the configuration file or the list; its snapshots stay.",
        Removed = "removed": "It was removed; its snapshots stay, and `resume` brings it back.",
    }
}

/// Settings of one watch that differ from the configuration, by key of the configuration file
/// (`requisites = "all"`). Kept as given; `config` checks and resolves them.
pub type WatchOptions = std::collections::BTreeMap<String, serde_json::Value>;

/// A watch to be made.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct NewWatch {
    /// The URL as it is to be asked.
    pub url: String,
    /// Its canonical form: watches of equal keys are one watch.
    pub key: String,
    /// Host and port, for example `example.org:443`: what the pace is for.
    pub host: String,
    /// Where it comes from.
    pub source: Source,
    /// Labels.
    pub tags: Vec<String>,
    /// A remark of the operator.
    pub note: Option<String>,
    /// When it is looked at; `None`: as the configuration has it.
    pub every: Option<Cadence>,
    /// When it was published, if that is known before it is looked at: the item of a feed.
    pub published: Option<Timestamp>,
    /// Own settings.
    pub options: WatchOptions,
}

/// A watch as it is kept.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Watch {
    /// Its number.
    pub id: WatchId,
    /// What it was made from.
    #[serde(flatten)]
    pub what: NewWatch,
    /// What is to be done with it.
    pub state: WatchState,
    /// When it was added.
    pub created_at: Timestamp,
    /// When it is to be looked at next; `None`: never.
    pub due_at: Option<Timestamp>,
    /// How many snapshots there are of it.
    pub snapshots: i64,
    /// The newest snapshot, whatever it holds.
    pub last: Option<SnapshotId>,
    /// The outcome of that.
    pub last_outcome: Option<super::Outcome>,
    /// When that was.
    pub last_at: Option<Timestamp>,
    /// The newest snapshot that holds content.
    pub current: Option<SnapshotId>,
}

/// Something that a watched list names.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ListedItem {
    /// What the list knows it by.
    pub identity: String,
    /// The watch that it becomes, unless it is one already.
    pub watch: NewWatch,
    /// It is looked at until then; `None`: for ever.
    pub ends_at: Option<Timestamp>,
}

/// What is known of the last good answer of a watch: for conditional requests, revisits and comparison.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Previous {
    /// The last snapshot with content.
    pub snapshot: SnapshotId,
    /// What was read out of it.
    pub document: Option<super::KnownDocument>,
    /// Its final URL.
    pub url: String,
    /// Digest of its final payload.
    pub payload: Digest,
    /// `ETag` of the final answer, octet for octet.
    pub etag: Option<String>,
    /// `Last-Modified` of the final answer.
    pub last_modified: Option<String>,
    /// When a full answer (not a 304) was had last.
    pub full_at: Timestamp,
    /// Media type of the final answer.
    pub media_type: String,
    /// The WARC response record that holds the payload.
    pub held: super::Held,
    /// Octets of that body after content decoding.
    pub decoded_len: u64,
    /// What else is known of that snapshot.
    pub flags: Vec<super::Flag>,
    /// Its comments.
    pub comments: Option<super::CommentCount>,
    /// Its thread has further pages, followed or not.
    pub paged: bool,
}

/// One piece of due work, claimed from the frontier.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Job {
    /// Its number.
    pub id: JobId,
    /// The run it belongs to.
    pub run: RunId,
    /// The watch it is for.
    pub watch: WatchId,
    /// The URL to ask.
    pub url: String,
    /// Host and port.
    pub host: String,
    /// 1 for the first try, one more for each further one.
    pub attempt: u32,
    /// Labels of the watch.
    pub tags: Vec<String>,
    /// When the watch is looked at, if it has a time of its own.
    pub every: Option<Cadence>,
    /// The due time that this is for; `None`: asked for by hand.
    pub planned: Option<Timestamp>,
    /// The next due time of the watch, while a look is asked for by hand.
    pub waiting: Option<Timestamp>,
    /// When it came into the frontier, or was found there by a later run.
    pub enqueued_at: Timestamp,
    /// When its first try was begun.
    pub begun_at: Timestamp,
    /// A remark of the operator.
    pub note: Option<String>,
    /// How the newest look ended.
    pub last_outcome: Option<super::Outcome>,
    /// How the watch changes, as far as is known.
    pub pulse: Pulse,
    /// It is looked at until then.
    pub ends_at: Option<Timestamp>,
    /// It is a list, whose items are watched: a window, not a thing.
    pub lists: bool,
    /// Something of it is in the ledger of what vanished, and not there again.
    pub vanished: bool,
    /// When that medium of its main text which has waited longest had its turn to be asked for; `None`: it has none.
    #[serde(default)]
    pub media_at: Option<Timestamp>,
    /// The program that answers on its host, where that is known.
    #[serde(default)]
    pub program: Option<super::Platform>,
    /// Own settings of the watch.
    pub options: WatchOptions,
    /// The last good answer.
    pub previous: Option<Previous>,
}
