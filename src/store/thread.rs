//! Comments, and the further pages of the threads that snapshots are of.

use rusqlite::{Connection, Row, params};

use super::commit::EXCHANGES;
use super::documents;
use super::reader::Reader;
use super::rows::{digest, named, named_opt, timestamp};
use super::sql::sql;
use crate::error::Result;
use crate::model::thread::merge;
use crate::model::{
    Block, Captured, Comment, CommentCount, Document, DocumentId, DocumentPart, ExchangeId, Held, KnownDocument,
    Outcome, PageRow, PageRule, Precision, PreviousPage, RecordId, Shortfall, SnapshotId, When, ZoneSource,
};

/// The number of comments in three columns from `at` on.
pub(super) fn count(row: &Row<'_>, at: usize) -> rusqlite::Result<Option<CommentCount>> {
    let Some(seen) = row.get(at)? else { return Ok(None) };
    let shortfall = named_opt("snapshot.comments_shortfall", row.get(at + 2)?, Shortfall::parse)?;
    Ok(Some(CommentCount { seen, claimed: row.get(at + 1)?, shortfall }))
}

/// The blocks of a comment from their column.
fn blocks(json: Option<String>) -> rusqlite::Result<Vec<Block>> {
    let Some(json) = json else { return Ok(Vec::new()) };
    let odd = |e| rusqlite::Error::FromSqlConversionFailure(15, rusqlite::types::Type::Text, Box::new(e));
    serde_json::from_str(&json).map_err(odd)
}

/// The comments of one document.
pub(super) fn comments(db: &Connection, id: DocumentId) -> rusqlite::Result<Vec<Comment>> {
    db.prepare_cached(
        "SELECT own_id, parent, depth, author, author_url, time_raw, time_at, time_precision, time_zone,
             time_source, permalink, text, reply_to, likes, deleted, blocks
         FROM comment WHERE document = ?1 ORDER BY seq",
    )?
    .query_map([id.0], |row| {
        let raw: Option<String> = row.get(5)?;
        let time = match raw {
            None => None,
            Some(raw) => Some(When {
                raw,
                at: row.get::<_, Option<i64>>(6)?.map(timestamp),
                precision: named("comment.time_precision", &row.get::<_, String>(7)?, Precision::parse)?,
                zone: named("comment.time_zone", &row.get::<_, String>(8)?, ZoneSource::parse)?,
                source: row.get(9)?,
            }),
        };
        Ok(Comment {
            id: row.get(0)?,
            parent: row.get(1)?,
            depth: row.get(2)?,
            author: row.get(3)?,
            author_url: row.get(4)?,
            time,
            permalink: row.get(10)?,
            text: row.get(11)?,
            reply_to: row.get(12)?,
            likes: row.get(13)?,
            deleted: row.get(14)?,
            blocks: blocks(row.get(15)?)?,
        })
    })?
    .collect()
}

/// Stores what was read of the further pages; their documents in order.
pub(super) fn insert_documents(
    db: &Connection,
    captured: &Captured,
    payloads: &[Option<i64>],
) -> rusqlite::Result<Vec<Option<i64>>> {
    let one = |page: &crate::model::FollowedPage| {
        let read = match &page.document {
            DocumentPart::None => return Ok(None),
            DocumentPart::Known(known) => return Ok(Some(known.id.0)),
            DocumentPart::New(read) => read,
        };
        let answer = page.exchange.and_then(|i| Some((captured.exchanges.get(i)?, payloads.get(i).copied()??)));
        answer.map(|(exchange, payload)| documents::insert(db, payload, &exchange.url, read, None)).transpose()
    };
    captured.pages.iter().map(one).collect()
}

/// Writes the rows of the further pages.
pub(super) fn insert(db: &Connection, captured: &Captured, id: i64, documents: &[Option<i64>]) -> rusqlite::Result<()> {
    if captured.pages.is_empty() {
        return Ok(());
    }
    let mut insert = db.prepare_cached(
        "INSERT INTO page (snapshot, seq, place, url, rule, outcome, reason, exchange, document, etag, last_modified)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
    )?;
    for (seq, (page, document)) in captured.pages.iter().zip(documents).enumerate() {
        insert.execute(params![
            id,
            seq as i64,
            page.place,
            page.url,
            page.rule.as_str(),
            page.outcome.map(|o| o.as_str()),
            page.reason,
            page.exchange.map(|seq| id * EXCHANGES + seq as i64),
            document,
            page.etag,
            page.last_modified,
        ])?;
    }
    Ok(())
}

fn page_row(row: &Row<'_>) -> rusqlite::Result<PageRow> {
    Ok(PageRow {
        place: row.get(0)?,
        url: row.get(1)?,
        rule: named("page.rule", &row.get::<_, String>(2)?, PageRule::parse)?,
        outcome: named_opt("page.outcome", row.get(3)?, Outcome::parse)?,
        reason: row.get(4)?,
        exchange: row.get::<_, Option<i64>>(5)?.map(ExchangeId),
        document: row.get::<_, Option<i64>>(6)?.map(DocumentId),
        etag: row.get(7)?,
        last_modified: row.get(8)?,
    })
}

/// The further pages of a snapshot in order.
pub(super) fn pages(db: &Connection, id: i64) -> rusqlite::Result<Vec<PageRow>> {
    db.prepare_cached(
        "SELECT place, url, rule, outcome, reason, exchange, document, etag, last_modified FROM page
         WHERE snapshot = ?1 ORDER BY seq",
    )?
    .query_map([id], page_row)?
    .collect()
}

impl Reader {
    /// The further pages of the thread of a snapshot, in the order in which they were named or asked for.
    pub fn pages(&self, id: SnapshotId) -> Result<Vec<PageRow>> {
        pages(&self.db, id.0).map_err(sql(format!("cannot read the further pages of snapshot {id}")))
    }

    /// The comments of one document.
    pub fn comments(&self, id: DocumentId) -> Result<Vec<Comment>> {
        comments(&self.db, id).map_err(sql(format!("cannot read document {id}")))
    }

    /// Puts the comments of the further pages to those of the first.
    /// `reader` is the version of the reader that is wanted; `None`: of each page the newest.
    pub fn whole_thread(&self, pages: &[PageRow], document: &mut Document, reader: Option<u32>) -> Result<()> {
        let mut all = Vec::new();
        for page in pages {
            if let Some(id) = page.document.filter(|_| page.rule.is_of_thread()) {
                let readings = self.readings(id)?;
                let shown = readings.iter().rev().find(|one| reader.is_none_or(|reader| one.reader == reader));
                all.push((page.place, self.comments(shown.map_or(id, |shown| shown.document))?));
            }
        }
        if !all.is_empty() {
            all.push((0, std::mem::take(&mut document.comments)));
            document.comments = merge(all);
        }
        Ok(())
    }

    /// The further pages of a snapshot with what conditional requests and comparison need.
    pub fn previous_pages(&self, id: SnapshotId) -> Result<Vec<PreviousPage>> {
        self.previous_rows(id).map_err(sql(format!("cannot read the further pages of snapshot {id}")))
    }

    fn previous_rows(&self, id: SnapshotId) -> rusqlite::Result<Vec<PreviousPage>> {
        self.db
            .prepare_cached(
                "SELECT g.place, g.url, g.rule, g.outcome, g.reason, g.exchange, g.document, g.etag, g.last_modified,
                     coalesce(e.url, s.url, w.url), p.digest, o.record, o.started_at, coalesce(o.url, os.url, ow.url),
                     d.reader, d.digest
                 FROM page g
                 LEFT JOIN exchange e ON e.id = g.exchange
                 LEFT JOIN snapshot s ON s.id = e.id / 4096
                 LEFT JOIN watch w ON w.id = s.watch
                 LEFT JOIN payload p ON p.id = e.payload
                 LEFT JOIN exchange o ON o.id = p.exchange
                 LEFT JOIN snapshot os ON os.id = o.id / 4096
                 LEFT JOIN watch ow ON ow.id = os.watch
                 LEFT JOIN document d ON d.id = g.document
                 WHERE g.snapshot = ?1 ORDER BY g.seq",
            )?
            .query_map([id.0], |row| {
                let page = page_row(row)?;
                let payload: Option<[u8; 32]> = row.get(10)?;
                let held = match (payload, row.get::<_, Option<[u8; 16]>>(11)?) {
                    (Some(payload), Some(record)) => {
                        let held = Held { record: RecordId(record), at: timestamp(row.get(12)?), url: row.get(13)? };
                        Some((digest(payload), held))
                    }
                    _ => None,
                };
                let document = match page.document {
                    Some(id) => Some(KnownDocument { id, version: row.get(14)?, digest: digest(row.get(15)?) }),
                    None => None,
                };
                Ok(PreviousPage { row: page, final_url: row.get(9)?, held, document })
            })?
            .collect()
    }
}
