//! The main text line by line, and the other words of pages without one.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet, VecDeque};

use super::align::{Aligned, Hunk, align, hunks};
use super::learn::{self, Looks};
use super::noise::{self, Place};
use super::words::{beginning, likeness, window};
use super::{Context, Found, around};
use crate::model::{Action, Block, Document, Item, Subject};

/// Lines beyond this are not compared one by one.
pub(super) const MAX_LINES: usize = 20_000;
/// Longer lines that stand in both texts are not searched for noise: they say the same whatever it is.
const SURELY_SAID: usize = 120;
/// Pairs of lines that are tried for being one edited line, in one place.
const PAIRS: usize = 2_500;
/// Lines of which less (of a hundred) is alike are two lines.
const ALIKE: usize = 40;

/// A line of the main text.
#[derive(Clone, Debug)]
pub(super) struct Line<'a> {
    pub text: Cow<'a, str>,
    pub kind: LineKind,
    /// Where it stands, counted from 1.
    pub at: u32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum LineKind {
    Heading,
    Text,
    Row,
}

/// The main text as lines. The order in lists that are nothing but links is no order.
pub(super) fn lines(document: &Document) -> Vec<Line<'_>> {
    let mut out: Vec<Line<'_>> = Vec::new();
    let links: HashSet<&str> = document.links.iter().map(|link| link.text.as_str()).collect();
    let title = document.title.as_deref().unwrap_or_default();
    let says_title = |text: &str| text.len() * 2 >= title.len() && !text.is_empty() && title.contains(text);
    for block in &document.blocks {
        let begin = out.len();
        let mut put = |text: Cow<'_, str>, kind| {
            let text = noise::plain(&text);
            if !text.is_empty() {
                let at = u32::try_from(out.len() + 1).unwrap_or(u32::MAX);
                out.push(Line { text: Cow::Owned(text), kind, at });
            }
        };
        match block {
            // The title is compared by itself: whether it also stands at the head of the text hangs on how much else does.
            Block::Heading { text, .. } if says_title(text) => {}
            Block::Heading { text, .. } => put(text.into(), LineKind::Heading),
            Block::Paragraph { text } | Block::Quote { text } | Block::Code { text } => {
                text.lines().for_each(|line| put(line.into(), LineKind::Text));
            }
            Block::List { items, .. } => items.iter().for_each(|item| put((&item.text).into(), LineKind::Text)),
            Block::Table { rows } => rows.iter().for_each(|row| put(row.join(" | ").into(), LineKind::Row)),
            // Its address is compared with the media.
            Block::Figure { caption, .. } => put(caption.into(), LineKind::Text),
        }
        if let Block::List { items, .. } = block
            && items.len() > 1
            && items.iter().all(|item| links.contains(item.text.as_str()))
            && let Some(list) = out.get_mut(begin..)
        {
            list.sort_by(|a, b| a.text.cmp(&b.text));
        }
    }
    out.truncate(MAX_LINES);
    out
}

/// Numbers for folds: what says the same has the same number.
#[derive(Default)]
pub(super) struct Ids {
    ids: HashMap<String, u32>,
    folds: Vec<String>,
}

impl Ids {
    pub fn of(&mut self, fold: String) -> u32 {
        if let Some(id) = self.ids.get(&fold) {
            return *id;
        }
        let id = self.folds.len() as u32;
        self.folds.push(fold.clone());
        self.ids.insert(fold, id);
        id
    }

    pub fn fold(&self, id: u32) -> &str {
        self.folds.get(id as usize).map_or("", String::as_str)
    }
}

/// Lines that say something, with the numbers of their folds.
pub(super) struct Said<'a> {
    pub lines: Vec<Line<'a>>,
    pub ids: Vec<u32>,
}

fn said<'a>(lines: Vec<Line<'a>>, known: &HashSet<&str>, ids: &mut Ids, raw: bool) -> Said<'a> {
    let mut out = Said { lines: Vec::with_capacity(lines.len()), ids: Vec::with_capacity(lines.len()) };
    for line in lines {
        let is_known = line.text.len() > SURELY_SAID && known.contains(line.text.as_ref());
        let fold = if raw || is_known { line.text.to_string() } else { fold(&line) };
        if !fold.is_empty() {
            out.ids.push(ids.of(fold));
            out.lines.push(line);
        }
    }
    out
}

fn fold(line: &Line<'_>) -> String {
    noise::fold(&line.text, if line.kind == LineKind::Row { Place::Row } else { Place::Line })
}

fn long<'a>(lines: &'a [Line<'_>]) -> HashSet<&'a str> {
    lines.iter().map(|line| line.text.as_ref()).filter(|text: &&str| text.len() > SURELY_SAID).collect()
}

/// Compares the main texts; the other words where neither page has a main text or comments.
pub(super) fn compare(old: &Document, new: &Document, context: &Context<'_>, found: &mut Found) {
    let (before, after) = (lines(old), lines(new));
    if before.is_empty() && after.is_empty() {
        if old.comments.is_empty() && new.comments.is_empty() {
            around::compare(old, new, context, found);
        }
        return;
    }
    if before.len().max(after.len()) >= MAX_LINES {
        found.bound("only the first 20,000 lines of the main text were compared");
    }
    let both = &long(&before) & &long(&after);
    let both: HashSet<String> = both.into_iter().map(str::to_owned).collect();
    let known: HashSet<&str> = both.iter().map(String::as_str).collect();
    let mut ids = Ids::default();
    let old_said = said(before, &known, &mut ids, context.raw);
    let new_said = said(after, &known, &mut ids, context.raw);
    if old_said.ids == new_said.ids {
        return;
    }
    let aligned = align(&old_said.ids, &new_said.ids);
    if aligned.coarse {
        found.bound("so many lines differ that some stand as removed and added");
    }
    let hunks = hunks(&aligned, old_said.ids.len(), new_said.ids.len());
    let hunks = part(hunks, &old_said, &new_said, &ids);
    let looks = past(context, &known, &mut ids);
    let links = LinkWords::new(new);
    let mut texts = Texts { old: &old_said, new: &new_said, ids: &ids, links: &links, raw: context.raw, coarse: false };
    let noise = learned(&hunks, &aligned, &texts, &looks);
    texts.items(&hunks, &noise, found);
    if texts.coarse {
        found.bound("so many lines differ in one place that they stand as removed and added");
    }
}

/// Lines that stand side by side and are alike are the same line, edited: places of their own.
fn part(hunks: Vec<Hunk>, old: &Said<'_>, new: &Said<'_>, ids: &Ids) -> Vec<Hunk> {
    let mut out = Vec::with_capacity(hunks.len());
    for hunk in hunks {
        if hunk.old.len() != hunk.new.len() || hunk.old.len() < 2 || hunk.old.len() > PAIRS {
            out.push(hunk);
            continue;
        }
        let mut from = 0;
        let rest = |from: usize, to: usize| Hunk {
            old: hunk.old.start + from..hunk.old.start + to,
            new: hunk.new.start + from..hunk.new.start + to,
        };
        for at in 0..hunk.old.len() {
            let (a, b) = (old.ids[hunk.old.start + at], new.ids[hunk.new.start + at]);
            if likeness(ids.fold(a), ids.fold(b)) >= ALIKE {
                if from < at {
                    out.push(rest(from, at));
                }
                out.push(rest(at, at + 1));
                from = at + 1;
            }
        }
        if from < hunk.old.len() {
            out.push(rest(from, hunk.old.len()));
        }
    }
    out
}

/// Earlier looks at this page as numbers of folds.
fn past(context: &Context<'_>, known: &HashSet<&str>, ids: &mut Ids) -> Vec<Vec<u32>> {
    context.history.iter().map(|document| said(lines(document), known, ids, false).ids).collect()
}

fn learned(hunks: &[Hunk], aligned: &Aligned, texts: &Texts<'_>, looks: &[Vec<u32>]) -> Vec<bool> {
    if looks.is_empty() {
        return vec![false; hunks.len()];
    }
    let (old, new) = (&texts.old.ids, &texts.new.ids);
    let looks = Looks::new(looks, old, new, texts.ids);
    let has = |hunk: &Hunk, kind| {
        let of =
            |said: &Said<'_>, range: std::ops::Range<usize>| said.lines[range].iter().any(|line| line.kind == kind);
        of(texts.old, hunk.old.clone()) || of(texts.new, hunk.new.clone())
    };
    let trust = |hunk: &Hunk| {
        let numbers = !has(hunk, LineKind::Row);
        learn::Trust { free: numbers && !has(hunk, LineKind::Heading), numbers }
    };
    hunks.iter().map(|hunk| looks.is_noise(hunk, aligned, trust(hunk))).collect()
}

/// Words of short links of a page: a line of nothing else is a cloud, in which order says nothing.
struct LinkWords(HashSet<String>);

impl LinkWords {
    fn new(document: &Document) -> Self {
        let short =
            document.links.iter().map(|link| link.text.as_str()).filter(|text| text.split_whitespace().count() <= 4);
        Self(short.flat_map(str::split_whitespace).map(str::to_owned).collect())
    }

    /// The same words of links in another order.
    fn is_shuffled(&self, before: &str, after: &str) -> bool {
        if before.len() != after.len() || before.len() > 10_000 {
            return false;
        }
        let sorted = |text: &str| {
            let mut words: Vec<String> = text.split_whitespace().map(str::to_owned).collect();
            words.sort_unstable();
            words
        };
        let (a, b) = (sorted(before), sorted(after));
        // What ends with a colon is the label of the cloud.
        let is_sign = |word: &String| word.ends_with(':') || !word.chars().any(char::is_alphanumeric);
        a.len() > 2 && a == b && a.iter().all(|word| is_sign(word) || self.0.contains(word))
    }
}

struct Texts<'a> {
    old: &'a Said<'a>,
    new: &'a Said<'a>,
    ids: &'a Ids,
    links: &'a LinkWords,
    raw: bool,
    coarse: bool,
}

impl Texts<'_> {
    fn items(&mut self, hunks: &[Hunk], noise: &[bool], found: &mut Found) {
        // What stands elsewhere with the same words has moved.
        let mut homeless: HashMap<u32, VecDeque<(usize, bool)>> = HashMap::new();
        for (hunk, noise) in hunks.iter().zip(noise) {
            hunk.new.clone().for_each(|at| homeless.entry(self.new.ids[at]).or_default().push_back((at, *noise)));
        }
        let (mut moved, mut taken) = (HashMap::new(), HashSet::new());
        for at in hunks.iter().flat_map(|hunk| hunk.old.clone()) {
            if let Some((to, noise)) = homeless.get_mut(&self.old.ids[at]).and_then(VecDeque::pop_front) {
                moved.insert(at, (to, noise));
                taken.insert(to);
            }
        }
        for (hunk, noise) in hunks.iter().zip(noise) {
            let begin = found.len();
            for at in hunk.old.clone() {
                if let Some((to, also)) = moved.get(&at) {
                    self.moved(at, *to, *noise && *also, found);
                }
            }
            let gone: Vec<usize> = hunk.old.clone().filter(|at| !moved.contains_key(at)).collect();
            let come: Vec<usize> = hunk.new.clone().filter(|at| !taken.contains(at)).collect();
            self.hunk(&gone, &come, found);
            if *noise {
                found.set_aside(begin);
            }
        }
    }

    fn moved(&self, from: usize, to: usize, noise: bool, found: &mut Found) {
        let (old, new) = (&self.old.lines[from], &self.new.lines[to]);
        if noise::is_nothing(self.ids.fold(self.new.ids[to])) {
            return;
        }
        let (after, cut) = beginning(&new.text);
        let item = Item {
            from: Some(old.at),
            to: Some(new.at),
            after: Some(after),
            cut,
            noise,
            ..Item::new(Subject::Text, Action::Moved)
        };
        found.push(item);
    }

    /// Lines that went and came in one place: some of them are the same line, edited.
    fn hunk(&mut self, gone: &[usize], come: &[usize], found: &mut Found) {
        let mut partner: HashMap<usize, usize> = HashMap::new();
        if gone.len() == 1 && come.len() == 1 {
            partner.insert(gone[0], come[0]);
        } else if gone.len() * come.len() <= PAIRS {
            let mut next = 0;
            for a in gone {
                let rest = come.get(next..).unwrap_or_default();
                let mut best = None;
                for (n, b) in rest.iter().enumerate() {
                    let alike = self.alike(*a, *b);
                    if alike >= ALIKE && best.is_none_or(|(_, most)| alike > most) {
                        best = Some((n, alike));
                    }
                }
                if let Some((n, _)) = best {
                    partner.insert(*a, rest[n]);
                    next += n + 1;
                }
            }
        } else {
            self.coarse = true;
        }
        let edited: HashSet<usize> = partner.values().copied().collect();
        for a in gone {
            match partner.get(a) {
                Some(b) => self.edited(*a, *b, found),
                None => self.single(Action::Removed, self.old, *a, found),
            }
        }
        for b in come.iter().filter(|b| !edited.contains(b)) {
            self.single(Action::Added, self.new, *b, found);
        }
    }

    fn alike(&self, a: usize, b: usize) -> usize {
        let (before, after) = (self.ids.fold(self.old.ids[a]), self.ids.fold(self.new.ids[b]));
        if noise::says_the_same(before, after) { 100 } else { likeness(before, after) }
    }

    fn edited(&self, a: usize, b: usize, found: &mut Found) {
        let (old, new) = (&self.old.lines[a], &self.new.lines[b]);
        let (before, after) = (self.ids.fold(self.old.ids[a]), self.ids.fold(self.new.ids[b]));
        let is_nothing = noise::is_nothing(before) && noise::is_nothing(after);
        let same = is_nothing || noise::says_the_same(before, after) || self.links.is_shuffled(before, after);
        if same && !self.raw {
            return;
        }
        let is_noise =
            self.raw && (noise::says_the_same(&fold(old), &fold(new)) || self.links.is_shuffled(&old.text, &new.text));
        let (before, after, cut) = window(&old.text, &new.text);
        let item = Item {
            from: Some(old.at),
            to: Some(new.at),
            before: Some(before),
            after: Some(after),
            cut,
            noise: is_noise,
            ..Item::new(Subject::Text, Action::Edited)
        };
        found.push(item);
    }

    fn single(&self, action: Action, said: &Said<'_>, at: usize, found: &mut Found) {
        let line = &said.lines[at];
        let is_nothing = noise::is_nothing(self.ids.fold(said.ids[at]));
        if is_nothing && !self.raw {
            return;
        }
        let (text, cut) = beginning(&line.text);
        let noise = self.raw && noise::is_nothing(&fold(line));
        let item = Item { cut, noise, ..Item::new(Subject::Text, action) };
        found.push(match action {
            Action::Added => Item { to: Some(line.at), after: Some(text), ..item },
            _ => Item { from: Some(line.at), before: Some(text), ..item },
        });
    }
}
