//! The front door. To be built.

pub mod demo;
