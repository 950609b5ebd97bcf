//! Secrets, read when they are needed; and telling that a credential is not accepted any more.

use super::Courier;
use crate::error::Result;
use crate::model::{EventKind, Notice, SecretPlace};
use crate::net::LostCredential;
use crate::notify::Secret;

/// A secret is shorter.
const SECRET: u64 = 64 << 10;

impl Courier {
    /// Puts into the outbox which credentials are not accepted any more.
    pub(super) async fn credentials(&self) -> Result<()> {
        for LostCredential { name, why } in self.gate.lost_credentials() {
            let what = format!("the credential {name} is left out until it changes: {why}");
            self.note(what.clone());
            let facts = [("what".to_owned(), what.into()), ("credential".to_owned(), name.into())];
            let sinks = self.config.sinks_for(EventKind::Login, &[]);
            let notice = Notice { kind: EventKind::Login, facts: facts.into_iter().collect(), sinks };
            let now = self.clock.now();
            self.with(move |outbox| outbox.add(&notice, now, now).map(|_| ())).await?;
        }
        Ok(())
    }
}

/// Read when it is needed, so that it may be changed meanwhile, and stands nowhere else.
pub(super) fn secret(place: &SecretPlace) -> Result<Secret, String> {
    let text = secret_text(place, SECRET)?;
    let secret = Secret::new(&text);
    if text.trim().is_empty() { Err("the secret is empty".to_owned()) } else { Ok(secret) }
}

/// The text of a secret that is not longer than that.
pub(in crate::app) fn secret_text(place: &SecretPlace, longest: u64) -> Result<String, String> {
    match place {
        SecretPlace::Env(name) => std::env::var(name).map_err(|_| format!("the variable {name} holds no secret")),
        SecretPlace::File(path) => {
            let octets = crate::app::read_file(path, longest).map_err(|error| error.to_string())?;
            String::from_utf8(octets).map_err(|_| format!("{} is no text", path.display()))
        }
    }
}
