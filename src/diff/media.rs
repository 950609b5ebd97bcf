//! Media in the main text, by their octets where these are known, else by their addresses; and where links in it lead.

use std::collections::{HashMap, HashSet};

use super::words::beginning;
use super::{Context, Found, noise};
use crate::model::{Action, Block, Digest, Document, Item, MediaKind, Subject};

/// Links whose address differs are looked for in the text up to this number.
const LINKS: usize = 500;

/// A medium in the text.
struct Shown<'a> {
    url: &'a str,
    /// All that it is known by: its address and those of its renditions.
    keys: Vec<String>,
    /// The address that was fetched: that of the picture in full size, where a smaller one is shown.
    fetched: &'a str,
    digest: Option<Digest>,
    alt: &'a str,
}

fn shown<'a>(document: &'a Document, digests: Option<&HashMap<String, Digest>>) -> Vec<Shown<'a>> {
    let by_url: HashMap<&str, _> = document.media.iter().map(|medium| (medium.url.as_str(), medium)).collect();
    let by_rendition: HashMap<&str, _> = document
        .media
        .iter()
        .flat_map(|medium| medium.renditions.iter().map(move |url| (url.as_str(), medium)))
        .collect();
    let figures = document.blocks.iter().filter_map(|block| match block {
        Block::Figure { url, .. } => Some(url.as_str()),
        _ => None,
    });
    let moving = document
        .media
        .iter()
        .filter(|medium| matches!(medium.kind, MediaKind::Video | MediaKind::Audio | MediaKind::Embed))
        .map(|medium| medium.url.as_str());
    let mut seen = HashSet::new();
    let mut out = Vec::new();
    for url in figures.chain(moving) {
        let key = noise::medium(url);
        if !seen.insert(key.clone()) {
            continue;
        }
        let medium = by_url.get(url);
        let fetched = medium.or_else(|| by_rendition.get(url)).map_or(url, |m| m.url.as_str());
        let mut keys = vec![key];
        keys.extend(medium.iter().flat_map(|m| &m.renditions).take(20).map(|url| noise::medium(url)));
        let digest = digests.and_then(|digests| digests.get(fetched)).copied();
        out.push(Shown { url, keys, fetched, digest, alt: medium.map_or("", |m| &m.alt) });
    }
    out
}

pub(super) fn compare(old: &Document, new: &Document, context: &Context<'_>, found: &mut Found) {
    let (before, after) = (shown(old, context.media_before), shown(new, context.media_after));
    let mut places: HashMap<&str, usize> = HashMap::new();
    let mut octets: HashMap<Digest, usize> = HashMap::new();
    for (at, medium) in after.iter().enumerate() {
        for key in &medium.keys {
            places.entry(key).or_insert(at);
        }
        if let Some(digest) = medium.digest {
            octets.entry(digest).or_insert(at);
        }
    }
    let mut met = HashSet::new();
    let looks: Vec<HashSet<String>> = if context.history.is_empty() {
        Vec::new()
    } else {
        let keys = |document: &&Document| shown(document, None).into_iter().flat_map(|medium| medium.keys).collect();
        context.history.iter().map(keys).collect()
    };
    let keys = |all: &[Shown<'_>]| all.iter().flat_map(|medium| medium.keys.clone()).collect::<HashSet<String>>();
    let turns = turns(&looks, &keys(&before), &keys(&after));
    let was_there = |medium: &Shown<'_>| looks.iter().any(|look| medium.keys.iter().any(|key| look.contains(key)));
    let mut gone = Vec::new();
    for medium in &before {
        let by_octets = medium.digest.and_then(|digest| octets.get(&digest));
        let at = by_octets.or_else(|| medium.keys.iter().find_map(|key| places.get(key.as_str()))).copied();
        let Some(now) = at.and_then(|at| after.get(at)) else {
            gone.push(medium);
            continue;
        };
        met.extend(at);
        if let (Some(was), Some(is)) = (medium.digest, now.digest)
            && was != is
        {
            found.push(replaced(now.fetched, was, is, context));
        }
    }
    let come: Vec<&Shown<'_>> = after.iter().enumerate().filter(|(at, _)| !met.contains(at)).map(|(_, m)| m).collect();
    // What rotates has as many that come as go.
    let rotates = turns >= 2 && gone.len() == come.len();
    let always = rotates && turns == looks.len() && looks.len() >= 3;
    for medium in &gone {
        let noise = rotates && (always || come.iter().all(|medium| was_there(medium)));
        found.push(Item { before: Some(medium.url.to_owned()), noise, ..about(medium, Action::Removed) });
    }
    for medium in &come {
        let noise = rotates && (always || was_there(medium));
        found.push(Item { after: Some(medium.url.to_owned()), noise, ..about(medium, Action::Added) });
    }
    beside(new, &after, context, found);
}

/// Media of the main text that are not shown in it, like linked files: told only where other octets are under their address.
fn beside(new: &Document, shown: &[Shown<'_>], context: &Context<'_>, found: &mut Found) {
    let (Some(before), Some(after)) = (context.media_before, context.media_after) else { return };
    let told: HashSet<&str> = shown.iter().map(|medium| medium.fetched).collect();
    for medium in new.media.iter().filter(|medium| medium.content && !told.contains(medium.url.as_str())) {
        if let (Some(was), Some(is)) = (before.get(&medium.url), after.get(&medium.url))
            && was != is
        {
            found.push(replaced(&medium.url, *was, *is, context));
        }
    }
}

fn replaced(url: &str, was: Digest, is: Digest, context: &Context<'_>) -> Item {
    Item {
        key: Some(beginning(url).0),
        before: Some(format!("sha256:{}", was.hex())),
        after: Some(format!("sha256:{}", is.hex())),
        noise: always_other(context, url, was, is),
        ..Item::new(Subject::Media, Action::Replaced)
    }
}

/// How often, up to the last look, some media went and others came.
fn turns(looks: &[HashSet<String>], before: &HashSet<String>, after: &HashSet<String>) -> usize {
    let all: Vec<&HashSet<String>> = looks.iter().chain([before, after]).collect();
    let pairs = all.windows(2).take(looks.len());
    pairs
        .filter(|pair| pair[0].difference(pair[1]).next().is_some() && pair[1].difference(pair[0]).next().is_some())
        .count()
}

/// Other octets are under the address at every look: a picture that is drawn anew each time.
fn always_other(context: &Context<'_>, url: &str, was: Digest, is: Digest) -> bool {
    let mut known: Vec<Digest> = context.media_history.iter().filter_map(|look| look.get(url)).copied().collect();
    known.extend([was, is]);
    known.len() >= 4 && known.windows(2).all(|pair| pair[0] != pair[1])
}

fn about(medium: &Shown<'_>, action: Action) -> Item {
    let key = if medium.alt.is_empty() { medium.url } else { medium.alt };
    Item { key: Some(beginning(key).0), ..Item::new(Subject::Media, action) }
}

/// Links of the text whose words stayed and that lead elsewhere.
pub(super) fn links(old: &Document, new: &Document, context: &Context<'_>, found: &mut Found) {
    let (before, after) = (by_text(old), by_text(new));
    let mut differing: Vec<(&str, &str, &str)> = Vec::new();
    for link in &new.links {
        let text = link.text.as_str();
        if let (Some(Some(was)), Some(Some(is))) = (before.get(text), after.get(text))
            && was != is
            && differing.len() < LINKS
            && noise::address(was) != noise::address(is)
        {
            differing.push((text, was, is));
        }
    }
    if differing.is_empty() {
        return;
    }
    let (then, now) = (old.text(), new.text());
    let looks: Vec<_> = context.history.iter().map(|document| by_text(document)).collect();
    for (text, was, is) in differing {
        if !stands(&then, text) || !stands(&now, text) {
            continue;
        }
        let mut past: Vec<String> =
            looks.iter().filter_map(|look| look.get(text).copied().flatten()).map(noise::address).collect();
        past.push(noise::address(was));
        let changes = past.windows(2).filter(|pair| pair[0] != pair[1]).count();
        let known = past[..past.len() - 1].contains(&noise::address(is));
        let noise = changes >= 2 && (changes + 1 == past.len() || known);
        found.push(Item {
            key: Some(beginning(text).0),
            before: Some(beginning(was).0),
            after: Some(beginning(is).0),
            noise,
            ..Item::new(Subject::Link, Action::Edited)
        });
    }
}

/// Where the links lead whose words are those of no other.
fn by_text(document: &Document) -> HashMap<&str, Option<&str>> {
    let mut out: HashMap<&str, Option<&str>> = HashMap::new();
    for link in document.links.iter().filter(|link| link.text.len() > 3) {
        out.entry(link.text.as_str()).and_modify(|url| *url = None).or_insert(Some(&link.url));
    }
    out
}

/// The words stand in the text, not within others.
fn stands(text: &str, words: &str) -> bool {
    text.match_indices(words).take(20).any(|(at, _)| {
        let before = text[..at].chars().next_back().is_none_or(|c| !c.is_alphanumeric());
        before && text[at + words.len()..].chars().next().is_none_or(|c| !c.is_alphanumeric())
    })
}
