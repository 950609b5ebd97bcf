//! The rows of one capture.

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension as _, params};
use sha2::{Digest as _, Sha256};

use super::changes;
use super::documents;
use super::due;
use super::items;
use super::media;
use super::outbox;
use super::presence;
use super::search;
use super::segments::Segments;
use super::sql::sql;
use super::status;
use super::thread;
use super::writer::Kept;
use crate::error::{Error, ErrorKind, Result};
use crate::model::{Captured, Digest, DocumentPart, Recorded, SnapshotId};

/// An exchange's number is its snapshot's times this plus its position.
pub(super) const EXCHANGES: i64 = 4096;

/// What the writer remembers between commits instead of asking for it.
#[derive(Clone)]
pub(super) struct Committer {
    next_snapshot: i64,
    head: [u8; 32],
    days: status::Days,
}

impl Committer {
    pub fn new(db: &Connection) -> Result<Self> {
        // Numbers of removed snapshots are not given again.
        let next_snapshot = db
            .query_row(
                "SELECT 1 + max(coalesce((SELECT max(id) FROM snapshot), 0), coalesce((SELECT max(snapshot) FROM tombstone), 0))",
                [],
                |row| row.get(0),
            )
            .map_err(sql("cannot read the newest snapshot"))?;
        let head = db
            .query_row("SELECT hash FROM custody ORDER BY seq DESC LIMIT 1", [], |row| row.get(0))
            .optional()
            .map_err(sql("cannot read the custody log"))?
            .unwrap_or([0; 32]);
        Ok(Self { next_snapshot, head, days: status::Days::default() })
    }

    fn log(
        &mut self,
        db: &Connection,
        kind: &str,
        subject: Option<i64>,
        at: Option<Timestamp>,
        leaf: &[u8],
        body: Option<&str>,
    ) -> rusqlite::Result<()> {
        self.head = link(&self.head, &Digest::of(leaf));
        db.prepare_cached("INSERT INTO custody (kind, subject, at, body, hash) VALUES (?1, ?2, ?3, ?4, ?5)")?
            .execute(params![kind, subject, at.map(|at| at.as_millisecond()), body, self.head])?;
        Ok(())
    }

    /// Writes what the captures of this transaction have in common. To be called once, before its end.
    pub fn close(&mut self, db: &Connection) -> Result<()> {
        self.days.write(db).map_err(sql("cannot count what the day brought"))
    }

    /// The number that the next entry of the custody log is given.
    pub fn next_act(&self, db: &Connection) -> Result<i64> {
        db.prepare_cached("SELECT coalesce(max(seq), 0) + 1 FROM custody")
            .and_then(|mut select| select.query_row([], |row| row.get(0)))
            .map_err(sql("cannot read the custody log"))
    }

    /// Notes an act that is not a capture.
    pub fn act(&mut self, db: &Connection, kind: &str, subject: Option<i64>, at: Timestamp, body: &str) -> Result<()> {
        self.log(db, kind, subject, Some(at), body.as_bytes(), Some(body))
            .map_err(sql("cannot write to the custody log"))
    }
}

/// The next hash of the custody log: the RFC 9162 2.1.1 leaf hash over the hash before and the leaf's digest.
pub(super) fn link(before: &[u8; 32], leaf: &Digest) -> [u8; 32] {
    let mut hasher = Sha256::new();
    hasher.update([0]);
    hasher.update(before);
    hasher.update(leaf.0);
    hasher.finalize().into()
}

/// Appends the records and writes the rows of one capture.
pub(super) fn commit(
    db: &Connection,
    segments: &mut Segments,
    committer: &mut Committer,
    captured: &Captured,
) -> Result<Kept> {
    if captured.exchanges.len() as i64 >= EXCHANGES {
        return Err(Error::new(ErrorKind::Internal, format!("{} exchanges in one capture", captured.exchanges.len())));
    }
    let id = committer.next_snapshot;
    committer.next_snapshot += 1;
    let segment = segments.ready(db, captured.ended_at)?.0;
    let start = segments.length();
    let mut places = Vec::with_capacity(captured.exchanges.len());
    for exchange in &captured.exchanges {
        let mut parts = Vec::with_capacity(exchange.records.len());
        for record in &exchange.records {
            parts.push(segments.append(record)?);
        }
        places.push(parts);
    }
    let stored = segments.length() - start;
    let what = || format!("cannot write the snapshot of {}", captured.url);
    rows(db, captured, id, segment, &places).map_err(sql(what()))?;
    committer.days.count(captured, stored);
    committer.log(db, "snapshot", Some(id), None, &captured.leaf, None).map_err(sql(what()))?;
    Ok(Kept { snapshot: SnapshotId(id), outcome: captured.outcome, stored })
}

fn rows(
    db: &Connection,
    captured: &Captured,
    id: i64,
    segment: i64,
    places: &[Vec<(u64, u64)>],
) -> rusqlite::Result<()> {
    let mut payloads = Vec::with_capacity(captured.exchanges.len());
    for (seq, (exchange, parts)) in captured.exchanges.iter().zip(places).enumerate() {
        chain(db, exchange, segment, parts)?;
        payloads.push(payload(db, exchange, id * EXCHANGES + seq as i64)?);
    }
    let final_payload = captured.final_exchange.and_then(|i| payloads.get(i).copied().flatten());
    let (document, is_new) = match (&captured.document, final_payload) {
        (DocumentPart::Known(known), _) => (Some(known.id.0), false),
        (DocumentPart::New(read), Some(payload)) => {
            let url = captured.final_url.as_deref().unwrap_or(&captured.url);
            (Some(documents::insert(db, payload, url, read, None)?), true)
        }
        _ => (None, false),
    };
    let (media_before, document_before) = before(db, captured)?;
    let media_of =
        if !captured.requisites.is_empty() || is_new { Some(id) } else { media_before.filter(|_| document.is_some()) };
    let own = settle(db, captured, id)?;
    let (due_at, due_late, due_next) = due::Own::columns(own.as_ref());
    let flags = captured.flags.iter().map(|flag| flag.as_str()).collect::<Vec<_>>().join(" ");
    db.prepare_cached(
        "INSERT INTO snapshot (id, watch, run, attempt, url, started_at, duration, outcome, status, final_seq, flags,
             failure_kind, failure, robots, changed, previous, decoded_len, document, media_of,
             robots_note, comments_seen, comments_claimed, comments_shortfall, what, due_at, due_late, due_next)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21, ?22,
             ?23, ?24, ?25, ?26, ?27)",
    )?
    .execute(params![
        id,
        captured.watch.0,
        captured.run.0,
        captured.attempt,
        // A job asks for the URL of its watch.
        captured.job.is_none().then_some(&captured.url),
        captured.started_at.as_millisecond(),
        captured.ended_at.as_millisecond() - captured.started_at.as_millisecond(),
        captured.outcome.as_str(),
        captured.status,
        captured.final_exchange.map(|i| i as i64),
        (!flags.is_empty()).then_some(&flags),
        captured.failure.as_ref().map(|f| f.kind.as_str()),
        captured.failure.as_ref().map(|f| &f.message),
        captured.robots.map(|r| r.as_str()),
        captured.changed,
        captured.previous.map(|p| p.0),
        captured.decoded_len as i64,
        document,
        media_of,
        captured.robots_note,
        captured.comments.map(|c| c.seen),
        captured.comments.and_then(|c| c.claimed),
        captured.comments.and_then(|c| c.shortfall).map(|s| s.as_str()),
        changes::what(captured.difference.as_ref()),
        due_at,
        due_late,
        due_next,
    ])?;
    if let Some(difference) = &captured.difference {
        changes::insert(db, id, difference)?;
    }
    let pages = thread::insert_documents(db, captured, &payloads)?;
    for (seq, ((exchange, parts), payload)) in captured.exchanges.iter().zip(places).zip(payloads).enumerate() {
        insert_exchange(db, captured, exchange, id * EXCHANGES + seq as i64, segment, parts, payload)?;
    }
    media::insert(db, captured, id, media_of)?;
    thread::insert(db, captured, id, &pages)?;
    let mut read = vec![(document, is_new)];
    read.extend(
        pages.iter().zip(&captured.pages).map(|(id, page)| (*id, matches!(page.document, DocumentPart::New(_)))),
    );
    for (document, is_new) in read {
        if let Some(document) = document
            && document_before != Some(document)
            && is_read_anew(db, captured, document, is_new)?
        {
            search::later(db, captured.watch.0)?;
            break;
        }
    }
    items::insert(db, captured, id)?;
    items::told(db, captured)?;
    presence::insert(db, captured, id)?;
    outbox::insert(db, captured, id)?;
    end_job(db, captured)
}

/// Whose media, and which document, the last good snapshot has.
fn before(db: &Connection, captured: &Captured) -> rusqlite::Result<(Option<i64>, Option<i64>)> {
    let Some(previous) = captured.previous else { return Ok((None, None)) };
    let found = db
        .prepare_cached("SELECT media_of, document FROM snapshot WHERE id = ?1")?
        .query_row([previous.0], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    Ok(found.unwrap_or_default())
}

/// What an older reader has read of the same octets is in the index, and is to give way to this reading.
fn is_read_anew(db: &Connection, captured: &Captured, document: i64, is_new: bool) -> rusqlite::Result<bool> {
    if is_new {
        let mut older = db.prepare_cached(
            "SELECT 1 FROM document d JOIN document o ON o.payload = d.payload AND o.reader < d.reader AND o.url = d.url
                 AND o.asked IS d.asked
             WHERE d.id = ?1",
        )?;
        return older.exists([document]);
    }
    let Some(previous) = captured.previous else { return Ok(false) };
    let mut older = db.prepare_cached(
        "SELECT 1 FROM snapshot s JOIN document o ON o.id = s.document
             JOIN document d ON d.payload = o.payload AND d.url = o.url AND d.asked IS o.asked AND d.reader > o.reader
         WHERE s.id = ?1 AND s.document <> ?2 AND d.id = ?2",
    )?;
    older.exists([previous.0, document])
}

fn chain(db: &Connection, exchange: &Recorded, segment: i64, parts: &[(u64, u64)]) -> rusqlite::Result<()> {
    let Some(chain) = &exchange.chain else { return Ok(()) };
    let at = exchange.records.iter().position(|record| record.kind == "resource");
    if let Some((offset, length)) = at.and_then(|i| parts.get(i)) {
        db.prepare_cached("INSERT OR IGNORE INTO chain (digest, segment, offset, length) VALUES (?1, ?2, ?3, ?4)")?
            .execute(params![chain.0, segment, *offset as i64, *length as i64])?;
    }
    Ok(())
}

fn payload(db: &Connection, exchange: &Recorded, id: i64) -> rusqlite::Result<Option<i64>> {
    let Some(digest) = &exchange.payload else { return Ok(None) };
    let known = db
        .prepare_cached("SELECT id FROM payload WHERE digest = ?1")?
        .query_row([digest.0], |row| row.get(0))
        .optional()?;
    if known.is_some() {
        return Ok(known);
    }
    db.prepare_cached("INSERT INTO payload (digest, size, exchange) VALUES (?1, ?2, ?3) RETURNING id")?
        .query_row(params![digest.0, exchange.body_len as i64, id], |row| row.get(0))
        .map(Some)
}

fn insert_exchange(
    db: &Connection,
    captured: &Captured,
    exchange: &Recorded,
    id: i64,
    segment: i64,
    parts: &[(u64, u64)],
    payload: Option<i64>,
) -> rusqlite::Result<()> {
    let offset = parts.first().map_or(0, |(offset, _)| *offset);
    db.prepare_cached(
        "INSERT INTO exchange (id, hop, url, via, started_at, duration, remote, protocol, tls, chain, status, media_type,
             body_len, payload, truncated, failure_kind, failure, record, segment, offset, length, first_length, resolved)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21, ?22, ?23)",
    )?
    .execute(params![
        id,
        exchange.hop.as_str(),
        (exchange.url != captured.url).then_some(&exchange.url),
        exchange.via,
        exchange.started_at.as_millisecond(),
        exchange.duration_ms as i64,
        exchange.remote,
        exchange.protocol.map(|p| p.as_str()),
        exchange.tls,
        exchange.chain.map(|c| c.0),
        exchange.status,
        (!exchange.media_type.is_empty()).then_some(&exchange.media_type),
        exchange.body_len as i64,
        payload,
        exchange.truncated.map(|t| t.as_str()),
        exchange.failure.as_ref().map(|f| f.kind.as_str()),
        exchange.failure.as_ref().map(|f| &f.message),
        exchange.records.first().map_or([0; 16], |r| r.id.0),
        segment,
        offset as i64,
        parts.iter().map(|(_, length)| *length as i64).sum::<i64>(),
        parts.first().map_or(0, |(_, length)| *length as i64),
        exchange.resolved,
    ])?;
    Ok(())
}

/// What a look makes of its watch.
const LOOKED: &str = "snapshots = snapshots + 1, last_snapshot = ?2, last_outcome = ?3, last_at = ?4,
    current_snapshot = iif(?5, ?2, current_snapshot), etag = iif(?5, ?6, etag),
    last_modified = iif(?5, ?7, last_modified), full_at = iif(?8, ?4, full_at)";

/// And of its schedule. What was set by hand while the look was under way holds; who was paused or removed meanwhile is not due.
const SCHEDULED: &str = "since = ?9, seen_at = ?10, looks = ?11, changes = ?12, observed = ?13, absent_since = ?14,
    troubles = ?15, state = iif(?18 AND state = 'active', 'retired', state),
    due_at = CASE WHEN ?18 THEN NULL WHEN state <> 'active' OR ?16 IS NULL THEN due_at
                  WHEN due_at IS NULL OR due_at = ?17 THEN ?16 ELSE due_at END";

/// What the capture means for its watch; due times end with it only when its job is done. Returns the one that is its own.
fn settle(db: &Connection, captured: &Captured, id: i64) -> rusqlite::Result<Option<due::Own>> {
    let not_modified = captured.flags.contains(&crate::model::Flag::NotModified);
    let is_content = captured.outcome.is_content();
    let looked = params![
        captured.watch.0,
        id,
        captured.outcome.as_str(),
        captured.started_at.as_millisecond(),
        is_content,
        captured.etag,
        captured.last_modified,
        is_content && !not_modified,
    ];
    let (Some(settled), None) = (&captured.schedule, captured.retry_at) else {
        db.prepare_cached(&format!("UPDATE watch SET {LOOKED} WHERE id = ?1"))?.execute(looked)?;
        return Ok(None);
    };
    let (pulse, ms) = (&settled.pulse, |at: Option<Timestamp>| at.map(|at| at.as_millisecond()));
    let (since, seen_at, absent_since) = (ms(Some(pulse.since)), ms(pulse.seen_at), ms(pulse.absent_since));
    let (next, waiting) = (ms(settled.next), ms(settled.waiting));
    let scheduled = params![
        since,
        seen_at,
        pulse.looks,
        pulse.changes,
        pulse.observed,
        absent_since,
        pulse.troubles,
        next,
        waiting,
        settled.over,
    ];
    let both: Vec<&dyn rusqlite::ToSql> = looked.iter().chain(scheduled).copied().collect();
    let next = db
        .prepare_cached(&format!("UPDATE watch SET {LOOKED}, {SCHEDULED} WHERE id = ?1 RETURNING due_at"))?
        .query_row(both.as_slice(), |row| row.get(0))?;
    due::end(db, captured, settled, id, next)
}

/// The job is done, or is to be tried again.
fn end_job(db: &Connection, captured: &Captured) -> rusqlite::Result<()> {
    match (captured.job, captured.retry_at) {
        (Some(job), Some(at)) => {
            db.prepare_cached("UPDATE job SET claimed_at = NULL, not_before = ?2 WHERE id = ?1")?
                .execute(params![job.0, at.as_millisecond()])?;
        }
        (Some(job), None) => {
            db.prepare_cached("DELETE FROM job WHERE id = ?1")?.execute([job.0])?;
        }
        (None, _) => {}
    }
    Ok(())
}
