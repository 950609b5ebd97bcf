//! What a person types or a page says, made into a URL, and the form by which equal URLs are known.

use std::fmt;

use ::url::{Host, Url};

/// Longest URL that is taken, in octets.
pub const MAX_LEN: usize = 8192;

/// A URL as it is asked, and what it is known by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Canonical {
    /// The URL without its fragment: what is asked.
    pub url: Url,
    /// The form by which it is known: URLs of equal keys are one.
    pub key: String,
    /// Host and port, for example `example.org:443`: what the pace is for.
    pub host: String,
}

/// Why something is not a URL that can be kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Problem {
    /// There is nothing.
    Empty,
    /// More than [`MAX_LEN`] octets.
    TooLong(usize),
    /// White space or a control character stands inside.
    Space,
    /// Neither http nor https.
    Scheme(String),
    /// A user name or password stands before the host; it would be stored and shown.
    UserInfo,
    /// No host is named, or one that cannot be.
    Host(String),
    /// Not a URL for another reason.
    Syntax(String),
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => f.write_str("there is no URL"),
            Self::TooLong(n) => write!(f, "the URL is {n} octets long, more than {MAX_LEN}"),
            Self::Space => f.write_str("there is white space or a control character inside the URL"),
            Self::Scheme(s) => write!(f, "the scheme is {s:?}; only http and https can be fetched"),
            Self::UserInfo => f.write_str("the URL holds a user name or password, which would be stored with it"),
            Self::Host(why) => write!(f, "the URL names no usable host: {why}"),
            Self::Syntax(why) => write!(f, "not a URL: {why}"),
        }
    }
}

impl std::error::Error for Problem {}

/// Reads what a person typed: surrounding white space and angle brackets are dropped, a missing scheme is https.
pub fn canonical(text: &str) -> Result<Canonical, Problem> {
    let text = text.trim();
    let text = text.strip_prefix('<').and_then(|t| t.strip_suffix('>')).unwrap_or(text).trim();
    if text.is_empty() {
        return Err(Problem::Empty);
    }
    if text.len() > MAX_LEN {
        return Err(Problem::TooLong(text.len()));
    }
    if text.chars().any(|c| c.is_whitespace() || c.is_control()) {
        return Err(Problem::Space);
    }
    let url = Url::parse(&with_scheme(text)).map_err(|e| match e {
        ::url::ParseError::EmptyHost
        | ::url::ParseError::IdnaError
        | ::url::ParseError::InvalidIpv4Address
        | ::url::ParseError::InvalidIpv6Address
        | ::url::ParseError::InvalidDomainCharacter => Problem::Host(e.to_string()),
        other => Problem::Syntax(other.to_string()),
    })?;
    of(url)
}

/// The same for a URL that is parsed already.
pub fn of(mut url: Url) -> Result<Canonical, Problem> {
    if !matches!(url.scheme(), "http" | "https") {
        return Err(Problem::Scheme(url.scheme().to_owned()));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(Problem::UserInfo);
    }
    url.set_fragment(None);
    if url.as_str().len() > MAX_LEN {
        return Err(Problem::TooLong(url.as_str().len()));
    }
    let host = authority(&url).ok_or_else(|| Problem::Host("it or a part of it is empty".to_owned()))?;
    let key = key(&url);
    Ok(Canonical { url, key, host })
}

/// `host:port` of an http(s) URL, the default port written out. `None`: there is no host, or a name of it is empty
/// ("a..b" is no name, RFC 1035 2.3.1; "4.." without its dots would be another address).
pub fn authority(url: &Url) -> Option<String> {
    let port = url.port_or_known_default()?;
    match url.host()? {
        Host::Domain(name) => {
            let name = name.strip_suffix('.').unwrap_or(name);
            (!name.split('.').any(str::is_empty)).then(|| format!("{name}:{port}"))
        }
        Host::Ipv4(ip) => Some(format!("{ip}:{port}")),
        Host::Ipv6(ip) => Some(format!("[{ip}]:{port}")),
    }
}

/// The URL that a `Location` names: resolved against `base`, octets outside ASCII percent-encoded, without
/// fragment, user name and password. `None`: there is none, or it is not a URL.
pub fn location(base: &Url, value: &[u8]) -> Option<Url> {
    let value = value.trim_ascii();
    if value.is_empty() || value.len() > MAX_LEN {
        return None;
    }
    let text: String = match std::str::from_utf8(value) {
        Ok(text) => text.to_owned(),
        Err(_) => {
            value.iter().map(|&b| if b.is_ascii() { char::from(b).to_string() } else { format!("%{b:02X}") }).collect()
        }
    };
    let mut url = base.join(&text).ok()?;
    url.set_fragment(None);
    if !url.username().is_empty() || url.password().is_some() {
        let _ = url.set_username("");
        let _ = url.set_password(None);
    }
    Some(url)
}

/// Puts https before what has no scheme. `example.org:8080/x` is a host with a port, `mailto:x` is not.
fn with_scheme(text: &str) -> String {
    if let Some(rest) = text.strip_prefix("//") {
        return format!("https://{rest}");
    }
    let end = text.find(['/', '?', '#']).unwrap_or(text.len());
    let Some(colon) = text[..end].find(':') else {
        return format!("https://{text}");
    };
    let scheme = &text[..colon];
    let is_scheme = scheme.starts_with(|c: char| c.is_ascii_alphabetic())
        && scheme.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.'));
    let after = &text[colon + 1..end];
    let is_port = !after.is_empty() && after.bytes().all(|b| b.is_ascii_digit());
    if is_scheme && !is_port && !(after.contains('@') && scheme.contains('.')) {
        text.to_owned()
    } else {
        format!("https://{text}")
    }
}

/// The key of a URL: `Url` has done the scheme, host, port and dot segments.
fn key(url: &Url) -> String {
    let mut out = String::with_capacity(url.as_str().len());
    out.push_str(url.scheme());
    out.push_str("://");
    match url.host() {
        Some(Host::Domain(name)) => out.push_str(name.strip_suffix('.').unwrap_or(name)),
        _ => out.push_str(url.host_str().unwrap_or_default()),
    }
    if let Some(port) = url.port() {
        out.push(':');
        out.push_str(&port.to_string());
    }
    out.push_str(&unreserved(url.path()));
    let mut mark = '?';
    for part in url.query().unwrap_or_default().split('&').filter(|p| !p.is_empty() && !is_tracking(p)) {
        out.push(mark);
        out.push_str(&unreserved(part));
        mark = '&';
    }
    out
}

/// A parameter that says where the reader came from and never what is shown.
fn is_tracking(parameter: &str) -> bool {
    const NAMES: &[&str] = &[
        "fbclid",
        "gclid",
        "gclsrc",
        "dclid",
        "gbraid",
        "wbraid",
        "msclkid",
        "yclid",
        "ysclid",
        "twclid",
        "ttclid",
        "igsh",
        "igshid",
        "mc_cid",
        "mc_eid",
        "_hsenc",
        "_hsmi",
        "_openstat",
        "vero_id",
        "mkt_tok",
        "wickedid",
        "oly_anon_id",
        "oly_enc_id",
        "srsltid",
    ];
    let name = unreserved(parameter.split('=').next().unwrap_or_default()).to_ascii_lowercase();
    name.starts_with("utm_") || NAMES.contains(&name.as_str())
}

/// RFC 3986 6.2.2: `%7e` is `~`, `%2f` is `%2F`. A part with a stray `%` is left as it is.
fn unreserved(part: &str) -> String {
    let bytes = part.as_bytes();
    let mut out = String::with_capacity(part.len());
    let mut rest = part;
    while let Some(at) = rest.find('%') {
        let start = part.len() - rest.len() + at;
        let Some(octet) = octet(bytes.get(start + 1..start + 3)) else {
            return part.to_owned();
        };
        out.push_str(&rest[..at]);
        if octet.is_ascii_alphanumeric() || matches!(octet, b'-' | b'.' | b'_' | b'~') {
            out.push(char::from(octet));
        } else {
            out.push_str(&format!("%{octet:02X}"));
        }
        rest = &rest[at + 3..];
    }
    out.push_str(rest);
    out
}

/// The octet that two hexadecimal digits stand for.
pub(super) fn octet(digits: Option<&[u8]>) -> Option<u8> {
    match digits {
        Some([a, b]) => {
            let digit = |d: u8| char::from(d).to_digit(16).and_then(|d| u8::try_from(d).ok());
            Some(digit(*a)? << 4 | digit(*b)?)
        }
        _ => None,
    }
}
