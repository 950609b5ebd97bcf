//! What keepfast says to others of its own accord: a POST to a webhook, a connection to a mail server. The same guard, trust and
//! pace as for what is fetched; nothing of it is recorded, because it is no evidence and may hold secrets.

use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderName, HeaderValue, header};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Instant, timeout_at};
use url::Url;

use super::Gate;
use super::dial::Stream;
use super::indirect;
use crate::model::{Failure, FailureKind};
use crate::policy;

/// An answer is read up to so many octets: only its status counts.
const ANSWER: usize = 4096;

/// A POST.
pub struct Post {
    /// To where.
    pub url: Url,
    /// Its fields beside those of every request. They may hold secrets.
    pub fields: Vec<(HeaderName, HeaderValue)>,
    /// What is sent.
    pub body: Bytes,
    /// How long it may take, counted from when its turn has come.
    pub time: Duration,
}

/// What was answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answered {
    /// The status.
    pub status: u16,
    /// The server asks to come back after so long.
    pub retry_after: Option<Duration>,
}

impl Gate {
    /// Sends a POST. Redirects are not followed.
    pub async fn post(&self, post: Post) -> Result<Answered, Failure> {
        let inner = &self.inner;
        let Some(key) = policy::url::authority(&post.url) else {
            return Err(Failure::new(FailureKind::SchemeRefused, "the URL names no host"));
        };
        inner.dialer.judge(&post.url)?;
        let host = inner.host(&key);
        let _slot =
            host.admit(Instant::now() + post.time + super::PATIENCE, Duration::ZERO, self.seat.as_ref()).await?;
        let until = Instant::now() + post.time;
        let late = || Failure::new(FailureKind::TimeoutTotal, "no answer in time");
        let client = indirect::poster(inner, &post.url, until).await?;
        let mut request = reqwest::Request::new(http::Method::POST, post.url);
        if let Some(agent) = inner.fields.get(header::USER_AGENT) {
            request.headers_mut().insert(header::USER_AGENT, agent.clone());
        }
        request.headers_mut().extend(post.fields);
        *request.body_mut() = Some(post.body.into());
        let proxied = inner.proxy.is_some();
        let answer = timeout_at(until, client.execute(request)).await.map_err(|_| late())?;
        let mut answer = answer.map_err(|e| indirect::why(&e, proxied))?;
        let status = answer.status().as_u16();
        let now = inner.clock.now();
        let asked = answer.headers().get(header::RETRY_AFTER).and_then(|value| value.to_str().ok());
        let retry_after = asked.and_then(|value| policy::retry::retry_after(value, now));
        // Read, so that the connection may be used again; what it says does not matter, nor that it ends badly.
        let mut read = 0;
        while let Ok(Ok(Some(octets))) = timeout_at(until, answer.chunk()).await {
            read += octets.len();
            if read > ANSWER {
                break;
            }
        }
        Ok(Answered { status, retry_after })
    }

    /// A connection to a host that speaks something else than HTTP, with or without TLS from the beginning. It goes to the host
    /// itself, whatever the proxy.
    pub async fn connect(&self, host: &str, port: u16, tls: bool, until: Instant) -> Result<Wire, Failure> {
        let url = wire_url(host, port)?;
        self.inner.dialer.judge(&url)?;
        let (stream, facts) = self.inner.dialer.plain(&url, until).await.map_err(|no| no.failure)?;
        let peer = facts.remote.unwrap_or_else(|| SocketAddr::from(([0, 0, 0, 0], 0)));
        let wire = Wire { stream, peer };
        if tls { self.secure(wire, host, port, until).await } else { Ok(wire) }
    }

    /// Puts TLS over a connection, as after STARTTLS.
    pub async fn secure(&self, wire: Wire, host: &str, port: u16, until: Instant) -> Result<Wire, Failure> {
        let Wire { stream: Stream::Plain(tcp), peer } = wire else {
            return Err(Failure::new(FailureKind::Internal, "the connection has TLS already"));
        };
        let url = wire_url(host, port)?;
        let stream = self.inner.dialer.shake(&url, tcp, &[], until).await?;
        Ok(Wire { stream, peer })
    }
}

fn wire_url(host: &str, port: u16) -> Result<Url, Failure> {
    let bare = host.parse::<std::net::Ipv6Addr>().map(|ip| format!("[{ip}]"));
    let host = bare.unwrap_or_else(|_| host.to_owned());
    Url::parse(&format!("https://{host}:{port}/"))
        .map_err(|e| Failure::new(FailureKind::SchemeRefused, format!("not a host: {e}")))
}

/// A connection that speaks something else than HTTP.
pub struct Wire {
    stream: Stream,
    peer: SocketAddr,
}

impl Wire {
    /// The other end.
    pub fn peer(&self) -> SocketAddr {
        self.peer
    }
}

impl fmt::Debug for Wire {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Wire").field(&self.peer).finish()
    }
}

impl AsyncRead for Wire {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_read(cx, buf)
    }
}

impl AsyncWrite for Wire {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, octets: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.get_mut().stream).poll_write(cx, octets)
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_flush(cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_shutdown(cx)
    }
}
