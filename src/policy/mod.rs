//! Pure rules about addresses, pace and what an answer is.

pub mod wall;
