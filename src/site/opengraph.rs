//! What a page says of itself in tags for previews, as a post: little, often cut, and better than nothing.

use url::Url;

use super::answer::{Reading, Target, TargetKind};
use super::build;
use crate::extract::markup::Page;
use crate::model::post::{Missing, PostMediaKind, Rendition};
use crate::model::{Actor, Platform, Post, PostKey, PostKind};

/// The post of a page, if it has a title or a description.
pub(super) fn post(page: &Page<'_, '_>, target: &Target, url: &Url) -> Option<Post> {
    let title = page.meta(&["og:title", "twitter:title"]).or_else(|| page.title());
    let text = page.meta(&["og:description", "twitter:description", "description"]);
    if title.is_none() && text.is_none() {
        return None;
    }
    let kind = match page.meta(&["og:type"]).unwrap_or("") {
        kind if kind.starts_with("video") => PostKind::Video,
        "article" if target.platform == Platform::Web => PostKind::Article,
        _ if target.kind == TargetKind::Media => PostKind::Video,
        _ => PostKind::Post,
    };
    let mut post = Post::new(target.key.clone(), kind);
    post.url = Some(target.url.clone());
    if let Some(own) = address(page, url).filter(|own| *own != target.url) {
        post.urls.push(own);
    }
    post.title = build::plain(title);
    build::say_plain(&mut post, text.map(crate::extract::markup::plain).as_deref().unwrap_or(""), "og");
    let stated =
        ["og:published_time", "article:published_time", "og:video:release_date", "datepublished", "uploaddate"];
    post.created = build::written(page.meta(&stated), "og");
    post.edited = build::written(page.meta(&["article:modified_time", "og:updated_time"]), "og");
    let name = page.meta(&["author", "article:author", "twitter:creator", "dc.creator", "og:video:director"]);
    post.author = name.map(|name| who(target, name));
    post.tags = page.metas("article:tag").chain(page.metas("og:video:tag")).take(100).map(str::to_owned).collect();
    post.language = page.meta(&["og:locale"]).or_else(|| page.language()).map(|l| l.replace('_', "-"));
    media(page, &mut post);
    if post.created.is_none() {
        post.lacks(Missing::CreatedTime);
    }
    post.sources.set("post", "og");
    Some(post)
}

fn who(target: &Target, name: &str) -> Actor {
    let handle = name.strip_prefix('@');
    let is_address = name.starts_with("http");
    let key = PostKey::new(target.platform, target.key.authority.clone(), "");
    Actor {
        handle: handle.map(str::to_owned),
        name: handle.is_none().then(|| name.to_owned()),
        url: is_address.then(|| name.to_owned()),
        ..Actor::new(key)
    }
}

/// The address that a page gives for itself.
pub(super) fn address(page: &Page<'_, '_>, url: &Url) -> Option<String> {
    let own = page.meta(&["og:url", "twitter:url"]).or_else(|| page.canonical())?;
    url.join(own).ok().map(Into::into)
}

/// Pictures and videos of the tags.
pub(super) fn media(page: &Page<'_, '_>, post: &mut Post) {
    let image = page.meta(&["og:image:secure_url", "og:image", "og:image:url", "twitter:image", "twitter:image:src"]);
    let image = image.and_then(|i| page.absolute(i));
    let video = page.meta(&["og:video:secure_url", "og:video:url", "og:video", "twitter:player:stream"]);
    let video = video.and_then(|v| page.absolute(v));
    let size = |key: &str| build::pixels(page.meta(&[key]).and_then(|n| n.parse().ok()));
    if let Some(video) = video {
        let mime = page.meta(&["og:video:type"]).map(str::to_owned);
        let player = mime.as_deref().is_some_and(|m| m.starts_with("text/html"));
        let kind = if player { PostMediaKind::Embed } else { PostMediaKind::Video };
        let (width, height) = (size("og:video:width"), size("og:video:height"));
        let rendition = Rendition { width, height, mime, ..Rendition::of(video) };
        if let Some(mut medium) = build::rendered(kind, vec![rendition]) {
            medium.poster = image;
            post.media.push(medium);
        }
    } else if let Some(image) = image {
        let (width, height) = (size("og:image:width"), size("og:image:height"));
        let rendition = Rendition { width, height, ..Rendition::of(image) };
        if let Some(mut medium) = build::rendered(PostMediaKind::Image, vec![rendition]) {
            medium.alt = page.meta(&["og:image:alt", "twitter:image:alt"]).unwrap_or("").to_owned();
            post.media.push(medium);
        }
        post.lacks(Missing::OriginalMedia);
    }
}

/// A profile out of the tags.
pub(super) fn profile(page: &Page<'_, '_>, target: &Target) -> Option<Actor> {
    let title = build::plain(page.meta(&["og:title", "twitter:title"]).or_else(|| page.title()))?;
    let mut actor = build::actor(target.key.clone(), None, Some(&title), Some(target.url.clone()));
    actor.handle = page.meta(&["profile:username"]).map(|h| h.trim_start_matches('@').to_owned());
    actor.description = build::plain(page.meta(&["og:description", "description", "twitter:description"]));
    actor.avatar = page.meta(&["og:image", "twitter:image"]).and_then(|i| page.absolute(i));
    Some(actor)
}

/// A title alone is that of the program that would show something if its scripts were run: nothing was told.
fn tells(page: &Page<'_, '_>) -> bool {
    let tags = ["og:title", "twitter:title", "og:description", "twitter:description", "description", "og:video"];
    tags.iter().any(|tag| page.meta(&[tag]).is_some_and(|told| !told.trim().is_empty()))
}

/// What tags tell of a target: its post, or its profile.
pub(super) fn reading(page: &Page<'_, '_>, target: &Target, url: &Url) -> Reading {
    let mut reading = Reading::new();
    reading.site = page.meta(&["og:site_name"]).map(str::to_owned);
    if !tells(page) {
        return reading;
    }
    if target.kind == TargetKind::Account {
        reading.actor = profile(page, target);
        reading.lacks(Missing::OtherPosts);
    } else if let Some(mut post) = post(page, target, url) {
        post.lacks(Missing::TextTruncated);
        reading.put(post);
        reading.lacks(Missing::Replies);
    }
    reading
}
