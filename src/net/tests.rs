//! The pace of one host on tokio's paused clock, and heads cut in every way the wire may cut them.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use proptest::prelude::*;
use tokio::time::Instant;

use super::body::{Memory, Share};
use super::host::Host;
use super::seat::Lobby;
use super::tap::{AT_ONCE, AT_ONCE_IF_LONG, LONG, Shared, Tap};
use super::{Paces, heads};
use crate::model::{FailureKind, Pace, Protocol};

const SECOND: Duration = Duration::from_secs(1);

fn pace(per_second: f64, burst: u32) -> Pace {
    Pace { per_second, burst, connections: 4, max_crawl_delay: 5 * SECOND, budget: None }
}

fn later() -> Instant {
    Instant::now() + 3600 * SECOND
}

/// Asks `n` times at once; when each had its turn, in milliseconds, in the order in which they asked.
async fn turns(host: &Arc<Host>, n: usize) -> Vec<u128> {
    let start = Instant::now();
    let times = Arc::new(Mutex::new(Vec::new()));
    let mut tasks = Vec::new();
    for i in 0..n {
        let (host, times) = (host.clone(), times.clone());
        tasks.push(tokio::spawn(async move {
            let _slot = host.admit(later(), Duration::ZERO, None).await.expect("a turn");
            times.lock().expect("lock").push((i, start.elapsed().as_millis()));
        }));
        tokio::task::yield_now().await;
    }
    for task in tasks {
        task.await.expect("no panic");
    }
    let times = times.lock().expect("lock").clone();
    assert!(times.windows(2).all(|w| w[0].0 < w[1].0), "first come, first served: {times:?}");
    times.into_iter().map(|(_, t)| t).collect()
}

#[tokio::test(start_paused = true)]
async fn a_burst_and_then_the_pace_in_the_order_of_asking() {
    let host = Arc::new(Host::new("h:80".into(), pace(2.0, 2)));
    let times = turns(&host, 6).await;
    for (at, wanted) in times.iter().zip([0, 0, 500, 1000, 1500, 2000]) {
        assert!((wanted..wanted + 5).contains(at), "{times:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn ready_at_never_promises_what_is_not_kept() {
    let host = Arc::new(Host::new("h:80".into(), pace(3.0, 3)));
    for step in 0..200u64 {
        match host.ready_at() {
            None => {
                let before = Instant::now();
                drop(host.admit(later(), Duration::ZERO, None).await.expect("a turn"));
                assert!(before.elapsed() < Duration::from_millis(3), "at step {step}");
            }
            Some(at) => tokio::time::sleep_until(at + Duration::from_micros(step % 7 * 100)).await,
        }
        tokio::time::advance(Duration::from_millis(step * 37 % 211)).await;
    }
}

#[tokio::test(start_paused = true)]
async fn an_unlimited_host_never_waits() {
    let host = Arc::new(Host::new("h:80".into(), pace(0.0, 1)));
    host.struggled(None);
    assert_eq!(turns(&host, 100).await, vec![0; 100]);
    assert_eq!(host.ready_at(), None);
}

#[tokio::test(start_paused = true)]
async fn a_struggling_host_is_asked_ever_slower_and_recovers_slowly() {
    let host = Arc::new(Host::new("h:80".into(), pace(1.0, 2)));
    turns(&host, 1).await;
    for factor in [2, 4, 8, 16, 16] {
        host.struggled(None);
        assert_eq!(host.memory().1, factor);
    }
    let wait = host.ready_at().expect("slowed") - Instant::now();
    assert!(wait > 15 * SECOND && wait <= 16 * SECOND, "{wait:?}");
    for _ in 0..7 {
        host.did_well();
    }
    assert_eq!(host.memory().1, 16, "seven good answers are not enough");
    for _ in 0..25 {
        host.did_well();
    }
    assert_eq!(host.memory().1, 1);
}

#[tokio::test(start_paused = true)]
async fn a_hold_is_waited_out_or_refused_at_once() {
    let host = Arc::new(Host::new("h:80".into(), pace(0.0, 1)));
    host.struggled(Some(60 * SECOND));
    host.struggled(Some(SECOND));
    let soon = host.admit(Instant::now() + 10 * SECOND, Duration::ZERO, None).await.expect_err("too late");
    assert_eq!(soon.kind, FailureKind::TimeoutTotal);
    assert_eq!(turns(&host, 1).await, [60_000], "a shorter hold does not end a longer one");
}

#[tokio::test(start_paused = true)]
async fn a_crawl_delay_is_a_minimum_with_a_cap() {
    let host = Arc::new(Host::new("h:80".into(), pace(10.0, 3)));
    assert_eq!(host.set_crawl_delay(Some(3 * SECOND)), None);
    assert_eq!(turns(&host, 3).await, [0, 3000, 6000]);
    assert_eq!(host.set_crawl_delay(Some(86_400 * SECOND)), Some(5 * SECOND), "the cap is told");
    let quick = Host::new("h:80".into(), pace(0.1, 1));
    quick.set_crawl_delay(Some(SECOND));
    drop(quick.admit(later(), Duration::ZERO, None).await.expect("a turn"));
    assert!(quick.ready_at().expect("paced") > Instant::now() + 9 * SECOND, "a shorter delay does not hurry");
}

#[tokio::test(start_paused = true)]
async fn no_more_connections_than_allowed() {
    let host = Host::new("h:80".into(), Pace { connections: 1, ..pace(0.0, 1) });
    let slot = host.admit(later(), Duration::ZERO, None).await.expect("free");
    assert!(host.admit(Instant::now() + SECOND, Duration::ZERO, None).await.is_err());
    drop(slot);
    assert!(host.admit(Instant::now() + SECOND, Duration::ZERO, None).await.is_ok());
}

#[tokio::test(start_paused = true)]
async fn only_who_waits_with_all_requests_is_said_to_wait() {
    let host = Host::new("h:80".into(), Pace { connections: 1, ..pace(1.0, 1) });
    let lobby = Lobby::new();
    let (quick, late) = (lobby.seat(), lobby.seat());
    let slot = host.admit(later(), Duration::ZERO, Some(&quick)).await.expect("free");
    assert_eq!(lobby.waiting(), 0, "nothing to wait for");
    let mut one = Box::pin(host.admit(later(), Duration::ZERO, Some(&late)));
    assert!(futures_util::poll!(&mut one).is_pending());
    assert_eq!(lobby.waiting(), 1, "for the connection");
    lobby.changed().await;
    let mut two = Box::pin(host.admit(later(), Duration::ZERO, Some(&late)));
    assert!(futures_util::poll!(&mut two).is_pending());
    assert_eq!(lobby.waiting(), 1, "two requests are one capture");
    let goes = late.goes();
    assert_eq!(lobby.waiting(), 0, "a third request is under way");
    drop((goes, slot));
    assert!(futures_util::poll!(&mut one).is_pending());
    assert_eq!(lobby.waiting(), 1, "for the pace");
    drop(one.await.expect("a turn"));
    drop(two);
    assert_eq!(lobby.waiting(), 0, "whoever gives up waits no longer");
}

#[test]
fn memory_is_given_once_and_given_back() {
    let memory = Memory::new(10);
    let share = Share::take(&memory, 7).expect("free");
    assert!(Share::take(&memory, 4).is_none());
    let rest = Share::take(&memory, 3).expect("free");
    drop((share, rest));
    assert!(Share::take(&memory, 10).is_some());
}

#[tokio::test]
async fn no_buffer_of_a_connection_is_filled_beyond_its_bound() {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    let (mut server, client) = tokio::io::duplex(4 << 20);
    let sent = [b"HTTP/1.1 200 OK\r\n\r\n".to_vec(), vec![b'x'; 2 << 20]].concat();
    server.write_all(&sent).await.expect("room");
    let heads = Shared::default();
    let mut tap = Tap::new(client, heads.clone());
    let (mut got, mut buffer) = (Vec::new(), vec![0; 1 << 20]);
    while got.len() < sent.len() {
        let n = tap.read(&mut buffer).await.expect("octets");
        let most = if got.len() as u64 > LONG { AT_ONCE_IF_LONG } else { AT_ONCE };
        assert!(n <= most, "{n} octets at once after {}", got.len());
        got.extend_from_slice(&buffer[..n]);
    }
    assert_eq!(got, sent);
    assert_eq!(heads.lock().take().1.as_ref(), b"HTTP/1.1 200 OK\r\n\r\n");
}

#[test]
fn a_host_has_its_own_pace_by_name_or_by_name_and_port() {
    let per_host = BTreeMap::from([("a".to_owned(), pace(2.0, 1)), ("a:81".to_owned(), pace(3.0, 1))]);
    let paces = Paces { default: pace(1.0, 1), per_host };
    assert_eq!(["a:80", "a:81", "b:80"].map(|h| paces.of(h).per_second), [2.0, 3.0, 1.0]);
}

#[test]
fn a_head_is_the_same_however_it_is_cut() {
    let interim = b"HTTP/1.1 103 Early Hints\r\nLink: <x>\r\n\r\n";
    let head = b"HTTP/1.1 200 OK\r\nA: b\r\n\r\n";
    let all = [&interim[..], &interim[..], head, b"body\r\n\r\nmore"].concat();
    for first in 1..all.len() {
        for second in [first, (first + 1).min(all.len()), (first + 9).min(all.len())] {
            let heads = Shared::default();
            for piece in [&all[..first], &all[first..second], &all[second..]] {
                heads.lock().received(piece);
            }
            let (_, response) = heads.lock().take();
            assert_eq!(response.as_ref(), head, "cut at {first} and {second}");
        }
    }
}

proptest! {
    #[test]
    fn no_octets_break_the_reading_of_heads(pieces in proptest::collection::vec("[\\x00-\\xff]{0,12}|HTTP/1\\.1 1?00|\r|\n|:| ", 0..30)) {
        let heads = Shared::default();
        for piece in &pieces {
            heads.lock().received(piece.as_bytes());
        }
        let (_, response) = heads.lock().take();
        for (name, value) in heads::fields(&response) {
            prop_assert!(!name.is_empty() && !value.contains(&b'\n'));
        }
        let _ = (heads::status(&response), heads::end(&response, 0));
    }
}

#[test]
fn heads_are_read_as_they_come() {
    assert_eq!(heads::end(b"\r\n\r\nHTTP/1.1 200\r\n\r\nx", 0), Some(20));
    assert_eq!(heads::end(b"A\n\nx", 0), Some(3));
    assert_eq!(heads::end(b"A\r\nB\r\n", 0), None);
    assert_eq!(heads::status(b"HTTP/1.0 404 Not Found\r\n"), Some((Protocol::Http10, 404)));
    assert_eq!(heads::status(b"HTTP/1.1 999\r\n"), Some((Protocol::Http11, 999)));
    for bad in ["HTTP/1.1 banana", "HTTP/2 200 OK", "HTTP/1.1 2000", "ICY 200 OK", ""] {
        assert_eq!(heads::status(bad.as_bytes()), None, "{bad}");
    }
    let head = Bytes::from_static(b"HTTP/1.1 200 OK\r\nnonsense\r\n: none\r\nX-A : 1 \r\n\tfolded\r\nX-a:\r\n\r\n");
    let fields = heads::fields(&head);
    let shown: Vec<(&str, &[u8])> = fields.iter().map(|(n, v)| (n.as_str(), v.as_ref())).collect();
    assert_eq!(shown, [("x-a", b"1 folded".as_slice()), ("x-a", b"")]);
}

/// When a request that keeps this distance has its turn, in milliseconds from now.
async fn turn_after(host: &Host, gap: Duration) -> u128 {
    let start = Instant::now();
    drop(host.admit(later(), gap, None).await.expect("a turn"));
    start.elapsed().as_millis()
}

#[tokio::test(start_paused = true)]
async fn the_slowest_of_pace_crawl_delay_and_route_counts() {
    for (per_second, delay, gap, wanted) in [
        // No pace at all is for hosts of one's own.
        (0.0, None, 2 * SECOND, 0),
        (10.0, None, 2 * SECOND, 2000),
        (10.0, Some(3 * SECOND), 2 * SECOND, 3000),
        (0.2, Some(3 * SECOND), 2 * SECOND, 5000),
        (10.0, None, Duration::ZERO, 100),
        (0.0, None, Duration::ZERO, 0),
    ] {
        let host = Host::new("h:80".into(), pace(per_second, 1));
        host.set_crawl_delay(delay);
        assert_eq!(turn_after(&host, gap).await, 0, "the first need not wait");
        let waited = turn_after(&host, gap).await;
        assert!((wanted..wanted + 5).contains(&waited), "{waited} instead of {wanted}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_burst_does_not_hurry_a_route_and_trouble_slows_it() {
    let host = Host::new("h:80".into(), pace(1.0, 5));
    for wanted in [0, 1500, 1500] {
        assert_eq!(turn_after(&host, Duration::from_millis(1500)).await, wanted);
    }
    let quick = Host::new("h:80".into(), pace(100.0, 1));
    assert_eq!(turn_after(&quick, SECOND).await, 0);
    quick.struggled(None);
    assert_eq!(turn_after(&quick, SECOND).await, 2000);
    tokio::time::advance(10 * SECOND).await;
    assert_eq!(turn_after(&quick, SECOND).await, 0, "what has passed counts");
    let hurried = quick.admit(Instant::now() + SECOND, 60 * SECOND, None).await.expect_err("too late");
    assert_eq!(hurried.kind, FailureKind::TimeoutTotal);
}
