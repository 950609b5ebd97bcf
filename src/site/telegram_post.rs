//! One post of Telegram's web preview.

use url::Url;

use super::answer::is_number;
use super::{build, telegram};
use crate::extract::markup::Page;
use crate::model::post::{
    Card, Choice, CountKind, Missing, Poll, PostMedia, PostMediaKind, PostMediaState, Relation, RelationKind, Rendition,
};
use crate::model::{Actor, Post, PostKind};

/// At most so many media are kept of one post.
const MAX_MEDIA: usize = 100;

/// Reads the post at a node; `id` is `NAME/NUMBER` as the page writes it.
pub(super) fn read(page: &Page<'_, '_>, at: usize, id: &str) -> Option<Post> {
    let (name, number) = id.split_once('/')?;
    let number = number.split(['?', '/']).next().filter(|n| is_number(n))?;
    let mut post = Post::new(telegram::key(name, number), PostKind::Post);
    post.url = Some(format!("https://t.me/{name}/{number}"));
    let first = |class: &str| page.first(at, class);
    let text = |class: &str| first(class).map(|n| page.text(n)).filter(|t| !t.is_empty());
    post.author = Some(author(page, at, name));
    post.via = text("tgme_widget_message_from_author")
        .map(|signed| Actor { name: Some(signed), ..Actor::new(telegram::key(name, "")) });
    if let Some(said) = own_text(page, at) {
        build::put_piece(&mut post, page.piece(said), "widget");
    }
    when(page, at, &mut post);
    counts(page, at, &mut post);
    relations(page, at, &mut post);
    media(page, at, &mut post);
    card(page, at, &mut post);
    poll(page, at, &mut post);
    if let Some(place) = first("tgme_widget_message_location_wrap") {
        let named = text("tgme_widget_message_location_title").unwrap_or_else(|| "location".to_owned());
        build::link(&mut post, &page.address(place, "href").unwrap_or_default(), &named);
    }
    tags(&mut post);
    let is_service = page.has_class(at, "service_message") || first("tgme_widget_message_service_date").is_some();
    if is_service {
        post.kind = PostKind::Page;
    }
    post.lacks(Missing::Replies);
    post.sources.set("post", "widget");
    Some(post)
}

/// The words of the post itself: those of what it answers stand in an element of their own.
fn own_text(page: &Page<'_, '_>, at: usize) -> Option<usize> {
    let reply = page.first(at, "tgme_widget_message_reply");
    let inside = |n: usize| reply.is_some_and(|r| page.is_inside(n, r));
    let texts: Vec<usize> = page.all(at, "tgme_widget_message_text").filter(|n| !inside(*n)).collect();
    // One of them may stand around the other; the inner one has the words.
    texts.iter().copied().find(|n| page.has_class(*n, "js-message_text")).or_else(|| texts.first().copied())
}

fn author(page: &Page<'_, '_>, at: usize, name: &str) -> Actor {
    let owner = page.first(at, "tgme_widget_message_owner_name");
    let shown = owner.map(|n| page.text(n));
    let avatar = page.first(at, "tgme_widget_message_user_photo");
    let avatar = avatar.and_then(|n| page.tags(n, "img").find_map(|i| page.address(i, "src")));
    let url = Some(format!("https://t.me/{name}"));
    Actor { avatar, ..build::actor(telegram::key(name, ""), Some(name), shown.as_deref(), url) }
}

/// The time stands in the link to the post; other elements of the same name are durations.
fn when(page: &Page<'_, '_>, at: usize, post: &mut Post) {
    let link = page.all(at, "tgme_widget_message_date").chain(page.all(at, "tgme_widget_message_service_date"));
    let time = link.flat_map(|n| page.having(n, "datetime").collect::<Vec<_>>()).map(|(_, raw)| raw).next();
    post.created = build::written(time, "html_datetime");
    if post.created.is_none() {
        post.lacks(Missing::CreatedTime);
    } else {
        post.sources.set("created", "widget");
    }
    let meta = page.first(at, "tgme_widget_message_meta").map(|n| page.text(n)).unwrap_or_default().to_lowercase();
    let edited =
        meta.split_whitespace().any(|w| matches!(w.trim_matches(','), "edited" | "изменено" | "редактировалось"));
    post.is_edited = Some(edited);
    if edited {
        post.lacks(Missing::EditTime);
        post.lacks(Missing::EarlierVersions);
    }
}

fn counts(page: &Page<'_, '_>, at: usize, post: &mut Post) {
    if let Some(views) = page.first(at, "tgme_widget_message_views") {
        build::shown_count(&mut post.counts, CountKind::Views, &page.text(views), None);
    }
    for reaction in page.all(at, "tgme_reaction").take(50) {
        let text = page.text(reaction);
        let sign: String = text.chars().take_while(|c| !c.is_ascii_digit()).collect();
        let sign = sign.trim();
        let paid = page.has_class(reaction, "tgme_reaction_paid");
        let label = if paid {
            "⭐"
        } else if sign.is_empty() {
            "custom"
        } else {
            sign
        };
        build::shown_count(
            &mut post.counts,
            CountKind::Reactions,
            text[sign.len().min(text.len())..].trim(),
            Some(label),
        );
    }
    let replies =
        page.first(at, "tgme_widget_message_reply_thread").or_else(|| page.first(at, "tgme_widget_message_replies"));
    if let Some(replies) = replies {
        build::shown_count(&mut post.counts, CountKind::Replies, &page.text(replies), None);
    }
}

fn relations(page: &Page<'_, '_>, at: usize, post: &mut Post) {
    let of = |url: &str| Url::parse(url).ok().and_then(|u| telegram::matches(&u));
    if let Some(from) = page.first(at, "tgme_widget_message_forwarded_from_name") {
        let url = page.address(from, "href");
        let target = url.as_deref().and_then(of);
        post.relations.push(Relation {
            key: target.map(|t| t.key),
            url,
            author: Some(page.text(from)).filter(|t| !t.is_empty()),
            ..Relation::at(RelationKind::Forward, String::new())
        });
    }
    if let Some(reply) = page.first(at, "tgme_widget_message_reply") {
        let url = page.address(reply, "href");
        let author = page.first(reply, "tgme_widget_message_author_name").map(|n| page.text(n));
        post.relations.push(Relation {
            key: url.as_deref().and_then(of).map(|t| t.key),
            url,
            author,
            ..Relation::at(RelationKind::Reply, String::new())
        });
    }
    // What has no address has none, rather than an empty one.
    post.relations.iter_mut().for_each(|r| r.url = r.url.take().filter(|u| !u.is_empty()));
}

/// The address in `background-image:url('…')`.
fn picture(page: &Page<'_, '_>, at: usize) -> Option<String> {
    let style = page.attr(at, "style")?;
    let rest = &style[style.find("url(")? + 4..];
    let rest = rest.trim_start_matches(['\'', '"', ' ']);
    page.absolute(rest.split(['\'', '"', ')']).next()?)
}

fn media(page: &Page<'_, '_>, at: usize, post: &mut Post) {
    let reply = page.first(at, "tgme_widget_message_reply");
    let preview = page.first(at, "tgme_widget_message_link_preview");
    let nodes: Vec<usize> = page.inside(at).collect();
    let mut number = post.key.id.clone();
    for n in nodes {
        if post.media.len() >= MAX_MEDIA {
            build::cut(post, "more media than are kept of one post");
            break;
        }
        if reply.is_some_and(|r| page.is_inside(n, r)) || preview.is_some_and(|p| page.is_inside(n, p)) {
            continue;
        }
        let Some(mut medium) = one(page, n) else { continue };
        // Members of an album have numbers of their own.
        if let Some(own) = page.attr(n, "href").and_then(member) {
            number = own;
        }
        // Addresses are signed in their path and the host varies: a medium is known by its post and place.
        medium.identity = format!("telegram:{}/{number}#{}", post.key.authority, medium.kind);
        let same = post.media.iter().filter(|m| m.identity.starts_with(&medium.identity)).count();
        if same > 0 {
            medium.identity = format!("{}.{}", medium.identity, same + 1);
        }
        if medium.state == PostMediaState::UnavailableOnWeb {
            // One notice of what is not shown says no more than the medium that it stands in.
            if post.media.last().is_some_and(|m| m.state == medium.state) {
                continue;
            }
            post.lacks(Missing::Media);
        }
        post.media.push(medium);
    }
    if post.media.iter().any(|m| m.kind == PostMediaKind::Image && m.state == PostMediaState::Offered) {
        post.lacks(Missing::OriginalMedia);
    }
    if !post.media.is_empty() {
        post.sources.set("media", "widget");
    }
}

/// The number in the address of a member of an album.
fn member(href: &str) -> Option<String> {
    let path = href.split(['?', '#']).next()?;
    path.rsplit('/').next().filter(|n| is_number(n)).map(str::to_owned)
}

fn one(page: &Page<'_, '_>, n: usize) -> Option<PostMedia> {
    let has = |class: &str| page.has_class(n, class);
    if has("tgme_widget_message_photo_wrap") {
        return Some(build::media(PostMediaKind::Image, picture(page, n)?));
    }
    if has("tgme_widget_message_video_player") || has("tgme_widget_message_roundvideo_player") {
        return Some(video(page, n));
    }
    if has("tgme_widget_message_voice_player") || has("tgme_widget_message_voice") && page.tag(n) != "audio" {
        let sound = page.tags(n, "audio").find_map(|a| page.address(a, "src"));
        let mut medium =
            sound.map_or_else(|| absent(PostMediaKind::Audio), |url| build::media(PostMediaKind::Audio, url));
        medium.duration_ms = duration(page, n, "tgme_widget_message_voice_duration");
        return Some(medium);
    }
    if has("tgme_widget_message_document_wrap") {
        let title = page.first(n, "tgme_widget_message_document_title").map(|t| page.text(t));
        let audio = page.first(n, "audio").is_some();
        let kind = if audio { PostMediaKind::Audio } else { PostMediaKind::Document };
        let extra = page.first(n, "tgme_widget_message_document_extra").map(|t| page.text(t)).unwrap_or_default();
        return Some(PostMedia { title, alt: extra, ..absent(kind) });
    }
    if has("tgme_widget_message_sticker_wrap") {
        let still = page.tags(n, "i").find_map(|i| page.address(i, "data-webp").or_else(|| picture(page, i)));
        let moving = page
            .tags(n, "source")
            .chain(page.tags(n, "video"))
            .find_map(|i| page.address(i, "src").or_else(|| page.address(i, "srcset")));
        let sticker = moving.or(still)?;
        return Some(build::media(PostMediaKind::Sticker, sticker));
    }
    if has("message_media_not_supported_wrap") || has("message_media_not_supported") {
        return Some(absent(PostMediaKind::Document));
    }
    None
}

/// It is there, and the web does not show it.
fn absent(kind: PostMediaKind) -> PostMedia {
    PostMedia { state: PostMediaState::UnavailableOnWeb, ..build::bare(kind) }
}

fn video(page: &Page<'_, '_>, n: usize) -> PostMedia {
    let address = page.tags(n, "video").find_map(|v| page.address(v, "src"));
    let poster = ["tgme_widget_message_video_thumb", "tgme_widget_message_roundvideo_thumb"];
    let poster = poster.iter().find_map(|class| picture(page, page.first(n, class)?));
    let looped =
        page.tags(n, "video").any(|v| page.has_class(v, "tgme_widget_message_gif")) || page.has_class(n, "gif");
    let kind = if looped { PostMediaKind::Gif } else { PostMediaKind::Video };
    let duration_ms = duration(page, n, "message_video_duration");
    let mut medium = match address {
        Some(url) => {
            let mime = Some("video/mp4".to_owned());
            let renditions = vec![Rendition { mime, ..Rendition::of(url) }];
            build::rendered(kind, renditions).unwrap_or_else(|| absent(kind))
        }
        None => absent(kind),
    };
    medium.poster = poster;
    medium.duration_ms = duration_ms;
    medium
}

/// `1:02:03` in milliseconds.
fn duration(page: &Page<'_, '_>, n: usize, class: &str) -> Option<u64> {
    let text = page.text(page.first(n, class)?);
    let parts: Option<Vec<u64>> = text.split(':').map(|p| p.trim().parse().ok().filter(|n| *n < 100_000)).collect();
    let parts = parts.filter(|p| (1..=3).contains(&p.len()))?;
    Some(parts.iter().fold(0, |sum, part| sum * 60 + part) * 1_000)
}

fn card(page: &Page<'_, '_>, at: usize, post: &mut Post) {
    let Some(preview) = page.first(at, "tgme_widget_message_link_preview") else { return };
    let Some(url) = page.address(preview, "href") else { return };
    let text = |class: &str| page.first(preview, class).map(|n| page.text(n)).unwrap_or_default();
    let image = ["link_preview_image", "link_preview_right_image", "link_preview_video_thumb"];
    let image = image.iter().find_map(|class| picture(page, page.first(preview, class)?));
    post.relations.push(Relation::at(RelationKind::Link, url.clone()));
    post.card =
        Some(Card { url, title: text("link_preview_title"), description: text("link_preview_description"), image });
}

fn poll(page: &Page<'_, '_>, at: usize, post: &mut Post) {
    let Some(poll) = page.first(at, "tgme_widget_message_poll") else { return };
    let text = |n: usize, class: &str| page.first(n, class).map(|n| page.text(n)).unwrap_or_default();
    let options = page.all(poll, "tgme_widget_message_poll_option").take(50);
    let choices = options.map(|n| Choice {
        text: text(n, "tgme_widget_message_poll_option_text"),
        votes: build::number(&text(n, "tgme_widget_message_poll_option_percent")).map(|(v, _)| v),
        percent: true,
    });
    let choices = choices.collect();
    let question = text(poll, "tgme_widget_message_poll_question");
    let votes = page.first(at, "tgme_widget_message_voters").and_then(|n| build::number(&page.text(n))).map(|(v, _)| v);
    if post.text.is_empty() {
        build::say_plain(post, &question, "widget");
    }
    post.poll = Some(Poll { question, choices, ends: None, votes });
}

/// Tags and names stand in the links of the text.
fn tags(post: &mut Post) {
    let links = post.links.clone();
    for link in &links {
        if let Some(tag) = link.text.strip_prefix('#').filter(|t| !t.is_empty()) {
            if !post.tags.iter().any(|t| t == tag) {
                post.tags.push(tag.to_owned());
            }
        } else if link.text.starts_with('@') {
            post.mentions.extend(build::mention(&link.text, None, Some(link.url.clone())));
        }
    }
    // A link to a tag leads to a search of the same page.
    post.links.retain(|link| !link.text.starts_with('#'));
}
