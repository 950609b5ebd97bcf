//! The walls of the house, held by reading the sources: which room uses which, who owns which outside crate, how
//! long files are, and what is never written. The table is that of `docs/ARCHITECTURE.md`.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// Rooms from the ground up, each with the rooms that it may use.
const ROOMS: &[(&str, &[&str])] = &[
    ("model", &[]),
    ("error", &["model"]),
    ("clock", &["model"]),
    ("config", &["model", "error"]),
    ("policy", &["model"]),
    ("extract", &["model"]),
    ("site", &["model", "extract", "policy"]),
    ("warc", &["model", "error"]),
    ("diff", &["model"]),
    ("seal", &["model", "error"]),
    ("store", &["model", "error", "clock", "warc", "seal"]),
    ("net", &["model", "error", "clock", "policy"]),
    ("capture", &["model", "error", "clock", "policy", "site", "net"]),
    ("export", &["model", "error", "store", "warc", "seal", "extract"]),
    ("verify", &["model", "error", "store", "warc", "seal", "extract"]),
    ("notify", &["model", "error", "net"]),
    (
        "crawl",
        &[
            "model", "error", "clock", "config", "policy", "extract", "site", "warc", "diff", "seal", "store", "net",
            "capture",
        ],
    ),
    (
        "app",
        &[
            "model", "error", "clock", "config", "policy", "extract", "site", "warc", "diff", "seal", "store", "net",
            "capture", "export", "verify", "notify", "crawl",
        ],
    ),
    // The real clock is made where the program begins.
    ("cli", &["app", "model", "error", "config", "clock"]),
    ("main", &["cli"]),
];

/// Outside crates that belong to one room alone.
const OWNERS: &[(&str, &str)] = &[
    ("toml", "config"),
    ("toml_edit", "config"),
    ("scraper", "extract"),
    ("html5ever", "extract"),
    ("ego_tree", "extract"),
    ("encoding_rs", "extract"),
    ("chardetng", "extract"),
    ("whatlang", "extract"),
    ("similar", "diff"),
    ("p384", "seal"),
    ("ed25519_dalek", "seal"),
    ("x509_tsp", "seal"),
    ("cms", "seal"),
    ("x509_cert", "seal"),
    ("der", "seal"),
    ("webpki", "seal"),
    ("rusqlite", "store"),
    ("icu_normalizer", "store"),
    ("icu_properties", "store"),
    ("lettre", "notify"),
    ("hmac", "notify"),
    ("reqwest", "net"),
    ("rustls", "net"),
    ("tokio_rustls", "net"),
    ("governor", "net"),
    ("cookie_store", "capture"),
    ("clap", "cli"),
    ("clap_complete", "cli"),
    ("clap_mangen", "cli"),
    ("indicatif", "cli"),
];

/// Lines that a file should not exceed, and how many files may, at most.
const SOFT: (usize, usize) = (400, 8);
/// Lines that no file exceeds.
const HARD: usize = 800;
/// Half of the files are shorter.
const MEDIAN: usize = 200;

/// A source file without its comments and strings.
struct Source {
    path: PathBuf,
    room: String,
    is_test: bool,
    lines: usize,
    code: String,
}

fn sources() -> Vec<Source> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let (mut folders, mut out) = (vec![root.clone()], Vec::new());
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|e| e == "rs") {
                let text = fs::read_to_string(&path).unwrap();
                let below = path.strip_prefix(&root).unwrap().to_owned();
                let first = below.components().next().unwrap().as_os_str().to_string_lossy().into_owned();
                let is_test = below.components().any(|c| c.as_os_str() == "tests")
                    || below
                        .file_stem()
                        .is_some_and(|s| s == "tests" || s == "sample" || s.to_string_lossy().ends_with("_tests"));
                out.push(Source {
                    room: first.trim_end_matches(".rs").to_owned(),
                    is_test,
                    lines: text.lines().count(),
                    code: bare(&text),
                    path: below,
                });
            }
        }
    }
    assert!(out.len() > 50, "the sources are not where they were");
    out
}

/// Source text without line comments, and with what stands in string literals taken out.
fn bare(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    let mut before = ' ';
    while let Some(c) = chars.next() {
        match c {
            '/' if chars.peek() == Some(&'/') => {
                while chars.peek().is_some_and(|c| *c != '\n') {
                    chars.next();
                }
            }
            '\'' if chars.peek() == Some(&'"') => {
                // The character '"'.
                chars.next();
            }
            '"' => {
                let raw = before == '#' || before == 'r';
                let hashes = out.chars().rev().take_while(|c| *c == '#').count();
                let raw = raw && out.trim_end_matches('#').ends_with('r');
                loop {
                    match chars.next() {
                        None => break,
                        Some('\\') if !raw => {
                            chars.next();
                        }
                        Some('"') => {
                            let follows = (0..hashes).all(|_| raw && chars.next_if_eq(&'#').is_some());
                            if !raw || hashes == 0 || follows {
                                break;
                            }
                        }
                        Some('\n') => out.push('\n'),
                        Some(_) => {}
                    }
                }
                out.push_str("\"\"");
            }
            _ => out.push(c),
        }
        before = c;
    }
    out
}

/// Names that follow `crate::`, groups in braces included.
fn rooms_named(code: &str) -> Vec<String> {
    let name = |text: &str| text.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect::<String>();
    let mut out = Vec::new();
    for (at, _) in code.match_indices("crate::") {
        if code[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_' || c == '$') {
            continue;
        }
        let rest = &code[at + "crate::".len()..];
        if let Some(group) = rest.strip_prefix('{') {
            let (mut depth, mut part) = (0, String::new());
            for c in group.chars() {
                match c {
                    '}' if depth == 0 => break,
                    ',' if depth == 0 => out.push(name(std::mem::take(&mut part).trim())),
                    _ => {
                        depth += i32::from(c == '{') - i32::from(c == '}');
                        part.push(c);
                    }
                }
            }
            out.push(name(part.trim()));
        } else {
            out.push(name(rest));
        }
    }
    out.retain(|name| !name.is_empty());
    out
}

fn uses(code: &str, outside: &str) -> bool {
    code.match_indices(&format!("{outside}::"))
        .any(|(at, _)| !code[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_' || c == ':' || c == '.'))
}

#[test]
fn the_reader_of_sources_sees_what_is_written() {
    let code = bare("use crate::{model::{A, B}, error};\n// crate::cli\nlet s = \"crate::app\"; crate::store::x();\n");
    assert_eq!(rooms_named(&code), ["model", "error", "store"]);
    assert!(uses("use rusqlite::Connection;", "rusqlite") && !uses("my_rusqlite::x", "rusqlite"));
    assert_eq!(bare("let a = r#\"x \" unsafe\"#; b"), "let a = r#\"\"; b");
    assert_eq!(bare("match c { '\"' => 1, _ => \"unsafe\" }"), "match c { ' => 1, _ => \"\" }");
}

#[test]
fn the_table_has_no_cycle() {
    for (index, (room, used)) in ROOMS.iter().enumerate() {
        for other in *used {
            let at = ROOMS.iter().position(|(name, _)| name == other);
            // `cli` stands above `app`; everything else is named after what it uses.
            assert!(at.is_some_and(|at| at < index), "{room} uses {other}, which does not stand below it");
        }
    }
}

#[test]
fn a_room_uses_only_rooms_of_its_row() {
    let allowed: BTreeMap<&str, &[&str]> = ROOMS.iter().copied().collect();
    let mut wrong = Vec::new();
    for source in sources().iter().filter(|s| !s.is_test && s.room != "lib") {
        let Some(row) = allowed.get(source.room.as_str()) else {
            wrong.push(format!("{}: {} is no room of the table", source.path.display(), source.room));
            continue;
        };
        for used in rooms_named(&source.code) {
            let is_room = allowed.contains_key(used.as_str());
            if used != source.room && is_room && !row.contains(&used.as_str()) {
                wrong.push(format!("{}: {} may not use {used}", source.path.display(), source.room));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn an_outside_crate_stays_in_the_room_that_owns_it() {
    let mut wrong = Vec::new();
    for source in sources().iter().filter(|s| !s.is_test) {
        for (outside, owner) in OWNERS {
            if source.room != *owner && uses(&source.code, outside) {
                wrong.push(format!("{} uses {outside}, which belongs to {owner}", source.path.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn files_can_be_read_in_one_go() {
    let sources = sources();
    let mut lengths: Vec<usize> = sources.iter().map(|s| s.lines).collect();
    lengths.sort_unstable();
    let over = |limit| {
        let long = sources.iter().filter(|s| s.lines > limit);
        long.map(|s| format!("{} has {} lines", s.path.display(), s.lines)).collect::<Vec<_>>()
    };
    assert!(over(HARD).is_empty(), "{:#?}", over(HARD));
    assert!(over(SOFT.0).len() <= SOFT.1, "{:#?}", over(SOFT.0));
    assert!(lengths[lengths.len() / 2] <= MEDIAN, "the median is {}", lengths[lengths.len() / 2]);
}

#[test]
fn what_is_never_written_is_not() {
    let nevers: &[(&str, &[&str])] = &[
        ("println!", &["cli"]),
        ("print!", &["cli"]),
        ("eprintln!", &["cli"]),
        ("eprint!", &["cli"]),
        ("dbg!", &[]),
        ("todo!", &[]),
        ("unimplemented!", &[]),
        ("unsafe ", &[]),
        ("process::exit", &[]),
        (".unwrap()", &[]),
        (".expect(", &[]),
        ("Timestamp::now", &["clock"]),
        ("SystemTime::now", &["clock"]),
        ("unbounded_channel", &[]),
        ("mpsc::channel()", &[]),
    ];
    let mut wrong = Vec::new();
    for source in sources().iter().filter(|s| !s.is_test) {
        for (never, but) in nevers {
            let found = source
                .code
                .match_indices(never)
                .any(|(at, _)| !source.code[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_'));
            if found && !but.contains(&source.room.as_str()) {
                wrong.push(format!("{}: {never}", source.path.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn rooms_that_only_compute_touch_nothing_outside() {
    let touches =
        ["std::fs", "std::net", "std::env", "std::process", "tokio::", "rusqlite::", "reqwest::", "Instant::now"];
    let pure = ["model", "policy", "extract", "site", "diff", "seal", "config"];
    let mut wrong = Vec::new();
    for source in sources().iter().filter(|s| !s.is_test && pure.contains(&s.room.as_str())) {
        for touch in touches {
            if source.code.contains(touch) && !(touch == "std::net" && only_addresses(&source.code)) {
                wrong.push(format!("{}: {touch}", source.path.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// Addresses are values; only sockets reach out.
fn only_addresses(code: &str) -> bool {
    !["TcpStream", "TcpListener", "UdpSocket", "ToSocketAddrs"].iter().any(|socket| code.contains(socket))
}
