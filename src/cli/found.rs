//! How results of a search look.

use std::io::{self, Write};

use super::render::Screen;
use super::term::{self, Paint};
use crate::app::{Found, Hit, Indexed, Met, Snippet, Standing};

/// Marks the beginning and the end of a place while lines are broken: no text that is shown has these.
const OPEN: char = '\u{1}';
const CLOSE: char = '\u{2}';

/// Prints results, and what is to be known about them.
pub fn results(found: &Found, indexed: &Indexed, screen: Screen, out: &mut dyn Write) -> io::Result<()> {
    for hit in &found.results {
        result(hit, screen, out)?;
        writeln!(out)?;
    }
    let count = found.results.len() as u64;
    match (count, found.more) {
        (0, _) => writeln!(out, "Nothing found.")?,
        (1, false) => writeln!(out, "{}", screen.paint.faint("1 result"))?,
        (n, false) => writeln!(out, "{}", screen.paint.faint(&format!("{} results", term::count(n))))?,
        (n, true) => {
            let line = format!("the first {}; there are more: --limit shows them", term::count(n));
            writeln!(out, "{}", screen.paint.faint(&line))?;
        }
    }
    if let Some(newest) = found.ranked_newest {
        let line = format!(
            "More texts match than are ranked: these are the best of the newest {}. A rarer word tells more.",
            term::count(u64::from(newest))
        );
        writeln!(out, "{}", screen.paint.odd(&line))?;
    }
    if found.not_indexed > 0 {
        let why = indexed.stopped.as_deref().unwrap_or("they came in meanwhile");
        let line = format!("{} texts are not indexed yet: {}", term::count(found.not_indexed), term::line(why));
        writeln!(out, "{}", screen.paint.odd(&line))?;
    }
    Ok(())
}

fn result(hit: &Hit, screen: Screen, out: &mut dyn Write) -> io::Result<()> {
    let paint = screen.paint;
    let title = hit.title.as_deref().filter(|title| !title.trim().is_empty());
    let title = match title {
        Some(title) => Snippet { text: title.to_owned(), marks: hit.title_marks.clone() },
        None => Snippet { text: hit.url.clone(), marks: Vec::new() },
    };
    lines(&title, screen.columns, 0, paint, &|text| paint.strong(text), out)?;
    let mut about = vec![format!("snapshot {}", hit.snapshot)];
    about.push(match (day(hit.first_seen), day(hit.last_seen)) {
        (first, last) if first == last => format!("seen {first}"),
        (first, last) => format!("seen {first} to {last}"),
    });
    about.extend(hit.published.map(|at| format!("published {}", day(at))));
    about.extend((!hit.authors.is_empty()).then(|| format!("by {}", hit.authors.join(", "))));
    writeln!(out, "  {}", term::line(&hit.url))?;
    writeln!(out, "  {}", paint.faint(&term::cut(&term::line(&about.join(", ")), screen.columns.saturating_sub(2))))?;
    if !hit.outcome.is_content() {
        writeln!(out, "  {}", paint.bad(&format!("{}: {}", hit.outcome, hit.outcome.about())))?;
    }
    match (hit.gone, hit.version) {
        (Some(true), _) => writeln!(out, "  {}", paint.odd("no longer on the page"))?,
        (_, Standing::Former) => writeln!(out, "  {}", paint.faint("an earlier version; the page still says this"))?,
        _ => {}
    }
    if let Some(last) = hit.last_outcome.filter(|last| last.is_absence()) {
        writeln!(out, "  {}", paint.odd(&format!("the page is gone: {last}")))?;
    }
    let place = match (hit.part, &hit.comment) {
        (Met::Comment, Some(of)) => {
            let by = of.author.as_deref().map(|author| format!(" by {author}")).unwrap_or_default();
            let time = of.time.as_deref().map(|time| format!(", {time}")).unwrap_or_default();
            format!("comment {}{by}{time}: ", of.number)
        }
        (Met::Author, _) => "author: ".to_owned(),
        (Met::Around, _) => "around the text: ".to_owned(),
        _ => String::new(),
    };
    let shift = place.chars().count();
    let marks = hit.snippet.marks.iter().map(|(from, to)| (from + shift, to + shift)).collect();
    let snippet = Snippet { text: format!("{place}{}", hit.snippet.text), marks };
    if snippet.text.is_empty() {
        return Ok(());
    }
    lines(&snippet, screen.columns.min(100), 2, paint, &|text| text.to_owned(), out)
}

fn day(at: jiff::Timestamp) -> String {
    at.strftime("%Y-%m-%d").to_string()
}

/// Prints a text with its places coloured, broken into lines.
fn lines(
    snippet: &Snippet,
    columns: usize,
    indent: usize,
    paint: Paint,
    plain: &dyn Fn(&str) -> String,
    out: &mut dyn Write,
) -> io::Result<()> {
    // The text is made harmless piece by piece, so that places stay where they are.
    let mut marked = String::new();
    let mut piece = String::new();
    let mut marks = snippet.marks.iter().peekable();
    let mut until = None;
    for (at, c) in snippet.text.chars().enumerate() {
        let begins = marks.next_if(|mark| mark.0 == at);
        if until == Some(at) || begins.is_some() {
            marked.push_str(&term::line(&std::mem::take(&mut piece)));
        }
        if until == Some(at) {
            marked.push(CLOSE);
            until = None;
        }
        if let Some(mark) = begins {
            marked.push(OPEN);
            until = Some(mark.1);
        }
        piece.push(c);
    }
    marked.push_str(&term::line(&piece));
    let mut inside = false;
    for line in term::wrap(&marked, columns.saturating_sub(indent)) {
        let mut shown = " ".repeat(indent);
        let mut piece = String::new();
        let say = |piece: &mut String, inside: bool, shown: &mut String| {
            shown.push_str(&if inside { paint.found(piece) } else { plain(piece) });
            piece.clear();
        };
        for c in line.chars() {
            if matches!(c, OPEN | CLOSE) {
                say(&mut piece, inside, &mut shown);
                inside = c == OPEN;
            } else {
                piece.push(c);
            }
        }
        say(&mut piece, inside, &mut shown);
        writeln!(out, "{}", shown.trim_end())?;
    }
    Ok(())
}
