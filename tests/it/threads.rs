//! Threads and comments that go over several pages.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::Value;

use crate::reextract::as_read_by_an_older_reader;
use crate::server::{Answer, Hit};
use crate::world::{World, article};

const CHALLENGE: &str =
    "<html><head><title>Just a moment...</title></head><body><h1>Checking your browser</h1></body></html>";

/// A WordPress post with some comments (by number), a row of links to other pages of them, and the next article.
fn post(numbers: impl IntoIterator<Item = u32>, nav: &str, claimed: u32) -> String {
    let comments: String = numbers
        .into_iter()
        .map(|n| {
            format!(
                "<li class=\"comment depth-1\" id=\"comment-{n}\"><article class=comment-body><cite class=fn>Reader {n}</cite>\
                 <time datetime=\"2021-05-{n:02}T10:00:00+00:00\">May {n}, 2021</time><div class=comment-content>\
                 <p>I crossed it that week, word{n}, and saw the water.</p></div></article></li>"
            )
        })
        .collect();
    article("The bridge", "It was closed.").replace(
        "</body>",
        &format!(
            "<nav class=nav-single><a rel=prev href=/2021/flood/>The flood</a> <a rel=next href=/2021/market/>The market</a></nav>\
             <div id=comments class=comments-area><h2 class=comments-title>{claimed} thoughts on &ldquo;The bridge&rdquo;</h2>\
             <ol class=comment-list>{comments}</ol>{nav}</div></body>"
        ),
    )
    .replace("</head>", "<link rel=next href=/2021/market/></head>")
}

fn newer(n: u32) -> String {
    format!("<div class=nav-next><a href=\"/2021/bridge/comment-page-{n}/#comments\">Newer Comments</a></div>")
}

fn older(n: u32) -> String {
    format!("<div class=nav-previous><a href=\"/2021/bridge/comment-page-{n}/#comments\">Older Comments</a></div>")
}

/// A forum thread: four posts a page, numbers of pages below.
fn topic(page: u32, of: u32, word: &str) -> String {
    let posts: String = (1..=4)
        .map(|n| (page - 1) * 4 + n)
        .map(|n| {
            format!(
                "<div id=p{n} class=post><p class=author>by <a class=username href=\"memberlist.php?u={n}\">Member {n}</a> \
                 <time datetime=\"2021-05-{n:02}T10:00:00+00:00\">May {n}, 2021</time></p><div class=content>Post {n} of the \
                 thread: the river rose in the night, and nobody could say when the bridge would be opened again. {word}</div></div>"
            )
        })
        .collect();
    let pages: String = (1..=of)
        .filter(|n| *n != page)
        .map(|n| match n {
            1 => "<li><a href=\"viewtopic.php?t=5\">1</a></li>".to_owned(),
            n => format!("<li><a href=\"viewtopic.php?t=5&amp;start={}\">{n}</a></li>", (n - 1) * 4),
        })
        .collect();
    format!(
        "<!doctype html><html lang=en><head><title>Bridge</title></head><body><h2 class=topic-title>Bridge</h2>{posts}\
         <div class=pagination>Page {page} of {of}<ul>{pages}</ul></div><a href=\"viewtopic.php?t=6\">Next topic</a></body></html>"
    )
}

/// The page of a thread that was asked for.
fn asked(hit: &Hit) -> u32 {
    hit.target.split_once("start=").map_or(1, |(_, start)| start.parse::<u32>().unwrap() / 4 + 1)
}

fn forum(world: &World, of: u32) {
    world.origin.handle("", "/viewtopic.php", move |hit| Answer::html(topic(asked(hit), of, "")));
}

pub fn line(world: &World, snapshot: &str) -> Value {
    world.keepfast(&["export", "--format", "jsonl", "--snapshot", snapshot]).well().json()
}

fn ids(line: &Value) -> Vec<String> {
    let comments = line["document"]["comments"].as_array().unwrap();
    comments.iter().map(|c| c["id"].as_str().unwrap_or("-").trim_start_matches("comment-").to_owned()).collect()
}

/// Seen, claimed, complete, shortfall.
pub fn counted(line: &Value) -> String {
    ["comments_seen", "comments_claimed", "comments_complete", "comments_shortfall"]
        .map(|key| line[key].to_string())
        .join(" ")
}

#[test]
fn comments_over_three_pages_are_one_list_and_the_next_article_is_not_asked_for() {
    let world = World::new();
    // One of the second page answers one of the first.
    let answer =
        "<p class=parent>In reply to <a href=/2021/bridge/#comment-1>Reader 1</a></p><p>I crossed it that week, word5";
    let second =
        post(4..=6, &format!("{}{}", older(1), newer(3)), 8).replace("<p>I crossed it that week, word5", answer);
    world
        .origin
        .on("/2021/bridge/", Answer::html(post(1..=3, &newer(2), 8)))
        .on("/2021/bridge/comment-page-2/", Answer::html(second))
        .on("/2021/bridge/comment-page-3/", Answer::html(post(7..=8, &older(2), 8)));
    world.keepfast(&["add", "--once", &world.url("/2021/bridge/")]).well();
    let pages = ["/2021/bridge/", "/2021/bridge/comment-page-2/", "/2021/bridge/comment-page-3/"];
    assert_eq!(world.origin.targets(), pages);
    let line = line(&world, "1");
    assert_eq!(ids(&line), ["1", "2", "3", "4", "5", "6", "7", "8"]);
    assert_eq!(counted(&line), "8 8 true null");
    assert_eq!(
        (&line["document"]["comments"][4]["parent"], &line["document"]["comments"][4]["depth"]),
        (&0.into(), &1.into())
    );
    assert_eq!(world.one::<i64>("SELECT comments_complete FROM snapshot"), 1);
    assert_eq!(world.column("SELECT hop FROM exchange WHERE hop != 'robots'"), ["seed", "page", "page"]);
    world.keepfast(&["show", "1"]).well().says("Comments (8; complete)").says("word8").says("Further pages (2)");
    for format in ["markdown", "html"] {
        world.keepfast(&["export", "--format", format]).well().says("word8").says("8; complete");
    }
    world.keepfast(&["export", "--format", "csv"]).well().says(",8,8,true,,2,");
    // Its octets are in the archive like any other's.
    let text = world.segments().iter().map(|s| World::warc_text(s)).collect::<String>();
    assert!(text.contains("word5") && text.contains("word8"));
    assert_eq!(world.keepfast(&["search", "word8", "--json"]).well().json()["results"][0]["comment"]["number"], 8);
    world.is_sound();
}

#[test]
fn an_article_that_shows_its_newest_comments_leads_back_to_the_oldest() {
    let world = World::new();
    world
        .origin
        .on("/2021/bridge/", Answer::html(post([8, 7], &older(2), 8)))
        .on("/2021/bridge/comment-page-2/", Answer::html(post([6, 5, 4], &format!("{}{}", older(1), newer(3)), 8)))
        .on("/2021/bridge/comment-page-1/", Answer::html(post([3, 2, 1], &newer(2), 8)));
    world.keepfast(&["add", "--once", &world.url("/2021/bridge/")]).well();
    let pages = ["/2021/bridge/", "/2021/bridge/comment-page-2/", "/2021/bridge/comment-page-1/"];
    assert_eq!(world.origin.targets(), pages, "page 3 is the article itself");
    let line = line(&world, "1");
    assert_eq!(ids(&line), ["8", "7", "6", "5", "4", "3", "2", "1"], "as the site has them: the newest first");
    assert_eq!(counted(&line), "8 8 true null");
}

#[test]
fn a_comment_that_moves_to_the_next_page_is_no_change_but_a_new_one_is() {
    let world = World::new();
    let state = Arc::new(AtomicUsize::new(0));
    let (first, second) = (state.clone(), state.clone());
    world.origin.handle("", "/2021/bridge/", move |_| match first.load(Ordering::SeqCst) {
        0 => Answer::html(post([6, 5, 4], &older(1), 6)),
        // Two a page instead of three; the claim is the theme's.
        1 => Answer::html(post([6, 5], &older(1), 6)),
        _ => Answer::html(post([7, 6, 5], &older(1), 7)),
    });
    world.origin.handle("", "/2021/bridge/comment-page-1/", move |_| match second.load(Ordering::SeqCst) {
        0 => Answer::html(post([3, 2, 1], &newer(2), 6)),
        _ => Answer::html(post([4, 3, 2, 1], &newer(2), 6)),
    });
    world.keepfast(&["add", &world.url("/2021/bridge/")]).well();
    for n in 0..3 {
        state.store(n, Ordering::SeqCst);
        world.keepfast(&["run", "--all"]).well();
    }
    assert_eq!(world.outcomes(), ["captured", "unchanged", "captured"]);
    assert_eq!(ids(&line(&world, "2")), ["6", "5", "4", "3", "2", "1"]);
    assert_eq!(ids(&line(&world, "3")).len(), 7);
    world.is_sound();
}

#[test]
fn a_long_thread_is_followed_as_far_as_the_budget_goes_and_that_is_said() {
    let world = World::new();
    forum(&world, 5);
    world.keepfast(&["add", &world.url("/viewtopic.php?t=5")]).well();
    world.keepfast(&["--set", "capture.follow_pages=3", "run"]).well();
    let page = |n: u32| format!("/viewtopic.php?t=5&start={n}");
    assert_eq!(world.origin.targets(), ["/viewtopic.php?t=5".to_owned(), page(4), page(8), page(12)]);
    let first = line(&world, "1");
    assert_eq!(counted(&first), "16 null false \"budget\"");
    assert_eq!(first["flags"], serde_json::json!(["comments-partial"]));
    assert_eq!(first["pages"][3]["outcome"], Value::Null);
    assert!(first["pages"][3]["reason"].as_str().unwrap().contains("more pages than the 3"));
    world.keepfast(&["show", "1"]).well().says("Comments (16; incomplete: budget)").says("not asked");
    world.keepfast(&["export", "--format", "csv"]).well().says(",16,,false,budget,3,");
    // Had in full later, the rest tells of no change: it was not seen before.
    world.keepfast(&["run", "--all"]).well();
    assert_eq!(world.outcomes(), ["captured", "unchanged"]);
    assert_eq!(counted(&line(&world, "2")), "20 null true null");
    // None at all.
    world.keepfast(&["--set", "capture.follow_pages=0", "run", "--all"]).well();
    let last = line(&world, "3");
    assert_eq!((counted(&last).as_str(), &last["outcome"]), ("4 null false \"off\"", &"unchanged".into()));
    world.is_sound();
}

#[test]
fn a_page_in_the_middle_leads_both_ways() {
    let world = World::new();
    forum(&world, 4);
    world.keepfast(&["add", "--once", &world.url("/viewtopic.php?t=5&start=8")]).well();
    let page = |n: u32| format!("/viewtopic.php?t=5&start={n}");
    assert_eq!(world.origin.targets(), [page(8), page(12), page(4), "/viewtopic.php?t=5".to_owned()]);
    let line = line(&world, "1");
    assert_eq!(ids(&line), (1..=16).map(|n| format!("p{n}")).collect::<Vec<_>>());
}

#[test]
fn what_robots_txt_disallows_is_not_followed_and_the_rest_is() {
    let world = World::new();
    forum(&world, 4);
    world.origin.on("/robots.txt", Answer::of("text/plain", "User-agent: *\nDisallow: /*start=4\n"));
    world.keepfast(&["add", "--once", &world.url("/viewtopic.php?t=5")]).well();
    let targets = world.origin.targets();
    assert!(!targets.iter().any(|t| t.ends_with("start=4")), "{targets:?}");
    let line = line(&world, "1");
    assert_eq!(counted(&line), "12 null false \"robots\"");
    assert_eq!(line["pages"][0]["outcome"], "robots_refused");
    world.is_sound();
}

#[test]
fn pages_that_lead_in_a_circle_or_bring_nothing_new_end() {
    let world = World::new();
    // Every page names a next one, and from the third on they say what was said.
    world.origin.handle("", "/viewtopic.php", |hit| {
        let page = asked(hit);
        let next = format!("<a rel=next href=\"viewtopic.php?t=5&start={}\">Next</a>", page * 4);
        Answer::html(topic(page.min(3), 1, "").replace("</body>", &format!("{next}<p>{page}</p></body>")))
    });
    world.keepfast(&["add", "--once", &world.url("/viewtopic.php?t=5")]).well();
    assert_eq!(world.origin.targets().len(), 4, "{:?}", world.origin.targets());
    let one = line(&world, "1");
    assert_eq!(counted(&one), "12 null true null");
    assert!(one["pages"][2]["reason"].as_str().unwrap().contains("nothing that the pages before do not have"));
    // Two pages that name each other, and one that leads to the first.
    let world = World::new();
    world.origin.handle("", "/viewtopic.php", |hit| match asked(hit) {
        1 => Answer::html(topic(1, 3, "")),
        2 => Answer::html(topic(2, 3, "")),
        _ => Answer::redirect(302, "/viewtopic.php?t=5"),
    });
    world.keepfast(&["add", "--once", &world.url("/viewtopic.php?t=5")]).well();
    let two = line(&world, "1");
    assert_eq!(counted(&two), "8 null true null");
    assert_eq!(two["pages"][1]["reason"], "it is a page that was had already");
    world.is_sound();
}

#[test]
fn a_page_that_leads_to_another_site_is_not_part_of_the_thread() {
    let world = World::new();
    let away = world.url_of("b.test", "/viewtopic.php?t=5&start=4");
    world.origin.handle("a.test", "/viewtopic.php", move |hit| match asked(hit) {
        1 => Answer::html(topic(1, 2, "")),
        _ => Answer::redirect(302, &away),
    });
    world.origin.handle("b.test", "/viewtopic.php", |_| Answer::html(topic(2, 2, "")));
    world.keepfast(&["add", "--once", &world.url_of("a.test", "/viewtopic.php?t=5")]).well();
    let line = line(&world, "1");
    assert_eq!(counted(&line), "4 null false \"failed\"");
    assert!(line["pages"][0]["reason"].as_str().unwrap().contains("leads elsewhere"));
}

#[test]
fn a_wall_in_the_middle_ends_the_following_and_tells_of_no_change() {
    let world = World::new();
    let walled = Arc::new(AtomicUsize::new(0));
    let now = walled.clone();
    world.origin.handle("", "/viewtopic.php", move |hit| match (asked(hit), now.load(Ordering::SeqCst)) {
        (3, 1) => Answer::html(CHALLENGE),
        (2, 2) => Answer::status(429).field("Retry-After", "3600"),
        (page, _) => Answer::html(topic(page, 5, "")),
    });
    world.keepfast(&["add", &world.url("/viewtopic.php?t=5")]).well();
    world.keepfast(&["run"]).well();
    walled.store(1, Ordering::SeqCst);
    let before = world.origin.targets().len();
    world.keepfast(&["run", "--all"]).well();
    assert_eq!(world.origin.targets().len() - before, 3, "nothing behind the wall is asked for");
    let second = line(&world, "2");
    assert_eq!(counted(&second), "8 null false \"wall\"");
    assert_eq!(second["outcome"], "unchanged", "posts behind a wall are not gone");
    assert_eq!(second["pages"][1]["outcome"], "challenge");
    assert!(second["pages"][2]["reason"].as_str().unwrap().contains("the following ended at"));
    world.keepfast(&["show", "2"]).well().says("incomplete: wall").says("challenge");
    // A host that wants to be left alone is, also by the next run.
    walled.store(2, Ordering::SeqCst);
    world.keepfast(&["run", "--all"]).well();
    assert_eq!(counted(&line(&world, "3")), "4 null false \"wall\"");
    assert_eq!(world.one::<i64>("SELECT count(*) FROM host WHERE not_before > 0"), 1);
    world.is_sound();
}

#[test]
fn an_edit_on_the_second_page_is_a_change_though_the_first_answers_304() {
    let world = World::new();
    let edited = Arc::new(AtomicUsize::new(0));
    let now = edited.clone();
    world.origin.handle("", "/viewtopic.php", move |hit| {
        let (page, version) = (asked(hit), now.load(Ordering::SeqCst));
        let word = if page == 2 && version == 1 { "Edited." } else { "" };
        let tag = format!("\"{page}-{}\"", word.len());
        match hit.field("if-none-match") {
            Some(known) if known == tag => Answer::status(304).field("ETag", tag),
            _ => Answer::html(topic(page, 3, word)).field("ETag", tag),
        }
    });
    world.keepfast(&["add", &world.url("/viewtopic.php?t=5")]).well();
    world.keepfast(&["run"]).well();
    world.keepfast(&["run", "--all"]).well();
    let octets = world.one::<i64>("SELECT sum(size) FROM payload");
    assert_eq!(
        world.column("SELECT status FROM exchange WHERE id / 4096 = 2 AND hop != 'robots'"),
        ["304", "304", "304"]
    );
    assert_eq!(world.column("SELECT outcome FROM page WHERE snapshot = 2"), ["unchanged", "unchanged"]);
    assert_eq!(counted(&line(&world, "2")), "12 null true null");
    let held =
        |id: u32| world.column(&format!("SELECT payload FROM exchange WHERE id / 4096 = {id} AND hop != 'robots'"));
    assert_eq!(held(1), held(2), "each 304 stands for the payload that it confirms");
    edited.store(1, Ordering::SeqCst);
    world.keepfast(&["run", "--all"]).well();
    assert_eq!(world.outcomes(), ["captured", "unchanged", "captured"]);
    assert_eq!(
        world.column("SELECT status FROM exchange WHERE id / 4096 = 3 AND hop != 'robots'"),
        ["304", "200", "304"]
    );
    assert_eq!(world.one::<i64>("SELECT changed FROM snapshot WHERE id = 3"), 1);
    assert_eq!(world.one::<i64>("SELECT count(*) FROM document"), 4, "three pages, and one of them anew");
    assert!(world.one::<i64>("SELECT sum(size) FROM payload") < octets * 2);
    world.keepfast(&["show", "3"]).well().says("Edited.");
    world.keepfast(&["show", "2"]).well().does_not_say("Edited.");
    // What the page no longer says is found, and is told apart from what it says.
    let found = world.keepfast(&["search", "edited", "--json"]).well().json();
    assert_eq!(
        (found["results"][0]["snapshot"].as_i64(), &found["results"][0]["version"]),
        (Some(3), &"current".into())
    );
    edited.store(0, Ordering::SeqCst);
    world.keepfast(&["run", "--all"]).well();
    let found = world.keepfast(&["search", "edited", "--json"]).well().json();
    assert_eq!((&found["results"][0]["version"], &found["results"][0]["gone"]), (&"former".into(), &true.into()));
    world.is_sound();
}

#[test]
fn a_further_page_that_is_known_is_neither_kept_nor_read_twice() {
    let world = World::new();
    forum(&world, 3);
    world.keepfast(&["add", &world.url("/viewtopic.php?t=5")]).well();
    world.keepfast(&["run"]).well();
    world.keepfast(&["run", "--all"]).well();
    assert_eq!(world.outcomes(), ["captured", "unchanged"]);
    assert_eq!(world.one::<i64>("SELECT count(*) FROM document"), 3);
    assert_eq!(world.one::<i64>("SELECT count(*) FROM comment"), 12);
    assert_eq!(world.one::<i64>("SELECT count(*) FROM payload WHERE size > 500"), 3);
    // The second page as a watch of its own is the same page.
    world.keepfast(&["add", "--once", &world.url("/viewtopic.php?t=5&start=4")]).well();
    assert_eq!(world.one::<i64>("SELECT count(*) FROM document"), 3);
    world.is_sound();
}

#[test]
fn pruning_takes_the_further_pages_along_and_leaves_what_others_need() {
    let world = World::new();
    forum(&world, 2);
    world.keepfast(&["add", &world.url("/viewtopic.php?t=5")]).well();
    world.keepfast(&["run"]).well();
    world.keepfast(&["add", "--once", &world.url("/2021/none/")]).ends(1);
    world.keepfast(&["remove", &world.url("/2021/none/")]).well();
    world.keepfast(&["prune", "--yes"]).well();
    assert_eq!(counted(&line(&world, "1")), "8 null true null");
    world.keepfast(&["remove", &world.url("/viewtopic.php?t=5")]).well();
    world.keepfast(&["prune", "--yes"]).well();
    for table in ["page", "document", "comment"] {
        assert_eq!(world.one::<i64>(&format!("SELECT count(*) FROM {table}")), 0, "{table}");
    }
    world.is_sound();
}

#[test]
fn a_changed_row_of_a_further_page_is_found_by_verification() {
    let world = World::new();
    forum(&world, 2);
    world.keepfast(&["add", "--once", &world.url("/viewtopic.php?t=5")]).well();
    world.is_sound();
    let page = "SELECT document FROM page WHERE document IS NOT NULL";
    world
        .catalog()
        .execute_batch(&format!("UPDATE comment SET text = 'Other.' WHERE document = ({page}) AND seq = 1"))
        .unwrap();
    world.keepfast(&["verify"]).ends(6).says("document");
    let world = World::new();
    forum(&world, 2);
    world.keepfast(&["add", "--once", &world.url("/viewtopic.php?t=5")]).well();
    world.catalog().execute_batch("UPDATE page SET outcome = 'challenge'").unwrap();
    world.keepfast(&["verify"]).ends(6).says("snapshot 1");
}

/// The archive as an older reader would have left it, which misread a word in all posts.
fn misread(world: &World) {
    world.catalog().execute_batch("UPDATE comment SET text = replace(text, 'river', 'liver')").unwrap();
    as_read_by_an_older_reader(world, "Bridge", "Ridge");
}

#[test]
fn further_pages_are_read_again_with_the_first() {
    let world = World::new();
    forum(&world, 3);
    world.keepfast(&["add", "--once", &world.url("/viewtopic.php?t=5")]).well();
    misread(&world);
    assert!(!world.keepfast(&["show", "1"]).well().says("liver").out.contains("river"));
    let said = world.keepfast(&["reextract", "--json"]).well().json();
    assert_eq!((&said["read"], &said["differ"]), (&3.into(), &3.into()));
    world.keepfast(&["show", "1"]).well().says("Post 12").does_not_say("liver");
    assert_eq!(ids(&line(&world, "1")).len(), 12);
    let found = world.keepfast(&["search", "river", "--json"]).well().json();
    assert_eq!(found["results"][0]["comment"]["number"], 1);
    assert!(world.keepfast(&["search", "liver", "--json"]).well().json()["results"].as_array().unwrap().is_empty());
    world.is_sound();
    world.keepfast(&["remove", &world.url("/viewtopic.php?t=5")]).well();
    world.keepfast(&["prune", "--yes"]).well();
    assert_eq!(world.one::<i64>("SELECT count(*) FROM document"), 0);
    world.is_sound();
}

#[test]
fn a_new_reader_of_further_pages_is_no_edit_and_an_edit_is_one() {
    for confirms in [false, true] {
        let world = World::new();
        let edited = Arc::new(AtomicUsize::new(0));
        let now = edited.clone();
        world.origin.handle("", "/viewtopic.php", move |hit| {
            let (page, version) = (asked(hit), now.load(Ordering::SeqCst));
            let word = if page == 2 && version > 0 { format!("Edit {version}.") } else { String::new() };
            let tag = format!("\"{page}-{}\"", if page == 2 { version } else { 0 });
            match hit.field("if-none-match") {
                Some(known) if known == tag && confirms => Answer::status(304),
                _ => Answer::html(topic(page, 3, &word)).field("ETag", tag),
            }
        });
        world.keepfast(&["add", &world.url("/viewtopic.php?t=5")]).well();
        world.keepfast(&["run"]).well();
        misread(&world);
        world.keepfast(&["run", "--all"]).well();
        assert_eq!(world.outcomes(), ["captured", "unchanged"], "confirms: {confirms}");
        edited.store(1, Ordering::SeqCst);
        misread(&world);
        world.keepfast(&["run", "--all"]).well();
        assert_eq!(world.outcomes(), ["captured", "unchanged", "captured"], "confirms: {confirms}");
        world.is_sound();
    }
}

#[test]
fn pictures_in_posts_of_further_pages_are_fetched_once() {
    let world = World::new();
    let state = Arc::new(AtomicUsize::new(0));
    let now = state.clone();
    world.origin.handle("", "/viewtopic.php", move |hit| {
        let (page, version) = (asked(hit), now.load(Ordering::SeqCst));
        let more = if page == 2 && version > 0 { "<img src=/new.png alt=new> This is how it looks now." } else { "" };
        let picture = format!("<img src=/photo{page}.png alt=\"The bridge\" width=600 height=400>{more}");
        let tag = format!("\"{page}-{}\"", more.len());
        match hit.field("if-none-match") {
            Some(known) if known == tag => Answer::status(304),
            _ => Answer::html(topic(page, 2, &picture)).field("ETag", tag),
        }
    });
    for name in ["/photo1.png", "/photo2.png", "/new.png"] {
        world.origin.on(name, Answer::of("image/png", format!("\x7fPNG{name}")));
    }
    world.keepfast(&["add", &world.url("/viewtopic.php?t=5")]).well();
    world.keepfast(&["run"]).well();
    world.keepfast(&["run", "--all"]).well();
    state.store(1, Ordering::SeqCst);
    world.keepfast(&["run", "--all"]).well();
    let mut pictures: Vec<_> = world.origin.targets().into_iter().filter(|t| t.ends_with(".png")).collect();
    pictures.sort();
    assert_eq!(pictures, ["/new.png", "/photo1.png", "/photo2.png"]);
    assert_eq!(world.outcomes(), ["captured", "unchanged", "captured"]);
    for (snapshot, states) in [("1", "fetched fetched"), ("2", "fetched fetched"), ("3", "held held fetched")] {
        let line = line(&world, snapshot);
        let media = line["media"].as_array().unwrap().iter().map(|m| m["state"].as_str().unwrap());
        assert_eq!(media.collect::<Vec<_>>().join(" "), states, "snapshot {snapshot}");
    }
    world.is_sound();
}
