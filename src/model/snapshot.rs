//! Snapshots as they are read back from the catalogue: what `show`, `history` and the exports work on.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{
    Digest, Document, DocumentId, ExchangeId, Failure, Flag, Hop, Outcome, RecordId, RequisiteState, Robots, RunId,
    SegmentId, SnapshotId, Truncation, WatchId,
};

/// A place in a segment: where finished records lie.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    /// The segment.
    pub segment: SegmentId,
    /// Offset of the first octet.
    pub offset: u64,
    /// Length in octets.
    pub length: u64,
}

/// One snapshot: the head of what was had.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SnapshotRow {
    /// Its number.
    pub id: SnapshotId,
    /// The watch.
    pub watch: WatchId,
    /// The run.
    pub run: RunId,
    /// Which try of its job.
    pub attempt: u32,
    /// The URL that was asked.
    pub url: String,
    /// Beginning of the attempt.
    pub started_at: Timestamp,
    /// Its end.
    pub ended_at: Timestamp,
    /// How it ended.
    pub outcome: Outcome,
    /// Status of the final answer.
    pub status: Option<u16>,
    /// URL of the final answer, if it differs from `url`.
    pub final_url: Option<String>,
    /// What else is to be known.
    pub flags: Vec<Flag>,
    /// What went wrong.
    pub failure: Option<Failure>,
    /// What robots.txt said.
    pub robots: Option<Robots>,
    /// The line of robots.txt that forbids it, or what else is to be known of robots.txt.
    pub robots_note: Option<String>,
    /// The content differs from the last good snapshot.
    pub changed: Option<bool>,
    /// What changed, for people: `title, text +1 -1`.
    pub what: Option<String>,
    /// The last good snapshot before it.
    pub previous: Option<SnapshotId>,
    /// Octets of the final body after content decoding.
    pub decoded_len: u64,
    /// What was read at the capture.
    pub document: Option<DocumentId>,
    /// Title, as the newest reader read it.
    pub title: Option<String>,
    /// How many comments there are, over all pages of the thread, and whether these are all.
    pub comments: Option<super::CommentCount>,
}

/// One exchange of a snapshot.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ExchangeRow {
    /// Its number.
    pub id: ExchangeId,
    /// Position in the snapshot.
    pub seq: u32,
    /// It gave the snapshot its content.
    pub is_final: bool,
    /// Why it was asked for.
    pub hop: Hop,
    /// The URL as asked.
    pub url: String,
    /// The URL that named it.
    pub via: Option<String>,
    /// WARC-Date of its records.
    pub started_at: Timestamp,
    /// Milliseconds to its end.
    pub duration_ms: u64,
    /// `address:port` of the peer.
    pub remote: Option<String>,
    /// The addresses that the name resolved to, parted by spaces, if they are more than the peer's.
    pub resolved: Option<String>,
    /// `http/1.1`, `h2`.
    pub protocol: Option<String>,
    /// TLS version and cipher.
    pub tls: Option<String>,
    /// Digest over the certificate chain.
    pub chain: Option<Digest>,
    /// Status code.
    pub status: Option<u16>,
    /// Media type.
    pub media_type: String,
    /// Octets of the body as received.
    pub body_len: u64,
    /// Their digest.
    pub payload: Option<Digest>,
    /// Why the body is incomplete.
    pub truncated: Option<Truncation>,
    /// What went wrong.
    pub failure: Option<Failure>,
    /// WARC-Record-ID of the response or revisit record (of the metadata record if there was no answer).
    pub record: RecordId,
    /// All its records, one after another.
    pub place: Place,
    /// Octets of the first of them (response, revisit or metadata).
    pub first_length: u64,
    /// The exchange that holds the payload if this is a revisit.
    pub revisit_of: Option<ExchangeId>,
}

/// One medium or other part of a snapshot.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct MediaRow {
    /// Absolute address.
    pub url: String,
    /// `image`, `embed`, `style`…
    pub kind: String,
    /// Alternative text.
    pub alt: String,
    /// What became of it.
    pub state: RequisiteState,
    /// Why it was not fetched, or why it failed.
    pub reason: Option<String>,
    /// The exchange that holds it.
    pub exchange: Option<ExchangeId>,
    /// Media type as the server said.
    pub media_type: Option<String>,
    /// Octets.
    pub body_len: Option<u64>,
    /// Digest of its octets.
    pub payload: Option<Digest>,
    /// It stands in the main text.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub content: bool,
}

/// One comment with the document it stands in.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CommentRow {
    /// The document.
    pub document: DocumentId,
    /// Position in the page.
    pub seq: u32,
    /// The comment.
    #[serde(flatten)]
    pub comment: super::Comment,
}

/// One reading of what a snapshot holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReadingRow {
    /// Its number.
    pub document: DocumentId,
    /// Version of the reader.
    pub reader: u32,
    /// The entry of the custody log that binds it, if it was read again from the archive.
    pub act: Option<i64>,
    /// When that was; `None`: it was read when it was captured.
    pub read_again_at: Option<Timestamp>,
}

/// A snapshot with all that belongs to it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SnapshotView {
    /// The head.
    pub snapshot: SnapshotRow,
    /// Labels of the watch.
    pub tags: Vec<String>,
    /// Remark of the watch.
    pub note: Option<String>,
    /// Its exchanges in order.
    pub exchanges: Vec<ExchangeRow>,
    /// Exchanges of earlier snapshots that hold some of its media.
    pub held: Vec<ExchangeRow>,
    /// What the newest reader read, comments included: those of all pages of the thread.
    pub document: Option<Document>,
    /// Version of the reader that read it.
    pub reader: Option<u32>,
    /// All readings of what the snapshot holds, the newest last.
    pub readings: Vec<ReadingRow>,
    /// Media and other parts.
    pub media: Vec<MediaRow>,
    /// Further pages of its thread.
    pub pages: Vec<super::PageRow>,
    /// What it changed, item by item.
    pub changes: Vec<super::Item>,
}

impl SnapshotView {
    /// The reading that is shown, where that is not the one of the capture, and the version of the reader of that one.
    pub fn read_again(&self) -> Option<(&ReadingRow, u32)> {
        let shown = self.readings.iter().rev().find(|reading| Some(reading.reader) == self.reader)?;
        let first = self.readings.iter().find(|reading| Some(reading.document) == self.snapshot.document)?;
        (shown.document != first.document).then_some((shown, first.reader))
    }
}
