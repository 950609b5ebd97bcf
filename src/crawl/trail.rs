//! Which pages of a thread are known, and which is next: the nearest to the captured page.

use std::collections::HashSet;

use crate::model::{MorePage, PageRule, Paging, Side};

/// So many pages of one thread are kept in mind.
const KNOWN: usize = 1000;

/// A page of the thread.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Stop {
    /// In the thread, counted from the captured page.
    pub place: i64,
    pub url: String,
    pub rule: PageRule,
    /// The URL that named it.
    pub via: String,
    asked: bool,
}

impl Stop {
    /// A page that is asked for now.
    pub fn new(place: i64, url: String, rule: PageRule, via: String) -> Self {
        Self { place, url, rule, via, asked: true }
    }
}

/// The pages of a thread.
#[derive(Debug, Default)]
pub(super) struct Trail {
    stops: Vec<Stop>,
    urls: HashSet<String>,
    numbers: HashSet<u32>,
    /// The number of the captured page.
    own: Option<u32>,
    /// There were more than are kept in mind.
    pub many: bool,
}

impl Trail {
    /// A trail from a page, which has answered under all of these URLs.
    pub fn new<'a>(urls: impl IntoIterator<Item = &'a str>, paging: &Paging) -> Self {
        let mut trail = Self { own: paging.own, ..Self::default() };
        let urls: Vec<&str> = urls.into_iter().map(|url| url.split('#').next().unwrap_or(url)).collect();
        trail.urls.extend(urls.iter().map(|url| (*url).to_owned()));
        trail.numbers.extend(paging.own);
        trail.name(paging, 0, urls.last().copied().unwrap_or_default());
        trail
    }

    /// Takes in what a page names that stands at a place of the thread.
    pub fn name(&mut self, paging: &Paging, from: i64, via: &str) {
        for page in &paging.pages {
            let new_number = page.number.is_none_or(|n| !self.numbers.contains(&n));
            if !new_number || self.urls.contains(&page.url) {
                continue;
            }
            if self.stops.len() >= KNOWN {
                self.many = true;
                return;
            }
            self.urls.insert(page.url.clone());
            self.numbers.extend(page.number);
            let place = self.place(page, from);
            self.stops.push(Stop { place, url: page.url.clone(), rule: page.rule, via: via.to_owned(), asked: false });
        }
    }

    fn place(&self, page: &MorePage, from: i64) -> i64 {
        match (page.number, self.own) {
            (Some(number), Some(own)) => i64::from(number) - i64::from(own),
            _ if page.side == Side::After => from.saturating_add(1),
            _ => from.saturating_sub(1),
        }
    }

    /// A page also answers under this URL; false: that is one that is known already.
    pub fn also(&mut self, url: &str) -> bool {
        self.urls.insert(url.split('#').next().unwrap_or(url).to_owned())
    }

    /// The next page to ask for.
    pub fn next(&mut self) -> Option<Stop> {
        let nearest =
            self.stops.iter_mut().filter(|s| !s.asked).min_by_key(|s| (s.place.unsigned_abs(), s.place < 0))?;
        nearest.asked = true;
        Some(nearest.clone())
    }

    /// What was never asked for, in the order of the thread.
    pub fn left(self) -> Vec<Stop> {
        let mut left: Vec<Stop> = self.stops.into_iter().filter(|s| !s.asked).collect();
        left.sort_by_key(|s| s.place);
        left
    }

    /// Something is left to be asked for.
    pub fn goes_on(&self) -> bool {
        self.stops.iter().any(|s| !s.asked)
    }
}
