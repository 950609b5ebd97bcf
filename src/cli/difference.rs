//! How changes look: word by word, in colours or with marks.

use std::io::{self, Write};

use super::render::Screen;
use super::term;
use crate::model::{Action, ChangeRow, Comparison, Item, Piece, Run, SnapshotRow, Subject, Told};

/// Marks where runs begin and end while lines are broken: no text that is shown has these.
const REMOVED: char = '\u{1}';
const ADDED: char = '\u{2}';
const END: char = '\u{3}';
/// Characters of a long run that both have, on either side of what differs.
const CONTEXT: usize = 70;
/// Columns that are used at most.
const WIDE: usize = 100;
/// Items of a snapshot in a list.
const LISTED: usize = 5;

/// Prints two snapshots side by side.
pub fn comparison(it: &Comparison, screen: Screen, out: &mut dyn Write) -> io::Result<()> {
    let head = |row: &SnapshotRow| {
        let url = row.final_url.as_deref().unwrap_or(&row.url);
        let outcome = screen.outcome(row.outcome);
        format!("snapshot {}  {}  {outcome}  {}", row.id, term::time(row.started_at), term::line(url))
    };
    writeln!(out, "{} {}", screen.paint.bad("---"), head(&it.older))?;
    writeln!(out, "{} {}", screen.paint.good("+++"), head(&it.newer))?;
    if !it.compared {
        writeln!(out, "\nOne of the two does not hold what the page says: only how they ended tells them apart.")?;
    } else if it.items.is_empty() && !it.changed {
        writeln!(out, "\nThey say the same.")?;
    }
    for told in &it.items {
        writeln!(out)?;
        item(told, screen, out)?;
    }
    let mut notes = Vec::new();
    if it.left_out > 0 {
        notes.push(format!("and {} more", term::count(u64::from(it.left_out))));
    }
    if it.noise > 0 {
        notes.push(format!("set aside as noise: {} (--all shows them)", it.noise));
    }
    notes.extend(it.bounds.iter().cloned());
    if !notes.is_empty() {
        writeln!(out)?;
    }
    for note in notes {
        for line in term::wrap(&term::line(&note), screen.columns.min(WIDE)) {
            writeln!(out, "{}", screen.paint.odd(&line))?;
        }
    }
    Ok(())
}

/// Prints the list of changes.
pub fn changes(rows: &[ChangeRow], full: bool, screen: Screen, out: &mut dyn Write) -> io::Result<()> {
    if rows.is_empty() {
        return writeln!(out, "Nothing changed.");
    }
    for row in rows {
        let what = match (&row.what, row.outcome.is_content()) {
            (Some(what), _) => what.clone(),
            (None, true) => "changed".to_owned(),
            (None, false) => row.outcome.about().to_owned(),
        };
        let title = row.title.as_deref().filter(|title| !title.trim().is_empty()).unwrap_or(&row.url);
        let columns = screen.columns;
        writeln!(out, "{}", screen.paint.strong(&term::cut(&term::line(title), columns)))?;
        let place = format!("  snapshot {}  {}", row.snapshot, term::time(row.at));
        writeln!(out, "{}  {}", screen.paint.faint(&place), screen.outcome(row.outcome))?;
        writeln!(out, "  {}", term::line(&row.url))?;
        for line in term::wrap(&term::line(&what), columns.min(WIDE).saturating_sub(2)) {
            writeln!(out, "  {}", screen.paint.odd(&line))?;
        }
        let shown = row.items.iter().filter(|told| told.item.counts());
        for told in shown.take(if full { LISTED } else { 0 }) {
            item(told, screen, out)?;
        }
        writeln!(out)?;
    }
    Ok(())
}

pub(super) fn item(told: &Told, screen: Screen, out: &mut dyn Write) -> io::Result<()> {
    let Told { item, pieces } = told;
    let columns = screen.columns.min(WIDE);
    let heading = term::wrap(&term::line(&name(item)), columns.saturating_sub(2));
    for line in heading {
        let line = if item.noise { screen.paint.faint(&line) } else { screen.paint.strong(&line) };
        writeln!(out, "  {line}")?;
    }
    let marked = if pieces.is_empty() { whole(item) } else { word_by_word(pieces) };
    lines(&marked, columns, screen, out)?;
    if item.cut {
        writeln!(out, "    {}", screen.paint.faint("(part of a longer text)"))?;
    }
    Ok(())
}

/// `text edited, line 3`; `comment removed, by Anna`.
fn name(item: &Item) -> String {
    let mut name = format!("{} {}", item.subject, item.action);
    let unit = match item.subject {
        Subject::Text => "line ",
        Subject::Comment => "number ",
        _ => "",
    };
    name.push_str(&match (item.from, item.to) {
        (Some(from), Some(to)) if from != to => format!(", {unit}{from} → {to}"),
        (Some(at), _) | (None, Some(at)) => format!(", {unit}{at}"),
        (None, None) => String::new(),
    });
    if let Some(author) = &item.author {
        name.push_str(&format!(", by {author}"));
    }
    if let Some(key) = &item.key {
        name.push_str(&format!(": {key}"));
    }
    if item.noise {
        name.push_str(" (noise)");
    }
    name
}

fn run(mark: char, text: &str) -> String {
    format!("{mark}{}{END}", term::line(text))
}

fn whole(item: &Item) -> String {
    let (before, after) = (item.before.as_deref(), item.after.as_deref());
    if item.action == Action::Moved {
        return after.map(|text| term::line(text).into_owned()).unwrap_or_default();
    }
    let parts = [before.map(|text| run(REMOVED, text)), after.map(|text| run(ADDED, text))];
    parts.into_iter().flatten().collect::<Vec<_>>().join(" ")
}

fn word_by_word(pieces: &[Piece]) -> String {
    let last = pieces.len().saturating_sub(1);
    let one = |(at, piece): (usize, &Piece)| match piece.run {
        Run::Removed => run(REMOVED, &piece.text),
        Run::Added => run(ADDED, &piece.text),
        Run::Same => shortened(&term::line(&piece.text), at > 0, at < last),
    };
    pieces.iter().enumerate().map(one).collect()
}

/// A run that both have, without what is far from anything that differs.
fn shortened(text: &str, before: bool, after: bool) -> String {
    let length = text.chars().count();
    let (head, tail) = (if before { CONTEXT } else { 0 }, if after { CONTEXT } else { 0 });
    if length <= head + tail + 10 {
        return text.to_owned();
    }
    let begin: String = text.chars().take(head).collect();
    let end: String = text.chars().skip(length - tail).collect();
    format!("{begin}…{end}")
}

/// Prints text with its runs coloured, or between marks where there are no colours.
fn lines(marked: &str, columns: usize, screen: Screen, out: &mut dyn Write) -> io::Result<()> {
    let paint = screen.paint;
    let marked = if paint.on {
        marked.to_owned()
    } else {
        let mut plain = String::with_capacity(marked.len());
        let mut open = END;
        for c in marked.chars() {
            match (c, open) {
                (REMOVED, _) => plain.push_str("[-"),
                (ADDED, _) => plain.push_str("{+"),
                (END, REMOVED) => plain.push_str("-]"),
                (END, _) => plain.push_str("+}"),
                _ => plain.push(c),
            }
            if matches!(c, REMOVED | ADDED | END) {
                open = c;
            }
        }
        plain
    };
    let mut mark = END;
    for line in term::wrap(&marked, columns.saturating_sub(4)) {
        let (mut shown, mut piece) = ("    ".to_owned(), String::new());
        let mut say = |piece: &mut String, mark: char| {
            shown.push_str(&match mark {
                REMOVED => paint.bad(piece),
                ADDED => paint.good(piece),
                _ => piece.clone(),
            });
            piece.clear();
        };
        for c in line.chars() {
            if matches!(c, REMOVED | ADDED | END) {
                say(&mut piece, mark);
                mark = c;
            } else {
                piece.push(c);
            }
        }
        say(&mut piece, mark);
        writeln!(out, "{}", shown.trim_end())?;
    }
    Ok(())
}
