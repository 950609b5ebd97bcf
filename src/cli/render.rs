//! Snapshots, timelines and lists as words on a terminal.

use std::io::{self, Write};

use jiff::Timestamp;

use super::term::{self, Paint, Table, Tone};
use crate::model::{
    Block, Comment, CommentCount, Document, Flag, Outcome, RequisiteState, SnapshotRow, SnapshotView, Watch,
    WatchState, When,
};

/// Where things are shown.
#[derive(Clone, Copy, Debug)]
pub struct Screen {
    /// Its columns.
    pub columns: usize,
    /// Its colours.
    pub paint: Paint,
    /// The time that ages count from.
    pub now: Timestamp,
}

impl Screen {
    /// An outcome in its colour.
    fn tone(outcome: Outcome) -> Tone {
        if outcome.is_kept() {
            Tone::Good
        } else if outcome.is_content() || outcome.is_absence() {
            Tone::Odd
        } else {
            Tone::Bad
        }
    }

    /// An outcome as a coloured word.
    pub fn outcome(&self, outcome: Outcome) -> String {
        match Self::tone(outcome) {
            Tone::Good => self.paint.good(outcome.as_str()),
            Tone::Odd => self.paint.odd(outcome.as_str()),
            _ => self.paint.bad(outcome.as_str()),
        }
    }

    fn fact(&self, out: &mut dyn Write, name: &str, value: &str) -> io::Result<()> {
        // What has no spaces (URLs, digests) stays whole, so that it can be copied.
        let whole = || vec![value.to_owned()];
        let wrapped = || term::wrap(value, self.columns.saturating_sub(12));
        let mut lines = if value.contains(' ') { wrapped() } else { whole() }.into_iter();
        let gap = " ".repeat(11usize.saturating_sub(term::width(name)));
        writeln!(out, "{}{gap} {}", self.paint.faint(name), lines.next().unwrap_or_default())?;
        lines.try_for_each(|line| writeln!(out, "            {line}"))
    }

    fn words(&self, out: &mut dyn Write, indent: usize, text: &str) -> io::Result<()> {
        let pad = " ".repeat(indent);
        let columns = self.columns.min(100).saturating_sub(indent);
        term::wrap(&term::text(text), columns)
            .iter()
            .try_for_each(|line| writeln!(out, "{}", format!("{pad}{line}").trim_end()))
    }
}

/// Prints a snapshot: what is known of it, then what it says.
pub fn snapshot(view: &SnapshotView, screen: Screen, out: &mut dyn Write) -> io::Result<()> {
    let row = &view.snapshot;
    let title = row.title.as_deref().filter(|title| !title.trim().is_empty()).unwrap_or(&row.url);
    for line in term::wrap(&term::line(title), screen.columns) {
        writeln!(out, "{}", screen.paint.strong(&line))?;
    }
    writeln!(out)?;
    screen.fact(out, "url", &term::line(&row.url))?;
    if let Some(url) = &row.final_url {
        screen.fact(out, "final url", &term::line(url))?;
    }
    screen.fact(out, "snapshot", &format!("{} of watch {}, run {}", row.id, row.watch, row.run))?;
    let took = row.ended_at.as_millisecond() - row.started_at.as_millisecond();
    let when = format!("{} ({}), took {took} ms", term::time(row.started_at), term::age(row.started_at, screen.now));
    screen.fact(out, "captured", &when)?;
    let status = row.status.map(|status| format!(" (HTTP {status})")).unwrap_or_default();
    writeln!(out, "{}     {}{status}", screen.paint.faint("outcome"), screen.outcome(row.outcome))?;
    screen.fact(out, "", row.outcome.about())?;
    if let Some(failure) = &row.failure {
        screen.fact(out, "failure", &format!("{}: {}", failure.kind, term::line(&failure.message)))?;
    }
    match (row.changed, row.previous) {
        (Some(true), Some(previous)) => screen.fact(out, "changed", &format!("yes, since snapshot {previous}"))?,
        (Some(false), Some(previous)) => {
            screen.fact(out, "changed", &format!("no, says what snapshot {previous} says"))?
        }
        _ => {}
    }
    for flag in &row.flags {
        screen.fact(out, "flag", &format!("{flag}: {}", flag.about()))?;
    }
    if let Some(robots) = row.robots {
        let note = row.robots_note.as_deref().map(|n| format!(" ({})", term::line(n))).unwrap_or_default();
        screen.fact(out, "robots.txt", &format!("{robots}: {}{note}", robots.about()))?;
    }
    if !view.tags.is_empty() {
        screen.fact(out, "tags", &term::line(&view.tags.join(", ")))?;
    }
    if let Some(note) = &view.note {
        screen.fact(out, "note", &term::line(note))?;
    }
    if let Some(last) = view.exchanges.iter().find(|exchange| exchange.is_final) {
        let kind = if last.media_type.is_empty() { "unknown type" } else { &last.media_type };
        screen.fact(out, "body", &format!("{}, {}", term::size(last.body_len), term::line(kind)))?;
        if let Some(payload) = last.payload {
            screen.fact(out, "digest", &payload.label())?;
        }
    }
    if let Some((shown, first)) = view.read_again() {
        let when =
            shown.read_again_at.map_or_else(|| "at a later capture".into(), |at| format!("on {}", term::time(at)));
        let said = match shown.reader == first {
            true => format!("read again {when} by reader {first}, as at first"),
            false => format!("read again {when} by reader {}, first read by reader {first}", shown.reader),
        };
        screen.fact(out, "reading", &said)?;
    }
    if let Some(document) = &view.document {
        facts(document, screen, out)?;
        writeln!(out)?;
        blocks(document, screen, out)?;
        comments(document, row.comments, screen, out)?;
    }
    pages(view, screen, out)?;
    media(view, screen, out)
}

fn facts(document: &Document, screen: Screen, out: &mut dyn Write) -> io::Result<()> {
    screen.fact(out, "kind", document.kind.as_str())?;
    if !document.authors.is_empty() {
        screen.fact(out, "by", &term::line(&document.authors.join(", ")))?;
    }
    for credit in &document.credits {
        screen.fact(out, "credit", &term::line(&format!("{} by {}", credit.role, credit.name)))?;
    }
    for (name, when) in [("published", &document.published), ("modified", &document.modified)] {
        if let Some(when) = when {
            screen.fact(out, name, &stated(when))?;
        }
    }
    for (name, text) in [("site", &document.site), ("language", &document.language)] {
        if let Some(text) = text {
            screen.fact(out, name, &term::line(text))?;
        }
    }
    if !document.categories.is_empty() {
        screen.fact(out, "section", &term::line(&document.categories.join(", ")))?;
    }
    for warning in &document.warnings {
        let detail = if warning.detail.is_empty() { warning.code.about() } else { &warning.detail };
        screen.fact(out, "warning", &format!("{}: {}", warning.code, term::line(detail)))?;
    }
    Ok(())
}

/// A time as the page states it, and as it was understood.
fn stated(when: &When) -> String {
    match when.at {
        Some(at) => {
            format!("{} (\"{}\", {}, zone {})", term::time(at), term::line(&when.raw), when.precision, when.zone)
        }
        None => format!("\"{}\"", term::line(&when.raw)),
    }
}

/// Prints only the text: main text and comments.
pub fn text(document: &Document, count: Option<CommentCount>, screen: Screen, out: &mut dyn Write) -> io::Result<()> {
    if let Some(title) = &document.title {
        screen.words(out, 0, title)?;
        writeln!(out)?;
    }
    blocks(document, screen, out)?;
    comments(document, count, screen, out)
}

fn blocks(document: &Document, screen: Screen, out: &mut dyn Write) -> io::Result<()> {
    for (n, block) in document.blocks.iter().enumerate() {
        if n > 0 {
            writeln!(out)?;
        }
        match block {
            Block::Heading { level, text } => {
                let mark = "#".repeat(usize::from((*level).clamp(1, 6)));
                writeln!(out, "{}", screen.paint.strong(&format!("{mark} {}", term::line(text))))?;
            }
            Block::Paragraph { text } => screen.words(out, 0, text)?,
            Block::Quote { text } => screen.words(out, 4, text)?,
            Block::Code { text } => {
                for line in term::text(text).lines() {
                    writeln!(out, "    {}", line.trim_end())?;
                }
            }
            Block::List { ordered, items } => {
                for (n, item) in items.iter().enumerate() {
                    let mark = if *ordered { format!("{}.", n + 1) } else { "-".into() };
                    let indent = usize::from(item.depth.min(16)) * 2;
                    let lines = term::wrap(&term::line(&item.text), screen.columns.min(100).saturating_sub(indent + 4));
                    for (n, line) in lines.iter().enumerate() {
                        let mark = if n == 0 { mark.clone() } else { " ".repeat(mark.len()) };
                        writeln!(out, "{}{mark} {line}", " ".repeat(indent))?;
                    }
                }
            }
            Block::Table { rows } => {
                for row in rows {
                    writeln!(out, "{}", term::cut(&term::line(&row.join(" | ")), screen.columns))?;
                }
            }
            Block::Figure { url, caption } => {
                let caption = if caption.is_empty() { "picture" } else { caption };
                screen.words(out, 0, &format!("[{caption}] {url}"))?;
            }
        }
    }
    Ok(())
}

fn comments(document: &Document, count: Option<CommentCount>, screen: Screen, out: &mut dyn Write) -> io::Result<()> {
    if document.comments.is_empty() && count.is_none_or(CommentCount::is_complete) {
        return Ok(());
    }
    let have = count.map_or_else(|| document.comments.len().to_string(), CommentCount::in_words);
    writeln!(out, "\n{}", screen.paint.strong(&format!("Comments ({have})")))?;
    if let Some(why) = count.and_then(|count| count.shortfall) {
        screen.words(out, 0, why.about())?;
    }
    for comment in &document.comments {
        let indent = usize::from(comment.depth.min(8)) * 2;
        writeln!(out, "\n{}{}", " ".repeat(indent), screen.paint.odd(&heading(comment)))?;
        screen.words(out, indent, &comment.text)?;
    }
    Ok(())
}

/// Who and when.
fn heading(comment: &Comment) -> String {
    let author = comment.author_or("(no name)");
    let time = comment.time.as_ref().map(|when| format!(" - {}", when.in_words())).unwrap_or_default();
    let likes = comment.likes_in_words().map(|likes| format!(" - {likes}")).unwrap_or_default();
    term::line(&format!("{author}{time}{likes}")).into_owned()
}

/// Further pages of the thread.
fn pages(view: &SnapshotView, screen: Screen, out: &mut dyn Write) -> io::Result<()> {
    if view.pages.is_empty() {
        return Ok(());
    }
    writeln!(out, "\n{}\n", screen.paint.strong(&format!("Further pages ({})", view.pages.len())))?;
    let mut table = Table::new(&["outcome", "~address"]);
    for page in &view.pages {
        let outcome = match page.outcome {
            Some(outcome) => (outcome.as_str().into(), Screen::tone(outcome)),
            None => ("not asked".into(), Tone::Faint),
        };
        let reason = page.reason.as_deref().map(|reason| format!(" ({reason})")).unwrap_or_default();
        table.row(vec![outcome, (format!("{}{reason}", page.url), Tone::Plain)]);
    }
    table.write(screen.columns, screen.paint, out)
}

fn media(view: &SnapshotView, screen: Screen, out: &mut dyn Write) -> io::Result<()> {
    if view.media.is_empty() {
        return Ok(());
    }
    writeln!(out, "\n{}\n", screen.paint.strong(&format!("Media and other parts ({})", view.media.len())))?;
    let mut table = Table::new(&["kind", "state", ">size", "~address"]);
    for part in &view.media {
        let tone = match part.state {
            RequisiteState::Fetched | RequisiteState::Held => Tone::Good,
            RequisiteState::Failed => Tone::Bad,
            RequisiteState::NotFetched => Tone::Faint,
        };
        let reason = part.reason.as_deref().map(|reason| format!(" ({reason})")).unwrap_or_default();
        table.row(vec![
            (part.kind.clone(), Tone::Plain),
            (part.state.as_str().into(), tone),
            (part.body_len.map(term::size).unwrap_or_default(), Tone::Plain),
            (format!("{}{reason}", part.url), Tone::Plain),
        ]);
    }
    table.write(screen.columns, screen.paint, out)
}

/// Prints the timeline of a URL, the newest first.
pub fn history(url: &str, rows: &[SnapshotRow], screen: Screen, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "{}\n", screen.paint.strong(&term::cut(&term::line(url), screen.columns)))?;
    if rows.is_empty() {
        return writeln!(out, "There is no snapshot yet.");
    }
    let mut table = Table::new(&[">snapshot", "when", "outcome", ">status", "change", "~title"]);
    for row in rows {
        let change = match (row.outcome.is_content(), row.changed) {
            (true, Some(true)) => (row.what.as_deref().unwrap_or("changed"), Tone::Odd),
            (true, Some(false)) if row.flags.contains(&Flag::NoiseSetAside) => ("same but for noise", Tone::Faint),
            (true, Some(false)) => ("same", Tone::Faint),
            (true, None) if row.previous.is_none() => ("first", Tone::Plain),
            _ => ("", Tone::Plain),
        };
        let said = match (&row.title, &row.failure) {
            (_, Some(failure)) => failure.message.clone(),
            (Some(title), None) => title.clone(),
            (None, None) => String::new(),
        };
        table.row(vec![
            (row.id.to_string(), Tone::Plain),
            (term::time(row.started_at), Tone::Plain),
            (row.outcome.as_str().into(), Screen::tone(row.outcome)),
            (row.status.map(|status| status.to_string()).unwrap_or_default(), Tone::Plain),
            (term::cut(&term::line(change.0), 40).into_owned(), change.1),
            (said, Tone::Plain),
        ]);
    }
    table.write(screen.columns, screen.paint, out)
}

/// Prints watches.
pub fn watches(list: &[Watch], screen: Screen, out: &mut dyn Write) -> io::Result<()> {
    if list.is_empty() {
        return writeln!(out, "Nothing is watched. `keepfast add URL` begins.");
    }
    let mut table = Table::new(&[">watch", "state", ">snapshots", "last look", "outcome", "next", "tags", "~url"]);
    for watch in list {
        let state = match watch.state {
            WatchState::Active => Tone::Plain,
            WatchState::Paused => Tone::Odd,
            WatchState::Retired | WatchState::Removed => Tone::Faint,
        };
        let next = match (watch.state, watch.due_at) {
            (WatchState::Active, Some(due)) if due <= screen.now => "due".into(),
            (WatchState::Active, Some(due)) => term::age(due, screen.now),
            _ => String::new(),
        };
        table.row(vec![
            (watch.id.to_string(), Tone::Plain),
            (watch.state.as_str().into(), state),
            (watch.snapshots.to_string(), Tone::Plain),
            (watch.last_at.map(|at| term::age(at, screen.now)).unwrap_or_default(), Tone::Faint),
            watch.last_outcome.map_or_else(Default::default, |last| (last.as_str().into(), Screen::tone(last))),
            (next, Tone::Faint),
            (watch.what.tags.join(","), Tone::Faint),
            (watch.what.url.clone(), Tone::Plain),
        ]);
    }
    table.write(screen.columns, screen.paint, out)
}

/// Prints requests and answers of a snapshot; the heads themselves follow by [`head`].
pub fn exchanges(view: &SnapshotView, screen: Screen, out: &mut dyn Write) -> io::Result<()> {
    for exchange in &view.exchanges {
        let status = match (exchange.status, exchange.payload) {
            (Some(status), _) => status.to_string(),
            (None, Some(_)) => "brought by a program".to_owned(),
            (None, None) => "no answer".to_owned(),
        };
        let line = format!("{}. {} {} → {status}", exchange.seq, exchange.hop, term::line(&exchange.url));
        writeln!(out, "{}", screen.paint.strong(&line))?;
        let address = exchange.remote.as_deref().unwrap_or("not connected");
        let protocol = [exchange.protocol.as_deref(), exchange.tls.as_deref()].into_iter().flatten();
        let protocol: String = protocol.map(|name| format!(", {}", term::line(name))).collect();
        screen.fact(out, "at", &format!("{}, {} ms", term::time(exchange.started_at), exchange.duration_ms))?;
        screen.fact(out, "peer", &format!("{}{protocol}", term::line(address)))?;
        screen.fact(
            out,
            "body",
            &format!("{} of {}", term::size(exchange.body_len), term::line(&exchange.media_type)),
        )?;
        if let Some(payload) = exchange.payload {
            screen.fact(out, "digest", &payload.label())?;
        }
        if let Some(why) = exchange.truncated {
            screen.fact(out, "cut", &format!("{why}: {}", why.about()))?;
        }
        if let Some(failure) = &exchange.failure {
            screen.fact(out, "failure", &format!("{}: {}", failure.kind, term::line(&failure.message)))?;
        }
        screen.fact(out, "record", &format!("urn:uuid:{}", exchange.record))?;
        writeln!(out)?;
    }
    Ok(())
}

/// Prints a head as it went over the wire, made harmless.
pub fn head(bytes: &[u8], out: &mut dyn Write) -> io::Result<()> {
    term::text(&String::from_utf8_lossy(bytes))
        .lines()
        .try_for_each(|line| writeln!(out, "{}", format!("  {line}").trim_end()))
}

/// Prints a value for programs, on one line.
pub fn json(value: &impl serde::Serialize, out: &mut dyn Write) -> io::Result<()> {
    serde_json::to_writer(&mut *out, value)?;
    writeln!(out)
}
