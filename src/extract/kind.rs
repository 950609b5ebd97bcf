//! What a page is.

use url::Url;

use super::comments::Found;
use super::dom::Dom;
use super::head::Head;
use super::jsonld::Facts;
use super::names::Name;
use crate::model::{Block, Document, Kind, MediaKind};

/// The page declares itself to be about one thing: an article, a product.
pub(super) fn says_article(head: &Head, facts: &Facts, url: &Url) -> bool {
    // The front page of a site is none, whatever its templates declare.
    if url.path() == "/" && url.query().is_none() {
        return false;
    }
    let typed =
        facts.kind.as_deref().is_some_and(|k| k.ends_with("Article") || k.ends_with("Posting") || k == "Report");
    let declared = matches!(head.first(&["og:type"]), Some("article" | "product" | "og:product" | "product.item"));
    typed || facts.product || declared || head.first(&["article:published_time"]).is_some()
}

/// Judges by what the page declares, then by its shape; and names the rule.
pub(super) fn judge(
    dom: &Dom<'_>,
    head: &Head,
    facts: &Facts,
    document: &Document,
    comments: &Found,
) -> (Kind, &'static str) {
    if comments.thread {
        return (Kind::Thread, "comments");
    }
    match facts.kind.as_deref() {
        Some("DiscussionForumPosting" | "Question" | "QAPage") => return (Kind::Thread, "json-ld"),
        Some("SocialMediaPosting") => return (Kind::Post, "json-ld"),
        Some(kind) if kind.ends_with("Article") || kind.ends_with("Posting") => return (Kind::Article, "json-ld"),
        _ => {}
    }
    let declared = head.first(&["og:type"]).unwrap_or("");
    match declared {
        "article" => return (Kind::Article, "meta"),
        "profile" => return (Kind::Profile, "meta"),
        d if d.starts_with("video") || d.starts_with("music") => return (Kind::Media, "meta"),
        _ => {}
    }
    (by_shape(dom, document, comments), "shape")
}

/// What a page is that does not say it.
fn by_shape(dom: &Dom<'_>, document: &Document, comments: &Found) -> Kind {
    let text: usize = document
        .blocks
        .iter()
        .map(|b| match b {
            Block::Paragraph { text } | Block::Quote { text } => text.len(),
            Block::List { items, .. } => items.iter().map(|i| i.text.len()).sum::<usize>() / 2,
            _ => 0,
        })
        .sum();
    let articles = dom.nodes.iter().filter(|n| n.name == Name::Article && !n.hints.comment()).count();
    if articles >= 6 && comments.comments.is_empty() {
        return Kind::Listing;
    }
    let whole = dom.ink(dom.body);
    if text > 600 || (document.published.is_some() && text > 200) {
        return Kind::Article;
    }
    if whole > 400 && u64::from(dom.link_ink(dom.body)) * 100 > u64::from(whole) * 55 {
        return Kind::Listing;
    }
    let moving = document.media.iter().any(|m| matches!(m.kind, MediaKind::Video | MediaKind::Audio));
    if moving && text < 200 {
        return Kind::Media;
    }
    if text > 0 && articles == 1 { Kind::Article } else { Kind::Other }
}
