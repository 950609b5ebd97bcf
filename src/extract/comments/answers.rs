//! The answer of the owner inside of a comment, in an element of its own: a text, with a line that says who answered and when.

use std::ops::Range;

use super::super::address;
use super::super::dates;
use super::super::dom::Dom;
use super::super::names::Name;
use super::super::page::Context;
use super::fields;
use super::groups::Item;
use crate::model::{Comment, Precision};

/// So far into a comment its answer begins.
const NODES: usize = 2_000;
/// A longer line is not that of a signature.
const MAX_LINE: usize = 160;

/// The answer in a post, and the nodes that it takes.
pub(super) fn inside(dom: &Dom<'_>, item: &Item, context: &Context<'_>) -> Option<(Range<usize>, Comment)> {
    let mark = item.mark?;
    let is_answer = |at: &usize| *at > mark && !dom.range(*at).contains(&mark) && is_called_answer(dom, *at);
    let at = item.nodes().take(NODES).find(is_answer)?;
    let range = dom.range(at);
    let lines = dom.line_list(range.clone(), |n| n != at && fields::is_button(dom, n));
    let signature = lines.iter().position(|line| {
        let found = dates::find(&line.text, context.ways).filter(|_| line.text.len() <= MAX_LINE);
        found.is_some_and(|d| matches!(d.precision, Precision::Minute | Precision::Second | Precision::Day))
    })?;
    let line = &lines[signature];
    let linked = (line.from..line.to).find(|n| dom.nodes[*n].name == Name::A && dom.ink(*n) > 0);
    let before = || dates::find(&line.text, context.ways).and_then(|d| line.text.get(..d.span.0));
    let author = match linked {
        Some(link) => fields::name(&dom.text(link, 200)),
        None => before().map(|words| words.trim().trim_end_matches(['於', '在', '·', '|'])).and_then(fields::name),
    }?;
    let said: Vec<&str> =
        lines.iter().enumerate().filter(|(n, _)| *n != signature).map(|(_, line)| line.text.as_str()).collect();
    let text = said.join("\n");
    let time = dates::when(&line.text, "text", context.ways);
    let href = linked.and_then(|link| dom.attr(link, "href"));
    let author_url = href.and_then(|href| address::absolute(href, context.base));
    let answer = Comment { author: Some(author), author_url, time, text, ..Comment::default() };
    (!answer.text.is_empty()).then_some((range, answer))
}

/// A node stands in an answer that is inside of the post beginning at `from`.
pub(super) fn holds(dom: &Dom<'_>, at: usize, from: usize) -> bool {
    dom.ancestors(at).take_while(|up| *up > from).take(6).any(|up| is_called_answer(dom, up))
}

fn is_called_answer(dom: &Dom<'_>, at: usize) -> bool {
    let node = &dom.nodes[at];
    let block = node.name.is_block() || node.name == Name::Cell;
    block
        && dom.ink(at) > 0
        && dom.attr(at, "class").is_some_and(|class| {
            let called =
                |token: &str, word: &str| token.get(..word.len()).is_some_and(|t| t.eq_ignore_ascii_case(word));
            let words = ["reply", "answer", "response", "owner"];
            class.split_ascii_whitespace().take(12).any(|token| words.iter().any(|word| called(token, word)))
        })
}
