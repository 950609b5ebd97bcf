//! The table of platforms: each adapter with what it keeps and what cannot be had without a login.

use super::answer::{Answer, Reading, Route, Target};
use super::*;
use crate::model::{Platform, Verdict};

/// What people are told of a platform.
#[derive(Clone, Copy, Debug)]
pub struct About {
    /// The name that people know.
    pub name: &'static str,
    /// What is kept.
    pub keeps: &'static str,
    /// What cannot be had without a login.
    pub lacks: &'static str,
    /// Why not.
    pub why: &'static str,
}

/// One platform.
#[derive(Clone, Copy, Debug)]
pub struct Adapter {
    /// Which.
    pub platform: Platform,
    /// Its hosts and all below them; empty: it is a program that stands on any host.
    pub hosts: &'static [&'static str],
    /// What people are told.
    pub about: About,
    /// What an address is about.
    pub matches: fn(&url::Url) -> Option<Target>,
    /// The requests that tell of a target, best first.
    pub routes: fn(&Target) -> Vec<Route>,
    /// What an answer means.
    pub classify: fn(&Answer<'_>, &Target) -> Verdict,
    /// What it says.
    pub read: fn(&Answer<'_>, &Target) -> Reading,
}

/// Puts the functions of a room's file into a line of the table.
macro_rules! adapter {
    ($file:ident, $platform:ident, $hosts:expr, $name:literal, $keeps:literal, $lacks:literal, $why:literal) => {
        Adapter {
            platform: Platform::$platform,
            hosts: &$hosts,
            about: About { name: $name, keeps: $keeps, lacks: $lacks, why: $why },
            matches: $file::matches,
            routes: $file::routes,
            classify: $file::classify,
            read: $file::read,
        }
    };
}

/// All adapters.
pub fn all() -> &'static [Adapter] {
    ALL
}

static ALL: &[Adapter] = &[adapter!(
    telegram,
    Telegram,
    ["t.me", "telegram.me", "telegram.dog"],
    "Telegram (public channels)",
    "posts with text, photos, videos, files, polls, forwards, replies, reactions and views; albums; the channel's profile; gaps in the numbers",
    "comments, times of edits, photos in full size, large files, channels without a preview",
    "the web preview leaves them out; only the programs with an account show them"
)];
