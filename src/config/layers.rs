//! The layers: default < file < environment < flag, merged by presence, with the origin of each value.

use std::collections::BTreeMap;
use std::fmt;
use std::ops::Range;

use toml::Spanned;
use toml::de::{DeArray, DeTable, DeValue};

use super::credentials;
use super::keys::{self, KEYS, Key, nearest};
use super::notify;
use super::problem::{Problems, did_you_mean, line_column};
use super::value::{Shape, Value};
use crate::model::{Cadence, WatchOptions};

/// Where a value comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// Built in.
    Default,
    /// A line of the configuration file.
    File {
        /// Name of the file.
        name: String,
        /// Its line, from 1.
        line: usize,
    },
    /// A variable of the environment.
    Env(String),
    /// `--set` on the command line.
    Flag,
    /// The watch's own setting.
    Watch,
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => f.write_str("default"),
            Self::File { name, line } => write!(f, "{name}:{line}"),
            Self::Env(name) => write!(f, "env {name}"),
            Self::Flag => f.write_str("--set"),
            Self::Watch => f.write_str("watch"),
        }
    }
}

/// A value and its origin.
#[derive(Clone, Debug, PartialEq)]
pub struct Set {
    /// The value.
    pub value: Value,
    /// Where it comes from.
    pub origin: Origin,
}

/// Values by the full path of their key.
pub type Values = BTreeMap<&'static str, Set>;

/// One `[[watch]]` of the file, as it is written there.
#[derive(Clone, Debug, PartialEq)]
pub struct WatchEntry {
    /// The URL as written.
    pub url: String,
    /// Labels.
    pub tags: Vec<String>,
    /// A remark.
    pub note: Option<String>,
    /// Time between two looks.
    pub every: Option<Cadence>,
    /// Own settings, checked.
    pub options: WatchOptions,
    /// Line of the file, from 1.
    pub line: usize,
}

/// All layers merged.
#[derive(Clone, Default)]
pub struct Layers {
    /// The fixed sections.
    pub base: Values,
    /// `[host."…"]`, by host in lower case.
    pub hosts: BTreeMap<String, Values>,
    /// `[tag.…]`.
    pub tags: BTreeMap<String, Values>,
    /// `[[watch]]`, in the order of the file.
    pub watches: Vec<WatchEntry>,
    /// `[[notify]]`, in the order of the file.
    pub notify: Vec<notify::Entry>,
    /// `[credential."…"]`, by name.
    pub credentials: Vec<credentials::Entry>,
}

const SECTIONS: [&str; 13] = [
    "archive",
    "client",
    "capture",
    "pace",
    "run",
    "service",
    "mail",
    "search",
    "host",
    "tag",
    "watch",
    "notify",
    "credential",
];

/// Variables of the environment that begin with `KEEPFAST_` and are not settings.
const NOT_SETTINGS: [&str; 3] = ["KEEPFAST_ARCHIVE", "KEEPFAST_CONFIG", "KEEPFAST_LOG"];

/// One file while it is read.
pub(super) struct Source<'a> {
    name: &'a str,
    text: &'a str,
    built_in: bool,
    problems: &'a mut Problems,
}

impl Source<'_> {
    pub(super) fn line(&self, span: &Range<usize>) -> usize {
        line_column(self.text, span.start).0
    }

    pub(super) fn origin(&self, span: &Range<usize>) -> Origin {
        if self.built_in { Origin::Default } else { Origin::File { name: self.name.to_owned(), line: self.line(span) } }
    }

    pub(super) fn fault(&mut self, span: &Range<usize>, message: impl Into<String>) {
        let (line, column) = line_column(self.text, span.start);
        self.problems.add(span.start, format!("{}:{line}:{column}", self.name), message);
    }

    /// Reads a value for a key, or says what is wrong with it.
    fn value(&mut self, path: &str, key: &Key, at: &Spanned<DeValue<'_>>) -> Option<Set> {
        let value = key.shape.read_toml(at.get_ref()).and_then(|value| key.accept(value));
        self.keep(path, at, value)
    }

    /// The same for a shape outside the table.
    pub(super) fn shaped(&mut self, path: &str, shape: Shape, at: &Spanned<DeValue<'_>>) -> Option<Value> {
        let value = shape.read_toml(at.get_ref());
        self.keep(path, at, value).map(|set| set.value)
    }

    fn keep(&mut self, path: &str, at: &Spanned<DeValue<'_>>, value: Result<Value, String>) -> Option<Set> {
        match value {
            Ok(value) => Some(Set { value, origin: self.origin(&at.span()) }),
            Err(why) => {
                self.fault(&at.span(), format!("{path} {why}"));
                None
            }
        }
    }

    pub(super) fn table<'t, 'i>(&mut self, path: &str, at: &'t Spanned<DeValue<'i>>) -> Option<&'t DeTable<'i>> {
        let table = at.get_ref().as_table();
        if table.is_none() {
            self.fault(&at.span(), format!("{path} is a section: write [{path}] on a line of its own"));
        }
        table
    }
}

impl Layers {
    /// Lays a file over what is there.
    pub fn file(&mut self, name: &str, text: &str, built_in: bool, problems: &mut Problems) {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let (document, errors) = DeTable::parse_recoverable(text);
        let mut source = Source { name, text, built_in, problems };
        for error in &errors {
            source.fault(&error.span().unwrap_or(0..0), error.message());
        }
        if !errors.is_empty() {
            return;
        }
        for (section, at) in document.get_ref() {
            let name = section.get_ref().as_ref();
            match name {
                "host" => self.named(&mut source, "host", at),
                "tag" => self.named(&mut source, "tag", at),
                "watch" => match at.get_ref().as_array() {
                    Some(entries) => self.watches(&mut source, entries),
                    None => source.fault(&section.span(), "watch is a list: write [[watch]] with double brackets"),
                },
                "notify" => match at.get_ref().as_array() {
                    Some(entries) => self.notify.extend(notify::read(&mut source, entries)),
                    None => source.fault(&section.span(), "notify is a list: write [[notify]] with double brackets"),
                },
                "credential" => self.credentials.extend(credentials::read(&mut source, at)),
                _ if SECTIONS.contains(&name) => self.section(&mut source, name, at),
                _ => {
                    let near = nearest(name, SECTIONS).or_else(|| home_of(name));
                    source.fault(&section.span(), did_you_mean(format!("unknown key {name}"), near));
                }
            }
        }
    }

    fn section(&mut self, source: &mut Source<'_>, section: &str, at: &Spanned<DeValue<'_>>) {
        let Some(table) = source.table(section, at) else { return };
        for (name, at) in table {
            let path = format!("{section}.{}", name.get_ref());
            match keys::find(&path) {
                Some(key) => {
                    if let Some(set) = source.value(&path, key, at) {
                        self.base.insert(key.path, set);
                    }
                }
                None => source.fault(&name.span(), unknown(&path)),
            }
        }
    }

    fn named(&mut self, source: &mut Source<'_>, section: &str, at: &Spanned<DeValue<'_>>) {
        let Some(table) = source.table(section, at) else { return };
        for (name, at) in table {
            let of = name.get_ref().as_ref();
            let Some(own) = source.table(&format!("{section}.\"{of}\""), at) else { continue };
            for (name, at) in own {
                let path = format!("{section}.\"{of}\".{}", name.get_ref());
                match named_key(section, name.get_ref()) {
                    Ok(key) => {
                        if let Some(set) = source.value(&path, key, at) {
                            self.insert_named(section, of, key, set);
                        }
                    }
                    Err(near) => source.fault(&name.span(), did_you_mean(format!("unknown key {path}"), near)),
                }
            }
        }
    }

    fn insert_named(&mut self, section: &str, of: &str, key: &'static Key, set: Set) {
        let values = match section {
            "host" => self.hosts.entry(of.to_lowercase()).or_default(),
            _ => self.tags.entry(of.to_owned()).or_default(),
        };
        values.insert(key.path, set);
    }

    fn watches(&mut self, source: &mut Source<'_>, entries: &DeArray<'_>) {
        for at in entries {
            let Some(table) = source.table("watch", at) else { continue };
            let line = source.line(&at.span());
            let mut entry = WatchEntry {
                url: String::new(),
                tags: Vec::new(),
                note: None,
                every: None,
                options: WatchOptions::new(),
                line,
            };
            for (name, at) in table {
                let path = format!("watch.{}", name.get_ref());
                match name.get_ref().as_ref() {
                    "url" => {
                        if let Some(Value::Text(url)) = source.shaped(&path, Shape::Text, at) {
                            entry.line = source.line(&at.span());
                            entry.url = url.trim().to_owned();
                        }
                    }
                    "tags" => {
                        if let Some(Value::List(tags)) = source.shaped(&path, Shape::List, at) {
                            entry.tags = tags;
                        }
                    }
                    "note" => {
                        if let Some(Value::Text(note)) = source.shaped(&path, Shape::Text, at) {
                            entry.note = Some(note);
                        }
                    }
                    "every" => {
                        if let Some(Value::Cadence(every)) = source.shaped(&path, keys::EVERY, at) {
                            entry.every = Some(every);
                        }
                    }
                    name_text => match keys::capture(name_text) {
                        Some(key) => {
                            if let Some(set) = source.value(&path, key, at) {
                                entry.options.insert(key.name().to_owned(), set.value.json());
                            }
                        }
                        None => {
                            let own = ["url", "tags", "note", "every"];
                            let near = nearest(name_text, own.into_iter().chain(keys::capture_names()));
                            source.fault(&name.span(), did_you_mean(format!("unknown key {path}"), near));
                        }
                    },
                }
            }
            if entry.url.is_empty() {
                let given = table.iter().find(|(name, _)| name.get_ref() == "url").map(|(_, at)| at);
                match given.map(|at| (at.span(), at.get_ref().as_str())) {
                    None => source.fault(&at.span(), "this [[watch]] has no url"),
                    Some((span, Some(text))) if text.trim().is_empty() => source.fault(&span, "watch.url is empty"),
                    // What else is wrong with it was said above.
                    Some(_) => {}
                }
            } else {
                self.watches.push(entry);
            }
        }
    }

    /// Lays variables of the environment over what is there; those of others are not looked at.
    pub fn env(&mut self, pairs: &[(String, String)], problems: &mut Problems) {
        for (name, text) in pairs {
            let Some(rest) = name.strip_prefix("KEEPFAST_") else { continue };
            if NOT_SETTINGS.contains(&name.as_str()) {
                continue;
            }
            let path = rest.to_lowercase().replacen("__", ".", 1);
            let Some(key) = keys::find(&path) else {
                let near = nearest(&path, KEYS.iter().map(|key| key.path)).map(variable);
                problems.add(usize::MAX, name, did_you_mean("no such setting".into(), near.as_deref()));
                continue;
            };
            match key.shape.read_text(text).and_then(|value| key.accept(value)) {
                Ok(value) => {
                    self.base.insert(key.path, Set { value, origin: Origin::Env(name.clone()) });
                }
                Err(why) => problems.add(usize::MAX, name, format!("{} {why}", key.path)),
            }
        }
    }

    /// Lays `section.key=value` words of the command line over what is there.
    pub fn flags(&mut self, words: &[String], problems: &mut Problems) {
        for word in words {
            let Some((path, text)) = word.split_once('=') else {
                problems.add(usize::MAX, format!("--set {word}"), "write it as section.key=value");
                continue;
            };
            let (path, place) = (path.trim(), format!("--set {}", path.trim()));
            let named = path.split_once('.').filter(|(section, _)| matches!(*section, "host" | "tag"));
            let named = named.and_then(|(section, rest)| {
                rest.rsplit_once('.').map(|(of, name)| (section, of.trim_matches('"'), name))
            });
            let key = match named {
                Some((section, _, name)) => {
                    named_key(section, name).map_err(|near| did_you_mean(format!("unknown key {path}"), near))
                }
                None => keys::find(path).ok_or_else(|| unknown(path)),
            };
            let set = key.and_then(|key| {
                let value = key.shape.read_text(text).and_then(|value| key.accept(value));
                value.map(|value| (key, value)).map_err(|why| format!("{path} {why}"))
            });
            match (set, named) {
                (Ok((key, value)), Some((section, of, _))) => {
                    self.insert_named(section, of, key, Set { value, origin: Origin::Flag });
                }
                (Ok((key, value)), None) => {
                    self.base.insert(key.path, Set { value, origin: Origin::Flag });
                }
                (Err(why), _) => problems.add(usize::MAX, place, why),
            }
        }
    }
}

/// The key that a `[host."…"]` or `[tag.…]` may set; otherwise the nearest that it may.
fn named_key(section: &str, name: &str) -> Result<&'static Key, Option<&'static str>> {
    let found = match (section, name) {
        ("host", _) => keys::host(name),
        (_, "every") => keys::find("run.every"),
        _ => keys::capture(name),
    };
    found.ok_or_else(|| match section {
        "host" => nearest(name, keys::HOST_KEYS),
        _ => nearest(name, keys::capture_names().chain(["every"])),
    })
}

/// Says that there is no such key, and which one is near: in its section, elsewhere, or by its bare name.
fn unknown(path: &str) -> String {
    let (section, name) = path.split_once('.').unwrap_or(("", path));
    let same = KEYS.iter().filter(|key| key.section() == section).map(|key| key.path);
    let near = nearest(path, same).or_else(|| home_of(name)).or_else(|| nearest(path, KEYS.iter().map(|key| key.path)));
    did_you_mean(format!("unknown key {path}"), near)
}

/// The full path of a key that stands in the wrong section or in none.
fn home_of(name: &str) -> Option<&'static str> {
    KEYS.iter().find(|key| key.name() == name).map(|key| key.path)
}

/// The variable of the environment that sets a key.
pub fn variable(path: &str) -> String {
    format!("KEEPFAST_{}", path.replacen('.', "__", 1).to_uppercase())
}
