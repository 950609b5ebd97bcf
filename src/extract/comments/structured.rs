//! Comments of JSON-LD, where the markup shows none.

use serde_json::Value;

use super::super::address;
use super::super::dates;
use super::super::entities::plain;
use super::super::jsonld::{self, Facts};
use super::super::page::Context;
use crate::model::Comment;

/// `upvoteCount`, or what an `InteractionCounter` of likes says.
fn likes(value: &Value) -> Option<i64> {
    let count = |value: &Value| value.as_i64().or_else(|| value.as_str()?.trim().parse().ok());
    let counter = |value: &Value| {
        let what = jsonld::text(value.get("interactionType").map(|t| t.get("@type").unwrap_or(t)))?;
        let likes = what.rsplit('/').next() == Some("LikeAction");
        likes.then(|| value.get("userInteractionCount").and_then(count))?
    };
    let own = value.get("upvoteCount").and_then(count);
    own.or_else(|| match value.get("interactionStatistic")? {
        Value::Array(counters) => counters.iter().take(20).find_map(counter),
        one => counter(one),
    })
}

/// Turns `schema.org/Comment` objects into comments.
pub(super) fn read(facts: &Facts, context: &Context<'_>) -> Vec<Comment> {
    let mut comments: Vec<Comment> = Vec::with_capacity(facts.comments.len());
    for (value, parent) in &facts.comments {
        let get = |key: &str| value.get(key);
        let depth = parent.and_then(|p| comments.get(p)).map_or(0, |p| p.depth.saturating_add(1));
        let link = |v| jsonld::text(v).and_then(|u| address::with_fragment(&u, context.base));
        comments.push(Comment {
            id: jsonld::text(get("@id").or_else(|| get("identifier"))),
            author: jsonld::names(get("author")).into_iter().next().filter(|n| !n.is_empty()),
            author_url: link(get("author").and_then(|a| a.get("url"))),
            time: jsonld::text(get("datePublished").or_else(|| get("dateCreated")))
                .and_then(|t| dates::when(&t, "json-ld", context.ways)),
            text: get("text").and_then(|t| t.as_str()).map(plain).unwrap_or_default(),
            depth,
            parent: parent.and_then(|p| u32::try_from(p).ok()),
            permalink: link(get("url")),
            likes: likes(value),
            ..Comment::default()
        });
    }
    comments
}
