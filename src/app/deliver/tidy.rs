//! What was delivered long ago leaves the outbox, a bounded step at a time.

use std::time::Duration;

use jiff::Timestamp;

use super::{Courier, before};
use crate::error::Result;

/// What was delivered long ago is looked for so often.
const TIDY: Duration = Duration::from_secs(3600);
/// Events that are looked at in one step: other writers wait no longer than that takes.
const STEP: u32 = 500;
/// Steps of one run.
const STEPS: usize = 20;
/// Days of which it is kept what they brought.
const DAYS: i64 = 400;

/// How far the service has come with it.
pub(super) struct Tidy {
    at: Timestamp,
    after: i64,
}

impl Tidy {
    /// It begins at a moment.
    pub fn new(at: Timestamp) -> Self {
        Self { at, after: 0 }
    }
}

impl Courier {
    /// Removes a step of what was delivered long ago; says after which event to go on, if there is more.
    async fn tidy(&self, after: i64) -> Result<Option<i64>> {
        let now = self.clock.now();
        let old = before(now, self.config.keep_events());
        let first_day = now.as_second().div_euclid(86_400) - DAYS + 1;
        self.with(move |outbox| outbox.prune(after, old, first_day, STEP).map(|(_, more)| more)).await
    }

    /// Makes a step, if it is time for one.
    pub(super) async fn tidy_now(&self, tidy: &mut Tidy) {
        let now = self.clock.now();
        if tidy.at > now {
            return;
        }
        // What cannot be removed now is removed later.
        match self.tidy(tidy.after).await {
            Ok(Some(after)) => tidy.after = after,
            Ok(None) | Err(_) => *tidy = Tidy::new(now.checked_add(TIDY).unwrap_or(now)),
        }
    }

    /// Makes as many steps as a run may.
    pub(super) async fn tidy_all(&self) -> Result<()> {
        let mut after = Some(0);
        for _ in 0..STEPS {
            let Some(from) = after else { break };
            after = self.tidy(from).await?;
        }
        Ok(())
    }
}
