use std::fs::OpenOptions;
use std::io::{Read as _, Write as _};

use jiff::Timestamp;
use tempfile::TempDir;

use super::*;
use crate::error::ErrorKind;
use crate::model::*;
use crate::warc::{Compressor, Kind as WarcKind, NewRecord, Source as Payload, new_id};

/// An archive in a folder of its own, and a runtime to talk to its writer.
pub(super) struct World {
    dir: TempDir,
    pub runtime: tokio::runtime::Runtime,
    pub archive: Archive,
}

pub(super) fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_800_000_000 + second).unwrap()
}

fn options(segment_size: u64) -> CaptureOptions {
    CaptureOptions { segment_size, warcinfo: vec![("software", "test".into())], min_free: 0 }
}

impl World {
    pub fn new() -> Self {
        let dir = TempDir::new().unwrap();
        let archive = Archive::init(&dir.path().join("archive"), at(0)).unwrap();
        Self { dir, runtime: tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap(), archive }
    }

    pub fn writer(&self) -> Writer {
        self.archive.capture(options(1 << 30)).unwrap().0
    }

    pub fn run(&self, writer: &Writer) -> RunId {
        let start = RunStart {
            at: at(0),
            software: "test/1".into(),
            operator: "me".into(),
            config_digest: Digest::of(b"config"),
            config: "{}".into(),
        };
        self.runtime.block_on(writer.start_run(start)).unwrap()
    }

    pub fn add(&self, url: &str) -> WatchId {
        self.archive.edit().unwrap().add(&[watch(url)], at(0)).unwrap()[0].0
    }

    pub fn commit(&self, writer: &Writer, captured: Captured) -> crate::error::Result<Kept> {
        self.runtime.block_on(writer.commit(captured))
    }

    fn segment(&self) -> std::path::PathBuf {
        let segments = self.archive.reader().unwrap().segments().unwrap();
        self.archive.layout().root().join(&segments.last().unwrap().path)
    }
}

fn watch(url: &str) -> NewWatch {
    NewWatch {
        url: url.into(),
        key: url.into(),
        host: "site.example:80".into(),
        source: Source::Add,
        tags: vec!["news".into()],
        note: None,
        every: None,
        published: None,
        options: WatchOptions::new(),
    }
}

pub(super) fn captured(run: RunId, watch: WatchId, url: &str, body: &[u8], second: i64) -> Captured {
    let head = b"HTTP/1.1 200 OK\r\n\r\n";
    let id = new_id(&[url.as_bytes(), body, &second.to_le_bytes()]);
    let mut record = NewRecord::new(WarcKind::Response, id, at(second), Some(url), head);
    record.field("WARC-Payload-Digest", Digest::of(body).label());
    let mut bytes = Vec::new();
    let (block_digest, _) =
        record.write(Payload::Memory(body), None, false, &mut Compressor::new(6), &mut bytes).unwrap();
    Captured {
        job: None,
        run,
        watch,
        url: url.into(),
        attempt: 1,
        started_at: at(second),
        ended_at: at(second + 1),
        outcome: Outcome::Captured,
        status: Some(200),
        final_url: Some(url.into()),
        final_exchange: Some(0),
        flags: Vec::new(),
        failure: None,
        robots: None,
        robots_note: None,
        changed: None,
        difference: None,
        previous: None,
        decoded_len: body.len() as u64,
        etag: Some("\"1\"".into()),
        last_modified: None,
        exchanges: vec![Recorded {
            hop: Hop::Seed,
            url: url.into(),
            via: None,
            started_at: at(second),
            duration_ms: 5,
            remote: Some("192.0.2.1:80".into()),
            resolved: None,
            protocol: Some(Protocol::Http11),
            tls: None,
            chain: None,
            status: Some(200),
            media_type: "text/html".into(),
            body_len: body.len() as u64,
            payload: Some(Digest::of(body)),
            truncated: None,
            failure: None,
            revisit_of: None,
            records: vec![EncodedRecord {
                kind: "response".into(),
                id,
                block_digest,
                bytes: RecordBytes::Memory(bytes),
            }],
        }],
        document: DocumentPart::None,
        pages: Vec::new(),
        comments: None,
        turns: Vec::new(),
        requisites: Vec::new(),
        retry_at: None,
        presence: Vec::new(),
        notices: Vec::new(),
        items: Vec::new(),
        program: None,
        ends: None,
        hasten: Vec::new(),
        schedule: Some(Settled {
            ended: Vec::new(),
            next: Some(at(second + 3600)),
            over: false,
            waiting: Some(at(0)),
            pulse: Pulse::new(at(second)),
        }),
        leaf: b"leaf".to_vec(),
    }
}

#[test]
fn what_was_acknowledged_is_there_for_the_next_process() {
    let world = World::new();
    let url = "http://site.example/a";
    let watch = world.add(url);
    let writer = world.writer();
    let run = world.run(&writer);
    let kept = world.commit(&writer, captured(run, watch, url, b"hello", 10)).unwrap();
    // No close: as if the process had been killed here. The lock goes with the process, so drop the thread's handle.
    let reader = world.archive.reader().unwrap();
    let view = reader.view(kept.snapshot).unwrap();
    assert_eq!(view.snapshot.url, url);
    assert_eq!(view.exchanges[0].payload, Some(Digest::of(b"hello")));
    let place = reader.holder(&view.exchanges[0]).unwrap().unwrap();
    let mut body = String::new();
    reader.payloads().unwrap().open(place).unwrap().read_to_string(&mut body).unwrap();
    assert_eq!(body, "hello");
    let now = reader.watch(watch).unwrap().unwrap();
    assert_eq!((now.snapshots, now.current, now.due_at), (1, Some(kept.snapshot), Some(at(10 + 3600))));
    writer.close().unwrap();
}

#[test]
fn what_a_crash_left_behind_the_committed_length_is_cut_off() {
    let world = World::new();
    let url = "http://site.example/a";
    let watch = world.add(url);
    let writer = world.writer();
    let run = world.run(&writer);
    world.commit(&writer, captured(run, watch, url, b"hello", 10)).unwrap();
    writer.close().unwrap();
    let committed = std::fs::metadata(world.segment()).unwrap().len();
    OpenOptions::new().append(true).open(world.segment()).unwrap().write_all(b"half a record").unwrap();
    std::fs::write(world.archive.layout().spool().join("left"), b"over").unwrap();

    let (writer, recovered) = world.archive.capture(options(1 << 30)).unwrap();
    assert_eq!((recovered.cut, recovered.swept, recovered.stopped_runs), (13, 1, 1));
    assert_eq!(std::fs::metadata(world.segment()).unwrap().len(), committed);
    let run = world.run(&writer);
    world.commit(&writer, captured(run, watch, url, b"again", 20)).unwrap();
    writer.close().unwrap();
    assert_eq!(world.archive.reader().unwrap().segments().unwrap().len(), 1);
}

#[test]
fn a_shortened_segment_is_left_alone_and_told() {
    let world = World::new();
    let url = "http://site.example/a";
    let watch = world.add(url);
    let writer = world.writer();
    let run = world.run(&writer);
    world.commit(&writer, captured(run, watch, url, b"hello", 10)).unwrap();
    writer.close().unwrap();
    OpenOptions::new().write(true).open(world.segment()).unwrap().set_len(40).unwrap();

    let (writer, recovered) = world.archive.capture(options(1 << 30)).unwrap();
    assert!(recovered.damage.unwrap().contains("40 octets"));
    let run = world.run(&writer);
    world.commit(&writer, captured(run, watch, url, b"again", 20)).unwrap();
    writer.close().unwrap();
    assert_eq!(world.archive.reader().unwrap().segments().unwrap().len(), 2);
}

#[test]
fn one_failing_command_undoes_only_itself() {
    let world = World::new();
    let url = "http://site.example/a";
    let watch = world.add(url);
    let writer = world.writer();
    let run = world.run(&writer);
    let mut bad = captured(run, WatchId(999), url, b"nobody watches this", 10);
    bad.exchanges[0].records[0].bytes = RecordBytes::Memory(vec![1; 3 << 20]);
    let (good, bad, other) = world.runtime.block_on(async {
        tokio::join!(
            writer.commit(captured(run, watch, url, b"one", 10)),
            writer.commit(bad),
            writer.commit(captured(run, watch, url, b"two", 11)),
        )
    });
    assert!(bad.is_err());
    assert_eq!(other.unwrap().snapshot.0, good.unwrap().snapshot.0 + 1);
    writer.close().unwrap();
    let mut reader = crate::warc::Reader::new(std::fs::File::open(world.segment()).unwrap(), 0).unwrap();
    let mut kinds = Vec::new();
    while let Some(record) = reader.next_record().unwrap() {
        kinds.push(record.kind().to_owned());
    }
    assert_eq!(kinds, ["warcinfo", "response", "response"]);
}

#[test]
fn a_full_segment_is_sealed_with_its_digest() {
    let world = World::new();
    let url = "http://site.example/a";
    let watch = world.add(url);
    let (writer, _) = world.archive.capture(options(600)).unwrap();
    let run = world.run(&writer);
    for n in 0..4 {
        let body = format!("body number {n}");
        world.commit(&writer, captured(run, watch, url, body.as_bytes(), n)).unwrap();
    }
    writer.close().unwrap();
    let segments = world.archive.reader().unwrap().segments().unwrap();
    assert!(segments.len() > 1);
    for segment in &segments[..segments.len() - 1] {
        let bytes = std::fs::read(world.archive.layout().root().join(&segment.path)).unwrap();
        assert_eq!(segment.digest, Some(Digest::of(&bytes)));
    }
}

#[test]
fn the_custody_log_links_each_entry_to_the_one_before() {
    let world = World::new();
    let url = "http://site.example/a";
    let watch = world.add(url);
    let writer = world.writer();
    let run = world.run(&writer);
    world.commit(&writer, captured(run, watch, url, b"one", 1)).unwrap();
    world.runtime.block_on(writer.act("export", None, at(5), "somebody exported".into())).unwrap();
    writer.close().unwrap();
    let rows = world.archive.reader().unwrap().custody(0, 10).unwrap();
    let first = super::commit::link(&[0; 32], &Digest::of(b"leaf"));
    assert_eq!(rows[0].hash.0, first);
    assert_eq!(rows[1].hash.0, super::commit::link(&first, &Digest::of(b"somebody exported")));
}

#[test]
fn work_is_claimed_once_and_comes_back_when_its_time_has_come() {
    let world = World::new();
    let (a, b) = ("http://site.example/a", "http://site.example/b");
    let first = world.add(a);
    world.add(b);
    let writer = world.writer();
    let run = world.run(&writer);
    let host = "site.example:80".to_owned();
    let work = world.runtime.block_on(writer.enqueue(run, Select::Due, at(1))).unwrap();
    assert_eq!((work.added, work.hosts.len(), work.hosts[0].1), (2, 1, 2));
    let claim = |second| world.runtime.block_on(writer.claim(run, host.clone(), 10, at(second))).unwrap();
    let jobs = claim(1);
    assert_eq!((jobs.len(), jobs[0].attempt, jobs[0].previous.clone()), (2, 1, None));
    assert!(claim(1).is_empty());

    let mut failed = captured(run, first, a, b"busy", 2);
    (failed.job, failed.outcome, failed.retry_at) = (Some(jobs[0].id), Outcome::ServerError, Some(at(60)));
    world.commit(&writer, failed).unwrap();
    assert!(claim(59).is_empty());
    let again = claim(60);
    assert_eq!((again.len(), again[0].attempt), (1, 2));

    let mut good = captured(run, first, a, b"good", 61);
    good.job = Some(again[0].id);
    let kept = world.commit(&writer, good).unwrap();
    world.runtime.block_on(writer.enqueue(run, Select::All, at(100))).unwrap();
    let later = claim(100);
    let previous = later.iter().find(|job| job.watch == first).unwrap().previous.clone().unwrap();
    assert_eq!((previous.snapshot, previous.payload), (kept.snapshot, Digest::of(b"good")));
    assert_eq!((previous.etag.as_deref(), previous.held.url.as_str()), (Some("\"1\""), a));
    writer.close().unwrap();
}

#[test]
fn a_wall_never_becomes_the_current_snapshot() {
    let world = World::new();
    let url = "http://site.example/a";
    let watch = world.add(url);
    let writer = world.writer();
    let run = world.run(&writer);
    let good = world.commit(&writer, captured(run, watch, url, b"good", 1)).unwrap();
    let mut wall = captured(run, watch, url, b"just a moment", 2);
    wall.outcome = Outcome::Challenge;
    let wall = world.commit(&writer, wall).unwrap();
    writer.close().unwrap();
    let now = world.archive.reader().unwrap().watch(watch).unwrap().unwrap();
    assert_eq!((now.current, now.last), (Some(good.snapshot), Some(wall.snapshot)));
}

#[test]
fn entries_that_leave_a_list_are_retired_and_come_back() {
    let world = World::new();
    let mut edit = world.archive.edit().unwrap();
    let listed =
        |urls: &[&str]| urls.iter().map(|u| NewWatch { source: Source::Config, ..watch(u) }).collect::<Vec<_>>();
    let two = listed(&["http://site.example/a", "http://site.example/b"]);
    assert_eq!(edit.sync(Source::Config, &two, at(1)).unwrap(), Synced { added: 2, changed: 0, retired: 0 });
    assert_eq!(edit.sync(Source::Config, &two, at(2)).unwrap(), Synced::default());
    assert_eq!(edit.sync(Source::Config, &two[..1], at(3)).unwrap(), Synced { added: 0, changed: 0, retired: 1 });
    let state = |url: &str| world.archive.reader().unwrap().watch_by_key(url).unwrap().unwrap().state;
    assert_eq!(state("http://site.example/b"), WatchState::Retired);
    edit.sync(Source::Config, &two, at(4)).unwrap();
    assert_eq!(state("http://site.example/b"), WatchState::Active);
}

#[test]
fn a_second_capturing_process_is_told_so() {
    let world = World::new();
    let writer = world.writer();
    let error = world.archive.capture(options(1 << 30)).err().unwrap();
    assert_eq!(error.kind(), ErrorKind::Archive);
    assert!(error.message().contains("another process captures"));
    assert!(world.archive.is_locked());
    // Adding does not need the lock.
    world.add("http://site.example/meanwhile");
    writer.close().unwrap();
    assert!(!world.archive.is_locked());
}

#[test]
fn strangers_files_are_refused_with_one_clear_error() {
    let world = World::new();
    let root = world.dir.path().join("other");
    std::fs::create_dir_all(&root).unwrap();
    assert!(Archive::open(&root).err().unwrap().message().contains("no archive"));
    std::fs::write(root.join("catalog.db"), b"not a database, but long enough to be looked at").unwrap();
    assert_eq!(Archive::open(&root).err().unwrap().kind(), ErrorKind::Archive);
    std::fs::remove_file(root.join("catalog.db")).unwrap();
    let foreign = rusqlite::Connection::open(root.join("catalog.db")).unwrap();
    foreign.execute_batch("CREATE TABLE t (x); PRAGMA user_version = 9").unwrap();
    assert!(Archive::open(&root).err().unwrap().message().contains("not a keepfast catalogue"));
    foreign.pragma_update(None, "application_id", 0x6b65_6570).unwrap();
    assert!(Archive::open(&root).err().unwrap().message().contains("version 9"));
}

#[test]
fn a_backup_of_a_live_archive_opens_and_has_the_bytes() {
    let world = World::new();
    let url = "http://site.example/a";
    let watch = world.add(url);
    let writer = world.writer();
    let run = world.run(&writer);
    world.commit(&writer, captured(run, watch, url, b"one", 1)).unwrap();
    let to = world.dir.path().join("copy");
    let report = world.archive.reader().unwrap().backup(&to).unwrap();
    assert_eq!((report.copied, report.kept), (1, 0));
    world.commit(&writer, captured(run, watch, url, b"two", 2)).unwrap();
    writer.close().unwrap();
    let copy = Archive::open(&to).unwrap();
    assert_eq!(copy.reader().unwrap().newest_snapshot().unwrap(), SnapshotId(1));
    let again = world.archive.reader().unwrap().backup(&to).unwrap();
    assert_eq!((again.copied, again.kept), (1, 0));
    assert_eq!(Archive::open(&to).unwrap().reader().unwrap().newest_snapshot().unwrap(), SnapshotId(2));
}

#[test]
fn a_removed_snapshot_leaves_a_tombstone_and_what_others_need_stays() {
    let world = World::new();
    let url = "http://site.example/a";
    let watch = world.add(url);
    let writer = world.writer();
    let run = world.run(&writer);
    let first = world.commit(&writer, captured(run, watch, url, b"same", 1)).unwrap().snapshot;
    let mut revisit = captured(run, watch, url, b"same", 2);
    revisit.previous = Some(first);
    let second = world.commit(&writer, revisit).unwrap().snapshot;
    let reader = world.archive.reader().unwrap();
    assert_eq!(reader.removable(&[first]).unwrap(), (Vec::new(), 1));
    let (both, needed) = reader.removable(&[first, second]).unwrap();
    assert_eq!((both.len(), needed), (2, 0));
    let removal = Removal {
        snapshots: both.iter().map(|(id, _)| (*id, Digest::of(b"leaf"))).collect(),
        at: at(9),
        by: "me".into(),
        reason: "asked to".into(),
    };
    world.runtime.block_on(writer.prune(removal)).unwrap();
    writer.close().unwrap();
    let reader = world.archive.reader().unwrap();
    assert_eq!(reader.tombstone(first).unwrap().unwrap().reason, "asked to");
    assert!(reader.snapshot(first).is_err());
    assert!(reader.integrity().unwrap().is_empty());
    assert_eq!(reader.custody(0, 10).unwrap().len(), 3);
}

#[test]
fn the_bundled_sqlite_is_one_that_does_not_corrupt() {
    assert!(sqlite_version().0 >= SQLITE_MIN_VERSION);
}
