//! Links out of the page.

use std::collections::HashMap;

use url::Url;

use super::address;
use super::dom::{Dom, fold};
use super::names::Name;
use crate::model::{Link, LinkPlace};

/// At most so many links are kept.
const MAX_LINKS: usize = 20_000;
const MAX_TEXT: usize = 200;

/// Each address once, in order of appearance, with the first text that is not empty. The second value
/// says that there were more than the limit.
pub(super) fn read(dom: &Dom<'_>, base: &Url) -> (Vec<Link>, bool) {
    let mut links: Vec<Link> = Vec::new();
    let mut seen: HashMap<String, usize> = HashMap::new();
    for (at, node) in dom.nodes.iter().enumerate() {
        if node.name != Name::A {
            continue;
        }
        let Some(href) = dom.attr(at, "href").filter(|h| !h.starts_with('#')) else {
            continue;
        };
        let Some(url) = address::absolute(href, base) else {
            continue;
        };
        let text = || {
            let shown = dom.text(at, MAX_TEXT * 4);
            let text = if shown.is_empty() { dom.attr(at, "title").map(fold).unwrap_or_default() } else { shown };
            text.chars().take(MAX_TEXT).collect::<String>()
        };
        if let Some(&known) = seen.get(&url) {
            if links[known].text.is_empty() {
                links[known].text = text();
            }
            continue;
        }
        if links.len() >= MAX_LINKS {
            return (links, true);
        }
        let rel = dom.attr(at, "rel").map(|r| fold(&r.to_lowercase())).unwrap_or_default().chars().take(100).collect();
        seen.insert(url.clone(), links.len());
        links.push(Link { url, text: text(), rel, place: LinkPlace::Frame, context: String::new() });
    }
    (links, false)
}
