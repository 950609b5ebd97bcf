//! oEmbed: title, author and markup of one post, as its platform hands them to pages that embed it. A second witness.

use serde_json::Value;
use url::Url;

use super::answer::{Reading, Target, TargetKind};
use super::build;
use super::json::Ask;
use crate::model::post::{Missing, PostMediaKind, Rendition};
use crate::model::{Actor, Post, PostKey, PostKind};

/// The value is an answer of oEmbed.
pub(super) fn is_one(value: &Value) -> bool {
    let kind = value.s("type").unwrap_or("");
    matches!(kind, "rich" | "video" | "photo" | "link")
        && value.get("version").is_some()
        && (value.get("html").is_some()
            || value.get("author_name").is_some()
            || value.get("title").is_some()
            || value.get("url").is_some())
}

/// What it tells of a target.
pub(super) fn reading(value: &Value, target: &Target, base: &Url) -> Reading {
    let mut reading = Reading::new();
    reading.site = value.text("provider_name");
    reading.put(post(value, target, base));
    reading.lacks(Missing::Replies);
    reading
}

fn post(value: &Value, target: &Target, base: &Url) -> Post {
    let video = value.s("type") == Some("video") || target.kind == TargetKind::Media;
    let mut post = Post::new(target.key.clone(), if video { PostKind::Video } else { PostKind::Post });
    post.sources.set("post", "oembed");
    post.url = Some(target.url.clone());
    post.urls.extend(value.text("url").filter(|u| *u != target.url && u.starts_with("http")));
    post.title = build::plain(value.s("title"));
    if value.s("author_name").is_some() || value.s("author_url").is_some() {
        let key = PostKey::new(target.platform, target.key.authority.clone(), "");
        let url = value.s("author_url").and_then(|u| base.join(u).ok()).map(String::from);
        let handle = value.s("author_unique_id").map(str::to_owned);
        let handle = handle.or_else(|| url.as_deref().and_then(handle_of));
        let mut actor = build::actor(key, handle.as_deref(), value.s("author_name"), url);
        if let Some(handle) = &actor.handle {
            actor = Actor { key: PostKey::new(target.platform, "", format!("@{}", handle.to_lowercase())), ..actor };
        }
        post.author = Some(actor);
    } else {
        post.lacks(Missing::Author);
    }
    if let Some(html) = value.s("html") {
        quoted(&mut post, html, base);
    }
    let size = |path: &str| build::pixels(value.n(path));
    if value.s("type") == Some("photo") {
        if let Some(url) = value.s("url") {
            let rendition = Rendition { width: size("width"), height: size("height"), ..Rendition::of(url) };
            post.media.extend(build::rendered(PostMediaKind::Image, vec![rendition]));
        }
    } else if let Some(url) = value.s("thumbnail_url") {
        let rendition =
            Rendition { width: size("thumbnail_width"), height: size("thumbnail_height"), ..Rendition::of(url) };
        post.media.extend(build::rendered(PostMediaKind::Image, vec![rendition]));
        post.lacks(Missing::OriginalMedia);
    }
    if post.created.is_none() {
        post.lacks(Missing::CreatedTime);
    }
    post.lacks(Missing::Counts);
    post
}

/// The last part of an account's address where it is a name.
fn handle_of(url: &str) -> Option<String> {
    let url = Url::parse(url).ok()?;
    let parts = super::answer::segments(&url);
    let last = parts.last()?;
    (parts.len() == 1 && super::answer::is_name(last.trim_start_matches('@')))
        .then(|| last.trim_start_matches('@').to_owned())
}

/// The words of the post stand in a quotation, its day in the last link of it.
fn quoted(post: &mut Post, html: &str, base: &Url) {
    crate::extract::markup::page(html.as_bytes(), "text/html; charset=utf-8", base, |page| {
        let Some(quote) = page.tags(0, "blockquote").next() else { return };
        let words = page.tags(quote, "p").next();
        if let Some(words) = words {
            build::put_piece(post, page.piece(words), "oembed");
        }
        let last = page.tags(quote, "a").last().map(|at| page.text(at));
        if post.created.is_none() {
            post.created = build::written(last.as_deref().filter(|l| l.bytes().any(|b| b.is_ascii_digit())), "oembed");
        }
        if let Some(lang) = words.and_then(|w| page.attr(w, "lang")) {
            post.language = Some(lang.to_owned());
        }
    });
}
