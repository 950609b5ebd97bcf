//! A thread that goes over several pages: where its other pages are, what became of each, and how its comments are one list.

use std::collections::{HashMap, HashSet};
use std::hash::{Hash, Hasher as _};

use serde::{Deserialize, Serialize};

use super::outcome::closed_list;
use super::{Comment, Digest, DocumentId, DocumentPart, ExchangeId, Outcome};

closed_list! {
    /// What told of a further page of a thread.
    PageRule {
        CommentPage = "comment-page": "Its address names a page of comments: comment-page-2, cpage=2 and the like.",
        Pager = "pager": "Its address is that of the page with another number or offset, and it stands beside the comments or posts.",
        Rel = "rel": "A link of the relation next or prev within the thread.",
        ListPage = "list-page": "A further page of a feed or a list: what it names is watched as well.",
        Platform = "platform": "A further answer of the platform about the same thing: what stands around it, further replies, another witness.",
        CommentService = "comment-service": "The public answer of a comment service that the page embeds, on another host, or a further part of it.",
    }
}

closed_list! {
    /// On which side of the page that names it a further page stands.
    Side {
        Before = "before": "Its part of the thread comes before.",
        After = "after": "Its part of the thread comes after.",
    }
}

closed_list! {
    /// Why the comments of a snapshot are not all that there are.
    Shortfall {
        Off = "off": "There are further pages, and the settings say that none is followed.",
        Budget = "budget": "There are more pages than may be followed, or the octets or the time for them are used up.",
        Robots = "robots": "robots.txt disallows a further page.",
        Wall = "wall": "A wall, a refusal or a demand to come back later stood in front of a further page.",
        Failed = "failed": "A further page could not be had, or not be read.",
        Cut = "cut": "A page was had in part only, or has more comments than are kept of one page.",
        Claimed = "claimed": "All pages that are named were had, and still the page says that there are more comments.",
    }
}

/// A further page of a thread, as a page names it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MorePage {
    /// Absolute address, without session identifiers.
    pub url: String,
    /// What told of it.
    pub rule: PageRule,
    /// The number in its address: of the page, or of its first comment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub number: Option<u32>,
    /// On which side of the naming page it stands.
    pub side: Side,
}

/// The other pages of the thread that a page is a part of.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Paging {
    /// The page's own number, counted as those of `pages`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub own: Option<u32>,
    /// In page order, each once.
    pub pages: Vec<MorePage>,
}

/// How many comments there are, and whether these are all.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CommentCount {
    /// Comments that were read, over all pages, each once.
    pub seen: u32,
    /// How many the page says there are.
    pub claimed: Option<u32>,
    /// Why these are not all; `None`: as far as the pages tell, they are.
    pub shortfall: Option<Shortfall>,
}

impl CommentCount {
    /// As far as the pages tell, these are all.
    pub fn is_complete(self) -> bool {
        self.shortfall.is_none()
    }

    /// `12; the page says 30; incomplete: wall`.
    pub fn in_words(self) -> String {
        let claimed = self.claimed.filter(|n| *n != self.seen).map(|n| format!("; the page says {n}"));
        let whole = self.shortfall.map_or_else(|| "; complete".to_owned(), |why| format!("; incomplete: {why}"));
        format!("{}{}{whole}", self.seen, claimed.unwrap_or_default())
    }
}

/// A further page of the thread of a capture, and what became of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FollowedPage {
    /// Its place in the thread, counted from the captured page, which is 0.
    pub place: i64,
    /// The address as named.
    pub url: String,
    /// What told of it.
    pub rule: PageRule,
    /// How asking for it ended; `None`: it was not asked for.
    pub outcome: Option<Outcome>,
    /// Why it was not asked for, what went wrong, or why its comments do not count.
    pub reason: Option<String>,
    /// Index in [`super::Captured::exchanges`] of the exchange that answered.
    pub exchange: Option<usize>,
    /// What was read of it, without what only its JSON needs.
    pub document: DocumentPart,
    /// `ETag` of its answer.
    pub etag: Option<String>,
    /// `Last-Modified` of its answer.
    pub last_modified: Option<String>,
}

/// A further page of the thread of a snapshot, as it is read back.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PageRow {
    /// Its place in the thread, counted from the page of the snapshot, which is 0.
    pub place: i64,
    /// The address as named.
    pub url: String,
    /// What told of it.
    pub rule: PageRule,
    /// How asking for it ended; `None`: it was not asked for.
    pub outcome: Option<Outcome>,
    /// Why it was not asked for, what went wrong, or why its comments do not count.
    pub reason: Option<String>,
    /// The exchange that answered.
    pub exchange: Option<ExchangeId>,
    /// What was read of it.
    pub document: Option<DocumentId>,
    /// `ETag` of its answer.
    #[serde(skip)]
    pub etag: Option<String>,
    /// `Last-Modified` of its answer.
    #[serde(skip)]
    pub last_modified: Option<String>,
}

/// What is known of a further page from the last good snapshot: for conditional requests and comparison.
#[derive(Clone, Debug, PartialEq)]
pub struct PreviousPage {
    /// The row.
    pub row: PageRow,
    /// The URL that answered.
    pub final_url: Option<String>,
    /// The payload with the record that holds it.
    pub held: Option<(Digest, super::Held)>,
    /// What was read of it.
    pub document: Option<super::KnownDocument>,
}

/// What makes a comment the same on two pages. An identifier alone does not: some sites count anew on each page.
#[derive(PartialEq, Eq, Hash)]
enum Key<'a> {
    Text(&'a str, &'a str),
    Time(&'a str, Option<&'a str>, &'a str),
    Plain(Option<&'a str>, &'a str, &'a str),
}

fn keys(comment: &Comment) -> Vec<Key<'_>> {
    let time = comment.time.as_ref().map_or("", |t| t.raw.as_str());
    let author = comment.author.as_deref();
    // A permalink names its page, but its fragment names the comment.
    let fragment = comment.permalink.as_deref().map(|p| p.split_once('#').map_or(p, |(_, fragment)| fragment));
    match comment.id.as_deref().or(fragment) {
        Some(id) if time.is_empty() => vec![Key::Text(id, &comment.text)],
        Some(id) => vec![Key::Text(id, &comment.text), Key::Time(id, author, time)],
        None => vec![Key::Plain(author, time, &comment.text)],
    }
}

/// Which comments were met on the pages of a thread, in few octets each.
#[derive(Clone, Debug, Default)]
pub struct Seen(HashSet<u64>);

impl Seen {
    /// Takes in a page and tells how many of its comments were on none before.
    pub fn add(&mut self, page: &[Comment]) -> usize {
        let hash = |key: &Key<'_>| {
            let mut hasher = std::hash::DefaultHasher::new();
            key.hash(&mut hasher);
            hasher.finish()
        };
        let hashes: Vec<Vec<u64>> = page.iter().map(|c| keys(c).iter().map(hash).collect()).collect();
        let fresh = hashes.iter().filter(|one| !one.iter().any(|h| self.0.contains(h))).count();
        self.0.extend(hashes.into_iter().flatten());
        fresh
    }
}

/// The comments of all pages as one list: each with its place in the thread, in page order; what stands on several
/// pages counts once, and answers point to it wherever it stands.
pub fn merge(mut pages: Vec<(i64, Vec<Comment>)>) -> Vec<Comment> {
    pages.sort_by_key(|(place, _)| *place);
    if runs_backwards(&pages) {
        pages.reverse();
    }
    // Where each comment of each page stands in the merged list.
    let mut places: Vec<Vec<u32>> = Vec::with_capacity(pages.len());
    let mut origins: Vec<(usize, usize)> = Vec::new();
    {
        let mut known: HashMap<Key<'_>, u32> = HashMap::new();
        for (page, (_, comments)) in pages.iter().enumerate() {
            let mut mine = Vec::with_capacity(comments.len());
            let mut new = Vec::new();
            for (n, comment) in comments.iter().enumerate() {
                let keys = keys(comment);
                let at = keys.iter().find_map(|key| known.get(key).copied()).unwrap_or_else(|| {
                    let at = u32::try_from(origins.len()).unwrap_or(u32::MAX);
                    origins.push((page, n));
                    // Two that are alike on one page are two.
                    new.extend(keys.into_iter().map(|key| (key, at)));
                    at
                });
                mine.push(at);
            }
            for (key, at) in new {
                known.entry(key).or_insert(at);
            }
            places.push(mine);
        }
    }
    let mut out: Vec<Comment> = Vec::with_capacity(origins.len());
    let mut pages: Vec<Vec<Option<Comment>>> =
        pages.into_iter().map(|(_, comments)| comments.into_iter().map(Some).collect()).collect();
    for (page, n) in origins {
        let Some(mut comment) = pages.get_mut(page).and_then(|p| p.get_mut(n)).and_then(Option::take) else { continue };
        comment.parent = comment.parent.and_then(|p| places.get(page)?.get(usize::try_from(p).ok()?).copied());
        out.push(comment);
    }
    resolve(&mut out);
    deepen(&mut out);
    out
}

/// Finds what an answer names that was on another page than it.
fn resolve(comments: &mut [Comment]) {
    if !comments.iter().any(|c| c.parent.is_none() && c.reply_to.is_some()) {
        return;
    }
    let digits = |id: &str| id[id.trim_end_matches(|c: char| c.is_ascii_digit()).len()..].to_owned();
    let own = |c: &Comment| c.id.as_deref().map(digits).filter(|d| !d.is_empty());
    let mut known: HashMap<String, usize> = HashMap::new();
    let mut exact: HashMap<String, usize> = HashMap::new();
    for (n, comment) in comments.iter().enumerate() {
        if let Some(id) = own(comment) {
            known.entry(id).or_insert(n);
        }
        if let Some(id) = &comment.id {
            exact.entry(id.clone()).or_insert(n);
        }
    }
    for (n, comment) in comments.iter_mut().enumerate() {
        let target = comment.reply_to.as_deref().filter(|_| comment.parent.is_none());
        // Two systems on one page may have the same numbers.
        let named = |target: &str| exact.get(target).or_else(|| known.get(&digits(target))).copied();
        let above = target.and_then(named).filter(|above| *above != n);
        if let Some(above) = above {
            comment.parent = u32::try_from(above).ok();
            comment.reply_to = None;
        }
    }
}

/// An answer stands one deeper than what it answers, which may be on another page than it was read on.
fn deepen(comments: &mut [Comment]) {
    for n in 0..comments.len() {
        let above = comments[n].parent.and_then(|p| usize::try_from(p).ok()).filter(|p| *p < n);
        if let Some(above) = above {
            comments[n].depth = comments[above].depth.saturating_add(1);
        }
    }
}

/// Each page goes from old to new and the pages from new to old, or the other way round: then the thread is the pages
/// from the last to the first.
fn runs_backwards(pages: &[(i64, Vec<Comment>)]) -> bool {
    // What stands on several pages (the opening post, say) tells nothing of their order.
    let mut on: HashMap<Key<'_>, (usize, bool)> = HashMap::new();
    for (n, (_, page)) in pages.iter().enumerate() {
        for key in page.iter().flat_map(keys) {
            let place = on.entry(key).or_insert((n, false));
            place.1 |= place.0 != n;
        }
    }
    let here = |c: &&Comment| c.depth == 0 && !keys(c).iter().any(|key| on.get(key).is_some_and(|(_, more)| *more));
    let timed = |page: &[Comment]| -> Vec<i64> {
        let top = page.iter().filter(here);
        top.filter_map(|c| c.time.as_ref()?.at).map(|at| at.as_second()).collect()
    };
    let times: Vec<Vec<i64>> = pages.iter().map(|(_, page)| timed(page)).filter(|times| !times.is_empty()).collect();
    let sign = |before: i64, after: i64| (after - before).signum();
    let within: i64 = times.iter().filter_map(|t| Some(sign(*t.first()?, *t.last()?))).sum();
    let middle = |t: &Vec<i64>| t.get(t.len() / 2).copied().unwrap_or_default();
    let across: i64 = times.windows(2).map(|two| sign(middle(&two[0]), middle(&two[1]))).sum();
    within.signum() * across.signum() < 0
}
