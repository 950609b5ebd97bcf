//! Searching, and the time that a run spends on the index.

use std::time::{Duration, Instant};

use super::App;
use crate::crawl::{Stop, Stopper};
use crate::error::Result;
use crate::store::{Archive, Found, Indexed, Search, Writer};

/// Octets of text that are indexed between two looks at whether to stop.
const SLICE: usize = 1 << 20;
/// The end of a run may be spent on the index for so long.
const AT_MOST: Duration = Duration::from_millis(500);
/// More texts than this are not begun with then: they could not be finished.
const TEXTS: u64 = 500;

impl App {
    /// Looks for words in what is archived. What is not indexed yet is indexed first, if no other process captures;
    /// `told` hears how many texts went in so far. The result says how many are still missing, and [`Indexed`] why.
    pub fn search(&self, ask: &Search, told: &mut dyn FnMut(u64)) -> Result<(Found, Indexed)> {
        let archive = self.archive()?;
        // What was archived before it was turned on is filled in when somebody asks for it, or when a run is idle.
        let indexed = if ask.looks_inside()? { archive.index_inside(told) } else { archive.index(told) }?;
        Ok((archive.reader()?.search(ask)?, indexed))
    }

    /// Removes the index of what stands inside words; false if there is none.
    pub fn drop_inside(&self) -> Result<bool> {
        self.archive()?.drop_inside()
    }
}

/// Indexes what a run brought and its idle moments did not suffice for, if that is little: after a large run at full
/// speed it waits for the next idle moment of a run, or for the next search. Ctrl-C ends it after the slice.
pub(super) async fn index_behind(archive: &Archive, writer: &Writer, stopper: &Stopper) -> Result<()> {
    if archive.reader()?.not_indexed()? > TEXTS {
        return Ok(());
    }
    let began = Instant::now();
    while stopper.asked() == Stop::No && began.elapsed() < AT_MOST {
        if !writer.index(SLICE).await?.more {
            break;
        }
    }
    Ok(())
}
