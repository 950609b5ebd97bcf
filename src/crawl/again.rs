//! Media of the main text that are held, asked for again with a look of their page: whether they are the same, others, or not there
//! any more. The page itself need not change for that.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use tokio::time::Instant;

use super::aside::READING;
use super::worker::{Taken, is_older};
use super::{Crawl, stored};
use crate::capture::{Budget, Engine as _, HttpEngine, Validators, Wanted};
use crate::error::{Error, ErrorKind, Result};
use crate::model::{
    Capture, FailureKind, Hop, Job, MediaRow, MediaTurn, RequisiteState, RequisiteStatus, RequisitesMode, SnapshotId,
    Standing, Thing,
};
use crate::net::Fetched;
use crate::policy::presence::{Sight, is_to_confirm, of_medium};
use crate::store::HeldMedium;

/// So many media are asked for again with one look; the others have waited less long.
const AT_ONCE: usize = 50;
/// What has no validators and is longer is had again only when all is asked for in full.
const IN_FULL: u64 = 1 << 20;

/// What came of asking for media again.
#[derive(Debug, Default)]
pub(super) struct Again {
    /// Whose turn it was.
    pub turns: Vec<MediaTurn>,
    /// What was seen of each.
    pub seen: Vec<SeenMedium>,
    /// Some could not be had.
    pub failed: bool,
    /// More were to be asked for than one look may.
    pub more: bool,
}

/// What a look saw of a medium that was had before.
#[derive(Debug)]
pub(super) struct SeenMedium {
    pub url: String,
    /// What it is, in words for people.
    pub alt: String,
    pub sight: Sight,
    /// The snapshot that brought it, and when it was last seen before this look.
    pub before: (SnapshotId, Timestamp),
}

impl SeenMedium {
    fn new(medium: &HeldMedium, sight: Sight) -> Self {
        let before = (medium.snapshot(), medium.seen_at);
        Self { url: medium.url.clone(), alt: medium.alt.clone(), sight, before }
    }
}

/// A medium whose turn it is, with the validators of the answer that holds it.
struct Due {
    medium: HeldMedium,
    etag: Option<String>,
    last_modified: Option<String>,
}

impl Due {
    /// It may be asked for now.
    fn is_askable(&self) -> bool {
        self.etag.is_some() || self.last_modified.is_some() || self.medium.body_len <= IN_FULL
    }

    fn wanted(&self) -> Wanted {
        let HeldMedium { url, kind, alt, answered, .. } = &self.medium;
        let (etag, last_modified) = (self.etag.clone(), self.last_modified.clone());
        Wanted {
            url: url.clone(),
            kind: kind.clone(),
            hop: Hop::Media,
            alt: alt.clone(),
            content: true,
            validators: Some(Validators { url: answered.clone(), etag, last_modified }),
        }
    }
}

/// It waited for its host in vain.
fn is_put_off(fetched: &Fetched) -> bool {
    fetched.exchange.failure.as_ref().is_some_and(|failure| failure.kind == FailureKind::TimeoutTotal)
}

/// A watch that is looked at once in each such time must not find them a moment too young each second time.
fn nearly(every: Duration) -> Duration {
    every - every / 20
}

impl Crawl {
    /// Whether media of the page may have to be asked for again, or were just asked for with all the rest: without asking the
    /// catalogue, since mostly they need not be.
    pub(super) fn looks_again(&self, job: &Job, capture: &Capture, full: bool) -> bool {
        if job.previous.is_none() || capture.requisites == RequisitesMode::None {
            return false;
        }
        let now = self.clock.now();
        let is_due = |every| job.media_at.is_some_and(|at| is_older(at, now, nearly(every)));
        full || capture.media_every.is_some_and(|every| is_due(every) || job.vanished && job.media_at.is_some())
    }

    /// Asks for what is held and due. `listed`: `requisites` are all parts of the page as it is now; else those of the last good
    /// snapshot hold on, and are listed anew only where other octets came.
    #[allow(clippy::too_many_arguments, reason = "the state of one attempt, in parts that others hold")]
    pub(super) async fn again(
        &self,
        engine: &HttpEngine,
        job: &Job,
        capture: &Arc<Capture>,
        full: bool,
        listed: bool,
        taken: &mut Taken,
        requisites: &mut Vec<RequisiteStatus>,
    ) -> Result<Again> {
        let Some(previous) = job.previous.as_ref().map(|previous| previous.snapshot) else {
            return Ok(Again::default());
        };
        let now = self.clock.now();
        if full {
            let held = self.look_up(move |cpu| cpu.reader.content_media(previous)).await?;
            return Ok(in_full(&held, requisites, &taken.fetched, now));
        }
        let shown = listed.then(|| {
            let held = requisites.iter().filter(|part| part.state == RequisiteState::Held);
            held.map(|part| part.url.clone()).collect::<HashSet<String>>()
        });
        let (watch, vanished) = (job.watch, job.vanished);
        let every = capture.media_every.map(nearly).unwrap_or(Duration::MAX);
        let (due, mut more) = self
            .look_up(move |cpu| {
                let mut media = cpu.reader.content_media(previous)?;
                let ledger = if vanished { cpu.reader.presences(watch)? } else { Vec::new() };
                let ledger: HashMap<&str, &Standing> = ledger
                    .iter()
                    .filter(|row| row.subject == Thing::Media)
                    .map(|row| (row.key.as_str(), &row.standing))
                    .collect();
                let confirms = |medium: &HeldMedium| {
                    ledger.get(medium.url.as_str()).is_some_and(|standing| is_to_confirm(standing, now))
                };
                media.retain(|medium| {
                    shown.as_ref().is_none_or(|shown| shown.contains(&medium.url))
                        && (is_older(medium.turn_at, now, every) || confirms(medium))
                });
                media.sort_by_key(|medium| !confirms(medium));
                let more = media.len() > AT_ONCE;
                media.truncate(AT_ONCE);
                if media.is_empty() {
                    return Ok((Vec::new(), false));
                }
                let payloads = cpu.reader.payloads()?;
                let due = media.into_iter().map(|medium| {
                    let (etag, last_modified) = stored::validators(&payloads, medium.place);
                    Due { medium, etag, last_modified }
                });
                Ok((due.collect::<Vec<Due>>(), more))
            })
            .await?;
        let (asked, left): (Vec<Due>, Vec<Due>) = due.into_iter().partition(Due::is_askable);
        let mut out = Again::default();
        let turn = |medium: &HeldMedium, same| MediaTurn { exchange: medium.exchange, at: now, same };
        out.turns.extend(left.iter().map(|due| turn(&due.medium, false)));
        let via = taken.last.and_then(|i| taken.fetched.get(i)).map(|f| f.exchange.url.clone()).unwrap_or_default();
        let mut budget = Budget {
            count: AT_ONCE as u32,
            bytes: capture.max_requisite_bytes,
            until: Instant::now() + capture.requisite_time,
        };
        let wanted = asked.iter().map(Due::wanted).collect();
        let answers = engine.requisites(&taken.jar, wanted, &mut budget, capture, &via).await;
        taken.fetched.extend(answers.beside.into_iter().map(Arc::new));
        let spent = budget.bytes == 0 || Instant::now() >= budget.until;
        let mut others = Vec::new();
        // Every one that was wanted is there, in order.
        for (Due { medium, .. }, (status, fetched)) in asked.iter().zip(answers.taken) {
            let is_same = |fetched: &Fetched| fetched.exchange.payload_digest == medium.payload;
            match (status.state, fetched) {
                (RequisiteState::Held, _) => {
                    out.turns.push(turn(medium, true));
                    out.seen.push(SeenMedium::new(medium, Sight::There));
                }
                (RequisiteState::Fetched, Some(fetched)) if is_same(&fetched) => {
                    out.turns.push(turn(medium, true));
                    out.seen.push(SeenMedium::new(medium, Sight::There));
                }
                (RequisiteState::Fetched, Some(fetched)) => {
                    others.push(RequisiteStatus { exchange: Some(taken.fetched.len()), ..status });
                    taken.fetched.push(Arc::new(fetched));
                    out.seen.push(SeenMedium::new(medium, Sight::There));
                }
                (RequisiteState::Failed, fetched) => {
                    out.failed = true;
                    out.turns.push(turn(medium, false));
                    let answer = fetched.as_ref().filter(|f| f.exchange.failure.is_none());
                    let sight = of_medium(answer.and_then(|f| f.exchange.status));
                    out.seen.push(SeenMedium::new(medium, sight));
                    taken.fetched.extend(fetched.map(Arc::new));
                }
                // Its turn has not come yet, be it that its host wants to be left alone: nobody was asked.
                (RequisiteState::NotFetched, fetched) if spent || fetched.as_ref().is_some_and(is_put_off) => {
                    more = true
                }
                // robots.txt does not allow it, or its address may not be asked.
                (_, fetched) => {
                    out.turns.push(turn(medium, false));
                    taken.fetched.extend(fetched.map(Arc::new));
                }
            }
        }
        out.more = more;
        if !others.is_empty() {
            if !listed {
                let shown = self.look_up(move |cpu| cpu.reader.shown_media(previous)).await?;
                *requisites = shown.into_iter().map(carried).collect();
            }
            for other in others {
                if let Some(part) = requisites.iter_mut().find(|part| part.url == other.url) {
                    *part = RequisiteStatus { alt: std::mem::take(&mut part.alt), ..other };
                }
            }
        }
        Ok(out)
    }

    async fn look_up<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut super::ingest::Cpu) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        match self.pool.run(READING, work).await {
            Ok(found) => found,
            Err(why) => Err(Error::new(ErrorKind::Internal, format!("what is held of a page cannot be read: {why:?}"))),
        }
    }
}

/// What a look that asked for everything in full says of the media that were held. What could not be had again is shown as it was.
fn in_full(held: &[HeldMedium], requisites: &mut [RequisiteStatus], fetched: &[Arc<Fetched>], now: Timestamp) -> Again {
    let mut out = Again::default();
    let by_url: HashMap<&str, &HeldMedium> = held.iter().map(|medium| (medium.url.as_str(), medium)).collect();
    for part in requisites.iter_mut().filter(|part| part.content) {
        let Some(medium) = by_url.get(part.url.as_str()) else { continue };
        match part.state {
            RequisiteState::Fetched => out.seen.push(SeenMedium::new(medium, Sight::There)),
            RequisiteState::Failed => {
                let answer = part.exchange.and_then(|at| fetched.get(at)).filter(|f| f.exchange.failure.is_none());
                out.seen.push(SeenMedium::new(medium, of_medium(answer.and_then(|f| f.exchange.status))));
                out.turns.push(MediaTurn { exchange: medium.exchange, at: now, same: false });
                out.failed = true;
            }
            RequisiteState::NotFetched => {}
            RequisiteState::Held => continue,
        }
        if part.state != RequisiteState::Fetched {
            (part.state, part.exchange) = (RequisiteState::Held, None);
            let why = part.reason.take().unwrap_or_default();
            part.reason = Some(format!("not had again, what came before is shown: {why}"));
        }
    }
    out
}

/// A part of the last good snapshot, as it is listed anew.
fn carried(row: MediaRow) -> RequisiteStatus {
    let (state, reason) = match (row.state, row.reason) {
        (RequisiteState::Fetched | RequisiteState::Held, _) => (RequisiteState::Held, None),
        (RequisiteState::Failed, why) => {
            let why = why.unwrap_or_default();
            (RequisiteState::NotFetched, Some(format!("it was not asked for again since this: {why}")))
        }
        (RequisiteState::NotFetched, why) => (RequisiteState::NotFetched, why),
    };
    let MediaRow { url, kind, alt, content, .. } = row;
    RequisiteStatus { url, kind, alt, state, reason, exchange: None, content }
}
