//! Stack Exchange: questions with answers and comments, and every revision, by the public interface.

use serde_json::Value;
use url::Url;

use super::answer::{Answer, Credential, Reading, Route, Target, TargetKind, Why, is_number, query, segments};
use super::json::Ask;
use super::{build, general, walls};
use crate::model::post::{CountKind, Missing, Relation, RelationKind};
use crate::model::{Finding, Platform, Post, PostKey, PostKind, Verdict};

/// 300 requests a day without a key.
const PACE_MS: u64 = 5_000;

/// The name of a site in the interface.
fn site(url: &Url) -> Option<String> {
    let host = url.host_str()?.trim_end_matches('.').trim_start_matches("www.");
    let named = ["stackoverflow", "superuser", "serverfault", "askubuntu", "stackapps"];
    for name in named {
        if let Some(below) = host.strip_suffix(&format!("{name}.com")) {
            // `meta.stackoverflow.com`, `ru.stackoverflow.com`
            return (below.is_empty() || below.ends_with('.')).then(|| format!("{below}{name}"));
        }
    }
    if host == "mathoverflow.net" {
        return Some("mathoverflow.net".to_owned());
    }
    host.strip_suffix(".stackexchange.com").map(str::to_owned)
}

/// What an address is about.
pub(super) fn matches(url: &Url) -> Option<Target> {
    let site = site(url).or_else(|| query(url, "site"))?;
    let origin = url.origin().ascii_serialization();
    let parts = segments(url);
    let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
    match parts[..] {
        ["questions" | "q", id, ..] if is_number(id) => Some(Target::new(
            TargetKind::Post,
            PostKey::new(Platform::StackExchange, site, id),
            format!("{origin}/questions/{id}"),
        )),
        ["a", id, ..] if is_number(id) => Some(Target::new(
            TargetKind::Post,
            PostKey::new(Platform::StackExchange, site, id),
            format!("{origin}/a/{id}"),
        )),
        ["users", id, ..] if is_number(id) => Some(Target::new(
            TargetKind::Account,
            PostKey::new(Platform::StackExchange, site, format!("@{id}")),
            format!("{origin}/users/{id}"),
        )),
        ["questions", "tagged", tag] => Some(Target::new(
            TargetKind::List,
            PostKey::new(Platform::StackExchange, site, format!("#{tag}")),
            url.to_string(),
        )),
        _ => None,
    }
}

/// The requests, best first.
pub(super) fn routes(target: &Target) -> Vec<Route> {
    let site = &target.key.authority;
    let api = |name, way: String| {
        let mark = if way.contains('?') { '&' } else { '?' };
        Route::get(
            name,
            format!("https://api.stackexchange.com/2.3/{way}{mark}site={site}&pagesize=100&filter=withbody"),
            PACE_MS,
        )
        .with(Credential::Key)
    };
    let id = target.key.id.trim_start_matches(['@', '#']);
    match target.kind {
        TargetKind::Account => {
            vec![api("posts", format!("users/{id}/posts?order=desc&sort=creation")), api("user", format!("users/{id}"))]
        }
        TargetKind::Post | TargetKind::Media => {
            let first = if target.url.contains("/a/") {
                api("answer", format!("answers/{id}"))
            } else {
                api("question", format!("questions/{id}"))
            };
            vec![
                first,
                api("answers", format!("questions/{id}/answers?order=asc&sort=creation")),
                api("comments", format!("questions/{id}/comments?order=asc&sort=creation")),
                api("revisions", format!("posts/{id}/revisions")),
                Route::get("page", target.url.clone(), PACE_MS).witness(),
            ]
        }
        _ => vec![api("tagged", format!("questions?tagged={id}&order=desc&sort=creation"))],
    }
}

/// What an answer means.
pub(super) fn classify(answer: &Answer<'_>, target: &Target) -> Verdict {
    if answer.is_html() {
        return walls::by_status(answer);
    }
    let value = answer.json().unwrap_or(Value::Null);
    match value.n("error_id") {
        Some(502) => return Verdict::of(Finding::RateLimited, value.s("error_message").unwrap_or("").to_owned()),
        Some(401..=403) => {
            return Verdict::of(Finding::LoginWall, value.s("error_message").unwrap_or("").to_owned());
        }
        Some(404) => return Verdict::of(Finding::GoneUnknown, value.s("error_message").unwrap_or("").to_owned()),
        Some(_) => return Verdict::of(Finding::ParseError, value.s("error_message").unwrap_or("").to_owned()),
        None => {}
    }
    let main =
        ["/questions/", "/answers/"].iter().any(|way| answer.url.path().ends_with(&format!("{way}{}", target.key.id)));
    if main && value.get("items").is_some() && value.list("items").is_empty() {
        return Verdict::perhaps(Finding::GoneUnknown, "the list of it is empty");
    }
    walls::by_status(answer)
}

/// What an answer says.
pub(super) fn read(answer: &Answer<'_>, target: &Target) -> Reading {
    if answer.is_html() {
        return general::read(answer, target);
    }
    let Some(value) = answer.json() else { return Reading::new() };
    let mut reading = Reading::new();
    reading.understood = value.get("items").is_some();
    let revisions = answer.url.path().ends_with("/revisions");
    for item in value.list("items") {
        if revisions {
            reading.put(revision(item, target, answer.url));
        } else if item.get("post_id").or_else(|| item.get("question_id")).is_some() {
            reading.put(one(item, target, answer.url));
        } else if let (Some(id), Some(name)) = (item.id("user_id"), item.s("display_name")) {
            let mut actor = build::actor(
                PostKey::new(Platform::StackExchange, target.key.authority.clone(), format!("@{id}")),
                None,
                Some(name),
                item.text("link"),
            );
            actor.id = Some(id);
            actor.avatar = item.text("profile_image");
            actor.description = build::plain(item.s("about_me"));
            reading.actor = Some(actor);
        }
    }
    if value.is("has_more") {
        let page: u64 = query(answer.url, "page").and_then(|p| p.parse().ok()).unwrap_or(1);
        let mut url = answer.url.clone();
        let kept: Vec<(String, String)> =
            url.query_pairs().filter(|(k, _)| k != "page").map(|(k, v)| (k.into_owned(), v.into_owned())).collect();
        url.query_pairs_mut().clear().extend_pairs(kept).append_pair("page", &(page.saturating_add(1)).to_string());
        let why = if target.kind == TargetKind::Post { Why::Replies } else { Why::Older };
        reading.ask(why, Route::get("page", url, PACE_MS).with(Credential::Key));
        reading.lacks(Missing::SomeReplies);
    }
    reading
}

fn one(item: &Value, target: &Target, base: &Url) -> Post {
    let site = target.key.authority.as_str();
    let own = |id: String| PostKey::new(Platform::StackExchange, site, id);
    let (comment, answer, question) = (item.id("comment_id"), item.id("answer_id"), item.id("question_id"));
    let mut post = match (&comment, &answer) {
        (Some(id), _) => Post::new(own(format!("comment-{id}")), PostKind::Comment),
        (None, Some(id)) => Post::new(own(id.clone()), PostKind::Comment),
        (None, None) => {
            Post::new(own(question.clone().or_else(|| item.id("post_id")).unwrap_or_default()), PostKind::Post)
        }
    };
    let to = if comment.is_some() {
        item.id("post_id")
    } else if answer.is_some() {
        question
    } else {
        None
    };
    post.relations.extend(to.map(|id| Relation::to(RelationKind::Reply, own(id))));
    post.sources.set("post", "stackexchange-api");
    post.url = item.text("link");
    post.title = build::plain(item.s("title")).filter(|_| post.kind == PostKind::Post);
    build::say_html(&mut post, item.s("body").unwrap_or(""), base, "stackexchange-api");
    post.created = build::epoch(item.at("creation_date"), "api");
    post.edited = build::epoch(item.at("last_edit_date"), "api");
    post.is_edited = Some(post.edited.is_some() || item.is("edited"));
    post.tags = build::texts(item.list("tags"), "");
    let owner = item.at("owner");
    if let Some(name) = owner.s("display_name") {
        let id = owner.id("user_id");
        let mut actor =
            build::actor(own(format!("@{}", id.as_deref().unwrap_or(name))), None, Some(name), owner.text("link"));
        actor.id = id;
        actor.avatar = owner.text("profile_image");
        post.author = Some(actor);
    }
    for (kind, path) in
        [(CountKind::Likes, "score"), (CountKind::Views, "view_count"), (CountKind::Replies, "answer_count")]
    {
        build::count(&mut post.counts, kind, item.n(path));
    }
    if item.is("is_accepted") {
        post.labels.push("accepted".to_owned());
    }
    if let Some(reason) = item.s("closed_reason") {
        post.labels.push(format!("closed:{reason}"));
    }
    post
}

/// One of the versions of a post.
fn revision(item: &Value, target: &Target, base: &Url) -> Post {
    let number = item.n("revision_number").unwrap_or(0);
    let mut post = Post::new(
        PostKey::new(Platform::StackExchange, target.key.authority.clone(), format!("{}~{number}", target.key.id)),
        PostKind::Post,
    );
    post.sources.set("post", "stackexchange-revisions");
    post.version = item.text("revision_guid");
    post.title = build::plain(item.s("title"));
    build::say_html(&mut post, item.s("body").unwrap_or(""), base, "stackexchange-revisions");
    post.created = build::epoch(item.at("creation_date"), "api");
    post.relations.push(Relation::to(RelationKind::Edit, target.key.clone()));
    post
}
