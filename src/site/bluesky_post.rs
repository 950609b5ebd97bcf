//! Posts of Bluesky: views, records, threads, the items of feeds.

use serde_json::Value;

use super::answer::{Reading, Target};
use super::json::Ask;
use super::{bluesky, bluesky_account, build};
use crate::model::post::{
    Card, CountKind, Missing, Note, NoteKind, PostMediaKind, Relation, RelationKind, RelationState, Rendition,
};
use crate::model::{Platform, Post, PostKey, PostKind, PostMedia, PostState};

/// Deeper threads are not followed.
const MAX_DEPTH: usize = 1_200;

/// A thread: what was asked for first, then what it answers, then what answers it.
pub(super) fn thread(value: &Value, reading: &mut Reading) {
    reading.understood = true;
    place(value, reading);
    let mut above = value.at("parent");
    for _ in 0..MAX_DEPTH {
        if !above.is_object() {
            break;
        }
        place(above, reading);
        above = above.at("parent");
    }
    // Depth first, in the order of the answer, without recursion.
    let mut stack: Vec<&Value> = value.list("replies").iter().rev().collect();
    while let Some(reply) = stack.pop() {
        place(reply, reading);
        stack.extend(reply.list("replies").iter().rev());
        let claimed = reply.n("post.replyCount").unwrap_or(0);
        if claimed > reply.list("replies").len() as u64 {
            reading.lacks(Missing::SomeReplies);
        }
    }
    if value.n("post.replyCount").unwrap_or(0) > value.list("replies").len() as u64 {
        // A deleted reply takes all that answered it with it, and nothing says so.
        reading.lacks(Missing::SomeReplies);
    }
}

/// One place of a thread: a post, or the sign that there is none.
fn place(value: &Value, reading: &mut Reading) {
    if value.get("post").is_some() {
        view(value.at("post"), reading);
        return;
    }
    let state = if value.is("blocked") { PostState::Blocked } else { PostState::Gone };
    let gone =
        value.is("notFound") || value.is("blocked") || value.s("$type").is_some_and(|t| t.ends_with("#notFoundPost"));
    if let Some(key) = value.s("uri").and_then(bluesky::key).filter(|_| gone) {
        let mut post = Post::new(key, PostKind::Post);
        post.state = state;
        post.sources.set("post", "appview");
        reading.put(post);
    }
}

/// An item of a feed: a post, and who handed it on.
pub(super) fn item(item: &Value, reading: &mut Reading) {
    let at = reading.posts.len();
    view(item.at("post"), reading);
    let by = item.at("reason.by");
    if let Some(by) =
        bluesky_account::profile(by).filter(|_| item.s("reason.$type").is_some_and(|t| t.ends_with("#reasonRepost")))
    {
        let Some(handed) = reading.posts.get(at).map(|p| p.key.clone()) else { return };
        let own = item.s("reason.uri").and_then(bluesky::key);
        let own = own
            .unwrap_or_else(|| PostKey::new(Platform::Bluesky, by.key.authority.clone(), format!("repost:{handed}")));
        let mut post = Post::new(own, PostKind::Repost);
        post.url = Some(bluesky::page_of(&handed));
        post.created = build::written(item.s("reason.indexedAt"), "api");
        post.author = Some(by);
        post.relations.push(Relation { state: RelationState::Available, ..Relation::to(RelationKind::Repost, handed) });
        post.sources.set("post", "appview");
        reading.put(post);
    }
}

/// A post as the view shows it; what it quotes stands behind it.
pub(super) fn view(value: &Value, reading: &mut Reading) {
    let Some(key) = value.s("uri").and_then(bluesky::key) else { return };
    let mut post = of_record(&key, value.at("record"), "appview");
    post.version = value.text("cid");
    post.author = bluesky_account::profile(value.at("author"));
    if let Some(handle) = post.author.as_ref().and_then(|a| a.handle.as_deref()) {
        // Its own address has the number of the account, which stays when the account changes its name.
        post.urls.push(format!("https://bsky.app/profile/{handle}/post/{}", key.id));
    }
    for (kind, path) in [
        (CountKind::Replies, "replyCount"),
        (CountKind::Reposts, "repostCount"),
        (CountKind::Likes, "likeCount"),
        (CountKind::Quotes, "quoteCount"),
        (CountKind::Bookmarks, "bookmarkCount"),
    ] {
        build::count(&mut post.counts, kind, value.n(path));
    }
    post.labels.extend(build::texts(value.list("labels"), "val"));
    post.sensitive =
        post.labels.iter().any(|l| matches!(l.as_str(), "porn" | "sexual" | "nudity" | "graphic-media" | "gore"));
    indexed(&mut post, value.s("indexedAt"));
    let mut quoted = Vec::new();
    shown(&mut post, value.at("embed"), &mut quoted);
    reading.put(post);
    for other in quoted {
        quote(other, reading);
    }
}

/// When the view saw it first, beside the time that its writer states.
fn indexed(post: &mut Post, indexed: Option<&str>) {
    let seen = build::written(indexed, "indexedAt").and_then(|w| w.at);
    let stated = post.created.as_ref().and_then(|w| w.at);
    if let (Some(seen), Some(stated)) = (seen, stated) {
        let late = seen.as_second() - stated.as_second();
        if late > 3_600 {
            let detail = format!("the platform saw it first {late} s after the time that it states ({seen})");
            post.notes.push(Note { kind: NoteKind::Backdated, detail });
        }
    }
}

/// A quoted post, shown inside of another.
fn quote(value: &Value, reading: &mut Reading) {
    let record = value.get("value");
    let Some(key) = value.s("uri").and_then(bluesky::key).filter(|_| record.is_some()) else { return };
    let mut post = of_record(&key, value.at("value"), "appview-quote");
    post.version = value.text("cid");
    post.author = bluesky_account::profile(value.at("author"));
    for embed in value.list("embeds").iter().take(4) {
        shown(&mut post, embed, &mut Vec::new());
    }
    reading.put(post);
}

/// A record of a repository.
pub(super) fn record(value: &Value, target: &Target, reading: &mut Reading) {
    let Some(key) = value.s("uri").and_then(bluesky::key) else { return };
    if value.s("value.$type").is_some_and(|t| t != "app.bsky.feed.post") {
        return;
    }
    let mut post = of_record(&key, value.at("value"), "repository");
    post.version = value.text("cid");
    let handle = Some(target.key.authority.as_str()).filter(|a| !a.starts_with("did:") && !a.is_empty());
    post.author = Some(build::actor(
        PostKey::new(Platform::Bluesky, key.authority.clone(), ""),
        handle,
        None,
        Some(format!("https://bsky.app/profile/{}", key.authority)),
    ));
    post.lacks(Missing::Counts);
    reading.put(post);
}

/// What a record says by itself.
fn of_record(key: &PostKey, record: &Value, rule: &str) -> Post {
    let mut post = Post::new(key.clone(), PostKind::Post);
    post.url = Some(bluesky::page_of(key));
    post.urls.push(format!("at://{}/app.bsky.feed.post/{}", key.authority, key.id));
    build::say_plain(&mut post, record.s("text").unwrap_or(""), rule);
    post.created = build::written(record.s("createdAt"), "api");
    post.language = record.text("langs.0");
    post.tags = build::texts(record.list("tags"), "");
    post.labels = build::texts(record.list("labels.values"), "val");
    facets(&mut post, record);
    for (kind, path) in [(RelationKind::Reply, "reply.parent.uri"), (RelationKind::ThreadRoot, "reply.root.uri")] {
        if let Some(to) = record.s(path).and_then(bluesky::key) {
            post.relations.push(Relation { url: record.text(path), ..Relation::to(kind, to) });
            post.kind = PostKind::Comment;
        }
    }
    embedded(&mut post, record.at("embed"));
    post.sources.set("post", rule);
    post
}

/// Links, names and tags by the octets of the text that they take.
fn facets(post: &mut Post, record: &Value) {
    let text = record.at("text").as_str().unwrap_or("");
    for facet in record.list("facets").iter().take(300) {
        let place = |path: &str| facet.n(path).and_then(|n| usize::try_from(n).ok());
        let words = place("index.byteStart").zip(place("index.byteEnd")).and_then(|(from, to)| text.get(from..to));
        // Offsets that fall between octets of one letter name nothing.
        let words = words.unwrap_or("");
        for feature in facet.list("features").iter().take(8) {
            match feature.s("$type").unwrap_or("").rsplit('#').next() {
                Some("link") => build::link(post, feature.s("uri").unwrap_or(""), words),
                Some("mention") => post.mentions.extend(build::mention(
                    words,
                    feature.text("did"),
                    feature.s("did").map(|d| format!("https://bsky.app/profile/{d}")),
                )),
                Some("tag") => {
                    let tag = feature.s("tag").unwrap_or("").trim_start_matches('#');
                    if !tag.is_empty() && !post.tags.iter().any(|t| t == tag) {
                        post.tags.push(tag.to_owned());
                    }
                }
                _ => {}
            }
        }
    }
}

/// Where the octets of a blob are, without knowing the account's host: the view's host sends there.
fn blob_url(did: &str, cid: &str) -> String {
    bluesky::blob(bluesky::ENTRY, did, cid)
}

fn blob(did: &str, value: &Value, kind: PostMediaKind) -> Option<PostMedia> {
    // Blobs of before 2023 have their CID at the top.
    let cid = value.s("ref.$link").or_else(|| value.s("cid")).or_else(|| value.s("ref"))?;
    let rendition =
        Rendition { mime: value.text("mimeType"), bytes: value.n("size"), ..Rendition::of(blob_url(did, cid)) };
    let mut medium = build::rendered(kind, vec![rendition])?;
    medium.identity = cid.to_owned();
    medium.expected = Some(cid.to_owned());
    Some(medium)
}

/// What a record embeds: pictures and videos by their blobs, cards, quotes by their names.
fn embedded(post: &mut Post, embed: &Value) {
    let did = post.key.authority.clone();
    let pictures = embed
        .list("images")
        .iter()
        .chain(embed.list("items"))
        .chain(embed.list("media.images"))
        .chain(embed.list("media.items"));
    for picture in pictures.take(100) {
        if let Some(mut medium) = blob(&did, picture.at("image"), PostMediaKind::Image) {
            medium.alt = picture.s("alt").unwrap_or("").to_owned();
            if let Some(best) = medium.renditions.first_mut() {
                best.width = build::pixels(picture.n("aspectRatio.width"));
                best.height = build::pixels(picture.n("aspectRatio.height"));
            }
            post.media.push(medium);
        }
    }
    for video in [embed, embed.at("media")] {
        if let Some(mut medium) = blob(&did, video.at("video"), PostMediaKind::Video) {
            medium.alt = video.s("alt").unwrap_or("").to_owned();
            post.media.push(medium);
        }
    }
    for external in [embed.at("external"), embed.at("media.external")] {
        if let Some(url) = external.text("uri") {
            let text = |path: &str| external.s(path).unwrap_or("").to_owned();
            post.relations.push(Relation::at(RelationKind::Link, url.clone()));
            let image = external.s("thumb.ref.$link").map(|cid| blob_url(&did, cid));
            post.card = Some(Card { url, title: text("title"), description: text("description"), image });
        }
    }
    let quoted = embed.s("record.uri").or_else(|| embed.s("record.record.uri"));
    if let Some(key) = quoted.and_then(bluesky::key) {
        post.relations.push(Relation { url: quoted.map(str::to_owned), ..Relation::to(RelationKind::Quote, key) });
    }
}

/// What the view shows of an embed: addresses of pictures, and what became of a quoted post.
fn shown<'v>(post: &mut Post, embed: &'v Value, quoted: &mut Vec<&'v Value>) {
    let pictures =
        [embed.list("images"), embed.list("items"), embed.list("media.images"), embed.list("media.items")].concat();
    for (n, picture) in pictures.iter().take(100).enumerate() {
        let side = |side: &str| build::pixels(picture.n(&format!("aspectRatio.{side}")));
        let whole = picture.text("fullsize").map(|url| Rendition {
            width: side("width"),
            height: side("height"),
            ..Rendition::of(url)
        });
        let offered: Vec<Rendition> = whole
            .into_iter()
            .chain(picture.text("thumbnail").or_else(|| picture.text("thumb")).map(Rendition::of))
            .collect();
        match post.media.iter_mut().filter(|m| m.kind == PostMediaKind::Image).nth(n) {
            Some(known) => known.renditions.extend(offered),
            None => {
                let made = build::rendered(PostMediaKind::Image, offered);
                post.media.extend(made.map(|m| PostMedia { alt: picture.s("alt").unwrap_or("").to_owned(), ..m }));
            }
        }
    }
    for video in [embed, embed.at("media")] {
        let Some(playlist) = video.text("playlist") else { continue };
        let mime = Some("application/vnd.apple.mpegurl".to_owned());
        let rendition = Rendition { mime, ..Rendition::of(playlist) };
        let poster = video.text("thumbnail");
        match post.media.iter_mut().find(|m| m.kind == PostMediaKind::Video) {
            Some(known) => {
                known.renditions.push(rendition);
                known.poster = poster;
            }
            None => post
                .media
                .extend(build::rendered(PostMediaKind::Video, vec![rendition]).map(|m| PostMedia { poster, ..m })),
        }
    }
    if let (Some(card), Some(thumb)) =
        (&mut post.card, embed.text("external.thumb").or_else(|| embed.text("media.external.thumb")))
    {
        card.image = Some(thumb);
    }
    // A quote stands one level deeper beside media.
    let record = if embed.get("media").is_some() { embed.at("record.record") } else { embed.at("record") };
    if !record.is_object() {
        return;
    }
    let kind = record.s("$type").unwrap_or("");
    let state = if record.is("notFound") || kind.ends_with("#viewNotFound") {
        RelationState::Gone
    } else if record.is("blocked")
        || record.is("detached")
        || kind.ends_with("#viewBlocked")
        || kind.ends_with("#viewDetached")
    {
        RelationState::Withheld
    } else {
        RelationState::Available
    };
    let key = record.s("uri").and_then(bluesky::key);
    match post.relations.iter_mut().find(|r| r.kind == RelationKind::Quote) {
        Some(known) => known.state = state,
        None => post.relations.extend(key.map(|key| Relation { state, ..Relation::to(RelationKind::Quote, key) })),
    }
    if state == RelationState::Available {
        quoted.push(record);
    }
}

/// The paths of a repository's records with their CIDs: the nodes of its tree name each by what differs from the one before.
pub(super) fn tree(blocks: &[(String, Value)]) -> Vec<(String, String)> {
    let mut out = Vec::new();
    for (_, node) in blocks {
        let mut path = String::new();
        for entry in node.list("e") {
            let kept = entry.n("p").and_then(|n| usize::try_from(n).ok()).unwrap_or(0);
            let Some(rest) = entry.s("k") else { continue };
            path = format!("{}{rest}", path.get(..kept.min(path.len())).unwrap_or(""));
            if let Some(cid) = entry.s("v.$link") {
                out.push((path.clone(), cid.to_owned()));
            }
        }
    }
    out
}
