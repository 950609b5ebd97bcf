//! What a comment says as blocks, where that is more than lines of text: quotes, lists, code, pictures.

use std::ops::Range;

use url::Url;

use super::super::dom::{Dom, Line, fold};
use super::super::media;
use super::super::names::Name;
use crate::model::{Block, ListItem};

/// More are not made of one comment.
const MAX_BLOCKS: usize = 2_000;

/// What lines stand in.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Holder {
    Line,
    Heading(u8),
    Quote(usize),
    Code(usize),
    List(usize),
}

/// An element that may be more than a line of text.
pub(super) fn is_more(dom: &Dom<'_>, at: usize) -> bool {
    match dom.nodes[at].name {
        Name::Blockquote | Name::Pre | Name::Li | Name::Img => true,
        Name::Div | Name::Aside => is_quote(dom, at),
        _ => false,
    }
}

/// Programs of forums that make no `blockquote`.
fn is_quote(dom: &Dom<'_>, at: usize) -> bool {
    dom.attr(at, "class").is_some_and(|class| {
        let mut tokens = class.split_ascii_whitespace().take(12);
        tokens.any(|t| matches!(t, "quote" | "bbcode_quote" | "quotebox" | "quote_body" | "quoteheader" | "bbquote"))
    })
}

/// The blocks of the comment that takes a range of nodes, without those of its answers. Empty if they are but the lines of `text`.
pub(super) fn read(dom: &Dom<'_>, range: Range<usize>, inner: &[Range<usize>], text: &str, base: &Url) -> Vec<Block> {
    let lines = dom.line_list(range.clone(), |n| {
        let next = inner.partition_point(|r| r.start < n);
        inner.get(next).is_some_and(|r| r.start == n)
    });
    let Some(lines) = said(lines, text) else { return Vec::new() };
    // A line begins where the one before ended; its first word stands further on.
    let words = |line: &Line| (line.from..line.to).find(|n| !dom.nodes[*n].text.trim().is_empty());
    let starts: Option<Vec<usize>> = lines.iter().map(words).collect();
    let Some(starts) = starts else { return Vec::new() };
    let (Some(first), Some(last)) = (starts.first().copied(), lines.last()) else { return Vec::new() };
    let around = |at: usize| dom.ancestors(at).take_while(|a| *a > range.start);
    let Some(mut body) = around(first).find(|a| dom.nodes[*a].end >= last.to) else { return Vec::new() };
    // Pictures stand beside the text in elements of their own.
    for up in around(body) {
        if dom.ink(up) == dom.ink(body) && dom.nodes[up].name != Name::Li {
            body = up;
        }
    }
    let holder = |at: usize| {
        let mut holder = Holder::Line;
        for up in around(at).take_while(|up| *up >= body) {
            let node = &dom.nodes[up];
            let is_body = up == body;
            match node.name {
                Name::Pre => holder = Holder::Code(up),
                // A comment may stand in such an element as a whole.
                _ if is_body => {}
                Name::Blockquote => holder = Holder::Quote(up),
                Name::Ul | Name::Ol => holder = Holder::List(up),
                Name::Div | Name::Aside if is_quote(dom, up) => holder = Holder::Quote(up),
                name if holder == Holder::Line => holder = name.heading().map_or(Holder::Line, Holder::Heading),
                _ => {}
            }
        }
        holder
    };
    let pictures = pictures(dom, dom.range(body), inner, base);
    let mut pictures = pictures.into_iter().peekable();
    let mut out: Vec<Block> = Vec::new();
    let (mut open, mut item) = (Holder::Line, usize::MAX);
    for (line, start) in lines.iter().zip(&starts) {
        if out.len() >= MAX_BLOCKS {
            break;
        }
        while let Some((_, figure)) = pictures.next_if(|(at, _)| at < start) {
            out.push(figure);
            open = Holder::Line;
        }
        let now = holder(*start);
        match (now, out.last_mut()) {
            (Holder::Quote(_), Some(Block::Quote { text })) if now == open => {
                text.push('\n');
                text.push_str(&line.text);
            }
            (Holder::Code(_), Some(Block::Code { .. })) if now == open => {}
            (Holder::List(list), last) => {
                let li = around(*start).find(|a| dom.nodes[*a].name == Name::Li).unwrap_or(*start);
                let lists = around(*start).take_while(|a| *a > list);
                let lists = lists.filter(|a| matches!(dom.nodes[*a].name, Name::Ul | Name::Ol)).count();
                let entry = ListItem { depth: u8::try_from(lists).unwrap_or(u8::MAX), text: line.text.clone() };
                match last {
                    Some(Block::List { items, .. }) if now == open => match items.last_mut().filter(|_| li == item) {
                        Some(same) => {
                            same.text.push(' ');
                            same.text.push_str(&line.text);
                        }
                        None => items.push(entry),
                    },
                    _ => out.push(Block::List { ordered: dom.nodes[list].name == Name::Ol, items: vec![entry] }),
                }
                item = li;
            }
            (Holder::Quote(_), _) => out.push(Block::Quote { text: line.text.clone() }),
            (Holder::Code(at), _) => out.push(Block::Code { text: code(dom, at) }),
            (Holder::Heading(level), _) => out.push(Block::Heading { level, text: line.text.clone() }),
            (Holder::Line, _) => out.push(Block::Paragraph { text: line.text.clone() }),
        }
        open = now;
    }
    out.extend(pictures.map(|(_, figure)| figure));
    if out.iter().all(|block| matches!(block, Block::Paragraph { .. })) { Vec::new() } else { out }
}

/// The lines that make the text, in order; `None` if it is made of others.
fn said(lines: Vec<Line>, text: &str) -> Option<Vec<Line>> {
    let mut wanted = text.lines().filter(|line| !line.is_empty()).peekable();
    let kept: Vec<Line> =
        lines.into_iter().filter(|line| wanted.next_if(|wanted| *wanted == line.text).is_some()).collect();
    wanted.peek().is_none().then_some(kept)
}

/// Preformatted text with its white space.
fn code(dom: &Dom<'_>, at: usize) -> String {
    let text: String = dom.range(at).map(|i| dom.nodes[i].text).collect();
    let text = text.trim_matches(['\n', '\r']).trim_end();
    text.chars().filter(|c| !c.is_control() || matches!(c, '\n' | '\t')).collect()
}

/// Pictures that are said, not those of people, of buttons and of moods.
fn pictures(dom: &Dom<'_>, range: Range<usize>, inner: &[Range<usize>], base: &Url) -> Vec<(usize, Block)> {
    let mut out = Vec::new();
    for at in range {
        let is_answers = || inner.get(inner.partition_point(|r| r.end <= at)).is_some_and(|r| r.start <= at);
        if dom.nodes[at].name != Name::Img || out.len() >= 100 || is_small(dom, at) || is_answers() {
            continue;
        }
        if media::is_portrait(dom, at) {
            continue;
        }
        if let Some(url) = media::address_of(dom, at, base).filter(|url| !url.starts_with("data:")) {
            let caption = dom.attr(at, "alt").map(fold).unwrap_or_default();
            out.push((at, Block::Figure { url, caption }));
        }
    }
    out
}

fn is_small(dom: &Dom<'_>, at: usize) -> bool {
    let says = |value: &str| {
        let value = value.to_ascii_lowercase();
        ["smil", "emoji", "emoticon", "icon", "spacer", "badge"].iter().any(|word| value.contains(word))
    };
    let size = |name: &str| dom.attr(at, name).and_then(|v| v.trim_end_matches("px").parse::<u32>().ok());
    dom.attr(at, "class").is_some_and(says)
        || dom.attr(at, "src").is_some_and(|src| src.len() < 2_000 && says(src))
        || ["width", "height"].iter().any(|name| size(name).is_some_and(|n| n <= 32))
}
