//! Routes of platforms on the wire: what is sent where, and what is left of it behind a redirect.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use keepfast::capture::{Engine as _, HttpEngine, Jar, PageAsk, PageTaken, Validators};
use keepfast::clock::System;
use keepfast::model::{Capture, Client, Exchange, FailureKind, Hop, HttpVersion, Method, Outcome, Pace, Route};
use keepfast::net::{Ask, Gate};
use tokio::time::Instant;
use url::Url;

use crate::fetching::{capture, client};
use crate::server::{Answer, Hit, Identity, Origin};

const UNLIMITED: Pace =
    Pace { per_second: 0.0, burst: 1, connections: 4, max_crawl_delay: Duration::from_secs(5), budget: None };

struct World {
    engine: HttpEngine,
    capture: Arc<Capture>,
    _folder: tempfile::TempDir,
}

impl World {
    fn new() -> Self {
        Self::with(client(), capture())
    }

    fn with(client: Client, capture: Capture) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let gate = Gate::new(client, folder.path().join("spool"), Arc::new(System)).unwrap();
        gate.set_pace(UNLIMITED, BTreeMap::new());
        Self { engine: HttpEngine::new(gate, Arc::new(System)), capture: Arc::new(capture), _folder: folder }
    }

    async fn by(&self, route: Route) -> PageTaken {
        self.page(route, None).await
    }

    async fn page(&self, route: Route, validators: Option<Validators>) -> PageTaken {
        let ask = PageAsk {
            url: Url::parse(&route.url).unwrap(),
            hop: Hop::Data,
            via: None,
            capture: self.capture.clone(),
            validators,
            listed_by_person: true,
            redirects_used: 0,
            route: Some(route),
        };
        self.engine.page(ask, Jar::default()).await
    }
}

fn post(origin: &Origin, target: &str) -> Route {
    Route::post("browse", origin.url(target), &serde_json::json!({ "browseId": "UC1" }), 0).accept("application/json")
}

/// The requests beside robots.txt.
fn asked(origin: &Origin) -> Vec<Hit> {
    origin.log().into_iter().filter(|hit| hit.target != "/robots.txt").collect()
}

fn last(taken: &PageTaken) -> &Exchange {
    &taken.exchanges[taken.last.unwrap()].exchange
}

fn line(hit: &Hit) -> &str {
    hit.head.lines().next().unwrap()
}

#[tokio::test]
async fn method_fields_and_body_of_a_route_are_sent_and_kept() {
    let origin = Origin::start();
    origin.on("/browse", Answer::of("application/json", "{}"));
    let taken = World::new().by(post(&origin, "/browse")).await;
    assert_eq!((taken.failure.clone(), last(&taken).status), (None, Some(200)));
    let hit = &asked(&origin)[0];
    assert_eq!(line(hit), "POST /browse HTTP/1.1");
    assert_eq!(hit.field("accept"), Some("application/json"));
    assert_eq!(hit.head.to_lowercase().matches("\r\naccept: ").count(), 1, "it takes the place of what is always sent");
    assert_eq!((hit.field("content-type"), hit.field("content-length")), (Some("application/json"), Some("18")));
    assert_eq!(hit.body, br#"{"browseId":"UC1"}"#);
    assert_eq!(last(&taken).request_head, hit.head.as_bytes());
    assert_eq!(last(&taken).request_body, hit.body);
    let robots = &origin.log()[0];
    assert!(line(robots).starts_with("GET /robots.txt ") && robots.body.is_empty(), "{}", robots.head);
}

#[tokio::test]
async fn a_get_has_no_body_and_no_length() {
    let origin = Origin::start();
    origin.on("/a", Answer::of("application/activity+json", "{}"));
    let mut route = Route::get("activitypub", origin.url("/a"), 0).accept("application/activity+json");
    route.body = Some("nobody sends this".into());
    let taken = World::new().by(route).await;
    let hit = &asked(&origin)[0];
    assert_eq!((line(hit), hit.field("content-length")), ("GET /a HTTP/1.1", None));
    assert_eq!((last(&taken).status, last(&taken).request_body.len()), (Some(200), 0));
}

#[tokio::test]
async fn behind_a_redirect_only_what_the_status_keeps_is_left() {
    for (status, method, body) in [
        (301, "GET", ""),
        (302, "GET", ""),
        (303, "GET", ""),
        (307, "POST", r#"{"browseId":"UC1"}"#),
        (308, "POST", r#"{"browseId":"UC1"}"#),
    ] {
        let origin = Origin::start();
        origin.on("/browse", Answer::redirect(status, origin.url_of("b.test", "/there").as_str()));
        origin.on("/there", Answer::of("application/json", "{}"));
        let mut route = post(&origin, "/browse");
        route.headers.push(("x-secret".into(), "for the first only".into()));
        let taken = World::new().by(route).await;
        assert_eq!(last(&taken).status, Some(200), "{status}");
        let hits = asked(&origin);
        assert_eq!((hits[0].field("x-secret"), hits[1].field("x-secret")), (Some("for the first only"), None));
        assert_ne!(hits[1].field("accept"), Some("application/json"));
        assert_eq!(line(&hits[1]), format!("{method} /there HTTP/1.1"), "{status}");
        assert_eq!(hits[1].body, body.as_bytes(), "{status}");
        assert_eq!(hits[1].field("content-type").is_some(), !body.is_empty(), "{status}");
    }
}

#[tokio::test]
async fn once_a_post_has_become_a_get_it_stays_one() {
    let origin = Origin::start();
    origin.on("/browse", Answer::redirect(303, "/b"));
    origin.on("/b", Answer::redirect(307, "/c"));
    origin.on("/c", Answer::of("application/json", "{}"));
    World::new().by(post(&origin, "/browse")).await;
    let lines: Vec<String> = asked(&origin).iter().map(|hit| line(hit).to_owned()).collect();
    assert_eq!(lines, ["POST /browse HTTP/1.1", "GET /b HTTP/1.1", "GET /c HTTP/1.1"]);
}

#[tokio::test]
async fn what_is_posted_and_then_fetched_at_the_same_address_is_no_loop() {
    let origin = Origin::start();
    origin.handle("", "/browse", |hit| match hit.before {
        0 => Answer::redirect(303, "/browse"),
        _ => Answer::of("application/json", "{}"),
    });
    let taken = World::new().by(post(&origin, "/browse")).await;
    assert_eq!((taken.failure.clone(), last(&taken).status), (None, Some(200)));
    let again = &asked(&origin)[1];
    assert_eq!((line(again), again.field("accept")), ("GET /browse HTTP/1.1", Some("application/json")));
    assert_eq!((again.field("content-type"), again.body.len()), (None, 0));
}

#[tokio::test]
async fn only_a_get_asks_whether_something_changed() {
    let origin = Origin::start();
    origin.on("/a", Answer::of("application/json", "{}"));
    let world = World::new();
    let url = origin.url("/a").to_string();
    let validators = || Some(Validators { url: url.clone(), etag: Some("\"1\"".into()), last_modified: None });
    world.page(post(&origin, "/a"), validators()).await;
    world.page(Route::get("api", url.clone(), 0), validators()).await;
    let hits = asked(&origin);
    assert_eq!((hits[0].field("if-none-match"), hits[1].field("if-none-match")), (None, Some("\"1\"")));
}

#[tokio::test]
async fn a_cookie_of_the_route_stands_beside_those_that_were_set() {
    let origin = Origin::start();
    origin.handle("", "/watch", |hit| match hit.field("cookie") {
        Some("SOCS=CAI") => Answer::redirect(302, "/watch").field("Set-Cookie", "seen=1"),
        other => {
            assert_eq!(other, Some("SOCS=CAI; seen=1"));
            Answer::html("here")
        }
    });
    let mut route = Route::get("page", origin.url("/watch"), 0);
    route.headers.push(("cookie".into(), "SOCS=CAI".into()));
    assert_eq!(last(&World::new().by(route).await).status, Some(200));
}

#[tokio::test]
async fn no_route_says_who_asks_or_frames_the_request() {
    let origin = Origin::start();
    for name in ["User-Agent", "host", "Content-Length", "transfer-encoding", "no field", "from"] {
        let mut route = Route::get("api", origin.url("/a"), 0);
        route.headers.push((name.to_owned().into(), "x".into()));
        let taken = World::new().by(route).await;
        assert_eq!(taken.outcome_hint, Some(Outcome::Failed), "{name}");
        assert_eq!(taken.failure.unwrap().kind, FailureKind::Internal);
    }
    assert!(origin.log().is_empty());
}

#[tokio::test]
async fn a_post_goes_through_a_proxy_and_over_http_2() {
    let proxy = Origin::start();
    proxy.on("*", Answer::of("application/json", "{}"));
    let by_proxy = World::with(Client { proxy: proxy.url("/").into(), ..client() }, capture());
    let mut route = post(&proxy, "/browse");
    route.url = "http://api.example/browse".into();
    let taken = by_proxy.by(route).await;
    assert_eq!(taken.failure, None);
    let hit = proxy.log().pop().unwrap();
    assert_eq!(
        (line(&hit), hit.body.as_slice()),
        ("POST http://api.example/browse HTTP/1.1", &br#"{"browseId":"UC1"}"#[..])
    );
    assert_eq!(last(&taken).request_body, hit.body);
    let head = String::from_utf8_lossy(&last(&taken).request_head).into_owned();
    assert!(
        head.starts_with("POST /browse HTTP/1.1\r\nhost: api.example\r\n") && head.contains("content-length: 18\r\n"),
        "{head}"
    );

    let identity = Identity::signed(&["127.0.0.1"]).alpn("h2");
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), &identity.ca_pem).unwrap();
    let h2 = Origin::start_h2(&identity);
    h2.on("/", Answer::html("{}"));
    let client = Client { ca_files: vec![file.path().to_owned()], ..client() };
    let world = World::with(client, Capture { http: HttpVersion::Auto, ..capture() });
    let taken = world.by(post(&h2, "/")).await;
    assert_eq!((taken.failure.clone(), last(&taken).status), (None, Some(200)));
    assert_eq!(h2.log().pop().unwrap().body, br#"{"browseId":"UC1"}"#);
    assert_eq!(last(&taken).request_body.as_ref(), br#"{"browseId":"UC1"}"#);
}

#[tokio::test]
async fn a_host_that_answers_a_post_with_429_is_left_alone() {
    let origin = Origin::start();
    origin.on("/browse", Answer::status(429).field("Retry-After", "3000"));
    let world = World::new();
    let taken = world.by(post(&origin, "/browse")).await;
    assert_eq!(last(&taken).status, Some(429));
    let again = world.by(post(&origin, "/browse")).await;
    assert_eq!(again.outcome_hint, Some(Outcome::RateLimited));
    assert_eq!(asked(&origin).len(), 1);
}

#[tokio::test]
async fn a_post_whose_connection_ends_is_not_sent_again() {
    let origin = Origin::start();
    origin.on("/browse", Answer::raw("").close());
    let taken = World::new().by(post(&origin, "/browse")).await;
    assert_eq!(taken.outcome_hint, Some(Outcome::Disconnected));
    assert_eq!(asked(&origin).iter().filter(|hit| line(hit).starts_with("POST")).count(), 1);
}

#[tokio::test]
async fn the_pace_of_a_route_is_kept_from_whatever_was_asked_before() {
    let origin = Origin::start();
    origin.on("/a", Answer::html("a"));
    let world = World::new();
    world.engine.gate().set_pace(Pace { per_second: 1000.0, ..UNLIMITED }, BTreeMap::new());
    let route = |pace_ms| Route::get("page", origin.url("/a"), pace_ms);
    world.by(route(0)).await;
    // So long a distance that only a clock that does not run by itself would wait for it.
    let ask = Ask {
        gap: Duration::from_secs(3600),
        ..Ask::new(Hop::Data, origin.url("/a"), &world.capture, Instant::now() + Duration::from_secs(60))
    };
    let fetched = world.engine.gate().fetch(ask).await;
    assert_eq!(fetched.exchange.failure.unwrap().kind, FailureKind::TimeoutTotal);
    let taken = world.by(route(3_600_000)).await;
    assert_eq!(taken.failure.unwrap().kind, FailureKind::TimeoutTotal);
    world.by(route(200)).await;
    let hits = asked(&origin);
    assert_eq!(hits.len(), 2, "what was too soon was not asked");
    assert!(hits[1].at.duration_since(hits[0].at) >= Duration::from_millis(190), "at least so long after it");
    assert_eq!(Method::Get, Route::get("page", "", 0).method);
}
