//! How others learn how it goes: `status`, `/metrics`, `/healthz`, and a URL that is asked while all is well.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::thread;
use std::time::Duration;

use crate::server::Answer;
use crate::world::{World, article};

/// An address that nobody listens at.
fn free() -> SocketAddr {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap()
}

/// The whole answer, or nothing while nobody listens there.
fn ask(at: SocketAddr, request: &str) -> Option<String> {
    let mut stream = TcpStream::connect(at).ok()?;
    stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    stream.write_all(request.as_bytes()).ok()?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).ok()?;
    (!answer.is_empty()).then_some(answer)
}

fn get(at: SocketAddr, path: &str) -> String {
    let request = format!("GET {path} HTTP/1.1\r\nHost: {at}\r\nConnection: close\r\n\r\n");
    loop {
        match ask(at, &request) {
            Some(answer) => return answer,
            None => thread::park_timeout(Duration::from_millis(30)),
        }
    }
}

#[test]
fn the_service_tells_how_it_goes_to_who_asks_on_this_machine() {
    let at = free();
    let world = World::new().env("KEEPFAST_SERVICE__LISTEN", &at.to_string());
    world.origin.on("/a", Answer::html(article("A", "What the page says.")));
    world.keepfast(&["add", &world.url("/a")]).well();
    let mut service = world.start(&["watch"]);
    service.hear("/a");
    let well = get(at, "/healthz");
    assert!(well.starts_with("HTTP/1.1 200") && well.ends_with("well\n"), "{well}");
    let metrics = get(at, "/metrics");
    assert!(metrics.contains("Content-Type: text/plain") || metrics.contains("content-type: text/plain"), "{metrics}");
    for line in [
        "keepfast_looks_total{outcome=\"captured\"} 1",
        "keepfast_watches{state=\"active\"} 1",
        "keepfast_snapshots 1",
        "keepfast_overdue 0",
        "keepfast_healthy 1",
    ] {
        assert!(metrics.lines().any(|l| l == line), "{line} is not in\n{metrics}");
    }
    for name in
        ["keepfast_disk_free_bytes", "keepfast_commit_age_seconds", "keepfast_writer_queue", "keepfast_in_flight"]
    {
        assert!(metrics.lines().any(|l| l.starts_with(name)), "{name} is not in\n{metrics}");
    }
    assert!(get(at, "/").starts_with("HTTP/1.1 404"));
    let posted =
        ask(at, &format!("POST /metrics HTTP/1.1\r\nHost: {at}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"));
    assert!(posted.unwrap().starts_with("HTTP/1.1 405"));
    let foreign = ask(at, "GET /metrics HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n").unwrap();
    assert!(foreign.starts_with("HTTP/1.1 421") && !foreign.contains("keepfast_"), "{foreign}");
    // Another address holds once the configuration is read anew; who only holds a connection open does not hold up the end.
    let _idle = TcpStream::connect(at).unwrap();
    service.signal("TERM");
    service.wait().well();
    assert!(TcpStream::connect(at).is_err());
}

#[test]
fn where_it_tells_can_be_changed_while_it_runs_but_is_never_another_machine() {
    let (old, new) = (free(), free());
    let world = World::new();
    world.config(&format!("[service]\nlisten = \"{old}\"\n"));
    let mut service = world.start(&["watch"]);
    get(old, "/healthz");
    world.config("[service]\nlisten = \"0.0.0.0:9464\"\n");
    service.signal("HUP");
    service.hear("the configuration stays as it was");
    get(old, "/healthz");
    world.config(&format!("[service]\nlisten = \"{new}\"\n"));
    service.signal("HUP");
    service.hear("read anew");
    get(new, "/healthz");
    assert!(TcpStream::connect(old).is_err());
    service.signal("TERM");
    service.wait().well();
    for (bad, why) in [("0.0.0.0:9464", "only on this machine"), ("localhost", "an address with a port")] {
        world.config(&format!("[service]\nlisten = \"{bad}\"\n"));
        world.keepfast(&["config", "check"]).ends(3).says(why);
    }
    let taken = TcpListener::bind(old).unwrap();
    world.config(&format!("[service]\nlisten = \"{old}\"\n"));
    let ended = world.keepfast(&["watch"]);
    assert_ne!(ended.code, 0);
    ended.says("service.listen");
    drop(taken);
}

#[test]
fn while_all_is_well_somebody_is_called_and_the_secret_stays_one() {
    let world = World::new();
    world.origin.on("/alive/s3cret", Answer::html("ok"));
    let url = world.url("/alive/s3cret");
    world.config(&format!("[service]\nalive_url = \"{url}\"\nalive_every = \"1s\"\n"));
    let shown = world.keepfast(&["config", "show", "--resolved"]).well();
    assert!(shown.out.contains("service.alive_url") && !shown.out.contains("s3cret"), "{}", shown.out);
    let mut service = world.start(&["watch"]);
    let calls = || world.origin.targets().iter().filter(|t| *t == "/alive/s3cret").count();
    while calls() < 3 {
        thread::park_timeout(Duration::from_millis(30));
    }
    world.origin.on("/alive/s3cret", Answer::status(500));
    let line = service.hear("does not answer well");
    assert!(!line.contains("s3cret"), "{line}");
    world.origin.on("/alive/s3cret", Answer::html("ok"));
    service.hear("answers again");
    service.signal("TERM");
    service.wait().well().does_not_say("s3cret");
    // Neither is it in the catalogue, which is passed on.
    assert_eq!(world.one::<i64>("SELECT count(*) FROM run WHERE config LIKE '%s3cret%'"), 0);
    assert_eq!(world.one::<i64>("SELECT count(*) FROM snapshot"), 0, "a call is no look");
}

#[test]
fn the_status_tells_what_is_overdue_in_trouble_missed_and_how_long_the_disk_lasts() {
    let world = World::new();
    for n in 0..3 {
        world.origin.on(&format!("/{n}"), Answer::html(article("A", "What the page says.")));
        world.keepfast(&["add", &world.url(&format!("/{n}")), "--every", "1d"]).well();
    }
    world.keepfast(&["run"]).well();
    let first = world.keepfast(&["status", "--json"]).well().json();
    assert_eq!((first["overdue"].as_u64(), first["week"]["snapshots"].as_u64()), (Some(0), Some(3)));
    let octets: u64 = world.segments().iter().map(|path| std::fs::metadata(path).unwrap().len()).sum();
    let counted = first["week"]["octets"].as_u64().unwrap();
    assert!(counted > 0 && counted <= octets, "{counted} of {octets}, which hold a head of their own");
    assert!(first["growth"].as_f64().unwrap() > counted as f64, "the catalogue grows, too");
    assert!(first["days_left"].as_f64().unwrap() > 0.0);

    world.time_passes(3 * 86_400);
    let later = world.keepfast(&["status", "--json"]).well().json();
    assert_eq!(later["overdue"], 3);
    world.keepfast(&["status"]).well().says("3 for more than five minutes");
    world.origin.on("/1", Answer::status(503));
    world.origin.on("/2", Answer::status(404));
    world.keepfast(&["run", "--set", "capture.max_retries=0"]).ends(1);
    let now = world.keepfast(&["status", "--json"]).well().json();
    assert_eq!((now["overdue"].as_u64(), now["week"]["failed"].as_u64()), (Some(0), Some(2)), "{now}");
    assert!(now["week"]["missed"].as_u64().unwrap() >= 3, "{now}");
    assert_eq!(now["troubled"][0][1], 1, "a 404 is no trouble of its host: {now}");
    assert_eq!(now["vanished"], serde_json::json!([["suspect", 1]]));
    world.keepfast(&["status"]).well().says("1 watch of 127.0.0.1").says("1 suspect").says("due times missed");
    let days = world.column("SELECT snapshots || ' ' || failed FROM day");
    assert!(days.len() <= 2, "a test around midnight: {days:?}");
}
