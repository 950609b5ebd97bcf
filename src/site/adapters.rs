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

static ALL: &[Adapter] = &[
    adapter!(
        telegram,
        Telegram,
        ["t.me", "telegram.me", "telegram.dog"],
        "Telegram (public channels)",
        "posts with text, photos, videos, polls, forwards, replies, reactions and views; albums; the channel's profile; gaps in the numbers",
        "comments, times of edits, photos in full size, large files, channels without a preview",
        "the web preview leaves them out; only the programs with an account show them"
    ),
    adapter!(
        x,
        X,
        ["x.com", "twitter.com", "syndication.twimg.com", "syndication.twitter.com", "fxtwitter.com", "vxtwitter.com"],
        "X (Twitter)",
        "single posts with pictures and videos in full, quotes, what they answer; oEmbed as second witness",
        "timelines, replies, search, posts for adults, the rest of long posts",
        "shown to accounts only; a deleted post and one for adults are told alike"
    ),
    adapter!(
        youtube,
        YouTube,
        ["youtube.com", "youtu.be", "youtube-nocookie.com"],
        "YouTube",
        "title, description, times, channel, counts, stills; lists of videos; comments where they are served; oEmbed and feed",
        "the video file, exact times of comments, videos for adults or members",
        "files are signed for one visitor and asked for by a program of its own; comments are told as so long ago"
    ),
    adapter!(
        reddit,
        Reddit,
        ["reddit.com", "redd.it"],
        "Reddit",
        "posts and comments of feeds; with a user's own client the whole tree, galleries and videos",
        "more than the last comments, what answers what",
        "without a client only feeds are served, one a minute"
    ),
    adapter!(
        bluesky,
        Bluesky,
        ["bsky.app", "public.api.bsky.app", "api.bsky.app", "plc.directory"],
        "Bluesky",
        "posts, threads, quotes, pictures and videos in the original checked by their digest, feeds, profiles, whole repositories",
        "when a post was edited; what answered a deleted reply",
        "the protocol tells neither; deleted replies take their answers out of the thread"
    ),
    adapter!(
        facebook,
        Facebook,
        ["facebook.com", "fb.watch", "fb.com"],
        "Facebook",
        "title, first words and picture of public posts and pages; public videos",
        "profiles, groups, comments, whole texts",
        "a demand to log in stands before nearly everything; deleted, hidden and not logged in are told alike"
    ),
    adapter!(
        threads,
        Threads,
        ["threads.net", "threads.com"],
        "Threads",
        "posts with pictures and videos as far as the page carries them, else the first words; oEmbed",
        "replies, older posts of an account",
        "loaded by scripts for accounts"
    ),
    adapter!(
        instagram,
        Instagram,
        ["instagram.com", "instagr.am"],
        "Instagram",
        "caption, author, day and picture of public posts; all pictures and videos where the page carries its state",
        "comments, profiles beyond the first lines, stories",
        "a limit of visits without a login is reached soon, and a demand to log in follows"
    ),
    adapter!(
        tiktok,
        TikTok,
        ["tiktok.com"],
        "TikTok",
        "videos and pictures with text, author, time, counts; profiles; oEmbed",
        "comments, lists of videos",
        "they are asked for with signatures that only its scripts make; addresses of files last hours"
    ),
    adapter!(
        vk,
        Vk,
        ["vk.com", "vk.ru"],
        "VK",
        "posts of walls with pictures and the comments that the page shows; with a service key all of it by the interface",
        "most comments, closed groups",
        "a bot check stands before many pages"
    ),
    adapter!(
        ok,
        Ok,
        ["ok.ru", "odnoklassniki.ru"],
        "Odnoklassniki",
        "videos with all their files; posts of groups by text and picture",
        "comments, profiles",
        "shown to accounts only"
    ),
    adapter!(
        hackernews,
        HackerNews,
        ["news.ycombinator.com", "hn.algolia.com", "hacker-news.firebaseio.com"],
        "Hacker News",
        "stories and comments as a whole tree, deleted and dead ones marked",
        "earlier versions of a text",
        "edits leave no trace"
    ),
    adapter!(
        stackexchange,
        StackExchange,
        [
            "stackoverflow.com",
            "stackexchange.com",
            "superuser.com",
            "serverfault.com",
            "askubuntu.com",
            "mathoverflow.net",
            "stackapps.com"
        ],
        "Stack Exchange",
        "questions, answers, comments, every revision",
        "deleted posts",
        "shown to those with enough reputation; 300 requests a day without a key"
    ),
    adapter!(
        tumblr,
        Tumblr,
        ["tumblr.com"],
        "Tumblr",
        "posts of blogs with pictures, tags, reblogs and their roots",
        "blogs that are shown to accounts only, notes beyond the first",
        "the old interface shows public blogs only"
    ),
    adapter!(
        livejournal,
        LiveJournal,
        ["livejournal.com", "dreamwidth.org"],
        "LiveJournal, Dreamwidth",
        "entries with comments, page by page; feeds of journals",
        "entries for friends",
        "shown to accounts only"
    ),
    adapter!(
        mastodon,
        Mastodon,
        [],
        "Mastodon, Pleroma, Akkoma, GoToSocial …",
        "posts, whole threads, every version of an edited post, media in the original, polls, accounts, tags",
        "posts for followers; on some servers everything",
        "servers may switch off what is shown without a login; deleted and hidden are told alike"
    ),
    adapter!(
        activitypub,
        ActivityPub,
        [],
        "Other servers of the fediverse",
        "notes, articles, videos, questions and accounts in the form of the protocol, tombstones",
        "servers that answer signed requests only",
        "a signature needs an account that the server can look up"
    ),
    adapter!(
        misskey,
        Misskey,
        [],
        "Misskey, Sharkey …",
        "notes, what answers them, files with their digests, polls, reactions, accounts",
        "notes for followers",
        "shown to accounts only"
    ),
    adapter!(
        pixelfed,
        Pixelfed,
        [],
        "Pixelfed",
        "posts with pictures in the form of the protocol, feeds of accounts",
        "comments, lists beyond the feed",
        "its interface asks for a token"
    ),
    adapter!(
        lemmy,
        Lemmy,
        [],
        "Lemmy, PieFed, Mbin",
        "posts, whole trees of comments, communities, people; deleted and removed told apart",
        "the words of removed comments",
        "the server blanks them"
    ),
    adapter!(
        peertube,
        PeerTube,
        [],
        "PeerTube",
        "videos with all files and texts, trees of comments, channels, lists",
        "private and internal videos",
        "shown to accounts only"
    ),
    adapter!(
        discourse,
        Discourse,
        [],
        "Discourse",
        "topics with every post, what answers what, versions counted, pictures in full",
        "closed categories, texts of removed posts",
        "shown to members only"
    ),
    adapter!(
        wordpress,
        WordPress,
        [],
        "WordPress",
        "posts with media in all sizes, all comments with what they answer, authors, tags",
        "posts behind a password, comments that are held back",
        "the interface says that they are there and shows them to accounts only"
    ),
    adapter!(
        blogger,
        Blogger,
        ["blogspot.com", "blogger.com"],
        "Blogger",
        "posts and all comments by feed, with times of change",
        "blogs for invited readers",
        "shown to accounts only"
    ),
    adapter!(
        mediawiki,
        MediaWiki,
        ["wikipedia.org", "wikimedia.org", "wiktionary.org", "wikinews.org", "wikisource.org"],
        "MediaWiki (Wikipedia and others)",
        "pages with every revision, its author, time and summary",
        "deleted pages and hidden revisions",
        "shown to administrators only; the log of deletions is public"
    ),
    adapter!(
        feeds,
        Feed,
        [],
        "RSS, Atom and JSON feeds",
        "items with texts, authors, files and times",
        "what is no longer in the feed",
        "a feed is a window: what leaves it is not gone"
    ),
    adapter!(
        general,
        Web,
        [],
        "Any other page",
        "text, title, authors, times, media, comments by their structure; structured data and previews",
        "what scripts load",
        "no script is run"
    ),
];
