//! Bodies: digested while they come, in memory up to a size, in a file of the spool folder above it.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use bytes::{Buf, Bytes, BytesMut};
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

/// Octets in memory, which give their share back when the last of them is dropped.
struct Share {
    octets: BytesMut,
    taken: u64,
    memory: Arc<Memory>,
}

impl AsRef<[u8]> for Share {
    fn as_ref(&self) -> &[u8] {
        &self.octets
    }
}

impl Drop for Share {
    fn drop(&mut self) {
        self.memory.give_back(self.taken);
    }
}

/// Where a body goes while it comes.
pub(super) struct Sink<'a> {
    folder: &'a Path,
    hasher: Sha256,
    share: Share,
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
        let octets = BytesMut::with_capacity(usize::try_from(expected).unwrap_or(0));
        let share = Share { octets, taken: 0, memory: Arc::clone(memory) };
        Self { folder, hasher: Sha256::new(), share, file: None, len: 0, limit, spool_above }
    }

    /// Takes the next octets; `false` when some of them were cut because of the limit.
    pub(super) async fn push(&mut self, octets: &[u8]) -> io::Result<bool> {
        let room = self.limit - self.len;
        let fits = usize::try_from(room).unwrap_or(usize::MAX).min(octets.len());
        let (kept, cut) = octets.split_at(fits);
        self.hasher.update(kept);
        self.len += kept.len() as u64;
        if self.file.is_none() {
            if self.len <= self.spool_above && self.share.memory.take(kept.len() as u64) {
                self.share.taken += kept.len() as u64;
            } else {
                self.spool().await?;
            }
        }
        match &mut self.file {
            None => self.share.octets.extend_from_slice(kept),
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
        let spooled = SpoolFile { path, len: self.share.octets.len() as u64 };
        file.write_all(&self.share.octets).await?;
        self.share = Share { octets: BytesMut::new(), taken: 0, memory: Arc::clone(&self.share.memory) };
        self.file = Some((spooled, file));
        Ok(())
    }

    /// The body, its length and its digest.
    pub(super) async fn finish(self) -> (io::Result<Body>, u64, Digest) {
        let digest = Digest(self.hasher.finalize().into());
        let body = match self.file {
            Some((spooled, mut file)) => file.flush().await.map(|()| Body::Spooled(spooled)),
            None if self.share.octets.is_empty() => Ok(Body::Empty),
            None => Ok(Body::Memory(Bytes::from_owner(self.share))),
        };
        (body, self.len, digest)
    }
}
