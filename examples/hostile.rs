//! Drives the built binary over a misbehaving web and writes what it stored in the contract of its judge.
//!
//! ```text
//! python3 tests/hostile/hostile.py --port 0 --print-port --manifest-out m.json
//! cargo run --release --example hostile -- --manifest m.json --origin http://127.0.0.1:PORT --out out.jsonl
//! python3 tests/hostile/judge.py --manifest m.json --export out.jsonl --origin http://127.0.0.1:PORT
//! ```
//!
//! Knows nothing of any case: addresses, limits and the number of visits come from the manifest.

#![expect(clippy::print_stderr, reason = "a command line program")]

use std::collections::HashMap;
use std::error::Error;
use std::fs;
use std::io::{BufRead as _, BufReader, BufWriter, Read as _, Write as _};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

type Result<T> = std::result::Result<T, Box<dyn Error>>;

fn main() -> Result<()> {
    let words: Vec<String> = std::env::args().collect();
    let word = |name: &str| {
        words
            .iter()
            .position(|w| w == name)
            .and_then(|i| words.get(i + 1))
            .cloned()
            .ok_or_else(|| format!("{name} is missing"))
    };
    let manifest: Value = serde_json::from_str(&fs::read_to_string(word("--manifest")?)?)?;
    let (origin, out) = (word("--origin")?, PathBuf::from(word("--out")?));
    let folder = out.with_extension("archive");
    if folder.exists() {
        fs::remove_dir_all(&folder)?;
    }
    fs::create_dir_all(&folder)?;
    let cases: Vec<(String, u64)> = manifest["cases"]
        .as_array()
        .ok_or("the manifest has no cases")?
        .iter()
        .filter_map(|c| Some((c["url"].as_str()?.to_owned(), c["visits"].as_u64().unwrap_or(1))))
        .collect();
    let visits = cases.iter().map(|(_, visits)| *visits).max().unwrap_or(1);
    configure(&folder, &manifest, &cases)?;
    let binary = binary()?;
    let (begun, mut peak_kb) = (Instant::now(), 0);
    for visit in 1..=visits {
        get(&origin, &format!("/__epoch/{visit}"))?;
        let mut command = Command::new(&binary);
        command.current_dir(&folder).args(["--quiet", "run"]);
        if visit == 1 {
            command.arg("--all");
        } else {
            command.args(["--tag", &format!("visit-{visit}")]);
        }
        peak_kb = peak_kb.max(watch(&mut command)?);
    }
    let wall = begun.elapsed();
    let lines = contract(&binary, &folder, &cases)?;
    let mut file = BufWriter::new(fs::File::create(&out)?);
    for line in lines {
        serde_json::to_writer(&mut file, &line)?;
        writeln!(file)?;
    }
    file.flush()?;
    eprintln!("peak RSS {} MB, wall {:.1} s", peak_kb / 1024, wall.as_secs_f64());
    eprintln!("judge.py … --rss-mb {} --wall-s {:.0}", peak_kb / 1024, wall.as_secs_f64());
    Ok(())
}

/// The binary beside this example, built if need be.
fn binary() -> Result<PathBuf> {
    let mut build = Command::new(std::env::var("CARGO").unwrap_or_else(|_| "cargo".into()));
    // With the example, as both are built before: alone, the program would be built once more with other features.
    build.args(["build", "--quiet", "--bin", "keepfast", "--example", "hostile"]);
    if !cfg!(debug_assertions) {
        build.arg("--release");
    }
    if !build.status()?.success() {
        return Err("the binary could not be built".into());
    }
    let here = std::env::current_exe()?;
    let binary = here.parent().and_then(Path::parent).ok_or("where am I?")?.join("keepfast");
    if binary.exists() { Ok(binary) } else { Err(format!("there is no {}", binary.display()).into()) }
}

/// A configuration file with the manifest's limits and one watch a case.
fn configure(folder: &Path, manifest: &Value, cases: &[(String, u64)]) -> Result<()> {
    let limits = &manifest["limits"];
    let number = |name: &str| limits[name].as_u64().ok_or_else(|| format!("the manifest has no limit {name}"));
    fs::write(folder.join("ca.pem"), manifest["ca_pem"].as_str().unwrap_or_default())?;
    let mut text = format!(
        "[client]\nallow_private = {}\nca_files = [\"ca.pem\"]\n\
         [capture]\nrobots = \"obey\"\nconnect_timeout = \"{connect}s\"\nfirst_byte_timeout = \"{idle}s\"\n\
         idle_timeout = \"{idle}s\"\ntotal_timeout = \"{total}s\"\nmax_page_bytes = {body}\nmax_media_bytes = {body}\n\
         max_decoded_bytes = {decoded}\nmax_redirects = {redirects}\nmax_retries = {retries}\n\
         max_retry_after = \"{after}s\"\nmax_requisites = {assets}\n\
         [pace]\nper_second = 0.0\nconnections = 8\nworkers = 8\n",
        manifest["allow_hosts"],
        connect = number("connect_timeout_s")?,
        idle = number("idle_timeout_s")?,
        total = number("total_timeout_s")?,
        body = number("max_body_bytes")?,
        decoded = number("max_decoded_bytes")?,
        redirects = number("max_redirects")?,
        retries = number("max_retries")?,
        after = number("max_retry_after_s")?,
        assets = number("max_assets_per_page")?,
    );
    for (url, visits) in cases {
        let tags: Vec<String> = (1..=*visits).map(|n| format!("visit-{n}")).collect();
        text.push_str(&format!("[[watch]]\nurl = {}\ntags = {}\n", json!(url), json!(tags)));
    }
    fs::write(folder.join("keepfast.toml"), text)?;
    Ok(())
}

/// Runs a command to its end; returns its peak resident memory in kB.
fn watch(command: &mut Command) -> Result<u64> {
    let mut child = command.stdout(Stdio::null()).spawn()?;
    let status = format!("/proc/{}/status", child.id());
    let mut peak = 0;
    while child.try_wait()?.is_none() {
        let text = fs::read_to_string(&status).unwrap_or_default();
        let now =
            text.lines().find_map(|line| line.strip_prefix("VmHWM:")?.trim().strip_suffix(" kB")?.trim().parse().ok());
        peak = peak.max(now.unwrap_or(0));
        std::thread::sleep(Duration::from_millis(20));
    }
    Ok(peak)
}

/// What the binary stored, as the judge wants it: the last try of each visit, in order of time.
fn contract(binary: &Path, folder: &Path, cases: &[(String, u64)]) -> Result<Vec<Value>> {
    let mut export = Command::new(binary)
        .current_dir(folder)
        .args(["export", "--format", "jsonl"])
        .stdout(Stdio::piped())
        .spawn()?;
    let mut by_visit: HashMap<(String, u64), Value> = HashMap::new();
    let mut order = Vec::new();
    for line in BufReader::new(export.stdout.take().ok_or("no output")?).lines() {
        let snapshot: Value = serde_json::from_str(&line?)?;
        let url = snapshot["url"].as_str().unwrap_or_default().to_owned();
        let key = (url, snapshot["run"].as_u64().unwrap_or_default());
        if by_visit.insert(key.clone(), row(&snapshot)).is_none() {
            order.push(key);
        }
    }
    if !export.wait()?.success() {
        return Err("the export failed".into());
    }
    // A watch is kept under the canonical form of its URL; the judge knows the manifest's.
    let named: HashMap<String, &String> =
        cases.iter().filter_map(|(url, _)| Some((url::Url::parse(url).ok()?.to_string(), url))).collect();
    Ok(order
        .into_iter()
        .filter_map(|key| {
            let mut row = by_visit.remove(&key)?;
            if let Some(url) = named.get(&key.0) {
                row["url"] = json!(url);
            }
            Some(row)
        })
        .collect())
}

fn row(snapshot: &Value) -> Value {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let outcome = text(&snapshot["outcome"]);
    let status = snapshot["status"].as_u64();
    let document = &snapshot["document"];
    let mapped = match outcome.as_str() {
        "truncated" => "archived-truncated",
        "robots_refused" | "address_refused" | "scheme_refused" => "refused",
        _ if snapshot["flags"].as_array().is_some_and(|f| f.contains(&json!("reading-gave-up"))) => "error-recorded",
        // Kept with a body and read: what the page is says the flag.
        _ if document.is_object() && status.is_some_and(|s| (200..300).contains(&s)) => "archived",
        _ => "error-recorded",
    };
    let mut words = vec![text(&document["title"]), text(&snapshot["text"])];
    for comment in document["comments"].as_array().into_iter().flatten() {
        words.extend([text(&comment["author"]), text(&comment["time"]["raw"]), text(&comment["text"])]);
    }
    words.push(text(&document["rest"]));
    let mut flags: Vec<String> = snapshot["flags"].as_array().into_iter().flatten().map(text).collect();
    flags.push(outcome.clone());
    let media: Vec<String> = snapshot["media"].as_array().into_iter().flatten().map(|m| text(&m["url"])).collect();
    let error = match text(&snapshot["failure"]["message"]) {
        empty if empty.is_empty() && mapped != "archived" => json!(outcome),
        empty if empty.is_empty() => Value::Null,
        message => json!(format!("{outcome}: {message}")),
    };
    let time = |name: &str| snapshot[name].as_str().and_then(|t| t.parse::<jiff::Timestamp>().ok());
    let took = match (time("started_at"), time("ended_at")) {
        (Some(from), Some(to)) => json!(to.as_millisecond() - from.as_millisecond()),
        _ => Value::Null,
    };
    json!({
        "url": snapshot["url"], "status": status, "outcome": mapped, "error": error,
        "bytes": snapshot["decoded_len"], "truncated": mapped == "archived-truncated", "text": words.join("\n"),
        "duration_ms": took, "changed": snapshot["changed"], "title": document["title"],
        "final_url": snapshot["final_url"], "media": media, "flags": flags
    })
}

/// A request to the origin's control paths.
fn get(origin: &str, path: &str) -> Result<()> {
    let host = origin.trim_start_matches("http://").trim_end_matches('/');
    let mut stream = TcpStream::connect(host)?;
    write!(stream, "GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n")?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    if answer.starts_with("HTTP/1.1 200") { Ok(()) } else { Err(format!("{path}: {answer}").into()) }
}
