//! What a look means for the ledger of what vanished.

use jiff::Timestamp;

use super::Crawl;
use super::ingest::Reading;
use crate::error::{Error, ErrorKind, Result};
use crate::model::{Job, Presence, PresenceChange, Thing};
use crate::policy::presence::{Sight, look, of_page};
use crate::store::PresenceRow;

impl Crawl {
    /// Only looks that found nothing, or pages of which something is in the ledger, cost a look into the catalogue.
    pub(super) async fn presence(
        &self,
        job: &Job,
        reading: &Reading,
        status: Option<u16>,
        at: Timestamp,
    ) -> Result<Vec<PresenceChange>> {
        let sight = of_page(reading.outcome, status);
        if sight == Sight::Unknown || (sight == Sight::There && job.pulse.absent_since.is_none()) {
            return Ok(Vec::new());
        }
        let watch = job.watch;
        let known = self.pool.run(super::worker::READING, move |cpu| cpu.reader.presences(watch)).await;
        let known = known.map_err(|why| {
            Error::new(ErrorKind::Internal, format!("the ledger of {} cannot be read: {why:?}", job.url))
        })??;
        let is_page = |row: &&PresenceRow| row.subject == Thing::Page;
        let before = known.iter().find(is_page).map(|row| &row.standing);
        let seen = job.previous.as_ref().map(|p| p.snapshot).zip(job.pulse.seen_at);
        // What was never seen is not there, but it did not vanish either.
        if seen.is_none() && before.is_none() {
            return Ok(Vec::new());
        }
        let Some((standing, step)) = look(before, seen, sight, at, !job.lists) else { return Ok(Vec::new()) };
        let label = if standing.state == Presence::Present { String::new() } else { self.title(job).await };
        Ok(vec![PresenceChange { subject: Thing::Page, key: String::new(), label, standing, step }])
    }

    /// What the page was about when it was last there.
    async fn title(&self, job: &Job) -> String {
        let Some(id) = job.previous.as_ref().and_then(|p| p.document).map(|known| known.id) else {
            return String::new();
        };
        let read = self.pool.run(super::worker::READING, move |cpu| cpu.reader.document(id)).await;
        let title = read.ok().and_then(Result::ok).and_then(|(document, ..)| document.title);
        title.unwrap_or_default().chars().take(200).collect()
    }
}
