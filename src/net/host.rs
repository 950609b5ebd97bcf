//! One object a host: its pace, its queue, its connections, and what it asked of us.

use std::num::NonZeroU32;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use governor::clock::Clock;
use governor::middleware::NoOpMiddleware;
use governor::state::{InMemoryState, NotKeyed};
use governor::{Quota, RateLimiter};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{Instant, sleep_until, timeout_at};

use super::http1::Line;
use super::indirect::Indirect;
use super::seat::Seat;
use crate::model::{Failure, FailureKind, Pace};

/// An unused connection is kept this long.
const KEEP_IDLE: Duration = Duration::from_secs(30);
/// How much slower a struggling host may be asked.
const MAX_FACTOR: u32 = 16;
/// Good answers in a row after which a slowed host is asked twice as fast again.
const GOOD_ENOUGH: u32 = 8;

/// Governor on tokio's time, so that everything that waits goes by one clock.
#[derive(Clone, Copy, Debug)]
struct Since(Instant);

impl Clock for Since {
    type Instant = Duration;
    fn now(&self) -> Duration {
        Instant::now().saturating_duration_since(self.0)
    }
}

/// Governor decides; beside it stands the time of its next yes, because it cannot be asked without taking a cell.
struct Limiter {
    governor: RateLimiter<NotKeyed, InMemoryState, Since, NoOpMiddleware<Duration>>,
    since: Since,
    period: Duration,
    ahead: Duration,
    next: Option<Instant>,
}

impl Limiter {
    fn new(period: Duration, burst: u32) -> Option<Self> {
        let burst = NonZeroU32::new(burst.max(1))?;
        let quota = Quota::with_period(period)?.allow_burst(burst);
        let since = Since(Instant::now());
        let governor = RateLimiter::direct_with_clock(quota, since);
        Some(Self { governor, since, period, ahead: period * (burst.get() - 1), next: None })
    }

    fn ready_at(&self) -> Option<Instant> {
        self.next.and_then(|n| n.checked_sub(self.ahead))
    }

    fn start(&mut self, now: Instant) -> Result<(), Instant> {
        match self.governor.check() {
            Ok(()) => {
                self.next = Some(self.next.map_or(now, |n| n.max(now)) + self.period);
                Ok(())
            }
            Err(not) => Err(now + not.wait_time_from(self.since.now()).max(Duration::from_millis(1))),
        }
    }
}

struct State {
    pace: Pace,
    crawl_delay: Option<Duration>,
    factor: u32,
    good: u32,
    limiter: Option<Limiter>,
    hold: Option<Instant>,
    last_start: Option<Instant>,
    idle: Vec<Line>,
    indirect: Vec<Arc<Indirect>>,
    last_used: Instant,
}

/// Everything about one host (and port).
pub(super) struct Host {
    /// `example.org:443`.
    pub(super) key: String,
    slots: Mutex<Arc<Semaphore>>,
    /// First come, first served; only who holds it waits for the pace.
    turn: tokio::sync::Mutex<()>,
    state: Mutex<State>,
    h2_only: AtomicBool,
}

impl Host {
    pub(super) fn new(key: String, pace: Pace) -> Self {
        let slots = Mutex::new(Arc::new(Semaphore::new(connections(&pace))));
        let mut state = State {
            pace,
            crawl_delay: None,
            factor: 1,
            good: 0,
            limiter: None,
            hold: None,
            last_start: None,
            idle: Vec::new(),
            indirect: Vec::new(),
            last_used: Instant::now(),
        };
        state.apply();
        Self {
            key,
            slots,
            turn: tokio::sync::Mutex::new(()),
            state: Mutex::new(state),
            h2_only: AtomicBool::new(false),
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Another pace from now on.
    pub(super) fn set_pace(&self, pace: Pace) {
        let mut state = self.state();
        if state.pace == pace {
            return;
        }
        if connections(&state.pace) != connections(&pace) {
            let slots = Arc::new(Semaphore::new(connections(&pace)));
            *self.slots.lock().unwrap_or_else(PoisonError::into_inner) = slots;
        }
        state.pace = pace;
        state.apply();
    }

    /// What robots.txt asks for, up to the longest that the operator grants; says the delay if it was capped.
    pub(super) fn set_crawl_delay(&self, asked: Option<Duration>) -> Option<Duration> {
        let mut state = self.state();
        let granted = asked.map(|d| d.min(state.pace.max_crawl_delay)).filter(|d| !d.is_zero());
        if state.crawl_delay != granted {
            state.crawl_delay = granted;
            state.apply();
        }
        let max = state.pace.max_crawl_delay;
        asked.filter(|d| *d > max).map(|_| max)
    }

    /// From when on a request may start; `None`: now.
    pub(super) fn ready_at(&self) -> Option<Instant> {
        let state = self.state();
        let at = state.hold.max(state.limiter.as_ref().and_then(Limiter::ready_at))?;
        (at > Instant::now()).then_some(at)
    }

    /// Waits for a connection slot and for the pace, and until `gap` has passed since the last request. Fails at once when the
    /// wait would be longer than `deadline`. Meanwhile `seat` counts as waiting.
    pub(super) async fn admit(
        &self,
        deadline: Instant,
        gap: Duration,
        seat: Option<&Seat>,
    ) -> Result<OwnedSemaphorePermit, Failure> {
        let late = || Failure::new(FailureKind::TimeoutTotal, format!("{} was busy until the deadline", self.key));
        let slots = self.slots.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let permit = match slots.clone().try_acquire_owned() {
            Ok(permit) => permit,
            Err(_) => {
                let _waits = seat.map(Seat::waits);
                timeout_at(deadline, slots.acquire_owned()).await.map_err(|_| late())?.map_err(|_| late())?
            }
        };
        {
            let mut state = self.state();
            // A host without any pace is the user's own: that of a route is not kept there either.
            if state.limiter.is_none() && state.hold.is_none() {
                state.last_used = Instant::now();
                state.last_start = Some(state.last_used);
                return Ok(permit);
            }
        }
        let mut waits = None;
        let _turn = match self.turn.try_lock() {
            Ok(turn) => turn,
            Err(_) => {
                waits = seat.map(Seat::waits);
                timeout_at(deadline, self.turn.lock()).await.map_err(|_| late())?
            }
        };
        loop {
            let Err(at) = self.state().start(gap) else { return Ok(permit) };
            if at > deadline {
                let wait = at.saturating_duration_since(Instant::now()).as_secs_f64();
                let message = format!("{} may be asked again in {wait:.0} s, after the deadline", self.key);
                return Err(Failure::new(FailureKind::TimeoutTotal, message));
            }
            if waits.is_none() {
                waits = seat.map(Seat::waits);
            }
            sleep_until(at).await;
        }
    }

    /// The host asks to be left alone, or struggles.
    pub(super) fn struggled(&self, wait: Option<Duration>) {
        let mut state = self.state();
        let now = Instant::now();
        state.good = 0;
        state.hold = state.hold.max(wait.map(|w| now + w));
        if state.factor < MAX_FACTOR {
            state.factor *= 2;
            state.apply();
        }
    }

    /// The host answered well.
    pub(super) fn did_well(&self) {
        let mut state = self.state();
        if state.factor > 1 {
            state.good += 1;
            if state.good >= GOOD_ENOUGH {
                state.good = 0;
                state.factor /= 2;
                state.apply();
            }
        }
    }

    /// A connection that can be used at once.
    pub(super) async fn take_line(&self, accept_invalid: bool) -> Option<Line> {
        loop {
            let mut line = {
                let mut state = self.state();
                let at = state.idle.iter().rposition(|l| l.accept_invalid == accept_invalid)?;
                state.idle.swap_remove(at)
            };
            if line.idle_since.elapsed() < KEEP_IDLE && line.is_ready().await {
                return Some(line);
            }
        }
    }

    /// Keeps a connection for the next request, if it can have one.
    pub(super) async fn put_line(&self, mut line: Line) {
        if line.is_ready().await {
            line.idle_since = Instant::now();
            let mut state = self.state();
            if state.idle.len() < connections(&state.pace).min(64) {
                state.idle.push(line);
            }
        }
    }

    /// The client for HTTP/2 or for the proxy, if there is one of this kind yet.
    pub(super) fn indirect(&self, fits: impl Fn(&Indirect) -> bool) -> Option<Arc<Indirect>> {
        self.state().indirect.iter().find(|i| fits(i)).cloned()
    }

    pub(super) fn keep_indirect(&self, client: Arc<Indirect>) {
        let mut state = self.state();
        if state.indirect.len() < 4 {
            state.indirect.push(client);
        }
    }

    /// The host speaks nothing but HTTP/2.
    pub(super) fn is_h2_only(&self) -> bool {
        self.h2_only.load(Ordering::Relaxed)
    }

    pub(super) fn set_h2_only(&self) {
        self.h2_only.store(true, Ordering::Relaxed);
    }

    /// Closes connections that have been idle too long; says how many are left.
    pub(super) fn sweep(&self, keep: Duration) -> usize {
        let mut state = self.state();
        state.idle.retain(|l| l.idle_since.elapsed() < keep);
        state.idle.len()
    }

    /// Nothing would be lost by forgetting it.
    pub(super) fn is_forgettable(&self) -> bool {
        let state = self.state();
        let now = Instant::now();
        let waits = state.hold.is_some_and(|h| h > now)
            || state.limiter.as_ref().is_some_and(|l| l.next.is_some_and(|n| n > now));
        !waits && state.factor == 1 && now.saturating_duration_since(state.last_used) > KEEP_IDLE
    }

    /// The hold and the slow-down factor.
    pub(super) fn memory(&self) -> (Option<Instant>, u32) {
        let state = self.state();
        let now = Instant::now();
        (state.hold.filter(|h| *h > now), state.factor)
    }

    /// The reverse of [`Host::memory`].
    pub(super) fn remember(&self, hold: Option<Instant>, factor: u32) {
        let mut state = self.state();
        state.hold = state.hold.max(hold);
        state.factor = factor.clamp(1, MAX_FACTOR);
        state.apply();
    }
}

impl State {
    /// Makes the limiter anew from what counts now. The new one knows nothing of the last request, so it is
    /// remembered here.
    fn apply(&mut self) {
        let pace = self.pace.per_second;
        let own = if pace > 0.0 { Duration::try_from_secs_f64(1.0 / pace).ok() } else { None };
        let (period, burst) = match (own, self.crawl_delay) {
            (own, Some(delay)) if own.is_none_or(|p| delay > p) => (delay, 1),
            (Some(own), _) => (own, if self.factor > 1 { 1 } else { self.pace.burst }),
            (None, _) => {
                self.limiter = None;
                return;
            }
        };
        let period = period * self.factor;
        self.limiter = Limiter::new(period, burst);
        if self.factor > 1 {
            self.hold = self.hold.max(self.last_start.map(|s| s + period));
        }
    }

    fn start(&mut self, gap: Duration) -> Result<(), Instant> {
        let now = Instant::now();
        // A host that struggles is spared in this as in everything.
        if let Some(at) =
            self.last_start.filter(|_| !gap.is_zero() && self.limiter.is_some()).map(|last| last + gap * self.factor)
            && at > now
        {
            return Err(self.hold.map_or(at, |hold| hold.max(at)));
        }
        if let Some(hold) = self.hold {
            if hold > now {
                return Err(hold);
            }
            self.hold = None;
        }
        if let Some(limiter) = &mut self.limiter {
            limiter.start(now)?;
        }
        self.last_start = Some(now);
        self.last_used = now;
        Ok(())
    }
}

fn connections(pace: &Pace) -> usize {
    usize::try_from(pace.connections).unwrap_or(1).clamp(1, 1024)
}
