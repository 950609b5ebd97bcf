//! Asking by the routes of a platform: a ladder, best first, until one has what was asked for. Where the answers leave
//! in doubt whether it is there, the witnesses are asked as well, and all say together what it means.

use std::collections::VecDeque;
use std::sync::Arc;

use url::Url;

use super::Crawl;
use super::ingest::{self, Reading};
use super::worker::{Taken, refused};
use crate::capture::{Engine as _, HttpEngine, PageAsk, PageTaken, Validators};
use crate::error::Result;
use crate::model::{
    Asked, Capture, Failure, FailureKind, Finding, Flag, Hop, Job, Outcome, Platform, Route, Verdict, Why,
};
use crate::policy::wall;
use crate::site::{self, Target};

/// So many requests are made to settle a doubt.
const DOUBTS: usize = 10;

/// One answer to a route.
struct Told {
    name: String,
    verdict: Verdict,
    reading: Reading,
    last: Option<usize>,
    asked: Asked,
}

/// One request of a platform.
pub(super) struct Request {
    pub route: Route,
    pub hop: Hop,
    pub via: Option<String>,
    pub validators: Option<Validators>,
    /// A page names it. Else it tells of what a person listed.
    pub is_found: bool,
}

/// What an address is about, if an adapter knows.
pub(super) fn target(url: &str, capture: &Capture, program: Option<Platform>) -> Option<Target> {
    Some(site::target(&Url::parse(url).ok()?, capture, program)?.0)
}

/// It is a site of pages: what the general reader reads on its page, and its interface beside that.
pub(super) fn begins_with_page(target: &Target) -> bool {
    let first = || site::routes(target).first().is_none_or(|route| route.name == "page");
    site::is_of_pages(target.platform) && first()
}

/// The address that is asked in place of another.
pub(super) fn mirrored(url: &str, mirrors: &[(String, String)]) -> String {
    let fits = |from: &str| url.strip_prefix(from).filter(|rest| rest.is_empty() || rest.starts_with(['/', '?']));
    let place = mirrors.iter().find_map(|(from, to)| Some(format!("{to}{}", fits(from)?)));
    place.unwrap_or_else(|| url.to_owned())
}

/// An answer that is had already is not asked for again in full.
pub(super) fn validators(job: &Job, full: bool) -> Option<Validators> {
    job.previous.as_ref().filter(|_| !full).map(|p| Validators {
        url: p.url.clone(),
        etag: p.etag.clone(),
        last_modified: p.last_modified.clone(),
    })
}

impl Crawl {
    /// Asks by the routes of a target. `None`: none of them can be asked, or none is understood: then its page is read like any
    /// other.
    pub(super) async fn ladder(
        &self,
        engine: &HttpEngine,
        job: &Job,
        capture: &Arc<Capture>,
        target: &Target,
        full: bool,
        taken: &mut Taken,
    ) -> Result<Option<Reading>> {
        let routes = site::routes(target).into_iter().filter(|route| self.may_ask(target, route));
        let (witnesses, routes): (Vec<Route>, Vec<Route>) = routes.partition(|route| route.witness);
        let mut told: Vec<Told> = Vec::new();
        for route in routes {
            let it = self.told(engine, job, capture, target, route, None, full, taken).await?;
            if it.verdict.finding.is_content() {
                return Ok(Some(settled(taken, it, None)));
            }
            told.push(it);
        }
        let in_doubt = |told: &[Told]| told.iter().map(|t| site::rank(&t.verdict)).min().is_none_or(|rank| rank > 2);
        if in_doubt(&told)
            && let Some(also) = self.also(job, target).await?
        {
            for route in site::routes(&also).into_iter().filter(|route| !route.witness && self.may_ask(target, route)) {
                let it = self.told(engine, job, capture, target, route, None, full, taken).await?;
                if it.verdict.finding.is_content() {
                    return Ok(Some(settled(taken, it, None)));
                }
                told.push(it);
            }
        }
        let mut queue: VecDeque<(Route, Option<Why>)> = witnesses.into_iter().map(|route| (route, None)).collect();
        let mut asked = 0;
        while let Some((route, why)) = queue.pop_front().filter(|_| asked < DOUBTS && in_doubt(&told)) {
            if told.iter().any(|t| t.name == route.name) {
                continue;
            }
            asked += 1;
            let it = self.told(engine, job, capture, target, route, why, full, taken).await?;
            let social = it.reading.document().and_then(|document| document.social.as_ref());
            let further = social.map(|social| social.next.clone()).unwrap_or_default();
            queue.extend(
                further
                    .into_iter()
                    .filter(|n| matches!(n.why, Why::Resolve | Why::Witness))
                    .map(|n| (n.route, Some(n.why))),
            );
            if site::tells_of(target, &it.name, &it.verdict) {
                told.push(it);
            }
        }
        let names: Vec<(String, Verdict)> = told.iter().map(|t| (t.name.clone(), t.verdict.clone())).collect();
        let verdict = site::settle(target, &names);
        // The first of those that say what all say together.
        let best = told.into_iter().min_by_key(|t| (t.verdict.finding != verdict.finding, site::rank(&t.verdict)));
        // A page that its adapter does not understand was read like any other.
        let is_read =
            |best: &Told| site::rank(&best.verdict) < 6 || best.name == "page" && best.reading.document().is_some();
        let Some(best) = best.filter(is_read) else { return Ok(None) };
        Ok(Some(settled(taken, best, Some(verdict))))
    }

    /// The target under the name that an earlier look learned.
    async fn also(&self, job: &Job, target: &Target) -> Result<Option<Target>> {
        let Some(known) = job.previous.as_ref().and_then(|previous| previous.document) else { return Ok(None) };
        let social = self.document(known.id).await?.social;
        Ok(social.and_then(|social| site::also(target, &social)))
    }

    /// It needs nothing of the user's own, or that is at hand.
    pub(super) fn may_ask(&self, target: &Target, route: &Route) -> bool {
        let has = |kind| Url::parse(&route.url).is_ok_and(|url| self.gate.has_credential(target.platform, kind, &url));
        !route.needs_credential || route.credential.is_some_and(has)
    }

    #[allow(clippy::too_many_arguments, reason = "the state of one look, in parts that others hold")]
    async fn told(
        &self,
        engine: &HttpEngine,
        job: &Job,
        capture: &Arc<Capture>,
        target: &Target,
        route: Route,
        why: Option<Why>,
        full: bool,
        taken: &mut Taken,
    ) -> Result<Told> {
        let name = route.name.to_string();
        let asked = Asked { platform: target.platform, route: name.clone(), why, url: job.url.clone() };
        let hop = if taken.fetched.is_empty() { Hop::Seed } else { Hop::Data };
        let via = (hop == Hop::Data).then(|| job.url.clone());
        let request = Request { route, hop, via, validators: validators(job, full), is_found: false };
        let answer = self.by_route(engine, capture, request, taken).await;
        let (reading, last) = match answer {
            Ok((index, is_confirmed)) => {
                let previous = job.previous.as_ref().filter(|_| is_confirmed);
                let reading = match (previous, taken.fetched.get(index).cloned()) {
                    (Some(previous), _) => ingest::confirmed(previous),
                    (None, Some(fetched)) => self.read(job, capture, &fetched, Some(&asked), full).await?,
                    (None, None) => refused(Outcome::Failed, None),
                };
                (reading, Some(index))
            }
            Err((outcome, failure, last)) => (refused(outcome, failure), last),
        };
        let social = reading.document().and_then(|document| document.social.as_ref());
        let verdict = match social.map(|social| social.verdict.clone()) {
            Some(verdict) => verdict,
            None if reading.outcome.is_content() && reading.flags.contains(&Flag::NotModified) => {
                Verdict::of(Finding::NotModified, "")
            }
            None if reading.outcome.is_content() && reading.same_as_previous => Verdict::of(Finding::NotModified, ""),
            None => said(&reading),
        };
        let worn = last.and_then(|i| taken.fetched.get(i)).and_then(|fetched| fetched.exchange.credential.clone());
        if let Some(credential) = worn.filter(|_| verdict.finding == Finding::LoginWall) {
            self.gate.lose_credential(&credential, format!("a demand to log in came all the same: {}", verdict.reason));
        }
        Ok(Told { name, verdict, reading, last, asked })
    }

    /// Makes one request of a platform: the exchange that answered, and whether it confirmed by 304 what is had.
    pub(super) async fn by_route(
        &self,
        engine: &HttpEngine,
        capture: &Arc<Capture>,
        request: Request,
        taken: &mut Taken,
    ) -> std::result::Result<(usize, bool), (Outcome, Option<Failure>, Option<usize>)> {
        let Request { mut route, hop, via, validators, is_found } = request;
        let place = mirrored(&route.url, &capture.mirrors);
        if place != route.url {
            // The pace of a platform is for its own hosts; a mirror has that of the settings.
            (route.url, route.pace_ms) = (place, 0);
        }
        let url = Url::parse(&route.url).map_err(|why| {
            let says = format!("the route {} has no usable address: {why}", route.name);
            (Outcome::Failed, Some(Failure::new(FailureKind::Internal, says)), None)
        })?;
        let ask = PageAsk {
            url,
            hop,
            via,
            capture: Arc::clone(capture),
            validators,
            listed_by_person: !is_found,
            redirects_used: 0,
            route: Some(route),
        };
        let page = engine.page(ask, std::mem::take(&mut taken.jar)).await;
        let PageTaken { exchanges, last, robots, robots_note, outcome_hint, failure, flags, jar, .. } = page;
        let offset = taken.fetched.len();
        taken.fetched.extend(exchanges.into_iter().map(Arc::new));
        taken.jar = jar;
        let confirmed = flags.contains(&Flag::NotModified);
        taken.flags.extend(flags.into_iter().filter(|flag| *flag != Flag::NotModified));
        if taken.robots.is_none() {
            (taken.robots, taken.robots_note) = (robots, robots_note);
        }
        let last = last.map(|i| i + offset);
        match (last, outcome_hint) {
            (Some(index), None) => Ok((index, confirmed)),
            (last, hint) => Err((hint.unwrap_or(Outcome::Failed), failure, last)),
        }
    }
}

/// What an answer means that no adapter has read: by its outcome.
fn said(reading: &Reading) -> Verdict {
    let reason = reading.failure.as_ref().map(|f| f.message.clone()).unwrap_or_default();
    let finding = match reading.outcome {
        Outcome::RateLimited => Finding::RateLimited,
        Outcome::Challenge => Finding::Challenge,
        Outcome::LoginWall => Finding::LoginWall,
        Outcome::ConsentWall => Finding::ConsentWall,
        // What could not be asked tells nothing of it, and may fare better later.
        _ => Finding::ServerError,
    };
    Verdict::of(finding, reason)
}

/// The reading that stands for the look.
fn settled(taken: &mut Taken, told: Told, verdict: Option<Verdict>) -> Reading {
    let Told { mut reading, last, asked, verdict: own, .. } = told;
    taken.last = last;
    taken.asked = Some(asked);
    if reading.flags.contains(&Flag::NotModified) {
        taken.flags.push(Flag::NotModified);
    }
    let status = last.and_then(|i| taken.fetched.get(i)).and_then(|f| f.exchange.status);
    let verdict = verdict.unwrap_or(own);
    // What could not be asked at all keeps the outcome of that.
    if !verdict.finding.is_content()
        && (status.is_some() || verdict.finding.is_absence())
        && let Some(outcome) = wall::of_platform(&verdict, status)
    {
        reading.outcome = outcome;
        if outcome.is_absence() {
            reading.changed = Some(true);
        }
        if !verdict.reason.is_empty() {
            reading.failure = Some(Failure::new(FailureKind::Platform, verdict.reason.clone()));
        }
    }
    reading.verdict = Some(verdict);
    reading
}
