//! How much may stand between two steps, and what becomes of work that does not end.

use std::sync::{Arc, mpsc};
use std::time::Duration;

use futures_util::FutureExt as _;

use super::lane::Lane;
use super::pool::{GaveUp, Pool};
use super::read::is_large;
use super::tally::{NAMED, RereadSummary, Why};
use crate::model::SnapshotId;

#[tokio::test]
async fn few_are_in_a_lane_at_the_same_time() {
    let lane = Lane::new(2, 100);
    let (first, second) = (lane.enter().await, lane.enter().await);
    assert!(lane.enter().now_or_never().is_none(), "two places");
    drop(first);
    drop(lane.enter().now_or_never().expect("a place was given back"));
    drop(second);
}

#[tokio::test]
async fn nobody_comes_in_while_too_much_stands_at_the_end() {
    let lane = Lane::new(2, 100);
    let (first, second) = (lane.enter().await, lane.enter().await);
    let load = first.leave(99);
    assert!(lane.enter().now_or_never().is_some(), "there is room yet");
    let other = second.leave(1000);
    let mut waits = Box::pin(lane.enter());
    assert!(futures_util::poll!(&mut waits).is_pending(), "far too much");
    drop(load);
    assert!(futures_util::poll!(&mut waits).is_pending(), "still too much");
    drop(other);
    drop(waits.now_or_never().expect("all was put away"));
}

#[test]
fn a_page_is_large_by_its_octets_or_by_its_tags() {
    assert!(!is_large("<p>A word.</p>".repeat(10_000).as_bytes()), "as large as pages mostly are, and some");
    assert!(is_large("word ".repeat(110_000).as_bytes()), "a long text");
    assert!(is_large("<b>".repeat(33_000).as_bytes()), "few octets, many tags");
}

#[tokio::test]
async fn work_that_panics_or_takes_too_long_is_given_up_and_the_rest_goes_on() {
    let pool = Pool::new(1, Arc::new(|| Ok(0))).unwrap();
    let long = Duration::from_secs(10);
    let failed = pool
        .run(long, |n| {
            if *n == 0 {
                panic!("as some page may make it")
            }
        })
        .await;
    assert_eq!(failed, Err(GaveUp::Panic));
    assert_eq!(
        pool.run(long, |n| {
            *n += 1;
            *n
        })
        .await,
        Ok(1),
        "the same thread goes on"
    );
    // While nothing else is left to be waited for, paused time leaps to the next deadline.
    tokio::time::pause();
    let (release, held) = mpsc::channel::<()>();
    let stuck = pool.run(long, move |_| held.recv().is_ok()).await;
    assert_eq!(stuck, Err(GaveUp::Time));
    tokio::time::resume();
    assert_eq!(
        pool.run(long, |n| {
            *n += 1;
            *n
        })
        .await,
        Ok(1),
        "another thread took its place"
    );
    drop(release);
}

#[test]
fn what_was_not_read_is_counted_by_its_reason_and_named_up_to_a_bound() {
    let mut summary = RereadSummary::default();
    for n in 0..1500 {
        let why = [Why::Missing, Why::Damaged, Why::GaveUp][n % 3];
        summary.lose(SnapshotId(n as i64), format!("http://site.example/{n}"), why, "it is so".into());
    }
    assert_eq!((summary.missing, summary.damaged, summary.gave_up, summary.lost()), (500, 500, 500, 1500));
    assert_eq!((summary.not_read.len(), summary.not_read[2].why), (NAMED, Why::GaveUp));
    assert_eq!(serde_json::to_value(&summary.not_read[2]).unwrap()["why"], "gave_up");
}
