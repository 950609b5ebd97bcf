//! Reddit: feeds without a login, listings with a user's own client, and the page of a post for previews.

use serde_json::Value;
use url::Url;

use super::answer::{Answer, Credential, Reading, Route, Target, TargetKind, is_name, segments};
use super::json::Ask;
use super::{build, feeds, opengraph, walls};
use crate::model::post::{CountKind, Missing, PostMediaKind, Relation, RelationKind, Rendition};
use crate::model::{Finding, Platform, Post, PostKey, PostKind, PostMedia, PostState, Verdict};

/// One feed a minute.
const PACE_MS: u64 = 61_000;
const API_PACE_MS: u64 = 1_000;

/// What an address is about.
pub(super) fn matches(url: &Url) -> Option<Target> {
    let parts = segments(url);
    let mut parts: Vec<&str> = parts.iter().map(String::as_str).collect();
    if parts.last().is_some_and(|p| matches!(*p, ".rss" | ".json")) {
        parts.pop();
    }
    if url.host_str().is_some_and(|h| h.ends_with("redd.it")) {
        return parts.first().filter(|id| is_id(id)).map(|id| post(id, ""));
    }
    match parts[..] {
        ["r" | "user" | "u", place, "comments", id, ..] if is_id(id) => {
            Some(post(id, &format!("{}/{place}", if parts[0] == "r" { "r" } else { "user" })))
        }
        ["comments", id, ..] | ["gallery", id] if is_id(id) => Some(post(id, "")),
        ["r", name] | ["r", name, "new" | "hot" | "top" | "rising"] if is_name(name) => Some(Target::new(
            TargetKind::List,
            PostKey::new(Platform::Reddit, name.to_lowercase(), ""),
            format!("https://www.reddit.com/r/{name}/"),
        )),
        ["user" | "u", name, ..] if is_name(name) => {
            Some(Target::new(TargetKind::Account, account_key(name), format!("https://www.reddit.com/user/{name}/")))
        }
        _ => None,
    }
}

fn is_id(text: &str) -> bool {
    (2..=13).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphanumeric())
}

/// Numbers are Reddit's own, whatever the place.
fn key(name: &str) -> PostKey {
    PostKey::new(Platform::Reddit, "", name)
}

fn account_key(name: &str) -> PostKey {
    PostKey::new(Platform::Reddit, "", format!("@{}", name.to_lowercase()))
}

fn post(id: &str, place: &str) -> Target {
    let way = if place.is_empty() { String::new() } else { format!("{place}/") };
    Target::new(
        TargetKind::Post,
        key(&format!("t3_{}", id.to_lowercase())),
        format!("https://www.reddit.com/{way}comments/{id}/"),
    )
}

/// The requests, best first.
pub(super) fn routes(target: &Target) -> Vec<Route> {
    let feed = Route::get("feed", format!("{}.rss?limit=100", target.url), PACE_MS);
    let id = target.key.id.trim_start_matches("t3_");
    let way = match target.kind {
        TargetKind::Post => format!("comments/{id}?limit=500&raw_json=1"),
        TargetKind::Account => format!("user/{}/submitted?limit=100&raw_json=1", id.trim_start_matches('@')),
        _ => format!("r/{}/new?limit=100&raw_json=1", target.key.authority),
    };
    let api = Route::get("api", format!("https://oauth.reddit.com/{way}"), API_PACE_MS).needs(Credential::Bearer);
    vec![api, feed, Route::get("page", target.url.clone(), PACE_MS).with(Credential::Cookies).witness()]
}

/// What an answer means.
pub(super) fn classify(answer: &Answer<'_>, _: &Target) -> Verdict {
    let value = if answer.is_html() || answer.is_xml() { Value::Null } else { answer.json().unwrap_or(Value::Null) };
    match (answer.status, value.s("reason")) {
        (404, Some("banned")) => Verdict::of(Finding::GoneModerated, "the place was banned"),
        (403, Some("private")) => Verdict::of(Finding::Private, "the place is private"),
        (403, Some("quarantined" | "gated")) => Verdict::of(Finding::AgeOrGeoWall, "the place is quarantined"),
        // Everybody without a login is answered so.
        (403, _) => Verdict::of(Finding::Challenge, "blocked as a program (403)"),
        _ => {
            let main = value.at("0.data.children.0.data");
            match main.s("removed_by_category") {
                Some("deleted" | "author") => Verdict::of(Finding::GoneAuthorDeleted, "removed by its author"),
                Some(who) => Verdict::of(Finding::GoneModerated, format!("removed by {who}")),
                None => walls::by_status(answer),
            }
        }
    }
}

/// What an answer says.
pub(super) fn read(answer: &Answer<'_>, target: &Target) -> Reading {
    if answer.is_xml() {
        let mut reading = feeds::read(answer, target);
        reading.lacks(Missing::SomeReplies);
        return reading;
    }
    if answer.is_html() {
        return answer.page(|page| {
            let mut reading = opengraph::reading(page, target, answer.url);
            if reading.is_empty() && page.tags(0, "shreddit-post").next().is_some() && target.kind == TargetKind::Post {
                // Without tags for previews the element of the post itself still has its title, author and time.
                let mut post = Post::new(target.key.clone(), PostKind::Post);
                post.url = Some(target.url.clone());
                post.lacks(Missing::TextTruncated);
                reading.put(post);
                reading.lacks(Missing::Replies);
            }
            for post in &mut reading.posts {
                // `From the PLACE community on Reddit: TITLE`
                if let Some((_, title)) = post.title.as_deref().and_then(|t| t.split_once(" community on Reddit: ")) {
                    post.title = Some(title.to_owned());
                }
                if let Some(element) = page.tags(0, "shreddit-post").next() {
                    let name = page.attr(element, "author");
                    post.author = name.map(|n| {
                        build::actor(account_key(n), Some(n), None, Some(format!("https://www.reddit.com/user/{n}/")))
                    });
                    post.title = page.attr(element, "post-title").map(str::to_owned).or(post.title.take());
                    post.created = build::written(page.attr(element, "created-timestamp"), "page");
                    for (kind, name) in [(CountKind::Likes, "score"), (CountKind::Replies, "comment-count")] {
                        build::count(&mut post.counts, kind, page.attr(element, name).and_then(|n| n.parse().ok()));
                    }
                }
            }
            reading
        });
    }
    let Some(value) = answer.json() else { return Reading::new() };
    let mut reading = Reading::new();
    reading.site = Some("Reddit".to_owned());
    let listings = match &value {
        Value::Array(items) => items.as_slice(),
        one => std::slice::from_ref(one),
    };
    let alone = Some(&value).filter(|v| matches!(v.s("kind"), Some("t1" | "t2" | "t3" | "t5")));
    let mut things: Vec<&Value> = listings.iter().rev().flat_map(|l| l.list("data.children").iter().rev()).collect();
    reading.understood = listings.iter().any(|l| l.s("kind") == Some("Listing"));
    things.extend(alone);
    while let Some(thing) = things.pop() {
        let data = thing.at("data");
        match thing.s("kind") {
            Some("t3") => reading.put(submission(data)),
            Some("t1") => {
                reading.put(comment(data));
                things.extend(data.list("replies.data.children").iter().rev());
            }
            Some("t2") => {
                if let Some(name) = data.s("name") {
                    let url = format!("https://www.reddit.com/user/{name}/");
                    let mut actor = build::actor(account_key(name), Some(name), data.s("subreddit.title"), Some(url));
                    actor.id = data.id("id");
                    actor.avatar = data.text("icon_img");
                    actor.created = build::epoch(data.at("created_utc"), "api");
                    reading.actor = Some(actor);
                }
            }
            Some("t5") => {
                if let Some(name) = data.s("display_name") {
                    let key = PostKey::new(Platform::Reddit, name.to_lowercase(), "");
                    let url = format!("https://www.reddit.com/r/{name}/");
                    let mut actor = build::actor(key, Some(name), data.s("title"), Some(url));
                    actor.group = true;
                    actor.description = build::plain(data.s("public_description"));
                    actor.created = build::epoch(data.at("created_utc"), "api");
                    build::count(&mut actor.counts, CountKind::Followers, data.n("subscribers"));
                    reading.actor = Some(actor);
                }
            }
            Some("more") if data.n("count").unwrap_or(1) > 0 || !data.list("children").is_empty() => {
                reading.lacks(Missing::SomeReplies)
            }
            _ => {}
        }
    }
    let after = value.s("data.after");
    if let Some(after) = after {
        let mut url = answer.url.clone();
        let kept: Vec<(String, String)> =
            url.query_pairs().filter(|(k, _)| k != "after").map(|(k, v)| (k.into_owned(), v.into_owned())).collect();
        url.query_pairs_mut().clear().extend_pairs(kept).append_pair("after", after);
        reading.ask(super::answer::Why::Older, Route::get("api", url, API_PACE_MS).needs(Credential::Bearer));
    }
    reading
}

/// What both have.
fn thing(data: &Value, prefix: &str, kind: PostKind, body: &str) -> Post {
    let name = data.text("name").unwrap_or_else(|| format!("{prefix}{}", data.id("id").unwrap_or_default()));
    let mut post = Post::new(key(&name), kind);
    post.sources.set("post", "listing");
    post.url = data.s("permalink").map(|p| format!("https://www.reddit.com{p}"));
    let text = data.at(body).as_str().unwrap_or("").trim();
    let author = data.s("author");
    match (text, author) {
        ("[deleted]", _) => post.state = PostState::DeletedByAuthor,
        ("[removed]" | "[ Removed by Reddit ]" | "[ Removed by moderator ]", _) => {
            post.state = PostState::RemovedByModerator
        }
        // The account is gone, its words are there.
        _ => build::say_plain(&mut post, text, "listing"),
    }
    post.author = author.filter(|a| *a != "[deleted]").map(|a| {
        let mut actor = build::actor(account_key(a), Some(a), None, Some(format!("https://www.reddit.com/user/{a}/")));
        actor.id = data.text("author_fullname");
        actor
    });
    if post.author.is_none() {
        post.lacks(Missing::Author);
    }
    post.created = build::epoch(data.at("created_utc"), "api");
    post.edited = build::epoch(data.at("edited"), "api").filter(|_| data.at("edited").is_number());
    post.is_edited = Some(post.edited.is_some() || data.at("edited").as_bool() == Some(true));
    build::count(&mut post.counts, CountKind::Likes, data.n("score").or_else(|| data.n("ups")));
    if let Some(kind) = data.s("distinguished") {
        post.labels.push(format!("distinguished:{kind}"));
    }
    post
}

fn submission(data: &Value) -> Post {
    let mut post = thing(data, "t3_", PostKind::Post, "selftext");
    post.title = build::plain(data.s("title"));
    post.sensitive = data.is("over_18");
    match data.s("removed_by_category") {
        Some("deleted" | "author") => post.state = PostState::DeletedByAuthor,
        Some(_) => post.state = PostState::RemovedByModerator,
        None => {}
    }
    post.tags.extend(data.text("link_flair_text"));
    build::count(&mut post.counts, CountKind::Replies, data.n("num_comments"));
    if let Some(parent) = data.s("crosspost_parent") {
        post.relations.push(Relation::to(RelationKind::Forward, key(parent)));
    }
    media(&mut post, data);
    let link = data.s("url_overridden_by_dest").or_else(|| data.s("url")).filter(|_| !data.is("is_self"));
    if let Some(link) = link.filter(|l| post.media.is_empty() && l.starts_with("http")) {
        if link.contains("i.redd.it/") || link.contains("i.imgur.com/") {
            post.media.push(build::media(PostMediaKind::Image, link));
        } else {
            post.relations.push(Relation::at(RelationKind::Link, link));
            build::link(&mut post, link, "");
        }
    }
    post
}

fn comment(data: &Value) -> Post {
    let mut post = thing(data, "t1_", PostKind::Comment, "body");
    if let Some(parent) = data.s("parent_id") {
        post.relations.push(Relation::to(RelationKind::Reply, key(parent)));
    }
    if let Some(root) = data.s("link_id") {
        post.relations.push(Relation::to(RelationKind::ThreadRoot, key(root)));
    }
    media(&mut post, data);
    post
}

/// Galleries and media in the text, in the order of the gallery where there is one.
fn media(post: &mut Post, data: &Value) {
    let all = data.at("media_metadata");
    let order: Vec<String> = data.list("gallery_data.items").iter().filter_map(|i| i.id("media_id")).collect();
    let order =
        if order.is_empty() { all.as_object().map(|m| m.keys().cloned().collect()).unwrap_or_default() } else { order };
    for id in order.iter().take(200) {
        let Some(item) = all.get(id.as_str()) else { continue };
        if let Some(mut medium) = item_of(item, id) {
            let told = data.list("gallery_data.items").iter().find(|i| i.id("media_id").as_ref() == Some(id));
            medium.alt = told.and_then(|i| i.text("caption")).unwrap_or_default();
            post.media.push(medium);
        }
    }
    for video in [data.at("secure_media.reddit_video"), data.at("media.reddit_video")] {
        let files = ["fallback_url", "hls_url", "dash_url"].iter().filter_map(|p| video.s(p));
        let files: Vec<Rendition> = files
            .map(|u| Rendition {
                width: build::pixels(video.n("width")),
                height: build::pixels(video.n("height")),
                ..Rendition::of(u)
            })
            .collect();
        if let Some(mut medium) = build::rendered(PostMediaKind::Video, files) {
            medium.duration_ms = video.n("duration").map(|d| d * 1_000);
            medium.poster = data.text("preview.images.0.source.url");
            post.media.push(medium);
            break;
        }
    }
}

fn item_of(item: &Value, id: &str) -> Option<PostMedia> {
    let side = |at: &Value, s: &str| build::pixels(at.n(s));
    let mut medium = match item.s("e") {
        Some("RedditVideo") => {
            let files = ["hlsUrl", "dashUrl"].iter().filter_map(|p| item.s(p)).map(|u| Rendition {
                width: side(item, "x"),
                height: side(item, "y"),
                ..Rendition::of(u)
            });
            build::rendered(PostMediaKind::Video, files.collect())?
        }
        Some("AnimatedImage") => {
            let files = ["s.gif", "s.mp4"].iter().filter_map(|p| item.s(p)).map(|u| Rendition {
                width: side(item, "s.x"),
                height: side(item, "s.y"),
                ..Rendition::of(u)
            });
            build::rendered(PostMediaKind::Gif, files.collect())?
        }
        _ => {
            let shown = item.s("s.u")?;
            // What is shown is made from the file of the same name on the host of originals.
            let original = Url::parse(shown)
                .ok()
                .filter(|u| u.host_str() == Some("preview.redd.it"))
                .map(|u| format!("https://i.redd.it{}", u.path()));
            let files = original.into_iter().chain([shown.to_owned()]).map(|u| Rendition {
                width: side(item, "s.x"),
                height: side(item, "s.y"),
                ..Rendition::of(u)
            });
            build::rendered(PostMediaKind::Image, files.collect())?
        }
    };
    medium.identity = format!("reddit:{id}");
    Some(medium)
}
