//! How many requests a host may be sent in an hour or a day, and how many it was sent.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

const HOUR_MS: i64 = 3_600_000;
const DAY_MS: i64 = 24 * HOUR_MS;
/// What the newest look weighs in the mean of requests a look.
const NEWEST: f64 = 0.2;

/// Requests to one host in an hour or a day (UTC).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Budget {
    /// So many.
    pub requests: u32,
    /// In each hour; otherwise in each day.
    pub hourly: bool,
}

impl Budget {
    /// The longest budget: beyond it no limit is meant.
    const MOST: u32 = 1_000_000_000;

    /// The hour or day that a moment lies in: how long it is, and when the next one begins.
    pub fn window(self, at: Timestamp) -> (Duration, Timestamp) {
        let length = if self.hourly { HOUR_MS } else { DAY_MS };
        let next = (at.as_millisecond().div_euclid(length) + 1).saturating_mul(length);
        (Duration::from_millis(length.unsigned_abs()), Timestamp::from_millisecond(next).unwrap_or(Timestamp::MAX))
    }
}

impl FromStr for Budget {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || format!("\"{text}\" is not of the form \"500/day\" or \"60/hour\"");
        let (requests, per) = text.split_once('/').ok_or_else(wrong)?;
        let hourly = match per.trim() {
            "hour" | "h" => true,
            "day" | "d" => false,
            _ => return Err(wrong()),
        };
        match requests.trim().parse::<u32>() {
            Ok(requests) if (1..=Self::MOST).contains(&requests) => Ok(Self { requests, hourly }),
            _ => Err(wrong()),
        }
    }
}

impl fmt::Display for Budget {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.requests, if self.hourly { "hour" } else { "day" })
    }
}

/// What a host was sent.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Spent {
    /// Host and port.
    pub host: String,
    /// The newest hour with a request, counted from 1970.
    pub hour: i64,
    /// Requests of that hour.
    pub of_hour: u64,
    /// Requests of the day of that hour.
    pub of_day: u64,
    /// Requests to it that a look at one of its pages takes, redirects, parts and robots.txt included; newer ones weigh more.
    pub per_look: f64,
}

impl Spent {
    /// Nothing yet.
    pub fn new(host: String) -> Self {
        Self { host, hour: 0, of_hour: 0, of_day: 0, per_look: 0.0 }
    }

    /// Counts requests of a moment.
    pub fn count(&mut self, requests: u64, at: Timestamp) {
        let hour = at.as_millisecond().div_euclid(HOUR_MS);
        // A clock that was set back to another day begins anew; within the day nothing is forgotten.
        if hour.div_euclid(24) != self.hour.div_euclid(24) {
            self.of_day = 0;
        }
        if hour != self.hour {
            self.of_hour = 0;
        }
        self.hour = hour;
        self.of_hour = self.of_hour.saturating_add(requests);
        self.of_day = self.of_day.saturating_add(requests);
    }

    /// Notes how many requests a look at one of its pages took.
    pub fn look(&mut self, requests: u64) {
        let requests = requests as f64;
        self.per_look = if self.per_look > 0.0 { self.per_look * (1.0 - NEWEST) + requests * NEWEST } else { requests };
    }

    /// Requests within the hour or day of a budget that `at` lies in.
    pub fn within(&self, budget: Budget, at: Timestamp) -> u64 {
        let hour = at.as_millisecond().div_euclid(HOUR_MS);
        match budget.hourly {
            true if hour == self.hour => self.of_hour,
            false if hour.div_euclid(24) == self.hour.div_euclid(24) => self.of_day,
            _ => 0,
        }
    }
}

/// How a host stands with its budget.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Allowance {
    /// What it may be sent.
    pub budget: Budget,
    /// What it was sent.
    pub used: u64,
    /// When the next hour or day begins.
    pub anew_at: Timestamp,
}

impl Allowance {
    /// Nothing is left.
    pub fn is_used_up(&self) -> bool {
        self.used >= u64::from(self.budget.requests)
    }
}

#[cfg(test)]
#[path = "budget_tests.rs"]
mod tests;
