//! Removal by policy. Nothing that stays is changed: a snapshot is removed whole with its rows, its tombstone
//! keeps the digest of its leaf so that the custody log still proves itself, and a sealed segment is deleted
//! only when no row refers to any of it.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use rusqlite::{Connection, params};
use serde::Serialize;

use super::commit::EXCHANGES;
use super::documents::SHOWN;
use super::posts;
use super::reader::Reader;
use super::rows::timestamp;
use super::search;
use super::sql::sql;
use crate::error::{Result, io};
use crate::model::{Digest, SnapshotId};

/// The kind of act that a removal is.
pub const PRUNE: &str = "prune";

/// Snapshots to be removed.
#[derive(Clone, Debug)]
pub struct Removal {
    /// Each with the digest of its leaf.
    pub snapshots: Vec<(SnapshotId, Digest)>,
    /// When.
    pub at: Timestamp,
    /// By whom.
    pub by: String,
    /// Why.
    pub reason: String,
}

impl Removal {
    /// The leaf of the act in the custody log.
    pub(super) fn custody_body(&self, removed: &Removed) -> String {
        let snapshots: Vec<_> = self.snapshots.iter().map(|(id, leaf)| (id.0, leaf.hex())).collect();
        let mut body = serde_json::json!({
            "keepfast_act": 1, "act": PRUNE, "at": self.at.as_millisecond(), "by": self.by, "reason": self.reason,
            "snapshots": snapshots
        });
        if !removed.readings.is_empty() {
            body["readings"] = serde_json::json!(removed.readings);
        }
        body.to_string()
    }
}

/// What was removed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Removed {
    /// Snapshots.
    pub snapshots: u64,
    /// Segments that nothing refers to any more: paths below the archive's folder and octets.
    pub segments: Vec<(String, u64)>,
    /// Documents that an act of the custody log speaks of: the number of the entry, and theirs.
    #[serde(skip)]
    pub readings: Vec<(i64, i64)>,
}

pub(super) fn remove(db: &Connection, removal: &Removal) -> Result<Removed> {
    remove_rows(db, removal).map_err(sql("cannot remove snapshots"))
}

fn remove_rows(db: &Connection, removal: &Removal) -> rusqlite::Result<Removed> {
    // Rows go in an order that suits the statements, not the keys between them.
    db.execute_batch("PRAGMA defer_foreign_keys = ON")?;
    let mut watches = BTreeSet::new();
    let shown: Vec<SnapshotId> = removal.snapshots.iter().map(|(id, _)| *id).collect();
    let posts = posts::before_removal(db, &shown)?;
    for (id, leaf) in &removal.snapshots {
        db.prepare_cached(
            "INSERT INTO tombstone SELECT id, watch, started_at, outcome, ?2, ?3, ?4, ?5 FROM snapshot WHERE id = ?1",
        )?
        .execute(params![id.0, leaf.0, removal.at.as_millisecond(), removal.by, removal.reason])?;
        let range = [id.0 * EXCHANGES, (id.0 + 1) * EXCHANGES];
        db.prepare_cached("DELETE FROM media WHERE snapshot = ?1")?.execute([id.0])?;
        db.prepare_cached("DELETE FROM page WHERE snapshot = ?1")?.execute([id.0])?;
        db.prepare_cached("DELETE FROM change WHERE snapshot = ?1")?.execute([id.0])?;
        db.prepare_cached("DELETE FROM held WHERE exchange >= ?1 AND exchange < ?2")?.execute(range)?;
        db.prepare_cached("DELETE FROM exchange WHERE id >= ?1 AND id < ?2")?.execute(range)?;
        // How its due time ended is still to be told.
        db.prepare_cached(
            "INSERT OR IGNORE INTO due_end SELECT watch, due_at, NULL, 1, iif(due_late, 'late', 'ran'),
                 NULL, started_at + duration, id, due_next FROM snapshot WHERE id = ?1 AND due_at IS NOT NULL",
        )?
        .execute([id.0])?;
        let watch: i64 = db
            .prepare_cached("DELETE FROM snapshot WHERE id = ?1 RETURNING watch")?
            .query_row([id.0], |row| row.get(0))?;
        watches.insert(watch);
        db.prepare_cached(
            "UPDATE watch SET snapshots = max(snapshots - 1, 0),
                 last_snapshot = (SELECT max(id) FROM snapshot WHERE watch = ?1),
                 current_snapshot = CASE WHEN current_snapshot = ?2 THEN NULL ELSE current_snapshot END
             WHERE id = ?1",
        )?
        .execute([watch, id.0])?;
    }
    let readings = remove_documents(db)?;
    posts::removed(db, posts)?;
    db.execute_batch(
        "DELETE FROM payload WHERE NOT EXISTS (SELECT 1 FROM exchange e WHERE e.payload = payload.id)
             AND NOT EXISTS (SELECT 1 FROM document d WHERE d.payload = payload.id);
         DELETE FROM chain WHERE NOT EXISTS (SELECT 1 FROM exchange e WHERE e.chain = chain.digest);",
    )?;
    // Nothing that was removed is found; what is left of these watches is indexed again behind this.
    for watch in watches {
        search::again(db, watch)?;
    }
    let mut empty = db.prepare(
        "SELECT id, path, length FROM segment g WHERE sealed_at IS NOT NULL AND removed_at IS NULL
             AND NOT EXISTS (SELECT 1 FROM exchange e WHERE e.segment = g.id)
             AND NOT EXISTS (SELECT 1 FROM chain c WHERE c.segment = g.id)",
    )?;
    let rows = empty
        .query_map([], |row| Ok((row.get::<_, i64>(0)?, row.get::<_, String>(1)?, row.get::<_, i64>(2)?)))?
        .collect::<rusqlite::Result<Vec<_>>>()?;
    let mut removed = Removed { snapshots: removal.snapshots.len() as u64, segments: Vec::new(), readings };
    for (id, path, length) in rows {
        db.execute("UPDATE segment SET removed_at = ?2 WHERE id = ?1", params![id, removal.at.as_millisecond()])?;
        removed.segments.push((path, length.max(0) as u64));
    }
    Ok(removed)
}

/// Removes what no snapshot refers to any more; what was read again stays as long as a snapshot holds what it was read
/// from. Returns which of these had an act of the custody log, and which one.
fn remove_documents(db: &Connection) -> rusqlite::Result<Vec<(i64, i64)>> {
    let mut select = db.prepare(&format!(
        "SELECT id, act FROM document WHERE id NOT IN (SELECT document FROM ({SHOWN}))
             AND (act IS NULL OR (payload, url) NOT IN
                 (SELECT d.payload, d.url FROM ({SHOWN}) s JOIN document d ON d.id = s.document))"
    ))?;
    let rows = select.query_map([], |row| Ok((row.get::<_, i64>(0)?, row.get::<_, Option<i64>>(1)?)))?;
    let gone = rows.collect::<rusqlite::Result<Vec<_>>>()?;
    for (id, _) in &gone {
        db.prepare_cached("DELETE FROM comment WHERE document = ?1")?.execute([id])?;
        db.prepare_cached("DELETE FROM document WHERE id = ?1")?.execute([id])?;
    }
    Ok(gone.into_iter().filter_map(|(id, act)| Some((act?, id))).collect())
}

impl Reader {
    /// The snapshots among `wanted` that nothing outside of `wanted` needs, with the octets of their records; and
    /// how many are needed and so have to stay. A snapshot is needed if another one is compared with it, shows
    /// its media, or revisits its records.
    pub fn removable(&self, wanted: &[SnapshotId]) -> Result<(Vec<(SnapshotId, u64)>, u64)> {
        self.removable_rows(wanted).map_err(sql("cannot see what may be removed"))
    }

    fn removable_rows(&self, wanted: &[SnapshotId]) -> rusqlite::Result<(Vec<(SnapshotId, u64)>, u64)> {
        let mut left: BTreeSet<i64> = wanted.iter().map(|id| id.0).collect();
        let mut needed_by = self.db.prepare_cached(
            "SELECT s.id FROM snapshot s WHERE s.watch = (SELECT watch FROM snapshot WHERE id = ?1) AND s.id > ?1
                 AND (s.previous = ?1 OR s.media_of = ?1)
             UNION SELECT e.id / 4096 FROM payload p JOIN exchange e ON e.payload = p.id
                 WHERE p.exchange >= ?1 * 4096 AND p.exchange < (?1 + 1) * 4096
             UNION SELECT m.snapshot FROM media m WHERE m.exchange >= ?1 * 4096 AND m.exchange < (?1 + 1) * 4096",
        )?;
        let mut users: BTreeMap<i64, Vec<i64>> = BTreeMap::new();
        for id in &left {
            let by = needed_by.query_map([id], |row| row.get(0))?.collect::<rusqlite::Result<_>>()?;
            users.insert(*id, by);
        }
        loop {
            let stay: Vec<i64> = left
                .iter()
                .copied()
                .filter(|id| users.get(id).is_some_and(|by| by.iter().any(|user| user != id && !left.contains(user))))
                .collect();
            if stay.is_empty() {
                break;
            }
            stay.iter().for_each(|id| {
                left.remove(id);
            });
        }
        let mut octets = self.db.prepare_cached(
            "SELECT coalesce(sum(length), 0) FROM exchange WHERE id >= ?1 * 4096 AND id < (?1 + 1) * 4096",
        )?;
        let needed = wanted.len() as u64 - left.len() as u64;
        let rows = left
            .into_iter()
            .map(|id| octets.query_row([id], |row| Ok((SnapshotId(id), row.get::<_, i64>(0)?.max(0) as u64))))
            .collect::<rusqlite::Result<_>>()?;
        Ok((rows, needed))
    }

    /// Snapshots of removed watches, and of watches with any of `tags`, begun before a moment; never the current
    /// one of a watch that is not removed.
    pub fn prunable(&self, tags: &[String], before: Timestamp) -> Result<Vec<SnapshotId>> {
        let place = "cannot see what may be removed";
        let mut out = BTreeSet::new();
        let mut select = self
            .db
            .prepare(
                "SELECT s.id FROM snapshot s JOIN watch w ON w.id = s.watch WHERE s.started_at < ?1
                     AND (w.state = 'removed' OR (s.id IS NOT w.current_snapshot
                         AND w.id IN (SELECT watch FROM watch_tag WHERE tag = ?2)))",
            )
            .map_err(sql(place))?;
        // Without tags one round with a tag that no watch has.
        for tag in tags.iter().map(String::as_str).chain([""]) {
            let rows = select
                .query_map(params![before.as_millisecond(), tag], |row| row.get(0).map(SnapshotId))
                .and_then(Iterator::collect::<rusqlite::Result<Vec<_>>>)
                .map_err(sql(place))?;
            out.extend(rows);
        }
        Ok(out.into_iter().collect())
    }

    /// Deletes the files of segments that the catalogue has marked as removed; returns the octets freed.
    pub fn sweep_segments(&self) -> Result<u64> {
        let mut freed = 0;
        for segment in self.segments()?.into_iter().filter(|segment| segment.removed) {
            let path = self.layout.root().join(&segment.path);
            match std::fs::remove_file(&path) {
                Ok(()) => freed += segment.length,
                Err(e) if e.kind() == std::io::ErrorKind::NotFound => {}
                Err(e) => return Err(io(format!("cannot delete {}", path.display()))(e)),
            }
        }
        Ok(freed)
    }

    /// The moment of the oldest snapshot.
    pub fn oldest(&self) -> Result<Option<Timestamp>> {
        self.db
            .query_row("SELECT min(started_at) FROM snapshot", [], |row| row.get::<_, Option<i64>>(0))
            .map(|at| at.map(timestamp))
            .map_err(sql("cannot read the oldest snapshot"))
    }
}
