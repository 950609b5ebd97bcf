//! An archive of many pages in many scripts, made through the real writer, and how fast it is indexed and searched.
//!
//! ```text
//! cargo run --release --example search -- --keepfast target/release/keepfast --dir target/search --pages 10000 --out search.json
//! ```
//!
//! Words are made up, drawn with a Zipf distribution: 50,000 a script. A page has 200 to 3,000 words (log-uniform) and up
//! to 20 comments. Queries are drawn from the same words. The archive is left behind; one that is there is only searched.

#![expect(clippy::print_stdout, reason = "a program that reports to whoever runs it")]

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use keepfast::clock::{Clock as _, System};
use keepfast::model::{Block, Comment, Digest, Document, NewWatch, Source};
use keepfast::seal::RunFacts;
use keepfast::store::{Archive, CaptureOptions, Order, Reader, RunEnd, RunStart, Search, Writer};
use keepfast::warc::Compressor;

use self::made::{Fallible, Figures, Numbers, Page, captured, note};

mod made;

/// Commits in flight.
const IN_FLIGHT: usize = 256;
/// Each query is asked so often. The quickest counts, so that what else runs on the machine does not; the first time is
/// noted beside it.
const TURNS: usize = 3;
/// Words of a script.
const WORDS: f64 = 50_000.0;
/// Scripts with their share of pages: name, share, first letter, letters, words parted by spaces.
const SCRIPTS: [(&str, u64, u32, u64, bool); 9] = [
    ("latin", 50, 0x61, 26, true),
    ("cyrillic", 14, 0x430, 32, true),
    ("armenian", 8, 0x561, 38, true),
    ("arabic", 8, 0x627, 20, true),
    ("greek", 5, 0x3b1, 17, true),
    ("hebrew", 2, 0x5d0, 27, true),
    ("han", 8, 0x4e00, 3000, false),
    ("kana", 2, 0x3042, 80, false),
    ("thai", 3, 0xe01, 46, false),
];

/// A rank from `from` on: each is as often as its rank is low.
fn rank(numbers: &mut Numbers, from: f64, to: f64) -> u64 {
    (from * (to / from).powf(numbers.unit())) as u64
}

/// The word of a rank, always the same.
fn word(script: usize, rank: u64) -> String {
    let (_, _, first, letters, spaced) = SCRIPTS[script];
    let mut numbers = Numbers(rank.wrapping_mul(31).wrapping_add(script as u64 * 1_000_003));
    // Frequent words are short.
    let length = if spaced { 2 + (rank.max(1).ilog2() as u64) / 3 + numbers.below(5) } else { 1 + numbers.below(3) };
    (0..length).filter_map(|_| char::from_u32(first + numbers.below(letters) as u32)).collect()
}

fn text(numbers: &mut Numbers, script: usize, words: u64) -> String {
    let mut out = String::new();
    for n in 0..words {
        // Names and the like are Latin everywhere.
        let script = if numbers.below(20) == 0 { 0 } else { script };
        if n > 0 && (SCRIPTS[script].4 || numbers.below(12) == 0) {
            out.push(' ');
        }
        let word = word(script, rank(numbers, 1.0, WORDS));
        if n == 0 { out.extend(word.chars().flat_map(char::to_uppercase)) } else { out.push_str(&word) }
    }
    out.push('.');
    out
}

fn document(numbers: &mut Numbers) -> Document {
    let share = numbers.below(100);
    let mut sum = 0;
    let script = SCRIPTS.iter().position(|s| {
        sum += s.1;
        share < sum
    });
    let script = script.unwrap_or(0);
    let mut out = Document::empty();
    out.title = Some(text(numbers, script, 8));
    out.authors = vec![text(numbers, script, 2)];
    out.site = Some("A made-up site".into());
    let mut left = rank(numbers, 200.0, 3000.0);
    while left > 0 {
        let words = (30 + numbers.below(90)).min(left);
        left -= words;
        out.blocks.push(Block::Paragraph { text: text(numbers, script, words) });
    }
    for _ in 0..numbers.below(21) {
        let words = 10 + numbers.below(50);
        out.comments.push(Comment {
            author: Some(text(numbers, script, 1)),
            text: text(numbers, script, words),
            ..Comment::default()
        });
    }
    out.rest = text(numbers, script, 150);
    out
}

struct Options {
    keepfast: PathBuf,
    dir: PathBuf,
    out: Option<PathBuf>,
    pages: u64,
}

impl Options {
    fn parse() -> Fallible<Self> {
        let mut out =
            Self { keepfast: "target/release/keepfast".into(), dir: "target/search".into(), out: None, pages: 10_000 };
        let mut words = std::env::args().skip(1);
        while let Some(word) = words.next() {
            let value = words.next().ok_or_else(|| format!("{word} needs a value"))?;
            match word.as_str() {
                "--keepfast" => out.keepfast = value.into(),
                "--dir" => out.dir = value.into(),
                "--out" => out.out = Some(value.into()),
                "--pages" => out.pages = value.parse()?,
                _ => return Err(format!("unknown: {word}").into()),
            }
        }
        Ok(out)
    }
}

fn main() -> Fallible<()> {
    let options = Options::parse()?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let mut figures = Figures::new();
    let root = options.dir.join("archive");
    let is_new = !root.exists();
    let archive = Archive::init(&root, System.now())?;
    // An archive that is there is only searched.
    if is_new {
        build(&options, &runtime, &archive, &root, &mut figures)?;
    }
    let reader = archive.reader()?;
    in_process(&reader, &mut figures, &queries())?;
    if is_new {
        inside(&options, &archive, &root, &mut figures)?;
    }
    in_process(&archive.clone().looking_inside(true).reader()?, &mut figures, &inside_queries())?;
    from_outside(&options, &mut figures)?;
    if let Some(out) = &options.out {
        std::fs::write(out, serde_json::to_string_pretty(&figures)? + "\n")?;
    }
    Ok(())
}

/// Makes the archive and its index.
fn build(
    options: &Options,
    runtime: &tokio::runtime::Runtime,
    archive: &Archive,
    root: &Path,
    figures: &mut Figures,
) -> Fallible<()> {
    let began = Instant::now();
    let octets = runtime.block_on(make(options, archive))?;
    let pages = options.pages as f64;
    note(figures, "pages", pages);
    note(figures, "making them, s", began.elapsed().as_secs_f64());
    note(figures, "octets of text a page", octets as f64 / pages);
    let before = size(root)?;
    note(figures, "catalogue without the index, octets a page", before / pages);
    let (began, cpu) = (Instant::now(), cpu_seconds());
    let indexed = archive.index(&mut |_| {})?;
    let took = began.elapsed().as_secs_f64();
    if indexed.indexed != options.pages || indexed.stopped.is_some() {
        return Err(format!("not all was indexed: {indexed:?}").into());
    }
    note(figures, "indexing, s", took);
    note(figures, "indexing, ms a page", took * 1000.0 / pages);
    note(figures, "indexing, ms CPU a page", (cpu_seconds() - cpu) * 1000.0 / pages);
    note(figures, "index, octets a page", (size(root)? - before) / pages);
    Ok(())
}

/// Makes the index of what stands inside words, for all that is there.
fn inside(options: &Options, archive: &Archive, root: &Path, figures: &mut Figures) -> Fallible<()> {
    let pages = options.pages as f64;
    let before = size(root)?;
    let (began, cpu) = (Instant::now(), cpu_seconds());
    let indexed = archive.clone().looking_inside(true).index_inside(&mut |_| {})?;
    if indexed.indexed != options.pages || indexed.stopped.is_some() {
        return Err(format!("not all was indexed: {indexed:?}").into());
    }
    note(figures, "inside words: indexing, ms a page", began.elapsed().as_secs_f64() * 1000.0 / pages);
    note(figures, "inside words: indexing, ms CPU a page", (cpu_seconds() - cpu) * 1000.0 / pages);
    note(figures, "inside words: index, octets a page", (size(root)? - before) / pages);
    Ok(())
}

/// Octets of the catalogue and its log.
fn size(root: &Path) -> Fallible<f64> {
    let db = rusqlite::Connection::open(root.join("catalog.db"))?;
    db.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))?;
    Ok(std::fs::metadata(root.join("catalog.db"))?.len() as f64)
}

/// CPU time of this process.
fn cpu_seconds() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let fields: Vec<&str> = stat.rsplit(')').next().unwrap_or_default().split_whitespace().collect();
    [11, 12].iter().filter_map(|n| fields.get(*n)?.parse::<f64>().ok()).sum::<f64>() / 100.0
}

async fn make(options: &Options, archive: &Archive) -> Fallible<u64> {
    let capture =
        CaptureOptions { segment_size: 1 << 30, warcinfo: vec![("software", "search".into())], min_free: 1 << 30 };
    let (writer, _) = archive.capture(capture)?;
    let at = System.now().checked_sub(Duration::from_secs(30 * 86_400))?;
    let watches: Vec<NewWatch> = (0..options.pages)
        .map(|n| {
            let host = format!("site{}.example:443", n % 200);
            let url = format!("https://site{}.example/{n}", n % 200);
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
    let ids = archive.edit()?.add(&watches, at)?;
    let start = RunStart {
        at,
        software: "keepfast/search".into(),
        operator: "search@localhost".into(),
        config_digest: Digest::of(b"search"),
        config: "{}".into(),
    };
    let run = writer.start_run(start).await?;
    let facts = RunFacts { config: Digest::of(b"search"), software: "keepfast/search".into() };
    let mut numbers = Numbers(1);
    let mut octets = 0;
    let mut tasks = tokio::task::JoinSet::new();
    let mut compressor = Compressor::new(1);
    for (n, ((id, _), watch)) in ids.into_iter().zip(&watches).enumerate() {
        let document = document(&mut numbers);
        octets += document.text().len() as u64 + document.comments.iter().map(|c| c.text.len() as u64).sum::<u64>();
        let at = at.checked_add(Duration::from_secs(n as u64 * 20))?;
        let body = watch.url.as_bytes();
        let (decoded_len, version) = (body.len() as u64, 1);
        let page = Page { run, watch: id, url: &watch.url, at, head: "", body, decoded_len, document, version };
        let captured = captured(page, &facts, &mut compressor)?;
        if tasks.len() >= IN_FLIGHT
            && let Some(kept) = tasks.join_next().await
        {
            kept??;
        }
        let writer: Writer = writer.clone();
        tasks.spawn(async move { writer.commit(captured).await.map(|_| ()) });
    }
    while let Some(kept) = tasks.join_next().await {
        kept??;
    }
    writer.end_run(run, RunEnd::Done, System.now()).await?;
    writer.close()?;
    Ok(octets)
}

/// Kinds of queries, a hundred of each.
fn queries() -> Vec<(&'static str, Vec<String>)> {
    let mut numbers = Numbers(7);
    let mut many = |each: &mut dyn FnMut(&mut Numbers) -> String| (0..100).map(|_| each(&mut numbers)).collect();
    let any = |numbers: &mut Numbers| numbers.below(6) as usize;
    vec![
        ("a rare word", many(&mut |n| word(any(n), rank(n, 2000.0, WORDS)))),
        ("a word", many(&mut |n| word(any(n), rank(n, 50.0, 2000.0)))),
        ("a common word", many(&mut |n| word(any(n), rank(n, 4.0, 50.0)))),
        (
            "two words",
            many(&mut |n| {
                let s = any(n);
                format!("{} {}", word(s, rank(n, 10.0, WORDS)), word(s, rank(n, 10.0, 2000.0)))
            }),
        ),
        ("four words", many(&mut |n| (0..4).map(|_| word(0, rank(n, 2.0, 500.0))).collect::<Vec<_>>().join(" "))),
        (
            "either or, and not",
            many(&mut |n| {
                format!(
                    "{} OR {} -{}",
                    word(0, rank(n, 10.0, 2000.0)),
                    word(0, rank(n, 10.0, 2000.0)),
                    word(0, rank(n, 10.0, 500.0))
                )
            }),
        ),
        ("a phrase", many(&mut |n| format!("\"{} {}\"", word(0, rank(n, 1.0, 100.0)), word(0, rank(n, 1.0, 100.0))))),
        (
            "a beginning",
            many(&mut |n| format!("{}*", word(any(n), rank(n, 200.0, 5000.0)).chars().take(3).collect::<String>())),
        ),
        (
            "Han, two or more",
            many(&mut |n| format!("{}{}", word(6, rank(n, 5.0, 2000.0)), word(6, rank(n, 5.0, 2000.0)))),
        ),
        ("Han, one", many(&mut |n| word(6, rank(n, 5.0, 2000.0)).chars().take(1).collect())),
        (
            "Thai and kana",
            many(&mut |n| {
                let s = 7 + n.below(2) as usize;
                word(s, rank(n, 5.0, 2000.0))
            }),
        ),
        ("an author", many(&mut |n| format!("author:{}", word(any(n), rank(n, 5.0, 2000.0))))),
        (
            "a word at a site",
            many(&mut |n| format!("{} site:site{}.example", word(any(n), rank(n, 10.0, 500.0)), n.below(200))),
        ),
        ("a word with a tag", many(&mut |n| format!("{} tag:tag{}", word(any(n), rank(n, 10.0, 500.0)), n.below(20)))),
        ("the commonest words", (1..4).map(|rank| word(0, rank)).collect()),
        ("the two commonest together", vec![format!("{} {}", word(0, 1), word(0, 2))]),
    ]
}

/// Kinds of queries for parts of words.
fn inside_queries() -> Vec<(&'static str, Vec<String>)> {
    let mut numbers = Numbers(11);
    let mut many = |each: &mut dyn FnMut(&mut Numbers) -> String| (0..100).map(|_| each(&mut numbers)).collect();
    // So many letters from the middle of a word that has more.
    fn part(numbers: &mut Numbers, letters: usize) -> String {
        loop {
            let script = numbers.below(6) as usize;
            let word: Vec<char> = word(script, rank(numbers, 50.0, 20_000.0)).chars().collect();
            if word.len() > letters {
                return word.into_iter().skip(1).take(letters).collect();
            }
        }
    }
    vec![
        ("inside words: three letters", many(&mut |n| format!("*{}*", part(n, 3)))),
        ("inside words: five letters", many(&mut |n| format!("*{}*", part(n, 5)))),
        (
            "inside words: with a word",
            many(&mut |n| format!("*{}* {}", part(n, 4), word(n.below(6) as usize, rank(n, 10.0, 500.0)))),
        ),
        (
            "inside words: or a word, and not",
            many(&mut |n| format!("*{}* OR {} -*{}*", part(n, 4), word(0, rank(n, 10.0, 500.0)), part(n, 4))),
        ),
    ]
}

type Kinds = [(&'static str, Vec<String>)];

fn in_process(reader: &Reader, figures: &mut Figures, kinds: &Kinds) -> Fallible<()> {
    let of = if kinds.iter().all(|(kind, _)| kind.starts_with("inside")) {
        "inside words: all"
    } else {
        "all but the commonest"
    };
    for order in [Order::Newest, Order::Ranked] {
        let (mut all, mut all_first) = (Vec::new(), Vec::new());
        for (kind, queries) in kinds {
            let (mut times, mut firsts, mut found) = (Vec::new(), Vec::new(), 0);
            for query in queries {
                let ask = Search { query: query.clone(), limit: 20, order, ..Search::default() };
                let mut turns = Vec::new();
                for _ in 0..TURNS {
                    let began = Instant::now();
                    found += reader.search(&ask)?.results.len();
                    turns.push(began.elapsed().as_secs_f64() * 1000.0);
                }
                firsts.extend(turns.first());
                times.push(turns.into_iter().fold(f64::INFINITY, f64::min));
            }
            if found == 0 {
                return Err(format!("{kind}: nothing is found").into());
            }
            if !kind.starts_with("the ") {
                all.extend_from_slice(&times);
                all_first.extend_from_slice(&firsts);
            }
            percentiles(figures, &format!("{order:?}, {kind}"), &mut times);
            percentiles(figures, &format!("{order:?}, {kind}, first time"), &mut firsts);
        }
        percentiles(figures, &format!("{order:?}, {of}"), &mut all);
        percentiles(figures, &format!("{order:?}, {of}, first time"), &mut all_first);
    }
    Ok(())
}

fn percentiles(figures: &mut Figures, name: &str, times: &mut [f64]) {
    times.sort_by(f64::total_cmp);
    let at = |share: f64| times.get(((times.len() as f64 - 1.0) * share).round() as usize).copied().unwrap_or_default();
    println!("{name:60} p50 {:8.2} p95 {:8.2} max {:8.2} ms", at(0.5), at(0.95), at(1.0));
    for (label, share) in [("p50", 0.5), ("p95", 0.95), ("max", 1.0)] {
        figures.insert(format!("{name}, {label} ms"), ((at(share) * 1000.0).round() / 1000.0).into());
    }
}

/// The same through the program, start and end included.
fn from_outside(options: &Options, figures: &mut Figures) -> Fallible<()> {
    for how in ["--newest", "--ranked"] {
        let (mut times, mut common) = (Vec::new(), Vec::new());
        for (kind, queries) in queries() {
            for query in queries.iter().take(5) {
                let began = Instant::now();
                let done = Command::new(&options.keepfast)
                    .arg("--archive")
                    .arg(options.dir.join("archive"))
                    .args(["search", "--json", how, "--", query])
                    .stdin(Stdio::null())
                    .output()?;
                let took = began.elapsed().as_secs_f64() * 1000.0;
                if !done.status.success() {
                    return Err(format!("{query}: {}", String::from_utf8_lossy(&done.stdout)).into());
                }
                if kind.starts_with("the ") { common.push(took) } else { times.push(took) }
            }
        }
        percentiles(figures, &format!("keepfast search {how}, all but the commonest"), &mut times);
        percentiles(figures, &format!("keepfast search {how}, the commonest"), &mut common);
    }
    Ok(())
}
