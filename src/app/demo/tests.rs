use std::collections::BTreeMap;

use http_body_util::{BodyExt, Empty};
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;

use super::*;
use crate::model::Outcome;

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
                Change::Edited { before, after } => {
                    assert!(last.contains(before) && !last.contains(after));
                    assert!(now.contains(after) && !now.contains(before));
                }
                Change::CommentAdded { author } => assert!(!last.contains(author) && now.contains(author)),
                Change::CommentRemoved { author } => assert!(last.contains(author) && !now.contains(author)),
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
