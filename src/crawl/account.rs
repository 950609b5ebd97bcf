//! Accounts and channels: paging back through their posts, from the newest to what is known, and on from where earlier looks ended.
//!
//! What a look could not reach is an end that stands in the catalogue with its items (`list_end`), so that nothing between
//! two looks is passed over, whatever ends the process.

use std::collections::HashSet;
use std::sync::Arc;

use jiff::Timestamp;
use tokio::time::Instant;
use url::Url;

use super::Crawl;
use super::aside::NoRoom;
use super::followed::{Continuation, Followed};
use super::items::Listing;
use super::platform::{Request, mirrored};
use super::worker::Taken;
use crate::capture::HttpEngine;
use crate::error::Result;
use crate::model::{
    Asked, Backfill, Capture, Document, DocumentPart, Entry, Flag, FollowedPage, Hop, ItemsMode, Job, ListEnd,
    MediaLink, Outcome, PageRule, Route, Why,
};
use crate::site::Target;

/// So many posts that a list does not show any more are looked at at once.
const HASTEN: usize = 200;

/// The account that a look is at.
pub(super) struct Account<'a> {
    pub engine: &'a HttpEngine,
    pub job: &'a Job,
    pub capture: &'a Arc<Capture>,
    pub target: &'a Target,
    pub until: Instant,
    /// Pages that were asked for.
    pub asked: u32,
}

/// One page of its posts.
struct Page {
    entries: Vec<Entry>,
    next: Option<Route>,
    media: Vec<MediaLink>,
    /// It was had.
    whole: bool,
}

/// The request of the older posts that an answer names.
fn older(document: &Document) -> Option<Route> {
    let social = document.social.as_ref()?;
    social.next.iter().find(|next| next.why == Why::Older).map(|next| next.route.clone())
}

impl Crawl {
    /// Pages back through the posts of an account, from its first answer on.
    pub(super) async fn account(
        &self,
        mut account: Account<'_>,
        document: &Document,
        changed: Option<bool>,
        listing: &mut Listing,
        taken: &mut Taken,
        followed: &mut Followed,
    ) -> Result<()> {
        let (job, capture) = (account.job, account.capture);
        if capture.items == ItemsMode::None {
            return Ok(());
        }
        let list = job.watch;
        let left = self.pool.run(super::aside::READING, move |cpu| cpu.reader.list_ends(list)).await;
        let left = left.ok().transpose()?.unwrap_or_default();
        let first = !job.lists && left.is_empty();
        let mut shown = document.entries.clone();
        let new = self.note(listing, job, capture, document.entries.clone(), self.clock.now()).await?;
        let media = &mut followed.media;
        let mut ends = Vec::new();
        // A profile names no posts itself; a list that names nothing new leads to nothing new.
        let head = older(document).filter(|_| new || first || document.entries.is_empty());
        if let Some(route) = head {
            let had = u32::try_from(document.entries.len()).unwrap_or(u32::MAX);
            let end = ListEnd { route, had, backfill: first };
            ends.extend(self.back(&mut account, end, listing, taken, media, &mut shown).await?);
        }
        let begun = account.asked;
        for end in left.iter().cloned() {
            // Of ends that are reached in one look all are gone on from, the newest first.
            let goes_on = account.asked < capture.items_pages.max(1) || account.asked == begun && begun == 0;
            if goes_on {
                ends.extend(self.back(&mut account, end, listing, taken, media, &mut shown).await?);
            } else {
                ends.push(end);
            }
        }
        followed.limited |= listing.limited;
        followed.anew |= listing.pages.iter().any(|page| matches!(page.page.document, DocumentPart::New(_)));
        if !ends.is_empty() {
            listing.short = true;
        }
        if ends != left {
            listing.ends = Some(ends);
        }
        if changed != Some(false) || document.entries.is_empty() {
            listing.hasten = self.lost(job, &shown).await?;
        }
        Ok(())
    }

    /// Goes back from one end until what is known, the bound of the backfill, or the first post of all; what is left then.
    async fn back(
        &self,
        account: &mut Account<'_>,
        mut end: ListEnd,
        listing: &mut Listing,
        taken: &mut Taken,
        media: &mut Vec<MediaLink>,
        shown: &mut Vec<Entry>,
    ) -> Result<Option<ListEnd>> {
        let (job, capture) = (account.job, account.capture);
        let since = match capture.backfill {
            Backfill::Since(day) => day.to_zoned(jiff::tz::TimeZone::UTC).ok().map(|day| day.timestamp()),
            Backfill::All | Backfill::Posts(_) => None,
        };
        let most = if let Backfill::Posts(most) = capture.backfill { most } else { u32::MAX };
        loop {
            if end.backfill && end.had >= most {
                return Ok(None);
            }
            let url = mirrored(&end.route.url, &capture.mirrors);
            let spent = Url::parse(&url).ok().and_then(|url| self.gate.over_budget(&url));
            if account.asked >= capture.items_pages.max(1) || Instant::now() >= account.until || spent.is_some() {
                return Ok(Some(end));
            }
            account.asked += 1;
            let page = self.page_of(account, &end.route, listing, taken).await?;
            if !page.whole {
                // It is asked for again with the next look.
                return Ok(Some(end));
            }
            media.extend(page.media);
            shown.extend(page.entries.iter().cloned());
            let early = |entry: &&Entry| since.zip(entry.published).is_some_and(|(since, at)| at < since);
            let early = page.entries.iter().filter(early).count();
            let (late, count) = (page.entries.len() - early, page.entries.len());
            let entries = match since.filter(|_| end.backfill) {
                Some(since) => page.entries.into_iter().filter(|e| e.published.is_none_or(|at| at >= since)).collect(),
                None => page.entries,
            };
            let new = self.note(listing, job, capture, entries, self.clock.now()).await?;
            end.had = end.had.saturating_add(u32::try_from(late).unwrap_or(u32::MAX));
            // A post that is kept on top may be old: half of a page has to be.
            let is_far = end.backfill && early * 2 > count;
            match page.next.filter(|next| !next.is_same(&end.route)) {
                Some(next) if (new || end.backfill) && !is_far => end.route = next,
                _ => return Ok(None),
            }
        }
    }

    /// Asks for one page of posts.
    async fn page_of(
        &self,
        account: &Account<'_>,
        route: &Route,
        listing: &mut Listing,
        taken: &mut Taken,
    ) -> Result<Page> {
        let Account { engine, job, capture, target, .. } = *account;
        let mut page = FollowedPage {
            place: i64::from(account.asked),
            url: mirrored(&route.url, &capture.mirrors),
            rule: PageRule::ListPage,
            outcome: None,
            reason: None,
            exchange: None,
            document: DocumentPart::None,
            etag: None,
            last_modified: None,
        };
        let asked = Asked {
            platform: target.platform,
            route: route.name.to_string(),
            why: Some(Why::Older),
            url: job.url.clone(),
        };
        let via = Some(job.url.clone());
        let request = Request { route: route.clone(), hop: Hop::Page, via, validators: None, is_found: false };
        let answer = self.by_route(engine, capture, request, taken).await;
        let none = Page { entries: Vec::new(), next: None, media: Vec::new(), whole: false };
        let index = match answer {
            Ok((index, _)) => index,
            Err((outcome, failure, last)) => {
                (page.outcome, page.exchange) = (Some(outcome), last);
                page.reason = failure.map(|f| f.message);
                listing.limited |= outcome == Outcome::RateLimited;
                listing.pages.push(Continuation { page, confirmed: None });
                return Ok(none);
            }
        };
        page.exchange = Some(index);
        let Some(fetched) = taken.fetched.get(index).cloned() else { return Ok(none) };
        let its_own = Job { url: page.url.clone(), previous: None, ..job.clone() };
        let mut read = self.read(&its_own, capture, &fetched, Some(&asked), true).await?;
        page.outcome = Some(read.outcome);
        page.reason = read.failure.as_ref().map(|f| f.message.clone());
        let mut had = none;
        if read.outcome.is_content() && !read.flags.contains(&Flag::ReadingGaveUp) {
            let known;
            let document = match (read.document(), &read.part) {
                (Some(document), _) => Some(document),
                (None, DocumentPart::Known(it)) => {
                    known = self.document(it.id).await?;
                    Some(&known)
                }
                _ => None,
            };
            if let Some(document) = document {
                let (entries, media) = (document.entries.clone(), document.media.clone());
                had = Page { entries, next: older(document), media, whole: true };
            }
        } else {
            let said = read.document().and_then(|d| d.social.as_ref()).map(|s| s.verdict.reason.clone());
            page.reason = page.reason.or(said.filter(|said| !said.is_empty()));
            page.reason.get_or_insert_with(|| read.outcome.about().to_owned());
            listing.limited |= read.outcome == Outcome::RateLimited;
        }
        match self.place(&mut page, &mut read) {
            Ok(share) => listing.shares.extend(share),
            Err(NoRoom) => had.whole = false,
        }
        listing.pages.push(Continuation { page, confirmed: None });
        Ok(had)
    }

    /// Posts that the last good look was shown, that are not shown now, and that should be among those that are.
    async fn lost(&self, job: &Job, shown: &[Entry]) -> Result<Vec<String>> {
        let Some(previous) = job.previous.as_ref() else { return Ok(Vec::new()) };
        let oldest: Option<Timestamp> = shown.iter().filter_map(|entry| entry.published).min();
        let Some(oldest) = oldest else { return Ok(Vec::new()) };
        let now: HashSet<&str> = shown.iter().filter_map(|entry| entry.identity.as_deref()).collect();
        let mut documents = Vec::new();
        documents.extend(previous.document.map(|known| known.id));
        let before = self.pages_before(job).await?;
        let lists = before.values().filter(|page| page.row.rule == PageRule::ListPage);
        documents.extend(lists.filter_map(|page| page.document).map(|known| known.id));
        let mut lost = Vec::new();
        for id in documents {
            for entry in self.document(id).await?.entries {
                // At the very end of what is shown a post may have been pushed off by newer ones.
                let (Some(identity), Some(at)) = (entry.identity, entry.published) else { continue };
                if at > oldest && !now.contains(identity.as_str()) && !lost.contains(&identity) && lost.len() < HASTEN {
                    lost.push(identity);
                }
            }
        }
        Ok(lost)
    }
}
