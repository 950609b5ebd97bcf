//! What short lines of the page say in words: who wrote it, when, who else had a part, where it is filed.

use super::comments::Found;
use super::content::Shape;
use super::dates;
use super::dom::Dom;
use super::names::Name;
use super::page::Context;
use crate::model::{Credit, When};

/// Longer lines are text.
const MAX_LINE: usize = 240;
/// No more lines of a page are looked at.
const MAX_LINES: usize = 3_000;

/// What the lines say.
#[derive(Default)]
pub(super) struct Lines {
    pub authors: Vec<String>,
    pub credits: Vec<Credit>,
    pub categories: Vec<String>,
    pub tags: Vec<String>,
    /// From a `time` element.
    pub time: Option<When>,
    /// From words.
    pub published: Option<When>,
    pub modified: Option<When>,
}

/// Words before a name that make it the author's.
const BY: [&str; 16] = [
    "by",
    "written by",
    "author",
    "text by",
    "words by",
    "von",
    "autor",
    "par",
    "auteur",
    "por",
    "di",
    "autore",
    "автор",
    "door",
    "yazar",
    "հեղինակ",
];
/// Words before a date of publication.
const POSTED: [&str; 18] = [
    "posted on",
    "posted",
    "published on",
    "published",
    "publication date",
    "first published",
    "date",
    "veröffentlicht am",
    "erschienen am",
    "publié le",
    "publicado el",
    "publicado em",
    "pubblicato il",
    "опубликовано",
    "дата публикации",
    "opublikowano",
    "գրառված է",
    "yayınlanma",
];
/// Words before a date of change.
const UPDATED: [&str; 14] = [
    "updated on",
    "updated",
    "last updated",
    "last modified",
    "modified",
    "aktualisiert am",
    "aktualisiert",
    "zuletzt aktualisiert",
    "mis à jour le",
    "actualizado el",
    "actualizado",
    "обновлено",
    "güncelleme",
    "aggiornato il",
];
/// Roles of credits.
const ROLES: [&str; 34] = [
    "video",
    "videos",
    "script",
    "photo",
    "photos",
    "photograph",
    "photographs",
    "photography",
    "image",
    "images",
    "illustration",
    "illustrations",
    "camera",
    "music",
    "sound",
    "editing",
    "edited",
    "translation",
    "translated",
    "produced",
    "directed",
    "narrated",
    "narration",
    "reporting",
    "research",
    "graphics",
    "design",
    "foto",
    "fotos",
    "fotografie",
    "übersetzung",
    "фото",
    "видео",
    "перевод",
];

/// Reads the lines of a page outside its comments.
pub(super) fn read(dom: &Dom<'_>, shape: &Shape, comments: &Found, context: &Context<'_>) -> Lines {
    let mut lines = Lines::default();
    marked(dom, shape, comments, context, &mut lines);
    let in_comments = |n: usize| starts(&comments.sections, n) || starts(&comments.taken, n);
    let list = dom.line_beginnings(dom.range(dom.body.min(dom.nodes.len() - 1)), MAX_LINE + 1, |n| {
        in_comments(n) || matches!(dom.nodes[n].name, Name::Nav | Name::Aside) || dom.nodes[n].hints.ad()
    });
    for line in list.iter().take(MAX_LINES).filter(|l| l.text.len() <= MAX_LINE) {
        said(&line.text, context, &mut lines);
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
    let mut ranked: Vec<(u8, usize)> = Vec::new();
    let root = shape.root.map(|r| dom.range(r));
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
            Name::A if rel.split(' ').any(|r| r == "author") && ink > 0 => ranked.push((3, at)),
            Name::A if rel.contains("tag") && ink > 0 && ink < 80 => {
                let text = dom.text(at, 120);
                let known = if rel.contains("category") { &mut lines.categories } else { &mut lines.tags };
                if !known.contains(&text) && known.len() < 100 {
                    known.push(text);
                }
            }
            Name::Time if lines.time.is_none() && !noisy(dom, at) => {
                let near = root.as_ref().is_none_or(|r| at < r.end);
                if let Some(stated) = dom.attr(at, "datetime").filter(|_| near)
                    && let Some(mut when) = dates::when(stated, "time", context.month_first)
                {
                    let shown = dom.text(at, 200);
                    if !shown.is_empty() {
                        when.raw = shown;
                    }
                    lines.time = Some(when);
                }
            }
            _ => {}
        }
        if node.hints.byline() && (1..120).contains(&ink) && !noisy(dom, at) {
            let prop = dom.attr(at, "itemprop");
            let class = dom.attr(at, "class").unwrap_or("").to_ascii_lowercase();
            let named = class.split_ascii_whitespace().any(|c| {
                matches!(
                    c,
                    "fn" | "author"
                        | "author-name"
                        | "byline"
                        | "by-author"
                        | "entry-author"
                        | "post-author"
                        | "article-author"
                        | "byline-name"
                        | "author__name"
                        | "p-author"
                        | "authorname"
                        | "article__author"
                        | "byline__name"
                )
            });
            match (prop, named) {
                (Some("author" | "name"), _) => ranked.push((3, at)),
                (_, true) => ranked.push((2, at)),
                _ => {}
            }
        }
    }
    let best = ranked.iter().map(|(rank, _)| *rank).max().unwrap_or(0);
    for (_, at) in ranked.iter().filter(|(rank, _)| *rank == best).take(8) {
        for name in people(&dom.text(*at, 200)) {
            if !lines.authors.contains(&name) && lines.authors.len() < 10 {
                lines.authors.push(name);
            }
        }
    }
}

/// Inside navigation, sidebars, lists of related pages.
fn noisy(dom: &Dom<'_>, at: usize) -> bool {
    dom.ancestors(at).any(|a| {
        let node = &dom.nodes[a];
        matches!(node.name, Name::Nav | Name::Aside)
            || (node.hints.noise() && !node.hints.content() && dom.ink(a) * 2 < dom.ink(dom.body))
    })
}

/// Splits `By Anna Ani and Bert Bo` into names; what is no name gives nothing.
pub(super) fn people(text: &str) -> Vec<String> {
    let mut text = text.trim().trim_start_matches([':', '-', '–', '—', '|', '•', '/']).trim();
    for word in BY {
        if let Some(rest) = after_word(text, word) {
            text = rest.trim_start_matches([':', '՝', ' ']);
            break;
        }
    }
    let text = text.split(['|', '•', '·', '/', '(', '\n']).next().unwrap_or("");
    text.replace(" and ", ";")
        .replace(" und ", ";")
        .replace(" et ", ";")
        .replace(" & ", ";")
        .split([';', ','])
        .map(|n| n.trim().trim_matches(['.', ':', '-', '–']).trim().to_owned())
        .filter(|n| is_name(n))
        .take(10)
        .collect()
}

/// Could be a person's name: few words, letters, no label.
pub(super) fn is_name(name: &str) -> bool {
    let words = name.split_whitespace().count();
    let lower = name.to_lowercase();
    (2..=80).contains(&name.len())
        && (1..=6).contains(&words)
        && name.chars().any(char::is_alphabetic)
        && name.chars().filter(|c| c.is_numeric()).count() <= 2
        && !name.contains(['@', '{', '<', '=', '?', '!', '#'])
        && !lower.starts_with("http")
        && !lower.starts_with("www.")
        && !matches!(
            lower.as_str(),
            "admin"
                | "administrator"
                | "editor"
                | "editorial"
                | "staff"
                | "author"
                | "by"
                | "comments"
                | "share"
                | "follow"
                | "posted"
                | "in"
                | "on"
                | "guest"
                | "redaktion"
                | "unknown"
                | "anonymous"
                | "user"
                | "webmaster"
                | "published"
                | "updated"
                | "about the author"
                | "read more"
                | "subscribe"
        )
}

/// What follows a word at the beginning of a text, in any case; the word must end there.
fn after_word<'a>(text: &'a str, word: &str) -> Option<&'a str> {
    // Most texts part from most words at the first letter.
    let (first, wanted) = (text.as_bytes().first()?, word.as_bytes().first()?);
    if first.is_ascii() && !first.eq_ignore_ascii_case(wanted) {
        return None;
    }
    let mut rest = text.chars();
    for w in word.chars() {
        let c = rest.next()?;
        if c != w && !c.to_lowercase().eq(w.to_lowercase()) {
            return None;
        }
    }
    let rest = rest.as_str();
    rest.chars().next().is_none_or(|c| !c.is_alphanumeric()).then_some(rest)
}

/// Reads one short line.
fn said(line: &str, context: &Context<'_>, lines: &mut Lines) {
    credits(line, &mut lines.credits);
    filed(line, lines);
    let changed = UPDATED.iter().find_map(|w| after_word(line, w));
    if let Some(rest) = changed {
        if lines.modified.is_none() {
            lines.modified = dates::when(rest, "text", context.month_first);
        }
        return;
    }
    let by_line = BY.iter().take(10).find_map(|w| after_word(line, w));
    let posted = POSTED.iter().find_map(|w| after_word(line, w));
    if let Some(rest) = posted {
        if let Some(found) = dates::find(rest.trim_start_matches([':', ' ']), context.month_first) {
            let rest = rest.trim_start_matches([':', ' ']);
            if lines.published.is_none() {
                lines.published = dates::when(rest, "text", context.month_first).map(|mut when| {
                    when.raw = rest.get(found.span.0..found.span.1).unwrap_or(rest).to_owned();
                    when
                });
            }
            let after = rest.get(found.span.1..).unwrap_or("").trim_start_matches([',', '|', '-', '–', '•', ' ']);
            let name = ["by", "von", "par", "por", "автор"].iter().find_map(|w| after_word(after, w));
            if let Some(name) = name.filter(|_| lines.authors.is_empty()) {
                let name = name.split(" in ").next().unwrap_or(name);
                lines.authors = people(name);
            }
        } else if let Some(name) = after_word(rest.trim_start(), "by").filter(|_| lines.authors.is_empty()) {
            lines.authors = people(name.split(" on ").next().unwrap_or(name));
        }
        return;
    }
    if let Some(rest) = by_line.filter(|_| line.len() < 160) {
        let found = dates::find(rest, context.month_first);
        if let Some(found) = &found
            && lines.published.is_none()
        {
            let raw = rest.get(found.span.0..found.span.1).unwrap_or(rest);
            lines.published = dates::when(raw, "text", context.month_first);
        }
        if lines.authors.is_empty() {
            let name = found.map_or(rest, |f| rest.get(..f.span.0).unwrap_or(rest));
            let capital = name.trim().chars().next().is_some_and(|c| c.is_uppercase() || !c.is_lowercase());
            if capital && name.split_whitespace().count() <= 8 {
                lines.authors = people(name.trim().trim_end_matches(" on").trim_end_matches(" am"));
            }
        }
        return;
    }
    // A line that is a date and nothing else.
    if lines.published.is_none()
        && line.len() < 80
        && let Some(found) = dates::find(line, context.month_first)
    {
        let (from, to) = found.span;
        let around = line.len() - (to.min(line.len()) - from.min(line.len()));
        if around <= 14 && from <= 14 {
            lines.published = dates::when(line, "text", context.month_first);
        }
    }
}

/// `Video by Anna / Script by Bert`, `Photo: Clara`.
fn credits(line: &str, credits: &mut Vec<Credit>) {
    if line.len() > 160 || credits.len() >= 50 {
        return;
    }
    for part in line.split(['/', '|', ';', '•', '·']) {
        let part = part.trim().trim_matches(['(', ')', '[', ']']).trim();
        let Some((role, rest)) = ROLES.iter().find_map(|role| Some((part.get(..role.len())?, after_word(part, role)?)))
        else {
            continue;
        };
        let rest = rest.trim_start();
        let name = ["by", "von", "par", "courtesy of"]
            .iter()
            .find_map(|w| after_word(rest, w))
            .or_else(|| rest.strip_prefix([':', '՝']));
        let Some(name) = name.map(|n| n.trim().trim_matches(['.', ',', ')', ':']).trim()) else {
            continue;
        };
        let capital = name.chars().next().is_some_and(|c| !c.is_lowercase());
        if capital && is_name(name) && !credits.iter().any(|c| c.name == name && c.role == role) {
            credits.push(Credit { role: role.to_owned(), name: name.to_owned() });
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
            let stated = rest.strip_prefix(':').or_else(|| rest.strip_prefix("with")).unwrap_or(rest);
            if stated.len() > 160 || (stated.len() == rest.len() && !part.to_lowercase().starts_with(['p', 'f', 't'])) {
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
