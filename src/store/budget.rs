//! What hosts were sent, counted with the commits; and due times that end because a budget is used up.

use std::collections::HashMap;

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension as _, Row, params};
use url::Url;

use super::due::{self, Planned};
use super::reader::Reader;
use super::rows::timestamp;
use super::sql::sql;
use crate::error::Result;
use crate::model::{Captured, DueRow, JobId, Spent, WatchId};

/// A job that ends without a look.
#[derive(Clone, Debug)]
pub struct Passed {
    /// The job.
    pub job: JobId,
    /// Its watch.
    pub watch: WatchId,
    /// How its due times ended.
    pub ended: Vec<DueRow>,
    /// When the watch is due again.
    pub next: Timestamp,
}

/// Requests that were made since the last transaction: one row a host and transaction is written.
#[derive(Clone, Default)]
pub(super) struct Tally(HashMap<String, Since>);

#[derive(Clone, Copy, Default)]
struct Since {
    requests: u64,
    /// Looks at pages of the host, and their requests to it.
    looks: u64,
    own: u64,
    at: Timestamp,
}

impl Tally {
    /// Counts the requests of a capture.
    pub fn add(&mut self, captured: &Captured) {
        let own = host(&captured.url);
        for exchange in captured.exchanges.iter().filter(|x| x.remote.is_some() || x.status.is_some()) {
            // Nearly all are of the host of the page.
            let other = if same_host(&exchange.url, &captured.url) { None } else { host(&exchange.url) };
            let Some(host) = other.as_ref().or(own.as_ref()) else { continue };
            let since = self.of(host, captured.ended_at);
            since.requests += 1;
            since.own += u64::from(Some(host) == own.as_ref());
        }
        if let Some(own) = own.filter(|_| !captured.exchanges.is_empty()) {
            self.of(&own, captured.ended_at).looks += 1;
        }
    }

    fn of(&mut self, host: &str, at: Timestamp) -> &mut Since {
        if !self.0.contains_key(host) {
            self.0.insert(host.to_owned(), Since::default());
        }
        let since = self.0.entry(host.to_owned()).or_default();
        since.at = since.at.max(at);
        since
    }

    /// Writes what was counted.
    pub fn write(&mut self, db: &Connection) -> Result<()> {
        if self.0.is_empty() {
            return Ok(());
        }
        let write =
            || {
                for (host, since) in &self.0 {
                    let mut spent = spent(db, host)?.unwrap_or_else(|| Spent::new(host.clone()));
                    spent.count(since.requests, since.at);
                    for _ in 0..since.looks.min(64) {
                        spent.look(since.own.div_ceil(since.looks));
                    }
                    db.prepare_cached(
                    "INSERT OR REPLACE INTO spent (host, hour, of_hour, of_day, per_look) VALUES (?1, ?2, ?3, ?4, ?5)",
                )?
                .execute(params![host, spent.hour, spent.of_hour as i64, spent.of_day as i64, spent.per_look])?;
                }
                rusqlite::Result::Ok(())
            };
        let written = write().map_err(sql("cannot count the requests of hosts"));
        self.0.clear();
        written
    }
}

fn host(url: &str) -> Option<String> {
    let url = Url::parse(url).ok()?;
    Some(format!("{}:{}", url.host_str()?, url.port_or_known_default()?))
}

/// Both begin with the same scheme and host.
fn same_host(a: &str, b: &str) -> bool {
    let origin = |url: &str| {
        let after = url.find("://")? + 3;
        Some(after + url.get(after..)?.find(['/', '?', '#'])?)
    };
    origin(a).is_some_and(|n| origin(b) == Some(n) && a.as_bytes().get(..n) == b.as_bytes().get(..n))
}

fn spent(db: &Connection, host: &str) -> rusqlite::Result<Option<Spent>> {
    db.prepare_cached("SELECT host, hour, of_hour, of_day, per_look FROM spent WHERE host = ?1")?
        .query_row([host], read)
        .optional()
}

fn read(row: &Row<'_>) -> rusqlite::Result<Spent> {
    Ok(Spent {
        host: row.get(0)?,
        hour: row.get(1)?,
        of_hour: row.get::<_, i64>(2)?.max(0) as u64,
        of_day: row.get::<_, i64>(3)?.max(0) as u64,
        per_look: row.get(4)?,
    })
}

/// Ends jobs without a look.
pub(super) fn pass(db: &Connection, passed: &[Passed], at: Timestamp) -> Result<u64> {
    let mut count = 0;
    for one in passed {
        count += u64::from(pass_one(db, one, at).map_err(sql("cannot end a due time"))?);
    }
    Ok(count)
}

fn pass_one(db: &Connection, passed: &Passed, at: Timestamp) -> rusqlite::Result<bool> {
    if db.prepare_cached("DELETE FROM job WHERE id = ?1")?.execute([passed.job.0])? == 0 {
        return Ok(false);
    }
    // Who was paused or removed meanwhile is not due; what was set by hand meanwhile holds.
    let next: Option<i64> = db
        .prepare_cached(
            "UPDATE watch SET due_at = iif(state = 'active', coalesce(due_at, ?2), due_at) WHERE id = ?1 RETURNING due_at",
        )?
        .query_row(params![passed.watch.0, passed.next.as_millisecond()], |row| row.get(0))?;
    for (n, row) in passed.ended.iter().enumerate() {
        let mut row = row.clone();
        if n + 1 == passed.ended.len() {
            row.next = next.map(timestamp);
        }
        due::insert(db, passed.watch.0, &row, at, None)?;
    }
    Ok(true)
}

impl Reader {
    /// What a host was sent, as far as it is counted.
    pub fn spent(&self, host: &str) -> Result<Option<Spent>> {
        spent(&self.db, host).map_err(sql("cannot read what a host was sent"))
    }

    /// Active watches of a host, `limit` of them, and how many there are in all.
    pub fn watches_of_host(&self, host: &str, limit: u32) -> Result<(Vec<Planned>, u64)> {
        self.watches_of(host, limit).map_err(sql("cannot read the watches of a host"))
    }

    fn watches_of(&self, host: &str, limit: u32) -> rusqlite::Result<(Vec<Planned>, u64)> {
        let all: i64 = self
            .db
            .prepare_cached("SELECT count(*) FROM watch WHERE host = ?1 AND state = 'active'")?
            .query_row([host], |row| row.get(0))?;
        let mut select = self.db.prepare_cached(
            "SELECT id, every, due_at, coalesce(last_at, since),
                 (SELECT group_concat(tag, char(31) ORDER BY tag) FROM watch_tag WHERE watch = watch.id),
                 since, seen_at, looks, changes, observed, absent_since, troubles
             FROM watch WHERE host = ?1 AND state = 'active' LIMIT ?2",
        )?;
        let rows = select.query_map(params![host, limit], |row| {
            let (every, tags): (Option<String>, Option<String>) = (row.get(1)?, row.get(4)?);
            let looked_at = timestamp(row.get(3)?);
            Ok(Planned {
                watch: WatchId(row.get(0)?),
                every: every.and_then(|text| text.parse().ok()),
                due_at: row.get::<_, Option<i64>>(2)?.map_or(looked_at, timestamp),
                looked_at,
                tags: tags.map(|t| t.split('\u{1f}').map(str::to_owned).collect()).unwrap_or_default(),
                pulse: due::pulse(row, 5)?,
            })
        })?;
        Ok((rows.collect::<rusqlite::Result<_>>()?, all.max(0) as u64))
    }

    /// What hosts were sent on the day of a moment.
    pub fn spent_on(&self, at: Timestamp) -> Result<Vec<Spent>> {
        let first = at.as_millisecond().div_euclid(86_400_000) * 24;
        self.db
            .prepare_cached(
                "SELECT host, hour, of_hour, of_day, per_look FROM spent WHERE hour >= ?1 AND hour < ?1 + 24",
            )
            .and_then(|mut select| select.query_map([first], read)?.collect())
            .map_err(sql("cannot read what hosts were sent"))
    }
}
