//! Indexing: snapshot by snapshot behind the capture, in slices that may stop after any document. How far it is stands in
//! the catalogue and is committed with the rows.

use rusqlite::{Connection, OptionalExtension as _, params};

use super::read::{counts, told};
use super::{PostRules, keep, remove};
use crate::model::{Outcome, PageRule};
use crate::store::rows::named;
use crate::store::search::Slice;

/// Snapshots that are read at once.
const PAGE: usize = 256;

/// Indexes until `octets` of documents were read, nothing is left, or `stop` says so (asked between documents). To be called
/// within a transaction.
pub(in crate::store) fn slice(
    db: &Connection,
    octets: usize,
    rules: &PostRules,
    stop: &dyn Fn() -> bool,
) -> rusqlite::Result<Slice> {
    if rules_of(db)? != Some(rules.version) {
        begin(db, rules.version)?;
    }
    let mut work = Work { db, rules, octets: 0, at_most: octets, stop, out: Slice::default() };
    work.again()?;
    work.go_on()?;
    Ok(work.out)
}

/// Something waits to be indexed.
pub(in crate::store) fn is_behind(db: &Connection, rules: &PostRules) -> rusqlite::Result<bool> {
    Ok(waiting(db)? > 0
        || rules_of(db)? != Some(rules.version)
        || db.prepare_cached("SELECT 1 FROM post_again LIMIT 1")?.exists([])?)
}

/// How many snapshots the index has not seen.
pub(super) fn waiting(db: &Connection) -> rusqlite::Result<u64> {
    let newest: i64 =
        db.prepare_cached("SELECT coalesce(max(id), 0) FROM snapshot")?.query_row([], |row| row.get(0))?;
    Ok(u64::try_from(newest - mark(db)?).unwrap_or(0))
}

/// The newest snapshot that the index has seen.
pub(super) fn mark(db: &Connection) -> rusqlite::Result<i64> {
    Ok(meta(db, "posts")?.and_then(|text| text.parse().ok()).unwrap_or(0))
}

/// The index was made by these rules.
pub(super) fn is_of(db: &Connection, rules: &PostRules) -> rusqlite::Result<bool> {
    Ok(rules_of(db)? == Some(rules.version))
}

fn rules_of(db: &Connection) -> rusqlite::Result<Option<u32>> {
    Ok(meta(db, "post_rules")?.and_then(|text| text.parse().ok()))
}

fn meta(db: &Connection, key: &str) -> rusqlite::Result<Option<String>> {
    db.prepare_cached("SELECT value FROM meta WHERE key = ?1")?.query_row([key], |row| row.get(0)).optional()
}

/// Empties all: other rules would find other posts in the same documents.
fn begin(db: &Connection, rules: u32) -> rusqlite::Result<()> {
    db.execute_batch(
        "DELETE FROM post; DELETE FROM post_version; DELETE FROM post_seen; DELETE FROM post_media; DELETE FROM relation;
         DELETE FROM actor; DELETE FROM actor_version; DELETE FROM actor_seen; DELETE FROM post_document;
         DELETE FROM post_again; INSERT OR REPLACE INTO meta VALUES ('posts', '0');",
    )?;
    db.execute("INSERT OR REPLACE INTO meta VALUES ('post_rules', ?1)", [rules.to_string()])?;
    Ok(())
}

/// The reading of the newest reader of what a document was read from.
pub(super) fn newest(db: &Connection, document: i64) -> rusqlite::Result<Option<i64>> {
    db.prepare_cached(
        "SELECT n.id FROM document d JOIN document n ON n.payload = d.payload AND n.url = d.url AND n.asked IS d.asked
         WHERE d.id = ?1 ORDER BY n.reader DESC, n.id DESC LIMIT 1",
    )?
    .query_row([document], |row| row.get(0))
    .optional()
}

/// The reading of the same octets that is in the index, with the snapshots that show it.
pub(super) fn indexed(db: &Connection, document: i64) -> rusqlite::Result<Option<(i64, i64, i64)>> {
    db.prepare_cached(
        "SELECT p.document, p.first, p.last FROM document d
             JOIN document n ON n.payload = d.payload AND n.url = d.url AND n.asked IS d.asked
             JOIN post_document p ON p.document = n.id
         WHERE d.id = ?1 LIMIT 1",
    )?
    .query_row([document], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
    .optional()
}

/// A document that a snapshot shows.
struct Shown {
    snapshot: i64,
    document: i64,
    /// The page that it is a further page of.
    head: Option<i64>,
}

struct Work<'a> {
    db: &'a Connection,
    rules: &'a PostRules,
    octets: usize,
    at_most: usize,
    stop: &'a dyn Fn() -> bool,
    out: Slice,
}

impl Work<'_> {
    fn is_enough(&self) -> bool {
        self.octets >= self.at_most || (self.stop)()
    }

    /// Puts in again what was read again.
    fn again(&mut self) -> rusqlite::Result<()> {
        let db = self.db;
        while !self.is_enough() {
            let next = db
                .prepare_cached("SELECT document, first, last FROM post_again ORDER BY document LIMIT 1")?
                .query_row([], |row| Ok((row.get::<_, i64>(0)?, row.get::<_, i64>(1)?, row.get::<_, i64>(2)?)))
                .optional()?;
            let Some((document, first, last)) = next else { return Ok(()) };
            self.show(document, [first, last], None)?;
            db.prepare_cached("DELETE FROM post_again WHERE document = ?1")?.execute([document])?;
        }
        self.out.more = true;
        Ok(())
    }

    fn go_on(&mut self) -> rusqlite::Result<()> {
        let done = mark(self.db)?;
        let mut at = done;
        while !self.out.more {
            if self.is_enough() {
                self.out.more = true;
                break;
            }
            let rows = self.rows(at)?;
            for (snapshot, shown) in &rows {
                if self.is_enough() {
                    self.out.more = true;
                    break;
                }
                for one in shown {
                    self.show(one.document, [one.snapshot; 2], one.head)?;
                }
                self.out.seen += 1;
                at = *snapshot;
            }
            if rows.len() < PAGE {
                break;
            }
        }
        if at > done {
            self.db.prepare_cached("INSERT OR REPLACE INTO meta VALUES ('posts', ?1)")?.execute([at.to_string()])?;
        }
        Ok(())
    }

    /// The next snapshots, each with what it shows: what stands in front of content is no post, but an adapter knows what it says.
    fn rows(&self, after: i64) -> rusqlite::Result<Vec<(i64, Vec<Shown>)>> {
        let mut select = self.db.prepare_cached(
            "SELECT s.id, s.outcome, s.document, d.asked IS NOT NULL FROM snapshot s LEFT JOIN document d ON d.id = s.document
             WHERE s.id > ?1 ORDER BY s.id LIMIT ?2",
        )?;
        let mut pages = self.db.prepare_cached(
            "SELECT g.document, g.rule, g.outcome, d.asked IS NOT NULL FROM page g JOIN document d ON d.id = g.document
             WHERE g.snapshot = ?1 ORDER BY g.seq",
        )?;
        let mut rows = select.query(params![after, PAGE as i64])?;
        let mut out = Vec::new();
        while let Some(row) = rows.next()? {
            let snapshot: i64 = row.get(0)?;
            let mut shown = Vec::new();
            let document: Option<i64> = row.get(2)?;
            let outcome = named("snapshot.outcome", row.get_ref(1)?.as_str()?, Outcome::parse)?;
            if let Some(document) = document
                && (outcome.is_content() || row.get(3)?)
            {
                shown.push(Shown { snapshot, document, head: None });
            }
            let mut further = pages.query([snapshot])?;
            while let Some(page) = further.next()? {
                let rule = named("page.rule", page.get_ref(1)?.as_str()?, PageRule::parse)?;
                let outcome = page.get_ref(2)?.as_str_or_null()?.and_then(Outcome::parse);
                let adapted: bool = page.get(3)?;
                if adapted || outcome.is_some_and(Outcome::is_content) {
                    let head = document.filter(|_| !adapted && rule != PageRule::ListPage);
                    shown.push(Shown { snapshot, document: page.get(0)?, head });
                }
            }
            out.push((snapshot, shown));
        }
        Ok(out)
    }

    /// Snapshots show a document: most look at what is known.
    fn show(&mut self, document: i64, [first, last]: [i64; 2], head: Option<i64>) -> rusqlite::Result<()> {
        let db = self.db;
        let Some(newest) = newest(db, document)? else { return Ok(()) };
        let known = indexed(db, newest)?;
        if let Some((known, _, _)) = known.filter(|(known, _, _)| *known == newest) {
            return remove::spans(db, known, first, last);
        }
        let (mut first, mut last, mut base) = (first, last, None);
        if let Some((older, from, to)) = known {
            (first, last) = (first.min(from), last.max(to));
            base = db
                .prepare_cached("SELECT base FROM post_document WHERE document = ?1")?
                .query_row([older], |row| row.get::<_, Option<String>>(0))?;
            remove::forget(db, older)?;
        } else if let Some(head) = head {
            base = self.address(head)?;
        }
        let Some(told) = told(db, newest, base.as_deref(), self.rules)? else { return Ok(()) };
        self.octets += told.octets;
        self.out.indexed += 1;
        db.prepare_cached("INSERT INTO post_document (document, first, last, form, base) VALUES (?1, ?2, ?3, ?4, ?5)")?
            .execute(params![newest, first, last, told.form, base])?;
        let at = db
            .prepare_cached("SELECT started_at FROM snapshot WHERE id = ?1")?
            .query_row([first], |row| row.get(0))
            .optional()?;
        let mut keeper = keep::Keeper::new(db, keep::Witness { document: newest, first, at: at.unwrap_or(0) });
        told.actor.iter().try_for_each(|actor| keeper.actor(actor).map(|_| ()))?;
        for (place, post) in told.posts.iter().enumerate().filter(|(place, _)| counts(*place, base.as_deref())) {
            keeper.post(place, post, &told.form)?;
        }
        Ok(())
    }

    /// The address of a thread: that of its first page, as it gives it itself.
    fn address(&self, head: i64) -> rusqlite::Result<Option<String>> {
        let Some(newest) = newest(self.db, head)? else { return Ok(None) };
        self.db.prepare_cached("SELECT url, json_extract(json, '$.canonical') FROM document WHERE id = ?1")?.query_row(
            [newest],
            |row| {
                let (url, own): (String, Option<String>) = (row.get(0)?, row.get(1)?);
                let host = |url: &str| url::Url::parse(url).ok().and_then(|url| url.host_str().map(str::to_owned));
                Ok(Some(own.filter(|own| host(own).is_some() && host(own) == host(&url)).unwrap_or(url)))
            },
        )
    }
}
