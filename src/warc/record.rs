//! Building records.

use std::fmt::Write as _;
use std::io;

use jiff::Timestamp;
use sha2::{Digest as _, Sha256};

use super::member::{Compressor, Source};
use crate::model::{Digest, RecordId};

/// `WARC-Profile` of a revisit whose payload is held under the same digest (6.7.2).
pub const REVISIT_IDENTICAL: &str = "http://netpreserve.org/warc/1.1/revisit/identical-payload-digest";
/// `WARC-Profile` of a revisit that a 304 stands for (6.7.3).
pub const REVISIT_NOT_MODIFIED: &str = "http://netpreserve.org/warc/1.1/revisit/server-not-modified";

/// `WARC-Type` of the records that keepfast writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// What the file is and who made it.
    Warcinfo,
    /// An answer with its payload.
    Response,
    /// An answer whose payload is held elsewhere.
    Revisit,
    /// A request.
    Request,
    /// Facts about an exchange that had no answer.
    Metadata,
    /// Something that did not come by HTTP as it stands: a certificate chain, a file that a program brought.
    Resource,
}

impl Kind {
    /// The value of `WARC-Type`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Warcinfo => "warcinfo",
            Self::Response => "response",
            Self::Revisit => "revisit",
            Self::Request => "request",
            Self::Metadata => "metadata",
            Self::Resource => "resource",
        }
    }

    fn content_type(self) -> &'static str {
        match self {
            Self::Warcinfo | Self::Metadata => "application/warc-fields",
            Self::Response | Self::Revisit => "application/http;msgtype=response",
            Self::Request => "application/http;msgtype=request",
            Self::Resource => "application/pem-certificate-chain",
        }
    }
}

/// A record to be written: named fields, then the block, which is `head` and the source after it.
pub struct NewRecord<'a> {
    /// Its type.
    pub kind: Kind,
    /// Its identifier.
    pub id: RecordId,
    /// When the capture of the exchange began.
    pub date: Timestamp,
    /// The URL as asked; absent on warcinfo.
    pub target: Option<&'a str>,
    /// Further named fields. Values come from us or are cleaned by [`NewRecord::field`].
    pub fields: Vec<(&'static str, String)>,
    /// The first part of the block: an HTTP head, or the whole block of a metadata record.
    pub head: &'a [u8],
    /// The media type of the block, where its type of record does not tell.
    pub media_type: Option<&'a str>,
}

impl<'a> NewRecord<'a> {
    /// A record without further fields.
    pub fn new(kind: Kind, id: RecordId, date: Timestamp, target: Option<&'a str>, head: &'a [u8]) -> Self {
        Self { kind, id, date, target, fields: Vec::with_capacity(8), head, media_type: None }
    }

    /// Adds a named field. Control characters cannot get in.
    pub fn field(&mut self, name: &'static str, value: impl Into<String>) {
        let mut value = value.into();
        if value.contains(char::is_control) {
            value = value.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
        }
        self.fields.push((name, value));
    }

    /// Writes the record as one gzip member; returns the digest of its block and the member's length.
    ///
    /// `block_digest` is computed here for a payload in memory. A streamed payload has to be hashed
    /// before, because the digest stands in front of it: give SHA-256 over `head` and payload.
    pub fn write(
        &self,
        payload: Source<'_>,
        block_digest: Option<Digest>,
        packed: bool,
        compressor: &mut Compressor,
        out: &mut dyn io::Write,
    ) -> io::Result<(Digest, u64)> {
        let (length, digest) = match (&payload, block_digest) {
            (Source::Memory(bytes), given) => {
                let digest = given.unwrap_or_else(|| {
                    let mut hasher = Sha256::new();
                    hasher.update(self.head);
                    hasher.update(bytes);
                    Digest(hasher.finalize().into())
                });
                (bytes.len() as u64, digest)
            }
            (Source::Stream(_, len), Some(digest)) => (*len, digest),
            (Source::Stream(..), None) => {
                return Err(io::Error::other("a streamed payload needs its block digest beforehand"));
            }
        };
        let mut text = String::with_capacity(768);
        let _ = write!(
            text,
            "WARC/1.1\r\nWARC-Type: {}\r\nWARC-Record-ID: <urn:uuid:{}>\r\nWARC-Date: {}\r\n",
            self.kind.as_str(),
            self.id,
            warc_date(self.date)
        );
        if let Some(target) = self.target {
            let _ = write!(text, "WARC-Target-URI: {target}\r\n");
        }
        for (name, value) in &self.fields {
            let _ = write!(text, "{name}: {value}\r\n");
        }
        let _ = write!(
            text,
            "WARC-Block-Digest: {digest}\r\nContent-Type: {}\r\nContent-Length: {}\r\n\r\n",
            self.media_type.unwrap_or(self.kind.content_type()),
            self.head.len() as u64 + length
        );
        let mut heads = text.into_bytes();
        heads.extend_from_slice(self.head);
        let written = compressor.member(&heads, payload, b"\r\n\r\n", packed, out)?;
        Ok((digest, written))
    }
}

/// `application/warc-fields`: one `name: value` a line.
pub fn fields(pairs: &[(&str, String)]) -> Vec<u8> {
    let mut out = String::new();
    for (name, value) in pairs {
        let value: String = value.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
        let _ = write!(out, "{name}: {value}\r\n");
    }
    out.into_bytes()
}

/// UTC with milliseconds, as WARC-Date wants it (W3CDTF, 5.4).
pub fn warc_date(at: Timestamp) -> String {
    let at = at.as_millisecond();
    let seconds = Timestamp::from_second(at.div_euclid(1000)).unwrap_or_default();
    let text = seconds.to_string();
    format!("{}.{:03}Z", text.trim_end_matches('Z'), at.rem_euclid(1000))
}

/// A version 8 UUID (RFC 9562 5.8) made of what makes the record unique: equal inputs give equal
/// identifiers, so the caller puts in the moment, the address, the place in the capture and a random
/// seed of the process.
pub fn new_id(parts: &[&[u8]]) -> RecordId {
    let mut hasher = Sha256::new();
    for part in parts {
        hasher.update((part.len() as u64).to_le_bytes());
        hasher.update(part);
    }
    let digest = hasher.finalize();
    let mut id = [0; 16];
    id.copy_from_slice(&digest[..16]);
    id[6] = id[6] & 0x0f | 0x80;
    id[8] = id[8] & 0x3f | 0x80;
    RecordId(id)
}
