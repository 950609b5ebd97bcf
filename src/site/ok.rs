//! Odnoklassniki: videos by the data of their frame, posts by their markup and tags for previews.

use serde_json::Value;
use url::Url;

use super::answer::{Answer, Credential, Reading, Route, Target, TargetKind, is_name, is_number, segments};
use super::json::{self, Ask};
use super::{build, opengraph, walls};
use crate::extract::markup::Page;
use crate::model::post::{Missing, PostMediaKind, Rendition};
use crate::model::{Finding, Platform, Post, PostKey, PostKind, Verdict};

const PACE_MS: u64 = 2_000;

/// What an address is about.
pub(super) fn matches(url: &Url) -> Option<Target> {
    let parts = segments(url);
    let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
    match parts[..] {
        ["video" | "videoembed" | "live", id] if is_number(id) => Some(Target::new(
            TargetKind::Media,
            PostKey::new(Platform::Ok, "video", id),
            format!("https://ok.ru/video/{id}"),
        )),
        ["group", owner, "topic", id, ..]
        | ["profile", owner, "statuses", id, ..]
        | [owner, "topic", id, ..]
        | [owner, "statuses", id, ..]
            if is_number(id) =>
        {
            let mut plain = url.clone();
            plain.set_query(None);
            plain.set_fragment(None);
            Some(Target::new(TargetKind::Post, PostKey::new(Platform::Ok, owner, id), plain.to_string()))
        }
        ["group" | "profile", owner, ..] => Some(Target::new(
            TargetKind::Account,
            PostKey::new(Platform::Ok, owner, ""),
            format!("https://ok.ru/{}/{owner}", parts[0]),
        )),
        [name] if is_name(name) && !matches!(name, "dk" | "feed" | "login" | "search" | "help") => Some(Target::new(
            TargetKind::Account,
            PostKey::new(Platform::Ok, name.to_lowercase(), ""),
            format!("https://ok.ru/{name}"),
        )),
        _ => None,
    }
}

/// The requests, best first.
pub(super) fn routes(target: &Target) -> Vec<Route> {
    let page = Route::get("page", target.url.clone(), PACE_MS).with(Credential::Cookies);
    match target.kind {
        TargetKind::Media => {
            vec![Route::get("embed", format!("https://ok.ru/videoembed/{}", target.key.id), PACE_MS), page.witness()]
        }
        _ => vec![page],
    }
}

/// What an answer means.
pub(super) fn classify(answer: &Answer<'_>, _: &Target) -> Verdict {
    let verdict = walls::by_status(answer);
    if verdict.finding != Finding::Ok {
        return verdict;
    }
    answer.page(|page| {
        if let Some(stub) = page.first(0, "vp_video_stub_txt") {
            let words = page.text(stub);
            let lower = words.to_lowercase();
            let has = |w: &[&str]| w.iter().any(|w| lower.contains(w));
            return match () {
                () if has(&["blocked", "заблокирован", "copyright", "правообладател"])
                    && !has(&["not been found", "не найдено"]) =>
                {
                    Verdict::of(Finding::GoneModerated, words)
                }
                () if has(&["author", "автор"]) && has(&["deleted", "удал"]) => {
                    Verdict::of(Finding::GoneAuthorDeleted, words)
                }
                () if has(&["access", "доступ"]) => Verdict::of(Finding::Private, words),
                // "has not been found or is blocked"
                () => Verdict::perhaps(Finding::GoneUnknown, words),
            };
        }
        let form =
            page.having(0, "id").any(|(_, id)| id == "anonymPageContent") || page.first(0, "anonym__login").is_some();
        if form && page.meta(&["og:description"]).is_none() && player(page).is_none() {
            return Verdict::perhaps(Finding::LoginWall, "a page to log in stands in its place");
        }
        Verdict::ok()
    })
}

/// What an answer says.
pub(super) fn read(answer: &Answer<'_>, target: &Target) -> Reading {
    answer.page(|page| {
        let mut reading = Reading::new();
        if let Some(post) = player(page).and_then(|p| film(&p, target)) {
            reading.put(post);
        } else {
            reading = opengraph::reading(page, target, answer.url);
            let text = page.first(0, "media-text_cnt");
            for post in &mut reading.posts {
                if let Some(text) = text {
                    build::put_piece(post, page.piece(text), "page");
                    post.missing.retain(|m| *m != Missing::TextTruncated);
                }
            }
        }
        reading.site = Some("OK".to_owned());
        reading.lacks(Missing::Replies);
        reading
    })
}

/// The data of the player: JSON in an attribute, and in that JSON in a text.
fn player(page: &Page<'_, '_>) -> Option<Value> {
    let marked = page.having(0, "data-module").find(|(_, m)| *m == "OKVideo").map(|(n, _)| n);
    let options = marked
        .and_then(|n| page.attr(n, "data-options"))
        .or_else(|| page.having(0, "data-options").map(|(_, o)| o).find(|o| o.contains("flashvars")))?;
    let options = json::first(options)?;
    json::first(options.s("flashvars.metadata")?)
}

fn film(data: &Value, target: &Target) -> Option<Post> {
    let movie = data.at("movie");
    let mut post = Post::new(target.key.clone(), PostKind::Video);
    post.sources.set("post", "player");
    post.url = Some(target.url.clone());
    post.title = Some(movie.s("title")?.to_owned());
    if let Some(name) = data.s("author.name") {
        let url =
            data.s("author.profile").and_then(|p| Url::parse("https://ok.ru/").ok()?.join(p).ok()).map(String::from);
        let mut author = build::actor(
            PostKey::new(Platform::Ok, data.id("author.id").unwrap_or_default(), ""),
            None,
            Some(name),
            url,
        );
        author.id = data.id("author.id");
        post.author = Some(author);
    }
    let order = ["full", "ultra", "quad", "hd", "sd", "low", "lowest", "mobile"];
    let mut files: Vec<(usize, Rendition)> = data
        .list("videos")
        .iter()
        .filter_map(|v| {
            let place = order.iter().position(|o| v.s("name") == Some(o)).unwrap_or(order.len());
            Some((place, Rendition { mime: Some("video/mp4".to_owned()), ..Rendition::of(v.s("url")?) }))
        })
        .collect();
    files.sort_by_key(|(place, _)| *place);
    let playlists = ["hlsManifestUrl", "ondemandHls"]
        .iter()
        .filter_map(|p| data.s(p))
        .map(|u| Rendition { mime: Some("application/vnd.apple.mpegurl".to_owned()), ..Rendition::of(u) });
    let mut medium =
        build::rendered(PostMediaKind::Video, files.into_iter().map(|(_, r)| r).chain(playlists).collect())
            .unwrap_or_else(|| build::bare(PostMediaKind::Video));
    medium.identity = target.key.to_string();
    medium.poster = movie.text("poster");
    medium.duration_ms = movie.n("duration").map(|d| d * 1_000);
    post.media.push(medium);
    post.lacks(Missing::CreatedTime);
    Some(post)
}
