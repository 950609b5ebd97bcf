//! What changed between two readings of one page, item by item. Noise is no change: what differs on every visit (nonces,
//! counters, advertising, "5 minutes ago") either never gets into a [`Document`]'s main parts, or is folded away by rules
//! that are data ([`noise`]), or is learned from earlier looks at the page ([`learn`]).
//!
//! Compared are title, authors, credits, categories, the stated time of publication, the address that the page gives for
//! itself, main text, media and links in it, and comments. Other words of the page (`rest`: navigation, sidebars, footers)
//! count only where neither reading has a main text or comments, for then they are all that there is. Description, tags,
//! likes and counts of comments follow the rest or say nothing, and are not compared.

mod align;
mod around;
mod comments;
mod learn;
mod media;
mod noise;
mod text;
mod words;

use std::collections::HashMap;

pub use self::words::pieces;
use crate::model::{Action, Difference, Digest, Document, Item, Precision, Subject, When};

/// Items that are told; more are counted.
const MAX_ITEMS: usize = 1_000;
/// Octets of text in all items; beyond it each tells only how its text begins.
const MAX_TEXT: usize = 1 << 20;
/// Characters of that beginning.
const BEGINNING: usize = 200;

/// What else is known of a page.
#[derive(Clone, Copy, Debug, Default)]
pub struct Context<'a> {
    /// What it said at looks before the older reading, the oldest first; a look that found the same is there again.
    pub history: &'a [&'a Document],
    /// The octets of the media of the older reading, by address.
    pub media_before: Option<&'a HashMap<String, Digest>>,
    /// The octets of the media of the newer reading.
    pub media_after: Option<&'a HashMap<String, Digest>>,
    /// The octets of media at earlier looks, the oldest first.
    pub media_history: &'a [HashMap<String, Digest>],
    /// Tells noise, too, marked as such.
    pub raw: bool,
}

/// Compares an older with a newer reading of one page.
pub fn compare(old: &Document, new: &Document) -> Difference {
    compare_with(old, new, &Context::default())
}

/// The same with what else is known.
pub fn compare_with(old: &Document, new: &Document, context: &Context<'_>) -> Difference {
    let mut found = Found::default();
    fields(old, new, &mut found);
    text::compare(old, new, context, &mut found);
    media::links(old, new, context, &mut found);
    media::compare(old, new, context, &mut found);
    comments::compare(&old.comments, &new.comments, context, &mut found);
    found.out
}

/// What was found so far.
#[derive(Default)]
struct Found {
    out: Difference,
    text: usize,
}

impl Found {
    fn push(&mut self, mut item: Item) {
        if self.out.items.len() < MAX_ITEMS {
            if self.text > MAX_TEXT {
                for text in [&mut item.before, &mut item.after].into_iter().flatten() {
                    if let Some((at, _)) = text.char_indices().nth(BEGINNING) {
                        text.truncate(at);
                        item.cut = true;
                    }
                }
            }
            self.text += [&item.before, &item.after].into_iter().flatten().map(String::len).sum::<usize>();
            self.out.items.push(item);
        } else if item.counts() {
            self.out.left_out = self.out.left_out.saturating_add(1);
        }
    }

    fn len(&self) -> usize {
        self.out.items.len()
    }

    /// What was found from there on is noise.
    fn set_aside(&mut self, begin: usize) {
        let moved = |item: &Item| item.action == Action::Moved;
        self.out.items.iter_mut().skip(begin).filter(|item| !moved(item)).for_each(|item| item.noise = true);
    }

    fn bound(&mut self, says: &str) {
        if !self.out.bounds.iter().any(|bound| bound == says) {
            self.out.bounds.push(says.to_owned());
        }
    }
}

fn fields(old: &Document, new: &Document, found: &mut Found) {
    let title = |document: &Document| document.title.as_deref().map(noise::title).filter(|title| !title.is_empty());
    field(Subject::Title, title(old), title(new), found);
    let names = |names: &[String]| {
        let names = names.iter().map(|name| noise::plain(name)).filter(|name| !name.is_empty());
        let names: Vec<String> = names.filter(|name| noise::is_name(name)).collect();
        (!names.is_empty()).then(|| names.join("; "))
    };
    let (before, after) = (names(&old.authors), names(&new.authors));
    // Where the reader took something else for a name, that there is one says nothing.
    let odd = [old, new].iter().any(|document| !document.authors.iter().all(|name| noise::is_name(name)));
    if !odd || before.is_some() && after.is_some() {
        field(Subject::Byline, before, after, found);
    }
    let credits = |document: &Document| {
        let all = document.credits.iter().map(|credit| noise::plain(&format!("{} {}", credit.role, credit.name)));
        let all: Vec<String> = all.collect();
        (!all.is_empty()).then(|| all.join("; "))
    };
    field(Subject::Credits, credits(old), credits(new), found);
    published(old.published.as_ref(), new.published.as_ref(), found);
    let categories = |document: &Document| {
        let mut all: Vec<String> = document.categories.iter().map(|name| noise::plain(name)).collect();
        all.sort_unstable();
        all.dedup();
        all
    };
    let (before, after) = (categories(old), categories(new));
    for gone in before.iter().filter(|name| !after.contains(name)) {
        found.push(Item { before: Some(cut(gone)), ..Item::new(Subject::Category, Action::Removed) });
    }
    for come in after.iter().filter(|name| !before.contains(name)) {
        found.push(Item { after: Some(cut(come)), ..Item::new(Subject::Category, Action::Added) });
    }
    if let (Some(was), Some(is)) = (&old.canonical, &new.canonical)
        && noise::page(was) != noise::page(is)
    {
        field(Subject::Address, Some(was.clone()), Some(is.clone()), found);
    }
}

fn cut(text: &str) -> String {
    words::beginning(text).0
}

fn field(subject: Subject, before: Option<String>, after: Option<String>, found: &mut Found) {
    if before == after {
        return;
    }
    let action = match (&before, &after) {
        (None, _) => Action::Added,
        (_, None) => Action::Removed,
        _ => Action::Edited,
    };
    let (was, is, cut) = words::window(before.as_deref().unwrap_or(""), after.as_deref().unwrap_or(""));
    let item = Item { cut, ..Item::new(subject, action) };
    found.push(Item { before: before.map(|_| was), after: after.map(|_| is), ..item });
}

/// How a time is written: whether it may be the same label with another day.
fn form(when: Option<&When>) -> Vec<char> {
    let mut out: Vec<char> = Vec::new();
    for c in when.map_or("", |when| when.raw.as_str()).chars() {
        let kind = if c.is_numeric() {
            '9'
        } else if c.is_alphabetic() {
            'a'
        } else {
            c
        };
        if out.last() != Some(&kind) {
            out.push(kind);
        }
    }
    out
}

/// A time that the page states. One that is counted back from the visit is another on every visit, and nothing is known of
/// a time that only one of them states exactly.
fn published(old: Option<&When>, new: Option<&When>, found: &mut Found) {
    let is_relative = |when: Option<&When>| when.is_some_and(|when| when.precision == Precision::Relative);
    if is_relative(old) || is_relative(new) {
        return;
    }
    let instant = |when: Option<&When>| when.and_then(|when| when.at);
    let (was, is) = (instant(old), instant(new));
    let coarse = [old, new].into_iter().flatten().map(|when| match when.precision {
        Precision::Second | Precision::Relative => 0,
        Precision::Minute => 60,
        Precision::Day => 86_400,
        Precision::Month => 31 * 86_400,
        Precision::Year => 366 * 86_400,
    });
    // Both say the same as far as the coarser of them says anything.
    let coarsest = coarse.max().unwrap_or(0);
    let same_precision = old.map(|when| when.precision) == new.map(|when| when.precision);
    // A time that the reader found among words may be that of the last change, or a label that was an age before: of it the
    // day counts, and that there is one says nothing.
    let is_found = |when: Option<&When>| when.is_some_and(|when| when.source == "text");
    let is_stated = |when: Option<&When>| when.is_none_or(|when| matches!(when.source.as_str(), "json-ld" | "meta"));
    let found_day = (is_found(old) || is_found(new)).then_some(86_400);
    if found_day.is_some() && form(old) != form(new) {
        return;
    }
    let coarsest = coarsest.max(found_day.unwrap_or(0));
    let same_precision = same_precision && found_day.is_none();
    let same = match (was, is) {
        (Some(was), Some(is)) if same_precision => was.as_second() == is.as_second(),
        (Some(was), Some(is)) => (was.as_second() - is.as_second()).abs() < coarsest.max(1),
        (None, None) => true,
        _ => !is_stated(old) || !is_stated(new),
    };
    if !same {
        let raw = |when: Option<&When>| when.map(|when| noise::plain(&when.raw));
        let (mut before, mut after) = (raw(old), raw(new));
        if before == after {
            // The same words mean another time: what they mean tells more.
            let told = |at: Option<jiff::Timestamp>| at.map(|at| at.to_string());
            (before, after) = (told(was), told(is));
        }
        field(Subject::Published, before, after, found);
    }
}

#[cfg(test)]
mod item_tests;
#[cfg(test)]
mod tests;
