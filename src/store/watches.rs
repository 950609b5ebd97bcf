//! Adding, listing and changing watches.

use std::collections::{BTreeSet, HashMap};

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension as _, TransactionBehavior, params};
use serde::{Deserialize, Serialize};

use super::due;
use super::sql::sql;
use crate::error::{Error, ErrorKind, Result};
use crate::model::{Cadence, NewWatch, SkipReason, Source, WatchId, WatchState};

/// What a sync with a configuration file or list changed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Synced {
    /// New watches.
    pub added: u64,
    /// Watches whose settings were changed, or that came back.
    pub changed: u64,
    /// Watches whose entry is gone.
    pub retired: u64,
}

/// A short-lived editor of watches, for commands that do not capture. Works while another process captures:
/// each call is one immediate transaction that waits its turn.
pub struct Edit {
    db: Connection,
}

impl Edit {
    pub(super) fn new(db: Connection) -> Self {
        Self { db }
    }

    fn in_transaction<T>(&mut self, work: impl FnOnce(&Connection) -> Result<T>) -> Result<T> {
        let tx = self
            .db
            .transaction_with_behavior(TransactionBehavior::Immediate)
            .map_err(sql("cannot write to the catalogue"))?;
        let value = work(&tx)?;
        tx.commit().map_err(sql("cannot commit to the catalogue"))?;
        Ok(value)
    }

    /// Adds watches; says for each whether it is new. One that was removed or retired comes back.
    pub fn add(&mut self, watches: &[NewWatch], at: Timestamp) -> Result<Vec<(WatchId, bool)>> {
        self.in_transaction(|db| add(db, watches, at))
    }

    /// Makes the watches of `source` equal to `watches`.
    pub fn sync(&mut self, source: Source, watches: &[NewWatch], at: Timestamp) -> Result<Synced> {
        self.in_transaction(|db| sync(db, source, watches, at))
    }

    /// Sets the state of a watch. What becomes active is due at once if it was never seen.
    pub fn set_state(&mut self, watch: WatchId, state: WatchState, at: Timestamp) -> Result<()> {
        self.in_transaction(|db| {
            let changed = db
                .execute("UPDATE watch SET state = ?2 WHERE id = ?1", params![watch.0, state.as_str()])
                .map_err(sql("cannot change a watch"))?;
            if changed == 1 {
                match state {
                    WatchState::Active => start(db, watch.0, at),
                    WatchState::Paused => due::withdraw(db, watch.0, SkipReason::Paused, None, at),
                    WatchState::Removed | WatchState::Retired => {
                        due::withdraw(db, watch.0, SkipReason::Removed, None, at)
                    }
                }
                .map_err(sql("cannot change a watch"))?;
            }
            if changed == 1 { Ok(()) } else { Err(Error::new(ErrorKind::Usage, format!("there is no watch {watch}"))) }
        })
    }

    /// Adds and removes labels.
    pub fn tag(&mut self, watch: WatchId, add: &[String], remove: &[String]) -> Result<()> {
        self.in_transaction(|db| {
            for tag in add {
                db.execute("INSERT OR IGNORE INTO watch_tag (tag, watch) VALUES (?1, ?2)", params![tag, watch.0])
                    .map_err(sql("cannot label a watch"))?;
            }
            for tag in remove {
                db.execute("DELETE FROM watch_tag WHERE tag = ?1 AND watch = ?2", params![tag, watch.0])
                    .map_err(sql("cannot label a watch"))?;
            }
            Ok(())
        })
    }

    /// Sets or clears the remark.
    pub fn note(&mut self, watch: WatchId, note: Option<&str>) -> Result<()> {
        self.in_transaction(|db| {
            db.execute("UPDATE watch SET note = ?2 WHERE id = ?1", params![watch.0, note])
                .map(|_| ())
                .map_err(sql("cannot change a watch"))
        })
    }

    /// Gives watches other due times, where they still wait for the ones that are named.
    pub fn replan(&mut self, other: &[(WatchId, Timestamp, Timestamp)], at: Timestamp) -> Result<()> {
        self.in_transaction(|db| {
            for (watch, was, next) in other {
                let still = "SELECT 1 FROM watch WHERE id = ?1 AND due_at = ?2";
                db.prepare_cached(still)
                    .and_then(|mut still| still.exists(params![watch.0, was.as_millisecond()]))
                    .and_then(|still| match still {
                        true => due::withdraw(db, watch.0, SkipReason::Rescheduled, Some(*next), at),
                        false => Ok(()),
                    })
                    .map_err(sql("cannot change a watch"))?;
            }
            Ok(())
        })
    }

    /// Sets or clears the own times, and the next due time with them.
    pub fn every(
        &mut self,
        watch: WatchId,
        every: Option<&Cadence>,
        next: Option<Timestamp>,
        at: Timestamp,
    ) -> Result<()> {
        self.in_transaction(|db| {
            db.execute("UPDATE watch SET every = ?2 WHERE id = ?1", params![watch.0, every.map(Cadence::to_string)])
                .and_then(|_| due::withdraw(db, watch.0, SkipReason::Rescheduled, next, at))
                .map_err(sql("cannot change a watch"))
        })
    }
}

pub(super) fn add(db: &Connection, watches: &[NewWatch], at: Timestamp) -> Result<Vec<(WatchId, bool)>> {
    watches.iter().map(|watch| add_one(db, watch, at).map_err(sql(format!("cannot add {}", watch.url)))).collect()
}

/// Adds watches that are captured once. Those that are watched already stay so.
pub(super) fn add_once(db: &Connection, watches: &[NewWatch], at: Timestamp) -> Result<Vec<WatchId>> {
    let mut out = Vec::with_capacity(watches.len());
    for (id, is_new) in add(db, watches, at)? {
        if is_new {
            db.prepare_cached("UPDATE watch SET state = 'retired', due_at = NULL WHERE id = ?1")
                .and_then(|mut update| update.execute([id.0]))
                .map_err(sql("cannot add a watch"))?;
        }
        out.push(id);
    }
    Ok(out)
}

pub(super) fn add_one(db: &Connection, watch: &NewWatch, at: Timestamp) -> rusqlite::Result<(WatchId, bool)> {
    let known = db
        .prepare_cached("SELECT id, state FROM watch WHERE key = ?1")?
        .query_row([&watch.key], |row| Ok((row.get::<_, i64>(0)?, row.get::<_, String>(1)?)))
        .optional()?;
    let (id, is_new) = match known {
        Some((id, state)) => {
            let back = state == WatchState::Removed.as_str() || state == WatchState::Retired.as_str();
            if back {
                db.prepare_cached("UPDATE watch SET state = 'active', source = ?2, ends_at = NULL WHERE id = ?1")?
                    .execute(params![id, watch.source.as_str()])?;
                start(db, id, at)?;
            }
            // Who names an item of a list by hand wants it for longer than the list would have it.
            db.prepare_cached("UPDATE watch SET source = ?2, ends_at = NULL WHERE id = ?1 AND source = 'item'")?
                .execute(params![id, watch.source.as_str()])?;
            if watch.note.is_some() {
                db.prepare_cached("UPDATE watch SET note = ?2 WHERE id = ?1")?.execute(params![id, watch.note])?;
            }
            if watch.every.is_some() || !watch.options.is_empty() {
                db.prepare_cached(
                    "UPDATE watch SET every = coalesce(?2, every), options = coalesce(?3, options) WHERE id = ?1",
                )?
                .execute(params![id, every(watch), options(watch)])?;
            }
            (id, back)
        }
        None => {
            let id = db
                .prepare_cached(
                    "INSERT INTO watch (key, url, host, source, state, note, every, options, created_at, due_at, since)
                     VALUES (?1, ?2, ?3, ?4, 'active', ?5, ?6, ?7, ?8, ?8, min(?8, coalesce(?9, ?8))) RETURNING id",
                )?
                .query_row(
                    params![
                        watch.key,
                        watch.url,
                        watch.host,
                        watch.source.as_str(),
                        watch.note,
                        every(watch),
                        options(watch),
                        at.as_millisecond(),
                        watch.published.map(|at| at.as_millisecond())
                    ],
                    |row| row.get(0),
                )?;
            (id, true)
        }
    };
    for tag in &watch.tags {
        db.prepare_cached("INSERT OR IGNORE INTO watch_tag (tag, watch) VALUES (?1, ?2)")?.execute(params![tag, id])?;
    }
    Ok((WatchId(id), is_new))
}

/// A watch that becomes active is due at once, unless it is due or under way already.
fn start(db: &Connection, watch: i64, at: Timestamp) -> rusqlite::Result<()> {
    db.prepare_cached(
        "UPDATE watch SET due_at = ?2
         WHERE id = ?1 AND due_at IS NULL AND NOT EXISTS (SELECT 1 FROM job WHERE job.watch = watch.id)",
    )?
    .execute(params![watch, at.as_millisecond()])?;
    Ok(())
}

fn every(watch: &NewWatch) -> Option<String> {
    watch.every.as_ref().map(Cadence::to_string)
}

fn options(watch: &NewWatch) -> Option<String> {
    if watch.options.is_empty() { None } else { serde_json::to_string(&watch.options).ok() }
}

pub(super) fn sync(db: &Connection, source: Source, watches: &[NewWatch], at: Timestamp) -> Result<Synced> {
    sync_rows(db, source, watches, at).map_err(sql(format!("cannot take over the entries of the {source}")))
}

fn sync_rows(db: &Connection, source: Source, watches: &[NewWatch], at: Timestamp) -> rusqlite::Result<Synced> {
    let mut out = Synced::default();
    let mut known: HashMap<String, (i64, String)> = db
        .prepare("SELECT key, id, state FROM watch WHERE source = ?1")?
        .query_map([source.as_str()], |row| Ok((row.get(0)?, (row.get(1)?, row.get(2)?))))?
        .collect::<rusqlite::Result<_>>()?;
    for watch in watches {
        let id = match known.remove(&watch.key) {
            None => {
                let (id, is_new) = add_one(db, watch, at)?;
                out.added += u64::from(is_new);
                id.0
            }
            Some((id, state)) => {
                // A pause or removal by hand holds; only what had left the file comes back by itself.
                let back = state == WatchState::Retired.as_str();
                let changed = db
                    .prepare_cached(
                        "UPDATE watch SET url = ?2, host = ?3, note = ?4, every = ?5, options = ?6,
                             state = CASE WHEN state = 'retired' THEN 'active' ELSE state END
                         WHERE id = ?1 AND (url, host, note, every, options) IS NOT (?2, ?3, ?4, ?5, ?6) OR id = ?1 AND state = 'retired'",
                    )?
                    .execute(params![
                        id,
                        watch.url,
                        watch.host,
                        watch.note,
                        every(watch),
                        options(watch)
                    ])?;
                if back {
                    start(db, id, at)?;
                }
                out.changed += u64::from(changed > 0 || back);
                id
            }
        };
        let now: BTreeSet<String> = db
            .prepare_cached("SELECT tag FROM watch_tag WHERE watch = ?1")?
            .query_map([id], |row| row.get(0))?
            .collect::<rusqlite::Result<_>>()?;
        let want: BTreeSet<String> = watch.tags.iter().cloned().collect();
        for tag in want.difference(&now) {
            db.prepare_cached("INSERT OR IGNORE INTO watch_tag (tag, watch) VALUES (?1, ?2)")?
                .execute(params![tag, id])?;
        }
        for tag in now.difference(&want) {
            db.prepare_cached("DELETE FROM watch_tag WHERE tag = ?1 AND watch = ?2")?.execute(params![tag, id])?;
        }
    }
    for (id, state) in known.into_values() {
        if state == WatchState::Active.as_str() || state == WatchState::Paused.as_str() {
            db.prepare_cached("UPDATE watch SET state = 'retired' WHERE id = ?1")?.execute([id])?;
            due::withdraw(db, id, SkipReason::Removed, None, at)?;
            out.retired += 1;
        }
    }
    Ok(out)
}
