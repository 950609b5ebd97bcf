//! The ledger of what vanished: what was there, since when it is not, who saw it.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::SnapshotId;
use super::outcome::closed_list;

closed_list! {
    /// What may vanish.
    Thing {
        Page = "page": "What the URL of a watch is about.",
        Comment = "comment": "A comment of a page, or a post of a thread.",
        Media = "media": "A picture, video or sound of a page.",
    }
}

closed_list! {
    /// Whether something is there.
    Presence {
        Present = "present": "It is there: it had been missing, and came back.",
        Suspect = "suspect": "One look found that it is not there.",
        Missing = "missing": "Several looks found that it is not there, and none that it is.",
        Gone = "gone": "It is confirmed: looks over the whole time that this takes found that it is not there, and none that it is.",
    }
}

closed_list! {
    /// How something is told not to be there.
    Manner {
        NotFound = "not_found": "The server says that there is nothing (404).",
        Gone = "gone": "The server says that it was removed (410).",
        Soft404 = "soft_404": "The server says 200, and the page that there is nothing.",
        Elsewhere = "elsewhere": "The server sends to a page that is about something else.",
        Legal = "legal": "The server says that the law forbids to show it (451).",
        Author = "author": "Who wrote it took it away.",
        Moderator = "moderator": "Others took it away: moderators, the platform, a court.",
        Private = "private": "It was there, and now it is only for some.",
        Account = "account": "The account that it belongs to is gone.",
        Removed = "removed": "In its place stands that it was removed.",
        Left = "left": "The page is there, and it is not on it any more.",
    }
}

/// Where something stands that was found missing at least once.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Standing {
    /// Whether it is there.
    pub state: Presence,
    /// The last snapshot in which it was seen; `None`: it never was.
    pub last_seen: Option<SnapshotId>,
    /// When that was.
    pub last_seen_at: Option<Timestamp>,
    /// When it was first missing: of the time that it is missing now, or was missing last.
    pub missing_since: Timestamp,
    /// Looks since then that agree.
    pub checks: u32,
    /// How it is told.
    pub manner: Manner,
}

/// What a look means for something in the ledger.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PresenceChange {
    /// What it is.
    pub subject: Thing,
    /// By what it is known: empty for the page itself.
    pub key: String,
    /// What it is, in words for people: a title, a name and the first words.
    pub label: String,
    /// Where it stands now.
    pub standing: Standing,
    /// A step was made: the snapshot that tells is its witness.
    pub step: bool,
}
