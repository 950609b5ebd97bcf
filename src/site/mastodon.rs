//! Mastodon and what speaks its interface (Pleroma, Akkoma, GoToSocial, Pixelfed, Friendica …): statuses, their context
//! and history, accounts.

use serde_json::Value;
use url::Url;

use super::answer::{
    Answer, Credential, Reading, Route, Target, TargetKind, Why, authority, encoded, is_name, is_number, segments,
};
use super::json::Ask;
use super::{activitypub, build, mastodon_status, opengraph, walls};
use crate::model::post::{CountKind, Missing, RelationKind};
use crate::model::{Actor, Finding, Platform, PostKey, Verdict};

pub(super) const PACE_MS: u64 = 1_000;
/// What is asked for in the form of the fediverse itself.
pub(super) const AS2: &str =
    "application/activity+json, application/ld+json; profile=\"https://www.w3.org/ns/activitystreams\"";

/// What an address is about, on a host that is known to speak this.
pub(super) fn matches(url: &Url) -> Option<Target> {
    let host = authority(url)?;
    let parts = segments(url);
    let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
    let post = |id: &str| {
        Some(Target::new(TargetKind::Post, PostKey::new(Platform::Mastodon, host.clone(), id), url_of(url, &parts)))
    };
    let account = |name: &str| {
        let name = name.trim_start_matches('@');
        let key = PostKey::new(Platform::Mastodon, host.clone(), format!("@{}", name.to_lowercase()));
        Some(Target::new(TargetKind::Account, key, format!("{}/@{name}", url.origin().ascii_serialization())))
    };
    match parts[..] {
        // A status that came from elsewhere is asked here under the number it has here.
        [user, id] if user.starts_with('@') && is_id(id) => post(id),
        [user, id, "embed"] if user.starts_with('@') && is_id(id) => post(id),
        ["web", "statuses", id] | ["statuses", id] | ["notice", id] if is_id(id) => post(id),
        ["users", _, "statuses", id, ..] | ["ap", "users", _, "statuses", id, ..] if is_id(id) => post(id),
        ["users", user] | ["web", user] if is_name(user) || user.starts_with('@') => account(user),
        ["tags" | "tag", tag] => Some(Target::new(
            TargetKind::List,
            PostKey::new(Platform::Mastodon, host.clone(), format!("#{}", tag.to_lowercase())),
            url.to_string(),
        )),
        [user] if user.len() > 1 && user.starts_with('@') => account(user),
        _ => None,
    }
}

fn url_of(url: &Url, parts: &[&str]) -> String {
    let kept: Vec<&str> = parts.iter().copied().filter(|p| *p != "embed").collect();
    format!("{}/{}", url.origin().ascii_serialization(), kept.join("/"))
}

/// Numbers, or the ULIDs and FlakeIDs of other programs.
pub(super) fn is_id(text: &str) -> bool {
    is_number(text) || ((16..=40).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphanumeric()))
}

/// The requests, best first.
pub(super) fn routes(target: &Target) -> Vec<Route> {
    let origin = target.origin();
    let api = |name, way: String| Route::get(name, format!("{origin}/api/v1/{way}"), PACE_MS).with(Credential::Bearer);
    let id = &target.key.id;
    match target.kind {
        TargetKind::Account => {
            let name = id.trim_start_matches('@');
            vec![
                api("lookup", format!("accounts/lookup?acct={}", encoded(name))),
                Route::get("actor", format!("{origin}/users/{name}"), PACE_MS).accept(AS2).witness(),
                Route::get("feed", format!("{origin}/@{name}.rss"), PACE_MS).witness(),
            ]
        }
        TargetKind::List | TargetKind::Search => {
            let tag = id.trim_start_matches('#');
            vec![
                api("tag", format!("timelines/tag/{}?limit=40", encoded(tag))),
                Route::get("feed", format!("{origin}/tags/{tag}.rss"), PACE_MS).witness(),
            ]
        }
        _ => vec![
            api("status", format!("statuses/{id}")),
            Route::get("activitypub", target.url.clone(), PACE_MS).accept(AS2).witness(),
            Route::get("page", target.url.clone(), PACE_MS).witness(),
        ],
    }
}

/// What an answer means.
pub(super) fn classify(answer: &Answer<'_>, _: &Target) -> Verdict {
    let error = || answer.json().and_then(|v| v.text("error")).unwrap_or_default();
    match answer.status {
        // Deleted, made private and never there are told alike.
        404 => Verdict::perhaps(
            Finding::GoneUnknown,
            format!("the server knows nothing of it, or shows it to some only: {:?}", error()),
        ),
        410 => match answer.json().filter(|v| v.s("type") == Some("Tombstone")) {
            Some(_) => Verdict::of(Finding::GoneUnknown, "a tombstone stands in its place (410)"),
            None => Verdict::perhaps(
                Finding::GoneAccount,
                "it was removed for good (410), as what belongs to a deleted or suspended account is",
            ),
        },
        401 | 403 | 422 => {
            Verdict::of(Finding::LoginWall, format!("the server shows it to accounts only: {:?}", error()))
        }
        _ => {
            let said = answer.json().filter(|v| v.s("type") == Some("Tombstone"));
            match said {
                Some(_) => Verdict::of(Finding::GoneUnknown, "a tombstone stands in its place"),
                None => walls::by_status(answer),
            }
        }
    }
}

/// What an answer says.
pub(super) fn read(answer: &Answer<'_>, target: &Target) -> Reading {
    if answer.is_xml() {
        return super::feeds::read(answer, target);
    }
    if answer.is_html() {
        return answer.page(|page| opengraph::reading(page, target, answer.url));
    }
    let Some(value) = answer.json() else { return Reading::new() };
    let base = target.address().unwrap_or_else(|| answer.url.clone());
    if activitypub::is_object(&value) {
        return activitypub::reading(&value, target, &base);
    }
    let mut reading = Reading::new();
    let path = answer.url.path();
    if path.ends_with("/history") {
        history(&value, target, &base, &mut reading);
    } else if value.get("ancestors").is_some() || value.get("descendants").is_some() {
        context(&value, &base, &mut reading);
    } else if let Some(list) = value.as_array() {
        reading.understood = true;
        for item in list {
            // Notices and conversations have the status inside.
            let inner = [item.at("status"), item.at("last_status")].into_iter().find(|s| s.is_object());
            let status = inner.filter(|_| item.get("content").is_none()).unwrap_or(item);
            put(status, &base, &mut reading);
            listed(item, &mut reading);
        }
        older(answer, target, list, &mut reading);
    } else if value.get("statuses").is_some() {
        reading.understood = true;
        for status in value.list("statuses") {
            put(status, &base, &mut reading);
        }
        value.list("accounts").iter().for_each(|account| listed(account, &mut reading));
    } else if value.get("content").is_some() && value.get("account").is_some() {
        put(&value, &base, &mut reading);
        ask_further(&value, target, &mut reading);
    } else if value.get("acct").is_some() || value.get("username").is_some() {
        reading.actor = mastodon_status::account(&value, &base);
        if value.is("suspended") {
            // Its name is still known, and nothing of it is shown.
            reading.verdict = Verdict::of(Finding::GoneAccount, "the server says that the account is suspended");
            return reading;
        }
        if let Some(id) = value.id("id") {
            let url = format!("{}/api/v1/accounts/{id}/statuses?limit=40", target.origin());
            reading.ask(Why::Older, Route::get("statuses", url, PACE_MS).with(Credential::Bearer));
        }
        reading.lacks(Missing::OtherPosts);
    } else if let Some(place) = instance(&value, &base) {
        reading.site = place.name.clone();
        reading.actor = Some(place);
    }
    reading
}

fn put(status: &Value, base: &Url, reading: &mut Reading) {
    for mut post in mastodon_status::posts(status, base) {
        // What a status answers is told by the number it has here; the post itself may have that of its origin.
        let local = post.relations.iter_mut().find(|r| r.kind == RelationKind::Reply);
        if let Some(relation) = local {
            let here =
                relation.key.as_ref().map(|k| format!("{}/statuses/{}", base.origin().ascii_serialization(), k.id));
            let known = reading.posts.iter().find(|p| here.as_ref().is_some_and(|h| p.urls.contains(h)));
            if let Some(known) = known {
                relation.key = Some(known.key.clone());
            }
        }
        reading.put(post);
    }
}

/// An account in a list of accounts.
fn listed(item: &Value, reading: &mut Reading) {
    let Some(url) = item.text("url").filter(|_| item.get("acct").is_some() && item.get("content").is_none()) else {
        return;
    };
    reading.entries.push(crate::model::Entry {
        url,
        identity: item.id("uri").or_else(|| item.id("id")),
        title: item.s("display_name").or_else(|| item.s("acct")).unwrap_or("").chars().take(200).collect(),
        published: None,
        modified: None,
        is_list: false,
    });
}

/// Context and history of a status, and its origin.
fn ask_further(value: &Value, target: &Target, reading: &mut Reading) {
    let Some(id) = value.id("id") else { return };
    let api = |name, way: &str| {
        Route::get(name, format!("{}/api/v1/statuses/{id}/{way}", target.origin()), PACE_MS).with(Credential::Bearer)
    };
    if target.kind == TargetKind::Post {
        reading.ask(Why::Context, api("context", "context"));
        if value.s("edited_at").is_some() {
            reading.ask(Why::History, api("history", "history"));
        }
        if let Some(uri) = value.s("uri").filter(|u| u.starts_with("https://")) {
            reading.ask(Why::Witness, Route::get("activitypub", uri, PACE_MS).accept(AS2).witness());
        }
    }
    let claimed = value.n("replies_count").unwrap_or(0);
    if claimed > 0 {
        reading.lacks(Missing::Replies);
    }
}

/// What stands before and behind a status.
fn context(value: &Value, base: &Url, reading: &mut Reading) {
    reading.understood = true;
    for status in value.list("ancestors").iter().chain(value.list("descendants")) {
        put(status, base, reading);
    }
    // Without a login so many are shown at most.
    if value.list("descendants").len() >= 60 || value.list("ancestors").len() >= 40 {
        reading.lacks(Missing::SomeReplies);
        let origin = base.origin().ascii_serialization();
        let answered: Vec<String> = value.list("descendants").iter().filter_map(|s| s.id("in_reply_to_id")).collect();
        for leaf in value.list("descendants").iter().filter(|s| s.n("replies_count").unwrap_or(0) > 0) {
            if let Some(id) = leaf.id("id").filter(|id| !answered.contains(id)) {
                reading.ask(
                    Why::Replies,
                    Route::get("context", format!("{origin}/api/v1/statuses/{id}/context"), PACE_MS),
                );
            }
        }
    }
}

/// Every version of a status, the first first; each names the others of its kind by its number.
fn history(value: &Value, target: &Target, base: &Url, reading: &mut Reading) {
    let versions = value.as_array().map_or(&[][..], Vec::as_slice);
    for (n, version) in versions.iter().enumerate().take(1_000) {
        let Some(mut post) = mastodon_status::version(version, target, base) else { continue };
        let id = reading_id(target);
        post.version = Some(format!("{}", n + 1));
        if n + 1 < versions.len() {
            post.key.id = format!("{id}~{}", n + 1);
            post.relations
                .push(crate::model::post::Relation::to(crate::model::post::RelationKind::Edit, target.key.clone()));
        }
        reading.put(post);
    }
    reading.understood = true;
    // The last is what it says now; it stands first.
    reading.posts.reverse();
}

fn reading_id(target: &Target) -> &str {
    &target.key.id
}

/// The next page of a list: as the head says, or, where it says nothing, from the last number on.
fn older(answer: &Answer<'_>, target: &Target, list: &[Value], reading: &mut Reading) {
    let linked = answer.header("link").and_then(|link| {
        link.split(',').find(|part| part.contains("rel=\"next\"")).and_then(|part| {
            let from = part.find('<')? + 1;
            answer.url.join(part.get(from..from + part.get(from..)?.find('>')?)?).ok()
        })
    });
    let by_number = || {
        if answer.header("link").is_some() {
            // It says where newer ones are, and of older ones nothing: there are none.
            return None;
        }
        let last = list.last()?.id("id")?;
        let is_list = answer.url.path().ends_with("/statuses") || answer.url.path().contains("/timelines/");
        if !is_list || list.len() < 2 {
            return None;
        }
        let mut url = answer.url.clone();
        let kept: Vec<(String, String)> =
            url.query_pairs().filter(|(k, _)| k != "max_id").map(|(k, v)| (k.into_owned(), v.into_owned())).collect();
        url.query_pairs_mut().clear().extend_pairs(kept).append_pair("max_id", &last);
        Some(url)
    };
    // A token of the user's goes along: to this host only, by its own name or that of a mirror which stands for it.
    let own = target.address();
    let is_own =
        |url: &Url| url.origin() == answer.url.origin() || own.as_ref().is_some_and(|own| own.origin() == url.origin());
    let linked = linked.filter(is_own);
    if let Some(url) = linked.or_else(by_number) {
        reading.ask(Why::Older, Route::get("statuses", url, PACE_MS).with(Credential::Bearer));
    }
}

/// A server as an account: what `/api/v1/instance`, `/api/v2/instance` and nodeinfo say.
fn instance(value: &Value, base: &Url) -> Option<Actor> {
    let host = value
        .s("domain")
        .or_else(|| value.s("uri"))
        .map(|u| u.trim_start_matches("https://").trim_end_matches('/').to_owned());
    let node = value.s("metadata.nodeName");
    let software = value.s("software.name");
    let title = value.s("title").or(node).or(software)?;
    value.get("version")?;
    let host = host.or_else(|| authority(base)).unwrap_or_default();
    let key = PostKey::new(Platform::Mastodon, host.clone(), "");
    let mut actor = build::actor(key, None, Some(title), Some(format!("https://{host}/")));
    actor.group = true;
    actor.handle = software.map(str::to_owned);
    let about =
        value.s("description").or_else(|| value.s("short_description")).or_else(|| value.s("metadata.nodeDescription"));
    actor.description = build::plain(about);
    let users = value.n("stats.user_count").or_else(|| value.n("usage.users.total"));
    build::count(&mut actor.counts, CountKind::Followers, users);
    let posts = value.n("stats.status_count").or_else(|| value.n("usage.localPosts"));
    build::count(&mut actor.counts, CountKind::Posts, posts);
    actor.avatar = value.text("thumbnail.url").or_else(|| value.text("thumbnail"));
    Some(actor)
}
