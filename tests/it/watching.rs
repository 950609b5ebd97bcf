//! What is watched: one URL at once, a folder made ready, the configuration file, lists, imports, and the words that
//! change watches.

use crate::server::Answer;
use crate::world::{World, article};

#[test]
fn one_url_is_kept_at_once_in_an_empty_folder() {
    let world = World::new();
    world.origin.on("/post", Answer::html(article("The bridge", "It stands again.")));
    let said = world.keepfast(&["add", "--once", &world.url("/post")]).well();
    let said = said.says("The bridge").says("It stands again.").says("1 of 1 kept");
    assert!(said.out.contains("keepfast show 1"), "the next step is named: {}", said.out);
    world.keepfast(&["show", "1", "--text"]).well().says("It stands again.");
    assert!(!world.path("keepfast.toml").exists(), "nothing is made that was not asked for");
    assert_eq!(world.outcomes(), ["captured"]);
    let raw = world.keepfast(&["show", "1", "--raw"]).well();
    assert_eq!(raw.out, article("The bridge", "It stands again."), "the octets come back as they came");
    world.keepfast(&["list"]).well().does_not_say("/post");
    world.is_sound();
    world.keepfast(&["run", "--all"]).well().says("Nothing was due");
    assert_eq!(world.origin.targets(), ["/post"], "what was asked for once is asked once");
}

#[test]
fn once_says_what_is_no_url_and_keeps_the_rest() {
    let world = World::new();
    world.origin.on("/a", Answer::html(article("A", "First.")));
    let words = ["add", "--once", &world.url("/a"), "http://", "ftp://a.test/x"];
    world.keepfast(&words).well().says("not a URL").says("1 of 1 kept");
    world.keepfast(&["add", "--once", "ftp://a.test/x"]).ends(2);
}

#[test]
fn text_with_urls_in_it_is_read_from_standard_input() {
    let world = World::new();
    let text = format!("See {} (and {}), they said.\n", world.url("/a"), world.url("/b?x=1"));
    world.feed(&["add", "-", "--tag", "told"], &text).well().says("2 new");
    let listed = world.keepfast(&["list", "--tag", "told", "--json"]).well().json();
    let urls: Vec<&str> = listed.as_array().unwrap().iter().map(|w| w["url"].as_str().unwrap()).collect();
    assert_eq!(urls, [world.url("/a"), world.url("/b?x=1")]);
    world.feed(&["add", "-"], "no address here").fails(2, "no URL");
}

#[test]
fn a_url_in_other_clothes_is_the_same_watch() {
    let world = World::new();
    world.keepfast(&["add", "http://A.test:80/x?b=1#part", "http://a.test/x?b=1"]).well().says("1 new");
    world.keepfast(&["add", "HTTP://a.TEST/x?b=1"]).well().says("watched already");
    assert_eq!(world.one::<i64>("SELECT count(*) FROM watch"), 1);
}

#[test]
fn a_folder_is_made_ready_and_what_is_there_stays() {
    let world = World::new();
    world.keepfast(&["init", "news"]).well().says("made");
    let template = std::fs::read_to_string(world.path("news/keepfast.toml")).unwrap();
    assert!(template.contains("[capture]"), "the file names its keys");
    world.file("news/urls.txt", "http://a.test/kept\n");
    world.keepfast(&["init", "news"]).well().says("was there");
    assert_eq!(std::fs::read_to_string(world.path("news/urls.txt")).unwrap(), "http://a.test/kept\n");
    world.keepfast(&["--config", "news/keepfast.toml", "config", "check"]).well().says("good");
    world.keepfast(&["--config", "news/keepfast.toml", "verify"]).well();
}

#[test]
fn entries_of_the_file_are_synced_retired_and_changed() {
    let world = World::new();
    for page in ["/a", "/b", "/c"] {
        world.origin.on(page, Answer::html(article(page, "Text.")));
    }
    let (a, b) = (world.url("/a"), world.url("/b"));
    world.config(&format!(
        "[[watch]]\nurl = \"{a}\"\ntags = [\"news\"]\nevery = \"1h\"\nnote = \"front\"\n[[watch]]\nurl = \"{b}\"\n"
    ));
    world.file("urls.txt", format!("# ours\n{} #daily #x\n", world.url("/c")));
    world.keepfast(&["run"]).well().says("3 of 3 kept");
    let states = || world.column("SELECT source || ' ' || state FROM watch ORDER BY id");
    assert_eq!(states(), ["config active", "config active", "list active"]);
    assert_eq!(world.column("SELECT tag FROM watch_tag WHERE watch = 3"), ["daily", "x"]);
    // One entry changes, one leaves, and so does the line of the list.
    world.config(&format!("[[watch]]\nurl = \"{a}\"\ntags = [\"slow\"]\nevery = \"2h\"\n"));
    world.file("urls.txt", "");
    world.keepfast(&["run"]).well();
    assert_eq!(states(), ["config active", "config retired", "list retired"]);
    assert_eq!(world.column("SELECT tag FROM watch_tag WHERE watch = 1"), ["slow"]);
    assert_eq!(world.one::<String>("SELECT every FROM watch WHERE id = 1"), "2h");
    assert_eq!(world.one::<i64>("SELECT count(*) FROM watch WHERE note IS NOT NULL"), 0, "the note left the file too");
    assert_eq!(world.one::<i64>("SELECT count(*) FROM snapshot WHERE watch IN (2, 3)"), 2, "their snapshots stay");
    // What comes back is the same watch.
    world.config(&format!("[[watch]]\nurl = \"{a}\"\n[[watch]]\nurl = \"{b}\"\n"));
    world.keepfast(&["run", &b]).well().says("1 of 1 kept");
    assert_eq!(states(), ["config active", "config active", "list retired"]);
    world.is_sound();
}

#[test]
fn a_watch_that_somebody_added_is_not_retired_by_the_file() {
    let world = World::new();
    world.origin.on("/a", Answer::html(article("A", "Text.")));
    world.keepfast(&["add", &world.url("/a")]).well();
    world.config("");
    world.keepfast(&["run"]).well();
    assert_eq!(world.column("SELECT source || ' ' || state FROM watch"), ["add active"]);
}

#[test]
fn own_settings_of_a_watch_hold_for_it_alone() {
    let world = World::new();
    for page in ["/a", "/b"] {
        world.origin.on(page, Answer::html(format!("{}<img src=/i.png>", article(page, "Text."))));
    }
    world.origin.on("/i.png", Answer::of("image/png", *b"\x89PNG\r\n\x1a\n1"));
    world.keepfast(&["add", &world.url("/a"), "--own", "requisites=none"]).well();
    world.keepfast(&["add", &world.url("/b"), "--own", "requisites=nonsense"]).fails(3, "requisites takes");
    world.keepfast(&["run"]).well();
    assert_eq!(world.origin.targets(), ["/a"]);
    let resolved = world.keepfast(&["config", "show", "--resolved", &world.url("/a"), "--json"]).well().json();
    let line = resolved.as_array().unwrap().iter().find(|l| l["key"] == "capture.requisites").unwrap();
    assert!(line["value"].as_str().unwrap().contains("none"), "{line}");
    assert_ne!(line["origin"], "default");
}

#[test]
fn each_form_of_a_list_is_imported() {
    let world = World::new();
    world.file("lines.txt", "http://a.test/1 #one\n# a remark\nhttp://a.test/2\nnot an address\n");
    world.file("sheet.csv", "Link,Archive status,Tags\nhttp://b.test/1,done,x\n\"http://b.test/2\",,y\n");
    world.file("half.csv", "name;url\nOne;http://c.test/1\n");
    world.file(
        "feeds.opml",
        "<opml version=\"2.0\"><body><outline text=\"News\"><outline type=\"rss\" text=\"D\" xmlUrl=\"http://d.test/feed\" \
         htmlUrl=\"http://d.test/\"/></outline></body></opml>",
    );
    world.file(
        "bookmarks.html",
        "<!DOCTYPE NETSCAPE-Bookmark-file-1>\n<DL><p>\n<DT><H3>Reading</H3>\n<DL><p>\n\
         <DT><A HREF=\"http://e.test/1\" TAGS=\"t1,t2\">E</A>\n</DL><p>\n</DL>",
    );
    world.file("letter.eml", "Look at http://f.test/1, it is going away.\n");
    world.keepfast(&["import", "lines.txt"]).well().says("2 new").says("lines.txt:4");
    world.keepfast(&["import", "sheet.csv", "half.csv"]).well().says("3 new");
    world.keepfast(&["import", "feeds.opml"]).well();
    world.keepfast(&["import", "bookmarks.html", "--tag", "mine"]).well().says("1 new");
    world.keepfast(&["import", "letter.eml", "--form", "text", "--every", "30m"]).well().says("1 new");
    let hosts = world.column("SELECT DISTINCT host FROM watch ORDER BY host");
    assert_eq!(hosts, ["a.test:80", "b.test:80", "c.test:80", "d.test:80", "e.test:80", "f.test:80"]);
    let tags = |url: &str| {
        world.column(&format!("SELECT tag FROM watch_tag JOIN watch ON watch = id WHERE url = '{url}' ORDER BY tag"))
    };
    assert_eq!(tags("http://a.test/1"), ["one"]);
    assert_eq!(tags("http://b.test/2"), ["y"]);
    assert!(tags("http://e.test/1").contains(&"mine".to_owned()) && tags("http://e.test/1").contains(&"t1".to_owned()));
    assert_eq!(world.one::<String>("SELECT every FROM watch WHERE url = 'http://f.test/1'"), "30m");
    world.keepfast(&["import", "nowhere.csv"]).fails(7, "nowhere.csv");
    world.file("junk.txt", "nothing\nhere\n");
    world.keepfast(&["import", "junk.txt"]).ends(2);
}

#[test]
fn watches_are_paused_resumed_removed_and_tagged() {
    let world = World::new();
    for page in ["/a", "/b", "/c"] {
        world.origin.on(page, Answer::html(article(page, "Text.")));
    }
    let [a, b, c] = ["/a", "/b", "/c"].map(|p| world.url(p));
    world.keepfast(&["add", &a, &b, "--tag", "news"]).well();
    world.keepfast(&["add", &c]).well();
    world.keepfast(&["pause", &a]).well();
    world.keepfast(&["remove", "2"]).well().says("snapshots stay");
    world.keepfast(&["run", "--all"]).well();
    assert_eq!(world.origin.targets(), ["/c"], "neither what is paused nor what is removed is asked");
    world.keepfast(&["run", &a]).well().says("1 of 1 kept");
    assert_eq!(world.origin.targets(), ["/c", "/a"], "what is named is captured, paused or not");
    world.keepfast(&["list"]).well().says("/a").does_not_say("/b");
    world.keepfast(&["list", "--state", "removed"]).well().says("/b").does_not_say("/c");
    world.keepfast(&["resume", "--tag", "news"]).well();
    world.keepfast(&["run", "--tag", "news"]).well().says("2 of 2 kept");
    world.keepfast(&["tag", &c, "--add", "daily", "--note", "look\u{1b}[31m twice"]).well().does_not_say("\u{1b}");
    world.keepfast(&["list", "--tag", "daily", "--json"]).well().says("look");
    world.keepfast(&["tag", &c, "--drop", "daily", "--note", ""]).well();
    assert_eq!(world.one::<i64>("SELECT count(*) FROM watch_tag WHERE tag = 'daily'"), 0);
    world.keepfast(&["pause", "http://nobody.test/"]).fails(2, "not watched");
    world.keepfast(&["pause", "--tag", "nobody"]).fails(2, "nobody");
}

#[test]
fn what_is_due_is_captured_and_nothing_else() {
    let world = World::new();
    for page in ["/hourly", "/daily"] {
        world.origin.on(page, Answer::html(article(page, "Text.")));
    }
    world.keepfast(&["add", &world.url("/hourly"), "--every", "1h"]).well();
    world.config("[tag.slow]\nevery = \"1d\"\n");
    world.keepfast(&["add", &world.url("/daily"), "--tag", "slow"]).well();
    world.keepfast(&["run"]).well().says("2 of 2 kept");
    world.keepfast(&["run"]).well().says("Nothing was due");
    // Its own point of the interval comes between half of it and one and a half of it after the first look.
    world.time_passes(5700);
    world.keepfast(&["run"]).well();
    assert_eq!(world.origin.targets().iter().filter(|t| *t == "/daily").count(), 1);
    assert_eq!(world.origin.targets().iter().filter(|t| *t == "/hourly").count(), 2);
    world.time_passes(2 * 86_400);
    world.keepfast(&["run"]).well().says("2 of 2 kept");
    world.keepfast(&["run", "--all"]).well().says("2 of 2 kept");
}

#[test]
fn the_configuration_tells_what_is_wrong_and_where() {
    let world = World::new();
    world.config("[capture]\nrobotz = \"obey\"\nmax_page_bytes = \"many\"\n");
    world.keepfast(&["config", "check"]).fails(3, "robotz").says("robots").says("keepfast.toml:2").says(":3");
    world.keepfast(&["run"]).ends(3);
    world.config("[[watch]]\nurl = \"gopher://a.test/\"\n");
    world.keepfast(&["config", "check"]).fails(3, "line 2");
    world.keepfast(&["run"]).ends(3);
    world.config("[capture]\nrobots = \"ignore\"\n");
    let lines = world.keepfast(&["--set", "pace.burst=7", "config", "show", "--json"]).well().json();
    let origin = |key: &str| {
        let line = lines.as_array().unwrap().iter().find(|l| l["key"] == key).unwrap();
        line["origin"].as_str().unwrap().to_owned()
    };
    assert!(origin("capture.robots").contains("keepfast.toml:2"), "{}", origin("capture.robots"));
    assert!(origin("pace.per_second").contains("KEEPFAST_PACE__PER_SECOND"), "{}", origin("pace.per_second"));
    assert!(origin("pace.burst").contains("--set"), "{}", origin("pace.burst"));
    assert_eq!(origin("run.every"), "default");
    world.keepfast(&["--config", "elsewhere.toml", "list"]).fails(3, "elsewhere.toml");
}
