//! What leaves the index: documents that were removed by policy, or that a newer reader has read again. What other documents
//! still show stays, with the first of these as its witness.

use std::collections::{BTreeSet, HashMap, HashSet};

use rusqlite::{Connection, OptionalExtension as _, params};

use super::index::{indexed, newest};
use crate::model::SnapshotId;
use crate::store::documents::SHOWN;

/// A document was read again by a newer reader. Where the index has it, it is put in again behind this.
pub(in crate::store) fn later(db: &Connection, document: i64) -> rusqlite::Result<()> {
    let Some((_, first, last)) = indexed(db, document)? else { return Ok(()) };
    db.prepare_cached("INSERT OR REPLACE INTO post_again (document, first, last) VALUES (?1, ?2, ?3)")?
        .execute([document, first, last])?;
    Ok(())
}

/// Snapshots show a document from one on and up to another, too.
pub(super) fn spans(db: &Connection, document: i64, first: i64, last: i64) -> rusqlite::Result<()> {
    db.prepare_cached("UPDATE post_document SET first = min(first, ?2), last = max(last, ?3) WHERE document = ?1")?
        .execute([document, first, last])?;
    Ok(())
}

/// Takes out what a document shows.
pub(super) fn forget(db: &Connection, document: i64) -> rusqlite::Result<()> {
    let versions = list(db, "SELECT DISTINCT version FROM post_seen WHERE document = ?1", document)?;
    let actors = list(db, "SELECT version FROM actor_seen WHERE document = ?1", document)?;
    db.prepare_cached("DELETE FROM post_seen WHERE document = ?1")?.execute([document])?;
    db.prepare_cached("DELETE FROM actor_seen WHERE document = ?1")?.execute([document])?;
    db.prepare_cached("DELETE FROM post_document WHERE document = ?1")?.execute([document])?;
    witnesses(db, &versions)?;
    actor_witnesses(db, &actors)
}

fn list(db: &Connection, select: &str, document: i64) -> rusqlite::Result<Vec<i64>> {
    db.prepare_cached(select)?.query_map([document], |row| row.get(0))?.collect()
}

/// Gives each version the first of the documents that show it; those that none shows go, and so do posts without versions.
fn witnesses(db: &Connection, versions: &[i64]) -> rusqlite::Result<()> {
    let mut posts = BTreeSet::new();
    for version in versions {
        let seen = db
            .prepare_cached(
                "SELECT e.document, e.place, d.first, coalesce(s.started_at, 0)
                 FROM post_seen e JOIN post_document d ON d.document = e.document LEFT JOIN snapshot s ON s.id = d.first
                 WHERE e.version = ?1 ORDER BY d.first, e.document, e.place LIMIT 1",
            )?
            .query_row([version], |row| Ok([row.get::<_, i64>(0)?, row.get(1)?, row.get(2)?, row.get(3)?]))
            .optional()?;
        let post = match seen {
            Some([document, place, first, at]) => db
                .prepare_cached(
                    "UPDATE post_version SET document = ?2, place = ?3, first = ?4, seen_at = ?5 WHERE id = ?1
                     RETURNING post",
                )?
                .query_row([*version, document, place, first, at], |row| row.get(0))
                .optional()?,
            None => {
                db.prepare_cached("DELETE FROM post_media WHERE version = ?1")?.execute([version])?;
                db.prepare_cached("DELETE FROM relation WHERE version = ?1")?.execute([version])?;
                db.prepare_cached("DELETE FROM post_version WHERE id = ?1 RETURNING post")?
                    .query_row([version], |row| row.get::<_, i64>(0))
                    .optional()?
            }
        };
        posts.extend(post);
    }
    posts.into_iter().try_for_each(|post| settle(db, post))
}

fn actor_witnesses(db: &Connection, versions: &[i64]) -> rusqlite::Result<()> {
    let mut actors = BTreeSet::new();
    for version in versions {
        let seen = db
            .prepare_cached(
                "SELECT e.document, d.first FROM actor_seen e JOIN post_document d ON d.document = e.document
                 WHERE e.version = ?1 ORDER BY d.first, e.document LIMIT 1",
            )?
            .query_row([version], |row| Ok([row.get::<_, i64>(0)?, row.get(1)?]))
            .optional()?;
        let actor = match seen {
            Some([document, first]) => db
                .prepare_cached("UPDATE actor_version SET document = ?2, first = ?3 WHERE id = ?1 RETURNING actor")?
                .query_row([*version, document, first], |row| row.get::<_, i64>(0))
                .optional()?,
            None => db
                .prepare_cached("DELETE FROM actor_version WHERE id = ?1 RETURNING actor")?
                .query_row([version], |row| row.get(0))
                .optional()?,
        };
        actors.extend(actor);
    }
    actors.into_iter().try_for_each(|actor| settle_actor(db, actor))
}

/// Makes a post what its versions say; one without any goes.
pub(super) fn settle(db: &Connection, post: i64) -> rusqlite::Result<()> {
    let newest = "FROM post_version WHERE post = ?1";
    let order = "ORDER BY first DESC, document DESC, digest LIMIT 1";
    let left = db
        .prepare_cached(&format!(
            "UPDATE post SET
                 kind = v.kind, first = v.first, created_at = v.created_at,
                 at = min(v.seen_at, coalesce(v.created_at, v.seen_at)),
                 url = (SELECT url {newest} AND url IS NOT NULL {order}),
                 actor = (SELECT actor {newest} AND actor IS NOT NULL {order})
             FROM (SELECT (SELECT kind {newest} {order}) AS kind, min(first) AS first, min(seen_at) AS seen_at,
                       min(created_at) AS created_at, count(*) AS n {newest}) v
             WHERE post.id = ?1 AND v.n > 0"
        ))?
        .execute([post])?;
    if left == 0 {
        db.prepare_cached("DELETE FROM post WHERE id = ?1")?.execute([post])?;
    }
    Ok(())
}

/// The same for an account. An address is no part of a version: it stays as it was first told.
pub(super) fn settle_actor(db: &Connection, actor: i64) -> rusqlite::Result<()> {
    let left = db
        .prepare_cached(
            "UPDATE actor SET handle = v.handle, name = v.name
             FROM (SELECT handle, name FROM actor_version WHERE actor = ?1
                 ORDER BY (handle IS NULL) + (name IS NULL), first DESC, document DESC, digest LIMIT 1) v
             WHERE actor.id = ?1",
        )?
        .execute([actor])?;
    if left == 0 {
        db.prepare_cached("DELETE FROM actor WHERE id = ?1")?.execute([actor])?;
    }
    Ok(())
}

/// A document of the index that a removal may concern, and what tells its readings from all others.
#[derive(Debug)]
pub(in crate::store) struct Affected {
    document: i64,
    payload: i64,
    url: String,
    asked: Option<String>,
}

/// What of the index is shown first or last by these snapshots: to be asked before they are removed.
pub(in crate::store) fn before_removal(db: &Connection, snapshots: &[SnapshotId]) -> rusqlite::Result<Vec<Affected>> {
    let snapshots: Vec<i64> = snapshots.iter().map(|id| id.0).collect();
    let mut select = db.prepare(
        "WITH gone (id) AS MATERIALIZED (SELECT value FROM json_each(?1))
         SELECT p.document, d.payload, d.url, d.asked
         FROM (SELECT 0 AS n, document, first, last FROM post_document
               UNION ALL SELECT 1, document, first, last FROM post_again) p JOIN document d ON d.id = p.document
         WHERE p.first IN (SELECT id FROM gone) OR p.last IN (SELECT id FROM gone) ORDER BY p.n",
    )?;
    let rows = select.query_map([serde_json::to_string(&snapshots).unwrap_or_default()], |row| {
        Ok(Affected { document: row.get(0)?, payload: row.get(1)?, url: row.get(2)?, asked: row.get(3)? })
    })?;
    // What waits to be put in again is another reading of the same.
    let (mut known, mut out) = (HashSet::new(), Vec::new());
    for row in rows {
        let row = row?;
        if known.insert((row.payload, row.url.clone(), row.asked.clone())) {
            out.push(row);
        }
    }
    Ok(out)
}

/// Makes the index true again once they are removed.
pub(in crate::store) fn removed(db: &Connection, affected: Vec<Affected>) -> rusqlite::Result<()> {
    db.execute("DELETE FROM post_again WHERE document NOT IN (SELECT id FROM document)", [])?;
    if affected.is_empty() {
        return Ok(());
    }
    let (mut members, mut left) = (HashMap::new(), Vec::with_capacity(affected.len()));
    for (at, one) in affected.iter().enumerate() {
        let mut select =
            db.prepare_cached("SELECT id FROM document WHERE payload = ?1 AND url = ?2 AND asked IS ?3")?;
        let ids = select.query_map(params![one.payload, one.url, one.asked], |row| row.get::<_, i64>(0))?;
        let ids = ids.collect::<rusqlite::Result<Vec<_>>>()?;
        left.push(ids.first().copied());
        for id in &ids {
            db.prepare_cached("DELETE FROM post_again WHERE document = ?1")?.execute([id])?;
        }
        members.extend(ids.into_iter().map(|id| (id, at)));
    }
    // One look through all that is shown, as the removal of documents takes one.
    let mut spans: HashMap<usize, [i64; 2]> = HashMap::new();
    let mut select = db.prepare(&format!("SELECT snapshot, document FROM ({SHOWN})"))?;
    let mut rows = select.query([])?;
    while let Some(row) = rows.next()? {
        if let Some(at) = members.get(&row.get::<_, i64>(1)?) {
            let snapshot: i64 = row.get(0)?;
            let span = spans.entry(*at).or_insert([snapshot; 2]);
            *span = [span[0].min(snapshot), span[1].max(snapshot)];
        }
    }
    for (at, one) in affected.iter().enumerate() {
        let shown = match (spans.get(&at), left.get(at).copied().flatten()) {
            (Some(span), Some(left)) => newest(db, left)?.map(|newest| (*span, newest)),
            _ => None,
        };
        let Some(([first, last], newest)) = shown else {
            forget(db, one.document)?;
            continue;
        };
        let is_in = db.prepare_cached("SELECT 1 FROM post_document WHERE document = ?1")?.exists([newest])?;
        if newest != one.document {
            forget(db, one.document)?;
        }
        if !is_in {
            db.prepare_cached("INSERT OR REPLACE INTO post_again (document, first, last) VALUES (?1, ?2, ?3)")?
                .execute([newest, first, last])?;
            continue;
        }
        db.prepare_cached("UPDATE post_document SET first = ?2, last = ?3 WHERE document = ?1")?
            .execute([newest, first, last])?;
        witnesses(db, &list(db, "SELECT DISTINCT version FROM post_seen WHERE document = ?1", newest)?)?;
        actor_witnesses(db, &list(db, "SELECT version FROM actor_seen WHERE document = ?1", newest)?)?;
    }
    Ok(())
}
