//! Text on a terminal: foreign words made harmless, colours, widths, tables, sizes and ages.

use std::borrow::Cow;
use std::io::{self, Write};

use jiff::Timestamp;
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use super::args::When;

/// Whether to colour: as asked, else on a terminal unless `NO_COLOR` is set to something.
pub fn colour(when: When, is_terminal: bool, no_color: Option<&str>) -> bool {
    match when {
        When::Always => true,
        When::Never => false,
        When::Auto => is_terminal && no_color.is_none_or(str::is_empty),
    }
}

/// A character that may steer a terminal, turn the direction of what follows, or hide text.
fn steers(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{ad}' | '\u{61c}' | '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e0fff}')
}

/// Foreign text on one line: characters that steer become visible, white space is folded.
pub fn line(text: &str) -> Cow<'_, str> {
    if !text.chars().any(|c| steers(c) || (c.is_whitespace() && c != ' ')) {
        return Cow::Borrowed(text);
    }
    Cow::Owned(
        text.chars().filter_map(|c| if c.is_whitespace() && c != '\u{85}' { Some(' ') } else { shown(c) }).collect(),
    )
}

/// Foreign text with its line breaks and tabulators.
pub fn text(text: &str) -> Cow<'_, str> {
    if !text.chars().any(|c| steers(c) && c != '\n') {
        return Cow::Borrowed(text);
    }
    let text = text.replace("\r\n", "\n");
    Cow::Owned(
        text.chars()
            .filter_map(|c| match c {
                '\n' => Some(c),
                '\t' => Some(' '),
                _ => shown(c),
            })
            .collect(),
    )
}

/// What stands for a character; invisible ones that only say where a word may be broken are left out.
fn shown(c: char) -> Option<char> {
    Some(match c {
        '\u{ad}' | '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{2060}' | '\u{feff}' => return None,
        '\0'..='\x1f' => char::from_u32(0x2400 + u32::from(c)).unwrap_or(char::REPLACEMENT_CHARACTER),
        '\x7f' => '\u{2421}',
        '\u{2028}' | '\u{2029}' => ' ',
        _ if steers(c) => char::REPLACEMENT_CHARACTER,
        _ => c,
    })
}

/// Columns that a text takes.
pub fn width(text: &str) -> usize {
    text.width()
}

/// Cuts a text to so many columns, with `…` where it was cut.
pub fn cut(text: &str, columns: usize) -> Cow<'_, str> {
    if width(text) <= columns {
        return Cow::Borrowed(text);
    }
    let mut out = String::new();
    let mut used = 0;
    for c in text.chars() {
        let wide = c.width().unwrap_or(0);
        if used + wide + 1 > columns {
            break;
        }
        used += wide;
        out.push(c);
    }
    if columns > 0 {
        out.push('…');
    }
    Cow::Owned(out)
}

/// Breaks a text into lines of so many columns, at white space where there is some.
pub fn wrap(text: &str, columns: usize) -> Vec<String> {
    let columns = columns.max(8);
    let mut lines = Vec::new();
    for paragraph in text.split('\n') {
        let mut now = String::new();
        let mut used = 0;
        for word in paragraph.split(' ').filter(|word| !word.is_empty()) {
            let wide = width(word);
            if used > 0 && used + 1 + wide > columns {
                lines.push(std::mem::take(&mut now));
                used = 0;
            }
            if used > 0 {
                now.push(' ');
                used += 1;
            }
            // A word longer than a line is broken anywhere.
            for c in word.chars() {
                let wide = c.width().unwrap_or(0);
                if used + wide > columns {
                    lines.push(std::mem::take(&mut now));
                    used = 0;
                }
                now.push(c);
                used += wide;
            }
        }
        lines.push(now);
    }
    lines
}

/// Colours, or none.
#[derive(Clone, Copy, Debug, Default)]
pub struct Paint {
    /// Whether to colour.
    pub on: bool,
}

impl Paint {
    fn sgr(self, code: &str, text: &str) -> String {
        if self.on && !text.is_empty() { format!("\x1b[{code}m{text}\x1b[0m") } else { text.to_owned() }
    }

    /// Headings.
    pub fn strong(self, text: &str) -> String {
        self.sgr("1", text)
    }

    /// What matters less.
    pub fn faint(self, text: &str) -> String {
        self.sgr("2", text)
    }

    /// What was looked for.
    pub fn found(self, text: &str) -> String {
        self.sgr("1;33", text)
    }

    /// What went well.
    pub fn good(self, text: &str) -> String {
        self.sgr("32", text)
    }

    /// What is to be looked at.
    pub fn odd(self, text: &str) -> String {
        self.sgr("33", text)
    }

    /// What went wrong.
    pub fn bad(self, text: &str) -> String {
        self.sgr("31", text)
    }
}

/// A size for people: `1.4 MiB`.
pub fn size(octets: u64) -> String {
    let mut value = octets as f64;
    for unit in ["B", "KiB", "MiB", "GiB", "TiB"] {
        if value < 1000.0 || unit == "TiB" {
            return if unit == "B" {
                format!("{octets} B")
            } else if value < 10.0 {
                format!("{value:.1} {unit}")
            } else {
                format!("{value:.0} {unit}")
            };
        }
        value /= 1024.0;
    }
    format!("{octets} B")
}

/// A number with its thousands parted: `1,234,567`.
pub fn count(n: u64) -> String {
    let digits = n.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (i, c) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(c);
    }
    out
}

/// A length of time for people, in its largest unit: `5 min`, `3 h`, `12 d`.
pub fn length(seconds: u64) -> String {
    match seconds {
        0..60 => format!("{seconds} s"),
        60..3600 => format!("{} min", seconds / 60),
        3600..172_800 => format!("{} h", seconds / 3600),
        _ => format!("{} d", seconds / 86_400),
    }
}

/// How long ago, or how long from now.
pub fn age(at: Timestamp, now: Timestamp) -> String {
    let seconds = now.as_second() - at.as_second();
    match seconds {
        -1..=1 => "now".into(),
        2.. => format!("{} ago", length(seconds.unsigned_abs())),
        _ => format!("in {}", length(seconds.unsigned_abs())),
    }
}

/// A time to the second, in UTC.
pub fn time(at: Timestamp) -> String {
    at.strftime("%Y-%m-%d %H:%M:%SZ").to_string()
}

/// A table whose widest column gives way when the terminal is narrow.
#[derive(Clone, Debug, Default)]
pub struct Table {
    head: Vec<&'static str>,
    right: Vec<bool>,
    flexible: usize,
    rows: Vec<Vec<(String, Tone)>>,
}

/// The column that gives way keeps so much: a URL cut shorter says nothing.
const MIN_FLEXIBLE: usize = 32;

/// How a cell is shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Tone {
    /// As it is.
    #[default]
    Plain,
    /// It matters less.
    Faint,
    /// It went well.
    Good,
    /// It is to be looked at.
    Odd,
    /// It went wrong.
    Bad,
}

impl Table {
    /// A table with these headings; a heading that begins with `>` makes its column flush right, one that begins
    /// with `~` makes it the one that gives way.
    pub fn new(head: &[&'static str]) -> Self {
        Self {
            right: head.iter().map(|name| name.starts_with('>')).collect(),
            flexible: head.iter().position(|name| name.starts_with('~')).unwrap_or(head.len().saturating_sub(1)),
            head: head.iter().map(|name| name.trim_start_matches(['>', '~'])).collect(),
            rows: Vec::new(),
        }
    }

    /// Adds a row; foreign text is made harmless here.
    pub fn row(&mut self, cells: Vec<(String, Tone)>) {
        self.rows.push(cells.into_iter().map(|(cell, tone)| (line(&cell).into_owned(), tone)).collect());
    }

    /// Writes it in so many columns.
    pub fn write(&self, columns: usize, paint: Paint, out: &mut dyn Write) -> io::Result<()> {
        let mut widths: Vec<usize> = self.head.iter().map(|name| width(name)).collect();
        for row in &self.rows {
            for (wide, (cell, _)) in widths.iter_mut().zip(row) {
                *wide = (*wide).max(width(cell));
            }
        }
        let total: usize = widths.iter().sum::<usize>() + 2 * widths.len().saturating_sub(1);
        if let Some(wide) = widths.get_mut(self.flexible) {
            *wide = wide.saturating_sub(total.saturating_sub(columns)).max(MIN_FLEXIBLE.min(*wide));
        }
        let head: Vec<_> = self.head.iter().map(|name| ((*name).to_owned(), Tone::Faint)).collect();
        for row in std::iter::once(&head).chain(&self.rows) {
            let mut text = String::new();
            for (n, (cell, tone)) in row.iter().enumerate() {
                let wide = widths.get(n).copied().unwrap_or(0);
                let cell = cut(cell, wide);
                let gap = " ".repeat(wide.saturating_sub(width(&cell)));
                let shown = match tone {
                    Tone::Plain => cell.into_owned(),
                    Tone::Faint => paint.faint(&cell),
                    Tone::Good => paint.good(&cell),
                    Tone::Odd => paint.odd(&cell),
                    Tone::Bad => paint.bad(&cell),
                };
                if n > 0 {
                    text.push_str("  ");
                }
                if self.right.get(n) == Some(&true) {
                    text.push_str(&gap);
                    text.push_str(&shown);
                } else {
                    text.push_str(&shown);
                    text.push_str(&gap);
                }
            }
            writeln!(out, "{}", text.trim_end())?;
        }
        Ok(())
    }
}
