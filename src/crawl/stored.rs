//! Reading what is stored: the octets of a snapshot out of the segments, checked against their digest, by the way on
//! which captures are read.

use std::io::{self, Read};

use bytes::Bytes;
use sha2::{Digest as _, Sha256};

use super::read::{self, Answer, Page};
use crate::error::Result;
use crate::model::{Digest, Headers, Place};
use crate::net;
use crate::store::{Origin, Payloads};

/// Longer validators are not sent.
const VALIDATOR: usize = 1024;

/// What came of reading something that is stored.
#[derive(Debug)]
pub(super) enum Stored {
    /// What it says.
    Read(Box<Page>),
    /// It has to be read alone.
    Large,
    /// The octets are not there; a sentence says what is wrong.
    Missing(String),
    /// They are there, and they are not what was stored.
    Damaged(String),
}

/// Reads the octets of an origin again.
pub(super) fn read(payloads: &Payloads, origin: &Origin, limit: u64, alone: bool) -> Result<Stored> {
    // A segment that is gone is told from one that is damaged.
    if let Err(error) = payloads.raw(origin.body).and(payloads.raw(origin.head)) {
        return Ok(Stored::Missing(error.to_string()));
    }
    let mut record = match payloads.open(origin.body) {
        Ok(record) => record,
        Err(error) => return Ok(Stored::Damaged(error.to_string())),
    };
    let mut head = std::mem::take(&mut record.head);
    if origin.head != origin.body {
        head = match payloads.open(origin.head) {
            Ok(record) => record.head,
            Err(error) => return Ok(Stored::Damaged(error.to_string())),
        };
    }
    let status = status(&head);
    let fields = net::header_fields(&Bytes::from(head));
    let (content_type, coding) = (field(&fields, "content-type"), field(&fields, "content-encoding"));
    let answer = Answer {
        url: &origin.url,
        content_type: &content_type,
        coding: &coding,
        status,
        headers: &fields,
        asked: origin.asked.as_ref(),
        whole: !origin.truncated,
    };
    let mut body = Digested { inner: record, hasher: Sha256::new() };
    let Some(page) = read::read(&mut body, &answer, limit, alone)? else { return Ok(Stored::Large) };
    // A limit may have ended the reading before the octets did.
    let rest = io::copy(&mut body, &mut io::sink());
    let now = Digest(body.hasher.finalize().into());
    Ok(match rest {
        Err(cause) => Stored::Damaged(format!("the stored octets cannot be read: {cause}")),
        Ok(_) if now != origin.payload => {
            Stored::Damaged(format!("the digest of the stored octets is {now}, but should be {}", origin.payload))
        }
        Ok(_) => Stored::Read(Box::new(page)),
    })
}

/// `ETag` and `Last-Modified` of a stored answer; none if it cannot be read, for then it is asked for in full.
pub(super) fn validators(payloads: &Payloads, place: Place) -> (Option<String>, Option<String>) {
    let Ok(record) = payloads.open(place) else { return (None, None) };
    let fields = net::header_fields(&Bytes::from(record.head));
    let named = |name| Some(field(&fields, name)).filter(|value| !value.is_empty() && value.len() <= VALIDATOR);
    (named("etag"), named("last-modified"))
}

/// The status in a head: `HTTP/1.1 200 OK`.
fn status(head: &[u8]) -> u16 {
    let word = head.split(|b| *b == b' ').nth(1).unwrap_or_default();
    std::str::from_utf8(word.get(..3).unwrap_or_default()).ok().and_then(|n| n.parse().ok()).unwrap_or_default()
}

/// First value of a field, as captures take it.
fn field(fields: &Headers, name: &str) -> String {
    let value = fields.iter().find(|(field, _)| field == name);
    value.map(|(_, value)| String::from_utf8_lossy(value).trim().to_owned()).unwrap_or_default()
}

/// Takes the digest of what goes through.
struct Digested<R> {
    inner: R,
    hasher: Sha256,
}

impl<R: Read> Read for Digested<R> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let n = self.inner.read(buf)?;
        self.hasher.update(&buf[..n]);
        Ok(n)
    }
}
