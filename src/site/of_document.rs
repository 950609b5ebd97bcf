//! Posts out of what the general reader read: an article with comments is a post with replies.

use url::Url;

use super::build;
use crate::model::post::{CountKind, Missing, PostMediaKind, Relation, RelationKind, Rendition};
use crate::model::{
    Actor, Comment, Digest, Document, Kind, LinkPlace, MediaKind, MediaLink, Platform, Post, PostKey, PostKind,
    PostState,
};

/// The posts of a page: first what it is about, then what was said under it. Lists, feeds and what is no text have none.
pub fn of_document(document: &Document, url: &Url) -> Vec<Post> {
    let kind = match document.kind {
        Kind::Article => PostKind::Article,
        Kind::Thread | Kind::Post => PostKind::Post,
        Kind::Media => PostKind::Page,
        Kind::Other if says_something(document) => PostKind::Page,
        Kind::Profile | Kind::Listing | Kind::Feed | Kind::Other => return Vec::new(),
    };
    let own = document.canonical.as_deref().and_then(|c| Url::parse(c).ok());
    // An address on another host may be that of another text; the page itself is here.
    let url = own.filter(|own| own.host_str() == url.host_str()).unwrap_or_else(|| url.clone());
    let key = key(&url);
    let mut main = Post::new(key.clone(), kind);
    main.url = Some(url.to_string());
    main.title.clone_from(&document.title);
    main.created.clone_from(&document.published);
    main.edited.clone_from(&document.modified);
    main.text = document.text();
    if main.text.is_empty() && kind == PostKind::Page {
        // What was not told from its frame is still what it says.
        main.text.clone_from(&document.rest);
    }
    main.blocks.clone_from(&document.blocks);
    main.language.clone_from(&document.language);
    main.tags.clone_from(&document.tags);
    main.sources.clone_from(&document.sources);
    let mut names = document.authors.iter();
    main.author = names.next().map(|name| who(&key, name, None));
    main.via = names.next().map(|name| who(&key, name, None));
    main.links = document.links.iter().filter(|l| l.place == LinkPlace::Content).cloned().collect();
    main.media = document.media.iter().filter(|m| m.content).filter_map(medium).collect();
    build::count(&mut main.counts, CountKind::Replies, document.comments_claimed.map(u64::from));
    let keys: Vec<PostKey> = document.comments.iter().map(|c| of_comment(&key, c)).collect();
    let more = document.paging.as_ref().is_some_and(|paging| !paging.pages.is_empty());
    let claimed = document.comments_claimed.and_then(|n| usize::try_from(n).ok()).unwrap_or(0);
    if more || claimed > keys.len() {
        main.lacks(Missing::SomeReplies);
    }
    let mut out = vec![main];
    for (comment, own) in document.comments.iter().zip(&keys) {
        out.push(reply(comment, own.clone(), &key, &keys));
    }
    out
}

/// Of a page that is nothing in particular there is something to keep.
fn says_something(document: &Document) -> bool {
    !document.blocks.is_empty() || !document.comments.is_empty() || !document.rest.is_empty()
}

/// The key of a page.
fn key(url: &Url) -> PostKey {
    let query = url.query().map(|q| format!("?{q}")).unwrap_or_default();
    let host = super::answer::authority(url).unwrap_or_default();
    PostKey::new(Platform::Web, host, format!("{}{query}", url.path().trim_start_matches('/')))
}

/// The key of a comment: by its own identifier, or else by who said what and when.
fn of_comment(page: &PostKey, comment: &Comment) -> PostKey {
    let own = comment.id.clone().unwrap_or_else(|| {
        let when = comment.time.as_ref().map(|t| t.raw.as_str()).unwrap_or("");
        let parts = [comment.author.as_deref().unwrap_or(""), "\n", when, "\n", comment.text.as_str()];
        Digest::of_parts(&parts.map(str::as_bytes)).hex().chars().take(16).collect()
    });
    PostKey::new(Platform::Web, page.authority.clone(), format!("{}#{own}", page.id))
}

fn who(page: &PostKey, name: &str, url: Option<String>) -> Actor {
    let key = PostKey::new(Platform::Web, page.authority.clone(), format!("@{name}"));
    Actor { name: Some(name.to_owned()), url, ..Actor::new(key) }
}

fn reply(comment: &Comment, own: PostKey, page: &PostKey, keys: &[PostKey]) -> Post {
    let mut post = Post::new(own, PostKind::Comment);
    post.url.clone_from(&comment.permalink);
    post.author = comment.author.as_deref().map(|name| who(page, name, comment.author_url.clone()));
    post.created.clone_from(&comment.time);
    post.text.clone_from(&comment.text);
    post.blocks.clone_from(&comment.blocks);
    if comment.deleted {
        post.state = PostState::Gone;
    }
    let above = comment.parent.and_then(|n| keys.get(usize::try_from(n).ok()?)).cloned();
    let elsewhere = || {
        let id = comment.reply_to.as_deref()?;
        Some(PostKey::new(Platform::Web, page.authority.clone(), format!("{}#{id}", page.id)))
    };
    let to = above.or_else(elsewhere).unwrap_or_else(|| page.clone());
    if to != *page {
        post.relations.push(Relation::to(RelationKind::ThreadRoot, page.clone()));
    }
    post.relations.push(Relation::to(RelationKind::Reply, to));
    build::count(&mut post.counts, CountKind::Likes, comment.likes.and_then(|n| u64::try_from(n).ok()));
    post.sources.set("post", "comments");
    post
}

fn medium(link: &MediaLink) -> Option<crate::model::PostMedia> {
    let kind = match link.kind {
        MediaKind::Image => PostMediaKind::Image,
        MediaKind::Video => PostMediaKind::Video,
        MediaKind::Audio => PostMediaKind::Audio,
        MediaKind::File => PostMediaKind::Document,
        MediaKind::Embed => PostMediaKind::Embed,
        MediaKind::Poster | MediaKind::Track => return None,
    };
    let all = std::iter::once(&link.url).chain(&link.renditions);
    let mut medium = build::rendered(kind, all.map(|url| Rendition::of(url.as_str())).collect())?;
    medium.alt.clone_from(&link.alt);
    Some(medium)
}
