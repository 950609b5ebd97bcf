//! Copies of a live archive.

use std::fs::{self, File};
use std::io::{self, Read as _};
use std::path::Path;
use std::time::Duration;

use rusqlite::Connection;
use serde::Serialize;

use super::archive::{Layout, sync_dir};
use super::reader::Reader;
use super::sql::sql;
use crate::error::{Error, ErrorKind, Result, io as io_error};

/// What a backup copied.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct BackupReport {
    /// Segments copied now.
    pub copied: u64,
    /// Segments that were there already, with the same length.
    pub kept: u64,
    /// Octets copied, the catalogue included.
    pub bytes: u64,
}

impl Reader {
    /// Copies the archive into `to` while it may be written to: the catalogue first, of one moment, then of
    /// each segment just the octets that this catalogue knows. Sealed segments that are there already are
    /// not copied again.
    pub fn backup(&self, to: &Path) -> Result<BackupReport> {
        if to.starts_with(self.layout.root()) {
            return Err(Error::new(ErrorKind::Usage, "a backup cannot lie inside the archive it copies"));
        }
        let target = Layout::at(to);
        for folder in [to.to_owned(), target.warc(), target.spool()] {
            fs::create_dir_all(&folder).map_err(io_error(format!("cannot make the folder {}", folder.display())))?;
        }
        let half = to.join("catalog.new");
        let _ = fs::remove_file(&half);
        self.copy_catalog(&half)?;
        let copy = Reader::new(super::sql::open(&half, super::sql::Access::Read)?, target.clone());
        let mut report = BackupReport::default();
        for segment in copy.segments()?.into_iter().filter(|segment| !segment.removed) {
            let (from, into) = (self.layout.root().join(&segment.path), to.join(&segment.path));
            if fs::metadata(&into).is_ok_and(|meta| meta.len() == segment.length) {
                report.kept += 1;
                continue;
            }
            copy_prefix(&from, &into, segment.length)?;
            report.copied += 1;
            report.bytes += segment.length;
        }
        drop(copy);
        report.bytes += fs::metadata(&half).map(|meta| meta.len()).unwrap_or(0);
        for stale in ["catalog.db-wal", "catalog.db-shm"] {
            let _ = fs::remove_file(to.join(stale));
        }
        fs::rename(&half, target.catalog()).map_err(io_error(format!("cannot finish the backup {}", to.display())))?;
        for stale in ["catalog.new-wal", "catalog.new-shm"] {
            let _ = fs::remove_file(to.join(stale));
        }
        sync_dir(to)?;
        Ok(report)
    }

    fn copy_catalog(&self, to: &Path) -> Result<()> {
        let what = || format!("cannot copy the catalogue to {}", to.display());
        let mut copy = Connection::open(to).map_err(sql(what()))?;
        let backup = rusqlite::backup::Backup::new(&self.db, &mut copy).map_err(sql(what()))?;
        backup.run_to_completion(10_000, Duration::ZERO, None).map_err(sql(what()))?;
        drop(backup);
        // A finished copy is one file; it becomes a live archive again when it is opened for capture.
        copy.close().map_err(|(_, e)| sql(what())(e))?;
        File::open(to).and_then(|file| file.sync_all()).map_err(io_error(what()))
    }
}

fn copy_prefix(from: &Path, into: &Path, length: u64) -> Result<()> {
    let what = || format!("cannot copy {} to {}", from.display(), into.display());
    if let Some(folder) = into.parent() {
        fs::create_dir_all(folder).map_err(io_error(what()))?;
    }
    let half = into.with_extension("part");
    let mut source = File::open(from).map_err(io_error(what()))?.take(length);
    let mut target = File::create(&half).map_err(io_error(what()))?;
    let copied = io::copy(&mut source, &mut target).map_err(io_error(what()))?;
    if copied != length {
        return Err(Error::new(ErrorKind::Archive, format!("{} is shorter than the catalogue says", from.display()))
            .hint("run `keepfast verify` on the archive"));
    }
    target.sync_all().map_err(io_error(what()))?;
    fs::rename(&half, into).map_err(io_error(what()))?;
    into.parent().map_or(Ok(()), sync_dir)
}
