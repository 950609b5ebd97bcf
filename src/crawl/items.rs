//! What a list names and is to be watched as well.

use std::collections::{BTreeMap, HashSet};

use jiff::Timestamp;
use url::Url;

use super::Crawl;
use super::ingest::Reading;
use crate::error::Result;
use crate::model::{Capture, Document, Entry, ItemsMode, Job, Kind, LinkPlace, ListedItem, NewWatch, Source};
use crate::policy::url::canonical;

/// Fewer letters are "next" or "more", not the title of something.
const TITLE: usize = 5;

impl Crawl {
    /// What the list that was read names: all that is known already, and so much of what is new as one look may add. Whether
    /// there was more.
    pub(super) async fn items(
        &self,
        job: &Job,
        capture: &Capture,
        reading: &Reading,
        now: Timestamp,
    ) -> Result<(Vec<ListedItem>, bool)> {
        let says_the_same = reading.changed == Some(false);
        let Some(document) = reading.document().filter(|_| reading.outcome.is_content() && !says_the_same) else {
            return Ok(Default::default());
        };
        let entries = listed(document, capture.items, &job.url);
        let named: BTreeMap<String, (usize, ListedItem)> = entries
            .iter()
            .enumerate()
            .filter_map(|(n, entry)| item(job, capture, entry, now).map(|item| (item.identity.clone(), (n, item))))
            .collect();
        if named.is_empty() {
            return Ok(Default::default());
        }
        let (list, identities) = (job.watch, named.keys().cloned().collect::<Vec<_>>());
        let known = self.pool.run(super::worker::READING, move |cpu| cpu.reader.known_items(list, &identities)).await;
        // Should that fail, they are added again, which changes nothing.
        let known: HashSet<String> = known.ok().transpose()?.unwrap_or_default();
        let (mut items, mut new): (Vec<_>, Vec<_>) =
            named.into_values().partition(|(_, i)| known.contains(&i.identity));
        // The newest first; a list without times has them in its own order.
        new.sort_by_key(|(n, item)| (std::cmp::Reverse(item.watch.published), *n));
        let more = new.len() > capture.max_items as usize;
        new.truncate(capture.max_items as usize);
        items.extend(new);
        Ok((items.into_iter().map(|(_, item)| item).collect(), more))
    }
}

fn listed(document: &Document, mode: ItemsMode, own: &str) -> Vec<Entry> {
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
