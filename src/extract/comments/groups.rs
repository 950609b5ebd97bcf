//! Posts by structure alone: dates in elements of one kind, each with a territory of its own that holds a
//! name and a text, again and again. Knows no platform; words in classes only add weight.

use std::ops::Range;

use super::super::dom::Dom;
use super::super::names::Name;
use super::super::page::Context;
use super::{Found, answers, fields, marks, posts, weigh};
use crate::model::{Comment, Precision};

/// Pages have few kinds of dated things; more are not tried.
const MAX_GROUPS: usize = 60;

/// One post: the nodes it takes, the posts of other groups inside it, and the node of its date.
#[derive(Clone, Debug)]
pub(super) struct Item {
    pub range: Range<usize>,
    pub holes: Vec<Range<usize>>,
    pub mark: Option<usize>,
}

impl Item {
    /// Its nodes without those of the posts inside it.
    pub fn nodes(&self) -> impl Iterator<Item = usize> + '_ {
        let mut holes = self.holes.iter().peekable();
        let mut at = self.range.start;
        std::iter::from_fn(move || {
            while let Some(hole) = holes.peek().filter(|h| h.start <= at) {
                at = at.max(hole.end);
                holes.next();
            }
            (at < self.range.end).then(|| {
                at += 1;
                at - 1
            })
        })
    }

    /// One of the posts inside begins here.
    pub fn hole_at(&self, at: usize) -> bool {
        self.holes.iter().any(|h| h.start == at)
    }
}

/// Groups of posts that are good enough, with their weights. `thread`: the page says that it is a discussion.
pub(super) fn read(
    dom: &Dom<'_>,
    marks: &[Vec<usize>],
    sections: &[Range<usize>],
    thread: bool,
    context: &Context<'_>,
) -> Vec<(f32, Vec<Item>)> {
    let mut groups = Vec::new();
    for group in marks.iter().filter(|g| g.len() >= 2).take(MAX_GROUPS) {
        let items = territories(dom, group);
        if items.len() < 2 {
            continue;
        }
        let weight = weigh::group(dom, &items, sections, thread, context);
        if weight >= weigh::ENOUGH {
            groups.push((weight, items));
        }
    }
    groups
}

/// A post may show several dates: of its writing, of its author's joining. The times of writing are in order,
/// and exact. Chooses the kind of place that has them, for all posts of a group.
pub(super) fn choose_marks(dom: &Dom<'_>, marks: &[Vec<usize>], items: &mut [Item], context: &Context<'_>) {
    if items.len() < 3 {
        return;
    }
    let own = |item: &Item, marks: &[usize]| -> Option<usize> {
        let from = marks.partition_point(|m| *m < item.range.start);
        let inside = marks[from..].iter().take_while(|m| **m < item.range.end);
        inside.copied().find(|m| !item.holes.iter().any(|h| h.contains(m)))
    };
    // Of joining, or of an answer in the post.
    let of_other = |mark, from| weigh::is_of_member(dom, mark, from) || answers::holds(dom, mark, from);
    let judge = |chosen: &[Option<usize>]| -> f32 {
        let found: Vec<usize> = chosen.iter().copied().flatten().take(60).collect();
        let times: Vec<_> = found.iter().filter_map(|m| fields::time(dom, *m, context)).collect();
        let at: Vec<_> = times.iter().filter_map(|t| t.at).collect();
        let pairs = at.len().saturating_sub(1).max(1) as f32;
        let rising = at.windows(2).filter(|w| w[0] <= w[1]).count().max(at.windows(2).filter(|w| w[0] >= w[1]).count());
        let fine = |w: &&crate::model::When| matches!(w.precision, Precision::Minute | Precision::Second);
        let count = found.len().max(1) as f32;
        let joined = found.iter().zip(chosen.iter().enumerate().filter(|(_, c)| c.is_some()).map(|(i, _)| i));
        let joined = joined.filter(|(m, i)| of_other(**m, items[*i].range.start)).count() as f32;
        found.len() as f32 / chosen.len().min(60) as f32
            + 1.5 * rising as f32 / pairs
            + 0.6 * times.iter().filter(fine).count() as f32 / count
            + 0.3 * found.iter().filter(|m| dom.nodes[**m].name == Name::Time).count() as f32 / count
            - 2.0 * joined / count
    };
    let current: Vec<Option<usize>> = items.iter().map(|i| i.mark).collect();
    let (mut score, mut best) = (judge(&current) + 0.15, current);
    for marks in marks.iter().filter(|g| g.len() * 2 >= items.len()).take(MAX_GROUPS) {
        let chosen: Vec<Option<usize>> = items.iter().map(|item| own(item, marks)).collect();
        if chosen.iter().flatten().count() * 10 < items.len() * 6 {
            continue;
        }
        let weight = judge(&chosen);
        if weight > score {
            (score, best) = (weight, chosen);
        }
    }
    let mut searched = 0;
    for (item, mark) in items.iter_mut().zip(best) {
        // An opening post may have its date in another place: the first exact one in it.
        item.mark = mark.or_else(|| {
            let exact = |n: &usize| {
                marks::dated(dom, *n)
                    && !weigh::is_of_member(dom, *n, item.range.start)
                    && fields::time(dom, *n, context)
                        .is_some_and(|t| matches!(t.precision, Precision::Minute | Precision::Second))
            };
            searched += 1;
            if searched > 20 {
                return None;
            }
            item.nodes().take(3_000).find(exact)
        });
    }
}

/// Reads the comments of a group.
pub(super) fn comments(dom: &Dom<'_>, items: &[Item], context: &Context<'_>) -> Found {
    let mut found = Found::default();
    let mut answers = Vec::new();
    for (mut comment, item) in posts::read(dom, items, context).into_iter().zip(items) {
        // The opening post may be of another form than the others.
        if comment.author.is_none() && dom.range(item.range.start) == item.range {
            fields::take_author(dom, item.range.start, &item.holes, &mut comment, context);
        }
        // The head of the page has a date too, that of the discussion as a whole.
        let head = comment.author.is_none()
            && dom.prose_of(item.range.start, item.range.end) == 0
            && item.range.clone().any(|i| dom.nodes[i].name == Name::H1);
        if head || (comment.text.is_empty() && comment.author.is_none()) {
            continue;
        }
        found.comments.push(comment);
        found.ranges.push(item.range.clone());
        answers.push(answers::inside(dom, item, context));
    }
    posts::thread(dom, &found.ranges, &mut found.comments);
    if answers.iter().any(Option::is_some) { with_answers(found, answers) } else { found }
}

/// Puts what owners answered inside of comments behind these.
fn with_answers(found: Found, answers: Vec<Option<(Range<usize>, Comment)>>) -> Found {
    let mut before = 0u32;
    let places: Vec<u32> = (0u32..)
        .zip(&answers)
        .map(|(n, answer)| {
            let at = n + before;
            before += u32::from(answer.is_some());
            at
        })
        .collect();
    let mut out = Found::default();
    for (((comment, range), answer), at) in found.comments.into_iter().zip(found.ranges).zip(answers).zip(&places) {
        let parent = comment.parent.and_then(|p| places.get(usize::try_from(p).ok()?).copied());
        let depth = comment.depth;
        out.comments.push(Comment { parent, ..comment });
        out.ranges.push(range);
        if let Some((range, answer)) = answer {
            out.comments.push(Comment { parent: Some(*at), depth: depth.saturating_add(1), ..answer });
            out.ranges.push(range);
        }
    }
    out
}

/// For each date the element that is its post: of the kind of which most dates have one of their own.
fn territories(dom: &Dom<'_>, group: &[usize]) -> Vec<Item> {
    let free: Vec<usize> = (0..group.len()).map(|i| territory(dom, group, i)).collect();
    let mut roots = free.clone();
    if let Some(usual) = usual(dom, group) {
        for (i, root) in roots.iter_mut().enumerate() {
            if let Some(own) = owned(dom, group, i, usual, free[i]) {
                *root = own;
            }
        }
    }
    if let Some(items) = segments(dom, group, &roots) {
        return items.into_iter().filter(|i| i.mark.is_some_and(|m| i.range.contains(&m))).collect();
    }
    let mut items: Vec<Item> = roots
        .iter()
        .zip(group)
        .map(|(root, mark)| Item { range: dom.range(*root), holes: Vec::new(), mark: Some(*mark) })
        .collect();
    for n in 0..items.len() {
        let end = items[n].range.end;
        let mut hole_end = 0;
        for inner in n + 1..items.len() {
            let range = items[inner].range.clone();
            if range.start >= end {
                break;
            }
            if range.start > items[n].range.start && range.start >= hole_end {
                hole_end = range.end;
                items[n].holes.push(range);
            }
        }
    }
    items
}

/// The largest element around a date that holds no other of the group.
fn territory(dom: &Dom<'_>, group: &[usize], i: usize) -> usize {
    let before = i.checked_sub(1).map_or(0, |n| group[n]);
    let after = group.get(i + 1).copied().unwrap_or(usize::MAX);
    let fits =
        |up: &usize| *up > before.max(dom.body) && dom.nodes[*up].end <= after && dom.nodes[*up].name != Name::Main;
    dom.ancestors(group[i]).take_while(fits).last().unwrap_or(group[i])
}

/// The element of this kind that belongs to a date: alone in it, or first in it, with the answers behind.
fn owned(dom: &Dom<'_>, group: &[usize], i: usize, kind: u64, free: usize) -> Option<usize> {
    let before = i.checked_sub(1).map_or(0, |n| group[n]);
    let own = || std::iter::once(group[i]).chain(dom.ancestors(group[i])).take_while(|up| *up > before.max(dom.body));
    let alone = own().take_while(|up| *up >= free).filter(|up| marks::shape(dom, *up) == kind).last();
    alone.or_else(|| own().find(|up| marks::shape(dom, *up) == kind))
}

/// The kind of element of which most dates have one of their own; of several the one that holds most.
fn usual(dom: &Dom<'_>, group: &[usize]) -> Option<u64> {
    let mut kinds: Vec<(u64, usize, u64, usize)> = Vec::new();
    for (i, &mark) in group.iter().enumerate().take(60) {
        let before = i.checked_sub(1).map_or(0, |n| group[n]);
        for up in std::iter::once(mark).chain(dom.ancestors(mark)).take_while(|up| *up > before.max(dom.body)).take(40)
        {
            let kind = marks::shape(dom, up);
            let ink = u64::from(dom.ink(up));
            if let Some(entry) = kinds.iter_mut().find(|k| k.0 == kind) {
                if entry.3 != i {
                    *entry = (kind, entry.1 + 1, entry.2 + ink, i);
                }
            } else if kinds.len() < 200 {
                kinds.push((kind, 1, ink, i));
            }
        }
    }
    // A date outside of the posts (of the thread as a whole) has small elements of these kinds only.
    let most = kinds.iter().map(|k| k.1).max()?;
    let best = kinds.iter().filter(|k| k.1 * 10 >= most * 9).max_by_key(|k| (k.2, k.1))?;
    (best.1 * 10 >= group.len().min(60) * 6).then_some(best.0)
}

/// Posts that are runs of siblings (`dt`, `dd`, `dd`; heading, text; row, row): cut where the sibling comes
/// again that begins them. `None` where the elements are whole posts.
fn segments(dom: &Dom<'_>, group: &[usize], roots: &[usize]) -> Option<Vec<Item>> {
    let parent = dom.nodes[roots[0]].parent;
    if roots.iter().any(|r| dom.nodes[*r].parent != parent) {
        return None;
    }
    let children: Vec<usize> = dom.children(parent).filter(|c| dom.nodes[*c].element.is_some()).take(20_000).collect();
    let own: u32 = roots.iter().map(|r| dom.ink(*r)).sum();
    let first = children.iter().position(|c| *c == roots[0])?;
    let end = *roots.last()?;
    let last = children.iter().position(|c| *c == end)?;
    let between: u32 = children[first..=last].iter().map(|c| dom.ink(*c)).sum();
    // Siblings between the dated ones hold most of the text: the dated ones are only heads or feet.
    if between < own.saturating_mul(2) {
        return None;
    }
    let shapes: Vec<u64> = children.iter().map(|c| marks::shape(dom, *c)).collect();
    let dated: Vec<usize> = roots.iter().filter_map(|r| children.iter().position(|c| c == r)).collect();
    // The kind that occurs once before each date, earliest in the run.
    let from = first.saturating_sub(8);
    let begins = (from..=first).find(|b| {
        let kind = shapes[*b];
        let places: Vec<usize> = (*b..=last).filter(|n| shapes[*n] == kind).collect();
        places.len() == dated.len()
            && places.iter().zip(&dated).all(|(p, d)| p <= d)
            && places.iter().skip(1).zip(&dated).all(|(p, d)| p > d)
    })?;
    let starts: Vec<usize> = (begins..=last).filter(|n| shapes[*n] == shapes[begins]).collect();
    let longest = starts.windows(2).map(|w| w[1] - w[0]).max().unwrap_or(1);
    let mut items = Vec::with_capacity(starts.len());
    for (i, start) in starts.iter().enumerate() {
        let end = starts.get(i + 1).copied().unwrap_or((start + longest).min(children.len()));
        let end = children.get(end - 1).map(|c| dom.nodes[*c].end)?;
        items.push(Item { range: children[*start]..end, holes: Vec::new(), mark: Some(group[i]) });
    }
    Some(items)
}
