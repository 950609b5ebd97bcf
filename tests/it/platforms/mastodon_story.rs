//! An account of Mastodon that is followed: what is said, answered, handed on, said otherwise and taken back.

use keepfast::model::PostKind;
use keepfast::model::post::RelationKind;

use super::kept::{last, ledger, look, posts, rows, said};
use super::mastodon::Mastodon;
use crate::world::World;

const BASE: &str = "https://m.test";
const HOUR: i64 = 3600;
const DAY: i64 = 24 * HOUR;

/// What the stories are about.
struct Valley {
    mastodon: Mastodon,
    world: World,
    /// What anna said first, and is answered.
    first: u64,
    /// What boris answered.
    answer: u64,
    /// What she handed on.
    other: u64,
}

/// A server with two people, one of whom is followed.
fn valley(more: usize) -> Valley {
    let mastodon = Mastodon::called(BASE);
    let (first, answer, other) = mastodon.with(|s| {
        s.account("anna");
        s.account("boris");
        let first = s.say("anna", "The bridge is closed.");
        let answer = s.reply("boris", first, "Since when?");
        s.reply("anna", answer, "Since noon.");
        s.picture("anna", "What stands on it.", "Two lorries on a bridge");
        let other = s.say("boris", "The road too.");
        s.boost("anna", other);
        (0..more).for_each(|n| assert!(s.say("anna", &format!("Hour {n}")) > 0));
        (first, answer, other)
    });
    let to = mastodon.origin.url("").to_string();
    let world = World::new().env("KEEPFAST_CAPTURE__MIRRORS", &format!("{BASE} = {}", to.trim_end_matches('/')));
    world.keepfast(&["add", &format!("{BASE}/@anna"), "--own", "platform=mastodon"]).well();
    Valley { mastodon, world, first, answer, other }
}

fn by(name: &str, id: u64) -> String {
    format!("{BASE}/@{name}/{id}")
}

/// Comments of the last snapshot of a URL, each with the text of what it answers.
fn comments(world: &World, url: &str) -> Vec<(String, Option<String>)> {
    let rows = rows(world);
    let row = rows.iter().rfind(|row| row["url"] == url && row["document"].is_object()).unwrap();
    let all = row["document"]["comments"].as_array().unwrap();
    let text = |n: usize| all[n]["text"].as_str().unwrap().to_owned();
    let above = |n: usize| all[n]["parent"].as_u64().map(|p| text(usize::try_from(p).unwrap()));
    (0..all.len()).map(|n| (text(n), above(n))).collect()
}

#[test]
fn an_account_is_followed_with_what_it_hands_on_answers_and_shows() {
    let Valley { mastodon, world, first, other, .. } = valley(90);
    look(&world, 0);
    look(&world, 0);
    let items: i64 = world.one("SELECT count(*) FROM watch WHERE source = 'item'");
    assert_eq!(items, 94, "93 of her own, and what she handed on");
    assert_eq!(world.one::<i64>("SELECT count(*) FROM watch WHERE source = 'item' AND current_snapshot IS NULL"), 0);
    let kept = posts(&world);
    let boost = kept.values().find(|p| p.kind == PostKind::Repost).expect("what was handed on");
    assert_eq!(boost.relation(RelationKind::Repost).unwrap().target(), format!("mastodon:m.test/{other}"));
    assert_eq!(said(&world, &by("boris", other)), "The road too.");
    let whole = [("Since when?".to_owned(), None), ("Since noon.".to_owned(), Some("Since when?".to_owned()))];
    assert_eq!(comments(&world, &by("anna", first)), whole);
    let picture = kept.values().find(|p| !p.media.is_empty()).unwrap();
    assert_eq!(picture.media[0].alt, "Two lorries on a bridge");
    let file = &picture.media[0].best().unwrap().url;
    assert_eq!(world.one::<i64>(&format!("SELECT count(*) FROM exchange WHERE url = '{file}' AND status = 200")), 1);
    let lists = mastodon.origin.targets().into_iter().filter(|t| t.contains("/accounts/1/statuses")).count();
    assert_eq!(lists, 4, "three pages to the first post, and one later that nothing is new");
    world.is_sound();
}

#[test]
fn an_edit_is_told_once_and_every_version_of_it_is_kept() {
    let Valley { mastodon, world, first, .. } = valley(0);
    look(&world, 0);
    look(&world, 0);
    mastodon.with(|s| {
        s.edit(first, "The bridge is open.");
        s.edit(first, "The bridge was never closed.");
    });
    let before: i64 = world.one("SELECT max(id) FROM snapshot");
    look(&world, DAY);
    let changed = world.column(&format!(
        "SELECT w.url FROM snapshot s JOIN watch w ON w.id = s.watch WHERE s.id > {before} AND s.outcome = 'captured' AND w.source = 'item'"
    ));
    assert_eq!(changed, [by("anna", first)]);
    let told = world.keepfast(&["changes", "--items", "--json"]).well().json();
    let items = told["changes"][0]["items"].as_array().unwrap();
    assert_eq!(items.len(), 1, "{items:?}");
    assert_eq!(
        (items[0]["before"].as_str(), items[0]["after"].as_str()),
        (Some("The bridge is closed."), Some("The bridge was never closed."))
    );
    let kept = posts(&world);
    let version = |n: usize| kept[&format!("mastodon:m.test/{first}~{n}")].text.clone();
    assert_eq!([version(1), version(2)], ["The bridge is closed.", "The bridge is open."]);
    assert_eq!(comments(&world, &by("anna", first)).len(), 2);
    world.is_sound();
}

#[test]
fn what_is_taken_back_is_missing_and_then_gone_and_what_answered_it_is_not() {
    let Valley { mastodon, world, first, answer, .. } = valley(0);
    world.keepfast(&["add", &by("boris", answer), "--own", "platform=mastodon"]).well();
    look(&world, 0);
    look(&world, 0);
    mastodon.with(|s| s.delete(first));
    look(&world, DAY);
    assert_eq!(last(&world, &by("anna", first)), "not_found");
    assert_eq!(ledger(&world), [format!("/@anna/{first} suspect not_found")]);
    look(&world, 301);
    assert_eq!(ledger(&world), [format!("/@anna/{first} missing not_found")]);
    for after in [HOUR, 5 * HOUR, 18 * HOUR, 2 * DAY, 12 * DAY] {
        look(&world, after);
    }
    assert_eq!(ledger(&world), [format!("/@anna/{first} gone not_found")]);
    assert_eq!(last(&world, &by("boris", answer)), "unchanged");
    world.keepfast(&["gone"]).well().says(&first.to_string()).does_not_say(&answer.to_string());
    world.is_sound();
}

#[test]
fn an_account_that_is_suspended_takes_its_posts_along() {
    let Valley { mastodon, world, other, .. } = valley(0);
    look(&world, 0);
    look(&world, 0);
    mastodon.with(|s| s.suspended.insert("anna".to_owned()));
    for after in [DAY, 301, HOUR, 5 * HOUR, 18 * HOUR, 2 * DAY, 12 * DAY] {
        look(&world, after);
    }
    let rows = ledger(&world);
    assert_eq!(rows.len(), 4, "{rows:?}");
    assert!(rows.iter().all(|row| row.ends_with(" gone account")), "{rows:?}");
    assert_eq!(last(&world, &by("boris", other)), "unchanged", "what she handed on is another's");
}

#[test]
fn an_interface_for_accounts_only_is_gone_around_and_a_server_that_shows_nothing_is_no_deletion() {
    let Valley { mastodon, world, first, .. } = valley(0);
    look(&world, 0);
    look(&world, 0);
    let count = |world: &World| world.one::<i64>("SELECT count(*) FROM watch WHERE current_snapshot IS NOT NULL");
    let kept = count(&world);
    mastodon.with(|s| s.closed = true);
    look(&world, DAY);
    // By the form of the fediverse the same is there; what differs by the route is no change.
    assert!(["captured", "unchanged"].contains(&last(&world, &by("anna", first)).as_str()));
    assert!(said(&world, &by("anna", first)).contains("The bridge is closed."));
    let told = world.keepfast(&["changes", "--items", "--json"]).well().json();
    assert_eq!(told["changes"].as_array().map(Vec::len), Some(0), "{told}");
    // It is said by which route.
    let by_other = "SELECT count(*) FROM snapshot s JOIN watch w ON w.id = s.watch WHERE s.flags LIKE '%other-route%'";
    assert!(
        world.one::<i64>(by_other) > 0
            || world.column("SELECT asked FROM document").iter().any(|a| a.contains(" activitypub "))
    );
    mastodon.with(|s| s.secure = true);
    for after in [DAY, DAY, 12 * DAY] {
        look(&world, after);
    }
    assert_eq!(ledger(&world), Vec::<String>::new());
    assert_eq!(count(&world), kept);
    mastodon.with(|s| (s.closed, s.secure) = (false, false));
    look(&world, DAY);
    assert!(["captured", "unchanged"].contains(&last(&world, &by("anna", first)).as_str()));
    world.is_sound();
}

#[test]
fn the_limit_of_a_server_is_obeyed_and_nothing_is_made_of_it() {
    let Valley { mastodon, world, first, .. } = valley(20);
    let world = world.env("KEEPFAST_CAPTURE__MAX_RETRIES", "0");
    look(&world, 0);
    mastodon.with(|s| s.left = Some(5));
    let before = mastodon.origin.log().len();
    world.keepfast(&["run"]).ends(1);
    let asked = mastodon.origin.log()[before..].iter().filter(|h| h.target.starts_with("/api/")).count();
    assert!((6..=8).contains(&asked), "{asked} requests, where five were allowed");
    assert!(world.outcomes().iter().any(|o| o == "rate_limited"));
    assert_eq!(ledger(&world), Vec::<String>::new());
    // It said until when: nothing more is asked.
    let before = mastodon.origin.log().len();
    let _ = world.keepfast(&["run"]);
    assert_eq!(mastodon.origin.log().len(), before);
    let _ = first;
}
