//! Reading again what is stored, offline: page after page out of the segments through the CPU pool, what was read to
//! the writer, many pages a commit. Nothing is held that was not asked for, and what was committed is never done twice,
//! so it may be stopped at any moment and taken up by running it again.

use std::collections::{HashMap, HashSet, VecDeque};
use std::future::Future;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use futures_util::stream::{FuturesUnordered, StreamExt as _};
use tokio::sync::Semaphore;

use super::aside::READING;
use super::dispatch::{Stop, Stopper};
use super::pool::{GaveUp, Pool};
use super::stored::{self, Stored};
use super::tally::{RereadSummary, Why};
use super::{SOFTWARE, read};
use crate::clock::Clock;
use crate::config::Config;
use crate::error::{Error, ErrorKind, Result};
use crate::extract::READER_VERSION;
use crate::model::{ReadDocument, SnapshotId};
use crate::store::{Archive, Filter, Payloads, Readable, Reader, Reread, Rereading, Writer};

/// Snapshots that are looked at at once, at least; which other watches show the same is looked up for all of them together.
const PAGE: u32 = 8192;
/// Readings that are committed together, at most …
const BATCH: usize = 64;
/// … and about so many octets of them.
const BATCH_WEIGHT: u64 = 8 << 20;
/// Seeing what there is to read is bounded by the page, so this only catches a fault of ours.
const SELECTING: Duration = Duration::from_secs(600);
/// What reading again works with.
pub struct RereadParts {
    /// The archive.
    pub archive: Archive,
    /// Its writer.
    pub writer: Writer,
    /// Settings.
    pub config: Arc<Config>,
    /// The clock.
    pub clock: Arc<dyn Clock>,
    /// Who asks for it, for the custody log.
    pub by: String,
    /// Threads that read; zero: one a core.
    pub threads: usize,
}

/// What is read again.
#[derive(Clone, Debug, Default)]
pub struct RereadAsk {
    /// What these snapshots hold.
    pub filter: Filter,
    /// Also what the present reader has read already.
    pub all: bool,
}

/// What each thread of the pool keeps.
struct Shelf {
    reader: Reader,
    payloads: Payloads,
    config: Arc<Config>,
    /// Limits of watches that were asked for lately.
    limits: HashMap<i64, u64>,
}

/// Limits that a thread remembers.
const LIMITS: usize = 4096;

/// What came of one page.
enum Found {
    Read(Box<ReadDocument>, u64),
    Large,
    Lost(Why, String),
}

impl Shelf {
    fn read(&mut self, of: &Readable, alone: bool) -> Result<Found> {
        let Some(origin) = self.reader.origin(of.snapshot, of.document)? else {
            return Ok(Found::Lost(Why::Missing, "the catalogue does not say where its octets are".into()));
        };
        let limit = self.limit(of)?;
        Ok(match stored::read(&self.payloads, &origin, limit, alone)? {
            Stored::Read(page) => Found::Read(read::ready(page.document)?, page.decoded_len),
            Stored::Large => Found::Large,
            Stored::Missing(message) => Found::Lost(Why::Missing, message),
            Stored::Damaged(message) => Found::Lost(Why::Damaged, message),
        })
    }

    /// How far the body of a page of this watch is decoded, as for a capture.
    fn limit(&mut self, of: &Readable) -> Result<u64> {
        if let Some(limit) = self.limits.get(&of.watch.0) {
            return Ok(*limit);
        }
        let watch = self.reader.watch(of.watch)?.map(|watch| watch.what).ok_or_else(|| {
            Error::new(ErrorKind::Archive, format!("there is no watch {} for snapshot {}", of.watch, of.snapshot))
        })?;
        let limit = self.config.capture_for(&watch.tags, &watch.options)?.max_decoded_bytes;
        if self.limits.len() >= LIMITS {
            self.limits.clear();
        }
        self.limits.insert(of.watch.0, limit);
        Ok(limit)
    }
}

/// Reads again what is asked for. `told` hears how far it is after each page.
pub async fn reextract(
    parts: RereadParts,
    ask: &RereadAsk,
    stopper: &Stopper,
    told: &mut dyn FnMut(&RereadSummary),
) -> Result<RereadSummary> {
    let threads = match parts.threads {
        0 => std::thread::available_parallelism().map_or(2, usize::from),
        n => n,
    };
    let (archive, config) = (parts.archive.clone(), Arc::clone(&parts.config));
    let make = Arc::new(move || {
        let reader = archive.reader()?;
        Ok(Shelf { payloads: reader.payloads()?, reader, config: Arc::clone(&config), limits: HashMap::new() })
    });
    let again = Again { pool: Pool::new(threads, make)?, parts, ask, large: Arc::new(Semaphore::new(1)) };
    let mut work = Work {
        queue: VecDeque::new(),
        after: Some(SnapshotId(0)),
        seen: HashSet::new(),
        batch: Vec::new(),
        weight: 0,
        under_way: 0,
        summary: RereadSummary { reader: READER_VERSION, ..RereadSummary::default() },
    };
    again.run(&mut work, 2 * threads, stopper, told).await?;
    work.summary.interrupted = !work.is_done();
    Ok(work.summary)
}

/// What does not change while it goes on.
struct Again<'a> {
    pool: Pool<Shelf>,
    parts: RereadParts,
    ask: &'a RereadAsk,
    /// Who reads a large page.
    large: Arc<Semaphore>,
}

/// How far it is.
struct Work {
    queue: VecDeque<Readable>,
    /// Snapshots up to here were looked at; `None`: all were.
    after: Option<SnapshotId>,
    /// What was begun: several snapshots hold the same, and what could not be read is not tried again.
    seen: HashSet<u64>,
    batch: Vec<Reread>,
    weight: u64,
    /// Pages that are being read or committed.
    under_way: usize,
    summary: RereadSummary,
}

/// A step that is under way.
type Step<'a> = Pin<Box<dyn Future<Output = Done> + Send + 'a>>;

/// A step that is done.
enum Done {
    Selected(Result<(Vec<Readable>, Option<SnapshotId>)>),
    Page(Readable, Result<Found>),
    Committed(Result<Committed>),
}

/// What was committed: pages, and those among them that read differently than before.
struct Committed {
    read: u64,
    differ: u64,
}

impl Again<'_> {
    async fn run(
        &self,
        work: &mut Work,
        places: usize,
        stopper: &Stopper,
        told: &mut dyn FnMut(&RereadSummary),
    ) -> Result<()> {
        let mut stop = stopper.watch();
        let mut steps: FuturesUnordered<Step<'_>> = FuturesUnordered::new();
        let (mut reading, mut selecting, mut committing) = (0usize, false, false);
        let mut broken: Option<Error> = None;
        loop {
            let asked = *stop.borrow_and_update();
            if asked == Stop::Now {
                break;
            }
            let going = asked == Stop::No && broken.is_none();
            let is_last = reading == 0 && !selecting && (!going || (work.queue.is_empty() && work.after.is_none()));
            if !committing && !work.batch.is_empty() && (work.is_full() || is_last) {
                committing = true;
                let readings = work.take();
                work.under_way += readings.len();
                steps.push(Box::pin(self.commit(readings)));
            }
            if let Some(after) = work.after.filter(|_| going && !selecting && work.queue.len() < PAGE as usize / 8) {
                selecting = true;
                steps.push(Box::pin(self.select(after)));
            }
            // While a batch is committed the next one is read, and no more than that.
            while going && reading < places && !(committing && work.is_full()) {
                let Some(next) = work.queue.pop_front() else { break };
                (reading, work.under_way) = (reading + 1, work.under_way + 1);
                steps.push(Box::pin(self.page(next)));
            }
            if steps.is_empty() {
                // Nothing is left, or nothing more may be begun.
                break;
            }
            let done = tokio::select! {
                biased;
                _ = stop.changed() => continue,
                Some(done) = steps.next() => done,
            };
            let result = match done {
                Done::Selected(selected) => {
                    selecting = false;
                    selected.map(|(found, last)| work.selected(found, last))
                }
                Done::Page(of, found) => {
                    (reading, work.under_way) = (reading - 1, work.under_way - 1);
                    found.map(|found| work.found(of, found))
                }
                Done::Committed(committed) => {
                    committing = false;
                    committed.map(|committed| {
                        work.under_way -= committed.read as usize;
                        work.summary.read += committed.read;
                        work.summary.differ += committed.differ;
                    })
                }
            };
            if let Err(error) = result {
                broken.get_or_insert(error);
            }
            told(&work.summary);
        }
        broken.map_or(Ok(()), Err)
    }

    async fn select(&self, after: SnapshotId) -> Done {
        let (filter, version) = (self.ask.filter.clone(), (!self.ask.all).then_some(READER_VERSION));
        let work = move |shelf: &mut Shelf| shelf.reader.readable(&filter, version, after, PAGE);
        let selected = self.pool.run(SELECTING, work).await;
        Done::Selected(selected.unwrap_or_else(|why| {
            Err(Error::new(ErrorKind::Internal, format!("seeing what there is to read failed: {why:?}")))
        }))
    }

    async fn page(&self, of: Readable) -> Done {
        let mut alone = None;
        loop {
            let (it, is_alone) = (of.clone(), alone.is_some());
            let work = move |shelf: &mut Shelf| {
                // Held by the thread, which goes on with a page that was given up.
                let _alone = alone;
                shelf.read(&it, is_alone)
            };
            let found = match self.pool.run(READING, work).await {
                Ok(Ok(Found::Large)) => {
                    alone = Some(Arc::clone(&self.large).acquire_owned().await);
                    continue;
                }
                Ok(found) => found,
                Err(why) => {
                    let how = match why {
                        GaveUp::Time => "took too long and was given up",
                        GaveUp::Panic => "failed",
                    };
                    Ok(Found::Lost(Why::GaveUp, format!("reading the page {how}")))
                }
            };
            return Done::Page(of, found);
        }
    }

    async fn commit(&self, readings: Vec<Reread>) -> Done {
        let differ = readings.iter().filter(|reread| reread.read.digest != reread.of.digest).count() as u64;
        let read = readings.len() as u64;
        let at = self.parts.clock.now();
        let rereading = Rereading { readings, at, by: self.parts.by.clone(), software: SOFTWARE.to_owned() };
        Done::Committed(self.parts.writer.reread(rereading).await.map(|_| Committed { read, differ }))
    }
}

impl Work {
    fn selected(&mut self, found: Vec<Readable>, last: Option<SnapshotId>) {
        self.after = last;
        for readable in found {
            let mut hasher = DefaultHasher::new();
            readable.key().hash(&mut hasher);
            if self.seen.insert(hasher.finish()) {
                self.queue.push_back(readable);
            }
        }
    }

    fn found(&mut self, of: Readable, found: Found) {
        match found {
            Found::Read(read, bytes) => {
                self.summary.bytes += bytes;
                if of.reader == read.version && of.digest == read.digest {
                    self.summary.same += 1;
                } else {
                    self.weight += read::weight(&read);
                    self.batch.push(Reread { of, read });
                }
            }
            Found::Lost(why, message) => self.summary.lose(of.snapshot, of.url, why, message),
            // Asked for again above, alone.
            Found::Large => {}
        }
    }

    /// Nothing of what was asked for is left, neither in the archive nor on the way to it.
    fn is_done(&self) -> bool {
        self.after.is_none() && self.queue.is_empty() && self.batch.is_empty() && self.under_way == 0
    }

    fn is_full(&self) -> bool {
        self.batch.len() >= BATCH || self.weight >= BATCH_WEIGHT
    }

    fn take(&mut self) -> Vec<Reread> {
        self.weight = 0;
        std::mem::take(&mut self.batch)
    }
}
