//! The address of one page of a thread, taken apart: which thread, and which page of it.

use url::Url;

/// How a page is named.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    /// By its number, as a page of comments.
    Comments,
    /// By its number.
    Page,
    /// By the number of its first post.
    Offset,
}

/// An address taken apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct PageAddress {
    /// What all pages of one thread have in common: origin, path and query without what names the page.
    pub thread: String,
    /// How this page is named, and its number; `None`: as the thread itself.
    pub page: Option<(Form, u32)>,
}

/// Keys whose value is the number of a page of comments.
const COMMENTS: [&str; 9] = [
    "cpage",
    "commentpage",
    "comment-page",
    "comment_page",
    "commentspage",
    "comments-page",
    "comments_page",
    "cmtpage",
    "pagecomments",
];
/// Keys whose value is the number of a page.
const PAGES: [&str; 8] = ["page", "p", "pg", "pn", "paged", "pagenumber", "pageno", "page_no"];
/// Keys whose value is the number of a post.
const OFFSETS: [&str; 5] = ["start", "offset", "from", "st", "startfrom"];
/// Keys that tell where a visitor comes from, or who it is.
const NOISE: [&str; 8] = ["sid", "s", "phpsessid", "fbclid", "gclid", "highlight", "hilit", "session_id"];
/// A higher number is that of a thread or a post.
const HIGHEST: u32 = 1_000_000;

/// Takes an address apart.
pub(super) fn of(url: &Url) -> PageAddress {
    let mut page = None;
    let path = path(url.path(), &mut page);
    // Invision without rewriting: index.php?/topic/12-title/page/2/
    let (routed, query) = match url.query().filter(|q| q.starts_with('/')) {
        Some(query) => {
            let (route, rest) = query.split_once('&').unwrap_or((query, ""));
            (format!("{path}?{}", self::path(route, &mut page)), rest)
        }
        None => (path, url.query().unwrap_or("")),
    };
    let path = routed;
    let bare = path.is_empty() || path == "/" || path.starts_with("/index.");
    let pairs: Vec<(String, String)> =
        url::form_urlencoded::parse(query.as_bytes()).take(50).map(|(k, v)| (k.into_owned(), v.into_owned())).collect();
    let known =
        |key: &str| COMMENTS.contains(&key) || PAGES.contains(&key) || OFFSETS.contains(&key) || NOISE.contains(&key);
    // `/?p=12` and `/index.php?page=12` may be texts of their own.
    let names_more = !bare || pairs.iter().any(|(key, _)| !known(&key.to_lowercase()));
    let thread_named = pairs.iter().any(|(key, _)| key == "t" || key == "tid");
    let mut rest: Vec<(String, String)> = Vec::with_capacity(pairs.len());
    for (key, value) in pairs {
        let lower = key.to_lowercase();
        let number = value.parse::<u32>().ok().filter(|n| *n <= HIGHEST);
        let form = match lower.as_str() {
            k if COMMENTS.contains(&k) => Some(Form::Comments),
            k if names_more && PAGES.contains(&k) => Some(Form::Page),
            k if names_more && OFFSETS.contains(&k) => Some(Form::Offset),
            // Phorum: read.php?1,12,page=2
            k if k.ends_with(",page") => Some(Form::Page),
            _ => None,
        };
        match (form, number) {
            (Some(form), Some(number)) if page.is_none() => {
                page = Some((form, number));
                if let Some(before) = lower.strip_suffix(",page") {
                    rest.push((before.to_owned(), String::new()));
                }
                continue;
            }
            _ => {}
        }
        if let ("topic", None, Some((topic, start))) = (lower.as_str(), page, value.split_once('.')) {
            // Simple Machines: topic=12.15
            if let Some(start) = start.parse::<u32>().ok().filter(|n| *n <= HIGHEST) {
                page = (start > 0).then_some((Form::Offset, start));
                rest.push((key, topic.to_owned()));
                continue;
            }
        }
        let is_forum = lower == "f" && thread_named;
        let is_tab = lower == "tab" && value == "comments";
        if !is_noise(&lower, &value) && !is_forum && !is_tab {
            rest.push((key, value));
        }
    }
    rest.sort();
    let host = url.host_str().unwrap_or("");
    let port = url.port_or_known_default().filter(|p| !matches!(p, 80 | 443));
    let mut thread = format!("{host}:{}{path}", port.unwrap_or(0));
    for (n, (key, value)) in rest.iter().enumerate() {
        thread.push(if n == 0 { '?' } else { '&' });
        thread.push_str(key);
        thread.push('=');
        thread.push_str(value);
    }
    PageAddress { thread, page }
}

fn is_noise(key: &str, value: &str) -> bool {
    let session = value.len() >= 16 && value.bytes().all(|b| b.is_ascii_alphanumeric());
    match key {
        "s" | "sid" | "phpsessid" | "session_id" => session,
        _ => NOISE.contains(&key) || key.starts_with("utm_"),
    }
}

/// The path without what names the page, and without a slash at its end.
fn path(path: &str, page: &mut Option<(Form, u32)>) -> String {
    let mut parts: Vec<&str> = path.split('/').filter(|p| !p.is_empty()).collect();
    let number = |text: &str| text.parse::<u32>().ok().filter(|n| *n <= HIGHEST);
    let after = |part: &str, names: &[&str]| {
        let lower = part.to_ascii_lowercase();
        names.iter().find_map(|name| number(lower.strip_prefix(name)?))
    };
    let mut file = None;
    if let Some(last) = parts.last().copied() {
        let before = parts.len().checked_sub(2).and_then(|n| parts.get(n)).copied().unwrap_or("");
        // What is named by nothing but its page is no thread.
        let long = parts.len() > 1;
        if let Some(n) = after(last, &["comment-page-", "comments-page-"]).filter(|_| long) {
            *page = Some((Form::Comments, n));
            parts.pop();
        } else if let Some(n) = after(last, &["page-", "page_", "page"]).filter(|_| long) {
            *page = Some((Form::Page, n));
            parts.pop();
        } else if let Some(n) = number(last).filter(|_| before.eq_ignore_ascii_case("page") && parts.len() > 2) {
            *page = Some((Form::Page, n));
            parts.truncate(parts.len() - 2);
        } else if let Some(n) = after(last, &["p"]).filter(|_| parts.len() > 2) {
            // Vanilla: /discussion/12/title/p2
            *page = Some((Form::Page, n));
            parts.pop();
        } else if let Some((name, n)) = in_file(last) {
            *page = n;
            file = Some(name);
            parts.pop();
        }
    }
    let mut out = String::new();
    for part in parts.into_iter().chain(file.as_deref()) {
        out.push('/');
        out.push_str(part);
    }
    out
}

/// A page named within a file's name: MyBB's `thread-12-page-2.html`, Discuz' `thread-12-2-1.html`, Simple Machines'
/// `topic,12.15.html`. The name without it, and the page unless it is the first.
fn in_file(name: &str) -> Option<(String, Option<(Form, u32)>)> {
    let number = |text: &str| text.parse::<u32>().ok().filter(|n| *n <= HIGHEST);
    let (stem, ending) = name.rsplit_once('.')?;
    if let Some((before, n)) = stem.rsplit_once("-page-").and_then(|(before, n)| Some((before, number(n)?))) {
        return Some((format!("{before}.{ending}"), Some((Form::Page, n))));
    }
    if let Some((before, start)) = stem.rsplit_once("-s").and_then(|(before, n)| Some((before, number(n)?))) {
        // title-t12-s15.html
        let topic = before.rsplit_once("-t").is_some_and(|(_, topic)| number(topic).is_some());
        return topic.then(|| (format!("{before}.{ending}"), Some((Form::Offset, start))));
    }
    if stem.as_bytes().first().is_some_and(u8::is_ascii_digit)
        && let Some((before, page)) = stem.rsplit_once('-').and_then(|(before, n)| Some((before, number(n)?)))
        && before.contains('-')
    {
        // vBSEO: 12-title-2.html
        return Some((format!("{before}.{ending}"), Some((Form::Page, page))));
    }
    if let Some(rest) = stem.strip_prefix("thread-") {
        let mut parts = rest.split('-');
        let (thread, page, order) = (parts.next()?, number(parts.next()?)?, parts.next()?);
        let whole = parts.next().is_none() && number(thread).is_some() && number(order).is_some();
        return whole.then(|| (format!("thread-{thread}.{ending}"), Some((Form::Page, page))));
    }
    if let Some(rest) = stem.strip_prefix("topic,") {
        let (topic, start) = rest.split_once('.')?;
        let start = number(start)?;
        return Some((format!("topic,{topic}.{ending}"), (start > 0).then_some((Form::Offset, start))));
    }
    None
}

/// The address as it is asked: without fragment, and without a session that is another at each visit.
pub(super) fn asked(url: &Url) -> Url {
    let mut asked = url.clone();
    asked.set_fragment(None);
    let session =
        |key: &str, value: &str| matches!(key, "s" | "sid" | "phpsessid" | "session_id") && is_noise(key, value);
    if url.query_pairs().any(|(k, v)| session(&k.to_lowercase(), &v)) {
        // The other pairs stay octet for octet.
        let kept: Vec<&str> = url
            .query()
            .unwrap_or("")
            .split('&')
            .filter(|pair| {
                let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
                !session(&key.to_lowercase(), value)
            })
            .collect();
        asked.set_query((!kept.is_empty()).then(|| kept.join("&")).as_deref());
    }
    asked
}
