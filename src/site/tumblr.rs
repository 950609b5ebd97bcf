//! Tumblr: the old interface of blogs without a key, feeds, the page of a post.

use serde_json::Value;
use url::Url;

use super::answer::{Answer, Credential, Reading, Route, Target, TargetKind, is_number, segments};
use super::json::{self, Ask};
use super::{build, feeds, general, walls};
use crate::model::post::{CountKind, PostMediaKind, Relation, RelationKind, Rendition};
use crate::model::{Finding, Platform, Post, PostKey, PostKind, Verdict};

const PACE_MS: u64 = 2_000;

/// What an address is about.
pub(super) fn matches(url: &Url) -> Option<Target> {
    let host = url.host_str()?.trim_end_matches('.');
    let parts = segments(url);
    let mut parts: Vec<&str> = parts.iter().map(String::as_str).collect();
    let below =
        host.strip_suffix(".tumblr.com").filter(|b| !matches!(*b, "www" | "api" | "assets") && !b.contains("media"));
    let blog = match below {
        Some(blog) => blog.to_owned(),
        None => {
            // `tumblr.com/BLOG/ID/slug`, `tumblr.com/blog/view/BLOG/ID`
            if parts.starts_with(&["blog", "view"]) {
                parts.drain(..2);
            }
            if parts.is_empty()
                || matches!(parts[0], "dashboard" | "login" | "explore" | "tagged" | "search" | "register")
            {
                return None;
            }
            let blog = parts.remove(0).trim_start_matches('@').to_owned();
            parts.insert(0, "post");
            blog
        }
    };
    let blog = blog.to_lowercase();
    match parts[..] {
        ["post" | "image", id, ..] if is_number(id) => Some(Target::new(
            TargetKind::Post,
            PostKey::new(Platform::Tumblr, blog.clone(), id),
            format!("https://{blog}.tumblr.com/post/{id}"),
        )),
        [] | ["post"] | ["archive" | "rss", ..] | ["page", _] => Some(Target::new(
            TargetKind::Account,
            PostKey::new(Platform::Tumblr, blog.clone(), ""),
            format!("https://{blog}.tumblr.com/"),
        )),
        _ => None,
    }
}

/// The requests, best first.
pub(super) fn routes(target: &Target) -> Vec<Route> {
    let (blog, id) = (&target.key.authority, &target.key.id);
    let old =
        |query: String| Route::get("v1", format!("https://{blog}.tumblr.com/api/read/json?debug=1&{query}"), PACE_MS);
    let new = |query: String| {
        Route::get(
            "v2",
            format!("https://api.tumblr.com/v2/blog/{blog}/posts?{query}&npf=true&api_key={{key}}"),
            PACE_MS,
        )
        .needs(Credential::Key)
    };
    match target.kind {
        TargetKind::Account => vec![
            old("num=50&start=0".to_owned()),
            Route::get("feed", format!("https://{blog}.tumblr.com/rss"), PACE_MS).witness(),
            new("limit=20".to_owned()),
        ],
        _ => vec![
            Route::get("page", target.url.clone(), PACE_MS),
            old(format!("id={id}")).witness(),
            new(format!("id={id}")),
        ],
    }
}

/// What an answer means.
pub(super) fn classify(answer: &Answer<'_>, _: &Target) -> Verdict {
    if answer.says("safe-mode") && answer.url.path().starts_with("/safe-mode") {
        return Verdict::of(Finding::AgeOrGeoWall, "sent to a page for adults");
    }
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
    // `var tumblr_api_read = {…};`
    let text = String::from_utf8_lossy(answer.body);
    let value = text.find('{').and_then(|at| json::first(&text[at..])).unwrap_or(Value::Null);
    let mut reading = Reading::new();
    reading.site = Some("Tumblr".to_owned());
    reading.understood = value.get("posts").is_some();
    if let Some(name) = value.s("tumblelog.name").filter(|_| target.kind == TargetKind::Account) {
        let mut actor =
            build::actor(target.key.clone(), Some(name), value.s("tumblelog.title"), Some(target.url.clone()));
        actor.description = build::plain(value.s("tumblelog.description"));
        reading.actor = Some(actor);
    }
    for item in value.list("posts") {
        if let Some(post) = post(item, target, answer.url) {
            reading.put(post);
        }
    }
    let (start, total) = (value.n("posts-start").unwrap_or(0), value.n("posts-total").unwrap_or(0));
    let next = start.saturating_add(reading.posts.len() as u64);
    if target.kind == TargetKind::Account && !reading.posts.is_empty() && next < total {
        reading.ask(
            super::answer::Why::Older,
            Route::get(
                "v1",
                format!("https://{}.tumblr.com/api/read/json?debug=1&num=50&start={next}", target.key.authority),
                PACE_MS,
            ),
        );
    }
    reading
}

/// Posts of the old interface: their texts by what they are.
fn post(item: &Value, target: &Target, base: &Url) -> Option<Post> {
    let id = item.id("id")?;
    let blog = &target.key.authority;
    let kind = match item.s("type") {
        Some("photo") => PostKind::Image,
        Some("video") => PostKind::Video,
        _ => PostKind::Post,
    };
    let mut post = Post::new(PostKey::new(Platform::Tumblr, blog.clone(), id), kind);
    post.sources.set("post", "tumblr-v1");
    post.url = item.text("url-with-slug").or_else(|| item.text("url"));
    post.author = Some(build::actor(
        PostKey::new(Platform::Tumblr, blog.clone(), ""),
        Some(blog),
        None,
        Some(format!("https://{blog}.tumblr.com/")),
    ));
    post.title = ["regular-title", "link-text", "conversation-title"].iter().find_map(|p| build::plain(item.s(p)));
    let words = [
        "regular-body",
        "photo-caption",
        "video-caption",
        "audio-caption",
        "quote-text",
        "link-description",
        "conversation-text",
        "answer",
    ];
    let html: Vec<&str> = words.iter().filter_map(|p| item.s(p)).collect();
    build::say_html(&mut post, &html.join("\n"), base, "tumblr-v1");
    post.created = build::epoch(item.at("unix-timestamp"), "api").or_else(|| build::written(item.s("date-gmt"), "api"));
    post.tags = build::texts(item.list("tags"), "");
    build::count(&mut post.counts, CountKind::Reactions, item.n("note-count"));
    let photos = if item.list("photos").is_empty() { std::slice::from_ref(item) } else { item.list("photos") };
    for photo in photos.iter().take(50) {
        let files: Vec<Rendition> = [1280u32, 500, 400, 250]
            .iter()
            .filter_map(|w| Some(Rendition { width: Some(*w), ..Rendition::of(photo.s(&format!("photo-url-{w}"))?) }))
            .collect();
        if let Some(mut medium) = build::rendered(PostMediaKind::Image, files) {
            medium.alt = photo.text("caption").unwrap_or_default();
            post.media.push(medium);
        }
    }
    if let Some(from) = item.s("reblogged-from-url") {
        post.relations
            .push(Relation { author: item.text("reblogged-from-name"), ..Relation::at(RelationKind::Repost, from) });
    }
    if let Some(root) = item.s("reblogged-root-url") {
        post.relations.push(Relation {
            author: item.text("reblogged-root-name"),
            ..Relation::at(RelationKind::ThreadRoot, root)
        });
    }
    Some(post)
}

/// The page of a post: its theme is the blog's own, so the general reader reads it.
fn page(answer: &Answer<'_>, target: &Target) -> Reading {
    let mut reading = general::read(answer, target);
    if target.kind == TargetKind::Post
        && let Some(main) = reading.posts.first_mut()
    {
        main.key = target.key.clone();
        main.kind = PostKind::Post;
        let blog = &target.key.authority;
        let key = PostKey::new(Platform::Tumblr, blog.clone(), "");
        let name = main.author.take().and_then(|a| a.name);
        main.author = Some(build::actor(key, Some(blog), name.as_deref(), Some(format!("https://{blog}.tumblr.com/"))));
        // What the list of notes says was said by others.
        let key = main.key.clone();
        reading.posts.retain(|p| p.key == key || p.kind != PostKind::Comment || p.author.is_some());
        if let Some(post) = answer.page(|page| super::opengraph::post(page, target, answer.url))
            && let Some(main) = reading.posts.first_mut()
        {
            if main.media.is_empty() {
                main.media = post.media;
            }
            main.tags = if main.tags.is_empty() { post.tags } else { std::mem::take(&mut main.tags) };
        }
    }
    reading.site = Some("Tumblr".to_owned());
    reading
}
