//! Recomputes everything from the octets and believes nothing: the catalogue's own soundness, every record's
//! digests, every row's bytes, and the custody log from its first entry to its last.

mod changes;
mod posts;
mod readings;
mod records;

use std::collections::HashMap;
use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;

use readings::Bound;
use serde::Serialize;
use sha2::{Digest as _, Sha256};

use crate::error::{Error, ErrorKind, Result};
use crate::model::{Digest, Place, RunId, SnapshotId};
use crate::seal::RunFacts;
use crate::store::{Archive, CustodyRow, Filter, Reader, SegmentRow};

/// Problems that are listed; the rest is counted.
const LISTED: usize = 1000;
/// Snapshots that a thread takes at once.
const BATCH: u32 = 64;

/// What is wrong with something.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Fault {
    /// It is there, and it is not what was written.
    Altered,
    /// It is not there, or only a part of it.
    Missing,
    /// It is there, and nothing refers to it.
    Unaccounted,
    /// The catalogue itself is unsound.
    Catalogue,
}

/// One thing that is wrong.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Problem {
    /// What kind of wrong.
    pub fault: Fault,
    /// Where: `snapshot 12`, `warc/2026-11/…: octet 4711`, `custody 7`.
    pub place: String,
    /// One sentence.
    pub message: String,
}

/// What verification found.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Report {
    /// Snapshots looked at.
    pub snapshots: u64,
    /// WARC records recomputed.
    pub records: u64,
    /// Octets of segments read.
    pub bytes: u64,
    /// Entries of the custody log recomputed.
    pub custody: u64,
    /// Hash that the custody log ends in.
    pub head: Option<Digest>,
    /// What is wrong, first things first; at most a thousand.
    pub problems: Vec<Problem>,
    /// How many problems there are in all.
    pub problem_count: u64,
}

impl Report {
    /// Nothing is wrong.
    pub fn is_clean(&self) -> bool {
        self.problem_count == 0
    }

    fn add(&mut self, problem: Problem) {
        self.problem_count += 1;
        if self.problems.len() < LISTED {
            self.problems.push(problem);
        }
    }
}

/// What the threads found out together.
#[derive(Default)]
struct Found {
    leaves: HashMap<i64, Digest>,
    places: Vec<Place>,
    problems: Vec<(i64, Problem)>,
}

/// Verifies a whole archive with so many threads (zero: one a core).
pub fn archive(archive: &Archive, threads: usize) -> Result<Report> {
    let reader = archive.reader()?;
    // One moment for all that follows here; the threads only see more, never less.
    reader.freeze()?;
    let mut report = Report::default();
    for message in reader.integrity()? {
        report.add(Problem { fault: Fault::Catalogue, place: "catalog.db".into(), message });
    }
    for message in reader.miscounted()? {
        report.add(Problem { fault: Fault::Altered, place: "catalog.db: tally".into(), message });
    }
    let segments = reader.segments()?;
    let custody_end = reader.custody_end()?;
    let last = reader.newest_snapshot()?;
    let threads = match threads {
        0 => thread::available_parallelism().map_or(2, usize::from),
        n => n,
    };
    let found = snapshots(archive, last, threads, &mut report)?;
    check_segments(archive.layout().root(), &segments, &reader, &found, &mut report)?;
    let mut problems = found.problems;
    problems.sort_by_key(|(snapshot, _)| *snapshot);
    for (_, problem) in problems {
        report.add(problem);
    }
    let bound = custody(&reader, &found.leaves, custody_end, &mut report)?;
    bound.check(archive, &reader, threads)?.into_iter().for_each(|problem| report.add(problem));
    posts::check(&reader, &mut |problem| report.add(problem))?;
    Ok(report)
}

/// Recomputes the records and leaves of all snapshots up to `last`.
fn snapshots(archive: &Archive, last: SnapshotId, threads: usize, report: &mut Report) -> Result<Found> {
    let found = Mutex::new(Found::default());
    let (after, records, bytes, count) =
        (Mutex::new(SnapshotId(0)), AtomicU64::new(0), AtomicU64::new(0), AtomicU64::new(0));
    let failed: Mutex<Option<Error>> = Mutex::new(None);
    let work = || -> Result<()> {
        let reader = archive.reader()?;
        let mut checker = records::Checker::new(&reader)?;
        loop {
            let ids = {
                let mut after = lock(&after);
                let ids = reader.select(&Filter::default(), *after, BATCH)?;
                match ids.last() {
                    Some(id) => *after = *id,
                    None => return Ok(()),
                }
                ids
            };
            for id in ids {
                if id > last {
                    return Ok(());
                }
                let mut mine = Vec::new();
                let leaf = checker.snapshot(id, &mut mine);
                count.fetch_add(1, Ordering::Relaxed);
                let mut found = lock(&found);
                match leaf {
                    Ok(checked) => {
                        records.fetch_add(checked.records, Ordering::Relaxed);
                        bytes.fetch_add(checked.bytes, Ordering::Relaxed);
                        found.places.extend(checked.places);
                        found.leaves.insert(id.0, checked.leaf);
                    }
                    Err(error) => mine.push(Problem {
                        fault: Fault::Catalogue,
                        place: format!("snapshot {id}"),
                        message: error.to_string(),
                    }),
                }
                found.problems.extend(mine.into_iter().map(|problem| (id.0, problem)));
            }
        }
    };
    thread::scope(|scope| {
        for _ in 0..threads.max(1) {
            scope.spawn(|| {
                if let Err(error) = work() {
                    lock(&failed).get_or_insert(error);
                }
            });
        }
    });
    if let Some(error) = lock(&failed).take() {
        return Err(error);
    }
    report.snapshots = count.into_inner();
    report.records = records.into_inner();
    report.bytes = bytes.into_inner();
    Ok(found.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner))
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}

/// Files and their digests, and octets that no row accounts for.
fn check_segments(
    root: &Path,
    segments: &[SegmentRow],
    reader: &Reader,
    found: &Found,
    report: &mut Report,
) -> Result<()> {
    let mut by_segment: HashMap<i64, Vec<(u64, u64)>> = HashMap::new();
    for place in found.places.iter().copied().chain(reader.chains()?.into_iter().map(|(_, place)| place)) {
        by_segment.entry(place.segment.0).or_default().push((place.offset, place.length));
    }
    for segment in segments.iter().filter(|segment| !segment.removed) {
        let mut add = |fault, message| report.add(Problem { fault, place: segment.path.clone(), message });
        let path = root.join(&segment.path);
        let length = match std::fs::metadata(&path) {
            Ok(meta) => meta.len(),
            Err(cause) => {
                add(Fault::Missing, format!("the segment cannot be read: {cause}"));
                continue;
            }
        };
        if length < segment.length {
            add(Fault::Missing, format!("it has {length} octets, but {} were committed", segment.length));
        } else if length > segment.length && segment.digest.is_some() {
            add(Fault::Altered, format!("it has {length} octets, but was sealed with {}", segment.length));
        }
        if let Some(digest) = segment.digest
            && length >= segment.length
        {
            match digest_file(&path, segment.length) {
                Ok(now) if now == digest => {}
                Ok(now) => add(Fault::Altered, format!("its digest is {now}, but it was sealed with {digest}")),
                Err(cause) => add(Fault::Missing, format!("it cannot be read: {cause}")),
            }
        }
        let mut places = by_segment.remove(&segment.id.0).unwrap_or_default();
        places.sort_unstable();
        // What was removed by policy leaves gaps; that it was there, the tombstones and the custody log say.
        let may_have_gaps = reader.has_tombstones()?;
        // The first record is warcinfo, which no row stands for.
        let mut at = match records::warcinfo_length(&path) {
            Ok(length) => length,
            Err(message) => {
                report.add(Problem { fault: Fault::Altered, place: format!("{}: octet 0", segment.path), message });
                places.first().map_or(0, |(offset, _)| *offset)
            }
        };
        for (offset, length) in places {
            if offset > at && !may_have_gaps {
                report.add(Problem {
                    fault: Fault::Unaccounted,
                    place: format!("{}: octet {at}", segment.path),
                    message: format!("{} octets belong to no row of the catalogue", offset - at),
                });
            }
            at = at.max(offset + length);
        }
        if at < segment.length && !may_have_gaps {
            report.add(Problem {
                fault: Fault::Unaccounted,
                place: format!("{}: octet {at}", segment.path),
                message: format!("{} octets belong to no row of the catalogue", segment.length - at),
            });
        }
    }
    Ok(())
}

fn digest_file(path: &Path, length: u64) -> std::io::Result<Digest> {
    use std::io::Read as _;
    let mut file = std::fs::File::open(path)?.take(length);
    let mut hasher = Sha256::new();
    let mut chunk = vec![0; 1 << 18];
    loop {
        match file.read(&mut chunk)? {
            0 => return Ok(Digest(hasher.finalize().into())),
            n => hasher.update(&chunk[..n]),
        }
    }
}

/// Follows the custody log and compares each link with what the rows and records give now; returns what it says of
/// documents that were read again.
fn custody(reader: &Reader, leaves: &HashMap<i64, Digest>, end: i64, report: &mut Report) -> Result<Bound> {
    let mut bound = Bound::default();
    let (mut before, mut seq) = ([0; 32], 0);
    let mut logged = 0u64;
    'all: loop {
        let rows = reader.custody(seq, 4096)?;
        if rows.is_empty() {
            break;
        }
        for row in rows {
            if row.seq > end {
                break 'all;
            }
            if row.seq != seq + 1 {
                report.add(Problem {
                    fault: Fault::Missing,
                    place: format!("custody {}", seq + 1),
                    message: format!("the log goes on with entry {}", row.seq),
                });
            }
            seq = row.seq;
            logged += u64::from(row.kind == SNAPSHOT && row.subject.is_some_and(|id| leaves.contains_key(&id)));
            bound.hear(&row);
            match leaf_of(reader, &row, leaves)? {
                Some(leaf) if link(&before, &leaf) == row.hash.0 => {}
                Some(_) => report.add(Problem {
                    fault: Fault::Altered,
                    place: match (row.kind.as_str(), row.subject) {
                        (SNAPSHOT, Some(id)) => format!("snapshot {id}"),
                        _ => format!("custody {}", row.seq),
                    },
                    message: format!("it is not what entry {} of the custody log was made of", row.seq),
                }),
                None => report.add(Problem {
                    fault: Fault::Missing,
                    place: format!("custody {}", row.seq),
                    message: format!("its snapshot {} is gone without a tombstone", row.subject.unwrap_or_default()),
                }),
            }
            before = row.hash.0;
        }
    }
    report.custody = seq.max(0) as u64;
    report.head = (seq > 0).then_some(Digest(before));
    if logged < leaves.len() as u64 {
        report.add(Problem {
            fault: Fault::Missing,
            place: "custody".into(),
            message: format!("{} snapshots have no entry in the custody log", leaves.len() as u64 - logged),
        });
    }
    Ok(bound)
}

const SNAPSHOT: &str = "snapshot";

fn leaf_of(reader: &Reader, row: &CustodyRow, leaves: &HashMap<i64, Digest>) -> Result<Option<Digest>> {
    match (row.kind.as_str(), row.subject) {
        (SNAPSHOT, Some(id)) => match leaves.get(&id) {
            Some(leaf) => Ok(Some(*leaf)),
            None => Ok(reader.tombstone(SnapshotId(id))?.map(|tombstone| tombstone.leaf)),
        },
        _ => Ok(Some(Digest::of(row.body.as_deref().unwrap_or_default().as_bytes()))),
    }
}

/// RFC 9162 2.1.1: the leaf hash over the hash before and the digest of the leaf.
fn link(before: &[u8; 32], leaf: &Digest) -> [u8; 32] {
    let mut hasher = Sha256::new();
    hasher.update([0]);
    hasher.update(before);
    hasher.update(leaf.0);
    hasher.finalize().into()
}

/// The digest of a snapshot's leaf, recomputed from its rows and records; an error if they are not sound.
pub fn leaf_digest(reader: &Reader, id: SnapshotId) -> Result<Digest> {
    let mut problems = Vec::new();
    let checked = records::Checker::new(reader)?.snapshot(id, &mut problems)?;
    match problems.into_iter().next() {
        None => Ok(checked.leaf),
        Some(problem) => Err(Error::new(ErrorKind::Verify, format!("{}: {}", problem.place, problem.message))
            .hint("run `keepfast verify` to see what else is damaged")),
    }
}

/// What of a run goes into leaves, read once a run.
#[derive(Default)]
struct Runs {
    known: HashMap<i64, RunFacts>,
}

impl Runs {
    fn of(&mut self, reader: &Reader, run: RunId) -> Result<RunFacts> {
        if let Some(facts) = self.known.get(&run.0) {
            return Ok(facts.clone());
        }
        let (config, software) = reader.run_facts(run)?;
        let facts = RunFacts { config, software };
        self.known.insert(run.0, facts.clone());
        Ok(facts)
    }
}
