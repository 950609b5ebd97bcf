//! The service: looks when it is time, hears of what is added, takes a changed configuration, ends in time.

use std::time::{Duration, Instant};

use crate::server::Answer;
use crate::world::{World, article};

fn page(world: &World, target: &str) -> String {
    world.origin.on(target, Answer::html(article(target, "What the page says.")));
    world.url(target)
}

#[test]
fn the_service_looks_at_what_is_due_and_at_what_is_added_while_it_runs() {
    let world = World::new();
    let (a, b) = (page(&world, "/a"), page(&world, "/b"));
    world.keepfast(&["add", &a]).well();
    let mut service = world.start(&["watch"]);
    service.hear("/a");
    world.keepfast(&["add", &b, "--every", "1s"]).well();
    service.hear("/b");
    // An interval of a second, shaken by at most a twentieth: it comes again and again.
    while world.origin.targets().iter().filter(|t| *t == "/b").count() < 3 {
        std::thread::park_timeout(Duration::from_millis(50));
    }
    // Another process that wants to capture is told that one does; who only looks is served.
    world.keepfast(&["run"]).fails(4, "another process");
    world.keepfast(&["status"]).well();
    let asked = Instant::now();
    service.signal("TERM");
    let ended = service.wait().well();
    assert!(asked.elapsed() < Duration::from_secs(5), "{:?}", asked.elapsed());
    ended.says("looks");
    let snapshots: i64 = world.one("SELECT count(*) FROM snapshot");
    assert_eq!(world.one::<i64>("SELECT count(*) FROM due WHERE snapshot IS NOT NULL"), snapshots);
    assert_eq!(world.one::<String>("SELECT ended FROM run ORDER BY id DESC LIMIT 1"), "interrupted");
    world.is_sound();
}

#[test]
fn a_look_that_hangs_does_not_hold_up_the_end() {
    let world = World::new();
    world.origin.on(
        "/slow",
        Answer::raw("HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 900\r\n\r\n<p>This").hang(),
    );
    world.keepfast(&["add", &world.url("/slow")]).well();
    let service = world.start(&["watch"]);
    while world.origin.targets().is_empty() {
        std::thread::park_timeout(Duration::from_millis(20));
    }
    let asked = Instant::now();
    service.signal("TERM");
    service.wait().well();
    assert!(asked.elapsed() < Duration::from_secs(5), "{:?}", asked.elapsed());
    // It is not forgotten: the next service takes it up.
    world.origin.on("/slow", Answer::html(article("Slow", "There it is.")));
    let mut again = world.start(&["watch"]);
    again.hear("captured");
    again.signal("TERM");
    again.wait().well();
    assert_eq!(world.column("SELECT ended FROM due"), ["ran"]);
    world.is_sound();
}

#[test]
fn a_changed_configuration_is_taken_and_a_bad_one_is_not() {
    let world = World::new();
    let (a, b) = (page(&world, "/a"), page(&world, "/b"));
    world.config(&format!("[[watch]]\nurl = \"{a}\"\n"));
    let mut service = world.start(&["watch"]);
    service.hear("/a");
    world.config("[[watch]]\nurl = \n");
    service.signal("HUP");
    service.hear("the configuration stays as it was");
    world.config(&format!("[[watch]]\nurl = \"{a}\"\n[[watch]]\nurl = \"{b}\"\nevery = \"1h\"\n"));
    service.signal("HUP");
    service.hear("read anew");
    service.hear("/b");
    service.signal("INT");
    service.wait().well();
    assert_eq!(world.one::<i64>("SELECT count(*) FROM run"), 2, "a run says with which configuration it ran");
    assert_eq!(world.one::<i64>("SELECT count(DISTINCT config_digest) FROM run"), 1, "watches are no settings");
    assert_eq!(world.column("SELECT count(*) FROM snapshot GROUP BY watch"), ["1", "1"]);
}

#[test]
fn schedules_are_shown_and_set() {
    let world = World::new();
    let url = page(&world, "/a");
    world.keepfast(&["add", &url]).well();
    world.keepfast(&["schedule"]).well().says("adaptive").says("now");
    world.keepfast(&["run"]).well();
    world.keepfast(&["schedule", &url]).well().says("next").says("past").says("ran: snapshot 1");
    world.keepfast(&["schedule", &url, "--every", "30 2 * * * Europe/Berlin"]).well().says("its own times");
    let plan = world.keepfast(&["schedule", "1", "--times", "3", "--json"]).well().json();
    assert_eq!(plan[0]["every"], "30 2 * * * Europe/Berlin");
    assert_eq!(plan[0]["next"].as_array().unwrap().len(), 3);
    assert_eq!(plan[0]["ended"][0]["reason"], "rescheduled");
    world.keepfast(&["schedule", "1", "--every", "61 * * * *"]).ends(2).says("not five fields");
    world.keepfast(&["schedule", "--every", "1h"]).fails(2, "which watches");
    world.keepfast(&["schedule", "1", "--clear"]).well().says("adaptive").does_not_say("its own times");
    world.keepfast(&["pause", "1"]).well();
    world.keepfast(&["schedule", "1"]).well().says("never: it is paused").says("skipped: paused");
    world.keepfast(&["resume", "1"]).well();
    world.keepfast(&["schedule", "1"]).well().says("next");
}

#[test]
fn what_came_due_while_nothing_ran_is_accounted_for() {
    let world = World::new();
    let url = page(&world, "/a");
    world.keepfast(&["add", &url, "--every", "1d"]).well();
    world.keepfast(&["run"]).well();
    world.time_passes(10 * 86_400);
    world.keepfast(&["run"]).well();
    let past = world.keepfast(&["schedule", &url, "--json"]).well().json();
    let ends: Vec<&str> = past[0]["ended"].as_array().unwrap().iter().map(|e| e["ended"].as_str().unwrap()).collect();
    assert_eq!(ends, ["late", "missed", "ran"]);
    let missed = past[0]["ended"][1]["times"].as_i64().unwrap();
    assert!((8..=9).contains(&missed), "{missed}");
    assert_eq!(world.origin.targets().iter().filter(|t| *t == "/a").count(), 2, "one look makes up for all of them");
}

#[test]
fn a_changed_configuration_gives_watches_other_times() {
    let world = World::new();
    let (a, b) = (page(&world, "/a"), page(&world, "/b"));
    world.config("[run]\nevery = \"30d\"\n[tag.slow]\nevery = \"20d\"\n");
    world.keepfast(&["add", &a]).well();
    world.keepfast(&["add", &b, "--tag", "slow"]).well();
    world.keepfast(&["run"]).well();
    let due = || world.column("SELECT due_at FROM watch ORDER BY id");
    let before = due();
    world.keepfast(&["run"]).well();
    assert_eq!(due(), before, "nothing changed");
    world.config("[run]\nevery = \"1h\"\n[tag.slow]\nevery = \"20d\"\n");
    world.keepfast(&["run"]).well();
    let after = due();
    assert_ne!(after[0], before[0]);
    assert_eq!(after[1], before[1], "its times are what they were");
    assert_eq!(world.column("SELECT reason FROM due WHERE reason IS NOT NULL"), ["rescheduled"]);
    assert_eq!(world.one::<i64>("SELECT due_at / 1000 - unixepoch() < 7200 FROM watch WHERE id = 1"), 1);
}
