//! JSON Lines: one object a snapshot, all that is known. Documented field by field in `docs/SCHEMA.md`.

use std::io::Write;

use jiff::Timestamp;
use serde::Serialize;

use super::{Exporter, Payloads, failed};
use crate::error::Result;
use crate::model::{
    Digest, Document, ExchangeRow, Failure, Flag, Hop, Item, MediaRow, Outcome, PageRow, PageRule, Robots, Shortfall,
    SnapshotView, Truncation,
};

/// Name and version of the schema; a change that breaks readers raises the number.
pub const SCHEMA: &str = "keepfast/1";

/// The JSON Lines format.
#[derive(Debug, Default)]
pub struct Jsonl;

/// One line. Apart from the model on purpose: what is written here is a promise to other programs.
#[derive(Serialize)]
struct Line<'a> {
    schema: &'static str,
    snapshot: i64,
    watch: i64,
    run: i64,
    attempt: u32,
    url: &'a str,
    final_url: Option<&'a str>,
    started_at: Timestamp,
    ended_at: Timestamp,
    outcome: Outcome,
    kept: bool,
    status: Option<u16>,
    flags: &'a [Flag],
    failure: Option<&'a Failure>,
    robots: Option<Robots>,
    robots_note: Option<&'a str>,
    changed: Option<bool>,
    what: Option<&'a str>,
    changes: &'a [Item],
    previous: Option<i64>,
    decoded_len: u64,
    tags: &'a [String],
    note: Option<&'a str>,
    reader: Option<u32>,
    first_reader: Option<u32>,
    read_again_at: Option<Timestamp>,
    text: Option<String>,
    comments_seen: Option<u32>,
    comments_claimed: Option<u32>,
    comments_complete: Option<bool>,
    comments_shortfall: Option<Shortfall>,
    document: Option<&'a Document>,
    exchanges: Vec<Exchange<'a>>,
    media: Vec<Medium<'a>>,
    pages: Vec<Page<'a>>,
}

#[derive(Serialize)]
struct Exchange<'a> {
    id: i64,
    seq: u32,
    is_final: bool,
    hop: Hop,
    url: &'a str,
    via: Option<&'a str>,
    started_at: Timestamp,
    duration_ms: u64,
    remote: Option<&'a str>,
    resolved: Option<&'a str>,
    protocol: Option<&'a str>,
    tls: Option<&'a str>,
    chain: Option<Digest>,
    status: Option<u16>,
    media_type: &'a str,
    body_len: u64,
    payload: Option<Digest>,
    truncated: Option<Truncation>,
    failure: Option<&'a Failure>,
    record: String,
    revisit_of: Option<i64>,
}

#[derive(Serialize)]
struct Medium<'a> {
    url: &'a str,
    kind: &'a str,
    alt: &'a str,
    state: &'static str,
    reason: Option<&'a str>,
    exchange: Option<i64>,
    media_type: Option<&'a str>,
    body_len: Option<u64>,
    payload: Option<Digest>,
}

#[derive(Serialize)]
struct Page<'a> {
    place: i64,
    url: &'a str,
    rule: PageRule,
    outcome: Option<Outcome>,
    reason: Option<&'a str>,
    exchange: Option<i64>,
}

impl<'a> From<&'a PageRow> for Page<'a> {
    fn from(row: &'a PageRow) -> Self {
        Self {
            place: row.place,
            url: &row.url,
            rule: row.rule,
            outcome: row.outcome,
            reason: row.reason.as_deref(),
            exchange: row.exchange.map(|id| id.0),
        }
    }
}

impl<'a> From<&'a ExchangeRow> for Exchange<'a> {
    fn from(row: &'a ExchangeRow) -> Self {
        Self {
            id: row.id.0,
            seq: row.seq,
            is_final: row.is_final,
            hop: row.hop,
            url: &row.url,
            via: row.via.as_deref(),
            started_at: row.started_at,
            duration_ms: row.duration_ms,
            remote: row.remote.as_deref(),
            resolved: row.resolved.as_deref(),
            protocol: row.protocol.as_deref(),
            tls: row.tls.as_deref(),
            chain: row.chain,
            status: row.status,
            media_type: &row.media_type,
            body_len: row.body_len,
            payload: row.payload,
            truncated: row.truncated,
            failure: row.failure.as_ref(),
            record: format!("urn:uuid:{}", row.record),
            revisit_of: row.revisit_of.map(|id| id.0),
        }
    }
}

impl<'a> From<&'a MediaRow> for Medium<'a> {
    fn from(row: &'a MediaRow) -> Self {
        Self {
            url: &row.url,
            kind: &row.kind,
            alt: &row.alt,
            state: row.state.as_str(),
            reason: row.reason.as_deref(),
            exchange: row.exchange.map(|id| id.0),
            media_type: row.media_type.as_deref(),
            body_len: row.body_len,
            payload: row.payload,
        }
    }
}

impl<'a> From<&'a SnapshotView> for Line<'a> {
    fn from(view: &'a SnapshotView) -> Self {
        let row = &view.snapshot;
        let again = view.read_again();
        Self {
            schema: SCHEMA,
            snapshot: row.id.0,
            watch: row.watch.0,
            run: row.run.0,
            attempt: row.attempt,
            url: &row.url,
            final_url: row.final_url.as_deref(),
            started_at: row.started_at,
            ended_at: row.ended_at,
            outcome: row.outcome,
            kept: row.outcome.is_kept(),
            status: row.status,
            flags: &row.flags,
            failure: row.failure.as_ref(),
            robots: row.robots,
            robots_note: row.robots_note.as_deref(),
            changed: row.changed,
            what: row.what.as_deref(),
            changes: &view.changes,
            previous: row.previous.map(|id| id.0),
            decoded_len: row.decoded_len,
            tags: &view.tags,
            note: view.note.as_deref(),
            reader: view.reader,
            first_reader: again.map(|(_, first)| first).or(view.reader),
            read_again_at: again.and_then(|(shown, _)| shown.read_again_at),
            text: view.document.as_ref().map(Document::text),
            comments_seen: row.comments.map(|c| c.seen),
            comments_claimed: row.comments.and_then(|c| c.claimed),
            comments_complete: row.comments.map(|c| c.is_complete()),
            comments_shortfall: row.comments.and_then(|c| c.shortfall),
            document: view.document.as_ref(),
            exchanges: view.exchanges.iter().map(Into::into).collect(),
            media: view.media.iter().map(Into::into).collect(),
            pages: view.pages.iter().map(Into::into).collect(),
        }
    }
}

impl Exporter for Jsonl {
    fn begin(&mut self, _: &mut dyn Write) -> Result<()> {
        Ok(())
    }

    fn item(&mut self, view: &SnapshotView, _: &mut Payloads<'_>, out: &mut dyn Write) -> Result<()> {
        serde_json::to_writer(&mut *out, &Line::from(view)).map_err(|error| failed(error.into()))?;
        out.write_all(b"\n").map_err(failed)
    }

    fn end(&mut self, _: &mut dyn Write) -> Result<()> {
        Ok(())
    }
}
