//! The records and the leaf of one snapshot.

use std::io::{self, Read};
use std::path::Path;

use sha2::{Digest as _, Sha256};

use super::{Fault, Problem, Runs};
use crate::error::Result;
use crate::extract::READER_VERSION;
use crate::model::{Digest, Document, DocumentId, ExchangeRow, Place, RequisiteState, SnapshotId};
use crate::seal::{self, LEAF_VERSION, Leaf, LeafDocument, LeafExchange, LeafPage};
use crate::store::{Payloads, Reader};
use crate::warc;

/// What was recomputed of a snapshot.
pub(super) struct Checked {
    pub leaf: Digest,
    pub places: Vec<Place>,
    pub records: u64,
    pub bytes: u64,
}

/// Recomputes snapshots, one after another.
pub(super) struct Checker<'a> {
    reader: &'a Reader,
    payloads: Payloads,
    runs: Runs,
}

impl<'a> Checker<'a> {
    pub fn new(reader: &'a Reader) -> Result<Self> {
        Ok(Self { reader, payloads: reader.payloads()?, runs: Runs::default() })
    }

    /// Reads all records of a snapshot, compares them with their own digests and with the rows, and makes the
    /// leaf of what is there now.
    pub fn snapshot(&mut self, id: SnapshotId, problems: &mut Vec<Problem>) -> Result<Checked> {
        let row = self.reader.snapshot(id)?;
        let exchanges = self.reader.exchanges(id)?;
        let run = self.runs.of(self.reader, row.run)?;
        let mut out = Checked { leaf: Digest([0; 32]), places: Vec::new(), records: 0, bytes: 0 };
        let mut leaves = Vec::with_capacity(exchanges.len());
        for exchange in &exchanges {
            let records = self.exchange(exchange, problems, &mut out);
            if let Some(holder) = self.reader.holder(exchange)?
                && exchange.revisit_of.is_some()
                && self.payloads.path(holder.segment).is_err()
            {
                problems.push(Problem {
                    fault: Fault::Missing,
                    place: format!("snapshot {id}, {}", exchange.url),
                    message: "the record that holds its payload was removed".into(),
                });
            }
            leaves.push(leaf_exchange(exchange, records));
            out.places.push(exchange.place);
        }
        let document = match row.document {
            Some(document) => Some(self.document(document, problems)?),
            None => None,
        };
        let mut pages = Vec::new();
        for page in self.reader.pages(id)? {
            let document = match page.document {
                Some(document) => Some(self.document(document, problems)?),
                None => None,
            };
            pages.push(LeafPage {
                place: page.place,
                url: page.url,
                rule: page.rule.as_str(),
                outcome: page.outcome.map(|o| o.as_str()),
                reason: page.reason,
                exchange: page.exchange.map(|e| (e.0 & 0xfff) as u64),
                document,
            });
        }
        super::changes::check(self.reader, &row, problems)?;
        let leaf = Leaf {
            keepfast_leaf: LEAF_VERSION,
            url: row.url.clone(),
            started_at: row.started_at.as_millisecond(),
            duration: row.ended_at.as_millisecond() - row.started_at.as_millisecond(),
            attempt: row.attempt,
            outcome: row.outcome.as_str(),
            status: row.status,
            final_exchange: exchanges.iter().find(|e| e.is_final).map(|e| u64::from(e.seq)),
            flags: row.flags.iter().map(|flag| flag.as_str()).collect(),
            failure: row.failure.clone(),
            robots: row.robots.map(|r| r.as_str()),
            robots_note: row.robots_note.clone(),
            changed: row.changed,
            previous: row.previous.map(|p| p.0),
            config: run.config,
            software: run.software,
            document,
            comments: row.comments.map(seal::leaf_comments),
            exchanges: leaves,
            media: self
                .reader
                .own_media(id)?
                .into_iter()
                .map(|m| {
                    let own = match m.state {
                        RequisiteState::Fetched | RequisiteState::Failed => m.exchange.map(|e| (e.0 & 0xfff) as u64),
                        RequisiteState::Held | RequisiteState::NotFetched => None,
                    };
                    (m.url, m.kind, m.state.as_str(), own, m.reason)
                })
                .collect(),
            pages,
        };
        out.leaf = Digest::of(&leaf.octets());
        Ok(out)
    }

    /// Recomputes the digest of a document.
    pub fn document(&self, document: DocumentId, problems: &mut Vec<Problem>) -> Result<LeafDocument> {
        let (stored, json, comments, reader) = self.reader.stored_document(document)?;
        let now = seal::document_digest(&json, &comments);
        if now != stored {
            problems.push(Problem {
                fault: Fault::Altered,
                place: format!("document {document}"),
                message: format!("its digest is {now}, but {stored} was written with it"),
            });
        }
        // Another version of the reader may have made other words of the same blocks.
        if reader == READER_VERSION && now == stored && !self.columns_agree(document, &json)? {
            problems.push(Problem {
                fault: Fault::Altered,
                place: format!("document {document}"),
                message: "its columns do not say what its JSON says".into(),
            });
        }
        Ok(LeafDocument { reader, digest: now })
    }

    /// The columns of a document are what its JSON, which the custody log binds, says.
    fn columns_agree(&self, id: DocumentId, json: &str) -> Result<bool> {
        let Ok(document) = serde_json::from_str::<Document>(json) else { return Ok(false) };
        let authors = (!document.authors.is_empty()).then(|| document.authors.join("; "));
        let says = [document.title, authors, document.site, document.language];
        Ok(self.reader.document_columns(id)? == says)
    }

    /// Type, identifier and recomputed block digest of each record of an exchange.
    fn exchange(
        &self,
        exchange: &ExchangeRow,
        problems: &mut Vec<Problem>,
        out: &mut Checked,
    ) -> Vec<(String, String, Digest)> {
        let mut records = Vec::with_capacity(3);
        let place = |offset: u64| match self.payloads.path(exchange.place.segment) {
            Ok(path) => format!(
                "snapshot {}, {}: octet {offset}",
                exchange.id.0 / 4096,
                path.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default()
            ),
            Err(_) => format!("snapshot {}", exchange.id.0 / 4096),
        };
        let mut add = |fault, offset, message: String| problems.push(Problem { fault, place: place(offset), message });
        let start = exchange.place.offset;
        let raw = match self.payloads.raw(exchange.place) {
            Ok(raw) => raw,
            Err(error) => {
                add(Fault::Missing, start, error.to_string());
                return records;
            }
        };
        let mut reader = match warc::Reader::new(raw, start) {
            Ok(reader) => reader,
            Err(trouble) => {
                add(Fault::Missing, trouble.offset, trouble.message);
                return records;
            }
        };
        loop {
            let record = match reader.next_record() {
                Ok(Some(record)) => record,
                Ok(None) => break,
                Err(trouble) => {
                    let what = format!("the record is damaged: {}", trouble.message);
                    add(Fault::Altered, trouble.offset, what);
                    return records;
                }
            };
            match block_digests(&mut reader.block(), record.kind()) {
                Ok((block, payload)) => {
                    out.records += 1;
                    out.bytes += record.length;
                    for message in compare(&record, exchange, records.is_empty(), &block, payload.as_ref()) {
                        add(Fault::Altered, record.offset, message);
                    }
                    let id = record.field("WARC-Record-ID").unwrap_or_default();
                    let id = id.trim_start_matches("<urn:uuid:").trim_end_matches('>').to_owned();
                    records.push((record.kind().to_owned(), id, block));
                }
                Err(cause) => {
                    add(Fault::Altered, record.offset, format!("the record is damaged: {cause}"));
                    return records;
                }
            }
        }
        if records.is_empty() {
            add(Fault::Missing, start, "no record is there".into());
        }
        records
    }
}

/// What of a record does not agree with itself or with its row.
fn compare(
    record: &warc::Record,
    row: &ExchangeRow,
    first: bool,
    block: &Digest,
    payload: Option<&Digest>,
) -> Vec<String> {
    let mut wrong = Vec::new();
    let mut expect = |field: &str, want: &str| {
        let is = record.field(field).unwrap_or("absent");
        if is != want {
            wrong.push(format!("{field} is {is}, but should be {want}"));
        }
    };
    expect("WARC-Block-Digest", &block.label());
    let kind = record.kind();
    // A file that a program brought; behind other records, a certificate chain.
    if kind != "resource" || first {
        expect("WARC-Target-URI", &row.url);
        expect("WARC-Date", &warc::warc_date(row.started_at));
    }
    if first {
        expect("WARC-Record-ID", &format!("<urn:uuid:{}>", row.record));
        if let Some(digest) = row.payload.filter(|_| matches!(kind, "response" | "revisit" | "resource")) {
            expect("WARC-Payload-Digest", &digest.label());
        }
        match row.truncated.filter(|_| kind == "response") {
            Some(truncated) => expect("WARC-Truncated", truncated.as_str()),
            None => expect("WARC-Truncated", "absent"),
        }
    }
    let payload = if first && kind == "resource" { Some(block) } else { payload };
    if let (Some(now), "response" | "resource", Some(row)) = (payload, kind, row.payload)
        && *now != row
    {
        wrong.push(format!("the payload's digest is {now}, but the catalogue says {row}"));
    }
    wrong
}

/// SHA-256 over a block, and over what follows the HTTP head in it.
fn block_digests(block: &mut dyn Read, kind: &str) -> io::Result<(Digest, Option<Digest>)> {
    let has_payload = kind == "response";
    let (mut whole, mut payload) = (Sha256::new(), Sha256::new());
    let mut in_head = has_payload;
    let mut tail: Vec<u8> = Vec::new();
    let mut chunk = vec![0; 1 << 16];
    loop {
        let n = block.read(&mut chunk)?;
        if n == 0 {
            break;
        }
        let bytes = &chunk[..n];
        whole.update(bytes);
        if in_head {
            tail.extend_from_slice(bytes);
            if let Some(end) = tail.windows(4).position(|w| w == b"\r\n\r\n") {
                payload.update(&tail[end + 4..]);
                in_head = false;
                tail = Vec::new();
            }
        } else if has_payload {
            payload.update(bytes);
        }
    }
    Ok((Digest(whole.finalize().into()), has_payload.then(|| Digest(payload.finalize().into()))))
}

fn leaf_exchange(row: &ExchangeRow, records: Vec<(String, String, Digest)>) -> LeafExchange {
    LeafExchange {
        hop: row.hop.as_str(),
        url: row.url.clone(),
        at: row.started_at.as_millisecond(),
        duration: row.duration_ms,
        remote: row.remote.clone(),
        resolved: row.resolved.clone(),
        protocol: row.protocol.clone(),
        tls: row.tls.clone(),
        chain: row.chain,
        status: row.status,
        body_len: row.body_len,
        payload: row.payload,
        truncated: row.truncated.map(|t| t.as_str()),
        failure: row.failure.clone(),
        records,
    }
}

/// Length of the warcinfo record that a segment begins with.
pub(super) fn warcinfo_length(path: &Path) -> Result<u64, String> {
    let file = std::fs::File::open(path).map_err(|e| e.to_string())?;
    let mut reader = warc::Reader::new(file, 0).map_err(|t| t.message)?;
    match reader.next_record().map_err(|t| t.message)? {
        None => Ok(0),
        Some(record) if record.kind() == "warcinfo" => {
            let (block, _) = block_digests(&mut reader.block(), "warcinfo").map_err(|e| e.to_string())?;
            if record.field("WARC-Block-Digest") != Some(&block.label()) {
                return Err("the warcinfo record is not what its digest says".into());
            }
            reader.finish().map_err(|t| t.message)?;
            Ok(reader.offset())
        }
        Some(record) => Err(format!("the segment begins with a {} record instead of warcinfo", record.kind())),
    }
}
