//! X: single posts by the answers made for embedding, and by the layout that its programs use.

use serde_json::Value;
use url::Url;

use super::answer::{
    Answer, Credential, Reading, Route, Target, TargetKind, Why, encoded, is_name, is_number, segments,
};
use super::json::{self, Ask};
use super::{build, embedded, oembed, opengraph, walls, x_post};
use crate::model::post::{CountKind, Missing};
use crate::model::{Actor, Finding, Platform, PostKey, Verdict};

const PACE_MS: u64 = 1_000;
/// First parts of a path that are no names.
const NOT_NAMES: [&str; 14] = [
    "i", "home", "search", "explore", "settings", "login", "signup", "hashtag", "intent", "share", "tos", "privacy",
    "about", "jobs",
];

/// What an address is about.
pub(super) fn matches(url: &Url) -> Option<Target> {
    let parts = segments(url);
    let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
    match parts[..] {
        ["i", "web", "status", id, ..] | ["i", "status", id, ..] | [_, "status" | "statuses", id, ..]
            if is_number(id) =>
        {
            Some(post(url, id))
        }
        ["hashtag", tag] => {
            Some(Target::new(TargetKind::List, PostKey::new(Platform::X, "", format!("#{tag}")), url.to_string()))
        }
        [name] | [name, "media" | "with_replies" | "likes"]
            if is_name(name) && name.len() <= 15 && !NOT_NAMES.contains(&name.to_ascii_lowercase().as_str()) =>
        {
            Some(account(name))
        }
        _ => None,
    }
}

/// The key of a post.
pub(super) fn key(id: &str) -> PostKey {
    PostKey::new(Platform::X, "", id)
}

/// The key of an account.
pub(super) fn account_key(name: &str) -> PostKey {
    PostKey::new(Platform::X, "", format!("@{}", name.to_lowercase()))
}

/// Hosts of the platform; others are copies that answer in its forms.
const HOSTS: [&str; 5] = ["x.com", "twitter.com", "t.co", "fxtwitter.com", "vxtwitter.com"];

fn post(url: &Url, id: &str) -> Target {
    let own = super::answer::is_below(url.host_str().unwrap_or(""), &HOSTS);
    let origin = if own { "https://x.com".to_owned() } else { url.origin().ascii_serialization() };
    Target::new(TargetKind::Post, key(id), format!("{origin}/i/status/{id}"))
}

fn account(name: &str) -> Target {
    Target::new(TargetKind::Account, account_key(name), format!("https://x.com/{name}"))
}

/// The requests, best first.
pub(super) fn routes(target: &Target) -> Vec<Route> {
    let id = &target.key.id;
    match target.kind {
        TargetKind::Account => {
            let name = id.trim_start_matches('@');
            let list =
                format!("https://syndication.twitter.com/srv/timeline-profile/screen-name/{name}?showReplies=true");
            vec![Route::get("timeline", list, PACE_MS).with(Credential::Cookies)]
        }
        TargetKind::Post | TargetKind::Media => {
            let token = token(id).unwrap_or_default();
            let place = target.place(&HOSTS, "https://cdn.syndication.twimg.com");
            let main = format!("{place}/tweet-result?id={id}&lang=en&token={token}");
            vec![
                Route::get("syndication", main, PACE_MS),
                Route::get(
                    "oembed",
                    format!(
                        "{}/oembed?omit_script=1&url={}",
                        target.place(&HOSTS, "https://publish.twitter.com"),
                        encoded(&format!("https://twitter.com/i/status/{id}"))
                    ),
                    PACE_MS,
                )
                .witness(),
                Route::get("page", target.url.clone(), PACE_MS).with(Credential::Cookies).witness(),
            ]
        }
        _ => vec![Route::get("page", target.url.clone(), PACE_MS).needs(Credential::Cookies)],
    }
}

/// The token that the answers for embedding ask for: the number by 10^15 times pi in base 36, without zeros and point.
pub(super) fn token(id: &str) -> Option<String> {
    let number: f64 = id.parse().ok()?;
    let text = radix_36((number / 1e15) * std::f64::consts::PI);
    Some(text.chars().filter(|c| !matches!(c, '0' | '.')).collect())
}

/// A number in base 36 as scripts write it: so many digits as are needed to tell it from its neighbours.
fn radix_36(value: f64) -> String {
    const DIGITS: &[u8; 36] = b"0123456789abcdefghijklmnopqrstuvwxyz";
    if !value.is_finite() || value < 0.0 {
        return String::new();
    }
    let mut whole = value.floor();
    let mut fraction = value - whole;
    let mut delta = (0.5 * (value.next_up() - value)).max(f64::from_bits(1));
    let mut behind: Vec<usize> = Vec::new();
    while fraction >= delta && behind.len() < 1_100 {
        fraction *= 36.0;
        delta *= 36.0;
        let digit = fraction as usize;
        behind.push(digit);
        fraction -= digit as f64;
        let up = fraction > 0.5 || (fraction == 0.5 && digit & 1 == 1);
        if up && fraction + delta > 1.0 {
            // Rounded up, and carried as far as digits are the highest.
            loop {
                match behind.pop() {
                    None => {
                        whole += 1.0;
                        break;
                    }
                    Some(35) => {}
                    Some(digit) => {
                        behind.push(digit + 1);
                        break;
                    }
                }
            }
            break;
        }
    }
    let digit = |n: usize| char::from(DIGITS[n.min(35)]);
    let mut before = Vec::new();
    let mut rest = whole;
    while rest >= 9_007_199_254_740_992.0 {
        rest /= 36.0;
        before.push('0');
    }
    loop {
        let remainder = rest % 36.0;
        before.push(digit(remainder as usize));
        rest = (rest - remainder) / 36.0;
        if rest < 1.0 {
            break;
        }
    }
    let mut out: String = before.into_iter().rev().collect();
    if !behind.is_empty() {
        out.push('.');
        out.extend(behind.into_iter().map(digit));
    }
    out
}

/// What an answer means.
pub(super) fn classify(answer: &Answer<'_>, target: &Target) -> Verdict {
    let verdict = walls::by_status(answer);
    if answer.status == 404 {
        return Verdict::perhaps(
            Finding::GoneUnknown,
            "the platform knows no such post (404); posts for adults are told alike",
        );
    }
    if verdict.finding != Finding::Ok || answer.is_html() {
        return verdict;
    }
    let Some(value) = answer.json() else { return Verdict::of(Finding::ParseError, "not JSON") };
    if value.as_object().is_some_and(serde_json::Map::is_empty) {
        return Verdict::perhaps(Finding::GoneUnknown, "an empty answer stands for a post that is not there");
    }
    // Of a conversation, the one that was asked for decides, whatever became of the others.
    let entry = format!("tweet-{}", target.key.id);
    let asked = json::all_with_key(&value, "entryId").into_iter().find(|e| e.s("entryId") == Some(entry.as_str()));
    let here = asked.unwrap_or(&value);
    let results = json::all_with_key(here, "__typename");
    let there = |v: &&&Value| match v.s("__typename") {
        Some("Tweet" | "TweetWithVisibilityResults") => {
            v.get("legacy").is_some() || v.get("tweet").is_some() || v.get("text").is_some()
        }
        Some("User") => target.kind == TargetKind::Account,
        _ => false,
    };
    if results.iter().find(there).is_some() {
        return Verdict::ok();
    }
    let tombs = json::all_with_key(here, "tombstone");
    match results.iter().chain(&tombs).find_map(|v| unavailable(v)) {
        Some(verdict) => verdict,
        None => match value.s("errors.0.message") {
            Some(message) => Verdict::perhaps(Finding::GoneUnknown, message),
            None => Verdict::ok(),
        },
    }
}

/// What stands in place of a post or an account.
fn unavailable(value: &Value) -> Option<Verdict> {
    let kind = value.s("__typename").unwrap_or("");
    if let Some(text) = value.s("tombstone.text.text").or_else(|| value.s("tombstone.text")) {
        let lower = text.to_lowercase();
        return Some(match () {
            () if lower.contains("suspended") => Verdict::of(Finding::GoneAccount, text),
            () if lower.contains("deleted by the post author") || lower.contains("deleted by the tweet author") => {
                Verdict::of(Finding::GoneAuthorDeleted, text)
            }
            () if lower.contains("no longer exists") => Verdict::of(Finding::GoneAccount, text),
            () if lower.contains("violat") => Verdict::of(Finding::GoneModerated, text),
            () if lower.contains("limits who can view") || lower.contains("protected") => {
                Verdict::of(Finding::Private, text)
            }
            () if lower.contains("age-restricted") || lower.contains("adult") || lower.contains("log in") => {
                Verdict::of(Finding::AgeOrGeoWall, text)
            }
            // Deleted, suspended, protected and age-restricted are told alike.
            () => Verdict::perhaps(Finding::GoneUnknown, text),
        });
    }
    let reason = value.s("reason").unwrap_or("");
    match (kind, reason) {
        ("TweetUnavailable" | "UserUnavailable", "Suspended") => {
            Some(Verdict::of(Finding::GoneAccount, "the account is suspended"))
        }
        ("TweetUnavailable" | "UserUnavailable", "Protected") => {
            Some(Verdict::of(Finding::Private, "the account shows its posts to followers only"))
        }
        ("TweetUnavailable", reason) if reason.starts_with("Nsfw") => {
            Some(Verdict::of(Finding::AgeOrGeoWall, format!("not shown without a login: {reason}")))
        }
        ("TweetUnavailable" | "UserUnavailable", reason) => {
            Some(Verdict::perhaps(Finding::GoneUnknown, format!("unavailable: {reason}")))
        }
        ("TweetTombstone", _) => Some(Verdict::perhaps(Finding::GoneUnknown, "a tombstone stands in its place")),
        _ => None,
    }
}

/// What an answer says.
pub(super) fn read(answer: &Answer<'_>, target: &Target) -> Reading {
    let mut reading = Reading::new();
    reading.site = Some("X".to_owned());
    if answer.is_html() {
        return answer.page(|page| {
            let Some(state) = embedded::by_id(page, "__NEXT_DATA__") else {
                let mut reading = opengraph::reading(page, target, answer.url);
                reading.site = Some("X".to_owned());
                return reading;
            };
            timeline(&state, target, &mut reading);
            reading
        });
    }
    let Some(value) = answer.json() else { return reading };
    if oembed::is_one(&value) {
        return oembed::reading(&value, target, answer.url);
    }
    if value.get("id_str").is_some() && value.get("user").is_some() {
        x_post::flat(&value, &mut reading);
    } else {
        for result in json::with_key(&value, "rest_id") {
            // The answer about an account may have its number around it.
            let result = if result.at("result").is_object() { result.at("result") } else { result };
            if result.get("legacy").is_some_and(|l| l.get("full_text").is_some()) {
                x_post::graph(result, &mut reading, 0);
            } else if result.s("__typename") == Some("User") {
                reading.actor = x_post::user(result);
            } else if target.kind == TargetKind::Account && reading.actor.is_none() {
                reading.actor = result.id("rest_id").map(|id| Actor {
                    id: Some(id),
                    handle: Some(target.key.id.trim_start_matches('@').to_owned()),
                    ..Actor::new(target.key.clone())
                });
            }
        }
    }
    ask_edits(target, &mut reading);
    if target.kind == TargetKind::Post {
        reading.lacks(Missing::Replies);
    } else {
        reading.lacks(Missing::OtherPosts);
    }
    reading
}

/// Each edit has a number of its own.
fn ask_edits(target: &Target, reading: &mut Reading) {
    let Some(main) = reading.posts.first() else { return };
    let edits: Vec<String> = main.urls.iter().filter_map(|u| u.strip_prefix("edit:").map(str::to_owned)).collect();
    let own = main.key.id.clone();
    if let Some(main) = reading.posts.first_mut() {
        main.urls.retain(|u| !u.starts_with("edit:"));
    }
    let Ok(home) = Url::parse(&target.url) else { return };
    for id in edits.into_iter().filter(|id| *id != own).take(20) {
        if let Some(route) = routes(&post(&home, &id)).into_iter().next() {
            reading.ask(Why::History, route);
        }
    }
}

/// A profile's posts as they are made for embedding: some, not all, and not in order.
fn timeline(state: &Value, target: &Target, reading: &mut Reading) {
    reading.understood = true;
    for tweet in json::with_key(state, "full_text") {
        x_post::flat(tweet, reading);
    }
    for tweet in json::with_key(state, "tweet").into_iter().map(|v| v.at("tweet")).filter(|t| t.get("id_str").is_some())
    {
        if reading.posts.iter().all(|p| Some(&p.key.id) != tweet.text("id_str").as_ref()) {
            x_post::flat(tweet, reading);
        }
    }
    let own = reading.posts.iter().filter_map(|p| p.author.as_ref()).find(|a| a.key == target.key).cloned();
    reading.actor = own;
    if let Some(actor) = &mut reading.actor {
        let posts = json::under(state, "statuses_count").and_then(Value::as_u64);
        build::count(&mut actor.counts, CountKind::Posts, posts);
    }
    reading.lacks(Missing::OtherPosts);
}
