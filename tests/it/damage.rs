//! What befalls an archive: copies, removals, flipped bits, lost rows and files. Whatever is wrong is named.

use std::fs::{self, OpenOptions};
use std::io::{Read as _, Seek as _, SeekFrom, Write as _};

use crate::server::Answer;
use crate::world::{World, article};

/// Three pages with a picture each; the first was captured twice and changed.
fn archive() -> World {
    let world = World::new();
    for n in 1..=3 {
        let page = format!("{}<img src=/{n}.png>", article(&format!("Page {n}"), &format!("Text {n}.")));
        world.origin.on(&format!("/{n}"), Answer::html(page));
        world.origin.on(&format!("/{n}.png"), Answer::of("image/png", [&b"\x89PNG\r\n\x1a\n"[..], &[n]].concat()));
    }
    for n in 1..=3 {
        world.keepfast(&["add", &world.url(&format!("/{n}"))]).well();
        world.keepfast(&["run"]).well();
    }
    world.origin.on("/1", Answer::html(article("Page 1", "Another text.")));
    world.keepfast(&["run", &world.url("/1")]).well();
    world
}

/// Damages an archive, and what verify then says of it.
fn damaged(damage: impl FnOnce(&World)) -> (World, Vec<(String, String)>) {
    let world = archive();
    world.is_sound();
    damage(&world);
    let report = world.keepfast(&["verify", "--json"]).ends(6).json();
    let text = |v: &serde_json::Value| v.as_str().unwrap().to_owned();
    let problems = report["problems"].as_array().unwrap();
    let named = problems.iter().map(|p| (text(&p["fault"]), format!("{}: {}", text(&p["place"]), text(&p["message"]))));
    let named: Vec<_> = named.collect();
    world.keepfast(&["verify"]).ends(6).says("problems");
    (world, named)
}

#[track_caller]
fn names(problems: &[(String, String)], fault: &str, words: &str) {
    assert!(
        problems.iter().any(|(f, said)| f == fault && said.contains(words)),
        "no {fault} with {words:?}: {problems:#?}"
    );
}

fn place(world: &World, snapshot: i64) -> (u64, u64) {
    let select = format!("SELECT offset, length FROM exchange WHERE id / 4096 = {snapshot} AND hop = 'seed'");
    let (offset, length): (i64, i64) = world.catalog().query_row(&select, [], |r| Ok((r.get(0)?, r.get(1)?))).unwrap();
    (offset as u64, length as u64)
}

#[test]
fn a_flipped_bit_in_a_segment_is_named() {
    // Into the middle of the records, their head, and their very end.
    for at in [0.5, 0.1, 0.99] {
        let (_, problems) = damaged(|world| {
            let (offset, length) = place(world, 2);
            let segment = &world.segments()[0];
            let mut file = OpenOptions::new().read(true).write(true).open(segment).unwrap();
            let mut one = [0];
            file.seek(SeekFrom::Start(offset + (length as f64 * at) as u64)).unwrap();
            file.read_exact(&mut one).unwrap();
            file.seek(SeekFrom::Current(-1)).unwrap();
            file.write_all(&[one[0] ^ 4]).unwrap();
        });
        assert!(problems.iter().any(|(_, said)| said.contains("snapshot 2")), "{problems:#?}");
        assert!(!problems.iter().any(|(_, said)| said.contains("snapshot 3")), "the others are sound: {problems:#?}");
    }
}

#[test]
fn a_changed_row_is_named() {
    for change in [
        "UPDATE snapshot SET outcome = 'gone' WHERE id = 2",
        "UPDATE snapshot SET started_at = started_at + 1 WHERE id = 2",
        "UPDATE exchange SET url = 'http://elsewhere.test/' WHERE id / 4096 = 2 AND hop = 'seed'",
        "UPDATE exchange SET remote = '192.0.2.1:80' WHERE id / 4096 = 2 AND hop = 'seed'",
        "UPDATE media SET reason = 'it was never there', state = 'not_fetched' WHERE snapshot = 2",
    ] {
        let (_, problems) = damaged(|world| world.catalog().execute_batch(change).unwrap());
        names(&problems, "altered", "snapshot 2");
    }
    let (_, problems) = damaged(|world| {
        world
            .catalog()
            .execute_batch("UPDATE document SET json = replace(json, 'Text 2', 'Text 9') WHERE id = 2")
            .unwrap();
    });
    names(&problems, "altered", "document 2");
}

#[test]
fn a_changed_title_beside_its_document_is_named() {
    for change in ["site = 'Elsewhere'", "title = 'Nothing'", "authors = 'Nobody'"] {
        let change = format!("UPDATE document SET {change} WHERE id = 2");
        let (_, problems) = damaged(|world| world.catalog().execute_batch(&change).unwrap());
        names(&problems, "altered", "document 2");
    }
}

#[test]
fn a_deleted_row_is_named() {
    let (_, problems) = damaged(|world| {
        let delete =
            "PRAGMA foreign_keys = OFF; DELETE FROM snapshot WHERE id = 2; DELETE FROM exchange WHERE id / 4096 = 2;
                      DELETE FROM media WHERE snapshot = 2;";
        world.catalog().execute_batch(delete).unwrap();
    });
    names(&problems, "missing", "snapshot 2 is gone without a tombstone");
    let (_, problems) = damaged(|world| {
        world
            .catalog()
            .execute_batch("PRAGMA foreign_keys = OFF; DELETE FROM exchange WHERE id / 4096 = 2 AND hop = 'seed'")
            .unwrap();
    });
    names(&problems, "altered", "snapshot 2");
    let (_, problems) = damaged(|world| world.catalog().execute_batch("DELETE FROM custody WHERE seq = 2").unwrap());
    names(&problems, "missing", "custody 2");
    let (_, problems) = damaged(|world| world.catalog().execute_batch("DELETE FROM custody WHERE seq = 4").unwrap());
    names(&problems, "missing", "custody");
}

#[test]
fn a_lost_or_cut_segment_is_named_and_capturing_goes_on() {
    let (world, problems) = damaged(|world| fs::remove_file(&world.segments()[0]).unwrap());
    names(&problems, "missing", "keepfast-");
    world.keepfast(&["run", "--all"]).ends(0).says("run `keepfast verify`");
    world.keepfast(&["verify"]).ends(6);
    let (world, problems) = damaged(|world| {
        let segment = OpenOptions::new().write(true).open(&world.segments()[0]).unwrap();
        segment.set_len(place(world, 4).0 + 10).unwrap();
    });
    names(&problems, "missing", "were committed");
    names(&problems, "missing", "snapshot 4");
    assert!(!problems.iter().any(|(_, said)| said.contains("snapshot 3")), "what is there is sound: {problems:#?}");
    let left = fs::metadata(&world.segments()[0]).unwrap().len();
    world.keepfast(&["run", "--all"]).ends(0).says("run `keepfast verify`");
    assert_eq!(fs::metadata(&world.segments()[0]).unwrap().len(), left, "what is left is evidence and stays");
    assert_eq!(world.segments().len(), 2);
}

#[test]
fn octets_that_no_row_knows_are_cut_off_or_named() {
    let world = archive();
    let segment = world.segments()[0].clone();
    let committed = fs::metadata(&segment).unwrap().len();
    OpenOptions::new().append(true).open(&segment).unwrap().write_all(b"half a record").unwrap();
    // Beyond what was promised: a crash leaves this, and the next run cuts it off.
    world.is_sound();
    world.keepfast(&["run"]).well();
    assert_eq!(fs::metadata(&segment).unwrap().len(), committed);
    world.is_sound();
}

#[test]
fn a_sealed_segment_is_held_to_its_digest() {
    let world = World::new().env("KEEPFAST_ARCHIVE__SEGMENT_SIZE", "1 MiB");
    for n in 0..4 {
        let mut state = 88_172_645_463_325_252u64 + n;
        let mut noise = Vec::new();
        while noise.len() < 900_000 {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            noise.extend_from_slice(&state.to_le_bytes());
        }
        world.origin.on(&format!("/{n}"), Answer::of("application/octet-stream", noise));
        world.keepfast(&["add", "--once", &world.url(&format!("/{n}"))]).well();
    }
    assert!(world.one::<i64>("SELECT count(*) FROM segment WHERE sealed_at IS NOT NULL") >= 1);
    world.is_sound();
    let sealed =
        world.path("archive").join(world.one::<String>("SELECT path FROM segment WHERE sealed_at IS NOT NULL"));
    OpenOptions::new().append(true).open(&sealed).unwrap().write_all(b"more").unwrap();
    world.keepfast(&["verify"]).ends(6).says("was sealed with");
}

#[test]
fn a_backup_of_a_live_archive_verifies() {
    let world = archive();
    let pages: Vec<String> = (10..200).map(|n| world.url_of(&format!("h{}.test", n % 10), &format!("/{n}"))).collect();
    for n in 10..200 {
        world.origin.on(&format!("/{n}"), Answer::html(article(&format!("Page {n}"), "Text.")));
    }
    world.file("urls.txt", pages.join("\n"));
    world.config("");
    let mut run = world.start(&["run"]);
    run.hear("captured");
    world.keepfast(&["backup", "copy"]).well();
    world.keepfast(&["verify", "copy"]).well();
    world.keepfast(&["backup", "copy"]).well();
    run.wait().well();
    world.keepfast(&["verify", "copy"]).well();
    world.keepfast(&["backup", "copy"]).well();
    let copied = world.keepfast(&["--archive", "copy", "verify", "--json"]).well().json();
    let own = world.keepfast(&["verify", "--json"]).well().json();
    assert_eq!(copied["head"], own["head"], "a finished copy ends in the same custody");
    world.keepfast(&["--archive", "copy", "show", &world.url("/1"), "--text"]).well().says("Another text.");
    world.keepfast(&["backup", "archive/inside"]).fails(2, "inside");
}

#[test]
fn a_removal_leaves_a_tombstone_and_a_sound_archive() {
    let world = archive();
    let url = world.url("/2");
    world.keepfast(&["prune", "--plan"]).well().says("0 snapshots would be removed");
    world.keepfast(&["remove", &url]).well();
    world.keepfast(&["prune", "--plan"]).well().says("1 snapshots would be removed");
    assert_eq!(world.one::<i64>("SELECT count(*) FROM snapshot"), 4, "a plan changes nothing");
    world.keepfast(&["prune", "--yes", "--reason", "asked for by the author"]).well().says("1 snapshots removed");
    assert_eq!(world.one::<i64>("SELECT count(*) FROM snapshot"), 3);
    assert_eq!(world.one::<String>("SELECT reason FROM tombstone WHERE snapshot = 2"), "asked for by the author");
    assert_eq!(world.one::<i64>("SELECT length(leaf) FROM tombstone"), 32);
    world.keepfast(&["show", "2"]).ends(2).says("was removed").says("asked for by the author");
    world.is_sound();
    world.keepfast(&["run", "--all"]).well();
    assert_eq!(world.one::<i64>("SELECT count(*) FROM snapshot WHERE id = 2"), 0, "its number is not given again");
    world.is_sound();
}

#[test]
fn what_is_no_archive_is_said_in_one_sentence() {
    let world = archive();
    let db = world.path("archive/catalog.db");
    world.catalog().execute_batch("PRAGMA user_version = 99").unwrap();
    for words in [&["run"][..], &["list"], &["verify"], &["add", "http://a.test/"]] {
        world.keepfast(words).fails(4, "newer");
    }
    world
        .catalog()
        .execute_batch("PRAGMA user_version = 1; PRAGMA application_id = 7; PRAGMA wal_checkpoint(TRUNCATE)")
        .unwrap();
    world.keepfast(&["list"]).fails(4, "catalog.db");
    fs::write(
        &db,
        b"SQLite format 3\0 but not really, only long enough to look like one at first sight, no more than that",
    )
    .unwrap();
    world.keepfast(&["list"]).ends(4);
    fs::write(&db, vec![0x55; 50_000]).unwrap();
    for words in [&["run"][..], &["list"], &["verify"]] {
        let ended = world.keepfast(words).ends(4);
        assert_eq!(ended.err.matches("error:").count(), 1);
    }
    fs::remove_file(&db).unwrap();
    for suffix in ["-wal", "-shm"] {
        let _ = fs::remove_file(world.path(&format!("archive/catalog.db{suffix}")));
    }
    world.keepfast(&["list"]).fails(4, "no archive");
    world.keepfast(&["run"]).fails(4, "holds WARC files but no catalogue").says("backup");
    assert!(!db.exists(), "nothing is made over what is left");
}

#[test]
fn a_damaged_page_of_the_catalogue_is_named() {
    let world = archive();
    world.catalog().execute_batch("PRAGMA wal_checkpoint(TRUNCATE)").unwrap();
    let db = world.path("archive/catalog.db");
    let mut octets = fs::read(&db).unwrap();
    // The size of a page stands in the head of the file.
    let page = usize::from(u16::from_be_bytes([octets[16], octets[17]]));
    let at = octets.len() - 3 * page;
    octets[at..at + 600].fill(0xa5);
    fs::write(&db, octets).unwrap();
    let ended = world.keepfast(&["verify"]);
    assert!(matches!(ended.code, 4 | 6), "{} {} {}", ended.code, ended.out, ended.err);
    assert!(ended.out.len() + ended.err.len() > 0 && !ended.err.contains("panicked"));
}

#[test]
fn a_flipped_row_of_what_changed_is_named() {
    for (flip, words) in [
        ("UPDATE change SET after = 'Words that nobody wrote.' WHERE after IS NOT NULL", "does not stand in"),
        ("UPDATE change SET before = after, after = before WHERE action = 'edited'", "does not stand in"),
        ("UPDATE change SET before = replace(before, 'Text', 'Test')", "what was read of snapshot 1"),
        ("UPDATE change SET action = 'added' WHERE seq = 0", "its rows come to"),
        ("UPDATE change SET subject = 'nonsense' WHERE seq = 0", "nonsense"),
        ("UPDATE change SET noise = 1", "its rows come to"),
        ("DELETE FROM change", "its rows come to \"nothing\""),
        ("UPDATE snapshot SET what = 'title' WHERE what IS NOT NULL", "but the snapshot says \"title\""),
    ] {
        let (_, problems) = damaged(|world| {
            assert!(world.catalog().execute(flip, []).unwrap() > 0, "{flip}");
        });
        names(&problems, "altered", words);
        assert!(problems.iter().all(|(_, said)| said.starts_with("snapshot 4, change")), "{flip}: {problems:#?}");
    }
}

#[test]
fn watches_that_are_counted_wrong_are_named() {
    let (_, problems) = damaged(|world| {
        world.catalog().execute_batch("UPDATE tally SET n = n + 1 WHERE kind = 'state'").unwrap();
    });
    names(&problems, "altered", "tally: 4 watches are counted whose state is active, but there are 3");
    let (_, problems) = damaged(|world| {
        world.catalog().execute_batch("DELETE FROM tally WHERE kind = 'outcome'").unwrap();
    });
    names(&problems, "altered", "0 watches are counted whose outcome is captured, but there are");
}
