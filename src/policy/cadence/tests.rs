//! When it is looked again, and how due times end, on clocks that go forward and back.

use std::time::Duration;

use jiff::Timestamp;
use proptest::prelude::*;

use super::*;

const LIMITS: Limits = Limits { floor: Duration::from_secs(600), ceiling: Duration::from_secs(30 * 86_400) };

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn cron(text: &str) -> Cadence {
    text.parse().unwrap()
}

/// The due times of a watch that never changes, from a moment on.
fn times(cadence: &Cadence, from: &str, n: usize) -> Vec<String> {
    let mut now = at(from);
    let pulse = Pulse::new(now);
    let mut out = Vec::new();
    for _ in 0..n {
        now = next(cadence, &pulse, LIMITS, 7, now);
        out.push(now.to_string());
    }
    out
}

#[test]
fn a_time_that_the_clock_skips_comes_at_the_first_minute_after_the_gap() {
    // Berlin goes from 2:00 to 3:00 on 29 March 2026, at 1:00 UTC.
    let cadence = cron("30 2 * * * Europe/Berlin");
    let got = times(&cadence, "2026-03-28T00:00:00Z", 3);
    assert_eq!(got, ["2026-03-28T01:30:00Z", "2026-03-29T01:00:00Z", "2026-03-30T00:30:00Z"]);
    // Several skipped ones are one.
    let got = times(&cron("*/15 2,3 * * * Europe/Berlin"), "2026-03-29T00:50:00Z", 3);
    assert_eq!(got, ["2026-03-29T01:00:00Z", "2026-03-29T01:15:00Z", "2026-03-29T01:30:00Z"]);
    // Lord Howe moves by half an hour.
    let got = times(&cron("15 2 * * * Australia/Lord_Howe"), "2026-10-02T20:00:00Z", 2);
    assert_eq!(got, ["2026-10-03T15:30:00Z", "2026-10-04T15:15:00Z"]);
}

#[test]
fn a_time_that_comes_twice_counts_once() {
    // Berlin goes from 3:00 back to 2:00 on 25 October 2026, at 1:00 UTC.
    let got = times(&cron("30 2 * * * Europe/Berlin"), "2026-10-24T12:00:00Z", 2);
    assert_eq!(got, ["2026-10-25T00:30:00Z", "2026-10-26T01:30:00Z"]);
    // Asked in the middle of the second hour: nothing of it is repeated.
    let got = times(&cron("*/20 * * * * Europe/Berlin"), "2026-10-25T01:10:00Z", 1);
    assert_eq!(got, ["2026-10-25T02:00:00Z"]);
    // Saint John's, half an hour beside the others.
    let got = times(&cron("30 1 * * * America/St_Johns"), "2026-10-31T12:00:00Z", 2);
    assert_eq!(got, ["2026-11-01T04:00:00Z", "2026-11-02T05:00:00Z"]);
}

#[test]
fn what_is_no_time_is_said_clearly() {
    for (text, says) in [
        ("5", "takes \"adaptive\""),
        ("0s", "an interval is from 1s"),
        ("61 * * * *", "not five fields"),
        ("0 0 30 2 *", "never comes"),
        ("0 6 * * * Mars/Olympus", "not the name of a time zone"),
        ("0 0 6 * * * Europe/Berlin", "takes \"adaptive\""),
    ] {
        let why = text.parse::<Cadence>().unwrap_err();
        assert!(why.contains(says), "{text}: {why}");
    }
    for text in ["adaptive", "6h", "2h 30m", "30 7 * * 1-5 Europe/Berlin"] {
        assert_eq!(text.parse::<Cadence>().unwrap().to_string(), text);
    }
    assert_eq!(cron("0 6 * * *").to_string(), "0 6 * * * UTC");
}

#[test]
fn a_new_page_is_looked_at_often_then_ever_more_seldom() {
    let begin = at("2026-01-01T00:00:00Z");
    let (mut pulse, mut now, mut waits) = (Pulse::new(begin), begin, Vec::new());
    for n in 0..24 {
        pulse = beat(&pulse, if n == 0 { Saw::First } else { Saw::Same }, now);
        let then = next(&Cadence::Adaptive, &pulse, LIMITS, 1, now);
        waits.push(then.duration_since(now).as_secs());
        now = then;
    }
    assert!((600..=660).contains(&waits[0]), "{waits:?}");
    let looks_of_the_first_day = waits
        .iter()
        .scan(0, |sum, w| {
            *sum += w;
            Some(*sum)
        })
        .filter(|t| *t <= 26 * 3600);
    assert!((4..=5).contains(&looks_of_the_first_day.count()), "{waits:?}");
    assert!(waits.windows(2).all(|w| w[1] * 10 >= w[0] * 6), "{waits:?}");
    let last = waits[23];
    assert!((27 * 86_400..=30 * 86_400).contains(&last), "the ceiling: {waits:?}");
}

#[test]
fn a_change_brings_the_looks_back_and_the_rate_is_learned() {
    // A page that changes each six hours, looked at for a month: the interval comes to about that.
    let begin = at("2026-01-01T00:00:00Z");
    let (mut pulse, mut now, mut looks) = (Pulse::new(begin), begin, 0);
    let mut changed_until = begin;
    while now < at("2026-02-01T00:00:00Z") {
        let changed = now.duration_since(changed_until).as_secs() / (6 * 3600);
        if changed > 0 {
            changed_until = plus(changed_until, changed * 6 * 3600);
        }
        pulse = beat(&pulse, if changed > 0 { Saw::Changed } else { Saw::Same }, now);
        now = next(&Cadence::Adaptive, &pulse, LIMITS, 1, now);
        looks += 1;
    }
    // 124 changes; some looks after each.
    assert!((150..=600).contains(&looks), "{looks}");
    // The same page falls silent: within two months it is looked at once in a fortnight or less.
    let end = at("2026-04-01T00:00:00Z");
    while now < end {
        pulse = beat(&pulse, Saw::Same, now);
        now = next(&Cadence::Adaptive, &pulse, LIMITS, 1, now);
    }
    assert!(now.duration_since(end).as_secs() < 30 * 86_400);
    let then = next(&Cadence::Adaptive, &beat(&pulse, Saw::Same, now), LIMITS, 1, now);
    assert!(then.duration_since(now).as_secs() > 5 * 86_400, "{}", then.duration_since(now));
}

#[test]
fn what_is_missing_is_confirmed_and_never_dropped() {
    for cadence in [Cadence::Adaptive, Cadence::Interval(Duration::from_secs(6 * 3600))] {
        let begin = at("2026-01-01T00:00:00Z");
        let mut pulse = Pulse::new(begin);
        pulse.seen_at = Some(begin);
        let gone = plus(begin, 40 * DAY);
        let mut now = gone;
        let mut looks = Vec::new();
        for _ in 0..80 {
            pulse = beat(&pulse, Saw::Absent, now);
            looks.push(now.duration_since(gone).as_secs());
            now = next(&cadence, &pulse, LIMITS, 1, now);
        }
        for step in CONFIRM {
            assert!(looks.contains(&step), "{cadence}: a look {step} s after: {looks:?}");
        }
        let last = looks[79] - looks[78];
        assert!((6 * DAY..=8 * DAY).contains(&last), "{cadence}: weekly at last: {last}");
    }
}

#[test]
fn trouble_is_tried_again_soon_and_says_nothing_of_the_page() {
    let begin = at("2026-01-01T00:00:00Z");
    let mut pulse = Pulse::new(begin);
    pulse.seen_at = Some(plus(begin, 300 * DAY));
    let now = plus(begin, 320 * DAY);
    let wait = |pulse: &Pulse| next(&Cadence::Adaptive, pulse, LIMITS, 1, now).duration_since(now).as_secs();
    let mut waits = Vec::new();
    for _ in 0..5 {
        pulse = beat(&pulse, Saw::Trouble, now);
        waits.push(wait(&pulse));
    }
    assert_eq!(waits, [HOUR, 6 * HOUR, DAY, DAY, DAY]);
    let after = beat(&pulse, Saw::Same, now);
    assert_eq!((after.since, after.troubles, after.looks), (begin, 0, 1.0));
    assert!(wait(&after) > 20 * DAY);
}

#[test]
fn a_thousand_watches_of_one_interval_are_spread_over_it() {
    let now = at("2026-01-01T00:00:00Z");
    let hour = Cadence::Interval(Duration::from_secs(3600));
    let mut minutes = [0; 100];
    for watch in 0..1000 {
        let then = next(&hour, &Pulse::new(now), LIMITS, watch, now);
        minutes[(then.duration_since(now).as_secs() / 60) as usize] += 1;
    }
    // From half an interval on, for one interval (and what shakes them).
    assert!(minutes[..29].iter().all(|n| *n == 0), "{minutes:?}");
    assert!(minutes[31..88].iter().all(|n| (5..=35).contains(n)), "{minutes:?}");
}

fn look(planned: Timestamp, enqueued: Timestamp, begun: Timestamp, ended: Timestamp) -> Look {
    Look {
        planned: Some(planned),
        waiting: None,
        enqueued_at: enqueued,
        begun_at: begun,
        ended_at: ended,
        ends_at: None,
        soon: None,
    }
}

#[test]
fn due_times_of_a_week_of_downtime_collapse_into_one_look() {
    let daily = cron("0 6 * * * Asia/Tehran");
    let planned = at("2026-05-01T02:30:00Z");
    let back = at("2026-05-08T09:00:00Z");
    let settled = settle(&daily, Pulse::new(planned), LIMITS, 1, look(planned, back, back, plus(back, 9)));
    let ends: Vec<_> = settled.ended.iter().map(|row| (row.at.to_string(), row.times, row.ended)).collect();
    assert_eq!(
        ends,
        [("2026-05-01T02:30:00Z".to_owned(), 7, DueEnd::Missed), ("2026-05-08T02:30:00Z".to_owned(), 1, DueEnd::Late),]
    );
    assert_eq!(settled.ended[0].until, Some(at("2026-05-07T02:30:00Z")));
    assert_eq!(settled.ended[0].next, Some(settled.ended[1].at));
    assert_eq!(settled.ended[1].next, settled.next);
    assert_eq!(settled.next, Some(at("2026-05-09T02:30:00Z")));
}

#[test]
fn due_times_that_pass_while_a_look_is_under_way_are_skipped_with_the_reason() {
    let each = cron("* * * * * UTC");
    let planned = at("2026-05-01T00:00:00Z");
    let settled = settle(&each, Pulse::new(planned), LIMITS, 1, look(planned, planned, planned, plus(planned, 200)));
    let ends: Vec<_> = settled.ended.iter().map(|row| (row.times, row.ended, row.reason)).collect();
    assert_eq!(ends, [(1, DueEnd::Ran, None), (3, DueEnd::Skipped, Some(SkipReason::Waiting))]);
    assert_eq!(settled.next, Some(plus(planned, 240)));
}

#[test]
fn a_look_by_hand_leaves_the_plan_alone_unless_it_found_something() {
    let (now, later) = (at("2026-05-01T00:00:00Z"), at("2026-05-20T00:00:00Z"));
    let by_hand = Look {
        planned: None,
        waiting: Some(later),
        enqueued_at: now,
        begun_at: now,
        ended_at: now,
        ends_at: None,
        soon: None,
    };
    let mut pulse = Pulse::new(plus(now, -200 * DAY));
    pulse.seen_at = Some(plus(now, -20 * DAY));
    let same = settle(&Cadence::Adaptive, beat(&pulse, Saw::Same, now), LIMITS, 1, by_hand);
    assert_eq!((same.ended.len(), same.next), (0, None));
    let changed = settle(&Cadence::Adaptive, beat(&pulse, Saw::Changed, now), LIMITS, 1, by_hand);
    assert_eq!(changed.ended[0].reason, Some(SkipReason::Sooner));
    assert!(changed.next.unwrap() < plus(now, HOUR));
}

proptest! {
    /// Whatever happened: the next look comes later, each due time ends once, in order, and none is left out.
    #[test]
    fn due_times_form_a_chain(
        which in 0usize..5, watch in 0u64..1000, away in 0i64..40 * DAY, waited in 0i64..DAY, took in 0i64..2 * DAY,
        start in 1_700_000_000i64..1_900_000_000,
    ) {
        let cadence = [
            Cadence::Adaptive, Cadence::Interval(Duration::from_secs(3600)), Cadence::Interval(Duration::from_secs(86_400 * 3)),
            cron("*/30 * * * * Europe/Berlin"), cron("15 2 * * * America/New_York"),
        ][which].clone();
        let start = Timestamp::from_second(start).unwrap();
        let planned = next(&cadence, &Pulse::new(start), LIMITS, watch, start);
        prop_assert!(planned > start);
        let enqueued = plus(planned, away);
        let begun = plus(enqueued, waited);
        let ended = plus(begun, took);
        let settled = settle(&cadence, Pulse::new(start), LIMITS, watch, look(planned, enqueued, begun, ended));
        prop_assert_eq!(settled.ended[0].at, planned);
        let looks = settled.ended.iter().filter(|r| matches!(r.ended, DueEnd::Ran | DueEnd::Late)).count();
        prop_assert_eq!(looks, 1);
        for two in settled.ended.windows(2) {
            prop_assert!(two[0].until.unwrap_or(two[0].at) < two[1].at);
            prop_assert_eq!(two[0].next, Some(two[1].at));
        }
        let last = settled.ended.last().unwrap();
        prop_assert!(last.until.unwrap_or(last.at) <= ended);
        prop_assert_eq!(last.next, settled.next);
        prop_assert!(settled.next.unwrap() > ended);
        if let Cadence::Cron(cron) = &cadence {
            // One by one, as somebody would who was there all the time.
            let (mut count, mut at) = (1, planned);
            while let Some(then) = cron.next(at).filter(|then| *then <= ended) {
                (count, at) = (count + 1, then);
            }
            prop_assert_eq!(settled.ended.iter().map(|r| r.times).sum::<u32>(), count);
        }
    }
}
