//! A comment, and which rules decided what a document says.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::document::{Block, When};

/// A comment (or a post of a thread).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Comment {
    /// The page's own identifier of the comment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// Name as shown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub author: Option<String>,
    /// Where the name links to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub author_url: Option<String>,
    /// When it was written.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time: Option<When>,
    /// Plain text, paragraphs parted by `\n`.
    pub text: String,
    /// Nesting, 0 at the top.
    pub depth: u16,
    /// Index in `Document::comments` of the comment that this one answers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parent: Option<u32>,
    /// Identifier of the comment that this one answers, where that is on another page of the thread.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reply_to: Option<String>,
    /// Address of this comment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub permalink: Option<String>,
    /// Likes, votes, points, whichever the page shows as an exact number. An observation of its moment: no change of the comment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub likes: Option<i64>,
    /// Somebody took it away and what answers it stayed: the place is still shown, without its words.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub deleted: bool,
    /// What it says, where that is more than the lines of `text`: quotes, lists, code, pictures. See [`Comment::as_blocks`].
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub blocks: Vec<Block>,
}

impl Comment {
    /// Who wrote it, or `or` where no name is shown, or that it is no longer there.
    pub fn author_or<'a>(&'a self, or: &'a str) -> &'a str {
        self.author.as_deref().unwrap_or(if self.deleted { "(deleted)" } else { or })
    }

    /// `12 likes`.
    pub fn likes_in_words(&self) -> Option<String> {
        self.likes.map(|n| format!("{n} like{}", if n == 1 { "" } else { "s" }))
    }

    /// What it says as blocks: its own, or else each line of its text as a paragraph.
    pub fn as_blocks(&self) -> Cow<'_, [Block]> {
        if !self.blocks.is_empty() {
            return Cow::Borrowed(&self.blocks);
        }
        let lines = self.text.lines().filter(|line| !line.trim().is_empty());
        Cow::Owned(lines.map(|line| Block::Paragraph { text: line.to_owned() }).collect())
    }
}

/// Which rule decided what a document says: the names of its fields with the names of rules.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Sources(BTreeMap<String, String>);

impl Sources {
    /// Notes the rule that decided a field.
    pub fn set(&mut self, field: &str, rule: &str) {
        self.0.insert(field.to_owned(), rule.to_owned());
    }

    /// Notes the rule beside a value, and gives the value back.
    pub fn keep<T>(&mut self, field: &str, decided: Option<(T, &'static str)>) -> Option<T> {
        decided.map(|(value, rule)| {
            self.set(field, rule);
            value
        })
    }

    /// The rule that decided a field.
    pub fn get(&self, field: &str) -> Option<&str> {
        self.0.get(field).map(String::as_str)
    }

    /// Nothing is noted.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// All fields with their rules, in the order of their names.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(field, rule)| (field.as_str(), rule.as_str()))
    }
}
