//! From rows back to octets: records and payloads in the segments.

use std::collections::HashMap;
use std::fs::File;
use std::io::{BufReader, Read, Seek as _, SeekFrom, Take};
use std::path::PathBuf;

use rusqlite::OptionalExtension as _;

use super::archive::Layout;
use super::ledger::SegmentRow;
use super::reader::Reader;
use super::sql::sql;
use crate::error::{Error, ErrorKind, Result, io};
use crate::model::{ExchangeId, ExchangeRow, Place, SegmentId};
use crate::warc;

/// Reads records out of the segments; keeps no file open between calls.
pub struct Payloads {
    layout: Layout,
    segments: HashMap<SegmentId, SegmentRow>,
}

/// A stored response: its HTTP head and a reader of its body.
pub struct StoredRecord {
    /// Named fields of the WARC record.
    pub record: warc::Record,
    /// HTTP head as stored.
    pub head: Vec<u8>,
    reader: warc::Reader<BufReader<Take<File>>>,
}

impl Read for StoredRecord {
    fn read(&mut self, buf: &mut [u8]) -> std::io::Result<usize> {
        self.reader.block().read(buf)
    }
}

impl Reader {
    /// Access to the octets in the segments.
    pub fn payloads(&self) -> Result<Payloads> {
        let segments = self.segments()?.into_iter().map(|segment| (segment.id, segment)).collect();
        Ok(Payloads { layout: self.layout.clone(), segments })
    }

    /// Where the first record of an exchange lies.
    pub fn place_of(&self, exchange: ExchangeId) -> Result<Option<Place>> {
        self.db
            .prepare_cached("SELECT segment, offset, first_length FROM exchange WHERE id = ?1")
            .and_then(|mut select| {
                select
                    .query_row([exchange.0], |row| {
                        Ok(Place {
                            segment: SegmentId(row.get(0)?),
                            offset: row.get::<_, i64>(1)?.max(0) as u64,
                            length: row.get::<_, i64>(2)?.max(0) as u64,
                        })
                    })
                    .optional()
            })
            .map_err(sql(format!("cannot read exchange {exchange}")))
    }

    /// Where all records of an exchange lie.
    pub fn whole_place_of(&self, exchange: ExchangeId) -> Result<Option<Place>> {
        let length = self
            .db
            .prepare_cached("SELECT length FROM exchange WHERE id = ?1")
            .and_then(|mut select| select.query_row([exchange.0], |row| row.get::<_, i64>(0)).optional())
            .map_err(sql(format!("cannot read exchange {exchange}")))?;
        Ok(match (self.place_of(exchange)?, length) {
            (Some(place), Some(length)) => Some(Place { length: length.max(0) as u64, ..place }),
            _ => None,
        })
    }

    /// Where the record lies that holds the payload of an exchange: its own, or the one that it revisits.
    pub fn holder(&self, exchange: &ExchangeRow) -> Result<Option<Place>> {
        if exchange.payload.is_none() {
            return Ok(None);
        }
        self.place_of(exchange.revisit_of.unwrap_or(exchange.id))
    }
}

impl Payloads {
    /// The file of a segment.
    pub fn path(&self, segment: SegmentId) -> Result<PathBuf> {
        match self.segments.get(&segment) {
            Some(row) if row.removed => {
                Err(Error::new(ErrorKind::Archive, format!("{} was removed by prune", row.path)))
            }
            Some(row) => Ok(self.layout.root().join(&row.path)),
            None => Err(Error::new(ErrorKind::Archive, format!("there is no segment {segment} in the catalogue"))),
        }
    }

    /// The octets of a place as they stand in the segment: finished gzip members.
    pub fn raw(&self, place: Place) -> Result<Take<File>> {
        let path = self.path(place.segment)?;
        let what = || format!("cannot read {} at octet {}", path.display(), place.offset);
        let mut file = File::open(&path).map_err(io(what()))?;
        file.seek(SeekFrom::Start(place.offset)).map_err(io(what()))?;
        Ok(file.take(place.length))
    }

    /// Opens the record at a place and reads its HTTP head.
    pub fn open(&self, place: Place) -> Result<StoredRecord> {
        let damaged = |e: &dyn std::fmt::Display| {
            Error::new(
                ErrorKind::Archive,
                format!("the record at octet {} of segment {} is damaged: {e}", place.offset, place.segment),
            )
            .hint("run `keepfast verify` to see what else is")
        };
        let mut reader = warc::Reader::new(self.raw(place)?, place.offset).map_err(|e| damaged(&e))?;
        let record = reader.next_record().map_err(|e| damaged(&e))?.ok_or_else(|| damaged(&"nothing is there"))?;
        let mut head = Vec::new();
        let mut byte = [0; 1];
        if record.field("Content-Type").is_some_and(|t| t.starts_with("application/http")) {
            while !head.ends_with(b"\r\n\r\n") && head.len() < warc::MAX_HEAD * 4 {
                match reader.block().read(&mut byte) {
                    Ok(0) => break,
                    Ok(_) => head.push(byte[0]),
                    Err(e) => return Err(damaged(&e)),
                }
            }
        }
        Ok(StoredRecord { record, head, reader })
    }
}
