//! Platforms that are known by their address. What is done with a platform comes with its own file.

use url::Url;

/// Host names (and all names below them) of platforms.
const PLATFORMS: [(&str, &[&str]); 9] = [
    ("telegram", &["t.me", "telegram.me"]),
    ("x", &["x.com", "twitter.com"]),
    ("youtube", &["youtube.com", "youtu.be", "youtube-nocookie.com"]),
    ("reddit", &["reddit.com", "redd.it"]),
    ("bluesky", &["bsky.app"]),
    ("facebook", &["facebook.com", "fb.watch"]),
    ("instagram", &["instagram.com"]),
    ("tiktok", &["tiktok.com"]),
    ("vk", &["vk.com", "vk.ru"]),
];

/// The platform that an address belongs to.
pub fn recognise(url: &Url) -> Option<&'static str> {
    let host = url.host_str()?.trim_end_matches('.');
    PLATFORMS.iter().find_map(|(platform, hosts)| {
        let known = hosts.iter().any(|h| host == *h || host.strip_suffix(h).is_some_and(|rest| rest.ends_with('.')));
        known.then_some(*platform)
    })
}

#[cfg(test)]
mod tests;
