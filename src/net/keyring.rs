//! What the user gave for some hosts: which of it goes with a request, and which does not any more.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use http::{HeaderName, HeaderValue, header};
use tokio::time::Instant;
use url::Url;

use super::Gate;
use crate::model::{Credential, Digest, Platform};
use crate::policy::cookies::{FileCookie, is_below, parse};

/// A credential is read anew after this: it may have been changed.
const FRESH: Duration = Duration::from_secs(60);
/// Octets of a Cookie field.
const MAX_FIELD: usize = 32 * 1024;
/// Shorter values are not looked for in answers: they would be found where nobody meant them.
const SOUGHT: usize = 8;
/// How the state of a credential begins, where those of hosts are kept.
const STATE: &str = "credential ";

/// Reads what a credential is, or says why it cannot be had.
pub type ReadSecret = Arc<dyn Fn() -> Result<String, String> + Send + Sync>;

/// A credential of the user's.
pub struct Given {
    /// Its name.
    pub name: String,
    /// What it is.
    pub kind: Credential,
    /// The platform it is for, if it is for one only.
    pub platform: Option<Platform>,
    /// The hosts it goes to, and whether to those below as well.
    pub hosts: Vec<(String, bool)>,
    /// Reads it: a cookie file, or a text.
    pub read: ReadSecret,
}

/// A credential that is not accepted any more.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LostCredential {
    /// Its name.
    pub name: String,
    /// Why.
    pub why: String,
}

/// What goes along with one request. It is shown to nobody.
#[derive(Clone)]
pub struct Worn {
    pub(super) name: String,
    pub(super) fields: Vec<(HeaderName, HeaderValue)>,
    /// What stands for `{key}`, fit for a query.
    pub(super) key: Option<String>,
    /// What must not be left in what is kept.
    pub(super) sought: Vec<Vec<u8>>,
}

impl fmt::Debug for Worn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Worn({})", self.name)
    }
}

enum Secret {
    Cookies(Vec<FileCookie>),
    Text(String),
}

struct Lost {
    /// Of what was not accepted; another one may be.
    mark: String,
    why: String,
    told: bool,
}

struct Held {
    given: Given,
    secret: Option<Secret>,
    mark: String,
    read_at: Option<Instant>,
    lost: Option<Lost>,
}

impl Held {
    fn goes_to(&self, url: &Url) -> bool {
        let Some(name) = url.host_str() else { return false };
        let local = match url.host() {
            Some(url::Host::Domain(name)) => name == "localhost",
            Some(url::Host::Ipv4(ip)) => ip.is_loopback(),
            Some(url::Host::Ipv6(ip)) => ip.is_loopback(),
            None => false,
        };
        // Nothing secret goes in the clear, unless it stays on this machine.
        let is_safe = url.scheme() == "https" || local && url.scheme() == "http";
        let port = url.port_or_known_default().unwrap_or_default();
        is_safe
            && self.given.hosts.iter().any(|(host, below)| {
                host == name || *host == format!("{name}:{port}") || *below && is_below(name, host)
            })
    }

    /// Reads it again when it is time.
    fn refresh(&mut self) {
        if self.read_at.is_some_and(|at| at.elapsed() < FRESH) {
            return;
        }
        self.read_at = Some(Instant::now());
        let read = (self.given.read)();
        // Short enough that nobody finds a secret by trying.
        let mark = |text: &str| Digest::of(format!("{}\0{text}", self.given.name).as_bytes()).hex()[..8].to_owned();
        let parsed = read.and_then(|text| {
            let mark = mark(&text);
            let text = text.trim();
            Ok(match self.given.kind {
                Credential::Cookies => {
                    (mark, Secret::Cookies(parse(text).map_err(|why| format!("the cookie file, {why}"))?))
                }
                _ if text.is_empty() => return Err("it is empty".to_owned()),
                _ if text.contains(|c: char| c.is_control() || !c.is_ascii()) => {
                    return Err("it holds characters that cannot be sent".to_owned());
                }
                _ => (mark, Secret::Text(text.to_owned())),
            })
        });
        match parsed {
            Ok((mark, secret)) => {
                if self.lost.as_ref().is_some_and(|lost| lost.mark != mark) {
                    self.lost = None;
                }
                (self.mark, self.secret) = (mark, Some(secret));
            }
            Err(why) => {
                (self.mark, self.secret) = ("unread".to_owned(), None);
                self.lose(why);
            }
        }
    }

    fn lose(&mut self, why: String) {
        if self.lost.as_ref().is_none_or(|lost| lost.mark != self.mark) {
            self.lost = Some(Lost { mark: self.mark.clone(), why, told: false });
        }
    }

    /// What of it goes to this address now.
    fn wear(&mut self, url: &Url, now_s: i64) -> Option<Worn> {
        self.refresh();
        if self.lost.is_some() {
            return None;
        }
        let mut worn = Worn { name: self.given.name.clone(), fields: Vec::new(), key: None, sought: Vec::new() };
        let sensitive = |text: &str| {
            let mut value = HeaderValue::from_str(text).ok()?;
            value.set_sensitive(true);
            Some(value)
        };
        match self.secret.as_ref()? {
            Secret::Cookies(cookies) => {
                let mut fit: Vec<&FileCookie> = cookies.iter().filter(|cookie| cookie.fits(url)).collect();
                let known = !fit.is_empty();
                fit.retain(|cookie| !cookie.has_expired(now_s));
                if fit.is_empty() {
                    if known {
                        let why = format!("its cookies for {} have expired", url.host_str().unwrap_or_default());
                        self.lose(why);
                    }
                    return None;
                }
                // RFC 6265 5.4: those of longer paths first.
                fit.sort_by_key(|cookie| std::cmp::Reverse(cookie.path.len()));
                let mut field = String::new();
                for FileCookie { name, value, .. } in fit {
                    if field.len() + name.len() + value.len() + 3 > MAX_FIELD {
                        continue;
                    }
                    field.push_str(if field.is_empty() { "" } else { "; " });
                    field.push_str(&format!("{name}={value}"));
                    worn.sought.push(value.clone().into_bytes());
                }
                worn.fields.push((header::COOKIE, sensitive(&field)?));
            }
            Secret::Text(text) if self.given.kind == Credential::Key => {
                let key: String = url::form_urlencoded::byte_serialize(text.as_bytes()).collect();
                worn.sought.extend([text.clone().into_bytes(), key.clone().into_bytes()]);
                worn.key = Some(key);
            }
            Secret::Text(text) => {
                worn.sought.push(text.clone().into_bytes());
                worn.fields.push((header::AUTHORIZATION, sensitive(&format!("Bearer {text}"))?));
            }
        }
        worn.sought.retain(|value| value.len() >= SOUGHT);
        worn.sought.sort_unstable_by_key(|value| std::cmp::Reverse(value.len()));
        worn.sought.dedup();
        // What is coded cannot be looked through while it comes.
        worn.fields.push((header::ACCEPT_ENCODING, HeaderValue::from_static("identity")));
        Some(worn)
    }
}

/// All credentials.
#[derive(Default)]
pub(super) struct Keyring(Mutex<Vec<Held>>);

impl Keyring {
    fn held(&self) -> MutexGuard<'_, Vec<Held>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// It was not accepted.
    pub(super) fn lose(&self, name: &str, why: String) {
        if let Some(held) = self.held().iter_mut().find(|held| held.given.name == name) {
            held.lose(why);
        }
    }

    /// What must survive a restart: which were lost, so that nobody is asked with them again until they change.
    pub(super) fn states(&self) -> Vec<String> {
        let held = self.held();
        let lost = held.iter().filter_map(|held| Some((&held.given.name, &held.lost.as_ref()?.mark)));
        lost.map(|(name, mark)| format!("{STATE}{name} {mark}")).collect()
    }

    /// Takes up such a state; `false`: it is none.
    pub(super) fn restore(&self, state: &str) -> bool {
        let Some((name, mark)) = state.strip_prefix(STATE).and_then(|rest| rest.split_once(' ')) else { return false };
        if mark != "unread"
            && let Some(held) = self.held().iter_mut().find(|held| held.given.name == name)
        {
            let why = "it was not accepted before, and has not changed since".to_owned();
            held.lost = Some(Lost { mark: mark.to_owned(), why, told: true });
            held.mark = mark.to_owned();
        }
        true
    }
}

impl Gate {
    /// What the user gave. What was known of it before is forgotten.
    pub fn set_credentials(&self, given: Vec<Given>) {
        let held = |given| Held { given, secret: None, mark: String::new(), read_at: None, lost: None };
        *self.inner.keyring.held() = given.into_iter().map(held).collect();
    }

    /// A credential of this kind is at hand for a route of `platform` at `url`, and is accepted as far as we know.
    pub fn has_credential(&self, platform: Platform, kind: Credential, url: &Url) -> bool {
        let now = self.inner.clock.now().as_second();
        self.inner.keyring.held().iter_mut().any(|held| {
            held.given.kind == kind
                && held.given.platform.is_none_or(|own| own == platform)
                && held.goes_to(url)
                && held.wear(url, now).is_some()
        })
    }

    /// What of this kind goes to `url`, if something does.
    pub fn wear(&self, kind: Credential, url: &Url) -> Option<Worn> {
        let now = self.inner.clock.now().as_second();
        let mut held = self.inner.keyring.held();
        held.iter_mut().filter(|held| held.given.kind == kind && held.goes_to(url)).find_map(|held| held.wear(url, now))
    }

    /// A credential is not accepted any more, by what an answer says (a wall): it is left out until it changes.
    pub fn lose_credential(&self, name: &str, why: impl Into<String>) {
        self.inner.keyring.lose(name, why.into());
    }

    /// Those that were lost since this was asked last.
    pub fn lost_credentials(&self) -> Vec<LostCredential> {
        let mut held = self.inner.keyring.held();
        let lost = held.iter_mut().filter_map(|held| {
            let lost = held.lost.as_mut().filter(|lost| !lost.told)?;
            lost.told = true;
            Some(LostCredential { name: held.given.name.clone(), why: lost.why.clone() })
        });
        lost.collect()
    }
}
