//! What an answer of a platform means, which its HTTP status alone does not tell.

use serde::{Deserialize, Serialize};

use super::outcome::closed_list;

closed_list! {
    /// What an answer of a platform means.
    Finding {
        Ok = "ok": "It is what was asked for.",
        NotModified = "not_modified": "It is as it was.",
        Edited = "edited": "It is there, and says that it was changed.",
        GoneAuthorDeleted = "gone_author_deleted": "Who wrote it took it away.",
        GoneModerated = "gone_moderated": "Others took it away: moderators, the platform, a court.",
        GoneAccount = "gone_account": "The account that it belongs to is gone or suspended.",
        GoneUnknown = "gone_unknown": "It is not there, and nothing says who took it away, or whether it is only hidden.",
        Private = "private": "It is for some only.",
        LoginWall = "login_wall": "A demand to log in stands in front of it.",
        AgeOrGeoWall = "age_or_geo_wall": "It is not shown to this age or country.",
        Challenge = "challenge": "A bot check stands in front of it.",
        ConsentWall = "consent_wall": "A question for consent stands in front of it.",
        RateLimited = "rate_limited": "Come back later.",
        Soft404 = "soft_404": "The status says that it is there, and the page that there is nothing.",
        Moved = "moved": "It is elsewhere; the reason says where.",
        ServerError = "server_error": "The server failed.",
        ParseError = "parse_error": "It is not in a form that is understood.",
    }
}

impl Finding {
    /// The content is there.
    pub fn is_content(self) -> bool {
        matches!(self, Self::Ok | Self::NotModified | Self::Edited)
    }

    /// It says, of what was asked for, that it is not to be seen any more; to be confirmed by later looks.
    pub fn is_absence(self) -> bool {
        matches!(
            self,
            Self::GoneAuthorDeleted
                | Self::GoneModerated
                | Self::GoneAccount
                | Self::GoneUnknown
                | Self::Private
                | Self::Soft404
        )
    }

    /// Something stands in front of it: nothing is known of what is behind.
    pub fn is_wall(self) -> bool {
        matches!(self, Self::LoginWall | Self::AgeOrGeoWall | Self::Challenge | Self::ConsentWall | Self::RateLimited)
    }
}

/// What an answer means, and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Verdict {
    /// What it means.
    pub finding: Finding,
    /// One sentence for people.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub reason: String,
    /// The same answer is given for other things as well: another route has to tell.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub ambiguous: bool,
}

impl Verdict {
    /// It is what was asked for.
    pub fn ok() -> Self {
        Self { finding: Finding::Ok, reason: String::new(), ambiguous: false }
    }

    /// A finding with its reason.
    pub fn of(finding: Finding, reason: impl Into<String>) -> Self {
        Self { finding, reason: reason.into(), ambiguous: false }
    }

    /// A finding that the same answer would be given for other things as well.
    pub fn perhaps(finding: Finding, reason: impl Into<String>) -> Self {
        Self { finding, reason: reason.into(), ambiguous: true }
    }
}
