//! Lemmy, and what speaks its interface: posts, their comments as a tree of paths, communities, people.

use serde_json::Value;
use url::Url;

use super::answer::{Answer, Reading, Route, Target, TargetKind, Why, authority, encoded, is_number, query, segments};
use super::json::Ask;
use super::{build, general, walls};
use crate::model::post::{Card, CountKind, Missing, Relation, RelationKind};
use crate::model::{Actor, Finding, Platform, Post, PostKey, PostKind, PostState, Verdict};

const PACE_MS: u64 = 1_000;
/// So many comments a page.
const PAGE: usize = 50;

/// What an address is about, on a host that is known to be one.
pub(super) fn matches(url: &Url) -> Option<Target> {
    let host = authority(url)?;
    let parts = segments(url);
    let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
    let origin = url.origin().ascii_serialization();
    match parts[..] {
        ["post", id] | ["c", _, "p", id, ..] if is_number(id) => {
            Some(Target::new(TargetKind::Post, PostKey::new(Platform::Lemmy, host, id), format!("{origin}/post/{id}")))
        }
        ["comment", id] | ["post", _, id] if is_number(id) => Some(Target::new(
            TargetKind::Post,
            PostKey::new(Platform::Lemmy, host, format!("comment-{id}")),
            format!("{origin}/comment/{id}"),
        )),
        ["c" | "m", name, ..] => Some(Target::new(
            TargetKind::List,
            PostKey::new(Platform::Lemmy, host, format!("!{}", name.to_lowercase())),
            format!("{origin}/c/{name}"),
        )),
        ["u", name] => Some(Target::new(
            TargetKind::Account,
            PostKey::new(Platform::Lemmy, host, format!("@{}", name.to_lowercase())),
            format!("{origin}/u/{name}"),
        )),
        _ => None,
    }
}

/// The requests, best first.
pub(super) fn routes(target: &Target) -> Vec<Route> {
    let api = |name, way: String| Route::get(name, format!("{}/api/v3/{way}", target.origin()), PACE_MS);
    let id = &target.key.id;
    let page = Route::get("page", target.url.clone(), PACE_MS).witness();
    match target.kind {
        TargetKind::List => vec![
            api(
                "posts",
                format!("post/list?community_name={}&sort=New&limit={PAGE}", encoded(id.trim_start_matches('!'))),
            ),
            Route::get(
                "feed",
                format!("{}/feeds/c/{}.xml?sort=New", target.origin(), id.trim_start_matches('!')),
                PACE_MS,
            )
            .witness(),
        ],
        TargetKind::Account => {
            vec![api("user", format!("user?username={}&sort=New&limit={PAGE}", encoded(id.trim_start_matches('@'))))]
        }
        _ => match id.strip_prefix("comment-") {
            Some(comment) => vec![api("comment", format!("comment?id={comment}")), page],
            None => vec![api("post", format!("post?id={id}")), comments(&target.origin(), id, 1), page],
        },
    }
}

fn comments(origin: &str, id: &str, page: usize) -> Route {
    Route::get(
        "comments",
        format!("{origin}/api/v3/comment/list?post_id={id}&type_=All&sort=Old&max_depth=8&limit={PAGE}&page={page}"),
        PACE_MS,
    )
}

/// What an answer means.
pub(super) fn classify(answer: &Answer<'_>, _: &Target) -> Verdict {
    let value = if answer.is_html() { Value::Null } else { answer.json().unwrap_or(Value::Null) };
    match value.s("error") {
        Some(said @ ("couldnt_find_post" | "couldnt_find_comment" | "not_found" | "couldnt_find_object")) => {
            Verdict::of(Finding::GoneUnknown, said)
        }
        Some(said @ ("couldnt_find_community" | "couldnt_find_that_username_or_email" | "couldnt_find_person")) => {
            Verdict::of(Finding::GoneAccount, said)
        }
        Some(said @ ("instance_is_private" | "not_logged_in")) => Verdict::of(Finding::LoginWall, said),
        Some("rate_limit_error") => Verdict::of(Finding::RateLimited, "rate_limit_error"),
        Some(said) => Verdict::of(Finding::ParseError, said),
        None => {
            let one = if value.at("post_view").is_object() {
                value.at("post_view.post")
            } else {
                value.at("comment_view.comment")
            };
            match (one.is("deleted"), one.is("removed")) {
                (true, _) => Verdict::of(Finding::GoneAuthorDeleted, "marked as deleted by its author"),
                (_, true) => Verdict::of(
                    Finding::GoneModerated,
                    "marked as removed by moderators; the log of moderation is public",
                ),
                _ => walls::by_status(answer),
            }
        }
    }
}

/// What an answer says.
pub(super) fn read(answer: &Answer<'_>, target: &Target) -> Reading {
    general::interface(answer, target, |value| said(value, answer, target))
}

fn said(value: &Value, answer: &Answer<'_>, target: &Target) -> Reading {
    let mut reading = Reading::new();
    let host = target.key.authority.clone();
    let posts = value.list("posts").iter().chain(Some(value.at("post_view")).filter(|v| v.is_object()));
    for view in posts {
        reading.put(post(view, &host, answer.url));
    }
    let said = value.list("comments").iter().chain(Some(value.at("comment_view")).filter(|v| v.is_object()));
    let mut count = 0;
    for view in said {
        count += 1;
        reading.put(comment(view, &host, answer.url));
    }
    reading.understood = value.get("posts").is_some() || value.get("comments").is_some();
    for (path, group) in [("person_view.person", false), ("community_view.community", true)] {
        if value.at(path).is_object() && (target.kind != TargetKind::Post || path.starts_with("person")) {
            reading.actor = person(value.at(path), &host, group);
        }
    }
    if answer.url.path().ends_with("/comment/list") {
        if count >= PAGE {
            let page: usize = query(answer.url, "page").and_then(|p| p.parse().ok()).unwrap_or(1);
            let id = query(answer.url, "post_id").unwrap_or_default();
            reading.ask(Why::Replies, comments(&target.origin(), &id, page.saturating_add(1)));
            reading.lacks(Missing::SomeReplies);
        }
    } else if let (TargetKind::Post, Some(id)) = (target.kind, value.id("post_view.post.id")) {
        reading.ask(Why::Replies, comments(&target.origin(), &id, 1));
    } else if reading.posts.len() >= PAGE && target.kind != TargetKind::Post {
        let page: usize = query(answer.url, "page").and_then(|p| p.parse().ok()).unwrap_or(1);
        let mut url = answer.url.clone();
        let kept: Vec<(String, String)> =
            url.query_pairs().filter(|(k, _)| k != "page").map(|(k, v)| (k.into_owned(), v.into_owned())).collect();
        url.query_pairs_mut().clear().extend_pairs(kept).append_pair("page", &page.saturating_add(1).to_string());
        reading.ask(Why::Older, Route::get("posts", url, PACE_MS));
    }
    reading
}

/// What both have.
fn fill(post: &mut Post, thing: &Value, view: &Value, host: &str, text: &str) {
    post.sources.set("post", "lemmy-api");
    post.url = thing.text("ap_id");
    post.author = person(view.at("creator"), host, false);
    // Times without a zone are in UTC.
    let when = |path: &str| {
        let raw = thing.s(path)?;
        let zoned = raw.ends_with('Z') || raw.get(10..).is_some_and(|r| r.contains(['+', '-']));
        build::written(Some(&if zoned { raw.to_owned() } else { format!("{raw}Z") }), "api")
    };
    post.created = when("published");
    post.edited = when("updated");
    post.is_edited = Some(post.edited.is_some());
    if thing.is("removed") {
        post.state = PostState::RemovedByModerator;
    } else if thing.is("deleted") {
        post.state = PostState::DeletedByAuthor;
    }
    build::say_plain(post, thing.at(text).as_str().unwrap_or(""), "lemmy-api");
    build::count(&mut post.counts, CountKind::Likes, view.n("counts.upvotes"));
    build::count(&mut post.counts, CountKind::Dislikes, view.n("counts.downvotes"));
    if thing.is("distinguished") {
        post.labels.push("distinguished".to_owned());
    }
}

fn post(view: &Value, host: &str, base: &Url) -> Post {
    let thing = view.at("post");
    let id = thing.id("id").unwrap_or_default();
    let mut post = Post::new(PostKey::new(Platform::Lemmy, host, id.clone()), PostKind::Post);
    fill(&mut post, thing, view, host, "body");
    post.urls.push(format!("{}/post/{id}", base.origin().ascii_serialization()));
    post.title = build::plain(thing.s("name"));
    post.sensitive = thing.is("nsfw");
    build::count(&mut post.counts, CountKind::Replies, view.n("counts.comments"));
    if let Some(url) = thing.text("url") {
        let picture = [".jpg", ".jpeg", ".png", ".webp", ".gif"]
            .iter()
            .any(|end| url.split('?').next().unwrap_or("").to_lowercase().ends_with(end));
        if picture {
            let mut medium = build::media(crate::model::post::PostMediaKind::Image, url);
            medium.alt = thing.s("alt_text").unwrap_or("").to_owned();
            post.media.push(medium);
        } else {
            let (title, description) =
                (thing.text("embed_title").unwrap_or_default(), thing.text("embed_description").unwrap_or_default());
            post.relations.push(Relation::at(RelationKind::Link, url.clone()));
            post.card = Some(Card { url, title, description, image: thing.text("thumbnail_url") });
        }
    }
    post
}

/// `path` is `0.12.34`: the last is the comment, the one before what it answers.
fn comment(view: &Value, host: &str, base: &Url) -> Post {
    let thing = view.at("comment");
    let own = |id: &str| PostKey::new(Platform::Lemmy, host, format!("comment-{id}"));
    let id = thing.id("id").unwrap_or_default();
    let mut post = Post::new(own(&id), PostKind::Comment);
    fill(&mut post, thing, view, host, "content");
    post.urls.push(format!("{}/comment/{id}", base.origin().ascii_serialization()));
    let root = PostKey::new(Platform::Lemmy, host, thing.id("post_id").unwrap_or_default());
    let parent = thing.s("path").and_then(|p| p.rsplit('.').nth(1)).filter(|p| *p != "0");
    match parent {
        Some(parent) => {
            post.relations.push(Relation::to(RelationKind::Reply, own(parent)));
            post.relations.push(Relation::to(RelationKind::ThreadRoot, root));
        }
        None => post.relations.push(Relation::to(RelationKind::Reply, root)),
    }
    build::count(&mut post.counts, CountKind::Replies, view.n("counts.child_count"));
    post
}

fn person(value: &Value, host: &str, group: bool) -> Option<Actor> {
    let name = value.s("name")?;
    let url = value.text("actor_id");
    let home =
        url.as_deref().and_then(|u| Url::parse(u).ok()).and_then(|u| authority(&u)).unwrap_or_else(|| host.to_owned());
    let mark = if group { '!' } else { '@' };
    let mut actor = build::actor(
        PostKey::new(Platform::Lemmy, home, format!("{mark}{}", name.to_lowercase())),
        Some(name),
        value.s("display_name").or_else(|| value.s("title")),
        url,
    );
    actor.id = value.id("id");
    actor.avatar = value.text("avatar").or_else(|| value.text("icon"));
    actor.banner = value.text("banner");
    actor.description = value.text("bio").or_else(|| value.text("description"));
    actor.bot = value.is("bot_account");
    actor.group = group;
    Some(actor)
}
