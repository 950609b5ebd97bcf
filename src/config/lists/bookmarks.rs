//! Netscape bookmarks: the HTML that browsers export. It is not XML (nothing is closed), so only tags and text are
//! looked at, in one pass.

use super::{Collector, LineAt};

/// Nesting of folders that become tags.
const MAX_DEPTH: usize = 32;

pub(super) fn read(text: &str, into: &mut Collector<'_>) {
    let mut line_at = LineAt::new(text);
    let mut folders: Vec<String> = Vec::new();
    let mut next_folder = String::new();
    let mut at = 0;
    while let Some(open) = text[at..].find('<').map(|n| at + n) {
        if text[open..].starts_with("<!--") {
            at = text[open..].find("-->").map_or(text.len(), |n| open + n + 3);
            continue;
        }
        let Some(close) = end_of_tag(&text[open..]).map(|n| open + n) else { break };
        let tag = &text[open + 1..close];
        let name: String =
            tag.chars().take_while(|c| !c.is_whitespace() && *c != '>').collect::<String>().to_lowercase();
        at = close + 1;
        match name.as_str() {
            "h3" => next_folder = words_until_tag(&text[at..]),
            "dl" => {
                let folder = std::mem::take(&mut next_folder);
                folders.push(if folders.len() < MAX_DEPTH { folder } else { String::new() });
            }
            "/dl" => {
                folders.pop();
            }
            "a" => {
                let line = line_at.of(open);
                let mut tags: Vec<String> = folders.iter().filter(|folder| !folder.is_empty()).cloned().collect();
                let own = attribute(tag, "tags").unwrap_or_default();
                tags.extend(own.split(',').map(|tag| tag.trim().to_owned()));
                match attribute(tag, "href") {
                    Some(url) => into.url(line, &url, tags, Some(words_until_tag(&text[at..]))),
                    None => into.junk(line, "a bookmark without an address"),
                }
            }
            _ => {}
        }
    }
}

/// Offset of the `>` that ends a tag; quoted values may hold one.
fn end_of_tag(text: &str) -> Option<usize> {
    let mut quoted = None;
    for (i, b) in text.bytes().enumerate() {
        match (quoted, b) {
            (None, b'>') => return Some(i),
            (None, b'"' | b'\'') => quoted = Some(b),
            (Some(q), _) if q == b => quoted = None,
            _ => {}
        }
    }
    // A quote that is never closed: the tag ends where it can.
    text.find('>')
}

fn words_until_tag(text: &str) -> String {
    unescape(text.split('<').next().unwrap_or_default())
}

fn attribute(tag: &str, wanted: &str) -> Option<String> {
    let mut rest = tag.split_once(char::is_whitespace)?.1.trim_start();
    while !rest.is_empty() {
        let end = rest.find(|c: char| c == '=' || c.is_whitespace()).unwrap_or(rest.len());
        let name = &rest[..end];
        rest = rest[end..].trim_start();
        let mut value = "";
        if let Some(after) = rest.strip_prefix('=') {
            let after = after.trim_start();
            (value, rest) = match after.chars().next().filter(|c| matches!(c, '"' | '\'')) {
                Some(quote) => after[1..].split_once(quote).unwrap_or((&after[1..], "")),
                None => after.split_once(char::is_whitespace).unwrap_or((after, "")),
            };
            rest = rest.trim_start();
        } else if end == 0 {
            rest = rest.get(1..).unwrap_or_default();
        }
        if name.eq_ignore_ascii_case(wanted) {
            return Some(unescape(value));
        }
    }
    None
}

/// The entities that exports use; anything else stays as it is.
fn unescape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('&') {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        let known = rest.bytes().take(12).position(|b| b == b';').and_then(|end| {
            let c = match &rest[1..end] {
                "amp" => '&',
                "lt" => '<',
                "gt" => '>',
                "quot" => '"',
                "apos" => '\'',
                number => {
                    let number = number.strip_prefix('#')?;
                    let code = match number.strip_prefix(['x', 'X']) {
                        Some(hex) => u32::from_str_radix(hex, 16).ok()?,
                        None => number.parse().ok()?,
                    };
                    char::from_u32(code)?
                }
            };
            Some((c, end))
        });
        match known {
            Some((c, end)) => {
                out.push(c);
                rest = &rest[end + 1..];
            }
            None => {
                out.push('&');
                rest = &rest[1..];
            }
        }
    }
    out.push_str(rest);
    out
}
