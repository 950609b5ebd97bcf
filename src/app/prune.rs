//! Removal by policy.

use jiff::Timestamp;
use serde::Serialize;

use super::App;
use crate::error::{Error, ErrorKind, Result};
use crate::model::SnapshotId;
use crate::store::Removal;
use crate::verify;

/// What is to be removed: snapshots of removed watches, and of watches with these labels.
#[derive(Clone, Debug)]
pub struct PruneScope {
    /// Begun before then.
    pub before: Timestamp,
    /// Labels.
    pub tags: Vec<String>,
}

/// What would be removed, or was.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct PrunePlan {
    /// Snapshots that nothing else needs.
    pub snapshots: Vec<SnapshotId>,
    /// Octets of their records.
    pub bytes: u64,
    /// Snapshots that stay because others refer to them.
    pub needed: u64,
    /// Octets of segments that were deleted: those that nothing refers to any more.
    pub freed: u64,
}

impl App {
    /// Sees what may be removed; changes nothing.
    pub fn prune_plan(&self, scope: &PruneScope) -> Result<PrunePlan> {
        let reader = self.reader()?;
        let wanted = reader.prunable(&scope.tags, scope.before)?;
        let (rows, needed) = reader.removable(&wanted)?;
        let bytes = rows.iter().map(|(_, octets)| octets).sum();
        Ok(PrunePlan { snapshots: rows.into_iter().map(|(id, _)| id).collect(), bytes, needed, freed: 0 })
    }

    /// Removes it. Each snapshot is verified first: what is damaged is not removed but told.
    pub fn prune(&self, scope: &PruneScope, reason: &str) -> Result<PrunePlan> {
        let archive = self.archive()?;
        let (writer, _) = archive.capture(self.capture_options())?;
        let mut plan = self.prune_plan(scope)?;
        let reader = archive.reader()?;
        let snapshots = plan
            .snapshots
            .iter()
            .map(|id| verify::leaf_digest(&reader, *id).map(|leaf| (*id, leaf)))
            .collect::<Result<Vec<_>>>()?;
        let removal = Removal { snapshots, at: self.now(), by: Self::operator(), reason: reason.to_owned() };
        let runtime = tokio::runtime::Builder::new_current_thread()
            .build()
            .map_err(|e| Error::new(ErrorKind::Internal, "cannot start the runtime").because(e))?;
        let removed =
            if removal.snapshots.is_empty() { Ok(Default::default()) } else { runtime.block_on(writer.prune(removal)) };
        writer.close()?;
        removed?;
        // Files go only after the commit that says so.
        plan.freed = archive.reader()?.sweep_segments()?;
        Ok(plan)
    }
}
