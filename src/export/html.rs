//! HTML: one self-contained page with its own style and the pictures in it; no script, nothing is loaded from
//! anywhere, and a content security policy that says so.

use std::collections::HashSet;
use std::fmt::Write as _;
use std::io::Write;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::safe::{html, linkable};
use super::{Exporter, Payloads, failed};
use crate::error::Result;
use crate::model::{Block, Comment, Digest, Document, MediaRow, SnapshotView, When};

/// The style of the page.
pub(super) const STYLE: &str = include_str!("html.css");
/// A picture longer than this is listed instead of shown.
const MAX_PICTURE: u64 = 4 << 20;
/// All pictures of one page together.
const MAX_PICTURES: u64 = 128 << 20;

/// The HTML format.
#[derive(Debug, Default)]
pub struct Html {
    pictures: u64,
    items: u64,
}

impl Exporter for Html {
    fn begin(&mut self, out: &mut dyn Write) -> Result<()> {
        let style = STANDARD.encode(Digest::of(STYLE.as_bytes()).0);
        write!(
            out,
            "<!doctype html>\n<html>\n<head>\n<meta charset=\"utf-8\">\n\
             <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; img-src data:; \
             style-src 'sha256-{style}'; base-uri 'none'; form-action 'none'\">\n\
             <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
             <meta name=\"referrer\" content=\"no-referrer\">\n\
             <title>Archived pages</title>\n<style>{STYLE}</style>\n</head>\n<body>\n"
        )
        .map_err(failed)
    }

    fn item(&mut self, view: &SnapshotView, payloads: &mut Payloads<'_>, out: &mut dyn Write) -> Result<()> {
        self.items += 1;
        let mut page = Page { view, payloads, shown: HashSet::new(), pictures: &mut self.pictures, out };
        page.write()
    }

    fn end(&mut self, out: &mut dyn Write) -> Result<()> {
        if self.items == 0 {
            out.write_all(b"<p>No snapshot was selected.</p>\n").map_err(failed)?;
        }
        out.write_all(b"</body>\n</html>\n").map_err(failed)
    }
}

struct Page<'a, 'p> {
    view: &'a SnapshotView,
    payloads: &'a mut Payloads<'p>,
    shown: HashSet<&'a str>,
    pictures: &'a mut u64,
    out: &'a mut dyn Write,
}

impl<'a> Page<'a, '_> {
    fn put(&mut self, text: &str) -> Result<()> {
        self.out.write_all(text.as_bytes()).map_err(failed)
    }

    fn write(&mut self) -> Result<()> {
        let view = self.view;
        let head = &view.snapshot;
        let language = view.document.as_ref().and_then(|d| d.language.as_deref()).filter(|l| *l != "und");
        let language = language.map(|l| format!(" lang=\"{}\"", html(l))).unwrap_or_default();
        let title = head.title.as_deref().filter(|title| !title.trim().is_empty()).unwrap_or(&head.url);
        self.put(&format!("<article id=\"snapshot-{}\"{language}>\n<h1 dir=\"auto\">{}</h1>\n", head.id, html(title)))?;
        if let Some(document) = &view.document {
            self.put(&byline(document))?;
            self.put("<div class=\"text\">\n")?;
            for block in &document.blocks {
                self.block(block)?;
            }
            self.put("</div>\n")?;
        }
        if !head.outcome.is_content() {
            self.put(&format!(
                "<p class=\"wall\"><strong>{}</strong>: {}</p>\n",
                head.outcome.as_str(),
                html(head.outcome.about())
            ))?;
        }
        self.media()?;
        if let Some(document) = &view.document {
            self.comments(document)?;
        }
        self.put(&record(view))?;
        self.put("</article>\n")
    }

    fn block(&mut self, block: &'a Block) -> Result<()> {
        let text = match block {
            Block::Heading { level, text } => {
                let level = (*level).clamp(1, 5) + 1;
                format!("<h{level} dir=\"auto\">{}</h{level}>\n", html(text))
            }
            Block::Paragraph { text } => format!("<p dir=\"auto\">{}</p>\n", lines(text)),
            Block::Quote { text } => format!("<blockquote dir=\"auto\">{}</blockquote>\n", lines(text)),
            Block::Code { text } => format!("<pre dir=\"ltr\"><code>{}</code></pre>\n", html(text)),
            Block::List { ordered, items } => {
                let name = if *ordered { "ol" } else { "ul" };
                let items: String = items
                    .iter()
                    .map(|item| {
                        format!("<li class=\"d{}\" dir=\"auto\">{}</li>\n", item.depth.min(8), html(&item.text))
                    })
                    .collect();
                format!("<{name}>\n{items}</{name}>\n")
            }
            Block::Table { rows } => {
                let rows: String = rows
                    .iter()
                    .map(|row| {
                        let cells: String =
                            row.iter().map(|cell| format!("<td dir=\"auto\">{}</td>", html(cell))).collect();
                        format!("<tr>{cells}</tr>\n")
                    })
                    .collect();
                format!("<div class=\"wide\"><table>\n{rows}</table></div>\n")
            }
            Block::Figure { url, caption } => return self.figure(url, caption),
        };
        self.put(&text)
    }

    fn figure(&mut self, url: &'a str, caption: &str) -> Result<()> {
        let view = self.view;
        self.put("<figure>\n")?;
        let held = view.media.iter().find(|part| part.url == url);
        let shown = match held {
            Some(part) if !self.shown.contains(url) => self.picture(part, "")?,
            _ => Err("see the list of media".to_owned()),
        };
        if let Err(why) = shown {
            self.put(&format!("<p class=\"absent\">{} <small>({})</small></p>\n", link(url), html(&why)))?;
        }
        if !caption.is_empty() {
            self.put(&format!("<figcaption dir=\"auto\">{}</figcaption>\n", html(caption)))?;
        }
        self.put("</figure>\n")
    }

    /// Puts `before` and a picture into the page; otherwise says why it is not there.
    fn picture(&mut self, part: &'a MediaRow, before: &str) -> Result<std::result::Result<(), String>> {
        let why = |why: &str| Ok(Err(why.to_owned()));
        let Some(exchange) =
            part.exchange.and_then(|id| self.view.exchanges.iter().chain(&self.view.held).find(|row| row.id == id))
        else {
            return why(part.reason.as_deref().unwrap_or(part.state.about()));
        };
        let Some(kind) = picture_type(&exchange.media_type) else {
            return why("kept in the archive, not a kind of picture that is shown here");
        };
        if exchange.body_len > MAX_PICTURE {
            return why("kept in the archive, too long to be shown here");
        }
        if *self.pictures + exchange.body_len > MAX_PICTURES {
            return why("kept in the archive; this page holds as many pictures as it may");
        }
        let bytes = match (self.payloads)(exchange) {
            Ok(bytes) if bytes.len() as u64 <= MAX_PICTURE => bytes,
            Ok(_) => return why("kept in the archive, too long to be shown here"),
            // A damaged record costs its picture, not the export; the page says so.
            Err(error) => return Ok(Err(format!("it could not be read from the archive: {error}"))),
        };
        *self.pictures += bytes.len() as u64;
        self.shown.insert(&part.url);
        self.put(&format!("{before}<img alt=\"{}\" src=\"data:{kind};base64,", html(&part.alt)))?;
        // In pieces of whole groups of three octets, so that no second copy of the picture is made.
        for piece in bytes.chunks(3 * 16 * 1024) {
            self.put(&STANDARD.encode(piece))?;
        }
        self.put("\">\n")?;
        Ok(Ok(()))
    }

    fn media(&mut self) -> Result<()> {
        let view = self.view;
        // What stands in a comment is shown there.
        let figures = view.document.iter().flat_map(|d| &d.comments).flat_map(|c| &c.blocks).filter_map(|b| match b {
            Block::Figure { url, .. } => Some(url.as_str()),
            _ => None,
        });
        let figures: HashSet<&str> = figures.collect();
        let elsewhere = |url: &str| self.shown.contains(url) || figures.contains(url);
        let rest: Vec<&'a MediaRow> = view.media.iter().filter(|part| !elsewhere(&part.url)).collect();
        if rest.is_empty() {
            return Ok(());
        }
        self.put("<section class=\"media\">\n<h2>Media and other parts</h2>\n")?;
        let mut listed = String::new();
        for part in rest {
            if self.shown.contains(part.url.as_str()) {
                continue;
            }
            let mut why = String::new();
            if matches!(part.kind.as_str(), "image" | "poster") {
                let shown = self.picture(part, "<figure>\n")?;
                if shown.is_ok() {
                    let alt = if part.alt.is_empty() { &part.url } else { &part.alt };
                    self.put(&format!("<figcaption dir=\"auto\">{}</figcaption>\n</figure>\n", html(alt)))?;
                    continue;
                }
                why = shown.err().unwrap_or_default();
            }
            if why.is_empty() {
                why = part.reason.clone().unwrap_or_else(|| part.state.about().to_owned());
            }
            let size = part.body_len.map(|n| format!(", {n} octets")).unwrap_or_default();
            let _ = writeln!(
                listed,
                "<li>{} {}{size} <small>{}</small></li>",
                html(&part.kind),
                link(&part.url),
                html(&why)
            );
        }
        if !listed.is_empty() {
            self.put(&format!("<ul>\n{listed}</ul>\n"))?;
        }
        self.put("</section>\n")
    }

    fn comments(&mut self, document: &'a Document) -> Result<()> {
        let count = self.view.snapshot.comments;
        if document.comments.is_empty() && count.is_none_or(|c| c.is_complete()) {
            return Ok(());
        }
        let have = count.map_or_else(|| document.comments.len().to_string(), |count| count.in_words());
        self.put(&format!("<section class=\"comments\">\n<h2>Comments: {have}</h2>\n"))?;
        if let Some(why) = count.and_then(|count| count.shortfall) {
            self.put(&format!("<p>{}</p>\n", html(why.about())))?;
        }
        for comment in &document.comments {
            self.comment(comment)?;
        }
        self.put("</section>\n")
    }

    fn comment(&mut self, comment: &'a Comment) -> Result<()> {
        let author = comment.author_or("no name");
        let time = comment.time.as_ref().map(|when| format!(" · {}", stated(when))).unwrap_or_default();
        let likes = comment.likes_in_words().map(|likes| format!(" · {likes}")).unwrap_or_default();
        self.put(&format!(
            "<div class=\"comment d{}\">\n<p class=\"who\"><strong dir=\"auto\">{}</strong>{time}{likes}</p>\n",
            comment.depth.min(8),
            html(author)
        ))?;
        if comment.blocks.is_empty() {
            self.put(&format!("<p dir=\"auto\">{}</p>\n", lines(&comment.text)))?;
        }
        for block in &comment.blocks {
            self.block(block)?;
        }
        self.put("</div>\n")
    }
}

/// The picture types that a browser shows without running anything.
fn picture_type(media_type: &str) -> Option<&'static str> {
    ["image/jpeg", "image/png", "image/gif", "image/webp", "image/avif"].into_iter().find(|kind| *kind == media_type)
}

pub(super) fn lines(text: &str) -> String {
    text.split('\n').map(html).collect::<Vec<_>>().join("<br>\n")
}

pub(super) fn link(url: &str) -> String {
    if linkable(url) {
        format!("<a rel=\"noopener noreferrer nofollow\" href=\"{0}\"><bdi>{0}</bdi></a>", html(url))
    } else {
        format!("<bdi>{}</bdi>", html(url))
    }
}

fn stated(when: &When) -> String {
    let at = when.at.map(|at| format!(" datetime=\"{at}\"")).unwrap_or_default();
    format!("<time{at} dir=\"auto\">{}</time>", html(&when.in_words()))
}

fn byline(document: &Document) -> String {
    let mut parts = Vec::new();
    if let Some(site) = &document.site {
        parts.push(format!("<bdi>{}</bdi>", html(site)));
    }
    if !document.authors.is_empty() {
        parts.push(format!("by <bdi>{}</bdi>", html(&document.authors.join(", "))));
    }
    for credit in &document.credits {
        parts.push(format!("<bdi>{}</bdi> by <bdi>{}</bdi>", html(&credit.role), html(&credit.name)));
    }
    if let Some(when) = &document.published {
        parts.push(stated(when));
    }
    if let Some(when) = &document.modified {
        parts.push(format!("changed {}", stated(when)));
    }
    if !document.categories.is_empty() {
        parts.push(format!("<bdi>{}</bdi>", html(&document.categories.join(", "))));
    }
    if parts.is_empty() { String::new() } else { format!("<p class=\"byline\">{}</p>\n", parts.join(" · ")) }
}

/// What is known of the capture: the evidence below the text.
fn record(view: &SnapshotView) -> String {
    let head = &view.snapshot;
    let mut rows = vec![("URL", link(&head.url))];
    if let Some(url) = &head.final_url {
        rows.push(("Final URL", link(url)));
    }
    rows.push(("Captured", format!("<time datetime=\"{0}\">{0}</time>", head.started_at)));
    rows.push(("Snapshot", format!("{} of watch {}, run {}", head.id, head.watch, head.run)));
    let status = head.status.map(|status| format!(", HTTP {status}")).unwrap_or_default();
    rows.push(("Outcome", format!("{}{status}: {}", head.outcome, html(head.outcome.about()))));
    if let Some(failure) = &head.failure {
        rows.push(("Failure", format!("{}: <bdi>{}</bdi>", failure.kind, html(&failure.message))));
    }
    if let Some(robots) = head.robots {
        rows.push(("robots.txt", format!("{robots}: {}", html(robots.about()))));
    }
    for flag in &head.flags {
        rows.push(("Flag", format!("{flag}: {}", html(flag.about()))));
    }
    if let (Some(changed), Some(previous)) = (head.changed, head.previous) {
        let word = if changed { "differs from" } else { "says what is in" };
        rows.push(("Compared", format!("{word} snapshot {previous}")));
    }
    if let Some(last) = view.exchanges.iter().find(|exchange| exchange.is_final) {
        if let Some(payload) = last.payload {
            rows.push(("Payload", format!("<code>{}</code>, {} octets", payload.label(), last.body_len)));
        }
        rows.push(("WARC record", format!("<code>urn:uuid:{}</code>", last.record)));
        let peer = [last.remote.as_deref(), last.protocol.as_deref(), last.tls.as_deref()];
        let peer: Vec<String> = peer.into_iter().flatten().map(html).collect();
        if !peer.is_empty() {
            rows.push(("Server", peer.join(", ")));
        }
        if let Some(chain) = last.chain {
            rows.push(("Certificates", format!("<code>{}</code>", chain.label())));
        }
    }
    if !view.tags.is_empty() {
        rows.push(("Tags", format!("<bdi>{}</bdi>", html(&view.tags.join(", ")))));
    }
    if let Some(note) = &view.note {
        rows.push(("Note", format!("<bdi>{}</bdi>", html(note))));
    }
    for page in &view.pages {
        let outcome = page.outcome.map_or_else(|| "not asked for".to_owned(), |outcome| outcome.to_string());
        let reason = page.reason.as_deref().map(|why| format!(": <bdi>{}</bdi>", html(why))).unwrap_or_default();
        rows.push(("Further page", format!("{} ({outcome}{reason})", link(&page.url))));
    }
    for warning in view.document.iter().flat_map(|document| &document.warnings) {
        let detail = if warning.detail.is_empty() { warning.code.about() } else { &warning.detail };
        rows.push(("Warning", format!("{}: <bdi>{}</bdi>", warning.code, html(detail))));
    }
    let rows: String = rows.iter().map(|(name, value)| format!("<dt>{name}</dt><dd>{value}</dd>\n")).collect();
    format!("<footer>\n<dl>\n{rows}</dl>\n</footer>\n")
}
