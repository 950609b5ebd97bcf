//! keepfast archives public posts, articles and channels: it keeps the original bytes, reads out what
//! they say, notices edits and deletions, and can show later what was there and when.
//!
//! The rooms and the edges between them are described in `docs/ARCHITECTURE.md`; `tests/it/layers.rs`
//! holds them to it.

pub mod app;
pub mod capture;
pub mod cli;
pub mod clock;
pub mod config;
pub mod crawl;
pub mod diff;
pub mod error;
pub mod export;
pub mod extract;
pub mod model;
pub mod net;
pub mod notify;
pub mod policy;
pub mod seal;
pub mod site;
pub mod store;
pub mod verify;
pub mod warc;
