//! Lists of posts, each as it was seen last.

use jiff::Timestamp;
use rusqlite::{OptionalExtension as _, params, params_from_iter, types::Value};

use super::read::{Told, told};
use super::shown::{PostRow, Vanished};
use super::{PAGE, PostRules, index};
use crate::error::Result;
use crate::model::{DocumentId, Manner, Platform, Post, PostKey, PostState, Presence, SnapshotId};
use crate::store::lists::{self, Filter};
use crate::store::reader::Reader;
use crate::store::rows::{named, timestamp};
use crate::store::sql::sql;

/// Which posts are meant; every part that is set has to hold.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PostFilter {
    /// Shown by any of these snapshots.
    pub shown_by: Option<Filter>,
    /// Of any of these platforms.
    pub platforms: Vec<Platform>,
    /// By any of these: handle, name, address or key of an account, as it was ever called.
    pub authors: Vec<String>,
    /// Made (or, where that is not told, first seen) at or after …
    pub since: Option<Timestamp>,
    /// … and before.
    pub until: Option<Timestamp>,
    /// Of any of these keys.
    pub keys: Vec<PostKey>,
    /// Only those that answer nothing that is in the archive: where threads begin.
    pub roots: bool,
}

/// The documents that snapshots `s` with a condition show, as the index has them.
fn shown_by(condition: &str) -> String {
    format!(
        "p.id IN (WITH h (document) AS (
             SELECT s.document FROM snapshot s WHERE {condition}
             UNION SELECT g.document FROM snapshot s JOIN page g ON g.snapshot = s.id WHERE {condition})
         SELECT v.post FROM h JOIN document d ON d.id = h.document
             JOIN document n ON n.payload = d.payload AND n.url = d.url AND n.asked IS d.asked
             JOIN post_seen e ON e.document = n.id JOIN post_version v ON v.id = e.version)"
    )
}

/// Versions of `p` that answer a post which is in the archive.
const ANSWERS: &str = "SELECT 1 FROM post_version v JOIN relation r ON r.version = v.id JOIN post t ON t.key = r.target
     WHERE v.post = p.id AND r.kind = 'reply' AND t.id <> p.id";

fn conditions(filter: &PostFilter) -> (String, Vec<Value>) {
    let (mut out, mut values) = (vec!["1".to_owned()], Vec::new());
    if let Some(shown) = filter.shown_by.as_ref().filter(|shown| **shown != Filter::default()) {
        let (condition, of) = lists::conditions(shown, SnapshotId(0));
        out.push(shown_by(&condition));
        values.extend(of.iter().cloned().chain(of.iter().cloned()));
    }
    if !filter.platforms.is_empty() {
        out.push(format!("p.platform IN ({})", lists::marks(filter.platforms.len())));
        values.extend(filter.platforms.iter().map(|platform| Value::Text(platform.as_str().to_owned())));
    }
    if !filter.authors.is_empty() {
        let one = "p.actor IN (SELECT v.actor FROM actor_version v JOIN actor a ON a.id = v.actor
             WHERE v.handle = ? COLLATE NOCASE OR v.name = ? OR a.key = ? OR a.url = ?)";
        out.push(format!("({})", vec![one; filter.authors.len()].join(" OR ")));
        for author in &filter.authors {
            let bare = Value::Text(author.trim_start_matches('@').to_owned());
            let whole = Value::Text(author.clone());
            values.extend([bare.clone(), bare, whole.clone(), whole]);
        }
    }
    for (moment, sign) in [(filter.since, ">="), (filter.until, "<")] {
        if let Some(moment) = moment {
            out.push(format!("p.at {sign} ?"));
            values.push(Value::Integer(moment.as_millisecond()));
        }
    }
    if !filter.keys.is_empty() {
        out.push(format!("p.key IN ({})", lists::marks(filter.keys.len())));
        values.extend(filter.keys.iter().map(|key| Value::Text(key.to_string())));
    }
    if filter.roots {
        out.push(format!("NOT EXISTS ({ANSWERS})"));
    }
    (out.join(" AND "), values)
}

/// The posts of the document that was read last: most that follow are of the same one.
#[derive(Default)]
pub(super) struct Cache {
    last: Option<(i64, Told)>,
}

impl Cache {
    pub fn post(&mut self, reader: &Reader, document: i64, place: i64) -> rusqlite::Result<Option<Post>> {
        if self.last.as_ref().is_none_or(|(id, _)| *id != document) {
            self.last = reader.told(document)?.map(|told| (document, told));
        }
        let posts = self.last.as_ref().map(|(_, told)| &told.posts);
        Ok(posts.and_then(|posts| posts.get(usize::try_from(place).ok()?)).cloned())
    }
}

/// A sighting, as the index has it.
struct Sighting {
    form: String,
    state: PostState,
    document: i64,
    place: i64,
    last: i64,
}

const SIGHTING: &str = "SELECT v.form, v.state, e.document, e.place, d.last FROM post_version v
     JOIN post_seen e ON e.version = v.id JOIN post_document d ON d.document = e.document WHERE v.post = ?1";

fn sighting(row: &rusqlite::Row<'_>) -> rusqlite::Result<Sighting> {
    Ok(Sighting {
        form: row.get(0)?,
        state: named("post_version.state", row.get_ref(1)?.as_str()?, PostState::parse)?,
        document: row.get(2)?,
        place: row.get(3)?,
        last: row.get(4)?,
    })
}

impl Reader {
    pub(super) fn rules(&self) -> PostRules {
        self.posts.unwrap_or(PostRules { version: 0, posts: |_, _| Vec::new(), digest: |_| None })
    }

    fn told(&self, document: i64) -> rusqlite::Result<Option<Told>> {
        let base = self
            .db
            .prepare_cached("SELECT base FROM post_document WHERE document = ?1")?
            .query_row([document], |row| row.get::<_, Option<String>>(0))
            .optional()?;
        told(&self.db, document, base.flatten().as_deref(), &self.rules())
    }

    /// Snapshots whose posts are not in the index yet.
    pub fn posts_not_indexed(&self) -> Result<u64> {
        index::waiting(&self.db).map_err(sql("cannot see which posts are indexed"))
    }

    /// Posts, those made last first.
    pub fn posts(&self, filter: &PostFilter, limit: u64) -> Result<Vec<PostRow>> {
        let mut out = Vec::new();
        self.posts_in_order(filter, limit, &mut |row| {
            out.push(row);
            Ok(())
        })?;
        Ok(out)
    }

    /// Hands on posts one after another, those made last first: of any number.
    pub fn each_post(&self, filter: &PostFilter, work: &mut dyn FnMut(PostRow) -> Result<()>) -> Result<()> {
        self.posts_in_order(filter, u64::MAX, work)
    }

    fn posts_in_order(
        &self,
        filter: &PostFilter,
        limit: u64,
        work: &mut dyn FnMut(PostRow) -> Result<()>,
    ) -> Result<()> {
        let what = || "cannot list the posts";
        let (conditions, mut values) = conditions(filter);
        values.push(Value::Integer(i64::try_from(limit).unwrap_or(i64::MAX)));
        let mut select = self
            .db
            .prepare(&format!(
                "SELECT p.id, p.key, p.first FROM post p WHERE {conditions} ORDER BY p.at DESC, p.id DESC LIMIT ?"
            ))
            .map_err(sql(what()))?;
        let mut rows = select.query(params_from_iter(values)).map_err(sql(what()))?;
        let mut cache = Cache::default();
        while let Some(row) = rows.next().map_err(sql(what()))? {
            let found = (|| self.post_row(row.get(0)?, row.get_ref(1)?.as_str()?, row.get(2)?, &mut cache))();
            if let Some(found) = found.map_err(sql(what()))? {
                work(found)?;
            }
        }
        Ok(())
    }

    pub(super) fn post_row(
        &self,
        id: i64,
        key: &str,
        first: i64,
        cache: &mut Cache,
    ) -> rusqlite::Result<Option<PostRow>> {
        // Of what one look shows by several routes, the one that tells most.
        let newest = |and: &str| {
            self.db
                .prepare_cached(&format!("{SIGHTING} {and} ORDER BY d.last DESC, v.size DESC, e.document LIMIT 1"))?
                .query_row([id], sighting)
                .optional()
        };
        let Some(now) = newest("")? else { return Ok(None) };
        let Some(mut post) = cache.post(self, now.document, now.place)? else { return Ok(None) };
        let mut says = &now;
        let before;
        if now.state != PostState::Present && post.text.is_empty() && post.media.is_empty() {
            before = newest("AND v.state = 'present'")?;
            if let Some(there) = &before
                && let Some(words) = cache.post(self, there.document, there.place)?
            {
                (post, says) = (words, there);
            }
        }
        let versions: u32 = self
            .db
            .prepare_cached(
                "SELECT max(n) FROM (SELECT count(*) AS n FROM post_version WHERE post = ?1 GROUP BY form)",
            )?
            .query_row([id], |row| row.get(0))?;
        if let Some(author) = post.author.as_mut().filter(|author| author.name.is_none() && author.handle.is_none()) {
            // A route that gives the number of the account only: others gave its name.
            let known = self
                .db
                .prepare_cached("SELECT handle, name FROM actor WHERE key = ?1")?
                .query_row([author.key.to_string()], |row| Ok((row.get(0)?, row.get(1)?)))
                .optional()?;
            (author.handle, author.name) = known.unwrap_or_default();
        }
        let parsed = PostKey::parse(key).unwrap_or_else(|| post.key.clone());
        let vanished = self.vanished_post(&parsed, &post, &now)?;
        Ok(Some(PostRow {
            key: parsed,
            state: now.state,
            vanished,
            first: SnapshotId(first),
            first_seen: self.begun(first)?,
            last: SnapshotId(now.last),
            last_seen: self.begun(now.last)?,
            versions,
            form: says.form.clone(),
            document: DocumentId(says.document),
            place: u32::try_from(says.place).unwrap_or(u32::MAX),
            post,
        }))
    }

    pub(super) fn begun(&self, snapshot: i64) -> rusqlite::Result<Timestamp> {
        let at = self
            .db
            .prepare_cached("SELECT started_at FROM snapshot WHERE id = ?1")?
            .query_row([snapshot], |row| row.get::<_, i64>(0))
            .optional()?;
        Ok(at.map_or(Timestamp::UNIX_EPOCH, timestamp))
    }

    /// What the ledger says of a post since it was seen last: of the comment, of the page that it is the head of, of its own page where
    /// a list showed it; what was said below a page of the web is gone with it.
    fn vanished_post(&self, key: &PostKey, post: &Post, now: &Sighting) -> rusqlite::Result<Option<Vanished>> {
        let own = key.id.rsplit_once('#').map_or(key.id.as_str(), |(_, own)| own);
        self.db
            .prepare_cached(
                "SELECT r.state, r.manner, r.missing_since FROM snapshot s CROSS JOIN presence r
                     ON r.watch IN (SELECT watch FROM snapshot WHERE id = ?1 UNION SELECT id FROM watch WHERE key = ?7)
                 WHERE s.id = ?1 AND r.state <> 'present'
                     AND EXISTS (SELECT 1 FROM presence_step t WHERE t.presence = r.id AND t.snapshot > ?1)
                     AND ((r.subject = 'page' AND (r.watch <> s.watch OR ((?2 = 0 OR ?8) AND
                             (SELECT kind FROM document WHERE id = ?3) NOT IN ('listing', 'profile', 'feed'))))
                         OR (r.subject = 'comment' AND ?4 = 'comment' AND r.key IN (?5, ?6, ?7)))
                 ORDER BY r.subject = 'comment' DESC LIMIT 1",
            )?
            .query_row(
                params![now.last, now.place, now.document, post.kind.as_str(), own, key.id, post.url, now.form == PAGE],
                |row| {
                    Ok(Vanished {
                        state: named("presence.state", row.get_ref(0)?.as_str()?, Presence::parse)?,
                        manner: named("presence.manner", row.get_ref(1)?.as_str()?, Manner::parse)?,
                        since: timestamp(row.get(2)?),
                    })
                },
            )
            .optional()
    }

    /// The key of the post with an address; none: there is none.
    pub fn post_key_at(&self, url: &str) -> Result<Option<PostKey>> {
        self.db
            .prepare_cached("SELECT key FROM post WHERE url = ?1 ORDER BY id LIMIT 1")
            .and_then(|mut select| select.query_row([url], |row| row.get::<_, String>(0)).optional())
            .map(|key| key.as_deref().and_then(PostKey::parse))
            .map_err(sql("cannot look for a post"))
    }

    /// A post as it was seen last.
    pub fn post_as_seen(&self, key: &PostKey) -> Result<Option<PostRow>> {
        self.find_post(key)
            .and_then(|found| match found {
                Some((id, first)) => self.post_row(id, &key.to_string(), first, &mut Cache::default()),
                None => Ok(None),
            })
            .map_err(sql(format!("cannot read the post {key}")))
    }

    pub(super) fn find_post(&self, key: &PostKey) -> rusqlite::Result<Option<(i64, i64)>> {
        self.db
            .prepare_cached("SELECT id, first FROM post WHERE key = ?1")?
            .query_row([key.to_string()], |row| Ok((row.get(0)?, row.get(1)?)))
            .optional()
    }
}
