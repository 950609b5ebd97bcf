//! The outbox: what people are to be told, and how that went. Events are committed with the snapshots that show them; whoever
//! delivers them works on a connection of its own, beside the writer.

use jiff::Timestamp;
use rusqlite::types::Value;
use rusqlite::{Connection, Row, Transaction, TransactionBehavior, params, params_from_iter};

use super::archive::Archive;
use super::reader::Reader;
use super::rows::{named, timestamp};
use super::sql::sql;
use crate::error::Result;
use crate::model::{Captured, Delivery, DeliveryState, Event, EventKind, Notice, SnapshotId, WatchId};

const EVENT: &str = "o.seq, o.id, o.kind, o.watch, o.snapshot, o.at, o.json";

/// No event of the same watch that is not behind this one waits for its next try.
pub(super) const READY: &str =
    "AND NOT EXISTS (SELECT 1 FROM delivery e WHERE e.sink = d.sink AND e.state = 'pending' AND e.watch = d.watch
         AND e.event <= d.event AND e.next_at > ?2)";

/// What waits for a receiver. The index is named: by the primary key all that ever was sent to it would be read.
pub(super) fn waiting(condition: &str) -> String {
    format!(
        "SELECT {EVENT}, d.attempts, d.next_at FROM delivery d INDEXED BY delivery_pending JOIN outbox o ON o.seq = d.event
         WHERE d.sink = ?1 AND d.state = 'pending' {condition} ORDER BY d.event LIMIT ?3"
    )
}

/// An event of the outbox with its deliveries.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EventRow {
    /// The event.
    pub event: Event,
    /// To whom it goes; empty: no rule wanted it.
    pub deliveries: Vec<Delivery>,
}

/// Which events are meant; every part that is set has to hold.
#[derive(Clone, Debug, Default)]
pub struct EventFilter {
    /// Only of these kinds; empty: all.
    pub kinds: Vec<EventKind>,
    /// Only those that some receiver does not have yet.
    pub pending: bool,
    /// Only from then on.
    pub since: Option<Timestamp>,
}

/// An event that waits for a receiver.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Waiting {
    /// The event.
    pub event: Event,
    /// Tries so far.
    pub attempts: u32,
    /// Not before then.
    pub next_at: Timestamp,
}

/// What became of a try.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Tried {
    /// The receiver has it.
    Delivered,
    /// Not before then again.
    Again {
        /// When.
        at: Timestamp,
        /// Why it failed.
        reason: String,
    },
    /// Never again.
    GivenUp {
        /// Why.
        reason: String,
    },
}

/// Commits the events of a capture, and to whom they go.
pub(super) fn insert(db: &Connection, captured: &Captured, snapshot: i64) -> rusqlite::Result<()> {
    let watch = Some(captured.watch);
    for notice in &captured.notices {
        put(db, notice, watch, Some(SnapshotId(snapshot)), captured.started_at, &captured.leaf)?;
    }
    Ok(())
}

fn put(
    db: &Connection,
    notice: &Notice,
    watch: Option<WatchId>,
    snapshot: Option<SnapshotId>,
    at: Timestamp,
    mark: &[u8],
) -> rusqlite::Result<()> {
    let seq: i64 =
        db.prepare_cached("SELECT coalesce(max(seq), 0) + 1 FROM outbox")?.query_row([], |row| row.get(0))?;
    let event = Event::new(seq, notice, watch, snapshot, at, mark);
    db.prepare_cached(
        "INSERT INTO outbox (seq, id, kind, watch, snapshot, at, json) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
    )?
    .execute(params![
        seq,
        event.id,
        event.kind.as_str(),
        watch.map(|watch| watch.0),
        snapshot.map(|snapshot| snapshot.0),
        at.as_millisecond(),
        event.json,
    ])?;
    let mut delivery = db.prepare_cached("INSERT OR IGNORE INTO delivery (sink, event, watch) VALUES (?1, ?2, ?3)")?;
    for sink in &notice.sinks {
        delivery.execute(params![sink, seq, watch.map_or(0, |watch| watch.0)])?;
    }
    Ok(())
}

/// The outbox for who delivers. Each change is one immediate transaction that waits its turn.
pub struct Outbox {
    db: Connection,
}

impl Archive {
    /// The outbox, for who delivers.
    pub fn outbox(&self) -> Result<Outbox> {
        Ok(Outbox { db: self.own_connection()? })
    }
}

impl Outbox {
    fn change<T>(&mut self, work: impl FnOnce(&Transaction<'_>) -> rusqlite::Result<T>) -> Result<T> {
        let place = || sql("cannot write to the outbox");
        let tx = self.db.transaction_with_behavior(TransactionBehavior::Immediate).map_err(place())?;
        let value = work(&tx).map_err(place())?;
        tx.commit().map_err(place())?;
        Ok(value)
    }

    /// Adds an event that is about no snapshot, unless there was one of its kind after `unless_since`. Says whether it did.
    pub fn add(&mut self, notice: &Notice, at: Timestamp, unless_since: Timestamp) -> Result<bool> {
        self.change(|db| {
            let told = db
                .prepare_cached("SELECT 1 FROM outbox WHERE kind = ?1 AND watch IS NULL AND at > ?2")?
                .exists(params![notice.kind.as_str(), unless_since.as_millisecond()])?;
            if !told {
                put(db, notice, None, None, at, at.to_string().as_bytes())?;
            }
            Ok(!told)
        })
    }

    /// What may be sent to a receiver now, in its order: of each watch nothing behind an event that waits for its next try.
    pub fn ready(&self, sink: &str, now: Timestamp, limit: u32) -> Result<Vec<Waiting>> {
        self.read(READY, params![sink, now.as_millisecond(), limit])
    }

    /// What waits for a receiver, in its order, whatever its next try.
    pub fn pending(&self, sink: &str, limit: u32) -> Result<Vec<Waiting>> {
        self.read("AND ?2 = 0", params![sink, 0, limit])
    }

    fn read(&self, condition: &str, values: impl rusqlite::Params) -> Result<Vec<Waiting>> {
        self.db
            .prepare_cached(&waiting(condition))
            .and_then(|mut select| {
                let rows = select.query_map(values, |row| {
                    Ok(Waiting { event: event(row)?, attempts: row.get(7)?, next_at: timestamp(row.get(8)?) })
                })?;
                rows.collect()
            })
            .map_err(sql("cannot read the outbox"))
    }

    /// The newest events that are for a receiver, newest first.
    pub fn latest(&self, sink: &str, limit: u32) -> Result<Vec<Event>> {
        self.db
            .prepare_cached(&format!(
                "SELECT {EVENT} FROM delivery d JOIN outbox o ON o.seq = d.event WHERE d.sink = ?1
                 ORDER BY d.event DESC LIMIT ?2"
            ))
            .and_then(|mut select| select.query_map(params![sink, limit], event)?.collect())
            .map_err(sql("cannot read the outbox"))
    }

    /// Notes what became of a try of these events.
    pub fn tried(&mut self, sink: &str, events: &[i64], tried: &Tried, now: Timestamp) -> Result<()> {
        let (state, next, settled, reason) = match tried {
            Tried::Delivered => (DeliveryState::Delivered, 0, Some(now.as_millisecond()), None),
            Tried::Again { at, reason } => (DeliveryState::Pending, at.as_millisecond(), None, Some(reason)),
            Tried::GivenUp { reason } => (DeliveryState::GivenUp, 0, Some(now.as_millisecond()), Some(reason)),
        };
        self.change(|db| {
            let mut update = db.prepare_cached(
                "UPDATE delivery SET state = ?3, attempts = attempts + 1, next_at = ?4, settled_at = ?5, reason = ?6
                 WHERE sink = ?1 AND event = ?2 AND state = 'pending'",
            )?;
            for event in events {
                update.execute(params![sink, event, state.as_str(), next, settled, reason])?;
            }
            Ok(())
        })
    }

    /// Gives up what waits for a receiver since before `since`. Says how much that was.
    pub fn give_up(&mut self, sink: &str, since: Timestamp, now: Timestamp) -> Result<usize> {
        // The oldest tells whether there is anything to do: this is asked again and again.
        let oldest = self.pending(sink, 1)?;
        if oldest.first().is_none_or(|oldest| oldest.event.at >= since) {
            return Ok(0);
        }
        self.change(|db| {
            db.prepare_cached(
                "UPDATE delivery SET state = 'given_up', settled_at = ?3, reason = coalesce(reason, 'it was never its turn')
                 WHERE sink = ?1 AND state = 'pending' AND (SELECT at FROM outbox WHERE seq = event) < ?2",
            )?
            .execute(params![sink, since.as_millisecond(), now.as_millisecond()])
        })
    }

    /// Removes events of before `before` that nobody waits for any more, and days of before `first_day` (and what hosts were sent then): looks at the next `limit` events
    /// after `after`, and says how many were removed and after which to go on; `None`: all is done. The newest event stays, so that no
    /// number is given twice.
    pub fn prune(&mut self, after: i64, before: Timestamp, first_day: i64, limit: u32) -> Result<(usize, Option<i64>)> {
        let rows: Vec<(i64, bool)> = self
            .db
            .prepare_cached(
                "SELECT seq, EXISTS (SELECT 1 FROM delivery d WHERE d.event = o.seq AND d.state = 'pending')
                 FROM (SELECT seq, at FROM outbox WHERE seq > ?1 AND seq < (SELECT max(seq) FROM outbox)
                       ORDER BY seq LIMIT ?2) o WHERE at < ?3",
            )
            .and_then(|mut select| {
                let values = params![after, limit, before.as_millisecond()];
                select.query_map(values, |row| Ok((row.get(0)?, row.get(1)?)))?.collect()
            })
            .map_err(sql("cannot read the outbox"))?;
        let go_on = rows.last().filter(|_| rows.len() == limit as usize).map(|(seq, _)| *seq);
        let old_days = self
            .db
            .prepare_cached("SELECT 1 FROM day WHERE day < ?1")
            .and_then(|mut select| select.exists([first_day]))
            .map_err(sql("cannot read the days"))?;
        let done: Vec<i64> = rows.into_iter().filter(|(_, waits)| !waits).map(|(seq, _)| seq).collect();
        if done.is_empty() && !old_days {
            return Ok((0, go_on));
        }
        self.change(|db| {
            for seq in &done {
                db.prepare_cached("DELETE FROM delivery WHERE event = ?1")?.execute([seq])?;
                db.prepare_cached("DELETE FROM outbox WHERE seq = ?1")?.execute([seq])?;
            }
            db.prepare_cached("DELETE FROM day WHERE day < ?1")?.execute([first_day])?;
            // Hosts that nobody asked for as long.
            db.prepare_cached("DELETE FROM spent WHERE hour < ?1 * 24")?.execute([first_day])?;
            Ok(())
        })?;
        Ok((done.len(), go_on))
    }

    /// Receivers for whom something waits.
    pub fn sinks(&self) -> Result<Vec<String>> {
        self.db
            .prepare_cached("SELECT DISTINCT sink FROM delivery INDEXED BY delivery_pending WHERE state = 'pending'")
            .and_then(|mut select| select.query_map([], |row| row.get(0))?.collect())
            .map_err(sql("cannot read the outbox"))
    }
}

fn event(row: &Row<'_>) -> rusqlite::Result<Event> {
    Ok(Event {
        seq: row.get(0)?,
        id: row.get(1)?,
        kind: named("outbox.kind", &row.get::<_, String>(2)?, EventKind::parse)?,
        watch: row.get::<_, Option<i64>>(3)?.map(WatchId),
        snapshot: row.get::<_, Option<i64>>(4)?.map(SnapshotId),
        at: timestamp(row.get(5)?),
        json: row.get(6)?,
    })
}

impl Reader {
    /// Events with their deliveries, newest first.
    pub fn events(&self, filter: &EventFilter, limit: u64) -> Result<Vec<EventRow>> {
        let mut condition = "1".to_owned();
        let mut values = Vec::new();
        if !filter.kinds.is_empty() {
            condition.push_str(&format!(" AND o.kind IN ({})", vec!["?"; filter.kinds.len()].join(", ")));
            values.extend(filter.kinds.iter().map(|kind| Value::Text(kind.as_str().to_owned())));
        }
        if filter.pending {
            condition.push_str(" AND o.seq IN (SELECT event FROM delivery WHERE state = 'pending')");
        }
        if let Some(since) = filter.since {
            condition.push_str(" AND o.at >= ?");
            values.push(Value::Integer(since.as_millisecond()));
        }
        values.push(Value::Integer(i64::try_from(limit).unwrap_or(i64::MAX)));
        let read = || {
            let mut select = self.db.prepare_cached(&format!(
                "SELECT {EVENT} FROM outbox o WHERE {condition} ORDER BY o.seq DESC LIMIT ?"
            ))?;
            let events: Vec<Event> =
                select.query_map(params_from_iter(values), event)?.collect::<rusqlite::Result<_>>()?;
            let mut of = self.db.prepare_cached(
                "SELECT sink, state, attempts, next_at, settled_at, reason FROM delivery WHERE event = ?1 ORDER BY sink",
            )?;
            let row = |event: Event| {
                let deliveries = of.query_map([event.seq], delivery)?.collect::<rusqlite::Result<_>>()?;
                Ok(EventRow { event, deliveries })
            };
            events.into_iter().map(row).collect::<rusqlite::Result<Vec<_>>>()
        };
        read().map_err(sql("cannot read the outbox"))
    }
}

fn delivery(row: &Row<'_>) -> rusqlite::Result<Delivery> {
    Ok(Delivery {
        sink: row.get(0)?,
        state: named("delivery.state", &row.get::<_, String>(1)?, DeliveryState::parse)?,
        attempts: row.get(2)?,
        next_at: Some(row.get::<_, i64>(3)?).filter(|at| *at > 0).map(timestamp),
        settled_at: row.get::<_, Option<i64>>(4)?.map(timestamp),
        reason: row.get(5)?,
    })
}
