//! Markup for the room above: a page asked by class and attribute, and pieces of markup as text. What a platform's
//! page means is no matter of this room; how markup is read is, once.

use url::Url;

use super::comments::blocks_of;
use super::dom::{Dom, Line};
use super::head::{self, Head};
use super::names::Name;
use super::{address, charset, dates, links, tree};
use crate::model::{Block, Link, LinkPlace, When};

/// Longer pieces are cut.
const MAX_PIECE: usize = 400_000;
/// So many links are noted of a piece.
const MAX_LINKS: usize = 500;
/// Longer scripts are not looked at.
const MAX_SCRIPT: usize = 6 << 20;

/// What a piece of markup says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Piece {
    /// Its lines.
    pub text: String,
    /// What it says, where that is more than lines.
    pub blocks: Vec<Block>,
    /// Where it leads.
    pub links: Vec<Link>,
    /// It was longer than the limit.
    pub cut: bool,
}

/// Reads a piece of markup that stands in data.
pub(crate) fn piece(html: &str, base: &Url) -> Piece {
    let kept = html.get(..html.floor_char_boundary(MAX_PIECE)).unwrap_or("").trim();
    let cut = kept.len() < html.trim().len();
    if !kept.contains(['<', '&']) {
        let lines: Vec<String> = kept.lines().map(super::dom::fold).filter(|l| !l.is_empty()).collect();
        return Piece { text: lines.join("\n"), cut, ..Piece::default() };
    }
    let html = tree::build(&format!("<div>{kept}</div>"), true, &mut Vec::new());
    let dom = Dom::new(&html);
    Piece { cut, ..piece_of(&dom, dom.body, base) }
}

fn piece_of(dom: &Dom<'_>, at: usize, base: &Url) -> Piece {
    let text = dom.lines(dom.range(at), MAX_PIECE, |_| false);
    let blocks = blocks_of(dom, dom.range(at), &text, base);
    let anchors = dom.range(at).filter(|n| dom.nodes[*n].name == Name::A).take(MAX_LINKS);
    let links = anchors.filter_map(|n| links::one(dom, n, base, LinkPlace::Content)).collect();
    Piece { text, blocks, links, cut: false }
}

/// A text of data that may hold character references and simple tags, on one line.
pub(crate) fn plain(text: &str) -> String {
    super::entities::plain(text)
}

/// The words of a time, read.
pub(crate) fn when(text: &str, source: &str) -> Option<When> {
    dates::when(text, source, false)
}

/// Whether a time is told as so long ago.
pub(crate) fn is_relative(text: &str) -> bool {
    dates::is_relative(text)
}

/// An address against a base: http(s) only.
pub(crate) fn absolute(href: &str, base: &Url) -> Option<String> {
    address::with_fragment(href, base)
}

/// The text of a body, in whatever character set.
pub(crate) fn decoded(body: &[u8], content_type: &str, url: &Url) -> String {
    charset::text(body, content_type, url.host_str()).text.into_owned()
}

/// A page that can be asked. Nodes are numbers; 0 is the root.
pub(crate) struct Page<'p, 'd> {
    dom: &'p Dom<'d>,
    head: Head,
    base: Url,
    /// What was odd about the markup: limits that bit.
    pub warnings: Vec<crate::model::Warning>,
}

/// Reads a page and asks it.
pub(crate) fn page<T>(body: &[u8], content_type: &str, url: &Url, ask: impl FnOnce(&Page<'_, '_>) -> T) -> T {
    let decoded = charset::text(body, content_type, url.host_str());
    let mut warnings = Vec::new();
    let html = tree::build(&decoded.text, true, &mut warnings);
    let dom = Dom::new(&html);
    let base = head::base(&dom, url);
    let head = head::read(&dom, &base);
    ask(&Page { dom: &dom, head, base, warnings })
}

impl<'d> Page<'_, 'd> {
    /// Nodes below `within` (0: all) with a class, in order.
    pub fn all<'s>(&'s self, within: usize, class: &'s str) -> impl Iterator<Item = usize> + 's {
        self.below(within).filter(move |n| self.has_class(*n, class))
    }

    /// The first of them.
    pub fn first(&self, within: usize, class: &str) -> Option<usize> {
        self.all(within, class).next()
    }

    /// Nodes below `within` that have an attribute.
    pub fn having<'s>(&'s self, within: usize, name: &'s str) -> impl Iterator<Item = (usize, &'d str)> + 's {
        self.below(within).filter_map(move |n| Some((n, self.dom.attr(n, name)?)))
    }

    /// Elements below `within` with a name.
    pub fn tags<'s>(&'s self, within: usize, tag: &'s str) -> impl Iterator<Item = usize> + 's {
        self.below(within).filter(move |n| self.tag(*n) == tag)
    }

    fn below(&self, within: usize) -> impl Iterator<Item = usize> + '_ {
        let end = self.dom.nodes.get(within).map_or(0, |node| node.end);
        within + 1..end.max(within + 1)
    }

    /// All nodes below one, in order.
    pub fn inside(&self, within: usize) -> impl Iterator<Item = usize> + '_ {
        self.below(within)
    }

    /// A node is another, or below it.
    pub fn is_inside(&self, at: usize, within: usize) -> bool {
        self.dom.nodes.get(within).is_some_and(|node| (within..node.end).contains(&at))
    }

    /// The name of an element; empty for others.
    pub fn tag(&self, at: usize) -> &'d str {
        self.dom.nodes.get(at).and_then(|node| node.element).map_or("", |e| e.name())
    }

    /// Has this class, in any case.
    pub fn has_class(&self, at: usize, class: &str) -> bool {
        self.dom.nodes.get(at).is_some_and(|node| node.element.is_some()) && self.dom.has_class(at, class)
    }

    /// An attribute that is not empty.
    pub fn attr(&self, at: usize, name: &str) -> Option<&'d str> {
        self.dom.nodes.get(at).and_then(|_| self.dom.attr(at, name))
    }

    /// Has this attribute, be it empty.
    pub fn has_attr(&self, at: usize, name: &str) -> bool {
        let element = self.dom.nodes.get(at).and_then(|node| node.element);
        element.is_some_and(|e| e.attrs().any(|(key, _)| key == name))
    }

    /// The address in an attribute, made absolute.
    pub fn address(&self, at: usize, name: &str) -> Option<String> {
        address::with_fragment(self.attr(at, name)?, &self.base)
    }

    /// An address of the page made absolute.
    pub fn absolute(&self, href: &str) -> Option<String> {
        address::with_fragment(href, &self.base)
    }

    /// The text of a subtree on one line.
    pub fn text(&self, at: usize) -> String {
        self.dom.text(at, MAX_PIECE)
    }

    /// The lines of a subtree.
    pub fn lines(&self, at: usize) -> Vec<String> {
        self.dom.line_list(self.dom.range(at), |_| false).into_iter().map(|line: Line| line.text).collect()
    }

    /// The lines of a subtree but for those of some nodes in it.
    pub fn lines_without(&self, at: usize, skip: impl Fn(usize) -> bool) -> Vec<String> {
        self.dom.line_list(self.dom.range(at), skip).into_iter().map(|line: Line| line.text).collect()
    }

    /// What a subtree says.
    pub fn piece(&self, at: usize) -> Piece {
        piece_of(self.dom, at, &self.base)
    }

    /// The first value of the first key of meta tags that has one; keys in lower case.
    pub fn meta(&self, keys: &[&str]) -> Option<&str> {
        self.head.first(keys)
    }

    /// All values of a key of meta tags.
    pub fn metas<'s>(&'s self, key: &'s str) -> impl Iterator<Item = &'s str> + 's {
        self.head.all(key)
    }

    /// Text of the title element.
    pub fn title(&self) -> Option<&str> {
        self.head.title.as_deref()
    }

    /// `link rel=canonical`.
    pub fn canonical(&self) -> Option<&str> {
        self.head.canonical.as_deref()
    }

    /// The language that the page states.
    pub fn language(&self) -> Option<&str> {
        self.head.language.as_deref()
    }

    /// Links of the head with a relation: their media types (may be empty) and addresses.
    pub fn linked(&self, rel: &str) -> Vec<(&'d str, String)> {
        let links = self.tags(0, "link").chain(self.tags(0, "a")).filter(|n| {
            self.attr(*n, "rel").is_some_and(|r| r.split_ascii_whitespace().any(|r| r.eq_ignore_ascii_case(rel)))
        });
        links.take(50).filter_map(|n| Some((self.attr(n, "type").unwrap_or(""), self.address(n, "href")?))).collect()
    }

    /// The scripts of the page that hold something: their nodes and texts.
    pub fn scripts(&self) -> impl Iterator<Item = (usize, String)> + '_ {
        let scripts = self.dom.nodes.iter().enumerate().filter(|(_, node)| node.name == Name::Script);
        scripts.filter_map(|(at, node)| {
            let texts = &self.dom.nodes[at + 1..node.end];
            let len: usize = texts.iter().map(|t| t.text.len()).sum();
            (len > 0 && len <= MAX_SCRIPT).then(|| (at, texts.iter().map(|t| t.text).collect()))
        })
    }

    /// The visible text of a subtree, at most so many octets of it.
    pub fn words_of(&self, at: usize, max: usize) -> String {
        self.dom.text(at, max)
    }

    /// The whole visible text, at most so many octets of it.
    pub fn words(&self, max: usize) -> String {
        self.dom.text(self.dom.body, max)
    }
}
