//! Full text: what is folded, how the index is made behind the capture, and how it is asked.

mod describe;
mod find;
mod fold;
mod index;
mod inside;
mod page;
mod parts;
mod plan;
mod query;
mod result;
mod snippet;

pub use find::RANKED;
pub use index::Slice;
pub(super) use index::{again, is_behind, later, slice};
pub(super) use inside::{Inside, drop as drop_inside};
pub use result::{Found, Hit, Met, OfComment, Order, Search, Standing};
pub use snippet::Snippet;

#[cfg(test)]
mod fold_tests;
#[cfg(test)]
mod query_tests;
#[cfg(test)]
mod tests;
