use jiff::Timestamp;

use super::*;
use crate::store::Archive;

/// How platforms fare is told as fast in a large archive as in a small one.
#[test]
fn no_query_goes_through_a_large_table_unbounded() {
    let folder = tempfile::tempdir().unwrap();
    let reader = Archive::init(folder.path(), Timestamp::UNIX_EPOCH).unwrap().reader().unwrap();
    for query in [NEWEST, REFUSED, HOSTS, ON_HOST] {
        let mut explain = reader.db.prepare(&format!("EXPLAIN QUERY PLAN {query}")).unwrap();
        let none = rusqlite::params_from_iter(vec![0; explain.parameter_count()]);
        let steps: Vec<String> = explain.query_map(none, |row| row.get(3)).and_then(Iterator::collect).unwrap();
        // The newest snapshots are walked by their numbers, as many as the bound says; nothing is put in order.
        let bad = |step: &&String| {
            step.contains("TEMP B-TREE") || step.starts_with("SCAN") && !["SCAN s", "SCAN h"].contains(&step.as_str())
        };
        assert_eq!(steps.iter().find(bad), None, "{query}: {steps:?}");
        assert_eq!(query == NEWEST, steps.contains(&"SCAN s".to_owned()), "{query}: {steps:?}");
    }
}
