//! The only integration binary: stories that cross rooms, told against an origin of our own.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stdout, clippy::print_stderr)]

mod budgets;
mod changes;
mod crash;
mod credentials;
mod damage;
mod docs;
mod endings;
mod feeds;
mod fetching;
mod fixtures;
mod layers;
mod looking_again;
mod made;
mod media;
mod noise;
mod notify;
mod on_the_wire;
mod outward;
mod platforms;
mod posts;
mod reading;
mod receiver;
mod reextract;
mod routes;
mod schedule;
mod search;
mod server;
mod service;
mod services;
mod streams;
mod threads;
mod tool;
mod units;
mod vanished;
mod vitals;
mod watching;
mod world;
