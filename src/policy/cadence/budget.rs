//! Budgets of hosts: how far apart looks have to be, and how due times end for which nothing is left.

use std::time::Duration;

use jiff::Timestamp;

use super::slots::{self, mix};
use super::{Limits, Look, chain, missed, next, plus, row, seconds};
use crate::model::{Budget, Cadence, DueEnd, DueRow, Pulse, SkipReason};

/// So much of a budget is planned for; the rest is for further tries, and for what is asked for by hand.
const PLANNED: f64 = 0.9;
/// Adaptive looks are left so much, whatever times others are set to.
const LEAST: f64 = 0.1;

/// How far apart the adaptive looks at one page have to be at least, so that those at all pages of a host stay within its
/// budget: no farther than that takes, and those that are farther apart anyway stay as they are. `each` are the intervals of
/// adaptive watches, `set` those of the others; each of them stands for `weight` watches.
pub fn apart(budget: Budget, per_look: f64, each: &[Duration], set: &[Duration], weight: f64) -> Duration {
    let length = if budget.hourly { 3600.0 } else { 86_400.0 };
    let looks = f64::from(budget.requests) / per_look.max(1.0) / length;
    let demand = |times: &[Duration]| times.iter().map(|t| weight / t.as_secs_f64().max(1.0)).sum::<f64>();
    let room = (looks * PLANNED - demand(set)).max(looks * LEAST);
    let mut rest = demand(each);
    if rest <= room {
        return Duration::ZERO;
    }
    let mut each = each.to_vec();
    each.sort_unstable();
    let mut apart = 0.0;
    for (n, own) in each.iter().enumerate() {
        // All up to this one are looked at equally often; what is farther apart keeps its times.
        rest -= weight / own.as_secs_f64().max(1.0);
        let left = room - rest;
        if left > 0.0 {
            apart = (n + 1) as f64 * weight / left;
            if each.get(n + 1).is_none_or(|later| apart <= later.as_secs_f64()) {
                break;
            }
        }
    }
    Duration::try_from_secs_f64(apart).unwrap_or(Duration::MAX)
}

impl Limits {
    /// The same for a watch of a host whose looks have to be so far apart. The budget has the last word. No two watches keep
    /// the same step, so that they do not come together.
    pub fn stretched(self, apart: Duration, watch: u64) -> Self {
        let more = apart / 1000 * u32::try_from(mix(watch, 1) % 200).unwrap_or(0);
        let floor = self.floor.max(apart.saturating_add(more));
        Self { floor, ceiling: self.ceiling.max(floor) }
    }
}

/// Ends the due times of a watch whose host may not be asked before `anew_at`, when a budget for so long begins; and says when
/// the watch is due then: what was passed over is spread over the first half of it.
pub fn pass(
    cadence: &Cadence,
    pulse: &Pulse,
    limits: Limits,
    watch: u64,
    look: Look,
    (length, anew_at): (Duration, Timestamp),
) -> (Vec<DueRow>, Timestamp) {
    let half = (seconds(length) / 2).max(1);
    let spread = plus(anew_at, (mix(watch, anew_at.as_second().unsigned_abs()) % half.unsigned_abs()) as i64);
    let regular = match cadence {
        Cadence::Adaptive => Timestamp::MAX,
        _ => next(cadence, pulse, limits, watch, anew_at),
    };
    // Times of the clock that come often are kept; who is looked at once a month does not wait for the next one.
    let follows = if regular > plus(anew_at, seconds(length)) { spread } else { regular };
    let Some(planned) = look.planned else { return (Vec::new(), follows) };
    let (own, mut rows) = missed(cadence, watch, planned, &look);
    // All that would have come before then.
    let before = follows.checked_sub(jiff::SignedDuration::from_millis(1)).unwrap_or(follows);
    let more = slots::between(cadence, watch, own, before);
    let (until, times) = more.map_or((None, 1), |more| (Some(more.last), more.count.saturating_add(1)));
    rows.push(row(own, until, times, DueEnd::Skipped, Some(SkipReason::Budget)));
    (chain(rows, follows), follows)
}

#[cfg(test)]
#[path = "budget_tests.rs"]
mod tests;
