//! The other words of pages that have neither a main text nor comments.

use super::align::{align, hunks};
use super::learn::{Looks, Trust};
use super::text::Ids;
use super::words::window;
use super::{Context, Found, noise};
use crate::model::{Action, Document, Item, Subject};

/// Compares the words around a main text that is not there.
pub(super) fn compare(old: &Document, new: &Document, context: &Context<'_>, found: &mut Found) {
    if old.rest == new.rest {
        return;
    }
    let mut ids = Ids::default();
    let mut words = |text: &str| -> Vec<u32> {
        let words = if context.raw { text.split_whitespace().map(str::to_owned).collect() } else { noise::kept(text) };
        words.into_iter().map(|word| ids.of(word)).collect()
    };
    let (before, after) = (words(&old.rest), words(&new.rest));
    let looks: Vec<Vec<u32>> = context.history.iter().map(|document| words(&document.rest)).collect();
    if before == after {
        return;
    }
    let aligned = align(&before, &after);
    let hunks = hunks(&aligned, before.len(), after.len());
    let noise = if looks.is_empty() {
        vec![false; hunks.len()]
    } else {
        let looks = Looks::new(&looks, &before, &after, &ids);
        hunks.iter().map(|hunk| looks.is_noise(hunk, &aligned, Trust { free: true, numbers: true })).collect()
    };
    let (before, after, cut) = window(&old.rest, &new.rest);
    let noise = !hunks.is_empty() && noise.iter().all(|noise| *noise);
    let noise = noise || context.raw && noise::kept(&old.rest) == noise::kept(&new.rest);
    let item =
        Item { before: Some(before), after: Some(after), cut, noise, ..Item::new(Subject::Around, Action::Edited) };
    found.push(item);
}
