//! How others learn that the service lives: `/metrics` and `/healthz` on loopback, and a URL that is asked while all is well.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Method, Request, Response, header};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::Instant;

use super::App;
use super::vitals::Vitals;
use crate::crawl::{Event, Listener};
use crate::error::{Result, io};
use crate::model::Hop;
use crate::net::{Ask, Gate};

/// Connections at the same time; who comes then waits.
const MANY: usize = 16;
/// A request's head has to be there by then …
const HEAD: Duration = Duration::from_secs(5);
/// … and the connection is closed after this.
const CONNECTION: Duration = Duration::from_secs(30);
/// The answer of `alive_url` is waited for so long, and read so far.
const ALIVE: (Duration, u64) = (Duration::from_secs(30), 64 << 10);

/// Watches over the service until it is dropped. What it is to do may change under way.
pub(super) struct Watchdog {
    pub app: watch::Receiver<App>,
    pub vitals: Arc<Vitals>,
    pub listener: Listener,
}

impl Watchdog {
    /// Never ends by itself. `bound` is where it listens to begin with.
    pub async fn mind(mut self, mut bound: Option<TcpListener>) {
        loop {
            let app = self.app.borrow_and_update().clone();
            let changed = {
                let serving = serve(bound.as_ref(), &app, &self.vitals);
                let calling = call(&app, &self.vitals, &self.listener);
                tokio::select! {
                    () = serving => return,
                    () = calling => return,
                    changed = self.app.changed() => changed,
                }
            };
            if changed.is_err() {
                // The service has ended.
                return std::future::pending().await;
            }
            let service = self.app.borrow().config.service().clone();
            if service.listen != app.config.service().listen {
                // The old address is free before the new one is taken.
                drop(bound.take());
                match listen(&self.app.borrow().clone()).await {
                    Ok(new) => bound = new,
                    Err(why) => (self.listener)(Event::Note(format!("nobody can ask how it goes: {why}"))),
                }
            }
        }
    }
}

/// Takes the address that the configuration names, if it names one.
pub(super) async fn listen(app: &App) -> Result<Option<TcpListener>> {
    let Some(at) = app.config.service().listen else { return Ok(None) };
    TcpListener::bind(at).await.map(Some).map_err(io(format!("cannot listen at {at} (service.listen)")))
}

async fn serve(bound: Option<&TcpListener>, app: &App, vitals: &Arc<Vitals>) {
    let Some(bound) = bound else { return std::future::pending().await };
    let mut open = JoinSet::new();
    loop {
        while open.len() >= MANY {
            open.join_next().await;
        }
        while open.try_join_next().is_some() {}
        let Ok((stream, _)) = bound.accept().await else {
            // Out of descriptors, most likely: a connection that ends frees one.
            tokio::time::sleep(Duration::from_millis(200)).await;
            continue;
        };
        let (app, vitals) = (app.clone(), Arc::clone(vitals));
        open.spawn(async move {
            let service = service_fn(|request| {
                let (app, vitals) = (app.clone(), Arc::clone(&vitals));
                async move { Ok::<_, Infallible>(respond(app, vitals, &request).await) }
            });
            let connection = http1::Builder::new()
                .timer(TokioTimer::new())
                .header_read_timeout(HEAD)
                .serve_connection(TokioIo::new(stream), service);
            // Who hangs up knows why.
            let _ = tokio::time::timeout(CONNECTION, connection).await;
        });
    }
}

async fn respond(app: App, vitals: Arc<Vitals>, request: &Request<Incoming>) -> Response<Full<Bytes>> {
    let answer = |status: u16, text: String| {
        let mut response = Response::new(Full::new(Bytes::from(text)));
        *response.status_mut() = http::StatusCode::from_u16(status).unwrap_or_default();
        let kind = header::HeaderValue::from_static("text/plain; version=0.0.4; charset=utf-8");
        response.headers_mut().insert(header::CONTENT_TYPE, kind);
        response
    };
    if !matches!(*request.method(), Method::GET | Method::HEAD) {
        return answer(405, "only GET and HEAD\n".into());
    }
    // A page of somebody else that names this address in a browser would come with another Host.
    let host = request.headers().get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
    let name = host.rsplit_once(':').map_or(host, |(name, _)| name).trim_matches(['[', ']']);
    if name != "localhost" && !name.parse::<std::net::IpAddr>().is_ok_and(|ip| ip.is_loopback()) {
        return answer(421, "asked under a name that is not this machine's\n".into());
    }
    match request.uri().path() {
        "/healthz" => match vitals.ill() {
            None => answer(200, "well\n".into()),
            Some(why) => answer(503, format!("{why}\n")),
        },
        "/metrics" => {
            let min_free = app.config.min_free();
            let status = tokio::task::spawn_blocking(move || app.status()).await;
            let status = status.ok().and_then(Result::ok);
            answer(200, vitals.metrics(status.as_ref(), min_free))
        }
        _ => answer(404, "there are /metrics and /healthz\n".into()),
    }
}

/// Asks `alive_url` while all is well. That nobody answers is told once, until somebody does again.
async fn call(app: &App, vitals: &Vitals, listener: &Listener) {
    let Some(url) = app.config.service().alive_url.clone() else { return std::future::pending().await };
    let note = |text: String| listener(Event::Note(text));
    let capture = app.config.capture_for(&[], &Default::default());
    let spool = app.dir.join("spool");
    let (gate, mut capture) = match (Gate::new(app.config.client(), spool, Arc::clone(&app.clock)), capture) {
        (Ok(gate), Ok(capture)) => (gate, capture),
        (Err(why), _) | (_, Err(why)) => {
            note(format!("service.alive_url is not asked: {why}"));
            return std::future::pending().await;
        }
    };
    capture.total_timeout = ALIVE.0;
    let capture = Arc::new(capture);
    let every = app.clock.real(app.config.service().alive_every).max(Duration::from_millis(10));
    let mut failing = false;
    loop {
        if vitals.ill().is_none() {
            let mut ask = Ask::new(Hop::Seed, url.clone(), &capture, Instant::now() + ALIVE.0);
            ask.max_bytes = ALIVE.1;
            let fetched = gate.fetch(ask).await;
            let why = match (&fetched.exchange.failure, fetched.exchange.status) {
                (None, Some(200..=299)) => None,
                (Some(failure), _) => Some(failure.message.clone()),
                (None, status) => Some(format!("the answer was {}", status.unwrap_or_default())),
            };
            match why {
                None if failing => note("service.alive_url answers again".into()),
                // The URL may be a secret.
                Some(why) if !failing => {
                    let host = url.host_str().unwrap_or_default();
                    note(format!(
                        "service.alive_url at {host} does not answer well: {}",
                        why.replace(url.as_str(), host)
                    ));
                }
                _ => {}
            }
            failing = fetched.exchange.failure.is_some() || !matches!(fetched.exchange.status, Some(200..=299));
        }
        tokio::time::sleep(every).await;
    }
}
