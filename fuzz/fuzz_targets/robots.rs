//! Any octets as robots.txt, asked about any path: an answer, and the file itself is always allowed.
#![no_main]

use keepfast::policy::robots::Rules;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: (&str, &[u8])| {
    let (path, text) = data;
    let rules = Rules::parse(text, "keepfast");
    let _ = rules.allowed(path);
    let _ = rules.crawl_delay();
    assert!(rules.allowed("/robots.txt").allowed);
});
