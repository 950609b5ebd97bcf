//! Lists of URLs in the forms that people have them: plain lines, running text, CSV sheets, OPML, bookmarks.
//!
//! Nothing in a list is fatal: what is no URL is named with its line, and the rest is taken.

mod bookmarks;
mod lines;
mod opml;
mod running;
mod sheet;

pub use running::find_urls;

/// URLs taken from one list; what lies beyond is named as left out.
pub const MAX_ITEMS: usize = 1_000_000;
/// Problems told of one list; of more only the number is given.
pub const MAX_PROBLEMS: usize = 1000;
/// Characters of a URL.
const MAX_URL: usize = 16_384;
/// Characters of a tag.
const MAX_TAG: usize = 100;
/// Characters of a note.
const MAX_NOTE: usize = 1000;

/// A form of list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// One URL a line, `#` comments, `#tags` after the URL.
    Lines,
    /// Any text with URLs in it.
    Text,
    /// A table with a header: CSV with comma, semicolon or tabulator.
    Sheet,
    /// Subscriptions of a feed reader.
    Opml,
    /// Bookmarks as browsers export them (Netscape format).
    Bookmarks,
}

/// One URL of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    /// As it is written there.
    pub url: String,
    /// Labels.
    pub tags: Vec<String>,
    /// A remark or title.
    pub note: Option<String>,
    /// `file:line`.
    pub place: String,
}

/// Something in a list that could not be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Junk {
    /// `file:line`.
    pub place: String,
    /// What is wrong with it.
    pub message: String,
}

/// What was read out of a list.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct List {
    /// The URLs in their order.
    pub items: Vec<Listed>,
    /// What could not be used.
    pub junk: Vec<Junk>,
    /// How many more problems there were.
    pub more_junk: usize,
    /// How many more URLs there were.
    pub left_out: usize,
}

/// Reads a list in the form that its name and beginning suggest.
pub fn read(name: &str, bytes: &[u8]) -> List {
    let text = decode(bytes);
    read_as(form(name, &text), name, &text)
}

/// Reads a list in a form.
pub fn read_as(form: Form, name: &str, text: &str) -> List {
    let mut into = Collector { name, list: List::default() };
    match form {
        Form::Lines => lines::read(text, &mut into),
        Form::Text => running::read(text, &mut into),
        Form::Sheet => sheet::read(text, &mut into),
        Form::Opml => opml::read(text, &mut into),
        Form::Bookmarks => bookmarks::read(text, &mut into),
    }
    into.list
}

/// The form that a name and a beginning suggest.
pub fn form(name: &str, text: &str) -> Form {
    let head: String = text.chars().take(4096).collect::<String>().to_ascii_lowercase();
    let ending = name.rsplit_once('.').map(|(_, ending)| ending.to_ascii_lowercase()).unwrap_or_default();
    if head.contains("netscape-bookmark") || (head.contains("<dl>") && head.contains("<dt>")) {
        Form::Bookmarks
    } else if head.contains("<opml") {
        Form::Opml
    } else if matches!(ending.as_str(), "csv" | "tsv") || sheet::looks_like_one(&head) {
        Form::Sheet
    } else if mostly_urls(&head) {
        Form::Lines
    } else {
        Form::Text
    }
}

/// At least half of the lines that say something begin with a URL.
fn mostly_urls(head: &str) -> bool {
    let lines = head.lines().map(|line| line.trim_start_matches('\u{feff}').trim_start());
    let said = lines.filter(|line| !line.is_empty() && !line.starts_with('#'));
    let (urls, words): (Vec<&str>, Vec<&str>) = said.partition(|line| running::after_scheme(line).is_some());
    urls.len() >= words.len()
}

/// Octets to text: UTF-16 by its mark, else UTF-8 with foreign octets replaced.
pub fn decode(bytes: &[u8]) -> String {
    let wide = |unit: fn([u8; 2]) -> u16| {
        let units = bytes[2..].chunks_exact(2).map(|pair| unit([pair[0], pair[1]]));
        char::decode_utf16(units).map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER)).collect()
    };
    match bytes {
        [0xff, 0xfe, ..] => wide(u16::from_le_bytes),
        [0xfe, 0xff, ..] => wide(u16::from_be_bytes),
        _ => String::from_utf8_lossy(bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes)).into_owned(),
    }
}

/// Takes what the readers find, within the bounds.
struct Collector<'a> {
    name: &'a str,
    list: List,
}

impl Collector<'_> {
    fn url(&mut self, line: usize, url: &str, tags: Vec<String>, note: Option<String>) {
        let url = url.trim();
        if let Err(why) = plausible(url) {
            return self.junk(line, format!("{why}: {}", quote(url)));
        }
        if self.list.items.len() >= MAX_ITEMS {
            self.list.left_out += 1;
            return;
        }
        let clean = |text: String, most: usize| -> String {
            let folded: Vec<&str> = text.split(|c: char| c.is_whitespace() || c.is_control()).collect();
            folded
                .into_iter()
                .filter(|word| !word.is_empty())
                .collect::<Vec<_>>()
                .join(" ")
                .chars()
                .take(most)
                .collect()
        };
        let mut own: Vec<String> = Vec::new();
        for tag in tags {
            let tag = clean(tag, MAX_TAG);
            if !tag.is_empty() && !own.contains(&tag) {
                own.push(tag);
            }
        }
        let note = note.map(|note| clean(note, MAX_NOTE)).filter(|note| !note.is_empty());
        let place = format!("{}:{line}", self.name);
        self.list.items.push(Listed { url: url.to_owned(), tags: own, note, place });
    }

    fn junk(&mut self, line: usize, message: impl Into<String>) {
        if self.list.junk.len() < MAX_PROBLEMS {
            self.list.junk.push(Junk { place: format!("{}:{line}", self.name), message: message.into() });
        } else {
            self.list.more_junk += 1;
        }
    }
}

/// Says why a word cannot be an http(s) URL; whether it really is one is judged later.
fn plausible(url: &str) -> Result<(), &'static str> {
    let rest = running::after_scheme(url).ok_or("not an http or https URL")?;
    if !rest.starts_with(|c: char| c.is_alphanumeric() || matches!(c, '[' | '_' | '%') || !c.is_ascii()) {
        return Err("a URL without a host");
    }
    if url.chars().any(|c| c.is_control() || c == ' ') {
        return Err("a URL with spaces or control characters");
    }
    if url.chars().nth(MAX_URL).is_some() {
        return Err("a URL longer than 16,384 characters");
    }
    Ok(())
}

/// The beginning of foreign words, fit for a message.
fn quote(text: &str) -> String {
    let mut out: String = text.chars().take(80).map(|c| if c.is_control() { ' ' } else { c }).collect();
    if text.chars().nth(80).is_some() {
        out.push('…');
    }
    out
}

/// Counts lines up to offsets that only grow.
struct LineAt<'a> {
    text: &'a str,
    at: usize,
    line: usize,
}

impl<'a> LineAt<'a> {
    fn new(text: &'a str) -> Self {
        Self { text, at: 0, line: 1 }
    }

    fn of(&mut self, offset: usize) -> usize {
        let to = offset.min(self.text.len());
        if to > self.at {
            self.line += self.text.as_bytes()[self.at..to].iter().filter(|b| **b == b'\n').count();
            self.at = to;
        }
        self.line
    }
}

#[cfg(test)]
mod tests;
