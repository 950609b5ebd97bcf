//! Comment services: programs on other hosts that keep the comments of a page. Where a page embeds one, the address of its
//! public answer is a further page of the thread (`find`); what it answers is read into comments like any other (`disqus`,
//! `isso`, `remark`). No script is run: what only a script could tell is not known.

mod disqus;
mod find;
mod isso;
mod remark;
mod script;
#[cfg(test)]
mod tests;
mod threaded;

use serde_json::Value;
use url::Url;

pub(super) use self::find::named;

use self::threaded::Said;
use super::dom::Dom;
use crate::model::{Document, Kind, MorePage, PageRule, Paging, Side, Warning, WarningCode};

/// At most so many comments of one answer are kept.
const MAX_COMMENTS: usize = 20_000;
/// So many further answers are named by one.
const MAX_MORE: usize = 200;

/// What a service answered.
#[derive(Default)]
struct Answer {
    /// Its name.
    service: &'static str,
    comments: Vec<Said>,
    /// How many comments it says there are.
    claimed: Option<u32>,
    /// Addresses of what it left out.
    more: Vec<Url>,
}

/// Reads the data in the page that a service makes for its frame.
pub(super) fn in_page(dom: &Dom<'_>, url: &Url, document: &mut Document) -> bool {
    let Some(answer) = disqus::in_page(dom) else { return false };
    put(answer, url, document);
    true
}

/// Reads an answer in JSON, if it is one of a service.
pub(super) fn json(value: &Value, url: &Url, document: &mut Document) -> bool {
    let answer = isso::read(value, url).or_else(|| remark::read(value)).or_else(|| disqus::read(value, url));
    let Some(answer) = answer else { return false };
    put(answer, url, document);
    true
}

fn put(mut answer: Answer, url: &Url, document: &mut Document) {
    if answer.comments.len() > MAX_COMMENTS {
        answer.comments.truncate(MAX_COMMENTS);
        let detail = "more comments than are kept".to_owned();
        document.warnings.push(Warning { code: WarningCode::Count, detail });
    }
    document.kind = Kind::Thread;
    document.language = Some("und".to_owned());
    document.comments_claimed = answer.claimed;
    document.sources.set("comments", answer.service);
    document.comments = threaded::read(answer.comments, answer.service, url, document);
    let mut pages: Vec<MorePage> = Vec::new();
    for more in answer.more {
        let page = page(more);
        if pages.len() < MAX_MORE && page.url != url.as_str() && pages.iter().all(|known| known.url != page.url) {
            pages.push(page);
        }
    }
    document.paging = (!pages.is_empty()).then_some(Paging { own: None, pages });
}

fn page(url: Url) -> MorePage {
    MorePage { url: url.into(), rule: PageRule::CommentService, number: None, side: Side::After }
}

/// Replaces a pair of the query.
fn with(url: &Url, key: &str, value: Option<&str>) -> Url {
    let mut out = url.clone();
    let kept: Vec<(String, String)> =
        url.query_pairs().filter(|(k, _)| k != key).map(|(k, v)| (k.into_owned(), v.into_owned())).collect();
    {
        let mut pairs = out.query_pairs_mut();
        pairs.clear().extend_pairs(kept);
        if let Some(value) = value {
            pairs.append_pair(key, value);
        }
    }
    out
}

/// A text that is not empty.
fn text<'v>(value: &'v Value, key: &str) -> Option<&'v str> {
    value.get(key)?.as_str().map(str::trim).filter(|text| !text.is_empty())
}

/// An identifier: a text or a number.
fn id(value: &Value, key: &str) -> Option<String> {
    match value.get(key)? {
        Value::String(text) if !text.is_empty() => Some(text.chars().take(200).collect()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

fn whole(value: &Value, key: &str) -> Option<u32> {
    value.get(key)?.as_u64().and_then(|n| u32::try_from(n).ok())
}
