//! Any octets as a page: no panic, and what refers to something refers to something that is there.
#![no_main]

use keepfast::extract::{Input, read, render};
use keepfast::policy::wall::{Seen, judge};
use libfuzzer_sys::fuzz_target;
use url::Url;

fuzz_target!(|body: &[u8]| {
    let Ok(url) = Url::parse("https://example.org/a/b") else {
        return;
    };
    let document = read(&Input { body, content_type: "text/html; charset=utf-8", url: &url, body_truncated: false });
    for (i, comment) in document.comments.iter().enumerate() {
        assert!(comment.parent.is_none_or(|p| (p as usize) < i));
    }
    for link in &document.links {
        assert!(link.url.starts_with("http"));
    }
    render::markdown(&document);
    render::plain(&document);
    let headers = Vec::new();
    judge(&Seen {
        status: 200,
        headers: &headers,
        url: url.as_str(),
        final_url: url.as_str(),
        document: Some(&document),
        body_len: body.len() as u64,
        truncated: false,
    });
    assert!(!keepfast::diff::compare(&document, &document).changed());
});
