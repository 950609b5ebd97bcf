//! The archive folder: catalogue and segments behind typed calls.
//!
//! This is the only room that knows SQL and the layout of the folder (`docs/SCHEMA.md`). Order of
//! durability: records are appended, the segment is synced, rows are committed, and only then is the
//! caller told. It knows no HTML and no HTTP client.

mod archive;
mod backup;
mod budget;
mod changes;
mod commit;
mod documents;
mod due;
mod frontier;
mod items;
mod ledger;
mod lists;
mod looks;
mod media;
mod outbox;
mod payloads;
mod posts;
mod presence;
mod prune;
mod reader;
mod recover;
mod rereading;
mod rows;
mod search;
mod segments;
mod sql;
mod status;
mod thread;
mod watches;
mod writer;

pub use archive::{Archive, CaptureOptions, Indexed, Layout};
pub use backup::BackupReport;
pub use budget::Passed;
pub use changes::{ChangesAsk, Look};
pub use due::{DueEnded, Planned};
pub use frontier::{Enqueued, HostPause, RunEnd, RunStart, Select};
pub use ledger::{CustodyRow, RunRow, SegmentRow, Tombstone};
pub use lists::Filter;
pub use looks::{Looked, RefusedRequest};
pub use media::HeldMedium;
pub use outbox::{EventFilter, EventRow, Outbox, Tried, Waiting};
pub use payloads::{Payloads, StoredRecord};
pub use posts::{
    KnownPost, PostFilter, PostMedium, PostRow, PostRules, PostView, Related, Seen, Vanished, Version, Witnessed,
};
pub use presence::{PresenceRow, PresenceStep};
pub use prune::{PRUNE, Removal, Removed};
pub use reader::Reader;
pub use recover::Recovered;
pub use rereading::{Origin, REEXTRACT, Readable, Reread, Rereading};
pub use search::{Found, Hit, Met, OfComment, Order, RANKED, Search, Slice, Snippet, Standing};
pub use sql::{SQLITE_MIN_VERSION, sqlite_version};
pub use status::{Status, Week};
pub use watches::{Edit, Synced};
pub use writer::{Kept, Writer};

#[cfg(test)]
mod outbox_tests;
#[cfg(test)]
mod rereading_tests;
#[cfg(test)]
mod tests;
