//! Foreign players and posts in a page.

use url::Url;

use super::address;
use super::dom::Dom;
use super::names::Name;

/// Hosts of players and posts that are embedded, and a part of the path that tells an embed from other
/// frames of the same host.
const HOSTS: [(&str, &str); 34] = [
    ("youtube.com", "/embed"),
    ("youtube.com", "/v/"),
    ("youtube-nocookie.com", "/"),
    ("youtu.be", "/"),
    ("vimeo.com", "/video"),
    ("t.me", "/"),
    ("telegram.me", "/"),
    ("twitter.com", "/"),
    ("x.com", "/"),
    ("instagram.com", "/"),
    ("facebook.com", "/plugins/"),
    ("facebook.com", "/video"),
    ("tiktok.com", "/"),
    ("soundcloud.com", "/player"),
    ("dailymotion.com", "/embed"),
    ("spotify.com", "/embed"),
    ("vk.com", "/video_ext"),
    ("vkvideo.ru", "/video_ext"),
    ("ok.ru", "/videoembed"),
    ("rutube.ru", "/play"),
    ("rumble.com", "/embed"),
    ("odysee.com", "/"),
    ("bandcamp.com", "/EmbeddedPlayer"),
    ("mixcloud.com", "/widget"),
    ("podcasts.apple.com", "/"),
    ("streamable.com", "/"),
    ("brightcove.net", "/"),
    ("jwplatform.com", "/"),
    ("archive.org", "/embed"),
    ("bsky.app", "/embed"),
    ("reddit.com", "/"),
    ("redditmedia.com", "/"),
    ("wistia.net", "/embed"),
    ("ted.com", "/talks"),
];

/// The address of the foreign thing that an element embeds.
pub(super) fn of(dom: &Dom<'_>, at: usize, base: &Url) -> Option<String> {
    match dom.nodes[at].name {
        Name::Iframe => ["src", "data-src", "data-lazy-src", "data-original", "data-cookieblock-src"]
            .iter()
            .filter_map(|key| dom.attr(at, key))
            .find_map(|src| frame(src, says_player(dom, at), base)),
        Name::Embed | Name::Object => {
            dom.attr(at, "src").or_else(|| dom.attr(at, "data")).and_then(|src| of_address(src, base))
        }
        Name::Script => {
            let post = dom.attr(at, "data-telegram-post").filter(|p| p.split('/').count() == 2)?;
            address::absolute(&format!("https://t.me/{post}"), base)
        }
        Name::Blockquote => quoted(dom, at, base),
        _ if dom.nodes[at].hints.lacks("data-") => None,
        _ => ["data-youtube-id", "data-yt-id", "data-video-id"]
            .iter()
            .find_map(|key| dom.attr(at, key))
            .filter(|id| id.len() == 11 && id.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_'))
            .filter(|_| dom.attr(at, "class").is_some_and(|c| c.to_ascii_lowercase().contains("you")))
            .map(|id| format!("https://www.youtube.com/embed/{id}")),
    }
}

/// Which rule `of` is for a kind of element.
pub(super) fn source(name: Name) -> &'static str {
    match name {
        Name::Iframe => "iframe",
        Name::Script => "script",
        Name::Blockquote => "blockquote",
        Name::Embed | Name::Object => "object",
        _ => "lazy",
    }
}

/// An address of a known player or post, absolute.
pub(super) fn of_address(text: &str, base: &Url) -> Option<String> {
    let url = address::absolute(text, base)?;
    let parsed = Url::parse(&url).ok()?;
    let host = parsed.host_str()?;
    let known = HOSTS.iter().any(|(name, path)| {
        let same = host == *name || host.strip_suffix(name).is_some_and(|rest| rest.ends_with('.'));
        same && parsed.path().starts_with(path)
    });
    known.then_some(url)
}

/// A frame that may fill the screen, or is called a player.
fn says_player(dom: &Dom<'_>, at: usize) -> bool {
    let Some(element) = dom.nodes[at].element else {
        return false;
    };
    element.attrs().any(|(name, value)| match name {
        "allowfullscreen" | "webkitallowfullscreen" => true,
        "allow" => value.contains("fullscreen") || value.contains("autoplay"),
        "class" | "id" => value.to_ascii_lowercase().contains("video") || value.to_ascii_lowercase().contains("player"),
        _ => false,
    })
}

/// A frame: one of a known host, or one that says in its path that it is a player. Maps are none.
fn frame(src: &str, player: bool, base: &Url) -> Option<String> {
    if let Some(url) = of_address(src, base) {
        return Some(url);
    }
    let url = address::absolute(src, base)?;
    let parsed = Url::parse(&url).ok()?;
    let path = parsed.path().to_ascii_lowercase();
    if path.contains("/maps") || parsed.host_str().is_some_and(|h| h.starts_with("maps.")) {
        return None;
    }
    let player = player || ["/embed", "/player", "/video", "_embed"].iter().any(|part| path.contains(part));
    let foreign = parsed.host_str() != base.host_str();
    (player && foreign).then_some(url)
}

/// `blockquote.twitter-tweet` and the like: the permanent address stands in an attribute or in the last link.
fn quoted(dom: &Dom<'_>, at: usize, base: &Url) -> Option<String> {
    let class = dom.attr(at, "class")?;
    let known = class.split_ascii_whitespace().any(|c| {
        matches!(
            c,
            "twitter-tweet"
                | "twitter-video"
                | "instagram-media"
                | "tiktok-embed"
                | "bluesky-embed"
                | "reddit-embed-bq"
                | "reddit-card"
                | "mastodon-embed"
                | "text-post-media"
                | "fb-post"
                | "imgur-embed-pub"
        )
    });
    if !known {
        return None;
    }
    let stated =
        ["data-instgrm-permalink", "cite", "data-embed-url", "data-href"].iter().find_map(|key| dom.attr(at, key));
    let link =
        || dom.range(at).filter(|i| dom.nodes[*i].name == Name::A).filter_map(|i| dom.attr(i, "href")).next_back();
    address::absolute(stated.or_else(link)?, base)
}

/// A figure around a quotation, a table or whole paragraphs is more than its picture.
pub(super) fn around_text(dom: &Dom<'_>, at: usize, base: &Url) -> bool {
    let range = dom.range(at);
    let mut i = range.start + 1;
    while i < range.end {
        let node = &dom.nodes[i];
        match node.name {
            Name::Figcaption => {
                i = node.end;
                continue;
            }
            Name::Blockquote | Name::Table | Name::Pre if dom.ink(i) > 40 => {
                return of(dom, i, base).is_none();
            }
            Name::P | Name::Ul | Name::Ol if dom.ink(i) > 300 => return true,
            _ => {}
        }
        i += 1;
    }
    false
}
