//! A day of service in a minute: does it hold on to memory or file handles?
//!
//! ```text
//! cargo run --release --example day -- --dir target/day --out day.json
//! ```
//!
//! The service itself (`App::serve_in`) runs in this process with a clock that is 1,200 times as fast, over 300 watches of ten hosts at
//! all kinds of times; the web they are of is another process, on loopback. Pages change, answer 304, vanish, come back and
//! fail. Memory (VmRSS) and open files are read each simulated hour; after a warm-up of six they must stay as they are.
//! The folder must not exist.

#![expect(clippy::print_stdout, reason = "a program that reports to whoever runs it")]

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use keepfast::app::{App, Event, Stop, Stopper};
use keepfast::clock::{Clock as _, Fast, System};
use keepfast::config::Config;

use self::made::{Fallible, Figures, note};

mod made;

/// How much faster than the world's the service's clock is.
const TIMES: u32 = 1200;
const HOURS: u64 = 24;
/// After so many hours all is filled that is to be filled.
const WARM: usize = 6;
const HOSTS: u64 = 10;
const EVERY: [&str; 5] = ["adaptive", "1h", "15m", "6h", "*/20 * * * * Europe/Berlin"];
/// Growth that is none: what an allocator keeps, and a cache that is not full yet.
const SLACK_KB: u64 = 8 << 10;

fn main() -> Fallible<()> {
    let (mut dir, mut out, mut watches) = (PathBuf::from("target/day"), None, 300u64);
    let mut words = std::env::args().skip(1);
    while let Some(word) = words.next() {
        match word.as_str() {
            "--origin" => return origin(),
            "--dir" => dir = words.next().ok_or("--dir needs a value")?.into(),
            "--out" => out = Some(words.next().ok_or("--out needs a value")?),
            "--watches" => watches = words.next().ok_or("--watches needs a value")?.parse()?,
            _ => return Err(format!("unknown: {word}").into()),
        }
    }
    let mut web =
        Command::new(std::env::current_exe()?).arg("--origin").stdin(Stdio::null()).stdout(Stdio::piped()).spawn()?;
    let mut port = String::new();
    BufReader::new(web.stdout.take().ok_or("no output of the origin")?).read_line(&mut port)?;
    let lived = live(&dir, watches, port.trim());
    web.kill()?;
    web.wait()?;
    let figures = lived?;
    if let Some(out) = out {
        std::fs::write(out, serde_json::to_string_pretty(&figures)? + "\n")?;
    }
    Ok(())
}

fn live(dir: &Path, watches: u64, port: &str) -> Fallible<Figures> {
    std::fs::create_dir_all(dir)?;
    let mut text = String::from(
        "[archive]\ndir = \"archive\"\n[client]\nallow_private = [\"127.0.0.0/8\"]\n[pace]\nper_second = 0\n\
         [capture]\nmax_retries = 0\n[run]\nlists = []\n",
    );
    for n in 0..watches {
        let every = EVERY[usize::try_from(n)? % EVERY.len()];
        text += &format!("[[watch]]\nurl = \"http://127.0.3.{}:{port}/{n}\"\nevery = \"{every}\"\n", n % HOSTS + 1);
    }
    let file = dir.join("keepfast.toml");
    let config = Config::load(Some((&file, &text)), &[], &[])?;
    let clock = Arc::new(Fast::new(System.now(), TIMES));
    let app = App::new(config.clone(), None, clock.clone());
    let stopper = Stopper::new();
    let looks = Arc::new(AtomicU64::new(0));
    let counted = Arc::clone(&looks);
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    let began = Instant::now();
    let mut series = Vec::new();
    let report = runtime.block_on(async {
        let (_hang_up, hang_ups) = tokio::sync::mpsc::channel(1);
        let listener = Arc::new(move |event: Event| {
            if matches!(event, Event::Finished { .. }) {
                counted.fetch_add(1, Ordering::Relaxed);
            }
        });
        let reload = move || Ok(config.clone());
        let serving = app.serve_in(&reload, hang_ups, listener, &stopper);
        let watching = async {
            for hour in 1..=HOURS {
                let at = began + clock.real(Duration::from_secs(hour * 3600));
                tokio::time::sleep_until(at.into()).await;
                series.push((memory()?, handles()?, looks.load(Ordering::Relaxed)));
            }
            stopper.stop(Stop::Soon);
            Ok::<_, Box<dyn std::error::Error + Send + Sync>>(())
        };
        let (report, watched) = tokio::join!(serving, watching);
        watched?;
        Ok::<_, Box<dyn std::error::Error + Send + Sync>>(report?)
    })?;
    let mut figures = Figures::new();
    println!("hour      VmRSS kB    files     looks");
    for (hour, (memory, handles, looks)) in series.iter().enumerate() {
        println!("{:4} {memory:13} {handles:8} {looks:9}", hour + 1);
    }
    let status = app.status()?;
    let most =
        |part: &[(u64, u64, u64)], of: fn(&(u64, u64, u64)) -> u64| part.iter().map(of).max().unwrap_or_default();
    let (early, late) = (&series[WARM..WARM + 6], &series[series.len() - 6..]);
    let (memory, handles) = ((most(early, |s| s.0), most(late, |s| s.0)), (most(early, |s| s.1), most(late, |s| s.1)));
    note(&mut figures, "simulated hours", HOURS as f64);
    note(&mut figures, "real seconds", began.elapsed().as_secs_f64());
    note(&mut figures, "watches", watches as f64);
    note(&mut figures, "looks", report.summary.snapshots as f64);
    note(&mut figures, "hours 7 to 12: most memory, kB", memory.0 as f64);
    note(&mut figures, "last 6 hours: most memory, kB", memory.1 as f64);
    note(&mut figures, "hours 7 to 12: most open files", handles.0 as f64);
    note(&mut figures, "last 6 hours: most open files", handles.1 as f64);
    note(&mut figures, "overdue at the end", status.overdue as f64);
    note(&mut figures, "due times missed", status.week.missed as f64);
    figures.insert("hours: VmRSS kB, open files, looks so far".into(), serde_json::to_value(&series)?);
    if report.summary.snapshots < watches * 10 {
        return Err("hardly anything was looked at".into());
    }
    if memory.1 > memory.0 + memory.0 / 10 + SLACK_KB {
        return Err("memory grows".into());
    }
    // Connections come and go; what is lost does not come back.
    if handles.1 > handles.0 + 16 {
        return Err("file handles are lost".into());
    }
    Ok(figures)
}

fn memory() -> Fallible<u64> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).ok_or("no VmRSS")?;
    Ok(line.trim().trim_end_matches(" kB").parse()?)
}

fn handles() -> Fallible<u64> {
    Ok(std::fs::read_dir("/proc/self/fd")?.count() as u64)
}

/// The web: the same port on ten addresses. Ends with whoever started it.
fn origin() -> Fallible<()> {
    let first = TcpListener::bind("127.0.3.1:0")?;
    let port = first.local_addr()?.port();
    let mut listeners = vec![first];
    for n in 2..=HOSTS {
        listeners.push(TcpListener::bind(format!("127.0.3.{n}:{port}"))?);
    }
    println!("{port}");
    let mut threads = Vec::new();
    for listener in listeners {
        threads.push(std::thread::spawn(move || {
            let asked: Arc<Vec<AtomicU64>> = Arc::new((0..4096).map(|_| AtomicU64::new(0)).collect());
            for stream in listener.incoming().flatten() {
                let asked = Arc::clone(&asked);
                std::thread::spawn(move || answer(stream, &asked));
            }
        }));
    }
    for thread in threads {
        let _ = thread.join();
    }
    Ok(())
}

fn answer(mut stream: TcpStream, asked: &[AtomicU64]) {
    let (mut buffer, mut head) = ([0; 8192], Vec::new());
    let _ = stream.set_read_timeout(Some(Duration::from_secs(60)));
    loop {
        match stream.read(&mut buffer) {
            Ok(n) if n > 0 => head.extend_from_slice(&buffer[..n]),
            _ => return,
        }
        if !head.ends_with(b"\r\n\r\n") {
            continue;
        }
        let text = String::from_utf8_lossy(&head).into_owned();
        head.clear();
        let path = text.split(' ').nth(1).unwrap_or_default();
        let Ok(page) = path.trim_start_matches('/').parse::<u64>() else {
            let robots = "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n";
            if stream.write_all(robots.as_bytes()).is_err() {
                return;
            }
            continue;
        };
        let times = asked[(page % 4096) as usize].fetch_add(1, Ordering::Relaxed);
        if stream.write_all(said(page, times, &text).as_bytes()).is_err() {
            return;
        }
    }
}

/// What a page says when it is asked for the nth time.
fn said(page: u64, times: u64, head: &str) -> String {
    let version = times / (page % 7 + 2);
    match (page % 30, times % 12) {
        (3, 4..=7) => return "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n".into(),
        (7, 5) => return "HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n".into(),
        (11, 9) => return "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 9000\r\nConnection: close\r\n\r\n<p>cut".into(),
        _ => {}
    }
    let tag = format!("\"{version}\"");
    if page.is_multiple_of(2) && head.contains(&format!("{tag}\r\n")) {
        return format!("HTTP/1.1 304 Not Modified\r\nETag: {tag}\r\n\r\n");
    }
    let mut body = format!("<!DOCTYPE html><title>Page {page}</title><main><h1>Page {page}</h1>");
    for n in 0..60 {
        let changes = if n == 30 { version } else { 0 };
        body += &format!(
            "<p>Paragraph {n} of page {page} tells what happened in the valley, and how, in version {changes} of it: the river rose, the bridge held, and nobody was hurt that night.</p>"
        );
    }
    body += "</main>";
    format!("HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nETag: {tag}\r\nContent-Length: {}\r\n\r\n{body}", body.len())
}
