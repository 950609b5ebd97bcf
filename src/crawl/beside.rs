//! What a platform says of a post beside its first answer: what stands around it, further replies, what it said before, other
//! witnesses. Each answer is an exchange and a document of its own, like a further page of a thread.

use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::Arc;

use tokio::time::Instant;
use url::Url;

use super::Crawl;
use super::aside::NoRoom;
use super::followed::{Continuation, Followed};
use super::platform::{Request, begins_with_page, mirrored};
use super::worker::Taken;
use crate::capture::{HttpEngine, Validators};
use crate::error::Result;
use crate::model::{
    Asked, Capture, Comment, Document, DocumentId, DocumentPart, Flag, FollowedPage, Hop, Job, Method, Next, Outcome,
    PageRule, Platform, PreviousPage, Route, Shortfall, Social, Verdict, Why,
};
use crate::site::{self, Target};

/// What is worth asking with each look …
const EACH: [Why; 3] = [Why::Text, Why::Context, Why::Replies];
/// … and what with a look that is full, or that found a change.
const FULL: [Why; 5] = [Why::Witness, Why::History, Why::Profile, Why::Resolve, Why::Media];

/// So many comments that are missing are asked for by their numbers.
const ABSENT: usize = 20;

/// What is asked about.
#[derive(Clone, Copy)]
pub(super) struct About<'a> {
    pub target: &'a Target,
    /// Its address.
    pub url: &'a str,
    /// What the first answer says.
    pub document: Option<&'a Document>,
    /// The look is full, or found a change: what else there is is asked for as well.
    pub wide: bool,
    /// What is confirmed does not count.
    pub full: bool,
}

/// What is still to be asked.
struct Queue {
    waiting: VecDeque<(Route, Option<Why>)>,
    /// Every request that was ever in it.
    known: Vec<Route>,
    wide: bool,
}

impl Queue {
    fn put(&mut self, route: Route, why: Option<Why>) {
        if self.known.len() >= 1000 || self.known.iter().any(|known| known.is_same(&route)) {
            return;
        }
        self.known.push(route.clone());
        self.waiting.push_back((route, why));
    }

    fn name(&mut self, next: &[Next]) {
        for Next { why, route } in next {
            if EACH.contains(why) || (self.wide && FULL.contains(why)) {
                self.put(route.clone(), Some(*why));
            }
        }
    }
}

/// What came of one request.
#[derive(Default)]
struct Had {
    next: Vec<Next>,
    verdict: Option<Verdict>,
    /// How it ended, where that is not with what was asked for.
    short: Option<Outcome>,
    /// It was understood, and has no posts.
    says_nothing: bool,
    octets: u64,
}

/// A row for a further answer.
fn row(out: &Followed, url: String) -> FollowedPage {
    FollowedPage {
        place: i64::try_from(out.pages.len()).unwrap_or(i64::MAX).saturating_add(1),
        url,
        rule: PageRule::Platform,
        outcome: None,
        reason: None,
        exchange: None,
        document: DocumentPart::None,
        etag: None,
        last_modified: None,
    }
}

impl Crawl {
    /// Asks for what a platform has beside the first answer, within the budget of further pages.
    #[allow(clippy::too_many_arguments, reason = "the state of one look, in parts that others hold")]
    pub(super) async fn beside(
        &self,
        engine: &HttpEngine,
        job: &Job,
        capture: &Arc<Capture>,
        about: About<'_>,
        taken: &mut Taken,
        out: &mut Followed,
    ) -> Result<()> {
        let About { target, url, document, wide, .. } = about;
        let social: Option<&Social> = document.and_then(|document| document.social.as_deref());
        let mut queue = Queue { waiting: VecDeque::new(), known: Vec::new(), wide };
        // What was asked already is not asked again.
        for fetched in &taken.fetched {
            let (method, body) = (Method::Get, None);
            queue.known.push(Route { method, body, ..Route::get("", fetched.exchange.url.clone(), 0) });
        }
        if let Some(social) = social {
            queue.name(&social.next);
        }
        if let Some(document) = document.filter(|_| target.platform == Platform::Web) {
            queue.name(&site::alternates(document));
        }
        let page_first = begins_with_page(target);
        for route in site::routes(target) {
            let is_page = route.name == "page" || mirrored(&route.url, &capture.mirrors) == url;
            let wanted = if route.witness { queue.wide && !site::is_for_doubt(target, &route) } else { page_first };
            if wanted && !is_page {
                queue.put(route, None);
            }
        }
        let before = self.pages_before(job).await?;
        let until = Instant::now() + capture.requisite_time;
        let (mut asked, mut octets) = (0, 0);
        while let Some((route, why)) = queue.waiting.pop_front() {
            if !self.may_ask(target, &route) {
                continue;
            }
            let mut page = row(out, mirrored(&route.url, &capture.mirrors));
            if route.witness || why.is_some_and(|why| !EACH.contains(&why)) {
                page.rule = PageRule::Witness;
            }
            let over = Url::parse(&page.url).ok().and_then(|url| self.gate.over_budget(&url));
            let refused = if asked >= capture.follow_pages {
                Some(format!("more answers than the {} that may be followed", capture.follow_pages))
            } else if Instant::now() >= until {
                Some("the time for further answers about one thing is used up".to_owned())
            } else if octets >= capture.max_page_bytes {
                Some("the octets for further answers about one thing are used up".to_owned())
            } else {
                over
            };
            if refused.is_some() {
                if why.is_some_and(|why| EACH.contains(&why)) {
                    out.note(Shortfall::Budget);
                }
                page.reason = refused;
                out.pages.push(Continuation { page, confirmed: None });
                continue;
            }
            asked += 1;
            let had = self.one(engine, job, capture, &about, (route, why), page, &before, taken, out).await?;
            octets += had.octets;
            queue.name(&had.next);
            if let Some(outcome) = had.short {
                self.fell_short(out, why, outcome);
            } else if page_first && why.is_none() && had.says_nothing {
                // The page is there, and its interface does not know it under this address.
                out.note(Shortfall::Failed);
            }
        }
        self.absent(engine, job, capture, &about, &before, taken, out).await
    }

    /// Makes one request about a thing, and reads the answer.
    #[allow(clippy::too_many_arguments, reason = "the state of one look, in parts that others hold")]
    async fn one(
        &self,
        engine: &HttpEngine,
        job: &Job,
        capture: &Arc<Capture>,
        about: &About<'_>,
        (route, why): (Route, Option<Why>),
        mut page: FollowedPage,
        before: &HashMap<String, PreviousPage>,
        taken: &mut Taken,
        out: &mut Followed,
    ) -> Result<Had> {
        let (platform, name) = (about.target.platform, route.name.to_string());
        let asked = Asked { platform, route: name, why, url: about.url.to_owned() };
        let known = before.get(&page.url).filter(|k| !about.full && k.document.is_some() && k.held.is_some());
        let validators = known.and_then(|k| {
            let (etag, last_modified) = (k.row.etag.clone(), k.row.last_modified.clone());
            Some(Validators { url: k.final_url.clone()?, etag, last_modified })
        });
        let first = taken.fetched.len();
        let via = Some(job.url.clone());
        let request = Request { route, hop: Hop::Data, via, validators, is_found: platform == Platform::Web };
        let answer = self.by_route(engine, capture, request, taken).await;
        let octets = taken.fetched[first..].iter().map(|f| f.exchange.body_len).sum::<u64>();
        let mut had = Had { octets, ..Had::default() };
        let (index, is_confirmed) = match answer {
            Ok(answer) => answer,
            Err((outcome, failure, last)) => {
                (page.outcome, page.exchange) = (Some(outcome), last);
                page.reason = failure.map(|f| f.message);
                had.short = Some(outcome);
                out.pages.push(Continuation { page, confirmed: None });
                return Ok(had);
            }
        };
        page.exchange = Some(index);
        let Some(fetched) = taken.fetched.get(index).cloned() else { return Ok(had) };
        let validator = |name| fetched.exchange.header(name).filter(|v| v.len() <= 1024);
        (page.etag, page.last_modified) = (validator("etag"), validator("last-modified"));
        if let Some(known) = known.filter(|_| is_confirmed) {
            page.etag = page.etag.or_else(|| known.row.etag.clone());
            page.last_modified = page.last_modified.or_else(|| known.row.last_modified.clone());
            page.outcome = Some(Outcome::Unchanged);
            page.document = known.document.map_or(DocumentPart::None, DocumentPart::Known);
            if let Some(known) = known.document {
                had.next = self.document(known.id).await?.social.map(|social| social.next).unwrap_or_default();
            }
            out.pages.push(Continuation { page, confirmed: known.held.clone() });
            return Ok(had);
        }
        let its_own = Job { url: page.url.clone(), previous: None, ..job.clone() };
        let mut read = self.read(&its_own, capture, &fetched, Some(&asked), true).await?;
        page.outcome = Some(read.outcome);
        page.reason = read.failure.as_ref().map(|f| f.message.clone());
        let document = read.document();
        if let Some(social) = document.and_then(|document| document.social.as_deref()) {
            had.next.clone_from(&social.next);
            had.says_nothing = social.posts.is_empty();
            had.verdict = Some(social.verdict.clone());
            if !social.verdict.reason.is_empty() {
                page.reason.get_or_insert_with(|| social.verdict.reason.clone());
            }
        }
        if !read.outcome.is_content() {
            had.short = Some(read.outcome);
            page.reason.get_or_insert_with(|| read.outcome.about().to_owned());
        }
        if read.flags.contains(&Flag::ReadingGaveUp) {
            out.note(Shortfall::Failed);
        }
        out.media.extend(document.map(|document| document.media.clone()).unwrap_or_default());
        let was = before.get(&page.url).and_then(|k| k.document).map(|document| document.id);
        out.anew |= match &read.part {
            DocumentPart::None => false,
            DocumentPart::Known(now) => was != Some(now.id),
            DocumentPart::New(_) => true,
        };
        match self.place(&mut page, &mut read) {
            Ok(share) => out.shares.extend(share),
            Err(NoRoom) => out.note(Shortfall::Budget),
        }
        out.pages.push(Continuation { page, confirmed: None });
        Ok(had)
    }

    /// Asks for comments by their own numbers that the last good look had and that are on no answer of this one: what the discussion
    /// leaves out may be there, held back, or gone, and only that says which.
    #[allow(clippy::too_many_arguments, reason = "the state of one look, in parts that others hold")]
    async fn absent(
        &self,
        engine: &HttpEngine,
        job: &Job,
        capture: &Arc<Capture>,
        about: &About<'_>,
        before: &HashMap<String, PreviousPage>,
        taken: &mut Taken,
        out: &mut Followed,
    ) -> Result<()> {
        let (Some(previous), Some(document)) = (&job.previous, about.document) else { return Ok(()) };
        let mut now: HashSet<String> = document.comments.iter().filter_map(|c| c.id.clone()).collect();
        for page in &out.pages {
            match &page.page.document {
                DocumentPart::New(read) => now.extend(read.document.comments.iter().filter_map(|c| c.id.clone())),
                DocumentPart::Known(known) => {
                    now.extend(self.comments(known.id).await?.into_iter().filter_map(|c| c.id))
                }
                DocumentPart::None => {}
            }
        }
        let pages = before.values().filter(|page| page.row.rule.is_of_thread());
        let documents = previous.document.into_iter().chain(pages.filter_map(|page| page.document));
        let mut lost: Vec<(String, Route)> = Vec::new();
        for known in documents.map(|known| known.id).collect::<Vec<_>>() {
            for comment in self.comments(known).await? {
                let Some(id) = comment.id.clone().filter(|id| !comment.deleted && !now.contains(id)) else { continue };
                if lost.len() < ABSENT
                    && lost.iter().all(|(other, _)| *other != id)
                    && let Some(route) = site::single(about.target, &comment)
                {
                    lost.push((id, route));
                }
            }
        }
        for (id, route) in lost {
            let page = row(out, mirrored(&route.url, &capture.mirrors));
            // What is there stands in an answer, and is no longer absent.
            let had =
                self.one(engine, job, capture, about, (route, Some(Why::Replies)), page, before, taken, out).await?;
            match had.verdict.filter(|verdict| !verdict.finding.is_content()) {
                Some(verdict) if verdict.finding.is_absence() => out.told.push((id, verdict)),
                // A wall, or no answer at all: nothing is known of it.
                _ if had.short.is_some() => out.note(Shortfall::Wall),
                _ => {}
            }
        }
        Ok(())
    }

    async fn comments(&self, id: DocumentId) -> Result<Vec<Comment>> {
        let read = self.pool.run(super::aside::READING, move |cpu| cpu.reader.comments(id)).await;
        Ok(read.ok().transpose()?.unwrap_or_default())
    }

    /// What was not had of the discussion is said.
    fn fell_short(&self, out: &mut Followed, why: Option<Why>, outcome: Outcome) {
        if !why.is_some_and(|why| EACH.contains(&why)) {
            return;
        }
        out.limited |= outcome == Outcome::RateLimited;
        out.note(match outcome {
            Outcome::RobotsRefused => Shortfall::Robots,
            outcome if outcome.is_absence() => Shortfall::Failed,
            Outcome::RateLimited
            | Outcome::LoginWall
            | Outcome::Challenge
            | Outcome::ConsentWall
            | Outcome::Forbidden => Shortfall::Wall,
            _ => Shortfall::Failed,
        });
    }
}
