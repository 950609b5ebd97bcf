//! What the user gave goes where it may, is kept nowhere, and is left out when it is not accepted.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use keepfast::capture::{Engine as _, HttpEngine, Jar, PageAsk, PageTaken};
use keepfast::clock::System;
use keepfast::model::{Credential, Flag, Hop, Pace, Platform, Route};
use keepfast::net::{Gate, Given};
use url::Url;

use crate::fetching::{capture, client};
use crate::server::{Answer, Origin};
use crate::world::{World, article};

const SECRET: &str = "s3cr3t-of-mine-0123456789";
const KEY: &str = "k3y/of+mine==98765";

/// A line of a cookie file.
fn line(host: &str, name: &str, value: &str, expires: i64) -> String {
    format!("#HttpOnly_{host}\tFALSE\t/\tFALSE\t{expires}\t{name}\t{value}\n")
}

/// Everything that is kept, as text, members of gzip opened.
fn all_octets(folder: &Path) -> String {
    let mut out = String::new();
    for entry in fs::read_dir(folder).unwrap().map(Result::unwrap) {
        let path = entry.path();
        if path.is_dir() {
            out.push_str(&all_octets(&path));
        } else if path.extension().is_some_and(|e| e == "gz") {
            out.push_str(&World::warc_text(&path));
        }
        if path.is_file() {
            out.push_str(&String::from_utf8_lossy(&fs::read(&path).unwrap()));
        }
    }
    out
}

#[test]
fn the_cookie_is_sent_and_kept_nowhere() {
    let world = World::new();
    world.file("cookies.txt", line("127.0.0.1", "sid", SECRET, 0));
    world.config(
        "[credential.\"mine\"]\nhosts = [\"127.0.0.1\"]\ncookies = \"cookies.txt\"\n[tag.in]\ncredentials = true\n",
    );
    let seen = Arc::new(Mutex::new(Vec::new()));
    let log = Arc::clone(&seen);
    let picture = world.url_of("b.test", "/there.png");
    world.origin.handle("", "/in", move |hit| {
        log.lock().unwrap().push(hit.field("cookie").map(str::to_owned));
        let text = format!("Only for you. {SECRET} is what you sent.");
        Answer::html(format!("{}<img src=/own.png><img src='{picture}'>", article("Inside", &text)))
            .field("Set-Cookie", format!("sid={SECRET}-renewed; Path=/"))
            .field("X-Echo", SECRET)
    });
    world.origin.on("/own.png", Answer::of("image/png", "\u{89}PNG own"));
    world.origin.on_host("b.test", "/there.png", Answer::of("image/png", "\u{89}PNG there"));
    world.keepfast(&["-v", "add", "--once", "--tag", "in", &world.url("/in")]).well().does_not_say(SECRET);
    assert_eq!(*seen.lock().unwrap(), [Some(format!("sid={SECRET}"))], "the host is sent it");
    let asked = |target: &str| {
        let log = world.origin.log();
        log.into_iter().find(|hit| hit.target == target).unwrap().field("cookie").map(str::to_owned)
    };
    assert_eq!(asked("/own.png"), Some(format!("sid={SECRET}")), "with the parts of the page as well");
    assert_eq!(asked("/there.png"), None, "other hosts are not");
    assert_eq!(asked("/robots.txt"), None);

    let kept = all_octets(&world.path("archive"));
    assert!(!kept.contains(SECRET), "the secret stands in the archive");
    assert!(kept.contains("cookie: redacted") && kept.contains("sid=redacted") && kept.contains("credential: mine"));
    assert!(kept.contains("Only for you. ************************* is what"), "its length stays");
    assert!(world.one::<String>("SELECT flags FROM snapshot").contains("credential-used"));
    world.keepfast(&["config", "show"]).well().says("credential.\"mine\".kind").does_not_say(SECRET);
    world.is_sound();
}

#[test]
fn without_the_setting_pages_are_asked_as_anybody_would() {
    let world = World::new();
    world.file("cookies.txt", line("127.0.0.1", "sid", SECRET, 0));
    world.config("[credential.\"mine\"]\nhosts = [\"127.0.0.1\"]\ncookies = \"cookies.txt\"\n");
    world.origin.on("/in", Answer::html(article("Outside", "For all.")));
    world.keepfast(&["add", "--once", &world.url("/in")]).well();
    assert!(world.origin.log().iter().all(|hit| hit.field("cookie").is_none()));
    assert!(!world.one::<String>("SELECT coalesce(flags, '') FROM snapshot").contains("credential-used"));
}

#[test]
fn what_is_not_accepted_is_left_out_told_and_taken_up_when_it_changes() {
    let world = World::new().env("KEEPFAST_CAPTURE__CREDENTIALS", "true");
    world.file("cookies.txt", line("127.0.0.1", "sid", SECRET, 0));
    world.config(
        "[credential.\"mine\"]\nhosts = [\"127.0.0.1\"]\ncookies = \"cookies.txt\"\n[[notify]]\nto = \"feed:events.atom\"\nkinds = [\"login\"]\n",
    );
    world.origin.handle("", "/in", |hit| match hit.field("cookie") {
        Some(cookie) if cookie.contains("new") => Answer::html(article("In", "Inside again.")),
        Some(_) => Answer::status(401),
        None => Answer::html(article("Out", "For all.")),
    });
    let url = world.url("/in");
    world.keepfast(&["add", &url]).well();
    world.keepfast(&["run"]).ends(1).says("the credential mine is left out until it changes");
    let cookies = || -> Vec<bool> {
        world.origin.log().iter().filter(|hit| hit.target == "/in").map(|hit| hit.field("cookie").is_some()).collect()
    };
    let first = cookies();
    assert_eq!(first[0], true);
    assert_eq!(first.iter().filter(|sent| **sent).count(), 1, "nobody is asked with it again");
    assert!(fs::read_to_string(world.path("events.atom")).unwrap().contains("credential mine"));
    // Another process: it is known still, and told once.
    world.keepfast(&["run", "--all"]).well();
    assert_eq!(cookies().last(), Some(&false));
    assert_eq!(world.one::<i64>("SELECT count(*) FROM outbox WHERE kind = 'login'"), 1);
    world.file("cookies.txt", line("127.0.0.1", "sid", "new-and-good", 0));
    world.keepfast(&["run", "--all"]).well();
    assert_eq!(cookies().last(), Some(&true), "what changed is tried");
    let kept = all_octets(&world.path("archive"));
    assert!(!kept.contains(SECRET) && !kept.contains("new-and-good"));
    world.is_sound();
}

#[test]
fn expired_cookies_and_bad_files_are_told_with_their_reason() {
    let hours_ago = 1_500_000_000;
    for (file, why) in [
        (line("127.0.0.1", "sid", SECRET, hours_ago), "have expired"),
        (format!("# comment\nno cookie {SECRET}\n"), "line 2"),
    ] {
        let world = World::new().env("KEEPFAST_CAPTURE__CREDENTIALS", "true");
        world.file("cookies.txt", file);
        world.config("[credential.\"mine\"]\nhosts = [\"127.0.0.1\"]\ncookies = \"cookies.txt\"\n");
        world.origin.on("/in", Answer::html(article("Out", "For all.")));
        world.keepfast(&["add", "--once", &world.url("/in")]).well().says(why).does_not_say(SECRET);
        assert!(world.origin.log().iter().all(|hit| hit.field("cookie").is_none()));
        assert!(!all_octets(&world.path("archive")).contains(SECRET));
    }
}

#[test]
fn wrong_sections_are_errors_that_quote_no_secret() {
    for (text, why) in [
        ("hosts = [\"a.test\"]\n", "takes one of cookies"),
        ("hosts = [\"a.test\"]\ntoken = \"s3cr3t-of-mine\"\nkey = \"s3cr3t-of-mine\"\n", "takes one of cookies"),
        ("token = \"s3cr3t-of-mine\"\n", "neither for which platform nor for which hosts"),
        ("platform = \"redit\"\ntoken = \"s3cr3t-of-mine\"\n", "reddit"),
        ("hosts = [\"a b\"]\ntoken = \"s3cr3t-of-mine\"\n", "names of hosts"),
        ("hosts = [\"a.test\"]\ntokn = \"s3cr3t-of-mine\"\n", "token"),
        ("hosts = [\"a.test\"]\ntoken = [\"s3cr3t-of-mine\"]\n", "text of one line"),
    ] {
        let world = World::new();
        world.config(&format!("[credential.\"mine\"]\n{text}"));
        world.keepfast(&["config", "show"]).ends(3).says(why).does_not_say("s3cr3t");
    }
    let world = World::new();
    world.config("[credential.\"mine\"]\nplatform = \"mastodon\"\ntoken = \"s3cr3t-of-mine\"\n");
    world.keepfast(&["add", "--once", &world.url("/")]).ends(3).says("hosts of its own").does_not_say("s3cr3t");
}

/// A gate with one credential, and what was asked through it.
struct Lab {
    engine: HttpEngine,
    _folder: tempfile::TempDir,
}

impl Lab {
    fn new(kind: Credential, value: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let gate = Gate::new(client(), folder.path().join("spool"), Arc::new(System)).unwrap();
        let pace =
            Pace { per_second: 0.0, burst: 1, connections: 4, max_crawl_delay: Duration::from_secs(5), budget: None };
        gate.set_pace(pace, BTreeMap::new());
        let value = value.to_owned();
        gate.set_credentials(vec![Given {
            name: "mine".into(),
            kind,
            platform: Some(Platform::Vk),
            hosts: vec![("127.0.0.1".into(), false)],
            read: Arc::new(move || Ok(value.clone())),
        }]);
        Self { engine: HttpEngine::new(gate, Arc::new(System)), _folder: folder }
    }

    async fn by(&self, route: Route) -> PageTaken {
        let ask = PageAsk {
            url: Url::parse(&route.url).unwrap(),
            hop: Hop::Data,
            via: None,
            capture: Arc::new(capture()),
            validators: None,
            listed_by_person: true,
            redirects_used: 0,
            route: Some(route),
        };
        self.engine.page(ask, Jar::default()).await
    }
}

/// Everything of what was taken, in words.
fn told(taken: &PageTaken) -> String {
    format!("{taken:?}").replace("\\\"", "\"")
}

#[tokio::test]
async fn a_token_goes_with_the_route_that_asks_for_it_and_no_further() {
    let origin = Origin::start();
    origin.on("/api", Answer::redirect(302, "/moved"));
    origin.on("/moved", Answer::of("application/json", "{}"));
    let lab = Lab::new(Credential::Bearer, SECRET);
    let url = origin.url("/api");
    let taken = lab.by(Route::get("api", url.clone(), 0).needs(Credential::Bearer)).await;
    assert_eq!(taken.failure, None);
    let hits: Vec<_> = origin.log().into_iter().filter(|hit| hit.target != "/robots.txt").collect();
    assert_eq!(hits[0].field("authorization"), Some(format!("Bearer {SECRET}").as_str()));
    assert_eq!(hits[1].field("authorization"), None, "not along a redirect");
    assert!(!told(&taken).contains(SECRET));
    assert!(taken.flags.contains(&Flag::CredentialUsed));
    // Neither with a route that does not ask for it, nor with one that asks for something else.
    lab.by(Route::get("api", url.clone(), 0)).await;
    lab.by(Route::get("api", url.clone(), 0).with(Credential::Cookies)).await;
    assert_eq!(origin.log().iter().filter(|hit| hit.field("authorization").is_some()).count(), 1);
    let gate = lab.engine.gate();
    assert!(gate.has_credential(Platform::Vk, Credential::Bearer, &url));
    assert!(!gate.has_credential(Platform::Ok, Credential::Bearer, &url));
    assert!(!gate.has_credential(Platform::Vk, Credential::Key, &url));
    let open = Url::parse("http://example.org/api").unwrap();
    assert!(!gate.has_credential(Platform::Vk, Credential::Bearer, &open), "not to others, nor in the clear");
}

#[tokio::test]
async fn a_key_stands_in_the_query_on_the_wire_only() {
    let origin = Origin::start();
    origin.on("/method", Answer::of("application/json", format!("{{\"request_params\":\"{KEY}\"}}")));
    let lab = Lab::new(Credential::Key, KEY);
    let route = || Route::get("api", format!("{}?v=5&access_token={{key}}", origin.url("/method")), 0);
    let taken = lab.by(route().needs(Credential::Key)).await;
    assert_eq!(taken.failure, None);
    let target = origin.log().pop().unwrap().target;
    assert_eq!(target, "/method?v=5&access_token=k3y%2Fof%2Bmine%3D%3D98765");
    let x = &taken.exchanges[taken.last.unwrap()].exchange;
    assert!(x.url.ends_with("/method?v=5&access_token=redacted"), "{}", x.url);
    assert!(x.request_head.starts_with(b"GET /method?v=5&access_token=redacted HTTP/1.1\r\n"));
    assert_eq!(x.credential.as_deref(), Some("mine"));
    let told = told(&taken);
    assert!(!told.contains(KEY) && !told.contains("k3y%2F"), "{told}");
    assert!(told.contains("******************"));
    // Without one, nobody is asked.
    let none = Lab::new(Credential::Bearer, SECRET);
    let refused = none.by(route().needs(Credential::Key)).await;
    assert!(refused.failure.unwrap().message.contains("none is at hand"));
    assert_eq!(origin.log().iter().filter(|hit| hit.target.starts_with("/method")).count(), 1);
}

#[tokio::test]
async fn a_secret_that_comes_in_pieces_is_taken_out_of_the_body() {
    let origin = Origin::start();
    let (first, second) = SECRET.split_at(9);
    let chunk = |text: &str| format!("{:x}\r\n{text}\r\n", text.len());
    let body = [chunk(&format!("before {first}")), chunk(second), chunk(" after"), chunk("")].concat();
    origin.on("/api", Answer::raw(format!("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n{body}")));
    let lab = Lab::new(Credential::Bearer, SECRET);
    let taken = lab.by(Route::get("api", origin.url("/api"), 0).needs(Credential::Bearer)).await;
    let fetched = &taken.exchanges[taken.last.unwrap()];
    let mut text = String::new();
    std::io::Read::read_to_string(&mut fetched.body.reader().unwrap(), &mut text).unwrap();
    assert_eq!(text, format!("before {} after", "*".repeat(SECRET.len())));
    assert_eq!(fetched.exchange.body_len, text.len() as u64);
}

#[tokio::test]
async fn a_lost_credential_is_told_once_and_its_state_survives() {
    let origin = Origin::start();
    origin.on("/api", Answer::status(403));
    let lab = Lab::new(Credential::Bearer, SECRET);
    let url = origin.url("/api");
    let route = || Route::get("api", url.clone(), 0).with(Credential::Bearer);
    lab.by(route()).await;
    let gate = lab.engine.gate();
    assert!(!gate.has_credential(Platform::Vk, Credential::Bearer, &url));
    let lost = gate.lost_credentials();
    assert!(lost.len() == 1 && lost[0].why.contains("403"), "{lost:?}");
    assert!(gate.lost_credentials().is_empty());
    lab.by(route()).await;
    assert_eq!(origin.log().iter().filter(|hit| hit.field("authorization").is_some()).count(), 1);
    let states = gate.host_states();
    assert!(!format!("{states:?}").contains(SECRET));
    let again = Lab::new(Credential::Bearer, SECRET);
    again.engine.gate().restore(states.clone());
    assert!(!again.engine.gate().has_credential(Platform::Vk, Credential::Bearer, &url));
    let changed = Lab::new(Credential::Bearer, "another-token-of-mine");
    changed.engine.gate().restore(states);
    assert!(changed.engine.gate().has_credential(Platform::Vk, Credential::Bearer, &url));
    changed.engine.gate().lose_credential("mine", "a wall came");
    assert!(!changed.engine.gate().has_credential(Platform::Vk, Credential::Bearer, &url));
}
