//! Platforms of our own on loopback, and stories about them. A replica answers in the shapes of its platform (those of
//! `tests/fixtures`), by what stands in it at that moment; tests change it between looks.

mod ask;
mod discovery;
mod kept;
mod mastodon;
mod mastodon_reads;
mod mastodon_story;
mod posts;
mod telegram;
mod telegram_reads;
mod telegram_story;
mod walls;
mod x;
mod x_reads;
mod x_story;
