//! Pixelfed: its posts in the form of the fediverse, and the feeds of accounts; its interface asks for a token.

use url::Url;

use super::answer::{Answer, Credential, Reading, Route, Target, TargetKind, authority, is_name, is_number, segments};
use super::mastodon;
use crate::model::{Platform, PostKey, Verdict};

const PACE_MS: u64 = 1_000;

/// What an address is about, on a host that is known to be one.
pub(super) fn matches(url: &Url) -> Option<Target> {
    let host = authority(url)?;
    let origin = url.origin().ascii_serialization();
    let parts = segments(url);
    let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
    match parts[..] {
        ["p", user, id] if is_number(id) => Some(Target::new(
            TargetKind::Post,
            PostKey::new(Platform::Pixelfed, host, id),
            format!("{origin}/p/{user}/{id}"),
        )),
        ["users", name] | [name] if is_name(name.trim_start_matches('@')) && name.len() > 1 => {
            let name = name.trim_start_matches('@');
            Some(Target::new(
                TargetKind::Account,
                PostKey::new(Platform::Pixelfed, host, format!("@{}", name.to_lowercase())),
                format!("{origin}/{name}"),
            ))
        }
        _ => None,
    }
}

/// The requests, best first.
pub(super) fn routes(target: &Target) -> Vec<Route> {
    let origin = target.origin();
    let id = target.key.id.trim_start_matches('@');
    match target.kind {
        TargetKind::Account => vec![
            Route::get("feed", format!("{origin}/users/{id}.atom"), PACE_MS),
            Route::get("actor", format!("{origin}/users/{id}"), PACE_MS).accept(mastodon::AS2).witness(),
        ],
        _ => vec![
            Route::get("activitypub", target.url.clone(), PACE_MS).accept(mastodon::AS2),
            Route::get("api", format!("{origin}/api/v1/statuses/{id}"), PACE_MS).needs(Credential::Bearer),
            Route::get("page", target.url.clone(), PACE_MS).witness(),
        ],
    }
}

/// What an answer means.
pub(super) fn classify(answer: &Answer<'_>, target: &Target) -> Verdict {
    mastodon::classify(answer, target)
}

/// What an answer says.
pub(super) fn read(answer: &Answer<'_>, target: &Target) -> Reading {
    mastodon::read(answer, target)
}
