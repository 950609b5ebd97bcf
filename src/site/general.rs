//! The general ladder for pages of no platform: what the reader of pages reads, with what the page names beside itself
//! (oEmbed, its own form of the fediverse, feeds) as what to ask next.

use serde_json::Value;
use url::Url;

use super::answer::{Answer, Reading, Route, Target, TargetKind, Why, authority};
use super::{feeds, mastodon, microformats, oembed, of_document, opengraph, walls};
use crate::extract::{Input, read as read_page};
use crate::model::{Alternate, Document, Kind, Next, Platform, PostKey, Verdict};

const PACE_MS: u64 = 2_000;

/// Any page.
pub(super) fn matches(url: &Url) -> Option<Target> {
    let mut plain = url.clone();
    plain.set_fragment(None);
    let query = plain.query().map(|q| format!("?{q}")).unwrap_or_default();
    let key =
        PostKey::new(Platform::Web, authority(&plain)?, format!("{}{query}", plain.path().trim_start_matches('/')));
    Some(Target::new(TargetKind::Post, key, plain.to_string()))
}

/// The page itself.
pub(super) fn routes(target: &Target) -> Vec<Route> {
    vec![Route::get("page", target.url.clone(), PACE_MS)]
}

/// What an answer means.
pub(super) fn classify(answer: &Answer<'_>, _: &Target) -> Verdict {
    walls::by_status(answer)
}

/// An answer in one of the forms that many platforms share: oEmbed, feeds, the fediverse, tags for previews.
pub(super) fn any_form(answer: &Answer<'_>, target: &Target) -> Option<Reading> {
    let found = if answer.is_html() {
        answer.page(|page| opengraph::reading(page, target, answer.url))
    } else if answer.is_xml() {
        feeds::read(answer, target)
    } else {
        let value = answer.json()?;
        if oembed::is_one(&value) {
            oembed::reading(&value, target, answer.url)
        } else if super::activitypub::is_object(&value) {
            super::activitypub::reading(&value, target, answer.url)
        } else {
            feeds::read(answer, target)
        }
    };
    (!found.is_empty() || found.understood).then_some(found)
}

/// Reads the answer of an interface with `said`. What else comes in its place is read for what it is: a page, a feed, an object
/// of the fediverse.
pub(super) fn interface(answer: &Answer<'_>, target: &Target, said: impl FnOnce(&Value) -> Reading) -> Reading {
    if answer.is_html() {
        return read(answer, target);
    }
    if answer.is_xml() {
        return feeds::read(answer, target);
    }
    match answer.json() {
        None => Reading::new(),
        Some(value) if super::activitypub::is_object(&value) => super::activitypub::reading(&value, target, answer.url),
        Some(value) => said(&value),
    }
}

/// What an answer says.
pub(super) fn read(answer: &Answer<'_>, target: &Target) -> Reading {
    if !answer.is_html() {
        let fed = feeds::read(answer, target);
        if !fed.is_empty() {
            return fed;
        }
        if let Some(value) = answer.json() {
            if oembed::is_one(&value) {
                return oembed::reading(&value, target, answer.url);
            }
            if super::activitypub::is_object(&value) {
                return super::activitypub::reading(&value, target, answer.url);
            }
        }
    }
    let input = Input { body: answer.body, content_type: answer.content_type, url: answer.url, body_truncated: false };
    let document = read_page(&input);
    let mut reading = Reading::new();
    // A page that says nothing was read as well as one that does.
    reading.understood = answer.is_html();
    reading.site.clone_from(&document.site);
    reading.warnings.clone_from(&document.warnings);
    reading.entries.clone_from(&document.entries);
    for post in of_document(&document, answer.url) {
        reading.put(post);
    }
    if !answer.is_html() {
        return reading;
    }
    answer.page(|page| {
        if document.kind == Kind::Profile {
            reading.actor = opengraph::profile(page, target);
        }
        // Of a page with next to no text (an application) its tags for previews are what there is.
        let said = reading.posts.iter().any(|p| !p.text.is_empty());
        if !said
            && let Some(post) = opengraph::post(page, target, answer.url).filter(|_| document.kind != Kind::Listing)
        {
            match reading.posts.first_mut() {
                Some(main) => {
                    main.text = post.text;
                    main.author = main.author.take().or(post.author);
                    main.created = main.created.take().or(post.created);
                    if main.media.is_empty() {
                        main.media = post.media;
                    }
                    main.lacks(crate::model::post::Missing::TextTruncated);
                }
                None => reading.put(post),
            }
        }
        microformats::beside(page, answer.url, &mut reading);
        // Pictures of the text first; without any, the one that the page gives for previews.
        if let Some(main) = reading.posts.first_mut().filter(|main| main.media.is_empty()) {
            opengraph::media(page, main);
        }
    });
    for next in alternates(&document) {
        reading.ask(next.why, next.route);
    }
    reading
}

/// What a page names that tells of the same thing in a form that adapters read: oEmbed, and an object of the fediverse.
pub fn alternates(document: &Document) -> Vec<Next> {
    let mut out: Vec<Next> = Vec::new();
    for Alternate { kind, url } in &document.alternates {
        let route = if kind.contains("json+oembed") {
            Route::get("oembed", url.clone(), PACE_MS)
        } else if is_object(kind) {
            Route::get("activitypub", url.clone(), PACE_MS).accept(mastodon::AS2)
        } else {
            continue;
        };
        // One of each: the second is of another thing, or in another form.
        if out.iter().all(|known| known.route.name != route.name) {
            out.push(Next { why: Why::Witness, route: route.witness() });
        }
    }
    out
}

/// The media type is that of objects of ActivityStreams (ActivityPub 3.2).
pub(super) fn is_object(kind: &str) -> bool {
    kind.contains("activity+json") || kind.starts_with("application/ld+json") && kind.contains("activitystreams")
}
