//! A document as text: Markdown and plain.

use std::fmt::Write;

use crate::model::{Block, Comment, Document, When};

/// The whole document as Markdown: head, text, comments.
pub fn markdown(document: &Document) -> String {
    let mut out = String::new();
    if let Some(title) = &document.title {
        let _ = writeln!(out, "# {}\n", escape(title));
    }
    let mut head: Vec<String> = Vec::new();
    if !document.authors.is_empty() {
        head.push(format!("By {}", escape(&document.authors.join(", "))));
    }
    head.extend(document.published.as_ref().map(|when| escape(&shown(when))));
    head.extend(document.site.as_deref().map(escape));
    if !document.categories.is_empty() {
        head.push(escape(&document.categories.join(", ")));
    }
    if !head.is_empty() {
        let _ = writeln!(out, "{}\n", head.join(" · "));
    }
    for credit in &document.credits {
        let _ = writeln!(out, "{} by {}  ", escape(&credit.role), escape(&credit.name));
    }
    if !document.credits.is_empty() {
        out.push('\n');
    }
    for block in &document.blocks {
        block_as_markdown(block, &mut out);
    }
    if !document.comments.is_empty() {
        let _ = writeln!(out, "## Comments ({})\n", document.comments.len());
        for comment in &document.comments {
            let quote = "> ".repeat(usize::from(comment.depth.min(8)));
            let _ = writeln!(out, "{quote}**{}**\n{}", escape(&signature(comment)), quote.trim_end());
            let mut text = String::new();
            comment.as_blocks().iter().for_each(|block| block_as_markdown(block, &mut text));
            for line in text.lines() {
                let _ = writeln!(out, "{}", format!("{quote}{line}").trim_end());
            }
            out.push('\n');
        }
    }
    out.truncate(out.trim_end().len());
    out.push('\n');
    out
}

fn block_as_markdown(block: &Block, out: &mut String) {
    // Writing to a String does not fail.
    let _ = match block {
        Block::Heading { level, text } => {
            writeln!(out, "{} {}\n", "#".repeat(usize::from((*level).clamp(1, 6))), escape(text))
        }
        Block::Paragraph { text } => writeln!(out, "{}\n", escape(text).replace('\n', "  \n")),
        Block::List { ordered, items } => {
            for (i, item) in items.iter().enumerate() {
                let indent = "   ".repeat(usize::from(item.depth));
                let mark = if *ordered && item.depth == 0 { format!("{}.", i + 1) } else { "-".to_owned() };
                let _ = writeln!(out, "{indent}{mark} {}", escape(&item.text));
            }
            writeln!(out)
        }
        Block::Quote { text } => {
            for line in text.lines() {
                let _ = writeln!(out, "> {}\n>", escape(line));
            }
            writeln!(out)
        }
        Block::Code { text } => {
            // The fence is longer than any run of backticks inside.
            let longest = text.split(|c| c != '`').map(str::len).max().unwrap_or(0);
            let fence = "`".repeat(longest.max(2) + 1);
            writeln!(out, "{fence}\n{text}\n{fence}\n")
        }
        Block::Table { rows } => {
            for (i, row) in rows.iter().enumerate() {
                let cells: Vec<String> = row.iter().map(|c| escape(c).replace('|', "\\|").replace('\n', " ")).collect();
                let _ = writeln!(out, "| {} |", cells.join(" | "));
                if i == 0 {
                    let _ = writeln!(out, "|{}", " --- |".repeat(row.len().max(1)));
                }
            }
            writeln!(out)
        }
        Block::Figure { url, caption } => {
            writeln!(out, "![{}](<{}>)\n", escape(caption).replace(['[', ']'], " "), url.replace(['<', '>'], ""))
        }
    };
}

/// Takes the meaning out of what Markdown or HTML would read as markup.
fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for (i, c) in text.chars().enumerate() {
        match c {
            '*' | '_' | '`' | '\\' | '<' | '[' | ']' => {
                out.push('\\');
                out.push(c);
            }
            '#' | '>' | '+' | '-' | '=' if i == 0 => {
                out.push('\\');
                out.push(c);
            }
            '&' => out.push_str("&amp;"),
            c if c.is_control() && c != '\n' => {}
            c => out.push(c),
        }
    }
    out
}

/// The whole readable text, comments included, without markup.
pub fn plain(document: &Document) -> String {
    let mut parts: Vec<String> = Vec::new();
    parts.extend(document.title.clone());
    let mut line: Vec<String> = Vec::new();
    if !document.authors.is_empty() {
        line.push(document.authors.join(", "));
    }
    line.extend(document.published.as_ref().map(shown));
    if !line.is_empty() {
        parts.push(line.join(" · "));
    }
    if !document.blocks.is_empty() {
        parts.push(document.text());
    }
    for comment in &document.comments {
        let indent = "  ".repeat(usize::from(comment.depth.min(16)));
        let mut text = format!("{indent}{}", signature(comment));
        for line in comment.text.lines() {
            let _ = write!(text, "\n{indent}{line}");
        }
        parts.push(text);
    }
    parts.retain(|p| !p.trim().is_empty());
    parts.join("\n\n")
}

fn signature(comment: &Comment) -> String {
    let name = comment.author.clone().unwrap_or_else(|| "(no name)".to_owned());
    match &comment.time {
        Some(when) => format!("{name} · {}", shown(when)),
        None => name,
    }
}

fn shown(when: &When) -> String {
    when.in_words().into_owned()
}
