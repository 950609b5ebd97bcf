//! Dates in the words of a page.

use jiff::civil::{Date, DateTime};
use jiff::tz::{Offset, TimeZone};
use jiff::{SignedDuration, Timestamp};

use super::calendars::{self, Calendar};
use super::letters::{is_alphabetic, is_numeric, lower};
use super::months::{self, Part};
use crate::model::{Precision, When, ZoneSource};

/// Dates stand at the beginning of a text, or it is not one of a date.
const MAX_LEN: usize = 300;
const MAX_TOKENS: usize = 60;

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

#[derive(Clone, Copy, PartialEq, Debug)]
enum Kind {
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

struct Token<'a> {
    kind: Kind,
    text: &'a str,
    from: usize,
    to: usize,
}

fn tokens(text: &str) -> Vec<Token<'_>> {
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
fn has_digit(text: &str) -> bool {
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

fn kind(tokens: &[Token<'_>], at: usize) -> Option<Kind> {
    tokens.get(at).map(|t| t.kind)
}

/// The next token that is not a space or one of `signs`.
fn skip(tokens: &[Token<'_>], mut at: usize, signs: &[char]) -> usize {
    while matches!(kind(tokens, at), Some(Kind::Space))
        || matches!(kind(tokens, at), Some(Kind::Sign(c)) if signs.contains(&c))
    {
        at += 1;
    }
    at
}

/// A year that dates of that calendar may name.
fn year(kind: Option<Kind>, calendar: Calendar) -> Option<i16> {
    match kind {
        Some(Kind::Number(n, 4)) if calendar.has_year(n) => i16::try_from(n).ok(),
        _ => None,
    }
}

fn small(kind: Option<Kind>) -> Option<i8> {
    match kind {
        Some(Kind::Number(n, 1..=2)) => i8::try_from(n).ok(),
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

struct Clock {
    hour: i8,
    minute: i8,
    second: i8,
    with_seconds: bool,
    offset: Option<Offset>,
    from: usize,
    end: usize,
}

fn clock_near(tokens: &[Token<'_>], at: usize, next: usize) -> Option<Clock> {
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
