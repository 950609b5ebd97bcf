//! What is known of the archive as a whole: the custody log, segments, runs, what was removed, and its soundness.

use jiff::Timestamp;
use rusqlite::{OptionalExtension as _, params};
use serde::Serialize;

use super::frontier::HostPause;
use super::reader::Reader;
use super::rows::{digest, timestamp};
use super::sql::sql;
use crate::error::Result;
use crate::model::{Digest, Place, RunId, SegmentId, SnapshotId, WatchId};

/// One entry of the custody log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct CustodyRow {
    /// Position, from 1.
    pub seq: i64,
    /// `snapshot`, or the kind of act.
    pub kind: String,
    /// The snapshot, or what the act is about.
    pub subject: Option<i64>,
    /// When an act happened.
    pub at: Option<Timestamp>,
    /// The leaf of an act.
    pub body: Option<String>,
    /// The hash that this entry ends in.
    pub hash: Digest,
}

/// One WARC file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SegmentRow {
    /// Its number.
    pub id: SegmentId,
    /// Path below the archive's folder.
    pub path: String,
    /// Committed octets.
    pub length: u64,
    /// Digest of the whole file, once sealed.
    pub digest: Option<Digest>,
    /// Removed by prune.
    pub removed: bool,
}

/// What is left of a removed snapshot.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Tombstone {
    /// Its number.
    pub snapshot: SnapshotId,
    /// The watch.
    pub watch: WatchId,
    /// SHA-256 of its leaf in the custody log.
    pub leaf: Digest,
    /// When it was removed.
    pub removed_at: Timestamp,
    /// By whom.
    pub removed_by: String,
    /// Why.
    pub reason: String,
}

/// One run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RunRow {
    /// Its number.
    pub id: RunId,
    /// Beginning.
    pub started_at: Timestamp,
    /// End.
    pub ended_at: Option<Timestamp>,
    /// How it ended.
    pub ended: Option<String>,
    /// `keepfast/VERSION`.
    pub software: String,
    /// `user@host`.
    pub operator: String,
    /// Digest of the resolved configuration.
    pub config_digest: Digest,
}

impl Reader {
    /// Where a certificate chain is kept.
    pub fn chains(&self) -> Result<Vec<(Digest, Place)>> {
        let mut select = self
            .db
            .prepare_cached("SELECT digest, segment, offset, length FROM chain")
            .map_err(sql("cannot read the certificate chains"))?;
        select
            .query_map([], |row| {
                let place = Place {
                    segment: SegmentId(row.get(1)?),
                    offset: row.get::<_, i64>(2)?.max(0) as u64,
                    length: row.get::<_, i64>(3)?.max(0) as u64,
                };
                Ok((digest(row.get(0)?), place))
            })
            .and_then(Iterator::collect)
            .map_err(sql("cannot read the certificate chains"))
    }

    /// All entries of the custody log after `after`, at most `limit`.
    pub fn custody(&self, after: i64, limit: u32) -> Result<Vec<CustodyRow>> {
        let mut select = self
            .db
            .prepare_cached(
                "SELECT seq, kind, subject, at, body, hash FROM custody WHERE seq > ?1 ORDER BY seq LIMIT ?2",
            )
            .map_err(sql("cannot read the custody log"))?;
        select
            .query_map(params![after, limit], |row| {
                Ok(CustodyRow {
                    seq: row.get(0)?,
                    kind: row.get(1)?,
                    subject: row.get(2)?,
                    at: row.get::<_, Option<i64>>(3)?.map(timestamp),
                    body: row.get(4)?,
                    hash: digest(row.get(5)?),
                })
            })
            .and_then(Iterator::collect)
            .map_err(sql("cannot read the custody log"))
    }

    /// All segments, removed ones included.
    pub fn segments(&self) -> Result<Vec<SegmentRow>> {
        let mut select = self
            .db
            .prepare_cached("SELECT id, path, length, digest, removed_at FROM segment ORDER BY id")
            .map_err(sql("cannot read the segments"))?;
        select
            .query_map([], |row| {
                Ok(SegmentRow {
                    id: SegmentId(row.get(0)?),
                    path: row.get(1)?,
                    length: row.get::<_, i64>(2)?.max(0) as u64,
                    digest: row.get::<_, Option<[u8; 32]>>(3)?.map(digest),
                    removed: row.get::<_, Option<i64>>(4)?.is_some(),
                })
            })
            .and_then(Iterator::collect)
            .map_err(sql("cannot read the segments"))
    }

    /// What is left of a removed snapshot.
    pub fn tombstone(&self, id: SnapshotId) -> Result<Option<Tombstone>> {
        self.db
            .prepare_cached(
                "SELECT snapshot, watch, leaf, removed_at, removed_by, reason FROM tombstone WHERE snapshot = ?1",
            )
            .and_then(|mut select| {
                select
                    .query_row([id.0], |row| {
                        Ok(Tombstone {
                            snapshot: SnapshotId(row.get(0)?),
                            watch: WatchId(row.get(1)?),
                            leaf: digest(row.get(2)?),
                            removed_at: timestamp(row.get(3)?),
                            removed_by: row.get(4)?,
                            reason: row.get(5)?,
                        })
                    })
                    .optional()
            })
            .map_err(sql("cannot read a tombstone"))
    }

    /// The newest runs, newest first.
    pub fn runs(&self, limit: u32) -> Result<Vec<RunRow>> {
        let mut select = self
            .db
            .prepare_cached(
                "SELECT id, started_at, ended_at, ended, software, operator, config_digest FROM run ORDER BY id DESC LIMIT ?1",
            )
            .map_err(sql("cannot read the runs"))?;
        select
            .query_map([limit], |row| {
                Ok(RunRow {
                    id: RunId(row.get(0)?),
                    started_at: timestamp(row.get(1)?),
                    ended_at: row.get::<_, Option<i64>>(2)?.map(timestamp),
                    ended: row.get(3)?,
                    software: row.get(4)?,
                    operator: row.get(5)?,
                    config_digest: digest(row.get(6)?),
                })
            })
            .and_then(Iterator::collect)
            .map_err(sql("cannot read the runs"))
    }

    /// What of a run goes into the leaves of its snapshots: digest of the configuration, and the software.
    pub fn run_facts(&self, run: RunId) -> Result<(Digest, String)> {
        self.db
            .prepare_cached("SELECT config_digest, software FROM run WHERE id = ?1")
            .and_then(|mut select| select.query_row([run.0], |row| Ok((digest(row.get(0)?), row.get(1)?))))
            .map_err(sql(format!("cannot read run {run}")))
    }

    /// The last entry of the custody log.
    pub fn custody_end(&self) -> Result<i64> {
        self.db
            .query_row("SELECT coalesce(max(seq), 0) FROM custody", [], |row| row.get(0))
            .map_err(sql("cannot read the custody log"))
    }

    /// The newest snapshot.
    pub fn newest_snapshot(&self) -> Result<SnapshotId> {
        self.db
            .query_row("SELECT coalesce(max(id), 0) FROM snapshot", [], |row| row.get(0).map(SnapshotId))
            .map_err(sql("cannot read the newest snapshot"))
    }

    /// Something was removed by policy.
    pub fn has_tombstones(&self) -> Result<bool> {
        self.db
            .prepare_cached("SELECT 1 FROM tombstone LIMIT 1")
            .and_then(|mut select| select.exists([]))
            .map_err(sql("cannot read the tombstones"))
    }

    /// Pauses that hosts asked for and that are not over.
    pub fn host_pauses(&self, now: Timestamp) -> Result<Vec<HostPause>> {
        let mut select = self
            .db
            .prepare_cached("SELECT host, not_before, slow FROM host WHERE not_before > ?1 OR slow > 1")
            .map_err(sql("cannot read the pace of hosts"))?;
        select
            .query_map([now.as_millisecond()], |row| {
                Ok(HostPause { host: row.get(0)?, not_before: timestamp(row.get(1)?), slow: row.get(2)? })
            })
            .and_then(Iterator::collect)
            .map_err(sql("cannot read the pace of hosts"))
    }

    /// SQLite's own checks: `integrity_check` and `foreign_key_check`; sentences of what is wrong.
    pub fn integrity(&self) -> Result<Vec<String>> {
        let mut out: Vec<String> = self
            .db
            .prepare("PRAGMA integrity_check(100)")
            .and_then(|mut check| check.query_map([], |row| row.get::<_, String>(0))?.collect())
            .map_err(sql("cannot check the catalogue"))?;
        out.retain(|line| line != "ok");
        let mut keys = self.db.prepare("PRAGMA foreign_key_check").map_err(sql("cannot check the catalogue"))?;
        let broken = keys
            .query_map([], |row| {
                Ok(format!(
                    "row {} of table {} refers to a row of {} that is not there",
                    row.get::<_, Option<i64>>(1)?.unwrap_or_default(),
                    row.get::<_, String>(0)?,
                    row.get::<_, String>(2)?
                ))
            })
            .and_then(Iterator::collect::<rusqlite::Result<Vec<_>>>)
            .map_err(sql("cannot check the catalogue"))?;
        out.extend(broken.into_iter().take(100));
        Ok(out)
    }
}
