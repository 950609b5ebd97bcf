//! Full text: what is folded, how the index is made behind the capture, and how it is asked.

mod find;
mod fold;
mod index;
mod query;
mod snippet;

pub use find::{Found, Hit, Met, OfComment, Order, RANKED, Search, Standing};
pub use index::Slice;
pub(super) use index::{again, is_behind, slice};
pub use snippet::Snippet;

#[cfg(test)]
mod fold_tests;
#[cfg(test)]
mod query_tests;
#[cfg(test)]
mod tests;
