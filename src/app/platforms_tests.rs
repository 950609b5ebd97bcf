use std::sync::Arc;

use rusqlite::Connection;

use super::*;
use crate::clock::System;
use crate::config::Config;

/// An archive whose rows are put in by hand: watches by number, and looks in their order.
struct Story {
    folder: tempfile::TempDir,
    app: App,
    db: Connection,
}

impl Story {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let config = Config::load(None, &[], &[]).unwrap();
        let app = App::new(config, Some(folder.path().join("archive")), Arc::new(System));
        app.init().unwrap();
        let db = Connection::open(app.dir().join("catalog.db")).unwrap();
        db.execute_batch("PRAGMA foreign_keys = OFF").unwrap();
        Self { folder, app, db }
    }

    fn watch(&self, url: &str, options: Option<&str>) -> i64 {
        let it = crate::policy::url::canonical(url).unwrap();
        let insert = "INSERT INTO watch (key, url, host, source, state, options, created_at, since)
            VALUES (?1, ?2, ?3, 'add', 'active', ?4, 0, 0)";
        self.db.execute(insert, (it.key, it.url.to_string(), it.host, options)).unwrap();
        self.db.last_insert_rowid()
    }

    fn look(&self, watch: i64, outcome: &str, asked: Option<&str>) -> i64 {
        let document = asked.map(|asked| {
            let insert = "INSERT INTO document (payload, url, reader, asked, digest, kind, json) VALUES (1, '', 1, ?1, x'00', 'post', '{}')";
            self.db.execute(insert, [asked]).unwrap();
            self.db.last_insert_rowid()
        });
        let insert = "INSERT INTO snapshot (watch, run, attempt, started_at, duration, outcome, decoded_len, document)
            VALUES (?1, 1, 1, (SELECT 1000 * count(*) FROM snapshot), 1, ?2, 0, ?3)";
        self.db.execute(insert, (watch, outcome, document)).unwrap();
        self.db.last_insert_rowid()
    }

    fn request(&self, snapshot: i64, seq: i64, hop: &str, status: Option<u16>) {
        let insert = "INSERT INTO exchange (id, hop, started_at, duration, status, body_len, segment, offset, length,
            first_length, record) VALUES (?1, ?2, 0, 0, ?3, 0, 1, 0, 0, 0, x'00')";
        self.db.execute(insert, (snapshot * 4096 + seq, hop, status)).unwrap();
    }

    fn told(&self, newest: u64) -> PlatformsReport {
        assert!(self.folder.path().exists());
        self.app.platforms_of(newest).unwrap()
    }
}

#[test]
fn the_newest_success_and_the_newest_wall_of_each_are_told() {
    let story = Story::new();
    let channel = story.watch("https://t.me/s/valley", None);
    let post = story.watch("https://t.me/valley/7", None);
    let page = story.watch("https://page.example/", None);
    story.look(channel, "login_wall", None);
    let had = story.look(post, "captured", Some("telegram embed - https://t.me/valley/7"));
    story.look(page, "forbidden", None);
    let wall = story.look(channel, "rate_limited", None);
    story.look(channel, "server_error", None);
    let told = story.told(100);
    let [it] = &told.platforms[..] else { panic!("{told:?}") };
    assert_eq!((it.platform, it.host.as_deref(), it.watches), (Platform::Telegram, None, 2));
    let success = it.last_success.as_ref().unwrap();
    assert_eq!((success.snapshot.0, success.route.as_str()), (had, "embed"));
    let trouble = it.last_trouble.as_ref().unwrap();
    assert_eq!((trouble.snapshot.0, trouble.outcome), (wall, Outcome::RateLimited));
    assert_eq!(trouble.reason, Outcome::RateLimited.about());
    assert!(told.all && told.looked_through == 5);
}

#[test]
fn what_is_older_than_the_bound_is_not_told_and_that_is_said() {
    let story = Story::new();
    let channel = story.watch("https://t.me/s/valley", None);
    story.look(channel, "captured", Some("telegram channel - https://t.me/s/valley"));
    story.look(channel, "challenge", None);
    story.look(channel, "server_error", None);
    let told = story.told(2);
    assert!(!told.all && told.looked_through == 2 && told.platforms[0].last_success.is_none());
    assert!(told.platforms[0].last_trouble.is_some());
    assert_eq!(told.since, Some(Timestamp::from_second(1).unwrap()));
    let told = story.told(3);
    assert!(told.all && told.platforms[0].last_success.is_some());
}

#[test]
fn programs_are_told_host_by_host_and_settings_count() {
    let story = Story::new();
    let insert = "INSERT INTO program VALUES ('one.example:443', 'mastodon', 'glitch', NULL, 'generator', 0)";
    story.db.execute(insert, []).unwrap();
    let one = story.watch("https://one.example/@a/1", None);
    let two = story.watch("https://two.example/@a", Some(r#"{"platform":"mastodon"}"#));
    let none = story.watch("https://t.me/s/valley", Some(r#"{"platform":"none"}"#));
    story.look(one, "captured", Some("mastodon api - https://one.example/@a/1"));
    story.look(two, "challenge", None);
    story.look(none, "challenge", None);
    let told = story.told(100).platforms;
    let said: Vec<_> = told.iter().map(|it| (it.platform, it.host.as_deref(), it.software.as_deref())).collect();
    let expected = [
        (Platform::Telegram, None, None),
        (Platform::Mastodon, Some("one.example:443"), Some("glitch")),
        (Platform::Mastodon, Some("two.example:443"), None),
    ];
    assert_eq!(said, expected);
    // It is on a host of Telegram, but nobody asked Telegram's adapter.
    assert!(told[0].last_trouble.is_none() && told[0].watches == 1);
    assert!(told[1].last_success.is_some() && told[2].last_trouble.is_some());
}

#[test]
fn requests_that_were_refused_are_counted_but_not_those_for_what_is_not_there() {
    let story = Story::new();
    let post = story.watch("https://t.me/valley/7", None);
    let look = story.look(post, "captured", Some("telegram embed - https://t.me/valley/7"));
    for (seq, (hop, status)) in
        [("robots", Some(500)), ("seed", Some(429)), ("data", Some(404)), ("data", None), ("data", Some(200))]
            .into_iter()
            .enumerate()
    {
        story.request(look, seq as i64, hop, status);
    }
    let told = story.told(100).platforms;
    assert_eq!(told[0].refused, 2);
    let last = told[0].last_refused.as_ref().unwrap();
    assert_eq!((last.status, last.url.as_str()), (None, "https://t.me/valley/7"));
}
