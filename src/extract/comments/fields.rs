//! The fields of one comment element: who, when, what, and its address.

use std::ops::Range;

use super::super::address;
use super::super::dates::{self, Ways};
use super::super::dom::Dom;
use super::super::names::Name;
use super::super::page::Context;
use super::marks;
use crate::model::{Comment, Precision, When, ZoneSource};

/// Longer names are not names.
const MAX_NAME: usize = 120;
const MAX_TEXT: usize = 200_000;

/// Elements of a comment by what they hold.
#[derive(Default)]
struct Parts {
    author: Option<(u8, usize)>,
    time: Option<(u8, usize)>,
    body: Option<(u8, usize)>,
    permalink: Option<usize>,
}

/// A form to answer, or the buttons under a post; not a post that is called a reply.
pub(super) fn is_button(dom: &Dom<'_>, n: usize) -> bool {
    let node = &dom.nodes[n];
    node.hints.respond()
        && (dom.prose_of(n, node.end) == 0
            || dom.range(n).any(|i| matches!(dom.nodes[i].name, Name::Form | Name::Textarea)))
}

/// Whether an element, apart from the items in it, names an author or a time.
pub(super) fn names_someone(dom: &Dom<'_>, at: usize, inner: &[Range<usize>]) -> bool {
    let parts = parts(dom, at, inner);
    parts.author.is_some_and(|(rank, _)| rank > 1) || parts.time.is_some_and(|(rank, _)| rank > 1)
}

/// Reads the fields; `inner` are the comments inside this one. The second value says that its text is marked.
pub(super) fn read(dom: &Dom<'_>, at: usize, inner: &[Range<usize>], context: &Context<'_>) -> (Comment, bool) {
    let parts = parts(dom, at, inner);
    let author_at = parts.author.map(|(_, n)| n);
    let time_at = parts.time.map(|(_, n)| n);
    let mut comment = Comment::default();
    if let Some(n) = author_at {
        named(dom, at, n, &mut comment, context);
    }
    comment.time = time_at.and_then(|n| time(dom, n, context));
    let id = dom.attr(at, "id").or_else(|| dom.attr(at, "data-comment-id"));
    comment.id = id.or_else(|| anchor_before(dom, at)).map(bare_id);
    comment.permalink =
        parts.permalink.and_then(|n| dom.attr(n, "href")).and_then(|href| address::with_fragment(href, context.base));
    // A body that holds name and time is the whole comment.
    let body = parts.body.map(|(_, n)| n).filter(|n| {
        let inside = |x: Option<usize>| x.is_some_and(|x| dom.range(*n).contains(&x));
        let named = inside(author_at) && parts.author.is_some_and(|(rank, _)| rank > 1);
        !(named || inside(time_at))
    });
    let skip = |n: usize| {
        is_button(dom, n)
            || inner.iter().any(|r| r.start == n)
            || (body.is_none()
                && (Some(n) == author_at || Some(n) == time_at || head_line(dom, n, at, author_at, time_at)))
    };
    comment.text = dom.lines(dom.range(body.unwrap_or(at)), MAX_TEXT, skip);
    if comment.time.is_none() {
        take_date_line(&mut comment, context);
    }
    (comment, body.is_some())
}

/// The address of a form to answer is not that of an author.
pub(super) fn is_answering(href: &str) -> bool {
    ["replytocom=", "#respond", "/comment/reply/"].iter().any(|w| href.contains(w))
}

/// An identifier without the kind of element that themes put before it.
pub(super) fn bare_id(id: &str) -> String {
    let id = id.strip_prefix("li-").or_else(|| id.strip_prefix("div-")).unwrap_or(id);
    id.chars().take(200).collect()
}

pub(super) fn is_numbered(id: &str) -> bool {
    id.bytes().any(|b| b.is_ascii_digit())
}

/// The name of an empty anchor right before an element.
pub(super) fn anchor_before<'d>(dom: &Dom<'d>, at: usize) -> Option<&'d str> {
    let parent = dom.nodes.get(at)?.parent;
    let before = (parent + 1..at).rev().take(3).find(|i| dom.nodes[*i].name != Name::Text)?;
    let anchor = dom.nodes[before].name == Name::A && dom.nodes[before].parent == parent && dom.ink(before) == 0;
    let id = dom.attr(before, "id").or_else(|| dom.attr(before, "name"));
    id.filter(|id| anchor && is_numbered(id) && dom.ink_of(before, at) == 0)
}

/// Takes the author from what is marked as such in so many words.
pub(super) fn take_author(
    dom: &Dom<'_>,
    at: usize,
    inner: &[Range<usize>],
    comment: &mut Comment,
    context: &Context<'_>,
) {
    if let Some((_, n)) = parts(dom, at, inner).author.filter(|(rank, _)| *rank > 1) {
        named(dom, at, n, comment, context);
    }
}

fn named(dom: &Dom<'_>, at: usize, n: usize, comment: &mut Comment, context: &Context<'_>) {
    let shown = dom.text(n, MAX_NAME * 2);
    // Some themes put the date into the same element.
    let date = day_in(&shown, context.ways);
    comment.author = name(shown.get(..date.unwrap_or(shown.len())).unwrap_or(&shown));
    let link = dom.range(n).chain(dom.ancestors(n).take(1).filter(|p| *p > at)).find(|i| dom.nodes[*i].name == Name::A);
    comment.author_url = link
        .and_then(|i| dom.attr(i, "href"))
        .filter(|href| !is_answering(href))
        .and_then(|href| address::absolute(href, context.base));
}

/// Where in a text a day stands; titles of pages, which are the names of pingbacks, may hold a month.
fn day_in(text: &str, ways: Ways) -> Option<usize> {
    let mut from = 0;
    for _ in 0..4 {
        let found = dates::find(text.get(from..)?, ways)?;
        if found.precision != Precision::Month {
            return Some(from + found.span.0);
        }
        from += found.span.1;
    }
    None
}

/// Where nothing is marked as the date, a first line that is nothing but a date is one.
fn take_date_line(comment: &mut Comment, context: &Context<'_>) {
    let (first, rest) = comment.text.split_once('\n').unwrap_or(("", &comment.text));
    let Some(found) = dates::find(first, context.ways).filter(|_| first.len() < 60) else {
        return;
    };
    if found.span.0 <= 6 && first.len() - found.span.1.min(first.len()) <= 6 {
        comment.time = dates::when(first, "text", context.ways);
        comment.text = rest.to_owned();
    }
}

/// A part of the comment that holds nothing but name, date and buttons.
fn head_line(dom: &Dom<'_>, n: usize, at: usize, author: Option<usize>, time: Option<usize>) -> bool {
    let node = &dom.nodes[n];
    if n == at || dom.ink(n) > 160 {
        return false;
    }
    let holds = |x: Option<usize>| x.is_some_and(|x| dom.range(n).contains(&x));
    let named = node.hints.byline() || matches!(node.name, Name::Header | Name::Footer);
    named && (holds(author) || holds(time) || dom.ink(n) < 60)
}

fn parts(dom: &Dom<'_>, at: usize, inner: &[Range<usize>]) -> Parts {
    let mut parts = Parts::default();
    let end = dom.nodes[at].end;
    let mut i = at + 1;
    let mut next_inner = 0;
    while i < end {
        while inner.get(next_inner).is_some_and(|r| r.end <= i) {
            next_inner += 1;
        }
        if let Some(r) = inner.get(next_inner).filter(|r| r.start == i) {
            i = r.end;
            continue;
        }
        let node = &dom.nodes[i];
        if node.name.is_unseen() || is_button(dom, i) {
            i = node.end;
            continue;
        }
        if node.element.is_some() {
            look(dom, i, &mut parts);
        }
        i += 1;
    }
    parts
}

fn better(slot: &mut Option<(u8, usize)>, rank: u8, at: usize) {
    if rank > 0 && slot.is_none_or(|(r, _)| rank > r) {
        *slot = Some((rank, at));
    }
}

fn look(dom: &Dom<'_>, i: usize, parts: &mut Parts) {
    let node = &dom.nodes[i];
    let ink = dom.ink(i);
    let (mut author, mut time, mut body) = match node.name {
        Name::Time => (0, 4, 0),
        Name::Abbr if dom.attr(i, "title").is_some_and(|t| dates::find(t, false).is_some()) => (0, 3, 0),
        Name::Cite => (2, 0, 0),
        Name::B if parts.body.is_none() => (1, 0, 0),
        _ => (0, 0, 0),
    };
    if let Some(class) = dom.attr(i, "class") {
        for token in class.split_ascii_whitespace().take(24) {
            let (a, t, b) = ranks(&token.to_ascii_lowercase());
            (author, time, body) = (author.max(a), time.max(t), body.max(b));
        }
    }
    match dom.attr(i, "itemprop") {
        Some("author" | "creator") => author = author.max(3),
        Some("name") => author = author.max(4),
        Some("datePublished" | "dateCreated" | "commentTime") => time = time.max(4),
        Some("text" | "commentText" | "description") => body = body.max(4),
        _ => {}
    }
    if node.name == Name::A {
        let href = dom.attr(i, "href").unwrap_or("");
        if href.contains("#comment") || href.contains("#c") && href.rsplit("#c").next().is_some_and(all_digits) {
            if parts.permalink.is_none() {
                parts.permalink = Some(i);
            }
            if time == 0 && ink > 0 && ink < 60 && dates::find(&dom.text(i, 100), false).is_some() {
                time = 2;
            }
        }
        if dom.attr(i, "rel").is_some_and(|r| r.contains("author")) {
            author = author.max(3);
        }
    }
    if author > 0 && (1..=MAX_NAME).contains(&(ink as usize)) && node.name != Name::Img {
        better(&mut parts.author, author, i);
    }
    if time > 0 && ink < 120 && (ink > 0 || dom.attr(i, "datetime").is_some()) {
        let good = time >= 3 || {
            let text = dom.text(i, 200);
            dates::find(&text, false).is_some() || dates::is_relative(&text)
        };
        if good {
            better(&mut parts.time, time, i);
        }
    }
    if body > 0 && ink > 0 {
        better(&mut parts.body, body, i);
    }
}

fn all_digits(s: &str) -> bool {
    !s.is_empty() && s.bytes().all(|b| b.is_ascii_digit())
}

/// How strongly a class says author, time, body.
fn ranks(token: &str) -> (u8, u8, u8) {
    match token {
        "fn"
        | "comment-author-name"
        | "wp-block-comment-author-name"
        | "comment__author-name"
        | "p-name"
        | "isso-author" => (5, 0, 0),
        "comment-author"
        | "comment_author"
        | "comment__author"
        | "commentauthor"
        | "commenter"
        | "comment-author-link"
        | "p-author"
        | "url"
        | "username"
        | "user-name"
        | "author-name"
        | "comment-username"
        | "comment__username"
        | "comment-user"
        | "comment-name" => (4, 0, 0),
        "author" | "user" | "name" | "nickname" | "nick" | "poster" | "postauthor" | "vcard" => (3, 0, 0),
        "comment-date"
        | "comment_date"
        | "comment__date"
        | "comment__time"
        | "comment-time"
        | "datetime"
        | "timestamp"
        | "commentmetadata"
        | "comment-metadata"
        | "wp-block-comment-date"
        | "comment-timestamp"
        | "dt-published"
        | "comment-permalink" => (0, 3, 0),
        "date" | "time" | "comment-meta" | "posted" | "meta" | "published" | "created" | "comment-info"
        | "submitted" => (0, 2, 0),
        "comment-content"
        | "comment-text"
        | "comment_text"
        | "comment__content"
        | "comment__text"
        | "isso-text"
        | "commenttext"
        | "comment_content"
        | "comment__body"
        | "e-content"
        | "wp-block-comment-content"
        | "comment-message"
        | "comment-entry-content" => (0, 0, 4),
        "comment-body" | "comment_body" | "commentbody" => (0, 0, 3),
        "content" | "text" | "body" | "message" | "field-name-comment-body" => (0, 0, 2),
        _ => (0, 0, 0),
    }
}

/// A name without the words around it.
pub(super) fn name(text: &str) -> Option<String> {
    let mut name = text.trim();
    for word in [
        " says",
        " said",
        " wrote",
        " schreibt",
        " schrieb",
        " sagt",
        " dit",
        " écrit",
        " dice",
        " dijo",
        " пишет",
        " говорит",
        " diyor ki",
        " asks",
    ] {
        let bare = name.trim_end_matches([':', '.', '…', ',', ' ']);
        if let Some(cut) = bare.len().checked_sub(word.len()).filter(|n| bare.is_char_boundary(*n))
            && bare[cut..].to_lowercase() == word
        {
            name = &bare[..cut];
        }
    }
    for word in ["by ", "von ", "par ", "от "] {
        if name.get(..word.len()).is_some_and(|s| s.eq_ignore_ascii_case(word)) {
            name = &name[word.len()..];
        }
    }
    let mut name = name.trim_matches([':', ',', '-', '–', '—', '|', '·', '•', ' ', '\u{a0}']);
    // A sign between name and date, not one of quotation.
    if !name.contains('«') {
        name = name.trim_end_matches(['»', '›', ' ']);
    }
    (!name.is_empty() && name.len() <= MAX_NAME * 2).then(|| name.to_owned())
}

pub(super) fn time(dom: &Dom<'_>, at: usize, context: &Context<'_>) -> Option<When> {
    let shown = dom.text(at, 200);
    let stated = dom.attr(at, "datetime").or_else(|| dom.range(at).find_map(|i| dom.attr(i, "datetime")));
    let attribute = || dom.range(at).chain(Some(dom.nodes[at].parent)).find_map(|i| marks::stated(dom, i));
    let sources = [(stated, "datetime"), (Some(shown.as_str()), "text"), (attribute(), "title")];
    let mut day = None;
    for (text, source) in sources {
        if let Some(mut when) = text.and_then(|t| dates::when(t, source, context.ways)) {
            if source != "text" && !shown.is_empty() && shown.len() < 60 {
                when.raw.clone_from(&shown);
            }
            // A time of day is worth a look at the next source.
            if matches!(when.precision, Precision::Minute | Precision::Second) {
                return Some(when);
            }
            day = day.or(Some(when));
        }
    }
    if day.is_some() {
        return day;
    }
    let raw = if shown.is_empty() { stated.unwrap_or("").to_owned() } else { shown };
    let precision = if dates::is_relative(&raw) { Precision::Relative } else { Precision::Day };
    (!raw.is_empty()).then(|| When { raw, at: None, precision, zone: ZoneSource::Assumed, source: "text".to_owned() })
}
