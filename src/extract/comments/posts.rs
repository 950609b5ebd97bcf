//! The fields of posts that were found by structure: the places of name and text are those in which all
//! posts of the group have something like a name and a text.

use std::collections::{HashMap, HashSet};
use std::ops::Range;

use super::super::address;
use super::super::dates;
use super::super::dom::Dom;
use super::super::letters::{is_numeric, lower};
use super::super::names::Name;
use super::super::page::Context;
use super::super::people::BY;
use super::groups::Item;
use super::places::{SAMPLE, author_place, body_place, certain_author, is_remarks, kind};
use super::{fields, headed, marks};
use crate::model::{Comment, Precision, When};

const MAX_TEXT: usize = 200_000;

/// Longer lines are no buttons and no labels, however often they stand there.
const MAX_CHROME: usize = 60;

/// Where the posts of a group have what.
struct Places {
    author: Option<u64>,
    body: Option<u64>,
    /// The line of the date names the author; what stands beside it is the subject.
    signed: bool,
}

/// Reads one comment for each item.
pub(super) fn read(dom: &Dom<'_>, items: &[Item], context: &Context<'_>) -> Vec<Comment> {
    // A line that says who wrote it and when leaves a heading to be the subject.
    let signed = signed_by_line(dom, items, context);
    let author = if signed { None } else { author_place(dom, items) };
    let body = if signed { None } else { body_place(dom, items, author) };
    let places = Places { author, body, signed };
    let chrome = repeated_lines(dom, items, signed);
    let read = |chrome| -> Vec<Comment> { items.iter().map(|item| one(dom, item, &places, chrome, context)).collect() };
    let comments = read(&chrome);
    // Lines that are all that most posts have are what they say.
    let empty = comments.iter().filter(|c| c.text.is_empty()).count();
    if chrome.is_empty() || empty * 2 <= items.len() { comments } else { read(&HashSet::new()) }
}

/// Reads a comment that has none beside it from which the places could be learned.
pub(super) fn read_alone(dom: &Dom<'_>, item: &Item, context: &Context<'_>) -> Comment {
    let author = certain_author(dom, item);
    one(dom, item, &Places { author, body: None, signed: false }, &HashSet::new(), context)
}

/// The date of most posts stands in a line with a name behind words such as "written by".
fn signed_by_line(dom: &Dom<'_>, items: &[Item], context: &Context<'_>) -> bool {
    let sample = items.len().min(SAMPLE);
    let signed = |item: &&Item| {
        item.mark.filter(|m| dom.nodes[*m].name != Name::Time).is_some_and(|m| {
            let line = dom.text(m, 200);
            BY.after(&line).is_some() && headed::heading(&line, true, context).is_some()
        })
    };
    sample > 1 && items.iter().take(SAMPLE).filter(signed).count() * 10 > sample * 8
}

fn one(dom: &Dom<'_>, item: &Item, places: &Places, chrome: &HashSet<String>, context: &Context<'_>) -> Comment {
    let within = item.range.start.saturating_sub(1);
    let at = |place: Option<u64>| {
        let place = place?;
        item.range.clone().find(|i| {
            let shown = dom.nodes[*i].element.is_some() && dom.ink(*i) > 0;
            shown && (marks::place(dom, *i, within) == place || kind(dom, *i) == place)
        })
    };
    let author_at = at(places.author);
    let body_at = at(places.body);
    let mut comment = Comment::default();
    if let Some(n) = author_at {
        comment.author = shown_name(dom, n, context);
        let link = dom
            .range(n)
            .chain(dom.ancestors(n).take(2).filter(|p| *p > item.range.start))
            .find(|i| dom.nodes[*i].name == Name::A);
        comment.author_url = link
            .and_then(|i| dom.attr(i, "href"))
            .filter(|href| !fields::is_answering(href))
            .and_then(|href| address::absolute(href, context.base));
    }
    comment.time = item.mark.and_then(|mark| time(dom, item, mark, context));
    if comment.author.is_none() {
        let line = item.mark.map(|mark| dom.text(mark, 200));
        comment.author = line.and_then(|line| headed::heading(&line, true, context)).map(|(name, _)| name);
    }
    let own = item.nodes().take(40).find_map(|i| dom.attr(i, "id").filter(|id| fields::is_numbered(id)));
    comment.id = own.or_else(|| fields::anchor_before(dom, item.range.start)).map(fields::bare_id);
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
                && (Some(n) == author_at
                    || Some(n) == item.mark
                    || (!places.signed && head_line(dom, n, item, author_at))))
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
        let when = dates::when(&texts.join(" "), "text", context.ways)?;
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
    let date = dates::find(&text, context.ways).filter(|d| d.precision != Precision::Month);
    fields::name(text.get(..date.map_or(text.len(), |d| d.span.0)).unwrap_or(&text))
}

/// Short lines that stand in most posts say nothing of any of them.
fn repeated_lines(dom: &Dom<'_>, items: &[Item], signed: bool) -> HashSet<String> {
    let mut counts: HashMap<String, (usize, usize)> = HashMap::new();
    let sample = items.len().min(SAMPLE);
    if sample < 3 {
        return HashSet::new();
    }
    for (number, item) in items.iter().take(SAMPLE).enumerate() {
        let skip = |n: usize| item.hole_at(n) || (signed && Some(n) == item.mark);
        for line in dom.line_beginnings(item.range.clone(), MAX_CHROME + 1, skip) {
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
