//! HTTP heads as octets: where one ends, what its first line says, its fields; and heads rebuilt from fields.

use bytes::{BufMut, Bytes, BytesMut};
use http::HeaderMap;

use crate::model::{Headers, Protocol};

/// Where the head ends: behind its first empty line. Empty lines before the head do not count.
/// Nothing before `from` ends it.
pub(super) fn end(octets: &[u8], from: usize) -> Option<usize> {
    let start = octets.iter().position(|b| !matches!(b, b'\r' | b'\n'))?;
    let mut at = from.max(start);
    while let Some(lf) = octets[at..].iter().position(|&b| b == b'\n') {
        at += lf + 1;
        match octets[at..] {
            [b'\n', ..] => return Some(at + 1),
            [b'\r', b'\n', ..] => return Some(at + 2),
            _ => {}
        }
    }
    None
}

/// Version and number of a status line.
pub(super) fn status(head: &[u8]) -> Option<(Protocol, u16)> {
    let line = head.trim_ascii_start().strip_prefix(b"HTTP/1.")?;
    let (protocol, rest) = match line {
        [b'0', b' ', rest @ ..] => (Protocol::Http10, rest),
        [b'1', b' ', rest @ ..] => (Protocol::Http11, rest),
        _ => return None,
    };
    match rest.trim_ascii_start() {
        [a @ b'0'..=b'9', b @ b'0'..=b'9', c @ b'0'..=b'9', rest @ ..]
            if rest.first().is_none_or(|b| !b.is_ascii_digit()) =>
        {
            let digit = |d: u8| u16::from(d - b'0');
            Some((protocol, digit(*a) * 100 + digit(*b) * 10 + digit(*c)))
        }
        _ => None,
    }
}

/// The fields of a head in their order: names in lower case, values trimmed, folded lines joined by a space.
/// Lines that are no fields are left out (the head itself keeps them).
pub fn fields(head: &Bytes) -> Headers {
    let mut out: Headers = Vec::new();
    let start = head.iter().position(|b| !matches!(b, b'\r' | b'\n')).unwrap_or(0);
    let mut at = start;
    let mut first = true;
    while at < head.len() {
        let end = head[at..].iter().position(|&b| b == b'\n').map_or(head.len(), |n| at + n);
        let line = &head[at..end];
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        if first {
            first = false;
        } else if matches!(line.first(), Some(b' ' | b'\t')) {
            if let Some((_, value)) = out.last_mut() {
                *value = [value, b" ".as_slice(), line.trim_ascii()].concat().into();
            }
        } else if let Some(colon) = line.iter().position(|&b| b == b':') {
            let name = line[..colon].trim_ascii_end();
            if !name.is_empty() && name.iter().all(|b| b.is_ascii_graphic()) {
                let name = String::from_utf8_lossy(name).to_ascii_lowercase();
                out.push((name, head.slice_ref(line[colon + 1..].trim_ascii())));
            }
        }
        at = end + 1;
    }
    out
}

/// First value of a field, for the few that fetching itself has to understand.
pub(super) fn field<'a>(fields: &'a Headers, name: &str) -> Option<&'a [u8]> {
    fields.iter().find(|(n, _)| n == name).map(|(_, v)| v.as_ref())
}

/// A head in the form of HTTP/1.1 made of fields: for exchanges whose octets were not seen.
pub(super) fn rebuilt(first_line: &str, fields: &HeaderMap) -> Bytes {
    let mut out = BytesMut::with_capacity(64 + fields.len() * 48);
    out.put_slice(first_line.as_bytes());
    out.put_slice(b"\r\n");
    for (name, value) in fields {
        out.put_slice(name.as_str().as_bytes());
        out.put_slice(b": ");
        out.put_slice(value.as_bytes());
        out.put_slice(b"\r\n");
    }
    out.put_slice(b"\r\n");
    out.freeze()
}
