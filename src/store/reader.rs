//! Reading snapshots back.

use std::collections::BTreeSet;

use rusqlite::{Connection, OptionalExtension as _, Row, params};

use super::archive::Layout;
use super::commit::EXCHANGES;
use super::posts::PostRules;
use super::rows::{digest, named, named_opt, timestamp};
use super::sql::sql;
use super::thread;
use crate::error::{Error, ErrorKind, Result};
use crate::model::{
    Digest, DocumentId, ExchangeId, ExchangeRow, Failure, FailureKind, Flag, Held, Hop, MediaRow, Outcome, Place,
    ReadingRow, RecordId, RequisiteState, Robots, RunId, SegmentId, SnapshotId, SnapshotRow, SnapshotView, Truncation,
    WatchId,
};

/// A read-only view of an archive. Not shared between threads: each thread opens its own.
pub struct Reader {
    pub(super) db: Connection,
    pub(super) layout: Layout,
    /// The index of what stands inside words is kept.
    pub(super) inside: bool,
    /// Which posts there are in pages.
    pub(super) posts: Option<PostRules>,
}

const SNAPSHOT: &str =
    "SELECT s.id, s.watch, s.run, s.attempt, coalesce(s.url, w.url), s.started_at, s.duration, s.outcome,
     s.status, e.url, s.flags, s.failure_kind, s.failure, s.robots, s.changed, s.previous, s.decoded_len, s.document,
     (SELECT n.title FROM document d JOIN document n ON n.payload = d.payload AND n.url = d.url AND n.asked IS d.asked
          WHERE d.id = s.document ORDER BY n.reader DESC, n.id DESC LIMIT 1), s.robots_note,
     s.comments_seen, s.comments_claimed, s.comments_shortfall, s.what
     FROM snapshot s JOIN watch w ON w.id = s.watch
     LEFT JOIN exchange e ON e.id = s.id * 4096 + s.final_seq";

impl Reader {
    pub(super) fn new(db: Connection, layout: Layout) -> Self {
        Self { db, layout, inside: false, posts: None }
    }

    /// Begins a read transaction: everything read until the reader is dropped is of one moment.
    pub fn freeze(&self) -> Result<()> {
        self.db.execute_batch("BEGIN").map_err(sql("cannot begin to read the catalogue"))
    }

    /// The head of a snapshot.
    pub fn snapshot(&self, id: SnapshotId) -> Result<SnapshotRow> {
        self.db
            .prepare_cached(&format!("{SNAPSHOT} WHERE s.id = ?1"))
            .and_then(|mut select| select.query_row([id.0], snapshot_row).optional())
            .map_err(sql(format!("cannot read snapshot {id}")))?
            .ok_or_else(|| {
                Error::new(ErrorKind::Usage, format!("there is no snapshot {id}"))
                    .hint("`keepfast history URL` lists the snapshots of a URL")
            })
    }

    /// The snapshots of a watch, newest first.
    pub fn history(&self, watch: WatchId, limit: u64) -> Result<Vec<SnapshotRow>> {
        let place = || format!("cannot read the history of watch {watch}");
        let mut select = self
            .db
            .prepare_cached(&format!("{SNAPSHOT} WHERE s.watch = ?1 ORDER BY s.id DESC LIMIT ?2"))
            .map_err(sql(place()))?;
        select
            .query_map(params![watch.0, i64::try_from(limit).unwrap_or(i64::MAX)], snapshot_row)
            .and_then(Iterator::collect)
            .map_err(sql(place()))
    }

    /// A snapshot with all that belongs to it; what it says is what the newest reader read.
    pub fn view(&self, id: SnapshotId) -> Result<SnapshotView> {
        self.view_of(id, None)
    }

    /// The same; what it says is what a certain version of the reader read.
    pub fn view_of(&self, id: SnapshotId, reader: Option<u32>) -> Result<SnapshotView> {
        let mut snapshot = self.snapshot(id)?;
        let place = || format!("cannot read snapshot {id}");
        let (tags, note) = self.labels(snapshot.watch).map_err(sql(place()))?;
        let exchanges = self.exchanges(id)?;
        let pages = self.pages(id)?;
        let readings = snapshot.document.map_or(Ok(Vec::new()), |document| self.readings(document))?;
        let shown = readings.iter().rev().find(|reading| reader.is_none_or(|reader| reading.reader == reader));
        if let (None, Some(reader)) = (shown, reader) {
            return Err(not_read_by(id, reader, &readings));
        }
        // A document that is not there is an error, not a page that says nothing.
        let (document, reader) = match shown.map(|reading| reading.document).or(snapshot.document) {
            Some(shown) => {
                let (mut document, version) = self.document(shown)?;
                self.whole_thread(&pages, &mut document, reader)?;
                (Some(document), Some(version))
            }
            None => (None, None),
        };
        if let Some(document) = &document {
            snapshot.title.clone_from(&document.title);
        }
        let media = self.media(id).map_err(sql(place()))?;
        let held = self.held_exchanges(id, &media)?;
        let changes = self.changes_of(id)?;
        Ok(SnapshotView { snapshot, tags, note, exchanges, held, document, reader, readings, media, pages, changes })
    }

    /// The exchanges of other snapshots that hold media of this one.
    fn held_exchanges(&self, id: SnapshotId, media: &[MediaRow]) -> Result<Vec<ExchangeRow>> {
        let elsewhere: BTreeSet<i64> =
            media.iter().filter_map(|m| m.exchange).map(|e| e.0).filter(|e| e / EXCHANGES != id.0).collect();
        let holders: BTreeSet<i64> = elsewhere.iter().map(|e| e / EXCHANGES).collect();
        let mut out = Vec::new();
        for holder in holders {
            let rows = self.exchanges(SnapshotId(holder))?;
            out.extend(rows.into_iter().filter(|row| elsewhere.contains(&row.id.0)));
        }
        Ok(out)
    }

    fn labels(&self, watch: WatchId) -> rusqlite::Result<(Vec<String>, Option<String>)> {
        let tags = self
            .db
            .prepare_cached("SELECT tag FROM watch_tag WHERE watch = ?1 ORDER BY tag")?
            .query_map([watch.0], |row| row.get(0))?
            .collect::<rusqlite::Result<_>>()?;
        let note =
            self.db.prepare_cached("SELECT note FROM watch WHERE id = ?1")?.query_row([watch.0], |row| row.get(0))?;
        Ok((tags, note))
    }

    /// The exchanges of a snapshot in order.
    pub fn exchanges(&self, id: SnapshotId) -> Result<Vec<ExchangeRow>> {
        let place = || format!("cannot read the exchanges of snapshot {id}");
        let mut select = self
            .db
            .prepare_cached(
                "SELECT e.id, e.hop, coalesce(e.url, s.url, w.url), e.via, e.started_at, e.duration, e.remote, e.protocol,
                     e.tls, e.chain, e.status, e.media_type, e.body_len, p.digest, e.truncated, e.failure_kind, e.failure,
                     e.record, e.segment, e.offset, e.length, e.first_length, p.exchange, s.final_seq, e.resolved
                 FROM exchange e JOIN snapshot s ON s.id = e.id / 4096 JOIN watch w ON w.id = s.watch
                 LEFT JOIN payload p ON p.id = e.payload
                 WHERE e.id >= ?1 AND e.id < ?2 ORDER BY e.id",
            )
            .map_err(sql(place()))?;
        select
            .query_map([id.0 * EXCHANGES, (id.0 + 1) * EXCHANGES], exchange_row)
            .and_then(Iterator::collect)
            .map_err(sql(place()))
    }

    /// The media rows that were written with this very snapshot.
    pub fn own_media(&self, id: SnapshotId) -> Result<Vec<MediaRow>> {
        self.media_rows("?1", id).map_err(sql(format!("cannot read the media of snapshot {id}")))
    }

    /// The exchanges that brought the media shown with a snapshot, whichever snapshot they belong to, and those that
    /// hold their payloads.
    pub fn media_exchanges(&self, id: SnapshotId) -> Result<Vec<ExchangeId>> {
        self.db
            .prepare_cached(
                "SELECT m.exchange, p.exchange FROM media m JOIN exchange e ON e.id = m.exchange
                     LEFT JOIN payload p ON p.id = e.payload
                 WHERE m.snapshot = (SELECT media_of FROM snapshot WHERE id = ?1)",
            )
            .and_then(|mut select| {
                let rows = select.query_map([id.0], |row| Ok([row.get(0)?, row.get::<_, Option<i64>>(1)?]))?;
                rows.collect::<rusqlite::Result<Vec<[Option<i64>; 2]>>>()
            })
            .map(|rows| rows.into_iter().flatten().flatten().map(ExchangeId).collect())
            .map_err(sql(format!("cannot read the media of snapshot {id}")))
    }

    pub(super) fn media(&self, id: SnapshotId) -> rusqlite::Result<Vec<MediaRow>> {
        self.media_rows("(SELECT media_of FROM snapshot WHERE id = ?1)", id)
    }

    fn media_rows(&self, of: &str, id: SnapshotId) -> rusqlite::Result<Vec<MediaRow>> {
        self.db
            .prepare_cached(&format!(
                "SELECT m.url, m.kind, m.alt, m.state, m.reason, m.exchange, e.media_type, p.size, p.digest, m.content
                 FROM media m LEFT JOIN exchange e ON e.id = m.exchange LEFT JOIN payload p ON p.id = e.payload
                 WHERE m.snapshot = {of} ORDER BY m.seq",
            ))?
            .query_map([id.0], |row| {
                Ok(MediaRow {
                    url: row.get(0)?,
                    kind: row.get(1)?,
                    alt: row.get::<_, Option<String>>(2)?.unwrap_or_default(),
                    state: named("media.state", &row.get::<_, String>(3)?, RequisiteState::parse)?,
                    reason: row.get(4)?,
                    exchange: row.get::<_, Option<i64>>(5)?.map(ExchangeId),
                    media_type: row.get(6)?,
                    body_len: row.get::<_, Option<i64>>(7)?.map(|n| n.max(0) as u64),
                    payload: row.get::<_, Option<[u8; 32]>>(8)?.map(digest),
                    content: row.get::<_, Option<bool>>(9)?.unwrap_or_default(),
                })
            })?
            .collect()
    }

    /// Where a payload is held, if it is.
    pub fn held(&self, payload: &Digest) -> Result<Option<Held>> {
        self.db
            .prepare_cached(
                "SELECT e.record, e.started_at, coalesce(e.url, s.url, w.url) FROM payload p
                 JOIN exchange e ON e.id = p.exchange JOIN snapshot s ON s.id = e.id / 4096 JOIN watch w ON w.id = s.watch
                 WHERE p.digest = ?1",
            )
            .and_then(|mut select| {
                select
                    .query_row([payload.0], |row| {
                        Ok(Held { record: RecordId(row.get(0)?), at: timestamp(row.get(1)?), url: row.get(2)? })
                    })
                    .optional()
            })
            .map_err(sql("cannot look up a payload"))
    }

    /// A certificate chain is kept already.
    pub fn has_chain(&self, chain: &Digest) -> Result<bool> {
        self.db
            .prepare_cached("SELECT 1 FROM chain WHERE digest = ?1")
            .and_then(|mut select| select.exists([chain.0]))
            .map_err(sql("cannot look up a certificate chain"))
    }

    /// The media of a snapshot that are held: address and state.
    pub fn held_media(&self, snapshot: SnapshotId) -> Result<Vec<String>> {
        self.db
            .prepare_cached(
                "SELECT url FROM media WHERE snapshot = (SELECT media_of FROM snapshot WHERE id = ?1)
                     AND state IN ('fetched', 'held') AND exchange IS NOT NULL",
            )
            .and_then(|mut select| select.query_map([snapshot.0], |row| row.get(0))?.collect())
            .map_err(sql("cannot read held media"))
    }
}

fn not_read_by(id: SnapshotId, reader: u32, readings: &[ReadingRow]) -> Error {
    let mut readers: Vec<String> = readings.iter().map(|reading| reading.reader.to_string()).collect();
    readers.dedup();
    let by = if readers.is_empty() { "by none".to_owned() } else { format!("by {}", readers.join(", ")) };
    Error::new(ErrorKind::Usage, format!("snapshot {id} was not read by reader {reader}, but {by}"))
}

fn failure(row: &Row<'_>, kind: usize) -> rusqlite::Result<Option<Failure>> {
    let kind_name = named_opt("failure_kind", row.get(kind)?, FailureKind::parse)?;
    let message: Option<String> = row.get(kind + 1)?;
    Ok(kind_name.map(|kind| Failure { kind, message: message.unwrap_or_default() }))
}

pub(super) fn snapshot_row(row: &Row<'_>) -> rusqlite::Result<SnapshotRow> {
    let url: String = row.get(4)?;
    let started = row.get::<_, i64>(5)?;
    let flags: Option<String> = row.get(10)?;
    let flags = flags
        .unwrap_or_default()
        .split_whitespace()
        .map(|word| named("snapshot.flags", word, Flag::parse))
        .collect::<rusqlite::Result<_>>()?;
    let final_url = row.get::<_, Option<String>>(9)?;
    Ok(SnapshotRow {
        id: SnapshotId(row.get(0)?),
        watch: WatchId(row.get(1)?),
        run: RunId(row.get(2)?),
        attempt: row.get(3)?,
        final_url: final_url.filter(|u| *u != url),
        url,
        started_at: timestamp(started),
        ended_at: timestamp(started.saturating_add(row.get(6)?)),
        outcome: named("snapshot.outcome", &row.get::<_, String>(7)?, Outcome::parse)?,
        status: row.get(8)?,
        flags,
        failure: failure(row, 11)?,
        robots: named_opt("snapshot.robots", row.get(13)?, Robots::parse)?,
        changed: row.get(14)?,
        previous: row.get::<_, Option<i64>>(15)?.map(SnapshotId),
        decoded_len: row.get::<_, i64>(16)?.max(0) as u64,
        document: row.get::<_, Option<i64>>(17)?.map(DocumentId),
        title: row.get(18)?,
        robots_note: row.get(19)?,
        comments: thread::count(row, 20)?,
        what: row.get(23)?,
    })
}

fn exchange_row(row: &Row<'_>) -> rusqlite::Result<ExchangeRow> {
    let id: i64 = row.get(0)?;
    let holder: Option<i64> = row.get(22)?;
    let final_seq: Option<i64> = row.get(23)?;
    Ok(ExchangeRow {
        id: ExchangeId(id),
        seq: (id % EXCHANGES) as u32,
        is_final: final_seq == Some(id % EXCHANGES),
        hop: named("exchange.hop", &row.get::<_, String>(1)?, Hop::parse)?,
        url: row.get(2)?,
        via: row.get(3)?,
        started_at: timestamp(row.get(4)?),
        duration_ms: row.get::<_, i64>(5)?.max(0) as u64,
        remote: row.get(6)?,
        resolved: row.get(24)?,
        protocol: row.get(7)?,
        tls: row.get(8)?,
        chain: row.get::<_, Option<[u8; 32]>>(9)?.map(digest),
        status: row.get(10)?,
        media_type: row.get::<_, Option<String>>(11)?.unwrap_or_default(),
        body_len: row.get::<_, i64>(12)?.max(0) as u64,
        payload: row.get::<_, Option<[u8; 32]>>(13)?.map(digest),
        truncated: named_opt("exchange.truncated", row.get(14)?, Truncation::parse)?,
        failure: failure(row, 15)?,
        record: RecordId(row.get(17)?),
        place: Place {
            segment: SegmentId(row.get(18)?),
            offset: row.get::<_, i64>(19)?.max(0) as u64,
            length: row.get::<_, i64>(20)?.max(0) as u64,
        },
        first_length: row.get::<_, i64>(21)?.max(0) as u64,
        revisit_of: holder.filter(|h| *h != id).map(ExchangeId),
    })
}
