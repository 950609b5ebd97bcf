//! Platforms: which posts an address is about, by which routes they are had without a login, what an answer means, and
//! what it says. Pure: an adapter is one small file of functions over addresses and octets, and a line in a table.
//!
//! The way of one target: [`matches`] (or [`discover`] and [`family`] for programs that stand on any host) gives the
//! [`Target`], [`routes`] the requests best first, [`read`] what an answer says and what to ask next, [`expand`] how far
//! to page back, [`document`] the same as a document for whoever knows documents only.

mod activitypub;
mod activitypub_object;
mod adapters;
mod answer;
mod blogger;
mod bluesky;
mod bluesky_account;
mod bluesky_post;
mod build;
mod cbor;
mod choose;
mod cid;
mod clocks;
mod discourse;
mod discover;
mod document;
mod embedded;
mod expand;
mod facebook;
mod facebook_page;
mod feed_item;
mod feeds;
mod general;
mod hackernews;
mod instagram;
mod json;
mod lemmy;
mod livejournal;
mod mastodon;
mod mastodon_status;
mod mediawiki;
mod microformats;
mod misskey;
mod oembed;
mod of_document;
mod ok;
mod opengraph;
mod peertube;
mod pixelfed;
mod reddit;
mod settle;
mod stackexchange;
mod telegram;
mod telegram_post;
mod threads;
mod tiktok;
mod tumblr;
mod vk;
mod walls;
mod wordpress;
mod wordpress_page;
mod x;
mod x_post;
mod youtube;
mod youtube_comments;

use url::Url;

pub use adapters::{About, Adapter, all};
pub use answer::{Answer, Reading, Target, TargetKind};
pub use bluesky::{blob as bluesky_blob, together as bluesky_together};
pub use choose::{ToldBy, is_list, of_page, target};
pub use cid::{Cid, check as check_cid, digest as cid_digest};
pub use discover::{Family, discover, may_be_federated, nodeinfo};
pub use document::{document, document_of};
pub use expand::{Expansion, Gap, Until, expand, gaps, gaps_between, goes_on_below, has_running_numbers, numbers};
pub use general::alternates;
pub use of_document::of_document;
pub use settle::{also, is_for_doubt, is_of_pages, originals, rank, settle, single, tells_of};

use crate::model::{Finding, Platform, Route, Verdict};

/// Raised whenever an answer may be read differently than before.
pub const ADAPTERS_VERSION: u32 = 1;

/// The platform that an address belongs to, by its host.
pub fn recognise(url: &Url) -> Option<&'static str> {
    let host = url.host_str()?.trim_end_matches('.');
    all().iter().find(|adapter| answer::is_below(host, adapter.hosts)).map(|adapter| adapter.platform.as_str())
}

/// What an address of a platform with hosts of its own is about.
pub fn matches(url: &Url) -> Option<Target> {
    let host = url.host_str()?.trim_end_matches('.');
    all().iter().filter(|adapter| answer::is_below(host, adapter.hosts)).find_map(|adapter| (adapter.matches)(url))
}

/// What an address is about, where it is known (from [`discover`] or from the user) which program answers there.
pub fn family(platform: Platform, url: &Url) -> Option<Target> {
    (adapter(platform)?.matches)(url)
}

/// The adapter of a platform.
pub fn adapter(platform: Platform) -> Option<&'static Adapter> {
    all().iter().find(|adapter| adapter.platform == platform)
}

/// The requests that tell of a target, best first.
pub fn routes(target: &Target) -> Vec<Route> {
    adapter(target.platform).map_or_else(Vec::new, |adapter| (adapter.routes)(target))
}

/// What an answer means.
pub fn classify(answer: &Answer<'_>, target: &Target) -> Verdict {
    if let Some(wall) = walls::general(answer) {
        return wall;
    }
    match adapter(target.platform) {
        Some(adapter) => (adapter.classify)(answer, target),
        None => walls::by_status(answer),
    }
}

/// What an answer says. What stands behind a wall is not read; what says that it is gone may still say more.
pub fn read(answer: &Answer<'_>, target: &Target) -> Reading {
    let verdict = classify(answer, target);
    if verdict.finding.is_wall() || matches!(verdict.finding, Finding::ServerError | Finding::NotModified) {
        return Reading::only(verdict);
    }
    let Some(adapter) = adapter(target.platform) else { return Reading::only(verdict) };
    let mut reading = (adapter.read)(answer, target);
    if reading.is_empty() && !reading.understood {
        // What the platform's own rules do not know may be in a form that many platforms have.
        reading = general::any_form(answer, target).unwrap_or(reading);
    }
    let nothing = reading.is_empty();
    // What the reader saw goes before what the status says; that nothing was understood is a finding of its own.
    if reading.verdict.finding == Finding::Ok {
        reading.verdict = verdict;
        if nothing && reading.verdict.finding == Finding::Ok && !reading.understood {
            reading.verdict = Verdict::of(Finding::ParseError, "nothing in the answer is understood");
        }
    }
    clocks::check(&mut reading.posts);
    reading
}

#[cfg(test)]
mod tests;
