//! Posts: an index over documents, made behind the capture. What a post says stays in its document, which custody binds; the
//! index knows where: in which document, and in which place among its posts.

mod index;
mod keep;
mod list;
mod numbers;
mod one;
mod read;
mod remove;
mod shown;
mod witness;

use url::Url;

pub(super) use index::{is_behind, slice};
pub use list::PostFilter;
pub use numbers::KnownPost;
pub(super) use remove::{before_removal, later, removed};
pub use shown::{PostMedium, PostRow, PostView, Related, Seen, Vanished, Version};
pub use witness::Witnessed;

use crate::model::{Digest, Document, Post};

/// Which posts there are in what the general reader read: handed in by whoever opens the archive, since this room knows no pages.
#[derive(Clone, Copy, Debug)]
pub struct PostRules {
    /// Raised whenever the same document may give other posts: then all are made anew.
    pub version: u32,
    /// The posts of a document that was had from an address.
    pub posts: fn(&Document, &Url) -> Vec<Post>,
    /// The SHA-256 that a platform's name of a medium's octets tells: a CID.
    pub digest: fn(&str) -> Option<Digest>,
}

/// The form of posts that the general reader read.
const PAGE: &str = "page";

#[cfg(test)]
mod steps_tests;
#[cfg(test)]
mod tests;
