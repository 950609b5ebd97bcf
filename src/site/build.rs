//! Making posts out of what platforms say: times, counts, media, words.

use jiff::Timestamp;
use serde_json::Value;
use url::Url;

use super::json::Ask;
use crate::extract::markup;
use crate::model::post::{
    Count, CountKind, Mention, Note, NoteKind, PostMedia, PostMediaKind, PostMediaState, Rendition,
};
use crate::model::{Actor, Post, PostKey, Precision, When, ZoneSource};
use crate::policy::media::media_identity;

/// Longer texts are cut.
const MAX_TEXT: usize = 400_000;

/// A time as it is written in data.
pub(super) fn written(raw: Option<&str>, source: &str) -> Option<When> {
    let raw = raw?.trim();
    // The form of RFC 3339 first: it is that of nearly all, and known to the last digit.
    if let Ok(at) = raw.parse::<Timestamp>() {
        return Some(When {
            raw: raw.to_owned(),
            at: Some(at),
            precision: Precision::Second,
            zone: ZoneSource::Stated,
            source: source.to_owned(),
        });
    }
    // `Tue Oct 22 20:59:36 +0000 2024`
    if let Some(at) = jiff::fmt::strtime::parse("%a %b %d %H:%M:%S %z %Y", raw).ok().and_then(|t| t.to_timestamp().ok())
    {
        let raw = raw.to_owned();
        let (precision, zone) = (Precision::Second, ZoneSource::Stated);
        return Some(When { raw, at: Some(at), precision, zone, source: source.to_owned() });
    }
    if let Some(when) = markup::when(raw, source) {
        return Some(When { raw: raw.chars().take(100).collect(), ..when });
    }
    (!raw.is_empty() && markup::is_relative(raw)).then(|| relative(raw, source))
}

/// A time that is told as so long ago.
pub(super) fn relative(raw: &str, source: &str) -> When {
    let raw = raw.chars().take(60).collect();
    When { raw, at: None, precision: Precision::Relative, zone: ZoneSource::Assumed, source: source.to_owned() }
}

/// Seconds since 1970; a number too large for that counts in thousandths.
pub(super) fn epoch(value: &Value, source: &str) -> Option<When> {
    let seconds = match value {
        Value::Number(n) => n.as_f64()?,
        Value::String(s) => s.trim().parse().ok()?,
        _ => return None,
    };
    if !seconds.is_finite() || seconds <= 0.0 {
        return None;
    }
    let ms = if seconds > 1e11 { seconds } else { seconds * 1_000.0 };
    let raw = match value {
        Value::String(s) => s.trim().to_owned(),
        other => other.to_string(),
    };
    Some(When { raw, ..instant(ms.round() as i64, source)? })
}

/// Milliseconds since 1970.
pub(super) fn instant(ms: i64, source: &str) -> Option<When> {
    let at = Timestamp::from_millisecond(ms).ok()?;
    let (precision, zone) = (Precision::Second, ZoneSource::Stated);
    Some(When { raw: at.to_string(), at: Some(at), precision, zone, source: source.to_owned() })
}

/// Puts an exact count.
pub(super) fn count(counts: &mut Vec<Count>, kind: CountKind, value: Option<u64>) {
    if let Some(value) = value {
        counts.push(Count { kind, value, granularity: 1, label: None });
    }
}

/// Puts a count as people read it: `1.3K`, `2 805 members`, `4,586,491`.
pub(super) fn shown_count(counts: &mut Vec<Count>, kind: CountKind, text: &str, label: Option<&str>) {
    if let Some((value, granularity)) = number(text) {
        counts.push(Count { kind, value, granularity, label: label.map(str::to_owned) });
    }
}

/// A number as people read it, and how fine it is.
pub(super) fn number(text: &str) -> Option<(u64, u64)> {
    let text = text.trim();
    let from = text.find(|c: char| c.is_ascii_digit())?;
    let mut digits = String::new();
    let mut rest = &text[from..];
    // Points, commas and spaces part thousands where three digits follow, and else the fraction.
    let mut fraction: Option<usize> = None;
    while let Some(c) = rest.chars().next() {
        let after = &rest[c.len_utf8()..];
        if c.is_ascii_digit() {
            digits.push(c);
            fraction = fraction.map(|n| n + 1);
        } else if matches!(c, '.' | ',' | ' ' | '\u{a0}' | '\u{202f}' | '\'' | '’')
            && after.starts_with(|c: char| c.is_ascii_digit())
        {
            let following = after.bytes().take_while(u8::is_ascii_digit).count();
            if following == 3 && fraction.is_none() {
                // A thousand, unless a sign for thousands follows: `1.234K`.
                let behind = after[3..].trim_start();
                if matches!(c, '.' | ',') && magnitude(behind).is_some() {
                    fraction = Some(0);
                }
            } else if matches!(c, '.' | ',') && fraction.is_none() {
                fraction = Some(0);
            } else {
                break;
            }
        } else {
            break;
        }
        rest = after;
        if digits.len() > 15 {
            return None;
        }
    }
    let value: u64 = digits.parse().ok()?;
    let scale = magnitude(rest.trim_start()).unwrap_or(1);
    let divisor = 10u64.checked_pow(u32::try_from(fraction.unwrap_or(0)).ok()?)?;
    if scale == 1 && fraction.is_some() {
        return Some((value / divisor, 1));
    }
    let granularity = (scale / divisor).max(1);
    Some((value.checked_mul(scale)? / divisor, granularity))
}

fn magnitude(text: &str) -> Option<u64> {
    let word: String = text.chars().take_while(|c| c.is_alphabetic()).collect::<String>().to_lowercase();
    match word.as_str() {
        "k" | "к" | "тыс" | "тис" | "mil" | "rb" => Some(1_000),
        "m" | "м" | "млн" | "mio" | "mln" | "jt" => Some(1_000_000),
        "b" | "млрд" | "mrd" => Some(1_000_000_000),
        _ => None,
    }
}

/// An address without what signs it: by this a medium is the same at every look.
pub(super) fn identity(url: &str) -> String {
    media_identity(url)
}

/// A medium at an address.
pub(super) fn media(kind: PostMediaKind, url: impl Into<String>) -> PostMedia {
    let url = url.into();
    PostMedia { identity: identity(&url), renditions: vec![Rendition::of(url)], ..bare(kind) }
}

/// A medium of several renditions, the best first.
pub(super) fn rendered(kind: PostMediaKind, renditions: Vec<Rendition>) -> Option<PostMedia> {
    let first = renditions.first()?;
    Some(PostMedia { identity: identity(&first.url), renditions, ..bare(kind) })
}

/// A medium without an address.
pub(super) fn bare(kind: PostMediaKind) -> PostMedia {
    PostMedia {
        kind,
        identity: String::new(),
        renditions: Vec::new(),
        poster: None,
        alt: String::new(),
        title: None,
        duration_ms: None,
        expected: None,
        state: PostMediaState::Offered,
    }
}

/// What a medium is, by its media type.
pub(super) fn kind_of(mime: &str) -> PostMediaKind {
    match mime.split('/').next().unwrap_or("").trim() {
        "image" => PostMediaKind::Image,
        "video" => PostMediaKind::Video,
        "audio" => PostMediaKind::Audio,
        _ => PostMediaKind::Document,
    }
}

/// Pixels.
pub(super) fn pixels(value: Option<u64>) -> Option<u32> {
    value.and_then(|n| u32::try_from(n).ok()).filter(|n| *n > 0)
}

/// Puts the words of a piece of markup into a post. Markup shown by the fediverse hides parts of addresses; they count.
pub(super) fn say_html(post: &mut Post, html: &str, base: &Url, rule: &str) {
    let shown;
    let html = if html.contains("invisible") {
        shown = html.replace("class=\"invisible\"", "");
        shown.as_str()
    } else {
        html
    };
    let piece = markup::piece(html, base);
    put_piece(post, piece, rule);
}

/// Puts what was read of a piece.
pub(super) fn put_piece(post: &mut Post, piece: markup::Piece, rule: &str) {
    post.text = piece.text;
    post.blocks = piece.blocks;
    post.links.extend(piece.links);
    if piece.cut {
        cut(post, "the text is longer than what is kept of one");
    }
    if !post.text.is_empty() {
        post.sources.set("text", rule);
    }
}

/// Puts plain words into a post, their line breaks kept.
pub(super) fn say_plain(post: &mut Post, text: &str, rule: &str) {
    if text.len() > MAX_TEXT {
        cut(post, "the text is longer than what is kept of one");
    }
    let text = text.get(..text.floor_char_boundary(MAX_TEXT)).unwrap_or("");
    let lines = text.lines().map(|line| line.chars().filter(|c| !c.is_control() || *c == '\t').collect::<String>());
    let lines: Vec<String> = lines.map(|line| line.trim_end().to_owned()).collect();
    lines.join("\n").trim().clone_into(&mut post.text);
    if !post.text.is_empty() {
        post.sources.set("text", rule);
    }
}

/// Notes that a limit bit.
pub(super) fn cut(post: &mut Post, detail: &str) {
    post.notes.push(Note { kind: NoteKind::Cut, detail: detail.to_owned() });
}

/// A text of data with its character references undone, on one line; empty is none.
pub(super) fn plain(text: Option<&str>) -> Option<String> {
    text.map(markup::plain).filter(|t| !t.is_empty())
}

/// An account with a handle.
pub(super) fn actor(key: PostKey, handle: Option<&str>, name: Option<&str>, url: Option<String>) -> Actor {
    let handle = handle.map(|h| h.trim().trim_start_matches('@').to_owned()).filter(|h| !h.is_empty());
    Actor { handle, name: plain(name), url, ..Actor::new(key) }
}

/// Somebody who is named.
pub(super) fn mention(handle: &str, id: Option<String>, url: Option<String>) -> Option<Mention> {
    let handle = handle.trim().trim_start_matches('@').to_owned();
    (!handle.is_empty() && handle.len() <= 200).then_some(Mention { handle, id, url })
}

/// Notes links of plain words: what begins with http.
pub(super) fn link(post: &mut Post, url: &str, text: &str) {
    if post.links.len() >= 500 || post.links.iter().any(|l| l.url == url) {
        return;
    }
    if Url::parse(url).is_ok_and(|u| matches!(u.scheme(), "http" | "https")) {
        post.links.push(crate::model::Link {
            url: url.to_owned(),
            text: text.chars().take(200).collect(),
            rel: String::new(),
            place: crate::model::LinkPlace::Content,
            context: String::new(),
        });
    }
}

/// A list of texts, each once.
pub(super) fn texts(values: &[Value], path: &str) -> Vec<String> {
    let mut out: Vec<String> = Vec::new();
    for value in values.iter().take(200) {
        let text = if path.is_empty() { value.as_str().map(str::trim) } else { value.s(path) };
        if let Some(text) = text.filter(|t| !t.is_empty() && !out.iter().any(|o| o == t)) {
            out.push(text.trim_start_matches('#').to_owned());
        }
    }
    out
}
