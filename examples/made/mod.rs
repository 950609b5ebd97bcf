//! What the examples that measure have in common: made-up numbers, captures of made-up pages, figures.

#![allow(dead_code, reason = "each example uses its part")]

use std::error::Error;
use std::time::Duration;

use jiff::Timestamp;
use keepfast::model::{
    Captured, Digest, Document, DocumentPart, EncodedRecord, Hop, Outcome, Protocol, ReadDocument, RecordBytes,
    Recorded, RunId, WatchId,
};
use keepfast::seal::{self, RunFacts};
use keepfast::warc::{self, Compressor, Kind, NewRecord};

pub type Fallible<T> = Result<T, Box<dyn Error + Send + Sync>>;

pub type Figures = serde_json::Map<String, serde_json::Value>;

/// Prints a figure and keeps it, to the thousandth.
pub fn note(figures: &mut Figures, name: &str, value: f64) {
    println!("{name:60} {value:12.3}");
    figures.insert(name.into(), ((value * 1000.0).round() / 1000.0).into());
}

/// Numbers that are the same in each run (SplitMix64).
pub struct Numbers(pub u64);

impl Numbers {
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }
    pub fn below(&mut self, n: u64) -> u64 {
        self.next() % n.max(1)
    }
    /// From 0 to 1.
    pub fn unit(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1u64 << 53) as f64
    }
}

/// A page that was asked for.
pub struct Page<'a> {
    pub run: RunId,
    pub watch: WatchId,
    pub url: &'a str,
    pub at: Timestamp,
    /// Lines of the head beside Content-Type and Content-Length.
    pub head: &'a str,
    /// As it came over the wire …
    pub body: &'a [u8],
    /// … and how many octets it is when decoded.
    pub decoded_len: u64,
    /// What was read in it …
    pub document: Document,
    /// … by which reader.
    pub version: u32,
}

/// What a worker hands to the writer for a page.
pub fn captured(page: Page<'_>, facts: &RunFacts, compressor: &mut Compressor) -> Fallible<Captured> {
    let Page { run, watch, url, at, head, body, decoded_len, mut document, version } = page;
    let digest = Digest::of(body);
    let head = format!("HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n{head}Content-Length: {}\r\n\r\n", body.len());
    let id = warc::new_id(&[b"made", url.as_bytes()]);
    let mut record = NewRecord::new(Kind::Response, id, at, Some(url), head.as_bytes());
    record.field("WARC-Payload-Digest", digest.label());
    let mut bytes = Vec::with_capacity(body.len() + 1024);
    let stored = head.contains("Content-Encoding");
    let (block_digest, _) = record.write(warc::Source::Memory(body), None, stored, compressor, &mut bytes)?;
    let records = vec![EncodedRecord { kind: "response".into(), id, block_digest, bytes: RecordBytes::Memory(bytes) }];
    let comments = std::mem::take(&mut document.comments);
    let json = serde_json::to_string(&document)?;
    let of = seal::document_digest(&json, &comments);
    document.comments = comments;
    let exchange = Recorded {
        hop: Hop::Seed,
        url: url.into(),
        via: None,
        started_at: at,
        duration_ms: 3,
        remote: Some("192.0.2.1:443".into()),
        resolved: None,
        protocol: Some(Protocol::Http11),
        tls: None,
        chain: None,
        status: Some(200),
        media_type: "text/html".into(),
        body_len: body.len() as u64,
        payload: Some(digest),
        truncated: None,
        failure: None,
        revisit_of: None,
        records,
    };
    let mut captured = Captured {
        job: None,
        run,
        watch,
        url: url.into(),
        attempt: 1,
        started_at: at,
        ended_at: at.checked_add(Duration::from_millis(4))?,
        outcome: Outcome::Captured,
        status: Some(200),
        final_url: Some(url.into()),
        final_exchange: Some(0),
        flags: Vec::new(),
        failure: None,
        robots: None,
        robots_note: None,
        changed: None,
        difference: None,
        previous: None,
        decoded_len,
        etag: None,
        last_modified: None,
        exchanges: vec![exchange],
        document: DocumentPart::New(Box::new(ReadDocument { document, version, json, digest: of })),
        pages: Vec::new(),
        comments: None,
        turns: Vec::new(),
        requisites: Vec::new(),
        retry_at: None,
        presence: Vec::new(),
        notices: Vec::new(),
        items: Vec::new(),
        program: None,
        ends: None,
        hasten: Vec::new(),
        schedule: None,
        leaf: Vec::new(),
    };
    captured.leaf = seal::leaf(&captured, facts).octets();
    Ok(captured)
}
