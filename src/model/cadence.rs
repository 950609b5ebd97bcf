//! When a watch is looked at, as people write it: `adaptive`, `6h`, `30 7 * * 1-5 Europe/Berlin`.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use jiff::civil::DateTime;
use jiff::tz::{AmbiguousOffset, TimeZone};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::duration::{duration, parse_duration};
use super::outcome::closed_list;

/// The shortest interval; what is looked at more often is no archive but a load test.
const SHORTEST: Duration = Duration::from_secs(1);
/// The longest interval: ten years.
const LONGEST: Duration = Duration::from_secs(3650 * 86_400);

closed_list! {
    /// How a due time ended. Every due time ends in one of these ways.
    DueEnd {
        Ran = "ran": "The look was begun at its time, within five minutes.",
        Late = "late": "The look was begun more than five minutes after its time.",
        Skipped = "skipped": "There was no look, and that was meant: the reason says why.",
        Missed = "missed": "There was no look, because keepfast was not running.",
    }
}

closed_list! {
    /// Why a due time was skipped.
    SkipReason {
        Paused = "paused": "The watch was paused.",
        Removed = "removed": "The watch was removed, or its entry has left the configuration file or the list.",
        Rescheduled = "rescheduled": "The watch was given other times.",
        Sooner = "sooner": "A look that was asked for by hand made a sooner one better.",
        Hastened = "hastened": "The list that names it does not show it where it stood: it was looked at at once.",
        Budget = "budget": "The host had been sent all the requests of its budget.",
        Waiting = "waiting": "The look before was still waiting for its host, or under way.",
    }
}

/// When a watch is looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Cadence {
    /// As often as the page changes: `policy::cadence` says how.
    Adaptive,
    /// At equal intervals, each watch at a phase of its own.
    Interval(Duration),
    /// At set times of the clock of a zone.
    Cron(Cron),
}

/// Five fields (minute, hour, day of the month, month, day of the week) and a time zone.
#[derive(Clone, Debug)]
pub struct Cron {
    fields: String,
    pattern: Box<croner::Cron>,
    zone: TimeZone,
}

impl PartialEq for Cron {
    fn eq(&self, other: &Self) -> bool {
        self.fields == other.fields && self.zone.iana_name() == other.zone.iana_name()
    }
}

impl Eq for Cron {}

impl Cron {
    /// Reads five fields; `zone` is an IANA name. Of both day fields one is enough, as cron has it since Version 7.
    pub fn new(fields: &str, zone: &str) -> Result<Self, String> {
        let fields = fields.split_whitespace().collect::<Vec<_>>().join(" ");
        let parser = croner::parser::CronParser::builder()
            .seconds(croner::parser::Seconds::Disallowed)
            .year(croner::parser::Year::Disallowed)
            .build();
        let pattern =
            parser.parse(&fields).map_err(|why| format!("\"{fields}\" are not five fields of cron: {why}"))?;
        // The one look at a database outside: rules of zones change too often to be built in only. Without one on the
        // machine that of the build is used.
        let zone = TimeZone::get(zone).map_err(|_| {
            format!("\"{zone}\" is not the name of a time zone: take one like \"Europe/Berlin\" or \"UTC\"")
        })?;
        let cron = Self { fields, pattern: Box::new(pattern), zone };
        // Such as the 30th of February.
        match cron.next(Timestamp::UNIX_EPOCH) {
            Some(_) => Ok(cron),
            None => Err(format!("\"{}\" never comes", cron.fields)),
        }
    }

    /// The first moment after `after`. A time that is skipped when clocks go forward comes at the first minute after the
    /// gap; one that comes twice when they go back counts the first time only.
    pub fn next(&self, after: Timestamp) -> Option<Timestamp> {
        let mut civil = self.zone.to_datetime(after);
        // While the clock shows an hour for the second time, all of that hour is past already.
        for _ in 0..10_000 {
            civil = self.pattern.find_next_occurrence(&civil, false).ok()?;
            let at = self.instant(civil)?;
            if at > after {
                return Some(at);
            }
        }
        None
    }

    /// The last moment that is not after `until`.
    pub fn last(&self, until: Timestamp) -> Option<Timestamp> {
        let mut civil = self.zone.to_datetime(until.checked_add(SignedDuration::from_secs(1)).ok()?);
        for _ in 0..10_000 {
            civil = self.pattern.find_previous_occurrence(&civil, false).ok()?;
            let at = self.instant(civil)?;
            if at <= until {
                return Some(at);
            }
        }
        None
    }

    fn instant(&self, civil: DateTime) -> Option<Timestamp> {
        match self.zone.to_ambiguous_timestamp(civil).offset() {
            AmbiguousOffset::Unambiguous { offset } | AmbiguousOffset::Fold { before: offset, .. } => {
                offset.to_timestamp(civil).ok()
            }
            AmbiguousOffset::Gap { before, .. } => {
                let beyond = before.to_timestamp(civil).ok()?.checked_add(SignedDuration::from_secs(1)).ok()?;
                self.zone.preceding(beyond).next().map(|transition| transition.timestamp())
            }
        }
    }
}

impl FromStr for Cadence {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let text = text.trim();
        if text.eq_ignore_ascii_case("adaptive") {
            return Ok(Self::Adaptive);
        }
        let words: Vec<&str> = text.split_whitespace().collect();
        if let [fields @ .., zone] = words.as_slice()
            && fields.len() == 5
        {
            return Cron::new(&fields.join(" "), zone).map(Self::Cron);
        }
        if words.len() == 5 {
            return Cron::new(text, "UTC").map(Self::Cron);
        }
        match parse_duration(text) {
            Some(length) if (SHORTEST..=LONGEST).contains(&length) => Ok(Self::Interval(length)),
            Some(_) => Err("an interval is from 1s to 3650d".to_owned()),
            None => Err("takes \"adaptive\", an interval like \"6h\", or five fields of cron and a time zone like \
                         \"30 7 * * 1-5 Europe/Berlin\""
                .to_owned()),
        }
    }
}

impl fmt::Display for Cadence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Adaptive => f.write_str("adaptive"),
            Self::Interval(length) => f.write_str(&duration(*length)),
            Self::Cron(cron) => write!(f, "{} {}", cron.fields, cron.zone.iana_name().unwrap_or("UTC")),
        }
    }
}

impl Serialize for Cadence {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Cadence {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<str>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

/// What is known of how a watch changes. Kept with the watch.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Pulse {
    /// First sight (of an item: its publication), or the newest change.
    pub since: Timestamp,
    /// The newest look that had content.
    pub seen_at: Option<Timestamp>,
    /// Looks that could have found a change; older ones weigh less.
    pub looks: f64,
    /// Those that did, weighed alike.
    pub changes: f64,
    /// Seconds between them, weighed alike.
    pub observed: f64,
    /// The first of the looks that found nothing there, if the newest did.
    pub absent_since: Option<Timestamp>,
    /// Looks in a row that ended in trouble (walls, faults, no answer).
    pub troubles: u32,
}

impl Pulse {
    /// Of a watch that was not looked at yet.
    pub fn new(since: Timestamp) -> Self {
        Self { since, seen_at: None, looks: 0.0, changes: 0.0, observed: 0.0, absent_since: None, troubles: 0 }
    }
}

/// One or more due times that ended alike.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DueRow {
    /// The due time, or the first of several.
    pub at: Timestamp,
    /// The last of several.
    pub until: Option<Timestamp>,
    /// How many there were.
    pub times: u32,
    /// How they ended.
    pub ended: DueEnd,
    /// Why they were skipped.
    pub reason: Option<SkipReason>,
    /// The due time that followed; `None`: none.
    pub next: Option<Timestamp>,
}

/// What a look means for the schedule of its watch.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Settled {
    /// Due times that ended with it, each once, in order. Empty: the look was asked for by hand.
    pub ended: Vec<DueRow>,
    /// When the watch is to be looked at next; `None`: as was planned.
    pub next: Option<Timestamp>,
    /// The watch has come to its end: it is not looked at again.
    pub over: bool,
    /// The due time in whose place that comes, if it stood with the watch and not in the frontier.
    pub waiting: Option<Timestamp>,
    /// What is known of how it changes.
    pub pulse: Pulse,
}
