//! One job from claim to commit.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use tokio::time::Instant;
use url::Url;

use super::account::Account;
use super::again::Again;
use super::aside::Aside;
use super::beside::About;
use super::finish::{self, Attempt};
use super::followed::Followed;
use super::ingest::{self, Reading};
use super::{Crawl, Event, parts, platform};
use crate::capture::{Engine as _, HttpEngine, Jar, PageAsk, PageTaken};
use crate::error::{Error, ErrorKind, Result};
use crate::model::{
    Asked, Capture, DocumentPart, Failure, FailureKind, Flag, Hop, Job, Outcome, RequisiteState, Robots,
};
use crate::net::{Fetched, Seat};
use crate::site;
use crate::store::Kept;

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

/// What the network part of an attempt gathers.
#[derive(Default)]
pub(super) struct Taken {
    pub fetched: Vec<Arc<Fetched>>,
    pub last: Option<usize>,
    /// What that was asked for by an adapter.
    pub asked: Option<Asked>,
    pub robots: Option<Robots>,
    pub robots_note: Option<String>,
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
        let mut taken = Taken::default();
        let mut reading = if job.attempt > capture.max_retries + CRASHES {
            let says = format!("it was begun {} times and never came to an end", job.attempt - 1);
            refused(Outcome::Failed, Some(Failure::new(FailureKind::Internal, says)))
        } else {
            self.look(&engine, &job, &capture, full, &mut taken).await?
        };
        if taken.asked.is_none() {
            self.ask_beside(&engine, &job, &capture, &mut taken, &mut reading).await?;
        }
        let program = job.program.or(reading.program.as_ref().map(|program| program.platform));
        // A page that was read as such is known by where it answered, and belongs to a platform only where pages are its way.
        let answered = taken.last.and_then(|i| taken.fetched.get(i)).map(|fetched| fetched.exchange.url.clone());
        let about = answered.filter(|_| taken.asked.is_none()).unwrap_or_else(|| job.url.clone());
        let target = platform::target(&about, &capture, program)
            .filter(|target| taken.asked.is_some() || platform::begins_with_page(target));
        let names = || site::of_page(&Url::parse(&about).ok()?, &capture, reading.document()?);
        let target = target.or_else(|| if taken.asked.is_none() { names() } else { None });
        let is_account = taken.asked.is_some() && target.as_ref().is_some_and(site::is_list);
        let (mut requisites, mut aside, mut followed) = (Vec::new(), Aside::Kept, Followed::default());
        let mut again = Again::default();
        let mut listing = self.listing(&job, &capture, &reading, is_account, self.clock.now()).await?;
        if reading.outcome.is_content() {
            let asks = full || !reading.same_as_previous;
            let thread = self.thread(&job, &capture, &reading, &taken).await?;
            let may_ask = asks || thread.is_some() || target.is_some();
            let mut plan = if may_ask { self.plan(&job, &capture, &reading, full).await? } else { None };
            let document = if target.is_some() { self.own(&reading).await? } else { None };
            if listing.goes_on()
                || capture.yt_dlp && full
                || thread.is_some()
                || target.is_some()
                || plan.as_ref().is_some_and(|plan| !plan.parts.wanted.is_empty())
            {
                aside = self.put_aside(&mut reading);
            }
            if let Some(thread) = thread {
                followed = self.follow(&engine, &job, &capture, thread, &mut taken, full).await?;
            }
            if let Some(target) = &target {
                let (first, until) = (document.as_deref(), Instant::now() + capture.requisite_time);
                if let Some(first) = first.filter(|_| is_account) {
                    let account = Account { engine: &engine, job: &job, capture: &capture, target, until, asked: 0 };
                    let changed = reading.changed;
                    self.account(account, first, changed, &mut listing, &mut taken, &mut followed).await?;
                }
                let wide = full || reading.changed != Some(false);
                let about = About { target, url: &about, document: first, wide, full };
                self.beside(&engine, &job, &capture, about, &mut taken, &mut followed).await?;
                let pages = followed.pages.iter().chain(&listing.pages);
                let read = pages.filter_map(|page| match &page.page.document {
                    DocumentPart::New(read) => Some(&read.document),
                    _ => None,
                });
                let told: Vec<_> = read.chain(first).filter_map(|document| document.social.as_deref()).collect();
                followed.media.extend(site::originals(&told));
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
            if capture.yt_dlp {
                let brings = full && !is_account;
                self.by_tool(&job, &capture, &reading, brings, listed, &mut taken, &mut requisites).await?;
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
        let (ends, hasten) = (listing.ends.take(), std::mem::take(&mut listing.hasten));
        let soon = ends.as_ref().is_some_and(|ends| !ends.is_empty()).then_some(ended_at);
        let (items, more) = listing.items(&capture);
        if more {
            taken.flags.push(Flag::ItemsPartial);
        }
        let times = self.times(&job, soon).await?;
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
        let program = reading.program.take();
        let attempt = Attempt {
            program,
            ends,
            hasten,
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
            told: followed.told,
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

    /// Asks by the routes of the platform that the URL belongs to, or else for the page.
    async fn look(
        &self,
        engine: &HttpEngine,
        job: &Job,
        capture: &Arc<Capture>,
        full: bool,
        taken: &mut Taken,
    ) -> Result<Reading> {
        let target = platform::target(&job.url, capture, job.program);
        if let Some(target) = target.filter(|target| !platform::begins_with_page(target))
            && let Some(reading) = self.ladder(engine, job, capture, &target, full, taken).await?
        {
            return Ok(reading);
        }
        let mut page = self.page(engine, job, capture, full, taken).await?;
        if let Some(program) = self.ask_program(engine, job, capture, &page, taken).await {
            page.program = Some(program);
        }
        // The page may tell which program it is of: its routes may have what the page has not.
        let found = page.program.as_ref().map(|program| program.platform).filter(|_| job.program.is_none());
        let target = found.and_then(|program| platform::target(&job.url, capture, Some(program)));
        let Some(target) = target.filter(|target| !platform::begins_with_page(target)) else { return Ok(page) };
        let (last, asked) = (taken.last, taken.asked.clone());
        match self.ladder(engine, job, capture, &target, full, taken).await? {
            Some(reading) if reading.outcome.is_content() => Ok(Reading { program: page.program, ..reading }),
            _ => {
                (taken.last, taken.asked) = (last, asked);
                Ok(page)
            }
        }
    }

    /// Takes the page with its redirects and refreshes, and reads the final answer.
    async fn page(
        &self,
        engine: &HttpEngine,
        job: &Job,
        capture: &Arc<Capture>,
        full: bool,
        taken: &mut Taken,
    ) -> Result<Reading> {
        let url = match Url::parse(&job.url) {
            Ok(url) => url,
            Err(why) => {
                let failure = Failure::new(FailureKind::SchemeRefused, format!("not a URL: {why}"));
                return Ok(refused(Outcome::SchemeRefused, Some(failure)));
            }
        };
        let validators = platform::validators(job, full);
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
                    return Ok(refused(outcome_hint.unwrap_or(Outcome::Failed), failure));
                };
                let mut reading = self.read(job, capture, &previous, None, full).await?;
                reading.failure = failure;
                return Ok(reading);
            }
            taken.last = last;
            let Some(fetched) = last.and_then(|i| taken.fetched.get(i).cloned()) else {
                return Ok(refused(outcome_hint.unwrap_or(Outcome::Failed), failure));
            };
            if let Some(outcome) = outcome_hint {
                let mut reading = refused(outcome, failure);
                reading.decoded_len = fetched.exchange.body_len;
                return Ok(reading);
            }
            // Nothing to read, and the previous answer stands.
            if let Some(previous) = job.previous.as_ref().filter(|_| taken.flags.contains(&Flag::NotModified)) {
                return Ok(ingest::confirmed(previous));
            }
            let reading = self.read(job, capture, &fetched, None, full).await?;
            let next = reading
                .document()
                .and_then(|d| d.refresh.as_ref())
                .filter(|r| r.after_s <= REFRESH_AT_MOST && redirects_used < capture.max_redirects)
                .and_then(|r| Url::parse(&r.url).ok())
                .filter(|url| !asked.contains(url.as_str()));
            let Some(url) = next else { return Ok(reading) };
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
}

pub(super) fn refused(outcome: Outcome, failure: Option<Failure>) -> Reading {
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
        verdict: None,
        program: None,
        load: None,
    }
}

pub(super) fn is_older(then: Timestamp, now: Timestamp, than: Duration) -> bool {
    Duration::try_from(now.duration_since(then)).map_or(true, |age| age >= than)
}
