//! Two texts word by word.

use std::collections::HashMap;

use super::align::align;
use crate::model::{Piece, Run};

/// Characters of a text that an item holds at most.
const SHOWN: usize = 4_000;
/// Of what both texts begin with, so much is kept before the first place that differs.
const CONTEXT: usize = 200;
/// Octets of text beyond which words are not aligned.
const ALIGNED: usize = 1 << 20;

/// What two texts have in common and what not. `Same` and `Removed` in order give the older text, `Same` and `Added` the newer.
/// Scripts that do not part words by spaces are compared by characters.
pub fn pieces(before: &str, after: &str) -> Vec<Piece> {
    let mut out = Pieces::default();
    if before.len() + after.len() > ALIGNED {
        out.put(Run::Removed, before);
        out.put(Run::Added, after);
        return out.done();
    }
    let (old, new) = (tokens(before), tokens(after));
    let mut ids: HashMap<&str, u32> = HashMap::new();
    let mut number = |word| {
        let next = ids.len() as u32;
        *ids.entry(word).or_insert(next)
    };
    let a: Vec<u32> = old.iter().map(|word| number(*word)).collect();
    let b: Vec<u32> = new.iter().map(|word| number(*word)).collect();
    let aligned = align(&a, &b);
    let (mut x, mut y) = (0, 0);
    for (i, j) in aligned.pairs.into_iter().chain([(old.len(), new.len())]) {
        old[x..i].iter().for_each(|word| out.put(Run::Removed, word));
        new[y..j].iter().for_each(|word| out.put(Run::Added, word));
        if let Some(word) = old.get(i) {
            out.put(Run::Same, word);
        }
        (x, y) = (i + 1, j + 1);
    }
    out.done()
}

/// Gathers pieces: what was removed stands before what was added in its place, and white space between two places that
/// differ belongs to them.
#[derive(Default)]
struct Pieces {
    out: Vec<Piece>,
    removed: String,
    added: String,
    /// White space that both have, after a place that differs.
    space: String,
}

impl Pieces {
    fn put(&mut self, run: Run, word: &str) {
        let differs = !self.removed.is_empty() || !self.added.is_empty();
        if run == Run::Same {
            if differs && word.chars().all(char::is_whitespace) {
                self.space.push_str(word);
                return;
            }
            self.end();
            match self.out.last_mut() {
                Some(last) if last.run == Run::Same => last.text.push_str(word),
                _ => self.out.push(Piece { run, text: word.to_owned() }),
            }
            return;
        }
        let space = std::mem::take(&mut self.space);
        self.removed.push_str(&space);
        self.added.push_str(&space);
        if run == Run::Removed { &mut self.removed } else { &mut self.added }.push_str(word);
    }

    fn end(&mut self) {
        let parts = [(Run::Removed, &mut self.removed), (Run::Added, &mut self.added), (Run::Same, &mut self.space)];
        for (run, text) in parts {
            if !text.is_empty() {
                self.out.push(Piece { run, text: std::mem::take(text) });
            }
        }
    }

    fn done(mut self) -> Vec<Piece> {
        self.end();
        self.out
    }
}

/// Words, runs of white space, signs; single characters of scripts that do not part words by spaces.
pub(super) fn tokens(text: &str) -> Vec<&str> {
    let mut out = Vec::new();
    let mut chars = text.char_indices().peekable();
    while let Some((begin, first)) = chars.next() {
        let mut end = begin + first.len_utf8();
        let run: fn(char) -> bool = if first.is_whitespace() {
            char::is_whitespace
        } else if first.is_alphanumeric() && !is_dense(first) {
            |c| c.is_alphanumeric() && !is_dense(c) || belongs(c)
        } else {
            belongs
        };
        while let Some((at, c)) = chars.next_if(|(_, c)| run(*c)) {
            end = at + c.len_utf8();
        }
        out.push(&text[begin..end]);
    }
    out
}

/// A character of a script that does not part words by spaces.
fn is_dense(c: char) -> bool {
    matches!(c, '\u{e00}'..='\u{eff}' | '\u{f00}'..='\u{fff}' | '\u{1000}'..='\u{109f}' | '\u{1780}'..='\u{17ff}' | '\u{2e80}'..='\u{2fdf}'
        | '\u{3005}'..='\u{30ff}' | '\u{3100}'..='\u{312f}' | '\u{31f0}'..='\u{31ff}' | '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}'
        | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{3fffd}')
}

/// A mark that belongs to the character before it.
fn belongs(c: char) -> bool {
    matches!(c, '\u{300}'..='\u{36f}' | '\u{483}'..='\u{489}' | '\u{591}'..='\u{5c7}' | '\u{610}'..='\u{61a}' | '\u{64b}'..='\u{65f}'
        | '\u{670}' | '\u{6d6}'..='\u{6ed}' | '\u{901}'..='\u{903}' | '\u{93a}'..='\u{94f}' | '\u{981}'..='\u{983}' | '\u{9bc}'..='\u{9cd}'
        | '\u{a01}'..='\u{a03}' | '\u{a3c}'..='\u{a4d}' | '\u{b3c}'..='\u{b4d}' | '\u{bbe}'..='\u{bcd}' | '\u{c3e}'..='\u{c4d}'
        | '\u{cbc}'..='\u{ccd}' | '\u{d3e}'..='\u{d4d}' | '\u{e31}' | '\u{e34}'..='\u{e3a}' | '\u{e47}'..='\u{e4e}' | '\u{eb1}'
        | '\u{eb4}'..='\u{ebc}' | '\u{ec8}'..='\u{ece}' | '\u{102b}'..='\u{103e}' | '\u{17b4}'..='\u{17d3}' | '\u{1ab0}'..='\u{1aff}'
        | '\u{200c}' | '\u{200d}' | '\u{20d0}'..='\u{20ff}' | '\u{fe00}'..='\u{fe0f}' | '\u{1f3fb}'..='\u{1f3ff}' | '\u{e0100}'..='\u{e01ef}')
}

/// How much two texts have in common, from 0 to 100: words that both have, in whatever order.
pub(super) fn likeness(before: &str, after: &str) -> usize {
    // What is very long is judged by its beginning.
    let words = |text: &'_ str| -> Vec<String> {
        let begin = text.chars().take(SHOWN).collect::<String>();
        tokens(&begin).into_iter().filter(|w| w.chars().any(char::is_alphanumeric)).map(str::to_owned).collect()
    };
    let (old, new) = (words(before), words(after));
    if old.is_empty() && new.is_empty() {
        return 0;
    }
    let mut left: HashMap<&str, usize> = HashMap::new();
    old.iter().for_each(|word| *left.entry(word).or_default() += 1);
    let mut common = 0;
    for word in &new {
        if let Some(n) = left.get_mut(word.as_str()).filter(|n| **n > 0) {
            *n -= 1;
            common += 1;
        }
    }
    200 * common / (old.len() + new.len())
}

/// The parts of two texts around the first place where they differ, and whether anything was left out.
pub(super) fn window(before: &str, after: &str) -> (String, String, bool) {
    let fits = |text: &str| text.len() <= SHOWN || text.chars().nth(SHOWN).is_none();
    if fits(before) && fits(after) {
        return (before.to_owned(), after.to_owned(), false);
    }
    let same = before.chars().zip(after.chars()).take_while(|(a, b)| a == b).count();
    let skip = same.saturating_sub(CONTEXT);
    let part = |text: &str| text.chars().skip(skip).take(SHOWN).collect::<String>();
    (part(before), part(after), true)
}

/// The beginning of a text, as much as an item holds, and whether anything was left out.
pub(super) fn beginning(text: &str) -> (String, bool) {
    match text.char_indices().nth(SHOWN) {
        Some((at, _)) => (text[..at].to_owned(), true),
        None => (text.to_owned(), false),
    }
}
