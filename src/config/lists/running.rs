//! URLs in running text: mail, chat logs, Markdown, anything.

use std::ops::Range;

use super::{Collector, LineAt};

/// What follows `http://` or `https://`, whatever the case of the scheme.
pub(super) fn after_scheme(text: &str) -> Option<&str> {
    ["https://", "http://"].iter().find_map(|scheme| {
        text.get(..scheme.len()).filter(|head| head.eq_ignore_ascii_case(scheme)).map(|_| &text[scheme.len()..])
    })
}

pub(super) fn read(text: &str, into: &mut Collector<'_>) {
    let mut line_at = LineAt::new(text);
    for range in find_urls(text) {
        let line = line_at.of(range.start);
        into.url(line, &text[range], Vec::new(), None);
    }
    if into.list.items.is_empty() && into.list.junk.is_empty() && !text.trim().is_empty() {
        into.junk(1, "there is no http or https URL in this text");
    }
}

/// Where the http and https URLs of a text are, without the punctuation around them.
pub fn find_urls(text: &str) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(start) = text[at..].find("://").map(|n| at + n) {
        let head = &text.as_bytes()[at..start];
        let scheme = [5, 4].into_iter().find(|n| {
            head.len() >= *n && head[head.len() - n..].eq_ignore_ascii_case(if *n == 5 { b"https" } else { b"http" })
        });
        at = start + 3;
        // A letter or digit before it makes it another scheme: `xhttp://`.
        let Some(begin) = scheme.map(|n| start - n) else { continue };
        if text[..begin].chars().next_back().is_some_and(|c| c.is_ascii_alphanumeric()) {
            continue;
        }
        let end = at + length(&text[at..]);
        if end > at {
            found.push(begin..end);
        }
        at = end.max(at);
    }
    found
}

/// How long the part after `://` is.
fn length(rest: &str) -> usize {
    let mut open = Vec::new();
    let mut end = rest.len();
    for (i, c) in rest.char_indices() {
        let stop = match c {
            '(' | '[' | '{' => {
                // Deeper nesting than this is no URL; the count stays bounded.
                open.push(c);
                open.len() > 32
            }
            ')' => open.pop() != Some('('),
            ']' => open.pop() != Some('['),
            '}' => open.pop() != Some('{'),
            '<' | '>' | '"' | '`' | '|' | '\\' | '^' => true,
            '«' | '»' | '“' | '”' | '„' | '‹' | '›' | '「' | '」' | '（' | '）' | '【' | '】' | '\u{feff}' => {
                true
            }
            // Marks that steer the direction of text surround a URL, they are not part of it.
            '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => true,
            _ => c.is_whitespace() || c.is_control(),
        };
        if stop {
            end = i;
            break;
        }
    }
    let ends = |c: char| {
        matches!(
            c,
            '.' | ','
                | ';'
                | ':'
                | '!'
                | '?'
                | '\''
                | '*'
                | '_'
                | '~'
                | '('
                | '['
                | '{'
                | '…'
                | '’'
                | '‘'
                | '։'
                | '՝'
                | '՞'
                | '՜'
                | '،'
                | '؛'
                | '؟'
                | '。'
                | '、'
                | '，'
                | '！'
                | '？'
                | '；'
                | '：'
                | '।'
        )
    };
    rest[..end].trim_end_matches(ends).len()
}
