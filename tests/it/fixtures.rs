//! Pages of others and of ours, and what stands on them: `tests/fixtures/pages/**/<page>.expect.json`, made by
//! looking at the pages. Where the reader is wrong stands in `tests/fixtures/MISSES.md`, each with its reason, and
//! that list has to be true: a miss that is not listed fails, and so does a listed one that is none any more.
//!
//! `UPDATE=1` writes the list anew, reasons kept. Answers of platforms that are not pages are cases of the room `site`.

#![allow(clippy::unwrap_used, reason = "a test may stop at what is not as it should be")]

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use keepfast::extract::{Input, read};
use keepfast::model::{Comment, Document, When, ZoneSource};
use serde::Deserialize;
use sha2::{Digest as _, Sha256};
use url::Url;

/// What stands on a page. What is left out was not looked at; an empty text or list means that there is none.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Expected {
    url: String,
    #[serde(default = "html")]
    content_type: String,
    /// First octets of the page's SHA-256: that it is the page that was looked at.
    #[serde(default)]
    sha256_16: Option<String>,
    kind: Option<String>,
    title: Option<String>,
    authors: Option<Vec<String>>,
    credits: Option<Vec<String>>,
    site: Option<String>,
    categories: Option<Vec<String>>,
    tags: Option<Vec<String>>,
    language: Option<String>,
    published: Option<String>,
    modified: Option<String>,
    canonical: Option<String>,
    description: Option<String>,
    claimed: Option<String>,
    /// Pieces of the main text.
    #[serde(default)]
    text: Vec<String>,
    /// What is no part of the main text.
    #[serde(default)]
    not_text: Vec<String>,
    /// Media that are content.
    #[serde(default)]
    media: Vec<String>,
    /// Addresses with their texts.
    #[serde(default)]
    links: Vec<(String, String)>,
    /// All comments, in the order of the page.
    comments: Option<Vec<Said>>,
}

fn html() -> String {
    "text/html".to_owned()
}

/// A comment as it stands on the page.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Said {
    #[serde(default)]
    id: Option<String>,
    #[serde(default)]
    by: Option<String>,
    #[serde(default)]
    site: Option<String>,
    #[serde(default)]
    time: Option<String>,
    /// Which one it answers, counted from 0.
    #[serde(default)]
    to: Option<usize>,
    #[serde(default)]
    at: Option<String>,
    /// `first words ⋯ last words`, or all of it.
    text: String,
}

/// One thing on one page that is read wrongly, once or in several comments.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Miss {
    times: usize,
    right: String,
    read: String,
}

type Misses = BTreeMap<(String, String), Miss>;

#[test]
fn what_stands_on_the_pages_is_read_or_named_as_missed() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures");
    let mut cases = Vec::new();
    expectations(&root.join("pages"), &mut cases);
    cases.sort();
    let (mut found, mut asked) = (Misses::new(), Vec::new());
    for case in &cases {
        let name = case.strip_prefix(root.join("pages")).unwrap().to_str().unwrap();
        let name = name.strip_suffix(".expect.json").unwrap();
        let expected: Expected =
            serde_json::from_slice(&fs::read(case).unwrap()).unwrap_or_else(|e| panic!("{name}: {e}"));
        let body = body(&root.join("pages").join(name)).unwrap_or_else(|| panic!("{name} is not there"));
        if let Some(known) = &expected.sha256_16 {
            assert_eq!(known, &sha256_16(&body), "{name} is not the page that was looked at");
        }
        let mut page = Page { name, misses: &mut found };
        page.ask(&expected, &body);
        asked.push(name);
    }
    assert!(asked.len() >= 42, "only {} pages", asked.len());
    let list = root.join("MISSES.md");
    let text = fs::read_to_string(&list).unwrap();
    let named = named(&text);
    if std::env::var_os("UPDATE").is_some() {
        fs::write(&list, listed(&text, &found, &named, &asked)).unwrap();
        return;
    }
    let mut wrong = String::new();
    for (key, miss) in &found {
        let known = named.get(key);
        if known.is_none_or(|(known, _)| known != miss) {
            let _ = writeln!(wrong, "missed, and not so in the list: {key:?} {miss:?}");
        }
    }
    for (key, (miss, reason)) in named.iter().filter(|((page, _), _)| asked.contains(&page.as_str())) {
        if !found.contains_key(key) {
            let _ = writeln!(wrong, "in the list, but read rightly: {key:?} {miss:?}");
        }
        if reason.len() < 10 {
            let _ = writeln!(wrong, "without a reason: {key:?}");
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

fn expectations(under: &Path, out: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(under).unwrap().map(|e| e.unwrap().path()) {
        if entry.is_dir() {
            expectations(&entry, out);
        } else if entry.to_str().unwrap().ends_with(".expect.json") {
            out.push(entry);
        }
    }
}

/// A page, or its gzip.
fn body(path: &Path) -> Option<Vec<u8>> {
    if let Ok(body) = fs::read(path) {
        return Some(body);
    }
    let packed = fs::read(format!("{}.gz", path.display())).ok()?;
    let mut body = Vec::new();
    flate2::read::GzDecoder::new(&packed[..]).read_to_end(&mut body).unwrap();
    Some(body)
}

/// The first eight octets of a page's SHA-256.
fn sha256_16(body: &[u8]) -> String {
    Sha256::digest(body).iter().take(8).fold(String::new(), |text, octet| format!("{text}{octet:02x}"))
}

struct Page<'a> {
    name: &'a str,
    misses: &'a mut Misses,
}

impl Page<'_> {
    /// Notes a difference; of several in one field the first is shown.
    fn same(&mut self, field: &str, right: &str, read: &str) {
        if right != read {
            self.miss(field, right, read);
        }
    }

    fn miss(&mut self, field: &str, right: &str, read: &str) {
        let key = (self.name.to_owned(), field.to_owned());
        let first = || Miss { times: 0, right: cell(right), read: cell(read) };
        self.misses.entry(key).or_insert_with(first).times += 1;
    }

    fn ask(&mut self, expected: &Expected, body: &[u8]) {
        let url = Url::parse(&expected.url).unwrap();
        let input = Input { body, content_type: &expected.content_type, url: &url, body_truncated: false };
        let got = read(&input);
        self.fields(expected, &got);
        let text = folded(&got.text());
        for piece in &expected.text {
            if !text.contains(&folded(piece)) {
                self.miss("text", piece, "");
            }
        }
        for piece in &expected.not_text {
            if text.contains(&folded(piece)) {
                self.miss("not text", "", piece);
            }
        }
        for address in &expected.media {
            if !got.media.iter().any(|m| &m.url == address || m.renditions.contains(address)) {
                self.miss("media", address, "");
            }
        }
        for (address, text) in &expected.links {
            let texts: Vec<&str> = got.links.iter().filter(|l| &l.url == address).map(|l| l.text.as_str()).collect();
            if !texts.contains(&text.as_str()) {
                self.miss("link", &format!("{address} '{text}'"), texts.first().unwrap_or(&""));
            }
        }
        if let Some(said) = &expected.comments {
            self.discussion(said, &got.comments);
        }
    }

    fn fields(&mut self, expected: &Expected, got: &Document) {
        let one = |value: &Option<String>| value.clone().unwrap_or_default();
        let credits: Vec<String> = got.credits.iter().map(|c| format!("{}: {}", c.role, c.name)).collect();
        let claimed = got.comments_claimed.map(|n| n.to_string());
        for (field, right, read) in [
            ("kind", &expected.kind, got.kind.to_string()),
            ("title", &expected.title, one(&got.title)),
            ("site", &expected.site, one(&got.site)),
            ("language", &expected.language, one(&got.language)),
            ("canonical", &expected.canonical, one(&got.canonical)),
            ("description", &expected.description, one(&got.description)),
            ("comments claimed", &expected.claimed, one(&claimed)),
        ] {
            if let Some(right) = right {
                self.same(field, right, &read);
            }
        }
        for (field, right, read) in [
            ("authors", &expected.authors, &got.authors),
            ("credits", &expected.credits, &credits),
            ("categories", &expected.categories, &got.categories),
            ("tags", &expected.tags, &got.tags),
        ] {
            if let Some(right) = right {
                self.same(field, &right.join("; "), &read.join("; "));
            }
        }
        for (field, right, read) in
            [("published", &expected.published, &got.published), ("modified", &expected.modified, &got.modified)]
        {
            if let Some(right) = right {
                self.time(field, right, read.as_ref());
            }
        }
    }

    /// A time with an offset has to be that instant; one without is the page's own clock; a day is a day.
    fn time(&mut self, field: &str, right: &str, read: Option<&When>) {
        let shown = read.map(|w| match w.at {
            Some(at) if w.zone == ZoneSource::Assumed => at.to_string().trim_end_matches('Z').to_owned(),
            Some(at) => at.to_string(),
            None => format!("'{}'", w.raw),
        });
        let shown = shown.unwrap_or_default();
        let same = match right.parse::<Timestamp>() {
            Ok(instant) => read.is_some_and(|w| w.at == Some(instant) && w.zone == ZoneSource::Stated),
            Err(_) if right.is_empty() => shown.is_empty(),
            Err(_) => read.is_some_and(|w| w.zone == ZoneSource::Assumed) && shown.starts_with(right),
        };
        if !same {
            self.miss(field, right, &shown);
        }
    }

    fn discussion(&mut self, said: &[Said], got: &[Comment]) {
        self.same("comments", &said.len().to_string(), &got.len().to_string());
        // Which of the comments that were read is which of the page: by identifier, else by text, in order.
        let mut taken = vec![false; got.len()];
        let pairs: Vec<Option<usize>> = said
            .iter()
            .map(|said| {
                let fits = |by_id: bool| {
                    got.iter().enumerate().position(|(i, c)| {
                        let same =
                            if by_id { said.id.is_some() && c.id == said.id } else { worded(&said.text, &c.text) };
                        !taken[i] && same
                    })
                };
                let found = fits(true).or_else(|| fits(false))?;
                taken[found] = true;
                Some(found)
            })
            .collect();
        for (said, pair) in said.iter().zip(&pairs) {
            let Some(got) = pair.map(|i| &got[i]) else {
                self.miss("comment", &said.text, "");
                continue;
            };
            let text = |value: &Option<String>| value.clone().unwrap_or_default();
            self.same("comment id", &text(&said.id), &text(&got.id));
            self.same("comment author", &text(&said.by), &text(&got.author));
            self.same("comment author's site", &text(&said.site), &text(&got.author_url));
            self.same("comment address", &text(&said.at), &text(&got.permalink));
            self.time("comment time", &text(&said.time), got.time.as_ref());
            let parent = said.to.and_then(|to| pairs[to]).map(|i| i.to_string()).unwrap_or_default();
            self.same("comment answers", &parent, &got.parent.map(|p| p.to_string()).unwrap_or_default());
            if !worded(&said.text, &got.text) {
                self.miss("comment text", &said.text, &ends(&got.text));
            }
        }
    }
}

fn folded(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Whether a text is `first words ⋯ last words`, or is the words.
fn worded(right: &str, read: &str) -> bool {
    let read = folded(read);
    match right.split_once(" ⋯ ") {
        Some((head, tail)) => read.len() >= head.len() + tail.len() && read.starts_with(head) && read.ends_with(tail),
        None => read == right,
    }
}

fn ends(text: &str) -> String {
    let letters: Vec<char> = folded(text).chars().collect();
    if letters.len() <= 70 {
        return letters.into_iter().collect();
    }
    let (head, tail) = (&letters[..40], &letters[letters.len() - 25..]);
    format!("{} ⋯ {}", head.iter().collect::<String>(), tail.iter().collect::<String>())
}

/// A text as it can stand in a table.
fn cell(text: &str) -> String {
    let text: String = folded(text).replace('|', "¦");
    let short: String = text.chars().take(120).collect();
    if short.len() < text.len() { format!("{short}…") } else { short }
}

/// The table of the list, with the reasons.
fn named(list: &str) -> BTreeMap<(String, String), (Miss, String)> {
    let rows = list.lines().filter(|l| l.starts_with("| ")).skip(1);
    rows.map(|row| {
        let cells: Vec<&str> = row.trim_matches('|').split('|').map(str::trim).collect();
        let [page, field, times, right, read, reason] = cells[..] else { panic!("not six cells: {row}") };
        let miss = Miss { times: times.parse().unwrap(), right: right.to_owned(), read: read.to_owned() };
        ((page.to_owned(), field.to_owned()), (miss, reason.to_owned()))
    })
    .collect()
}

/// The list anew: the words before the table, then what is missed now. Rows of pages that were not asked stay.
fn listed(list: &str, found: &Misses, named: &BTreeMap<(String, String), (Miss, String)>, asked: &[&str]) -> String {
    let mut out: String = list.lines().take_while(|l| !l.starts_with('|')).fold(String::new(), |o, l| o + l + "\n");
    out += "| page | field | times | right | read | why |\n|---|---|---|---|---|---|\n";
    let kept = named.iter().filter(|((page, _), _)| !asked.contains(&page.as_str()));
    let mut rows: Misses = kept.map(|(key, (miss, _))| (key.clone(), miss.clone())).collect();
    rows.extend(found.clone());
    for (key, miss) in rows {
        let reason = named.get(&key).map_or("", |(_, reason)| reason);
        let _ = writeln!(out, "| {} | {} | {} | {} | {} | {reason} |", key.0, key.1, miss.times, miss.right, miss.read);
    }
    out
}
