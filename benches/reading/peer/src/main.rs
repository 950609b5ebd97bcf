//! Reads the pages of a list with rs-trafilatura, as `examples/extraction.rs` does with our reader:
//! `peer --truth LIST.jsonl --pages DIR --out OUT.jsonl`.

use std::error::Error;
use std::fs;
use std::io::{BufWriter, Write as _};
use std::panic::catch_unwind;
use std::path::PathBuf;
use std::time::Instant;

use rs_trafilatura::{Options, extract_bytes_with_options};
use serde_json::{Value, json};

fn main() -> Result<(), Box<dyn Error>> {
    let words: Vec<String> = std::env::args().collect();
    let word = |name: &str| {
        let at = words.iter().position(|w| w == name);
        at.and_then(|i| words.get(i + 1)).map(PathBuf::from).ok_or_else(|| format!("{name} is missing"))
    };
    let (list, pages) = (word("--truth")?, word("--pages")?);
    let mut out = BufWriter::new(fs::File::create(word("--out")?)?);
    let mut slowest = (0.0, String::new());
    for line in fs::read_to_string(list)?.lines() {
        let page: Value = serde_json::from_str(line)?;
        let id = page["id"].as_str().unwrap_or_default();
        let body = fs::read(pages.join(format!("{id}.html")))?;
        let url = page["url"].as_str().map(str::to_owned);
        let options = Options { include_comments: true, url, ..Options::default() };
        let begun = Instant::now();
        let read = catch_unwind(|| extract_bytes_with_options(&body, &options));
        let took = begun.elapsed().as_secs_f64();
        let told = match read {
            Ok(Ok(read)) => json!({
                "id": id,
                "text": read.content_text,
                "title": read.metadata.title,
                "author": read.metadata.author,
                "date": read.metadata.date.map(|at| at.to_rfc3339()),
                "site": read.metadata.sitename,
                "lang": read.metadata.language,
                "comments_text": read.comments_text,
            }),
            Ok(Err(error)) => json!({ "id": id, "failed": error.to_string() }),
            Err(_) => json!({ "id": id, "failed": "panicked" }),
        };
        serde_json::to_writer(&mut out, &told)?;
        writeln!(out)?;
        if took > slowest.0 {
            slowest = (took, id.to_owned());
        }
    }
    out.flush()?;
    eprintln!("slowest {:.3} s {}", slowest.0, slowest.1);
    Ok(())
}
