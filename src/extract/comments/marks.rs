//! Where dates stand on a page, sorted by the kind of element that they stand in: posts of one page carry
//! their dates in elements of one kind.

use std::collections::HashMap;

use super::super::dates;
use super::super::dom::Dom;
use super::super::names::Name;

/// More dates than this are not looked at.
const MAX_MARKS: usize = 20_000;
/// A longer text is more than a date with a few words.
const MAX_TEXT: usize = 90;

/// What kind of element a node is: its name and the first class that says more than a number or a state.
pub(super) fn shape(dom: &Dom<'_>, at: usize) -> u64 {
    let known = &dom.shapes[at];
    if known.get() == 0 {
        known.set(shape_anew(dom, at));
    }
    known.get()
}

fn shape_anew(dom: &Dom<'_>, at: usize) -> u64 {
    let node = &dom.nodes[at];
    let class = dom.attr(at, "class").unwrap_or("");
    let state = |t: &str| {
        let states = ["odd", "even", "first", "last", "alt", "alternate", "active", "new", "current", "unread"];
        t.bytes().any(|b| b.is_ascii_digit())
            || states.contains(&t.to_ascii_lowercase().as_str())
            || t.starts_with("is-")
    };
    let telling = class.split_ascii_whitespace().take(8).find(|t| !state(t));
    // Without a class the id without its number, or of a cell its place in the row.
    let id = if telling.is_none() { dom.attr(at, "id").unwrap_or("") } else { "" };
    let letters = id.bytes().take(60).filter(|b| !b.is_ascii_digit());
    let cell = if node.name == Name::Cell && telling.is_none() && id.is_empty() {
        dom.children(node.parent).take_while(|c| *c < at).filter(|c| dom.nodes[*c].name == Name::Cell).count()
    } else {
        0
    };
    let mut hash = mix(node.name as u64 + 1, 0xcbf2_9ce4_8422_2325);
    hash = mix(cell as u64, hash);
    let prop = dom.attr(at, "itemprop").unwrap_or("").bytes().take(20);
    for byte in telling.unwrap_or("").bytes().chain(letters).chain(prop) {
        hash = mix(u64::from(byte), hash);
    }
    hash
}

/// One step of a hash.
pub(super) fn mix(value: u64, hash: u64) -> u64 {
    (hash ^ value).wrapping_mul(0x0100_0000_01b3).rotate_left(17)
}

/// An element with the two around it: what tells the places in a post apart.
pub(super) fn place(dom: &Dom<'_>, at: usize, within: usize) -> u64 {
    let mut hash = shape(dom, at);
    let mut up = at;
    for _ in 0..2 {
        up = dom.nodes[up].parent;
        if up <= within {
            break;
        }
        hash = mix(shape(dom, up), hash);
    }
    hash
}

/// Nodes that hold a date, by kind of place, each list in page order.
pub(super) fn read(dom: &Dom<'_>) -> Vec<Vec<usize>> {
    let mut by_place: HashMap<u64, Vec<usize>> = HashMap::new();
    let whole = dom.ink(dom.body).max(1);
    let (mut at, mut count, mut last) = (dom.body, 0, usize::MAX);
    while at < dom.nodes.len() && count < MAX_MARKS {
        let node = &dom.nodes[at];
        let noise = node.hints.noise() && !node.hints.comment() && dom.ink(at) < whole / 3 && !holds_date_only(dom, at);
        if at != dom.body && (node.name.is_unseen() || node.hints.hidden() || noise || node.name == Name::Nav) {
            at = node.end;
            continue;
        }
        let mark = match node.name {
            Name::Text => {
                let text = node.text.trim();
                let short = text.len() >= 2 && text.len() <= MAX_TEXT && dom.ink(node.parent) < 120;
                (short && says_date(text)).then_some(node.parent)
            }
            Name::Time => Some(at),
            _ if node.element.is_some() && dom.ink(at) < 60 => stated(dom, at).map(|_| at),
            _ => None,
        };
        // Of nested marks the outer counts.
        if let Some(mark) = mark.filter(|m| last == usize::MAX || *m >= dom.nodes[last].end) {
            last = mark;
            count += 1;
            // Answers stand deeper than what they answer: the two innermost elements tell the place.
            let kind = mix(shape(dom, dom.nodes[mark].parent), shape(dom, mark));
            by_place.entry(kind).or_default().push(mark);
        }
        at += 1;
    }
    let mut groups: Vec<Vec<usize>> = by_place.into_values().collect();
    groups.sort_by_key(|g| g[0]);
    groups
}

fn holds_date_only(dom: &Dom<'_>, at: usize) -> bool {
    dom.ink(at) < 60
}

/// A date in an attribute of an element: its own words may be relative, or set by a script.
pub(super) fn stated<'d>(dom: &Dom<'d>, at: usize) -> Option<&'d str> {
    let node = &dom.nodes[at];
    if ["datetime", "title", "aria-label", "data-"].iter().all(|name| node.hints.lacks(name)) {
        return None;
    }
    node.element?.attrs().find_map(|(name, value)| {
        let named = matches!(name, "datetime" | "title" | "aria-label") || name.starts_with("data-");
        let value = value.trim();
        (named && (8..70).contains(&value.len()) && says_date(value) && !value.contains('/') | value.contains(' '))
            .then_some(value)
    })
}

/// An element that is the date of something, or holds it directly.
pub(super) fn dated(dom: &Dom<'_>, at: usize) -> bool {
    let node = &dom.nodes[at];
    if node.element.is_none() || dom.ink(at) > 60 || node.name.is_unseen() {
        return false;
    }
    let own = || dom.children(at).any(|c| dom.nodes[c].name == Name::Text && says_date(dom.nodes[c].text.trim()));
    node.name == Name::Time || stated(dom, at).is_some() || own()
}

fn says_date(text: &str) -> bool {
    let digits = text.bytes().any(|b| b.is_ascii_digit() || b >= 0xd9);
    if !digits && text.len() > 20 {
        return false;
    }
    (digits && dates::find(text, false).is_some()) || dates::is_relative(text)
}
