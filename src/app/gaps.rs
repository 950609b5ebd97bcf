//! Which numbers are missing among the posts of an account: of platforms that number them one by one.

use serde::Serialize;

use super::{App, canonical, quoted};
use crate::error::{Error, ErrorKind, Result};
use crate::model::{Platform, PostKey, WatchId};
use crate::site;
use crate::store::{KnownPost, Reader};

/// So many posts of an account are looked through.
const POSTS: u64 = 1_000_000;

/// What is missing among the posts of an account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Gaps {
    /// The platform.
    pub platform: Platform,
    /// Whose posts these are.
    pub authority: String,
    /// The watch that pages back through them; `None`: only posts that were met otherwise are known.
    pub watch: Option<WatchId>,
    /// Posts that are known.
    pub posts: u64,
    /// The lowest number that was seen.
    pub first: Option<u64>,
    /// The highest number that was seen.
    pub newest: Option<u64>,
    /// The lowest number that the pages named which the watch went through.
    pub back_to: Option<u64>,
    /// What is missing between these two.
    pub gaps: Vec<MissingNumbers>,
    /// How many numbers these are.
    pub missing: u64,
    /// Where later looks go on; empty: the watch has paged back as far as it is to.
    pub goes_on: Vec<GoesOn>,
    /// There are more posts than were looked through.
    pub cut: bool,
    /// Snapshots whose posts are not in the index yet: what they show may be told as missing.
    pub not_indexed: u64,
    /// Why not.
    pub stopped: Option<String>,
}

/// Numbers that follow one another and that no post has that was seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct MissingNumbers {
    /// The first of them.
    pub from: u64,
    /// The last of them.
    pub to: u64,
    /// How many they are.
    pub count: u64,
    /// The pages on which they would stand were gone through; `false`: not all of them yet, or nobody pages back.
    pub reached: bool,
}

/// Where paging back goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct GoesOn {
    /// Below this number; `None`: the request does not tell.
    pub below: Option<u64>,
    /// Beyond all that is known; `false`: it closes the way between two looks.
    pub backfill: bool,
    /// Posts that were had on the way there.
    pub had: u32,
}

impl App {
    /// What is missing among the posts of the account that an address or a key (of it or of one of its posts) names.
    pub fn gaps(&self, name: &str, told: &mut dyn FnMut(u64)) -> Result<Gaps> {
        let stopped = self.index_posts(told)?.stopped;
        let reader = self.reader()?;
        let (key, mut watch) = self.account_of(&reader, name)?;
        if !site::has_running_numbers(key.platform) {
            let message = format!("{} gives posts no running numbers: what is missing cannot be told", key.platform);
            return Err(Error::new(ErrorKind::Usage, message));
        }
        let mut known = reader.known_posts(&key, POSTS + 1)?;
        let cut = known.len() as u64 > POSTS;
        known.truncate(usize::try_from(POSTS).unwrap_or(usize::MAX));
        if watch.is_none() {
            watch = self.list_of(&reader, &known, &key)?;
        }
        let ends = watch.map_or(Ok(Vec::new()), |watch| reader.list_ends(watch))?;
        let goes_on: Vec<GoesOn> = ends
            .iter()
            .map(|end| GoesOn {
                below: site::goes_on_below(key.platform, &end.route),
                backfill: end.backfill,
                had: end.had,
            })
            .collect();
        let named = watch.map_or(Ok(Vec::new()), |watch| reader.named_posts(watch, &key, POSTS))?;
        let back_to = named.iter().flat_map(|key| site::numbers(key, [])).min();
        let numbers: Vec<u64> =
            known.iter().flat_map(|post| site::numbers(&post.key, post.media.iter().map(String::as_str))).collect();
        let (first, newest) = (numbers.iter().min().copied(), numbers.iter().max().copied());
        let gaps: Vec<MissingNumbers> = site::gaps_between(numbers)
            .into_iter()
            .map(|gap| MissingNumbers {
                from: gap.from,
                to: gap.to,
                count: gap.to - gap.from + 1,
                reached: back_to.is_some_and(|lowest| gap.from > lowest)
                    && goes_on.iter().all(|end| is_reached(gap.from, gap.to, end)),
            })
            .collect();
        Ok(Gaps {
            platform: key.platform,
            authority: key.authority,
            watch,
            posts: known.len() as u64,
            first,
            newest,
            back_to,
            missing: gaps.iter().map(|gap| gap.count).sum(),
            gaps,
            goes_on,
            cut,
            not_indexed: reader.posts_not_indexed()?,
            stopped,
        })
    }

    /// Whose posts are meant, and the watch if the address of the account itself was named and was looked at.
    fn account_of(&self, reader: &Reader, name: &str) -> Result<(PostKey, Option<WatchId>)> {
        if let Some(mut key) = PostKey::parse(name) {
            if key.authority.is_empty() {
                key.authority = std::mem::take(&mut key.id);
            }
            return Ok((key, None));
        }
        let (key, follows, watch) = self.told_by(reader, name)?.ok_or_else(|| {
            Error::new(ErrorKind::Usage, format!("{} is no account of a platform", quoted(name)))
                .hint("name the address of an account, or its key: `keepfast add` says what it recognises")
        })?;
        Ok((key, watch.filter(|_| follows)))
    }

    /// What an address is about: its key, whether its posts are followed, and its watch once that has something.
    fn told_by(&self, reader: &Reader, url: &str) -> Result<Option<(PostKey, bool, Option<WatchId>)>> {
        let it = canonical(url)?;
        let watch = reader.watch_by_key(&it.key)?;
        let (tags, options) = watch.as_ref().map(|w| (w.what.tags.clone(), w.what.options.clone())).unwrap_or_default();
        let capture = self.config.capture_for(&tags, &options)?;
        let found = self.recognise(it.url.as_str(), &capture, reader.program_of(&it.host)?)?;
        let watch = watch.filter(|watch| watch.current.is_some()).map(|watch| watch.id);
        Ok(found.map(|found| (found.key, found.follows, watch)))
    }

    /// The watch that named one of these posts and is about their account.
    fn list_of(&self, reader: &Reader, known: &[KnownPost], key: &PostKey) -> Result<Option<WatchId>> {
        // The posts that are watched are items of it; the first and the last ones are as good as any.
        for post in known.iter().take(20).chain(known.iter().rev().take(20)) {
            let Some(url) = reader.post_as_seen(&post.key)?.and_then(|row| row.post.url) else { continue };
            let Some(item) = canonical(&url).ok().map(|it| reader.watch_by_key(&it.key)).transpose()?.flatten() else {
                continue;
            };
            for list in reader.lists_of(item.id)? {
                let Some(list) = reader.watch(list)? else { continue };
                let own = self.told_by(reader, &list.what.url)?;
                if own.is_some_and(|(own, follows, _)| {
                    follows && own.platform == key.platform && own.authority == key.authority
                }) {
                    return Ok(Some(list.id));
                }
            }
        }
        Ok(None)
    }
}

/// The way that goes on at an end does not lead through these numbers.
fn is_reached(from: u64, to: u64, end: &GoesOn) -> bool {
    match end.below {
        None => false,
        Some(below) if end.backfill => from >= below,
        // It ends at what is known, so it leads through the numbers right below only.
        Some(below) => !(from < below && below <= to.saturating_add(1)),
    }
}

#[cfg(test)]
#[path = "gaps_tests.rs"]
mod tests;
