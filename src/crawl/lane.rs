//! What stands between two steps of a capture, bounded in octets.
//!
//! A lane lets few in at the same time, and nobody while what came out of it and is not put away yet weighs more
//! than its limit. Those who are in may finish, so the limit is passed by what a few of them make, and no more.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use tokio::sync::{Notify, Semaphore, SemaphorePermit};

/// A step of the way.
#[derive(Debug)]
pub(super) struct Lane {
    places: Semaphore,
    held: AtomicU64,
    limit: u64,
    lighter: Notify,
}

impl Lane {
    pub fn new(places: usize, limit: u64) -> Arc<Self> {
        Arc::new(Self { places: Semaphore::new(places), held: AtomicU64::new(0), limit, lighter: Notify::new() })
    }

    /// Waits for a place.
    pub async fn enter(self: &Arc<Self>) -> Place<'_> {
        // Never closed, so it never fails.
        let permit = self.places.acquire().await.ok();
        loop {
            // Made before looking, so that nothing is missed in between.
            let lighter = self.lighter.notified();
            if self.held.load(Ordering::Acquire) < self.limit {
                return Place { lane: self, _permit: permit };
            }
            lighter.await;
        }
    }
}

/// A place in a lane, given back when dropped.
pub(super) struct Place<'a> {
    lane: &'a Arc<Lane>,
    _permit: Option<SemaphorePermit<'a>>,
}

impl Place<'_> {
    /// Makes room for the next; `octets` of what was made here count until the load is dropped.
    pub fn leave(self, octets: u64) -> Load {
        self.lane.held.fetch_add(octets, Ordering::AcqRel);
        Load { lane: Arc::clone(self.lane), octets }
    }
}

/// What was made in a lane and is still held.
#[derive(Debug)]
pub(super) struct Load {
    lane: Arc<Lane>,
    octets: u64,
}

impl Drop for Load {
    fn drop(&mut self) {
        self.lane.held.fetch_sub(self.octets, Ordering::AcqRel);
        self.lane.lighter.notify_waiters();
    }
}
