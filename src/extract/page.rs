//! One HTML page: the order in which its parts are read, and how they become one document.

use std::collections::HashSet;

use url::Url;

use super::comments;
use super::dates::Ways;
use super::dom::Dom;
use super::names::Name;
use super::{
    Input, blocks, byline, charset, content, head, jsonld, kind, language, links, media, meta, paging, replies, rest,
    services, signs, title, tree,
};
use crate::model::{Block, Comment, Document, MediaLink, Warning, WarningCode};

/// What all parts need to know of the page.
pub(super) struct Context<'a> {
    pub url: &'a Url,
    /// Relative addresses count from here.
    pub base: &'a Url,
    /// How its dates are to be understood.
    pub ways: Ways,
}

/// Reads a page.
pub(super) fn read(input: &Input<'_>) -> Document {
    let mut document = Document::empty();
    let decoded = charset::text(input.body, input.content_type, input.url.host_str());
    document.charset = Some(decoded.charset);
    let html = tree::build(&decoded.text, true, &mut document.warnings);
    let without_scripts;
    let mut dom = Dom::new(&html);
    if speaks_only_without_scripts(&dom) {
        // The shell of an application that puts its text into noscript: read as by a browser without scripts.
        document.warnings.clear();
        without_scripts = tree::build(&decoded.text, false, &mut document.warnings);
        dom = Dom::new(&without_scripts);
    }
    document.warnings.extend(decoded.warning);
    if services::in_page(&dom, input.url, &mut document) {
        return document;
    }
    let base = head::base(&dom, input.url);
    let head = head::read(&dom, &base);
    let facts = jsonld::read(&dom, &head.json_ld);
    let stated = language::stated(&head, &facts);
    let month_first = language::month_first(stated.as_deref());
    let ways = Ways { month_first, old: language::calendar(stated.as_deref()) };
    let context = Context { url: input.url, base: &base, ways };

    let mut comments = comments::read(&dom, &head, &facts, &context);
    let host = input.url.host_str().unwrap_or("");
    let shape = content::find(&dom, &comments, kind::says_article(&head, &facts, input.url), facts.product, host);
    let lines = byline::read(&dom, &shape, &comments, &context);
    let (found_media, many_media) = media::read(&dom, &head, &facts, &shape, &base);
    let title = document.sources.keep("title", title::read(&dom, &head, &facts, &shape, input.url));
    let (blocks, used) = blocks::read(&dom, &shape, &comments, title.as_deref(), &base);
    document.rest = rest::read(&dom, &comments, &used);
    document.title = title;
    document.blocks = blocks;
    if !document.blocks.is_empty() {
        document.sources.set("blocks", shape.rule);
    }
    meta::fill(&mut document, &dom, &head, &facts, &lines, &comments, &context);
    let (links, many_links) = links::read(&dom, &shape, &comments, &base);
    document.links = links;
    document.media = found_media;
    shown_in_comments(&mut document.media, &comments.comments);
    document.comments_claimed = comments.claimed;
    document.sources.set("language", if stated.is_some() { "stated" } else { "guessed" });
    document.language = stated.or_else(|| language::guessed(&document)).or_else(|| Some("und".to_owned()));
    let (kind, rule) = kind::judge(&dom, &head, &facts, &document, &comments);
    document.sources.set("kind", rule);
    document.kind = kind;
    document.paging = paging::read(&dom, &comments, document.kind, &context);
    if document.paging.is_none() {
        document.next_page = paging::next_of_list(&dom, &context);
    }
    if document.paging.is_some() {
        replies::read(&dom, &mut comments);
    }
    let services = services::named(&dom, &context);
    if !services.is_empty() {
        document.paging.get_or_insert_default().pages.extend(services);
    }
    if !comments.comments.is_empty() {
        document.sources.set("comments", comments.rule);
    }
    document.comments = comments.comments;
    document.signs = signs::read(&dom, &document);
    document.refresh = head.refresh;
    document.requisites = head.requisites;
    document.alternates = head.alternates;
    document.canonical = head.canonical;
    if many_links || many_media || comments.many || head.many {
        let which =
            [(many_links, "links"), (many_media, "media"), (comments.many, "comments"), (head.many, "requisites")];
        let names: Vec<&str> = which.iter().filter(|(many, _)| *many).map(|(_, name)| *name).collect();
        let detail = format!("more {} than are kept", names.join(", "));
        document.warnings.push(Warning { code: WarningCode::Count, detail });
    }
    document
}

/// Pictures of comments are content as those of the text are.
fn shown_in_comments(media: &mut [MediaLink], comments: &[Comment]) {
    let blocks = comments.iter().flat_map(|comment| &comment.blocks);
    let urls: HashSet<&str> =
        blocks.filter_map(|b| if let Block::Figure { url, .. } = b { Some(url.as_str()) } else { None }).collect();
    media.iter_mut().filter(|medium| urls.contains(medium.url.as_str())).for_each(|medium| medium.content = true);
}

/// Next to no text is visible, and a good deal stands in noscript.
fn speaks_only_without_scripts(dom: &Dom<'_>) -> bool {
    if dom.ink(dom.body) > 300 {
        return false;
    }
    let hidden = dom.nodes.iter().enumerate().filter(|(i, n)| n.name == Name::Noscript && *i > dom.body);
    hidden.map(|(i, n)| dom.nodes[i + 1..n.end].iter().map(|t| t.text.len()).sum::<usize>()).sum::<usize>() > 1_500
}
