//! One post of X, in both layouts.

use serde_json::Value;

use super::answer::Reading;
use super::json::Ask;
use super::{build, x};
use crate::model::post::{Card, CountKind, Missing, PostMediaKind, Relation, RelationKind, RelationState, Rendition};
use crate::model::{Actor, Post, PostKey, PostKind, PostMedia};

/// Quotes inside of quotes are followed so deep.
const MAX_DEPTH: u8 = 4;

/// The layout of the answers for embedding: everything on one level.
pub(super) fn flat(value: &Value, reading: &mut Reading) {
    let Some(id) = value.id("id_str") else { return };
    let mut post = Post::new(x::key(&id), PostKind::Post);
    post.sources.set("post", "syndication");
    post.author = flat_user(value.at("user"));
    post.created = build::written(value.s("created_at"), "api");
    said(&mut post, value, value.s("text").or_else(|| value.s("full_text")).unwrap_or(""));
    if value.get("note_tweet").is_some() {
        post.lacks(Missing::TextTruncated);
    }
    let media = if value.list("mediaDetails").is_empty() {
        value.list("extended_entities.media")
    } else {
        value.list("mediaDetails")
    };
    post.media = media.iter().take(50).filter_map(medium).collect();
    for (kind, path) in [
        (CountKind::Likes, "favorite_count"),
        (CountKind::Replies, "conversation_count"),
        (CountKind::Replies, "reply_count"),
        (CountKind::Reposts, "retweet_count"),
        (CountKind::Quotes, "quote_count"),
    ] {
        if post.count(kind).is_none() {
            build::count(&mut post.counts, kind, value.n(path));
        }
    }
    edits(&mut post, value.at("edit_control"));
    if value.get("isEdited").is_some() {
        post.is_edited = Some(value.is("isEdited"));
    }
    relations(&mut post, value);
    let parent = value.at("parent");
    let quoted = value.at("quoted_tweet");
    if quoted.is_object() {
        link_quote(&mut post, quoted.id("id_str"));
    }
    card(&mut post, value.at("card"));
    finish(&mut post);
    reading.put(post);
    for other in [parent, quoted] {
        if other.is_object() {
            flat(other, reading);
        }
    }
}

/// The layout of its programs: the post below `legacy`, its user below `core`.
pub(super) fn graph(result: &Value, reading: &mut Reading, depth: u8) -> Option<PostKey> {
    let legacy = result.at("legacy");
    let id = result.id("rest_id").or_else(|| legacy.id("id_str"))?;
    if depth > MAX_DEPTH {
        return None;
    }
    let mut post = Post::new(x::key(&id), PostKind::Post);
    post.sources.set("post", "graphql");
    post.author = user(result.at("core.user_results.result"));
    post.created = build::written(legacy.s("created_at"), "api");
    // What is longer than a post once could be stands in a note of its own.
    let note = result.s("note_tweet.note_tweet_results.result.text");
    said(&mut post, legacy, note.or_else(|| legacy.s("full_text")).unwrap_or(""));
    let media = if legacy.list("extended_entities.media").is_empty() {
        legacy.list("entities.media")
    } else {
        legacy.list("extended_entities.media")
    };
    post.media = media.iter().take(50).filter_map(medium).collect();
    for (kind, path) in [
        (CountKind::Likes, "favorite_count"),
        (CountKind::Reposts, "retweet_count"),
        (CountKind::Replies, "reply_count"),
        (CountKind::Quotes, "quote_count"),
        (CountKind::Bookmarks, "bookmark_count"),
    ] {
        build::count(&mut post.counts, kind, legacy.n(path));
    }
    build::count(&mut post.counts, CountKind::Views, result.n("views.count"));
    edits(&mut post, result.at("edit_control"));
    relations(&mut post, legacy);
    card(&mut post, result.at("card.legacy"));
    let quoted = result.at("quoted_status_result.result");
    let quoted = if quoted.get("tweet").is_some() { quoted.at("tweet") } else { quoted };
    let handed = legacy.at("retweeted_status_result.result");
    if legacy.is("is_quote_status") || quoted.get("rest_id").is_some() {
        link_quote(&mut post, quoted.id("rest_id").or_else(|| legacy.id("quoted_status_id_str")));
        let shown = quoted.get("legacy").is_some();
        if let Some(relation) = post.relations.iter_mut().find(|r| r.kind == RelationKind::Quote) {
            relation.state = if shown { RelationState::Available } else { RelationState::Unknown };
        }
        if !shown {
            post.lacks(Missing::Quoted);
        }
    }
    if let Some(id) = handed.id("rest_id") {
        post.kind = PostKind::Repost;
        post.relations.push(Relation::to(RelationKind::Repost, x::key(&id)));
    }
    finish(&mut post);
    let key = post.key.clone();
    reading.put(post);
    for other in [quoted, handed] {
        if other.get("legacy").is_some() {
            graph(other, reading, depth + 1);
        }
    }
    Some(key)
}

fn finish(post: &mut Post) {
    let name = post.author.as_ref().and_then(|a| a.handle.clone()).unwrap_or_else(|| "i".to_owned());
    post.url = Some(format!("https://x.com/{name}/status/{}", post.key.id));
}

fn said(post: &mut Post, value: &Value, text: &str) {
    // Its three signs of markup are written as references.
    let text = text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&");
    build::say_plain(post, &text, "api");
    post.language = value.text("lang").filter(|l| !matches!(l.as_str(), "und" | "zxx" | "qme" | "qst" | "qht"));
    post.sensitive = value.is("possibly_sensitive");
    post.tags = build::texts(value.list("entities.hashtags"), "text");
    let named = value.list("entities.user_mentions").iter().take(100);
    post.mentions = named
        .filter_map(|m| {
            let name = m.s("screen_name")?;
            build::mention(name, m.id("id_str"), Some(format!("https://x.com/{name}")))
        })
        .collect();
    for url in value.list("entities.urls").iter().take(100) {
        build::link(post, url.s("expanded_url").unwrap_or(""), url.s("display_url").unwrap_or(""));
    }
}

fn edits(post: &mut Post, control: &Value) {
    let control =
        if control.get("edit_control_initial").is_some() { control.at("edit_control_initial") } else { control };
    let ids: Vec<String> =
        control.list("edit_tweet_ids").iter().filter_map(|v| v.as_str()).map(str::to_owned).collect();
    if ids.is_empty() {
        return;
    }
    post.version = ids.last().cloned();
    post.is_edited = Some(ids.len() > 1);
    if ids.len() > 1 {
        post.lacks(Missing::EarlierVersions);
        if let Some(first) = ids.first().filter(|id| **id != post.key.id) {
            post.relations.push(Relation::to(RelationKind::Edit, x::key(first)));
        }
    }
    // Looked at by whoever asks further, and taken out again.
    post.urls.extend(ids.into_iter().filter(|id| *id != post.key.id).map(|id| format!("edit:{id}")));
}

fn relations(post: &mut Post, value: &Value) {
    if let Some(id) = value.id("in_reply_to_status_id_str") {
        post.kind = PostKind::Comment;
        let author = value.text("in_reply_to_screen_name");
        post.relations.push(Relation { author, ..Relation::to(RelationKind::Reply, x::key(&id)) });
    }
    if let Some(root) = value.id("conversation_id_str").filter(|id| *id != post.key.id) {
        post.relations.push(Relation::to(RelationKind::ThreadRoot, x::key(&root)));
    }
}

fn link_quote(post: &mut Post, id: Option<String>) {
    if let Some(id) = id {
        post.relations
            .push(Relation { state: RelationState::Available, ..Relation::to(RelationKind::Quote, x::key(&id)) });
    }
}

/// A picture in its first form, or a film in all its forms, the best first.
fn medium(value: &Value) -> Option<PostMedia> {
    let still = value.s("media_url_https")?;
    let (kind, moving) = match value.s("type") {
        Some("video") => (PostMediaKind::Video, true),
        Some("animated_gif") => (PostMediaKind::Gif, true),
        _ => (PostMediaKind::Image, false),
    };
    let size = |side: &str| build::pixels(value.n(&format!("original_info.{side}")));
    let sized = |url: String| Rendition { width: size("width"), height: size("height"), ..Rendition::of(url) };
    let mut medium = if moving {
        let mut files: Vec<Rendition> = value
            .list("video_info.variants")
            .iter()
            .take(30)
            .filter_map(|v| {
                Some(Rendition { mime: v.text("content_type"), bitrate: v.n("bitrate"), ..Rendition::of(v.s("url")?) })
            })
            .collect();
        // Files before playlists, of files the finest.
        files.sort_by_key(|r| std::cmp::Reverse((r.mime.as_deref() == Some("video/mp4"), r.bitrate.unwrap_or(0))));
        let mut medium = build::rendered(kind, files).unwrap_or_else(|| build::bare(kind));
        medium.poster = Some(still.to_owned());
        medium
    } else {
        let (name, form) = still.rsplit_once('.').unwrap_or((still, "jpg"));
        let original = sized(format!("{name}?format={form}&name=orig"));
        build::rendered(kind, vec![original, Rendition::of(still)])?
    };
    medium.identity = value.id("id_str").or_else(|| value.id("media_key")).unwrap_or_else(|| build::identity(still));
    medium.alt = value.s("ext_alt_text").unwrap_or("").to_owned();
    medium.duration_ms = value.n("video_info.duration_millis");
    Some(medium)
}

/// The preview of a page stands as a list of names with values.
fn card(post: &mut Post, card: &Value) {
    let bound = card.at("binding_values");
    let value = |name: &str| match bound {
        Value::Array(items) => {
            items.iter().find(|i| i.s("key") == Some(name)).and_then(|i| i.text("value.string_value"))
        }
        other => other.at(name).text("string_value"),
    };
    let Some(url) = card.text("url") else { return };
    let target = value("card_url").unwrap_or(url);
    let (title, description) = (value("title").unwrap_or_default(), value("description").unwrap_or_default());
    if !title.is_empty() {
        post.card = Some(Card { url: target, title, description, image: None });
    }
}

fn flat_user(value: &Value) -> Option<Actor> {
    let name = value.s("screen_name")?;
    let mut actor =
        build::actor(x::account_key(name), Some(name), value.s("name"), Some(format!("https://x.com/{name}")));
    actor.id = value.id("id_str");
    actor.avatar = value.text("profile_image_url_https");
    actor.verified = Some(value.is("verified") || value.s("verified_type").is_some());
    Some(actor)
}

/// A user in the layout of its programs; newer answers have the names beside `legacy`.
pub(super) fn user(value: &Value) -> Option<Actor> {
    let name = value.s("legacy.screen_name").or_else(|| value.s("core.screen_name"))?;
    let shown = value.s("legacy.name").or_else(|| value.s("core.name"));
    let mut actor = build::actor(x::account_key(name), Some(name), shown, Some(format!("https://x.com/{name}")));
    actor.id = value.id("rest_id");
    actor.avatar = value.text("legacy.profile_image_url_https").or_else(|| value.text("avatar.image_url"));
    actor.banner = value.text("legacy.profile_banner_url");
    actor.description = value.text("legacy.description");
    actor.verified = Some(value.is("legacy.verified") || value.s("legacy.verified_type").is_some());
    actor.created = build::written(value.s("legacy.created_at").or_else(|| value.s("core.created_at")), "api");
    for (kind, path) in [
        (CountKind::Followers, "legacy.followers_count"),
        (CountKind::Following, "legacy.friends_count"),
        (CountKind::Posts, "legacy.statuses_count"),
    ] {
        build::count(&mut actor.counts, kind, value.n(path));
    }
    Some(actor)
}
