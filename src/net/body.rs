//! Bodies: digested while they come, in memory up to a size, in a file of the spool folder above it.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use bytes::{Buf, Bytes};
use sha2::{Digest as _, Sha256};
use tokio::io::AsyncWriteExt as _;

use crate::model::Digest;

/// The body of an answer, content coding as sent, transfer coding removed.
#[derive(Debug, Default)]
pub enum Body {
    /// There is none.
    #[default]
    Empty,
    /// In memory.
    Memory(Bytes),
    /// In a file that is removed with this value.
    Spooled(SpoolFile),
}

impl Body {
    /// Length in octets.
    pub fn len(&self) -> u64 {
        match self {
            Self::Empty => 0,
            Self::Memory(bytes) => bytes.len() as u64,
            Self::Spooled(file) => file.len,
        }
    }

    /// No octets at all.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Reads it from its beginning.
    pub fn reader(&self) -> io::Result<Box<dyn Read + Send>> {
        Ok(match self {
            Self::Empty => Box::new(io::empty()),
            Self::Memory(bytes) => Box::new(bytes.clone().reader()),
            Self::Spooled(file) => Box::new(File::open(&file.path)?),
        })
    }
}

/// A file of the spool folder, removed when the value is dropped.
#[derive(Debug)]
pub struct SpoolFile {
    path: PathBuf,
    len: u64,
}

impl SpoolFile {
    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Length in octets.
    pub fn len(&self) -> u64 {
        self.len
    }

    /// No octets at all (never so for a finished body).
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }
}

impl Drop for SpoolFile {
    fn drop(&mut self) {
        // What cannot be removed is swept at the next start.
        let _ = std::fs::remove_file(&self.path);
    }
}

/// How much memory all bodies of a gate may take together.
#[derive(Debug)]
pub(super) struct Memory {
    used: AtomicU64,
    limit: u64,
}

impl Memory {
    pub(super) fn new(limit: u64) -> Arc<Self> {
        Arc::new(Self { used: AtomicU64::new(0), limit })
    }

    /// Takes some more, if there is as much.
    fn take(&self, octets: u64) -> bool {
        let taken = self.used.fetch_add(octets, Ordering::Relaxed).saturating_add(octets) <= self.limit;
        if !taken {
            self.give_back(octets);
        }
        taken
    }

    fn give_back(&self, octets: u64) {
        self.used.fetch_sub(octets, Ordering::Relaxed);
    }
}

/// A part of the memory for bodies, given back when it is dropped.
#[derive(Debug)]
pub struct Share {
    taken: u64,
    memory: Arc<Memory>,
}

impl Share {
    /// As much as that, if it is free.
    pub(super) fn take(memory: &Arc<Memory>, octets: u64) -> Option<Self> {
        let mut share = Self { taken: 0, memory: Arc::clone(memory) };
        share.grow(octets).then_some(share)
    }

    /// Some more; `false`, and nothing changed, if it is not free.
    fn grow(&mut self, octets: u64) -> bool {
        let grown = self.memory.take(octets);
        if grown {
            self.taken += octets;
        }
        grown
    }
}

impl Drop for Share {
    fn drop(&mut self) {
        self.memory.give_back(self.taken);
    }
}

/// Octets in memory with their share of it.
struct Held {
    octets: Vec<u8>,
    share: Share,
}

impl Held {
    fn new(capacity: usize, memory: &Arc<Memory>) -> Self {
        Self { octets: Vec::with_capacity(capacity), share: Share { taken: 0, memory: Arc::clone(memory) } }
    }
}

impl AsRef<[u8]> for Held {
    fn as_ref(&self) -> &[u8] {
        &self.octets
    }
}

/// Where a body goes while it comes.
pub(super) struct Sink<'a> {
    folder: &'a Path,
    hasher: Sha256,
    held: Held,
    file: Option<(SpoolFile, tokio::fs::File)>,
    len: u64,
    limit: u64,
    spool_above: u64,
}

impl<'a> Sink<'a> {
    /// A sink for a body of which at most `limit` octets are kept. `announced` is its Content-Length.
    pub(super) fn new(
        folder: &'a Path,
        limit: u64,
        spool_above: u64,
        announced: Option<u64>,
        memory: &Arc<Memory>,
    ) -> Self {
        // A length is only a promise: no more than a little is set aside on its word.
        let expected = announced.unwrap_or(0).min(limit).min(spool_above).min(1 << 20);
        let held = Held::new(usize::try_from(expected).unwrap_or(0), memory);
        Self { folder, hasher: Sha256::new(), held, file: None, len: 0, limit, spool_above }
    }

    /// Takes the next octets; `false` when some of them were cut because of the limit.
    pub(super) async fn push(&mut self, octets: &[u8]) -> io::Result<bool> {
        let room = self.limit - self.len;
        let fits = usize::try_from(room).unwrap_or(usize::MAX).min(octets.len());
        let (kept, cut) = octets.split_at(fits);
        self.hasher.update(kept);
        self.len += kept.len() as u64;
        if self.file.is_none() && (self.len > self.spool_above || !self.held.share.grow(kept.len() as u64)) {
            self.spool().await?;
        }
        match &mut self.file {
            None => self.held.octets.extend_from_slice(kept),
            Some((spooled, file)) => {
                file.write_all(kept).await?;
                spooled.len = self.len;
            }
        }
        Ok(cut.is_empty())
    }

    async fn spool(&mut self) -> io::Result<()> {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        let name = format!("body-{}-{}.part", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
        let path = self.folder.join(name);
        let mut file = tokio::fs::File::create_new(&path).await?;
        let spooled = SpoolFile { path, len: self.held.octets.len() as u64 };
        file.write_all(&self.held.octets).await?;
        self.held = Held::new(0, &self.held.share.memory);
        self.file = Some((spooled, file));
        Ok(())
    }

    /// The body, its length and its digest.
    pub(super) async fn finish(self) -> (io::Result<Body>, u64, Digest) {
        let digest = Digest(self.hasher.finalize().into());
        let body = match self.file {
            Some((spooled, mut file)) => file.flush().await.map(|()| Body::Spooled(spooled)),
            None if self.held.octets.is_empty() => Ok(Body::Empty),
            None => {
                let mut held = self.held;
                // Grown by doubling, when its length was not announced: only what is counted is kept.
                held.octets.shrink_to_fit();
                Ok(Body::Memory(Bytes::from_owner(held)))
            }
        };
        (body, self.len, digest)
    }
}
