//! How much may stand between two steps.

use futures_util::FutureExt as _;

use super::lane::Lane;
use super::read::is_large;

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
