//! Telegram: pages of channels (`/s/NAME`), single posts (`/NAME/ID?embed=1`), and the page of a channel.

use url::Url;

use super::answer::{Answer, Reading, Route, Target, TargetKind, Why, is_name, is_number, query, segments};
use super::build;
use super::{opengraph, telegram_post, walls};
use crate::extract::markup::Page;
use crate::model::post::{CountKind, Missing, RelationKind};
use crate::model::{Actor, Finding, Platform, Post, PostKey, Verdict};

/// No faster than this.
const PACE_MS: u64 = 1_000;
/// First parts of a path that are no names of channels.
const NOT_NAMES: [&str; 16] = [
    "s",
    "joinchat",
    "addstickers",
    "addemoji",
    "share",
    "iv",
    "proxy",
    "socks",
    "login",
    "setlanguage",
    "addtheme",
    "bg",
    "confirmphone",
    "c",
    "k",
    "a",
];

/// What an address is about.
pub(super) fn matches(url: &Url) -> Option<Target> {
    let host = url.host_str()?;
    let mut parts = segments(url);
    // `NAME.t.me/ID` is `t.me/NAME/ID`.
    if let Some(name) = ["t.me", "telegram.me"].iter().find_map(|h| host.strip_suffix(h)?.strip_suffix('.'))
        && name != "www"
    {
        parts.insert(0, name.to_owned());
    }
    let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
    match parts[..] {
        ["s", name, id] if is_channel(name) && is_number(id) => Some(post(url, name, id)),
        ["s", name] if is_channel(name) => Some(match query(url, "q") {
            Some(words) => Target {
                kind: TargetKind::Search,
                url: format!("{}/s/{name}?q={}", home(url), super::answer::encoded(&words)),
                ..channel(url, name)
            },
            None => channel(url, name),
        }),
        [name, id] | [name, _, id] if is_channel(name) && is_number(id) => Some(post(url, name, id)),
        [name] if is_channel(name) => Some(channel(url, name)),
        _ => None,
    }
}

fn is_channel(name: &str) -> bool {
    is_name(name) && !NOT_NAMES.contains(&name.to_ascii_lowercase().as_str()) && name.len() >= 4 && !is_number(name)
}

/// The key of a post: names of channels mean the same in any case.
pub(super) fn key(name: &str, id: &str) -> PostKey {
    PostKey::new(Platform::Telegram, name.to_ascii_lowercase(), id)
}

/// Hosts of the platform; others are copies that answer in its forms.
const HOSTS: [&str; 3] = ["t.me", "telegram.me", "telegram.dog"];

fn home(url: &Url) -> String {
    let own = super::answer::is_below(url.host_str().unwrap_or(""), &HOSTS);
    if own { "https://t.me".to_owned() } else { url.origin().ascii_serialization() }
}

fn channel(url: &Url, name: &str) -> Target {
    Target::new(TargetKind::Account, key(name, ""), format!("{}/s/{name}", home(url)))
}

fn post(url: &Url, name: &str, id: &str) -> Target {
    Target::new(TargetKind::Post, key(name, id), format!("{}/{name}/{id}", home(url)))
}

/// The requests, best first.
pub(super) fn routes(target: &Target) -> Vec<Route> {
    let (name, id, home) = (&target.key.authority, &target.key.id, target.place(&HOSTS, "https://t.me"));
    match target.kind {
        TargetKind::Account => vec![
            Route::get("channel", format!("{home}/s/{name}"), PACE_MS),
            Route::get("page", format!("{home}/{name}"), PACE_MS).witness(),
        ],
        TargetKind::Search => vec![Route::get("search", target.url.clone(), PACE_MS)],
        _ => vec![
            Route::get("embed", format!("{home}/{name}/{id}?embed=1&mode=tme"), PACE_MS),
            Route::get("channel", format!("{home}/s/{name}/{id}"), PACE_MS).witness(),
            Route::get("page", format!("{home}/{name}/{id}"), PACE_MS).witness(),
        ],
    }
}

/// What an answer means.
pub(super) fn classify(answer: &Answer<'_>, target: &Target) -> Verdict {
    let preview_off = "the channel has no preview on the web; nothing is known of its posts";
    if let (301 | 302, Some(to)) = (answer.status, answer.header("location")) {
        let to = answer.url.join(to).ok();
        // `/s/NAME` that sends to `/NAME`: the preview is switched off, or the channel is flagged.
        let off = answer.url.path().starts_with("/s/") && to.as_ref().is_some_and(|u| !u.path().starts_with("/s/"));
        return if off { Verdict::perhaps(Finding::LoginWall, preview_off) } else { walls::by_status(answer) };
    }
    let verdict = walls::by_status(answer);
    if verdict.finding != Finding::Ok {
        return verdict;
    }
    answer.page(|page| {
        if let Some(error) = page.first(0, "tgme_widget_message_error") {
            let words = page.text(error);
            let finding =
                if words.to_lowercase().contains("not found") { Finding::GoneUnknown } else { Finding::LoginWall };
            return Verdict::perhaps(finding, format!("the widget says {words:?}"));
        }
        let posts = page.having(0, "data-post").next().is_some();
        let asked_list = matches!(target.kind, TargetKind::Account | TargetKind::Search);
        // Of a name that nobody has, Telegram shows a page to contact it, without picture, title and numbers; that it
        // can be contacted stands where others describe themselves.
        let contact = page.first(0, "tgme_username_link").is_some();
        let about = page.first(0, "tgme_page_description").filter(|_| !contact);
        let page_of = page.first(0, "tgme_page_extra").or(about);
        let titled = page.first(0, "tgme_page_title").is_some() || page.first(0, "tgme_channel_info_header").is_some();
        if posts || titled {
            return Verdict::ok();
        }
        let described =
            page.meta(&["og:description"]).is_some_and(|d| !d.is_empty() && !d.starts_with("If you have Telegram"));
        if asked_list && page_of.is_none() && !described {
            return Verdict::perhaps(Finding::GoneUnknown, "the page knows nothing but the name");
        }
        Verdict::ok()
    })
}

/// What an answer says.
pub(super) fn read(answer: &Answer<'_>, target: &Target) -> Reading {
    answer.page(|page| {
        let mut reading = Reading::new();
        reading.warnings.clone_from(&page.warnings);
        reading.site = Some("Telegram".to_owned());
        for (at, id) in page.having(0, "data-post").filter(|(at, _)| page.has_class(*at, "tgme_widget_message")) {
            if let Some(post) = telegram_post::read(page, at, id) {
                reading.put(post);
            }
        }
        let listed = matches!(target.kind, TargetKind::Account | TargetKind::Search);
        reading.actor = actor(page, target);
        if target.kind == TargetKind::Post {
            if !reading.posts.is_empty() {
                single_out(&mut reading, target);
                return reading;
            }
            if page.first(0, "tgme_page_title").is_some() {
                // Sent to the channel's own page, which says nothing of the post.
                reading.verdict =
                    Verdict::perhaps(Finding::LoginWall, "the channel's page answers in place of the post");
                return reading;
            }
            // The bare page of a post has its words in tags for previews, and the post itself in a frame.
            if let Some(post) = opengraph::post(page, target, answer.url) {
                let mut post = post;
                post.title = None;
                if let Some(name) = page.meta(&["og:title"]) {
                    let url = Some(format!("https://t.me/{}", target.key.authority));
                    post.author = Some(build::actor(
                        key(&target.key.authority, ""),
                        Some(&target.key.authority),
                        Some(name),
                        url,
                    ));
                }
                // What the preview shows in place of a post without a picture is the picture of the channel.
                post.lacks(Missing::CreatedTime);
                post.lacks(Missing::TextTruncated);
                post.lacks(Missing::OriginalMedia);
                reading.put(post);
                reading.actor = None;
                for route in routes(target).into_iter().take(1) {
                    reading.ask(Why::Text, route);
                }
            }
        }
        if target.kind == TargetKind::Post && answer.url.path().starts_with("/s/") && !reading.posts.is_empty() {
            around(target, &mut reading);
        }
        let history = page.first(0, "tgme_channel_history").is_some() || !reading.posts.is_empty();
        reading.understood = history || !reading.is_empty();
        if listed && !history {
            reading.lacks(Missing::OtherPosts);
            let offered = page.having(0, "href").any(|(_, href)| href.starts_with("/s/") || href.contains("t.me/s/"));
            if !offered {
                // Asked for its posts, and sent to a page that does not even offer them.
                reading.verdict = Verdict::perhaps(Finding::LoginWall, "the channel has no preview on the web");
            }
        } else if listed {
            paging(page, target, &mut reading);
        } else if !reading.posts.is_empty() {
            reading.lacks(Missing::Replies);
        }
        reading
    })
}

/// The channel's page opens at a post: where it shows those around and not this one, this one is not there.
fn around(target: &Target, reading: &mut Reading) {
    let number = |id: &str| id.parse::<u64>().ok();
    let Some(own) = number(&target.key.id) else { return };
    let shown: Vec<u64> = reading.posts.iter().filter_map(|post| number(&post.key.id)).collect();
    if shown.contains(&own) {
        return;
    }
    let between = shown.iter().any(|n| *n < own) && shown.iter().any(|n| *n > own);
    let says = "the channel shows other posts and not this one";
    reading.verdict = Verdict { ambiguous: !between, ..Verdict::of(Finding::GoneUnknown, says) };
    reading.posts.clear();
    reading.understood = true;
}

/// Of a page of the channel that was asked for one post: that post, and what it answers or what answers it. The others only
/// stand around it; where they do and it does not, it is not there.
fn single_out(reading: &mut Reading, target: &Target) {
    reading.understood = true;
    reading.lacks(Missing::Replies);
    // Members of an album have numbers of their own.
    let member = format!("/{}#", target.key.id);
    let is_own = |post: &Post| post.key == target.key || post.media.iter().any(|m| m.identity.contains(&member));
    let Some(own) = reading.posts.iter().find(|post| is_own(post)) else {
        let reason = "its channel shows what stands around it, and not the post";
        reading.verdict = Verdict::perhaps(Finding::GoneUnknown, reason);
        reading.posts.clear();
        return;
    };
    let answers = |post: &Post| post.relation(RelationKind::Reply).and_then(|r| r.key.clone());
    let (key, above) = (own.key.clone(), answers(own));
    let belongs = |p: &Post| p.key == key || Some(&p.key) == above.as_ref() || answers(p).as_ref() == Some(&key);
    reading.posts.retain(belongs);
    // The post itself stands first.
    reading.posts.sort_by_key(|post| post.key != key);
}

/// Where older and newer posts are, as the page says.
fn paging(page: &Page<'_, '_>, target: &Target, reading: &mut Reading) {
    let name = &target.key.authority;
    let more = |way: &str, data: &str| {
        let marked =
            page.having(0, data).find(|(at, _)| page.has_class(*at, "tme_messages_more")).map(|(_, v)| v.to_owned());
        let rel = if way == "before" { "prev" } else { "next" };
        let linked = page.linked(rel).into_iter().find_map(|(_, url)| query(&Url::parse(&url).ok()?, way));
        marked.or(linked).filter(|id| is_number(id))
    };
    for (why, way, data) in [(Why::Older, "before", "data-before"), (Why::Newer, "after", "data-after")] {
        if let Some(id) = more(way, data) {
            let words = target.address().and_then(|u| query(&u, "q"));
            let words = words.map(|w| format!("q={}&", super::answer::encoded(&w))).unwrap_or_default();
            reading.ask(
                why,
                Route::get(
                    "channel",
                    format!("{}/s/{name}?{words}{way}={id}", target.place(&HOSTS, "https://t.me")),
                    PACE_MS,
                ),
            );
        }
    }
}

/// The channel, from the head of its list or from its page.
fn actor(page: &Page<'_, '_>, target: &Target) -> Option<Actor> {
    let name = &target.key.authority;
    let header = page.first(0, "tgme_channel_info");
    // The sign of verified channels stands inside of the title.
    let own = |at: usize| page.lines_without(at, |n| page.has_class(n, "verified-icon")).join(" ");
    let title = |class: &str| page.first(0, class).map(own).filter(|t| !t.is_empty());
    let shown = title("tgme_channel_info_header_title").or_else(|| title("tgme_page_title"))?;
    let handle = title("tgme_channel_info_header_username").unwrap_or_else(|| name.clone());
    let url = Some(format!("https://t.me/{name}"));
    let mut actor = build::actor(key(name, ""), Some(&handle), Some(&shown), url);
    let within = header.unwrap_or(0);
    let told = page.first(within, "tgme_channel_info_description").or_else(|| page.first(0, "tgme_page_description"));
    actor.description = told.map(|at| page.lines(at).join("\n")).filter(|t| !t.is_empty());
    actor.verified = Some(page.first(within, "verified-icon").is_some());
    let picture = page.tags(within, "img").find_map(|at| page.address(at, "src"));
    actor.avatar = picture.or_else(|| page.meta(&["og:image"]).map(str::to_owned));
    for counter in page.all(0, "tgme_channel_info_counter") {
        let text = |class: &str| page.first(counter, class).map(|at| page.text(at)).unwrap_or_default();
        let (value, what) = (text("counter_value"), text("counter_type"));
        if let Some(kind) = counted(&what) {
            build::shown_count(&mut actor.counts, kind, &value, Some(&what));
        }
    }
    if let Some(extra) = page.first(0, "tgme_page_extra") {
        for part in page.text(extra).split(',') {
            if let Some(kind) = counted(part) {
                build::shown_count(&mut actor.counts, kind, part, None);
            }
        }
    }
    Some(actor)
}

fn counted(what: &str) -> Option<CountKind> {
    let what = what.to_lowercase();
    let has = |words: &[&str]| words.iter().any(|w| what.contains(w));
    if has(&["subscriber", "member", "подписчик", "участник"]) {
        Some(CountKind::Followers)
    } else if has(&["photo", "фото"]) {
        Some(CountKind::Photos)
    } else if has(&["video", "видео"]) {
        Some(CountKind::Videos)
    } else {
        None
    }
}
