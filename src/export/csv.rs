//! CSV for spreadsheets: one row a snapshot, UTF-8, RFC 4180, cells safe against formulas.

use std::io::Write;

use super::safe::cell;
use super::{Exporter, Payloads, failed};
use crate::error::Result;
use crate::model::{Document, SnapshotView, When};

/// The columns in their order; documented in `docs/SCHEMA.md`.
pub const COLUMNS: [&str; 33] = [
    "snapshot",
    "watch",
    "url",
    "final_url",
    "captured_at",
    "outcome",
    "kept",
    "status",
    "changed",
    "previous",
    "kind",
    "title",
    "authors",
    "published",
    "published_raw",
    "modified",
    "site",
    "language",
    "text",
    "comments",
    "comments_claimed",
    "comments_complete",
    "comments_shortfall",
    "pages",
    "media",
    "flags",
    "robots",
    "failure",
    "tags",
    "note",
    "body_bytes",
    "payload",
    "record",
];

/// The CSV format.
#[derive(Debug, Default)]
pub struct Csv;

impl Exporter for Csv {
    fn begin(&mut self, out: &mut dyn Write) -> Result<()> {
        row(&COLUMNS.map(str::to_owned), out)
    }

    fn item(&mut self, view: &SnapshotView, _: &mut Payloads<'_>, out: &mut dyn Write) -> Result<()> {
        let head = &view.snapshot;
        let document = view.document.as_ref();
        let text = |get: fn(&Document) -> &Option<String>| document.and_then(|d| get(d).clone()).unwrap_or_default();
        let at = |when: Option<&When>| when.and_then(|when| when.at).map(|at| at.to_string()).unwrap_or_default();
        let last = view.exchanges.iter().find(|exchange| exchange.is_final);
        let joined = |items: &[String]| items.join("; ");
        let cells: [String; COLUMNS.len()] = [
            head.id.to_string(),
            head.watch.to_string(),
            head.url.clone(),
            head.final_url.clone().unwrap_or_default(),
            head.started_at.to_string(),
            head.outcome.to_string(),
            head.outcome.is_kept().to_string(),
            head.status.map(|status| status.to_string()).unwrap_or_default(),
            head.changed.map(|changed| changed.to_string()).unwrap_or_default(),
            head.previous.map(|id| id.to_string()).unwrap_or_default(),
            document.map(|d| d.kind.to_string()).unwrap_or_default(),
            head.title.clone().unwrap_or_else(|| text(|d| &d.title)),
            document.map(|d| joined(&d.authors)).unwrap_or_default(),
            at(document.and_then(|d| d.published.as_ref())),
            document.and_then(|d| d.published.as_ref()).map(|when| when.raw.clone()).unwrap_or_default(),
            at(document.and_then(|d| d.modified.as_ref())),
            text(|d| &d.site),
            text(|d| &d.language),
            document.map(Document::text).unwrap_or_default(),
            document.map(|d| d.comments.len().to_string()).unwrap_or_default(),
            document.and_then(|d| d.comments_claimed).map(|n| n.to_string()).unwrap_or_default(),
            head.comments.map(|c| c.is_complete().to_string()).unwrap_or_default(),
            head.comments.and_then(|c| c.shortfall).map(|s| s.to_string()).unwrap_or_default(),
            view.pages.iter().filter(|page| page.document.is_some()).count().to_string(),
            view.media.len().to_string(),
            head.flags.iter().map(|flag| flag.as_str()).collect::<Vec<_>>().join("; "),
            head.robots.map(|robots| robots.to_string()).unwrap_or_default(),
            head.failure.as_ref().map(|f| format!("{}: {}", f.kind, f.message)).unwrap_or_default(),
            joined(&view.tags),
            view.note.clone().unwrap_or_default(),
            last.map(|exchange| exchange.body_len.to_string()).unwrap_or_default(),
            last.and_then(|exchange| exchange.payload).map(|payload| payload.label()).unwrap_or_default(),
            last.map(|exchange| format!("urn:uuid:{}", exchange.record)).unwrap_or_default(),
        ];
        row(&cells, out)
    }

    fn end(&mut self, _: &mut dyn Write) -> Result<()> {
        Ok(())
    }
}

/// Writes one row in a piece: the csv writer's own buffer never outlives it.
pub(super) fn row(cells: &[String], out: &mut dyn Write) -> Result<()> {
    let mut writer = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(Vec::new());
    writer.write_record(cells.iter().map(|text| cell(text))).map_err(|error| failed(error.into()))?;
    let bytes = writer.into_inner().map_err(|error| failed(error.into_error()))?;
    out.write_all(&bytes).map_err(failed)
}
