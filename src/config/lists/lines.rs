//! `urls.txt`: one URL a line, `#` comments, `#tags` after the URL. A line of words has its URLs taken out.

use super::running::{after_scheme, find_urls};
use super::{Collector, quote};

pub(super) fn read(text: &str, into: &mut Collector<'_>) {
    for (n, line) in text.lines().enumerate() {
        let line = line.trim_start_matches('\u{feff}').trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let elsewhere = if after_scheme(line).is_some() { Vec::new() } else { find_urls(line) };
        if !elsewhere.is_empty() {
            for range in elsewhere {
                into.url(n + 1, &line[range], Vec::new(), None);
            }
            continue;
        }
        let mut words = line.split_whitespace();
        let Some(url) = words.next() else { continue };
        let mut tags = Vec::new();
        for word in words {
            match word.strip_prefix('#') {
                Some(tag) => tags.push(tag.to_owned()),
                None => {
                    let message = format!("{} is not a #tag; the URL before it is taken", quote(word));
                    into.junk(n + 1, message);
                    break;
                }
            }
        }
        into.url(n + 1, url, tags, None);
    }
}
