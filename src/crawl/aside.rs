//! Answers on their way through the CPU pool, and what was read while the parts of its page are still coming.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::OwnedSemaphorePermit;

use super::ingest::{self, Reading};
use super::worker::Taken;
use super::{Crawl, follow};
use crate::error::Result;
use crate::extract;
use crate::model::{Asked, Capture, Document, DocumentPart, Flag, FollowedPage, Job, RequisitesMode};
use crate::net::{Fetched, Share};

/// Reading one page may take this long on one thread; what takes longer is hostile.
pub(super) const READING: Duration = Duration::from_secs(10);
/// Where that which was read of a page is while its parts come.
pub(super) enum Aside {
    /// In its place.
    Kept,
    /// In its place, counted as a body.
    Counted { _share: Share },
    /// Nowhere: it is to be read again.
    Forgotten,
}

/// There is no memory to hold what was read.
pub(super) struct NoRoom;

impl Crawl {
    /// Takes room for what was read of a further answer, until its look is committed. If there is none, it goes, and its row says so.
    pub(super) fn place(
        &self,
        page: &mut FollowedPage,
        read: &mut Reading,
    ) -> std::result::Result<Option<Share>, NoRoom> {
        page.document = follow::slim(std::mem::replace(&mut read.part, DocumentPart::None));
        read.load = None;
        let weight = ingest::weight(&page.document);
        let share = self.gate.share(weight);
        if weight > 0 && share.is_none() {
            page.document = DocumentPart::None;
            let why = "the memory is taken by other captures, so it was not read; its bytes are kept";
            page.reason = Some(why.to_owned());
            return Err(NoRoom);
        }
        Ok(share)
    }

    /// Reads an answer on the CPU pool: as a page, or as what a platform was asked for.
    pub(super) async fn read(
        &self,
        job: &Job,
        capture: &Arc<Capture>,
        fetched: &Arc<Fetched>,
        asked: Option<&Asked>,
        full: bool,
    ) -> Result<Reading> {
        if !capture.read {
            return Ok(ingest::unread(&fetched.exchange, &job.url, job.previous.as_ref()));
        }
        let wants_media = full && capture.requisites != RequisitesMode::None;
        let (mut alone, mut before) = (None::<Arc<OwnedSemaphorePermit>>, None);
        loop {
            let place = self.readings.enter().await;
            if before.is_none() {
                let limit = capture.max_decoded_bytes;
                before = self.before(job, &fetched.exchange, limit, alone.clone()).await?;
            }
            let Some(before) = before.clone() else {
                drop(place);
                alone = self.alone().await;
                continue;
            };
            let (url, previous) = (job.url.clone(), job.previous.clone());
            let (shared, settings, aside) = (Arc::clone(fetched), Arc::clone(capture), alone.clone());
            let asked = asked.cloned();
            let work = move |cpu: &mut ingest::Cpu| {
                // Held by the thread, which goes on with a page that was given up.
                let alone = aside;
                let previous = previous.as_ref().map(|previous| (previous, &before));
                ingest::read(cpu, &shared, &url, asked.as_ref(), &settings, previous, wants_media, alone.is_some())
            };
            match self.pool.run(READING, work).await {
                Ok(Ok(Some(mut reading))) => {
                    reading.load = Some(place.leave(ingest::weight(&reading.part)));
                    return Ok(reading);
                }
                Ok(Ok(None)) => {
                    drop(place);
                    alone = self.alone().await;
                }
                Ok(Err(error)) => return Err(error),
                Err(why) => return Ok(Reading::gave_up(&fetched.exchange, &job.url, &why)),
            }
        }
    }

    /// Looks into the body of an answer on the CPU pool: at most so many octets, content coding undone. `None`: it cannot be read,
    /// or `read` finds nothing.
    pub(super) async fn look_into<T: Send + 'static>(
        &self,
        fetched: &Arc<Fetched>,
        most: u64,
        read: impl FnOnce(&[u8], &url::Url) -> Option<T> + Send + 'static,
    ) -> Option<T> {
        let fetched = Arc::clone(fetched);
        let work = move |_: &mut ingest::Cpu| {
            let base = url::Url::parse(&fetched.exchange.url).ok()?;
            let coding = fetched.exchange.header("content-encoding").unwrap_or_default();
            let mut body = fetched.body.reader().ok()?;
            read(&extract::decode(&mut body, &coding, most).bytes, &base)
        };
        self.pool.run(READING, work).await.ok().flatten()
    }

    /// What the first answer says, apart from the reading, which may be put aside.
    pub(super) async fn own(&self, reading: &Reading) -> Result<Option<Arc<Document>>> {
        Ok(match (&reading.part, &reading.known) {
            (DocumentPart::New(read), _) => Some(Arc::new(read.document.clone())),
            (_, Some(known)) => Some(Arc::clone(known)),
            (DocumentPart::Known(known), None) => Some(Arc::new(self.document(known.id).await?)),
            (DocumentPart::None, None) => None,
        })
    }

    /// Waits until no other large page is read.
    async fn alone(&self) -> Option<Arc<OwnedSemaphorePermit>> {
        // Never closed, so it never fails.
        Arc::clone(&self.large).acquire_owned().await.ok().map(Arc::new)
    }

    /// What was read must not wait in the lane for parts that may be slow to come. It counts as a body instead; where
    /// bodies take all the memory, it is forgotten, and the page read again when its parts are there.
    pub(super) fn put_aside(&self, reading: &mut Reading) -> Aside {
        let weight = ingest::weight(&reading.part);
        reading.load = None;
        reading.known = None;
        match self.gate.share(weight) {
            _ if weight == 0 => Aside::Kept,
            Some(share) => Aside::Counted { _share: share },
            None => {
                reading.part = DocumentPart::None;
                Aside::Forgotten
            }
        }
    }

    pub(super) async fn read_again(
        &self,
        job: &Job,
        capture: &Arc<Capture>,
        taken: &Taken,
        reading: &mut Reading,
        full: bool,
    ) -> Result<()> {
        let Some(fetched) = taken.last.and_then(|i| taken.fetched.get(i)) else { return Ok(()) };
        let again = self.read(job, capture, fetched, taken.asked.as_ref(), full).await?;
        if again.flags.contains(&Flag::ReadingGaveUp) {
            reading.flags.push(Flag::ReadingGaveUp);
        }
        (reading.part, reading.load) = (again.part, again.load);
        Ok(())
    }
}
