//! Media of snapshots; and of those in main texts, when each had its turn to be asked for again.

use std::collections::HashMap;

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension as _, params};

use super::commit::EXCHANGES;
use super::reader::Reader;
use super::rows::{digest, timestamp};
use super::sql::sql;
use crate::error::Result;
use crate::model::{
    Captured, Digest, ExchangeId, MediaRow, MediaTurn, Place, RequisiteState, SegmentId, SnapshotId, WatchId,
};

/// Looks that are gone through for the history of media.
const LOOKS: u32 = 2_000;

/// A medium of a main text that is held.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HeldMedium {
    /// Its address.
    pub url: String,
    /// A name of [`crate::model::MediaKind`].
    pub kind: String,
    /// Alternative text.
    pub alt: String,
    /// The exchange that holds it.
    pub exchange: ExchangeId,
    /// The URL of that exchange: another one where redirects led there.
    pub answered: String,
    /// Where its record lies, with the head of the answer.
    pub place: Place,
    /// Octets of its body.
    pub body_len: u64,
    /// Their digest.
    pub payload: Digest,
    /// When it last had its turn to be asked for.
    pub turn_at: Timestamp,
    /// When it was last had, or said to be the same.
    pub seen_at: Timestamp,
}

impl HeldMedium {
    /// The snapshot that brought it.
    pub fn snapshot(&self) -> SnapshotId {
        SnapshotId(self.exchange.0 / EXCHANGES)
    }
}

/// Writes the media of a snapshot, and whose turn it was to be asked for. `media_of`: the snapshot whose media hold for it.
pub(super) fn insert(db: &Connection, captured: &Captured, id: i64, media_of: Option<i64>) -> rusqlite::Result<()> {
    // Without a page before it there is nothing that could have been noted of media.
    let begins = media_of == Some(id) && captured.previous.is_some();
    if captured.requisites.is_empty() && captured.turns.is_empty() && !begins {
        return Ok(());
    }
    let mut insert = db.prepare_cached(
        "INSERT INTO media (snapshot, seq, url, kind, alt, state, reason, exchange, content)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
    )?;
    let mut turn = db.prepare_cached(
        "INSERT INTO held (exchange, turn_at, same_at) VALUES (?1, ?2, ?3)
         ON CONFLICT (exchange) DO UPDATE SET turn_at = ?2, same_at = coalesce(?3, same_at)",
    )?;
    for (seq, item) in captured.requisites.iter().enumerate() {
        let exchange = match (item.exchange, item.state) {
            (Some(seq), _) => Some(id * EXCHANGES + seq as i64),
            (None, RequisiteState::Held) => held_exchange(db, captured, item.held_as.as_ref().unwrap_or(&item.url))?,
            (None, _) => None,
        };
        insert.execute(params![
            id,
            seq as i64,
            item.url,
            item.kind,
            (!item.alt.is_empty()).then_some(&item.alt),
            item.state.as_str(),
            item.reason,
            exchange,
            item.content.then_some(1)
        ])?;
        if let (true, RequisiteState::Fetched, Some(exchange)) = (item.content, item.state, exchange) {
            turn.execute(params![exchange, captured.ended_at.as_millisecond(), None::<i64>])?;
        }
    }
    for MediaTurn { exchange, at, same } in &captured.turns {
        turn.execute(params![exchange.0, at.as_millisecond(), same.then_some(at.as_millisecond())])?;
    }
    if captured.outcome.is_content() && (media_of == Some(id) || !captured.turns.is_empty()) {
        db.prepare_cached(
            "UPDATE watch SET media_at = (
                 SELECT min(h.turn_at) FROM media m JOIN held h ON h.exchange = m.exchange
                 WHERE m.snapshot = ?2 AND m.content = 1 AND m.state IN ('fetched', 'held'))
             WHERE id = ?1",
        )?
        .execute(params![captured.watch.0, media_of])?;
    }
    Ok(())
}

/// The exchange that held a medium for an earlier snapshot of the page.
fn held_exchange(db: &Connection, captured: &Captured, url: &str) -> rusqlite::Result<Option<i64>> {
    let Some(previous) = captured.previous else { return Ok(None) };
    Ok(db
        .prepare_cached(
            "SELECT exchange FROM media WHERE snapshot = (SELECT media_of FROM snapshot WHERE id = ?1) AND url = ?2",
        )?
        .query_row(params![previous.0, url], |row| row.get::<_, Option<i64>>(0))
        .optional()?
        .flatten())
}

impl Reader {
    /// The media of the main text of a snapshot that are held, those that have waited longest for their turn first.
    pub fn content_media(&self, snapshot: SnapshotId) -> Result<Vec<HeldMedium>> {
        self.db
            .prepare_cached(
                "SELECT m.url, m.kind, coalesce(m.alt, ''), e.id, coalesce(e.url, s.url, w.url), e.segment, e.offset,
                     e.first_length, e.body_len, p.digest, h.turn_at, coalesce(h.same_at, e.started_at)
                 FROM media m JOIN exchange e ON e.id = m.exchange JOIN held h ON h.exchange = e.id
                     JOIN payload p ON p.id = e.payload JOIN snapshot s ON s.id = e.id / 4096
                     JOIN watch w ON w.id = s.watch
                 WHERE m.snapshot = (SELECT media_of FROM snapshot WHERE id = ?1) AND m.content = 1
                     AND m.state IN ('fetched', 'held')
                 ORDER BY h.turn_at, m.seq",
            )
            .and_then(|mut select| {
                let medium = |row: &rusqlite::Row<'_>| {
                    let octets = |n: usize| row.get::<_, i64>(n).map(|n| n.max(0) as u64);
                    Ok(HeldMedium {
                        url: row.get(0)?,
                        kind: row.get(1)?,
                        alt: row.get(2)?,
                        exchange: ExchangeId(row.get(3)?),
                        answered: row.get(4)?,
                        place: Place { segment: SegmentId(row.get(5)?), offset: octets(6)?, length: octets(7)? },
                        body_len: octets(8)?,
                        payload: digest(row.get(9)?),
                        turn_at: timestamp(row.get(10)?),
                        seen_at: timestamp(row.get(11)?),
                    })
                };
                select.query_map([snapshot.0], medium)?.collect()
            })
            .map_err(sql(format!("cannot read the media of snapshot {snapshot}")))
    }

    /// All media and other parts that are shown with a snapshot.
    pub fn shown_media(&self, snapshot: SnapshotId) -> Result<Vec<MediaRow>> {
        self.media(snapshot).map_err(sql(format!("cannot read the media of snapshot {snapshot}")))
    }

    /// The octets of media at earlier looks, by address: those of the last `limit` lists of media up to a
    /// snapshot, each exchange once, the oldest first; what the server said later to be the same is there once more.
    pub fn media_history(
        &self,
        watch: WatchId,
        up_to: SnapshotId,
        limit: usize,
    ) -> Result<Vec<HashMap<String, Digest>>> {
        let rows: Vec<(String, i64, [u8; 32], bool)> = self
            .db
            .prepare_cached(
                "SELECT DISTINCT m.url, e.id, p.digest, h.same_at IS NOT NULL
                 FROM (SELECT DISTINCT media_of FROM (
                         SELECT media_of FROM snapshot WHERE watch = ?1 AND id <= ?2
                             AND outcome IN ('captured', 'unchanged') ORDER BY id DESC LIMIT ?3)
                       WHERE media_of IS NOT NULL ORDER BY media_of DESC LIMIT ?4) s
                     JOIN media m ON m.snapshot = s.media_of AND m.state IN ('fetched', 'held')
                     JOIN exchange e ON e.id = m.exchange JOIN payload p ON p.id = e.payload
                     LEFT JOIN held h ON h.exchange = e.id
                 ORDER BY m.url, e.id",
            )
            .and_then(|mut select| {
                let row = |row: &rusqlite::Row<'_>| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?));
                select.query_map(params![watch.0, up_to.0, LOOKS, limit as i64], row)?.collect()
            })
            .map_err(sql(format!("cannot read the history of media of watch {watch}")))?;
        let mut out: Vec<HashMap<String, Digest>> = Vec::new();
        for of_one in rows.chunk_by(|a, b| a.0 == b.0) {
            let last = of_one.len() - 1;
            // The newest is what the older reading shows: it counts here only as far as it was confirmed since.
            let seen = of_one.iter().enumerate().flat_map(|(at, (url, _, octets, confirmed))| {
                let times = usize::from(at < last) + usize::from(*confirmed);
                std::iter::repeat_n((url, digest(*octets)), times)
            });
            for (at, (url, digest)) in seen.enumerate() {
                if out.len() == at {
                    out.push(HashMap::new());
                }
                out[at].insert(url.clone(), digest);
            }
        }
        Ok(out)
    }
}
