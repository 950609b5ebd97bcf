//! The site itself: HTTP/1.1 on loopback, with a log of what was asked.

use std::convert::Infallible;
use std::io;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use bytes::Bytes;
use http::{Method, Request, Response, StatusCode, header};
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::TcpListener;
use tokio::task::{JoinHandle, JoinSet};

use super::acts::{ACTS, WATCHED, answer};
use crate::model::Digest;

/// Connections at the same time.
const MAX_CONNECTIONS: usize = 64;
/// Requests that the log remembers.
const MAX_LOG: usize = 10_000;
/// Time to send the head of a request.
const HEAD_DEADLINE: Duration = Duration::from_secs(10);

/// One request in the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asked {
    /// Since the site began.
    pub at: Duration,
    /// In which act.
    pub act: u8,
    /// The path.
    pub path: String,
    /// The status that was answered.
    pub status: u16,
}

struct Stage {
    act: AtomicU8,
    begun: Instant,
    base: String,
    log: Mutex<Vec<Asked>>,
}

/// The running site. It ends when this value is dropped.
pub struct Site {
    addr: SocketAddr,
    stage: Arc<Stage>,
    serving: JoinHandle<()>,
}

/// Begins to serve act 1 on a free port of loopback.
pub async fn serve() -> io::Result<Site> {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
    let addr = listener.local_addr()?;
    let stage = Arc::new(Stage {
        act: AtomicU8::new(*ACTS.start()),
        begun: Instant::now(),
        base: format!("http://{addr}"),
        log: Mutex::new(Vec::new()),
    });
    let serving = tokio::spawn(accept(listener, Arc::clone(&stage)));
    Ok(Site { addr, stage, serving })
}

impl Site {
    /// Where it listens.
    pub fn addr(&self) -> SocketAddr {
        self.addr
    }

    /// `http://127.0.0.1:PORT`.
    pub fn base(&self) -> &str {
        &self.stage.base
    }

    /// Switches to an act, 1 to 3; others are taken as the nearest.
    pub fn act(&self, act: u8) {
        self.stage.act.store(act.clamp(*ACTS.start(), *ACTS.end()), Ordering::SeqCst);
    }

    /// The URLs to watch, with what each is.
    pub fn urls(&self) -> Vec<(String, &'static str)> {
        WATCHED.iter().map(|(path, about)| (format!("{}{path}", self.stage.base), *about)).collect()
    }

    /// The own settings (`key=value`) that a URL is to be watched with. Pictures that are held are asked for again
    /// only by a full fetch, so the gallery wants one each time.
    pub fn settings(&self, url: &str) -> &'static [&'static str] {
        match url.strip_prefix(&self.stage.base) {
            Some("/gallery/") => &["full_fetch_every=0s"],
            _ => &[],
        }
    }

    /// What was asked, in order; at most 10,000 requests.
    pub fn log(&self) -> Vec<Asked> {
        self.stage.log.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Drop for Site {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

/// Takes connections until the task is aborted; those under way end with it.
async fn accept(listener: TcpListener, stage: Arc<Stage>) {
    let mut open = JoinSet::new();
    loop {
        while open.len() >= MAX_CONNECTIONS {
            open.join_next().await;
        }
        while open.try_join_next().is_some() {}
        let Ok((stream, _)) = listener.accept().await else {
            // Out of descriptors, most likely: a connection that ends frees one.
            tokio::time::sleep(Duration::from_millis(50)).await;
            continue;
        };
        let stage = Arc::clone(&stage);
        open.spawn(async move {
            let service = service_fn(|request| std::future::ready(Ok::<_, Infallible>(respond(&stage, &request))));
            let connection = http1::Builder::new()
                .timer(TokioTimer::new())
                .header_read_timeout(HEAD_DEADLINE)
                .serve_connection(TokioIo::new(stream), service);
            // A visitor who hangs up is none of the site's business.
            let _ = connection.await;
        });
    }
}

fn respond(stage: &Stage, request: &Request<Incoming>) -> Response<Full<Bytes>> {
    let act = stage.act.load(Ordering::SeqCst);
    let path = request.uri().path();
    let (status, response) = if matches!(*request.method(), Method::GET | Method::HEAD) {
        found(stage, request, act)
    } else {
        (405, Response::new(Full::default()))
    };
    let mut log = stage.log.lock().unwrap_or_else(PoisonError::into_inner);
    if log.len() < MAX_LOG {
        log.push(Asked { at: stage.begun.elapsed(), act, path: path.to_owned(), status });
    }
    let (mut parts, body) = response.into_parts();
    parts.status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    Response::from_parts(parts, body)
}

fn found(stage: &Stage, request: &Request<Incoming>, act: u8) -> (u16, Response<Full<Bytes>>) {
    let answer = answer(request.uri().path(), act, &stage.base);
    let mut response = Response::builder().header(header::CONTENT_TYPE, answer.media_type);
    let mut status = answer.status;
    if answer.validator {
        let tag = format!("\"{}\"", &Digest::of(&answer.body).hex()[..16]);
        if request.headers().get(header::IF_NONE_MATCH).is_some_and(|given| given.as_bytes() == tag.as_bytes()) {
            status = 304;
        }
        response = response.header(header::ETAG, tag);
    } else {
        response = response.header(header::CACHE_CONTROL, "no-store");
    }
    let body = if status == 304 || request.method() == Method::HEAD { Vec::new() } else { answer.body };
    // The builder fails on bad header values only, and those above are ours.
    (status, response.body(Full::new(body.into())).unwrap_or_default())
}
