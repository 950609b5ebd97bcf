//! Objects of the fediverse in their own form (ActivityStreams 2): notes, articles, videos, questions, people, tombstones,
//! collections.

use serde_json::Value;
use url::Url;

use super::answer::{Answer, Reading, Route, Target, TargetKind, Why, authority, is_number};
use super::json::Ask;
use super::{activitypub_object as object, build, mastodon};
use crate::model::post::{Missing, Note, NoteKind, Relation, RelationKind};
use crate::model::{Actor, Finding, Platform, Post, PostKey, PostKind, PostState, Verdict};

/// What makes posts.
pub(super) const POSTS: [&str; 11] =
    ["Note", "Article", "Page", "Video", "Audio", "Image", "Question", "Event", "Document", "ChatMessage", "Tombstone"];
const PEOPLE: [&str; 5] = ["Person", "Service", "Group", "Organization", "Application"];
const ACTIVITIES: [&str; 15] = [
    "Create",
    "Announce",
    "Update",
    "Like",
    "Dislike",
    "EmojiReact",
    "Follow",
    "Delete",
    "Undo",
    "Add",
    "Accept",
    "Reject",
    "Block",
    "Flag",
    "Invite",
];
const PACE_MS: u64 = 1_000;

/// The key of an object by its identifier: that of Mastodon's interface where both name the same.
pub(super) fn key(uri: &Url) -> Option<PostKey> {
    let host = authority(uri)?;
    let parts = super::answer::segments(uri);
    let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
    if let ["users", _, "statuses", id] | ["ap", "users", _, "statuses", id] = parts[..]
        && is_number(id)
    {
        return Some(PostKey::new(Platform::Mastodon, host, id));
    }
    let path = uri.path().trim_start_matches('/');
    let query = uri.query().map(|q| format!("?{q}")).unwrap_or_default();
    Some(PostKey::new(Platform::ActivityPub, host, format!("{path}{query}"))).filter(|k| !k.id.is_empty())
}

/// The key of an identifier as text; such as are no addresses are keys of their own.
pub(super) fn key_of(id: &str) -> PostKey {
    let address = Url::parse(id).ok().filter(|u| matches!(u.scheme(), "http" | "https"));
    address.and_then(|u| key(&u)).unwrap_or_else(|| PostKey::new(Platform::ActivityPub, "", id))
}

/// Any address may name an object: only who asked knows that it does.
pub(super) fn matches(url: &Url) -> Option<Target> {
    Some(Target::new(TargetKind::Post, key(url)?, url.to_string()))
}

/// The requests, best first.
pub(super) fn routes(target: &Target) -> Vec<Route> {
    vec![
        Route::get("activitypub", target.url.clone(), PACE_MS).accept(mastodon::AS2),
        Route::get("page", target.url.clone(), PACE_MS).witness(),
    ]
}

/// What an answer means.
pub(super) fn classify(answer: &Answer<'_>, target: &Target) -> Verdict {
    match answer.status {
        401 | 403 => Verdict::of(Finding::LoginWall, "the server answers signed requests only"),
        _ => mastodon::classify(answer, target),
    }
}

/// What an answer says.
pub(super) fn read(answer: &Answer<'_>, target: &Target) -> Reading {
    if answer.is_html() {
        return super::general::read(answer, target);
    }
    match answer.json() {
        Some(value) if is_object(&value) => reading(&value, target, answer.url),
        _ => Reading::new(),
    }
}

/// The value is an object of ActivityStreams.
pub(super) fn is_object(value: &Value) -> bool {
    let context = value.get("@context").is_some_and(|c| c.to_string().contains("www.w3.org/ns/activitystreams"));
    let typed = kinds(value)
        .iter()
        .any(|k| POSTS.contains(k) || PEOPLE.contains(k) || ACTIVITIES.contains(k) || k.contains("Collection"));
    typed
        && (context
            || value.get("attributedTo").is_some()
            || value.get("published").is_some()
            || value.get("id").is_some())
}

/// What an object is.
pub(super) fn kinds(value: &Value) -> Vec<&str> {
    match value.at("type") {
        Value::String(s) => vec![s.as_str()],
        Value::Array(items) => items.iter().take(8).filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    }
}

/// What an object says. A host can speak for itself only: what it says of objects of other hosts is noted as a copy.
pub(super) fn reading(value: &Value, target: &Target, base: &Url) -> Reading {
    let mut reading = told(value, target, base);
    let host = authority(base).unwrap_or_default();
    for post in reading.posts.iter_mut().filter(|p| !p.key.authority.is_empty() && p.key.authority != host) {
        let detail = format!("told by {host}, not by the host that its identifier names");
        post.notes.push(Note { kind: NoteKind::Odd, detail });
    }
    reading
}

fn told(value: &Value, target: &Target, base: &Url) -> Reading {
    let mut reading = Reading::new();
    let kinds = kinds(value);
    if kinds.iter().any(|k| PEOPLE.contains(k)) {
        reading.actor = object::actor(value, base);
        if let Some(outbox) = value.s("outbox") {
            reading.ask(Why::Older, Route::get("outbox", outbox, PACE_MS).accept(mastodon::AS2));
        }
        return reading;
    }
    reading.understood = true;
    if kinds.iter().any(|k| k.contains("Collection")) {
        for path in ["orderedItems", "items"] {
            for item in value.list(path) {
                put(item, base, &mut reading);
            }
        }
        for (why, path) in [(Why::Older, "next"), (Why::Older, "first")] {
            if let Some(url) = value.s(path) {
                reading.ask(why, Route::get("collection", url, PACE_MS).accept(mastodon::AS2));
                break;
            }
        }
        put_first(value, base, &mut reading);
        return reading;
    }
    put(value, base, &mut reading);
    if target.kind == TargetKind::Post
        && let Some(replies) = link_of(value.at("replies")).or_else(|| value.text("replies.id"))
    {
        reading.ask(Why::Replies, Route::get("replies", replies, PACE_MS).accept(mastodon::AS2));
        reading.lacks(Missing::Replies);
    }
    reading
}

/// A collection may have its first page inside.
fn put_first(value: &Value, base: &Url, reading: &mut Reading) {
    let first = value.at("first");
    for path in ["orderedItems", "items"] {
        for item in first.list(path) {
            put(item, base, reading);
        }
    }
    if let Some(next) = first.s("next") {
        reading.ask(Why::Older, Route::get("collection", next, PACE_MS).accept(mastodon::AS2));
    }
}

fn put(value: &Value, base: &Url, reading: &mut Reading) {
    match value {
        Value::String(uri) => {
            // Only its name: what it says is asked for.
            reading.ask(Why::Replies, Route::get("activitypub", uri.as_str(), PACE_MS).accept(mastodon::AS2));
        }
        Value::Object(_) => {
            let kinds = kinds(value);
            if kinds.contains(&"Create") || kinds.contains(&"Update") {
                put(value.at("object"), base, reading);
            } else if kinds.contains(&"Announce") {
                if let Some(post) = announce(value) {
                    reading.put(post);
                }
                if value.at("object").is_object() {
                    put(value.at("object"), base, reading);
                }
            } else if kinds.contains(&"Delete") {
                if let Some(id) = link_of(value.at("object")) {
                    let state = PostState::DeletedByAuthor;
                    reading.put(Post { state, ..Post::new(key_of(&id), PostKind::Post) });
                }
            } else if kinds.iter().any(|k| ACTIVITIES.contains(k)) {
                if let Some(post) = activity(value, kinds.first().copied().unwrap_or(""), base) {
                    reading.put(post);
                }
            } else if let Some(post) = object::post(value, base) {
                reading.put(post);
            }
        }
        _ => {}
    }
}

fn announce(value: &Value) -> Option<Post> {
    let mut post = Post::new(key_of(value.s("id")?), PostKind::Repost);
    post.created = build::written(value.s("published"), "activitypub");
    post.author = link_of(value.at("actor")).map(|a| person(&a));
    let object = link_of(value.at("object")).or_else(|| value.text("object.id"))?;
    post.relations.push(Relation { url: Some(object.clone()), ..Relation::to(RelationKind::Repost, key_of(&object)) });
    post.sources.set("post", "activitypub");
    Some(post)
}

/// Somebody did something with a post or an account, and said no more than that.
fn activity(value: &Value, kind: &str, base: &Url) -> Option<Post> {
    let id = value.text("id").or_else(|| value.text("url"))?;
    let mut post = Post::new(key_of(&id), PostKind::Page);
    post.sources.set("post", "activitypub");
    post.labels.push(kind.to_lowercase());
    post.url = Some(id).filter(|i| i.starts_with("http"));
    post.author = match value.at("actor") {
        actor @ Value::Object(_) => object::actor(actor, base),
        other => link_of(other).map(|uri| person(&uri)),
    };
    post.created = build::written(value.s("published"), "activitypub");
    build::say_html(&mut post, value.s("content").unwrap_or(""), base, "activitypub");
    post.relations.extend(link_of(value.at("object")).map(|url| Relation::at(RelationKind::Link, url)));
    Some(post)
}

/// An address, whether it stands as text, as a link, or as an object with an identifier.
pub(super) fn link_of(value: &Value) -> Option<String> {
    match value {
        Value::String(s) if !s.is_empty() => Some(s.clone()),
        Value::Array(items) => items.iter().take(20).find_map(link_of),
        Value::Object(_) => value.text("href").or_else(|| value.text("id")).or_else(|| value.text("url")),
        _ => None,
    }
}

/// An account of which only the address is known.
pub(super) fn person(uri: &str) -> Actor {
    let url = Url::parse(uri).ok();
    let name =
        url.as_ref().and_then(|u| super::answer::segments(u).pop()).map(|n| n.trim_start_matches('@').to_owned());
    let host = url.as_ref().and_then(authority).unwrap_or_default();
    let key = match &name {
        Some(name) => PostKey::new(Platform::Mastodon, host, format!("@{}", name.to_lowercase())),
        None => PostKey::new(Platform::ActivityPub, host, uri),
    };
    Actor { id: Some(uri.to_owned()), handle: name, url: Some(uri.to_owned()), ..Actor::new(key) }
}
