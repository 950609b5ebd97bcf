//! What keeps keepfast from working here, as far as it can be seen without asking anybody on the net.

use serde::Serialize;

use super::App;
use crate::extract::READER_VERSION;
use crate::net::Gate;
use crate::store::{Archive, SQLITE_MIN_VERSION, sqlite_version};

/// How a check ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Health {
    /// All is well.
    Good,
    /// It works, but not as well as it could.
    Odd,
    /// It does not work.
    Bad,
}

/// One check.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Check {
    /// What was looked at.
    pub what: &'static str,
    /// How it ended.
    pub health: Health,
    /// One sentence.
    pub says: String,
}

impl App {
    /// Looks at all that can be seen from here.
    pub fn doctor(&self) -> Vec<Check> {
        let mut out = Vec::new();
        let mut say = |what, health, says: String| out.push(Check { what, health, says });
        let sqlite = sqlite_version();
        let health = if sqlite.0 >= SQLITE_MIN_VERSION { Health::Good } else { Health::Bad };
        say("sqlite", health, format!("version {}", sqlite.1));
        match Archive::open(&self.dir) {
            Ok(archive) => {
                say("archive", Health::Good, format!("{} is an archive", self.dir.display()));
                match archive.capture(self.capture_options()) {
                    Ok((writer, recovered)) => {
                        let damage = recovered.damage.clone();
                        match (damage, writer.close()) {
                            (Some(damage), _) => say("lock", Health::Bad, damage),
                            (None, Ok(())) => say("lock", Health::Good, "the archive can be written to".into()),
                            (None, Err(error)) => say("lock", Health::Bad, error.to_string()),
                        }
                    }
                    Err(error) => say("lock", Health::Bad, error.to_string()),
                }
                match archive.reader().and_then(|reader| reader.status(self.now())) {
                    Ok(status) => {
                        let (free, want) = (status.free_bytes, self.config.min_free());
                        let health = match free {
                            n if n < want => Health::Bad,
                            n if n < want.saturating_mul(4) => Health::Odd,
                            _ => Health::Good,
                        };
                        say(
                            "disk",
                            health,
                            format!("{} MiB are free, {} MiB have to stay free", free >> 20, want >> 20),
                        );
                    }
                    Err(error) => say("catalogue", Health::Bad, error.to_string()),
                }
                match archive.reader().and_then(|reader| reader.count_readable(Some(READER_VERSION))) {
                    Ok(0) => say("reading", Health::Good, format!("reader {READER_VERSION} has read what is stored")),
                    Ok(pages) => {
                        let says = format!("{pages} pages were read by older readers only: run `keepfast reextract`");
                        say("reading", Health::Odd, says);
                    }
                    Err(error) => say("catalogue", Health::Bad, error.to_string()),
                }
            }
            Err(error) => say("archive", Health::Odd, error.to_string()),
        }
        let client = self.config.client();
        if client.from.is_empty() {
            let says = "client.from is empty: nobody who minds being archived can reach you";
            say("contact", Health::Odd, says.into());
        } else {
            say("contact", Health::Good, client.from.clone());
        }
        match Gate::new(client, self.dir.join("spool"), std::sync::Arc::clone(&self.clock)) {
            Ok(_) => say("tls", Health::Good, "certificate authorities and client settings can be used".into()),
            Err(error) => say("tls", Health::Bad, error.to_string()),
        }
        // Built before it runs: a clock before that day is wrong.
        let built = jiff::Timestamp::from_second(1_763_000_000).unwrap_or_default();
        let now = self.clock.now();
        let health = if now < built { Health::Bad } else { Health::Good };
        say("clock", health, format!("it shows {now}"));
        out
    }
}
