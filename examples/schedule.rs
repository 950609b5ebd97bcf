//! How fast the scheduler is with a million watches: what is due goes into the frontier, is claimed, and is due anew.
//!
//! ```text
//! cargo run --release --example schedule -- --dir target/schedule --out schedule.json
//! ```
//!
//! All goes the way of the service, through the one writer: `arrive` (the due query, and moving what it finds into the
//! frontier), `claim` (32 of a host at a time, many hosts at once) and `commit` (the look's rows, how its due time ended, and the
//! next one). The commit is measured with a look that got no answer, which is nearly nothing but its schedule, and with a 304
//! and its two WARC records. The watches have three rounds of looks behind and before them. The folder must not exist.

#![expect(clippy::print_stdout, reason = "a program that reports to whoever runs it")]

use std::path::PathBuf;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use keepfast::clock::{Clock as _, System};
use keepfast::model::{
    Captured, Digest, DocumentPart, DueEnd, DueRow, Flag, Job, NewWatch, Outcome, Robots, RunId, Settled, Source,
};
use keepfast::seal::{self, RunFacts};
use keepfast::store::{Archive, CaptureOptions, RunStart, Writer};
use keepfast::warc::Compressor;

use self::made::{Fallible, Figures, Page, captured, note};

mod made;

/// Commands in flight.
const IN_FLIGHT: usize = 512;
/// Jobs of a host that are claimed at once, as the dispatcher does.
const CLAIM: u32 = 32;

struct Options {
    dir: PathBuf,
    out: Option<PathBuf>,
    watches: u64,
    hosts: u64,
}

impl Options {
    fn parse() -> Fallible<Self> {
        let mut out = Self { dir: "target/schedule".into(), out: None, watches: 1_000_000, hosts: 5_000 };
        let mut words = std::env::args().skip(1);
        while let Some(word) = words.next() {
            let value = words.next().ok_or_else(|| format!("{word} needs a value"))?;
            match word.as_str() {
                "--dir" => out.dir = value.into(),
                "--out" => out.out = Some(value.into()),
                "--watches" => out.watches = value.parse()?,
                "--hosts" => out.hosts = value.parse::<u64>()?.max(1),
                _ => return Err(format!("unknown: {word}").into()),
            }
        }
        Ok(out)
    }
}

/// What a look brings.
#[derive(Clone, Copy, PartialEq)]
enum Look {
    /// A first answer, with a body.
    Whole,
    /// No answer: nothing but rows.
    Nothing,
    /// The same body again.
    Same,
}

fn main() -> Fallible<()> {
    let options = Options::parse()?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let figures = runtime.block_on(measure(&options))?;
    if let Some(out) = &options.out {
        let head = serde_json::json!({ "watches": options.watches, "hosts": options.hosts, "figures": figures });
        std::fs::write(out, serde_json::to_string_pretty(&head)? + "\n")?;
    }
    Ok(())
}

async fn measure(options: &Options) -> Fallible<Figures> {
    std::fs::create_dir_all(&options.dir)?;
    let begin = System.now();
    let archive = Archive::init(&options.dir.join("archive"), begin)?;
    let mut figures = Figures::new();
    let began = Instant::now();
    let mut edit = archive.edit()?;
    for first in (0..options.watches).step_by(50_000) {
        let watches: Vec<NewWatch> =
            (first..options.watches.min(first + 50_000)).map(|n| watch(n, options.hosts)).collect();
        edit.add(&watches, begin)?;
    }
    drop(edit);
    note(&mut figures, "watches added, a second", options.watches as f64 / began.elapsed().as_secs_f64());
    let capture =
        CaptureOptions { segment_size: 1 << 30, warcinfo: vec![("software", "schedule".into())], min_free: 1 << 30 };
    let (writer, _) = archive.capture(capture)?;
    let run = writer
        .start_run(RunStart {
            at: begin,
            software: "keepfast/schedule".into(),
            operator: "schedule@localhost".into(),
            config_digest: Digest::of(b"schedule"),
            config: "{}".into(),
        })
        .await?;
    for (day, look, name) in
        [(0, Look::Whole, "first look"), (1, Look::Nothing, "no answer"), (2, Look::Same, "unchanged")]
    {
        let now = begin.checked_add(Duration::from_secs(day * 86_400))?;
        round(options, &writer, run, now, look, name, &mut figures).await?;
    }
    let began = Instant::now();
    writer.close()?;
    note(&mut figures, "closing, s", began.elapsed().as_secs_f64());
    let began = Instant::now();
    let mut due = 0;
    for _ in 0..20 {
        due += archive.reader()?.upcoming(50)?.len();
    }
    note(&mut figures, "the next 50 due times, ms", began.elapsed().as_secs_f64() * 50.0);
    if due < 1000 && options.watches >= 50 {
        return Err(format!("{due} due times in 20 questions").into());
    }
    Ok(figures)
}

fn watch(n: u64, hosts: u64) -> NewWatch {
    let host = format!("host{}.example:443", n % hosts);
    let url = format!("https://host{}.example/{n}", n % hosts);
    NewWatch {
        key: url.clone(),
        url,
        host,
        source: Source::Add,
        tags: Vec::new(),
        note: None,
        every: None,
        published: None,
        options: Default::default(),
    }
}

/// Everything is due: into the frontier, out of it, and due anew.
async fn round(
    options: &Options,
    writer: &Writer,
    run: RunId,
    now: Timestamp,
    look: Look,
    name: &str,
    figures: &mut Figures,
) -> Fallible<()> {
    let count = options.watches as f64;
    let (mut hosts, began) = (Vec::new(), Instant::now());
    let mut slowest = 0f64;
    loop {
        let asked = Instant::now();
        let some = writer.arrive(run, now, false).await?;
        slowest = slowest.max(asked.elapsed().as_secs_f64());
        if some.is_empty() {
            break;
        }
        hosts.extend(some);
    }
    note(figures, &format!("{name}: due to frontier, watches a second"), count / began.elapsed().as_secs_f64());
    note(figures, &format!("{name}: slowest step of it, ms"), slowest * 1000.0);
    hosts.sort_unstable();
    hosts.dedup();
    let began = Instant::now();
    let jobs = claim_all(writer, run, &hosts, now).await?;
    note(figures, &format!("{name}: claimed, watches a second"), count / began.elapsed().as_secs_f64());
    if jobs.len() as u64 != options.watches {
        return Err(format!("{} of {} watches were claimed", jobs.len(), options.watches).into());
    }
    let facts = RunFacts { config: Digest::of(b"schedule"), software: "keepfast/schedule".into() };
    let mut compressor = Compressor::new(1);
    let mut took = Duration::ZERO;
    let mut tasks = tokio::task::JoinSet::new();
    let mut jobs = jobs.into_iter();
    loop {
        // What a worker does is made ready before, so that it is not counted.
        let ready: Vec<Captured> = jobs
            .by_ref()
            .take(16_384)
            .map(|job| looked(job, run, now, look, &facts, &mut compressor))
            .collect::<Fallible<_>>()?;
        if ready.is_empty() {
            break;
        }
        let began = Instant::now();
        for captured in ready {
            if tasks.len() >= IN_FLIGHT
                && let Some(kept) = tasks.join_next().await
            {
                kept??;
            }
            let writer = writer.clone();
            tasks.spawn(async move { writer.commit(captured).await });
        }
        while let Some(kept) = tasks.join_next().await {
            kept??;
        }
        took += began.elapsed();
    }
    note(figures, &format!("{name}: committed and due anew, watches a second"), count / took.as_secs_f64());
    Ok(())
}

async fn claim_all(writer: &Writer, run: RunId, hosts: &[String], now: Timestamp) -> Fallible<Vec<Job>> {
    let (mut jobs, mut tasks) = (Vec::new(), tokio::task::JoinSet::new());
    let mut waiting: std::collections::VecDeque<String> = hosts.iter().cloned().collect();
    loop {
        while tasks.len() < 256
            && let Some(host) = waiting.pop_front()
        {
            let writer = writer.clone();
            tasks.spawn(async move { writer.claim(run, host.clone(), CLAIM, now).await.map(|jobs| (host, jobs)) });
        }
        let Some(claimed) = tasks.join_next().await else { return Ok(jobs) };
        let (host, some) = claimed??;
        if some.len() == CLAIM as usize {
            waiting.push_back(host);
        }
        jobs.extend(some);
    }
}

fn looked(
    job: Job,
    run: RunId,
    at: Timestamp,
    look: Look,
    facts: &RunFacts,
    compressor: &mut Compressor,
) -> Fallible<Captured> {
    // All pages say the same: what is measured is not how payloads and documents are kept.
    let body = if look == Look::Nothing { "" } else { "<!DOCTYPE html><title>A page</title>" };
    let page = Page {
        run,
        watch: job.watch,
        url: &job.url,
        at,
        head: "ETag: \"1\"\r\n",
        body: body.as_bytes(),
        decoded_len: body.len() as u64,
        document: keepfast::model::Document::empty(),
        version: 1,
    };
    let mut made = captured(page, facts, compressor)?;
    made.job = Some(job.id);
    made.robots = Some(Robots::Allowed);
    made.document = DocumentPart::None;
    match look {
        Look::Whole => {}
        Look::Nothing => {
            made.outcome = Outcome::ConnectFailed;
            made.status = None;
            made.exchanges = Vec::new();
            made.final_exchange = None;
        }
        Look::Same => {
            made.outcome = Outcome::Unchanged;
            made.status = Some(304);
            made.flags = vec![Flag::NotModified];
            made.previous = job.previous.map(|previous| previous.snapshot);
            made.changed = Some(false);
        }
    }
    let next = at.checked_add(Duration::from_secs(3600 + u64::try_from(job.watch.0)? % 36_000))?;
    made.schedule = Some(Settled {
        ended: vec![DueRow {
            at: job.planned.unwrap_or(at),
            until: None,
            times: 1,
            ended: DueEnd::Ran,
            reason: None,
            next: Some(next),
        }],
        next: Some(next),
        over: false,
        waiting: None,
        pulse: job.pulse,
    });
    made.leaf = seal::leaf(&made, facts).octets();
    Ok(made)
}
