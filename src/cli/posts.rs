//! How posts look.

use std::io::{self, Write};

use jiff::Timestamp;

use super::render::Screen;
use super::{difference, term};
use crate::app::{Edit, PostMedium, PostReport, PostRow, Posts, Related, Seen, Version};
use crate::model::post::Count;
use crate::model::{Actor, Post, PostState, Presence};

/// Columns that are used at most.
const WIDE: usize = 100;
/// Lines of a kind that are shown at most; --json has all.
const LISTED: usize = 40;

/// Prints a list of posts.
pub fn list(list: &Posts, screen: Screen, out: &mut dyn Write) -> io::Result<()> {
    for row in &list.posts {
        head(row, screen, out)?;
        let words = term::line(words(&row.post)).into_owned();
        if !words.is_empty() {
            writeln!(out, "  {}", term::cut(&words, screen.columns.min(WIDE).saturating_sub(2)))?;
        }
        writeln!(out, "  {}", screen.paint.faint(&term::line(&row.key.to_string())))?;
    }
    match (list.posts.len() as u64, list.more) {
        (0, _) => writeln!(out, "No posts.")?,
        (n, true) => {
            let line = format!("the newest {}; there are more: --limit shows them", term::count(n));
            writeln!(out, "{}", screen.paint.faint(&line))?;
        }
        (_, false) => {}
    }
    behind(list.not_indexed, list.stopped.as_deref(), screen, out)
}

pub(super) fn behind(not_indexed: u64, stopped: Option<&str>, screen: Screen, out: &mut dyn Write) -> io::Result<()> {
    if not_indexed == 0 && stopped.is_none() {
        return Ok(());
    }
    let why = stopped.unwrap_or("they came in meanwhile");
    let line =
        format!("{} snapshots are not looked through for posts yet: {}", term::count(not_indexed), term::line(why));
    writeln!(out, "{}", screen.paint.odd(&line))
}

fn head(row: &PostRow, screen: Screen, out: &mut dyn Write) -> io::Result<()> {
    let at = row.post.created.as_ref().and_then(|when| when.at).unwrap_or(row.first_seen);
    let who = row.post.author.as_ref().map_or_else(|| "nobody named".to_owned(), name);
    let mut line = format!("{}  {}", term::time(at), screen.paint.strong(&term::line(&who)));
    line.push_str(&format!("  {} on {}", row.post.kind, row.key.platform));
    if row.versions > 1 {
        line.push_str(&screen.paint.odd(&format!("  {} versions", row.versions)));
    }
    writeln!(out, "{line}")?;
    if let Some(gone) = gone(row) {
        writeln!(out, "  {}", screen.paint.bad(&gone))?;
    }
    Ok(())
}

/// That it is not there any more, and how that is known.
fn gone(row: &PostRow) -> Option<String> {
    let vanished = row.vanished.map(|v| format!("{} since {}: {}", v.state, term::time(v.since), v.manner.about()));
    match (row.state, row.vanished) {
        (PostState::Present, Some(v)) if v.state != Presence::Present => vanished,
        (PostState::Present, _) => None,
        (state, _) => Some(format!("{state}: {} (seen {})", state.about(), term::time(row.last_seen))),
    }
}

fn name(actor: &Actor) -> String {
    match (&actor.name, &actor.handle) {
        (Some(name), Some(handle)) if name != handle => format!("{name} (@{handle})"),
        (Some(name), _) => name.clone(),
        (None, Some(handle)) => format!("@{handle}"),
        (None, None) => actor.key.to_string(),
    }
}

fn words(post: &Post) -> &str {
    post.title.as_deref().filter(|title| !title.trim().is_empty()).unwrap_or(&post.text)
}

/// Prints one post with all that is known of it.
pub fn one(report: &PostReport, screen: Screen, out: &mut dyn Write) -> io::Result<()> {
    let row = &report.view.row;
    head(row, screen, out)?;
    fact(screen, out, "key", &row.key.to_string())?;
    for url in row.post.url.iter().chain(&row.post.urls) {
        fact(screen, out, "address", url)?;
    }
    let seen = |snapshot, at: Timestamp| format!("{}  snapshot {snapshot}", term::time(at));
    fact(screen, out, "first seen", &seen(row.first, row.first_seen))?;
    fact(screen, out, "last seen", &seen(row.last, row.last_seen))?;
    for relation in &row.post.relations {
        fact(screen, out, relation.kind.as_str(), &relation.target())?;
    }
    if !row.post.missing.is_empty() {
        let missing: Vec<&str> = row.post.missing.iter().map(|what| what.about()).collect();
        fact(screen, out, "left out", &missing.join(" "))?;
    }
    for note in &row.post.notes {
        fact(screen, out, "odd", &note.detail)?;
    }
    writeln!(out)?;
    for line in row.post.title.iter().map(String::as_str).chain(row.post.text.lines()) {
        for line in term::wrap(&term::line(line), screen.columns.min(WIDE)) {
            writeln!(out, "{line}")?;
        }
    }
    versions(report, screen, out)?;
    counts(&report.view.counts, screen, out)?;
    related(&report.view.related, screen, out)?;
    media(&report.view.media, screen, out)?;
    if report.view.names.len() > 1 {
        title("The account was called", screen, out)?;
        report.view.names.iter().try_for_each(|actor| writeln!(out, "  {}", term::line(&name(actor))))?;
    }
    behind(report.not_indexed, report.stopped.as_deref(), screen, out)
}

fn fact(screen: Screen, out: &mut dyn Write, name: &str, value: &str) -> io::Result<()> {
    writeln!(out, "  {} {}", screen.paint.faint(&format!("{name:<11}")), term::line(value))
}

fn title(text: &str, screen: Screen, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "\n{}", screen.paint.strong(text))
}

fn versions(report: &PostReport, screen: Screen, out: &mut dyn Write) -> io::Result<()> {
    title("Versions", screen, out)?;
    for version in report.view.history.iter().take(LISTED) {
        let Version { form, first, last, first_seen, last_seen, exchange, url, digest, .. } = version;
        let to = if first == last { String::new() } else { format!(" to {}  snapshot {last}", term::time(*last_seen)) };
        writeln!(out, "  {}  snapshot {first}{to}  route {}  {digest}", term::time(*first_seen), term::line(form))?;
        if let (Some(exchange), Some(url)) = (exchange, url) {
            writeln!(out, "    {}", screen.paint.faint(&format!("exchange {exchange}: {}", term::line(url))))?;
        }
        let edit = report.edits.iter().find(|edit| edit.newer == *first && edit.form == *form);
        edit.map_or(Ok(()), |edit| changes(edit, screen, out))?;
    }
    more(report.view.history.len(), screen, out)
}

fn changes(edit: &Edit, screen: Screen, out: &mut dyn Write) -> io::Result<()> {
    for what in &edit.otherwise {
        writeln!(out, "    {}", screen.paint.odd(&term::line(what)))?;
    }
    edit.items.iter().take(LISTED).try_for_each(|item| difference::item(item, screen, out))
}

fn more(all: usize, screen: Screen, out: &mut dyn Write) -> io::Result<()> {
    if all > LISTED {
        let line = format!("  and {} more: --json has all", term::count((all - LISTED) as u64));
        writeln!(out, "{}", screen.paint.faint(&line))?;
    }
    Ok(())
}

fn counts(seen: &[Seen], screen: Screen, out: &mut dyn Write) -> io::Result<()> {
    if seen.is_empty() {
        return Ok(());
    }
    title("Counted", screen, out)?;
    // The newest tell most.
    for one in seen.iter().skip(seen.len().saturating_sub(LISTED)) {
        let counts: Vec<String> = one.counts.iter().map(count).collect();
        let line = term::line(&counts.join(", ")).into_owned();
        writeln!(out, "  {}  snapshot {}  {line}  {}", term::time(one.at), one.snapshot, term::line(&one.form))?;
    }
    more(seen.len(), screen, out)
}

fn count(count: &Count) -> String {
    let about = if count.granularity > 1 { "about " } else { "" };
    let label = count.label.as_deref().map(|label| format!(" {label}")).unwrap_or_default();
    format!("{about}{} {}{label}", term::count(count.value), count.kind)
}

fn related(related: &[Related], screen: Screen, out: &mut dyn Write) -> io::Result<()> {
    if related.is_empty() {
        return Ok(());
    }
    title("In the archive, about this post", screen, out)?;
    for one in related.iter().take(LISTED) {
        writeln!(out, "  {}  {:<11} {}", term::time(one.at), one.kind, term::line(&one.key.to_string()))?;
    }
    more(related.len(), screen, out)
}

fn media(media: &[PostMedium], screen: Screen, out: &mut dyn Write) -> io::Result<()> {
    if media.is_empty() {
        return Ok(());
    }
    title("Media", screen, out)?;
    for one in media.iter().take(LISTED) {
        let alt = if one.medium.alt.is_empty() { String::new() } else { format!("  {}", term::line(&one.medium.alt)) };
        writeln!(out, "  {}  {}{alt}", one.medium.kind, term::line(&one.medium.identity))?;
        let line = match (one.exchange, one.payload) {
            (Some(exchange), Some(payload)) => {
                let size = one.bytes.map(term::size).unwrap_or_default();
                screen.paint.good(&format!("held: {size}, {}, exchange {exchange}", payload.label()))
            }
            _ => {
                let why = one.reason.as_deref().unwrap_or("it was not fetched");
                screen.paint.odd(&format!("not held: {}; {}", one.medium.state.about(), term::line(why)))
            }
        };
        writeln!(out, "    {line}")?;
    }
    more(media.len(), screen, out)
}
