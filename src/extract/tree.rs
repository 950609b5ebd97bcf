//! Markup to tree: guarded, cut to a size, and fed in pieces, so that neither time nor memory run away
//! on a page that finds a way around the guard.

use html5ever::tendril::{StrTendril, TendrilSink};
use html5ever::{ParseOpts, parse_document};
use scraper::{Html, HtmlTreeSink};

use super::guard;
use crate::model::{Warning, WarningCode};

/// At most so much text of a page goes into a tree.
const MAX_TEXT: usize = 8 << 20;
/// The tree is fed in pieces of this size, and looked at after each of them.
const PIECE: usize = 16 << 10;
/// A tree with more nodes than this grows no further …
const MAX_NODES: usize = 250_000;
/// … nor one that got deeper than this in spite of the guard.
const MAX_DEPTH: usize = 1_200;

/// Builds the tree of a page. With `scripting` the content of noscript is one text, as in a browser.
pub(super) fn build(html: &str, scripting: bool, warnings: &mut Vec<Warning>) -> Html {
    let mut warn = |code, detail: &str| warnings.push(Warning { code, detail: detail.to_owned() });
    let mut html = html;
    if html.len() > MAX_TEXT {
        warn(WarningCode::Size, "only the first 8 MiB of the page were read");
        html = &html[..html.floor_char_boundary(MAX_TEXT)];
    }
    let guarded = guard::guard(html);
    if guarded.depth {
        warn(WarningCode::Depth, "elements nested deeper than 512 were flattened");
    }
    if guarded.attributes {
        warn(WarningCode::Attributes, "attributes beyond 256 of a tag were dropped");
    }
    if guarded.formatting {
        warn(WarningCode::Formatting, "formatting elements beyond 64 open at once were dropped");
    }
    let mut options = ParseOpts::default();
    options.tree_builder.scripting_enabled = scripting;
    let mut parser = parse_document(HtmlTreeSink::new(Html::new_document()), options);
    let mut rest: &str = &guarded.html;
    while !rest.is_empty() {
        let at = if rest.len() > PIECE { rest.ceil_char_boundary(PIECE) } else { rest.len() };
        let (piece, after) = rest.split_at(at);
        parser.process(StrTendril::from_slice(piece));
        rest = after;
        if rest.is_empty() {
            break;
        }
        if let Some((code, detail)) = overgrown(&parser.tokenizer.sink.sink.0.borrow()) {
            warn(code, detail);
            break;
        }
    }
    parser.finish()
}

fn overgrown(html: &Html) -> Option<(WarningCode, &'static str)> {
    let nodes = html.tree.values().len();
    if nodes > MAX_NODES {
        return Some((WarningCode::Size, "the tree has more than 250,000 nodes; the page was read up to there"));
    }
    // Nodes are kept in the order in which they were made.
    let deep = html.tree.nodes().rev().take(16).any(|node| node.ancestors().take(MAX_DEPTH + 1).count() > MAX_DEPTH);
    deep.then_some((WarningCode::Depth, "the tree grew too deep; the page was read up to there"))
}
