//! Blogger: posts and comments by the feeds that every blog has, as JSON or XML.

use serde_json::Value;
use url::Url;

use super::answer::{Answer, Reading, Route, Target, TargetKind, Why, authority, segments};
use super::json::Ask;
use super::{build, feeds, general, walls};
use crate::model::post::{CountKind, Missing, Relation, RelationKind};
use crate::model::{Platform, Post, PostKey, PostKind, Verdict};

const PACE_MS: u64 = 2_000;
const PAGE: u64 = 150;

/// What an address is about.
pub(super) fn matches(url: &Url) -> Option<Target> {
    let host = authority(url)?;
    let parts = segments(url);
    let mut plain = url.clone();
    plain.set_query(None);
    plain.set_fragment(None);
    let path = parts.join("/");
    if path.is_empty() {
        return Some(Target::new(TargetKind::Account, PostKey::new(Platform::Blogger, host, ""), plain.to_string()));
    }
    // The number is known when the page or its feed answered.
    path.ends_with(".html")
        .then(|| Target::new(TargetKind::Post, PostKey::new(Platform::Blogger, host, path), plain.to_string()))
}

/// The requests, best first.
pub(super) fn routes(target: &Target) -> Vec<Route> {
    let origin = target.origin();
    match target.kind {
        TargetKind::Account => vec![Route::get(
            "feed",
            format!("{origin}/feeds/posts/default?alt=json&max-results={PAGE}&start-index=1"),
            PACE_MS,
        )],
        _ => vec![Route::get("page", target.url.clone(), PACE_MS)],
    }
}

/// What an answer means.
pub(super) fn classify(answer: &Answer<'_>, _: &Target) -> Verdict {
    walls::by_status(answer)
}

/// What an answer says.
pub(super) fn read(answer: &Answer<'_>, target: &Target) -> Reading {
    if answer.is_xml() {
        return feeds::read(answer, target);
    }
    if answer.is_html() {
        return page(answer, target);
    }
    let Some(value) = answer.json() else { return Reading::new() };
    let mut reading = Reading::new();
    reading.understood = value.get("feed").is_some() || value.get("entry").is_some();
    reading.site = value.text("feed.title.$t");
    let entries = value.list("feed.entry").iter().chain(Some(value.at("entry")).filter(|e| e.is_object()));
    for entry in entries {
        if let Some(post) = entry_of(entry, answer.url) {
            reading.put(post);
        }
    }
    if target.kind == TargetKind::Account
        && let Some(name) = value.s("feed.title.$t")
    {
        let mut actor = build::actor(target.key.clone(), None, Some(name), Some(target.url.clone()));
        actor.description = build::plain(value.s("feed.subtitle.$t"));
        build::count(&mut actor.counts, CountKind::Posts, value.n("feed.openSearch$totalResults.$t"));
        reading.actor = Some(actor);
    }
    let next = value.list("feed.link").iter().find(|l| l.s("rel") == Some("next")).and_then(|l| l.s("href"));
    if let Some(next) = next.and_then(|n| answer.url.join(n).ok()) {
        let why = if answer.url.path().contains("/comments/") { Why::Replies } else { Why::Older };
        reading.ask(why, Route::get("feed", next, PACE_MS));
    }
    reading
}

/// An entry of a feed as JSON: a post, or a comment that says what it answers.
fn entry_of(entry: &Value, base: &Url) -> Option<Post> {
    let host = authority(base)?;
    let id = |tag: &str| tag.rsplit(".post-").next().map(str::to_owned);
    let own = id(entry.s("id.$t")?)?;
    let answers = entry.list("thr$in-reply-to").first();
    let mut post = Post::new(
        PostKey::new(Platform::Blogger, host.clone(), own),
        if answers.is_some() { PostKind::Comment } else { PostKind::Article },
    );
    post.sources.set("post", "blogger-feed");
    post.url = entry.list("link").iter().find(|l| l.s("rel") == Some("alternate")).and_then(|l| l.text("href"));
    post.title = build::plain(entry.s("title.$t")).filter(|_| answers.is_none());
    let content = entry.s("content.$t").or_else(|| entry.s("summary.$t")).unwrap_or("");
    build::say_html(&mut post, content, base, "blogger-feed");
    if entry.get("content").is_none() {
        post.lacks(Missing::TextTruncated);
    }
    post.created = build::written(entry.s("published.$t"), "feed");
    post.edited =
        build::written(entry.s("updated.$t"), "feed").filter(|u| post.created.as_ref().is_none_or(|c| u.at > c.at));
    post.tags = build::texts(entry.list("category"), "term");
    if let Some(author) = entry.list("author").first() {
        let key =
            PostKey::new(Platform::Blogger, "", author.s("uri.$t").unwrap_or("").rsplit('/').next().unwrap_or(""));
        let mut actor = build::actor(key, None, author.s("name.$t"), author.text("uri.$t"));
        actor.avatar = author.text("gd$image.src");
        post.author = Some(actor);
    }
    if let Some(to) = answers.and_then(|a| a.s("ref")).and_then(id) {
        // A comment that answers another names it by a link of its own.
        let related = entry
            .list("link")
            .iter()
            .find(|l| l.s("rel") == Some("related"))
            .and_then(|l| l.s("href"))
            .and_then(|h| h.rsplit('/').next());
        let to = related.map_or(to.clone(), str::to_owned);
        post.relations.push(Relation::to(RelationKind::Reply, PostKey::new(Platform::Blogger, host, to)));
    }
    build::count(&mut post.counts, CountKind::Replies, entry.n("thr$total.$t"));
    Some(post)
}

/// The page, by the general reader; the number of the post in it leads to its comments.
fn page(answer: &Answer<'_>, target: &Target) -> Reading {
    let mut reading = general::read(answer, target);
    let number = answer.page(|page| {
        page.linked("alternate").into_iter().find_map(|(_, url)| {
            let (_, rest) = url.split_once("/feeds/")?;
            rest.strip_suffix("/comments/default").filter(|n| super::answer::is_number(n)).map(str::to_owned)
        })
    });
    if let Some(main) = reading.posts.first_mut() {
        main.key = number.as_ref().map_or_else(
            || target.key.clone(),
            |n| PostKey::new(Platform::Blogger, target.key.authority.clone(), n.clone()),
        );
    }
    if let Some(number) = number {
        reading.ask(
            Why::Replies,
            Route::get(
                "comments",
                format!("{}/feeds/{number}/comments/default?alt=json&max-results={PAGE}", target.origin()),
                PACE_MS,
            ),
        );
    }
    reading
}
