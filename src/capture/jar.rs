//! Cookies within one capture. They are forgotten with it.

use cookie_store::{CookieStore, RawCookie};
use http::HeaderValue;
use url::Url;

use crate::model::Headers;

/// Octets of the Cookie field that is sent; cookies beyond it stay behind.
const MAX_FIELD: usize = 8 * 1024;
/// Set-Cookie lines of one answer that are read.
const MAX_SET: usize = 200;

/// The cookies of one capture.
#[derive(Clone, Debug, Default)]
pub struct Jar(CookieStore);

impl Jar {
    /// Takes in what an answer sets.
    pub fn store(&mut self, url: &Url, headers: &Headers) {
        let lines = headers.iter().filter(|(name, _)| name == "set-cookie");
        for (_, value) in lines.take(MAX_SET) {
            let Some(cookie) = std::str::from_utf8(value).ok().and_then(|line| RawCookie::parse(line).ok()) else {
                continue;
            };
            // A cookie for a whole top-level domain would follow the capture to strangers.
            let domain = cookie.domain().unwrap_or_default().trim_start_matches('.');
            if domain.is_empty() || domain.contains('.') || Some(domain) == url.host_str() {
                // A cookie that is not for this host is not kept.
                let _ = self.0.insert_raw(&cookie, url);
            }
        }
    }

    /// The Cookie field for a request.
    pub fn field(&self, url: &Url) -> Option<HeaderValue> {
        let mut cookies: Vec<(&str, &str)> = self.0.get_request_values(url).collect();
        cookies.sort_unstable(); // the store has no order of its own; the same jar is to say the same thing
        let mut field = String::new();
        for (name, value) in cookies {
            let unfit = name.chars().chain(value.chars()).any(char::is_control);
            if unfit || field.len() + name.len() + value.len() + 3 > MAX_FIELD {
                continue;
            }
            if !field.is_empty() {
                field.push_str("; ");
            }
            field.push_str(name);
            field.push('=');
            field.push_str(value);
        }
        if field.is_empty() { None } else { HeaderValue::from_bytes(field.as_bytes()).ok() }
    }
}
