//! The parts of a page: several at a time, each host at its own pace, every one accounted for.

use std::collections::HashSet;
use std::sync::Arc;

use futures_util::stream::{FuturesUnordered, StreamExt as _};
use http::{HeaderValue, header};
use tokio::time::Instant;
use url::Url;

use super::http::conditions;
use super::{Budget, Jar, Parts, Wanted};
use crate::model::{Allowance, Capture, Credential, Hop, RequisiteState, RequisiteStatus, Robots, RobotsMode};
use crate::net::{Ask, Fetched, Gate};
use crate::policy::url::{authority, location};

/// Parts that are asked for at the same time.
const AT_ONCE: usize = 8;
/// Redirects that are followed for a part.
const MAX_REDIRECTS: usize = 5;

/// A part with its place in the list, what came of it, and what had to be asked beside it.
type Done = (usize, RequisiteStatus, Option<Fetched>, Vec<Fetched>);

pub(super) async fn take(
    gate: &Gate,
    jar: &Jar,
    wanted: Vec<Wanted>,
    budget: &mut Budget,
    capture: &Arc<Capture>,
    via: &str,
) -> Parts {
    let mut seen = HashSet::new();
    let unique: Vec<Wanted> = wanted.into_iter().filter(|w| seen.insert(w.url.clone())).collect();
    let mut taken: Vec<Option<(RequisiteStatus, Option<Fetched>)>> = unique.iter().map(|_| None).collect();
    let mut beside = Vec::new();
    let mut busy = FuturesUnordered::new();
    let mut rest = unique.into_iter().enumerate().peekable();
    loop {
        while busy.len() < AT_ONCE {
            if rest.peek().is_some_and(|(_, part)| is_short(gate, part, busy.len())) {
                break;
            }
            let Some((index, part)) = rest.next() else { break };
            match admit(&part, budget, gate) {
                Ok(url) => {
                    budget.count -= 1;
                    let errand = Errand { gate, jar, capture, via, until: budget.until };
                    let max_bytes = capture.max_media_bytes.min(budget.bytes);
                    busy.push(errand.run(index, part, url, max_bytes));
                }
                Err(reason) => taken[index] = Some((status(part, RequisiteState::NotFetched, Some(reason)), None)),
            }
        }
        let Some((index, status, fetched, other)) = busy.next().await else { break };
        let used: u64 = fetched.iter().chain(&other).map(|f| f.exchange.body_len).sum();
        budget.bytes = budget.bytes.saturating_sub(used);
        beside.extend(other);
        taken[index] = Some((status, fetched));
    }
    Parts { taken: taken.into_iter().flatten().collect(), beside }
}

/// What its host may be sent is hardly more than what is under way: that is waited for.
fn is_short(gate: &Gate, part: &Wanted, busy: usize) -> bool {
    let host = || Url::parse(&part.url).ok().as_ref().and_then(authority);
    let left = |it: Allowance| u64::from(it.budget.requests).saturating_sub(it.used);
    busy > 0 && host().and_then(|host| gate.allowance(&host)).is_some_and(|it| left(it) <= busy as u64)
}

/// May this part be asked for at all?
fn admit(part: &Wanted, budget: &Budget, gate: &Gate) -> Result<Url, String> {
    let url = Url::parse(&part.url).map_err(|e| format!("the address is not a URL: {e}"))?;
    if !matches!(url.scheme(), "http" | "https") {
        let kept = if url.scheme() == "data" { ": it stands in the page itself" } else { "" };
        return Err(format!("the scheme {:?} cannot be fetched{kept}", url.scheme()));
    }
    if budget.count == 0 {
        return Err("the page has more parts than may be fetched for one page".to_owned());
    }
    if Instant::now() >= budget.until {
        return Err("the time for the parts of one page is used up".to_owned());
    }
    if budget.bytes == 0 {
        return Err("the octets for the parts of one page are used up".to_owned());
    }
    match gate.over_budget(&url) {
        Some(why) => Err(why),
        None => Ok(url),
    }
}

/// What all parts of a page have in common.
struct Errand<'a> {
    gate: &'a Gate,
    jar: &'a Jar,
    capture: &'a Arc<Capture>,
    via: &'a str,
    until: Instant,
}

impl Errand<'_> {
    /// Fetches one part, through its redirects.
    async fn run(self, index: usize, part: Wanted, mut url: Url, max_bytes: u64) -> Done {
        let mut beside = Vec::new();
        let (mut hop, mut via) = (part.hop, self.via.to_owned());
        for _ in 0..=MAX_REDIRECTS {
            if let Err(reason) = self.robots(&url, &mut beside).await {
                return (index, status(part, RequisiteState::NotFetched, Some(reason)), None, beside);
            }
            let mut ask = Ask::new(hop, url.clone(), self.capture, self.until);
            ask.via = Some(via);
            ask.max_bytes = max_bytes;
            ask.headers.push((header::ACCEPT, HeaderValue::from_static("*/*")));
            if let Some(cookies) = self.jar.field(&url) {
                ask.headers.push((header::COOKIE, cookies));
            }
            // They are of one answer, and no other address is asked with them.
            let fits = part.validators.as_ref().filter(|v| v.url == url.as_str());
            let conditions = fits.map(conditions).unwrap_or_default();
            let conditional = !conditions.is_empty();
            ask.headers.extend(conditions);
            if self.capture.credentials {
                ask.worn = self.gate.wear(Credential::Cookies, &url);
            }
            let fetched = self.gate.fetch(ask).await;
            let x = &fetched.exchange;
            if let (Some(301 | 302 | 303 | 307 | 308), None) = (x.status, &x.failure)
                && let Some((_, target)) = x.headers.iter().find(|(n, _)| n == "location")
                && let Some(next) = location(&url, target)
            {
                via = x.url.clone();
                url = next;
                hop = Hop::Redirect;
                beside.push(fetched);
                continue;
            }
            if conditional && x.status == Some(304) && x.failure.is_none() {
                // The way there is known as well.
                beside.retain(|other| other.exchange.hop == Hop::Robots);
                return (index, status(part, RequisiteState::Held, None), Some(fetched), beside);
            }
            let (state, reason) = judge(&part, &fetched);
            return (index, status(part, state, reason), Some(fetched), beside);
        }
        let reason = format!("more than {MAX_REDIRECTS} redirects");
        (index, status(part, RequisiteState::Failed, Some(reason)), None, beside)
    }

    /// What is found by following always obeys, unless robots.txt is not asked for at all.
    async fn robots(&self, url: &Url, beside: &mut Vec<Fetched>) -> Result<(), String> {
        if self.capture.robots == RobotsMode::Ignore {
            return Ok(());
        }
        let verdict = self.gate.robots(url, self.capture, self.until).await;
        beside.extend(verdict.fetched);
        let why = verdict.rule.or(verdict.note).unwrap_or_default();
        match verdict.robots {
            Robots::Disallowed => Err(format!("robots.txt disallows it ({why})")),
            Robots::Unreachable => Err(format!("robots.txt could not be read, which counts as disallowed ({why})")),
            _ => Ok(()),
        }
    }
}

/// Is what came what was asked for?
fn judge(part: &Wanted, fetched: &Fetched) -> (RequisiteState, Option<String>) {
    let x = &fetched.exchange;
    let problem = match (&x.failure, x.status) {
        (Some(failure), _) => failure.message.clone(),
        (None, Some(status @ 300..)) => format!("the server answered {status}"),
        (None, _) if x.truncated.is_some() => "it is longer than the limit; its beginning is kept".to_owned(),
        (None, _) if is_page_instead(part, &x.media_type()) => "a web page came instead of it".to_owned(),
        _ => return (RequisiteState::Fetched, None),
    };
    // Refused, or never its turn: nobody was asked.
    let asked = x.remote.is_some() || !x.request_head.is_empty();
    (if asked { RequisiteState::Failed } else { RequisiteState::NotFetched }, Some(problem))
}

/// An error page with status 200 is the commonest way in which a picture is not there.
fn is_page_instead(part: &Wanted, media_type: &str) -> bool {
    matches!(media_type, "text/html" | "application/xhtml+xml")
        && !matches!(part.hop, Hop::Frame | Hop::Data)
        && !matches!(part.kind.as_str(), "embed" | "file" | "frame")
}

fn status(part: Wanted, state: RequisiteState, reason: Option<String>) -> RequisiteStatus {
    let Wanted { url, kind, alt, content, .. } = part;
    RequisiteStatus { url, kind, alt, state, reason, exchange: None, content }
}
