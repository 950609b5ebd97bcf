//! `events`.

use std::io::{self, Write};

use super::print;
use crate::app::{EventFilter, EventRow, Stopper, Tested};
use crate::cli::args::Events;
use crate::cli::exit::Exit;
use crate::cli::render::Screen;
use crate::cli::{Session, term};
use crate::error::Result;
use crate::model::DeliveryState;

pub(super) fn events(session: &Session<'_>, words: &Events) -> Result<Exit> {
    if words.test {
        return test(session);
    }
    let since = words.since.map(|moment| moment.resolve(session.screen.now));
    let filter = EventFilter { kinds: words.kinds.clone(), pending: words.pending, since };
    let rows = session.app.events(&filter, u64::from(words.limit))?;
    let json: Vec<serde_json::Value> = rows.iter().map(as_json).collect();
    print(session, &json, |to| {
        if rows.is_empty() {
            return writeln!(
                to,
                "{}",
                if words.pending { "Nothing waits to be delivered." } else { "Nothing was told." }
            );
        }
        rows.iter().try_for_each(|row| one(row, session.screen, to))
    })?;
    Ok(Exit::AllKept)
}

/// The event as it is sent, and its deliveries.
fn as_json(row: &EventRow) -> serde_json::Value {
    let event: serde_json::Value = serde_json::from_str(&row.event.json).unwrap_or_default();
    serde_json::json!({ "seq": row.event.seq, "event": event, "deliveries": row.deliveries })
}

fn one(row: &EventRow, screen: Screen, to: &mut dyn Write) -> io::Result<()> {
    let event = &row.event;
    let line = event.line();
    let room = screen.columns.saturating_sub(22);
    writeln!(to, "{}  {}", term::time(event.at), term::cut(&term::line(&line), room))?;
    for delivery in &row.deliveries {
        let state = match delivery.state {
            DeliveryState::Delivered => screen.paint.good("delivered"),
            DeliveryState::Pending => screen.paint.odd("pending"),
            DeliveryState::GivenUp => screen.paint.bad("given up"),
        };
        let tries = match delivery.attempts {
            0 | 1 => String::new(),
            n => format!(", {n} tries"),
        };
        let next = delivery.next_at.map(|at| format!(", again {}", term::time(at))).unwrap_or_default();
        let why = delivery.reason.as_deref().map(|why| format!(": {}", term::line(why))).unwrap_or_default();
        writeln!(to, "  {state}  {}{tries}{next}{why}", term::line(&delivery.sink))?;
    }
    Ok(())
}

fn test(session: &Session<'_>) -> Result<Exit> {
    let tested = session.app.test_events(&Stopper::new())?;
    print(session, &tested, |to| {
        tested.iter().try_for_each(|Tested { sink, failure }| match failure {
            None => writeln!(to, "{}  {}", session.screen.paint.good("has it"), term::line(sink)),
            Some(why) => {
                writeln!(to, "{}  {}: {}", session.screen.paint.bad("failed"), term::line(sink), term::line(why))
            }
        })
    })?;
    let all = tested.iter().all(|one| one.failure.is_none());
    Ok(if all { Exit::AllKept } else { Exit::SomeNotKept })
}
