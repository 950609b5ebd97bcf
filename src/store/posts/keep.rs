//! The rows of one document's posts.

use std::collections::{HashMap, HashSet};

use rusqlite::{Connection, OptionalExtension as _, params};

use super::remove;
use crate::model::{Actor, Digest, Post, PostKey};

/// Where and when posts are seen.
#[derive(Clone, Copy)]
pub(super) struct Witness {
    pub document: i64,
    /// The first snapshot that shows it …
    pub first: i64,
    /// … and when that was begun.
    pub at: i64,
}

/// Keeps what one document shows.
pub(super) struct Keeper<'a> {
    db: &'a Connection,
    witness: Witness,
    posts: HashSet<PostKey>,
    /// Those that were met already: most posts of an answer are of few accounts.
    actors: HashMap<[u8; 16], i64>,
}

/// The first half of a digest: enough to tell what one archive holds apart.
pub(super) fn half(digest: &Digest) -> [u8; 16] {
    digest.0.first_chunk::<16>().copied().unwrap_or_default()
}

/// What makes a version of an account.
fn version(actor: &Actor) -> [u8; 16] {
    let verified = actor.verified.map(|verified| if verified { "1" } else { "0" });
    let all = [
        Some(actor.key.to_string()),
        actor.handle.clone(),
        actor.name.clone(),
        actor.description.clone(),
        verified.map(str::to_owned),
        actor.moved.clone(),
    ];
    half(&Digest::of(serde_json::to_string(&all).unwrap_or_default().as_bytes()))
}

impl<'a> Keeper<'a> {
    pub fn new(db: &'a Connection, witness: Witness) -> Self {
        Self { db, witness, posts: HashSet::new(), actors: HashMap::new() }
    }

    /// An account; its number.
    pub fn actor(&mut self, actor: &Actor) -> rusqlite::Result<i64> {
        let digest = version(actor);
        if let Some(id) = self.actors.get(&digest) {
            return Ok(*id);
        }
        let (db, witness, key) = (self.db, self.witness, actor.key.to_string());
        let known = db
            .prepare_cached("SELECT id FROM actor WHERE key = ?1")?
            .query_row([&key], |row| row.get::<_, i64>(0))
            .optional()?;
        let id = match known {
            Some(id) => id,
            None => db
                .prepare_cached("INSERT INTO actor (key, handle, name, url) VALUES (?1, ?2, ?3, ?4) RETURNING id")?
                .query_row(params![key, actor.handle, actor.name, actor.url], |row| row.get(0))?,
        };
        let seen = db
            .prepare_cached("SELECT id, first, document FROM actor_version WHERE actor = ?1 AND digest = ?2")?
            .query_row(params![id, digest], |row| Ok((row.get::<_, i64>(0)?, [row.get::<_, i64>(1)?, row.get(2)?])))
            .optional()?;
        let is_first = seen.is_none_or(|(_, first)| [witness.first, witness.document] < first);
        let version = match seen {
            Some((version, _)) => {
                if is_first {
                    db.prepare_cached("UPDATE actor_version SET first = ?2, document = ?3 WHERE id = ?1")?
                        .execute([version, witness.first, witness.document])?;
                }
                version
            }
            None => db
                .prepare_cached(
                    "INSERT INTO actor_version (actor, digest, handle, name, description, verified, moved, document, first)
                     VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9) RETURNING id",
                )?
                .query_row(
                    params![
                        id,
                        digest,
                        actor.handle,
                        actor.name,
                        actor.description,
                        actor.verified,
                        actor.moved,
                        witness.document,
                        witness.first
                    ],
                    |row| row.get(0),
                )?,
        };
        db.prepare_cached("INSERT OR IGNORE INTO actor_seen (document, version) VALUES (?1, ?2)")?
            .execute([witness.document, version])?;
        if known.is_some() && is_first {
            remove::settle_actor(db, id)?;
        }
        self.actors.insert(digest, id);
        Ok(id)
    }

    /// A post; of several with one key, what stands first counts.
    pub fn post(&mut self, place: usize, post: &Post, form: &str) -> rusqlite::Result<()> {
        if !self.posts.insert(post.key.clone()) {
            return Ok(());
        }
        let (db, witness, key) = (self.db, self.witness, post.key.to_string());
        let actor = post.author.as_ref().map(|actor| self.actor(actor)).transpose()?;
        post.via.iter().try_for_each(|via| self.actor(via).map(|_| ()))?;
        let created = post.created.as_ref().and_then(|when| when.at).map(|at| at.as_millisecond());
        let known = db
            .prepare_cached("SELECT id FROM post WHERE key = ?1")?
            .query_row([&key], |row| row.get::<_, i64>(0))
            .optional()?;
        let id = match known {
            Some(id) => id,
            None => db
                .prepare_cached(
                    "INSERT INTO post (key, platform, authority, kind, url, actor, created_at, first, at)
                     VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9) RETURNING id",
                )?
                .query_row(
                    params![
                        key,
                        post.key.platform.as_str(),
                        post.key.authority,
                        post.kind.as_str(),
                        post.url,
                        actor,
                        created,
                        witness.first,
                        created.map_or(witness.at, |created| created.min(witness.at)),
                    ],
                    |row| row.get(0),
                )?,
        };
        let content = post.content();
        let digest = half(&Digest::of(content.as_bytes()));
        let seen = db
            .prepare_cached(
                "SELECT id, first, document FROM post_version WHERE post = ?1 AND form = ?2 AND digest = ?3",
            )?
            .query_row(params![id, form, digest], |row| {
                Ok((row.get::<_, i64>(0)?, [row.get::<_, i64>(1)?, row.get(2)?]))
            })
            .optional()?;
        let is_first = seen.is_none_or(|(_, first)| [witness.first, witness.document] < first);
        let version = match seen {
            Some((version, _)) => {
                if is_first {
                    db.prepare_cached(
                        "UPDATE post_version SET document = ?2, place = ?3, first = ?4, seen_at = ?5 WHERE id = ?1",
                    )?
                    .execute([
                        version,
                        witness.document,
                        place as i64,
                        witness.first,
                        witness.at,
                    ])?;
                }
                version
            }
            None => self.version(
                post,
                params![
                    id,
                    form,
                    digest,
                    content.len() as i64,
                    witness.document,
                    place as i64,
                    witness.first,
                    witness.at,
                    post.kind.as_str(),
                    post.state.as_str(),
                    post.url,
                    actor,
                    created
                ],
            )?,
        };
        let counts = (!post.counts.is_empty()).then(|| serde_json::to_string(&post.counts)).transpose();
        let counts = counts.map_err(|e| rusqlite::Error::ToSqlConversionFailure(Box::new(e)))?;
        db.prepare_cached("INSERT INTO post_seen (document, place, version, counts) VALUES (?1, ?2, ?3, ?4)")?
            .execute(params![witness.document, place as i64, version, counts])?;
        if known.is_some() && is_first {
            remove::settle(db, id)?;
        }
        Ok(())
    }

    /// A version that was not there, with its media and relations.
    fn version(&self, post: &Post, columns: &[&dyn rusqlite::ToSql]) -> rusqlite::Result<i64> {
        let db = self.db;
        let version: i64 = db
            .prepare_cached(
                "INSERT INTO post_version (post, form, digest, size, document, place, first, seen_at, kind, state, url, actor,
                     created_at)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13) RETURNING id",
            )?
            .query_row(columns, |row| row.get(0))?;
        let mut medium = db.prepare_cached("INSERT INTO post_media VALUES (?1, ?2, ?3, ?4, ?5, ?6)")?;
        for (n, one) in post.media.iter().enumerate() {
            let best = one.best().map(|best| &best.url);
            medium.execute(params![version, n as i64, one.kind.as_str(), one.identity, best, one.state.as_str()])?;
        }
        let mut relation = db.prepare_cached("INSERT INTO relation VALUES (?1, ?2, ?3, ?4, ?5)")?;
        for (n, one) in post.relations.iter().enumerate() {
            relation.execute(params![version, n as i64, one.kind.as_str(), one.target(), one.state.as_str()])?;
        }
        Ok(version)
    }
}
