//! What the index says of documents, and what these say themselves: for those who verify.

use rusqlite::{OptionalExtension as _, params};

use super::keep::half;
use super::read::counts;
use super::{index, read};
use crate::error::Result;
use crate::model::{Digest, DocumentId, PostKey};
use crate::store::reader::Reader;
use crate::store::sql::sql;

/// A post of a document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Witnessed {
    /// Its place among the posts of the document.
    pub place: i64,
    /// By what it is known.
    pub key: PostKey,
    /// The route by which the document was had.
    pub form: String,
    /// First half of the digest of its content.
    pub digest: [u8; 16],
}

impl Reader {
    /// The posts are told by these rules: with others, or none, nothing can be compared.
    pub fn tells_posts(&self) -> Result<bool> {
        let Some(rules) = self.posts else { return Ok(false) };
        index::is_of(&self.db, &rules).map_err(sql("cannot see how posts are told"))
    }

    /// Documents whose posts are in the index, in their order, at most `limit` after one.
    pub fn post_documents(&self, after: DocumentId, limit: u32) -> Result<Vec<DocumentId>> {
        self.db
            .prepare_cached("SELECT document FROM post_document WHERE document > ?1 ORDER BY document LIMIT ?2")
            .and_then(|mut select| {
                select.query_map(params![after.0, limit], |row| row.get(0).map(DocumentId))?.collect()
            })
            .map_err(sql("cannot read which documents have posts"))
    }

    /// The posts of a document as the index has them.
    pub fn posts_indexed(&self, document: DocumentId) -> Result<Vec<Witnessed>> {
        self.db
            .prepare_cached(
                "SELECT e.place, p.key, v.form, v.digest FROM post_seen e LEFT JOIN post_version v ON v.id = e.version
                     LEFT JOIN post p ON p.id = v.post WHERE e.document = ?1 ORDER BY e.place",
            )
            .and_then(|mut select| {
                let rows = select.query_map([document.0], |row| {
                    let key = row.get_ref(1)?.as_str_or_null()?.and_then(PostKey::parse);
                    Ok(Witnessed {
                        place: row.get(0)?,
                        // A row that names no post is like none.
                        key: key.unwrap_or_else(|| PostKey::new(crate::model::Platform::Web, "", "")),
                        form: row.get::<_, Option<String>>(2)?.unwrap_or_default(),
                        digest: row.get::<_, Option<[u8; 16]>>(3)?.unwrap_or_default(),
                    })
                })?;
                rows.collect()
            })
            .map_err(sql(format!("cannot read which posts document {document} has")))
    }

    /// The posts of a document as it says them; `None`: there is no such document.
    pub fn posts_told(&self, document: DocumentId) -> Result<Option<Vec<Witnessed>>> {
        self.witnessed(document).map_err(sql(format!("cannot read the posts of document {document}")))
    }

    fn witnessed(&self, document: DocumentId) -> rusqlite::Result<Option<Vec<Witnessed>>> {
        let Some(rules) = self.posts else { return Ok(None) };
        let base = self
            .db
            .prepare_cached("SELECT base FROM post_document WHERE document = ?1")?
            .query_row([document.0], |row| row.get::<_, Option<String>>(0))
            .optional()?
            .flatten();
        let Some(told) = read::told(&self.db, document.0, base.as_deref(), &rules)? else { return Ok(None) };
        let mut known = std::collections::HashSet::new();
        let posts = told.posts.iter().enumerate().filter(|(place, _)| counts(*place, base.as_deref()));
        let first = posts.filter(|(_, post)| known.insert(&post.key));
        let out = first.map(|(place, post)| Witnessed {
            place: place as i64,
            key: post.key.clone(),
            form: told.form.clone(),
            digest: half(&Digest::of(post.content().as_bytes())),
        });
        Ok(Some(out.collect()))
    }

    /// Rows of the index that no other bears out: each in words, at most `limit`.
    pub fn posts_astray(&self, limit: u32) -> Result<Vec<String>> {
        let selects = [
            "SELECT 'version ' || v.id || ' of a post is not in document ' || v.document FROM post_version v
                 LEFT JOIN post_seen e ON e.document = v.document AND e.place = v.place AND e.version = v.id
                 LEFT JOIN post p ON p.id = v.post WHERE e.version IS NULL OR p.id IS NULL LIMIT ?1",
            "SELECT 'post ' || p.key || ' has no version' FROM post p
                 WHERE NOT EXISTS (SELECT 1 FROM post_version v WHERE v.post = p.id) LIMIT ?1",
            "SELECT 'document ' || e.document || ' is said to have posts, and is not in the index' FROM post_seen e
                 LEFT JOIN post_document d ON d.document = e.document WHERE d.document IS NULL
                 GROUP BY e.document LIMIT ?1",
            "SELECT 'media of version ' || m.version || ', which is not there' FROM post_media m
                 LEFT JOIN post_version v ON v.id = m.version WHERE v.id IS NULL GROUP BY m.version LIMIT ?1",
            "SELECT 'relations of version ' || r.version || ', which is not there' FROM relation r
                 LEFT JOIN post_version v ON v.id = r.version WHERE v.id IS NULL GROUP BY r.version LIMIT ?1",
        ];
        let mut out = Vec::new();
        for select in selects {
            let rows = self.db.prepare(select).and_then(|mut select| {
                select.query_map([limit], |row| row.get(0))?.collect::<Result<Vec<String>, _>>()
            });
            out.extend(rows.map_err(sql("cannot read the index of posts"))?);
        }
        Ok(out)
    }
}
