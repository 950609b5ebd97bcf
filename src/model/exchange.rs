//! One request and its answer, as facts.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use bytes::Bytes;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::Digest;
use super::outcome::closed_list;

closed_list! {
    /// Why a URL was asked for.
    Hop {
        Seed = "seed": "The URL of the watch itself.",
        Redirect = "redirect": "Named by a Location header.",
        Refresh = "refresh": "Named by a meta refresh.",
        Robots = "robots": "robots.txt of a host.",
        Page = "page": "A further page of the thread that the watched page belongs to.",
        Beside = "beside": "An address that nobody made, to hear what the host says of what does not exist.",
        Media = "media": "Image, video, audio or document that belongs to the page.",
        Style = "style": "Style sheet, or what a style sheet imports.",
        Script = "script": "Script of the page.",
        Frame = "frame": "Frame of the page.",
        Font = "font": "Font named by a style sheet.",
        Data = "data": "A further answer that the page's platform gives about the same thing (API, feed, embed).",
    }
}

closed_list! {
    /// Why a body is incomplete (WARC 1.1, 5.13 WARC-Truncated).
    Truncation {
        Length = "length": "It is longer than the size limit.",
        Time = "time": "A deadline passed.",
        Disconnect = "disconnect": "The connection ended before the body did.",
        Unspecified = "unspecified": "It is incomplete for another reason.",
    }
}

closed_list! {
    /// What kind of failure ended an exchange or an attempt; drives retries.
    FailureKind {
        Dns = "dns": "The host name has no address.",
        Connect = "connect": "The connection was refused or could not be made.",
        Proxy = "proxy": "The proxy refused or failed.",
        Tls = "tls": "The certificate or the TLS handshake is bad.",
        TimeoutConnect = "timeout_connect": "No connection (or no TLS handshake) in time.",
        TimeoutFirstByte = "timeout_first_byte": "No complete head of an answer in time.",
        TimeoutIdle = "timeout_idle": "The body stalled.",
        TimeoutTotal = "timeout_total": "The total deadline of the URL passed.",
        Disconnected = "disconnected": "The connection ended early.",
        Malformed = "malformed": "The answer is not valid HTTP.",
        AddressRefused = "address_refused": "The address is not public.",
        SchemeRefused = "scheme_refused": "Neither http nor https, or not a URL at all.",
        RobotsRefused = "robots_refused": "robots.txt disallows it or could not be read.",
        Redirects = "redirects": "A redirect loop, too many redirects, or one that leads nowhere.",
        Decode = "decode": "The content coding is broken or expands beyond the limit.",
        Platform = "platform": "The platform says of it what the message has.",
        Cancelled = "cancelled": "The operator stopped the run.",
        Internal = "internal": "keepfast itself failed.",
    }
}

/// A failure as it is stored: the kind to branch on and a sentence for people.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    /// What to branch on.
    pub kind: FailureKind,
    /// One sentence, without control characters and at most 500 characters long.
    pub message: String,
}

impl Failure {
    /// Makes a failure; control characters in `message` are replaced and its length is bounded,
    /// because messages quote what servers send.
    pub fn new(kind: FailureKind, message: impl AsRef<str>) -> Self {
        let message = message.as_ref().chars().map(|c| if c.is_control() { '\u{fffd}' } else { c }).take(500).collect();
        Self { kind, message }
    }
}

closed_list! {
    /// The protocol of an exchange, by its name in WARC-Protocol.
    Protocol {
        Http10 = "http/1.0": "HTTP/1.0.",
        Http11 = "http/1.1": "HTTP/1.1.",
        H2 = "h2": "HTTP/2; the heads of its records are reconstructed.",
    }
}

closed_list! {
    /// What robots.txt said about a URL, and whether that counted.
    Robots {
        Allowed = "allowed": "robots.txt allows it.",
        Disallowed = "disallowed": "robots.txt disallows it.",
        Absent = "absent": "There is no robots.txt (4xx), so everything is allowed.",
        Unreachable = "unreachable": "robots.txt could not be had (5xx or no answer): RFC 9309 2.3.1.4 says assume disallow.",
        Ignored = "ignored": "robots.txt was not asked for, because the watch says ignore.",
    }
}

/// What is known of a TLS session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tls {
    /// `tls/1.2` or `tls/1.3`, as in WARC-Protocol.
    pub version: String,
    /// IANA name of the cipher suite.
    pub cipher: String,
    /// The certificates the server sent, leaf first, DER.
    pub chain: Arc<Vec<Vec<u8>>>,
    /// Why verification failed; `None` when the chain and the name are good.
    pub problem: Option<String>,
}

impl Tls {
    /// One digest over the whole chain: SHA-256 over the SHA-256 of each certificate in order.
    pub fn chain_digest(&self) -> Digest {
        Digest::of(&self.chain.iter().flat_map(|der| Digest::of(der).0).collect::<Vec<_>>())
    }
}

/// The outside program that brought a file which no answer has as it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Maker {
    /// What it is called.
    pub name: String,
    /// What it says of its version.
    pub version: String,
    /// SHA-256 of its executable.
    pub digest: Digest,
}

/// Header fields in the order in which they came: name in lower case, value as octets.
pub type Headers = Vec<(String, Bytes)>;

/// One request with its answer, or with the reason why there is none. The body travels beside it.
#[derive(Clone, Debug)]
pub struct Exchange {
    /// Why this was asked for.
    pub hop: Hop,
    /// The URL as asked, without fragment and without user name and password.
    pub url: String,
    /// The URL whose answer named this one, if any.
    pub via: Option<String>,
    /// When the request began.
    pub started_at: Timestamp,
    /// From there to the end of the body, or to the failure, in milliseconds.
    pub duration_ms: u64,
    /// Addresses that the host name resolved to, refused ones included.
    pub resolved: Vec<IpAddr>,
    /// The address that was connected to (a proxy's, if one is set).
    pub remote: Option<SocketAddr>,
    /// Known once a connection was made.
    pub protocol: Option<Protocol>,
    /// Present on https once the handshake was done (or failed after certificates were shown).
    pub tls: Option<Tls>,
    /// Request head as sent, up to and with the empty line; empty if nothing was sent.
    pub request_head: Bytes,
    /// What was sent after that head: the body of the request, as far as it went out.
    pub request_body: Bytes,
    /// Head of the final answer as received, up to and with the empty line; whatever came if it is malformed.
    pub response_head: Bytes,
    /// The name of the credential that went along. Its value is replaced wherever it stood, and so is what the answer set as cookies.
    pub credential: Option<String>,
    /// Both heads were rebuilt from parsed fields instead of copied from the wire.
    pub heads_reconstructed: bool,
    /// Status code of the final answer.
    pub status: Option<u16>,
    /// Parsed fields of the final answer's head.
    pub headers: Headers,
    /// Length of the body as received (transfer coding removed, content coding kept).
    pub body_len: u64,
    /// SHA-256 of that body.
    pub payload_digest: Digest,
    /// Why the body is incomplete, if it is.
    pub truncated: Option<Truncation>,
    /// What went wrong, if something did; may stand beside a partial body.
    pub failure: Option<Failure>,
    /// It is no exchange by HTTP: this program brought the body.
    pub maker: Option<Maker>,
}

impl Exchange {
    /// First value of a header field (`name` in lower case), trimmed, as text with foreign octets replaced.
    pub fn header(&self, name: &str) -> Option<String> {
        self.headers.iter().find(|(n, _)| n == name).map(|(_, v)| String::from_utf8_lossy(v).trim().to_owned())
    }

    /// Media type in lower case without parameters; empty if the answer names none.
    pub fn media_type(&self) -> String {
        self.header("content-type")
            .and_then(|v| v.split(';').next().map(|t| t.trim().to_ascii_lowercase()))
            .unwrap_or_default()
    }
}
