//! PeerTube: videos with all their files, comments as trees, channels.

use serde_json::Value;
use url::Url;

use super::answer::{Answer, Reading, Route, Target, TargetKind, Why, authority, query, segments};
use super::json::Ask;
use super::{build, general, walls};
use crate::model::post::{CountKind, Missing, PostMediaKind, Relation, RelationKind, Rendition};
use crate::model::{Actor, Finding, Platform, Post, PostKey, PostKind, PostMedia, PostState, Verdict};

const PACE_MS: u64 = 1_000;
const PAGE: usize = 100;

/// What an address is about, on a host that is known to be one.
pub(super) fn matches(url: &Url) -> Option<Target> {
    let host = authority(url)?;
    let origin = url.origin().ascii_serialization();
    let parts = segments(url);
    let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
    match parts[..] {
        ["w", "p", id] => Some(Target::new(
            TargetKind::List,
            PostKey::new(Platform::PeerTube, host, format!("list:{id}")),
            format!("{origin}/w/p/{id}"),
        )),
        ["w", id] | ["videos", "watch" | "embed", id] => {
            Some(Target::new(TargetKind::Media, PostKey::new(Platform::PeerTube, host, id), format!("{origin}/w/{id}")))
        }
        [kind @ ("c" | "a" | "video-channels" | "accounts"), name, ..] => {
            let kind = if matches!(kind, "a" | "accounts") { "a" } else { "c" };
            Some(Target::new(
                TargetKind::Account,
                PostKey::new(Platform::PeerTube, host, format!("{kind}/{}", name.to_lowercase())),
                format!("{origin}/{kind}/{name}"),
            ))
        }
        _ => None,
    }
}

/// The requests, best first.
pub(super) fn routes(target: &Target) -> Vec<Route> {
    let api = |name, way: String| Route::get(name, format!("{}/api/v1/{way}", target.origin()), PACE_MS);
    let id = &target.key.id;
    match target.kind {
        TargetKind::Account => {
            let (kind, name) = id.split_once('/').unwrap_or(("c", id));
            let kind = if kind == "a" { "accounts" } else { "video-channels" };
            vec![
                api("account", format!("{kind}/{name}")),
                api("videos", format!("{kind}/{name}/videos?start=0&count={PAGE}&sort=-publishedAt")),
            ]
        }
        TargetKind::List => {
            vec![api("list", format!("video-playlists/{}/videos?start=0&count={PAGE}", id.trim_start_matches("list:")))]
        }
        _ => vec![
            api("video", format!("videos/{id}")),
            api("comments", format!("videos/{id}/comment-threads?start=0&count={PAGE}")),
            Route::get("page", target.url.clone(), PACE_MS).witness(),
        ],
    }
}

/// What an answer means.
pub(super) fn classify(answer: &Answer<'_>, _: &Target) -> Verdict {
    let value = if answer.is_html() { Value::Null } else { answer.json().unwrap_or(Value::Null) };
    let said = value.s("detail").or_else(|| value.s("error")).unwrap_or("").to_owned();
    match answer.status {
        403 => Verdict::of(Finding::Private, format!("private, or for members: {said}")),
        401 => Verdict::of(Finding::LoginWall, said),
        451 => Verdict::of(Finding::AgeOrGeoWall, said),
        404 => Verdict::of(Finding::GoneUnknown, said),
        _ if value.is("blacklisted") => Verdict::of(
            Finding::GoneModerated,
            value.s("blacklistedReason").unwrap_or("blocked by the host").to_owned(),
        ),
        _ => walls::by_status(answer),
    }
}

/// What an answer says.
pub(super) fn read(answer: &Answer<'_>, target: &Target) -> Reading {
    general::interface(answer, target, |value| said(value, answer, target))
}

fn said(value: &Value, answer: &Answer<'_>, target: &Target) -> Reading {
    let mut reading = Reading::new();
    let host = target.key.authority.clone();
    if let Some(items) = value.at("data").as_array() {
        reading.understood = true;
        for item in items {
            let item = if item.at("video").is_object() { item.at("video") } else { item };
            if item.get("text").is_some() && item.get("threadId").is_some() {
                put_comment(item, target, &mut reading);
                if item.n("totalReplies").unwrap_or(0) > 0 {
                    reading.lacks(Missing::SomeReplies);
                    if let Some(id) = item.id("id") {
                        reading.ask(
                            Why::Replies,
                            Route::get(
                                "comments",
                                format!("{}/api/v1/videos/{}/comment-threads/{id}", target.origin(), target.key.id),
                                PACE_MS,
                            ),
                        );
                    }
                }
            } else if item.get("uuid").is_some() {
                reading.put(video(item, &host, None));
            }
        }
        paging(answer, value, items.len(), &mut reading);
    } else if value.get("comment").is_some() {
        let mut stack = vec![value];
        while let Some(node) = stack.pop() {
            put_comment(node.at("comment"), target, &mut reading);
            stack.extend(node.list("children").iter().rev());
        }
    } else if value.get("uuid").is_some() {
        reading.put(video(value, &host, Some(target)));
        if target.kind == TargetKind::Media && value.at("commentsEnabled").as_bool() != Some(false) {
            reading.ask(
                Why::Replies,
                Route::get(
                    "comments",
                    format!("{}/api/v1/videos/{}/comment-threads?start=0&count={PAGE}", target.origin(), target.key.id),
                    PACE_MS,
                ),
            );
        }
    } else {
        reading.actor = account(value, &host);
    }
    reading
}

fn paging(answer: &Answer<'_>, value: &Value, here: usize, reading: &mut Reading) {
    let start: u64 = query(answer.url, "start").and_then(|s| s.parse().ok()).unwrap_or(0);
    let next = start.saturating_add(here as u64);
    if here == 0 || next >= value.n("total").unwrap_or(0) {
        return;
    }
    let mut url = answer.url.clone();
    let kept: Vec<(String, String)> =
        url.query_pairs().filter(|(k, _)| k != "start").map(|(k, v)| (k.into_owned(), v.into_owned())).collect();
    url.query_pairs_mut().clear().extend_pairs(kept).append_pair("start", &next.to_string());
    let why = if answer.url.path().contains("comment-threads") { Why::Replies } else { Why::Older };
    reading.ask(why, Route::get("page", url, PACE_MS));
}

fn account(value: &Value, host: &str) -> Option<Actor> {
    let name = value.s("name")?;
    let home = value.text("host").unwrap_or_else(|| host.to_owned());
    let mut actor = build::actor(
        PostKey::new(Platform::PeerTube, home, format!("@{}", name.to_lowercase())),
        Some(name),
        value.s("displayName"),
        value.text("url"),
    );
    actor.id = value.id("id");
    actor.description = value.text("description");
    actor.avatar = value
        .list("avatars")
        .last()
        .and_then(|a| a.text("fileUrl").or_else(|| a.text("path")))
        .and_then(|p| Url::parse(&format!("https://{host}/")).ok()?.join(&p).ok())
        .map(String::from);
    actor.created = build::written(value.s("createdAt"), "api");
    build::count(&mut actor.counts, CountKind::Followers, value.n("followersCount"));
    Some(actor)
}

fn video(value: &Value, host: &str, target: Option<&Target>) -> Post {
    // Short and long numbers name the same video: what was asked by stays.
    let id = target
        .map(|t| t.key.id.clone())
        .filter(|id| [value.text("uuid"), value.text("shortUUID"), value.id("id")].contains(&Some(id.clone())));
    let id = id.or_else(|| value.text("uuid")).unwrap_or_default();
    let mut post = Post::new(PostKey::new(Platform::PeerTube, host, id.clone()), PostKind::Video);
    post.sources.set("post", "peertube-api");
    post.url = value.text("url").or_else(|| Some(format!("https://{host}/w/{id}")));
    post.title = value.text("name");
    build::say_plain(
        &mut post,
        value.s("description").or_else(|| value.s("truncatedDescription")).unwrap_or(""),
        "peertube-api",
    );
    post.created = build::written(value.s("originallyPublishedAt").or_else(|| value.s("publishedAt")), "api");
    post.edited = build::written(value.s("updatedAt"), "api");
    post.language = value.text("language.id");
    post.sensitive = value.is("nsfw");
    post.tags = build::texts(value.list("tags"), "");
    post.author = account(value.at("account"), host);
    post.via = account(value.at("channel"), host);
    for (kind, path) in [
        (CountKind::Views, "views"),
        (CountKind::Likes, "likes"),
        (CountKind::Dislikes, "dislikes"),
        (CountKind::Replies, "comments"),
    ] {
        build::count(&mut post.counts, kind, value.n(path));
    }
    let files = value.list("files").iter().chain(value.list("streamingPlaylists").iter().flat_map(|p| p.list("files")));
    let mut files: Vec<(u64, Rendition)> = files
        .filter_map(|f| {
            let url = f.s("fileDownloadUrl").or_else(|| f.s("fileUrl"))?;
            let tall = f.n("resolution.id").unwrap_or(0);
            Some((
                tall,
                Rendition {
                    width: build::pixels(f.n("width")),
                    height: build::pixels(f.n("height").or(Some(tall))),
                    bytes: f.n("size"),
                    ..Rendition::of(url)
                },
            ))
        })
        .collect();
    files.sort_by_key(|(tall, _)| std::cmp::Reverse(*tall));
    let playlists = value
        .list("streamingPlaylists")
        .iter()
        .filter_map(|p| p.s("playlistUrl"))
        .map(|u| Rendition { mime: Some("application/vnd.apple.mpegurl".to_owned()), ..Rendition::of(u) });
    let poster = value
        .s("previewPath")
        .or_else(|| value.s("thumbnailPath"))
        .and_then(|p| Url::parse(&format!("https://{host}/")).ok()?.join(p).ok())
        .map(String::from);
    let made = build::rendered(PostMediaKind::Video, files.into_iter().map(|(_, r)| r).chain(playlists).collect());
    let mut medium = made.unwrap_or_else(|| PostMedia {
        state: crate::model::post::PostMediaState::UnavailableOnWeb,
        ..build::bare(PostMediaKind::Video)
    });
    medium.identity = format!("peertube:{}", value.text("uuid").unwrap_or(id));
    medium.poster = poster;
    medium.duration_ms = value.n("duration").map(|s| s * 1_000);
    post.media.push(medium);
    if value.get("files").is_none() {
        post.lacks(Missing::TextTruncated);
        post.lacks(Missing::OriginalMedia);
    }
    post
}

fn put_comment(value: &Value, target: &Target, reading: &mut Reading) {
    let Some(id) = value.id("id") else { return };
    let host = &target.key.authority;
    let own = |id: &str| PostKey::new(Platform::PeerTube, host.clone(), format!("comment-{id}"));
    let mut post = Post::new(own(&id), PostKind::Comment);
    post.sources.set("post", "peertube-api");
    post.url = value.text("url");
    if value.is("isDeleted") {
        post.state = PostState::Gone;
        post.edited = build::written(value.s("deletedAt"), "api");
    } else {
        let base = target.address();
        if let Some(base) = base {
            build::say_html(&mut post, value.s("text").unwrap_or(""), &base, "peertube-api");
        }
        post.author = account(value.at("account"), host);
    }
    post.created = build::written(value.s("createdAt"), "api");
    let to = value.id("inReplyToCommentId").map_or_else(|| target.key.clone(), |p| own(&p));
    post.relations.push(Relation::to(RelationKind::Reply, to));
    reading.put(post);
}
