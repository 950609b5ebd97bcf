use super::super::tests::Story;
use super::*;

fn plan(db: &rusqlite::Connection, query: &str) -> Vec<String> {
    let mut explain = db.prepare(&format!("EXPLAIN QUERY PLAN {query}")).unwrap();
    let none = rusqlite::params_from_iter(vec!["x"; explain.parameter_count()]);
    explain.query_map(none, |row| row.get(3)).and_then(Iterator::collect).unwrap()
}

/// Neither what one account has nor the post at an address is looked for among all posts.
#[test]
fn posts_are_found_by_authority_and_by_address_through_an_index() {
    let story = Story::new();
    let db = story.db();
    for query in [POSTS, MEDIA, NAMED, "SELECT key FROM post WHERE url = ?1 ORDER BY id LIMIT 1"] {
        let plan = plan(&db, query);
        assert!(plan.iter().all(|step| step.starts_with("SEARCH") && !step.contains("B-TREE")), "{query}: {plan:?}");
    }
}

#[test]
fn an_account_whose_name_begins_alike_is_another() {
    let story = Story::new();
    let db = story.db();
    let keys = ["telegram:valley/2", "telegram:valley/10", "telegram:valley-b/3", "telegram:valley1/4", "x:5"];
    for key in keys {
        let insert = "INSERT INTO post (key, platform, authority, kind, first, at) VALUES (?1, '', '', 'post', 7, 0)";
        db.execute(insert, [key]).unwrap();
    }
    db.execute_batch(
        "INSERT INTO post_version (post, form, digest, size, document, place, first, seen_at, kind, state)
             SELECT id, 'embed', x'00', 0, 1, 0, 7, 0, 'post', 'present' FROM post WHERE key = 'telegram:valley/2';
         INSERT INTO post_media VALUES (1, 0, 'image', 'telegram:valley/3#image', NULL, 'offered');",
    )
    .unwrap();
    let known = story.reader().known_posts(&PostKey::parse("telegram:valley/").unwrap(), 100).unwrap();
    let ids: Vec<&str> = known.iter().map(|post| post.key.id.as_str()).collect();
    assert_eq!(ids, ["10", "2"]);
    assert_eq!((known[1].first, &known[1].media[..]), (SnapshotId(7), &["telegram:valley/3#image".to_owned()][..]));
    assert_eq!(story.reader().known_posts(&PostKey::parse("telegram:valley/").unwrap(), 1).unwrap().len(), 1);
}
