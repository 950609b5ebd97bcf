//! Micro-benchmarks of what a capture costs: reading a page, making its records, committing, claiming.
//!
//! `cargo bench --bench micro` runs all, `cargo bench --bench micro -- extract` those whose name holds the word.

#![expect(clippy::expect_used, reason = "a benchmark that cannot be set up has nothing to say")]

use std::hint::black_box;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use flate2::{Compression, write::GzEncoder};
use keepfast::clock::{Clock as _, System};
use keepfast::diff;
use keepfast::extract::{self, Input};
use keepfast::model::{
    Captured, Digest, DocumentPart, EncodedRecord, Hop, NewWatch, Outcome, Protocol, RecordBytes, Recorded, RunId,
    Source, WatchId,
};
use keepfast::store::{Archive, CaptureOptions, RunStart, Select, Writer};
use keepfast::warc::{self, Compressor, Kind, NewRecord};

/// Tasks that commit at the same time.
const TASKS: u64 = 64;

/// A small generator, so that the pages are the same everywhere.
struct Dice(u64);

impl Dice {
    fn below(&mut self, n: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % n
    }

    fn words(&mut self, syllables: &[&str], count: u64) -> String {
        let mut out = String::new();
        for _ in 0..count {
            // The lesser of two throws: few words are common, most are rare.
            let (a, b) = (self.below(4000), self.below(4000));
            let mut word = Dice(a.min(b) * 0x9e37_79b9 + 1);
            for _ in 0..=word.below(4) {
                out.push_str(syllables[usize::try_from(word.below(syllables.len() as u64)).unwrap_or(0)]);
            }
            out.push(' ');
        }
        out.pop();
        out
    }
}

const LATIN: &[&str] =
    &["an", "ber", "co", "den", "el", "fa", "gre", "hi", "jo", "ka", "lor", "men", "no", "pra", "ter"];
const CYRILLIC: &[&str] =
    &["а", "бе", "во", "го", "да", "же", "за", "ин", "ка", "ло", "ме", "но", "по", "ра", "со", "ть"];
const ARMENIAN: &[&str] = &["ա", "բա", "գո", "դե", "եր", "զի", "թա", "ին", "լու", "կա", "մա", "նո", "ող", "սա", "տի"];

/// An article with navigation, links and comments, of about `size` octets.
fn page(syllables: &[&str], size: usize) -> Vec<u8> {
    let mut dice = Dice(size as u64 * 2 + 1);
    let title = dice.words(syllables, 7);
    let mut out = format!(
        "<!DOCTYPE html><html><head><meta charset=\"utf-8\"><title>{title}</title><meta name=\"author\" content=\"A. Author\">\
         <meta property=\"article:published_time\" content=\"2025-06-14T13:28:00+04:00\"></head><body><header><nav><ul>"
    );
    for n in 0..24 {
        out += &format!("<li><a href=\"/section/{n}/\">{}</a></li>", dice.words(syllables, 1));
    }
    out += &format!("</ul></nav></header><main><article><h1>{title}</h1>");
    while out.len() < size * 7 / 10 {
        let (n, count) = (dice.below(10_000), 40 + dice.below(60));
        out += &format!(
            "<p>{}. <a href=\"/p/{n}.html\">{}</a>.</p>\n",
            dice.words(syllables, count),
            dice.words(syllables, 2)
        );
    }
    out += "</article><section id=\"comments\"><ol class=\"comment-list\">";
    let mut n = 0;
    while out.len() < size {
        n += 1;
        out += &format!(
            "<li id=\"comment-{n}\" class=\"comment\"><b class=\"fn\">{}</b><time datetime=\"2025-06-15T10:00:00Z\">15.6.</time>\
             <div class=\"comment-content\"><p>{}.</p></div></li>\n",
            dice.words(syllables, 1),
            dice.words(syllables, 30)
        );
    }
    out += "</ol></section></main></body></html>";
    out.into_bytes()
}

fn gzip(body: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::new(6));
    std::io::Write::write_all(&mut encoder, body).expect("into memory");
    encoder.finish().expect("into memory")
}

fn extract(c: &mut Criterion) {
    let mut group = c.benchmark_group("extract");
    let url = url::Url::parse("http://example.org/p/1.html").expect("a URL");
    for (script, syllables) in [("latin", LATIN), ("cyrillic", CYRILLIC), ("armenian", ARMENIAN)] {
        let body = page(syllables, 64 << 10);
        let read = |body: &[u8]| {
            extract::read(&Input { body, content_type: "text/html; charset=utf-8", url: &url, body_truncated: false })
        };
        assert!(read(&body).comments.len() > 5, "the page is read as it should be");
        group.throughput(Throughput::Bytes(body.len() as u64));
        group.bench_function(BenchmarkId::new("read", script), |b| b.iter(|| read(black_box(&body))));
    }
    let body = page(LATIN, 64 << 10);
    let packed = gzip(&body);
    group.throughput(Throughput::Bytes(body.len() as u64));
    group.bench_function("decode gzip", |b| b.iter(|| extract::decode(&mut black_box(&packed[..]), "gzip", 64 << 20)));
    let document = extract::read(&Input { body: &body, content_type: "text/html", url: &url, body_truncated: false });
    group.bench_function("document to JSON and digest", |b| {
        b.iter(|| {
            let json = serde_json::to_string(black_box(&document)).expect("JSON");
            keepfast::seal::document_digest(&json, &document.comments)
        });
    });
    group.finish();
}

fn compare(c: &mut Criterion) {
    let mut group = c.benchmark_group("compare");
    let url = url::Url::parse("http://example.org/p/1.html").expect("a URL");
    let read = |body: &str| {
        let input =
            Input { body: body.as_bytes(), content_type: "text/html; charset=utf-8", url: &url, body_truncated: false };
        extract::read(&input)
    };
    let body = String::from_utf8(page(LATIN, 64 << 10)).expect("text");
    let before = read(&body);
    let words = |count: usize| -> String {
        let mut n = 0;
        let mut word = |word: &str| {
            n += 1;
            if n % count == 7 { format!("{word}x") } else { word.to_owned() }
        };
        body.split(' ')
            .map(|one| if one.contains(['<', '=']) { one.to_owned() } else { word(one) })
            .collect::<Vec<_>>()
            .join(" ")
    };
    let pages =
        [("the same", before.clone()), ("a word in 1000", read(&words(1000))), ("a word in 10", read(&words(10)))];
    for (name, after) in &pages {
        assert_eq!(diff::compare(&before, after).changed(), *name != "the same");
        group.bench_function(*name, |b| b.iter(|| diff::compare(black_box(&before), black_box(after))));
    }
    let history = [&before, &pages[1].1, &before, &pages[1].1, &before, &pages[1].1];
    let context = diff::Context { history: &history, ..diff::Context::default() };
    group.bench_function("a word in 1000, six earlier readings", |b| {
        b.iter(|| diff::compare_with(black_box(&before), black_box(&pages[1].1), &context));
    });
    let lines = |salt: &str| {
        read(&format!(
            "<article>{}</article>",
            (0..5000).map(|n| format!("<p>{salt} says {n} of it.</p>")).collect::<String>()
        ))
    };
    let (one, other) = (lines("he"), lines("she"));
    group.bench_function("5,000 lines, all of them others", |b| {
        b.iter(|| diff::compare(black_box(&one), black_box(&other)))
    });
    group.finish();
}

fn encode(c: &mut Criterion) {
    let mut group = c.benchmark_group("warc");
    let at = System.now();
    let head = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nETag: \"abc\"\r\n\r\n";
    let plain = page(CYRILLIC, 64 << 10);
    let packed = gzip(&plain);
    let mut compressor = Compressor::new(6);
    let mut out = Vec::with_capacity(1 << 17);
    for (name, body, is_packed) in [("stored", &packed, true), ("deflated", &plain, false)] {
        group.throughput(Throughput::Bytes(body.len() as u64));
        group.bench_function(BenchmarkId::new("response", name), |b| {
            b.iter(|| {
                out.clear();
                let record = response(at, head, &Digest::of(body));
                record
                    .write(warc::Source::Memory(body), None, is_packed, &mut compressor, &mut out)
                    .expect("into memory")
            });
        });
    }
    group.throughput(Throughput::Elements(1));
    group.bench_function("request", |b| {
        b.iter(|| {
            out.clear();
            let mut record = NewRecord::new(
                Kind::Request,
                warc::new_id(&[b"request"]),
                at,
                Some("http://example.org/p/1.html"),
                head,
            );
            record.field("WARC-Concurrent-To", "<urn:uuid:dfe5d60c-d020-8fb5-92c4-3ed364ea28ab>");
            record.write(warc::Source::Memory(&[]), None, false, &mut compressor, &mut out).expect("into memory")
        });
    });
    group.finish();
}

fn response<'a>(at: jiff::Timestamp, head: &'a [u8], payload: &Digest) -> NewRecord<'a> {
    let mut record =
        NewRecord::new(Kind::Response, warc::new_id(&[&payload.0]), at, Some("http://example.org/p/1.html"), head);
    record.field("WARC-IP-Address", "192.0.2.1");
    record.field("WARC-Payload-Digest", payload.label());
    record
}

/// An archive in a temporary folder with watches on some hosts.
struct Store {
    _dir: tempfile::TempDir,
    writer: Writer,
    run: RunId,
    watches: Vec<WatchId>,
}

impl Store {
    async fn new(watches: usize, hosts: usize) -> Self {
        let dir = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).expect("a folder");
        let at = System.now();
        let archive = Archive::init(&dir.path().join("archive"), at).expect("an archive");
        let options = CaptureOptions { segment_size: 1 << 30, warcinfo: Vec::new(), min_free: 0 };
        let (writer, _) = archive.capture(options).expect("a writer");
        let new: Vec<NewWatch> = (0..watches)
            .map(|n| {
                let host = format!("h{}.example:80", n % hosts);
                let url = format!("http://h{}.example/{n}", n % hosts);
                let (key, source) = (url.clone(), Source::Add);
                NewWatch {
                    url,
                    key,
                    host,
                    source,
                    tags: vec![],
                    note: None,
                    every: None,
                    published: None,
                    options: Default::default(),
                }
            })
            .collect();
        let watches = archive.edit().and_then(|mut edit| edit.add(&new, at)).expect("watches");
        let watches = watches.into_iter().map(|(id, _)| id).collect();
        let start = RunStart {
            at,
            software: "bench".into(),
            operator: "bench".into(),
            config_digest: Digest::of(b""),
            config: "{}".into(),
        };
        let run = writer.start_run(start).await.expect("a run");
        Self { _dir: dir, writer, run, watches }
    }
}

fn captured(run: RunId, watch: WatchId, n: u64, payload_len: usize, compressor: &mut Compressor) -> Captured {
    let at = System.now();
    let mut body = vec![b'x'; payload_len];
    body[..8].copy_from_slice(&n.to_le_bytes());
    let digest = Digest::of(&body);
    let record = response(at, b"HTTP/1.1 200 OK\r\n\r\n", &digest);
    let mut bytes = Vec::new();
    let (block_digest, _) =
        record.write(warc::Source::Memory(&body), None, true, compressor, &mut bytes).expect("into memory");
    let records =
        vec![EncodedRecord { kind: "response".into(), id: record.id, block_digest, bytes: RecordBytes::Memory(bytes) }];
    let url = "http://example.org/p/1.html".to_owned();
    let exchange = Recorded {
        hop: Hop::Seed,
        url: url.clone(),
        via: None,
        started_at: at,
        duration_ms: 1,
        remote: None,
        resolved: None,
        protocol: Some(Protocol::Http11),
        tls: None,
        chain: None,
        status: Some(200),
        media_type: "text/html".into(),
        body_len: body.len() as u64,
        payload: Some(digest),
        truncated: None,
        failure: None,
        revisit_of: None,
        records,
    };
    Captured {
        job: None,
        run,
        watch,
        url: url.clone(),
        attempt: 1,
        started_at: at,
        ended_at: at,
        outcome: Outcome::Captured,
        status: Some(200),
        final_url: Some(url),
        final_exchange: Some(0),
        flags: vec![],
        failure: None,
        robots: None,
        robots_note: None,
        changed: None,
        difference: None,
        previous: None,
        decoded_len: body.len() as u64,
        etag: None,
        last_modified: None,
        exchanges: vec![exchange],
        document: DocumentPart::None,
        pages: Vec::new(),
        comments: None,
        turns: Vec::new(),
        requisites: vec![],
        retry_at: None,
        presence: Vec::new(),
        notices: Vec::new(),
        items: Vec::new(),
        program: None,
        ends: None,
        hasten: Vec::new(),
        schedule: None,
        leaf: n.to_le_bytes().to_vec(),
    }
}

/// Durable commits, 64 tasks at a time: captures a second, with records of 200 octets and of 16 KiB.
fn commit(c: &mut Criterion) {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("a runtime");
    let mut group = c.benchmark_group("store");
    group.sample_size(10).measurement_time(Duration::from_secs(8)).throughput(Throughput::Elements(1));
    for size in [200, 16 << 10] {
        let store = Arc::new(runtime.block_on(Store::new(1000, 50)));
        let count = Arc::new(AtomicU64::new(0));
        group.bench_function(BenchmarkId::new("group commit of 64 tasks", size), |b| {
            b.iter_custom(|commits| {
                runtime.block_on(async {
                    let mut compressor = Compressor::new(1);
                    let mut took = Duration::ZERO;
                    let mut left = commits;
                    while left > 0 {
                        // Made beforehand in portions, so that only commits are timed and memory is bounded.
                        let portion = left.min(TASKS * 32);
                        left -= portion;
                        let mut shares: Vec<Vec<Captured>> = (0..TASKS).map(|_| Vec::new()).collect();
                        for n in 0..portion {
                            let serial = count.fetch_add(1, Ordering::Relaxed);
                            let watch = store.watches[serial as usize % store.watches.len()];
                            shares[(n % TASKS) as usize].push(captured(
                                store.run,
                                watch,
                                serial,
                                size,
                                &mut compressor,
                            ));
                        }
                        let began = Instant::now();
                        let mut tasks = tokio::task::JoinSet::new();
                        for share in shares {
                            let writer = store.writer.clone();
                            tasks.spawn(async move {
                                for one in share {
                                    writer.commit(one).await.expect("a commit");
                                }
                            });
                        }
                        while let Some(done) = tasks.join_next().await {
                            done.expect("a task");
                        }
                        took += began.elapsed();
                    }
                    took
                })
            });
        });
    }
    group.finish();
}

/// Claiming 32 jobs of one host out of 10,000, and giving them back.
fn claim(c: &mut Criterion) {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("a runtime");
    let store = runtime.block_on(Store::new(10_000, 50));
    let now = System.now();
    runtime.block_on(store.writer.enqueue(store.run, Select::All, now)).expect("work");
    let mut host = 0;
    let mut group = c.benchmark_group("store");
    group.sample_size(20);
    group.bench_function("claim 32 jobs and release them", |b| {
        b.iter(|| {
            host = (host + 1) % 50;
            runtime.block_on(async {
                let jobs = store.writer.claim(store.run, format!("h{host}.example:80"), 32, now).await.expect("jobs");
                assert_eq!(jobs.len(), 32);
                store.writer.release(&jobs).await.expect("released");
            });
        });
    });
    group.finish();
}

criterion_group!(benches, extract, compare, encode, commit, claim);
criterion_main!(benches);
