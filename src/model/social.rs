//! How posts of platforms are asked for, and what an adapter read out of one answer.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use super::outcome::closed_list;
use super::post::{Actor, Missing, Platform, Post};
use super::verdict::Verdict;

closed_list! {
    /// How a request is made.
    Method {
        Get = "GET": "It asks only.",
        Post = "POST": "It asks with a body.",
    }
}

closed_list! {
    /// What of the user's own may go with a request, if the user gave it.
    Credential {
        Cookies = "cookies": "A cookie file for the host.",
        Bearer = "bearer": "A token in the Authorization field.",
        Key = "key": "A key in the query; the address has `{key}` where it goes.",
    }
}

closed_list! {
    /// What a further request is for.
    Why {
        Older = "older": "Older posts of the list.",
        Newer = "newer": "Newer posts of the list.",
        Context = "context": "What stands around the post: what it answers, what answers it.",
        Replies = "replies": "Further replies.",
        Witness = "witness": "The same by another route.",
        History = "history": "What it said before.",
        Profile = "profile": "The account.",
        Resolve = "resolve": "What is needed to ask further: the number of an account, its host.",
        Media = "media": "A medium in its original form.",
        Text = "text": "The text, whole.",
    }
}

/// One request that tells of a target.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Route {
    /// Its name, for reports: `embed`, `api`, `oembed`.
    pub name: Cow<'static, str>,
    /// How.
    #[serde(default = "get", skip_serializing_if = "is_get")]
    pub method: Method,
    /// Where.
    pub url: String,
    /// Header fields that it needs.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub headers: Vec<(Cow<'static, str>, String)>,
    /// What is sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body: Option<String>,
    /// What of the user's own it may take along.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub credential: Option<Credential>,
    /// It cannot be had without the credential.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub needs_credential: bool,
    /// At least so many milliseconds after the last request to that host.
    pub pace_ms: u64,
    /// It tells less than what stands before it, and is worth asking as well: a second witness.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub witness: bool,
}

fn get() -> Method {
    Method::Get
}

fn is_get(method: &Method) -> bool {
    *method == Method::Get
}

impl Route {
    /// A GET.
    pub fn get(name: &'static str, url: impl Into<String>, pace_ms: u64) -> Self {
        Self {
            name: Cow::Borrowed(name),
            method: Method::Get,
            url: url.into(),
            headers: Vec::new(),
            body: None,
            credential: None,
            needs_credential: false,
            pace_ms,
            witness: false,
        }
    }

    /// A POST of JSON.
    pub fn post(name: &'static str, url: impl Into<String>, body: &serde_json::Value, pace_ms: u64) -> Self {
        let headers = vec![(Cow::Borrowed("content-type"), "application/json".to_owned())];
        Self { method: Method::Post, body: Some(body.to_string()), headers, ..Self::get(name, url, pace_ms) }
    }

    /// With an Accept field.
    pub fn accept(mut self, types: &str) -> Self {
        self.headers.push((Cow::Borrowed("accept"), types.to_owned()));
        self
    }

    /// As a second witness.
    pub fn witness(mut self) -> Self {
        self.witness = true;
        self
    }

    /// With what the user gave.
    pub fn with(mut self, credential: Credential) -> Self {
        self.credential = Some(credential);
        self
    }

    /// Only with what the user gave.
    pub fn needs(mut self, credential: Credential) -> Self {
        self.credential = Some(credential);
        self.needs_credential = true;
        self
    }

    /// Two routes that ask the same.
    pub fn is_same(&self, other: &Self) -> bool {
        self.url == other.url && self.method == other.method && self.body == other.body
    }
}

/// A further request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Next {
    /// What it is for.
    pub why: Why,
    /// The request.
    pub route: Route,
}

/// The program that answers on a host, as its pages tell.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Program {
    /// Whose adapter knows it.
    pub platform: Platform,
    /// Its own name.
    pub software: String,
    /// Its version.
    pub version: Option<String>,
    /// What told: `generator`, `markup`, `nodeinfo`, `interface`.
    pub told_by: String,
}

/// Where the paging back of a list ended for this time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListEnd {
    /// The request of the next page.
    pub route: Route,
    /// Posts that were had on the way there, for the bound of the backfill.
    pub had: u32,
    /// It goes on to what was there when the watch was added, and beyond what is known: `false`, it closes the way
    /// between two looks and ends at what is known.
    pub backfill: bool,
}

/// What was asked for when an answer came: with it and the octets, an adapter reads the same again.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Asked {
    /// Whose adapter reads the answer.
    pub platform: Platform,
    /// The route, by name.
    pub route: String,
    /// What that was for, if an answer named it; `None`: it is one of the routes of what was asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why: Option<Why>,
    /// The address for people: what it is about.
    pub url: String,
}

impl std::fmt::Display for Asked {
    /// `telegram embed - https://t.me/name/1`: none of its parts has a space.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let why = self.why.map_or("-", Why::as_str);
        write!(f, "{} {} {why} {}", self.platform, self.route, self.url)
    }
}

impl Asked {
    /// Reads what is shown back.
    pub fn parse(text: &str) -> Option<Self> {
        let mut parts = text.splitn(4, ' ');
        let (platform, route, why, url) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
        let why = if why == "-" { None } else { Some(Why::parse(why)?) };
        Some(Self { platform: Platform::parse(platform)?, route: route.to_owned(), why, url: url.to_owned() })
    }
}

/// What an adapter read out of one answer, beside what every document has.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Social {
    /// What was asked for.
    pub asked: Asked,
    /// What the answer means.
    pub verdict: Verdict,
    /// Its posts: of a thread what was asked for and all that stands around it, of a list in its order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub posts: Vec<Post>,
    /// The account that it is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub actor: Option<Actor>,
    /// What to ask next.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub next: Vec<Next>,
    /// What is known to be left out of the whole.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub missing: Vec<Missing>,
}
