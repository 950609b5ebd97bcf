//! Posts of X that are watched: by the answer for embedding, with a second witness; what is not there any more is never
//! taken for anything else, and what is only held back never for gone.

use serde_json::json;

use super::kept::{last, ledger, look, posts, said};
use super::x::{Place, X, film, post};
use crate::world::World;

const ID: &str = "1841206275088290279";
const URL: &str = "https://x.com/valley/status/1841206275088290279";
const HOUR: i64 = 3600;
const DAY: i64 = 24 * HOUR;

fn watched(x: &X) -> World {
    let files = x.origin.url("").to_string();
    x.with(|posts| {
        let said = posts.say(ID, "The bridge is closed.");
        let picture = json!({ "type": "photo", "media_url_https": format!("{files}media/Key1.jpg"), "original_info": { "width": 2000, "height": 1000 } });
        said["mediaDetails"] = json!([picture]);
        said["quoted_tweet"] = post("20", "just setting up");
    });
    let world = World::new().env("KEEPFAST_CAPTURE__MIRRORS", &x.mirrors());
    let world = world.env("KEEPFAST_CAPTURE__MAX_RETRIES", "0");
    world.keepfast(&["add", URL]).well();
    look(&world, 0);
    world
}

#[test]
fn a_post_is_had_by_the_answer_for_embedding_with_a_second_witness() {
    let x = X::start();
    let world = watched(&x);
    assert_eq!(world.outcomes(), ["captured"]);
    assert!(said(&world, URL).contains("The bridge is closed."));
    let asked = world.column("SELECT asked FROM document ORDER BY id");
    assert!(asked[0].starts_with("x syndication "), "{asked:?}");
    assert!(asked.iter().any(|a| a.starts_with("x oembed ")), "{asked:?}");
    let kept = posts(&world);
    assert_eq!(kept["x:20"].text, "just setting up");
    let picture: i64 =
        world.one("SELECT count(*) FROM exchange WHERE url LIKE '%/media/Key1?format=jpg&name=orig' AND status = 200");
    assert_eq!(picture, 1, "the picture in full");
    assert_eq!(x.with(|posts| posts.wrong_tokens), 0);
    // Counts move: that is no change.
    x.with(|posts| match posts.places.get_mut(ID) {
        Some(Place::Post(said)) => said["favorite_count"] = json!(13_000),
        _ => unreachable!("it was said before"),
    });
    look(&world, DAY);
    assert_eq!(last(&world, URL), "unchanged");
    world.is_sound();
}

#[test]
fn a_film_is_offered_in_its_best_form_and_asked_for_once() {
    let x = X::start();
    let world = watched(&x);
    x.with(|posts| {
        let said = posts.say(ID, "A film of it.");
        said["mediaDetails"] = json!([film("77")]);
    });
    look(&world, DAY);
    let kept = posts(&world);
    let medium = &kept[&format!("x:{ID}")].media[0];
    assert_eq!((medium.renditions.len(), medium.best().unwrap().bitrate), (4, Some(2_176_000)));
}

#[test]
fn what_is_not_there_any_more_is_an_ambiguous_absence_and_never_captured() {
    for place in [None, Some(Place::Empty), Some(Place::Tombstone("This Post is unavailable.".to_owned()))] {
        let x = X::start();
        let world = watched(&x);
        x.with(|posts| match &place {
            Some(place) => posts.places.insert(ID.to_owned(), place.clone()),
            None => posts.places.remove(ID),
        });
        look(&world, DAY);
        assert_eq!(last(&world, URL), "not_found", "{place:?}");
        assert_eq!(ledger(&world), ["/valley/status/1841206275088290279 suspect not_found"], "{place:?}");
        for after in [301, HOUR, 5 * HOUR, 18 * HOUR, 2 * DAY, 12 * DAY] {
            look(&world, after);
        }
        assert_eq!(ledger(&world), ["/valley/status/1841206275088290279 gone not_found"], "{place:?}");
        let outcomes = world.outcomes();
        assert!(outcomes[1..].iter().all(|o| o == "not_found"), "{outcomes:?}");
        assert_eq!(world.one::<i64>("SELECT current_snapshot FROM watch"), 1, "what was kept stays the current one");
        world.is_sound();
    }
}

#[test]
fn a_limit_and_what_is_for_adults_are_never_taken_for_gone() {
    let x = X::start();
    let world = watched(&x);
    x.with(|posts| posts.limited = Some(1));
    look(&world, DAY);
    assert_eq!(last(&world, URL), "rate_limited");
    x.with(|posts| posts.limited = None);
    let adult = "Age-restricted adult content. This content might not be appropriate for people under 18 years old.";
    x.with(|posts| posts.places.insert(ID.to_owned(), Place::Tombstone(adult.to_owned())));
    for after in [DAY, 2 * DAY, 12 * DAY] {
        look(&world, after);
    }
    assert_eq!(last(&world, URL), "restricted");
    assert_eq!(ledger(&world), Vec::<String>::new());
    assert_eq!(world.one::<i64>("SELECT current_snapshot FROM watch"), 1);
    x.with(|posts| posts.say(ID, "The bridge is closed.").is_object());
    look(&world, DAY);
    assert!(["captured", "unchanged"].contains(&last(&world, URL).as_str()));
    world.is_sound();
}
