//! Content codings are undone.

use super::decode;

pub(super) fn gzip(bytes: &[u8]) -> Vec<u8> {
    use std::io::Write;
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

#[test]
fn all_members_of_a_gzip_body_are_read() {
    let body = [gzip(b"one "), gzip(b"two")].concat();
    let decoded = decode(&mut body.as_slice(), "x-gzip", 100);
    assert_eq!((decoded.bytes.as_slice(), decoded.cut, decoded.problem), (&b"one two"[..], false, None));
}

#[test]
fn a_cut_gzip_body_gives_what_came_out() {
    let text: Vec<u8> = (0..20_000u32).flat_map(|i| i.wrapping_mul(2_654_435_761).to_le_bytes()).collect();
    let body = gzip(&text);
    let decoded = decode(&mut &body[..body.len() / 2], "gzip", 1 << 20);
    assert!(decoded.cut && decoded.problem.is_some());
    assert!(!decoded.bytes.is_empty() && text.starts_with(&decoded.bytes));
}

#[test]
fn a_plain_body_that_says_gzip_comes_back_as_it_is() {
    for coding in ["gzip", "br", "zstd", "deflate"] {
        let decoded = decode(&mut &b"<!doctype html><p>plain"[..], coding, 100);
        assert_eq!(decoded.bytes, b"<!doctype html><p>plain", "{coding}");
        assert!(decoded.problem.is_some() && !decoded.cut, "{coding}");
    }
}

#[test]
fn zlib_raw_deflate_brotli_and_zstd_are_undone() {
    use std::io::Write;
    let text = b"the same words again and again and again";
    let mut zlib = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::fast());
    zlib.write_all(text).unwrap();
    let mut raw = flate2::write::DeflateEncoder::new(Vec::new(), flate2::Compression::fast());
    raw.write_all(text).unwrap();
    let zstd = zstd::stream::encode_all(&text[..], 1).unwrap();
    // A brotli stream of one uncompressed meta-block: window, length, octets, empty last block.
    let brotli = [&[0x70, 0x02, 0x10][..], text, &[0x03]].concat();
    let cases =
        [("deflate", zlib.finish().unwrap()), ("deflate", raw.finish().unwrap()), ("zstd", zstd), ("br", brotli)];
    for (coding, body) in cases {
        let decoded = decode(&mut body.as_slice(), coding, 100);
        assert_eq!((decoded.bytes.as_slice(), decoded.problem), (&text[..], None), "{coding}");
    }
}

#[test]
fn a_brotli_window_beyond_the_standard_is_refused_before_memory_is_asked_for() {
    // "Large window": the reserved pattern of WBITS, then 30 bits of window; the decoder would allot 1 GiB.
    let body = [&[0x11, 0xde][..], &[0x9e; 40], &[0xff]].concat();
    let decoded = decode(&mut body.as_slice(), "br", 1_000);
    assert_eq!(decoded.bytes, b"");
    assert!(decoded.cut && decoded.problem.is_some_and(|p| p.contains("RFC 7932")));
}

#[test]
fn two_codings_are_undone_and_three_are_not() {
    let twice = gzip(&gzip(b"text"));
    assert_eq!(decode(&mut twice.as_slice(), "gzip, gzip", 100).bytes, b"text");
    let thrice = gzip(&twice);
    let decoded = decode(&mut thrice.as_slice(), "gzip, gzip, gzip", 1 << 20);
    // Packed octets are no text: they are counted, and nobody is to read them.
    assert_eq!((decoded.bytes.len(), decoded.len), (0, thrice.len() as u64));
    assert!(decoded.problem.is_some());
}

#[test]
fn a_bomb_stops_at_the_limit() {
    let body = gzip(&vec![0; 4 << 20]);
    let decoded = decode(&mut body.as_slice(), "gzip", 1_000);
    assert_eq!(decoded.bytes.len(), 1_000);
    assert!(decoded.cut && decoded.problem.is_some());
    let ratio = decode(&mut gzip(&vec![0; 40 << 20]).as_slice(), "gzip", u64::MAX);
    assert!(ratio.cut && ratio.bytes.len() < 20 << 20);
}

// Dates.
