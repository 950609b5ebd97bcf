//! What was reported as kept is there, whatever ends the process: a kill at any moment, a disk that fails, fills or
//! may not be written to.

use std::collections::hash_map::RandomState;
use std::hash::{BuildHasher as _, Hasher as _};
use std::path::PathBuf;
use std::process::Command;
use std::sync::OnceLock;
use std::time::Duration;

use crate::server::Answer;
use crate::world::{Ended, Running, World, article, skipped};

const PAGES: usize = 300;

/// Pages on ten hosts, listed in `urls.txt`.
fn crawl(pages: usize) -> World {
    let world = World::new();
    let mut urls = Vec::new();
    for n in 0..pages {
        let target = format!("/page/{n}");
        let text = format!("This is what page {n} says. {}", "More of it. ".repeat(n % 40));
        world.origin.on(&target, Answer::html(article(&format!("Page {n}"), &text)));
        urls.push(world.url_of(&format!("h{}.test", n % 10), &target));
    }
    world.file("urls.txt", urls.join("\n")).config("");
    world
}

/// URLs that a run told as kept.
fn reported(ended: &Ended) -> Vec<String> {
    let lines = ended.err.lines().filter_map(|line| line.strip_prefix("captured  "));
    lines.filter_map(|rest| rest.split_whitespace().next().map(str::to_owned)).collect()
}

/// All that was reported is in the catalogue, and all that is in the catalogue is whole.
#[track_caller]
fn nothing_is_lost(world: &World, reported: &[String], what: &str) {
    if !world.path("archive/catalog.db").exists() {
        assert!(reported.is_empty(), "{what}: {} captures were reported, and there is no catalogue", reported.len());
        return;
    }
    let verified = world.keepfast(&["verify"]);
    assert_eq!(verified.code, 0, "{what}: {}{}", verified.out, verified.err);
    let kept = world.column("SELECT w.url FROM snapshot s JOIN watch w ON w.id = s.watch WHERE s.outcome = 'captured'");
    let lost: Vec<_> = reported.iter().filter(|url| !kept.contains(url)).collect();
    assert!(lost.is_empty(), "{what}: reported and not there: {lost:?}");
}

/// A later run does what is left, and nothing is missing then.
#[track_caller]
fn resumes(world: &World, pages: usize, what: &str) {
    let ended = world.keepfast(&["run"]);
    assert_eq!(ended.code, 0, "{what}: {}{}", ended.out, ended.err);
    assert_eq!(
        world.one::<i64>("SELECT count(*) FROM watch WHERE current_snapshot IS NOT NULL"),
        pages as i64,
        "{what}"
    );
    assert_eq!(world.one::<i64>("SELECT count(*) FROM job"), 0, "{what}");
    assert_eq!(world.column("SELECT 1 FROM pragma_foreign_key_check"), Vec::<String>::new(), "{what}");
    nothing_is_lost(world, &[], what);
}

fn random(below: u64) -> u64 {
    RandomState::new().build_hasher().finish() % below
}

#[test]
fn a_kill_at_any_moment_loses_nothing_that_was_reported() {
    let rounds: u64 = std::env::var("CRASH_ROUNDS").ok().and_then(|n| n.parse().ok()).unwrap_or(5);
    let mut total = 0;
    for round in 1..=rounds {
        let world = crawl(PAGES);
        let mut run = world.start(&["run"]);
        // A moment: after so many reports (none: while it starts), and a little later.
        let lines = random(190) * u64::from(random(8) != 0);
        let later = Duration::from_micros(random(if lines == 0 { 200_000 } else { 3_000 }));
        for _ in 0..lines {
            run.hear("captured  ");
        }
        std::thread::park_timeout(later);
        run.kill();
        let ended = run.wait();
        let told = reported(&ended);
        let what = format!("round {round}, killed {later:?} after {lines} reports");
        assert_eq!(ended.code, -1, "{what}: it was over before it was killed: {}", ended.err);
        nothing_is_lost(&world, &told, &what);
        resumes(&world, PAGES, &what);
        let kept = world.column("SELECT url FROM watch WHERE current_snapshot IS NOT NULL");
        assert!(told.iter().all(|url| kept.contains(url)), "{what}");
        total += told.len();
    }
    println!("{rounds} kills, {total} captures reported before them, none lost");
}

/// The disk that fails, built once.
fn fault() -> &'static PathBuf {
    static LIBRARY: OnceLock<PathBuf> = OnceLock::new();
    LIBRARY.get_or_init(|| {
        let source = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it/fault.c");
        let library = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("fault.so");
        let mut cc = Command::new("cc");
        cc.args(["-shared", "-fPIC", "-O1", "-Wall", "-o"]).arg(&library).args([source, "-ldl"]);
        let built = cc.output().expect("a C compiler is needed: SQLite and aws-lc are built with it as well");
        assert!(built.status.success(), "{}", String::from_utf8_lossy(&built.stderr));
        library
    })
}

fn with_fault(world: &World, name: &str, value: u64) -> Ended {
    let mut command = world.command(&[], &["run"]);
    command.env("LD_PRELOAD", fault()).env("FAULT_PATH", "/archive/").env(name, value.to_string());
    Running::new(&["run"], command.spawn().unwrap()).wait()
}

#[test]
fn a_disk_that_fails_to_sync_ends_the_run_and_nothing_is_promised() {
    let mut failed = 0;
    for nth in [1, 2, 3, 5, 8, 13, 21] {
        let world = crawl(60);
        let what = format!("sync fails from call {nth} on");
        let ended = with_fault(&world, "FAULT_SYNC_FROM", nth);
        nothing_is_lost(&world, &reported(&ended), &what);
        if ended.code != 0 {
            failed += 1;
            assert_eq!(ended.code, 5, "{what}: {}", ended.err);
            assert_eq!(ended.err.matches("error:").count(), 1, "{what}: {}", ended.err);
            assert!(!ended.err.contains("panicked"), "{what}: {}", ended.err);
        }
        resumes(&world, 60, &what);
    }
    assert!(failed >= 4, "only {failed} of the runs met the fault: it is not where it should be");
}

#[test]
fn a_disk_that_fills_ends_the_run_and_nothing_is_promised() {
    let mut failed = 0;
    for octets in [0, 1_000, 20_000, 60_000, 150_000, 250_000] {
        let world = crawl(100);
        let what = format!("the disk is full after {octets} octets");
        let ended = with_fault(&world, "FAULT_WRITE_AFTER", octets);
        nothing_is_lost(&world, &reported(&ended), &what);
        if ended.code != 0 {
            failed += 1;
            assert_eq!(ended.code, 5, "{what}: {}", ended.err);
            assert_eq!(ended.err.matches("error:").count(), 1, "{what}: {}", ended.err);
        }
        resumes(&world, 100, &what);
    }
    assert!(failed >= 4, "only {failed} of the runs met the fault: it is not where it should be");
}

/// A program that this machine may lack, or not allow: told, never passed over in silence.
fn can(program: &str, words: &[&str]) -> bool {
    let can = Command::new(program).args(words).output().is_ok_and(|done| done.status.success());
    if !can {
        skipped(&format!("`{program} {}` does not work here", words.join(" ")));
    }
    can
}

#[test]
fn a_small_disk_of_its_own_fills_up_and_is_made_larger() {
    if !can("unshare", &["-rm", "mount", "-t", "tmpfs", "none", "/tmp"]) {
        return;
    }
    for (min_free, size) in [("0 B", "400k"), ("0 B", "700k"), ("1 MiB", "1500k")] {
        let world = crawl(150).env("KEEPFAST_ARCHIVE__MIN_FREE", min_free);
        std::fs::create_dir(world.path("archive")).unwrap();
        let script = "mount -t tmpfs -o size=$1 none archive || exit 99\n\
             \"$0\" run 2> first.err; echo first $?\n\
             mount -o remount,size=100m archive\n\
             if [ -e archive/catalog.db ]; then \"$0\" verify > verify.out 2>&1; echo verify $?; fi\n\
             \"$0\" run > second.out 2>&1; echo second $?\n\
             \"$0\" verify > verify.out 2>&1; echo verify $?\n\
             cp -r archive kept\n";
        let mut command = world.command(&["unshare", "-rm", "sh", "-c", script], &[]);
        command.arg(size);
        let done = command.output().unwrap();
        let out = String::from_utf8_lossy(&done.stdout).into_owned();
        let read = |name: &str| std::fs::read_to_string(world.path(name)).unwrap_or_default();
        let told = format!("{min_free}, {size}: {out}\n{}\n{}", read("first.err"), read("second.out"));
        assert!(out.contains("first 5"), "{told}");
        assert!(
            out.contains("second 0") && !out.contains("verify 6") && out.trim_end().ends_with("verify 0"),
            "{told}"
        );
        let db = rusqlite::Connection::open(world.path("kept/catalog.db")).unwrap();
        let kept =
            "SELECT count(*) FROM snapshot s JOIN watch w ON w.id = s.watch WHERE w.url = ?1 AND outcome = 'captured'";
        let first = read("first.err");
        for url in first.lines().filter_map(|l| l.strip_prefix("captured  ")?.split_whitespace().next()) {
            let n: i64 = db.query_row(kept, [url], |row| row.get(0)).unwrap();
            assert_eq!(n, 1, "{url} was reported once: {told}");
        }
    }
}

#[test]
fn a_folder_that_may_not_be_written_to_is_said_so() {
    use std::os::unix::fs::PermissionsExt as _;
    let world = crawl(3);
    world.keepfast(&["run"]).well();
    let before = world.outcomes().len();
    let chmod = |mode: &str| {
        let done = Command::new("chmod").args(["-R", mode]).arg(world.path(".")).status().unwrap();
        assert!(done.success());
    };
    chmod("a-w,a+rX");
    // Root writes anywhere, so root becomes nobody.
    let is_root = std::fs::File::create(world.path("archive/probe")).is_ok();
    let nobody = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"];
    let before_words: &[&str] = if is_root { &nobody } else { &[] };
    let done = world.command(before_words, &["--version"]).output();
    if done.is_ok_and(|done| done.status.success()) {
        for words in [&["run", "--all"][..], &["add", "http://a.test/"]] {
            let done = world.command(before_words, words).output().unwrap();
            let err = String::from_utf8_lossy(&done.stderr);
            assert_eq!(done.status.code(), Some(4), "{words:?}: {err}");
            assert!(err.matches("error:").count() == 1 && err.contains("hint:"), "{words:?}: {err}");
        }
    } else {
        skipped("setpriv cannot run the binary as nobody here");
    }
    std::fs::set_permissions(world.path("."), std::fs::Permissions::from_mode(0o755)).unwrap();
    chmod("u+w");
    let _ = std::fs::remove_file(world.path("archive/probe"));
    assert_eq!(world.outcomes().len(), before);
    world.keepfast(&["run", "--all"]).well();
    world.is_sound();
}
