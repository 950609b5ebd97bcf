//! robots.txt: fetched once a host and day, by the same gate and the same rules as everything else.

use std::collections::HashMap;
use std::io::Read as _;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use http::{HeaderValue, header};
use tokio::time::{Instant, timeout_at};
use url::Url;

use super::{Ask, Fetched, Inner, Seat, heads};
use crate::model::{self, Failure, FailureKind, Hop, Robots};
use crate::policy;
use crate::policy::robots::{MAX_BYTES, Rules};

/// The name by which robots.txt files know us.
const TOKEN: &str = "keepfast";
/// RFC 9309 2.4: not longer than a day.
const KEEP: Duration = Duration::from_secs(24 * 3600);
/// What could not be had is asked for again soon.
const KEEP_UNREACHABLE: Duration = Duration::from_secs(300);
/// Redirects that are followed (RFC 9309 2.3.1.2).
const MAX_REDIRECTS: usize = 5;
/// Files that are remembered.
const MANY: usize = 4096;
/// The longest that a page waits for it.
const PATIENCE: Duration = Duration::from_secs(10);

/// What robots.txt says about a URL.
#[derive(Debug)]
pub struct RobotsVerdict {
    /// The verdict.
    pub robots: Robots,
    /// The line that decided, if one did.
    pub rule: Option<String>,
    /// The exchanges that were made for it, redirects included; empty when it was known already.
    pub fetched: Vec<Fetched>,
    /// What else is to be known, for example that a Crawl-delay was capped.
    pub note: Option<String>,
    /// Why the host gave no answer, if that is why the file is unreachable.
    pub failure: Option<Failure>,
}

/// What is known of one host's robots.txt.
#[derive(Clone)]
struct Known {
    file: File,
    note: Option<String>,
    until: Instant,
}

#[derive(Clone)]
enum File {
    Rules(Arc<Rules>),
    Absent,
    Unreachable(String, Option<Failure>),
}

/// One slot a host; who holds it fetches, the others wait for what comes of it.
#[derive(Default)]
pub(super) struct Cache(Mutex<HashMap<String, Arc<tokio::sync::Mutex<Option<Known>>>>>);

impl Cache {
    fn slot(&self, key: String) -> Arc<tokio::sync::Mutex<Option<Known>>> {
        let mut slots = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if slots.len() >= MANY && !slots.contains_key(&key) {
            let now = Instant::now();
            let fresh = |k: &Option<Known>| k.as_ref().is_some_and(|k| k.until > now);
            slots.retain(|_, slot| Arc::strong_count(slot) > 1 || slot.try_lock().is_ok_and(|k| fresh(&k)));
            // All still good: half of them go, whichever they are. They can be had again.
            let mut keep = false;
            if slots.len() >= MANY {
                slots.retain(|_, slot| {
                    keep = !keep;
                    keep || Arc::strong_count(slot) > 1
                });
            }
        }
        slots.entry(key).or_default().clone()
    }
}

pub(super) async fn verdict(
    inner: &Inner,
    seat: Option<&Seat>,
    url: &Url,
    capture: &Arc<model::Capture>,
    deadline: Instant,
) -> RobotsVerdict {
    let unknown = |note: &str| RobotsVerdict {
        robots: Robots::Unreachable,
        rule: None,
        fetched: Vec::new(),
        note: Some(note.to_owned()),
        failure: None,
    };
    let Some(host) = policy::url::authority(url) else { return unknown("the URL names no host") };
    let slot = inner.robots.slot(format!("{}://{host}", url.scheme()));
    let mut slot = match slot.try_lock() {
        Ok(slot) => slot,
        Err(_) => {
            let _waits = seat.map(Seat::waits);
            let Ok(slot) = timeout_at(deadline, slot.lock()).await else {
                return unknown("another request for the same robots.txt took too long");
            };
            slot
        }
    };
    let mut fetched = Vec::new();
    let known = match &*slot {
        Some(known) if known.until > Instant::now() => known.clone(),
        _ => {
            let (file, mut note) = fetch(inner, seat, url, capture, deadline, &mut fetched).await;
            let keep = if matches!(file, File::Unreachable(..)) { KEEP_UNREACHABLE } else { KEEP };
            let delay = match &file {
                File::Rules(rules) => rules.crawl_delay(),
                _ => None,
            };
            if let Some(granted) = inner.host(&host).set_crawl_delay(delay) {
                let asked = delay.unwrap_or_default().as_secs_f64();
                let granted = granted.as_secs_f64();
                note = Some(format!("Crawl-delay of {asked} s asked for, capped at {granted} s"));
            }
            let known = Known { file, note, until: Instant::now() + keep };
            *slot = Some(known.clone());
            known
        }
    };
    drop(slot);
    if let File::Rules(rules) = &known.file
        && rules.crawl_delay().is_some()
    {
        // The host may have been forgotten since, and with it how it wants to be asked.
        inner.host(&host).set_crawl_delay(rules.crawl_delay());
    }
    let (robots, rule, note, failure) = match known.file {
        File::Absent => (Robots::Absent, None, known.note, None),
        File::Unreachable(why, failure) => (Robots::Unreachable, None, Some(why), failure),
        File::Rules(rules) => {
            let verdict = rules.allowed(&url[url::Position::BeforePath..url::Position::AfterQuery]);
            let robots = if verdict.allowed { Robots::Allowed } else { Robots::Disallowed };
            (robots, verdict.rule.map(str::to_owned), known.note, None)
        }
    };
    RobotsVerdict { robots, rule, fetched, note, failure }
}

/// Fetches the file, following redirects.
async fn fetch(
    inner: &Inner,
    seat: Option<&Seat>,
    url: &Url,
    capture: &Arc<model::Capture>,
    deadline: Instant,
    fetched: &mut Vec<Fetched>,
) -> (File, Option<String>) {
    let mut at = url.clone();
    at.set_path("/robots.txt");
    at.set_query(None);
    at.set_fragment(None);
    let time = PATIENCE.min(capture.total_timeout / 2);
    let mut left = time;
    let mut via = None;
    for _ in 0..=MAX_REDIRECTS {
        let mut ask = Ask::new(Hop::Robots, at.clone(), capture, deadline);
        ask.via = via.take();
        ask.max_bytes = MAX_BYTES as u64 + 1;
        ask.time = left;
        // A coding would only stand between us and a small text.
        ask.headers = vec![
            (header::ACCEPT, HeaderValue::from_static("text/plain,*/*;q=0.5")),
            (header::ACCEPT_ENCODING, HeaderValue::from_static("identity")),
        ];
        let answer = inner.fetch(ask, seat).await;
        left = left.saturating_sub(Duration::from_millis(answer.exchange.duration_ms));
        let judged = judge(&answer, &at);
        via = Some(answer.exchange.url.clone());
        fetched.push(answer);
        match judged {
            Step::Done(file, note) => return (file, note),
            Step::Redirect(_) if left.is_zero() => break,
            Step::Redirect(next) => at = next,
        }
    }
    if left.is_zero() {
        return (File::Unreachable("robots.txt did not come in time".to_owned(), None), None);
    }
    let note = format!("robots.txt redirects more than {MAX_REDIRECTS} times: taken as absent (RFC 9309 2.3.1.2)");
    (File::Absent, Some(note))
}

enum Step {
    Done(File, Option<String>),
    Redirect(Url),
}

fn judge(answer: &Fetched, at: &Url) -> Step {
    let x = &answer.exchange;
    let unreachable =
        |why: String| Step::Done(File::Unreachable(format!("robots.txt: {why}"), x.failure.clone()), None);
    let Some(status) = x.status else {
        return unreachable(x.failure.as_ref().map_or_else(|| "no answer".to_owned(), |f| f.message.clone()));
    };
    match status {
        200..=299 => match content(answer) {
            Ok(bytes) => {
                let rules = Rules::parse(&bytes, TOKEN);
                let note = rules.is_cut().then(|| "robots.txt is longer than is read".to_owned());
                Step::Done(File::Rules(Arc::new(rules)), note)
            }
            Err(why) => unreachable(why),
        },
        301 | 302 | 303 | 307 | 308 => {
            let location = heads::field(&x.headers, "location").unwrap_or_default();
            match policy::url::location(at, location) {
                Some(next) => Step::Redirect(next),
                None => Step::Done(File::Absent, Some("robots.txt redirects to nowhere: taken as absent".to_owned())),
            }
        }
        429 => unreachable("the server asks to come back later (429)".to_owned()),
        400..=499 => Step::Done(File::Absent, None),
        status => unreachable(format!("the server answers {status}")),
    }
}

/// The text of the file. Some servers compress it though they were asked not to.
fn content(answer: &Fetched) -> Result<Vec<u8>, String> {
    let x = &answer.exchange;
    if let Some(failure) =
        x.failure.as_ref().filter(|f| f.kind != FailureKind::Internal && x.body_len < MAX_BYTES as u64)
    {
        return Err(failure.message.clone()); // half a file may lack the very rule that counts
    }
    let reader = answer.body.reader().map_err(|e| e.to_string())?;
    let limit = MAX_BYTES as u64 + 1;
    let mut bytes = Vec::new();
    let coding = x.header("content-encoding").unwrap_or_default().to_ascii_lowercase();
    let read = match coding.as_str() {
        "" | "identity" => reader.take(limit).read_to_end(&mut bytes),
        "gzip" | "x-gzip" => flate2::read::MultiGzDecoder::new(reader).take(limit).read_to_end(&mut bytes),
        other => return Err(format!("it comes in the coding {other:?}")),
    };
    read.map_err(|e| format!("it cannot be read: {e}"))?;
    Ok(bytes)
}
