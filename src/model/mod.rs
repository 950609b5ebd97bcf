//! The nouns of keepfast: plain values with no I/O, no async and no clock.
//!
//! Everything that crosses from one room to another is made of these types. Times are
//! [`jiff::Timestamp`] (UTC); sizes are octets; durations are [`std::time::Duration`].

mod budget;
mod cadence;
mod captured;
mod change;
mod comment;
mod credential;
mod document;
pub mod duration;
mod event;
mod exchange;
mod ids;
mod outcome;
pub mod post;
mod post_parts;
mod presence;
mod settings;
mod snapshot;
mod social;
mod text;
pub mod thread;
mod verdict;
mod watch;

pub use budget::{Allowance, Budget, Spent};
pub use cadence::{Cadence, Cron, DueEnd, DueRow, Pulse, Settled, SkipReason};
pub use captured::{
    Captured, DocumentPart, EncodedRecord, Held, KnownDocument, MediaTurn, ReadDocument, RecordBytes, Recorded,
    RequisiteState, RequisiteStatus,
};
pub use change::{Action, ChangeRow, Comparison, Difference, Item, Piece, Run, Subject, Told};
pub use comment::{Comment, Sources};
pub use credential::{CredentialPlace, CredentialRule, Hidden};
pub use document::{
    Alternate, Block, Charset, CharsetSource, Credit, Document, Entry, Kind, Link, LinkPlace, ListItem, MediaKind,
    MediaLink, Precision, Refresh, Requisite, RequisiteKind, Sign, Warning, WarningCode, When, ZoneSource,
};
pub use event::{
    Delivery, DeliveryState, EVENT_SCHEMA, Event, EventKind, MailServer, MailTls, Notice, Rule, SecretPlace, Target,
};
pub use exchange::{Exchange, Failure, FailureKind, Headers, Hop, Maker, Protocol, Robots, Tls, Truncation};
pub use ids::{Digest, DocumentId, ExchangeId, JobId, RecordId, RunId, SegmentId, SnapshotId, WatchId};
pub(crate) use outcome::closed_list;
pub use outcome::{Flag, Outcome};
pub use post::{Actor, Platform, Post, PostKey, PostKind, PostMedia, PostState};
pub use presence::{Manner, Presence, PresenceChange, Standing, Thing};
pub use settings::{
    Backfill, Capture, Client, HttpVersion, ItemsMode, Pace, PlatformMode, RequisitesMode, RobotsMode, Service,
};
pub use snapshot::{CommentRow, ExchangeRow, MediaRow, Place, ReadingRow, SnapshotRow, SnapshotView};
pub use social::{Asked, Credential, ListEnd, Method, Next, Program, Route, Social, Why};
pub use thread::{CommentCount, FollowedPage, MorePage, PageRow, PageRule, Paging, PreviousPage, Shortfall, Side};
pub use verdict::{Finding, Verdict};
pub use watch::{Job, ListedItem, NewWatch, Previous, Source, Watch, WatchOptions, WatchState};

#[cfg(test)]
mod post_tests;
#[cfg(test)]
pub(crate) mod sample;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod thread_tests;
