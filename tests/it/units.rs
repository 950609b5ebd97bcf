//! The units of systemd say what systemd understands, call what is there, and keep the service in its place.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::world::{KEEPFAST, skipped};

fn units() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("config/systemd")
}

/// The units in a folder of their own, with the built binary in place of the installed one.
fn beside_the_binary() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for entry in fs::read_dir(units()).unwrap() {
        let path = entry.unwrap().path();
        let text = fs::read_to_string(&path).unwrap().replace("/usr/local/bin/keepfast", KEEPFAST);
        fs::write(folder.path().join(path.file_name().unwrap()), text).unwrap();
    }
    folder
}

/// `systemd-analyze`, if it is here.
fn analyze(words: &[&str], files: &[PathBuf]) -> Option<(bool, String)> {
    match Command::new("systemd-analyze").args(words).args(files).output() {
        Ok(done) => {
            let said = [done.stdout, done.stderr].concat();
            Some((done.status.success(), String::from_utf8_lossy(&said).into_owned()))
        }
        Err(why) => {
            skipped(&format!("units of systemd: systemd-analyze (package systemd) cannot be run: {why}"));
            None
        }
    }
}

#[test]
fn systemd_finds_nothing_wrong_with_the_units() {
    let folder = beside_the_binary();
    let files: Vec<PathBuf> = fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().path()).collect();
    assert_eq!(files.len(), 3, "{files:?}");
    let Some((good, said)) = analyze(&["verify"], &files) else { return };
    assert!(good && said.trim().is_empty(), "{said}");
}

#[test]
fn a_unit_with_a_fault_is_found_out() {
    let folder = beside_the_binary();
    let path = folder.path().join("keepfast.service");
    let text = fs::read_to_string(&path).unwrap();
    fs::write(&path, text.replace("ProtectSystem=strict", "ProtectSystem=a bit")).unwrap();
    let Some((good, said)) = analyze(&["verify"], &[path]) else { return };
    assert!(!good || !said.trim().is_empty(), "the test above proves nothing");
}

#[test]
fn what_the_units_may_do_is_little() {
    let folder = beside_the_binary();
    for name in ["keepfast.service", "keepfast-run.service"] {
        let file = folder.path().join(name);
        // In tenths: 10 is harmless, 96 is a unit that says nothing of it.
        let words = ["security", "--offline=true", "--threshold=20"];
        let Some((good, said)) = analyze(&words, &[file]) else { return };
        assert!(good, "{said}");
        let text = fs::read_to_string(units().join(name)).unwrap();
        for line in ["ProtectSystem=strict", "NoNewPrivileges=yes", "PrivateTmp=yes", "MemoryDenyWriteExecute=yes"] {
            assert!(text.lines().any(|l| l == line), "{name} does not say {line}");
        }
    }
}
