//! The comparison with the last good snapshot, when all is known: whole threads, the octets of media, and what earlier
//! looks teach about noise.

use std::collections::HashMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use super::before;
use super::ingest::{Cpu, Reading};
use crate::diff::{self, Context};
use crate::error::Result;
use crate::extract::READER_VERSION;
use crate::model::{
    Difference, Digest, Document, DocumentPart, Flag, Job, Outcome, Previous, RequisiteState, RequisiteStatus,
};
use crate::net::Fetched;

/// Earlier looks that are asked about noise.
const LOOKS: u32 = 8;

/// What became of the media of the page.
pub(super) struct Media<'a> {
    pub requisites: &'a [RequisiteStatus],
    pub fetched: &'a [Arc<Fetched>],
}

impl Media<'_> {
    /// The octets of media, by address: those that came now, and those that were held.
    fn digests(&self, before: &HashMap<String, Digest>) -> HashMap<String, Digest> {
        let digest = |part: &RequisiteStatus| match (part.state, part.exchange) {
            (RequisiteState::Fetched, Some(at)) => {
                self.fetched.get(at).filter(|f| f.exchange.truncated.is_none()).map(|f| f.exchange.payload_digest)
            }
            (RequisiteState::Held, _) => before.get(part.held_as.as_ref().unwrap_or(&part.url)).copied(),
            _ => None,
        };
        self.requisites.iter().filter_map(|part| Some((part.url.clone(), digest(part)?))).collect()
    }
}

/// Says what changed since the last good snapshot. `both`: a thread of several pages, as it was and as it is.
pub(super) fn settle(
    cpu: &Cpu,
    job: &Job,
    reading: &mut Reading,
    both: Option<(Document, Document)>,
    media: &Media<'_>,
    max_decoded: u64,
) -> Result<()> {
    let Some(previous) = job.previous.as_ref().filter(|_| reading.outcome.is_content()) else { return Ok(()) };
    let came = media.requisites.iter().any(|part| part.state == RequisiteState::Fetched);
    let media_before = if came { cpu.reader.media_digests(previous.snapshot)? } else { HashMap::new() };
    let media_after = if came { media.digests(&media_before) } else { HashMap::new() };
    let is_replaced = |(url, was): (&String, &Digest)| media_after.get(url).is_some_and(|is| is != was);
    let replaced = media_before.iter().any(is_replaced);
    let differs = reading.difference.as_ref().is_some_and(Difference::changed);
    let is_paged = both.is_some();
    if !differs && !replaced && !is_paged {
        return Ok(());
    }
    let both = match both {
        Some(both) => both,
        None => match documents(cpu, previous, reading, max_decoded)? {
            Some(both) => both,
            None => return Ok(()),
        },
    };
    let known = Known { cpu, job, previous, media_before, media_after };
    if let Some(difference) = known.compare(&both, is_paged)? {
        let changed = difference.changed();
        reading.changed = Some(changed);
        if matches!(reading.outcome, Outcome::Captured | Outcome::Unchanged) {
            reading.outcome = if changed { Outcome::Captured } else { Outcome::Unchanged };
        }
        if difference.has_noise() {
            reading.flags.push(Flag::NoiseSetAside);
        }
        reading.difference = Some(difference);
    }
    Ok(())
}

/// What was read then and now. `None`: it cannot be had.
fn documents(
    cpu: &Cpu,
    previous: &Previous,
    reading: &Reading,
    max_decoded: u64,
) -> Result<Option<(Document, Document)>> {
    let Some(known) = previous.document else { return Ok(None) };
    let now = match (reading.document(), &reading.part) {
        (Some(document), _) => document.clone(),
        (None, DocumentPart::Known(known)) => cpu.reader.document(known.id)?.0,
        (None, _) => return Ok(None),
    };
    let then = before::document(cpu, previous.snapshot, known, max_decoded)?;
    Ok(then.map(|then| (then, now)))
}

struct Known<'a> {
    cpu: &'a Cpu,
    job: &'a Job,
    previous: &'a Previous,
    media_before: HashMap<String, Digest>,
    media_after: HashMap<String, Digest>,
}

impl Known<'_> {
    /// Compares, and where something differs, once more with what earlier looks teach. `None`: comparing failed, and what
    /// was found when the page was read stands.
    fn compare(&self, (then, now): &(Document, Document), is_paged: bool) -> Result<Option<Difference>> {
        let context = Context {
            media_before: Some(&self.media_before),
            media_after: Some(&self.media_after),
            ..Context::default()
        };
        let run =
            |context: &Context<'_>| catch_unwind(AssertUnwindSafe(|| diff::compare_with(then, now, context))).ok();
        if is_paged {
            let first = run(&context);
            if first.as_ref().is_none_or(|first| !first.changed()) {
                return Ok(first);
            }
        }
        let looks = self.cpu.reader.said_before(self.job.watch, self.previous.snapshot, READER_VERSION, LOOKS)?;
        let history: Vec<&Document> = looks.iter().map(|look| look.document.as_ref()).collect();
        let media_history = if self.media_after.is_empty() {
            Vec::new()
        } else {
            self.cpu.reader.media_history(self.job.watch, self.previous.snapshot, LOOKS as usize)?
        };
        Ok(run(&Context { history: &history, media_history: &media_history, ..context }))
    }
}
