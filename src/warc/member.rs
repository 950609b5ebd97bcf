//! One gzip member (RFC 1952) a record, with as little work as the payload allows.

use std::io::{self, Read, Write};

use flate2::{Compress, Compression, Crc, FlushCompress, Status};

/// What follows the heads in a record.
pub enum Source<'a> {
    /// Octets in memory.
    Memory(&'a [u8]),
    /// Octets of a known length from elsewhere.
    Stream(&'a mut dyn Read, u64),
}

/// Makes gzip members; kept and used again, because its tables are large.
pub struct Compressor {
    deflate: Compress,
    level: Compression,
    buffer: Vec<u8>,
}

/// A stored deflate block holds at most this much (RFC 1951 3.2.4).
const STORED_MAX: usize = 65_535;
const CHUNK: usize = 64 * 1024;

impl Compressor {
    /// `level` 1 to 9 is for what is worth compressing: heads and bodies sent without content coding.
    pub fn new(level: u32) -> Self {
        let level = Compression::new(level.clamp(1, 9));
        Self { deflate: Compress::new(level, false), level, buffer: Vec::new() }
    }

    /// Writes one member that holds `head`, the source and `tail`, and returns its length.
    ///
    /// With `packed` the source is taken as compressed already and goes into stored blocks: that costs a
    /// copy and a checksum. Otherwise it is deflated.
    pub fn member(
        &mut self,
        head: &[u8],
        source: Source<'_>,
        tail: &[u8],
        packed: bool,
        out: &mut dyn Write,
    ) -> io::Result<u64> {
        let mut member = Member { out, crc: Crc::new(), written: 0 };
        // Deflate, no flags, no time (so that equal records are equal octets), unknown system.
        member.put(&[0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255])?;
        self.deflate.reset();
        member.crc.update(head);
        if packed {
            self.run(head, FlushCompress::Sync, &mut member)?;
            self.stored(source, tail, &mut member)?;
        } else {
            self.run(head, FlushCompress::None, &mut member)?;
            match source {
                Source::Memory(bytes) => {
                    member.crc.update(bytes);
                    self.run(bytes, FlushCompress::None, &mut member)?;
                }
                Source::Stream(reader, len) => {
                    let mut chunk = vec![0; CHUNK];
                    let mut left = len;
                    while left > 0 {
                        let n = read_some(reader, &mut chunk, left)?;
                        member.crc.update(&chunk[..n]);
                        self.run(&chunk[..n], FlushCompress::None, &mut member)?;
                        left -= n as u64;
                    }
                }
            }
            member.crc.update(tail);
            self.run(tail, FlushCompress::Finish, &mut member)?;
        }
        let (crc, length) = (member.crc.sum(), member.crc.amount());
        member.put(&crc.to_le_bytes())?;
        member.put(&length.to_le_bytes())?;
        Ok(member.written)
    }

    /// The level that is used.
    pub fn level(&self) -> u32 {
        self.level.level()
    }

    fn run(&mut self, mut input: &[u8], flush: FlushCompress, member: &mut Member<'_>) -> io::Result<()> {
        loop {
            self.buffer.clear();
            self.buffer.reserve(CHUNK);
            let before = self.deflate.total_in();
            let status = self.deflate.compress_vec(input, &mut self.buffer, flush).map_err(io::Error::other)?;
            let used = usize::try_from(self.deflate.total_in() - before).unwrap_or(input.len());
            input = &input[used..];
            member.put(&self.buffer)?;
            let room_left = self.buffer.len() < self.buffer.capacity();
            match status {
                Status::StreamEnd => return Ok(()),
                // All was taken, and the output was not full: nothing is pending.
                _ if input.is_empty() && room_left && flush != FlushCompress::Finish => return Ok(()),
                _ => {}
            }
        }
    }

    fn stored(&mut self, source: Source<'_>, tail: &[u8], member: &mut Member<'_>) -> io::Result<()> {
        match source {
            Source::Memory(bytes) => {
                for part in bytes.chunks(STORED_MAX) {
                    member.stored_block(part, false)?;
                }
            }
            Source::Stream(reader, len) => {
                let mut chunk = vec![0; STORED_MAX];
                let mut left = len;
                while left > 0 {
                    let n = read_some(reader, &mut chunk, left)?;
                    member.stored_block(&chunk[..n], false)?;
                    left -= n as u64;
                }
            }
        }
        member.stored_block(tail, true)
    }
}

fn read_some(reader: &mut dyn Read, chunk: &mut [u8], left: u64) -> io::Result<usize> {
    let want = chunk.len().min(usize::try_from(left).unwrap_or(usize::MAX));
    match reader.read(&mut chunk[..want])? {
        0 => Err(io::Error::new(io::ErrorKind::UnexpectedEof, "the payload is shorter than its length says")),
        n => Ok(n),
    }
}

struct Member<'a> {
    out: &'a mut dyn Write,
    crc: Crc,
    written: u64,
}

impl Member<'_> {
    fn put(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.written += bytes.len() as u64;
        self.out.write_all(bytes)
    }

    fn stored_block(&mut self, bytes: &[u8], last: bool) -> io::Result<()> {
        self.crc.update(bytes);
        let len = u16::try_from(bytes.len()).map_err(io::Error::other)?;
        let [a, b] = len.to_le_bytes();
        self.put(&[u8::from(last), a, b, !a, !b])?;
        self.put(bytes)
    }
}
