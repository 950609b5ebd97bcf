//! A world for stories: a folder, a web of our own on loopback, and the built binary. Nothing is shared between
//! worlds, so all stories are told at once.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use rusqlite::Connection;
use serde_json::Value;

use crate::server::Origin;

/// The binary that is tested.
pub const KEEPFAST: &str = env!("CARGO_BIN_EXE_keepfast");

/// Nothing that a story waits for takes longer, unless it hangs.
const PATIENCE: Duration = Duration::from_secs(120);

/// Tells what is left out, and why: past the capture of output, which hides the words of tests that pass.
pub fn skipped(what: &str) {
    let _ = writeln!(std::io::stderr(), "\nSKIPPED: {what}");
}

/// A folder, an origin, and settings.
pub struct World {
    folder: tempfile::TempDir,
    /// The web.
    pub origin: Origin,
    env: Vec<(String, String)>,
}

/// How a command ended.
pub struct Ended {
    words: String,
    /// The exit code; -1 if a signal ended it.
    pub code: i32,
    /// Standard output.
    pub out: String,
    /// Standard error.
    pub err: String,
}

impl Ended {
    fn new(words: &[&str], status: ExitStatus, octets: Vec<u8>, err: Vec<u8>) -> Self {
        Self {
            words: words.join(" "),
            code: status.code().unwrap_or(-1),
            out: String::from_utf8_lossy(&octets).into_owned(),
            err: String::from_utf8_lossy(&err).into_owned(),
        }
    }

    /// It ended with this code.
    #[track_caller]
    pub fn ends(self, code: i32) -> Self {
        assert_eq!(self.code, code, "keepfast {}\n--- output\n{}\n--- errors\n{}", self.words, self.out, self.err);
        assert!(!self.err.contains("panicked"), "keepfast {} panicked:\n{}", self.words, self.err);
        self
    }

    /// It ended well.
    #[track_caller]
    pub fn well(self) -> Self {
        self.ends(0)
    }

    /// Output or errors hold these words.
    #[track_caller]
    pub fn says(self, words: &str) -> Self {
        let said = self.out.contains(words) || self.err.contains(words);
        assert!(
            said,
            "keepfast {} does not say {words:?}\n--- output\n{}\n--- errors\n{}",
            self.words, self.out, self.err
        );
        self
    }

    /// Neither output nor errors hold these words.
    #[track_caller]
    pub fn does_not_say(self, words: &str) -> Self {
        let said = self.out.contains(words) || self.err.contains(words);
        assert!(!said, "keepfast {} says {words:?}\n--- output\n{}\n--- errors\n{}", self.words, self.out, self.err);
        self
    }

    /// It ended with one clear error: one sentence, perhaps a hint, nothing else.
    #[track_caller]
    pub fn fails(self, code: i32, words: &str) -> Self {
        let ended = self.ends(code).says(words);
        assert_eq!(ended.err.matches("error:").count(), 1, "not one error: {}", ended.err);
        ended
    }

    /// The output as JSON.
    #[track_caller]
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.out).unwrap_or_else(|e| panic!("keepfast {}: {e} in {:?}", self.words, self.out))
    }
}

impl World {
    /// A world whose hosts set no pace, in which loopback may be reached and `*.test` leads there.
    pub fn new() -> Self {
        let hosts: Vec<String> = ('a'..='h')
            .map(|c| format!("{c}.test=127.0.0.1"))
            .chain((0..10).map(|n| format!("h{n}.test=127.0.0.1")))
            .collect();
        let world = Self { folder: tempfile::tempdir().unwrap(), origin: Origin::start(), env: Vec::new() };
        world
            .env("KEEPFAST_CLIENT__ALLOW_PRIVATE", "127.0.0.1")
            .env("KEEPFAST_CLIENT__RESOLVE", &hosts.join(","))
            .env("KEEPFAST_PACE__PER_SECOND", "0")
            .env("KEEPFAST_ARCHIVE__MIN_FREE", "1 MiB")
    }

    /// Sets a variable of the environment for all commands.
    pub fn env(mut self, name: &str, value: &str) -> Self {
        self.env.retain(|(n, _)| n != name);
        self.env.push((name.to_owned(), value.to_owned()));
        self
    }

    /// A path in the folder.
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Writes a file.
    pub fn file(&self, name: &str, text: impl AsRef<[u8]>) -> &Self {
        std::fs::write(self.path(name), text).unwrap();
        self
    }

    /// Writes the configuration file.
    pub fn config(&self, text: &str) -> &Self {
        self.file("keepfast.toml", text)
    }

    /// The command, not yet started; another program may be put before it.
    pub fn command(&self, before: &[&str], words: &[&str]) -> Command {
        let all: Vec<&str> = before.iter().copied().chain([KEEPFAST]).chain(words.iter().copied()).collect();
        let mut command = Command::new(all[0]);
        command.args(&all[1..]).current_dir(self.folder.path()).env_clear();
        for name in ["PATH", "HOME", "TMPDIR"] {
            command.envs(std::env::var_os(name).map(|value| (name, value)));
        }
        command.envs(self.env.iter().cloned());
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    /// Runs a command to its end.
    pub fn keepfast(&self, words: &[&str]) -> Ended {
        let done = self.command(&[], words).output().unwrap();
        Ended::new(words, done.status, done.stdout, done.stderr)
    }

    /// Runs a command that reads `input`.
    pub fn feed(&self, words: &[&str], input: &str) -> Ended {
        let mut child = self.command(&[], words).stdin(Stdio::piped()).spawn().unwrap();
        child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
        let done = child.wait_with_output().unwrap();
        Ended::new(words, done.status, done.stdout, done.stderr)
    }

    /// Starts a command.
    pub fn start(&self, words: &[&str]) -> Running {
        Running::new(words, self.command(&[], words).spawn().unwrap())
    }

    /// A URL on the origin.
    pub fn url(&self, target: &str) -> String {
        self.origin.url(target).to_string()
    }

    /// A URL on one of the origin's hosts.
    pub fn url_of(&self, host: &str, target: &str) -> String {
        self.origin.url_of(host, target).to_string()
    }

    /// The catalogue, to be looked into and, by those who damage it, to be changed.
    pub fn catalog(&self) -> Connection {
        let db = Connection::open(self.path("archive/catalog.db")).unwrap();
        db.busy_timeout(Duration::from_secs(20)).unwrap();
        db
    }

    /// One value of the catalogue.
    #[track_caller]
    pub fn one<T: rusqlite::types::FromSql>(&self, select: &str) -> T {
        self.catalog().query_row(select, [], |row| row.get(0)).unwrap_or_else(|e| panic!("{select}: {e}"))
    }

    /// The first column of all rows, as text.
    pub fn column(&self, select: &str) -> Vec<String> {
        let db = self.catalog();
        let mut statement = db.prepare(select).unwrap();
        let rows = statement.query_map([], |row| row.get::<_, rusqlite::types::Value>(0)).unwrap();
        rows.map(|value| match value.unwrap() {
            rusqlite::types::Value::Text(text) => text,
            rusqlite::types::Value::Integer(n) => n.to_string(),
            other => format!("{other:?}"),
        })
        .collect()
    }

    /// Outcomes of all snapshots, in order.
    pub fn outcomes(&self) -> Vec<String> {
        self.column("SELECT outcome FROM snapshot ORDER BY id")
    }

    /// Lets time pass for everything in the catalogue that waits for a moment.
    pub fn time_passes(&self, seconds: i64) -> &Self {
        let (ms, hours) = (seconds * 1000, seconds / 3600);
        self.catalog()
            .execute_batch(&format!(
                "UPDATE watch SET due_at = due_at - {ms}, full_at = full_at - {ms}, since = since - {ms},
                     seen_at = seen_at - {ms}, absent_since = absent_since - {ms}, ends_at = ends_at - {ms}, media_at = media_at - {ms};
                 UPDATE held SET turn_at = turn_at - {ms}, same_at = same_at - {ms};
                 UPDATE presence SET missing_since = missing_since - {ms}, last_seen_at = last_seen_at - {ms},
                     changed_at = changed_at - {ms};
                 UPDATE presence_step SET at = at - {ms};
                 UPDATE due_end SET at = at - {ms}, until = until - {ms}, ended_at = ended_at - {ms}, next = next - {ms};
                 UPDATE snapshot SET due_at = due_at - {ms}, due_next = due_next - {ms};
                 UPDATE job SET not_before = max(not_before - {ms}, 0), due_at = due_at - {ms},
                     enqueued_at = enqueued_at - {ms}, begun_at = begun_at - {ms};
                 UPDATE host SET not_before = not_before - {ms}, updated_at = updated_at - {ms};
                 UPDATE spent SET hour = hour - {hours};"
            ))
            .unwrap();
        self
    }

    /// The segments, in order.
    pub fn segments(&self) -> Vec<PathBuf> {
        let mut found = Vec::new();
        let mut folders = vec![self.path("archive/warc")];
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder).unwrap().map(Result::unwrap) {
                match entry.file_type().unwrap().is_dir() {
                    true => folders.push(entry.path()),
                    false => found.push(entry.path()),
                }
            }
        }
        found.sort();
        found
    }

    /// Nothing is wrong with the archive.
    #[track_caller]
    pub fn is_sound(&self) -> &Self {
        self.keepfast(&["verify"]).well().says("all as it was written");
        self
    }

    /// Decoded text of a WARC file.
    pub fn warc_text(path: &Path) -> String {
        let mut octets = Vec::new();
        flate2::read::MultiGzDecoder::new(std::fs::File::open(path).unwrap()).read_to_end(&mut octets).unwrap();
        String::from_utf8_lossy(&octets).into_owned()
    }
}

/// A command that runs. What it writes to standard error comes line by line.
pub struct Running {
    words: String,
    child: Child,
    lines: mpsc::Receiver<String>,
    out: Option<thread::JoinHandle<Vec<u8>>>,
    /// Lines read so far.
    pub heard: Vec<String>,
}

impl Running {
    /// Listens to a started command.
    pub fn new(words: &[&str], mut child: Child) -> Self {
        let (err, mut out) = (child.stderr.take().unwrap(), child.stdout.take().unwrap());
        let (tell, lines) = mpsc::channel();
        thread::spawn(move || {
            for line in BufReader::new(err).lines().map_while(Result::ok) {
                if tell.send(line).is_err() {
                    return;
                }
            }
        });
        let out = thread::spawn(move || {
            let mut octets = Vec::new();
            out.read_to_end(&mut octets).unwrap();
            octets
        });
        Self { words: words.join(" "), child, lines, out: Some(out), heard: Vec::new() }
    }

    /// Waits for a line on standard error with these words.
    #[track_caller]
    pub fn hear(&mut self, words: &str) -> String {
        loop {
            match self.lines.recv_timeout(PATIENCE) {
                Ok(line) => {
                    self.heard.push(line.clone());
                    if line.contains(words) {
                        return line;
                    }
                }
                Err(_) => panic!("keepfast {} never said {words:?}, but: {:#?}", self.words, self.heard),
            }
        }
    }

    /// Sends a signal by its name.
    pub fn signal(&self, name: &str) -> &Self {
        let sent = Command::new("kill").args([&format!("-{name}"), &self.child.id().to_string()]).status().unwrap();
        assert!(sent.success(), "cannot send {name}");
        self
    }

    /// It has ended, by itself or not.
    pub fn is_over(&mut self) -> bool {
        self.child.try_wait().unwrap().is_some()
    }

    /// Kills it where it stands.
    pub fn kill(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
    }

    /// Waits for its end.
    pub fn wait(mut self) -> Ended {
        let status = self.child.wait().unwrap();
        let octets = self.out.take().unwrap().join().unwrap();
        self.heard.extend(self.lines.iter());
        Ended::new(&[&self.words], status, octets, self.heard.join("\n").into_bytes())
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Waits until something holds.
#[track_caller]
pub fn until(what: &str, holds: impl Fn() -> bool) {
    for _ in 0..2400 {
        if holds() {
            return;
        }
        thread::park_timeout(Duration::from_millis(25));
    }
    panic!("it never came to be: {what}");
}

/// An article of so many words, so that it is read as one.
pub fn article(title: &str, text: &str) -> String {
    let filler =
        "The river rose in the night, and in the morning the bridge was closed to carts and people alike. ".repeat(4);
    format!(
        "<!doctype html><html lang=en><head><meta charset=utf-8><title>{title}</title></head>\
         <body><article><h1>{title}</h1><p>{text}</p><p>{filler}</p></article></body></html>"
    )
}
