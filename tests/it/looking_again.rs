//! Looking at a page a second time: nothing new, something new, and what only seems to be.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use crate::server::Answer;
use crate::world::{World, article};

const CHALLENGE: &str =
    "<html><head><title>Just a moment...</title></head><body><h1>Checking your browser</h1></body></html>";

#[test]
fn a_304_keeps_a_snapshot_and_fetches_nothing_twice() {
    let world = World::new();
    let page = format!("{}<img src=/i.png>", article("A", "Text."));
    world.origin.handle("", "/a", move |hit| match hit.field("if-none-match") {
        Some("\"v1\"") => Answer::status(304).field("ETag", "\"v1\""),
        _ => Answer::html(page.clone()).field("ETag", "\"v1\""),
    });
    world.origin.on("/i.png", Answer::of("image/png", *b"\x89PNG\r\n\x1a\n1"));
    world.keepfast(&["add", &world.url("/a")]).well();
    world.keepfast(&["run"]).well();
    let before = world.one::<i64>("SELECT sum(length) FROM segment");
    world.keepfast(&["run", "--all"]).well().says("1 of 1 kept");
    assert_eq!(world.outcomes(), ["captured", "unchanged"]);
    assert_eq!(world.one::<String>("SELECT flags FROM snapshot WHERE id = 2"), "not-modified");
    assert_eq!(world.origin.targets(), ["/a", "/i.png", "/a"], "the picture is held already");
    let added = world.one::<i64>("SELECT sum(length) FROM segment") - before;
    assert!(added < 2200, "{added} octets for a page that did not change, robots.txt included");
    // The snapshot shows what it confirms.
    world.keepfast(&["show", "2"]).well().says("Text.").says("unchanged");
    let media = world.keepfast(&["show", "2", "--json"]).well().json();
    assert_eq!(media["media"][0]["url"], world.url("/i.png"));
    world.is_sound();
}

#[test]
fn the_same_octets_are_kept_once() {
    let world = World::new();
    let body = article("A", "Text.");
    world.origin.on("/a", Answer::html(body.clone())).on("/b", Answer::html(body.clone()));
    for page in ["/a", "/b"] {
        world.keepfast(&["add", &world.url(page)]).well();
        world.keepfast(&["run"]).well();
    }
    world.keepfast(&["run", "--all"]).well();
    assert_eq!(world.outcomes(), ["captured", "captured", "unchanged", "unchanged"]);
    let kept = "SELECT count(*) FROM payload WHERE size > 300";
    assert_eq!(world.one::<i64>(kept), 1, "one body, however many URLs and times");
    let text = world.segments().iter().map(|s| World::warc_text(s)).collect::<String>();
    assert_eq!(text.matches("Text.").count(), 1);
    assert_eq!(text.matches("WARC-Type: revisit").count(), text.matches("identical-payload-digest").count());
    for id in ["1", "2", "3", "4"] {
        assert_eq!(world.keepfast(&["show", id, "--raw"]).well().out, body, "snapshot {id} gives the octets back");
    }
    world.is_sound();
}

#[test]
fn a_validator_that_lies_is_found_out_by_asking_in_full() {
    let world = World::new();
    let edited = Arc::new(AtomicBool::new(false));
    let now = edited.clone();
    world.origin.handle("", "/a", move |hit| match hit.field("if-none-match") {
        Some(_) => Answer::status(304),
        None if now.load(Ordering::SeqCst) => Answer::html(article("A", "Now it says no.")).field("ETag", "\"same\""),
        None => Answer::html(article("A", "It said yes.")).field("ETag", "\"same\""),
    });
    world.keepfast(&["--set", "capture.full_fetch_every=7d", "add", &world.url("/a")]).well();
    world.keepfast(&["run"]).well();
    edited.store(true, Ordering::SeqCst);
    world.keepfast(&["run", "--all"]).well();
    assert_eq!(world.outcomes().last().unwrap(), "unchanged", "the server says so");
    world.time_passes(8 * 86_400);
    world.keepfast(&["run", "--all"]).well().says("1 changed");
    assert_eq!(world.outcomes(), ["captured", "unchanged", "captured"]);
    assert_eq!(world.one::<i64>("SELECT changed FROM snapshot WHERE id = 3"), 1);
    world.keepfast(&["show", &world.url("/a"), "--text"]).well().says("Now it says no.");
}

#[test]
fn an_edit_is_noticed_and_a_counter_is_not_one() {
    let world = World::new();
    let visits = Arc::new(AtomicUsize::new(0));
    let count = visits.clone();
    world.origin.handle("", "/a", move |_| {
        let n = count.fetch_add(1, Ordering::SeqCst);
        let said = if n < 2 { "The mayor stays." } else { "The mayor goes." };
        // What changes with every visit and says nothing.
        Answer::html(format!("{}<script>var token = 'f00d{n}';</script><!-- made in {n} ms -->", article("A", said)))
    });
    world.keepfast(&["add", &world.url("/a")]).well();
    for _ in 0..3 {
        world.keepfast(&["run", "--all"]).well();
    }
    assert_eq!(world.outcomes(), ["captured", "unchanged", "captured"]);
    let history = world.keepfast(&["history", &world.url("/a"), "--json"]).well().json();
    assert_eq!(history.as_array().unwrap().len(), 3);
    let newest = world.keepfast(&["history", &world.url("/a"), "--limit", "1", "--json"]).well().json();
    assert_eq!(newest[0]["changed"], true);
    world.keepfast(&["history", &world.url("/a")]).well().says("captured").says("unchanged");
}

#[test]
fn a_wall_is_kept_and_never_becomes_current() {
    let walls = [
        ("challenge", Answer::html(CHALLENGE)),
        ("not_found", Answer::status(404)),
        ("gone", Answer::status(410)),
        ("forbidden", Answer::status(403)),
        ("server_error", Answer::status(500)),
        ("soft_404", Answer::html("<title>Page not found</title><h1>Page not found</h1><p>Sorry.</p>")),
        ("login_wall", Answer::redirect(302, "/login")),
    ];
    for (outcome, wall) in walls {
        let world = World::new().env("KEEPFAST_CAPTURE__MAX_RETRIES", "0");
        world.origin.on("/a", Answer::html(article("A", "The content.")));
        let login = "<title>Log in</title><form><input name=user><input type=password name=p></form>";
        world.origin.on("/login", Answer::html(login));
        world.keepfast(&["add", &world.url("/a")]).well();
        world.keepfast(&["run"]).well();
        world.origin.on("/a", wall);
        world.keepfast(&["run", "--all"]).ends(1).says(outcome);
        assert_eq!(world.outcomes(), ["captured", outcome]);
        assert_eq!(world.one::<i64>("SELECT current_snapshot FROM watch"), 1, "{outcome} stands for the content");
        world.keepfast(&["show", &world.url("/a"), "--text"]).well().says("The content.");
        world.keepfast(&["history", &world.url("/a")]).well().says(outcome);
        world.is_sound();
    }
}

#[test]
fn the_body_of_a_wall_is_kept_as_evidence() {
    let world = World::new();
    world.origin.on("/a", Answer::html(CHALLENGE));
    world.keepfast(&["add", "--once", &world.url("/a")]).ends(1).says("challenge");
    assert_eq!(world.keepfast(&["show", "1", "--raw"]).well().out, CHALLENGE);
}

#[test]
fn what_fails_for_a_moment_is_tried_again() {
    let world = World::new();
    world.origin.handle("", "/a", |hit| match hit.before {
        0 => Answer::status(503).field("Retry-After", "1"),
        _ => Answer::html(article("A", "At last.")),
    });
    world.keepfast(&["add", "--once", &world.url("/a")]).well().says("At last.");
    assert_eq!(world.outcomes(), ["rate_limited", "captured"], "both tries leave a snapshot");
    assert_eq!(world.column("SELECT attempt FROM snapshot ORDER BY id"), ["1", "2"]);
    let log = world.origin.log();
    let times: Vec<_> = log.iter().filter(|h| h.target == "/a").map(|h| h.at).collect();
    assert!(times[1].duration_since(times[0]).as_millis() >= 1000, "the server asked for a second");
}
