//! Parts of a page that stand around or in its text and are texts of their own: entries inside of entries, rows
//! of titles, boxes about the author, reviews by customers.

use std::ops::Range;

use super::content::{self, Shape};
use super::dom::{Dom, fold};
use super::names::Name;

/// Of an article what stands before its title: tickers and rows of other titles.
pub(super) fn before_title(dom: &Dom<'_>, root: usize, shape: &Shape) -> Option<Range<usize>> {
    let title =
        content::title_at(dom, shape).filter(|t| dom.range(root).contains(t) && dom.nodes[*t].name == Name::H1)?;
    let before = dom.link_ink_of(root, title);
    let (all, prose) = (dom.ink_of(root, title), dom.prose_of(dom.nodes[title].end, dom.nodes[root].end));
    // Few words may be a line over the title; sentences, its summary.
    (all > 100 && before * 10 >= all * 3 && prose > 400 && repeats(dom, title)).then_some(root + 1..title)
}

/// The name of the page says what this element says.
fn repeats(dom: &Dom<'_>, at: usize) -> bool {
    let Some(said) = dom.nodes.iter().position(|n| n.name == Name::Title) else {
        return false;
    };
    let said: String = dom.nodes[said + 1..dom.nodes[said].end].iter().map(|n| n.text).take(2).collect();
    fold(&said).contains(&dom.text(at, 300))
}

/// What customers say of a product is not what its seller says.
pub(super) fn reviews(dom: &Dom<'_>, root: usize, shape: &Shape) -> Vec<Range<usize>> {
    let named = |at: usize, key: &str| {
        let of = |token: &str| {
            let token = token.to_ascii_lowercase();
            token.split(['-', '_']).any(|w| w == "reviews")
                || ["customer-review", "product-review", "user-review", "review-list"]
                    .iter()
                    .any(|w| token.starts_with(w))
        };
        dom.attr(at, key).is_some_and(|v| v.len() < 300 && v.split_ascii_whitespace().any(of))
    };
    let whole = dom.ink(root);
    let mut out: Vec<Range<usize>> = Vec::new();
    let mut at = root + 1;
    while at < dom.nodes[root].end {
        let node = &dom.nodes[at];
        let ink = dom.ink(at);
        if node.name.is_block()
            && ink > 60
            && ink * 2 < whole
            && (named(at, "class") || named(at, "id"))
            && !dom.range(at).any(|i| dom.nodes[i].name == Name::H1)
            && shape.pruned_at(at).is_none()
        {
            out.push(dom.range(at));
            at = node.end;
        } else {
            at += 1;
        }
    }
    // Where they are most of the page, they are what it is about.
    let sum: u32 = out.iter().map(|r| dom.ink_of(r.start, r.end)).sum();
    if sum * 2 < whole { out } else { Vec::new() }
}

/// Entries of a blog inside of another one are other texts.
pub(super) fn inner_entries(dom: &Dom<'_>, root: usize) -> Vec<Range<usize>> {
    let number = |at: usize| {
        let class = dom.attr(at, "class")?;
        let entry = class.split_ascii_whitespace().any(|t| t == "hentry" || t == "type-post");
        let of = |t: &str| t.strip_prefix("post-")?.parse::<u64>().ok();
        class.split_ascii_whitespace().filter(|_| entry).find_map(of)
    };
    let is_entry = |at: &usize| matches!(dom.nodes[*at].name, Name::Article | Name::Div | Name::Li);
    let Some(own) = std::iter::once(root).chain(dom.ancestors(root)).filter(is_entry).find_map(number) else {
        return Vec::new();
    };
    let inner = dom.range(root).skip(1).filter(|at| is_entry(at) && number(*at).is_some_and(|n| n != own));
    inner.map(|at| dom.range(at)).collect()
}

/// A box about the one who wrote the text.
pub(super) fn is_bio(dom: &Dom<'_>, at: usize) -> bool {
    let boxed = |class: &str| {
        class.split_ascii_whitespace().take(12).any(|token| {
            let mut words = token.split(['-', '_']);
            let of = |w: &str| w.eq_ignore_ascii_case("author") || w.eq_ignore_ascii_case("authors");
            let box_of = |w: &str| {
                matches!(
                    w,
                    "bio" | "box" | "about" | "card" | "info" | "description" | "desc" | "profile" | "biography"
                )
            };
            words.clone().any(of) && words.any(box_of)
        })
    };
    let node = &dom.nodes[at];
    node.name.is_block()
        && (dom.attr(at, "itemprop") == Some("author") || dom.attr(at, "class").is_some_and(boxed))
        && !content::holds_heading(dom, at)
}

#[cfg(test)]
mod tests;
