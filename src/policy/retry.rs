//! When a server says to come back, and how long to wait when it does not say.

use std::time::Duration;

use jiff::Timestamp;
use jiff::fmt::{rfc2822, strtime};
use jiff::tz::TimeZone;

use crate::model::Outcome;

/// No server is believed when it asks for more.
pub const LONGEST: Duration = Duration::from_secs(24 * 3600);

/// Reads a `Retry-After`: seconds or an HTTP date. A past date is no wait; what cannot be read, or is
/// negative, is `None`; more than a day is a day.
pub fn retry_after(value: &str, now: Timestamp) -> Option<Duration> {
    let value = value.trim();
    if !value.is_empty() && value.bytes().all(|b| b.is_ascii_digit()) {
        // More digits than a u64 holds is still a number, only a foolish one.
        return Some(value.parse().map_or(LONGEST, Duration::from_secs).min(LONGEST));
    }
    http_date(value).map(|at| until(at, now))
}

/// Reads a `RateLimit-Reset` or `X-RateLimit-Reset`: seconds to go, seconds or milliseconds since 1970, or a time.
pub fn rate_limit_reset(value: &str, now: Timestamp) -> Option<Duration> {
    let value = value.trim();
    if !value.is_empty() && value.bytes().all(|b| b.is_ascii_digit() || b == b'.') {
        let number: f64 = value.parse().ok()?;
        // Nobody means "in 31 years": from here on it is a point in time.
        return match number {
            n if n < 1e9 => Some(Duration::try_from_secs_f64(n).unwrap_or(LONGEST).min(LONGEST)),
            n => {
                let seconds = if n >= 1e11 { n / 1e3 } else { n };
                #[expect(clippy::cast_precision_loss, reason = "seconds since 1970 are far below 2^53")]
                let wait = seconds - now.as_second() as f64;
                Some(Duration::try_from_secs_f64(wait.max(0.0)).unwrap_or(LONGEST).min(LONGEST))
            }
        };
    }
    value.parse::<Timestamp>().ok().or_else(|| http_date(value)).map(|at| until(at, now))
}

/// The three forms of RFC 9110 5.6.7; the two old ones are still sent.
pub fn http_date(value: &str) -> Option<Timestamp> {
    let value = value.trim();
    if value.len() > 64 {
        return None;
    }
    static PARSER: rfc2822::DateTimeParser = rfc2822::DateTimeParser::new().relaxed_weekday(true);
    if let Ok(at) = PARSER.parse_timestamp(value) {
        return Some(at);
    }
    ["%A, %d-%b-%y %H:%M:%S GMT", "%a %b %e %H:%M:%S %Y"].iter().find_map(|form| {
        let time = strtime::parse(form, value).ok()?.to_datetime().ok()?;
        Some(time.to_zoned(TimeZone::UTC).ok()?.timestamp())
    })
}

fn until(at: Timestamp, now: Timestamp) -> Duration {
    Duration::try_from(at.duration_since(now)).unwrap_or(Duration::ZERO).min(LONGEST)
}

/// The longest wait before try `attempt + 1`: doubles with each attempt, up to an hour.
pub fn backoff_bound(outcome: Outcome, attempt: u32) -> Duration {
    let base = match outcome {
        Outcome::RateLimited => 20,
        Outcome::ServerError | Outcome::DnsFailed => 10,
        _ => 5,
    };
    let doublings = attempt.saturating_sub(1).min(16);
    Duration::from_secs((base << doublings).min(3600))
}

/// How long to wait before the next try: anywhere up to [`backoff_bound`] (full jitter, so that jobs that
/// failed together do not come back together), decided by `seed` alone.
pub fn backoff(outcome: Outcome, attempt: u32, seed: u64) -> Duration {
    let bound = u64::try_from(backoff_bound(outcome, attempt).as_millis()).unwrap_or(u64::MAX);
    Duration::from_millis(mix(seed ^ u64::from(attempt) << 48) % (bound + 1))
}

/// The finaliser of splitmix64: every bit of the seed moves every bit of the result.
fn mix(seed: u64) -> u64 {
    let mut z = seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}
