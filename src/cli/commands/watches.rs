//! `add`, `import`, `list`, `remove`, `pause`, `resume`, `tag`.

use std::io::{Read as _, Write};

use super::{print, tell, work};
use crate::app::{Added, Addition, NotAdded, Recognised, ToldBy};
use crate::cli::args::{Add, Import, ImportForm, List, NewWatches, Tag, Targets};
use crate::cli::exit::Exit;
use crate::cli::render::Screen;
use crate::cli::{Session, render, term};
use crate::config::lists::{self, Form, Listed};
use crate::config::watch_options;
use crate::error::{Error, ErrorKind, Result, io};
use crate::model::{Credential, Source, Watch, WatchState};

/// Text from standard input may be this long.
const INPUT: u64 = 256 << 20;

fn addition(new: &NewWatches, note: Option<&String>) -> Result<Addition> {
    Ok(Addition {
        tags: new.tags.clone(),
        note: note.cloned(),
        every: new.every.clone(),
        options: watch_options(&new.own)?,
    })
}

pub(super) fn add(session: &Session<'_>, words: &Add) -> Result<Exit> {
    let mut items = Vec::new();
    for word in &words.urls {
        if word == "-" {
            items.extend(lists::read_as(Form::Text, "standard input", &stdin()?).items);
            continue;
        }
        let found = if word.contains(char::is_whitespace) { lists::find_urls(word) } else { Vec::new() };
        let urls = if found.is_empty() {
            vec![word.clone()]
        } else {
            found.into_iter().map(|at| word[at].to_owned()).collect()
        };
        items.extend(urls.into_iter().map(|url| Listed {
            url,
            tags: Vec::new(),
            note: None,
            place: "argument".into(),
        }));
    }
    if items.is_empty() {
        return Err(Error::new(ErrorKind::Usage, "there is no URL in the text").hint("name http or https addresses"));
    }
    let addition = addition(&words.new, words.note.as_ref())?;
    if words.once {
        return work::once(session, items, addition);
    }
    let (added, junk) = session.app.add(&items, Source::Add, &addition)?;
    told(session, &added, &junk)
}

pub(super) fn import(session: &Session<'_>, words: &Import) -> Result<Exit> {
    let addition = addition(&words.new, None)?;
    let form = words.form.map(|form| match form {
        ImportForm::Lines => Form::Lines,
        ImportForm::Text => Form::Text,
        ImportForm::Csv => Form::Sheet,
        ImportForm::Opml => Form::Opml,
        ImportForm::Bookmarks => Form::Bookmarks,
    });
    let (mut items, mut junk) = (Vec::new(), Vec::new());
    for path in &words.files {
        let list = if path.as_os_str() == "-" {
            let text = stdin()?;
            lists::read_as(form.unwrap_or_else(|| lists::form("", &text)), "standard input", &text)
        } else {
            session.app.read_list(path, form)?
        };
        items.extend(list.items);
        junk.extend(list.junk.into_iter().map(|j| NotAdded { place: j.place, reason: j.message }));
    }
    let (added, bad) = session.app.add(&items, Source::Import, &addition)?;
    junk.extend(bad);
    told(session, &added, &junk)
}

fn stdin() -> Result<String> {
    let mut bytes = Vec::new();
    std::io::stdin().lock().take(INPUT).read_to_end(&mut bytes).map_err(io("cannot read standard input"))?;
    Ok(lists::decode(&bytes))
}

fn told(session: &Session<'_>, added: &[Added], junk: &[NotAdded]) -> Result<Exit> {
    let new = added.iter().filter(|a| a.is_new).count();
    tell(session, &serde_json::json!({ "added": added, "not_added": junk }), |to| {
        for one in added.iter().take(20) {
            let word = if one.is_new { "watching" } else { "watched already" };
            writeln!(to, "{:>5}  {word}  {}", one.watch, term::line(&one.url))?;
            one.recognised.as_ref().map_or(Ok(()), |it| recognised(it, session.screen, to))?;
        }
        if added.len() > 20 {
            writeln!(to, "… and {} more", added.len() - 20)?;
        }
        for bad in junk.iter().take(20) {
            let words = format!("{}: {}", bad.place, bad.reason);
            writeln!(to, "{}", session.screen.paint.bad(&format!("not added: {}", term::line(&words))))?;
        }
        if junk.len() > 20 {
            writeln!(to, "… and {} more that could not be added", junk.len() - 20)?;
        }
        writeln!(to, "{} new, {} known, {} not added", new, added.len() - new, junk.len())
    })?;
    Ok(if added.is_empty() && !junk.is_empty() { Exit::Usage } else { Exit::AllKept })
}

/// Says what a URL is about, and what is missing for want of a credential.
fn recognised(it: &Recognised, screen: Screen, to: &mut dyn Write) -> std::io::Result<()> {
    let about = match it.told_by {
        ToldBy::Address => "",
        ToldBy::Setting => ", by its own settings",
        ToldBy::Page => ", as its host told",
    };
    let follows = match (&it.route, it.follows) {
        (Some(route), true) => format!("its posts are followed, asked for by the route {route} first"),
        (Some(route), false) => format!("asked for by the route {route} first"),
        (None, _) => "its page is read like any other, since no route can be asked".to_owned(),
    };
    let line = format!("{}{about}: {} {}; {follows}", it.name, it.kind, it.key);
    writeln!(to, "       {}", screen.paint.faint(&term::line(&line)))?;
    let Some(wants) = &it.wants else { return Ok(()) };
    let what = match wants.credential {
        Credential::Cookies => "cookie file",
        Credential::Bearer => "token",
        Credential::Key => "key",
    };
    let line = format!("no {what} of yours is given for it; missing without: {} ({})", wants.lacks, wants.why);
    writeln!(to, "       {}", screen.paint.odd(&term::line(&line)))
}

pub(super) fn list(session: &Session<'_>, words: &List) -> Result<Exit> {
    let usual = [WatchState::Active, WatchState::Paused];
    let states = if words.state.is_empty() { &usual[..] } else { &words.state };
    let limit = words.limit.map_or(u64::from(u32::MAX), u64::from);
    let watches = session.app.list(states, &words.tags, limit)?;
    print(session, &watches, |to| render::watches(&watches, session.screen, to))?;
    Ok(Exit::AllKept)
}

fn targets(session: &Session<'_>, words: &Targets) -> Result<Vec<Watch>> {
    session.app.targets(&words.watches, &words.tags, WatchState::ALL)
}

fn set(session: &Session<'_>, words: &Targets, state: WatchState, word: &str) -> Result<Exit> {
    let watches = targets(session, words)?;
    session.app.set_state(&watches, state)?;
    let urls: Vec<&str> = watches.iter().map(|w| w.what.url.as_str()).collect();
    tell(session, &serde_json::json!({ "state": state, "urls": urls }), |to| {
        urls.iter().try_for_each(|url| writeln!(to, "{word}  {}", term::line(url)))
    })?;
    Ok(Exit::AllKept)
}

pub(super) fn remove(session: &Session<'_>, words: &Targets) -> Result<Exit> {
    set(session, words, WatchState::Removed, "removed (its snapshots stay; `keepfast resume` brings it back)")
}

pub(super) fn pause(session: &Session<'_>, words: &Targets) -> Result<Exit> {
    set(session, words, WatchState::Paused, "paused")
}

pub(super) fn resume(session: &Session<'_>, words: &Targets) -> Result<Exit> {
    set(session, words, WatchState::Active, "watching")
}

pub(super) fn tag(session: &Session<'_>, words: &Tag) -> Result<Exit> {
    let watches = session.app.targets(&words.watches, &[], WatchState::ALL)?;
    session.app.tag(&watches, &words.add, &words.drop, words.note.as_deref())?;
    let after = session.app.targets(&words.watches, &[], WatchState::ALL)?;
    tell(session, &after, |to| render::watches(&after, session.screen, to))?;
    Ok(Exit::AllKept)
}
