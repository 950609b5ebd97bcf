//! Bluesky: the public view (threads, feeds, profiles), the repositories behind it (records, whole repositories, blobs
//! that prove themselves), and what tells a deleted post from one that was taken down.

use serde_json::Value;
use url::Url;

use super::answer::{Answer, Reading, Route, Target, TargetKind, Why, encoded, query, segments};
use super::json::Ask;
use super::{bluesky_account, bluesky_post, cbor, walls};
use crate::model::post::Missing;
use crate::model::{Actor, Finding, Platform, PostKey, Verdict};

/// The public view.
pub(super) const VIEW: &str = "https://public.api.bsky.app/xrpc";
pub(super) const PACE_MS: u64 = 200;
const PDS_PACE_MS: u64 = 340;
/// The collection of posts.
pub(super) const POSTS: &str = "app.bsky.feed.post";

/// What an address is about. A handle stands for the account until it is resolved.
pub(super) fn matches(url: &Url) -> Option<Target> {
    let parts = segments(url);
    let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
    match parts[..] {
        ["profile", who, "post", rkey] | ["profile", who, "post", rkey, ..] if is_who(who) && is_rkey(rkey) => {
            Some(post(url, who, rkey))
        }
        ["profile", who] | ["profile", who, "media" | "with_replies" | "video"] if is_who(who) => {
            Some(account(url, who))
        }
        ["profile", who, kind @ ("feed" | "lists"), rkey] if is_who(who) => Some(Target::new(
            TargetKind::List,
            PostKey::new(Platform::Bluesky, who.to_lowercase(), format!("{kind}/{rkey}")),
            url.to_string(),
        )),
        ["search"] => query(url, "q")
            .map(|words| Target::new(TargetKind::Search, PostKey::new(Platform::Bluesky, "", words), url.to_string())),
        _ => None,
    }
}

fn is_who(who: &str) -> bool {
    who.len() <= 260
        && (who.starts_with("did:") || who.contains('.'))
        && who.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b':' | b'_' | b'%'))
}

fn is_rkey(text: &str) -> bool {
    (1..=512).contains(&text.len())
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'_' | b'~' | b':'))
}

/// Hosts of the platform; others have a view of their own.
const HOSTS: [&str; 3] = ["bsky.app", "public.api.bsky.app", "api.bsky.app"];

fn home(url: &Url) -> String {
    let own = super::answer::is_below(url.host_str().unwrap_or(""), &HOSTS);
    if own { "https://bsky.app".to_owned() } else { url.origin().ascii_serialization() }
}

/// The view that knows of a target.
pub(super) fn view_of(target: &Target) -> String {
    target.place(&HOSTS, VIEW.trim_end_matches("/xrpc")) + "/xrpc"
}

fn post(url: &Url, who: &str, rkey: &str) -> Target {
    let url = format!("{}/profile/{who}/post/{rkey}", home(url));
    Target::new(TargetKind::Post, PostKey::new(Platform::Bluesky, who.to_lowercase(), rkey), url)
}

fn account(url: &Url, who: &str) -> Target {
    let url = format!("{}/profile/{who}", home(url));
    Target::new(TargetKind::Account, PostKey::new(Platform::Bluesky, who.to_lowercase(), ""), url)
}

/// The key of `at://DID/app.bsky.feed.post/RKEY`.
pub(super) fn key(uri: &str) -> Option<PostKey> {
    let (did, rest) = uri.strip_prefix("at://")?.split_once('/')?;
    let (collection, rkey) = rest.split_once('/')?;
    let id = if collection == POSTS { rkey.to_owned() } else { format!("{collection}/{rkey}") };
    Some(PostKey::new(Platform::Bluesky, did, id))
}

/// The address of a post for people.
pub(super) fn page_of(key: &PostKey) -> String {
    format!("https://bsky.app/profile/{}/post/{}", key.authority, key.id)
}

/// The requests, best first.
pub(super) fn routes(target: &Target) -> Vec<Route> {
    let (who, id) = (&target.key.authority, &target.key.id);
    let base = view_of(target);
    let view = |name, way: String| Route::get(name, format!("{base}/{way}"), PACE_MS);
    let mut out = Vec::new();
    if !who.is_empty() && !who.starts_with("did:") {
        out.push(view("handle", format!("com.atproto.identity.resolveHandle?handle={}", encoded(who))).witness());
    } else if let Some(host) = who.strip_prefix("did:web:") {
        out.push(Route::get("did", format!("https://{host}/.well-known/did.json"), PACE_MS).witness());
    } else if who.starts_with("did:plc:") {
        out.push(Route::get("did", format!("https://plc.directory/{who}"), PACE_MS).witness());
    }
    let main = match target.kind {
        TargetKind::Account => vec![
            view("profile", format!("app.bsky.actor.getProfile?actor={}", encoded(who))),
            view(
                "feed",
                format!("app.bsky.feed.getAuthorFeed?actor={}&limit=100&filter=posts_with_replies", encoded(who)),
            ),
        ],
        TargetKind::List => {
            let (kind, rkey) = id.split_once('/').unwrap_or(("feed", id));
            let (way, parameter, collection) = match kind {
                "lists" => ("getListFeed", "list", "app.bsky.graph.list"),
                _ => ("getFeed", "feed", "app.bsky.feed.generator"),
            };
            let uri = encoded(&format!("at://{who}/{collection}/{rkey}"));
            vec![view("feed", format!("app.bsky.feed.{way}?{parameter}={uri}&limit=100"))]
        }
        TargetKind::Search => {
            vec![view("search", format!("app.bsky.feed.searchPosts?q={}&limit=100&sort=latest", encoded(id)))]
        }
        _ => {
            let uri = encoded(&format!("at://{who}/{POSTS}/{id}"));
            vec![
                view("thread", format!("app.bsky.feed.getPostThread?uri={uri}&depth=1000&parentHeight=1000")),
                view("posts", format!("app.bsky.feed.getPosts?uris={uri}")).witness(),
                Route::get("page", target.url.clone(), PACE_MS).witness(),
            ]
        }
    };
    out.splice(0..0, main);
    out
}

/// The requests to the account's own host, once its document told where that is.
pub(super) fn on_host(target: &Target, did: &str, host: &str) -> Vec<Route> {
    let host = host.trim_end_matches('/');
    let ask = |name, way: String| Route::get(name, format!("{host}/xrpc/{way}"), PDS_PACE_MS).witness();
    let did = encoded(did);
    match target.kind {
        TargetKind::Post => vec![
            ask(
                "record",
                format!("com.atproto.repo.getRecord?repo={did}&collection={POSTS}&rkey={}", encoded(&target.key.id)),
            ),
            ask("repo-status", format!("com.atproto.sync.getRepoStatus?did={did}")),
        ],
        _ => vec![
            ask("records", format!("com.atproto.repo.listRecords?repo={did}&collection={POSTS}&limit=100")),
            ask("repo-status", format!("com.atproto.sync.getRepoStatus?did={did}")),
        ],
    }
}

/// What an answer means. The same error has other meanings on the view and on the account's host: which of them answered
/// stands in its address, and only both together tell a deletion from a take-down.
pub(super) fn classify(answer: &Answer<'_>, _: &Target) -> Verdict {
    let value = answer.json().unwrap_or(Value::Null);
    let way = answer.url.path().rsplit('/').next().unwrap_or("");
    let (error, message) = (value.s("error").unwrap_or(""), value.s("message").unwrap_or(""));
    let said = format!("{error}: {message}");
    let of = |finding| Verdict::of(finding, said.clone());
    if answer.status >= 400 && answer.status != 429 && answer.status < 500 {
        return match (error, way) {
            ("AccountDeactivated" | "RepoDeactivated", _) => of(Finding::GoneAccount),
            ("AccountTakedown" | "RepoTakendown" | "RepoSuspended", _) => of(Finding::GoneModerated),
            ("RepoNotFound", _) => of(Finding::GoneAccount),
            // On the account's own host there is no view in between: who holds the key took the record away.
            ("RecordNotFound", _) => of(Finding::GoneAuthorDeleted),
            ("BlobNotFound", _) => of(Finding::GoneUnknown),
            ("NotFound", _) => Verdict::perhaps(
                Finding::GoneUnknown,
                format!("{said}; deleted, taken down and deactivated are told alike here"),
            ),
            ("AuthMissing" | "AuthenticationRequired" | "AuthRequired", _) => of(Finding::LoginWall),
            ("BlockedActor" | "BlockedByActor", _) => of(Finding::Private),
            _ if message.contains("Could not find repo") => Verdict::perhaps(Finding::GoneAccount, said),
            _ if message.contains("Profile not found") || message.contains("not found") => {
                Verdict::perhaps(Finding::GoneAccount, said)
            }
            _ if message.contains("Could not locate record") => of(Finding::GoneAuthorDeleted),
            _ if message.contains("Unable to resolve handle") => Verdict::perhaps(Finding::GoneUnknown, said),
            _ => walls::by_status(answer),
        };
    }
    if value.get("active") == Some(&Value::Bool(false)) {
        let status = value.s("status").unwrap_or("inactive");
        let finding = match status {
            "takendown" | "suspended" => Finding::GoneModerated,
            _ => Finding::GoneAccount,
        };
        return Verdict::of(finding, format!("the account's host says that it is {status}"));
    }
    let kind = value.s("thread.$type").unwrap_or("");
    if kind.ends_with("#notFoundPost") || value.is("thread.notFound") {
        return Verdict::perhaps(Finding::GoneUnknown, "the view does not know the post");
    }
    if kind.ends_with("#blockedPost") || value.is("thread.blocked") {
        return Verdict::of(Finding::Private, "the view does not show the post: a block");
    }
    if way.ends_with("getPosts") && value.get("posts").is_some() && value.list("posts").is_empty() {
        return Verdict::perhaps(Finding::GoneUnknown, "the view does not know the post");
    }
    let labels = value.list("thread.post.author.labels").iter().chain(value.list("labels")).filter_map(|l| l.s("val"));
    if labels.into_iter().any(|l| l == "!no-unauthenticated")
        && value.get("thread").is_some_and(|t| t.get("post").is_none())
    {
        return Verdict::of(Finding::LoginWall, "the account asks to be shown to accounts only");
    }
    walls::by_status(answer)
}

/// The host of accounts that is asked where their own is not known: it sends on to theirs.
pub(super) const ENTRY: &str = "https://bsky.social";

/// Where a blob is on the account's own host: its octets are those that its CID names.
pub fn blob(host: &str, did: &str, cid: &str) -> String {
    let host = host.trim_end_matches('/');
    format!("{host}/xrpc/com.atproto.sync.getBlob?did={}&cid={}", encoded(did), encoded(cid))
}

/// What the view and the account's own host say together of a post (the matrix of what was measured).
pub fn together(view: &Verdict, host: &Verdict, account: Option<&Verdict>) -> Verdict {
    let gone = !view.finding.is_content();
    match (gone, host.finding) {
        (false, _) => view.clone(),
        (true, Finding::Ok) => {
            Verdict::of(Finding::GoneModerated, "the view does not show it, and the account's host still has it")
        }
        (true, Finding::GoneAuthorDeleted) => Verdict::of(
            Finding::GoneAuthorDeleted,
            "neither the view nor the account's host has it, and the account is there",
        ),
        (true, finding) if finding.is_absence() => {
            // Taken down, switched off or deleted: with the account go its posts, and none of them by itself.
            let told = account.filter(|a| matches!(a.finding, Finding::GoneAccount | Finding::GoneModerated));
            let reason = told.map_or("the account's host has no repository of it", |a| a.reason.as_str());
            Verdict::of(Finding::GoneAccount, reason)
        }
        (true, _) => Verdict { ambiguous: true, ..view.clone() },
    }
}

/// What an answer says.
pub(super) fn read(answer: &Answer<'_>, target: &Target) -> Reading {
    let mut reading = said(answer, target);
    let own = answer.url.origin().ascii_serialization();
    if answer.url.path().starts_with("/xrpc/com.atproto.") {
        // Who has the record has its blobs.
        let media = reading.posts.iter_mut().flat_map(|post| &mut post.media);
        for rendition in media.flat_map(|medium| &mut medium.renditions) {
            if let Some(rest) = rendition.url.strip_prefix(ENTRY) {
                rendition.url = format!("{own}{rest}");
            }
        }
    }
    reading
}

fn said(answer: &Answer<'_>, target: &Target) -> Reading {
    if let Some(car) = cbor::car(answer.body) {
        return bluesky_account::repository(&car, answer, target);
    }
    if answer.is_html() {
        return bluesky_account::page(answer, target);
    }
    let Some(value) = answer.json() else { return Reading::new() };
    let mut reading = Reading::new();
    reading.site = Some("Bluesky".to_owned());
    if value.get("thread").is_some() {
        bluesky_post::thread(value.at("thread"), &mut reading);
    } else if let Some(feed) = value.at("feed").as_array() {
        reading.understood = true;
        feed.iter().for_each(|item| bluesky_post::item(item, &mut reading));
    } else if let Some(posts) = value.at("posts").as_array() {
        reading.understood = true;
        posts.iter().for_each(|post| bluesky_post::view(post, &mut reading));
    } else if let Some(records) = value.at("records").as_array() {
        reading.understood = true;
        records.iter().for_each(|record| bluesky_post::record(record, target, &mut reading));
    } else if let Some(last) = value.as_array().and_then(|log| log.last()).filter(|l| l.get("operation").is_some()) {
        // The log of an account's document: what it says last.
        let operation =
            serde_json::json!({ "id": last.s("did"), "service": [], "alsoKnownAs": last.at("operation.alsoKnownAs") });
        bluesky_account::document(&operation, target, &mut reading);
    } else if value.get("value").is_some() && value.get("uri").is_some() {
        bluesky_post::record(&value, target, &mut reading);
    } else if value.get("service").is_some() && value.s("id").is_some_and(|id| id.starts_with("did:")) {
        bluesky_account::document(&value, target, &mut reading);
    } else if value.s("did").is_some() && value.s("handle").is_some() {
        reading.actor = bluesky_account::profile(&value);
        reading.lacks(Missing::OtherPosts);
        let url = format!(
            "{}/app.bsky.feed.getAuthorFeed?actor={}&limit=100&filter=posts_with_replies",
            view_of(target),
            encoded(value.s("did").unwrap_or(""))
        );
        reading.ask(Why::Older, Route::get("feed", url, PACE_MS));
    } else if let Some(did) = value.s("did") {
        // A handle that was resolved.
        let mut actor = Actor::new(PostKey::new(Platform::Bluesky, did, ""));
        actor.id = Some(did.to_owned());
        actor.handle = Some(target.key.authority.clone()).filter(|a| !a.starts_with("did:"));
        reading.actor = Some(actor);
        for route in
            routes(&Target { key: PostKey::new(Platform::Bluesky, did, target.key.id.clone()), ..target.clone() })
        {
            reading.ask(Why::Resolve, route);
        }
    } else {
        bluesky_account::people(&value, &mut reading);
    }
    older(answer, &value, &mut reading);
    reading
}

/// The next page, by the cursor.
fn older(answer: &Answer<'_>, value: &Value, reading: &mut Reading) {
    let Some(cursor) = value.s("cursor").filter(|_| !reading.is_empty()) else { return };
    let way = answer.url.path();
    if !way.contains("/xrpc/") {
        return;
    }
    let mut url = answer.url.clone();
    let kept: Vec<(String, String)> =
        url.query_pairs().filter(|(k, _)| k != "cursor").map(|(k, v)| (k.into_owned(), v.into_owned())).collect();
    url.query_pairs_mut().clear().extend_pairs(kept).append_pair("cursor", cursor);
    reading.ask(Why::Older, Route::get("feed", url, PACE_MS));
}
