//! `posts`.

use std::io::{IsTerminal as _, Write as _};

use super::{out, print};
use crate::app::{PostFilter, PostsAsk};
use crate::cli::args::Posts;
use crate::cli::exit::Exit;
use crate::cli::{Session, gaps, posts, term};
use crate::error::Result;

pub(super) fn posts(session: &Session<'_>, words: &Posts) -> Result<Exit> {
    let now = session.screen.now;
    let mut err = std::io::stderr();
    let shows = err.is_terminal() && !session.global.quiet && !session.global.json;
    let (mut shown, mut wrote) = (false, Ok(()));
    let mut told = |documents: u64| {
        if shows {
            shown = true;
            let line = format!("\r{} documents looked through for posts", term::count(documents));
            wrote = err.write_all(line.as_bytes()).and_then(|()| err.flush());
        }
    };
    if let Some(name) = &words.gaps {
        let found = session.app.gaps(name, &mut told)?;
        if shown {
            wrote = wrote.and_then(|()| writeln!(err));
        }
        wrote.map_err(out)?;
        print(session, &found, |to| gaps::gaps(&found, session.screen, to))?;
        return Ok(Exit::AllKept);
    }
    let (one, all) = match &words.post {
        Some(name) => (Some(session.app.post(name, &mut told)?), None),
        None => {
            let filter = PostFilter {
                platforms: words.platforms.clone(),
                authors: words.authors.clone(),
                since: words.since.map(|moment| moment.resolve(now)),
                until: words.until.map(|moment| moment.resolve(now)),
                ..PostFilter::default()
            };
            let limit = u64::from(words.limit);
            let ask = PostsAsk { watches: words.watches.clone(), tags: words.tags.clone(), filter, limit };
            (None, Some(session.app.posts(&ask, &mut told)?))
        }
    };
    if shown {
        wrote = wrote.and_then(|()| writeln!(err));
    }
    wrote.map_err(out)?;
    if let Some(report) = one {
        print(session, &report, |to| posts::one(&report, session.screen, to))?;
    }
    if let Some(list) = all {
        print(session, &list, |to| posts::list(&list, session.screen, to))?;
    }
    Ok(Exit::AllKept)
}
