//! How commands end: two at once, Ctrl-C, exit codes, JSON, and hostile words on a terminal.

use std::sync::mpsc;
use std::sync::{Arc, Mutex};

use crate::server::Answer;
use crate::world::{World, article};

/// A page that is answered only when the story says so.
struct Held {
    asked: mpsc::Receiver<()>,
    go: mpsc::Sender<()>,
}

fn hold(world: &World, target: &str) -> Held {
    let ((tell, asked), (go, wait)) = (mpsc::channel(), mpsc::channel::<()>());
    let wait = Arc::new(Mutex::new(wait));
    world.origin.handle("", target, move |_| {
        tell.send(()).ok();
        wait.lock().unwrap().recv().ok();
        Answer::html(article("Held", "It took its time."))
    });
    Held { asked, go }
}

#[test]
fn a_second_process_that_captures_is_told_so() {
    let world = World::new();
    let held = hold(&world, "/slow");
    world.keepfast(&["add", &world.url("/slow")]).well();
    let first = world.start(&["run"]);
    held.asked.recv().unwrap();
    world.keepfast(&["run"]).fails(4, "another process captures").says("process ");
    world.keepfast(&["add", "--once", &world.url("/slow")]).fails(4, "another process captures");
    // Whoever only reads, or adds watches, is not disturbed.
    world.keepfast(&["add", &world.url("/later")]).well();
    world.keepfast(&["list"]).well().says("/later");
    world.keepfast(&["status"]).well().says("a run is at work now");
    world.keepfast(&["verify"]).well();
    held.go.send(()).unwrap();
    first.wait().well().says("1 of 1 kept");
    world.keepfast(&["status"]).well().does_not_say("a run is at work now");
    world.is_sound();
}

#[test]
fn ctrl_c_once_finishes_what_is_in_flight() {
    let world = World::new().env("KEEPFAST_PACE__CONNECTIONS", "1");
    let held = hold(&world, "/slow");
    world.origin.on("/next", Answer::html(article("Next", "Text.")));
    world.keepfast(&["add", &world.url("/slow"), &world.url("/next")]).well();
    let run = world.start(&["run"]);
    held.asked.recv().unwrap();
    run.signal("INT");
    // The reader of signals runs beside the capture: it is heard before the page is let go.
    wait_until_stopping(&world);
    held.go.send(()).unwrap();
    run.wait().ends(130).says("Stopped by the operator").says("1 of 1 kept").says("1 put off");
    assert_eq!(world.outcomes(), ["captured"], "what was in flight is committed");
    assert_eq!(world.one::<String>("SELECT ended FROM run"), "interrupted");
    assert_eq!(world.origin.targets(), ["/slow"], "nothing new was begun");
    world.is_sound();
    world.keepfast(&["run"]).well().says("1 of 1 kept");
    assert_eq!(world.origin.targets(), ["/slow", "/next"]);
}

/// A second process sees no sign of the first one's intent, so the story gives the signal a moment to arrive: the
/// origin answers another host meanwhile, which takes longer than a signal.
fn wait_until_stopping(world: &World) {
    for _ in 0..20 {
        world.keepfast(&["list"]).well();
    }
}

#[test]
fn ctrl_c_twice_aborts_at_once() {
    let world = World::new();
    let held = hold(&world, "/slow");
    world.keepfast(&["add", &world.url("/slow")]).well();
    let run = world.start(&["run"]);
    held.asked.recv().unwrap();
    run.signal("INT");
    wait_until_stopping(&world);
    run.signal("INT");
    run.wait().ends(130);
    assert!(world.outcomes().is_empty(), "what was dropped is not there");
    world.is_sound();
    drop(held);
    world.origin.on("/slow", Answer::html(article("A", "Text.")));
    world.keepfast(&["run"]).well().says("1 of 1 kept");
    world.is_sound();
}

#[test]
fn every_kind_of_ending_has_its_code() {
    let world = World::new().env("KEEPFAST_CAPTURE__MAX_RETRIES", "0");
    world.origin.on("/a", Answer::html(article("A", "Text.")));
    world.keepfast(&["add", "--once", &world.url("/a")]).ends(0);
    world.keepfast(&["add", "--once", &world.url("/missing")]).ends(1);
    world.keepfast(&["fly"]).ends(2).says("fly");
    world.keepfast(&["prune"]).ends(2);
    world.keepfast(&["show", "9999"]).fails(2, "9999");
    world.keepfast(&["--set", "capture.robots=maybe", "list"]).ends(3);
    world.keepfast(&["--archive", "nowhere", "list"]).fails(4, "no archive").says("keepfast init");
    world.keepfast(&["--set", "archive.min_free=900 TB", "run", "--all"]).ends(5);
    world.keepfast(&["--set", "archive.min_free=900 TB", "add", "--once", &world.url("/a")]).fails(5, "free");
    world.keepfast(&["export", "--format", "csv", "-o", "no/such/folder/x.csv"]).fails(7, "no/such/folder");
    world.keepfast(&["--help"]).ends(0).says("Exit codes");
    world.keepfast(&["--version"]).ends(0);
}

#[test]
fn every_reading_command_speaks_json() {
    let world = World::new();
    world.origin.on("/a", Answer::html(article("A", "Text.")));
    let url = world.url("/a");
    world.keepfast(&["add", &url, "--json"]).well().json();
    assert_eq!(world.keepfast(&["run", "--json"]).well().json()["outcomes"][0][0], "captured");
    let words: &[&[&str]] = &[
        &["list"],
        &["status"],
        &["history", &url],
        &["show", &url],
        &["show", "1", "--text"],
        &["show", "1", "--headers"],
        &["verify"],
        &["doctor"],
        &["config", "show"],
        &["config", "show", "--resolved", &url],
        &["config", "check"],
        &["prune", "--plan"],
        &["add", "--once", &url],
        &["tag", &url, "--add", "x"],
        &["pause", &url],
        &["resume", &url],
        &["remove", &url],
        &["backup", "copy"],
        &["export", "--format", "jsonl", "-o", "x.jsonl"],
    ];
    for words in words {
        let all = [words, &["--json"][..]].concat();
        let told = world.keepfast(&all).well();
        assert!(!told.out.is_empty(), "{all:?} says nothing");
        told.json();
    }
    let error = world.keepfast(&["show", "9999", "--json"]).ends(2).json();
    assert_eq!(error["error"]["exit"], 2);
}

#[test]
fn words_of_the_web_do_not_drive_the_terminal() {
    let world = World::new();
    let evil = "\u{1b}[2J\u{1b}]0;owned\u{7}\u{202e}txet\u{9b}31m";
    let page = article(&format!("Title {evil}"), &format!("Body {evil} <a href='/x{evil}'>link</a>"));
    world.origin.on("/a", Answer::html(page));
    world.origin.on("/b", Answer::redirect(302, "javascript:alert(1)\x1b[31m"));
    let (a, b) = (world.url("/a"), world.url("/b"));
    world.keepfast(&["add", "--once", &a, &b, "http://x.test/\u{1b}[31m"]).ends(1);
    for words in [vec!["show", "1"], vec!["show", "1", "--text"], vec!["show", "1", "--headers"], vec!["history", &b]] {
        let said = world.keepfast(&words).well();
        for control in ['\u{1b}', '\u{7}', '\u{9b}', '\u{202e}'] {
            assert!(!said.out.contains(control), "{words:?} lets {control:?} through");
        }
    }
}

#[test]
fn a_reader_that_has_enough_is_no_error() {
    let world = World::new();
    let urls: Vec<String> = (0..3000).map(|n| format!("http://a.test/{n:0>60}")).collect();
    world.file("many.txt", urls.join("\n"));
    world.keepfast(&["import", "many.txt"]).well().says("3000 new");
    let script = format!("{} list | head -n 1", crate::world::KEEPFAST);
    let mut command = world.command(&["sh", "-c", &script], &[]);
    let done = command.output().unwrap();
    assert!(done.status.success() && done.stderr.is_empty(), "{}", String::from_utf8_lossy(&done.stderr));
}

#[test]
fn a_shell_and_a_manual_are_served() {
    let world = World::new();
    for shell in ["bash", "zsh", "fish"] {
        world.keepfast(&["completions", shell]).well().says("keepfast");
    }
    world.keepfast(&["man"]).well().says(".TH keepfast");
    world.keepfast(&["man", "--dir", "pages"]).well();
    assert!(world.path("pages/keepfast-run.1").exists());
}
