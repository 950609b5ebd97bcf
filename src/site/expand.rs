//! Following an account: how far to page back, and which numbers are missing between the posts that were seen.

use std::cmp::Ordering;

use jiff::Timestamp;
use url::Url;

use super::answer::{Next, Reading, Target, Why};
use crate::model::{Platform, Post, PostKey, Route};

/// How far back to go.
#[derive(Clone, Copy, Debug, Default)]
pub struct Until<'a> {
    /// The newest post that is known already.
    pub known: Option<&'a PostKey>,
    /// Nothing older than this.
    pub since: Option<Timestamp>,
    /// No more posts than these.
    pub at_most: Option<usize>,
    /// How many were had before this page.
    pub had: usize,
}

/// What to do after a page of a list.
#[derive(Clone, Debug, PartialEq)]
pub struct Expansion {
    /// The posts of the page that are new, in its order.
    pub fresh: Vec<PostKey>,
    /// What to ask next; `None`: there is no older page, or it is far enough.
    pub next: Option<Next>,
    /// The end was reached: the known post, the date, the count or the first post of all.
    pub done: bool,
}

/// Says whether to go on behind a page of a list, and where.
pub fn expand(reading: &Reading, target: &Target, until: &Until<'_>) -> Expansion {
    let _ = target;
    let own = |post: &&Post| {
        until.known.is_none_or(|known| {
            order(&post.key, known) == Some(Ordering::Greater)
                || order(&post.key, known).is_none() && post.key != *known
        })
    };
    let recent = |post: &&Post| match (until.since, post.created.as_ref().and_then(|c| c.at)) {
        (Some(since), Some(at)) => at >= since,
        _ => true,
    };
    let room = until.at_most.map_or(usize::MAX, |most| most.saturating_sub(until.had));
    let fresh: Vec<PostKey> = reading.posts.iter().filter(own).filter(recent).map(|p| p.key.clone()).collect();
    // A post that is kept on top may be old: half of a page has to be.
    let old = reading.posts.iter().filter(|p| !recent(p)).count();
    let reached = until.known.is_some_and(|known| {
        let past = |p: &&Post| matches!(order(&p.key, known), Some(Ordering::Less | Ordering::Equal));
        let past = reading.posts.iter().filter(past).count();
        past * 2 >= reading.posts.len().max(1) || reading.posts.iter().any(|p| p.key == *known)
    });
    let filled = fresh.len() >= room;
    let next = reading.next.iter().find(|n| n.why == Why::Older).cloned();
    let dated = until.since.is_some() && old * 2 >= reading.posts.len().max(1);
    let done = reached || filled || dated || next.is_none();
    let mut fresh = fresh;
    if filled {
        // The newest are kept, whichever end of the page they stand at.
        newest_first(&mut fresh);
        fresh.truncate(room);
    }
    Expansion { fresh, next: if done { None } else { next }, done }
}

fn newest_first(keys: &mut [PostKey]) {
    let rising = keys.first().zip(keys.last()).and_then(|(a, b)| order(a, b)) == Some(Ordering::Less);
    if rising {
        keys.reverse();
    }
}

/// Which of two posts of one place is the later one, where their identifiers tell.
fn order(a: &PostKey, b: &PostKey) -> Option<Ordering> {
    if a.platform != b.platform || (a.authority != b.authority && !a.platform.has_global_ids()) {
        return None;
    }
    let (one, two) = (a.id.rsplit('/').next()?, b.id.rsplit('/').next()?);
    let numbers = |id: &str| !id.is_empty() && id.bytes().all(|b| b.is_ascii_digit());
    if numbers(one) && numbers(two) {
        return Some(one.len().cmp(&two.len()).then_with(|| one.cmp(two)));
    }
    // TIDs sort as texts.
    (a.platform == Platform::Bluesky && one.len() == two.len()).then(|| one.cmp(two))
}

/// Numbers that no post of a channel has: deleted posts, or such that were never shown (joins, pins).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Gap {
    /// The first of them.
    pub from: u64,
    /// The last of them.
    pub to: u64,
}

/// A platform gives the posts of an account running numbers: what is missing among them can be named.
pub fn has_running_numbers(platform: Platform) -> bool {
    platform == Platform::Telegram
}

/// The numbers that a post takes, by its key and by what its media are known: members of an album have numbers of their own,
/// and stand in one post. None on platforms without running numbers.
pub fn numbers<'a>(key: &PostKey, media: impl IntoIterator<Item = &'a str>) -> Vec<u64> {
    if !has_running_numbers(key.platform) {
        return Vec::new();
    }
    let members = media.into_iter().filter_map(|identity| {
        let (_, rest) = identity.rsplit_once('/')?;
        rest.split('#').next()?.parse::<u64>().ok()
    });
    key.id.parse::<u64>().ok().into_iter().chain(members).collect()
}

/// The number below which a request for older posts goes on, where its address tells.
pub fn goes_on_below(platform: Platform, route: &Route) -> Option<u64> {
    let url = Url::parse(&route.url).ok().filter(|_| has_running_numbers(platform))?;
    url.query_pairs().find_map(|(name, value)| (name == "before").then(|| value.parse().ok())?)
}

/// The gaps between numbers, in any order.
pub fn gaps_between(mut numbers: Vec<u64>) -> Vec<Gap> {
    numbers.sort_unstable();
    numbers.dedup();
    let apart = numbers.windows(2).filter(|w| w[1] > w[0] + 1);
    apart.map(|w| Gap { from: w[0] + 1, to: w[1] - 1 }).collect()
}

/// The gaps between posts of a platform that numbers them one by one; none for others.
pub fn gaps(posts: &[Post]) -> Vec<Gap> {
    let of = |post: &Post| numbers(&post.key, post.media.iter().map(|m| m.identity.as_str()));
    gaps_between(posts.iter().flat_map(of).collect())
}
