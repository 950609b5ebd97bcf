//! `schedule`.

use std::io::{self, Write};
use std::time::Duration;

use super::print;
use crate::app::Plan;
use crate::cli::Session;
use crate::cli::args::Schedule;
use crate::cli::exit::Exit;
use crate::cli::render::Screen;
use crate::cli::term::{self, Table, Tone};
use crate::error::{Error, ErrorKind, Result};
use crate::model::{DueEnd, Watch, WatchState};

pub(super) fn schedule(session: &Session<'_>, words: &Schedule) -> Result<Exit> {
    let sets = words.every.is_some() || words.clear;
    if words.watches.is_empty() && words.tags.is_empty() {
        if sets {
            return Err(Error::new(ErrorKind::Usage, "which watches are to have these times?")
                .hint("name URLs or numbers, or a --tag; run.every in the configuration file holds for all"));
        }
        let upcoming = session.app.upcoming(u64::from(words.limit))?;
        print(session, &upcoming, |to| soonest(session, &upcoming, to))?;
        return Ok(Exit::AllKept);
    }
    let watches = session.app.targets(&words.watches, &words.tags, &[WatchState::Active, WatchState::Paused])?;
    if sets {
        session.app.set_every(&watches, words.every.as_ref())?;
    }
    let mut plans = Vec::new();
    for watch in watches.iter().take(words.limit as usize) {
        let watch = session.app.watch(&watch.id.to_string())?;
        plans.push(session.app.plan(watch, words.times as usize, words.times)?);
    }
    let more = watches.len() - plans.len();
    print(session, &plans, |to| {
        for plan in &plans {
            one(plan, session.screen, to)?;
        }
        if more > 0 { writeln!(to, "{more} more; --limit shows them") } else { Ok(()) }
    })?;
    Ok(Exit::AllKept)
}

fn soonest(session: &Session<'_>, watches: &[Watch], to: &mut dyn Write) -> io::Result<()> {
    let screen = session.screen;
    if watches.is_empty() {
        return writeln!(to, "Nothing is due. `keepfast add URL` begins.");
    }
    let mut table = Table::new(&["due", "in", ">watch", "when", "~url"]);
    for watch in watches {
        let (Some(due), every) =
            (watch.due_at, session.app.config().every_for(&watch.what.tags, watch.what.every.clone()))
        else {
            continue;
        };
        let (wait, tone) =
            if due <= screen.now { ("now".to_owned(), Tone::Odd) } else { (term::age(due, screen.now), Tone::Faint) };
        table.row(vec![
            (term::time(due), Tone::Plain),
            (wait, tone),
            (watch.id.to_string(), Tone::Plain),
            (every.to_string(), Tone::Faint),
            (watch.what.url.clone(), Tone::Plain),
        ]);
    }
    table.write(screen.columns, screen.paint, to)
}

fn one(plan: &Plan, screen: Screen, to: &mut dyn Write) -> io::Result<()> {
    let own = if plan.own { ", its own times" } else { "" };
    writeln!(to, "{} {}", screen.paint.strong(&format!("watch {}", plan.watch.id)), term::line(&plan.watch.what.url))?;
    writeln!(to, "  when   {}{own}", plan.every)?;
    if plan.watch.state != WatchState::Active {
        writeln!(to, "  next   never: it is {}", plan.watch.state)?;
    }
    for (n, at) in plan.next.iter().enumerate() {
        let name = if n == 0 { "next" } else { "" };
        writeln!(to, "  {name:<6} {}  {}", term::time(*at), screen.paint.faint(&term::age(*at, screen.now)))?;
    }
    if let Some(since) = plan.pulse.absent_since {
        writeln!(to, "  {}", screen.paint.bad(&format!("nothing there since {}", term::time(since))))?;
    }
    if let Some(host) = &plan.budget {
        let it = host.allowance;
        let anew = format!("{} of {}, anew {}", it.used, it.budget, term::time(it.anew_at));
        let anew = if it.is_used_up() { screen.paint.odd(&anew) } else { anew };
        let apart = match host.apart {
            0 => String::new(),
            // Each a little more than that.
            n => {
                format!("; adaptive looks at least {} apart", crate::config::duration(Duration::from_secs(n / 60 * 60)))
            }
        };
        writeln!(to, "  budget {anew}{apart}")?;
    }
    for (n, ended) in plan.ended.iter().enumerate() {
        let name = if n == 0 { "past" } else { "" };
        let row = &ended.row;
        let until =
            row.until.map(|until| format!(" to {} ({} times)", term::time(until), row.times)).unwrap_or_default();
        let how = match (row.reason, ended.snapshot) {
            (Some(reason), _) => format!("{}: {reason}", row.ended),
            (None, Some(snapshot)) => format!("{}: snapshot {snapshot}", row.ended),
            (None, None) => row.ended.to_string(),
        };
        let how = if row.ended == DueEnd::Missed { screen.paint.bad(&how) } else { how };
        writeln!(to, "  {name:<6} {}{until}  {how}", term::time(row.at))?;
    }
    Ok(())
}
