//! The only integration binary: stories that cross rooms, told against an origin of our own.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stdout, clippy::print_stderr)]

mod fetching;
mod server;
