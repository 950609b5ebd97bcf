//! The further pages of a thread: asked for after the captured page, one after another, within a budget.
//!
//! What is found by following obeys robots.txt. A wall or a failure ends the following on its host, since the next page
//! there would fare no better; everything that was not had is a row with the reason.

mod lists;

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use tokio::time::Instant;
use url::Url;

use super::followed::{Continuation, Followed};
use super::trail::{Stop, Trail};
use super::worker::Taken;
use super::{Crawl, ingest, items};
use crate::capture::{Engine as _, HttpEngine, PageAsk, PageTaken, Validators};
use crate::error::{Error, ErrorKind, Result};
use crate::extract;
use crate::model::thread::Seen;
use crate::model::{
    Capture, Digest, Document, DocumentPart, Entry, Flag, FollowedPage, Hop, Job, MediaLink, Outcome, PageRule, Paging,
    PreviousPage, ReadDocument, Shortfall, WarningCode,
};
use crate::net::{Fetched, Share};
use crate::policy;

pub(super) use lists::{Walk, unasked};

/// The beginning of a thread.
pub(super) struct Thread {
    trail: Trail,
    seen: Seen,
    payloads: HashSet<Digest>,
}

/// How one page went.
struct Step {
    page: Continuation,
    /// What it names.
    names: Option<Paging>,
    /// What it lists, and the page after it.
    entries: Vec<Entry>,
    next_page: Option<String>,
    /// Its media.
    media: Vec<MediaLink>,
    short: Option<Shortfall>,
    /// Nothing further is asked for.
    ends: bool,
    share: Option<Share>,
}

impl Step {
    fn of(page: Continuation) -> Self {
        Self {
            page,
            names: None,
            entries: Vec::new(),
            next_page: None,
            media: Vec::new(),
            short: None,
            ends: false,
            share: None,
        }
    }

    fn short(page: FollowedPage, short: Shortfall, ends: bool) -> Self {
        Self { short: Some(short), ends, ..Self::of(Continuation { page, confirmed: None }) }
    }
}

impl Crawl {
    /// The thread that a page belongs to, if it has further pages.
    pub(super) async fn thread(
        &self,
        job: &Job,
        capture: &Capture,
        reading: &ingest::Reading,
        taken: &Taken,
    ) -> Result<Option<Thread>> {
        if !capture.read {
            return Ok(None);
        }
        let read;
        let document = match (reading.document(), &reading.part, &job.previous) {
            (Some(document), ..) => document,
            // Most pages have no further ones: those are not read back to find that out.
            (None, DocumentPart::Known(known), Some(previous)) if previous.paged => {
                read = self.document(known.id).await?;
                &read
            }
            _ => return Ok(None),
        };
        let Some(paging) = &document.paging else { return Ok(None) };
        let last = taken.last.and_then(|i| taken.fetched.get(i));
        let answered = last.map_or(job.url.as_str(), |f| f.exchange.url.as_str());
        let trail = Trail::new([job.url.as_str(), answered], paging);
        let mut seen = Seen::default();
        seen.add(&document.comments);
        let confirmed = job.previous.as_ref().filter(|_| reading.flags.contains(&Flag::NotModified));
        let payload = confirmed.map(|p| p.payload).or(last.map(|f| f.exchange.payload_digest));
        let payloads = payload.into_iter().collect();
        Ok(trail.goes_on().then_some(Thread { trail, seen, payloads }))
    }

    /// Asks for the further pages.
    pub(super) async fn follow(
        &self,
        engine: &HttpEngine,
        job: &Job,
        capture: &Arc<Capture>,
        thread: Thread,
        taken: &mut Taken,
        full: bool,
    ) -> Result<Followed> {
        let Thread { mut trail, mut seen, mut payloads } = thread;
        let before = self.pages_before(job).await?;
        let until = Instant::now() + capture.requisite_time;
        let (mut out, mut asked, mut octets) = (Followed::default(), 0, 0);
        let mut why_not = String::new();
        let mut ended: HashMap<String, String> = HashMap::new();
        while trail.goes_on() {
            let budget = if capture.follow_pages == 0 {
                Some((Shortfall::Off, "the settings say follow_pages = 0".to_owned()))
            } else if asked >= capture.follow_pages {
                let most = capture.follow_pages;
                Some((Shortfall::Budget, format!("the thread has more pages than the {most} that may be followed")))
            } else if Instant::now() >= until {
                Some((Shortfall::Budget, "the time for the further pages of one thread is used up".to_owned()))
            } else if octets >= capture.max_page_bytes {
                Some((Shortfall::Budget, "the octets for the further pages of one thread are used up".to_owned()))
            } else {
                None
            };
            if let Some((short, why)) = budget {
                out.note(short);
                why_not = why;
                break;
            }
            let Some(stop) = trail.next() else { break };
            let service = stop.rule == PageRule::CommentService;
            let spent = Url::parse(&stop.url).ok().and_then(|url| self.gate.over_budget(&url));
            let refused = match ended.get(&host(&stop.url)) {
                _ if spent.is_some() => {
                    out.note(Shortfall::Budget);
                    spent
                }
                _ if service && !capture.comment_services => {
                    out.note(Shortfall::Off);
                    Some("the settings say comment_services = false".to_owned())
                }
                Some(at) => Some(format!("the following ended at {at}")),
                None => None,
            };
            if refused.is_some() {
                let mut page = row(stop);
                page.reason = refused;
                out.pages.push(Continuation { page, confirmed: None });
                continue;
            }
            asked += 1;
            let known = before.get(&stop.url);
            let exchanges = taken.fetched.len();
            let place = stop.place;
            let step = self.step(engine, job, capture, stop, known, full, taken, &mut trail, &mut payloads).await?;
            octets += taken.fetched[exchanges..].iter().map(|f| f.exchange.body_len).sum::<u64>();
            let mut step = self.weigh(step, &mut seen).await?;
            if let Some(names) = step.names.take() {
                let via = step.page.page.exchange.and_then(|i| taken.fetched.get(i)).map(|f| f.exchange.url.clone());
                trail.name(&names, place, via.as_deref().unwrap_or(&step.page.page.url));
            }
            if let Some(short) = step.short {
                out.note(short);
            }
            // Another host says nothing of the page's own.
            out.limited |= step.page.page.outcome == Some(Outcome::RateLimited) && !service;
            out.shares.extend(step.share);
            out.media.append(&mut step.media);
            let was = known.and_then(|k| k.document).map(|document| document.id);
            out.anew |= match &step.page.page.document {
                DocumentPart::None => false,
                DocumentPart::Known(now) => was != Some(now.id),
                DocumentPart::New(_) => true,
            };
            if step.ends {
                // The next page of this host would fare no better; that of another may.
                let url = step.page.page.url.clone();
                ended.insert(host(&url), url);
            }
            out.pages.push(step.page);
        }
        if trail.many {
            out.note(Shortfall::Budget);
        }
        out.pages.extend(trail.left().into_iter().map(|stop| {
            let mut page = row(stop);
            page.reason = Some(why_not.clone());
            Continuation { page, confirmed: None }
        }));
        Ok(out)
    }

    /// The further pages of the last good snapshot, by their addresses.
    pub(super) async fn pages_before(&self, job: &Job) -> Result<HashMap<String, PreviousPage>> {
        let Some(previous) = job.previous.as_ref().filter(|p| p.paged) else { return Ok(HashMap::new()) };
        let id = previous.snapshot;
        let pages = self.pool.run(super::aside::READING, move |cpu| cpu.reader.previous_pages(id)).await;
        // Without them all is asked for in full, which is right as well.
        let pages = pages.ok().transpose()?.unwrap_or_default();
        Ok(pages.into_iter().map(|page| (page.row.url.clone(), page)).collect())
    }

    pub(super) async fn document(&self, id: crate::model::DocumentId) -> Result<Document> {
        match self.pool.run(super::aside::READING, move |cpu| cpu.reader.document(id)).await {
            Ok(document) => Ok(document?.0),
            Err(why) => Err(Error::new(ErrorKind::Internal, format!("document {id} cannot be read: {why:?}"))),
        }
    }

    /// Asks for one page and reads it.
    #[allow(clippy::too_many_arguments, reason = "the state of one walk, in parts that others hold")]
    async fn step(
        &self,
        engine: &HttpEngine,
        job: &Job,
        capture: &Arc<Capture>,
        stop: Stop,
        known: Option<&PreviousPage>,
        full: bool,
        taken: &mut Taken,
        trail: &mut Trail,
        payloads: &mut HashSet<Digest>,
    ) -> Result<Step> {
        let (via, mut page) = (stop.via.clone(), row(stop));
        let Ok(url) = Url::parse(&page.url) else {
            page.reason = Some("the address is not a URL".to_owned());
            return Ok(Step::short(page, Shortfall::Failed, false));
        };
        // What was confirmed must be at hand.
        let at_hand = known.filter(|k| !full && k.document.is_some() && k.held.is_some());
        let validators = at_hand.and_then(|k| {
            let (etag, last_modified) = (k.row.etag.clone(), k.row.last_modified.clone());
            Some(Validators { url: k.final_url.clone()?, etag, last_modified })
        });
        let ask = PageAsk {
            url: url.clone(),
            hop: Hop::Page,
            via: Some(via),
            capture: Arc::clone(capture),
            validators,
            listed_by_person: false,
            redirects_used: 0,
            route: None,
        };
        let answer = engine.page(ask, std::mem::take(&mut taken.jar)).await;
        let PageTaken { exchanges, last, outcome_hint, failure, flags, jar, .. } = answer;
        let offset = taken.fetched.len();
        taken.fetched.extend(exchanges.into_iter().map(Arc::new));
        taken.jar = jar;
        let confirmed = flags.contains(&Flag::NotModified);
        taken.flags.extend(flags.into_iter().filter(|f| *f != Flag::NotModified));
        page.exchange = last.map(|i| i + offset);
        page.reason = failure.map(|f| f.message);
        let fetched = page.exchange.and_then(|i| taken.fetched.get(i).cloned());
        let Some(fetched) = fetched.filter(|_| outcome_hint.is_none()) else {
            let outcome = outcome_hint.unwrap_or(Outcome::Failed);
            page.outcome = Some(outcome);
            return Ok(match outcome {
                // Another page of the thread may be allowed.
                Outcome::RobotsRefused => Step::short(page, Shortfall::Robots, false),
                Outcome::RateLimited => Step::short(page, Shortfall::Wall, true),
                _ => Step::short(page, Shortfall::Failed, true),
            });
        };
        let x = &fetched.exchange;
        let validator = |name| x.header(name).filter(|v| v.len() <= 1024);
        (page.etag, page.last_modified) = (validator("etag"), validator("last-modified"));
        if let Some(known) = at_hand.filter(|_| confirmed) {
            page.etag = page.etag.or_else(|| known.row.etag.clone());
            page.last_modified = page.last_modified.or_else(|| known.row.last_modified.clone());
            page.outcome = Some(Outcome::Unchanged);
            page.document = known.document.map_or(DocumentPart::None, DocumentPart::Known);
            let confirmed = known.held.clone();
            payloads.extend(confirmed.as_ref().map(|(payload, _)| *payload));
            let page = Continuation { page, confirmed };
            return Ok(Step::of(page));
        }
        self.answered(job, capture, page, &url, &fetched, known, trail, payloads).await
    }

    /// Reads an answer and judges whether it is what was asked for.
    #[allow(clippy::too_many_arguments, reason = "the state of one walk, in parts that others hold")]
    async fn answered(
        &self,
        job: &Job,
        capture: &Arc<Capture>,
        mut page: FollowedPage,
        url: &Url,
        fetched: &Arc<Fetched>,
        known: Option<&PreviousPage>,
        trail: &mut Trail,
        payloads: &mut HashSet<Digest>,
    ) -> Result<Step> {
        let x = &fetched.exchange;
        let its_own = Job { url: page.url.clone(), previous: None, ..job.clone() };
        let mut reading = self.read(&its_own, capture, fetched, None, true).await?;
        page.outcome = Some(reading.outcome);
        page.reason = reading.failure.as_ref().map(|f| f.message.clone()).or(page.reason);
        match reading.outcome {
            outcome if outcome.is_content() => {}
            Outcome::Challenge
            | Outcome::LoginWall
            | Outcome::ConsentWall
            | Outcome::Forbidden
            | Outcome::RateLimited => {
                page.reason.get_or_insert_with(|| reading.outcome.about().to_owned());
                return Ok(Step::short(page, Shortfall::Wall, true));
            }
            outcome => {
                page.reason.get_or_insert_with(|| outcome.about().to_owned());
                return Ok(Step::short(page, Shortfall::Failed, !outcome.is_absence()));
            }
        }
        if Url::parse(&x.url).map_or(true, |answered| !extract::same_thread(&answered, url)) {
            page.reason = Some(format!("it leads elsewhere: {}", x.url));
            return Ok(Step::short(page, Shortfall::Failed, false));
        }
        let is_known = x.url != page.url && !trail.also(&x.url);
        if !payloads.insert(x.payload_digest) || is_known {
            page.reason = Some("it is a page that was had already".to_owned());
            let page = Continuation { page, confirmed: None };
            return Ok(Step::of(page));
        }
        if known.and_then(|k| k.held.as_ref()).is_some_and(|(payload, _)| *payload == x.payload_digest) {
            page.outcome = page.outcome.map(|o| if o == Outcome::Captured { Outcome::Unchanged } else { o });
        }
        let cut = reading.outcome == Outcome::Truncated || reading.document().is_some_and(is_cut);
        let gave_up = reading.flags.contains(&Flag::ReadingGaveUp);
        let names = reading.document().and_then(|d| d.paging.clone());
        let media = reading.document().map(|d| d.media.clone()).unwrap_or_default();
        let list = reading.document().filter(|_| page.rule == PageRule::ListPage);
        let entries = list.map(|d| items::listed(d, capture.items, &page.url)).unwrap_or_default();
        let next_page = list.and_then(|d| d.next_page.clone());
        let Ok(share) = self.place(&mut page, &mut reading) else {
            return Ok(Step::short(page, Shortfall::Budget, true));
        };
        let short = if gave_up { Some(Shortfall::Failed) } else { cut.then_some(Shortfall::Cut) };
        let step = Step::of(Continuation { page, confirmed: None });
        Ok(Step { names, entries, next_page, media, short, share, ..step })
    }

    /// A page counts if it has comments that the pages before have not.
    async fn weigh(&self, mut step: Step, seen: &mut Seen) -> Result<Step> {
        let (read, claimed);
        let comments = match &step.page.page.document {
            DocumentPart::None => return Ok(step),
            DocumentPart::New(read) => {
                claimed = read.document.comments_claimed;
                &read.document.comments
            }
            DocumentPart::Known(known) => {
                read = self.document(known.id).await?;
                claimed = read.comments_claimed;
                step.names = step.names.or_else(|| read.paging.clone());
                step.media = read.media.clone();
                &read.comments
            }
        };
        let (empty, fresh) = (comments.is_empty(), seen.add(comments));
        let page = &mut step.page.page;
        // A service says how many there are, and that may be none; and what the page has drawn of its answer is had twice.
        let is_answer = page.rule == PageRule::CommentService && (!empty || claimed == Some(0));
        if is_answer {
            return Ok(step);
        }
        if empty {
            page.reason.get_or_insert_with(|| "no comment was found on it".to_owned());
            step.short.get_or_insert(Shortfall::Failed);
        } else if fresh == 0 {
            page.reason.get_or_insert_with(|| "it brings nothing that the pages before do not have".to_owned());
        } else {
            return Ok(step);
        }
        // What it names is not followed: such pages may go on without end.
        (page.document, step.names, step.share) = (DocumentPart::None, None, None);
        step.media = Vec::new();
        Ok(step)
    }
}

/// Host and port of an address, empty if it has none.
fn host(url: &str) -> String {
    Url::parse(url).ok().and_then(|url| policy::url::authority(&url)).unwrap_or_default()
}

fn row(stop: Stop) -> FollowedPage {
    FollowedPage {
        place: stop.place,
        url: stop.url,
        rule: stop.rule,
        outcome: None,
        reason: None,
        exchange: None,
        document: DocumentPart::None,
        etag: None,
        last_modified: None,
    }
}

/// The page has more comments than are kept of one.
pub(super) fn is_cut(document: &Document) -> bool {
    document.warnings.iter().any(|w| w.code == WarningCode::Count && w.detail.contains("comments"))
}

/// What is needed until the commit beside the JSON: the comments and what has a column.
pub(super) fn slim(part: DocumentPart) -> DocumentPart {
    let DocumentPart::New(mut read) = part else { return part };
    let ReadDocument { document, .. } = &mut *read;
    document.blocks = Vec::new();
    document.links = Vec::new();
    document.media = Vec::new();
    document.requisites = Vec::new();
    document.rest = String::new();
    DocumentPart::New(read)
}
