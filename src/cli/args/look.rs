//! The words of the commands that show what was seen, and when.

use clap::Args;

use crate::cli::values::{Moment, event_kind, moment, presence};
use crate::model::{Cadence, EventKind, Presence};

/// `schedule`.
#[derive(Args, Clone, Debug, Default)]
pub struct Schedule {
    /// Watches: URLs or numbers [default: those that are due next]
    #[arg(value_name = "URL|NUMBER")]
    pub watches: Vec<String>,
    /// All active watches with this tag (may be repeated)
    #[arg(long = "tag", short, value_name = "TAG")]
    pub tags: Vec<String>,
    /// When to look at them: adaptive, an interval (30m, 6h, 7d), or cron and a zone ("30 7 * * 1-5 Europe/Berlin")
    #[arg(long, value_name = "WHEN", conflicts_with = "clear")]
    pub every: Option<Cadence>,
    /// Take their own times away: the configuration's hold again
    #[arg(long)]
    pub clear: bool,
    /// So many due times ahead, and so many back
    #[arg(long, value_name = "N", default_value_t = 5)]
    pub times: u32,
    /// At most so many watches
    #[arg(long, value_name = "N", default_value_t = 20)]
    pub limit: u32,
}

/// `history`.
#[derive(Args, Clone, Debug)]
pub struct History {
    /// A URL, or the number of a watch
    #[arg(value_name = "URL|NUMBER")]
    pub watch: String,
    /// Only snapshots from then on: a date, a time or an age such as 7d
    #[arg(long, value_name = "WHEN", value_parser = moment)]
    pub since: Option<Moment>,
    /// At most so many, the newest
    #[arg(long, value_name = "N", default_value_t = 100)]
    pub limit: u32,
}

/// `gone`.
#[derive(Args, Clone, Debug, Default)]
pub struct Gone {
    /// Only of these watches: URLs or numbers
    #[arg(value_name = "URL|NUMBER")]
    pub watches: Vec<String>,
    /// Only of watches with this tag (may be repeated: any of them)
    #[arg(long = "tag", short, value_name = "TAG")]
    pub tags: Vec<String>,
    /// Only what stands so: suspect, missing, gone, present (it came back) [default: all but present]
    #[arg(long = "state", value_name = "STATE", value_parser = presence)]
    pub states: Vec<Presence>,
    /// Only what made a step from then on: a date, a time or an age such as 7d
    #[arg(long, value_name = "WHEN", value_parser = moment)]
    pub since: Option<Moment>,
    /// At most so many, the newest steps first
    #[arg(long, value_name = "N", default_value_t = 100)]
    pub limit: u32,
}

/// `events`.
#[derive(Args, Clone, Debug, Default)]
pub struct Events {
    /// Only what some receiver does not have yet
    #[arg(long)]
    pub pending: bool,
    /// Only of this kind, such as gone (may be repeated)
    #[arg(long = "kind", value_name = "KIND", value_parser = event_kind)]
    pub kinds: Vec<EventKind>,
    /// Only from then on: a date, a time or an age such as 7d
    #[arg(long, value_name = "WHEN", value_parser = moment)]
    pub since: Option<Moment>,
    /// At most so many, the newest
    #[arg(long, value_name = "N", default_value_t = 50)]
    pub limit: u32,
    /// Send a test to every receiver, and say how that went
    #[arg(long, conflicts_with_all = ["pending", "kinds", "since"])]
    pub test: bool,
}

/// `show`.
#[derive(Args, Clone, Debug)]
pub struct Show {
    /// The number of a snapshot, or a URL: its newest snapshot with content
    #[arg(value_name = "SNAPSHOT|URL")]
    pub what: String,
    /// Only the text
    #[arg(long, group = "form")]
    pub text: bool,
    /// The octets of the body as they were kept, content coding removed
    #[arg(long, group = "form")]
    pub raw: bool,
    /// Requests and answers: heads, addresses, digests
    #[arg(long, group = "form")]
    pub headers: bool,
    /// What this version of the reader read [default: the newest that read it]
    #[arg(long, value_name = "VERSION", conflicts_with_all = ["raw", "headers"])]
    pub reader: Option<u32>,
}
