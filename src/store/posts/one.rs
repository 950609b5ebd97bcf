//! One post with all that is known of it: its versions, its counts, what refers to it, what became of its media.

use std::collections::BTreeMap;

use rusqlite::{OptionalExtension as _, params};

use super::list::Cache;
use super::shown::{PostMedium, PostRow, PostView, Related, Seen, Version};
use crate::error::Result;
use crate::model::post::{PostMedia, RelationKind};
use crate::model::{Actor, Digest, DocumentId, ExchangeId, PostKey, SnapshotId};
use crate::store::reader::Reader;
use crate::store::rows::{named, timestamp};
use crate::store::sql::sql;

/// Versions, counts, names of one post, and posts that refer to one, that are given at most.
const MANY: i64 = 10_000;

impl Reader {
    /// A post with all that is known of it.
    pub fn post(&self, key: &PostKey) -> Result<Option<PostView>> {
        let view = || -> rusqlite::Result<Option<PostView>> {
            let Some((id, first)) = self.find_post(key)? else { return Ok(None) };
            let mut cache = Cache::default();
            let Some(row) = self.post_row(id, &key.to_string(), first, &mut cache)? else { return Ok(None) };
            let history = self.versions_of(id, &mut cache)?;
            let media = self.media_of_post(&history, &row)?;
            let names = self.names_of(id)?;
            Ok(Some(PostView { counts: self.counts_of(id)?, related: self.related(&row)?, media, names, history, row }))
        };
        view().map_err(sql(format!("cannot read the post {key}")))
    }

    fn versions_of(&self, id: i64, cache: &mut Cache) -> rusqlite::Result<Vec<Version>> {
        let mut select = self.db.prepare_cached(
            "SELECT v.form, v.digest, v.first, v.document, v.place,
                 (SELECT max(d.last) FROM post_seen e JOIN post_document d ON d.document = e.document WHERE e.version = v.id)
             FROM post_version v WHERE v.post = ?1 ORDER BY v.first, v.document, v.id LIMIT ?2",
        )?;
        let mut rows = select.query([id, MANY])?;
        let mut out = Vec::new();
        while let Some(row) = rows.next()? {
            let (first, document): (i64, i64) = (row.get(2)?, row.get(3)?);
            let last = row.get::<_, Option<i64>>(5)?.unwrap_or(first);
            let Some(post) = cache.post(self, document, row.get(4)?)? else { continue };
            let digest: [u8; 16] = row.get(1)?;
            let exchange = self.exchange_of(first, document)?;
            out.push(Version {
                form: row.get(0)?,
                digest: digest.iter().map(|octet| format!("{octet:02x}")).collect(),
                first: SnapshotId(first),
                last: SnapshotId(last),
                first_seen: self.begun(first)?,
                last_seen: self.begun(last)?,
                document: DocumentId(document),
                exchange: exchange.as_ref().map(|(id, _)| ExchangeId(*id)),
                url: exchange.map(|(_, url)| url),
                post,
            });
        }
        Ok(out)
    }

    /// The exchange of a snapshot that a document was read from, and the address that was asked.
    fn exchange_of(&self, snapshot: i64, document: i64) -> rusqlite::Result<Option<(i64, String)>> {
        self.db
            .prepare_cached(
                "SELECT e.id, coalesce(e.url, s.url, w.url) FROM document n
                     JOIN exchange e ON e.id >= ?1 * 4096 AND e.id < (?1 + 1) * 4096 AND e.payload = n.payload
                     JOIN snapshot s ON s.id = ?1 JOIN watch w ON w.id = s.watch
                 WHERE n.id = ?2 ORDER BY coalesce(e.url, s.url, w.url) = n.url DESC, e.id LIMIT 1",
            )?
            .query_row([snapshot, document], |row| Ok((row.get(0)?, row.get(1)?)))
            .optional()
    }

    /// What was counted, each time that it differs from the time before by the same route.
    fn counts_of(&self, id: i64) -> rusqlite::Result<Vec<Seen>> {
        let mut select = self.db.prepare_cached(
            "SELECT d.first, s.started_at, v.form, e.counts FROM post_version v JOIN post_seen e ON e.version = v.id
                 JOIN post_document d ON d.document = e.document JOIN snapshot s ON s.id = d.first
             WHERE v.post = ?1 AND e.counts IS NOT NULL ORDER BY d.first, e.document LIMIT ?2",
        )?;
        let mut rows = select.query([id, MANY])?;
        let mut before: BTreeMap<String, String> = BTreeMap::new();
        let mut out = Vec::new();
        while let Some(row) = rows.next()? {
            let (form, counts): (String, String) = (row.get(2)?, row.get(3)?);
            if before.insert(form.clone(), counts.clone()).as_ref() == Some(&counts) {
                continue;
            }
            let counts = serde_json::from_str(&counts).unwrap_or_default();
            out.push(Seen { snapshot: SnapshotId(row.get(0)?), at: timestamp(row.get(1)?), form, counts });
        }
        Ok(out)
    }

    /// Posts that refer to it, by its key or by an address of its.
    fn related(&self, row: &PostRow) -> rusqlite::Result<Vec<Related>> {
        let mut targets = vec![row.key.to_string()];
        targets.extend(row.post.url.iter().chain(&row.post.urls).cloned());
        let mut out = BTreeMap::new();
        for target in targets {
            for related in self.referring(&target, None)? {
                out.entry((related.at, related.kind.as_str(), related.key.clone())).or_insert(related);
            }
        }
        Ok(out.into_values().collect())
    }

    fn referring(&self, target: &str, kind: Option<RelationKind>) -> rusqlite::Result<Vec<Related>> {
        let mut select = self.db.prepare_cached(
            "SELECT DISTINCT r.kind, p.key, p.at FROM relation r JOIN post_version v ON v.id = r.version
                 JOIN post p ON p.id = v.post
             WHERE r.target = ?1 AND (?2 IS NULL OR r.kind = ?2) ORDER BY p.at, p.id LIMIT ?3",
        )?;
        let rows = select.query_map(params![target, kind.map(RelationKind::as_str), MANY], |row| {
            Ok((
                named("relation.kind", row.get_ref(0)?.as_str()?, RelationKind::parse)?,
                PostKey::parse(row.get_ref(1)?.as_str()?),
                timestamp(row.get(2)?),
            ))
        })?;
        let rows = rows.collect::<rusqlite::Result<Vec<_>>>()?;
        Ok(rows.into_iter().filter_map(|(kind, key, at)| Some(Related { kind, key: key?, at })).collect())
    }

    /// The answers to a post that are in the archive, in the order in which they were made.
    pub fn replies(&self, key: &PostKey) -> Result<Vec<PostKey>> {
        let found = self.referring(&key.to_string(), Some(RelationKind::Reply));
        found
            .map(|found| found.into_iter().map(|related| related.key).collect())
            .map_err(sql(format!("cannot read the answers to {key}")))
    }

    /// The media of a post and what became of them.
    pub fn post_media(&self, row: &PostRow) -> Result<Vec<PostMedium>> {
        let version = |document| Version {
            form: row.form.clone(),
            digest: String::new(),
            first: row.first,
            last: row.last,
            first_seen: row.first_seen,
            last_seen: row.last_seen,
            document,
            exchange: None,
            url: None,
            post: row.post.clone(),
        };
        self.media_of_post(&[version(row.document)], row)
            .map_err(sql(format!("cannot read the media of the post {}", row.key)))
    }

    fn media_of_post(&self, history: &[Version], row: &PostRow) -> rusqlite::Result<Vec<PostMedium>> {
        // A medium that is in no later version is still one of the post's.
        let mut all: Vec<(&PostMedia, i64)> = row.post.media.iter().map(|medium| (medium, row.document.0)).collect();
        for version in history.iter().rev() {
            for medium in &version.post.media {
                if !all.iter().any(|(known, _)| known.identity == medium.identity) {
                    all.push((medium, version.document.0));
                }
            }
        }
        all.into_iter().map(|(medium, document)| self.became_of(medium, document)).collect()
    }

    fn became_of(&self, medium: &PostMedia, document: i64) -> rusqlite::Result<PostMedium> {
        let mut out = PostMedium {
            medium: medium.clone(),
            url: None,
            exchange: None,
            media_type: None,
            payload: None,
            bytes: None,
            reason: None,
        };
        // Octets that are known by their digest are the medium, whatever address they were had from.
        if let Some(digest) = medium.expected.as_deref().and_then(self.rules().digest) {
            let held = self
                .db
                .prepare_cached(
                    "SELECT e.url, e.id, e.media_type, p.size FROM payload p JOIN exchange e ON e.id = p.exchange
                     WHERE p.digest = ?1 AND e.url IS NOT NULL",
                )?
                .query_row([digest.0], |row| {
                    let bytes = Some(row.get::<_, i64>(3)?.max(0) as u64);
                    Ok((row.get(0)?, ExchangeId(row.get(1)?), row.get(2)?, bytes))
                })
                .optional()?;
            if let Some((url, exchange, media_type, bytes)) = held {
                (out.url, out.exchange, out.media_type) = (url, Some(exchange), media_type);
                (out.payload, out.bytes) = (Some(digest), bytes);
                return Ok(out);
            }
        }
        let mut select = self.db.prepare_cached(
            "SELECT m.url, m.exchange, e.media_type, p.digest, p.size, m.reason FROM post_document d
                 JOIN snapshot s ON s.id IN (d.first, d.last) JOIN media m ON m.snapshot = s.media_of AND m.url = ?2
                 LEFT JOIN exchange e ON e.id = m.exchange LEFT JOIN payload p ON p.id = e.payload
             WHERE d.document = ?1 ORDER BY m.exchange IS NULL, s.id DESC LIMIT 1",
        )?;
        let addresses = medium.renditions.iter().map(|rendition| &rendition.url).chain(&medium.poster);
        for url in addresses {
            let found = select
                .query_row(params![document, url], |row| {
                    Ok(PostMedium {
                        url: row.get(0)?,
                        exchange: row.get::<_, Option<i64>>(1)?.map(ExchangeId),
                        media_type: row.get(2)?,
                        payload: row.get::<_, Option<[u8; 32]>>(3)?.map(Digest),
                        bytes: row.get::<_, Option<i64>>(4)?.map(|n| n.max(0) as u64),
                        reason: row.get(5)?,
                        medium: medium.clone(),
                    })
                })
                .optional()?;
            let Some(found) = found else { continue };
            if found.exchange.is_some() {
                return Ok(found);
            }
            out = found;
        }
        Ok(out)
    }

    /// What was called the author of a post.
    fn names_of(&self, id: i64) -> rusqlite::Result<Vec<Actor>> {
        let mut select = self.db.prepare_cached(
            "SELECT a.key, v.handle, v.name, v.description, v.verified, v.moved, a.url
             FROM post p JOIN actor a ON a.id = p.actor JOIN actor_version v ON v.actor = a.id
             WHERE p.id = ?1 ORDER BY v.first, v.document, v.id LIMIT ?2",
        )?;
        let rows = select.query_map([id, MANY], |row| {
            Ok(PostKey::parse(row.get_ref(0)?.as_str()?)
                .map(|key| (key, row.get(1), row.get(2), row.get(3), row.get(4), row.get(5), row.get(6))))
        })?;
        let mut out = Vec::new();
        for row in rows {
            if let Some((key, handle, name, description, verified, moved, url)) = row? {
                let actor = Actor::new(key);
                out.push(Actor {
                    handle: handle?,
                    name: name?,
                    description: description?,
                    verified: verified?,
                    moved: moved?,
                    url: url?,
                    ..actor
                });
            }
        }
        Ok(out)
    }
}
