//! What earlier looks at a page teach: which places differ at every look, or go to and fro between values seen before, while
//! their neighbours stay. That is noise; but a sentence that somebody rewrites each time is not.

use std::collections::HashSet;

use super::align::{Aligned, Hunk};
use super::text::Ids;

/// So far around a place a neighbour is looked for that stays.
const NEIGHBOURS: usize = 20;
/// Places of more lines are no place.
const LINES: usize = 60;
/// Lines of more words are prose.
const PROSE: usize = 8;

/// What may be learned of a place.
#[derive(Clone, Copy, Debug)]
pub(super) struct Trust {
    /// Short lines in it may be free text, other at each look: not headings.
    pub free: bool,
    /// A number in it may be another at each look: not in tables, which are made of numbers.
    pub numbers: bool,
}

/// Earlier looks, the oldest first, the last one and this one.
pub(super) struct Looks<'a> {
    past: &'a [Vec<u32>],
    old: &'a [u32],
    new: &'a [u32],
    ids: &'a Ids,
    /// What stands once in each look, so that places can be told by it.
    once: Vec<HashSet<u32>>,
}

impl<'a> Looks<'a> {
    pub fn new(past: &'a [Vec<u32>], old: &'a [u32], new: &'a [u32], ids: &'a Ids) -> Self {
        let once = |all: &[u32]| {
            let mut seen = HashSet::new();
            let twice: HashSet<u32> = all.iter().copied().filter(|id| !seen.insert(*id)).collect();
            seen.retain(|id| !twice.contains(id));
            seen
        };
        let once = past.iter().map(Vec::as_slice).chain([old, new]).map(once).collect();
        Self { past, old, new, ids, once }
    }

    /// Whether the place of a hunk is one that differs without the page saying anything new.
    pub fn is_noise(&self, hunk: &Hunk, aligned: &Aligned, trust: Trust) -> bool {
        let Some(series) = self.series(hunk, aligned) else { return false };
        let Some((now, past)) = series.split_last() else { return false };
        let changes = past.windows(2).filter(|pair| pair[0] != pair[1]).count();
        // What changes now and then is edited.
        if changes < 2
            || changes * 3 + 1 < past.len()
            || now.iter().chain(past.iter().copied().flatten()).count() > LINES * series.len()
        {
            return false;
        }
        self.rotates(now, past) || (changes + 1 == past.len() && self.always(now, past, trust))
    }

    /// What stood in the place at each look, this one last: as far back as its neighbours stood.
    fn series(&self, hunk: &Hunk, aligned: &Aligned) -> Option<Vec<&[u32]>> {
        let kept: HashSet<usize> = {
            let from = aligned.pairs.partition_point(|(_, b)| *b + NEIGHBOURS < hunk.new.start);
            let to = aligned.pairs.partition_point(|(_, b)| *b < hunk.new.end + NEIGHBOURS);
            aligned.pairs.get(from..to)?.iter().map(|(_, b)| *b).collect()
        };
        let is_neighbour = |at: &usize| {
            let id = self.new[*at];
            kept.contains(at) && self.once.iter().rev().take(2).all(|once| once.contains(&id))
        };
        let back = hunk.new.start.saturating_sub(NEIGHBOURS)..hunk.new.start;
        let on = hunk.new.end..self.new.len().min(hunk.new.end + NEIGHBOURS);
        let before = back.clone().rev().find(is_neighbour).map(|at| self.new[at]);
        let after = on.clone().find(is_neighbour).map(|at| self.new[at]);
        // Without a neighbour the place reaches to the end of the text, if that is near.
        if before.is_none() && back.start > 0
            || after.is_none() && on.end < self.new.len()
            || before.is_none() && after.is_none()
        {
            return None;
        }
        let part = |all: &'a [u32]| -> Option<&'a [u32]> {
            let from = match before {
                Some(id) => all.iter().position(|other| *other == id)? + 1,
                None => 0,
            };
            let to = match after {
                Some(id) => all.iter().position(|other| *other == id)?,
                None => all.len(),
            };
            all.get(from..to)
        };
        let now = part(self.new)?;
        let mut out = vec![now, part(self.old)?];
        for (look, once) in self.past.iter().zip(&self.once).rev() {
            let stands = |id: Option<u32>| id.is_none_or(|id| once.contains(&id));
            let at = |id: u32| look.iter().position(|other| *other == id).filter(|_| once.contains(&id));
            let value = match (stands(before), stands(after)) {
                (true, true) => part(look),
                // Where one of the neighbours was edited meanwhile, the other one tells the place.
                (false, true) => after.and_then(at).and_then(|to| look.get(to.checked_sub(now.len())?..to)),
                (true, false) => before.and_then(at).and_then(|from| look.get(from + 1..from + 1 + now.len())),
                (false, false) => None,
            };
            match value {
                Some(value) => out.push(value),
                None => break,
            }
        }
        out.reverse();
        // Between neighbours that are not the next ones, the lines in question stand at the same distance each time.
        let from = match before {
            Some(id) => self.new.iter().position(|other| *other == id)? + 1,
            None => 0,
        };
        let (offset, length) = (hunk.new.start.checked_sub(from)?, hunk.new.len());
        if hunk.old.len() == length && out.iter().all(|value| value.len() == now.len()) {
            return out.into_iter().map(|value| value.get(offset..offset + length)).collect();
        }
        Some(out)
    }

    /// It goes to and fro: what stands there now was seen there before, and not only once did something come back. Of a
    /// short line once is enough; but what is taken back one time is an edit.
    fn rotates(&self, now: &[u32], past: &[&[u32]]) -> bool {
        let Some((_, earlier)) = past.split_last() else { return false };
        if !earlier.contains(&now) {
            return false;
        }
        let is_prose = now.iter().any(|id| words(self.ids.fold(*id)) >= PROSE);
        let returns = |at: usize| {
            let value = past[at];
            past[at + 1..].iter().skip_while(|other| **other == value).any(|other| *other == value)
        };
        !is_prose || (0..past.len()).any(returns)
    }

    /// It was another at every look.
    fn always(&self, now: &[u32], past: &[&[u32]], trust: Trust) -> bool {
        let looks = past.len();
        let even = past.iter().all(|value| value.len() == now.len());
        if !even {
            // A list of who is here, a row of teasers: short, with some that go and some that come each time.
            let all: Vec<&[u32]> = past.iter().copied().chain([now]).collect();
            let turns = all.windows(2).all(|pair| {
                pair[0].iter().any(|id| !pair[1].contains(id)) && pair[1].iter().any(|id| !pair[0].contains(id))
            });
            return trust.free && looks >= 5 && turns && all.iter().copied().flatten().all(|id| self.is_label(*id));
        }
        (0..now.len()).all(|line| {
            let values: Vec<&str> =
                past.iter().map(|value| value[line]).chain([now[line]]).map(|id| self.ids.fold(id)).collect();
            let changes = values.windows(2).filter(|pair| pair[0] != pair[1]).count();
            if changes == 0 {
                return true;
            }
            // What stood still until now was edited.
            if changes + 1 < values.len() {
                return false;
            }
            let is_prose = values.iter().any(|value| words(value) >= PROSE);
            match slot(&values) {
                Some(Slot::Time) => true,
                Some(Slot::Number) if !is_prose && trust.numbers => true,
                Some(Slot::Number | Slot::Name) if is_prose && trust.numbers => looks >= 5 && self.is_still(),
                Some(Slot::Number) => false,
                _ => !is_prose && trust.free && looks >= 4 && values.iter().all(|value| is_label(value)),
            }
        })
    }

    fn is_label(&self, id: u32) -> bool {
        let fold = self.ids.fold(id);
        words(fold) < PROSE && is_label(fold)
    }

    /// Apart from a few lines the text has never been another: nobody writes on it.
    fn is_still(&self) -> bool {
        let all: Vec<&[u32]> = self.past.iter().map(Vec::as_slice).chain([self.old, self.new]).collect();
        all.windows(2).all(|pair| {
            let differing = pair[0].iter().zip(pair[1]).filter(|(a, b)| a != b).count();
            pair[0].len() == pair[1].len() && differing <= 3
        })
    }
}

/// It does not end like a sentence.
fn is_label(text: &str) -> bool {
    !text.trim_end_matches(['"', '”', '»', ')', ' ']).ends_with(['.', '!', '?', '։', '。', '؟', '…', '！', '？'])
}

/// Words of a line; of scripts that do not part them, about so many.
fn words(text: &str) -> usize {
    let dense = text.chars().filter(|c| matches!(c, '\u{e00}'..='\u{eff}' | '\u{1000}'..='\u{109f}' | '\u{1780}'..='\u{17ff}' | '\u{3040}'..='\u{30ff}' | '\u{3400}'..='\u{9fff}')).count();
    text.split_whitespace().count().max(dense / 2)
}

/// What varies in lines that are otherwise alike.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Slot {
    /// Clocks, dates and tokens.
    Time,
    /// Numbers.
    Number,
    /// One name.
    Name,
}

/// The one kind of thing that varies between these lines, if the rest of them is one template.
fn slot(values: &[&str]) -> Option<Slot> {
    let split: Vec<Vec<&str>> = values.iter().map(|value| value.split(' ').collect()).collect();
    let length = split.first()?.len();
    if split.iter().any(|words| words.len() != length) {
        return None;
    }
    let varying: Vec<usize> =
        (0..length).filter(|at| split.windows(2).any(|pair| pair[0][*at] != pair[1][*at])).collect();
    let fixed = length - varying.len();
    let all = |test: fn(&str) -> bool| varying.iter().all(|at| split.iter().all(|words| test(words[*at])));
    let is_number = |word: &str| word.chars().any(char::is_numeric) && !word.chars().any(|c| c.is_alphabetic());
    let is_time = |word: &str| {
        let digits = word.chars().filter(|c| c.is_numeric()).count();
        let letters = word.chars().filter(|c| c.is_alphabetic()).count();
        digits >= 2 && word.contains([':', '/']) || (digits >= 2 && letters >= 2 && word.len() >= 8)
    };
    let (first, last) = (*varying.first()?, *varying.last()?);
    if all(is_time) {
        Some(Slot::Time)
    } else if all(is_number) {
        Some(Slot::Number)
    } else if last - first < 3 && fixed >= 3 {
        Some(Slot::Name)
    } else {
        None
    }
}
