//! What posts are made of: people, media, polls, relations, counts.

use serde::{Deserialize, Serialize};

use super::When;
use super::outcome::closed_list;
use super::post::PostKey;

/// An account, as one answer shows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Actor {
    /// By what it is known: the key of the account as a whole.
    pub key: PostKey,
    /// The platform's own identifier, where it differs from the handle.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// The name in its address, without `@`; it may change hands.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub handle: Option<String>,
    /// The name that is shown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Its address for people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// Its picture.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub avatar: Option<String>,
    /// Its large picture.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub banner: Option<String>,
    /// The platform vouches for it; `None`: it does not say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub verified: Option<bool>,
    /// It says of itself that it is a program.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub bot: bool,
    /// It is a group or an organisation.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub group: bool,
    /// What it says of itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// When it was made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub created: Option<When>,
    /// Where it says that it moved to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub moved: Option<String>,
    /// Followers, posts: observations of their moment.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub counts: Vec<Count>,
}

impl Actor {
    /// An account of which nothing is known but its key.
    pub fn new(key: PostKey) -> Self {
        Self {
            key,
            id: None,
            handle: None,
            name: None,
            url: None,
            avatar: None,
            banner: None,
            verified: None,
            bot: false,
            group: false,
            description: None,
            created: None,
            moved: None,
            counts: Vec::new(),
        }
    }

    /// The name that is shown, or else the handle.
    pub fn shown(&self) -> Option<&str> {
        self.name.as_deref().or(self.handle.as_deref())
    }
}

closed_list! {
    /// What a medium of a post is.
    PostMediaKind {
        Image = "image": "A picture.",
        Video = "video": "A moving picture.",
        Gif = "gif": "A short moving picture without sound, shown again and again.",
        Audio = "audio": "A sound.",
        Document = "document": "A file of another kind.",
        Sticker = "sticker": "A sticker.",
        Embed = "embed": "A player of another host.",
    }
}

closed_list! {
    /// Whether a medium can be had.
    PostMediaState {
        Offered = "offered": "Its address is given.",
        UnavailableOnWeb = "unavailable_on_web": "The platform shows it in its own program only.",
        Gone = "gone": "It was there and is not any more.",
    }
}

/// One of the forms in which a medium is offered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rendition {
    /// Its address.
    pub url: String,
    /// Pixels across.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub width: Option<u32>,
    /// Pixels down.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub height: Option<u32>,
    /// Media type.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mime: Option<String>,
    /// Octets.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bytes: Option<u64>,
    /// Bits a second.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bitrate: Option<u64>,
}

impl Rendition {
    /// A rendition of which only the address is known.
    pub fn of(url: impl Into<String>) -> Self {
        Self { url: url.into(), width: None, height: None, mime: None, bytes: None, bitrate: None }
    }
}

/// A picture, video, sound or file of a post.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PostMedia {
    /// What it is.
    pub kind: PostMediaKind,
    /// By what it is the same medium at every look: a digest, a number, or its address without signature.
    pub identity: String,
    /// All forms in which it is offered, best first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub renditions: Vec<Rendition>,
    /// The still picture of a video.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub poster: Option<String>,
    /// Its description.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub alt: String,
    /// Its title or file name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// Milliseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub duration_ms: Option<u64>,
    /// What the octets have to be: a CID, a digest.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expected: Option<String>,
    /// Whether it can be had.
    pub state: PostMediaState,
}

impl PostMedia {
    /// The best rendition.
    pub fn best(&self) -> Option<&Rendition> {
        self.renditions.first()
    }
}

/// The preview of a page that a post shows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Card {
    /// The page.
    pub url: String,
    /// Its title.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub title: String,
    /// Its summary.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub description: String,
    /// Its picture.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub image: Option<String>,
}

/// One answer of a poll.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Choice {
    /// Its words.
    pub text: String,
    /// How many chose it, or of a hundred how many: an observation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub votes: Option<u64>,
    /// `votes` counts of a hundred.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub percent: bool,
}

/// A poll.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Poll {
    /// What is asked; may be the text of the post.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub question: String,
    /// What can be answered.
    pub choices: Vec<Choice>,
    /// When it ends.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ends: Option<When>,
    /// All votes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub votes: Option<u64>,
}

closed_list! {
    /// How one post has to do with another.
    RelationKind {
        Reply = "reply": "It answers that one.",
        ThreadRoot = "thread-root": "That one began the discussion.",
        Quote = "quote": "It shows that one inside of its own words.",
        Repost = "repost": "It hands that one on.",
        Forward = "forward": "It was brought from there, by copy.",
        Edit = "edit": "It is a later version of that one.",
        Link = "link": "It is about that page.",
    }
}

closed_list! {
    /// What is known of the other side of a relation.
    RelationState {
        Unknown = "unknown": "Nothing.",
        Available = "available": "It is there.",
        Gone = "gone": "It is not there any more.",
        Withheld = "withheld": "It is not shown: blocked, private, not yet allowed.",
    }
}

/// One post has to do with another.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Relation {
    /// How.
    pub kind: RelationKind,
    /// The other, where its key is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<PostKey>,
    /// Its address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// Whose it is, where that is all that is told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub author: Option<String>,
    /// What is known of it.
    #[serde(default = "unknown", skip_serializing_if = "is_unknown")]
    pub state: RelationState,
}

fn unknown() -> RelationState {
    RelationState::Unknown
}

fn is_unknown(state: &RelationState) -> bool {
    *state == RelationState::Unknown
}

impl Relation {
    /// A relation to a post whose key is known.
    pub fn to(kind: RelationKind, key: PostKey) -> Self {
        Self { kind, key: Some(key), url: None, author: None, state: RelationState::Unknown }
    }

    /// A relation to an address.
    pub fn at(kind: RelationKind, url: impl Into<String>) -> Self {
        Self { kind, key: None, url: Some(url.into()), author: None, state: RelationState::Unknown }
    }

    /// By what the other is known: its key, its address, or whose it is.
    pub fn target(&self) -> String {
        let key = self.key.as_ref().map(PostKey::to_string);
        key.or_else(|| self.url.clone()).or_else(|| self.author.clone()).unwrap_or_default()
    }
}

/// Somebody who is named in a post.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mention {
    /// The name as it stands there, without `@`.
    pub handle: String,
    /// The platform's own identifier.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// The account's address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
}

closed_list! {
    /// What is counted.
    CountKind {
        Likes = "likes": "Likes, favourites, points, claps.",
        Dislikes = "dislikes": "Votes against.",
        Reposts = "reposts": "Reposts, boosts, shares inside of the platform.",
        Quotes = "quotes": "Quotes.",
        Replies = "replies": "Replies or comments.",
        Views = "views": "Views.",
        Shares = "shares": "Shares to elsewhere.",
        Bookmarks = "bookmarks": "Bookmarks.",
        Reactions = "reactions": "Reactions with one sign; the label says which.",
        Followers = "followers": "Followers, subscribers, members.",
        Following = "following": "Accounts that it follows.",
        Posts = "posts": "Posts of the account.",
        Photos = "photos": "Pictures of the account.",
        Videos = "videos": "Videos of the account.",
    }
}

/// A number that a page shows. An observation of its moment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Count {
    /// What is counted.
    pub kind: CountKind,
    /// How many.
    pub value: u64,
    /// How fine that is: 1 for an exact number, 100 for `1.3K`.
    #[serde(default = "one", skip_serializing_if = "is_one")]
    pub granularity: u64,
    /// The sign of a reaction.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
}

fn one() -> u64 {
    1
}

fn is_one(n: &u64) -> bool {
    *n == 1
}

closed_list! {
    /// What is known to be left out of a post as it was read.
    Missing {
        Text = "text": "Its text is not in this answer.",
        TextTruncated = "text_truncated": "Its text is cut; there is more.",
        Author = "author": "Who wrote it is not told.",
        CreatedTime = "created_time": "When it was made is not told.",
        EditTime = "edit_time": "It was changed, and when is not told.",
        EarlierVersions = "earlier_versions": "It was changed, and what it said before is not told.",
        Replies = "replies": "Its replies are not served by this route.",
        SomeReplies = "some_replies": "Not all of its replies are in this answer.",
        Media = "media": "Media of it are not in this answer.",
        OriginalMedia = "original_media": "Its media are there in smaller or other forms only.",
        Quoted = "quoted": "What it quotes is not in this answer.",
        Counts = "counts": "Its counts are not told.",
        OtherPosts = "other_posts": "The account has further posts that are not served.",
    }
}

closed_list! {
    /// What may be odd about a post.
    NoteKind {
        IdClock = "id_clock": "The clock in its identifier and the time that it states are far apart.",
        Backdated = "backdated": "The time that it states is long before it was first seen by the platform.",
        Cut = "cut": "A limit of the reader bit: something is left out.",
        Odd = "odd": "Something else; the detail says what.",
    }
}

/// Something odd about a post.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Note {
    /// What to branch on.
    pub kind: NoteKind,
    /// One sentence for people.
    pub detail: String,
}
