//! Content codings: what a body says once `Content-Encoding` is undone. For reading only; the archive
//! keeps the octets as they were sent.

use std::io::{BufReader, Cursor, Read};

use flate2::read::{DeflateDecoder, MultiGzDecoder, ZlibDecoder};

/// More codings than this one upon another are refused.
const MAX_CODINGS: usize = 2;
/// Output may be this many times the input before it counts as a bomb …
const MAX_RATIO: u64 = 200;
/// … but never before this many octets: small pages of repeats compress very well.
const RATIO_FROM: u64 = 16 << 20;
/// What one coding gives to another it was laid upon may have this many octets.
const BETWEEN: u64 = 16 << 20;
/// zstd: largest window (2^23 = 8 MiB, as browsers have it).
const ZSTD_WINDOW_LOG: u32 = 23;

/// A decoded body, or as much of it as could be had.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Decoded {
    /// The octets, or the first of them if there are more than were to be kept.
    pub bytes: Vec<u8>,
    /// How many octets there are.
    pub len: u64,
    /// Something is missing: the limit or the ratio bit, or the coding ended early.
    pub cut: bool,
    /// What was wrong, in one sentence.
    pub problem: Option<String>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Coding {
    Gzip,
    Deflate,
    Brotli,
    Zstd,
}

/// Undoes `content_encoding` (the value of the header field, empty if there is none) and returns at most
/// `limit` octets. Never reads more than it needs to know that the limit bit. A body that is not what the
/// header says comes back as it is, with the problem named.
pub fn decode(body: &mut dyn Read, content_encoding: &str, limit: u64) -> Decoded {
    decode_start(body, content_encoding, limit, limit)
}

/// The same, but keeps only the first `keep` octets: what comes after them is counted and checked, and takes no
/// memory.
pub fn decode_start(body: &mut dyn Read, content_encoding: &str, limit: u64, keep: u64) -> Decoded {
    let codings = match codings(content_encoding) {
        Ok(codings) => codings,
        Err(problem) => {
            let mut plain = drain(body, limit, keep);
            // An unknown coding is often none at all and the text can be read; packed octets cannot.
            if is_packed(&plain.bytes) {
                plain.bytes.clear();
            }
            return Decoded { problem: Some(join(problem, plain.problem)), ..plain };
        }
    };
    // The field lists codings in the order in which they were applied.
    match codings.as_slice() {
        [] => drain(body, limit, keep),
        [only] => undo(body, *only, limit, keep),
        [inner, outer, ..] => {
            let between = limit.min(BETWEEN);
            let first = undo(body, *outer, between, between);
            let second = undo(&mut Cursor::new(&first.bytes), *inner, limit, keep);
            Decoded {
                bytes: second.bytes,
                len: second.len,
                cut: first.cut || second.cut,
                problem: match (first.problem, second.problem) {
                    (Some(a), b) => Some(join(a, b)),
                    (None, b) => b,
                },
            }
        }
    }
}

/// The octets begin like a packed stream: gzip, zstd, xz or bzip2.
fn is_packed(bytes: &[u8]) -> bool {
    let magic: [&[u8]; 4] = [b"\x1f\x8b", b"\x28\xb5\x2f\xfd", b"\xfd7zXZ", b"BZh"];
    magic.iter().any(|m| bytes.starts_with(m))
}

fn join(a: String, b: Option<String>) -> String {
    match b {
        Some(b) => format!("{a}; {b}"),
        None => a,
    }
}

fn codings(field: &str) -> Result<Vec<Coding>, String> {
    let mut codings = Vec::new();
    for name in field.split(',').map(str::trim).filter(|n| !n.is_empty()).take(MAX_CODINGS + 9) {
        match name.to_ascii_lowercase().as_str() {
            "identity" | "none" | "utf-8" => {}
            "gzip" | "x-gzip" => codings.push(Coding::Gzip),
            "deflate" => codings.push(Coding::Deflate),
            "br" => codings.push(Coding::Brotli),
            "zstd" => codings.push(Coding::Zstd),
            _ => {
                let shown: String = name.chars().filter(|c| !c.is_control()).take(40).collect();
                return Err(format!("the content coding {shown:?} is not known"));
            }
        }
    }
    if codings.len() > MAX_CODINGS {
        return Err(format!("{} content codings one upon another, at most {MAX_CODINGS} are undone", codings.len()));
    }
    Ok(codings)
}

fn undo(body: &mut dyn Read, coding: Coding, limit: u64, keep: u64) -> Decoded {
    let mut head = [0u8; 4];
    let had = match fill(body, &mut head) {
        Ok(had) => had,
        Err(e) => {
            let problem = Some(format!("the body cannot be read: {e}"));
            return Decoded { cut: true, problem, ..Decoded::default() };
        }
    };
    let head = &head[..had];
    if had == 0 {
        return Decoded::default();
    }
    let mut whole = Counted { inner: head.chain(body), read: 0 };
    let plain = match coding {
        Coding::Gzip => !head.starts_with(&[0x1f, 0x8b]),
        Coding::Zstd => !is_zstd(head),
        Coding::Brotli | Coding::Deflate => looks_like_text(head),
    };
    if plain {
        let plain = drain(&mut whole, limit, keep);
        let problem = format!("the header says {}, the body is not; read as it is", name(coding));
        return Decoded { problem: Some(join(problem, plain.problem)), ..plain };
    }
    match coding {
        Coding::Gzip => run(MultiGzDecoder::new(whole), coding, limit, keep, |d| d.get_ref().read),
        Coding::Deflate if is_zlib(head) => run(ZlibDecoder::new(whole), coding, limit, keep, |d| d.get_ref().read),
        Coding::Deflate => run(DeflateDecoder::new(whole), coding, limit, keep, |d| d.get_ref().read),
        // RFC 7932 9.1 leaves this pattern out of WBITS; the decoder takes it for a "large window" of up to 1 GB, which it allots at once.
        Coding::Brotli if head.first().is_some_and(|b| b & 0x7f == 0x11) => {
            let counted = drain(&mut whole, limit, 0);
            let problem = "br: a window of more than 16 MiB, which RFC 7932 does not know; not undone".to_owned();
            Decoded { cut: true, problem: Some(join(problem, counted.problem)), ..counted }
        }
        Coding::Brotli => {
            run(brotli_decompressor::Decompressor::new(whole, 16 << 10), coding, limit, keep, |d| d.get_ref().read)
        }
        Coding::Zstd => match zstd::stream::read::Decoder::with_buffer(BufReader::new(&mut whole)) {
            Ok(mut decoder) => {
                // Refused only for values that the library does not know; then its own limit holds.
                let _ = decoder.window_log_max(ZSTD_WINDOW_LOG);
                run(decoder, coding, limit, keep, |d| d.get_ref().get_ref().read)
            }
            Err(e) => Decoded { cut: true, problem: Some(format!("zstd: {e}")), ..Decoded::default() },
        },
    }
}

fn name(coding: Coding) -> &'static str {
    match coding {
        Coding::Gzip => "gzip",
        Coding::Deflate => "deflate",
        Coding::Brotli => "br",
        Coding::Zstd => "zstd",
    }
}

fn is_zstd(head: &[u8]) -> bool {
    matches!(head, [0x28, 0xb5, 0x2f, 0xfd] | [0x50..=0x5f, 0x2a, 0x4d, 0x18])
}

/// RFC 1950 2.2: method 8 and a check that makes the first two octets a multiple of 31.
fn is_zlib(head: &[u8]) -> bool {
    matches!(head, [cmf, flg, ..] if cmf & 0x0f == 8 && (u16::from(*cmf) << 8 | u16::from(*flg)) % 31 == 0)
}

/// `<!do`, `<htm`, `{"a"`, a BOM: what a page begins with and a stream of these codings hardly does.
fn looks_like_text(head: &[u8]) -> bool {
    head.starts_with(b"<!") || head.starts_with(&[0xef, 0xbb, 0xbf]) || {
        matches!(head.first(), Some(b'<' | b'{' | b'[' | b'\n' | b' '))
            && head.len() == 4
            && head[1..].iter().all(|b| b.is_ascii_graphic() || b.is_ascii_whitespace())
    }
}

/// Decodes until the end, an error, the limit or the ratio.
fn run<R: Read>(mut decoder: R, coding: Coding, limit: u64, keep: u64, consumed: impl Fn(&R) -> u64) -> Decoded {
    let (mut out, mut piece) = (Decoded::default(), vec![0u8; 64 << 10]);
    let problem = loop {
        match decoder.read(&mut piece) {
            Ok(0) => return out,
            Ok(n) => out.take(&piece[..n], keep),
            Err(e) if e.kind() == std::io::ErrorKind::Interrupted => {}
            Err(e) => break format!("{} is broken or cut after {} decoded octets: {e}", name(coding), out.len),
        }
        if out.len > limit {
            out.stop_at(limit);
            break format!("{} expands beyond the limit of {limit} octets", name(coding));
        }
        if out.len > RATIO_FROM && out.len / consumed(&decoder).max(1) > MAX_RATIO {
            break format!("{} expands more than {MAX_RATIO} times", name(coding));
        }
    };
    Decoded { cut: true, problem: Some(problem), ..out }
}

/// Reads plainly, at most `limit` octets; says whether there were more, and what went wrong.
fn drain(body: &mut dyn Read, limit: u64, keep: u64) -> Decoded {
    let (mut out, mut piece) = (Decoded::default(), vec![0u8; 64 << 10]);
    loop {
        match body.read(&mut piece) {
            Ok(0) => return out,
            Ok(n) => out.take(&piece[..n], keep),
            Err(e) if e.kind() == std::io::ErrorKind::Interrupted => {}
            Err(e) => {
                out.problem = Some(format!("the body cannot be read to its end: {e}"));
                out.cut = true;
                return out;
            }
        }
        if out.len > limit {
            out.stop_at(limit);
            out.cut = true;
            return out;
        }
    }
}

impl Decoded {
    fn take(&mut self, octets: &[u8], keep: u64) {
        self.len += octets.len() as u64;
        if self.bytes.is_empty() {
            // A page has some 64 KiB: growing to that in one step spares copies.
            self.bytes.reserve(octets.len().saturating_mul(2));
        }
        let room = usize::try_from(keep.saturating_sub(self.bytes.len() as u64)).unwrap_or(usize::MAX);
        self.bytes.extend_from_slice(&octets[..octets.len().min(room)]);
    }

    fn stop_at(&mut self, limit: u64) {
        self.len = self.len.min(limit);
        self.bytes.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
    }
}

fn fill(body: &mut dyn Read, head: &mut [u8]) -> std::io::Result<usize> {
    let mut had = 0;
    while had < head.len() {
        match body.read(&mut head[had..]) {
            Ok(0) => break,
            Ok(n) => had += n,
            Err(e) if e.kind() == std::io::ErrorKind::Interrupted => {}
            Err(e) => return Err(e),
        }
    }
    Ok(had)
}

/// Counts what a decoder takes in.
struct Counted<R> {
    inner: R,
    read: u64,
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, buf: &mut [u8]) -> std::io::Result<usize> {
        let n = self.inner.read(buf)?;
        self.read += n as u64;
        Ok(n)
    }
}
