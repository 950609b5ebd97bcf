//! Which parts of a page are wanted.

use std::collections::{HashMap, HashSet};

use url::Url;

use crate::capture::Wanted;
use crate::extract::CssRefs;
use crate::model::{
    Capture, Document, Exchange, Hop, MediaKind, MediaLink, RequisiteKind, RequisiteState, RequisiteStatus,
    RequisitesMode,
};
use crate::policy::media::media_identity;
use crate::site::Cid;

/// What is to be asked for, and what is only listed.
#[derive(Default)]
pub(super) struct Plan {
    pub wanted: Vec<Wanted>,
    pub listed: Vec<RequisiteStatus>,
}

/// What is held already, by address and by what is left of it without a signature.
#[derive(Default)]
pub(super) struct HeldUrls {
    pub urls: HashSet<String>,
    /// `None`: several are held that differ in what was taken for a signature.
    by_identity: HashMap<String, Option<String>>,
}

impl FromIterator<String> for HeldUrls {
    fn from_iter<T: IntoIterator<Item = String>>(urls: T) -> Self {
        let mut held = Self::default();
        for url in urls {
            let entry = held.by_identity.entry(media_identity(&url));
            entry.and_modify(|one| *one = None).or_insert_with(|| Some(url.clone()));
            held.urls.insert(url);
        }
        held
    }
}

impl HeldUrls {
    /// The address under which a medium is held: its own, or one that differs in its signature alone.
    pub fn find(&self, url: &str, doubles: &HashSet<String>) -> Option<&str> {
        if let Some(own) = self.urls.get(url) {
            return Some(own);
        }
        let identity = media_identity(url);
        self.by_identity.get(&identity).filter(|_| !doubles.contains(&identity))?.as_deref()
    }
}

/// What several media of a page have in common: then it is no signature that tells them apart.
pub(super) fn doubles<'a>(urls: impl Iterator<Item = &'a str>) -> HashSet<String> {
    let urls: HashSet<&str> = urls.collect();
    let mut seen = HashSet::new();
    urls.into_iter().map(media_identity).filter(|identity| !seen.insert(identity.clone())).collect()
}

/// Sorts the parts of a page: wanted, held already, or listed with the reason why not.
pub(super) fn plan(document: &Document, capture: &Capture, held: &HeldUrls) -> Plan {
    let mut plan = Plan::default();
    let mut seen = HashSet::new();
    let doubles = doubles(document.media.iter().map(|medium| medium.url.as_str()));
    for medium in document.media.iter().filter(|medium| seen.insert(medium.url.as_str())) {
        add(&mut plan, medium, capture, held, &doubles);
    }
    if capture.requisites == RequisitesMode::All {
        for part in &document.requisites {
            if !seen.insert(part.url.as_str()) {
                continue;
            }
            let kind = part.kind.as_str();
            if held.urls.contains(&part.url) {
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
pub(super) fn further(plan: &mut Plan, media: &[MediaLink], capture: &Capture, held: &HeldUrls) {
    let doubles = doubles(media.iter().map(|medium| medium.url.as_str()));
    let known = plan.wanted.iter().map(|w| &w.url).chain(plan.listed.iter().map(|l| &l.url));
    let mut seen: HashSet<String> = known.cloned().collect();
    for medium in media.iter().filter(|medium| seen.insert(medium.url.clone())) {
        add(plan, medium, capture, held, &doubles);
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
        held_as: None,
    }
}

fn wanted(url: String, kind: &str, hop: Hop) -> Wanted {
    Wanted { url, kind: kind.to_owned(), hop, alt: String::new(), content: false, validators: None }
}

fn add(plan: &mut Plan, medium: &MediaLink, capture: &Capture, held: &HeldUrls, doubles: &HashSet<String>) {
    let kind = medium.kind.as_str();
    let mut held_as = None;
    let (state, reason) = if medium.kind == MediaKind::Embed {
        let reason = "a foreign player or post: its address is kept, it is not fetched as a file";
        (RequisiteState::NotFetched, Some(reason))
    } else if capture.requisites == RequisitesMode::None {
        (RequisiteState::NotFetched, Some("the settings say requisites = \"none\""))
    } else if let Some(own) = held.find(&medium.url, doubles) {
        held_as = (own != medium.url).then(|| own.to_owned());
        (RequisiteState::Held, None)
    } else {
        let (alt, content) = (medium.alt.clone(), medium.content);
        plan.wanted.push(Wanted { alt, content, ..wanted(medium.url.clone(), kind, Hop::Media) });
        return;
    };
    let (alt, content) = (medium.alt.clone(), medium.content);
    plan.listed.push(RequisiteStatus { alt, content, held_as, ..list(&medium.url, kind, state, reason) });
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

/// What posts say that the octets of their media are, by the address of the medium.
pub(super) fn expected(document: &Document) -> HashMap<String, String> {
    let posts = document.social.iter().flat_map(|social| &social.posts);
    let media = posts.flat_map(|post| &post.media);
    media.filter_map(|medium| Some((medium.best()?.url.clone(), medium.expected.clone()?))).collect()
}

/// The content identifier that an address names itself, wherever it was found: that of a blob on a host of the AT Protocol.
pub(super) fn named(url: &str) -> Option<String> {
    let url = Url::parse(url).ok().filter(|url| url.path() == "/xrpc/com.atproto.sync.getBlob")?;
    url.query_pairs().find(|(name, _)| name == "cid").map(|(_, cid)| cid.into_owned())
}

/// Why the octets of an answer may not be what they have to be; `None`: they are, or what is expected is no content identifier.
pub(super) fn doubt(expected: &str, exchange: &Exchange) -> Option<String> {
    let cid = Cid::parse(expected)?;
    if cid.digest == exchange.payload_digest {
        return None;
    }
    let coding = exchange.header("content-encoding").filter(|coding| !coding.is_empty() && coding != "identity");
    Some(match coding {
        Some(coding) => {
            format!("it came in the coding {coding:?}: its octets were not compared with its CID {expected}")
        }
        None => format!("its octets are not those that its CID {expected} names"),
    })
}

#[cfg(test)]
#[path = "parts_tests.rs"]
mod tests;
