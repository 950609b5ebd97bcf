//! Budgets of hosts: what a host may be sent in a day, what becomes of looks for which nothing is left, and that a restart
//! forgets nothing.

use crate::server::Answer;
use crate::world::{World, article, until};

/// A world with pages that are watched, and so many requests a day for their host.
fn world(pages: usize, budget: &str, every: &str) -> World {
    let world = World::new();
    for n in 1..=pages {
        world.origin.on(&format!("/{n}"), Answer::html(article(&format!("Page {n}"), "Text.")));
        world.keepfast(&["add", &world.url(&format!("/{n}")), "--every", every]).well();
    }
    world.config(&format!("[capture]\nrobots = \"ignore\"\n[host.\"127.0.0.1\"]\nbudget = \"{budget}\"\n"));
    world
}

/// Everything is due once more, on the same day.
fn all_due(world: &World) {
    world
        .catalog()
        .execute_batch("UPDATE watch SET due_at = coalesce(last_at, created_at) + 1 WHERE due_at IS NOT NULL")
        .unwrap();
}

/// Requests of the newest day.
fn today(world: &World) -> i64 {
    world.one("SELECT of_day FROM spent WHERE host LIKE '127.0.0.1:%'")
}

#[test]
fn what_comes_due_when_the_budget_is_used_up_is_skipped_and_comes_again_with_the_next_one() {
    let world = world(10, "6/day", "1h");
    world.keepfast(&["run"]).ends(0).says("6 of 6 kept").says("4 skipped: the budget of their host is used up");
    assert_eq!(world.origin.targets().len(), 6, "no request beyond the budget");
    assert_eq!(today(&world), 6);
    let rows = world.column("SELECT ended || ' ' || coalesce(reason, '') FROM due ORDER BY ended");
    assert_eq!(rows.iter().filter(|row| *row == "skipped budget").count(), 4);
    assert_eq!(rows.iter().filter(|row| *row == "ran ").count(), 6);
    // Each row names the due time that follows, which is that of the watch; and it is of the next day.
    let open = "SELECT count(*) FROM due JOIN watch ON watch.id = watch WHERE reason = 'budget' AND next IS due_at
        AND due_at / 86400000 = ended_at / 86400000 + 1";
    assert_eq!(world.one::<i64>(open), 4);
    assert!(
        world.one::<i64>("SELECT count(DISTINCT due_at) FROM watch JOIN due ON watch = id WHERE reason = 'budget'")
            == 4,
        "they do not come at once"
    );
    assert_eq!(world.one::<i64>("SELECT count(*) FROM job"), 0);
    world.keepfast(&["status"]).well().says("budget     6 of 6/day used up by 127.0.0.1:");
    world.keepfast(&["schedule", "10"]).well().says("6 of 6/day, anew").says("skipped: budget");
    world.is_sound();

    // Another process of the same day has not forgotten it.
    all_due(&world);
    world.keepfast(&["run"]).ends(0).says("10 skipped");
    assert_eq!(world.origin.targets().len(), 6);
    // The next day has a budget of its own.
    world.time_passes(86_400);
    all_due(&world);
    world.keepfast(&["run"]).ends(0).says("6 of 6 kept").says("4 skipped");
    assert_eq!(world.origin.targets().len(), 12);
}

#[test]
fn the_service_keeps_to_the_budget_and_a_kill_forgets_none_of_it() {
    let world = world(6, "4/day", "1h");
    let mut service = world.start(&["watch"]);
    until("all six due times have ended", || world.path("archive/catalog.db").exists() && ended(&world) == 6);
    service.kill();
    service.wait();
    assert_eq!(world.origin.targets().len(), 4);
    assert_eq!(world.column("SELECT reason FROM due WHERE reason IS NOT NULL"), ["budget", "budget"]);
    all_due(&world);
    world.keepfast(&["run"]).ends(0).says("6 skipped");
    assert_eq!(world.origin.targets().len(), 4, "nothing was forgotten");
    world.is_sound();
}

fn ended(world: &World) -> i64 {
    world.one("SELECT count(*) FROM due")
}

#[test]
fn parts_of_a_page_count_and_are_listed_where_nothing_is_left_for_them() {
    let world = World::new();
    let images: String = (1..=5).map(|n| format!("<img src=\"/{n}.png\">")).collect();
    world.origin.on("/", Answer::html(format!("{}{images}", article("Pictures", "Five of them."))));
    for n in 1..=5 {
        world.origin.on(&format!("/{n}.png"), Answer::of("image/png", vec![0x89, b'P', b'N', b'G', n]));
    }
    world.config("[capture]\nrobots = \"ignore\"\n[host.\"127.0.0.1\"]\nbudget = \"3/hour\"\nconnections = 1\n");
    world.keepfast(&["add", &world.url("/")]).well();
    world.keepfast(&["run"]).ends(0);
    let states = world.column("SELECT state || ': ' || coalesce(reason, '') FROM media");
    assert!(states.iter().any(|state| state.starts_with("not_fetched: the budget of 127.0.0.1:")), "{states:?}");
    let sent = world.origin.targets().len();
    assert!((3..=10).contains(&sent) && (1..6).contains(&states.iter().filter(|s| s.starts_with("not_f")).count()));
    assert_eq!(world.one::<i64>("SELECT of_hour FROM spent WHERE host LIKE '127.0.0.1:%'"), sent as i64);
    assert!(world.one::<f64>("SELECT per_look FROM spent WHERE host LIKE '127.0.0.1:%'") >= 3.0);
    world.is_sound();
}

#[test]
fn what_is_asked_for_by_hand_is_taken_and_counts() {
    let world = world(3, "2/day", "1h");
    world.keepfast(&["run"]).ends(0).says("2 of 2 kept");
    world.keepfast(&["run", &world.url("/3")]).well().says("1 of 1 kept");
    assert_eq!(today(&world), 3);
    all_due(&world);
    world.keepfast(&["run", "--all"]).well().says("3 of 3 kept");
    assert_eq!(today(&world), 6);
}

#[test]
fn a_further_try_counts_and_is_not_made_when_nothing_is_left() {
    let world = World::new();
    world.origin.on("/", Answer::status(500));
    world.config("[capture]\nrobots = \"ignore\"\nmax_retries = 3\n[host.\"127.0.0.1\"]\nbudget = \"1/day\"\n");
    world.keepfast(&["add", &world.url("/"), "--every", "1h"]).well();
    world.keepfast(&["run"]).ends(1);
    assert_eq!(world.origin.targets(), ["/"]);
    assert_eq!(world.column("SELECT ended FROM due"), ["ran"]);
}

#[test]
fn adaptive_looks_keep_so_far_apart_that_those_at_one_host_fit() {
    let world = world(12, "24/day", "adaptive");
    world.keepfast(&["run"]).ends(0).says("12 of 12 kept");
    // Twelve looks in ten minutes, as after first sight, would be far too many: 24 a day is one each half day, and a little is kept back.
    let soonest = "SELECT min(due_at - last_at) / 3600000.0 FROM watch";
    let hours: f64 = world.one(soonest);
    assert!((13.0..20.0).contains(&hours), "{hours} hours");
    assert!(world.one::<i64>("SELECT count(DISTINCT (due_at - last_at) / 60000) FROM watch") > 6, "nor all at once");
    world.keepfast(&["schedule", "1"]).well().says("adaptive looks at least 13h");
    // A budget that leaves room, or none, changes nothing.
    world.config("[capture]\nrobots = \"ignore\"\n[host.\"127.0.0.1\"]\nbudget = \"2000/day\"\n");
    world.keepfast(&["run", "--all"]).well();
    let hours: f64 = world.one(soonest);
    assert!(hours < 0.3, "{hours} hours");
}

#[test]
fn a_budget_that_cannot_be_read_is_named() {
    let world = World::new();
    world.config("[host.\"127.0.0.1\"]\nbudget = \"5 a week\"\n");
    world.keepfast(&["config", "check"]).fails(3, "500/day");
    world.config("[pace]\nbudget = \"100/hour\"\n[host.\"127.0.0.1\"]\nbudget = \"\"\n");
    world.keepfast(&["config", "show"]).well().says("pace.budget").says("100/hour");
}
