//! What an archive has of posts, for stories.

use std::collections::BTreeMap;

use keepfast::model::Post;
use serde_json::Value;

use crate::world::World;

/// Looks at everything after so many seconds.
#[track_caller]
pub fn look(world: &World, after: i64) {
    world.time_passes(after);
    let ended = world.keepfast(&["run", "--all"]);
    assert!((0..=1).contains(&ended.code), "{}", ended.err);
}

/// Rows of the export, one for each snapshot.
#[track_caller]
pub fn rows(world: &World) -> Vec<Value> {
    let out = world.keepfast(&["export", "--format", "jsonl"]).well().out;
    out.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// The posts of all documents by their keys, as the last one that shows them has them: what was asked for itself before what
/// stands in lists and what witnesses say.
#[track_caller]
pub fn posts(world: &World) -> BTreeMap<String, Post> {
    let mut out = BTreeMap::new();
    let witness = "asked LIKE '% oembed %' OR asked LIKE '% activitypub %' OR asked LIKE '% page %'";
    for json in world.column(&format!("SELECT json FROM document ORDER BY ({witness}) DESC, kind <> 'profile', id")) {
        let document: Value = serde_json::from_str(&json).unwrap();
        for post in document["social"]["posts"].as_array().into_iter().flatten() {
            let post: Post = serde_json::from_value(post.clone()).unwrap();
            out.insert(post.key.to_string(), post);
        }
    }
    out
}

/// The outcome of the last look at a URL.
#[track_caller]
pub fn last(world: &World, url: &str) -> String {
    world.one(&format!(
        "SELECT s.outcome FROM snapshot s JOIN watch w ON w.id = s.watch WHERE w.url = '{url}' ORDER BY s.id DESC LIMIT 1"
    ))
}

/// The words of the last snapshot of a URL that has any.
#[track_caller]
pub fn said(world: &World, url: &str) -> String {
    let own = |row: &&Value| row["url"] == url && row["document"].is_object();
    let rows = rows(world);
    let row = rows.iter().rfind(own).unwrap_or_else(|| panic!("nothing is kept of {url}"));
    let lines = row["document"]["blocks"].as_array().into_iter().flatten().filter_map(|b| b["text"].as_str());
    lines.collect::<Vec<_>>().join("\n")
}

/// Pages in the ledger of what vanished: path, state and manner.
pub fn ledger(world: &World) -> Vec<String> {
    let rows = world.column(
        "SELECT w.url || ' ' || p.state || ' ' || p.manner FROM presence p JOIN watch w ON w.id = p.watch WHERE p.subject = 'page' ORDER BY w.id",
    );
    rows.iter()
        .map(|row| {
            row.split_once("://").map_or(row.as_str(), |(_, rest)| &rest[rest.find('/').unwrap_or(0)..]).to_owned()
        })
        .collect()
}
