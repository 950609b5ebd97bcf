//! A replica of a Mastodon server: nodeinfo, its interface with paging by `Link`, threads, histories, the fediverse's own
//! form by `Accept`, feeds and the shell of its pages.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};

use serde_json::{Value, json};

use crate::server::{Answer, Hit, Origin};

/// One version of a status.
#[derive(Clone, Debug)]
pub struct Version {
    /// Milliseconds.
    pub at: u64,
    /// Markup.
    pub content: String,
}

/// What somebody said or handed on.
#[derive(Clone, Debug)]
pub struct Status {
    /// By whom.
    pub by: String,
    /// From the first to the last.
    pub versions: Vec<Version>,
    /// What it answers.
    pub reply: Option<u64>,
    /// What it hands on.
    pub boost: Option<u64>,
    /// Descriptions of its pictures.
    pub pictures: Vec<String>,
}

/// A server.
#[derive(Debug, Default)]
pub struct Server {
    /// By number: milliseconds shifted by sixteen.
    pub statuses: BTreeMap<u64, Status>,
    /// Who is shown to nobody any more.
    pub suspended: BTreeSet<String>,
    /// The interface answers accounts only.
    pub closed: bool,
    /// The fediverse's own form is given to those who sign only.
    pub secure: bool,
    /// Its pages bear no mark of their program, but name their form for machines.
    pub unmarked: bool,
    /// So many requests are answered yet; then 429 until the moment that is named.
    pub left: Option<u32>,
    people: Vec<String>,
    clock: u64,
    base: String,
    files: String,
}

impl Server {
    /// Somebody new; the number of the account.
    pub fn account(&mut self, name: &str) -> usize {
        self.people.push(name.to_owned());
        self.people.len()
    }

    fn put(&mut self, by: &str, content: &str) -> (u64, &mut Status) {
        self.clock += 60_000;
        let id = self.clock << 16 | 7;
        let versions = vec![Version { at: self.clock, content: format!("<p>{content}</p>") }];
        let status = Status { by: by.to_owned(), versions, reply: None, boost: None, pictures: Vec::new() };
        (id, self.statuses.entry(id).or_insert(status))
    }

    /// Says something.
    pub fn say(&mut self, by: &str, content: &str) -> u64 {
        self.put(by, content).0
    }

    /// Answers something.
    pub fn reply(&mut self, by: &str, to: u64, content: &str) -> u64 {
        let (id, status) = self.put(by, content);
        status.reply = Some(to);
        id
    }

    /// Hands something on.
    pub fn boost(&mut self, by: &str, of: u64) -> u64 {
        let (id, status) = self.put(by, "");
        status.boost = Some(of);
        id
    }

    /// Shows a picture.
    pub fn picture(&mut self, by: &str, content: &str, alt: &str) -> u64 {
        let (id, status) = self.put(by, content);
        status.pictures.push(alt.to_owned());
        id
    }

    /// Says it otherwise.
    pub fn edit(&mut self, id: u64, content: &str) {
        self.clock += 60_000;
        let at = self.clock;
        self.statuses.get_mut(&id).unwrap().versions.push(Version { at, content: format!("<p>{content}</p>") });
    }

    /// It is not there any more, and what handed it on neither.
    pub fn delete(&mut self, id: u64) {
        self.statuses.remove(&id).unwrap();
        self.statuses.retain(|_, s| s.boost != Some(id));
        // What answered it answers nothing then.
        self.statuses.values_mut().filter(|s| s.reply == Some(id)).for_each(|s| s.reply = None);
    }

    fn is_shown(&self, status: &Status) -> bool {
        !self.suspended.contains(&status.by)
    }

    fn shown(&self, id: u64) -> Option<&Status> {
        self.statuses.get(&id).filter(|s| self.is_shown(s))
    }

    fn number(&self, name: &str) -> Option<usize> {
        let at = self.people.iter().position(|p| p.eq_ignore_ascii_case(name))?;
        Some(at + 1)
    }
}

/// The server, on an address of its own.
pub struct Mastodon {
    /// Where it answers.
    pub origin: Origin,
    state: Arc<Mutex<Server>>,
}

impl Mastodon {
    /// A server with nobody on it.
    pub fn start() -> Self {
        Self::called("")
    }

    /// One that calls itself by another address than its own (where a mirror stands for it); files are at its own.
    pub fn called(base: &str) -> Self {
        let origin = Origin::start();
        let files = origin.url("").as_str().trim_end_matches('/').to_owned();
        let base = if base.is_empty() { files.clone() } else { base.to_owned() };
        let state = Arc::new(Mutex::new(Server { clock: 1_785_000_000_000, base, files, ..Server::default() }));
        let shared = state.clone();
        origin.handle("", "*", move |hit| answer(&mut shared.lock().unwrap(), hit));
        Self { origin, state }
    }

    /// Looks at the server, or changes it.
    pub fn with<T>(&self, change: impl FnOnce(&mut Server) -> T) -> T {
        change(&mut self.state.lock().unwrap())
    }
}

fn time(ms: u64) -> String {
    let at = jiff::Timestamp::from_millisecond(i64::try_from(ms).unwrap()).unwrap();
    format!("{at:.3}")
}

fn json(value: &Value) -> Answer {
    Answer::of("application/json; charset=utf-8", value.to_string())
}

fn error(status: u16, words: &str) -> Answer {
    let body = json!({ "error": words }).to_string();
    Answer::with(status, "application/json; charset=utf-8", body)
}

fn answer(server: &mut Server, hit: &Hit) -> Answer {
    let (path, query) = hit.target.split_once('?').unwrap_or((&hit.target, ""));
    let parts: Vec<&str> = path.split('/').filter(|p| !p.is_empty()).collect();
    let value = |name: &str| query.split('&').find_map(|p| p.strip_prefix(name)?.strip_prefix('='));
    let wants = hit.field("accept").unwrap_or_default();
    let activity = wants.contains("activity+json") || wants.contains("ld+json");
    match parts[..] {
        ["robots.txt"] => Answer::status(404),
        [".well-known", "nodeinfo"] => {
            let schema = "http://nodeinfo.diaspora.software/ns/schema/2.0";
            json(&json!({ "links": [{ "rel": schema, "href": format!("{}/nodeinfo/2.0", server.base) }] }))
        }
        ["nodeinfo", "2.0"] => json(&json!({
            "version": "2.0", "software": { "name": "mastodon", "version": "4.4.3" }, "protocols": ["activitypub"],
            "services": { "outbound": [], "inbound": [] }, "usage": { "users": { "total": server.people.len() } },
            "openRegistrations": true, "metadata": { "nodeName": "Replica" }
        })),
        ["media", name] => Answer::of("image/png", [b"\x89PNG\r\n\x1a\n", name.as_bytes()].concat()),
        ["api", version, ref way @ ..] => interface(server, version, way, &value),
        _ => page(server, &parts, activity),
    }
}

fn interface<'q>(server: &mut Server, version: &str, way: &[&str], value: &impl Fn(&str) -> Option<&'q str>) -> Answer {
    let reset = "2126-01-01T00:05:00.000000Z";
    if server.left == Some(0) {
        let limited = error(429, "Too many requests");
        let limited = limited.field("X-RateLimit-Limit", "300").field("X-RateLimit-Remaining", "0");
        return limited.field("X-RateLimit-Reset", reset);
    }
    server.left = server.left.map(|left| left - 1);
    let left = server.left.map_or_else(|| "299".to_owned(), |left| left.to_string());
    let told = |answer: Answer| {
        let answer = answer.field("X-RateLimit-Limit", "300").field("X-RateLimit-Remaining", &left);
        answer.field("X-RateLimit-Reset", reset)
    };
    if server.closed && way != ["instance"] {
        return told(error(401, "This method requires an authenticated user"));
    }
    let none = || error(404, "Record not found");
    told(match way {
        ["instance"] => json(
            &json!({ "domain": server.base, "title": "Replica", "version": "4.4.3", "api_versions": { "mastodon": version } }),
        ),
        ["accounts", "lookup"] => match value("acct").and_then(|acct| server.number(acct)) {
            Some(n) => json(&account(server, n)),
            None => none(),
        },
        ["accounts", id, "statuses"] => list(server, id, value),
        ["statuses", id, rest @ ..] => {
            let found = id.parse().ok().and_then(|id| Some((id, server.shown(id)?)));
            match (found, rest) {
                (Some((id, _)), []) => json(&status(server, id)),
                (Some((id, _)), ["context"]) => json(&context(server, id)),
                (Some((_, s)), ["history"]) => json(&history(server, s)),
                _ => none(),
            }
        }
        _ => none(),
    })
}

fn list<'q>(server: &Server, id: &str, value: &impl Fn(&str) -> Option<&'q str>) -> Answer {
    let Some(name) = id.parse::<usize>().ok().and_then(|n| server.people.get(n.checked_sub(1)?)) else {
        return error(404, "Record not found");
    };
    if server.suspended.contains(name) {
        return json(&json!([]));
    }
    let limit = value("limit").and_then(|n| n.parse().ok()).unwrap_or(20).min(40);
    let below = value("max_id").and_then(|n| n.parse().ok()).unwrap_or(u64::MAX);
    let own = server.statuses.range(..below).rev().filter(|(_, s)| s.by == *name).map(|(id, _)| *id);
    let ids: Vec<u64> = own.take(limit).collect();
    let answer = json(&ids.iter().map(|id| status(server, *id)).collect::<Vec<_>>().into());
    match (ids.first(), ids.last()) {
        (Some(first), Some(last)) => {
            let at = |what: &str| format!("<{}/api/v1/accounts/{id}/statuses?limit={limit}&{what}>", server.base);
            // A page that is not full is the last one.
            let next = format!("{}; rel=\"next\", ", at(&format!("max_id={last}")));
            let next = if ids.len() == limit { next } else { String::new() };
            answer.field("Link", format!("{next}{}; rel=\"prev\"", at(&format!("min_id={first}"))))
        }
        _ => answer,
    }
}

fn account(server: &Server, n: usize) -> Value {
    let (name, base, files) = (&server.people[n - 1], &server.base, &server.files);
    let suspended = server.suspended.contains(name);
    let mut out = json!({
        "id": n.to_string(), "username": name, "acct": name, "display_name": format!("{name} of the valley"), "locked": false,
        "bot": false, "group": false, "created_at": "2026-07-01T00:00:00.000Z", "note": "<p>What I see.</p>",
        "url": format!("{base}/@{name}"), "uri": format!("{base}/users/{name}"), "avatar": format!("{files}/media/{name}.png"),
        "avatar_static": format!("{files}/media/{name}.png"), "header": format!("{base}/headers/original/missing.png"),
        "header_static": format!("{base}/headers/original/missing.png"), "followers_count": 10, "following_count": 2,
        "statuses_count": server.statuses.values().filter(|s| s.by == *name).count(), "emojis": [], "fields": []
    });
    if suspended {
        (out["suspended"], out["display_name"], out["note"]) = (true.into(), "".into(), "".into());
    }
    out
}

fn status(server: &Server, id: u64) -> Value {
    let (s, base) = (&server.statuses[&id], &server.base);
    let last = s.versions.last().unwrap();
    let edited = (s.versions.len() > 1).then(|| time(last.at));
    let count = |f: &dyn Fn(&Status) -> bool| server.statuses.values().filter(|s| f(s)).count();
    let own = format!("{base}/users/{}/statuses/{id}", s.by);
    // Of what is handed on both are that of the activity.
    let uri = if s.boost.is_some() { format!("{own}/activity") } else { own };
    let url = if s.boost.is_some() { uri.clone() } else { format!("{base}/@{}/{id}", s.by) };
    let media: Vec<Value> = s.pictures.iter().enumerate().map(|(n, alt)| picture(&server.files, id, n, alt)).collect();
    json!({
        "id": id.to_string(), "created_at": time(s.versions[0].at), "edited_at": edited,
        "in_reply_to_id": s.reply.map(|r| r.to_string()),
        "in_reply_to_account_id": s.reply.and_then(|r| server.number(&server.statuses.get(&r)?.by)).map(|n| n.to_string()),
        "sensitive": false, "spoiler_text": "", "visibility": "public", "language": "en", "uri": uri,
        "url": url, "replies_count": count(&|o| o.reply == Some(id)),
        "reblogs_count": count(&|o| o.boost == Some(id)), "favourites_count": 3,
        "content": if s.boost.is_some() { "" } else { last.content.as_str() },
        "reblog": s.boost.filter(|b| server.shown(*b).is_some()).map(|b| status(server, b)),
        "account": account(server, server.number(&s.by).unwrap()), "media_attachments": media,
        "mentions": [], "tags": [], "emojis": [], "card": null, "poll": null
    })
}

fn picture(files: &str, id: u64, n: usize, alt: &str) -> Value {
    let size = json!({ "width": 800, "height": 600, "size": "800x600", "aspect": 1.333 });
    json!({
        "id": format!("{id}{n}"), "type": "image", "url": format!("{files}/media/{id}-{n}.png"),
        "preview_url": format!("{files}/media/{id}-{n}-small.png"), "remote_url": null, "description": alt,
        "blurhash": "UBL_:rOpGG-;~qRjWBay", "meta": { "original": size, "small": size }
    })
}

fn context(server: &Server, id: u64) -> Value {
    let mut above = Vec::new();
    let mut here = server.statuses[&id].reply;
    while let Some((id, s)) = here.and_then(|id| Some((id, server.shown(id)?))) {
        above.insert(0, status(server, id));
        here = s.reply;
    }
    let (mut below, mut ids) = (Vec::new(), vec![id]);
    while let Some(id) = ids.pop() {
        let answers = server.statuses.iter().filter(|(_, s)| s.reply == Some(id) && server.is_shown(s));
        for (id, _) in answers {
            below.push(status(server, *id));
            ids.push(*id);
        }
    }
    json!({ "ancestors": above, "descendants": below })
}

fn history(server: &Server, s: &Status) -> Value {
    let who = account(server, server.number(&s.by).unwrap());
    let version = |v: &Version| {
        json!({
            "content": v.content, "spoiler_text": "", "sensitive": false, "created_at": time(v.at), "account": who,
            "media_attachments": [], "emojis": []
        })
    };
    s.versions.iter().map(version).collect::<Vec<_>>().into()
}

/// Addresses for people; with the right `Accept` the same in the fediverse's own form.
fn page(server: &Server, parts: &[&str], activity: bool) -> Answer {
    let id = |text: &str| text.parse::<u64>().ok();
    match *parts {
        ["users", name] | [name] if activity || parts[0] == "users" => {
            person(server, name.trim_start_matches('@'), activity)
        }
        ["users", _, "statuses", number] | [_, number] if activity && id(number).is_some() => note(server, number),
        ["users", name, "outbox"] => outbox(server, name),
        [name] if name.starts_with('@') && name.ends_with(".rss") => feed(server, name),
        [name] if name.starts_with('@') => {
            shell(server, server.number(&name[1..]).is_some(), &name[1..], "What I see.")
        }
        [name, number] if name.starts_with('@') => {
            let found = id(number).and_then(|id| server.shown(id));
            let said = found.map(|s| s.versions.last().unwrap().content.replace("<p>", "").replace("</p>", ""));
            shell(server, found.is_some(), &name[1..], &said.unwrap_or_default())
        }
        _ => Answer::status(404),
    }
}

/// What is there without its scripts: words for previews, and the state that the scripts begin with.
fn shell(server: &Server, there: bool, name: &str, said: &str) -> Answer {
    let files = &server.files;
    if server.suspended.contains(name) {
        return Answer::with(
            410,
            "text/html; charset=utf-8",
            "<title>The page you are looking for is not available</title>",
        );
    }
    if !there {
        let words =
            "<title>The page you are looking for isn't here.</title><h1>The page you are looking for isn't here.</h1>";
        return Answer::with(404, "text/html; charset=utf-8", words);
    }
    if server.unmarked {
        let here = format!("{}/@{name}", server.base);
        return Answer::html(format!(
            "<!DOCTYPE html><html lang=\"en\"><head><title>{name}</title>\
             <link rel=\"alternate\" type=\"application/activity+json\" href=\"{here}\"></head><body><h1>{name}</h1><p>{said}</p></body></html>"
        ));
    }
    Answer::html(format!(
        "<!DOCTYPE html><html lang=\"en\"><head><meta charset=\"utf-8\"><title>{name} of the valley (@{name}@replica) - Replica</title>\
         <meta content=\"Replica\" property=\"og:site_name\"><meta content=\"article\" property=\"og:type\">\
         <meta content=\"{name} of the valley (@{name}@replica)\" property=\"og:title\"><meta content=\"{said}\" property=\"og:description\">\
         <meta content=\"{files}/media/{name}.png\" property=\"og:image\"><meta content=\"{name}@replica\" property=\"profile:username\">\
         <script id=\"initial-state\" type=\"application/json\">{{\"meta\":{{\"domain\":\"replica\",\"version\":\"4.4.3\"}}}}</script></head>\
         <body class=\"app-body\"><div class=\"app-holder\" id=\"mastodon\"><noscript>To use the Mastodon web application, please enable JavaScript.</noscript></div></body></html>"
    ))
}

fn object(server: &Server, number: u64) -> Value {
    let (s, base, files) = (&server.statuses[&number], &server.base, &server.files);
    let last = s.versions.last().unwrap();
    let own = |s: &Status, id: u64| format!("{base}/users/{}/statuses/{id}", s.by);
    let media = s.pictures.iter().enumerate().map(|(n, alt)| {
        json!({ "type": "Document", "mediaType": "image/png", "url": format!("{files}/media/{number}-{n}.png"), "name": alt })
    });
    json!({
        "id": own(s, number), "type": "Note", "published": time(s.versions[0].at),
        "updated": (s.versions.len() > 1).then(|| time(last.at)), "url": format!("{base}/@{}/{number}", s.by),
        "attributedTo": format!("{base}/users/{}", s.by), "to": ["https://www.w3.org/ns/activitystreams#Public"], "cc": [],
        "inReplyTo": s.reply.and_then(|r| Some(own(server.statuses.get(&r)?, r))), "sensitive": false,
        "content": last.content, "contentMap": { "en": last.content }, "attachment": media.collect::<Vec<_>>(), "tag": []
    })
}

fn as_activity(value: Value) -> Answer {
    let mut value = value;
    value["@context"] = json!(["https://www.w3.org/ns/activitystreams"]);
    Answer::of("application/activity+json; charset=utf-8", value.to_string())
}

fn note(server: &Server, number: &str) -> Answer {
    match number.parse().ok().and_then(|id| Some((id, server.shown(id)?))) {
        _ if server.secure => error(401, "Request not signed"),
        Some((_, s)) if s.boost.is_some() => error(404, "Record not found"),
        Some((id, _)) => as_activity(object(server, id)),
        None => error(404, "Record not found"),
    }
}

fn person(server: &Server, name: &str, activity: bool) -> Answer {
    let (base, files) = (&server.base, &server.files);
    match server.number(name) {
        _ if server.secure && activity => error(401, "Request not signed"),
        Some(_) if server.suspended.contains(name) => error(410, "Gone"),
        Some(_) if activity => as_activity(json!({
            "id": format!("{base}/users/{name}"), "type": "Person", "preferredUsername": name, "name": format!("{name} of the valley"),
            "summary": "<p>What I see.</p>", "url": format!("{base}/@{name}"), "inbox": format!("{base}/users/{name}/inbox"),
            "outbox": format!("{base}/users/{name}/outbox"), "published": "2026-07-01T00:00:00Z",
            "icon": { "type": "Image", "mediaType": "image/png", "url": format!("{files}/media/{name}.png") }
        })),
        Some(_) => Answer::redirect(302, format!("{base}/@{name}")),
        None => error(404, "Record not found"),
    }
}

fn outbox(server: &Server, name: &str) -> Answer {
    if server.secure {
        return error(401, "Request not signed");
    }
    let own: Vec<u64> =
        server.statuses.iter().rev().filter(|(_, s)| s.by == name && s.boost.is_none()).map(|(id, _)| *id).collect();
    let items: Vec<Value> = own
        .iter()
        .map(|id| json!({ "id": format!("{}/users/{name}/statuses/{id}/activity", server.base), "type": "Create", "object": object(server, *id) }))
        .collect();
    as_activity(
        json!({ "id": format!("{}/users/{name}/outbox", server.base), "type": "OrderedCollection", "totalItems": items.len(), "orderedItems": items }),
    )
}

fn feed(server: &Server, name: &str) -> Answer {
    let name = name.trim_start_matches('@').trim_end_matches(".rss");
    let (base, own) = (&server.base, |s: &Status| s.by == name && s.boost.is_none() && s.reply.is_none());
    if server.number(name).is_none() {
        return Answer::status(404);
    }
    let item = |(id, s): (&u64, &Status)| {
        let said = s.versions.last().unwrap().content.replace('<', "&lt;").replace('>', "&gt;");
        let at = jiff::Timestamp::from_millisecond(i64::try_from(s.versions[0].at).unwrap()).unwrap();
        let at = at.strftime("%a, %d %b %Y %H:%M:%S +0000");
        format!(
            "<item><guid isPermaLink=\"true\">{base}/@{name}/{id}</guid><link>{base}/@{name}/{id}</link><pubDate>{at}</pubDate><description>{said}</description></item>"
        )
    };
    let items: String = server.statuses.iter().rev().filter(|(_, s)| own(s)).take(20).map(item).collect();
    Answer::of(
        "application/rss+xml; charset=utf-8",
        format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?><rss version=\"2.0\"><channel><title>{name} of the valley</title><link>{base}/@{name}</link>{items}</channel></rss>"
        ),
    )
}
