//! What watched lists name.

use std::collections::HashSet;

use rusqlite::{Connection, OptionalExtension as _, params};

use super::reader::Reader;
use super::sql::sql;
use super::{due, watches};
use crate::error::Result;
use crate::model::{Captured, ListEnd, Platform, Route, SkipReason, WatchId};

/// Watches what a list names and is not watched yet, and notes what it still names.
pub(super) fn insert(db: &Connection, captured: &Captured, snapshot: i64) -> rusqlite::Result<()> {
    for item in &captured.items {
        let still = db
            .prepare_cached("UPDATE item SET last = ?3 WHERE list = ?1 AND identity = ?2")?
            .execute(params![captured.watch.0, item.identity, snapshot])?;
        if still > 0 {
            continue;
        }
        let known = db
            .prepare_cached("SELECT id FROM watch WHERE key = ?1")?
            .query_row([&item.watch.key], |row| row.get::<_, i64>(0))
            .optional()?;
        let watch = match known {
            // Watched, paused or removed by somebody: that holds.
            Some(id) => id,
            None => {
                let (id, _) = watches::add_one(db, &item.watch, captured.ended_at)?;
                if let Some(ends_at) = item.ends_at {
                    db.prepare_cached("UPDATE watch SET ends_at = ?2 WHERE id = ?1")?
                        .execute(params![id.0, ends_at.as_millisecond()])?;
                }
                id.0
            }
        };
        db.prepare_cached("INSERT INTO item (list, identity, watch, first, last) VALUES (?1, ?2, ?3, ?4, ?4)")?
            .execute(params![captured.watch.0, item.identity, watch, snapshot])?;
    }
    Ok(())
}

/// What the look told of the host, of the ends of the list, and of items that are to be looked at now.
pub(super) fn told(db: &Connection, captured: &Captured) -> rusqlite::Result<()> {
    if let Some(program) = &captured.program {
        db.prepare_cached(
            "INSERT INTO program (host, platform, software, version, told_by, seen_at)
             SELECT host, ?2, ?3, ?4, ?5, ?6 FROM watch WHERE id = ?1
             ON CONFLICT DO UPDATE SET platform = ?2, software = ?3, version = ?4, told_by = ?5, seen_at = ?6",
        )?
        .execute(params![
            captured.watch.0,
            program.platform.as_str(),
            program.software,
            program.version,
            program.told_by,
            captured.ended_at.as_millisecond(),
        ])?;
    }
    if let Some(ends) = &captured.ends {
        db.prepare_cached("DELETE FROM list_end WHERE list = ?1")?.execute([captured.watch.0])?;
        let mut insert =
            db.prepare_cached("INSERT INTO list_end (list, seq, route, had, backfill) VALUES (?1, ?2, ?3, ?4, ?5)")?;
        for (seq, end) in ends.iter().enumerate() {
            let route = serde_json::to_string(&end.route);
            let route = route.map_err(|e| rusqlite::Error::ToSqlConversionFailure(Box::new(e)))?;
            insert.execute(params![captured.watch.0, seq as i64, route, end.had, end.backfill])?;
        }
    }
    let mut later = db.prepare_cached(
        "SELECT w.id FROM item i JOIN watch w ON w.id = i.watch
         WHERE i.list = ?1 AND i.identity = ?2 AND w.state = 'active' AND w.due_at > ?3
             AND NOT EXISTS (SELECT 1 FROM job WHERE job.watch = w.id)",
    )?;
    let at = captured.ended_at;
    for identity in &captured.hasten {
        let watch = later
            .query_row(params![captured.watch.0, identity, at.as_millisecond()], |row| row.get::<_, i64>(0))
            .optional()?;
        if let Some(watch) = watch {
            due::withdraw(db, watch, SkipReason::Hastened, Some(at), at)?;
        }
    }
    Ok(())
}

impl Reader {
    /// Whose adapter knows the program that answers on a host (`example.org:443`), as its pages told.
    pub fn program_of(&self, host: &str) -> Result<Option<Platform>> {
        self.db
            .prepare_cached("SELECT platform FROM program WHERE host = ?1")
            .and_then(|mut select| select.query_row([host], |row| row.get::<_, String>(0)).optional())
            .map(|name| name.as_deref().and_then(Platform::parse))
            .map_err(sql("cannot read which program answers on a host"))
    }

    /// Where the paging back of a list ended for a time.
    pub fn list_ends(&self, list: WatchId) -> Result<Vec<ListEnd>> {
        let select = || {
            let mut select =
                self.db.prepare_cached("SELECT route, had, backfill FROM list_end WHERE list = ?1 ORDER BY seq")?;
            let rows = select.query_map([list.0], |row| {
                let route: String = row.get(0)?;
                Ok((serde_json::from_str(&route).ok(), row.get(1)?, row.get(2)?))
            })?;
            let ends = rows.collect::<rusqlite::Result<Vec<(Option<Route>, u32, bool)>>>()?;
            let ends =
                ends.into_iter().filter_map(|(route, had, backfill)| Some(ListEnd { route: route?, had, backfill }));
            rusqlite::Result::Ok(ends.collect())
        };
        select().map_err(sql("cannot read where a list goes on"))
    }

    /// The lists that named a watch, those that were added first first.
    pub fn lists_of(&self, item: WatchId) -> Result<Vec<WatchId>> {
        self.db
            .prepare_cached("SELECT DISTINCT list FROM item WHERE watch = ?1 ORDER BY list LIMIT 100")
            .and_then(|mut select| select.query_map([item.0], |row| row.get(0).map(WatchId))?.collect())
            .map_err(sql("cannot read which lists name a watch"))
    }

    /// Which of these a list has named before.
    pub fn known_items(&self, list: WatchId, identities: &[String]) -> Result<HashSet<String>> {
        let known = || {
            let mut select = self.db.prepare_cached("SELECT 1 FROM item WHERE list = ?1 AND identity = ?2")?;
            let mut known = HashSet::new();
            for identity in identities {
                if select.exists(params![list.0, identity])? {
                    known.insert(identity.clone());
                }
            }
            rusqlite::Result::Ok(known)
        };
        known().map_err(sql("cannot read what a list names"))
    }
}
