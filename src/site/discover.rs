//! Programs that stand on any host, told by what their pages and their nodeinfo say.

use url::Url;

use super::answer::{Answer, Route, segments};
use super::json::Ask;
use crate::extract::markup::Page;
use crate::model::{Alternate, Document, Platform};

/// A program that answers on a host.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Family {
    /// Whose adapter reads its answers.
    pub platform: Platform,
    /// The program, as it calls itself.
    pub software: String,
    /// Its version.
    pub version: Option<String>,
    /// What tells: `nodeinfo`, `generator`, `markup`.
    pub told_by: &'static str,
    /// What to ask to know more: the document of nodeinfo that was named.
    pub next: Option<Route>,
}

/// The adapter of a program, by the name that it has in nodeinfo.
fn by_name(name: &str) -> Option<Platform> {
    let name = name.to_ascii_lowercase();
    Some(match name.as_str() {
        "mastodon" | "hometown" | "glitchcafe" | "glitch" | "pleroma" | "akkoma" | "rebased" | "soapbox"
        | "gotosocial" | "friendica" | "ecko" | "kmyblue" | "fedibird" | "takahe" | "mitra" | "snac" | "bookwyrm"
        | "hollo" => Platform::Mastodon,
        "misskey" | "sharkey" | "firefish" | "calckey" | "iceshrimp" | "foundkey" | "cherrypick" | "catodon" => {
            Platform::Misskey
        }
        "pixelfed" => Platform::Pixelfed,
        "lemmy" | "piefed" | "mbin" | "kbin" => Platform::Lemmy,
        "peertube" => Platform::PeerTube,
        "wordpress" => Platform::WordPress,
        "discourse" => Platform::Discourse,
        "mediawiki" => Platform::MediaWiki,
        "writefreely" | "plume" | "ghost" | "mobilizon" | "funkwhale" | "owncast" | "castopod" | "wildebeest"
        | "nextcloud" => Platform::ActivityPub,
        _ => return None,
    })
}

/// Which program answered: from a page, from nodeinfo, or from the list of documents of nodeinfo.
pub fn discover(answer: &Answer<'_>) -> Option<Family> {
    if answer.is_html() {
        return answer.page(in_page);
    }
    let value = answer.json()?;
    if let Some(name) = value.s("software.name") {
        let platform = by_name(name)?;
        return Some(Family {
            platform,
            software: name.to_owned(),
            version: value.text("software.version"),
            told_by: "nodeinfo",
            next: None,
        });
    }
    // The list names documents; the last version of it tells most.
    let named =
        value.list("links").iter().filter(|l| l.s("rel").is_some_and(|r| r.contains("nodeinfo.diaspora.software")));
    let mut named: Vec<(&str, &str)> = named.filter_map(|l| Some((l.s("rel")?, l.s("href")?))).collect();
    named.sort_unstable();
    if let Some((_, href)) = named.last() {
        // It has to be on the host that was asked, or below it.
        let own = Url::parse(href)
            .ok()
            .filter(|u| super::answer::is_below(u.host_str().unwrap_or(""), &[answer.url.host_str().unwrap_or("?")]));
        return Some(Family {
            platform: Platform::ActivityPub,
            software: String::new(),
            version: None,
            told_by: "nodeinfo",
            next: own.map(|u| Route::get("nodeinfo", u, 1_000)),
        });
    }
    // Instances describe themselves in Mastodon's own way too.
    let speaks = value.get("version").is_some() && (value.get("uri").is_some() || value.get("domain").is_some());
    let lemmy = value.get("site_view").is_some();
    let platform = if lemmy { Platform::Lemmy } else { Platform::Mastodon };
    (speaks || lemmy).then(|| Family {
        platform,
        software: platform.as_str().to_owned(),
        version: value.text("version"),
        told_by: "interface",
        next: None,
    })
}

/// Where a host says which programs answer on it (NodeInfo 2.1, 4).
pub fn nodeinfo(page: &Url) -> Option<Route> {
    Some(Route::get("nodeinfo", page.join("/.well-known/nodeinfo").ok()?, 1_000))
}

/// A page that names no program, but that one of the fediverse may have made: it names an object in its form, or has
/// no words without its scripts and an address as such programs give them.
pub fn may_be_federated(page: &Url, document: &Document) -> bool {
    let own = |alternate: &Alternate| {
        let there = Url::parse(&alternate.url).is_ok_and(|there| there.origin() == page.origin());
        there && super::general::is_object(&alternate.kind)
    };
    if document.alternates.iter().any(own) {
        return true;
    }
    let says_nothing = document.blocks.is_empty() && document.rest.len() < 500;
    let parts = segments(page);
    let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
    says_nothing
        && match parts[..] {
            [first, ..] if first.len() > 1 && first.starts_with('@') => true,
            ["users" | "notice" | "objects" | "notes" | "display" | "w" | "c" | "u" | "post", _, ..] => true,
            _ => false,
        }
}

fn in_page(page: &Page<'_, '_>) -> Option<Family> {
    let made = |platform, software: &str, version: Option<String>, told_by| {
        Some(Family { platform, software: software.to_owned(), version, told_by, next: None })
    };
    for generator in page.metas("generator").take(8) {
        let mut words = generator.split_whitespace();
        let name = words.next().unwrap_or("").trim_end_matches(':');
        let version = words.next().map(str::to_owned);
        if let Some(platform) = by_name(name) {
            return made(platform, name, version, "generator");
        }
        if name.eq_ignore_ascii_case("blogger") {
            return made(Platform::Blogger, "Blogger", None, "generator");
        }
    }
    let rest = page.linked("https://api.w.org/");
    let uploads = page.linked("stylesheet").iter().any(|(_, u)| u.contains("/wp-content/"));
    if !rest.is_empty() || uploads {
        return made(Platform::WordPress, "WordPress", None, "markup");
    }
    if page.tags(0, "script").any(|s| page.attr(s, "id") == Some("initial-state"))
        && page.first(0, "app-holder").is_some()
        || page.tags(0, "div").any(|d| page.attr(d, "id") == Some("mastodon"))
    {
        return made(Platform::Mastodon, "mastodon", None, "markup");
    }
    let application = page.meta(&["application-name", "og:platform", "og:site_name"]).unwrap_or("");
    match application {
        "PeerTube" => return made(Platform::PeerTube, "peertube", None, "markup"),
        "Misskey" => return made(Platform::Misskey, "misskey", None, "markup"),
        _ => {}
    }
    if page.tags(0, "meta").any(|m| page.attr(m, "name") == Some("discourse_theme_id")) {
        return made(Platform::Discourse, "discourse", None, "markup");
    }
    None
}
