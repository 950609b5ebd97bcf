//! One object of ActivityStreams as a post, and one actor.

use serde_json::Value;
use url::Url;

use super::activitypub::{POSTS, key_of, kinds, link_of, person};
use super::build;
use super::json::Ask;
use crate::model::post::{Choice, CountKind, Poll, PostMediaKind, Relation, RelationKind, Rendition};
use crate::model::{Actor, Post, PostKind, PostMedia, PostState};

/// One object as a post.
pub(super) fn post(value: &Value, base: &Url) -> Option<Post> {
    let kinds = kinds(value);
    if !kinds.iter().any(|k| POSTS.contains(k)) {
        return None;
    }
    let id = value.text("id").or_else(|| link_of(value.at("url"))).unwrap_or_else(|| base.to_string());
    let kind = match kinds.first().copied().unwrap_or("") {
        "Article" | "Page" => PostKind::Article,
        "Video" => PostKind::Video,
        "Image" => PostKind::Image,
        _ => PostKind::Post,
    };
    let mut post = Post::new(key_of(&id), kind);
    post.sources.set("post", "activitypub");
    if kinds.contains(&"Tombstone") {
        post.state = PostState::Gone;
        post.edited = build::written(value.s("deleted"), "activitypub");
        return Some(post);
    }
    post.url = page_of(value.at("url")).or_else(|| Some(id.clone()).filter(|i| i.starts_with("http")));
    post.urls.extend(Some(id).filter(|i| Some(i) != post.url.as_ref()));
    post.title = build::plain(value.s("name"));
    words(&mut post, value, base);
    // Mastodon's content warning; others put a summary here.
    post.spoiler = build::plain(value.s("summary")).filter(|_| kind == PostKind::Post);
    post.sensitive = value.is("sensitive");
    post.created = build::written(value.s("published"), "activitypub");
    post.edited = build::written(value.s("updated"), "activitypub")
        .filter(|e| Some(&e.raw) != post.created.as_ref().map(|c| &c.raw));
    post.is_edited = Some(post.edited.is_some());
    let whom = value.at("attributedTo");
    post.author = match whom {
        Value::Object(_) => actor(whom, base),
        Value::Array(items) if items.iter().any(Value::is_object) => items.iter().find_map(|a| actor(a, base)),
        other => link_of(other).map(|uri| person(&uri)),
    };
    relations(&mut post, value);
    tags(&mut post, value);
    for path in ["attachment", "image", "icon"] {
        let attached = match value.at(path) {
            Value::Array(items) => items.as_slice(),
            Value::Null => &[],
            one => std::slice::from_ref(one),
        };
        if path == "attachment" || (post.media.is_empty() && path == "image") {
            post.media.extend(attached.iter().take(100).filter_map(|a| medium(a, path)));
        }
    }
    if matches!(kind, PostKind::Video) || kinds.contains(&"Audio") {
        let files = value
            .list("url")
            .iter()
            .filter(|u| u.s("mediaType").is_some_and(|m| m.starts_with("video/") || m.starts_with("audio/")));
        let renditions: Vec<Rendition> = files.filter_map(rendition).collect();
        let mut medium = build::rendered(
            if kind == PostKind::Video { PostMediaKind::Video } else { PostMediaKind::Audio },
            renditions,
        );
        if let Some(medium) = &mut medium {
            medium.poster = link_of(value.at("icon"));
        }
        post.media.extend(medium);
    }
    if kinds.contains(&"Question") {
        poll(&mut post, value);
    }
    for (kind, path) in [
        (CountKind::Likes, "likes.totalItems"),
        (CountKind::Reposts, "shares.totalItems"),
        (CountKind::Replies, "replies.totalItems"),
    ] {
        build::count(&mut post.counts, kind, value.n(path));
    }
    Some(post)
}

fn words(post: &mut Post, value: &Value, base: &Url) {
    let content =
        value.s("content").or_else(|| value.at("contentMap").as_object().and_then(|m| m.values().next()?.as_str()));
    let content = content.unwrap_or("");
    match value.s("mediaType") {
        Some("text/markdown" | "text/plain") => build::say_plain(post, content, "activitypub"),
        _ => build::say_html(post, content, base, "activitypub"),
    }
    let only = value.at("contentMap").as_object().filter(|m| m.len() == 1);
    post.language = only.and_then(|m| m.keys().next().cloned()).or_else(|| value.text("language.identifier"));
}

/// The address for people: of several the page.
fn page_of(value: &Value) -> Option<String> {
    let mut listed = value.as_array().into_iter().flatten();
    let page = listed.find(|u| u.s("mediaType") == Some("text/html"));
    page.and_then(|p| p.text("href")).or_else(|| link_of(value))
}

fn relations(post: &mut Post, value: &Value) {
    if let Some(to) = link_of(value.at("inReplyTo")) {
        post.relations.push(Relation { url: Some(to.clone()), ..Relation::to(RelationKind::Reply, key_of(&to)) });
        post.kind = PostKind::Comment;
    }
    let quoted = ["quote", "quoteUrl", "quoteUri", "_misskey_quote"].iter().find_map(|path| link_of(value.at(path)));
    if let Some(quoted) = quoted {
        post.relations
            .push(Relation { url: Some(quoted.clone()), ..Relation::to(RelationKind::Quote, key_of(&quoted)) });
    }
    if let Some(context) = value.s("context").filter(|c| c.starts_with("http")) {
        post.relations.push(Relation::at(RelationKind::ThreadRoot, context));
    }
}

fn tags(post: &mut Post, value: &Value) {
    for tag in value.list("tag").iter().take(200) {
        let name = tag.s("name").or_else(|| tag.s("displayName")).unwrap_or("");
        match tag.s("type") {
            Some("Mention") | Some("Person") => {
                post.mentions.extend(build::mention(name, None, tag.text("href").or_else(|| tag.text("url"))))
            }
            Some("Hashtag") | None => {
                let name = name.trim_start_matches('#');
                if !name.is_empty() && !post.tags.iter().any(|t| t == name) {
                    post.tags.push(name.to_owned());
                }
            }
            _ => {}
        }
    }
}

fn rendition(value: &Value) -> Option<Rendition> {
    let url = value.text("href").or_else(|| link_of(value.at("url")))?;
    Some(Rendition {
        width: build::pixels(value.n("width")),
        height: build::pixels(value.n("height")),
        mime: value.text("mediaType"),
        bytes: value.n("size"),
        ..Rendition::of(url)
    })
}

fn medium(value: &Value, path: &str) -> Option<PostMedia> {
    let mime = value.s("mediaType").unwrap_or("");
    let kind = match value.s("type") {
        Some("Image") => PostMediaKind::Image,
        Some("Video") => PostMediaKind::Video,
        Some("Audio") => PostMediaKind::Audio,
        Some("PropertyValue" | "Link" | "Note") => return None,
        _ if mime.is_empty() && path != "attachment" => PostMediaKind::Image,
        _ => build::kind_of(mime),
    };
    let mut renditions: Vec<Rendition> = Vec::new();
    // One of several streams may be given, or an address as text or link.
    for stream in [value.at("stream"), value] {
        renditions.extend(rendition(stream).filter(|r| renditions.iter().all(|k| k.url != r.url)));
    }
    if renditions.is_empty() {
        renditions.extend(value.as_str().map(Rendition::of));
    }
    let mut medium = build::rendered(kind, renditions)?;
    medium.alt = build::plain(value.s("name").or_else(|| value.s("summary"))).unwrap_or_default();
    Some(medium)
}

fn poll(post: &mut Post, value: &Value) {
    let options = [value.list("oneOf"), value.list("anyOf")].concat();
    let choices = options.iter().take(100).filter_map(|o| {
        Some(Choice { text: build::plain(o.s("name"))?, votes: o.n("replies.totalItems"), percent: false })
    });
    let ends = build::written(value.s("endTime").or_else(|| value.s("closed")), "activitypub");
    post.poll = Some(Poll { question: String::new(), choices: choices.collect(), ends, votes: value.n("votersCount") });
}

/// A person, a group, a program.
pub(super) fn actor(value: &Value, base: &Url) -> Option<Actor> {
    let id = value.s("id").or_else(|| value.s("url"));
    if id.is_none() && value.s("name").is_none() {
        return None;
    }
    let mut actor = person(id.unwrap_or(""));
    actor.handle =
        value.text("preferredUsername").or(actor.handle.filter(|_| id.is_some_and(|i| i.starts_with("http"))));
    actor.name = build::plain(value.s("name").or_else(|| value.s("displayName")));
    actor.url = link_of(value.at("url")).or(actor.url.filter(|u| u.starts_with("http")));
    actor.avatar = link_of(value.at("icon")).or_else(|| value.text("icon.url")).or_else(|| link_of(value.at("image")));
    if let Some(url) = value
        .at("icon")
        .as_array()
        .and_then(|i| i.iter().find_map(|i| i.text("url")))
        .or_else(|| value.text("icon.url"))
    {
        actor.avatar = Some(url);
    }
    actor.banner = value.text("image.url");
    actor.bot = kinds(value).iter().any(|k| matches!(*k, "Service" | "Application"));
    actor.group = kinds(value).iter().any(|k| matches!(*k, "Group" | "Organization"));
    actor.moved = value.text("movedTo");
    actor.created = build::written(value.s("published"), "activitypub");
    if let Some(about) = value.s("summary") {
        actor.description = Some(crate::extract::markup::piece(about, base).text).filter(|t| !t.is_empty());
    }
    Some(actor)
}
