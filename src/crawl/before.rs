//! What a page said before, as the present reader reads it: readings of two versions of the reader are not compared,
//! since a new version must never by itself look like an edit.

use std::sync::Arc;

use tokio::sync::OwnedSemaphorePermit;

use super::Crawl;
use super::aside::READING;
use super::ingest::Cpu;
use super::stored::{self, Stored};
use crate::error::Result;
use crate::extract::READER_VERSION;
use crate::model::{Document, DocumentId, Exchange, Job, KnownDocument, SnapshotId};

/// What a page is compared with.
#[derive(Clone, Debug)]
pub(super) enum Before {
    /// The document that the last good snapshot refers to: nothing else is needed.
    AsRead,
    /// What the present reader reads in the octets of that snapshot.
    Again(Arc<Document>),
    /// An older reader read it, and its octets cannot be read again.
    Lost,
}

impl Crawl {
    /// Prepares the comparison with the last good snapshot. `None`: that has to be read alone.
    pub(super) async fn before(
        &self,
        job: &Job,
        exchange: &Exchange,
        limit: u64,
        alone: Option<Arc<OwnedSemaphorePermit>>,
    ) -> Result<Option<Before>> {
        let older = job
            .previous
            .as_ref()
            .filter(|previous| previous.payload != exchange.payload_digest)
            .and_then(|previous| Some((previous.snapshot, previous.document?)))
            .filter(|(_, document)| document.version != READER_VERSION);
        let Some((snapshot, document)) = older else { return Ok(Some(Before::AsRead)) };
        let work = move |cpu: &mut Cpu| {
            // Held by the thread, which goes on with a page that was given up.
            let alone = alone;
            read(cpu, snapshot, document.id, limit, alone.is_some())
        };
        // What is given up here costs the comparison, not the page.
        self.pool.run(READING, work).await.unwrap_or(Ok(Some(Before::Lost)))
    }
}

/// What the present reader reads in the octets of a document of a snapshot. `None`: that has to be read alone.
pub(super) fn read(
    cpu: &Cpu,
    snapshot: SnapshotId,
    document: DocumentId,
    limit: u64,
    alone: bool,
) -> Result<Option<Before>> {
    let Some(origin) = cpu.reader.origin(snapshot, document)? else { return Ok(Some(Before::Lost)) };
    if let Some(known) = cpu.reader.read_before(&origin.payload, &origin.url, READER_VERSION, origin.asked.as_ref())? {
        return Ok(Some(Before::Again(Arc::new(cpu.reader.document(known.id)?.0))));
    }
    Ok(match stored::read(&cpu.reader.payloads()?, &origin, limit, alone)? {
        Stored::Read(page) => Some(Before::Again(Arc::new(page.document))),
        Stored::Large => None,
        Stored::Missing(_) | Stored::Damaged(_) => Some(Before::Lost),
    })
}

/// A document of then as the present reader reads it: a new reader must never by itself look like an edit. Read
/// beside others even if it is large, which is rare enough. `None`: its octets cannot be read again.
pub(super) fn document(cpu: &Cpu, snapshot: SnapshotId, known: KnownDocument, limit: u64) -> Result<Option<Document>> {
    if known.version == READER_VERSION {
        return Ok(Some(cpu.reader.document(known.id)?.0));
    }
    Ok(match read(cpu, snapshot, known.id, limit, true)? {
        Some(Before::Again(document)) => Some(Document::clone(&document)),
        _ => None,
    })
}
