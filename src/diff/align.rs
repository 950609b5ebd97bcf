//! Which elements of two sequences stand for each other, in order: bounded in time on any input.

use std::collections::HashMap;

use similar::{Algorithm, DiffTag, capture_diff_slices};

/// Gaps of so many elements on both sides together are compared exactly.
const EXACT: usize = 2_048;
/// So often a gap is parted by what is found once on either side.
const DEPTH: u32 = 12;

/// Pairs of places, both rising.
#[derive(Debug, Default)]
pub(super) struct Aligned {
    /// Places in the older and the newer sequence that stand for each other.
    pub pairs: Vec<(usize, usize)>,
    /// Some parts were so long that they count as wholly different.
    pub coarse: bool,
}

/// Aligns two sequences. Where they are long, by what is found once on either side (patience), else exactly (Myers).
pub(super) fn align(old: &[u32], new: &[u32]) -> Aligned {
    let mut out = Aligned::default();
    let mut gaps = vec![(0, old.len(), 0, new.len(), DEPTH)];
    while let Some((mut a, mut a_end, mut b, mut b_end, depth)) = gaps.pop() {
        while a < a_end && b < b_end && old[a] == new[b] {
            out.pairs.push((a, b));
            (a, b) = (a + 1, b + 1);
        }
        while a < a_end && b < b_end && old[a_end - 1] == new[b_end - 1] {
            (a_end, b_end) = (a_end - 1, b_end - 1);
            out.pairs.push((a_end, b_end));
        }
        if a == a_end || b == b_end {
            continue;
        }
        if a_end - a + b_end - b <= EXACT {
            for op in capture_diff_slices(Algorithm::Myers, &old[a..a_end], &new[b..b_end]) {
                if op.tag() == DiffTag::Equal {
                    let (from, to) = (op.old_range(), op.new_range());
                    out.pairs.extend(from.zip(to).map(|(x, y)| (a + x, b + y)));
                }
            }
            continue;
        }
        let anchors = if depth > 0 { anchors(&old[a..a_end], &new[b..b_end]) } else { Vec::new() };
        if anchors.is_empty() {
            out.coarse = true;
            continue;
        }
        let (mut x, mut y) = (a, b);
        for (i, j) in anchors {
            let (i, j) = (a + i, b + j);
            out.pairs.push((i, j));
            gaps.push((x, i, y, j, depth - 1));
            (x, y) = (i + 1, j + 1);
        }
        gaps.push((x, a_end, y, b_end, depth - 1));
    }
    out.pairs.sort_unstable();
    out
}

/// What is found once on either side, as far as it stands in the same order.
fn anchors(old: &[u32], new: &[u32]) -> Vec<(usize, usize)> {
    let once = |all: &[u32]| {
        let mut places: HashMap<u32, Option<usize>> = HashMap::with_capacity(all.len());
        for (at, id) in all.iter().enumerate() {
            places.entry(*id).and_modify(|place| *place = None).or_insert(Some(at));
        }
        places
    };
    let mine = once(new);
    let theirs = once(old);
    let both = old.iter().enumerate().filter_map(|(at, id)| {
        theirs.get(id).copied().flatten()?;
        Some((at, mine.get(id).copied().flatten()?))
    });
    rising(&both.collect::<Vec<_>>())
}

/// The longest part of these pairs, whose first places rise, in which the second places rise, too.
pub(super) fn rising(pairs: &[(usize, usize)]) -> Vec<(usize, usize)> {
    // The pair that ends the best run of each length, and of each pair the one before it.
    let mut ends: Vec<usize> = Vec::new();
    let mut before: Vec<Option<usize>> = Vec::with_capacity(pairs.len());
    for (at, (_, place)) in pairs.iter().enumerate() {
        let length = ends.partition_point(|end| pairs[*end].1 < *place);
        before.push(length.checked_sub(1).and_then(|last| ends.get(last).copied()));
        match ends.get_mut(length) {
            Some(end) => *end = at,
            None => ends.push(at),
        }
    }
    let mut out = Vec::with_capacity(ends.len());
    let mut at = ends.last().copied();
    while let Some(i) = at {
        out.push(pairs[i]);
        at = before[i];
    }
    out.reverse();
    out
}

/// A part in which the sequences differ: elements of the older stand where those of the newer do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Hunk {
    pub old: std::ops::Range<usize>,
    pub new: std::ops::Range<usize>,
}

/// The parts between the pairs.
pub(super) fn hunks(aligned: &Aligned, old: usize, new: usize) -> Vec<Hunk> {
    let mut out = Vec::new();
    let (mut a, mut b) = (0, 0);
    for (x, y) in aligned.pairs.iter().copied().chain([(old, new)]) {
        if a < x || b < y {
            out.push(Hunk { old: a..x, new: b..y });
        }
        (a, b) = (x + 1, y + 1);
    }
    out
}
