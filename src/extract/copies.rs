//! Copies of the text within a page.

use std::collections::{HashMap, HashSet};
use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use crate::model::Block;

/// A run of blocks of this length that stood there before is a copy, not a refrain.
const COPY: usize = 600;

/// Pages repeat their text for screens of other sizes: a run of blocks that stood there before in the same
/// order is left out, and a block that is told twice in a row. What is repeated here and there is not.
pub(super) fn without(blocks: Vec<Block>) -> Vec<Block> {
    let long = |block: &Block| match block {
        Block::Heading { text, .. } => text.len() >= 12,
        Block::Paragraph { text } | Block::Quote { text } | Block::Code { text } => text.len() >= 40,
        Block::List { .. } | Block::Table { .. } => true,
        Block::Figure { .. } => false,
    };
    let at: Vec<usize> = (0..blocks.len()).filter(|i| long(&blocks[*i])).collect();
    let mut first: HashMap<u64, usize> = HashMap::with_capacity(at.len());
    let mut copy_of: Vec<Option<usize>> = Vec::with_capacity(at.len());
    for (n, &i) in at.iter().enumerate() {
        let earlier = *first.entry(hash(&blocks[i])).or_insert(n);
        copy_of.push((earlier < n && blocks[at[earlier]] == blocks[i]).then_some(earlier));
    }
    let mut dropped: HashSet<usize> = HashSet::new();
    let mut n = 0;
    while n < at.len() {
        let Some(earlier) = copy_of[n] else {
            n += 1;
            continue;
        };
        let run = (n..at.len()).take_while(|m| copy_of[*m] == Some(earlier + (m - n))).count();
        let len: usize = (n..n + run).map(|m| length(&blocks[at[m]])).sum();
        if n - earlier <= run || (run >= 3 && len >= COPY) {
            dropped.extend((n..n + run).map(|m| at[m]));
        }
        n += run;
    }
    if dropped.is_empty() {
        return blocks;
    }
    blocks.into_iter().enumerate().filter(|(i, _)| !dropped.contains(i)).map(|(_, block)| block).collect()
}

fn length(block: &Block) -> usize {
    match block {
        Block::Heading { text, .. } | Block::Paragraph { text } | Block::Quote { text } | Block::Code { text } => {
            text.len()
        }
        Block::List { items, .. } => items.iter().map(|item| item.text.len()).sum(),
        Block::Table { rows } => rows.iter().flatten().map(String::len).sum(),
        Block::Figure { .. } => 0,
    }
}

fn hash(block: &Block) -> u64 {
    let mut hasher = DefaultHasher::new();
    match block {
        Block::Heading { text, .. }
        | Block::Paragraph { text }
        | Block::Quote { text }
        | Block::Code { text }
        | Block::Figure { caption: text, .. } => text.hash(&mut hasher),
        Block::List { items, .. } => items.iter().for_each(|item| item.text.hash(&mut hasher)),
        Block::Table { rows } => rows.hash(&mut hasher),
    }
    hasher.finish()
}
