//! One further page of a list: asked for like those of a thread, and read for what it names.

use std::collections::HashSet;
use std::sync::Arc;

use super::super::followed::Continuation;
use super::super::trail::{Stop, Trail};
use super::super::worker::Taken;
use super::super::{Crawl, items};
use super::{Step, row};
use crate::capture::HttpEngine;
use crate::error::Result;
use crate::model::{Capture, Digest, DocumentPart, Entry, Job, Paging, PreviousPage};
use crate::net::Share;

/// The pages of a list that were had.
pub(in crate::crawl) struct Walk {
    trail: Trail,
    payloads: HashSet<Digest>,
}

impl Walk {
    /// Begins with a page that answers under these addresses.
    pub fn from<'a>(urls: impl IntoIterator<Item = &'a str>, payload: Option<Digest>) -> Self {
        Self { trail: Trail::new(urls, &Paging::default()), payloads: payload.into_iter().collect() }
    }

    /// It was not asked for yet.
    pub fn is_new(&mut self, url: &str) -> bool {
        self.trail.also(url)
    }
}

/// How a further page of a list went.
pub(in crate::crawl) struct ListPage {
    pub page: Continuation,
    /// What it names.
    pub entries: Vec<Entry>,
    /// The page after it.
    pub next: Option<String>,
    /// It was not had, or not whole.
    pub short: bool,
    pub share: Option<Share>,
}

/// A page that is not asked for.
pub(in crate::crawl) fn unasked(stop: Stop, why: Option<String>) -> Continuation {
    let mut page = row(stop);
    page.reason = why;
    Continuation { page, confirmed: None }
}

impl Crawl {
    /// Asks for one further page of a list.
    #[allow(clippy::too_many_arguments, reason = "the state of one walk, in parts that others hold")]
    pub(in crate::crawl) async fn list_page(
        &self,
        engine: &HttpEngine,
        job: &Job,
        capture: &Arc<Capture>,
        stop: Stop,
        known: Option<&PreviousPage>,
        full: bool,
        taken: &mut Taken,
        walk: &mut Walk,
    ) -> Result<ListPage> {
        let Walk { trail, payloads } = walk;
        let mut step = self.step(engine, job, capture, stop, known, full, taken, trail, payloads).await?;
        if let DocumentPart::Known(known) = &step.page.page.document {
            let document = self.document(known.id).await?;
            step.entries = items::listed(&document, capture.items, &step.page.page.url);
            step.next_page = document.next_page;
        }
        let Step { page, entries, next_page: next, short, share, .. } = step;
        Ok(ListPage { page, entries, next, short: short.is_some(), share })
    }
}
