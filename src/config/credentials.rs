//! `[credential."NAME"]`: what of the user's own goes with requests, and to whom. Values are never said again.

use std::path::Path;

use toml::Spanned;
use toml::de::DeValue;

use super::Resolved;
use super::keys::nearest;
use super::layers::{Layers, Origin, Source};
use super::problem::did_you_mean;
use super::value::{Shape, Value};
use crate::error::{Error, ErrorKind, Result};
use crate::model::{Credential, CredentialPlace, CredentialRule, Hidden, Platform, SecretPlace};

const KEYS: [&str; 9] =
    ["platform", "hosts", "cookies", "token", "token_env", "token_file", "key", "key_env", "key_file"];
/// Each is looked at with each request that may take one along.
const MANY: usize = 256;

/// A credential, with its place.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    rule: CredentialRule,
    origin: Origin,
}

/// Reads the sections, and says what is wrong with them.
pub(super) fn read(source: &mut Source<'_>, at: &Spanned<DeValue<'_>>) -> Vec<Entry> {
    let Some(table) = source.table("credential", at) else { return Vec::new() };
    if table.len() > MANY {
        source.fault(&at.span(), format!("there are more than {MANY} [credential.…]"));
    }
    table.iter().take(MANY).filter_map(|(name, at)| entry(source, name.get_ref(), at)).collect()
}

fn entry(source: &mut Source<'_>, of: &str, at: &Spanned<DeValue<'_>>) -> Option<Entry> {
    let section = format!("credential.\"{of}\"");
    let table = source.table(&section, at)?;
    let origin = source.origin(&at.span());
    let (mut platform, mut hosts, mut places) = (None, Vec::new(), Vec::new());
    let mut good = true;
    // It is written into records.
    if of.is_empty() || of.len() > 64 || !of.chars().all(|c| c.is_ascii_alphanumeric() || "-_.".contains(c)) {
        source.fault(&at.span(), format!("the name of {section} takes up to 64 letters, digits, `-`, `_` and `.`"));
        good = false;
    }
    for (name, at) in table {
        let path = format!("{section}.{}", name.get_ref());
        let key = name.get_ref().as_ref();
        if !KEYS.contains(&key) {
            source.fault(&name.span(), did_you_mean(format!("unknown key {path}"), nearest(key, KEYS)));
            good = false;
            continue;
        }
        if key == "hosts" {
            let Some(Value::List(names)) = source.shaped(&path, Shape::List, at) else {
                good = false;
                continue;
            };
            match names.iter().map(|name| host(name)).collect::<Option<Vec<_>>>() {
                Some(names) if !names.is_empty() => hosts = names,
                _ => {
                    source.fault(&at.span(), format!("{path} takes names of hosts, like [\"api.example.org\"]"));
                    good = false;
                }
            }
            continue;
        }
        // What is of the wrong type may be a secret all the same: it is not quoted.
        let text = match at.get_ref().as_str().map(str::trim) {
            Some(text) if !text.is_empty() && !text.contains(char::is_control) => text.to_owned(),
            _ => {
                source.fault(&at.span(), format!("{path} takes a text of one line, in quotes"));
                good = false;
                continue;
            }
        };
        let there = |place: SecretPlace| CredentialPlace::There(place);
        let place = match key {
            "platform" => {
                platform = Platform::parse(&text);
                if platform.is_none() {
                    let known = Platform::ALL.iter().map(|platform| platform.as_str());
                    source.fault(
                        &at.span(),
                        did_you_mean(format!("{path} is no platform: \"{text}\""), nearest(&text, known)),
                    );
                    good = false;
                }
                continue;
            }
            "cookies" => (Credential::Cookies, there(SecretPlace::File(text.into()))),
            "token" => (Credential::Bearer, CredentialPlace::Here(Hidden(text))),
            "token_env" => (Credential::Bearer, there(SecretPlace::Env(text))),
            "token_file" => (Credential::Bearer, there(SecretPlace::File(text.into()))),
            "key" => (Credential::Key, CredentialPlace::Here(Hidden(text))),
            "key_env" => (Credential::Key, there(SecretPlace::Env(text))),
            _ => (Credential::Key, there(SecretPlace::File(text.into()))),
        };
        places.push(place);
    }
    if !good {
        return None;
    }
    if platform.is_none() && hosts.is_empty() {
        source.fault(&at.span(), format!("[{section}] says neither for which platform nor for which hosts it is"));
        return None;
    }
    let mut places = places.into_iter();
    let (Some((kind, place)), None) = (places.next(), places.next()) else {
        source.fault(
            &at.span(),
            format!("[{section}] takes one of cookies, token, token_env, token_file, key, key_env, key_file"),
        );
        return None;
    };
    Some(Entry { rule: CredentialRule { name: of.to_owned(), kind, platform, hosts, place }, origin })
}

/// A host, with port if one is written.
fn host(text: &str) -> Option<String> {
    let text = text.trim().trim_end_matches('.').to_lowercase();
    let (name, port) = match text.rsplit_once(':') {
        Some((name, port)) if !name.contains(':') || name.ends_with(']') => {
            (name, port.parse::<u16>().ok()?.to_string())
        }
        _ => (text.as_str(), String::new()),
    };
    let name = url::Host::parse(name).ok()?.to_string();
    Some(if port.is_empty() { name } else { format!("{name}:{port}") })
}

/// The credentials; paths count from the folder of the file.
pub(super) fn rules(layers: &Layers, folder: &Path) -> Result<Vec<CredentialRule>> {
    let mut rules: Vec<CredentialRule> = Vec::new();
    for Entry { rule, .. } in &layers.credentials {
        let mut rule = rule.clone();
        if rules.iter().any(|other| other.name == rule.name) {
            let message = format!("[credential.\"{}\"] stands there twice", rule.name);
            return Err(Error::new(ErrorKind::Config, message));
        }
        if let CredentialPlace::There(SecretPlace::File(path)) = &mut rule.place {
            *path = folder.join(&path);
        }
        rules.push(rule);
    }
    Ok(rules)
}

/// The credentials as `config show` lists them: their names, what they are and to whom they go.
pub(super) fn shown(layers: &Layers, rules: &[CredentialRule]) -> Vec<Resolved> {
    let mut lines = Vec::new();
    for (rule, entry) in rules.iter().zip(&layers.credentials) {
        let origin = entry.origin.to_string();
        let mut line = |name: &str, value: String| {
            let key = format!("credential.\"{}\".{name}", rule.name);
            lines.push(Resolved { key, value, origin: origin.clone() });
        };
        line("kind", rule.kind.to_string());
        if let Some(platform) = rule.platform {
            line("platform", platform.to_string());
        }
        if !rule.hosts.is_empty() {
            line(
                "hosts",
                format!("[{}]", rule.hosts.iter().map(|h| format!("\"{h}\"")).collect::<Vec<_>>().join(", ")),
            );
        }
    }
    lines
}
