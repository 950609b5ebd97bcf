//! Reading stored bytes again, beside what an older reader read of them, never over it.

use std::fs::{self, OpenOptions};
use std::io::{Read as _, Seek as _, SeekFrom, Write as _};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use keepfast::extract::READER_VERSION;
use keepfast::model::{Digest, DocumentId, SnapshotId};
use keepfast::store::Archive;
use keepfast::{seal, verify};
use rusqlite::params;
use sha2::{Digest as _, Sha256};

use crate::server::{Answer, Origin};
use crate::world::{World, article};

/// Makes the archive one that was captured by reader 0, which misread one word: documents, their digests and all of the
/// custody log, as they would be. What was indexed is forgotten.
pub fn as_read_by_an_older_reader(world: &World, word: &str, misread: &str) {
    let archive = Archive::open(&world.path("archive")).unwrap();
    let (db, reader) = (world.catalog(), archive.reader().unwrap());
    for id in world.column("SELECT id FROM document") {
        let id: i64 = id.parse().unwrap();
        let (_, json, comments, _) = reader.stored_document(DocumentId(id)).unwrap();
        let json = json.replace(word, misread);
        let digest = seal::document_digest(&json, &comments);
        db.execute(
            "UPDATE document SET reader = 0, json = ?2, digest = ?3, title = replace(title, ?4, ?5) WHERE id = ?1",
            params![id, json, digest.0, word, misread],
        )
        .unwrap();
    }
    let mut before = [0; 32];
    for row in reader.custody(0, u32::MAX).unwrap() {
        let leaf = match (row.kind.as_str(), row.subject) {
            ("snapshot", Some(id)) => verify::leaf_digest(&reader, SnapshotId(id)).unwrap(),
            _ => Digest::of(row.body.unwrap().as_bytes()),
        };
        let mut hasher = Sha256::new();
        hasher.update([0]);
        hasher.update(before);
        hasher.update(leaf.0);
        before = hasher.finalize().into();
        db.execute("UPDATE custody SET hash = ?2 WHERE seq = ?1", params![row.seq, before]).unwrap();
    }
    db.execute_batch(
        "DELETE FROM version; DELETE FROM reindex; DELETE FROM meta WHERE key IN ('searchable', 'post_rules');
         INSERT INTO search (search) VALUES ('delete-all');",
    )
    .unwrap();
    world.is_sound();
}

/// A world with so many pages, captured.
fn pages(count: usize) -> World {
    let world = World::new().env("KEEPFAST_CAPTURE__REQUISITES", "none");
    let mut urls = Vec::new();
    for n in 1..=count {
        let target = format!("/{n}");
        world.origin.on(&target, Answer::html(article(&format!("The bridge {n}"), &format!("Pavilion number {n}."))));
        urls.push(world.url_of(&format!("h{}.test", n % 10), &target));
    }
    world.file("urls.txt", urls.join("\n")).config("");
    world.keepfast(&["run", "-q"]).well();
    world
}

/// Every row that a capture wrote, as text.
fn rows_of_captures(world: &World) -> Vec<String> {
    [
        "document WHERE act IS NULL",
        "comment WHERE document IN (SELECT id FROM document WHERE act IS NULL)",
        "snapshot",
        "exchange",
    ]
    .iter()
    .flat_map(|table| {
        let db = world.catalog();
        let mut select = db.prepare(&format!("SELECT * FROM {table} ORDER BY 1, 2")).unwrap();
        let columns = select.column_count();
        let rows = select.query_map([], |row| {
            (0..columns).map(|n| row.get::<_, rusqlite::types::Value>(n)).collect::<rusqlite::Result<Vec<_>>>()
        });
        rows.unwrap().map(|row| format!("{:?}", row.unwrap())).collect::<Vec<_>>()
    })
    .collect()
}

fn read_again(world: &World) -> i64 {
    world.one("SELECT count(*) FROM document WHERE act IS NOT NULL")
}

#[test]
fn what_an_older_reader_misread_is_read_again_beside_it() {
    let world = pages(3);
    as_read_by_an_older_reader(&world, "Pavilion", "Palace");
    let url = world.url_of("h2.test", "/2");
    world.keepfast(&["show", &url]).well().says("Palace number 2").does_not_say("read again");
    world.keepfast(&["search", "palace"]).well().says("Palace number 1");
    let before = rows_of_captures(&world);
    world.keepfast(&["doctor"]).well().says("3 pages were read by older readers only");

    world
        .keepfast(&["reextract"])
        .well()
        .says(&format!("3 pages read again by reader {READER_VERSION}"))
        .says("3 of them say something else");
    assert_eq!(rows_of_captures(&world), before, "what captures wrote stands byte for byte");
    world.is_sound();

    let again = format!("by reader {READER_VERSION}, first read by reader 0");
    world.keepfast(&["show", &url]).well().says("Pavilion number 2").says("read again on ").says(&again);
    world.keepfast(&["show", &url, "--text"]).well().says("Pavilion number 2");
    world.keepfast(&["show", &url, "--reader", "0"]).well().says("Palace number 2").does_not_say("read again");
    world
        .keepfast(&["show", &url, "--reader", "99"])
        .fails(2, &format!("not read by reader 99, but by 0, {READER_VERSION}"));
    world.keepfast(&["search", "pavilion"]).well().says("Pavilion number 1");
    world.keepfast(&["search", "palace"]).well().says("Nothing found");
    let line = world.keepfast(&["export", "--format", "jsonl", "--url", &url]).well().json();
    assert_eq!((&line["reader"], &line["first_reader"]), (&READER_VERSION.into(), &0.into()));
    assert!(line["read_again_at"].is_string() && line["text"].as_str().unwrap().contains("Pavilion"), "{line}");
    for format in ["csv", "markdown", "html"] {
        world.keepfast(&["export", "--format", format, "--url", &url]).well().says("Pavilion").does_not_say("Palace");
    }

    world.keepfast(&["reextract"]).well().says("Nothing to do");
    world.keepfast(&["doctor"]).well().says("has read what is stored");
    let said = world.keepfast(&["reextract", "--all", "--json"]).well().json();
    assert_eq!((&said["read"], &said["same"], &said["interrupted"]), (&0.into(), &3.into(), &false.into()));
    assert_eq!(read_again(&world), 3, "nothing is kept twice");
    world.is_sound();
}

#[test]
fn titles_of_a_timeline_are_those_of_the_newest_reading() {
    let world = pages(1);
    as_read_by_an_older_reader(&world, "The bridge", "A fridge");
    let url = world.url_of("h1.test", "/1");
    world.keepfast(&["history", &url]).well().says("A fridge 1");
    world.keepfast(&["reextract"]).well();
    world.keepfast(&["history", &url]).well().says("The bridge 1").does_not_say("fridge");
    world.keepfast(&["show", &url, "--reader", "0"]).well().says("A fridge 1").does_not_say("The bridge");
    assert_eq!(world.column("SELECT title FROM document ORDER BY id"), ["A fridge 1", "The bridge 1"]);
}

#[test]
fn a_capture_and_a_second_reading_read_alike() {
    let world =
        World::new().env("KEEPFAST_CAPTURE__REQUISITES", "none").env("KEEPFAST_CAPTURE__MAX_PAGE_BYTES", "900 kB");
    let origin = &world.origin;
    let page = article("Façade", "Schöne Straße.");
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    packed.write_all(page.as_bytes()).unwrap();
    let packed = packed.finish().unwrap();
    let latin: Vec<u8> = page.replace("<meta charset=utf-8>", "").chars().map(|c| c as u8).collect();
    let comments = "<div id=comments><h3>2 comments</h3><ol class=comment-list>\
        <li class=comment id=comment-1><article><footer><b class=fn>Armen</b></footer><div class=comment-content><p>My grandfather built it.</p></div></article></li>\
        <li class=comment id=comment-2><article><footer><b class=fn>Layla</b></footer><div class=comment-content><p>A handsome viaduct.</p></div></article></li>\
        </ol></div></body>";
    origin
        .on("/gz", Answer::of("text/html", packed.clone()).field("Content-Encoding", "gzip"))
        .on("/broken-gz", Answer::of("text/html", packed[..packed.len() - 9].to_vec()).field("Content-Encoding", "gzip"))
        .on("/not-gz", Answer::of("text/html", page.clone()).field("Content-Encoding", "gzip"))
        .on("/latin", Answer::of("text/html; charset=iso-8859-1", latin))
        .on("/comments", Answer::html(page.replace("</body>", comments)))
        .on("/plain", Answer::of("text/plain", "Only words. ".repeat(40)))
        .on("/feed", Answer::of("application/rss+xml", "<rss version='2.0'><channel><title>News</title><item><title>One</title><link>http://a.test/1</link></item></channel></rss>"))
        .on("/picture", Answer::of("image/png", vec![137, 80, 78, 71, 13, 10, 26, 10, 0, 0]))
        .on("/empty", Answer::html(""))
        .on("/large", Answer::html(article("Large", &"Some words of it. ".repeat(40_000))))
        .on("/cut", Answer::html(article("Cut", &"Some words of it. ".repeat(90_000))))
        .on("/moved", Answer::redirect(302, "/plain"))
        .on("/missing", Answer::html(article("Not here", "There is nothing.")));
    for target in [
        "/gz",
        "/broken-gz",
        "/not-gz",
        "/latin",
        "/comments",
        "/plain",
        "/feed",
        "/picture",
        "/empty",
        "/large",
        "/cut",
        "/moved",
    ] {
        world.keepfast(&["add", &world.url(target)]).well();
    }
    world.keepfast(&["run"]);
    assert!(world.outcomes().contains(&"truncated".into()), "{:?}", world.outcomes());
    let readings: i64 = world.one("SELECT count(*) FROM (SELECT DISTINCT payload, url FROM document)");
    as_read_by_an_older_reader(&world, "no such word", "");
    let said = world.keepfast(&["reextract", "--json"]).well().json();
    assert_eq!((&said["read"], &said["differ"]), (&readings.into(), &0.into()), "{said:#}");
    assert!(readings >= 11, "{readings}");
    // Not only the digests, which say so already: all that is in the columns, and the comments.
    let columns = "payload, url, digest, kind, title, authors, site, language, published_at, modified_at, json";
    let differ = format!(
        "SELECT count(*) FROM (SELECT {columns} FROM document WHERE act IS NULL EXCEPT SELECT {columns} FROM document WHERE act IS NOT NULL)"
    );
    assert_eq!(world.one::<i64>(&differ), 0);
    assert_eq!(world.one::<i64>("SELECT count(*) FROM comment"), 4);
    world.is_sound();
}

#[test]
fn only_what_is_asked_for_is_read_again() {
    let world = pages(4);
    world.keepfast(&["tag", &world.url_of("h3.test", "/3"), "--add", "daily"]).well();
    as_read_by_an_older_reader(&world, "Pavilion", "Palace");
    let read = |words: &[&str]| {
        let said = world.keepfast(&[&["reextract", "--json"], words].concat()).well().json();
        said["read"].as_u64().unwrap()
    };
    assert_eq!(read(&["--until", "1d"]), 0);
    assert_eq!(read(&["--tag", "daily"]), 1);
    assert_eq!(read(&["--tag", "daily"]), 0, "once");
    assert_eq!(read(&["--url", &world.url_of("h1.test", "/1"), "--url", &world.url_of("h3.test", "/3")]), 1);
    world.keepfast(&["reextract", "--url", "http://nowhere.test/"]).fails(2, "not in the archive");
    assert_eq!(read(&["--since", "1d"]), 2);
    world.is_sound();
    // A page that a filter leaves out says what it said.
    assert_eq!(read_again(&world), 4);
}

#[test]
fn bytes_that_are_missing_or_damaged_are_named_and_cost_nothing_else() {
    let world = World::new().env("KEEPFAST_CAPTURE__REQUISITES", "none").env("KEEPFAST_ARCHIVE__SEGMENT_SIZE", "1 MiB");
    let mut noise = 88_172_645_463_325_252u64;
    for n in 1..=6 {
        let mut words = String::new();
        while words.len() < 400_000 {
            noise ^= noise << 13;
            noise ^= noise >> 7;
            noise ^= noise << 17;
            words.push_str(&format!("{noise:x} "));
        }
        let page = article(&format!("Page {n}"), "A pavilion.").replace("</body>", &format!("<!-- {words} --></body>"));
        world.origin.on(&format!("/{n}"), Answer::html(page));
        world.keepfast(&["add", "--once", &world.url(&format!("/{n}")), "-q"]).well();
    }
    as_read_by_an_older_reader(&world, "pavilion", "palace");
    let segments = world.segments();
    assert!(segments.len() >= 2, "{segments:?}");
    let first: Vec<String> = world.column("SELECT id / 4096 FROM exchange WHERE hop = 'seed' AND segment = 1");
    fs::remove_file(&segments[0]).unwrap();
    // One of the others is hit in the middle.
    let hit: i64 = world.one("SELECT min(id / 4096) FROM exchange WHERE hop = 'seed' AND segment > 1");
    let (path, offset, length): (String, i64, i64) = world
        .catalog()
        .query_row(
            "SELECT g.path, e.offset, e.length FROM exchange e JOIN segment g ON g.id = e.segment
             WHERE e.id / 4096 = ?1 AND e.hop = 'seed'",
            [hit],
            |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)),
        )
        .unwrap();
    let mut file = OpenOptions::new().read(true).write(true).open(world.path("archive").join(path)).unwrap();
    file.seek(SeekFrom::Start((offset + length / 2) as u64)).unwrap();
    let mut one = [0];
    file.read_exact(&mut one).unwrap();
    file.seek(SeekFrom::Current(-1)).unwrap();
    file.write_all(&[one[0] ^ 0x10]).unwrap();

    let said = world.keepfast(&["reextract", "--json"]).ends(1).json();
    let lost = first.len() as u64 + 1;
    assert_eq!(said["read"], 6 - lost, "{said:#}");
    assert_eq!((&said["missing"], &said["damaged"], &said["gave_up"]), (&first.len().into(), &1.into(), &0.into()));
    let named = said["not_read"].as_array().unwrap();
    assert!(named.iter().any(|page| page["snapshot"] == hit && page["why"] == "damaged"), "{named:#?}");
    assert_eq!(named.len() as u64, lost);
    // Again: the rest is done, and these are tried again and named again.
    let url = world.url(&format!("/{hit}"));
    let said =
        world.keepfast(&["reextract"]).ends(1).says(&url).says("1 damaged").says("what was read of them before stays");
    drop(said);
    world.keepfast(&["show", &url]).well().says("A palace.");
}

#[test]
fn it_may_be_stopped_and_taken_up_again() {
    let world = pages(400);
    as_read_by_an_older_reader(&world, "Pavilion", "Palace");
    let before = rows_of_captures(&world);
    for signals in [&["INT"][..], &["KILL"], &["TERM", "INT"]] {
        let done = read_again(&world);
        let running = world.start(&["reextract"]);
        while read_again(&world) == done {
            std::thread::park_timeout(Duration::from_millis(2));
        }
        for signal in signals {
            running.signal(signal);
        }
        let ended = running.wait();
        match (signals[0], ended.code) {
            // It may have come too late.
            ("KILL", _) | (_, 0) => {}
            _ => drop(ended.ends(130).says("run it again to go on")),
        }
        world.is_sound();
        assert_eq!(rows_of_captures(&world), before);
    }
    let done = read_again(&world);
    let said = world.keepfast(&["reextract", "--json"]).well().json();
    assert_eq!(said["read"], 400 - done, "only what was left");
    assert_eq!(world.one::<i64>("SELECT count(DISTINCT payload) FROM document WHERE act IS NOT NULL"), 400);
    assert_eq!(read_again(&world), 400, "each once");
    world.is_sound();
    let found = world.keepfast(&["search", "pavilion", "--json", "--limit", "1000"]).well().json();
    assert_eq!((found["results"].as_array().unwrap().len(), &found["not_indexed"]), (400, &0.into()));
    world.keepfast(&["search", "palace"]).well().says("Nothing found");
}

#[test]
fn one_process_at_a_time_writes() {
    let world = pages(1);
    as_read_by_an_older_reader(&world, "Pavilion", "Palace");
    let lock = fs::File::open(world.path("archive/lock")).unwrap();
    lock.lock().unwrap();
    world.keepfast(&["reextract"]).fails(4, "another process captures");
    drop(lock);
    world.keepfast(&["reextract"]).well();
    world.keepfast(&["--archive", "nowhere", "reextract"]).fails(4, "no archive");
}

#[test]
fn all_watches_that_show_a_page_find_what_it_says_now() {
    let world = World::new().env("KEEPFAST_CAPTURE__REQUISITES", "none");
    world.origin.on("/page", Answer::html(article("The bridge", "A pavilion.")));
    world.origin.on("/short", Answer::redirect(302, "/page"));
    for target in ["/page", "/short"] {
        world.keepfast(&["add", &world.url(target)]).well();
        world.keepfast(&["run"]).well();
    }
    assert_eq!(world.one::<i64>("SELECT count(DISTINCT document) FROM snapshot"), 1, "both lead to one page");
    as_read_by_an_older_reader(&world, "pavilion", "palace");
    let found = |word: &str| {
        let said = world.keepfast(&["search", word, "--json"]).well().json();
        said["results"].as_array().unwrap().len()
    };
    assert_eq!((found("palace"), found("pavilion")), (2, 0));
    world.keepfast(&["reextract", "--url", &world.url("/page")]).well().says("1 pages read again");
    assert_eq!((found("palace"), found("pavilion")), (0, 2));
}

#[test]
fn the_custody_log_binds_what_was_read_again() {
    let damaged = |change: &str, fault: &str, words: &str| {
        let world = pages(2);
        as_read_by_an_older_reader(&world, "Pavilion", "Palace");
        world.keepfast(&["reextract"]).well();
        world.is_sound();
        world.catalog().execute_batch(&format!("PRAGMA foreign_keys = OFF; {change}")).unwrap();
        let report = world.keepfast(&["verify", "--json"]).ends(6).json();
        let problems = report["problems"].as_array().unwrap();
        let named = |problem: &serde_json::Value| {
            let said = format!("{}: {}", problem["place"].as_str().unwrap(), problem["message"].as_str().unwrap());
            problem["fault"] == fault && said.contains(words)
        };
        assert!(problems.iter().any(named), "{change}: {problems:#?}");
    };
    damaged("UPDATE document SET json = replace(json, 'Pavilion', 'Palazzo') WHERE id = 3", "altered", "document 3");
    damaged("UPDATE document SET title = 'Nothing' WHERE id = 3", "altered", "document 3");
    damaged("DELETE FROM document WHERE id = 3", "missing", "document 3: it is not there");
    damaged("UPDATE document SET act = NULL WHERE id = 3", "missing", "document 3");
    // Whoever puts a newer reading over an old one in secret is found out.
    damaged(
        "INSERT INTO document SELECT 9, payload, url, reader + 1, asked, digest, act, kind, title, authors, site, language,
             published_at, modified_at, json FROM document WHERE id = 3",
        "unaccounted",
        "document 9",
    );
    damaged(
        "UPDATE custody SET body = replace(body, '\"by\"', '\"of\"') WHERE kind = 'reextract'",
        "altered",
        "custody 3",
    );
}

#[test]
fn what_is_pruned_is_pruned_with_all_its_readings() {
    let world = World::new().env("KEEPFAST_CAPTURE__REQUISITES", "none");
    for n in 1..=2 {
        world.origin.on(&format!("/{n}"), Answer::html(article("The bridge", &format!("Pavilion number {n}."))));
        world.keepfast(&["add", "--once", &world.url(&format!("/{n}"))]).well();
    }
    as_read_by_an_older_reader(&world, "Pavilion", "Palace");
    world.keepfast(&["reextract"]).well();
    world.keepfast(&["remove", &world.url("/2")]).well();
    world.keepfast(&["prune", "--yes"]).well().says("1 snapshots removed");
    assert_eq!(world.column("SELECT DISTINCT url FROM document"), [world.url("/1")]);
    assert_eq!(world.one::<i64>("SELECT count(*) FROM document"), 2);
    assert_eq!(world.one::<i64>("SELECT count(*) FROM comment WHERE document NOT IN (SELECT id FROM document)"), 0);
    world.is_sound();
    world.keepfast(&["search", "pavilion"]).well().says("number 1").does_not_say("number 2");
    world.keepfast(&["reextract", "--all"]).well();
    world.is_sound();
}

#[test]
fn a_new_reader_by_itself_is_no_edit() {
    let world = World::new().env("KEEPFAST_CAPTURE__REQUISITES", "none");
    let turn = Arc::new(AtomicUsize::new(0));
    let serve = |origin: &Origin, target: &str| {
        let now = turn.clone();
        origin.handle("", target, move |_| {
            let turn = now.load(Ordering::SeqCst);
            let text = if turn == 2 { "A pavilion, and a gate." } else { "A pavilion." };
            let noise = format!("<script>var n = {turn}</script></body>");
            Answer::html(article("The bridge", text).replace("</body>", &noise))
        });
    };
    serve(&world.origin, "/a");
    serve(&world.origin, "/b");
    world.keepfast(&["add", &world.url("/a"), &world.url("/b")]).well();
    world.keepfast(&["run"]).well();
    as_read_by_an_older_reader(&world, "pavilion", "palace");
    // One of the two has been read again, the other has not.
    world.keepfast(&["reextract", "--url", &world.url("/b")]).well();
    // Other octets, the same words: only the reader is another one.
    turn.store(1, Ordering::SeqCst);
    world.keepfast(&["run", "--all"]).well();
    assert_eq!(world.outcomes(), ["captured", "captured", "unchanged", "unchanged"]);
    assert_eq!(world.column("SELECT DISTINCT changed FROM snapshot WHERE id > 2"), ["0"]);
    assert_eq!(world.column("SELECT DISTINCT coalesce(flags, '') FROM snapshot"), [""]);
    // And an edit is one.
    turn.store(2, Ordering::SeqCst);
    world.keepfast(&["run", "--all"]).well();
    assert_eq!(world.outcomes()[4..], ["captured", "captured"]);
    assert_eq!(world.column("SELECT DISTINCT changed FROM snapshot WHERE id > 4"), ["1"]);
    world.is_sound();
}

#[test]
fn an_edit_is_seen_though_the_reader_changed_with_it() {
    let world = World::new().env("KEEPFAST_CAPTURE__REQUISITES", "none");
    world.origin.on("/a", Answer::html(article("The bridge", "A pavilion.")));
    world.keepfast(&["add", &world.url("/a")]).well();
    world.keepfast(&["run"]).well();
    // What the old reader misread is by chance what the page says now.
    as_read_by_an_older_reader(&world, "pavilion", "palace");
    world.origin.on("/a", Answer::html(article("The bridge", "A palace.")));
    world.keepfast(&["run", "--all"]).well();
    assert_eq!(world.outcomes(), ["captured", "captured"]);
    assert_eq!(world.column("SELECT changed FROM snapshot WHERE id = 2"), ["1"]);
}

#[test]
fn where_the_old_bytes_are_lost_it_is_said_that_only_octets_were_compared() {
    let world = World::new().env("KEEPFAST_CAPTURE__REQUISITES", "none");
    let turn = Arc::new(AtomicUsize::new(0));
    let now = turn.clone();
    world.origin.handle("", "/a", move |_| {
        let noise = format!("<script>var n = {}</script></body>", now.load(Ordering::SeqCst));
        Answer::html(article("The bridge", "A pavilion.").replace("</body>", &noise))
    });
    world.keepfast(&["add", &world.url("/a")]).well();
    world.keepfast(&["run"]).well();
    as_read_by_an_older_reader(&world, "pavilion", "palace");
    fs::remove_file(&world.segments()[0]).unwrap();
    turn.store(1, Ordering::SeqCst);
    world.keepfast(&["run", "--all"]).well();
    assert_eq!(world.outcomes(), ["captured", "captured"]);
    assert_eq!(world.one::<String>("SELECT flags FROM snapshot WHERE id = 2"), "compared-by-octets");
    world.keepfast(&["show", "2"]).well().says("compared-by-octets");
    // From then on readings are compared again.
    turn.store(2, Ordering::SeqCst);
    world.keepfast(&["run", "--all"]).well();
    assert_eq!(world.outcomes()[2], "unchanged");
    assert_eq!(world.column("SELECT coalesce(flags, '') FROM snapshot WHERE id = 3"), [""]);
}

#[test]
fn a_later_capture_by_a_newer_reader_is_shown_and_found_too() {
    let world = pages(1);
    let url = world.url_of("h1.test", "/1");
    as_read_by_an_older_reader(&world, "Pavilion", "Palace");
    world.keepfast(&["search", "palace"]).well().says("Palace number 1");
    world.keepfast(&["run", "--all"]).well();
    assert_eq!(world.outcomes(), ["captured", "unchanged"]);
    world.keepfast(&["search", "pavilion"]).well().says("Pavilion number 1");
    world.keepfast(&["search", "palace"]).well().says("Nothing found");
    world.keepfast(&["show", "1"]).well().says("Pavilion number 1").says("read again at a later capture");
    world.keepfast(&["show", &url]).well().says("Pavilion number 1").does_not_say("read again");
    world.keepfast(&["reextract"]).well().says("Nothing to do");
    world.is_sound();
}
