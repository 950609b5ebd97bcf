//! The state of the whole, and what each day brought.

use std::time::Duration;

use std::collections::BTreeMap;

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension as _};
use serde::Serialize;

use super::ledger::RunRow;
use super::reader::Reader;
use super::rows::{named, timestamp};
use super::sql::sql;
use crate::error::Result;
use crate::model::{Captured, DueEnd, Outcome, Presence, WatchState};

/// What is due for longer than this is overdue.
const LATE: Duration = Duration::from_secs(5 * 60);
/// Growth is that of so many days.
const DAYS: i64 = 7;
/// What is asked of the catalogue: none of it looks through watches, snapshots, due times or exchanges.
const STATES: &str = "SELECT name, n FROM tally WHERE kind = 'state' AND n > 0 ORDER BY name";
const OUTCOMES: &str = "SELECT name, n FROM tally WHERE kind = 'outcome' AND n > 0 ORDER BY n DESC";
const VANISHED: &str = "SELECT state, count(*) FROM presence GROUP BY state ORDER BY state";
const DUE: &str = "SELECT count(*) FROM watch WHERE state = 'active' AND due_at IS NOT NULL AND due_at <= ?1";
const WAITING: &str = "SELECT count(*) FROM job WHERE due_at <= ?1";
const JOBS: &str = "SELECT count(*) FROM job";
const NEXT: &str = "SELECT min(due_at) FROM watch WHERE state = 'active' AND due_at IS NOT NULL";
/// Numbers are given without gaps; those of removed snapshots are not given again.
const SNAPSHOTS: &str =
    "SELECT max(coalesce((SELECT max(id) FROM snapshot), 0), coalesce((SELECT max(snapshot) FROM tombstone), 0))
         - (SELECT count(*) FROM tombstone)";
/// The ten hosts with the most.
const TROUBLED: &str = "SELECT host, count(*) FROM watch WHERE state = 'active' AND troubles > 0
     GROUP BY host ORDER BY count(*) DESC, host LIMIT 10";
const OCTETS: &str = "SELECT coalesce(sum(length), 0) FROM segment WHERE removed_at IS NULL";
const SEGMENTS: &str = "SELECT count(*) FROM segment WHERE removed_at IS NULL";
const WEEK: &str = "SELECT coalesce(sum(snapshots), 0), coalesce(sum(octets), 0), coalesce(sum(changed), 0),
     coalesce(sum(failed), 0), coalesce(sum(missed), 0) FROM day WHERE day BETWEEN ?1 AND ?2";
const DAY_MS: i64 = 86_400_000;

/// The state of an archive at a glance.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Status {
    /// Watches by state.
    pub watches: Vec<(WatchState, u64)>,
    /// Active watches that are due.
    pub due: u64,
    /// Looks that have been due for more than five minutes and are not over, in the frontier or not yet there.
    pub overdue: u64,
    /// When the next one is due.
    pub next_due_at: Option<Timestamp>,
    /// Work begun or put off by earlier runs.
    pub jobs: u64,
    /// Snapshots.
    pub snapshots: u64,
    /// Active watches by the outcome of their newest snapshot.
    pub last_outcomes: Vec<(Outcome, u64)>,
    /// Hosts with active watches whose newest looks ended in trouble, those with the most first: at most ten.
    pub troubled: Vec<(String, u64)>,
    /// Pages, comments and media in the ledger of what vanished, by state.
    pub vanished: Vec<(Presence, u64)>,
    /// The last seven days.
    pub week: Week,
    /// Octets of all segments.
    pub warc_bytes: u64,
    /// Segments.
    pub segments: u64,
    /// Octets of the catalogue.
    pub catalog_bytes: u64,
    /// Free octets on the disk.
    pub free_bytes: u64,
    /// The newest runs.
    pub runs: Vec<RunRow>,
}

/// What the last seven days brought, today included.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Week {
    /// Days that are counted: fewer if the archive is younger, at least one.
    pub days: f64,
    /// Snapshots.
    pub snapshots: u64,
    /// Octets that they added to the segments.
    pub octets: u64,
    /// Snapshots that found a change.
    pub changed: u64,
    /// Snapshots that did not get what was asked for.
    pub failed: u64,
    /// Due times that came to nothing because keepfast was not running.
    pub missed: u64,
}

impl Status {
    /// Octets that a day adds, segments and catalogue: of the catalogue each snapshot has its equal share.
    pub fn growth(&self) -> f64 {
        let share = if self.snapshots == 0 { 0.0 } else { self.catalog_bytes as f64 / self.snapshots as f64 };
        (self.week.octets as f64 + self.week.snapshots as f64 * share) / self.week.days.max(1.0)
    }

    /// Days until less than `min_free` is free, if the archive goes on growing like this; `None`: it does not grow.
    pub fn days_left(&self, min_free: u64) -> Option<f64> {
        let growth = self.growth();
        (growth > 0.0).then(|| self.free_bytes.saturating_sub(min_free) as f64 / growth)
    }
}

/// What the captures of a transaction bring their days: written once for all of them.
#[derive(Clone, Default)]
pub(super) struct Days(BTreeMap<i64, [i64; 5]>);

impl Days {
    /// Counts a snapshot to its day.
    pub fn count(&mut self, captured: &Captured, stored: u64) {
        let ended = captured.schedule.iter().filter(|_| captured.retry_at.is_none()).flat_map(|settled| &settled.ended);
        let missed = ended.filter(|row| row.ended == DueEnd::Missed).map(|row| i64::from(row.times)).sum();
        let day = self.0.entry(captured.ended_at.as_millisecond().div_euclid(DAY_MS)).or_default();
        let is = |yes: bool| i64::from(yes);
        let more = [1, stored as i64, is(captured.changed == Some(true)), is(!captured.outcome.is_kept()), missed];
        day.iter_mut().zip(more).for_each(|(sum, n)| *sum += n);
    }

    /// Writes what was counted, and begins anew.
    pub fn write(&mut self, db: &Connection) -> rusqlite::Result<()> {
        for (day, [snapshots, octets, changed, failed, missed]) in std::mem::take(&mut self.0) {
            db.prepare_cached(
                "INSERT INTO day (day, snapshots, octets, changed, failed, missed) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
                 ON CONFLICT (day) DO UPDATE SET snapshots = snapshots + ?2, octets = octets + ?3, changed = changed + ?4,
                     failed = failed + ?5, missed = missed + ?6",
            )?
            .execute([day, snapshots, octets, changed, failed, missed])?;
        }
        Ok(())
    }
}

impl Reader {
    /// The state of the whole.
    pub fn status(&self, now: Timestamp) -> Result<Status> {
        self.status_rows(now).map_err(sql("cannot read the state of the archive"))
    }

    fn status_rows(&self, now: Timestamp) -> rusqlite::Result<Status> {
        let one = |query: &str| self.db.query_row(query, [], |row| row.get::<_, i64>(0)).map(|n| n.max(0) as u64);
        let by = |at: Timestamp, query: &str| {
            let count = self.db.query_row(query, [at.as_millisecond()], |row| row.get::<_, i64>(0));
            count.map(|n| n.max(0) as u64)
        };
        let watches = self.counted(STATES)?;
        let watches = watches.into_iter().map(|(name, n)| Ok((named("watch.state", &name, WatchState::parse)?, n)));
        let latest = self.counted(OUTCOMES)?;
        let latest = latest.into_iter().map(|(name, n)| Ok((named("watch.last_outcome", &name, Outcome::parse)?, n)));
        let vanished = self.counted(VANISHED)?;
        let vanished = vanished.into_iter().map(|(name, n)| Ok((named("presence.state", &name, Presence::parse)?, n)));
        let late = now.checked_sub(LATE).unwrap_or(now);
        let next: Option<i64> = self.db.query_row(NEXT, [], |row| row.get(0))?;
        let free = rustix::fs::statvfs(self.layout.root()).map(|s| s.f_bavail.saturating_mul(s.f_frsize)).unwrap_or(0);
        Ok(Status {
            watches: watches.collect::<rusqlite::Result<_>>()?,
            due: by(now, DUE)?,
            overdue: by(late, DUE)? + by(late, WAITING)?,
            next_due_at: next.map(timestamp),
            jobs: one(JOBS)?,
            snapshots: one(SNAPSHOTS)?,
            last_outcomes: latest.collect::<rusqlite::Result<_>>()?,
            troubled: self.counted(TROUBLED)?,
            vanished: vanished.collect::<rusqlite::Result<_>>()?,
            week: self.week(now)?,
            warc_bytes: one(OCTETS)?,
            segments: one(SEGMENTS)?,
            catalog_bytes: std::fs::metadata(self.layout.catalog()).map(|m| m.len()).unwrap_or(0),
            free_bytes: free,
            runs: self.runs(5).unwrap_or_default(),
        })
    }

    /// What is counted otherwise than it is: a sentence each.
    pub fn miscounted(&self) -> Result<Vec<String>> {
        let read = || {
            let mut select = self.db.prepare(
                "WITH there AS (
                     SELECT 'state' AS kind, state AS name, count(*) AS n FROM watch GROUP BY state UNION ALL
                     SELECT 'outcome', last_outcome, count(*) FROM watch
                         WHERE state = 'active' AND last_outcome IS NOT NULL GROUP BY last_outcome)
                 SELECT coalesce(t.kind, r.kind), coalesce(t.name, r.name), coalesce(t.n, 0), coalesce(r.n, 0)
                 FROM (SELECT kind, name, n FROM tally WHERE n <> 0) t
                     FULL JOIN there r ON r.kind = t.kind AND r.name = t.name
                 WHERE t.n IS NOT r.n ORDER BY 1, 2",
            )?;
            let rows = select.query_map([], |row| {
                let (kind, name, told, there): (String, String, i64, i64) =
                    (row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?);
                Ok(format!("{told} watches are counted whose {kind} is {name}, but there are {there}"))
            })?;
            rows.collect::<rusqlite::Result<_>>()
        };
        read().map_err(sql("cannot count the watches"))
    }

    /// Names and how often each occurs.
    fn counted(&self, query: &str) -> rusqlite::Result<Vec<(String, u64)>> {
        let mut select = self.db.prepare(query)?;
        select.query_map([], |row| Ok((row.get(0)?, row.get::<_, i64>(1)?.max(0) as u64)))?.collect()
    }

    fn week(&self, now: Timestamp) -> rusqlite::Result<Week> {
        let today = now.as_millisecond().div_euclid(DAY_MS);
        let from = today - DAYS + 1;
        let first: Option<i64> =
            self.db.query_row("SELECT min(day) FROM day", [], |row| row.get(0)).optional()?.flatten();
        let begun = first.unwrap_or(today).max(from) * DAY_MS;
        self.db.query_row(WEEK, [from, today], |row| {
            let number = |n: usize| row.get::<_, i64>(n).map(|n| n.max(0) as u64);
            Ok(Week {
                days: ((now.as_millisecond() - begun) as f64 / DAY_MS as f64).max(1.0),
                snapshots: number(0)?,
                octets: number(1)?,
                changed: number(2)?,
                failed: number(3)?,
                missed: number(4)?,
            })
        })
    }
}

#[cfg(test)]
#[path = "status_tests.rs"]
mod tests;
