//! Budgets: looks fit into them, and what does not is passed over without a gap.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;

use super::super::*;
use super::{LEAST, PLANNED, apart, pass};
use crate::model::Budget;

const LIMITS: Limits = Limits { floor: Duration::from_secs(600), ceiling: Duration::from_secs(30 * 86_400) };

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

proptest! {
    #[test]
    fn looks_that_are_so_far_apart_fit_and_no_farther_than_that_takes(
        requests in 1_u32..2000, hourly: bool, per_look in 0.5_f64..20.0, weight in 1.0_f64..5.0,
        each in prop::collection::vec(600_u64..2_600_000, 1..60),
        set in prop::collection::vec(600_u64..2_600_000, 0..10),
    ) {
        let budget = Budget { requests, hourly };
        let times = |all: &[u64]| all.iter().map(|s| Duration::from_secs(*s)).collect::<Vec<_>>();
        let got = apart(budget, per_look, &times(&each), &times(&set), weight).as_secs_f64();
        let looks = f64::from(requests) / per_look.max(1.0) / if hourly { 3600.0 } else { 86_400.0 };
        let demand = |all: &[u64], least: f64| all.iter().map(|s| weight / (*s as f64).max(least)).sum::<f64>();
        let room = (looks * PLANNED - demand(&set, 0.0)).max(looks * LEAST);
        prop_assert!(demand(&each, got) <= room * 1.000_001, "{got} s are not enough");
        if got > 0.0 {
            prop_assert!(demand(&each, got * 0.99) > room, "{got} s are more than it takes");
        }
    }

    #[test]
    fn what_is_passed_over_forms_a_chain_that_ends_in_the_next_budget(
        watch: u64, which in 0_usize..5, late in 0_i64..400_000, hourly: bool,
    ) {
        let every: Cadence = ["adaptive", "10m", "6h", "30d", "30 7 * * 1-5 Europe/Berlin"][which].parse().unwrap();
        let planned = at("2026-03-28T12:00:00Z");
        let now = planned.checked_add(SignedDuration::from_secs(late)).unwrap();
        let look = Look {
            planned: Some(planned), waiting: None, enqueued_at: now, begun_at: now, ended_at: now, ends_at: None, soon: None,
        };
        let window = Budget { requests: 1, hourly }.window(now);
        let (rows, follows) = pass(&every, &Pulse::new(planned), LIMITS, watch, look, window);
        prop_assert!(follows >= window.1 && follows <= window.1.checked_add(window.0).unwrap(), "{follows}");
        prop_assert_eq!(rows[0].at, planned);
        for two in rows.windows(2) {
            prop_assert_eq!(two[0].next, Some(two[1].at));
            prop_assert!(two[0].until.unwrap_or(two[0].at) < two[1].at);
        }
        let last = rows.last().unwrap();
        prop_assert_eq!((last.ended, last.reason, last.next), (DueEnd::Skipped, Some(SkipReason::Budget), Some(follows)));
        prop_assert!(last.until.unwrap_or(last.at) < follows);
    }
}

#[test]
fn all_due_times_of_an_interval_are_accounted_for() {
    let planned = at("2026-03-28T12:00:00Z");
    let look = Look {
        planned: Some(planned),
        waiting: None,
        enqueued_at: planned,
        begun_at: planned,
        ended_at: planned,
        ends_at: None,
        soon: None,
    };
    let window = Budget { requests: 1, hourly: false }.window(planned);
    let (rows, follows) = pass(&"1h".parse().unwrap(), &Pulse::new(planned), LIMITS, 7, look, window);
    assert_eq!(rows.len(), 1);
    assert!((12..=13).contains(&rows[0].times), "half a day of hours is one row: {:?}", rows[0]);
    assert!(follows < window.1.checked_add(SignedDuration::from_mins(100)).unwrap(), "{follows}");
}

/// Two months of a host with 300 adaptive watches and 100 requests a day.
#[test]
fn adaptive_watches_settle_into_the_budget_of_their_host() {
    const WATCHES: u64 = 300;
    let budget = Budget { requests: 100, hourly: false };
    let begin = at("2026-01-01T00:00:00Z");
    let mut pulses = vec![Pulse::new(begin); WATCHES as usize];
    let mut looked = vec![begin; WATCHES as usize];
    let mut queue: BinaryHeap<Reverse<(Timestamp, u64)>> = (0..WATCHES).map(|n| Reverse((begin, n))).collect();
    let (mut day, mut used, mut reckoned, mut share) = (begin, 0, Timestamp::MIN, Duration::ZERO);
    let (mut looks, mut skips, mut counts) = (0_u32, 0_u32, vec![0_u32; WATCHES as usize]);
    let (settled, end) = (at("2026-01-08T00:00:00Z"), at("2026-03-01T00:00:00Z"));
    while let Some(Reverse((now, n))) = queue.pop().filter(|Reverse((now, _))| *now < end) {
        let window = budget.window(now);
        if window.1 != day {
            (day, used) = (window.1, 0);
        }
        let late = u32::from(now > settled);
        if used >= budget.requests {
            let look = Look {
                planned: Some(now),
                waiting: None,
                enqueued_at: now,
                begun_at: now,
                ended_at: now,
                ends_at: None,
                soon: None,
            };
            let (_, follows) = pass(&Cadence::Adaptive, &pulses[n as usize], LIMITS, n, look, window);
            skips += late;
            queue.push(Reverse((follows, n)));
            continue;
        }
        used += 1;
        looks += late;
        counts[n as usize] += late;
        let index = n as usize;
        // Each fifth changes every other day, the others hardly ever.
        let each = if n.is_multiple_of(5) { 2 * 86_400 } else { 300 * 86_400 };
        let changed = pulses[index].seen_at.map(|seen| seen.as_second() / each != now.as_second() / each);
        pulses[index] =
            beat(&pulses[index], changed.map_or(Saw::First, |c| if c { Saw::Changed } else { Saw::Same }), now);
        looked[index] = now;
        if now.duration_since(reckoned) > SignedDuration::from_mins(10) {
            let natural = |n: usize| {
                let next = next(&Cadence::Adaptive, &pulses[n], LIMITS, n as u64, looked[n]);
                Duration::try_from(next.duration_since(looked[n])).unwrap()
            };
            let each: Vec<Duration> = (0..WATCHES as usize).map(natural).collect();
            (reckoned, share) = (now, apart(budget, 1.0, &each, &[], 1.0));
        }
        let limits = LIMITS.stretched(share, n);
        queue.push(Reverse((next(&Cadence::Adaptive, &pulses[index], limits, n, now), n)));
    }
    assert!(skips * 20 < looks, "{skips} skipped beside {looks} looks: not one in twenty");
    assert!(looks > 100 * 52 / 3, "the budget is made use of: {looks} looks in 52 days");
    assert!(counts.iter().all(|n| *n >= 1), "nobody is forgotten: {counts:?}");
    let mean = |lively: bool| {
        let mine: Vec<u32> =
            (0..WATCHES).filter(|n| n.is_multiple_of(5) == lively).map(|n| counts[n as usize]).collect();
        f64::from(mine.iter().sum::<u32>()) / mine.len() as f64
    };
    assert!(mean(true) > 2.0 * mean(false), "what changes is looked at more: {} and {}", mean(true), mean(false));
}
