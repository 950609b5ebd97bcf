//! What is held is known by its identity, and what posts say of their media is checked.

use std::collections::HashSet;

use bytes::Bytes;

use super::{HeldUrls, doubles, doubt, expected, named};
use crate::crawl::encode::tests::posted;
use crate::model::post::{PostMediaKind, PostMediaState, Rendition};
use crate::model::{Asked, Digest, Document, Platform, Post, PostKey, PostKind, PostMedia, Social, Verdict};
use crate::site::Cid;

fn held(urls: &[&str]) -> HeldUrls {
    urls.iter().map(|url| (*url).to_owned()).collect()
}

#[test]
fn a_medium_is_held_whatever_its_signature_unless_that_is_what_tells_two_apart() {
    let old = "https://c.test/i.jpg?Expires=1&Signature=a&Key-Pair-Id=K";
    let new = "https://c.test/i.jpg?Expires=2&Signature=b&Key-Pair-Id=K";
    let other = "https://c.test/i.jpg?Expires=3&Signature=c&Key-Pair-Id=K";
    let none = HashSet::new();
    assert_eq!(held(&[old]).find(old, &none), Some(old));
    assert_eq!(held(&[old]).find(new, &none), Some(old));
    assert_eq!(held(&[old]).find("https://c.test/other.jpg", &none), None);
    assert_eq!(held(&[old, other]).find(new, &none), None, "which of them?");
    let two = doubles([new, other, new].into_iter());
    assert_eq!(held(&[old]).find(new, &two), None, "the page shows two of them");
    assert_eq!(held(&[old]).find(old, &two), Some(old));
    assert!(doubles([new, new].into_iter()).is_empty(), "twice the same is one");
}

#[test]
fn octets_that_are_not_those_of_the_content_identifier_are_named() {
    let url = "https://bsky.social/blob";
    let cid = Cid { raw: true, digest: Digest::of(b"{}") }.text();
    let medium = PostMedia {
        kind: PostMediaKind::Image,
        identity: cid.clone(),
        renditions: vec![Rendition::of(url)],
        poster: None,
        alt: String::new(),
        title: None,
        duration_ms: None,
        expected: Some(cid.clone()),
        state: PostMediaState::Offered,
    };
    let mut post = Post::new(PostKey::new(Platform::Bluesky, "did:plc:a", "1"), PostKind::Post);
    post.media = vec![medium];
    let asked =
        Asked { platform: Platform::Bluesky, route: "thread".into(), why: None, url: "https://bsky.app/".into() };
    let social =
        Social { asked, verdict: Verdict::ok(), posts: vec![post], actor: None, next: Vec::new(), missing: Vec::new() };
    let document = Document { social: Some(social.into()), ..Document::empty() };
    assert_eq!(expected(&document).get(url), Some(&cid));

    let blob = format!("https://pds.test/xrpc/com.atproto.sync.getBlob?did=did:plc:a&cid={cid}");
    assert_eq!(named(&blob), Some(cid.clone()), "by its address, where no post is at hand");
    assert_eq!(named(&blob.replace("getBlob", "getRecord")), None);

    let mut exchange = posted().exchange;
    assert_eq!(doubt(&cid, &exchange), None, "they are");
    exchange.payload_digest = Digest::of(b"others");
    assert_eq!(doubt(&cid, &exchange), Some(format!("its octets are not those that its CID {cid} names")));
    assert_eq!(doubt("sha1:of another kind", &exchange), None);
    exchange.headers.push(("content-encoding".into(), Bytes::from_static(b"gzip")));
    assert!(doubt(&cid, &exchange).is_some_and(|why| why.contains("were not compared")));
}
