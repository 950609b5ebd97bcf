//! What the pages of a thread say together: how many comments there are, whether these are all, and whether they differ
//! from what the last good snapshot has.

use std::collections::HashMap;

use super::before;
use super::follow::is_cut;
use super::followed::Continuation;
use super::ingest::{Cpu, Reading};
use crate::error::Result;
use crate::extract::READER_VERSION;
use crate::model::thread::merge;
use crate::model::{
    Comment, CommentCount, Document, DocumentPart, Flag, Job, KnownDocument, Outcome, PageRule, Previous, PreviousPage,
    Shortfall,
};

/// What the snapshot is marked with.
pub(super) fn flag(shortfall: Option<Shortfall>) -> Option<Flag> {
    match shortfall {
        None | Some(Shortfall::Off | Shortfall::Claimed) => None,
        Some(Shortfall::Budget | Shortfall::Robots | Shortfall::Wall | Shortfall::Failed | Shortfall::Cut) => {
            Some(Flag::CommentsPartial)
        }
    }
}

/// Counts the comments of all pages, and puts together what is to be compared with the last good snapshot.
pub(super) fn settle(
    cpu: &Cpu,
    job: &Job,
    reading: &Reading,
    pages: &[Continuation],
    shortfall: Option<Shortfall>,
    max_decoded: u64,
) -> Result<Settled> {
    if !reading.outcome.is_content() {
        return Ok(Settled::default());
    }
    let previous = job.previous.as_ref();
    let paged = !pages.is_empty() || previous.is_some_and(|p| p.paged);
    if !paged && reading.same_as_previous {
        return Ok(Settled::counted(previous.and_then(|p| p.comments)));
    }
    if !paged && let Some(document) = reading.document() {
        let seen = document.comments.len();
        return Ok(Settled::counted(count(document, seen, pages, shortfall, reading.outcome)));
    }
    let mut document = match (reading.document(), &reading.part) {
        (Some(document), _) => document.clone(),
        (None, DocumentPart::Known(known)) => cpu.reader.document(known.id)?.0,
        (None, _) => return Ok(Settled::default()),
    };
    if !paged {
        let seen = document.comments.len();
        return Ok(Settled::counted(count(&document, seen, pages, shortfall, reading.outcome)));
    }
    let mut now = HashMap::new();
    let mut whole = vec![(0, document.comments.clone())];
    let mut claims = Claims { own: document.comments_claimed, services: None, read: document.comments.len() };
    for Continuation { page, .. } in pages.iter().filter(|page| page.page.rule.is_of_thread()) {
        let service = page.rule == PageRule::CommentService;
        let (comments, claimed) = match &page.document {
            DocumentPart::None => continue,
            DocumentPart::New(read) => (read.document.comments.clone(), read.document.comments_claimed),
            DocumentPart::Known(known) if service => {
                let known = cpu.reader.document(known.id)?.0;
                (known.comments, known.comments_claimed)
            }
            DocumentPart::Known(known) => (cpu.reader.comments(known.id)?, None),
        };
        claims.add(service, comments.len(), claimed);
        whole.push((page.place, comments.clone()));
        now.insert(page.url.clone(), (page.place, comments));
    }
    let merged = merge(whole).len();
    document.comments_claimed = claims.together();
    let count = count(&document, merged, pages, shortfall, reading.outcome);
    let both = match previous {
        Some(previous) => (Then { cpu, previous, reading, followed: pages, max_decoded }).documents(
            document,
            now,
            is_partial(shortfall),
        )?,
        None => None,
    };
    Ok(Settled { count, both })
}

/// What the pages of a thread say together.
#[derive(Default)]
pub(super) struct Settled {
    pub count: Option<CommentCount>,
    /// The whole thread as it was and as it is, where it goes over several pages.
    pub both: Option<(Document, Document)>,
}

impl Settled {
    fn counted(count: Option<CommentCount>) -> Self {
        Self { count, both: None }
    }
}

/// How many comments there are, as the page itself says, and the services that it embeds.
struct Claims {
    own: Option<u32>,
    services: Option<u32>,
    /// So many comments the page and its own further pages have.
    read: usize,
}

impl Claims {
    fn add(&mut self, service: bool, read: usize, claimed: Option<u32>) {
        if service {
            self.services = claimed.map(|n| n.saturating_add(self.services.unwrap_or(0))).or(self.services);
        } else {
            self.read += read;
            self.own = self.own.or(claimed);
        }
    }

    /// Of both: what the page says of itself counts the comments of its service as well, unless it is what the page has without.
    fn together(&self) -> Option<u32> {
        let (Some(own), Some(services)) = (self.own, self.services) else { return self.services.or(self.own) };
        Some(match u32::try_from(self.read).unwrap_or(u32::MAX) {
            0 => services,
            n if n >= own => own.saturating_add(services),
            _ => own.max(services),
        })
    }
}

fn count(
    document: &Document,
    seen: usize,
    pages: &[Continuation],
    shortfall: Option<Shortfall>,
    outcome: Outcome,
) -> Option<CommentCount> {
    let claimed = document.comments_claimed;
    if seen == 0 && pages.is_empty() && claimed.is_none_or(|n| n == 0) {
        return None;
    }
    let seen = u32::try_from(seen).unwrap_or(u32::MAX);
    let cut = outcome == Outcome::Truncated || is_cut(document);
    let shortfall = shortfall
        .or(cut.then_some(Shortfall::Cut))
        .or(claimed.filter(|claimed| *claimed > seen).map(|_| Shortfall::Claimed));
    Some(CommentCount { seen, claimed, shortfall })
}

/// Pages that are known were not had.
fn is_partial(shortfall: Option<Shortfall>) -> bool {
    !matches!(shortfall, None | Some(Shortfall::Claimed | Shortfall::Cut))
}

type Pages = HashMap<String, (i64, Vec<Comment>)>;

/// The last good snapshot, and what is known of this look.
struct Then<'a> {
    cpu: &'a Cpu,
    previous: &'a Previous,
    reading: &'a Reading,
    followed: &'a [Continuation],
    max_decoded: u64,
}

impl Then<'_> {
    /// The whole thread as it was and as it is; `None`: nothing was read then. A page that was not had on one of the two
    /// looks tells nothing about a change: it is taken as it was on the other.
    fn documents(&self, mut now: Document, mut pages: Pages, partial: bool) -> Result<Option<(Document, Document)>> {
        let Some(known) = self.previous.document else { return Ok(None) };
        let is_same = matches!(&self.reading.part, DocumentPart::Known(now) if now.id == known.id);
        let then = if is_same { Some(now.clone()) } else { self.document(known)? };
        let Some(mut then) = then else { return Ok(None) };
        let mut before: Pages = HashMap::new();
        let mut lost = Vec::new();
        for PreviousPage { row, document, .. } in self.cpu.reader.previous_pages(self.previous.snapshot)? {
            let Some(known) = document.filter(|_| row.rule.is_of_thread()) else { continue };
            let is_same =
                |p: &&Continuation| matches!(&p.page.document, DocumentPart::Known(now) if now.id == known.id);
            let same = self.followed.iter().find(is_same).and_then(|p| pages.get(&p.page.url));
            let comments = match same {
                Some((_, comments)) => Some(comments.clone()),
                None if known.version == READER_VERSION => Some(self.cpu.reader.comments(known.id)?),
                None => self.document(known)?.map(|document| document.comments),
            };
            match comments {
                Some(comments) => drop(before.insert(row.url, (row.place, comments))),
                None => lost.push(row.url),
            }
        }
        // An earlier reader did not look for further pages.
        let partial_then = is_partial(self.previous.comments.and_then(|c| c.shortfall))
            || (before.is_empty() && lost.is_empty() && then.paging.is_some());
        let (mine, theirs) = (pages.clone(), before.clone());
        if partial {
            theirs.into_iter().for_each(|(url, page)| {
                pages.entry(url).or_insert(page);
            });
        }
        for (url, page) in mine {
            if partial_then || lost.contains(&url) {
                before.entry(url).or_insert(page);
            }
        }
        gather(&mut now, pages);
        gather(&mut then, before);
        Ok(Some((then, now)))
    }

    fn document(&self, known: KnownDocument) -> Result<Option<Document>> {
        before::document(self.cpu, self.previous.snapshot, known, self.max_decoded)
    }
}

fn gather(document: &mut Document, pages: Pages) {
    let first = (0, std::mem::take(&mut document.comments));
    document.comments = merge(pages.into_values().chain([first]).collect());
}
