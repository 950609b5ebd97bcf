//! Any playlist: only absolute http addresses come out, and not too many.
#![no_main]

use keepfast::extract::playlist::{MAX_PARTS, Playlist, dash, hls};
use libfuzzer_sys::fuzz_target;
use url::Url;

fuzz_target!(|data: (&str, u64)| {
    let (text, octets) = data;
    let Ok(base) = Url::parse("https://example.org/v/a.m3u8") else {
        return;
    };
    let streams = [hls(text, &base), dash(text, &base, octets).map(Playlist::Stream)];
    for playlist in streams.into_iter().flatten() {
        let urls = match playlist {
            Playlist::Forms(forms) => {
                forms.within(60.0, octets);
                forms.forms.into_iter().flat_map(|form| form.beside.into_iter().chain([form.url])).collect()
            }
            Playlist::Stream(stream) => {
                assert!(stream.parts.len() <= MAX_PARTS);
                stream.parts
            }
        };
        assert!(urls.iter().all(|url: &String| url.starts_with("http")));
    }
});
