//! What our own connections do not speak: HTTP/2, and proxies. The same guard, but heads rebuilt from fields.

use std::error::Error as StdError;
use std::fmt;
use std::net::SocketAddr;
use std::sync::Arc;

use http::{HeaderValue, header};
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use tokio::time::{Instant, timeout_at};
use url::{Host as UrlHost, Url};

use super::body::{Body, Sink};
use super::dial::Dialer;
use super::exchange::{finish, spool_failed, total};
use super::host::Host;
use super::tls::{self, Witness};
use super::{Ask, Inner, heads};
use crate::model::{Exchange, Failure, FailureKind, HttpVersion, Method, Protocol, Truncation};

/// A client for one host.
pub(super) struct Indirect {
    client: reqwest::Client,
    witness: Arc<Witness>,
    h2: bool,
    accept_invalid: bool,
}

/// A refusal on its way out through a library that knows only errors.
#[derive(Debug)]
struct Refusal(Failure);

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.message)
    }
}

impl StdError for Refusal {}

/// Resolves by the dialer's rules. The proxy's own name is the operator's word and is not judged.
struct Guard {
    dialer: Arc<Dialer>,
    proxy_host: Option<String>,
}

impl Resolve for Guard {
    fn resolve(&self, name: Name) -> Resolving {
        let dialer = self.dialer.clone();
        let is_proxy = self.proxy_host.as_deref() == Some(name.as_str());
        Box::pin(async move {
            if is_proxy {
                let found: Vec<SocketAddr> = tokio::net::lookup_host((name.as_str(), 0)).await?.collect();
                return Ok(Box::new(found.into_iter()) as Addrs);
            }
            match dialer.resolve(UrlHost::Domain(name.as_str())).await {
                Ok((_, good)) => Ok(Box::new(good.into_iter().map(|ip| SocketAddr::new(ip, 0))) as Addrs),
                Err((_, failure)) => Err(Box::new(Refusal(failure)) as Box<dyn StdError + Send + Sync>),
            }
        })
    }
}

/// The proxy that is set, if one is; its URL was checked when the gate was made.
pub(super) fn proxy(setting: &str) -> Result<Option<(Url, reqwest::Proxy)>, String> {
    if setting.trim().is_empty() {
        return Ok(None);
    }
    let url = Url::parse(setting.trim()).map_err(|e| format!("it is not a URL: {e}"))?;
    if !matches!(url.scheme(), "http" | "https" | "socks5" | "socks5h") {
        return Err(format!("its scheme is {:?}, not http or socks5", url.scheme()));
    }
    let proxy = reqwest::Proxy::all(url.clone()).map_err(|_| "it cannot be used as a proxy".to_owned())?;
    Ok(Some((url, proxy)))
}

fn client(inner: &Inner, host: &Host, ask: &Ask) -> Result<Arc<Indirect>, Failure> {
    let accept_invalid = ask.capture.accept_invalid_tls;
    let h2 = ask.capture.http == HttpVersion::Http2 || host.is_h2_only();
    if let Some(known) = host.indirect(|i| i.h2 == h2 && i.accept_invalid == accept_invalid) {
        return Ok(known);
    }
    let internal = |e: &dyn fmt::Display| Failure::new(FailureKind::Internal, format!("no HTTP client: {e}"));
    let alpn: &[u8] = if h2 { b"h2" } else { b"http/1.1" };
    let (config, witness) = inner.dialer.trust.config(&[alpn], accept_invalid).map_err(|e| internal(&e))?;
    let builder = guarded(inner, config).connect_timeout(ask.capture.connect_timeout);
    let builder = if h2 { builder.http2_prior_knowledge() } else { builder.http1_only().http1_max_headers(2048) };
    let client = builder.build().map_err(|e| internal(&e))?;
    let made = Arc::new(Indirect { client, witness, h2, accept_invalid });
    host.keep_indirect(made.clone());
    Ok(made)
}

/// A client to be made, whatever for: it resolves through the guard, goes by our proxy only, and does nothing unasked.
fn guarded(inner: &Inner, config: rustls::ClientConfig) -> reqwest::ClientBuilder {
    let proxy = inner.proxy.as_ref();
    let guard = Guard {
        dialer: inner.dialer.clone(),
        proxy_host: proxy.and_then(|(url, _)| url.host_str()).map(str::to_owned),
    };
    let builder = reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .referer(false)
        .retry(reqwest::retry::never())
        .no_proxy()
        .pool_max_idle_per_host(2)
        .dns_resolver(Arc::new(guard))
        .tls_backend_preconfigured(config);
    match proxy {
        Some((_, proxy)) => builder.proxy(proxy.clone()),
        None => builder,
    }
}

/// The client for what we say of our own accord, made when it is first needed; the host of the URL is judged first.
pub(super) async fn poster(inner: &Inner, url: &Url, until: Instant) -> Result<reqwest::Client, Failure> {
    match &inner.proxy {
        Some((proxy, _)) if proxy.scheme() != "socks5" => inner.dialer.judge_by_name(url)?,
        Some(_) => {}
        None => {
            let none = || Failure::new(FailureKind::SchemeRefused, "the URL names no host");
            let late = |_| Failure::new(FailureKind::TimeoutConnect, "the host name was not resolved in time");
            // The client resolves again, through the same guard: this is for the words of a refusal.
            timeout_at(until, inner.dialer.resolve(url.host().ok_or_else(none)?))
                .await
                .map_err(late)?
                .map_err(|(_, failure)| failure)?;
        }
    }
    if let Some(client) = inner.poster.get() {
        return Ok(client.clone());
    }
    let internal = |e: &dyn fmt::Display| Failure::new(FailureKind::Internal, format!("no HTTP client: {e}"));
    let (config, _) = inner.dialer.trust.config(&[b"h2", b"http/1.1"], false).map_err(|e| internal(&e))?;
    let builder = guarded(inner, config);
    let client = builder.build().map_err(|e| internal(&e))?;
    Ok(inner.poster.get_or_init(|| client).clone())
}

/// Asks through reqwest. Whatever happens stands in `x`.
pub(super) async fn indirect(inner: &Inner, host: &Host, ask: &Ask, x: &mut Exchange, until: Instant) -> Body {
    x.heads_reconstructed = true;
    match attempt(inner, host, ask, x, until).await {
        Ok(body) => body,
        Err(failure) => {
            x.failure = Some(failure);
            Body::Empty
        }
    }
}

async fn attempt(inner: &Inner, host: &Host, ask: &Ask, x: &mut Exchange, until: Instant) -> Result<Body, Failure> {
    match &inner.proxy {
        // SOCKS without h resolves here, through the guard.
        Some((proxy, _)) if proxy.scheme() != "socks5" => inner.dialer.judge_by_name(&ask.url)?,
        Some(_) => {}
        None => {
            let Some(name) = ask.url.host() else {
                return Err(Failure::new(FailureKind::SchemeRefused, "the URL names no host"));
            };
            let found = timeout_at(until.min(Instant::now() + ask.capture.connect_timeout), inner.dialer.resolve(name));
            match found.await {
                Err(_) => {
                    return Err(Failure::new(FailureKind::TimeoutConnect, "the host name was not resolved in time"));
                }
                Ok(Err((all, failure))) => {
                    x.resolved = all;
                    return Err(failure);
                }
                Ok(Ok((all, _))) => x.resolved = all,
            }
        }
    }
    let indirect = client(inner, host, ask)?;
    let method = match ask.method {
        Method::Get => http::Method::GET,
        Method::Post => http::Method::POST,
    };
    let mut request = reqwest::Request::new(method.clone(), ask.sent_url());
    if ask.method == Method::Post {
        *request.body_mut() = Some(ask.body.clone().into());
    }
    let fields = request.headers_mut();
    ask.fill(&inner.fields, fields);
    let url = ask.sent_url();
    let target = &url[url::Position::BeforePath..url::Position::AfterQuery];
    let mut shown = http::HeaderMap::new();
    let name = &ask.url[url::Position::BeforeHost..url::Position::AfterPort];
    if let Ok(name) = HeaderValue::from_str(name) {
        shown.insert(header::HOST, name);
    }
    shown.extend(fields.iter().map(|(n, v)| (n.clone(), v.clone())));
    let request_head = heads::rebuilt(&format!("{method} {target} HTTP/1.1"), &shown);

    let first_byte = Instant::now() + ask.capture.first_byte_timeout;
    let answer = timeout_at(first_byte.min(until), indirect.client.execute(request)).await;
    x.tls = if ask.url.scheme() == "https" { tls::facts_by_witness(&indirect.witness) } else { None };
    let mut answer = match answer {
        Ok(Ok(answer)) => answer,
        Ok(Err(e)) => return Err(why(&e, inner.proxy.is_some())),
        Err(_) if first_byte <= until => {
            return Err(Failure::new(FailureKind::TimeoutFirstByte, "no complete head of an answer in time"));
        }
        Err(_) => {
            let message = "no complete head of an answer before the deadline";
            return Err(Failure::new(FailureKind::TimeoutTotal, message));
        }
    };
    x.request_head = request_head;
    if ask.method == Method::Post {
        x.request_body = ask.body.clone();
    }
    x.remote = answer.remote_addr();
    x.protocol = Some(match answer.version() {
        http::Version::HTTP_2 => Protocol::H2,
        http::Version::HTTP_10 => Protocol::Http10,
        _ => Protocol::Http11,
    });
    x.status = Some(answer.status().as_u16());
    let reason = answer.status().canonical_reason().unwrap_or_default();
    x.response_head = heads::rebuilt(&format!("HTTP/1.1 {} {reason}", answer.status().as_u16()), answer.headers());
    ask.redact(x);
    x.headers = heads::fields(&x.response_head);
    let mut sink = Sink::new(
        &inner.spool,
        ask.max_bytes,
        inner.client.spool_above,
        answer.content_length(),
        x.response_head.clone(),
        &inner.memory,
    )
    .scrubbed(ask.scrub());
    loop {
        let idle = Instant::now() + ask.capture.idle_timeout;
        let (truncated, failure) = match timeout_at(idle.min(until), answer.chunk()).await {
            Ok(Ok(None)) => break,
            Ok(Ok(Some(octets))) => match sink.push(&octets).await {
                // Empty frames without end come so fast that the timer is never looked at.
                Ok(true) if Instant::now() < until => continue,
                Ok(true) => (Truncation::Time, Some(total())),
                Ok(false) => (Truncation::Length, None),
                Err(e) => (Truncation::Unspecified, Some(spool_failed(&e))),
            },
            Ok(Err(e)) => (Truncation::Disconnect, Some(why(&e, inner.proxy.is_some()))),
            Err(_) if idle <= until => {
                (Truncation::Time, Some(Failure::new(FailureKind::TimeoutIdle, "the body stalled")))
            }
            Err(_) => (Truncation::Time, Some(total())),
        };
        x.truncated = Some(truncated);
        x.failure = failure;
        break;
    }
    Ok(finish(sink, x).await)
}

/// Plain words for what reqwest wraps several times. Never its own words: they may hold the proxy's password.
pub(super) fn why(e: &reqwest::Error, proxied: bool) -> Failure {
    let mut cause: Option<&(dyn StdError + 'static)> = Some(e);
    let mut last = String::new();
    while let Some(error) = cause {
        if let Some(Refusal(failure)) = error.downcast_ref() {
            return failure.clone();
        }
        if let Some(error) = error.downcast_ref::<rustls::Error>() {
            return Failure::new(FailureKind::Tls, tls::problem(error));
        }
        if let Some(inner) = error.downcast_ref::<std::io::Error>().and_then(std::io::Error::get_ref)
            && let Some(error) = inner.downcast_ref::<rustls::Error>()
        {
            return Failure::new(FailureKind::Tls, tls::problem(error));
        }
        if let Some(error) = error.downcast_ref::<hyper::Error>()
            && error.is_parse()
        {
            return Failure::new(FailureKind::Malformed, "the answer is not valid HTTP");
        }
        last = error.to_string();
        cause = error.source();
    }
    if e.is_timeout() && e.is_connect() {
        Failure::new(FailureKind::TimeoutConnect, "no connection in time")
    } else if e.is_connect() && proxied {
        Failure::new(FailureKind::Proxy, format!("the proxy did not connect: {last}"))
    } else if e.is_connect() {
        Failure::new(FailureKind::Connect, format!("no connection: {last}"))
    } else {
        Failure::new(FailureKind::Disconnected, format!("the connection ended early: {last}"))
    }
}
