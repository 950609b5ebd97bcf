//! Making, opening and locking an archive.

use std::fs::{self, File, OpenOptions};
use std::io::Write as _;
use std::path::{Path, PathBuf};

use rusqlite::Connection;

use super::posts::{self, PostRules};
use super::reader::Reader;
use super::recover::{Recovered, recover};
use super::search::{self, Inside, Slice};
use super::segments::Segments;
use super::sql::{self, Access};
use super::watches::Edit;
use super::writer::Writer;
use crate::error::{Error, ErrorKind, Result, io};

/// Where things are in the archive's folder.
#[derive(Clone, Debug)]
pub struct Layout {
    root: PathBuf,
}

impl Layout {
    pub(super) fn at(root: &Path) -> Self {
        Self { root: root.to_owned() }
    }
    /// The folder itself.
    pub fn root(&self) -> &Path {
        &self.root
    }
    /// The catalogue.
    pub fn catalog(&self) -> PathBuf {
        self.root.join("catalog.db")
    }
    /// The folder of the segments.
    pub fn warc(&self) -> PathBuf {
        self.root.join("warc")
    }
    /// Bodies in flight.
    pub fn spool(&self) -> PathBuf {
        self.root.join("spool")
    }
    /// Held by the one capturing process.
    pub fn lock(&self) -> PathBuf {
        self.root.join("lock")
    }
}

/// What the writer needs to know to make segments.
#[derive(Clone, Debug)]
pub struct CaptureOptions {
    /// A segment is sealed when it has grown to this many octets.
    pub segment_size: u64,
    /// What `warcinfo` says of us: name and value.
    pub warcinfo: Vec<(&'static str, String)>,
    /// Octets that have to stay free on the disk.
    pub min_free: u64,
}

/// What was indexed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Indexed {
    /// Texts that went in.
    pub indexed: u64,
    /// Why the rest waits, if some does.
    pub stopped: Option<String>,
}

/// Octets of text that are indexed in one transaction by who does nothing else: the larger, the less often the index is
/// written anew.
const INDEX_SLICE: usize = 48 << 20;
/// Octets of documents whose posts are indexed in one transaction by who does nothing else.
const POSTS_SLICE: usize = 32 << 20;

/// An archive's folder.
#[derive(Clone, Debug)]
pub struct Archive {
    layout: Layout,
    inside: bool,
    posts: Option<PostRules>,
}

impl Archive {
    /// Makes an archive in `root`, which may exist if it is empty. An archive that is there already is opened.
    pub fn init(root: &Path, created_at: jiff::Timestamp) -> Result<Self> {
        let layout = Layout::at(root);
        if layout.catalog().exists() {
            return Self::open(root);
        }
        // Empty folders are what an interrupted beginning leaves behind.
        if holds_files(&layout.warc()) {
            return Err(Error::new(
                ErrorKind::Archive,
                format!("{} holds WARC files but no catalogue", root.display()),
            )
            .hint("restore catalog.db from a backup, or name another folder"));
        }
        for folder in [layout.root.clone(), layout.warc(), layout.spool()] {
            fs::create_dir_all(&folder).map_err(archive(format!("cannot make the folder {}", folder.display())))?;
        }
        // Made under another name and then renamed, so that a half-made catalogue is never taken for one.
        let half = root.join("catalog.new");
        for stale in ["catalog.new", "catalog.new-wal", "catalog.new-shm"] {
            let _ = fs::remove_file(root.join(stale));
        }
        sql::create(&half)?;
        {
            let db = sql::open(&half, Access::Write)?;
            db.execute(
                "INSERT INTO meta VALUES ('created_at', ?1), ('made_by', ?2)",
                (created_at.to_string(), concat!("keepfast/", env!("CARGO_PKG_VERSION"))),
            )
            .map_err(sql::sql("cannot write to the new catalogue"))?;
        }
        fs::rename(&half, layout.catalog())
            .map_err(archive(format!("cannot finish the archive {}", root.display())))?;
        sync_dir(root)?;
        Self::open(root)
    }

    /// Opens an archive.
    pub fn open(root: &Path) -> Result<Self> {
        let layout = Layout::at(root);
        if !layout.catalog().exists() {
            return Err(Error::new(ErrorKind::Archive, format!("there is no archive in {}", root.display()))
                .hint("make one with `keepfast init`, or name its folder with --archive"));
        }
        drop(sql::open(&layout.catalog(), Access::Read)?);
        Ok(Self { layout, inside: false, posts: None })
    }

    /// The same, with the index of what stands inside words kept or not. Unless it is said, it is not.
    #[must_use]
    pub fn looking_inside(self, inside: bool) -> Self {
        Self { inside, ..self }
    }

    /// The same, with the index of posts kept by these rules. Unless it is said, it is left as it is.
    #[must_use]
    pub fn telling_posts(self, rules: PostRules) -> Self {
        Self { posts: Some(rules), ..self }
    }

    /// Where things are.
    pub fn layout(&self) -> &Layout {
        &self.layout
    }

    /// A read-only view of the catalogue.
    pub fn reader(&self) -> Result<Reader> {
        let mut reader = Reader::new(sql::open(&self.layout.catalog(), Access::Read)?, self.layout.clone());
        reader.inside = self.inside;
        reader.posts = self.posts;
        Ok(reader)
    }

    /// A short-lived editor of watches; works beside a capturing process.
    pub fn edit(&self) -> Result<Edit> {
        Ok(Edit::new(sql::open(&self.layout.catalog(), Access::Write)?))
    }

    /// A connection that writes beside the writer.
    pub(super) fn own_connection(&self) -> Result<rusqlite::Connection> {
        sql::open(&self.layout.catalog(), Access::Write)
    }

    /// Takes the lock, mends what a crash left behind, and starts the writer thread.
    pub fn capture(&self, options: CaptureOptions) -> Result<(Writer, Recovered)> {
        refuse_network_file_system(&self.layout.root)?;
        let lock = self.take_lock()?;
        let mut db = sql::open(&self.layout.catalog(), Access::Write)?;
        for folder in [self.layout.warc(), self.layout.spool()] {
            fs::create_dir_all(&folder).map_err(archive(format!("cannot make the folder {}", folder.display())))?;
        }
        let recovered = recover(&mut db, &self.layout)?;
        let segments = Segments::new(self.layout.clone(), options.clone(), recovered.open_segment.clone());
        let writer = Writer::start(db, segments, lock, self.inside, self.posts)?;
        Ok((writer, recovered))
    }

    /// Brings the index up to date, unless another process captures: that one does so itself when it is idle. After
    /// each slice `told` hears how many texts went in. It is no error if it cannot be done: searching goes on with
    /// what is indexed.
    pub fn index(&self, told: &mut dyn FnMut(u64)) -> Result<Indexed> {
        self.index_and(if self.inside { Inside::WithNew } else { Inside::Off }, told)
    }

    /// The same, and what stands inside the words of texts that were indexed while that was not kept. Does nothing
    /// more if it is not kept now.
    pub fn index_inside(&self, told: &mut dyn FnMut(u64)) -> Result<Indexed> {
        self.index_and(if self.inside { Inside::All } else { Inside::Off }, told)
    }

    fn index_and(&self, inside: Inside, told: &mut dyn FnMut(u64)) -> Result<Indexed> {
        let behind = |db: &Connection| search::is_behind(db, inside);
        self.bring_up(&behind, &|db| search::slice(db, INDEX_SLICE, inside, &|| false), told)
    }

    /// Brings the index of posts up to date, as [`Archive::index`] does that of words; `told` hears how many documents went in.
    pub fn index_posts(&self, told: &mut dyn FnMut(u64)) -> Result<Indexed> {
        let Some(rules) = self.posts else { return Ok(Indexed::default()) };
        let behind = |db: &Connection| posts::is_behind(db, &rules);
        self.bring_up(&behind, &|db| posts::slice(db, POSTS_SLICE, &rules, &|| false), told)
    }

    fn bring_up(
        &self,
        is_behind: &dyn Fn(&Connection) -> rusqlite::Result<bool>,
        slice: &dyn Fn(&Connection) -> rusqlite::Result<Slice>,
        told: &mut dyn FnMut(u64),
    ) -> Result<Indexed> {
        let mut out = Indexed::default();
        if !is_behind(&sql::open(&self.layout.catalog(), Access::Read)?)
            .map_err(sql::sql("cannot see what is indexed"))?
        {
            return Ok(out);
        }
        let mut worked = || -> Result<()> {
            let mut db = sql::open(&self.layout.catalog(), Access::Write)?;
            loop {
                if self.is_locked() {
                    out.stopped = Some("another process captures, and indexes when it is idle".into());
                    return Ok(());
                }
                let slice = db
                    .transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)
                    .and_then(|tx| {
                        let slice = slice(&tx)?;
                        tx.commit().map(|()| slice)
                    })
                    .map_err(sql::sql("cannot index"))?;
                out.indexed += slice.indexed;
                told(out.indexed);
                if !slice.more {
                    return Ok(());
                }
            }
        };
        if let Err(error) = worked() {
            out.stopped = Some(error.to_string());
        }
        Ok(out)
    }

    /// Removes the index of what stands inside words; false if there is none. Its room in the catalogue is used for what
    /// comes next.
    pub fn drop_inside(&self) -> Result<bool> {
        if self.inside {
            return Err(Error::new(
                ErrorKind::Usage,
                "what stands inside words is to be indexed: it would be made again",
            )
            .hint("set inside = false in [search] of the configuration, then drop it"));
        }
        let what = "cannot remove the index of what stands inside words";
        let mut db = sql::open(&self.layout.catalog(), Access::Write)?;
        let tx = db.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate).map_err(sql::sql(what))?;
        let was_there = search::drop_inside(&tx).map_err(sql::sql(what))?;
        tx.commit().map_err(sql::sql(what))?;
        Ok(was_there)
    }

    /// Some process holds the lock.
    pub fn is_locked(&self) -> bool {
        File::open(self.layout.lock())
            .is_ok_and(|file| matches!(file.try_lock_shared(), Err(fs::TryLockError::WouldBlock)))
    }

    fn take_lock(&self) -> Result<File> {
        let path = self.layout.lock();
        let mut file = OpenOptions::new()
            .create(true)
            .truncate(false)
            .read(true)
            .write(true)
            .open(&path)
            .map_err(archive(format!("cannot open {}", path.display())))?;
        match file.try_lock() {
            Ok(()) => {}
            Err(fs::TryLockError::WouldBlock) => {
                let who = fs::read_to_string(&path).unwrap_or_default();
                let who = who.trim().chars().filter(|c| !c.is_control()).take(80).collect::<String>();
                return Err(Error::new(
                    ErrorKind::Archive,
                    format!("another process captures into {} ({who})", self.layout.root.display()),
                )
                .hint("wait until it is done; `add`, `list`, `show` and `export` work meanwhile"));
            }
            Err(fs::TryLockError::Error(cause)) => {
                return Err(Error::new(ErrorKind::Archive, format!("cannot lock {}", path.display())).because(cause));
            }
        }
        let written = file.set_len(0).and_then(|()| write!(file, "process {}", std::process::id()));
        written.map_err(archive(format!("cannot write {}", path.display())))?;
        Ok(file)
    }
}

/// There is a file somewhere below `folder`.
fn holds_files(folder: &Path) -> bool {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    entries.into_iter().any(|entry| match entry.file_type() {
        Ok(kind) if kind.is_dir() => holds_files(&entry.path()),
        _ => true,
    })
}

fn archive(what: String) -> impl FnOnce(std::io::Error) -> Error {
    move |cause| match cause.kind() {
        std::io::ErrorKind::PermissionDenied | std::io::ErrorKind::ReadOnlyFilesystem => {
            Error::new(ErrorKind::Archive, what).because(cause).hint("check the owner and the rights of the folder")
        }
        _ => io(what)(cause),
    }
}

/// Makes the names in a folder durable.
pub(super) fn sync_dir(path: &Path) -> Result<()> {
    File::open(path).and_then(|dir| dir.sync_all()).map_err(io(format!("cannot sync the folder {}", path.display())))
}

/// SQLite's write-ahead log needs shared memory, which network file systems do not give.
fn refuse_network_file_system(root: &Path) -> Result<()> {
    const NETWORK: [(u64, &str); 5] =
        [(0x6969, "NFS"), (0xff53_4d42, "CIFS"), (0xfe53_4d42, "SMB2"), (0x0102_1997, "9P"), (0x5346_414f, "AFS")];
    let Ok(stat) = rustix::fs::statfs(root) else { return Ok(()) };
    let kind = u64::try_from(stat.f_type).unwrap_or_default() & 0xffff_ffff;
    match NETWORK.iter().find(|(magic, _)| *magic == kind) {
        None => Ok(()),
        Some((_, name)) => Err(Error::new(
            ErrorKind::Archive,
            format!("{} lies on a network file system ({name}), where the catalogue can be corrupted", root.display()),
        )
        .hint("keep the archive on a local disk and copy it with `keepfast backup`")),
    }
}
