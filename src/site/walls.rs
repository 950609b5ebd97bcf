//! Walls that are the same on many platforms, told by where the answer came from, its head and its first words: before
//! anything is read. Bodies are looked at as octets, and only so far as walls are long.

use super::Answer;
use super::answer::is_below;
use crate::model::{Finding, Verdict};

/// A wall is shorter than this; words of walls in longer answers are part of something else.
const SHORT: usize = 60_000;

/// The wall that an answer is, if it is one of those that any platform may have.
pub(super) fn general(answer: &Answer<'_>) -> Option<Verdict> {
    let wall = |finding, reason: &str| Some(Verdict::of(finding, reason));
    let host = answer.url.host_str().unwrap_or("");
    let path = answer.url.path().to_ascii_lowercase();
    if answer.status == 304 {
        return wall(Finding::NotModified, "the server says that it is as it was (304)");
    }
    if host.starts_with("consent.") && is_below(host, &["youtube.com", "google.com", "yahoo.com"])
        || answer.header("location").is_some_and(|l| l.starts_with("https://consent."))
    {
        return wall(Finding::ConsentWall, "a question for consent answers in its place");
    }
    if answer.header("cf-mitigated").is_some_and(|v| v.eq_ignore_ascii_case("challenge"))
        || answer.header("x-amzn-waf-action").is_some()
    {
        return wall(Finding::Challenge, "the head of the answer says that it is a bot check");
    }
    if path.ends_with("/challenge.html") || path.ends_with("/badbrowser.php") || path.starts_with("/sorry/index") {
        return wall(Finding::Challenge, "sent to a bot check");
    }
    let begins = |way: &str| path == way || path.strip_prefix(way).is_some_and(|rest| rest.starts_with(['/', '.']));
    if ["/login", "/accounts/login", "/checkpoint", "/i/flow/login", "/authwall", "/users/sign_in", "/signin"]
        .iter()
        .any(|way| begins(way))
    {
        return wall(Finding::LoginWall, "sent to a page to log in");
    }
    if answer.status == 429 {
        return wall(Finding::RateLimited, "asked to come back later (429)");
    }
    if answer.status == 503 && answer.header("retry-after").is_some() {
        return wall(Finding::RateLimited, "asked to come back later (503 with Retry-After)");
    }
    by_words(answer)
}

fn by_words(answer: &Answer<'_>) -> Option<Verdict> {
    if answer.body.len() > SHORT || !answer.is_html() {
        return None;
    }
    let text = String::from_utf8_lossy(answer.body).to_lowercase();
    let says = |words: &[&'static str]| -> Option<&'static str> { words.iter().find(|w| text.contains(**w)).copied() };
    let checks = [
        "whoa there, pardner",
        "you've been blocked by network security",
        "blocked by network security",
        "_wafchallengeid",
        "<title>just a moment...</title>",
        "cf-browser-verification",
        "captcha-delivery.com",
        "<title>attention required! | cloudflare</title>",
        "anubis_challenge",
    ];
    if let Some(words) = says(&checks) {
        return Some(Verdict::of(Finding::Challenge, format!("a bot check answers: {words:?}")));
    }
    // Forms to log in stand on many pages beside what they say; on these they stand in its place.
    let meta = is_below(answer.url.host_str().unwrap_or(""), &["facebook.com", "instagram.com"]);
    if meta && !text.contains("og:description") && says(&["id=\"login_form\"", "id=\"loginform\""]).is_some() {
        return Some(Verdict::of(Finding::LoginWall, "a form to log in stands in its place"));
    }
    None
}

/// What the status alone says.
pub(super) fn by_status(answer: &Answer<'_>) -> Verdict {
    match answer.status {
        200..=299 => Verdict::ok(),
        301 | 302 | 303 | 307 | 308 => {
            Verdict::of(Finding::Moved, format!("sent to {}", answer.header("location").unwrap_or("nowhere")))
        }
        401 => Verdict::perhaps(Finding::LoginWall, "the server asks who wants to know (401)"),
        403 => Verdict::perhaps(Finding::LoginWall, "the server refuses (403)"),
        404 => Verdict::perhaps(Finding::GoneUnknown, "the server says that there is nothing (404)"),
        410 => Verdict::of(Finding::GoneUnknown, "the server says that it was removed (410)"),
        451 => Verdict::of(Finding::AgeOrGeoWall, "the server says that the law forbids to show it (451)"),
        429 => Verdict::of(Finding::RateLimited, "asked to come back later (429)"),
        500.. => Verdict::of(Finding::ServerError, format!("the server failed ({})", answer.status)),
        other => Verdict::of(Finding::ParseError, format!("status {other} says nothing about it")),
    }
}
