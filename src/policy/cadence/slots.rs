//! The grid of equal intervals, and how many due times lie between two moments.

use std::time::Duration;

use jiff::Timestamp;

use crate::model::Cadence;

/// So many times of a clock are counted one by one.
const COUNTED: u32 = 10_000;

/// Due times between two moments.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Between {
    pub first: Timestamp,
    pub before_last: Timestamp,
    pub last: Timestamp,
    /// At most [`COUNTED`] of a clock's times: by then it is the archive's owner who was away.
    pub count: u32,
}

/// Due times after `after` and not after `until`. An adaptive watch has none until it was looked at.
pub(super) fn between(cadence: &Cadence, watch: u64, after: Timestamp, until: Timestamp) -> Option<Between> {
    match cadence {
        Cadence::Adaptive => None,
        Cadence::Interval(length) => {
            let slots = Slots::new(watch, *length);
            let (first, last) = (slots.index_after(after), slots.index_until(until));
            let count = u32::try_from(last.checked_sub(first)?.checked_add(1)?).ok().filter(|n| *n > 0)?;
            let before_last = if count > 1 { slots.at(last - 1) } else { after };
            Some(Between { first: slots.at(first), before_last, last: slots.at(last), count })
        }
        Cadence::Cron(cron) => {
            let first = cron.next(after).filter(|at| *at <= until)?;
            let mut between = Between { first, before_last: after, last: first, count: 1 };
            while between.count < COUNTED {
                let Some(next) = cron.next(between.last).filter(|at| *at <= until) else { return Some(between) };
                between = Between { before_last: between.last, last: next, count: between.count + 1, ..between };
            }
            between.last = cron.last(until).unwrap_or(between.last);
            let before = between.last.checked_sub(jiff::SignedDuration::from_secs(1)).ok();
            between.before_last = before.and_then(|at| cron.last(at)).unwrap_or(between.before_last);
            Some(between)
        }
    }
}

/// Equal intervals since 1970, at a phase of the watch's own, each shaken a little: a thousand watches of one host do not come
/// at once, and no pattern shows.
pub(super) struct Slots {
    watch: u64,
    /// Milliseconds.
    length: i64,
    phase: i64,
}

impl Slots {
    pub fn new(watch: u64, length: Duration) -> Self {
        let length = i64::try_from(length.as_millis()).unwrap_or(i64::MAX / 4).max(1);
        Self { watch, length, phase: (mix(watch, 0) % length as u64) as i64 }
    }

    /// The slot of that number: shaken by up to a twentieth of the interval, at most ten minutes, either way.
    pub fn at(&self, index: i64) -> Timestamp {
        let most = (self.length / 20).min(600_000);
        let shaken = (mix(self.watch, index as u64) % (2 * most as u64 + 1)) as i64 - most;
        let at = index.saturating_mul(self.length).saturating_add(self.phase).saturating_add(shaken);
        Timestamp::from_millisecond(at).unwrap_or(Timestamp::MAX)
    }

    /// The first slot that lies half an interval or more after a moment: a look at an odd time stands for a near slot.
    pub fn after(&self, after: Timestamp) -> Timestamp {
        self.at(self.index_after(after))
    }

    fn index_after(&self, after: Timestamp) -> i64 {
        let earliest = after.as_millisecond().saturating_add(self.length / 2);
        let mut index = (earliest - self.phase).div_euclid(self.length) - 1;
        while self.at(index).as_millisecond() < earliest {
            index += 1;
        }
        index
    }

    /// The last slot that is not after a moment.
    fn index_until(&self, until: Timestamp) -> i64 {
        let mut index = (until.as_millisecond() - self.phase).div_euclid(self.length) + 1;
        while self.at(index) > until {
            index -= 1;
        }
        index
    }
}

/// A number that looks like chance and is not (the finalizer of SplitMix64, Steele et al., OOPSLA 2014).
pub(super) fn mix(a: u64, b: u64) -> u64 {
    let mut x = a.wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ b.wrapping_add(0x9E37_79B9_7F4A_7C15);
    x = (x ^ (x >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    x = (x ^ (x >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    x ^ (x >> 31)
}
