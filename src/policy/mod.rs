//! Rules that only think: which URL is the same URL, which address is public, what robots.txt allows,
//! how long to wait, whether an answer is a wall. No I/O, no clock, no state.

pub mod address;
pub mod cadence;
pub mod cookies;
#[cfg(test)]
mod cookies_tests;
pub mod presence;
#[cfg(test)]
mod presence_tests;
pub mod retry;
pub mod robots;
pub mod url;
pub mod wall;
mod words;

#[cfg(test)]
mod tests;
