//! What stands in the records of one exchange.

use std::collections::HashMap;
use std::io::Read as _;

use bytes::Bytes;

use super::{Encoder, Known};
use crate::model::{Digest, Exchange, Hop, RecordBytes, Recorded};
use crate::net::{Body, Fetched};
use crate::store::Archive;

pub(in crate::crawl) fn posted() -> Fetched {
    let answer = b"{}";
    let exchange = Exchange {
        hop: Hop::Data,
        url: "https://api.example/browse".to_owned(),
        via: None,
        started_at: "2026-11-24T01:02:03Z".parse().expect("a time"),
        duration_ms: 5,
        resolved: Vec::new(),
        remote: None,
        protocol: None,
        tls: None,
        request_head: Bytes::from_static(b"POST /browse HTTP/1.1\r\nhost: api.example\r\ncontent-length: 9\r\n\r\n"),
        request_body: Bytes::from_static(b"{\"a\": 1}\n"),
        response_head: Bytes::from_static(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n"),
        credential: None,
        heads_reconstructed: false,
        status: Some(200),
        headers: Vec::new(),
        body_len: 2,
        payload_digest: Digest::of(answer),
        truncated: None,
        failure: None,
        maker: None,
    };
    Fetched { exchange, body: Body::Memory(Bytes::from_static(answer)) }
}

fn encoded(fetched: &Fetched) -> Recorded {
    let folder = tempfile::tempdir().expect("a folder");
    let archive = Archive::init(folder.path(), "2026-11-24T01:02:03Z".parse().expect("a time")).expect("an archive");
    let reader = archive.reader().expect("a reader");
    let mut known = Known { reader: &reader, here: HashMap::new(), confirmed: None };
    Encoder::new(archive.layout().spool()).encode(fetched, &mut known).expect("records")
}

/// The octets of the record of a kind.
fn record(recorded: &Recorded, kind: &str) -> Vec<u8> {
    let record = recorded.records.iter().find(|record| record.kind == kind).expect(kind);
    let RecordBytes::Memory(packed) = &record.bytes else { panic!("it is small") };
    let mut out = Vec::new();
    flate2::read::MultiGzDecoder::new(packed.as_slice()).read_to_end(&mut out).expect("gzip");
    out
}

#[test]
fn the_record_of_a_request_is_all_of_it() {
    let fetched = posted();
    let recorded = encoded(&fetched);
    let block = [fetched.exchange.request_head.as_ref(), fetched.exchange.request_body.as_ref()].concat();
    let octets = record(&recorded, "request");
    assert!(octets.ends_with(&[block.as_slice(), b"\r\n\r\n"].concat()), "{}", String::from_utf8_lossy(&octets));
    let head = String::from_utf8_lossy(&octets);
    assert!(head.contains(&format!("Content-Length: {}\r\n", block.len())));
    assert!(head.contains(&format!("WARC-Block-Digest: {}\r\n", Digest::of(&block))));
}
