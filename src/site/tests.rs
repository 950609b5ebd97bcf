use url::Url;

use super::recognise;

mod captured;
mod fixtures;
mod forms;
mod platforms;
mod table;
mod telegram;
mod values;
mod walls;

fn platform(url: &str) -> Option<&'static str> {
    recognise(&Url::parse(url).unwrap())
}

#[test]
fn a_platform_is_known_by_its_host_and_all_names_below_it() {
    assert_eq!(platform("https://t.me/s/durov"), Some("telegram"));
    assert_eq!(platform("https://mobile.twitter.com/a/status/20"), Some("x"));
    assert_eq!(platform("https://www.youtube.com/watch?v=1"), Some("youtube"));
}

#[test]
fn a_host_that_only_ends_alike_is_not_the_platform() {
    assert_eq!(platform("https://not-t.me/"), None);
    assert_eq!(platform("https://x.com.example.org/"), None);
    assert_eq!(platform("https://netflix.com/"), None);
}

/// What an address is about.
fn at(url: &str) -> Option<super::Target> {
    super::matches(&Url::parse(url).unwrap())
}

/// Asks a function about an answer with status 200.
fn answered<T>(body: &str, url: &str, content_type: &str, ask: impl FnOnce(&super::Answer<'_>) -> T) -> T {
    with_status(200, body, url, content_type, ask)
}

fn with_status<T>(
    status: u16,
    body: &str,
    url: &str,
    content_type: &str,
    ask: impl FnOnce(&super::Answer<'_>) -> T,
) -> T {
    let url = Url::parse(url).unwrap();
    let headers = Vec::new();
    ask(&super::Answer { url: &url, status, headers: &headers, body: body.as_bytes(), content_type })
}
