//! The words of the command line: every command, flag and its help.

mod difference;
mod export;
mod look;
mod posts;
mod watches;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

pub use self::difference::{Changes, Diff};
pub use self::export::{Export, Format, Selection};
pub use self::look::{Events, Gone, History, Schedule, Show};
pub use self::posts::Posts;
pub use self::watches::{Add, Import, ImportForm, Init, List, NewWatches, Tag, Targets};
pub use super::values::Moment;
use super::values::{moment, outcome};
use crate::model::Outcome;

/// keepfast: archive public posts, articles and channels.
#[derive(Clone, Debug, Parser)]
#[command(name = "keepfast", version, propagate_version = true, max_term_width = 100, after_help = super::exit::HELP)]
#[command(about = "Archives public posts, articles and channels: the original bytes, what they say, and what changed")]
pub struct Cli {
    /// What holds for every command.
    #[command(flatten)]
    pub global: Global,
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// Flags of every command.
#[derive(Args, Clone, Debug, Default)]
pub struct Global {
    /// The archive folder [default: archive.dir of the configuration]
    #[arg(long, global = true, value_name = "DIR", env = "KEEPFAST_ARCHIVE", help_heading = "Every command")]
    pub archive: Option<PathBuf>,
    /// The configuration file [default: keepfast.toml here, if there is one]
    #[arg(long, global = true, value_name = "FILE", env = "KEEPFAST_CONFIG", help_heading = "Every command")]
    pub config: Option<PathBuf>,
    /// Sets a key of the configuration, such as capture.requisites=all
    #[arg(long, global = true, value_name = "KEY=VALUE", help_heading = "Every command")]
    pub set: Vec<String>,
    /// Print JSON instead of words
    #[arg(long, global = true, help_heading = "Every command")]
    pub json: bool,
    /// Print results and errors only
    #[arg(long, short, global = true, help_heading = "Every command", conflicts_with = "verbose")]
    pub quiet: bool,
    /// Tell more about what is done; twice: even more
    #[arg(long, short, global = true, action = clap::ArgAction::Count, help_heading = "Every command")]
    pub verbose: u8,
    /// When to colour: NO_COLOR is respected
    #[arg(long, global = true, value_enum, default_value_t, value_name = "WHEN", help_heading = "Every command")]
    pub color: When,
}

/// When to colour.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum When {
    /// On a terminal, unless NO_COLOR is set
    #[default]
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

/// The commands.
#[derive(Clone, Debug, Subcommand)]
pub enum Command {
    /// Make a folder ready: a commented configuration file, a list for URLs and an empty archive
    #[command(after_help = "Example: keepfast init news && cd news")]
    Init(Init),
    /// Watch URLs, or keep them once and at once
    ///
    /// Of addresses of platforms it is said what they are about and by which route they are asked for.
    #[command(after_help = "Examples:\n  keepfast add https://example.org/news/ --tag news --every 30m\n  \
        keepfast add --once https://example.org/post/1\n  pbpaste | keepfast add -")]
    Add(Add),
    /// Watch the URLs of files: text, CSV, OPML, browser bookmarks, sheets
    #[command(after_help = "Example: keepfast import bookmarks.html --tag reading")]
    Import(Import),
    /// Show what is watched
    #[command(after_help = "Example: keepfast list --tag news")]
    List(List),
    /// Stop watching; the snapshots stay, and `resume` brings the watch back
    #[command(after_help = "Example: keepfast remove https://example.org/news/")]
    Remove(Targets),
    /// Leave watches alone until they are resumed
    #[command(after_help = "Example: keepfast pause --tag slow")]
    Pause(Targets),
    /// Take up paused or removed watches again
    #[command(after_help = "Example: keepfast resume --tag slow")]
    Resume(Targets),
    /// Change tags and notes of watches
    #[command(after_help = "Example: keepfast tag https://example.org/news/ --add daily --drop slow")]
    Tag(Tag),
    /// Capture what is due
    #[command(after_help = "Examples:\n  keepfast run\n  keepfast run --all --tag news\n  \
        keepfast run https://example.org/news/\n\nCtrl-C once finishes what is in flight and commits; twice aborts at once.")]
    Run(Run),
    /// Look at what is due when it is due, until it is stopped: the service
    #[command(
        after_help = "Example: keepfast watch\n\nSIGHUP reads the configuration anew (a bad file leaves the old one in force, and that \
        is said); SIGTERM or Ctrl-C ends it within five seconds, with all that was reported kept. config/systemd/ holds units."
    )]
    Watch,
    /// Show when watches are looked at, and give them other times
    #[command(after_help = "Examples:\n  keepfast schedule\n  keepfast schedule https://example.org/news/\n  \
        keepfast schedule --tag news --every 2h\n  keepfast schedule 12 --clear")]
    Schedule(Schedule),
    /// Show how the archive is doing
    #[command(after_help = "Example: keepfast status --json")]
    Status,
    /// Show the timeline of a URL: when it was looked at, and when it changed or vanished
    #[command(after_help = "Example: keepfast history https://example.org/news/")]
    History(History),
    /// Show what vanished, pages, comments and media: since when, how it is told, and which snapshots are its witnesses
    #[command(
        after_help = "Examples:\n  keepfast gone\n  keepfast gone --tag channel --since 7d --json\n  keepfast gone --state present"
    )]
    Gone(Gone),
    /// Show what changed between two snapshots, word by word
    #[command(after_help = "Examples:\n  keepfast diff 12 15\n  keepfast diff https://example.org/news/\n  \
        keepfast diff 12 15 --html change.html")]
    Diff(Diff),
    /// List what changed, all over the archive, the newest first
    #[command(after_help = "Examples:\n  keepfast changes --since 1d\n  keepfast changes --tag news --items --json")]
    Changes(Changes),
    /// Show what people were told, or are to be told, and how that went
    #[command(
        after_help = "Examples:\n  keepfast events\n  keepfast events --pending\n  keepfast events --kind gone --since 7d --json\n  \
        keepfast events --test\n\n[[notify]] of the configuration says who is told what. What a receiver did not take is tried \
        again by `run` and `watch`. --test sends an event to each of them that says only that it is a test, and ends with \
        code 1 if one does not take it."
    )]
    Events(Events),
    /// Show a snapshot: what it says, and what is known of it
    #[command(after_help = "Examples:\n  keepfast show 12\n  keepfast show https://example.org/news/ --text\n  \
        keepfast show 12 --raw > page.html")]
    Show(Show),
    /// List posts of platforms, pages and their comments, the newest first; or show one with its versions
    #[command(after_help = "Examples:\n  keepfast posts --platform bluesky --since 7d\n  \
        keepfast posts --watch https://example.org/news/ --json\n  keepfast posts bluesky:did:plc:abc/3k\n  \
        keepfast posts https://example.org/story/\n  keepfast posts --gaps https://t.me/s/example\n\n\
        --gaps: of platforms that number posts one by one (Telegram). A number is missing if its post was deleted before it was seen, if \
        it is none (a service message), or if it was not reached yet, which is said where it is known.")]
    Posts(Posts),
    /// Find words in what is archived: in titles, texts, comments and names, also in what pages no longer say
    #[command(
        after_help = "Examples:\n  keepfast search bridge river\n  keepfast search '\"old mill\" author:seda'\n  \
        keepfast search bridge --site example.org --since 7d --newest\n\n\
        Words must all occur; \"phrases\", -without, this OR that, begin*, *part* (of a word, if search.inside is set), and author: title: text: comment: site: tag: \
        before a word. Case and accents do not matter. Put -words between quotes \
        with the others ('bridge -river'), or after --."
    )]
    Search(Search),
    /// Write snapshots to a file that other programs read
    #[command(
        after_help = "Examples:\n  keepfast export --format html --current -o page.html --url https://example.org/news/\n  \
        keepfast export --format csv --since 7d > week.csv\n  keepfast export --format warc --tag news -o news.warc.gz"
    )]
    Export(Export),
    /// Read again, from the stored bytes, what only an older version of the reader has read
    #[command(after_help = "Examples:\n  keepfast reextract\n  keepfast reextract --tag news --since 30d\n\n\
        What was read before stays as it was; the new reading stands beside it and is shown. Nothing is asked of the web. \
        Ctrl-C once finishes what is in flight and commits; run it again to go on. Pages whose bytes are missing or \
        damaged, or that cannot be read, are named, and the exit code is 1.")]
    Reextract(Reextract),
    /// Recompute every digest and say what is damaged
    #[command(after_help = "Example: keepfast verify")]
    Verify(Verify),
    /// Copy the archive, even while it is written to
    #[command(after_help = "Example: keepfast backup /mnt/usb/archive-2026-11")]
    Backup(Backup),
    /// Drop the payloads of snapshots that no watch needs any more; a tombstone with the digests stays
    #[command(after_help = "Examples:\n  keepfast prune --plan --before 365d\n  keepfast prune --yes --before 365d")]
    Prune(Prune),
    /// Look for what keeps keepfast from working here: disk, locks, clock, network, versions
    #[command(after_help = "Examples:\n  keepfast doctor\n  keepfast doctor --platforms\n\n\
        --platforms tells of the newest 20,000 snapshots, which it says.")]
    Doctor(Doctor),
    /// Show or check the configuration
    #[command(
        after_help = "Examples:\n  keepfast config check\n  keepfast config show --resolved https://example.org/news/"
    )]
    Config {
        /// Which of the two.
        #[command(subcommand)]
        what: ConfigCommand,
    },
    /// Archive a small site on this machine three times while it changes, and show what was kept
    #[command(after_help = "Example: keepfast demo --dir demo")]
    Demo(Demo),
    /// Print a completion script for a shell
    #[command(after_help = "Example: keepfast completions bash > ~/.local/share/bash-completion/completions/keepfast")]
    Completions(Completions),
    /// Print the manual page, or write those of all commands to a folder
    #[command(after_help = "Example: keepfast man | man -l -")]
    Man(Man),
}

/// `run`.
#[derive(Args, Clone, Debug, Default)]
pub struct Run {
    /// Watches to capture now, due or not: URLs or numbers
    #[arg(value_name = "URL|NUMBER", conflicts_with = "all")]
    pub watches: Vec<String>,
    /// Capture all active watches, due or not
    #[arg(long)]
    pub all: bool,
    /// Only watches with this tag (may be repeated: any of them)
    #[arg(long = "tag", short, value_name = "TAG")]
    pub tags: Vec<String>,
}

/// `search`.
#[derive(Args, Clone, Debug)]
pub struct Search {
    /// What to look for; several words are one query
    #[arg(required_unless_present = "drop_inside", value_name = "QUERY")]
    pub query: Vec<String>,
    /// Only texts first seen from then on: a date, a time or an age such as 7d
    #[arg(long, value_name = "WHEN", value_parser = moment)]
    pub since: Option<Moment>,
    /// Only texts first seen before then
    #[arg(long, value_name = "WHEN", value_parser = moment)]
    pub until: Option<Moment>,
    /// Only pages of this host and those below it (may be repeated: any of them)
    #[arg(long = "site", value_name = "HOST")]
    pub sites: Vec<String>,
    /// Only pages of watches with this tag (may be repeated: any of them)
    #[arg(long = "tag", short, value_name = "TAG")]
    pub tags: Vec<String>,
    /// Only texts by this author, or with a comment by them (may be repeated: all of them)
    #[arg(long = "author", value_name = "NAME")]
    pub authors: Vec<String>,
    /// Only with this outcome, such as challenge (may be repeated) [default: those with content]
    #[arg(long = "outcome", value_name = "OUTCOME", value_parser = outcome)]
    pub outcomes: Vec<Outcome>,
    /// At most so many
    #[arg(long, value_name = "N", default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    pub limit: u32,
    /// What appeared last comes first
    #[arg(long, conflicts_with = "ranked")]
    pub newest: bool,
    /// What fits best comes first (this is the default)
    #[arg(long)]
    pub ranked: bool,
    /// Show each version of a page, not only the one that says it now or said it last
    #[arg(long)]
    pub versions: bool,
    /// Remove the index of what stands inside words (*part*), after search.inside was turned off
    #[arg(long, conflicts_with = "query")]
    pub drop_inside: bool,
}

/// `reextract`.
#[derive(Args, Clone, Debug, Default)]
pub struct Reextract {
    /// Only pages of this URL (may be repeated)
    #[arg(long = "url", value_name = "URL")]
    pub urls: Vec<String>,
    /// Only pages of watches with this tag (may be repeated: any of them)
    #[arg(long = "tag", short, value_name = "TAG")]
    pub tags: Vec<String>,
    /// Only what was captured from then on: a date, a time or an age such as 7d
    #[arg(long, value_name = "WHEN", value_parser = moment)]
    pub since: Option<Moment>,
    /// Only what was captured before then
    #[arg(long, value_name = "WHEN", value_parser = moment)]
    pub until: Option<Moment>,
    /// Also what the present reader has read already; kept only where it now says something else
    #[arg(long)]
    pub all: bool,
}

/// `verify`.
#[derive(Args, Clone, Debug, Default)]
pub struct Verify {
    /// Another archive folder or backup to verify
    #[arg(value_name = "DIR")]
    pub dir: Option<PathBuf>,
}

/// `backup`.
#[derive(Args, Clone, Debug)]
pub struct Backup {
    /// The folder to make; it must not exist or be an earlier backup of this archive
    #[arg(value_name = "DIR")]
    pub dir: PathBuf,
}

/// `prune`.
#[derive(Args, Clone, Debug)]
pub struct Prune {
    /// Show what would be dropped; nothing is changed
    #[arg(long, required_unless_present = "yes", conflicts_with = "yes")]
    pub plan: bool,
    /// Drop it
    #[arg(long)]
    pub yes: bool,
    /// Only snapshots before then: a date, a time or an age such as 365d
    #[arg(long, value_name = "WHEN", value_parser = moment)]
    pub before: Option<Moment>,
    /// Snapshots of watches with this tag too, not only of removed ones (may be repeated)
    #[arg(long = "tag", short, value_name = "TAG")]
    pub tags: Vec<String>,
    /// Why; kept in the tombstones
    #[arg(long, value_name = "TEXT")]
    pub reason: Option<String>,
}

/// `doctor`.
#[derive(Args, Clone, Copy, Debug, Default)]
pub struct Doctor {
    /// Tell of each platform when something was had of it last, and when it was a wall, instead
    #[arg(long)]
    pub platforms: bool,
}

/// `config`.
#[derive(Clone, Debug, Subcommand)]
pub enum ConfigCommand {
    /// Print all settings with where each comes from
    Show(ConfigShow),
    /// Read the configuration and say all that is wrong with it
    Check,
}

/// `config show`.
#[derive(Args, Clone, Debug, Default)]
pub struct ConfigShow {
    /// Print the configuration file with all keys, their defaults and what they mean
    #[arg(long, conflicts_with_all = ["resolved", "url"])]
    pub defaults: bool,
    /// The settings as they hold, all layers merged (this is the default)
    #[arg(long)]
    pub resolved: bool,
    /// The settings as they hold for the watch of this URL
    #[arg(value_name = "URL")]
    pub url: Option<String>,
}

/// `demo`.
#[derive(Args, Clone, Debug, Default)]
pub struct Demo {
    /// Where to keep the archive of the demonstration [default: keepfast-demo here]
    #[arg(long, value_name = "DIR")]
    pub dir: Option<PathBuf>,
}

/// `completions`.
#[derive(Args, Clone, Debug)]
pub struct Completions {
    /// The shell
    #[arg(value_enum)]
    pub shell: clap_complete::Shell,
}

/// `man`.
#[derive(Args, Clone, Debug, Default)]
pub struct Man {
    /// A folder to write the pages of all commands to
    #[arg(long, value_name = "DIR")]
    pub dir: Option<PathBuf>,
}
