//! Runs and the work that is due.

use std::collections::HashSet;

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension as _, params};
use serde::{Deserialize, Serialize};

use super::due;
use super::rows::{digest, timestamp};
use super::sql::sql;
use super::thread;
use crate::error::Result;
use crate::model::{
    Digest, DocumentId, Flag, Held, Job, JobId, KnownDocument, Outcome, Platform, Previous, RecordId, RunId,
    SnapshotId, WatchId, WatchState,
};

/// What is known at the beginning of a run.
#[derive(Clone, Debug)]
pub struct RunStart {
    /// When it begins.
    pub at: Timestamp,
    /// `keepfast/VERSION`.
    pub software: String,
    /// `user@host`.
    pub operator: String,
    /// Digest of the resolved configuration.
    pub config_digest: Digest,
    /// The resolved configuration without secrets, JSON.
    pub config: String,
}

/// How a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RunEnd {
    /// All work that was due is done or put off.
    Done,
    /// The operator stopped it.
    Interrupted,
    /// It could not go on.
    Stopped,
}

impl RunEnd {
    fn as_str(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Interrupted => "interrupted",
            Self::Stopped => "stopped",
        }
    }
}

/// Which watches a run is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Select {
    /// Those that are due.
    Due,
    /// All active ones, due or not.
    All,
    /// Active ones with any of these labels, due or not.
    Tags(Vec<String>),
    /// These, whatever their state.
    Watches(Vec<WatchId>),
}

/// What stands in the frontier after a selection was added to it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Enqueued {
    /// Jobs added now.
    pub added: u64,
    /// Free jobs of each host that belong to the run now, and the earliest moment of one of them.
    pub hosts: Vec<(String, u64, Timestamp)>,
}

/// The pace of a host that has to survive a restart.
#[derive(Clone, Debug, PartialEq)]
pub struct HostPause {
    /// Host and port.
    pub host: String,
    /// No request before then.
    pub not_before: Timestamp,
    /// How many times slower than its pace the host is asked.
    pub slow: f64,
}

pub(super) fn start_run(db: &Connection, start: &RunStart) -> Result<RunId> {
    db.prepare_cached(
        "INSERT INTO run (started_at, software, operator, config_digest, config) VALUES (?1, ?2, ?3, ?4, ?5) RETURNING id",
    )
    .and_then(|mut insert| {
        insert.query_row(
            params![start.at.as_millisecond(), start.software, start.operator, start.config_digest.0, start.config],
            |row| row.get(0).map(RunId),
        )
    })
    .map_err(sql("cannot note the beginning of a run"))
}

pub(super) fn end_run(db: &Connection, run: RunId, end: RunEnd, at: Timestamp) -> Result<()> {
    db.execute(
        "UPDATE run SET ended = ?2, ended_at = ?3 WHERE id = ?1",
        params![run.0, end.as_str(), at.as_millisecond()],
    )
    .map(|_| ())
    .map_err(sql("cannot note the end of a run"))
}

/// Adds jobs for what is selected. Jobs left over by an earlier run are taken over when they are selected too.
pub(super) fn enqueue(db: &Connection, run: RunId, select: &Select, at: Timestamp) -> Result<Enqueued> {
    enqueue_rows(db, run, select, at).map_err(sql("cannot put work into the frontier"))
}

/// A look that was asked for is for the due time that has come, if one has.
const ASKED: &str = "INSERT INTO job (run, watch, host, due_at, enqueued_at)
    SELECT ?1, id, host, iif(due_at <= ?2, due_at, NULL), ?2 FROM watch";
const TAKEN_OVER: &str = "ON CONFLICT (watch) DO UPDATE SET run = ?1, enqueued_at = iif(run = ?1, enqueued_at, ?2)";

/// Takes over what an earlier run left: it is due, whatever its watch says.
fn adopt(db: &Connection, run: RunId, at: Timestamp) -> rusqlite::Result<usize> {
    db.prepare_cached(
        "UPDATE job SET run = ?1, enqueued_at = ?2, begun_at = NULL WHERE claimed_at IS NULL AND not_before <= ?2 AND run <> ?1",
    )?
    .execute(params![run.0, at.as_millisecond()])
}

/// Moves due times into the frontier, the oldest first, and gives the host of each.
fn enqueue_due(db: &Connection, run: RunId, at: Timestamp, limit: i64) -> rusqlite::Result<Vec<String>> {
    let due = db
        .prepare_cached(
            "SELECT id, host, due_at FROM watch WHERE state = 'active' AND due_at IS NOT NULL AND due_at <= ?1
                 AND NOT EXISTS (SELECT 1 FROM job WHERE job.watch = watch.id)
             ORDER BY due_at LIMIT ?2",
        )?
        .query_map(params![at.as_millisecond(), limit], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?
        .collect::<rusqlite::Result<Vec<(i64, String, i64)>>>()?;
    let mut job =
        db.prepare_cached("INSERT INTO job (run, watch, host, due_at, enqueued_at) VALUES (?1, ?2, ?3, ?4, ?5)")?;
    let mut taken = db.prepare_cached("UPDATE watch SET due_at = NULL WHERE id = ?1")?;
    let mut hosts = Vec::with_capacity(due.len());
    for (watch, host, due_at) in due {
        job.execute(params![run.0, watch, host, due_at, at.as_millisecond()])?;
        taken.execute([watch])?;
        hosts.push(host);
    }
    Ok(hosts)
}

/// Watches whose due time has come that are moved into the frontier at once: more wait for the next time.
const ARRIVE: i64 = 8192;

pub(super) fn arrive(db: &Connection, run: RunId, at: Timestamp, all: bool) -> Result<Vec<String>> {
    arrive_rows(db, run, at, all).map_err(sql("cannot put work into the frontier"))
}

fn arrive_rows(db: &Connection, run: RunId, at: Timestamp, all: bool) -> rusqlite::Result<Vec<String>> {
    let mut hosts = enqueue_due(db, run, at, ARRIVE)?;
    if all {
        adopt(db, run, at)?;
        let mut waiting = db.prepare_cached(
            "SELECT DISTINCT host FROM job WHERE claimed_at IS NULL AND run = ?1 AND not_before <= ?2",
        )?;
        let waiting = waiting.query_map(params![run.0, at.as_millisecond()], |row| row.get(0))?;
        hosts.extend(waiting.collect::<rusqlite::Result<Vec<String>>>()?);
    }
    // In the order of their due times, so that none waits for those after it.
    let mut seen = HashSet::new();
    hosts.retain(|host| seen.insert(host.clone()));
    Ok(hosts)
}

fn enqueue_rows(db: &Connection, run: RunId, select: &Select, at: Timestamp) -> rusqlite::Result<Enqueued> {
    let active = WatchState::Active.as_str();
    let added = match select {
        Select::Due => {
            adopt(db, run, at)?;
            enqueue_due(db, run, at, i64::MAX)?.len()
        }
        Select::All => {
            db.execute(&format!("{ASKED} WHERE state = ?3 {TAKEN_OVER}"), params![run.0, at.as_millisecond(), active])?
        }
        Select::Tags(tags) => {
            let mut insert = db.prepare(&format!(
                "{ASKED} JOIN watch_tag ON watch.id = watch_tag.watch WHERE state = ?3 AND tag = ?4 {TAKEN_OVER}"
            ))?;
            let at = at.as_millisecond();
            tags.iter().map(|tag| insert.execute(params![run.0, at, active, tag])).sum::<rusqlite::Result<usize>>()?
        }
        Select::Watches(ids) => {
            // Asked for by name: a pause that an earlier try asked for still holds (not_before stays).
            let mut insert = db.prepare(&format!("{ASKED} WHERE id = ?3 {TAKEN_OVER}"))?;
            ids.iter()
                .map(|id| insert.execute(params![run.0, at.as_millisecond(), id.0]))
                .sum::<rusqlite::Result<usize>>()?
        }
    };
    if *select != Select::Due {
        // Their due times went into the frontier with them.
        db.execute(
            "UPDATE watch SET due_at = NULL WHERE state = 'active' AND due_at IS NOT NULL AND due_at <= ?2
                 AND EXISTS (SELECT 1 FROM job WHERE job.watch = watch.id AND job.run = ?1 AND job.due_at = watch.due_at)",
            params![run.0, at.as_millisecond()],
        )?;
    }
    let mut hosts = db.prepare(
        "SELECT host, count(*), min(not_before) FROM job WHERE claimed_at IS NULL AND run = ?1 GROUP BY host ORDER BY min(id)",
    )?;
    let hosts = hosts
        .query_map([run.0], |row| Ok((row.get(0)?, row.get::<_, i64>(1)?.max(0) as u64, timestamp(row.get(2)?))))?
        .collect::<rusqlite::Result<_>>()?;
    Ok(Enqueued { added: added as u64, hosts })
}

pub(super) fn claim(db: &Connection, run: RunId, host: &str, limit: u32, at: Timestamp) -> Result<Vec<Job>> {
    claim_rows(db, run, host, limit, at).map_err(sql(format!("cannot claim work of {host}")))
}

fn claim_rows(db: &Connection, run: RunId, host: &str, limit: u32, at: Timestamp) -> rusqlite::Result<Vec<Job>> {
    let mut free = db.prepare_cached(
        "SELECT id FROM job WHERE claimed_at IS NULL AND host = ?2 AND not_before <= ?3 AND run = ?1
         ORDER BY not_before, id LIMIT ?4",
    )?;
    let ids = free
        .query_map(params![run.0, host, at.as_millisecond(), limit], |row| row.get::<_, i64>(0))?
        .collect::<rusqlite::Result<Vec<_>>>()?;
    let mut take = db.prepare_cached(
        "UPDATE job SET claimed_at = ?2, attempt = attempt + 1, begun_at = coalesce(begun_at, ?2) WHERE id = ?1",
    )?;
    for id in &ids {
        take.execute(params![id, at.as_millisecond()])?;
    }
    let mut job = db.prepare_cached(
        "SELECT job.id, job.run, watch.id, watch.url, watch.host, job.attempt, watch.options, watch.current_snapshot,
             watch.etag, watch.last_modified, watch.full_at, watch.every, job.due_at, watch.due_at, job.enqueued_at,
             job.begun_at, watch.since, watch.seen_at, watch.looks, watch.changes, watch.observed, watch.absent_since,
             watch.troubles, watch.ends_at,
             EXISTS (SELECT 1 FROM item WHERE item.list = watch.id),
             EXISTS (SELECT 1 FROM presence p WHERE p.watch = watch.id AND p.state <> 'present'),
             watch.note, watch.last_outcome, watch.media_at, program.platform
         FROM job JOIN watch ON watch.id = job.watch LEFT JOIN program ON program.host = watch.host WHERE job.id = ?1",
    )?;
    let mut tags = db.prepare_cached("SELECT tag FROM watch_tag WHERE watch = ?1 ORDER BY tag")?;
    let mut jobs = Vec::with_capacity(ids.len());
    for id in ids {
        let (mut one, current) = job.query_row([id], |row| {
            let options: Option<String> = row.get(6)?;
            let current = row.get::<_, Option<i64>>(7)?.map(|snapshot| Current {
                snapshot,
                etag: row.get(8).unwrap_or_default(),
                last_modified: row.get(9).unwrap_or_default(),
                full_at: row.get::<_, Option<i64>>(10).unwrap_or_default(),
            });
            let job = Job {
                id: JobId(row.get(0)?),
                run: RunId(row.get(1)?),
                watch: WatchId(row.get(2)?),
                url: row.get(3)?,
                host: row.get(4)?,
                attempt: row.get(5)?,
                tags: Vec::new(),
                every: row.get::<_, Option<String>>(11)?.and_then(|text| text.parse().ok()),
                planned: row.get::<_, Option<i64>>(12)?.map(timestamp),
                waiting: row.get::<_, Option<i64>>(13)?.map(timestamp),
                enqueued_at: timestamp(row.get(14)?),
                begun_at: timestamp(row.get(15)?),
                pulse: due::pulse(row, 16)?,
                ends_at: row.get::<_, Option<i64>>(23)?.map(timestamp),
                lists: row.get(24)?,
                vanished: row.get(25)?,
                note: row.get(26)?,
                last_outcome: row.get::<_, Option<String>>(27)?.and_then(|text| Outcome::parse(&text)),
                media_at: row.get::<_, Option<i64>>(28)?.map(timestamp),
                program: row.get::<_, Option<String>>(29)?.and_then(|name| Platform::parse(&name)),
                options: options.and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default(),
                previous: None,
            };
            Ok((job, current))
        })?;
        one.tags = tags.query_map([one.watch.0], |row| row.get(0))?.collect::<rusqlite::Result<_>>()?;
        if let Some(current) = current {
            one.previous = previous(db, current)?;
        }
        jobs.push(one);
    }
    Ok(jobs)
}

struct Current {
    snapshot: i64,
    etag: Option<String>,
    last_modified: Option<String>,
    full_at: Option<i64>,
}

/// The last good answer: of the final exchange of the current snapshot, the payload and where it is held.
fn previous(db: &Connection, current: Current) -> rusqlite::Result<Option<Previous>> {
    db.prepare_cached(
        "SELECT coalesce(e.url, s.url, w.url), s.document, p.digest, coalesce(o.media_type, ''),
             o.record, o.started_at, coalesce(o.url, os.url, ow.url), s.decoded_len, coalesce(s.flags, ''), d.reader, d.digest,
             s.comments_seen, s.comments_claimed, s.comments_shortfall,
             EXISTS (SELECT 1 FROM page WHERE page.snapshot = s.id)
         FROM snapshot s
         JOIN watch w ON w.id = s.watch
         JOIN exchange e ON e.id = s.id * 4096 + s.final_seq
         JOIN payload p ON p.id = e.payload
         JOIN exchange o ON o.id = p.exchange
         JOIN snapshot os ON os.id = o.id / 4096
         JOIN watch ow ON ow.id = os.watch
         LEFT JOIN document d ON d.id = s.document
         WHERE s.id = ?1",
    )?
    .query_row([current.snapshot], |row| {
        Ok(Previous {
            snapshot: SnapshotId(current.snapshot),
            url: row.get(0)?,
            document: known_document(row, 1, 9)?,
            payload: digest(row.get(2)?),
            media_type: row.get(3)?,
            held: Held { record: RecordId(row.get(4)?), at: timestamp(row.get(5)?), url: row.get(6)? },
            etag: current.etag.clone(),
            last_modified: current.last_modified.clone(),
            full_at: timestamp(current.full_at.unwrap_or(0)),
            decoded_len: row.get::<_, i64>(7)?.max(0) as u64,
            flags: row.get::<_, String>(8)?.split_whitespace().filter_map(Flag::parse).collect(),
            comments: thread::count(row, 11)?,
            paged: row.get(14)?,
        })
    })
    .optional()
}

/// The number of a document in one column, its reader's version and digest in two others.
fn known_document(row: &rusqlite::Row<'_>, id: usize, rest: usize) -> rusqlite::Result<Option<KnownDocument>> {
    Ok(match row.get::<_, Option<i64>>(id)? {
        Some(id) => {
            Some(KnownDocument { id: DocumentId(id), version: row.get(rest)?, digest: digest(row.get(rest + 1)?) })
        }
        None => None,
    })
}

pub(super) fn release(db: &Connection, ids: &[i64]) -> Result<()> {
    let mut free = db
        .prepare_cached("UPDATE job SET claimed_at = NULL, attempt = max(attempt - 1, 0) WHERE id = ?1")
        .map_err(sql("cannot give work back"))?;
    for id in ids {
        free.execute([id]).map_err(sql("cannot give work back"))?;
    }
    Ok(())
}

pub(super) fn keep_hosts(db: &Connection, hosts: &[HostPause], at: Timestamp) -> Result<()> {
    let mut insert = db
        .prepare_cached(
            "INSERT INTO host (host, not_before, slow, updated_at) VALUES (?1, ?2, ?3, ?4)
             ON CONFLICT (host) DO UPDATE SET not_before = ?2, slow = ?3, updated_at = ?4",
        )
        .map_err(sql("cannot note the pace of hosts"))?;
    for host in hosts {
        insert
            .execute(params![host.host, host.not_before.as_millisecond(), host.slow, at.as_millisecond()])
            .map_err(sql("cannot note the pace of hosts"))?;
    }
    Ok(())
}
