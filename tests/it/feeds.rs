//! Feeds, sitemaps and pages of links: what they name is watched, each thing once, for its time.

use std::io::Write as _;

use crate::server::Answer;
use crate::world::{World, article};

fn rss(world: &World, items: &[(&str, &str)]) -> String {
    let item = |(guid, path): &(&str, &str)| {
        format!(
            "<item><title>About {path}</title><link>{}</link><guid isPermaLink=\"false\">{guid}</guid>\
             <pubDate>Mon, 02 Nov 2026 10:00:00 GMT</pubDate></item>",
            world.url(path)
        )
    };
    let items: String = items.iter().map(item).collect();
    format!("<?xml version=\"1.0\"?><rss version=\"2.0\"><channel><title>News</title>{items}</channel></rss>")
}

fn serve(world: &World, items: &[(&str, &str)]) {
    world.origin.on("/feed", Answer::of("application/rss+xml", rss(world, items)));
    for (_, path) in items {
        world.origin.on(path, Answer::html(article(path, "What the item says.")));
    }
}

#[test]
fn items_of_a_feed_are_watched_each_once_and_stay_watched_when_they_leave_it() {
    let world = World::new();
    serve(&world, &[("1", "/a"), ("2", "/b")]);
    world.keepfast(&["add", &world.url("/feed"), "--tag", "news", "--every", "10m"]).well();
    world.keepfast(&["run"]).well();
    assert_eq!(world.one::<i64>("SELECT count(*) FROM watch WHERE source = 'item' AND state = 'active'"), 2);
    assert_eq!(world.column("SELECT DISTINCT tag FROM watch_tag"), ["news"]);
    assert_eq!(world.one::<String>("SELECT every FROM watch WHERE source = 'item' LIMIT 1"), "adaptive");
    // A page is as old as its publication.
    assert_eq!(
        world.one::<String>("SELECT datetime(since / 1000, 'unixepoch') FROM watch WHERE source = 'item' LIMIT 1"),
        "2026-11-02 10:00:00"
    );
    world.keepfast(&["run"]).well().says("2 of 2 kept");

    // One item leaves the window, one has another address, one is new.
    serve(&world, &[("3", "/c"), ("2", "/b-renamed")]);
    world.time_passes(3600);
    world.keepfast(&["run"]).well();
    world.keepfast(&["run"]).well();
    let watched = world.column("SELECT url FROM watch WHERE source = 'item' AND state = 'active' ORDER BY id");
    assert_eq!(watched, ["/a", "/b", "/c"].map(|path| world.url(path)));
    assert_eq!(
        world.column(
            "SELECT count(*) FROM snapshot s JOIN watch w ON w.id = s.watch WHERE outcome <> 'captured'
        AND outcome <> 'unchanged'"
        ),
        ["0"]
    );
    assert_eq!(world.one::<i64>("SELECT count(*) FROM item"), 3);
    world.keepfast(&["list", "--tag", "news"]).well().says("/c");
    world.is_sound();
}

#[test]
fn an_item_is_looked_at_for_its_time_and_who_names_it_by_hand_keeps_it() {
    let world = World::new();
    serve(&world, &[("1", "/a"), ("2", "/b")]);
    world.keepfast(&["--set", "capture.items_for=2d", "add", &world.url("/feed"), "--own", "items_for=2d"]).well();
    world.keepfast(&["run"]).well();
    world.keepfast(&["add", &world.url("/b")]).well();
    for _ in 0..4 {
        world.time_passes(86_400);
        world.keepfast(&["run"]).ends(0);
    }
    assert_eq!(world.one::<String>(&format!("SELECT state FROM watch WHERE url = '{}'", world.url("/a"))), "retired");
    assert_eq!(world.one::<String>(&format!("SELECT state FROM watch WHERE url = '{}'", world.url("/b"))), "active");
    let last = format!(
        "SELECT count(*) FROM due JOIN watch ON watch.id = watch WHERE url = '{}' AND next IS NULL",
        world.url("/a")
    );
    assert_eq!(world.one::<i64>(&last), 1, "its last due time has none after it");
}

#[test]
fn sitemaps_lead_to_sitemaps_and_the_newest_come_first() {
    let world = World::new();
    let index = format!(
        "<sitemapindex xmlns=\"http://www.sitemaps.org/schemas/sitemap/0.9\"><sitemap><loc>{}</loc></sitemap></sitemapindex>",
        world.url("/posts.xml.gz")
    );
    world.origin.on("/sitemap.xml", Answer::of("application/xml", index));
    let mut posts = String::from("<urlset>");
    for day in 10..20 {
        let path = format!("/post/{day}");
        posts += &format!("<url><loc>{}</loc><lastmod>2026-10-{day}</lastmod></url>", world.url(&path));
        world.origin.on(&path, Answer::html(article(&path, "A post.")));
    }
    posts += "</urlset>";
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    packed.write_all(posts.as_bytes()).unwrap();
    world.origin.on("/posts.xml.gz", Answer::of("application/gzip", packed.finish().unwrap()));
    world.keepfast(&["add", &world.url("/sitemap.xml"), "--own", "max_items=3"]).well();
    world.keepfast(&["run"]).well();
    world.keepfast(&["run"]).well();
    let items = world.column("SELECT url FROM watch WHERE url LIKE '%/post/%' ORDER BY url");
    assert_eq!(items, ["/post/17", "/post/18", "/post/19"].map(|path| world.url(path)));
    assert_eq!(world.column("SELECT flags FROM snapshot WHERE flags LIKE '%items-partial%'").len(), 1);
}

#[test]
fn a_page_of_links_is_a_list_only_if_that_is_said() {
    let world = World::new();
    let links: String =
        (1..=30).map(|n| format!("<h2><a href=\"/news/{n}\">What happened on day {n}</a></h2>")).collect();
    world.origin.on(
        "/",
        Answer::html(format!("<title>Front</title><main>{links}</main><a href=\"http://b.test/x\">elsewhere</a>")),
    );
    world.keepfast(&["add", &world.url("/")]).well();
    world.keepfast(&["run"]).well();
    assert_eq!(world.one::<i64>("SELECT count(*) FROM watch"), 1);
    let other = World::new();
    let links: String =
        (1..=30).map(|n| format!("<h2><a href=\"/news/{n}\">What happened on day {n}</a></h2>")).collect();
    other.origin.on(
        "/",
        Answer::html(format!("<title>Front</title><main>{links}</main><a href=\"http://b.test/x\">elsewhere</a>")),
    );
    other.keepfast(&["add", &other.url("/"), "--own", "items=all"]).well();
    other.keepfast(&["run"]).well();
    assert_eq!(other.one::<i64>("SELECT count(*) FROM watch WHERE source = 'item'"), 30);
}
