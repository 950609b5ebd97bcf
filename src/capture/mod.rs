//! Engines: how a page comes to be had. The HTTP engine asks as a polite client does; engines that drive a
//! browser or another program have the same seam.

mod asked;
mod http;
mod jar;
mod requisites;
pub mod tool;

use std::future::Future;
use std::sync::Arc;

use tokio::time::Instant;
use url::Url;

pub use self::http::HttpEngine;
pub use self::jar::Jar;

use crate::model::{Capture, Failure, Flag, Hop, Outcome, RequisiteStatus, Robots, Route};
use crate::net::Fetched;

/// The page that is wanted.
#[derive(Clone, Debug)]
pub struct PageAsk {
    /// Its URL.
    pub url: Url,
    /// [`Hop::Seed`] or [`Hop::Refresh`].
    pub hop: Hop,
    /// The URL that named it.
    pub via: Option<String>,
    /// How it is captured.
    pub capture: Arc<Capture>,
    /// What an earlier answer said of itself.
    pub validators: Option<Validators>,
    /// A person listed it: then the settings say whether robots.txt counts; otherwise it counts.
    pub listed_by_person: bool,
    /// Redirects that were followed already, by the page that led here.
    pub redirects_used: u32,
    /// The route of a platform that it is asked by: its method, fields and body hold for the URL itself, not for where that
    /// redirects to.
    pub route: Option<Route>,
}

/// For conditional requests (RFC 9110 13).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Validators {
    /// The URL whose answer they are of; no other is asked with them.
    pub url: String,
    /// `ETag`, as it came.
    pub etag: Option<String>,
    /// `Last-Modified`, as it came.
    pub last_modified: Option<String>,
}

/// What was had of a page.
#[derive(Debug)]
pub struct PageTaken {
    /// All exchanges in the order in which they ended: robots.txt, redirects, the page.
    pub exchanges: Vec<Fetched>,
    /// Index of the final answer, or of what came instead of one.
    pub last: Option<usize>,
    /// What robots.txt said about the page, or about the hop that was refused.
    pub robots: Option<Robots>,
    /// The line of robots.txt that decided, and what else is to be known of it.
    pub robots_note: Option<String>,
    /// How it ended, when that is known without reading the answer.
    pub outcome_hint: Option<Outcome>,
    /// What went wrong.
    pub failure: Option<Failure>,
    /// What else is to be known.
    pub flags: Vec<Flag>,
    /// Cookies that were set on the way.
    pub jar: Jar,
    /// Redirects that were followed, those before included.
    pub redirects_used: u32,
}

/// A part of a page that is wanted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wanted {
    /// Absolute address.
    pub url: String,
    /// A name of [`crate::model::MediaKind`] or [`crate::model::RequisiteKind`].
    pub kind: String,
    /// Why it is asked for.
    pub hop: Hop,
    /// Alternative text.
    pub alt: String,
    /// It stands in the main text.
    pub content: bool,
    /// What an earlier answer said of itself: then a 304 says that what is held is the same.
    pub validators: Option<Validators>,
}

/// What became of the parts of a page.
#[derive(Debug, Default)]
pub struct Parts {
    /// Every part that was wanted, once, in order, with the exchange that answered.
    pub taken: Vec<(RequisiteStatus, Option<Fetched>)>,
    /// What else had to be asked on the way: robots.txt and redirects.
    pub beside: Vec<Fetched>,
}

/// What the parts of one page may still cost. What is in flight when the octets run out may still end.
#[derive(Clone, Copy, Debug)]
pub struct Budget {
    /// Requests.
    pub count: u32,
    /// Octets.
    pub bytes: u64,
    /// Time.
    pub until: Instant,
}

/// A way to have pages.
pub trait Engine: Send + Sync {
    /// Takes a page: robots.txt, redirects and the answer at their end. Never fails: what goes wrong is told.
    fn page(&self, ask: PageAsk, jar: Jar) -> impl Future<Output = PageTaken> + Send;

    /// Takes parts of a page, as far as the budget goes. Every one is accounted for: fetched, confirmed by 304 (held), failed, or
    /// not asked for, and why.
    fn requisites(
        &self,
        jar: &Jar,
        wanted: Vec<Wanted>,
        budget: &mut Budget,
        capture: &Arc<Capture>,
        via: &str,
    ) -> impl Future<Output = Parts> + Send;
}

#[cfg(test)]
mod tests;
