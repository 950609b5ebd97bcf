use url::Url;

use super::recognise;

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
