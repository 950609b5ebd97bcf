//! The state of the whole: what it costs, and that its counts are right.

use super::*;
use crate::model::{NewWatch, Source};
use crate::store::Archive;

/// A look at the whole costs the same whether there are ten watches or a million.
#[test]
fn the_state_of_the_whole_looks_through_no_large_table() {
    let folder = tempfile::tempdir().unwrap();
    let archive = Archive::init(folder.path(), Timestamp::UNIX_EPOCH).unwrap();
    let reader = archive.reader().unwrap();
    let asked = [STATES, OUTCOMES, VANISHED, DUE, WAITING, JOBS, NEXT, SNAPSHOTS, TROUBLED, OCTETS, SEGMENTS, WEEK];
    for query in asked {
        let mut explain = reader.db.prepare(&format!("EXPLAIN QUERY PLAN {query}")).unwrap();
        let steps: Vec<String> = explain
            .query_map(rusqlite::params_from_iter(vec![0; explain.parameter_count()]), |row| row.get(3))
            .and_then(Iterator::collect)
            .unwrap();
        for step in steps {
            // Of the hosts in trouble there is an index of its own, in which nobody else stands.
            let whole = ["watch", "snapshot", "due", "exchange"]
                .iter()
                .any(|table| step.starts_with(&format!("SCAN {table}")) && !step.contains("watch_trouble"));
            assert!(!whole, "{query}: {step}");
        }
    }
}

#[test]
fn watches_are_counted_as_they_come_and_change() {
    let folder = tempfile::tempdir().unwrap();
    let now = Timestamp::UNIX_EPOCH;
    let archive = Archive::init(folder.path(), now).unwrap();
    let watch = |n: u32| NewWatch {
        url: format!("http://a.test/{n}"),
        key: format!("http://a.test/{n}"),
        host: "a.test:80".into(),
        source: Source::Add,
        tags: Vec::new(),
        note: None,
        every: None,
        published: None,
        options: Default::default(),
    };
    let mut edit = archive.edit().unwrap();
    let added = edit.add(&(0..5).map(watch).collect::<Vec<_>>(), now).unwrap();
    edit.set_state(added[0].0, WatchState::Paused, now).unwrap();
    edit.set_state(added[1].0, WatchState::Removed, now).unwrap();
    let states = || archive.reader().unwrap().status(now).unwrap().watches;
    assert_eq!(states(), [(WatchState::Active, 3), (WatchState::Paused, 1), (WatchState::Removed, 1)]);
    edit.add(&[watch(1)], now).unwrap();
    edit.set_state(added[0].0, WatchState::Active, now).unwrap();
    assert_eq!(states(), [(WatchState::Active, 5)]);
}
