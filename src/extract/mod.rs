//! Reading pages: octets in, [`Document`] out. Pure; bounded in time and memory on any octets.
//!
//! One parse a page feeds everything: `charset` → `guard` → `tree` → `dom` (a flat list), then one small
//! file for each thing that is read. Nothing here recurses over the tree of a page.

mod address;
mod armscii;
mod authors;
mod blocks;
mod byline;
mod calendars;
mod chaff;
mod charset;
mod clocks;
mod comments;
mod content;
mod copies;
mod credits;
mod css;
mod date_tokens;
mod dates;
mod decode;
mod dom;
mod embeds;
mod entities;
mod feed;
#[cfg(test)]
mod feed_tests;
mod guard;
mod head;
mod hints;
mod jsonld;
mod kind;
mod language;
mod letters;
mod links;
pub(crate) mod markup;
mod media;
mod meta;
mod months;
mod names;
mod page;
mod page_address;
mod paging;
#[cfg(test)]
mod paging_tests;
mod parts;
mod people;
mod plain;
pub mod playlist;
pub mod render;
mod replies;
mod rest;
mod services;
mod signs;
mod tags;
mod title;
mod tree;
mod words;

#[cfg(test)]
mod coding_tests;
#[cfg(test)]
mod links_tests;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod told_tests;

use url::Url;

pub use css::{CssRefs, css_refs};
pub use dates::local_day;
pub use decode::{Decoded, decode, decode_start};

use crate::model::{Document, Kind, Warning, WarningCode};

/// Raised whenever a page may be read differently than before.
pub const READER_VERSION: u32 = 8;

/// A page to read.
#[derive(Clone, Copy, Debug)]
pub struct Input<'a> {
    /// The body, content coding undone.
    pub body: &'a [u8],
    /// Value of Content-Type; may be empty.
    pub content_type: &'a str,
    /// The address that answered.
    pub url: &'a Url,
    /// The body is not whole.
    pub body_truncated: bool,
}

/// Reads a page. Any octets give a document; what was odd, or cut, stands in its warnings.
pub fn read(input: &Input<'_>) -> Document {
    let mut document = match Media::of(input) {
        Media::Html => page::read(input),
        Media::Xml => feed::xml(input),
        Media::Json => feed::json(input),
        Media::Packed => feed::packed(input),
        Media::Text => plain::read(input),
        Media::Foreign => {
            let mut document = Document::empty();
            document.kind = Kind::Media;
            let named = media_type(input.content_type);
            let detail = if named.is_empty() { "not text".to_owned() } else { format!("{named} is not read") };
            document.warnings.push(Warning { code: WarningCode::NotText, detail });
            document
        }
    };
    if input.body_truncated && !matches!(Media::of(input), Media::Foreign) {
        let detail = "the body is not whole; what came was read".to_owned();
        document.warnings.push(Warning { code: WarningCode::Size, detail });
    }
    document
}

/// Both addresses are of one thread: they differ in nothing but the page of it.
pub fn same_thread(one: &Url, other: &Url) -> bool {
    page_address::of(one).thread == page_address::of(other).thread
}

/// How a body is to be read.
enum Media {
    Html,
    Xml,
    Json,
    Text,
    /// A sitemap in a gzip file of its own.
    Packed,
    Foreign,
}

impl Media {
    fn of(input: &Input<'_>) -> Self {
        let head = &input.body[..input.body.len().min(512)];
        match media_type(input.content_type).as_str() {
            "text/html" | "application/xhtml+xml" => Self::Html,
            "application/rss+xml" | "application/atom+xml" | "application/rdf+xml" => Self::Xml,
            "text/xml" | "application/xml" => {
                if looks_like(head, &["<!doctype html", "<html"]) {
                    Self::Html
                } else {
                    Self::Xml
                }
            }
            "application/json" | "application/feed+json" | "application/ld+json" | "application/activity+json" => {
                Self::Json
            }
            "text/plain" | "text/markdown" => Self::Text,
            "" | "application/octet-stream" | "unknown/unknown" | "*/*" => sniffed(head),
            named if named.starts_with("text/") && !matches!(named, "text/css" | "text/javascript" | "text/csv") => {
                sniffed(head)
            }
            "application/gzip" | "application/x-gzip" if head.starts_with(&[0x1f, 0x8b]) => Self::Packed,
            _ => Self::Foreign,
        }
    }
}

/// A media type in lower case without parameters.
fn media_type(content_type: &str) -> String {
    content_type.split(';').next().unwrap_or("").trim().to_ascii_lowercase()
}

fn sniffed(head: &[u8]) -> Media {
    if looks_like(head, &["<?xml", "<rss", "<feed"]) && !looks_like(head, &["<!doctype html", "<html"]) {
        return Media::Xml;
    }
    if looks_like(head, &["<!doctype", "<html", "<head", "<title", "<body", "<p", "<div", "<meta", "<script", "<!--"]) {
        return Media::Html;
    }
    if head.starts_with(&[0x1f, 0x8b]) {
        return Media::Packed;
    }
    let marked = head.starts_with(&[0xff, 0xfe]) || head.starts_with(&[0xfe, 0xff]);
    let binary = head.iter().filter(|b| matches!(b, 0..=8 | 0x0e..=0x1a | 0x1c..=0x1f)).count();
    if marked {
        Media::Html
    } else if head.is_empty() || binary > 0 {
        Media::Foreign
    } else {
        Media::Text
    }
}

fn looks_like(head: &[u8], beginnings: &[&str]) -> bool {
    let text = String::from_utf8_lossy(head).to_ascii_lowercase();
    let mut text = text.trim_start_matches('\u{feff}').trim_start();
    // An XML declaration may stand before either.
    if text.starts_with("<?xml") && !beginnings.contains(&"<?xml") {
        text = text.split_once("?>").map_or(text, |(_, rest)| rest.trim_start());
    }
    beginnings.iter().any(|b| text.starts_with(b))
}
