//! TikTok: the state in the page of a video or a profile, and oEmbed.

use serde_json::Value;
use url::Url;

use super::answer::{Answer, Credential, Reading, Route, Target, TargetKind, Why, encoded, is_number, segments};
use super::json::{self, Ask};
use super::{build, embedded, oembed, opengraph, walls};
use crate::model::post::{CountKind, Missing, PostMediaKind, Rendition};
use crate::model::{Actor, Finding, Platform, Post, PostKey, PostKind, PostMedia, Verdict};

const PACE_MS: u64 = 2_000;

/// What an address is about.
pub(super) fn matches(url: &Url) -> Option<Target> {
    let parts = segments(url);
    let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
    match parts[..] {
        [user, kind @ ("video" | "photo"), id, ..] if user.starts_with('@') && is_number(id) => {
            Some(video(user, kind, id))
        }
        ["embed", "v2" | "v3", id] | ["embed", id] | ["v", id] | ["player", "v1", id]
            if is_number(id.trim_end_matches(".html")) =>
        {
            Some(video("@", "video", id.trim_end_matches(".html")))
        }
        ["tag", tag] => {
            Some(Target::new(TargetKind::List, PostKey::new(Platform::TikTok, "", format!("#{tag}")), url.to_string()))
        }
        [user] | ["embed", user] if user.len() > 1 && user.starts_with('@') => {
            Some(Target::new(TargetKind::Account, account_key(user), format!("https://www.tiktok.com/{user}")))
        }
        _ => None,
    }
}

fn account_key(name: &str) -> PostKey {
    PostKey::new(Platform::TikTok, "", format!("@{}", name.trim_start_matches('@').to_lowercase()))
}

fn video(user: &str, kind: &str, id: &str) -> Target {
    Target::new(
        TargetKind::Media,
        PostKey::new(Platform::TikTok, "", id),
        format!("https://www.tiktok.com/{user}/{kind}/{id}"),
    )
}

/// The requests, best first.
pub(super) fn routes(target: &Target) -> Vec<Route> {
    let page = Route::get("page", target.url.clone(), PACE_MS).with(Credential::Cookies);
    let oembed =
        Route::get("oembed", format!("https://www.tiktok.com/oembed?url={}", encoded(&target.url)), PACE_MS).witness();
    let id = &target.key.id;
    match target.kind {
        TargetKind::Account => {
            vec![page, Route::get("embed", format!("https://www.tiktok.com/embed/{id}"), PACE_MS).witness(), oembed]
        }
        TargetKind::Media | TargetKind::Post => {
            vec![page, oembed, Route::get("embed", format!("https://www.tiktok.com/embed/v2/{id}"), PACE_MS).witness()]
        }
        _ => vec![page],
    }
}

/// What an answer means.
pub(super) fn classify(answer: &Answer<'_>, _: &Target) -> Verdict {
    let verdict = walls::by_status(answer);
    if answer.url.path().ends_with("/oembed") && (400..500).contains(&answer.status) {
        return Verdict::perhaps(Finding::GoneUnknown, "oEmbed knows no such video");
    }
    if verdict.finding != Finding::Ok || !answer.is_html() {
        return verdict;
    }
    answer.page(|page| {
        let state = embedded::by_id(page, "__UNIVERSAL_DATA_FOR_REHYDRATION__");
        let other = embedded::by_id(page, "SIGI_STATE")
            .or_else(|| embedded::by_id(page, "__NEXT_DATA__"))
            .or_else(|| embedded::by_id(page, "__FRONTITY_CONNECT_STATE__"));
        let Some(state) = state else {
            // A page without its state is the work of a guard, whatever it says.
            return if other.is_none() && page.meta(&["og:title"]).is_none() {
                Verdict::of(Finding::Challenge, "the page came without its data")
            } else {
                Verdict::ok()
            };
        };
        let scope = state.at("__DEFAULT_SCOPE__");
        let detail = scope.get("webapp.video-detail").or_else(|| scope.get("webapp.user-detail"));
        let Some(detail) = detail else { return Verdict::ok() };
        by_code(detail)
    })
}

fn by_code(detail: &Value) -> Verdict {
    let code = detail.at("statusCode").as_i64().unwrap_or(0);
    let said = format!("{code}: {}", detail.s("statusMsg").unwrap_or(""));
    match code {
        0 if detail.is("itemInfo.itemStruct.isContentClassified") => {
            Verdict::of(Finding::AgeOrGeoWall, "classified as not for everybody")
        }
        0 => Verdict::ok(),
        10_204 => Verdict::perhaps(Finding::AgeOrGeoWall, format!("not shown to this address ({said})")),
        10_216 | 10_222 => Verdict::of(Finding::Private, said),
        10_202 | 10_221 | 10_223 => Verdict::of(Finding::GoneAccount, said),
        10_215 | 10_217 | 10_231 => Verdict::perhaps(Finding::GoneUnknown, said),
        100_004 => Verdict::of(Finding::RateLimited, said),
        _ => Verdict::perhaps(Finding::GoneUnknown, said),
    }
}

/// What an answer says.
pub(super) fn read(answer: &Answer<'_>, target: &Target) -> Reading {
    if !answer.is_html() {
        return match answer.json() {
            Some(value) if oembed::is_one(&value) => of_oembed(&value, target, answer.url),
            _ => Reading::new(),
        };
    }
    answer.page(|page| {
        let mut reading = Reading::new();
        reading.site = Some("TikTok".to_owned());
        let states =
            ["__UNIVERSAL_DATA_FOR_REHYDRATION__", "SIGI_STATE", "__NEXT_DATA__", "__FRONTITY_CONNECT_STATE__"];
        for state in states.iter().filter_map(|id| embedded::by_id(page, id)) {
            for item in json::with_key(&state, "createTime").into_iter().chain(items(&state)) {
                if item.get("desc").is_some()
                    && item.id("id").is_some_and(|id| is_number(&id) && reading.posts.iter().all(|p| p.key.id != id))
                {
                    reading.put(post(item));
                }
            }
            if reading.actor.is_none() {
                reading.actor = json::under(&state, "userInfo").and_then(user);
            }
        }
        if reading.is_empty() {
            reading = opengraph::reading(page, target, answer.url);
        } else if target.kind != TargetKind::Account {
            reading.actor = None;
            // What is shown beside the video is another's.
            reading.posts.sort_by_key(|p| p.key != target.key);
            reading.posts.truncate(1);
        } else {
            reading.lacks(Missing::OtherPosts);
        }
        reading.lacks(Missing::Replies);
        if target.kind == TargetKind::Media {
            let oembed = routes(target).into_iter().find(|r| r.name == "oembed");
            oembed.into_iter().for_each(|route| reading.ask(Why::Witness, route));
        }
        reading
    })
}

/// Items that stand inside of others with a time of their own.
fn items(state: &Value) -> Vec<&Value> {
    json::with_key(state, "itemStruct").into_iter().map(|v| v.at("itemStruct")).collect()
}

fn user(info: &Value) -> Option<Actor> {
    let user = info.at("user");
    let name = user.s("uniqueId")?;
    let mut actor = build::actor(
        account_key(name),
        Some(name),
        user.s("nickname"),
        Some(format!("https://www.tiktok.com/@{name}")),
    );
    actor.id = user.id("id");
    actor.avatar = user.text("avatarLarger");
    actor.verified = user.get("verified").map(|_| user.is("verified"));
    actor.description = user.text("signature");
    actor.created = build::epoch(user.at("createTime"), "api");
    let stats = if info.at("statsV2").is_object() { info.at("statsV2") } else { info.at("stats") };
    for (kind, path) in [
        (CountKind::Followers, "followerCount"),
        (CountKind::Following, "followingCount"),
        (CountKind::Videos, "videoCount"),
        (CountKind::Likes, "heartCount"),
    ] {
        build::count(&mut actor.counts, kind, stats.n(path));
    }
    Some(actor)
}

fn post(item: &Value) -> Post {
    let id = item.id("id").unwrap_or_default();
    let mut post = Post::new(PostKey::new(Platform::TikTok, "", id.clone()), PostKind::Video);
    post.sources.set("post", "rehydration");
    let name = item.s("author.uniqueId").or_else(|| item.s("author"));
    post.url = Some(format!("https://www.tiktok.com/@{}/video/{id}", name.unwrap_or("")));
    if let Some(name) = name {
        let mut author = build::actor(
            account_key(name),
            Some(name),
            item.s("author.nickname").or_else(|| item.s("nickname")),
            Some(format!("https://www.tiktok.com/@{name}")),
        );
        author.id = item.id("author.id").or_else(|| item.id("authorId"));
        author.avatar = item.text("author.avatarLarger");
        author.verified = item.at("author.verified").as_bool();
        post.author = Some(author);
    }
    // Long texts of posts with pictures stand in pieces.
    let pieces: Vec<&str> = item.list("contents").iter().filter_map(|c| c.s("desc")).collect();
    let text = if pieces.is_empty() { item.s("desc").unwrap_or("").to_owned() } else { pieces.join("\n") };
    build::say_plain(&mut post, &text, "rehydration");
    post.created = build::epoch(item.at("createTime"), "api");
    post.tags = build::texts(item.list("textExtra"), "hashtagName");
    let contents: Vec<Value> = item.list("contents").iter().flat_map(|c| c.list("textExtra")).cloned().collect();
    for tag in build::texts(&contents, "hashtagName") {
        if !post.tags.contains(&tag) {
            post.tags.push(tag);
        }
    }
    post.language = item.text("textLanguage").filter(|l| l != "un");
    let stats = if item.at("statsV2").is_object() { item.at("statsV2") } else { item.at("stats") };
    for (kind, path) in [
        (CountKind::Likes, "diggCount"),
        (CountKind::Shares, "shareCount"),
        (CountKind::Replies, "commentCount"),
        (CountKind::Views, "playCount"),
        (CountKind::Bookmarks, "collectCount"),
        (CountKind::Reposts, "repostCount"),
    ] {
        build::count(&mut post.counts, kind, stats.n(path));
    }
    for (path, label) in
        [("privateItem", "private"), ("takeDown", "taken-down"), ("IsAigc", "made-by-machine"), ("isAd", "advertising")]
    {
        if item.is(path) {
            post.labels.push(label.to_owned());
        }
    }
    let pictures = item.list("imagePost.images").iter().take(100).filter_map(|i| {
        let (width, height) = (build::pixels(i.n("imageWidth")), build::pixels(i.n("imageHeight")));
        let urls = i.list("imageURL.urlList").iter().filter_map(Value::as_str);
        build::rendered(PostMediaKind::Image, urls.map(|u| Rendition { width, height, ..Rendition::of(u) }).collect())
    });
    post.media = pictures.collect();
    if post.media.is_empty() {
        post.media.extend(film(item.at("video"), &id));
    } else {
        post.kind = PostKind::Image;
    }
    post.lacks(Missing::Replies);
    post
}

fn film(video: &Value, id: &str) -> Option<PostMedia> {
    let sized = |url: &str, bitrate: Option<u64>, at: &Value| Rendition {
        width: build::pixels(at.n("Width").or_else(|| video.n("width"))),
        height: build::pixels(at.n("Height").or_else(|| video.n("height"))),
        mime: Some("video/mp4".to_owned()),
        bytes: at.n("DataSize"),
        bitrate,
        ..Rendition::of(url)
    };
    let mut renditions: Vec<Rendition> = Vec::new();
    for kind in video.list("bitrateInfo").iter().take(20) {
        let urls = kind.list("PlayAddr.UrlList").iter().filter_map(Value::as_str);
        renditions.extend(urls.take(2).map(|u| sized(u, kind.n("Bitrate"), kind.at("PlayAddr"))));
    }
    renditions.sort_by_key(|r| std::cmp::Reverse(r.bitrate.unwrap_or(0)));
    for path in ["playAddr", "downloadAddr"] {
        if let Some(url) = video.s(path).filter(|u| u.starts_with("http") && renditions.iter().all(|r| r.url != *u)) {
            renditions.push(sized(url, video.n("bitrate"), video));
        }
    }
    let poster = video.text("originCover").or_else(|| video.text("cover"));
    if renditions.is_empty() && poster.is_none() {
        return None;
    }
    let duration_ms = video.n("duration").filter(|d| *d > 0).map(|d| d * 1_000);
    let state = if renditions.is_empty() {
        crate::model::post::PostMediaState::UnavailableOnWeb
    } else {
        crate::model::post::PostMediaState::Offered
    };
    // Addresses are signed and change with every visit.
    Some(PostMedia {
        identity: format!("tiktok:{id}"),
        renditions,
        poster,
        duration_ms,
        state,
        ..build::bare(PostMediaKind::Video)
    })
}

fn of_oembed(value: &Value, target: &Target, base: &Url) -> Reading {
    let mut reading = oembed::reading(value, target, base);
    if let Some(post) = reading.posts.first_mut() {
        // The title is the whole text.
        if let Some(title) = post.title.take() {
            build::say_plain(post, &title, "oembed");
        }
        if let Some(id) = value.s("embed_product_id").filter(|id| is_number(id)) {
            post.key = PostKey::new(Platform::TikTok, "", id);
        }
    }
    reading
}
