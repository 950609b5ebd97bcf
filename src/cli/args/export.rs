//! The words of `export`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use crate::cli::values::{Moment, moment, outcome};
use crate::model::Outcome;

/// A format of `export`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// One JSON object a line, all that is known (docs/SCHEMA.md)
    Jsonl,
    /// A table for spreadsheets, one row a snapshot
    Csv,
    /// Text with headings, one section a snapshot
    Markdown,
    /// One page that holds everything, pictures too; no scripts
    Html,
    /// The original records, octet for octet
    Warc,
    /// Posts: one JSON object a line, with versions, counts and media (docs/SCHEMA.md)
    PostsJsonl,
    /// Posts: a table for spreadsheets, one row a post
    PostsCsv,
    /// Posts: one OrderedCollection of ActivityStreams 2.0
    Activitystreams,
    /// Threads, whole: text with headings, answers as quotes within quotes
    ThreadMarkdown,
    /// Threads, whole: one page; no scripts
    ThreadHtml,
}

/// Which snapshots are meant; of posts those that these show.
#[derive(Args, Clone, Debug, Default)]
pub struct Selection {
    /// Only those of this URL (may be repeated)
    #[arg(long = "url", value_name = "URL")]
    pub urls: Vec<String>,
    /// Only those of watches with this tag (may be repeated: any of them)
    #[arg(long = "tag", short, value_name = "TAG")]
    pub tags: Vec<String>,
    /// Only from then on: a date, a time or an age such as 7d
    #[arg(long, value_name = "WHEN", value_parser = moment)]
    pub since: Option<Moment>,
    /// Only before then
    #[arg(long, value_name = "WHEN", value_parser = moment)]
    pub until: Option<Moment>,
    /// Only with this outcome, such as captured or challenge (may be repeated)
    #[arg(long = "outcome", value_name = "OUTCOME", value_parser = outcome)]
    pub outcomes: Vec<Outcome>,
    /// Only the snapshot of this number (may be repeated)
    #[arg(long = "snapshot", value_name = "NUMBER")]
    pub snapshots: Vec<i64>,
    /// Only the newest snapshot with content of each watch
    #[arg(long)]
    pub current: bool,
}

/// `export`.
#[derive(Args, Clone, Debug)]
pub struct Export {
    /// The format
    #[arg(long, short, value_enum)]
    pub format: Format,
    /// Which snapshots.
    #[command(flatten)]
    pub which: Selection,
    /// Posts and threads: only this one, by its key or address (may be repeated)
    #[arg(long = "post", value_name = "KEY|URL")]
    pub posts: Vec<String>,
    /// WARC: also the records of 304 answers, which tools for replay cannot show
    #[arg(long)]
    pub confirmations: bool,
    /// The file to write, replaced only once all is written; - is standard output
    #[arg(long, short, value_name = "FILE", default_value = "-")]
    pub output: PathBuf,
}
