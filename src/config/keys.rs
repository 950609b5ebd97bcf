//! The table of all keys: what each takes, and where it may stand.

use std::net::IpAddr;

use super::value::{Shape, Value};
use crate::model::{Backfill, Platform, PlatformMode};

/// Says what is wrong with a value of the right shape.
pub type Check = fn(&Value) -> Result<(), String>;

/// One key of the configuration.
#[derive(Debug)]
pub struct Key {
    /// `section.name`.
    pub path: &'static str,
    /// What it takes.
    pub shape: Shape,
    /// A further check that its shape cannot express.
    pub check: Option<Check>,
    /// Its value may hold a password.
    pub secret: bool,
}

impl Key {
    /// The name without its section.
    pub fn name(&self) -> &'static str {
        self.path.split_once('.').map_or(self.path, |(_, name)| name)
    }

    /// The section.
    pub fn section(&self) -> &'static str {
        self.path.split_once('.').map_or("", |(section, _)| section)
    }

    /// Checks what the shape cannot.
    pub fn accept(&self, value: Value) -> Result<Value, String> {
        match self.check {
            Some(check) => check(&value).map(|()| value),
            None => Ok(value),
        }
    }
}

const KIB: u64 = 1 << 10;
const MIB: u64 = 1 << 20;
const TIB: u64 = 1 << 40;
const DAY: u64 = 86_400_000;
const TIMEOUT: Shape = Shape::Duration(1, DAY);
const BODY: Shape = Shape::Size(1, TIB);

const fn key(path: &'static str, shape: Shape) -> Key {
    Key { path, shape, check: None, secret: false }
}

const fn checked(path: &'static str, shape: Shape, check: Check) -> Key {
    Key { path, shape, check: Some(check), secret: false }
}

/// Every key of the fixed sections, in the order of `config/keepfast.toml`.
pub static KEYS: &[Key] = &[
    checked("archive.dir", Shape::Text, not_empty),
    key("archive.min_free", Shape::Size(0, 1 << 60)),
    key("archive.segment_size", Shape::Size(MIB, TIB)),
    key("archive.keep_events", Shape::Duration(DAY, 3650 * DAY)),
    key("archive.spool_above", Shape::Size(KIB, 1 << 32)),
    checked("client.user_agent", Shape::Text, user_agent),
    checked("client.from", Shape::Text, header),
    checked("client.accept_language", Shape::Text, header),
    Key { path: "client.proxy", shape: Shape::Text, check: Some(proxy), secret: true },
    checked("client.allow_private", Shape::List, networks),
    checked("client.resolve", Shape::List, names),
    key("client.ca_files", Shape::List),
    checked("client.yt_dlp", Shape::Text, not_empty),
    key("capture.robots", Shape::OneOf(&["obey", "record", "ignore"])),
    key("capture.requisites", Shape::OneOf(&["none", "media", "all"])),
    key("capture.read", Shape::Bool),
    key("capture.max_page_bytes", BODY),
    key("capture.max_media_bytes", BODY),
    key("capture.max_decoded_bytes", Shape::Size(1, 1 << 32)),
    key("capture.max_requisites", Shape::Whole(0, 100_000)),
    key("capture.max_requisite_bytes", Shape::Size(0, TIB)),
    key("capture.requisite_time", TIMEOUT),
    key("capture.follow_pages", Shape::Whole(0, 1000)),
    key("capture.comment_services", Shape::Bool),
    checked("capture.platform", Shape::Text, platform),
    checked("capture.mirrors", Shape::List, mirrors),
    checked("capture.backfill", Shape::Text, backfill),
    key("capture.items", Shape::OneOf(&["none", "feed", "all"])),
    key("capture.items_every", EVERY),
    key("capture.items_for", Shape::Duration(0, 3650 * DAY)),
    key("capture.max_items", Shape::Whole(0, 10_000)),
    key("capture.items_pages", Shape::Whole(0, 1000)),
    key("capture.max_redirects", Shape::Whole(0, 100)),
    key("capture.connect_timeout", TIMEOUT),
    key("capture.first_byte_timeout", TIMEOUT),
    key("capture.idle_timeout", TIMEOUT),
    key("capture.total_timeout", TIMEOUT),
    key("capture.max_retries", Shape::Whole(0, 100)),
    key("capture.max_retry_after", Shape::Duration(0, DAY)),
    key("capture.media_every", Shape::Lapse(0, 3650 * DAY)),
    key("capture.full_fetch_every", Shape::Duration(0, 3650 * DAY)),
    key("capture.accept_invalid_tls", Shape::Bool),
    key("capture.credentials", Shape::Bool),
    key("capture.yt_dlp", Shape::Bool),
    key("capture.http", Shape::OneOf(&["auto", "http1", "http2"])),
    key("pace.per_second", Shape::Number(10_000.0)),
    key("pace.burst", Shape::Whole(1, 10_000)),
    key("pace.connections", Shape::Whole(1, 256)),
    key("pace.max_crawl_delay", Shape::Duration(0, DAY)),
    checked("pace.budget", Shape::Text, budget),
    key("pace.workers", Shape::Whole(1, 4096)),
    key("pace.memory", Shape::Size(MIB, TIB)),
    key("run.every", EVERY),
    key("run.floor", Shape::Duration(1000, DAY)),
    key("run.ceiling", Shape::Duration(1000, 3650 * DAY)),
    key("run.lists", Shape::List),
    checked("service.listen", Shape::Text, loopback),
    Key { path: "service.alive_url", shape: Shape::Text, check: Some(web), secret: true },
    key("service.alive_every", Shape::Duration(1000, DAY)),
    checked("mail.host", Shape::Text, host_name),
    key("mail.port", Shape::Whole(1, 65_535)),
    key("mail.tls", Shape::OneOf(&["implicit", "starttls", "none"])),
    key("mail.user", Shape::Text),
    key("mail.password_env", Shape::Text),
    key("mail.password_file", Shape::Text),
    checked("mail.from", Shape::Text, mailbox),
    key("search.inside", Shape::Bool),
];

/// What `every` takes, wherever it stands.
pub const EVERY: Shape = Shape::Cadence;

/// Keys of `[pace]` that a `[host."…"]` section may set.
pub const HOST_KEYS: [&str; 5] = ["per_second", "burst", "connections", "max_crawl_delay", "budget"];

/// The key of that path.
pub fn find(path: &str) -> Option<&'static Key> {
    KEYS.iter().find(|key| key.path == path)
}

/// The key of `[capture]` of that name.
pub fn capture(name: &str) -> Option<&'static Key> {
    KEYS.iter().find(|key| key.section() == "capture" && key.name() == name)
}

/// The key of `[pace]` of that name, if a host may have its own.
pub fn host(name: &str) -> Option<&'static Key> {
    KEYS.iter().find(|key| key.section() == "pace" && key.name() == name && HOST_KEYS.contains(&name))
}

/// Names of `[capture]`.
pub fn capture_names() -> impl Iterator<Item = &'static str> {
    KEYS.iter().filter(|key| key.section() == "capture").map(Key::name)
}

/// The candidate that is nearest to `wrong`, if any is near enough to be what was meant.
pub fn nearest<'a>(wrong: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let wrong: Vec<char> = wrong.to_lowercase().chars().take(80).collect();
    let limit = (wrong.len() / 3).max(2);
    candidates
        .into_iter()
        .map(|name| (distance(&wrong, &name.chars().collect::<Vec<_>>()), name))
        .filter(|(far, _)| *far <= limit)
        .min_by_key(|(far, _)| *far)
        .map(|(_, name)| name)
}

/// Edits (insert, delete, replace, swap of neighbours) between two words.
fn distance(a: &[char], b: &[char]) -> usize {
    let mut before = vec![0; b.len() + 1];
    let mut last: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.iter().enumerate() {
        let mut row = vec![i + 1; b.len() + 1];
        for (j, y) in b.iter().enumerate() {
            row[j + 1] = (last[j] + usize::from(x != y)).min(last[j + 1] + 1).min(row[j] + 1);
            if i > 0 && j > 0 && a[i - 1] == *y && *x == b[j - 1] {
                row[j + 1] = row[j + 1].min(before[j - 1] + 1);
            }
        }
        before = std::mem::replace(&mut last, row);
    }
    last[b.len()]
}

fn text(value: &Value) -> &str {
    match value {
        Value::Text(text) => text,
        _ => "",
    }
}

fn items(value: &Value) -> &[String] {
    match value {
        Value::List(items) => items,
        _ => &[],
    }
}

fn not_empty(value: &Value) -> Result<(), String> {
    if text(value).trim().is_empty() { Err("must not be empty".into()) } else { Ok(()) }
}

fn header(value: &Value) -> Result<(), String> {
    if text(value).is_ascii() { Ok(()) } else { Err("is sent as a header field and must be plain ASCII".into()) }
}

fn user_agent(value: &Value) -> Result<(), String> {
    not_empty(value)?;
    header(value)
}

fn proxy(value: &Value) -> Result<(), String> {
    let text = text(value);
    let good = ["http://", "https://", "socks5://", "socks5h://"]
        .iter()
        .any(|scheme| text.strip_prefix(scheme).is_some_and(|rest| !rest.is_empty() && !rest.contains(' ')));
    // The value is not quoted: it may hold a password.
    if text.is_empty() || good { Ok(()) } else { Err("takes \"http://HOST:PORT\" or \"socks5://HOST:PORT\"".into()) }
}

fn budget(value: &Value) -> Result<(), String> {
    match text(value) {
        "" => Ok(()),
        text => text.parse::<crate::model::Budget>().map(|_| ()),
    }
}

fn platform(value: &Value) -> Result<(), String> {
    let text = text(value);
    match PlatformMode::parse(text) {
        Some(_) => Ok(()),
        None => {
            let near = nearest(text, Platform::ALL.iter().map(|platform| platform.as_str()));
            let hint = near.map(|name| format!(": did you mean \"{name}\"?")).unwrap_or_default();
            Err(format!("takes \"auto\", \"none\" or the name of a platform{hint}"))
        }
    }
}

/// `https://t.me = http://127.0.0.1:8080`: two beginnings of addresses.
pub(super) fn mirror(text: &str) -> Option<(String, String)> {
    let (from, to) = text.split_once('=')?;
    let place = |text: &str| {
        let url = url::Url::parse(text.trim()).ok()?;
        let plain = matches!(url.scheme(), "http" | "https") && url.query().is_none() && url.fragment().is_none();
        plain.then(|| text.trim().trim_end_matches('/').to_owned())
    };
    Some((place(from)?, place(to)?))
}

fn mirrors(value: &Value) -> Result<(), String> {
    match items(value).iter().find(|item| mirror(item).is_none()) {
        Some(item) => Err(format!("\"{item}\" is not like \"https://t.me = http://127.0.0.1:8080\"")),
        None => Ok(()),
    }
}

fn backfill(value: &Value) -> Result<(), String> {
    let wrong = || "takes a number of posts (\"1000\"), a day (\"2024-05-01\") or \"all\"".to_owned();
    Backfill::parse(text(value)).map(|_| ()).ok_or_else(wrong)
}

fn loopback(value: &Value) -> Result<(), String> {
    let text = text(value);
    match text.parse::<std::net::SocketAddr>() {
        _ if text.is_empty() => Ok(()),
        Ok(at) if at.ip().is_loopback() => Ok(()),
        Ok(_) => {
            Err("is served without a password, and only on this machine: \"127.0.0.1:9464\" or \"[::1]:9464\"".into())
        }
        Err(_) => Err("takes an address with a port: \"127.0.0.1:9464\" or \"[::1]:9464\"".into()),
    }
}

fn web(value: &Value) -> Result<(), String> {
    let text = text(value);
    let good = url::Url::parse(text).is_ok_and(|url| matches!(url.scheme(), "http" | "https") && url.has_host());
    // The value is not quoted: it may hold a secret.
    if text.is_empty() || good {
        Ok(())
    } else {
        Err("takes the URL of a page: \"https://example.org/alive/1234\"".into())
    }
}

/// An address with or without brackets.
fn address(text: &str) -> Option<IpAddr> {
    text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(text).parse().ok()
}

fn networks(value: &Value) -> Result<(), String> {
    for item in items(value) {
        let (host, length) = item.split_once('/').map_or((item.as_str(), None), |(host, length)| (host, Some(length)));
        let good = address(host).is_some_and(|ip| {
            let most = if ip.is_ipv4() { 32 } else { 128 };
            length.is_none_or(|length| length.parse::<u8>().is_ok_and(|n| n <= most))
        });
        if !good {
            return Err(format!("\"{item}\" is neither an address nor a network like \"10.1.0.0/16\""));
        }
    }
    Ok(())
}

fn names(value: &Value) -> Result<(), String> {
    for item in items(value) {
        if !item.split_once('=').is_some_and(|(host, ip)| !host.trim().is_empty() && address(ip.trim()).is_some()) {
            return Err(format!("\"{item}\" is not of the form \"example.org=192.0.2.7\""));
        }
    }
    Ok(())
}

/// The name of a host or an address, without a port.
fn host_name(value: &Value) -> Result<(), String> {
    let text = text(value);
    let good = text.is_empty() || url::Host::parse(text).is_ok();
    if good { Ok(()) } else { Err("takes the name of a host, like \"smtp.example.org\"".into()) }
}

fn mailbox(value: &Value) -> Result<(), String> {
    let text = text(value);
    if text.is_empty() || is_mailbox(text) {
        Ok(())
    } else {
        Err("takes an address, like \"keepfast@example.org\"".into())
    }
}

/// `name@host`: what a server may be told without quoting.
pub fn is_mailbox(text: &str) -> bool {
    let plain = |c: char| c.is_alphanumeric() || "!#$%&'*+-/=?^_`{|}~.".contains(c);
    text.split_once('@').is_some_and(|(name, host)| {
        !name.is_empty() && name.chars().all(plain) && name.len() <= 64 && url::Host::parse(host).is_ok()
    })
}
