//! Budgets of hosts: looks for which none is left, and how far apart the others have to be.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use super::Crawl;
use crate::config::Config;
use crate::error::Result;
use crate::model::{Budget, Cadence, Job};
use crate::policy::cadence::{self, Limits, Look};
use crate::store::{Passed, Reader};

/// What was reckoned for a host holds for so long.
const HOLDS: SignedDuration = SignedDuration::from_mins(10);
/// So many hosts are kept in mind.
const HOSTS: usize = 4096;
/// So many watches of a host are looked at; they stand for all of them.
const WATCHES: u32 = 5000;

/// How far apart looks have to be, by host, and when that was reckoned.
#[derive(Default)]
pub(super) struct Shares(Mutex<HashMap<String, (Timestamp, Duration)>>);

/// How far apart adaptive looks at pages of a host have to be to stay within its budget; `None`: it has none.
pub fn apart(reader: &Reader, config: &Config, host: &str) -> Result<Option<Duration>> {
    let Some(budget) = config.budget_of(host) else { return Ok(None) };
    let per_look = reader.spent(host)?.map_or(1.0, |spent| spent.per_look);
    let (watches, all) = reader.watches_of_host(host, WATCHES)?;
    let (floor, ceiling) = config.adaptive_limits();
    let (mut each, mut set) = (Vec::new(), Vec::new());
    for watch in &watches {
        let every = config.every_for(&watch.tags, watch.every.clone());
        let next = cadence::next(
            &every,
            &watch.pulse,
            Limits { floor, ceiling },
            watch.watch.0.unsigned_abs(),
            watch.looked_at,
        );
        let interval = Duration::try_from(next.duration_since(watch.looked_at)).unwrap_or_default();
        match every {
            Cadence::Adaptive => each.push(interval),
            Cadence::Interval(length) => set.push(length),
            Cadence::Cron(_) => set.push(interval),
        }
    }
    let weight = all as f64 / watches.len().max(1) as f64;
    Ok(Some(cadence::apart(budget, per_look, &each, &set, weight)))
}

/// Between which bounds adaptive looks at a watch of a host keep.
pub fn limits(reader: &Reader, config: &Config, host: &str, watch: u64) -> Result<Limits> {
    let (floor, ceiling) = config.adaptive_limits();
    let apart = apart(reader, config, host)?.unwrap_or_default();
    Ok(Limits { floor, ceiling }.stretched(apart, watch))
}

impl Crawl {
    /// The same, reckoned now and then.
    pub(super) async fn limits(&self, job: &Job) -> Result<Limits> {
        let (floor, ceiling) = self.config.adaptive_limits();
        let limits = Limits { floor, ceiling };
        if self.config.budget_of(&job.host).is_none() {
            return Ok(limits);
        }
        let (now, watch) = (self.clock.now(), job.watch.0.unsigned_abs());
        let known = self.shares.0.lock().unwrap_or_else(PoisonError::into_inner).get(&job.host).copied();
        let apart = match known.filter(|(then, _)| now.duration_since(*then).abs() < HOLDS) {
            Some((_, apart)) => apart,
            None => {
                let (config, host) = (self.config.clone(), job.host.clone());
                let work = move |cpu: &mut super::ingest::Cpu| apart(&cpu.reader, &config, &host);
                // A look counts whether or not its share could be reckoned.
                let apart = self.pool.run(super::aside::READING, work).await.ok().transpose()?.flatten();
                let apart = apart.unwrap_or_default();
                let mut shares = self.shares.0.lock().unwrap_or_else(PoisonError::into_inner);
                if shares.len() >= HOSTS {
                    shares.clear();
                }
                shares.insert(job.host.clone(), (now, apart));
                apart
            }
        };
        Ok(limits.stretched(apart, watch))
    }

    /// Ends due times for which the budget of their host has nothing left.
    pub(super) async fn pass(&self, jobs: Vec<Job>) -> Result<u64> {
        let now = self.clock.now();
        let mut passed = Vec::with_capacity(jobs.len());
        for job in jobs {
            // Who comes here has one; each job has to end in any case.
            let budget = self.config.budget_of(&job.host).unwrap_or(Budget { requests: 1, hourly: true });
            let every = self.config.every_for(&job.tags, job.every.clone());
            let (floor, ceiling) = self.config.adaptive_limits();
            let look = Look {
                planned: job.planned,
                waiting: job.waiting,
                enqueued_at: job.enqueued_at,
                begun_at: job.begun_at,
                ended_at: now,
                ends_at: job.ends_at,
                soon: None,
            };
            let watch = job.watch.0.unsigned_abs();
            let (ended, next) =
                cadence::pass(&every, &job.pulse, Limits { floor, ceiling }, watch, look, budget.window(now));
            passed.push(Passed { job: job.id, watch: job.watch, ended, next });
        }
        self.writer.pass(passed, now).await
    }
}
