//! What the site shows in each of its three acts, and what that changes: as data, so that the demonstration can
//! hold its own words against the catalogue.

use crate::model::Outcome;

/// The acts.
pub(super) const ACTS: std::ops::RangeInclusive<u8> = 1..=3;

/// The URLs that the demonstration watches, with what each is.
pub(super) const WATCHED: [(&str, &str); 8] = [
    ("/", "the front page"),
    ("/2021/05/the-old-bridge/", "an article with comments in four scripts"),
    ("/notice-about-the-water/", "a notice whose words are edited later"),
    ("/statement-on-the-quarry/", "a statement that is deleted later"),
    ("/channel/", "a channel with photos"),
    ("/gallery/", "a gallery with a picture that is replaced under its name"),
    ("/feed.xml", "a feed"),
    ("/members/", "a page behind a bot check"),
];

/// What an act changes in what a URL shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// It is seen for the first time.
    First,
    /// It says what it said.
    Same,
    /// In one line some words stand in place of others, and nothing else differs.
    Edited {
        /// Words that were there, and those that are there now.
        words: &'static [(&'static str, &'static str)],
    },
    /// A comment was added, and nothing else differs.
    CommentAdded {
        /// Name of who wrote it.
        author: &'static str,
        /// What it says.
        text: &'static str,
    },
    /// A comment was removed, and nothing else differs.
    CommentRemoved {
        /// Name of who wrote it.
        author: &'static str,
        /// What it said.
        text: &'static str,
    },
    /// A picture has other octets under the same name.
    PictureReplaced {
        /// Its path.
        path: &'static str,
    },
    /// The page is gone.
    Deleted,
    /// A bot check stands in front of it.
    Challenge,
}

/// What is to be found when a URL is archived in an act.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Expected {
    /// Path of the URL.
    pub path: &'static str,
    /// The outcome.
    pub outcome: Outcome,
    /// What changed since the act before.
    pub change: Change,
}

/// What is to be found in an act, for every watched URL.
pub fn expected(act: u8) -> Vec<Expected> {
    WATCHED
        .iter()
        .map(|(path, _)| {
            let (outcome, change) = match (*path, act) {
                ("/members/", _) => (Outcome::Challenge, Change::Challenge),
                (_, 1) => (Outcome::Captured, Change::First),
                ("/notice-about-the-water/", 2) => (
                    Outcome::Captured,
                    Change::Edited {
                        words: &[("must not", "may"), ("until further notice", "after boiling"), ("92", "29")],
                    },
                ),
                ("/notice-about-the-water/", 3) => {
                    (Outcome::Captured, Change::Edited { words: &[("after boiling", "again"), ("29", "9")] })
                }
                ("/2021/05/the-old-bridge/", 2) => (
                    Outcome::Captured,
                    Change::CommentAdded {
                        author: "Baker of the eastern bank",
                        text: "I pay for the lamps. Good night, Vardan.",
                    },
                ),
                ("/2021/05/the-old-bridge/", 3) => (
                    Outcome::Captured,
                    Change::CommentRemoved {
                        author: "ليلى", text: "جسر جميل. سأزوره في الصيف إن شاء الله."
                    },
                ),
                ("/gallery/", _) => (Outcome::Captured, Change::PictureReplaced { path: "/photos/today.jpg" }),
                ("/statement-on-the-quarry/", 3) => (Outcome::Gone, Change::Deleted),
                _ => (Outcome::Unchanged, Change::Same),
            };
            Expected { path, outcome, change }
        })
        .collect()
}

/// One answer of the site.
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) media_type: &'static str,
    pub(super) body: Vec<u8>,
    /// Whether an ETag goes with it, so that it can be confirmed by 304.
    pub(super) validator: bool,
}

/// What is answered for a path in an act.
pub(super) fn answer(path: &str, act: u8, base: &str) -> Answer {
    let html = |status, text: &str, validator| Answer {
        status,
        media_type: "text/html; charset=UTF-8",
        body: staged(text, act, base).into_bytes(),
        validator,
    };
    let file = |media_type, bytes: &[u8]| Answer { status: 200, media_type, body: bytes.to_vec(), validator: true };
    match path {
        "/" => html(200, include_str!("pages/index.html"), true),
        "/2021/05/the-old-bridge/" => html(200, include_str!("pages/article.html"), true),
        "/notice-about-the-water/" => html(200, include_str!("pages/notice.html"), true),
        "/statement-on-the-quarry/" if act >= 3 => html(410, include_str!("pages/gone.html"), false),
        "/statement-on-the-quarry/" => html(200, include_str!("pages/statement.html"), true),
        "/channel/" => html(200, include_str!("pages/channel.html"), true),
        // No validator: with a 304 for the page nobody would look at its pictures again.
        "/gallery/" => html(200, include_str!("pages/gallery.html"), false),
        "/members/" => html(403, include_str!("pages/challenge.html"), false),
        "/feed.xml" => {
            file("application/rss+xml; charset=UTF-8", staged(include_str!("pages/feed.xml"), act, base).as_bytes())
        }
        "/style.css" => file("text/css; charset=UTF-8", include_bytes!("pages/style.css")),
        "/robots.txt" => file("text/plain; charset=UTF-8", b"User-agent: *\nDisallow: /office/\n"),
        "/photos/bridge.jpg" => file("image/jpeg", include_bytes!("pages/bridge.jpg")),
        "/photos/church.jpg" => file("image/jpeg", include_bytes!("pages/church.jpg")),
        "/photos/lake.jpg" => file("image/jpeg", include_bytes!("pages/lake.jpg")),
        "/photos/market.png" => file("image/png", include_bytes!("pages/market.png")),
        "/photos/today.jpg" if act == 2 => file("image/jpeg", include_bytes!("pages/today-2.jpg")),
        "/photos/today.jpg" => file("image/jpeg", include_bytes!("pages/today-1.jpg")),
        _ => html(404, include_str!("pages/missing.html"), false),
    }
}

/// Keeps the lines of an act: `%%12 ` before a line means acts 1 and 2 only.
fn staged(text: &str, act: u8, base: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let digit = char::from(b'0' + act % 10);
    for line in text.lines() {
        let line = match line.strip_prefix("%%").and_then(|rest| rest.split_once(' ')) {
            Some((acts, line)) if acts.contains(digit) => line,
            Some(_) => continue,
            None => line,
        };
        out.push_str(line);
        out.push('\n');
    }
    out.replace("{{BASE}}", base).replace("{{ACT}}", &(11 * u32::from(act)).to_string())
}
