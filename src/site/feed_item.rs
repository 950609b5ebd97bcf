//! One item of a feed as a post: by which key it is known on the platform that the feed is of, its words, its files.

use serde_json::Value;
use url::Url;

use super::answer::{Target, authority};
use super::build;
use super::feeds::Field;
use super::json::Ask;
use crate::extract::markup;
use crate::model::post::{CountKind, Missing, PostMediaKind, Relation, RelationKind, Rendition};
use crate::model::{Digest, Platform, Post, PostKey, PostKind, PostMedia};

/// The key of whoever wrote an item.
pub(super) fn author_key(target: &Target, name: &str) -> PostKey {
    match target.platform {
        Platform::Reddit => {
            PostKey::new(Platform::Reddit, "", format!("@{}", name.trim_start_matches("/u/").to_lowercase()))
        }
        platform => PostKey::new(platform, target.key.authority.clone(), format!("@{name}")),
    }
}

/// The key of an item: that of its platform where its address tells, else its own name in the feed.
fn key(target: &Target, link: Option<&str>, own: &str, base: &Url) -> PostKey {
    let address = link.and_then(|l| Url::parse(l).ok());
    if target.platform == Platform::WordPress {
        // Numbers of posts and comments stand in short addresses and behind `#`.
        let short = Url::parse(own).ok().and_then(|u| super::answer::query(&u, "p"));
        let place = [address.as_ref().and_then(|u| u.fragment()), own.split_once('#').map(|(_, f)| f)];
        let comment = place.into_iter().flatten().find(|f| f.starts_with("comment-"));
        let host = address.as_ref().and_then(authority).unwrap_or_else(|| target.key.authority.clone());
        if let Some(id) = comment.map(str::to_owned).or(short) {
            return PostKey::new(Platform::WordPress, host, id);
        }
    }
    let known = address
        .as_ref()
        .and_then(super::matches)
        .filter(|t| t.platform == target.platform || target.platform == Platform::Feed);
    if let Some(target) = known.filter(|t| !t.key.id.is_empty()) {
        return target.key;
    }
    if matches!(
        target.platform,
        Platform::Mastodon | Platform::Pixelfed | Platform::Lemmy | Platform::WordPress | Platform::Discourse
    ) && let Some(found) =
        address.as_ref().and_then(|u| super::family(target.platform, u)).filter(|t| !t.key.id.is_empty())
    {
        return found.key;
    }
    let host = address.as_ref().or(Some(base)).and_then(authority).unwrap_or_default();
    let name = if own.len() > 400 { Digest::of(own.as_bytes()).hex() } else { own.to_owned() };
    PostKey::new(Platform::Feed, host, name)
}

/// The posts of an item: it, and the comments that an export holds inside of it.
pub(super) fn posts(fields: &[Field], target: &Target, base: &Url) -> Vec<Post> {
    let top = |name: &str| fields.iter().find(|f| f.name == name && f.within.is_empty());
    let text = |name: &str| top(name).map(|f| f.text.trim()).filter(|t| !t.is_empty());
    let link = address(fields, base);
    let own = text("guid").or_else(|| text("id")).or(link.as_deref()).or_else(|| text("title"));
    let Some(own) = own else { return Vec::new() };
    let mut key = key(target, link.as_deref(), own, base);
    // Feeds of Reddit name their things as its interface does.
    if target.platform == Platform::Reddit && (own.starts_with("t1_") || own.starts_with("t3_")) {
        key = PostKey::new(Platform::Reddit, "", own);
    }
    let video = text("yt:videoid");
    if let Some(id) = video {
        key = PostKey::new(Platform::YouTube, "", id);
    }
    let kind = match () {
        () if video.is_some() => PostKind::Video,
        () if own.starts_with("t1_") || top("thr:in-reply-to").is_some() || key.id.starts_with("comment-") => {
            PostKind::Comment
        }
        () => PostKind::Article,
    };
    let mut post = Post::new(key, kind);
    post.sources.set("post", "feed");
    post.url = link.clone().or_else(|| Some(own).filter(|o| o.starts_with("http")).map(str::to_owned));
    post.title = build::plain(text("title").or_else(|| inside(fields, "media:title")));
    words(&mut post, fields, base);
    let dates = ["pubdate", "published", "issued", "dc:date", "date", "wp:post_date_gmt"];
    post.created = dates.iter().find_map(|n| build::written(text(n).filter(|d| !d.starts_with("0000")), "feed"));
    // That a feed touched an item is no edit of it.
    let updated = ["updated", "modified", "wp:post_modified_gmt"].iter().find_map(|n| build::written(text(n), "feed"));
    if post.created.is_none() {
        post.created.clone_from(&updated);
    } else if updated.as_ref().zip(post.created.as_ref()).is_some_and(|(u, c)| u.at > c.at) {
        post.edited = updated;
    }
    author(&mut post, fields, target);
    for category in fields.iter().filter(|f| f.name == "category" && f.within.is_empty()).take(100) {
        let name = category.attribute("label").or_else(|| category.attribute("term")).unwrap_or(category.text.trim());
        if !name.is_empty() && !post.tags.iter().any(|t| t == name) {
            post.tags.push(name.to_owned());
        }
    }
    files(&mut post, fields, base);
    build::count(
        &mut post.counts,
        CountKind::Replies,
        text("slash:comments").or_else(|| text("thr:total")).and_then(|n| n.parse().ok()),
    );
    let views = fields.iter().find(|f| f.name == "media:statistics").and_then(|f| f.attribute("views"));
    build::count(&mut post.counts, CountKind::Views, views.and_then(|v| v.parse().ok()));
    let likes = fields.iter().find(|f| f.name == "media:starrating").and_then(|f| f.attribute("count"));
    build::count(&mut post.counts, CountKind::Likes, likes.and_then(|v| v.parse().ok()));
    if let Some(to) = top("thr:in-reply-to").and_then(|f| f.attribute("ref")) {
        post.relations
            .push(Relation::to(RelationKind::Reply, PostKey::new(post.key.platform, post.key.authority.clone(), to)));
    } else if own.starts_with("t1_") {
        // Feeds of Reddit do not say which comment another answers.
        post.relations.push(Relation::to(RelationKind::Reply, target.key.clone()));
    }
    let main = post.key.clone();
    let mut out = vec![post];
    out.extend(exported(fields, &main, base));
    out
}

fn inside<'f>(fields: &'f [Field], name: &str) -> Option<&'f str> {
    fields.iter().find(|f| f.name == name).map(|f| f.text.trim()).filter(|t| !t.is_empty())
}

/// The address of an item for people.
fn address(fields: &[Field], base: &Url) -> Option<String> {
    let links = fields.iter().filter(|f| f.name == "link" && f.within.is_empty());
    let linked =
        links.clone().find(|f| f.attribute("href").is_some() && f.attribute("rel").is_none_or(|r| r == "alternate"));
    let href =
        linked.and_then(|f| f.attribute("href")).or_else(|| links.map(|f| f.text.trim()).find(|t| !t.is_empty()));
    markup::absolute(href?, base)
}

/// The whole text before a summary of it.
fn words(post: &mut Post, fields: &[Field], base: &Url) {
    let own = |name: &str| fields.iter().find(|f| f.name == name && f.within.is_empty() && !f.text.trim().is_empty());
    let whole = own("content:encoded").or_else(|| own("content")).or_else(|| own("encoded"));
    let found = whole.or_else(|| own("description")).or_else(|| own("summary")).or_else(|| own("itunes:summary"));
    let found = found.or_else(|| fields.iter().find(|f| f.name == "media:description"));
    let Some(field) = found else { return };
    let place = post.url.as_deref().and_then(|u| Url::parse(u).ok()).unwrap_or_else(|| base.clone());
    let text = field.text.trim();
    // Descriptions of videos are plain, whatever signs are in them.
    if field.name == "media:description" || field.attribute("type") == Some("text") {
        build::say_plain(post, text, "feed");
    } else {
        build::say_html(post, text, &place, "feed");
        pictures(post, text, &place);
    }
    if whole.is_none() && post.kind == PostKind::Article && field.name == "summary" {
        post.lacks(Missing::TextTruncated);
    }
}

fn author(post: &mut Post, fields: &[Field], target: &Target) {
    let within = |name: &str, within: &str| {
        fields.iter().find(|f| f.name == name && f.within == within).map(|f| f.text.trim()).filter(|t| !t.is_empty())
    };
    let name = within("name", "author")
        .or_else(|| within("dc:creator", ""))
        .or_else(|| within("creator", ""))
        .or_else(|| within("itunes:author", ""))
        .or_else(|| within("author", ""));
    let Some(name) = name.and_then(|n| build::plain(Some(n))) else {
        post.lacks(Missing::Author);
        return;
    };
    // `address@host (Name)`
    let name = name.split_once(" (").map_or(name.as_str(), |(_, n)| n.trim_end_matches(')')).to_owned();
    let url = within("uri", "author").filter(|u| u.starts_with("http")).map(str::to_owned);
    let handle = name.strip_prefix("/u/").map(str::to_owned);
    let shown = if handle.is_some() { None } else { Some(name.as_str()) };
    post.author = Some(build::actor(author_key(target, &name), handle.as_deref(), shown, url));
}

/// Enclosures, and what the extensions for media name.
fn files(post: &mut Post, fields: &[Field], base: &Url) {
    let link = |f: &&Field| f.name == "link" && f.attribute("rel") == Some("enclosure");
    let media = |f: &&Field| f.name == "media:content" || f.name == "enclosure" || link(f);
    for field in fields.iter().filter(media).take(50) {
        let Some(url) =
            field.attribute("url").or_else(|| field.attribute("href")).and_then(|u| markup::absolute(u, base))
        else {
            continue;
        };
        let mime = field.attribute("type").map(str::to_owned);
        let told = mime.as_deref().or_else(|| field.attribute("medium")).unwrap_or("");
        let flash = told.contains("shockwave");
        let kind = if flash { PostMediaKind::Embed } else { build::kind_of(told) };
        let number = |name: &str| field.attribute(name).and_then(|n| n.parse::<u64>().ok()).filter(|n| *n > 0);
        let rendition = Rendition {
            width: build::pixels(number("width")),
            height: build::pixels(number("height")),
            mime,
            bytes: number("length").or_else(|| number("filesize")),
            ..Rendition::of(url.clone())
        };
        if post.media.iter().any(|m| m.renditions.iter().any(|r| r.url == url)) {
            continue;
        }
        if let Some(mut medium) = build::rendered(kind, vec![rendition]) {
            medium.duration_ms = number("duration").map(|s| s * 1_000);
            post.media.push(medium);
        }
    }
    let still = fields
        .iter()
        .find(|f| f.name == "media:thumbnail")
        .and_then(|f| f.attribute("url"))
        .and_then(|u| markup::absolute(u, base));
    match (still, post.media.first_mut()) {
        (Some(still), Some(first)) if first.kind != PostMediaKind::Image => first.poster = Some(still),
        (Some(still), None) => post.media.push(build::media(PostMediaKind::Image, still)),
        _ => {}
    }
}

/// Pictures of the text.
fn pictures(post: &mut Post, html: &str, base: &Url) {
    if !["<img", "<video", "<audio"].iter().any(|tag| html.contains(tag)) {
        return;
    }
    markup::page(html.as_bytes(), "text/html; charset=utf-8", base, |page| {
        for at in page.inside(0) {
            let kind = match page.tag(at) {
                "img" => PostMediaKind::Image,
                "video" => PostMediaKind::Video,
                "audio" => PostMediaKind::Audio,
                _ => continue,
            };
            let url = page.address(at, "src").or_else(|| page.tags(at, "source").find_map(|s| page.address(s, "src")));
            let dot = page.attr(at, "width") == Some("1") || page.attr(at, "height") == Some("1");
            let Some(url) = url.filter(|_| !dot && post.media.len() < 100) else { continue };
            if post.media.iter().all(|m| m.renditions.iter().all(|r| r.url != url)) {
                let alt = page.attr(at, "alt").unwrap_or("").to_owned();
                post.media.push(PostMedia { alt, ..build::media(kind, url) });
            }
        }
    });
}

/// The comments in an export of WordPress: their fields stand one after another.
fn exported(fields: &[Field], main: &PostKey, base: &Url) -> Vec<Post> {
    let mut out: Vec<Post> = Vec::new();
    let own = |id: &str| PostKey::new(main.platform, main.authority.clone(), format!("{}#comment-{id}", main.id));
    for field in fields.iter().filter(|f| f.within == "wp:comment") {
        let text = field.text.trim();
        if field.name == "wp:comment_id" {
            out.push(Post::new(own(text), PostKind::Comment));
            continue;
        }
        let Some(post) = out.last_mut() else { continue };
        match field.name.as_str() {
            "wp:comment_author" => {
                post.author = Some(build::actor(
                    PostKey::new(main.platform, main.authority.clone(), format!("@{text}")),
                    None,
                    Some(text),
                    None,
                ))
            }
            "wp:comment_author_url" if !text.is_empty() => {
                if let Some(author) = &mut post.author {
                    author.url = Some(text.to_owned());
                }
            }
            "wp:comment_date_gmt" => {
                post.created = build::written(Some(&format!("{}Z", text.replace(' ', "T"))), "feed")
            }
            "wp:comment_content" => build::say_html(post, text, base, "feed"),
            "wp:comment_parent" => {
                let to = if text == "0" || text.is_empty() { main.clone() } else { own(text) };
                post.relations.push(Relation::to(RelationKind::Reply, to));
            }
            _ => {}
        }
    }
    out
}

/// An item of a JSON Feed.
pub(super) fn of_json(item: &Value, target: &Target, base: &Url) -> Option<Post> {
    let link = item.text("url");
    let own = item.id("id").or_else(|| link.clone())?;
    let mut post = Post::new(key(target, link.as_deref(), &own, base), PostKind::Article);
    post.sources.set("post", "feed");
    post.title = build::plain(item.s("title"));
    let place = link.as_deref().and_then(|u| Url::parse(u).ok()).unwrap_or_else(|| base.clone());
    match item.s("content_html") {
        Some(html) => {
            build::say_html(&mut post, html, &place, "feed");
            pictures(&mut post, html, &place);
        }
        None => build::say_plain(&mut post, item.s("content_text").or_else(|| item.s("summary")).unwrap_or(""), "feed"),
    }
    post.url = link;
    post.created = build::written(item.s("date_published"), "feed");
    post.edited =
        build::written(item.s("date_modified"), "feed").filter(|e| post.created.as_ref().is_none_or(|c| e.at > c.at));
    post.tags = build::texts(item.list("tags"), "");
    post.language = item.text("language");
    if let Some(url) = item.s("external_url") {
        post.relations.push(Relation::at(RelationKind::Link, url));
    }
    for file in item.list("attachments").iter().take(50) {
        if let Some(url) = file.s("url") {
            let rendition =
                Rendition { mime: file.text("mime_type"), bytes: file.n("size_in_bytes"), ..Rendition::of(url) };
            post.media.extend(build::rendered(build::kind_of(file.s("mime_type").unwrap_or("")), vec![rendition]));
        }
    }
    post.media.extend(item.text("image").map(|i| build::media(PostMediaKind::Image, i)));
    Some(post)
}
