//! The words of a text in which a date is sought: numbers in the digits of several scripts, names of months, signs.

use super::calendars::Calendar;
use super::letters::{is_alphabetic, lower};
use super::months::{self, Part};

/// No more of them are looked at.
const MAX_TOKENS: usize = 60;

/// What a token is.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) enum Kind {
    /// Value and number of digits.
    Number(u32, u8),
    /// A month of a calendar.
    Month(Calendar, i8),
    /// The first of the words of a name.
    Opens,
    Word,
    /// One sign.
    Sign(char),
    Space,
}

/// A word, a number, a sign, or the space between them.
pub(super) struct Token<'a> {
    pub kind: Kind,
    pub text: &'a str,
    pub from: usize,
    pub to: usize,
}

/// Splits a text.
pub(super) fn tokens(text: &str) -> Vec<Token<'_>> {
    let mut tokens: Vec<Token<'_>> = Vec::new();
    let mut opens = false;
    let mut chars = text.char_indices().peekable();
    while let Some((from, c)) = chars.next() {
        if tokens.len() >= MAX_TOKENS {
            break;
        }
        let mut to = from + c.len_utf8();
        let kind = if let Some(d) = digit(c) {
            let (mut value, mut count) = (d, 1u8);
            while let Some((i, d)) = chars.peek().and_then(|(i, c)| Some((*i + c.len_utf8(), digit(*c)?))) {
                value = value.saturating_mul(10).saturating_add(d);
                count = count.saturating_add(1);
                to = i;
                chars.next();
            }
            Kind::Number(value, count)
        } else if is_alphabetic(c) {
            while let Some((i, c)) = chars.peek().copied().filter(|(_, c)| is_alphabetic(*c) || is_mark(*c)) {
                // Chinese and Japanese name the parts of a date by one letter each.
                if is_ideograph(c) {
                    break;
                }
                to = i + c.len_utf8();
                chars.next();
            }
            match months::part(&lower(&text[from..to])) {
                Some(Part::Month(calendar, n)) => Kind::Month(calendar, n),
                Some(Part::Opens) => {
                    opens = true;
                    Kind::Opens
                }
                None => Kind::Word,
            }
        } else if c.is_whitespace() || matches!(c, '\u{200e}' | '\u{200f}') {
            Kind::Space
        } else {
            Kind::Sign(c)
        };
        if kind == Kind::Space && tokens.last().is_some_and(|t| t.kind == Kind::Space) {
            continue;
        }
        tokens.push(Token { kind, text: &text[from..to], from, to });
    }
    if opens {
        join_names(text, &mut tokens);
    }
    tokens
}

/// Names of months in several words become one token: `كانون الثاني`, `Rabi' al-Awwal`.
fn join_names<'a>(text: &'a str, tokens: &mut Vec<Token<'a>>) {
    let mut at = 0;
    while at < tokens.len() {
        if tokens[at].kind == Kind::Opens {
            tokens[at].kind = Kind::Word;
            let mut name = lower(tokens[at].text);
            let mut whole = None;
            let (mut next, mut words) = (at + 1, 1);
            while words < 3 {
                next = skip(tokens, next, &['\'', '’', '‘', '`', '-', '\u{200c}']);
                let Some(word) = tokens.get(next).filter(|t| matches!(t.kind, Kind::Word | Kind::Opens)) else {
                    break;
                };
                name.push_str(&lower(word.text));
                if let Some(Part::Month(calendar, n)) = months::part(&name) {
                    whole = Some((next, Kind::Month(calendar, n)));
                }
                (next, words) = (next + 1, words + 1);
            }
            if let Some((last, kind)) = whole {
                let (from, to) = (tokens[at].from, tokens[last].to);
                tokens[at] = Token { kind, text: &text[from..to], from, to };
                tokens.drain(at + 1..=last);
            }
        }
        at += 1;
    }
}

/// One of the digits that [`digit`] knows: without any, there is no day and no year.
pub(super) fn has_digit(text: &str) -> bool {
    let octets = text.as_bytes();
    octets.iter().any(u8::is_ascii_digit)
        || octets.iter().any(|o| matches!(o, 0xd9 | 0xdb | 0xe0 | 0xef)) && text.chars().any(|c| digit(c).is_some())
}

fn is_mark(c: char) -> bool {
    matches!(c, '\u{300}'..='\u{36f}' | '\u{610}'..='\u{61a}' | '\u{64b}'..='\u{65f}')
}

fn is_ideograph(c: char) -> bool {
    matches!(c, '\u{3040}'..='\u{30ff}' | '\u{4e00}'..='\u{9fff}' | '\u{ac00}'..='\u{d7af}')
}

fn digit(c: char) -> Option<u32> {
    c.to_digit(10).or_else(|| {
        let base = match c {
            '\u{660}'..='\u{669}' => 0x660,
            '\u{6f0}'..='\u{6f9}' => 0x6f0,
            '\u{966}'..='\u{96f}' => 0x966,
            '\u{ff10}'..='\u{ff19}' => 0xff10,
            _ => return None,
        };
        Some(c as u32 - base)
    })
}

/// The kind of one of them.
pub(super) fn kind(tokens: &[Token<'_>], at: usize) -> Option<Kind> {
    tokens.get(at).map(|t| t.kind)
}

/// The next token that is not a space or one of `signs`.
pub(super) fn skip(tokens: &[Token<'_>], mut at: usize, signs: &[char]) -> usize {
    while matches!(kind(tokens, at), Some(Kind::Space))
        || matches!(kind(tokens, at), Some(Kind::Sign(c)) if signs.contains(&c))
    {
        at += 1;
    }
    at
}

/// A number of one or two digits.
pub(super) fn small(kind: Option<Kind>) -> Option<i8> {
    match kind {
        Some(Kind::Number(n, 1..=2)) => i8::try_from(n).ok(),
        _ => None,
    }
}
