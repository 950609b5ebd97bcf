//! The words of `diff` and `changes`.

use std::path::PathBuf;

use clap::Args;

use crate::cli::values::{Moment, moment};

/// `diff`.
#[derive(Args, Clone, Debug)]
pub struct Diff {
    /// Two snapshots (numbers, or URLs: their newest with content); one number: what it changed; one URL: its last change
    #[arg(required = true, num_args = 1..=2, value_name = "SNAPSHOT|URL")]
    pub what: Vec<String>,
    /// Show noise, too: what differs at every look without the page saying anything new
    #[arg(long)]
    pub all: bool,
    /// Write a page to this file: self-contained, without scripts
    #[arg(long, value_name = "FILE")]
    pub html: Option<PathBuf>,
}

/// `changes`.
#[derive(Args, Clone, Debug)]
pub struct Changes {
    /// Only what was seen from then on: a date, a time or an age such as 7d
    #[arg(long, value_name = "WHEN", value_parser = moment)]
    pub since: Option<Moment>,
    /// Only what was seen before then
    #[arg(long, value_name = "WHEN", value_parser = moment)]
    pub until: Option<Moment>,
    /// Only changes of watches with this tag (may be repeated: any of them)
    #[arg(long = "tag", short, value_name = "TAG")]
    pub tags: Vec<String>,
    /// Only changes of this URL (may be repeated)
    #[arg(long = "url", value_name = "URL")]
    pub urls: Vec<String>,
    /// Show what was said before and after, too
    #[arg(long)]
    pub items: bool,
    /// At most so many, the newest
    #[arg(long, value_name = "N", default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    pub limit: u32,
    /// Go on below this snapshot, the last one that was shown
    #[arg(long, value_name = "SNAPSHOT")]
    pub below: Option<i64>,
}
