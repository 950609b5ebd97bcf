//! The outbox: order, waiting, giving up.

use jiff::Timestamp;

use super::outbox::{Outbox, Tried};
use super::{Archive, EventFilter};
use crate::model::{DeliveryState, EventKind, Notice};

const SINK: &str = "feed:x";

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_700_000_000 + second).unwrap()
}

/// An archive whose outbox holds one event a number: the watch that it is about.
fn holding(watches: &[i64]) -> (tempfile::TempDir, Archive, Outbox) {
    let folder = tempfile::tempdir().unwrap();
    let archive = Archive::init(folder.path(), at(0)).unwrap();
    let outbox = archive.outbox().unwrap();
    let db = archive.own_connection().unwrap();
    db.execute_batch("PRAGMA foreign_keys = OFF").unwrap();
    for (n, watch) in (1..).zip(watches) {
        db.execute_batch(&format!(
            "INSERT INTO outbox VALUES ({n}, 'id{n}', 'changed', {watch}, {n}, {}, '{{}}');
             INSERT INTO delivery (sink, event, watch) VALUES ('{SINK}', {n}, {watch}), ('other', {n}, {watch});",
            at(n).as_millisecond()
        ))
        .unwrap();
    }
    (folder, archive, outbox)
}

fn ready(outbox: &Outbox, second: i64) -> Vec<i64> {
    outbox.ready(SINK, at(second), 10).unwrap().into_iter().map(|one| one.event.seq).collect()
}

fn again(second: i64) -> Tried {
    Tried::Again { at: at(second), reason: "no".into() }
}

#[test]
fn behind_an_event_that_waits_no_other_of_its_watch_is_ready() {
    let (_folder, archive, mut outbox) = holding(&[7, 8, 7, 9, 8, 7]);
    assert_eq!(ready(&outbox, 10), [1, 2, 3, 4, 5, 6]);
    outbox.tried(SINK, &[1], &again(60), at(10)).unwrap();
    assert_eq!(ready(&outbox, 10), [2, 4, 5], "those of watch 7 wait");
    outbox.tried(SINK, &[2, 4], &Tried::Delivered, at(11)).unwrap();
    outbox.tried(SINK, &[5], &again(30), at(11)).unwrap();
    assert_eq!(ready(&outbox, 12), Vec::<i64>::new());
    assert_eq!(ready(&outbox, 30), [5]);
    assert_eq!(ready(&outbox, 60), [1, 3, 5, 6]);
    // Another receiver has its own state.
    assert_eq!(outbox.ready("other", at(10), 10).unwrap().len(), 6);
    let rows = archive.reader().unwrap().events(&EventFilter::default(), 10).unwrap();
    let of = |seq: usize| rows[6 - seq].deliveries.iter().find(|delivery| delivery.sink == SINK).unwrap().clone();
    assert_eq!((of(1).state, of(1).attempts, of(1).reason.as_deref()), (DeliveryState::Pending, 1, Some("no")));
    assert_eq!((of(2).state, of(2).settled_at, of(2).next_at), (DeliveryState::Delivered, Some(at(11)), None));
}

#[test]
fn what_waited_too_long_is_given_up_and_the_rest_is_not() {
    let (_folder, _archive, mut outbox) = holding(&[7, 7, 7]);
    outbox.tried(SINK, &[1], &again(9000), at(10)).unwrap();
    assert_eq!(outbox.give_up(SINK, at(1), at(20)).unwrap(), 0);
    assert_eq!(outbox.give_up(SINK, at(3), at(20)).unwrap(), 2);
    assert_eq!(ready(&outbox, 20), [3], "what is given up holds nothing up");
    assert_eq!(outbox.sinks().unwrap(), [SINK, "other"]);
    // What is settled stays so.
    outbox.tried(SINK, &[1], &Tried::Delivered, at(30)).unwrap();
    assert_eq!(ready(&outbox, 30), [3]);
    let latest: Vec<i64> = outbox.latest(SINK, 2).unwrap().into_iter().map(|event| event.seq).collect();
    assert_eq!(latest, [3, 2]);
}

#[test]
fn the_same_trouble_is_told_once() {
    let (_folder, archive, mut outbox) = holding(&[]);
    let facts = serde_json::Map::new();
    let notice = Notice { kind: EventKind::Disk, facts, sinks: vec![SINK.into(), SINK.into()] };
    assert!(outbox.add(&notice, at(100), at(0)).unwrap());
    assert!(!outbox.add(&notice, at(110), at(10)).unwrap());
    assert!(outbox.add(&notice, at(200), at(100)).unwrap());
    let rows = archive.reader().unwrap().events(&EventFilter { pending: true, ..EventFilter::default() }, 10).unwrap();
    assert_eq!(rows.iter().map(|row| row.deliveries.len()).collect::<Vec<_>>(), [1, 1]);
    assert_ne!(rows[0].event.id, rows[1].event.id);
}

/// What is asked each second reads what waits, not what ever was sent.
#[test]
fn the_queries_of_the_courier_use_the_indices_of_what_waits() {
    let (_folder, archive, _outbox) = holding(&[7]);
    let db = archive.own_connection().unwrap();
    let plan = |select: &str| -> String {
        let mut explain = db.prepare(&format!("EXPLAIN QUERY PLAN {select}")).unwrap();
        let rows = explain.query_map((SINK, 0, 9), |row| row.get::<_, String>(3)).unwrap();
        rows.map(Result::unwrap).collect::<Vec<_>>().join("; ")
    };
    let ready = plan(&super::outbox::waiting(super::outbox::READY));
    assert!(ready.contains("SEARCH d USING INDEX delivery_pending (sink=?)"), "{ready}");
    assert!(ready.contains("delivery_waiting (sink=? AND watch=? AND event<?)"), "{ready}");
    assert!(!ready.contains("SCAN") && !ready.contains("TEMP B-TREE"), "{ready}");
}

#[test]
fn what_was_told_long_ago_leaves_and_what_somebody_waits_for_stays() {
    let (_folder, archive, mut outbox) = holding(&[7, 8, 7, 9, 8, 7]);
    for sink in [SINK, "other"] {
        outbox.tried(sink, &[1, 2, 4, 5, 6], &Tried::Delivered, at(10)).unwrap();
    }
    outbox.tried(SINK, &[3], &Tried::Delivered, at(10)).unwrap();
    let db = archive.own_connection().unwrap();
    db.execute_batch(
        "INSERT INTO day VALUES (1, 1, 1, 0, 0, 0), (2, 1, 1, 0, 0, 0);
         INSERT INTO spent VALUES ('a.test:80', 47, 1, 1, 1.0), ('b.test:80', 48, 1, 1, 1.0)",
    )
    .unwrap();
    let seqs = || {
        let rows = archive.reader().unwrap().events(&EventFilter::default(), 10).unwrap();
        let mut seqs: Vec<i64> = rows.iter().map(|row| row.event.seq).collect();
        seqs.reverse();
        seqs
    };
    // A step is bounded; the next one goes on behind it. Event 5 is too young.
    assert_eq!(outbox.prune(0, at(5), 0, 2).unwrap(), (2, Some(2)));
    assert_eq!(seqs(), [3, 4, 5, 6]);
    assert_eq!(outbox.prune(2, at(5), 0, 3).unwrap(), (1, None));
    assert_eq!(seqs(), [3, 5, 6], "somebody waits for event 3");
    // Given up is no longer waited for; and the newest stays whatever its age, or its number would be given again.
    outbox.tried("other", &[3], &Tried::GivenUp { reason: "gone".into() }, at(20)).unwrap();
    assert_eq!(outbox.prune(0, at(1000), 2, 10).unwrap(), (2, None));
    assert_eq!(seqs(), [6]);
    let left = |query: &str| db.query_row(query, [], |row| row.get::<_, i64>(0)).unwrap();
    assert_eq!(left("SELECT count(*) FROM delivery"), 2);
    assert_eq!(left("SELECT min(day) + count(*) FROM day"), 2 + 1, "one row a day, and old ones leave");
    assert_eq!(left("SELECT sum(hour) FROM spent"), 48, "so do hosts that nobody asks any more");
}
