//! Cookie files in the form that Netscape gave them and that every tool for exporting cookies writes: seven fields a line, parted by
//! tabs. They are as secret as a password, so nothing here says a value again.

use std::fmt;

use url::{Host, Url};

/// Cookies that are read of one file.
const MANY: usize = 20_000;
/// What begins the line of a cookie that scripts may not read; to others it looks like a remark.
const HTTP_ONLY: &str = "#HttpOnly_";

/// A cookie of the file.
#[derive(Clone, PartialEq, Eq)]
pub struct FileCookie {
    /// The host, in lower case and without a point before it.
    pub domain: String,
    /// It goes to hosts below as well.
    pub below: bool,
    /// It goes where the path begins so.
    pub path: String,
    /// It goes over TLS only.
    pub secure: bool,
    /// Seconds since 1970 when it expires; zero: with the session, that is never.
    pub expires: i64,
    /// Its name.
    pub name: String,
    /// Its value.
    pub value: String,
}

impl fmt::Debug for FileCookie {
    /// Without the value.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} for {}{}", self.name, self.domain, self.path)
    }
}

impl FileCookie {
    /// It may be sent to this address, as long as it has not expired.
    pub fn fits(&self, url: &Url) -> bool {
        let host = match url.host() {
            Some(Host::Domain(name)) => name == self.domain || self.below && is_below(name, &self.domain),
            Some(address) => address.to_string().trim_matches(['[', ']']) == self.domain,
            None => false,
        };
        let path = url.path();
        let rest = path.strip_prefix(self.path.as_str());
        // RFC 6265 5.1.4
        let under = rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/') || self.path.ends_with('/'));
        host && under && (!self.secure || url.scheme() == "https")
    }

    /// Its time is over.
    pub fn has_expired(&self, now_s: i64) -> bool {
        self.expires != 0 && self.expires <= now_s
    }
}

/// `www.example.org` is below `example.org`.
pub fn is_below(name: &str, domain: &str) -> bool {
    name.strip_suffix(domain).is_some_and(|rest| rest.ends_with('.'))
}

/// Reads a file; what is wrong with it is said with the number of the line, and without what stands there.
pub fn parse(text: &str) -> Result<Vec<FileCookie>, String> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut cookies = Vec::new();
    for (number, line) in text.lines().enumerate().map(|(n, line)| (n + 1, line)) {
        let line = match line.strip_prefix(HTTP_ONLY) {
            Some(rest) => rest,
            None if line.trim().is_empty() || line.starts_with('#') => continue,
            None => line,
        };
        if cookies.len() == MANY {
            return Err(format!("line {number}: there are more than {MANY} cookies"));
        }
        cookies.push(cookie(line).map_err(|why| format!("line {number}: {why}"))?);
    }
    Ok(cookies)
}

fn cookie(line: &str) -> Result<FileCookie, String> {
    let fields: Vec<&str> = line.trim_end_matches('\r').split('\t').collect();
    let [domain, below, path, secure, expires, name, value] = fields[..] else {
        return Err(format!("a cookie has seven fields parted by tabs, this line has {}", fields.len()));
    };
    let flag = |text: &str, what: &str| match text {
        "TRUE" | "true" => Ok(true),
        "FALSE" | "false" => Ok(false),
        _ => Err(format!("the {what} is neither TRUE nor FALSE")),
    };
    let (below, secure) = (flag(below, "flag for hosts below")?, flag(secure, "flag for TLS")?);
    let host = domain.trim_start_matches('.').to_lowercase();
    if Host::parse(&host).is_err() {
        return Err("the first field is no host".into());
    }
    if below && !host.contains('.') && host != "localhost" {
        return Err("the host is a whole top-level domain".into());
    }
    if !path.starts_with('/') {
        return Err("the path does not begin with a stroke".into());
    }
    // Some tools write fractions of seconds.
    let whole = expires.split('.').next().unwrap_or_default();
    let expires = whole.parse::<i64>().map_err(|_| "the time of expiry is no number".to_owned())?.max(0);
    let unfit = |c: char| c.is_control() || c == ';' || !c.is_ascii();
    if name.is_empty() || name.contains(|c| unfit(c) || matches!(c, '=' | ' ' | ',')) || value.contains(unfit) {
        return Err("the name or the value cannot be sent as a cookie".into());
    }
    let (path, name, value) = (path.to_owned(), name.to_owned(), value.to_owned());
    Ok(FileCookie { domain: host, below, path, secure, expires, name, value })
}
