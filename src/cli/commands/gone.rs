//! `gone`.

use std::io::{self, Write};

use super::print;
use crate::app::PresenceRow;
use crate::cli::args::Gone;
use crate::cli::exit::Exit;
use crate::cli::render::Screen;
use crate::cli::{Session, term};
use crate::error::Result;
use crate::model::{Presence, Thing};

pub(super) fn gone(session: &Session<'_>, words: &Gone) -> Result<Exit> {
    let all = [Presence::Suspect, Presence::Missing, Presence::Gone];
    let states = if words.states.is_empty() { &all[..] } else { &words.states };
    let since = words.since.map(|moment| moment.resolve(session.screen.now));
    let rows = session.app.vanished(&words.watches, states, &words.tags, since, u64::from(words.limit))?;
    print(session, &rows, |to| {
        if rows.is_empty() {
            return writeln!(to, "Nothing that was kept has vanished, as far as looks tell.");
        }
        rows.iter().try_for_each(|row| one(row, session.screen, to))
    })?;
    Ok(Exit::AllKept)
}

fn one(row: &PresenceRow, screen: Screen, to: &mut dyn Write) -> io::Result<()> {
    let standing = &row.standing;
    let state = match standing.state {
        Presence::Gone => screen.paint.bad("gone"),
        Presence::Missing => screen.paint.bad("missing"),
        Presence::Suspect => screen.paint.odd("suspect"),
        Presence::Present => screen.paint.good("there again"),
    };
    let what = if row.subject == Thing::Page { String::new() } else { format!(" {}", row.subject) };
    writeln!(to, "{state}{what}  {}", term::line(&row.url))?;
    if !row.label.is_empty() {
        writeln!(to, "  what       {}", term::cut(&term::line(&row.label), screen.columns.saturating_sub(13)))?;
    }
    if let (Some(at), Some(snapshot)) = (standing.last_seen_at, standing.last_seen) {
        writeln!(to, "  last seen  {}  snapshot {snapshot}", term::time(at))?;
    }
    let looks = if standing.checks == 1 { "one look".to_owned() } else { format!("{} looks", standing.checks) };
    if standing.state != Presence::Present {
        writeln!(to, "  missing    {}  {looks}: {}", term::time(standing.missing_since), standing.manner.about())?;
    }
    for step in &row.steps {
        writeln!(to, "  {:<10} {}  snapshot {} ({})", step.state, term::time(step.at), step.snapshot, step.manner)?;
    }
    Ok(())
}
