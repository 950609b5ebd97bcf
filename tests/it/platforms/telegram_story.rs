//! A channel of Telegram that is followed: back to its first post through kills, and on through what its owner does.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use keepfast::model::Post;
use keepfast::model::post::PostMediaState;
use keepfast::site::gaps;

use super::kept::{ledger, look, posts, said};
use super::telegram::{Flood, PAGE, Preview, Telegram, fill};
use crate::world::World;

const NAME: &str = "TheValley";
const CHANNEL: &str = "https://t.me/s/TheValley";
const MINUTE: i64 = 60;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;

/// A world in which Telegram is the replica, whose channel is watched.
fn followed(telegram: &Telegram) -> World {
    let world = World::new().env("KEEPFAST_CAPTURE__MIRRORS", &telegram.mirror());
    let world = world.env("KEEPFAST_CAPTURE__BACKFILL", "all");
    world.keepfast(&["add", CHANNEL]).well();
    world
}

/// How often each address was asked for.
fn asked(telegram: &Telegram) -> BTreeMap<String, usize> {
    let mut out = BTreeMap::new();
    for hit in telegram.origin.log() {
        *out.entry(hit.target).or_default() += 1;
    }
    out
}

/// Numbers of the posts that are watched, in order.
fn watched(world: &World) -> Vec<u64> {
    let urls = world.column("SELECT url FROM watch WHERE source = 'item' ORDER BY id");
    let mut ids: Vec<u64> = urls.iter().map(|url| url.rsplit('/').next().unwrap().parse().unwrap()).collect();
    ids.sort_unstable();
    ids
}

/// The outcome of the last look at a post.
#[track_caller]
fn last(world: &World, id: u64) -> String {
    super::kept::last(world, &format!("https://t.me/{NAME}/{id}"))
}

#[test]
fn a_channel_of_500_posts_is_had_back_to_its_first_one_through_kills() {
    let telegram = Telegram::start(NAME);
    telegram.with(|channel| fill(channel, 500));
    let world = followed(&telegram);
    let (ids, free) = telegram.with(|c| (c.messages.keys().copied().collect::<Vec<_>>(), c.gaps()));
    // Killed while it pages back, and while it looks at the posts: after so many requests more.
    let mut kills = 0;
    for moment in [2, 30, 9, 60, 40, 100] {
        let mut run = world.start(&["run"]);
        let begun = telegram.origin.log().len();
        while !run.is_over() && telegram.origin.log().len() < begun + moment {
            std::thread::park_timeout(Duration::from_millis(2));
        }
        run.kill();
        kills += usize::from(run.wait().code == -1);
        if world.path("archive/catalog.db").exists() {
            world.is_sound().time_passes(HOUR);
        }
    }
    assert!(kills >= 4, "only {kills} of the runs were killed before their end");
    // A few pages a look: what is left is gone on with soon.
    for _ in 0..20 {
        world.time_passes(HOUR);
        let ran = world.keepfast(&["run"]);
        assert_eq!(ran.code, 0, "{}", ran.err);
        if world.one::<i64>("SELECT count(*) FROM list_end") == 0 && ran.err.contains("Nothing was due") {
            break;
        }
    }
    assert_eq!(watched(&world), ids, "each post once, and no gap");
    assert_eq!(world.one::<i64>("SELECT count(*) FROM list_end"), 0);
    assert_eq!(
        world.one::<i64>("SELECT count(*) FROM watch WHERE source = 'item' AND current_snapshot IS NULL"),
        0,
        "each was looked at"
    );
    let kept = posts(&world);
    let own: Vec<Post> = kept.values().filter(|p| p.key.authority == "thevalley").cloned().collect();
    assert_eq!(own.len(), 500);
    let mut by_number = own.clone();
    by_number.sort_by_key(|p| p.key.id.parse::<u64>().unwrap());
    assert_eq!(gaps(&by_number).iter().map(|g| (g.from, g.to)).collect::<Vec<_>>(), free);
    // So does the command, by the channel's address and by keys.
    for name in [CHANNEL, "telegram:thevalley/", "telegram:thevalley/1", "https://t.me/TheValley/1"] {
        let told = world.keepfast(&["posts", "--json", "--gaps", name]).well().json();
        let number = |value: &serde_json::Value| value.as_u64().unwrap();
        let said = told["gaps"].as_array().unwrap();
        assert_eq!(
            said.iter().map(|gap| (number(&gap["from"]), number(&gap["to"]))).collect::<Vec<_>>(),
            free,
            "{name}"
        );
        assert!(said.iter().all(|gap| gap["reached"] == true), "{name}: {told}");
        assert_eq!(number(&told["missing"]), free.iter().map(|(from, to)| to - from + 1).sum::<u64>());
        assert_eq!(
            (number(&told["posts"]), number(&told["first"]), number(&told["watch"])),
            (500, ids[0], 1),
            "{name}"
        );
        assert_eq!(told["goes_on"], serde_json::json!([]));
    }
    let told = world.keepfast(&["posts", "--gaps", CHANNEL]).well().says("deleted before it was seen");
    told.says(&format!("{} to {}", free[0].0, free[0].1))
        .says("paged back as far as it is to")
        .does_not_say("not reached");
    // What they are is kept as the channel has it.
    telegram.with(|channel| {
        for (id, message) in &channel.messages {
            let post = &kept[&format!("telegram:thevalley/{id}")];
            assert_eq!(post.text, message.said.replace("<b>", "").replace("</b>", ""), "{id}");
            assert_eq!(post.media.len(), message.media.len(), "{id}");
            assert_eq!(post.is_edited, Some(message.edited), "{id}");
            assert_eq!(
                post.relations.len(),
                usize::from(message.forward.is_some()) + usize::from(message.reply.is_some()),
                "{id}"
            );
        }
    });
    // Files that are shown are had, each once.
    let files: BTreeSet<String> = own
        .iter()
        .flat_map(|p| &p.media)
        .filter(|m| m.state == PostMediaState::Offered)
        .flat_map(|m| m.best().map(|r| r.url.clone()).into_iter().chain(m.poster.clone()))
        .collect();
    let held = world.column("SELECT DISTINCT e.url FROM exchange e WHERE e.status = 200 AND e.hop = 'media'");
    assert!(files.iter().all(|file| held.contains(file)), "{:?}", files.iter().find(|f| !held.contains(f)));
    let often: Vec<_> =
        asked(&telegram).into_iter().filter(|(target, n)| *n > 1 + kills && target.contains("/file/")).collect();
    assert!(often.is_empty(), "asked for again and again: {often:?}");
    world.is_sound();
}

#[test]
fn what_is_beyond_the_backfill_is_a_gap_that_was_not_reached() {
    let telegram = Telegram::start(NAME);
    telegram.with(|channel| fill(channel, 70));
    let world = World::new().env("KEEPFAST_CAPTURE__MIRRORS", &telegram.mirror());
    let world = world.env("KEEPFAST_CAPTURE__BACKFILL", "30");
    let first = telegram.with(|c| *c.messages.keys().nth(2).unwrap());
    world.keepfast(&["add", &format!("https://t.me/{NAME}/{first}")]).well();
    world.keepfast(&["run"]).well();
    // One post alone: nothing is between, and nobody pages back.
    let told = world.keepfast(&["posts", "--json", "--gaps", CHANNEL]).well().json();
    assert_eq!(
        (&told["gaps"], &told["watch"], &told["posts"]),
        (&serde_json::json!([]), &().into(), &1.into()),
        "{told}"
    );
    world.keepfast(&["posts", "--gaps", CHANNEL]).well().says("No watch pages back through this account");
    world.keepfast(&["add", CHANNEL]).well();
    look(&world, 0);
    look(&world, 0);
    let told = world.keepfast(&["posts", "--json", "--gaps", CHANNEL]).well().json();
    let gaps = told["gaps"].as_array().unwrap();
    let number = |value: &serde_json::Value| value.as_u64().unwrap();
    assert_eq!((number(&gaps[0]["from"]), &gaps[0]["reached"]), (first + 1, &false.into()), "{told}");
    assert!(number(&gaps[0]["to"]) < number(&told["back_to"]), "{told}");
    // What the pages were gone through for is the channel's own.
    let free = telegram.with(|c| c.gaps());
    for gap in &gaps[1..] {
        assert!(free.contains(&(number(&gap["from"]), number(&gap["to"]))) && gap["reached"] == true, "{told}");
    }
    assert!(gaps.len() > 1, "{told}");
    world.keepfast(&["posts", "--gaps", CHANNEL]).well().says("not reached").says(", to number");
    world.keepfast(&["posts", "--gaps", "https://x.com/valley"]).fails(2, "no running numbers");
    world.keepfast(&["posts", "--gaps", "https://page.example/"]).fails(2, "no account of a platform");
}

#[test]
fn what_is_had_is_not_asked_for_twice_and_the_pace_is_kept() {
    let telegram = Telegram::start(NAME);
    telegram.with(|channel| fill(channel, 70));
    let world = followed(&telegram).env("KEEPFAST_PACE__PER_SECOND", "50").env("KEEPFAST_PACE__BURST", "1");
    world.keepfast(&["run"]).well();
    let pages: Vec<String> = telegram.origin.targets().into_iter().filter(|t| t.starts_with("/s/")).collect();
    assert_eq!(pages.len(), 4, "{pages:?}");
    let log = telegram.origin.log();
    // A request may have waited on its way, never have come before its time: over many the distance holds.
    let took = log.last().unwrap().at.duration_since(log[0].at);
    assert!(
        took >= Duration::from_millis(20) * u32::try_from(log.len() - 2).unwrap(),
        "{} requests in {took:?}",
        log.len()
    );
    world.keepfast(&["run"]).well().says("70 of 70 kept");
    let before = asked(&telegram);
    let twice: Vec<_> = before.iter().filter(|(target, n)| **n > 1 && *target != "/robots.txt").collect();
    assert!(twice.is_empty(), "{twice:?}");
    // Nothing is new: one page tells so.
    world.time_passes(DAY);
    let count = telegram.origin.log().len();
    world.keepfast(&["run", "1"]).well();
    let then: Vec<String> =
        telegram.origin.log()[count..].iter().map(|h| h.target.clone()).filter(|t| t.starts_with("/s/")).collect();
    assert_eq!(then, ["/s/thevalley"]);
    // Thirty are: it goes back to the first page that names nothing new.
    telegram.with(|channel| (0..30).map(|n| channel.say(&format!("New {n}"))).max());
    world.time_passes(DAY);
    let count = telegram.origin.log().len();
    world.keepfast(&["run", "1"]).well();
    let then = telegram.origin.log()[count..].iter().filter(|h| h.target.starts_with("/s/")).count();
    assert_eq!((then, watched(&world).len()), (3, 100));
}

#[test]
fn what_its_owner_deletes_and_edits_is_found_and_the_rest_is_not_touched() {
    let telegram = Telegram::start(NAME);
    telegram.with(|channel| fill(channel, PAGE + 8));
    let world = followed(&telegram);
    look(&world, 0);
    look(&world, 0);
    let (gone, other) = telegram.with(|channel| {
        let ids: Vec<u64> = channel.messages.keys().copied().collect();
        let (gone, other) = (ids[21], ids[24]);
        channel.delete(gone);
        channel.edit(other, "What was never said before");
        (gone, other)
    });
    let moved: i64 = world.one("SELECT count(*) FROM snapshot");
    look(&world, DAY);
    assert_eq!(last(&world, gone), "not_found");
    assert!(said(&world, &format!("https://t.me/{NAME}/{other}")).contains("never said before"));
    let changed = world.column(&format!("SELECT w.url FROM snapshot s JOIN watch w ON w.id = s.watch WHERE s.id > {moved} AND s.outcome = 'captured' AND w.source = 'item'"));
    assert_eq!(changed, [format!("https://t.me/{NAME}/{other}")], "views that move are no change");
    assert_eq!(ledger(&world), [format!("/{NAME}/{gone} suspect not_found")]);
    for after in [HOUR, 5 * HOUR, 18 * HOUR, 2 * DAY, 12 * DAY] {
        look(&world, after);
    }
    assert_eq!(ledger(&world), [format!("/{NAME}/{gone} gone not_found")]);
    world.keepfast(&["gone"]).well().says(&format!("/{NAME}/{gone}"));
    world.is_sound();
}

#[test]
fn the_list_tells_at_once_what_it_does_not_show_any_more() {
    let telegram = Telegram::start(NAME);
    telegram.with(|channel| fill(channel, PAGE + 8));
    let world = followed(&telegram);
    look(&world, 0);
    look(&world, 0);
    let gone = telegram.with(|channel| {
        let id = channel.messages.keys().copied().nth(21).unwrap();
        channel.delete(id);
        channel.say("Something new");
        id
    });
    // Only the channel is due; what it does not show is looked at by itself.
    world.keepfast(&["run", "1"]).ends(0);
    let ended = world.keepfast(&["run"]);
    assert!((0..=1).contains(&ended.code), "{}", ended.err);
    assert_eq!(last(&world, gone), "not_found");
    assert_eq!(ledger(&world), [format!("/{NAME}/{gone} suspect not_found")]);
}

#[test]
fn a_preview_that_is_switched_off_and_a_flood_are_no_deletion_and_a_channel_that_is_removed_is_one() {
    let telegram = Telegram::start(NAME);
    telegram.with(|channel| fill(channel, 12));
    let world = followed(&telegram).env("KEEPFAST_CAPTURE__MAX_RETRIES", "0");
    look(&world, 0);
    look(&world, 0);
    let channel = |world: &World| -> String {
        world.one("SELECT outcome FROM snapshot WHERE watch = 1 ORDER BY id DESC LIMIT 1")
    };
    telegram.with(|c| c.preview = Preview::Off);
    look(&world, DAY);
    assert_eq!((channel(&world).as_str(), last(&world, 5).as_str()), ("login_wall", "unchanged"));
    telegram.with(|c| (c.preview, c.flood) = (Preview::On, Flood::Page));
    look(&world, DAY);
    assert_eq!((channel(&world).as_str(), last(&world, 5).as_str()), ("login_wall", "login_wall"));
    telegram.with(|c| c.flood = Flood::Status(1));
    look(&world, DAY);
    assert_eq!(channel(&world), "rate_limited");
    let told = world.keepfast(&["doctor", "--platforms", "--json"]).well().json();
    let it = &told["platforms"][0];
    assert_eq!((&it["platform"], &it["watches"], &it["host"]), (&"telegram".into(), &13.into(), &().into()), "{told}");
    // What was had is of the time before the walls; those of today are told, with the request that was refused.
    let number = |value: &serde_json::Value| value["snapshot"].as_i64().unwrap();
    assert_eq!(it["last_trouble"]["outcome"], "rate_limited");
    assert!(number(&it["last_success"]) < number(&it["last_trouble"]), "{it}");
    assert_eq!((&it["last_refused"]["status"], &told["all"]), (&429.into(), &true.into()), "{told}");
    let told =
        world.keepfast(&["doctor", "--platforms"]).well().says("Telegram (public channels): 13 watches on its hosts");
    told.says("last had").says("route embed").says("rate_limited").says("told of all snapshots");
    assert_eq!(ledger(&world), Vec::<String>::new());
    telegram.with(|c| (c.flood, c.preview) = (Flood::None, Preview::Removed));
    for after in [DAY, 301, HOUR, 5 * HOUR, 18 * HOUR, 2 * DAY, 12 * DAY] {
        look(&world, after);
    }
    assert!(["not_found", "gone"].contains(&last(&world, 5).as_str()), "{}", last(&world, 5));
    let ledger = ledger(&world);
    assert_eq!(ledger.len(), 13, "{ledger:?}");
    assert!(ledger.iter().all(|row| row.contains(" gone ")), "{ledger:?}");
    assert_eq!(ledger.iter().filter(|row| row.ends_with(" account")).count(), 12, "{ledger:?}");
}
