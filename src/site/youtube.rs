//! YouTube: the data in the page of a video, oEmbed, the feed of a channel, comments where they are served.

use serde_json::Value;
use url::Url;

use super::answer::{Answer, Credential, Reading, Route, Target, TargetKind, Why, encoded, query, segments};
use super::json::{self, Ask};
use super::{build, embedded, feeds, oembed, opengraph, walls, youtube_comments};
use crate::extract::markup::Page;
use crate::model::post::{CountKind, Missing, PostMediaKind, PostMediaState, Rendition};
use crate::model::{Actor, Finding, Platform, Post, PostKey, PostKind, PostMedia, Verdict};

/// No faster than this.
pub(super) const PACE_MS: u64 = 2_000;

/// What an address is about.
pub(super) fn matches(url: &Url) -> Option<Target> {
    let parts = segments(url);
    let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
    if url.host_str().is_some_and(|h| h.trim_end_matches('.').ends_with("youtu.be")) {
        return parts.first().filter(|id| is_video(id)).map(|id| video(id));
    }
    match parts[..] {
        ["watch"] => query(url, "v").filter(|id| is_video(id)).map(|id| video(&id)),
        ["shorts" | "embed" | "live" | "v" | "e", id, ..] if is_video(id) => Some(video(id)),
        ["playlist"] => query(url, "list").map(|id| {
            let key = PostKey::new(Platform::YouTube, "", format!("list:{id}"));
            Target::new(TargetKind::List, key, format!("https://www.youtube.com/playlist?list={id}"))
        }),
        ["channel", id, ..] if id.starts_with("UC") && id.len() == 24 => Some(channel(id)),
        ["user" | "c", name, ..] => Some(named(&format!("{}/{name}", parts[0]), name)),
        [name, ..] if name.starts_with('@') && name.len() > 1 => Some(named(name, name)),
        _ => None,
    }
}

fn is_video(id: &str) -> bool {
    id.len() == 11 && id.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'))
}

fn video(id: &str) -> Target {
    Target::new(
        TargetKind::Media,
        PostKey::new(Platform::YouTube, "", id),
        format!("https://www.youtube.com/watch?v={id}"),
    )
}

/// The key of a channel.
pub(super) fn channel_key(id: &str) -> PostKey {
    PostKey::new(Platform::YouTube, "", format!("@{id}"))
}

fn channel(id: &str) -> Target {
    Target::new(TargetKind::Account, channel_key(id), format!("https://www.youtube.com/channel/{id}"))
}

fn named(way: &str, name: &str) -> Target {
    let key = PostKey::new(Platform::YouTube, "", format!("@{}", name.trim_start_matches('@').to_lowercase()));
    Target::new(TargetKind::Account, key, format!("https://www.youtube.com/{way}"))
}

/// The requests, best first.
pub(super) fn routes(target: &Target) -> Vec<Route> {
    // Without this cookie some countries are asked for consent first.
    let page = |name, url: String| {
        let mut route = Route::get(name, url, PACE_MS).with(Credential::Cookies);
        route.headers.push(("cookie".into(), "SOCS=CAI".to_owned()));
        route.headers.push(("accept-language".into(), "en".to_owned()));
        route
    };
    let id = target.key.id.trim_start_matches('@');
    match target.kind {
        TargetKind::Account => {
            let mut out = vec![page("videos", format!("{}/videos", target.url))];
            if id.starts_with("UC") {
                out.push(
                    Route::get("feed", format!("https://www.youtube.com/feeds/videos.xml?channel_id={id}"), PACE_MS)
                        .witness(),
                );
            }
            out
        }
        TargetKind::List => {
            let id = id.trim_start_matches("list:");
            vec![
                page("playlist", target.url.clone()),
                Route::get("feed", format!("https://www.youtube.com/feeds/videos.xml?playlist_id={id}"), PACE_MS)
                    .witness(),
            ]
        }
        _ => vec![
            page("watch", target.url.clone()),
            Route::get(
                "oembed",
                format!("https://www.youtube.com/oembed?format=json&url={}", encoded(&target.url)),
                PACE_MS,
            )
            .witness(),
        ],
    }
}

/// What an answer means. The page of a removed video has status 200: only what the player says tells.
pub(super) fn classify(answer: &Answer<'_>, target: &Target) -> Verdict {
    let path = answer.url.path();
    if path.ends_with("/oembed") && answer.status >= 400 && answer.status < 500 && answer.status != 429 {
        return match answer.status {
            401 => Verdict::perhaps(Finding::Private, "private, or embedding is switched off (401)"),
            403 => Verdict::perhaps(Finding::Private, "not to be embedded (403)"),
            _ => Verdict::perhaps(Finding::GoneUnknown, format!("no such video ({})", answer.status)),
        };
    }
    if path.contains("/feeds/") && answer.status == 404 {
        // Feeds of channels that are there answered so for weeks.
        return Verdict::perhaps(Finding::ServerError, "feeds answer 404 for channels that are there as well");
    }
    let verdict = walls::by_status(answer);
    if verdict.finding != Finding::Ok || !answer.is_html() || target.kind != TargetKind::Media {
        return verdict;
    }
    let Some(player) = answer.page(|page| embedded::assigned(page, "ytInitialPlayerResponse")) else { return verdict };
    playable(&player)
}

fn playable(player: &Value) -> Verdict {
    let status = player.s("playabilityStatus.status").unwrap_or("OK");
    let reason =
        player.s("playabilityStatus.reason").or_else(|| player.s("playabilityStatus.messages.0")).unwrap_or("");
    let lower = reason.to_lowercase();
    let has = |words: &[&str]| words.iter().any(|w| lower.contains(w));
    let detail = format!("{status}: {reason}");
    match status {
        "OK" | "LIVE_STREAM_OFFLINE" => Verdict::ok(),
        "LOGIN_REQUIRED" if has(&["not a bot", "confirm you\u{2019}re", "confirm you're"]) => {
            Verdict::of(Finding::Challenge, detail)
        }
        "LOGIN_REQUIRED" if has(&["age", "inappropriate"]) => Verdict::of(Finding::AgeOrGeoWall, detail),
        "LOGIN_REQUIRED" if has(&["private"]) => Verdict::of(Finding::Private, detail),
        "LOGIN_REQUIRED" => Verdict::of(Finding::LoginWall, detail),
        "AGE_VERIFICATION_REQUIRED" | "AGE_CHECK_REQUIRED" | "CONTENT_CHECK_REQUIRED" => {
            Verdict::of(Finding::AgeOrGeoWall, detail)
        }
        _ if has(&["private"]) => Verdict::of(Finding::Private, detail),
        _ if has(&["removed by the uploader", "removed by the user"]) => {
            Verdict::of(Finding::GoneAuthorDeleted, detail)
        }
        _ if has(&[
            "account associated with this video has been terminated",
            "account has been terminated",
            "closed their",
        ]) =>
        {
            Verdict::of(Finding::GoneAccount, detail)
        }
        _ if has(&["copyright", "violat", "removed for", "court", "legal complaint"]) => {
            Verdict::of(Finding::GoneModerated, detail)
        }
        _ if has(&["country", "region", "blocked it"]) => Verdict::of(Finding::AgeOrGeoWall, detail),
        _ if has(&["members", "subscribers", "payment", "purchase", "rent"]) => Verdict::of(Finding::Private, detail),
        _ => Verdict::perhaps(Finding::GoneUnknown, detail),
    }
}

/// What an answer says.
pub(super) fn read(answer: &Answer<'_>, target: &Target) -> Reading {
    if answer.is_xml() {
        return feeds::read(answer, target);
    }
    if !answer.is_html() {
        let Some(value) = answer.json() else { return Reading::new() };
        if oembed::is_one(&value) {
            let mut reading = oembed::reading(&value, target, answer.url);
            no_file(&mut reading);
            return reading;
        }
        return youtube_comments::read(&value, target);
    }
    answer.page(|page| {
        let mut reading = Reading::new();
        reading.site = Some("YouTube".to_owned());
        let data = embedded::assigned(page, "ytInitialData").unwrap_or(Value::Null);
        let player = embedded::assigned(page, "ytInitialPlayerResponse").unwrap_or(Value::Null);
        if target.kind == TargetKind::Media {
            match watch(&player, &data, page, target) {
                Some(post) => reading.put(post),
                None => reading = opengraph::reading(page, target, answer.url),
            }
            reading.lacks(Missing::Replies);
            youtube_comments::ask(&data, page, &mut reading);
        } else {
            reading.actor = channel_of(&data).or_else(|| opengraph::profile(page, target));
            videos(&data, &mut reading);
            if let Some(id) = reading.actor.as_ref().and_then(|a| a.id.clone()).filter(|id| id.starts_with("UC")) {
                let feed = format!("https://www.youtube.com/feeds/videos.xml?channel_id={id}");
                reading.ask(Why::Witness, Route::get("feed", feed, PACE_MS).witness());
            }
            reading.lacks(Missing::OtherPosts);
        }
        no_file(&mut reading);
        reading
    })
}

/// The file itself is not in any of these answers.
fn no_file(reading: &mut Reading) {
    for post in reading.posts.iter_mut().filter(|p| p.kind == PostKind::Video) {
        post.lacks(Missing::OriginalMedia);
    }
}

fn watch(player: &Value, data: &Value, page: &Page<'_, '_>, target: &Target) -> Option<Post> {
    let details = player.at("videoDetails");
    let more = player.at("microformat.playerMicroformatRenderer");
    let title = details.s("title").or_else(|| more.s("title.simpleText"))?;
    let mut post = Post::new(target.key.clone(), PostKind::Video);
    post.sources.set("post", "player-response");
    post.url = Some(target.url.clone());
    post.title = Some(title.to_owned());
    build::say_plain(
        &mut post,
        details.s("shortDescription").or_else(|| more.s("description.simpleText")).unwrap_or(""),
        "player-response",
    );
    let channel = details.s("channelId").or_else(|| more.s("externalChannelId"));
    let name = details.s("author").or_else(|| more.s("ownerChannelName"));
    let own = more.text("ownerProfileUrl").map(|u| u.replacen("http://", "https://", 1));
    let url = own.clone().or_else(|| channel.map(|c| format!("https://www.youtube.com/channel/{c}")));
    let mut author =
        build::actor(channel_key(channel.unwrap_or("")), own.as_deref().and_then(|u| u.split("/@").nth(1)), name, url);
    author.id = channel.map(str::to_owned);
    post.author = Some(author);
    let stated = more.s("publishDate").or_else(|| more.s("uploadDate"));
    let marked = page
        .having(0, "itemprop")
        .find(|(_, p)| matches!(*p, "datePublished" | "uploadDate"))
        .and_then(|(n, _)| page.attr(n, "content"));
    post.created = build::written(stated.or(marked), "api");
    post.tags = build::texts(details.list("keywords"), "");
    build::count(&mut post.counts, CountKind::Views, details.n("viewCount").or_else(|| more.n("viewCount")));
    build::count(&mut post.counts, CountKind::Likes, more.n("likeCount"));
    if post.count(CountKind::Likes).is_none()
        && let Some(label) = json::under(data, "toggledText")
            .and_then(|_| json::under(data, "likeCountIfIndifferent"))
            .and_then(|v| v.text("content"))
    {
        build::shown_count(&mut post.counts, CountKind::Likes, &label, None);
    }
    if details.is("isLiveContent") && more.is("liveBroadcastDetails.isLiveNow") {
        post.kind = PostKind::Live;
    }
    if more.is("isUnlisted") {
        post.labels.push("visibility:unlisted".to_owned());
    }
    post.media.push(film(details, more, player, target));
    let status = player.s("playabilityStatus.status").unwrap_or("OK");
    if status != "OK" {
        post.labels.push(format!("playability:{status}"));
    }
    Some(post)
}

/// The film: its addresses are signed for one visitor and an hour; what is known of it is its number, length and still.
fn film(details: &Value, more: &Value, player: &Value, target: &Target) -> PostMedia {
    let stills = if details.list("thumbnail.thumbnails").is_empty() {
        more.list("thumbnail.thumbnails")
    } else {
        details.list("thumbnail.thumbnails")
    };
    let poster = stills.iter().max_by_key(|t| t.n("width").unwrap_or(0)).and_then(|t| t.text("url"));
    let formats = player.list("streamingData.formats").iter().filter_map(|f| {
        Some(Rendition {
            width: build::pixels(f.n("width")),
            height: build::pixels(f.n("height")),
            mime: f.s("mimeType").map(|m| m.split(';').next().unwrap_or(m).to_owned()),
            bytes: f.n("contentLength"),
            bitrate: f.n("bitrate"),
            ..Rendition::of(f.s("url")?)
        })
    });
    let renditions: Vec<Rendition> = formats.take(20).collect();
    let seconds = details.n("lengthSeconds").or_else(|| more.n("lengthSeconds"));
    let state = if renditions.is_empty() { PostMediaState::UnavailableOnWeb } else { PostMediaState::Offered };
    PostMedia {
        identity: target.key.to_string(),
        renditions,
        poster,
        duration_ms: seconds.filter(|s| *s > 0).map(|s| s * 1_000),
        state,
        ..build::bare(PostMediaKind::Video)
    }
}

fn channel_of(data: &Value) -> Option<Actor> {
    let told = json::under(data, "channelMetadataRenderer")?;
    let id = told.s("externalId")?;
    let handle = told.s("vanityChannelUrl").and_then(|u| u.rsplit('/').next()).filter(|h| h.starts_with('@'));
    let mut actor =
        build::actor(channel_key(id), handle, told.s("title"), Some(format!("https://www.youtube.com/channel/{id}")));
    actor.id = Some(id.to_owned());
    actor.description = told.text("description");
    actor.avatar = told.text("avatar.thumbnails.0.url");
    Some(actor)
}

/// The videos that a page of a channel or a list shows.
fn videos(data: &Value, reading: &mut Reading) {
    for key in ["videoRenderer", "gridVideoRenderer", "playlistVideoRenderer", "reelItemRenderer", "lockupViewModel"] {
        for found in json::with_key(data, key) {
            let video = found.at(key);
            let Some(id) = video.s("videoId").or_else(|| video.s("contentId")).filter(|id| is_video(id)) else {
                continue;
            };
            let title = video
                .s("title.runs.0.text")
                .or_else(|| video.s("title.simpleText"))
                .or_else(|| video.s("headline.simpleText"));
            let title = title.or_else(|| video.s("metadata.lockupMetadataViewModel.title.content"));
            let url = format!("https://www.youtube.com/watch?v={id}");
            if reading.entries.iter().all(|e| e.url != url) && reading.entries.len() < 2_000 {
                reading.entries.push(crate::model::Entry {
                    url,
                    identity: Some(PostKey::new(Platform::YouTube, "", id).to_string()),
                    title: title.unwrap_or("").chars().take(200).collect(),
                    published: None,
                    modified: None,
                    is_list: false,
                });
            }
        }
    }
}
