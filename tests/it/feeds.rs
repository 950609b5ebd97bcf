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

#[test]
fn what_one_look_may_not_add_the_next_ones_do_though_the_list_stays_as_it_is() {
    let world = World::new();
    let items: Vec<(String, String)> = (1..=7).map(|n| (n.to_string(), format!("/{n}"))).collect();
    let items: Vec<(&str, &str)> = items.iter().map(|(id, path)| (id.as_str(), path.as_str())).collect();
    serve(&world, &items);
    world.keepfast(&["add", &world.url("/feed"), "--own", "max_items=3"]).well();
    for known in [3, 6, 7, 7] {
        world.keepfast(&["run", &world.url("/feed")]).well();
        assert_eq!(world.one::<i64>("SELECT count(*) FROM watch WHERE source = 'item'"), known);
    }
    assert_eq!(world.column("SELECT id FROM snapshot WHERE flags LIKE '%items-partial%'").len(), 2);
}

/// An Atom feed of several pages: `/feed`, `/feed?page=2` and so on, three entries each.
fn paged(world: &World, pages: usize, first: usize) {
    for page in 1..=pages {
        let address = |n: usize| if n == 1 { "/feed".to_owned() } else { format!("/feed?page={n}") };
        let next =
            if page < pages { format!("<link rel=\"next\" href=\"{}\"/>", address(page + 1)) } else { String::new() };
        let newest = first - (page - 1) * 3;
        let entries: String = (0..3)
            .map(|n| {
                let path = format!("/post/{}", newest - n);
                world.origin.on(&path, Answer::html(article(&path, "What it says.")));
                format!("<entry><id>tag:{path}</id><title>About {path}</title><link href=\"{path}\"/></entry>")
            })
            .collect();
        let feed = format!("<feed xmlns=\"http://www.w3.org/2005/Atom\"><title>News</title>{next}{entries}</feed>");
        world.origin.on(&address(page), Answer::of("application/atom+xml", feed));
    }
}

fn asked(world: &World, beginning: &str) -> usize {
    world.origin.targets().iter().filter(|target| target.starts_with(beginning)).count()
}

#[test]
fn a_paged_feed_is_followed_back_until_a_page_names_nothing_new() {
    let world = World::new();
    paged(&world, 4, 30);
    world.keepfast(&["add", &world.url("/feed"), "--every", "10m"]).well();
    world.keepfast(&["run"]).well().says("1 of 1 kept");
    assert_eq!(asked(&world, "/feed"), 4, "at first sight all pages are new");
    assert_eq!(world.one::<i64>("SELECT count(*) FROM watch WHERE source = 'item'"), 12);
    let pages =
        "SELECT place || ' ' || rule || ' ' || outcome || ' ' || (exchange IS NOT NULL) FROM page WHERE snapshot = 1";
    let had = |n: i64| format!("{n} list-page captured 1");
    assert_eq!(world.column(pages), [had(1), had(2), had(3)]);
    assert_eq!(world.column("SELECT flags FROM snapshot WHERE id = 1 AND flags IS NOT NULL"), Vec::<String>::new());
    world.is_sound();

    // Four posts are new: they reach over to the second page, of which two are known; all of the third is.
    paged(&world, 5, 34);
    let before = asked(&world, "/feed");
    world.time_passes(3600);
    world.keepfast(&["run"]).well();
    assert_eq!(asked(&world, "/feed") - before, 3);
    assert_eq!(world.one::<i64>("SELECT count(*) FROM watch WHERE source = 'item'"), 16);
    // Nothing is new: nothing is followed.
    let before = asked(&world, "/feed");
    world.time_passes(3600);
    world.keepfast(&["run"]).well();
    assert_eq!(asked(&world, "/feed") - before, 1);
    assert_eq!(world.one::<i64>("SELECT count(*) FROM snapshot WHERE changed = 1 AND watch <> 1"), 0);
    world.is_sound();
}

#[test]
fn of_a_long_list_so_many_pages_are_had_and_what_was_not_is_said() {
    let world = World::new();
    paged(&world, 6, 30);
    world.keepfast(&["add", &world.url("/feed"), "--own", "items_pages=2"]).well();
    world.keepfast(&["run"]).well();
    assert_eq!(asked(&world, "/feed"), 3);
    assert_eq!(world.one::<i64>("SELECT count(*) FROM watch WHERE source = 'item'"), 9);
    assert_eq!(world.one::<String>("SELECT flags FROM snapshot WHERE id = 1"), "items-partial");
    let reason = world.one::<String>("SELECT reason FROM page WHERE snapshot = 1 AND outcome IS NULL");
    assert!(reason.contains("more pages than the 2"), "{reason}");
    world.is_sound();
}

#[test]
fn a_further_page_that_fails_is_said_and_what_was_had_is_kept() {
    let world = World::new();
    paged(&world, 3, 30);
    world.origin.on("/feed?page=3", Answer::status(500));
    world.keepfast(&["add", &world.url("/feed")]).well();
    world.keepfast(&["run"]).well();
    assert_eq!(world.one::<i64>("SELECT count(*) FROM watch WHERE source = 'item'"), 6);
    assert_eq!(world.one::<String>("SELECT flags FROM snapshot WHERE id = 1"), "items-partial");
    let failed = "SELECT outcome || ': ' || reason FROM page WHERE snapshot = 1 AND place = 2";
    assert!(world.one::<String>(failed).starts_with("server_error: "), "{}", world.one::<String>(failed));
    assert_eq!(world.one::<i64>("SELECT count(*) FROM page JOIN exchange e ON e.id = exchange"), 2, "both are kept");
    world.is_sound();

    // It is asked for again, though the list itself says the same; then there is nothing left to ask for.
    paged(&world, 3, 30);
    for n in [3, 1] {
        let before = asked(&world, "/feed");
        world.keepfast(&["run", &world.url("/feed")]).well();
        assert_eq!(asked(&world, "/feed") - before, n);
        let newest = "SELECT coalesce(flags, '') FROM snapshot WHERE watch = 1 ORDER BY id DESC LIMIT 1";
        assert_eq!(world.one::<String>(newest), "");
        assert_eq!(world.one::<i64>("SELECT count(*) FROM watch WHERE source = 'item'"), 9);
    }
    world.is_sound();
}

#[test]
fn a_list_of_links_is_followed_by_the_numbers_of_its_pages() {
    let world = World::new();
    for page in 1..=3 {
        let links: String = (1..=4)
            .map(|n| {
                let post = format!("/news/{}", page * 10 + n);
                world.origin.on(&post, Answer::html(article(&post, "A text.")));
                format!("<h2><a href=\"{post}\">What happened at {post}</a></h2>")
            })
            .collect();
        let pager: String = (1..=3).map(|n| format!("<a href=\"/news/page/{n}\">{n}</a> ")).collect();
        let address = if page == 1 { "/news/".to_owned() } else { format!("/news/page/{page}") };
        let body = format!("<title>News</title><main>{links}</main><nav class=pagination>{pager}</nav>");
        world.origin.on(&address, Answer::html(body));
    }
    world.keepfast(&["add", &world.url("/news/"), "--own", "items=all"]).well();
    world.keepfast(&["run"]).well();
    assert_eq!(world.column("SELECT outcome FROM page WHERE rule = 'list-page'").len(), 2);
    assert_eq!(world.one::<i64>("SELECT count(*) FROM watch WHERE url LIKE '%/news/__'"), 12);
    world.is_sound();
}
