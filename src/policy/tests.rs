//! The rules, told as examples; the hard promises as properties.

use std::net::IpAddr;
use std::time::Duration;

use jiff::Timestamp;
use proptest::prelude::*;
use url::Url;

use super::address::{Allow, is_public};
use super::retry::{LONGEST, backoff, backoff_bound, http_date, rate_limit_reset, retry_after};
use super::robots::Rules;
use super::url::{Problem, canonical, location};
use crate::model::Outcome;

fn key(text: &str) -> String {
    canonical(text).map(|c| c.key).unwrap_or_else(|p| panic!("{text}: {p}"))
}

#[test]
fn what_people_type_becomes_a_url() {
    let typed = canonical("  <Example.ORG/a/../b?x=1#top> ").expect("a URL");
    assert_eq!(typed.url.as_str(), "https://example.org/b?x=1");
    assert_eq!(typed.host, "example.org:443");
    assert_eq!(canonical("example.org:8080/x").expect("a port").host, "example.org:8080");
    assert_eq!(canonical("//example.org/x").expect("scheme-less").url.as_str(), "https://example.org/x");
    assert_eq!(canonical("http://0x7f.1/").expect("a literal").host, "127.0.0.1:80");
    assert_eq!(canonical("http://[::1]:81/").expect("a literal").host, "[::1]:81");
    assert_eq!(canonical("https://пример.рф/ы").expect("IDN").host, "xn--e1afmkfd.xn--p1ai:443");
}

#[test]
fn equal_urls_have_equal_keys() {
    for other in [
        "HTTPS://Example.org:443/a%7eb",
        "https://example.org./a~b",
        "https://example.org/x/../a~b?utm_source=z&fbclid=1",
        "https://example.org/a~b?#frag",
        "https://example.org/a~b?UTM_Medium=2&igsh=x",
    ] {
        assert_eq!(key(other), "https://example.org/a~b", "{other}");
    }
    assert_eq!(key("http://e.org/?b=2&utm_x=1&a=1"), "http://e.org/?b=2&a=1", "the order of the rest is kept");
    assert_ne!(key("http://e.org/A"), key("http://e.org/a"));
    assert_ne!(key("http://e.org/a%2fb"), key("http://e.org/a/b"));
    assert_eq!(key("http://e.org/a%2fb"), key("http://e.org/a%2Fb"));
}

#[test]
fn what_is_no_url_is_named() {
    assert_eq!(canonical("  "), Err(Problem::Empty));
    assert_eq!(canonical("ftp://example.org/"), Err(Problem::Scheme("ftp".into())));
    assert_eq!(canonical("mailto:a@example.org"), Err(Problem::Scheme("mailto".into())));
    assert_eq!(canonical("javascript:alert(1)"), Err(Problem::Scheme("javascript".into())));
    assert_eq!(canonical("https://a:b@example.org/"), Err(Problem::UserInfo));
    assert_eq!(canonical("see example.org"), Err(Problem::Space));
    assert_eq!(canonical("a\u{0}b"), Err(Problem::Space));
    assert!(matches!(canonical("https://"), Err(Problem::Host(_))));
    assert!(matches!(canonical("https://./"), Err(Problem::Host(_))));
    // Without its dots this would be the address 0.0.0.4.
    assert!(matches!(canonical("4.."), Err(Problem::Host(_))));
    assert!(matches!(canonical("https://a..example.org/"), Err(Problem::Host(_))));
    assert_eq!(key("https://example.org./"), "https://example.org/");
    assert!(matches!(canonical(&"a".repeat(9000)), Err(Problem::TooLong(9000))));
}

proptest! {
    #[test]
    fn a_canonical_url_is_its_own_canonical_form(text in "(https?://)?[a-zA-Z0-9.:%-]{1,20}[/?&=a-z0-9.%_~;#é\\\\-]{0,60}") {
        if let Ok(once) = canonical(&text) {
            let twice = canonical(&once.key).expect("the key is a URL");
            prop_assert_eq!(&twice.key, &once.key);
            prop_assert_eq!(&canonical(once.url.as_str()).expect("still a URL").key, &once.key);
        }
    }

    #[test]
    fn no_text_breaks_the_reading_of_urls(text in any::<String>()) {
        let _ = canonical(&text);
    }

    #[test]
    fn no_file_breaks_the_reading_of_robots(file in proptest::collection::vec(any::<u8>(), 0..300), path in any::<String>()) {
        Rules::parse(&file, "keepfast").allowed(&path);
    }

    #[test]
    fn a_rule_matches_what_a_naive_matcher_matches(pattern in "/[ab*]{0,8}\\$?", path in "/[ab]{0,10}") {
        let file = format!("User-agent: *\nDisallow: {pattern}");
        prop_assert_eq!(!Rules::parse(file.as_bytes(), "keepfast").allowed(&path).allowed, naive(&pattern, &path));
    }

    #[test]
    fn no_text_breaks_retry_after(text in any::<String>(), now in 0i64..4_000_000_000) {
        let now = Timestamp::from_second(now).expect("in range");
        for wait in [retry_after(&text, now), rate_limit_reset(&text, now)].into_iter().flatten() {
            prop_assert!(wait <= LONGEST);
        }
    }

    #[test]
    fn backoff_stays_below_a_bound_that_never_shrinks(attempt in 1u32..100, seed in any::<u64>()) {
        let bound = backoff_bound(Outcome::ServerError, attempt);
        prop_assert!(backoff(Outcome::ServerError, attempt, seed) <= bound);
        prop_assert!(bound <= backoff_bound(Outcome::ServerError, attempt + 1));
        prop_assert_eq!(backoff(Outcome::TimedOut, attempt, seed), backoff(Outcome::TimedOut, attempt, seed));
    }
}

/// The definition, by trying everything.
fn naive(pattern: &str, path: &str) -> bool {
    match (pattern.chars().next(), path.chars().next()) {
        (None, _) => true,
        (Some('$'), rest) if pattern.len() == 1 => rest.is_none(),
        (Some('*'), None) => naive(&pattern[1..], path),
        (Some('*'), Some(_)) => naive(&pattern[1..], path) || naive(pattern, &path[1..]),
        (Some(a), Some(b)) => a == b && naive(&pattern[1..], &path[1..]),
        (Some(_), None) => false,
    }
}

#[test]
fn only_public_addresses_are_public() {
    let refused = "0.0.0.0 0.1.2.3 10.0.0.1 100.64.0.1 100.127.255.255 127.0.0.1 127.66.66.66 169.254.169.254 172.16.0.1
        172.31.255.255 192.0.0.1 192.0.2.1 192.168.1.1 198.18.0.1 198.19.255.255 198.51.100.1 203.0.113.1 224.0.0.1
        239.255.255.255 240.0.0.1 255.255.255.255 :: ::1 ::7f00:1 ::ffff:127.0.0.1 ::ffff:10.0.0.1 64:ff9b::7f00:1
        64:ff9b:1::1 2002:7f00:1:: 2002:a00:1:: 2001:0:7f00:1:: 2001:0:102:304::80ff:fffe fe80::1 fc00::1 fd12::1 fec0::1 ff02::1
        2001:db8::1 3fff::1 100::1 2001:10::1 2001:20::1 5f00::1 4000::1";
    for ip in refused.split_whitespace() {
        assert!(!is_public(ip.parse().expect(ip)), "{ip} must be refused");
    }
    let public = "1.1.1.1 8.8.8.8 100.63.255.255 100.128.0.1 172.15.0.1 172.32.0.1 198.17.0.1 223.255.255.254
        2606:4700::1111 2a00:1450::1 ::ffff:8.8.8.8 64:ff9b::808:808 2002:808:808::1 2001:4860::8888 2003::1";
    for ip in public.split_whitespace() {
        assert!(is_public(ip.parse().expect(ip)), "{ip} is public");
    }
}

#[test]
fn the_operator_may_allow_addresses_and_networks() {
    let allow = Allow::parse(&["127.0.0.1", "10.1.0.0/16", "[::1]", "fd00::/8", "[fe80::]/10"]).expect("entries");
    for (ip, yes) in [
        ("127.0.0.1", true),
        ("::ffff:127.0.0.1", true),
        ("127.0.0.2", false),
        ("10.1.255.255", true),
        ("10.2.0.0", false),
        ("::1", true),
        ("::2", false),
        ("fd99::1", true),
        ("fe80::1", true),
    ] {
        assert_eq!(allow.contains(ip.parse::<IpAddr>().expect(ip)), yes, "{ip}");
    }
    assert!(Allow::parse(&["0.0.0.0/0"]).expect("all").contains("10.0.0.1".parse().expect("ip")));
    for bad in ["localhost", "10.0.0.0/33", "10.0.0.0/+8", "[::1", "10.0.0", "::ffff:10.0.0.0/8", ""] {
        let said = Allow::parse(&[bad]).expect_err(bad).to_string();
        assert!(said.contains(&format!("{bad:?}")), "{said}");
    }
}

fn allowed(file: &str, path: &str) -> bool {
    Rules::parse(file.as_bytes(), "keepfast").allowed(path).allowed
}

#[test]
fn the_longest_rule_decides_and_ties_go_to_allow() {
    let file =
        "User-agent: *\nDisallow: /a\nAllow: /a/b\nDisallow: /a/b/c$\nAllow: /t\nDisallow: /t\nDisallow: /*.gif$";
    assert!(!allowed(file, "/a"));
    assert!(allowed(file, "/a/b"));
    assert!(!allowed(file, "/a/b/c"));
    assert!(allowed(file, "/a/b/cd"));
    assert!(allowed(file, "/t"));
    assert!(!allowed(file, "/x/y.gif"));
    assert!(allowed(file, "/x/y.gif?z"));
    assert!(allowed("User-agent: *\nDisallow: /", "/robots.txt"));
    let rules = Rules::parse(file.as_bytes(), "keepfast");
    assert_eq!(rules.allowed("/a/x").rule, Some("Disallow: /a"));
    assert_eq!(rules.allowed("/z").rule, None);
}

#[test]
fn groups_for_us_are_merged_and_beat_the_star() {
    let file = "User-agent: *\nDisallow: /\n\nuser-agent: KeepFast/2.0\nuser-agent: other\nDisallow: /one\nCrawl-delay: 2.5\n\
                User-agent: nobody\nDisallow: /three\nUser-agent: keepfast\nDisallow: /two # why\n";
    assert!(allowed(file, "/"));
    assert!(!allowed(file, "/one"));
    assert!(!allowed(file, "/two"));
    assert!(allowed(file, "/three"));
    assert_eq!(Rules::parse(file.as_bytes(), "keepfast").crawl_delay(), Some(Duration::from_millis(2500)));
    assert!(
        !allowed("User-agent: keepfastbot\nAllow: /\nUser-agent: *\nDisallow: /", "/"),
        "another's group is not ours"
    );
    assert!(
        allowed("User-agent: keepfast\nDisallow:\nUser-agent: *\nDisallow: /", "/"),
        "an empty Disallow allows all"
    );
}

#[test]
fn odd_files_are_read_as_browsers_of_robots_do() {
    assert!(!allowed("\u{feff}User-agent: *\rDisallow: /\r", "/"));
    assert!(!allowed("User-agent: *\r\nDisallow: /\r\n", "/"));
    assert!(allowed("<!doctype html>\nUser-agent: *\nDisallow: /", "/"));
    assert!(allowed("Disallow: /\n", "/"), "a rule without a group is no rule");
    assert!(!allowed("User-agent: *\nDisallow: /%7ea/é", "/~a/%c3%a9"));
    assert!(allowed("User-agent: *\nDisallow: /a%2Fb", "/a/b"));
    assert!(!allowed("User-agent: *\nDisallow: /a%2fb", "/a%2Fb"));
    assert_eq!(Rules::parse(b"User-agent: *\nCrawl-delay: -1", "k").crawl_delay(), None);
    assert_eq!(Rules::parse(b"User-agent: *\nCrawl-delay: NaN", "k").crawl_delay(), None);
}

#[test]
fn a_hostile_file_costs_no_more_than_its_size_times_the_path() {
    let line = format!("Disallow: /*{}b*{}$\n", "a*".repeat(60), "a".repeat(100));
    let file = format!("User-agent: *\n{}", line.repeat(MAX_LINES));
    let path = format!("/{}", "a".repeat(4000));
    let rules = Rules::parse(file.as_bytes(), "keepfast");
    let mut steps = 0;
    assert!(rules.allowed_counting(&path, &mut steps).allowed);
    let lines = file.len().min(super::robots::MAX_BYTES) / line.len() + 1;
    assert!(steps <= 3 * lines * (path.len() + line.len()), "{steps} steps for {lines} rules");

    let literal = format!("User-agent: *\nDisallow: /*{}b\n", "a".repeat(2000));
    let mut steps = 0;
    Rules::parse(literal.as_bytes(), "keepfast").allowed_counting(&path, &mut steps);
    assert!(steps <= 3 * (path.len() + literal.len()), "{steps} steps for one long piece");
}

const MAX_LINES: usize = 3000;

#[test]
fn more_rules_than_the_bound_are_cut_and_that_is_said() {
    let file = format!("User-agent: *\n{}", "Disallow: /x\n".repeat(super::robots::MAX_RULES + 1));
    assert!(Rules::parse(file.as_bytes(), "keepfast").is_cut());
    assert!(!Rules::parse(b"User-agent: *\nDisallow: /x\n", "keepfast").is_cut());
}

#[test]
fn retry_after_is_read_in_every_form() {
    let now: Timestamp = "1994-11-06T08:49:00Z".parse().expect("a time");
    let seconds = |s| Some(Duration::from_secs(s));
    assert_eq!(retry_after("120", now), seconds(120));
    assert_eq!(retry_after("0", now), seconds(0));
    assert_eq!(retry_after("-5", now), None);
    assert_eq!(retry_after("soon", now), None);
    assert_eq!(retry_after("", now), None);
    assert_eq!(retry_after("99999999999999999999", now), Some(LONGEST));
    for date in ["Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994"] {
        assert_eq!(retry_after(date, now), seconds(37), "{date}");
    }
    assert_eq!(retry_after("Sun, 06 Nov 1994 08:00:00 GMT", now), seconds(0), "a past date is no wait");
    assert_eq!(retry_after("Fri, 31 Dec 2099 23:59:59 GMT", now), Some(LONGEST));
    assert_eq!(
        http_date("Mon, 06 Nov 1994 08:49:37 GMT"),
        http_date("Sun, 06 Nov 1994 08:49:37 GMT"),
        "a wrong weekday"
    );
}

#[test]
fn rate_limit_resets_are_read_in_every_form() {
    let now = Timestamp::from_second(1_700_000_000).expect("a time");
    for value in ["30", "30.0", "1700000030", "1700000030000", "2023-11-14T22:13:50Z", "Tue, 14 Nov 2023 22:13:50 GMT"]
    {
        assert_eq!(rate_limit_reset(value, now), Some(Duration::from_secs(30)), "{value}");
    }
    assert_eq!(rate_limit_reset("1600000000", now), Some(Duration::ZERO));
    assert_eq!(rate_limit_reset("-3", now), None);
    assert_eq!(rate_limit_reset("1e400", now), None);
}

#[test]
fn a_location_is_resolved_and_stripped() {
    let base = Url::parse("https://example.org/a/b?c").expect("a URL");
    let to = |value: &[u8]| location(&base, value).map(String::from);
    assert_eq!(to(b"../x#top").as_deref(), Some("https://example.org/x"));
    assert_eq!(to(b"?q").as_deref(), Some("https://example.org/a/b?q"));
    assert_eq!(to(b"//user:pass@other.org/").as_deref(), Some("https://other.org/"));
    assert_eq!(to(b"/caf\xe9").as_deref(), Some("https://example.org/caf%E9"));
    assert_eq!(to("/café".as_bytes()).as_deref(), Some("https://example.org/caf%C3%A9"));
    assert_eq!(to(b"  "), None);
    assert_eq!(to(b"http://[::1"), None);
}
