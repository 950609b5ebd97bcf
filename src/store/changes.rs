//! What each snapshot changed, item by item, and what a page said at earlier looks.

use std::collections::HashMap;
use std::sync::Arc;

use jiff::Timestamp;
use rusqlite::types::Value;
use rusqlite::{Connection, Row, params, params_from_iter};

use super::lists::marks;
use super::reader::Reader;
use super::rows::{digest, named, timestamp};
use super::sql::sql;
use crate::error::Result;
use crate::model::{
    Action, ChangeRow, Difference, Digest, Document, DocumentId, Flag, Item, Outcome, SnapshotId, Subject, Told,
    WatchId,
};

/// Items that are kept of one snapshot: all are in the documents, from which they can be found again.
const ITEMS: usize = 200;
/// Characters of their texts that are kept of one snapshot.
const TEXT: usize = 64 << 10;
/// Items of noise, and characters of each: they come with every look.
const NOISE: (usize, usize) = (10, 200);
/// Characters of what an item is known by.
const KEY: usize = 500;
/// Octets of earlier readings that are taken into memory at once.
const READINGS: usize = 8 << 20;
/// Different earlier readings.
const DISTINCT: usize = 6;

/// Which changes are meant.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ChangesAsk {
    /// Seen at or after.
    pub since: Option<Timestamp>,
    /// Seen before.
    pub until: Option<Timestamp>,
    /// Of watches with any of these labels.
    pub tags: Vec<String>,
    /// Of these watches.
    pub watches: Vec<WatchId>,
    /// Below this snapshot in the list: the last one of the page before.
    pub below: Option<SnapshotId>,
    /// At most so many.
    pub limit: u32,
}

/// What a page said at an earlier look.
#[derive(Clone, Debug)]
pub struct Look {
    /// The snapshot.
    pub snapshot: SnapshotId,
    /// What was read, without comments; shared by looks that found the same.
    pub document: Arc<Document>,
}

/// Writes what a snapshot changed.
pub(super) fn insert(db: &Connection, snapshot: i64, difference: &Difference) -> rusqlite::Result<()> {
    // Sorting anew alone is no change, and is not kept.
    if !difference.changed() && !difference.has_noise() {
        return Ok(());
    }
    let mut insert = db.prepare_cached(
        "INSERT INTO change (snapshot, seq, subject, action, key, author, place_before, place_after, before, after, cut,
             noise)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)",
    )?;
    let (mut room, mut noise, mut seq) = (TEXT, 0, 0);
    // What counts comes before what does not.
    let (counts, rest): (Vec<&Item>, Vec<&Item>) = difference.items.iter().partition(|item| item.counts());
    for item in counts.into_iter().chain(rest).take(ITEMS) {
        noise += usize::from(item.noise);
        if item.noise && noise > NOISE.0 {
            continue;
        }
        let most = if item.noise { NOISE.1.min(room) } else { room };
        let part = |text: &Option<String>| text.as_ref().map(|text| text.chars().take(most).collect::<String>());
        let (before, after) = (part(&item.before), part(&item.after));
        let kept = |whole: &Option<String>, part: &Option<String>| {
            whole.as_ref().map_or(0, String::len) == part.as_ref().map_or(0, String::len)
        };
        let cut = item.cut || !kept(&item.before, &before) || !kept(&item.after, &after);
        room = room.saturating_sub([&before, &after].into_iter().flatten().map(String::len).sum());
        insert.execute(params![
            snapshot,
            seq,
            item.subject.as_str(),
            item.action.as_str(),
            begin(&item.key),
            begin(&item.author),
            item.from,
            item.to,
            before,
            after,
            cut.then_some(1),
            item.noise.then_some(1),
        ])?;
        seq += 1;
    }
    Ok(())
}

/// The beginning of what something is known by.
fn begin(text: &Option<String>) -> Option<String> {
    text.as_ref().map(|text| text.chars().take(KEY).collect())
}

/// What a snapshot changed, for people.
pub(super) fn what(difference: Option<&Difference>) -> Option<String> {
    let what = difference.filter(|difference| difference.changed())?.what();
    (!what.is_empty()).then(|| what.join(", "))
}

fn item(row: &Row<'_>) -> rusqlite::Result<Item> {
    Ok(Item {
        subject: named("change.subject", &row.get::<_, String>(0)?, Subject::parse)?,
        action: named("change.action", &row.get::<_, String>(1)?, Action::parse)?,
        key: row.get(2)?,
        author: row.get(3)?,
        from: row.get(4)?,
        to: row.get(5)?,
        before: row.get(6)?,
        after: row.get(7)?,
        cut: row.get::<_, Option<i64>>(8)?.is_some(),
        noise: row.get::<_, Option<i64>>(9)?.is_some(),
    })
}

impl Reader {
    /// What a snapshot changed, item by item, as it was committed with it.
    pub fn changes_of(&self, snapshot: SnapshotId) -> Result<Vec<Item>> {
        self.db
            .prepare_cached(
                "SELECT subject, action, key, author, place_before, place_after, before, after, cut, noise FROM change
                 WHERE snapshot = ?1 ORDER BY seq",
            )
            .and_then(|mut select| select.query_map([snapshot.0], item)?.collect())
            .map_err(sql(format!("cannot read what snapshot {snapshot} changed")))
    }

    /// Snapshots that differ from the one before, the newest first.
    pub fn changes(&self, ask: &ChangesAsk) -> Result<Vec<ChangeRow>> {
        let mut rows = self.changed(ask).map_err(sql("cannot list the changes"))?;
        for row in &mut rows {
            let items = self.changes_of(row.snapshot)?;
            row.items = items.into_iter().map(|item| Told { item, pieces: Vec::new() }).collect();
        }
        Ok(rows)
    }

    fn changed(&self, ask: &ChangesAsk) -> rusqlite::Result<Vec<ChangeRow>> {
        // What stays gone is gone once.
        let stays_gone = "s.outcome IN ('not_found', 'gone', 'soft_404') AND
             (SELECT p.outcome FROM snapshot p WHERE p.watch = s.watch AND p.id < s.id ORDER BY p.id DESC LIMIT 1)
                 IN ('not_found', 'gone', 'soft_404')";
        let mut conditions = vec!["s.changed = 1".to_owned(), format!("NOT ({stays_gone})")];
        let mut values: Vec<Value> = Vec::new();
        let mut put = |condition: &str, value: Value| {
            conditions.push(condition.to_owned());
            values.push(value);
        };
        if let Some(since) = ask.since {
            put("s.started_at >= ?", Value::Integer(since.as_millisecond()));
        }
        if let Some(until) = ask.until {
            put("s.started_at < ?", Value::Integer(until.as_millisecond()));
        }
        if let Some(below) = ask.below {
            put("s.started_at <= (SELECT started_at FROM snapshot WHERE id = ?)", Value::Integer(below.0));
            put("(s.started_at, s.id) < (SELECT started_at, id FROM snapshot WHERE id = ?)", Value::Integer(below.0));
        }
        if !ask.watches.is_empty() {
            conditions.push(format!("s.watch IN ({})", marks(ask.watches.len())));
            values.extend(ask.watches.iter().map(|watch| Value::Integer(watch.0)));
        }
        if !ask.tags.is_empty() {
            let tags = marks(ask.tags.len());
            // The plus keeps the list in the order of time, of which only a page is wanted.
            conditions.push(format!("+s.watch IN (SELECT watch FROM watch_tag WHERE tag IN ({tags}))"));
            values.extend(ask.tags.iter().cloned().map(Value::Text));
        }
        values.push(Value::Integer(i64::from(ask.limit)));
        let mut select = self.db.prepare(&format!(
            "SELECT s.id, s.previous, s.watch, coalesce(s.url, w.url), s.started_at, s.outcome, s.flags,
                 (SELECT d.title FROM document d WHERE d.id = s.document), s.what
             FROM snapshot s JOIN watch w ON w.id = s.watch
             WHERE {} ORDER BY s.started_at DESC, s.id DESC LIMIT ?",
            conditions.join(" AND ")
        ))?;
        select
            .query_map(params_from_iter(values), |row| {
                let flags: Option<String> = row.get(6)?;
                let flags = flags.unwrap_or_default();
                let flags = flags.split_whitespace().map(|word| named("snapshot.flags", word, Flag::parse));
                Ok(ChangeRow {
                    snapshot: SnapshotId(row.get(0)?),
                    previous: row.get::<_, Option<i64>>(1)?.map(SnapshotId),
                    watch: WatchId(row.get(2)?),
                    url: row.get(3)?,
                    at: timestamp(row.get(4)?),
                    outcome: named("snapshot.outcome", &row.get::<_, String>(5)?, Outcome::parse)?,
                    flags: flags.collect::<rusqlite::Result<_>>()?,
                    title: row.get(7)?,
                    what: row.get(8)?,
                    items: Vec::new(),
                })
            })?
            .collect()
    }

    /// What a watch said at the looks before a snapshot, as one version of the reader read it: the oldest first, at most
    /// `limit` looks and six different readings, none older than one that this version did not read.
    pub fn said_before(&self, watch: WatchId, before: SnapshotId, reader: u32, limit: u32) -> Result<Vec<Look>> {
        let rows: Vec<(i64, i64)> = self
            .db
            .prepare_cached(
                "SELECT s.id, s.document FROM snapshot s WHERE s.watch = ?1 AND s.id < ?2 AND s.document IS NOT NULL
                     AND s.outcome IN ('captured', 'unchanged') ORDER BY s.id DESC LIMIT ?3",
            )
            .and_then(|mut select| {
                select.query_map(params![watch.0, before.0, limit], |row| Ok((row.get(0)?, row.get(1)?)))?.collect()
            })
            .map_err(sql(format!("cannot read the history of watch {watch}")))?;
        let mut read: HashMap<i64, Arc<Document>> = HashMap::new();
        let mut octets = 0;
        let mut out = Vec::new();
        for (snapshot, id) in rows {
            let document = match read.get(&id) {
                Some(document) => Arc::clone(document),
                None => {
                    let Some((document, len)) = self.said(DocumentId(id), reader)? else { break };
                    octets += len;
                    if octets > READINGS || read.len() >= DISTINCT {
                        break;
                    }
                    Arc::clone(read.entry(id).or_insert_with(|| Arc::new(document)))
                }
            };
            out.push(Look { snapshot: SnapshotId(snapshot), document });
        }
        out.reverse();
        Ok(out)
    }

    /// The octets of the media of a snapshot, by address.
    pub fn media_digests(&self, snapshot: SnapshotId) -> Result<HashMap<String, Digest>> {
        self.db
            .prepare_cached(
                "SELECT m.url, p.digest FROM media m JOIN exchange e ON e.id = m.exchange JOIN payload p ON p.id = e.payload
                 WHERE m.snapshot = (SELECT media_of FROM snapshot WHERE id = ?1) AND m.state IN ('fetched', 'held')",
            )
            .and_then(|mut select| {
                select.query_map([snapshot.0], |row| Ok((row.get(0)?, digest(row.get(1)?))))?.collect()
            })
            .map_err(sql(format!("cannot read the media of snapshot {snapshot}")))
    }
}
