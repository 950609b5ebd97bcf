//! Posts in the forms of other programs: hostile words are words, what is gone is a tombstone.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::activitystreams::object;
use crate::model::post::{Choice, Poll, Relation, RelationKind};
use crate::model::*;
use crate::store::{PostRow, Vanished};

fn row(post: Post) -> PostRow {
    let at = |second: i64| Timestamp::from_second(1_800_000_000 + second).unwrap();
    PostRow {
        key: post.key.clone(),
        state: post.state,
        vanished: None,
        first: SnapshotId(1),
        first_seen: at(0),
        last: SnapshotId(2),
        last_seen: at(60),
        versions: 1,
        form: "feed".into(),
        document: DocumentId(1),
        place: 0,
        post,
    }
}

fn post(kind: PostKind) -> Post {
    Post::new(PostKey::new(Platform::X, "", "20 \"<é"), kind)
}

#[test]
fn words_are_no_markup_and_addresses_are_addresses() {
    let mut post = post(PostKind::Post);
    post.text = "<img src=x onerror=alert(1)>\n\nB & C".into();
    post.spoiler = Some("<b>".into());
    post.url = Some("javascript:alert(1)".into());
    post.relations = vec![Relation::at(RelationKind::Reply, "javascript:alert(2)")];
    let told = object(&row(post), &[]);
    assert_eq!(told["content"], "<p>&lt;img src=x onerror=alert(1)&gt;</p><p>B &amp; C</p>");
    assert_eq!((&told["summary"], &told["id"]), (&"&lt;b&gt;".into(), &"urn:keepfast:post:x:20%20%22%3C%C3%A9".into()));
    assert!(told.get("url").is_none() && told.get("inReplyTo").is_none(), "{told:#}");
}

#[test]
fn each_kind_has_its_word_and_what_is_gone_is_a_tombstone() {
    let words = BTreeMap::from([
        (PostKind::Post, "Note"),
        (PostKind::Comment, "Note"),
        (PostKind::Story, "Note"),
        (PostKind::Repost, "Announce"),
        (PostKind::Article, "Article"),
        (PostKind::Video, "Video"),
        (PostKind::Live, "Video"),
        (PostKind::Image, "Image"),
        (PostKind::Page, "Page"),
    ]);
    for kind in PostKind::ALL {
        assert_eq!(object(&row(post(*kind)), &[])["type"], words[kind], "{kind}");
    }
    for state in PostState::ALL {
        let told = object(&row(Post { state: *state, text: "last words".into(), ..post(PostKind::Article) }), &[]);
        let gone = !matches!(state, PostState::Present | PostState::Private | PostState::Blocked);
        assert_eq!(told["type"] == "Tombstone", gone, "{state}");
        assert_eq!(told.get("deleted").is_some(), gone);
        assert_eq!(told["content"], "<p>last words</p>");
    }
    let since = Timestamp::from_second(1_800_000_050).unwrap();
    let mut gone = row(post(PostKind::Post));
    gone.vanished = Some(Vanished { state: Presence::Gone, manner: Manner::Gone, since });
    let told = object(&gone, &[]);
    assert_eq!((&told["type"], &told["formerType"]), (&"Tombstone".into(), &"Note".into()));
    assert_eq!(told["deleted"], since.to_string());
}

#[test]
fn a_poll_is_a_question_and_a_repost_hands_on() {
    let choice = |text: &str, votes| Choice { text: text.into(), votes, percent: false };
    let mut asks = post(PostKind::Post);
    asks.poll = Some(Poll {
        question: String::new(),
        choices: vec![choice("Yes", Some(3)), choice("No", None)],
        ends: None,
        votes: None,
    });
    let told = object(&row(asks), &[]);
    assert_eq!((&told["type"], &told["oneOf"][0]["replies"]["totalItems"]), (&"Question".into(), &3.into()));
    let mut hands = post(PostKind::Repost);
    let other = PostKey::new(Platform::X, "", "7");
    hands.author = Some(Actor::new(PostKey::new(Platform::X, "", "")));
    hands.relations = vec![Relation::to(RelationKind::Repost, other.clone())];
    let told = object(&row(hands), &[other]);
    assert_eq!((&told["type"], &told["object"]), (&"Announce".into(), &"urn:keepfast:post:x:7".into()));
    assert!(told["actor"].is_object() && told.get("attributedTo").is_none());
    assert_eq!(
        told["replies"],
        serde_json::json!({ "type": "Collection", "totalItems": 1, "items": ["urn:keepfast:post:x:7"] })
    );
}
