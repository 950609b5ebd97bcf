//! Those who are told: a webhook receiver with moods, and a mail server. Both keep a log of what they were told.

use std::collections::HashMap;
use std::io::{BufRead as _, BufReader, Read, Write};
use std::net::{Ipv4Addr, Shutdown, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;

use rustls::{ServerConnection, StreamOwned};
use serde_json::Value;
use sha2::{Digest as _, Sha256};

use crate::server::Identity;

/// A POST as it came.
#[derive(Clone, Debug)]
pub struct Post {
    fields: HashMap<String, String>,
    /// The very octets.
    pub body: Vec<u8>,
}

impl Post {
    /// The value of a field.
    pub fn field(&self, name: &str) -> &str {
        self.fields.get(name).map(String::as_str).unwrap_or_default()
    }

    /// The body as JSON.
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }

    /// What the signature has to be, computed without the code that is tested.
    pub fn signature(&self, secret: &[u8]) -> String {
        let time = self.field("keepfast-signature").split(',').next().unwrap().strip_prefix("t=").unwrap();
        let pad = |with: u8| {
            let mut key = [with; 64];
            key.iter_mut().zip(secret).for_each(|(key, secret)| *key ^= secret);
            key
        };
        let inner = Sha256::new().chain_update(pad(0x36)).chain_update(format!("{time}.")).chain_update(&self.body);
        let tag = Sha256::new().chain_update(pad(0x5c)).chain_update(inner.finalize()).finalize();
        let hex: String = tag.iter().map(|octet| format!("{octet:02x}")).collect();
        format!("t={time},v1={hex}")
    }
}

/// How a receiver answers.
#[derive(Clone, Copy, Debug)]
pub enum Reply {
    /// With this status.
    Status(u16),
    /// 503, and come back in a moment.
    Busy,
    /// Never.
    Hang,
    /// It has it, but the connection ends.
    Close,
}

type Mood = Box<dyn Fn(usize) -> Reply + Send>;

struct State {
    log: Mutex<Vec<Post>>,
    mood: Mutex<Mood>,
    stop: AtomicBool,
    open: Mutex<Vec<TcpStream>>,
}

/// A webhook receiver.
pub struct Receiver {
    port: u16,
    state: Arc<State>,
}

impl Receiver {
    /// One that takes everything.
    pub fn start() -> Self {
        Self::start_at(0)
    }

    /// The same at a certain port.
    pub fn start_at(port: u16) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).unwrap();
        let port = listener.local_addr().unwrap().port();
        let state = Arc::new(State {
            log: Mutex::default(),
            mood: Mutex::new(Box::new(|_| Reply::Status(200))),
            stop: AtomicBool::new(false),
            open: Mutex::default(),
        });
        let shared = state.clone();
        thread::spawn(move || {
            for socket in listener.incoming().map_while(Result::ok) {
                if shared.stop.load(Ordering::SeqCst) {
                    return;
                }
                shared.open.lock().unwrap().push(socket.try_clone().unwrap());
                let state = shared.clone();
                thread::spawn(move || talk(&state, socket));
            }
        });
        Self { port, state }
    }

    /// How it answers, by how many came before.
    pub fn replies(&self, mood: impl Fn(usize) -> Reply + Send + 'static) {
        *self.state.mood.lock().unwrap() = Box::new(mood);
    }

    /// Its port.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// A URL of it.
    pub fn url(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}{path}", self.port)
    }

    /// What came.
    pub fn log(&self) -> Vec<Post> {
        self.state.log.lock().unwrap().clone()
    }

    /// Ends it, with all its connections.
    pub fn stop(self) -> Vec<Post> {
        self.end();
        self.log()
    }

    fn end(&self) {
        self.state.stop.store(true, Ordering::SeqCst);
        let _ = TcpStream::connect((Ipv4Addr::LOCALHOST, self.port)); // so that accept looks up
        for socket in self.state.open.lock().unwrap().drain(..) {
            let _ = socket.shutdown(Shutdown::Both);
        }
    }
}

impl Drop for Receiver {
    fn drop(&mut self) {
        self.end();
    }
}

fn talk(state: &State, mut socket: TcpStream) {
    let mut reader = BufReader::new(socket.try_clone().unwrap());
    loop {
        let (mut fields, mut line) = (HashMap::new(), String::new());
        if reader.read_line(&mut line).unwrap_or(0) == 0 {
            return;
        }
        assert!(line.starts_with("POST "), "{line}");
        loop {
            line.clear();
            if reader.read_line(&mut line).unwrap_or(0) == 0 {
                return;
            }
            let Some((name, value)) = line.trim().split_once(':') else { break };
            fields.insert(name.to_lowercase(), value.trim().to_owned());
        }
        let mut body = vec![0; fields["content-length"].parse().unwrap()];
        if reader.read_exact(&mut body).is_err() {
            return;
        }
        let before = {
            let mut log = state.log.lock().unwrap();
            log.push(Post { fields, body });
            log.len() - 1
        };
        let reply = (state.mood.lock().unwrap())(before);
        let head = match reply {
            Reply::Status(status) => format!("HTTP/1.1 {status} Whatever\r\nContent-Length: 0\r\n\r\n"),
            Reply::Busy => "HTTP/1.1 503 Busy\r\nRetry-After: 1\r\nContent-Length: 0\r\n\r\n".to_owned(),
            Reply::Hang => {
                let _ = reader.read(&mut [0]);
                return;
            }
            Reply::Close => return drop(socket.shutdown(Shutdown::Both)),
        };
        if socket.write_all(head.as_bytes()).is_err() {
            return;
        }
    }
}

/// A mail server that takes everything, for who knows the password if it has TLS.
pub struct Mails {
    port: u16,
    log: Arc<Mutex<Vec<String>>>,
}

impl Mails {
    /// With TLS from the beginning, or without.
    pub fn start(identity: Option<&Identity>) -> Self {
        Self::serve(identity, false)
    }

    /// With STARTTLS.
    pub fn start_tls_later(identity: &Identity) -> Self {
        Self::serve(Some(identity), true)
    }

    fn serve(identity: Option<&Identity>, later: bool) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let port = listener.local_addr().unwrap().port();
        let log = Arc::new(Mutex::new(Vec::new()));
        let (shared, tls) = (log.clone(), identity.map(Identity::server_config));
        thread::spawn(move || {
            for mut socket in listener.incoming().map_while(Result::ok) {
                let (log, tls) = (shared.clone(), tls.clone());
                thread::spawn(move || match tls {
                    None => drop(mail(&log, socket, true, "")),
                    Some(tls) => {
                        if later && !before_tls(&mut socket) {
                            return;
                        }
                        let stream = StreamOwned::new(ServerConnection::new(tls).unwrap(), socket);
                        drop(mail(&log, stream, !later, "AG1lAGh1c2ggaHVzaA=="));
                    }
                });
            }
        });
        Self { port, log }
    }

    /// Its port.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Each mail with the commands that brought it.
    pub fn log(&self) -> Vec<String> {
        self.log.lock().unwrap().clone()
    }
}

fn line(stream: &mut impl Read) -> std::io::Result<String> {
    let mut out = Vec::new();
    while out.last() != Some(&b'\n') {
        let mut one = [0];
        stream.read_exact(&mut one)?;
        out.push(one[0]);
    }
    Ok(String::from_utf8_lossy(&out).into_owned())
}

fn before_tls(socket: &mut TcpStream) -> bool {
    let mut talk = || -> std::io::Result<bool> {
        socket.write_all(b"220 a mail server\r\n")?;
        assert!(line(socket)?.starts_with("EHLO "));
        socket.write_all(b"250-a.test\r\n250-8BITMIME\r\n250 STARTTLS\r\n")?;
        assert_eq!(line(socket)?, "STARTTLS\r\n", "nothing is said in the clear");
        socket.write_all(b"220 go on\r\n")?;
        Ok(true)
    };
    talk().unwrap_or(false)
}

fn mail(log: &Mutex<Vec<String>>, mut stream: impl Read + Write, greets: bool, password: &str) -> std::io::Result<()> {
    let mut said = String::new();
    if greets {
        stream.write_all(b"220 a mail server\r\n")?;
    }
    let mut is_known = password.is_empty();
    loop {
        let command = line(&mut stream)?;
        said.push_str(&command);
        let answer: &[u8] = match command.split([' ', '\r']).next().unwrap_or_default() {
            "EHLO" if password.is_empty() => b"250-a.test\r\n250 8BITMIME\r\n",
            "EHLO" => b"250-a.test\r\n250-8BITMIME\r\n250 AUTH PLAIN\r\n",
            "AUTH" => {
                is_known = command.trim_end() == format!("AUTH PLAIN {password}");
                if is_known { b"235 welcome\r\n" } else { b"535 who are you\r\n" }
            }
            "MAIL" | "RCPT" if is_known => b"250 yes\r\n",
            "DATA" if is_known => {
                stream.write_all(b"354 go on\r\n")?;
                loop {
                    let one = line(&mut stream)?;
                    if one == ".\r\n" {
                        break;
                    }
                    said.push_str(&one);
                }
                log.lock().unwrap().push(std::mem::take(&mut said));
                b"250 taken\r\n"
            }
            "QUIT" => {
                stream.write_all(b"221 bye\r\n")?;
                return Ok(());
            }
            _ => b"530 no\r\n",
        };
        stream.write_all(answer)?;
    }
}
