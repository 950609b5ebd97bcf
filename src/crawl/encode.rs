//! From an exchange to its finished WARC records.

use std::collections::HashMap;
use std::fs::File;
use std::hash::{BuildHasher as _, RandomState};
use std::io::{self, BufWriter, Read, Write as _};
use std::path::PathBuf;
use std::sync::LazyLock;
use std::sync::atomic::{AtomicU64, Ordering};

use base64::Engine as _;
use sha2::{Digest as _, Sha256};

use crate::error::{Result, io as io_error};
use crate::model::{Digest, EncodedRecord, Exchange, Held, Protocol, RecordBytes, RecordId, Recorded, Tls};
use crate::net::{Body, Fetched};
use crate::store::Reader;
use crate::warc::{
    Compressor, Kind, NewRecord, REVISIT_IDENTICAL, REVISIT_NOT_MODIFIED, Source, fields, new_id, stored_head,
};

/// A finished record above this length goes to the spool folder.
const MEMORY: u64 = 1 << 20;
/// So much of an answer that is not HTTP is kept in its metadata record.
const ODD_OCTETS: usize = 64 * 1024;

static SEED: LazyLock<[u64; 2]> = LazyLock::new(|| [RandomState::new().hash_one(1), RandomState::new().hash_one(2)]);
static COUNTER: AtomicU64 = AtomicU64::new(0);

/// A record identifier that no other process makes.
fn fresh_id(exchange: &Exchange) -> RecordId {
    let count = COUNTER.fetch_add(1, Ordering::Relaxed);
    new_id(&[
        &SEED[0].to_le_bytes(),
        &SEED[1].to_le_bytes(),
        &count.to_le_bytes(),
        &exchange.started_at.as_nanosecond().to_le_bytes(),
    ])
}

/// What one thread encodes with.
pub(super) struct Encoder {
    compressor: Compressor,
    spool: PathBuf,
}

/// What is held already, as far as this capture knows it.
pub(super) struct Known<'a> {
    /// The catalogue.
    pub reader: &'a Reader,
    /// Payloads of this capture.
    pub here: HashMap<Digest, Held>,
    /// For a 304: what the validators stood for.
    pub confirmed: Option<(Digest, Held)>,
}

impl Known<'_> {
    fn find(&self, exchange: &Exchange) -> Result<Option<Held>> {
        if exchange.body_len == 0 || exchange.truncated.is_some() {
            return Ok(None);
        }
        match self.here.get(&exchange.payload_digest) {
            Some(held) => Ok(Some(held.clone())),
            None => self.reader.held(&exchange.payload_digest),
        }
    }
}

impl Encoder {
    pub fn new(spool: PathBuf) -> Self {
        Self { compressor: Compressor::new(6), spool }
    }

    /// Makes the finished records of one exchange.
    pub fn encode(&mut self, fetched: &Fetched, known: &mut Known<'_>) -> Result<Recorded> {
        let Fetched { exchange, body } = fetched;
        let mut out = facts(exchange);
        match exchange.status {
            _ if exchange.maker.is_some() => self.made(exchange, body, &mut out)?,
            Some(status) => self.answered(exchange, body, status, known, &mut out)?,
            None => self.unanswered(exchange, &mut out)?,
        }
        if let Some(tls) = &exchange.tls
            && !tls.chain.is_empty()
            && !known.reader.has_chain(&tls.chain_digest())?
        {
            out.records.push(self.chain(exchange, tls)?);
        }
        Ok(out)
    }

    fn answered(
        &mut self,
        exchange: &Exchange,
        body: &Body,
        status: u16,
        known: &mut Known<'_>,
        out: &mut Recorded,
    ) -> Result<()> {
        let head = stored_head(&exchange.response_head, exchange.body_len);
        let id = fresh_id(exchange);
        let confirmed = known.confirmed.clone().filter(|_| status == 304);
        out.payload = Some(confirmed.as_ref().map_or(exchange.payload_digest, |(digest, _)| *digest));
        let held = match &confirmed {
            Some((_, held)) => Some(held.clone()),
            None => known.find(exchange)?,
        };
        let kind = if held.is_some() { Kind::Revisit } else { Kind::Response };
        let mut record = NewRecord::new(kind, id, exchange.started_at, Some(&exchange.url), &head.octets);
        if let Some(remote) = exchange.remote {
            record.field("WARC-IP-Address", remote.ip().to_string());
        }
        protocols(exchange, &mut record);
        if let Some(held) = held {
            let profile = if confirmed.is_some() { REVISIT_NOT_MODIFIED } else { REVISIT_IDENTICAL };
            record.field("WARC-Profile", profile);
            record.field("WARC-Payload-Digest", out.payload.unwrap_or(exchange.payload_digest).label());
            record.field("WARC-Refers-To", format!("<urn:uuid:{}>", held.record));
            record.field("WARC-Refers-To-Target-URI", held.url.clone());
            record.field("WARC-Refers-To-Date", crate::warc::warc_date(held.at));
            out.revisit_of = Some(held);
            out.records.push(self.write(&record, Payload::None, false)?);
        } else {
            record.field("WARC-Payload-Digest", exchange.payload_digest.label());
            if let Some(truncated) = exchange.truncated {
                record.field("WARC-Truncated", truncated.as_str());
            } else if exchange.body_len > 0 {
                let held = Held { record: id, url: exchange.url.clone(), at: exchange.started_at };
                known.here.insert(exchange.payload_digest, held);
            }
            let packed = is_packed(exchange);
            out.records.push(match body {
                Body::Empty => self.write(&record, Payload::None, false)?,
                Body::Memory(bytes) => self.write(&record, Payload::Memory(bytes.as_ref()), packed)?,
                Body::Spooled(file) => {
                    // It was digested with the head as it came, which is mostly the head as it is stored.
                    let block = file.digest_with_head().filter(|_| *head.octets == *exchange.response_head);
                    self.write(&record, Payload::Spooled(body, exchange.body_len, block), packed)?
                }
            });
        }
        if !exchange.request_head.is_empty() {
            out.records.push(self.request(exchange, id)?);
        }
        if head.mended || exchange.failure.is_some() || exchange.credential.is_some() {
            out.records.push(self.metadata(exchange, Some(id), head.mended)?);
        }
        Ok(())
    }

    /// What a program brought: the file as it made it, and who did.
    fn made(&mut self, exchange: &Exchange, body: &Body, out: &mut Recorded) -> Result<()> {
        let (id, media_type) = (fresh_id(exchange), exchange.media_type());
        let mut record = NewRecord::new(Kind::Resource, id, exchange.started_at, Some(&exchange.url), &[]);
        record.media_type = Some(&media_type);
        record.field("WARC-Payload-Digest", exchange.payload_digest.label());
        out.payload = Some(exchange.payload_digest);
        let payload = match body {
            Body::Empty => Payload::None,
            Body::Memory(bytes) => Payload::Memory(bytes.as_ref()),
            Body::Spooled(_) => Payload::Spooled(body, exchange.body_len, Some(exchange.payload_digest)),
        };
        out.records.push(self.write(&record, payload, is_packed(exchange))?);
        out.records.push(self.metadata(exchange, Some(id), false)?);
        Ok(())
    }

    /// No HTTP answer: the facts go into a metadata record, with the octets that came if they are not HTTP.
    fn unanswered(&mut self, exchange: &Exchange, out: &mut Recorded) -> Result<()> {
        let metadata = self.metadata(exchange, None, !exchange.response_head.is_empty())?;
        let id = metadata.id;
        out.records.push(metadata);
        if !exchange.request_head.is_empty() {
            out.records.push(self.request(exchange, id)?);
        }
        Ok(())
    }

    fn request(&mut self, exchange: &Exchange, answer: RecordId) -> Result<EncodedRecord> {
        let id = fresh_id(exchange);
        let mut record =
            NewRecord::new(Kind::Request, id, exchange.started_at, Some(&exchange.url), &exchange.request_head);
        record.field("WARC-Concurrent-To", format!("<urn:uuid:{answer}>"));
        self.write(&record, Payload::Memory(&exchange.request_body), false)
    }

    fn metadata(&mut self, exchange: &Exchange, about: Option<RecordId>, with_octets: bool) -> Result<EncodedRecord> {
        let mut pairs = vec![("fetchTimeMs", exchange.duration_ms.to_string())];
        if let Some(via) = &exchange.via {
            pairs.push(("via", via.clone()));
        }
        if let Some(failure) = &exchange.failure {
            pairs.push(("failure", failure.kind.to_string()));
            pairs.push(("failure-message", failure.message.clone()));
        }
        if let Some(maker) = &exchange.maker {
            pairs.push(("made-by", format!("{} {}", maker.name, maker.version)));
            pairs.push(("made-by-digest", maker.digest.label()));
        }
        if let Some(name) = &exchange.credential {
            pairs.push(("credential", name.clone()));
            pairs.push(("redacted", "the credential, and the cookies that the answer set".to_owned()));
        }
        if !exchange.resolved.is_empty() {
            pairs.push(("resolved", addresses(exchange)));
        }
        if let Some(problem) = exchange.tls.as_ref().and_then(|tls| tls.problem.as_ref()) {
            pairs.push(("tls-problem", problem.clone()));
        }
        if with_octets {
            let octets = &exchange.response_head[..exchange.response_head.len().min(ODD_OCTETS)];
            pairs.push(("received-base64", base64::engine::general_purpose::STANDARD.encode(octets)));
        }
        let block = fields(&pairs);
        let id = fresh_id(exchange);
        let mut record = NewRecord::new(Kind::Metadata, id, exchange.started_at, Some(&exchange.url), &block);
        if let Some(remote) = exchange.remote {
            record.field("WARC-IP-Address", remote.ip().to_string());
        }
        if let Some(about) = about {
            record.field("WARC-Concurrent-To", format!("<urn:uuid:{about}>"));
        }
        self.write(&record, Payload::None, false)
    }

    /// The certificates as the server sent them, leaf first (RFC 8446 4.4.2), in PEM.
    fn chain(&mut self, exchange: &Exchange, tls: &Tls) -> Result<EncodedRecord> {
        let mut pem = String::new();
        for der in tls.chain.iter() {
            pem.push_str("-----BEGIN CERTIFICATE-----\n");
            let text = base64::engine::general_purpose::STANDARD.encode(der);
            for line in text.as_bytes().chunks(64) {
                pem.push_str(&String::from_utf8_lossy(line));
                pem.push('\n');
            }
            pem.push_str("-----END CERTIFICATE-----\n");
        }
        let target = format!("urn:keepfast:tls-chain:{}", tls.chain_digest().hex());
        let mut record =
            NewRecord::new(Kind::Resource, fresh_id(exchange), exchange.started_at, Some(&target), pem.as_bytes());
        record.field("WARC-Payload-Digest", Digest::of(pem.as_bytes()).label());
        self.write(&record, Payload::None, false)
    }

    fn write(&mut self, record: &NewRecord<'_>, payload: Payload<'_>, packed: bool) -> Result<EncodedRecord> {
        let what = "cannot write a finished record to the spool folder";
        let done = |block_digest, bytes| EncodedRecord {
            kind: record.kind.as_str().to_owned(),
            id: record.id,
            block_digest,
            bytes,
        };
        match payload {
            Payload::Spooled(body, len, block) if len > MEMORY => {
                let digest = match block {
                    Some(digest) => digest,
                    None => {
                        let mut hasher = Sha256::new();
                        hasher.update(record.head);
                        let mut reader = body.reader().map_err(io_error(what))?;
                        copy_into(&mut reader, &mut hasher).map_err(io_error(what))?;
                        Digest(hasher.finalize().into())
                    }
                };
                let path = self.spool.join(format!("{}.record", record.id));
                let mut file = BufWriter::with_capacity(1 << 18, File::create(&path).map_err(io_error(what))?);
                let mut reader = body.reader().map_err(io_error(what))?;
                let source = Source::Stream(&mut reader, len);
                let (digest, len) = record
                    .write(source, Some(digest), packed, &mut self.compressor, &mut file)
                    .and_then(|done| file.flush().map(|()| done))
                    .map_err(io_error(what))?;
                Ok(done(digest, RecordBytes::File { path, len }))
            }
            small => {
                let held;
                let bytes = match small {
                    Payload::None => &[][..],
                    Payload::Memory(bytes) => bytes,
                    Payload::Spooled(body, ..) => {
                        let mut buffer = Vec::new();
                        body.reader().and_then(|mut r| r.read_to_end(&mut buffer)).map_err(io_error(what))?;
                        held = buffer;
                        &held
                    }
                };
                let mut out = Vec::with_capacity(if packed { bytes.len() + 1024 } else { bytes.len() / 3 + 1024 });
                let (digest, _) = record
                    .write(Source::Memory(bytes), None, packed, &mut self.compressor, &mut out)
                    .map_err(io_error(what))?;
                out.shrink_to_fit();
                Ok(done(digest, RecordBytes::Memory(out)))
            }
        }
    }
}

enum Payload<'a> {
    None,
    Memory(&'a [u8]),
    /// The body, its length, and the digest of the whole block if it is known.
    Spooled(&'a Body, u64, Option<Digest>),
}

fn copy_into(reader: &mut dyn Read, hasher: &mut Sha256) -> io::Result<()> {
    let mut chunk = vec![0; 1 << 17];
    loop {
        match reader.read(&mut chunk)? {
            0 => return Ok(()),
            n => hasher.update(&chunk[..n]),
        }
    }
}

fn facts(exchange: &Exchange) -> Recorded {
    Recorded {
        hop: exchange.hop,
        url: exchange.url.clone(),
        via: exchange.via.clone(),
        started_at: exchange.started_at,
        duration_ms: exchange.duration_ms,
        remote: exchange.remote.map(|r| r.to_string()),
        resolved: match (exchange.resolved.as_slice(), exchange.remote) {
            ([], _) => None,
            ([one], Some(remote)) if *one == remote.ip() => None,
            _ => Some(addresses(exchange)),
        },
        protocol: exchange.protocol,
        tls: exchange.tls.as_ref().map(|tls| format!("{} {}", tls.version, tls.cipher).trim().to_owned()),
        chain: exchange.tls.as_ref().filter(|tls| !tls.chain.is_empty()).map(Tls::chain_digest),
        status: exchange.status,
        media_type: exchange.media_type(),
        body_len: exchange.body_len,
        payload: None,
        truncated: exchange.truncated,
        failure: exchange.failure.clone(),
        revisit_of: None,
        records: Vec::with_capacity(3),
    }
}

fn addresses(exchange: &Exchange) -> String {
    exchange.resolved.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ")
}

/// `WARC-Protocol`, one value a line, where the status line does not tell; and the cipher suite.
fn protocols(exchange: &Exchange, record: &mut NewRecord<'_>) {
    if exchange.protocol == Some(Protocol::H2) {
        record.field("WARC-Protocol", Protocol::H2.as_str());
    } else if let (Some(protocol), Some(_)) = (exchange.protocol, &exchange.tls) {
        record.field("WARC-Protocol", protocol.as_str());
    }
    if let Some(tls) = exchange.tls.as_ref().filter(|tls| !tls.version.is_empty()) {
        record.field("WARC-Protocol", tls.version.clone());
        record.field("WARC-Cipher-Suite", tls.cipher.clone());
    }
}

/// Compressed by the server or by its kind: deflating it again would cost much and gain nothing.
fn is_packed(exchange: &Exchange) -> bool {
    if exchange.header("content-encoding").is_some_and(|v| !v.is_empty() && !v.eq_ignore_ascii_case("identity")) {
        return true;
    }
    let kind = exchange.media_type();
    let packed_image = kind.starts_with("image/") && !kind.contains("svg") && !kind.contains("bmp");
    packed_image
        || kind.starts_with("video/")
        || kind.starts_with("audio/")
        || matches!(
            kind.as_str(),
            "application/zip"
                | "application/gzip"
                | "application/pdf"
                | "application/x-7z-compressed"
                | "font/woff"
                | "font/woff2"
        )
}

#[cfg(test)]
#[path = "encode_tests.rs"]
pub(super) mod tests;
