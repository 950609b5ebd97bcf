//! The composition root and the library's front door: what each command does, without a word about how it
//! looks.

mod credentials;
mod deliver;
pub mod demo;
mod difference;
mod doctor;
mod export;
mod export_posts;
mod gaps;
mod platforms;
mod posts;
mod prune;
mod recognise;
mod reextract;
mod run;
mod schedule;
mod search;
mod service;
mod vitals;
mod watchdog;
mod watches;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use jiff::Timestamp;

pub use crate::crawl::{Event, Listener, NotRead, RereadAsk, RereadSummary, Stop, Stopper, Summary, Why};
pub use crate::site::ToldBy;
pub use crate::store::{
    BackupReport, ChangesAsk, EventFilter, EventRow, Filter, Found, Hit, Indexed, Met, Order, PostFilter, PostMedium,
    PostRow, PostView, PresenceRow, Recovered, RefusedRequest, Related, RunRow, Search, Seen, Snippet, Standing,
    Status, Synced, Version, Week,
};
pub use crate::verify::{Fault, Problem, Report};
pub use deliver::Tested;
pub use doctor::{Check, Health};
pub use export::{Exported, Form};
pub use export_posts::PostsForm;
pub use gaps::{Gaps, GoesOn, MissingNumbers};
pub use platforms::{PlatformHealth, PlatformsReport, Success, Trouble};
pub use posts::{Edit, PostReport, Posts, PostsAsk};
pub use prune::{PrunePlan, PruneScope};
pub use recognise::{Recognised, Wants};
pub use reextract::RereadReport;
pub use run::{RunAsk, RunReport};
pub use schedule::{HostBudget, Plan};
pub use service::{Reload, ServiceReport};
pub use watches::{Added, Addition, NotAdded};

use crate::clock::Clock;
use crate::config::{Config, Resolved, Target};
use crate::error::{Error, ErrorKind, Result, io};
use crate::model::{ExchangeRow, Presence, SnapshotId, SnapshotRow, SnapshotView, Watch, WatchId, WatchState};
use crate::policy;
use crate::store::{Archive, PostRules, Reader};
use crate::{extract, site, verify};

/// A body that is shown or exported is read up to this many octets.
const BODY: u64 = 256 << 20;
/// The room that knows pages says which posts are in them; the room that stores does not know it.
pub const POSTS: PostRules =
    PostRules { version: site::ADAPTERS_VERSION, posts: site::of_document, digest: site::cid_digest };

/// keepfast, as a library: one configuration, one archive.
#[derive(Clone)]
pub struct App {
    config: Arc<Config>,
    dir: PathBuf,
    clock: Arc<dyn Clock>,
}

impl App {
    /// `archive` overrides the folder that the configuration names.
    pub fn new(config: Config, archive: Option<PathBuf>, clock: Arc<dyn Clock>) -> Self {
        let dir = archive.unwrap_or_else(|| config.archive_dir());
        Self { config: Arc::new(config), dir, clock }
    }

    /// The archive's folder.
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// The settings.
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// Now.
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// Makes the archive if there is none.
    pub fn init(&self) -> Result<()> {
        Archive::init(&self.dir, self.now()).map(|_| ())
    }

    fn archive(&self) -> Result<Archive> {
        let archive = Archive::open(&self.dir)?;
        Ok(archive.looking_inside(self.config.looks_inside()).telling_posts(POSTS))
    }

    fn reader(&self) -> Result<Reader> {
        self.archive()?.reader()
    }

    /// The state of the whole.
    pub fn status(&self) -> Result<Status> {
        self.reader()?.status(self.now())
    }

    /// Watches in `states` with any of `tags`.
    pub fn list(&self, states: &[WatchState], tags: &[String], limit: u64) -> Result<Vec<Watch>> {
        self.reader()?.watches(states, tags, limit, 0)
    }

    /// The watch that a URL or a number names.
    pub fn watch(&self, name: &str) -> Result<Watch> {
        self.find_watch(&self.reader()?, name)
    }

    fn find_watch(&self, reader: &Reader, name: &str) -> Result<Watch> {
        let found = match name.parse::<i64>() {
            Ok(number) => reader.watch(WatchId(number))?,
            Err(_) => reader.watch_by_key(&canonical(name)?.key)?,
        };
        found.ok_or_else(|| {
            Error::new(ErrorKind::Usage, format!("{} is not watched", quoted(name)))
                .hint("`keepfast list` shows what is, `keepfast add` adds it")
        })
    }

    /// What vanished: of these watches (none: all), in these states, with steps from a time on.
    pub fn vanished(
        &self,
        watches: &[String],
        states: &[Presence],
        tags: &[String],
        since: Option<Timestamp>,
        limit: u64,
    ) -> Result<Vec<PresenceRow>> {
        let reader = self.reader()?;
        if watches.is_empty() {
            return reader.vanished(states, tags, since, limit);
        }
        let mut rows = Vec::new();
        for watch in self.targets(watches, tags, &[WatchState::Active])? {
            rows.extend(reader.presences(watch.id)?);
        }
        rows.retain(|row| states.contains(&row.standing.state) && since.is_none_or(|since| row.changed_at >= since));
        rows.sort_by_key(|row| std::cmp::Reverse((row.changed_at, row.id)));
        rows.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
        Ok(rows)
    }

    /// The snapshots of a watch, newest first.
    pub fn history(&self, watch: WatchId, limit: u64) -> Result<Vec<SnapshotRow>> {
        self.reader()?.history(watch, limit)
    }

    /// The snapshot that a number or a URL (its newest with content, else its newest) names.
    pub fn find_snapshot(&self, name: &str) -> Result<SnapshotId> {
        if let Ok(number) = name.parse::<i64>() {
            return Ok(SnapshotId(number));
        }
        let watch = self.watch(name)?;
        watch.current.or(watch.last).ok_or_else(|| {
            Error::new(ErrorKind::Usage, format!("there is no snapshot of {} yet", quoted(name)))
                .hint("`keepfast run` captures what is due")
        })
    }

    /// A snapshot with all that belongs to it; what it says is what the newest reader read.
    pub fn show(&self, id: SnapshotId) -> Result<SnapshotView> {
        self.show_as_read_by(id, None)
    }

    /// The same as a certain version of the reader read it.
    pub fn show_as_read_by(&self, id: SnapshotId, version: Option<u32>) -> Result<SnapshotView> {
        let reader = self.reader()?;
        if let Some(tombstone) = reader.tombstone(id)? {
            return Err(Error::new(
                ErrorKind::Usage,
                format!(
                    "snapshot {id} was removed on {} by {}: {}",
                    tombstone.removed_at, tombstone.removed_by, tombstone.reason
                ),
            ));
        }
        reader.view_of(id, version)
    }

    /// The body of an exchange with its content coding removed, and the HTTP head as stored.
    pub fn body(&self, exchange: &ExchangeRow) -> Result<(Vec<u8>, Vec<u8>)> {
        body(&self.reader()?, exchange)
    }

    /// The HTTP head of an exchange as stored; empty if no answer came.
    pub fn head(&self, exchange: &ExchangeRow) -> Result<Vec<u8>> {
        let reader = self.reader()?;
        match reader.place_of(exchange.id)? {
            Some(place) => Ok(reader.payloads()?.open(place)?.head),
            None => Ok(Vec::new()),
        }
    }

    /// A capturing process holds the archive.
    pub fn is_capturing(&self) -> bool {
        self.archive().is_ok_and(|archive| archive.is_locked())
    }

    /// The settings that hold for a URL, watched or not, with where each comes from.
    pub fn settings_of(&self, url: &str) -> Result<Vec<Resolved>> {
        let it = canonical(url)?;
        let watch = if self.dir.join("catalog.db").exists() { self.reader()?.watch_by_key(&it.key)? } else { None };
        let entry = self.config.watches().iter().find(|e| canonical(&e.url).is_ok_and(|c| c.key == it.key));
        // What stands in the file holds from the next run on, whatever the catalogue says now.
        let (tags, options, every) = match (entry, watch) {
            (Some(entry), _) => (entry.tags.clone(), entry.options.clone(), entry.every.clone()),
            (None, Some(watch)) => (watch.what.tags, watch.what.options, watch.what.every),
            (None, None) => Default::default(),
        };
        let target = Target { host: &it.host, tags: &tags, options: &options, every: every.as_ref() };
        Ok(self.config.resolved(Some(target)))
    }

    /// The entries of the configuration file that are no URLs.
    pub fn check_watches(&self) -> Vec<NotAdded> {
        let bad = |entry: &crate::config::WatchEntry| match canonical(&entry.url) {
            Ok(_) => None,
            Err(why) => Some(NotAdded { place: format!("line {}", entry.line), reason: why.message().to_owned() }),
        };
        self.config.watches().iter().filter_map(bad).collect()
    }

    /// Verifies the archive, or another one.
    pub fn verify(&self, dir: Option<&Path>) -> Result<Report> {
        let archive = match dir {
            Some(dir) => Archive::open(dir)?.telling_posts(POSTS),
            None => self.archive()?,
        };
        verify::archive(&archive, 0)
    }

    /// Copies the archive, which may be written to meanwhile.
    pub fn backup(&self, to: &Path) -> Result<BackupReport> {
        self.reader()?.backup(to)
    }

    /// Who we are in custody log and runs: `user@host`.
    fn operator() -> String {
        let host = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
        // The environment tells who the user says to be; the number is what the system knows.
        let user = std::fs::metadata("/proc/self").map(|meta| std::os::unix::fs::MetadataExt::uid(&meta)).ok();
        let user = user.map_or_else(|| "unknown".to_owned(), |uid| format!("uid {uid}"));
        format!("{user}@{}", if host.trim().is_empty() { "unknown" } else { host.trim() })
    }
}

/// The body of an exchange: from its own record, or from the one that it revisits.
fn body(reader: &Reader, exchange: &ExchangeRow) -> Result<(Vec<u8>, Vec<u8>)> {
    let Some(place) = reader.holder(exchange)? else { return Ok((Vec::new(), Vec::new())) };
    let mut record = reader.payloads()?.open(place)?;
    let head = std::mem::take(&mut record.head);
    let coding = field(&head, "content-encoding").unwrap_or_default();
    let decoded = extract::decode(&mut record, &coding, BODY);
    Ok((decoded.bytes, head))
}

/// First value of a field of a stored HTTP head.
fn field(head: &[u8], name: &str) -> Option<String> {
    head.split(|b| *b == b'\n').skip(1).find_map(|line| {
        let text = String::from_utf8_lossy(line);
        let (field, value) = text.split_once(':')?;
        field.eq_ignore_ascii_case(name).then(|| value.trim().to_owned())
    })
}

/// The canonical form of what somebody typed.
fn canonical(text: &str) -> Result<policy::url::Canonical> {
    policy::url::canonical(text).map_err(|problem| {
        Error::new(ErrorKind::Usage, format!("{} is no URL that can be kept: {problem}", quoted(text)))
            .hint("write it with its scheme, for example https://example.org/page")
    })
}

/// Text of a user in a message: short and without control characters.
fn quoted(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { '\u{fffd}' } else { c }).take(200).collect()
}

/// Reads a file for a command, up to `limit` octets.
fn read_file(path: &Path, limit: u64) -> Result<Vec<u8>> {
    use std::io::Read as _;
    let what = || format!("cannot read {}", path.display());
    let mut out = Vec::new();
    let file = std::fs::File::open(path).map_err(io(what()))?;
    file.take(limit + 1).read_to_end(&mut out).map_err(io(what()))?;
    if out.len() as u64 > limit {
        return Err(Error::new(ErrorKind::Usage, format!("{} is longer than {} MiB", path.display(), limit >> 20)));
    }
    Ok(out)
}
