//! What leaves the archive: exports in every form, safe where they are opened.

use serde_json::Value;

use crate::server::Answer;
use crate::world::{World, article};

/// Three pages on two hosts, one of them changed once.
fn archive() -> World {
    let world = World::new();
    world.origin.on("/a", Answer::html(article("First", "It said yes.")));
    world.origin.on("/b", Answer::html(format!("{}<img src=/i.png alt=Bridge>", article("Second", "With a picture."))));
    world.origin.on("/i.png", Answer::of("image/png", *b"\x89PNG\r\n\x1a\nnot much"));
    let evil = "<!doctype html><title>=HYPERLINK(\"http://evil.test\",\"x\")</title><article><h1>=cmd</h1>\
                <p><script>alert(1)</script>+1+1 <b onclick=x>bold</b> and a long enough text to be read as one.</p></article>";
    world.origin.on("/evil", Answer::html(evil));
    world.keepfast(&["add", &world.url("/a"), "--tag", "news"]).well();
    world.keepfast(&["add", &world.url("/b"), &world.url("/evil"), &world.url("/missing")]).well();
    world.keepfast(&["run"]).ends(1);
    world.origin.on("/a", Answer::html(article("First", "Now it says no.")));
    world.keepfast(&["run", "--tag", "news"]).well();
    world
}

fn lines(text: &str) -> Vec<Value> {
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn json_lines_hold_everything_and_are_selected_as_asked() {
    let world = archive();
    let export = |more: &[&str]| {
        let words = [&["export", "--format", "jsonl"], more].concat();
        lines(&world.keepfast(&words).well().out)
    };
    assert_eq!(export(&[]).len(), 5);
    assert!(export(&[]).iter().all(|line| line["schema"] == "keepfast/1"));
    assert_eq!(export(&["--tag", "news"]).len(), 2);
    assert_eq!(export(&["--url", &world.url("/a")]).len(), 2);
    let current = export(&["--url", &world.url("/a"), "--current"]);
    assert!(current.len() == 1 && current[0]["text"].as_str().unwrap().contains("Now it says no."));
    assert_eq!(export(&["--outcome", "not_found"]).len(), 1);
    assert_eq!(export(&["--snapshot", "1", "--snapshot", "5"]).len(), 2);
    assert_eq!(export(&["--since", "1h"]).len(), 5);
    assert_eq!(export(&["--until", "1h"]).len(), 0);
    world.keepfast(&["export", "--format", "jsonl", "--outcome", "fine"]).ends(2).says("captured");
    world.keepfast(&["export", "--format", "jsonl", "--url", "http://nobody.test/"]).fails(2, "not in the archive");
}

#[test]
fn a_table_holds_no_formula() {
    let world = archive();
    world.keepfast(&["export", "--format", "csv", "-o", "all.csv"]).well().says("5 snapshots");
    let text = std::fs::read(world.path("all.csv")).unwrap();
    let mut rows = csv::Reader::from_reader(&text[..]);
    let mut count = 0;
    for row in rows.records() {
        count += 1;
        for cell in row.unwrap().iter() {
            assert!(!cell.starts_with(['=', '+', '-', '@', '\t', '\r']), "{cell:?} is a formula");
        }
    }
    assert_eq!(count, 5);
    let files: Vec<_> = std::fs::read_dir(world.path(".")).unwrap().map(|e| e.unwrap().file_name()).collect();
    assert!(!files.iter().any(|name| name.to_string_lossy().contains("part")), "{files:?}");
}

#[test]
fn one_page_holds_pictures_and_no_script() {
    let world = archive();
    let page = world.keepfast(&["export", "--format", "html", "--current"]).well().out;
    assert!(page.contains("With a picture.") && page.contains("data:image/png;base64,"));
    let low = page.to_lowercase();
    assert!(!low.contains("<script") && !low.contains("onclick"), "what was a script is words or nothing");
    assert!(low.contains("content-security-policy"));
    assert!(!low.contains("src=\"http"), "it asks nobody for anything");
}

#[test]
fn markdown_is_readable() {
    let world = archive();
    let text = world.keepfast(&["export", "--format", "markdown", "--url", &world.url("/a")]).well().out;
    assert!(text.contains("It said yes.") && text.contains("Now it says no.") && text.contains("# First"), "{text}");
}

#[test]
fn a_warc_brings_the_original_of_what_it_revisits() {
    let world = World::new();
    let body = article("A", "The one and only.");
    world.origin.on("/a", Answer::html(body.clone())).on("/b", Answer::html(body.clone()));
    world.keepfast(&["add", "--once", &world.url("/a")]).well();
    world.keepfast(&["add", "--once", &world.url("/b")]).well();
    world.keepfast(&["export", "--format", "warc", "--url", &world.url("/b"), "-o", "b.warc.gz"]).well();
    let text = World::warc_text(&world.path("b.warc.gz"));
    assert!(text.contains("WARC-Type: revisit"), "the snapshot itself is a revisit");
    assert_eq!(text.matches("The one and only.").count(), 1, "and what it revisits is there");
    // Members are copied octet for octet.
    let exported = std::fs::read(world.path("b.warc.gz")).unwrap();
    let segment = std::fs::read(&world.segments()[0]).unwrap();
    let (offset, length): (i64, i64) = world
        .catalog()
        .query_row("SELECT offset, length FROM exchange WHERE id / 4096 = 2 AND hop = 'seed'", [], |r| {
            Ok((r.get(0)?, r.get(1)?))
        })
        .unwrap();
    let member = &segment[offset as usize..(offset + length) as usize];
    assert!(exported.windows(member.len()).any(|w| w == member));
}

#[test]
fn any_sqlite_reads_the_text() {
    let world = World::new();
    let text = "It said yes.</p><ul><li>One \u{201c}quoted\u{201d}<li>Երկու</ul><table><tr><th>Street<th>Houses<tr><td>Abovyan<td>12</table><p>The end of it.";
    world.origin.on("/a", Answer::html(article("A", text)));
    world.keepfast(&["add", &world.url("/a")]).well();
    world.keepfast(&["run"]).well();
    let read: String = world.catalog().query_row("SELECT text FROM document_text", [], |row| row.get(0)).unwrap();
    for part in ["It said yes.", "One \u{201c}quoted\u{201d}\nԵրկու\nStreet\nHouses\nAbovyan\n12\n", "The end of it."]
    {
        assert!(read.contains(part), "{part:?} in {read:?}");
    }
    assert!(!read.contains("paragraph"));
}

#[test]
fn a_warc_leaves_out_confirmations_but_brings_what_they_confirm() {
    let world = World::new();
    world.origin.handle("", "/a", |hit| match hit.field("if-none-match") {
        Some(_) => Answer::status(304).field("ETag", "\"v1\""),
        None => Answer::html(article("A", "It said yes.")).field("ETag", "\"v1\""),
    });
    world.keepfast(&["add", &world.url("/a")]).well();
    world.keepfast(&["run"]).well();
    world.keepfast(&["run", "--all"]).well();
    let export = |more: &[&str]| {
        let words = [&["export", "--format", "warc", "--current", "-o", "a.warc.gz"], more].concat();
        let said = world.keepfast(&words).well().out;
        (said, World::warc_text(&world.path("a.warc.gz")))
    };
    let (said, text) = export(&[]);
    assert!(said.contains("without 304 answers, which replay tools cannot show: 1"), "{said}");
    assert!(text.contains("It said yes.") && !text.contains("304 Not Modified"));
    assert!(text.contains("revisit records of 304 answers are left out"));
    let (said, text) = export(&["--confirmations"]);
    assert!(!said.contains("without 304"), "{said}");
    assert!(text.contains("It said yes.") && text.contains("HTTP/1.1 304") && !text.contains("are left out"));
}

#[test]
fn a_warc_of_a_later_look_brings_the_pictures_that_are_held() {
    let world = World::new();
    let page = |text: &str| Answer::html(format!("{}<img src=/i.png alt=Bridge>", article("A", text)));
    world.origin.on("/a", page("It said yes."));
    world.origin.on("/i.png", Answer::of("image/png", *b"\x89PNG\r\n\x1a\nthe one picture"));
    world.keepfast(&["add", &world.url("/a")]).well();
    world.keepfast(&["run"]).well();
    world.origin.on("/a", page("Now it says no."));
    world.keepfast(&["run", "--all"]).well();
    assert_eq!(world.origin.targets().iter().filter(|t| *t == "/i.png").count(), 1, "it is held, not asked for again");
    world.keepfast(&["export", "--format", "warc", "--current", "-o", "a.warc.gz"]).well();
    let text = World::warc_text(&world.path("a.warc.gz"));
    assert!(text.contains("Now it says no.") && !text.contains("It said yes."));
    assert_eq!(text.matches("the one picture").count(), 1, "the page is shown with its picture");
}
