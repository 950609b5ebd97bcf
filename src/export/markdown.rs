//! Markdown: one section a snapshot. Everything foreign is escaped, so that it is read as text and nothing else.

use std::fmt::Write as _;
use std::io::Write;

use super::safe::{fenced, markdown, markdown_url};
use super::{Exporter, Payloads, failed};
use crate::error::Result;
use crate::model::{Block, Document, SnapshotView};

/// The Markdown format.
#[derive(Debug, Default)]
pub struct Markdown {
    items: u64,
}

impl Exporter for Markdown {
    fn begin(&mut self, _: &mut dyn Write) -> Result<()> {
        self.items = 0;
        Ok(())
    }

    fn item(&mut self, view: &SnapshotView, _: &mut Payloads<'_>, out: &mut dyn Write) -> Result<()> {
        self.items += 1;
        let mut text = String::new();
        if self.items > 1 {
            text.push_str("\n---\n\n");
        }
        // Writing to a String does not fail.
        let _ = section(view, &mut text);
        out.write_all(text.as_bytes()).map_err(failed)
    }

    fn end(&mut self, _: &mut dyn Write) -> Result<()> {
        Ok(())
    }
}

fn section(view: &SnapshotView, out: &mut String) -> std::fmt::Result {
    let head = &view.snapshot;
    let title = head.title.as_deref().filter(|title| !title.trim().is_empty()).unwrap_or(&head.url);
    writeln!(out, "# {}\n", markdown(title))?;
    writeln!(out, "- URL: {}", markdown_url(&head.url))?;
    if let Some(url) = &head.final_url {
        writeln!(out, "- Final URL: {}", markdown_url(url))?;
    }
    writeln!(out, "- Captured: {} (snapshot {})", head.started_at, head.id)?;
    let status = head.status.map(|status| format!(", HTTP {status}")).unwrap_or_default();
    writeln!(out, "- Outcome: {}{status}. {}", markdown(head.outcome.as_str()), head.outcome.about())?;
    if let Some(failure) = &head.failure {
        writeln!(out, "- Failure: {}", markdown(&failure.message))?;
    }
    if let Some(robots) = head.robots {
        writeln!(out, "- robots.txt: {robots}")?;
    }
    if let Some(last) = view.exchanges.iter().find(|exchange| exchange.is_final) {
        if let Some(payload) = last.payload {
            writeln!(out, "- Payload: {}, {} octets", payload.label(), last.body_len)?;
        }
        writeln!(out, "- WARC record: urn:uuid:{}", last.record)?;
    }
    for (name, items) in [("Tags", &view.tags), ("Flags", &head.flags.iter().map(ToString::to_string).collect())] {
        if !items.is_empty() {
            writeln!(out, "- {name}: {}", markdown(&items.join(", ")))?;
        }
    }
    if let Some(note) = &view.note {
        writeln!(out, "- Note: {}", markdown(note))?;
    }
    if let Some(document) = &view.document {
        facts(document, out)?;
        document.blocks.iter().try_for_each(|part| block(part, out))?;
        comments(view, document, out)?;
    }
    pages(view, out)?;
    if !view.media.is_empty() {
        writeln!(out, "\n## Media and other parts\n")?;
        for part in &view.media {
            let reason = part.reason.as_deref().map(|why| format!(": {}", markdown(why))).unwrap_or_default();
            let alt = if part.alt.is_empty() { String::new() } else { format!(" {}", markdown(&part.alt)) };
            let state = markdown(part.state.as_str());
            writeln!(out, "- {} {}{alt} ({state}{reason})", markdown(&part.kind), markdown_url(&part.url))?;
        }
    }
    Ok(())
}

fn facts(document: &Document, out: &mut String) -> std::fmt::Result {
    if !document.authors.is_empty() {
        writeln!(out, "- By: {}", markdown(&document.authors.join(", ")))?;
    }
    for credit in &document.credits {
        writeln!(out, "- {} by {}", markdown(&credit.role), markdown(&credit.name))?;
    }
    for (name, when) in [("Published", &document.published), ("Modified", &document.modified)] {
        if let Some(when) = when {
            let at = when.at.map(|at| format!("{at}, on the page: ")).unwrap_or_default();
            writeln!(out, "- {name}: {at}{}", markdown(&when.raw))?;
        }
    }
    for (name, text) in [("Site", &document.site), ("Language", &document.language)] {
        if let Some(text) = text {
            writeln!(out, "- {name}: {}", markdown(text))?;
        }
    }
    if !document.categories.is_empty() {
        writeln!(out, "- Section: {}", markdown(&document.categories.join(", ")))?;
    }
    Ok(())
}

fn block(block: &Block, out: &mut String) -> std::fmt::Result {
    writeln!(out)?;
    match block {
        // The page's own headings stand below the title of the snapshot.
        Block::Heading { level, text } => {
            writeln!(out, "{} {}", "#".repeat(usize::from((*level).clamp(1, 5)) + 1), markdown(text))
        }
        Block::Paragraph { text } => {
            let lines: Vec<String> = text.lines().map(markdown).filter(|line| !line.is_empty()).collect();
            writeln!(out, "{}", lines.join("\\\n"))
        }
        Block::Quote { text } => text.lines().try_for_each(|line| writeln!(out, "> {}", markdown(line))),
        Block::Code { text } => out.write_str(&fenced(text)),
        Block::List { ordered, items } => items.iter().enumerate().try_for_each(|(n, item)| {
            let mark = if *ordered { format!("{}.", n + 1) } else { "-".into() };
            writeln!(out, "{}{mark} {}", "    ".repeat(usize::from(item.depth.min(8))), markdown(&item.text))
        }),
        Block::Table { rows } => {
            let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
            for (n, row) in rows.iter().enumerate() {
                let cells = (0..columns).map(|n| row.get(n).map(|cell| markdown(cell)).unwrap_or_default());
                writeln!(out, "| {} |", cells.collect::<Vec<_>>().join(" | "))?;
                if n == 0 {
                    writeln!(out, "|{}", " --- |".repeat(columns))?;
                }
            }
            Ok(())
        }
        Block::Figure { url, caption } => writeln!(out, "Figure: {} {}", markdown(caption), markdown_url(url)),
    }
}

/// Further pages of the thread and what became of them.
fn pages(view: &SnapshotView, out: &mut String) -> std::fmt::Result {
    if view.pages.is_empty() {
        return Ok(());
    }
    writeln!(out, "\n## Further pages\n")?;
    for page in &view.pages {
        let outcome = page.outcome.map_or_else(|| "not asked for".to_owned(), |outcome| markdown(outcome.as_str()));
        let reason = page.reason.as_deref().map(|why| format!(": {}", markdown(why))).unwrap_or_default();
        writeln!(out, "- {} ({outcome}{reason})", markdown_url(&page.url))?;
    }
    Ok(())
}

fn comments(view: &SnapshotView, document: &Document, out: &mut String) -> std::fmt::Result {
    let count = view.snapshot.comments;
    if document.comments.is_empty() && count.is_none_or(|c| c.is_complete()) {
        return Ok(());
    }
    let count = count.map_or_else(|| document.comments.len().to_string(), |count| count.in_words());
    writeln!(out, "\n## Comments: {}", markdown(&count))?;
    for comment in &document.comments {
        let author = markdown(comment.author_or("no name"));
        let time = comment.time.as_ref().map(|when| format!(", {}", markdown(&when.in_words()))).unwrap_or_default();
        let likes = comment.likes_in_words().map(|likes| format!(", {likes}")).unwrap_or_default();
        // A quotation a level shows who answers whom and needs no markup of its own.
        let quote = "> ".repeat(usize::from(comment.depth.min(8)) + 1);
        writeln!(out, "\n{quote}**{author}**{time}{likes}")?;
        let mut text = String::new();
        comment.as_blocks().iter().try_for_each(|part| block(part, &mut text))?;
        text.lines().try_for_each(|line| writeln!(out, "{quote}{line}"))?;
    }
    Ok(())
}
