use super::tests::{World, at, captured};
use super::*;
use crate::model::*;

fn says(text: &str, version: u32) -> Box<ReadDocument> {
    let mut document = Document::empty();
    document.title = Some(text.into());
    document.comments = vec![Comment { text: format!("{text}, says a comment"), ..Comment::default() }];
    let json = serde_json::to_string(&document).unwrap();
    let digest = Digest::of(json.as_bytes());
    Box::new(ReadDocument { document, version, json, digest })
}

/// An archive in which reader 1 has read so many pages, each with a watch and octets of its own.
fn read(pages: i64) -> (World, Writer) {
    let world = World::new();
    let writer = world.writer();
    let run = world.run(&writer);
    for n in 1..=pages {
        let url = format!("http://site.example/{n}");
        let mut it = captured(run, world.add(&url), &url, url.as_bytes(), n);
        it.document = DocumentPart::New(says(&url, 1));
        world.commit(&writer, it).unwrap();
    }
    (world, writer)
}

fn again(readings: Vec<Reread>) -> Rereading {
    Rereading { readings, at: at(1000), by: "me".into(), software: "test/1".into() }
}

/// All that may be read again, gathered so many snapshots at a time.
fn all(reader: &Reader, version: Option<u32>, limit: u32) -> Vec<Readable> {
    let (mut out, mut after) = (Vec::new(), SnapshotId(0));
    loop {
        let (found, last) = reader.readable(&Filter::default(), version, after, limit).unwrap();
        out.extend(found);
        match last {
            Some(last) => after = last,
            None => return out,
        }
    }
}

#[test]
fn nothing_is_left_out_however_many_are_looked_at_at_once() {
    let (world, writer) = read(7);
    let reader = world.archive.reader().unwrap();
    for limit in [1, 2, 3, 7, 100] {
        let urls: Vec<String> = all(&reader, Some(2), limit).into_iter().map(|readable| readable.url).collect();
        let expected: Vec<String> = (1..=7).map(|n| format!("http://site.example/{n}")).collect();
        assert_eq!(urls, expected, "{limit} at once");
    }
    assert!(all(&reader, Some(1), 3).is_empty(), "reader 1 has read it all");
    assert_eq!(all(&reader, None, 3).len(), 7, "whoever read it");
    assert_eq!((reader.count_readable(Some(2)).unwrap(), reader.count_readable(Some(1)).unwrap()), (7, 0));
    writer.close().unwrap();
}

#[test]
fn what_several_snapshots_hold_is_read_once_and_belongs_to_all_their_watches() {
    let (world, writer) = read(1);
    let run = world.run(&writer);
    let first = "http://site.example/1";
    // Another watch leads to the same page, and the first looks at it again.
    let other = world.add("http://site.example/other");
    for (watch, second) in [(other, 20), (WatchId(1), 30)] {
        let mut it = captured(run, watch, first, first.as_bytes(), second);
        it.document = DocumentPart::Known(KnownDocument { id: DocumentId(1), version: 1, digest: Digest::of(b"") });
        world.commit(&writer, it).unwrap();
    }
    let reader = world.archive.reader().unwrap();
    let found = all(&reader, Some(2), 100);
    assert_eq!(found.len(), 1);
    let mut watches = found[0].watches.clone();
    watches.sort_unstable();
    assert_eq!((found[0].snapshot, watches), (SnapshotId(1), vec![WatchId(1), other]));
    writer.close().unwrap();
}

#[test]
fn a_new_reading_stands_beside_the_old_one_and_the_log_lists_it() {
    let (world, writer) = read(3);
    let reader = world.archive.reader().unwrap();
    let rows = |reader: &Reader| (1..=3).map(|id| reader.stored_document(DocumentId(id)).unwrap()).collect::<Vec<_>>();
    let (old, before) = (rows(&reader), reader.custody_end().unwrap());
    let readings: Vec<Reread> = all(&reader, Some(2), 100)
        .into_iter()
        .take(2)
        .map(|of| Reread { read: says(&format!("better {}", of.url), 2), of })
        .collect();
    let digests: Vec<Digest> = readings.iter().map(|reread| reread.read.digest).collect();
    let ids = world.runtime.block_on(writer.reread(again(readings))).unwrap();
    assert_eq!(ids, [DocumentId(4), DocumentId(5)]);

    let reader = world.archive.reader().unwrap();
    assert_eq!(rows(&reader), old);
    let act = reader.custody(before, 10).unwrap();
    assert_eq!((act.len(), act[0].kind.as_str(), act[0].at), (1, REEXTRACT, Some(at(1000))));
    let body: serde_json::Value = serde_json::from_str(act[0].body.as_deref().unwrap()).unwrap();
    let listed = serde_json::json!([[4, digests[0].hex()], [5, digests[1].hex()]]);
    assert_eq!((&body["reader"], &body["by"], &body["documents"]), (&2.into(), &"me".into(), &listed));
    assert_eq!(
        reader.documents_beside_snapshots().unwrap(),
        [(DocumentId(4), Some(act[0].seq)), (DocumentId(5), Some(act[0].seq))]
    );

    let view = reader.view(SnapshotId(1)).unwrap();
    assert_eq!(view.snapshot.document, Some(DocumentId(1)), "the snapshot is as it was");
    assert_eq!(view.snapshot.title.as_deref(), Some("better http://site.example/1"));
    assert_eq!(view.document.as_ref().unwrap().comments[0].text, "better http://site.example/1, says a comment");
    let (shown, first) = view.read_again().unwrap();
    assert_eq!((shown.reader, shown.read_again_at, first), (2, Some(at(1000)), 1));
    let old = reader.view_of(SnapshotId(1), Some(1)).unwrap();
    assert_eq!((old.snapshot.title.as_deref(), old.read_again()), (Some("http://site.example/1"), None));
    assert!(reader.view_of(SnapshotId(3), Some(2)).is_err(), "reader 2 has not read that one");
    assert_eq!(all(&reader, Some(2), 100).len(), 1);
    writer.close().unwrap();
}

#[test]
fn an_older_reading_that_comes_late_is_not_shown() {
    let (world, writer) = read(1);
    let of = all(&world.archive.reader().unwrap(), None, 10).remove(0);
    for version in [3, 2] {
        let readings = vec![Reread { of: of.clone(), read: says(&format!("by reader {version}"), version) }];
        world.runtime.block_on(writer.reread(again(readings))).unwrap();
    }
    let reader = world.archive.reader().unwrap();
    let view = reader.view(SnapshotId(1)).unwrap();
    assert_eq!((view.reader, view.snapshot.title.as_deref()), (Some(3), Some("by reader 3")));
    assert_eq!(view.readings.iter().map(|reading| reading.reader).collect::<Vec<_>>(), [1, 2, 3]);
    writer.close().unwrap();
}

#[test]
fn the_octets_of_a_page_are_found_by_the_snapshot_that_holds_them() {
    let (world, writer) = read(2);
    let reader = world.archive.reader().unwrap();
    for readable in all(&reader, Some(2), 10) {
        let origin = reader.origin(readable.snapshot, readable.document).unwrap().unwrap();
        assert_eq!((&origin.url, origin.payload), (&readable.url, Digest::of(readable.url.as_bytes())));
        assert!(!origin.truncated && origin.head == origin.body);
        let mut body = String::new();
        let mut record = reader.payloads().unwrap().open(origin.body).unwrap();
        std::io::Read::read_to_string(&mut record, &mut body).unwrap();
        assert_eq!(body, readable.url);
    }
    assert!(reader.origin(SnapshotId(1), DocumentId(2)).unwrap().is_none(), "that is of another snapshot");
    writer.close().unwrap();
}
