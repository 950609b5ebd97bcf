//! A catalogue of a million snapshots, made through the real writer, and how long the commands take on it.
//!
//! ```text
//! cargo run --release --example million -- --keepfast target/release/keepfast --dir /tmp/million --out million.json
//! ```
//!
//! Every snapshot goes the way of a capture: finished WARC records and rows through `Writer::commit`, many in
//! flight. A tenth of them hold a new payload with a document, the rest are 304s. The origin that `run` asks is
//! this process, on loopback. The folder must not exist; it is left behind for a closer look.

#![expect(clippy::print_stdout, reason = "a program that reports to whoever runs it")]

use std::error::Error;
use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use keepfast::clock::{Clock as _, System};
use keepfast::model::{
    Block, Captured, Digest, Document, DocumentPart, EncodedRecord, Flag, Held, Hop, KnownDocument, NewWatch, Outcome,
    Protocol, Pulse, ReadDocument, RecordBytes, RecordId, Recorded, Robots, RunId, Settled, SnapshotId, Source,
    WatchId,
};
use keepfast::seal::{self, RunFacts};
use keepfast::store::{Archive, CaptureOptions, RunEnd, RunStart, Select, Writer};
use keepfast::warc::{self, Compressor, Kind, NewRecord, REVISIT_NOT_MODIFIED};

type Fallible<T> = Result<T, Box<dyn Error + Send + Sync>>;

/// Commits in flight.
const IN_FLIGHT: usize = 512;
/// Every so many looks the page has changed.
const CHANGES_EVERY: u64 = 10;
/// The reader that the documents claim to come from.
const READER: u32 = 1;

struct Options {
    keepfast: PathBuf,
    dir: PathBuf,
    out: Option<PathBuf>,
    snapshots: u64,
    watches: u64,
    hosts: u64,
}

impl Options {
    fn parse() -> Fallible<Self> {
        let mut out = Self {
            keepfast: "target/release/keepfast".into(),
            dir: "target/million".into(),
            out: None,
            snapshots: 1_000_000,
            watches: 10_000,
            hosts: 200,
        };
        let mut words = std::env::args().skip(1);
        while let Some(word) = words.next() {
            let value = words.next().ok_or_else(|| format!("{word} needs a value"))?;
            match word.as_str() {
                "--keepfast" => out.keepfast = value.into(),
                "--dir" => out.dir = value.into(),
                "--out" => out.out = Some(value.into()),
                "--snapshots" => out.snapshots = value.parse()?,
                "--watches" => out.watches = value.parse()?,
                "--hosts" => out.hosts = value.parse::<u64>()?.clamp(1, 250),
                _ => return Err(format!("unknown: {word}").into()),
            }
        }
        Ok(out)
    }
}

/// One watch as the maker knows it.
struct Known {
    id: WatchId,
    url: String,
    previous: Option<SnapshotId>,
    held: Option<(Digest, Held)>,
    document: Option<KnownDocument>,
    body_len: u64,
}

fn main() -> Fallible<()> {
    let options = Options::parse()?;
    let (port, listeners) = listen(options.hosts)?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let made = runtime.block_on(make(&options, port))?;
    println!("made {} snapshots in {:.1} s: {:.0} a second", options.snapshots, made, options.snapshots as f64 / made);

    let bytes = std::fs::metadata(options.dir.join("archive/catalog.db"))?.len();
    let mut rows = vec![("catalogue octets a snapshot".to_owned(), bytes as f64 / options.snapshots as f64)];
    let config = options.dir.join("keepfast.toml");
    std::fs::write(
        &config,
        "[archive]\ndir = \"archive\"\n[client]\nallow_private = [\"127.0.0.0/8\"]\n[pace]\nper_second = 0\n",
    )?;
    let last = format!("http://127.0.2.1:{port}/{}", options.hosts * 3);
    let commands: [(&str, Vec<String>); 6] = [
        ("add", vec!["add".into()]),
        ("list", vec!["list".into()]),
        ("list --limit 50", vec!["list".into(), "--limit".into(), "50".into()]),
        ("history", vec!["history".into(), last.clone()]),
        ("status", vec!["status".into()]),
        ("show", vec!["show".into(), last]),
    ];
    for (name, words) in commands {
        let mut times = Vec::new();
        for turn in 0..7 {
            let mut words = words.clone();
            if name == "add" {
                words.push(format!("http://127.0.2.1:{port}/new/{turn}"));
            }
            times.push(timed(&options, &words)?);
        }
        rows.push((format!("{name}, ms"), median(&mut times)));
        rows.push((format!("{name}, slowest ms"), times.last().copied().unwrap_or_default()));
    }
    rows.push(("run to the first request, all due, ms".into(), run_start(&options, listeners)?));
    runtime.block_on(claims(&options, port, &mut rows))?;

    for (name, value) in &rows {
        println!("{name:40} {value:10.2}");
    }
    if let Some(out) = &options.out {
        let map: serde_json::Map<String, serde_json::Value> =
            rows.into_iter().map(|(name, value)| (name, ((value * 100.0).round() / 100.0).into())).collect();
        let head = serde_json::json!({
            "snapshots": options.snapshots, "watches": options.watches, "hosts": options.hosts,
            "catalogue_octets": bytes, "made_in_s": made, "figures": map,
        });
        std::fs::write(out, serde_json::to_string_pretty(&head)? + "\n")?;
    }
    Ok(())
}

/// The same port on many loopback addresses.
fn listen(hosts: u64) -> Fallible<(u16, Vec<TcpListener>)> {
    for _ in 0..20 {
        let first = TcpListener::bind("127.0.2.1:0")?;
        let port = first.local_addr()?.port();
        let more: Result<Vec<_>, _> = (2..=hosts).map(|n| TcpListener::bind(format!("127.0.2.{n}:{port}"))).collect();
        if let Ok(more) = more {
            return Ok((port, std::iter::once(first).chain(more).collect()));
        }
    }
    Err("no port is free on all addresses".into())
}

fn start(at: Timestamp) -> RunStart {
    RunStart {
        at,
        software: "keepfast/million".into(),
        operator: "million@localhost".into(),
        config_digest: Digest::of(b"million"),
        config: "{}".into(),
    }
}

fn open(options: &Options) -> Fallible<(Archive, Writer)> {
    let archive = Archive::init(&options.dir.join("archive"), System.now())?;
    let capture =
        CaptureOptions { segment_size: 1 << 30, warcinfo: vec![("software", "million".into())], min_free: 1 << 30 };
    let (writer, _) = archive.capture(capture)?;
    Ok((archive, writer))
}

/// Makes the archive; returns the seconds that the commits took.
async fn make(options: &Options, port: u16) -> Fallible<f64> {
    std::fs::create_dir_all(&options.dir)?;
    let (archive, writer) = open(options)?;
    let rounds = options.snapshots.div_ceil(options.watches);
    let begin = System.now().checked_sub(Duration::from_secs(rounds * 6 * 3600))?;
    let watches: Vec<NewWatch> = (0..options.watches)
        .map(|n| {
            let host = format!("127.0.2.{}:{port}", n % options.hosts + 1);
            let url = format!("http://{host}/{n}");
            NewWatch {
                key: url.clone(),
                url,
                host,
                source: Source::Add,
                tags: vec![format!("tag{}", n % 20)],
                note: None,
                every: None,
                published: None,
                options: Default::default(),
            }
        })
        .collect();
    let ids = archive.edit()?.add(&watches, begin)?;
    let mut known: Vec<Known> = ids
        .into_iter()
        .zip(watches)
        .map(|((id, _), w)| Known { id, url: w.url, previous: None, held: None, document: None, body_len: 0 })
        .collect();
    let began = Instant::now();
    let facts = RunFacts { config: Digest::of(b"million"), software: "keepfast/million".into() };
    let mut left = options.snapshots;
    for round in 0..rounds {
        let at = begin.checked_add(Duration::from_secs(round * 6 * 3600))?;
        let run = writer.start_run(start(at)).await?;
        let count = usize::try_from(left.min(options.watches))?;
        left -= count as u64;
        commit_round(&writer, &mut known[..count], round, run, at, &facts).await?;
        writer.end_run(run, RunEnd::Done, at).await?;
        if round.is_multiple_of(CHANGES_EVERY) {
            let reader = archive.reader()?;
            for one in &mut known[..count] {
                if let Some((digest, _)) = &one.held {
                    one.document = reader.read_before(digest, &one.url, READER, None)?;
                }
            }
        }
        if round % 10 == 9 {
            println!("{} snapshots, {:.0} s", (round + 1) * options.watches, began.elapsed().as_secs_f64());
        }
    }
    let took = began.elapsed().as_secs_f64();
    writer.close()?;
    Ok(took)
}

/// One look at each watch, with many commits in flight.
async fn commit_round(
    writer: &Writer,
    known: &mut [Known],
    round: u64,
    run: RunId,
    at: Timestamp,
    facts: &RunFacts,
) -> Fallible<()> {
    let mut tasks = tokio::task::JoinSet::new();
    let mut compressor = Compressor::new(1);
    let mut done = Vec::with_capacity(known.len());
    for (index, one) in known.iter_mut().enumerate() {
        let captured = captured(one, round, run, at, facts, &mut compressor)?;
        if tasks.len() >= IN_FLIGHT
            && let Some(kept) = tasks.join_next().await
        {
            done.push(kept??);
        }
        let writer = writer.clone();
        tasks.spawn(async move { writer.commit(captured).await.map(|kept| (index, kept.snapshot)) });
    }
    while let Some(kept) = tasks.join_next().await {
        done.push(kept??);
    }
    for (index, snapshot) in done {
        known[index].previous = Some(snapshot);
    }
    Ok(())
}

fn captured(
    one: &mut Known,
    round: u64,
    run: RunId,
    at: Timestamp,
    facts: &RunFacts,
    compressor: &mut Compressor,
) -> Fallible<Captured> {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    let unique = COUNT.fetch_add(2, Ordering::Relaxed);
    let new = |n: u64| warc::new_id(&[b"million", &(unique + n).to_le_bytes()]);
    let changed = round.is_multiple_of(CHANGES_EVERY);
    let path = one.url.rsplit('/').next().unwrap_or_default();
    let request = format!("GET /{path} HTTP/1.1\r\nhost: loopback\r\nuser-agent: keepfast/million\r\n\r\n");
    let (records, payload, body_len, revisit_of, document);
    if changed {
        let body = format!("<!DOCTYPE html><title>{path}</title><p>Version {round} of page {path}.</p>");
        let digest = Digest::of(body.as_bytes());
        let head = format!(
            "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nETag: \"{round}\"\r\nContent-Length: {}\r\n\r\n",
            body.len()
        );
        let mut record = NewRecord::new(Kind::Response, new(0), at, Some(&one.url), head.as_bytes());
        record.field("WARC-IP-Address", "127.0.2.1");
        record.field("WARC-Payload-Digest", digest.label());
        records = vec![
            encode(&record, body.as_bytes(), compressor)?,
            asked(&one.url, new(0), new(1), at, &request, compressor)?,
        ];
        one.held = Some((digest, Held { record: new(0), url: one.url.clone(), at }));
        one.body_len = body.len() as u64;
        (payload, body_len, revisit_of) = (digest, one.body_len, None);
        document = DocumentPart::New(Box::new(document_of(path, round)?));
    } else {
        let (digest, held) = one.held.clone().ok_or("a 304 before the first answer")?;
        let head = format!("HTTP/1.1 304 Not Modified\r\nETag: \"{}\"\r\n\r\n", round - round % CHANGES_EVERY);
        let mut record = NewRecord::new(Kind::Revisit, new(0), at, Some(&one.url), head.as_bytes());
        record.field("WARC-IP-Address", "127.0.2.1");
        record.field("WARC-Profile", REVISIT_NOT_MODIFIED);
        record.field("WARC-Payload-Digest", digest.label());
        record.field("WARC-Refers-To", format!("<urn:uuid:{}>", held.record));
        record.field("WARC-Refers-To-Target-URI", held.url.clone());
        record.field("WARC-Refers-To-Date", warc::warc_date(held.at));
        records = vec![encode(&record, &[], compressor)?, asked(&one.url, new(0), new(1), at, &request, compressor)?];
        (payload, body_len, revisit_of) = (digest, 0, Some(held));
        document = one.document.map_or(DocumentPart::None, DocumentPart::Known);
    }
    let exchange = Recorded {
        hop: Hop::Seed,
        url: one.url.clone(),
        via: None,
        started_at: at,
        duration_ms: 3,
        remote: Some("127.0.2.1:80".into()),
        resolved: None,
        protocol: Some(Protocol::Http11),
        tls: None,
        chain: None,
        status: Some(if changed { 200 } else { 304 }),
        media_type: if changed { "text/html".into() } else { String::new() },
        body_len,
        payload: Some(payload),
        truncated: None,
        failure: None,
        revisit_of,
        records,
    };
    let mut captured = Captured {
        job: None,
        run,
        watch: one.id,
        url: one.url.clone(),
        attempt: 1,
        started_at: at,
        ended_at: at.checked_add(Duration::from_millis(4))?,
        outcome: if changed { Outcome::Captured } else { Outcome::Unchanged },
        status: exchange.status,
        final_url: Some(one.url.clone()),
        final_exchange: Some(0),
        flags: if changed { Vec::new() } else { vec![Flag::NotModified] },
        failure: None,
        robots: Some(Robots::Allowed),
        robots_note: None,
        changed: one.previous.map(|_| changed),
        difference: None,
        previous: one.previous,
        decoded_len: one.body_len,
        etag: Some(format!("\"{}\"", round - round % CHANGES_EVERY)),
        last_modified: None,
        exchanges: vec![exchange],
        document,
        pages: Vec::new(),
        comments: None,
        turns: Vec::new(),
        requisites: Vec::new(),
        retry_at: None,
        // All are due at the end: that is what the start of a run is measured with.
        presence: Vec::new(),
        notices: Vec::new(),
        items: Vec::new(),
        program: None,
        ends: None,
        hasten: Vec::new(),
        schedule: Some(Settled {
            ended: Vec::new(),
            next: Some(at.checked_add(Duration::from_secs(3600))?),
            over: false,
            waiting: None,
            pulse: Pulse::new(at),
        }),
        leaf: Vec::new(),
    };
    captured.leaf = seal::leaf(&captured, facts).octets();
    Ok(captured)
}

fn asked(
    url: &str,
    answer: RecordId,
    id: RecordId,
    at: Timestamp,
    head: &str,
    compressor: &mut Compressor,
) -> Fallible<EncodedRecord> {
    let mut record = NewRecord::new(Kind::Request, id, at, Some(url), head.as_bytes());
    record.field("WARC-Concurrent-To", format!("<urn:uuid:{answer}>"));
    encode(&record, &[], compressor)
}

fn encode(record: &NewRecord<'_>, body: &[u8], compressor: &mut Compressor) -> Fallible<EncodedRecord> {
    let mut bytes = Vec::with_capacity(1024);
    let (block_digest, _) = record.write(warc::Source::Memory(body), None, false, compressor, &mut bytes)?;
    let kind = record.kind.as_str().to_owned();
    Ok(EncodedRecord { kind, id: record.id, block_digest, bytes: RecordBytes::Memory(bytes) })
}

fn document_of(path: &str, round: u64) -> Fallible<ReadDocument> {
    let mut document = Document::empty();
    document.title = Some(format!("Page {path}"));
    document.language = Some("en".into());
    document.blocks = vec![Block::Paragraph { text: format!("Version {round} of page {path}.") }];
    let json = serde_json::to_string(&document)?;
    let digest = seal::document_digest(&json, &[]);
    Ok(ReadDocument { document, version: READER, json, digest })
}

fn command(options: &Options) -> Command {
    let mut command = Command::new(&options.keepfast);
    command.arg("--config").arg(options.dir.join("keepfast.toml")).stdin(Stdio::null()).stderr(Stdio::null());
    command
}

/// Milliseconds from starting the program to its end.
fn timed(options: &Options, words: &[String]) -> Fallible<f64> {
    let began = Instant::now();
    let done = command(options).args(words).output()?;
    let took = began.elapsed().as_secs_f64() * 1000.0;
    if !done.status.success() || done.stdout.is_empty() {
        return Err(format!("{words:?} ended with {} and {} octets", done.status, done.stdout.len()).into());
    }
    Ok(took)
}

fn median(times: &mut [f64]) -> f64 {
    times.sort_by(f64::total_cmp);
    times.get(times.len() / 2).copied().unwrap_or_default()
}

/// Milliseconds from starting `run`, with everything due, to the first request at the origin.
fn run_start(options: &Options, listeners: Vec<TcpListener>) -> Fallible<f64> {
    let (tell, told) = mpsc::channel();
    for listener in listeners {
        let tell = tell.clone();
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let tell = tell.clone();
                std::thread::spawn(move || answer(stream, &tell));
            }
        });
    }
    let began = Instant::now();
    let mut child = command(options).arg("run").stdout(Stdio::null()).spawn()?;
    let first: Instant = told.recv_timeout(Duration::from_secs(60))?;
    let took = first.duration_since(began).as_secs_f64() * 1000.0;
    // The first interrupt finishes what is in flight.
    Command::new("kill").args(["-INT", &child.id().to_string()]).status()?;
    child.wait()?;
    Ok(took)
}

fn answer(mut stream: std::net::TcpStream, tell: &mpsc::Sender<Instant>) {
    let mut buffer = [0; 4096];
    while stream.read(&mut buffer).is_ok_and(|n| n > 0) {
        let _ = tell.send(Instant::now());
        if stream.write_all(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n").is_err() {
            return;
        }
    }
}

/// Times the frontier: putting all due work into it, and claiming from it.
async fn claims(options: &Options, port: u16, rows: &mut Vec<(String, f64)>) -> Fallible<()> {
    let began = Instant::now();
    let (archive, writer) = open(options)?;
    rows.push(("open for capture, ms".into(), began.elapsed().as_secs_f64() * 1000.0));
    let now = System.now();
    let run = writer.start_run(start(now)).await?;
    let began = Instant::now();
    let work = writer.enqueue(run, Select::Due, now).await?;
    rows.push(("enqueue of all that is due, ms".into(), began.elapsed().as_secs_f64() * 1000.0));
    rows.push(("jobs in the frontier".into(), work.hosts.iter().map(|(_, n, _)| *n as f64).sum()));
    let writer = Arc::new(writer);
    let (mut times, mut claimed) = (Vec::new(), 0);
    for n in 1..=options.hosts {
        let began = Instant::now();
        let jobs = writer.claim(run, format!("127.0.2.{n}:{port}"), 32, now).await?;
        times.push(began.elapsed().as_secs_f64() * 1000.0);
        claimed += jobs.iter().filter(|job| job.previous.is_some()).count();
        writer.release(&jobs).await?;
    }
    if claimed == 0 {
        return Err("no work was claimed that was looked at before".into());
    }
    rows.push(("claim of 32 jobs, ms".into(), median(&mut times)));
    rows.push(("claim of 32 jobs, slowest ms".into(), times.last().copied().unwrap_or_default()));
    let reader = archive.reader()?;
    let mut times = Vec::new();
    for n in 0..100 {
        let began = Instant::now();
        let found = reader.watch_by_key(&format!("http://127.0.2.{}:{port}/{n}", n % options.hosts + 1))?;
        let _ = reader.history(found.ok_or("a watch is missing")?.id, 100)?;
        times.push(began.elapsed().as_secs_f64() * 1000.0);
    }
    rows.push(("history inside the library, ms".into(), median(&mut times)));
    Arc::into_inner(writer).map_or(Ok(()), Writer::close)?;
    Ok(())
}
