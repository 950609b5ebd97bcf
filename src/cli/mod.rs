//! The command line: its words, its endings, and how things look on a terminal. No SQL, no requests.

pub mod args;
pub mod exit;
pub mod pages;
pub mod progress;
pub mod render;
pub mod summary;
pub mod term;

#[cfg(test)]
mod tests;
