//! Mails through a server of the operator's. The connection is the gate's: its guard, its trust; lettre speaks over it.

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::{Duration, UNIX_EPOCH};

use lettre::Message;
use lettre::message::{Mailbox, SinglePart};
use lettre::transport::smtp::authentication::{Credentials, DEFAULT_MECHANISMS};
use lettre::transport::smtp::client::{AsyncSmtpConnection, AsyncTokioStream};
use lettre::transport::smtp::extension::ClientId;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _, ReadBuf};
use tokio::time::{Instant, timeout_at};

use super::words;
use super::{Parcel, Refusal, Secret};
use crate::model::{MailServer, MailTls};
use crate::net::{Gate, Wire};

/// Lines of an answer before TLS begins, and octets of all of them.
const ANSWER: usize = 16 << 10;

pub(super) async fn send(
    gate: &Gate,
    server: &MailServer,
    secret: Option<&Secret>,
    to: &str,
    time: Duration,
    parcel: Parcel<'_>,
) -> Result<(), Refusal> {
    let mail = message(server, to, parcel).map_err(Refusal::of_all)?;
    let until = Instant::now() + time;
    match timeout_at(until, speak(gate, server, secret, &mail, until)).await {
        Ok(said) => said.map_err(Refusal::of_all),
        Err(_) => Err(Refusal::of_all(format!("{} did not take the mail in time", server.host))),
    }
}

/// The mail: plain text, known by the ids of its events.
pub(super) fn message(server: &MailServer, to: &str, parcel: Parcel<'_>) -> Result<Message, String> {
    let bad = |what: &str| format!("{what} is no address that a mail can be sent with");
    let from: Mailbox = server.from.parse().map_err(|_| bad("mail.from"))?;
    let to: Mailbox = to.parse().map_err(|_| bad("the receiver"))?;
    let subject = match parcel.events {
        [only] => words::line(&only.line(), 150),
        events => format!("{} events", events.len()),
    };
    let mut body: String = parcel.events.iter().map(|event| words::about(event) + "\n").collect();
    body.push_str("-- \nkeepfast\n");
    let seconds = u64::try_from(parcel.at.as_second()).unwrap_or_default();
    let host = from.email.domain().to_owned();
    Message::builder()
        .from(from)
        .to(to)
        .subject(format!("keepfast: {subject}"))
        .date(UNIX_EPOCH + Duration::from_secs(seconds))
        .message_id(Some(format!("<{}@{host}>", parcel.id())))
        .singlepart(SinglePart::plain(body))
        .map_err(|why| format!("the mail cannot be made: {why}"))
}

async fn speak(
    gate: &Gate,
    server: &MailServer,
    secret: Option<&Secret>,
    mail: &Message,
    until: Instant,
) -> Result<(), String> {
    let hello = ClientId::Domain(server.from.rsplit('@').next().unwrap_or("localhost").to_owned());
    let (host, port) = (server.host.as_str(), server.port);
    let wire = gate.connect(host, port, server.tls == MailTls::Implicit, until).await.map_err(|f| f.message)?;
    let line = match server.tls {
        MailTls::StartTls => {
            let wire = begin_tls(wire, &hello).await?;
            let wire = gate.secure(wire, host, port, until).await.map_err(|f| f.message)?;
            // lettre waits for a greeting, which was heard before TLS began.
            Line { wire, greeting: b"220 ready\r\n" }
        }
        MailTls::Implicit | MailTls::None => Line { wire, greeting: b"" },
    };
    let said = |why: lettre::transport::smtp::Error| format!("{host}: {}", plain(&why));
    let mut smtp = AsyncSmtpConnection::connect_with_transport(Box::new(line), &hello).await.map_err(said)?;
    if let Some(secret) = secret {
        let who = Credentials::new(server.user.clone(), secret.text().to_owned());
        smtp.auth(DEFAULT_MECHANISMS, &who).await.map_err(said)?;
    }
    smtp.send(mail.envelope(), &mail.formatted()).await.map_err(said)?;
    // It is taken; how the conversation ends does not matter.
    let _ = smtp.quit().await;
    Ok(())
}

/// lettre's words and what is behind them, in one line.
fn plain(error: &dyn std::error::Error) -> String {
    let mut out = error.to_string();
    if let Some(cause) = error.source() {
        let cause = cause.to_string();
        if !out.contains(&cause) {
            out = format!("{out}: {cause}");
        }
    }
    words::line(&out, 300)
}

/// Hears the greeting, says EHLO and STARTTLS. Whatever the server said in the clear beyond that ends it: it would be taken for what
/// was said under TLS.
async fn begin_tls(mut wire: Wire, hello: &ClientId) -> Result<Wire, String> {
    answer(&mut wire, 220).await?;
    let greet = format!("EHLO {hello}\r\n");
    wire.write_all(greet.as_bytes()).await.map_err(|e| e.to_string())?;
    let offers = answer(&mut wire, 250).await?;
    if !offers.lines().any(|line| line.get(4..).is_some_and(|word| word.trim().eq_ignore_ascii_case("STARTTLS"))) {
        return Err("the mail server does not offer STARTTLS".to_owned());
    }
    wire.write_all(b"STARTTLS\r\n").await.map_err(|e| e.to_string())?;
    answer(&mut wire, 220).await?;
    Ok(wire)
}

/// One answer, read octet by octet so that nothing behind it is taken.
async fn answer(wire: &mut Wire, code: u16) -> Result<String, String> {
    let mut text = Vec::new();
    loop {
        let begin = text.len();
        while text.last() != Some(&b'\n') || text.len() == begin {
            match wire.read_u8().await {
                Ok(octet) if text.len() < ANSWER => text.push(octet),
                Ok(_) => return Err("the mail server says too much".to_owned()),
                Err(_) => return Err("the mail server closed the connection".to_owned()),
            }
        }
        let line = text.get(begin..).unwrap_or_default();
        if line.get(..3) != Some(code.to_string().as_bytes()) {
            return Err(format!("the mail server says: {}", words::line(&String::from_utf8_lossy(line), 200)));
        }
        if line.get(3) != Some(&b'-') {
            return Ok(String::from_utf8_lossy(&text).into_owned());
        }
    }
}

/// The gate's connection, as lettre takes it; what is in `greeting` is read first.
#[derive(Debug)]
struct Line {
    wire: Wire,
    greeting: &'static [u8],
}

impl AsyncTokioStream for Line {
    fn peer_addr(&self) -> io::Result<SocketAddr> {
        Ok(self.wire.peer())
    }
}

impl AsyncRead for Line {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        if this.greeting.is_empty() {
            return Pin::new(&mut this.wire).poll_read(cx, buf);
        }
        let (now, later) = this.greeting.split_at(buf.remaining().min(this.greeting.len()));
        buf.put_slice(now);
        this.greeting = later;
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Line {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, octets: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.get_mut().wire).poll_write(cx, octets)
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().wire).poll_flush(cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().wire).poll_shutdown(cx)
    }
}
