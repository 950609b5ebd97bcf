//! Streams of pages: their playlists are taken with what they name, and what is missing is said.

use crate::server::Answer;
use crate::world::{World, article};

const MASTER: &str = "#EXTM3U\n\
    #EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID=\"a\",NAME=\"de\",URI=\"sound.m3u8\"\n\
    #EXT-X-STREAM-INF:BANDWIDTH=8000,RESOLUTION=320x180\nlow.m3u8\n\
    #EXT-X-STREAM-INF:BANDWIDTH=80000,RESOLUTION=1280x720,AUDIO=\"a\"\nhigh.m3u8?token=1\n";

fn playlist(text: &str) -> Answer {
    Answer::of("application/vnd.apple.mpegurl", text)
}

fn page(world: &World, stream: &str) {
    let page = article("The film", "A film of the bridge.");
    let page = page.replace("</article>", &format!("<video src={stream}></video></article>"));
    world.origin.on("/a", Answer::html(page));
}

/// A film of ten seconds in two forms.
fn film(world: &World) {
    page(world, "/v/master.m3u8");
    world.origin.on("/v/master.m3u8", playlist(MASTER));
    let parts = "#EXT-X-MAP:URI=\"init.mp4\"\n#EXT-X-KEY:METHOD=AES-128,URI=\"key\"\n#EXTINF:5,\n1.m4s\n#EXTINF:5,\n2.m4s\n#EXT-X-ENDLIST\n";
    world.origin.on("/v/high.m3u8", playlist(&format!("#EXTM3U\n{parts}")));
    world.origin.on("/v/low.m3u8", playlist("#EXTM3U\n#EXTINF:10,\nlow.ts\n#EXT-X-ENDLIST\n"));
    world.origin.on("/v/sound.m3u8", playlist("#EXTM3U\n#EXTINF:10,\nsound.aac\n#EXT-X-ENDLIST\n"));
    for part in ["init.mp4", "key", "1.m4s", "2.m4s", "low.ts", "sound.aac"] {
        world.origin.on(&format!("/v/{part}"), Answer::of("application/octet-stream", format!("octets of {part}")));
    }
}

fn row(world: &World) -> String {
    world.one("SELECT state || ': ' || reason FROM media WHERE kind = 'video' ORDER BY snapshot DESC LIMIT 1")
}

fn asked(world: &World) -> Vec<String> {
    let mut asked: Vec<String> = world.origin.targets().into_iter().filter(|target| target != "/a").collect();
    asked.sort();
    asked
}

#[test]
fn a_stream_is_taken_whole_in_its_best_form() {
    let world = World::new();
    film(&world);
    world.keepfast(&["add", "--once", &world.url("/a")]).well();
    assert_eq!(
        asked(&world),
        [
            "/v/1.m4s",
            "/v/2.m4s",
            "/v/high.m3u8?token=1",
            "/v/init.mp4",
            "/v/key",
            "/v/master.m3u8",
            "/v/sound.aac",
            "/v/sound.m3u8"
        ]
    );
    assert_eq!(row(&world), "fetched: HLS, variant 1280x720, 80 kbit/s, of 2, 10 s; 7 of 7 parts are kept");
    assert_eq!(world.one::<i64>("SELECT count(*) FROM exchange WHERE hop = 'media' AND status = 200"), 8);
    let via = world.one::<String>("SELECT via FROM exchange WHERE url LIKE '%/1.m4s'");
    assert!(via.ends_with("/v/high.m3u8?token=1"), "{via}");
    let kept = world.segments().iter().map(|s| World::warc_text(s)).collect::<String>();
    assert!(kept.contains("octets of 2.m4s") && kept.contains("octets of key"));
    assert!(!world.one::<String>("SELECT coalesce(flags, '') FROM snapshot").contains("requisites-partial"));
    world.is_sound();
}

#[test]
fn a_smaller_form_is_taken_where_the_best_is_too_long() {
    let world = World::new().env("KEEPFAST_CAPTURE__MAX_MEDIA_BYTES", "50 KB");
    film(&world);
    world.keepfast(&["add", "--once", &world.url("/a")]).well();
    assert_eq!(asked(&world), ["/v/high.m3u8?token=1", "/v/low.m3u8", "/v/low.ts", "/v/master.m3u8"]);
    assert!(row(&world).starts_with("fetched: HLS, variant 320x180, 8 kbit/s, of 2, 10 s"), "{}", row(&world));
    world.is_sound();
}

#[test]
fn what_is_missing_of_a_stream_is_said() {
    let world = World::new();
    film(&world);
    world.origin.on("/v/2.m4s", Answer::status(404));
    world.keepfast(&["add", "--once", &world.url("/a")]).well();
    let row = row(&world);
    assert!(row.starts_with("failed: ") && row.ends_with("6 of 7 parts are kept: the server answered 404"), "{row}");
    assert!(world.one::<String>("SELECT flags FROM snapshot").contains("requisites-partial"));
    world.is_sound();
}

#[test]
fn a_stream_that_goes_on_is_taken_as_it_is_now_and_said_to() {
    let world = World::new();
    page(&world, "/live.m3u8");
    world.origin.on("/live.m3u8", playlist("#EXTM3U\n#EXT-X-MEDIA-SEQUENCE:7\n#EXTINF:2,\n7.ts\n#EXTINF:2,\n8.ts\n"));
    world.origin.on("/7.ts", Answer::of("video/mp2t", "7")).on("/8.ts", Answer::of("video/mp2t", "8"));
    world.keepfast(&["add", "--once", &world.url("/a")]).well();
    assert_eq!(row(&world), "fetched: HLS, 4 s, live: what was there then; 2 of 2 parts are kept");
}

#[test]
fn playlists_that_lead_in_circles_or_home_are_not_followed() {
    let world = World::new();
    page(&world, "/a.m3u8");
    let circle = "#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1\nb.m3u8\n";
    world.origin.on("/a.m3u8", playlist(circle)).on("/b.m3u8", playlist(circle));
    world.keepfast(&["add", "--once", &world.url("/a")]).well();
    assert_eq!(asked(&world), ["/a.m3u8", "/b.m3u8"]);
    assert!(row(&world).contains("leads to another list of playlists"), "{}", row(&world));

    let home = World::new();
    page(&home, "/a.m3u8");
    home.origin.on("/a.m3u8", playlist("#EXTM3U\n#EXTINF:1,\nhttp://127.0.0.2/secret.ts\n#EXT-X-ENDLIST\n"));
    home.keepfast(&["add", "--once", &home.url("/a")]).well();
    assert!(
        row(&home).contains("0 of 1 parts are kept") && row(&home).contains("not a public address"),
        "{}",
        row(&home)
    );
    home.is_sound();
}

#[test]
fn a_description_of_dash_is_followed() {
    let world = World::new();
    page(&world, "/film.mpd");
    let set = |kind: &str, id: &str| {
        format!(
            "<AdaptationSet contentType=\"{kind}\"><SegmentTemplate timescale=\"1\" duration=\"5\" initialization=\"$RepresentationID$-i\" \
             media=\"$RepresentationID$-$Number$\"/><Representation id=\"{id}\" bandwidth=\"8000\"/></AdaptationSet>"
        )
    };
    let mpd = format!(
        "<MPD type=\"static\" mediaPresentationDuration=\"PT10S\"><Period>{}{}</Period></MPD>",
        set("video", "v"),
        set("audio", "s")
    );
    world.origin.on("/film.mpd", Answer::of("application/dash+xml", mpd));
    for part in ["v-i", "v-1", "v-2", "s-i", "s-1", "s-2"] {
        world.origin.on(&format!("/{part}"), Answer::of("video/mp4", format!("octets of {part}")));
    }
    world.keepfast(&["add", "--once", &world.url("/a")]).well();
    let said = "fetched: DASH, video variant 8 kbit/s, of 1; audio variant 8 kbit/s, of 1, 10 s; 6 of 6 parts are kept";
    assert_eq!(row(&world), said);
    world.is_sound();
}
