use std::io::Read;

use jiff::Timestamp;
use proptest::prelude::*;

use super::*;
use crate::model::Digest;

fn at() -> Timestamp {
    Timestamp::from_millisecond(1_763_900_000_007).unwrap()
}

fn write(payload: &[u8], packed: bool, streamed: bool) -> Vec<u8> {
    let head = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n";
    let mut record =
        NewRecord::new(Kind::Response, new_id(&[b"a", payload]), at(), Some("http://site.example/ä"), head);
    record.field("WARC-Payload-Digest", Digest::of(payload).label());
    let mut out = Vec::new();
    let mut compressor = Compressor::new(6);
    let mut reader = payload;
    let (source, digest) = if streamed {
        let whole = [head.as_slice(), payload].concat();
        (Source::Stream(&mut reader, payload.len() as u64), Some(Digest::of(&whole)))
    } else {
        (Source::Memory(payload), None)
    };
    let (_, length) = record.write(source, digest, packed, &mut compressor, &mut out).unwrap();
    assert_eq!(length, out.len() as u64);
    out
}

fn read_back(bytes: &[u8]) -> Vec<(Record, Vec<u8>)> {
    let mut reader = Reader::new(bytes, 0).unwrap();
    let mut all = Vec::new();
    while let Some(record) = reader.next_record().unwrap() {
        let mut block = Vec::new();
        reader.block().read_to_end(&mut block).unwrap();
        all.push((record, block));
    }
    all
}

#[test]
fn dates_have_milliseconds_and_a_z() {
    assert_eq!(warc_date(at()), "2025-11-23T12:13:20.007Z");
    assert_eq!(warc_date(Timestamp::from_second(0).unwrap()), "1970-01-01T00:00:00.000Z");
}

#[test]
fn a_field_cannot_break_out_of_its_line() {
    let mut record = NewRecord::new(Kind::Metadata, new_id(&[]), at(), Some("http://a/"), b"");
    record.field("WARC-Evil", "x\r\nWARC-Type: response");
    let mut out = Vec::new();
    record.write(Source::Memory(b""), None, false, &mut Compressor::new(6), &mut out).unwrap();
    let all = read_back(&out);
    assert_eq!(all[0].0.kind(), "metadata");
    assert_eq!(all[0].0.field("WARC-Evil"), Some("x  WARC-Type: response"));
}

#[test]
fn chunked_heads_are_stored_so_that_readers_see_a_plain_body() {
    let head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding:  chunked\r\nX: \xff\r\n\r\n";
    let stored = stored_head(head, 7);
    assert!(!stored.mended);
    assert_eq!(
        stored.octets.as_ref(),
        b"HTTP/1.1 200 OK\r\nX-Orig-Transfer-Encoding:  chunked\r\nX: \xff\r\nContent-Length: 7\r\n\r\n"
    );
    let plain = b"HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\n";
    assert_eq!(stored_head(plain, 7).octets.as_ref(), plain);
    let bare = stored_head(b"HTTP/1.1 200 OK\nA: b\n\n", 0);
    assert!(bare.mended);
    assert_eq!(bare.octets.as_ref(), b"HTTP/1.1 200 OK\r\nA: b\r\n\r\n");
}

#[test]
fn damage_is_named_with_its_offset() {
    let first = write(b"first", false, false);
    let mut both = first.clone();
    both.extend(write(b"second", true, false));
    let cut = &both[..both.len() - 3];
    let mut reader = Reader::new(cut, 0).unwrap();
    assert!(reader.next_record().unwrap().is_some());
    assert!(reader.next_record().unwrap().is_some());
    assert_eq!(reader.next_record().unwrap_err().offset, first.len() as u64);

    let mut flipped = first.clone();
    let middle = flipped.len() - 12;
    flipped[middle] ^= 1;
    let mut reader = Reader::new(flipped.as_slice(), 0).unwrap();
    let outcome = reader.next_record().and_then(|_| reader.finish());
    assert!(outcome.is_err());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]
    #[test]
    fn what_is_written_reads_back(payload in proptest::collection::vec(any::<u8>(), 0..140_000), packed: bool, streamed: bool) {
        let mut bytes = write(&payload, packed, streamed);
        bytes.extend(write(b"next", !packed, false));
        let all = read_back(&bytes);
        prop_assert_eq!(all.len(), 2);
        let (record, block) = &all[0];
        prop_assert!(block.ends_with(&payload));
        prop_assert_eq!(record.field("warc-block-digest").unwrap(), Digest::of(block).label());
        prop_assert_eq!(record.field("WARC-Target-URI").unwrap(), "http://site.example/ä");
    }

    #[test]
    fn any_octets_are_read_without_a_panic(bytes in proptest::collection::vec(any::<u8>(), 0..2000)) {
        if let Ok(mut reader) = Reader::new(bytes.as_slice(), 0) {
            while let Ok(Some(_)) = reader.next_record() {}
        }
    }

    #[test]
    fn damaged_files_are_read_without_a_panic(at in 0usize..600, bit in 0u8..8) {
        let mut bytes = [write(b"one", false, false), write(&[7; 900], true, false)].concat();
        let at = at % bytes.len();
        bytes[at] ^= 1 << bit;
        if let Ok(mut reader) = Reader::new(bytes.as_slice(), 0) {
            while let Ok(Some(_)) = reader.next_record() {}
        }
    }
}
