//! What was read: documents and their comments. A payload has one for each version of the reader that read it at a URL;
//! the newest is what is shown.

use rusqlite::{Connection, OptionalExtension as _, params};

use super::reader::Reader;
use super::rows::{digest, timestamp};
use super::sql::sql;
use super::thread;
use crate::error::{Error, ErrorKind, Result};
use crate::model::{Asked, Comment, Digest, Document, DocumentId, KnownDocument, ReadDocument, ReadingRow};

/// Every document that a snapshot refers to, those of further pages included, with the snapshot, its watch, and the exchange that it was read from.
pub(super) const SHOWN: &str = "SELECT id AS snapshot, watch, document, id * 4096 + final_seq AS exchange
     FROM snapshot WHERE document IS NOT NULL
     UNION ALL SELECT g.snapshot, s.watch, g.document, g.exchange FROM page g JOIN snapshot s ON s.id = g.snapshot
     WHERE g.document IS NOT NULL";

impl Reader {
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

    /// What a version of the reader read of the same octets as a document, without comments, and the octets that it takes.
    pub(super) fn said(&self, id: DocumentId, reader: u32) -> Result<Option<(Document, usize)>> {
        let place = || format!("cannot read document {id}");
        let json: Option<String> = self
            .db
            .prepare_cached(
                "SELECT n.json FROM document d JOIN document n ON n.payload = d.payload AND n.url = d.url
                     AND n.asked IS d.asked AND n.reader = ?2
                 WHERE d.id = ?1 ORDER BY n.id DESC LIMIT 1",
            )
            .and_then(|mut select| select.query_row(params![id.0, reader], |row| row.get(0)).optional())
            .map_err(sql(place()))?;
        let parsed = json.map(|json| Ok((serde_json::from_str(&json)?, json.len()))).transpose();
        parsed.map_err(|e: serde_json::Error| {
            Error::new(ErrorKind::Archive, place()).because(e).hint("run `keepfast verify` to see what is damaged")
        })
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

    /// All readings of what a document was read from, itself included, the newest last.
    pub fn readings(&self, id: DocumentId) -> Result<Vec<ReadingRow>> {
        self.db
            .prepare_cached(
                "SELECT n.id, n.reader, n.act, c.at FROM document d
                     JOIN document n ON n.payload = d.payload AND n.url = d.url AND n.asked IS d.asked
                     LEFT JOIN custody c ON c.seq = n.act
                 WHERE d.id = ?1 ORDER BY n.reader, n.id",
            )
            .and_then(|mut select| {
                let rows = select.query_map([id.0], |row| {
                    Ok(ReadingRow {
                        document: DocumentId(row.get(0)?),
                        reader: row.get(1)?,
                        act: row.get(2)?,
                        read_again_at: row.get::<_, Option<i64>>(3)?.map(timestamp),
                    })
                })?;
                rows.collect()
            })
            .map_err(sql(format!("cannot read the readings of document {id}")))
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

    /// The document that a version of the reader read out of a payload at a URL, where the same was asked for.
    pub fn read_before(
        &self,
        payload: &Digest,
        url: &str,
        reader: u32,
        asked: Option<&Asked>,
    ) -> Result<Option<KnownDocument>> {
        let asked = asked.map(Asked::to_string);
        self.db
            .prepare_cached(
                "SELECT d.id, d.digest FROM payload p JOIN document d ON d.payload = p.id
                 WHERE p.digest = ?1 AND d.url = ?2 AND d.reader = ?3 AND d.asked IS ?4 ORDER BY d.id DESC LIMIT 1",
            )
            .and_then(|mut select| {
                select
                    .query_row(params![payload.0, url, reader, asked], |row| {
                        Ok(KnownDocument { id: DocumentId(row.get(0)?), version: reader, digest: digest(row.get(1)?) })
                    })
                    .optional()
            })
            .map_err(sql("cannot look up a document"))
    }
}

/// Writes what was read of a payload, and returns its number.
/// `act` is the entry of the custody log that binds it, unless the leaf of a snapshot does.
pub(super) fn insert(
    db: &Connection,
    payload: i64,
    url: &str,
    read: &ReadDocument,
    act: Option<i64>,
) -> rusqlite::Result<i64> {
    let document = &read.document;
    let id: i64 = db
        .prepare_cached(
            "INSERT INTO document (payload, url, reader, asked, digest, kind, title, authors, site, language, published_at,
                 modified_at, json, act)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14) RETURNING id",
        )?
        .query_row(
            params![
                payload,
                url,
                read.version,
                document.social.as_ref().map(|social| social.asked.to_string()),
                read.digest.0,
                document.kind.as_str(),
                document.title,
                (!document.authors.is_empty()).then(|| document.authors.join("; ")),
                document.site,
                document.language,
                document.published.as_ref().and_then(|w| w.at).map(|at| at.as_millisecond()),
                document.modified.as_ref().and_then(|w| w.at).map(|at| at.as_millisecond()),
                read.json,
                act,
            ],
            |row| row.get(0),
        )?;
    let mut insert = db.prepare_cached(
        "INSERT INTO comment (document, seq, own_id, parent, depth, author, author_url, time_raw, time_at,
             time_precision, time_zone, time_source, permalink, text, reply_to, likes, deleted,
             blocks)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18)",
    )?;
    for (seq, comment) in document.comments.iter().enumerate() {
        let time = comment.time.as_ref();
        let blocks = Some(&comment.blocks).filter(|blocks| !blocks.is_empty()).map(serde_json::to_string).transpose();
        let blocks = blocks.map_err(|e| rusqlite::Error::ToSqlConversionFailure(Box::new(e)))?;
        insert.execute(params![
            id,
            seq as i64,
            comment.id,
            comment.parent,
            comment.depth,
            comment.author,
            comment.author_url,
            time.map(|t| &t.raw),
            time.and_then(|t| t.at).map(|at| at.as_millisecond()),
            time.map(|t| t.precision.as_str()),
            time.map(|t| t.zone.as_str()),
            time.map(|t| &t.source),
            comment.permalink,
            comment.text,
            comment.reply_to,
            comment.likes,
            comment.deleted,
            blocks,
        ])?;
    }
    Ok(id)
}
