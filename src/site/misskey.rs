//! Misskey and its kin: notes, what answers them, people; all asked by POST.

use serde_json::{Value, json};
use url::Url;

use super::answer::{Answer, Reading, Route, Target, TargetKind, Why, authority, segments};
use super::json::Ask;
use super::{build, general, walls};
use crate::model::post::{Choice, CountKind, Missing, Poll, PostMediaKind, Relation, RelationKind, Rendition};
use crate::model::{Actor, Finding, Platform, Post, PostKey, PostKind, PostMedia, Verdict};

const PACE_MS: u64 = 1_000;

/// What an address is about, on a host that is known to be one.
pub(super) fn matches(url: &Url) -> Option<Target> {
    let host = authority(url)?;
    let origin = url.origin().ascii_serialization();
    let parts = segments(url);
    let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
    match parts[..] {
        ["notes", id] => Some(Target::new(
            TargetKind::Post,
            PostKey::new(Platform::Misskey, host, id),
            format!("{origin}/notes/{id}"),
        )),
        [user] if user.len() > 1 && user.starts_with('@') => Some(Target::new(
            TargetKind::Account,
            PostKey::new(Platform::Misskey, host, user.to_lowercase()),
            format!("{origin}/{user}"),
        )),
        _ => None,
    }
}

/// The requests, best first.
pub(super) fn routes(target: &Target) -> Vec<Route> {
    let ask =
        |name, way: &str, body: Value| Route::post(name, format!("{}/api/{way}", target.origin()), &body, PACE_MS);
    let id = &target.key.id;
    match target.kind {
        TargetKind::Account => {
            let (name, host) = id
                .trim_start_matches('@')
                .split_once('@')
                .map_or((id.trim_start_matches('@'), Value::Null), |(n, h)| (n, Value::from(h)));
            vec![ask("user", "users/show", json!({ "username": name, "host": host }))]
        }
        _ => vec![
            ask("note", "notes/show", json!({ "noteId": id })),
            ask("children", "notes/children", json!({ "noteId": id, "limit": 100, "depth": 12 })),
            Route::get("activitypub", target.url.clone(), PACE_MS).accept(super::mastodon::AS2).witness(),
        ],
    }
}

/// What an answer means.
pub(super) fn classify(answer: &Answer<'_>, _: &Target) -> Verdict {
    let value = if answer.is_html() { Value::Null } else { answer.json().unwrap_or(Value::Null) };
    match value.s("error.code") {
        Some("NO_SUCH_NOTE") => Verdict::perhaps(Finding::GoneUnknown, "NO_SUCH_NOTE"),
        Some(said @ ("NO_SUCH_USER" | "USER_SUSPENDED")) => Verdict::of(Finding::GoneAccount, said),
        Some(said @ ("CREDENTIAL_REQUIRED" | "SIGNIN_REQUIRED" | "CONTENT_RESTRICTED_BY_USER")) => {
            Verdict::of(Finding::LoginWall, said)
        }
        Some("RATE_LIMIT_EXCEEDED") => Verdict::of(Finding::RateLimited, "RATE_LIMIT_EXCEEDED"),
        Some(said) => Verdict::of(Finding::ParseError, said),
        None => walls::by_status(answer),
    }
}

/// What an answer says.
pub(super) fn read(answer: &Answer<'_>, target: &Target) -> Reading {
    general::interface(answer, target, |value| said(value, answer, target))
}

fn said(value: &Value, answer: &Answer<'_>, target: &Target) -> Reading {
    let mut reading = Reading::new();
    let host = target.key.authority.as_str();
    if let Some(notes) = value.as_array() {
        reading.understood = true;
        notes.iter().for_each(|n| put(n, host, &mut reading, 0));
        let last = notes.last().and_then(|n| n.text("id"));
        let user = notes.first().and_then(|n| n.text("userId"));
        if let (true, Some(last), Some(user)) =
            (answer.url.path().ends_with("users/notes") && notes.len() >= 100, last, user)
        {
            reading.ask(Why::Older, list(target, &user, Some(&last)));
        }
    } else if value.get("userId").is_some() {
        put(value, host, &mut reading, 0);
        if value.n("repliesCount").unwrap_or(0) > 0 {
            reading.lacks(Missing::Replies);
        }
        if let Some(route) = routes(target).into_iter().find(|r| r.name == "children") {
            reading.ask(Why::Replies, route);
        }
    } else if value.get("username").is_some() {
        reading.actor = user(value, host);
        if let Some(id) = value.s("id") {
            reading.ask(Why::Older, list(target, id, None));
        }
        reading.lacks(Missing::OtherPosts);
    }
    reading
}

fn list(target: &Target, user: &str, until: Option<&str>) -> Route {
    let mut body = json!({ "userId": user, "limit": 100, "withReplies": true, "withRenotes": true });
    if let (Some(until), Some(map)) = (until, body.as_object_mut()) {
        map.insert("untilId".to_owned(), Value::from(until));
    }
    Route::post("notes", format!("{}/api/users/notes", target.origin()), &body, PACE_MS)
}

fn put(note: &Value, host: &str, reading: &mut Reading, depth: u8) {
    let Some(id) = note.s("id").filter(|_| depth < 4) else { return };
    let own = |id: &str| PostKey::new(Platform::Misskey, host, id);
    let mut post = Post::new(own(id), PostKind::Post);
    post.sources.set("post", "misskey-api");
    post.url = Some(format!("https://{host}/notes/{id}"));
    post.urls.extend(note.text("uri"));
    post.author = user(note.at("user"), host);
    build::say_plain(&mut post, note.at("text").as_str().unwrap_or(""), "misskey-api");
    post.spoiler = note.text("cw");
    post.created = build::written(note.s("createdAt"), "api");
    post.edited = build::written(note.s("updatedAt"), "api");
    post.tags = build::texts(note.list("tags"), "");
    post.media = note.list("files").iter().take(50).filter_map(file).collect();
    post.sensitive = note.list("files").iter().any(|f| f.is("isSensitive"));
    if let Some(to) = note.s("replyId") {
        post.kind = PostKind::Comment;
        post.relations.push(Relation::to(RelationKind::Reply, own(to)));
    }
    if let Some(handed) = note.s("renoteId") {
        let bare = post.text.is_empty() && post.media.is_empty();
        post.relations.push(Relation::to(if bare { RelationKind::Repost } else { RelationKind::Quote }, own(handed)));
        if bare {
            post.kind = PostKind::Repost;
        }
    }
    let choices: Vec<Choice> = note
        .list("poll.choices")
        .iter()
        .take(50)
        .filter_map(|c| Some(Choice { text: c.text("text")?, votes: c.n("votes"), percent: false }))
        .collect();
    if !choices.is_empty() {
        post.poll = Some(Poll {
            question: String::new(),
            choices,
            ends: build::written(note.s("poll.expiresAt"), "api"),
            votes: None,
        });
    }
    build::count(&mut post.counts, CountKind::Replies, note.n("repliesCount"));
    build::count(&mut post.counts, CountKind::Reposts, note.n("renoteCount"));
    for (sign, n) in note.at("reactions").as_object().into_iter().flatten().take(100) {
        build::shown_count(&mut post.counts, CountKind::Reactions, &n.to_string(), Some(sign));
    }
    reading.put(post);
    for inner in ["reply", "renote"] {
        if note.at(inner).is_object() && reading.posts.iter().all(|p| Some(p.key.id.as_str()) != note.at(inner).s("id"))
        {
            put(note.at(inner), host, reading, depth + 1);
        }
    }
}

fn file(value: &Value) -> Option<PostMedia> {
    let rendition = Rendition {
        width: build::pixels(value.n("properties.width")),
        height: build::pixels(value.n("properties.height")),
        mime: value.text("type"),
        bytes: value.n("size"),
        ..Rendition::of(value.s("url")?)
    };
    let mut medium = build::rendered(build::kind_of(value.s("type").unwrap_or("")), vec![rendition])?;
    medium.alt = value.text("comment").unwrap_or_default();
    medium.expected = value.s("md5").map(|m| format!("md5:{m}"));
    if medium.kind != PostMediaKind::Image {
        medium.poster = value.text("thumbnailUrl");
    }
    Some(medium)
}

fn user(value: &Value, host: &str) -> Option<Actor> {
    let name = value.s("username")?;
    let home = value.s("host").unwrap_or(host);
    let mut actor = build::actor(
        PostKey::new(Platform::Misskey, home, format!("@{}", name.to_lowercase())),
        Some(name),
        value.s("name"),
        Some(format!("https://{home}/@{name}")),
    );
    actor.id = value.id("id");
    actor.avatar = value.text("avatarUrl");
    actor.banner = value.text("bannerUrl");
    actor.bot = value.is("isBot");
    actor.description = value.text("description");
    actor.created = build::written(value.s("createdAt"), "api");
    for (kind, path) in [
        (CountKind::Followers, "followersCount"),
        (CountKind::Following, "followingCount"),
        (CountKind::Posts, "notesCount"),
    ] {
        build::count(&mut actor.counts, kind, value.n(path));
    }
    Some(actor)
}
