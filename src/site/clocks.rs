//! Identifiers that carry a clock, beside the times that posts state. A far difference is noted, never mended: it may be
//! a clock set wrong, a post that was made elsewhere first, or one that is dated back.

use super::build;
use crate::model::post::{Note, NoteKind};
use crate::model::{Platform, Post, Precision};

/// So far the two may be apart.
const TOLERANCE_S: i64 = 60;

/// Milliseconds since 1970 that the identifier of a post tells.
pub(super) fn of(platform: Platform, id: &str) -> Option<i64> {
    let number = || id.parse::<u64>().ok();
    let ms = match platform {
        // Numbers before November 2010 counted one by one.
        Platform::X => (number().filter(|n| *n > 1 << 40)? >> 22) + 1_288_834_974_657,
        // Instances of old date have small numbers, as do programs that only speak the interface.
        Platform::Mastodon => number().filter(|n| *n > 1 << 56)? >> 16,
        Platform::TikTok => (number().filter(|n| *n > 1 << 60)? >> 32) * 1_000,
        Platform::Bluesky => tid(id)? / 1_000,
        Platform::Instagram => (number().filter(|n| *n > 1 << 50)? >> 23) + 1_314_220_021_721,
        _ => return None,
    };
    i64::try_from(ms).ok()
}

/// Microseconds since 1970 of a TID: 13 signs of sortable base 32, the clock above ten bits of its writer.
pub(super) fn tid(text: &str) -> Option<u64> {
    const SIGNS: &[u8; 32] = b"234567abcdefghijklmnopqrstuvwxyz";
    if text.len() != 13 {
        return None;
    }
    let mut value: u64 = 0;
    for (n, sign) in text.bytes().enumerate() {
        let five = SIGNS.iter().position(|s| *s == sign)? as u64;
        if n == 0 && five > 15 {
            return None;
        }
        value = value << 5 | five;
    }
    Some(value >> 10)
}

/// Compares, and fills in the time that only the identifier tells.
pub(super) fn check(posts: &mut [Post]) {
    for post in posts {
        let Some(ms) = of(post.key.platform, clock_id(post)) else { continue };
        let Some(created) = &post.created else {
            post.created = build::instant(ms, "id");
            post.sources.set("created", "id");
            continue;
        };
        // What is told more coarsely than the tolerance is not compared.
        let (Some(at), Precision::Second | Precision::Minute) = (created.at, created.precision) else { continue };
        let apart = (at.as_millisecond() - ms) / 1_000;
        if apart.abs() > TOLERANCE_S {
            let way = if apart < 0 { "before" } else { "after" };
            let detail = format!("the time it states is {} s {way} the clock in its identifier", apart.unsigned_abs());
            post.notes.push(Note { kind: NoteKind::IdClock, detail });
        }
    }
}

/// Where the number with the clock stands: of Instagram behind the code.
fn clock_id(post: &Post) -> &str {
    match post.key.platform {
        Platform::Bluesky => post.key.id.rsplit('/').next().unwrap_or(""),
        _ => &post.key.id,
    }
}
