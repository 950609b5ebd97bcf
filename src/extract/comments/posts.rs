//! The fields of posts that were found by structure: the places of name and text are those in which all
//! posts of the group have something like a name and a text.

use std::collections::{HashMap, HashSet};
use std::ops::Range;

use super::super::address;
use super::super::dates;
use super::super::dom::Dom;
use super::super::letters::{is_alphanumeric, is_numeric, lower};
use super::super::names::Name;
use super::super::page::Context;
use super::super::words::{Words, words};
use super::groups::Item;
use super::{fields, marks};
use crate::model::{Comment, Precision, When};

/// Longer texts are no names.
const MAX_NAME: u32 = 60;
const MAX_TEXT: usize = 200_000;
/// So many posts are enough to learn the places.
const SAMPLE: usize = 60;

/// Longer lines are no buttons and no labels, however often they stand there.
const MAX_CHROME: usize = 60;

/// A place in the posts, over the group.
#[derive(Default)]
struct Place {
    posts: usize,
    last: usize,
    texts: HashSet<String>,
    score: f32,
    ink: u64,
    first: usize,
}

impl Place {
    /// Counts a post that has an element here; false: this post was counted already.
    fn meets(&mut self, post: usize, at: usize) -> bool {
        if self.posts > 0 && self.last == post {
            return false;
        }
        if self.posts == 0 {
            self.first = at;
        }
        self.last = post;
        self.posts += 1;
        true
    }
}

/// Reads one comment for each item.
pub(super) fn read(dom: &Dom<'_>, items: &[Item], context: &Context<'_>) -> Vec<Comment> {
    let author = author_place(dom, items);
    let body = body_place(dom, items, author);
    let chrome = repeated_lines(dom, items);
    items.iter().map(|item| one(dom, item, author, body, &chrome, context)).collect()
}

fn one(
    dom: &Dom<'_>,
    item: &Item,
    author: Option<u64>,
    body: Option<u64>,
    chrome: &HashSet<String>,
    context: &Context<'_>,
) -> Comment {
    let within = item.range.start.saturating_sub(1);
    let at = |place: Option<u64>| {
        let place = place?;
        item.range.clone().find(|i| {
            let shown = dom.nodes[*i].element.is_some() && dom.ink(*i) > 0;
            shown && (marks::place(dom, *i, within) == place || kind(dom, *i) == place)
        })
    };
    let author_at = at(author);
    let body_at = at(body);
    let mut comment = Comment::default();
    if let Some(n) = author_at {
        comment.author = shown_name(dom, n, context);
        let link = dom
            .range(n)
            .chain(dom.ancestors(n).take(2).filter(|p| *p > item.range.start))
            .find(|i| dom.nodes[*i].name == Name::A);
        comment.author_url =
            link.and_then(|i| dom.attr(i, "href")).and_then(|href| address::absolute(href, context.base));
    }
    comment.time = item.mark.and_then(|mark| time(dom, item, mark, context));
    comment.id = item
        .nodes()
        .take(40)
        .find_map(|i| dom.attr(i, "id").filter(|id| id.bytes().any(|b| b.is_ascii_digit())))
        .map(|id| id.chars().take(200).collect());
    comment.permalink = permalink(dom, item, context);
    let skip = |n: usize| {
        let node = &dom.nodes[n];
        item.hole_at(n)
            || is_remarks(dom, n, item)
            || is_preview(dom, n)
            || fields::is_button(dom, n)
            || node.name == Name::Button
            || is_signature(dom, n)
            || (body_at.is_none()
                && (Some(n) == author_at || Some(n) == item.mark || head_line(dom, n, item, author_at)))
    };
    let range = body_at.map_or(item.range.clone(), |b| whole_body(dom, b, item, author_at));
    let mut text = String::new();
    for line in dom.line_list(range, skip) {
        let repeated = line.text.len() <= MAX_CHROME && !chrome.is_empty() && chrome.contains(&bare(&line.text));
        if repeated || text.len() + line.text.len() > MAX_TEXT {
            continue;
        }
        if !text.is_empty() {
            text.push('\n');
        }
        text.push_str(&line.text);
    }
    comment.text = without_name(text, comment.author.as_deref());
    comment
}

/// The first link in a post that names a place by a number.
pub(super) fn permalink(dom: &Dom<'_>, item: &Item, context: &Context<'_>) -> Option<String> {
    item.nodes()
        .filter(|i| dom.nodes[*i].name == Name::A)
        .filter_map(|i| dom.attr(i, "href"))
        .find(|h| h.split_once('#').is_some_and(|(_, f)| f.bytes().any(|b| b.is_ascii_digit())))
        .and_then(|href| address::with_fragment(href, context.base))
}

/// The name over a text is not of it.
pub(super) fn without_name(text: String, author: Option<&str>) -> String {
    match text.split_once('\n') {
        Some((first, rest)) if Some(first) == author => rest.to_owned(),
        _ => text,
    }
}

/// A place that is one paragraph stands for all that follow it: the element around them, where that holds
/// neither name nor date, or else what comes behind it there.
fn whole_body(dom: &Dom<'_>, body: usize, item: &Item, author: Option<usize>) -> Range<usize> {
    let mut at = body;
    for _ in 0..2 {
        let node = &dom.nodes[at];
        if !matches!(node.name, Name::P | Name::Li | Name::Span | Name::Blockquote | Name::Ul | Name::Ol) {
            break;
        }
        let up = node.parent;
        let range = dom.range(up);
        let holds = |x: Option<usize>| x.is_some_and(|x| range.contains(&x));
        if up <= item.range.start || range.end > item.range.end {
            let behind = matches!(node.name, Name::P) && range.end.min(item.range.end) > at;
            return if behind { at..range.end.min(item.range.end) } else { dom.range(at) };
        }
        if holds(item.mark) || holds(author) {
            let clear = |x: Option<usize>| x.is_none_or(|x| x < at || !range.contains(&x));
            let behind = matches!(node.name, Name::P) && clear(item.mark) && clear(author);
            return if behind { at..range.end } else { dom.range(at) };
        }
        at = up;
    }
    dom.range(at)
}

/// A section of remarks under a post: a discussion of its own.
fn is_remarks(dom: &Dom<'_>, at: usize, item: &Item) -> bool {
    at > item.range.start && dom.nodes[at].hints.comments()
}

/// A preview of a linked page, not the words of the post.
fn is_preview(dom: &Dom<'_>, at: usize) -> bool {
    dom.attr(at, "class").is_some_and(|c| {
        c.split_ascii_whitespace()
            .any(|t| matches!(t, "onebox" | "link-preview" | "linkpreview" | "js-unfurl" | "embedly-card"))
    })
}

/// The time of day may stand beside the day, in an element of its own.
fn time(dom: &Dom<'_>, item: &Item, mark: usize, context: &Context<'_>) -> Option<When> {
    let time = fields::time(dom, mark, context);
    if time.as_ref().is_some_and(|t| t.at.is_some() && t.precision != Precision::Day) {
        return time;
    }
    let around = dom.ancestors(mark).take(2).take_while(|a| *a >= item.range.start && dom.ink(*a) < 60);
    let finer = std::iter::once(mark).chain(around).find_map(|at| {
        let texts: Vec<&str> = dom.range(at).map(|i| dom.nodes[i].text).collect();
        let when = dates::when(&texts.join(" "), "text", context.month_first)?;
        matches!(when.precision, Precision::Minute | Precision::Second).then_some(when)
    });
    finer.or(time)
}

fn is_signature(dom: &Dom<'_>, at: usize) -> bool {
    dom.attr(at, "class").is_some_and(|c| {
        c.split_ascii_whitespace().any(|t| {
            let t = t.to_ascii_lowercase();
            t.contains("signature")
                || t == "sig"
                || t.ends_with("-sig")
                || t.contains("lastedit")
                || t.contains("editedby")
                || t == "notice"
        })
    })
}

/// A small part that holds name or date.
fn head_line(dom: &Dom<'_>, n: usize, item: &Item, author: Option<usize>) -> bool {
    let range = dom.range(n);
    n > item.range.start
        && dom.ink(n) < 120
        && (item.mark.is_some_and(|m| range.contains(&m)) || author.is_some_and(|a| range.contains(&a)))
}

fn shown_name(dom: &Dom<'_>, at: usize, context: &Context<'_>) -> Option<String> {
    // Beside the link to a member stand ranks and badges.
    let linked = |i: &usize| {
        let named = dom.nodes[*i].name == Name::A || dom.attr(*i, "itemprop") == Some("name");
        named && (2..dom.ink(at)).contains(&dom.ink(*i))
    };
    let at = dom.range(at).skip(1).find(linked).unwrap_or(at);
    let text = dom.text(at, 240);
    let date = dates::find(&text, context.month_first).filter(|d| d.precision != Precision::Month);
    fields::name(text.get(..date.map_or(text.len(), |d| d.span.0)).unwrap_or(&text))
}

/// Words that stand where names could.
const LABELS: Words = words!(
    "reply|quote|share|like|likes|report|edit|permalink|link|joined|posts|location|member|guest|op|antworten|\
    zitieren|melden|gast|more|follow|flag|delete|save|new|author|says|said|by|posted|senior member|junior member|\
    administrator|moderator|registered|offline|online|staff|répondre|re"
);

fn author_place(dom: &Dom<'_>, items: &[Item]) -> Option<u64> {
    let mut places: HashMap<u64, Place> = HashMap::new();
    let sample = items.len().min(SAMPLE);
    for (number, item) in items.iter().take(SAMPLE).enumerate() {
        let within = item.range.start.saturating_sub(1);
        let mut blind = 0;
        for at in item.nodes().take(3_000) {
            let node = &dom.nodes[at];
            if at < blind || node.element.is_none() {
                continue;
            }
            if node.name.is_unseen() || node.hints.hidden() || is_remarks(dom, at, item) {
                blind = node.end;
                continue;
            }
            // A post that is one short text is not a name.
            let whole = at == item.range.start && node.end >= item.range.end;
            if whole
                || !(1..=MAX_NAME).contains(&dom.ink(at))
                || Some(at) == item.mark
                || node.name == Name::Time
                || node.name == Name::Button
            {
                continue;
            }
            let key = marks::place(dom, at, within);
            let place = places.entry(key).or_default();
            if !place.meets(number, at) {
                continue;
            }
            let text = dom.text(at, 120);
            place.score += name_like(dom, at, item, &text);
            place.texts.insert(lower(&text));
        }
    }
    let mut best: Option<(f32, usize, u64)> = None;
    for (key, place) in &places {
        let cover = place.posts as f32 / sample as f32;
        if cover < 0.5 {
            continue;
        }
        let mut score = place.score / place.posts as f32 + 3.0 * cover;
        let distinct = place.texts.len() as f32 / place.posts as f32;
        score += if place.posts >= 3 && place.texts.len() == 1 { -4.0 } else { 1.5 * distinct.min(0.7) };
        let wins =
            best.is_none_or(|(b, first, _)| score > b + 0.01 || ((score - b).abs() <= 0.01 && place.first < first));
        if wins {
            best = Some((score, place.first, *key));
        }
    }
    best.filter(|(score, ..)| *score >= 4.0).map(|(.., key)| key)
}

/// How much a short text in a post looks like its author.
fn name_like(dom: &Dom<'_>, at: usize, item: &Item, text: &str) -> f32 {
    let mut score: f32 = 0.0;
    let lower = lower(text);
    let bare = lower.trim_matches(|c: char| !is_alphanumeric(c));
    if bare.is_empty() || LABELS.has(bare) || bare.bytes().all(|b| b.is_ascii_digit() || b == b',' || b == b'.') {
        return -6.0;
    }
    if dates::find(text, false).is_some() || dates::is_relative(text) {
        return -3.0;
    }
    let words = text.split_whitespace().count();
    score += if words <= 3 {
        1.0
    } else if words <= 5 {
        0.0
    } else {
        -3.0
    };
    if text.ends_with(['.', '?', '!']) || text.contains(':') {
        score -= 1.0;
    }
    if let Some(class) = dom.attr(at, "class") {
        let class = class.to_ascii_lowercase();
        if ["author", "user", "name", "nick", "poster", "member", "handle", "display", "commenter", "creator"]
            .iter()
            .any(|w| class.contains(w))
        {
            score += 2.0;
        }
        if [
            "title", "rank", "role", "badge", "group", "count", "stat", "date", "time", "location", "reply", "action",
            "quote",
        ]
        .iter()
        .any(|w| class.contains(w))
        {
            score -= 2.5;
        }
    }
    if ["author", "name", "creator"].iter().any(|v| dom.attr(at, "itemprop") == Some(v)) {
        score += 2.5;
    }
    let link =
        if dom.nodes[at].name == Name::A { Some(at) } else { dom.range(at).find(|i| dom.nodes[*i].name == Name::A) };
    if let Some(href) = link.and_then(|l| dom.attr(l, "href")) {
        let href = href.to_ascii_lowercase();
        score += 0.5;
        if ["/user", "member", "profile", "/u/", "/people/", "author", "showuser", "/@", "uid="]
            .iter()
            .any(|w| href.contains(w))
        {
            score += 2.0;
        }
        if href.starts_with('#') || href.contains("reply") || href.contains("quote") || href.contains("report") {
            score -= 2.0;
        }
    }
    if matches!(dom.nodes[at].name, Name::Cite | Name::B) {
        score += 0.7;
    }
    if dom.nodes[at].name.heading().is_some() {
        score += 0.3;
    }
    // The alternative text of the picture beside it says the same.
    let pictured = item.nodes().take(200).any(|i| {
        dom.nodes[i].name == Name::Img
            && dom.attr(i, "alt").is_some_and(|alt| alt.len() >= 3 && alt.to_lowercase().contains(bare))
    });
    if pictured && bare.len() >= 3 {
        score += 1.5;
    }
    // Names stand near the date or the beginning.
    if item.mark.is_some_and(|m| at.abs_diff(m) < 30) || at - item.range.start < 30 {
        score += 0.5;
    }
    score
}

/// The place that holds the text of the posts: most of what is neither name nor date.
fn body_place(dom: &Dom<'_>, items: &[Item], author: Option<u64>) -> Option<u64> {
    let mut places: HashMap<u64, Place> = HashMap::new();
    let sample = items.len().min(SAMPLE);
    let mut whole = 0u64;
    for (number, item) in items.iter().take(SAMPLE).enumerate() {
        let within = item.range.start.saturating_sub(1);
        whole += u64::from(weight(dom, item.range.start, item.range.end));
        let author_at = author.and_then(|a| {
            item.range
                .clone()
                .find(|i| dom.nodes[*i].element.is_some() && dom.ink(*i) > 0 && marks::place(dom, *i, within) == a)
        });
        let mut blind = 0;
        for at in item.nodes().take(5_000) {
            let node = &dom.nodes[at];
            if at < blind || node.element.is_none() {
                continue;
            }
            let remarks = is_remarks(dom, at, item);
            if node.name.is_unseen() || node.hints.hidden() || fields::is_button(dom, at) || remarks {
                blind = node.end;
                continue;
            }
            let ink = dom.ink(at);
            if ink == 0 || !(node.name.is_block() || matches!(node.name, Name::Cell | Name::Span | Name::Other)) {
                continue;
            }
            let range = dom.range(at);
            if item.mark.is_some_and(|m| range.contains(&m)) || author_at.is_some_and(|a| range.contains(&a)) {
                continue;
            }
            // The element in its place, and, if it calls itself a text, of its kind anywhere in the post.
            let score = body_words(dom, at);
            let keys = [Some(marks::place(dom, at, within)), (score > 0.0).then(|| kind(dom, at))];
            for key in keys.into_iter().flatten() {
                let place = places.entry(key).or_default();
                if !place.meets(number, at) {
                    continue;
                }
                if place.posts == 1 {
                    place.score = score;
                }
                place.ink += u64::from(weight(dom, at, node.end));
            }
        }
    }
    let fit = |p: &&Place| p.posts * 10 >= sample * 7;
    let most = places.values().filter(fit).map(|p| p.ink).max()?;
    if most * 100 < whole * 25 {
        return None;
    }
    // Of those that hold nearly as much the one that calls itself a text, or the innermost.
    let score = |p: &Place| p.ink as f32 / most as f32 + p.score;
    places
        .iter()
        .filter(|(_, p)| fit(p) && p.ink * 100 >= most * if p.score >= 0.4 { 25 } else { 60 })
        .max_by(|a, b| score(a.1).total_cmp(&score(b.1)).then(a.1.first.cmp(&b.1.first)))
        .map(|(key, _)| *key)
}

/// The kind of an element, wherever it stands.
fn kind(dom: &Dom<'_>, at: usize) -> u64 {
    marks::mix(marks::shape(dom, at), 0x9e37_79b9_7f4a_7c15)
}

/// Sentences count in full, labels hardly: what is said of a member may be longer than the post.
fn weight(dom: &Dom<'_>, from: usize, to: usize) -> u32 {
    let prose = dom.prose_of(from, to);
    prose + (dom.ink_of(from, to) - prose) / 8
}

fn body_words(dom: &Dom<'_>, at: usize) -> f32 {
    let class = dom.attr(at, "class").unwrap_or("").to_ascii_lowercase();
    let prop = matches!(dom.attr(at, "itemprop"), Some("text" | "articleBody" | "commentText" | "description"));
    let words = ["content", "text", "body", "message", "markdown", "cooked", "bbwrapper", "usertext", "copy", "prose"];
    let named = words.iter().any(|w| class.contains(w));
    (if prop { 0.4 } else { 0.0 }) + (if named { 0.25 } else { 0.0 })
}

/// Short lines that stand in most posts say nothing of any of them.
fn repeated_lines(dom: &Dom<'_>, items: &[Item]) -> HashSet<String> {
    let mut counts: HashMap<String, (usize, usize)> = HashMap::new();
    let sample = items.len().min(SAMPLE);
    if sample < 3 {
        return HashSet::new();
    }
    for (number, item) in items.iter().take(SAMPLE).enumerate() {
        for line in dom.line_beginnings(item.range.clone(), MAX_CHROME + 1, |n| item.hole_at(n)) {
            if line.text.len() > MAX_CHROME {
                continue;
            }
            let entry = counts.entry(bare(&line.text)).or_insert((0, usize::MAX));
            if entry.1 != number {
                *entry = (entry.0 + 1, number);
            }
        }
    }
    counts.into_iter().filter(|(_, (n, _))| *n * 2 > sample).map(|(line, _)| line).collect()
}

/// Takes such lines out of texts that were read from marked elements.
pub(super) fn drop_repeated(comments: &mut [Comment]) {
    let sample = comments.len().min(SAMPLE);
    if sample < 3 {
        return;
    }
    let mut counts: HashMap<String, usize> = HashMap::new();
    for comment in comments.iter().take(SAMPLE) {
        let lines: HashSet<String> =
            comment.text.lines().filter(|l| l.len() <= MAX_CHROME).map(bare).filter(|l| !l.is_empty()).collect();
        for line in lines {
            *counts.entry(line).or_default() += 1;
        }
    }
    counts.retain(|_, n| *n * 2 > sample);
    if counts.is_empty() {
        return;
    }
    for comment in comments {
        let kept = |line: &&str| line.len() > MAX_CHROME || !counts.contains_key(&bare(line));
        let text = comment.text.lines().filter(kept).collect::<Vec<&str>>().join("\n");
        // Where many say "Thank you!", that is what they say.
        if !text.is_empty() {
            comment.text = text;
        }
    }
}

/// A line without its numbers.
fn bare(line: &str) -> String {
    let letters: String = line.chars().filter(|c| !is_numeric(*c)).collect();
    lower(letters.trim())
}

/// Parents by nesting: a post inside an earlier one, or inside the element around it and deeper than it,
/// answers it.
pub(super) fn thread(dom: &Dom<'_>, ranges: &[Range<usize>], comments: &mut [Comment]) {
    let mut open: Vec<(usize, usize)> = Vec::new();
    for n in 0..ranges.len().min(comments.len()) {
        let depth = dom.ancestors(ranges[n].start).count();
        let answers = |m: usize, d: usize| {
            let around = dom.nodes[dom.nodes[ranges[m].start].parent].end;
            ranges[m].end >= ranges[n].end || (d < depth && around >= ranges[n].end)
        };
        while open.last().is_some_and(|(m, d)| !answers(*m, *d)) {
            open.pop();
        }
        if let Some((m, _)) = open.last() {
            comments[n].parent = u32::try_from(*m).ok();
            comments[n].depth = comments[*m].depth.saturating_add(1);
        }
        open.push((n, depth));
    }
}
