//! Reading an answer and comparing it with the last good one: the work of the CPU pool.

use std::sync::Arc;

use super::before::Before;
use super::encode::Encoder;
use super::lane::Load;
use super::pool::GaveUp;
use super::read::{self, Answer};
use crate::diff;
use crate::error::Result;
use crate::extract;
use crate::model::{
    Asked, Capture, Difference, Document, DocumentPart, Exchange, Failure, FailureKind, Flag, Outcome, Previous,
    Program, Verdict,
};
use crate::net::Fetched;
use crate::policy::wall;
use crate::store::Reader;

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
    /// What differs from the last good snapshot, as far as both were read.
    pub difference: Option<Difference>,
    pub part: DocumentPart,
    /// What was read before, where the next steps need it. What was read now stands in `part`.
    pub known: Option<Arc<Document>>,
    /// It says word for word what the last good snapshot says, so its media rows hold on.
    pub same_as_previous: bool,
    pub decoded_len: u64,
    pub failure: Option<Failure>,
    /// What a platform's answers mean together.
    pub verdict: Option<Verdict>,
    /// The program that made the page.
    pub program: Option<Program>,
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
            difference: None,
            part: DocumentPart::None,
            known: None,
            same_as_previous: false,
            decoded_len: exchange.body_len,
            failure: exchange.failure.clone(),
            verdict: None,
            program: None,
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
    let told = document.and_then(|document| document.social.as_ref());
    if let Some(outcome) = told.and_then(|social| wall::of_platform(&social.verdict, exchange.status)) {
        let outcome = if truncated && outcome == Outcome::Captured { Outcome::Truncated } else { outcome };
        return (outcome, Vec::new());
    }
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
#[allow(clippy::too_many_arguments, reason = "what a reading is of, in parts that others hold")]
pub(super) fn read(
    cpu: &mut Cpu,
    fetched: &Fetched,
    url: &str,
    asked: Option<&Asked>,
    capture: &Capture,
    previous: Option<(&Previous, &Before)>,
    needs_document: bool,
    alone: bool,
) -> Result<Option<Reading>> {
    let known = previous.map(|(previous, _)| previous);
    let Some(mut out) = read_body(cpu, fetched, url, asked, capture, known, needs_document, alone)? else {
        return Ok(None);
    };
    let Some((previous, before)) = previous else { return Ok(Some(out)) };
    if out.outcome.is_content() && out.changed.is_none() {
        let differs = differs(cpu, &fetched.exchange, out.document(), previous, before)?;
        out.changed = differs.changed;
        out.difference = differs.difference;
        out.flags.extend(differs.flag);
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
        difference: None,
        part: previous.document.map_or(DocumentPart::None, DocumentPart::Known),
        known: None,
        same_as_previous: true,
        decoded_len: previous.decoded_len,
        failure: None,
        verdict: None,
        program: None,
        load: None,
    }
}

#[allow(clippy::too_many_arguments, reason = "what a reading is of, in parts that others hold")]
fn read_body(
    cpu: &mut Cpu,
    fetched: &Fetched,
    url: &str,
    asked: Option<&Asked>,
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
        && let Some(known) =
            cpu.reader.read_before(&exchange.payload_digest, &exchange.url, extract::READER_VERSION, asked)?
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
                difference: None,
                part: DocumentPart::Known(known),
                known: None,
                same_as_previous: true,
                decoded_len: previous.decoded_len,
                failure: None,
                verdict: None,
                program: None,
                load: None,
            }));
        }
        let (document, _) = cpu.reader.document(known.id)?;
        let (outcome, flags) = judge(exchange, url, Some(&document), false);
        return Ok(Some(Reading {
            outcome,
            flags,
            changed: same.then_some(false),
            difference: None,
            part: DocumentPart::Known(known),
            known: Some(Arc::new(document)),
            same_as_previous: same,
            decoded_len: previous.filter(|_| same).map_or(exchange.body_len, |p| p.decoded_len),
            failure: None,
            verdict: None,
            program: None,
            load: None,
        }));
    }
    let what = "cannot read a body back from the spool folder";
    let body = fetched.body.reader().map_err(crate::error::io(what))?;
    let (content_type, coding) = (exchange.header("content-type"), exchange.header("content-encoding"));
    let answer = Answer {
        url: &exchange.url,
        content_type: content_type.as_deref().unwrap_or_default(),
        coding: coding.as_deref().unwrap_or_default(),
        status: exchange.status.unwrap_or_default(),
        headers: &exchange.headers,
        asked,
        whole,
    };
    let Some(page) = read::read(body, &answer, capture.max_decoded_bytes, alone)? else { return Ok(None) };
    let mut failure = exchange.failure.clone();
    if let Some(problem) = page.problem.as_ref().filter(|_| page.cut) {
        failure.get_or_insert_with(|| Failure::new(FailureKind::Decode, problem));
    }
    let (outcome, mut flags) = judge(exchange, url, Some(&page.document), !whole || page.cut);
    if let Some(problem) = page.problem.filter(|_| page.document.text().is_empty()) {
        // The bytes are kept, but what they say is not known.
        flags.push(Flag::ReadingGaveUp);
        failure.get_or_insert_with(|| Failure::new(FailureKind::Decode, problem));
    }
    // Without a payload there is nothing that a document could be of.
    let part = match exchange.status {
        Some(_) => DocumentPart::New(read::ready(page.document)?),
        None => DocumentPart::None,
    };
    Ok(Some(Reading {
        outcome,
        flags,
        changed: None,
        difference: None,
        part,
        known: None,
        same_as_previous: false,
        decoded_len: page.decoded_len,
        failure,
        verdict: None,
        program: page.program,
        load: None,
    }))
}

/// About how much memory it takes to hold what was read.
pub(super) fn weight(part: &DocumentPart) -> u64 {
    if let DocumentPart::New(document) = part { read::weight(document) } else { 0 }
}

/// Whether the page says something else than before.
struct Differs {
    /// `None`: nobody can tell.
    changed: Option<bool>,
    /// What differs, if both were read.
    difference: Option<Difference>,
    /// Set if only the octets could be compared, or nothing.
    flag: Option<Flag>,
}

impl Differs {
    /// Two routes tell of one thing in other words: that is no change of the thing.
    const NOT: Self = Self { changed: None, difference: None, flag: Some(Flag::OtherRoute) };
}

/// Both were had by the same route of a platform, or as pages.
fn same_way(before: &Document, now: &Document) -> bool {
    let way = |document: &Document| document.social.as_ref().map(|s| (s.asked.platform, s.asked.route.clone()));
    way(before) == way(now)
}

fn differs(
    cpu: &Cpu,
    exchange: &Exchange,
    now: Option<&Document>,
    previous: &Previous,
    before: &Before,
) -> Result<Differs> {
    let found = |difference: Difference| {
        Ok(Differs { changed: Some(difference.changed()), difference: Some(difference), flag: None })
    };
    // The same octets by another route may be those of another thing: an empty list, say.
    if exchange.payload_digest == previous.payload && exchange.url == previous.url {
        return Ok(Differs { changed: Some(false), difference: None, flag: None });
    }
    match (now, previous.document, before) {
        (Some(now), Some(_), Before::Again(before)) if same_way(before, now) => found(diff::compare(before, now)),
        (Some(now), Some(before), Before::AsRead) => {
            let before = cpu.reader.document(before.id)?.0;
            if same_way(&before, now) { found(diff::compare(&before, now)) } else { Ok(Differs::NOT) }
        }
        (Some(_), Some(_), Before::Again(_)) => Ok(Differs::NOT),
        (Some(_), Some(_), Before::Lost) => {
            Ok(Differs { changed: Some(true), difference: None, flag: Some(Flag::ComparedByOctets) })
        }
        // Nothing was read then or now: other octets are all that is known.
        _ => Ok(Differs { changed: Some(true), difference: None, flag: None }),
    }
}
