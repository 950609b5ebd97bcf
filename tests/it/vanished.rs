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
fn an_account_that_is_removed_takes_its_posts_along_and_no_others() {
    let world = World::new();
    for name in ["anna", "bert"] {
        let links: String =
            (1..4).map(|n| format!("<li><a href=/{name}/{n}>What {name} wrote in the week {n}</a></li>")).collect();
        world
            .origin
            .on(&format!("/{name}"), Answer::html(format!("<title>{name}</title><h1>{name}</h1><ul>{links}</ul>")));
        for n in 1..4 {
            let page = article(&format!("{name} {n}"), &format!("What {name} says in the week {n}."));
            world.origin.on(&format!("/{name}/{n}"), Answer::html(page));
        }
        world.keepfast(&["add", &world.url(&format!("/{name}")), "--own", "items=all"]).well();
    }
    look(&world, 0);
    look(&world, 0);
    assert_eq!(world.one::<i64>("SELECT count(*) FROM watch"), 8);
    for path in ["/anna", "/anna/1", "/anna/2", "/anna/3"] {
        world.origin.on(path, Answer::status(404));
    }
    for wait in [DAY, 301, HOUR, 5 * HOUR, 18 * HOUR, 2 * DAY, 12 * DAY] {
        look(&world, wait);
    }
    let manners = world.column(
        "SELECT replace(url, rtrim(url, replace(url, '/', '')), '') || ' ' || p.state || ' ' || manner
             FROM presence p JOIN watch ON watch.id = p.watch ORDER BY 1",
    );
    assert_eq!(manners, ["1 gone account", "2 gone account", "3 gone account", "anna gone not_found"]);
    let without_witness = "SELECT count(*) FROM presence_step s LEFT JOIN snapshot ON snapshot.id = s.snapshot
         WHERE snapshot.outcome IS NOT 'not_found'";
    assert_eq!(world.one::<i64>(without_witness), 0);
    world.keepfast(&["gone"]).well().says("account");
    world.is_sound();
}

#[test]
fn what_never_was_there_did_not_vanish() {
    let world = World::new();
    world.keepfast(&["add", &world.url("/nothing")]).well();
    look(&world, 0);
    look(&world, DAY);
    assert_eq!(ledger(&world), Vec::<String>::new());
}

/// A page with comments of WordPress: identifier, name, text.
fn with_comments(comments: &[(u32, &str, &str)]) -> Answer {
    let comment = |(id, name, text): &(u32, &str, &str)| {
        format!(
            "<li class=comment id=comment-{id}><article class=comment-body><b class=fn>{name}</b> \
             <time datetime=2026-05-12T18:28:4{}Z>12 May</time><div class=comment-content><p>{text}</p></div></article></li>",
            id % 10
        )
    };
    let list: String = comments.iter().map(comment).collect();
    let page = article("The bridge", "What the article says of the bridge.");
    Answer::html(page.replace("</body>", &format!("<ol class=comment-list>{list}</ol></body>")))
}

#[test]
fn comments_vanish_one_by_one_and_what_became_of_each_is_known() {
    let world = World::new();
    let all = [(1, "Anna", "I was there."), (2, "Boris", "So was I, and I saw it."), (3, "Cem", "What did you see?")];
    world.origin.on("/a", with_comments(&all));
    world.keepfast(&["add", &world.url("/a")]).well();
    look(&world, 0);
    // One leaves, another is only said to have been there.
    world.origin.on("/a", with_comments(&[(1, "Anna", "[deleted]"), all[2]]));
    look(&world, HOUR);
    assert_eq!(ledger(&world).len(), 2);
    let stand = "SELECT label || ' ' || state || ' ' || manner || ' ' || checks FROM presence ORDER BY label";
    assert_eq!(
        world.column(stand),
        ["Anna: I was there. suspect removed 1", "Boris: So was I, and I saw it. suspect left 1"]
    );
    // Nothing changes any more: looks that agree. A fault and a wall are none.
    look(&world, HOUR);
    world.origin.on("/a", Answer::status(403));
    look(&world, HOUR);
    world.origin.on("/a", with_comments(&[(1, "Anna", "[deleted]"), all[2]]));
    assert_eq!(world.column("SELECT DISTINCT state || ' ' || checks FROM presence"), ["missing 2"]);
    // The second comes back.
    world.origin.on("/a", with_comments(&[(1, "Anna", "[deleted]"), all[1], all[2]]));
    look(&world, HOUR);
    for _ in 0..5 {
        look(&world, 4 * DAY);
    }
    assert_eq!(
        world.column(stand),
        ["Anna: I was there. gone removed 8", "Boris: So was I, and I saw it. present left 0"]
    );
    world.keepfast(&["gone"]).well().says("gone comment").says("Anna: I was there.").does_not_say("Boris");
    let witness = "SELECT s.state FROM presence_step s JOIN presence p ON p.id = s.presence WHERE label LIKE 'Boris%' ORDER BY s.snapshot";
    assert_eq!(world.column(witness), ["suspect", "missing", "present"]);
    world.is_sound();
}

#[test]
fn a_page_that_became_what_the_host_says_of_anything_is_not_there() {
    let world = World::new();
    let front = article("All the news", "This is the front page, whatever you ask for.");
    world.origin.on("/2026/post", Answer::html(article("A post", "What the post says.")));
    world.origin.on("/2026/other", Answer::html(article("Another", "What the other says.")));
    for path in ["/2026/post", "/2026/other"] {
        world.keepfast(&["add", &world.url(path)]).well();
    }
    look(&world, 0);
    let beside = |world: &World| world.origin.targets().iter().filter(|t| t.contains("/kept-")).count();
    assert_eq!(beside(&world), 0, "nobody asks where nothing changed");
    // The host has no 404: what it does not know is its front page. The other page is only written anew.
    world.origin.on("/2026/post", Answer::html(front.clone()));
    world.origin.on("/2026/other", Answer::html(article("Another title", "Words that nobody wrote before.")));
    world.origin.handle("", "*", move |hit| match hit.target.contains("/kept-") {
        true => Answer::html(front.clone()),
        false => Answer::status(404),
    });
    look(&world, DAY);
    assert_eq!(beside(&world), 2);
    let by_watch = world.column("SELECT outcome FROM snapshot ORDER BY watch, id");
    assert_eq!(by_watch, ["captured", "soft_404", "captured", "captured"]);
    assert_eq!(ledger(&world), ["page suspect soft_404 1"]);
    assert_eq!(
        world.one::<i64>(
            "SELECT current_snapshot = (SELECT min(id) FROM snapshot WHERE watch = 1) FROM watch WHERE id = 1"
        ),
        1,
        "what was kept stays the current one"
    );
    assert_eq!(world.one::<i64>("SELECT count(*) FROM exchange WHERE hop = 'beside'"), 2);
    world.is_sound();
}
