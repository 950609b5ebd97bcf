//! What people are told of a look. What is told is a step, never a state: a page that stays as it is, gone or blocked, is told once.

use serde_json::{Map, Value, json};

use super::ingest::Reading;
use crate::config::Config;
use crate::model::{Difference, EventKind, Job, Notice, Outcome, Presence, PresenceChange, Settled, Thing};

/// So many looks in a row have to end in trouble before that is told.
const TROUBLES: u32 = 3;
/// Characters of a title or a reason.
const LONG: usize = 300;

/// The notices of a look that is over.
pub(super) fn of(
    job: &Job,
    reading: &Reading,
    presence: &[PresenceChange],
    settled: &Settled,
    config: &Config,
) -> Vec<Notice> {
    let mut told: Vec<(EventKind, Map<String, Value>)> = Vec::new();
    let previous = job.previous.as_ref();
    if let (true, Some(true), Some(previous)) = (reading.outcome.is_content(), reading.changed, previous) {
        let parts = reading.difference.as_ref().map(Difference::what).unwrap_or_default();
        let what = if parts.is_empty() { "the page".to_owned() } else { parts.join(", ") };
        let mut facts = Map::new();
        facts.insert("what".into(), what.into());
        facts.insert("previous".into(), previous.snapshot.0.into());
        told.push((EventKind::Changed, facts));
    }
    told.extend(presence.iter().filter(|change| change.step).map(vanished));
    let (before, now) = (job.pulse.troubles, settled.pulse.troubles);
    let was_blocked = job.last_outcome.is_some_and(is_blocked);
    if is_blocked(reading.outcome) && !was_blocked {
        told.push((EventKind::Blocked, fact("what", reading.outcome.about())));
    } else if now == TROUBLES && before < TROUBLES && !is_blocked(reading.outcome) {
        let mut facts = fact("what", reading.outcome.about());
        facts.insert("troubles".into(), now.into());
        told.push((EventKind::Failing, facts));
    } else if reading.outcome.is_content() && (before >= TROUBLES || was_blocked) {
        let mut facts = fact("what", "There is content again.");
        facts.insert("troubles".into(), before.into());
        told.push((EventKind::Recovered, facts));
    }
    let title = reading.document().and_then(|document| document.title.as_deref()).map(short);
    let notice = |(kind, mut facts): (EventKind, Map<String, Value>)| {
        facts.insert(
            "watch".into(),
            json!({ "number": job.watch.0, "url": job.url, "tags": job.tags, "note": job.note }),
        );
        facts.insert("outcome".into(), reading.outcome.as_str().into());
        facts.insert("reason".into(), reading.failure.as_ref().map(|failure| short(&failure.message)).into());
        facts.insert("title".into(), title.clone().into());
        facts.insert("seen_before_at".into(), job.pulse.seen_at.map(|at| at.to_string()).into());
        Notice { kind, facts, sinks: config.sinks_for(kind, &job.tags) }
    };
    told.into_iter().map(notice).collect()
}

/// Something stands in front of the content, or it is refused to us.
fn is_blocked(outcome: Outcome) -> bool {
    matches!(
        outcome,
        Outcome::LoginWall | Outcome::Challenge | Outcome::ConsentWall | Outcome::Forbidden | Outcome::RobotsRefused
    )
}

fn fact(name: &str, text: &str) -> Map<String, Value> {
    Map::from_iter([(name.to_owned(), text.into())])
}

fn short(text: &str) -> String {
    text.chars().take(LONG).collect()
}

fn vanished(change: &PresenceChange) -> (EventKind, Map<String, Value>) {
    let standing = &change.standing;
    let subject = match change.subject {
        Thing::Page => "the page",
        Thing::Media => "a medium of the page",
        Thing::Comment => "comment",
    };
    let (kind, what) = match standing.state {
        Presence::Present => (EventKind::Reappeared, format!("{subject} is there again")),
        Presence::Gone => (EventKind::Gone, format!("{subject} is gone: {}", standing.manner.about())),
        state => (EventKind::Gone, format!("{subject} is {state}: {}", standing.manner.about())),
    };
    let mut facts = fact("what", &what);
    facts.insert("state".into(), standing.state.as_str().into());
    facts.insert("manner".into(), standing.manner.as_str().into());
    facts.insert("subject".into(), change.subject.as_str().into());
    if change.subject != Thing::Page {
        facts.insert("key".into(), change.key.clone().into());
    }
    facts.insert("label".into(), short(&change.label).into());
    facts.insert("last_seen".into(), standing.last_seen.map(|id| id.0).into());
    facts.insert("last_seen_at".into(), standing.last_seen_at.map(|at| at.to_string()).into());
    facts.insert("missing_since".into(), standing.missing_since.to_string().into());
    facts.insert("checks".into(), standing.checks.into());
    (kind, facts)
}
