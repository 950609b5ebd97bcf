//! Which parts of a page are wanted.

use std::collections::HashSet;

use crate::capture::Wanted;
use crate::extract::CssRefs;
use crate::model::{Capture, Document, Hop, MediaKind, RequisiteKind, RequisiteState, RequisiteStatus, RequisitesMode};

/// What is to be asked for, and what is only listed.
#[derive(Default)]
pub(super) struct Plan {
    pub wanted: Vec<Wanted>,
    pub listed: Vec<RequisiteStatus>,
}

/// Sorts the parts of a page: wanted, held already, or listed with the reason why not.
pub(super) fn plan(document: &Document, capture: &Capture, held: &HashSet<String>) -> Plan {
    let mut plan = Plan::default();
    let mut seen = HashSet::new();
    let list = |url: &str, kind: &str, alt: &str, state, reason: Option<&str>| RequisiteStatus {
        url: url.to_owned(),
        kind: kind.to_owned(),
        alt: alt.to_owned(),
        state,
        reason: reason.map(str::to_owned),
        exchange: None,
    };
    for medium in &document.media {
        if !seen.insert(medium.url.as_str()) {
            continue;
        }
        let kind = medium.kind.as_str();
        if medium.kind == MediaKind::Embed {
            let reason = "a foreign player or post: its address is kept, it is not fetched as a file";
            plan.listed.push(list(&medium.url, kind, &medium.alt, RequisiteState::NotFetched, Some(reason)));
        } else if capture.requisites == RequisitesMode::None {
            let reason = "the settings say requisites = \"none\"";
            plan.listed.push(list(&medium.url, kind, &medium.alt, RequisiteState::NotFetched, Some(reason)));
        } else if held.contains(&medium.url) {
            plan.listed.push(list(&medium.url, kind, &medium.alt, RequisiteState::Held, None));
        } else {
            plan.wanted.push(Wanted {
                url: medium.url.clone(),
                kind: kind.to_owned(),
                hop: Hop::Media,
                alt: medium.alt.clone(),
            });
        }
    }
    if capture.requisites == RequisitesMode::All {
        for part in &document.requisites {
            if !seen.insert(part.url.as_str()) {
                continue;
            }
            let kind = part.kind.as_str();
            if held.contains(&part.url) {
                plan.listed.push(list(&part.url, kind, "", RequisiteState::Held, None));
                continue;
            }
            let hop = match part.kind {
                RequisiteKind::Style => Hop::Style,
                RequisiteKind::Script => Hop::Script,
                RequisiteKind::Frame => Hop::Frame,
                RequisiteKind::Font => Hop::Font,
                RequisiteKind::Icon => Hop::Media,
            };
            plan.wanted.push(Wanted { url: part.url.clone(), kind: kind.to_owned(), hop, alt: String::new() });
        }
    }
    plan
}

/// What a style sheet asks for, less what was seen.
pub(super) fn of_style(refs: CssRefs, seen: &mut HashSet<String>) -> Vec<Wanted> {
    let groups = [
        (refs.imports, RequisiteKind::Style.as_str(), Hop::Style),
        (refs.fonts, RequisiteKind::Font.as_str(), Hop::Font),
        (refs.images, MediaKind::Image.as_str(), Hop::Media),
    ];
    let mut out = Vec::new();
    for (urls, kind, hop) in groups {
        for url in urls {
            if seen.insert(url.clone()) {
                out.push(Wanted { url, kind: kind.to_owned(), hop, alt: String::new() });
            }
        }
    }
    out
}
