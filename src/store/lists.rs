//! Lists of watches and snapshots.

use jiff::Timestamp;
use rusqlite::{OptionalExtension as _, Row, params_from_iter, types::Value};

use super::reader::Reader;
use super::rows::{named, named_opt, timestamp};
use super::sql::sql;
use crate::error::Result;
use crate::model::{NewWatch, Outcome, SnapshotId, Source, Watch, WatchId, WatchState};

/// Which snapshots (or watches) are meant; every part that is set has to hold.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    /// These watches.
    pub watches: Option<Vec<WatchId>>,
    /// Any of these labels.
    pub tags: Vec<String>,
    /// Begun at or after.
    pub since: Option<Timestamp>,
    /// Begun before.
    pub until: Option<Timestamp>,
    /// Any of these outcomes.
    pub outcomes: Vec<Outcome>,
    /// These snapshots.
    pub snapshots: Vec<SnapshotId>,
    /// Only the newest snapshot with content of each watch.
    pub current: bool,
}

const WATCH: &str = "SELECT w.id, w.key, w.url, w.host, w.source, w.state, w.note, w.every, w.options, w.created_at,
     coalesce(w.due_at, (SELECT due_at FROM job WHERE job.watch = w.id)),
     w.snapshots, w.last_snapshot, w.last_outcome, w.last_at, w.current_snapshot,
     (SELECT group_concat(tag, char(31) ORDER BY tag) FROM watch_tag WHERE watch = w.id) FROM watch w";

impl Reader {
    /// The watch with a canonical URL.
    pub fn watch_by_key(&self, key: &str) -> Result<Option<Watch>> {
        self.one_watch("w.key = ?1", Value::Text(key.to_owned()))
    }

    /// A watch by its number.
    pub fn watch(&self, id: WatchId) -> Result<Option<Watch>> {
        self.one_watch("w.id = ?1", Value::Integer(id.0))
    }

    fn one_watch(&self, condition: &str, value: Value) -> Result<Option<Watch>> {
        self.watch_where(condition, value).map_err(sql("cannot read a watch"))
    }

    pub(super) fn watch_of(&self, id: WatchId) -> rusqlite::Result<Option<Watch>> {
        self.watch_where("w.id = ?1", Value::Integer(id.0))
    }

    fn watch_where(&self, condition: &str, value: Value) -> rusqlite::Result<Option<Watch>> {
        self.db.prepare_cached(&format!("{WATCH} WHERE {condition}"))?.query_row([value], watch_row).optional()
    }

    /// Watches in the order in which they were added: those in `states` with any of `tags` (none: all).
    pub fn watches(&self, states: &[WatchState], tags: &[String], limit: u64, offset: u64) -> Result<Vec<Watch>> {
        let mut values: Vec<Value> = states.iter().map(|s| Value::Text(s.as_str().to_owned())).collect();
        let mut condition = format!("w.state IN ({})", marks(states.len()));
        if !tags.is_empty() {
            condition
                .push_str(&format!(" AND w.id IN (SELECT watch FROM watch_tag WHERE tag IN ({}))", marks(tags.len())));
            values.extend(tags.iter().cloned().map(Value::Text));
        }
        values.push(Value::Integer(i64::try_from(limit).unwrap_or(i64::MAX)));
        values.push(Value::Integer(i64::try_from(offset).unwrap_or(i64::MAX)));
        self.db
            .prepare(&format!("{WATCH} WHERE {condition} ORDER BY w.id LIMIT ? OFFSET ?"))
            .and_then(|mut select| select.query_map(params_from_iter(values), watch_row)?.collect())
            .map_err(sql("cannot list the watches"))
    }

    /// The snapshots that a filter names, oldest first, at most `limit` after `after`: a page of a long list.
    pub fn select(&self, filter: &Filter, after: SnapshotId, limit: u32) -> Result<Vec<SnapshotId>> {
        let (conditions, mut values) = conditions(filter, after);
        values.push(Value::Integer(i64::from(limit)));
        self.db
            .prepare(&format!("SELECT s.id FROM snapshot s WHERE {conditions} ORDER BY s.id LIMIT ?"))
            .and_then(|mut select| {
                select.query_map(params_from_iter(values), |row| row.get(0).map(SnapshotId))?.collect()
            })
            .map_err(sql("cannot select snapshots"))
    }
}

/// The condition on snapshots `s` that a filter stands for, after one of them, and its values.
pub(super) fn conditions(filter: &Filter, after: SnapshotId) -> (String, Vec<Value>) {
    let mut conditions = vec!["s.id > ?".to_owned()];
    let mut values = vec![Value::Integer(after.0)];
    if let Some(watches) = &filter.watches {
        conditions.push(format!("s.watch IN ({})", marks(watches.len())));
        values.extend(watches.iter().map(|w| Value::Integer(w.0)));
    }
    if !filter.tags.is_empty() {
        conditions
            .push(format!("s.watch IN (SELECT watch FROM watch_tag WHERE tag IN ({}))", marks(filter.tags.len())));
        values.extend(filter.tags.iter().cloned().map(Value::Text));
    }
    if let Some(since) = filter.since {
        conditions.push("s.started_at >= ?".to_owned());
        values.push(Value::Integer(since.as_millisecond()));
    }
    if let Some(until) = filter.until {
        conditions.push("s.started_at < ?".to_owned());
        values.push(Value::Integer(until.as_millisecond()));
    }
    if !filter.outcomes.is_empty() {
        conditions.push(format!("s.outcome IN ({})", marks(filter.outcomes.len())));
        values.extend(filter.outcomes.iter().map(|o| Value::Text(o.as_str().to_owned())));
    }
    if !filter.snapshots.is_empty() {
        conditions.push(format!("s.id IN ({})", marks(filter.snapshots.len())));
        values.extend(filter.snapshots.iter().map(|s| Value::Integer(s.0)));
    }
    if filter.current {
        conditions.push("s.id = (SELECT current_snapshot FROM watch WHERE id = s.watch)".to_owned());
    }
    (conditions.join(" AND "), values)
}

pub(super) fn marks(n: usize) -> String {
    vec!["?"; n].join(", ")
}

fn watch_row(row: &Row<'_>) -> rusqlite::Result<Watch> {
    let options: Option<String> = row.get(8)?;
    let tags: Option<String> = row.get(16)?;
    Ok(Watch {
        id: WatchId(row.get(0)?),
        what: NewWatch {
            key: row.get(1)?,
            url: row.get(2)?,
            host: row.get(3)?,
            source: named("watch.source", &row.get::<_, String>(4)?, Source::parse)?,
            note: row.get(6)?,
            every: row.get::<_, Option<String>>(7)?.and_then(|text| text.parse().ok()),
            published: None,
            options: options.and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default(),
            tags: tags.map(|t| t.split('\u{1f}').map(str::to_owned).collect()).unwrap_or_default(),
        },
        state: named("watch.state", &row.get::<_, String>(5)?, WatchState::parse)?,
        created_at: timestamp(row.get(9)?),
        due_at: row.get::<_, Option<i64>>(10)?.map(timestamp),
        snapshots: row.get(11)?,
        last: row.get::<_, Option<i64>>(12)?.map(SnapshotId),
        last_outcome: named_opt("watch.last_outcome", row.get(13)?, Outcome::parse)?,
        last_at: row.get::<_, Option<i64>>(14)?.map(timestamp),
        current: row.get::<_, Option<i64>>(15)?.map(SnapshotId),
    })
}
