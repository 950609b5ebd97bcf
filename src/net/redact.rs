//! Takes secrets out of what is kept, before it is kept anywhere.

use bytes::Bytes;
use http::header;

use super::keyring::Worn;

/// What stands where a secret stood.
const REDACTED: &[u8] = b"redacted";

/// The head of a request without what went along.
pub(super) fn request(worn: &Worn, head: &Bytes) -> Bytes {
    let secret = [header::COOKIE.as_str(), header::AUTHORIZATION.as_str()];
    let mut first = true;
    lines(head, |line| {
        if std::mem::take(&mut first)
            && let Some(key) = &worn.key
        {
            return Some(replaced(line, key.as_bytes()));
        }
        let name = name(line)?;
        let is_ours = worn.fields.iter().any(|(own, _)| own.as_str() == name);
        (is_ours && secret.contains(&name.as_str())).then(|| [name.as_bytes(), b": ", REDACTED].concat())
    })
    .without(worn)
}

/// The head of an answer without the cookies that it sets and what it repeats.
pub(super) fn response(worn: &Worn, head: &Bytes) -> Bytes {
    lines(head, |line| {
        let name = name(line).filter(|name| matches!(name.as_str(), "set-cookie" | "set-cookie2"))?;
        let value = line[name.len()..].trim_ascii_start().strip_prefix(b":").unwrap_or_default();
        let cookie = value.split(|&b| b == b'=').next().unwrap_or_default().trim_ascii();
        Some([&line[..name.len()], b": ", cookie, b"=", REDACTED].concat())
    })
    .without(worn)
}

struct Head(Vec<u8>);

impl Head {
    fn without(self, worn: &Worn) -> Bytes {
        worn.sought.iter().fold(self.0, |head, value| replaced(&head, value)).into()
    }
}

/// Rewrites the lines of a head; a line that is folded belongs to the one before.
fn lines(head: &[u8], mut rewrite: impl FnMut(&[u8]) -> Option<Vec<u8>>) -> Head {
    let mut out = Vec::with_capacity(head.len());
    let mut folds = false;
    for line in head.split_inclusive(|&b| b == b'\n') {
        let text = line.strip_suffix(b"\n").unwrap_or(line);
        let text = text.strip_suffix(b"\r").unwrap_or(text);
        if matches!(text.first(), Some(b' ' | b'\t')) && folds {
            continue;
        }
        let new = rewrite(text);
        folds = new.is_some();
        out.extend_from_slice(new.as_deref().unwrap_or(text));
        out.extend_from_slice(&line[text.len()..]);
    }
    Head(out)
}

/// The name of the field of a line, in lower case.
fn name(line: &[u8]) -> Option<String> {
    let colon = line.iter().position(|&b| b == b':')?;
    Some(String::from_utf8_lossy(line[..colon].trim_ascii_end()).to_ascii_lowercase())
}

fn find(text: &[u8], value: &[u8], from: usize) -> Option<usize> {
    let first = *value.first()?;
    let mut at = from;
    while let Some(n) = text.get(at..)?.iter().position(|&b| b == first) {
        at += n;
        if text[at..].starts_with(value) {
            return Some(at);
        }
        at += 1;
    }
    None
}

fn replaced(text: &[u8], value: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    let mut from = 0;
    while let Some(at) = find(text, value, from) {
        out.extend_from_slice(&text[from..at]);
        out.extend_from_slice(REDACTED);
        from = at + value.len();
    }
    out.extend_from_slice(&text[from..]);
    out
}

/// Takes secrets out of a body while it comes. Its length stays: stars stand where they stood.
pub(super) struct Scrub {
    sought: Vec<Vec<u8>>,
    /// What may be the beginning of one.
    tail: Vec<u8>,
}

impl Scrub {
    pub(super) fn new(worn: &Worn) -> Option<Self> {
        (!worn.sought.is_empty()).then(|| Self { sought: worn.sought.clone(), tail: Vec::new() })
    }

    /// Takes octets; gives those that are sure to hold nothing.
    pub(super) fn push(&mut self, octets: &[u8]) -> Vec<u8> {
        let mut buffer = std::mem::take(&mut self.tail);
        buffer.extend_from_slice(octets);
        for value in &self.sought {
            let mut from = 0;
            while let Some(at) = find(&buffer, value, from) {
                from = at + value.len();
                buffer[at..from].fill(b'*');
            }
        }
        let longest = self.sought.iter().map(Vec::len).max().unwrap_or(1);
        self.tail = buffer.split_off(buffer.len().saturating_sub(longest - 1));
        buffer
    }

    /// What is left at the end.
    pub(super) fn finish(self) -> Vec<u8> {
        self.tail
    }
}
