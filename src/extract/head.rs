//! What the page says about itself in tags made for machines: title, meta, link, base, refresh.

use url::Url;

use super::address;
use super::dom::{Dom, fold};
use super::names::Name;
use crate::model::{Alternate, Refresh, Requisite, RequisiteKind};

/// At most so many meta tags and requisites are kept.
const MAX_META: usize = 500;
const MAX_REQUISITES: usize = 2_000;
/// And so many other forms, each called by so many octets.
const MAX_ALTERNATES: usize = 20;
const MAX_TYPE: usize = 120;

/// The declarations of a page.
#[derive(Default)]
pub(super) struct Head {
    /// Text of the title element.
    pub title: Option<String>,
    /// Meta tags in order: key in lower case, value folded.
    pub meta: Vec<(String, String)>,
    pub canonical: Option<String>,
    pub language: Option<String>,
    pub refresh: Option<Refresh>,
    pub requisites: Vec<Requisite>,
    /// Other forms that are declared with a media type.
    pub alternates: Vec<Alternate>,
    /// More requisites than the limit.
    pub many: bool,
    /// Nodes of JSON-LD scripts.
    pub json_ld: Vec<usize>,
    /// `link rel=image_src` and the like.
    pub image: Option<String>,
}

impl Head {
    /// The first value of the first key that has one.
    pub fn first(&self, keys: &[&str]) -> Option<&str> {
        keys.iter().find_map(|key| self.meta.iter().find(|(k, _)| k == key).map(|(_, v)| v.as_str()))
    }

    /// All values of a key.
    pub fn all<'s>(&'s self, key: &'s str) -> impl Iterator<Item = &'s str> + 's {
        self.meta.iter().filter(move |(k, _)| k == key).map(|(_, v)| v.as_str())
    }
}

/// The base of relative addresses: the first `base href` that is http(s), or the page's own address.
pub(super) fn base(dom: &Dom<'_>, url: &Url) -> Url {
    dom.nodes
        .iter()
        .enumerate()
        .filter(|(_, n)| n.name == Name::Base)
        .find_map(|(i, _)| address::absolute(dom.attr(i, "href")?, url))
        .and_then(|href| Url::parse(&href).ok())
        .unwrap_or_else(|| url.clone())
}

/// Collects them in one pass.
pub(super) fn read(dom: &Dom<'_>, base: &Url) -> Head {
    let mut head = Head::default();
    let mut seen = std::collections::HashSet::new();
    let mut in_svg = 0;
    for (i, node) in dom.nodes.iter().enumerate() {
        if i < in_svg {
            continue;
        }
        match node.name {
            Name::Svg => in_svg = node.end,
            Name::Html => head.language = dom.attr(i, "lang").or_else(|| dom.attr(i, "xml:lang")).map(str::to_owned),
            Name::Title if head.title.is_none() => {
                let text: String = dom.nodes[i + 1..node.end].iter().map(|n| n.text).take(4).collect();
                let text: String = fold(text.get(..text.floor_char_boundary(4000)).unwrap_or(""));
                head.title = (!text.is_empty()).then_some(text);
            }
            Name::Meta => meta(dom, i, base, &mut head),
            Name::Link => link(dom, i, base, &mut head, &mut seen),
            Name::Script => {
                if dom.attr(i, "type").is_some_and(|t| t.to_ascii_lowercase().contains("ld+json")) {
                    head.json_ld.push(i);
                } else if let Some(src) = dom.attr(i, "src") {
                    require(&mut head, &mut seen, src, base, RequisiteKind::Script);
                }
            }
            Name::Iframe | Name::Frame => {
                if let Some(src) = dom.attr(i, "src") {
                    require(&mut head, &mut seen, src, base, RequisiteKind::Frame);
                }
            }
            _ => {}
        }
    }
    head
}

fn require(head: &mut Head, seen: &mut std::collections::HashSet<String>, href: &str, base: &Url, kind: RequisiteKind) {
    if head.requisites.len() >= MAX_REQUISITES {
        head.many = true;
    } else if let Some(url) = address::absolute(href, base).filter(|url| seen.insert(url.clone())) {
        head.requisites.push(Requisite { url, kind });
    }
}

fn meta(dom: &Dom<'_>, i: usize, base: &Url, head: &mut Head) {
    let Some(content) = dom.attr(i, "content") else {
        return;
    };
    if dom.attr(i, "http-equiv").is_some_and(|e| e.eq_ignore_ascii_case("refresh")) {
        if head.refresh.is_none() {
            head.refresh = refresh(content, base);
        }
        return;
    }
    if dom.attr(i, "http-equiv").is_some_and(|e| e.eq_ignore_ascii_case("content-language")) && head.language.is_none()
    {
        head.language = Some(content.to_owned());
    }
    // A property may hold several names.
    for key in ["property", "name", "itemprop"] {
        let Some(names) = dom.attr(i, key) else {
            continue;
        };
        for name in names.split_ascii_whitespace().take(4) {
            if head.meta.len() < MAX_META {
                let value = fold(content.get(..content.floor_char_boundary(8000)).unwrap_or(""));
                head.meta.push((name.to_ascii_lowercase(), value));
            }
        }
        break;
    }
}

/// `5; url=/next`.
fn refresh(content: &str, base: &Url) -> Option<Refresh> {
    let content = content.trim();
    let digits = content.len() - content.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    let after_s = content[..digits].parse().ok()?;
    let rest = content[digits..].trim_start_matches(|c: char| c == '.' || c.is_ascii_digit());
    let rest = rest.trim_start_matches(|c: char| c == ';' || c == ',' || c.is_whitespace());
    let rest = match rest.get(..3) {
        Some(word) if word.eq_ignore_ascii_case("url") => {
            rest[3..].trim_start().strip_prefix('=').map_or(rest, str::trim_start)
        }
        _ => rest,
    };
    let target = match rest.chars().next()? {
        quote @ ('"' | '\'') => rest[1..].split(quote).next()?,
        _ => rest,
    };
    Some(Refresh { after_s, url: address::absolute(target, base)? })
}

fn link(dom: &Dom<'_>, i: usize, base: &Url, head: &mut Head, seen: &mut std::collections::HashSet<String>) {
    let (Some(rel), Some(href)) = (dom.attr(i, "rel"), dom.attr(i, "href")) else {
        return;
    };
    for rel in rel.split_ascii_whitespace().take(8) {
        match rel.to_ascii_lowercase().as_str() {
            "alternate" => alternate(dom, i, href, base, head),
            "canonical" if head.canonical.is_none() => head.canonical = address::absolute(href, base),
            "stylesheet" => require(head, seen, href, base, RequisiteKind::Style),
            "icon" | "apple-touch-icon" | "apple-touch-icon-precomposed" | "mask-icon" => {
                require(head, seen, href, base, RequisiteKind::Icon);
            }
            "preload" if dom.attr(i, "as") == Some("font") => require(head, seen, href, base, RequisiteKind::Font),
            "preload" if dom.attr(i, "as") == Some("style") => require(head, seen, href, base, RequisiteKind::Style),
            "image_src" if head.image.is_none() => head.image = address::absolute(href, base),
            _ => {}
        }
    }
}

/// Without a media type it is the same page in another language, or for another device.
fn alternate(dom: &Dom<'_>, i: usize, href: &str, base: &Url, head: &mut Head) {
    let Some(kind) = dom.attr(i, "type").map(fold).filter(|kind| kind.contains('/') && kind.len() <= MAX_TYPE) else {
        return;
    };
    let kind = kind.to_ascii_lowercase();
    if kind.starts_with("text/html") || head.alternates.len() >= MAX_ALTERNATES {
        return;
    }
    let Some(url) = address::absolute(href, base) else { return };
    if head.alternates.iter().all(|known| known.url != url) {
        head.alternates.push(Alternate { kind, url });
    }
}
