//! What watched lists name.

use std::collections::HashSet;

use rusqlite::{Connection, OptionalExtension as _, params};

use super::reader::Reader;
use super::sql::sql;
use super::watches;
use crate::error::Result;
use crate::model::{Captured, WatchId};

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

impl Reader {
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
