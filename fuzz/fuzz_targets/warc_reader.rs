//! Any octets as a WARC file, compressed or not: records or an error, no panic, no endless loop.
#![no_main]

use std::io::Read as _;

use keepfast::warc::{Reader, stored_head};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let _ = stored_head(data, 7);
    let Ok(mut reader) = Reader::new(data, 0) else { return };
    let mut last = None;
    while let Ok(Some(record)) = reader.next_record() {
        assert!(last.is_none_or(|last| record.offset > last));
        last = Some(record.offset);
        let mut block = Vec::new();
        let _ = reader.block().take(1 << 20).read_to_end(&mut block);
    }
});
