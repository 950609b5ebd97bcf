//! VKontakte: posts of walls in their markup, and by the interface with a service key of the user's own.

use serde_json::Value;
use url::Url;

use super::answer::{Answer, Credential, Reading, Route, Target, TargetKind, is_name, query, segments};
use super::json::Ask;
use super::{build, opengraph, walls};
use crate::extract::markup::Page;
use crate::model::post::{CountKind, Missing, PostMediaKind, Relation, RelationKind, Rendition};
use crate::model::{Finding, Platform, Post, PostKey, PostKind, PostMedia, Verdict};

const PACE_MS: u64 = 2_000;

/// What an address is about.
pub(super) fn matches(url: &Url) -> Option<Target> {
    if let Some(wall) = query(url, "w").and_then(|w| w.strip_prefix("wall").map(str::to_owned)) {
        return post(wall.split('_').collect::<Vec<_>>()[..].get(..2)?);
    }
    let parts = segments(url);
    let [part] = parts.as_slice() else { return None };
    if let Some(wall) = part.strip_prefix("wall").filter(|w| w.contains('_')) {
        return post(&wall.split('_').collect::<Vec<_>>());
    }
    if let Some(video) = part.strip_prefix("video").or_else(|| part.strip_prefix("clip")).filter(|v| v.contains('_')) {
        let (owner, id) = video.split_once('_')?;
        let key = PostKey::new(Platform::Vk, owner, format!("video{id}"));
        return Some(Target::new(TargetKind::Media, key, format!("https://vk.com/video{video}")));
    }
    let named =
        ["feed", "login", "im", "search", "away.php", "join", "about", "audios", "badbrowser.php", "challenge.html"];
    (is_name(part) && !named.contains(&part.as_str())).then(|| {
        Target::new(
            TargetKind::Account,
            PostKey::new(Platform::Vk, part.to_lowercase(), ""),
            format!("https://vk.com/{part}"),
        )
    })
}

fn post(parts: &[&str]) -> Option<Target> {
    let [owner, id] = parts else { return None };
    let number = |t: &str| super::answer::is_number(t.trim_start_matches('-'));
    (number(owner) && number(id)).then(|| {
        Target::new(
            TargetKind::Post,
            PostKey::new(Platform::Vk, *owner, *id),
            format!("https://vk.com/wall{owner}_{id}"),
        )
    })
}

/// The requests, best first.
pub(super) fn routes(target: &Target) -> Vec<Route> {
    let page = Route::get("page", target.url.clone(), PACE_MS).with(Credential::Cookies);
    let small = Route::get("mobile", target.url.replacen("//vk.com", "//m.vk.com", 1), PACE_MS)
        .with(Credential::Cookies)
        .witness();
    let (owner, id) = (&target.key.authority, &target.key.id);
    let api = |way: String| {
        Route::get("api", format!("https://api.vk.com/method/{way}&extended=1&v=5.199&access_token={{key}}"), 350)
            .needs(Credential::Key)
    };
    match target.kind {
        TargetKind::Post => vec![page, small, api(format!("wall.getById?posts={owner}_{id}"))],
        TargetKind::Account => vec![page, small, api(format!("wall.get?domain={owner}&count=100"))],
        _ => vec![page, small],
    }
}

/// What an answer means.
pub(super) fn classify(answer: &Answer<'_>, _: &Target) -> Verdict {
    if let (301 | 302 | 303 | 307, Some(to)) = (answer.status, answer.header("location")) {
        if to.contains("challenge.html") || to.contains("badbrowser.php") {
            return Verdict::of(Finding::Challenge, "sent to a bot check");
        }
        if to.contains("/login") || to.contains("login.vk") {
            return Verdict::of(Finding::LoginWall, "sent to a page to log in");
        }
    }
    let verdict = walls::by_status(answer);
    if verdict.finding != Finding::Ok {
        return verdict;
    }
    if !answer.is_html() {
        let value = answer.json().unwrap_or(Value::Null);
        let said = value.s("error.error_msg").unwrap_or("").to_owned();
        return match value.n("error.error_code") {
            None => Verdict::ok(),
            Some(5) => Verdict::of(Finding::LoginWall, said),
            Some(6 | 9 | 29) => Verdict::of(Finding::RateLimited, said),
            Some(15 | 30) => Verdict::of(Finding::Private, said),
            Some(18) => Verdict::of(Finding::GoneAccount, said),
            Some(_) => Verdict::of(Finding::ParseError, said),
        };
    }
    answer.page(|page| {
        if let Some(gone) = page.first(0, "wall_post_text_deleted") {
            return Verdict::of(Finding::GoneUnknown, format!("in its place stands {:?}", page.text(gone)));
        }
        let words = page.words(2_000).to_lowercase();
        let has = |w: &[&str]| w.iter().any(|w| words.contains(w));
        let posts = page.having(0, "data-post-id").next().is_some();
        if !posts
            && has(&[
                "запись удалена",
                "запись на стене не найдена",
                "post deleted",
                "post was deleted",
                "wall post not found",
            ])
        {
            return Verdict::perhaps(Finding::GoneUnknown, "the page says that it was deleted");
        }
        if !posts && has(&["только для авторизованных", "log in to view", "чтобы просматривать", "войдите на сайт"])
        {
            return Verdict::of(Finding::LoginWall, "shown to accounts only");
        }
        if !posts && has(&["сообщество заблокировано", "страница заблокирована", "community is blocked", "was blocked"])
        {
            return Verdict::of(Finding::GoneModerated, "blocked by the platform");
        }
        if !posts && has(&["страница удалена", "user deleted their page", "this page has been deleted"])
        {
            return Verdict::of(Finding::GoneAccount, "the page of the account was deleted");
        }
        Verdict::ok()
    })
}

/// What an answer says.
pub(super) fn read(answer: &Answer<'_>, target: &Target) -> Reading {
    if !answer.is_html() {
        return of_api(&answer.json().unwrap_or(Value::Null));
    }
    answer.page(|page| {
        let mut reading = Reading::new();
        for (at, id) in page.having(0, "data-post-id") {
            let reply = page.has_class(at, "reply");
            if let Some(post) = one(page, at, id, reply, target) {
                reading.put(post);
            }
        }
        if reading.posts.is_empty() {
            reading = opengraph::reading(page, target, answer.url);
        } else if target.kind == TargetKind::Account {
            reading.actor = opengraph::profile(page, target);
        }
        reading.site = Some("VK".to_owned());
        if reading.posts.first().and_then(|p| p.count(CountKind::Replies)).unwrap_or(0)
            > reading.posts.len().saturating_sub(1) as u64
        {
            reading.lacks(Missing::SomeReplies);
        }
        reading
    })
}

fn one(page: &Page<'_, '_>, at: usize, id: &str, reply: bool, target: &Target) -> Option<Post> {
    let (owner, number) = id.split_once('_')?;
    let mut post =
        Post::new(PostKey::new(Platform::Vk, owner, number), if reply { PostKind::Comment } else { PostKind::Post });
    post.sources.set("post", "page");
    post.url = Some(format!("https://vk.com/wall{owner}_{number}"));
    let first = |classes: &[&str]| classes.iter().find_map(|c| page.first(at, c));
    let text =
        first(if reply { &["wall_reply_text", "reply_text"] } else { &["wall_post_text", "pi_text", "vkuiText"] });
    if let Some(text) = text {
        build::put_piece(&mut post, page.piece(text), "page");
    }
    let author = first(if reply {
        &["reply_author", "author"]
    } else {
        &["PostHeaderTitle__authorLink", "PostHeaderTitle__authorName", "author", "pi_author"]
    });
    if let Some(author) = author {
        let link = if page.tag(author) == "a" { Some(author) } else { page.tags(author, "a").next() };
        let url = link.and_then(|a| page.address(a, "href"));
        let name = page.text(author);
        let handle = url.as_deref().and_then(|u| u.rsplit('/').next()).map(str::to_owned);
        let key = PostKey::new(Platform::Vk, handle.clone().unwrap_or_default().to_lowercase(), "");
        post.author = Some(build::actor(key, handle.as_deref(), Some(&name), url));
    }
    let date = first(&["rel_date", "PostHeaderSubtitle__item", "pi_time", "item_date"]);
    let unix = date.and_then(|n| page.attr(n, "time").or_else(|| page.attr(n, "data-time")));
    post.created = unix.and_then(|t| build::epoch(&Value::from(t), "page"));
    if post.created.is_none()
        && let Some(date) = date
    {
        let words = page.attr(date, "abs_time").map_or_else(|| page.text(date), str::to_owned);
        post.created = build::written(Some(&words), "page").or_else(|| Some(build::relative(&words, "page")));
    }
    if !reply {
        for thumb in page.all(at, "page_post_thumb_wrap").chain(page.all(at, "MediaGrid__thumb")).take(50) {
            let style = page
                .attr(thumb, "style")
                .and_then(|s| s.split("url(").nth(1))
                .map(|s| s.trim_start_matches(['\'', '"']).split([')', '\'', '"']).next().unwrap_or("").to_owned());
            let image = page.tags(thumb, "img").find_map(|i| page.address(i, "src"));
            if let Some(url) = style.and_then(|u| page.absolute(&u)).or(image) {
                let mut medium = build::media(PostMediaKind::Image, url);
                if let Some(photo) = page.attr(thumb, "data-photo-id") {
                    medium.identity = format!("vk:photo{photo}");
                }
                post.media.push(medium);
            }
        }
        for (kind, class) in [(CountKind::Likes, "PostBottomAction--withCount"), (CountKind::Views, "like_views")] {
            if let Some(n) = page.first(at, class) {
                build::shown_count(&mut post.counts, kind, &page.text(n), None);
            }
        }
    } else if target.kind == TargetKind::Post {
        post.relations.push(Relation::to(RelationKind::Reply, target.key.clone()));
    }
    Some(post)
}

fn of_api(value: &Value) -> Reading {
    let mut reading = Reading::new();
    reading.site = Some("VK".to_owned());
    let items = match value.at("response") {
        Value::Array(items) => items.as_slice(),
        other => other.list("items"),
    };
    reading.understood = value.get("response").is_some();
    let names = [value.list("response.profiles"), value.list("response.groups")].concat();
    for item in items {
        let (Some(owner), Some(id)) = (item.id("owner_id").or_else(|| item.id("to_id")), item.id("id")) else {
            continue;
        };
        let mut post = Post::new(PostKey::new(Platform::Vk, owner.clone(), id.clone()), PostKind::Post);
        post.sources.set("post", "api");
        post.url = Some(format!("https://vk.com/wall{owner}_{id}"));
        build::say_plain(&mut post, item.s("text").unwrap_or(""), "api");
        post.created = build::epoch(item.at("date"), "api");
        post.edited = build::epoch(item.at("edited"), "api");
        post.is_edited = Some(post.edited.is_some());
        let from = item.id("from_id").unwrap_or(owner);
        let known = names.iter().find(|n| n.id("id").as_deref() == Some(from.trim_start_matches('-')));
        let full = known.map(|n| {
            n.text("name")
                .unwrap_or_else(|| format!("{} {}", n.s("first_name").unwrap_or(""), n.s("last_name").unwrap_or("")))
        });
        let mut author = build::actor(
            PostKey::new(Platform::Vk, from.clone(), ""),
            known.and_then(|n| n.s("screen_name")),
            full.as_deref(),
            None,
        );
        author.id = Some(from);
        post.author = Some(author);
        post.media = item.list("attachments").iter().take(50).filter_map(attached).collect();
        if let (Some(o), Some(i)) = (item.id("copy_history.0.owner_id"), item.id("copy_history.0.id")) {
            post.relations.push(Relation::to(RelationKind::Repost, PostKey::new(Platform::Vk, o, i)));
        }
        for (kind, path) in [
            (CountKind::Likes, "likes.count"),
            (CountKind::Reposts, "reposts.count"),
            (CountKind::Replies, "comments.count"),
            (CountKind::Views, "views.count"),
        ] {
            build::count(&mut post.counts, kind, item.n(path));
        }
        reading.put(post);
    }
    reading
}

fn attached(value: &Value) -> Option<PostMedia> {
    let photo = value.at("photo");
    let mut sizes: Vec<Rendition> = photo
        .list("sizes")
        .iter()
        .filter_map(|s| {
            Some(Rendition {
                width: build::pixels(s.n("width")),
                height: build::pixels(s.n("height")),
                ..Rendition::of(s.s("url")?)
            })
        })
        .collect();
    sizes.sort_by_key(|r| std::cmp::Reverse(r.width.unwrap_or(0)));
    let mut medium = build::rendered(PostMediaKind::Image, sizes)?;
    medium.identity = format!("vk:photo{}_{}", photo.id("owner_id")?, photo.id("id")?);
    Some(medium)
}
