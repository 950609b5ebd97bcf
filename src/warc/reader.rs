//! Reading records: one after another from a whole file, or one from a given place.

use std::fmt;
use std::io::{self, BufRead, BufReader, Read};

use flate2::bufread::GzDecoder;

/// The named fields of a record may have this many octets.
pub const MAX_HEAD: usize = 1 << 20;

/// What is wrong with a WARC file, and where.
#[derive(Debug)]
pub struct Trouble {
    /// Offset in the file of the record (its gzip member) that is wrong.
    pub offset: u64,
    /// One sentence.
    pub message: String,
}

impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "at octet {}: {}", self.offset, self.message)
    }
}

impl std::error::Error for Trouble {}

/// The head of a record.
#[derive(Clone, Debug)]
pub struct Record {
    /// Offset of the record in the file.
    pub offset: u64,
    /// `WARC/1.0` or `WARC/1.1`.
    pub version: String,
    /// Named fields in order, names as written.
    pub fields: Vec<(String, String)>,
    /// Length of the block.
    pub length: u64,
}

impl Record {
    /// First value of a named field, whatever its case.
    pub fn field(&self, name: &str) -> Option<&str> {
        self.fields.iter().find(|(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, v)| v.as_str())
    }

    /// `WARC-Type`.
    pub fn kind(&self) -> &str {
        self.field("WARC-Type").unwrap_or_default()
    }
}

enum Input<R: BufRead> {
    Plain(Counted<R>),
    Gzip(Box<GzDecoder<Counted<R>>>),
    Done,
}

/// Counts what was taken from a reader, so that offsets of members are known.
struct Counted<R> {
    inner: R,
    at: u64,
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let n = self.inner.read(buf)?;
        self.at += n as u64;
        Ok(n)
    }
}

impl<R: BufRead> BufRead for Counted<R> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        self.inner.fill_buf()
    }
    fn consume(&mut self, amount: usize) {
        self.at += amount as u64;
        self.inner.consume(amount);
    }
}

/// Reads a WARC file, compressed by member or not, record after record.
pub struct Reader<R: BufRead> {
    input: Input<R>,
    offset: u64,
    left: u64,
    in_record: bool,
}

impl<R: Read> Reader<BufReader<R>> {
    /// Reads from `inner`, which is at the beginning of a record; `offset` is where that is in the file.
    pub fn new(inner: R, offset: u64) -> Result<Self, Trouble> {
        let mut inner = Counted { inner: BufReader::with_capacity(1 << 17, inner), at: offset };
        let gzip = {
            let start = inner.fill_buf().map_err(|e| trouble(offset, &e))?;
            start.starts_with(&[0x1f, 0x8b])
        };
        let input = if gzip { Input::Gzip(Box::new(GzDecoder::new(inner))) } else { Input::Plain(inner) };
        Ok(Self { input, offset, left: 0, in_record: false })
    }
}

fn trouble(offset: u64, message: &dyn fmt::Display) -> Trouble {
    Trouble { offset, message: message.to_string() }
}

impl<R: BufRead> Reader<R> {
    /// The next record; `None` at the end of the file. What is left of the block before is passed over
    /// and checked (length, record end, checksum of the member).
    pub fn next_record(&mut self) -> Result<Option<Record>, Trouble> {
        if self.in_record {
            self.finish()?;
        }
        if self.at_end()? {
            return Ok(None);
        }
        let offset = self.offset;
        let mut record = self.head().map_err(|e| trouble(offset, &e))?;
        record.offset = offset;
        self.left = record.length;
        self.in_record = true;
        Ok(Some(record))
    }

    /// Where the next record begins, once the last one was finished.
    pub fn offset(&self) -> u64 {
        self.offset
    }

    /// The block of the record that was read last.
    pub fn block(&mut self) -> Block<'_, R> {
        Block { reader: self }
    }

    /// Passes over the rest of the block and checks how the record ends.
    pub fn finish(&mut self) -> Result<(), Trouble> {
        let offset = self.offset;
        self.finish_inner().map_err(|e| trouble(offset, &e))
    }

    fn finish_inner(&mut self) -> io::Result<()> {
        self.in_record = false;
        io::copy(&mut self.block(), &mut io::sink())?;
        let mut end = [0; 4];
        self.raw(&mut end)?;
        if &end != b"\r\n\r\n" {
            return Err(io::Error::other("the record does not end in an empty line: its length is wrong"));
        }
        match std::mem::replace(&mut self.input, Input::Done) {
            Input::Gzip(mut gz) => {
                let mut more = [0; 1];
                if gz.read(&mut more)? != 0 {
                    return Err(io::Error::other("more than one record in a gzip member"));
                }
                let inner = gz.into_inner();
                self.offset = inner.at;
                self.input = Input::Gzip(Box::new(GzDecoder::new(inner)));
            }
            Input::Plain(inner) => {
                self.offset = inner.at;
                self.input = Input::Plain(inner);
            }
            Input::Done => {}
        }
        Ok(())
    }

    fn at_end(&mut self) -> Result<bool, Trouble> {
        let offset = self.offset;
        let empty = match &mut self.input {
            Input::Gzip(gz) => gz.get_mut().fill_buf().map(<[u8]>::is_empty),
            Input::Plain(inner) => inner.fill_buf().map(<[u8]>::is_empty),
            Input::Done => Ok(true),
        };
        empty.map_err(|e| trouble(offset, &e))
    }

    fn head(&mut self) -> io::Result<Record> {
        let mut head = Vec::with_capacity(512);
        let mut byte = [0; 1];
        // Reads single octets, but out of a decoder that holds a window in memory.
        while !head.ends_with(b"\r\n\r\n") {
            self.raw(&mut byte)?;
            head.push(byte[0]);
            if head.len() > MAX_HEAD {
                return Err(io::Error::other("the named fields do not end"));
            }
            if head.len() == 5 && head != b"WARC/" {
                return Err(io::Error::other("no WARC record begins here"));
            }
        }
        let text = std::str::from_utf8(&head).map_err(|_| io::Error::other("the named fields are not UTF-8"))?;
        let mut lines = text.trim_end_matches("\r\n").split("\r\n");
        let version = lines.next().unwrap_or_default().to_owned();
        let mut fields: Vec<(String, String)> = Vec::new();
        for line in lines {
            if line.starts_with([' ', '\t']) {
                // Folded lines are not written any more, but other tools wrote them.
                if let Some((_, value)) = fields.last_mut() {
                    value.push(' ');
                    value.push_str(line.trim());
                }
                continue;
            }
            let (name, value) =
                line.split_once(':').ok_or_else(|| io::Error::other("a line of the named fields has no colon"))?;
            fields.push((name.to_owned(), value.trim().to_owned()));
        }
        let mut record = Record { offset: 0, version, fields, length: 0 };
        record.length = record
            .field("Content-Length")
            .and_then(|v| v.parse().ok())
            .ok_or_else(|| io::Error::other("Content-Length is missing or not a number"))?;
        Ok(record)
    }

    /// Fills `buf` from the record's octets, whatever they are.
    fn raw(&mut self, buf: &mut [u8]) -> io::Result<()> {
        let result = match &mut self.input {
            Input::Gzip(gz) => gz.read_exact(buf),
            Input::Plain(inner) => inner.read_exact(buf),
            Input::Done => Err(io::ErrorKind::UnexpectedEof.into()),
        };
        result.map_err(|e| match e.kind() {
            io::ErrorKind::UnexpectedEof => io::Error::new(e.kind(), "the record is cut short"),
            _ => e,
        })
    }
}

/// The block of a record, as a reader of exactly its length.
pub struct Block<'a, R: BufRead> {
    reader: &'a mut Reader<R>,
}

impl<R: BufRead> Read for Block<'_, R> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let want = buf.len().min(usize::try_from(self.reader.left).unwrap_or(usize::MAX));
        if want == 0 {
            return Ok(0);
        }
        let n = match &mut self.reader.input {
            Input::Gzip(gz) => gz.read(&mut buf[..want])?,
            Input::Plain(inner) => inner.read(&mut buf[..want])?,
            Input::Done => 0,
        };
        if n == 0 {
            return Err(io::Error::new(io::ErrorKind::UnexpectedEof, "the block is cut short"));
        }
        self.reader.left -= n as u64;
        Ok(n)
    }
}
