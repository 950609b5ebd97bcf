//! What changed: two snapshots side by side, and the list of all changes.

use std::collections::HashMap;
use std::io::Write;
use std::path::Path;

use super::App;
use crate::diff::{self, Context};
use crate::error::{Error, ErrorKind, Result, io};
use crate::export;
use crate::model::{
    Action, ChangeRow, Comparison, Difference, Digest, Document, Item, SnapshotId, SnapshotView, Told, WatchId,
};
use crate::store::{ChangesAsk, Reader};

/// Earlier looks that are asked about noise.
const LOOKS: u32 = 8;
/// Changes of a watch that are looked at at once.
const PAGE: u32 = 50;

impl App {
    /// Compares two snapshots; named by one URL or number: the last change of that URL, or what that snapshot changed.
    /// With `all` noise is told, too.
    pub fn compare(&self, names: &[String], all: bool) -> Result<Comparison> {
        let (older, newer) = match names {
            [one] => self.last_change(one)?,
            [one, other] => (self.find_snapshot(one)?, self.find_snapshot(other)?),
            _ => return Err(Error::new(ErrorKind::Usage, "two snapshots are compared, no more")),
        };
        let (older, newer) = (self.show(older)?, self.show(newer)?);
        let reader = self.reader()?;
        let mut bounds = Vec::new();
        let (older, newer) = self.of_one_reader(older, newer, &mut bounds)?;
        // A wall or an absence is not compared with what the page says.
        let holds = |view: &SnapshotView| view.snapshot.outcome.is_content();
        let both = (&older.document, &newer.document);
        let (true, (Some(then), Some(now))) = (holds(&older) == holds(&newer), both) else {
            let changed = older.snapshot.outcome != newer.snapshot.outcome;
            return Ok(Comparison {
                older: older.snapshot,
                newer: newer.snapshot,
                compared: false,
                changed,
                what: Vec::new(),
                items: Vec::new(),
                left_out: 0,
                noise: 0,
                bounds,
            });
        };
        let difference = difference(&reader, [&older, &newer], [then, now], all)?;
        let (changed, what) = (difference.changed(), difference.what());
        let hidden = difference.items.iter().filter(|item| item.noise && !all).count();
        bounds.extend(difference.bounds);
        let items = difference.items.into_iter().filter(|item| all || !item.noise).map(told).collect();
        Ok(Comparison {
            older: older.snapshot,
            newer: newer.snapshot,
            compared: true,
            changed,
            what,
            items,
            left_out: difference.left_out,
            noise: u32::try_from(hidden).unwrap_or(u32::MAX),
            bounds,
        })
    }

    /// Writes a comparison as a page of its own.
    pub fn write_comparison(&self, comparison: &Comparison, path: &Path) -> Result<()> {
        let what = || format!("cannot write {}", path.display());
        let mut page = Vec::new();
        export::comparison(comparison, &mut page)?;
        let mut file = std::fs::File::create(path).map_err(io(what()))?;
        file.write_all(&page).and_then(|()| file.sync_all()).map_err(io(what()))
    }

    /// Snapshots that changed something, the newest first.
    pub fn changes(&self, ask: &ChangesAsk, urls: &[String]) -> Result<Vec<ChangeRow>> {
        let reader = self.reader()?;
        let mut ask = ask.clone();
        for url in urls {
            ask.watches.push(self.find_watch(&reader, url)?.id);
        }
        let mut rows = reader.changes(&ask)?;
        for row in &mut rows {
            row.items = std::mem::take(&mut row.items).into_iter().map(|told| self::told(told.item)).collect();
        }
        Ok(rows)
    }

    /// The snapshot that last changed something, and the one that it was compared with.
    fn last_change(&self, name: &str) -> Result<(SnapshotId, SnapshotId)> {
        let reader = self.reader()?;
        if let Ok(number) = name.parse::<i64>() {
            let row = self.show(SnapshotId(number))?.snapshot;
            return row.previous.map(|previous| (previous, row.id)).ok_or_else(|| {
                Error::new(ErrorKind::Usage, format!("snapshot {number} has none before it that it could differ from"))
            });
        }
        let watch = self.find_watch(&reader, name)?;
        let mut ask = ChangesAsk { watches: vec![watch.id], limit: PAGE, ..ChangesAsk::default() };
        loop {
            let rows = reader.changes(&ask)?;
            let changed = rows.iter().find(|row| row.outcome.is_content());
            if let Some((previous, snapshot)) = changed.and_then(|row| Some((row.previous?, row.snapshot))) {
                return Ok((previous, snapshot));
            }
            ask.below = rows.last().map(|row| row.snapshot);
            if ask.below.is_none() {
                return Err(Error::new(ErrorKind::Usage, "nothing has changed there yet")
                    .hint("`keepfast history URL` lists the snapshots; `keepfast diff A B` compares any two of them"));
            }
        }
    }

    /// Readings of two versions of the reader are not compared if it can be helped.
    fn of_one_reader(
        &self,
        older: SnapshotView,
        newer: SnapshotView,
        bounds: &mut Vec<String>,
    ) -> Result<(SnapshotView, SnapshotView)> {
        if older.reader == newer.reader || older.reader.is_none() || newer.reader.is_none() {
            return Ok((older, newer));
        }
        let has = |view: &SnapshotView, version| view.readings.iter().any(|reading| reading.reader == version);
        let shared = older.readings.iter().rev().map(|reading| reading.reader).find(|version| has(&newer, *version));
        let Some(shared) = shared else {
            bounds.push(
                "the two were read by different versions of the reader, which may itself look like a change: `keepfast reextract` \
                 reads both with the same"
                    .to_owned(),
            );
            return Ok((older, newer));
        };
        let (a, b) = (older.snapshot.id, newer.snapshot.id);
        Ok((self.show_as_read_by(a, Some(shared))?, self.show_as_read_by(b, Some(shared))?))
    }
}

fn difference(
    reader: &Reader,
    [older, newer]: [&SnapshotView; 2],
    [then, now]: [&Document; 2],
    all: bool,
) -> Result<Difference> {
    let (before, after) = (digests(older), digests(newer));
    let one_watch: Option<WatchId> = (older.snapshot.watch == newer.snapshot.watch).then_some(older.snapshot.watch);
    let looks = match (one_watch, newer.reader) {
        (Some(watch), Some(version)) => reader.said_before(watch, older.snapshot.id, version, LOOKS)?,
        _ => Vec::new(),
    };
    let history: Vec<&Document> = looks.iter().map(|look| look.document.as_ref()).collect();
    let media_history = match one_watch {
        Some(watch) => reader.media_history(watch, older.snapshot.id, LOOKS as usize)?,
        None => Vec::new(),
    };
    Ok(diff::compare_with(
        then,
        now,
        &Context {
            history: &history,
            media_before: Some(&before),
            media_after: Some(&after),
            media_history: &media_history,
            raw: all,
        },
    ))
}

fn digests(view: &SnapshotView) -> HashMap<String, Digest> {
    view.media.iter().filter_map(|medium| Some((medium.url.clone(), medium.payload?))).collect()
}

pub(super) fn told(item: Item) -> Told {
    let pieces = match (&item.before, &item.after) {
        (Some(before), Some(after)) if item.action == Action::Edited => diff::pieces(before, after),
        _ => Vec::new(),
    };
    Told { item, pieces }
}
