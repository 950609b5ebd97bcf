//! Whether something is there, from looks over time. Pure.
//!
//! One look that finds nothing is a suspicion; another that agrees, five minutes or more later, makes it missing; it is gone when
//! looks over the whole time of confirmation agree (`cadence::CONFIRM`: fourteen days, and as many looks as it has steps). One
//! look that finds it ends all that. What says nothing (a wall, a refusal, a fault of the server or of the net) counts neither way, so that
//! no outage, however long, is taken for a deletion.

use jiff::Timestamp;

use super::cadence::CONFIRM;
use crate::model::{Manner, Outcome, Presence, SnapshotId, Standing};

/// What a look found of something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sight {
    /// It is there.
    There,
    /// It is not there.
    NotThere(Manner),
    /// Nobody knows.
    Unknown,
}

/// What a look says of the page itself.
pub fn of_page(outcome: Outcome, status: Option<u16>) -> Sight {
    match outcome {
        Outcome::NotFound => Sight::NotThere(Manner::NotFound),
        Outcome::Gone => Sight::NotThere(Manner::Gone),
        Outcome::Soft404 => Sight::NotThere(Manner::Soft404),
        // RFC 7725: the law forbids to show it. What is refused otherwise may be refused to us alone.
        Outcome::Forbidden if status == Some(451) => Sight::NotThere(Manner::Legal),
        outcome if outcome.is_content() => Sight::There,
        _ => Sight::Unknown,
    }
}

/// When it was last seen.
pub type Seen = Option<(SnapshotId, Timestamp)>;

/// Where something stands after a look, and whether that is a step; `None`: as before. What is only a window on things (a
/// feed) may be missing, but never gone: then `confirms` is false.
pub fn look(
    before: Option<&Standing>,
    seen: Seen,
    sight: Sight,
    at: Timestamp,
    confirms: bool,
) -> Option<(Standing, bool)> {
    match (sight, before) {
        (Sight::Unknown, _) | (Sight::There, None) => None,
        (Sight::There, Some(before)) if before.state == Presence::Present => None,
        (Sight::There, Some(before)) => {
            Some((Standing { state: Presence::Present, checks: 0, ..before.clone() }, true))
        }
        (Sight::NotThere(manner), Some(before)) if before.state != Presence::Present => {
            let checks = before.checks.saturating_add(1);
            let since = at.duration_since(before.missing_since).as_secs();
            let is_confirmed = since >= CONFIRM[CONFIRM.len() - 1] && checks as usize >= CONFIRM.len();
            let state = match before.state {
                Presence::Suspect | Presence::Missing if is_confirmed && confirms => Presence::Gone,
                Presence::Suspect if since >= CONFIRM[0] => Presence::Missing,
                state => state,
            };
            let step = state != before.state || manner != before.manner;
            Some((Standing { state, checks, manner, ..before.clone() }, step))
        }
        (Sight::NotThere(manner), _) => {
            let (last_seen, last_seen_at) = seen.unzip();
            let standing =
                Standing { state: Presence::Suspect, last_seen, last_seen_at, missing_since: at, checks: 1, manner };
            Some((standing, true))
        }
    }
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;

    use super::*;

    const MINUTE: i64 = 60;
    const DAY: i64 = 86_400;

    fn at(seconds: i64) -> Timestamp {
        "2026-01-01T00:00:00Z".parse::<Timestamp>().unwrap().checked_add(SignedDuration::from_secs(seconds)).unwrap()
    }

    /// The steps that looks at these times make.
    fn steps(looks: &[(i64, Sight)]) -> Vec<(i64, Presence)> {
        let (mut standing, mut out) = (None, Vec::new());
        for (seconds, sight) in looks {
            if let Some((now, step)) =
                look(standing.as_ref(), Some((SnapshotId(1), at(-DAY))), *sight, at(*seconds), true)
            {
                if step {
                    out.push((*seconds, now.state));
                }
                standing = Some(now);
            }
        }
        out
    }

    const NO: Sight = Sight::NotThere(Manner::NotFound);

    #[test]
    fn what_is_gone_is_confirmed_over_a_fortnight() {
        let looks: Vec<_> = std::iter::once(0).chain(CONFIRM).map(|t| (t, NO)).collect();
        assert_eq!(
            steps(&looks),
            [(0, Presence::Suspect), (5 * MINUTE, Presence::Missing), (14 * DAY, Presence::Gone)]
        );
    }

    #[test]
    fn a_flapping_page_is_never_gone() {
        let looks: Vec<_> = (0..400).map(|n| (n * DAY / 2, if n % 9 == 8 { Sight::There } else { NO })).collect();
        let made = steps(&looks);
        assert!(made.iter().all(|(_, state)| *state != Presence::Gone), "{made:?}");
        assert!(made.iter().any(|(_, state)| *state == Presence::Present));
    }

    #[test]
    fn an_outage_is_no_deletion_and_does_not_confirm_one() {
        let mut looks: Vec<_> = (0..60).map(|n| (n * DAY, Sight::Unknown)).collect();
        assert_eq!(steps(&looks), []);
        // One 404 in the middle of it: two months are no confirmation, only looks are.
        looks[3].1 = NO;
        looks[50].1 = NO;
        assert_eq!(steps(&looks), [(3 * DAY, Presence::Suspect), (50 * DAY, Presence::Missing)]);
    }

    #[test]
    fn walls_and_faults_say_nothing() {
        for outcome in Outcome::ALL {
            let sight = of_page(*outcome, Some(200));
            let absent = matches!(sight, Sight::NotThere(_));
            assert_eq!(absent, outcome.is_absence(), "{outcome}");
            assert_eq!(sight == Sight::There, outcome.is_content(), "{outcome}");
        }
        assert_eq!(of_page(Outcome::Forbidden, Some(451)), Sight::NotThere(Manner::Legal));
    }

    #[test]
    fn what_came_back_may_go_again() {
        let looks = [(0, NO), (DAY, NO), (2 * DAY, Sight::There), (3 * DAY, Sight::There), (4 * DAY, NO)];
        let states: Vec<_> = steps(&looks).into_iter().map(|(_, state)| state).collect();
        assert_eq!(states, [Presence::Suspect, Presence::Missing, Presence::Present, Presence::Suspect]);
    }
}
