//! The words of commands that are about watches.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use crate::cli::values::state;
use crate::model::{Cadence, WatchState};

/// `init`.
#[derive(Args, Clone, Debug)]
pub struct Init {
    /// The folder to make ready
    #[arg(default_value = ".", value_name = "DIR")]
    pub dir: PathBuf,
}

/// What new watches are given.
#[derive(Args, Clone, Debug, Default)]
pub struct NewWatches {
    /// A tag for them (may be repeated)
    #[arg(long = "tag", short, value_name = "TAG")]
    pub tags: Vec<String>,
    /// When to look at them: adaptive, an interval (30m, 6h, 7d), or cron and a zone ("30 7 * * 1-5 Europe/Berlin")
    #[arg(long, value_name = "WHEN")]
    pub every: Option<Cadence>,
    /// A setting of these watches alone: any key of [capture], such as requisites=all (may be repeated)
    #[arg(long = "own", value_name = "KEY=VALUE")]
    pub own: Vec<String>,
}

/// `add`.
#[derive(Args, Clone, Debug)]
pub struct Add {
    /// URLs, or any text with URLs in it; - reads such text from standard input
    #[arg(required = true, value_name = "URL")]
    pub urls: Vec<String>,
    /// Capture them once, now, and print what was kept; nothing is watched
    #[arg(long, conflicts_with = "every")]
    pub once: bool,
    /// A remark to keep with them
    #[arg(long, value_name = "TEXT")]
    pub note: Option<String>,
    /// What the new watches are given.
    #[command(flatten)]
    pub new: NewWatches,
}

/// `import`.
#[derive(Args, Clone, Debug)]
pub struct Import {
    /// Files to read; - is standard input
    #[arg(required = true, value_name = "FILE")]
    pub files: Vec<PathBuf>,
    /// The form of the files [default: told from name and beginning]
    #[arg(long, value_enum)]
    pub form: Option<ImportForm>,
    /// What the new watches are given.
    #[command(flatten)]
    pub new: NewWatches,
}

/// The form of a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ImportForm {
    /// One URL a line, # comments, #tags after the URL
    Lines,
    /// Any text with URLs in it
    Text,
    /// A table with a header: CSV, also with semicolons or tabulators
    Csv,
    /// Subscriptions of a feed reader
    Opml,
    /// Bookmarks exported by a browser
    Bookmarks,
}

/// `list`.
#[derive(Args, Clone, Debug)]
pub struct List {
    /// Only those with this tag (may be repeated: any of them)
    #[arg(long = "tag", short, value_name = "TAG")]
    pub tags: Vec<String>,
    /// Only those in this state: active, paused, retired, removed [default: active and paused]
    #[arg(long, value_name = "STATE", value_parser = state)]
    pub state: Vec<WatchState>,
    /// At most so many
    #[arg(long, value_name = "N")]
    pub limit: Option<u32>,
}

/// Which watches are meant.
#[derive(Args, Clone, Debug)]
#[group(required = true, multiple = true)]
pub struct Targets {
    /// URLs, or numbers as `list` shows them
    #[arg(value_name = "URL|NUMBER")]
    pub watches: Vec<String>,
    /// All with this tag (may be repeated)
    #[arg(long = "tag", short, value_name = "TAG")]
    pub tags: Vec<String>,
}

/// `tag`.
#[derive(Args, Clone, Debug)]
pub struct Tag {
    /// URLs, or numbers as `list` shows them
    #[arg(required = true, value_name = "URL|NUMBER")]
    pub watches: Vec<String>,
    /// A tag to add (may be repeated)
    #[arg(long, value_name = "TAG", required_unless_present_any = ["drop", "note"])]
    pub add: Vec<String>,
    /// A tag to take away (may be repeated)
    #[arg(long, value_name = "TAG")]
    pub drop: Vec<String>,
    /// The remark; an empty one takes it away
    #[arg(long, value_name = "TEXT")]
    pub note: Option<String>,
}
