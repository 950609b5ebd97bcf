//! Walls and absences that were captured from platforms (`tests/fixtures/cases.tsv`), and those that are known by their shape,
//! served in answer to whatever is asked of the platform: what stands in front of a post is said as what it is, is never
//! taken for the post, and never for its absence.

use std::collections::HashMap;
use std::io::Read as _;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use super::kept::{ledger, look};
use crate::server::{Answer, Origin};
use crate::world::{World, article};

const DAY: i64 = 86_400;

/// Rows of the table of cases: columns by name.
fn cases() -> Vec<HashMap<String, String>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/cases.tsv");
    let text = std::fs::read_to_string(root).unwrap();
    let mut lines = text.lines().map(|line| line.split('\t').map(str::to_owned).collect::<Vec<_>>());
    let names = lines.next().unwrap();
    lines.map(|cells| names.iter().cloned().zip(cells).collect()).collect()
}

fn body(file: &str) -> Vec<u8> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/pages").join(file);
    std::fs::read(&path).unwrap_or_else(|_| {
        let mut out = Vec::new();
        let packed = std::fs::File::open(format!("{}.gz", path.display())).unwrap();
        flate2::read::GzDecoder::new(packed).read_to_end(&mut out).unwrap();
        out
    })
}

/// All hosts that the routes of a target lead to, as mirrors of the origin.
fn mirrors(target: &keepfast::site::Target, origin: &Origin) -> String {
    let routes = keepfast::site::routes(target);
    let hosts = routes.iter().filter_map(|route| url::Url::parse(&route.url).ok());
    let mut hosts: Vec<String> = hosts.map(|url| url.origin().ascii_serialization()).collect();
    hosts.sort_unstable();
    hosts.dedup();
    let to = origin.url("");
    hosts.iter().map(|host| format!("{host} = {}", to.as_str().trim_end_matches('/'))).collect::<Vec<_>>().join(",")
}

fn kind(file: &str) -> &'static str {
    if file.ends_with(".json") { "application/json" } else { "text/html; charset=utf-8" }
}

/// The page of a target is its first way.
fn is_page_first(url: &str, platform: &str) -> bool {
    let named = keepfast::model::Platform::parse(platform).unwrap();
    let target = keepfast::site::family(named, &url::Url::parse(url).unwrap()).unwrap();
    keepfast::site::routes(&target)[0].name == "page"
}

/// It is a site of pages: its own address is asked, and no mirror of it.
fn is_of_pages(platform: &str) -> bool {
    keepfast::site::is_of_pages(keepfast::model::Platform::parse(platform).unwrap())
}

/// Looks at a URL that is answered so, three times, before which a page may have been there; the outcomes, and the ledger.
fn looked(url: &str, platform: &str, before: Option<Answer>, answer: &Answer) -> (Vec<String>, Vec<String>) {
    let origin = Origin::start();
    let (shown, port, walled) = (answer.clone(), origin.port(), Arc::new(AtomicBool::new(before.is_none())));
    let (is_walled, before) = (walled.clone(), before.unwrap_or_else(|| answer.clone()));
    origin.handle("", "*", move |hit| match hit.target.as_str() {
        _ if !is_walled.load(Ordering::SeqCst) => before.clone(),
        "/robots.txt" => Answer::status(404),
        // Where walls send to.
        way if way.starts_with("/challenge.html") => Answer::html("<title>VK</title><script>solve()</script>"),
        _ if hit.host.starts_with("consent.") => Answer::html("<title>Before you continue</title><form></form>"),
        _ if shown.is_redirect("https://consent.youtube.com/") => {
            Answer::redirect(302, format!("http://consent.youtube.com:{port}/ml?continue=x"))
        }
        _ => shown.clone(),
    });
    let named = keepfast::model::Platform::parse(platform).unwrap();
    let parsed = url::Url::parse(url).unwrap();
    let target = keepfast::site::family(named, &parsed).unwrap();
    // Where its page is the way of a platform, it is the address itself that is asked.
    let url = match is_of_pages(platform) {
        true => origin.url(&parsed[url::Position::BeforePath..]).to_string(),
        false => url.to_owned(),
    };
    let world = World::new().env("KEEPFAST_CLIENT__RESOLVE", "consent.youtube.com=127.0.0.1");
    let world = world.env("KEEPFAST_CAPTURE__MIRRORS", &mirrors(&target, &origin));
    let world = world.env("KEEPFAST_CAPTURE__MAX_RETRIES", "0");
    world.keepfast(&["add", &url, "--own", &format!("platform={platform}")]).well();
    let mut had = 0;
    if !walled.load(Ordering::SeqCst) {
        look(&world, 0);
        assert_eq!(world.outcomes(), ["captured"], "{url}");
        had = 1;
        walled.store(true, Ordering::SeqCst);
    }
    for after in [DAY, DAY, DAY] {
        look(&world, after);
    }
    (world.outcomes().split_off(had), ledger(&world))
}

#[test]
fn captured_walls_and_absences_of_interfaces_are_told_as_what_they_are() {
    assert!(captured(false) >= 4);
}

#[test]
fn captured_walls_and_absences_of_pages_are_told_as_what_they_are() {
    assert!(captured(true) >= 1);
}

/// Serves the walls of platforms whose first way is their page, or those of the others; how many these are.
fn captured(page_first: bool) -> usize {
    let expected: HashMap<&str, &[&str]> = HashMap::from([
        ("gone_unknown", &["not_found", "gone"][..]),
        ("gone_account", &["not_found", "gone"]),
        ("login_wall", &["login_wall"]),
        ("consent_wall", &["consent_wall"]),
        ("challenge", &["challenge"]),
        ("age_or_geo_wall", &["restricted"]),
        ("rate_limited", &["rate_limited"]),
        ("private", &["private"]),
    ]);
    let (mut seen, mut wrong) = (0, String::new());
    let all = cases();
    let first = |case: &&HashMap<String, String>| is_page_first(&case["target"], &case["platform"]) == page_first;
    for case in all.iter().filter(|case| case["finding"] != "ok").filter(first) {
        let status: u16 = case["status"].parse().unwrap();
        let answer = Answer::with(status, kind(&case["file"]), body(&case["file"]));
        // Where the page of a consent host answers, the way to it is a redirect.
        let (outcomes, ledger) = match case["finding"].as_str() {
            "consent_wall" => {
                let answer = Answer::redirect(302, "https://consent.youtube.com/ml?continue=x");
                looked(&case["target"], &case["platform"], None, &answer)
            }
            _ => looked(&case["target"], &case["platform"], None, &answer),
        };
        let right = expected[case["finding"].as_str()];
        // What never was there did not vanish.
        if !outcomes.iter().all(|o| right.contains(&o.as_str())) || !ledger.is_empty() {
            wrong += &format!("{}: {right:?}, but {outcomes:?} {ledger:?}\n", case["file"]);
        }
        seen += 1;
    }
    assert!(wrong.is_empty(), "{wrong}");
    seen
}

#[test]
fn walls_of_interfaces_are_no_posts_and_no_deletions() {
    shapes(false);
}

#[test]
fn walls_of_pages_are_no_posts_and_no_deletions() {
    shapes(true);
}

/// The same for walls that are known by their shape.
fn shapes(page_first: bool) {
    let long = "<p>Sign up to see more of it.</p>".repeat(20);
    let walls: [(&str, &str, Answer, &str); 8] = [
        (
            "https://www.instagram.com/p/CPQjO5RIIO9/",
            "instagram",
            Answer::html("<html><head><title>Instagram</title></head><body></body></html>"),
            "login_wall",
        ),
        (
            "https://www.facebook.com/valley/posts/1",
            "facebook",
            Answer::html(
                "<html><title>Facebook</title><body><h2>This content isn't available right now</h2></body></html>",
            ),
            "login_wall",
        ),
        (
            "https://www.tiktok.com/@valley/video/7571863205253778710",
            "tiktok",
            Answer::html("<html><body><script>var _wafchallengeid = 'x'</script></body></html>"),
            "challenge",
        ),
        (
            "https://www.reddit.com/r/valley/comments/7pfpeq/",
            "reddit",
            Answer::with(403, "text/html", "<html><body><h1>whoa there, pardner!</h1></body></html>"),
            "challenge",
        ),
        ("https://t.me/TheValley/7", "telegram", Answer::status(429).field("Retry-After", "1"), "rate_limited"),
        (
            "https://bsky.app/profile/did:plc:abc/post/3k2",
            "bluesky",
            Answer::with(401, "application/json", r#"{"error":"AuthMissing","message":"Authentication Required"}"#),
            "login_wall",
        ),
        ("https://vk.com/wall-1_2", "vk", Answer::redirect(302, "/challenge.html?hash429=x"), "challenge"),
        (
            "https://www.threads.com/@valley/post/Cxyz",
            "threads",
            Answer::html(format!("<html><title>Threads • Log in</title><body>{long}</body></html>")),
            "login_wall",
        ),
    ];
    let mut wrong = String::new();
    for (url, platform, answer, right) in walls.into_iter().filter(|w| is_page_first(w.0, w.1) == page_first) {
        let there = article("The bridge", "It stands again, and nobody says who built it.");
        // A page of TikTok or VK that is not in their own form is their check of robots.
        let before = (page_first && !matches!(platform, "tiktok" | "vk")).then(|| Answer::html(there));
        let (outcomes, ledger) = looked(url, platform, before, &answer);
        if !outcomes.iter().all(|o| o == right) || !ledger.is_empty() {
            wrong += &format!("{url}: {right}, but {outcomes:?} {ledger:?}\n");
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}
