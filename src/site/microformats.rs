//! Microformats (`h-entry`): posts that pages of people's own sites mark up, with what they answer, quote, hand on.

use url::Url;

use super::answer::{Reading, authority};
use super::build;
use crate::extract::markup::Page;
use crate::model::post::{PostMediaKind, Relation, RelationKind};
use crate::model::{Actor, Platform, Post, PostKey, PostKind};

/// So many entries are read of one page, and so deep into those that stand inside of others.
const MAX_ENTRIES: usize = 500;
const MAX_DEPTH: u8 = 4;

/// The root of something that has properties of its own: a class such as `h-entry`.
fn is_root(page: &Page<'_, '_>, at: usize) -> bool {
    page.attr(at, "class").is_some_and(|class| {
        let mut names = class.split_ascii_whitespace();
        names.any(|c| {
            matches!(
                c,
                "h-entry" | "h-cite" | "h-card" | "h-event" | "h-feed" | "h-geo" | "h-adr" | "h-product" | "h-item"
            )
        })
    })
}

/// What belongs to a root: the roots inside of it are others.
struct Entry<'a, 'p, 'd> {
    page: &'a Page<'p, 'd>,
    at: usize,
    nested: Vec<usize>,
}

impl<'a, 'p, 'd> Entry<'a, 'p, 'd> {
    fn new(page: &'a Page<'p, 'd>, at: usize) -> Self {
        let nested = page.inside(at).filter(|n| is_root(page, *n)).collect();
        Self { page, at, nested }
    }

    fn all<'s>(&'s self, class: &'s str) -> impl Iterator<Item = usize> + 's {
        let own = |n: &usize| !self.nested.iter().any(|m| m != n && self.page.is_inside(*n, *m));
        self.page.all(self.at, class).filter(own)
    }

    fn text(&self, class: &str) -> Option<String> {
        self.all(class).map(|n| self.page.text(n)).find(|t| !t.is_empty())
    }

    /// Addresses of a property: of a link, a picture, or of what stands inside.
    fn urls(&self, class: &str) -> Vec<String> {
        let of = |n: usize| {
            let own = ["href", "src", "data"].iter().find_map(|name| self.page.address(n, name));
            let inner = || self.page.all(n, "u-url").find_map(|u| self.page.address(u, "href"));
            own.or_else(inner).or_else(|| self.page.tags(n, "a").find_map(|a| self.page.address(a, "href")))
        };
        self.all(class).take(50).filter_map(of).collect()
    }

    fn when(&self, class: &str) -> Option<crate::model::When> {
        let at = self.all(class).next()?;
        let text = || self.page.text(at);
        let raw =
            self.page.attr(at, "datetime").or_else(|| self.page.attr(at, "title")).map_or_else(text, str::to_owned);
        build::written(Some(&raw), "microformats")
    }
}

/// The entries of a page that do not stand inside of others, each with what was said under it.
pub(super) fn entries(page: &Page<'_, '_>, url: &Url) -> Vec<Vec<Post>> {
    let roots: Vec<usize> = page.all(0, "h-entry").take(MAX_ENTRIES).collect();
    let inside = |n: usize| roots.iter().any(|m| *m != n && page.is_inside(n, *m));
    let outer: Vec<usize> = roots.iter().copied().filter(|n| !inside(*n)).collect();
    let alone = outer.len() == 1;
    let read = |(n, at): (usize, usize)| {
        let mut out = Vec::new();
        one(page, at, url, alone, n, 0, &mut out);
        out
    };
    outer.into_iter().enumerate().map(read).collect()
}

/// The key of an address on the web.
fn key_of(url: &str) -> Option<PostKey> {
    let url = Url::parse(url).ok()?;
    Some(super::general::matches(&url)?.key)
}

fn one(
    page: &Page<'_, '_>,
    at: usize,
    url: &Url,
    alone: bool,
    n: usize,
    depth: u8,
    out: &mut Vec<Post>,
) -> Option<PostKey> {
    if depth > MAX_DEPTH || out.len() > MAX_ENTRIES {
        return None;
    }
    let entry = Entry::new(page, at);
    let own = entry.urls("u-uid").into_iter().chain(entry.urls("u-url")).next();
    let key = own.as_deref().filter(|_| !alone).and_then(key_of);
    let key = key.or_else(|| {
        let id = format!(
            "{}{}",
            url.path().trim_start_matches('/'),
            if alone { String::new() } else { format!("#h-entry-{n}") }
        );
        Some(PostKey::new(Platform::Web, authority(url)?, id))
    })?;
    let mut post = Post::new(key.clone(), if depth == 0 { PostKind::Post } else { PostKind::Comment });
    post.sources.set("post", "microformats");
    post.url = own.clone();
    if let Some(body) = entry.all("e-content").next() {
        build::put_piece(&mut post, page.piece(body), "microformats");
    } else {
        let words = entry.text("p-content").or_else(|| entry.text("p-summary")).unwrap_or_default();
        build::say_plain(&mut post, &words, "microformats");
    }
    // Of a note the name is the text once more.
    let name = entry.text("p-name").filter(|t| !post.text.split_whitespace().eq(t.split_whitespace()));
    post.title = name.filter(|t| !post.text.starts_with(t.as_str()));
    if post.title.is_some() && depth == 0 {
        post.kind = PostKind::Article;
    }
    post.created = entry.when("dt-published");
    post.edited = entry.when("dt-updated").filter(|e| post.created.as_ref().is_none_or(|c| e.at > c.at));
    post.author = entry.all("p-author").next().map(|n| who(page, n, &key));
    post.tags = entry.all("p-category").map(|n| page.text(n)).filter(|t| !t.is_empty()).take(100).collect();
    for (class, kind) in
        [("u-photo", PostMediaKind::Image), ("u-video", PostMediaKind::Video), ("u-audio", PostMediaKind::Audio)]
    {
        let found = entry.urls(class).into_iter().map(|u| build::media(kind, u));
        post.media.extend(found.take(50));
    }
    for (class, kind) in [
        ("u-in-reply-to", RelationKind::Reply),
        ("u-repost-of", RelationKind::Repost),
        ("u-quotation-of", RelationKind::Quote),
        ("u-like-of", RelationKind::Link),
        ("u-bookmark-of", RelationKind::Link),
    ] {
        let to = entry.urls(class).into_iter();
        post.relations.extend(
            to.map(|u| Relation { key: key_of(&u).filter(|_| kind != RelationKind::Link), ..Relation::at(kind, u) }),
        );
    }
    out.push(post);
    let said: Vec<usize> = ["p-comment", "u-comment"].iter().flat_map(|c| entry.all(c).collect::<Vec<_>>()).collect();
    for (m, at) in said.into_iter().enumerate() {
        let before = out.len();
        if one(page, at, url, false, n * 1_000 + m, depth + 1, out).is_some()
            && out[before].relation(RelationKind::Reply).is_none()
        {
            out[before].relations.push(Relation::to(RelationKind::Reply, key.clone()));
        }
    }
    Some(key)
}

fn who(page: &Page<'_, '_>, at: usize, key: &PostKey) -> Actor {
    let name =
        page.first(at, "p-name").map(|n| page.text(n)).filter(|t| !t.is_empty()).unwrap_or_else(|| page.text(at));
    let url = page.all(at, "u-url").find_map(|n| page.address(n, "href")).or_else(|| page.address(at, "href"));
    let avatar = page
        .all(at, "u-photo")
        .find_map(|n| page.address(n, "src"))
        .or_else(|| page.tags(at, "img").find_map(|n| page.address(n, "src")));
    let own = PostKey::new(Platform::Web, key.authority.clone(), format!("@{name}"));
    Actor { avatar, ..build::actor(own, None, Some(&name), url) }
}

/// Puts what entries say beside what the reader of pages read: one entry tells more of the page, several are a list.
pub(super) fn beside(page: &Page<'_, '_>, url: &Url, reading: &mut Reading) {
    let mut found = entries(page, url);
    if found.len() > 1 {
        for post in found.into_iter().flatten() {
            reading.put(post);
        }
        return;
    }
    let Some(mut posts) = found.pop().filter(|p| !p.is_empty()) else { return };
    let mut told = posts.remove(0);
    let Some(main) = reading.posts.first_mut() else {
        reading.put(told);
        posts.into_iter().for_each(|p| reading.put(p));
        return;
    };
    main.relations.append(&mut told.relations);
    main.created = main.created.take().or(told.created);
    main.edited = main.edited.take().or(told.edited);
    main.author = main.author.take().or(told.author);
    main.title = main.title.take().or(told.title);
    for tag in told.tags {
        if !main.tags.contains(&tag) {
            main.tags.push(tag);
        }
    }
    // What is marked as the text is it, where the reader found none or less.
    if told.text.len() > main.text.len() || (main.sources.get("blocks").is_none() && !told.text.is_empty()) {
        (main.text, main.blocks, main.links) = (told.text, told.blocks, told.links);
        main.sources.set("text", "microformats");
    }
    for medium in told.media {
        if main.media.iter().all(|m| m.identity != medium.identity) {
            main.media.push(medium);
        }
    }
    let key = main.key.clone();
    if reading.posts.len() == 1 {
        for mut post in posts {
            post.relations
                .iter_mut()
                .filter(|r| r.key.as_ref() == Some(&told.key))
                .for_each(|r| r.key = Some(key.clone()));
            reading.put(post);
        }
    }
}
