//! The HTTP message in a block: its head, and its entity with the transfer coding removed, whoever wrote it.
//!
//! The payload of a record is the entity: transfer coding removed, content coding kept (ISO 28500 6.3.2). Writers differ in what
//! they store: some keep the chunks, some remove them and keep the field that announces them. Both are read; which it was is said.

use std::io::{self, Read};

/// A head is shorter.
const MAX_HEAD: usize = 4 << 20;
/// The line that begins a chunk is shorter, with all its extensions.
const MAX_LINE: usize = 4096;

/// The head of an HTTP message.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Head {
    /// Its octets, the empty line included.
    pub octets: Vec<u8>,
    /// It has no end within the block.
    pub is_cut: bool,
}

impl Head {
    /// Reads a head; what stands behind it is returned as well, as far as it was read.
    pub fn read(block: &mut impl Read) -> io::Result<(Self, Vec<u8>)> {
        let (mut octets, mut chunk) = (Vec::new(), [0; 4096]);
        loop {
            let from = octets.len().saturating_sub(3);
            let n = block.read(&mut chunk)?;
            octets.extend_from_slice(&chunk[..n]);
            if let Some(end) = end_of_head(&octets[from..]) {
                let rest = octets.split_off(from + end);
                return Ok((Self { octets, is_cut: false }, rest));
            }
            if n == 0 || octets.len() > MAX_HEAD {
                let rest = if n == 0 { Vec::new() } else { octets.split_off(MAX_HEAD) };
                return Ok((Self { octets, is_cut: true }, rest));
            }
        }
    }

    /// The first line, without what ends it.
    pub fn first_line(&self) -> &[u8] {
        lines(&self.octets).next().unwrap_or_default()
    }

    /// The status of an answer.
    pub fn status(&self) -> Option<u16> {
        let line = self.first_line();
        let mut words = line.strip_prefix(b"HTTP/")?.split(|b| *b == b' ').filter(|word| !word.is_empty());
        let word = words.nth(1).filter(|word| word.len() == 3)?;
        std::str::from_utf8(word).ok()?.parse().ok()
    }

    /// The first value of a field, whatever the case of its name; not UTF-8: as Latin-1.
    pub fn field(&self, name: &str) -> Option<String> {
        lines(&self.octets).skip(1).find_map(|line| {
            let colon = line.iter().position(|b| *b == b':')?;
            let is_it = line[..colon].trim_ascii().eq_ignore_ascii_case(name.as_bytes());
            is_it.then(|| {
                let value = line[colon + 1..].trim_ascii();
                String::from_utf8(value.to_vec()).unwrap_or_else(|_| value.iter().map(|b| char::from(*b)).collect())
            })
        })
    }

    /// A transfer coding in chunks is announced.
    pub fn says_chunked(&self) -> bool {
        self.field("transfer-encoding").is_some_and(|value| value.to_ascii_lowercase().contains("chunked"))
    }
}

/// Behind the empty line; lines may end in a bare line feed.
fn end_of_head(octets: &[u8]) -> Option<usize> {
    let crlf = memchr::memmem::find(octets, b"\r\n\r\n").map(|at| at + 4);
    let lf = memchr::memmem::find(octets, b"\n\n").map(|at| at + 2);
    match (crlf, lf) {
        (Some(a), Some(b)) => Some(a.min(b)),
        (a, b) => a.or(b),
    }
}

fn lines(head: &[u8]) -> impl Iterator<Item = &[u8]> {
    head.split(|b| *b == b'\n').map(|line| line.strip_suffix(b"\r").unwrap_or(line))
}

/// In which form a body stands in its record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Framing {
    /// As it is.
    Plain,
    /// In chunks.
    Chunks,
    /// In chunks that do not end, or that break off.
    CutChunks,
}

/// Takes chunks apart, octets in and octets out.
#[derive(Debug)]
pub struct Chunks {
    state: State,
    line: Vec<u8>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// The line with the size of the next chunk.
    Size,
    /// So many octets of data.
    Data(u64),
    /// The end of line behind them.
    After,
    /// Fields behind the last chunk.
    Trailer,
    /// All is over.
    Over,
    /// It is not in chunks.
    Broken,
}

impl Chunks {
    /// Takes a body apart if it is in chunks. Some writers remove them and leave the field that announces them: then `begins`, its first
    /// octets, are no size of a chunk.
    pub fn of(head: &Head, begins: &[u8]) -> Option<Self> {
        (head.says_chunked() && looks_framed(begins)).then(|| Self { state: State::Size, line: Vec::new() })
    }

    /// Takes what comes; what is data goes to `out`.
    pub fn take(&mut self, mut octets: &[u8], out: &mut dyn FnMut(&[u8])) {
        while !octets.is_empty() {
            match self.state {
                State::Data(left) => {
                    let n = octets.len().min(usize::try_from(left).unwrap_or(usize::MAX));
                    out(&octets[..n]);
                    octets = &octets[n..];
                    let left = left - n as u64;
                    self.state = if left == 0 { State::After } else { State::Data(left) };
                }
                State::Over | State::Broken => return,
                State::Size | State::After | State::Trailer => {
                    let end = memchr::memchr(b'\n', octets);
                    let n = end.map_or(octets.len(), |at| at + 1);
                    if self.line.len() + n > MAX_LINE {
                        self.state = State::Broken;
                        return;
                    }
                    self.line.extend_from_slice(&octets[..n]);
                    octets = &octets[n..];
                    if end.is_some() {
                        self.line_ends();
                    }
                }
            }
        }
    }

    fn line_ends(&mut self) {
        let line = std::mem::take(&mut self.line);
        let line = line.trim_ascii();
        self.state = match self.state {
            State::Size => match size(line) {
                Some(0) => State::Trailer,
                Some(n) => State::Data(n),
                None => State::Broken,
            },
            State::After if line.is_empty() => State::Size,
            State::Trailer if line.is_empty() => State::Over,
            State::Trailer => State::Trailer,
            _ => State::Broken,
        };
    }

    /// How it ended.
    pub fn framing(&self) -> Framing {
        // Without the empty line at the very end nothing of the body is missing.
        if matches!(self.state, State::Over | State::Trailer) { Framing::Chunks } else { Framing::CutChunks }
    }
}

fn size(line: &[u8]) -> Option<u64> {
    let digits = line.split(|b| *b == b';').next().unwrap_or_default().trim_ascii();
    let text = std::str::from_utf8(digits).ok().filter(|text| !text.is_empty() && text.len() <= 15)?;
    u64::from_str_radix(text, 16).ok()
}

fn looks_framed(begins: &[u8]) -> bool {
    memchr::memchr(b'\n', &begins[..begins.len().min(MAX_LINE)])
        .is_some_and(|end| size(begins[..end].trim_ascii()).is_some())
}

/// A reader of the entity: what is left of a block behind its head, without chunks.
#[derive(Debug)]
pub struct Entity<R> {
    block: R,
    chunks: Option<Chunks>,
    held: Vec<u8>,
    at: usize,
}

impl<R: Read> Entity<R> {
    /// The entity behind a head; `rest` is what was read of it already.
    pub fn new(head: &Head, rest: Vec<u8>, block: R) -> Self {
        let mut chunks = Chunks::of(head, &rest);
        let held = match &mut chunks {
            None => rest,
            Some(chunks) => {
                let mut held = Vec::new();
                chunks.take(&rest, &mut |data| held.extend_from_slice(data));
                held
            }
        };
        Self { block, chunks, held, at: 0 }
    }

    /// In which form it stands, as far as it was read.
    pub fn framing(&self) -> Framing {
        self.chunks.as_ref().map_or(Framing::Plain, Chunks::framing)
    }
}

impl<R: Read> Read for Entity<R> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        if buf.is_empty() {
            return Ok(0);
        }
        loop {
            let held = &self.held[self.at..];
            if !held.is_empty() {
                let n = held.len().min(buf.len());
                buf[..n].copy_from_slice(&held[..n]);
                self.at += n;
                return Ok(n);
            }
            let Some(chunks) = &mut self.chunks else { return self.block.read(buf) };
            (self.at, self.held) = (0, std::mem::take(&mut self.held));
            self.held.resize(1 << 16, 0);
            let n = self.block.read(&mut self.held)?;
            if n == 0 {
                self.held.clear();
                return Ok(0);
            }
            let raw = std::mem::take(&mut self.held);
            let held = &mut self.held;
            chunks.take(&raw[..n], &mut |data| held.extend_from_slice(data));
        }
    }
}

#[cfg(test)]
#[path = "entity_tests.rs"]
mod tests;
