//! The crawl: work from the frontier to the gate, what comes back to the reader, and all of it to the writer.
//!
//! The only room that both captures and stores. The way of one job: `dispatch` picks it when its host may be
//! asked, `worker` takes the page and its parts, `ingest` reads and compares on the CPU pool, `encode` makes
//! the finished records there, and the writer commits.

mod account;
mod again;
mod aside;
mod before;
mod beside;
mod board;
mod budget;
mod compare;
mod dispatch;
mod encode;
mod event;
mod finish;
mod follow;
mod followed;
mod ingest;
mod items;
mod lane;
mod later;
mod notices;
mod parts;
mod platform;
mod pool;
mod presence;
mod program;
mod read;
mod reextract;
mod requisites;
mod sibling;
mod stored;
mod streams;
mod tally;
mod thread;
mod tool;
mod trail;
#[cfg(test)]
mod trail_tests;
mod worker;

use std::sync::Arc;

pub use budget::{apart, limits};
pub use dispatch::{Stop, Stopper, Summary};
pub use event::{Event, Listener};
pub use reextract::{RereadAsk, RereadParts, reextract};
pub use tally::{NotRead, RereadSummary, Why};

use crate::capture::HttpEngine;
use crate::clock::Clock;
use crate::config::Config;
use crate::error::Result;
use crate::model::{Digest, RunId};
use crate::net::{Gate, Lobby};
use crate::seal::RunFacts;
use crate::store::{Archive, Writer};
use lane::Lane;
use tokio::sync::Semaphore;

/// What a crawl works with.
pub struct Parts {
    /// The archive that is captured into.
    pub archive: Archive,
    /// Its writer.
    pub writer: Writer,
    /// The way out.
    pub gate: Gate,
    /// Settings.
    pub config: Arc<Config>,
    /// The clock.
    pub clock: Arc<dyn Clock>,
    /// Is told what happens.
    pub listener: Listener,
    /// Due times end without a look where the budget of their host is used up: not when looks are asked for by hand.
    pub within_budgets: bool,
    /// Threads for parsing and compressing; zero: one a core.
    pub threads: usize,
}

/// A crawl of one run.
pub struct Crawl {
    writer: Writer,
    gate: Gate,
    engine: HttpEngine,
    pool: pool::Pool<ingest::Cpu>,
    config: Arc<Config>,
    clock: Arc<dyn Clock>,
    listener: Listener,
    run: RunId,
    facts: RunFacts,
    /// Who only waits for a host does not count as a worker.
    lobby: Arc<Lobby>,
    /// What was read and is not made into records yet.
    readings: Arc<Lane>,
    /// What was made into records and is not committed yet.
    records: Arc<Lane>,
    /// Who reads a large page.
    large: Arc<Semaphore>,
    /// Who lets an outside program run.
    tool: Semaphore,
    within_budgets: bool,
    shares: budget::Shares,
}

/// What may stand at the end of each lane, in octets.
const LANE: u64 = 16 << 20;

impl Crawl {
    /// Makes a crawl for a run that was noted in the archive.
    pub fn new(parts: Parts, run: RunId, config_digest: Digest) -> Result<Self> {
        let Parts { archive, writer, gate, config, clock, listener, within_budgets, threads } = parts;
        let threads = match threads {
            0 => std::thread::available_parallelism().map_or(2, usize::from),
            n => n,
        };
        let make = Arc::new(move || {
            Ok(ingest::Cpu { reader: archive.reader()?, encoder: encode::Encoder::new(archive.layout().spool()) })
        });
        let pool = pool::Pool::new(threads, make)?;
        let engine = HttpEngine::new(gate.clone(), Arc::clone(&clock));
        let facts = RunFacts { config: config_digest, software: crate::crawl::SOFTWARE.to_owned() };
        Ok(Self {
            writer,
            gate,
            engine,
            pool,
            config,
            clock,
            listener,
            run,
            facts,
            lobby: Lobby::new(),
            // Twice the threads: so that one is never without work while another's is handed over.
            readings: Lane::new(2 * threads, LANE),
            records: Lane::new(2 * threads, LANE),
            large: Arc::new(Semaphore::new(1)),
            tool: Semaphore::new(1),
            within_budgets,
            shares: budget::Shares::default(),
        })
    }
}

/// What runs and leaves say of the software.
pub const SOFTWARE: &str = concat!("keepfast/", env!("CARGO_PKG_VERSION"));

#[cfg(test)]
mod tests;
