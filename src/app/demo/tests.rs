use std::collections::BTreeMap;

use http_body_util::{BodyExt, Empty};
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;

use super::*;
use crate::model::{Block, Kind, Outcome, Precision, ZoneSource};
use crate::{extract, policy};

async fn get(site: &Site, path: &str, etag: Option<&str>) -> (u16, Option<String>, Vec<u8>) {
    let client = Client::builder(TokioExecutor::new()).build_http::<Empty<bytes::Bytes>>();
    let mut request = http::Request::get(format!("{}{path}", site.base()));
    if let Some(etag) = etag {
        request = request.header("if-none-match", etag);
    }
    let response = client.request(request.body(Empty::new()).unwrap()).await.unwrap();
    let status = response.status().as_u16();
    let etag = response.headers().get("etag").map(|tag| tag.to_str().unwrap().to_owned());
    (status, etag, response.into_body().collect().await.unwrap().to_bytes().to_vec())
}

#[tokio::test]
async fn what_each_act_promises_is_what_is_served() {
    let site = serve().await.unwrap();
    let mut before: BTreeMap<&str, String> = BTreeMap::new();
    let mut picture = Vec::new();
    for act in 1..=3 {
        site.act(act);
        for expected in expected(act) {
            let (status, _, body) = get(&site, expected.path, None).await;
            let now = String::from_utf8(body).unwrap();
            assert!(!now.contains("%%") && !now.contains("{{"), "{}", expected.path);
            let last = before.insert(expected.path, now.clone()).unwrap_or_default();
            let wanted = match expected.outcome {
                Outcome::Gone => 410,
                Outcome::Challenge => 403,
                _ => 200,
            };
            assert_eq!(status, wanted, "{} in act {act}", expected.path);
            match expected.change {
                Change::First => assert!(act == 1),
                Change::Same => assert_eq!(strip(&now), strip(&last), "{} in act {act}", expected.path),
                Change::Edited { words } => {
                    let (before, after) = words[0];
                    assert!(last.contains(before) && !last.contains(after));
                    assert!(now.contains(after) && !now.contains(before));
                    assert!(words.iter().all(|(before, after)| last.contains(before) && now.contains(after)));
                }
                Change::CommentAdded { author, text } => {
                    assert!([author, text].iter().all(|words| !last.contains(*words) && now.contains(*words)));
                }
                Change::CommentRemoved { author, text } => {
                    assert!([author, text].iter().all(|words| last.contains(*words) && !now.contains(*words)));
                }
                Change::PictureReplaced { path } => {
                    assert_eq!(strip(&now), strip(&last));
                    assert_ne!(get(&site, path, None).await.2, picture);
                }
                Change::Deleted => assert!(now.contains("removed")),
                Change::Challenge => assert!(now.contains("Just a moment")),
            }
        }
        picture = get(&site, "/photos/today.jpg", None).await.2;
    }
}

/// Without the line that no reader sees.
fn strip(page: &str) -> String {
    page.lines().filter(|line| !line.starts_with("<!-- rendered")).collect()
}

#[tokio::test]
async fn unchanged_pages_are_confirmed_by_304_and_the_log_knows() {
    let site = serve().await.unwrap();
    let (_, etag, _) = get(&site, "/notice-about-the-water/", None).await;
    let etag = etag.unwrap();
    assert_eq!(get(&site, "/notice-about-the-water/", Some(&etag)).await.0, 304);
    site.act(2);
    assert_eq!(get(&site, "/notice-about-the-water/", Some(&etag)).await.0, 200);
    assert_eq!(get(&site, "/nowhere/", None).await.0, 404);
    let log: Vec<_> = site.log().into_iter().map(|asked| (asked.act, asked.status)).collect();
    assert_eq!(log, [(1, 200), (1, 304), (2, 200), (2, 404)]);
}

#[tokio::test]
async fn every_picture_and_page_that_is_named_is_there() {
    let site = serve().await.unwrap();
    for (url, _) in site.urls() {
        let own: Vec<String> = site.settings(&url).iter().map(|word| (*word).to_owned()).collect();
        assert!(crate::config::watch_options(&own).is_ok(), "{url}");
        let path = url.strip_prefix(site.base()).unwrap();
        let (_, _, body) = get(&site, path, None).await;
        let page = String::from_utf8(body).unwrap();
        for name in ["bridge.jpg", "church.jpg", "lake.jpg", "market.png", "today.jpg"] {
            let photo = format!("/photos/{name}");
            if page.contains(&photo) {
                let (status, _, bytes) = get(&site, &photo, None).await;
                let magic: &[u8] = if name.ends_with("png") { b"\x89PNG" } else { b"\xff\xd8\xff" };
                assert!(status == 200 && bytes.starts_with(magic) && bytes.len() < 30_000, "{photo}");
            }
        }
    }
}

#[tokio::test]
async fn the_reader_and_the_judge_see_what_the_site_says() {
    let site = serve().await.unwrap();
    for act in 1..=3 {
        site.act(act);
        for expected in expected(act) {
            let (status, _, body) = get(&site, expected.path, None).await;
            let url = format!("{}{}", site.base(), expected.path);
            let address: url::Url = url.parse().unwrap();
            let content_type = if expected.path == "/feed.xml" { "application/rss+xml" } else { "text/html" };
            let input = extract::Input { body: &body, content_type, url: &address, body_truncated: false };
            let document = extract::read(&input);
            let seen = policy::wall::Seen {
                status,
                headers: &Vec::new(),
                url: &url,
                final_url: &url,
                document: Some(&document),
                body_len: body.len() as u64,
                truncated: false,
            };
            let outcome = policy::wall::judge(&seen).0;
            let wanted = if expected.outcome == Outcome::Unchanged { Outcome::Captured } else { expected.outcome };
            assert_eq!(outcome, wanted, "{} in act {act}", expected.path);
            if expected.path == "/2021/05/the-old-bridge/" {
                let heads: Vec<_> = document
                    .comments
                    .iter()
                    .map(|c| (c.author.as_deref().unwrap_or(""), c.time.as_ref().map_or("", |t| &t.raw), c.depth))
                    .collect();
                let mut all = vec![
                    ("Hagop", "2021-05-12 18:28:42", 0),
                    ("Անահիտ", "2021-05-12 20:03:10", 1),
                    ("Вардан", "2021-05-13 07:41:55", 0),
                ];
                if act < 3 {
                    all.push(("ليلى", "2021-05-14 11:15:00", 0));
                }
                if act > 1 {
                    all.push(("Baker of the eastern bank", "2021-05-15 05:30:21", 0));
                }
                assert_eq!(heads, all, "act {act}");
                assert_eq!(document.title.as_deref(), Some("The Old Bridge Opens Again"));
                assert_eq!(document.authors, ["Seda Manukyan"]);
                assert_eq!(document.categories, ["Villages"]);
                assert_eq!(document.comments_claimed, Some(if act == 2 { 5 } else { 4 }));
                let credits: Vec<_> = document.credits.iter().map(|c| (c.role.as_str(), c.name.as_str())).collect();
                assert_eq!(credits, [("Video", "Aram Petrosyan"), ("Script", "Lilit Gevorg")]);
                assert_eq!(document.published.as_ref().map(|when| when.raw.as_str()), Some("May 11, 2021"));
            }
            if expected.path == "/gallery/" {
                for photo in ["today.jpg", "bridge.jpg", "market.png"] {
                    assert!(document.media.iter().any(|m| m.url.ends_with(photo)), "{photo}: {:?}", document.media);
                }
            }
        }
    }
}

#[tokio::test]
async fn every_field_of_the_article_is_read() {
    let site = serve().await.unwrap();
    let (_, _, body) = get(&site, "/2021/05/the-old-bridge/", None).await;
    let url: url::Url = format!("{}/2021/05/the-old-bridge/", site.base()).parse().unwrap();
    let input = extract::Input { body: &body, content_type: "text/html", url: &url, body_truncated: false };
    let document = extract::read(&input);
    assert_eq!(document.kind, Kind::Article);
    assert_eq!(document.title.as_deref(), Some("The Old Bridge Opens Again"));
    assert_eq!(document.authors, ["Seda Manukyan"]);
    let credits: Vec<_> = document.credits.iter().map(|c| (c.role.as_str(), c.name.as_str())).collect();
    assert_eq!(credits, [("Video", "Aram Petrosyan"), ("Script", "Lilit Gevorg")]);
    assert_eq!(document.site.as_deref(), Some("Aghbyur News"));
    assert_eq!(document.categories, ["Villages"]);
    assert!(document.tags.is_empty());
    assert_eq!(document.language.as_deref(), Some("en"));
    let published = document.published.as_ref().unwrap();
    assert_eq!((published.raw.as_str(), published.precision), ("May 11, 2021", Precision::Day));
    assert_eq!(published.at.unwrap().to_string(), "2021-05-11T00:00:00Z");
    assert!(document.modified.is_none());
    assert_eq!(document.canonical.as_deref(), Some(url.as_str()));
    let summary = "After nine years of repairs the village walks across the river again.";
    assert_eq!(document.description.as_deref(), Some(summary));
    // The text, each block of its kind, and no word of what stands around it.
    let shapes: Vec<(&str, &str)> = document
        .blocks
        .iter()
        .map(|block| match block {
            Block::Heading { level: 2, text } => ("h2", text.as_str()),
            Block::Paragraph { text } => ("p", text.as_str()),
            Block::List { ordered: false, items } => ("ul", items[1].text.as_str()),
            Block::Figure { caption, .. } => ("figure", caption.as_str()),
            _ => ("?", ""),
        })
        .map(|(kind, text)| (kind, text.get(..24).unwrap_or(text)))
        .collect();
    let text = [
        ("p", "For nine years the peopl"),
        ("figure", "The four arches, seen fr"),
        ("p", "The money came from many"),
        ("h2", "What was done"),
        ("ul", "The bed of the river was"),
        ("p", "“We numbered each ston"),
    ];
    assert_eq!(shapes, text);
    // The lines below the byline are credits, and can be found as words too.
    assert!(document.rest.contains("Video by Aram Petrosyan Script by Lilit Gevorg"), "{}", document.rest);
    let Some(Block::List { items, .. }) = document.blocks.iter().find(|b| matches!(b, Block::List { .. })) else {
        panic!("no list");
    };
    assert_eq!(items.len(), 3);
    assert!(items.iter().all(|item| item.depth == 0));
    assert_eq!(items[2].text, "A lamp was hung at each end, and the switch is in the bakery.");
    let photo = document.media.iter().find(|m| m.url.ends_with("/photos/bridge.jpg")).unwrap();
    assert!(photo.content && photo.alt == "A stone bridge with four arches over a river");
    // The comments, each with all that is said of it.
    let said: Vec<_> = document
        .comments
        .iter()
        .map(|c| {
            let time = c.time.as_ref().unwrap();
            let at = time.at.unwrap().to_string();
            (c.id.as_deref().unwrap(), c.author.as_deref().unwrap(), at, c.parent, c.depth, c.text.as_str())
        })
        .collect();
    let time = |at: &str| at.to_owned();
    let all = [
        (
            "comment-101",
            "Hagop",
            time("2021-05-12T18:28:42Z"),
            None,
            0,
            "My grandfather carried stones for this bridge in 1931. I wish he had seen it.",
        ),
        (
            "comment-102",
            "Անահիտ",
            time("2021-05-12T20:03:10Z"),
            Some(0),
            1,
            "Իմ պապն էլ։ Գուցե նրանք իրար ճանաչում էին։",
        ),
        ("comment-103", "Вардан", time("2021-05-13T07:41:55Z"), None, 0, "А кто будет платить за лампы?"),
        ("comment-104", "ليلى", time("2021-05-14T11:15:00Z"), None, 0, "جسر جميل. سأزوره في الصيف إن شاء الله."),
    ];
    assert_eq!(said, all);
    assert!(document.comments.iter().all(|c| c.time.as_ref().unwrap().zone == ZoneSource::Assumed));
    assert_eq!(document.comments_claimed, Some(4));
    assert!(document.warnings.is_empty());
}
