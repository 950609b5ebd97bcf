//! What reading again comes to.

use crate::model::SnapshotId;

/// Pages that are named because they were not read; the rest is counted.
pub(super) const NAMED: usize = 1000;

/// Why something was not read again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Why {
    /// Its octets are not there.
    Missing,
    /// Its octets are not those that were stored.
    Damaged,
    /// The reader failed on it, or took too long.
    GaveUp,
}

/// Something that was not read again; what an older reader read stays what is shown.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct NotRead {
    /// A snapshot that holds it.
    pub snapshot: SnapshotId,
    /// The URL that answered.
    pub url: String,
    /// Why.
    pub why: Why,
    /// One sentence.
    pub message: String,
}

/// What reading again came to.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct RereadSummary {
    /// Version of the reader.
    pub reader: u32,
    /// Pages that were read and committed.
    pub read: u64,
    /// Those among them that read differently than before.
    pub differ: u64,
    /// Pages that this reader had read before and that read the same: nothing was added.
    pub same: u64,
    /// Octets of the pages, content coding removed.
    pub bytes: u64,
    /// Pages whose octets are not there.
    pub missing: u64,
    /// Pages whose octets are not those that were stored.
    pub damaged: u64,
    /// Pages on which the reader failed or took too long.
    pub gave_up: u64,
    /// The pages that were not read, at most a thousand.
    pub not_read: Vec<NotRead>,
    /// The operator stopped it.
    pub interrupted: bool,
}

impl RereadSummary {
    /// Pages that were looked at.
    pub fn done(&self) -> u64 {
        self.read + self.same + self.lost()
    }

    /// Pages that could not be read.
    pub fn lost(&self) -> u64 {
        self.missing + self.damaged + self.gave_up
    }

    /// Notes a page that was not read.
    pub(super) fn lose(&mut self, snapshot: SnapshotId, url: String, why: Why, message: String) {
        match why {
            Why::Missing => self.missing += 1,
            Why::Damaged => self.damaged += 1,
            Why::GaveUp => self.gave_up += 1,
        }
        if self.not_read.len() < NAMED {
            self.not_read.push(NotRead { snapshot, url, why, message });
        }
    }
}
