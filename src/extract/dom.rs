//! The tree of a page as one flat list in document order. A subtree is a range of it, the length of its
//! text the difference of two sums: every question below is one pass over a slice, without recursion.

use std::cell::Cell;

use ego_tree::iter::Edge;
use scraper::node::Element;
use scraper::{Html, Node as Raw};

use super::hints::{self, Hints};
use super::names::Name;

/// One node: an element or a piece of text.
pub(super) struct Node<'a> {
    pub name: Name,
    pub parent: usize,
    /// The first node after the subtree.
    pub end: usize,
    pub hints: Hints,
    pub element: Option<&'a Element>,
    /// Of a text node.
    pub text: &'a str,
}

/// The page.
pub(super) struct Dom<'a> {
    pub nodes: Vec<Node<'a>>,
    /// Octets of visible text (without white space) before each node …
    before: Vec<u32>,
    /// … and of that inside links.
    links_before: Vec<u32>,
    /// … and of texts of eight words or more outside links.
    prose_before: Vec<u32>,
    /// What kind of element each node is, once it was asked (`comments::shape_of`); 0: it was not.
    pub shapes: Vec<Cell<u64>>,
    /// Index of `body`, or 0.
    pub body: usize,
}

impl<'a> Dom<'a> {
    /// Flattens a tree.
    pub fn new(html: &'a Html) -> Self {
        let expected = html.tree.values().len() + 1;
        let mut dom = Self {
            nodes: Vec::with_capacity(expected),
            before: Vec::with_capacity(expected + 1),
            links_before: Vec::with_capacity(expected + 1),
            prose_before: Vec::with_capacity(expected + 1),
            shapes: Vec::new(),
            body: 0,
        };
        let mut open: Vec<usize> = Vec::with_capacity(64);
        let (mut unseen, mut links) = (0u32, 0u32);
        let (mut sum, mut link_sum, mut prose_sum) = (0u32, 0u32, 0u32);
        for edge in html.tree.root().traverse() {
            match edge {
                Edge::Open(node) => {
                    let parent = open.last().copied().unwrap_or(0);
                    let (name, hints, element, text) = match node.value() {
                        Raw::Element(e) => {
                            let mut name = Name::of(e.name());
                            if name == Name::Noscript && node.children().any(|c| c.value().is_element()) {
                                // Read as without scripts: its content is shown.
                                name = Name::Div;
                            }
                            (name, hints::of(name, e), Some(e), "")
                        }
                        Raw::Text(t) => (Name::Text, Hints::default(), None, &**t),
                        _ => (Name::Nothing, Hints::default(), None, ""),
                    };
                    let at = dom.nodes.len();
                    if name == Name::Body && dom.body == 0 {
                        dom.body = at;
                    }
                    dom.before.push(sum);
                    dom.links_before.push(link_sum);
                    dom.prose_before.push(prose_sum);
                    if name == Name::Text && unseen == 0 {
                        let len = ink(text);
                        sum = sum.saturating_add(len);
                        if links > 0 {
                            link_sum = link_sum.saturating_add(len);
                        } else if len > 20 && is_prose(text) {
                            prose_sum = prose_sum.saturating_add(len);
                        }
                    }
                    dom.nodes.push(Node { name, parent, end: at + 1, hints, element, text });
                    open.push(at);
                    unseen += u32::from(name.is_unseen() || hints.hidden());
                    links += u32::from(name == Name::A);
                }
                Edge::Close(_) => {
                    if let Some(at) = open.pop() {
                        let end = dom.nodes.len();
                        let node = &mut dom.nodes[at];
                        node.end = end;
                        unseen -= u32::from(node.name.is_unseen() || node.hints.hidden());
                        links -= u32::from(node.name == Name::A);
                    }
                }
            }
        }
        dom.before.push(sum);
        dom.links_before.push(link_sum);
        dom.prose_before.push(prose_sum);
        dom.shapes.resize(dom.nodes.len(), Cell::new(0));
        dom
    }

    /// Octets of visible text in a subtree, white space not counted.
    pub fn ink(&self, at: usize) -> u32 {
        self.ink_of(at, self.nodes[at].end)
    }

    /// The same of a range of nodes.
    pub fn ink_of(&self, from: usize, to: usize) -> u32 {
        self.before[to] - self.before[from]
    }

    /// The part of a range that is sentences, not labels.
    pub fn prose_of(&self, from: usize, to: usize) -> u32 {
        self.prose_before[to] - self.prose_before[from]
    }

    /// The part of it that stands in links.
    pub fn link_ink(&self, at: usize) -> u32 {
        self.links_before[self.nodes[at].end] - self.links_before[at]
    }

    /// The same of a range of nodes.
    pub fn link_ink_of(&self, from: usize, to: usize) -> u32 {
        self.links_before[to] - self.links_before[from]
    }

    /// The subtree, its root included.
    pub fn range(&self, at: usize) -> std::ops::Range<usize> {
        at..self.nodes[at].end
    }

    /// Children in order.
    pub fn children(&self, at: usize) -> impl Iterator<Item = usize> + '_ {
        let end = self.nodes[at].end;
        let mut next = at + 1;
        std::iter::from_fn(move || {
            (next < end).then(|| {
                let child = next;
                next = self.nodes[child].end;
                child
            })
        })
    }

    /// Parents from the nearest up to the root.
    pub fn ancestors(&self, at: usize) -> impl Iterator<Item = usize> + '_ {
        let mut at = at;
        std::iter::from_fn(move || {
            (at != 0).then(|| {
                at = self.nodes[at].parent;
                at
            })
        })
    }

    /// An attribute; empty values count as absent.
    #[inline]
    pub fn attr(&self, at: usize, name: &str) -> Option<&'a str> {
        let node = &self.nodes[at];
        if node.hints.lacks(name) {
            return None;
        }
        attr(node.element?, name)
    }

    /// Has this class, in any case.
    pub fn has_class(&self, at: usize, class: &str) -> bool {
        self.attr(at, "class").is_some_and(|c| c.split_ascii_whitespace().any(|t| t.eq_ignore_ascii_case(class)))
    }

    /// The visible text of a subtree on one line, at most about `max` octets.
    pub fn text(&self, at: usize, max: usize) -> String {
        self.text_of(self.range(at), max, |_| false)
    }

    /// The visible text of a range on one line; subtrees for which `skip` holds are left out.
    pub fn text_of(&self, range: std::ops::Range<usize>, max: usize, skip: impl Fn(usize) -> bool) -> String {
        let mut out = String::new();
        let mut at = range.start;
        while at < range.end && out.len() < max {
            let node = &self.nodes[at];
            if node.name == Name::Text {
                push_folded(&mut out, node.text, max);
            } else if node.name.is_unseen() || skip(at) || (node.hints.hidden() && at != range.start) {
                at = node.end;
                continue;
            } else if node.name.is_block() || matches!(node.name, Name::Br | Name::Cell) {
                push_folded(&mut out, " ", max);
            }
            // The end of a block parts words as its beginning does.
            let next = at + 1;
            if next >= node.end {
                let mut up = at;
                while up > range.start && self.nodes[up].end == next {
                    if self.nodes[up].name.is_block() || self.nodes[up].name == Name::Cell {
                        push_folded(&mut out, " ", max);
                        break;
                    }
                    up = self.nodes[up].parent;
                }
            }
            at = next;
        }
        out.truncate(out.trim_end().len());
        out
    }
}

/// An attribute of an element, trimmed; empty values count as absent.
pub(super) fn attr<'a>(element: &'a Element, name: &str) -> Option<&'a str> {
    element.attrs().find(|(n, _)| *n == name).map(|(_, v)| v.trim()).filter(|v| !v.is_empty())
}

/// So many octets are looked at together: without a branch between them they are compared all at once.
const BLOCK: usize = 32;

/// An octet of UTF-8 that may begin white space or a control character, so that the character has to be looked
/// at: the first of U+0080 to U+00BF, U+1000, U+2000, U+3000, U+F000 and what follows these.
fn is_odd(octet: u8) -> bool {
    // Without a branch: see `BLOCK`.
    (octet < 0x20) | (octet == 0x7f) | (octet == 0xc2) | (octet.wrapping_sub(0xe1) < 3) | (octet == 0xef)
}

/// How many octets at the beginning of a text are visible characters with single spaces between words.
/// `spaced`: a space stands before it.
fn plain_run(octets: &[u8], mut spaced: bool) -> usize {
    let mut run = 0;
    while let Some(block) = octets.get(run..).and_then(|rest| rest.first_chunk::<BLOCK>()) {
        let odd = block.iter().fold(0, |odd, o| odd | u8::from(is_odd(*o)));
        let (one, next) = (&block[..BLOCK - 1], &block[1..]);
        let doubled = one.iter().zip(next).fold(0, |d, (a, b)| d | (u8::from(*a == b' ') & u8::from(*b == b' ')));
        if odd | doubled != 0 || (spaced && block[0] == b' ') {
            break;
        }
        spaced = block[BLOCK - 1] == b' ';
        run += BLOCK;
    }
    let rest = octets[run..].iter().take_while(|octet| {
        let fits = !is_odd(**octet) && (**octet != b' ' || !spaced);
        spaced = **octet == b' ';
        fits
    });
    run + rest.count()
}

/// Appends text with white space folded; stops at `max` octets.
pub(super) fn push_folded(out: &mut String, text: &str, max: usize) {
    let mut at = 0;
    while at < text.len() && out.len() < max {
        // Runs of visible characters with single spaces between words are copied as they are.
        let room = text.floor_char_boundary(at.saturating_add(max - out.len()));
        let run = plain_run(&text.as_bytes()[at..room], ends_in_space(out));
        if run > 0 {
            out.push_str(&text[at..at + run]);
            at += run;
            continue;
        }
        let Some(c) = text[at..].chars().next() else { return };
        at += c.len_utf8();
        if c.is_whitespace() || c == '\u{200b}' || c == '\u{feff}' {
            push_space(out);
        } else if !c.is_control() {
            // Escape sequences and NULs of a page say nothing.
            out.push(c);
        }
    }
}

fn push_space(out: &mut String) {
    if !ends_in_space(out) {
        out.push(' ');
    }
}

fn ends_in_space(out: &str) -> bool {
    matches!(out.as_bytes().last(), None | Some(b' ' | b'\n'))
}

/// Folds white space.
pub(super) fn fold(text: &str) -> String {
    let mut out = String::with_capacity(text.len().min(4096));
    push_folded(&mut out, text, usize::MAX);
    out.truncate(out.trim_end().len());
    out
}

/// Eight words or more; of writing without spaces, a good many signs.
fn is_prose(text: &str) -> bool {
    has_eight_words(text) || text.bytes().take(90).filter(|b| *b >= 0xe3).count() > 16
}

pub(super) fn has_eight_words(text: &str) -> bool {
    let (mut words, mut spaced) = (0, true);
    text.bytes().any(|octet| {
        words += u8::from(spaced & !is_space(octet));
        spaced = is_space(octet);
        words >= 8
    })
}

fn ink(text: &str) -> u32 {
    // In octets, and without a branch: so it is done for many of them at once.
    let spaces = |octets: &[u8]| octets.iter().fold(0, |n: u8, b| n + u8::from(is_space(*b)));
    let len = text.len() - text.as_bytes().chunks(255).map(|c| usize::from(spaces(c))).sum::<usize>();
    u32::try_from(len).unwrap_or(u32::MAX)
}

/// As [`u8::is_ascii_whitespace`].
fn is_space(octet: u8) -> bool {
    (octet == b' ') | ((octet.wrapping_sub(b'\t') < 5) & (octet != 0x0b))
}

/// One line of a page as shown, and the nodes that it comes from.
pub(super) struct Line {
    pub text: String,
    pub from: usize,
    pub to: usize,
    /// It is (part of) a heading.
    pub heading: bool,
}

impl Dom<'_> {
    /// The lines of a range; subtrees for which `skip` holds are left out.
    pub fn line_list(&self, range: std::ops::Range<usize>, skip: impl Fn(usize) -> bool) -> Vec<Line> {
        self.line_beginnings(range, usize::MAX, skip)
    }

    /// The same, of each line only about the first `max` octets.
    pub fn line_beginnings(
        &self,
        range: std::ops::Range<usize>,
        max: usize,
        skip: impl Fn(usize) -> bool,
    ) -> Vec<Line> {
        let mut lines: Vec<Line> = Vec::new();
        let mut line = Line { text: String::new(), from: range.start, to: range.start, heading: false };
        // Ends of open blocks; passing one ends the line.
        let mut ends: Vec<usize> = Vec::new();
        let mut heading_end = 0;
        let mut at = range.start;
        let mut end_line = |line: &mut Line, at: usize| {
            line.text.truncate(line.text.trim_end().len());
            let done = std::mem::replace(line, Line { text: String::new(), from: at, to: at, heading: false });
            if !done.text.is_empty() {
                lines.push(done);
            }
        };
        while at < range.end {
            let mut ended = false;
            while ends.last().is_some_and(|end| *end <= at) {
                ends.pop();
                ended = true;
            }
            if ended {
                end_line(&mut line, at);
            }
            let node = &self.nodes[at];
            if node.name == Name::Text {
                push_folded(&mut line.text, node.text, max);
                line.to = at + 1;
                line.heading |= at < heading_end;
            } else if node.name.is_unseen() || (at != range.start && (node.hints.hidden() || skip(at))) {
                at = node.end;
                continue;
            } else if node.name == Name::Br {
                end_line(&mut line, at);
            } else if node.name.is_block() || node.name == Name::Cell {
                end_line(&mut line, at);
                ends.push(node.end);
                if node.name.heading().is_some() {
                    heading_end = node.end;
                }
            }
            at += 1;
        }
        end_line(&mut line, range.end);
        lines
    }

    /// The lines of a range as one text.
    pub fn lines(&self, range: std::ops::Range<usize>, max: usize, skip: impl Fn(usize) -> bool) -> String {
        let mut out = String::new();
        for line in self.line_list(range, skip) {
            if out.len() + line.text.len() > max {
                break;
            }
            if !out.is_empty() {
                out.push('\n');
            }
            out.push_str(&line.text);
        }
        out
    }
}
