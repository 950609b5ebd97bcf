//! Posts as JSON: what is not there is not written, and what is written is read back.

use super::{Platform, Post, PostKey, PostKind, PostState};

#[test]
fn a_post_of_which_little_is_known_is_short_in_json() {
    let post = Post::new(PostKey::new(Platform::Bluesky, "did:plc:abc", "3k"), PostKind::Post);
    let json = serde_json::to_string(&post).unwrap();
    assert_eq!(json, r#"{"key":"bluesky:did:plc:abc/3k","kind":"post"}"#);
    assert_eq!(serde_json::from_str::<Post>(&json).unwrap(), post);
}

#[test]
fn that_a_post_is_gone_is_a_version_of_its_own() {
    let there = Post::new(PostKey::new(Platform::X, "", "20"), PostKind::Post);
    let gone = Post { state: PostState::DeletedByAuthor, ..there.clone() };
    assert_ne!(there.version_digest(), gone.version_digest());
}

#[test]
fn a_key_that_names_no_platform_is_not_read() {
    assert!(serde_json::from_str::<PostKey>("\"nowhere:a/b\"").is_err());
    assert!(serde_json::from_str::<PostKey>("\"no colon\"").is_err());
}
