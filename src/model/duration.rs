//! How durations are written and read, wherever people write them.

use std::time::Duration;

const DURATIONS: [(&str, u64); 6] =
    [("w", 604_800_000), ("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1000), ("ms", 1)];

const LONG_NAMES: [(&str, &str); 14] = [
    ("week", "w"),
    ("weeks", "w"),
    ("day", "d"),
    ("days", "d"),
    ("hour", "h"),
    ("hours", "h"),
    ("min", "m"),
    ("minute", "m"),
    ("minutes", "m"),
    ("sec", "s"),
    ("second", "s"),
    ("seconds", "s"),
    ("millisecond", "ms"),
    ("milliseconds", "ms"),
];

/// Writes a duration exactly to the millisecond: `2h 30m`.
pub fn duration(length: Duration) -> String {
    let mut rest = u64::try_from(length.as_millis()).unwrap_or(u64::MAX);
    let mut parts = Vec::new();
    for (unit, factor) in &DURATIONS[1..] {
        if rest >= *factor {
            parts.push(format!("{}{unit}", rest / factor));
            rest %= factor;
        }
    }
    if parts.is_empty() { "0s".into() } else { parts.join(" ") }
}

/// Reads `10s`, `6 h`, `2h 30m`, `7 days`; a bare `0` is zero, any other number needs a unit.
pub fn parse_duration(text: &str) -> Option<Duration> {
    let mut rest = text.trim();
    if rest.is_empty() {
        return None;
    }
    if rest.trim_start_matches('0').is_empty() {
        return Some(Duration::ZERO);
    }
    let mut total = 0u64;
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit()).filter(|n| *n > 0)?;
        let number: u64 = rest[..digits].parse().ok()?;
        rest = rest[digits..].trim_start();
        let letters = rest.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(rest.len());
        let unit = &rest[..letters];
        let unit = LONG_NAMES.iter().find(|(long, _)| *long == unit).map_or(unit, |(_, short)| short);
        let factor = DURATIONS.iter().find(|(name, _)| *name == unit)?.1;
        total = total.checked_add(number.checked_mul(factor)?)?;
        rest = rest[letters..].trim_start();
    }
    Some(Duration::from_millis(total))
}
