//! When watches are looked at: what is planned, what became of it, and other times.

use jiff::Timestamp;
use serde::Serialize;

use super::App;
use crate::config::Config;
use crate::error::Result;
use crate::model::{Cadence, Pulse, Watch, WatchId, WatchState};
use crate::policy::cadence::{self, Limits, Saw};
use crate::store::DueEnded;

/// Watches that are read at once.
const PAGE: u32 = 4096;

/// The schedule of one watch.
#[derive(Clone, Debug, Serialize)]
pub struct Plan {
    /// The watch.
    pub watch: Watch,
    /// When it is looked at.
    pub every: Cadence,
    /// That is its own setting, not that of a tag or of the configuration.
    pub own: bool,
    /// The next due times, as they will be if nothing changes.
    pub next: Vec<Timestamp>,
    /// How it changes, as far as is known.
    pub pulse: Pulse,
    /// How the newest due times ended, newest first.
    pub ended: Vec<DueEnded>,
}

impl App {
    /// The schedule of a watch: its next `next` due times, and how its last `last` ended.
    pub fn plan(&self, watch: Watch, next: usize, last: u32) -> Result<Plan> {
        let reader = self.reader()?;
        let (pulse, ended) = (reader.pulse(watch.id)?, reader.due_ended(watch.id, last)?);
        let every = self.config.every_for(&watch.what.tags, watch.what.every.clone());
        let mut times = Vec::new();
        if watch.state == WatchState::Active {
            let (limits, id) = (limits(&self.config), watch.id.0.unsigned_abs());
            let (mut at, mut beating) = (watch.due_at.unwrap_or_else(|| self.now()), pulse);
            while times.len() < next && at < Timestamp::MAX {
                times.push(at);
                // What is due by now is looked at now, not then.
                let looked = at.max(self.now());
                beating = cadence::beat(&beating, Saw::Same, looked);
                at = cadence::next(&every, &beating, limits, id, looked);
            }
        }
        Ok(Plan { own: watch.what.every.is_some(), every, next: times, pulse, ended, watch })
    }

    /// The active watches that are due next, soonest first.
    pub fn upcoming(&self, limit: u64) -> Result<Vec<Watch>> {
        self.reader()?.upcoming(limit)
    }

    /// After a change of the configuration: watches whose next look would come at another time now are given that. What
    /// did not change is planned as it was, since a plan hangs on what is known of a watch alone. Returns how many there were.
    pub(super) fn replan(&self) -> Result<u64> {
        let (reader, now) = (self.reader()?, self.now());
        if reader.last_config()?.is_none_or(|last| last == self.config.digest()) {
            return Ok(0);
        }
        let (limits, mut after, mut count) = (limits(&self.config), WatchId(0), 0);
        let mut edit = self.archive()?.edit()?;
        loop {
            let page = reader.planned(after, PAGE)?;
            let Some(last) = page.last() else { return Ok(count) };
            after = last.watch;
            let other: Vec<_> = page
                .into_iter()
                .filter_map(|plan| {
                    let every = self.config.every_for(&plan.tags, plan.every);
                    let id = plan.watch.0.unsigned_abs();
                    let next = cadence::next(&every, &plan.pulse, limits, id, plan.looked_at).max(now);
                    (next != plan.due_at && plan.due_at > now).then_some((plan.watch, plan.due_at, next))
                })
                .collect();
            count += other.len() as u64;
            edit.replan(&other, now)?;
        }
    }

    /// Gives watches times of their own, or takes those away.
    pub fn set_every(&self, watches: &[Watch], every: Option<&Cadence>) -> Result<()> {
        let (reader, mut edit, now) = (self.reader()?, self.archive()?.edit()?, self.now());
        for watch in watches {
            let holds = self.config.every_for(&watch.what.tags, every.cloned());
            let pulse = reader.pulse(watch.id)?;
            let next = (watch.state == WatchState::Active).then(|| match pulse.seen_at {
                // Not looked at yet: that does not wait for any grid.
                None if watch.last.is_none() => watch.due_at.unwrap_or(now).min(now),
                _ => cadence::next(&holds, &pulse, limits(&self.config), watch.id.0.unsigned_abs(), now),
            });
            edit.every(watch.id, every, next, now)?;
        }
        Ok(())
    }
}

fn limits(config: &Config) -> Limits {
    let (floor, ceiling) = config.adaptive_limits();
    Limits { floor, ceiling }
}
