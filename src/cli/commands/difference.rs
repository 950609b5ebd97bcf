//! `diff`, `changes`.

use super::print;
use crate::app::ChangesAsk;
use crate::cli::args::{Changes, Diff};
use crate::cli::exit::Exit;
use crate::cli::{Session, difference, term};
use crate::error::Result;
use crate::model::SnapshotId;

pub(super) fn diff(session: &Session<'_>, words: &Diff) -> Result<Exit> {
    let comparison = session.app.compare(&words.what, words.all)?;
    if let Some(path) = &words.html {
        session.app.write_comparison(&comparison, path)?;
        let name = path.display().to_string();
        super::tell(session, &comparison, |to| writeln!(to, "written to {}", term::line(&name)))?;
        return Ok(Exit::AllKept);
    }
    print(session, &comparison, |to| difference::comparison(&comparison, session.screen, to))?;
    Ok(Exit::AllKept)
}

pub(super) fn changes(session: &Session<'_>, words: &Changes) -> Result<Exit> {
    let now = session.screen.now;
    let ask = ChangesAsk {
        since: words.since.map(|moment| moment.resolve(now)),
        until: words.until.map(|moment| moment.resolve(now)),
        tags: words.tags.clone(),
        watches: Vec::new(),
        below: words.below.map(SnapshotId),
        // One more tells whether there are more.
        limit: words.limit.saturating_add(1),
    };
    let mut rows = session.app.changes(&ask, &words.urls)?;
    let limit = usize::try_from(words.limit).unwrap_or(usize::MAX);
    let more = rows.len() > limit;
    rows.truncate(limit);
    let next = rows.last().filter(|_| more).map(|row| row.snapshot);
    let json = serde_json::json!({ "changes": rows, "next": next });
    print(session, &json, |to| {
        difference::changes(&rows, words.items, session.screen, to)?;
        if let Some(next) = next {
            let line = format!("there are more: --below {next} shows them");
            writeln!(to, "{}", session.screen.paint.faint(&line))?;
        }
        Ok(())
    })?;
    Ok(Exit::AllKept)
}
