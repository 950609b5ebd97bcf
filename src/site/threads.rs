//! Threads: what the page of a post has for previews and in its state.

use serde_json::Value;
use url::Url;

use super::answer::{Answer, Credential, Reading, Route, Target, TargetKind, encoded, is_name, segments};
use super::json::{self, Ask};
use super::{build, embedded, oembed, opengraph, walls};
use crate::model::post::{CountKind, Missing, PostMediaKind, Relation, RelationKind, Rendition};
use crate::model::{Finding, Platform, Post, PostKey, PostKind, PostMedia, Verdict};

const PACE_MS: u64 = 2_000;

/// What an address is about.
pub(super) fn matches(url: &Url) -> Option<Target> {
    let parts = segments(url);
    let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
    match parts[..] {
        [user, "post", code, ..] if user.starts_with('@') => Some(Target::new(
            TargetKind::Post,
            PostKey::new(Platform::Threads, "", code),
            format!("https://www.threads.com/{user}/post/{code}"),
        )),
        ["t", code] => Some(Target::new(
            TargetKind::Post,
            PostKey::new(Platform::Threads, "", code),
            format!("https://www.threads.com/t/{code}"),
        )),
        [user] | [user, "replies" | "media" | "reposts"]
            if user.starts_with('@') && is_name(user.trim_start_matches('@')) =>
        {
            Some(Target::new(TargetKind::Account, account_key(user), format!("https://www.threads.com/{user}")))
        }
        _ => None,
    }
}

fn account_key(name: &str) -> PostKey {
    PostKey::new(Platform::Threads, "", format!("@{}", name.trim_start_matches('@').to_lowercase()))
}

/// The requests, best first.
pub(super) fn routes(target: &Target) -> Vec<Route> {
    let page = Route::get("page", target.url.clone(), PACE_MS).with(Credential::Cookies);
    match target.kind {
        TargetKind::Post => vec![
            page,
            Route::get(
                "oembed",
                format!("https://graph.threads.net/v1.0/oembed?url={}", encoded(&target.url)),
                PACE_MS,
            )
            .witness(),
        ],
        _ => vec![page],
    }
}

/// What an answer means.
pub(super) fn classify(answer: &Answer<'_>, _: &Target) -> Verdict {
    let verdict = walls::by_status(answer);
    if verdict.finding != Finding::Ok || !answer.is_html() {
        return verdict;
    }
    answer.page(|page| {
        let title = page.meta(&["og:title"]).or_else(|| page.title()).unwrap_or("");
        let told = page.meta(&["og:description"]).is_some_and(|d| !d.starts_with("Join Threads"))
            || !embedded::marked(page, "data-sjs").is_empty();
        if !told && matches!(title, "" | "Threads" | "Threads • Log in" | "Threads, an Instagram app") {
            return Verdict::perhaps(Finding::LoginWall, "the page tells nothing without a login");
        }
        Verdict::ok()
    })
}

/// What an answer says.
pub(super) fn read(answer: &Answer<'_>, target: &Target) -> Reading {
    if !answer.is_html() {
        return match answer.json() {
            Some(value) if oembed::is_one(&value) => oembed::reading(&value, target, answer.url),
            _ => Reading::new(),
        };
    }
    answer.page(|page| {
        let mut reading = Reading::new();
        for state in embedded::marked(page, "data-sjs") {
            for item in json::with_key(&state, "thread_items") {
                let mut before: Option<PostKey> = None;
                for post in item.list("thread_items").iter().filter_map(|i| post(i.at("post"))) {
                    let mut post = post;
                    if let Some(before) = before.take() {
                        post.relations.push(Relation::to(RelationKind::Reply, before));
                        post.kind = PostKind::Comment;
                    }
                    before = Some(post.key.clone());
                    if reading.posts.iter().all(|p| p.key != post.key) {
                        reading.put(post);
                    }
                }
            }
        }
        if reading.posts.is_empty() {
            reading = opengraph::reading(page, target, answer.url);
            for post in &mut reading.posts {
                // `NAME (@HANDLE) on Threads`
                let title = post.title.take().unwrap_or_default();
                if let Some((name, rest)) = title.split_once(" (@") {
                    let handle = rest.split(')').next().unwrap_or("");
                    post.author = Some(build::actor(
                        account_key(handle),
                        Some(handle),
                        Some(name),
                        Some(format!("https://www.threads.com/@{handle}")),
                    ));
                }
            }
        } else if target.kind == TargetKind::Account {
            reading.actor = opengraph::profile(page, target);
            reading.lacks(Missing::OtherPosts);
        }
        reading.site = Some("Threads".to_owned());
        reading.lacks(Missing::Replies);
        reading
    })
}

fn post(value: &Value) -> Option<Post> {
    let code = value.s("code")?;
    let mut post = Post::new(PostKey::new(Platform::Threads, "", code), PostKind::Post);
    post.sources.set("post", "state");
    let name = value.s("user.username");
    post.url = Some(format!("https://www.threads.com/@{}/post/{code}", name.unwrap_or("")));
    if let Some(name) = name {
        let mut author = build::actor(
            account_key(name),
            Some(name),
            value.s("user.full_name"),
            Some(format!("https://www.threads.com/@{name}")),
        );
        author.id = value.id("user.pk");
        author.avatar = value.text("user.profile_pic_url");
        author.verified = value.at("user.is_verified").as_bool();
        post.author = Some(author);
    }
    build::say_plain(&mut post, value.s("caption.text").unwrap_or(""), "state");
    post.created = build::epoch(value.at("taken_at"), "api");
    build::count(&mut post.counts, CountKind::Likes, value.n("like_count"));
    build::count(&mut post.counts, CountKind::Replies, value.n("text_post_app_info.direct_reply_count"));
    let album = value.list("carousel_media");
    let parts: Vec<&Value> = if album.is_empty() { vec![value] } else { album.iter().collect() };
    post.media = parts.into_iter().take(50).filter_map(medium).collect();
    Some(post)
}

fn medium(part: &Value) -> Option<PostMedia> {
    let all = |list: &str| -> Vec<Rendition> {
        let items = part.list(list).iter();
        items
            .filter_map(|c| {
                Some(Rendition {
                    width: build::pixels(c.n("width")),
                    height: build::pixels(c.n("height")),
                    ..Rendition::of(c.s("url")?)
                })
            })
            .collect()
    };
    let (stills, films) = (all("image_versions2.candidates"), all("video_versions"));
    let poster = stills.first().map(|r| r.url.clone());
    if films.is_empty() {
        return build::rendered(PostMediaKind::Image, stills);
    }
    build::rendered(PostMediaKind::Video, films).map(|m| PostMedia { poster, ..m })
}
