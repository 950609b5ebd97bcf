//! What changed, through the built binary: committed with the snapshot, shown, listed, exported.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::Value;

use crate::made::look;
use crate::server::Answer;
use crate::world::{World, article};

const NEWS: &str = include_str!("../noise/news-en.html");
const BLOG: &str = include_str!("../noise/blog-wp.html");

/// A page whose words are those of the look that is set.
fn pages(world: &World, path: &str, texts: &[&str]) -> Arc<AtomicUsize> {
    let at = Arc::new(AtomicUsize::new(0));
    let (now, texts) = (at.clone(), texts.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>());
    world
        .origin
        .handle("", path, move |_| Answer::html(texts[now.load(Ordering::SeqCst).min(texts.len() - 1)].clone()));
    at
}

fn items(ended: &Value) -> Vec<(String, String)> {
    let word = |item: &Value, name: &str| item[name].as_str().unwrap_or_default().to_owned();
    let items = ended["items"].as_array().unwrap();
    items.iter().map(|item| (word(item, "subject"), word(item, "action"))).collect()
}

#[test]
fn an_edit_is_told_word_by_word_wherever_it_is_asked_for() {
    let world = World::new();
    let texts = ["The mayor stays in office.", "The mayor goes from office."].map(|text| article("A town", text));
    let at = pages(&world, "/a", &[&texts[0], &texts[1]]);
    world.keepfast(&["add", "--tag", "town", &world.url("/a")]).well();
    world.keepfast(&["run"]).well();
    at.store(1, Ordering::SeqCst);
    world.keepfast(&["run", "--all"]).well().says("1 changed");

    assert_eq!(world.column("SELECT subject || ' ' || action FROM change WHERE snapshot = 2"), ["text edited"]);
    assert_eq!(world.one::<String>("SELECT what FROM snapshot WHERE id = 2"), "text +1 -1");
    for words in [["diff", "1", "2"].as_slice(), &["diff", "2"], &["diff", &world.url("/a")]] {
        let shown = world.keepfast(words).well();
        assert!(shown.out.contains("The mayor [-stays in-]{+goes from+} office."), "{}", shown.out);
        assert!(!shown.out.contains('\u{1b}'), "no colour where there is no terminal");
    }
    let coloured = world.keepfast(&["--color", "always", "diff", "2"]).well();
    assert!(coloured.out.contains("\u{1b}[31mstays in\u{1b}[0m\u{1b}[32mgoes from\u{1b}[0m"), "{:?}", coloured.out);
    let json = world.keepfast(&["diff", "2", "--json"]).well().json();
    assert_eq!((json["changed"].as_bool(), items(&json)), (Some(true), vec![("text".into(), "edited".into())]));
    let pieces = json["items"][0]["pieces"].as_array().unwrap();
    let of =
        |run: &str| pieces.iter().filter(|p| p["run"] != run).map(|p| p["text"].as_str().unwrap()).collect::<String>();
    assert_eq!(of("added"), "The mayor stays in office.");
    assert_eq!(of("removed"), "The mayor goes from office.");

    world.keepfast(&["history", &world.url("/a")]).well().says("text +1 -1");
    let line = world.keepfast(&["export", "--format", "jsonl", "--snapshot", "2"]).well().json();
    assert_eq!(
        (line["what"].as_str(), line["changes"][0]["after"].as_str()),
        (Some("text +1 -1"), Some("The mayor goes from office."))
    );
    let listed = world.keepfast(&["changes", "--tag", "town", "--json"]).well().json();
    assert_eq!(listed["changes"][0]["snapshot"], 2);
    assert_eq!(listed["changes"][0]["items"][0]["before"], "The mayor stays in office.");
    assert_eq!(
        world.keepfast(&["changes", "--tag", "other", "--json"]).well().json()["changes"],
        serde_json::json!([])
    );
    world
        .keepfast(&["changes", "--since", "1h", "--items"])
        .well()
        .says("A town")
        .says("text +1 -1")
        .says("{+goes from+}");
    world.keepfast(&["changes", "--until", "1h"]).well().says("Nothing changed.");
    // What is asked wrongly is said in one sentence.
    world.keepfast(&["diff", "1"]).fails(2, "none before it");
    world.keepfast(&["diff", "1", "77"]).fails(2, "there is no snapshot 77");
    world.keepfast(&["diff"]).ends(2);
    world.is_sound();
}

#[test]
fn changes_are_listed_the_newest_first_and_page_by_page() {
    let world = World::new();
    let texts: Vec<String> = (0..6).map(|n| article("A", &format!("It happened for the {n}th time."))).collect();
    let all: Vec<&str> = texts.iter().map(String::as_str).collect();
    let at = pages(&world, "/a", &all);
    world.keepfast(&["add", &world.url("/a")]).well();
    for n in 0..6 {
        at.store(n, Ordering::SeqCst);
        world.keepfast(&["run", "--all"]).well();
    }
    world.origin.on("/a", Answer::status(410));
    world.keepfast(&["run", "--all"]).ends(1);
    let first = world.keepfast(&["changes", "--limit", "2", "--json"]).well().json();
    let ids = |page: &Value| {
        page["changes"].as_array().unwrap().iter().map(|c| c["snapshot"].as_i64().unwrap()).collect::<Vec<_>>()
    };
    assert_eq!((ids(&first), first["next"].as_i64()), (vec![7, 6], Some(6)), "that the page is gone is a change");
    assert_eq!(first["changes"][0]["outcome"], "gone");
    let second = world.keepfast(&["changes", "--limit", "2", "--below", "6", "--json"]).well().json();
    assert_eq!(ids(&second), [5, 4]);
    let last = world.keepfast(&["changes", "--below", "4", "--json"]).well().json();
    assert_eq!((ids(&last), last["next"].as_i64()), (vec![3, 2], None));
    world.keepfast(&["changes", "--limit", "1"]).well().says("--below 7");
    // What nobody read cannot be compared, and that is said.
    world.keepfast(&["diff", "6", "7"]).well().says("does not hold what the page says");
}

#[test]
fn what_differs_at_every_look_is_no_change_from_the_first_look_on() {
    let world = World::new();
    let (news, blog) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    for (path, template, at) in [("/news", NEWS, news), ("/blog", BLOG, blog)] {
        world.origin.handle("", path, move |_| Answer::html(look(template, at.fetch_add(1, Ordering::SeqCst))));
        world.keepfast(&["add", &world.url(path)]).well();
    }
    for _ in 0..6 {
        world.keepfast(&["--set", "capture.requisites=none", "run", "--all"]).well();
    }
    assert_eq!(world.one::<i64>("SELECT count(*) FROM snapshot WHERE changed = 1"), 0);
    assert_eq!(world.one::<i64>("SELECT count(*) FROM snapshot WHERE changed = 0"), 10);
    assert_eq!(world.one::<i64>("SELECT count(*) FROM change"), 0);
    assert_eq!(world.one::<i64>("SELECT count(DISTINCT document) FROM snapshot"), 12, "each look was another");
    world.keepfast(&["diff", "11"]).well().says("They say the same.");
    world.keepfast(&["changes"]).well().says("Nothing changed.");
}

#[test]
fn what_is_learned_is_set_aside_and_said() {
    let world = World::new();
    let words = ["fog", "sun", "hail", "mist", "rain", "wind", "snow", "calm", "sleet"];
    let texts: Vec<String> = (0..9)
        .map(|n| {
            let edit = if n < 8 { "at noon" } else { "at one" };
            let body = format!(
                "The ferry goes at six and {edit}, and in winter not at all.</p><p>On the water now: {}</p><p>Who wants to cross at \
                 night rings the bell on the willow.",
                words[n]
            );
            article("The ferry", &body)
        })
        .collect();
    let at = pages(&world, "/a", &texts.iter().map(String::as_str).collect::<Vec<_>>());
    world.keepfast(&["add", &world.url("/a")]).well();
    for n in 0..9 {
        at.store(n, Ordering::SeqCst);
        world.keepfast(&["run", "--all"]).well();
    }
    let changed = world.column("SELECT coalesce(changed, '-') FROM snapshot ORDER BY id");
    assert_eq!(changed, ["-", "1", "1", "1", "0", "0", "0", "0", "1"]);
    assert_eq!(world.one::<String>("SELECT flags FROM snapshot WHERE id = 8"), "noise-set-aside");
    assert_eq!(world.one::<String>("SELECT outcome FROM snapshot WHERE id = 8"), "unchanged");
    assert_eq!(world.column("SELECT after FROM change WHERE snapshot = 8 AND noise = 1"), ["On the water now: calm"]);
    world.keepfast(&["history", &world.url("/a")]).well().says("same but for noise");
    world.keepfast(&["diff", "8"]).well().says("They say the same.").says("set aside as noise: 1");
    world.keepfast(&["diff", "8", "--all"]).well().says("{+calm+}");
    // The edit is told, alone.
    world.keepfast(&["diff", "9"]).well().says("[-noon-]{+one+}").does_not_say("{+sleet+}");
    world.is_sound();
}

#[test]
fn a_picture_replaced_under_its_name_is_a_change_and_one_that_moved_is_none() {
    let world = World::new();
    let page = |src: &str| {
        format!("{}<img src={src} alt='The van'>", article("A", "The picture shows it.<img src=/none.png>"))
            .replace("<img src=/none.png>", &format!("<figure><img src={src} alt='The van'></figure>"))
    };
    let at = pages(&world, "/a", &[&page("/van.png"), &page("/van.png"), &page("/elsewhere/9f.png")]);
    world.origin.on("/van.png", Answer::of("image/png", *b"\x89PNG\r\n\x1a\n1"));
    world.keepfast(&["add", &world.url("/a")]).well();
    let run = || world.keepfast(&["--set", "capture.full_fetch_every=0s", "run", "--all"]).well();
    run();
    world.origin.on("/van.png", Answer::of("image/png", *b"\x89PNG\r\n\x1a\n2"));
    at.store(1, Ordering::SeqCst);
    run().says("1 changed");
    world.origin.on("/elsewhere/9f.png", Answer::of("image/png", *b"\x89PNG\r\n\x1a\n2"));
    at.store(2, Ordering::SeqCst);
    run();
    assert_eq!(world.column("SELECT coalesce(what, '-') FROM snapshot ORDER BY id"), ["-", "media 1 replaced", "-"]);
    assert_eq!(world.outcomes(), ["captured", "captured", "unchanged"]);
    assert_eq!(world.column("SELECT key FROM change"), [world.url("/van.png")]);
    world.is_sound();
}

#[test]
fn hostile_text_stays_text_in_words_and_on_a_page() {
    let world = World::new();
    let nasty = "He said \u{1b}[2J\u{202e}<script>alert(1)</script> & \"left\" at noon that day.";
    let escaped = nasty.replace('&', "&amp;").replace('<', "&lt;");
    let at =
        pages(&world, "/a", &[&article("A", "He said nothing and left at noon that day."), &article("A", &escaped)]);
    world.keepfast(&["add", &world.url("/a")]).well();
    world.keepfast(&["run"]).well();
    at.store(1, Ordering::SeqCst);
    world.keepfast(&["run", "--all"]).well();
    let shown = world.keepfast(&["diff", "2"]).well();
    assert!(!shown.out.contains(['\u{1b}', '\u{202e}']), "{:?}", shown.out);
    world.keepfast(&["diff", "2", "--html", "change.html"]).well().says("written to change.html");
    let page = std::fs::read_to_string(world.path("change.html")).unwrap();
    assert!(page.contains("default-src 'none'") && page.contains("<ins>") && page.contains("&lt;script&gt;alert(1)"));
    assert!(!page.contains("<script") && !page.contains('\u{1b}') && !page.contains("src="), "{page}");
}

#[test]
fn what_was_pruned_leaves_no_words_in_the_list_of_changes() {
    let world = World::new();
    let texts = ["The secret is out today.", "The secret was taken away."].map(|text| article("A", text));
    let at = pages(&world, "/a", &[&texts[0], &texts[1]]);
    world.keepfast(&["add", &world.url("/a")]).well();
    world.keepfast(&["run"]).well();
    at.store(1, Ordering::SeqCst);
    world.keepfast(&["run", "--all"]).well();
    assert_eq!(world.one::<i64>("SELECT count(*) FROM change"), 1);
    world.keepfast(&["remove", &world.url("/a")]).well();
    world.keepfast(&["prune", "--yes"]).well().says("2 snapshots removed");
    assert_eq!(world.one::<i64>("SELECT count(*) FROM change"), 0);
    world.is_sound();
}
