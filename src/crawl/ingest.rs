//! Reading an answer and comparing it with the last good one: the work of the CPU pool.

use std::sync::Arc;

use url::Url;

use super::encode::Encoder;
use super::lane::Load;
use super::pool::GaveUp;
use crate::diff;
use crate::error::Result;
use crate::extract;
use crate::model::{
    Capture, Document, DocumentPart, Exchange, Failure, FailureKind, Flag, Outcome, Previous, ReadDocument,
};
use crate::net::Fetched;
use crate::policy::wall;
use crate::seal;
use crate::store::Reader;

/// So much of a page is read; the rest is kept, counted and said.
const READ_AT_MOST: u64 = 16 << 20;
/// A page of which more octets than this are to be read is read while no other such page is …
const BESIDE_OTHERS: usize = 512 << 10;
/// … and so is one with more tags than this: each takes some hundred octets in the tree.
const TAGS_BESIDE_OTHERS: usize = 32_000;

/// What each thread of the pool keeps.
pub(super) struct Cpu {
    pub reader: Reader,
    pub encoder: Encoder,
}

/// What came of reading a final answer.
#[derive(Debug)]
pub(super) struct Reading {
    pub outcome: Outcome,
    pub flags: Vec<Flag>,
    pub changed: Option<bool>,
    pub part: DocumentPart,
    /// What was read before, where the next steps need it. What was read now stands in `part`.
    pub known: Option<Arc<Document>>,
    /// It says word for word what the last good snapshot says, so its media rows hold on.
    pub same_as_previous: bool,
    pub decoded_len: u64,
    pub failure: Option<Failure>,
    /// What it weighs in the lane of readings.
    pub load: Option<Load>,
}

impl Reading {
    /// Nothing was read: the answer is judged by its head.
    fn unread(exchange: &Exchange, url: &str) -> Self {
        let (outcome, flags) = judge(exchange, url, None, exchange.truncated.is_some());
        Self {
            outcome,
            flags,
            changed: None,
            part: DocumentPart::None,
            known: None,
            same_as_previous: false,
            decoded_len: exchange.body_len,
            failure: exchange.failure.clone(),
            load: None,
        }
    }

    /// What was read, if it is at hand.
    pub fn document(&self) -> Option<&Document> {
        match &self.part {
            DocumentPart::New(read) => Some(&read.document),
            _ => self.known.as_deref(),
        }
    }

    /// What the comparison with the last good snapshot means for the outcome.
    fn settle(&mut self) {
        if self.outcome.is_absence() {
            self.changed = Some(true);
        }
        if self.outcome == Outcome::Captured && self.changed == Some(false) {
            self.outcome = Outcome::Unchanged;
        }
    }

    /// The reader gave up: the bytes are kept and judged by their head, and that is said.
    pub fn gave_up(exchange: &Exchange, url: &str, why: &GaveUp) -> Self {
        let mut out = Self::unread(exchange, url);
        out.flags.push(Flag::ReadingGaveUp);
        out.failure.get_or_insert_with(|| {
            let how = match why {
                GaveUp::Time => "took too long and was given up",
                GaveUp::Panic => "failed",
            };
            Failure::new(FailureKind::Internal, format!("reading the page {how}; its bytes are kept"))
        });
        out
    }
}

fn judge(exchange: &Exchange, url: &str, document: Option<&Document>, truncated: bool) -> (Outcome, Vec<Flag>) {
    wall::judge(&wall::Seen {
        status: exchange.status.unwrap_or_default(),
        headers: &exchange.headers,
        url,
        final_url: &exchange.url,
        document,
        body_len: exchange.body_len,
        truncated,
    })
}

/// Reads a final answer and compares it with the last good one. `None`: it is so large that it has to be read `alone`.
pub(super) fn read(
    cpu: &mut Cpu,
    fetched: &Fetched,
    url: &str,
    capture: &Capture,
    previous: Option<&Previous>,
    needs_document: bool,
    alone: bool,
) -> Result<Option<Reading>> {
    let Some(mut out) = read_body(cpu, fetched, url, capture, previous, needs_document, alone)? else {
        return Ok(None);
    };
    let Some(previous) = previous else { return Ok(Some(out)) };
    if out.outcome.is_content() && out.changed.is_none() {
        out.changed = Some(differs(cpu, &fetched.exchange, out.document(), previous)?);
    }
    out.settle();
    Ok(Some(out))
}

/// Judges an answer by its head and digest, where the settings say that nothing is read.
pub(super) fn unread(exchange: &Exchange, url: &str, previous: Option<&Previous>) -> Reading {
    let mut out = Reading::unread(exchange, url);
    if let Some(previous) = previous {
        if out.outcome.is_content() {
            out.changed = Some(exchange.payload_digest != previous.payload);
        }
        out.settle();
    }
    out
}

/// The flags of the last good snapshot that follow from what it says, not from how it came.
fn of_reading(previous: &Previous) -> Vec<Flag> {
    let says = |flag: &Flag| matches!(flag, Flag::NeedsJs | Flag::Empty | Flag::ReadingGaveUp);
    previous.flags.iter().copied().filter(says).collect()
}

/// A 304: what was read of the payload that it stands for holds on.
pub(super) fn confirmed(previous: &Previous) -> Reading {
    let mut flags = of_reading(previous);
    flags.push(Flag::NotModified);
    Reading {
        outcome: Outcome::Unchanged,
        flags,
        changed: Some(false),
        part: previous.document.map_or(DocumentPart::None, DocumentPart::Known),
        known: None,
        same_as_previous: true,
        decoded_len: previous.decoded_len,
        failure: None,
        load: None,
    }
}

fn read_body(
    cpu: &mut Cpu,
    fetched: &Fetched,
    url: &str,
    capture: &Capture,
    previous: Option<&Previous>,
    needs_document: bool,
    alone: bool,
) -> Result<Option<Reading>> {
    let exchange = &fetched.exchange;
    let whole = exchange.truncated.is_none();
    // A payload that is known is not parsed again.
    if whole
        && exchange.body_len > 0
        && let Some(known) = cpu.reader.read_before(&exchange.payload_digest, &exchange.url, extract::READER_VERSION)?
    {
        let same = previous.is_some_and(|p| p.document.is_some_and(|d| d.id == known.id));
        if same
            && !needs_document
            && let Some(previous) = previous
        {
            return Ok(Some(Reading {
                outcome: Outcome::Unchanged,
                flags: of_reading(previous),
                changed: Some(false),
                part: DocumentPart::Known(known),
                known: None,
                same_as_previous: true,
                decoded_len: previous.decoded_len,
                failure: None,
                load: None,
            }));
        }
        let (document, _) = cpu.reader.document(known.id)?;
        let (outcome, flags) = judge(exchange, url, Some(&document), false);
        return Ok(Some(Reading {
            outcome,
            flags,
            changed: same.then_some(false),
            part: DocumentPart::Known(known),
            known: Some(Arc::new(document)),
            same_as_previous: same,
            decoded_len: previous.filter(|_| same).map_or(exchange.body_len, |p| p.decoded_len),
            failure: None,
            load: None,
        }));
    }
    let what = "cannot read a body back from the spool folder";
    let mut body = fetched.body.reader().map_err(crate::error::io(what))?;
    let coding = exchange.header("content-encoding").unwrap_or_default();
    let decoded = extract::decode_start(&mut body, &coding, capture.max_decoded_bytes, READ_AT_MOST);
    drop(body);
    if !alone && is_large(&decoded.bytes) {
        return Ok(None);
    }
    let base = Url::parse(&exchange.url).map_err(|e| {
        crate::error::Error::new(crate::error::ErrorKind::Internal, "a URL that was asked is none").because(e)
    })?;
    let content_type = exchange.header("content-type").unwrap_or_default();
    let truncated = !whole || decoded.cut;
    let mut document = extract::read(&extract::Input {
        body: &decoded.bytes,
        content_type: &content_type,
        url: &base,
        body_truncated: truncated,
    });
    let decoded_len = decoded.len;
    if decoded.bytes.len() as u64 != decoded.len && !decoded.bytes.is_empty() {
        document.warnings.push(crate::model::Warning {
            code: crate::model::WarningCode::Size,
            detail: format!("only the first {} of {} octets were read", decoded.bytes.len(), decoded.len),
        });
    }
    drop(decoded.bytes);
    let mut failure = exchange.failure.clone();
    if let Some(problem) = &decoded.problem {
        document
            .warnings
            .push(crate::model::Warning { code: crate::model::WarningCode::Decode, detail: problem.clone() });
        if decoded.cut {
            failure.get_or_insert_with(|| Failure::new(FailureKind::Decode, problem));
        }
    }
    let (outcome, mut flags) = judge(exchange, url, Some(&document), truncated);
    if let Some(problem) = decoded.problem.filter(|_| document.text().is_empty()) {
        // The bytes are kept, but what they say is not known.
        flags.push(Flag::ReadingGaveUp);
        failure.get_or_insert_with(|| Failure::new(FailureKind::Decode, problem));
    }
    let comments = std::mem::take(&mut document.comments);
    let mut json = serde_json::to_string(&document).map_err(|e| {
        crate::error::Error::new(crate::error::ErrorKind::Internal, "a document cannot be written as JSON").because(e)
    })?;
    let digest = seal::document_digest(&json, &comments);
    document.comments = comments;
    // It may wait for the parts of the page.
    json.shrink_to_fit();
    // Without a payload there is nothing that a document could be of.
    let part = if exchange.status.is_some() {
        DocumentPart::New(Box::new(ReadDocument { document, version: extract::READER_VERSION, json, digest }))
    } else {
        DocumentPart::None
    };
    Ok(Some(Reading {
        outcome,
        flags,
        changed: None,
        part,
        known: None,
        same_as_previous: false,
        decoded_len,
        failure,
        load: None,
    }))
}

/// Two such pages at the same time would take more memory than is good.
pub(super) fn is_large(page: &[u8]) -> bool {
    page.len() > BESIDE_OTHERS || page.iter().filter(|b| **b == b'<').count() > TAGS_BESIDE_OTHERS
}

/// About how much memory it takes to hold what was read.
pub(super) fn weight(part: &DocumentPart) -> u64 {
    let DocumentPart::New(read) = part else { return 0 };
    let comments: usize = read.document.comments.iter().map(|c| size_of_val(c) + c.text.len()).sum();
    // The document is held as a value, too, which takes somewhat more than its JSON.
    (4 * read.json.len() + comments) as u64
}

fn differs(cpu: &Cpu, exchange: &Exchange, now: Option<&Document>, previous: &Previous) -> Result<bool> {
    if exchange.payload_digest == previous.payload {
        return Ok(false);
    }
    match (now, previous.document) {
        (Some(now), Some(before)) => {
            let (before, _) = cpu.reader.document(before.id)?;
            Ok(diff::compare(&before, now).changed)
        }
        // Nothing was read then or now: other octets are all that is known.
        _ => Ok(true),
    }
}
