//! An archive of many stored pages, made through the real writer as an older reader would have left it, and how fast
//! `keepfast reextract` reads them again.
//!
//! ```text
//! cargo run --release --example reextract -- --keepfast target/release/keepfast --dir target/reextract --pages 10000 --out reextract.json
//! ```
//!
//! Pages are made up: articles of 20 to 150 kB (64 kB on average, log-uniform) with navigation, metadata, links and up to
//! 40 comments, stored as gzip. With `--from FOLDER` the `.html` files of a folder are taken instead, again and again,
//! each made unlike the others by a remark at its end. The folder `--dir` must not hold an archive.

#![expect(clippy::print_stdout, reason = "a program that reports to whoever runs it")]

use std::fmt::Write as _;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use keepfast::clock::{Clock as _, System};
use keepfast::model::{Digest, Document, NewWatch, Source};
use keepfast::seal::RunFacts;
use keepfast::store::{Archive, CaptureOptions, RunEnd, RunStart};
use keepfast::warc::Compressor;

use self::made::{Fallible, Figures, Numbers, Page, captured, note};

mod made;

/// Commits in flight.
const IN_FLIGHT: usize = 64;

fn word(numbers: &mut Numbers) -> String {
    let rank = 50_000f64.powf(numbers.unit()) as u64;
    let mut letters = Numbers(rank);
    let length = 2 + u64::from(rank.max(1).ilog2()) / 3 + letters.below(5);
    (0..length).filter_map(|_| char::from_u32(0x61 + letters.below(26) as u32)).collect()
}

fn words(numbers: &mut Numbers, count: u64) -> String {
    (0..count).map(|_| word(numbers)).collect::<Vec<_>>().join(" ")
}

/// An article of about so many octets.
fn page(numbers: &mut Numbers, octets: usize) -> String {
    let title = words(numbers, 8);
    let author = words(numbers, 2);
    let mut out = format!(
        "<!doctype html><html lang=en><head><meta charset=utf-8><title>{title} | A made-up site</title>\
         <meta name=author content=\"{author}\"><meta property=og:type content=article>\
         <meta property=article:published_time content=2021-05-11T08:30:00+02:00></head><body><nav><ul>"
    );
    for n in 0..60 {
        let _ = write!(out, "<li class=item><a href=/section/{n}>{}</a></li>", words(numbers, 2));
    }
    let _ = write!(out, "</ul></nav><main><article><h1>{title}</h1><p class=byline>By {author}</p>");
    let comments = numbers.below(41);
    while out.len() + comments as usize * 500 < octets * 4 / 5 {
        let (n, count) = (numbers.below(1000), 30 + numbers.below(90));
        let _ = write!(out, "<p>{} <a href=/story/{n}>{}</a>.</p>", words(numbers, count), words(numbers, 3));
    }
    let _ = write!(out, "</article></main><div id=comments><h3>{comments} comments</h3><ol class=comment-list>");
    for n in 0..comments {
        let (name, count) = (words(numbers, 1), 10 + numbers.below(50));
        let _ = write!(
            out,
            "<li class=comment id=comment-{n}><article><footer><b class=fn>{name}</b> \
             <time datetime=2021-05-12T18:28:42Z>May 12, 2021</time></footer>\
             <div class=comment-content><p>{}.</p></div></article></li>",
            words(numbers, count)
        );
    }
    out.push_str("</ol></div><aside>");
    while out.len() < octets {
        let _ = write!(out, "<div class=teaser><a href=/t>{}</a></div>", words(numbers, 12));
    }
    out.push_str("</aside></body></html>");
    out
}

struct Options {
    keepfast: PathBuf,
    dir: PathBuf,
    from: Option<PathBuf>,
    out: Option<PathBuf>,
    pages: usize,
}

impl Options {
    fn parse() -> Fallible<Self> {
        let mut out = Self {
            keepfast: "target/release/keepfast".into(),
            dir: "target/reextract".into(),
            from: None,
            out: None,
            pages: 10_000,
        };
        let mut words = std::env::args().skip(1);
        while let Some(word) = words.next() {
            let value = words.next().ok_or_else(|| format!("{word} needs a value"))?;
            match word.as_str() {
                "--keepfast" => out.keepfast = value.into(),
                "--dir" => out.dir = value.into(),
                "--from" => out.from = Some(value.into()),
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
    let root = options.dir.join("archive");
    if root.exists() {
        return Err(format!("{} exists: remove it, or name another folder with --dir", root.display()).into());
    }
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let mut figures = Figures::new();
    let archive = Archive::init(&root, System.now())?;
    let octets = runtime.block_on(make(&options, &archive))?;
    note(&mut figures, "pages", options.pages as f64);
    note(&mut figures, "octets a page", octets as f64 / options.pages as f64);
    let before = old_rows(&root)?;

    let (began, cpu) = (Instant::now(), cpu_of_children());
    let said = reextract(&options, &root)?;
    let (took, cpu) = (began.elapsed().as_secs_f64(), cpu_of_children() - cpu);
    if said["read"] != options.pages as u64 {
        return Err(format!("not all was read again: {said}").into());
    }
    let pages = options.pages as f64;
    note(&mut figures, "reading again, s", took);
    note(&mut figures, "reading again, s CPU", cpu);
    note(&mut figures, "pages a second", pages / took);
    note(&mut figures, "pages a second of CPU", pages / cpu);
    note(&mut figures, "cores kept busy", cpu / took);
    if old_rows(&root)? != before {
        return Err("what was read before is not as it was".into());
    }
    println!("what was read before is as it was, octet for octet");

    let began = Instant::now();
    let said = reextract(&options, &root)?;
    if said["read"] != 0u64 {
        return Err(format!("something was read twice: {said}").into());
    }
    note(&mut figures, "seeing that nothing is left, s", began.elapsed().as_secs_f64());
    if let Some(out) = &options.out {
        std::fs::write(out, serde_json::to_string_pretty(&figures)? + "\n")?;
    }
    Ok(())
}

fn reextract(options: &Options, root: &Path) -> Fallible<serde_json::Value> {
    let mut command = Command::new(&options.keepfast);
    let done = command.arg("--archive").arg(root).args(["reextract", "--json"]).stdin(Stdio::null()).output()?;
    if !done.status.success() {
        return Err(format!("keepfast reextract: {}", String::from_utf8_lossy(&done.stderr)).into());
    }
    Ok(serde_json::from_slice(&done.stdout)?)
}

/// Digest over all that the first reader left.
fn old_rows(root: &Path) -> Fallible<Digest> {
    let db = rusqlite::Connection::open(root.join("catalog.db"))?;
    let mut select = db.prepare("SELECT id, payload, url, reader, digest, json FROM document WHERE reader = 0")?;
    let mut rows = select.query([])?;
    let mut all = Digest::of(b"");
    while let Some(row) = rows.next()? {
        let numbers: [i64; 3] = [row.get(0)?, row.get(1)?, row.get(3)?];
        let (url, digest, json): (String, [u8; 32], String) = (row.get(2)?, row.get(4)?, row.get(5)?);
        let line = format!("{numbers:?}{url}{json}");
        all = Digest::of_parts(&[&all.0, &digest, line.as_bytes()]);
    }
    Ok(all)
}

/// CPU time of the programs that this one has waited for.
fn cpu_of_children() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let fields: Vec<&str> = stat.rsplit(')').next().unwrap_or_default().split_whitespace().collect();
    [13, 14].iter().filter_map(|n| fields.get(*n)?.parse::<f64>().ok()).sum::<f64>() / 100.0
}

async fn make(options: &Options, archive: &Archive) -> Fallible<u64> {
    let capture =
        CaptureOptions { segment_size: 1 << 30, warcinfo: vec![("software", "reextract".into())], min_free: 1 << 30 };
    let (writer, _) = archive.capture(capture)?;
    let at = System.now().checked_sub(Duration::from_secs(30 * 86_400))?;
    let watches: Vec<NewWatch> = (0..options.pages)
        .map(|n| {
            let host = format!("site{}.example", n % 200);
            let url = format!("https://{host}/{n}");
            NewWatch {
                key: url.clone(),
                url,
                host: format!("{host}:443"),
                source: Source::Add,
                tags: Vec::new(),
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
        software: "keepfast/reextract".into(),
        operator: "reextract@localhost".into(),
        config_digest: Digest::of(b"reextract"),
        config: "{}".into(),
    };
    let run = writer.start_run(start).await?;
    let facts = RunFacts { config: Digest::of(b"reextract"), software: "keepfast/reextract".into() };
    let given = options.from.as_deref().map(files).transpose()?.unwrap_or_default();
    let (mut numbers, mut octets) = (Numbers(1), 0);
    let mut tasks = tokio::task::JoinSet::new();
    let mut compressor = Compressor::new(1);
    for (n, ((id, _), watch)) in ids.into_iter().zip(&watches).enumerate() {
        let body = match given.get(n % given.len().max(1)) {
            Some(file) => [std::fs::read(file)?, format!("<!-- {n} -->").into_bytes()].concat(),
            None => {
                let size = 20_000.0 * 7.5f64.powf(numbers.unit());
                page(&mut numbers, size as usize).into_bytes()
            }
        };
        octets += body.len() as u64;
        let at = at.checked_add(Duration::from_secs(n as u64 * 20))?;
        let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::new(6));
        packed.write_all(&body)?;
        let packed = packed.finish()?;
        let page = Page {
            run,
            watch: id,
            url: &watch.url,
            at,
            head: "Content-Encoding: gzip\r\n",
            body: &packed,
            decoded_len: body.len() as u64,
            // As a reader would have left it that read next to nothing.
            document: Document { title: Some(watch.url.clone()), ..Document::empty() },
            version: 0,
        };
        let captured = captured(page, &facts, &mut compressor)?;
        if tasks.len() >= IN_FLIGHT
            && let Some(kept) = tasks.join_next().await
        {
            kept??;
        }
        let writer = writer.clone();
        tasks.spawn(async move { writer.commit(captured).await.map(|_| ()) });
    }
    while let Some(kept) = tasks.join_next().await {
        kept??;
    }
    writer.end_run(run, RunEnd::Done, System.now()).await?;
    writer.close()?;
    Ok(octets)
}

fn files(folder: &Path) -> Fallible<Vec<PathBuf>> {
    let mut out = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if path.extension().is_some_and(|e| e == "html") {
            out.push(path);
        }
    }
    out.sort();
    if out.is_empty() { Err(format!("no .html file in {}", folder.display()).into()) } else { Ok(out) }
}
