//! Which parts of a page are wanted.

use std::collections::HashSet;

use crate::capture::Wanted;
use crate::extract::CssRefs;
use crate::model::{
    Capture, Document, Hop, MediaKind, MediaLink, RequisiteKind, RequisiteState, RequisiteStatus, RequisitesMode,
};

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
    for medium in document.media.iter().filter(|medium| seen.insert(medium.url.as_str())) {
        add(&mut plan, medium, capture, held);
    }
    if capture.requisites == RequisitesMode::All {
        for part in &document.requisites {
            if !seen.insert(part.url.as_str()) {
                continue;
            }
            let kind = part.kind.as_str();
            if held.contains(&part.url) {
                plan.listed.push(list(&part.url, kind, RequisiteState::Held, None));
                continue;
            }
            let hop = match part.kind {
                RequisiteKind::Style => Hop::Style,
                RequisiteKind::Script => Hop::Script,
                RequisiteKind::Frame => Hop::Frame,
                RequisiteKind::Font => Hop::Font,
                RequisiteKind::Icon => Hop::Media,
            };
            plan.wanted.push(wanted(part.url.clone(), kind, hop));
        }
    }
    plan
}

/// Adds the media of further pages of a thread.
pub(super) fn further(plan: &mut Plan, media: &[MediaLink], capture: &Capture, held: &HashSet<String>) {
    let known = plan.wanted.iter().map(|w| &w.url).chain(plan.listed.iter().map(|l| &l.url));
    let mut seen: HashSet<String> = known.cloned().collect();
    for medium in media.iter().filter(|medium| seen.insert(medium.url.clone())) {
        add(plan, medium, capture, held);
    }
}

fn list(url: &str, kind: &str, state: RequisiteState, reason: Option<&str>) -> RequisiteStatus {
    RequisiteStatus {
        url: url.to_owned(),
        kind: kind.to_owned(),
        alt: String::new(),
        state,
        reason: reason.map(str::to_owned),
        exchange: None,
        content: false,
    }
}

fn wanted(url: String, kind: &str, hop: Hop) -> Wanted {
    Wanted { url, kind: kind.to_owned(), hop, alt: String::new(), content: false, validators: None }
}

fn add(plan: &mut Plan, medium: &MediaLink, capture: &Capture, held: &HashSet<String>) {
    let kind = medium.kind.as_str();
    let (state, reason) = if medium.kind == MediaKind::Embed {
        let reason = "a foreign player or post: its address is kept, it is not fetched as a file";
        (RequisiteState::NotFetched, Some(reason))
    } else if capture.requisites == RequisitesMode::None {
        (RequisiteState::NotFetched, Some("the settings say requisites = \"none\""))
    } else if held.contains(&medium.url) {
        (RequisiteState::Held, None)
    } else {
        let (alt, content) = (medium.alt.clone(), medium.content);
        plan.wanted.push(Wanted { alt, content, ..wanted(medium.url.clone(), kind, Hop::Media) });
        return;
    };
    let (alt, content) = (medium.alt.clone(), medium.content);
    plan.listed.push(RequisiteStatus { alt, content, ..list(&medium.url, kind, state, reason) });
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
                out.push(wanted(url, kind, hop));
            }
        }
    }
    out
}
