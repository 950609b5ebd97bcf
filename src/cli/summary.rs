//! How the archive is doing, and how a run ended.

use std::io::{self, Write};

use jiff::Timestamp;
use serde::Serialize;

use super::render::Screen;
use super::term::{self, Tone};
use crate::app::{HostBudget, Week};
use crate::config::Resolved;
use crate::model::{Outcome, Presence, RunId, WatchState};

/// How the archive is doing.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Status {
    /// The archive folder.
    pub archive: String,
    /// Watches by state.
    pub watches: Vec<(WatchState, u64)>,
    /// Watches that are due now.
    pub due: u64,
    /// Looks that have been due for more than five minutes.
    pub overdue: u64,
    /// When the next one is due.
    pub next_due: Option<Timestamp>,
    /// Newest snapshots of active watches by outcome.
    pub latest: Vec<(Outcome, u64)>,
    /// All snapshots.
    pub snapshots: u64,
    /// Octets of all segments.
    pub warc_bytes: u64,
    /// Segments.
    pub segments: u64,
    /// Octets of the catalogue.
    pub catalog_bytes: u64,
    /// Octets free on the disk.
    pub free_bytes: Option<u64>,
    /// Octets that a day adds, by the last seven.
    pub growth: f64,
    /// Days until the disk guard stops runs, if the archive goes on growing like this.
    pub days_left: Option<f64>,
    /// What the last seven days brought.
    pub week: Week,
    /// Hosts whose newest looks ended in trouble, with the number of watches: at most ten.
    pub troubled: Vec<(String, u64)>,
    /// Hosts that were sent all the requests of their budget: at most ten.
    pub used_up: Vec<HostBudget>,
    /// What vanished, by state.
    pub vanished: Vec<(Presence, u64)>,
    /// When the newest run began.
    pub last_run: Option<Timestamp>,
    /// A capturing process is at work.
    pub running: bool,
}

/// Prints how the archive is doing.
pub fn status(status: &Status, screen: Screen, out: &mut dyn Write) -> io::Result<()> {
    let p = screen.paint;
    writeln!(out, "{}", p.strong(&term::line(&status.archive)))?;
    let states: Vec<String> = status
        .watches
        .iter()
        .filter(|(_, n)| *n > 0)
        .map(|(state, n)| format!("{} {state}", term::count(*n)))
        .collect();
    let states = if states.is_empty() { "none".into() } else { states.join(", ") };
    let next = match status.next_due {
        Some(at) if status.due == 0 => format!("; next {}", term::age(at, screen.now)),
        _ => String::new(),
    };
    writeln!(out, "watches    {states}; {} due{next}", term::count(status.due))?;
    if status.overdue > 0 {
        let late = format!("{} for more than five minutes", term::count(status.overdue));
        writeln!(out, "overdue    {}", p.odd(&late))?;
    }
    writeln!(out, "snapshots  {}", term::count(status.snapshots))?;
    for (outcome, n) in status.latest.iter().filter(|(_, n)| *n > 0) {
        writeln!(out, "           {:>9} {}", term::count(*n), screen.outcome(*outcome))?;
    }
    let free = status.free_bytes.map(|free| format!("; {} free", term::size(free))).unwrap_or_default();
    let segments = term::count(status.segments);
    writeln!(
        out,
        "size       {} in {segments} WARC {}, catalogue {}{free}",
        term::size(status.warc_bytes),
        if status.segments == 1 { "file" } else { "files" },
        term::size(status.catalog_bytes)
    )?;
    if status.week.snapshots > 0 {
        let left = match status.days_left {
            Some(days) if days < 3650.0 => {
                let text = format!("the disk lasts {} days", term::count(days as u64));
                format!("; {}", if days < 14.0 { p.bad(&text) } else { text })
            }
            Some(_) => "; the disk lasts for more than ten years".to_owned(),
            None => String::new(),
        };
        writeln!(
            out,
            "growth     {} snapshots and {} a day{left}",
            term::count((status.week.snapshots as f64 / status.week.days.max(1.0)).round() as u64),
            term::size(status.growth as u64)
        )?;
        writeln!(
            out,
            "a week     {} changed, {} not had, {} due times missed",
            term::count(status.week.changed),
            term::count(status.week.failed),
            term::count(status.week.missed)
        )?;
    }
    let vanished: Vec<String> =
        status.vanished.iter().map(|(state, n)| format!("{} {state}", term::count(*n))).collect();
    if !vanished.is_empty() {
        writeln!(out, "vanished   {}", vanished.join(", "))?;
    }
    for (n, (host, watches)) in status.troubled.iter().enumerate() {
        let head = if n == 0 { "trouble" } else { "" };
        let noun = if *watches == 1 { "watch" } else { "watches" };
        writeln!(out, "{head:<10} {} {noun} of {}", p.odd(&term::count(*watches)), term::line(host))?;
    }
    for (n, host) in status.used_up.iter().enumerate() {
        let head = if n == 0 { "budget" } else { "" };
        let words = format!("{} of {}", host.allowance.used, host.allowance.budget);
        let until = term::time(host.allowance.anew_at);
        writeln!(out, "{head:<10} {} used up by {}, until {until}", p.odd(&words), term::line(&host.host))?;
    }
    let last = status
        .last_run
        .map_or_else(|| "never".into(), |at| format!("{} ({})", term::time(at), term::age(at, screen.now)));
    writeln!(out, "last run   {last}{}", if status.running { "; a run is at work now" } else { "" })
}

/// How a run ended.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct RunSummary {
    /// The run.
    pub run: Option<RunId>,
    /// Captures by outcome.
    pub outcomes: Vec<(Outcome, u64)>,
    /// Captures whose content differs from the snapshot before.
    pub changed: u64,
    /// Due times that ended without a look, because the budget of their host is used up.
    pub skipped: u64,
    /// Jobs put off to a later try.
    pub put_off: u64,
    /// Octets received.
    pub received: u64,
    /// Octets added to the archive.
    pub stored: u64,
    /// Milliseconds that it took.
    pub took_ms: u64,
    /// What was not kept: URL, outcome and why; at most as many as are shown.
    pub not_kept: Vec<NotKept>,
    /// The operator stopped it.
    pub interrupted: bool,
}

/// A URL that was not kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct NotKept {
    /// The URL.
    pub url: String,
    /// How the last try ended.
    pub outcome: Outcome,
    /// Why, if there is more to say.
    pub why: String,
}

/// Lines of what was not kept; of more only the number is given.
const MAX_NOT_KEPT: usize = 20;

impl RunSummary {
    /// All captures.
    pub fn total(&self) -> u64 {
        self.outcomes.iter().map(|(_, n)| n).sum()
    }

    /// Captures that were kept.
    pub fn kept(&self) -> u64 {
        self.outcomes.iter().filter(|(outcome, _)| outcome.is_kept()).map(|(_, n)| n).sum()
    }
}

/// Prints how a run ended.
pub fn run(summary: &RunSummary, screen: Screen, out: &mut dyn Write) -> io::Result<()> {
    let p = screen.paint;
    let (total, kept) = (summary.total(), summary.kept());
    let skipped = |out: &mut dyn Write| match summary.skipped {
        0 => Ok(()),
        n => writeln!(out, "{}", p.odd(&format!("{} skipped: the budget of their host is used up", term::count(n)))),
    };
    if total == 0 && summary.put_off == 0 && summary.skipped > 0 {
        return skipped(out);
    }
    if total == 0 && summary.put_off == 0 {
        let word = if summary.interrupted { "Stopped before anything was captured." } else { "Nothing was due." };
        return writeln!(out, "{word}");
    }
    let mut not_kept: Vec<&NotKept> = summary.not_kept.iter().collect();
    not_kept.sort_by_key(|lost| lost.outcome);
    for lost in not_kept.iter().take(MAX_NOT_KEPT) {
        let why = if lost.why.is_empty() { lost.outcome.about() } else { &lost.why };
        let words = format!("{}  {}", term::line(&lost.url), term::line(why));
        let room = screen.columns.saturating_sub(lost.outcome.as_str().len() + 2);
        writeln!(out, "{}  {}", screen.outcome(lost.outcome), term::cut(&words, room))?;
    }
    let missed = usize::try_from(total - kept).unwrap_or(usize::MAX);
    if missed > not_kept.len().min(MAX_NOT_KEPT) {
        writeln!(out, "… and {} more", missed - not_kept.len().min(MAX_NOT_KEPT))?;
    }
    let seconds = summary.took_ms as f64 / 1000.0;
    let counted = format!("{} of {} kept", term::count(kept), term::count(total));
    let counted = if kept == total { p.good(&counted) } else { p.odd(&counted) };
    let by: Vec<String> = summary
        .outcomes
        .iter()
        .filter(|(_, n)| *n > 0)
        .map(|(outcome, n)| format!("{} {outcome}", term::count(*n)))
        .collect();
    writeln!(out, "{counted} in {seconds:.1} s: {}", by.join(", "))?;
    let rate = if seconds > 0.0 { format!(", {:.0} a second", total as f64 / seconds) } else { String::new() };
    writeln!(
        out,
        "{} changed; {} received, {} added to the archive{rate}",
        term::count(summary.changed),
        term::size(summary.received),
        term::size(summary.stored)
    )?;
    skipped(out)?;
    if summary.put_off > 0 {
        let words = format!("{} put off: they are tried again by the next run", term::count(summary.put_off));
        writeln!(out, "{}", p.odd(&words))?;
    }
    if summary.interrupted {
        writeln!(out, "{}", p.odd("Stopped by the operator; what is counted above is kept."))?;
    }
    Ok(())
}

/// Prints settings with where each comes from.
pub fn settings(lines: &[Resolved], screen: Screen, out: &mut dyn Write) -> io::Result<()> {
    let mut table = term::Table::new(&["key", "~value", "from"]);
    for line in lines {
        let tone = if line.origin == "default" { Tone::Faint } else { Tone::Good };
        table.row(vec![
            (line.key.clone(), Tone::Plain),
            (line.value.clone(), Tone::Plain),
            (line.origin.clone(), tone),
        ]);
    }
    table.write(screen.columns, screen.paint, out)
}
