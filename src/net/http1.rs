//! One HTTP/1.1 connection: hyper speaks the protocol, the tap keeps the heads. The connection is driven by
//! whoever waits for its answer, so there is no task to lose, and giving up closes it.

use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::Poll;

use bytes::Bytes;
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::client::conn::http1::{Builder, Connection, SendRequest};
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use tokio::time::Instant;

use super::dial::{Facts, Stream};
use super::tap::{Shared, Tap};

/// Header lines that an answer may have.
const MAX_LINES: usize = 2048;

/// A connection that can ask one thing after another.
pub(super) struct Line {
    send: SendRequest<Full<Bytes>>,
    /// `None` once it has ended.
    wire: Option<Connection<TokioIo<Tap<Stream>>, Full<Bytes>>>,
    pub(super) heads: Shared,
    pub(super) facts: Arc<Facts>,
    /// Made for a request that accepts invalid certificates: never given to one that does not.
    pub(super) accept_invalid: bool,
    pub(super) idle_since: Instant,
}

impl Line {
    pub(super) async fn new(stream: Stream, facts: Facts, accept_invalid: bool) -> hyper::Result<Self> {
        let heads = Shared::default();
        let io = TokioIo::new(Tap::new(stream, heads.clone()));
        let (send, wire) = Builder::new()
            .max_headers(MAX_LINES)
            .allow_obsolete_multiline_headers_in_responses(true)
            .allow_spaces_after_header_name_in_responses(true)
            .ignore_invalid_headers_in_responses(true)
            .handshake(io)
            .await?;
        Ok(Self { send, wire: Some(wire), heads, facts: Arc::new(facts), accept_invalid, idle_since: Instant::now() })
    }

    /// Waits for something while the connection does its work.
    pub(super) async fn drive<F: Future>(&mut self, wanted: F) -> F::Output {
        let mut wanted = pin!(wanted);
        poll_fn(|cx| {
            if let Some(wire) = &mut self.wire
                && Pin::new(wire).poll(cx).is_ready()
            {
                self.wire = None;
            }
            wanted.as_mut().poll(cx)
        })
        .await
    }

    /// Sends a request and waits for the head of its answer.
    pub(super) async fn ask(&mut self, request: Request<Full<Bytes>>) -> hyper::Result<Response<Incoming>> {
        self.heads.lock().reset();
        let answer = self.send.send_request(request);
        self.drive(answer).await
    }

    /// Looks, without waiting, whether another request may be sent: the server may have closed meanwhile.
    pub(super) async fn is_ready(&mut self) -> bool {
        poll_fn(|cx| {
            if let Some(wire) = &mut self.wire
                && Pin::new(wire).poll(cx).is_ready()
            {
                self.wire = None;
            }
            let ready = self.wire.is_some() && matches!(self.send.poll_ready(cx), Poll::Ready(Ok(())));
            Poll::Ready(ready)
        })
        .await
    }
}
