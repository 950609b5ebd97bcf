//! Comments that are elements of their own: WordPress of all eras, block themes, Jetpack, Blogger,
//! microdata, h-entry, and whatever else calls an element a comment.

use super::super::dom::Dom;
use super::super::names::Name;
use super::super::page::Context;
use super::groups::Item as Post;
use super::{Found, fields, marks, posts};
use crate::model::Comment;

/// An element that may be a comment.
struct Item {
    at: usize,
    end: usize,
    /// Index of the item around it.
    around: Option<usize>,
    /// Indices of the items directly inside.
    inside: Vec<usize>,
    kept: bool,
}

/// Reads them in page order.
pub(super) fn read(dom: &Dom<'_>, context: &Context<'_>) -> Found {
    let mut items = candidates(dom);
    siblings(dom, &mut items);
    for i in 0..items.len() {
        settle(dom, &mut items, i);
    }
    let mut found = Found::default();
    let posts: Vec<(usize, Post)> = (0..items.len())
        .filter(|i| items[*i].kept)
        .map(|i| {
            let holes = kept_inside(&items, i).iter().map(|n| items[*n].at..items[*n].end).collect();
            (i, Post { range: items[i].at..items[i].end, holes, mark: None })
        })
        .collect();
    let mut read: Vec<(Comment, bool)> =
        posts.iter().map(|(i, post)| fields::read(dom, items[*i].at, &post.holes, context)).collect();
    complete(dom, &posts, &mut read, context);
    found.marked = read.iter().all(|(_, marked)| *marked);
    let mut number = vec![None; items.len()];
    for ((i, _), (fields, _)) in posts.into_iter().zip(read) {
        if fields.text.is_empty() && fields.author.is_none() {
            continue;
        }
        let around = std::iter::successors(items[i].around, |n| items[*n].around).find(|n| items[*n].kept);
        let parent = around.and_then(|n| number[n]);
        let at = found.comments.len();
        number[i] = Some(at);
        let comment = place(dom, items[i].at, fields, parent, &found.comments);
        found.comments.push(comment);
        found.ranges.push(items[i].at..items[i].end);
    }
    found
}

/// What is not marked in so many words is taken from the places that all posts together tell; a single one
/// tells only what leaves no doubt.
fn complete(dom: &Dom<'_>, posts: &[(usize, Post)], read: &mut [(Comment, bool)], context: &Context<'_>) {
    let dated = |post: &Post| {
        let mark = post.nodes().take(2_000).find(|n| marks::dated(dom, *n));
        Post { mark, ..post.clone() }
    };
    if let ([(_, post)], [(fields, marked)]) = (posts, &mut *read)
        && fields.author.is_none()
    {
        let learned = posts::read_alone(dom, &dated(post), context);
        if learned.author.is_some() {
            fill(fields, learned, *marked);
        }
    }
    if posts.len() < 2 {
        return;
    }
    let whole = |(c, marked): &(Comment, bool)| {
        *marked && c.author.is_some() && c.time.as_ref().is_some_and(|t| t.at.is_some())
    };
    if read.iter().all(whole) {
        for ((_, post), (fields, _)) in posts.iter().zip(read) {
            fields.permalink = fields.permalink.take().or_else(|| posts::permalink(dom, post, context));
        }
        return;
    }
    let posts: Vec<Post> = posts.iter().map(|(_, post)| dated(post)).collect();
    for (learned, (fields, marked)) in posts::read(dom, &posts, context).into_iter().zip(read) {
        fill(fields, learned, *marked);
    }
}

fn fill(fields: &mut Comment, learned: Comment, marked: bool) {
    if fields.author.is_none() {
        fields.author = learned.author;
        fields.author_url = learned.author_url;
    }
    if fields.time.as_ref().is_none_or(|t| t.at.is_none()) && learned.time.as_ref().is_some_and(|t| t.at.is_some()) {
        fields.time = learned.time;
    }
    if !marked && !learned.text.is_empty() {
        fields.text = posts::without_name(learned.text, fields.author.as_deref());
    }
    fields.permalink = fields.permalink.take().or(learned.permalink);
}

fn candidates(dom: &Dom<'_>) -> Vec<Item> {
    let mut items: Vec<Item> = Vec::new();
    let mut open: Vec<usize> = Vec::new();
    let mut skip_to = 0;
    let whole = dom.ink(dom.body).max(1);
    for (at, node) in dom.nodes.iter().enumerate().skip(dom.body + 1) {
        if at < skip_to {
            continue;
        }
        while open.last().is_some_and(|i| items[*i].end <= at) {
            open.pop();
        }
        if node.name.is_unseen() || (node.hints.respond() && !node.hints.comment()) || node.hints.hidden() {
            skip_to = node.end;
            continue;
        }
        let block = node.name.is_block() || node.name == Name::Cell;
        // One item that is nearly the whole page is a class on the wrong element.
        let fits = || node.name != Name::Form && u64::from(dom.ink(at)) * 100 <= u64::from(whole) * 97;
        if node.hints.comment() && block && dom.ink(at) > 0 && fits() {
            let i = items.len();
            let around = open.last().copied();
            if let Some(around) = around {
                items[around].inside.push(i);
            }
            items.push(Item { at, end: node.end, around, inside: Vec::new(), kept: true });
            open.push(i);
        }
    }
    items
}

/// Between marked items of one kind, or before them, may stand one that is of the same kind but for the mark: the
/// opening post of a discussion, say.
fn siblings(dom: &Dom<'_>, items: &mut Vec<Item>) {
    let outermost = || items.iter().filter(|item| item.around.is_none());
    let Some(first) = outermost().next() else { return };
    let (parent, shape) = (dom.nodes[first.at].parent, marks::shape(dom, first.at));
    let alike = |at: usize| dom.nodes[at].parent == parent && classes(dom, at) == classes(dom, first.at);
    let unclassed = dom.attr(first.at, "class").is_none();
    if unclassed || shape == 0 || outermost().count() < 2 || !outermost().all(|item| alike(item.at)) {
        return;
    }
    let is_new = |at: &usize| {
        let end = dom.nodes[*at].end;
        let holds = items.get(items.partition_point(|item| item.at < *at)).is_some_and(|item| item.end <= end);
        alike(*at) && dom.nodes[*at].name == dom.nodes[first.at].name && dom.ink(*at) > 0 && !holds
    };
    let further: Vec<usize> =
        dom.children(parent).filter(is_new).filter(|at| fields::names_someone(dom, *at, &[])).take(100).collect();
    for at in further {
        let item = Item { at, end: dom.nodes[at].end, around: None, inside: Vec::new(), kept: true };
        let before = items.partition_point(|known| known.at < at);
        items.insert(before, item);
        for known in items.iter_mut() {
            let moved = |n: usize| if n >= before { n + 1 } else { n };
            known.around = known.around.map(moved);
            known.inside.iter_mut().for_each(|n| *n = moved(*n));
        }
    }
}

fn classes<'d>(dom: &Dom<'d>, at: usize) -> Option<&'d str> {
    dom.attr(at, "class")
}

fn kept_inside(items: &[Item], i: usize) -> Vec<usize> {
    let mut kept = Vec::new();
    let mut queue: Vec<usize> = items[i].inside.iter().rev().copied().collect();
    while let Some(n) = queue.pop() {
        if items[n].kept {
            kept.push(n);
        } else {
            queue.extend(items[n].inside.iter().rev());
        }
    }
    kept
}

/// Decides between an item and the items in it, when both may be the same comment.
fn settle(dom: &Dom<'_>, items: &mut [Item], i: usize) {
    let Some(&first) = items[i].inside.first() else {
        return;
    };
    if !items[i].kept {
        return;
    }
    let (outer, inner) = (items[i].at, items[first].at);
    let number = |at: usize| dom.attr(at, "id").and_then(trailing_number);
    let same_id = number(outer).is_some() && number(outer) == number(inner);
    let own: u32 = dom.ink(outer) - items[i].inside.iter().map(|n| dom.ink(items[*n].at)).sum::<u32>();
    if same_id {
        items[first].kept = false;
    } else if own == 0 || (own < 40 && number(outer).is_none()) {
        // A shell around one comment (and its answers), or around many.
        let shell_of_one = dom.nodes[outer].name == Name::Li && dom.nodes[inner].name != Name::Li;
        items[if shell_of_one { first } else { i }].kept = false;
    } else if number(outer).is_none() {
        let inner: Vec<_> = items[i].inside.iter().map(|n| items[*n].at..items[*n].end).collect();
        if !fields::names_someone(dom, outer, &inner) {
            items[i].kept = false;
        }
    }
}

fn trailing_number(id: &str) -> Option<&str> {
    let digits = id.len() - id.trim_end_matches(|c: char| c.is_ascii_digit()).len();
    (digits > 0).then(|| &id[id.len() - digits..])
}

/// Where in the thread a comment stands: by nesting, or by a class such as `depth-2`.
fn place(dom: &Dom<'_>, at: usize, mut comment: Comment, parent: Option<usize>, before: &[Comment]) -> Comment {
    let stated = dom
        .attr(at, "class")
        .and_then(|class| class.split_ascii_whitespace().find_map(|t| t.strip_prefix("depth-")?.parse::<u16>().ok()));
    let parent = parent.or_else(|| {
        let depth = stated?.checked_sub(2)?;
        before.iter().rposition(|c| c.depth <= depth).filter(|n| before[*n].depth == depth)
    });
    comment.depth = parent.and_then(|p| before.get(p)).map_or(0, |p| p.depth.saturating_add(1));
    comment.parent = parent.and_then(|p| u32::try_from(p).ok());
    comment
}
