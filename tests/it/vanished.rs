//! The ledger of what vanished: confirmed by looks over time, with witnesses; outages and walls are no deletions.

use crate::server::Answer;
use crate::world::{World, article};

const HOUR: i64 = 3600;
const DAY: i64 = 24 * HOUR;

fn look(world: &World, after: i64) {
    world.time_passes(after);
    let ended = world.keepfast(&["run", "--all"]);
    assert!((0..=1).contains(&ended.code), "{}", ended.err);
}

/// State, manner and looks of what is in the ledger.
fn ledger(world: &World) -> Vec<String> {
    world.column("SELECT subject || ' ' || state || ' ' || manner || ' ' || checks FROM presence ORDER BY id")
}

fn a_page(world: &World) {
    world.origin.on("/post", Answer::html(article("A post", "What the post says.")));
    world.keepfast(&["add", &world.url("/post")]).well();
    look(world, 0);
    assert_eq!(ledger(world), Vec::<String>::new());
}

#[test]
fn what_is_gone_is_confirmed_and_each_step_has_its_witness() {
    let world = World::new();
    a_page(&world);
    world.origin.on("/post", Answer::status(404));
    look(&world, DAY);
    assert_eq!(ledger(&world), ["page suspect not_found 1"]);
    // The next look is due after five minutes.
    world.time_passes(301);
    world.keepfast(&["run"]).ends(1);
    assert_eq!(ledger(&world), ["page missing not_found 2"]);
    for wait in [HOUR, 5 * HOUR, 18 * HOUR, 2 * DAY] {
        look(&world, wait);
    }
    assert_eq!(ledger(&world), ["page missing not_found 6"]);
    world.origin.on("/post", Answer::status(410));
    look(&world, 11 * DAY);
    assert_eq!(ledger(&world), ["page gone gone 7"]);
    assert_eq!(
        world.column("SELECT state || ' ' || outcome FROM presence_step s JOIN snapshot ON snapshot.id = s.snapshot"),
        ["suspect not_found", "missing not_found", "gone gone"]
    );
    world.keepfast(&["gone"]).well().says("gone").says("A post").says("last seen").says("7 looks");
    let rows = world.keepfast(&["gone", "--json"]).well().json();
    assert_eq!((rows[0]["state"].as_str(), rows[0]["last_seen"].as_i64()), (Some("gone"), Some(1)));
    // Never dropped: it is due again within about a week.
    assert_eq!(world.one::<i64>("SELECT (due_at / 1000 - unixepoch()) / 86400 BETWEEN 5 AND 8 FROM watch"), 1);
    world.origin.on("/post", Answer::html(article("A post", "What the post says.")));
    look(&world, 7 * DAY);
    assert_eq!(ledger(&world), ["page present gone 0"]);
    world.keepfast(&["gone"]).well().says("Nothing");
    world.keepfast(&["gone", "--state", "present"]).well().says("there again");
    world.is_sound();
}

#[test]
fn an_outage_of_weeks_and_walls_are_no_deletion() {
    let world = World::new().env("KEEPFAST_CAPTURE__MAX_RETRIES", "0");
    a_page(&world);
    let wall = "<title>Log in</title><form action=/login><input name=user><input type=password name=pw></form>";
    for n in 0..24 {
        let answer = match n % 4 {
            0 => Answer::status(503),
            1 => Answer::status(403),
            2 => Answer::html(wall),
            _ => Answer::raw("").close(),
        };
        world.origin.on("/post", answer);
        look(&world, DAY);
    }
    assert_eq!(ledger(&world), Vec::<String>::new());
    assert_eq!(world.one::<i64>("SELECT current_snapshot FROM watch"), 1);
}

#[test]
fn a_flapping_page_is_suspect_again_and_again_and_never_gone() {
    let world = World::new();
    a_page(&world);
    for _ in 0..12 {
        world.origin.on("/post", Answer::status(404));
        look(&world, 2 * DAY);
        look(&world, 2 * DAY);
        world.origin.on("/post", Answer::html(article("A post", "What the post says.")));
        look(&world, 2 * DAY);
    }
    assert_eq!(ledger(&world), ["page present not_found 0"]);
    assert_eq!(
        world.column("SELECT DISTINCT state FROM presence_step ORDER BY state"),
        ["missing", "present", "suspect"]
    );
}

#[test]
fn a_feed_that_is_not_found_is_missing_and_its_items_are_not() {
    let world = World::new();
    let feed = format!(
        "<rss version=\"2.0\"><channel><title>N</title><item><title>One</title><link>{}</link></item></channel></rss>",
        world.url("/one")
    );
    world.origin.on("/feed", Answer::of("application/rss+xml", feed));
    world.origin.on("/one", Answer::html(article("One", "What it says.")));
    world.keepfast(&["add", &world.url("/feed")]).well();
    look(&world, 0);
    look(&world, HOUR);
    world.origin.on("/feed", Answer::status(404));
    for _ in 0..10 {
        look(&world, 3 * DAY);
    }
    assert_eq!(ledger(&world), ["page missing not_found 10"]);
}

#[test]
fn what_never_was_there_did_not_vanish() {
    let world = World::new();
    world.keepfast(&["add", &world.url("/nothing")]).well();
    look(&world, 0);
    look(&world, DAY);
    assert_eq!(ledger(&world), Vec::<String>::new());
}
