//! Where the other pages of a thread, or of the comments below an article, are.
//!
//! Only addresses of the same thread count: the same origin, path and query but for what names the page (`page_address`).
//! So the next article, which many themes call `next` as well, the next thread and the pages of a listing are none.
//! Below an article the page numbers have to stand beside the comments, since articles have pages of their own.

use std::collections::HashSet;
use std::ops::Range;

use url::Url;

use super::comments::Found;
use super::dom::Dom;
use super::names::Name;
use super::page::Context;
use super::page_address::{self, Form, PageAddress};
use crate::model::{Kind, MorePage, PageRule, Paging, Side};

/// So many pages are kept of those that one page names.
const MAX_PAGES: usize = 200;
/// So many addresses are looked at closely.
const MAX_LOOKS: usize = 4_000;
/// Query keys of pages that have no numbers.
const CURSORS: [&str; 12] = [
    "after",
    "before",
    "cursor",
    "next",
    "token",
    "page_token",
    "pagetoken",
    "max_id",
    "min_id",
    "since",
    "skip",
    "continuation",
];

/// A link that may lead to another page.
struct Candidate {
    at: usize,
    url: Url,
    address: PageAddress,
    /// The direction that the link names.
    side: Option<Side>,
    /// It is declared as such (`rel`).
    declared: bool,
}

/// Reads them.
pub(super) fn read(dom: &Dom<'_>, found: &Found, kind: Kind, context: &Context<'_>) -> Option<Paging> {
    if matches!(kind, Kind::Listing | Kind::Feed | Kind::Profile) {
        return None;
    }
    let own = page_address::of(context.url);
    if found.thread && (is_listing(context.url) || (own.page.is_none() && !names_one(context.url))) {
        return None;
    }
    let mark = mark(context.url, &own);
    let beside = std::cell::OnceCell::new();
    let mut pages: Vec<(Candidate, PageRule)> = Vec::new();
    for candidate in candidates(dom, context, &own, mark).take(MAX_LOOKS) {
        let rule = match candidate.address.page {
            _ if candidate.address.thread != own.thread => {
                let cursor = found.thread && candidate.declared && is_cursor(&candidate.url, context.url);
                cursor.then_some(PageRule::Rel)
            }
            Some((Form::Comments, _)) => Some(PageRule::CommentPage),
            _ if found.comments.is_empty() => None,
            None if own.page.is_none() => None,
            _ if found.thread
                || beside.get_or_init(|| self::beside(dom, found)).iter().any(|r| r.contains(&candidate.at)) =>
            {
                Some(if candidate.declared { PageRule::Rel } else { PageRule::Pager })
            }
            _ => None,
        };
        if let Some(rule) = rule {
            pages.push((candidate, rule));
        }
    }
    // The first page of a thread has no number in its address; that alone tells of no further page.
    if !pages.iter().any(|(c, rule)| c.address.page.is_some() || *rule == PageRule::Rel) && own.page.is_none() {
        return None;
    }
    let scale = Scale::of(dom, found, &pages, &own);
    let mut out: Vec<MorePage> = Vec::new();
    let mut seen: HashSet<u32> = HashSet::new();
    for (candidate, rule) in pages {
        let numbered = candidate.address.thread == own.thread;
        let number = numbered.then(|| candidate.address.page.map_or(scale.first, |(_, n)| n));
        if number == Some(scale.own) || number.is_some_and(|n| !seen.insert(n)) {
            continue;
        }
        let side = match number {
            Some(n) if n < scale.own => Side::Before,
            Some(_) => Side::After,
            None => match candidate.side {
                Some(side) => side,
                None => continue,
            },
        };
        let url = page_address::asked(&candidate.url).to_string();
        if out.iter().any(|p| p.url == url) {
            continue;
        }
        out.push(MorePage { url, rule, number, side });
        if out.len() >= MAX_PAGES {
            break;
        }
    }
    (!out.is_empty()).then_some(Paging { own: Some(scale.own), pages: out })
}

/// The next page of a list: declared as such, or the one whose number follows. What belongs to a thread is not asked for here.
pub(super) fn next_of_list(dom: &Dom<'_>, context: &Context<'_>) -> Option<String> {
    let own = page_address::of(context.url);
    let mark = mark(context.url, &own);
    let mut following: Option<(u32, Url)> = None;
    for candidate in candidates(dom, context, &own, mark).take(MAX_LOOKS) {
        if candidate.address.thread != own.thread {
            let cursor = candidate.declared && candidate.side == Some(Side::After);
            if cursor && is_cursor(&candidate.url, context.url) {
                return Some(page_address::asked(&candidate.url).to_string());
            }
            continue;
        }
        let (form, number) = match candidate.address.page {
            Some((Form::Comments, _)) | None => continue,
            Some(page) => page,
        };
        let here = own.page.map_or(u32::from(form == Form::Page), |(_, n)| n);
        let is_next = match form {
            Form::Page => number == here.saturating_add(1),
            _ => number > here,
        };
        if is_next && following.as_ref().is_none_or(|(n, _)| number < *n) {
            following = Some((number, candidate.url));
        }
    }
    following.map(|(_, url)| page_address::asked(&url).to_string())
}

/// All links that name a page of something, in page order.
fn candidates<'a>(
    dom: &'a Dom<'_>,
    context: &'a Context<'_>,
    own: &'a PageAddress,
    mark: Option<&'a str>,
) -> impl Iterator<Item = Candidate> + 'a {
    dom.nodes.iter().enumerate().filter_map(move |(at, node)| {
        if !matches!(node.name, Name::A | Name::Link) {
            return None;
        }
        let href = dom.attr(at, "href")?;
        let rel = dom.attr(at, "rel").map(str::to_ascii_lowercase).unwrap_or_default();
        let is = |word: &str| rel.split_ascii_whitespace().any(|r| r == word);
        let declared = match (is("next"), is("prev") || is("previous")) {
            (true, _) => Some(Side::After),
            (_, true) => Some(Side::Before),
            _ => None,
        };
        if (node.name == Name::Link && declared.is_none()) || href.starts_with('#') || href.len() > 2_000 {
            return None;
        }
        if declared.is_none() && !may_be_page(href, own, mark) {
            return None;
        }
        let url = context.base.join(href.trim()).ok().filter(|u| matches!(u.scheme(), "http" | "https"))?;
        if url.host_str() != context.url.host_str() {
            return None;
        }
        let address = page_address::of(&url);
        let side = declared.or_else(|| named_side(dom, at));
        Some(Candidate { at, url, address, side, declared: declared.is_some() })
    })
}

/// What stands in every address of the thread: the last part of its path, if that is written in one way only.
fn mark<'a>(url: &'a Url, own: &PageAddress) -> Option<&'a str> {
    let path = own.thread.split_once('/').map_or("", |(_, path)| path.split('?').next().unwrap_or(""));
    let last = path.rsplit('/').next()?;
    // `thread-12.html` is `thread-12-page-2.html`, too.
    let last = last.split(['-', ',', '.']).next().filter(|l| !l.is_empty() && !l.contains('%'))?;
    let at = url.path().find(last)?;
    url.path().get(at..at + last.len())
}

/// Most links of a page lead elsewhere: they are told by little, since there are many.
fn may_be_page(href: &str, own: &PageAddress, mark: Option<&str>) -> bool {
    let href = href.split('#').next().unwrap_or("").trim();
    let relative = href.starts_with(['?', 'p', 'c']);
    if !relative && mark.is_some_and(|mark| !href.contains(mark)) {
        return false;
    }
    // The first page of the thread may have no number.
    let names = ["page", "p=", "start", "offset=", "from=", "pg=", "pn=", "st=", "/p", "topic", "thread-", "Page"];
    own.page.is_some() || (href.bytes().any(|b| b.is_ascii_digit()) && names.iter().any(|name| href.contains(name)))
}

/// `older`, `next`, by the classes of a link and of what stands around it, or by its words.
fn named_side(dom: &Dom<'_>, at: usize) -> Option<Side> {
    let of_token = |token: &str| match token {
        "next" | "nav-next" | "newer" | "comments-newer" | "pagination-next" | "next-page" => Some(Side::After),
        "prev" | "previous" | "nav-previous" | "older" | "pagination-prev" | "nav-prev" => Some(Side::Before),
        _ => None,
    };
    let by_class = std::iter::once(at).chain(dom.ancestors(at).take(2)).find_map(|n| {
        dom.attr(n, "class")?.split_ascii_whitespace().find_map(|token| of_token(&token.to_ascii_lowercase()))
    });
    by_class.or_else(|| {
        if dom.ink(at) > 60 {
            return None;
        }
        let text = dom.text(at, 80).to_lowercase();
        let word = |words: &[&str]| words.iter().any(|w| text.contains(w));
        if word(&["newer", "next", "следующ", "далее", "neuere", "suivant", "siguiente", "próxim", "наступн", "հաջորդ"])
        {
            Some(Side::After)
        } else if word(&[
            "older",
            "prev",
            "предыдущ",
            "ältere",
            "précédent",
            "anterior",
            "попередн",
            "նախորդ",
            "раньше",
        ]) {
            Some(Side::Before)
        } else {
            None
        }
    })
}

/// Where page numbers belong to the comments: in their sections, and beside the comments themselves.
fn beside(dom: &Dom<'_>, found: &Found) -> Vec<Range<usize>> {
    let mut out = found.sections.clone();
    if let (Some(first), Some(last)) = (found.taken.first(), found.taken.last()) {
        let holder = dom.ancestors(first.start).find(|a| dom.nodes[*a].end >= last.end).unwrap_or(dom.body);
        out.push(dom.range(holder));
        // What follows right after the list of comments.
        let around = dom.nodes[holder].parent;
        if holder > dom.body {
            out.push(dom.nodes[holder].end..dom.nodes[around].end.min(dom.nodes[holder].end + 200));
        }
    }
    // An article around everything holds its own page numbers as well: there only what comes after the comments counts.
    let begin = found.taken.first().map_or(0, |r| r.start);
    let heading = |r: &Range<usize>| dom.nodes[r.clone()].iter().any(|n| matches!(n.name, Name::H1 | Name::Main));
    out.into_iter().map(|r| if heading(&r) { r.start.max(begin)..r.end } else { r }).collect()
}

/// A page that is named by where it begins instead of by a number: the same path, and all of the query but cursors.
fn is_cursor(url: &Url, own: &Url) -> bool {
    let others = |url: &Url| {
        let mut pairs: Vec<(String, String)> = url
            .query_pairs()
            .filter(|(key, _)| !CURSORS.contains(&key.to_lowercase().as_str()))
            .map(|(k, v)| (k.into_owned(), v.into_owned()))
            .collect();
        pairs.sort();
        pairs
    };
    url.path() == own.path() && own.path() != "/" && url.query() != own.query() && others(url) == others(own)
}

/// The address names one thing of many, as that of a thread does: by a number, by words, by a query. Other lists of texts
/// are listings, though they look like posts.
fn names_one(url: &Url) -> bool {
    let parts = url.path_segments().into_iter().flatten().filter(|p| !p.is_empty()).count();
    parts > 1 || url.query().is_some() || url.path().bytes().any(|b| b.is_ascii_digit() || b == b'-' || b == b'.')
}

/// The address is that of a list of threads, or of texts: its entries look like posts, and its pages are no further ones.
fn is_listing(url: &Url) -> bool {
    const LISTS: [&str; 12] = [
        "viewforum.php",
        "forumdisplay.php",
        "forums",
        "c",
        "category",
        "categories",
        "tag",
        "tags",
        "search",
        "search.php",
        "author",
        "board",
    ];
    const THREADS: [&str; 12] = [
        "thread",
        "threads",
        "topic",
        "topics",
        "t",
        "d",
        "discussion",
        "discussions",
        "question",
        "questions",
        "comments",
        "showthread.php",
    ];
    let mut lists = false;
    for part in url.path_segments().into_iter().flatten() {
        let part = part.to_ascii_lowercase();
        if THREADS.contains(&part.as_str()) || part == "viewtopic.php" {
            return false;
        }
        lists |= LISTS.contains(&part.as_str());
    }
    // Simple Machines: board=3.20
    lists || url.query_pairs().any(|(key, _)| key == "board")
}

/// How the pages are counted.
struct Scale {
    /// The number of the page that has none in its address.
    first: u32,
    /// This page's own.
    own: u32,
}

impl Scale {
    fn of(dom: &Dom<'_>, found: &Found, pages: &[(Candidate, PageRule)], own: &PageAddress) -> Self {
        let form = pages.iter().find_map(|(c, _)| c.address.page).or(own.page).map(|(form, _)| form);
        // "2" that leads to page=1: they count from 0.
        let from_zero = || {
            pages.iter().any(|(c, _)| {
                let Some((Form::Page, n)) = c.address.page else { return false };
                dom.ink(c.at) <= 6 && dom.text(c.at, 20).parse::<u32>().is_ok_and(|shown| shown == n + 1)
            })
        };
        let first = match form {
            Some(Form::Offset) | None => 0,
            Some(Form::Page) => u32::from(!from_zero()),
            Some(Form::Comments) => 1,
        };
        let own = match (own.page, form) {
            (Some((_, n)), _) => n,
            (None, Some(Form::Comments)) => last_of_comments(dom, found, pages).unwrap_or(first),
            (None, _) => first,
        };
        Self { first, own }
    }
}

/// WordPress shows the newest page of comments at the address of the article, if it is set to: the highest number.
fn last_of_comments(dom: &Dom<'_>, found: &Found, pages: &[(Candidate, PageRule)]) -> Option<u32> {
    let comments = || {
        pages.iter().filter_map(|(c, _)| match c.address.page {
            Some((Form::Comments, n)) => Some((c, n)),
            _ => None,
        })
    };
    let (first, _) = comments().next()?;
    // The permalink of a comment of this page names the page.
    let digits = |text: &str| text[text.trim_end_matches(|c: char| c.is_ascii_digit()).len()..].to_owned();
    let here: HashSet<String> = found.comments.iter().filter_map(|c| c.id.as_deref()).map(digits).collect();
    let of_comment = |c: &Candidate| {
        let digits = c.url.fragment().map(digits).filter(|d| !d.is_empty());
        digits.is_some_and(|d| here.contains(&d))
    };
    if let Some((_, number)) = comments().find(|(c, _)| of_comment(c)) {
        return Some(number);
    }
    // The number that is no link: the page that is shown.
    let around = dom.ancestors(first.at).nth(2).unwrap_or(dom.body);
    let shown = dom.range(around).find_map(|n| {
        let current = dom.has_class(n, "current") || dom.attr(n, "aria-current").is_some();
        (current && dom.ink(n) <= 8 && dom.nodes[n].name != Name::A).then(|| dom.text(n, 20).parse::<u32>().ok())?
    });
    if shown.is_some() {
        return shown;
    }
    let towards = |side| comments().find(|(c, _)| c.side == Some(side)).map(|(_, n)| n);
    match (towards(Side::Before), towards(Side::After)) {
        (_, Some(next)) => next.checked_sub(1),
        (Some(previous), None) => previous.checked_add(1),
        // Nothing tells the direction: page 1 has an address of its own only where another page is shown without one.
        (None, None) => {
            let numbers = || comments().map(|(_, n)| n);
            let highest = numbers().max()?;
            numbers().any(|n| n == 1).then_some(highest.saturating_add(1))
        }
    }
}
