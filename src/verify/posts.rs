//! The index of posts: each row has to be borne out by its document, and each post of a document has to be in the index.

use super::{Fault, LISTED, Problem};
use crate::error::Result;
use crate::model::DocumentId;
use crate::store::Reader;

/// Documents that are looked at at once.
const PAGE: u32 = 1024;

/// Compares the index with the documents. It can be made again, so what is wrong with it is no loss; but it is said. Only what
/// the present rules told can be compared: what other rules told is made anew by whoever indexes next.
pub(super) fn check(reader: &Reader, add: &mut dyn FnMut(Problem)) -> Result<()> {
    if !reader.tells_posts()? {
        return Ok(());
    }
    for message in reader.posts_astray(LISTED as u32)? {
        add(Problem { fault: Fault::Altered, place: "catalog.db: posts".into(), message });
    }
    let mut after = DocumentId(0);
    loop {
        let documents = reader.post_documents(after, PAGE)?;
        let Some(last) = documents.last() else { return Ok(()) };
        after = *last;
        for document in documents {
            one(reader, document, add)?;
        }
    }
}

fn one(reader: &Reader, document: DocumentId, add: &mut dyn FnMut(Problem)) -> Result<()> {
    let place = || format!("document {document}: posts");
    let Some(told) = reader.posts_told(document)? else {
        let message = "the index has posts of it, and it is not there".into();
        add(Problem { fault: Fault::Missing, place: place(), message });
        return Ok(());
    };
    let indexed = reader.posts_indexed(document)?;
    if indexed == told {
        return Ok(());
    }
    for row in indexed.iter().filter(|row| !told.contains(row)) {
        let message = format!("in place {} it has no post {} with the digest that the index has", row.place, row.key);
        add(Problem { fault: Fault::Altered, place: place(), message });
    }
    for post in told.iter().filter(|post| !indexed.contains(post)) {
        let message =
            format!("its post {} in place {} is not in the index, or says something else", post.key, post.place);
        add(Problem { fault: Fault::Altered, place: place(), message });
    }
    Ok(())
}
