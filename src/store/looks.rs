//! The newest looks, and what hosts are watched: for whoever says how platforms fare. Nothing here goes through a large table.

use jiff::Timestamp;
use rusqlite::{Row, params};
use serde::Serialize;

use super::commit::EXCHANGES;
use super::reader::Reader;
use super::rows::{named, timestamp};
use super::sql::sql;
use crate::error::Result;
use crate::model::{Asked, Outcome, Platform, SnapshotId, WatchOptions};

/// The newest looks, the newest first.
const NEWEST: &str = "SELECT s.id, coalesce(s.url, w.url), w.host, w.options, s.started_at, s.outcome,
         d.asked, s.failure
     FROM snapshot s CROSS JOIN watch w ON w.id = s.watch LEFT JOIN document d ON d.id = s.document
     ORDER BY s.id DESC LIMIT ?1";
/// Requests of one look for what was looked at, that were refused or not answered. That something is not there is no refusal.
const REFUSED: &str = "SELECT coalesce(e.url, s.url, w.url), e.started_at, e.status, e.failure
     FROM exchange e CROSS JOIN snapshot s ON s.id = ?1 CROSS JOIN watch w ON w.id = s.watch
     WHERE e.id >= ?2 AND e.id < ?3 AND e.hop IN ('seed', 'data', 'page')
         AND (e.status IS NULL OR (e.status >= 400 AND e.status NOT IN (404, 410))) ORDER BY e.id";
const PROGRAMS: &str = "SELECT host, platform, software FROM program ORDER BY host LIMIT ?1";
/// From each host to the next one in the index, however many watches it has.
const HOSTS: &str = "WITH RECURSIVE h (host) AS (
         SELECT min(host) FROM watch WHERE state = 'active'
         UNION ALL SELECT (SELECT min(host) FROM watch WHERE state = 'active' AND host > h.host) FROM h WHERE h.host IS NOT NULL)
     SELECT host FROM h WHERE host IS NOT NULL LIMIT ?1";
const ON_HOST: &str = "SELECT count(*) FROM watch WHERE state = 'active' AND host = ?1";

/// One look, as far as it tells of a platform.
#[derive(Clone, Debug)]
pub struct Looked {
    /// Its snapshot.
    pub snapshot: SnapshotId,
    /// What was asked for.
    pub url: String,
    /// The host of the watch, with its port.
    pub host: String,
    /// The setting `platform` of the watch itself.
    pub setting: Option<String>,
    /// When it was begun.
    pub at: Timestamp,
    /// How it ended.
    pub outcome: Outcome,
    /// By what its content was read, if an adapter read it.
    pub asked: Option<Asked>,
    /// Why there is none.
    pub failure: Option<String>,
}

/// A request that was refused, or not answered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RefusedRequest {
    /// When it was made.
    pub at: Timestamp,
    /// Its address.
    pub url: String,
    /// The answer; `None`: none came.
    pub status: Option<u16>,
    /// Why none came.
    pub failure: Option<String>,
}

impl Reader {
    /// Hands on the newest looks, the newest first.
    pub fn newest_looks(&self, limit: u64, work: &mut dyn FnMut(Looked) -> Result<()>) -> Result<()> {
        let what = || "cannot read the newest snapshots";
        let mut select = self.db.prepare_cached(NEWEST).map_err(sql(what()))?;
        let mut rows = select.query([i64::try_from(limit).unwrap_or(i64::MAX)]).map_err(sql(what()))?;
        while let Some(row) = rows.next().map_err(sql(what()))? {
            work(look(row).map_err(sql(what()))?)?;
        }
        Ok(())
    }

    /// Requests of one look for what was looked at, that were refused or not answered, the first one first.
    pub fn refused_requests(&self, snapshot: SnapshotId) -> Result<Vec<RefusedRequest>> {
        let first = snapshot.0.saturating_mul(EXCHANGES);
        self.db
            .prepare_cached(REFUSED)
            .and_then(|mut select| {
                let rows = select.query_map(params![snapshot.0, first, first.saturating_add(EXCHANGES)], |row| {
                    let at = timestamp(row.get(1)?);
                    Ok(RefusedRequest { url: row.get(0)?, at, status: row.get(2)?, failure: row.get(3)? })
                })?;
                rows.collect()
            })
            .map_err(sql("cannot read which requests were refused"))
    }

    /// Hosts whose pages told which program they are of: host, whose adapter knows it, its own name.
    pub fn programs(&self, limit: u64) -> Result<Vec<(String, Platform, String)>> {
        self.db
            .prepare_cached(PROGRAMS)
            .and_then(|mut select| {
                let rows = select.query_map([i64::try_from(limit).unwrap_or(i64::MAX)], |row| {
                    let platform = named("program.platform", row.get_ref(1)?.as_str()?, Platform::parse)?;
                    Ok((row.get(0)?, platform, row.get(2)?))
                })?;
                rows.collect()
            })
            .map_err(sql("cannot read which programs answer"))
    }

    /// Hosts with active watches, in order.
    pub fn active_hosts(&self, limit: u64) -> Result<Vec<String>> {
        self.db
            .prepare_cached(HOSTS)
            .and_then(|mut select| {
                select.query_map([i64::try_from(limit).unwrap_or(i64::MAX)], |row| row.get(0))?.collect()
            })
            .map_err(sql("cannot list the hosts"))
    }

    /// Active watches on a host.
    pub fn active_on(&self, host: &str) -> Result<u64> {
        self.db
            .prepare_cached(ON_HOST)
            .and_then(|mut select| select.query_row([host], |row| row.get::<_, i64>(0)))
            .map(|count| u64::try_from(count).unwrap_or(0))
            .map_err(sql("cannot count the watches of a host"))
    }
}

fn look(row: &Row<'_>) -> rusqlite::Result<Looked> {
    Ok(Looked {
        snapshot: SnapshotId(row.get(0)?),
        url: row.get(1)?,
        host: row.get(2)?,
        setting: row.get::<_, Option<String>>(3)?.as_deref().and_then(setting),
        at: timestamp(row.get(4)?),
        outcome: named("snapshot.outcome", row.get_ref(5)?.as_str()?, Outcome::parse)?,
        asked: row.get::<_, Option<String>>(6)?.as_deref().and_then(Asked::parse),
        failure: row.get(7)?,
    })
}

/// The setting `platform` among a watch's own.
fn setting(options: &str) -> Option<String> {
    let options: WatchOptions = serde_json::from_str(options).ok()?;
    options.get("platform")?.as_str().map(str::to_owned)
}

#[cfg(test)]
#[path = "looks_tests.rs"]
mod tests;
