//! Dates in the words of a page.

use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use super::calendars::{self, Calendar};
use super::clocks::clock_near;
use super::date_tokens::{Kind, Token, has_digit, kind, skip, small, tokens};
use super::letters::{is_numeric, lower};
use crate::model::{Precision, When, ZoneSource};

/// Dates stand at the beginning of a text, or it is not one of a date.
const MAX_LEN: usize = 300;

/// How the dates of a page are to be understood.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Ways {
    /// 5/12 is the 12th of May.
    pub month_first: bool,
    /// The calendar of years such as 1400 in dates of numbers.
    pub old: Option<Calendar>,
}

impl From<bool> for Ways {
    fn from(month_first: bool) -> Self {
        Self { month_first, old: None }
    }
}

/// A date that was read, and where in the text.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Found {
    pub at: Timestamp,
    pub precision: Precision,
    pub zone: ZoneSource,
    /// The one that the page counts by.
    pub calendar: Calendar,
    /// Octets of the text that it takes.
    pub span: (usize, usize),
}

/// Reads the first date of a text. Where it is told by two calendars, by that of the world.
pub(super) fn find(text: &str, ways: impl Into<Ways>) -> Option<Found> {
    let ways = ways.into();
    let text = text.get(..text.floor_char_boundary(MAX_LEN)).unwrap_or("");
    if !has_digit(text) {
        return None;
    }
    let tokens = tokens(text);
    let dates = |from: usize| {
        let (tokens, ways) = (&tokens, &ways);
        (from..tokens.len()).filter_map(move |at| Some((at, date_at(tokens, at, ways)?)))
    };
    let (at, first) = dates(0).next()?;
    let same = |read: &Read| {
        read.calendar == Calendar::Gregorian
            && read.precision == Precision::Day
            && (read.date - first.date).get_days().abs() <= 2
    };
    let world = (first.calendar != Calendar::Gregorian).then(|| dates(first.next).find(|(_, read)| same(read)));
    let (at, read) = world.flatten().unwrap_or((at, first));
    let mut found = finish(&tokens, &read, at)?;
    found.span = (tokens[at].from.min(found.span.0), found.span.1);
    Some(found)
}

/// The same as a [`When`] with the words it was read from.
pub(super) fn when(text: &str, source: &str, ways: impl Into<Ways>) -> Option<When> {
    let raw = super::dom::fold(text.get(..text.floor_char_boundary(MAX_LEN)).unwrap_or(""));
    let found = find(&raw, ways)?;
    // Of a longer text only the words of the date.
    let (from, to) = found.span;
    let raw = raw.get(from..to).map(str::to_owned).unwrap_or(raw);
    // Where the new moon is watched for, the day may be one off.
    let lunar = if found.calendar == Calendar::Hijri { "-hijri" } else { "" };
    let source = format!("{source}{lunar}");
    Some(When { raw, at: Some(found.at), precision: found.precision, zone: found.zone, source })
}

/// The day of a time on the page's own clock: shortly after midnight in its zone it may still be the day
/// before in UTC.
pub fn local_day(when: &When) -> Option<Date> {
    let utc = when.at?.to_zoned(TimeZone::UTC).date();
    if when.zone == ZoneSource::Assumed {
        return Some(utc);
    }
    let mut shown = [true, false].into_iter().filter_map(|month_first| {
        let text = when.raw.get(..when.raw.floor_char_boundary(MAX_LEN))?;
        let tokens = tokens(text);
        (0..tokens.len()).find_map(|at| date_at(&tokens, at, &Ways::from(month_first))).map(|read| read.date)
    });
    // A date more than a day off is another one, or the words were read in the wrong order.
    let near = |day: &Date| (*day - utc).get_days().abs() <= 1 && day.year() == utc.year() || *day == utc;
    Some(shown.find(near).unwrap_or(utc))
}

/// `3 hours ago`, `vor 5 Minuten`: a time that only the moment of capture can tell.
pub(super) fn is_relative(text: &str) -> bool {
    if text.len() > 60 {
        return false;
    }
    let lower = lower(text);
    let lower = lower.trim();
    let digits = lower.chars().any(is_numeric);
    lower.ends_with(" ago")
        || lower.ends_with(" назад")
        || lower.ends_with(" тому")
        || lower.ends_with(" önce")
        || lower.ends_with(" atrás")
        || lower.ends_with(" fa")
        || lower.ends_with(" geleden")
        || lower.ends_with(" temu")
        || lower.ends_with(" առաջ")
        || lower.ends_with(" پیش")
        || (digits && ["vor ", "il y a ", "hace ", "há ", "πριν ", "منذ ", "قبل "].iter().any(|p| lower.starts_with(p)))
        || matches!(lower, "yesterday" | "today" | "just now" | "gestern" | "hier" | "ayer" | "вчера")
}

/// A year that dates of that calendar may name.
fn year(kind: Option<Kind>, calendar: Calendar) -> Option<i16> {
    match kind {
        Some(Kind::Number(n, 4)) if calendar.has_year(n) => i16::try_from(n).ok(),
        _ => None,
    }
}

struct Read {
    date: Date,
    calendar: Calendar,
    precision: Precision,
    /// The token behind it.
    next: usize,
}

impl Read {
    fn day(calendar: Calendar, (y, m, d): (i16, i8, i8), next: usize) -> Option<Self> {
        Some(Self { date: calendar.day(y, m, d)?, calendar, precision: Precision::Day, next })
    }
}

fn date_at(tokens: &[Token<'_>], at: usize, ways: &Ways) -> Option<Read> {
    if let Some(y) = year(kind(tokens, at), Calendar::Gregorian) {
        return year_first(tokens, at, y);
    }
    if let Some(Kind::Number(n @ 15_000_101..=21_991_231, 8)) = kind(tokens, at) {
        let day = (i16::try_from(n / 10_000).ok()?, i8::try_from(n / 100 % 100).ok()?, i8::try_from(n % 100).ok()?);
        return Read::day(Calendar::Gregorian, day, at + 1);
    }
    if let Some(y) = year(kind(tokens, at), Calendar::Jalali) {
        let (m, d, end) = month_and_day(tokens, at)?;
        return Read::day(old(tokens, at, end, ways)?, (y, m, d), end);
    }
    if let Some(first) = small(kind(tokens, at)) {
        return numbers(tokens, at, first, ways).or_else(|| day_first(tokens, at, first));
    }
    if let Some(Kind::Month(calendar, m)) = kind(tokens, at) {
        return month_word_first(tokens, at, calendar, m);
    }
    None
}

/// The calendar of a date of numbers with a year such as 1400: as a word behind it says, or its digits, or
/// the page.
fn old(tokens: &[Token<'_>], at: usize, end: usize, ways: &Ways) -> Option<Calendar> {
    let words = tokens.iter().skip(end).take(5).filter(|t| t.kind == Kind::Word);
    let named: Vec<Calendar> = words.filter_map(|t| calendars::named_by(t.text)).collect();
    let solar = named.contains(&Calendar::Jalali).then_some(Calendar::Jalali);
    let persian = tokens[at].text.starts_with(|c| matches!(c, '\u{6f0}'..='\u{6f9}')).then_some(Calendar::Jalali);
    solar.or(named.first().copied()).or(persian).or(ways.old)
}

/// `-05-12`, `/5/12`, `年5月12日` behind a year: month, day and the token behind.
fn month_and_day(tokens: &[Token<'_>], at: usize) -> Option<(i8, i8, usize)> {
    let m_at = skip(tokens, at + 2, &[]);
    let m = small(kind(tokens, m_at))?;
    let mark = |n: usize| match kind(tokens, n) {
        Some(Kind::Sign('-' | '/' | '.' | '–')) => true,
        Some(Kind::Word) => matches!(tokens[n].text, "年" | "년"),
        _ => false,
    };
    let d_at = skip(tokens, m_at + 2, &[]);
    let parted = mark(at + 1) && matches!(kind(tokens, m_at + 1), Some(Kind::Sign(_) | Kind::Word));
    let d = small(kind(tokens, d_at)).filter(|_| parted)?;
    let sun = kind(tokens, d_at + 1) == Some(Kind::Word) && matches!(tokens[d_at + 1].text, "日" | "일");
    Some((m, d, if sun { d_at + 2 } else { d_at + 1 }))
}

/// `2021-05-12`, `2021/5/12`, `2021年5月12日`, `2021 թ. մայիսի 12`, `2021 May 12`.
fn year_first(tokens: &[Token<'_>], at: usize, y: i16) -> Option<Read> {
    if let Some((m, d, end)) = month_and_day(tokens, at) {
        return Read::day(Calendar::Gregorian, (y, m, d), end);
    }
    let mut next = skip(tokens, at + 1, &['.', ',', '-']);
    if kind(tokens, next) == Some(Kind::Word) && matches!(tokens[next].text, "թ" | "թվականի" | "il") {
        next = skip(tokens, next + 1, &['.', ',']);
    }
    let Some(Kind::Month(Calendar::Gregorian, m)) = kind(tokens, next) else {
        return None;
    };
    let d_at = skip(tokens, next + 1, &['.', ',', '-']);
    let d = small(kind(tokens, d_at))?;
    Read::day(Calendar::Gregorian, (y, m, d), d_at + 1)
}

/// `12.05.2021`, `5/12/2021`, `12-05-21` is too doubtful.
fn numbers(tokens: &[Token<'_>], at: usize, first: i8, ways: &Ways) -> Option<Read> {
    let Some(Kind::Sign(sign @ ('.' | '/' | '-'))) = kind(tokens, at + 1) else {
        return None;
    };
    let second_at = skip(tokens, at + 2, &[]);
    let second = small(kind(tokens, second_at))?;
    if kind(tokens, second_at + 1) != Some(Kind::Sign(sign)) {
        return None;
    }
    let year_at = skip(tokens, second_at + 2, &[]);
    if let Some(y) = year(kind(tokens, year_at), Calendar::Jalali) {
        return Read::day(old(tokens, at, year_at + 1, ways)?, (y, second, first), year_at + 1);
    }
    let y = match kind(tokens, year_at) {
        Some(Kind::Number(n @ 0..=69, 2)) if sign != '-' => i16::try_from(n).ok()? + 2000,
        other => year(other, Calendar::Gregorian)?,
    };
    let (d, m) = match (first, second) {
        (1..=12, 13..=31) => (second, first),
        (1..=12, 1..=12) if sign == '/' && ways.month_first => (second, first),
        _ => (first, second),
    };
    Read::day(Calendar::Gregorian, (y, m, d), year_at + 1)
}

/// `12 May 2021`, `12. Mai 2021`, `1er mars 2020`, `12 de mayo de 2021`, `12-May-2021`, `۲۲ اردیبهشت ۱۴۰۰`.
fn day_first(tokens: &[Token<'_>], at: usize, d: i8) -> Option<Read> {
    let mut next = at + 1;
    if kind(tokens, next) == Some(Kind::Word)
        && matches!(tokens[next].text, "st" | "nd" | "rd" | "th" | "er" | "ος" | "η")
    {
        next += 1;
    }
    next = skip(tokens, next, &['.', ',', '-', 'º', '°', '/']);
    if kind(tokens, next) == Some(Kind::Word) && matches!(tokens[next].text, "de" | "of" | "di" | "من") {
        next = skip(tokens, next + 1, &[]);
    }
    let Some(Kind::Month(calendar, m)) = kind(tokens, next) else {
        return None;
    };
    // Months may have two names: "نيسان / أبريل".
    let other = skip(tokens, next + 1, &['/', '(']);
    if kind(tokens, other) == Some(Kind::Month(calendar, m)) {
        next = other;
    }
    let mut y_at = skip(tokens, next + 1, &['.', ',', '-', '/', '،', '\'', ')', '\u{200c}']);
    for _ in 0..2 {
        let between = |word: &str| matches!(word, "de" | "del" | "of") || calendars::is_between(word);
        if kind(tokens, y_at) == Some(Kind::Word) && between(tokens[y_at].text) {
            y_at = skip(tokens, y_at + 1, &[',', '،']);
        }
    }
    let y = year(kind(tokens, y_at), calendar)?;
    Read::day(calendar, (y, m, d), y_at + 1)
}

/// `May 12, 2021`, `Mai 2021`, `اردیبهشت ۲۲, ۱۴۰۰`.
fn month_word_first(tokens: &[Token<'_>], at: usize, calendar: Calendar, m: i8) -> Option<Read> {
    let world = calendar == Calendar::Gregorian;
    let mut next = skip(tokens, at + 1, &['.', ',', '-']);
    if kind(tokens, next) == Some(Kind::Word) && matches!(tokens[next].text, "de" | "of") {
        next = skip(tokens, next + 1, &[]);
    }
    if let Some(y) = year(kind(tokens, next), calendar).filter(|_| world) {
        let date = Date::new(y, m, 1).ok()?;
        return Some(Read { date, calendar, precision: Precision::Month, next: next + 1 });
    }
    let d = small(kind(tokens, next))?;
    let mut y_at = next + 1;
    if kind(tokens, y_at) == Some(Kind::Word) && matches!(tokens[y_at].text, "st" | "nd" | "rd" | "th") {
        y_at += 1;
    }
    // Of the other calendars some months are words of every day: a comma shows that numbers are a date.
    if !world && !matches!(kind(tokens, y_at), Some(Kind::Sign(',' | '،'))) {
        return None;
    }
    y_at = skip(tokens, y_at, &['.', ',', '-', '،']);
    let y = year(kind(tokens, y_at), calendar)?;
    Read::day(calendar, (y, m, d), y_at + 1)
}

/// Looks for the time of day behind (or before) a date, and puts both together.
fn finish(tokens: &[Token<'_>], read: &Read, at: usize) -> Option<Found> {
    let &Read { date, calendar, precision, next } = read;
    let end = |n: usize| tokens.get(n.wrapping_sub(1)).map_or(0, |t| t.to);
    let clock = (precision == Precision::Day).then(|| clock_near(tokens, at, next)).flatten();
    let Some(clock) = clock.filter(|_| calendar != Calendar::Hijri) else {
        let at = date.to_zoned(TimeZone::UTC).ok()?.timestamp();
        return Some(Found { at, precision, zone: ZoneSource::Assumed, calendar, span: (usize::MAX, end(next)) });
    };
    let time = DateTime::from_parts(date, jiff::civil::Time::new(clock.hour, clock.minute, clock.second, 0).ok()?);
    let as_utc = time.to_zoned(TimeZone::UTC).ok()?.timestamp();
    let (at, zone) = match clock.offset {
        Some(offset) => {
            (as_utc.checked_sub(SignedDuration::from_secs(i64::from(offset.seconds()))).ok()?, ZoneSource::Stated)
        }
        None => (as_utc, ZoneSource::Assumed),
    };
    let precision = if clock.with_seconds { Precision::Second } else { Precision::Minute };
    Some(Found { at, precision, zone, calendar, span: (clock.from, end(clock.end).max(end(next))) })
}
