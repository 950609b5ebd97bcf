//! When to look again, and how due times end. Pure: what is known goes in, moments come out.
//!
//! **Adaptive.** After first sight and after each change a page is looked at after 10 minutes, 1, 6 and 24 hours: most edits
//! and deletions come early. Then the interval follows the observed rate of change, by the estimator of Cho and Garcia-Molina for a source that is looked at
//! and either changed or not (Estimating frequency of change, ACM TOIT 3(3), 2003, section 4.2):
//! `rate = -ln((n - x + 0.5) / (n + 0.5)) / I` for `n` looks at intervals `I`, `x` of which found a change. Their intervals
//! are equal; ours are not, so `I` is the mean. Older looks weigh less, so that a page may change its ways. The next look comes
//! when the chance of a change reaches one half (`ln 2 / rate`), or when the page has been quiet for half as long again as it
//! is by then: a page that never changed is looked at ever more seldom, within a floor and a ceiling.
//!
//! **Nothing there.** A page that is absent is looked at again after 5 minutes, 1, 6, 24 hours, 3 and 14 days, then weekly.
//!
//! **Trouble.** A wall or a fault says nothing of the page: it is tried again after 1, 6 and 24 hours, unless it is due sooner.

mod budget;
mod slots;
#[cfg(test)]
mod tests;

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use crate::model::{Cadence, DueEnd, DueRow, Outcome, Pulse, Settled, SkipReason};
pub use budget::{apart, pass};
use slots::Slots;

const MINUTE: i64 = 60;
const HOUR: i64 = 3600;
const DAY: i64 = 24 * HOUR;
/// Looks after first sight and after each change, in seconds.
pub const FRESH: [i64; 4] = [10 * MINUTE, HOUR, 6 * HOUR, DAY];
/// Looks that confirm that something is gone, in seconds after it was first missing.
pub const CONFIRM: [i64; 6] = [5 * MINUTE, HOUR, 6 * HOUR, DAY, 3 * DAY, 14 * DAY];
/// Looks after trouble, in seconds after it.
const TROUBLE: [i64; 3] = [HOUR, 6 * HOUR, DAY];
/// A look that begins later than this after its time is late, in seconds.
const GRACE: i64 = 5 * MINUTE;
/// What a look weighs against the next one: about the last 30 count.
const KEEP: f64 = 0.97;

/// Between which bounds adaptive looks keep.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// The shortest interval.
    pub floor: Duration,
    /// The longest interval.
    pub ceiling: Duration,
}

/// What a look saw, as far as the schedule goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Saw {
    /// Content, for the first time.
    First,
    /// The content that was known.
    Same,
    /// Other content.
    Changed,
    /// A statement that there is nothing.
    Absent,
    /// Neither.
    Trouble,
}

/// What a look saw. `changed` as the snapshot has it.
pub fn saw(outcome: Outcome, changed: Option<bool>) -> Saw {
    match changed {
        _ if outcome.is_absence() => Saw::Absent,
        _ if !outcome.is_content() => Saw::Trouble,
        Some(true) => Saw::Changed,
        Some(false) => Saw::Same,
        None => Saw::First,
    }
}

/// What is known of a watch after a look.
pub fn beat(before: &Pulse, saw: Saw, at: Timestamp) -> Pulse {
    let mut pulse = *before;
    match saw {
        Saw::Trouble => pulse.troubles = pulse.troubles.saturating_add(1),
        Saw::Absent => {
            pulse.troubles = 0;
            pulse.absent_since.get_or_insert(at);
        }
        Saw::First | Saw::Same | Saw::Changed => {
            pulse.troubles = 0;
            let came_back = pulse.absent_since.take().is_some();
            if let Some(seen_at) = pulse.seen_at
                && at > seen_at
            {
                pulse.looks = pulse.looks * KEEP + 1.0;
                pulse.changes = pulse.changes * KEEP + f64::from(u8::from(saw == Saw::Changed));
                pulse.observed = pulse.observed * KEEP + at.duration_since(seen_at).as_secs_f64();
            }
            pulse.seen_at = Some(at);
            if saw == Saw::Changed || came_back {
                pulse.since = at;
            }
        }
    }
    pulse
}

/// When a watch is looked at next after a moment. `watch` spreads watches over the time.
pub fn next(cadence: &Cadence, pulse: &Pulse, limits: Limits, watch: u64, after: Timestamp) -> Timestamp {
    let regular = match cadence {
        Cadence::Adaptive => plus(after, adaptive(pulse, limits, watch, after)),
        Cadence::Interval(length) => Slots::new(watch, *length).after(after),
        // Checked when it was read: there is a next one before the years end.
        Cadence::Cron(cron) => cron.next(after).unwrap_or(Timestamp::MAX),
    };
    if let Some(since) = pulse.absent_since {
        let confirm = CONFIRM.iter().map(|step| plus(since, *step)).find(|at| *at > after);
        return match (confirm, cadence) {
            (Some(confirm), _) => regular.min(confirm),
            // It is gone: never dropped, but there is no hurry.
            (None, Cadence::Cron(_)) => regular,
            (None, Cadence::Interval(_)) => plus(after, spread(7 * DAY, watch, after)).max(regular),
            (None, Cadence::Adaptive) => plus(after, spread(7 * DAY, watch, after)),
        };
    }
    match TROUBLE.get((pulse.troubles as usize).saturating_sub(1).min(TROUBLE.len() - 1)) {
        Some(pause) if pulse.troubles > 0 && *cadence == Cadence::Adaptive => regular.min(plus(after, *pause)),
        _ => regular,
    }
}

/// Seconds until the next adaptive look.
fn adaptive(pulse: &Pulse, limits: Limits, watch: u64, after: Timestamp) -> i64 {
    let (floor, ceiling) = (seconds(limits.floor), seconds(limits.ceiling));
    let quiet = after.duration_since(pulse.since).as_secs().max(0);
    if let Some(step) = FRESH.iter().find(|step| **step > quiet) {
        // Only later, never sooner: a look just before a step would be followed by one just after it.
        let wait = step - quiet;
        return (wait + (spread(wait, watch, after) - wait).abs()).clamp(floor, ceiling);
    }
    let rate = rate(pulse);
    let by_rate = if rate > 0.0 { (std::f64::consts::LN_2 / rate).min(1e12) as i64 } else { i64::MAX };
    spread(by_rate.min(quiet / 2), watch, after).clamp(floor, ceiling)
}

/// Changes a second, as far as looks tell.
fn rate(pulse: &Pulse) -> f64 {
    let (n, x) = (pulse.looks, pulse.changes.min(pulse.looks));
    if n <= 0.0 || pulse.observed <= 0.0 || x <= 0.0 {
        return 0.0;
    }
    -((n - x + 0.5) / (n + 0.5)).ln() * n / pulse.observed
}

/// Up to a tenth more or less, the same for the same watch and moment.
fn spread(length: i64, watch: u64, at: Timestamp) -> i64 {
    let part = (slots::mix(watch, at.as_millisecond() as u64) % 2001) as i64 - 1000;
    // In parts of ten thousand; a pause of minutes is not made shorter.
    length + (length / 10_000).saturating_mul(part)
}

/// How the due times of a watch end with a look.
#[derive(Clone, Copy, Debug)]
pub struct Look {
    /// The due time that it was claimed for; `None`: asked for by hand.
    pub planned: Option<Timestamp>,
    /// The due time that waits while a look is asked for by hand.
    pub waiting: Option<Timestamp>,
    /// When somebody was there who saw that it is due.
    pub enqueued_at: Timestamp,
    /// When it was begun.
    pub begun_at: Timestamp,
    /// When it had ended.
    pub ended_at: Timestamp,
    /// The watch is not looked at after that; `None`: for ever.
    pub ends_at: Option<Timestamp>,
    /// Something of it is left to be asked for, from then on: the next look is no later than [`SOON`] after that.
    pub soon: Option<Timestamp>,
}

/// What a look left to be asked for is asked for after so many seconds.
pub const SOON: i64 = 60;

/// Ends due times with a look and plans the next. `pulse` is of after the look.
pub fn settle(cadence: &Cadence, pulse: Pulse, limits: Limits, watch: u64, look: Look) -> Settled {
    let follows = next(cadence, &pulse, limits, watch, look.ended_at);
    let follows = look.soon.map_or(follows, |at| follows.min(plus(at, SOON)));
    // What is missing is looked at until that is settled: gone, or there again.
    let settles = pulse.absent_since.is_some_and(|since| follows <= plus(since, CONFIRM[CONFIRM.len() - 1]));
    let over = look.ends_at.is_some_and(|end| follows > end) && !settles;
    // A look that was asked for by hand is also the one for a due time that came meanwhile.
    let waiting = look.waiting;
    let Some(planned) = look.planned.or(waiting.filter(|at| *at <= look.ended_at)) else {
        let Some(later) = waiting.filter(|at| follows < *at) else {
            return Settled { ended: Vec::new(), next: None, over: false, waiting, pulse };
        };
        let row = row(later, None, 1, DueEnd::Skipped, Some(SkipReason::Sooner));
        return Settled { ended: chain(vec![row], follows), next: Some(follows), over: false, waiting, pulse };
    };
    let (own, mut rows) = missed(cadence, watch, planned, &look);
    let late = look.begun_at.duration_since(own).as_secs() > GRACE;
    rows.push(row(own, None, 1, if late { DueEnd::Late } else { DueEnd::Ran }, None));
    if let Some(waited) = slots::between(cadence, watch, own, look.ended_at) {
        let until = (waited.count > 1).then_some(waited.last);
        rows.push(row(waited.first, until, waited.count, DueEnd::Skipped, Some(SkipReason::Waiting)));
    }
    Settled { ended: chain(rows, follows), next: Some(follows).filter(|_| !over), over, waiting, pulse }
}

/// What came due while nobody was there is made up for by one look: the newest of them is the one that it is for, and the others
/// were missed.
fn missed(cadence: &Cadence, watch: u64, planned: Timestamp, look: &Look) -> (Timestamp, Vec<DueRow>) {
    let there = look.enqueued_at.min(look.begun_at).max(planned);
    match slots::between(cadence, watch, planned, there) {
        None => (planned, Vec::new()),
        Some(missed) => {
            let until = (missed.count > 1).then_some(missed.before_last);
            (missed.last, vec![row(planned, until, missed.count, DueEnd::Missed, None)])
        }
    }
}

fn row(at: Timestamp, until: Option<Timestamp>, times: u32, ended: DueEnd, reason: Option<SkipReason>) -> DueRow {
    DueRow { at, until, times, ended, reason, next: None }
}

/// Each row names the due time that follows it.
fn chain(mut rows: Vec<DueRow>, follows: Timestamp) -> Vec<DueRow> {
    let mut next = follows;
    for row in rows.iter_mut().rev() {
        row.next = Some(next);
        next = row.at;
    }
    rows
}

fn plus(at: Timestamp, seconds: i64) -> Timestamp {
    at.checked_add(SignedDuration::from_secs(seconds)).unwrap_or(Timestamp::MAX)
}

fn seconds(length: Duration) -> i64 {
    i64::try_from(length.as_secs()).unwrap_or(i64::MAX).max(1)
}
