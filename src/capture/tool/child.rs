//! A program in a folder and a group of processes of its own, both of which end with it.

use std::io;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process_group};
use tokio::io::{AsyncRead, AsyncReadExt as _};
use tokio::process::Command;
use tokio::time::Instant;

/// What it is told of the environment beside its folder and a proxy.
const ENVIRONMENT: [&str; 5] = ["PATH", "LANG", "LC_ALL", "TZ", "SSL_CERT_FILE"];
/// Names by which programs know a proxy.
const PROXIES: [&str; 3] = ["http_proxy", "https_proxy", "all_proxy"];
/// Octets that are heard of what it says.
const HEARD: u64 = 4096;
/// How often its folder is measured.
const MEASURE: Duration = Duration::from_millis(100);
/// Files and folders that are counted; a program that makes more is ended.
const ENTRIES: usize = 2000;
/// What it has not said so long after its end, others say.
const LAST_WORDS: Duration = Duration::from_millis(200);

/// A folder that is removed with this value.
#[derive(Debug)]
pub(super) struct Folder(PathBuf);

impl Folder {
    /// A new one below the spool folder; with places for what the program brings, and for what it needs on the way.
    pub fn new(spool: &Path) -> io::Result<Self> {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        let name = format!("tool-{}-{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
        let folder = Self(std::path::absolute(spool)?.join(name));
        std::fs::create_dir(&folder.0)?;
        std::fs::create_dir(folder.files())?;
        std::fs::create_dir(folder.0.join("home"))?;
        Ok(folder)
    }

    fn files(&self) -> PathBuf {
        self.0.join("files")
    }

    /// What lies in the place for what it brings.
    pub fn entries(&self) -> Vec<PathBuf> {
        std::fs::read_dir(self.files())
            .into_iter()
            .flatten()
            .flatten()
            .map(|entry| entry.path())
            .take(ENTRIES)
            .collect()
    }

    /// Octets of all that is in it; `None`: so many things that they are not counted.
    fn octets(&self) -> Option<u64> {
        let (mut folders, mut sum, mut seen) = (vec![self.0.clone()], 0, 0);
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
                seen += 1;
                if seen > ENTRIES {
                    return None;
                }
                // Of a link, the link.
                match entry.metadata() {
                    Ok(meta) if meta.is_dir() => folders.push(entry.path()),
                    Ok(meta) => sum += meta.len(),
                    Err(_) => {}
                }
            }
        }
        Some(sum)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // What cannot be removed is swept at the next start.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// A group of processes that is ended with this value.
struct Group(Option<Pid>);

impl Drop for Group {
    fn drop(&mut self) {
        if let Some(group) = self.0 {
            // It mostly has ended by itself.
            let _ = kill_process_group(group, Signal::KILL);
        }
    }
}

/// What it may cost.
pub(super) struct Limits {
    pub until: Instant,
    pub bytes: u64,
}

/// How it ended by itself.
pub(super) struct Ended {
    /// The beginning of what it said.
    pub said: String,
    /// It says that it failed.
    pub trouble: Option<String>,
}

/// A program to be run.
pub(super) struct Child<'a> {
    pub program: &'a Path,
    pub folder: &'a Folder,
    pub proxy: &'a str,
}

impl Child<'_> {
    /// Runs it to its end. An error: it could not be started, or was ended because it took too much.
    pub async fn run(&self, arguments: &[String], limits: Limits) -> Result<Ended, String> {
        let home = self.folder.0.join("home");
        let mut command = Command::new(self.program);
        command.args(arguments).current_dir(self.folder.files()).env_clear().kill_on_drop(true).process_group(0);
        for name in ENVIRONMENT {
            command.envs(std::env::var_os(name).map(|value| (name, value)));
        }
        // No settings and no plug-ins of the user's, and what it writes stays in its folder.
        command.env("HOME", &home).env("TMPDIR", &home);
        if !self.proxy.is_empty() {
            // Not among the arguments, which everybody on the machine can read: it may hold a password.
            command.envs(PROXIES.map(|name| (name, self.proxy)));
        }
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().map_err(|why| format!("it cannot be started: {why}"))?;
        let _group = Group(child.id().and_then(|id| i32::try_from(id).ok()).and_then(Pid::from_raw));
        let hear = futures_util::future::join(hear(child.stdout.take()), hear(child.stderr.take()));
        tokio::pin!(hear);
        let (mut heard, mut measure) = (None, tokio::time::interval(MEASURE));
        let status = loop {
            tokio::select! {
                ended = child.wait() => break ended.map_err(|why| format!("it cannot be waited for: {why}"))?,
                words = &mut hear, if heard.is_none() => heard = Some(words),
                () = tokio::time::sleep_until(limits.until) => return Err("it took too long and was ended".into()),
                _ = measure.tick() => match self.folder.octets() {
                    Some(octets) if octets <= limits.bytes => {}
                    Some(_) => return Err("it wrote too much and was ended".into()),
                    None => return Err("it made too many files and was ended".into()),
                },
            }
        };
        let (said, complaints) = match heard {
            Some(words) => words,
            // A process that it left behind may hold its pipes open.
            None => tokio::time::timeout(LAST_WORDS, hear).await.unwrap_or_default(),
        };
        let trouble = (!status.success()).then(|| {
            let line = complaints.lines().rfind(|line| !line.trim().is_empty()).unwrap_or_default();
            let line: String = line.chars().map(|c| if c.is_control() { '\u{fffd}' } else { c }).take(300).collect();
            format!("it ended with {status}{}{line}", if line.is_empty() { "" } else { ": " })
        });
        Ok(Ended { said, trouble })
    }
}

/// The beginning of what is said; the rest is heard and forgotten, so that it need not wait for us.
async fn hear(pipe: Option<impl AsyncRead + Unpin>) -> String {
    let mut said = Vec::new();
    if let Some(pipe) = pipe {
        let mut pipe = pipe.take(HEARD);
        let _ = pipe.read_to_end(&mut said).await;
        let _ = tokio::io::copy(&mut pipe.into_inner(), &mut tokio::io::sink()).await;
    }
    String::from_utf8_lossy(&said).into_owned()
}
