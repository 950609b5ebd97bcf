//! How an attempt to capture a URL ended: closed lists, stored in the catalogue by name.

use serde::{Deserialize, Serialize};

/// Makes a closed list whose members have a stored name and a sentence that explains them.
macro_rules! closed_list {
    ($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident = $text:literal: $about:literal,)* }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        pub enum $name {
            $(#[doc = $about] $(#[$vdoc])* #[serde(rename = $text)] $variant,)*
        }
        impl $name {
            /// Every member, in the order of the documentation.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];
            /// The name that is stored and shown.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text,)* }
            }
            /// One sentence that says what the name means.
            pub fn about(self) -> &'static str {
                match self { $(Self::$variant => $about,)* }
            }
            /// Reads [`Self::as_str`] back.
            pub fn parse(text: &str) -> Option<Self> {
                match text { $($text => Some(Self::$variant),)* _ => None }
            }
        }
        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.pad(self.as_str())
            }
        }
    };
}
pub(crate) use closed_list;

closed_list! {
    /// How an attempt to capture a URL ended. Stored on every snapshot.
    Outcome {
        Captured = "captured": "The page was had whole, and it is new or differs from the last good snapshot.",
        Unchanged = "unchanged": "The page was had, or confirmed by 304, and says what the last good snapshot says.",
        Truncated = "truncated": "Part of the page was had: the rest was cut by the server, a limit or a deadline.",
        Redirected = "redirected": "The way ended at a redirect that leads nowhere: a loop, too many hops or no usable address.",
        NotFound = "not_found": "The server says that there is nothing here (404).",
        Gone = "gone": "The server says that it was removed (410).",
        Soft404 = "soft_404": "The server says 200, but the page says that there is nothing here.",
        LoginWall = "login_wall": "A demand to log in stands in front of the content.",
        Challenge = "challenge": "A bot check or captcha stands in front of the content.",
        ConsentWall = "consent_wall": "A cookie or consent page stands in front of the content.",
        Restricted = "restricted": "The platform does not show it to this age or country.",
        Private = "private": "The platform says that it is there, and for some only.",
        Forbidden = "forbidden": "The server refuses (401, 403, 451 and the like) without a wall that could be named.",
        RateLimited = "rate_limited": "The server asks to come back later (429, or 503 with Retry-After).",
        ServerError = "server_error": "The server failed (5xx).",
        BadStatus = "bad_status": "The server answered with a status that carries no content, such as an unasked-for 304 or 999.",
        RobotsRefused = "robots_refused": "robots.txt disallows the URL, or could not be read, and the watch obeys it.",
        AddressRefused = "address_refused": "The host resolves to an address that is not public.",
        SchemeRefused = "scheme_refused": "The URL, or a redirect on the way, is not http or https.",
        TlsInvalid = "tls_invalid": "The certificate does not prove who the server is, or the handshake failed.",
        DnsFailed = "dns_failed": "The host name has no address.",
        ConnectFailed = "connect_failed": "No connection could be made, or the proxy refused it.",
        TimedOut = "timed_out": "A deadline passed before an answer was had.",
        Disconnected = "disconnected": "The server closed the connection before it answered.",
        Malformed = "malformed": "What came is not HTTP, or breaks its rules beyond use.",
        Failed = "failed": "keepfast itself failed on this URL; the failure says how.",
    }
}

impl Outcome {
    /// The snapshot holds what the URL is about, whole or in part. Only such a snapshot may become a
    /// watch's current one; walls, refusals and errors never replace it.
    pub fn is_content(self) -> bool {
        matches!(self, Self::Captured | Self::Unchanged | Self::Truncated)
    }

    /// All that was to be had was had: what a run counts as kept.
    pub fn is_kept(self) -> bool {
        matches!(self, Self::Captured | Self::Unchanged)
    }

    /// A statement that the content is no longer there, or no longer for all (to be confirmed by later looks).
    pub fn is_absence(self) -> bool {
        matches!(self, Self::NotFound | Self::Gone | Self::Soft404 | Self::Private)
    }

    /// Another try may fare better, so the frontier keeps the job and tries again after a pause.
    pub fn is_transient(self) -> bool {
        matches!(
            self,
            Self::RateLimited
                | Self::ServerError
                | Self::DnsFailed
                | Self::ConnectFailed
                | Self::TimedOut
                | Self::Disconnected
                | Self::Failed
        )
    }
}

closed_list! {
    /// What else is to be known of a snapshot; any number of them may be set.
    Flag {
        NeedsJs = "needs-js": "The page has next to no text without running its scripts.",
        Empty = "empty": "No text was found on the page.",
        Soft404 = "soft-404": "The page says that there is nothing here, whatever the status.",
        LoginWall = "login-wall": "The page asks to log in.",
        Challenge = "challenge": "The page is a bot check.",
        ConsentWall = "consent-wall": "The page asks for consent to cookies.",
        TlsUnverified = "tls-unverified": "Captured though the certificate is invalid, because the watch says so.",
        HeadsReconstructed = "heads-reconstructed": "HTTP heads were rebuilt from parsed fields (HTTP/2 or a proxy).",
        ClockSkew = "clock-skew": "The server's Date header is more than 60 s off our clock.",
        NotModified = "not-modified": "The server confirmed by 304 that the page itself did not change.",
        ViaProxy = "via-proxy": "The address was judged by its name only, because a proxy resolved it.",
        RequisitesPartial = "requisites-partial": "Some of the page's media or other parts were not fetched.",
        MediaLater = "media-later": "More of its media were to be asked for again than one look may; later looks ask for the rest.",
        CommentsPartial = "comments-partial": "The thread has further pages that were not had.",
        ItemsPartial = "items-partial": "It lists more new things than one look may add, which later looks add; or a further page of it was not had.",
        OtherRoute = "other-route": "It was had by another route of its platform than the last good snapshot: the two were not compared.",
        ComparedByOctets = "compared-by-octets": "What was read before is of an older reader and its octets are lost: that these differ is all that is known of a change.",
        NoiseSetAside = "noise-set-aside": "Something differs that differs at every look, or goes to and fro: it was not taken for a change.",
        CredentialUsed = "credential-used": "Something of the user's own went along: the page may show what others do not see. Its name stands in the metadata records, its value nowhere.",
        ReadingGaveUp = "reading-gave-up": "The bytes are kept, but reading them failed or took too long.",
    }
}
