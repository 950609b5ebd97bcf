//! What hosts with a budget were sent: counted as each request goes out.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;
use url::Url;

use super::{Gate, Inner};
use crate::model::{Allowance, Budget, Spent};
use crate::policy;

/// Beyond so many hosts those that were asked nothing today are forgotten.
const MANY: usize = 4096;

/// Requests by host.
#[derive(Default)]
pub(super) struct Ledger(Mutex<HashMap<String, Spent>>);

impl Ledger {
    fn hosts(&self) -> MutexGuard<'_, HashMap<String, Spent>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Inner {
    fn budget(&self, host: &str) -> Option<Budget> {
        self.paces.lock().unwrap_or_else(PoisonError::into_inner).of(host).budget
    }

    /// Counts a request.
    pub(super) fn spend(&self, host: &str, at: Timestamp) {
        if self.budget(host).is_none() {
            return;
        }
        let mut hosts = self.spent.hosts();
        if hosts.len() >= MANY && hosts.len().is_power_of_two() {
            let day = Budget { requests: 1, hourly: false };
            hosts.retain(|_, spent| spent.within(day, at) > 0);
        }
        hosts.entry(host.to_owned()).or_insert_with(|| Spent::new(host.to_owned())).count(1, at);
    }

    /// Takes back a request that reached nobody.
    pub(super) fn unspend(&self, host: &str) {
        if let Some(spent) = self.spent.hosts().get_mut(host) {
            spent.of_hour = spent.of_hour.saturating_sub(1);
            spent.of_day = spent.of_day.saturating_sub(1);
        }
    }
}

impl Gate {
    /// How a host (`example.org:443`) stands with its budget; `None`: it has none.
    pub fn allowance(&self, host: &str) -> Option<Allowance> {
        let budget = self.inner.budget(host)?;
        let now = self.inner.clock.now();
        let used = self.inner.spent.hosts().get(host).map_or(0, |spent| spent.within(budget, now));
        Some(Allowance { budget, used, anew_at: budget.window(now).1 })
    }

    /// Why a URL is not to be asked for now: the budget of its host is used up.
    pub fn over_budget(&self, url: &Url) -> Option<String> {
        let host = policy::url::authority(url)?;
        let allowance = self.allowance(&host).filter(Allowance::is_used_up)?;
        Some(format!("the budget of {host} ({}) is used up until {}", allowance.budget, allowance.anew_at))
    }

    /// Takes up what was sent before a restart.
    pub fn restore_spent(&self, spent: Vec<Spent>) {
        let mut hosts = self.inner.spent.hosts();
        hosts.extend(spent.into_iter().map(|spent| (spent.host.clone(), spent)));
    }
}
