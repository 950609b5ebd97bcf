//! One exchange over our own connection: ask, read the head, read the body, keep what came.

use std::io;

use bytes::Bytes;
use http::{HeaderValue, Request, header};
use http_body_util::{BodyExt as _, Full};
use hyper::body::{Body as _, Incoming};
use tokio::time::{Instant, timeout_at};

use super::body::{Body, Sink};
use super::host::Host;
use super::http1::Line;
use super::{Ask, Inner, heads};
use crate::model::{Exchange, Failure, FailureKind, Method, Protocol, Truncation};

/// How an exchange went, beyond what stands in it.
pub(super) enum End {
    /// It is over; the body is what was had of it.
    Over(Body),
    /// The server speaks HTTP/2 only; nothing else was had.
    WantsH2,
}

/// Asks over a connection of ours. Whatever happens stands in `x`.
pub(super) async fn direct(inner: &Inner, host: &Host, ask: &Ask, x: &mut Exchange, until: Instant) -> End {
    let accept_invalid = ask.capture.accept_invalid_tls;
    let mut pooled = host.take_line(accept_invalid).await;
    loop {
        let fresh = pooled.is_none();
        let mut line = match pooled.take() {
            Some(line) => line,
            None => match dial(inner, ask, x, until).await {
                Ok(line) => line,
                Err(wants_h2) if wants_h2 => return End::WantsH2,
                Err(_) => return End::Over(Body::Empty),
            },
        };
        x.resolved.clone_from(&line.facts.resolved);
        x.remote = line.facts.remote;
        x.tls.clone_from(&line.facts.tls);
        let Some(request) = request(inner, ask) else {
            x.failure = Some(Failure::new(FailureKind::SchemeRefused, "the URL cannot be written into a request"));
            return End::Over(Body::Empty);
        };
        let first_byte = Instant::now() + ask.capture.first_byte_timeout;
        let answer = timeout_at(first_byte.min(until), line.ask(request)).await;
        let failure = match answer {
            Ok(Ok(answer)) => return End::Over(read(inner, host, ask, x, until, line, answer).await),
            Err(_) if first_byte <= until => {
                Failure::new(FailureKind::TimeoutFirstByte, "no complete head of an answer in time")
            }
            Err(_) => Failure::new(FailureKind::TimeoutTotal, "no complete head of an answer before the deadline"),
            // Closed while it was idle: ask anew. A POST only if nothing of it was sent (RFC 9110 9.2.2).
            Ok(Err(e)) if !fresh && !line.heads.lock().answered() && (ask.method == Method::Get || e.is_canceled()) => {
                continue;
            }
            Ok(Err(_)) if is_h2_preface(line.heads.lock().response()) => return End::WantsH2,
            Ok(Err(e)) => without_head(&e, &line),
        };
        sent(&line, ask, x);
        x.protocol = Some(heads::status(&x.response_head).map_or(Protocol::Http11, |(protocol, _)| protocol));
        x.failure = Some(failure);
        return End::Over(Body::Empty);
    }
}

/// A connection of its own for this exchange; `Err(true)`: the server wants HTTP/2.
async fn dial(inner: &Inner, ask: &Ask, x: &mut Exchange, until: Instant) -> Result<Line, bool> {
    let accept_invalid = ask.capture.accept_invalid_tls;
    let until = until.min(Instant::now() + ask.capture.connect_timeout);
    match inner.dialer.dial(&ask.url, accept_invalid, until).await {
        Ok((stream, facts)) => Line::new(stream, facts, accept_invalid).await.map_err(|e| {
            x.failure = Some(Failure::new(FailureKind::Internal, format!("no HTTP on a new connection: {e}")));
            false
        }),
        Err(no) => {
            x.resolved = no.facts.resolved;
            x.remote = no.facts.remote;
            x.tls = no.facts.tls;
            x.failure = Some(no.failure);
            Err(no.wants_h2)
        }
    }
}

/// Puts into `x` what went over the wire so far.
fn sent(line: &Line, ask: &Ask, x: &mut Exchange) {
    let mut heads = line.heads.lock();
    // An answer may come before all of the body has gone out.
    let len = usize::try_from(heads.body_sent()).unwrap_or(usize::MAX).min(ask.body.len());
    x.request_body = ask.body.slice(..len);
    (x.request_head, x.response_head) = heads.take();
    ask.redact(x);
}

/// The request: ours first, then what the asker adds (cookies, validators).
fn request(inner: &Inner, ask: &Ask) -> Option<Request<Full<Bytes>>> {
    let url = ask.sent_url();
    let target = &url[url::Position::BeforePath..url::Position::AfterQuery];
    let host = &ask.url[url::Position::BeforeHost..url::Position::AfterPort];
    let (method, body) = match ask.method {
        Method::Get => (http::Method::GET, Bytes::new()),
        Method::Post => (http::Method::POST, ask.body.clone()),
    };
    let mut request = Request::builder().method(method).uri(target).body(Full::new(body)).ok()?;
    let fields = request.headers_mut();
    fields.reserve(inner.fields.len() + ask.headers.len() + 4);
    fields.insert(header::HOST, HeaderValue::from_str(host).ok()?);
    ask.fill(&inner.fields, fields);
    Some(request)
}

/// Reads the body to its end, to a limit or to a deadline.
async fn read(
    inner: &Inner,
    host: &Host,
    ask: &Ask,
    x: &mut Exchange,
    until: Instant,
    mut line: Line,
    answer: hyper::Response<Incoming>,
) -> Body {
    sent(&line, ask, x);
    x.protocol = Some(if answer.version() == http::Version::HTTP_10 { Protocol::Http10 } else { Protocol::Http11 });
    x.status = Some(answer.status().as_u16());
    x.headers = heads::fields(&x.response_head);
    let mut body = answer.into_body();
    let mut sink = Sink::new(
        &inner.spool,
        ask.max_bytes,
        inner.client.spool_above,
        body.size_hint().exact(),
        x.response_head.clone(),
        &inner.memory,
    )
    .scrubbed(ask.scrub());
    let mut whole = body.is_end_stream();
    while !whole {
        let idle = Instant::now() + ask.capture.idle_timeout;
        let (truncated, failure) = match timeout_at(idle.min(until), line.drive(body.frame())).await {
            Ok(None) => {
                whole = true;
                continue;
            }
            Ok(Some(Ok(frame))) => {
                let Ok(octets) = frame.into_data() else { continue };
                match sink.push(&octets).await {
                    // Data may come so fast that the timer is never looked at.
                    Ok(true) if Instant::now() < until => continue,
                    Ok(true) => (Truncation::Time, Some(total())),
                    Ok(false) => (Truncation::Length, None),
                    Err(e) => (Truncation::Unspecified, Some(spool_failed(&e))),
                }
            }
            Ok(Some(Err(e))) => cut(&e),
            Err(_) if idle <= until => {
                (Truncation::Time, Some(Failure::new(FailureKind::TimeoutIdle, "the body stalled")))
            }
            Err(_) => (Truncation::Time, Some(total())),
        };
        x.truncated = Some(truncated);
        x.failure = failure;
        break;
    }
    if whole {
        host.put_line(line).await;
    }
    finish(sink, x).await
}

/// Takes the body out of its sink and writes what is known of it into `x`.
pub(super) async fn finish(sink: Sink<'_>, x: &mut Exchange) -> Body {
    let (body, len, digest) = sink.finish().await;
    match body {
        Ok(body) => {
            x.body_len = len;
            x.payload_digest = digest;
            body
        }
        Err(e) => {
            x.truncated = Some(Truncation::Unspecified);
            // What failed first says more.
            if x.failure.as_ref().is_none_or(|f| f.kind != FailureKind::Internal) {
                x.failure = Some(spool_failed(&e));
            }
            Body::Empty
        }
    }
}

pub(super) fn total() -> Failure {
    Failure::new(FailureKind::TimeoutTotal, "the total deadline passed before the body ended")
}

pub(super) fn spool_failed(e: &io::Error) -> Failure {
    Failure::new(FailureKind::Internal, format!("the body could not be written to the spool folder: {e}"))
}

/// Why a body ended before its end.
fn cut(e: &hyper::Error) -> (Truncation, Option<Failure>) {
    let cause = std::error::Error::source(e).and_then(|c| c.downcast_ref::<io::Error>());
    match cause.map(io::Error::kind) {
        Some(io::ErrorKind::InvalidInput | io::ErrorKind::InvalidData) => {
            let why = cause.map(ToString::to_string).unwrap_or_default();
            let message = format!("the transfer coding is broken: {why}");
            (Truncation::Unspecified, Some(Failure::new(FailureKind::Malformed, message)))
        }
        _ => {
            let why = cause.map_or_else(|| e.to_string(), ToString::to_string);
            let message = format!("the connection ended before the body did: {why}");
            (Truncation::Disconnect, Some(Failure::new(FailureKind::Disconnected, message)))
        }
    }
}

/// Why there is no answer.
fn without_head(e: &hyper::Error, line: &Line) -> Failure {
    if e.is_parse() {
        return Failure::new(FailureKind::Malformed, format!("the answer is not valid HTTP: {e}"));
    }
    let message = if line.heads.lock().answered() {
        "the connection ended in the head of the answer"
    } else {
        "the connection was closed without an answer"
    };
    Failure::new(FailureKind::Disconnected, message)
}

/// A SETTINGS frame (RFC 9113 3.4) where a status line should be.
fn is_h2_preface(octets: &[u8]) -> bool {
    matches!(octets, [0, 0, len, 4, 0, 0, 0, 0, 0, ..] if len % 6 == 0)
}
