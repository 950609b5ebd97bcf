//! Feeds of several pages.

use url::Url;

use super::{Document, Input, read};

fn page_at(url: &str, content_type: &str, body: impl AsRef<[u8]>) -> Document {
    let url = Url::parse(url).unwrap();
    read(&Input { body: body.as_ref(), content_type, url: &url, body_truncated: false })
}

#[test]
fn feeds_of_several_pages_name_the_next_one() {
    let atom = |links: &str| {
        let feed = format!(
            "<feed xmlns=\"http://www.w3.org/2005/Atom\">{links}<entry><id>1</id><link rel=\"next\" href=\"/no\"/>\
             <link href=\"/1\"/></entry></feed>"
        );
        page_at("https://example.org/feed", "application/atom+xml", feed).next_page
    };
    assert_eq!(
        atom("<link rel=\"next\" href=\"/feed?page=2&amp;n=5\"/>").as_deref(),
        Some("https://example.org/feed?page=2&n=5")
    );
    let both =
        "<link rel=\"next\" href=\"/p2\"/><link rel=\"prev-archive\" href=\"/2025\"/><link rel=\"next\" href=\"/p3\"/>";
    assert_eq!(atom(both).as_deref(), Some("https://example.org/2025"), "an archive is whole, pages need not be");
    for none in [
        "",
        "<link rel=\"next\" href=\"https://elsewhere.example/\"/>",
        "<link rel=\"self\" href=\"/feed\"/>",
        "<link rel=\"next\" href=\"/feed\"/>",
    ] {
        assert_eq!(atom(none), None, "{none}");
    }
    let rss = "<rss><channel><atom:link rel=\"next\" href=\"?paged=2\"/><item><link>https://example.org/1</link></item></channel></rss>";
    assert_eq!(
        page_at("https://example.org/feed", "application/rss+xml", rss).next_page.as_deref(),
        Some("https://example.org/feed?paged=2")
    );
    let json = "{\"version\":\"https://jsonfeed.org/version/1.1\",\"next_url\":\"/f2.json\",\"items\":[]}";
    assert_eq!(
        page_at("https://example.org/f.json", "application/json", json).next_page.as_deref(),
        Some("https://example.org/f2.json")
    );
}
