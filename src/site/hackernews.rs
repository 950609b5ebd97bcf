//! Hacker News: items with all that answers them, by both of its interfaces.

use serde_json::Value;
use url::Url;

use super::answer::{Answer, Reading, Route, Target, TargetKind, Why, is_number, query};
use super::json::Ask;
use super::{build, general, walls};
use crate::model::post::{CountKind, Missing, Relation, RelationKind};
use crate::model::{Finding, Platform, Post, PostKey, PostKind, PostState, Verdict};

const PACE_MS: u64 = 1_000;

/// What an address is about.
pub(super) fn matches(url: &Url) -> Option<Target> {
    match url.path() {
        "/item" => {
            query(url, "id").filter(|id| is_number(id)).map(|id| Target::new(TargetKind::Post, key(&id), page_of(&id)))
        }
        "/user" | "/submitted" | "/threads" => query(url, "id").map(|name| {
            Target::new(
                TargetKind::Account,
                PostKey::new(Platform::HackerNews, "", format!("@{name}")),
                format!("https://news.ycombinator.com/user?id={name}"),
            )
        }),
        "/" | "/news" | "/newest" | "/ask" | "/show" | "/best" => Some(Target::new(
            TargetKind::List,
            PostKey::new(Platform::HackerNews, "", url.path().trim_start_matches('/')),
            url.to_string(),
        )),
        _ => None,
    }
}

fn key(id: &str) -> PostKey {
    PostKey::new(Platform::HackerNews, "", id)
}

fn page_of(id: &str) -> String {
    format!("https://news.ycombinator.com/item?id={id}")
}

/// The requests, best first.
pub(super) fn routes(target: &Target) -> Vec<Route> {
    let id = &target.key.id;
    match target.kind {
        TargetKind::Account => {
            let name = id.trim_start_matches('@');
            vec![Route::get(
                "search",
                format!("https://hn.algolia.com/api/v1/search_by_date?tags=author_{name}&hitsPerPage=100"),
                PACE_MS,
            )]
        }
        TargetKind::Post | TargetKind::Media => vec![
            Route::get("tree", format!("https://hn.algolia.com/api/v1/items/{id}"), PACE_MS),
            Route::get("item", format!("https://hacker-news.firebaseio.com/v0/item/{id}.json"), PACE_MS).witness(),
            Route::get("page", target.url.clone(), 30_000).witness(),
        ],
        _ => vec![Route::get(
            "search",
            "https://hn.algolia.com/api/v1/search_by_date?tags=story&hitsPerPage=100",
            PACE_MS,
        )],
    }
}

/// What an answer means.
pub(super) fn classify(answer: &Answer<'_>, _: &Target) -> Verdict {
    if answer.is_html() {
        return walls::by_status(answer);
    }
    match answer.json() {
        Some(Value::Null) => Verdict::perhaps(Finding::GoneUnknown, "there is no such item, or not yet"),
        Some(value) if value.is("deleted") => Verdict::of(Finding::GoneAuthorDeleted, "marked as deleted"),
        Some(value) if value.is("dead") => Verdict::of(Finding::GoneModerated, "marked as dead: flagged or banned"),
        _ => walls::by_status(answer),
    }
}

/// What an answer says.
pub(super) fn read(answer: &Answer<'_>, target: &Target) -> Reading {
    if answer.is_html() {
        return general::read(answer, target);
    }
    let Some(value) = answer.json() else { return Reading::new() };
    let mut reading = Reading::new();
    reading.site = Some("Hacker News".to_owned());
    if value.get("hits").is_some() {
        reading.understood = true;
        value.list("hits").iter().for_each(|hit| put(hit, answer.url, &mut reading));
        let (page, pages) = (value.n("page").unwrap_or(0), value.n("nbPages").unwrap_or(0));
        if page + 1 < pages && !value.list("hits").is_empty() {
            let mut url = answer.url.clone();
            let kept: Vec<(String, String)> =
                url.query_pairs().filter(|(k, _)| k != "page").map(|(k, v)| (k.into_owned(), v.into_owned())).collect();
            url.query_pairs_mut().clear().extend_pairs(kept).append_pair("page", &(page + 1).to_string());
            reading.ask(Why::Older, Route::get("search", url, PACE_MS));
        }
        return reading;
    }
    if let Some(name) = value.s("username").or_else(|| value.s("id").filter(|_| value.get("karma").is_some())) {
        let url = format!("https://news.ycombinator.com/user?id={name}");
        let mut actor =
            build::actor(PostKey::new(Platform::HackerNews, "", format!("@{name}")), Some(name), None, Some(url));
        let about = value.s("about").map(|a| crate::extract::markup::piece(a, answer.url).text);
        actor.description = about.filter(|a| !a.is_empty());
        actor.created =
            build::epoch(value.at("created"), "api").or_else(|| build::written(value.s("created_at"), "api"));
        reading.actor = Some(actor);
        return reading;
    }
    let mut stack = vec![&value];
    while let Some(item) = stack.pop() {
        put(item, answer.url, &mut reading);
        stack.extend(item.list("children").iter().rev());
    }
    // The other interface names what answers an item by numbers.
    for kid in value.list("kids").iter().take(500) {
        reading.lacks(Missing::Replies);
        reading.ask(
            Why::Replies,
            Route::get("item", format!("https://hacker-news.firebaseio.com/v0/item/{kid}.json"), PACE_MS),
        );
    }
    reading
}

/// One item, whichever interface it is from.
fn put(item: &Value, base: &Url, reading: &mut Reading) {
    let Some(id) = item.id("objectID").or_else(|| item.id("id")) else { return };
    let answers = item.id("parent_id").or_else(|| item.id("parent"));
    let comment = item.s("type") == Some("comment") || (item.s("title").is_none() && answers.is_some());
    let mut post = Post::new(key(&id), if comment { PostKind::Comment } else { PostKind::Post });
    post.sources.set("post", "hackernews-api");
    post.url = Some(page_of(&id));
    if item.is("deleted") {
        post.state = PostState::DeletedByAuthor;
    } else if item.is("dead") {
        post.state = PostState::RemovedByModerator;
    }
    if let Some(name) = item.s("author").or_else(|| item.s("by")) {
        let own = PostKey::new(Platform::HackerNews, "", format!("@{name}"));
        post.author =
            Some(build::actor(own, Some(name), None, Some(format!("https://news.ycombinator.com/user?id={name}"))));
    }
    post.title = build::plain(item.s("title"));
    let text = ["text", "story_text", "comment_text"].iter().find_map(|p| item.s(p)).unwrap_or("");
    build::say_html(&mut post, text, base, "hackernews-api");
    post.created = build::written(item.s("created_at"), "api").or_else(|| build::epoch(item.at("time"), "api"));
    build::count(&mut post.counts, CountKind::Likes, item.n("points").or_else(|| item.n("score")));
    build::count(&mut post.counts, CountKind::Replies, item.n("num_comments").or_else(|| item.n("descendants")));
    if let Some(to) = answers {
        post.relations.push(Relation::to(RelationKind::Reply, key(&to)));
    }
    if let Some(root) = item.id("story_id").filter(|r| *r != id) {
        post.relations.push(Relation::to(RelationKind::ThreadRoot, key(&root)));
    }
    if let Some(url) = item.s("url") {
        post.relations.push(Relation::at(RelationKind::Link, url));
        build::link(&mut post, url, "");
    }
    reading.put(post);
}
