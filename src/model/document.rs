//! What was read out of a page.

use std::borrow::Cow;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::comment::{Comment, Sources};
use super::outcome::closed_list;

closed_list! {
    /// What a page is.
    Kind {
        Article = "article": "One text with a title: news, blog post, statement.",
        Thread = "thread": "A discussion: many posts of equal standing.",
        Post = "post": "One social post.",
        Listing = "listing": "Links to other pages: front page, category, search result.",
        Profile = "profile": "An account or a person.",
        Media = "media": "A page (or file) around one picture, video or sound.",
        Feed = "feed": "RSS, Atom, JSON Feed or sitemap.",
        Other = "other": "None of these, or not known.",
    }
}

closed_list! {
    /// How fine a time is known.
    Precision {
        Second = "second": "To the second (or finer).",
        Minute = "minute": "To the minute.",
        Day = "day": "The day only.",
        Month = "month": "The month only.",
        Year = "year": "The year only.",
        Relative = "relative": "Counted back from the moment of capture ('5 minutes ago').",
    }
}

closed_list! {
    /// Where the zone of a time comes from.
    ZoneSource {
        Stated = "stated": "The page gives the offset.",
        Assumed = "assumed": "No zone is given: the page's own clock, written as if it were UTC.",
    }
}

closed_list! {
    /// What decided the character set.
    CharsetSource {
        Bom = "bom": "A byte order mark.",
        Header = "header": "The charset parameter of Content-Type.",
        Meta = "meta": "A meta tag in the first 1,024 octets.",
        Sniffed = "sniffed": "Statistics over the octets, because nothing was said or what was said is wrong.",
        Default = "default": "Nothing was said and the octets are plain ASCII or valid UTF-8.",
    }
}

closed_list! {
    /// What a medium is.
    MediaKind {
        Image = "image": "A picture.",
        Video = "video": "A moving picture.",
        Audio = "audio": "A sound.",
        Poster = "poster": "The still picture of a video.",
        Track = "track": "Subtitles or captions.",
        File = "file": "A linked file: PDF, archive, office document.",
        Embed = "embed": "A foreign player or post in the page; listed, not fetched as a file.",
    }
}

closed_list! {
    /// A part of a page that is not content but is needed to show it.
    RequisiteKind {
        Style = "style": "Style sheet.",
        Script = "script": "Script.",
        Frame = "frame": "Frame.",
        Font = "font": "Font.",
        Icon = "icon": "Icon of the site.",
    }
}

closed_list! {
    /// What was odd about a page, or which bound bit while it was read.
    WarningCode {
        Depth = "depth": "Elements nested deeper than the limit were flattened.",
        Attributes = "attributes": "Attributes beyond the limit were dropped.",
        Formatting = "formatting": "Unclosed formatting elements beyond the limit were dropped.",
        Size = "size": "Only the beginning of the page was read.",
        Time = "time": "Reading took too long and was given up.",
        Count = "count": "More items (links, media, comments) than the limit; the rest is left out.",
        Charset = "charset": "The declared character set is unknown or wrong.",
        Decode = "decode": "The content coding is broken, or expands beyond the limit; what came out was read.",
        Panic = "panic": "The reader failed on this page.",
        Url = "url": "Some addresses in the page are not URLs.",
        NotText = "not_text": "The body is not a kind of text that is read.",
        Odd = "odd": "Something else is odd; the detail says what.",
    }
}

closed_list! {
    /// What the markup of a page tells about walls in front of it, seen by the reader, judged by `policy::wall`.
    Sign {
        Password = "password": "A form has a password field.",
        Login = "login": "A form or dialog to log in is marked as such.",
        Captcha = "captcha": "A captcha or the script of a bot check is in the page.",
        Consent = "consent": "A dialog for consent to cookies is in the page.",
        Noscript = "noscript": "A noscript text asks to switch JavaScript on.",
        Shell = "shell": "The body has next to no text beside scripts.",
    }
}

/// Something odd about a page.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Warning {
    /// What to branch on.
    pub code: WarningCode,
    /// One sentence for people; may be empty.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub detail: String,
}

/// A time as a page states it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct When {
    /// The words of the page.
    pub raw: String,
    /// The instant, if it could be read. Without a stated zone this is the page's own clock taken as UTC.
    pub at: Option<Timestamp>,
    /// How fine it is known.
    pub precision: Precision,
    /// Where the zone comes from.
    pub zone: ZoneSource,
    /// Which rule found it: `json-ld`, `microdata`, `meta`, `time`, `url`, `text` …; `-hijri` behind it: its
    /// day was counted in that calendar.
    pub source: String,
}

impl When {
    /// The words of the page; where these are only a number for machines, the instant.
    pub fn in_words(&self) -> Cow<'_, str> {
        match self.at {
            Some(at) if self.raw.bytes().all(|b| b.is_ascii_digit() || b == b'.') && self.raw.len() > 8 => {
                Cow::Owned(at.to_string())
            }
            _ => Cow::Borrowed(&self.raw),
        }
    }
}

/// `Video by Anna`: a role and a name other than the author's.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Credit {
    /// The words before the name, without "by": `Video`, `Script`, `Photo`.
    pub role: String,
    /// The name.
    pub name: String,
}

/// One item of a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListItem {
    /// Nesting, 0 at the outermost list.
    pub depth: u8,
    /// Its text, white space folded.
    pub text: String,
}

/// A piece of the main text. Text is plain, white space folded, except in code.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Block {
    /// A heading.
    Heading {
        /// 1 to 6.
        level: u8,
        /// Its text.
        text: String,
    },
    /// A paragraph.
    Paragraph {
        /// Its text; line breaks of the page are `\n`.
        text: String,
    },
    /// A list, nested lists flattened with their depth.
    List {
        /// Numbered.
        ordered: bool,
        /// Its items in order.
        items: Vec<ListItem>,
    },
    /// A quotation.
    Quote {
        /// Its text; paragraphs parted by `\n`.
        text: String,
    },
    /// Preformatted text.
    Code {
        /// Its text with white space as it is.
        text: String,
    },
    /// A table.
    Table {
        /// Rows of cells.
        rows: Vec<Vec<String>>,
    },
    /// A picture, video or embed in its place in the text.
    Figure {
        /// Its address: one of `Document::media`.
        url: String,
        /// Caption, or else the alternative text; may be empty.
        caption: String,
    },
}

closed_list! {
    /// Where in a page a link stands.
    LinkPlace {
        Frame = "frame": "In the frame of the page around its text: menus, side bars, footers.",
        Content = "content": "In the main text.",
        Comment = "comment": "In a comment or a post.",
    }
}

/// A link out of the page.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Link {
    /// Absolute address.
    pub url: String,
    /// Its text, white space folded, at most 200 characters.
    pub text: String,
    /// `rel` in lower case; may be empty.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub rel: String,
    /// Where it stands; of several places the text goes before a comment, and a comment before the frame.
    #[serde(default, skip_serializing_if = "LinkPlace::is_frame")]
    pub place: LinkPlace,
    /// The words around it, in the main text and in comments: its sentence, or a part of it. Empty where that is only `text`.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub context: String,
}

impl LinkPlace {
    fn is_frame(&self) -> bool {
        *self == Self::Frame
    }
}

#[allow(clippy::derivable_impls, reason = "the list is made by a macro")]
impl Default for LinkPlace {
    fn default() -> Self {
        Self::Frame
    }
}

/// A medium of the page.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MediaLink {
    /// Absolute address of the best rendition.
    pub url: String,
    /// What it is.
    pub kind: MediaKind,
    /// Alternative text or title.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub alt: String,
    /// The other addresses of the same thing (srcset candidates, lazy placeholders), best first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub renditions: Vec<String>,
    /// Which rule found it: `img`, `srcset`, `lazy`, `video`, `og:image`, `link`, `iframe`, `css`…
    pub source: String,
    /// It stands in the main text, not in the frame of the page around it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub content: bool,
}

/// Another form of the same thing, for machines.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Alternate {
    /// Its media type as the page gives it, in lower case, with parameters.
    pub kind: String,
    /// Absolute address.
    pub url: String,
}

/// A part of the page that is not content but is needed to show it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Requisite {
    /// Absolute address.
    pub url: String,
    /// What it is.
    pub kind: RequisiteKind,
}

/// A meta refresh.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refresh {
    /// Seconds to wait, as the page says.
    pub after_s: u32,
    /// Absolute address.
    pub url: String,
}

/// The character set that was used.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Charset {
    /// Its name, as in the Encoding Standard (or `armscii-8`).
    pub name: String,
    /// What decided.
    pub source: CharsetSource,
}

/// One thing that a feed, a sitemap or another list names.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// Absolute address.
    pub url: String,
    /// What the list knows it by (`guid`, `id`), whatever its address; `None`: its address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub identity: Option<String>,
    /// Its title, at most 200 characters; may be empty.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub title: String,
    /// When it was published, as the list has it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub published: Option<Timestamp>,
    /// When it was changed last, as the list has it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub modified: Option<Timestamp>,
    /// It is a list itself: a sitemap that an index names.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_list: bool,
}

/// What was read out of one page. Addresses are absolute.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Document {
    /// What the page is.
    pub kind: Kind,
    /// Title of the text, without the site's name.
    pub title: Option<String>,
    /// Authors in order.
    pub authors: Vec<String>,
    /// Other roles and names.
    pub credits: Vec<Credit>,
    /// Name of the site.
    pub site: Option<String>,
    /// Section or categories.
    pub categories: Vec<String>,
    /// Tags.
    pub tags: Vec<String>,
    /// BCP 47 language; `und` if not known.
    pub language: Option<String>,
    /// First publication.
    pub published: Option<When>,
    /// Last change.
    pub modified: Option<When>,
    /// The address that the page gives for itself.
    pub canonical: Option<String>,
    /// Summary as given in meta data.
    pub description: Option<String>,
    /// Main text.
    pub blocks: Vec<Block>,
    /// Comments in page order.
    pub comments: Vec<Comment>,
    /// How many comments the page says there are.
    pub comments_claimed: Option<u32>,
    /// The other pages of the thread that these comments are a part of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub paging: Option<super::Paging>,
    /// The next page of a feed or a list: what stands there is older, or further down.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_page: Option<String>,
    /// Links out.
    pub links: Vec<Link>,
    /// Other forms of the same that the page names for machines: feeds, oEmbed, the form of the fediverse. Bounded.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub alternates: Vec<Alternate>,
    /// What a feed or sitemap lists, in its order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub entries: Vec<Entry>,
    /// Media.
    pub media: Vec<MediaLink>,
    /// Further parts needed to show the page.
    pub requisites: Vec<Requisite>,
    /// Meta refresh.
    pub refresh: Option<Refresh>,
    /// Character set.
    pub charset: Option<Charset>,
    /// Words of the whole visible page that are not in `blocks` or `comments`, folded to one text:
    /// what a reader that misses the main text still finds. Bounded.
    pub rest: String,
    /// What was odd.
    pub warnings: Vec<Warning>,
    /// What the markup tells about walls.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub signs: Vec<Sign>,
    /// Which rule decided what: `title`, `authors`, `site`, `description`, `language`, `kind`, `blocks`, `comments`.
    /// Dates and media name theirs themselves.
    #[serde(default, skip_serializing_if = "Sources::is_empty")]
    pub sources: Sources,
    /// What an adapter of a platform read: its posts, and what the answer means.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub social: Option<Box<super::Social>>,
}

impl Document {
    /// A document in which nothing was found.
    pub fn empty() -> Self {
        Self {
            kind: Kind::Other,
            title: None,
            authors: Vec::new(),
            credits: Vec::new(),
            site: None,
            categories: Vec::new(),
            tags: Vec::new(),
            language: None,
            published: None,
            modified: None,
            canonical: None,
            description: None,
            blocks: Vec::new(),
            comments: Vec::new(),
            comments_claimed: None,
            paging: None,
            next_page: None,
            links: Vec::new(),
            alternates: Vec::new(),
            entries: Vec::new(),
            media: Vec::new(),
            requisites: Vec::new(),
            refresh: None,
            charset: None,
            rest: String::new(),
            warnings: Vec::new(),
            signs: Vec::new(),
            sources: Sources::default(),
            social: None,
        }
    }
}
