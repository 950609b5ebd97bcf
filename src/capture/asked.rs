//! What the route of a platform adds to the request for its own address, and what is left of it after a redirect.

use std::time::Duration;

use bytes::Bytes;
use http::{HeaderName, HeaderValue, header};
use url::Url;

use crate::model::{Credential, Failure, FailureKind, Method, Route};
use crate::net::{Ask, Gate};

/// Fields that frame a request, lead it elsewhere, or say who asks: no route sets them.
const OURS: [HeaderName; 11] = [
    header::HOST,
    header::CONTENT_LENGTH,
    header::TRANSFER_ENCODING,
    header::CONNECTION,
    header::TE,
    header::TRAILER,
    header::UPGRADE,
    header::EXPECT,
    header::USER_AGENT,
    header::FROM,
    header::ACCEPT_ENCODING,
];

/// A route on its way through redirects.
pub(super) struct Asked {
    /// Its own address.
    url: Url,
    method: Method,
    fields: Vec<(HeaderName, HeaderValue)>,
    body: Bytes,
    gap: Duration,
    /// What of the user's own it may take along.
    credential: Option<Credential>,
    /// Method and body still hold (RFC 9110 15.4: after 307 and 308 they do, else what follows is a GET).
    holds: bool,
}

impl Asked {
    /// The request that a route is; without one, a plain GET.
    pub(super) fn new(gate: &Gate, url: &Url, route: Option<&Route>) -> Result<Self, Failure> {
        let mut asked = Self {
            url: url.clone(),
            method: Method::Get,
            fields: Vec::new(),
            body: Bytes::new(),
            gap: Duration::ZERO,
            credential: None,
            holds: true,
        };
        let Some(route) = route else { return Ok(asked) };
        for (name, value) in &route.headers {
            let pair = HeaderName::try_from(name.as_ref()).ok().zip(HeaderValue::try_from(value.as_str()).ok());
            let Some((name, value)) = pair.filter(|(name, _)| !OURS.contains(name)) else {
                let message = format!("the route {:?} sets the field {name:?}, which cannot be sent so", route.name);
                return Err(Failure::new(FailureKind::Internal, message));
            };
            asked.fields.push((name, value));
        }
        asked.method = route.method;
        if route.method == Method::Post {
            asked.body = Bytes::from(route.body.clone().unwrap_or_default());
        }
        asked.gap = Duration::from_millis(route.pace_ms);
        asked.credential = route.credential;
        let is_at_hand = route.credential.is_some_and(|kind| gate.wear(kind, url).is_some());
        if !is_at_hand && (route.needs_credential || url.query().is_some_and(|query| query.contains("{key}"))) {
            let message = format!("the route {:?} needs a credential, and none is at hand", route.name);
            return Err(Failure::new(FailureKind::Internal, message));
        }
        Ok(asked)
    }

    /// How an address on the way is asked.
    pub(super) fn method(&self) -> Method {
        if self.holds { self.method } else { Method::Get }
    }

    /// An answer redirects with this status.
    pub(super) fn redirected(&mut self, status: u16) {
        self.holds = self.holds && matches!(status, 307 | 308);
    }

    /// Puts into `ask` what holds for its address. `cookies`: those of the user go with every address of their hosts.
    pub(super) fn fill(&self, ask: &mut Ask, gate: &Gate, cookies: bool) {
        let itself = ask.url == self.url;
        // Tokens and keys go with the address itself and nowhere else; cookies, by their own rule, also on the way.
        ask.worn = match self.credential {
            Some(Credential::Cookies) => gate.wear(Credential::Cookies, &ask.url),
            Some(kind) if itself => gate.wear(kind, &ask.url),
            None if cookies => gate.wear(Credential::Cookies, &ask.url),
            _ => None,
        };
        let sends = self.method() == Method::Post;
        if sends {
            ask.method = Method::Post;
            ask.body = self.body.clone();
        }
        if itself {
            ask.gap = self.gap;
        }
        for (name, value) in &self.fields {
            // What describes the body goes where the body goes.
            let describes = name.as_str().starts_with("content-");
            if !(if describes { sends } else { itself }) {
                continue;
            }
            if *name == header::COOKIE
                && let Some((_, set)) = ask.headers.iter_mut().find(|(name, _)| *name == header::COOKIE)
                && let Ok(both) = HeaderValue::from_bytes(&[value.as_bytes(), b"; ", set.as_bytes()].concat())
            {
                *set = both;
                continue;
            }
            ask.headers.push((name.clone(), value.clone()));
        }
    }
}
