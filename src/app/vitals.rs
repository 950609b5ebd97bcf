//! What the service knows of how it is doing, and how it says so: as metrics, and as one word.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::Status;
use crate::crawl::{Event, Listener};
use crate::model::Outcome;

/// The service looks each second for what has come due. If it has not for so long, it hangs.
const STALE: Duration = Duration::from_secs(60);

/// How the service is doing. Fed by what it tells, asked by the watchdog.
pub(super) struct Vitals(Mutex<Inner>);

struct Inner {
    looks: BTreeMap<Outcome, u64>,
    changed: u64,
    received: u64,
    in_flight: usize,
    waiting: usize,
    begun: Instant,
    tick: Instant,
    commit: Option<Instant>,
    trouble: Option<String>,
}

impl Vitals {
    pub(super) fn new() -> Self {
        let now = Instant::now();
        Self(Mutex::new(Inner {
            looks: BTreeMap::new(),
            changed: 0,
            received: 0,
            in_flight: 0,
            waiting: 0,
            begun: now,
            tick: now,
            commit: None,
            trouble: None,
        }))
    }

    fn inner(&self) -> std::sync::MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Hears what `listener` is told. Ticks are for us alone.
    pub(super) fn beside(self: &Arc<Self>, listener: &Listener) -> Listener {
        let (vitals, listener) = (Arc::clone(self), Arc::clone(listener));
        Arc::new(move |event| {
            vitals.heard(&event);
            if !matches!(event, Event::Tick { .. }) {
                listener(event);
            }
        })
    }

    pub(super) fn heard(&self, event: &Event) {
        let now = Instant::now();
        let mut it = self.inner();
        match event {
            Event::Finished { outcome, changed, bytes, .. } => {
                *it.looks.entry(*outcome).or_default() += 1;
                it.changed += u64::from(*changed == Some(true));
                it.received += bytes;
                it.commit = Some(now);
            }
            Event::Tick { in_flight, waiting } => {
                (it.in_flight, it.waiting, it.tick, it.trouble) = (*in_flight, *waiting, now, None);
            }
            Event::Started { .. } | Event::Waiting { .. } | Event::Note(_) => {}
        }
    }

    /// Something keeps it from working, until the next tick.
    pub(super) fn troubled(&self, why: String) {
        self.inner().trouble = Some(why);
    }

    /// Nothing if all is well, else the reason.
    pub(super) fn ill(&self) -> Option<String> {
        let it = self.inner();
        let still = it.tick.elapsed();
        let hangs = || format!("nothing has come due or was looked for in {} s", still.as_secs());
        it.trouble.clone().or_else(|| (still > STALE).then(hangs))
    }

    /// The text format of Prometheus, version 0.0.4. `status` is what the catalogue says, if it could be read.
    pub(super) fn metrics(&self, status: Option<&Status>, min_free: u64) -> String {
        let ill = self.ill();
        let it = self.inner();
        let mut out = Text(String::with_capacity(4096));
        out.head("keepfast_build_info", "gauge", "What runs.");
        out.line("keepfast_build_info", &[("version", env!("CARGO_PKG_VERSION"))], 1.0);
        out.one("keepfast_healthy", "gauge", "1 while /healthz says so.", f64::from(u8::from(ill.is_none())));
        out.one("keepfast_uptime_seconds", "gauge", "Since the service began.", it.begun.elapsed().as_secs_f64());
        out.one(
            "keepfast_tick_age_seconds",
            "gauge",
            "Since it last looked for what is due.",
            it.tick.elapsed().as_secs_f64(),
        );
        if let Some(at) = it.commit {
            out.one(
                "keepfast_commit_age_seconds",
                "gauge",
                "Since the newest snapshot was durable.",
                at.elapsed().as_secs_f64(),
            );
        }
        out.head("keepfast_looks_total", "counter", "Looks by outcome, retries included.");
        for (outcome, n) in &it.looks {
            out.line("keepfast_looks_total", &[("outcome", outcome.as_str())], *n as f64);
        }
        out.one("keepfast_changed_total", "counter", "Looks that found a change.", it.changed as f64);
        out.one("keepfast_received_bytes_total", "counter", "Octets of bodies received.", it.received as f64);
        out.one("keepfast_in_flight", "gauge", "Captures under way or waiting for their host.", it.in_flight as f64);
        out.one("keepfast_writer_queue", "gauge", "Commands that wait for the writer.", it.waiting as f64);
        let Some(status) = status else { return out.0 };
        out.one("keepfast_due", "gauge", "Active watches that are due and not in the frontier.", status.due as f64);
        out.one("keepfast_jobs", "gauge", "Looks in the frontier.", status.jobs as f64);
        out.one("keepfast_overdue", "gauge", "Looks due for more than five minutes.", status.overdue as f64);
        out.one("keepfast_missed_7d", "gauge", "Due times missed in seven days.", status.week.missed as f64);
        out.head("keepfast_watches", "gauge", "Watches by state.");
        for (state, n) in &status.watches {
            out.line("keepfast_watches", &[("state", state.as_str())], *n as f64);
        }
        out.head("keepfast_vanished", "gauge", "Pages, comments and media in the ledger of what vanished, by state.");
        for (state, n) in &status.vanished {
            out.line("keepfast_vanished", &[("state", state.as_str())], *n as f64);
        }
        out.head(
            "keepfast_troubled_watches",
            "gauge",
            "Watches whose newest look ended in trouble, by host: the ten worst.",
        );
        for (host, n) in &status.troubled {
            out.line("keepfast_troubled_watches", &[("host", host)], *n as f64);
        }
        out.one("keepfast_snapshots", "gauge", "Snapshots in the archive.", status.snapshots as f64);
        out.one(
            "keepfast_archive_bytes",
            "gauge",
            "Octets of segments and catalogue.",
            (status.warc_bytes + status.catalog_bytes) as f64,
        );
        out.one("keepfast_growth_bytes_per_day", "gauge", "By the last seven days.", status.growth());
        out.one("keepfast_disk_free_bytes", "gauge", "Free on the archive's disk.", status.free_bytes as f64);
        if let Some(days) = status.days_left(min_free) {
            out.one("keepfast_disk_days_left", "gauge", "Until the disk guard stops runs, at this growth.", days);
        }
        out.0
    }
}

struct Text(String);

impl Text {
    fn head(&mut self, name: &str, kind: &str, help: &str) {
        let _ = writeln!(self.0, "# HELP {name} {help}\n# TYPE {name} {kind}");
    }

    fn line(&mut self, name: &str, labels: &[(&str, &str)], value: f64) {
        let labels: Vec<String> = labels
            .iter()
            .map(|(name, value)| {
                // A host comes from outside.
                let value: String = value.chars().filter(|c| !c.is_control()).collect();
                format!("{name}=\"{}\"", value.replace('\\', "\\\\").replace('"', "\\\""))
            })
            .collect();
        let labels = if labels.is_empty() { String::new() } else { format!("{{{}}}", labels.join(",")) };
        let _ = writeln!(self.0, "{name}{labels} {value}");
    }

    fn one(&mut self, name: &str, kind: &str, help: &str, value: f64) {
        self.head(name, kind, help);
        self.line(name, &[], value);
    }
}

#[cfg(test)]
#[path = "vitals_tests.rs"]
mod tests;
