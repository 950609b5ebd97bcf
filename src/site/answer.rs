//! What goes between the platforms and whoever asks for them: targets, routes, answers, readings.

use std::collections::HashSet;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use serde::{Deserialize, Serialize};
use serde_json::Value;
use url::Url;

use super::json;
use crate::extract::markup::{self, Page};
use crate::model::post::Missing;
use crate::model::{Actor, Entry, Headers, Platform, Post, PostKey, Verdict, Warning, WarningCode};
pub(super) use crate::model::{Credential, Next, Route, Why};

/// At most so many posts are kept of one answer.
pub(super) const MAX_POSTS: usize = 20_000;
/// So many further requests are named by one.
const MAX_NEXT: usize = 500;

/// An answer to read.
#[derive(Clone, Copy, Debug)]
pub struct Answer<'a> {
    /// The address that answered.
    pub url: &'a Url,
    /// Its status.
    pub status: u16,
    /// Its header fields, names in lower case.
    pub headers: &'a Headers,
    /// The body, content coding undone.
    pub body: &'a [u8],
    /// Value of Content-Type; may be empty.
    pub content_type: &'a str,
}

impl<'a> Answer<'a> {
    /// A header field.
    pub(super) fn header(&self, name: &str) -> Option<&'a str> {
        let found = self.headers.iter().find(|(n, _)| n == name);
        found.and_then(|(_, value)| std::str::from_utf8(value).ok())
    }

    /// The body as JSON.
    pub(super) fn json(&self) -> Option<Value> {
        json::parse(self.body)
    }

    /// The body as a page.
    pub(super) fn page<T>(&self, ask: impl FnOnce(&Page<'_, '_>) -> T) -> T {
        markup::page(self.body, self.content_type, self.url, ask)
    }

    /// The body looks like a page, whatever it is called.
    pub(super) fn is_html(&self) -> bool {
        let head = self.body.trim_ascii_start();
        let head = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head);
        head.first() == Some(&b'<') && !self.is_xml()
    }

    /// The body looks like a feed or other XML.
    pub(super) fn is_xml(&self) -> bool {
        let head = &self.body[..self.body.len().min(600)];
        let head = String::from_utf8_lossy(head).to_ascii_lowercase();
        let named = ["<?xml", "<rss", "<feed", "<rdf"]
            .iter()
            .any(|tag| head.trim_start_matches('\u{feff}').trim_start().starts_with(tag));
        named && !head.contains("<html") && !head.contains("<!doctype html")
    }

    /// These words stand in the body, as octets.
    pub(super) fn says(&self, words: &str) -> bool {
        let words = words.as_bytes();
        self.body.windows(words.len().max(1)).any(|w| w == words)
    }
}

crate::model::closed_list! {
    /// What a target is.
    TargetKind {
        Account = "account": "An account, a channel, a group: its profile and its posts.",
        Post = "post": "One post with what belongs to it.",
        Media = "media": "One video, picture or sound.",
        List = "list": "A list of posts of several accounts: a community, a tag, a playlist.",
        Search = "search": "What a search finds.",
    }
}

/// What an address is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    /// The platform.
    pub platform: Platform,
    /// What it is.
    pub kind: TargetKind,
    /// By what it is known; of an account the key of the account as a whole.
    pub key: PostKey,
    /// Its one address for people.
    pub url: String,
}

impl Target {
    /// A target of its parts.
    pub fn new(kind: TargetKind, key: PostKey, url: impl Into<String>) -> Self {
        Self { platform: key.platform, kind, key, url: url.into() }
    }

    /// Its address, parsed.
    pub(super) fn address(&self) -> Option<Url> {
        Url::parse(&self.url).ok()
    }

    /// Where its platform answers: `usual` for an address of its hosts, else the host of the address itself (a mirror, a
    /// copy for tests).
    pub(super) fn place(&self, hosts: &[&str], usual: &str) -> String {
        let own = self.address().is_some_and(|url| is_below(url.host_str().unwrap_or(""), hosts));
        if own { usual.to_owned() } else { self.origin() }
    }

    /// `https://host[:port]` of its address.
    pub(super) fn origin(&self) -> String {
        self.address().map(|url| url.origin().ascii_serialization()).unwrap_or_default()
    }
}

/// What an answer says.
#[derive(Clone, Debug, PartialEq)]
pub struct Reading {
    /// Its posts: of a thread what was asked for and all that stands around it, of a list in its order.
    pub posts: Vec<Post>,
    /// The account that it is about.
    pub actor: Option<Actor>,
    /// What it lists without showing it.
    pub entries: Vec<Entry>,
    /// What to ask next.
    pub next: Vec<Next>,
    /// What it means.
    pub verdict: Verdict,
    /// What is known to be left out of the whole.
    pub missing: Vec<Missing>,
    /// Name of the site or place.
    pub site: Option<String>,
    /// Which bound bit.
    pub warnings: Vec<Warning>,
    /// It was understood, though it says nothing: an empty list.
    pub understood: bool,
    /// What was put already: keys with texts, in short.
    seen: HashSet<u64>,
}

impl Reading {
    /// Nothing but a finding.
    pub fn only(verdict: Verdict) -> Self {
        Self {
            posts: Vec::new(),
            actor: None,
            entries: Vec::new(),
            next: Vec::new(),
            verdict,
            missing: Vec::new(),
            site: None,
            warnings: Vec::new(),
            understood: false,
            seen: HashSet::new(),
        }
    }

    /// Nothing yet.
    pub(super) fn new() -> Self {
        Self::only(Verdict::ok())
    }

    /// It says nothing.
    pub fn is_empty(&self) -> bool {
        self.posts.is_empty() && self.actor.is_none() && self.entries.is_empty()
    }

    /// Puts a post behind the others; the same once more, with the same words, is left out.
    pub(super) fn put(&mut self, post: Post) {
        let mut hasher = DefaultHasher::new();
        (&post.key, &post.text, post.state).hash(&mut hasher);
        if !self.seen.insert(hasher.finish()) {
            return;
        }
        if self.posts.len() >= MAX_POSTS {
            if self.warnings.iter().all(|w| w.code != WarningCode::Count) {
                let detail = format!("more posts than {MAX_POSTS} in one answer");
                self.warnings.push(Warning { code: WarningCode::Count, detail });
            }
            return;
        }
        self.posts.push(post);
    }

    /// Notes a further request, once.
    pub(super) fn ask(&mut self, why: Why, route: Route) {
        let known = self.next.iter().any(|n| n.route.is_same(&route));
        if !known && self.next.len() < MAX_NEXT {
            self.next.push(Next { why, route });
        }
    }

    /// Notes that something is left out of the whole, once.
    pub(super) fn lacks(&mut self, what: Missing) {
        if !self.missing.contains(&what) {
            self.missing.push(what);
        }
    }

    /// The post that a target is about: that with its key, or else with its identifier (an account has several names), or
    /// else the first.
    pub fn main(&self, target: &Target) -> Option<&Post> {
        let own = |p: &&Post| p.key == target.key;
        let same = |p: &&Post| p.key.id == target.key.id && p.key.platform == target.key.platform;
        let mut posts = self.posts.iter();
        posts.clone().find(own).or_else(|| posts.clone().find(same)).or_else(|| posts.next())
    }
}

/// A host is one of these, or below one of them.
pub(super) fn is_below(host: &str, hosts: &[&str]) -> bool {
    let host = host.trim_end_matches('.');
    hosts.iter().any(|h| host == *h || host.strip_suffix(h).is_some_and(|rest| rest.ends_with('.')))
}

/// The parts of a path that are not empty, percent-decoded.
pub(super) fn segments(url: &Url) -> Vec<String> {
    let parts = url.path_segments().into_iter().flatten().filter(|s| !s.is_empty());
    parts.take(16).map(decoded).collect()
}

/// Percent-decodes; what is no UTF-8 then stays as it is.
pub(super) fn decoded(part: &str) -> String {
    let pair = format!("x={}", part.replace('+', "%2B"));
    url::form_urlencoded::parse(pair.as_bytes()).next().map_or_else(|| part.to_owned(), |(_, v)| v.into_owned())
}

/// Percent-encodes for a query.
pub(super) fn encoded(part: &str) -> String {
    url::form_urlencoded::byte_serialize(part.as_bytes()).collect()
}

/// A value of the query.
pub(super) fn query(url: &Url, key: &str) -> Option<String> {
    url.query_pairs().find(|(k, v)| k == key && !v.is_empty()).map(|(_, v)| v.into_owned())
}

/// `host` or `host:port`: whose numbers those of a host are.
pub(super) fn authority(url: &Url) -> Option<String> {
    let host = url.host_str()?.trim_end_matches('.');
    Some(url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}")))
}

/// A text of digits only, of a length that identifiers have.
pub(super) fn is_number(text: &str) -> bool {
    (1..=25).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit())
}

/// A name as platforms allow them.
pub(super) fn is_name(text: &str) -> bool {
    (1..=100).contains(&text.len()) && text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.'))
}
