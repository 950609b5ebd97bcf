//! The ledger of what vanished.

use jiff::Timestamp;
use rusqlite::types::Value;
use rusqlite::{Connection, Row, params, params_from_iter};
use serde::Serialize;

use super::reader::Reader;
use super::rows::{named, timestamp};
use super::sql::sql;
use crate::error::Result;
use crate::model::{Captured, Manner, Presence, SnapshotId, Standing, Thing, WatchId};

/// Something in the ledger.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PresenceRow {
    /// Its number.
    pub id: i64,
    /// The watch that it belongs to.
    pub watch: WatchId,
    /// Its URL.
    pub url: String,
    /// What it is.
    pub subject: Thing,
    /// By what it is known: empty for the page itself.
    pub key: String,
    /// What it is, in words for people.
    pub label: String,
    /// Where it stands.
    #[serde(flatten)]
    pub standing: Standing,
    /// When the newest step was made.
    pub changed_at: Timestamp,
    /// Its steps, oldest first.
    pub steps: Vec<PresenceStep>,
}

/// A step, with its witness.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PresenceStep {
    /// Where it stood from then on.
    pub state: Presence,
    /// How that was told.
    pub manner: Manner,
    /// When.
    pub at: Timestamp,
    /// The snapshot that shows it.
    pub snapshot: SnapshotId,
    /// Looks that agreed by then.
    pub checks: u32,
}

const ROW: &str =
    "SELECT p.id, p.watch, w.url, p.subject, p.key, p.label, p.state, p.manner, p.last_seen, p.last_seen_at,
    p.missing_since, p.checks, p.changed_at FROM presence p JOIN watch w ON w.id = p.watch";

/// Notes what a look means for what vanished.
pub(super) fn insert(db: &Connection, captured: &Captured, snapshot: i64) -> rusqlite::Result<()> {
    for change in &captured.presence {
        let standing = &change.standing;
        let id: i64 = db
            .prepare_cached(
                "INSERT INTO presence (watch, subject, key, label, state, manner, last_seen, last_seen_at, missing_since, checks,
                     changed_at)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)
                 ON CONFLICT (watch, subject, key) DO UPDATE SET state = ?5, manner = ?6, last_seen = ?7, last_seen_at = ?8,
                     missing_since = ?9, checks = ?10, changed_at = iif(?12, ?11, changed_at)
                 RETURNING id",
            )?
            .query_row(
                params![
                    captured.watch.0,
                    change.subject.as_str(),
                    change.key,
                    change.label,
                    standing.state.as_str(),
                    standing.manner.as_str(),
                    standing.last_seen.map(|id| id.0),
                    standing.last_seen_at.map(|at| at.as_millisecond()),
                    standing.missing_since.as_millisecond(),
                    standing.checks,
                    captured.started_at.as_millisecond(),
                    change.step,
                ],
                |row| row.get(0),
            )?;
        if change.step {
            db.prepare_cached(
                "INSERT INTO presence_step (presence, snapshot, state, manner, checks, at) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
            )?
            .execute(params![
                id,
                snapshot,
                standing.state.as_str(),
                standing.manner.as_str(),
                standing.checks,
                captured.started_at.as_millisecond(),
            ])?;
        }
    }
    Ok(())
}

impl Reader {
    /// What is in the ledger of one watch.
    pub fn presences(&self, watch: WatchId) -> Result<Vec<PresenceRow>> {
        self.ledger_rows("p.watch = ?", vec![Value::Integer(watch.0)], "p.id", u64::MAX >> 1)
    }

    /// A list that names this watch (an account, a channel) is itself not there any more, and more than one look says so.
    pub fn is_list_absent(&self, watch: WatchId) -> Result<bool> {
        self.db
            .prepare_cached(
                "SELECT 1 FROM item i JOIN presence p ON p.watch = i.list AND p.subject = 'page' AND p.state IN ('missing', 'gone')
                 WHERE i.watch = ?1",
            )
            .and_then(|mut select| select.exists([watch.0]))
            .map_err(sql("cannot read the ledger of what vanished"))
    }

    /// What is in the ledger in these states, of watches with any of these labels (none: all), the newest steps first.
    pub fn vanished(
        &self,
        states: &[Presence],
        tags: &[String],
        since: Option<Timestamp>,
        limit: u64,
    ) -> Result<Vec<PresenceRow>> {
        let marks = |n: usize| vec!["?"; n].join(", ");
        let mut condition = format!("p.state IN ({})", marks(states.len()));
        let mut values: Vec<Value> = states.iter().map(|state| Value::Text(state.as_str().to_owned())).collect();
        if let Some(since) = since {
            condition.push_str(" AND p.changed_at >= ?");
            values.push(Value::Integer(since.as_millisecond()));
        }
        if !tags.is_empty() {
            condition.push_str(&format!(
                " AND p.watch IN (SELECT watch FROM watch_tag WHERE tag IN ({}))",
                marks(tags.len())
            ));
            values.extend(tags.iter().cloned().map(Value::Text));
        }
        self.ledger_rows(&condition, values, "p.changed_at DESC, p.id DESC", limit)
    }

    fn ledger_rows(
        &self,
        condition: &str,
        mut values: Vec<Value>,
        order: &str,
        limit: u64,
    ) -> Result<Vec<PresenceRow>> {
        values.push(Value::Integer(i64::try_from(limit).unwrap_or(i64::MAX)));
        let read = || {
            let mut select = self.db.prepare_cached(&format!("{ROW} WHERE {condition} ORDER BY {order} LIMIT ?"))?;
            let mut rows: Vec<PresenceRow> =
                select.query_map(params_from_iter(values), row)?.collect::<rusqlite::Result<_>>()?;
            let mut steps = self.db.prepare_cached(
                "SELECT state, manner, at, snapshot, checks FROM presence_step WHERE presence = ?1 ORDER BY snapshot",
            )?;
            for row in &mut rows {
                row.steps = steps.query_map([row.id], step)?.collect::<rusqlite::Result<_>>()?;
            }
            rusqlite::Result::Ok(rows)
        };
        read().map_err(sql("cannot read the ledger of what vanished"))
    }
}

fn row(row: &Row<'_>) -> rusqlite::Result<PresenceRow> {
    Ok(PresenceRow {
        id: row.get(0)?,
        watch: WatchId(row.get(1)?),
        url: row.get(2)?,
        subject: named("presence.subject", &row.get::<_, String>(3)?, Thing::parse)?,
        key: row.get(4)?,
        label: row.get(5)?,
        standing: Standing {
            state: named("presence.state", &row.get::<_, String>(6)?, Presence::parse)?,
            manner: named("presence.manner", &row.get::<_, String>(7)?, Manner::parse)?,
            last_seen: row.get::<_, Option<i64>>(8)?.map(SnapshotId),
            last_seen_at: row.get::<_, Option<i64>>(9)?.map(timestamp),
            missing_since: timestamp(row.get(10)?),
            checks: row.get(11)?,
        },
        changed_at: timestamp(row.get(12)?),
        steps: Vec::new(),
    })
}

fn step(row: &Row<'_>) -> rusqlite::Result<PresenceStep> {
    Ok(PresenceStep {
        state: named("presence_step.state", &row.get::<_, String>(0)?, Presence::parse)?,
        manner: named("presence_step.manner", &row.get::<_, String>(1)?, Manner::parse)?,
        at: timestamp(row.get(2)?),
        snapshot: SnapshotId(row.get(3)?),
        checks: row.get(4)?,
    })
}
