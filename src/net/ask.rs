//! What is asked for and what comes of it.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderName, HeaderValue};
use tokio::time::Instant;
use url::Url;

use super::Body;
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
            gap: Duration::ZERO,
            max_bytes,
            capture: capture.clone(),
            time,
            deadline,
        }
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
