//! Links out of the page, with the words around those that stand in the main text or in comments.

use std::collections::HashMap;

use url::Url;

use super::address;
use super::comments::Found;
use super::content::Shape;
use super::dom::{Dom, fold, push_folded};
use super::names::Name;
use crate::model::{Link, LinkPlace};

/// At most so many links are kept.
const MAX_LINKS: usize = 20_000;
const MAX_TEXT: usize = 200;
/// So many links of a page have the words around them.
const MAX_CONTEXTS: usize = 500;
/// So many octets before a link, and behind it, are looked at for the ends of its sentence.
const AROUND: usize = 80;
/// So many nodes on either side.
const NODES: usize = 400;

/// Each address once, in order of appearance, with the first text that is not empty. The second value
/// says that there were more than the limit.
pub(super) fn read(dom: &Dom<'_>, shape: &Shape, comments: &Found, base: &Url) -> (Vec<Link>, bool) {
    let mut links: Vec<Link> = Vec::new();
    let mut seen: HashMap<String, usize> = HashMap::new();
    let root = shape.root.map_or(0..0, |r| dom.range(r));
    let mut contexts = 0;
    for (at, node) in dom.nodes.iter().enumerate() {
        if node.name != Name::A {
            continue;
        }
        let Some(url) = target(dom, at, base) else {
            continue;
        };
        let place = if comments.said_at(at) {
            LinkPlace::Comment
        } else if root.contains(&at) && shape.pruned_at(at).is_none() {
            LinkPlace::Content
        } else {
            LinkPlace::Frame
        };
        let mut around = |text: &str| {
            contexts += usize::from(place != LinkPlace::Frame);
            if place == LinkPlace::Frame || contexts > MAX_CONTEXTS { String::new() } else { context(dom, at, text) }
        };
        if let Some(&known) = seen.get(&url) {
            let link = &mut links[known];
            if link.text.is_empty() {
                link.text = text(dom, at);
            }
            if weight(place) > weight(link.place) {
                (link.place, link.context) = (place, around(&text(dom, at)));
            }
            continue;
        }
        if links.len() >= MAX_LINKS {
            return (links, true);
        }
        seen.insert(url.clone(), links.len());
        let text = text(dom, at);
        let context = around(&text);
        links.push(Link { url, text, rel: rel(dom, at), place, context });
    }
    (links, false)
}

/// One link, wherever it stands.
pub(super) fn one(dom: &Dom<'_>, at: usize, base: &Url, place: LinkPlace) -> Option<Link> {
    let url = target(dom, at, base)?;
    let text = text(dom, at);
    let context = context(dom, at, &text);
    Some(Link { url, text, rel: rel(dom, at), place, context })
}

fn weight(place: LinkPlace) -> u8 {
    match place {
        LinkPlace::Frame => 0,
        LinkPlace::Comment => 1,
        LinkPlace::Content => 2,
    }
}

fn target(dom: &Dom<'_>, at: usize, base: &Url) -> Option<String> {
    dom.attr(at, "href").filter(|h| !h.starts_with('#')).and_then(|href| address::absolute(href, base))
}

fn text(dom: &Dom<'_>, at: usize) -> String {
    let shown = dom.text(at, MAX_TEXT * 4);
    let text = if shown.is_empty() { dom.attr(at, "title").map(fold).unwrap_or_default() } else { shown };
    text.chars().take(MAX_TEXT).collect::<String>()
}

fn rel(dom: &Dom<'_>, at: usize) -> String {
    dom.attr(at, "rel").map(|r| fold(&r.to_lowercase())).unwrap_or_default().chars().take(100).collect()
}

/// The sentence around a link, or as much of it as stands near; empty if it has no words but those of the link.
fn context(dom: &Dom<'_>, at: usize, text: &str) -> String {
    let block = dom.ancestors(at).find(|a| dom.nodes[*a].name.is_block() || dom.nodes[*a].name == Name::Cell);
    let Some(block) = block else { return String::new() };
    let end = dom.nodes[at].end;
    // Another block in between ends the line.
    let is_edge = |n: usize| dom.nodes[n].name.is_block() || dom.nodes[n].name == Name::Br;
    let mut before: Vec<&str> = Vec::new();
    let mut len = 0;
    for n in (block + 1..at).rev().take(NODES) {
        if len > AROUND || (is_edge(n) && dom.nodes[n].end <= at) {
            break;
        }
        if dom.nodes[n].name == Name::Text && dom.ink_of(n, n + 1) > 0 {
            len += dom.nodes[n].text.len();
            before.push(dom.nodes[n].text);
        }
    }
    let mut left = String::new();
    for text in before.into_iter().rev() {
        let from = text.len().saturating_sub(AROUND * 2);
        push_folded(&mut left, &text[text.ceil_char_boundary(from)..], usize::MAX);
    }
    // White space at the beginning of a text is folded away, but behind something.
    let mut right = String::from("|");
    for n in (end..dom.nodes[block].end).take(NODES) {
        if right.len() > AROUND || is_edge(n) {
            break;
        }
        if dom.nodes[n].name == Name::Text && dom.ink_of(n, n + 1) > 0 {
            push_folded(&mut right, dom.nodes[n].text, AROUND * 2);
        }
    }
    let (left, right) = (beginning(&left), ending(&right[1..]));
    if left.trim().is_empty() && !right.contains(char::is_alphanumeric) {
        return String::new();
    }
    let inner = &text[..text.floor_char_boundary(MAX_TEXT)];
    // All three are folded.
    let mut out = String::with_capacity(left.len() + inner.len() + right.len());
    [left, inner, right].iter().for_each(|part| out.push_str(part));
    out.truncate(out.trim_end().len());
    out
}

/// What of the words before a link is of its sentence.
fn beginning(left: &str) -> &str {
    let near = &left[left.ceil_char_boundary(left.len().saturating_sub(AROUND))..];
    let ends = near.char_indices().zip(near.chars().skip(1).chain([' ']));
    let sentence = ends.filter(|((_, c), next)| is_end(*c) && (next.is_whitespace() || *c == '。')).last();
    if let Some(((at, c), _)) = sentence {
        return near[at + c.len_utf8()..].trim_start();
    }
    if near.len() == left.len() {
        return near;
    }
    // Not in the middle of a word.
    near.find(char::is_whitespace).map_or(near, |at| near[at..].trim_start())
}

/// What of the words behind a link is of its sentence.
fn ending(right: &str) -> &str {
    let ends = right.char_indices().zip(right.chars().skip(1).map(Some).chain([None]));
    for ((at, c), next) in ends {
        if at >= AROUND {
            let near = &right[..at];
            return near.rfind(char::is_whitespace).map_or(near, |at| &near[..at]);
        }
        if is_end(c) && (c == '。' || next.is_none_or(char::is_whitespace)) {
            return &right[..at + c.len_utf8()];
        }
    }
    right
}

fn is_end(c: char) -> bool {
    matches!(c, '.' | '!' | '?' | '…' | '。' | '։' | '؟')
}
