//! What differs from visit to visit without the page saying anything new.

use url::Url;

/// Words that make a number before or after them a counter.
const COUNTED: [&str; 34] = [
    "views",
    "view",
    "reads",
    "shares",
    "share",
    "likes",
    "like",
    "followers",
    "subscribers",
    "online",
    "visitors",
    "hits",
    "claps",
    "comments",
    "replies",
    "aufrufe",
    "ansichten",
    "vues",
    "visitas",
    "visualizações",
    "просмотров",
    "просмотра",
    "просмотр",
    "переглядів",
    "görüntülenme",
    "դիտում",
    "retweets",
    "reposts",
    "upvotes",
    "points",
    "reactions",
    "downloads",
    "plays",
    "watching",
];
/// Units of "5 minutes ago".
const UNITS: [&str; 30] = [
    "second",
    "seconds",
    "sec",
    "secs",
    "minute",
    "minutes",
    "min",
    "mins",
    "hour",
    "hours",
    "hr",
    "hrs",
    "day",
    "days",
    "week",
    "weeks",
    "month",
    "months",
    "year",
    "years",
    "minuten",
    "stunden",
    "stunde",
    "tagen",
    "минут",
    "минуты",
    "часа",
    "часов",
    "дней",
    "heures",
];

/// Folds white space and case-insensitive noise; a number in a sentence stays.
///
/// A short line that is nothing but a counter ("1,204 views") or an age ("5 minutes ago") folds to
/// nothing; inside a longer line only an age does, for a sentence may well be about "14 views".
pub(super) fn fold(text: &str) -> String {
    let words: Vec<&str> = text.split_whitespace().collect();
    let short = words.len() <= 4;
    let mut out: Vec<&str> = Vec::with_capacity(words.len());
    let mut i = 0;
    while i < words.len() {
        let word = bare(words[i]);
        let next = words.get(i + 1).map(|w| bare(w)).unwrap_or_default();
        let after = words.get(i + 2).map(|w| bare(w)).unwrap_or_default();
        let counted = is_count(&word);
        let a = matches!(word.as_str(), "a" | "an" | "one");
        if (counted || a)
            && UNITS.contains(&next.as_str())
            && matches!(after.as_str(), "ago" | "назад" | "temu" | "önce")
        {
            i += 3;
            continue;
        }
        if matches!(word.as_str(), "vor" | "hace") && is_count(&next) && UNITS.contains(&after.as_str()) {
            i += 3;
            continue;
        }
        if short && counted && COUNTED.contains(&next.as_str()) {
            i += 2;
            continue;
        }
        if short && COUNTED.contains(&word.as_str()) && is_count(&next) {
            i += 2;
            continue;
        }
        out.push(words[i]);
        i += 1;
    }
    out.join(" ")
}

fn bare(word: &str) -> String {
    word.trim_matches(|c: char| !c.is_alphanumeric()).to_lowercase()
}

/// `1204`, `1,204`, `1.2k`.
fn is_count(word: &str) -> bool {
    let digits = word.trim_end_matches(['k', 'm', 'b']);
    !digits.is_empty()
        && digits.chars().all(|c| c.is_numeric() || matches!(c, '.' | ','))
        && digits.chars().any(char::is_numeric)
}

/// An address without what changes from visit to visit: fragment, query values that are signatures,
/// times, tokens or cache breakers.
pub(super) fn address(text: &str) -> String {
    let Ok(mut url) = Url::parse(text) else {
        return text.to_owned();
    };
    url.set_fragment(None);
    let kept: Vec<(String, String)> = url
        .query_pairs()
        .filter(|(name, value)| !is_token(&name.to_lowercase(), value))
        .map(|(name, value)| (name.into_owned(), value.into_owned()))
        .collect();
    if kept.is_empty() {
        url.set_query(None);
    } else {
        url.query_pairs_mut().clear().extend_pairs(kept);
    }
    url.into()
}

fn is_token(name: &str, value: &str) -> bool {
    let named = matches!(
        name,
        "token"
            | "sig"
            | "signature"
            | "expires"
            | "expire"
            | "exp"
            | "nonce"
            | "ts"
            | "t"
            | "time"
            | "timestamp"
            | "_"
            | "cb"
            | "cachebuster"
            | "rand"
            | "random"
            | "hash"
            | "hmac"
            | "policy"
            | "key-pair-id"
            | "oe"
            | "oh"
            | "ccb"
            | "v"
            | "ver"
            | "session"
            | "sid"
            | "phpsessid"
            | "jsessionid"
            | "csrf"
            | "_nc_ohc"
            | "_nc_gid"
            | "_nc_sid"
            | "edm"
            | "stp"
            | "efg"
    ) || name.starts_with("utm_")
        || name.starts_with("x-amz-")
        || name.starts_with("x-goog-")
        || name.starts_with("x-expires")
        || name.starts_with("x-signature");
    // "v" names the video on the platform that most people know.
    let video = name == "v" && value.len() == 11;
    named && !video || (value.len() >= 32 && value.bytes().all(|b| b.is_ascii_hexdigit()))
}
