//! What snapshots changed, as the rows say it: each has to be borne out by what was read of the two snapshots.
//!
//! The comparison is not made anew: another version of it may put the same difference in other words, which is no damage. But
//! what a row quotes stands in one of the two and was taken from there, and the summary on the snapshot counts the rows.

use std::collections::BTreeSet;

use super::{Fault, Problem};
use crate::error::Result;
use crate::model::{Action, Difference, Document, DocumentId, Item, SnapshotRow, Subject};
use crate::store::Reader;

/// Of more rows than this some may have been left out when they were written.
const WHOLE: usize = 200;

/// Compares the rows of a snapshot with its documents and with those of the one that it was compared with.
pub(super) fn check(reader: &Reader, row: &SnapshotRow, problems: &mut Vec<Problem>) -> Result<()> {
    let mut add = |fault, seq: Option<usize>, message: String| {
        let of = seq.map(|seq| format!(" {}", seq + 1)).unwrap_or_default();
        problems.push(Problem { fault, place: format!("snapshot {}, change{of}", row.id), message });
    };
    let items = match reader.changes_of(row.id) {
        Ok(items) => items,
        Err(error) => {
            add(Fault::Altered, None, error.to_string());
            return Ok(());
        }
    };
    if let Some(says) = summary(row, &items) {
        add(Fault::Altered, None, says);
    }
    if items.is_empty() {
        return Ok(());
    }
    let Some(previous) = row.previous else {
        add(Fault::Unaccounted, None, "it was compared with no other snapshot".into());
        return Ok(());
    };
    let older = match reader.snapshot(previous) {
        Ok(older) if older.watch == row.watch => older,
        Ok(_) => {
            add(Fault::Altered, None, format!("snapshot {previous}, that it was compared with, is of another watch"));
            return Ok(());
        }
        // Who was removed has left a tombstone.
        Err(_) if reader.tombstone(previous)?.is_some() => return Ok(()),
        Err(_) => {
            add(Fault::Missing, None, format!("snapshot {previous}, that it was compared with, is not there"));
            return Ok(());
        }
    };
    if row.document.is_none() {
        add(Fault::Unaccounted, None, "nothing was read of it that could be compared".into());
        return Ok(());
    }
    // Both were compared as one version of the reader read them. What it only read again for that was not kept.
    let version = documents(reader, row)?.iter().map(|(_, version)| *version).collect::<BTreeSet<u32>>();
    let (is, was) = match version.first() {
        Some(version_of_all) if version.len() == 1 => {
            (said(reader, row, *version_of_all)?, said(reader, &older, *version_of_all)?)
        }
        _ => (None, None),
    };
    let mut digests = None;
    for (n, item) in items.iter().enumerate() {
        if item.action == Action::Replaced && item.subject == Subject::Media {
            let (then, now) = match &digests {
                Some(both) => both,
                None => digests.insert((reader.media_digests(previous)?, reader.media_digests(row.id)?)),
            };
            for (told, digests) in [(&item.before, then), (&item.after, now)] {
                let Some(digest) = item.key.as_ref().and_then(|url| digests.get(url)) else { continue };
                if *told != Some(format!("sha256:{}", digest.hex())) {
                    add(Fault::Altered, Some(n), format!("its octets had the digest {}", digest.hex()));
                }
            }
            continue;
        }
        if item.action == Action::Edited && item.before == item.after {
            add(Fault::Altered, Some(n), "it says the same before and after".into());
        }
        // How many comments were sorted anew is said in words of our own.
        let own_words = item.subject == Subject::Comment && item.action == Action::Moved;
        for (told, said, which) in [(&item.before, &was, previous), (&item.after, &is, row.id)] {
            let (Some(told), Some(said)) = (told.as_ref().filter(|_| !own_words), said) else { continue };
            if !quotes(said, item.subject, told) {
                add(
                    Fault::Altered,
                    Some(n),
                    format!("what it quotes does not stand in what was read of snapshot {which}"),
                );
            }
        }
    }
    Ok(())
}

/// What is wrong with the summary on the snapshot, if all rows are there.
fn summary(row: &SnapshotRow, items: &[Item]) -> Option<String> {
    if items.len() >= WHOLE {
        return None;
    }
    let difference = Difference { items: items.to_vec(), left_out: 0, bounds: Vec::new() };
    let rows = difference.changed().then(|| difference.what().join(", ")).filter(|what| !what.is_empty());
    let more = row.what.as_deref().is_some_and(|what| what.contains("and ") && what.ends_with(" more"));
    if more || rows == row.what {
        return None;
    }
    let words = |what: &Option<String>| what.clone().unwrap_or_else(|| "nothing".into());
    Some(format!("its rows come to {:?}, but the snapshot says {:?}", words(&rows), words(&row.what)))
}

/// What was read of a snapshot and the further pages of its thread, and by which version of the reader.
fn documents(reader: &Reader, row: &SnapshotRow) -> Result<Vec<(DocumentId, u32)>> {
    let pages = reader.pages(row.id)?.into_iter().filter(|page| page.rule.is_of_thread());
    let all = row.document.into_iter().chain(pages.filter_map(|page| page.document));
    all.map(|document| {
        let readings = reader.readings(document)?;
        Ok((document, readings.iter().find(|one| one.document == document).map_or(0, |one| one.reader)))
    })
    .collect()
}

/// All that a version of the reader read of a snapshot, piece by piece and without white space. `None`: it did not read all of it.
fn said(reader: &Reader, row: &SnapshotRow, version: u32) -> Result<Option<Vec<String>>> {
    let mut out = Vec::new();
    for (document, _) in documents(reader, row)? {
        let readings = reader.readings(document)?;
        let Some(reading) = readings.iter().rev().find(|reading| reading.reader == version) else { return Ok(None) };
        pieces(&reader.document(reading.document)?.0, &mut out);
    }
    Ok((!out.is_empty()).then_some(out))
}

fn pieces(document: &Document, out: &mut Vec<String>) {
    let mut put = |text: &str| {
        let letters = letters(text);
        if !letters.is_empty() {
            out.push(letters);
        }
    };
    put(&document.text());
    for comment in &document.comments {
        put(&comment.text);
        put(&format!("{}: {}", comment.author.as_deref().unwrap_or_default(), comment.text));
    }
    for credit in &document.credits {
        put(&format!("{} {}", credit.role, credit.name));
    }
    // Titles, names, times, addresses: whatever else it is made of.
    let mut left = vec![serde_json::to_value(document).unwrap_or_default()];
    while let Some(value) = left.pop() {
        match value {
            serde_json::Value::String(text) => put(&text),
            serde_json::Value::Array(values) => left.extend(values),
            serde_json::Value::Object(values) => left.extend(values.into_iter().map(|(_, value)| value)),
            _ => {}
        }
    }
}

/// White space is not compared, nor what parts the cells of a table: lines are cleaned before they are told.
fn letters(text: &str) -> String {
    text.chars().filter(|c| !c.is_whitespace() && *c != '|').collect()
}

fn quotes(said: &[String], subject: Subject, told: &str) -> bool {
    let parts: Vec<&str> = match subject {
        // Several of them are joined by us.
        Subject::Byline | Subject::Credits => told.split("; ").collect(),
        _ => vec![told],
    };
    parts.iter().map(|part| letters(part)).all(|part| said.iter().any(|piece| piece.contains(&part)))
}
