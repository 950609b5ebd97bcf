//! Remarks under the posts of a discussion: marked as comments inside of what structure alone tells to be posts.

use std::ops::Range;

use super::super::dom::Dom;
use super::Found;
use crate::model::Comment;

/// Puts the remarks between the posts that hold them, as answers to them. A part of the post itself is none. False: there
/// are none.
pub(super) fn put(dom: &Dom<'_>, posts: &mut Found, remarks: Found) -> bool {
    if remarks.ranges.len() != remarks.comments.len() || posts.ranges.len() != posts.comments.len() {
        return false;
    }
    let holders = holders(&posts.ranges, &remarks.ranges);
    let is_remark = |comment: &Comment, post: &Comment| {
        let timed = comment.time.as_ref().is_some_and(|t| t.at.is_some());
        timed && comment.author.is_some() && !comment.text.is_empty() && !post.text.contains(comment.text.as_str())
    };
    let kept: Vec<(usize, usize)> = (0..remarks.comments.len())
        .filter_map(|n| Some((n, holders[n]?)))
        .filter(|(n, post)| {
            dom.ink_of(remarks.ranges[*n].start, remarks.ranges[*n].end) > 0
                && is_remark(&remarks.comments[*n], &posts.comments[*post])
        })
        .collect();
    if kept.is_empty() {
        return false;
    }
    // Where each comes to stand: the posts keep their order, remarks follow what they are under.
    enum From {
        Post(usize),
        Remark(usize, usize),
    }
    let mut order: Vec<(usize, From)> =
        (0..posts.ranges.len()).map(|n| (posts.ranges[n].start, From::Post(n))).collect();
    order.extend(kept.iter().map(|(n, post)| (remarks.ranges[*n].start, From::Remark(*n, *post))));
    order.sort_by_key(|(start, _)| *start);
    let mut posts_at = vec![0u32; posts.ranges.len()];
    let mut remarks_at = vec![None; remarks.comments.len()];
    for (at, (_, from)) in order.iter().enumerate() {
        let at = u32::try_from(at).unwrap_or(u32::MAX);
        match from {
            From::Post(n) => posts_at[*n] = at,
            From::Remark(n, _) => remarks_at[*n] = Some(at),
        }
    }
    let index = |parent: u32| usize::try_from(parent).unwrap_or(usize::MAX);
    let mut of_posts: Vec<Option<Comment>> = std::mem::take(&mut posts.comments).into_iter().map(Some).collect();
    let mut of_remarks: Vec<Option<Comment>> = remarks.comments.into_iter().map(Some).collect();
    let ranges = std::mem::take(&mut posts.ranges);
    let mut depths: Vec<u16> = Vec::with_capacity(order.len());
    for (_, from) in order {
        let (comment, range, parent) = match from {
            From::Post(n) => {
                let comment = of_posts[n].take().unwrap_or_default();
                let parent = comment.parent.and_then(|p| posts_at.get(index(p)).copied());
                (comment, ranges[n].clone(), parent)
            }
            From::Remark(n, post) => {
                let comment = of_remarks[n].take().unwrap_or_default();
                let above = comment.parent.and_then(|p| remarks_at.get(index(p)).copied().flatten());
                (comment, remarks.ranges[n].clone(), above.or(Some(posts_at[post])))
            }
        };
        let above = parent.and_then(|p| depths.get(index(p)));
        let depth = above.map_or(0, |depth| depth.saturating_add(1));
        depths.push(depth);
        posts.comments.push(Comment { parent, depth, ..comment });
        posts.ranges.push(range);
    }
    true
}

/// For each inner range the innermost outer one around it. Both are in page order.
fn holders(outer: &[Range<usize>], inner: &[Range<usize>]) -> Vec<Option<usize>> {
    let mut open: Vec<usize> = Vec::new();
    let mut next = 0;
    let mut out = Vec::with_capacity(inner.len());
    for range in inner {
        while outer.get(next).is_some_and(|o| o.start < range.start) {
            while open.last().is_some_and(|n| outer[*n].end <= outer[next].start) {
                open.pop();
            }
            open.push(next);
            next += 1;
        }
        while open.last().is_some_and(|n| outer[*n].end <= range.start) {
            open.pop();
        }
        out.push(open.last().copied().filter(|n| range.end <= outer[*n].end));
    }
    out
}
