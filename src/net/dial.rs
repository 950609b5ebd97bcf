//! The one place where a connection is made: resolve, keep the addresses that may be reached, connect to
//! exactly those, shake hands.

use std::collections::HashMap;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use rustls_pki_types::ServerName;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::{Instant, timeout_at};
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use url::{Host, Url};

use super::tls::{self, Trust};
use crate::error::{Error, ErrorKind, Result};
use crate::model::{self, Failure, FailureKind};
use crate::policy::address::Allow;

/// What is known of a connection, whether or not it came to be.
#[derive(Clone, Debug, Default)]
pub(super) struct Facts {
    pub(super) resolved: Vec<IpAddr>,
    pub(super) remote: Option<SocketAddr>,
    pub(super) tls: Option<model::Tls>,
}

/// Why there is no connection.
#[derive(Debug)]
pub(super) struct NoLine {
    pub(super) failure: Failure,
    pub(super) facts: Facts,
    /// The server refused HTTP/1.1 during the handshake: it wants HTTP/2.
    pub(super) wants_h2: bool,
}

impl NoLine {
    fn new(kind: FailureKind, message: impl AsRef<str>, facts: &Facts) -> Self {
        Self { failure: Failure::new(kind, message), facts: facts.clone(), wants_h2: false }
    }
}

/// Makes connections, and only to addresses that may be reached.
#[derive(Debug)]
pub(super) struct Dialer {
    allow: Allow,
    fixed: HashMap<String, IpAddr>,
    pub(super) trust: Trust,
}

impl Dialer {
    pub(super) fn new(client: &model::Client) -> Result<Self> {
        let config = |cause: String| Error::new(ErrorKind::Config, cause);
        let allow = Allow::parse(&client.allow_private).map_err(|e| config(format!("`allow_private`: {e}")))?;
        let mut fixed = HashMap::new();
        for (host, address) in &client.resolve {
            let ip = address
                .trim()
                .trim_start_matches('[')
                .trim_end_matches(']')
                .parse()
                .map_err(|_| config(format!("`resolve`: {address:?} (for {host:?}) is not an IP address")))?;
            fixed.insert(host.trim().trim_end_matches('.').to_ascii_lowercase(), ip);
        }
        Ok(Self { allow, fixed, trust: Trust::new(&client.ca_files)? })
    }

    /// Judges what needs no resolver: an address written in the URL, and a name that is fixed.
    pub(super) fn judge(&self, url: &Url) -> Result<(), Failure> {
        let ip = match url.host() {
            Some(Host::Ipv4(ip)) => IpAddr::V4(ip),
            Some(Host::Ipv6(ip)) => IpAddr::V6(ip),
            Some(Host::Domain(_)) => return Ok(()),
            None => return Err(Failure::new(FailureKind::SchemeRefused, "the URL names no host")),
        };
        if self.allow.admits(ip) { Ok(()) } else { Err(refused(&ip.to_string(), &[ip])) }
    }

    /// For requests through a proxy, which resolves names itself: refuses addresses and names that are local by
    /// definition (RFC 6761, 6762, 8375).
    pub(super) fn judge_by_name(&self, url: &Url) -> Result<(), Failure> {
        self.judge(url)?;
        let Some(Host::Domain(name)) = url.host() else { return Ok(()) };
        let name = name.trim_end_matches('.');
        let last = name.rsplit('.').next().unwrap_or(name);
        let local = matches!(last, "localhost" | "local" | "internal" | "lan" | "home" | "corp" | "intranet");
        if local || name.ends_with("home.arpa") || !name.contains('.') {
            let message = format!("{name} is a name of a private network, and a proxy would resolve it there");
            return Err(Failure::new(FailureKind::AddressRefused, message));
        }
        Ok(())
    }

    /// All addresses of a host, and those of them that may be reached.
    pub(super) async fn resolve(&self, host: Host<&str>) -> Result<(Vec<IpAddr>, Vec<IpAddr>), (Vec<IpAddr>, Failure)> {
        let (name, all, by_dns) = match host {
            Host::Ipv4(ip) => (ip.to_string(), vec![IpAddr::V4(ip)], false),
            Host::Ipv6(ip) => (ip.to_string(), vec![IpAddr::V6(ip)], false),
            Host::Domain(name) => match self.fixed.get(name.trim_end_matches('.')) {
                Some(&ip) => (name.to_owned(), vec![ip], false),
                None => (name.to_owned(), lookup(name).await.map_err(|failure| (Vec::new(), failure))?, true),
            },
        };
        // A name of the outside that leads to this machine is a trick, even where loopback is allowed:
        // who means it writes the address, or fixes the name with `resolve`.
        let admits = |ip: &&IpAddr| self.allow.admits(**ip) && !(by_dns && ip.to_canonical().is_loopback());
        let good: Vec<IpAddr> = all.iter().filter(admits).copied().collect();
        if good.is_empty() {
            let failure = refused(&name, &all);
            return Err((all, failure));
        }
        Ok((all, good))
    }

    /// A connection for `url`, ready for the first request.
    pub(super) async fn dial(
        &self,
        url: &Url,
        accept_invalid: bool,
        until: Instant,
    ) -> Result<(Stream, Facts), NoLine> {
        let (stream, mut facts) = self.plain(url, until).await?;
        let tcp = match stream {
            Stream::Plain(tcp) if url.scheme() == "https" => tcp,
            stream => return Ok((stream, facts)),
        };
        let stream = self.handshake(url, tcp, &[b"http/1.1"], accept_invalid, until, &mut facts).await?;
        Ok((stream, facts))
    }

    /// A connection for `url` without TLS.
    pub(super) async fn plain(&self, url: &Url, until: Instant) -> Result<(Stream, Facts), NoLine> {
        let mut facts = Facts::default();
        let (Some(host), Some(port)) = (url.host(), url.port_or_known_default()) else {
            return Err(NoLine::new(FailureKind::SchemeRefused, "the URL names no host", &facts));
        };
        let good = match timeout_at(until, self.resolve(host)).await {
            Err(_) => {
                return Err(NoLine::new(FailureKind::TimeoutConnect, "the host name was not resolved in time", &facts));
            }
            Ok(Err((all, failure))) => {
                facts.resolved = all;
                return Err(NoLine { failure, facts, wants_h2: false });
            }
            Ok(Ok((all, good))) => {
                facts.resolved = all;
                good
            }
        };
        let tcp = connect(&good, port, until, &mut facts).await?;
        Ok((Stream::Plain(tcp), facts))
    }

    /// Puts TLS over a connection to the host of `url`.
    pub(super) async fn shake(
        &self,
        url: &Url,
        tcp: TcpStream,
        alpn: &[&[u8]],
        until: Instant,
    ) -> Result<Stream, Failure> {
        self.handshake(url, tcp, alpn, false, until, &mut Facts::default()).await.map_err(|no| no.failure)
    }

    async fn handshake(
        &self,
        url: &Url,
        tcp: TcpStream,
        alpn: &[&[u8]],
        accept_invalid: bool,
        until: Instant,
        facts: &mut Facts,
    ) -> Result<Stream, NoLine> {
        let server = match url.host() {
            Some(Host::Domain(name)) => ServerName::try_from(name.trim_end_matches('.').to_owned()).ok(),
            Some(Host::Ipv4(ip)) => Some(ServerName::from(IpAddr::V4(ip))),
            Some(Host::Ipv6(ip)) => Some(ServerName::from(IpAddr::V6(ip))),
            None => None,
        };
        let bad = |e: &rustls::Error, facts: &Facts| NoLine::new(FailureKind::Tls, tls::problem(e), facts);
        let Some(server) = server else {
            return Err(NoLine::new(FailureKind::Tls, "a certificate cannot be made out to this host name", facts));
        };
        let (config, witness) = self.trust.config(alpn, accept_invalid).map_err(|e| bad(&e, facts))?;
        let shaken = timeout_at(until, TlsConnector::from(Arc::new(config)).connect(server, tcp)).await;
        let connection =
            shaken.as_ref().ok().and_then(|r| r.as_ref().ok()).map(|s| -> &rustls::CommonState { s.get_ref().1 });
        facts.tls = tls::facts(&witness, connection);
        match shaken {
            Ok(Ok(stream)) => Ok(Stream::Tls(Box::new(stream))),
            Err(_) => Err(NoLine::new(FailureKind::TimeoutConnect, "no connection in time", facts)),
            Ok(Err(e)) => {
                let inner = e.get_ref().and_then(|e| e.downcast_ref::<rustls::Error>());
                let mut no = match inner {
                    Some(e) => bad(e, facts),
                    None => NoLine::new(FailureKind::Tls, format!("the TLS handshake failed: {e}"), facts),
                };
                no.wants_h2 = matches!(
                    inner,
                    Some(
                        rustls::Error::AlertReceived(rustls::AlertDescription::NoApplicationProtocol)
                            | rustls::Error::NoApplicationProtocol
                    )
                );
                Err(no)
            }
        }
    }
}

fn refused(name: &str, all: &[IpAddr]) -> Failure {
    let which: Vec<String> = all.iter().take(4).map(ToString::to_string).collect();
    let which = which.join(", ");
    let message = if which == name {
        format!("{name} is not a public address")
    } else {
        format!("{name} leads to {which}, which is not a public address")
    };
    Failure::new(FailureKind::AddressRefused, message)
}

async fn lookup(name: &str) -> Result<Vec<IpAddr>, Failure> {
    let none = |why: String| Failure::new(FailureKind::Dns, format!("{name} has no address{why}"));
    let found = tokio::net::lookup_host((name, 0)).await.map_err(|e| none(format!(": {e}")))?;
    let mut all: Vec<IpAddr> = Vec::new();
    for address in found.take(64) {
        if !all.contains(&address.ip()) {
            all.push(address.ip());
        }
    }
    if all.is_empty() { Err(none(String::new())) } else { Ok(all) }
}

/// Tries the addresses in order; each gets its share of the time that is left.
async fn connect(good: &[IpAddr], port: u16, until: Instant, facts: &mut Facts) -> Result<TcpStream, NoLine> {
    let mut last = None;
    for (i, &ip) in good.iter().enumerate() {
        let address = SocketAddr::new(ip, port);
        facts.remote = Some(address);
        let now = Instant::now();
        let left = u32::try_from(good.len() - i).unwrap_or(u32::MAX);
        let share = now + until.saturating_duration_since(now) / left;
        match timeout_at(share, TcpStream::connect(address)).await {
            Ok(Ok(stream)) => {
                // Heads are written in one piece; waiting for more would only delay them.
                let _ = stream.set_nodelay(true);
                return Ok(stream);
            }
            Ok(Err(e)) => {
                last = Some(NoLine::new(FailureKind::Connect, format!("no connection to {address}: {e}"), facts))
            }
            Err(_) => {
                let message = format!("no connection to {address} in time");
                last = Some(NoLine::new(FailureKind::TimeoutConnect, message, facts));
            }
        }
    }
    Err(last.unwrap_or_else(|| NoLine::new(FailureKind::Dns, "the host name has no address", facts)))
}

/// A connection, with or without TLS.
#[derive(Debug)]
pub(super) enum Stream {
    Plain(TcpStream),
    Tls(Box<TlsStream<TcpStream>>),
}

impl AsyncRead for Stream {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Plain(s) => Pin::new(s).poll_read(cx, buf),
            Self::Tls(s) => Pin::new(s.as_mut()).poll_read(cx, buf),
        }
    }
}

impl AsyncWrite for Stream {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, octets: &[u8]) -> Poll<io::Result<usize>> {
        match self.get_mut() {
            Self::Plain(s) => Pin::new(s).poll_write(cx, octets),
            Self::Tls(s) => Pin::new(s.as_mut()).poll_write(cx, octets),
        }
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Plain(s) => Pin::new(s).poll_flush(cx),
            Self::Tls(s) => Pin::new(s.as_mut()).poll_flush(cx),
        }
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Plain(s) => Pin::new(s).poll_shutdown(cx),
            Self::Tls(s) => Pin::new(s.as_mut()).poll_shutdown(cx),
        }
    }
}
