//! Numbers, tokens, digests, clocks: known values.

use crate::model::post::{Missing, Note, NoteKind, PostMediaKind};
use crate::model::{Digest, Platform, Post, PostKey, PostKind};
use crate::site::{Cid, build, check_cid, clocks, x};

#[test]
fn the_token_of_a_post_is_that_of_the_scripts() {
    assert_eq!(x::token("20").as_deref(), Some("6dq1a2xwd93"));
    assert_eq!(x::token("1841206275088290279").as_deref(), Some("4gobiuxs3yx"));
    assert_eq!(x::token("abc"), None);
}

#[test]
fn identifiers_tell_the_time_that_was_measured() {
    let at =
        |platform, id: &str| jiff::Timestamp::from_millisecond(clocks::of(platform, id).unwrap()).unwrap().to_string();
    assert_eq!(at(Platform::X, "1841206275088290279"), "2024-10-01T19:59:18.596Z");
    assert_eq!(at(Platform::Mastodon, "117020585487094447"), "2026-08-01T13:53:49.917Z");
    assert_eq!(clocks::of(Platform::TikTok, "7571863205253778710"), Some(1_762_961_783_000));
    assert!(
        at(Platform::Bluesky, "3mddvy5bv6k27").starts_with("2026-01-26T18:50:47.802")
            || at(Platform::Bluesky, "3mddvy5bv6k27").contains("18:50:47.802")
    );
    assert_eq!(clocks::of(Platform::X, "20"), None);
    assert_eq!(clocks::tid("zzzzzzzzzzzzz"), None);
}

#[test]
fn a_stated_time_far_from_the_clock_of_the_identifier_is_noted_and_kept() {
    let mut post = Post::new(PostKey::new(Platform::X, "", "1841206275088290279"), PostKind::Post);
    post.created = build::written(Some("2024-09-01T00:00:00Z"), "api");
    let mut posts = vec![post];
    clocks::check(&mut posts);
    assert!(matches!(posts[0].notes.as_slice(), [Note { kind: NoteKind::IdClock, .. }]));
    assert_eq!(posts[0].created.as_ref().unwrap().raw, "2024-09-01T00:00:00Z");
}

#[test]
fn a_cid_is_that_of_its_octets_and_of_no_others() {
    // The CID of "hello world" as raw octets.
    let cid = "bafkreifzjut3te2nhyekklss27nh3k72ysco7y32koao5eei66wof36n5e";
    assert_eq!(check_cid(cid, b"hello world"), Some(true));
    assert_eq!(check_cid(cid, b"hello world!"), Some(false));
    assert_eq!(check_cid("QmNotOfVersion1", b""), None);
    let parsed = Cid::parse(cid).unwrap();
    assert_eq!((parsed.raw, parsed.digest, parsed.text().as_str()), (true, Digest::of(b"hello world"), cid));
}

#[test]
fn counts_are_read_as_people_write_them() {
    for (text, value, granularity) in [
        ("1.3K", 1_300, 100),
        ("12K", 12_000, 1_000),
        ("2 805 members", 2_805, 1),
        ("4,586,491 views", 4_586_491, 1),
        ("1,2 тыс.", 1_200, 100),
        ("3.52M", 3_520_000, 10_000),
        ("990K likes", 990_000, 1_000),
        ("17", 17, 1),
    ] {
        assert_eq!(build::number(text), Some((value, granularity)), "{text}");
    }
    assert_eq!(build::number("none"), None);
    assert_eq!(build::number("99999999999999999999"), None);
}

#[test]
fn a_medium_is_the_same_whatever_signs_its_address() {
    let one = build::media(PostMediaKind::Image, "https://cdn.example/a.jpg?oe=66AA&oh=1&w=3");
    let two = build::media(PostMediaKind::Image, "https://cdn.example/a.jpg?oe=77BB&oh=2&w=3");
    assert_eq!(one.identity, two.identity);
    assert_ne!(one.identity, build::media(PostMediaKind::Image, "https://cdn.example/a.jpg?w=4").identity);
}

#[test]
fn counts_and_signatures_make_no_new_version_and_words_do() {
    let mut post = Post::new(PostKey::new(Platform::Telegram, "town", "1"), PostKind::Post);
    build::say_plain(&mut post, "The bridge is closed", "test");
    let first = post.version_digest();
    build::count(&mut post.counts, crate::model::post::CountKind::Views, Some(5));
    post.media.push(build::media(PostMediaKind::Image, "https://cdn4.telesco.pe/file/a.jpg?token=1"));
    let with_picture = post.version_digest();
    assert_ne!(first, with_picture);
    post.media[0] = build::media(PostMediaKind::Image, "https://cdn4.telesco.pe/file/a.jpg?token=2");
    post.counts.clear();
    post.lacks(Missing::Replies);
    assert_eq!(post.version_digest(), with_picture);
    build::say_plain(&mut post, "The bridge is open", "test");
    assert_ne!(post.version_digest(), with_picture);
}

#[test]
fn keys_are_read_back_as_they_are_shown() {
    for (platform, authority, id) in [
        (Platform::Telegram, "durov", "12"),
        (Platform::X, "", "20"),
        (Platform::Bluesky, "did:plc:abc", "3kx"),
        (Platform::Web, "example.org:8080", "a/b?c=d#comment-1"),
        (Platform::Telegram, "durov", ""),
        (Platform::HackerNews, "", "a/b"),
    ] {
        let key = PostKey::new(platform, authority, id);
        assert_eq!(PostKey::parse(&key.to_string()), Some(key.clone()), "{key}");
    }
    assert_eq!(PostKey::parse("nowhere:x/1"), None);
}
