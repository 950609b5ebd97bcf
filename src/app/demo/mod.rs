//! The demonstration: a small site of ours on loopback, which changes while it is archived.

mod act;
mod acts;
mod site;

pub use act::{Act, Finding, free_folder, play};
pub use acts::{Change, Expected, expected};
pub use site::{Asked, Site, serve};

#[cfg(test)]
mod tests;
