//! One job from claim to commit.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use tokio::sync::OwnedSemaphorePermit;
use url::Url;

use super::again::Again;
use super::finish::{self, Attempt};
use super::followed::Followed;
use super::ingest::{self, Reading};
use super::{Crawl, Event, parts};
use crate::capture::{Engine as _, HttpEngine, Jar, PageAsk, PageTaken, Validators};
use crate::error::{Error, ErrorKind, Result};
use crate::model::{
    Asked, Capture, DocumentPart, Failure, FailureKind, Flag, Hop, Job, Outcome, RequisiteState, RequisitesMode, Robots,
};
use crate::net::{Fetched, Seat, Share};
use crate::store::Kept;

/// Reading one page may take this long on one thread; what takes longer is hostile.
pub(super) const READING: Duration = Duration::from_secs(10);
/// Making records of what was fetched: bounded by the size limits, so this only catches a fault of ours.
const ENCODING: Duration = Duration::from_secs(600);
/// A meta refresh that waits longer is a page that renews itself, not a way to another one.
const REFRESH_AT_MOST: u32 = 15;

/// Tries beyond the retries that may end without a snapshot (the process was killed): then the URL is to blame.
const CRASHES: u32 = 5;

/// What a job came to.
pub(super) struct Done {
    pub kept: Kept,
    pub bytes: u64,
    pub retry_at: Option<Timestamp>,
}

/// Where that which was read of a page is while its parts come.
enum Aside {
    /// In its place.
    Kept,
    /// In its place, counted as a body.
    Counted { _share: Share },
    /// Nowhere: it is to be read again.
    Forgotten,
}

/// What the network part of an attempt gathers.
#[derive(Default)]
pub(super) struct Taken {
    pub fetched: Vec<Arc<Fetched>>,
    pub last: Option<usize>,
    /// What that was asked for by an adapter.
    pub asked: Option<Asked>,
    robots: Option<Robots>,
    robots_note: Option<String>,
    pub flags: Vec<Flag>,
    pub jar: Jar,
}

impl Crawl {
    /// Does one job: takes the page, reads it, takes its parts, commits.
    pub(super) async fn job(&self, job: Job, seat: Seat) -> Result<Done> {
        let engine = self.engine.seated(seat);
        (self.listener)(Event::Started { host: job.host.clone(), url: job.url.clone() });
        let capture = Arc::new(self.config.capture_for(&job.tags, &job.options)?);
        let started_at = self.clock.now();
        // A full look asks without validators, since validators lie, and asks for all media again.
        let full = job.previous.as_ref().is_none_or(|p| is_older(p.full_at, started_at, capture.full_fetch_every));
        let (mut taken, mut reading) = if job.attempt > capture.max_retries + CRASHES {
            let says = format!("it was begun {} times and never came to an end", job.attempt - 1);
            (Taken::default(), refused(Outcome::Failed, Some(Failure::new(FailureKind::Internal, says))))
        } else {
            self.page(&engine, &job, &capture, full).await?
        };
        self.ask_beside(&engine, &job, &capture, &mut taken, &mut reading).await?;
        let (mut requisites, mut aside, mut followed) = (Vec::new(), Aside::Kept, Followed::default());
        let mut again = Again::default();
        let mut listing = self.listing(&job, &capture, &reading, self.clock.now()).await?;
        if reading.outcome.is_content() {
            let asks = full || !reading.same_as_previous;
            let thread = self.thread(&job, &capture, &reading, &taken).await?;
            let may_ask = asks || thread.is_some();
            let mut plan = if may_ask { self.plan(&job, &capture, &reading, full).await? } else { None };
            if listing.goes_on() || thread.is_some() || plan.as_ref().is_some_and(|plan| !plan.parts.wanted.is_empty())
            {
                aside = self.put_aside(&mut reading);
            }
            if let Some(thread) = thread {
                followed = self.follow(&engine, &job, &capture, thread, &mut taken, full).await?;
            }
            if listing.goes_on() {
                self.further(&engine, &job, &capture, &mut listing, &mut taken, full).await?;
            }
            if let Some(plan) = &mut plan {
                parts::further(&mut plan.parts, &followed.media, &capture, &plan.held);
            }
            if let Some(plan) = plan.filter(|_| asks || followed.anew) {
                requisites = self.parts(&engine, &capture, plan, &mut taken).await?;
            }
            let listed = asks || followed.anew;
            if self.looks_again(&job, &capture, full) {
                if !full && matches!((&aside, &reading.part), (Aside::Kept, DocumentPart::New(_))) {
                    aside = self.put_aside(&mut reading);
                }
                again = self.again(&engine, &job, &capture, full, listed, &mut taken, &mut requisites).await?;
            }
            if matches!(aside, Aside::Forgotten) {
                self.read_again(&job, &capture, &taken, &mut reading, full).await?;
            }
            if again.failed || requisites.iter().any(|r| r.state == RequisiteState::Failed) {
                taken.flags.push(Flag::RequisitesPartial);
            }
            if again.more {
                taken.flags.push(Flag::MediaLater);
            }
        }
        let ended_at = self.clock.now();
        // Waiting for the host's turn is not part of the attempt.
        let started_at = taken.fetched.first().map_or(started_at, |f| f.exchange.started_at);
        let last = taken.last.and_then(|i| taken.fetched.get(i).cloned());
        let retry_at = self.retry(&job, &capture, &reading, last.as_deref(), ended_at);
        let (items, more) = listing.items(&capture);
        if more {
            taken.flags.push(Flag::ItemsPartial);
        }
        let times = self.times(&job).await?;
        let bytes = taken.fetched.iter().map(|f| f.exchange.body_len).sum();
        if followed.limited || matches!(reading.outcome, Outcome::RateLimited | Outcome::ServerError) {
            self.keep_pauses(ended_at).await?;
        }
        if let DocumentPart::New(_) = &reading.part
            && last.as_ref().is_none_or(|f| f.exchange.status.is_none())
        {
            reading.part = DocumentPart::None;
        }
        let (host, url) = (job.host.clone(), job.url.clone());
        let reason = reading.failure.as_ref().map(|f| f.message.clone());
        let load = reading.load.take();
        let attempt = Attempt {
            job,
            started_at,
            ended_at,
            fetched: taken.fetched,
            final_index: taken.last,
            robots: taken.robots,
            robots_note: taken.robots_note,
            reading,
            flags: taken.flags,
            requisites,
            again,
            list_pages: listing.pages,
            pages: followed.pages,
            shortfall: followed.shortfall,
            max_decoded: capture.max_decoded_bytes,
            retry_at,
            items,
            times,
            config: Arc::clone(&self.config),
        };
        let facts = self.facts.clone();
        let place = self.records.enter().await;
        let captured =
            self.pool.run(ENCODING, move |cpu| finish::finish(cpu, attempt, &facts)).await.map_err(|why| {
                Error::new(ErrorKind::Internal, format!("making the records of {url} failed: {why:?}"))
            })??;
        // It counts until it is committed.
        let _records = place.leave(finish::weight_of(&captured));
        drop((load, aside, followed.shares, listing.shares));
        let took = ended_at.duration_since(started_at);
        let changed = captured.changed;
        let kept = self.writer.commit(captured).await?;
        let took = Duration::try_from(took).unwrap_or_default();
        let retry_in = retry_at.and_then(|at| Duration::try_from(at.duration_since(ended_at)).ok());
        let (snapshot, outcome) = (kept.snapshot, kept.outcome);
        (self.listener)(Event::Finished { host, url, snapshot, outcome, changed, reason, bytes, took, retry_in });
        Ok(Done { kept, bytes, retry_at })
    }

    /// Takes the page with its redirects and refreshes, and reads the final answer.
    async fn page(
        &self,
        engine: &HttpEngine,
        job: &Job,
        capture: &Arc<Capture>,
        full: bool,
    ) -> Result<(Taken, Reading)> {
        let mut taken = Taken::default();
        let url = match Url::parse(&job.url) {
            Ok(url) => url,
            Err(why) => {
                let failure = Failure::new(FailureKind::SchemeRefused, format!("not a URL: {why}"));
                return Ok((taken, refused(Outcome::SchemeRefused, Some(failure))));
            }
        };
        let validators = job.previous.as_ref().filter(|_| !full).map(|p| Validators {
            url: p.url.clone(),
            etag: p.etag.clone(),
            last_modified: p.last_modified.clone(),
        });
        let mut ask = PageAsk {
            url,
            hop: Hop::Seed,
            via: None,
            capture: Arc::clone(capture),
            validators,
            listed_by_person: true,
            redirects_used: 0,
            route: None,
        };
        let mut asked = HashSet::new();
        loop {
            asked.insert(ask.url.to_string());
            let hop = ask.hop;
            let page = engine.page(ask, std::mem::take(&mut taken.jar)).await;
            let PageTaken {
                exchanges,
                last,
                robots,
                robots_note,
                outcome_hint,
                failure,
                flags,
                jar,
                redirects_used,
                ..
            } = page;
            let offset = taken.fetched.len();
            taken.fetched.extend(exchanges.into_iter().map(Arc::new));
            taken.jar = jar;
            taken.flags.extend(flags);
            if hop == Hop::Seed || taken.robots.is_none() {
                taken.robots = robots;
                taken.robots_note = robots_note;
            }
            let last = last.map(|i| i + offset);
            if hop == Hop::Refresh && outcome_hint.is_some() {
                // The way on is blocked: the page that named it stands, and the failure is said.
                let Some(previous) = taken.last.and_then(|i| taken.fetched.get(i).cloned()) else {
                    return Ok((taken, refused(outcome_hint.unwrap_or(Outcome::Failed), failure)));
                };
                let mut reading = self.read(job, capture, &previous, None, full).await?;
                reading.failure = failure;
                return Ok((taken, reading));
            }
            taken.last = last;
            let Some(fetched) = last.and_then(|i| taken.fetched.get(i).cloned()) else {
                return Ok((taken, refused(outcome_hint.unwrap_or(Outcome::Failed), failure)));
            };
            if let Some(outcome) = outcome_hint {
                let mut reading = refused(outcome, failure);
                reading.decoded_len = fetched.exchange.body_len;
                return Ok((taken, reading));
            }
            // Nothing to read, and the previous answer stands.
            if let Some(previous) = job.previous.as_ref().filter(|_| taken.flags.contains(&Flag::NotModified)) {
                return Ok((taken, ingest::confirmed(previous)));
            }
            let reading = self.read(job, capture, &fetched, None, full).await?;
            let next = reading
                .document()
                .and_then(|d| d.refresh.as_ref())
                .filter(|r| r.after_s <= REFRESH_AT_MOST && redirects_used < capture.max_redirects)
                .and_then(|r| Url::parse(&r.url).ok())
                .filter(|url| !asked.contains(url.as_str()));
            let Some(url) = next else { return Ok((taken, reading)) };
            ask = PageAsk {
                url,
                hop: Hop::Refresh,
                via: Some(fetched.exchange.url.clone()),
                capture: Arc::clone(capture),
                validators: None,
                listed_by_person: true,
                redirects_used: redirects_used + 1,
                route: None,
            };
        }
    }

    pub(super) async fn read(
        &self,
        job: &Job,
        capture: &Arc<Capture>,
        fetched: &Arc<Fetched>,
        asked: Option<&Asked>,
        full: bool,
    ) -> Result<Reading> {
        if !capture.read {
            return Ok(ingest::unread(&fetched.exchange, &job.url, job.previous.as_ref()));
        }
        let wants_media = full && capture.requisites != RequisitesMode::None;
        let (mut alone, mut before) = (None::<Arc<OwnedSemaphorePermit>>, None);
        loop {
            let place = self.readings.enter().await;
            if before.is_none() {
                let limit = capture.max_decoded_bytes;
                before = self.before(job, &fetched.exchange, limit, alone.clone()).await?;
            }
            let Some(before) = before.clone() else {
                drop(place);
                alone = self.alone().await;
                continue;
            };
            let (url, previous) = (job.url.clone(), job.previous.clone());
            let (shared, settings, aside) = (Arc::clone(fetched), Arc::clone(capture), alone.clone());
            let asked = asked.cloned();
            let work = move |cpu: &mut ingest::Cpu| {
                // Held by the thread, which goes on with a page that was given up.
                let alone = aside;
                let previous = previous.as_ref().map(|previous| (previous, &before));
                ingest::read(cpu, &shared, &url, asked.as_ref(), &settings, previous, wants_media, alone.is_some())
            };
            match self.pool.run(READING, work).await {
                Ok(Ok(Some(mut reading))) => {
                    reading.load = Some(place.leave(ingest::weight(&reading.part)));
                    return Ok(reading);
                }
                Ok(Ok(None)) => {
                    drop(place);
                    alone = self.alone().await;
                }
                Ok(Err(error)) => return Err(error),
                Err(why) => return Ok(Reading::gave_up(&fetched.exchange, &job.url, &why)),
            }
        }
    }

    /// Waits until no other large page is read.
    async fn alone(&self) -> Option<Arc<OwnedSemaphorePermit>> {
        // Never closed, so it never fails.
        Arc::clone(&self.large).acquire_owned().await.ok().map(Arc::new)
    }

    /// What was read must not wait in the lane for parts that may be slow to come. It counts as a body instead; where
    /// bodies take all the memory, it is forgotten, and the page read again when its parts are there.
    fn put_aside(&self, reading: &mut Reading) -> Aside {
        let weight = ingest::weight(&reading.part);
        reading.load = None;
        reading.known = None;
        match self.gate.share(weight) {
            _ if weight == 0 => Aside::Kept,
            Some(share) => Aside::Counted { _share: share },
            None => {
                reading.part = DocumentPart::None;
                Aside::Forgotten
            }
        }
    }

    async fn read_again(
        &self,
        job: &Job,
        capture: &Arc<Capture>,
        taken: &Taken,
        reading: &mut Reading,
        full: bool,
    ) -> Result<()> {
        let Some(fetched) = taken.last.and_then(|i| taken.fetched.get(i)) else { return Ok(()) };
        let again = self.read(job, capture, fetched, taken.asked.as_ref(), full).await?;
        if again.flags.contains(&Flag::ReadingGaveUp) {
            reading.flags.push(Flag::ReadingGaveUp);
        }
        (reading.part, reading.load) = (again.part, again.load);
        Ok(())
    }
}

fn refused(outcome: Outcome, failure: Option<Failure>) -> Reading {
    Reading {
        outcome,
        flags: Vec::new(),
        changed: None,
        difference: None,
        part: DocumentPart::None,
        known: None,
        same_as_previous: false,
        decoded_len: 0,
        failure,
        load: None,
    }
}

pub(super) fn is_older(then: Timestamp, now: Timestamp, than: Duration) -> bool {
    Duration::try_from(now.duration_since(then)).map_or(true, |age| age >= than)
}
