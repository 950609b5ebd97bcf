//! What the gate and the HTTP engine do with an ordinary web, a careless one and a malicious one.

use std::collections::BTreeMap;
use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use keepfast::capture::{Budget, Engine as _, HttpEngine, Jar, PageAsk, PageTaken, Validators, Wanted};
use keepfast::clock::{Clock as _, System};
use keepfast::model::{
    Capture, Client, Digest, FailureKind, Flag, Hop, HttpVersion, Outcome, Pace, Protocol, RequisiteState,
    RequisitesMode, Robots, RobotsMode, Truncation,
};
use keepfast::net::{Ask, Body, Fetched, Gate};
use tokio::time::Instant;
use url::Url;

use crate::server::{Answer, Identity, Origin};

/// A gate with its settings and a folder of its own.
struct World {
    gate: Gate,
    capture: Arc<Capture>,
    _folder: tempfile::TempDir,
}

pub fn capture() -> Capture {
    let seconds = Duration::from_secs;
    Capture {
        platform: keepfast::model::PlatformMode::None,
        mirrors: Vec::new(),
        backfill: keepfast::model::Backfill::All,
        robots: RobotsMode::Record,
        requisites: RequisitesMode::Media,
        read: true,
        max_page_bytes: 1 << 20,
        max_media_bytes: 1 << 20,
        max_decoded_bytes: 1 << 22,
        max_requisites: 10,
        max_requisite_bytes: 1 << 22,
        requisite_time: seconds(20),
        follow_pages: 0,
        comment_services: false,
        items: keepfast::model::ItemsMode::None,
        items_every: keepfast::model::Cadence::Adaptive,
        items_for: Duration::ZERO,
        max_items: 0,
        items_pages: 0,
        max_redirects: 5,
        connect_timeout: seconds(10),
        first_byte_timeout: seconds(10),
        idle_timeout: seconds(10),
        total_timeout: seconds(20),
        max_retries: 0,
        max_retry_after: seconds(3600),
        media_every: None,
        full_fetch_every: Duration::ZERO,
        accept_invalid_tls: false,
        credentials: false,
        yt_dlp: false,
        http: HttpVersion::Auto,
    }
}

/// Only 127.0.0.1 may be reached, and `*.test` leads there.
pub fn client() -> Client {
    Client {
        user_agent: "keepfast/0 (+https://example.org/contact)".into(),
        from: "archivist@example.org".into(),
        accept_language: "en".into(),
        proxy: String::new(),
        allow_private: vec!["127.0.0.1".into()],
        resolve: ["a.test", "b.test"].map(|h| (h.to_owned(), "127.0.0.1".to_owned())).into(),
        ca_files: Vec::new(),
        spool_above: 1 << 16,
        memory: 64 << 20,
    }
}

const UNLIMITED: Pace =
    Pace { per_second: 0.0, burst: 1, connections: 4, max_crawl_delay: Duration::from_secs(5), budget: None };

impl World {
    fn new() -> Self {
        Self::with(client(), capture())
    }

    fn with(client: Client, capture: Capture) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let gate = Gate::new(client, folder.path().join("spool"), Arc::new(System)).unwrap();
        gate.set_pace(UNLIMITED, BTreeMap::new());
        Self { gate, capture: Arc::new(capture), _folder: folder }
    }

    /// Trusts the authority of `identity`.
    fn trusting(identity: &Identity, capture: Capture) -> Self {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), &identity.ca_pem).unwrap();
        Self::with(Client { ca_files: vec![file.path().to_owned()], ..client() }, capture)
    }

    async fn fetch(&self, url: Url) -> Fetched {
        self.gate.fetch(Ask::new(Hop::Seed, url, &self.capture, Instant::now() + Duration::from_secs(60))).await
    }

    async fn page(&self, url: Url) -> PageTaken {
        self.page_if(url, None).await
    }

    async fn page_if(&self, url: Url, validators: Option<Validators>) -> PageTaken {
        let ask = PageAsk {
            url,
            hop: Hop::Seed,
            via: None,
            capture: self.capture.clone(),
            validators,
            listed_by_person: true,
            redirects_used: 0,
            route: None,
        };
        self.engine().page(ask, Jar::default()).await
    }

    fn engine(&self) -> HttpEngine {
        HttpEngine::new(self.gate.clone(), Arc::new(System))
    }

    fn spooled(&self) -> usize {
        std::fs::read_dir(self._folder.path().join("spool")).unwrap().count()
    }
}

fn body(fetched: &Fetched) -> Vec<u8> {
    let mut out = Vec::new();
    fetched.body.reader().unwrap().read_to_end(&mut out).unwrap();
    assert_eq!(out.len() as u64, fetched.exchange.body_len, "the length that is told is the length that is had");
    assert_eq!(Digest::of(&out), fetched.exchange.payload_digest, "the digest is that of the body");
    out
}

fn kind(fetched: &Fetched) -> Option<FailureKind> {
    fetched.exchange.failure.as_ref().map(|f| f.kind)
}

fn last(taken: &PageTaken) -> &Fetched {
    &taken.exchanges[taken.last.unwrap()]
}

#[tokio::test]
async fn the_heads_are_kept_octet_for_octet() {
    let origin = Origin::start();
    let sent = b"HTTP/1.1 200 So be it\r\nx-ODD:  two  spaces \r\nSet-Cookie: a=1\r\nX-Latin: caf\xe9\r\n\
                 Set-Cookie: b=2\r\nX-Fold: one\r\n  two\r\nContent-Length: 5\r\n\r\nhello";
    origin.on("/p?q=1", Answer::raw(*sent));
    let fetched = World::new().fetch(origin.url("/p?q=1#fragment")).await;
    let x = &fetched.exchange;
    assert_eq!(x.response_head.as_ref(), &sent[..sent.len() - 5]);
    assert_eq!(String::from_utf8_lossy(&x.request_head), origin.log()[0].head);
    assert!(x.request_head.starts_with(b"GET /p?q=1 HTTP/1.1\r\nhost: 127.0.0.1:"));
    assert_eq!(x.url, origin.url("/p?q=1").as_str(), "no fragment");
    assert_eq!(body(&fetched), b"hello");
    let names: Vec<&str> = x.headers.iter().map(|(n, _)| n.as_str()).collect();
    assert_eq!(names, ["x-odd", "set-cookie", "x-latin", "set-cookie", "x-fold", "content-length"]);
    assert_eq!(x.headers[2].1.as_ref(), b"caf\xe9");
    assert_eq!(x.headers[4].1.as_ref(), b"one two");
    assert_eq!((x.status, x.protocol, x.truncated), (Some(200), Some(Protocol::Http11), None));
    assert_eq!(x.remote.unwrap().port(), origin.port());
    assert!(!x.heads_reconstructed && x.failure.is_none());
}

#[tokio::test]
async fn a_request_says_who_asks_and_nothing_else() {
    let origin = Origin::start();
    World::new().fetch(origin.url("/")).await;
    let hit = &origin.log()[0];
    let mut names: Vec<&str> = hit.head.lines().skip(1).filter_map(|l| l.split_once(':')).map(|(n, _)| n).collect();
    names.sort_unstable();
    assert_eq!(names, ["accept", "accept-encoding", "accept-language", "from", "host", "user-agent"]);
    assert_eq!(hit.field("user-agent"), Some("keepfast/0 (+https://example.org/contact)"));
    assert_eq!(hit.field("from"), Some("archivist@example.org"));
}

#[tokio::test]
async fn chunks_are_joined_and_interim_answers_are_not_the_answer() {
    let origin = Origin::start();
    origin.on(
        "/chunks",
        Answer::raw(
            "HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\nHTTP/1.1 100 Continue\r\n\r\n\
             HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: X-Sum\r\n\r\n\
             3;a=\"b;c\"\r\nabc\r\n2\r\nde\r\n0;last\r\nX-Sum: 9\r\nContent-Length: 3\r\n\r\n",
        ),
    );
    let fetched = World::new().fetch(origin.url("/chunks")).await;
    assert_eq!(body(&fetched), b"abcde");
    let head = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: X-Sum\r\n\r\n";
    assert_eq!(fetched.exchange.response_head.as_ref(), head.as_bytes());
    assert_eq!(fetched.exchange.truncated, None);
}

#[tokio::test]
async fn a_body_is_kept_as_it_was_coded() {
    let origin = Origin::start();
    let packed = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0];
    origin.on("/gz", Answer::of("text/html", packed).field("Content-Encoding", "gzip"));
    assert_eq!(body(&World::new().fetch(origin.url("/gz")).await), packed);
}

#[tokio::test]
async fn what_was_had_of_a_short_body_is_kept_and_marked() {
    let origin = Origin::start();
    origin
        .on("/long", Answer::raw("HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\npart"))
        .on("/chunked", Answer::raw("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\npart\r\n"))
        .on("/reset", Answer::raw("HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\npart").reset())
        .on("/bad", Answer::raw("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\npart\r\nzz\r\n"));
    let world = World::new();
    for (target, truncated, failure) in [
        ("/long", Truncation::Disconnect, FailureKind::Disconnected),
        ("/chunked", Truncation::Disconnect, FailureKind::Disconnected),
        ("/reset", Truncation::Disconnect, FailureKind::Disconnected),
        ("/bad", Truncation::Unspecified, FailureKind::Malformed),
    ] {
        let fetched = world.fetch(origin.url(target)).await;
        assert_eq!(body(&fetched), b"part", "{target}");
        assert_eq!(fetched.exchange.truncated, Some(truncated), "{target}");
        assert_eq!(kind(&fetched), Some(failure), "{target}");
        assert_eq!(fetched.exchange.status, Some(200), "{target}");
    }
    let page = world.page(origin.url("/long")).await;
    assert_eq!((page.outcome_hint, page.failure.map(|f| f.kind)), (None, Some(FailureKind::Disconnected)));
}

#[tokio::test]
async fn a_limit_cuts_a_body_and_says_so() {
    let origin = Origin::start();
    origin.on("/big", Answer::html(vec![b'x'; 1000])).on("/fits", Answer::html(vec![b'x'; 100]));
    let world = World::with(client(), Capture { max_page_bytes: 100, ..capture() });
    let cut = world.fetch(origin.url("/big")).await;
    assert_eq!((body(&cut).len(), cut.exchange.truncated), (100, Some(Truncation::Length)));
    let whole = world.fetch(origin.url("/fits")).await;
    assert_eq!((body(&whole).len(), whole.exchange.truncated), (100, None));
}

#[tokio::test]
async fn a_deadline_that_passes_is_named() {
    let origin = Origin::start();
    origin
        .on("/stalls", Answer::raw("HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\npart").hang())
        .on("/silent", Answer::raw("").hang())
        .on("/half", Answer::raw("HTTP/1.1 200 OK\r\nX-").hang());
    let short = Duration::from_millis(50);
    let idle = World::with(client(), Capture { idle_timeout: short, ..capture() });
    let stalled = idle.fetch(origin.url("/stalls")).await;
    assert_eq!((kind(&stalled), stalled.exchange.truncated), (Some(FailureKind::TimeoutIdle), Some(Truncation::Time)));
    assert_eq!(body(&stalled), b"part");
    let total = World::with(client(), Capture { total_timeout: short, ..capture() });
    assert_eq!(kind(&total.fetch(origin.url("/stalls")).await), Some(FailureKind::TimeoutTotal));
    let first = World::with(client(), Capture { first_byte_timeout: short, ..capture() });
    assert_eq!(kind(&first.fetch(origin.url("/silent")).await), Some(FailureKind::TimeoutFirstByte));
    let half = first.fetch(origin.url("/half")).await;
    assert_eq!(kind(&half), Some(FailureKind::TimeoutFirstByte));
    assert_eq!(half.exchange.response_head.as_ref(), b"HTTP/1.1 200 OK\r\nX-", "what came is kept");
}

#[tokio::test]
async fn what_is_not_http_is_kept_as_it_came() {
    let origin = Origin::start();
    let two = "HTTP/1.1 200 OK\r\nContent-Length: 3\r\nContent-Length: 5\r\n\r\n";
    origin
        .on("/09", Answer::raw("<title>old</title>"))
        .on("/garbage", Answer::raw("HTTP/1.1 banana OK\r\n\r\n"))
        .on("/two", Answer::raw(format!("{two}hello")))
        .on("/lf", Answer::raw("HTTP/1.1 200 OK\nContent-Length: 2\n\nok"))
        .on("/nothing", Answer::raw(""));
    let world = World::new();
    for (target, kept) in [("/09", "<title>old</title>"), ("/garbage", "HTTP/1.1 banana OK\r\n\r\n"), ("/two", two)] {
        let fetched = world.fetch(origin.url(target)).await;
        assert_eq!(kind(&fetched), Some(FailureKind::Malformed), "{target}");
        assert_eq!(fetched.exchange.response_head.as_ref(), kept.as_bytes(), "{target}");
        assert_eq!(fetched.exchange.status, None, "{target}");
    }
    assert_eq!(body(&world.fetch(origin.url("/lf")).await), b"ok");
    assert_eq!(kind(&world.fetch(origin.url("/nothing")).await), Some(FailureKind::Disconnected));
}

#[tokio::test]
async fn a_thousand_cookies_are_a_head_and_a_megabyte_is_not() {
    let origin = Origin::start();
    let many = (0..1000).fold(Answer::html("ok"), |a, i| a.field("Set-Cookie", format!("c{i}={}", "v".repeat(80))));
    origin.on("/many", many).on("/huge", Answer::html("ok").field("X-Huge", "h".repeat(1 << 20)));
    let world = World::new();
    let fetched = world.fetch(origin.url("/many")).await;
    assert_eq!(fetched.exchange.headers.iter().filter(|(n, _)| n == "set-cookie").count(), 1000);
    let huge = world.fetch(origin.url("/huge")).await;
    assert_eq!(kind(&huge), Some(FailureKind::Malformed));
    assert!((1 << 16..=1 << 19).contains(&huge.exchange.response_head.len()), "kept, and bounded");
}

#[tokio::test]
async fn large_bodies_go_to_the_spool_and_leave_it() {
    let origin = Origin::start();
    let large: Vec<u8> = (0..900_000u32).map(|i| (i % 251) as u8).collect();
    origin.on("/large", Answer::of("video/mp4", large.clone())).on("/small", Answer::html("small"));
    for memory in [64 << 20, 100_000] {
        let world = World::with(Client { memory, ..client() }, capture());
        let fetched = world.fetch(origin.url("/large")).await;
        let Body::Spooled(file) = &fetched.body else { panic!("{:?}", fetched.body) };
        let block = [&fetched.exchange.response_head[..], &large[..]].concat();
        assert_eq!(file.digest_with_head(), Some(Digest::of(&block)), "what a record of it will hold");
        assert_eq!(body(&fetched), large);
        assert_eq!(world.spooled(), 1);
        drop(fetched);
        assert_eq!(world.spooled(), 0);
        assert!(matches!(world.fetch(origin.url("/small")).await.body, Body::Memory(_)));
    }
    let none = World::with(Client { memory: 2, ..client() }, capture());
    let fetched = none.fetch(origin.url("/small")).await;
    assert!(matches!(fetched.body, Body::Spooled(_)), "no memory is left");
    assert_eq!(body(&fetched), b"small");
}

#[tokio::test]
async fn a_connection_is_used_again_and_a_stale_one_replaced() {
    let origin = Origin::start();
    origin.on("/", Answer::html("one")).on("/last", Answer::html("two").close());
    let world = World::new();
    for target in ["/", "/", "/last"] {
        assert_eq!(world.fetch(origin.url(target)).await.exchange.status, Some(200));
    }
    assert_eq!(origin.connections(), 1);
    let again = world.fetch(origin.url("/")).await;
    assert_eq!((again.exchange.status, again.exchange.failure), (Some(200), None));
    assert_eq!(origin.connections(), 2);
    // It may also close at the very moment of the next request: nothing came, so nothing is lost by asking anew.
    origin.handle("", "/moody", |hit| if hit.before == 1 { Answer::raw("") } else { Answer::html("three") });
    for _ in 0..2 {
        assert_eq!(body(&world.fetch(origin.url("/moody")).await), b"three");
    }
    assert_eq!(origin.targets().iter().filter(|t| *t == "/moody").count(), 3);
    assert_eq!(origin.connections(), 3);
}

/// The address of a listener that nobody may reach.
fn canary() -> (TcpListener, u16) {
    let listener = TcpListener::bind("0.0.0.0:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    let port = listener.local_addr().unwrap().port();
    (listener, port)
}

#[tokio::test]
async fn no_spelling_of_a_private_address_is_reached() {
    let (canary, port) = canary();
    let origin = Origin::start();
    let client = Client { resolve: vec![("trick.test".into(), "127.0.0.2".into())], ..client() };
    let world = World::with(client, capture());
    for host in [
        "127.0.0.2",
        "127.66.66.66",
        "2135048770",
        "0x7f.2",
        "127.2",
        "0.0.0.0",
        "[::1]",
        "[::ffff:127.0.0.2]",
        "[::]",
        "[64:ff9b::7f00:2]",
        "localhost",
        "trick.test",
        "user@127.0.0.2",
        "127.0.0.1@127.0.0.2",
    ] {
        let target = format!("http://{host}:{port}/secret");
        origin.on("/go", Answer::redirect(302, &target));
        let page = world.page(origin.url("/go")).await;
        assert_eq!(page.outcome_hint, Some(Outcome::AddressRefused), "{host}");
        assert_eq!(last(&page).exchange.remote, None, "{host}");
        let straight = world.fetch(Url::parse(&target).unwrap()).await;
        assert_eq!(kind(&straight), Some(FailureKind::AddressRefused), "{host}");
        assert!(!straight.exchange.url.contains('@'), "no user name is kept");
    }
    for scheme in ["file:///etc/passwd", "data:text/html,hi", "ftp://127.0.0.1/"] {
        origin.on("/go", Answer::redirect(302, scheme));
        assert_eq!(world.page(origin.url("/go")).await.outcome_hint, Some(Outcome::SchemeRefused), "{scheme}");
    }
    assert!(canary.accept().is_err(), "somebody knocked");
}

#[tokio::test]
async fn a_host_that_asks_to_be_left_alone_is() {
    let origin = Origin::start();
    origin.on("/busy", Answer::status(429).field("Retry-After", "120"));
    let world = World::new();
    assert_eq!(world.gate.ready_at(&origin.authority()), None);
    world.fetch(origin.url("/busy")).await;
    let wait = world.gate.ready_at(&origin.authority()).unwrap() - Instant::now();
    assert!(wait > Duration::from_secs(100) && wait <= Duration::from_secs(120), "{wait:?}");
    // A deadline before that is not waited for, and the host is not asked.
    let ask = Ask::new(Hop::Seed, origin.url("/"), &world.capture, Instant::now() + Duration::from_secs(60));
    assert_eq!(kind(&world.gate.fetch(ask).await), Some(FailureKind::TimeoutTotal));
    assert_eq!(origin.targets(), ["/busy"]);
    // Nor is it by the next process.
    let states = world.gate.host_states();
    assert_eq!((states.len(), states[0].slow_down), (1, 2));
    assert!(states[0].not_before.unwrap() > System.now());
    let next = World::new();
    next.gate.restore(states);
    assert!(next.gate.ready_at(&origin.authority()).unwrap() > Instant::now() + Duration::from_secs(60));
}

#[tokio::test]
async fn foolish_waits_are_bounded_or_ignored() {
    let origin = Origin::start();
    origin
        .on("/huge", Answer::status(429).field("Retry-After", "99999999999999999999"))
        .on("/negative", Answer::status(429).field("Retry-After", "-5"));
    let world = World::new();
    world.fetch(origin.url("/negative")).await;
    assert_eq!(world.gate.ready_at(&origin.authority()), None);
    world.fetch(origin.url("/huge")).await;
    let wait = world.gate.ready_at(&origin.authority()).unwrap() - Instant::now();
    assert!(wait <= world.capture.max_retry_after, "a run waits no longer than its settings say: {wait:?}");
}

#[tokio::test]
async fn robots_txt_counts_as_the_settings_say() {
    let origin = Origin::start();
    origin.on("/robots.txt", Answer::of("text/plain", "User-agent: keepfast\nDisallow: /no\n"));
    origin.on("/no", Answer::html("secret")).on("/yes", Answer::html("open"));
    let recording = World::new();
    let page = recording.page(origin.url("/no")).await;
    assert_eq!((page.robots, page.outcome_hint), (Some(Robots::Disallowed), None));
    assert_eq!(page.robots_note.as_deref(), Some("Disallow: /no"));
    assert_eq!(body(last(&page)), b"secret");
    assert_eq!(page.exchanges.iter().map(|f| f.exchange.hop).collect::<Vec<_>>(), [Hop::Robots, Hop::Seed]);
    assert_eq!(recording.page(origin.url("/yes")).await.exchanges.len(), 1, "the file is remembered");

    let before = origin.targets().len();
    let obeying = World::with(client(), Capture { robots: RobotsMode::Obey, ..capture() });
    let page = obeying.page(origin.url("/no")).await;
    assert_eq!(page.outcome_hint, Some(Outcome::RobotsRefused));
    assert_eq!((page.last, origin.targets().len()), (None, before));
    origin.on("/to", Answer::redirect(301, "/no"));
    assert_eq!(obeying.page(origin.url("/to")).await.outcome_hint, Some(Outcome::RobotsRefused));

    let ignoring = World::with(client(), Capture { robots: RobotsMode::Ignore, ..capture() });
    let page = ignoring.page(origin.url("/no")).await;
    assert_eq!((page.robots, page.exchanges.len()), (Some(Robots::Ignored), 1));
}

#[tokio::test]
async fn every_kind_of_robots_txt_has_its_meaning() {
    let disallow = "User-agent: *\nDisallow: /\n";
    for (name, answer, robots) in [
        ("absent", Answer::status(404), Robots::Absent),
        ("failing", Answer::status(500), Robots::Unreachable),
        ("busy", Answer::status(429), Robots::Unreachable),
        ("page", Answer::html("<!doctype html><p>Disallow: /"), Robots::Allowed),
        ("bom", Answer::of("text/plain", "\u{feff}User-agent: *\rDisallow: /\r"), Robots::Disallowed),
        ("moved", Answer::redirect(301, "/elsewhere.txt"), Robots::Disallowed),
        ("loop", Answer::redirect(302, "/robots.txt"), Robots::Absent),
        ("inward", Answer::redirect(302, "http://127.0.0.2/robots.txt"), Robots::Unreachable),
        ("cut", Answer::raw("HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\nUser-agent: *"), Robots::Unreachable),
        ("dead", Answer::raw(""), Robots::Unreachable),
    ] {
        let origin = Origin::start();
        origin.on("/robots.txt", answer).on("/elsewhere.txt", Answer::of("text/plain", disallow));
        let page = World::new().page(origin.url("/p")).await;
        assert_eq!(page.robots, Some(robots), "{name}");
    }
}

#[tokio::test]
async fn robots_txt_is_fetched_once_however_many_ask() {
    let origin = Origin::start();
    origin.on("/robots.txt", Answer::of("text/plain", "User-agent: *\nCrawl-delay: 86400\n"));
    let world = World::new();
    let deadline = Instant::now() + Duration::from_secs(60);
    let url = origin.url("/x");
    let asks = (0..20).map(|_| world.gate.robots(&url, &world.capture, deadline));
    let verdicts = futures_util::future::join_all(asks).await;
    assert_eq!(origin.log().len(), 1);
    assert_eq!(verdicts.iter().map(|v| v.fetched.len()).sum::<usize>(), 1);
    let note = verdicts[3].note.as_deref().unwrap();
    assert!(note.contains("86400") && note.contains("capped at 5 s"), "{note}");
    world.fetch(origin.url("/x")).await;
    let wait = world.gate.ready_at(&origin.authority()).unwrap() - Instant::now();
    assert!(wait <= Duration::from_secs(5), "{wait:?}");
}

#[tokio::test]
async fn redirects_are_followed_hop_by_hop() {
    let origin = Origin::start();
    origin
        .on_host("a.test", "/one", Answer::redirect(301, "../x/./../two?a=1#frag"))
        .on_host("a.test", "/two", Answer::redirect(307, format!("//b.test:{}/caf\u{e9}", origin.port())))
        .on_host("b.test", "/caf%C3%A9", Answer::redirect(302, b"/\xe9"))
        .on_host("b.test", "/%E9", Answer::html("there"));
    let page = World::new().page(origin.url_of("a.test", "/one")).await;
    assert_eq!((page.outcome_hint, page.redirects_used), (None, 3));
    assert_eq!(body(last(&page)), b"there");
    let way: Vec<(&str, Option<u16>)> =
        page.exchanges.iter().map(|f| (f.exchange.hop.as_str(), f.exchange.status)).collect();
    assert_eq!(
        way[1..],
        [("seed", Some(301)), ("redirect", Some(307)), ("redirect", Some(302)), ("redirect", Some(200))]
    );
    assert_eq!(last(&page).exchange.url, origin.url_of("b.test", "/%E9").as_str());
    assert_eq!(last(&page).exchange.via.as_deref(), Some(origin.url_of("b.test", "/caf%C3%A9").as_str()));
}

#[tokio::test]
async fn redirects_that_lead_nowhere_end() {
    let origin = Origin::start();
    origin
        .on("/loop", Answer::redirect(302, "/loop"))
        .on("/none", Answer::status(302))
        .handle("", "/more", |hit| Answer::redirect(302, format!("/more?{}", hit.target.len())));
    for i in 0..10 {
        origin.on(&format!("/n{i}"), Answer::redirect(302, format!("/n{}", i + 1)));
    }
    let world = World::new();
    for target in ["/loop", "/none", "/n0"] {
        let page = world.page(origin.url(target)).await;
        assert_eq!(page.outcome_hint, Some(Outcome::Redirected), "{target}");
        assert_eq!(page.failure.as_ref().map(|f| f.kind), Some(FailureKind::Redirects), "{target}");
        assert_eq!(last(&page).exchange.status, Some(302), "{target}");
    }
    assert_eq!(origin.targets().iter().filter(|t| t.starts_with("/n") && *t != "/none").count(), 6);
}

#[tokio::test]
async fn cookies_live_within_one_capture() {
    let origin = Origin::start();
    origin.handle("", "/door", |hit| match hit.field("cookie") {
        None => Answer::redirect(302, "/door").field("Set-Cookie", "key=1; Path=/"),
        Some(cookies) => {
            assert_eq!(cookies, "key=1");
            Answer::html("in")
        }
    });
    let world = World::new();
    for _ in 0..2 {
        let page = world.page(origin.url("/door")).await;
        assert_eq!(body(last(&page)), b"in");
    }
    assert_eq!(origin.targets().len(), 4, "the second capture knew no cookie");
}

#[tokio::test]
async fn validators_go_only_to_the_url_they_are_of() {
    let origin = Origin::start();
    origin.on("/moved", Answer::redirect(302, "/here")).handle("", "/here", |hit| {
        if hit.field("if-none-match") == Some("W/\"v1\"") { Answer::status(304) } else { Answer::html("new") }
    });
    origin.on("/always", Answer::status(304));
    let world = World::new();
    let validators = Validators {
        url: origin.url("/here").into(),
        etag: Some("W/\"v1\"".into()),
        last_modified: Some("Sun, 06 Nov 1994 08:49:37 GMT".into()),
    };
    let page = world.page_if(origin.url("/moved"), Some(validators)).await;
    assert_eq!(last(&page).exchange.status, Some(304));
    assert!(page.flags.contains(&Flag::NotModified));
    let log = origin.log();
    let moved = log.iter().find(|h| h.target == "/moved").unwrap();
    assert_eq!((moved.field("if-none-match"), moved.field("if-modified-since")), (None, None));
    let unasked = world.page(origin.url("/always")).await;
    assert_eq!(last(&unasked).exchange.status, Some(304));
    assert!(!unasked.flags.contains(&Flag::NotModified), "a 304 nobody asked for confirms nothing");
}

#[tokio::test]
async fn a_good_certificate_is_kept_with_its_session() {
    let identity = Identity::signed(&["127.0.0.1", "a.test"]);
    let origin = Origin::start_tls(&identity);
    origin.on("/", Answer::html("safe"));
    let world = World::trusting(&identity, capture());
    for url in [origin.url("/"), origin.url_of("a.test", "/")] {
        let fetched = world.fetch(url).await;
        assert_eq!(body(&fetched), b"safe");
        let tls = fetched.exchange.tls.unwrap();
        assert_eq!((tls.version.as_str(), tls.chain.len(), tls.problem), ("tls/1.3", 2, None));
        assert!(tls.cipher.starts_with("TLS_"), "{}", tls.cipher);
    }
    let wrong = world.fetch(origin.url_of("b.test", "/")).await;
    assert_eq!(kind(&wrong), Some(FailureKind::Tls));
    assert_eq!(wrong.exchange.tls.unwrap().problem.as_deref(), Some("the certificate is for another host"));
    assert_eq!(origin.log().len(), 2, "nothing was asked of the wrong host");
}

#[tokio::test]
async fn a_bad_certificate_is_evidence_and_captured_only_on_request() {
    let identity = Identity::self_signed(&["127.0.0.1"]);
    let origin = Origin::start_tls(&identity);
    origin.on("/", Answer::html("unproven"));
    let page = World::new().page(origin.url("/")).await;
    assert_eq!(page.outcome_hint, Some(Outcome::TlsInvalid));
    let tls = last(&page).exchange.tls.clone().unwrap();
    assert_eq!(tls.chain.len(), 1);
    assert!(tls.problem.is_some());
    assert!(origin.log().is_empty());

    let world = World::with(client(), Capture { accept_invalid_tls: true, ..capture() });
    let page = world.page(origin.url("/")).await;
    assert_eq!(body(last(&page)), b"unproven");
    assert!(page.flags.contains(&Flag::TlsUnverified));
    // The connection that was made without proof is not given to those who ask for one.
    let strict = Ask::new(Hop::Seed, origin.url("/"), &Arc::new(capture()), Instant::now() + Duration::from_secs(60));
    assert_eq!(kind(&world.gate.fetch(strict).await), Some(FailureKind::Tls));
}

#[tokio::test]
async fn a_server_that_speaks_only_http2_is_heard() {
    for alpn in ["h2", ""] {
        let identity = Identity::signed(&["127.0.0.1"]);
        let identity = if alpn.is_empty() { identity } else { identity.alpn(alpn) };
        let origin = Origin::start_h2(&identity);
        origin.on("/", Answer::html("two"));
        let world = World::trusting(&identity, capture());
        let fetched = world.fetch(origin.url("/")).await;
        if alpn.is_empty() {
            // It does not confirm h2 either, so there is nothing to agree on; what came is told.
            assert!(fetched.exchange.failure.is_some() || fetched.exchange.protocol == Some(Protocol::H2));
            continue;
        }
        assert_eq!(fetched.exchange.failure, None);
        assert_eq!(body(&fetched), b"two");
        assert_eq!((fetched.exchange.protocol, fetched.exchange.heads_reconstructed), (Some(Protocol::H2), true));
        assert!(fetched.exchange.response_head.starts_with(b"HTTP/1.1 200"));
        assert_eq!(fetched.exchange.tls.unwrap().version, "tls/1.3");
        let before = origin.connections();
        assert_eq!(world.fetch(origin.url("/")).await.exchange.status, Some(200));
        assert_eq!(origin.connections(), before, "it is remembered, and its connection is used again");
        let stubborn = World::trusting(&identity, Capture { http: HttpVersion::Http1, ..capture() });
        assert!(stubborn.fetch(origin.url("/")).await.exchange.failure.is_some());
    }
}

#[tokio::test]
async fn every_part_of_a_page_is_accounted_for() {
    let origin = Origin::start();
    origin
        .on("/robots.txt", Answer::of("text/plain", "User-agent: *\nDisallow: /private/\n"))
        .on("/a.png", Answer::of("image/png", "a"))
        .on("/moved.png", Answer::redirect(302, "/a.png"))
        .on("/page.png", Answer::html("not here"))
        .on("/private/b.png", Answer::of("image/png", "b"));
    let wanted = |target: &str| {
        let url = if target.starts_with('/') { origin.url(target).to_string() } else { target.to_owned() };
        Wanted { url, kind: "image".into(), hop: Hop::Media, alt: String::new(), content: false, validators: None }
    };
    let list = [
        "/a.png",
        "/a.png",
        "/moved.png",
        "/gone.png",
        "/page.png",
        "/private/b.png",
        "data:image/png;base64,AA==",
        "http://127.0.0.2/x.png",
        "javascript:1",
        "/over.png",
    ];
    let world = World::new();
    let mut budget = Budget { count: 6, bytes: 1 << 20, until: Instant::now() + Duration::from_secs(60) };
    let parts = world
        .engine()
        .requisites(&Jar::default(), list.map(wanted).into(), &mut budget, &world.capture, "http://page/")
        .await;
    let told: Vec<(RequisiteState, &str)> =
        parts.taken.iter().map(|(s, _)| (s.state, s.reason.as_deref().unwrap_or("-"))).collect();
    use RequisiteState::{Failed, Fetched, NotFetched};
    assert_eq!(told[0], (Fetched, "-"));
    assert_eq!(told[1], (Fetched, "-"), "through its redirect");
    assert_eq!(told[2], (Failed, "the server answered 404"));
    assert_eq!(told[3], (Failed, "a web page came instead of it"));
    assert_eq!(told[4], (NotFetched, "robots.txt disallows it (Disallow: /private/)"));
    assert_eq!(told[5], (NotFetched, "the scheme \"data\" cannot be fetched: it stands in the page itself"));
    assert_eq!(told[6].0, NotFetched);
    assert!(told[6].1.contains("not a public address"), "{}", told[6].1);
    assert_eq!(told[7].0, NotFetched);
    assert_eq!(told[8], (NotFetched, "the page has more parts than may be fetched for one page"));
    assert_eq!((told.len(), budget.count), (9, 0));
    assert_eq!(parts.taken[0].1.as_ref().unwrap().exchange.via.as_deref(), Some("http://page/"));
    let beside: Vec<&str> = parts.beside.iter().map(|f| f.exchange.hop.as_str()).collect();
    assert!(beside.contains(&"robots") && beside.contains(&"media"), "{beside:?}");
    assert!(!origin.targets().contains(&"/private/b.png".to_owned()));
}

#[tokio::test]
async fn a_proxy_is_used_and_judged_by_name() {
    let proxy = Origin::start();
    proxy.on("http://public.example/page", Answer::html("by proxy"));
    let client = Client { proxy: proxy.url("/").into(), ..client() };
    let world = World::with(client, Capture { robots: RobotsMode::Ignore, ..capture() });
    let page = world.page(Url::parse("http://public.example/page").unwrap()).await;
    assert_eq!(page.failure, None);
    assert_eq!(body(last(&page)), b"by proxy");
    assert_eq!(page.flags, [Flag::HeadsReconstructed, Flag::ViaProxy]);
    assert!(last(&page).exchange.request_head.starts_with(b"GET /page HTTP/1.1\r\nhost: public.example\r\n"));
    for private in
        ["http://localhost/", "http://127.0.0.2/", "http://printer.local/", "http://intranet/", "http://[::1]/"]
    {
        let refused = world.fetch(Url::parse(private).unwrap()).await;
        assert_eq!(kind(&refused), Some(FailureKind::AddressRefused), "{private}");
    }
    assert_eq!(proxy.log().len(), 1);
    for bad in ["ftp://127.0.0.1/", "nonsense"] {
        let folder = tempfile::tempdir().unwrap();
        let client = Client { proxy: bad.into(), ..crate::fetching::client() };
        assert!(Gate::new(client, folder.path().into(), Arc::new(System)).is_err(), "{bad}");
    }
}

/// A SOCKS5 proxy that connects to the addresses it is told; how often it did.
fn socks() -> (u16, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let connected = Arc::new(AtomicUsize::new(0));
    let count = connected.clone();
    std::thread::spawn(move || {
        for mut client in listener.incoming().map_while(Result::ok) {
            let mut hello = [0; 2];
            client.read_exact(&mut hello).unwrap();
            client.read_exact(&mut vec![0; hello[1].into()]).unwrap();
            client.write_all(&[5, 0]).unwrap();
            let mut ask = [0; 10];
            client.read_exact(&mut ask).unwrap();
            assert_eq!(ask[..4], [5, 1, 0, 1], "an address, not a name");
            let to = (Ipv4Addr::new(ask[4], ask[5], ask[6], ask[7]), u16::from_be_bytes([ask[8], ask[9]]));
            let mut server = TcpStream::connect(to).unwrap();
            count.fetch_add(1, Ordering::SeqCst);
            client.write_all(&[5, 0, 0, 1, 0, 0, 0, 0, 0, 0]).unwrap();
            let (mut from, mut back) = (client.try_clone().unwrap(), server.try_clone().unwrap());
            std::thread::spawn(move || std::io::copy(&mut from, &mut back));
            std::thread::spawn(move || std::io::copy(&mut server, &mut client));
        }
    });
    (port, connected)
}

#[tokio::test]
async fn a_socks_proxy_is_told_only_addresses_that_may_be_reached() {
    let origin = Origin::start();
    origin.on_host("a.test", "/", Answer::html("by socks"));
    let (port, connected) = socks();
    let mut client = Client { proxy: format!("socks5://127.0.0.1:{port}"), ..client() };
    client.resolve.push(("trick.test".into(), "127.0.0.2".into()));
    let world = World::with(client, capture());
    let fetched = world.fetch(origin.url_of("a.test", "/")).await;
    assert_eq!(fetched.exchange.failure, None);
    assert_eq!(body(&fetched), b"by socks");
    for private in ["trick.test", "localhost", "127.0.0.2"] {
        let refused = world.fetch(Url::parse(&format!("http://{private}:{}/", origin.port())).unwrap()).await;
        assert_eq!(kind(&refused), Some(FailureKind::AddressRefused), "{private}");
    }
    assert_eq!((connected.load(Ordering::SeqCst), origin.log().len()), (1, 1));
}

#[tokio::test]
async fn a_way_that_leads_to_a_host_on_hold_ends_as_rate_limited() {
    let origin = Origin::start();
    origin.on_host("a.test", "/", Answer::redirect(302, origin.url_of("b.test", "/").as_str()));
    origin.on_host("b.test", "/busy", Answer::status(503).field("Retry-After", "3000"));
    let world = World::new();
    world.fetch(origin.url_of("b.test", "/busy")).await;
    let page = world.page(origin.url_of("a.test", "/")).await;
    assert_eq!(page.outcome_hint, Some(Outcome::RateLimited));
    assert!(page.failure.unwrap().message.contains("may be asked again in"));
    assert!(!origin.log().iter().any(|h| h.host == "b.test" && h.target == "/"));
}
