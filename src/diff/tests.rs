use url::Url;

use super::compare;
use crate::extract::{Input, read};
use crate::model::Document;

fn page(body: &str) -> Document {
    let html = format!(
        "<!doctype html><html lang=en><title>Steady</title><main><article><h1>Steady</h1><p>The committee met on Tuesday and heard three \
         witnesses. Each of them described the same street.</p>{body}</article></main></html>"
    );
    let url = Url::parse("https://example.org/a").unwrap();
    read(&Input { body: html.as_bytes(), content_type: "text/html; charset=utf-8", url: &url, body_truncated: false })
}

fn what(old: &str, new: &str) -> Vec<String> {
    compare(&page(old), &page(new)).what()
}

#[test]
fn the_same_page_did_not_change() {
    assert!(!compare(&page(""), &page("")).changed());
}

#[test]
fn nonces_and_tokens_are_noise() {
    let with = |n: &str| {
        format!(
            "<form><input type=hidden name=csrf value={n}></form><script nonce={n}>var build='{n}'</script><img src='/i.jpg?token={n}'>"
        )
    };
    assert!(what(&with("aaaa"), &with("bbbb")).is_empty());
}

#[test]
fn counters_advertising_and_ages_are_noise() {
    let with = |n: u32| {
        format!(
            "</article><aside class=ad><a href=/ad/{n}>Buy {n} now</a></aside><footer><span class=views>{n} views</span> <span class=ago>{n} \
             minutes ago</span></footer><p>{n} views</p><p>Seen {n} minutes ago</p>"
        )
    };
    assert!(what(&with(7), &with(48_213)).is_empty());
}

#[test]
fn a_number_in_the_text_is_a_change() {
    let with = |n: u32| format!("<p>At the gate stood {n} people and a dog.</p>");
    assert_eq!(what(&with(14), &with(19)), ["text +1 -1"]);
}

#[test]
fn other_words_change_the_text() {
    assert_eq!(what("<p>This is the first wording.</p>", "<p>This is the second wording.</p>"), ["text +1 -1"]);
}

#[test]
fn a_comment_that_goes_is_counted() {
    let both = "<section class=comments><p class=comment>First.</p><p class=comment>I saw the van.</p></section>";
    let one = "<section class=comments><p class=comment>First.</p></section>";
    assert_eq!(what(both, one), ["comments -1"]);
    assert_eq!(what(one, both), ["comments +1"]);
    let edited = both.replace("First", "Last");
    assert_eq!(what(both, &edited), ["comments +1 -1"]);
}

#[test]
fn a_picture_or_video_that_goes_is_a_change() {
    assert_eq!(what("<figure><img src=/a.jpg></figure>", ""), ["media -1"]);
    assert_eq!(what("<video src=/a.mp4></video>", "<video src=/b.mp4></video>"), ["media +1 -1"]);
}

#[test]
fn title_and_byline_are_compared() {
    let mut new = page("");
    new.title = Some("Other".to_owned());
    new.authors = vec!["Anna".to_owned()];
    assert_eq!(compare(&page(""), &new).what(), ["title", "byline"]);
}

#[test]
fn where_there_is_no_main_text_the_other_words_count() {
    let bare = |rest: &str| {
        let mut document = Document::empty();
        document.rest = rest.to_owned();
        document
    };
    assert!(compare(&bare("a post"), &bare("another post")).changed());
    let mut with_text = page("");
    with_text.rest = "other words".to_owned();
    assert!(!compare(&page(""), &with_text).changed());
}
