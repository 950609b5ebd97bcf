//! Times of day in the words of a page, with the zone where it is told.

use jiff::tz::Offset;

use super::date_tokens::{Kind, Token, kind, skip, small};
use super::letters::lower;

/// A time of day.
pub(super) struct Clock {
    pub hour: i8,
    pub minute: i8,
    pub second: i8,
    pub with_seconds: bool,
    pub offset: Option<Offset>,
    /// Octets of the text before it, and the token behind it.
    pub from: usize,
    pub end: usize,
}

/// The time of day behind a date, or before it.
pub(super) fn clock_near(tokens: &[Token<'_>], at: usize, next: usize) -> Option<Clock> {
    // Behind the date: a few words and signs may stand between ("at", "um", "-", "|").
    (next..next + 8)
        .find_map(|n| clock_at(tokens, n))
        .or_else(|| (at.saturating_sub(9)..at).find_map(|n| clock_at(tokens, n)))
}

fn clock_at(tokens: &[Token<'_>], at: usize) -> Option<Clock> {
    let mut hour = small(kind(tokens, at))?;
    // Not the end of a longer number.
    if at > 0 && matches!(kind(tokens, at - 1), Some(Kind::Sign(':' | '.' | '+'))) {
        return None;
    }
    let mark = match kind(tokens, at + 1)? {
        Kind::Sign(':') => true,
        Kind::Sign('.') => false,
        Kind::Word => matches!(tokens[at + 1].text, "h" | "時" | "시"),
        _ => return None,
    };
    let Some(Kind::Number(minute, 2)) = kind(tokens, at + 2) else {
        return None;
    };
    // "18.28" alone may be anything.
    if !mark && !matches!(kind(tokens, at + 1), Some(Kind::Sign('.'))) {
        return None;
    }
    let mut minute = i8::try_from(minute).ok()?;
    let mut end = at + 3;
    let (mut second, mut with_seconds) = (0, false);
    if kind(tokens, end) == Some(Kind::Sign(':'))
        && let Some(Kind::Number(s, 2)) = kind(tokens, end + 1)
    {
        second = i8::try_from(s).ok()?.min(59);
        with_seconds = true;
        end += 2;
        if kind(tokens, end) == Some(Kind::Sign('.')) && matches!(kind(tokens, end + 1), Some(Kind::Number(..))) {
            end += 2;
        }
    }
    if !mark && !with_seconds && kind(tokens, at + 1) == Some(Kind::Sign('.')) {
        // With a full stop only before a word for "o'clock".
        let word = skip(tokens, end, &[]);
        if !tokens.get(word).is_some_and(|t| matches!(lower(t.text).as_str(), "uhr" | "h" | "am" | "pm")) {
            return None;
        }
    }
    if hour > 23 || minute > 59 {
        return None;
    }
    let word = skip(tokens, end, &[]);
    if let Some(text) = tokens.get(word).filter(|t| t.kind == Kind::Word).map(|t| lower(t.text)) {
        // "p.m." is a letter, a full stop and a letter.
        let dotted = kind(tokens, word + 1) == Some(Kind::Sign('.'))
            && tokens.get(word + 2).is_some_and(|t| t.text.eq_ignore_ascii_case("m"));
        let afternoon = matches!(text.as_str(), "pm" | "م" | "μμ") || (text == "p" && dotted);
        let morning = matches!(text.as_str(), "am" | "ص" | "πμ") || (text == "a" && dotted);
        if afternoon || morning {
            hour = hour % 12 + if afternoon { 12 } else { 0 };
            end = if dotted { word + 3 } else { word + 1 };
        }
    }
    if hour == 24 {
        (hour, minute) = (23, 59);
    }
    let (offset, end) = offset_at(tokens, end);
    Some(Clock { hour, minute, second, with_seconds, offset, from: tokens[at].from, end })
}

fn offset_at(tokens: &[Token<'_>], at: usize) -> (Option<Offset>, usize) {
    let word = skip(tokens, at, &['(']);
    let mut next = word;
    let mut utc = false;
    if let Some(token) = tokens.get(word).filter(|t| t.kind == Kind::Word) {
        utc = matches!(token.text, "Z" | "UTC" | "GMT" | "z");
        let east = match token.text {
            "CET" | "MEZ" | "WEST" | "BST" => 1,
            "CEST" | "MESZ" | "EET" => 2,
            "EEST" | "MSK" => 3,
            "EST" | "CDT" => -5,
            "EDT" => -4,
            "CST" | "MDT" => -6,
            "MST" | "PDT" => -7,
            "PST" => -8,
            _ => 0,
        };
        if east != 0 {
            return (Offset::from_hours(east).ok(), word + 1);
        }
        if !utc {
            return (None, at);
        }
        next = word + 1;
    }
    let sign = match kind(tokens, next) {
        Some(Kind::Sign('+')) => 1,
        Some(Kind::Sign('-' | '−')) if utc || next == at => -1,
        _ => return (utc.then_some(Offset::UTC), if utc { next } else { at }),
    };
    let (hours, minutes, end) = match (kind(tokens, next + 1), kind(tokens, next + 2), kind(tokens, next + 3)) {
        (Some(Kind::Number(h @ 0..=14, 1..=2)), Some(Kind::Sign(':')), Some(Kind::Number(m @ 0..=59, 2))) => {
            (h, m, next + 4)
        }
        (Some(Kind::Number(hm, 4)), ..) if hm <= 1459 => (hm / 100, hm % 100, next + 2),
        (Some(Kind::Number(h @ 0..=14, 1..=2)), ..) => (h, 0, next + 2),
        _ => return (utc.then_some(Offset::UTC), if utc { next } else { at }),
    };
    let seconds = i32::try_from(hours * 3600 + minutes * 60).unwrap_or(0) * sign;
    (Offset::from_seconds(seconds).ok(), end)
}
