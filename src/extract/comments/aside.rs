//! What else is told of comments that were found, in one pass over their nodes: likes, and which of them say more than
//! lines of text.

use super::super::dom::Dom;
use super::super::names::Name;
use super::super::page::Context;
use super::{Found, blocks, likes};

/// Fills in likes and blocks. Each node belongs to the innermost comment around it.
pub(super) fn read(dom: &Dom<'_>, found: &mut Found, context: &Context<'_>) {
    if found.ranges.len() != found.comments.len() {
        return;
    }
    let mut order: Vec<usize> = (0..found.ranges.len()).collect();
    order.sort_by_key(|n| (found.ranges[*n].start, std::cmp::Reverse(found.ranges[*n].end)));
    let mut shown: Vec<Option<(u8, i64)>> = vec![None; order.len()];
    let mut more = vec![false; order.len()];
    let mut open: Vec<usize> = Vec::new();
    let mut next = order.iter().copied().peekable();
    let mut at = 0;
    loop {
        while open.last().is_some_and(|n| found.ranges[*n].end <= at) {
            open.pop();
        }
        while let Some(n) = next.next_if(|n| found.ranges[*n].start <= at) {
            if found.ranges[n].end > at {
                open.push(n);
            }
        }
        let Some(&owner) = open.last() else {
            // Between two comments.
            match next.peek() {
                Some(n) => at = found.ranges[*n].start.max(at),
                None => break,
            }
            continue;
        };
        if dom.nodes[at].element.is_some() {
            more[owner] |= blocks::is_more(dom, at);
            if let Some(told) = likes::of(dom, at, found.ranges[owner].start)
                && shown[owner].is_none_or(|(rank, _)| told.0 > rank)
            {
                shown[owner] = Some(told);
            }
            // What is drawn says nothing.
            if dom.nodes[at].name == Name::Svg {
                at = dom.nodes[at].end;
                continue;
            }
        }
        at += 1;
    }
    for n in 0..order.len() {
        found.comments[n].likes = shown[n].map(|(_, likes)| likes);
        if more[n] {
            let range = found.ranges[n].clone();
            // Its answers begin behind it, and inside it.
            let from = order.partition_point(|m| found.ranges[*m].start <= range.start);
            let mut inner = Vec::new();
            let mut end = 0;
            for m in &order[from..] {
                let answer = &found.ranges[*m];
                if answer.start >= range.end {
                    break;
                }
                if answer.start >= end {
                    end = answer.end;
                    inner.push(answer.clone());
                }
            }
            found.comments[n].blocks = blocks::read(dom, range, &inner, &found.comments[n].text, context.base);
        }
    }
}
