//! When watches are looked at: what is planned, what became of it, and other times.

use std::collections::HashMap;
use std::time::Duration;

use jiff::Timestamp;
use serde::Serialize;

use super::App;
use crate::crawl::{apart, limits};
use crate::error::Result;
use crate::model::{Allowance, Cadence, Pulse, Watch, WatchId, WatchState};
use crate::policy::cadence::{self, Limits, Saw};
use crate::store::{DueEnded, Reader};

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
    /// How its host stands with its budget; `None`: it has none.
    pub budget: Option<HostBudget>,
}

/// How a host stands with its budget.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct HostBudget {
    /// Host and port.
    pub host: String,
    /// What it may be sent, what it was sent, and until when.
    #[serde(flatten)]
    pub allowance: Allowance,
    /// Adaptive looks at one of its pages are at least so far apart, in seconds; zero: there is no need.
    pub apart: u64,
}

impl App {
    /// The schedule of a watch: its next `next` due times, and how its last `last` ended.
    pub fn plan(&self, watch: Watch, next: usize, last: u32) -> Result<Plan> {
        let reader = self.reader()?;
        let (pulse, ended) = (reader.pulse(watch.id)?, reader.due_ended(watch.id, last)?);
        let every = self.config.every_for(&watch.what.tags, watch.what.every.clone());
        let mut times = Vec::new();
        if watch.state == WatchState::Active {
            let id = watch.id.0.unsigned_abs();
            let limits = limits(&reader, &self.config, &watch.what.host, id)?;
            let (mut at, mut beating) = (watch.due_at.unwrap_or_else(|| self.now()), pulse);
            while times.len() < next && at < Timestamp::MAX {
                times.push(at);
                // What is due by now is looked at now, not then.
                let looked = at.max(self.now());
                beating = cadence::beat(&beating, Saw::Same, looked);
                at = cadence::next(&every, &beating, limits, id, looked);
            }
        }
        let budget = self.host_budget(&reader, &watch.what.host)?;
        Ok(Plan { own: watch.what.every.is_some(), every, next: times, pulse, ended, budget, watch })
    }

    fn host_budget(&self, reader: &Reader, host: &str) -> Result<Option<HostBudget>> {
        let Some(budget) = self.config.budget_of(host) else { return Ok(None) };
        let now = self.now();
        let used = reader.spent(host)?.map_or(0, |spent| spent.within(budget, now));
        let allowance = Allowance { budget, used, anew_at: budget.window(now).1 };
        let apart = apart(reader, &self.config, host)?.unwrap_or_default().as_secs();
        Ok(Some(HostBudget { host: host.to_owned(), allowance, apart }))
    }

    /// Hosts that were sent all the requests of their budget, the first `limit` by name.
    pub fn used_up(&self, limit: usize) -> Result<Vec<HostBudget>> {
        let mut hosts = Vec::new();
        if !self.config.has_budgets() {
            return Ok(hosts);
        }
        let (reader, now) = (self.reader()?, self.now());
        for spent in reader.spent_on(now)? {
            let budget = self.config.budget_of(&spent.host);
            if budget.is_some_and(|budget| spent.within(budget, now) >= u64::from(budget.requests))
                && hosts.len() < limit
            {
                hosts.extend(self.host_budget(&reader, &spent.host)?);
            }
        }
        Ok(hosts)
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
        let (mut after, mut count) = (WatchId(0), 0);
        let mut shares: HashMap<String, Option<Duration>> = HashMap::new();
        let (floor, ceiling) = self.config.adaptive_limits();
        let mut edit = self.archive()?.edit()?;
        loop {
            let page = reader.planned(after, PAGE)?;
            let Some(last) = page.last() else { return Ok(count) };
            after = last.watch;
            let mut other = Vec::new();
            for plan in page {
                let every = self.config.every_for(&plan.tags, plan.every);
                let id = plan.watch.0.unsigned_abs();
                let share = match self.config.has_budgets() {
                    true => self.share(&reader, plan.watch, &mut shares)?,
                    false => None,
                };
                let limits = Limits { floor, ceiling }.stretched(share.unwrap_or_default(), id);
                let next = cadence::next(&every, &plan.pulse, limits, id, plan.looked_at).max(now);
                // What a host leaves for each goes up and down a little: that alone is no other time.
                let near = share.is_some()
                    && next.duration_since(plan.due_at).abs() < plan.due_at.duration_since(plan.looked_at) / 4;
                if next != plan.due_at && plan.due_at > now && !near {
                    other.push((plan.watch, plan.due_at, next));
                }
            }
            count += other.len() as u64;
            edit.replan(&other, now)?;
        }
    }

    /// How far apart looks at the host of a watch have to be, reckoned once a host.
    fn share(
        &self,
        reader: &Reader,
        watch: WatchId,
        shares: &mut HashMap<String, Option<Duration>>,
    ) -> Result<Option<Duration>> {
        let Some(host) = reader.watch(watch)?.map(|watch| watch.what.host) else { return Ok(None) };
        if let Some(share) = shares.get(&host) {
            return Ok(*share);
        }
        let share = apart(reader, &self.config, &host)?;
        shares.insert(host, share);
        Ok(share)
    }

    /// Gives watches times of their own, or takes those away.
    pub fn set_every(&self, watches: &[Watch], every: Option<&Cadence>) -> Result<()> {
        let (reader, mut edit, now) = (self.reader()?, self.archive()?.edit()?, self.now());
        for watch in watches {
            let holds = self.config.every_for(&watch.what.tags, every.cloned());
            let pulse = reader.pulse(watch.id)?;
            let id = watch.id.0.unsigned_abs();
            let limits = limits(&reader, &self.config, &watch.what.host, id)?;
            let next = (watch.state == WatchState::Active).then(|| match pulse.seen_at {
                // Not looked at yet: that does not wait for any grid.
                None if watch.last.is_none() => watch.due_at.unwrap_or(now).min(now),
                _ => cadence::next(&holds, &pulse, limits, id, now),
            });
            edit.every(watch.id, every, next, now)?;
        }
        Ok(())
    }
}
