//! What a crawl tells while it goes on.

use std::sync::Arc;
use std::time::Duration;

use crate::model::{Outcome, SnapshotId};

/// Something that happened. Text is as it came: whoever shows it escapes it.
#[derive(Clone, Debug, PartialEq)]
pub enum Event {
    /// A URL is being asked.
    Started {
        /// Host and port.
        host: String,
        /// The URL.
        url: String,
    },
    /// A snapshot is durable.
    Finished {
        /// Host and port.
        host: String,
        /// The URL.
        url: String,
        /// Its snapshot.
        snapshot: SnapshotId,
        /// How it ended.
        outcome: Outcome,
        /// It differs from the last good snapshot.
        changed: Option<bool>,
        /// Why, if it did not end well.
        reason: Option<String>,
        /// Octets received.
        bytes: u64,
        /// How long it took.
        took: Duration,
        /// It will be tried again in this run after so long.
        retry_in: Option<Duration>,
    },
    /// A host is left alone for a while.
    Waiting {
        /// Host and port.
        host: String,
        /// For how long.
        for_: Duration,
    },
    /// The service has looked for what is due, as it does all the time.
    Tick {
        /// Captures under way, those that only wait for their host included.
        in_flight: usize,
        /// Commands that wait for the writer.
        waiting: usize,
    },
    /// Something else that an operator should know.
    Note(String),
}

/// Who is told. Called from the crawl's task: must not block.
pub type Listener = Arc<dyn Fn(Event) + Send + Sync>;
