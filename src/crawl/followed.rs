//! What came of following a thread over its pages.

use crate::model::{Digest, FollowedPage, Held, MediaLink, Shortfall, Verdict};
use crate::net::Share;

/// A further page as it goes to the records.
#[derive(Debug)]
pub(super) struct Continuation {
    pub page: FollowedPage,
    /// A 304: what the validators stood for.
    pub confirmed: Option<(Digest, Held)>,
}

/// What came of following.
#[derive(Debug, Default)]
pub(super) struct Followed {
    pub pages: Vec<Continuation>,
    /// Why these are not all pages.
    pub shortfall: Option<Shortfall>,
    /// The host wants to be left alone.
    pub limited: bool,
    /// Their media; those of the frame around the texts are on the first page as well.
    pub media: Vec<MediaLink>,
    /// Not all of them say what they said for the last good snapshot.
    pub anew: bool,
    /// What the platform says of comments that are missing, by their identifiers.
    pub told: Vec<(String, Verdict)>,
    /// What was read counts as bodies until it is committed.
    pub shares: Vec<Share>,
}

impl Followed {
    /// Notes why something was not had.
    pub fn note(&mut self, short: Shortfall) {
        // What stood in the way says more than what was not tried.
        let rank = |s: Shortfall| match s {
            Shortfall::Wall => 0,
            Shortfall::Failed => 1,
            Shortfall::Robots => 2,
            Shortfall::Cut => 3,
            Shortfall::Budget => 4,
            Shortfall::Off => 5,
            Shortfall::Claimed => 6,
        };
        if self.shortfall.is_none_or(|now| rank(short) < rank(now)) {
            self.shortfall = Some(short);
        }
    }
}
