//! WARC: members copied verbatim from the segments.
//!
//! The export begins with a warcinfo record of its own. A revisit whose payload lies outside the selection
//! would refer to a record that is not in the file, so the records that hold such payloads come along, and so do
//! media that an earlier snapshot brought.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::io::{self, Write};

use jiff::Timestamp;

use crate::error::{Result, io as io_error};
use crate::model::{Digest, ExchangeId, Place, SnapshotId};
use crate::store::{Payloads, Reader};
use crate::warc::{Compressor, Kind, NewRecord, Source, fields, new_id};

/// An export in WARC form.
pub struct Warc {
    info: Vec<u8>,
    at: Timestamp,
    payloads: Option<Payloads>,
    written: HashSet<ExchangeId>,
    needed: BTreeSet<ExchangeId>,
    /// Where certificate chains lie, and which are wanted and not copied yet.
    chains: HashMap<Digest, Place>,
    chains_wanted: HashSet<Digest>,
}

impl Warc {
    /// `info` is what warcinfo says of us.
    pub fn new(info: &[(&'static str, String)], at: Timestamp) -> Self {
        Self {
            info: fields(info),
            at,
            payloads: None,
            written: HashSet::new(),
            needed: BTreeSet::new(),
            chains: HashMap::new(),
            chains_wanted: HashSet::new(),
        }
    }

    /// Writes the warcinfo record.
    pub fn begin(&mut self, out: &mut dyn Write) -> Result<()> {
        let id = new_id(&[b"export", &self.info, &self.at.as_nanosecond().to_le_bytes()]);
        let record = NewRecord::new(Kind::Warcinfo, id, self.at, None, &self.info);
        record
            .write(Source::Memory(&[]), None, false, &mut Compressor::new(6), out)
            .map(|_| ())
            .map_err(io_error("cannot write the export"))
    }

    /// Copies the records of a snapshot.
    pub fn item(&mut self, reader: &Reader, id: SnapshotId, out: &mut dyn Write) -> Result<()> {
        if self.payloads.is_none() {
            self.payloads = Some(reader.payloads()?);
            self.chains = reader.chains()?.into_iter().collect();
        }
        for exchange in reader.exchanges(id)? {
            if let Some(holder) = exchange.revisit_of {
                self.needed.insert(holder);
            }
            self.chains_wanted.extend(exchange.chain);
            if self.written.insert(exchange.id) {
                self.copy(exchange.place, out)?;
            }
        }
        // Media that an earlier snapshot brought are shown with this one, so they come along.
        self.needed.extend(reader.media_exchanges(id)?);
        Ok(())
    }

    /// Copies the records that revisits refer to, and the certificate chains.
    pub fn end(&mut self, reader: &Reader, out: &mut dyn Write) -> Result<()> {
        for id in std::mem::take(&mut self.needed) {
            if self.written.insert(id)
                && let Some(place) = reader.whole_place_of(id)?
            {
                self.copy(place, out)?;
            }
        }
        let chains = std::mem::take(&mut self.chains);
        for place in std::mem::take(&mut self.chains_wanted).iter().filter_map(|digest| chains.get(digest)) {
            self.copy(*place, out)?;
        }
        Ok(())
    }

    fn copy(&mut self, place: Place, out: &mut dyn Write) -> Result<()> {
        let Some(payloads) = &self.payloads else { return Ok(()) };
        let mut raw = payloads.raw(place)?;
        let copied = io::copy(&mut raw, out).map_err(io_error("cannot write the export"))?;
        if copied == place.length {
            // The exchange that first met a chain has it among its own records.
            self.chains.retain(|_, chain| {
                chain.segment != place.segment
                    || chain.offset < place.offset
                    || chain.offset >= place.offset + place.length
            });
            return Ok(());
        }
        Err(crate::error::Error::new(
            crate::error::ErrorKind::Archive,
            format!("segment {} is cut short at octet {}", place.segment, place.offset + copied),
        )
        .hint("run `keepfast verify` to see what is damaged"))
    }
}
