//! Any words as a URL, any octets as a Location: canonical forms are stable, and what a host says as an address
//! literal is judged by that very address.
#![no_main]

use keepfast::policy::address::is_public;
use keepfast::policy::url::{canonical, location};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: (&str, &[u8])| {
    let (words, octets) = data;
    let Ok(first) = canonical(words) else { return };
    let again = canonical(&first.key).expect("a canonical form is canonical");
    assert_eq!(first.key, again.key);
    let _ = location(&first.url, octets);
    match first.url.host() {
        Some(url::Host::Ipv4(ip)) => {
            let mapped = ip.to_ipv6_mapped();
            assert_eq!(is_public(ip.into()), is_public(mapped.into()));
        }
        Some(url::Host::Ipv6(ip)) => {
            let _ = is_public(ip.into());
        }
        _ => {}
    }
});
