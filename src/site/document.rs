//! A reading as a document: for all that knows documents only (what changed, what vanished, search, exports).

use std::collections::{HashMap, HashSet};

use super::answer::{Reading, Target, TargetKind};
use crate::model::post::{CountKind, PostMediaKind, PostMediaState, RelationKind};
use crate::model::{
    Asked, Block, Comment, Document, Entry, Kind, Link, LinkPlace, MediaKind, MediaLink, Platform, Post, PostKey,
    PostKind, PostState, Social, Why,
};

/// So much of a post stands for it in a list.
const MAX_WORDS: usize = 1_000;

/// The reading of an answer as a document that has its posts beside it.
pub fn document_of(reading: Reading, target: &Target, asked: Asked) -> Document {
    let mut document = match asked.why {
        None | Some(Why::Witness | Why::Text) => document(&reading, target),
        Some(why) if matches!(target.kind, TargetKind::Post | TargetKind::Media) => beside(&reading, target, why),
        Some(_) => document(&reading, target),
    };
    let Reading { posts, actor, next, verdict, missing, .. } = reading;
    document.next_page = next.iter().find(|n| n.why == Why::Older).map(|n| n.route.url.clone());
    document.social = Some(Box::new(Social { asked, verdict, posts, actor, next, missing }));
    document
}

/// What stands around a post, from an answer that is not about the post itself.
fn beside(reading: &Reading, target: &Target, why: Why) -> Document {
    let mut document = Document::empty();
    document.site.clone_from(&reading.site);
    document.warnings.clone_from(&reading.warnings);
    document.kind = Kind::Thread;
    let own = |post: &Post| post.key.platform == target.key.platform && post.key.id == target.key.id;
    let known: HashMap<&PostKey, &Post> = reading.posts.iter().map(|p| (&p.key, p)).collect();
    // What it answers is shown above it, and is no answer to it; nor is what it said before.
    let main = reading.posts.iter().find(|post| own(post));
    let shown: HashSet<&PostKey> =
        main.map(|main| above(main, &known)).unwrap_or_default().iter().map(|p| &p.key).collect();
    let on_both_sides = why == Why::Context && main.is_none();
    let is_version = |post: &Post| {
        let of = post.relation(RelationKind::Edit).and_then(|r| r.key.as_ref());
        of.is_some_and(|of| of.platform == target.key.platform && of.id == target.key.id)
    };
    let answers = |post: &&Post| {
        let stands_above = shown.contains(&post.key) || on_both_sides && begins(post, target, &known);
        !(own(post) || is_version(post) || stands_above)
    };
    let below: Vec<&Post> = reading.posts.iter().filter(answers).collect();
    for post in &below {
        media(&mut document, post);
        links(&mut document, post, LinkPlace::Comment);
    }
    document.comments = comments(&below);
    if !document.comments.is_empty() {
        document.sources.set("comments", target.platform.as_str());
    }
    document
}

/// Where the answer leaves out the post itself: what leads up to something that answers nothing stands above it.
fn begins(post: &Post, target: &Target, known: &HashMap<&PostKey, &Post>) -> bool {
    let mut here = post;
    for _ in 0..=known.len() {
        let Some(above) = here.relation(RelationKind::Reply).and_then(|r| r.key.as_ref()) else { return true };
        if above.platform == target.key.platform && above.id == target.key.id {
            return false;
        }
        match known.get(above) {
            Some(next) => here = next,
            // What that answers is not told.
            None => return false,
        }
    }
    false
}

/// The reading of a target as a document.
pub fn document(reading: &Reading, target: &Target) -> Document {
    let mut document = Document::empty();
    document.site.clone_from(&reading.site);
    document.warnings.clone_from(&reading.warnings);
    document.canonical = Some(target.url.clone());
    document.entries.clone_from(&reading.entries);
    document.sources.set("blocks", target.platform.as_str());
    match target.kind {
        TargetKind::Post | TargetKind::Media => match reading.main(target) {
            Some(main) => one(&mut document, reading, main),
            None => document.kind = Kind::Other,
        },
        TargetKind::Account => {
            document.kind = Kind::Profile;
            account(&mut document, reading);
            list(&mut document, reading);
        }
        TargetKind::List | TargetKind::Search => {
            document.kind = Kind::Listing;
            account(&mut document, reading);
            list(&mut document, reading);
        }
    }
    document
}

/// A post, what it answers before it, its replies as comments.
fn one(document: &mut Document, reading: &Reading, main: &Post) {
    let forum = matches!(
        main.key.platform,
        Platform::Reddit | Platform::Lemmy | Platform::Discourse | Platform::HackerNews | Platform::StackExchange
    );
    document.kind = match main.kind {
        PostKind::Article => Kind::Article,
        PostKind::Video | PostKind::Image | PostKind::Live => Kind::Media,
        _ if forum => Kind::Thread,
        _ => Kind::Post,
    };
    document.title.clone_from(&main.title);
    document.authors = main.author.iter().filter_map(|a| a.shown()).map(str::to_owned).collect();
    document.published.clone_from(&main.created);
    document.modified.clone_from(&main.edited);
    document.language = main.language.clone().or_else(|| Some("und".to_owned()));
    document.tags.clone_from(&main.tags);
    if let Some(url) = &main.url {
        document.canonical = Some(url.clone());
    }
    let replies = main.count(CountKind::Replies).and_then(|n| u32::try_from(n).ok());
    document.comments_claimed = replies;
    for (field, rule) in main.sources.iter() {
        document.sources.set(field, rule);
    }
    let known: HashMap<&PostKey, &Post> = reading.posts.iter().map(|p| (&p.key, p)).collect();
    let mut shown: HashSet<&PostKey> = HashSet::from([&main.key]);
    for above in above(main, &known) {
        shown.insert(&above.key);
        document.blocks.push(Block::Quote { text: quoted(above) });
    }
    say(document, main);
    for relation in main.relations.iter().filter(|r| matches!(r.kind, RelationKind::Quote | RelationKind::Repost)) {
        if let Some(other) = relation.key.as_ref().and_then(|key| known.get(key)).filter(|p| shown.insert(&p.key)) {
            document.blocks.push(Block::Quote { text: quoted(other) });
            media(document, other);
        }
    }
    let below: Vec<&Post> = reading.posts.iter().filter(|p| !shown.contains(&p.key)).collect();
    for post in &below {
        media(document, post);
        links(document, post, LinkPlace::Comment);
    }
    document.comments = comments(&below);
    if !document.comments.is_empty() {
        document.sources.set("comments", main.key.platform.as_str());
    }
}

/// What a post answers, and what that answers, from the top; each once, however they turn.
fn above<'r>(main: &Post, known: &HashMap<&PostKey, &'r Post>) -> Vec<&'r Post> {
    let mut out: Vec<&Post> = Vec::new();
    let mut here = main;
    while let Some(parent) = here.relation(RelationKind::Reply).and_then(|r| r.key.as_ref()).and_then(|k| known.get(k))
    {
        if out.len() > 200 || parent.key == main.key || out.iter().any(|p| p.key == parent.key) {
            break;
        }
        out.push(parent);
        here = parent;
    }
    out.reverse();
    out
}

fn quoted(post: &Post) -> String {
    let name = post.author.as_ref().and_then(|a| a.shown()).unwrap_or("");
    let mut text = if name.is_empty() { String::new() } else { format!("{name}\n") };
    if post.state == PostState::Present {
        text.push_str(&words(post));
    } else {
        text.push_str(post.state.about());
    }
    text
}

/// The words of a post on the platform's page: its warning, its title where it has one, its text.
fn words(post: &Post) -> String {
    let parts = [post.spoiler.as_deref(), Some(post.text.as_str())];
    let parts: Vec<&str> = parts.into_iter().flatten().filter(|p| !p.is_empty()).collect();
    parts.join("\n")
}

/// The words, media and links of the main post.
fn say(document: &mut Document, post: &Post) {
    if let Some(spoiler) = &post.spoiler {
        document.blocks.push(Block::Heading { level: 2, text: spoiler.clone() });
    }
    if post.blocks.is_empty() {
        let lines = post.text.lines().filter(|l| !l.trim().is_empty());
        document.blocks.extend(lines.map(|l| Block::Paragraph { text: l.to_owned() }));
    } else {
        document.blocks.extend(post.blocks.iter().cloned());
    }
    if let Some(poll) = &post.poll {
        let items = poll.choices.iter().map(|c| crate::model::ListItem { depth: 0, text: c.text.clone() }).collect();
        document.blocks.push(Block::List { ordered: false, items });
    }
    if let Some(card) = post.card.as_ref().filter(|c| !c.title.is_empty() || !c.description.is_empty()) {
        document
            .blocks
            .push(Block::Quote { text: [card.title.as_str(), card.description.as_str()].join("\n").trim().to_owned() });
    }
    for medium in &post.media {
        let held = |url: &str| document.blocks.iter().any(|b| matches!(b, Block::Figure { url: u, .. } if u == url));
        if let Some(url) = medium.best().map(|r| r.url.clone()).filter(|url| !held(url)) {
            document.blocks.push(Block::Figure { url, caption: medium.alt.clone() });
        }
    }
    media(document, post);
    links(document, post, LinkPlace::Content);
}

fn media(document: &mut Document, post: &Post) {
    for medium in post.media.iter().filter(|m| m.state == PostMediaState::Offered) {
        let Some(best) = medium.best() else { continue };
        let kind = match medium.kind {
            PostMediaKind::Image | PostMediaKind::Sticker => MediaKind::Image,
            PostMediaKind::Video | PostMediaKind::Gif => MediaKind::Video,
            PostMediaKind::Audio => MediaKind::Audio,
            PostMediaKind::Document => MediaKind::File,
            PostMediaKind::Embed => MediaKind::Embed,
        };
        let renditions = medium.renditions.iter().skip(1).map(|r| r.url.clone()).collect();
        put(document, &best.url, kind, &medium.alt, renditions);
        if let Some(poster) = &medium.poster {
            put(document, poster, MediaKind::Poster, "", Vec::new());
        }
    }
}

fn put(document: &mut Document, url: &str, kind: MediaKind, alt: &str, renditions: Vec<String>) {
    if document.media.iter().all(|m| m.url != url) {
        let (url, alt) = (url.to_owned(), alt.to_owned());
        document.media.push(MediaLink { url, kind, alt, renditions, source: "post".to_owned(), content: true });
    }
}

fn links(document: &mut Document, post: &Post, place: LinkPlace) {
    let cards = post.card.iter().map(|card| Link {
        url: card.url.clone(),
        text: card.title.chars().take(200).collect(),
        rel: String::new(),
        place,
        context: String::new(),
    });
    for link in post.links.iter().cloned().chain(cards) {
        if document.links.len() < 20_000 && document.links.iter().all(|l| l.url != link.url) {
            document.links.push(Link { place, ..link });
        }
    }
}

/// Posts as comments, each before its answers.
fn comments(posts: &[&Post]) -> Vec<Comment> {
    let known: HashMap<&PostKey, usize> = posts.iter().enumerate().map(|(n, p)| (&p.key, n)).collect();
    let parent = |n: usize| -> Option<usize> {
        let key = posts[n].relation(RelationKind::Reply)?.key.as_ref()?;
        known.get(key).copied().filter(|above| *above != n)
    };
    let mut answers: Vec<Vec<usize>> = vec![Vec::new(); posts.len()];
    let mut stack: Vec<(usize, Option<usize>)> = Vec::new();
    for n in 0..posts.len() {
        match parent(n) {
            Some(above) => answers[above].push(n),
            None => stack.push((n, None)),
        }
    }
    stack.reverse();
    let mut out: Vec<Comment> = Vec::with_capacity(posts.len());
    while let Some((n, above)) = stack.pop() {
        let at = out.len();
        out.push(comment(posts[n], above, &out));
        stack.extend(answers[n].drain(..).rev().map(|answer| (answer, Some(at))));
    }
    // Those that answer each other in a ring answer nothing.
    for n in answers.into_iter().flatten() {
        let one = comment(posts[n], None, &out);
        out.push(one);
    }
    out
}

fn comment(post: &Post, above: Option<usize>, out: &[Comment]) -> Comment {
    let reply = post.relation(RelationKind::Reply).and_then(|r| r.key.as_ref()).map(|k| k.id.clone());
    let likes = post.count(CountKind::Likes).and_then(|n| i64::try_from(n).ok());
    let pictures = post.media.iter().filter_map(|m| Some((m.best()?.url.clone(), m.alt.clone())));
    let pictures: Vec<Block> = pictures.map(|(url, caption)| Block::Figure { url, caption }).collect();
    let text = words(post);
    let mut blocks = post.blocks.clone();
    if !pictures.is_empty() {
        if blocks.is_empty() {
            blocks.extend(text.lines().filter(|l| !l.is_empty()).map(|l| Block::Paragraph { text: l.to_owned() }));
        }
        blocks.extend(pictures);
    }
    Comment {
        id: Some(post.key.id.clone()),
        author: post.author.as_ref().and_then(|a| a.shown()).map(str::to_owned),
        author_url: post.author.as_ref().and_then(|a| a.url.clone()),
        time: post.created.clone(),
        text,
        depth: above.map_or(0, |a| out[a].depth.saturating_add(1)),
        parent: above.and_then(|a| u32::try_from(a).ok()),
        reply_to: if above.is_some() { None } else { reply },
        permalink: post.url.clone(),
        likes,
        deleted: post.state != PostState::Present,
        blocks,
    }
}

fn account(document: &mut Document, reading: &Reading) {
    let Some(actor) = &reading.actor else { return };
    document.title = actor.shown().map(str::to_owned);
    document.description.clone_from(&actor.description);
    if let Some(description) = &actor.description {
        let lines = description.lines().filter(|l| !l.trim().is_empty());
        document.blocks.extend(lines.map(|l| Block::Paragraph { text: l.to_owned() }));
    }
    for picture in [&actor.avatar, &actor.banner].into_iter().flatten() {
        put(document, picture, MediaKind::Image, "", Vec::new());
    }
}

/// The posts of a list as its entries; their words stand for them. What was only handed on stands there itself.
fn list(document: &mut Document, reading: &Reading) {
    let shown: HashSet<&PostKey> = reading.posts.iter().map(|p| &p.key).collect();
    let handed = |post: &&Post| {
        let of = post.relation(RelationKind::Repost).and_then(|r| r.key.as_ref());
        post.kind == PostKind::Repost && of.is_some_and(|of| shown.contains(of))
    };
    for post in reading.posts.iter().filter(|post| !handed(post)) {
        let Some(url) = post.url.clone() else { continue };
        let title = post.title.clone().unwrap_or_else(|| words(post));
        let line: String = title.split_whitespace().collect::<Vec<_>>().join(" ");
        document.entries.push(Entry {
            url: url.clone(),
            identity: Some(post.key.to_string()),
            title: line.chars().take(200).collect(),
            published: post.created.as_ref().and_then(|w| w.at),
            modified: post.edited.as_ref().and_then(|w| w.at),
            is_list: false,
        });
        let text: String = line.chars().take(MAX_WORDS).collect();
        document.links.push(Link {
            url,
            text: text.chars().take(200).collect(),
            rel: String::new(),
            place: LinkPlace::Content,
            context: String::new(),
        });
        if !text.is_empty() {
            document.blocks.push(Block::Paragraph { text });
        }
    }
}
