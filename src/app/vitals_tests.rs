use std::sync::{Arc, Mutex};
use std::time::Duration;

use super::Vitals;
use crate::crawl::{Event, Listener};
use crate::model::{Outcome, SnapshotId};

fn finished(outcome: Outcome, changed: Option<bool>) -> Event {
    Event::Finished {
        host: "a.example:443".into(),
        url: "https://a.example/".into(),
        snapshot: SnapshotId(1),
        outcome,
        changed,
        reason: None,
        bytes: 1000,
        took: Duration::ZERO,
        retry_in: None,
    }
}

#[test]
fn what_is_told_is_counted_and_told_on() {
    let (vitals, heard) = (Arc::new(Vitals::new()), Arc::new(Mutex::new(0)));
    let count = Arc::clone(&heard);
    let listener: Listener = Arc::new(move |_| *count.lock().unwrap() += 1);
    let listener = vitals.beside(&listener);
    listener(finished(Outcome::Captured, Some(true)));
    listener(finished(Outcome::Unchanged, Some(false)));
    listener(finished(Outcome::Unchanged, Some(false)));
    listener(Event::Tick { in_flight: 3, waiting: 4 });
    assert_eq!(*heard.lock().unwrap(), 3, "ticks are for the watchdog alone");
    let text = vitals.metrics(None, 0);
    for line in [
        "keepfast_looks_total{outcome=\"captured\"} 1",
        "keepfast_looks_total{outcome=\"unchanged\"} 2",
        "keepfast_changed_total 1",
        "keepfast_received_bytes_total 3000",
        "keepfast_in_flight 3",
        "keepfast_writer_queue 4",
        "keepfast_healthy 1",
    ] {
        assert!(text.lines().any(|l| l == line), "{line} is not in\n{text}");
    }
    // Each line is a comment or a name with its value.
    for line in text.lines() {
        assert!(
            line.starts_with("# ") || line.rsplit_once(' ').is_some_and(|(_, n)| n.parse::<f64>().is_ok()),
            "{line}"
        );
    }
}

#[test]
fn trouble_makes_it_ill_until_the_next_tick() {
    let vitals = Vitals::new();
    assert_eq!(vitals.ill(), None);
    vitals.troubled("waiting for the disk".into());
    assert_eq!(vitals.ill().as_deref(), Some("waiting for the disk"));
    assert!(vitals.metrics(None, 0).contains("keepfast_healthy 0"));
    vitals.heard(&Event::Tick { in_flight: 0, waiting: 0 });
    assert_eq!(vitals.ill(), None);
}
