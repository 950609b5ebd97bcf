//! What is done at the start of a capturing process: cut back, free, sweep.

use std::fs::{self, OpenOptions};

use rusqlite::{Connection, OptionalExtension as _};

use super::archive::Layout;
use super::sql::sql;
use crate::error::{Result, io};
use crate::model::SegmentId;

/// The segment that goes on being written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct OpenSegment {
    pub id: SegmentId,
    pub path: String,
    pub length: u64,
}

/// What had to be mended.
#[derive(Clone, Debug, Default)]
pub struct Recovered {
    /// Octets beyond the committed length that were cut off.
    pub cut: u64,
    /// Jobs that were begun and not finished; they are free again.
    pub freed_jobs: usize,
    /// Bodies in flight that were swept.
    pub swept: usize,
    /// A run that did not end; it is marked as stopped.
    pub stopped_runs: usize,
    /// The open segment is shorter than was committed: sentence for the operator.
    pub damage: Option<String>,
    pub(super) open_segment: Option<OpenSegment>,
}

pub(super) fn recover(db: &mut Connection, layout: &Layout) -> Result<Recovered> {
    let mut out = Recovered::default();
    let tx = db
        .transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)
        .map_err(sql("cannot write to the catalogue"))?;
    let open = tx
        .query_row(
            "SELECT id, path, length FROM segment WHERE sealed_at IS NULL AND removed_at IS NULL ORDER BY id DESC LIMIT 1",
            [],
            |row| Ok(OpenSegment { id: SegmentId(row.get(0)?), path: row.get(1)?, length: row.get::<_, i64>(2)?.max(0) as u64 }),
        )
        .optional()
        .map_err(sql("cannot read the segments"))?;
    if let Some(open) = open {
        let path = layout.root().join(&open.path);
        match fs::metadata(&path) {
            Ok(meta) if meta.len() >= open.length => {
                if meta.len() > open.length {
                    out.cut = meta.len() - open.length;
                    let what = || format!("cannot cut {} back to what is committed", path.display());
                    let file = OpenOptions::new().write(true).open(&path).map_err(io(what()))?;
                    file.set_len(open.length).and_then(|()| file.sync_all()).map_err(io(what()))?;
                }
                out.open_segment = Some(open);
            }
            // Something else has shortened or removed the file. What is left of it is evidence: leave it alone,
            // go on in a new segment, and let `verify` name every record that is not there any more.
            Ok(meta) => {
                out.damage = Some(format!(
                    "{} has {} octets, but {} were committed: run `keepfast verify`",
                    open.path,
                    meta.len(),
                    open.length
                ));
            }
            Err(cause) => out.damage = Some(format!("{} cannot be read ({cause}): run `keepfast verify`", open.path)),
        }
    }
    out.freed_jobs = tx
        .execute("UPDATE job SET claimed_at = NULL WHERE claimed_at IS NOT NULL", [])
        .map_err(sql("cannot free unfinished jobs"))?;
    out.stopped_runs = tx
        .execute(
            "UPDATE run SET ended = 'stopped', ended_at =
                 coalesce((SELECT max(started_at + duration) FROM snapshot WHERE run = run.id), started_at)
             WHERE ended IS NULL",
            [],
        )
        .map_err(sql("cannot close unfinished runs"))?;
    tx.commit().map_err(sql("cannot commit the recovery"))?;
    for entry in fs::read_dir(layout.spool()).into_iter().flatten().flatten() {
        // Folders are those of programs that were killed with us.
        let path = entry.path();
        if fs::remove_file(&path).or_else(|_| fs::remove_dir_all(&path)).is_ok() {
            out.swept += 1;
        }
    }
    Ok(out)
}
