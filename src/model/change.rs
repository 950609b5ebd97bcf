//! What differs between two readings of one page, item by item.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::outcome::closed_list;
use super::{Flag, Outcome, SnapshotId, SnapshotRow, WatchId};

closed_list! {
    /// What of a page differs.
    Subject {
        Title = "title": "The title.",
        Byline = "byline": "The authors.",
        Credits = "credits": "Other roles and names.",
        Published = "published": "The stated time of publication.",
        Category = "category": "A section or category.",
        Address = "address": "The address that the page gives for itself.",
        Text = "text": "A line of the main text: a heading, paragraph, list item, row of a table or caption.",
        Link = "link": "Where a link in the main text leads.",
        Media = "media": "A picture, video, sound, embed or linked file in the main text.",
        Comment = "comment": "A comment.",
        Around = "around": "The other words of a page that has neither a main text nor comments.",
    }
}

closed_list! {
    /// What happened to it.
    Action {
        Edited = "edited": "It says something else.",
        Added = "added": "It was not there.",
        Removed = "removed": "It is no longer there.",
        Moved = "moved": "It stands in another place and says the same.",
        Replaced = "replaced": "Other octets are under the same address.",
    }
}

closed_list! {
    /// What a run of words is to both texts.
    Run {
        Same = "same": "In both.",
        Removed = "removed": "Only in the older.",
        Added = "added": "Only in the newer.",
    }
}

/// A run of words. `Same` and `Removed` in order are the older text, `Same` and `Added` the newer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Piece {
    /// In which of the two it stands.
    pub run: Run,
    /// The words, with their white space.
    pub text: String,
}

/// One thing that differs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Item {
    /// What of the page.
    pub subject: Subject,
    /// What happened to it.
    pub action: Action,
    /// What it is known by: the address of a medium, the text of a link, of a comment its identifier, address or author.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    /// Who wrote a comment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub author: Option<String>,
    /// Its place before, counted from 1 (lines of the main text, comments).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<u32>,
    /// Its place now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<u32>,
    /// What it said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<String>,
    /// What it says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<String>,
    /// `before` or `after` is only the part of a long text around the first place that differs.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub cut: bool,
    /// It differs at every look, or goes to and fro: no change of what the page says.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub noise: bool,
}

impl Item {
    /// An item of which nothing else is known.
    pub fn new(subject: Subject, action: Action) -> Self {
        Self {
            subject,
            action,
            key: None,
            author: None,
            from: None,
            to: None,
            before: None,
            after: None,
            cut: false,
            noise: false,
        }
    }

    /// The page says something else by it. A comment or medium that only stands elsewhere is told, but sorting anew is no edit;
    /// the order of the main text belongs to what it says.
    pub fn counts(&self) -> bool {
        let sorted = self.action == Action::Moved && matches!(self.subject, Subject::Comment | Subject::Media);
        !self.noise && !sorted
    }
}

/// All that differs.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Difference {
    /// What differs, in the order: fields, text, links, media, comments.
    pub items: Vec<Item>,
    /// Items beyond the limit, which are only counted.
    pub left_out: u32,
    /// Bounds that bit: so much differed, or was so long, that it was compared more coarsely.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub bounds: Vec<String>,
}

impl Difference {
    /// The page says something else.
    pub fn changed(&self) -> bool {
        self.left_out > 0 || self.items.iter().any(Item::counts)
    }

    /// Something differs that is taken for noise.
    pub fn has_noise(&self) -> bool {
        self.items.iter().any(|item| item.noise)
    }

    /// What changed, for people: `title`, `text +1 -2`, `comments +1 -2`, `media 1 replaced`.
    pub fn what(&self) -> Vec<String> {
        let mut out = Vec::new();
        for subject in Subject::ALL {
            let mine = || self.items.iter().filter(|i| i.subject == *subject && !i.noise);
            let count = |action| mine().filter(|i| i.action == action).count();
            if mine().next().is_none() {
                continue;
            }
            let edited = count(Action::Edited);
            let (added, removed) = (count(Action::Added) + edited, count(Action::Removed) + edited);
            let name = match subject {
                Subject::Comment => "comments",
                Subject::Category => "categories",
                Subject::Link => "links",
                other => other.as_str(),
            };
            let is_list = matches!(
                subject,
                Subject::Category | Subject::Text | Subject::Link | Subject::Media | Subject::Comment | Subject::Around
            );
            let mut said = name.to_owned();
            if is_list {
                let parts = [(added, " +"), (removed, " -")];
                parts.iter().filter(|(n, _)| *n > 0).for_each(|(n, sign)| said.push_str(&format!("{sign}{n}")));
                let parts = [(count(Action::Moved), "moved"), (count(Action::Replaced), "replaced")];
                parts.iter().filter(|(n, _)| *n > 0).for_each(|(n, word)| said.push_str(&format!(" {n} {word}")));
            }
            out.push(said);
        }
        if self.left_out > 0 {
            out.push(format!("and {} more", self.left_out));
        }
        out
    }
}

/// An item with what its texts have in common and what not.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Told {
    /// The item.
    #[serde(flatten)]
    pub item: Item,
    /// Word by word, where it was edited.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub pieces: Vec<Piece>,
}

/// Two snapshots side by side.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Comparison {
    /// The older.
    pub older: SnapshotRow,
    /// The newer.
    pub newer: SnapshotRow,
    /// Both hold what the page says; else only how they ended tells them apart.
    pub compared: bool,
    /// They say different things.
    pub changed: bool,
    /// What differs, for people.
    pub what: Vec<String>,
    /// What differs, item by item.
    pub items: Vec<Told>,
    /// Items beyond the limit, which are only counted.
    pub left_out: u32,
    /// Items of noise that are not among these.
    pub noise: u32,
    /// Bounds that bit, and what else is to be known of the comparison.
    pub bounds: Vec<String>,
}

/// A snapshot that differs from the one before it, as `changes` lists it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ChangeRow {
    /// The snapshot.
    pub snapshot: SnapshotId,
    /// The last good one before it.
    pub previous: Option<SnapshotId>,
    /// The watch.
    pub watch: WatchId,
    /// The URL that was asked.
    pub url: String,
    /// When.
    pub at: Timestamp,
    /// How it ended: an absence is a change, too.
    pub outcome: Outcome,
    /// What else is to be known of it.
    pub flags: Vec<Flag>,
    /// Title, as it was read then.
    pub title: Option<String>,
    /// What changed, for people.
    pub what: Option<String>,
    /// What changed, item by item, as it was committed with the snapshot.
    pub items: Vec<Told>,
}
