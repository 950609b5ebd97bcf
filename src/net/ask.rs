//! What is asked for and what comes of it.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, header};
use tokio::time::Instant;
use url::Url;

use super::Body;
use super::keyring::Worn;
use super::redact;
use crate::model::{self, Exchange, Hop, Method};

/// What is to be fetched.
#[derive(Clone, Debug)]
pub struct Ask {
    /// Why.
    pub hop: Hop,
    /// How.
    pub method: Method,
    /// What.
    pub url: Url,
    /// The URL that named it.
    pub via: Option<String>,
    /// Further request fields: cookies, validators. They take the place of those of the same name that are always sent.
    pub headers: Vec<(HeaderName, HeaderValue)>,
    /// What a POST sends.
    pub body: Bytes,
    /// What of the user's own goes along: `{key}` in the query of the URL stands for a key.
    pub worn: Option<Worn>,
    /// At least so long after the last request to that host, however fast it may be asked otherwise.
    pub gap: Duration,
    /// Octets of the body that are kept.
    pub max_bytes: u64,
    /// Time-outs, TLS and version of HTTP.
    pub capture: Arc<model::Capture>,
    /// Time for the exchange itself, counted from when its turn has come.
    pub time: Duration,
    /// By then it has to be over, waiting for its turn included.
    pub deadline: Instant,
}

impl Ask {
    /// Asks for a page under the limits of `capture`.
    pub fn new(hop: Hop, url: Url, capture: &Arc<model::Capture>, deadline: Instant) -> Self {
        let (max_bytes, time) = (capture.max_page_bytes, capture.total_timeout);
        Self {
            hop,
            method: Method::Get,
            url,
            via: None,
            headers: Vec::new(),
            body: Bytes::new(),
            worn: None,
            gap: Duration::ZERO,
            max_bytes,
            capture: capture.clone(),
            time,
            deadline,
        }
    }

    /// The address as it goes over the wire.
    pub(super) fn sent_url(&self) -> Url {
        self.with_key(self.worn.as_ref().and_then(|worn| worn.key.as_deref()))
    }

    /// The address as it may be kept.
    pub(super) fn shown_url(&self) -> Url {
        self.with_key(self.worn.as_ref().and_then(|worn| worn.key.as_ref()).map(|_| "redacted"))
    }

    fn with_key(&self, key: Option<&str>) -> Url {
        let mut url = self.url.clone();
        if let (Some(key), Some(query)) = (key, self.url.query()) {
            url.set_query(Some(&query.replace("{key}", key)));
        }
        url
    }

    /// Puts in the fields: those that are always sent, then what is asked with, then what of the user's own goes along.
    pub(super) fn fill(&self, always: &HeaderMap, fields: &mut HeaderMap) {
        for (name, value) in always.iter().chain(self.headers.iter().map(|(name, value)| (name, value))) {
            fields.insert(name, value.clone());
        }
        for (name, value) in self.worn.iter().flat_map(|worn| &worn.fields) {
            let set = fields.get(name).filter(|_| *name == header::COOKIE);
            let both =
                set.and_then(|set| HeaderValue::from_bytes(&[value.as_bytes(), b"; ", set.as_bytes()].concat()).ok());
            fields.insert(name, both.unwrap_or_else(|| value.clone()));
        }
        if self.method == Method::Post {
            fields.insert(header::CONTENT_LENGTH, HeaderValue::from(self.body.len()));
        }
    }

    /// Takes what must not be kept out of the heads.
    pub(super) fn redact(&self, x: &mut Exchange) {
        let Some(worn) = &self.worn else { return };
        x.credential = Some(worn.name.clone());
        x.request_head = redact::request(worn, &x.request_head);
        x.response_head = redact::response(worn, &x.response_head);
    }

    /// What takes it out of the body.
    pub(super) fn scrub(&self) -> Option<redact::Scrub> {
        self.worn.as_ref().and_then(redact::Scrub::new)
    }
}

/// What was had.
#[derive(Debug)]
pub struct Fetched {
    /// The facts, also when there is no answer.
    pub exchange: Exchange,
    /// The body of the answer.
    pub body: Body,
}
