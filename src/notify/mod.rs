//! Telling people: an event goes to a webhook, into a mail, into a feed file or to a program. Whoever calls keeps the events until
//! they are delivered and decides when to try again; nothing is kept here.

mod command;
mod feed;
mod mail;
mod webhook;
mod words;

use std::fmt;
use std::time::Duration;

use jiff::Timestamp;

use crate::model::{Digest, Event, MailServer, Rule, Target};
use crate::net::Gate;

/// Events that a feed file holds.
pub const FEED: u32 = 100;
/// Name of the form in which several events are sent as one.
pub const DIGEST_SCHEMA: &str = "keepfast-digest/1";

/// What a webhook is signed with, or a password. It is shown to nobody.
#[derive(Clone)]
pub struct Secret(String);

impl Secret {
    /// Takes the text of a variable or file; white space at its end does not count.
    pub fn new(text: &str) -> Self {
        Self(text.trim_end().to_owned())
    }

    fn text(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

/// What is sent at once.
#[derive(Clone, Copy, Debug)]
pub struct Parcel<'a> {
    /// The events, oldest first; more than one are a digest. A feed is made of them anew: there they are all that it is to hold.
    pub events: &'a [Event],
    /// Several events are expected: also a single one is sent in the form of a digest.
    pub is_digest: bool,
    /// When it is sent.
    pub at: Timestamp,
}

impl Parcel<'_> {
    /// By what a receiver knows it: the same whenever the same events are sent.
    fn id(&self) -> String {
        match self.events {
            [only] if !self.is_digest => only.id.clone(),
            events => {
                let ids: Vec<&[u8]> = events.iter().map(|event| event.id.as_bytes()).collect();
                Digest::of_parts(&ids).hex().chars().take(32).collect()
            }
        }
    }

    /// What is sent: JSON.
    fn json(&self) -> String {
        match self.events {
            [only] if !self.is_digest => only.json.clone(),
            events => {
                // Each is JSON already, and goes as it was committed.
                let all: Vec<&str> = events.iter().map(|event| event.json.as_str()).collect();
                format!(r#"{{"schema":"{DIGEST_SCHEMA}","id":"{}","events":[{}]}}"#, self.id(), all.join(","))
            }
        }
    }
}

/// Why it was not delivered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// In words; without secrets.
    pub reason: String,
    /// The receiver asks to wait so long.
    pub wait: Option<Duration>,
    /// It is not about these events: others would fare no better now.
    pub of_all: bool,
}

impl Refusal {
    fn of_all(reason: impl Into<String>) -> Self {
        Self { reason: reason.into(), wait: None, of_all: true }
    }
}

/// Sends a parcel by a rule. It is delivered when the receiver says so, and may arrive more than once.
pub async fn deliver(
    gate: &Gate,
    rule: &Rule,
    server: &MailServer,
    secret: Option<&Secret>,
    parcel: Parcel<'_>,
) -> Result<(), Refusal> {
    match &rule.to {
        Target::Webhook(url) => webhook::post(gate, url, secret, rule.timeout, parcel).await,
        Target::Mail(address) => mail::send(gate, server, secret, address, rule.timeout, parcel).await,
        Target::Feed(path) => feed::write(path.clone(), &rule.name, parcel).await,
        Target::Command(words) => command::run(words, rule.timeout, parcel).await,
    }
}

#[cfg(test)]
mod tests;
