//! Reading snapshots back.

use std::collections::BTreeSet;

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension as _, Row, params};
use serde::Serialize;

use super::archive::Layout;
use super::commit::EXCHANGES;
use super::frontier::HostPause;
use super::rows::{digest, named, named_opt, timestamp};
use super::sql::sql;
use super::thread;
use crate::error::{Error, ErrorKind, Result};
use crate::model::{
    Comment, Digest, Document, DocumentId, ExchangeId, ExchangeRow, Failure, FailureKind, Flag, Held, Hop,
    KnownDocument, MediaRow, Outcome, Place, RecordId, RequisiteState, Robots, RunId, SegmentId, SnapshotId,
    SnapshotRow, SnapshotView, Truncation, WatchId,
};

/// A read-only view of an archive. Not shared between threads: each thread opens its own.
pub struct Reader {
    pub(super) db: Connection,
    pub(super) layout: Layout,
}

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

const SNAPSHOT: &str = "SELECT s.id, s.watch, s.run, s.attempt, coalesce(s.url, w.url), s.started_at, s.duration, s.outcome,
     s.status, e.url, s.flags, s.failure_kind, s.failure, s.robots, s.changed, s.previous, s.decoded_len, s.document, d.title, s.robots_note,
     s.comments_seen, s.comments_claimed, s.comments_shortfall
     FROM snapshot s JOIN watch w ON w.id = s.watch
     LEFT JOIN exchange e ON e.id = s.id * 4096 + s.final_seq
     LEFT JOIN document d ON d.id = s.document";

impl Reader {
    pub(super) fn new(db: Connection, layout: Layout) -> Self {
        Self { db, layout }
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

    /// A snapshot with all that belongs to it.
    pub fn view(&self, id: SnapshotId) -> Result<SnapshotView> {
        let snapshot = self.snapshot(id)?;
        let place = || format!("cannot read snapshot {id}");
        let (tags, note) = self.labels(snapshot.watch).map_err(sql(place()))?;
        let exchanges = self.exchanges(id)?;
        let pages = self.pages(id)?;
        let (document, reader) = match snapshot.document {
            Some(document) => {
                let (mut document, reader) = self.document(document)?;
                self.whole_thread(&pages, &mut document)?;
                (Some(document), Some(reader))
            }
            None => (None, None),
        };
        let media = self.media(id).map_err(sql(place()))?;
        let held = self.held_exchanges(id, &media)?;
        Ok(SnapshotView { snapshot, tags, note, exchanges, held, document, reader, media, pages })
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

    /// What was read, comments included, and the reader's version.
    pub fn document(&self, id: DocumentId) -> Result<(Document, u32)> {
        let place = || format!("cannot read document {id}");
        let (json, reader): (String, u32) = self
            .db
            .prepare_cached("SELECT json, reader FROM document WHERE id = ?1")
            .and_then(|mut select| select.query_row([id.0], |row| Ok((row.get(0)?, row.get(1)?))))
            .map_err(sql(place()))?;
        let mut document: Document = serde_json::from_str(&json).map_err(|e| {
            Error::new(ErrorKind::Archive, place()).because(e).hint("run `keepfast verify` to see what is damaged")
        })?;
        document.comments = thread::comments(&self.db, id).map_err(sql(place()))?;
        Ok((document, reader))
    }

    /// What is stored of a document: the digest written with it, its JSON, its comments, the reader's version.
    pub fn stored_document(&self, id: DocumentId) -> Result<(Digest, String, Vec<Comment>, u32)> {
        let place = || format!("cannot read document {id}");
        let (stored, json, reader) = self
            .db
            .prepare_cached("SELECT digest, json, reader FROM document WHERE id = ?1")
            .and_then(|mut select| select.query_row([id.0], |row| Ok((digest(row.get(0)?), row.get(1)?, row.get(2)?))))
            .map_err(sql(place()))?;
        let comments = thread::comments(&self.db, id).map_err(sql(place()))?;
        Ok((stored, json, comments, reader))
    }

    /// The columns that stand beside the JSON of a document for those who search: title, authors, site, language.
    pub fn document_columns(&self, id: DocumentId) -> Result<[Option<String>; 4]> {
        self.db
            .prepare_cached("SELECT title, authors, site, language FROM document WHERE id = ?1")
            .and_then(|mut select| {
                select.query_row([id.0], |row| Ok([row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?]))
            })
            .map_err(sql(format!("cannot read document {id}")))
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

    fn media(&self, id: SnapshotId) -> rusqlite::Result<Vec<MediaRow>> {
        self.media_rows("(SELECT media_of FROM snapshot WHERE id = ?1)", id)
    }

    fn media_rows(&self, of: &str, id: SnapshotId) -> rusqlite::Result<Vec<MediaRow>> {
        self.db
            .prepare_cached(&format!(
                "SELECT m.url, m.kind, m.alt, m.state, m.reason, m.exchange, e.media_type, p.size, p.digest
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

    /// The document that a version of the reader read out of a payload at a URL.
    pub fn read_before(&self, payload: &Digest, url: &str, reader: u32) -> Result<Option<KnownDocument>> {
        self.db
            .prepare_cached(
                "SELECT d.id, d.digest FROM payload p JOIN document d ON d.payload = p.id
                 WHERE p.digest = ?1 AND d.url = ?2 AND d.reader = ?3 LIMIT 1",
            )
            .and_then(|mut select| {
                select
                    .query_row(params![payload.0, url, reader], |row| {
                        Ok(KnownDocument { id: DocumentId(row.get(0)?), version: reader, digest: digest(row.get(1)?) })
                    })
                    .optional()
            })
            .map_err(sql("cannot look up a document"))
    }

    /// A certificate chain is kept already.
    pub fn has_chain(&self, chain: &Digest) -> Result<bool> {
        self.db
            .prepare_cached("SELECT 1 FROM chain WHERE digest = ?1")
            .and_then(|mut select| select.exists([chain.0]))
            .map_err(sql("cannot look up a certificate chain"))
    }

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
