//! Posts: an article with comments is a post with replies, listed, shown with versions, exported; hostile wherever it goes.

use std::fs;

use keepfast::app::POSTS;
use keepfast::clock::{Clock as _, System};
use keepfast::model::{PostKey, SnapshotId};
use keepfast::store::{Archive, PostFilter};

use crate::server::Answer;
use crate::world::{World, article};

#[path = "../../examples/made/mod.rs"]
mod made;
#[path = "../../examples/made/posts.rs"]
mod made_posts;

const HOUR: i64 = 3600;

fn page(world: &World, comments: &[(u32, &str, &str)]) {
    let mut list = String::from("<h3>Comments</h3><ol class=comment-list>");
    for (id, name, text) in comments {
        list.push_str(&format!(
            "<li class=comment id=comment-{id}><article><footer><b class=fn>{name}</b> \
             <time datetime=2026-11-12T18:28:42Z>Nov 12, 2026</time></footer>\
             <div class=comment-content><p>{text}</p></div></article></li>"
        ));
    }
    list.push_str("</ol></article>");
    let figure = "<figure><img src=/bridge.png alt='The bridge =1+1 &lt;b&gt;'></figure><h2>Then</h2>";
    let whole = article("The bridge", "It is closed.").replace("<p>It is", &format!("{figure}<p>It is"));
    world.origin.on("/story", Answer::html(whole.replace("</article>", &list)));
}

#[test]
fn add_says_what_it_recognised_and_nothing_of_hosts_that_nobody_knows() {
    let world = World::new();
    let said = world.keepfast(&["add", "https://t.me/s/TheValley", "https://t.me/TheValley/7"]).well();
    let said = said.says(
        "Telegram (public channels): account telegram:thevalley/; its posts are followed, asked for by the route",
    );
    said.says("post telegram:thevalley/7; asked for by the route").says("2 new, 0 known, 0 not added");
    let said = world.keepfast(&["add", &world.url("/story")]).well();
    assert_eq!(said.out.lines().count(), 2, "{}", said.out);
    let said = world.keepfast(&["add", "--json", "https://www.reddit.com/r/valley/"]).well().json();
    let it = &said["added"][0]["recognised"];
    assert_eq!((&it["platform"], &it["name"], &it["kind"]), (&"reddit".into(), &"Reddit".into(), &"list".into()));
    assert_eq!((&it["follows"], &it["wants"]["credential"]), (&true.into(), &"bearer".into()), "{it}");
    world
        .keepfast(&["add", "https://www.reddit.com/r/valley/"])
        .well()
        .says("no token of yours is given for it; missing without: more than");
    // Its own settings hold, also for what is watched already.
    let own = ["add", "--own", "platform=none", "https://t.me/s/TheValley"];
    world.keepfast(&own).well().does_not_say("Telegram");
    world.keepfast(&["add", "https://t.me/s/TheValley"]).well().does_not_say("Telegram");
    let own = ["add", "--own", "platform=mastodon", "https://social.example/@a"];
    world.keepfast(&own).well().says(", by its own settings: account mastodon:");
    // What pages of a host told before.
    let db = rusqlite::Connection::open(world.path("archive/catalog.db")).unwrap();
    db.execute("INSERT INTO program VALUES ('other.example:443', 'lemmy', 'lemmy', NULL, 'generator', 0)", []).unwrap();
    world.keepfast(&["add", "https://other.example/post/5"]).well().says(", as its host told: post lemmy:");
}

fn look(world: &World, after: i64) {
    world.time_passes(after);
    let ended = world.keepfast(&["run", "--all"]);
    assert!((0..=1).contains(&ended.code), "{}", ended.err);
}

const PNG: &[u8] = b"\x89PNG\r\n\x1a\n not really, but long enough to be held";

fn seen_twice() -> World {
    let world = World::new();
    world.origin.on("/bridge.png", Answer::of("image/png", PNG));
    page(
        &world,
        &[(1, "Ani", "I crossed it yesterday."), (2, "=cmd()", "&lt;script&gt;alert(1)&lt;/script&gt; is what I say.")],
    );
    world.keepfast(&["add", &world.url("/story")]).well();
    look(&world, 0);
    page(
        &world,
        &[(1, "Ani", "I crossed it on Sunday."), (2, "=cmd()", "&lt;script&gt;alert(1)&lt;/script&gt; is what I say.")],
    );
    look(&world, 2 * HOUR);
    look(&world, 2 * HOUR);
    world
}

#[test]
fn posts_are_listed_and_one_is_shown_with_what_it_said_before() {
    let world = seen_twice();
    let list = world.keepfast(&["posts", "--json"]).well().json();
    let posts = list["posts"].as_array().unwrap();
    assert_eq!((posts.len(), list["not_indexed"].as_u64()), (3, Some(0)), "{list:#}");
    let key = posts.iter().find(|p| p["post"]["author"]["name"] == "Ani").unwrap()["key"].as_str().unwrap().to_owned();
    world.keepfast(&["posts"]).well().says("Ani").says("2 versions").says("The bridge").says(&key);
    world.keepfast(&["posts", "--author", "Ani"]).well().says("Sunday").does_not_say("The bridge");
    world.keepfast(&["posts", "--platform", "x"]).well().says("No posts.");
    world.keepfast(&["posts", "--watch", &world.url("/story"), "--limit", "1"]).well().says("there are more");
    world.keepfast(&["posts", "--until", "2000-01-01"]).well().says("No posts.");
    world.keepfast(&["posts", "web:nowhere/1"]).fails(2, "there is no post");
    let one = world.keepfast(&["posts", &key]).well();
    let one = one.says("[-yesterday-]").says("{+on Sunday+}").says("snapshot 1").says("snapshot 2").says("route page");
    one.says("snapshot 3");
    let view = world.keepfast(&["posts", &world.url("/story"), "--json"]).well().json();
    let related: Vec<_> = view["related"].as_array().unwrap().iter().map(|r| r["kind"].as_str().unwrap()).collect();
    assert_eq!(related, ["reply", "reply"]);
    assert!(view["media"][0]["exchange"].is_number(), "{view:#}");
    assert_eq!(view["history"][0]["exchange"], 4096 + 1, "robots.txt is the first");
    world.is_sound();
}

#[test]
fn posts_are_found_by_their_words_and_are_not_found_once_removed() {
    let world = seen_twice();
    world.keepfast(&["posts"]).well().says("Sunday");
    world.keepfast(&["search", "crossed"]).well().says("Sunday");
    world.keepfast(&["remove", &world.url("/story")]).well();
    world.time_passes(HOUR);
    world.keepfast(&["prune", "--yes"]).well();
    world.keepfast(&["posts"]).well().says("No posts.");
    for table in
        ["post", "post_version", "post_seen", "post_document", "post_media", "relation", "actor", "actor_version"]
    {
        assert_eq!(world.one::<i64>(&format!("SELECT count(*) FROM {table}")), 0, "{table}");
    }
    world.is_sound();
}

#[test]
fn a_row_that_its_document_does_not_bear_out_is_named() {
    let damaged = |change: &str, words: &str| {
        let world = seen_twice();
        world.keepfast(&["posts"]).well();
        world.is_sound();
        world.catalog().execute_batch(change).unwrap();
        world.keepfast(&["verify"]).ends(6).says(words);
        // It can be made again from the documents.
        world.catalog().execute("DELETE FROM meta WHERE key = 'post_rules'", []).unwrap();
        world.keepfast(&["posts"]).well();
        world.is_sound();
    };
    damaged("UPDATE post_version SET digest = zeroblob(16) WHERE id = 2", "document 1: posts");
    damaged("UPDATE post SET key = 'web:other/1' WHERE id = 2", "document 1: posts");
    damaged("DELETE FROM post_seen WHERE document = 2 AND place = 1", "document 2: posts");
    damaged("DELETE FROM post_version WHERE id = 1", "media of version 1");
    damaged("INSERT INTO post_seen VALUES (1, 77, 1, NULL)", "place 77");
    damaged("DELETE FROM post_document WHERE document = 1", "is said to have posts");
}

#[test]
fn posts_are_exported_for_other_programs() {
    let world = seen_twice();
    let lines = world.keepfast(&["export", "--format", "posts-jsonl"]).well().out;
    let lines: Vec<serde_json::Value> = lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(lines.len(), 3);
    let schema = fs::read_to_string(std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/SCHEMA.md")).unwrap();
    let part = &schema[schema.find("## Posts").unwrap()..];
    for name in lines[0].as_object().unwrap().keys().chain(lines[0]["history"][0].as_object().unwrap().keys()) {
        assert!(part.contains(&format!("`{name}`")), "{name} is not in docs/SCHEMA.md");
    }
    let ani = lines.iter().find(|line| line["post"]["author"]["name"] == "Ani").unwrap();
    assert_eq!((&ani["schema"], ani["history"].as_array().unwrap().len()), (&"keepfast-post/1".into(), 2));

    let csv = world.keepfast(&["export", "--format", "posts-csv"]).well().out;
    let header = csv.lines().next().unwrap();
    assert!(header.starts_with("key,platform,kind"));
    for name in header.split(',') {
        assert!(part.contains(&format!("`{name}`")), "{name} is not in docs/SCHEMA.md");
    }
    assert!(csv.contains(",'=cmd(),"), "{csv}");

    let collection = world.keepfast(&["export", "--format", "activitystreams"]).well().json();
    let items = collection["orderedItems"].as_array().unwrap();
    assert_eq!((collection["type"].as_str(), collection["totalItems"].as_u64()), (Some("OrderedCollection"), Some(3)));
    let head = items.iter().find(|item| item["name"] == "The bridge").unwrap();
    assert_eq!(head["replies"]["items"].as_array().unwrap().len(), 2, "{head:#}");
    let hostile = items.iter().find(|item| item["attributedTo"]["name"] == "=cmd()").unwrap();
    assert_eq!((&hostile["type"], &hostile["inReplyTo"]), (&"Note".into(), &head["id"]));
    assert_eq!(hostile["content"], "<p>&lt;script&gt;alert(1)&lt;/script&gt; is what I say.</p>");
    assert_eq!(head["attachment"][0]["type"], "Image");

    let one = world.keepfast(&["export", "--format", "posts-jsonl", "--post", ani["key"].as_str().unwrap()]).well().out;
    assert_eq!(one.lines().count(), 1);
    let none = world.keepfast(&["export", "--format", "posts-csv", "--until", "2000-01-01"]).well().out;
    assert_eq!(none.lines().count(), 1, "the header only");
    world.keepfast(&["export", "--format", "jsonl", "--post", "x"]).fails(2, "--post");
}

#[test]
fn a_thread_is_read_with_its_media_beside_it() {
    let world = seen_twice();
    let out = world.path("my thread.html");
    let out = out.to_str().unwrap();
    world.keepfast(&["export", "--format", "thread-html", "-o", out]).well().says("3 posts");
    let html = fs::read_to_string(out).unwrap();
    assert!(!html.contains("<script") && html.contains("&lt;script&gt;alert(1)"), "{html}");
    assert!(html.contains("I crossed it yesterday.") && html.contains("It has said 2 different things"), "{html}");
    assert!(html.contains("class=\"comment d1\""));
    let at = html.find("src=\"my%20thread-media/").expect(&html);
    let name = html[at..].split('"').nth(1).unwrap().rsplit('/').next().unwrap();
    assert!(name.ends_with(".png"));
    assert_eq!(fs::read(world.path("my thread-media").join(name)).unwrap(), PNG);
    assert!(html.contains("alt=\"The bridge =1+1 &lt;b&gt;\""));

    // One comment leads to its whole thread, once.
    let key = world.column("SELECT key FROM post WHERE kind = 'comment' ORDER BY id")[1].clone();
    let text = world.keepfast(&["export", "--format", "thread-markdown", "--post", &key]).well().out;
    assert!(text.starts_with("# The bridge\n"), "{text}");
    assert!(text.contains("\n> **=cmd()**") || text.contains("\n> **\\=cmd()**"), "{text}");
    assert!(text.contains("> \\<script\\>alert(1)\\</script\\> is what I say."), "{text}");
    assert!(text.contains("in the archive: exchange"), "to standard output no files are written beside: {text}");
    assert_eq!(text.matches("# The bridge").count(), 1);
}

#[test]
fn what_is_gone_is_shown_as_gone_with_its_last_words() {
    let world = seen_twice();
    world.origin.on("/story", Answer::status(410));
    for wait in [HOUR, HOUR, 5 * HOUR, 18 * HOUR, 48 * HOUR, 11 * 24 * HOUR, 11 * 24 * HOUR] {
        look(&world, wait);
    }
    world.keepfast(&["posts"]).well().says("gone since").says("The bridge");
    let collection = world.keepfast(&["export", "--format", "activitystreams"]).well().json();
    let items = collection["orderedItems"].as_array().unwrap();
    assert!(items.iter().all(|item| item["type"] == "Tombstone"), "comments are gone with their page");
    let head = items.iter().find(|item| item["name"] == "The bridge").unwrap();
    assert_eq!(head["formerType"], "Page");
    assert!(head["deleted"].is_string() && head["content"].as_str().unwrap().contains("It is closed."));
    let text = world.keepfast(&["export", "--format", "thread-markdown"]).well().out;
    assert!(text.contains("It is gone since"), "{text}");
    world.is_sound();
}

#[test]
fn answers_of_an_interface_are_posts_and_only_what_was_edited_is_a_version() {
    let world = World::new();
    let archive = Archive::init(&world.path("archive"), System.now()).unwrap();
    for turn in 0..3 {
        let took = made_posts::look(&archive, 200, turn, System.now()).unwrap();
        assert!(took.octets > 200 * 500);
        let rows = |table| made_posts::rows(&archive, table).unwrap();
        // One of fifty says something else at each look, and all counts have moved.
        assert_eq!((rows("post"), rows("post_version"), rows("post_seen")), (200, 200 + 4 * turn, 200 * (turn + 1)));
        assert_eq!((rows("actor"), rows("actor_version")), (1, 1));
    }
    world.is_sound();
    let reader = archive.telling_posts(POSTS).reader().unwrap();
    let key = PostKey::parse("bluesky:did:plc:made00000000000000000000/3m00000000050").unwrap();
    let view = reader.post(&key).unwrap().unwrap();
    assert_eq!((view.history.len(), view.counts.len(), view.row.versions), (3, 3, 3));
    assert!(view.history[2].post.text.ends_with("edited 2 times"), "{view:#?}");
    assert_eq!(view.history[2].first, SnapshotId(10));
    // Words and authors of posts are found like those of any document.
    let words = view.row.post.text.split(' ').take(3).collect::<Vec<_>>().join(" ");
    world.keepfast(&["search", &format!("\"{words}\"")]).well().says("edited 2 times");
    world.keepfast(&["search", "author:made0.example"]).well().does_not_say("Nothing found");
    let shown = world.keepfast(&["posts", &key.to_string()]).well();
    shown.says("Made 0 (@made0.example)").says("{+").says("likes").says("getAuthorFeed").says("route feed");
    assert_eq!(
        reader.posts(&PostFilter { roots: true, ..PostFilter::default() }, 1000).unwrap().len()
            + reader
                .posts(&PostFilter::default(), 1000)
                .unwrap()
                .iter()
                .filter(|row| !row.post.relations.is_empty())
                .count(),
        200
    );
}
