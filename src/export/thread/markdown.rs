//! Threads as Markdown.

use std::io::Write;

use super::{Shown, ThreadForm, earlier, put, who};
use crate::error::Result;
use crate::export::safe::{markdown, markdown_url};
use crate::model::post::PostMediaKind;

/// Quote marks that show how deep a post stands.
const DEEP: usize = 8;

/// Threads as Markdown: answers are quotes within quotes.
#[derive(Debug, Default)]
pub struct ThreadMarkdown {
    threads: u64,
}

impl ThreadForm for ThreadMarkdown {
    fn begin(&mut self, _: &mut dyn Write) -> Result<()> {
        self.threads = 0;
        Ok(())
    }

    fn post(&mut self, shown: &Shown<'_>, out: &mut dyn Write) -> Result<()> {
        if shown.depth == 0 {
            self.threads += 1;
            if self.threads > 1 {
                put(out, "\n---\n\n")?;
            }
        }
        let mark = "> ".repeat(shown.depth.min(DEEP));
        let mut text = String::new();
        for line in lines(shown) {
            text.push_str(format!("{mark}{line}").trim_end());
            text.push('\n');
        }
        // An empty line ends the quotes, so that what follows may stand less deep.
        put(out, &format!("{text}\n"))
    }

    fn note(&mut self, text: &str, out: &mut dyn Write) -> Result<()> {
        put(out, &format!("*{}*\n\n", markdown(text)))
    }

    fn end(&mut self, out: &mut dyn Write) -> Result<()> {
        if self.threads == 0 { put(out, "No post was selected.\n") } else { Ok(()) }
    }
}

fn paragraph(text: &str, out: &mut Vec<String>) {
    for line in text.split('\n').map(markdown).filter(|line| !line.is_empty()) {
        out.extend([line, String::new()]);
    }
}

fn lines(shown: &Shown<'_>) -> Vec<String> {
    let (row, post) = (&shown.view.row, &shown.view.row.post);
    let mut out = Vec::new();
    if let Some(title) = post.title.as_deref().filter(|title| !title.trim().is_empty()) {
        let level = if shown.depth == 0 { "#" } else { "##" };
        out.extend([format!("{level} {}", markdown(title)), String::new()]);
    }
    let when = post.created.as_ref().map(|when| when.in_words().into_owned());
    let when = when.unwrap_or_else(|| format!("first seen {}", row.first_seen));
    out.extend([format!("**{}**, {}", markdown(&who(post.author.as_ref())), markdown(&when)), String::new()]);
    if let Some(spoiler) = &post.spoiler {
        out.extend([format!("*{}*", markdown(spoiler)), String::new()]);
    }
    paragraph(&post.text, &mut out);
    for (medium, beside) in shown.media {
        let name = if medium.medium.alt.is_empty() { medium.medium.kind.as_str() } else { medium.medium.alt.as_str() };
        out.push(match beside {
            Ok(path) => {
                let shows =
                    matches!(medium.medium.kind, PostMediaKind::Image | PostMediaKind::Gif | PostMediaKind::Sticker);
                format!("{}[{}](<{path}>)", if shows { "!" } else { "" }, markdown(name))
            }
            Err(why) => {
                let url = medium.medium.best().map(|best| markdown_url(&best.url)).unwrap_or_default();
                format!("- {} {url} ({})", markdown(name), markdown(why))
            }
        });
        out.push(String::new());
    }
    for remark in &shown.remarks {
        out.extend([format!("*{}*", markdown(remark)), String::new()]);
    }
    for version in earlier(shown.view) {
        let line = format!("Seen from {} to {} ({}):", version.first_seen, version.last_seen, version.form);
        out.extend([format!("*{}*", markdown(&line)), String::new()]);
        let mut words = Vec::new();
        paragraph(&version.post.text, &mut words);
        out.extend(words.into_iter().map(|line| format!("> {line}")));
        out.push(String::new());
    }
    let place = post.url.as_deref().map(|url| format!(" {}", markdown_url(url))).unwrap_or_default();
    let key = markdown(&row.key.to_string());
    out.push(format!(
        "{key}{place} (seen {} to {}, snapshots {} to {})",
        row.first_seen, row.last_seen, row.first, row.last
    ));
    out
}
