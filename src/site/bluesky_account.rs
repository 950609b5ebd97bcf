//! Accounts of Bluesky: profiles, documents, whole repositories, pages made for previews.

use serde_json::Value;

use super::answer::{Answer, Reading, Target, Why, query};
use super::json::Ask;
use super::{bluesky, bluesky_post, build, cbor, opengraph};
use crate::model::post::CountKind;
use crate::model::{Actor, Platform, PostKey};

/// Who likes, follows, reposts: people, listed.
pub(super) fn people(value: &Value, reading: &mut Reading) {
    for (list, path) in [("likes", "actor"), ("repostedBy", ""), ("follows", ""), ("followers", ""), ("actors", "")] {
        let Some(items) = value.at(list).as_array() else { continue };
        reading.understood = true;
        for item in items.iter().take(1_000) {
            let who = if path.is_empty() { item } else { item.at(path) };
            let Some(did) = who.s("did") else { continue };
            reading.entries.push(crate::model::Entry {
                url: format!("https://bsky.app/profile/{did}"),
                identity: Some(did.to_owned()),
                title: who.s("displayName").or_else(|| who.s("handle")).unwrap_or("").chars().take(200).collect(),
                published: build::written(item.s("createdAt"), "api").and_then(|w| w.at).filter(|_| !path.is_empty()),
                modified: None,
                is_list: false,
            });
        }
    }
    if value.get("subject").is_some_and(Value::is_object) {
        reading.actor = profile(value.at("subject"));
    }
}

/// An account.
pub(super) fn profile(value: &Value) -> Option<Actor> {
    let did = value.s("did")?;
    let handle = value.s("handle").filter(|h| *h != "handle.invalid");
    let mut actor = build::actor(PostKey::new(Platform::Bluesky, did, ""), handle, value.s("displayName"), None);
    actor.id = Some(did.to_owned());
    actor.url = Some(format!("https://bsky.app/profile/{}", handle.unwrap_or(did)));
    actor.avatar = value.text("avatar");
    actor.banner = value.text("banner");
    actor.description = value.text("description");
    actor.created = build::written(value.s("createdAt"), "api");
    actor.verified = value.s("verification.verifiedStatus").map(|s| s == "valid");
    for (kind, path) in [
        (CountKind::Followers, "followersCount"),
        (CountKind::Following, "followsCount"),
        (CountKind::Posts, "postsCount"),
    ] {
        build::count(&mut actor.counts, kind, value.n(path));
    }
    Some(actor)
}

/// The document of an account: its handle, and where its host is.
pub(super) fn document(value: &Value, target: &Target, reading: &mut Reading) {
    let Some(did) = value.s("id") else { return };
    let handle = value.list("alsoKnownAs").iter().filter_map(Value::as_str).find_map(|a| a.strip_prefix("at://"));
    let mut actor = build::actor(
        PostKey::new(Platform::Bluesky, did, ""),
        handle,
        None,
        Some(format!("https://bsky.app/profile/{did}")),
    );
    actor.id = Some(did.to_owned());
    reading.actor = Some(actor);
    let host = value.list("service").iter().find(|s| s.s("id").is_some_and(|id| id.ends_with("#atproto_pds")));
    if let Some(host) = host.and_then(|s| s.s("serviceEndpoint")) {
        for route in bluesky::on_host(target, did, host) {
            reading.ask(Why::Resolve, route);
        }
    }
}

/// A whole repository: every post of the account, each proven by its CID.
pub(super) fn repository(car: &cbor::Car, answer: &Answer<'_>, target: &Target) -> Reading {
    let mut reading = Reading::new();
    let commit = car.blocks.iter().find(|(_, v)| v.get("sig").is_some() && v.get("did").is_some());
    let did = commit
        .and_then(|(_, v)| v.text("did"))
        .or_else(|| query(answer.url, "did"))
        .unwrap_or_else(|| target.key.authority.clone());
    // Records are known by the paths of the tree; its nodes name them in pieces.
    let paths = bluesky_post::tree(&car.blocks);
    for (cid, value) in &car.blocks {
        let path = paths.iter().find(|(_, c)| c == cid).map(|(p, _)| p.as_str());
        if value.s("$type") == Some("app.bsky.actor.profile") {
            let mut actor = build::actor(
                PostKey::new(Platform::Bluesky, did.clone(), ""),
                None,
                value.s("displayName"),
                Some(format!("https://bsky.app/profile/{did}")),
            );
            actor.description = value.text("description");
            actor.id = Some(did.clone());
            reading.actor = Some(actor);
        }
        if let Some(path) = path.filter(|p| p.starts_with(bluesky::POSTS)) {
            let record = serde_json::json!({ "uri": format!("at://{did}/{path}"), "cid": cid, "value": value });
            bluesky_post::record(&record, target, &mut reading);
        }
    }
    if car.wrong > 0 || car.cut {
        let detail = format!("{} blocks are not what their CID names; cut: {}", car.wrong, car.cut);
        reading.warnings.push(crate::model::Warning { code: crate::model::WarningCode::Odd, detail });
    }
    reading.posts.sort_by(|a, b| b.key.id.cmp(&a.key.id));
    reading
}

/// The page of a post or a profile, made for previews.
pub(super) fn page(answer: &Answer<'_>, target: &Target) -> Reading {
    answer.page(|page| {
        let mut reading = opengraph::reading(page, target, answer.url);
        let did = page.metas("at:did").next().map(str::to_owned);
        for post in &mut reading.posts {
            let handle = Some(target.key.authority.as_str()).filter(|a| !a.starts_with("did:"));
            let title = post.title.take();
            let name = title.as_deref().map(|t| t.split(" (@").next().unwrap_or(t));
            let own = did.clone().unwrap_or_else(|| target.key.authority.clone());
            post.author = Some(build::actor(PostKey::new(Platform::Bluesky, own, ""), handle, name, None));
            post.created = build::written(page.meta(&["article:published_time"]), "og");
            for medium in &mut post.media {
                // The picture for previews names the blob it is made from.
                let blob =
                    medium.best().and_then(|r| r.url.split('/').next_back()?.split('@').next().map(str::to_owned));
                if let Some(cid) = blob.filter(|c| super::Cid::parse(c).is_some()) {
                    medium.identity.clone_from(&cid);
                    medium.expected = Some(cid);
                }
            }
        }
        if let Some(actor) = &mut reading.actor {
            let title = actor.name.take();
            actor.name = title.as_deref().map(|t| t.split(" (@").next().unwrap_or(t).to_owned());
            actor.handle = title
                .as_deref()
                .and_then(|t| t.split(" (@").nth(1))
                .map(|h| h.split(')').next().unwrap_or(h).to_owned())
                .or_else(|| Some(target.key.authority.clone()));
        }
        for route in bluesky::routes(target).into_iter().filter(|r| r.name == "thread") {
            reading.ask(Why::Text, route);
        }
        reading
    })
}
