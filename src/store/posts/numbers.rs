//! Which identifiers of one authority are known: of its posts, and of media that have numbers of their own. By the keys, in
//! their order in the index, so that it costs what the authority has and nothing more.

use rusqlite::params;

use crate::error::Result;
use crate::model::{PostKey, SnapshotId, WatchId};
use crate::store::reader::Reader;
use crate::store::sql::sql;

const POSTS: &str = "SELECT id, key, first FROM post WHERE key >= ?1 AND key < ?2 ORDER BY key LIMIT ?3";
const MEDIA: &str =
    "SELECT m.identity FROM post_version v CROSS JOIN post_media m ON m.version = v.id WHERE v.post = ?1";
const NAMED: &str = "SELECT identity FROM item WHERE list = ?1 AND identity >= ?2 AND identity < ?3 LIMIT ?4";

/// A post that is known of an authority.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KnownPost {
    /// Its key.
    pub key: PostKey,
    /// The snapshot that shows it first.
    pub first: SnapshotId,
    /// By what its media are known, over all its versions.
    pub media: Vec<String>,
}

impl Reader {
    /// The posts whose authority is that of `of`, at most so many.
    pub fn known_posts(&self, of: &PostKey, limit: u64) -> Result<Vec<KnownPost>> {
        let (from, to) = range(of);
        let read = || {
            let mut select = self.db.prepare_cached(POSTS)?;
            let mut media = self.db.prepare_cached(MEDIA)?;
            let mut rows = select.query(params![from, to, i64::try_from(limit).unwrap_or(i64::MAX)])?;
            let mut out = Vec::new();
            while let Some(row) = rows.next()? {
                let Some(key) = PostKey::parse(row.get_ref(1)?.as_str()?) else { continue };
                let media = media.query_map([row.get::<_, i64>(0)?], |row| row.get(0))?;
                let media = media.collect::<rusqlite::Result<Vec<String>>>()?;
                out.push(KnownPost { key, first: SnapshotId(row.get(2)?), media });
            }
            rusqlite::Result::Ok(out)
        };
        read().map_err(sql(format!("cannot read which posts of {} are known", of.authority)))
    }
}

impl Reader {
    /// The posts of the authority of `of` that a list has named, by their keys, at most so many.
    pub fn named_posts(&self, list: WatchId, of: &PostKey, limit: u64) -> Result<Vec<PostKey>> {
        let (from, to) = range(of);
        let read = || {
            let mut select = self.db.prepare_cached(NAMED)?;
            let limit = i64::try_from(limit).unwrap_or(i64::MAX);
            let rows = select.query_map(params![list.0, from, to, limit], |row| row.get::<_, String>(0))?;
            let keys = rows.map(|key| Ok(PostKey::parse(&key?))).collect::<rusqlite::Result<Vec<_>>>()?;
            rusqlite::Result::Ok(keys.into_iter().flatten().collect())
        };
        read().map_err(sql("cannot read which posts a list has named"))
    }
}

/// What the keys of one authority's posts lie between.
fn range(of: &PostKey) -> (String, String) {
    // The sign behind the stroke ends what begins with it.
    (format!("{}:{}/", of.platform, of.authority), format!("{}:{}0", of.platform, of.authority))
}

#[cfg(test)]
#[path = "numbers_tests.rs"]
mod tests;
