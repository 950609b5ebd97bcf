//! Whether something is there, from looks over time. Pure.
//!
//! One look that finds nothing is a suspicion; another that agrees, five minutes or more later, makes it missing; it is gone when
//! looks over the whole time of confirmation agree (`cadence::CONFIRM`: fourteen days, and as many looks as it has steps). One
//! look that finds it ends all that. What says nothing (a wall, a refusal, a fault of the server or of the net) counts neither way, so that
//! no outage, however long, is taken for a deletion.

use jiff::Timestamp;

use super::cadence::CONFIRM;
use crate::model::{Finding, Manner, Outcome, Presence, SnapshotId, Standing, Verdict};

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
        Outcome::Private => Sight::NotThere(Manner::Private),
        // RFC 7725: the law forbids to show it. What is refused otherwise may be refused to us alone.
        Outcome::Forbidden if status == Some(451) => Sight::NotThere(Manner::Legal),
        outcome if outcome.is_content() => Sight::There,
        _ => Sight::Unknown,
    }
}

/// What an adapter's verdict says beyond the outcome; `None`: nothing more.
pub fn of_verdict(verdict: &Verdict) -> Option<Sight> {
    Some(match verdict.finding {
        Finding::GoneAuthorDeleted => Sight::NotThere(Manner::Author),
        Finding::GoneModerated => Sight::NotThere(Manner::Moderator),
        Finding::GoneAccount if !verdict.ambiguous => Sight::NotThere(Manner::Account),
        Finding::Private => Sight::NotThere(Manner::Private),
        _ => return None,
    })
}

/// What an answer says of a medium that was had before. What is refused may be refused to us alone.
pub fn of_medium(status: Option<u16>) -> Sight {
    match status {
        Some(404) => Sight::NotThere(Manner::NotFound),
        Some(410) => Sight::NotThere(Manner::Gone),
        Some(451) => Sight::NotThere(Manner::Legal),
        _ => Sight::Unknown,
    }
}

/// What is suspect or missing is to be looked for again, to confirm that: five minutes after it was first missing, an hour, and so on.
pub fn is_to_confirm(standing: &Standing, at: Timestamp) -> bool {
    let step = CONFIRM[(standing.checks as usize).saturating_sub(1).min(CONFIRM.len() - 1)];
    matches!(standing.state, Presence::Suspect | Presence::Missing)
        && at.duration_since(standing.missing_since).as_secs() >= step
}

/// What platforms put in the place of what was removed, in lower case.
const PLACEHOLDERS: [&str; 22] = [
    "[deleted]",
    "[removed]",
    "deleted",
    "removed",
    "comment deleted",
    "comment removed",
    "this comment was deleted",
    "this comment has been deleted",
    "this comment was removed",
    "this comment has been removed",
    "this post was deleted",
    "this message was deleted",
    "комментарий удалён",
    "комментарий удален",
    "сообщение удалено",
    "коментар видалено",
    "dieser kommentar wurde gelöscht",
    "dieser kommentar wurde entfernt",
    "ce commentaire a été supprimé",
    "este comentario ha sido eliminado",
    "este comentário foi removido",
    "bu yorum silindi",
];

/// A text says that there was one, and that it was removed.
pub fn is_placeholder(text: &str) -> bool {
    let text = text.trim().trim_end_matches(['.', '!']).to_lowercase();
    PLACEHOLDERS.contains(&text.as_str())
        || (text.len() < 120
            && PLACEHOLDERS
                .iter()
                .skip(6)
                .any(|words| text.strip_prefix(words).is_some_and(|rest| rest.starts_with(" by "))))
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
