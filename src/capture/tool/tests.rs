//! What is taken for which kind of file.

use super::{kind, name};
use crate::model::MediaKind;

#[test]
fn a_file_is_what_both_its_name_and_its_octets_say() {
    let film = b"\0\0\0\x18ftypisom";
    let kind = |name: &str, first: &[u8]| kind::of(name, first).map(|(kind, _)| kind);
    assert_eq!(kind("a.mp4", film), Some(MediaKind::Video));
    assert_eq!(kind("A.M4A", film), Some(MediaKind::Audio));
    assert_eq!(kind("a.webm", b"\x1a\x45\xdf\xa3"), Some(MediaKind::Video));
    assert_eq!(kind("a.mp3", b"\xff\xfb\x90"), Some(MediaKind::Audio));
    assert_eq!(kind("a.webp", b"RIFF\0\0\0\0WEBPVP8 "), Some(MediaKind::Image));
    assert_eq!(kind("a.vtt", b"\xef\xbb\xbfWEBVTT\n"), Some(MediaKind::Track));
    assert_eq!(kind("a.srt", b"1\n00:00:01,000 --> 00:00:02,000\n\xe2\x80"), Some(MediaKind::Track));
    assert_eq!(kind("a.info.json", b"{\"id\": 1}"), Some(MediaKind::File));
    for (name, first) in [
        ("a.mp4", &b"MZ\x90\0"[..]),
        ("a.mp4", b""),
        ("a.exe", film),
        ("a.json", b"{}"),
        ("a.html", b"<html>"),
        ("mp4", film),
        ("a.mp4.part", film),
        ("a.temp.mp4", film),
        ("a.ttml", b"<html>"),
    ] {
        assert_eq!(kind(name, first), None, "{name}");
    }
}

#[test]
fn a_name_has_only_letters_that_mean_nothing() {
    let name = |text: &str| name(std::path::Path::new(text));
    assert_eq!(name("files/clip-1_a.en.vtt"), "clip-1_a.en.vtt");
    assert_eq!(name("a b\r\nWARC-Type: x#é.mp4"), "a_b__WARC-Type__x__.mp4");
    let long = name(&format!("{}.info.json", "x".repeat(240)));
    assert!(long.len() == 120 && long.ends_with("x.info.json"));
}
