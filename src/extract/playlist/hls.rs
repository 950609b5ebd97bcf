//! HLS: lines, tags and attributes (RFC 8216 4).

use std::collections::HashSet;

use url::Url;

use super::{Form, Forms, MAX_FORMS, Playlist, Stream, absolute, rank};

/// Sounds, or subtitles, that are taken of a group.
const MAX_BESIDE: usize = 16;

/// Reads a playlist; `None`: it is none.
pub fn hls(text: &str, base: &Url) -> Option<Playlist> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    if !lines.next()?.starts_with("#EXTM3U") {
        return None;
    }
    let lines: Vec<&str> = lines.collect();
    let names_forms = lines.iter().any(|line| line.starts_with("#EXT-X-STREAM-INF:"));
    Some(if names_forms { Playlist::Forms(forms(&lines, base)) } else { Playlist::Stream(stream(&lines, base)) })
}

fn forms(lines: &[&str], base: &Url) -> Forms {
    let mut out = Forms::default();
    let mut groups: Vec<(String, String)> = Vec::new();
    for list in lines.iter().filter_map(|line| line.strip_prefix("#EXT-X-MEDIA:")) {
        let kind = attribute(list, "TYPE").filter(|kind| matches!(*kind, "AUDIO" | "SUBTITLES"));
        if let (Some(kind), Some(group), Some(url)) =
            (kind, attribute(list, "GROUP-ID"), attribute(list, "URI").and_then(|uri| absolute(base, uri)))
            && groups.len() < MAX_FORMS
        {
            groups.push((format!("{kind} {group}"), url));
        }
    }
    let mut pending = None;
    for line in lines {
        if let Some(list) = line.strip_prefix("#EXT-X-STREAM-INF:") {
            pending = Some(list);
        } else if !line.starts_with('#')
            && let Some(list) = pending.take()
        {
            if out.forms.len() == MAX_FORMS {
                out.cut = true;
                break;
            }
            let Some(url) = absolute(base, line) else {
                out.cut = true;
                continue;
            };
            let number = |name| attribute(list, name).and_then(|value| value.parse::<u64>().ok());
            let bandwidth = number("AVERAGE-BANDWIDTH").or_else(|| number("BANDWIDTH")).unwrap_or(0);
            let size = attribute(list, "RESOLUTION").and_then(|size| {
                let (width, height) = size.split_once(['x', 'X'])?;
                Some((width.parse().ok()?, height.parse().ok()?))
            });
            let of = |kind: &str| {
                let group = attribute(list, kind).map(|group| format!("{kind} {group}"));
                let own = groups.iter().filter(move |(name, _)| Some(name) == group.as_ref());
                own.map(|(_, url)| url.clone()).take(MAX_BESIDE).collect::<Vec<String>>()
            };
            let mut beside = of("AUDIO");
            beside.extend(of("SUBTITLES"));
            beside.retain(|other| *other != url);
            out.forms.push(Form { url, bandwidth, size, beside });
        }
    }
    out.forms.sort_by_key(|form| rank(form.size, form.bandwidth));
    out
}

fn stream(lines: &[&str], base: &Url) -> Stream {
    let mut out = Stream { live: true, ..Stream::default() };
    let mut seen = HashSet::new();
    for line in lines {
        let Some(tag) = line.strip_prefix('#') else {
            // What follows still tells how long it lasts.
            out.push(&mut seen, absolute(base, line));
            continue;
        };
        let (name, value) = tag.split_once(':').unwrap_or((tag, ""));
        match name {
            "EXTINF" => {
                let seconds = value.split(',').next().unwrap_or_default().trim().parse::<f64>();
                out.seconds += seconds.ok().filter(|s| s.is_finite() && *s >= 0.0).unwrap_or(0.0).min(86_400.0);
            }
            "EXT-X-MAP" => {
                out.push(&mut seen, attribute(value, "URI").and_then(|uri| absolute(base, uri)));
            }
            "EXT-X-KEY" if attribute(value, "METHOD").is_some_and(|method| method != "NONE") => {
                match attribute(value, "URI").and_then(|uri| absolute(base, uri)) {
                    Some(url) => {
                        out.push(&mut seen, Some(url));
                    }
                    None => out.locked = true,
                }
            }
            "EXT-X-ENDLIST" => out.live = false,
            "EXT-X-PLAYLIST-TYPE" if value == "VOD" => out.live = false,
            _ => {}
        }
    }
    out
}

/// The value of an attribute, without its quotes (4.2).
fn attribute<'a>(list: &'a str, wanted: &str) -> Option<&'a str> {
    let mut rest = list;
    loop {
        let (name, after) = rest.split_once('=')?;
        let (value, behind) = match after.strip_prefix('"') {
            Some(quoted) => {
                let (value, behind) = quoted.split_once('"')?;
                (value, behind.split_once(',').map_or("", |(_, behind)| behind))
            }
            None => after.split_once(',').unwrap_or((after, "")),
        };
        if name.trim() == wanted {
            return Some(value.trim());
        }
        rest = behind;
    }
}
