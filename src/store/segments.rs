//! Appending finished records to the open segment, and sealing it.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Seek as _, SeekFrom, Write as _};

use jiff::Timestamp;
use rusqlite::Connection;
use sha2::{Digest as _, Sha256};

use super::archive::{CaptureOptions, Layout, sync_dir};
use super::recover::OpenSegment;
use super::sql::sql;
use crate::error::{Error, ErrorKind, Result, io as io_error};
use crate::model::{Digest, EncodedRecord, RecordBytes, SegmentId};
use crate::warc::{Compressor, Kind, NewRecord, Source, fields, new_id};

/// Appended octets wait in memory until there are this many, or the batch ends.
const BUFFER: usize = 1 << 20;

/// The open segment and how to make the next.
pub(super) struct Segments {
    layout: Layout,
    options: CaptureOptions,
    reopen: Option<OpenSegment>,
    open: Option<Open>,
    buffer: Vec<u8>,
}

struct Open {
    id: SegmentId,
    path: String,
    file: File,
    /// Octets in the file, without the buffer.
    written: u64,
    /// Running digest over all of them; `None` after a restart, when sealing reads the file instead.
    hasher: Option<Sha256>,
    dirty: bool,
}

/// A moment to go back to.
pub(super) struct Mark {
    segment: Option<SegmentId>,
    length: u64,
}

impl Segments {
    pub fn new(layout: Layout, options: CaptureOptions, reopen: Option<OpenSegment>) -> Self {
        Self { layout, options, reopen, open: None, buffer: Vec::with_capacity(BUFFER + (1 << 17)) }
    }

    /// The segment that records go to now, made or opened again if there is none, sealed and followed by a
    /// new one if it is full. Called between captures, never within one: a capture lies in one segment.
    pub fn ready(&mut self, db: &Connection, now: Timestamp) -> Result<SegmentId> {
        if self.open.as_ref().is_some_and(|open| open.written + self.buffer.len() as u64 >= self.options.segment_size) {
            self.seal(db, now)?;
        }
        if self.open.is_none() {
            self.open = Some(match self.reopen.take() {
                Some(old) => self.open_again(&old)?,
                None => self.make(db, now)?,
            });
            if self.length() == 0 {
                self.warcinfo(now)?;
            }
        }
        self.open.as_ref().map(|open| open.id).ok_or_else(|| internal("no segment is open"))
    }

    fn open_again(&self, old: &OpenSegment) -> Result<Open> {
        let path = self.layout.root().join(&old.path);
        let mut file = OpenOptions::new()
            .write(true)
            .open(&path)
            .map_err(io_error(format!("cannot open the segment {}", path.display())))?;
        file.seek(SeekFrom::Start(old.length)).map_err(io_error(format!("cannot seek in {}", path.display())))?;
        let hasher = (old.length == 0).then(Sha256::new);
        Ok(Open { id: old.id, path: old.path.clone(), file, written: old.length, hasher, dirty: false })
    }

    fn make(&self, db: &Connection, now: Timestamp) -> Result<Open> {
        let serial: i64 = db
            .query_row("SELECT coalesce(max(id), 0) + 1 FROM segment", [], |row| row.get(0))
            .map_err(sql("cannot number a new segment"))?;
        let stamp = now.strftime("%Y%m%d%H%M%S");
        // The process number keeps names apart that two machines would make in the same second.
        let path =
            format!("warc/{}/keepfast-{stamp}-{serial:05}-{}.warc.gz", now.strftime("%Y-%m"), std::process::id());
        let full = self.layout.root().join(&path);
        let what = || format!("cannot make the segment {}", full.display());
        let folder = full.parent().unwrap_or(self.layout.root());
        fs::create_dir_all(folder).map_err(io_error(what()))?;
        let file = OpenOptions::new().write(true).create_new(true).open(&full).map_err(io_error(what()))?;
        sync_dir(folder)?;
        sync_dir(&self.layout.warc())?;
        db.execute(
            "INSERT INTO segment (id, path, opened_at, length) VALUES (?1, ?2, ?3, 0)",
            (serial, &path, now.as_millisecond()),
        )
        .map_err(sql(what()))?;
        Ok(Open { id: SegmentId(serial), path, file, written: 0, hasher: Some(Sha256::new()), dirty: false })
    }

    fn warcinfo(&mut self, now: Timestamp) -> Result<()> {
        let Some(open) = &self.open else { return Err(internal("no segment is open")) };
        let name = open.path.rsplit('/').next().unwrap_or_default().to_owned();
        let body = fields(&self.options.warcinfo.iter().map(|(k, v)| (*k, v.clone())).collect::<Vec<_>>());
        let id = new_id(&[b"warcinfo", name.as_bytes(), &now.as_nanosecond().to_le_bytes()]);
        let mut record = NewRecord::new(Kind::Warcinfo, id, now, None, &body);
        record.field("WARC-Filename", name);
        record
            .write(Source::Memory(&[]), None, false, &mut Compressor::new(6), &mut self.buffer)
            .map_err(io_error("cannot write warcinfo"))?;
        Ok(())
    }

    /// Octets of the open segment, the buffer included.
    pub fn length(&self) -> u64 {
        self.open.as_ref().map_or(0, |open| open.written + self.buffer.len() as u64)
    }

    /// Appends a record; returns its offset and length.
    pub fn append(&mut self, record: &EncodedRecord) -> Result<(u64, u64)> {
        let offset = self.length();
        match &record.bytes {
            RecordBytes::Memory(bytes) => {
                self.buffer.extend_from_slice(bytes);
                if self.buffer.len() >= BUFFER {
                    self.flush()?;
                }
            }
            RecordBytes::File { path, len } => {
                self.flush()?;
                let Some(open) = &mut self.open else { return Err(internal("no segment is open")) };
                let what = || format!("cannot append {} to {}", path.display(), open.path);
                let mut file = File::open(path).map_err(io_error(what()))?;
                open.dirty = true;
                // Copied by the kernel; the running digest is given up, sealing will read the file.
                open.hasher = None;
                let copied = io::copy(&mut file, &mut open.file).map_err(io_error(what()))?;
                if copied != *len {
                    return Err(internal("a finished record changed its length in the spool folder"));
                }
                open.written += copied;
            }
        }
        Ok((offset, record.bytes.len()))
    }

    fn flush(&mut self) -> Result<()> {
        let Some(open) = &mut self.open else { return Ok(()) };
        if self.buffer.is_empty() {
            return Ok(());
        }
        open.dirty = true;
        open.file.write_all(&self.buffer).map_err(io_error(format!("cannot write to {}", open.path)))?;
        if let Some(hasher) = &mut open.hasher {
            hasher.update(&self.buffer);
        }
        open.written += self.buffer.len() as u64;
        self.buffer.clear();
        Ok(())
    }

    /// Writes and syncs what was appended, and notes the new length in the transaction.
    pub fn sync(&mut self, db: &Connection) -> Result<()> {
        self.flush()?;
        let Some(open) = &mut self.open else { return Ok(()) };
        if open.dirty {
            open.file.sync_data().map_err(io_error(format!("cannot sync {}", open.path)))?;
            open.dirty = false;
            db.prepare_cached("UPDATE segment SET length = ?2 WHERE id = ?1")
                .and_then(|mut update| update.execute((open.id.0, open.written as i64)))
                .map_err(sql("cannot note the length of a segment"))?;
        }
        Ok(())
    }

    /// Remembers where we are, before a capture that may fail.
    pub fn mark(&self) -> Mark {
        Mark { segment: self.open.as_ref().map(|open| open.id), length: self.length() }
    }

    /// Takes back what was appended since `mark`.
    pub fn back_to(&mut self, mark: &Mark) -> Result<()> {
        let Some(open) = &mut self.open else { return Ok(()) };
        if mark.segment != Some(open.id) {
            return Err(internal("a capture that failed had changed the segment"));
        }
        if mark.length >= open.written {
            self.buffer.truncate((mark.length - open.written) as usize);
            return Ok(());
        }
        self.buffer.clear();
        let what = || format!("cannot cut {} back", open.path);
        open.file.set_len(mark.length).map_err(io_error(what()))?;
        open.file.seek(SeekFrom::Start(mark.length)).map_err(io_error(what()))?;
        open.written = mark.length;
        open.hasher = None;
        Ok(())
    }

    fn seal(&mut self, db: &Connection, now: Timestamp) -> Result<()> {
        self.sync(db)?;
        let Some(open) = self.open.take() else { return Ok(()) };
        let digest = match open.hasher {
            Some(hasher) => Digest(hasher.finalize().into()),
            None => digest_file(&self.layout.root().join(&open.path))?,
        };
        db.execute(
            "UPDATE segment SET sealed_at = ?2, digest = ?3 WHERE id = ?1",
            (open.id.0, now.as_millisecond(), digest.0),
        )
        .map_err(sql("cannot seal a segment"))?;
        Ok(())
    }

    /// Refuses to go on when the disk is nearly full.
    pub fn guard(&self) -> Result<()> {
        let Ok(stat) = rustix::fs::statvfs(self.layout.root()) else { return Ok(()) };
        let free = stat.f_bavail.saturating_mul(stat.f_frsize);
        if free >= self.options.min_free {
            return Ok(());
        }
        Err(Error::new(
            ErrorKind::Disk,
            format!(
                "only {} MiB are free where {} lies, and {} MiB have to stay free",
                free >> 20,
                self.layout.root().display(),
                self.options.min_free >> 20
            ),
        )
        .hint("free some space, or lower archive.min_free; what was reported as kept is safe"))
    }
}

/// SHA-256 over a file.
pub(super) fn digest_file(path: &std::path::Path) -> Result<Digest> {
    let what = || format!("cannot read {}", path.display());
    let mut file = File::open(path).map_err(io_error(what()))?;
    let mut hasher = Sha256::new();
    let mut chunk = vec![0; 1 << 18];
    loop {
        match io::Read::read(&mut file, &mut chunk).map_err(io_error(what()))? {
            0 => return Ok(Digest(hasher.finalize().into())),
            n => hasher.update(&chunk[..n]),
        }
    }
}

fn internal(message: &str) -> Error {
    Error::new(ErrorKind::Internal, message)
}
