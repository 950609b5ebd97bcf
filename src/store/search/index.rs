//! Indexing: runs behind the capture, snapshot by snapshot, in slices that may stop at any of them.
//!
//! The index is made of versions: what a watch said from one snapshot to another. Its progress stands in the
//! catalogue and is committed with the rows, so that whoever comes next goes on where the last one stopped.

use rusqlite::{Connection, OptionalExtension as _, params};

use super::fold::index_text;
use super::inside::{self, Inside, Progress};
use super::page::{Block, Page};
use super::parts::both_texts;
use crate::model::thread::merge;
use crate::model::{Comment, Digest, DocumentId, Outcome};
use crate::store::thread;

/// Snapshots that are read at once.
const PAGE: usize = 256;
/// A token that no query can hold stands between pieces of text, so that no phrase is found across them.
const GAP: &str = "\u{e000} ";

/// What one slice did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Slice {
    /// Versions that went into the index.
    pub indexed: u64,
    /// Snapshots that were looked at.
    pub seen: u64,
    /// There is more to do.
    pub more: bool,
}

/// Indexes until `octets` of folded text went in, nothing is left, or `stop` says so (asked between documents).
/// To be called within a transaction.
pub(in crate::store) fn slice(
    db: &Connection,
    octets: usize,
    inside: Inside,
    stop: &dyn Fn() -> bool,
) -> rusqlite::Result<Slice> {
    let inside = Progress::begin(db, inside, searchable(db)?)?;
    let (columns, trigrams) = Default::default();
    let mut work = Work { db, columns, trigrams, inside, octets: 0, out: Slice::default() };
    work.go(octets, stop)?;
    work.inside.keep(db)?;
    Ok(work.out)
}

/// Removes what the index has of a watch.
fn forget(db: &Connection, watch: i64) -> rusqlite::Result<()> {
    inside::forget(db, watch)?;
    db.prepare_cached("DELETE FROM search WHERE rowid IN (SELECT id FROM version WHERE watch = ?1)")?
        .execute([watch])?;
    db.prepare_cached("DELETE FROM version WHERE watch = ?1")?.execute([watch])?;
    Ok(())
}

/// Removes what the index has of a watch and has it made anew from the snapshots that are left: after a removal.
pub(in crate::store) fn again(db: &Connection, watch: i64) -> rusqlite::Result<()> {
    forget(db, watch)?;
    db.prepare_cached("INSERT OR REPLACE INTO reindex VALUES (?1, 0)")?.execute([watch])?;
    Ok(())
}

/// Has what the index knows of a watch made anew when there is time; until then that is found. To be called when
/// something of the watch was read again.
pub(in crate::store) fn later(db: &Connection, watch: i64) -> rusqlite::Result<()> {
    db.prepare_cached(
        "INSERT INTO reindex VALUES (?1, 0) ON CONFLICT (watch) DO UPDATE SET after = 0 WHERE after > 0",
    )?
    .execute([watch])?;
    Ok(())
}

/// The newest snapshot that the index has seen.
pub(super) fn searchable(db: &Connection) -> rusqlite::Result<i64> {
    let text: Option<String> = db
        .prepare_cached("SELECT value FROM meta WHERE key = 'searchable'")?
        .query_row([], |row| row.get(0))
        .optional()?;
    Ok(text.and_then(|text| text.parse().ok()).unwrap_or(0))
}

/// How many snapshots with a document the index has not seen.
pub(super) fn waiting(db: &Connection) -> rusqlite::Result<u64> {
    let done = searchable(db)?;
    let mut count = db.prepare_cached(
        "SELECT (SELECT count(DISTINCT document) FROM snapshot WHERE id > ?1 AND document IS NOT NULL)
              + (SELECT count(DISTINCT s.document) FROM reindex r JOIN snapshot s ON s.watch = r.watch
                     WHERE s.id > r.after AND s.id <= ?1)",
    )?;
    count.query_row([done], |row| row.get::<_, i64>(0)).map(|n| n.max(0) as u64)
}

/// Something waits to be indexed: cheap enough to be asked for often.
pub(in crate::store) fn is_behind(db: &Connection, inside: Inside) -> rusqlite::Result<bool> {
    let newest: i64 =
        db.prepare_cached("SELECT coalesce(max(id), 0) FROM snapshot")?.query_row([], |row| row.get(0))?;
    let done = searchable(db)?;
    Ok(newest > done
        || (inside == Inside::All && inside::mark(db)? != Some(done))
        || db.prepare_cached("SELECT 1 FROM reindex LIMIT 1")?.exists([])?)
}

/// The reading of the newest reader of the payload that a document was read from.
pub(super) fn newest_reading(db: &Connection, document: i64) -> rusqlite::Result<Option<(i64, String)>> {
    db.prepare_cached(
        "SELECT n.id, n.json FROM document d JOIN document n ON n.payload = d.payload AND n.url = d.url AND n.asked IS d.asked
         WHERE d.id = ?1 ORDER BY n.reader DESC, n.id DESC LIMIT 1",
    )?
    .query_row([document], |row| Ok((row.get(0)?, row.get(1)?)))
    .optional()
}

/// Further pages of the thread were read with this snapshot.
pub(super) fn has_pages(db: &Connection, snapshot: i64) -> rusqlite::Result<bool> {
    db.prepare_cached("SELECT 1 FROM page WHERE snapshot = ?1 AND document IS NOT NULL LIMIT 1")?.exists([snapshot])
}

/// The comments of all pages of a thread, each as the newest reader read it; `reading` is that of the first page.
pub(super) fn whole_thread(db: &Connection, snapshot: i64, reading: i64) -> rusqlite::Result<Vec<Comment>> {
    let mut all = vec![(0, thread::comments(db, DocumentId(reading))?)];
    for page in thread::pages(db, snapshot)? {
        if let Some(id) = page.document.filter(|_| page.rule.is_of_thread()) {
            let newest = newest_reading(db, id.0)?.map_or(id, |(newest, _)| DocumentId(newest));
            all.push((page.place, thread::comments(db, newest)?));
        }
    }
    Ok(merge(all))
}

struct Row {
    id: i64,
    watch: i64,
    document: Option<i64>,
    previous: Option<i64>,
    same: bool,
}

fn rows(db: &Connection, which: &str, values: &[&dyn rusqlite::ToSql]) -> rusqlite::Result<Vec<Row>> {
    db.prepare_cached(&format!(
        "SELECT id, watch, document, previous, outcome FROM snapshot WHERE {which} ORDER BY id LIMIT {PAGE}"
    ))?
    .query_map(values, |row| {
        Ok(Row {
            id: row.get(0)?,
            watch: row.get(1)?,
            document: row.get(2)?,
            previous: row.get(3)?,
            same: row.get_ref(4)?.as_str()? == Outcome::Unchanged.as_str(),
        })
    })?
    .collect()
}

struct Work<'a> {
    db: &'a Connection,
    /// Folded text of title, authors, text, comments, commenters and the rest.
    columns: [String; 6],
    /// What stands inside the words of these.
    trigrams: [String; 6],
    inside: Progress,
    octets: usize,
    out: Slice,
}

impl Work<'_> {
    fn go(&mut self, octets: usize, stop: &dyn Fn() -> bool) -> rusqlite::Result<()> {
        let db = self.db;
        let done = searchable(db)?;
        loop {
            let again = db
                .prepare_cached("SELECT watch, after FROM reindex ORDER BY watch LIMIT 1")?
                .query_row([], |row| Ok((row.get::<_, i64>(0)?, row.get::<_, i64>(1)?)))
                .optional()?;
            let Some((watch, after)) = again else { break };
            if after == 0 {
                forget(db, watch)?;
            }
            let rows = rows(db, "watch = ?1 AND id > ?2 AND id <= ?3", params![watch, after, done])?;
            let last = self.through(&rows, octets, stop)?;
            if rows.len() < PAGE && last == rows.last().map(|row| row.id) {
                db.prepare_cached("DELETE FROM reindex WHERE watch = ?1")?.execute([watch])?;
            } else if let Some(last) = last {
                db.prepare_cached("UPDATE reindex SET after = ?2 WHERE watch = ?1")?.execute([watch, last])?;
            }
            if self.octets >= octets || stop() {
                self.out.more = true;
                return Ok(());
            }
        }
        let mut at = done;
        loop {
            let rows = rows(db, "id > ?1", params![at])?;
            let last = self.through(&rows, octets, stop)?;
            at = last.unwrap_or(at);
            let finished = rows.len() < PAGE && last == rows.last().map(|row| row.id);
            if finished || self.octets >= octets || stop() {
                self.out.more = !finished;
                break;
            }
        }
        if at > done {
            db.prepare_cached("INSERT OR REPLACE INTO meta VALUES ('searchable', ?1)")?.execute([at.to_string()])?;
            self.inside.goes_on(at);
        }
        if self.out.more { Ok(()) } else { self.fill(at, octets, stop) }
    }

    /// Fills in what went into the index of words while nothing was kept of what stands inside them; `done` is the newest
    /// snapshot that the index of words has seen.
    fn fill(&mut self, done: i64, octets: usize, stop: &dyn Fn() -> bool) -> rusqlite::Result<()> {
        loop {
            let ids = self.inside.to_fill(self.db, PAGE)?;
            if ids.is_empty() {
                self.inside.filled_all(done);
                return Ok(());
            }
            for id in ids {
                if self.octets >= octets || stop() {
                    self.out.more = true;
                    return Ok(());
                }
                if !Progress::has(self.db, id)? {
                    let document: Option<i64> = self
                        .db
                        .prepare_cached("SELECT document FROM snapshot WHERE id = ?1")?
                        .query_row([id], |row| row.get(0))?;
                    if let Some(document) = document {
                        self.fold(id, document, true)?;
                        self.put_inside(id)?;
                        self.out.indexed += 1;
                    }
                }
                self.inside.filled(id);
            }
        }
    }

    fn put_inside(&mut self, id: i64) -> rusqlite::Result<()> {
        Progress::put(self.db, id, &self.trigrams)?;
        self.octets += self.trigrams.iter().map(String::len).sum::<usize>();
        Ok(())
    }

    /// Goes through snapshots until there is enough; returns the last one done.
    fn through(&mut self, rows: &[Row], octets: usize, stop: &dyn Fn() -> bool) -> rusqlite::Result<Option<i64>> {
        let mut last = None;
        for row in rows {
            if self.octets >= octets || stop() {
                break;
            }
            self.step(row)?;
            self.out.seen += 1;
            last = Some(row.id);
        }
        Ok(last)
    }

    fn step(&mut self, row: &Row) -> rusqlite::Result<()> {
        let Some(document) = row.document else { return Ok(()) };
        // Most looks find nothing new: what they say is what the snapshot before them said.
        let known = match row.previous.filter(|_| row.same) {
            Some(previous) => self.one("SELECT id FROM version WHERE watch = ?1 AND last = ?2", row.watch, previous)?,
            None => None,
        };
        let known = match known {
            Some(known) => Some(known),
            // Of a thread with several pages, one page alone does not tell.
            None if has_pages(self.db, row.id)? => None,
            None => self.one("SELECT id FROM version WHERE watch = ?1 AND document = ?2", row.watch, document)?,
        };
        if let Some(known) = known {
            return self.go_on(row, known);
        }
        let takes = self.inside.takes(row.id);
        let digest = if self.fold(row.id, document, takes)? { self.digest() } else { 0 };
        if let Some(known) = self.one("SELECT id FROM version WHERE watch = ?1 AND digest = ?2", row.watch, digest)? {
            return self.go_on(row, known);
        }
        self.db
            .prepare_cached("INSERT INTO version (watch, id, last, document, digest) VALUES (?1, ?2, ?2, ?3, ?4)")?
            .execute(params![row.watch, row.id, document, digest])?;
        let [title, authors, text, comments, commenters, rest] = &self.columns;
        self.db
            .prepare_cached(
                "INSERT INTO search (rowid, title, authors, text, comments, commenters, rest)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
            )?
            .execute(params![row.id, title, authors, text, comments, commenters, rest])?;
        self.octets += self.columns.iter().map(String::len).sum::<usize>();
        self.out.indexed += 1;
        if takes {
            return self.put_inside(row.id);
        }
        self.inside.passed_over(row.id);
        Ok(())
    }

    fn one(&self, select: &str, watch: i64, value: i64) -> rusqlite::Result<Option<i64>> {
        self.db.prepare_cached(select)?.query_row([watch, value], |row| row.get(0)).optional()
    }

    fn go_on(&self, row: &Row, version: i64) -> rusqlite::Result<()> {
        self.db
            .prepare_cached("UPDATE version SET last = ?3 WHERE watch = ?1 AND id = ?2")?
            .execute([row.watch, version, row.id])?;
        Ok(())
    }

    /// Folds a document and the further pages of its thread into the columns; false if there is none.
    fn fold(&mut self, snapshot: i64, document: i64, inside: bool) -> rusqlite::Result<bool> {
        self.columns.iter_mut().chain(&mut self.trigrams).for_each(String::clear);
        let Some((reading, json)) = newest_reading(self.db, document)? else { return Ok(false) };
        // What cannot be read is for `verify` to tell; the title stands beside it.
        let page: Page = serde_json::from_str(&json).unwrap_or_default();
        let [title, authors, text, comments, commenters, rest] = &mut self.columns;
        let mut trigrams = self.trigrams.each_mut().map(|column| inside.then_some(column));
        let [in_title, in_authors, in_text, in_comments, in_commenters, in_rest] = &mut trigrams;
        add(page.title.as_deref(), title, in_title);
        add(page.names(), authors, in_authors);
        add(page.blocks.iter().flat_map(Block::texts), text, in_text);
        add(page.around(), rest, in_rest);
        if has_pages(self.db, snapshot)? {
            for comment in &whole_thread(self.db, snapshot, reading)? {
                add(comment.author.as_deref(), commenters, in_commenters);
                add([comment.text.as_str()], comments, in_comments);
            }
        } else {
            let mut select =
                self.db.prepare_cached("SELECT author, text FROM comment WHERE document = ?1 ORDER BY seq")?;
            let mut found = select.query([reading])?;
            while let Some(row) = found.next()? {
                add(row.get_ref(0)?.as_str_or_null()?, commenters, in_commenters);
                add([row.get_ref(1)?.as_str()?], comments, in_comments);
            }
        }
        Ok(true)
    }

    /// The digest of the folded text. What stands around it changes by itself: days, counters, headlines of others.
    fn digest(&self) -> i64 {
        let [title, authors, text, comments, commenters, rest] =
            self.columns.each_ref().map(|column| column.as_bytes());
        let digest = match text.is_empty() && comments.is_empty() {
            true => Digest::of_parts(&[title, b"\0", rest]),
            false => Digest::of_parts(&[title, b"\0", authors, b"\0", text, b"\0", comments, b"\0", commenters]),
        };
        digest.0.first_chunk::<8>().map_or(0, |head| i64::from_be_bytes(*head))
    }
}

fn add<'a>(texts: impl IntoIterator<Item = &'a str>, column: &mut String, trigrams: &mut Option<&mut String>) {
    for text in texts {
        if !column.is_empty() {
            column.push_str(GAP);
        }
        match trigrams {
            None => index_text(text, column),
            Some(trigrams) => both_texts(text, column, trigrams),
        }
    }
}
