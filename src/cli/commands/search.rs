//! `search`.

use std::io::{IsTerminal as _, Write as _};

use super::{out, print};
use crate::app;
use crate::cli::args::Search;
use crate::cli::exit::Exit;
use crate::cli::{Session, found, term};
use crate::error::Result;

pub(super) fn search(session: &Session<'_>, words: &Search) -> Result<Exit> {
    if words.drop_inside {
        let dropped = session.app.drop_inside()?;
        let said = if dropped {
            "The index of what stands inside words is removed."
        } else {
            "There is no index of what stands inside words."
        };
        print(session, &serde_json::json!({ "dropped": dropped }), |to| writeln!(to, "{said}"))?;
        return Ok(Exit::AllKept);
    }
    let now = session.screen.now;
    let ask = app::Search {
        query: words.query.join(" "),
        authors: words.authors.clone(),
        sites: words.sites.clone(),
        tags: words.tags.clone(),
        since: words.since.map(|m| m.resolve(now)),
        until: words.until.map(|m| m.resolve(now)),
        outcomes: words.outcomes.clone(),
        limit: words.limit,
        order: if words.newest { app::Order::Newest } else { app::Order::Ranked },
        versions: words.versions,
    };
    let mut err = std::io::stderr();
    let shows = err.is_terminal() && !session.global.quiet && !session.global.json;
    let mut shown = false;
    let mut wrote = Ok(());
    let (result, indexed) = session.app.search(&ask, &mut |texts| {
        if shows {
            shown = true;
            wrote = write!(err, "\r{} texts indexed", term::count(texts)).and_then(|()| err.flush());
        }
    })?;
    if shown {
        wrote = wrote.and_then(|()| writeln!(err));
    }
    wrote.map_err(out)?;
    print(session, &result, |to| found::results(&result, &indexed, session.screen, to))?;
    Ok(Exit::AllKept)
}
