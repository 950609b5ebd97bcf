//! `reextract`.

use std::io::{IsTerminal as _, Write};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::{print, work};
use crate::app::{Filter, RereadAsk, RereadReport, RereadSummary, Stopper};
use crate::cli::args::Reextract;
use crate::cli::exit::Exit;
use crate::cli::{Session, term};
use crate::error::Result;

/// How often a line that stays says how far it is.
const EVERY: Duration = Duration::from_secs(10);

pub(super) fn reextract(session: &Session<'_>, words: &Reextract) -> Result<Exit> {
    let now = session.screen.now;
    let mut filter = Filter {
        tags: words.tags.clone(),
        since: words.since.map(|m| m.resolve(now)),
        until: words.until.map(|m| m.resolve(now)),
        ..Filter::default()
    };
    session.app.filter_urls(&mut filter, &words.urls)?;
    let ask = RereadAsk { filter, all: words.all };
    let mut progress = Progress::new(session.global.quiet || session.global.json);
    let expected = std::cell::Cell::new(0);
    let report = session.app.reextract(&ask, &Stopper::new(), &mut |pages| expected.set(pages), &mut |summary| {
        progress.tell(summary, expected.get())
    });
    progress.end();
    let report = report?;
    work::mended(session, &report.recovered);
    print(session, &report, |to| told(session, words, &report, to))?;
    Ok(if report.summary.interrupted {
        Exit::Interrupted
    } else if report.summary.lost() > 0 {
        Exit::SomeNotKept
    } else {
        Exit::AllKept
    })
}

/// How far it is: one line on a terminal, now and then a line elsewhere.
struct Progress {
    begun: Instant,
    said: Instant,
    face: Face,
}

enum Face {
    Live(ProgressBar),
    Plain,
    Silent,
}

impl Progress {
    fn new(quiet: bool) -> Self {
        let face = if quiet {
            Face::Silent
        } else if std::io::stderr().is_terminal() {
            let style = ProgressStyle::with_template("{msg}").unwrap_or_else(|_| ProgressStyle::default_bar());
            let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr_with_hz(5));
            Face::Live(bar.with_style(style))
        } else {
            Face::Plain
        };
        let begun = Instant::now();
        Self { begun, said: begun, face }
    }

    #[expect(clippy::print_stderr, reason = "this is the face")]
    fn tell(&mut self, summary: &RereadSummary, expected: u64) {
        let line = || {
            let done = summary.done();
            let of = if expected > done { format!(" of about {}", term::count(expected)) } else { String::new() };
            let rate = done as f64 / self.begun.elapsed().as_secs_f64().max(0.001);
            format!("{}{of} pages read again, {rate:.0}/s", term::count(done))
        };
        match &self.face {
            Face::Live(bar) => bar.set_message(line()),
            Face::Plain if self.said.elapsed() >= EVERY => {
                eprintln!("{}", line());
                self.said = Instant::now();
            }
            Face::Plain | Face::Silent => {}
        }
    }

    fn end(&self) {
        if let Face::Live(bar) = &self.face {
            bar.finish_and_clear();
        }
    }
}

fn told(session: &Session<'_>, words: &Reextract, report: &RereadReport, to: &mut dyn Write) -> std::io::Result<()> {
    let summary = &report.summary;
    let paint = session.screen.paint;
    for page in &summary.not_read {
        let said = format!("{} (snapshot {}): {}", page.url, page.snapshot, page.message);
        writeln!(to, "{}  {}", paint.bad("not read"), term::line(&said))?;
    }
    let more = summary.lost().saturating_sub(summary.not_read.len() as u64);
    if more > 0 {
        writeln!(to, "… and {} more", term::count(more))?;
    }
    let reader = summary.reader;
    if summary.done() == 0 && !summary.interrupted {
        let whole = words.urls.is_empty() && words.tags.is_empty() && words.since.is_none() && words.until.is_none();
        let what = if whole { "all that is stored" } else { "all of that" };
        return match words.all {
            true => writeln!(to, "Nothing of that is stored."),
            false => writeln!(to, "Nothing to do: reader {reader} or a newer one has read {what}."),
        };
    }
    let rate = summary.done() as f64 / (report.took_ms as f64 / 1000.0).max(0.001);
    writeln!(
        to,
        "{} pages read again by reader {reader} in {:.1} s ({rate:.0}/s); {} of them say something else than before",
        term::count(summary.read),
        report.took_ms as f64 / 1000.0,
        term::count(summary.differ)
    )?;
    if summary.same > 0 {
        writeln!(to, "{} read as they did, and nothing was added", term::count(summary.same))?;
    }
    if summary.lost() > 0 {
        writeln!(
            to,
            "not read: {} missing, {} damaged, {} given up; what was read of them before stays",
            term::count(summary.missing),
            term::count(summary.damaged),
            term::count(summary.gave_up)
        )?;
    }
    if summary.interrupted {
        writeln!(to, "interrupted: what was read is kept; run it again to go on")?;
    }
    Ok(())
}
