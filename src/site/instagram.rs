//! Instagram: what the page of a post has for previews and in its state; nearly all else is behind a login.

use serde_json::Value;
use url::Url;

use super::answer::{Answer, Credential, Reading, Route, Target, TargetKind, is_name, segments};
use super::json::{self, Ask};
use super::{build, embedded, opengraph, walls};
use crate::extract::markup::Page;
use crate::model::post::{CountKind, Missing, PostMediaKind, Rendition};
use crate::model::{Finding, Platform, Post, PostKey, PostKind, PostMedia, Verdict};

const PACE_MS: u64 = 2_000;
const NOT_NAMES: [&str; 10] =
    ["accounts", "explore", "about", "developer", "legal", "direct", "web", "challenge", "stories", "api"];

/// What an address is about.
pub(super) fn matches(url: &Url) -> Option<Target> {
    let parts = segments(url);
    let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
    match parts[..] {
        ["p" | "reel" | "reels" | "tv", code, ..] | [_, "p" | "reel" | "tv", code, ..] if is_code(code) => {
            Some(Target::new(
                TargetKind::Post,
                PostKey::new(Platform::Instagram, "", code),
                format!("https://www.instagram.com/p/{code}/"),
            ))
        }
        ["explore", "tags", tag, ..] => Some(Target::new(
            TargetKind::List,
            PostKey::new(Platform::Instagram, "", format!("#{tag}")),
            url.to_string(),
        )),
        [name] | [name, "reels" | "tagged"] if is_name(name) && !NOT_NAMES.contains(&name) => {
            Some(Target::new(TargetKind::Account, account_key(name), format!("https://www.instagram.com/{name}/")))
        }
        _ => None,
    }
}

fn is_code(text: &str) -> bool {
    (5..=64).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'))
}

fn account_key(name: &str) -> PostKey {
    PostKey::new(Platform::Instagram, "", format!("@{}", name.to_lowercase()))
}

/// The number that a code stands for: base 64 with the letters of addresses.
fn number(code: &str) -> Option<u64> {
    const SIGNS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let code = code.get(..code.len().min(11))?;
    code.bytes().try_fold(0u64, |n, b| Some(n.checked_mul(64)? + SIGNS.iter().position(|s| *s == b)? as u64))
}

/// The requests, best first.
pub(super) fn routes(target: &Target) -> Vec<Route> {
    let page = Route::get("page", target.url.clone(), PACE_MS).with(Credential::Cookies);
    match target.kind {
        TargetKind::Post => {
            vec![page, Route::get("embed", format!("{}embed/captioned/", target.url), PACE_MS).witness()]
        }
        _ => vec![page],
    }
}

/// What an answer means.
pub(super) fn classify(answer: &Answer<'_>, target: &Target) -> Verdict {
    let verdict = walls::by_status(answer);
    if verdict.finding != Finding::Ok || !answer.is_html() {
        return verdict;
    }
    answer.page(|page| {
        let title = page.meta(&["og:title"]).or_else(|| page.title()).unwrap_or("").to_lowercase();
        let described = page.meta(&["og:description", "og:image"]).is_some();
        if title.starts_with("page not found") || title.contains("page couldn't load") {
            return Verdict::perhaps(Finding::Soft404, "the page says that it is not there");
        }
        if answer.says("EmbedIsBroken") || answer.says("Embed broken") {
            return Verdict::perhaps(
                Finding::GoneUnknown,
                "the embed is broken: removed, private, or not to be embedded",
            );
        }
        let embedded = page.first(0, "Embed").is_some() || page.first(0, "CaptionUsername").is_some();
        let empty = matches!(title.as_str(), "" | "instagram" | "login • instagram");
        if empty && !described && !embedded && !has_state(page, target) {
            return Verdict::perhaps(
                Finding::LoginWall,
                "an empty page of the application; nothing is told without a login",
            );
        }
        Verdict::ok()
    })
}

fn has_state(page: &Page<'_, '_>, target: &Target) -> bool {
    embedded::marked(page, "data-sjs").iter().any(|v| media_of(v, target).is_some())
}

/// The medium of the target in a state.
fn media_of<'v>(state: &'v Value, target: &Target) -> Option<&'v Value> {
    let found = json::with_key(state, "code").into_iter().chain(json::with_key(state, "shortcode"));
    let code = |v: &&Value| v.s("code").or_else(|| v.s("shortcode")) == Some(target.key.id.as_str());
    found
        .into_iter()
        .filter(code)
        .find(|v| v.get("caption").is_some() || v.get("image_versions2").is_some() || v.get("display_url").is_some())
}

/// What an answer says.
pub(super) fn read(answer: &Answer<'_>, target: &Target) -> Reading {
    if !answer.is_html() {
        let value = answer.json().unwrap_or(Value::Null);
        let mut reading = Reading::new();
        if let Some(medium) = media_of(&value, target) {
            reading.put(of_state(medium, target));
        }
        return reading;
    }
    answer.page(|page| {
        let states = embedded::marked(page, "data-sjs");
        let shared = embedded::assigned(page, "window._sharedData");
        let found = states.iter().chain(&shared).find_map(|state| media_of(state, target));
        // A state may name the post and say nothing of it.
        let found = found.filter(|medium| {
            let post = of_state(medium, target);
            !post.text.is_empty() || !post.media.is_empty()
        });
        let mut reading = match found {
            Some(medium) => {
                let mut reading = Reading::new();
                reading.put(of_state(medium, target));
                reading
            }
            None => opengraph::reading(page, target, answer.url),
        };
        reading.site = Some("Instagram".to_owned());
        if found.is_none() {
            for post in &mut reading.posts {
                from_title(post, page);
            }
            if let Some(actor) = &mut reading.actor {
                // `NAME (@HANDLE) • Instagram photos and videos`
                let title = actor.name.take().unwrap_or_default();
                let name = title.split(" • ").next().unwrap_or(&title);
                let handle = name.split("(@").nth(1).map(|h| h.trim_end_matches(')').to_owned());
                actor.name = Some(name.split(" (@").next().unwrap_or(name).to_owned());
                actor.handle = handle.or_else(|| Some(target.key.id.trim_start_matches('@').to_owned()));
                if let Some(about) = &actor.description {
                    let parts: Vec<String> =
                        about.split(" - ").next().unwrap_or("").split(", ").map(str::to_owned).collect();
                    for part in parts {
                        let kind = match part.split_whitespace().last().unwrap_or("") {
                            "Followers" => CountKind::Followers,
                            "Following" => CountKind::Following,
                            "Posts" => CountKind::Posts,
                            _ => continue,
                        };
                        build::shown_count(&mut actor.counts, kind, &part, None);
                    }
                }
            }
        }
        let posts = reading.posts.len();
        for post in &mut reading.posts {
            // The code has a clock as well.
            if posts == 1 && post.created.is_none() {
                let ms = number(&post.key.id).and_then(|n| super::clocks::of(Platform::Instagram, &n.to_string()));
                post.created = ms.and_then(|ms| build::instant(ms, "id"));
                post.missing.retain(|m| *m != Missing::CreatedTime || post.created.is_none());
            }
        }
        reading.lacks(Missing::Replies);
        reading
    })
}

/// `NAME on Instagram: "words"` and `N likes, M comments - HANDLE on DATE: "words"`.
fn from_title(post: &mut Post, page: &Page<'_, '_>) {
    let title = post.title.take().unwrap_or_default();
    let quoted = |text: &str| {
        let from = text.find(": \"").map(|at| at + 3).or_else(|| text.find(": “").map(|at| at + ": “".len()))?;
        Some(text[from..].trim_end_matches(['.', ' ']).trim_end_matches(['"', '”']).to_owned())
    };
    let name = title.split(" on Instagram").next().filter(|n| title.contains(" on Instagram") && !n.is_empty());
    let about = page.meta(&["og:description", "description"]).unwrap_or("").to_owned();
    let words = quoted(&title).or_else(|| quoted(&about));
    let counts = about.split(" - ").next().unwrap_or("");
    for part in counts.split(", ") {
        let kind = match part.split_whitespace().last().unwrap_or("").to_lowercase().as_str() {
            "likes" | "like" => CountKind::Likes,
            "comments" | "comment" => CountKind::Replies,
            _ => continue,
        };
        build::shown_count(&mut post.counts, kind, part, None);
    }
    let signed =
        about.split(" - ").nth(1).and_then(|s| s.split(" on ").next()).map(|h| h.trim_start_matches('@').trim());
    let handle = signed.filter(|h| is_name(h) && h.len() <= 30);
    let day = about.split(" on ").nth(1).and_then(|d| d.split(':').next()).filter(|_| handle.is_some());
    if post.created.is_none() {
        post.created = build::written(day, "og");
    }
    if name.is_some() || handle.is_some() {
        let url = handle.map(|h| format!("https://www.instagram.com/{h}/"));
        let key = handle.map_or_else(|| PostKey::new(Platform::Instagram, "", ""), account_key);
        post.author = Some(build::actor(key, handle, name, url));
    }
    match words {
        Some(words) => build::say_plain(post, &words, "og"),
        None if !title.is_empty() => post.title = Some(title),
        None => {}
    }
}

/// A medium of the state: pictures, films, albums.
fn of_state(medium: &Value, target: &Target) -> Post {
    let mut post = Post::new(target.key.clone(), PostKind::Post);
    post.sources.set("post", "state");
    post.url = Some(target.url.clone());
    let caption = medium.s("caption.text").or_else(|| medium.s("edge_media_to_caption.edges.0.node.text"));
    build::say_plain(&mut post, caption.unwrap_or(""), "state");
    let time = if medium.at("taken_at").is_null() { medium.at("taken_at_timestamp") } else { medium.at("taken_at") };
    post.created = build::epoch(time, "api");
    let user = if medium.at("user").is_object() { medium.at("user") } else { medium.at("owner") };
    if let Some(name) = user.s("username") {
        let mut author = build::actor(
            account_key(name),
            Some(name),
            user.s("full_name"),
            Some(format!("https://www.instagram.com/{name}/")),
        );
        author.id = user.id("pk").or_else(|| user.id("id"));
        author.avatar = user.text("profile_pic_url");
        author.verified = user.at("is_verified").as_bool();
        post.author = Some(author);
    }
    let album = [medium.list("carousel_media"), medium.list("edge_sidecar_to_children.edges")].concat();
    let parts: Vec<&Value> =
        album.iter().map(|part| if part.at("node").is_object() { part.at("node") } else { part }).collect();
    let parts = if parts.is_empty() { vec![medium] } else { parts };
    post.media = parts.into_iter().take(50).filter_map(part_of).collect();
    for (kind, path) in [
        (CountKind::Likes, "like_count"),
        (CountKind::Replies, "comment_count"),
        (CountKind::Views, "view_count"),
        (CountKind::Likes, "edge_media_preview_like.count"),
        (CountKind::Replies, "edge_media_to_parent_comment.count"),
    ] {
        if post.count(kind).is_none() {
            build::count(&mut post.counts, kind, medium.n(path));
        }
    }
    post
}

fn part_of(part: &Value) -> Option<PostMedia> {
    let sized = |v: &Value, path: &str| {
        Some(Rendition {
            width: build::pixels(v.n("width").or_else(|| v.n("config_width"))),
            height: build::pixels(v.n("height").or_else(|| v.n("config_height"))),
            ..Rendition::of(v.s(path)?)
        })
    };
    let mut stills: Vec<Rendition> =
        part.list("image_versions2.candidates").iter().filter_map(|c| sized(c, "url")).collect();
    stills.extend(part.list("display_resources").iter().rev().filter_map(|c| sized(c, "src")));
    stills.extend(part.s("display_url").filter(|u| stills.iter().all(|r| r.url != *u)).map(Rendition::of));
    stills.sort_by_key(|r| std::cmp::Reverse(r.width.unwrap_or(0)));
    let mut films: Vec<Rendition> = part.list("video_versions").iter().filter_map(|c| sized(c, "url")).collect();
    films.extend(part.s("video_url").map(Rendition::of));
    let poster = stills.first().map(|r| r.url.clone());
    let mut medium = if films.is_empty() {
        build::rendered(PostMediaKind::Image, stills)?
    } else {
        build::rendered(PostMediaKind::Video, films)?
    };
    if medium.kind == PostMediaKind::Video {
        medium.poster = poster;
    }
    if let Some(id) = part.id("pk").or_else(|| part.id("id")) {
        medium.identity = format!("instagram:{id}");
    }
    medium.alt = part.s("accessibility_caption").unwrap_or("").to_owned();
    Some(medium)
}
