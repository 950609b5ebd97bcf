//! What short lines of the page say in words: who wrote it, when, who else had a part, where it is filed.

use super::authors::{self, Named};
use super::comments::Found;
use super::content::{self, Shape};
use super::dates;
use super::dom::{Dom, Line};
use super::letters::lower;
use super::names::Name;
use super::page::Context;
use super::words::{Words, after_word, words};
use super::{credits, people};
use crate::model::{Credit, Precision, When};

/// Longer lines are text.
const MAX_LINE: usize = 240;
/// No more lines of a page are looked at.
const MAX_LINES: usize = 3_000;
/// No more `time` elements are looked at.
const MAX_TIMES: usize = 300;

/// What the lines say.
#[derive(Default)]
pub(super) struct Lines {
    /// Those who may be the authors.
    pub named: Vec<Named>,
    pub credits: Vec<Credit>,
    pub categories: Vec<String>,
    pub tags: Vec<String>,
    /// Those that may be the date of publication.
    pub dates: Vec<Dated>,
    pub modified: Option<When>,
    /// Of a discussion: the node before which its opening post stands in a form of its own.
    pub apart: Option<usize>,
}

/// A date that is shown, and how much speaks for it.
#[derive(Clone, Debug)]
pub(super) struct Dated {
    pub when: When,
    pub score: i32,
    /// The node.
    pub at: usize,
}

/// Words before a date of publication.
const POSTED: Words = words!(
    "posted on|posted|published on|published|publication date|first published|date|veröffentlicht am|erschienen am|\
    publié le|publicado el|publicado em|pubblicato il|опубликовано|дата публикации|opublikowano|գրառված է|yayınlanma"
);
/// Words before a date of change.
const UPDATED: Words = words!(
    "updated on|updated|last updated|last modified|modified|aktualisiert am|aktualisiert|zuletzt aktualisiert|\
    stand:|mis à jour le|actualizado el|actualizado|обновлено|güncelleme|aggiornato il"
);

/// Reads the lines of a page outside its comments.
pub(super) fn read(dom: &Dom<'_>, shape: &Shape, comments: &Found, context: &Context<'_>) -> Lines {
    let mut lines = Lines::default();
    if comments.thread && shape.root.is_some() {
        lines.apart = comments.taken.first().map(|r| r.start);
    }
    marked(dom, shape, comments, context, &mut lines);
    lines.named = authors::marked(dom, shape, comments, context.ways);
    let title = content::title_at(dom, shape);
    let in_comments = |n: usize| starts(&comments.sections, n) || starts(&comments.taken, n);
    let list = dom.line_beginnings(dom.range(dom.body.min(dom.nodes.len() - 1)), MAX_LINE + 1, |n| {
        in_comments(n) || matches!(dom.nodes[n].name, Name::Nav | Name::Aside) || dom.nodes[n].hints.ad()
    });
    for line in list.iter().take(MAX_LINES) {
        let near = title.is_some_and(|t| dom.ink_of(t.min(line.from), t.max(line.from)) < 700);
        if near && line.text.len() > 100 {
            opening(&line.text, line.from, context, &mut lines);
        }
        if line.text.len() > MAX_LINE {
            continue;
        }
        said(line, near, context, &mut lines);
    }
    lines
}

fn starts(ranges: &[std::ops::Range<usize>], at: usize) -> bool {
    ranges.binary_search_by_key(&at, |r| r.start).is_ok()
}

fn inside(ranges: &[std::ops::Range<usize>], at: usize) -> bool {
    let n = ranges.partition_point(|r| r.end <= at);
    ranges.get(n).is_some_and(|r| r.start <= at)
}

/// Elements that are marked as author, date, category or tag.
fn marked(dom: &Dom<'_>, shape: &Shape, comments: &Found, context: &Context<'_>, lines: &mut Lines) {
    let root = shape.root.map(|r| dom.range(r));
    let title = content::title_at(dom, shape);
    let mut times = 0;
    for at in dom.body..dom.nodes.len() {
        let node = &dom.nodes[at];
        let Some(_) = node.element else {
            continue;
        };
        let worth = matches!(node.name, Name::A | Name::Time) || node.hints.byline() || node.hints.terms();
        if !worth || inside(&comments.sections, at) || inside(&comments.taken, at) {
            continue;
        }
        let rel = dom.attr(at, "rel").unwrap_or("").to_ascii_lowercase();
        let ink = dom.ink(at);
        match node.name {
            Name::A if rel.contains("tag") && ink > 0 && ink < 80 => {
                let text = dom.text(at, 120);
                // Block themes say it on the element around the links.
                let around = dom.attr(node.parent, "class").unwrap_or("");
                let filed =
                    rel.contains("category") || around.split_ascii_whitespace().any(|t| t == "taxonomy-category");
                let known = if filed { &mut lines.categories } else { &mut lines.tags };
                if !known.contains(&text) && known.len() < 100 {
                    known.push(text);
                }
            }
            Name::Time if times < MAX_TIMES => {
                times += 1;
                time(dom, at, title, root.as_ref(), context, lines);
            }
            _ => {}
        }
        if node.hints.byline() && (4..60).contains(&ink) && times < MAX_TIMES && says_date(dom, at) && !noisy(dom, at) {
            times += 1;
            let near = title.is_some_and(|t| dom.ink_of(t.min(at), t.max(at)) < 700);
            lines.dated(&dom.text(at, 120), 46, near, at, context);
        }
    }
}

/// Calls itself a date, and not that of a change.
fn says_date(dom: &Dom<'_>, at: usize) -> bool {
    let class = dom.attr(at, "class").unwrap_or("").to_ascii_lowercase();
    let words = ["date", "publish", "posted", "timestamp", "datum", "fecha"];
    words.iter().any(|w| class.contains(w)) && !class.contains("update") && !class.contains("modif") && {
        let text = lower(&dom.text(at, 120));
        !["updated", "modified", "aktualisiert", "stand"].iter().any(|w| text.contains(w))
    }
}

/// A `time` element: what it is of is told by its place and by the words around it.
fn time(
    dom: &Dom<'_>,
    at: usize,
    title: Option<usize>,
    root: Option<&std::ops::Range<usize>>,
    context: &Context<'_>,
    lines: &mut Lines,
) {
    let shown = dom.text(at, 200);
    let Some(mut when) = dom.attr(at, "datetime").and_then(|t| dates::when(t, "time", context.ways)) else {
        lines.dated(&shown, 50, false, at, context);
        return;
    };
    if !shown.is_empty() && dates::find(&shown, context.ways).is_some() {
        when.raw = shown;
    }
    let said = |i: usize| format!("{} {}", dom.attr(i, "class").unwrap_or(""), dom.attr(i, "itemprop").unwrap_or(""));
    let mut words = format!("{} {}", said(at), said(dom.nodes[at].parent)).to_lowercase();
    let from = at.saturating_sub(5);
    words.extend(
        dom.nodes[from..at].iter().map(|n| n.text).chain([" "]).flat_map(str::chars).flat_map(char::to_lowercase),
    );
    if ["updated", "modified", "aktualisiert", "обновлено", "mis à jour", "actualizado", "aggiornato"]
        .iter()
        .any(|w| words.contains(w))
        && !words.contains("published")
    {
        if lines.modified.is_none() {
            lines.modified = Some(when);
        }
        return;
    }
    let near = title.is_some_and(|t| dom.ink_of(t.min(at), t.max(at)) < 700);
    let mut score = if near { 72 } else { 52 };
    score += if words.contains("publish") || words.contains("pubdate") || words.contains("entry-date") { 6 } else { 0 };
    if !near && root.is_some_and(|r| at >= r.end) {
        score -= 12;
    }
    if noisy(dom, at) {
        score -= 30;
    }
    lines.dates.push(Dated { when, score, at });
}

/// Inside navigation, sidebars, lists of related pages.
fn noisy(dom: &Dom<'_>, at: usize) -> bool {
    dom.ancestors(at).any(|a| {
        let node = &dom.nodes[a];
        matches!(node.name, Name::Nav | Name::Aside)
            || (node.hints.noise() && !node.hints.content() && dom.ink(a) * 2 < dom.ink(dom.body))
    })
}

/// A text that begins with its date, as those of agencies do: `29.11.2022 – …`, `(18.01.2018) …`.
fn opening(text: &str, at: usize, context: &Context<'_>, lines: &mut Lines) {
    let head = text.get(..text.floor_char_boundary(70)).unwrap_or("");
    let Some(found) = dates::find(head, context.ways).filter(|f| f.precision != Precision::Month) else {
        return;
    };
    let before = head.get(..found.span.0).unwrap_or("").trim();
    let after = head.get(found.span.1.min(head.len())..).unwrap_or("").trim_start();
    let place = before.is_empty()
        || before == "("
        || (before.len() < 30 && before.ends_with([',', '(']) && before.chars().next().is_some_and(char::is_uppercase));
    if place && after.starts_with(['–', '-', '—', ')', '.', ':', '|', '/']) {
        lines.dated(head, 26, true, at, context);
    }
}

/// Reads one short line; `near`: it stands by the title.
fn said(line: &Line, near: bool, context: &Context<'_>, lines: &mut Lines) {
    let (text, at) = (line.text.trim_start_matches(['|', '-', '–', '—', '•', '·', ' ']), line.from);
    credits::read(text, &mut lines.credits);
    filed(text, lines);
    let changed = UPDATED.after(text).map(|(_, rest)| rest);
    if let Some(rest) = changed {
        // "Updated … , first published …" tells both.
        let folded = lower(rest);
        let first = POSTED.iter().filter(|w| w.len() > 5).find_map(|w| folded.find(w).map(|n| n + w.len()));
        if let Some(rest) = first.and_then(|n| rest.get(n..)) {
            lines.dated(rest, 60, near, at, context);
        }
        if lines.modified.is_none() {
            lines.modified = dates::when(rest, "text", context.ways);
        }
        return;
    }
    let posted = POSTED.after_longest(text);
    if let Some(rest) = posted {
        let rest = rest.trim_start_matches([':', ' ']);
        let days = dates::find(rest, context.ways);
        lines.dated(rest, if text.len() < 100 { 60 } else { 30 }, near, at, context);
        let after = days.map_or(rest, |found| rest.get(found.span.1..).unwrap_or(""));
        let after = after.trim_start_matches([',', '|', '-', '–', '•', '·', ' ']);
        if let Some(name) = ["by", "von", "par", "por", "автор"].iter().find_map(|w| after_word(after, w)) {
            let name = name.split(" in ").next().unwrap_or(name);
            lines.names(people::people(name.split(" on ").next().unwrap_or(name)), 46, near, at);
        }
        return;
    }
    let by_line = people::BY.after_longest(text);
    if let Some(rest) = by_line.filter(|_| text.len() < 160) {
        let found = dates::find(rest, context.ways);
        lines.dated(rest, 50, near, at, context);
        let name = found.as_ref().map_or(rest, |f| rest.get(..f.span.0).unwrap_or(rest)).trim();
        let name = name.trim_start_matches([':', '՝', ' ']);
        let capital = name.chars().next().is_some_and(|c| c.is_uppercase() || !c.is_lowercase());
        // A sentence may begin so too.
        let sentence = name.ends_with(['.', '?', '!', ':']) && name.len() > 30;
        if capital && !sentence && name.split_whitespace().count() <= 14 {
            lines.names(people::people_of_line(name, context.ways), 44, near, at);
        }
        return;
    }
    let Some(found) = dates::find(text, context.ways).filter(|_| text.len() < 140) else {
        return;
    };
    let (from, to) = (found.span.0.min(text.len()), found.span.1.min(text.len()));
    let (before, after) = (text.get(..from).unwrap_or(""), text.get(to..).unwrap_or(""));
    let around = before.chars().count() + after.chars().count();
    let worded = ["updated", "modified", "aktualisiert", "stand", "ends", "deadline", "due"];
    let folded = lower(before);
    if worded.iter().any(|w| folded.contains(w)) {
        return;
    }
    let told = ["veröffentlicht", "published", "posted", "publié", "publicado", "pubblicato", "опубликован", "نشر"];
    if told.iter().any(|w| folded.contains(w)) || told.iter().any(|w| lower(after).contains(w)) {
        lines.dated(text, 42, near, at, context);
        return;
    }
    // A line that is a date and nothing else, or little else by the title.
    if around <= 14 && before.len() <= 14 {
        lines.dated(text, 44, near, at, context);
    } else if near && around < 70 {
        lines.dated(text, 26, near, at, context);
    }
    if near {
        let after = after.trim_start_matches([',', '|', '-', '–', '—', '•', '·', ' ']);
        let name = ["by", "von", "par", "por", "автор"].iter().find_map(|w| after_word(after, w));
        match name {
            Some(name) => lines.names(people::people(name.split(" in ").next().unwrap_or(name)), 42, near, at),
            None => {
                let names = people::people_of_line(text, context.ways);
                if names.iter().all(|n| people::is_person(n)) {
                    lines.names(names, 16, near, at);
                }
            }
        }
    }
}

impl Lines {
    fn names(&mut self, names: Vec<String>, far: i32, near: bool, at: usize) {
        let person = names.iter().all(|n| people::is_person(n));
        let score = if near { far + 26 } else { far } - if person { 0 } else { 25 };
        if !names.is_empty() && self.named.len() < 500 {
            self.named.push(Named { names, score, rule: "words", at, end: at + 1 });
        }
    }

    fn dated(&mut self, text: &str, far: i32, near: bool, at: usize, context: &Context<'_>) {
        let when = dates::when(text, "text", context.ways)
            .filter(|w| !matches!(w.precision, Precision::Year | Precision::Month));
        if let Some(when) = when.filter(|_| self.dates.len() < 500) {
            // Of two that stand side by side the one that names its day for sure.
            let doubt = if when.source.ends_with("-hijri") { 4 } else { 0 };
            let score = if near { far + 20 } else { far } - doubt;
            self.dates.push(Dated { when, score, at });
        }
    }
}

/// `Posted in Politics, Culture | Tagged …`, `Category: News`.
fn filed(line: &str, lines: &mut Lines) {
    for part in line.split('|') {
        let part = part.trim();
        let categories = ["posted in", "filed under", "category", "categories", "kategorie", "catégorie", "рубрика"];
        let tags = ["tagged", "tags", "schlagwörter", "étiquettes", "теги", "метки"];
        for (words, into) in [(&categories[..], &mut lines.categories), (&tags[..], &mut lines.tags)] {
            let Some(rest) = words.iter().find_map(|w| after_word(part, w)) else {
                continue;
            };
            let rest = rest.trim_start();
            let stated = rest
                .strip_prefix(':')
                .or_else(|| rest.strip_prefix("with"))
                .or_else(|| rest.strip_prefix("in "))
                .unwrap_or(rest);
            if stated.len() > 160 || (stated.len() == rest.len() && !lower(part).starts_with(['p', 'f', 't'])) {
                continue;
            }
            for name in stated.split([',', ';']).map(str::trim).filter(|n| !n.is_empty() && n.len() < 60).take(20) {
                if into.len() < 100 && !into.iter().any(|known| known == name) {
                    into.push(name.to_owned());
                }
            }
        }
    }
}
