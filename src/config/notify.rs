//! `[[notify]]`: who is told what.

use std::path::Path;
use std::time::Duration;

use toml::Spanned;
use toml::de::{DeArray, DeTable, DeValue};
use url::Url;

use super::Resolved;
use super::keys::{is_mailbox, nearest};
use super::layers::{Layers, Origin, Source};
use super::problem::did_you_mean;
use super::value::{Shape, Value, duration};
use crate::error::{Error, ErrorKind, Result};
use crate::model::{EventKind, Rule, SecretPlace, Target};

const KEYS: [&str; 9] = ["to", "kinds", "tags", "digest", "secret_env", "secret_file", "retry", "timeout", "give_up"];
/// A rule costs a look into the outbox each second.
const MANY: usize = 64;
const HOUR: u64 = 3_600_000;

/// A rule, with its place.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    rule: Rule,
    line: usize,
    origin: Origin,
}

/// Reads the entries, and says what is wrong with them.
pub(super) fn read(source: &mut Source<'_>, entries: &DeArray<'_>) -> Vec<Entry> {
    if let Some(over) = entries.get(MANY) {
        source.fault(&over.span(), format!("there are more than {MANY} [[notify]]"));
    }
    entries.iter().take(MANY).filter_map(|at| entry(source, at)).collect()
}

fn entry(source: &mut Source<'_>, at: &Spanned<DeValue<'_>>) -> Option<Entry> {
    let table: &DeTable<'_> = source.table("notify", at)?;
    let (line, origin) = (source.line(&at.span()), source.origin(&at.span()));
    let mut rule = Rule {
        to: Target::Mail(String::new()),
        name: String::new(),
        kinds: Vec::new(),
        tags: Vec::new(),
        digest: None,
        secret: None,
        retry: Duration::from_secs(10),
        timeout: Duration::from_secs(20),
        give_up: Duration::from_secs(14 * 86_400),
    };
    let (mut to, mut good) = (None, true);
    for (name, at) in table {
        let path = format!("notify.{}", name.get_ref());
        let mut take = |shape: Shape| {
            let value = source.shaped(&path, shape, at);
            good &= value.is_some();
            value
        };
        let time = |value: Option<Value>| match value {
            Some(Value::Duration(length)) => Some(length),
            _ => None,
        };
        let text = |value: Option<Value>| match value {
            Some(Value::Text(text)) => Some(text),
            _ => None,
        };
        let wrong = match name.get_ref().as_ref() {
            "to" => match text(take(Shape::Text)).map(|text| target(&text)) {
                Some(Ok(target)) => {
                    to = Some(target);
                    None
                }
                // What it holds may be a secret: it is not said again.
                Some(Err(why)) => Some(why.to_owned()),
                None => None,
            },
            "kinds" => match take(Shape::List) {
                Some(Value::List(names)) => {
                    let unknown = names.iter().find(|name| kind(name).is_none()).cloned();
                    rule.kinds = names.iter().filter_map(|name| kind(name)).collect();
                    unknown.map(|name| {
                        let known = EventKind::ALL.iter().map(|kind| kind.as_str()).filter(|name| *name != "test");
                        did_you_mean(format!("names no kind of event: \"{name}\""), nearest(&name, known))
                    })
                }
                _ => None,
            },
            "tags" => {
                if let Some(Value::List(tags)) = take(Shape::List) {
                    rule.tags = tags;
                }
                None
            }
            "secret_env" | "secret_file" => {
                let is_env = name.get_ref() == "secret_env";
                let place = text(take(Shape::Text))
                    .map(|text| if is_env { SecretPlace::Env(text) } else { SecretPlace::File(text.into()) });
                let twice = rule.secret.is_some();
                rule.secret = place.or(rule.secret.take());
                twice.then(|| "secret_env and secret_file are both set: one of them is enough".to_owned())
            }
            "digest" => {
                rule.digest = time(take(Shape::Duration(1000, 7 * 24 * HOUR)));
                None
            }
            "retry" => {
                rule.retry = time(take(Shape::Duration(1, HOUR))).unwrap_or(rule.retry);
                None
            }
            "timeout" => {
                rule.timeout = time(take(Shape::Duration(1, HOUR))).unwrap_or(rule.timeout);
                None
            }
            "give_up" => {
                rule.give_up = time(take(Shape::Duration(1000, 3650 * 24 * HOUR))).unwrap_or(rule.give_up);
                None
            }
            other => {
                source.fault(&name.span(), did_you_mean(format!("unknown key {path}"), nearest(other, KEYS)));
                good = false;
                None
            }
        };
        if let Some(why) = wrong {
            source.fault(&at.span(), format!("{path} {why}"));
            good = false;
        }
    }
    match to {
        Some(to) => rule.to = to,
        None if good => {
            source.fault(&at.span(), "this [[notify]] has no `to`");
            return None;
        }
        None => return None,
    }
    if rule.secret.is_some() && !matches!(rule.to, Target::Webhook(_)) {
        source.fault(&at.span(), "only webhooks are signed: this [[notify]] needs no secret");
        return None;
    }
    good.then_some(Entry { rule, line, origin })
}

fn kind(name: &str) -> Option<EventKind> {
    EventKind::parse(name).filter(|kind| *kind != EventKind::Test)
}

fn target(text: &str) -> Result<Target, &'static str> {
    let text = text.trim();
    if let Some(address) = text.strip_prefix("mailto:") {
        return if is_mailbox(address) {
            Ok(Target::Mail(address.to_owned()))
        } else {
            Err("is not of the form \"mailto:name@example.org\"")
        };
    }
    if let Some(path) = text.strip_prefix("feed:") {
        return match path.trim() {
            "" => Err("names no file: write it like \"feed:events.atom\""),
            path => Ok(Target::Feed(path.into())),
        };
    }
    if let Some(line) = text.strip_prefix("command:") {
        return match words(line) {
            Some(words) if !words.is_empty() => Ok(Target::Command(words)),
            Some(_) => Err("names no program: write it like \"command:notify-send keepfast\""),
            None => Err("has a quote that is not closed"),
        };
    }
    match Url::parse(text) {
        Ok(url) if matches!(url.scheme(), "http" | "https") && url.has_host() => {
            if url.username().is_empty() && url.password().is_none() {
                Ok(Target::Webhook(url))
            } else {
                Err("holds a user name or password: a webhook is signed instead, see secret_env")
            }
        }
        _ => Err("takes a URL, \"mailto:ADDRESS\", \"feed:FILE\" or \"command:PROGRAM WORDS\""),
    }
}

/// The words of a command: parted by white space, unless between quotes. There is no shell, so nothing else has a meaning.
fn words(line: &str) -> Option<Vec<String>> {
    let (mut words, mut word, mut quote) = (Vec::new(), None::<String>, None::<char>);
    for c in line.chars() {
        match quote {
            Some(open) if c == open => quote = None,
            Some(_) => word.get_or_insert_default().push(c),
            None if c == '"' || c == '\'' => {
                quote = Some(c);
                word.get_or_insert_default();
            }
            None if c.is_whitespace() => words.extend(word.take()),
            None => word.get_or_insert_default().push(c),
        }
    }
    words.extend(word);
    quote.is_none().then_some(words)
}

/// The rules; paths count from the folder of the file. Rules for one receiver may differ in what they send, not in how.
pub(super) fn rules(layers: &Layers, folder: &Path) -> Result<Vec<Rule>> {
    let mut rules: Vec<Rule> = Vec::with_capacity(layers.notify.len());
    for Entry { rule, line, .. } in &layers.notify {
        let mut rule = rule.clone();
        rule.name = rule.to.name();
        match &mut rule.to {
            Target::Feed(path) => *path = folder.join(&path),
            Target::Command(words) => {
                if let Some(program) = words.first_mut().filter(|program| program.contains('/')) {
                    *program = folder.join(&program).to_string_lossy().into_owned();
                }
            }
            Target::Webhook(_) | Target::Mail(_) => {}
        }
        if let Some(SecretPlace::File(path)) = &mut rule.secret {
            *path = folder.join(&path);
        }
        let fault = |why: &str| Err(Error::new(ErrorKind::Config, format!("the [[notify]] of line {line} {why}")));
        if matches!(rule.to, Target::Mail(_)) && mail_host(layers).is_empty() {
            return fault("sends mails, but [mail] names no host");
        }
        let same = |other: &&Rule| other.to == rule.to;
        if let Some(other) = rules.iter().find(same)
            && (other.digest, &other.secret, other.retry, other.timeout, other.give_up)
                != (rule.digest, &rule.secret, rule.retry, rule.timeout, rule.give_up)
        {
            return fault("and one before it have the same `to`: they may differ in kinds and tags only");
        }
        rules.push(rule);
    }
    Ok(rules)
}

/// The rules as `config show` lists them: without what may be a secret, which is the path of a webhook, the words of a command
/// and, of the secret itself, all but where it is read from.
pub(super) fn shown(layers: &Layers, rules: &[Rule]) -> Vec<Resolved> {
    let mut lines = Vec::new();
    for (n, (rule, entry)) in rules.iter().zip(&layers.notify).enumerate() {
        let origin = entry.origin.to_string();
        let mut line = |name: &str, value: String| {
            lines.push(Resolved { key: format!("notify.{}.{name}", n + 1), value, origin: origin.clone() });
        };
        let list =
            |names: Vec<&str>| format!("[{}]", names.iter().map(|n| format!("\"{n}\"")).collect::<Vec<_>>().join(", "));
        line("to", rule.name.clone());
        if !rule.kinds.is_empty() {
            line("kinds", list(rule.kinds.iter().map(|kind| kind.as_str()).collect()));
        }
        if !rule.tags.is_empty() {
            line("tags", list(rule.tags.iter().map(String::as_str).collect()));
        }
        if let Some(length) = rule.digest {
            line("digest", duration(length));
        }
        match &rule.secret {
            Some(SecretPlace::Env(name)) => line("secret_env", name.clone()),
            Some(SecretPlace::File(path)) => line("secret_file", path.display().to_string()),
            None => {}
        }
        line("retry", duration(rule.retry));
        line("timeout", duration(rule.timeout));
        line("give_up", duration(rule.give_up));
    }
    lines
}

fn mail_host(layers: &Layers) -> &str {
    match layers.base.get("mail.host").map(|set| &set.value) {
        Some(Value::Text(host)) => host,
        _ => "",
    }
}
