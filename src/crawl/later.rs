//! What a look means for later ones: another try, the next due time, the pace of hosts.

use std::time::Duration;

use jiff::Timestamp;

use super::Crawl;
use super::ingest::Reading;
use crate::error::Result;
use crate::model::{Cadence, Capture, Job, Settled};
use crate::net::Fetched;
use crate::policy::{cadence, retry};
use crate::store::HostPause;

/// When a watch is looked at.
pub(super) struct Times {
    every: Cadence,
    limits: cadence::Limits,
    /// Something is left to be asked: from then on.
    soon: Option<Timestamp>,
}

impl Times {
    /// What a look means for the schedule, once all is known that it found.
    pub fn settle(&self, job: &Job, reading: &Reading, begun_at: Timestamp, ended_at: Timestamp) -> Settled {
        let pulse = cadence::beat(&job.pulse, cadence::saw(reading.outcome, reading.changed), begun_at);
        let look = cadence::Look {
            planned: job.planned,
            waiting: job.waiting,
            enqueued_at: job.enqueued_at,
            begun_at: job.begun_at.max(job.planned.unwrap_or(job.begun_at)),
            ended_at,
            ends_at: job.ends_at,
            soon: self.soon,
        };
        cadence::settle(&self.every, pulse, self.limits, job.watch.0.unsigned_abs(), look)
    }
}

impl Crawl {
    /// When the job is to be tried again, if it is.
    pub(super) fn retry(
        &self,
        job: &Job,
        capture: &Capture,
        reading: &Reading,
        last: Option<&Fetched>,
        now: Timestamp,
    ) -> Option<Timestamp> {
        if !reading.outcome.is_transient() || job.attempt > capture.max_retries {
            return None;
        }
        if self.within_budgets && self.gate.allowance(&job.host).is_some_and(|allowance| allowance.is_used_up()) {
            return None;
        }
        let asked = last.and_then(|f| f.exchange.header("retry-after")).and_then(|v| retry::retry_after(&v, now));
        let wait = match asked {
            Some(wait) if wait > capture.max_retry_after => return None,
            Some(wait) => wait,
            None => retry::backoff(reading.outcome, job.attempt, job.id.0.unsigned_abs()),
        };
        now.checked_add(wait.min(capture.max_retry_after.max(Duration::from_secs(1)))).ok()
    }

    /// When the watch is looked at, as it is set now.
    pub(super) async fn times(&self, job: &Job, soon: Option<Timestamp>) -> Result<Times> {
        let every = self.config.every_for(&job.tags, job.every.clone());
        Ok(Times { every, limits: self.limits(job).await?, soon })
    }

    /// Makes the pauses that hosts asked for outlive this process.
    pub(super) async fn keep_pauses(&self, now: Timestamp) -> Result<()> {
        let pauses: Vec<HostPause> = self
            .gate
            .host_states()
            .into_iter()
            .map(|state| HostPause {
                host: state.host,
                not_before: state.not_before.unwrap_or(now),
                slow: f64::from(state.slow_down),
            })
            .collect();
        if pauses.is_empty() { Ok(()) } else { self.writer.hosts(pauses, now).await }
    }
}
