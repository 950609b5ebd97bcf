//! Resolved settings: what `config` makes of its layers, and what the other rooms are given.

use std::path::PathBuf;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::outcome::closed_list;
use super::post::Platform;

closed_list! {
    /// What robots.txt means for a URL that a person listed. What is found by following always obeys,
    /// unless this says ignore.
    RobotsMode {
        Obey = "obey": "Do not fetch what robots.txt disallows.",
        Record = "record": "Read robots.txt, keep its verdict beside the snapshot, fetch anyway.",
        Ignore = "ignore": "Do not ask for robots.txt.",
    }
}

closed_list! {
    /// Which parts of a page are fetched with it.
    RequisitesMode {
        None = "none": "Only the page.",
        Media = "media": "Images, video, audio and linked media files.",
        All = "all": "Media, style sheets with imports and fonts, scripts and frames, so that the page replays.",
    }
}

closed_list! {
    /// Which of the things that a list names are watched as well.
    ItemsMode {
        None = "none": "None.",
        Feed = "feed": "Those of feeds and sitemaps.",
        All = "all": "Those of feeds and sitemaps, and what the main part of a page of links links to on its own host.",
    }
}

closed_list! {
    /// Which version of HTTP to speak.
    HttpVersion {
        Auto = "auto": "HTTP/1.1, and HTTP/2 where a host speaks nothing else.",
        Http1 = "http1": "HTTP/1.1 only.",
        Http2 = "http2": "HTTP/2 only (records are marked: heads reconstructed).",
    }
}

/// Whose adapter asks for an address and reads the answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum PlatformMode {
    /// That of the platform that the address or the host's own pages tell.
    Auto,
    /// None: every answer is a page.
    None,
    /// This one, whatever the host.
    Of(Platform),
}

impl PlatformMode {
    /// Reads `auto`, `none` or the name of a platform.
    pub fn parse(text: &str) -> Option<Self> {
        match text {
            "auto" => Some(Self::Auto),
            "none" => Some(Self::None),
            name => Platform::parse(name).map(Self::Of),
        }
    }
}

/// How far back accounts are followed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Backfill {
    /// To the first post.
    All,
    /// About so many posts: whole pages of them.
    Posts(u32),
    /// To the beginning of that day, UTC.
    Since(jiff::civil::Date),
}

impl Backfill {
    /// Reads `all`, a number of posts or a day.
    pub fn parse(text: &str) -> Option<Self> {
        match text {
            "all" => Some(Self::All),
            text => text.parse().map(Self::Posts).ok().or_else(|| text.parse().map(Self::Since).ok()),
        }
    }
}

/// How one URL is captured.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Capture {
    /// What robots.txt means.
    pub robots: RobotsMode,
    /// Which parts of a page are fetched with it.
    pub requisites: RequisitesMode,
    /// Read text, metadata, links, media and comments; `false` keeps the bytes only.
    pub read: bool,
    /// Octets of a page's body as sent; the rest is cut and marked.
    pub max_page_bytes: u64,
    /// Octets of the body of one medium or other requisite as sent.
    pub max_media_bytes: u64,
    /// Octets of a body after content decoding (for reading).
    pub max_decoded_bytes: u64,
    /// How many requisites a page may have fetched.
    pub max_requisites: u32,
    /// Octets of all requisites of one page together.
    pub max_requisite_bytes: u64,
    /// Time for all requisites of one page together.
    pub requisite_time: Duration,
    /// Further pages of a thread (or of the comments below an article) that are followed; zero: none.
    pub follow_pages: u32,
    /// Ask the comment services that a page embeds, on their own hosts, for its comments; as further pages of the thread.
    pub comment_services: bool,
    /// Whose adapter asks and reads.
    pub platform: PlatformMode,
    /// What adapters ask in place of addresses that begin so.
    pub mirrors: Vec<(String, String)>,
    /// How far back accounts are followed.
    pub backfill: Backfill,
    /// Which of the things that it lists are watched as well.
    pub items: ItemsMode,
    /// When those are looked at.
    pub items_every: super::Cadence,
    /// How long they are looked at, from when they were first listed; zero: for ever.
    pub items_for: Duration,
    /// How many of them one look may add, the newest first.
    pub max_items: u32,
    /// Further pages of a list that one look may ask for, as long as they name what is new; zero: none.
    pub items_pages: u32,
    /// Redirects and meta refreshes that are followed.
    pub max_redirects: u32,
    /// To resolve, connect and shake hands.
    pub connect_timeout: Duration,
    /// From the request to the end of the answer's head.
    pub first_byte_timeout: Duration,
    /// Between two pieces of a body.
    pub idle_timeout: Duration,
    /// For the page with its redirects, without requisites and waiting for the host's pace.
    pub total_timeout: Duration,
    /// Tries after a transient failure.
    pub max_retries: u32,
    /// Longest wait that a Retry-After may ask of a run; a longer one ends the job as rate_limited.
    pub max_retry_after: Duration,
    /// Media of the main text that are held are asked for again when their last turn is this long ago; zero: with each look; `None`: only
    /// when the page is asked for in full.
    pub media_every: Option<Duration>,
    /// Conditional requests are sent until the last full answer is this old; zero: never conditional.
    pub full_fetch_every: Duration,
    /// Capture in spite of an invalid certificate (the snapshot is flagged).
    pub accept_invalid_tls: bool,
    /// Cookies that the user gave for its hosts go with the page and its parts; otherwise only with routes of platforms that ask for
    /// them.
    pub credentials: bool,
    /// Let yt-dlp look for media too, with each look in full.
    pub yt_dlp: bool,
    /// Which version of HTTP to speak.
    pub http: HttpVersion,
}

/// What the client says of itself and where it may go.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Client {
    /// `User-Agent`; honest, with a contact.
    pub user_agent: String,
    /// `From`: a mailbox of the operator (RFC 9110 10.1.2); empty: not sent.
    pub from: String,
    /// `Accept-Language`; empty: not sent.
    pub accept_language: String,
    /// `http://…` or `socks5://…`; empty: none. May hold a password: never log it.
    pub proxy: String,
    /// Addresses and networks (`127.0.0.1`, `10.1.0.0/16`, `[::1]`) that are reachable though not public.
    pub allow_private: Vec<String>,
    /// Names that resolve to a fixed address before DNS is asked: `(host, address)`.
    pub resolve: Vec<(String, String)>,
    /// Further trusted certificate authorities, PEM files.
    pub ca_files: Vec<PathBuf>,
    /// Bodies above this many octets go to the spool folder instead of memory.
    pub spool_above: u64,
    /// Octets of all bodies in memory together; what comes beyond goes to the spool folder, whatever its size.
    pub memory: u64,
}

/// How fast one host may be asked.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Pace {
    /// Requests a second; zero: unlimited.
    pub per_second: f64,
    /// Requests that may come at once before the pace bites.
    pub burst: u32,
    /// Connections at the same time.
    pub connections: u32,
    /// A `Crawl-delay` is honoured up to this; a longer one is capped, and that is said.
    pub max_crawl_delay: Duration,
    /// Requests in an hour or a day; `None`: unlimited.
    pub budget: Option<super::Budget>,
}

/// What the service tells of itself, and to whom.
#[derive(Clone, PartialEq, Eq)]
pub struct Service {
    /// Where `/metrics` and `/healthz` are served: an address of loopback.
    pub listen: Option<std::net::SocketAddr>,
    /// Asked while all is well, so that whoever keeps it notices when nobody asks any more. May hold a secret: never log it.
    pub alive_url: Option<url::Url>,
    /// How often.
    pub alive_every: Duration,
}

impl std::fmt::Debug for Service {
    /// Without the secret.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Service")
            .field("listen", &self.listen)
            .field("alive_url", &self.alive_url.is_some())
            .field("alive_every", &self.alive_every)
            .finish()
    }
}
