//! Values as they are typed: moments, lengths of time, names of closed lists.

use std::time::Duration;

use jiff::Timestamp;

use crate::config::parse_duration;
use crate::model::{EventKind, Outcome, Platform, Presence, WatchState};

/// A time as it is typed: absolute, or an age.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Moment {
    /// That instant.
    At(Timestamp),
    /// So long before now.
    Ago(Duration),
}

impl Moment {
    /// The instant.
    pub fn resolve(self, now: Timestamp) -> Timestamp {
        match self {
            Self::At(at) => at,
            Self::Ago(age) => now.saturating_sub(age).unwrap_or(Timestamp::MIN),
        }
    }
}

pub(super) fn moment(text: &str) -> Result<Moment, String> {
    if let Some(age) = parse_duration(text) {
        return Ok(Moment::Ago(age));
    }
    if let Ok(at) = text.parse::<Timestamp>() {
        return Ok(Moment::At(at));
    }
    let civil = text
        .parse::<jiff::civil::DateTime>()
        .or_else(|_| text.parse::<jiff::civil::Date>().map(|date| date.to_datetime(jiff::civil::Time::midnight())));
    civil.and_then(|civil| civil.to_zoned(jiff::tz::TimeZone::UTC)).map(|zoned| Moment::At(zoned.timestamp())).map_err(
        |_| "write a date (2026-11-23), a time (2026-11-23T08:30Z; UTC unless it says otherwise) or an age (7d)".into(),
    )
}

pub(super) fn outcome(text: &str) -> Result<Outcome, String> {
    let names = || Outcome::ALL.iter().map(|outcome| outcome.as_str()).collect::<Vec<_>>().join(", ");
    Outcome::parse(text).ok_or_else(|| format!("the outcomes are {}", names()))
}

pub(super) fn platform(text: &str) -> Result<Platform, String> {
    let names = || Platform::ALL.iter().map(|platform| platform.as_str()).collect::<Vec<_>>().join(", ");
    Platform::parse(text).ok_or_else(|| format!("the platforms are {}", names()))
}

pub(super) fn presence(text: &str) -> Result<Presence, String> {
    Presence::parse(text).ok_or_else(|| "the states are suspect, missing, gone and present".into())
}

pub(super) fn event_kind(text: &str) -> Result<EventKind, String> {
    let names = || EventKind::ALL.iter().filter(|kind| **kind != EventKind::Test).map(|kind| kind.as_str());
    EventKind::parse(text)
        .filter(|kind| *kind != EventKind::Test)
        .ok_or_else(|| format!("the kinds are {}", names().collect::<Vec<_>>().join(", ")))
}

pub(super) fn state(text: &str) -> Result<WatchState, String> {
    WatchState::parse(text).ok_or_else(|| "the states are active, paused, retired and removed".into())
}
