//! What differs from visit to visit without the page saying anything new: ages, counters, labels of days, tokens, tickers,
//! lists of who is here. What a line says without these is its fold; lines of the same fold say the same.

mod address;
mod lexicon;
mod words;

pub(super) use address::{address, medium, page};
use lexicon::{Mark, lexicon};

/// Stands in a fold for a time that is told by its distance.
const AGE: char = '\u{1}';
/// Stands in a fold for a token or number that is another at each visit.
const SLOT: char = '\u{2}';

/// What a line is: a counter in a table may be what the table is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// A line of text.
    Line,
    /// A row of a table.
    Row,
    /// A line of a comment.
    Comment,
}

/// What a word of a line is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Class {
    Said,
    Sign,
    Age,
    Counter,
    Slot,
}

/// White space folded, nothing else.
pub(super) fn plain(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for word in text.split_whitespace() {
        if !out.is_empty() {
            out.push(' ');
        }
        out.push_str(word);
    }
    out
}

/// A title without the number of unread messages before it.
pub(super) fn title(text: &str) -> String {
    let text = plain(text);
    let counted = text.strip_prefix('(').and_then(|rest| rest.split_once(") "));
    match counted {
        Some((n, rest)) if !n.is_empty() && n.len() <= 5 && n.trim_end_matches('+').chars().all(char::is_numeric) => {
            rest.to_owned()
        }
        _ => text,
    }
}

/// The words of a comment without lines that are nothing but ages and counters.
pub(super) fn comment(text: &str) -> String {
    // A long line is no label.
    let line = |line: &str| if line.len() > 160 { plain(line) } else { fold(line, Place::Comment) };
    let lines = text.lines().map(line).filter(|line| !is_nothing(line));
    let said = lines.collect::<Vec<_>>().join(" ");
    if said.is_empty() { plain(text) } else { said }
}

/// Not an age or the label of a clock that the reader took for a name.
pub(super) fn is_name(text: &str) -> bool {
    let words: Vec<&str> = text.split_whitespace().collect();
    let bare: Vec<String> = words.iter().map(|word| lexicon::bare(word)).collect();
    let spoken = bare.iter().filter(|word| !word.is_empty()).count();
    lexicon().phrase(&bare, 0, Mark::Made) != Some(bare.len()) && !classes(&words, &bare, spoken).contains(&Class::Age)
}

/// A fold says nothing.
pub(super) fn is_nothing(fold: &str) -> bool {
    fold.chars().all(|c| matches!(c, AGE | SLOT) || c.is_whitespace())
}

/// What a line says without what differs from visit to visit; a number in a sentence stays.
pub(super) fn fold(text: &str, place: Place) -> String {
    let words: Vec<&str> = text.split_whitespace().collect();
    // What is so long is no label, and has no ages worth the time.
    if words.is_empty() || words.len() > 2_000 {
        return words.join(" ");
    }
    let bare: Vec<String> = words.iter().map(|word| lexicon::bare(word)).collect();
    let spoken = bare.iter().filter(|word| !word.is_empty()).count();
    if place != Place::Comment && spoken <= 40 && is_noise_whole(&words, &bare, spoken) {
        return String::new();
    }
    let classes = classes(&words, &bare, spoken);
    let has = |class| classes.contains(&class);
    let is_all_noise = !has(Class::Said) && (has(Class::Age) || has(Class::Counter));
    if is_all_noise {
        return if has(Class::Age) { AGE.to_string() } else { String::new() };
    }
    if place == Place::Comment {
        return words.join(" ");
    }
    // A bar of buttons with their counts.
    let said = classes.iter().filter(|class| **class == Class::Said).count();
    let is_bar = || spoken <= 14 && said <= 3 && classes.iter().filter(|class| **class == Class::Counter).count() >= 4;
    let only_time = || bare.iter().zip(&classes).all(|(word, class)| *class != Class::Said || is_of_time(word));
    let drops_counters = has(Class::Counter) && place == Place::Line && (spoken <= 6 || is_bar() || only_time());
    let mut out = String::with_capacity(text.len());
    let mut last = Class::Said;
    for ((word, lowered), class) in words.iter().zip(&bare).zip(&classes) {
        let put: &str = match class {
            Class::Age if last == Class::Age => continue,
            Class::Age => {
                if lexicon().is(lexicon::last_word(&out), Mark::Vague) {
                    let len = out.trim_end().rfind(' ').map_or(0, |at| at + 1);
                    out.truncate(len);
                }
                "\u{1}"
            }
            Class::Slot => "\u{2}",
            Class::Counter if drops_counters => continue,
            Class::Sign if drops_counters && lowered.is_empty() => continue,
            _ => word,
        };
        last = *class;
        if !out.is_empty() && !out.ends_with(' ') {
            out.push(' ');
        }
        out.push_str(put);
    }
    out
}

/// The words of a text that is no prose, without ages, counters and tokens.
pub(super) fn kept(text: &str) -> Vec<String> {
    let words: Vec<&str> = text.split_whitespace().collect();
    let bare: Vec<String> = words.iter().map(|word| lexicon::bare(word)).collect();
    // What stands in it are labels one after another.
    let classes = classes(&words, &bare, 6);
    let said = words.iter().zip(&classes).filter(|(_, class)| **class == Class::Said);
    said.map(|(word, _)| (*word).to_owned()).collect()
}

/// Both lines say the same: their folds are alike, or are alike but for a time that one tells by its distance.
pub(super) fn says_the_same(before: &str, after: &str) -> bool {
    before == after
        || ((before.contains(AGE) || after.contains(AGE))
            && before.len().max(after.len()) < 2_000
            && timed(before) == timed(after))
}

/// Runs of words that are a time become its sign.
fn timed(fold: &str) -> String {
    let mut out: Vec<String> = Vec::new();
    let words: Vec<&str> =
        fold.split(' ').filter(|word| word.chars().any(|c| c.is_alphanumeric() || c == AGE)).collect();
    let of_time = |word: &&str| word.contains(AGE) || is_of_time(&lexicon::bare(word));
    let mut at = 0;
    while at < words.len() {
        let run = words[at..].iter().take_while(|word| of_time(word)).count();
        let shows = words[at..at + run].iter().any(|w| w.contains(AGE) || w.chars().any(char::is_numeric));
        if run > 0 && shows {
            out.push(AGE.to_string());
            at += run;
        } else {
            out.push(words[at].to_owned());
            at += 1;
        }
    }
    out.join(" ")
}

/// A word that belongs to a time: a number, a clock, the name of a month or a day, or what stands between.
fn is_of_time(bare: &str) -> bool {
    let numeric = |c: char| c.is_numeric() || matches!(c, '.' | ':' | ',' | '/' | '-' | 'h' | 't' | 'z' | '+');
    let ordinal = ["st", "nd", "rd", "th", "er", "º"].iter().find_map(|end| bare.strip_suffix(end)).unwrap_or(bare);
    let is_number = |text: &str| text.chars().any(char::is_numeric) && text.chars().all(numeric);
    bare.is_empty() || is_number(bare) || is_number(ordinal) || lexicon().is_in_time(bare)
}

/// The line as a whole is of a kind that says nothing new.
fn is_noise_whole(words: &[&str], bare: &[String], spoken: usize) -> bool {
    let lexicon = lexicon();
    if spoken <= 3 && lexicon.phrase(bare, 0, Mark::Status) == Some(spoken) {
        return true;
    }
    let has_digit = bare.iter().any(|word| word.chars().any(char::is_numeric));
    if let Some(n) = lexicon.phrase(bare, 0, Mark::Present) {
        let names = n > 1 && words.get(n - 1).is_some_and(|word| word.ends_with(':'));
        if has_digit || names {
            return true;
        }
    }
    if has_digit && spoken <= 12 && (0..bare.len()).any(|at| lexicon.phrase(bare, at, Mark::Liked).is_some()) {
        return true;
    }
    if let Some(n) = lexicon.phrase(bare, 0, Mark::Made)
        && spoken <= 18
        && bare.len() > n
    {
        let rest = classes(&words[n..], &bare[n..], spoken);
        let is_time = |(word, class): (&String, &Class)| *class == Class::Age || is_of_time(word);
        let shows = has_digit || rest.contains(&Class::Age);
        if shows && bare[n..].iter().zip(&rest).all(is_time) {
            return true;
        }
    }
    spoken <= 12 && (is_sum(words) || is_ticker(words, bare))
}

/// A question of a captcha: `7 + 2 =`, `What is 3 × 4?`.
fn is_sum(words: &[&str]) -> bool {
    let text = words.join(" ");
    let Some(end) = text.trim_end_matches([' ', '*', ':', '_', '.']).chars().last() else { return false };
    if !matches!(end, '=' | '?') && !text.contains("= ?") {
        return false;
    }
    let digits = text.chars().filter(|c| c.is_numeric()).count();
    let signs = |c: char| matches!(c, '+' | '−' | '–' | '×' | '÷' | '*');
    let minus = words.iter().any(|word| matches!(*word, "-" | "x" | "plus" | "minus" | "times"));
    digits > 0 && digits <= 8 && (text.chars().any(signs) || minus)
}

/// Rates of currencies on a line of their own.
fn is_ticker(words: &[&str], bare: &[String]) -> bool {
    let lexicon = lexicon();
    let is_code = |word: &str| word.split('/').all(|part| lexicon.is(part, Mark::Currency));
    let codes = bare.iter().filter(|word| !word.is_empty() && is_code(word)).count();
    let pairs = bare.iter().any(|word| word.contains('/') && is_code(word));
    let signs: usize = words
        .iter()
        .map(|word| word.chars().filter(|c| matches!(c, '$' | '€' | '₽' | '₴' | '£' | '֏' | '₺' | '₼' | '₿')).count())
        .sum();
    let arrows = words.iter().any(|word| word.contains(['▲', '▼', '↑', '↓', '△', '▽']));
    let is_number = |word: &String| word.chars().all(|c| c.is_numeric() || matches!(c, '.' | ',' | '%' | '+' | '-'));
    let only = bare.iter().all(|word| word.is_empty() || is_code(word) || is_number(word));
    let digits = bare.iter().any(|word| word.chars().any(char::is_numeric));
    digits && (codes > 0 || signs > 0) && (pairs || arrows || only && (codes + signs >= 2 || codes == 1))
}

/// What each word of a line is.
fn classes(words: &[&str], bare: &[String], spoken: usize) -> Vec<Class> {
    let is_sentence = spoken > 8
        && words.last().is_some_and(|word| word.ends_with(['.', '!', '?', '։', '。', '؟', '…', '"', '”', '»']));
    let mut out: Vec<Class> = bare.iter().map(|word| if word.is_empty() { Class::Sign } else { Class::Said }).collect();
    let mut at = 0;
    while at < bare.len() {
        let word = bare[at].as_str();
        if word.is_empty() || !word.bytes().any(|b| b.is_ascii_digit()) && lexicon().is_plain(word) {
            at += 1;
            continue;
        }
        let (len, class) = match lexicon::age(bare, at, spoken, is_sentence) {
            Some(len) => (len, Class::Age),
            None => match lexicon::counter(bare, at) {
                Some(len) => (len, Class::Counter),
                None => (usize::from(is_slot(words, bare, at, spoken)), Class::Slot),
            },
        };
        out.iter_mut().skip(at).take(len).for_each(|c| *c = class);
        at += len.max(1);
    }
    out
}

/// A token that is another at each visit: long and of letters and digits in a short line, or named as what it is; a
/// temperature.
fn is_slot(words: &[&str], bare: &[String], at: usize, spoken: usize) -> bool {
    let (word, bare_word) = (words[at], bare[at].as_str());
    let digits = bare_word.bytes().filter(u8::is_ascii_digit).count();
    if spoken <= 8 && digits > 0 && digits <= 3 && word.contains(['°', '℃', '℉']) {
        return true;
    }
    if spoken > 6 || digits == 0 {
        return false;
    }
    let named = (1..=2).any(|n| at >= n && lexicon().phrase(bare, at - n, Mark::Token).is_some_and(|len| len == n));
    let letters = bare_word.bytes().filter(u8::is_ascii_alphabetic).count();
    let is_token = bare_word.len() >= 14
        && digits >= 3
        && letters >= 3
        && bare_word.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'));
    named || is_token
}

#[cfg(test)]
mod tests;
