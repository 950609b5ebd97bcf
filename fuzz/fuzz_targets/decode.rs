//! Any octets under any coding: never more than the limit.
#![no_main]

use keepfast::extract::decode;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: (u8, u16, &[u8])| {
    let (coding, limit, body) = data;
    let coding =
        ["gzip", "deflate", "br", "zstd", "gzip, br", "x-gzip", "identity", "nonsense"][usize::from(coding % 8)];
    let mut body = body;
    let decoded = decode(&mut body, coding, u64::from(limit));
    assert!(decoded.bytes.len() <= usize::from(limit));
});
