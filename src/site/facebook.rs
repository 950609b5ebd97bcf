//! Facebook: what pages have for previews and in their state, the frames for embedding, the old pages for telephones.
//! Mostly there is a demand to log in, and it is said to be one.

use serde_json::Value;
use url::Url;

use super::answer::{
    Answer, Credential, Reading, Route, Target, TargetKind, encoded, is_name, is_number, query, segments,
};
use super::json::{self, Ask};
use super::{build, embedded, facebook_page, opengraph, walls};
use crate::extract::markup::Page;
use crate::model::post::{Missing, PostMediaKind, Rendition};
use crate::model::{Finding, Platform, Post, PostKey, PostKind, Verdict};

const PACE_MS: u64 = 2_000;
const NOT_NAMES: [&str; 14] = [
    "login",
    "plugins",
    "watch",
    "groups",
    "events",
    "help",
    "policies",
    "sharer",
    "share",
    "dialog",
    "home.php",
    "l.php",
    "marketplace",
    "checkpoint",
];

/// What an address is about.
pub(super) fn matches(url: &Url) -> Option<Target> {
    if let Some(inner) = query(url, "href").filter(|_| url.path().starts_with("/plugins/")) {
        return matches(&Url::parse(&inner).ok()?);
    }
    let parts = segments(url);
    let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
    let story = || query(url, "story_fbid").or_else(|| query(url, "fbid"));
    match parts[..] {
        ["story.php" | "permalink.php" | "photo.php" | "photo"] => {
            let id = story()?;
            let owner = query(url, "id").unwrap_or_default();
            Some(post(&owner, &id, url))
        }
        ["watch"] => query(url, "v").map(|id| Target { kind: TargetKind::Media, ..post("", &id, url) }),
        ["reel", id] | ["watch", "live", id] if is_number(id) => {
            Some(Target { kind: TargetKind::Media, ..post("", id, url) })
        }
        [owner, "videos", .., id] if is_number(id) => Some(Target { kind: TargetKind::Media, ..post(owner, id, url) }),
        ["groups", group, "posts" | "permalink", id, ..] => Some(post(group, id, url)),
        ["groups", group] => Some(account(group, url)),
        [owner, "posts", .., id] | [owner, "photos", .., id] => Some(post(owner, id, url)),
        ["profile.php"] => query(url, "id").map(|id| account(&id, url)),
        ["people", _, id] | ["p", id] => Some(account(id, url)),
        [name] if is_name(name) && !NOT_NAMES.contains(&name.to_ascii_lowercase().as_str()) => Some(account(name, url)),
        _ => None,
    }
}

fn plain(url: &Url) -> String {
    let kept = ["story_fbid", "fbid", "id", "v"];
    let pairs: Vec<(String, String)> = url
        .query_pairs()
        .filter(|(k, _)| kept.contains(&&**k))
        .map(|(k, v)| (k.into_owned(), v.into_owned()))
        .collect();
    let mut out = url.clone();
    out.set_fragment(None);
    let _ = out.set_host(Some("www.facebook.com"));
    out.set_query(None);
    if !pairs.is_empty() {
        out.query_pairs_mut().extend_pairs(pairs);
    }
    out.into()
}

fn post(owner: &str, id: &str, url: &Url) -> Target {
    Target::new(TargetKind::Post, PostKey::new(Platform::Facebook, owner.to_lowercase(), id), plain(url))
}

fn account(name: &str, url: &Url) -> Target {
    Target::new(TargetKind::Account, PostKey::new(Platform::Facebook, name.to_lowercase(), ""), plain(url))
}

/// The requests, best first.
pub(super) fn routes(target: &Target) -> Vec<Route> {
    let page = Route::get("page", target.url.clone(), PACE_MS).with(Credential::Cookies);
    let href = encoded(&target.url);
    match target.kind {
        TargetKind::Media => vec![
            page,
            Route::get("embed", format!("https://www.facebook.com/plugins/video.php?href={href}"), PACE_MS).witness(),
        ],
        TargetKind::Post => vec![
            page,
            Route::get(
                "embed",
                format!("https://www.facebook.com/plugins/post.php?show_text=true&href={href}"),
                PACE_MS,
            )
            .witness(),
        ],
        _ => vec![page],
    }
}

/// What an answer means.
pub(super) fn classify(answer: &Answer<'_>, target: &Target) -> Verdict {
    let verdict = walls::by_status(answer);
    if verdict.finding != Finding::Ok {
        return verdict;
    }
    answer.page(|page| {
        let title = page.meta(&["og:title"]).or_else(|| page.title()).unwrap_or("");
        let words = page.words(3_000).to_lowercase();
        let unavailable = [
            "content isn't available right now",
            "this content isn't available",
            "page isn't available",
            "content is no longer available",
            "log in to continue",
            "you must log in",
        ];
        let told = page.meta(&["og:description", "og:image"]).is_some();
        if let Some(said) = unavailable.iter().find(|u| words.contains(**u)).filter(|_| !told) {
            // One page for deleted, shown to some only, and not logged in.
            return Verdict::perhaps(
                Finding::LoginWall,
                format!("{said:?} is said of what is deleted, hidden and behind a login alike"),
            );
        }
        let asks = [
            "log into facebook",
            "log in to facebook",
            "facebook – log in or sign up",
            "facebook - log in or sign up",
            "redirecting...",
        ];
        let titled = asks.iter().any(|a| title.to_lowercase().starts_with(a)) || title.eq_ignore_ascii_case("facebook");
        if titled && !told && facebook_page::posts(page, target).is_empty() && film(page).is_none() {
            return Verdict::perhaps(Finding::LoginWall, "a page to log in stands in its place");
        }
        Verdict::ok()
    })
}

/// What an answer says.
pub(super) fn read(answer: &Answer<'_>, target: &Target) -> Reading {
    answer.page(|page| {
        let mut reading = Reading::new();
        reading.site = Some("Facebook".to_owned());
        for post in facebook_page::posts(page, target) {
            reading.put(post);
        }
        if reading.posts.is_empty() && target.kind != TargetKind::Account {
            if let Some(state) = film(page) {
                reading.put(of_state(&state, target, page));
            } else {
                reading = opengraph::reading(page, target, answer.url);
                for post in &mut reading.posts {
                    from_title(post, page);
                }
            }
        } else if target.kind == TargetKind::Account {
            reading.actor = opengraph::profile(page, target);
            reading.lacks(Missing::OtherPosts);
        }
        reading.understood = facebook_page::is_one(page);
        reading.lacks(Missing::Replies);
        reading
    })
}

/// `NAME - words | Facebook`: the name stands first.
fn from_title(post: &mut Post, page: &Page<'_, '_>) {
    let title = post.title.take().unwrap_or_default();
    let title = title.trim_end_matches(" | Facebook").to_owned();
    if let Some(url) = page.meta(&["og:url"]) {
        post.urls.push(url.to_owned());
    }
    let (name, _) = title.split_once(" - ").unwrap_or((title.as_str(), ""));
    if !name.is_empty() {
        let key = PostKey::new(Platform::Facebook, post.key.authority.clone(), "");
        post.author = Some(build::actor(key, None, Some(name), None));
    }
    let head: String = post.text.chars().take(20).collect();
    if !title.contains(&head) || post.text.is_empty() {
        post.title = Some(title);
    }
}

/// The state of a film or a post: an object with a message or an address to play.
fn film(page: &Page<'_, '_>) -> Option<Value> {
    embedded::marked(page, "data-sjs").into_iter().find(|v| {
        json::under(v, "playable_url").is_some()
            || json::under(v, "browser_native_hd_url").is_some()
            || !json::with_key(v, "creation_story").is_empty()
    })
}

fn of_state(state: &Value, target: &Target, page: &Page<'_, '_>) -> Post {
    let mut post = Post::new(target.key.clone(), PostKind::Video);
    post.sources.set("post", "state");
    post.url = Some(target.url.clone());
    let message = json::with_key(state, "message").into_iter().find_map(|v| v.text("message.text"));
    build::say_plain(&mut post, message.as_deref().or_else(|| page.meta(&["og:description"])).unwrap_or(""), "state");
    let time = ["publish_time", "created_time", "creation_time"].iter().find_map(|k| json::under(state, k));
    post.created = time.and_then(|t| build::epoch(t, "api"));
    let owner = json::under(state, "owner")
        .filter(|o| o.s("name").is_some())
        .or_else(|| json::under(state, "actors").map(|a| a.at("0")));
    if let Some(owner) = owner.filter(|o| o.s("name").is_some()) {
        let mut author = build::actor(
            PostKey::new(Platform::Facebook, owner.id("id").unwrap_or_default(), ""),
            None,
            owner.s("name"),
            owner.text("url"),
        );
        author.id = owner.id("id");
        post.author = Some(author);
    }
    let names = ["browser_native_hd_url", "playable_url_quality_hd", "browser_native_sd_url", "playable_url"];
    let files: Vec<Rendition> =
        names.iter().filter_map(|k| json::under(state, k)?.as_str().map(Rendition::of)).collect();
    if let Some(mut medium) = build::rendered(PostMediaKind::Video, files) {
        medium.poster = page.meta(&["og:image"]).map(str::to_owned);
        medium.identity = format!("facebook:{}", post.key.id);
        post.media.push(medium);
    } else {
        opengraph::media(page, &mut post);
    }
    post
}
