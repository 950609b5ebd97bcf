//! What the replica of X answers is read as what the platform answers is.

use keepfast::model::post::{Missing, PostMediaKind, RelationKind};
use keepfast::model::{Finding, Verdict};
use keepfast::site::{Target, routes};
use serde_json::json;

use super::ask::{by, route, target};
use super::x::{Place, TOKENS, X, film, post, user};

const ID: &str = "1841206275088290279";

fn ask(x: &X, target: &Target, name: &str) -> keepfast::site::Reading {
    let hosts = ["https://cdn.syndication.twimg.com", "https://publish.twitter.com", "https://x.com"];
    by(&route(target, name), target, &hosts.map(|from| (from, &x.origin)))
}

fn of(id: &str) -> Target {
    target(&format!("https://twitter.com/valley/status/{id}"))
}

#[test]
fn the_token_is_the_one_that_browsers_compute() {
    let x = X::start();
    for (id, _) in TOKENS {
        x.with(|posts| posts.say(id, "Words").is_object());
        let reading = ask(&x, &of(id), "syndication");
        assert_eq!(reading.verdict.finding, Finding::Ok, "{id}");
    }
    assert_eq!(x.with(|posts| posts.wrong_tokens), 0);
}

#[test]
fn a_post_has_its_pictures_films_quote_and_a_second_witness() {
    let x = X::start();
    x.with(|posts| {
        let said = posts.say(ID, "Fish & ships &lt;here&gt; https://t.co/a");
        said["entities"]["urls"] = json!([{ "url": "https://t.co/a", "expanded_url": "https://example.org/a", "display_url": "example.org/a", "indices": [25, 39] }]);
        let picture = json!({ "type": "photo", "media_url_https": "https://pbs.twimg.com/media/Key1.jpg", "ext_alt_text": "A bridge", "original_info": { "width": 2000, "height": 1000 } });
        said["mediaDetails"] = json!([picture, film("77")]);
        said["quoted_tweet"] = post("20", "just setting up");
        said["in_reply_to_status_id_str"] = json!("1841000000000000000");
        said["in_reply_to_screen_name"] = json!("other");
    });
    let target = of(ID);
    let reading = ask(&x, &target, "syndication");
    let main = reading.main(&target).unwrap();
    assert_eq!(main.text, "Fish & ships <here> https://t.co/a");
    assert_eq!(main.links[0].url, "https://example.org/a");
    assert_eq!(main.media[0].best().unwrap().url, "https://pbs.twimg.com/media/Key1?format=jpg&name=orig");
    let film = &main.media[1];
    assert_eq!((film.kind, film.duration_ms, film.renditions.len()), (PostMediaKind::Video, Some(31_000), 4));
    assert_eq!(film.best().unwrap().bitrate, Some(2_176_000));
    assert!(film.renditions.last().unwrap().url.contains(".m3u8"), "the list of pieces is kept as well");
    assert_eq!(main.relation(RelationKind::Quote).unwrap().target(), "x:20");
    assert_eq!(main.relation(RelationKind::Reply).unwrap().target(), "x:1841000000000000000");
    assert_eq!(reading.posts[1].text, "just setting up");
    assert!(main.notes.is_empty(), "its number and its time agree: {:?}", main.notes);
    let witness = ask(&x, &target, "oembed");
    let told = witness.main(&target).unwrap();
    assert_eq!((&told.key, told.author.as_ref().unwrap().handle.as_deref()), (&target.key, Some("valley")));
    assert!(told.text.starts_with("Fish & ships"));
    assert!(routes(&target)[1].witness);
}

#[test]
fn a_long_post_says_that_it_is_cut_and_an_edit_names_the_others() {
    let x = X::start();
    x.with(|posts| {
        let said = posts.say(ID, "The first words of many …");
        said["note_tweet"] = json!({ "id": "Tm90ZQ==" });
        said["isEdited"] = json!(true);
        said["edit_control"]["edit_tweet_ids"] = json!(["1841206275088290000", ID]);
        said["user"] = user("other");
    });
    let target = of(ID);
    let reading = ask(&x, &target, "syndication");
    let main = reading.main(&target).unwrap();
    assert!(main.missing.contains(&Missing::TextTruncated));
    assert_eq!((main.is_edited, main.version.as_deref()), (Some(true), Some(ID)));
    assert!(reading.next.iter().any(|n| n.route.url.contains("id=1841206275088290000")));
}

#[test]
fn what_is_not_there_is_told_in_three_ways_and_is_always_ambiguous() {
    let x = X::start();
    let target = of(ID);
    let words = "Age-restricted adult content. This content might not be appropriate for people under 18 years old.";
    let told = |x: &X| -> Verdict { ask(x, &target, "syndication").verdict };
    let verdict = told(&x);
    assert_eq!((verdict.finding, verdict.ambiguous), (Finding::GoneUnknown, true));
    x.with(|posts| posts.places.insert(ID.to_owned(), Place::Empty));
    let verdict = told(&x);
    assert_eq!((verdict.finding, verdict.ambiguous), (Finding::GoneUnknown, true));
    x.with(|posts| {
        posts.places.insert(ID.to_owned(), Place::Tombstone("This Post is unavailable. Learn more".to_owned()))
    });
    let verdict = told(&x);
    assert_eq!((verdict.finding, verdict.ambiguous), (Finding::GoneUnknown, true));
    x.with(|posts| posts.places.insert(ID.to_owned(), Place::Tombstone(words.to_owned())));
    assert_eq!(told(&x).finding, Finding::AgeOrGeoWall);
    assert_eq!(ask(&x, &target, "oembed").verdict.finding, Finding::GoneUnknown);
    // The page is made by scripts: it says nothing, and nothing is made of that.
    let page = ask(&x, &target, "page").verdict;
    assert!(!page.finding.is_absence() && page.finding != Finding::Ok, "{page:?}");
    x.with(|posts| posts.limited = Some(900));
    for name in ["syndication", "oembed", "page"] {
        assert_eq!(ask(&x, &target, name).verdict.finding, Finding::RateLimited, "{name}");
    }
}
