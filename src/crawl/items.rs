//! What a list names and is to be watched as well.

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use jiff::Timestamp;
use tokio::time::Instant;
use url::Url;

use super::Crawl;
use super::follow::{self, Walk};
use super::followed::Continuation;
use super::ingest::Reading;
use super::trail::Stop;
use super::worker::Taken;
use crate::capture::HttpEngine;
use crate::error::Result;
use crate::model::{
    Capture, Document, DocumentPart, Entry, Flag, ItemsMode, Job, Kind, LinkPlace, ListEnd, ListedItem, NewWatch,
    PageRule, PreviousPage, Source,
};
use crate::net::Share;
use crate::policy::url::canonical;

/// Fewer letters are "next" or "more", not the title of something.
const TITLE: usize = 5;

/// What a look at a list names.
pub(super) struct Listing {
    /// By identity, with its place in the list.
    named: BTreeMap<String, (usize, ListedItem)>,
    known: HashSet<String>,
    count: usize,
    /// The next page, if the page before named anything new.
    next: Option<String>,
    /// A further page failed last time: they are asked for again, whatever is known.
    again: bool,
    /// Its further pages.
    pub pages: Vec<Continuation>,
    /// A further page was not had.
    pub short: bool,
    pub shares: Vec<Share>,
    /// It is an account: all that was had of it is kept, since a later look goes on behind it.
    pub is_account: bool,
    /// Where later looks go on, if that is otherwise than before.
    pub ends: Option<Vec<ListEnd>>,
    /// What is to be looked at at once.
    pub hasten: Vec<String>,
    /// The host wants to be left alone.
    pub limited: bool,
}

impl Listing {
    /// A further page is to be asked for.
    pub fn goes_on(&self) -> bool {
        self.next.is_some()
    }

    fn new_ones(&self) -> usize {
        self.named.len() - self.named.keys().filter(|identity| self.known.contains(*identity)).count()
    }

    /// All that is known already, and so much of what is new as one look may add; and whether there was more.
    pub fn items(&mut self, capture: &Capture) -> (Vec<ListedItem>, bool) {
        let named = std::mem::take(&mut self.named);
        let (mut items, mut new): (Vec<_>, Vec<_>) =
            named.into_values().partition(|(_, i)| self.known.contains(&i.identity));
        // The newest first; a list without times has them in its own order.
        new.sort_by_key(|(n, item)| (std::cmp::Reverse(item.watch.published), *n));
        let more = !self.is_account && new.len() > capture.max_items as usize;
        if more {
            new.truncate(capture.max_items as usize);
        }
        items.extend(new);
        (items.into_iter().map(|(_, item)| item).collect(), more || self.short)
    }
}

impl Crawl {
    /// What the list that was read names.
    pub(super) async fn listing(
        &self,
        job: &Job,
        capture: &Capture,
        reading: &Reading,
        is_account: bool,
        now: Timestamp,
    ) -> Result<Listing> {
        let mut listing = Listing {
            named: BTreeMap::new(),
            known: HashSet::new(),
            count: 0,
            next: None,
            again: false,
            pages: Vec::new(),
            short: false,
            shares: Vec::new(),
            is_account,
            ends: None,
            hasten: Vec::new(),
            limited: false,
        };
        if is_account {
            return Ok(listing);
        }
        let partial = job.previous.as_ref().filter(|previous| previous.flags.contains(&Flag::ItemsPartial));
        let says_the_same = reading.changed == Some(false);
        if !reading.outcome.is_content() || capture.items == ItemsMode::None || (says_the_same && partial.is_none()) {
            return Ok(listing);
        }
        let read;
        let document = match (reading.document(), &reading.part) {
            (Some(document), _) => document,
            (None, DocumentPart::Known(known)) if partial.is_some() => {
                read = self.document(known.id).await?;
                &read
            }
            _ => return Ok(listing),
        };
        if partial.is_some_and(|previous| previous.paged) {
            let failed = |page: &PreviousPage| page.row.outcome.is_some_and(|outcome| !outcome.is_content());
            listing.again =
                self.pages_before(job).await?.values().any(|p| p.row.rule == PageRule::ListPage && failed(p));
        }
        let entries = listed(document, capture.items, &job.url);
        let new = self.note(&mut listing, job, capture, entries, now).await?;
        listing.next = document.next_page.clone().filter(|_| (new || listing.again) && capture.items_pages > 0);
        Ok(listing)
    }

    /// Takes in what a page of a list names; says whether any of it is new.
    pub(super) async fn note(
        &self,
        listing: &mut Listing,
        job: &Job,
        capture: &Capture,
        entries: Vec<Entry>,
        now: Timestamp,
    ) -> Result<bool> {
        let before = listing.count;
        listing.count += entries.len();
        let mut identities = Vec::new();
        for (n, entry) in entries.iter().enumerate() {
            let Some(item) = item(job, capture, entry, now) else { continue };
            if !listing.named.contains_key(&item.identity) {
                identities.push(item.identity.clone());
                listing.named.insert(item.identity.clone(), (before + n, item));
            }
        }
        let (list, asked) = (job.watch, identities.clone());
        let known = self.pool.run(super::aside::READING, move |cpu| cpu.reader.known_items(list, &asked)).await;
        // Should that fail, they are added again, which changes nothing.
        listing.known.extend(known.ok().transpose()?.unwrap_or_default());
        Ok(identities.iter().any(|identity| !listing.known.contains(identity)))
    }

    /// Asks for the further pages of a list, until one names nothing new.
    pub(super) async fn further(
        &self,
        engine: &HttpEngine,
        job: &Job,
        capture: &Arc<Capture>,
        listing: &mut Listing,
        taken: &mut Taken,
        full: bool,
    ) -> Result<()> {
        let until = Instant::now() + capture.requisite_time;
        let last = taken.last.and_then(|i| taken.fetched.get(i));
        let mut via = last.map_or_else(|| job.url.clone(), |f| f.exchange.url.clone());
        let mut walk = Walk::from([job.url.as_str(), via.as_str()], last.map(|f| f.exchange.payload_digest));
        let before = self.pages_before(job).await?;
        for place in 1.. {
            let Some(url) = listing.next.take() else { break };
            if !walk.is_new(&url) {
                break;
            }
            let stop = Stop::new(place, url.clone(), PageRule::ListPage, via);
            let parsed = Url::parse(&url).ok();
            let why_not = if place > i64::from(capture.items_pages) {
                Some(format!("the list has more pages than the {} that one look may ask for", capture.items_pages))
            } else if listing.new_ones() > capture.max_items as usize {
                Some(format!("it names more new things than the {} that one look may add", capture.max_items))
            } else if Instant::now() >= until {
                Some("the time for the further pages of one list is used up".to_owned())
            } else {
                parsed.as_ref().and_then(|url| self.gate.over_budget(url))
            };
            if why_not.is_some() {
                listing.short = true;
                listing.pages.push(follow::unasked(stop, why_not));
                break;
            }
            let known = before.get(&url);
            let page = self.list_page(engine, job, capture, stop, known, full, taken, &mut walk).await?;
            listing.short |= page.short;
            listing.pages.push(page.page);
            listing.shares.extend(page.share);
            if self.note(listing, job, capture, page.entries, self.clock.now()).await? || listing.again {
                listing.next = page.next;
            }
            via = url;
        }
        Ok(())
    }
}

/// What a page names that is to be watched.
pub(super) fn listed(document: &Document, mode: ItemsMode, own: &str) -> Vec<Entry> {
    match (mode, document.kind) {
        (ItemsMode::None, _) => Vec::new(),
        (_, Kind::Feed) => document.entries.clone(),
        (ItemsMode::All, _) => {
            let Ok(own) = Url::parse(own) else { return Vec::new() };
            let leads_on = |url: &str| {
                Url::parse(url)
                    .is_ok_and(|url| url.host_str() == own.host_str() && url.path() != own.path() && url.path() != "/")
            };
            // Of a page of nothing but links the reader takes no part for the main one.
            let has_main = document.links.iter().any(|l| l.place == LinkPlace::Content);
            let links = document.links.iter().filter(|l| {
                (l.place == LinkPlace::Content || !has_main) && l.text.chars().count() >= TITLE && leads_on(&l.url)
            });
            links
                .map(|link| Entry {
                    url: link.url.clone(),
                    identity: None,
                    title: link.text.clone(),
                    published: None,
                    modified: None,
                    is_list: false,
                })
                .collect()
        }
        (ItemsMode::Feed, _) => Vec::new(),
    }
}

fn item(job: &Job, capture: &Capture, entry: &Entry, now: Timestamp) -> Option<ListedItem> {
    // What cannot be kept is named by the document; there is nothing to watch.
    let it = canonical(&entry.url).ok()?;
    let source = Source::Item;
    let mut watch = NewWatch {
        url: it.url.to_string(),
        key: it.key.clone(),
        host: it.host,
        source,
        tags: job.tags.clone(),
        note: None,
        every: (!entry.is_list).then(|| capture.items_every.clone()),
        published: entry.published.or(entry.modified).filter(|at| *at < now),
        options: job.options.clone(),
    };
    if !entry.is_list {
        // An item is no list: what it links to is its own affair.
        watch.options.insert("items".to_owned(), ItemsMode::None.as_str().into());
    }
    let ends_at = (!entry.is_list && !capture.items_for.is_zero()).then(|| now.checked_add(capture.items_for).ok());
    Some(ListedItem { identity: entry.identity.clone().unwrap_or(it.key), watch, ends_at: ends_at.flatten() })
}
