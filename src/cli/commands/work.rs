//! `run`, `add --once`, `verify`, `backup`, `prune`, `demo`.

use std::io::{IsTerminal as _, Write};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;

use super::{out, print, stdout, tell};
use crate::app::demo::{self, Act};
use crate::app::{Addition, Event, PruneScope, Recovered, RunAsk, RunReport, Stopper};
use crate::cli::args::{Backup, Demo, Global, Prune, Run, Verify};
use crate::cli::exit::Exit;
use crate::cli::progress::{Board, Show};
use crate::cli::summary::{self, NotKept, RunSummary};
use crate::cli::term::Paint;
use crate::cli::{Session, render, term};
use crate::clock::System;
use crate::config::lists::Listed;
use crate::error::Result;
use crate::model::WatchState;

/// URLs that were not kept and are named at the end.
const NAMED: usize = 1000;

/// What a run told while it went on.
#[derive(Default)]
struct Told {
    not_kept: Vec<NotKept>,
    changed: u64,
}

pub(super) fn run(session: &Session<'_>, words: &Run) -> Result<Exit> {
    let ask = if words.watches.is_empty() {
        RunAsk { all: words.all, tags: words.tags.clone(), ..RunAsk::default() }
    } else {
        session.app.sync()?;
        let watches = session.app.targets(&words.watches, &words.tags, &[WatchState::Active])?;
        RunAsk { watches: watches.iter().map(|w| w.id).collect(), ..RunAsk::default() }
    };
    let (report, told) = go(session, &ask)?;
    notes(session, &report)?;
    let shown = shown(&report, told);
    print(session, &shown, |to| summary::run(&shown, session.screen, to))?;
    Ok(ended(&shown))
}

pub(super) fn once(session: &Session<'_>, items: Vec<Listed>, addition: Addition) -> Result<Exit> {
    let ask = RunAsk { once: items, addition, ..RunAsk::default() };
    let (report, told) = go(session, &ask)?;
    notes(session, &report)?;
    let views = report.snapshots.iter().map(|id| session.app.show(*id)).collect::<Result<Vec<_>>>()?;
    let shown = shown(&report, told);
    if session.global.json {
        print(session, &views, |_| Ok(()))?;
    } else {
        print(session, &views, |to| {
            for view in &views {
                render::snapshot(view, session.screen, to)?;
                writeln!(to)?;
            }
            summary::run(&shown, session.screen, to)?;
            let dir = session.app.dir().display().to_string();
            writeln!(
                to,
                "Kept in {}; `keepfast show {}` shows it again.",
                term::line(&dir),
                views.first().map_or_else(|| "NUMBER".into(), |v| v.snapshot.id.to_string())
            )
        })?;
    }
    if shown.total() == 0 && !report.junk.is_empty() {
        return Ok(Exit::Usage);
    }
    Ok(ended(&shown))
}

/// Runs with a board that shows what happens.
fn go(session: &Session<'_>, ask: &RunAsk) -> Result<(RunReport, Told)> {
    let board: Arc<OnceLock<Board>> = Arc::default();
    let told: Arc<Mutex<Told>> = Arc::default();
    let (shown, heard) = (Arc::clone(&board), Arc::clone(&told));
    let listener = Arc::new(move |event: Event| {
        if let Some(board) = shown.get() {
            match &event {
                Event::Started { host, url } => board.started(host, url),
                Event::Finished { host, url, outcome, bytes, took, .. } => {
                    board.finished(host, url, *outcome, *bytes, u64::try_from(took.as_millis()).unwrap_or(u64::MAX));
                }
                Event::Waiting { host, for_ } => {
                    board.note(&format!("{host} is left alone for {}", term::length(for_.as_secs())));
                }
                Event::Note(text) => board.note(text),
                Event::Tick { .. } => {}
            }
        }
        if let Event::Finished { url, outcome, changed, reason, retry_in: None, .. } = event {
            let mut told = heard.lock().unwrap_or_else(PoisonError::into_inner);
            told.changed += u64::from(changed == Some(true));
            if !outcome.is_kept() && told.not_kept.len() < NAMED {
                told.not_kept.push(NotKept { url, outcome, why: reason.unwrap_or_default() });
            }
        }
    });
    let quiet = session.global.quiet || session.global.json;
    let (columns, paint) = (session.screen.columns, session.screen.paint);
    let begin = {
        let board = Arc::clone(&board);
        move |expected: u64| {
            let show = match std::io::stderr().is_terminal() {
                _ if quiet => Show::Nothing,
                true => Show::Terminal(columns),
                false => Show::Lines(Box::new(std::io::stderr())),
            };
            let _ = board.set(Board::new(show, expected, paint));
        }
    };
    let stopper = Stopper::new();
    let done = Arc::new(std::sync::atomic::AtomicBool::new(false));
    let ticker = {
        let (board, done) = (Arc::clone(&board), Arc::clone(&done));
        std::thread::spawn(move || {
            while !done.load(std::sync::atomic::Ordering::Relaxed) {
                std::thread::park_timeout(Duration::from_millis(200));
                if let Some(board) = board.get() {
                    board.tick();
                }
            }
        })
    };
    let report = session.app.run(ask, listener, &stopper, &begin);
    done.store(true, std::sync::atomic::Ordering::Relaxed);
    ticker.thread().unpark();
    let _ = ticker.join();
    if let Some(board) = board.get() {
        board.finish();
    }
    let told = std::mem::take(&mut *told.lock().unwrap_or_else(PoisonError::into_inner));
    Ok((report?, told))
}

/// What an operator should know before the summary: on standard error, so that output stays clean.
#[expect(clippy::print_stderr, reason = "this is the face")]
fn notes(session: &Session<'_>, report: &RunReport) -> Result<()> {
    if session.global.quiet {
        return Ok(());
    }
    mended(session, &report.recovered);
    for bad in report.junk.iter().take(20) {
        eprintln!("not a URL: {}: {}", term::line(&bad.place), term::line(&bad.reason));
    }
    Ok(())
}

/// What the start of a process that writes found and mended.
#[expect(clippy::print_stderr, reason = "this is the face")]
pub(super) fn mended(session: &Session<'_>, recovered: &Recovered) {
    if session.global.quiet {
        return;
    }
    if let Some(damage) = &recovered.damage {
        eprintln!("{}", session.screen.paint.bad(&term::line(damage)));
    }
    if recovered.stopped_runs > 0 {
        eprintln!(
            "An earlier run did not end: {} octets that nobody was promised were cut off, {} captures are taken up again.",
            recovered.cut, recovered.freed_jobs
        );
    }
}

fn shown(report: &RunReport, told: Told) -> RunSummary {
    RunSummary {
        run: Some(report.run),
        outcomes: report.summary.outcomes.iter().map(|(outcome, n)| (*outcome, *n)).collect(),
        changed: told.changed,
        skipped: report.summary.skipped,
        put_off: report.summary.put_off,
        received: report.summary.received,
        stored: report.summary.stored,
        took_ms: u64::try_from(report.took.as_millis()).unwrap_or(u64::MAX),
        not_kept: told.not_kept,
        interrupted: report.summary.interrupted,
    }
}

fn ended(summary: &RunSummary) -> Exit {
    if summary.interrupted {
        Exit::Interrupted
    } else if summary.kept() == summary.total() && summary.put_off == 0 {
        Exit::AllKept
    } else {
        Exit::SomeNotKept
    }
}

pub(super) fn verify(session: &Session<'_>, words: &Verify) -> Result<Exit> {
    let report = session.app.verify(words.dir.as_deref())?;
    print(session, &report, |to| {
        for problem in &report.problems {
            let line = format!("{:?}: {}: {}", problem.fault, problem.place, problem.message).to_lowercase();
            writeln!(to, "{}", session.screen.paint.bad(&term::line(&line)))?;
        }
        let more = report.problem_count.saturating_sub(report.problems.len() as u64);
        if more > 0 {
            writeln!(to, "… and {} more", term::count(more))?;
        }
        let counted = format!(
            "{} snapshots, {} records, {} entries of the custody log: ",
            term::count(report.snapshots),
            term::count(report.records),
            term::count(report.custody)
        );
        let verdict = match report.problem_count {
            0 => session.screen.paint.good("all as it was written"),
            n => session.screen.paint.bad(&format!("{} problems", term::count(n))),
        };
        writeln!(to, "{counted}{verdict}")?;
        match report.head {
            Some(head) => writeln!(to, "the log ends in {head}"),
            None => Ok(()),
        }
    })?;
    Ok(if report.is_clean() { Exit::AllKept } else { Exit::Verify })
}

pub(super) fn backup(session: &Session<'_>, words: &Backup) -> Result<Exit> {
    let report = session.app.backup(&words.dir)?;
    tell(session, &report, |to| {
        let dir = words.dir.display().to_string();
        writeln!(
            to,
            "{}: {} WARC files copied, {} there already, {} written; `keepfast verify {}` checks it",
            term::line(&dir),
            report.copied,
            report.kept,
            term::size(report.bytes),
            term::line(&dir)
        )
    })?;
    Ok(Exit::AllKept)
}

pub(super) fn prune(session: &Session<'_>, words: &Prune) -> Result<Exit> {
    let before = words.before.map_or(session.screen.now, |m| m.resolve(session.screen.now));
    let scope = PruneScope { before, tags: words.tags.clone() };
    let plan = if words.yes {
        session.app.prune(&scope, words.reason.as_deref().unwrap_or("pruned by the operator"))?
    } else {
        session.app.prune_plan(&scope)?
    };
    print(session, &plan, |to| {
        let word = if words.yes { "removed" } else { "would be removed" };
        writeln!(
            to,
            "{} snapshots {word}, {} of records",
            term::count(plan.snapshots.len() as u64),
            term::size(plan.bytes)
        )?;
        if plan.needed > 0 {
            writeln!(to, "{} stay, because snapshots that stay refer to them", term::count(plan.needed))?;
        }
        if words.yes {
            writeln!(to, "{} freed: a WARC file is deleted once nothing in it is needed", term::size(plan.freed))?;
        }
        Ok(())
    })?;
    Ok(Exit::AllKept)
}

pub(super) fn demo(global: &Global, words: &Demo, paint: Paint) -> Result<Exit> {
    let dir = words.dir.clone().unwrap_or_else(|| demo::free_folder("keepfast-demo"));
    let mut to = stdout();
    let (json, quiet) = (global.json, global.quiet);
    if !json && !quiet {
        writeln!(to, "A small site on this machine is archived three times while it changes.\n").map_err(out)?;
    }
    let (mut promises, mut kept, mut acts) = (0, 0, Vec::new());
    let app = demo::play(&dir, Arc::new(System), |act| {
        promises += act.findings.len();
        kept += act.findings.iter().filter(|f| f.holds).count();
        acts.push(act.clone());
        if json || quiet { Ok(()) } else { act_words(act, paint, &mut to).map_err(out) }
    })?;
    let verified = app.verify(None)?;
    let holds = kept == promises && verified.is_clean() && acts.iter().all(|act| act.forbidden == 0);
    let shown = dir.display().to_string();
    if json {
        let all = serde_json::json!({ "archive": shown, "acts": acts, "verify": verified, "holds": holds });
        render::json(&all, &mut to).map_err(out)?;
    } else {
        writeln!(
            to,
            "{kept} of {promises} findings hold in the catalogue; {} records verified, {} problems.",
            verified.records, verified.problem_count
        )
        .map_err(out)?;
        let bridge = acts.first().and_then(|act| act.findings.get(1)).map(|f| f.url.clone()).unwrap_or_default();
        let here = term::line(&shown);
        let program = std::env::args().next().unwrap_or_else(|| "keepfast".into());
        let program = term::line(&program);
        writeln!(
            to,
            "\nLook closer:\n  {program} --archive {here} history {bridge}\n  {program} --archive {here} show {bridge}\n  \
             {program} --archive {here} export --format html --current -o demo.html\n  \
             {program} --archive {here} export --format warc -o demo.warc.gz\n  \
             sqlite3 {here}/catalog.db 'SELECT id, outcome, changed FROM snapshot'"
        )
        .map_err(out)?;
    }
    to.flush().map_err(out)?;
    Ok(if holds { Exit::AllKept } else { Exit::SomeNotKept })
}

fn act_words(act: &Act, paint: Paint, to: &mut dyn Write) -> std::io::Result<()> {
    let what = match act.number {
        1 => "the site as it is found",
        2 => "words edited, a comment added, a picture replaced",
        _ => "words edited again, a comment removed, a picture replaced, a page deleted",
    };
    writeln!(to, "{}", paint.strong(&format!("Act {}: {what}", act.number)))?;
    for finding in &act.findings {
        let mark = if finding.holds { paint.good("✓") } else { paint.bad("✗") };
        let outcome = format!("{:<10}", finding.outcome.as_str());
        writeln!(to, "  {mark} {outcome} {}: {}", finding.about, term::line(&finding.says))?;
    }
    writeln!(
        to,
        "    {} requests, {} received, {} added to the archive\n",
        act.requests,
        term::size(act.summary.received),
        term::size(act.summary.stored)
    )
}
