//! What a platform says of a post beside its first answer: what stands around it, further replies, what it said before, other
//! witnesses. Each answer is an exchange and a document of its own, like a further page of a thread.

use std::collections::VecDeque;
use std::sync::Arc;

use tokio::time::Instant;
use url::Url;

use super::followed::{Continuation, Followed};
use super::ingest;
use super::platform::{begins_with_page, mirrored};
use super::worker::Taken;
use super::{Crawl, follow};
use crate::capture::{HttpEngine, Validators};
use crate::error::Result;
use crate::model::{
    Asked, Capture, Document, DocumentPart, Flag, FollowedPage, Hop, Job, Method, Next, Outcome, PageRule, Route,
    Shortfall, Social, Why,
};
use crate::site::{self, Target};

/// What is worth asking with each look …
const EACH: [Why; 3] = [Why::Text, Why::Context, Why::Replies];
/// … and what with a look that is full, or that found a change.
const FULL: [Why; 4] = [Why::History, Why::Profile, Why::Resolve, Why::Media];

/// What is still to be asked.
struct Queue {
    waiting: VecDeque<(Route, Option<Why>)>,
    /// Every request that was ever in it.
    known: Vec<Route>,
    wide: bool,
}

impl Queue {
    fn put(&mut self, route: Route, why: Option<Why>) {
        if route.needs_credential || self.known.len() >= 1000 || self.known.iter().any(|known| known.is_same(&route)) {
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

impl Crawl {
    /// Asks for what a platform has beside the first answer, within the budget of further pages.
    #[allow(clippy::too_many_arguments, reason = "the state of one look, in parts that others hold")]
    pub(super) async fn beside(
        &self,
        engine: &HttpEngine,
        job: &Job,
        capture: &Arc<Capture>,
        target: &Target,
        document: Option<&Document>,
        wide: bool,
        full: bool,
        taken: &mut Taken,
        out: &mut Followed,
    ) -> Result<()> {
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
        let page_first = begins_with_page(target);
        for route in site::routes(target) {
            let is_page = route.name == "page" || mirrored(&route.url, &capture.mirrors) == job.url;
            let wanted = if route.witness { queue.wide } else { page_first };
            if wanted && !is_page {
                queue.put(route, None);
            }
        }
        let before = self.pages_before(job).await?;
        let until = Instant::now() + capture.requisite_time;
        let (mut asked, mut octets) = (0, 0);
        while let Some((route, why)) = queue.waiting.pop_front() {
            let mut page = FollowedPage {
                place: i64::try_from(out.pages.len()).unwrap_or(i64::MAX).saturating_add(1),
                url: mirrored(&route.url, &capture.mirrors),
                rule: PageRule::Platform,
                outcome: None,
                reason: None,
                exchange: None,
                document: DocumentPart::None,
                etag: None,
                last_modified: None,
            };
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
            let asked_for =
                Asked { platform: target.platform, route: route.name.to_string(), why, url: job.url.clone() };
            let known = before.get(&page.url).filter(|k| !full && k.document.is_some() && k.held.is_some());
            let validators = known.and_then(|k| {
                let (etag, last_modified) = (k.row.etag.clone(), k.row.last_modified.clone());
                Some(Validators { url: k.final_url.clone()?, etag, last_modified })
            });
            let first = taken.fetched.len();
            let answer =
                self.by_route(engine, capture, route, Hop::Data, Some(job.url.clone()), validators, taken).await;
            octets += taken.fetched[first..].iter().map(|f| f.exchange.body_len).sum::<u64>();
            let (index, is_confirmed) = match answer {
                Ok(answer) => answer,
                Err((outcome, failure, last)) => {
                    (page.outcome, page.exchange) = (Some(outcome), last);
                    page.reason = failure.map(|f| f.message);
                    self.fell_short(out, why, outcome);
                    out.pages.push(Continuation { page, confirmed: None });
                    continue;
                }
            };
            page.exchange = Some(index);
            let Some(fetched) = taken.fetched.get(index).cloned() else { continue };
            let validator = |name| fetched.exchange.header(name).filter(|v| v.len() <= 1024);
            (page.etag, page.last_modified) = (validator("etag"), validator("last-modified"));
            if let Some(known) = known.filter(|_| is_confirmed) {
                page.etag = page.etag.or_else(|| known.row.etag.clone());
                page.last_modified = page.last_modified.or_else(|| known.row.last_modified.clone());
                page.outcome = Some(Outcome::Unchanged);
                page.document = known.document.map_or(DocumentPart::None, DocumentPart::Known);
                if let Some(known) = known.document {
                    let document = self.document(known.id).await?;
                    queue.name(document.social.as_ref().map(|social| &social.next[..]).unwrap_or_default());
                }
                out.pages.push(Continuation { page, confirmed: known.held.clone() });
                continue;
            }
            let its_own = Job { url: page.url.clone(), previous: None, ..job.clone() };
            let mut read = self.read(&its_own, capture, &fetched, Some(&asked_for), true).await?;
            page.outcome = Some(read.outcome);
            page.reason = read.failure.as_ref().map(|f| f.message.clone());
            let social = read.document().and_then(|document| document.social.as_deref());
            if let Some(social) = social {
                queue.name(&social.next);
                if !social.verdict.reason.is_empty() {
                    page.reason.get_or_insert_with(|| social.verdict.reason.clone());
                }
            }
            if !read.outcome.is_content() {
                self.fell_short(out, why, read.outcome);
                page.reason.get_or_insert_with(|| read.outcome.about().to_owned());
            }
            if read.flags.contains(&Flag::ReadingGaveUp) {
                out.note(Shortfall::Failed);
            }
            out.media.extend(read.document().map(|d| d.media.clone()).unwrap_or_default());
            let was = before.get(&page.url).and_then(|k| k.document).map(|document| document.id);
            page.document = follow::slim(std::mem::replace(&mut read.part, DocumentPart::None));
            out.anew |= match &page.document {
                DocumentPart::None => false,
                DocumentPart::Known(now) => was != Some(now.id),
                DocumentPart::New(_) => true,
            };
            read.load = None;
            let weight = ingest::weight(&page.document);
            let share = self.gate.share(weight);
            if weight > 0 && share.is_none() {
                page.document = DocumentPart::None;
                page.reason =
                    Some("the memory is taken by other captures, so it was not read; its bytes are kept".to_owned());
                out.note(Shortfall::Budget);
            }
            out.shares.extend(share);
            out.pages.push(Continuation { page, confirmed: None });
        }
        Ok(())
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
