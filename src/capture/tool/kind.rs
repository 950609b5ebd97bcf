//! What a file is, by its name and its first octets: both have to say the same.

use crate::model::MediaKind;

/// How a file of a kind begins.
fn begins(ending: &str, first: &[u8]) -> bool {
    let at = |from: usize, magic: &[u8]| first.get(from..from + magic.len()) == Some(magic);
    let text =
        || std::str::from_utf8(first).map_or_else(|e| first.get(..e.valid_up_to()).unwrap_or_default(), str::as_bytes);
    let bare = |bytes: &[u8]| bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes).trim_ascii_start().to_vec();
    match ending {
        "mp4" | "m4v" | "mov" | "m4a" | "3gp" => at(4, b"ftyp"),
        "webm" | "mkv" | "mka" => at(0, b"\x1a\x45\xdf\xa3"),
        "ogg" | "oga" | "ogv" | "opus" => at(0, b"OggS"),
        "mp3" => at(0, b"ID3") || first.first() == Some(&0xff) && first.get(1).is_some_and(|b| b & 0xe0 == 0xe0),
        "aac" => at(0, b"ID3") || first.first() == Some(&0xff) && first.get(1).is_some_and(|b| b & 0xf6 == 0xf0),
        "flac" => at(0, b"fLaC"),
        "wav" => at(0, b"RIFF") && at(8, b"WAVE"),
        "avi" => at(0, b"RIFF") && at(8, b"AVI "),
        "flv" => at(0, b"FLV"),
        "ts" => at(0, b"G") && at(188, b"G"),
        "jpg" | "jpeg" => at(0, b"\xff\xd8\xff"),
        "png" => at(0, b"\x89PNG"),
        "gif" => at(0, b"GIF8"),
        "webp" => at(0, b"RIFF") && at(8, b"WEBP"),
        "vtt" => bare(text()).starts_with(b"WEBVTT"),
        "srt" => text().windows(5).any(|w| w == b" --> "),
        "ass" => bare(text()).starts_with(b"[Script Info]"),
        "ttml" => bare(text()).starts_with(b"<") && text().windows(3).any(|w| w == b"<tt"),
        "info.json" => bare(text()).starts_with(b"{"),
        _ => false,
    }
}

/// What it is; `None`: nothing that is taken.
pub(super) fn of(name: &str, first: &[u8]) -> Option<(MediaKind, &'static str)> {
    let name = name.to_ascii_lowercase();
    let ending = if name.ends_with(".info.json") { "info.json" } else { name.rsplit_once('.')?.1 };
    // yt-dlp calls so what it is still working on.
    if name.contains(".temp.") {
        return None;
    }
    let told = match ending {
        "mp4" | "m4v" => (MediaKind::Video, "video/mp4"),
        "mov" => (MediaKind::Video, "video/quicktime"),
        "3gp" => (MediaKind::Video, "video/3gpp"),
        "webm" => (MediaKind::Video, "video/webm"),
        "mkv" => (MediaKind::Video, "video/matroska"),
        "ogv" => (MediaKind::Video, "video/ogg"),
        "avi" => (MediaKind::Video, "video/x-msvideo"),
        "flv" => (MediaKind::Video, "video/x-flv"),
        "ts" => (MediaKind::Video, "video/mp2t"),
        "m4a" => (MediaKind::Audio, "audio/mp4"),
        "mka" => (MediaKind::Audio, "audio/matroska"),
        "ogg" | "oga" | "opus" => (MediaKind::Audio, "audio/ogg"),
        "mp3" => (MediaKind::Audio, "audio/mpeg"),
        "aac" => (MediaKind::Audio, "audio/aac"),
        "flac" => (MediaKind::Audio, "audio/flac"),
        "wav" => (MediaKind::Audio, "audio/wav"),
        "jpg" | "jpeg" => (MediaKind::Image, "image/jpeg"),
        "png" => (MediaKind::Image, "image/png"),
        "gif" => (MediaKind::Image, "image/gif"),
        "webp" => (MediaKind::Image, "image/webp"),
        "vtt" => (MediaKind::Track, "text/vtt"),
        "srt" => (MediaKind::Track, "application/x-subrip"),
        "ass" => (MediaKind::Track, "text/x-ssa"),
        "ttml" => (MediaKind::Track, "application/ttml+xml"),
        // What it says of the media.
        "info.json" => (MediaKind::File, "application/json"),
        _ => return None,
    };
    begins(ending, first).then_some(told)
}
