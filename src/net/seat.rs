//! Who does nothing but wait for a host's turn, so that somebody else can work meanwhile.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;

/// Counts the captures that only wait.
#[derive(Debug, Default)]
pub struct Lobby {
    waiting: AtomicUsize,
    came: Notify,
}

impl Lobby {
    /// A lobby in which nobody waits.
    pub fn new() -> Arc<Self> {
        Arc::default()
    }

    /// A seat for one capture.
    pub fn seat(self: &Arc<Self>) -> Seat {
        Seat(Arc::new(Inner { lobby: Arc::clone(self), now: Mutex::default() }))
    }

    /// How many captures only wait.
    pub fn waiting(&self) -> usize {
        self.waiting.load(Ordering::Relaxed)
    }

    /// Returns once some capture began to wait since it was last asked.
    pub async fn changed(&self) {
        self.came.notified().await;
    }
}

/// One capture, whose requests may be several at the same time. Clones are the same seat.
#[derive(Clone, Debug)]
pub struct Seat(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    lobby: Arc<Lobby>,
    now: Mutex<Now>,
}

/// Requests of one capture.
#[derive(Clone, Copy, Debug, Default)]
struct Now {
    waiting: u32,
    going: u32,
}

impl Now {
    /// It waits with some request, and does nothing with any other.
    fn only_waits(self) -> bool {
        self.waiting > 0 && self.going == 0
    }
}

impl Seat {
    /// A request of this capture waits for as long as the mark is kept.
    pub(super) fn waits(&self) -> Mark<'_> {
        self.change(|now| now.waiting += 1);
        Mark { seat: self, undo: |now| now.waiting -= 1 }
    }

    /// A request of this capture is under way for as long as the mark is kept.
    pub(super) fn goes(&self) -> Mark<'_> {
        self.change(|now| now.going += 1);
        Mark { seat: self, undo: |now| now.going -= 1 }
    }

    fn now(&self) -> MutexGuard<'_, Now> {
        self.0.now.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn change(&self, how: impl FnOnce(&mut Now)) {
        let mut now = self.now();
        let before = now.only_waits();
        how(&mut now);
        let lobby = &self.0.lobby;
        match (before, now.only_waits()) {
            (false, true) => {
                lobby.waiting.fetch_add(1, Ordering::Relaxed);
                lobby.came.notify_one();
            }
            (true, false) => {
                lobby.waiting.fetch_sub(1, Ordering::Relaxed);
            }
            _ => {}
        }
    }
}

/// Something that one request of a capture does.
pub(super) struct Mark<'a> {
    seat: &'a Seat,
    undo: fn(&mut Now),
}

impl Drop for Mark<'_> {
    fn drop(&mut self) {
        self.seat.change(self.undo);
    }
}
