//! What looks over time say: deletions are confirmed, outages and flapping pages are none.

use jiff::{SignedDuration, Timestamp};

use super::cadence::CONFIRM;
use super::presence::*;
use crate::model::{Manner, Outcome, Presence, SnapshotId};

const MINUTE: i64 = 60;
const DAY: i64 = 86_400;

fn at(seconds: i64) -> Timestamp {
    "2026-01-01T00:00:00Z".parse::<Timestamp>().unwrap().checked_add(SignedDuration::from_secs(seconds)).unwrap()
}

/// The steps that looks at these times make.
fn steps(looks: &[(i64, Sight)]) -> Vec<(i64, Presence)> {
    let (mut standing, mut out) = (None, Vec::new());
    for (seconds, sight) in looks {
        if let Some((now, step)) = look(standing.as_ref(), Some((SnapshotId(1), at(-DAY))), *sight, at(*seconds), true)
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
    assert_eq!(steps(&looks), [(0, Presence::Suspect), (5 * MINUTE, Presence::Missing), (14 * DAY, Presence::Gone)]);
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

#[test]
fn a_medium_is_gone_by_what_says_so_and_nothing_else() {
    for (status, manner) in [(404, Manner::NotFound), (410, Manner::Gone), (451, Manner::Legal)] {
        assert_eq!(of_medium(Some(status)), Sight::NotThere(manner));
    }
    for status in [200, 204, 301, 304, 400, 401, 403, 405, 429, 500, 502, 503, 504] {
        assert_eq!(of_medium(Some(status)), Sight::Unknown, "{status}");
    }
    assert_eq!(of_medium(None), Sight::Unknown);
}

#[test]
fn what_is_suspect_is_looked_for_at_the_times_that_confirm_it_and_what_is_gone_is_not() {
    let (mut standing, mut asked) = (look(None, None, NO, at(0), true).unwrap().0, vec![]);
    for minute in 1..=20 * 24 * 60 {
        if is_to_confirm(&standing, at(minute * MINUTE)) {
            asked.push(minute * MINUTE);
            standing = look(Some(&standing), None, NO, at(minute * MINUTE), true).unwrap().0;
        }
    }
    assert_eq!(asked, CONFIRM);
    assert_eq!(standing.state, Presence::Gone);
    let (back, _) = look(Some(&standing), None, Sight::There, at(30 * DAY), true).unwrap();
    assert!(!is_to_confirm(&back, at(60 * DAY)));
}
