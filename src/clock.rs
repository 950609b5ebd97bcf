//! The only place that asks what time it is.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, Instant};

use jiff::Timestamp;

/// A clock: the system's, or one that a test moves by hand.
pub trait Clock: Send + Sync + 'static {
    /// Now, in UTC, cut to milliseconds.
    fn now(&self) -> Timestamp;

    /// How long so much of its time takes. Only a clock that runs fast has to say.
    fn real(&self, length: Duration) -> Duration {
        length
    }
}

/// The system's clock.
#[derive(Clone, Copy, Debug, Default)]
pub struct System;

impl Clock for System {
    #[expect(clippy::disallowed_methods, reason = "the one place that reads the clock")]
    fn now(&self) -> Timestamp {
        let now = Timestamp::now();
        Timestamp::from_millisecond(now.as_millisecond()).unwrap_or(now)
    }
}

/// A clock that runs so many times faster than the system's: a day in a minute.
#[derive(Clone, Copy, Debug)]
pub struct Fast {
    begin: Timestamp,
    since: Instant,
    times: u32,
}

impl Fast {
    /// A clock that shows `begin` now and runs `times` as fast.
    pub fn new(begin: Timestamp, times: u32) -> Self {
        Self { begin, since: Instant::now(), times: times.max(1) }
    }
}

impl Clock for Fast {
    fn now(&self) -> Timestamp {
        let passed = i64::try_from(self.since.elapsed().as_micros()).unwrap_or(i64::MAX / 2);
        let ms = passed.saturating_mul(i64::from(self.times)) / 1000;
        Timestamp::from_millisecond(self.begin.as_millisecond().saturating_add(ms)).unwrap_or(Timestamp::MAX)
    }

    fn real(&self, length: Duration) -> Duration {
        length / self.times
    }
}

/// A clock that stands still until it is moved.
#[derive(Clone, Debug)]
pub struct Manual(Arc<AtomicI64>);

impl Manual {
    /// A clock that shows `at`.
    pub fn new(at: Timestamp) -> Self {
        Self(Arc::new(AtomicI64::new(at.as_millisecond())))
    }

    /// Moves it on.
    pub fn advance(&self, by: Duration) {
        self.0.fetch_add(i64::try_from(by.as_millis()).unwrap_or(i64::MAX), Ordering::SeqCst);
    }
}

impl Clock for Manual {
    fn now(&self) -> Timestamp {
        Timestamp::from_millisecond(self.0.load(Ordering::SeqCst)).unwrap_or(Timestamp::MAX)
    }
}
