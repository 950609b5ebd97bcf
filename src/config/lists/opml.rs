//! OPML: subscriptions of a feed reader. Feed and site of an entry are both listed; folders become tags.

use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};

use super::{Collector, LineAt};

/// Nesting of folders that become tags.
const MAX_DEPTH: usize = 32;

pub(super) fn read(text: &str, into: &mut Collector<'_>) {
    let mut reader = Reader::from_str(text);
    reader.config_mut().check_end_names = false;
    let mut line_at = LineAt::new(text);
    let mut folders: Vec<Option<String>> = Vec::new();
    loop {
        let offset = usize::try_from(reader.buffer_position()).unwrap_or(usize::MAX);
        match reader.read_event() {
            Ok(Event::Start(tag)) if is_outline(&tag) => {
                let entry = Entry::of(&tag);
                let name = entry.take(line_at.of(offset), &folders, into);
                folders.push(name.filter(|_| folders.len() < MAX_DEPTH));
            }
            Ok(Event::Empty(tag)) if is_outline(&tag) => {
                Entry::of(&tag).take(line_at.of(offset), &folders, into);
            }
            Ok(Event::End(tag)) if tag.local_name().as_ref().eq_ignore_ascii_case(b"outline") => {
                folders.pop();
            }
            Ok(Event::Eof) => break,
            Ok(_) => {}
            Err(_) => {
                let at = usize::try_from(reader.error_position()).unwrap_or(offset);
                into.junk(line_at.of(at), "this is not well-formed XML; what comes after it is not read");
                break;
            }
        }
    }
}

fn is_outline(tag: &BytesStart<'_>) -> bool {
    tag.local_name().as_ref().eq_ignore_ascii_case(b"outline")
}

#[derive(Default)]
struct Entry {
    feed: String,
    site: String,
    name: String,
    categories: String,
}

impl Entry {
    fn of(tag: &BytesStart<'_>) -> Self {
        let mut entry = Self::default();
        for attribute in tag.html_attributes().with_checks(false).flatten().take(64) {
            let raw = String::from_utf8_lossy(&attribute.value).into_owned();
            let value = quick_xml::escape::unescape(&raw).map_or_else(|_| raw.clone(), |text| text.into_owned());
            match attribute.key.as_ref().to_ascii_lowercase().as_slice() {
                b"xmlurl" => entry.feed = value,
                b"htmlurl" | b"url" => entry.site = value,
                b"text" => entry.name = value,
                b"title" if entry.name.is_empty() => entry.name = value,
                b"category" => entry.categories = value,
                _ => {}
            }
        }
        entry
    }

    /// Lists its URLs; gives its name back if it is a folder.
    fn take(self, line: usize, folders: &[Option<String>], into: &mut Collector<'_>) -> Option<String> {
        if self.feed.trim().is_empty() && self.site.trim().is_empty() {
            return Some(self.name);
        }
        let mut tags: Vec<String> = folders.iter().flatten().cloned().collect();
        tags.extend(self.categories.split(',').map(|tag| tag.trim().trim_matches('/').to_owned()));
        let note = Some(self.name);
        for url in [&self.feed, &self.site] {
            if !url.trim().is_empty() {
                into.url(line, url, tags.clone(), note.clone());
            }
        }
        None
    }
}
