//! What was read again: each document that no snapshot's leaf binds has to be what an act of the custody log says.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use serde::Deserialize;

use super::records::Checker;
use super::{Fault, Problem, lock};
use crate::error::{Error, Result};
use crate::model::DocumentId;
use crate::store::{Archive, CustodyRow, PRUNE, REEXTRACT, Reader};

/// Documents by the entry of the log that binds them, and what it says of each.
#[derive(Default)]
pub(super) struct Bound {
    documents: BTreeMap<(i64, i64), String>,
}

#[derive(Deserialize)]
struct Act {
    #[serde(default)]
    documents: Vec<(i64, String)>,
    #[serde(default)]
    readings: Vec<(i64, i64)>,
}

impl Bound {
    /// Takes note of an entry of the log.
    pub fn hear(&mut self, row: &CustodyRow) {
        let is_act = row.kind == REEXTRACT || row.kind == PRUNE;
        let body = row.body.as_deref().filter(|_| is_act);
        // What is no such JSON binds nothing, and what it should have bound is found below.
        let Some(act) = body.and_then(|body| serde_json::from_str::<Act>(body).ok()) else { return };
        if row.kind == REEXTRACT {
            self.documents.extend(act.documents.into_iter().map(|(id, digest)| ((row.seq, id), digest)));
        } else {
            act.readings.iter().for_each(|reading| {
                self.documents.remove(reading);
            });
        }
    }

    /// Compares what the log says with what is there; `reader` shows the moment that the log was read at.
    pub fn check(self, archive: &Archive, reader: &Reader, threads: usize) -> Result<Vec<Problem>> {
        let mut problems = Vec::new();
        let mut there = BTreeSet::new();
        for (document, act) in reader.documents_beside_snapshots()? {
            match act.filter(|act| self.documents.contains_key(&(*act, document.0))) {
                Some(act) => {
                    there.insert((act, document.0));
                }
                None => problems.push(Problem {
                    fault: Fault::Unaccounted,
                    place: format!("document {document}"),
                    message: "neither a snapshot nor the custody log speaks of it".into(),
                }),
            }
        }
        let mut left = Vec::with_capacity(there.len());
        for ((act, document), digest) in self.documents {
            if there.contains(&(act, document)) {
                left.push((act, DocumentId(document), digest));
            } else {
                problems.push(Problem {
                    fault: Fault::Missing,
                    place: format!("document {document}"),
                    message: format!("it is not there, but entry {act} of the custody log speaks of it"),
                });
            }
        }
        problems.extend(recompute(archive, &left, threads)?);
        Ok(problems)
    }
}

/// Recomputes the digest of each document.
fn recompute(archive: &Archive, bound: &[(i64, DocumentId, String)], threads: usize) -> Result<Vec<Problem>> {
    let (next, found) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    let failed: Mutex<Option<Error>> = Mutex::new(None);
    let work = || -> Result<()> {
        let reader = archive.reader()?;
        let checker = Checker::new(&reader)?;
        while let Some((act, document, digest)) = bound.get(next.fetch_add(1, Ordering::Relaxed)) {
            let mut mine = Vec::new();
            let add = |fault, message| {
                let place = format!("document {document}");
                lock(&found).push(Problem { fault, place, message });
            };
            match checker.document(*document, &mut mine) {
                Ok(now) if mine.is_empty() && now.digest.hex() != *digest => {
                    let now = now.digest;
                    add(
                        Fault::Altered,
                        format!("its digest is {now}, but entry {act} of the custody log says {digest}"),
                    );
                }
                Ok(_) => {}
                Err(error) => add(Fault::Catalogue, error.to_string()),
            }
            lock(&found).extend(mine);
        }
        Ok(())
    };
    thread::scope(|scope| {
        for _ in 0..threads.clamp(1, bound.len().max(1)) {
            scope.spawn(|| {
                if let Err(error) = work() {
                    lock(&failed).get_or_insert(error);
                }
            });
        }
    });
    if let Some(error) = lock(&failed).take() {
        return Err(error);
    }
    let mut found = found.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner);
    found.sort_by(|a: &Problem, b| a.place.cmp(&b.place));
    Ok(found)
}
