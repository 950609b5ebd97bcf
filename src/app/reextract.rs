//! Reading again what is stored.

use std::sync::Arc;

use serde::Serialize;

use super::App;
use super::run::{close, until_stopped};
use super::search::index_behind;
use crate::crawl::{self, RereadAsk, RereadParts, RereadSummary, Stopper};
use crate::error::Result;
use crate::extract::READER_VERSION;
use crate::store::{Filter, Recovered};

/// What reading again came to.
#[derive(Clone, Debug, Serialize)]
pub struct RereadReport {
    /// What was done.
    #[serde(flatten)]
    pub summary: RereadSummary,
    /// Milliseconds that it took.
    pub took_ms: u64,
    /// What had to be mended at the start.
    #[serde(skip)]
    pub recovered: Recovered,
}

impl App {
    /// Reads again what is stored and was read by an older reader only, and keeps it beside that. `expected` hears about
    /// how many pages there are, where that is known; `told` how far it is.
    pub fn reextract(
        &self,
        ask: &RereadAsk,
        stopper: &Stopper,
        expected: &mut dyn FnMut(u64),
        told: &mut dyn FnMut(&RereadSummary),
    ) -> Result<RereadReport> {
        until_stopped(stopper, self.reextract_in(ask, stopper, expected, told))
    }

    async fn reextract_in(
        &self,
        ask: &RereadAsk,
        stopper: &Stopper,
        expected: &mut dyn FnMut(u64),
        told: &mut dyn FnMut(&RereadSummary),
    ) -> Result<RereadReport> {
        let begun = self.now();
        let archive = self.archive()?;
        let (writer, recovered) = archive.capture(self.capture_options())?;
        if ask.filter == Filter::default() {
            expected(archive.reader()?.count_readable((!ask.all).then_some(READER_VERSION))?);
        }
        let parts = RereadParts {
            archive: archive.clone(),
            writer: writer.clone(),
            config: Arc::clone(&self.config),
            clock: Arc::clone(&self.clock),
            by: Self::operator(),
            threads: 0,
        };
        let worked = crawl::reextract(parts, ask, stopper, told).await;
        if worked.is_ok() {
            // As after a run: what is read is kept whatever becomes of the index.
            let _ = index_behind(&archive, &writer, stopper).await;
        }
        let closed = close(writer).await;
        let summary = worked?;
        closed?;
        let took_ms = u64::try_from(self.now().duration_since(begun).as_millis()).unwrap_or(0);
        Ok(RereadReport { summary, took_ms, recovered })
    }
}
