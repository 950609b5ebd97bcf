//! Addresses in style sheets: a linear scan, no grammar.

use url::Url;

use super::address;

/// At most so many addresses of one sheet are given.
const MAX_REFS: usize = 2_000;
/// A longer `url(…)` is not an address that is fetched.
const MAX_ADDRESS: usize = 8 << 10;

/// What a style sheet names, absolute, each once, in order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CssRefs {
    /// `@import`.
    pub imports: Vec<String>,
    /// Inside `@font-face`.
    pub fonts: Vec<String>,
    /// All other `url(…)`.
    pub images: Vec<String>,
}

impl CssRefs {
    fn len(&self) -> usize {
        self.imports.len() + self.fonts.len() + self.images.len()
    }
}

/// Reads the addresses out of a style sheet. `data:` addresses and what is not http(s) are left out;
/// bounded to 2,000 of them.
pub fn css_refs(css: &str, base: &Url) -> CssRefs {
    let mut refs = CssRefs::default();
    let mut seen = std::collections::HashSet::new();
    let bytes = css.as_bytes();
    let mut i = 0;
    let mut import = false;
    // Depth of braces, and the depth inside which a font face is described.
    let (mut depth, mut face, mut face_next) = (0usize, None, false);
    while let Some(&b) = bytes.get(i) {
        if refs.len() >= MAX_REFS {
            break;
        }
        let address = match b {
            b'/' if bytes.get(i + 1) == Some(&b'*') => {
                i = css[i + 2..].find("*/").map_or(bytes.len(), |end| i + 2 + end + 2);
                continue;
            }
            b'@' => {
                import = has_prefix(bytes, i, b"@import");
                face_next |= has_prefix(bytes, i, b"@font-face");
                i += 1;
                continue;
            }
            b'{' => {
                depth += 1;
                if face_next && face.is_none() {
                    face = Some(depth);
                }
                (import, face_next) = (false, false);
                i += 1;
                continue;
            }
            b'}' => {
                if face == Some(depth) {
                    face = None;
                }
                depth = depth.saturating_sub(1);
                i += 1;
                continue;
            }
            b';' => {
                import = false;
                i += 1;
                continue;
            }
            b'"' | b'\'' => {
                let (text, next) = quoted(css, i);
                i = next;
                if !import {
                    continue;
                }
                text
            }
            b'u' | b'U' if has_prefix(bytes, i, b"url(") => {
                let (text, next) = function(css, i + 4);
                i = next;
                text
            }
            _ => {
                i += 1;
                continue;
            }
        };
        let Some(address) = absolute(address, base) else {
            continue;
        };
        if seen.insert(address.clone()) {
            match (import, face) {
                (true, _) => refs.imports.push(address),
                (false, Some(_)) => refs.fonts.push(address),
                (false, None) => refs.images.push(address),
            }
        }
        import = false;
    }
    refs
}

/// Addresses of the `url(…)`s in a style attribute, as written.
pub(super) fn urls_in_style(style: &str) -> Vec<&str> {
    let bytes = style.as_bytes();
    let (mut found, mut i) = (Vec::new(), 0);
    while i < bytes.len() && found.len() < 16 {
        if has_prefix(bytes, i, b"url(") {
            let (text, next) = function(style, i + 4);
            if !text.is_empty() {
                found.push(text);
            }
            i = next;
        } else {
            i += 1;
        }
    }
    found
}

fn has_prefix(bytes: &[u8], at: usize, prefix: &[u8]) -> bool {
    bytes.get(at..at + prefix.len()).is_some_and(|b| b.eq_ignore_ascii_case(prefix))
}

/// The text of a quoted string that begins at `at`, and the place after it.
fn quoted(css: &str, at: usize) -> (&str, usize) {
    let bytes = css.as_bytes();
    let quote = bytes[at];
    let mut end = at + 1;
    while end < bytes.len() && bytes[end] != quote && bytes[end] != b'\n' {
        end += if bytes[end] == b'\\' { 2 } else { 1 };
    }
    let end = end.min(bytes.len());
    (css.get(at + 1..end).unwrap_or(""), end + 1)
}

/// The argument of `url(`, quoted or not, and the place after the closing bracket.
fn function(css: &str, at: usize) -> (&str, usize) {
    let bytes = css.as_bytes();
    let mut i = at;
    while bytes.get(i).is_some_and(u8::is_ascii_whitespace) {
        i += 1;
    }
    if matches!(bytes.get(i), Some(b'"' | b'\'')) {
        let (text, next) = quoted(css, i);
        return (text, next.max(i + 1));
    }
    let end = bytes[i.min(bytes.len())..].iter().position(|b| matches!(b, b')' | b'"' | b'\'' | b'<' | b'{'));
    let end = end.map_or(bytes.len(), |n| i + n);
    (css.get(i..end).unwrap_or("").trim(), end + 1)
}

fn absolute(text: &str, base: &Url) -> Option<String> {
    let text = text.trim();
    if text.is_empty() || text.len() > MAX_ADDRESS || text.starts_with('#') {
        return None;
    }
    let plain;
    let text = if text.contains('\\') {
        plain = unescape(text);
        plain.as_str()
    } else {
        text
    };
    address::absolute(text, base)
}

fn unescape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        if c != '\\' {
            out.push(c);
            continue;
        }
        let mut code = String::new();
        while let Some(d) = chars.peek().copied().filter(|d| d.is_ascii_hexdigit() && code.len() < 6) {
            code.push(d);
            chars.next();
        }
        match u32::from_str_radix(&code, 16) {
            Ok(code) => {
                out.push(char::from_u32(code).unwrap_or('\u{fffd}'));
                if chars.peek().is_some_and(|c| c.is_ascii_whitespace()) {
                    chars.next();
                }
            }
            Err(_) => out.extend(chars.next()),
        }
    }
    out
}
