//! Which job goes next: fair over hosts, as each host's pace allows, within the limits of the whole.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use futures_util::stream::{FuturesUnordered, StreamExt as _};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::Instant;

use super::board::Board;
use super::{Crawl, Event};
use crate::error::{Error, ErrorKind, Result};
use crate::model::{Job, Outcome};
use crate::store::Enqueued;

/// Jobs claimed from the frontier at once for one host.
const CLAIM: u32 = 32;
/// Captures that are begun, those that only wait for their host included, for each worker.
const BEGUN: usize = 16;
/// A host that pauses longer than this is not waited for; its work stays in the frontier.
const WAIT_AT_MOST: Duration = Duration::from_secs(15 * 60);

/// Every so many looks for what came due, the frontier is looked through for what nobody waits for.
const LOOK_THROUGH: u32 = 30;

/// How a crawl is stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stop {
    /// Go on.
    No,
    /// Finish what is in flight, commit it, begin nothing new.
    Soon,
    /// Drop what is in flight.
    Now,
}

/// Stops a crawl from elsewhere.
#[derive(Clone, Debug)]
pub struct Stopper(watch::Sender<Stop>);

impl Stopper {
    /// A stopper that has not stopped anything.
    pub fn new() -> Self {
        Self(watch::channel(Stop::No).0)
    }

    /// Asks for a stop; a stronger one is never taken back.
    pub fn stop(&self, how: Stop) {
        self.0.send_if_modified(|now| {
            let stronger = how > *now;
            *now = how.max(*now);
            stronger
        });
    }

    /// Is told of each change.
    pub fn watch(&self) -> watch::Receiver<Stop> {
        self.0.subscribe()
    }

    /// What was asked for.
    pub fn asked(&self) -> Stop {
        *self.0.borrow()
    }
}

impl Default for Stopper {
    fn default() -> Self {
        Self::new()
    }
}

/// What a run came to. Counts the last attempt of each URL.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct Summary {
    /// URLs by outcome.
    pub outcomes: BTreeMap<Outcome, u64>,
    /// Snapshots, retries included.
    pub snapshots: u64,
    /// Octets of bodies received.
    pub received: u64,
    /// Octets added to the segments.
    pub stored: u64,
    /// Due times that ended without a look, because the budget of their host is used up.
    pub skipped: u64,
    /// URLs left in the frontier, because their host asked to wait or the run was stopped.
    pub put_off: u64,
    /// The operator stopped the run.
    pub interrupted: bool,
}

impl Summary {
    /// URLs that were had whole.
    pub fn kept(&self) -> u64 {
        self.outcomes.iter().filter(|(outcome, _)| outcome.is_kept()).map(|(_, n)| n).sum()
    }

    /// Takes in what another run came to.
    pub fn add(&mut self, other: &Self) {
        for (outcome, n) in &other.outcomes {
            *self.outcomes.entry(*outcome).or_default() += n;
        }
        self.snapshots += other.snapshots;
        self.received += other.received;
        self.stored += other.stored;
        self.skipped += other.skipped;
        self.put_off = other.put_off;
        self.interrupted |= other.interrupted;
    }

    /// URLs that were tried.
    pub fn tried(&self) -> u64 {
        self.outcomes.values().sum()
    }
}

type Pending<T> = std::pin::Pin<Box<dyn Future<Output = T> + Send>>;
type Claimed = (usize, Result<Vec<Job>>);
type Worked = (usize, Result<Work>);

/// What a task did.
enum Work {
    Done(super::worker::Done),
    /// So many due times ended without a look.
    Passed(u64),
}

impl Crawl {
    /// Does all work of the run, and returns when nothing is left that may be done now. With `tick` it goes on until it is
    /// stopped, and looks that often for what has come due.
    pub async fn work(
        self: Arc<Self>,
        enqueued: Enqueued,
        tick: Option<Duration>,
        stopper: &Stopper,
    ) -> Result<Summary> {
        let mut summary = Summary::default();
        let goes_on = tick.is_some();
        let mut board = self.board(enqueued, goes_on, &mut summary);
        let mut ticks = 0u32;
        let mut tick = tick.map(tokio::time::interval);
        if let Some(tick) = &mut tick {
            tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        }
        let mut arriving: FuturesUnordered<Pending<Result<Vec<String>>>> = FuturesUnordered::new();
        let workers = self.config.workers().max(1) as usize;
        let mut tasks: JoinSet<Worked> = JoinSet::new();
        let mut claims: FuturesUnordered<Pending<Claimed>> = FuturesUnordered::new();
        let mut stop = stopper.0.subscribe();
        let mut broken: Option<Error> = None;
        loop {
            let asked = *stop.borrow_and_update();
            if asked == Stop::Now {
                tasks.abort_all();
                break;
            }
            let going = asked == Stop::No && broken.is_none();
            board.wake(Instant::now());
            while going && tasks.len() < BEGUN * workers && tasks.len().saturating_sub(self.lobby.waiting()) < workers {
                let Some(index) = board.ready.pop_front() else { break };
                self.dispatch(&mut board, index, goes_on, &mut tasks, &mut claims);
            }
            // Asked for only now: dispatching may just have put a host off.
            let next = board.next();
            let is_done = !goes_on && board.ready.is_empty() && next.is_none();
            if tasks.is_empty() && claims.is_empty() && (!going || is_done) {
                break;
            }
            let timer = async {
                match next.filter(|_| going) {
                    Some(at) => tokio::time::sleep_until(at).await,
                    None => std::future::pending().await,
                }
            };
            let ticking = async {
                match tick.as_mut().filter(|_| going) {
                    Some(tick) => tick.tick().await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                biased;
                changed = stop.changed() => {
                    // The stopper outlives the crawl; should it not, there is nobody left to stop us.
                    if changed.is_err() { broken.get_or_insert_with(|| Error::new(ErrorKind::Internal, "the stopper is gone")); }
                }
                Some(worked) = tasks.join_next(), if !tasks.is_empty() => {
                    if let Err(error) = self.worked(worked, &mut board, &mut summary) {
                        broken.get_or_insert(error);
                    }
                }
                Some((index, jobs)) = claims.next(), if !claims.is_empty() => {
                    match jobs {
                        Ok(jobs) => {
                            let host = &mut board.hosts[index];
                            host.claiming = false;
                            host.more = jobs.len() as u32 == CLAIM;
                            host.queue.extend(jobs);
                            board.list(index);
                        }
                        Err(error) => { broken.get_or_insert(error); }
                    }
                }
                Some(hosts) = arriving.next(), if !arriving.is_empty() => {
                    match hosts {
                        Ok(hosts) => {
                            self.arrived(&mut board, hosts);
                            (self.listener)(Event::Tick { in_flight: tasks.len(), waiting: self.writer.waiting() });
                        }
                        Err(error) => { broken.get_or_insert(error); }
                    }
                }
                _ = ticking, if arriving.is_empty() => {
                    let (crawl, all) = (Arc::clone(&self), ticks.is_multiple_of(LOOK_THROUGH));
                    ticks = ticks.wrapping_add(1);
                    if all {
                        board.tidy();
                    }
                    arriving.push(Box::pin(async move { crawl.writer.arrive(crawl.run, crawl.clock.now(), all).await }));
                }
                () = timer => {}
                // Somebody else may work while this one waits.
                () = self.lobby.changed(), if going && !board.ready.is_empty() => {}
            }
        }
        let interrupted = stopper.asked() != Stop::No;
        self.close(board, tasks, interrupted, &mut summary, broken).await
    }

    fn connections(&self, host: &str) -> u32 {
        let (default, per_host) = self.config.pace();
        let bare = host.rsplit_once(':').map_or(host, |(host, _)| host);
        per_host.get(host).or_else(|| per_host.get(bare)).unwrap_or(&default).connections
    }

    /// Hosts that have work now.
    fn arrived(&self, board: &mut Board, hosts: Vec<String>) {
        for name in hosts {
            let connections = self.connections(&name);
            let index = board.place(name, connections);
            board.list(index);
        }
    }

    fn board(&self, enqueued: Enqueued, goes_on: bool, summary: &mut Summary) -> Board {
        let (now, clock) = (Instant::now(), self.clock.now());
        let mut board = Board::default();
        for (name, jobs, earliest) in enqueued.hosts {
            let wait = Duration::try_from(earliest.duration_since(clock)).unwrap_or_default();
            if wait > WAIT_AT_MOST && !goes_on {
                summary.put_off += jobs;
                continue;
            }
            let connections = self.connections(&name);
            let index = board.place(name, connections);
            if wait.is_zero() { board.list(index) } else { board.put_later(index, now + wait) }
        }
        board
    }

    /// Begins a job of a ready host, claims more work for it, or lets it wait.
    fn dispatch(
        self: &Arc<Self>,
        board: &mut Board,
        index: usize,
        goes_on: bool,
        tasks: &mut JoinSet<Worked>,
        claims: &mut FuturesUnordered<Pending<Claimed>>,
    ) {
        let host = &mut board.hosts[index];
        host.listed = false;
        if host.queue.len() < (CLAIM / 2) as usize && host.more && !host.claiming {
            host.claiming = true;
            let (crawl, name) = (Arc::clone(self), host.name.clone());
            claims.push(Box::pin(async move {
                let jobs = crawl.writer.claim(crawl.run, name, CLAIM, crawl.clock.now()).await;
                (index, jobs)
            }));
        }
        if host.queue.is_empty() {
            return;
        }
        let allowance = if self.within_budgets { self.gate.allowance(&host.name) } else { None };
        if let Some(allowance) = allowance {
            if allowance.is_used_up() {
                let (jobs, asked): (Vec<Job>, Vec<Job>) = host.queue.drain(..).partition(|job| job.planned.is_some());
                host.queue.extend(asked);
                if !jobs.is_empty() {
                    host.in_flight += 1;
                    let crawl = Arc::clone(self);
                    tasks.spawn(async move { (index, crawl.pass(jobs).await.map(Work::Passed)) });
                    board.list(index);
                    return;
                }
            } else if allowance.used + u64::from(host.in_flight) >= u64::from(allowance.budget.requests) {
                // What is left is for what is under way; then we shall see.
                return;
            }
        }
        let ready_at = self.gate.ready_at(&host.name);
        match ready_at {
            Some(at) if at > Instant::now() => {
                let wait = at - Instant::now();
                if wait > Duration::from_secs(5) {
                    (self.listener)(Event::Waiting { host: host.name.clone(), for_: wait });
                }
                if wait > WAIT_AT_MOST && !goes_on {
                    // Its work stays in the frontier for a later run.
                    host.more = false;
                    return;
                }
                board.put_later(index, at);
            }
            _ => {
                let Some(job) = host.queue.pop_front() else { return };
                host.in_flight += 1;
                let (crawl, seat) = (Arc::clone(self), self.lobby.seat());
                tasks.spawn(async move { (index, crawl.job(job, seat).await.map(Work::Done)) });
                board.list(index);
            }
        }
    }

    fn worked(
        &self,
        worked: Result<Worked, tokio::task::JoinError>,
        board: &mut Board,
        summary: &mut Summary,
    ) -> Result<()> {
        let (index, done) = worked.map_err(|e| Error::new(ErrorKind::Internal, "a worker failed").because(e))?;
        board.hosts[index].in_flight -= 1;
        let done = match done {
            Ok(Work::Done(done)) => done,
            Ok(Work::Passed(count)) => {
                summary.skipped += count;
                board.list(index);
                return Ok(());
            }
            Err(error) => {
                board.list(index);
                return Err(error);
            }
        };
        summary.snapshots += 1;
        summary.received += done.bytes;
        summary.stored += done.kept.stored;
        match done.retry_at {
            None => *summary.outcomes.entry(done.kept.outcome).or_default() += 1,
            Some(at) => {
                let wait = Duration::try_from(at.duration_since(self.clock.now())).unwrap_or_default();
                // A little later than the moment itself, so that the claim finds it due.
                let at = Instant::now() + wait + Duration::from_millis(5);
                board.later.push(Reverse((at, index, true)));
            }
        }
        board.list(index);
        Ok(())
    }

    async fn close(
        &self,
        board: Board,
        mut tasks: JoinSet<Worked>,
        interrupted: bool,
        summary: &mut Summary,
        broken: Option<Error>,
    ) -> Result<Summary> {
        while tasks.join_next().await.is_some() {}
        let left: Vec<Job> = board.hosts.into_iter().flat_map(|host| host.queue).collect();
        summary.put_off += left.len() as u64;
        summary.interrupted = interrupted;
        if let Some(error) = broken {
            return Err(error);
        }
        if !left.is_empty() {
            self.writer.release(&left).await?;
        }
        self.keep_pauses(self.clock.now()).await?;
        Ok(std::mem::take(summary))
    }
}
