//! Settings: layers default < file < environment < flag, with the origin of every value.
//!
//! Nothing is read here: the caller brings the text of the file, the variables of the environment and the words of
//! the command line. Unknown keys, wrong types and bad values are errors that name their place, all of them at once.

mod credentials;
mod keys;
mod layers;
pub mod lists;
mod notify;
mod problem;
mod typed;
mod value;

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};
use std::time::Duration;

pub use layers::{Origin, WatchEntry, variable};
pub use value::{duration, parse_duration, parse_size, size};

use self::keys::Key;
use self::layers::{Layers, Set, Values};
use self::problem::{Problems, did_you_mean};
use crate::error::{Error, ErrorKind, Result};
use crate::model::{
    Budget, Cadence, Capture, Client, CredentialRule, Digest, EventKind, MailServer, Pace, Rule, Service, WatchOptions,
};

/// The configuration file with all keys, their defaults and what they mean.
pub const DEFAULTS: &str = include_str!("../../config/keepfast.toml");

/// A configuration file beyond this many octets is refused.
const MAX_FILE: usize = 64 << 20;

/// Which watch settings are asked for.
#[derive(Clone, Copy, Debug)]
pub struct Target<'a> {
    /// Its host, with port if that is not the scheme's own: `example.org`, `example.org:8080`.
    pub host: &'a str,
    /// Its tags, the strongest last.
    pub tags: &'a [String],
    /// Its own settings.
    pub options: &'a WatchOptions,
    /// Its own time between two looks.
    pub every: Option<&'a Cadence>,
}

/// One line of `config show`.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Resolved {
    /// Full path of the key.
    pub key: String,
    /// Its value as it may be written after `--set key=`; passwords are left out.
    pub value: String,
    /// Where the value comes from.
    pub origin: String,
}

/// The resolved configuration.
#[derive(Clone)]
pub struct Config {
    layers: Layers,
    folder: PathBuf,
    client: Client,
    capture: Capture,
    every: Cadence,
    limits: (Duration, Duration),
    pace: Pace,
    host_paces: BTreeMap<String, Pace>,
    min_free: u64,
    keep_events: Duration,
    segment_size: u64,
    service: Service,
    workers: u32,
    mail: MailServer,
    rules: Vec<Rule>,
    credentials: Vec<CredentialRule>,
    inside: bool,
    yt_dlp: PathBuf,
}

impl fmt::Debug for Config {
    /// Without passwords.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.resolved(None).into_iter().map(|line| (line.key, line.value))).finish()
    }
}

impl Config {
    /// Merges the layers. `file` is the configuration file, if there is one, and its text; `env` are all variables
    /// of the environment (others than `KEEPFAST_…` are not looked at); `sets` are `section.key=value` words.
    pub fn load(file: Option<(&Path, &str)>, env: &[(String, String)], sets: &[String]) -> Result<Self> {
        let mut layers = Layers::default();
        let mut own = Problems::default();
        layers.file("built-in defaults", DEFAULTS, true, &mut own);
        own.into_result()?;
        let mut problems = Problems::default();
        if let Some((path, text)) = file {
            let name = path.file_name().map_or_else(|| path.to_string_lossy(), |name| name.to_string_lossy());
            if text.len() > MAX_FILE {
                let message = format!("{name} is longer than {}", size(MAX_FILE as u64));
                return Err(
                    Error::new(ErrorKind::Config, message).hint("put long lists of URLs into a file of [run] lists")
                );
            }
            layers.file(&name, text, false, &mut problems);
        }
        layers.env(env, &mut problems);
        layers.flags(sets, &mut problems);
        problems.into_result()?;
        let folder = file.and_then(|(path, _)| path.parent()).map(Path::to_owned).unwrap_or_default();
        typed::build(layers, folder)
    }

    /// The archive folder: relative to the configuration file's folder if it is named there (or nowhere), to the
    /// current one if it comes from the environment or the command line.
    pub fn archive_dir(&self) -> PathBuf {
        self.rooted("archive.dir").into_iter().next().unwrap_or_default()
    }

    /// The URL lists, placed like [`Self::archive_dir`].
    pub fn lists(&self) -> Vec<PathBuf> {
        self.rooted("run.lists")
    }

    fn rooted(&self, path: &str) -> Vec<PathBuf> {
        typed::rooted(&self.layers.base, &self.folder, path)
    }

    /// Less free space than this stops a run.
    pub fn min_free(&self) -> u64 {
        self.min_free
    }

    /// Events that nobody waits for leave after this.
    pub fn keep_events(&self) -> Duration {
        self.keep_events
    }

    /// What the service tells of itself, and to whom.
    pub fn service(&self) -> &Service {
        &self.service
    }

    /// Length at which a segment is closed.
    pub fn segment_size(&self) -> u64 {
        self.segment_size
    }

    /// Captures at the same time.
    pub fn workers(&self) -> u32 {
        self.workers
    }

    /// The index of what stands inside words is kept.
    pub fn looks_inside(&self) -> bool {
        self.inside
    }

    /// The program yt-dlp: a name on PATH, or a path.
    pub fn yt_dlp(&self) -> &Path {
        &self.yt_dlp
    }

    /// What the client says of itself and where it may go.
    pub fn client(&self) -> Client {
        self.client.clone()
    }

    /// The pace of hosts: the general one, and those of `[host."…"]` by host in lower case, with port if it was
    /// written with one.
    pub fn pace(&self) -> (Pace, BTreeMap<String, Pace>) {
        (self.pace, self.host_paces.clone())
    }

    /// The budget of a host (`example.org:443`), if it has one.
    pub fn budget_of(&self, host: &str) -> Option<Budget> {
        let bare = host.rsplit_once(':').map_or(host, |(host, _)| host);
        self.host_paces.get(host).or_else(|| self.host_paces.get(bare)).unwrap_or(&self.pace).budget
    }

    /// Any host has a budget.
    pub fn has_budgets(&self) -> bool {
        self.pace.budget.is_some() || self.host_paces.values().any(|pace| pace.budget.is_some())
    }

    /// How a watch is captured: `[capture]` < its tags < its own settings.
    pub fn capture_for(&self, tags: &[String], options: &WatchOptions) -> Result<Capture> {
        if options.is_empty() && !tags.iter().any(|tag| self.layers.tags.contains_key(tag)) {
            return Ok(self.capture.clone());
        }
        typed::capture(&self.effective(tags, options)?)
    }

    /// How often a watch is looked at: its own setting, else that of the last of its tags that has one, else the
    /// general one.
    pub fn every_for(&self, tags: &[String], own: Option<Cadence>) -> Cadence {
        let of_tag = |tag: &String| match &self.layers.tags.get(tag)?.get("run.every")?.value {
            value::Value::Cadence(every) => Some(every.clone()),
            _ => None,
        };
        own.or_else(|| tags.iter().rev().find_map(of_tag)).unwrap_or_else(|| self.every.clone())
    }

    /// The shortest and the longest interval of watches that are looked at adaptively.
    pub fn adaptive_limits(&self) -> (Duration, Duration) {
        self.limits
    }

    /// The `[[watch]]` entries in the order of the file.
    pub fn watches(&self) -> &[WatchEntry] {
        &self.layers.watches
    }

    /// The `[[notify]]` entries: who is told what.
    pub fn rules(&self) -> &[Rule] {
        &self.rules
    }

    /// What of the user's own goes with requests, and to whom.
    pub fn credentials(&self) -> &[CredentialRule] {
        &self.credentials
    }

    /// How mails are sent.
    pub fn mail(&self) -> &MailServer {
        &self.mail
    }

    /// Whom the rules name for an event about a watch with these labels, each once.
    pub fn sinks_for(&self, kind: EventKind, tags: &[String]) -> Vec<String> {
        let mut sinks: Vec<String> =
            self.rules.iter().filter(|rule| rule.wants(kind, tags)).map(|rule| rule.name.clone()).collect();
        sinks.sort();
        sinks.dedup();
        sinks
    }

    /// Digest over all settings (without watches and passwords): what a run says it ran with.
    pub fn digest(&self) -> Digest {
        let mut text = String::new();
        for line in self.resolved(None) {
            text.push_str(&format!("{}={}\n", line.key, line.value));
        }
        Digest::of(text.as_bytes())
    }

    /// Every value with its origin: all settings, or those that hold for one watch.
    pub fn resolved(&self, target: Option<Target<'_>>) -> Vec<Resolved> {
        let Some(target) = target else {
            let named = |section: &'static str, of: &str, values: &Values| {
                let of = of.to_owned();
                let lines: Vec<_> =
                    values.iter().map(|(path, set)| line(named_path(section, &of, path), set)).collect();
                lines
            };
            return keys::KEYS
                .iter()
                .filter_map(|key| self.layers.base.get(key.path).map(|set| line(key.path.to_owned(), set)))
                .chain(self.layers.hosts.iter().flat_map(|(of, values)| named("host", of, values)))
                .chain(self.layers.tags.iter().flat_map(|(of, values)| named("tag", of, values)))
                .chain(notify::shown(&self.layers, &self.rules))
                .chain(credentials::shown(&self.layers, &self.credentials))
                .collect();
        };
        let (mut values, fault) = match self.effective(target.tags, target.options) {
            Ok(values) => (values, None),
            Err(error) => (self.layers.base.clone(), Some(error.message().to_owned())),
        };
        if let Some(every) = target.every {
            values.insert("run.every", Set { value: value::Value::Cadence(every.clone()), origin: Origin::Watch });
        }
        for (path, set) in self.host_values(target.host).into_iter().flatten() {
            values.insert(path, set.clone());
        }
        let lines = keys::KEYS.iter().filter_map(|key| values.get(key.path).map(|set| line(key.path.to_owned(), set)));
        // A watch made under another version may have settings that are none any more; that is shown, not hidden.
        let fault = fault.map(|value| Resolved { key: "unusable".into(), value, origin: "watch".into() });
        lines.chain(fault).collect()
    }

    /// The `[host."…"]` section that holds for a host with or without port.
    fn host_values(&self, host: &str) -> Option<&Values> {
        let host = host.to_lowercase();
        let bare =
            host.rsplit_once(':').filter(|(_, port)| port.bytes().all(|b| b.is_ascii_digit())).map(|(bare, _)| bare);
        self.layers.hosts.get(&host).or_else(|| self.layers.hosts.get(bare?))
    }

    fn effective(&self, tags: &[String], options: &WatchOptions) -> Result<Values> {
        let mut values = self.layers.base.clone();
        for own in tags.iter().filter_map(|tag| self.layers.tags.get(tag)) {
            values.extend(own.iter().map(|(path, set)| (*path, set.clone())));
        }
        for (key, value) in checked(options)? {
            values.insert(key.path, Set { value, origin: Origin::Watch });
        }
        Ok(values)
    }
}

/// Checks `key=value` words as own settings of a watch (`add --set requisites=all`); the section may be written.
pub fn watch_options(words: &[String]) -> Result<WatchOptions> {
    let mut options = WatchOptions::new();
    for word in words {
        let (name, text) = word.split_once('=').ok_or_else(|| {
            Error::new(ErrorKind::Usage, format!("--set {word}: write it as key=value, for example requisites=all"))
        })?;
        options.insert(name.trim().to_owned(), serde_json::Value::String(text.to_owned()));
    }
    Ok(checked(&options)?.into_iter().map(|(key, value)| (key.name().to_owned(), value.json())).collect())
}

/// Reads own settings of a watch and says all that is wrong with them.
fn checked(options: &WatchOptions) -> Result<Vec<(&'static Key, value::Value)>> {
    let mut out = Vec::with_capacity(options.len());
    let mut problems = Problems::default();
    for (name, value) in options {
        let Some(key) = keys::capture(name.strip_prefix("capture.").unwrap_or(name)) else {
            let near = keys::nearest(name, keys::capture_names());
            problems.add(0, "setting of a watch", did_you_mean(format!("unknown key {name}"), near));
            continue;
        };
        match key.shape.read_json(value).and_then(|value| key.accept(value)) {
            Ok(value) => out.push((key, value)),
            Err(why) => problems.add(0, "setting of a watch", format!("{name} {why}")),
        }
    }
    problems.into_result().map(|()| out)
}

/// The defaults file with every setting commented out, for a new folder: what is not changed follows later defaults.
pub fn template() -> String {
    let mut out = String::with_capacity(DEFAULTS.len() + 128);
    for line in DEFAULTS.lines() {
        if !line.is_empty() && !line.starts_with(['#', '[']) {
            out.push_str("# ");
        }
        out.push_str(line);
        out.push('\n');
    }
    out
}

fn named_path(section: &str, of: &str, path: &str) -> String {
    let name = path.split_once('.').map_or(path, |(_, name)| name);
    format!("{section}.\"{of}\".{name}")
}

fn line(key: String, set: &Set) -> Resolved {
    let secret = keys::find(&key).is_some_and(|key| key.secret);
    let value = set.value.to_string();
    let value = match key.as_str() {
        // Who knows the path may ask it.
        "service.alive_url" => without_path(&value),
        _ if secret => without_password(&value),
        _ => value,
    };
    Resolved { key, value, origin: set.origin.to_string() }
}

/// A URL without its user name and password.
fn without_password(url: &str) -> String {
    let Some((scheme, rest)) = url.split_once("://") else { return url.to_owned() };
    match rest.rsplit_once('@') {
        Some((_, host)) => format!("{scheme}://***@{host}"),
        None => url.to_owned(),
    }
}

/// A URL of which only scheme and host may be known.
fn without_path(url: &str) -> String {
    match url::Url::parse(url) {
        Ok(url) => format!("{}://{}/***", url.scheme(), url.host_str().unwrap_or_default()),
        Err(_) if url.is_empty() => String::new(),
        Err(_) => "***".to_owned(),
    }
}

#[cfg(test)]
mod tests;
