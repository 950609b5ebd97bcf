//! Cookies, and how failures become outcomes.

use bytes::Bytes;
use url::Url;

use super::Jar;
use super::http::outcome_of;
use crate::model::{Failure, FailureKind, Outcome};

fn url(text: &str) -> Url {
    Url::parse(text).expect("a URL")
}

fn jar(from: &str, lines: &[&str]) -> Jar {
    let mut jar = Jar::default();
    let headers = lines.iter().map(|l| ("set-cookie".to_owned(), Bytes::copy_from_slice(l.as_bytes()))).collect();
    jar.store(&url(from), &headers);
    jar
}

fn sent(jar: &Jar, to: &str) -> String {
    jar.field(&url(to)).map(|v| v.to_str().expect("ASCII").to_owned()).unwrap_or_default()
}

#[test]
fn cookies_go_where_they_may() {
    let lines = [
        "b=2; Path=/",
        "a=1",
        "deep=1; Path=/x",
        "safe=1; Secure",
        "wide=1; Domain=example.org",
        "tld=1; Domain=org",
        "other=1; Domain=other.net",
        "old=1; Max-Age=0",
        "ctl=\u{1}; Path=/",
        "\u{1}",
    ];
    let jar = jar("https://www.example.org/dir/page", &lines);
    assert_eq!(sent(&jar, "https://www.example.org/dir/"), "a=1; b=2; safe=1; wide=1");
    assert_eq!(sent(&jar, "https://www.example.org/x"), "b=2; deep=1");
    assert_eq!(sent(&jar, "https://shop.example.org/dir/x"), "wide=1");
    assert_eq!(sent(&jar, "http://www.example.org/"), "b=2");
    assert_eq!(sent(&jar, "https://other.net/"), "");
    assert_eq!(sent(&jar, "https://elsewhere.org/"), "");
}

#[test]
fn the_cookie_field_is_bounded() {
    let lines: Vec<String> = (0..190).map(|i| format!("c{i}={}", "v".repeat(90))).collect();
    let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
    let field = sent(&jar("https://example.org/", &lines), "https://example.org/");
    assert!(field.len() > 7000 && field.len() <= 8192, "{}", field.len());
}

#[test]
fn every_failure_has_its_outcome_and_only_some_leave_part_of_a_page() {
    for kind in FailureKind::ALL {
        let failure = Failure::new(*kind, "x");
        assert!(!outcome_of(&failure, false).is_content(), "{kind}");
        let partial = outcome_of(&failure, true) == Outcome::Truncated;
        let expected = matches!(
            kind,
            FailureKind::Disconnected | FailureKind::TimeoutIdle | FailureKind::TimeoutTotal | FailureKind::Malformed
        );
        assert_eq!(partial, expected, "{kind}");
    }
}
