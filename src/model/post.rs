//! A post: who said what, when, with which media, in answer to what; from a platform or from any page.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::outcome::closed_list;
use super::{Block, Digest, Link, Sources, When};

pub use super::post_parts::{
    Actor, Card, Choice, Count, CountKind, Mention, Missing, Note, NoteKind, Poll, PostMedia, PostMediaKind,
    PostMediaState, Relation, RelationKind, RelationState, Rendition,
};

closed_list! {
    /// Where a post is from.
    Platform {
        Web = "web": "Any page, by the general reader.",
        Feed = "feed": "Any feed, by the general reader.",
        Telegram = "telegram": "Telegram: public channels and groups.",
        X = "x": "X, formerly Twitter.",
        YouTube = "youtube": "YouTube.",
        Facebook = "facebook": "Facebook.",
        TikTok = "tiktok": "TikTok.",
        Instagram = "instagram": "Instagram.",
        Threads = "threads": "Threads.",
        Vk = "vk": "VKontakte.",
        Ok = "ok": "Odnoklassniki.",
        Mastodon = "mastodon": "Mastodon and what speaks its interface.",
        ActivityPub = "activitypub": "An object of the fediverse in its own form.",
        Misskey = "misskey": "Misskey and its kin.",
        Pixelfed = "pixelfed": "Pixelfed.",
        Lemmy = "lemmy": "Lemmy.",
        PeerTube = "peertube": "PeerTube.",
        Bluesky = "bluesky": "Bluesky and other hosts of the AT Protocol.",
        WordPress = "wordpress": "A blog or paper made with WordPress.",
        Reddit = "reddit": "Reddit.",
        Discourse = "discourse": "A forum made with Discourse.",
        HackerNews = "hackernews": "Hacker News.",
        StackExchange = "stackexchange": "Stack Overflow and the other sites of Stack Exchange.",
        Tumblr = "tumblr": "Tumblr.",
        Blogger = "blogger": "Blogger.",
        MediaWiki = "mediawiki": "A wiki made with MediaWiki.",
        LiveJournal = "livejournal": "LiveJournal and Dreamwidth.",
    }
}

impl Platform {
    /// Its posts are known by their number alone, whoever wrote them.
    pub fn has_global_ids(self) -> bool {
        matches!(self, Self::X | Self::YouTube | Self::HackerNews | Self::TikTok | Self::Instagram | Self::Threads)
    }
}

/// By what a post is known, wherever it is shown: never its address.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct PostKey {
    /// Where it is from.
    pub platform: Platform,
    /// Whose numbers these are: a host, a DID, a channel; empty where the platform counts for all.
    pub authority: String,
    /// The platform's own identifier; empty for the key of an account or a channel as a whole.
    pub id: String,
}

impl PostKey {
    /// A key of its parts.
    pub fn new(platform: Platform, authority: impl Into<String>, id: impl Into<String>) -> Self {
        Self { platform, authority: authority.into(), id: id.into() }
    }

    /// Reads what is shown back; `None` for anything else.
    pub fn parse(text: &str) -> Option<Self> {
        let (platform, rest) = text.split_once(':')?;
        let platform = Platform::parse(platform)?;
        // An empty authority has no stroke behind it, unless one follows in the identifier.
        let (authority, id) = rest.split_once('/').unwrap_or(("", rest));
        Some(Self::new(platform, authority, id))
    }
}

impl fmt::Display for PostKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.authority.is_empty() && !self.id.contains('/') {
            write!(f, "{}:{}", self.platform, self.id)
        } else {
            write!(f, "{}:{}/{}", self.platform, self.authority, self.id)
        }
    }
}

impl From<PostKey> for String {
    fn from(key: PostKey) -> Self {
        key.to_string()
    }
}

impl TryFrom<String> for PostKey {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        Self::parse(&text).ok_or_else(|| format!("{text:?} is no key of a post"))
    }
}

closed_list! {
    /// What a post is.
    PostKind {
        Post = "post": "A post of its own.",
        Comment = "comment": "An answer to a post or a page.",
        Repost = "repost": "Somebody else's post, handed on without words.",
        Article = "article": "A text with a title.",
        Video = "video": "A video with its description.",
        Image = "image": "A picture with its caption.",
        Page = "page": "Something else with an address of its own.",
        Live = "live": "A broadcast while it happens.",
        Story = "story": "Shown for a day only.",
    }
}

closed_list! {
    /// Whether a post is there, and if not, what is said of it.
    PostState {
        Present = "present": "It is there.",
        DeletedByAuthor = "deleted_by_author": "Who wrote it took it away.",
        RemovedByModerator = "removed_by_moderator": "Others took it away: moderators, the platform, a court.",
        AccountGone = "account_gone": "The account that it belongs to is gone.",
        Private = "private": "It is for some only.",
        Gone = "gone": "It is not there, and nothing says who took it away.",
        Blocked = "blocked": "It is there, but not shown here: age, country, a block between accounts.",
    }
}

/// One post as one answer shows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Post {
    /// By what it is known.
    pub key: PostKey,
    /// What it is.
    pub kind: PostKind,
    /// Whether it is there.
    #[serde(default = "present", skip_serializing_if = "is_present")]
    pub state: PostState,
    /// Its address for people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// Its other addresses and names: `at://…`, the origin's `id`, short links.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub urls: Vec<String>,
    /// Who wrote it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub author: Option<Actor>,
    /// Who signed it or handed it on, where that is another than the author: a signature in a channel, a reposter.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub via: Option<Actor>,
    /// Its title.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// When it was made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub created: Option<When>,
    /// When it was changed last, as it says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub edited: Option<When>,
    /// It says that it was changed, or that it was not; `None`: it does not say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub is_edited: Option<bool>,
    /// The platform's own name of this version: a CID, a revision, the last of the edits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// Plain text, paragraphs parted by `\n`.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub text: String,
    /// What it says, where that is more than the lines of `text`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub blocks: Vec<Block>,
    /// BCP 47 language, as it is stated.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub language: Option<String>,
    /// The words that stand before it: a content warning.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub spoiler: Option<String>,
    /// It is marked as not for everybody.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub sensitive: bool,
    /// What others marked it as.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub labels: Vec<String>,
    /// Its pictures, videos and sounds, in order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub media: Vec<PostMedia>,
    /// The page that it shows a preview of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub card: Option<Card>,
    /// Its poll.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub poll: Option<Poll>,
    /// What it answers, quotes, hands on.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub relations: Vec<Relation>,
    /// Where its words lead.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub links: Vec<Link>,
    /// Its tags, without `#`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<String>,
    /// Whom it names.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub mentions: Vec<Mention>,
    /// Likes, views and the like: observations of their moment, never a change.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub counts: Vec<Count>,
    /// What is known to be left out.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub missing: Vec<Missing>,
    /// What is odd about it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<Note>,
    /// Which rule gave which group of fields.
    #[serde(default, skip_serializing_if = "Sources::is_empty")]
    pub sources: Sources,
}

fn present() -> PostState {
    PostState::Present
}

fn is_present(state: &PostState) -> bool {
    *state == PostState::Present
}

/// The words of a time; one that only the moment of capture tells is another one at every look.
fn stated(when: &Option<When>) -> Option<&str> {
    when.as_ref().filter(|w| w.precision != super::Precision::Relative).map(|w| w.raw.as_str())
}

/// What makes a version of a post: its words and what they are about, without what changes by itself.
#[derive(Serialize)]
struct Content<'a> {
    key: &'a PostKey,
    kind: PostKind,
    state: PostState,
    author: Option<&'a PostKey>,
    via: Option<&'a PostKey>,
    title: &'a Option<String>,
    created: Option<&'a str>,
    edited: Option<&'a str>,
    is_edited: Option<bool>,
    version: &'a Option<String>,
    text: &'a str,
    blocks: &'a [Block],
    spoiler: &'a Option<String>,
    sensitive: bool,
    media: Vec<(&'a str, &'a str)>,
    card: Option<&'a str>,
    poll: Option<Vec<&'a str>>,
    relations: Vec<(RelationKind, String)>,
    links: Vec<&'a str>,
    tags: &'a [String],
}

impl Post {
    /// A post of which nothing is known but its key.
    pub fn new(key: PostKey, kind: PostKind) -> Self {
        Self {
            key,
            kind,
            state: PostState::Present,
            url: None,
            urls: Vec::new(),
            author: None,
            via: None,
            title: None,
            created: None,
            edited: None,
            is_edited: None,
            version: None,
            text: String::new(),
            blocks: Vec::new(),
            language: None,
            spoiler: None,
            sensitive: false,
            labels: Vec::new(),
            media: Vec::new(),
            card: None,
            poll: None,
            relations: Vec::new(),
            links: Vec::new(),
            tags: Vec::new(),
            mentions: Vec::new(),
            counts: Vec::new(),
            missing: Vec::new(),
            notes: Vec::new(),
            sources: Sources::default(),
        }
    }

    /// What makes a version of it, as JSON in one fixed order: counts, avatars, signatures of addresses, relative
    /// times and whatever else changes by itself are left out.
    pub fn content(&self) -> String {
        let content = Content {
            key: &self.key,
            kind: self.kind,
            state: self.state,
            author: self.author.as_ref().map(|a| &a.key),
            via: self.via.as_ref().map(|a| &a.key),
            title: &self.title,
            created: stated(&self.created),
            edited: stated(&self.edited),
            is_edited: self.is_edited,
            version: &self.version,
            text: &self.text,
            blocks: &self.blocks,
            spoiler: &self.spoiler,
            sensitive: self.sensitive,
            media: self.media.iter().map(|m| (m.identity.as_str(), m.alt.as_str())).collect(),
            card: self.card.as_ref().map(|c| c.url.as_str()),
            poll: self.poll.as_ref().map(|p| p.choices.iter().map(|c| c.text.as_str()).collect()),
            relations: self.relations.iter().map(|r| (r.kind, r.target())).collect(),
            links: self.links.iter().map(|l| l.url.as_str()).collect(),
            tags: &self.tags,
        };
        serde_json::to_string(&content).unwrap_or_default()
    }

    /// The digest of [`Post::content`]: two readings with the same one are one version.
    pub fn version_digest(&self) -> Digest {
        Digest::of(self.content().as_bytes())
    }

    /// The first relation of a kind.
    pub fn relation(&self, kind: RelationKind) -> Option<&Relation> {
        self.relations.iter().find(|r| r.kind == kind)
    }

    /// A count, if it was seen.
    pub fn count(&self, kind: CountKind) -> Option<u64> {
        self.counts.iter().find(|c| c.kind == kind).map(|c| c.value)
    }

    /// Notes that something is left out, once.
    pub fn lacks(&mut self, what: Missing) {
        if !self.missing.contains(&what) {
            self.missing.push(what);
        }
    }
}
