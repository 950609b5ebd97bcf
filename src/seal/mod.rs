//! What the custody log binds: one canonical leaf a snapshot.
//!
//! A leaf is JSON without white space, its members in the order of [`Leaf`], absent values left out. It
//! can be made from a capture before it is stored and again from the rows and records afterwards: equal
//! octets prove that nothing was changed in between.

use serde::Serialize;

use crate::model::{Captured, CommentCount, Digest, DocumentPart, Failure, RequisiteState};

/// Version of the form below; a change of the form is a new version, old leaves keep theirs.
pub const LEAF_VERSION: u32 = 1;

/// The leaf of one snapshot.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Leaf {
    /// [`LEAF_VERSION`].
    pub keepfast_leaf: u32,
    /// The URL that was asked.
    pub url: String,
    /// Beginning, milliseconds since 1970.
    pub started_at: i64,
    /// Milliseconds to the end.
    pub duration: i64,
    /// Which try.
    pub attempt: u32,
    /// How it ended.
    pub outcome: &'static str,
    /// Status of the final answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// Position of the final exchange.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub final_exchange: Option<u64>,
    /// Flags.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub flags: Vec<&'static str>,
    /// Failure: kind and sentence.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub failure: Option<Failure>,
    /// What robots.txt said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub robots: Option<&'static str>,
    /// The line of robots.txt that forbids it, or what else is to be known of robots.txt.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub robots_note: Option<String>,
    /// The content differs from the one before.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub changed: Option<bool>,
    /// The snapshot that it was compared with.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub previous: Option<i64>,
    /// Digest of the configuration of the run.
    pub config: Digest,
    /// `keepfast/VERSION`.
    pub software: String,
    /// What was read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub document: Option<LeafDocument>,
    /// How many comments there are: seen, claimed, why these are not all.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub comments: Option<(u32, Option<u32>, Option<&'static str>)>,
    /// The exchanges in order.
    pub exchanges: Vec<LeafExchange>,
    /// Media and other parts.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub media: Vec<LeafMedium>,
    /// Further pages of the thread.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub pages: Vec<LeafPage>,
}

/// The document of a leaf.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct LeafDocument {
    /// The reader's version.
    pub reader: u32,
    /// [`document_digest`].
    pub digest: Digest,
}

/// One medium or other part of a leaf: address, kind, state, position of the exchange, reason.
pub type LeafMedium = (String, String, &'static str, Option<u64>, Option<String>);

/// One further page of a leaf.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct LeafPage {
    /// Place in the thread.
    pub place: i64,
    /// The address as named.
    pub url: String,
    /// What told of it.
    pub rule: &'static str,
    /// How asking for it ended.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub outcome: Option<&'static str>,
    /// Why not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Position of the exchange that answered.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub exchange: Option<u64>,
    /// What was read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub document: Option<LeafDocument>,
}

/// The comments of a leaf.
pub fn leaf_comments(count: CommentCount) -> (u32, Option<u32>, Option<&'static str>) {
    (count.seen, count.claimed, count.shortfall.map(|s| s.as_str()))
}

/// One exchange of a leaf.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct LeafExchange {
    /// Why it was asked for.
    pub hop: &'static str,
    /// The URL as asked.
    pub url: String,
    /// WARC-Date, milliseconds since 1970.
    pub at: i64,
    /// Milliseconds to the end.
    pub duration: u64,
    /// The peer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub remote: Option<String>,
    /// Addresses of the name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub resolved: Option<String>,
    /// Protocol.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub protocol: Option<String>,
    /// TLS version and cipher.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tls: Option<String>,
    /// Digest of the certificate chain.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub chain: Option<Digest>,
    /// Status code.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// Octets of the body.
    pub body_len: u64,
    /// Their digest.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub payload: Option<Digest>,
    /// Why the body is incomplete.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub truncated: Option<&'static str>,
    /// Failure: kind and sentence.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub failure: Option<Failure>,
    /// Its records: type, WARC-Record-ID, digest of the block.
    pub records: Vec<(String, String, Digest)>,
}

/// What of a run goes into the leaves of its snapshots.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RunFacts {
    /// Digest of the configuration.
    pub config: Digest,
    /// `keepfast/VERSION`.
    pub software: String,
}

impl Leaf {
    /// The octets that are hashed.
    pub fn octets(&self) -> Vec<u8> {
        // Strings, numbers and digests: nothing of it can fail to become JSON.
        serde_json::to_vec(self).unwrap_or_default()
    }
}

/// Digest over what was read: the JSON of the document without its comments, a line feed, the JSON of the
/// comments.
pub fn document_digest(json: &str, comments: &[crate::model::Comment]) -> Digest {
    let comments = serde_json::to_string(comments).unwrap_or_default();
    Digest::of_parts(&[json.as_bytes(), b"\n", comments.as_bytes()])
}

/// The leaf of a capture.
pub fn leaf(captured: &Captured, run: &RunFacts) -> Leaf {
    Leaf {
        keepfast_leaf: LEAF_VERSION,
        url: captured.url.clone(),
        started_at: captured.started_at.as_millisecond(),
        duration: captured.ended_at.as_millisecond() - captured.started_at.as_millisecond(),
        attempt: captured.attempt,
        outcome: captured.outcome.as_str(),
        status: captured.status,
        final_exchange: captured.final_exchange.map(|i| i as u64),
        flags: captured.flags.iter().map(|f| f.as_str()).collect(),
        failure: captured.failure.clone(),
        robots: captured.robots.map(|r| r.as_str()),
        robots_note: captured.robots_note.clone(),
        changed: captured.changed,
        previous: captured.previous.map(|p| p.0),
        config: run.config,
        software: run.software.clone(),
        document: leaf_document(&captured.document),
        comments: captured.comments.map(leaf_comments),
        exchanges: captured
            .exchanges
            .iter()
            .map(|e| LeafExchange {
                hop: e.hop.as_str(),
                url: e.url.clone(),
                at: e.started_at.as_millisecond(),
                duration: e.duration_ms,
                remote: e.remote.clone(),
                resolved: e.resolved.clone(),
                protocol: e.protocol.map(|p| p.as_str().to_owned()),
                tls: e.tls.clone(),
                chain: e.chain,
                status: e.status,
                body_len: e.body_len,
                payload: e.payload,
                truncated: e.truncated.map(|t| t.as_str()),
                failure: e.failure.clone(),
                records: e.records.iter().map(|r| (r.kind.clone(), r.id.to_string(), r.block_digest)).collect(),
            })
            .collect(),
        media: captured
            .requisites
            .iter()
            .map(|m| {
                let own = match m.state {
                    RequisiteState::Fetched | RequisiteState::Failed => m.exchange.map(|i| i as u64),
                    RequisiteState::Held | RequisiteState::NotFetched => None,
                };
                (m.url.clone(), m.kind.clone(), m.state.as_str(), own, m.reason.clone())
            })
            .collect(),
        pages: captured
            .pages
            .iter()
            .map(|p| LeafPage {
                place: p.place,
                url: p.url.clone(),
                rule: p.rule.as_str(),
                outcome: p.outcome.map(|o| o.as_str()),
                reason: p.reason.clone(),
                exchange: p.exchange.map(|i| i as u64),
                document: leaf_document(&p.document),
            })
            .collect(),
    }
}

fn leaf_document(part: &DocumentPart) -> Option<LeafDocument> {
    match part {
        DocumentPart::None => None,
        DocumentPart::Known(known) => Some(LeafDocument { reader: known.version, digest: known.digest }),
        DocumentPart::New(read) => Some(LeafDocument { reader: read.version, digest: read.digest }),
    }
}
