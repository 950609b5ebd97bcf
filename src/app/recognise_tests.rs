use std::sync::Arc;

use super::*;
use crate::clock::System;
use crate::config::{Config, watch_options};

const TOKEN: &str = "[credential.mine]\nplatform = \"reddit\"\ntoken = \"s3cr3t\"\n";

fn told(config: &str, own: &[&str], url: &str, program: Option<Platform>) -> Option<Recognised> {
    let config = Config::load(Some((std::path::Path::new("keepfast.toml"), config)), &[], &[]).unwrap();
    let own: Vec<String> = own.iter().map(|own| (*own).to_owned()).collect();
    let capture = config.capture_for(&[], &watch_options(&own).unwrap()).unwrap();
    App::new(config, None, Arc::new(System)).recognise(url, &capture, program).unwrap()
}

#[test]
fn a_channel_is_an_account_whose_posts_are_followed() {
    let it = told("", &[], "https://t.me/s/TheValley", None).unwrap();
    assert_eq!((it.platform, it.kind, it.told_by), (Platform::Telegram, TargetKind::Account, ToldBy::Address));
    assert!(it.follows && it.route.is_some() && it.wants.is_none(), "{it:?}");
    assert_eq!(it.key, PostKey::new(Platform::Telegram, "thevalley", ""));
    let alone = told("", &["items=none"], "https://t.me/s/TheValley", None).unwrap();
    assert!(!alone.follows);
    let post = told("", &[], "https://t.me/TheValley/7", None).unwrap();
    assert_eq!((post.kind, post.follows), (TargetKind::Post, false));
}

#[test]
fn what_needs_something_of_the_users_own_says_so_until_it_is_given() {
    let subreddit = "https://www.reddit.com/r/valley/";
    let it = told("", &[], subreddit, None).unwrap();
    // The rest is had without, and so it is followed all the same.
    assert!(it.follows && it.route.as_deref().is_some_and(|route| route != "api"), "{it:?}");
    let wants = it.wants.unwrap();
    assert_eq!((wants.credential, wants.route.as_str()), (Credential::Bearer, "api"));
    assert!(wants.lacks.contains("the last comments"));
    let with = told(TOKEN, &[], subreddit, None).unwrap();
    assert_eq!((with.route.as_deref(), with.wants), (Some("api"), None));
    // What is given for another platform does not count.
    assert!(told(&TOKEN.replace("reddit", "x"), &[], subreddit, None).unwrap().wants.is_some());
    assert_eq!(told("", &[], "https://x.com/valley/status/20", None).unwrap().wants, None);
}

#[test]
fn settings_go_before_the_address_and_pages_of_the_host_behind_it() {
    assert_eq!(told("", &["platform=none"], "https://t.me/s/TheValley", None), None);
    assert_eq!(told("", &["read=false"], "https://t.me/s/TheValley", None), None);
    assert_eq!(told("", &[], "https://social.example/@a", None), None);
    let set = told("", &["platform=mastodon"], "https://social.example/@a", None).unwrap();
    assert_eq!((set.platform, set.told_by, set.kind), (Platform::Mastodon, ToldBy::Setting, TargetKind::Account));
    let page = told("", &[], "https://social.example/@a", Some(Platform::Mastodon)).unwrap();
    assert_eq!((page.platform, page.told_by), (Platform::Mastodon, ToldBy::Page));
    // The front page of a blog is a page.
    assert_eq!(told("", &[], "https://blog.example/", Some(Platform::WordPress)), None);
}
