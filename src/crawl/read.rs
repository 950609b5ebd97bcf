//! Octets into a document: the one way in which a capture reads what came, and `reextract` what is stored.

use std::io;

use memchr::memmem;
use url::Url;

use crate::error::{Error, ErrorKind, Result};
use crate::extract;
use crate::model::{Asked, Document, Finding, Headers, Program, ReadDocument, Social, Warning, WarningCode};
use crate::seal;
use crate::site;

/// So much of a page is read; the rest is kept, counted and said.
const READ_AT_MOST: u64 = 16 << 20;
/// A page of which more octets than this are to be read is read while no other such page is …
const BESIDE_OTHERS: usize = 512 << 10;
/// … and so is one with more tags than this: each takes some hundred octets in the tree.
const TAGS_BESIDE_OTHERS: usize = 32_000;

/// What an answer says of its body.
#[derive(Clone, Copy, Debug)]
pub(super) struct Answer<'a> {
    /// The URL that answered.
    pub url: &'a str,
    /// Value of Content-Type; may be empty.
    pub content_type: &'a str,
    /// Value of Content-Encoding; may be empty.
    pub coding: &'a str,
    /// Its status, and all its header fields.
    pub status: u16,
    pub headers: &'a Headers,
    /// What an adapter was asked for; `None`: the general reader reads it.
    pub asked: Option<&'a Asked>,
    /// All of the body is there.
    pub whole: bool,
}

/// A body that was read.
#[derive(Debug)]
pub(super) struct Page {
    /// What it says.
    pub document: Document,
    /// Octets after content decoding.
    pub decoded_len: u64,
    /// Decoding did not come to an end.
    pub cut: bool,
    /// What was wrong with the content coding.
    pub problem: Option<String>,
    /// The program that made it, where its host tells by which adapter it is asked.
    pub program: Option<Program>,
}

/// Decodes and reads a body. `None`: it is so large that it has to be read `alone`.
pub(super) fn read(mut body: impl io::Read, answer: &Answer<'_>, limit: u64, alone: bool) -> Result<Option<Page>> {
    let decoded = extract::decode_start(&mut body, answer.coding, limit, READ_AT_MOST);
    drop(body);
    if !alone && is_large(&decoded.bytes) {
        return Ok(None);
    }
    let url = Url::parse(answer.url)
        .map_err(|e| Error::new(ErrorKind::Internal, "a URL that was asked is none").because(e))?;
    let general = || {
        extract::read(&extract::Input {
            body: &decoded.bytes,
            content_type: answer.content_type,
            url: &url,
            body_truncated: !answer.whole || decoded.cut,
        })
    };
    let mut document = match answer.asked.and_then(|asked| of_platform(asked, answer, &url, &decoded.bytes)) {
        Some(document) if document.social.as_ref().is_some_and(|social| says_something(social)) => document,
        // A wall, or what the adapter does not understand: what stands there is read as on any page.
        Some(document) => Document { social: document.social, ..general() },
        None => general(),
    };
    if decoded.bytes.len() as u64 != decoded.len && !decoded.bytes.is_empty() {
        document.warnings.push(Warning {
            code: WarningCode::Size,
            detail: format!("only the first {} of {} octets were read", decoded.bytes.len(), decoded.len),
        });
    }
    if let Some(problem) = &decoded.problem {
        document.warnings.push(Warning { code: WarningCode::Decode, detail: problem.clone() });
    }
    let program = if answer.asked.is_none() { program(answer, &url, &decoded.bytes) } else { None };
    if let Some(program) = &program {
        document.social = wall_of(program, answer, &url, &decoded.bytes);
    }
    Ok(Some(Page { document, decoded_len: decoded.len, cut: decoded.cut, problem: decoded.problem, program }))
}

/// What the adapter of a platform reads in an answer.
fn of_platform(asked: &Asked, answer: &Answer<'_>, url: &Url, body: &[u8]) -> Option<Document> {
    let target = Url::parse(&asked.url).ok().and_then(|about| site::family(asked.platform, &about))?;
    let Answer { status, headers, content_type, .. } = *answer;
    let reading = site::read(&site::Answer { url, status, headers, body, content_type }, &target);
    Some(site::document_of(reading, &target, asked.clone()))
}

/// What stands in the beginning of pages of programs that have an adapter.
const MARKS: [&[u8]; 7] = [
    b"api.w.org",
    b"/wp-content/",
    b"generator",
    b"initial-state",
    b"og:platform",
    b"application-name",
    b"discourse_theme",
];
/// So much of a page is its beginning.
const BEGINNING: usize = 64 << 10;

/// Which program made a page. Only pages that bear a mark of one are parsed for it.
fn program(answer: &Answer<'_>, url: &Url, body: &[u8]) -> Option<Program> {
    let beginning = &body[..body.len().min(BEGINNING)];
    if !answer.content_type.contains("html") || MARKS.iter().all(|mark| memmem::find(beginning, mark).is_none()) {
        return None;
    }
    let Answer { status, headers, content_type, .. } = *answer;
    let found = site::discover(&site::Answer { url, status, headers, body, content_type })?;
    Some(Program {
        platform: found.platform,
        software: found.software,
        version: found.version,
        told_by: found.told_by.to_owned(),
    })
}

/// A page that its program shows in place of the thing: the form for a password, say. Other pages are what the general reader reads.
fn wall_of(program: &Program, answer: &Answer<'_>, url: &Url, body: &[u8]) -> Option<Box<Social>> {
    let target = site::family(program.platform, url).filter(|target| site::is_of_pages(target.platform))?;
    let Answer { status, headers, content_type, .. } = *answer;
    let verdict = site::classify(&site::Answer { url, status, headers, body, content_type }, &target);
    let asked = Asked { platform: target.platform, route: "page".to_owned(), why: None, url: url.to_string() };
    let (posts, next, missing) = (Vec::new(), Vec::new(), Vec::new());
    verdict.finding.is_wall().then(|| Box::new(Social { asked, verdict, posts, actor: None, next, missing }))
}

fn says_something(social: &Social) -> bool {
    social.verdict.finding != Finding::ParseError && !social.verdict.finding.is_wall()
}

/// Makes ready for the catalogue what was read.
pub(super) fn ready(mut document: Document) -> Result<Box<ReadDocument>> {
    let comments = std::mem::take(&mut document.comments);
    let mut json = serde_json::to_string(&document)
        .map_err(|e| Error::new(ErrorKind::Internal, "a document cannot be written as JSON").because(e))?;
    let digest = seal::document_digest(&json, &comments);
    document.comments = comments;
    // It may wait for the parts of the page.
    json.shrink_to_fit();
    Ok(Box::new(ReadDocument { document, version: extract::READER_VERSION, json, digest }))
}

/// About how much memory it takes to hold what was read.
pub(super) fn weight(read: &ReadDocument) -> u64 {
    let comments: usize = read
        .document
        .comments
        .iter()
        .map(|c| size_of_val(c) + c.text.len() * (1 + 2 * usize::from(!c.blocks.is_empty())))
        .sum();
    // The document is held as a value, too, which takes somewhat more than its JSON.
    (4 * read.json.len() + comments) as u64
}

/// Two such pages at the same time would take more memory than is good.
pub(super) fn is_large(page: &[u8]) -> bool {
    page.len() > BESIDE_OTHERS || page.iter().filter(|b| **b == b'<').count() > TAGS_BESIDE_OTHERS
}
