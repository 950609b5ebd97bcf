//! The places in the posts of a group in which all of them have something like a name, and a text.

use std::collections::{HashMap, HashSet};

use super::super::dates;
use super::super::dom::Dom;
use super::super::letters::{is_alphanumeric, lower};
use super::super::names::Name;
use super::super::words::{Words, words};
use super::groups::Item;
use super::{fields, marks};

/// Longer texts are no names.
const MAX_NAME: u32 = 60;
/// What a name has to score in a single post, 4.05 of which any text in it has.
const CERTAIN: f32 = 6.5;
/// So many posts are enough to learn the places.
pub(super) const SAMPLE: usize = 60;

/// A place in the posts, over the group.
#[derive(Default)]
struct Place {
    posts: usize,
    last: usize,
    texts: HashSet<String>,
    score: f32,
    /// Calls itself an answer.
    answer: bool,
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

/// Words that stand where names could.
const LABELS: Words = words!(
    "reply|quote|share|like|likes|report|edit|permalink|link|joined|posts|location|member|guest|op|antworten|\
    zitieren|melden|gast|more|follow|flag|delete|save|new|author|says|said|by|posted|senior member|junior member|\
    administrator|moderator|registered|offline|online|staff|répondre|re"
);

pub(super) fn author_place(dom: &Dom<'_>, items: &[Item]) -> Option<u64> {
    author_places(dom, items).filter(|(score, _)| *score >= 4.0).map(|(_, key)| key)
}

/// The same of a single post: only what is named in its markup, or leads to a member.
pub(super) fn certain_author(dom: &Dom<'_>, item: &Item) -> Option<u64> {
    author_places(dom, std::slice::from_ref(item)).filter(|(score, _)| *score >= CERTAIN).map(|(_, key)| key)
}

/// The place that looks most like that of a name, and how much.
fn author_places(dom: &Dom<'_>, items: &[Item]) -> Option<(f32, u64)> {
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
    best.map(|(score, _, key)| (score, key))
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
pub(super) fn body_place(dom: &Dom<'_>, items: &[Item], author: Option<u64>) -> Option<u64> {
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
                    place.answer = score > 0.0 && dom.attr(at, "class").is_some_and(|c| c.contains("reply"));
                }
                place.ink += u64::from(weight(dom, at, node.end));
            }
        }
    }
    let often = |p: &&Place| p.posts * 10 >= sample * 7;
    // What was answered to a post may stand in it, beside its text.
    let beside = places.values().any(|p| often(&p) && p.score >= 0.25 && !p.answer);
    let fit = |p: &&Place| often(p) && !(beside && p.answer);
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
pub(super) fn kind(dom: &Dom<'_>, at: usize) -> u64 {
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

/// A section of remarks under a post: a discussion of its own.
pub(super) fn is_remarks(dom: &Dom<'_>, at: usize, item: &Item) -> bool {
    at > item.range.start && dom.nodes[at].hints.comments()
}
