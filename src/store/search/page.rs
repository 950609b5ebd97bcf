//! What is indexed of a page.

use std::collections::HashSet;

use serde::Deserialize;

use crate::model::Kind;

/// A document as far as it is indexed. The reader bounds it.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Page {
    pub title: Option<String>,
    pub authors: Vec<String>,
    pub credits: Vec<Credit>,
    pub site: Option<String>,
    pub categories: Vec<String>,
    pub tags: Vec<String>,
    pub description: Option<String>,
    pub blocks: Vec<Block>,
    pub rest: String,
    pub kind: String,
    pub social: Option<Social>,
}

/// What an adapter read, as far as nothing else in the document says it: who wrote the posts of a list.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Social {
    pub posts: Vec<Post>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Post {
    pub author: Option<Author>,
}

#[derive(Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
pub(super) struct Author {
    pub name: Option<String>,
    pub handle: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Credit {
    pub name: String,
}

/// Any block: each kind uses some of these.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Block {
    pub text: String,
    pub caption: String,
    pub items: Vec<Item>,
    pub rows: Vec<Vec<String>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Item {
    pub text: String,
}

impl Block {
    /// The pieces of text in it.
    pub fn texts(&self) -> impl Iterator<Item = &str> {
        [self.text.as_str(), self.caption.as_str()]
            .into_iter()
            .chain(self.items.iter().map(|item| item.text.as_str()))
            .chain(self.rows.iter().flatten().map(String::as_str))
            .filter(|text| !text.is_empty())
    }
}

impl Page {
    /// What stands around the main text.
    pub fn around(&self) -> impl Iterator<Item = &str> {
        let words = self.categories.iter().chain(&self.tags).chain(&self.site).chain(&self.description);
        words.map(String::as_str).chain([self.rest.as_str()])
    }

    /// Authors, then those with other credits, then those whose posts it lists. Below a post, authors stand with the comments.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        let posts = self.social.iter().filter(|_| self.lists()).flat_map(|social| &social.posts);
        let authors = posts.filter_map(|post| post.author.as_ref());
        let mut known = HashSet::new();
        let of_posts = authors.flat_map(|author| [&author.name, &author.handle]).flatten().map(String::as_str);
        let plain =
            self.authors.iter().map(String::as_str).chain(self.credits.iter().map(|credit| credit.name.as_str()));
        plain.chain(of_posts.filter(move |name| known.insert(*name)))
    }

    fn lists(&self) -> bool {
        self.kind == Kind::Listing.as_str() || self.kind == Kind::Profile.as_str()
    }
}
