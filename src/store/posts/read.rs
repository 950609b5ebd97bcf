//! The posts of a document: as the adapter read them, or as the rules make them of what the general reader read.

use rusqlite::{Connection, OptionalExtension as _};
use serde::Deserialize;
use url::Url;

use super::{PAGE, PostRules};
use crate::model::{Actor, Document, DocumentId, Finding, Post, Social};
use crate::store::thread;

/// What a document tells of posts.
#[derive(Debug, Default)]
pub(super) struct Told {
    /// In their order: places count from here.
    pub posts: Vec<Post>,
    /// The account that it is about.
    pub actor: Option<Actor>,
    /// By which route it was had.
    pub form: String,
    /// Octets that were read for it.
    pub octets: usize,
}

/// The part of a document that an adapter read.
#[derive(Deserialize)]
struct Adapted {
    #[serde(default)]
    social: Option<Box<Social>>,
}

/// Reads the posts of a document; `base` is the address of the first page of its thread, if it is a further one. `None`: there is
/// no such document. What cannot be read is for `verify` to tell.
pub(super) fn told(db: &Connection, id: i64, base: Option<&str>, rules: &PostRules) -> rusqlite::Result<Option<Told>> {
    let found = db
        .prepare_cached("SELECT json, url, asked IS NOT NULL FROM document WHERE id = ?1")?
        .query_row([id], |row| Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?, row.get::<_, bool>(2)?)))
        .optional()?;
    let Some((json, url, adapted)) = found else { return Ok(None) };
    let octets = json.len();
    if adapted && let Ok(Adapted { social: Some(social) }) = serde_json::from_str(&json) {
        let Social { asked, verdict, posts, actor, .. } = *social;
        let form = asked.route;
        // What the adapter does not understand was read as any page is; behind a wall there is nothing.
        if !posts.is_empty() || actor.is_some() || verdict.finding != Finding::ParseError {
            return Ok(Some(Told { posts, actor, form, octets }));
        }
    }
    let Ok(mut document) = serde_json::from_str::<Document>(&json) else {
        return Ok(Some(Told { form: PAGE.into(), octets, ..Told::default() }));
    };
    document.comments = thread::comments(db, DocumentId(id))?;
    if base.is_some() {
        // What the page gives as its own address is that of the page, not of the thread.
        document.canonical = None;
    }
    let posts = Url::parse(base.unwrap_or(&url)).map_or_else(|_| Vec::new(), |url| (rules.posts)(&document, &url));
    Ok(Some(Told { posts, actor: None, form: PAGE.into(), octets }))
}

/// Of a further page only the answers are posts of their own: its head is the post of the first page once more.
pub(super) fn counts(place: usize, base: Option<&str>) -> bool {
    place > 0 || base.is_none()
}
