//! One status of Mastodon's interface, and one account.

use serde_json::Value;
use url::Url;

use super::answer::{Target, authority};
use super::build;
use super::json::Ask;
use crate::model::post::{
    Card, Choice, CountKind, Missing, Poll, PostMediaKind, PostMediaState, Relation, RelationKind, RelationState,
    Rendition,
};
use crate::model::{Actor, Platform, Post, PostKey, PostKind, PostMedia};

/// Whose number a status has: its origin's where that is told, else that of the server that answered.
fn key(status: &Value, base: &Url) -> Option<PostKey> {
    let local = || Some(PostKey::new(Platform::Mastodon, authority(base)?, status.id("id")?));
    let uri = status.s("uri").filter(|u| u.starts_with("http")).and_then(|u| Url::parse(u).ok());
    let Some(uri) = uri else { return local() };
    super::activitypub::key(&uri).or_else(local)
}

/// A status, and before it what it hands on or behind it what it quotes.
pub(super) fn posts(status: &Value, base: &Url) -> Vec<Post> {
    let mut out = Vec::new();
    one(status, base, &mut out, 0);
    out
}

fn one(status: &Value, base: &Url, out: &mut Vec<Post>, depth: u8) -> Option<PostKey> {
    if depth > 3 || status.get("content").is_none() {
        return None;
    }
    let key = key(status, base)?;
    let mut post = Post::new(key.clone(), PostKind::Post);
    post.sources.set("post", "mastodon-api");
    post.url = status.text("url").or_else(|| status.text("uri"));
    post.urls.extend(status.text("uri").filter(|u| Some(u) != post.url.as_ref()));
    if let Some(id) = status.id("id").filter(|id| *id != key.id) {
        post.urls.push(format!("{}/statuses/{id}", base.origin().ascii_serialization()));
    }
    post.author = account(status.at("account"), base);
    fill(&mut post, status, base);
    if let Some(id) = status.id("in_reply_to_id") {
        let here = PostKey::new(Platform::Mastodon, authority(base)?, id);
        post.relations.push(Relation::to(RelationKind::Reply, here));
        post.kind = PostKind::Comment;
    }
    counts(&mut post, status);
    let at = out.len();
    out.push(post);
    if status.at("reblog").is_object() {
        let handed = one(status.at("reblog"), base, out, depth + 1);
        out[at].kind = PostKind::Repost;
        out[at].relations.extend(handed.map(|key| Relation::to(RelationKind::Repost, key)));
    }
    quote(status, base, out, at, depth);
    Some(key)
}

/// Quotes of Mastodon 4.4 on stand with their state; others have the quoted status as it is, or its number only.
fn quote(status: &Value, base: &Url, out: &mut Vec<Post>, at: usize, depth: u8) {
    let quote = status.at("quote");
    let plain = [status.at("pleroma.quote"), status.at("quote")].into_iter().find(|q| q.get("content").is_some());
    let inner = [quote.at("quoted_status")].into_iter().find(|q| q.is_object()).or(plain);
    let state = match quote.s("state") {
        Some("accepted") | None => None,
        Some("deleted" | "revoked") => Some(RelationState::Gone),
        Some(_) => Some(RelationState::Withheld),
    };
    let mut relation = match inner {
        Some(inner) => one(inner, base, out, depth + 1).map(|key| Relation::to(RelationKind::Quote, key)),
        None => {
            let id = quote
                .id("quoted_status_id")
                .or_else(|| status.id("quote_id"))
                .or_else(|| status.id("pleroma.quote_id"));
            let key = id.and_then(|id| Some(PostKey::new(Platform::Mastodon, authority(base)?, id)));
            let url = status.text("pleroma.quote_url");
            key.map(|key| Relation::to(RelationKind::Quote, key))
                .or_else(|| url.map(|u| Relation::at(RelationKind::Quote, u)))
        }
    };
    if relation.is_none() && state.is_some() {
        relation = Some(Relation { url: None, ..Relation::at(RelationKind::Quote, "") });
    }
    if let Some(mut relation) = relation {
        relation.state =
            state.unwrap_or(if inner.is_some() { RelationState::Available } else { RelationState::Unknown });
        out[at].relations.push(relation);
    }
}

/// What versions of a status have as well.
fn fill(post: &mut Post, status: &Value, base: &Url) {
    build::say_html(post, status.s("content").unwrap_or(""), base, "mastodon-api");
    post.spoiler = build::plain(status.s("spoiler_text"));
    post.sensitive = status.is("sensitive");
    post.created = build::written(status.s("created_at"), "api");
    post.edited = build::written(status.s("edited_at"), "api");
    if status.get("edited_at").is_some() {
        post.is_edited = Some(post.edited.is_some());
        if post.edited.is_some() {
            post.lacks(Missing::EarlierVersions);
        }
    }
    post.language = status.text("language");
    post.tags = build::texts(status.list("tags"), "name");
    let mentions = status.list("mentions").iter().take(200);
    post.mentions = mentions.filter_map(|m| build::mention(m.s("acct")?, m.id("id"), m.text("url"))).collect();
    post.media = status.list("media_attachments").iter().take(100).filter_map(medium).collect();
    card(post, status.at("card"));
    poll(post, status.at("poll"));
    if let Some(visibility) = status.s("visibility").filter(|v| *v != "public") {
        post.labels.push(format!("visibility:{visibility}"));
    }
}

/// One version of a status, as its history has it.
pub(super) fn version(version: &Value, target: &Target, base: &Url) -> Option<Post> {
    version.get("content")?;
    let mut post = Post::new(target.key.clone(), PostKind::Post);
    post.url = Some(target.url.clone());
    post.author = account(version.at("account"), base);
    fill(&mut post, version, base);
    post.edited.clone_from(&post.created);
    post.sources.set("post", "mastodon-history");
    Some(post)
}

fn counts(post: &mut Post, status: &Value) {
    for (kind, path) in [
        (CountKind::Replies, "replies_count"),
        (CountKind::Reposts, "reblogs_count"),
        (CountKind::Likes, "favourites_count"),
        (CountKind::Quotes, "quotes_count"),
    ] {
        build::count(&mut post.counts, kind, status.n(path));
    }
    for reaction in status.list("emoji_reactions").iter().chain(status.list("pleroma.emoji_reactions")).take(100) {
        if let (Some(name), Some(n)) = (reaction.s("name"), reaction.n("count")) {
            build::shown_count(&mut post.counts, CountKind::Reactions, &n.to_string(), Some(name));
        }
    }
    if post.count(CountKind::Replies).is_some_and(|n| n > 0) {
        post.lacks(Missing::Replies);
    }
}

fn medium(value: &Value) -> Option<PostMedia> {
    let kind = match value.s("type") {
        Some("image") => PostMediaKind::Image,
        Some("video") => PostMediaKind::Video,
        Some("gifv") => PostMediaKind::Gif,
        Some("audio") => PostMediaKind::Audio,
        _ => build::kind_of(value.s("mime_type").or_else(|| value.s("pleroma.mime_type")).unwrap_or("")),
    };
    let mut renditions: Vec<Rendition> = Vec::new();
    // The origin's own file first: what the server shows may be its copy, or made anew.
    for (path, size) in [("remote_url", "original"), ("url", "original"), ("preview_url", "small")] {
        if let Some(url) = value.s(path).filter(|u| renditions.iter().all(|r| r.url != *u)) {
            let side = |side: &str| build::pixels(value.n(&format!("meta.{size}.{side}")));
            let still = path == "preview_url" && kind != PostMediaKind::Image;
            if !still {
                renditions.push(Rendition { width: side("width"), height: side("height"), ..Rendition::of(url) });
            }
        }
    }
    let seconds = value.at("meta.original.duration").as_f64().filter(|s| *s > 0.0 && *s < 1e6);
    let alt = value.s("description").unwrap_or("").to_owned();
    let mut medium = match build::rendered(kind, renditions) {
        Some(medium) => medium,
        // It was attached and its file is not there (any more).
        None => PostMedia { identity: value.id("id")?, state: PostMediaState::Gone, ..build::bare(kind) },
    };
    medium.alt = alt;
    medium.duration_ms = seconds.map(|s| (s * 1_000.0) as u64);
    if matches!(kind, PostMediaKind::Video | PostMediaKind::Gif | PostMediaKind::Audio) {
        medium.poster = value.text("preview_url").filter(|p| medium.renditions.iter().all(|r| r.url != *p));
    }
    Some(medium)
}

fn card(post: &mut Post, card: &Value) {
    if let Some(url) = card.text("url") {
        let text = |path: &str| build::plain(card.s(path)).unwrap_or_default();
        post.relations.push(Relation::at(RelationKind::Link, url.clone()));
        post.card =
            Some(Card { url, title: text("title"), description: text("description"), image: card.text("image") });
    }
}

fn poll(post: &mut Post, poll: &Value) {
    if !poll.is_object() {
        return;
    }
    let choices = poll.list("options").iter().take(100);
    let choices = choices
        .filter_map(|o| Some(Choice { text: build::plain(o.s("title"))?, votes: o.n("votes_count"), percent: false }));
    let ends = build::written(poll.s("expires_at"), "api");
    post.poll = Some(Poll { question: String::new(), choices: choices.collect(), ends, votes: poll.n("votes_count") });
}

/// An account; its name with the host it is from.
pub(super) fn account(value: &Value, base: &Url) -> Option<Actor> {
    let acct = value.s("acct").or_else(|| value.s("username"))?;
    let (name, host) = acct.trim_start_matches('@').split_once('@').unwrap_or((acct, ""));
    let home = if host.is_empty() { authority(base)? } else { host.to_lowercase() };
    let key = PostKey::new(Platform::Mastodon, home, format!("@{}", name.to_lowercase()));
    let mut actor = build::actor(key, Some(acct), value.s("display_name"), value.text("url"));
    actor.id = value.id("id");
    actor.avatar = value.text("avatar_static").or_else(|| value.text("avatar"));
    actor.banner = value.text("header_static").or_else(|| value.text("header")).filter(|h| !h.ends_with("missing.png"));
    actor.bot = value.is("bot");
    actor.group = value.is("group");
    actor.moved = value.text("moved.url");
    actor.created = build::written(value.s("created_at"), "api");
    if let Some(note) = value.s("note") {
        let note = crate::extract::markup::piece(&note.replace("class=\"invisible\"", ""), base);
        actor.description = Some(note.text).filter(|t| !t.is_empty());
    }
    build::count(&mut actor.counts, CountKind::Followers, value.n("followers_count"));
    build::count(&mut actor.counts, CountKind::Following, value.n("following_count"));
    build::count(&mut actor.counts, CountKind::Posts, value.n("statuses_count"));
    Some(actor)
}
