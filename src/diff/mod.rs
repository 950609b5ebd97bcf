//! What changed between two readings of one page. Noise is no change: what differs on every visit
//! (nonces, counters, advertising, "5 minutes ago") either never gets into a [`Document`]'s main parts or
//! is folded away here.
//!
//! Compared are title, authors, credits, main text, comments (item by item), media, and the stated times
//! of publication and change. Other words of the page (`rest`: navigation, sidebars, footers) count only
//! where neither reading has a main text or comments, for then they are all that there is. Description,
//! tags and links follow the text or the site's furniture and are not compared.

mod noise;

use std::collections::HashMap;

use similar::{Algorithm, capture_diff_slices_deadline};

use crate::model::{Block, Comment, Document, MediaKind, When};

/// Lines of text beyond this are compared as a whole instead of one by one.
const MAX_LINES: usize = 5_000;

/// What changed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Change {
    /// Something did.
    pub changed: bool,
    /// What, for people: `title`, `text +1 -2`, `comments +1 -2`.
    pub what: Vec<String>,
}

/// Compares an older with a newer reading of one page.
pub fn compare(old: &Document, new: &Document) -> Change {
    let mut what = Vec::new();
    let mut differs = |same: bool, name: &str| {
        if !same {
            what.push(name.to_owned());
        }
    };
    differs(folded(old.title.as_deref()) == folded(new.title.as_deref()), "title");
    differs(old.authors == new.authors, "byline");
    differs(old.credits == new.credits, "credits");
    differs(instant(old.published.as_ref()) == instant(new.published.as_ref()), "published");
    if let Some(text) = text(old, new) {
        what.push(text);
    }
    if let Some(comments) = comments(&old.comments, &new.comments) {
        what.push(comments);
    }
    if let Some(media) = media(old, new) {
        what.push(media);
    }
    Change { changed: !what.is_empty(), what }
}

fn folded(text: Option<&str>) -> String {
    noise::fold(text.unwrap_or(""))
}

/// A time that the page states; one that is counted back from the visit differs on every visit.
fn instant(when: Option<&When>) -> Option<i64> {
    when.filter(|w| w.precision != crate::model::Precision::Relative).and_then(|w| w.at).map(|at| at.as_second())
}

fn text(old: &Document, new: &Document) -> Option<String> {
    let (before, after) = (lines(old), lines(new));
    if before == after {
        return None;
    }
    if before.len().max(after.len()) > MAX_LINES {
        return Some("text".to_owned());
    }
    // Reordering and repeats count too, so this is a diff and not a comparison of sets. Myers on 5,000
    // lines that all differ is bounded by its own heuristics; sets bound the rest.
    let (added, removed) = counts(&before, &after);
    Some(signed("text", added, removed))
}

fn counts(before: &[String], after: &[String]) -> (usize, usize) {
    let (mut added, mut removed) = (0, 0);
    for op in capture_diff_slices_deadline(Algorithm::Patience, before, after, None) {
        removed += op.old_range().len() * usize::from(op.tag() != similar::DiffTag::Equal);
        added += op.new_range().len() * usize::from(op.tag() != similar::DiffTag::Equal);
    }
    (added, removed)
}

fn signed(name: &str, added: usize, removed: usize) -> String {
    let mut text = name.to_owned();
    if added > 0 {
        text.push_str(&format!(" +{added}"));
    }
    if removed > 0 {
        text.push_str(&format!(" -{removed}"));
    }
    text
}

/// The main text as lines without noise; the other words where there is no main text.
fn lines(document: &Document) -> Vec<String> {
    let mut lines = Vec::new();
    for block in &document.blocks {
        match block {
            Block::Heading { text, .. } | Block::Paragraph { text } | Block::Quote { text } | Block::Code { text } => {
                lines.extend(text.lines().map(noise::fold));
            }
            Block::List { items, .. } => lines.extend(items.iter().map(|i| noise::fold(&i.text))),
            Block::Table { rows } => lines.extend(rows.iter().map(|r| noise::fold(&r.join(" | ")))),
            // Its address is compared with the media.
            Block::Figure { caption, .. } => lines.push(noise::fold(caption)),
        }
    }
    lines.retain(|l| !l.is_empty());
    if lines.is_empty() && document.comments.is_empty() {
        lines.push(noise::fold(&document.rest));
        lines.retain(|l| !l.is_empty());
    }
    lines
}

/// Comments as items: the same comment is the one with the same identifier, or else the same author and
/// text. An edited one counts as one removed and one added.
fn comments(old: &[Comment], new: &[Comment]) -> Option<String> {
    let key = |c: &Comment| {
        let text = noise::fold(&c.text.replace('\n', " "));
        (c.id.clone(), noise::fold(c.author.as_deref().unwrap_or("")), text)
    };
    let mut left: HashMap<_, i64> = HashMap::new();
    for comment in old {
        *left.entry(key(comment)).or_default() += 1;
    }
    let mut added = 0;
    for comment in new {
        match left.get_mut(&key(comment)) {
            Some(n) if *n > 0 => *n -= 1,
            _ => added += 1,
        }
    }
    let removed = usize::try_from(left.values().sum::<i64>()).unwrap_or(0);
    (added > 0 || removed > 0).then(|| signed("comments", added, removed))
}

/// Media that stand in the text. Signatures and cache breakers in their addresses are no change, nor is
/// another host of the same network.
fn media(old: &Document, new: &Document) -> Option<String> {
    let shown = |document: &Document| -> Vec<String> {
        let in_text = document.blocks.iter().filter_map(|b| match b {
            Block::Figure { url, .. } => Some(noise::address(url)),
            _ => None,
        });
        let moving = document
            .media
            .iter()
            .filter(|m| matches!(m.kind, MediaKind::Video | MediaKind::Audio | MediaKind::Embed))
            .map(|m| noise::address(&m.url));
        let mut all: Vec<String> = in_text.chain(moving).collect();
        all.sort();
        all.dedup();
        all
    };
    let (before, after) = (shown(old), shown(new));
    let added = after.iter().filter(|u| before.binary_search(u).is_err()).count();
    let removed = before.iter().filter(|u| after.binary_search(u).is_err()).count();
    (added > 0 || removed > 0).then(|| signed("media", added, removed))
}

#[cfg(test)]
mod tests;
