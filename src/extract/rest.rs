//! The visible words that are neither main text nor comments.

use super::comments::Found;
use super::dom::{Dom, push_folded};
use super::names::Name;

/// At most so many octets of them are kept.
const MAX_REST: usize = 20_000;

/// Reads them in page order. `used` are the nodes of the main text.
pub(super) fn read(dom: &Dom<'_>, comments: &Found, used: &[bool]) -> String {
    let mut out = String::new();
    let mut taken = comments.taken.iter().peekable();
    let mut at = dom.body;
    while at < dom.nodes.len() && out.len() < MAX_REST {
        while taken.peek().is_some_and(|r| r.end <= at) {
            taken.next();
        }
        if let Some(range) = taken.peek().filter(|r| r.start <= at) {
            at = range.end;
            continue;
        }
        let node = &dom.nodes[at];
        if node.name.is_unseen() || (at != dom.body && node.hints.hidden()) {
            at = node.end;
            continue;
        }
        if node.name == Name::Text && !used[at] {
            push_folded(&mut out, node.text, MAX_REST);
        } else if node.name != Name::Text
            && !out.is_empty()
            && (node.name.is_block() || matches!(node.name, Name::Br | Name::Cell | Name::A | Name::Button))
        {
            push_folded(&mut out, " ", MAX_REST);
        }
        at += 1;
    }
    out.truncate(out.trim_end().len());
    out
}
