//! What people are told: events, to whom they go, and how that went.

use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use url::Url;

use super::outcome::closed_list;
use super::{Digest, SnapshotId, WatchId};

closed_list! {
    /// What happened.
    EventKind {
        Changed = "changed": "What a watch is about says something else.",
        Gone = "gone": "Something vanished: suspect after one look, missing after several, gone once it is confirmed.",
        Reappeared = "reappeared": "What had vanished is there again.",
        Failing = "failing": "Three looks in a row ended in trouble.",
        Recovered = "recovered": "After that, or after being blocked, there is content again.",
        Blocked = "blocked": "A wall or a refusal stands in front of what was looked at until now.",
        Login = "login": "A credential is not accepted any more, or cannot be read: it is left out until it changes.",
        Disk = "disk": "The disk is full, fails or is nearly full: nothing is captured until that is mended.",
        Test = "test": "Nothing happened: it was asked whether events arrive.",
    }
}

closed_list! {
    /// How the delivery of an event to one receiver stands.
    DeliveryState {
        Pending = "pending": "It waits for its turn, or for the next try.",
        Delivered = "delivered": "The receiver has it.",
        GivenUp = "given_up": "It was tried for as long as the rule says, or there is no rule for it any more.",
    }
}

closed_list! {
    /// How a mail server is spoken to.
    MailTls {
        Implicit = "implicit": "TLS from the first octet (port 465).",
        StartTls = "starttls": "TLS after STARTTLS; a server that does not offer it gets nothing (port 587).",
        None = "none": "In the clear; then no password is sent (port 25).",
    }
}

/// Name of the form of [`Event::json`].
pub const EVENT_SCHEMA: &str = "keepfast-event/1";

/// An event that is to be committed with the snapshot that shows it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Notice {
    /// What happened.
    pub kind: EventKind,
    /// What is to be known of it, for the receiver.
    pub facts: serde_json::Map<String, serde_json::Value>,
    /// Whom the rules name: [`Target::name`].
    pub sinks: Vec<String>,
}

/// An event as it is kept and sent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Event {
    /// Its number: events of one watch are delivered in this order.
    pub seq: i64,
    /// By what a receiver knows it, the same on every delivery.
    pub id: String,
    /// What happened.
    pub kind: EventKind,
    /// The watch, if it is about one.
    pub watch: Option<WatchId>,
    /// The snapshot that shows it.
    pub snapshot: Option<SnapshotId>,
    /// When.
    pub at: Timestamp,
    /// What is sent: JSON, with all of the above.
    pub json: String,
}

impl Event {
    /// Makes an event of a notice. `mark` tells it from every other event, in other archives too.
    pub fn new(
        seq: i64,
        notice: &Notice,
        watch: Option<WatchId>,
        snapshot: Option<SnapshotId>,
        at: Timestamp,
        mark: &[u8],
    ) -> Self {
        let kind = notice.kind;
        let digest = Digest::of_parts(&[b"keepfast event\0", kind.as_str().as_bytes(), &seq.to_be_bytes(), mark]);
        let id = digest.hex().chars().take(32).collect::<String>();
        let mut json = serde_json::Map::new();
        json.insert("schema".into(), EVENT_SCHEMA.into());
        json.insert("id".into(), id.clone().into());
        json.insert("kind".into(), kind.as_str().into());
        json.insert("at".into(), at.to_string().into());
        json.insert("snapshot".into(), snapshot.map(|snapshot| snapshot.0).into());
        json.extend(notice.facts.clone());
        let json = serde_json::Value::Object(json).to_string();
        Self { seq, id, kind, watch, snapshot, at, json }
    }

    /// What happened in one line, for people.
    pub fn line(&self) -> String {
        let facts: serde_json::Value = serde_json::from_str(&self.json).unwrap_or_default();
        let text = |name: &str| facts.get(name).and_then(serde_json::Value::as_str).unwrap_or_default().to_owned();
        let what = match text("what") {
            what if what.is_empty() => String::new(),
            what => format!(": {what}"),
        };
        let about = facts.get("watch").and_then(|watch| watch.get("url")).and_then(serde_json::Value::as_str);
        format!("{} {}{what}", self.kind, about.unwrap_or_default()).replace("  ", " ").replace(" :", ":")
    }
}

/// Where events go.
#[derive(Clone, PartialEq, Eq)]
pub enum Target {
    /// A POST to this URL.
    Webhook(Url),
    /// A mail to this address.
    Mail(String),
    /// An Atom feed in this file.
    Feed(PathBuf),
    /// A program and its words.
    Command(Vec<String>),
}

impl Target {
    /// By what deliveries to it are kept: without what may be a secret of its (the path of a webhook, the words of a command), but
    /// with a digest that tells it from others.
    pub fn name(&self) -> String {
        let mark = |octets: &[u8]| Digest::of(octets).hex().chars().take(12).collect::<String>();
        match self {
            Self::Webhook(url) => {
                let host = &url[url::Position::BeforeHost..url::Position::AfterPort];
                format!("{}://{host}/…#{}", url.scheme(), mark(url.as_str().as_bytes()))
            }
            Self::Mail(address) => format!("mailto:{address}"),
            Self::Feed(path) => format!("feed:{}", path.display()),
            Self::Command(words) => {
                let program = words.first().map(String::as_str).unwrap_or_default();
                let all = words.join("\0");
                if words.len() < 2 {
                    format!("command:{program}")
                } else {
                    format!("command:{program} …#{}", mark(all.as_bytes()))
                }
            }
        }
    }
}

impl fmt::Debug for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name())
    }
}

/// Where a secret is read from when it is needed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SecretPlace {
    /// A variable of the environment.
    Env(String),
    /// A file; white space at its end does not count.
    File(PathBuf),
}

/// One `[[notify]]`: which events go to whom, and how.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    /// Where they go.
    pub to: Target,
    /// [`Target::name`] of that as it is written, wherever the configuration file lies: by this deliveries are kept.
    pub name: String,
    /// Only these; empty: all.
    pub kinds: Vec<EventKind>,
    /// Only those of watches with any of these labels; empty: all. What is about no watch goes to rules without labels only.
    pub tags: Vec<String>,
    /// Those of so long together; `None`: each at once.
    pub digest: Option<Duration>,
    /// With what a webhook is signed.
    pub secret: Option<SecretPlace>,
    /// The first wait after a failure; it doubles with each further one, up to an hour.
    pub retry: Duration,
    /// A try may take this long.
    pub timeout: Duration,
    /// So long it is tried.
    pub give_up: Duration,
}

impl Rule {
    /// An event of this kind, about a watch with these labels, is for it.
    pub fn wants(&self, kind: EventKind, tags: &[String]) -> bool {
        (self.kinds.is_empty() || self.kinds.contains(&kind))
            && (self.tags.is_empty() || self.tags.iter().any(|tag| tags.contains(tag)))
    }
}

/// `[mail]`: how mails are sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MailServer {
    /// Its host; empty: none.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// How it is spoken to.
    pub tls: MailTls,
    /// Who we are for it; empty: it does not ask.
    pub user: String,
    /// The password.
    pub password: Option<SecretPlace>,
    /// The sender.
    pub from: String,
}

/// How one delivery stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Delivery {
    /// To whom: [`Target::name`].
    pub sink: String,
    /// How it stands.
    pub state: DeliveryState,
    /// Tries.
    pub attempts: u32,
    /// Not before then, if it is pending and was tried.
    pub next_at: Option<Timestamp>,
    /// When it was delivered or given up.
    pub settled_at: Option<Timestamp>,
    /// Why the last try failed.
    pub reason: Option<String>,
}
