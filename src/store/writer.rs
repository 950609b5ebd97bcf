//! The writer thread: the one place that appends and commits.
//!
//! A bounded mailbox, many commands a transaction, each in a savepoint of its own, acknowledged after the
//! commit. An error of one command undoes that command; an error of the disk ends the writer, and every
//! later command is told so: nothing is promised that is not durable.

mod idle;

use std::fs::File;
use std::thread::{self, JoinHandle};

use jiff::Timestamp;
use rusqlite::Connection;
use tokio::sync::{mpsc, oneshot};

use super::budget::{self, Passed};
use super::commit::{Committer, commit};
use super::frontier::{self, Enqueued, HostPause, RunEnd, RunStart, Select};
use super::posts::PostRules;
use super::prune::{self, Removal, Removed};
use super::rereading::{self, Rereading};
use super::search::{Inside, Slice};
use super::segments::Segments;
use super::sql::sql;
use super::watches;
use crate::error::{Error, ErrorKind, Result};
use crate::model::{Captured, DocumentId, Job, NewWatch, Outcome, RecordBytes, RunId, SnapshotId, WatchId};

/// At most so many commands share a transaction.
const BATCH: usize = 512;
/// At most so many commands wait.
const MAILBOX: usize = 1024;
/// A capture that is durable.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Kept {
    /// Its snapshot.
    pub snapshot: SnapshotId,
    /// How it ended.
    pub outcome: Outcome,
    /// Octets that it added to the segments.
    pub stored: u64,
}

type Reply<T> = oneshot::Sender<Result<T>>;

enum Command {
    Commit(Box<Captured>, Reply<Kept>),
    StartRun(RunStart, Reply<RunId>),
    EndRun(RunId, RunEnd, Timestamp, Reply<()>),
    AddOnce(Vec<NewWatch>, Timestamp, Reply<Vec<WatchId>>),
    Enqueue(RunId, Select, Timestamp, Reply<Enqueued>),
    Arrive(RunId, Timestamp, bool, Reply<Vec<String>>),
    Claim(RunId, String, u32, Timestamp, Reply<Vec<Job>>),
    Release(Vec<i64>, Reply<()>),
    Pass(Vec<Passed>, Timestamp, Reply<u64>),
    Hosts(Vec<HostPause>, Timestamp, Reply<()>),
    Act(String, Option<i64>, Timestamp, String, Reply<()>),
    Prune(Removal, Reply<Removed>),
    Reread(Rereading, Reply<Vec<DocumentId>>),
    Index(usize, Reply<Slice>),
}

/// A handle to the writer thread. The thread ends when [`Writer::close`] is called.
#[derive(Clone)]
pub struct Writer {
    mailbox: mpsc::Sender<Command>,
    thread: std::sync::Arc<std::sync::Mutex<Option<JoinHandle<Result<()>>>>>,
}

impl Writer {
    pub(super) fn start(
        db: Connection,
        segments: Segments,
        lock: File,
        inside: bool,
        posts: Option<PostRules>,
    ) -> Result<Self> {
        let (mailbox, inbox) = mpsc::channel(MAILBOX);
        let committer = Committer::new(&db)?;
        let cannot = |e| Error::new(ErrorKind::Internal, "cannot start the writer thread").because(e);
        let patience = tokio::runtime::Builder::new_current_thread().enable_time().build().map_err(cannot)?;
        let thread = thread::Builder::new()
            .name("keepfast-writer".into())
            .spawn(move || {
                let inside = if inside { Inside::All } else { Inside::Off };
                let (broken, is_behind) = (None, true);
                let spent = budget::Tally::default();
                let thread =
                    Thread { db, segments, committer, spent, broken, is_behind, inside, posts, patience, _lock: lock };
                thread.run(inbox)
            })
            .map_err(cannot)?;
        Ok(Self { mailbox, thread: std::sync::Arc::new(std::sync::Mutex::new(Some(thread))) })
    }

    /// Commands that wait for their turn.
    pub fn waiting(&self) -> usize {
        self.mailbox.max_capacity() - self.mailbox.capacity()
    }

    async fn ask<T>(&self, make: impl FnOnce(Reply<T>) -> Command) -> Result<T> {
        let (reply, answer) = oneshot::channel();
        let gone = || Error::new(ErrorKind::Internal, "the writer has ended");
        self.mailbox.send(make(reply)).await.map_err(|_| gone())?;
        answer.await.map_err(|_| gone())?
    }

    /// Appends the records, commits the rows, and returns when both are durable.
    pub async fn commit(&self, captured: Captured) -> Result<Kept> {
        self.ask(|reply| Command::Commit(Box::new(captured), reply)).await
    }

    /// Notes the beginning of a run.
    pub async fn start_run(&self, start: RunStart) -> Result<RunId> {
        self.ask(|reply| Command::StartRun(start, reply)).await
    }

    /// Notes the end of a run.
    pub async fn end_run(&self, run: RunId, end: RunEnd, at: Timestamp) -> Result<()> {
        self.ask(|reply| Command::EndRun(run, end, at, reply)).await
    }

    /// Adds watches that are captured once: those that are new are not looked at again by themselves.
    pub async fn add_once(&self, watches: Vec<NewWatch>, at: Timestamp) -> Result<Vec<WatchId>> {
        self.ask(|reply| Command::AddOnce(watches, at, reply)).await
    }

    /// Puts what is due (or what was selected) into the frontier.
    pub async fn enqueue(&self, run: RunId, select: Select, at: Timestamp) -> Result<Enqueued> {
        self.ask(|reply| Command::Enqueue(run, select, at, reply)).await
    }

    /// Moves what has come due into the frontier and gives the hosts that have work by it, each once; with `all`, also those
    /// whose work waited for its moment. Done again and again by what goes on for long.
    pub async fn arrive(&self, run: RunId, at: Timestamp, all: bool) -> Result<Vec<String>> {
        self.ask(|reply| Command::Arrive(run, at, all, reply)).await
    }

    /// Claims up to `limit` free jobs of a host that may be tried by `at`.
    pub async fn claim(&self, run: RunId, host: String, limit: u32, at: Timestamp) -> Result<Vec<Job>> {
        self.ask(|reply| Command::Claim(run, host, limit, at, reply)).await
    }

    /// Gives claimed jobs back untried.
    pub async fn release(&self, jobs: &[Job]) -> Result<()> {
        let ids = jobs.iter().map(|job| job.id.0).collect();
        self.ask(|reply| Command::Release(ids, reply)).await
    }

    /// Ends claimed jobs without a look, and says how many that were.
    pub async fn pass(&self, passed: Vec<Passed>, at: Timestamp) -> Result<u64> {
        self.ask(|reply| Command::Pass(passed, at, reply)).await
    }

    /// Remembers the pace of hosts over a restart.
    pub async fn hosts(&self, hosts: Vec<HostPause>, at: Timestamp) -> Result<()> {
        self.ask(|reply| Command::Hosts(hosts, at, reply)).await
    }

    /// Removes snapshots by policy: tombstones stay, and so does every record that something else refers to.
    pub async fn prune(&self, removal: Removal) -> Result<Removed> {
        self.ask(|reply| Command::Prune(removal, reply)).await
    }

    /// Commits new readings of stored octets beside the old ones, bound by an act of the custody log; the pages that say
    /// something else now are indexed again behind this.
    pub async fn reread(&self, rereading: Rereading) -> Result<Vec<DocumentId>> {
        self.ask(|reply| Command::Reread(rereading, reply)).await
    }

    /// Brings the index further by about so many octets of text. It goes on by itself whenever nothing else is asked.
    pub async fn index(&self, octets: usize) -> Result<Slice> {
        self.ask(|reply| Command::Index(octets, reply)).await
    }

    /// Notes an act in the custody log.
    pub async fn act(&self, kind: &str, subject: Option<i64>, at: Timestamp, body: String) -> Result<()> {
        let kind = kind.to_owned();
        self.ask(|reply| Command::Act(kind, subject, at, body, reply)).await
    }

    /// Ends the thread after all that was sent is done, folds the write-ahead log into the catalogue and
    /// frees the lock.
    pub fn close(self) -> Result<()> {
        let Self { mailbox, thread } = self;
        drop(mailbox);
        let thread = thread.lock().map(|mut slot| slot.take()).unwrap_or_default();
        match thread.map(JoinHandle::join) {
            None => Ok(()),
            Some(Ok(result)) => result,
            Some(Err(_)) => Err(Error::new(ErrorKind::Internal, "the writer thread panicked")),
        }
    }
}

struct Thread {
    db: Connection,
    segments: Segments,
    committer: Committer,
    /// Requests that are not written yet.
    spent: budget::Tally,
    /// The error that ended durable work.
    broken: Option<(ErrorKind, String)>,
    /// There may be something to index.
    is_behind: bool,
    /// What is indexed of what stands inside words.
    inside: Inside,
    /// Which posts there are in pages.
    posts: Option<PostRules>,
    /// Waits for a command, but not for ever.
    patience: tokio::runtime::Runtime,
    _lock: File,
}

/// What is told after the commit.
type Told = Box<dyn FnOnce(Option<&(ErrorKind, String)>)>;

impl Thread {
    fn run(mut self, mut inbox: mpsc::Receiver<Command>) -> Result<()> {
        let mut batch = Vec::with_capacity(BATCH);
        while let Some(first) = self.next(&mut inbox) {
            batch.push(first);
            while batch.len() < BATCH
                && let Ok(next) = inbox.try_recv()
            {
                batch.push(next);
            }
            self.batch(&mut batch);
        }
        if self.broken.is_none() {
            // Not needed for durability, but it leaves one file behind instead of three.
            let _ = self.db.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()));
        }
        match self.broken {
            None => Ok(()),
            Some((kind, message)) => Err(Error::new(kind, message)),
        }
    }

    fn batch(&mut self, batch: &mut Vec<Command>) {
        let mut told: Vec<Told> = Vec::with_capacity(batch.len());
        let mut spooled = Vec::new();
        if self.broken.is_none()
            && let Err(error) = self.segments.guard().and_then(|()| self.begin())
        {
            self.broken = Some((error.kind(), error.to_string()));
        }
        for command in batch.drain(..) {
            told.push(self.one(command, &mut spooled));
        }
        if self.broken.is_none()
            && let Err(error) = self.end()
        {
            self.broken = Some((error.kind(), error.to_string()));
            let _ = self.db.execute_batch("ROLLBACK");
        }
        for tell in told {
            tell(self.broken.as_ref());
        }
        for path in spooled {
            let _ = std::fs::remove_file(path);
        }
    }

    fn begin(&self) -> Result<()> {
        self.db.execute_batch("BEGIN IMMEDIATE").map_err(sql("cannot begin to write to the catalogue"))
    }

    fn end(&mut self) -> Result<()> {
        self.committer.close(&self.db)?;
        self.segments.sync(&self.db)?;
        self.spent.write(&self.db)?;
        self.db.execute_batch("COMMIT").map_err(sql("cannot commit to the catalogue"))
    }

    fn one(&mut self, command: Command, spooled: &mut Vec<std::path::PathBuf>) -> Told {
        match command {
            Command::Commit(captured, reply) => {
                spooled.extend(captured.exchanges.iter().flat_map(|e| &e.records).filter_map(|r| match &r.bytes {
                    RecordBytes::File { path, .. } => Some(path.clone()),
                    RecordBytes::Memory(_) => None,
                }));
                self.is_behind = true;
                // They were made, whatever becomes of the rows.
                self.spent.add(&captured);
                self.step(reply, |thread| {
                    thread.segments.ready(&thread.db, captured.ended_at)?;
                    commit(&thread.db, &mut thread.segments, &mut thread.committer, &captured)
                })
            }
            Command::StartRun(start, reply) => self.step(reply, |t| frontier::start_run(&t.db, &start)),
            Command::EndRun(run, end, at, reply) => self.step(reply, |t| frontier::end_run(&t.db, run, end, at)),
            Command::AddOnce(watches, at, reply) => self.step(reply, |t| watches::add_once(&t.db, &watches, at)),
            Command::Enqueue(run, select, at, reply) => {
                self.step(reply, |t| frontier::enqueue(&t.db, run, &select, at))
            }
            Command::Arrive(run, at, all, reply) => self.step(reply, |t| frontier::arrive(&t.db, run, at, all)),
            Command::Claim(run, host, limit, at, reply) => {
                self.step(reply, |t| frontier::claim(&t.db, run, &host, limit, at))
            }
            Command::Release(ids, reply) => self.step(reply, |t| frontier::release(&t.db, &ids)),
            Command::Pass(passed, at, reply) => self.step(reply, |t| budget::pass(&t.db, &passed, at)),
            Command::Hosts(hosts, at, reply) => self.step(reply, |t| frontier::keep_hosts(&t.db, &hosts, at)),
            Command::Prune(removal, reply) => self.step(reply, |t| {
                prune::remove(&t.db, &removal).and_then(|removed| {
                    let body = removal.custody_body(&removed);
                    t.committer.act(&t.db, prune::PRUNE, None, removal.at, &body).map(|()| removed)
                })
            }),
            Command::Reread(rereading, reply) => {
                self.is_behind = true;
                self.step(reply, |t| rereading::keep(&t.db, &mut t.committer, &rereading))
            }
            Command::Index(octets, reply) => self.step(reply, |t| {
                let slice = t.index(octets, &|| false)?;
                t.is_behind = slice.more;
                Ok(slice)
            }),
            Command::Act(kind, subject, at, body, reply) => {
                self.step(reply, |t| t.committer.act(&t.db, &kind, subject, at, &body))
            }
        }
    }

    /// Runs one command in a savepoint of its own.
    fn step<T: 'static>(&mut self, reply: Reply<T>, work: impl FnOnce(&mut Self) -> Result<T>) -> Told {
        let result = match &self.broken {
            Some((kind, message)) => Err(Error::new(*kind, message.clone())),
            None => self.in_savepoint(work),
        };
        Box::new(move |broken| {
            let answer = match (result, broken) {
                (Ok(_), Some((kind, message))) => Err(Error::new(*kind, message.clone())),
                (result, _) => result,
            };
            // The asker may have given up; what was committed stays committed.
            let _ = reply.send(answer);
        })
    }

    fn in_savepoint<T>(&mut self, work: impl FnOnce(&mut Self) -> Result<T>) -> Result<T> {
        let place = "cannot set a savepoint in the catalogue";
        self.execute("SAVEPOINT command").map_err(sql(place))?;
        let mark = self.segments.mark();
        let committer = self.committer.clone();
        match work(self) {
            Ok(value) => {
                self.execute("RELEASE command").map_err(sql(place))?;
                Ok(value)
            }
            Err(error) => {
                self.committer = committer;
                let undone = self.execute("ROLLBACK TO command").and_then(|()| self.execute("RELEASE command"));
                let undone = undone.map_err(sql(place)).and_then(|()| self.segments.back_to(&mark));
                // A disk that fails may not be written to again: what it holds is no longer known.
                if matches!(error.kind(), ErrorKind::Disk | ErrorKind::Io) || undone.is_err() {
                    self.broken = Some((error.kind(), error.to_string()));
                    let _ = self.db.execute_batch("ROLLBACK");
                }
                Err(error)
            }
        }
    }

    fn execute(&self, statement: &str) -> rusqlite::Result<()> {
        self.db.prepare_cached(statement)?.execute([]).map(|_| ())
    }
}
