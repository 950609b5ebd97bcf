//! The result of one attempt: a complete, serialisable value. Whoever made it, committing it is all
//! that is left to do.

use std::path::PathBuf;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::outcome::closed_list;
use super::{
    Digest, Document, DocumentId, ExchangeId, Failure, Flag, Hop, JobId, Outcome, Protocol, RecordId, Robots, RunId,
    SnapshotId, Truncation, WatchId,
};

/// Where a payload is held: the WARC response record that a revisit refers to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Held {
    /// Its WARC-Record-ID.
    pub record: RecordId,
    /// Its WARC-Target-URI.
    pub url: String,
    /// Its WARC-Date.
    pub at: Timestamp,
}

/// The octets of one finished WARC record as they go into a segment: one gzip member.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum RecordBytes {
    /// In memory.
    Memory(Vec<u8>),
    /// In a file of the spool folder; whoever commits it removes it.
    File {
        /// The file.
        path: PathBuf,
        /// Its length in octets.
        len: u64,
    },
}

impl RecordBytes {
    /// Length in octets.
    pub fn len(&self) -> u64 {
        match self {
            Self::Memory(bytes) => bytes.len() as u64,
            Self::File { len, .. } => *len,
        }
    }

    /// No octets at all (never so for a finished record).
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// One finished WARC record.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct EncodedRecord {
    /// `WARC-Type`: `response`, `revisit`, `request`, `metadata`, `resource`.
    pub kind: String,
    /// `WARC-Record-ID`.
    pub id: RecordId,
    /// SHA-256 over the block.
    pub block_digest: Digest,
    /// The gzip member.
    pub bytes: RecordBytes,
}

/// One exchange with its finished records, in the order in which they go into the segment.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Recorded {
    /// Why it was asked for.
    pub hop: Hop,
    /// The URL as asked.
    pub url: String,
    /// The URL that named it.
    pub via: Option<String>,
    /// When the request began: the WARC-Date of all its records.
    pub started_at: Timestamp,
    /// Milliseconds to its end.
    pub duration_ms: u64,
    /// `address:port` of the peer.
    pub remote: Option<String>,
    /// The addresses that the name resolved to, parted by spaces, if they are more than the peer's.
    pub resolved: Option<String>,
    /// Protocol.
    pub protocol: Option<Protocol>,
    /// `tls/1.3 TLS_AES_128_GCM_SHA256`.
    pub tls: Option<String>,
    /// Digest over the certificate chain.
    pub chain: Option<Digest>,
    /// Status code.
    pub status: Option<u16>,
    /// Media type.
    pub media_type: String,
    /// Octets of the body as received.
    pub body_len: u64,
    /// Their digest; `None` if there was no answer.
    pub payload: Option<Digest>,
    /// Why the body is incomplete.
    pub truncated: Option<Truncation>,
    /// What went wrong.
    pub failure: Option<Failure>,
    /// The payload was held already: where.
    pub revisit_of: Option<Held>,
    /// Finished records: response or revisit first, then request, then metadata and resources.
    pub records: Vec<EncodedRecord>,
}

closed_list! {
    /// What became of a medium or another part of the page.
    RequisiteState {
        Fetched = "fetched": "It was fetched in this capture.",
        Held = "held": "It was fetched for an earlier snapshot of this page, and nothing else has come since.",
        Failed = "failed": "It was asked for, and what came is not it.",
        NotFetched = "not_fetched": "It was not asked for; the reason says why.",
    }
}

/// One medium or other part of the page, and what became of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RequisiteStatus {
    /// Absolute address.
    pub url: String,
    /// `image`, `embed`, `style`…: a name of [`super::MediaKind`] or [`super::RequisiteKind`].
    pub kind: String,
    /// Alternative text, if it is a medium.
    pub alt: String,
    /// What became of it.
    pub state: RequisiteState,
    /// Why it was not fetched, or why it failed.
    pub reason: Option<String>,
    /// Index in [`Captured::exchanges`] of the exchange that answered.
    pub exchange: Option<usize>,
    /// It stands in the main text.
    #[serde(default)]
    pub content: bool,
}

/// The turn of a medium that is held to be asked for again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MediaTurn {
    /// The exchange that holds it.
    pub exchange: ExchangeId,
    /// When.
    pub at: Timestamp,
    /// The server said that it is the same, by 304 or by the same octets.
    pub same: bool,
}

/// What was read, and where it is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum DocumentPart {
    /// Nothing was read.
    None,
    /// The payload was read before: that document holds.
    Known(KnownDocument),
    /// Read now.
    New(Box<ReadDocument>),
}

/// A document that is in the catalogue already.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KnownDocument {
    /// Its number.
    pub id: DocumentId,
    /// Version of the reader that read it.
    pub version: u32,
    /// SHA-256 over what was read.
    pub digest: Digest,
}

/// What was read, made ready for the catalogue.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ReadDocument {
    /// What was read.
    pub document: Document,
    /// Version of the reader.
    pub version: u32,
    /// JSON of the document without its comments.
    pub json: String,
    /// SHA-256 over the JSON of the whole document.
    pub digest: Digest,
}

/// The result of one attempt.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Captured {
    /// The job, if it came from the frontier.
    pub job: Option<JobId>,
    /// The run.
    pub run: RunId,
    /// The watch.
    pub watch: WatchId,
    /// The URL that was asked.
    pub url: String,
    /// Which try of the job this is.
    pub attempt: u32,
    /// Beginning of the attempt.
    pub started_at: Timestamp,
    /// Its end.
    pub ended_at: Timestamp,
    /// How it ended.
    pub outcome: Outcome,
    /// Status of the final answer.
    pub status: Option<u16>,
    /// URL of the final answer.
    pub final_url: Option<String>,
    /// Index in `exchanges` of the final answer.
    pub final_exchange: Option<usize>,
    /// What else is to be known.
    pub flags: Vec<Flag>,
    /// What went wrong.
    pub failure: Option<Failure>,
    /// What robots.txt said.
    pub robots: Option<Robots>,
    /// The line of robots.txt that forbids it, or what else is to be known of robots.txt.
    pub robots_note: Option<String>,
    /// The content differs from the last good snapshot; `None`: not known, or there was none.
    pub changed: Option<bool>,
    /// What differs from it, item by item.
    #[serde(default)]
    pub difference: Option<super::Difference>,
    /// The last good snapshot that it was compared with.
    pub previous: Option<SnapshotId>,
    /// Octets of the final body after content decoding.
    pub decoded_len: u64,
    /// `ETag` of the final answer.
    pub etag: Option<String>,
    /// `Last-Modified` of the final answer.
    pub last_modified: Option<String>,
    /// All exchanges in the order in which they ended.
    pub exchanges: Vec<Recorded>,
    /// What was read.
    pub document: DocumentPart,
    /// Media and other parts.
    pub requisites: Vec<RequisiteStatus>,
    /// Media that are held and had their turn to be asked for again.
    #[serde(default)]
    pub turns: Vec<MediaTurn>,
    /// Further pages of its thread, in the order in which they were named or asked for.
    pub pages: Vec<super::FollowedPage>,
    /// How many comments there are, over all pages; `None`: none, and nobody says that there are.
    pub comments: Option<super::CommentCount>,
    /// Not before then is the job to be tried again; `None`: the job is done.
    pub retry_at: Option<Timestamp>,
    /// What it means for the ledger of what vanished.
    pub presence: Vec<super::PresenceChange>,
    /// What people are told.
    pub notices: Vec<super::Notice>,
    /// What it lists and is to be watched as well.
    pub items: Vec<super::ListedItem>,
    /// What it means for the schedule of the watch; counts when the job is done.
    pub schedule: Option<super::Settled>,
    /// The program that answers on its host, as the answer tells.
    #[serde(default)]
    pub program: Option<super::Program>,
    /// What is left to be asked of a list that goes further back than one look: the ends to go on from.
    #[serde(default)]
    pub ends: Option<Vec<super::ListEnd>>,
    /// Items of the list that are to be looked at now: they should stand in it, and do not.
    #[serde(default)]
    pub hasten: Vec<String>,
    /// What the custody log's leaf is made of: `seal::leaf` of this capture.
    pub leaf: Vec<u8>,
}
