//! The words of `posts`.

use clap::Args;

use crate::cli::values::{Moment, moment, platform};
use crate::model::Platform;

/// `posts`.
#[derive(Args, Clone, Debug, Default)]
pub struct Posts {
    /// One post, with its versions: its key, as the list shows it, or its address
    #[arg(value_name = "KEY|URL", conflicts_with_all = ["watches", "tags", "platforms", "authors", "since", "until"])]
    pub post: Option<String>,
    /// The numbers that no known post of an account has: an address or key of the account, or of one of its posts
    #[arg(long, value_name = "URL|KEY", conflicts_with_all = ["post", "watches", "tags", "platforms", "authors", "since", "until", "limit"])]
    pub gaps: Option<String>,
    /// Only posts that this watch shows: a URL or a number (may be repeated: any of them)
    #[arg(long = "watch", value_name = "URL|NUMBER")]
    pub watches: Vec<String>,
    /// Only posts that watches with this tag show (may be repeated: any of them)
    #[arg(long = "tag", short, value_name = "TAG")]
    pub tags: Vec<String>,
    /// Only posts of this platform, such as bluesky; web: of any page (may be repeated: any of them)
    #[arg(long = "platform", value_name = "NAME", value_parser = platform)]
    pub platforms: Vec<Platform>,
    /// Only posts by this account: handle, name, key or address (may be repeated: any of them)
    #[arg(long = "author", value_name = "NAME")]
    pub authors: Vec<String>,
    /// Only posts made from then on (or first seen, if they do not say): a date, a time or an age such as 7d
    #[arg(long, value_name = "WHEN", value_parser = moment)]
    pub since: Option<Moment>,
    /// Only posts made before then
    #[arg(long, value_name = "WHEN", value_parser = moment)]
    pub until: Option<Moment>,
    /// At most so many, the newest
    #[arg(long, value_name = "N", default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    pub limit: u32,
}
