//! Reads the pages of a bench and writes what its scorer takes, one JSON object a line.
//!
//! ```text
//! cargo run --release --example extraction -- --truth T.jsonl --pages DIR --out OUT.jsonl
//! ```
//!
//! Of the truth file only `id` and `url` are read. Says at the end how long the reading took.

#![expect(clippy::print_stderr, reason = "a command line program")]

use std::collections::HashSet;
use std::error::Error;
use std::fs;
use std::io::{BufWriter, Write as _};
use std::path::PathBuf;
use std::time::{Duration, Instant};

use keepfast::extract::{Input, local_day, read};
use keepfast::model::{Block, Comment, Document, Kind, MediaKind, Precision, When, ZoneSource};
use serde::Deserialize;
use serde_json::{Value, json};
use url::Url;

/// All that may be known of a page before it is read.
#[derive(Deserialize)]
struct Page {
    id: String,
    #[serde(default)]
    url: String,
}

fn main() -> Result<(), Box<dyn Error>> {
    let words: Vec<String> = std::env::args().collect();
    let word = |name: &str| {
        let at = words.iter().position(|w| w == name);
        at.and_then(|i| words.get(i + 1)).map(PathBuf::from).ok_or_else(|| format!("{name} is missing"))
    };
    let (truth, pages, out) = (word("--truth")?, word("--pages")?, word("--out")?);
    let mut file = BufWriter::new(fs::File::create(out)?);
    let (mut total, mut octets) = (Duration::ZERO, 0);
    let mut times: Vec<(Duration, String)> = Vec::new();
    for line in fs::read_to_string(truth)?.lines().filter(|l| !l.trim().is_empty()) {
        let page: Page = serde_json::from_str(line)?;
        let body = fs::read(pages.join(format!("{}.html", page.id)))?;
        let url = Url::parse(&page.url).or_else(|_| Url::parse("http://page.invalid/"))?;
        let begun = Instant::now();
        let document = read(&Input { body: &body, content_type: "text/html", url: &url, body_truncated: false });
        let took = begun.elapsed();
        total += took;
        octets += body.len();
        serde_json::to_writer(&mut file, &told(&page.id, &document))?;
        writeln!(file)?;
        times.push((took, page.id));
    }
    file.flush()?;
    times.sort();
    let per_second = times.len() as f64 / total.as_secs_f64().max(1e-9);
    let kb = octets as f64 / times.len().max(1) as f64 / 1_000.0;
    eprintln!("{} pages of {kb:.0} kB, {:.2} s, {per_second:.0} a second", times.len(), total.as_secs_f64());
    for (took, id) in times.iter().rev().take(3) {
        eprintln!("slowest {:.3} s {id}", took.as_secs_f64());
    }
    Ok(())
}

/// A document in the words of the scorer.
fn told(id: &str, document: &Document) -> Value {
    let mut words = document.clone();
    // Captions are not the text of an article as the bench counts it; the pictures are given as media.
    words.blocks.retain(|b| !matches!(b, Block::Figure { .. }));
    let mut text = words.text();
    if document.kind == Kind::Thread {
        // The posts of a thread are its text; what a post quotes of an earlier one is there already.
        let mut seen: HashSet<String> = text.lines().map(str::to_owned).collect();
        // Remarks under the posts are not of it, as the bench counts it.
        let remarks = document.sources.get("comments") == Some("structure+marked");
        let posts = document.comments.iter().filter(|c| !remarks || c.depth == 0);
        for line in posts.flat_map(|c| c.text.lines()) {
            if line.len() < 40 || seen.insert(line.to_owned()) {
                text.push('\n');
                text.push_str(line);
            }
        }
    }
    let media: Vec<&str> = document
        .media
        .iter()
        .filter(|m| {
            m.content && matches!(m.kind, MediaKind::Image | MediaKind::Video | MediaKind::Audio | MediaKind::Embed)
        })
        .map(|m| m.url.as_str())
        .collect();
    json!({
        "id": id,
        "kind": document.kind,
        "text": text,
        "title": document.title,
        "author": document.authors,
        "site": document.site,
        "lang": document.language.as_deref().filter(|l| *l != "und"),
        // Of a page that tells its last change only, that is the day that is known.
        "date": document.published.as_ref().or(document.modified.as_ref()).and_then(local_day).map(|day| day.to_string()),
        "comments": document.comments.iter().map(record).collect::<Vec<_>>(),
        "media": media,
    })
}

fn record(comment: &Comment) -> Value {
    json!({
        "author": comment.author,
        "time": comment.time.as_ref().and_then(time),
        "text": comment.text,
        "parent": comment.parent,
    })
}

/// ISO 8601, with the zone where the page tells one, as fine as the page tells it.
fn time(when: &When) -> Option<String> {
    let at = when.at?;
    match (when.precision, when.zone) {
        (Precision::Second | Precision::Minute, ZoneSource::Stated) => Some(at.to_string()),
        (Precision::Second | Precision::Minute, ZoneSource::Assumed) => {
            Some(at.to_string().trim_end_matches('Z').to_owned())
        }
        (Precision::Day, _) => local_day(when).map(|day| day.to_string()),
        _ => None,
    }
}
