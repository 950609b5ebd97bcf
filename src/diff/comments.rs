//! Comments, each by its identity: its own identifier, else its address, else who wrote it when, else what it says.

use std::collections::{HashMap, HashSet};

use super::align::rising;
use super::words::{beginning, likeness, window};
use super::{Context, Found, noise};
use crate::model::{Action, Comment, Item, Precision, Subject};

/// Comments beyond this are not compared.
const MAX: usize = 50_000;
/// So many comments without a partner are tried against each other.
const TRIES: usize = 200;
/// Texts of which less (of a hundred) is alike are two comments.
const ALIKE: usize = 60;
/// More that moved are told as one.
const MOVED: usize = 20;

/// What a comment is known by.
struct Known<'a> {
    comment: &'a Comment,
    text: String,
    author: String,
    time: Option<i64>,
    permalink: Option<String>,
}

impl<'a> Known<'a> {
    fn new(comment: &'a Comment) -> Self {
        let time = comment.time.as_ref().filter(|time| time.precision != Precision::Relative);
        Self {
            comment,
            text: noise::comment(&comment.text),
            author: noise::plain(comment.author.as_deref().unwrap_or("")),
            time: time.and_then(|time| time.at).map(|at| at.as_second()),
            permalink: comment.permalink.as_deref().map(link),
        }
    }
}

fn known(comments: &[Comment]) -> Vec<Known<'_>> {
    comments.iter().take(MAX).map(Known::new).collect()
}

/// The address of a comment: its fragment is what names it, wherever the page with it stands.
fn link(permalink: &str) -> String {
    match permalink.split_once('#') {
        Some((_, fragment)) if !fragment.is_empty() => fragment.to_owned(),
        _ => noise::address(permalink),
    }
}

/// Who stands for whom.
struct Partners {
    of_old: Vec<Option<usize>>,
    of_new: Vec<Option<usize>>,
}

impl Partners {
    fn pair(&mut self, a: usize, b: usize) {
        self.of_old[a] = Some(b);
        self.of_new[b] = Some(a);
    }

    /// Pairs those without a partner that have the same key, in order.
    fn by<'k, K: std::hash::Hash + Eq>(
        &mut self,
        old: &'k [Known<'k>],
        new: &'k [Known<'k>],
        key: impl Fn(&'k Known<'k>) -> Option<K>,
    ) {
        let mut places: HashMap<K, std::collections::VecDeque<usize>> = HashMap::new();
        for (b, one) in new.iter().enumerate().filter(|(b, _)| self.of_new[*b].is_none()) {
            if let Some(key) = key(one) {
                places.entry(key).or_default().push_back(b);
            }
        }
        for (a, one) in old.iter().enumerate() {
            if self.of_old[a].is_none()
                && let Some(key) = key(one)
                && let Some(b) = places.get_mut(&key).and_then(std::collections::VecDeque::pop_front)
            {
                self.pair(a, b);
            }
        }
    }

    /// Pairs what is left by what it says, at about the same place or by the same author.
    fn by_likeness(&mut self, old: &[Known<'_>], new: &[Known<'_>]) {
        let left = |of: &[Option<usize>]| (0..of.len()).filter(|at| of[*at].is_none()).take(TRIES).collect::<Vec<_>>();
        let (gone, come) = (left(&self.of_old), left(&self.of_new));
        let mut tries = Vec::new();
        for a in &gone {
            for b in &come {
                let (one, other) = (&old[*a], &new[*b]);
                let same_author = !one.author.is_empty() && one.author == other.author;
                let near = a.abs_diff(*b) <= 2 + gone.len().max(come.len());
                let ids = one.comment.id.is_some() && other.comment.id.is_some();
                // Two that the page tells apart are two, unless one person says nearly the same.
                if !(same_author || near && !ids && (one.author.is_empty() || other.author.is_empty())) {
                    continue;
                }
                let alike = likeness(&one.text, &other.text);
                let short = one.text.split_whitespace().count() <= 3;
                if alike >= ALIKE || (short && same_author && gone.len() == 1 && come.len() == 1 && !ids) {
                    tries.push((std::cmp::Reverse(alike), a.abs_diff(*b), *a, *b));
                }
            }
        }
        tries.sort_unstable();
        for (_, _, a, b) in tries {
            if self.of_old[a].is_none() && self.of_new[b].is_none() {
                self.pair(a, b);
            }
        }
    }
}

pub(super) fn compare(before: &[Comment], after: &[Comment], context: &Context<'_>, found: &mut Found) {
    let alike =
        |(one, other): (&Comment, &Comment)| one.id == other.id && one.author == other.author && one.text == other.text;
    if before.len() == after.len() && before.iter().zip(after).all(alike) {
        return;
    }
    if before.len().max(after.len()) > MAX {
        found.bound("only the first 50,000 comments were compared");
    }
    let (old, new) = (known(before), known(after));
    let mut partners = Partners { of_old: vec![None; old.len()], of_new: vec![None; new.len()] };
    partners.by(&old, &new, |c| Some((c.comment.id.as_deref()?, c.author.as_str(), c.text.as_str())));
    // Some sites count their comments anew when one is gone: what it says tells more than its number.
    partners.by(&old, &new, |c| Some((c.author.as_str(), c.time?, c.text.as_str())));
    let is_own = |c: &Known<'_>| !c.author.is_empty() && c.text.len() > 8;
    partners.by(&old, &new, |c| is_own(c).then_some((c.author.as_str(), c.text.as_str())));
    partners.by(&old, &new, |c| c.comment.id.as_deref());
    partners.by(&old, &new, |c| c.permalink.as_deref());
    partners.by(&old, &new, |c| Some((c.author.as_str(), c.time.filter(|_| !c.author.is_empty())?)));
    partners.by(&old, &new, |c| Some((c.author.as_str(), c.text.as_str())));
    partners.by_likeness(&old, &new);

    let pairs: Vec<(usize, usize)> = partners.of_old.iter().enumerate().filter_map(|(a, b)| Some((a, (*b)?))).collect();
    let stayed: HashSet<usize> = rising(&pairs).into_iter().map(|(a, _)| a).collect();
    let moved = pairs.len() - stayed.len();
    for (a, one) in old.iter().enumerate() {
        match partners.of_old[a] {
            None => found.push(single(one, Action::Removed, a)),
            Some(b) => {
                let other = &new[b];
                if let Some(item) = edited(one, other, a, b, context.raw) {
                    found.push(item);
                } else if !stayed.contains(&a) && moved <= MOVED {
                    found.push(Item { from: place(a), to: place(b), ..about(other, Action::Moved) });
                }
            }
        }
    }
    for (b, one) in new.iter().enumerate().filter(|(b, _)| partners.of_new[*b].is_none()) {
        found.push(single(one, Action::Added, b));
    }
    if moved > MOVED {
        let after = Some(format!("{moved} comments stand in another order"));
        found.push(Item { after, ..Item::new(Subject::Comment, Action::Moved) });
    }
}

fn edited(one: &Known<'_>, other: &Known<'_>, a: usize, b: usize, raw: bool) -> Option<Item> {
    let same = one.text == other.text;
    let renamed = one.author != other.author;
    let noise = raw && same && !renamed && one.comment.text != other.comment.text;
    if same && !renamed && !noise {
        return None;
    }
    // Another name for the same comment shows with what it says.
    let shown = |known: &Known<'_>| match known.comment.author.as_deref() {
        Some(author) if renamed => format!("{author}: {}", known.comment.text),
        _ => known.comment.text.clone(),
    };
    let (before, after, cut) = window(&shown(one), &shown(other));
    let item = about(other, Action::Edited);
    Some(Item { from: place(a), to: place(b), before: Some(before), after: Some(after), cut, noise, ..item })
}

fn single(one: &Known<'_>, action: Action, at: usize) -> Item {
    let (text, cut) = beginning(&one.comment.text);
    let item = Item { cut, ..about(one, action) };
    match action {
        Action::Added => Item { to: place(at), after: Some(text), ..item },
        _ => Item { from: place(at), before: Some(text), ..item },
    }
}

fn about(one: &Known<'_>, action: Action) -> Item {
    let comment = one.comment;
    let author = comment.author.as_deref().map(|author| beginning(author).0);
    let key = comment.id.as_deref().or(comment.permalink.as_deref()).map(|key| beginning(key).0);
    Item { key, author, ..Item::new(Subject::Comment, action) }
}

fn place(at: usize) -> Option<u32> {
    u32::try_from(at + 1).ok()
}
