//! Discourse: topics with their posts, the posts that a page leaves out, revisions.

use serde_json::Value;
use url::Url;

use super::answer::{Answer, Reading, Route, Target, TargetKind, Why, authority, is_number, segments};
use super::json::Ask;
use super::{build, general, walls};
use crate::extract::markup;
use crate::model::post::{CountKind, Missing, PostMediaKind, Relation, RelationKind, Rendition};
use crate::model::{Actor, Finding, Platform, Post, PostKey, PostKind, PostState, Verdict};

const PACE_MS: u64 = 1_000;
/// So many posts are asked for at once.
const BATCH: usize = 20;

/// What an address is about, on a host that is known to be one.
pub(super) fn matches(url: &Url) -> Option<Target> {
    let host = authority(url)?;
    let origin = url.origin().ascii_serialization();
    let parts = segments(url);
    let parts: Vec<&str> = parts.iter().map(|p| p.trim_end_matches(".json").trim_end_matches(".rss")).collect();
    match parts[..] {
        ["t", id] | ["t", _, id] | ["t", _, id, _] | ["t", id, _] if is_number(id) => Some(Target::new(
            TargetKind::Post,
            PostKey::new(Platform::Discourse, host, format!("t{id}")),
            format!("{origin}/t/{id}"),
        )),
        ["posts", id] | ["p", id] if is_number(id) => Some(Target::new(
            TargetKind::Post,
            PostKey::new(Platform::Discourse, host, id),
            format!("{origin}/posts/{id}"),
        )),
        ["u", name, ..] => Some(Target::new(
            TargetKind::Account,
            PostKey::new(Platform::Discourse, host, format!("@{}", name.to_lowercase())),
            format!("{origin}/u/{name}"),
        )),
        ["c", ..] | ["tag", ..] | ["latest"] | [] => Some(Target::new(
            TargetKind::List,
            PostKey::new(Platform::Discourse, host, parts.join("/")),
            url.to_string(),
        )),
        _ => None,
    }
}

/// The requests, best first.
pub(super) fn routes(target: &Target) -> Vec<Route> {
    let api = |name, way: String| Route::get(name, format!("{}/{way}", target.origin()), PACE_MS);
    let id = &target.key.id;
    match target.kind {
        TargetKind::Account => {
            let name = id.trim_start_matches('@');
            vec![
                api("actions", format!("user_actions.json?username={name}&filter=4,5&offset=0")),
                api("user", format!("u/{name}.json")),
            ]
        }
        TargetKind::List | TargetKind::Search => {
            vec![api("latest", if id.is_empty() { "latest.json".to_owned() } else { format!("{id}.json") })]
        }
        _ => match id.strip_prefix('t') {
            Some(topic) => vec![
                api("topic", format!("t/{topic}.json?print=true")),
                api("topic-page", format!("t/{topic}.json")),
                Route::get("page", target.url.clone(), PACE_MS).witness(),
            ],
            None => vec![api("post", format!("posts/{id}.json"))],
        },
    }
}

/// What an answer means.
pub(super) fn classify(answer: &Answer<'_>, _: &Target) -> Verdict {
    let value = if answer.is_html() { Value::Null } else { answer.json().unwrap_or(Value::Null) };
    let kind = value.s("error_type").unwrap_or("");
    let said = value.s("errors.0").unwrap_or(kind).to_owned();
    match (answer.status, kind) {
        (_, "rate_limit") => Verdict::of(Finding::RateLimited, said),
        (403, "not_logged_in") => Verdict::of(Finding::LoginWall, said),
        (403, _) => Verdict::perhaps(Finding::Private, said),
        (404 | 410, _) => Verdict::perhaps(Finding::GoneUnknown, said),
        _ if value.s("deleted_at").is_some() => Verdict::of(Finding::GoneModerated, "marked as deleted"),
        _ => walls::by_status(answer),
    }
}

/// What an answer says.
pub(super) fn read(answer: &Answer<'_>, target: &Target) -> Reading {
    general::interface(answer, target, |value| said(value, answer, target))
}

fn said(value: &Value, answer: &Answer<'_>, target: &Target) -> Reading {
    let mut reading = Reading::new();
    let host = authority(answer.url).unwrap_or_default();
    reading.understood = value.get("post_stream").is_some()
        || value.get("topic_list").is_some()
        || value.get("user_actions").is_some()
        || value.get("latest_posts").is_some();
    let single = Some(value).filter(|v| v.get("cooked").is_some());
    let posts = value
        .list("post_stream.posts")
        .iter()
        .chain(value.list("latest_posts"))
        .chain(value.list("posts"))
        .chain(value.as_array().map_or(&[][..], Vec::as_slice))
        .chain(single);
    for item in posts {
        if let Some(post) = post(item, &host, answer.url, target) {
            reading.put(post);
        }
    }
    // The topic has its title, its first post has its words.
    if let Some(first) = reading.posts.first_mut().filter(|_| value.get("post_stream").is_some()) {
        first.title = build::plain(value.s("title").or_else(|| value.s("fancy_title")));
        first.tags = build::texts(value.list("tags"), if value.at("tags.0").is_object() { "name" } else { "" });
        build::count(&mut first.counts, CountKind::Views, value.n("views"));
        if first.count(CountKind::Replies).is_none() || value.n("reply_count").is_some() {
            first.counts.retain(|c| c.kind != CountKind::Replies);
            build::count(&mut first.counts, CountKind::Replies, value.n("posts_count").map(|n| n.saturating_sub(1)));
        }
    }
    for action in value.list("user_actions") {
        if let Some(post) = of_action(action, &host, answer.url) {
            reading.put(post);
        }
    }
    for topic in value.list("topic_list.topics") {
        let (Some(id), Some(title)) = (topic.id("id"), topic.s("title")) else { continue };
        reading.entries.push(crate::model::Entry {
            url: format!("{}/t/{id}", answer.url.origin().ascii_serialization()),
            identity: Some(PostKey::new(Platform::Discourse, host.clone(), format!("t{id}")).to_string()),
            title: title.chars().take(200).collect(),
            published: build::written(topic.s("created_at"), "api").and_then(|w| w.at),
            modified: build::written(topic.s("bumped_at"), "api").and_then(|w| w.at),
            is_list: false,
        });
    }
    if let Some(more) = value.s("topic_list.more_topics_url").and_then(|m| answer.url.join(m).ok()) {
        let json = more.as_str().replacen("?", ".json?", usize::from(!more.path().ends_with(".json")));
        reading.ask(Why::Older, Route::get("latest", json, PACE_MS));
    }
    if value.at("user").is_object() {
        reading.actor = user(value.at("user"), &host, answer.url);
    }
    rest(value, answer, &mut reading);
    reading
}

/// The posts that a page leaves out are named by their numbers.
fn rest(value: &Value, answer: &Answer<'_>, reading: &mut Reading) {
    let here: Vec<String> = value.list("post_stream.posts").iter().filter_map(|p| p.id("id")).collect();
    let missing: Vec<String> = value
        .list("post_stream.stream")
        .iter()
        .map(Value::to_string)
        .filter(|id| is_number(id) && !here.contains(id))
        .take(20_000)
        .collect();
    let Some(topic) = value.id("id").filter(|_| !missing.is_empty()) else { return };
    reading.lacks(Missing::SomeReplies);
    for batch in missing.chunks(BATCH) {
        let ids: Vec<String> = batch.iter().map(|id| format!("post_ids[]={id}")).collect();
        reading.ask(
            Why::Replies,
            Route::get(
                "posts",
                format!("{}/t/{topic}/posts.json?{}", answer.url.origin().ascii_serialization(), ids.join("&")),
                PACE_MS,
            ),
        );
    }
}

fn post(item: &Value, host: &str, base: &Url, target: &Target) -> Option<Post> {
    let topic = item.id("topic_id");
    let number = item.n("post_number")?;
    let own = |n: u64| {
        topic.as_ref().map(|t| {
            PostKey::new(Platform::Discourse, host, if n == 1 { format!("t{t}") } else { format!("t{t}/{n}") })
        })
    };
    let key = if target.key.id == item.id("id").unwrap_or_default() { target.key.clone() } else { own(number)? };
    let mut post = Post::new(key, if number == 1 { PostKind::Post } else { PostKind::Comment });
    post.sources.set("post", "discourse-api");
    let origin = base.origin().ascii_serialization();
    post.url = topic.as_ref().map(|t| format!("{origin}/t/{}/{t}/{number}", item.s("topic_slug").unwrap_or("-")));
    post.author = user(item, host, base);
    let deleted = item.s("deleted_at").is_some() || item.is("user_deleted");
    if deleted {
        post.state = if item.is("user_deleted") { PostState::DeletedByAuthor } else { PostState::RemovedByModerator };
    } else if item.is("hidden") {
        post.state = PostState::Blocked;
    }
    // What a search finds is told by its first words.
    let cooked = item.s("cooked").or_else(|| item.s("blurb")).unwrap_or("");
    build::say_html(&mut post, cooked, base, "discourse-api");
    if post.text.starts_with("(post deleted by author)") || post.text.starts_with("(topic deleted by author)") {
        post.state = PostState::DeletedByAuthor;
    }
    post.created = build::written(item.s("created_at"), "api");
    let version = item.n("version").unwrap_or(1);
    post.version = Some(version.to_string());
    post.is_edited = Some(version > 1);
    if version > 1 {
        post.edited = build::written(item.s("updated_at"), "api");
        post.lacks(Missing::EarlierVersions);
    }
    build::count(&mut post.counts, CountKind::Replies, item.n("reply_count"));
    build::count(&mut post.counts, CountKind::Views, item.n("reads"));
    let likes = item.list("actions_summary").iter().find(|a| a.n("id") == Some(2)).and_then(|a| a.n("count"));
    build::count(&mut post.counts, CountKind::Likes, likes);
    if number > 1 {
        let to = item.n("reply_to_post_number").unwrap_or(1);
        post.relations.extend(own(to).map(|key| Relation::to(RelationKind::Reply, key)));
        if to != 1 {
            post.relations.extend(own(1).map(|key| Relation::to(RelationKind::ThreadRoot, key)));
        }
    }
    pictures(&mut post, cooked, base);
    Some(post)
}

/// Pictures of the text: the link around one leads to the whole.
fn pictures(post: &mut Post, cooked: &str, base: &Url) {
    if !cooked.contains("<img") {
        return;
    }
    markup::page(cooked.as_bytes(), "text/html; charset=utf-8", base, |page| {
        let boxes: Vec<(usize, Option<String>)> =
            page.all(0, "lightbox").map(|n| (n, page.address(n, "href"))).collect();
        for at in
            page.tags(0, "img").filter(|n| !page.has_class(*n, "emoji") && !page.has_class(*n, "avatar")).take(100)
        {
            let Some(shown) = page.address(at, "src") else { continue };
            let whole = boxes.iter().find(|(n, _)| page.is_inside(at, *n)).and_then(|(_, u)| u.clone());
            let files: Vec<Rendition> = whole.into_iter().chain([shown]).map(Rendition::of).collect();
            if let Some(mut medium) = build::rendered(PostMediaKind::Image, files) {
                medium.alt = page.attr(at, "alt").unwrap_or("").to_owned();
                post.media.push(medium);
            }
        }
    });
}

fn of_action(action: &Value, host: &str, base: &Url) -> Option<Post> {
    let (topic, number) = (action.id("topic_id")?, action.n("post_number")?);
    let id = if number == 1 { format!("t{topic}") } else { format!("t{topic}/{number}") };
    let mut post = Post::new(
        PostKey::new(Platform::Discourse, host, id),
        if number == 1 { PostKind::Post } else { PostKind::Comment },
    );
    post.sources.set("post", "discourse-api");
    post.url =
        Some(format!("{}/t/{}/{topic}/{number}", base.origin().ascii_serialization(), action.s("slug").unwrap_or("-")));
    post.title = build::plain(action.s("title"));
    build::say_html(&mut post, action.s("excerpt").unwrap_or(""), base, "discourse-api");
    post.lacks(Missing::TextTruncated);
    post.created = build::written(action.s("created_at"), "api");
    post.author = user(action, host, base);
    Some(post)
}

fn user(value: &Value, host: &str, base: &Url) -> Option<Actor> {
    let name = value.s("username")?;
    let url = format!("{}/u/{name}", base.origin().ascii_serialization());
    let shown = value.s("name").or_else(|| value.s("display_username"));
    let mut actor = build::actor(
        PostKey::new(Platform::Discourse, host, format!("@{}", name.to_lowercase())),
        Some(name),
        shown,
        Some(url),
    );
    actor.id = value.id("user_id").or_else(|| value.id("id").filter(|_| value.get("cooked").is_none()));
    actor.avatar =
        value.s("avatar_template").and_then(|t| base.join(&t.replace("{size}", "240")).ok()).map(String::from);
    actor.description = build::plain(value.s("bio_raw").or_else(|| value.s("bio_excerpt")));
    Some(actor)
}
