//! WordPress: its REST interface beside the page. The interface has all comments with what they answer; what is held back
//! is asked for by its number and answered as such.

use serde_json::Value;
use url::Url;

use super::answer::{Answer, Reading, Route, Target, TargetKind, Why, authority, encoded, query, segments};
use super::json::Ask;
use super::{build, oembed, walls, wordpress_page};
use crate::model::post::{Missing, PostMediaKind, Relation, RelationKind, Rendition};
use crate::model::{Actor, Finding, Platform, Post, PostKey, PostKind, PostMedia, Verdict};

/// No faster than this.
pub(super) const PACE_MS: u64 = 1_000;

/// What an address is about, on a host that is known to be one.
pub(super) fn matches(url: &Url) -> Option<Target> {
    let host = authority(url)?;
    let mut plain = url.clone();
    plain.set_fragment(None);
    if let Some(id) = query(url, "p").or_else(|| query(url, "page_id")) {
        return Some(Target::new(TargetKind::Post, PostKey::new(Platform::WordPress, host, id), plain.to_string()));
    }
    let parts = segments(url);
    let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
    match parts[..] {
        [] => Some(Target::new(TargetKind::List, PostKey::new(Platform::WordPress, host, ""), plain.to_string())),
        ["author", name, ..] => Some(Target::new(
            TargetKind::Account,
            PostKey::new(Platform::WordPress, host, format!("@{name}")),
            plain.to_string(),
        )),
        ["category" | "tag", .., name] => Some(Target::new(
            TargetKind::List,
            PostKey::new(Platform::WordPress, host, format!("#{name}")),
            plain.to_string(),
        )),
        ["wp-json", "wp", "v2", "posts" | "pages", id] => {
            Some(Target::new(TargetKind::Post, PostKey::new(Platform::WordPress, host, id), plain.to_string()))
        }
        // The number is known when one of them answered.
        [.., slug] => Some(Target::new(
            TargetKind::Post,
            PostKey::new(Platform::WordPress, host, format!("slug:{slug}")),
            plain.to_string(),
        )),
    }
}

/// The requests, best first.
pub(super) fn routes(target: &Target) -> Vec<Route> {
    let api = |name, way: String| Route::get(name, format!("{}/wp-json/{way}", target.origin()), PACE_MS);
    let page = Route::get("page", target.url.clone(), PACE_MS);
    let id = &target.key.id;
    match target.kind {
        TargetKind::List | TargetKind::Account | TargetKind::Search => vec![
            api("posts", "wp/v2/posts?per_page=100&_embed=author,wp:featuredmedia".to_owned()),
            page,
            Route::get("feed", format!("{}/feed/", target.origin()), PACE_MS).witness(),
        ],
        _ => {
            let by = match id.strip_prefix("slug:") {
                Some(slug) => format!("wp/v2/posts?slug={}&_embed", encoded(slug)),
                None => format!("wp/v2/posts/{id}?_embed"),
            };
            let mut out = vec![page, api("post", by)];
            if !id.starts_with("slug:") {
                out.push(comments(&target.origin(), id, 1));
            }
            out.push(api("oembed", format!("oembed/1.0/embed?url={}", encoded(&target.url))).witness());
            out
        }
    }
}

/// The comments of a post, oldest first.
pub(super) fn comments(origin: &str, id: &str, page: u32) -> Route {
    Route::get(
        "comments",
        format!("{origin}/wp-json/wp/v2/comments?post={id}&per_page=100&order=asc&page={page}"),
        PACE_MS,
    )
}

/// What an answer means.
pub(super) fn classify(answer: &Answer<'_>, _: &Target) -> Verdict {
    if answer.is_html() {
        // A form for a password stands in place of the text, and the status says 200.
        let locked = answer.says("post-password-form") || answer.says("name=\"post_password\"");
        return if locked && answer.status == 200 {
            Verdict::of(Finding::LoginWall, "a form for a password stands in place of the text")
        } else {
            walls::by_status(answer)
        };
    }
    let code = answer.json().and_then(|v| v.text("code")).unwrap_or_default();
    match (answer.status, code.as_str()) {
        (401 | 403, "rest_forbidden" | "rest_cannot_read" | "rest_cannot_read_post") => {
            Verdict::of(Finding::Private, "it is there, and not for all: in the bin, private, a draft, or held back")
        }
        (401 | 403, "rest_not_logged_in" | "rest_login_required" | "rest_cannot_access") => {
            Verdict::of(Finding::LoginWall, "the interface is for accounts only")
        }
        (404, "rest_post_invalid_id" | "rest_comment_invalid_id" | "rest_term_invalid") => {
            Verdict::of(Finding::GoneUnknown, "deleted for good, or never there")
        }
        (404, "rest_no_route") => Verdict::of(Finding::ParseError, "there is no such interface"),
        _ => walls::by_status(answer),
    }
}

/// What an answer says.
pub(super) fn read(answer: &Answer<'_>, target: &Target) -> Reading {
    if answer.is_xml() {
        return super::feeds::read(answer, target);
    }
    if answer.is_html() {
        return wordpress_page::read(answer, target);
    }
    let Some(value) = answer.json() else { return Reading::new() };
    if oembed::is_one(&value) {
        return oembed::reading(&value, target, answer.url);
    }
    let mut reading = Reading::new();
    let base = value.s("link").and_then(|l| Url::parse(l).ok()).unwrap_or_else(|| answer.url.clone());
    let items = match &value {
        Value::Array(items) => items.as_slice(),
        one => std::slice::from_ref(one),
    };
    reading.understood = value.is_array();
    for item in items {
        if item.get("post").is_some() && item.get("author_name").is_some() {
            reading.put(comment(item, &base, target));
        } else if item.get("source_url").is_some() && item.get("media_type").is_some() {
            reading.put(file(item, &base, target));
        } else if let Some(post) = post(item, &base) {
            reading.put(post);
        } else if let (Some(slug), Some(name)) = (item.s("slug"), item.s("name")) {
            let key = PostKey::new(Platform::WordPress, target.key.authority.clone(), format!("@{slug}"));
            let mut actor = build::actor(key, Some(slug), Some(name), item.text("link"));
            actor.description = build::plain(item.s("description"));
            reading.actor = reading.actor.take().or(Some(actor));
        }
    }
    if target.kind == TargetKind::Post
        && let Some(id) = reading.posts.first().filter(|p| p.kind == PostKind::Article).map(|p| p.key.id.clone())
    {
        reading.ask(Why::Replies, comments(&target.origin(), &id, 1));
    }
    pages(answer, &mut reading);
    reading
}

/// A file of the library, with its caption.
fn file(item: &Value, base: &Url, target: &Target) -> Post {
    let key = PostKey::new(Platform::WordPress, target.key.authority.clone(), item.id("id").unwrap_or_default());
    let mut post = Post::new(key, PostKind::Image);
    post.sources.set("post", "wp-rest");
    post.url = item.text("link");
    post.title = build::plain(item.s("title.rendered"));
    build::say_html(&mut post, item.s("caption.rendered").unwrap_or(""), base, "wp-rest");
    post.created = when(item, "date");
    post.media.extend(featured(item));
    post
}

/// How many pages there are stands in the head.
fn pages(answer: &Answer<'_>, reading: &mut Reading) {
    let all: u32 = answer.header("x-wp-totalpages").and_then(|n| n.parse().ok()).unwrap_or(1);
    let here: u32 = query(answer.url, "page").and_then(|n| n.parse().ok()).unwrap_or(1);
    if here >= all.min(10_000) {
        return;
    }
    let mut url = answer.url.clone();
    let kept: Vec<(String, String)> =
        url.query_pairs().filter(|(k, _)| k != "page").map(|(k, v)| (k.into_owned(), v.into_owned())).collect();
    url.query_pairs_mut().clear().extend_pairs(kept).append_pair("page", &(here + 1).to_string());
    let why = if answer.url.path().ends_with("/comments") { Why::Replies } else { Why::Older };
    reading.ask(why, Route::get("page", url, PACE_MS));
    if why == Why::Replies {
        reading.lacks(Missing::SomeReplies);
    }
}

/// Times without a zone are told twice: on the clock of the site, and in UTC.
fn when(item: &Value, path: &str) -> Option<crate::model::When> {
    match item.s(&format!("{path}_gmt")) {
        Some(utc) if !utc.starts_with("0000") => {
            let utc = if utc.ends_with('Z') || utc.contains('+') { utc.to_owned() } else { format!("{utc}Z") };
            build::written(Some(&utc), "api")
        }
        _ => build::written(item.s(path), "api"),
    }
}

fn post(item: &Value, base: &Url) -> Option<Post> {
    let id = item.id("id")?;
    item.get("content").or_else(|| item.get("title"))?;
    let own = item.s("link").and_then(|l| Url::parse(l).ok()).unwrap_or_else(|| base.clone());
    let host = authority(&own)?;
    let kind = if item.s("type") == Some("page") { PostKind::Page } else { PostKind::Article };
    let mut post = Post::new(PostKey::new(Platform::WordPress, host.clone(), id), kind);
    post.sources.set("post", "wp-rest");
    post.url = item.text("link");
    post.urls.extend(item.text("guid.rendered").filter(|g| Some(g) != post.url.as_ref()));
    post.title = build::plain(item.s("title.rendered").or_else(|| item.s("title")));
    let content = item.s("content.rendered").or_else(|| item.s("content")).unwrap_or("");
    build::say_html(&mut post, content, &own, "wp-rest");
    if item.is("content.protected") && post.text.is_empty() {
        post.lacks(Missing::Text);
        post.labels.push("password".to_owned());
    }
    if post.text.is_empty() {
        build::say_html(&mut post, item.s("excerpt.rendered").unwrap_or(""), &own, "wp-rest-excerpt");
        if !post.text.is_empty() {
            post.lacks(Missing::TextTruncated);
        }
    }
    post.created = when(item, "date");
    let changed = when(item, "modified");
    post.edited = changed.filter(|m| post.created.as_ref().is_none_or(|c| m.at > c.at));
    authors(&mut post, item, &host);
    for group in item.list("_embedded.wp:term").iter().filter_map(Value::as_array).flatten().take(200) {
        if let Some(name) = build::plain(group.s("name")) {
            post.tags.push(name);
        }
    }
    post.media.extend(item.list("_embedded.wp:featuredmedia").iter().filter_map(featured));
    in_text(&mut post, content, &own);
    Some(post)
}

fn authors(post: &mut Post, item: &Value, host: &str) {
    let embedded = item.list("_embedded.author").iter().filter(|a| a.s("name").is_some());
    let several = item.list("coauthors").iter().filter(|a| a.s("display_name").or_else(|| a.s("name")).is_some());
    let mut names: Vec<Actor> = Vec::new();
    for author in several.chain(embedded).take(30) {
        let name = author.s("display_name").or_else(|| author.s("name"));
        let handle = author.s("slug").or_else(|| author.s("user_nicename"));
        let key = PostKey::new(Platform::WordPress, host, format!("@{}", handle.or(name).unwrap_or("")));
        let url = author.text("link").or_else(|| author.text("url").filter(|u| u.starts_with("http")));
        let mut actor = build::actor(key, handle, name, url);
        actor.id = author.id("id");
        actor.description = build::plain(author.s("description"));
        actor.avatar = author.text("avatar_urls.96");
        if names.iter().all(|n| n.name != actor.name) {
            names.push(actor);
        }
    }
    // Without what is embedded, some sites tell the name in the head that they make for previews.
    if names.is_empty()
        && let Some(name) = item.s("yoast_head_json.author").or_else(|| item.s("author_info.display_name"))
    {
        names.push(build::actor(PostKey::new(Platform::WordPress, host, format!("@{name}")), None, Some(name), None));
    }
    if names.is_empty() {
        let number = item.id("author").filter(|id| id != "0");
        names.extend(number.map(|id| Actor {
            id: Some(id.clone()),
            ..Actor::new(PostKey::new(Platform::WordPress, host, format!("@{id}")))
        }));
        post.lacks(Missing::Author);
    }
    let mut names = names.into_iter();
    post.author = names.next();
    post.via = names.next();
}

/// The picture over a post, in all its sizes, the largest first.
fn featured(value: &Value) -> Option<PostMedia> {
    let source = value.s("source_url")?;
    let details = value.at("media_details");
    let whole = Rendition {
        width: build::pixels(details.n("width")),
        height: build::pixels(details.n("height")),
        mime: value.text("mime_type"),
        bytes: details.n("filesize"),
        ..Rendition::of(source)
    };
    let mut sizes: Vec<Rendition> = details
        .at("sizes")
        .as_object()
        .into_iter()
        .flatten()
        .take(40)
        .filter_map(|(_, s)| {
            let url = s.s("source_url").filter(|u| *u != source)?;
            Some(Rendition {
                width: build::pixels(s.n("width")),
                height: build::pixels(s.n("height")),
                ..Rendition::of(url)
            })
        })
        .collect();
    sizes.sort_by_key(|r| std::cmp::Reverse(r.width.unwrap_or(0)));
    let kind = build::kind_of(value.s("mime_type").unwrap_or("image/"));
    let mut medium = build::rendered(kind, std::iter::once(whole).chain(sizes).collect())?;
    medium.alt = value.s("alt_text").unwrap_or("").to_owned();
    Some(medium)
}

/// Pictures and films in the text.
fn in_text(post: &mut Post, html: &str, base: &Url) {
    if !html.contains("<img") && !html.contains("<video") && !html.contains("<audio") && !html.contains("<iframe") {
        return;
    }
    crate::extract::markup::page(html.as_bytes(), "text/html; charset=utf-8", base, |page| {
        for at in page.inside(0) {
            let kind = match page.tag(at) {
                "img" => PostMediaKind::Image,
                "video" => PostMediaKind::Video,
                "audio" => PostMediaKind::Audio,
                "iframe" => PostMediaKind::Embed,
                _ => continue,
            };
            let url = page.address(at, "src").or_else(|| page.tags(at, "source").find_map(|s| page.address(s, "src")));
            let Some(url) = url else { continue };
            let whole = whole_size(&url);
            let renditions: Vec<Rendition> = whole.into_iter().chain([url]).map(Rendition::of).collect();
            let held = |m: &PostMedia| m.renditions.iter().any(|r| renditions.iter().any(|o| o.url == r.url));
            if post.media.len() < 200
                && !post.media.iter().any(held)
                && let Some(mut medium) = build::rendered(kind, renditions)
            {
                medium.alt = page.attr(at, "alt").unwrap_or("").to_owned();
                post.media.push(medium);
            }
        }
    });
}

/// `…-300x200.jpg` is made from `….jpg`.
fn whole_size(url: &str) -> Option<String> {
    let (stem, form) = url.rsplit_once('.')?;
    let (name, size) = stem.rsplit_once('-')?;
    let (across, down) = size.split_once('x')?;
    let number = |s: &str| (2..=4).contains(&s.len()) && s.bytes().all(|b| b.is_ascii_digit());
    (url.contains("/uploads/") && number(across) && number(down) && form.len() <= 5).then(|| format!("{name}.{form}"))
}

fn comment(item: &Value, base: &Url, target: &Target) -> Post {
    let host = item
        .s("link")
        .and_then(|l| Url::parse(l).ok())
        .and_then(|u| authority(&u))
        .unwrap_or_else(|| target.key.authority.clone());
    let own = |id: &str| PostKey::new(Platform::WordPress, host.clone(), format!("comment-{id}"));
    let mut post = Post::new(own(&item.id("id").unwrap_or_default()), PostKind::Comment);
    post.sources.set("post", "wp-rest");
    post.url = item.text("link");
    let name = item.s("author_name");
    let key = PostKey::new(Platform::WordPress, host.clone(), format!("@{}", name.unwrap_or("")));
    post.author = name.map(|n| build::actor(key, None, Some(n), item.text("author_url")));
    build::say_html(&mut post, item.s("content.rendered").unwrap_or(""), base, "wp-rest");
    post.created = when(item, "date");
    let page = PostKey::new(Platform::WordPress, host.clone(), item.id("post").unwrap_or_default());
    match item.id("parent").filter(|p| p != "0") {
        Some(parent) => {
            post.relations.push(Relation::to(RelationKind::Reply, own(&parent)));
            post.relations.push(Relation::to(RelationKind::ThreadRoot, page));
        }
        None => post.relations.push(Relation::to(RelationKind::Reply, page)),
    }
    if let Some(kind) = item.s("type").filter(|k| *k != "comment") {
        post.labels.push(kind.to_owned());
    }
    post
}
