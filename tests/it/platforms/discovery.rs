//! Hosts and pages that nobody named a platform of: what they say of themselves is found and asked.

use serde_json::json;

use super::kept::{look, posts, rows};
use super::mastodon::Mastodon;
use crate::server::{Answer, Origin};
use crate::world::{World, article};

const OBJECT: &str = "application/activity+json";
const WORDS: &str =
    "The bridge over the river was closed on Monday, and nobody knows for how long it will stay so, said the town.";

/// What was asked of a path.
fn asked(origin: &Origin, path: &str) -> usize {
    origin.targets().iter().filter(|target| target.as_str() == path).count()
}

#[test]
fn a_host_whose_pages_bear_no_mark_says_itself_what_it_is_and_is_asked_once() {
    let mastodon = Mastodon::start();
    let id = mastodon.with(|s| {
        s.unmarked = true;
        s.account("anna");
        s.account("boris");
        let id = s.say("anna", "The bridge is closed.");
        s.reply("boris", id, "Since when?");
        id
    });
    let (world, url) = (World::new(), mastodon.origin.url(&format!("/@anna/{id}")).to_string());
    world.keepfast(&["add", &url]).well();
    look(&world, 0);
    assert_eq!(
        world.one::<String>("SELECT platform || ' ' || software || ' ' || told_by FROM program"),
        "mastodon mastodon nodeinfo"
    );
    let row = rows(&world).pop().unwrap();
    assert_eq!(row["document"]["social"]["asked"]["platform"], "mastodon");
    assert_eq!(row["document"]["social"]["asked"]["route"], "status");
    let kept = posts(&world);
    assert!(kept.values().any(|p| p.text == "Since when?"), "what the page does not show");
    look(&world, 9 * 24 * 3600);
    assert_eq!((asked(&mastodon.origin, "/.well-known/nodeinfo"), asked(&mastodon.origin, "/nodeinfo/2.0")), (1, 1));
    // Another address there is known before anything is asked.
    let other = mastodon.origin.url("/@boris").to_string();
    world.keepfast(&["add", &other]).well().says("as its host told");
    world.is_sound();
}

/// A blog on which nothing is known to run: an article that names two other forms of itself.
fn blog(world: &World) -> &Origin {
    let page = article("The bridge", WORDS).replace(
        "</head>",
        "<link rel=\"alternate\" type=\"application/json+oembed\" href=\"/embed?of=1\"><link rel=\"alternate\" type=\"application/activity+json\" href=\"/objects/1\">\
         <link rel=\"alternate\" type=\"application/rss+xml\" href=\"/feed\"></head>",
    );
    let origin = &world.origin;
    origin.on("/bridge", Answer::html(page));
    let told = json!({ "version": "1.0", "type": "rich", "title": "The bridge", "author_name": "Anna Arm", "html": "<p>The bridge</p>" });
    origin.on("/embed?of=1", Answer::of("application/json", told.to_string()));
    let object = json!({ "@context": "https://www.w3.org/ns/activitystreams", "id": world.url("/objects/1"), "type": "Article", "attributedTo": world.url("/people/anna"),
        "name": "The bridge", "content": format!("<p>{WORDS}</p>"), "published": "2026-05-01T10:00:00Z", "url": world.url("/bridge") });
    origin.on("/objects/1", Answer::of(OBJECT, object.to_string()));
    origin
}

#[test]
fn a_page_of_nobodys_is_read_as_a_page_and_what_it_names_of_itself_is_asked_as_well() {
    let world = World::new();
    let origin = blog(&world);
    world.keepfast(&["add", &world.url("/bridge")]).well();
    look(&world, 0);
    let row = rows(&world).pop().unwrap();
    assert_eq!((row["outcome"].as_str(), row["document"]["title"].as_str()), (Some("captured"), Some("The bridge")));
    assert!(row["text"].as_str().unwrap().contains("nobody knows"));
    let pages: Vec<String> = row["pages"]
        .as_array()
        .unwrap()
        .iter()
        .map(|p| format!("{} {}", p["rule"].as_str().unwrap(), p["outcome"].as_str().unwrap_or("-")))
        .collect();
    assert_eq!(pages, ["witness captured", "witness captured"]);
    let kinds: Vec<&str> =
        row["document"]["alternates"].as_array().unwrap().iter().filter_map(|a| a["kind"].as_str()).collect();
    assert_eq!(kinds, ["application/json+oembed", OBJECT, "application/rss+xml"]);
    assert!(posts(&world).values().any(|p| p.author.as_ref().and_then(|a| a.shown()) == Some("Anna Arm")));
    assert_eq!(
        world.one::<String>("SELECT platform || ' ' || software || ' ' || told_by FROM program"),
        "web  nodeinfo"
    );
    // What is unchanged needs no other witness, and a host that said nothing is not asked again.
    look(&world, 3600);
    assert_eq!(
        (asked(origin, "/.well-known/nodeinfo"), asked(origin, "/embed?of=1"), asked(origin, "/objects/1")),
        (1, 1, 1)
    );
    assert_eq!(asked(origin, "/feed"), 0, "a list is no witness of one article");
    world.is_sound();
}

#[test]
fn what_a_page_names_is_asked_only_where_robots_txt_lets_and_not_at_all_where_the_settings_say_so() {
    let world = World::new();
    let origin = blog(&world);
    origin.on("/robots.txt", Answer::of("text/plain", "User-agent: *\nDisallow: /embed\nDisallow: /.well-known/\n"));
    world.keepfast(&["add", &world.url("/bridge")]).well();
    look(&world, 0);
    assert_eq!(
        (asked(origin, "/.well-known/nodeinfo"), asked(origin, "/embed?of=1"), asked(origin, "/objects/1")),
        (0, 0, 1)
    );
    let refused = "SELECT count(*) FROM page WHERE outcome = 'robots_refused' AND rule = 'witness'";
    assert_eq!(world.one::<i64>(refused), 1);
    assert_eq!(world.one::<i64>("SELECT count(*) FROM program"), 0, "what could not be asked is not known");

    let world = World::new();
    let origin = blog(&world);
    world.keepfast(&["add", &world.url("/bridge"), "--own", "platform=none"]).well();
    look(&world, 0);
    assert_eq!(
        (asked(origin, "/.well-known/nodeinfo"), asked(origin, "/embed?of=1"), asked(origin, "/objects/1")),
        (0, 0, 0)
    );
    world.is_sound();
}
