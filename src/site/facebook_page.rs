//! The old pages of Facebook for telephones: posts and their comments in plain markup, marked by roles and attributes.

use url::Url;

use super::answer::{Target, TargetKind, is_number, query};
use super::build;
use crate::extract::markup::Page;
use crate::model::post::{CountKind, Missing, PostMediaKind, Relation, RelationKind};
use crate::model::{Actor, Platform, Post, PostKey, PostKind};

/// The page is one of these.
pub(super) fn is_one(page: &Page<'_, '_>) -> bool {
    page.having(0, "id").any(|(_, id)| {
        matches!(id, "objects_container" | "m_story_permalink_view" | "structured_composer_async_container")
    })
}

/// Its posts, each with its comments behind it.
pub(super) fn posts(page: &Page<'_, '_>, target: &Target) -> Vec<Post> {
    if !is_one(page) {
        return Vec::new();
    }
    let view = page.having(0, "id").find(|(_, id)| *id == "m_story_permalink_view").map(|(n, _)| n);
    let mut out = Vec::new();
    match view {
        Some(view) => {
            let story = page.having(view, "data-ft").map(|(n, _)| n).next();
            let Some(story) = story else { return out };
            let Some(main) = post(page, story, target) else { return out };
            let key = main.key.clone();
            out.push(main);
            comments(page, view, story, &key, &mut out);
        }
        None => {
            let articles: Vec<usize> = page.tags(0, "article").collect();
            let outer = articles.iter().filter(|n| !articles.iter().any(|o| o != *n && page.is_inside(**n, *o)));
            out.extend(outer.take(200).filter_map(|n| post(page, *n, target)));
        }
    }
    out
}

/// What is handed on stands inside of the post in an article of its own.
fn shared(page: &Page<'_, '_>, at: usize) -> Option<usize> {
    page.having(at, "role").find(|(n, role)| *role == "article" && *n != at).map(|(n, _)| n)
}

fn post(page: &Page<'_, '_>, at: usize, target: &Target) -> Option<Post> {
    let inner = shared(page, at);
    let own = |n: usize| inner.is_none_or(|i| !page.is_inside(n, i));
    let name = page.tags(at, "h3").find(|n| own(*n))?;
    let link = page.tags(name, "a").next();
    let id = page.tags(at, "a").find_map(|a| {
        let url = Url::parse(&page.address(a, "href")?).ok()?;
        query(&url, "story_fbid").or_else(|| query(&url, "ft_ent_identifier")).filter(|i| is_number(i))
    });
    let stated = page
        .attr(at, "data-ft")
        .and_then(|ft| ft.split("\"top_level_post_id\":\"").nth(1))
        .and_then(|r| r.split('"').next())
        .map(str::to_owned);
    let id = stated.or(id).unwrap_or_else(|| target.key.id.clone());
    let key = if target.kind == TargetKind::Post {
        target.key.clone()
    } else {
        PostKey::new(Platform::Facebook, target.key.authority.clone(), id)
    };
    let mut post = Post::new(key, PostKind::Post);
    post.sources.set("post", "mobile-page");
    post.url = Some(target.url.clone()).filter(|_| target.kind == TargetKind::Post);
    post.author = link.map(|a| who(page, a));
    let words: Vec<String> =
        page.tags(at, "p").filter(|n| own(*n)).flat_map(|n| page.lines(n)).filter(|l| !l.is_empty()).collect();
    let words = if words.is_empty() { beside(page, at, name) } else { words };
    build::say_plain(&mut post, &words.join("\n"), "mobile-page");
    when(page, at, &mut post);
    for a in page
        .tags(at, "img")
        .filter(|n| page.attr(*n, "width").and_then(|w| w.parse::<u32>().ok()).is_none_or(|w| w > 100))
    {
        let icon = page.attr(a, "alt").is_some_and(|alt| alt.ends_with("logo"))
            || page.attr(a, "src").is_some_and(|s| s.contains("static.xx.fbcdn"));
        if let Some(url) = page.address(a, "src").filter(|_| !icon) {
            let mut medium = build::media(PostMediaKind::Image, url);
            medium.alt = page.attr(a, "alt").unwrap_or("").to_owned();
            post.media.push(medium);
        }
    }
    if !post.media.is_empty() {
        post.lacks(Missing::OriginalMedia);
    }
    let audience = page.words_of(at, 4_000);
    for label in ["Only me", "Friends"] {
        if audience.split(" · ").any(|part| part.trim().starts_with(label)) {
            post.labels.push(format!("audience:{label}"));
        }
    }
    Some(post)
}

/// A post without paragraphs has its words in the element behind its head.
fn beside(page: &Page<'_, '_>, at: usize, name: usize) -> Vec<String> {
    let body = page.having(at, "data-ft").map(|(n, _)| n).find(|n| *n > name && !page.is_inside(name, *n));
    body.map(|n| page.lines(n)).unwrap_or_default()
}

fn who(page: &Page<'_, '_>, a: usize) -> Actor {
    let name = page.text(a);
    let url = page.address(a, "href");
    let parsed = url.as_deref().and_then(|u| Url::parse(u).ok());
    let id = parsed.as_ref().and_then(|u| query(u, "id"));
    let handle =
        parsed.as_ref().and_then(|u| super::answer::segments(u).into_iter().next()).filter(|h| h != "profile.php");
    let clean = parsed.map(|mut u| {
        let kept = id.clone();
        u.set_query(None);
        if let Some(id) = kept {
            u.query_pairs_mut().append_pair("id", &id);
        }
        String::from(u)
    });
    let key =
        PostKey::new(Platform::Facebook, handle.clone().or_else(|| id.clone()).unwrap_or_default().to_lowercase(), "");
    Actor { id, ..build::actor(key, handle.as_deref(), Some(&name), clean) }
}

/// The time is told in words, often without a year, or as so long ago.
fn when(page: &Page<'_, '_>, at: usize, post: &mut Post) {
    let inner = shared(page, at);
    let shown =
        page.tags(at, "abbr").filter(|n| inner.is_none_or(|i| !page.is_inside(*n, i))).map(|n| page.text(n)).next();
    let Some(shown) = shown else {
        post.lacks(Missing::CreatedTime);
        return;
    };
    post.created = build::written(Some(&shown), "page").or_else(|| Some(build::relative(&shown, "page")));
}

/// Comments are elements with a number for an `id`, each with a name in a heading of its own.
fn comments(page: &Page<'_, '_>, view: usize, story: usize, key: &PostKey, out: &mut Vec<Post>) {
    let found: Vec<(usize, String)> = page
        .having(view, "id")
        .filter(|(n, id)| is_number(id) && !page.is_inside(*n, story) && page.tags(*n, "h3").next().is_some())
        .map(|(n, id)| (n, id.to_owned()))
        .take(2_000)
        .collect();
    for (at, id) in found {
        let Some(name) = page.tags(at, "h3").next() else { continue };
        let mut post = Post::new(
            PostKey::new(Platform::Facebook, key.authority.clone(), format!("{}#{id}", key.id)),
            PostKind::Comment,
        );
        post.sources.set("post", "mobile-page");
        post.author = page.tags(name, "a").next().map(|a| who(page, a));
        // The words stand in the element behind the name.
        let lines = page.lines_without(at, |n| n == name || page.tag(n) == "abbr");
        let words: Vec<String> =
            lines.into_iter().take_while(|l| !l.starts_with("Like") && !l.starts_with("Reply")).collect();
        build::say_plain(&mut post, &words.join("\n"), "mobile-page");
        when(page, at, &mut post);
        post.relations.push(Relation::to(RelationKind::Reply, key.clone()));
        let more = page.lines(at).into_iter().find(|l| l.ends_with("replies") || l.ends_with("reply"));
        if let Some(more) = more {
            build::shown_count(&mut post.counts, CountKind::Replies, &more, None);
            post.lacks(Missing::Replies);
        }
        out.push(post);
    }
    if let Some(main) = out.first_mut() {
        let text = page.words_of(view, 20_000);
        if text.contains("View previous comments") || text.contains("View more comments") {
            main.lacks(Missing::SomeReplies);
        }
    }
}
