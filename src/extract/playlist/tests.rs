//! Playlists as they are served, and as nobody should serve them.

use url::Url;

use super::*;

fn base() -> Url {
    Url::parse("https://cdn.test/v/master.m3u8?sig=1").expect("a URL")
}

fn forms(text: &str) -> Forms {
    match hls(text, &base()) {
        Some(Playlist::Forms(forms)) => forms,
        other => panic!("{other:?}"),
    }
}

fn stream(text: &str) -> Stream {
    match hls(text, &base()) {
        Some(Playlist::Stream(stream)) => stream,
        other => panic!("{other:?}"),
    }
}

const MASTER: &str = "#EXTM3U\n\
    #EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID=\"a\",NAME=\"de, at\",DEFAULT=YES,URI=\"a/de.m3u8\"\n\
    #EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID=\"b\",NAME=\"other\",URI=\"b.m3u8\"\n\
    #EXT-X-MEDIA:TYPE=SUBTITLES,GROUP-ID=\"s\",NAME=\"hy\",URI=\"s/hy.m3u8\"\n\
    #EXT-X-MEDIA:TYPE=CLOSED-CAPTIONS,GROUP-ID=\"c\",NAME=\"cc\",INSTREAM-ID=\"CC1\"\n\
    #EXT-X-STREAM-INF:BANDWIDTH=800000,RESOLUTION=640x360,AUDIO=\"a\"\nlow.m3u8\n\
    #EXT-X-STREAM-INF:PROGRAM-ID=1,CODECS=\"avc1,mp4a\",BANDWIDTH=9000000,AVERAGE-BANDWIDTH=4000000,RESOLUTION=1280x720,AUDIO=\"a\",SUBTITLES=\"s\"\n/hi.m3u8\n\
    #EXT-X-I-FRAME-STREAM-INF:BANDWIDTH=1,URI=\"trick.m3u8\"\n\
    #EXT-X-STREAM-INF:BANDWIDTH=100\nfile:///etc/passwd\n";

#[test]
fn the_best_form_that_is_not_too_long_is_chosen_with_what_belongs_to_it() {
    let forms = forms(MASTER);
    let urls: Vec<&str> = forms.forms.iter().map(|form| form.url.as_str()).collect();
    assert_eq!(urls, ["https://cdn.test/hi.m3u8", "https://cdn.test/v/low.m3u8"]);
    assert!(forms.cut, "one of them cannot be asked for, and that is said");
    let best = forms.within(60.0, 40_000_000).expect("one");
    assert_eq!(best.beside, ["https://cdn.test/v/a/de.m3u8", "https://cdn.test/v/s/hy.m3u8"]);
    assert_eq!(forms.describe(best), "variant 1280x720, 4000 kbit/s, of 2");
    let smaller = forms.within(60.0, 20_000_000).expect("one");
    assert_eq!(smaller.url, "https://cdn.test/v/low.m3u8");
    assert_eq!(forms.within(60.0, 1).map(|form| form.bandwidth), Some(800_000), "the smallest, as far as it goes");
}

#[test]
fn a_stream_is_its_beginning_its_keys_and_its_segments() {
    let text = "#EXTM3U\r\n#EXT-X-VERSION:7\r\n#EXT-X-MAP:URI=\"init.mp4\"\r\n#EXT-X-KEY:METHOD=AES-128,URI=\"https://keys.test/k\",IV=0x1\r\n\
        #EXTINF:6.5,title, with a comma\r\n1.m4s\r\n#EXTINF:6,\r\n2.m4s\r\n#EXT-X-KEY:METHOD=NONE\r\n#EXTINF:1\r\n../3.m4s\r\n#EXT-X-ENDLIST\r\n";
    let whole = stream(text);
    assert_eq!(
        whole.parts,
        [
            "https://cdn.test/v/init.mp4",
            "https://keys.test/k",
            "https://cdn.test/v/1.m4s",
            "https://cdn.test/v/2.m4s",
            "https://cdn.test/3.m4s"
        ]
    );
    assert_eq!((whole.seconds, whole.live, whole.cut, whole.locked), (13.5, false, false, false));
    assert!(stream(&text.replace("#EXT-X-ENDLIST", "")).live, "without an end it goes on");
    let ranges = "#EXTM3U\n#EXTINF:6,\n#EXT-X-BYTERANGE:10@0\nall.ts\n#EXTINF:6,\n#EXT-X-BYTERANGE:10@10\nall.ts\n#EXT-X-ENDLIST\n";
    assert_eq!(stream(ranges).parts, ["https://cdn.test/v/all.ts"], "one file is one part");
    assert!(stream("#EXTM3U\n#EXT-X-KEY:METHOD=SAMPLE-AES,URI=\"skd://x\"\n#EXTINF:1,\n1.ts\n").locked);
}

#[test]
fn hostile_playlists_are_bounded_and_lead_only_to_the_web() {
    for none in ["", "hello", "<html>#EXTM3U", "#EXT-X-STREAM-INF:\n"] {
        assert_eq!(hls(none, &base()), None, "{none}");
    }
    let many: String = (0..5000).map(|n| format!("#EXTINF:1e308,\n{n}.ts\n")).collect();
    let many = stream(&format!("#EXTM3U\n{many}"));
    assert!(many.cut && many.parts.len() == MAX_PARTS && many.seconds.is_finite());
    let odd = stream(
        "#EXTM3U\n#EXT-X-MAP:URI=\"\n#EXT-X-KEY:METHOD\n#EXTINF:-5\njavascript:1\ndata:,x\nfile:///a\n//u:p@h.test/a\n",
    );
    assert_eq!(odd.parts, ["https://h.test/a"]);
    assert!(odd.cut);
    let forms = forms(&format!("#EXTM3U\n{}", "#EXT-X-STREAM-INF:A=B\nx.m3u8\n".repeat(1000)));
    assert!(forms.cut && forms.forms.len() == MAX_FORMS);
}

fn mpd(inner: &str) -> Stream {
    let text = format!(
        "<?xml version=\"1.0\"?><!DOCTYPE x [<!ENTITY lol \"lol\">]><MPD xmlns=\"urn:mpeg:dash:schema:mpd:2011\" type=\"static\" mediaPresentationDuration=\"PT1M0.5S\">{inner}</MPD>"
    );
    dash(&text, &Url::parse("https://cdn.test/v/x.mpd").expect("a URL"), 100_000_000).expect("a description")
}

#[test]
fn the_best_picture_and_the_best_sound_are_chosen_by_templates() {
    let stream = mpd(
        "<BaseURL>d/</BaseURL><Period><AdaptationSet mimeType=\"video/mp4\"><SegmentTemplate timescale=\"10\" duration=\"200\" \
         startNumber=\"5\" initialization=\"$RepresentationID$/i.mp4\" media=\"$RepresentationID$/$Number%03d$.m4s?a=1&amp;b=$$\"/>\
         <Representation id=\"lo\" bandwidth=\"1000\" width=\"10\" height=\"10\"/><Representation id=\"hi\" bandwidth=\"9000\" width=\"20\" height=\"10\"/>\
         <Representation id=\"huge\" bandwidth=\"9000000000\" width=\"200\" height=\"10\"/></AdaptationSet>\
         <AdaptationSet contentType=\"audio\"><Representation id=\"s\" bandwidth=\"64000\"><BaseURL>sound.mp4</BaseURL><SegmentBase indexRange=\"0-9\"/></Representation></AdaptationSet>\
         <AdaptationSet contentType=\"text\"><Representation id=\"t\"/></AdaptationSet></Period>",
    );
    assert_eq!(
        stream.parts,
        [
            "https://cdn.test/v/d/hi/i.mp4",
            "https://cdn.test/v/d/hi/005.m4s?a=1&b=$",
            "https://cdn.test/v/d/hi/006.m4s?a=1&b=$",
            "https://cdn.test/v/d/hi/007.m4s?a=1&b=$",
            "https://cdn.test/v/d/hi/008.m4s?a=1&b=$",
            "https://cdn.test/v/d/sound.mp4"
        ]
    );
    assert_eq!(stream.chosen.as_deref(), Some("video variant 20x10, 9 kbit/s, of 3; audio variant 64 kbit/s, of 1"));
    assert_eq!((stream.seconds, stream.live, stream.cut), (60.5, false, false));
}

#[test]
fn timelines_and_lists_of_segments_are_followed() {
    let set = |inner: &str| {
        format!(
            "<Period><AdaptationSet mimeType=\"video/mp4\"><Representation id=\"v\">{inner}</Representation></AdaptationSet></Period>"
        )
    };
    let timeline = mpd(&set(
        "<SegmentTemplate timescale=\"1\" media=\"$Time$.m4s\"><SegmentTimeline><S t=\"0\" d=\"10\" r=\"1\"/><S d=\"5\"/><S d=\"12\" r=\"-1\"/></SegmentTimeline></SegmentTemplate>",
    ));
    let names: Vec<&str> = timeline.parts.iter().map(|part| part.trim_start_matches("https://cdn.test/v/")).collect();
    assert_eq!(names, ["0.m4s", "10.m4s", "20.m4s", "25.m4s", "37.m4s", "49.m4s"]);
    let list = mpd(&set(
        "<SegmentList><Initialization sourceURL=\"i.mp4\"/><SegmentURL media=\"1.m4s\"/><SegmentURL media=\"2.m4s\"/></SegmentList>",
    ));
    assert_eq!(list.parts.len(), 3);
    let locked = mpd(&set("<ContentProtection schemeIdUri=\"urn:x\"/><BaseURL>a.mp4</BaseURL>"));
    assert!(locked.locked && locked.parts == ["https://cdn.test/v/a.mp4"]);
    let live = "<MPD type=\"dynamic\"><Period><AdaptationSet mimeType=\"video/mp4\"><Representation id=\"v\">\
        <SegmentTemplate duration=\"2\" media=\"$Number$.m4s\"/></Representation></AdaptationSet></Period></MPD>";
    let live = dash(live, &base(), 1000).expect("a description");
    assert!(live.live && live.cut && live.parts.is_empty(), "what is there now is told by the clock only");
}

#[test]
fn hostile_descriptions_are_bounded() {
    let set = |inner: &str| {
        mpd(&format!(
            "<Period><AdaptationSet mimeType=\"video/mp4\"><Representation id=\"v\">{inner}</Representation></AdaptationSet></Period>"
        ))
    };
    for repeat in ["9223372036854775807", "-1"] {
        for media in ["same.m4s", "$Number$.m4s", "$Number%099999999d$.m4s", "$Time"] {
            let line = format!("<S t=\"0\" d=\"0\" r=\"{repeat}\"/>");
            let stream = set(&format!(
                "<SegmentTemplate media=\"{media}\"><SegmentTimeline>{line}{line}</SegmentTimeline></SegmentTemplate>"
            ));
            assert!(stream.parts.len() <= MAX_PARTS, "{media} {repeat}");
        }
    }
    let many = set("<SegmentTemplate timescale=\"4000000000\" duration=\"1\" media=\"$Number$.m4s\"/>");
    assert!(many.cut && many.parts.len() == MAX_PARTS);
    let deep = mpd(&format!("<Period>{}", "<a>".repeat(100_000)));
    assert!(deep.cut && deep.parts.is_empty());
    assert!(mpd("<Period><BaseURL>file:///etc/</BaseURL></Period>").parts.is_empty());
    assert_eq!(dash("<html><p>no</p></html>", &base(), 1), None);
    assert_eq!(dash("", &base(), 1), None);
    assert!(dash("<MPD mediaPresentationDuration=\"PTinfS\"><Period start=\"PT9e99S\"/></MPD>", &base(), 1).is_some());
}
