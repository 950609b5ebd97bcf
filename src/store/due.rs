//! Due times: where they stand until they end, and how they ended.
//!
//! A due time is in `watch.due_at`, or with its job in the frontier, or a row of `due`: in one of them, always. Each row
//! names the one that follows it, so that none can go missing unseen.

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension as _, params};
use serde::Serialize;

use super::reader::Reader;
use super::rows::{digest, named, named_opt, timestamp};
use super::sql::sql;
use crate::error::Result;
use crate::model::{Cadence, Captured, Digest, DueEnd, DueRow, Pulse, Settled, SkipReason, SnapshotId, Watch, WatchId};

/// A due time that ended, as it is kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct DueEnded {
    /// Its watch.
    pub watch: WatchId,
    /// The due time, or several that ended alike.
    #[serde(flatten)]
    pub row: DueRow,
    /// When that was settled.
    pub ended_at: Timestamp,
    /// The look that was had.
    pub snapshot: Option<SnapshotId>,
}

/// A watch that waits for its due time.
#[derive(Clone, Debug, PartialEq)]
pub struct Planned {
    /// Which.
    pub watch: WatchId,
    /// Its own times.
    pub every: Option<Cadence>,
    /// When it is due.
    pub due_at: Timestamp,
    /// When the newest look had ended.
    pub looked_at: Timestamp,
    /// Its labels.
    pub tags: Vec<String>,
    /// How it changes, as far as is known.
    pub pulse: Pulse,
}

/// Ends the due time of a watch without a look: what waits in the frontier is taken out. A look that is under way goes on, and
/// ends its due time itself.
pub(super) fn withdraw(
    db: &Connection,
    watch: i64,
    reason: SkipReason,
    next: Option<Timestamp>,
    at: Timestamp,
) -> rusqlite::Result<()> {
    let of_job = db
        .prepare_cached("DELETE FROM job WHERE watch = ?1 AND claimed_at IS NULL RETURNING due_at")?
        .query_row([watch], |row| row.get::<_, Option<i64>>(0))
        .optional()?
        .flatten();
    let of_watch: Option<i64> =
        db.prepare_cached("SELECT due_at FROM watch WHERE id = ?1")?.query_row([watch], |row| row.get(0))?;
    if let Some(due) = of_job.or(of_watch) {
        let row =
            DueRow { at: timestamp(due), until: None, times: 1, ended: DueEnd::Skipped, reason: Some(reason), next };
        insert(db, watch, &row, at, None)?;
    }
    db.prepare_cached("UPDATE watch SET due_at = ?2 WHERE id = ?1")?
        .execute(params![watch, next.map(|next| next.as_millisecond())])?;
    Ok(())
}

pub(super) fn insert(
    db: &Connection,
    watch: i64,
    row: &DueRow,
    ended_at: Timestamp,
    snapshot: Option<i64>,
) -> rusqlite::Result<()> {
    // Twice the same due time: a clock that was set back. The later word is the better one.
    db.prepare_cached(
        "INSERT INTO due_end (watch, at, until, times, ended, reason, ended_at, snapshot, next)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9) ON CONFLICT DO UPDATE SET until = excluded.until,
             times = excluded.times, ended = excluded.ended, reason = excluded.reason, ended_at = excluded.ended_at,
             snapshot = excluded.snapshot, next = excluded.next",
    )?
    .execute(params![
        watch,
        row.at.as_millisecond(),
        row.until.map(|at| at.as_millisecond()),
        row.times,
        row.ended.as_str(),
        row.reason.map(|reason| reason.as_str()),
        ended_at.as_millisecond(),
        snapshot,
        row.next.map(|at| at.as_millisecond()),
    ])?;
    Ok(())
}

/// The due time that ends with a look and with nothing else: told by the row of its snapshot.
pub(super) struct Own {
    at: i64,
    late: bool,
    next: Option<i64>,
}

impl Own {
    /// Its due time, whether it ended late, and the due time that followed.
    pub fn columns(own: Option<&Self>) -> (Option<i64>, Option<bool>, Option<i64>) {
        own.map_or((None, None, None), |own| (Some(own.at), Some(own.late), own.next))
    }
}

/// Ends due times with a look; `next` is the one that follows them. That which is the look's own is given back.
pub(super) fn end(
    db: &Connection,
    captured: &Captured,
    settled: &Settled,
    snapshot: i64,
    next: Option<i64>,
) -> rusqlite::Result<Option<Own>> {
    let mut own = None;
    for (n, row) in settled.ended.iter().enumerate() {
        let mut row = row.clone();
        let is_last = n + 1 == settled.ended.len();
        if is_last {
            row.next = next.map(timestamp);
        }
        let looked = matches!(row.ended, DueEnd::Ran | DueEnd::Late);
        if is_last && looked && row.times == 1 && row.until.is_none() && row.reason.is_none() {
            own = Some(Own { at: row.at.as_millisecond(), late: row.ended == DueEnd::Late, next });
        } else {
            insert(db, captured.watch.0, &row, captured.ended_at, looked.then_some(snapshot))?;
        }
    }
    Ok(own)
}

impl Reader {
    /// How a watch changes, as far as is known.
    pub fn pulse(&self, watch: WatchId) -> Result<Pulse> {
        self.db
            .prepare_cached(
                "SELECT since, seen_at, looks, changes, observed, absent_since, troubles FROM watch WHERE id = ?1",
            )
            .and_then(|mut select| select.query_row([watch.0], |row| pulse(row, 0)))
            .map_err(sql("cannot read a watch"))
    }

    /// The active watches that are due next, soonest first; those whose look is waiting or under way come last.
    pub fn upcoming(&self, limit: u64) -> Result<Vec<Watch>> {
        self.soonest(limit).map_err(sql("cannot read what is due"))
    }

    /// Active watches after `after` that wait for a due time, with what the next one hangs on: a page of all of them.
    pub fn planned(&self, after: WatchId, limit: u32) -> Result<Vec<Planned>> {
        self.db
            .prepare_cached(
                "SELECT w.id, w.every, w.due_at, coalesce(s.started_at + s.duration, 0),
                     (SELECT group_concat(tag, char(31) ORDER BY tag) FROM watch_tag WHERE watch = w.id),
                     w.since, w.seen_at, w.looks, w.changes, w.observed, w.absent_since, w.troubles
                 FROM watch w JOIN snapshot s ON s.id = w.last_snapshot
                 WHERE w.id > ?1 AND w.state = 'active' AND w.due_at IS NOT NULL ORDER BY w.id LIMIT ?2",
            )
            .and_then(|mut select| {
                let rows = select.query_map(params![after.0, limit], |row| {
                    let (every, tags): (Option<String>, Option<String>) = (row.get(1)?, row.get(4)?);
                    Ok(Planned {
                        watch: WatchId(row.get(0)?),
                        every: every.and_then(|text| text.parse().ok()),
                        due_at: timestamp(row.get(2)?),
                        looked_at: timestamp(row.get(3)?),
                        tags: tags.map(|t| t.split('\u{1f}').map(str::to_owned).collect()).unwrap_or_default(),
                        pulse: pulse(row, 5)?,
                    })
                })?;
                rows.collect()
            })
            .map_err(sql("cannot read what is due"))
    }

    /// Digest of the configuration of the newest run.
    pub fn last_config(&self) -> Result<Option<Digest>> {
        self.db
            .prepare_cached("SELECT config_digest FROM run ORDER BY id DESC LIMIT 1")
            .and_then(|mut select| select.query_row([], |row| row.get(0).map(digest)).optional())
            .map_err(sql("cannot read the runs"))
    }

    fn soonest(&self, limit: u64) -> rusqlite::Result<Vec<Watch>> {
        let ids = self
            .db
            .prepare_cached(
                "SELECT id FROM watch WHERE state = 'active' AND due_at IS NOT NULL ORDER BY due_at LIMIT ?1",
            )?
            .query_map([i64::try_from(limit).unwrap_or(i64::MAX)], |row| row.get(0).map(WatchId))?
            .collect::<rusqlite::Result<Vec<_>>>()?;
        ids.into_iter().filter_map(|id| self.watch_of(id).transpose()).collect()
    }

    /// How the newest due times of a watch ended, newest first.
    pub fn due_ended(&self, watch: WatchId, limit: u32) -> Result<Vec<DueEnded>> {
        self.db
            .prepare_cached(
                "SELECT at, until, times, ended, reason, ended_at, snapshot, next FROM due WHERE watch = ?1
                 ORDER BY at DESC LIMIT ?2",
            )
            .and_then(|mut select| select.query_map(params![watch.0, limit], |row| ended(watch, row))?.collect())
            .map_err(sql("cannot read how due times ended"))
    }
}

/// A [`Pulse`] in seven columns from `first` on.
pub(super) fn pulse(row: &rusqlite::Row<'_>, first: usize) -> rusqlite::Result<Pulse> {
    Ok(Pulse {
        since: timestamp(row.get(first)?),
        seen_at: row.get::<_, Option<i64>>(first + 1)?.map(timestamp),
        looks: row.get(first + 2)?,
        changes: row.get(first + 3)?,
        observed: row.get(first + 4)?,
        absent_since: row.get::<_, Option<i64>>(first + 5)?.map(timestamp),
        troubles: row.get(first + 6)?,
    })
}

fn ended(watch: WatchId, row: &rusqlite::Row<'_>) -> rusqlite::Result<DueEnded> {
    Ok(DueEnded {
        watch,
        row: DueRow {
            at: timestamp(row.get(0)?),
            until: row.get::<_, Option<i64>>(1)?.map(timestamp),
            times: row.get(2)?,
            ended: named("due.ended", &row.get::<_, String>(3)?, DueEnd::parse)?,
            reason: named_opt("due.reason", row.get(4)?, SkipReason::parse)?,
            next: row.get::<_, Option<i64>>(7)?.map(timestamp),
        },
        ended_at: timestamp(row.get(5)?),
        snapshot: row.get::<_, Option<i64>>(6)?.map(SnapshotId),
    })
}
