//! What a run is doing, live: a board on a terminal, plain lines otherwise.

use std::collections::{BTreeMap, VecDeque};
use std::io::Write;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::term::{self, Paint};
use crate::model::Outcome;

/// Hosts shown on the board: those with the most captures in flight.
const SHOWN_HOSTS: usize = 6;
/// Hosts that are remembered; the idle ones beyond are forgotten.
const MAX_HOSTS: usize = 4096;
/// Seconds over which the rate is measured.
const RATE_SECONDS: u64 = 5;
/// Plain lines that tell each capture; beyond, only failures and every hundredth are told.
const TOLD_ONE_BY_ONE: u64 = 200;

#[derive(Clone, Debug, Default)]
struct Host {
    in_flight: u32,
    done: u64,
    lost: u64,
    url: String,
}

#[derive(Default)]
struct State {
    hosts: BTreeMap<String, Host>,
    done: u64,
    lost: u64,
    bytes: u64,
    recent: VecDeque<(u64, u64, u64)>,
    expected: u64,
}

/// The board of one run.
pub struct Board {
    begun: Instant,
    paint: Paint,
    columns: usize,
    state: Mutex<State>,
    face: Face,
}

enum Face {
    Live { all: MultiProgress, total: ProgressBar, hosts: Vec<ProgressBar> },
    Plain(Mutex<Box<dyn Write + Send>>),
    Silent,
}

/// How a board shows itself.
pub enum Show {
    /// On a terminal of so many columns, by way of standard error.
    Terminal(usize),
    /// As plain lines.
    Lines(Box<dyn Write + Send>),
    /// Not at all.
    Nothing,
}

impl Board {
    /// A board for a run of so many captures (zero: not known).
    pub fn new(show: Show, expected: u64, paint: Paint) -> Self {
        let (face, columns) = match show {
            Show::Terminal(columns) => {
                let all = MultiProgress::with_draw_target(ProgressDrawTarget::stderr_with_hz(10));
                let plain = ProgressStyle::with_template("{msg}").unwrap_or_else(|_| ProgressStyle::default_bar());
                let line = || all.add(ProgressBar::new_spinner().with_style(plain.clone()));
                let hosts = (0..SHOWN_HOSTS).map(|_| line()).collect();
                (Face::Live { total: line(), hosts, all: all.clone() }, columns)
            }
            Show::Lines(out) => (Face::Plain(Mutex::new(out)), 200),
            Show::Nothing => (Face::Silent, 80),
        };
        let state = Mutex::new(State { expected, ..State::default() });
        Self { begun: Instant::now(), paint, columns, state, face }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // Counters stay good even if a thread died while it held them.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// More captures have become due.
    pub fn expect_more(&self, captures: u64) {
        self.state().expected += captures;
    }

    /// A capture began.
    pub fn started(&self, host: &str, url: &str) {
        let mut state = self.state();
        if state.hosts.len() >= MAX_HOSTS && !state.hosts.contains_key(host) {
            state.hosts.retain(|_, host| host.in_flight > 0);
        }
        let host = state.hosts.entry(term::line(host).into_owned()).or_default();
        host.in_flight += 1;
        host.url = term::line(url).into_owned();
    }

    /// A capture was committed.
    pub fn finished(&self, host: &str, url: &str, outcome: Outcome, bytes: u64, ms: u64) {
        let second = self.begun.elapsed().as_secs();
        let done = {
            let mut state = self.state();
            let lost = u64::from(!outcome.is_kept());
            state.done += 1;
            state.lost += lost;
            state.bytes += bytes;
            if let Some(host) = state.hosts.get_mut(term::line(host).as_ref()) {
                host.in_flight = host.in_flight.saturating_sub(1);
                host.done += 1;
                host.lost += lost;
            }
            match state.recent.back_mut() {
                Some((at, n, sum)) if *at == second => (*n, *sum) = (*n + 1, *sum + bytes),
                _ => state.recent.push_back((second, 1, bytes)),
            }
            while state.recent.front().is_some_and(|(at, ..)| at + RATE_SECONDS < second) {
                state.recent.pop_front();
            }
            state.done
        };
        match &self.face {
            Face::Plain(_) if outcome.is_kept() && done > TOLD_ONE_BY_ONE => {
                if done.is_multiple_of(100) {
                    self.print(&self.total_line());
                }
            }
            Face::Plain(_) => {
                let line = format!("{outcome}  {}  {}, {ms} ms", term::line(url), term::size(bytes));
                self.print(&line);
            }
            Face::Live { .. } if !outcome.is_kept() => {
                let line = format!("{}  {}", self.paint.bad(outcome.as_str()), term::line(url));
                self.print(&line);
            }
            Face::Live { .. } | Face::Silent => {}
        }
    }

    /// A remark, such as "example.org asks to wait 30 s".
    pub fn note(&self, text: &str) {
        self.print(&term::line(text));
    }

    fn print(&self, line: &str) {
        match &self.face {
            Face::Live { all, .. } => {
                // A terminal that is gone must not end the run.
                let _ = all.println(line);
            }
            Face::Plain(out) => {
                let _ = writeln!(out.lock().unwrap_or_else(PoisonError::into_inner), "{line}");
            }
            Face::Silent => {}
        }
    }

    /// Counts, octets and rate in one line.
    pub fn total_line(&self) -> String {
        let state = self.state();
        let span = self.begun.elapsed().as_secs_f64().clamp(0.001, RATE_SECONDS as f64);
        let (n, bytes) = state.recent.iter().fold((0, 0), |(n, sum), (_, m, more)| (n + m, sum + more));
        let of =
            if state.expected > state.done { format!(" of {}", term::count(state.expected)) } else { String::new() };
        let lost = if state.lost > 0 { format!(", {} not kept", term::count(state.lost)) } else { String::new() };
        format!(
            "{}{of} captured{lost}  {}  {:.0}/s  {}/s",
            term::count(state.done),
            term::size(state.bytes),
            n as f64 / span,
            term::size((bytes as f64 / span) as u64)
        )
    }

    /// The busiest hosts, one line each.
    pub fn host_lines(&self) -> Vec<String> {
        let state = self.state();
        let mut busy: Vec<_> = state.hosts.iter().filter(|(_, host)| host.in_flight > 0).collect();
        busy.sort_by(|(a_name, a), (b_name, b)| b.in_flight.cmp(&a.in_flight).then(a_name.cmp(b_name)));
        let shown = busy.iter().take(SHOWN_HOSTS).map(|(name, host)| {
            let lost = if host.lost > 0 { format!(", {} not kept", host.lost) } else { String::new() };
            let line = format!("  {name}  {} in flight, {} done{lost}  {}", host.in_flight, host.done, host.url);
            term::cut(&line, self.columns.saturating_sub(1)).into_owned()
        });
        shown.collect()
    }

    /// How many hosts are remembered: those in flight, and idle ones up to a bound.
    pub fn hosts_remembered(&self) -> usize {
        self.state().hosts.len()
    }

    /// Draws the board anew; does nothing where there is none.
    pub fn tick(&self) {
        let Face::Live { total, hosts, .. } = &self.face else { return };
        let lines = self.host_lines();
        for (n, bar) in hosts.iter().enumerate() {
            bar.set_message(lines.get(n).map(|line| self.paint.faint(line)).unwrap_or_default());
        }
        total.set_message(self.total_line());
        total.tick();
    }

    /// Takes the board away, so that the summary can be printed.
    pub fn finish(&self) {
        if let Face::Live { all, .. } = &self.face {
            // As above: a terminal that is gone is no failure of the run.
            let _ = all.clear();
        }
    }
}
