//! MediaWiki: pages with their revisions by the interface, and as people see them.

use serde_json::Value;
use url::Url;

use super::answer::{Answer, Reading, Route, Target, TargetKind, Why, authority, decoded, encoded, query};
use super::json::Ask;
use super::{build, feeds, general, walls};
use crate::model::post::{Relation, RelationKind};
use crate::model::{Finding, Platform, Post, PostKey, PostKind, PostState, Verdict};

const PACE_MS: u64 = 1_000;

/// What an address is about, on a host that is known to be one.
pub(super) fn matches(url: &Url) -> Option<Target> {
    let host = authority(url)?;
    let title =
        query(url, "title").or_else(|| url.path().strip_prefix("/wiki/").map(decoded)).filter(|t| !t.is_empty())?;
    let title = title.replace(' ', "_");
    let special = title.split(':').next().is_some_and(|n| matches!(n, "Special" | "Служебная" | "Spezial"));
    let (kind, mark) = if special { (TargetKind::List, "special:") } else { (TargetKind::Post, "") };
    let mut plain = url.clone();
    plain.set_fragment(None);
    Some(Target::new(kind, PostKey::new(Platform::MediaWiki, host, format!("{mark}{title}")), plain.to_string()))
}

/// The requests, best first.
pub(super) fn routes(target: &Target) -> Vec<Route> {
    let origin = target.origin();
    let page = Route::get("page", target.url.clone(), PACE_MS);
    if target.kind != TargetKind::Post {
        return vec![page];
    }
    // Large wikis have it here; others tell where in their pages.
    let api = format!(
        "{origin}/w/api.php?action=query&format=json&formatversion=2&prop=revisions&titles={}&rvprop=ids%7Ctimestamp%7Cuser%7Ccomment%7Ccontent%7Csha1&rvslots=main&rvlimit=50",
        encoded(&target.key.id)
    );
    vec![page, Route::get("revisions", api, PACE_MS).witness()]
}

/// What an answer means.
pub(super) fn classify(answer: &Answer<'_>, _: &Target) -> Verdict {
    if !answer.is_html() && !answer.is_xml() {
        let value = answer.json().unwrap_or(Value::Null);
        if let Some(code) = value.s("error.code") {
            return match code {
                "readapidenied" | "permissiondenied" => Verdict::of(Finding::LoginWall, code),
                "ratelimited" | "maxlag" => Verdict::of(Finding::RateLimited, code),
                _ => Verdict::of(Finding::ParseError, code),
            };
        }
        if pages(&value).iter().any(|p| p.get("missing").is_some()) {
            return Verdict::of(Finding::GoneUnknown, "the wiki has no such page; its log of deletions says more");
        }
    }
    walls::by_status(answer)
}

/// Pages stand as a list, or by their numbers in older answers.
fn pages(value: &Value) -> Vec<&Value> {
    match value.at("query.pages") {
        Value::Array(items) => items.iter().collect(),
        Value::Object(map) => map.values().collect(),
        _ => Vec::new(),
    }
}

/// What an answer says.
pub(super) fn read(answer: &Answer<'_>, target: &Target) -> Reading {
    if answer.is_xml() {
        return feeds::read(answer, target);
    }
    if answer.is_html() {
        let mut reading = general::read(answer, target);
        if let Some(main) = reading.posts.first_mut().filter(|_| target.kind == TargetKind::Post) {
            main.key = target.key.clone();
        }
        return reading;
    }
    let Some(value) = answer.json() else { return Reading::new() };
    let mut reading = Reading::new();
    for page in pages(&value) {
        reading.understood = true;
        for (n, revision) in page.list("revisions").iter().enumerate() {
            reading.put(one(page, revision, n == 0, target));
        }
    }
    if let Some(token) = value.s("continue.rvcontinue") {
        let mut url = answer.url.clone();
        let kept: Vec<(String, String)> = url
            .query_pairs()
            .filter(|(k, _)| k != "rvcontinue")
            .map(|(k, v)| (k.into_owned(), v.into_owned()))
            .collect();
        url.query_pairs_mut().clear().extend_pairs(kept).append_pair("rvcontinue", token);
        reading.ask(Why::History, Route::get("revisions", url, PACE_MS));
    }
    reading
}

/// A revision; the newest is the page itself.
fn one(page: &Value, revision: &Value, newest: bool, target: &Target) -> Post {
    let number = revision.id("revid").unwrap_or_default();
    let mut key = target.key.clone();
    if !newest {
        key.id = format!("{}~{number}", key.id);
    }
    let mut post = Post::new(key, PostKind::Page);
    post.sources.set("post", "mediawiki-api");
    post.url = Some(target.url.clone()).filter(|_| newest);
    post.title = page.text("title");
    post.version = Some(number);
    let content = ["slots.main.content", "slots.main.*", "*", "content"].iter().find_map(|p| revision.s(p));
    build::say_plain(&mut post, content.unwrap_or(""), "mediawiki-api");
    if revision.get("texthidden").is_some() {
        post.state = PostState::RemovedByModerator;
    }
    post.created = build::written(revision.s("timestamp"), "api");
    if let Some(user) = revision.s("user") {
        post.author = Some(build::actor(
            PostKey::new(Platform::MediaWiki, target.key.authority.clone(), format!("@{user}")),
            Some(user),
            None,
            None,
        ));
    }
    if let Some(said) = revision.s("comment") {
        post.labels.push(format!("summary:{said}"));
    }
    if !newest {
        post.relations.push(Relation::to(RelationKind::Edit, target.key.clone()));
    }
    post
}
