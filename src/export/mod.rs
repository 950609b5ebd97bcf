//! Snapshots as files that other programs read: the formats. Everything that comes from the web is hostile here:
//! cells are safe against formulas, HTML is escaped and holds no script, Markdown cannot smuggle markup.

mod activitystreams;
mod comparison;
mod csv;
mod html;
mod jsonl;
mod markdown;
mod posts;
mod safe;
mod thread;
pub mod warc;

use std::io::Write;

pub use self::activitystreams::ActivityStreams;
pub use self::comparison::comparison;
pub use self::csv::Csv;
pub use self::html::Html;
pub use self::jsonl::{Jsonl, SCHEMA};
pub use self::markdown::Markdown;
pub use self::posts::{POST_SCHEMA, PostExporter, PostsCsv, PostsJsonl};
pub use self::thread::{Beside, Shown, ThreadForm, ThreadHtml, ThreadMarkdown, root, thread};
use crate::error::Result;
use crate::model::{ExchangeRow, SnapshotView};

/// Gives the body of an exchange, content coding removed, within a bound.
pub type Payloads<'a> = dyn FnMut(&ExchangeRow) -> Result<Vec<u8>> + 'a;

/// A format: knows bytes, not files. `begin`, `item` for each snapshot, `end`; nothing is kept between items, so
/// that exports of any length stream.
pub trait Exporter {
    /// Writes what stands before the first snapshot.
    fn begin(&mut self, out: &mut dyn Write) -> Result<()>;
    /// Writes one snapshot.
    fn item(&mut self, view: &SnapshotView, payloads: &mut Payloads<'_>, out: &mut dyn Write) -> Result<()>;
    /// Writes what stands after the last one.
    fn end(&mut self, out: &mut dyn Write) -> Result<()>;
}

/// The error of a failed write; a closed pipe is among them, the caller tells it by the cause's kind.
fn failed(cause: std::io::Error) -> crate::error::Error {
    crate::error::io("cannot write the export")(cause)
}

#[cfg(test)]
mod posts_tests;
#[cfg(test)]
mod tests;
