//! Media of a page: pictures, videos, sounds, files and embeds, with all their renditions.

use std::collections::HashMap;

use url::Url;

use super::content::Shape;
use super::css::urls_in_style;
use super::dom::{Dom, fold};
use super::head::Head;
use super::jsonld::Facts;
use super::names::Name;
use super::tags::{self, Attribute};
use super::{address, embeds};
use crate::model::{MediaKind, MediaLink};

/// At most so many media of a page are listed.
const MAX_MEDIA: usize = 5_000;
/// Attributes in which scripts keep the address that they put in later.
const LAZY: [&str; 12] = [
    "data-src",
    "data-lazy-src",
    "data-original",
    "data-lazy",
    "data-orig-file",
    "data-full-url",
    "data-large_image",
    "data-echo",
    "data-url",
    "data-image",
    "data-actualsrc",
    "data-hi-res-src",
];
const LAZY_SETS: [&str; 3] = ["data-srcset", "data-lazy-srcset", "data-original-set"];

/// Collects media, each address once.
struct Collected<'a> {
    base: &'a Url,
    list: Vec<MediaLink>,
    seen: HashMap<String, usize>,
    many: bool,
    /// What is added stands in the main text.
    content: bool,
}

impl Collected<'_> {
    fn add(&mut self, url: &str, kind: MediaKind, alt: &str, source: &str, others: Vec<String>) {
        let url = match address::data_in_short(url) {
            Some(short) => short,
            None => match address::absolute(url, self.base) {
                Some(url) => url,
                None => return,
            },
        };
        if let Some(&at) = self.seen.get(&url) {
            let known = &mut self.list[at];
            if known.alt.is_empty() {
                known.alt = alt.to_owned();
            }
            known.content |= self.content;
            if known.kind == MediaKind::Image && kind == MediaKind::Poster {
                known.kind = kind;
            }
            return;
        }
        if self.list.len() >= MAX_MEDIA {
            self.many = true;
            return;
        }
        let renditions: Vec<String> = others.into_iter().filter(|o| *o != url).take(40).collect();
        self.seen.insert(url.clone(), self.list.len());
        for other in &renditions {
            self.seen.entry(other.clone()).or_insert(self.list.len());
        }
        let alt = alt.chars().take(1_000).collect();
        self.list.push(MediaLink { url, kind, alt, renditions, source: source.to_owned(), content: self.content });
    }
}

/// Reads all media of a page; the second value says that there were more than the limit.
pub(super) fn read(dom: &Dom<'_>, head: &Head, facts: &Facts, shape: &Shape, base: &Url) -> (Vec<MediaLink>, bool) {
    let mut found = Collected { base, list: Vec::new(), seen: HashMap::new(), many: false, content: false };
    let root = shape.root.map_or(0..0, |r| dom.range(r));
    let mut unseen_until = 0;
    for at in dom.body..dom.nodes.len() {
        let node = &dom.nodes[at];
        if at < unseen_until || node.element.is_none() {
            continue;
        }
        found.content = root.contains(&at) && shape.pruned_at(at).is_none() && !is_portrait(dom, at);
        match node.name {
            Name::Template => unseen_until = node.end,
            Name::Noscript => {
                let text: String = dom.nodes[at + 1..node.end].iter().map(|n| n.text).collect();
                noscript(&text, &mut found);
            }
            Name::Svg => unseen_until = node.end,
            _ => element(dom, at, &mut found),
        }
    }
    found.content = false;
    declared(head, facts, &mut found);
    (found.list, found.many)
}

/// A picture of who wrote the text, in a box about them.
pub(super) fn is_portrait(dom: &Dom<'_>, at: usize) -> bool {
    if dom.nodes[at].name != Name::Img {
        return false;
    }
    let says = |value: &str| {
        value.split(|c: char| !c.is_ascii_alphanumeric()).any(|w| {
            let w = w.to_ascii_lowercase();
            matches!(
                w.as_str(),
                "avatar" | "avatars" | "gravatar" | "author" | "authors" | "bio" | "userpic" | "headshot"
            )
        })
    };
    let named = |i: usize| dom.attr(i, "class").is_some_and(says) || dom.attr(i, "itemprop") == Some("author");
    let file = dom.attr(at, "src").is_some_and(|src| src.len() < 2_000 && says(src));
    file || named(at) || dom.ancestors(at).take(4).any(|a| named(a) && dom.ink(a) < 1_500)
}

fn element(dom: &Dom<'_>, at: usize, found: &mut Collected<'_>) {
    let node = &dom.nodes[at];
    if let Some(url) = embeds::of(dom, at, found.base) {
        let title = dom.attr(at, "title").map(fold).unwrap_or_default();
        found.add(&url, MediaKind::Embed, &title, embeds::source(node.name), Vec::new());
        return;
    }
    match node.name {
        Name::Img => {
            let image = image(dom, at, found.base);
            if let Some((best, source, others)) = image {
                let alt = dom.attr(at, "alt").or_else(|| dom.attr(at, "title")).map(fold).unwrap_or_default();
                found.add(&best, MediaKind::Image, &alt, source, others);
            }
        }
        Name::Source => {
            let kind = match dom.nodes[node.parent].name {
                Name::Video => MediaKind::Video,
                Name::Audio => MediaKind::Audio,
                _ => MediaKind::Image,
            };
            if kind == MediaKind::Image {
                if let Some((best, others)) = sets(dom, at, found.base) {
                    found.add(&best, kind, "", "picture", others);
                }
            } else if let Some(src) = dom.attr(at, "src").or_else(|| lazy(dom, at)) {
                found.add(src, kind, "", "source", Vec::new());
            }
        }
        Name::Video | Name::Audio => {
            let kind = if node.name == Name::Video { MediaKind::Video } else { MediaKind::Audio };
            let title = dom.attr(at, "title").or_else(|| dom.attr(at, "aria-label")).map(fold).unwrap_or_default();
            for key in ["src", "data-src", "data-video-src"] {
                if let Some(src) = dom.attr(at, key) {
                    found.add(src, kind, &title, kind.as_str(), Vec::new());
                }
            }
            if let Some(poster) = dom.attr(at, "poster").or_else(|| dom.attr(at, "data-poster")) {
                found.add(poster, MediaKind::Poster, &title, "poster", Vec::new());
            }
        }
        Name::Track => {
            if let Some(src) = dom.attr(at, "src") {
                let label = dom.attr(at, "label").map(fold).unwrap_or_default();
                found.add(src, MediaKind::Track, &label, "track", Vec::new());
            }
        }
        // Inside a player it is what browsers without players are given.
        Name::Embed | Name::Object
            if dom.ancestors(at).take(3).any(|a| matches!(dom.nodes[a].name, Name::Video | Name::Audio)) => {}
        Name::Embed | Name::Object => {
            if let Some(src) = dom.attr(at, "src").or_else(|| dom.attr(at, "data")) {
                let kind = kind_of(src).unwrap_or(MediaKind::Embed);
                found.add(src, kind, "", "object", Vec::new());
            }
        }
        Name::A => {
            if let Some(href) = dom.attr(at, "href")
                && let Some(kind) = kind_of(href)
            {
                let text = if kind == MediaKind::Image { String::new() } else { dom.text(at, 200) };
                linked(dom, at, href, kind, &text, found);
            }
        }
        _ => {}
    }
    if let Some(style) = dom.attr(at, "style").filter(|s| s.contains("url(") || s.contains("URL(")) {
        for url in urls_in_style(style) {
            found.add(url, MediaKind::Image, "", "css", Vec::new());
        }
    }
    let plain = node.hints.lacks("data-") && node.hints.lacks("background");
    if !plain && !matches!(node.name, Name::Img | Name::Source | Name::Iframe | Name::Video) {
        for key in ["data-bg", "data-background-image", "data-background", "background"] {
            if let Some(url) =
                dom.attr(at, key).filter(|u| !u.contains("gradient") && (u.contains('/') || u.contains('.')))
            {
                let url = urls_in_style(url).first().copied().unwrap_or(url);
                found.add(url, MediaKind::Image, "", "css", Vec::new());
            }
        }
    }
}

/// A link to a file; one around its own thumbnail is the full size of that picture.
fn linked(dom: &Dom<'_>, at: usize, href: &str, kind: MediaKind, text: &str, found: &mut Collected<'_>) {
    let inner = dom.range(at).find(|i| dom.nodes[*i].name == Name::Img);
    match inner.filter(|_| kind == MediaKind::Image) {
        Some(img) => {
            let mut others = Vec::new();
            if let Some((best, _, more)) = image(dom, img, found.base) {
                others.extend(address::absolute(&best, found.base));
                others.extend(more);
            }
            let alt = dom.attr(img, "alt").map(fold).unwrap_or_default();
            found.add(href, kind, &alt, "link", others);
        }
        None => found.add(href, kind, text, "link", Vec::new()),
    }
}

/// The address of the medium that an element shows.
pub(super) fn address_of(dom: &Dom<'_>, at: usize, base: &Url) -> Option<String> {
    let node = &dom.nodes[at];
    let url = match node.name {
        Name::Img => image(dom, at, base)?.0,
        Name::Video | Name::Audio => match dom.attr(at, "src").or_else(|| dom.attr(at, "data-src")) {
            Some(src) => src.to_owned(),
            None => dom
                .range(at)
                .find(|i| dom.nodes[*i].name == Name::Source)
                .and_then(|i| dom.attr(i, "src"))
                .or_else(|| dom.attr(at, "poster"))?
                .to_owned(),
        },
        Name::Iframe | Name::Blockquote | Name::Script => return embeds::of(dom, at, base),
        _ => return None,
    };
    address::data_in_short(&url).or_else(|| address::absolute(&url, base))
}

/// Best address of a picture, the rule that gave it, and the other addresses.
fn image(dom: &Dom<'_>, at: usize, base: &Url) -> Option<(String, &'static str, Vec<String>)> {
    let src = dom.attr(at, "src");
    let lazy = lazy(dom, at);
    let set = sets(dom, at, base);
    let mut others: Vec<String> = Vec::new();
    let (best, source) = match (set, lazy, src) {
        (Some((best, all)), lazy, src) => {
            others.extend(all);
            others.extend([lazy, src].into_iter().flatten().filter_map(|u| listed(u, base)));
            (best, "srcset")
        }
        (None, Some(lazy), src) => {
            others.extend(src.and_then(|u| listed(u, base)));
            (lazy.to_owned(), "lazy")
        }
        (None, None, Some(src)) => (src.to_owned(), "img"),
        (None, None, None) => return None,
    };
    others.dedup();
    Some((best, source, others))
}

fn listed(url: &str, base: &Url) -> Option<String> {
    address::data_in_short(url).or_else(|| address::absolute(url, base))
}

fn lazy<'d>(dom: &Dom<'d>, at: usize) -> Option<&'d str> {
    let element = dom.nodes[at].element?;
    element
        .attrs()
        .find(|(name, value)| name.starts_with("data-") && LAZY.contains(name) && looks_like_address(value))
        .map(|(_, value)| value.trim())
}

fn looks_like_address(value: &str) -> bool {
    let value = value.trim();
    !value.is_empty() && !value.starts_with(['{', '[', '#']) && (value.contains('/') || value.contains('.'))
}

/// The best candidate of `srcset` and its lazy forms, and all candidates from the best down.
fn sets(dom: &Dom<'_>, at: usize, base: &Url) -> Option<(String, Vec<String>)> {
    let element = dom.nodes[at].element?;
    let mut candidates: Vec<(f64, String)> = Vec::new();
    for (_, value) in element.attrs().filter(|(name, _)| *name == "srcset" || LAZY_SETS.contains(name)) {
        candidates
            .extend(srcset(value).into_iter().filter_map(|(size, url)| Some((size, address::absolute(url, base)?))));
    }
    candidates.sort_by(|a, b| b.0.total_cmp(&a.0));
    let best = candidates.first()?.1.clone();
    let mut urls: Vec<String> = candidates.into_iter().map(|(_, url)| url).collect();
    urls.dedup();
    Some((best, urls))
}

/// Candidates of a srcset: size and address. Addresses may hold commas.
fn srcset(value: &str) -> Vec<(f64, &str)> {
    let mut found = Vec::new();
    let mut rest = value;
    while found.len() < 60 {
        rest = rest.trim_start_matches(|c: char| c.is_whitespace() || c == ',');
        if rest.is_empty() {
            break;
        }
        let end = rest.find(char::is_whitespace).unwrap_or(rest.len());
        let (url, after) = rest.split_at(end);
        let bare = url.trim_end_matches(',');
        let mut size = 1.0;
        if bare.len() == url.len() {
            let end = after.find(',').unwrap_or(after.len());
            let descriptor = after[..end].trim();
            let number = descriptor.trim_end_matches(['w', 'x', 'h']);
            size = number
                .split_whitespace()
                .next()
                .and_then(|n| n.trim_end_matches(['w', 'x']).parse().ok())
                .unwrap_or(1.0);
            rest = &after[end..];
        } else {
            rest = after;
        }
        if !bare.starts_with("data:") {
            found.push((size, bare));
        }
    }
    found
}

/// What a linked file is, by the ending of its path.
pub(super) fn kind_of(href: &str) -> Option<MediaKind> {
    let path = href.split(['?', '#']).next()?;
    let name = path.rsplit('/').next()?;
    let (stem, ending) = name.rsplit_once('.')?;
    if stem.is_empty() || ending.len() > 5 || path.matches('/').count() < 1 && href.contains("://") {
        return None;
    }
    Some(match ending.to_ascii_lowercase().as_str() {
        "jpg" | "jpeg" | "png" | "gif" | "webp" | "avif" | "bmp" | "tif" | "tiff" | "svg" => MediaKind::Image,
        "mp4" | "webm" | "m4v" | "mov" | "ogv" | "avi" | "mkv" | "flv" | "wmv" | "m3u8" | "mpd" => MediaKind::Video,
        "mp3" | "ogg" | "oga" | "wav" | "m4a" | "aac" | "flac" | "opus" | "wma" => MediaKind::Audio,
        "vtt" | "srt" => MediaKind::Track,
        "pdf" | "doc" | "docx" | "xls" | "xlsx" | "ppt" | "pptx" | "odt" | "ods" | "odp" | "rtf" | "epub" | "djvu"
        | "zip" | "rar" | "7z" | "gz" | "tar" | "csv" => MediaKind::File,
        _ => return None,
    })
}

/// Pictures and frames inside noscript, whose content is text to a parser that has scripts on.
fn noscript(text: &str, found: &mut Collected<'_>) {
    let bytes = text.as_bytes();
    let mut from = 0;
    while let Some(at) = text.get(from..).and_then(|t| t.find('<')).map(|n| from + n) {
        from = at + 1;
        let name: String = text[at + 1..]
            .chars()
            .take_while(char::is_ascii_alphabetic)
            .take(8)
            .collect::<String>()
            .to_ascii_lowercase();
        if name != "img" && name != "iframe" {
            continue;
        }
        let (mut src, mut alt, mut set) = ("", "", "");
        let mut i = at + 1 + name.len();
        while let Some(Attribute::One { from: name_at, name_end, value, next }) = tags::next_attribute(bytes, i) {
            let value = text.get(value.0..value.1).unwrap_or("");
            match text.get(name_at..name_end).unwrap_or("").to_ascii_lowercase().as_str() {
                "src" => src = value,
                "alt" => alt = value,
                "srcset" => set = value,
                _ => {}
            }
            i = next;
        }
        from = from.max(i);
        let src = src.replace("&amp;", "&");
        if name == "iframe" {
            if let Some(url) = embeds::of_address(&src, found.base) {
                found.add(&url, MediaKind::Embed, "", "noscript", Vec::new());
            }
            continue;
        }
        let mut others: Vec<(f64, String)> = srcset(set)
            .into_iter()
            .filter_map(|(s, u)| Some((s, address::absolute(&u.replace("&amp;", "&"), found.base)?)))
            .collect();
        others.sort_by(|a, b| b.0.total_cmp(&a.0));
        let others = others.into_iter().map(|(_, url)| url).collect();
        // Counting pixels of one square are no pictures of the page.
        if !src.is_empty() && !src.contains("facebook.com/tr") {
            found.add(&src, MediaKind::Image, &fold(alt), "noscript", others);
        }
    }
}

/// Media that the page declares for those who link to it.
fn declared(head: &Head, facts: &Facts, found: &mut Collected<'_>) {
    for (keys, kind) in [
        (
            &["og:image:secure_url", "og:image", "og:image:url", "twitter:image", "twitter:image:src"][..],
            MediaKind::Image,
        ),
        (&["og:video:secure_url", "og:video", "og:video:url", "twitter:player:stream"][..], MediaKind::Video),
        (&["og:audio", "og:audio:secure_url"][..], MediaKind::Audio),
    ] {
        for key in keys {
            for url in head.all(key).map(str::to_owned).collect::<Vec<_>>() {
                let alt = head.first(&["og:image:alt"]).filter(|_| kind == MediaKind::Image).unwrap_or("");
                match embeds::of_address(&url, found.base) {
                    Some(embed) => found.add(&embed, MediaKind::Embed, "", key, Vec::new()),
                    None => found.add(&url, kind, alt, key, Vec::new()),
                }
            }
        }
    }
    if let Some(url) = &head.image {
        found.add(url, MediaKind::Image, "", "image_src", Vec::new());
    }
    for url in &facts.images {
        found.add(url, MediaKind::Image, "", "json-ld", Vec::new());
    }
    for (sound, url) in &facts.media {
        match embeds::of_address(url, found.base) {
            Some(embed) => found.add(&embed, MediaKind::Embed, "", "json-ld", Vec::new()),
            None => {
                let kind = if *sound { MediaKind::Audio } else { MediaKind::Video };
                found.add(url, kind, "", "json-ld", Vec::new());
            }
        }
    }
}
