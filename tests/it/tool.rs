//! yt-dlp, if the user has it and says so: what it brings is kept, and what it does wrong harms nothing. A script stands in for it.

use std::os::unix::fs::PermissionsExt as _;

use sha2::{Digest as _, Sha256};

use crate::server::Answer;
use crate::world::{World, article, until};

/// How it answers when it is asked who it is.
const VERSION: &str = "#!/bin/sh\ncase \"$*\" in *--version) echo 2026.11.01; exit 0;; esac\n";
/// The beginning of a film.
const FILM: &str = "printf '\\0\\0\\0\\030ftypisom and so on' > clip.mp4\n";

/// A page with a film, and a program that does this when it is asked for it.
fn a_world(script: &str) -> World {
    let world = World::new().env("KEEPFAST_CAPTURE__YT_DLP", "true");
    world.origin.on("/film", Answer::html(article("The film", "What the page says of the film.")));
    world.keepfast(&["add", &world.url("/film")]).well();
    let program = world.path("yt-dlp").to_string_lossy().into_owned();
    let world = world.env("KEEPFAST_CLIENT__YT_DLP", &program);
    the_program_is(&world, script);
    world
}

fn the_program_is(world: &World, script: &str) {
    world.file("yt-dlp", format!("{VERSION}{script}"));
    std::fs::set_permissions(world.path("yt-dlp"), std::fs::Permissions::from_mode(0o755)).unwrap();
}

fn look(world: &World, days: i64) {
    world.time_passes(days * 86_400);
    world.keepfast(&["run", "--all"]).well();
}

/// Kind, state, end of the address, and reason of what is shown with the newest snapshot.
fn media(world: &World) -> Vec<String> {
    let rows = world.column(
        "SELECT kind || ' ' || state || ' ' || url || ' ' || coalesce(reason, '-') FROM media
         WHERE snapshot = (SELECT media_of FROM snapshot ORDER BY id DESC LIMIT 1) ORDER BY seq",
    );
    let page = world.url("/film");
    rows.into_iter().map(|row| row.replace(&format!("urn:keepfast:yt-dlp:{page}"), "").replace(&page, "PAGE")).collect()
}

/// Nothing of it is left in the spool folder.
fn is_swept(world: &World) {
    assert_eq!(std::fs::read_dir(world.path("archive/spool")).unwrap().count(), 0);
}

/// A process of that number does something still.
fn lives(pid: &str) -> bool {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    // One that nobody waits for is dead all the same.
    stat.rsplit_once(") ").is_some_and(|(_, rest)| !rest.starts_with(['Z', 'X']))
}

#[test]
fn what_it_brings_is_kept_with_who_made_it() {
    let world = a_world(&format!(
        "{FILM}echo '{{\"id\": 1}}' > clip.info.json; printf 'WEBVTT\\n\\n' > clip.en.vtt
         printf 'MZ' > setup.exe; printf 'MZ and more' > lie.mp4; ln -s /etc/passwd link.vtt; : > none.mp4
         printf '%s\\n' \"$@\" > '../../../../asked'; env > '../../../../environment'; pwd >> '../../../../environment'\n"
    ));
    look(&world, 0);
    assert_eq!(world.outcomes(), ["captured"]);
    let by = "by yt-dlp 2026.11.01";
    let rows = media(&world);
    assert_eq!(
        rows[..3],
        [
            format!("track fetched #clip.en.vtt {by}"),
            format!("file fetched #clip.info.json {by}"),
            format!("video fetched #clip.mp4 {by}")
        ]
    );
    assert_eq!(
        rows[3],
        "video not_fetched PAGE yt-dlp 2026.11.01; lie.mp4: not a kind of file that is taken; link.vtt: no file; \
         none.mp4: empty; setup.exe: not a kind of file that is taken"
    );
    assert_eq!(rows.len(), 4);
    is_swept(&world);

    // It was asked as we ask it, in a place of its own.
    let asked = std::fs::read_to_string(world.path("asked")).unwrap();
    let asked: Vec<&str> = asked.lines().collect();
    assert_eq!(asked[asked.len() - 2..], ["--", &world.url("/film")]);
    assert!(asked.contains(&"--ignore-config") && asked.contains(&"--no-playlist"), "{asked:?}");
    let environment = std::fs::read_to_string(world.path("environment")).unwrap();
    assert!(!environment.contains("KEEPFAST"), "{environment}");
    assert!(environment.contains("/archive/spool/tool-"), "{environment}");

    // The octets, and who made them, stand in records that need no catalogue.
    let text: String = world.segments().iter().map(|path| World::warc_text(path)).collect();
    let target = format!("WARC-Target-URI: urn:keepfast:yt-dlp:{}#clip.mp4", world.url("/film"));
    let record = text.split("WARC/1.1\r\n").find(|record| record.contains(&target)).unwrap();
    assert!(record.contains("WARC-Type: resource") && record.contains("Content-Type: video/mp4"), "{record}");
    assert!(record.ends_with("\0\0\0\u{18}ftypisom and so on\r\n\r\n"), "{record:?}");
    let digest = Sha256::digest(std::fs::read(world.path("yt-dlp")).unwrap());
    let digest: String = digest.iter().map(|b| format!("{b:02x}")).collect();
    assert!(text.contains(&format!("made-by: yt-dlp 2026.11.01\r\nmade-by-digest: sha256:{digest}\r\n")), "{text}");

    // All that shows and exports copes with it.
    let shown = world.keepfast(&["show", &world.url("/film"), "--json"]).well().json();
    assert_eq!(shown["media"][2]["media_type"], "video/mp4");
    assert_eq!(shown["media"][2]["body_len"], 22);
    world.keepfast(&["show", &world.url("/film")]).well().says("clip.mp4").does_not_say("no answer");
    let heads = world.keepfast(&["show", &world.url("/film"), "--headers"]).well();
    heads.says("clip.mp4 → brought by a program").does_not_say("no answer");
    for format in ["warc", "html", "markdown", "jsonl"] {
        let to = world.path(&format!("out.{format}")).to_string_lossy().into_owned();
        world.keepfast(&["export", "--format", format, "--url", &world.url("/film"), "--output", &to]).well();
    }
    world.is_sound();

    // An index that says otherwise is found out.
    world.catalog().execute("UPDATE payload SET digest = zeroblob(32) WHERE size = 22", []).unwrap();
    world.keepfast(&["verify"]).says("the payload's digest is");
}

#[test]
fn what_was_brought_before_is_not_kept_twice_and_holds_until_something_else_comes() {
    let world = a_world(FILM);
    look(&world, 0);
    let fetched = ["video fetched #clip.mp4 by yt-dlp 2026.11.01"];
    let held = ["video held #clip.mp4 by yt-dlp 2026.11.01"];
    assert_eq!(media(&world), fetched);
    look(&world, 8);
    assert_eq!(media(&world), held);
    let files = "SELECT count(*) FROM exchange WHERE hop = 'media'";
    assert_eq!(world.one::<i64>(files), 1);

    // The page is another one, but is not asked for in full: nothing is brought, and what was brought holds on.
    the_program_is(&world, "echo no >&2; exit 1\n");
    world.origin.on("/film", Answer::html(article("The film", "Something else is said of it now, at some length.")));
    look(&world, 1);
    assert_eq!(world.outcomes(), ["captured", "unchanged", "captured"]);
    assert_eq!(media(&world), held);
    // It fails: that is said, and what was brought holds on.
    look(&world, 8);
    assert_eq!(media(&world), [held[0], "video failed PAGE yt-dlp 2026.11.01; it ended with exit status: 1: no"]);
    assert!(world.one::<String>("SELECT flags FROM snapshot ORDER BY id DESC").contains("requisites-partial"));
    let exported = world.path("page.warc.gz").to_string_lossy().into_owned();
    world.keepfast(&["export", "--format", "warc", "--current", "--output", &exported]).well();
    assert!(World::warc_text(&world.path("page.warc.gz")).contains("ftypisom and so on"), "what is held comes along");
    // Other octets under the same name.
    the_program_is(&world, "printf '\\0\\0\\0\\030ftypisom cut anew' > clip.mp4\n");
    look(&world, 8);
    assert_eq!(media(&world), fetched);
    assert_eq!(world.one::<i64>(files), 2);
    world.is_sound();
}

#[test]
fn whatever_it_does_wrong_the_page_is_kept_and_it_is_said() {
    for (script, says) in [
        ("exit 0\n", "it found nothing"),
        ("echo 'ERROR: no such thing' >&2; exit 3\n", "it ended with exit status: 3: ERROR: no such thing"),
        ("kill -9 $$\n", "it ended with signal: 9 (SIGKILL)"),
        (
            "echo $$ > ../../../../pids; sleep 600 & echo $! >> ../../../../pids; sleep 600\n",
            "it took too long and was ended",
        ),
        (
            "echo $$ > ../../../../pids; while :; do printf '\\0\\0\\0\\030ftypisom %0999d' 0; done > a.mp4\n",
            "it wrote too much and was ended",
        ),
        ("i=0; while :; do i=$((i+1)); : > $i.mp4; done\n", "it made too many files and was ended"),
        (
            "while :; do echo 'Some words that nobody wants to hear'; done | head -c 3000000 >&2; exit 1\n",
            "it ended with exit status: 1: ",
        ),
    ] {
        let world = a_world(script);
        let time = if says.contains("long") { "500ms" } else { "1m" };
        let world =
            world.env("KEEPFAST_CAPTURE__REQUISITE_TIME", time).env("KEEPFAST_CAPTURE__MAX_REQUISITE_BYTES", "1 MiB");
        look(&world, 0);
        assert_eq!(world.outcomes(), ["captured"], "{says}");
        let rows = media(&world);
        assert_eq!(rows.len(), 1, "{rows:?}");
        assert!(rows[0].starts_with(&format!("video failed PAGE yt-dlp 2026.11.01; {says}")), "{rows:?}");
        is_swept(&world);
        for pid in std::fs::read_to_string(world.path("pids")).unwrap_or_default().lines() {
            until("its processes are ended", || !lives(pid));
        }
        world.is_sound();
    }
}

#[test]
fn files_beyond_a_limit_are_left_out_and_one_that_failed_keeps_what_it_finished() {
    let script =
        format!("{FILM}(cat clip.mp4; head -c 9000 /dev/zero) > long.mp4; cp clip.mp4 half.mp4.part; exit 1\n");
    let world = a_world(&script).env("KEEPFAST_CAPTURE__MAX_MEDIA_BYTES", "8 KiB");
    look(&world, 0);
    assert_eq!(
        media(&world),
        [
            "video fetched #clip.mp4 by yt-dlp 2026.11.01",
            "video failed PAGE yt-dlp 2026.11.01; it ended with exit status: 1; \
             half.mp4.part: not a kind of file that is taken; long.mp4: too long"
        ]
    );
    world.is_sound();
}

#[test]
fn it_runs_only_where_it_is_there_and_asked_for_and_not_for_lists() {
    let begun = "touch ../../../../begun\n";
    let world = a_world(begun).env("KEEPFAST_CAPTURE__YT_DLP", "false");
    look(&world, 0);
    assert_eq!(media(&world), [""; 0]);
    let world = world.env("KEEPFAST_CAPTURE__YT_DLP", "true");
    let feed = "<rss version='2.0'><channel><title>Films</title><link>/</link></channel></rss>";
    world.origin.on("/feed", Answer::of("application/rss+xml", feed));
    world.keepfast(&["remove", &world.url("/film")]).well();
    world.keepfast(&["add", &world.url("/feed")]).well();
    look(&world, 8);
    assert!(!world.path("begun").exists());
    let world = a_world(begun).env("KEEPFAST_CLIENT__YT_DLP", "/nowhere/yt-dlp");
    look(&world, 0);
    assert_eq!(media(&world), ["video not_fetched PAGE yt-dlp; yt-dlp is not there: /nowhere/yt-dlp is no program"]);
    assert_eq!(world.outcomes(), ["captured"]);
}

#[test]
fn a_stop_ends_it_with_all_that_it_began() {
    let world = a_world(
        "sleep 600 & echo $! > ../../../../later; echo $$ >> ../../../../later; mv ../../../../later ../../../../pids; sleep 600\n",
    );
    let run = world.start(&["run", "--all"]);
    until("it has begun", || world.path("pids").exists());
    run.signal("INT");
    // The first stop waits for what is under way; it is heard before the second.
    for _ in 0..20 {
        world.keepfast(&["list"]).well();
    }
    run.signal("INT");
    run.wait().ends(130);
    for pid in std::fs::read_to_string(world.path("pids")).unwrap().lines() {
        until("its processes are ended", || !lives(pid));
    }
    is_swept(&world);
    // What a kill of keepfast itself leaves is swept at the next start.
    std::fs::create_dir_all(world.path("archive/spool/tool-1-0/files")).unwrap();
    world.file("archive/spool/tool-1-0/files/half.mp4", "half");
    world.keepfast(&["run", "--set", "capture.yt_dlp=false"]).well();
    is_swept(&world);
    world.is_sound();
}

#[test]
fn the_same_octets_from_the_page_itself_are_known_as_such() {
    let world = a_world(FILM);
    look(&world, 0);
    let octets = "\0\0\0\u{18}ftypisom and so on";
    let page = article("The film", "The film itself.").replace("</article>", "<video src=/clip.mp4></video></article>");
    world.origin.on("/film", Answer::html(page)).on("/clip.mp4", Answer::of("video/mp4", octets));
    look(&world, 8);
    let clip = world.url("/clip.mp4");
    assert_eq!(
        media(&world),
        [format!("video fetched {clip} -"), "video held #clip.mp4 by yt-dlp 2026.11.01".to_owned()]
    );
    let text: String = world.segments().iter().map(|path| World::warc_text(path)).collect();
    assert_eq!(text.matches(octets).count(), 1, "the answer is a revisit of what the program brought");
    world.keepfast(&["export", "--format", "warc", "--current", "--output", "page.warc.gz"]).well();
    assert!(World::warc_text(&world.path("page.warc.gz")).contains(octets));
    world.is_sound();
}
