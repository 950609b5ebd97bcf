//! A small pool of threads for parsing, hashing and compressing: one a core, never the runtime's threads.
//!
//! A thread that takes too long over hostile input is given up: the asker is told, a new thread takes
//! its place, and the old one ends as soon as it returns.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use tokio::sync::{mpsc, oneshot};

use crate::error::{Error, ErrorKind, Result};

type Work<S> = Box<dyn FnOnce(&mut S) + Send>;
/// Work, and whom to tell when the thread is free again.
type Task<S> = (Work<S>, oneshot::Sender<()>);
type Make<S> = Arc<dyn Fn() -> Result<S> + Send + Sync>;

/// Work that waits.
const WAITING: usize = 256;

/// Why work did not come to an end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum GaveUp {
    /// It took longer than it may.
    Time,
    /// It panicked.
    Panic,
}

/// The pool. `S` is what each thread keeps for itself.
pub(super) struct Pool<S: Send + 'static> {
    inbox: Arc<Mutex<mpsc::Receiver<Task<S>>>>,
    mailbox: mpsc::Sender<Task<S>>,
    make: Make<S>,
}

impl<S: Send + 'static> Pool<S> {
    pub fn new(threads: usize, make: Make<S>) -> Result<Self> {
        let (mailbox, inbox) = mpsc::channel(WAITING);
        let pool = Self { inbox: Arc::new(Mutex::new(inbox)), mailbox, make };
        for _ in 0..threads.max(1) {
            pool.hire()?;
        }
        Ok(pool)
    }

    /// Starts a thread. It ends when the pool is dropped, or after work that was given up.
    fn hire(&self) -> Result<()> {
        let mut state = (self.make)()?;
        let inbox = Arc::clone(&self.inbox);
        thread::Builder::new()
            .name("keepfast-cpu".into())
            // html5ever drops deep trees by recursion.
            .stack_size(16 << 20)
            .spawn(move || {
                loop {
                    let next = match inbox.lock() {
                        Ok(mut inbox) => inbox.blocking_recv(),
                        Err(_) => None,
                    };
                    let Some((work, done)) = next else { return };
                    work(&mut state);
                    // Nobody waits for us any more: we were given up, and another thread took our place.
                    if done.send(()).is_err() {
                        return;
                    }
                }
            })
            .map(|_| ())
            .map_err(|e| Error::new(ErrorKind::Internal, "cannot start a thread").because(e))
    }

    /// Runs `work` on one of the threads, for at most `limit`.
    pub async fn run<T: Send + 'static>(
        &self,
        limit: Duration,
        work: impl FnOnce(&mut S) -> T + Send + 'static,
    ) -> Result<T, GaveUp> {
        let (reply, answer) = oneshot::channel();
        let (begun, has_begun) = oneshot::channel();
        let (done, is_done) = oneshot::channel();
        let work: Work<S> = Box::new(move |state| {
            let _ = begun.send(());
            let result = catch_unwind(AssertUnwindSafe(|| work(state)));
            let _ = reply.send(result);
        });
        self.mailbox.send((work, done)).await.map_err(|_| GaveUp::Panic)?;
        // Waiting for a thread does not count.
        has_begun.await.map_err(|_| GaveUp::Panic)?;
        let result = match tokio::time::timeout(limit, answer).await {
            Ok(Ok(Ok(value))) => Ok(value),
            Ok(_) => Err(GaveUp::Panic),
            Err(_) => {
                drop(is_done);
                let _ = self.hire();
                return Err(GaveUp::Time);
            }
        };
        let _ = is_done.await;
        result
    }
}
