//! Any octets under any label: text comes out, and its character set is named.
#![no_main]

use keepfast::extract::{Input, read};
use libfuzzer_sys::fuzz_target;
use url::Url;

fuzz_target!(|data: (&str, &[u8], u8)| {
    let (label, body, kind) = data;
    let Ok(url) = Url::parse("https://example.am/") else {
        return;
    };
    let media = ["text/html", "text/plain", "application/rss+xml"][usize::from(kind % 3)];
    let content_type = format!("{media}; charset={label}");
    let document = read(&Input { body, content_type: &content_type, url: &url, body_truncated: kind > 127 });
    assert!(document.charset.is_some());
});
