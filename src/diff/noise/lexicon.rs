//! Looking words up, and the grammar of ages and counters.

use std::collections::HashMap;
use std::sync::LazyLock;

use super::words::{CURRENCIES, DAYS, IN_TIME, LANGUAGES, LIKED, OF_TIME, STATUS, TOKENS, VAGUE};

/// What a word or phrase may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mark {
    Before = 1,
    After = 1 << 1,
    Unit = 1 << 2,
    Long = 1 << 3,
    One = 1 << 4,
    Now = 1 << 5,
    Day = 1 << 6,
    Counted = 1 << 7,
    Present = 1 << 8,
    Made = 1 << 9,
    Vague = 1 << 10,
    Liked = 1 << 11,
    Currency = 1 << 12,
    Token = 1 << 13,
    Status = 1 << 14,
    Days = 1 << 15,
}

/// A phrase of several words begins with it.
const FIRST: u32 = 1 << 16;
/// Shorter lines may be labels.
const LABEL: usize = 8;

/// All words of all languages.
pub(super) struct Lexicon {
    /// Marks of single words; of first words of phrases at least [`FIRST`].
    words: HashMap<&'static str, u32>,
    /// Phrases of several words by their first.
    phrases: HashMap<&'static str, Vec<(Vec<&'static str>, u32)>>,
    in_time: HashMap<&'static str, ()>,
    of_time: Vec<&'static str>,
}

static LEXICON: LazyLock<Lexicon> = LazyLock::new(Lexicon::new);

pub(super) fn lexicon() -> &'static Lexicon {
    &LEXICON
}

fn parts(list: &'static str) -> impl Iterator<Item = &'static str> {
    list.split('|').map(str::trim).filter(|part| !part.is_empty())
}

impl Lexicon {
    fn new() -> Self {
        let mut new = Self {
            words: HashMap::new(),
            phrases: HashMap::new(),
            in_time: parts(IN_TIME).map(|word| (word, ())).collect(),
            of_time: parts(OF_TIME).filter(|stem| stem.chars().count() >= 3).collect(),
        };
        // Two letters name a day only as they are.
        new.in_time.extend(parts(OF_TIME).filter(|stem| stem.chars().count() < 3).map(|word| (word, ())));
        for language in LANGUAGES {
            let lists = [
                (language.before, Mark::Before),
                (language.after, Mark::After),
                (language.units, Mark::Unit),
                (language.long, Mark::Long),
                (language.one, Mark::One),
                (language.now, Mark::Now),
                (language.days, Mark::Day),
                (language.counted, Mark::Counted),
                (language.present, Mark::Present),
                (language.made, Mark::Made),
            ];
            lists.into_iter().for_each(|(list, mark)| new.add(list, mark));
        }
        let common = [
            (VAGUE, Mark::Vague),
            (LIKED, Mark::Liked),
            (CURRENCIES, Mark::Currency),
            (TOKENS, Mark::Token),
            (STATUS, Mark::Status),
            (DAYS, Mark::Days),
        ];
        common.into_iter().for_each(|(list, mark)| new.add(list, mark));
        // The longest phrase first.
        new.phrases.values_mut().for_each(|all| all.sort_by_key(|(words, _)| std::cmp::Reverse(words.len())));
        new
    }

    fn add(&mut self, list: &'static str, mark: Mark) {
        for part in parts(list) {
            let words: Vec<&'static str> = part.split_whitespace().collect();
            match words.as_slice() {
                [one] => *self.words.entry(one).or_default() |= mark as u32,
                [first, ..] => {
                    *self.words.entry(first).or_default() |= FIRST;
                    self.phrases.entry(first).or_default().push((words.clone(), mark as u32));
                }
                [] => {}
            }
        }
    }

    /// The word may be this.
    pub fn is(&self, word: &str, mark: Mark) -> bool {
        self.words.get(word).is_some_and(|marks| marks & mark as u32 != 0)
    }

    /// How many words from here on are such a phrase, or one such word.
    pub fn phrase(&self, words: &[String], at: usize, mark: Mark) -> Option<usize> {
        let first = words.get(at)?.as_str();
        let marks = *self.words.get(first)?;
        if marks & FIRST != 0 {
            let fits = |phrase: &[&str]| {
                words.len() >= at + phrase.len() && phrase.iter().zip(&words[at..]).all(|(a, b)| a == b)
            };
            let mut long = self.phrases.get(first)?.iter().filter(|(_, marks)| marks & mark as u32 != 0);
            if let Some((phrase, _)) = long.find(|(phrase, _)| fits(phrase)) {
                return Some(phrase.len());
            }
        }
        (marks & mark as u32 != 0).then_some(1)
    }

    /// No age, counter or label begins with the word.
    pub fn is_plain(&self, word: &str) -> bool {
        !word.starts_with(char::is_numeric) && !self.words.contains_key(word)
    }

    /// The word may stand in a time.
    pub fn is_in_time(&self, word: &str) -> bool {
        self.in_time.contains_key(word)
            || (word.chars().count() <= 12 && self.of_time.iter().any(|stem| word.starts_with(stem)))
    }
}

/// A word in lower case without the signs around it.
pub(super) fn bare(word: &str) -> String {
    let trimmed = word.trim_matches(|c: char| !c.is_alphanumeric());
    if trimmed.is_ascii() {
        return trimmed.to_ascii_lowercase();
    }
    // The dot of a capital I of Turkish words stays behind as a mark of its own.
    trimmed.to_lowercase().replace('\u{307}', "")
}

/// The last word of a text in lower case.
pub(super) fn last_word(text: &str) -> &str {
    text.trim_end().rsplit(' ').next().unwrap_or("")
}

/// `1204`, `1,204`, `1.2k`.
pub(super) fn is_count(word: &str) -> bool {
    let ends = ["k", "m", "b", "к", "тыс", "млн", "mln", "tys", "mio", "tsd", "mil", "bin", "ألف", "هزار"];
    let digits = ends.iter().find_map(|end| word.strip_suffix(end)).unwrap_or(word);
    digits.chars().any(char::is_numeric)
        && digits
            .chars()
            .all(|c| c.is_numeric() || matches!(c, '.' | ',' | '\'' | '’' | '٬' | '٫' | '\u{a0}' | '\u{202f}'))
}

fn is_clock(word: &str) -> bool {
    let mut parts = word.split([':', '.', 'h']);
    let two = |part: Option<&str>| {
        part.is_some_and(|p| (1..=2).contains(&p.chars().count()) && p.chars().all(char::is_numeric))
    };
    word.contains([':', '.', 'h']) && two(parts.next()) && two(parts.next())
}

/// `5m`, `10min`, `2h`.
fn is_fused(word: &str) -> bool {
    let at = word.find(|c: char| !c.is_numeric()).unwrap_or(0);
    at > 0 && at <= 3 * 4 && lexicon().is(&word[at..], Mark::Unit)
}

/// How many words from here on tell a time by its distance.
pub(super) fn age(words: &[String], at: usize, spoken: usize, is_sentence: bool) -> Option<usize> {
    let lexicon = lexicon();
    let is = |at: usize, mark| words.get(at).is_some_and(|word| lexicon.is(word, mark));
    let first = words.get(at).filter(|word| !word.is_empty())?;
    if let Some(len) = lexicon.phrase(words, at, Mark::Now)
        && spoken <= if len > 1 { LABEL } else { 3 }
    {
        return Some(len);
    }
    if let Some(len) = lexicon.phrase(words, at, Mark::Day) {
        let near = |at: usize| words.get(at).is_some_and(|word| is_clock(word));
        if spoken <= 4 || (0..3).any(|gap| near(at + len + gap)) || (at > 0 && near(at - 1)) {
            return Some(len);
        }
    }
    let before = lexicon.phrase(words, at, Mark::Before);
    let mut next = at + before.unwrap_or(0);
    if before.is_none() && !is_count(first) && !is_fused(first) && !is(at, Mark::One) && !is(at, Mark::Unit) {
        return None;
    }
    if is(next, Mark::Vague) {
        next += 1;
    }
    let mut said = 0;
    let mut fused = false;
    let mut bare_unit = false;
    loop {
        let begin = next;
        if words.get(next).is_some_and(|word| is_fused(word)) {
            next += 1;
            fused = true;
        } else {
            let mut numbers = 0;
            while words.get(next).is_some_and(|word| is_count(word)) && numbers < 3 {
                next += 1;
                numbers += 1;
            }
            if numbers == 0 && is(next, Mark::One) && (is(next + 1, Mark::Unit) || is(next + 1, Mark::Long)) {
                next += 1;
                numbers = 1;
            }
            // "Three days ago" is said in sentences that stay.
            let is_unit = is(next, Mark::Unit) && !(is_sentence && is(next, Mark::Days))
                || (spoken <= LABEL && is(next, Mark::Long));
            if !is_unit || (numbers == 0 && said > 0) {
                next = begin;
                break;
            }
            bare_unit |= numbers == 0;
            next += 1;
        }
        said += 1;
        let goes_on = said < 2
            && (words.get(next).is_some_and(|w| is_count(w) || is_fused(w))
                || words.get(next + 1).is_some_and(|w| is_count(w))
                    && words.get(next).is_some_and(|w| w.chars().count() <= 3));
        if !goes_on {
            break;
        }
        if words.get(next).is_some_and(|w| !is_count(w) && !is_fused(w)) {
            next += 1;
        }
    }
    if said == 0 {
        return None;
    }
    if let Some(len) = lexicon.phrase(words, next, Mark::After)
        && (!bare_unit || spoken <= LABEL)
    {
        return Some(next + len - at);
    }
    let alone = fused && spoken <= 4;
    (before.is_some() && (!bare_unit || spoken <= LABEL) || alone).then_some(next - at)
}

/// How many words from here on are a counter: `1,204 views`, `Comments (12)`.
pub(super) fn counter(words: &[String], at: usize) -> Option<usize> {
    let lexicon = lexicon();
    let numbers = |from: usize| words.iter().skip(from).take(3).take_while(|word| is_count(word)).count();
    let before = numbers(at);
    if before > 0 {
        let len = before + lexicon.phrase(words, at + before, Mark::Counted)?;
        // `14 users online`
        return Some(len + lexicon.phrase(words, at + len, Mark::Counted).unwrap_or(0));
    }
    let len = lexicon.phrase(words, at, Mark::Counted)?;
    // A sign may stand between.
    let gap = usize::from(words.get(at + len).is_some_and(String::is_empty));
    let after = numbers(at + len + gap);
    (after > 0).then_some(len + gap + after)
}
