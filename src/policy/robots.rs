//! robots.txt as RFC 9309 has it, with bounds: a hostile file costs no more than its size.

use std::time::Duration;

use super::url::octet;

/// Octets of a robots.txt that are read (RFC 9309 2.5 asks for at least this).
pub const MAX_BYTES: usize = 500 * 1024;
/// Rules that are kept.
pub const MAX_RULES: usize = 10_000;

/// The rules of one robots.txt that are for us.
#[derive(Clone, Debug, Default)]
pub struct Rules {
    /// Longest pattern first; of equal ones Allow first.
    rules: Vec<Rule>,
    crawl_delay: Option<Duration>,
    cut: bool,
}

#[derive(Clone, Debug)]
struct Rule {
    allow: bool,
    /// As written, for people.
    text: String,
    /// Percent-normalised, without the final `$`.
    pattern: String,
    anchored: bool,
}

/// What the rules say about a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verdict<'a> {
    /// It may be fetched.
    pub allowed: bool,
    /// The line that decided; `None`: no line is about it.
    pub rule: Option<&'a str>,
}

/// A group while it is read: is it for us, for all, or for others?
#[derive(Default)]
struct Group {
    rules: Vec<Rule>,
    crawl_delay: Option<Duration>,
    named: bool,
}

impl Rules {
    /// Reads a robots.txt for the crawler called `product_token`. Never fails: what is not a rule is skipped.
    pub fn parse(bytes: &[u8], product_token: &str) -> Self {
        let mut cut = bytes.len() > MAX_BYTES;
        let mut bytes = &bytes[..bytes.len().min(MAX_BYTES)];
        if cut {
            // Half a line would be a wider rule than the whole one.
            let whole = bytes.iter().rposition(|b| matches!(b, b'\r' | b'\n')).unwrap_or(0);
            bytes = &bytes[..whole];
        }
        let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
        if bytes.trim_ascii_start().starts_with(b"<") {
            return Self::default(); // an HTML page: a site that answers everything with its front page
        }
        let (mut ours, mut all) = (Group::default(), Group::default());
        let (mut for_us, mut for_all, mut in_rules) = (false, false, true);
        for line in bytes.split(|b| matches!(b, b'\r' | b'\n')) {
            let line = line.split(|&b| b == b'#').next().unwrap_or_default();
            let Some(colon) = line.iter().position(|&b| b == b':') else { continue };
            let field = line[..colon].trim_ascii().to_ascii_lowercase();
            let value = String::from_utf8_lossy(line[colon + 1..].trim_ascii()).into_owned();
            match field.as_slice() {
                b"user-agent" | b"useragent" | b"user agent" => {
                    if in_rules {
                        (for_us, for_all, in_rules) = (false, false, false);
                    }
                    for_us |= token(&value).eq_ignore_ascii_case(product_token);
                    for_all |= value == "*" || value.starts_with("* ");
                    ours.named |= for_us;
                }
                b"allow" | b"disallow" => {
                    in_rules = true;
                    for (group, on) in [(&mut ours, for_us), (&mut all, for_all)] {
                        if on && !value.is_empty() {
                            if group.rules.len() < MAX_RULES {
                                group.rules.push(Rule::new(field == b"allow", &value));
                            } else {
                                cut = true;
                            }
                        }
                    }
                }
                b"crawl-delay" => {
                    in_rules = true;
                    let delay = value.parse().ok().and_then(|s| Duration::try_from_secs_f64(s).ok());
                    for (group, on) in [(&mut ours, for_us), (&mut all, for_all)] {
                        if on && delay.is_some() {
                            group.crawl_delay = group.crawl_delay.max(delay);
                        }
                    }
                }
                _ => {}
            }
        }
        let Group { mut rules, crawl_delay, .. } = if ours.named { ours } else { all };
        rules.sort_by_key(|r| (std::cmp::Reverse(r.pattern.len() + usize::from(r.anchored)), !r.allow));
        Self { rules, crawl_delay, cut }
    }

    /// May this path (with its query) be fetched? The longest rule that matches decides, Allow before Disallow.
    pub fn allowed(&self, path_and_query: &str) -> Verdict<'_> {
        self.allowed_counting(path_and_query, &mut 0)
    }

    pub(super) fn allowed_counting(&self, path_and_query: &str, steps: &mut usize) -> Verdict<'_> {
        let path = normal(path_and_query);
        if path == "/robots.txt" {
            return Verdict { allowed: true, rule: None };
        }
        let decided = self.rules.iter().find(|r| r.matches(path.as_bytes(), steps));
        Verdict { allowed: decided.is_none_or(|r| r.allow), rule: decided.map(|r| r.text.as_str()) }
    }

    /// The wait between two requests that the file asks for.
    pub fn crawl_delay(&self) -> Option<Duration> {
        self.crawl_delay
    }

    /// The file is longer, or has more rules, than is read.
    pub fn is_cut(&self) -> bool {
        self.cut
    }
}

/// `keepfast/1.0 (…)` is `keepfast`.
fn token(value: &str) -> &str {
    let end = value.find(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '-' | '_'))).unwrap_or(value.len());
    &value[..end]
}

impl Rule {
    fn new(allow: bool, value: &str) -> Self {
        let (body, anchored) = match value.strip_suffix('$') {
            Some(body) => (body, true),
            None => (value, false),
        };
        let text = format!("{}: {value}", if allow { "Allow" } else { "Disallow" });
        Self { allow, text, pattern: normal(body), anchored }
    }

    /// Each piece between two stars is looked for once, from where the piece before it ended: the leftmost
    /// place is always good enough. Only the last piece of a `$` rule must stand at the end.
    fn matches(&self, path: &[u8], steps: &mut usize) -> bool {
        let mut pieces = self.pattern.as_bytes().split(|&b| b == b'*');
        let first = pieces.next().unwrap_or_default();
        *steps += first.len().min(path.len()) + 1;
        let Some(mut rest) = path.strip_prefix(first) else { return false };
        let mut last: Option<&[u8]> = None;
        for piece in pieces {
            if let Some(piece) = last.replace(piece) {
                match find(rest, piece, steps) {
                    Some(at) => rest = &rest[at + piece.len()..],
                    None => return false,
                }
            }
        }
        match (last, self.anchored) {
            (None, anchored) => !anchored || rest.is_empty(),
            (Some(piece), true) => {
                *steps += piece.len();
                rest.ends_with(piece)
            }
            (Some(piece), false) => find(rest, piece, steps).is_some(),
        }
    }
}

/// Where `needle` begins in `hay` (Knuth, Morris, Pratt: never more than two steps an octet).
fn find(hay: &[u8], needle: &[u8], steps: &mut usize) -> Option<usize> {
    if needle.len() > hay.len() || needle.is_empty() {
        return needle.is_empty().then_some(0);
    }
    let mut border = vec![0; needle.len()];
    let mut k = 0;
    for i in 1..needle.len() {
        while k > 0 && needle[i] != needle[k] {
            k = border[k - 1];
            *steps += 1;
        }
        k += usize::from(needle[i] == needle[k]);
        border[i] = k;
        *steps += 1;
    }
    k = 0;
    for (i, octet) in hay.iter().enumerate() {
        while k > 0 && *octet != needle[k] {
            k = border[k - 1];
            *steps += 1;
        }
        k += usize::from(*octet == needle[k]);
        *steps += 1;
        if k == needle.len() {
            return Some(i + 1 - k);
        }
    }
    None
}

/// RFC 9309 2.2.2: octets outside ASCII are compared percent-encoded, escaped unreserved ones unescaped.
fn normal(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut out = String::with_capacity(text.len());
    let mut i = 0;
    while let Some(&b) = bytes.get(i) {
        let escaped = if b == b'%' { octet(bytes.get(i + 1..i + 3)) } else { None };
        match escaped {
            Some(o) if o.is_ascii_alphanumeric() || matches!(o, b'-' | b'.' | b'_' | b'~') => out.push(char::from(o)),
            Some(o) => out.push_str(&format!("%{o:02X}")),
            None if b.is_ascii() => out.push(char::from(b)),
            None => out.push_str(&format!("%{b:02X}")),
        }
        i += if escaped.is_some() { 3 } else { 1 };
    }
    out
}
