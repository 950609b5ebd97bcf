//! Reading again what is stored: which octets a newer reader has not read yet, where they lie, and the rows of what
//! it read. Old rows stay as they are; what is new is bound by an act of the custody log.

use std::collections::{BTreeSet, HashMap};

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension as _, params, params_from_iter, types::Value};

use super::commit::Committer;
use super::documents::SHOWN;
use super::lists::{self, Filter};
use super::reader::Reader;
use super::rows::digest;
use super::sql::sql;
use super::{documents, posts, search};
use crate::error::Result;
use crate::model::{Asked, Digest, DocumentId, Place, ReadDocument, SegmentId, SnapshotId, WatchId};

/// The kind of act that new readings are bound by.
pub const REEXTRACT: &str = "reextract";

/// Octets that were read at a URL, and may be read again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Readable {
    /// A snapshot that holds them …
    pub snapshot: SnapshotId,
    /// … and what it says of them.
    pub document: DocumentId,
    /// Its watch, whose settings hold.
    pub watch: WatchId,
    /// The URL that answered.
    pub url: String,
    /// Version of the newest reader that read them.
    pub reader: u32,
    /// What it read.
    pub digest: Digest,
    /// All watches that show it.
    pub watches: Vec<WatchId>,
    payload: i64,
    asked: Option<String>,
}

/// Payload, URL, and what an adapter was asked for: what tells readable octets from all others.
type Key = (i64, String, Option<String>);

/// Where octets that were read lie, and what the answer said of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin {
    /// The URL that answered.
    pub url: String,
    /// Digest of the octets.
    pub payload: Digest,
    /// What an adapter was asked for; `None`: the general reader read them.
    pub asked: Option<Asked>,
    /// They are not all that the server had.
    pub truncated: bool,
    /// The record with the head of the answer.
    pub head: Place,
    /// The record with the octets.
    pub body: Place,
}

/// What was read again.
#[derive(Clone, Debug)]
pub struct Reread {
    /// Of what.
    pub of: Readable,
    /// What it says.
    pub read: Box<ReadDocument>,
}

/// New readings that are committed together.
#[derive(Clone, Debug)]
pub struct Rereading {
    /// The readings: of one version of the reader.
    pub readings: Vec<Reread>,
    /// When.
    pub at: Timestamp,
    /// By whom.
    pub by: String,
    /// By which software.
    pub software: String,
}

impl Readable {
    /// Tells it from everything else that was read: the payload, the URL, and what an adapter was asked for.
    pub fn key(&self) -> (i64, &str, Option<&str>) {
        (self.payload, &self.url, self.asked.as_deref())
    }
}

impl Reader {
    /// What the snapshots of a filter hold and no reader from `version` on has read (`None`: all of it, whoever read
    /// it), in the order of snapshots after `after`. Looks at `window` snapshots, and at as many again until it has found
    /// as many. Returns the last that it looked at, too, if there are more.
    pub fn readable(
        &self,
        filter: &Filter,
        version: Option<u32>,
        after: SnapshotId,
        window: u32,
    ) -> Result<(Vec<Readable>, Option<SnapshotId>)> {
        let newest = self.newest_snapshot()?;
        let (mut found, mut places) = (Vec::new(), HashMap::new());
        let mut after = after;
        while after < newest && found.len() < window as usize {
            let last = SnapshotId(after.0.saturating_add(i64::from(window)));
            self.readable_rows(filter, version, [after, last], &mut found, &mut places)
                .map_err(sql("cannot see what may be read again"))?;
            after = last;
        }
        self.shown_by(&mut found, &places).map_err(sql("cannot see what may be read again"))?;
        Ok((found, (after < newest).then_some(after)))
    }

    fn readable_rows(
        &self,
        filter: &Filter,
        version: Option<u32>,
        [after, last]: [SnapshotId; 2],
        found: &mut Vec<Readable>,
        places: &mut HashMap<Key, usize>,
    ) -> rusqlite::Result<()> {
        let (conditions, values) = lists::conditions(filter, after);
        // Every version of the reader is below this one.
        let version = version.map_or(i64::MAX, i64::from);
        let all = [after.0, last.0].map(Value::Integer).into_iter().chain(values).chain([Value::Integer(version)]);
        let mut select = self.db.prepare_cached(&format!(
            "SELECT s.id, s.watch, d.id, d.payload, d.url, d.asked
             FROM ({SHOWN}) h CROSS JOIN snapshot s ON s.id = h.snapshot CROSS JOIN document d ON d.id = h.document
             WHERE h.snapshot > ? AND h.snapshot <= ? AND {conditions} AND NOT EXISTS
                 (SELECT 1 FROM document n WHERE n.payload = d.payload AND n.reader >= ? AND n.url = d.url
                     AND n.asked IS d.asked)
             ORDER BY s.id"
        ))?;
        let mut newest = self.db.prepare_cached(
            "SELECT reader, digest FROM document WHERE payload = ?1 AND url = ?2 AND asked IS ?3
             ORDER BY reader DESC, id DESC LIMIT 1",
        )?;
        let mut rows = select.query(params_from_iter(all))?;
        while let Some(row) = rows.next()? {
            let key: Key = (row.get(3)?, row.get(4)?, row.get(5)?);
            if places.contains_key(&key) {
                continue;
            }
            let (payload, url, asked) = key.clone();
            let (reader, digest) =
                newest.query_row(params![payload, url, asked], |row| Ok((row.get(0)?, digest(row.get(1)?))))?;
            places.insert(key, found.len());
            let (snapshot, watch) = (SnapshotId(row.get(0)?), WatchId(row.get(1)?));
            let document = DocumentId(row.get(2)?);
            found.push(Readable {
                snapshot,
                document,
                watch,
                url,
                asked,
                reader,
                digest,
                watches: Vec::new(),
                payload,
            });
        }
        Ok(())
    }

    /// Finds the watches that show these: most pages belong to one, but several may lead to the same.
    fn shown_by(&self, found: &mut [Readable], places: &HashMap<Key, usize>) -> rusqlite::Result<()> {
        if found.is_empty() {
            return Ok(());
        }
        let payloads: Vec<i64> = found.iter().map(|readable| readable.payload).collect();
        let payloads = serde_json::to_string(&payloads).unwrap_or_default();
        let mut select = self.db.prepare_cached(&format!(
            "SELECT DISTINCT d.payload, d.url, d.asked, s.watch FROM ({SHOWN}) s CROSS JOIN document d ON d.id = s.document
             WHERE s.document IN
                 (SELECT n.id FROM document n WHERE n.payload IN (SELECT value FROM json_each(?1)))"
        ))?;
        let mut rows = select.query([payloads])?;
        while let Some(row) = rows.next()? {
            let key: Key = (row.get(0)?, row.get(1)?, row.get(2)?);
            if let Some(readable) = places.get(&key).and_then(|at| found.get_mut(*at)) {
                readable.watches.push(WatchId(row.get(3)?));
            }
        }
        Ok(())
    }

    /// Documents that are there beside those that snapshots refer to, and all that were read again, with the act of the
    /// custody log that each row names.
    pub fn documents_beside_snapshots(&self) -> Result<Vec<(DocumentId, Option<i64>)>> {
        self.db
            .prepare_cached(&format!(
                "SELECT id, act FROM document WHERE act IS NOT NULL OR id NOT IN (SELECT document FROM ({SHOWN}))"
            ))
            .and_then(|mut select| select.query_map([], |row| Ok((DocumentId(row.get(0)?), row.get(1)?)))?.collect())
            .map_err(sql("cannot read which documents there are"))
    }

    /// How many payloads no reader from `version` on has read at any URL (`None`: how many were read at all).
    pub fn count_readable(&self, version: Option<u32>) -> Result<u64> {
        self.db
            .prepare_cached(
                "SELECT count(*) FROM (SELECT payload FROM document GROUP BY payload HAVING max(reader) < ?1)",
            )
            .and_then(|mut count| count.query_row([version.map_or(i64::MAX, i64::from)], |row| row.get::<_, i64>(0)))
            .map(|n| n.max(0) as u64)
            .map_err(sql("cannot count what may be read again"))
    }

    /// Where the octets lie that a document of a snapshot was read from; `None`: the snapshot has no such document.
    pub fn origin(&self, snapshot: SnapshotId, document: DocumentId) -> Result<Option<Origin>> {
        self.db
            .prepare_cached(&format!(
                // The head of a 304 says nothing of the octets that it confirms; that of the record that holds them does.
                "SELECT d.url, p.digest, o.truncated IS NOT NULL, o.segment, o.offset, o.first_length,
                     h.segment, h.offset, h.first_length, d.asked
                 FROM ({SHOWN}) s JOIN document d ON d.id = s.document JOIN payload p ON p.id = d.payload
                     JOIN exchange h ON h.id = p.exchange
                     LEFT JOIN exchange e ON e.id = s.exchange AND e.payload = d.payload AND e.status <> 304
                     JOIN exchange o ON o.id = coalesce(e.id, h.id)
                 WHERE s.snapshot = ?1 AND s.document = ?2 LIMIT 1"
            ))
            .and_then(|mut select| {
                let place = |row: &rusqlite::Row<'_>, at: usize| {
                    Ok::<_, rusqlite::Error>(Place {
                        segment: SegmentId(row.get(at)?),
                        offset: row.get::<_, i64>(at + 1)?.max(0) as u64,
                        length: row.get::<_, i64>(at + 2)?.max(0) as u64,
                    })
                };
                select
                    .query_row([snapshot.0, document.0], |row| {
                        Ok(Origin {
                            url: row.get(0)?,
                            payload: digest(row.get(1)?),
                            truncated: row.get(2)?,
                            head: place(row, 3)?,
                            body: place(row, 6)?,
                            asked: row.get::<_, Option<String>>(9)?.as_deref().and_then(Asked::parse),
                        })
                    })
                    .optional()
            })
            .map_err(sql(format!("cannot see where the octets of snapshot {snapshot} lie")))
    }
}

/// Writes the rows of new readings, the act that binds them, and what is to be indexed again.
pub(super) fn keep(db: &Connection, committer: &mut Committer, rereading: &Rereading) -> Result<Vec<DocumentId>> {
    let what = "cannot write what was read again";
    let act = committer.next_act(db)?;
    let mut documents = Vec::with_capacity(rereading.readings.len());
    let mut watches = BTreeSet::new();
    for reread in &rereading.readings {
        let id =
            documents::insert(db, reread.of.payload, &reread.of.url, &reread.read, Some(act)).map_err(sql(what))?;
        posts::later(db, id).map_err(sql(what))?;
        documents.push((id, reread.read.digest));
        watches.extend(reread.of.watches.iter().map(|watch| watch.0));
    }
    for watch in watches {
        search::later(db, watch).map_err(sql(what))?;
    }
    committer.act(db, REEXTRACT, None, rereading.at, &body(rereading, &documents))?;
    Ok(documents.into_iter().map(|(id, _)| DocumentId(id)).collect())
}

/// The leaf of the act in the custody log.
fn body(rereading: &Rereading, documents: &[(i64, Digest)]) -> String {
    let documents: Vec<_> = documents.iter().map(|(id, digest)| (id, digest.hex())).collect();
    serde_json::json!({
        "keepfast_act": 1, "act": REEXTRACT, "at": rereading.at.as_millisecond(), "by": rereading.by,
        "software": rereading.software, "reader": rereading.readings.first().map(|reread| reread.read.version),
        "documents": documents
    })
    .to_string()
}
