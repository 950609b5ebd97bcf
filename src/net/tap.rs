//! A copy of the heads of one exchange, octet for octet as they went over the wire.

use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};

use bytes::{Bytes, BytesMut};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use super::heads;

/// Octets of a head that are kept; hyper gives up on an answer's head before that.
const MAX_HEAD: usize = 512 * 1024;

/// Octets that are taken from a connection at once. hyper makes its buffer for a connection as large as what it gets,
/// and keeps it: with some hundred connections that would be most of the memory that is needed.
pub(super) const AT_ONCE: usize = 32 * 1024;
/// The same once an answer has turned out to be long: such are few at a time, and each look at the connection costs.
pub(super) const AT_ONCE_IF_LONG: usize = 128 * 1024;
/// Octets after which an answer is long.
pub(super) const LONG: u64 = 1 << 20;

/// What was seen of one exchange so far.
#[derive(Debug, Default)]
pub(super) struct Heads {
    request: BytesMut,
    request_done: bool,
    /// Octets of the request after its head.
    body_sent: u64,
    response: BytesMut,
    response_done: bool,
    /// How far `response` has been looked through.
    scanned: usize,
    /// Something came from the server, if only an interim answer.
    answered: bool,
    /// Octets that came from the server.
    came: u64,
}

impl Heads {
    fn sent(&mut self, octets: &[u8]) {
        if self.request_done {
            self.body_sent += octets.len() as u64;
            return;
        }
        self.request.extend_from_slice(octets);
        if let Some(end) = heads::end(&self.request, 0) {
            self.body_sent = (self.request.len() - end) as u64;
            self.request.truncate(end);
            self.request_done = true;
        } else if self.request.len() > MAX_HEAD {
            self.request_done = true;
        }
    }

    pub(super) fn received(&mut self, octets: &[u8]) {
        self.answered = true;
        self.came += octets.len() as u64;
        if self.response_done {
            return;
        }
        let room = MAX_HEAD.saturating_sub(self.response.len());
        self.response.extend_from_slice(&octets[..octets.len().min(room)]);
        while let Some(end) = heads::end(&self.response, self.scanned) {
            // An interim answer (100, 103 and the like) is not the answer.
            if heads::status(&self.response).is_some_and(|(_, status)| (100..200).contains(&status) && status != 101) {
                let _ = self.response.split_to(end);
                self.scanned = 0;
                continue;
            }
            self.response.truncate(end);
            self.response_done = true;
            return;
        }
        self.scanned = self.response.len().saturating_sub(3);
        self.response_done = self.response.len() == MAX_HEAD;
    }

    /// Forgets everything: a new exchange begins.
    pub(super) fn reset(&mut self) {
        *self = Self::default();
    }

    /// Takes the two heads out. A head of an answer that never ended is what came of it.
    pub(super) fn take(&mut self) -> (Bytes, Bytes) {
        (self.request.split().freeze(), self.response.split().freeze())
    }

    /// How many octets went out after the head of the request.
    pub(super) fn body_sent(&self) -> u64 {
        self.body_sent
    }

    /// Something came from the server.
    pub(super) fn answered(&self) -> bool {
        self.answered
    }

    /// What came of the answer's head so far.
    pub(super) fn response(&self) -> &[u8] {
        &self.response
    }
}

/// The heads of the exchange that a connection is busy with, shared with the tap inside it.
#[derive(Clone, Debug, Default)]
pub(super) struct Shared(Arc<Mutex<Heads>>);

impl Shared {
    pub(super) fn lock(&self) -> MutexGuard<'_, Heads> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A stream whose heads are copied in passing.
#[derive(Debug)]
pub(super) struct Tap<S> {
    stream: S,
    heads: Shared,
}

impl<S> Tap<S> {
    pub(super) fn new(stream: S, heads: Shared) -> Self {
        Self { stream, heads }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Tap<S> {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let is_long = self.heads.lock().came > LONG;
        let room = buf.remaining().min(if is_long { AT_ONCE_IF_LONG } else { AT_ONCE });
        let mut part = ReadBuf::new(buf.initialize_unfilled_to(room));
        let polled = Pin::new(&mut self.stream).poll_read(cx, &mut part);
        let new = part.filled();
        let len = new.len();
        if len > 0 {
            self.heads.lock().received(new);
        }
        buf.advance(len);
        polled
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Tap<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, octets: &[u8]) -> Poll<io::Result<usize>> {
        let polled = Pin::new(&mut self.stream).poll_write(cx, octets);
        if let Poll::Ready(Ok(n)) = polled {
            self.heads.lock().sent(octets.get(..n).unwrap_or(octets));
        }
        polled
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}
