//! Captured answers of platforms, and what their index says of them: `tests/fixtures/cases.tsv` has how each was asked,
//! `index.tsv` what a right reading has. What is read otherwise stands in `POST-MISSES.md` with its reason, and that list
//! has to be true.

use std::collections::{BTreeMap, HashMap};
use std::fs;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use url::Url;

use crate::model::post::{Actor, Platform, Post};
use crate::model::{PostKind, When};
use crate::site::{Answer, Reading, Target, TargetKind, discover, document, family, read};

pub(super) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures")
}

/// A file, or its gzip.
pub(super) fn body(file: &str) -> Vec<u8> {
    let path = root().join("pages").join(file);
    if let Ok(body) = fs::read(&path) {
        return body;
    }
    let packed = fs::read(format!("{}.gz", path.display())).unwrap_or_else(|e| panic!("{file}: {e}"));
    let mut body = Vec::new();
    flate2::read::GzDecoder::new(&packed[..]).read_to_end(&mut body).unwrap();
    body
}

pub(super) fn table(name: &str) -> Vec<HashMap<String, String>> {
    let text = fs::read_to_string(root().join(name)).unwrap();
    let mut lines = text.lines();
    let head: Vec<&str> = lines.next().unwrap().split('\t').collect();
    lines
        .map(|line| head.iter().zip(line.split('\t')).map(|(k, v)| ((*k).to_owned(), v.to_owned())).collect())
        .collect()
}

pub(super) struct Case {
    file: String,
    target: Target,
    pub(super) reading: Reading,
    family: Option<Platform>,
    note: String,
    finding: String,
}

pub(super) fn asked(case: &HashMap<String, String>) -> Case {
    let platform = Platform::parse(&case["platform"]).unwrap();
    let target = Url::parse(&case["target"]).unwrap();
    let target = family(platform, &target).unwrap_or_else(|| panic!("{target} is nothing of {platform}"));
    let url = Url::parse(&case["answer"]).unwrap();
    let (headers, body) = (Vec::new(), body(&case["file"]));
    let answer =
        Answer { url: &url, status: case["status"].parse().unwrap(), headers: &headers, body: &body, content_type: "" };
    Case {
        file: case["file"].clone(),
        reading: read(&answer, &target),
        family: discover(&answer).map(|f| f.platform),
        target,
        note: case.get("note").cloned().unwrap_or_default(),
        finding: case["finding"].clone(),
    }
}

/// Letters and digits only, in lower case.
fn letters(text: &str) -> String {
    text.to_lowercase().chars().filter(|c| c.is_alphanumeric()).collect()
}

/// Nearly all words of a head stand in a text.
pub(super) fn says(text: &str, head: &str) -> bool {
    let whole = letters(text);
    let mut words: Vec<String> = head.split_whitespace().map(letters).filter(|w| !w.is_empty()).collect();
    if words.len() > 3 {
        words.pop();
    }
    let found = words.iter().filter(|w| whole.contains(w.as_str())).count();
    !words.is_empty() && found * 10 >= words.len() * 8
}

pub(super) fn words(post: &Post) -> String {
    let name = post.author.as_ref().and_then(|a| a.name.clone()).unwrap_or_default();
    let handle = post.author.as_ref().and_then(|a| a.handle.clone()).unwrap_or_default();
    [name, handle, post.title.clone().unwrap_or_default(), post.text.clone(), post.spoiler.clone().unwrap_or_default()]
        .join(" ")
}

fn named(actor: &Actor, right: &str) -> bool {
    let right = letters(right);
    [&actor.name, &actor.handle, &actor.url].into_iter().flatten().any(|n| {
        let n = letters(n);
        !n.is_empty()
            && (n == right || right.starts_with(&n) || n.ends_with(&right) || n.starts_with(&right) && right.len() > 5)
    })
}

pub(super) fn same_time(right: &str, read: Option<&When>) -> bool {
    let Some(read) = read else { return false };
    let bare = right.trim_end_matches(" (unix)");
    if letters(&read.raw) == letters(bare) || letters(right).starts_with(&letters(&read.raw)) {
        return true;
    }
    let Some(at) = read.at else { return false };
    let wanted = bare.parse::<Timestamp>().ok();
    let wanted = wanted.or_else(|| format!("{bare}Z").parse().ok());
    let wanted = wanted.or_else(|| crate::extract::markup::when(bare, "test").and_then(|w| w.at));
    wanted.is_some_and(|w| (w.as_second() - at.as_second()).abs() < 1) || at.to_string().starts_with(bare)
}

impl Case {
    fn only(&self) -> Option<Vec<&str>> {
        let rest = self.note.strip_prefix("only=")?;
        Some(rest.split(": ").next()?.split(',').collect())
    }

    /// What differs from the index: field, what is right, what was read.
    fn differences(&self, row: &HashMap<String, String>) -> Vec<(String, String, String)> {
        let mut out = Vec::new();
        let mut miss = |field: &str, right: &str, read: String| {
            out.push((field.to_owned(), right.to_owned(), read.chars().take(150).collect()))
        };
        let reading = &self.reading;
        if reading.verdict.finding.as_str() != self.finding {
            miss("finding", &self.finding, format!("{:?}", reading.verdict));
        }
        let only = self.only();
        let not: Vec<&str> = self
            .note
            .strip_prefix("not=")
            .and_then(|n| n.split(": ").next())
            .map(|n| n.split(',').collect())
            .unwrap_or_default();
        let asked = |field: &str| only.as_ref().is_none_or(|o| o.contains(&field)) && !not.contains(&field);
        if only.is_some() {
            for what in only.iter().flatten() {
                match *what {
                    "entries" if reading.entries.is_empty() => miss("entries", "some", String::new()),
                    "understood" if !reading.understood => miss("understood", "yes", String::new()),
                    what if what.starts_with("discover") => {}
                    _ => {}
                }
            }
        }
        if let Some(platform) = self.note.split("discover:").nth(1).map(|p| p.split(':').next().unwrap()) {
            if self.family.map(Platform::as_str) != Some(platform) {
                miss("discover", platform, format!("{:?}", self.family));
            }
            return out;
        }
        let text = row["text_head"].as_str();
        let posts = || reading.posts.iter();
        // The index tells of one post: that of the target, or the one with these words.
        let main = reading
            .posts
            .iter()
            .find(|p| p.key == self.target.key)
            .filter(|p| text.is_empty() || says(&words(p), text));
        let main = main.or_else(|| {
            posts().find(|p| {
                !text.is_empty() && letters(&words(p)).contains(&letters(text).chars().take(30).collect::<String>())
            })
        });
        let main =
            main.or_else(|| posts().find(|p| !text.is_empty() && says(&words(p), text))).or(reading.posts.first());
        let actor = reading.actor.as_ref();
        if asked("text") && !text.is_empty() && !text.starts_with("(see") {
            let shown = main.map(words).unwrap_or_default();
            let about = actor.map(|a| {
                format!(
                    "{} {} {}",
                    a.name.clone().unwrap_or_default(),
                    a.handle.clone().unwrap_or_default(),
                    a.description.clone().unwrap_or_default()
                )
            });
            let site = format!("{} {shown}", reading.site.clone().unwrap_or_default());
            if !says(&shown, text) && !about.as_ref().is_some_and(|a| says(a, text)) && !says(&site, text) {
                miss("text", text, shown);
            }
        }
        let author = row["author"].as_str();
        let author = author.split("'name': '").nth(1).and_then(|n| n.split('\'').next()).unwrap_or(author);
        if asked("author") && !author.is_empty() {
            let people =
                main.and_then(|p| p.author.as_ref()).into_iter().chain(actor).chain(main.and_then(|p| p.via.as_ref()));
            let right = author
                .trim_start_matches('@')
                .trim_start_matches("/u/")
                .trim_start_matches("u/")
                .trim_start_matches("https://www.facebook.com/");
            if !people.clone().any(|a| named(a, right)) && !(right.contains('<')) {
                miss(
                    "author",
                    author,
                    format!("{:?}", people.map(|a| (a.name.clone(), a.handle.clone())).collect::<Vec<_>>()),
                );
            }
        }
        let created = row["created_at"].as_str();
        if asked("created") && !created.is_empty() {
            let when = main.and_then(|p| p.created.as_ref()).or(actor.and_then(|a| a.created.as_ref()));
            if !same_time(created, when) {
                miss("created", created, format!("{when:?}"));
            }
        }
        let media = self.note.strip_prefix("media=").and_then(|n| n.split(':').next()).unwrap_or(row["media"].as_str());
        if asked("media") && !media.is_empty() {
            let own = main.map_or(0, |p| p.media.len());
            let face = usize::from(actor.is_some_and(|a| a.avatar.is_some()));
            let right = match media.split_once(' ') {
                Some(_) => own > 0,
                None => media.parse() == Ok(own) || (own == 0 && media.parse() == Ok(face)) || media == "0" && own <= 1,
            };
            if !right {
                miss("media", media, own.to_string());
            }
        }
        let comments = self.note.strip_prefix("comments=").unwrap_or(row["comments"].as_str());
        if let Ok(right) = comments.parse::<usize>()
            && asked("comments")
            && self.target.kind != TargetKind::Account
            && self.target.kind != TargetKind::List
            && right > 0
        {
            let read = posts().filter(|p| p.kind == PostKind::Comment && p.key != self.target.key).count();
            if read != right {
                miss("comments", comments, read.to_string());
            }
        }
        out
    }
}

#[test]
fn captured_answers_are_read_as_their_index_says_or_named_as_missed() {
    let index: HashMap<String, HashMap<String, String>> =
        table("index.tsv").into_iter().map(|row| (row["file"].clone(), row)).collect();
    let cases = table("cases.tsv");
    assert!(cases.len() >= 100, "only {} cases", cases.len());
    let list = fs::read_to_string(root().join("POST-MISSES.md")).unwrap_or_default();
    let named: BTreeMap<(String, String), String> = list
        .lines()
        .filter(|l| l.starts_with("| ") && !l.starts_with("| file") && !l.starts_with("|--"))
        .filter_map(|l| {
            let cells: Vec<&str> = l.trim_matches('|').split('|').map(str::trim).collect();
            Some(((cells.first()?.to_string(), cells.get(1)?.to_string()), cells.get(2)?.to_string()))
        })
        .collect();
    let (mut wrong, mut missed) = (String::new(), BTreeMap::new());
    for case in &cases {
        let case = asked(case);
        for (field, right, read) in case.differences(&index[&case.file]) {
            let key = (case.file.clone(), field);
            if !named.contains_key(&key) {
                wrong += &format!("{key:?}: right is {right:?}, read {read:?}\n");
            }
            missed.insert(key, ());
        }
    }
    for (key, reason) in &named {
        if !missed.contains_key(key) {
            wrong += &format!("{key:?} is in the list of misses, and read rightly\n");
        }
        if reason.len() < 15 {
            wrong += &format!("{key:?} is in the list of misses without a reason\n");
        }
    }
    let files: std::collections::BTreeSet<&String> = missed.keys().map(|(file, _)| file).collect();
    assert!(wrong.is_empty(), "{} of {} files differ:\n{wrong}", files.len(), cases.len());
    assert!(
        files.len() * 20 <= cases.len(),
        "{} of {} files differ: more than one of twenty",
        files.len(),
        cases.len()
    );
}

#[test]
fn every_reading_makes_a_document_and_every_post_goes_through_json() {
    for case in table("cases.tsv").iter().map(asked) {
        let shown = document(&case.reading, &case.target);
        assert!(
            shown.comments.iter().all(|c| c.parent.is_none_or(|p| (p as usize) < shown.comments.len())),
            "{}",
            case.file
        );
        for post in &case.reading.posts {
            let json = serde_json::to_string(post).unwrap();
            let back: Post = serde_json::from_str(&json).unwrap_or_else(|e| panic!("{}: {e}\n{json}", case.file));
            assert_eq!(&back, post, "{}", case.file);
            assert_eq!(back.version_digest(), post.version_digest(), "{}", case.file);
        }
    }
}
