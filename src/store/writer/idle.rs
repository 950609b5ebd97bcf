//! What the writer does while nobody asks it for anything: the indexes catch up.

use std::time::Duration;

use tokio::sync::mpsc;

use super::{Command, Thread};
use crate::error::{ErrorKind, Result};
use crate::store::posts;
use crate::store::search::{self, Slice};
use crate::store::sql::sql;

/// When nothing was asked for so long, the index catches up.
const IDLE: Duration = Duration::from_millis(150);
/// Octets of text that are indexed between two looks into the mailbox that find nothing: a command waits no longer than it
/// takes to commit them, because a command that comes ends the slice.
const IDLE_SLICE: usize = 1 << 20;

impl Thread {
    /// The next command; while there is none, the index catches up.
    pub fn next(&mut self, inbox: &mut mpsc::Receiver<Command>) -> Option<Command> {
        let mut patience = IDLE;
        while self.is_behind && self.broken.is_none() {
            let wait = async { tokio::time::timeout(patience, inbox.recv()).await };
            if let Ok(command) = self.patience.block_on(wait) {
                return command;
            }
            self.catch_up(&|| !inbox.is_empty() || inbox.is_closed());
            patience = Duration::ZERO;
        }
        inbox.blocking_recv()
    }

    /// Indexes a slice in a transaction of its own.
    fn catch_up(&mut self, stop: &dyn Fn() -> bool) {
        if self.segments.guard().is_err() {
            // What is left of the disk is for captures, which will tell.
            self.is_behind = false;
            return;
        }
        let slice = self.begin().and_then(|()| {
            let slice = self.index(IDLE_SLICE, stop)?;
            self.end().map(|()| slice)
        });
        self.is_behind = slice.as_ref().is_ok_and(|slice| slice.more);
        if let Err(error) = slice {
            let _ = self.db.execute_batch("ROLLBACK");
            // Captures go on if only the index is damaged; who searches is told. A disk that fails may not be written to.
            if matches!(error.kind(), ErrorKind::Disk | ErrorKind::Io) {
                self.broken = Some((error.kind(), error.to_string()));
            }
        }
    }

    /// Brings both indexes further: posts, then words.
    pub fn index(&self, octets: usize, stop: &dyn Fn() -> bool) -> Result<Slice> {
        let posts = self.posts.map(|rules| posts::slice(&self.db, octets, &rules, stop)).transpose();
        let posts = posts.map_err(sql("cannot index posts"))?.unwrap_or_default();
        let mut slice = search::slice(&self.db, octets, self.inside, stop).map_err(sql("cannot index"))?;
        slice.more |= posts.more;
        Ok(slice)
    }
}
