//! Media that are held, looked at again: replaced under their name while their page stays as it is, gone, or there again.

use crate::server::{Answer, Hit};
use crate::world::{World, article};

const HOUR: i64 = 3600;
const DAY: i64 = 24 * HOUR;

/// A page that never changes and answers 304, with these things at the end of its text.
fn a_page(world: &World, parts: &str) {
    let page =
        article("The van", "What the article says of the van.").replace("</article>", &format!("{parts}</article>"));
    world.origin.handle("", "/a", move |hit| match hit.field("if-none-match") {
        Some("\"page\"") => Answer::status(304).field("ETag", "\"page\""),
        _ => Answer::html(page.clone()).field("ETag", "\"page\""),
    });
    world.keepfast(&["add", &world.url("/a")]).well();
}

fn picture(octets: &str) -> Answer {
    Answer::of("image/png", format!("\u{89}PNG\r\n{octets}"))
}

/// A picture with a validator, as servers of files have it.
fn tagged(octets: &'static str) -> impl Fn(&Hit) -> Answer + Send + Sync + 'static {
    let tag = format!("\"{octets}\"");
    move |hit| match hit.field("if-none-match") {
        Some(known) if known == tag => Answer::status(304).field("ETag", &tag),
        _ => picture(octets).field("ETag", &tag),
    }
}

fn look(world: &World, after: i64) {
    world.time_passes(after);
    world.keepfast(&["run", "--all"]).well();
}

/// How often something was asked for.
fn asked(world: &World, target: &str) -> usize {
    world.origin.targets().iter().filter(|asked| *asked == target).count()
}

/// Outcome, whether it changed, and what, of the newest snapshot.
fn newest(world: &World) -> String {
    world.one(
        "SELECT outcome || ' ' || coalesce(changed, '-') || ' ' || coalesce(what, '-') FROM snapshot ORDER BY id DESC",
    )
}

/// State, manner and looks of what is in the ledger.
fn ledger(world: &World) -> Vec<String> {
    world.column("SELECT subject || ' ' || state || ' ' || manner || ' ' || checks FROM presence ORDER BY id")
}

#[test]
fn a_picture_replaced_under_its_name_is_seen_though_its_page_answers_304() {
    let world = World::new();
    a_page(&world, "<figure><img src=/van.png alt='The van'></figure><figure><img src=/road.png></figure>");
    world.origin.handle("", "/van.png", tagged("1")).handle("", "/road.png", tagged("r"));
    look(&world, 0);
    look(&world, HOUR);
    assert_eq!(asked(&world, "/van.png"), 1, "it was asked for an hour ago");
    let (media, octets) = ("SELECT count(*) FROM media", "SELECT sum(length) FROM segment");
    let kept = (
        world.one::<i64>(media),
        world.one::<i64>("SELECT count(*) FROM exchange WHERE hop <> 'robots'"),
        world.one::<i64>(octets),
    );

    // The server confirms it: that is noted at its exchange, and nothing else is.
    look(&world, DAY);
    let hits = world.origin.log();
    let conditional = hits.iter().filter(|hit| hit.target.ends_with(".png") && hit.field("if-none-match").is_some());
    assert_eq!(conditional.map(|hit| hit.target.as_str()).collect::<Vec<_>>().len(), 2);
    assert_eq!(newest(&world), "unchanged 0 -");
    assert_eq!(world.one::<i64>(media), kept.0);
    assert_eq!(world.one::<i64>("SELECT count(*) FROM exchange WHERE hop <> 'robots'"), kept.1 + 1, "that of the page");
    assert!(world.one::<i64>(octets) - kept.2 < 2200);
    assert_eq!(world.one::<i64>("SELECT count(*) FROM held WHERE same_at IS NOT NULL"), 2);

    world.origin.handle("", "/van.png", tagged("2"));
    look(&world, HOUR);
    assert_eq!(newest(&world), "unchanged 0 -", "its turn has not come");
    look(&world, DAY);
    assert_eq!(newest(&world), "captured 1 media 1 replaced");
    assert_eq!(world.one::<String>("SELECT flags FROM snapshot ORDER BY id DESC"), "not-modified");
    assert_eq!(
        world.column("SELECT subject || ' ' || action || ' ' || key FROM change"),
        [format!("media replaced {}", world.url("/van.png"))]
    );
    let states = "SELECT state FROM media WHERE snapshot = (SELECT max(id) FROM snapshot) ORDER BY seq";
    assert_eq!(world.column(states), ["fetched", "held"], "all media of the page are shown with it");
    let shown = world.keepfast(&["show", &world.url("/a"), "--json"]).well().json();
    assert_eq!(shown["document"]["title"], "The van", "what the page says is what the 304 confirmed");
    let digests = |shown: &serde_json::Value| {
        let media = shown["media"].as_array().unwrap().iter();
        media.map(|m| m["payload"].as_str().unwrap_or_default().to_owned()).collect::<Vec<_>>()
    };
    let before = world.keepfast(&["show", "1", "--json"]).well().json();
    assert_ne!(digests(&shown)[0], digests(&before)[0]);
    assert_eq!(digests(&shown)[1], digests(&before)[1]);
    world.keepfast(&["changes"]).well().says("media 1 replaced");
    world.keepfast(&["diff", &world.url("/a")]).well().says("/van.png");
    world.keepfast(&["events", "--kind", "changed"]).well().says("media 1 replaced");

    // That was the only change, and the new one is what is asked for from now on.
    look(&world, DAY);
    assert_eq!(newest(&world), "unchanged 0 -");
    let last = world.origin.log().into_iter().rev().find(|hit| hit.target == "/van.png").unwrap();
    assert_eq!(last.field("if-none-match"), Some("\"2\""));
    world.is_sound();
}

#[test]
fn what_has_no_validators_is_had_in_full_unless_it_is_long() {
    let world = World::new();
    a_page(
        &world,
        "<figure><img src=/plain.png></figure><figure><img src=/dated.png></figure><figure><img src=/long.png></figure>",
    );
    world.origin.on("/plain.png", picture("1")).on("/long.png", picture(&"1".repeat(2 << 20)));
    world.origin.handle("", "/dated.png", |hit| match hit.field("if-modified-since") {
        Some("Tue, 01 Sep 2026 10:00:00 GMT") => Answer::status(304),
        _ => picture("d").field("Last-Modified", "Tue, 01 Sep 2026 10:00:00 GMT"),
    });
    look(&world, 0);
    look(&world, DAY);
    assert_eq!(["/plain.png", "/dated.png", "/long.png"].map(|target| asked(&world, target)), [2, 2, 1]);
    assert_eq!(world.one::<i64>("SELECT count(*) FROM held WHERE same_at IS NOT NULL"), 2);
    assert_eq!(world.one::<i64>("SELECT count(*) FROM exchange WHERE hop = 'media'"), 3, "the same octets are no news");
    world.origin.on("/plain.png", picture("2"));
    look(&world, DAY);
    assert_eq!(newest(&world), "captured 1 media 1 replaced");
    // What is long is seen when all is asked for in full.
    world.origin.on("/long.png", picture(&"2".repeat(2 << 20)));
    look(&world, DAY);
    assert_eq!(newest(&world), "unchanged 0 -");
    look(&world, 7 * DAY);
    assert_eq!(newest(&world), "captured 1 media 1 replaced");
    world.is_sound();
}

#[test]
fn how_often_is_for_the_settings_to_say() {
    for (every, times) in [("0s", 4), ("2h", 2), ("1d", 1), ("never", 1)] {
        let world = World::new().env("KEEPFAST_CAPTURE__MEDIA_EVERY", every);
        a_page(&world, "<figure><img src=/van.png></figure>");
        world.origin.handle("", "/van.png", tagged("1"));
        for _ in 0..4 {
            look(&world, HOUR);
        }
        assert_eq!(asked(&world, "/van.png"), times, "{every}");
    }
    let world = World::new();
    world.keepfast(&["--set", "capture.media_every=often", "config", "check"]).ends(3).says("\"never\"");
    world.keepfast(&["--set", "capture.media_every=never", "config", "show"]).well().says("never");
}

#[test]
fn only_the_media_of_the_main_text_are_asked_for_again() {
    let world = World::new();
    let page = article("The van", "What the article says of the van.")
        .replace(
            "</article>",
            "<figure><img src=/van.png></figure><p>The <a href=/report.pdf>whole report</a>.</p></article>",
        )
        .replace("<body>", "<body><header><img src=/logo.png></header>");
    world.origin.on("/a", Answer::html(page));
    for target in ["/van.png", "/logo.png"] {
        world.origin.handle("", target, tagged("1"));
    }
    world.origin.on("/report.pdf", Answer::of("application/pdf", "%PDF 1"));
    world.keepfast(&["add", &world.url("/a")]).well();
    look(&world, 0);
    look(&world, DAY);
    assert_eq!(["/van.png", "/logo.png", "/report.pdf"].map(|target| asked(&world, target)), [2, 1, 2]);
    // A linked file is a part of what the page says.
    world.origin.on("/report.pdf", Answer::of("application/pdf", "%PDF 2"));
    look(&world, DAY);
    assert_eq!(newest(&world), "captured 1 media 1 replaced");
    world.is_sound();
}

#[test]
fn a_picture_in_full_size_behind_the_one_that_is_shown_is_the_same_picture() {
    let world = World::new();
    a_page(&world, "<figure><a href=/full.png><img src=/small.png alt=Van></a></figure>");
    world.origin.handle("", "/full.png", tagged("1")).handle("", "/small.png", tagged("s"));
    look(&world, 0);
    world.origin.handle("", "/full.png", tagged("2"));
    look(&world, DAY);
    assert_eq!(newest(&world), "captured 1 media 1 replaced");
}

#[test]
fn one_look_asks_for_so_many_and_the_next_for_the_others() {
    let world = World::new().env("KEEPFAST_CAPTURE__MEDIA_EVERY", "10m");
    let parts: String = (0..70).map(|n| format!("<figure><img src=/{n}.png></figure>")).collect();
    a_page(&world, &parts);
    for n in 0..70 {
        world.origin.on(&format!("/{n}.png"), picture(&n.to_string()).field("ETag", format!("\"{n}\"")));
    }
    world.origin.on("/69.png", picture("69"));
    look(&world, 0);
    let begun = world.origin.log().len();
    look(&world, HOUR);
    assert_eq!(world.origin.log().len() - begun, 52, "robots.txt, the page, and 50 of the pictures");
    assert_eq!(world.one::<String>("SELECT flags FROM snapshot ORDER BY id DESC"), "not-modified media-later");
    let first = (0..50).map(|n| asked(&world, &format!("/{n}.png"))).sum::<usize>();
    assert_eq!(first, 100);
    world.origin.on("/69.png", picture("other"));
    look(&world, 60);
    assert_eq!((asked(&world, "/69.png"), asked(&world, "/0.png")), (2, 2), "those that waited longest");
    assert_eq!(newest(&world), "captured 1 media 1 replaced");
    assert_eq!(world.one::<String>("SELECT flags FROM snapshot ORDER BY id DESC"), "not-modified");
    world.is_sound();
}

#[test]
fn a_picture_that_is_drawn_anew_each_time_is_noise_and_one_that_stayed_for_a_while_is_not() {
    let world = World::new().env("KEEPFAST_CAPTURE__MEDIA_EVERY", "2h");
    a_page(&world, "<figure><img src=/chart.png></figure><figure><img src=/van.png></figure>");
    world.origin.handle("", "/chart.png", |hit| picture(&hit.before.to_string())).handle("", "/van.png", tagged("1"));
    look(&world, 0);
    for _ in 0..18 {
        look(&world, HOUR);
    }
    let told = world.column("SELECT coalesce(changed, '-') FROM snapshot ORDER BY id");
    assert_eq!(told.iter().filter(|changed| *changed == "1").count(), 2, "until it is known: {told:?}");
    assert_eq!(asked(&world, "/chart.png"), 10);
    // The other one stayed the same for many looks, now and then.
    for octets in ["2", "3", "4", "5"] {
        world.origin.handle("", "/van.png", tagged(octets));
        look(&world, 2 * HOUR);
        assert_eq!(newest(&world), "captured 1 media 1 replaced", "{octets}");
        look(&world, 2 * HOUR);
        assert_eq!(newest(&world), "unchanged 0 -", "{octets}");
    }
    world.is_sound();
}

#[test]
fn a_picture_that_vanishes_is_confirmed_step_by_step_and_what_came_before_is_shown() {
    let world = World::new();
    a_page(&world, "<figure><img src=/van.png alt='The van'></figure>");
    world.origin.handle("", "/van.png", tagged("1"));
    look(&world, 0);
    world.origin.on("/van.png", Answer::status(404));
    look(&world, HOUR);
    assert_eq!(ledger(&world), Vec::<String>::new());
    look(&world, DAY);
    assert_eq!(ledger(&world), ["media suspect not_found 1"]);
    let witness =
        "SELECT e.status FROM presence_step s JOIN exchange e ON e.id / 4096 = s.snapshot WHERE e.hop = 'media'";
    assert_eq!(world.column(witness), ["404"], "the answer is kept");
    // It is asked for when the confirmation needs it, not with every look.
    let begun = asked(&world, "/van.png");
    for _ in 0..3 {
        look(&world, 60);
    }
    assert_eq!(asked(&world, "/van.png"), begun);
    look(&world, 120);
    assert_eq!(ledger(&world), ["media missing not_found 2"]);
    for wait in [HOUR, 5 * HOUR, 18 * HOUR, 2 * DAY] {
        look(&world, wait);
    }
    assert_eq!(ledger(&world), ["media missing not_found 6"]);
    world.origin.on("/van.png", Answer::status(410));
    // By then the page is asked for in full, with all that belongs to it.
    look(&world, 11 * DAY);
    assert_eq!(ledger(&world), ["media gone gone 7"]);
    assert_eq!(world.column("SELECT state FROM presence_step ORDER BY snapshot"), ["suspect", "missing", "gone"]);
    assert_eq!(
        world.column("SELECT DISTINCT outcome FROM snapshot WHERE id > 1"),
        ["unchanged"],
        "the page says the same"
    );
    world.keepfast(&["gone"]).well().says("gone media").says("The van").says("snapshot 1").says("7 looks");
    let rows = world.keepfast(&["gone", "--json"]).well().json();
    assert_eq!((rows[0]["subject"].as_str(), rows[0]["key"].as_str()), (Some("media"), Some(&*world.url("/van.png"))));
    world.keepfast(&["status"]).well().says("1 gone");
    world.keepfast(&["events", "--kind", "gone"]).well().says("a medium of the page is gone");
    let shown = world.keepfast(&["show", &world.url("/a"), "--json"]).well().json();
    assert_eq!(shown["media"][0]["state"], "held", "{}", shown["media"]);
    assert!(shown["media"][0]["reason"].as_str().unwrap().contains("410"), "{}", shown["media"]);
    assert!(shown["media"][0]["payload"].is_string());

    // It comes back, and that is told.
    world.origin.handle("", "/van.png", tagged("1"));
    look(&world, DAY);
    assert_eq!(ledger(&world), ["media present gone 0"]);
    world.keepfast(&["gone", "--state", "present"]).well().says("there again media");
    world.keepfast(&["events", "--kind", "reappeared"]).well().says("a medium of the page is there again");
    world.is_sound();
}

#[test]
fn walls_refusals_and_faults_say_nothing_of_a_picture() {
    let world = World::new().env("KEEPFAST_CAPTURE__MEDIA_EVERY", "1h").env("KEEPFAST_CAPTURE__MAX_RETRIES", "0");
    a_page(&world, "<figure><img src=/van.png alt='The van'></figure>");
    world.origin.handle("", "/van.png", tagged("1"));
    look(&world, 0);
    let page = "<title>Log in</title><form action=/login><input name=user><input type=password name=pw></form>";
    for n in 0..15 {
        let answer = match n % 5 {
            0 => Answer::status(403),
            1 => Answer::status(503),
            2 => Answer::html(page),
            3 => Answer::raw("").close(),
            _ => Answer::redirect(302, "/login"),
        };
        world.origin.on("/login", Answer::html(page)).on("/van.png", answer);
        look(&world, 2 * DAY);
    }
    assert!(asked(&world, "/van.png") >= 16, "it was asked for each time");
    assert_eq!(ledger(&world), Vec::<String>::new());
    let shown = world.keepfast(&["show", &world.url("/a"), "--json"]).well().json();
    assert_eq!(shown["media"][0]["state"], "held");
    assert_eq!(world.column("SELECT DISTINCT outcome FROM snapshot WHERE id > 1"), ["unchanged"]);
    // Now it is not there, is refused in between, and only what says something counts.
    world.origin.on("/van.png", Answer::status(404));
    look(&world, 2 * HOUR);
    world.origin.on("/van.png", Answer::status(403));
    look(&world, 30 * DAY);
    assert_eq!(ledger(&world), ["media suspect not_found 1"]);
    world.is_sound();
}

#[test]
fn robots_that_forbid_a_picture_are_no_deletion_and_are_not_asked_with_every_look() {
    let world = World::new().env("KEEPFAST_CAPTURE__MEDIA_EVERY", "1h");
    let hosted = world.url_of("b.test", "/van.png");
    a_page(&world, &format!("<figure><img src={hosted} alt='The van'></figure>"));
    world.origin.handle("b.test", "/van.png", tagged("1"));
    look(&world, 0);
    world.origin.on_host("b.test", "/robots.txt", Answer::of("text/plain", "User-agent: *\nDisallow: /"));
    let begun = asked(&world, "/van.png");
    look(&world, 2 * HOUR);
    assert_eq!(asked(&world, "/van.png"), begun);
    assert_eq!(ledger(&world), Vec::<String>::new());
    assert_eq!(world.one::<i64>("SELECT unixepoch() * 1000 - media_at < 60000 FROM watch"), 1, "it had its turn");
    world.is_sound();
}

#[test]
fn a_picture_that_leaves_its_page_is_not_gone_it_is_not_asked_for_any_more() {
    let world = World::new().env("KEEPFAST_CAPTURE__MEDIA_EVERY", "1h");
    let page = |parts: &str| {
        Answer::html(article("The van", "What it says.").replace("</article>", &format!("{parts}</article>")))
    };
    let both = "<figure><img src=/van.png></figure><figure><img src=/road.png></figure>";
    world.origin.on("/a", page(both));
    world.origin.handle("", "/van.png", tagged("1")).handle("", "/road.png", tagged("r"));
    world.keepfast(&["add", &world.url("/a")]).well();
    look(&world, 0);
    // One leaves its page and its server at once, the other was suspect before it left.
    world.origin.on("/road.png", Answer::status(404));
    look(&world, 2 * HOUR);
    assert_eq!(ledger(&world), ["media suspect not_found 1"]);
    world.origin.on("/van.png", Answer::status(404)).on("/a", page(""));
    let begun = (asked(&world, "/van.png"), asked(&world, "/road.png"));
    for _ in 0..20 {
        look(&world, 2 * DAY);
    }
    assert_eq!((asked(&world, "/van.png"), asked(&world, "/road.png")), begun);
    assert_eq!(ledger(&world), ["media suspect not_found 1"]);
    assert_eq!(world.one::<Option<i64>>("SELECT media_at FROM watch"), None);
    // Back on the page, it is asked for with the page.
    world.origin.handle("", "/van.png", tagged("1")).handle("", "/road.png", tagged("r")).on("/a", page(both));
    look(&world, DAY);
    assert_eq!(asked(&world, "/road.png"), begun.1 + 1);
    world.is_sound();
}

#[test]
fn redirects_to_a_picture_are_not_kept_again_where_it_is_confirmed() {
    let world = World::new().env("KEEPFAST_CAPTURE__MEDIA_EVERY", "1h");
    a_page(&world, "<figure><img src=/moved.png></figure>");
    world.origin.on("/moved.png", Answer::redirect(302, "/files/9.png")).handle("", "/files/9.png", tagged("1"));
    look(&world, 0);
    look(&world, 2 * HOUR);
    let last = world.origin.log().into_iter().rev().find(|hit| hit.target == "/files/9.png").unwrap();
    assert_eq!(
        last.field("if-none-match"),
        Some("\"1\""),
        "the validators are those of the answer at the end of the way"
    );
    assert_eq!(world.one::<i64>("SELECT count(*) FROM exchange WHERE id / 4096 = 2 AND hop <> 'robots'"), 1);
    world.is_sound();
}

#[test]
fn what_is_pruned_leaves_no_turn_behind() {
    let world = World::new();
    a_page(&world, "<figure><img src=/van.png></figure>");
    world.origin.handle("", "/van.png", tagged("1"));
    look(&world, 0);
    assert_eq!(world.one::<i64>("SELECT count(*) FROM held"), 1);
    world.keepfast(&["remove", &world.url("/a")]).well();
    world.keepfast(&["prune", "--yes"]).well();
    assert_eq!(world.one::<i64>("SELECT count(*) FROM held"), 0);
    world.is_sound();
}

#[test]
fn a_host_that_wants_to_be_left_alone_is_and_its_pictures_wait() {
    let world = World::new();
    let hosted = |n: usize| world.url_of("b.test", &format!("/{n}.png"));
    let parts: String = (0..30).map(|n| format!("<figure><img src={}></figure>", hosted(n))).collect();
    a_page(&world, &parts);
    world.origin.on("/robots.txt", Answer::status(404));
    world.origin.handle("", "*", |hit| picture(&hit.target));
    look(&world, 0);
    let asked = |world: &World| world.origin.log().iter().filter(|hit| hit.target.ends_with(".png")).count();
    assert_eq!(asked(&world), 30);
    world.origin.handle("", "*", |_| Answer::status(429).field("Retry-After", "7200"));
    look(&world, DAY);
    let refused = asked(&world) - 30;
    assert!((1..10).contains(&refused), "{refused} were asked for");
    assert_eq!(
        world.one::<String>("SELECT flags FROM snapshot ORDER BY id DESC"),
        "not-modified requisites-partial media-later"
    );
    assert_eq!(world.one::<i64>("SELECT count(*) FROM exchange WHERE status = 429"), i64::try_from(refused).unwrap());
    assert_eq!(
        world.one::<i64>("SELECT count(*) FROM exchange WHERE status IS NULL"),
        0,
        "who was not asked has no row"
    );
    assert_eq!(ledger(&world), Vec::<String>::new());
    // Those that were not asked are the first of the next look.
    world.origin.handle("", "*", |hit| picture(&hit.target));
    look(&world, 3 * HOUR);
    assert_eq!(asked(&world), 60);
    assert_eq!(world.one::<String>("SELECT flags FROM snapshot ORDER BY id DESC"), "not-modified");
    world.is_sound();
}

#[test]
fn a_picture_whose_signature_alone_is_another_is_neither_asked_for_again_nor_called_replaced() {
    let world = World::new();
    let page = |n: usize| {
        let src = format!("/van.png?Expires={n}&Signature=s{n}&Key-Pair-Id=K");
        article("The van", "What the article says.").replace("</article>", &format!("<img src='{src}'></article>"))
    };
    world.origin.handle("", "/a", move |hit| Answer::html(page(hit.before)));
    // What was signed once is not served for long.
    world.origin.handle("", "/van.png", |hit| match hit.field("if-none-match") {
        Some("\"v\"") => Answer::status(304),
        _ => picture(if hit.target.contains("Signature=s4&") { "another" } else { "van" }).field("ETag", "\"v\""),
    });
    world.keepfast(&["add", &world.url("/a")]).well();
    let pictures = || world.origin.targets().into_iter().filter(|t| t.starts_with("/van")).collect::<Vec<_>>();
    look(&world, 0);
    look(&world, HOUR);
    assert_eq!(pictures().len(), 1, "the same picture");
    assert!(newest(&world).contains(" 0 -"), "{}", newest(&world));
    let row = "SELECT url || ' ' || state || ' ' || (exchange IS NOT NULL) FROM media ORDER BY snapshot DESC LIMIT 1";
    let now = world.url("/van.png?Expires=1&Signature=s1&Key-Pair-Id=K");
    assert_eq!(world.one::<String>(row), format!("{now} held 1"), "under its address of now");
    look(&world, DAY);
    assert!(pictures()[1].contains("Signature=s2&"), "its turn: by its address of now, {:?}", pictures());
    look(&world, HOUR);
    assert_eq!(pictures().len(), 2);
    assert!(newest(&world).contains(" 0 -"), "{}", newest(&world));
    world.is_sound();
}
