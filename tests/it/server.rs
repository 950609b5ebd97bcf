//! A web of our own on loopback: many hosts on one port, ordinary routes, scripted faults down to the octet, and a
//! log of everything that was asked. Dropping an origin fails the test if one of its handlers panicked.

use std::collections::HashMap;
use std::io::{Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use rustls::{ServerConfig, ServerConnection, StreamOwned};
use url::Url;

/// One request as it came.
#[derive(Clone, Debug)]
#[allow(dead_code, reason = "what a story does not ask about is still told")]
pub struct Hit {
    /// When its head had come.
    pub at: Instant,
    /// Which connection it came on, counted from 1.
    pub connection: u64,
    /// `Host` without its port.
    pub host: String,
    /// Path and query.
    pub target: String,
    /// The head as it came.
    pub head: String,
    /// What came after the head.
    pub body: Vec<u8>,
    /// How often this target was asked before.
    pub before: usize,
}

impl Hit {
    /// The value of a request field.
    pub fn field(&self, name: &str) -> Option<&str> {
        self.head.lines().skip(1).find_map(|line| {
            let (n, value) = line.split_once(':')?;
            n.eq_ignore_ascii_case(name).then(|| value.trim())
        })
    }
}

/// What a handler does, piece by piece.
#[derive(Clone, Debug)]
enum Step {
    Send(Vec<u8>),
    /// Say nothing until the client leaves.
    Hang,
    /// Close without a word.
    Close,
    /// Close so that the client sees a reset.
    Reset,
}

/// What is answered.
#[derive(Clone, Debug)]
pub struct Answer {
    status: String,
    fields: Vec<(String, Vec<u8>)>,
    body: Vec<u8>,
    raw: Option<Vec<u8>>,
    after: Vec<Step>,
}

impl Answer {
    /// A status with an empty body.
    pub fn status(status: u16) -> Self {
        Self {
            status: format!("{status} Whatever"),
            fields: Vec::new(),
            body: Vec::new(),
            raw: None,
            after: Vec::new(),
        }
    }

    /// A page.
    pub fn html(body: impl Into<Vec<u8>>) -> Self {
        Self::of("text/html; charset=utf-8", body)
    }

    /// A body of some type.
    pub fn of(media_type: &str, body: impl Into<Vec<u8>>) -> Self {
        Self { body: body.into(), ..Self::status(200).field("Content-Type", media_type) }
    }

    /// A body of some type under a status of its own.
    pub fn with(status: u16, media_type: &str, body: impl Into<Vec<u8>>) -> Self {
        Self { body: body.into(), ..Self::status(status).field("Content-Type", media_type) }
    }

    /// A redirect.
    pub fn redirect(status: u16, to: impl AsRef<[u8]>) -> Self {
        Self::status(status).field("Location", to)
    }

    /// It sends to an address that begins so.
    pub fn is_redirect(&self, to: &str) -> bool {
        self.fields.iter().any(|(name, value)| name == "Location" && value.starts_with(to.as_bytes()))
    }

    /// Octets as they are, instead of a head and a body; then the connection is closed.
    pub fn raw(octets: impl Into<Vec<u8>>) -> Self {
        Self { raw: Some(octets.into()), ..Self::status(200) }.close()
    }

    /// One more field.
    pub fn field(mut self, name: &str, value: impl AsRef<[u8]>) -> Self {
        self.fields.push((name.to_owned(), value.as_ref().to_vec()));
        self
    }

    /// Then nothing more comes.
    pub fn hang(mut self) -> Self {
        self.after = vec![Step::Hang];
        self
    }

    /// Then the connection is closed.
    pub fn close(mut self) -> Self {
        self.after = vec![Step::Close];
        self
    }

    /// Then the connection is reset.
    pub fn reset(mut self) -> Self {
        self.after = vec![Step::Reset];
        self
    }

    fn resets(&self) -> bool {
        self.after.iter().any(|s| matches!(s, Step::Reset))
    }

    fn steps(self) -> Vec<Step> {
        let mut octets = self.raw.unwrap_or_else(|| {
            let mut head = format!("HTTP/1.1 {}\r\n", self.status).into_bytes();
            for (name, value) in &self.fields {
                head.extend_from_slice(name.as_bytes());
                head.extend_from_slice(b": ");
                head.extend_from_slice(value);
                head.extend_from_slice(b"\r\n");
            }
            let framed = |(n, _): &(String, Vec<u8>)| {
                n.eq_ignore_ascii_case("content-length") || n.eq_ignore_ascii_case("transfer-encoding")
            };
            if !self.fields.iter().any(framed) {
                head.extend_from_slice(format!("Content-Length: {}\r\n", self.body.len()).as_bytes());
            }
            head.extend_from_slice(b"\r\n");
            head
        });
        octets.extend_from_slice(&self.body);
        let mut steps = vec![Step::Send(octets)];
        steps.extend(self.after);
        steps
    }
}

/// A certificate for the names and addresses given, signed by the origin's own authority (or by nobody).
pub struct Identity {
    config: Arc<ServerConfig>,
    /// The authority, PEM; empty for a self-signed certificate.
    pub ca_pem: String,
}

impl Identity {
    /// Signed by an authority that a test may trust.
    pub fn signed(names: &[&str]) -> Self {
        let mut params = rcgen::CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
        params.distinguished_name.push(rcgen::DnType::CommonName, "Test Authority");
        let ca_key = rcgen::KeyPair::generate().unwrap();
        let ca = params.self_signed(&ca_key).unwrap();
        let issuer = rcgen::Issuer::new(params, &ca_key);
        let key = rcgen::KeyPair::generate().unwrap();
        let leaf = rcgen::CertificateParams::new(strings(names)).unwrap().signed_by(&key, &issuer).unwrap();
        Self { config: config(vec![leaf.der().clone(), ca.der().clone()], &key), ca_pem: ca.pem() }
    }

    /// Signed by itself.
    pub fn self_signed(names: &[&str]) -> Self {
        let key = rcgen::KeyPair::generate().unwrap();
        let leaf = rcgen::CertificateParams::new(strings(names)).unwrap().self_signed(&key).unwrap();
        Self { config: config(vec![leaf.der().clone()], &key), ca_pem: String::new() }
    }

    /// What a server of another protocol needs.
    pub fn server_config(&self) -> Arc<ServerConfig> {
        self.config.clone()
    }

    /// The same, offering only this protocol in the handshake.
    pub fn alpn(mut self, protocol: &str) -> Self {
        Arc::make_mut(&mut self.config).alpn_protocols = vec![protocol.as_bytes().to_vec()];
        self
    }
}

fn strings(names: &[&str]) -> Vec<String> {
    names.iter().map(|n| (*n).to_owned()).collect()
}

fn config(chain: Vec<rustls_pki_types::CertificateDer<'static>>, key: &rcgen::KeyPair) -> Arc<ServerConfig> {
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let key = rustls_pki_types::PrivateKeyDer::try_from(key.serialize_der()).unwrap();
    let config = ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
    Arc::new(config.with_no_client_auth().with_single_cert(chain, key).unwrap())
}

type Handler = Arc<dyn Fn(&Hit) -> Answer + Send + Sync>;

#[derive(Default)]
struct State {
    /// By host (empty: any) and path with query, or path alone.
    routes: Mutex<HashMap<(String, String), Handler>>,
    log: Mutex<Vec<Hit>>,
    connections: AtomicU64,
    stop: AtomicBool,
    panicked: Mutex<Option<String>>,
}

/// A server of many hosts.
pub struct Origin {
    address: SocketAddr,
    scheme: &'static str,
    state: Arc<State>,
}

impl Origin {
    /// Serves http.
    pub fn start() -> Self {
        Self::serve("http", None, false)
    }

    /// Serves https.
    pub fn start_tls(identity: &Identity) -> Self {
        Self::serve("https", Some(identity.config.clone()), false)
    }

    /// Serves https and speaks HTTP/2 only: every request is answered with its page.
    pub fn start_h2(identity: &Identity) -> Self {
        Self::serve("https", Some(identity.config.clone()), true)
    }

    fn serve(scheme: &'static str, tls: Option<Arc<ServerConfig>>, h2: bool) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let address = listener.local_addr().unwrap();
        let state = Arc::new(State::default());
        let shared = state.clone();
        thread::spawn(move || {
            for socket in listener.incoming().map_while(Result::ok) {
                if shared.stop.load(Ordering::SeqCst) {
                    return;
                }
                let (state, tls) = (shared.clone(), tls.clone());
                let number = state.connections.fetch_add(1, Ordering::SeqCst) + 1;
                thread::spawn(move || {
                    socket.set_nodelay(true).unwrap();
                    socket.set_read_timeout(Some(Duration::from_millis(50))).unwrap();
                    match tls {
                        None => talk(&state, socket, number),
                        Some(config) => {
                            let stream = StreamOwned::new(ServerConnection::new(config).unwrap(), socket);
                            if h2 { talk_h2(&state, stream, number) } else { talk(&state, stream, number) }
                        }
                    }
                });
            }
        });
        Self { address, scheme, state }
    }

    /// Answers `target` on every host.
    pub fn on(&self, target: &str, answer: Answer) -> &Self {
        self.handle("", target, move |_| answer.clone())
    }

    /// Answers `target` on one host.
    pub fn on_host(&self, host: &str, target: &str, answer: Answer) -> &Self {
        self.handle(host, target, move |_| answer.clone())
    }

    /// Answers `target` by what was asked; `host` empty: on every host; `target` `*`: whatever nobody else answers.
    pub fn handle(&self, host: &str, target: &str, f: impl Fn(&Hit) -> Answer + Send + Sync + 'static) -> &Self {
        self.state.routes.lock().unwrap().insert((host.to_owned(), target.to_owned()), Arc::new(f));
        self
    }

    /// A URL on the origin's own address.
    pub fn url(&self, target: &str) -> Url {
        self.url_of("127.0.0.1", target)
    }

    /// A URL on one of its hosts; the client is to resolve that name to 127.0.0.1.
    pub fn url_of(&self, host: &str, target: &str) -> Url {
        Url::parse(&format!("{}://{host}:{}{target}", self.scheme, self.address.port())).unwrap()
    }

    /// Host and port as the gate knows them.
    pub fn authority(&self) -> String {
        self.address.to_string()
    }

    /// Its port.
    pub fn port(&self) -> u16 {
        self.address.port()
    }

    /// Everything that was asked, in order.
    pub fn log(&self) -> Vec<Hit> {
        self.state.log.lock().unwrap().clone()
    }

    /// What was asked, without robots.txt.
    pub fn targets(&self) -> Vec<String> {
        self.log().into_iter().map(|h| h.target).filter(|t| t != "/robots.txt").collect()
    }

    /// How many connections were made to it.
    pub fn connections(&self) -> u64 {
        self.state.connections.load(Ordering::SeqCst)
    }
}

impl Drop for Origin {
    fn drop(&mut self) {
        self.state.stop.store(true, Ordering::SeqCst);
        let _ = TcpStream::connect(self.address); // so that accept looks up
        let panicked = self.state.panicked.lock().unwrap().take();
        if let Some(message) = panicked
            && !thread::panicking()
        {
            panic!("a handler panicked: {message}");
        }
    }
}

/// One octet; `None` when the client has left or the test is over.
fn octet(state: &State, stream: &mut impl Read) -> Option<u8> {
    let mut one = [0];
    loop {
        match stream.read(&mut one) {
            Ok(1) => return Some(one[0]),
            Err(e) if matches!(e.kind(), std::io::ErrorKind::WouldBlock | std::io::ErrorKind::TimedOut) => {
                if state.stop.load(Ordering::SeqCst) {
                    return None;
                }
            }
            _ => return None,
        }
    }
}

fn talk(state: &State, mut stream: impl Read + Write, connection: u64) {
    loop {
        // All but the last octet of the head: a socket that is closed with something unread resets.
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r") {
            match octet(state, &mut stream) {
                Some(o) => head.push(o),
                None => return,
            }
        }
        head.push(b'\n');
        let head = String::from_utf8_lossy(&head);
        let length = head
            .lines()
            .find_map(|line| line.to_ascii_lowercase().strip_prefix("content-length:")?.trim().parse().ok());
        let mut body = Vec::new();
        if let Some(length) = length {
            let read: Option<Vec<u8>> = (0..=length).map(|_: usize| octet(state, &mut stream)).collect();
            let Some(read) = read else { return };
            body = read[1..].to_vec();
        }
        let answer = answer(state, &head, body, connection);
        if !answer.resets() && length.is_none() {
            octet(state, &mut stream);
        }
        for step in answer.steps() {
            match step {
                Step::Send(octets) => {
                    if stream.write_all(&octets).and_then(|()| stream.flush()).is_err() {
                        return;
                    }
                }
                Step::Hang => {
                    octet(state, &mut stream);
                    return;
                }
                Step::Close | Step::Reset => return,
            }
        }
    }
}

fn answer(state: &State, head: &str, body: Vec<u8>, connection: u64) -> Answer {
    let target = head.split(' ').nth(1).unwrap_or_default().to_owned();
    let (host, head, at) = (String::new(), head.to_owned(), Instant::now());
    let mut hit = Hit { at, connection, host, target, head, body, before: 0 };
    let host = hit.field("host").unwrap_or_default();
    hit.host = host.rsplit_once(':').map_or(host, |(name, _)| name).to_owned();
    {
        let mut log = state.log.lock().unwrap();
        hit.before = log.iter().filter(|h| h.target == hit.target && h.host == hit.host).count();
        log.push(hit.clone());
    }
    let path = hit.target.split('?').next().unwrap_or_default().to_owned();
    let handler = {
        let routes = state.routes.lock().unwrap();
        [&hit.host, ""]
            .iter()
            .flat_map(|host| [&hit.target, &path].map(|t| ((*host).to_owned(), t.clone())))
            .find_map(|key| routes.get(&key).cloned())
            .or_else(|| routes.get(&(String::new(), "*".to_owned())).cloned())
    };
    let Some(handler) = handler else { return Answer::status(404) };
    catch_unwind(AssertUnwindSafe(|| handler(&hit))).unwrap_or_else(|panic| {
        let message = panic.downcast_ref::<String>().cloned();
        let message = message.or_else(|| panic.downcast_ref::<&str>().map(|s| (*s).to_owned())).unwrap_or_default();
        *state.panicked.lock().unwrap() = Some(message);
        Answer::status(500)
    })
}

/// As much HTTP/2 as one request a stream needs. The head is not read: `/` is what is answered once the request has ended.
fn talk_h2(state: &State, mut stream: impl Read + Write, connection: u64) {
    let read = |n: usize, stream: &mut dyn Read| -> Option<Vec<u8>> {
        let mut stream = stream;
        (0..n).map(|_| octet(state, &mut stream)).collect()
    };
    let frame = |kind: u8, flags: u8, id: u32, payload: &[u8]| {
        let len = u32::try_from(payload.len()).unwrap().to_be_bytes();
        [&len[1..], &[kind, flags], &id.to_be_bytes(), payload].concat()
    };
    // A client of HTTP/1.1 writes its head where the preface should be, and is answered all the same.
    if read(24, &mut stream).is_none() || stream.write_all(&frame(4, 0, 0, &[])).is_err() {
        return;
    }
    let mut body = Vec::new();
    while let Some(head) = read(9, &mut stream) {
        let len = usize::from(head[0]) << 16 | usize::from(head[1]) << 8 | usize::from(head[2]);
        let id = u32::from_be_bytes([head[5], head[6], head[7], head[8]]);
        let Some(payload) = read(len, &mut stream).filter(|_| len <= 1 << 20) else { return };
        if head[3] == 0 {
            body.extend(payload);
        }
        let sent = match (head[3], head[4]) {
            (4, 0) => stream.write_all(&frame(4, 1, 0, &[])),
            (0 | 1, flags) if flags & 1 == 1 => {
                let sent = std::mem::take(&mut body);
                let Answer { body, .. } = answer(state, "GET / HTTP/2\r\n\r\n", sent, connection);
                // :status 200 from the static table; content-type as a literal.
                let fields = [&[0x88, 0x0f, 0x10, 9][..], b"text/html"].concat();
                stream.write_all(&frame(1, 4, id, &fields)).and_then(|()| stream.write_all(&frame(0, 1, id, &body)))
            }
            _ => Ok(()),
        };
        if sent.and_then(|()| stream.flush()).is_err() {
            return;
        }
    }
}
