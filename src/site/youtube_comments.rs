//! Comments under a video, where they are served: asked by tokens, twenty at a time.

use serde_json::{Value, json};

use super::answer::{Reading, Route, Target, Why};
use super::json::{self, Ask};
use super::{build, youtube};
use crate::extract::markup::Page;
use crate::model::post::{CountKind, Missing, Relation, RelationKind};
use crate::model::{Platform, Post, PostKey, PostKind};

/// The first comments are asked for by a token that the page has.
pub(super) fn ask(data: &Value, page: &Page<'_, '_>, reading: &mut Reading) {
    let sections = json::with_key(data, "sectionIdentifier");
    let section = sections.iter().find(|s| s.s("sectionIdentifier") == Some("comment-item-section"));
    let Some(token) = section.and_then(|s| json::under(s, "continuationCommand")).and_then(|c| c.text("token")) else {
        return;
    };
    let version = page.scripts().find_map(|(_, text)| {
        let (_, rest) = text.split_once("\"INNERTUBE_CLIENT_VERSION\":\"")?;
        Some(rest.split('"').next()?.chars().take(40).collect::<String>())
    });
    reading.ask(Why::Replies, continuation(&token, version.as_deref().unwrap_or("2.20260101.00.00")));
}

fn continuation(token: &str, version: &str) -> Route {
    let body = json!({ "context": { "client": { "clientName": "WEB", "clientVersion": version, "hl": "en" } }, "continuation": token });
    Route::post("comments", "https://www.youtube.com/youtubei/v1/next?prettyPrint=false", &body, youtube::PACE_MS)
}

/// Comments as they are served, twenty at a time; their times are told as so long ago only.
pub(super) fn read(value: &Value, target: &Target) -> Reading {
    let mut reading = Reading::new();
    let found = json::with_key(value, "commentEntityPayload");
    reading.understood = !found.is_empty() || value.get("onResponseReceivedEndpoints").is_some();
    for entity in found {
        let comment = entity.at("commentEntityPayload");
        let Some(id) = comment.s("properties.commentId") else { continue };
        let mut post = Post::new(PostKey::new(Platform::YouTube, "", id), PostKind::Comment);
        post.sources.set("post", "comment-entity");
        post.url = Some(format!("{}&lc={id}", target.url));
        build::say_plain(&mut post, comment.s("properties.content.content").unwrap_or(""), "comment-entity");
        let handle = comment.s("author.displayName");
        let channel = comment.s("author.channelId");
        let mut author = build::actor(
            youtube::channel_key(channel.unwrap_or("")),
            handle,
            handle,
            channel.map(|c| format!("https://www.youtube.com/channel/{c}")),
        );
        author.id = channel.map(str::to_owned);
        author.avatar = comment.text("author.avatarThumbnailUrl");
        post.author = Some(author);
        let told = comment.s("properties.publishedTime").unwrap_or("");
        post.is_edited = Some(told.contains("(edited)"));
        post.created = Some(build::relative(told.trim_end_matches("(edited)").trim(), "relative_text"));
        for (kind, path) in
            [(CountKind::Likes, "toolbar.likeCountNotliked"), (CountKind::Replies, "toolbar.replyCount")]
        {
            if let Some(shown) = comment.s(path) {
                build::shown_count(&mut post.counts, kind, shown, None);
            }
        }
        // The number of an answer has that of what it answers before a point.
        let to = match id.split_once('.') {
            Some((top, _)) => PostKey::new(Platform::YouTube, "", top),
            None => target.key.clone(),
        };
        post.relations.push(Relation::to(RelationKind::Reply, to));
        post.relations.push(Relation::to(RelationKind::ThreadRoot, target.key.clone()));
        reading.put(post);
    }
    for next in json::with_key(value, "continuationCommand").iter().take(40) {
        if let Some(token) = next.s("continuationCommand.token") {
            reading.ask(Why::Replies, continuation(token, "2.20260101.00.00"));
        }
    }
    if !reading.next.is_empty() {
        reading.lacks(Missing::SomeReplies);
    }
    reading
}
