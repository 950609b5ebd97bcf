//! Pages of our own making and what is read out of them: `tests/pages/<case>/{page.html, head.txt, expect.txt}`.
//! `UPDATE=1 cargo test` writes what is read now into `expect.txt`; look at the difference before keeping it.

#![allow(clippy::unwrap_used, reason = "a test may stop at what is not as it should be")]

use std::fmt::Write as _;
use std::path::Path;

use keepfast::extract::{Input, read};
use keepfast::model::{Block, Document, When};
use url::Url;

#[test]
fn every_page_reads_as_expected() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/pages");
    let mut cases: Vec<_> = std::fs::read_dir(&root).unwrap().map(|e| e.unwrap().path()).collect();
    cases.sort();
    assert!(cases.len() >= 3, "no cases under {}", root.display());
    let wrong: Vec<String> = cases.iter().filter_map(|case| check(case)).collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Reads one case and compares; says what differs.
fn check(case: &Path) -> Option<String> {
    let head = std::fs::read_to_string(case.join("head.txt")).unwrap();
    let field = |name: &str| head.lines().find_map(|l| l.strip_prefix(name)?.strip_prefix(": ")).unwrap_or("");
    let body = std::fs::read(case.join("page.html")).unwrap();
    let url = Url::parse(field("url")).unwrap();
    let input = Input { body: &body, content_type: field("content-type"), url: &url, body_truncated: false };
    let got = shown(&read(&input));
    let expected = case.join("expect.txt");
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(&expected, &got).unwrap();
    }
    let wanted = std::fs::read_to_string(&expected).unwrap_or_default();
    if got == wanted {
        return None;
    }
    let mut message = format!("{} reads differently:\n", case.display());
    for line in got.lines().filter(|l| !wanted.lines().any(|w| w == *l)) {
        let _ = writeln!(message, "  + {line}");
    }
    for line in wanted.lines().filter(|l| !got.lines().any(|g| g == *l)) {
        let _ = writeln!(message, "  - {line}");
    }
    Some(message)
}

fn time(when: Option<&When>) -> String {
    let Some(when) = when else {
        return String::new();
    };
    let at = when.at.map(|at| at.to_string()).unwrap_or_default();
    format!("{at} {} {} from {} '{}'", when.precision, when.zone, when.source, when.raw)
}

/// A document as text in which every field can be looked at.
fn shown(document: &Document) -> String {
    let mut out = String::new();
    let mut line = |name: &str, value: String| {
        if !value.is_empty() {
            let _ = writeln!(out, "{name}: {}", value.replace('\n', " ⏎ "));
        }
    };
    line("kind", document.kind.to_string());
    line("title", document.title.clone().unwrap_or_default());
    line("authors", document.authors.join("; "));
    for credit in &document.credits {
        line("credit", format!("{} = {}", credit.role, credit.name));
    }
    line("site", document.site.clone().unwrap_or_default());
    line("categories", document.categories.join("; "));
    line("tags", document.tags.join("; "));
    line("language", document.language.clone().unwrap_or_default());
    line("published", time(document.published.as_ref()));
    line("modified", time(document.modified.as_ref()));
    line("canonical", document.canonical.clone().unwrap_or_default());
    line("description", document.description.clone().unwrap_or_default());
    line("charset", document.charset.as_ref().map(|c| format!("{} by {}", c.name, c.source)).unwrap_or_default());
    for block in &document.blocks {
        match block {
            Block::Heading { level, text } => line(&format!("h{level}"), text.clone()),
            Block::Paragraph { text } => line("p", text.clone()),
            Block::Quote { text } => line("quote", text.clone()),
            Block::Code { text } => line("code", text.clone()),
            Block::List { ordered, items } => {
                for item in items {
                    let mark = if *ordered { "#" } else { "*" };
                    line(&format!("{mark}{}", item.depth), item.text.clone());
                }
            }
            Block::Table { rows } => rows.iter().for_each(|row| line("row", row.join(" | "))),
            Block::Figure { url, caption } => line("figure", format!("{url} '{caption}'")),
        }
    }
    line("comments claimed", document.comments_claimed.map(|n| n.to_string()).unwrap_or_default());
    for comment in &document.comments {
        let parent = comment.parent.map(|p| format!(" to {p}")).unwrap_or_default();
        let author = comment.author.clone().unwrap_or_default();
        let link = comment.author_url.as_ref().map(|u| format!(" <{u}>")).unwrap_or_default();
        line(
            &format!("comment {}{parent}", comment.depth),
            format!("{author}{link} @ {}", time(comment.time.as_ref())),
        );
        line("  id", comment.id.clone().unwrap_or_default());
        line("  at", comment.permalink.clone().unwrap_or_default());
        line("  text", comment.text.clone());
    }
    for medium in &document.media {
        line("media", format!("{} {} by {} '{}'", medium.kind, medium.url, medium.source, medium.alt));
        medium.renditions.iter().for_each(|r| line("  also", r.clone()));
    }
    for link in &document.links {
        line("link", format!("{} '{}' {}", link.url, link.text, link.rel).trim_end().to_owned());
    }
    for requisite in &document.requisites {
        line("needs", format!("{} {}", requisite.kind, requisite.url));
    }
    line("refresh", document.refresh.as_ref().map(|r| format!("{} s {}", r.after_s, r.url)).unwrap_or_default());
    line("rest", document.rest.clone());
    document.signs.iter().for_each(|s| line("sign", s.to_string()));
    document.warnings.iter().for_each(|w| line("warning", format!("{} {}", w.code, w.detail)));
    out
}
