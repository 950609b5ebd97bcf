//! The only integration binary: stories that cross rooms, told against an origin of our own.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stdout, clippy::print_stderr)]

mod crash;
mod damage;
mod docs;
mod endings;
mod fetching;
mod fixtures;
mod layers;
mod looking_again;
mod on_the_wire;
mod outward;
mod reading;
mod reextract;
mod search;
mod server;
mod services;
mod threads;
mod watching;
mod world;
