use std::io::Write;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use clap::{CommandFactory, Parser};

use super::args::{Cli, Command, Moment, When};
use super::exit::{Exit, HELP};
use super::progress::{Board, Show};
use super::render::{self, Screen};
use super::summary::{self, NotKept, RunSummary, Status};
use super::term::{self, Paint, Table, Tone};
use crate::app::Week;
use crate::model::sample::article;
use crate::model::{
    Failure, FailureKind, NewWatch, Outcome, Presence, RunId, SnapshotId, Source, Watch, WatchId, WatchState,
};

fn screen() -> Screen {
    Screen { columns: 80, paint: Paint::default(), now: "2026-11-23T08:05:00Z".parse().unwrap() }
}

fn shown(write: impl Fn(&mut dyn Write) -> std::io::Result<()>) -> String {
    let mut out = Vec::new();
    write(&mut out).unwrap();
    String::from_utf8(out).unwrap()
}

fn parse(words: &str) -> Result<Cli, clap::Error> {
    Cli::try_parse_from(words.split(' '))
}

#[test]
fn the_definition_of_the_command_line_is_sound() {
    Cli::command().debug_assert();
}

#[test]
fn every_command_says_what_it_does_and_gives_an_example() {
    let names: Vec<String> = Cli::command().get_subcommands().map(|command| command.get_name().to_owned()).collect();
    assert_eq!(
        names.join(" "),
        "init add import list remove pause resume tag run watch schedule status history gone diff changes events show posts search export reextract verify backup prune \
         doctor config demo completions man"
    );
    for command in Cli::command().get_subcommands() {
        let name = command.get_name();
        assert!(command.get_about().is_some(), "{name} has no help");
        assert!(
            command.get_after_help().is_some_and(|help| help.to_string().contains("Example")),
            "{name} has no example"
        );
        for argument in command.get_arguments() {
            assert!(argument.get_help().is_some(), "{name} {} has no help", argument.get_id());
        }
    }
}

#[test]
fn the_examples_of_the_help_are_real() {
    for command in Cli::command().get_subcommands() {
        let help = command.get_after_help().unwrap().to_string();
        for line in help.lines().filter_map(|line| line.trim_start_matches("Example:").trim().strip_prefix("keepfast "))
        {
            let words = line.split([' ']).take_while(|word| !matches!(*word, ">" | "|" | "&&"));
            if let Err(error) = Cli::try_parse_from(std::iter::once("keepfast").chain(words)) {
                panic!("{line}: {error}");
            }
        }
    }
}

#[test]
fn words_are_understood_and_contradictions_refused() {
    let cli =
        parse("keepfast add --once http://a/ --tag x -t y --own requisites=all --json --set pace.burst=3").unwrap();
    let Command::Add(add) = cli.command else { panic!("add") };
    assert!(add.once && cli.global.json);
    assert_eq!((add.new.tags.join(","), cli.global.set.join(",")), ("x,y".into(), "pace.burst=3".into()));
    for wrong in [
        "keepfast add",
        "keepfast pause",
        "keepfast run --all http://a/",
        "keepfast add --once --every 6h http://a/",
        "keepfast add http://a/ --every 10",
        "keepfast show 1 --raw --text",
        "keepfast prune",
        "keepfast prune --plan --yes",
        "keepfast export --format pdf",
        "keepfast export --format csv --outcome lost",
        "keepfast export --format csv --since yesterday",
        "keepfast list -q -v",
        "keepfast tag 1",
    ] {
        assert!(parse(wrong).is_err(), "{wrong}");
    }
}

#[test]
fn times_are_dates_instants_or_ages() {
    let since = |word: &str| match parse(&format!("keepfast export -f csv --since {word}")).unwrap().command {
        Command::Export(export) => export.which.since.unwrap(),
        _ => panic!("export"),
    };
    let now = "2026-11-23T08:00:00Z".parse().unwrap();
    assert_eq!(since("2026-11-01").resolve(now).to_string(), "2026-11-01T00:00:00Z");
    assert_eq!(since("2026-11-01T10:30").resolve(now).to_string(), "2026-11-01T10:30:00Z");
    assert_eq!(since("2026-11-01T10:30+04:00").resolve(now).to_string(), "2026-11-01T06:30:00Z");
    assert_eq!(since("7d"), Moment::Ago(Duration::from_secs(7 * 86_400)));
    assert_eq!(since("7d").resolve(now).to_string(), "2026-11-16T08:00:00Z");
    assert_eq!(since("3000w").resolve(jiff::Timestamp::MIN), jiff::Timestamp::MIN);
}

#[test]
fn the_table_of_exit_codes_in_the_help_is_the_real_one() {
    let lines: Vec<String> = Exit::ALL.iter().map(|exit| format!("  {:>3}  {}", exit.code(), exit.about())).collect();
    assert_eq!(HELP, format!("Exit codes:\n{}", lines.join("\n")));
}

#[test]
fn nothing_from_the_web_steers_a_terminal() {
    assert_eq!(term::line("a\x1b]0;title\x07\x1b[2Jb"), "a␛]0;title␇␛[2Jb");
    assert_eq!(term::line("a\u{9b}31m\u{202e}b\u{2066}"), "a\u{fffd}31m\u{fffd}b\u{fffd}");
    assert_eq!(term::line("one\r\ntwo\tthree\u{2028}"), "one  two three ");
    assert_eq!(term::line("co\u{ad}op\u{200b}\u{feff}"), "coop", "marks that only say where a word may break");
    assert_eq!(term::line("می\u{200c}خواهم"), "می\u{200c}خواهم", "joiners are part of words");
    assert_eq!(term::text("a\r\nb\rc\x08"), "a\nb␍c␈");
    assert!(matches!(term::line("Անահիտ, plain"), std::borrow::Cow::Borrowed(_)));
    for c in (0..0x11_0000).filter_map(char::from_u32) {
        let line = term::line(c.encode_utf8(&mut [0; 4])).into_owned();
        assert!(!line.chars().any(|c| c.is_control() || ('\u{202a}'..='\u{202e}').contains(&c)), "{c:?}");
    }
}

#[test]
fn colours_come_only_where_they_are_wanted() {
    assert!(term::colour(When::Auto, true, None) && term::colour(When::Auto, true, Some("")));
    assert!(!term::colour(When::Auto, true, Some("1")) && !term::colour(When::Auto, false, None));
    assert!(term::colour(When::Always, false, Some("1")) && !term::colour(When::Never, true, None));
    assert_eq!(Paint { on: true }.bad("x"), "\x1b[31mx\x1b[0m");
    assert_eq!(Paint { on: false }.bad("x"), "x");
}

#[test]
fn widths_count_columns_not_characters() {
    assert_eq!(term::cut("漢字漢字", 5), "漢字…");
    assert_eq!(term::cut("abc", 3), "abc");
    assert_eq!(term::wrap("one two three", 9), ["one two", "three"]);
    assert_eq!(term::wrap("漢字漢字漢字", 8), ["漢字漢字", "漢字"]);
    assert_eq!(term::wrap("a\n\nb", 20), ["a", "", "b"]);
    let mut table = Table::new(&[">n", "~name", "x"]);
    table.row(vec![
        ("1".into(), Tone::Plain),
        ("a very, very long name that gives way\x1b[2J".into(), Tone::Plain),
        ("y".into(), Tone::Good),
    ]);
    table.row(vec![("20".into(), Tone::Plain), ("漢字".into(), Tone::Plain), (String::new(), Tone::Plain)]);
    let text = shown(|out| table.write(20, Paint::default(), out));
    assert_eq!(text, " n  name                              x\n 1  a very, very long name that giv…  y\n20  漢字\n");
}

#[test]
fn numbers_are_for_people() {
    let sizes: Vec<String> = [0, 999, 1000, 1536, 15 << 20, 3 << 40].into_iter().map(term::size).collect();
    assert_eq!(sizes, ["0 B", "999 B", "1.0 KiB", "1.5 KiB", "15 MiB", "3.0 TiB"]);
    assert_eq!((term::count(7), term::count(1_234_567)), ("7".into(), "1,234,567".into()));
    let now: jiff::Timestamp = "2026-11-23T08:00:00Z".parse().unwrap();
    let age = |seconds: i64| term::age(now - jiff::SignedDuration::from_secs(seconds), now);
    assert_eq!(
        [age(0), age(59), age(3600), age(86_400 * 3), age(-120)],
        ["now", "59 s ago", "1 h ago", "3 d ago", "in 2 min"]
    );
}

#[test]
fn a_snapshot_is_shown_with_what_is_known_and_what_it_says() {
    let text = shown(|out| render::snapshot(&article(), screen(), out));
    pinned("snapshot", &text);
    let narrow = Screen { columns: 30, ..screen() };
    assert!(shown(|out| render::snapshot(&article(), narrow, out)).contains("<script>"));
}

#[test]
fn only_the_text_may_be_asked_for() {
    let view = article();
    let text = shown(|out| render::text(view.document.as_ref().unwrap(), None, screen(), out));
    assert!(
        text.starts_with("=HYPERLINK(\"x\")␛[2J<script>alert(1)</script>\n\n## A & B\n\nFirst line *bold*\n1. not a")
    );
    assert!(text.ends_with("  ليلى - 2021-05-14 11:15:00\n  جسر \u{fffd}جميل\n  +2\n"));
}

#[test]
fn requests_and_answers_are_shown_with_their_records() {
    let text = shown(|out| render::exchanges(&article(), screen(), out));
    assert!(text.starts_with("1. seed https://example.org/a?x=<y> → 200\n"), "{text}");
    assert!(text.contains("peer        192.0.2.7:443, http/1.1, tls/1.3 TLS_AES_128_GCM_SHA256\n"), "{text}");
    assert!(text.contains("record      urn:uuid:02020202-0202-0202-0202-020202020202\n"), "{text}");
    assert_eq!(
        shown(|out| render::head(b"HTTP/1.1 200 OK\r\nX: \x1b[2J\xff\r\n\r\n", out)),
        "  HTTP/1.1 200 OK\n  X: ␛[2J\u{fffd}\n\n"
    );
}

#[test]
fn the_timeline_tells_changes_and_absences() {
    let first = article().snapshot;
    let mut same = first.clone();
    (same.id, same.changed, same.outcome) = (SnapshotId(13), Some(false), Outcome::Unchanged);
    let mut gone = first.clone();
    (gone.id, gone.outcome, gone.status, gone.title, gone.changed) =
        (SnapshotId(14), Outcome::Gone, Some(410), None, None);
    let mut lost = gone.clone();
    (lost.id, lost.outcome, lost.status) = (SnapshotId(15), Outcome::DnsFailed, None);
    lost.failure = Some(Failure::new(FailureKind::Dns, "the name has no address"));
    let text = shown(|out| {
        render::history(
            "https://example.org/a",
            &[lost.clone(), gone.clone(), same.clone(), first.clone()],
            screen(),
            out,
        )
    });
    pinned("history", &text);
    assert!(
        shown(|out| render::history("https://example.org/a", &[], screen(), out))
            .ends_with("There is no snapshot yet.\n")
    );
}

fn watch(id: i64, url: &str, state: WatchState) -> Watch {
    Watch {
        id: WatchId(id),
        what: NewWatch {
            url: url.into(),
            key: url.into(),
            host: "example.org:443".into(),
            source: Source::Add,
            tags: vec!["news".into()],
            note: None,
            every: None,
            published: None,
            options: Default::default(),
        },
        state,
        created_at: "2026-11-01T00:00:00Z".parse().unwrap(),
        due_at: Some("2026-11-23T10:05:00Z".parse().unwrap()),
        snapshots: 4,
        last: Some(SnapshotId(9)),
        last_outcome: Some(Outcome::Challenge),
        last_at: Some("2026-11-23T08:00:00Z".parse().unwrap()),
        current: None,
    }
}

#[test]
fn watches_are_listed() {
    let mut due = watch(2, "https://example.org/\x1b[2J", WatchState::Active);
    due.due_at = Some("2026-11-23T08:00:00Z".parse().unwrap());
    due.last_outcome = None;
    due.last_at = None;
    let list = [
        watch(1, "https://example.org/", WatchState::Active),
        due,
        watch(3, "https://example.org/b", WatchState::Paused),
    ];
    pinned("watches", &shown(|out| render::watches(&list, screen(), out)));
    assert!(shown(|out| render::watches(&[], screen(), out)).starts_with("Nothing is watched."));
}

#[test]
fn the_status_is_a_handful_of_lines() {
    let status = Status {
        archive: "/srv/news/archive".into(),
        watches: vec![(WatchState::Active, 1200), (WatchState::Paused, 3), (WatchState::Removed, 0)],
        due: 0,
        overdue: 2,
        growth: 51_200_000.0,
        days_left: Some(13.4),
        week: Week { days: 7.0, snapshots: 70_000, octets: 300 << 20, changed: 400, failed: 12, missed: 5 },
        troubled: vec![("slow.example:443".into(), 100), ("b\u{1b}[1m.example:443".into(), 1)],
        vanished: vec![(Presence::Gone, 7), (Presence::Missing, 1)],
        used_up: Vec::new(),
        next_due: Some("2026-11-23T08:15:00Z".parse().unwrap()),
        latest: vec![(Outcome::Captured, 1100), (Outcome::Challenge, 100)],
        snapshots: 54_321,
        warc_bytes: 3 << 30,
        segments: 3,
        catalog_bytes: 200 << 20,
        free_bytes: Some(40 << 30),
        last_run: Some("2026-11-23T08:00:00Z".parse().unwrap()),
        running: false,
    };
    pinned("status", &shown(|out| summary::status(&status, screen(), out)));
}

#[test]
fn a_run_ends_with_what_was_kept_and_what_was_not() {
    let mut run = RunSummary {
        run: Some(RunId(2)),
        outcomes: vec![
            (Outcome::Captured, 1000),
            (Outcome::Unchanged, 500),
            (Outcome::Challenge, 1),
            (Outcome::DnsFailed, 1),
        ],
        changed: 40,
        skipped: 0,
        put_off: 2,
        received: 30 << 20,
        stored: 9 << 20,
        took_ms: 7500,
        not_kept: vec![
            NotKept {
                url: "https://nowhere.example/".into(),
                outcome: Outcome::DnsFailed,
                why: "no address\x1b[2J".into(),
            },
            NotKept { url: "https://example.org/members".into(), outcome: Outcome::Challenge, why: String::new() },
        ],
        interrupted: false,
    };
    pinned("run", &shown(|out| summary::run(&run, screen(), out)));
    run.outcomes.push((Outcome::TimedOut, 5));
    run.interrupted = true;
    let text = shown(|out| summary::run(&run, screen(), out));
    assert!(text.contains("… and 5 more\n") && text.ends_with("what is counted above is kept.\n"), "{text}");
    run.outcomes.clear();
    (run.put_off, run.interrupted) = (0, false);
    assert_eq!(shown(|out| summary::run(&run, screen(), out)), "Nothing was due.\n");
}

#[test]
fn settings_tell_where_they_are_from() {
    let config = crate::config::Config::load(None, &[], &["pace.burst=3".to_owned()]).unwrap();
    let text = shown(|out| summary::settings(&config.resolved(None), screen(), out));
    assert!(text.starts_with("key                          value"), "{text}");
    let line = text.lines().find(|line| line.starts_with("pace.burst")).unwrap();
    assert_eq!(line.split_whitespace().collect::<Vec<_>>(), ["pace.burst", "3", "--set"]);
}

#[derive(Clone, Default)]
struct Shared(Arc<Mutex<Vec<u8>>>);

impl Write for Shared {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }
    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[test]
fn without_a_terminal_the_board_is_plain_lines() {
    let out = Shared::default();
    let board = Board::new(Show::Lines(Box::new(out.clone())), 3, Paint::default());
    board.started("b.example", "https://b.example/");
    board.started("a.example", "https://a.example/1\x1b[2J");
    board.started("a.example", "https://a.example/2");
    assert_eq!(
        board.host_lines(),
        [
            "  a.example  2 in flight, 0 done  https://a.example/2",
            "  b.example  1 in flight, 0 done  https://b.example/"
        ]
    );
    board.finished("a.example", "https://a.example/1\x1b[2J", Outcome::Captured, 2048, 120);
    board.finished("b.example", "https://b.example/", Outcome::TimedOut, 0, 30_000);
    board.note("a.example asks to wait 30 s\x07");
    board.tick();
    assert!(board.total_line().starts_with("2 of 3 captured, 1 not kept  2.0 KiB  "), "{}", board.total_line());
    assert_eq!(board.host_lines(), ["  a.example  1 in flight, 1 done  https://a.example/2"]);
    board.finish();
    let text = String::from_utf8(out.0.lock().unwrap().clone()).unwrap();
    assert_eq!(
        text,
        "captured  https://a.example/1␛[2J  2.0 KiB, 120 ms\ntimed_out  https://b.example/  0 B, 30000 ms\n\
         a.example asks to wait 30 s␇\n"
    );
}

#[test]
fn a_long_run_is_not_told_one_by_one_and_idle_hosts_are_forgotten() {
    let out = Shared::default();
    let board = Board::new(Show::Lines(Box::new(out.clone())), 0, Paint::default());
    for n in 0..5000 {
        let host = format!("h{n}.example");
        board.started(&host, "http://x/");
        board.finished(&host, "http://x/", if n == 4999 { Outcome::Challenge } else { Outcome::Captured }, 1, 1);
    }
    let text = String::from_utf8(out.0.lock().unwrap().clone()).unwrap();
    assert_eq!(text.lines().count(), 200 + 47 + 1, "each of the first, then every hundredth, and what was not kept");
    assert!(board.hosts_remembered() <= 4096, "{}", board.hosts_remembered());
    assert!(text.ends_with("challenge  http://x/  1 B, 1 ms\n"));
    assert_eq!(board.host_lines(), [""; 0]);
}

/// Compares with a file of `expected/`; `UPDATE=1 cargo test` writes it anew.
fn pinned(name: &str, text: &str) {
    let path = format!("{}/src/cli/expected/{name}.txt", env!("CARGO_MANIFEST_DIR"));
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(&path, text).unwrap();
    }
    assert_eq!(text, std::fs::read_to_string(&path).unwrap());
}
