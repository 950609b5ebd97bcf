//! The only way out. Every request of every kind passes the gate: the address guard, the host's pace and queue,
//! and the taps that keep what went over the wire. `fetch` never fails: what goes wrong is part of what it returns.

mod ask;
mod body;
mod budget;
mod dial;
mod exchange;
mod heads;
mod host;
mod http1;
mod indirect;
mod keyring;
mod post;
mod redact;
mod robots;
mod seat;
mod tap;
mod tls;

use std::collections::{BTreeMap, HashMap};
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, header};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use tokio::time::Instant;
use url::Url;

pub use ask::{Ask, Fetched};
pub use body::{Body, Share, SpoolFile};
pub use heads::fields as header_fields;
pub use keyring::{Given, LostCredential, ReadSecret, Worn};
pub use post::{Answered, Post, Wire};
pub use robots::RobotsVerdict;
pub use seat::{Lobby, Seat};

use crate::clock::Clock;
use crate::error::{Error, ErrorKind, Result, io};
use crate::model::{self, Digest, Exchange, Failure, FailureKind, Hop, HttpVersion, Pace};
use crate::policy;
use exchange::End;
use host::Host;

/// Hosts that are remembered before idle ones are forgotten.
const MANY_HOSTS: usize = 2048;
/// Who says something of our own accord waits so long for the pace of the host.
const PATIENCE: Duration = Duration::from_secs(60);
/// Unused connections of all hosts together.
const MANY_LINES: usize = 256;

/// What must be known of a host after a restart, to stay polite.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HostState {
    /// Host and port.
    pub host: String,
    /// It is not to be asked before then.
    pub not_before: Option<Timestamp>,
    /// How many times slower than its pace it is asked.
    pub slow_down: u32,
}

/// The only way out; clones are the same gate.
#[derive(Clone)]
pub struct Gate {
    inner: Arc<Inner>,
    /// Whose requests go through this handle.
    seat: Option<Seat>,
}

struct Inner {
    client: model::Client,
    fields: HeaderMap,
    spool: PathBuf,
    memory: Arc<body::Memory>,
    clock: Arc<dyn Clock>,
    dialer: Arc<dial::Dialer>,
    proxy: Option<(Url, reqwest::Proxy)>,
    /// For what we say of our own accord.
    poster: OnceLock<reqwest::Client>,
    paces: Mutex<Paces>,
    hosts: Mutex<HashMap<String, Arc<Host>>>,
    robots: robots::Cache,
    spent: budget::Ledger,
    keyring: keyring::Keyring,
    fetches: AtomicU64,
}

struct Paces {
    default: Pace,
    per_host: BTreeMap<String, Pace>,
}

impl Paces {
    /// The pace of `example.org:443`: its own, or its host's, or the default.
    fn of(&self, key: &str) -> Pace {
        let host = key.rsplit_once(':').map_or(key, |(host, _)| host);
        *self.per_host.get(key).or_else(|| self.per_host.get(host)).unwrap_or(&self.default)
    }
}

impl Gate {
    /// A gate for this client; bodies that are too large for memory go to the folder `spool`.
    pub fn new(client: model::Client, spool: PathBuf, clock: Arc<dyn Clock>) -> Result<Self> {
        std::fs::create_dir_all(&spool).map_err(io(format!("cannot make the spool folder {}", spool.display())))?;
        let fields = fields(&client)?;
        let proxy = indirect::proxy(&client.proxy)
            .map_err(|why| Error::new(ErrorKind::Config, format!("`proxy` cannot be used: {why}")))?;
        let dialer = Arc::new(dial::Dialer::new(&client)?);
        let default =
            Pace { per_second: 1.0, burst: 2, connections: 2, max_crawl_delay: Duration::from_secs(30), budget: None };
        let inner = Inner {
            memory: body::Memory::new(client.memory),
            client,
            fields,
            spool,
            clock,
            dialer,
            proxy,
            poster: OnceLock::new(),
            paces: Mutex::new(Paces { default, per_host: BTreeMap::new() }),
            hosts: Mutex::default(),
            robots: robots::Cache::default(),
            spent: budget::Ledger::default(),
            keyring: keyring::Keyring::default(),
            fetches: AtomicU64::new(0),
        };
        Ok(Self { inner: Arc::new(inner), seat: None })
    }

    /// The same gate for the requests of one capture: its seat tells when they all wait for their turn.
    pub fn seated(&self, seat: Seat) -> Self {
        Self { inner: Arc::clone(&self.inner), seat: Some(seat) }
    }

    /// So much of the memory for bodies, if it is free, for something else that is held as long as they are.
    pub fn share(&self, octets: u64) -> Option<Share> {
        Share::take(&self.inner.memory, octets)
    }

    /// The pace of hosts without one of their own, and the hosts that have one (by `host` or `host:port`).
    pub fn set_pace(&self, default: Pace, per_host: BTreeMap<String, Pace>) {
        let mut paces = self.inner.paces.lock().unwrap_or_else(PoisonError::into_inner);
        *paces = Paces { default, per_host };
        for host in self.inner.hosts().values() {
            host.set_pace(paces.of(&host.key));
        }
    }

    /// From when on a request to this host (`example.org:443`) may start; `None`: now.
    pub fn ready_at(&self, host: &str) -> Option<Instant> {
        let host = self.inner.hosts().get(host).cloned();
        host.and_then(|h| h.ready_at())
    }

    /// Fetches. What goes wrong stands in the exchange, beside what was had.
    pub async fn fetch(&self, ask: Ask) -> Fetched {
        self.inner.fetch(ask, self.seat.as_ref()).await
    }

    /// What robots.txt says about `url`; asks for it if it is not known.
    pub async fn robots(&self, url: &Url, capture: &Arc<model::Capture>, deadline: Instant) -> RobotsVerdict {
        robots::verdict(&self.inner, self.seat.as_ref(), url, capture, deadline).await
    }

    /// What must survive a restart.
    pub fn host_states(&self) -> Vec<HostState> {
        let (now, at) = (Instant::now(), self.inner.clock.now());
        let mut states: Vec<HostState> = self
            .inner
            .hosts()
            .values()
            .filter_map(|host| {
                let (hold, slow_down) = host.memory();
                let not_before = hold.and_then(|h| at.checked_add(h.saturating_duration_since(now)).ok());
                let state = HostState { host: host.key.clone(), not_before, slow_down };
                (not_before.is_some() || slow_down > 1).then_some(state)
            })
            .collect();
        // Long enough to stand for ever: it ends when the credential changes.
        let ever = at.checked_add(policy::retry::LONGEST * 3650).ok();
        let lost = self.inner.keyring.states();
        states.extend(lost.into_iter().map(|host| HostState { host, not_before: ever, slow_down: 1 }));
        states.sort_by(|a, b| a.host.cmp(&b.host));
        states
    }

    /// Takes up what was known before a restart.
    pub fn restore(&self, states: Vec<HostState>) {
        let (now, at) = (Instant::now(), self.inner.clock.now());
        for state in states {
            if self.inner.keyring.restore(&state.host) {
                continue;
            }
            let wait = state.not_before.and_then(|t| Duration::try_from(t.duration_since(at)).ok());
            let hold = wait.map(|w| now + w.min(policy::retry::LONGEST));
            self.inner.host(&state.host).remember(hold, state.slow_down);
        }
    }
}

/// The request fields that are always the same.
fn fields(client: &model::Client) -> Result<HeaderMap> {
    let mut fields = HeaderMap::new();
    let mut add = |name: HeaderName, value: &str, key: &str| {
        let value = HeaderValue::from_str(value).map_err(|_| {
            Error::new(ErrorKind::Config, format!("`{key}` cannot be sent: it holds a control character"))
        })?;
        fields.insert(name, value);
        Ok(())
    };
    add(header::USER_AGENT, &client.user_agent, "user_agent")?;
    if !client.from.is_empty() {
        add(header::FROM, &client.from, "from")?;
    }
    add(header::ACCEPT, "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", "accept")?;
    if !client.accept_language.is_empty() {
        add(header::ACCEPT_LANGUAGE, &client.accept_language, "accept_language")?;
    }
    add(header::ACCEPT_ENCODING, "gzip, br, zstd, deflate", "accept_encoding")?;
    Ok(fields)
}

impl Inner {
    fn hosts(&self) -> std::sync::MutexGuard<'_, HashMap<String, Arc<Host>>> {
        self.hosts.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The object of a host, made when it is first needed.
    fn host(&self, key: &str) -> Arc<Host> {
        if let Some(host) = self.hosts().get(key) {
            return host.clone();
        }
        let pace = self.paces.lock().unwrap_or_else(PoisonError::into_inner).of(key);
        let mut hosts = self.hosts();
        if hosts.len() >= MANY_HOSTS && hosts.len().is_multiple_of(256) {
            hosts.retain(|_, host| Arc::strong_count(host) > 1 || !host.is_forgettable());
        }
        hosts.entry(key.to_owned()).or_insert_with(|| Arc::new(Host::new(key.to_owned(), pace))).clone()
    }

    /// Closes what has been idle for long; all of it when there is too much.
    fn sweep(&self) {
        let hosts: Vec<Arc<Host>> = self.hosts().values().cloned().collect();
        let idle: usize = hosts.iter().map(|h| h.sweep(Duration::from_secs(30))).sum();
        if idle > MANY_LINES {
            for host in &hosts {
                host.sweep(Duration::from_millis(500));
            }
        }
    }

    async fn fetch(&self, ask: Ask, seat: Option<&Seat>) -> Fetched {
        let mut x = self.blank(&ask);
        let body = match self.admitted(&ask, seat, &mut x).await {
            Ok(body) => body,
            Err(failure) => {
                x.failure = Some(failure);
                Body::Empty
            }
        };
        Fetched { exchange: x, body }
    }

    async fn admitted(&self, ask: &Ask, seat: Option<&Seat>, x: &mut Exchange) -> Result<Body, Failure> {
        if !matches!(ask.url.scheme(), "http" | "https") {
            let message = format!("the scheme is {:?}; only http and https can be fetched", ask.url.scheme());
            return Err(Failure::new(FailureKind::SchemeRefused, message));
        }
        self.dialer.judge(&ask.url)?;
        let Some(key) = policy::url::authority(&ask.url) else {
            return Err(Failure::new(FailureKind::SchemeRefused, "the URL names no host"));
        };
        if self.fetches.fetch_add(1, Ordering::Relaxed) % 128 == 127 {
            self.sweep();
        }
        let host = self.host(&key);
        let _slot = host.admit(ask.deadline, ask.gap, seat).await?;
        let _goes = seat.map(Seat::goes);
        x.started_at = self.clock.now();
        self.spend(&key, x.started_at);
        let started = Instant::now();
        let until = ask.deadline.min(started + ask.time);
        let body = self.exchange(&host, ask, x, until).await;
        x.duration_ms = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
        if x.remote.is_none() && x.status.is_none() {
            // Nobody was reached.
            self.unspend(&key);
        }
        self.learn(&host, ask, x);
        self.is_accepted(ask, x);
        Ok(body)
    }

    async fn exchange(&self, host: &Host, ask: &Ask, x: &mut Exchange, until: Instant) -> Body {
        let http = ask.capture.http;
        if self.proxy.is_some() || http == HttpVersion::Http2 || (http == HttpVersion::Auto && host.is_h2_only()) {
            return indirect::indirect(self, host, ask, x, until).await;
        }
        match exchange::direct(self, host, ask, x, until).await {
            End::Over(body) => body,
            End::WantsH2 if http == HttpVersion::Auto => {
                host.set_h2_only();
                x.failure = None;
                indirect::indirect(self, host, ask, x, until).await
            }
            End::WantsH2 => {
                let message = "the server speaks HTTP/2 only, and the settings say HTTP/1.1 only";
                x.failure = Some(Failure::new(FailureKind::Malformed, message));
                Body::Empty
            }
        }
    }

    /// What the answer says about how the host wants to be asked.
    fn learn(&self, host: &Host, ask: &Ask, x: &Exchange) {
        let text = |name: &str| x.header(name);
        match x.status {
            Some(429 | 503) => {
                let now = self.clock.now();
                let after = text("retry-after").and_then(|v| policy::retry::retry_after(&v, now));
                let reset = || {
                    let value = text("ratelimit-reset").or_else(|| text("x-ratelimit-reset"))?;
                    policy::retry::rate_limit_reset(&value, now)
                };
                host.struggled(after.or_else(reset).map(|wait| wait.min(ask.capture.max_retry_after)));
            }
            Some(200..=399) => host.did_well(),
            _ => {}
        }
    }

    /// Whether what went along was accepted.
    fn is_accepted(&self, ask: &Ask, x: &Exchange) {
        let Some(worn) = &ask.worn else { return };
        let is_part = matches!(x.hop, Hop::Media | Hop::Style | Hop::Script | Hop::Frame | Hop::Font);
        if let Some(status @ (401 | 403)) = x.status.filter(|status| *status == 401 || !is_part) {
            let host = ask.url.host_str().unwrap_or_default();
            self.keyring.lose(&worn.name, format!("{host} answered {status} to a request that it went with"));
        }
    }

    /// An exchange of which nothing is known yet.
    fn blank(&self, ask: &Ask) -> Exchange {
        let mut shown = ask.shown_url();
        shown.set_fragment(None);
        if !shown.username().is_empty() || shown.password().is_some() {
            let _ = shown.set_username("");
            let _ = shown.set_password(None);
        }
        Exchange {
            hop: ask.hop,
            url: shown.into(),
            via: ask.via.clone(),
            started_at: self.clock.now(),
            duration_ms: 0,
            resolved: Vec::new(),
            remote: None,
            protocol: None,
            tls: None,
            request_head: Bytes::new(),
            request_body: Bytes::new(),
            response_head: Bytes::new(),
            credential: None,
            heads_reconstructed: false,
            status: None,
            headers: Vec::new(),
            body_len: 0,
            payload_digest: EMPTY,
            truncated: None,
            failure: None,
            maker: None,
        }
    }
}

/// SHA-256 of nothing.
const EMPTY: Digest = Digest([
    0xe3, 0xb0, 0xc4, 0x42, 0x98, 0xfc, 0x1c, 0x14, 0x9a, 0xfb, 0xf4, 0xc8, 0x99, 0x6f, 0xb9, 0x24, 0x27, 0xae, 0x41,
    0xe4, 0x64, 0x9b, 0x93, 0x4c, 0xa4, 0x95, 0x99, 0x1b, 0x78, 0x52, 0xb8, 0x55,
]);

#[cfg(test)]
mod tests;
