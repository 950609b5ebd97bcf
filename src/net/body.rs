//! Bodies: digested while they come, in memory up to a size, in a file of the spool folder above it.

use std::fs::File;
use std::io::{self, Read, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use bytes::{Buf, Bytes};
use sha2::{Digest as _, Sha256};
use tokio::task::JoinHandle;

use super::Gate;
use super::redact::Scrub;
use crate::model::Digest;

/// So much of a body goes to the spool folder at once …
const CHUNK: usize = 256 << 10;
/// … and so much when the memory for bodies is used up.
const SMALL_CHUNK: usize = 32 << 10;

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
    digest_with_head: Option<Digest>,
}

impl SpoolFile {
    /// Takes a file that lies in the spool folder already. Digests it, which takes as long as it is large.
    pub(super) fn adopt(path: PathBuf) -> io::Result<(Self, Digest)> {
        // From here on it is removed, whatever happens.
        let mut spooled = Self { path, len: 0, digest_with_head: None };
        let (mut file, mut hasher) = (File::open(&spooled.path)?, Sha256::new());
        let mut chunk = vec![0; CHUNK];
        loop {
            match file.read(&mut chunk)? {
                0 => break,
                n => {
                    hasher.update(&chunk[..n]);
                    spooled.len += n as u64;
                }
            }
        }
        Ok((spooled, Digest(hasher.finalize().into())))
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Length in octets.
    pub fn len(&self) -> u64 {
        self.len
    }

    /// SHA-256 over the head of the answer as it came and the body after it, where that was at hand: so that the file
    /// need not be read for it.
    pub fn digest_with_head(&self) -> Option<Digest> {
        self.digest_with_head
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

impl Gate {
    /// The folder for what is in flight.
    pub fn spool(&self) -> &Path {
        &self.inner.spool
    }

    /// Makes a file of the spool folder, which somebody else wrote there, a body; with its digest.
    pub async fn adopt(&self, file: PathBuf) -> io::Result<(Body, Digest)> {
        let own = fresh(&self.inner.spool);
        tokio::task::spawn_blocking(move || {
            std::fs::rename(&file, &own)?;
            let (file, digest) = SpoolFile::adopt(own)?;
            Ok((if file.is_empty() { Body::Empty } else { Body::Spooled(file) }, digest))
        })
        .await
        .map_err(io::Error::other)?
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
    head: Bytes,
    /// `None` once the spool has it.
    hasher: Option<Sha256>,
    held: Held,
    spool: Option<Spool>,
    len: u64,
    limit: u64,
    spool_above: u64,
    scrub: Option<Scrub>,
}

impl<'a> Sink<'a> {
    /// A sink for a body of which at most `limit` octets are kept. `announced` is its Content-Length, `head` the head
    /// of the answer.
    pub(super) fn new(
        folder: &'a Path,
        limit: u64,
        spool_above: u64,
        announced: Option<u64>,
        head: Bytes,
        memory: &Arc<Memory>,
    ) -> Self {
        // A length is only a promise: no more than a little is set aside on its word.
        let expected = announced.unwrap_or(0).min(limit).min(spool_above).min(1 << 20);
        let held = Held::new(usize::try_from(expected).unwrap_or(0), memory);
        let hasher = Some(Sha256::new());
        Self { folder, head, hasher, held, spool: None, len: 0, limit, spool_above, scrub: None }
    }

    /// The same, which takes out what must not be kept.
    pub(super) fn scrubbed(self, scrub: Option<Scrub>) -> Self {
        Self { scrub, ..self }
    }

    /// Takes the next octets; `false` when some of them were cut because of the limit.
    pub(super) async fn push(&mut self, octets: &[u8]) -> io::Result<bool> {
        match &mut self.scrub {
            Some(scrub) => {
                let clean = scrub.push(octets);
                self.put(&clean).await
            }
            None => self.put(octets).await,
        }
    }

    async fn put(&mut self, octets: &[u8]) -> io::Result<bool> {
        let room = self.limit - self.len;
        let fits = usize::try_from(room).unwrap_or(usize::MAX).min(octets.len());
        let (kept, cut) = octets.split_at(fits);
        self.len += kept.len() as u64;
        if self.spool.is_none() && (self.len > self.spool_above || !self.held.share.grow(kept.len() as u64)) {
            let none = Held::new(0, &self.held.share.memory);
            let held = std::mem::replace(&mut self.held, none);
            self.spool = Some(Spool::new(self.folder, self.hasher.take().unwrap_or_default(), &self.head, held)?);
        }
        match (&mut self.spool, &mut self.hasher) {
            (Some(spool), _) => spool.push(kept).await?,
            (None, hasher) => {
                if let Some(hasher) = hasher {
                    hasher.update(kept);
                }
                self.held.octets.extend_from_slice(kept);
            }
        }
        Ok(cut.is_empty())
    }

    /// The body, its length and its digest.
    pub(super) async fn finish(mut self) -> (io::Result<Body>, u64, Digest) {
        if let Some(scrub) = self.scrub.take()
            && let Err(e) = self.put(&scrub.finish()).await
        {
            return (Err(e), self.len, super::EMPTY);
        }
        if let Some(spool) = self.spool {
            return match spool.finish(self.len).await {
                Ok((file, digest)) => (Ok(Body::Spooled(file)), self.len, digest),
                Err(e) => (Err(e), self.len, super::EMPTY),
            };
        }
        let digest = Digest(self.hasher.unwrap_or_default().finalize().into());
        if self.held.octets.is_empty() {
            return (Ok(Body::Empty), self.len, digest);
        }
        let mut held = self.held;
        // Grown by doubling, when its length was not announced: only what is counted is kept.
        held.octets.shrink_to_fit();
        (Ok(Body::Memory(Bytes::from_owner(held))), self.len, digest)
    }
}

/// A body on its way into a file. While one chunk is digested and written on other threads, the next comes in.
struct Spool {
    file: SpoolFile,
    chunk: Vec<u8>,
    size: usize,
    /// `None` once it failed.
    writer: Option<JoinHandle<io::Result<Writer>>>,
    /// Digests the body after its head.
    digester: JoinHandle<Sha256>,
    _share: Share,
}

/// What writes the body and digests it.
struct Writer {
    file: File,
    body: Sha256,
}

/// A name that no other body in flight has.
pub(super) fn fresh(folder: &Path) -> PathBuf {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    folder.join(format!("body-{}-{}.part", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed)))
}

impl Spool {
    /// A spool that begins with what is held. `body` has seen that already.
    fn new(folder: &Path, body: Sha256, head: &[u8], held: Held) -> io::Result<Self> {
        let path = fresh(folder);
        let mut file = File::create_new(&path)?;
        let spooled = SpoolFile { path, len: 0, digest_with_head: None };
        let mut share = Share { taken: 0, memory: Arc::clone(&held.share.memory) };
        let mut with_head = Sha256::new();
        with_head.update(head);
        let held = Bytes::from_owner(held);
        let same = held.clone();
        let digester = tokio::task::spawn_blocking(move || with_head.chain_update(same));
        let writer = tokio::task::spawn_blocking(move || file.write_all(&held).map(|()| Writer { file, body }));
        // One that is filled, and one that is written.
        let size = if share.grow(2 * CHUNK as u64) { CHUNK } else { SMALL_CHUNK };
        let chunk = Vec::with_capacity(size);
        Ok(Self { file: spooled, chunk, size, writer: Some(writer), digester, _share: share })
    }

    async fn push(&mut self, mut octets: &[u8]) -> io::Result<()> {
        while !octets.is_empty() {
            let (now, later) = octets.split_at(octets.len().min(self.size - self.chunk.len()));
            self.chunk.extend_from_slice(now);
            octets = later;
            if self.chunk.len() == self.size {
                self.write().await?;
            }
        }
        Ok(())
    }

    /// Hands the chunk over, once the one before is done with.
    async fn write(&mut self) -> io::Result<()> {
        let Writer { mut file, body } = self.written().await?;
        let with_head = (&mut self.digester).await.map_err(io::Error::other)?;
        let chunk = Bytes::from(std::mem::replace(&mut self.chunk, Vec::with_capacity(self.size)));
        let same = chunk.clone();
        self.digester = tokio::task::spawn_blocking(move || with_head.chain_update(same));
        self.writer = Some(tokio::task::spawn_blocking(move || {
            file.write_all(&chunk)?;
            Ok(Writer { file, body: body.chain_update(chunk) })
        }));
        Ok(())
    }

    async fn written(&mut self) -> io::Result<Writer> {
        match self.writer.take() {
            Some(writer) => writer.await.map_err(io::Error::other)?,
            None => Err(io::Error::other("it failed before")),
        }
    }

    async fn finish(mut self, len: u64) -> io::Result<(SpoolFile, Digest)> {
        self.write().await?;
        let writer = self.written().await?;
        let with_head = self.digester.await.map_err(io::Error::other)?;
        let mut file = self.file;
        file.len = len;
        file.digest_with_head = Some(Digest(with_head.finalize().into()));
        Ok((file, Digest(writer.body.finalize().into())))
    }
}
