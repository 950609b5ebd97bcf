//! What the replica of Telegram answers is read as what the platform answers is.

use std::collections::BTreeSet;

use keepfast::model::post::{CountKind, PostMediaKind, PostMediaState, RelationKind};
use keepfast::model::{Finding, Post};
use keepfast::site::{Until, expand, gaps, routes};

use super::ask::{by, route, target};
use super::telegram::{Flood, Message, Preview, Telegram, fill};

/// Pages of a channel from the newest back, as the answers themselves say.
fn all(telegram: &Telegram, url: &str) -> (Vec<Post>, usize) {
    let target = target(url);
    let mirrors = [("https://t.me", &telegram.origin)];
    let (mut posts, mut pages) = (Vec::new(), 0);
    let mut next = Some(route(&target, "channel"));
    while let Some(route) = next {
        let reading = by(&route, &target, &mirrors);
        assert_eq!(reading.verdict.finding, Finding::Ok);
        pages += 1;
        next = expand(&reading, &target, &Until { had: posts.len(), ..Until::default() }).next.map(|n| n.route);
        posts.extend(reading.posts);
    }
    (posts, pages)
}

#[test]
fn pages_lead_back_to_the_first_post_each_once_with_all_gaps() {
    let telegram = Telegram::start("TheValley");
    telegram.with(|channel| fill(channel, 130));
    let (mut posts, pages) = all(&telegram, "https://t.me/s/TheValley");
    assert_eq!(pages, 7);
    posts.sort_by_key(|p| p.key.id.parse::<u64>().unwrap());
    let keys: BTreeSet<_> = posts.iter().map(|p| p.key.to_string()).collect();
    assert_eq!((posts.len(), keys.len()), (130, 130));
    let found: Vec<(u64, u64)> = gaps(&posts).iter().map(|g| (g.from, g.to)).collect();
    let (ids, free) = telegram.with(|c| (c.messages.keys().copied().collect::<Vec<_>>(), c.gaps()));
    assert_eq!(found, free);
    assert!(free.len() > 4);
    assert_eq!(posts.iter().map(|p| p.key.id.parse().unwrap()).collect::<Vec<u64>>(), ids);
    // What is in them is read as what it is.
    let with = |kind| posts.iter().filter(|p| p.relation(kind).is_some()).count();
    assert_eq!((with(RelationKind::Forward), with(RelationKind::Reply)), (14, 6));
    let hidden = posts.iter().filter_map(|p| p.relation(RelationKind::Forward)).filter(|r| r.key.is_none());
    assert!(hidden.clone().count() == 7 && hidden.clone().all(|r| r.author.as_deref() == Some("Somebody")));
    let album: Vec<_> = posts.iter().find(|p| p.media.len() == 3).unwrap().media.clone();
    assert_eq!(
        album.iter().map(|m| m.kind).collect::<Vec<_>>(),
        [PostMediaKind::Image, PostMediaKind::Image, PostMediaKind::Video]
    );
    assert_eq!(album[2].duration_ms, Some(65_000));
    assert!(album.iter().all(|m| m.state == PostMediaState::Offered));
    assert_eq!(posts.iter().filter(|p| p.is_edited == Some(true)).count(), 6);
    let big = posts.iter().filter(|p| p.media.iter().any(|m| m.state == PostMediaState::UnavailableOnWeb));
    assert_eq!(big.count(), 1);
    assert_eq!(posts[4].text, "Report 4 from the valley.");
}

#[test]
fn views_and_signatures_move_at_every_look_and_make_no_other_version() {
    let telegram = Telegram::start("TheValley");
    telegram.with(|channel| fill(channel, 20));
    let (one, _) = all(&telegram, "https://t.me/s/TheValley");
    telegram.with(|channel| channel.signature = 2);
    let (other, _) = all(&telegram, "https://t.me/TheValley");
    let versions = |posts: &[Post]| posts.iter().map(Post::version_digest).collect::<Vec<_>>();
    assert_eq!(versions(&one), versions(&other));
    assert_ne!(one, other, "they do not move");
    telegram.with(|channel| channel.edit(5, "Other words"));
    let (edited, _) = all(&telegram, "https://t.me/TheValley");
    let differ = versions(&one).iter().zip(versions(&edited)).filter(|(a, b)| *a != b).count();
    assert_eq!(differ, 1);
}

#[test]
fn a_single_post_is_told_by_widget_page_and_list_alike_until_it_is_deleted() {
    let telegram = Telegram::start("TheValley");
    telegram.with(|channel| fill(channel, 60));
    let mirrors = [("https://t.me", &telegram.origin)];
    let post = target("https://t.me/TheValley/30");
    for route in routes(&post) {
        let reading = by(&route, &post, &mirrors);
        assert_eq!(reading.verdict.finding, Finding::Ok, "{}", route.name);
        let main = reading.main(&post).unwrap();
        assert_eq!(main.key, post.key, "{}", route.name);
        assert!(main.text.starts_with("Report "), "{}: {}", route.name, main.text);
    }
    let embed = by(&route(&post, "embed"), &post, &mirrors);
    assert!(embed.posts[0].count(CountKind::Views).unwrap() > 900);
    telegram.with(|channel| channel.delete(30));
    let verdict = by(&route(&post, "embed"), &post, &mirrors).verdict;
    assert_eq!((verdict.finding, verdict.ambiguous), (Finding::GoneUnknown, true));
    // The list shows what stands around it: that is no post in its place.
    let around = by(&route(&post, "channel"), &post, &mirrors);
    assert!(around.posts.is_empty());
    assert_eq!((around.verdict.finding, around.verdict.ambiguous), (Finding::GoneUnknown, true));
}

#[test]
fn a_member_of_an_album_is_asked_for_by_its_own_number() {
    let telegram = Telegram::start("TheValley");
    let media = vec![super::telegram::Medium::Photo; 3];
    let id = telegram.with(|c| c.put(Message { media, said: "Three".to_owned(), ..Message::default() }));
    let post = target(&format!("https://t.me/TheValley/{}?single", id + 1));
    telegram.with(|channel| channel.say("Beside it"));
    for name in ["embed", "channel"] {
        let reading = by(&route(&post, name), &post, &[("https://t.me", &telegram.origin)]);
        assert_eq!((reading.posts.len(), reading.posts[0].media.len()), (1, 3), "{name}");
    }
    // The next one has the number behind all members.
    assert_eq!(telegram.with(|channel| channel.say("Words")), id + 4);
}

#[test]
fn a_preview_that_is_off_a_flood_and_a_channel_that_is_removed_are_three_things() {
    let telegram = Telegram::start("TheValley");
    telegram.with(|channel| fill(channel, 5));
    let mirrors = [("https://t.me", &telegram.origin)];
    let channel = target("https://t.me/s/TheValley");
    let post = target("https://t.me/TheValley/3");
    let finding = |name: &str| by(&route(&channel, name), &channel, &mirrors).verdict.finding;
    let widget = || by(&route(&post, "embed"), &post, &mirrors).verdict.finding;
    telegram.with(|c| c.preview = Preview::Off);
    assert_eq!((finding("channel"), finding("page"), widget()), (Finding::LoginWall, Finding::LoginWall, Finding::Ok));
    telegram.with(|c| c.preview = Preview::Removed);
    assert_eq!(
        (finding("channel"), finding("page"), widget()),
        (Finding::LoginWall, Finding::GoneUnknown, Finding::GoneUnknown)
    );
    telegram.with(|c| (c.preview, c.flood) = (Preview::On, Flood::Status(7)));
    assert_eq!((finding("channel"), widget()), (Finding::RateLimited, Finding::RateLimited));
    telegram.with(|c| c.flood = Flood::Page);
    assert!(finding("channel").is_wall() && widget().is_wall());
}
