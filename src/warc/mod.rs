//! WARC 1.1 (ISO 28500:2017): finished records out, records in.
//!
//! Writing makes one gzip member a record (Annex D.2) with digests in lower-case base16, and stores
//! HTTP bodies with the transfer coding removed and the content coding kept (6.3.2), so that every
//! reader computes the same digests. Reading is tolerant, bounded and names the offset of what is wrong.

mod entity;
mod http;
mod labels;
mod member;
mod reader;
mod record;

pub use entity::{Chunks, Entity, Framing, Head};
pub use http::{StoredHead, stored_head};
pub use labels::{Algorithm, Label};
pub use member::{Compressor, Source};
pub use reader::{Block, MAX_HEAD, Reader, Record, Trouble};
pub use record::{Kind, NewRecord, REVISIT_IDENTICAL, REVISIT_NOT_MODIFIED, fields, new_id, warc_date};

#[cfg(test)]
mod tests;
