//! The HTTP head as it is stored beside a de-chunked body.

use std::borrow::Cow;

/// An HTTP response head fit for a record.
pub struct StoredHead<'a> {
    /// The octets to store, ending in an empty line.
    pub octets: Cow<'a, [u8]>,
    /// The head was mended beyond the renaming of Transfer-Encoding (bare line feeds), so the octets
    /// as received have to be kept elsewhere.
    pub mended: bool,
}

/// Makes the head that is stored beside a body whose transfer coding was removed.
///
/// `Transfer-Encoding` becomes `X-Orig-Transfer-Encoding`, and `Content-Length` is added if (and only
/// if) the transfer coding made it absent: with the field kept, readers would look for chunk framing
/// that is not there. Everything else stays octet for octet. Lines that end in a bare line feed are
/// given the carriage return that the record format needs.
pub fn stored_head(head: &[u8], body_len: u64) -> StoredHead<'_> {
    let clean = head.ends_with(b"\r\n\r\n") && !has_bare_lf(head);
    let coded = lines(head).skip(1).any(is_transfer_encoding);
    if clean && !coded {
        return StoredHead { octets: Cow::Borrowed(head), mended: false };
    }
    let mut out = Vec::with_capacity(head.len() + 64);
    let has_length = lines(head).skip(1).any(|line| names(line, b"content-length"));
    for (i, line) in lines(head).enumerate() {
        if line.is_empty() {
            break;
        }
        if i > 0 && is_transfer_encoding(line) {
            out.extend_from_slice(b"X-Orig-");
        }
        out.extend_from_slice(line);
        out.extend_from_slice(b"\r\n");
    }
    if coded && !has_length {
        out.extend_from_slice(format!("Content-Length: {body_len}\r\n").as_bytes());
    }
    out.extend_from_slice(b"\r\n");
    StoredHead { octets: Cow::Owned(out), mended: !clean }
}

/// Lines without their ends.
fn lines(head: &[u8]) -> impl Iterator<Item = &[u8]> {
    head.split(|b| *b == b'\n').map(|line| line.strip_suffix(b"\r").unwrap_or(line))
}

fn has_bare_lf(head: &[u8]) -> bool {
    head.iter().enumerate().any(|(i, b)| *b == b'\n' && (i == 0 || head[i - 1] != b'\r'))
}

fn names(line: &[u8], name: &[u8]) -> bool {
    line.len() > name.len()
        && line[..name.len()].eq_ignore_ascii_case(name)
        && line[name.len()..].trim_ascii_start().starts_with(b":")
}

fn is_transfer_encoding(line: &[u8]) -> bool {
    names(line, b"transfer-encoding")
}
