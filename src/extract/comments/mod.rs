//! Comments as records: from marked items (`items`), from headed lines in a section of comments
//! (`headed`), and from JSON-LD (`structured`), whichever gives most.

mod claimed;
mod fields;
mod headed;
mod items;
mod structured;

use super::dom::Dom;
use super::jsonld::Facts;
use super::page::Context;
use crate::model::Comment;

/// At most so many comments of a page are kept.
const MAX_COMMENTS: usize = 20_000;

/// What was found.
#[derive(Default)]
pub(super) struct Found {
    pub comments: Vec<Comment>,
    /// Ranges of nodes that the comments take, in order, apart from each other.
    pub taken: Vec<std::ops::Range<usize>>,
    /// Sections of comments as a whole: no main text in them.
    pub sections: Vec<std::ops::Range<usize>>,
    pub claimed: Option<u32>,
    /// There were more than the limit.
    pub many: bool,
}

/// Reads the comments of a page.
pub(super) fn read(dom: &Dom<'_>, facts: &Facts, context: &Context<'_>) -> Found {
    let sections = sections(dom);
    let mut found = items::read(dom, context);
    if found.comments.is_empty() {
        found = headed::read(dom, &sections, context);
    }
    if found.comments.is_empty() {
        found.comments = structured::read(facts, context);
    }
    // A section with words but without a comment that could be told apart is left to the other words of the page.
    found.sections = sections;
    found.claimed = facts.comment_count.or_else(|| claimed::read(dom, &found.sections));
    if found.comments.len() > MAX_COMMENTS {
        found.comments.truncate(MAX_COMMENTS);
        found.many = true;
    }
    found
}

/// Outermost sections of comments. One that holds most of the page is a class on the wrong element.
fn sections(dom: &Dom<'_>) -> Vec<std::ops::Range<usize>> {
    let mut sections = Vec::new();
    let mut at = dom.body;
    while at < dom.nodes.len() {
        let node = &dom.nodes[at];
        if node.hints.comments() && !node.hints.content() && !holds_article(dom, at) {
            sections.push(dom.range(at));
            at = node.end;
        } else {
            at += 1;
        }
    }
    sections
}

/// An h1 or a marked text body inside, that is not itself part of a comment: this is no section of comments.
fn holds_article(dom: &Dom<'_>, at: usize) -> bool {
    use super::names::Name;
    let range = dom.range(at);
    let mut i = range.start + 1;
    while i < range.end {
        let node = &dom.nodes[i];
        if node.hints.comment() {
            i = node.end;
            continue;
        }
        if node.name == Name::Main || node.name == Name::H1 {
            return true;
        }
        i += 1;
    }
    false
}
