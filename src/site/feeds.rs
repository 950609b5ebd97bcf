//! Feeds as posts: RSS, Atom, JSON Feed, and exports of WordPress, with texts, authors and enclosures. What is in the
//! window of a feed is not all there is, and what left it is not gone.

use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};
use serde_json::Value;
use url::Url;

use super::answer::{Answer, Reading, Target, TargetKind, authority};
use super::json::Ask;
use super::{build, feed_item};
use crate::extract::markup;
use crate::model::post::Missing;
use crate::model::{Actor, Finding, Platform, Verdict};

/// So much of a feed is read, and so many items.
const MAX_TEXT: usize = 8 << 20;
const MAX_ITEMS: usize = 10_000;
/// One field is no longer.
const MAX_FIELD: usize = 400_000;

/// An element with its text, as far as items need it.
#[derive(Clone, Debug, Default)]
pub(super) struct Field {
    /// Its name without prefix, in lower case, with the prefix before it where that tells it from another: `media:title`.
    pub name: String,
    /// The names of what it stands in, below the item.
    pub within: String,
    /// Its text.
    pub text: String,
    /// Its attributes.
    pub attributes: Vec<(String, String)>,
}

impl Field {
    /// An attribute.
    pub fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(n, _)| n == name).map(|(_, v)| v.as_str()).filter(|v| !v.is_empty())
    }
}

/// An answer that is a feed, as its posts.
pub(super) fn read(answer: &Answer<'_>, target: &Target) -> Reading {
    let mut reading = if answer.is_xml() { xml(answer, target) } else { json(answer, target) };
    if !reading.posts.is_empty() {
        reading.lacks(Missing::OtherPosts);
    }
    if target.kind == TargetKind::Post && answer.is_xml() {
        // Of the feed of one post the first item may be the post, and the rest answers it.
        reading.posts.sort_by_key(|p| p.key != target.key);
    }
    reading
}

fn xml(answer: &Answer<'_>, target: &Target) -> Reading {
    let mut reading = Reading::new();
    let body = &answer.body[..answer.body.len().min(MAX_TEXT)];
    let text = markup::decoded(body, answer.content_type, answer.url);
    let mut reader = Reader::from_str(&text);
    reader.config_mut().check_end_names = false;
    reader.config_mut().allow_dangling_amp = true;
    let mut open: Vec<(String, Vec<(String, String)>)> = Vec::new();
    let mut words: Vec<String> = vec![String::new()];
    // Where the item began that is being read, and its fields.
    let mut item: Option<(usize, Vec<Field>)> = None;
    let mut head: Vec<Field> = Vec::new();
    let mut is_feed = false;
    loop {
        match reader.read_event() {
            Ok(Event::Start(tag)) => {
                let (name, attributes) = named(&tag);
                is_feed |= matches!(name.as_str(), "rss" | "feed" | "rdf" | "channel");
                if matches!(name.as_str(), "item" | "entry") && item.is_none() {
                    item = Some((open.len(), Vec::new()));
                }
                if open.len() > 64 {
                    break;
                }
                open.push((name, attributes));
                words.push(String::new());
            }
            Ok(Event::Empty(tag)) => {
                let (name, attributes) = named(&tag);
                if in_markup(&open) {
                    push(&mut words, &tagged(&name, &attributes, ""));
                    continue;
                }
                let field = Field { name, within: String::new(), text: String::new(), attributes };
                put(field, &open, &mut item, &mut head);
            }
            Ok(Event::Text(piece)) => push(&mut words, &String::from_utf8_lossy(&piece)),
            Ok(Event::CData(piece)) => push(&mut words, &String::from_utf8_lossy(&piece)),
            Ok(Event::GeneralRef(name)) => {
                let name = String::from_utf8_lossy(&name);
                // Inside of markup that stands unescaped, a reference stays one.
                let inside = open.len() > 1 && in_markup(&open[..open.len() - 1]);
                push(&mut words, &if inside { format!("&{name};") } else { reference(&name) });
            }
            Ok(Event::End(_)) => {
                let Some((name, attributes)) = open.pop() else { break };
                let text = words.pop().unwrap_or_default();
                if words.is_empty() {
                    words.push(String::new());
                }
                // Markup that stands in a field unescaped gives its words to the field.
                if in_markup(&open) {
                    push(&mut words, &tagged(&name, &attributes, &text));
                    continue;
                }
                if item.as_ref().is_some_and(|(depth, _)| *depth == open.len()) {
                    if let Some((_, fields)) = item.take() {
                        for post in feed_item::posts(&fields, target, answer.url) {
                            reading.put(post);
                        }
                    }
                    if reading.posts.len() >= MAX_ITEMS {
                        break;
                    }
                    continue;
                }
                put(Field { name, within: String::new(), text, attributes }, &open, &mut item, &mut head);
            }
            Ok(Event::Eof) | Err(_) => break,
            Ok(_) => {}
        }
    }
    if !is_feed {
        return Reading::only(Verdict::of(Finding::ParseError, "XML that is no feed"));
    }
    reading.understood = true;
    about(&head, target, &mut reading);
    reading
}

fn push(words: &mut [String], text: &str) {
    if let Some(last) = words.last_mut().filter(|w| w.len() + text.len() < MAX_FIELD) {
        last.push_str(text);
    }
}

fn reference(name: &str) -> String {
    match name {
        "amp" => "&".to_owned(),
        "lt" => "<".to_owned(),
        "gt" => ">".to_owned(),
        "quot" => "\"".to_owned(),
        "apos" => "'".to_owned(),
        other => {
            let number = other.strip_prefix('#').and_then(|n| match n.strip_prefix(['x', 'X']) {
                Some(hex) => u32::from_str_radix(hex, 16).ok(),
                None => n.parse().ok(),
            });
            number.and_then(char::from_u32).map_or_else(|| format!("&{other};"), String::from)
        }
    }
}

/// What stands inside of these is markup of a text, not a field.
fn in_markup(open: &[(String, Vec<(String, String)>)]) -> bool {
    open.iter().any(|(name, _)| {
        matches!(name.as_str(), "content" | "summary" | "description" | "content:encoded" | "title" | "subtitle")
    })
}

/// An element as markup again.
fn tagged(name: &str, attributes: &[(String, String)], text: &str) -> String {
    let kept = attributes.iter().filter(|(key, _)| matches!(key.as_str(), "href" | "src" | "alt" | "title"));
    let kept: String = kept.map(|(key, value)| format!(" {key}=\"{}\"", value.replace('"', "&quot;"))).collect();
    match name {
        "br" | "img" | "hr" => format!("<{name}{kept}>{text}"),
        _ => format!("<{name}{kept}>{text}</{name}>"),
    }
}

fn named(tag: &BytesStart<'_>) -> (String, Vec<(String, String)>) {
    let whole = String::from_utf8_lossy(tag.name().as_ref()).to_ascii_lowercase();
    let whole: String = whole.chars().take(64).collect();
    let kept = ["media:", "itunes:", "wp:", "content:", "yt:", "thr:", "excerpt:", "slash:", "dc:", "poco:", "georss:"];
    let name = if kept.iter().any(|p| whole.starts_with(p)) {
        whole
    } else {
        whole.rsplit(':').next().unwrap_or("").to_owned()
    };
    let mut listed = tag.attributes();
    let attributes = listed.with_checks(false).flatten().take(24).map(|a| {
        let key = String::from_utf8_lossy(a.key.as_ref()).to_ascii_lowercase();
        (key, markup::plain(&String::from_utf8_lossy(&a.value)))
    });
    (name, attributes.collect())
}

fn put(
    mut field: Field,
    open: &[(String, Vec<(String, String)>)],
    item: &mut Option<(usize, Vec<Field>)>,
    head: &mut Vec<Field>,
) {
    match item {
        Some((depth, fields)) if fields.len() < 500 => {
            let within: Vec<&str> = open.iter().skip(*depth + 1).map(|(n, _)| n.as_str()).collect();
            field.within = within.join("/");
            fields.push(field);
        }
        None if head.len() < 200 => {
            field.within = open.last().map(|(n, _)| n.clone()).unwrap_or_default();
            head.push(field);
        }
        _ => {}
    }
}

/// The feed as a whole: whose it is.
fn about(head: &[Field], target: &Target, reading: &mut Reading) {
    let of = |name: &str| {
        head.iter()
            .find(|f| f.name == name && matches!(f.within.as_str(), "channel" | "feed" | "rdf"))
            .map(|f| f.text.trim())
            .filter(|t| !t.is_empty())
    };
    let title = build::plain(of("title"));
    reading.site.clone_from(&title);
    let author = head
        .iter()
        .find(|f| f.name == "name" && f.within == "author")
        .map(|f| f.text.trim())
        .or_else(|| of("itunes:author"))
        .or_else(|| of("dc:creator"));
    if target.kind != TargetKind::Post && title.is_some() {
        let mut actor = build::actor(target.key.clone(), None, title.as_deref(), Some(target.url.clone()));
        actor.description = build::plain(of("description").or_else(|| of("subtitle")));
        actor.avatar =
            head.iter().find(|f| f.name == "url" && f.within == "image").map(|f| f.text.trim().to_owned()).or_else(
                || head.iter().find(|f| f.name == "itunes:image").and_then(|f| f.attribute("href")).map(str::to_owned),
            );
        if target.platform != Platform::Feed {
            actor.name = build::plain(author).or(actor.name);
        }
        reading.actor = Some(actor);
    }
    // Items without an author are of whom the feed is.
    if let Some(author) = author {
        let key = feed_item::author_key(target, author);
        for post in reading.posts.iter_mut().filter(|p| p.author.is_none()) {
            post.author = Some(build::actor(key.clone(), None, Some(author), None));
            post.missing.retain(|m| *m != Missing::Author);
        }
    }
}

/// A JSON Feed.
fn json(answer: &Answer<'_>, target: &Target) -> Reading {
    let mut reading = Reading::new();
    let Some(value) = answer.json().filter(|v| v.s("version").is_some_and(|v| v.contains("jsonfeed.org"))) else {
        return reading;
    };
    reading.understood = true;
    reading.site = value.text("title");
    let own = |v: &Value| -> Option<Actor> {
        let author = if v.at("authors.0").is_object() { v.at("authors.0") } else { v.at("author") };
        let name = author.s("name")?;
        let mut actor = build::actor(feed_item::author_key(target, name), None, Some(name), author.text("url"));
        actor.avatar = author.text("avatar");
        Some(actor)
    };
    for item in value.list("items").iter().take(MAX_ITEMS) {
        if let Some(mut post) = feed_item::of_json(item, target, answer.url) {
            post.author = own(item).or_else(|| own(&value));
            reading.put(post);
        }
    }
    let mut actor = build::actor(target.key.clone(), None, value.s("title"), value.text("home_page_url"));
    actor.description = value.text("description");
    actor.avatar = value.text("icon");
    reading.actor = Some(actor).filter(|_| target.kind != TargetKind::Post);
    if let Some(next) =
        value.s("next_url").and_then(|n| answer.url.join(n).ok()).filter(|n| authority(n) == authority(answer.url))
    {
        reading.ask(super::answer::Why::Older, super::answer::Route::get("feed", next, 2_000));
    }
    reading
}

/// Any address may be that of a feed: only who asked knows that it is.
pub(super) fn matches(url: &Url) -> Option<Target> {
    let key = crate::model::PostKey::new(Platform::Feed, authority(url)?, url.path().trim_start_matches('/'));
    Some(Target::new(TargetKind::List, key, url.to_string()))
}

/// The feed itself.
pub(super) fn routes(target: &Target) -> Vec<super::answer::Route> {
    vec![super::answer::Route::get("feed", target.url.clone(), 2_000)]
}

/// What an answer means.
pub(super) fn classify(answer: &Answer<'_>, _: &Target) -> Verdict {
    super::walls::by_status(answer)
}
