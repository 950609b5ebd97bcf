//! Any style sheet: only absolute http addresses come out.
#![no_main]

use keepfast::extract::css_refs;
use libfuzzer_sys::fuzz_target;
use url::Url;

fuzz_target!(|css: &str| {
    let Ok(base) = Url::parse("https://example.org/css/a.css") else {
        return;
    };
    let refs = css_refs(css, &base);
    for address in refs.imports.iter().chain(&refs.fonts).chain(&refs.images) {
        assert!(address.starts_with("http"));
    }
});
