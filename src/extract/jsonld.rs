//! JSON-LD: what the page's structured data says about its main thing.

use std::collections::HashMap;

use serde_json::Value;

use super::dom::Dom;

/// Longer scripts, and scripts beyond this many, are not read.
const MAX_LEN: usize = 2 << 20;
const MAX_SCRIPTS: usize = 32;
/// At most so many objects are looked at.
const MAX_OBJECTS: usize = 4_000;

/// What was found.
#[derive(Default)]
pub(super) struct Facts {
    pub headline: Option<String>,
    pub authors: Vec<String>,
    /// Authors that are no people.
    pub organisations: Vec<String>,
    pub published: Option<String>,
    pub modified: Option<String>,
    /// The dates are those of a work, not of the page around it.
    dated: bool,
    pub section: Vec<String>,
    pub keywords: Vec<String>,
    pub description: Option<String>,
    pub language: Option<String>,
    pub site: Option<String>,
    pub images: Vec<String>,
    /// Addresses of videos and sounds.
    pub media: Vec<(bool, String)>,
    pub comment_count: Option<u32>,
    /// Comments, flattened, with the index of their parent.
    pub comments: Vec<(Value, Option<usize>)>,
    /// The page is about a thing that is sold.
    pub product: bool,
    /// The type of the main thing.
    pub kind: Option<String>,
}

/// Reads the scripts at `nodes`.
pub(super) fn read(dom: &Dom<'_>, nodes: &[usize]) -> Facts {
    let mut facts = Facts::default();
    let mut budget = MAX_OBJECTS;
    let mut values: Vec<Value> = Vec::new();
    for &i in nodes.iter().take(MAX_SCRIPTS) {
        let text: String = dom.nodes[i + 1..dom.nodes[i].end].iter().map(|n| n.text).collect();
        if text.len() > MAX_LEN {
            continue;
        }
        values.extend(parsed(&text));
    }
    let mut known = HashMap::new();
    for value in &values {
        identified(value, &mut known, 0);
    }
    for value in &values {
        visit(value, &known, &mut facts, &mut budget);
    }
    facts
}

/// Reads a script, mending what is commonly wrong with it.
fn parsed(text: &str) -> Option<Value> {
    let mut text = text.trim();
    for mark in ["<!--", "//<![CDATA[", "/*<![CDATA[*/", "<![CDATA["] {
        text = text.trim_start_matches(mark).trim_start();
    }
    for mark in ["-->", "//]]>", "/*]]>*/", "]]>", ";"] {
        text = text.trim_end_matches(mark).trim_end();
    }
    // What follows the first value is not looked at.
    let first = |text: &str| serde_json::Deserializer::from_str(text).into_iter::<Value>().next().and_then(Result::ok);
    first(text).or_else(|| first(&mended(text)))
}

/// Line breaks inside strings, and commas behind the last item.
fn mended(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let (mut quoted, mut escaped) = (false, false);
    for c in text.chars() {
        match c {
            '"' if !escaped => quoted = !quoted,
            '}' | ']' if !quoted => {
                let kept = out.trim_end().trim_end_matches(',').len();
                out.truncate(kept);
            }
            _ => {}
        }
        escaped = c == '\\' && !escaped;
        out.push(if c.is_control() { ' ' } else { c });
    }
    out
}

/// People and organisations that other objects name by their identifiers only.
type Known<'v> = HashMap<&'v str, &'v Value>;

fn identified<'v>(value: &'v Value, known: &mut Known<'v>, depth: u8) {
    if depth > 4 || known.len() > MAX_OBJECTS {
        return;
    }
    match value {
        Value::Array(items) => items.iter().take(MAX_OBJECTS).for_each(|v| identified(v, known, depth + 1)),
        Value::Object(map) => {
            if let (Some(Value::String(id)), true) = (map.get("@id"), map.contains_key("name")) {
                known.entry(id).or_insert(value);
            }
            if let Some(graph) = map.get("@graph") {
                identified(graph, known, depth + 1);
            }
        }
        _ => {}
    }
}

/// Names of those who wrote something: people, and others.
fn makers(value: Option<&Value>, known: &Known<'_>, people: &mut Vec<String>, others: &mut Vec<String>, depth: u8) {
    match value {
        Some(Value::Array(items)) if depth < 3 => {
            items.iter().take(30).for_each(|v| makers(Some(v), known, people, others, depth + 1));
        }
        Some(Value::String(s)) => people.push(super::entities::plain(s)),
        Some(Value::Object(map)) => {
            let named = map.get("@id").and_then(Value::as_str).and_then(|id| known.get(id));
            let organised = |v: &Value| strings(v.get("@type")).iter().any(|t| t.contains("Organization"));
            let object = value.filter(|_| map.contains_key("name")).or(named.copied());
            if let Some(object) = object {
                let organised = organised(object) || value.is_some_and(organised);
                let names = names(object.get("name"));
                if organised { others.extend(names) } else { people.extend(names) }
            }
        }
        _ => {}
    }
}

fn visit(value: &Value, known: &Known<'_>, facts: &mut Facts, budget: &mut usize) {
    // serde_json bounds nesting to 128, so recursion is bounded too.
    if *budget == 0 {
        return;
    }
    *budget -= 1;
    match value {
        Value::Array(items) => items.iter().for_each(|v| visit(v, known, facts, budget)),
        Value::Object(map) => {
            if let Some(graph) = map.get("@graph") {
                visit(graph, known, facts, budget);
            }
            let kinds = strings(map.get("@type"));
            facts.product |= kinds.iter().any(|k| k == "Product" || k == "ProductGroup");
            if kinds.iter().any(|k| is_work(k)) {
                work(value, known, facts, budget, kinds.first());
            } else if kinds.iter().any(|k| k == "WebSite") && facts.site.is_none() {
                facts.site = text(map.get("name"));
            } else if kinds.iter().any(|k| k == "VideoObject" || k == "AudioObject") {
                medium(value, facts);
            } else if kinds.iter().any(|k| k == "WebPage" || k == "ItemPage") {
                for key in ["mainEntity", "video"] {
                    if let Some(inner) = map.get(key) {
                        visit(inner, known, facts, budget);
                    }
                }
                if facts.authors.is_empty() {
                    makers(map.get("author"), known, &mut facts.authors, &mut facts.organisations, 0);
                }
                facts.published = facts.published.take().or_else(|| text(map.get("datePublished")));
                facts.modified = facts.modified.take().or_else(|| text(map.get("dateModified")));
                facts.language = facts.language.take().or_else(|| text(map.get("inLanguage")));
            }
        }
        _ => {}
    }
}

fn is_work(kind: &str) -> bool {
    kind.ends_with("Article")
        || kind.ends_with("Posting")
        || matches!(
            kind,
            "Report" | "Review" | "Recipe" | "CreativeWork" | "Question" | "QAPage" | "Book" | "PodcastEpisode"
        )
}

fn work(value: &Value, known: &Known<'_>, facts: &mut Facts, budget: &mut usize, kind: Option<&String>) {
    let get = |key: &str| value.get(key);
    if facts.headline.is_none() {
        facts.headline = text(get("headline")).or_else(|| text(get("name")));
        facts.kind = kind.cloned();
    }
    if facts.authors.is_empty() {
        for key in ["author", "creator"] {
            if facts.authors.is_empty() {
                makers(get(key), known, &mut facts.authors, &mut facts.organisations, 0);
            }
        }
    }
    // The work's own dates are better than those of the page around it; further works are other texts.
    if !facts.dated {
        if let Some(date) = text(get("datePublished")).or_else(|| text(get("dateCreated"))) {
            facts.published = Some(date);
            facts.dated = true;
        }
        if let Some(date) = text(get("dateModified")) {
            facts.modified = Some(date);
        }
    }
    if facts.section.is_empty() {
        facts.section = strings(get("articleSection"));
    }
    if facts.keywords.is_empty() {
        facts.keywords = strings(get("keywords")).iter().flat_map(|k| k.split(',')).map(trimmed).collect();
    }
    facts.description = facts.description.take().or_else(|| text(get("description")));
    facts.language = facts.language.take().or_else(|| text(get("inLanguage")));
    if facts.site.is_none() {
        facts.site = names(get("publisher")).into_iter().next();
    }
    addresses(get("image"), &mut facts.images);
    for key in ["video", "audio"] {
        match get(key) {
            Some(Value::Array(items)) => items.iter().take(50).for_each(|v| medium(v, facts)),
            Some(one) => medium(one, facts),
            None => {}
        }
    }
    if facts.comment_count.is_none() {
        facts.comment_count = get("commentCount").and_then(|v| match v {
            Value::Number(n) => n.as_u64().and_then(|n| u32::try_from(n).ok()),
            Value::String(s) => s.trim().parse().ok(),
            _ => None,
        });
    }
    for key in ["comment", "suggestedAnswer", "acceptedAnswer"] {
        comments(get(key), None, facts, budget);
    }
    if let Some(inner) = get("mainEntity") {
        visit(inner, known, facts, budget);
    }
}

fn comments(value: Option<&Value>, parent: Option<usize>, facts: &mut Facts, budget: &mut usize) {
    let Some(value) = value else {
        return;
    };
    if *budget == 0 {
        return;
    }
    *budget -= 1;
    match value {
        Value::Array(items) => items.iter().for_each(|v| comments(Some(v), parent, facts, budget)),
        Value::Object(map) if map.contains_key("text") || map.contains_key("author") => {
            let at = facts.comments.len();
            let mut own = map.clone();
            let inner = own.shift_remove("comment");
            facts.comments.push((Value::Object(own), parent));
            comments(inner.as_ref(), Some(at), facts, budget);
        }
        _ => {}
    }
}

fn medium(value: &Value, facts: &mut Facts) {
    if facts.media.len() < 100 {
        let sound = value.get("@type").and_then(Value::as_str) == Some("AudioObject");
        for key in ["contentUrl", "embedUrl"] {
            if let Some(url) = text(value.get(key)) {
                facts.media.push((sound, url));
            }
        }
    }
}

fn addresses(value: Option<&Value>, out: &mut Vec<String>) {
    if out.len() >= 50 {
        return;
    }
    match value {
        Some(Value::String(s)) => out.push(s.clone()),
        Some(Value::Array(items)) => items.iter().take(50).for_each(|v| addresses(Some(v), out)),
        Some(Value::Object(map)) => addresses(map.get("url").or_else(|| map.get("contentUrl")), out),
        _ => {}
    }
}

fn trimmed(s: &str) -> String {
    s.trim().to_owned()
}

/// A text, or the first of several.
pub(super) fn text(value: Option<&Value>) -> Option<String> {
    match value? {
        Value::String(s) => Some(super::entities::plain(s)).filter(|s| !s.is_empty()),
        Value::Array(items) => items.iter().find_map(|v| text(Some(v))),
        Value::Object(map) => text(map.get("@value").or_else(|| map.get("name"))),
        _ => None,
    }
}

fn strings(value: Option<&Value>) -> Vec<String> {
    match value {
        Some(Value::String(s)) => vec![super::entities::plain(s)],
        Some(Value::Array(items)) => items.iter().take(100).filter_map(|v| text(Some(v))).collect(),
        _ => Vec::new(),
    }
}

/// Names of people or organisations.
pub(super) fn names(value: Option<&Value>) -> Vec<String> {
    match value {
        Some(Value::String(s)) => vec![super::entities::plain(s)],
        Some(Value::Array(items)) => items.iter().take(20).flat_map(|v| names(Some(v))).collect(),
        Some(Value::Object(map)) => text(map.get("name")).into_iter().collect(),
        _ => Vec::new(),
    }
}
