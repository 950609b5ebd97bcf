//! Content identifiers of the AT Protocol: version 1, SHA-256, of raw octets or of DAG-CBOR, in base 32.

use crate::model::Digest;

/// A content identifier.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cid {
    /// The octets are those of a blob; else they are DAG-CBOR.
    pub raw: bool,
    /// SHA-256 of the octets.
    pub digest: Digest,
}

impl Cid {
    /// Reads `b…` (base 32 in lower case without padding); `None`: another form, or another hash.
    pub fn parse(text: &str) -> Option<Self> {
        Self::of_octets(&base32(text.strip_prefix('b')?)?)
    }

    /// Reads the binary form: version, codec, hash, length, digest.
    pub(super) fn of_octets(octets: &[u8]) -> Option<Self> {
        let (head, digest) = octets.split_at_checked(4)?;
        let raw = match head {
            [1, 0x55, 0x12, 0x20] => true,
            [1, 0x71, 0x12, 0x20] => false,
            _ => return None,
        };
        Some(Self { raw, digest: Digest(digest.try_into().ok()?) })
    }

    /// The form that is shown.
    pub fn text(&self) -> String {
        let mut octets = vec![1, if self.raw { 0x55 } else { 0x71 }, 0x12, 0x20];
        octets.extend_from_slice(&self.digest.0);
        format!("b{}", in_base32(&octets))
    }
}

/// The SHA-256 of the octets that a CID names; `None`: the text is no CID of version 1 with SHA-256.
pub fn digest(cid: &str) -> Option<Digest> {
    Cid::parse(cid).map(|cid| cid.digest)
}

/// Whether octets are those that a CID names; `None`: the text is no CID of version 1 with SHA-256.
pub fn check(cid: &str, octets: &[u8]) -> Option<bool> {
    Some(Cid::parse(cid)?.digest == Digest::of(octets))
}

const SIGNS: &[u8; 32] = b"abcdefghijklmnopqrstuvwxyz234567";

fn base32(text: &str) -> Option<Vec<u8>> {
    if text.len() > 200 {
        return None;
    }
    let (mut out, mut bits, mut held) = (Vec::with_capacity(text.len() * 5 / 8), 0u32, 0u32);
    for sign in text.bytes() {
        let five = u32::try_from(SIGNS.iter().position(|s| *s == sign)?).ok()?;
        bits = bits << 5 | five;
        held += 5;
        if held >= 8 {
            held -= 8;
            out.push(u8::try_from(bits >> held & 0xff).ok()?);
            bits &= (1 << held) - 1;
        }
    }
    // What is left over is padding, and has to be nothing.
    (bits == 0 && held < 5).then_some(out)
}

fn in_base32(octets: &[u8]) -> String {
    let (mut out, mut bits, mut held) = (String::new(), 0u32, 0u32);
    for octet in octets {
        bits = bits << 8 | u32::from(*octet);
        held += 8;
        while held >= 5 {
            held -= 5;
            out.push(char::from(SIGNS[(bits >> held & 31) as usize]));
            bits &= (1 << held) - 1;
        }
    }
    if held > 0 {
        out.push(char::from(SIGNS[(bits << (5 - held) & 31) as usize]));
    }
    out
}
