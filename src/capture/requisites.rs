//! The parts of a page: several at a time, each host at its own pace, every one accounted for.

use std::collections::HashSet;
use std::sync::Arc;

use futures_util::stream::{FuturesUnordered, StreamExt as _};
use http::{HeaderValue, header};
use url::Url;

use super::{Budget, Jar, Wanted};
use crate::model::{Capture, Hop, RequisiteState, RequisiteStatus, Robots, RobotsMode};
use crate::net::{Ask, Fetched, Gate};

/// Parts that are asked for at the same time.
const AT_ONCE: usize = 8;

/// A part with its place in the list, and what came of it.
type Done = (usize, RequisiteStatus, Vec<Fetched>, Option<Fetched>);

pub(super) async fn take(
    gate: &Gate,
    jar: &Jar,
    wanted: Vec<Wanted>,
    budget: &mut Budget,
    capture: &Arc<Capture>,
    via: &str,
) -> Vec<(RequisiteStatus, Option<Fetched>)> {
    let mut seen = HashSet::new();
    let unique: Vec<Wanted> = wanted.into_iter().filter(|w| seen.insert(w.url.clone())).collect();
    let mut out: Vec<Option<(RequisiteStatus, Option<Fetched>)>> = unique.iter().map(|_| None).collect();
    let mut beside = Vec::new();
    let mut busy = FuturesUnordered::new();
    let mut rest = unique.into_iter().enumerate();
    let mut promised = 0;
    loop {
        while busy.len() < AT_ONCE {
            let Some((index, part)) = rest.next() else { break };
            match admit(&part, budget, promised) {
                Ok(url) => {
                    let limit = capture.max_media_bytes.min(budget.bytes - promised);
                    // What is in flight may all be as long as it can be: together they stay within the budget.
                    let share = limit.min((budget.bytes / AT_ONCE as u64).max(1).max(limit.min(1 << 20)));
                    budget.count -= 1;
                    promised += share;
                    let until = budget.until;
                    busy.push(async move {
                        let done = one(gate, jar, index, part, url, share, until, capture, via).await;
                        (share, done)
                    });
                }
                Err(reason) => out[index] = Some((status(part, RequisiteState::NotFetched, Some(reason)), None)),
            }
        }
        let Some((share, (index, status, robots, fetched))) = busy.next().await else { break };
        promised -= share;
        let used: u64 = fetched.iter().map(|f| f.exchange.body_len).sum();
        budget.bytes = budget.bytes.saturating_sub(used);
        beside.extend(robots);
        out[index] = Some((status, fetched));
    }
    let mut all: Vec<_> = out.into_iter().flatten().collect();
    // The robots.txt that had to be read for them is evidence too; it stands behind the parts.
    all.extend(beside.into_iter().map(|fetched| {
        let part = Wanted { url: fetched.exchange.url.clone(), kind: "robots".into(), hop: Hop::Robots, alt: String::new() };
        (status(part, RequisiteState::Fetched, None), Some(fetched))
    }));
    all
}

/// May this part be asked for at all?
fn admit(part: &Wanted, budget: &Budget, promised: u64) -> Result<Url, String> {
    let url = Url::parse(&part.url).map_err(|e| format!("the address is not a URL: {e}"))?;
    if !matches!(url.scheme(), "http" | "https") {
        let kept = if url.scheme() == "data" { ": it stands in the page itself" } else { "" };
        return Err(format!("the scheme {:?} cannot be fetched{kept}", url.scheme()));
    }
    if budget.count == 0 {
        return Err("the page has more parts than may be fetched for one page".to_owned());
    }
    if tokio::time::Instant::now() >= budget.until {
        return Err("the time for the parts of one page is used up".to_owned());
    }
    if budget.bytes <= promised {
        return Err("the octets for the parts of one page are used up".to_owned());
    }
    Ok(url)
}

#[expect(clippy::too_many_arguments, reason = "one call, spread over the loop that makes it")]
async fn one(
    gate: &Gate,
    jar: &Jar,
    index: usize,
    part: Wanted,
    url: Url,
    max_bytes: u64,
    until: tokio::time::Instant,
    capture: &Arc<Capture>,
    via: &str,
) -> Done {
    let mut robots = Vec::new();
    if capture.robots != RobotsMode::Ignore {
        let verdict = gate.robots(&url, capture, until).await;
        robots = verdict.fetched;
        let why = verdict.rule.or(verdict.note).unwrap_or_default();
        let reason = match verdict.robots {
            Robots::Disallowed => Some(format!("robots.txt disallows it ({why})")),
            Robots::Unreachable => Some(format!("robots.txt could not be read, which counts as disallowed ({why})")),
            _ => None,
        };
        if reason.is_some() {
            return (index, status(part, RequisiteState::NotFetched, reason), robots, None);
        }
    }
    let mut ask = Ask::new(part.hop, url.clone(), capture, until);
    ask.via = Some(via.to_owned());
    ask.max_bytes = max_bytes;
    ask.headers.push((header::ACCEPT, HeaderValue::from_static("*/*")));
    if let Some(cookies) = jar.field(&url) {
        ask.headers.push((header::COOKIE, cookies));
    }
    let fetched = gate.fetch(ask).await;
    let x = &fetched.exchange;
    let problem = match (&x.failure, x.status) {
        (Some(failure), _) => Some(failure.message.clone()),
        (None, Some(status @ 300..)) => Some(format!("the server answered {status}")),
        (None, _) if x.truncated.is_some() => Some("it is longer than the limit; the beginning is kept".to_owned()),
        (None, _) if is_page_instead(&part, &x.media_type()) => Some("a web page came instead of it".to_owned()),
        _ => None,
    };
    let state = if problem.is_some() { RequisiteState::Failed } else { RequisiteState::Fetched };
    let refused = x.request_head.is_empty() && x.remote.is_none();
    let state = if refused { RequisiteState::NotFetched } else { state };
    (index, status(part, state, problem), robots, Some(fetched))
}

/// An error page with status 200 is the commonest way in which a picture is not there.
fn is_page_instead(part: &Wanted, media_type: &str) -> bool {
    matches!(media_type, "text/html" | "application/xhtml+xml")
        && !matches!(part.hop, Hop::Frame | Hop::Data)
        && !matches!(part.kind.as_str(), "embed" | "file" | "frame")
}

fn status(part: Wanted, state: RequisiteState, reason: Option<String>) -> RequisiteStatus {
    RequisiteStatus { url: part.url, kind: part.kind, alt: part.alt, state, reason, exchange: None }
}
