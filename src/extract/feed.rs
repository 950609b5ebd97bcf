//! Feeds and other data: RSS, Atom, JSON Feed, sitemaps. Titles and addresses of what they list.

use jiff::Timestamp;
use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};
use serde_json::Value;

use super::entities::plain;
use super::{Input, address, charset, dates, language, services};
use crate::model::{Block, Document, Kind, Link, LinkPlace, Warning, WarningCode};

/// At most so much of a feed is read, and so many entries.
const MAX_TEXT: usize = 8 << 20;
const MAX_ENTRIES: usize = 10_000;
/// Text of one element beyond this is left out.
const MAX_FIELD: usize = 64 << 10;
/// So much stands for an entry without a title.
const MAX_WORDS: usize = 1_000;
/// A longer identifier is none.
const MAX_IDENTITY: usize = 2048;
/// A feed names no more authors.
const MAX_AUTHORS: usize = 30;

fn not_read(mut document: Document, what: &str) -> Document {
    document
        .warnings
        .push(Warning { code: WarningCode::NotText, detail: format!("{what} that is no feed is not read") });
    document
}

#[derive(Default)]
struct Entry {
    title: String,
    /// What it says, for entries without a title.
    words: String,
    url: Option<String>,
    guid: Option<String>,
    published: Option<Timestamp>,
    modified: Option<Timestamp>,
    is_list: bool,
}

impl Entry {
    fn put(self, document: &mut Document, base: &url::Url) {
        let mut title = plain(&self.title);
        if title.is_empty() {
            title = plain(&self.words).chars().take(MAX_WORDS).collect();
        }
        let identity = self.guid.clone().filter(|guid| !guid.is_empty() && guid.len() <= MAX_IDENTITY);
        let url = self.url.or(self.guid).and_then(|u| address::absolute(&u, base));
        if let Some(url) = url {
            let text: String = title.chars().take(200).collect();
            document.entries.push(crate::model::Entry {
                url: url.clone(),
                identity,
                title: text.clone(),
                published: self.published,
                modified: self.modified,
                is_list: self.is_list,
            });
            document.links.push(Link {
                url: url.clone(),
                text,
                rel: String::new(),
                place: LinkPlace::Content,
                context: String::new(),
            });
            if title.is_empty() {
                document.blocks.push(Block::Paragraph { text: url });
                return;
            }
        }
        if !title.is_empty() {
            document.blocks.push(Block::Paragraph { text: title });
        }
    }
}

/// Reads a sitemap in a gzip file of its own, which is no content coding.
pub(super) fn packed(input: &Input<'_>) -> Document {
    let limit = MAX_TEXT as u64;
    let decoded = super::decode::decode(&mut std::io::Cursor::new(input.body), "gzip", limit);
    let inner = Input { body: &decoded.bytes, content_type: "application/xml", ..*input };
    let mut document = xml(&inner);
    if let Some(problem) = decoded.problem {
        document.warnings.push(Warning { code: WarningCode::Decode, detail: problem });
    }
    document
}

/// Reads RSS, Atom, RDF or a sitemap.
pub(super) fn xml(input: &Input<'_>) -> Document {
    let mut document = Document::empty();
    let body = &input.body[..input.body.len().min(MAX_TEXT)];
    let decoded = charset::text(body, input.content_type, input.url.host_str());
    document.warnings.extend(decoded.warning);
    document.charset = Some(decoded.charset);
    let mut reader = Reader::from_str(&decoded.text);
    reader.config_mut().check_end_names = false;
    // Addresses often hold a bare ampersand.
    reader.config_mut().allow_dangling_amp = true;
    // Names of the open elements down to three levels; deeper ones are counted only.
    let mut open: Vec<String> = Vec::new();
    let mut depth = 0usize;
    let mut text = String::new();
    let mut entry: Option<Entry> = None;
    let mut entries = 0;
    let mut is_feed = false;
    loop {
        match reader.read_event() {
            Ok(Event::Start(tag)) => {
                depth += 1;
                text.clear();
                let name = local(&tag);
                is_feed |= matches!(name.as_str(), "rss" | "feed" | "rdf" | "urlset" | "sitemapindex" | "channel");
                if matches!(name.as_str(), "item" | "entry" | "url" | "sitemap") && entry.is_none() {
                    entry = Some(Entry { is_list: name == "sitemap", ..Entry::default() });
                }
                atom_link(&tag, &name, &mut entry, &mut document, input.url);
                if open.len() < 64 {
                    open.push(name);
                }
            }
            Ok(Event::Empty(tag)) => atom_link(&tag, &local(&tag), &mut entry, &mut document, input.url),
            Ok(Event::Text(piece)) if text.len() < MAX_FIELD => text.push_str(&String::from_utf8_lossy(&piece)),
            Ok(Event::CData(piece)) if text.len() < MAX_FIELD => text.push_str(&String::from_utf8_lossy(&piece)),
            Ok(Event::GeneralRef(name)) if text.len() < MAX_FIELD => {
                text.push('&');
                text.push_str(&String::from_utf8_lossy(&name));
                text.push(';');
            }
            Ok(Event::End(_)) => {
                depth = depth.saturating_sub(1);
                let name = if depth < open.len() { open.pop() } else { None }.unwrap_or_default();
                let value = std::mem::take(&mut text);
                match (name.as_str(), &mut entry) {
                    ("item" | "entry" | "url" | "sitemap", done) => {
                        if let Some(done) = done.take() {
                            done.put(&mut document, input.url);
                            entries += 1;
                        }
                    }
                    ("title", Some(entry)) if entry.title.is_empty() => entry.title = value,
                    ("link" | "loc", Some(entry)) if entry.url.is_none() && !value.trim().is_empty() => {
                        entry.url = Some(plain(&value));
                    }
                    ("guid" | "id", Some(entry)) if entry.guid.is_none() => entry.guid = Some(plain(&value)),
                    ("pubdate" | "published" | "issued" | "date" | "publication_date", Some(entry)) => {
                        entry.published = entry.published.or_else(|| moment(&value));
                    }
                    ("updated" | "modified" | "lastmod", Some(entry)) => {
                        entry.modified = entry.modified.or_else(|| moment(&value));
                    }
                    ("description" | "summary" | "content", Some(entry)) if entry.words.is_empty() => {
                        entry.words = value;
                    }
                    (name, None) if names_feed(name, &open) => about(&mut document, name, &value),
                    ("title", None) if document.title.is_none() => {
                        document.title = Some(plain(&value)).filter(|t| !t.is_empty())
                    }
                    ("description" | "subtitle", None) if document.description.is_none() => {
                        document.description = Some(plain(&value)).filter(|t| !t.is_empty());
                    }
                    _ => {}
                }
            }
            Ok(Event::Eof) => break,
            Ok(_) => {}
            Err(e) => {
                let detail = format!("the XML is broken: {e}").chars().filter(|c| !c.is_control()).take(200).collect();
                document.warnings.push(Warning { code: WarningCode::Odd, detail });
                break;
            }
        }
        if entries >= MAX_ENTRIES {
            document
                .warnings
                .push(Warning { code: WarningCode::Count, detail: "more entries than are kept".to_owned() });
            break;
        }
    }
    if !is_feed {
        document.blocks.clear();
        document.links.clear();
        return not_read(document, "XML");
    }
    document.kind = Kind::Feed;
    document
}

/// Says something of the feed as a whole.
fn names_feed(name: &str, open: &[String]) -> bool {
    let around = |n: usize| open.iter().rev().nth(n).is_some_and(|o| matches!(o.as_str(), "channel" | "feed"));
    match name {
        "language" | "lastbuilddate" | "updated" | "creator" => around(0),
        "author" => around(0) && open.last().is_some_and(|o| o == "channel"),
        "name" => around(1) && open.last().is_some_and(|o| o == "author"),
        _ => false,
    }
}

fn about(document: &mut Document, name: &str, value: &str) {
    let value = plain(value);
    match name {
        "language" => document.language = language::tag(&value).or_else(|| document.language.take()),
        "lastbuilddate" | "updated" => {
            document.modified = document.modified.take().or_else(|| dates::when(&value, "feed", false));
        }
        _ if !value.is_empty() && document.authors.len() < MAX_AUTHORS && !document.authors.contains(&value) => {
            document.authors.push(value);
        }
        _ => {}
    }
}

/// A time as feeds and sitemaps write it.
fn moment(value: &str) -> Option<Timestamp> {
    dates::when(value, "feed", false)?.at
}

fn local(tag: &BytesStart<'_>) -> String {
    let name = tag.local_name();
    let name = name.as_ref();
    String::from_utf8_lossy(&name[..name.len().min(64)]).to_ascii_lowercase()
}

fn atom_link(tag: &BytesStart<'_>, name: &str, entry: &mut Option<Entry>, document: &mut Document, base: &url::Url) {
    if name != "link" || entry.as_ref().is_some_and(|entry| entry.url.is_some()) {
        return;
    }
    let (mut rel, mut href) = (None, None);
    for attribute in tag.attributes().with_checks(false).flatten().take(16) {
        let value = String::from_utf8_lossy(&attribute.value).into_owned();
        match attribute.key.as_ref() {
            b"rel" => rel = Some(value),
            b"href" => href = Some(plain(&value)),
            _ => {}
        }
    }
    match (entry, rel.as_deref()) {
        (Some(entry), None | Some("alternate")) => entry.url = href,
        // Paged and archived feeds (RFC 5005): an archive is complete, pages may not be.
        (None, Some("prev-archive")) => {
            document.next_page = next_page(href.as_deref(), base).or(document.next_page.take())
        }
        (None, Some("next")) if document.next_page.is_none() => document.next_page = next_page(href.as_deref(), base),
        _ => {}
    }
}

/// The address of a further page of a feed: another one, on the same host.
fn next_page(href: Option<&str>, base: &url::Url) -> Option<String> {
    let url = base.join(href?.trim()).ok()?;
    let fits = url.host_str() == base.host_str() && url.as_str() != base.as_str() && url.as_str().len() <= MAX_IDENTITY;
    (fits && matches!(url.scheme(), "http" | "https")).then(|| url.into())
}

/// Reads a JSON Feed.
pub(super) fn json(input: &Input<'_>) -> Document {
    let mut document = Document::empty();
    if input.body.len() > MAX_TEXT {
        return not_read(document, "JSON of more than 8 MiB");
    }
    let decoded = charset::text(input.body, input.content_type, input.url.host_str());
    document.charset = Some(decoded.charset);
    let value: Value = serde_json::from_str(&decoded.text).unwrap_or(Value::Null);
    if services::json(&value, input.url, &mut document) {
        return document;
    }
    let is_feed = value.get("version").and_then(Value::as_str).is_some_and(|v| v.contains("jsonfeed.org"));
    let Some(items) = value.get("items").and_then(Value::as_array).filter(|_| is_feed) else {
        return not_read(document, "JSON");
    };
    document.kind = Kind::Feed;
    document.title = value.get("title").and_then(Value::as_str).map(plain);
    document.description = value.get("description").and_then(Value::as_str).map(plain);
    document.next_page = next_page(value.get("next_url").and_then(Value::as_str), input.url);
    if let Some(said) = value.get("language").and_then(Value::as_str) {
        about(&mut document, "language", said);
    }
    let several = value.get("authors").and_then(Value::as_array).into_iter().flatten();
    for author in several.chain(value.get("author")).take(MAX_AUTHORS) {
        about(&mut document, "author", author.get("name").and_then(Value::as_str).unwrap_or(""));
    }
    for item in items.iter().take(MAX_ENTRIES) {
        let field = |key: &str| item.get(key).and_then(Value::as_str).map(str::to_owned);
        let words = ["summary", "content_text", "content_html"].iter().find_map(|k| field(k)).unwrap_or_default();
        let title = field("title").unwrap_or_default().chars().take(MAX_WORDS).collect();
        let id =
            item.get("id").and_then(|id| id.as_str().map(str::to_owned).or_else(|| Some(id.as_i64()?.to_string())));
        let time = |key: &str| field(key).and_then(|value| moment(&value));
        let (published, modified) = (time("date_published"), time("date_modified"));
        let entry = Entry { title, words, url: field("url"), guid: id, published, modified, is_list: false };
        entry.put(&mut document, input.url);
    }
    if items.len() > MAX_ENTRIES {
        document.warnings.push(Warning { code: WarningCode::Count, detail: "more entries than are kept".to_owned() });
    }
    document
}
