//! Digests of records as other writers label them: `sha1:` in base32, `sha256:` in base16, and so on.

use aws_lc_rs::digest::{self, Context};

/// An algorithm that digest fields of WARC records name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Algorithm {
    /// SHA-1: what most writers use. It shows accidents, not forgeries.
    Sha1,
    /// SHA-256.
    Sha256,
    /// SHA-384.
    Sha384,
    /// SHA-512.
    Sha512,
}

impl Algorithm {
    fn parse(name: &str) -> Option<Self> {
        Some(match name.to_ascii_lowercase().replace('-', "").as_str() {
            "sha1" => Self::Sha1,
            "sha256" => Self::Sha256,
            "sha384" => Self::Sha384,
            "sha512" => Self::Sha512,
            _ => return None,
        })
    }

    /// Its name as labels have it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Sha1 => "sha1",
            Self::Sha256 => "sha256",
            Self::Sha384 => "sha384",
            Self::Sha512 => "sha512",
        }
    }

    /// Octets of its digests.
    pub fn octets(self) -> usize {
        match self {
            Self::Sha1 => 20,
            Self::Sha256 => 32,
            Self::Sha384 => 48,
            Self::Sha512 => 64,
        }
    }

    /// Begins a digest.
    pub fn begin(self) -> Context {
        Context::new(match self {
            Self::Sha1 => &digest::SHA1_FOR_LEGACY_USE_ONLY,
            Self::Sha256 => &digest::SHA256,
            Self::Sha384 => &digest::SHA384,
            Self::Sha512 => &digest::SHA512,
        })
    }
}

/// What a digest field says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Label {
    /// A digest that can be computed.
    Of(Algorithm, Vec<u8>),
    /// An algorithm that is not known here, or one whose value is none of its digests.
    Unknown(String),
}

impl Label {
    /// Reads `sha1:BASE32`, `sha256:base16` and the like, whatever the case.
    pub fn parse(text: &str) -> Self {
        let read = || {
            let (name, value) = text.trim().split_once(':')?;
            let algorithm = Algorithm::parse(name.trim())?;
            let octets = octets(value.trim(), algorithm.octets())?;
            Some(Self::Of(algorithm, octets))
        };
        read().unwrap_or_else(|| Self::Unknown(text.chars().take(80).collect()))
    }

    /// The algorithm, if it is known.
    pub fn algorithm(&self) -> Option<Algorithm> {
        match self {
            Self::Of(algorithm, _) => Some(*algorithm),
            Self::Unknown(_) => None,
        }
    }
}

/// By length: base16 has two letters an octet, base32 eight for five.
fn octets(value: &str, len: usize) -> Option<Vec<u8>> {
    let bare = value.trim_end_matches('=');
    let out = if bare.len() == len * 2 {
        base16(bare)?
    } else if bare.len() == (len * 8).div_ceil(5) {
        base32(bare)?
    } else {
        return None;
    };
    (out.len() == len).then_some(out)
}

fn base16(text: &str) -> Option<Vec<u8>> {
    let digit = |b: u8| char::from(b).to_digit(16).and_then(|d| u8::try_from(d).ok());
    text.as_bytes().chunks(2).map(|pair| Some(digit(pair[0])? << 4 | digit(*pair.get(1)?)?)).collect()
}

/// RFC 4648 6. What is left of the last letter has to be zero.
fn base32(text: &str) -> Option<Vec<u8>> {
    let (mut bits, mut held, mut out) = (0u32, 0u32, Vec::with_capacity(text.len() * 5 / 8));
    for letter in text.bytes() {
        let value = match letter.to_ascii_uppercase() {
            letter @ b'A'..=b'Z' => letter - b'A',
            letter @ b'2'..=b'7' => letter - b'2' + 26,
            _ => return None,
        };
        (bits, held) = (bits << 5 | u32::from(value), held + 5);
        if held >= 8 {
            held -= 8;
            out.push(u8::try_from(bits >> held & 0xff).ok()?);
            bits &= (1 << held) - 1;
        }
    }
    (bits == 0).then_some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_of_all_writers_are_the_same_digest() {
        // SHA-1 and SHA-256 of nothing.
        let nothing = |algorithm: Algorithm| Label::Of(algorithm, algorithm.begin().finish().as_ref().to_vec());
        for text in [
            "sha1:3I42H3S6NNFQ2MSVX7XZKYAYSCX5QBYJ",
            "sha1:3i42h3s6nnfq2msvx7xzkyayscx5qbyj",
            "SHA-1:da39a3ee5e6b4b0d3255bfef95601890afd80709",
        ] {
            assert_eq!(Label::parse(text), nothing(Algorithm::Sha1), "{text}");
        }
        for text in [
            "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
            "sha-256:4OYMIQUY7QOBJGX36TEJS35ZEQT24QPEMSNZGTFESWMRW6CSXBKQ====",
        ] {
            assert_eq!(Label::parse(text), nothing(Algorithm::Sha256), "{text}");
        }
    }

    #[test]
    fn what_is_no_digest_is_unknown() {
        for text in ["", "sha1", "sha1:", "md5:d41d8cd98f00b204e9800998ecf8427e", "sha1:ABC", "sha256:zz", "sha1:é"] {
            assert!(matches!(Label::parse(text), Label::Unknown(_)), "{text}");
        }
        // The last letter holds more than is left of the digest.
        let odd = "sha256:4OYMIQUY7QOBJGX36TEJS35ZEQT24QPEMSNZGTFESWMRW6CSXBKR";
        assert!(matches!(Label::parse(odd), Label::Unknown(_)));
    }
}
