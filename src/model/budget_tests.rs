//! Budgets as they are written, and what was spent of them.

use std::time::Duration;

use jiff::Timestamp;

use super::*;

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

#[test]
fn budgets_are_read_as_they_are_written() {
    for text in ["500/day", "60/hour"] {
        assert_eq!(text.parse::<Budget>().map(|b| b.to_string()), Ok(text.to_owned()));
    }
    for text in ["", "500", "0/day", "-1/day", "5/week", "many/day", "5000000000/day"] {
        assert!(text.parse::<Budget>().is_err(), "{text}");
    }
}

#[test]
fn each_hour_and_each_day_begins_with_nothing_spent() {
    let (hourly, daily) = (Budget { requests: 5, hourly: true }, Budget { requests: 5, hourly: false });
    let mut spent = Spent::new("a.test:80".into());
    spent.count(3, at("2026-03-01T10:59:59Z"));
    assert_eq!(spent.within(hourly, at("2026-03-01T10:00:00Z")), 3);
    assert_eq!(spent.within(hourly, at("2026-03-01T11:00:00Z")), 0);
    spent.count(2, at("2026-03-01T11:00:01Z"));
    assert_eq!(spent.within(hourly, at("2026-03-01T11:30:00Z")), 2);
    assert_eq!(spent.within(daily, at("2026-03-01T23:59:59Z")), 5);
    assert_eq!(spent.within(daily, at("2026-03-02T00:00:00Z")), 0);
    assert_eq!(daily.window(at("2026-03-01T23:00:00Z")), (Duration::from_secs(86_400), at("2026-03-02T00:00:00Z")));
}
