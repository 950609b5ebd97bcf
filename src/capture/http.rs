//! The HTTP engine: robots.txt, redirects, cookies and conditional requests around single exchanges.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use http::{HeaderName, HeaderValue, header};
use tokio::time::Instant;
use url::Url;

use super::asked::Asked;
use super::{Budget, Engine, Jar, PageAsk, PageTaken, Parts, Validators, Wanted, requisites};
use crate::clock::Clock;
use crate::model::{Capture, Exchange, Failure, FailureKind, Flag, Hop, Method, Outcome, Robots, RobotsMode};
use crate::net::{Ask, Fetched, Gate, Seat};
use crate::policy;
use crate::policy::url::location;

/// How long one hop may wait for its host's pace, which does not count as time of the page.
const PACE_PATIENCE: Duration = Duration::from_secs(120);
/// A Date that is further off than this is worth a flag.
const SKEW_S: i64 = 60;

/// Takes pages by HTTP.
#[derive(Clone)]
pub struct HttpEngine {
    gate: Gate,
    clock: Arc<dyn Clock>,
}

impl HttpEngine {
    /// An engine behind this gate.
    pub fn new(gate: Gate, clock: Arc<dyn Clock>) -> Self {
        Self { gate, clock }
    }

    /// The same engine for one capture: the seat tells when all its requests wait for their turn.
    pub fn seated(&self, seat: Seat) -> Self {
        Self { gate: self.gate.seated(seat), clock: Arc::clone(&self.clock) }
    }

    /// The gate behind it.
    pub fn gate(&self) -> &Gate {
        &self.gate
    }
}

impl Engine for HttpEngine {
    async fn page(&self, ask: PageAsk, jar: Jar) -> PageTaken {
        let taken = PageTaken {
            exchanges: Vec::new(),
            last: None,
            robots: None,
            robots_note: None,
            outcome_hint: None,
            failure: None,
            flags: Vec::new(),
            jar,
            redirects_used: ask.redirects_used,
        };
        let asked = Asked::new(&self.gate, &ask.url, ask.route.as_ref());
        let mut way = Way { gate: &self.gate, left: ask.capture.total_timeout, conditional: false, ask, taken };
        let walked = match asked {
            Ok(asked) => way.walk(asked).await,
            Err(failure) => Err((Outcome::Failed, failure)),
        };
        if let Err((outcome, failure)) = walked {
            way.taken.outcome_hint = Some(outcome);
            way.taken.failure = Some(failure);
        }
        flags(&mut way.taken, way.conditional, self.clock.now().as_second());
        way.taken
    }

    async fn requisites(
        &self,
        jar: &Jar,
        wanted: Vec<Wanted>,
        budget: &mut Budget,
        capture: &Arc<Capture>,
        via: &str,
    ) -> Parts {
        requisites::take(&self.gate, jar, wanted, budget, capture, via).await
    }
}

/// Why a way ended before its answer could be read.
type Ended = (Outcome, Failure);

/// The way from the URL that was asked to the answer at the end of its redirects.
struct Way<'a> {
    gate: &'a Gate,
    ask: PageAsk,
    taken: PageTaken,
    /// The last request named the validators of an earlier answer.
    conditional: bool,
    /// Time that is left for exchanges; waiting for the pace does not use it up.
    left: Duration,
}

impl Way<'_> {
    async fn walk(&mut self, mut asked: Asked) -> Result<(), Ended> {
        let mut url = self.ask.url.clone();
        let (mut hop, mut via) = (self.ask.hop, self.ask.via.clone());
        let mut seen: HashSet<(String, Option<HeaderValue>, Method)> = HashSet::new();
        let mut first = true;
        loop {
            if !matches!(url.scheme(), "http" | "https") {
                let message =
                    format!("the way leads to the scheme {:?}; only http and https can be fetched", url.scheme());
                return Err((Outcome::SchemeRefused, Failure::new(FailureKind::SchemeRefused, message)));
            }
            if !seen.insert((url.as_str().to_owned(), self.taken.jar.field(&url), asked.method())) {
                let message = format!("a redirect loop: {url} was asked before with the same cookies");
                return Err((Outcome::Redirected, Failure::new(FailureKind::Redirects, message)));
            }
            // Another path of the same host may be judged otherwise, so every hop asks; the file is cached.
            if std::mem::take(&mut first) || self.obeys() {
                self.ask_robots(&url).await?;
            }
            let index = self.fetch(&asked, &url, hop, via.take()).await?;
            let x = &self.taken.exchanges[index].exchange;
            let (status, failed) = (x.status, x.failure.is_some());
            // What is set for who is logged in is not kept, not even for the length of a capture.
            if x.credential.is_none() {
                self.taken.jar.store(&url, &x.headers);
            }
            let target = x.headers.iter().find(|(n, _)| n == "location").map(|(_, v)| v.clone());
            let (true, false, Some(target)) = (matches!(status, Some(301 | 302 | 303 | 307 | 308)), failed, target)
            else {
                return self.arrived(index);
            };
            let Some(next) = location(&url, &target) else {
                let message = "the redirect names no usable address";
                return Err((Outcome::Redirected, Failure::new(FailureKind::Redirects, message)));
            };
            if self.taken.redirects_used >= self.ask.capture.max_redirects {
                let message = format!("more than {} redirects", self.ask.capture.max_redirects);
                return Err((Outcome::Redirected, Failure::new(FailureKind::Redirects, message)));
            }
            self.taken.redirects_used += 1;
            asked.redirected(status.unwrap_or_default());
            via = Some(x.url.clone());
            url = next;
            hop = Hop::Redirect;
        }
    }

    fn mode(&self) -> RobotsMode {
        match self.ask.capture.robots {
            RobotsMode::Record if !self.ask.listed_by_person => RobotsMode::Obey,
            mode => mode,
        }
    }

    fn obeys(&self) -> bool {
        self.mode() == RobotsMode::Obey
    }

    async fn ask_robots(&mut self, url: &Url) -> Result<(), Ended> {
        if self.mode() == RobotsMode::Ignore {
            self.taken.robots = Some(Robots::Ignored);
            return Ok(());
        }
        let began = Instant::now();
        let verdict = self.gate.robots(url, &self.ask.capture, began + PACE_PATIENCE).await;
        let took: u64 = verdict.fetched.iter().map(|f| f.exchange.duration_ms).sum();
        self.left = self.left.saturating_sub(Duration::from_millis(took));
        self.taken.exchanges.extend(verdict.fetched);
        self.taken.robots = Some(verdict.robots);
        // What allows it needs no quoting; what forbids it does.
        let forbids = verdict.robots == Robots::Disallowed;
        self.taken.robots_note = verdict.rule.filter(|_| forbids).or(verdict.note);
        if !self.obeys() || !matches!(verdict.robots, Robots::Disallowed | Robots::Unreachable) {
            return Ok(());
        }
        // When the host may not be reached, or does not answer, that is the reason, and not what it forbids.
        if let Some(failure) = verdict.failure {
            return Err((outcome_of(&failure, false), failure));
        }
        let why = self.taken.robots_note.as_deref().unwrap_or_default();
        let message = match verdict.robots {
            Robots::Disallowed => format!("robots.txt disallows {url} ({why})"),
            _ => format!("robots.txt could not be read, so {url} counts as disallowed ({why})"),
        };
        Err((Outcome::RobotsRefused, Failure::new(FailureKind::RobotsRefused, message)))
    }

    /// Makes one exchange; its index, or how the way ended.
    async fn fetch(&mut self, asked: &Asked, url: &Url, hop: Hop, via: Option<String>) -> Result<usize, Ended> {
        if self.left.is_zero() {
            let message = format!("the total deadline passed before {url} was asked");
            return Err((Outcome::TimedOut, Failure::new(FailureKind::TimeoutTotal, message)));
        }
        let now = Instant::now();
        let mut ask = Ask::new(hop, url.clone(), &self.ask.capture, now + self.left + PACE_PATIENCE);
        ask.time = self.left;
        ask.via = via;
        if let Some(cookies) = self.taken.jar.field(url) {
            ask.headers.push((header::COOKIE, cookies));
        }
        asked.fill(&mut ask, self.gate, self.ask.capture.credentials);
        // Only a GET can be answered by what is held.
        let fits = self.ask.validators.as_ref().filter(|v| v.url == url.as_str() && ask.method == Method::Get);
        let conditions = fits.map(conditions).unwrap_or_default();
        self.conditional = !conditions.is_empty();
        ask.headers.extend(conditions);
        let fetched = self.gate.fetch(ask).await;
        self.left = self.left.saturating_sub(Duration::from_millis(fetched.exchange.duration_ms));
        let held_off = |x: &Exchange| {
            let unasked = x.remote.is_none() && x.failure.as_ref().is_some_and(|f| f.kind == FailureKind::TimeoutTotal);
            unasked && policy::url::authority(url).is_some_and(|host| self.gate.ready_at(&host).is_some())
        };
        let limited = held_off(&fetched.exchange).then(|| fetched.exchange.failure.clone()).flatten();
        self.taken.exchanges.push(fetched);
        let index = self.taken.exchanges.len() - 1;
        self.taken.last = Some(index);
        // It was not slow: it asked us to stay away, and we do.
        limited.map_or(Ok(index), |failure| Err((Outcome::RateLimited, failure)))
    }

    /// The end of the way: an answer that is to be read, or a failure that needs no reading.
    fn arrived(&mut self, index: usize) -> Result<(), Ended> {
        let x = &self.taken.exchanges[index].exchange;
        if let Some(failure) = x.failure.clone() {
            let outcome = outcome_of(&failure, x.status.is_some());
            // What was had of a body is content, only cut short; the failure says why.
            if outcome == Outcome::Truncated && x.body_len > 0 {
                self.taken.failure = Some(failure);
                return Ok(());
            }
            return Err((outcome_of(&failure, false), failure));
        }
        if matches!(x.status, Some(301 | 302 | 303 | 307 | 308)) {
            let message = "a redirect without a Location: it leads nowhere";
            return Err((Outcome::Redirected, Failure::new(FailureKind::Redirects, message)));
        }
        Ok(())
    }
}

/// How an attempt ends that ends with this failure; `partial`: some of an answer was had.
pub(super) fn outcome_of(failure: &Failure, partial: bool) -> Outcome {
    match failure.kind {
        FailureKind::Disconnected | FailureKind::TimeoutIdle | FailureKind::TimeoutTotal | FailureKind::Malformed
            if partial =>
        {
            Outcome::Truncated
        }
        FailureKind::Dns => Outcome::DnsFailed,
        FailureKind::Connect | FailureKind::Proxy => Outcome::ConnectFailed,
        FailureKind::Tls => Outcome::TlsInvalid,
        FailureKind::TimeoutConnect
        | FailureKind::TimeoutFirstByte
        | FailureKind::TimeoutIdle
        | FailureKind::TimeoutTotal => Outcome::TimedOut,
        FailureKind::Disconnected => Outcome::Disconnected,
        FailureKind::Malformed | FailureKind::Decode => Outcome::Malformed,
        FailureKind::AddressRefused => Outcome::AddressRefused,
        FailureKind::SchemeRefused => Outcome::SchemeRefused,
        FailureKind::RobotsRefused => Outcome::RobotsRefused,
        FailureKind::Redirects => Outcome::Redirected,
        FailureKind::Platform | FailureKind::Cancelled | FailureKind::Internal => Outcome::Failed,
    }
}

/// The fields of a conditional request. The stored values are sent as they came.
pub(super) fn conditions(validators: &Validators) -> Vec<(HeaderName, HeaderValue)> {
    let field = |name, value: &Option<String>| {
        let value = value.as_deref().and_then(|v| HeaderValue::from_str(v).ok())?;
        Some((name, value))
    };
    [field(header::IF_NONE_MATCH, &validators.etag), field(header::IF_MODIFIED_SINCE, &validators.last_modified)]
        .into_iter()
        .flatten()
        .collect()
}

/// What the exchanges of the way have to say beside their answers.
fn flags(taken: &mut PageTaken, conditional: bool, now_s: i64) {
    let page = |f: &&Fetched| f.exchange.hop != Hop::Robots;
    let any = |told: fn(&Exchange) -> bool| taken.exchanges.iter().filter(page).any(|f| told(&f.exchange));
    let mut flags = Vec::new();
    if any(|x| x.status.is_some() && x.tls.as_ref().is_some_and(|t| t.problem.is_some())) {
        flags.push(Flag::TlsUnverified);
    }
    if any(|x| x.status.is_some() && x.heads_reconstructed) {
        flags.push(Flag::HeadsReconstructed);
    }
    if any(|x| x.status.is_some() && x.heads_reconstructed && x.resolved.is_empty()) {
        flags.push(Flag::ViaProxy);
    }
    if any(|x| x.credential.is_some()) {
        flags.push(Flag::CredentialUsed);
    }
    let last = taken.last.and_then(|i| taken.exchanges.get(i)).map(|f| &f.exchange);
    if let Some(date) = last.and_then(|x| x.header("date")).and_then(|d| policy::retry::http_date(&d))
        && (date.as_second() - now_s).abs() > SKEW_S
    {
        flags.push(Flag::ClockSkew);
    }
    // A 304 that nobody asked for confirms nothing.
    if conditional && last.is_some_and(|x| x.status == Some(304) && x.failure.is_none()) {
        flags.push(Flag::NotModified);
    }
    taken.flags = flags;
}
