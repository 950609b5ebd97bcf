//! An Atom feed (RFC 4287) in a file, written anew each time and put in its place at once.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use super::words;
use super::{Parcel, Refusal};
use crate::error::{Result, io};
use crate::model::{Digest, Event};

pub(super) async fn write(path: PathBuf, name: &str, parcel: Parcel<'_>) -> Result<(), Refusal> {
    let text = atom(name, parcel);
    let put = tokio::task::spawn_blocking(move || put(&path, &text)).await;
    match put {
        Ok(Ok(())) => Ok(()),
        Ok(Err(error)) => Err(Refusal::of_all(error.to_string())),
        Err(_) => Err(Refusal::of_all("writing the feed failed")),
    }
}

/// Beside it, synced, renamed: readers see the old feed or the new one.
fn put(path: &Path, text: &str) -> Result<()> {
    let what = || format!("cannot write the feed {}", path.display());
    let mut beside = path.as_os_str().to_owned();
    beside.push(".new");
    let beside = PathBuf::from(beside);
    let mut file = std::fs::File::create(&beside).map_err(io(what()))?;
    file.write_all(text.as_bytes()).and_then(|()| file.sync_all()).map_err(io(what()))?;
    std::fs::rename(&beside, path).map_err(io(what()))?;
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    std::fs::File::open(folder).and_then(|folder| folder.sync_all()).map_err(io(what()))
}

/// The feed of these events, newest first.
pub(super) fn atom(name: &str, parcel: Parcel<'_>) -> String {
    let updated = parcel.events.last().map_or(parcel.at, |event| event.at);
    let mut out = format!(
        "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<feed xmlns=\"http://www.w3.org/2005/Atom\">\n  <id>{}</id>\n  \
         <title>keepfast: what changed or vanished</title>\n  <updated>{updated}</updated>\n  \
         <author><name>keepfast</name></author>\n",
        uuid(&Digest::of(name.as_bytes()).hex())
    );
    for event in parcel.events.iter().rev() {
        entry(&mut out, event);
    }
    out.push_str("</feed>\n");
    out
}

fn entry(out: &mut String, event: &Event) {
    let facts: serde_json::Value = serde_json::from_str(&event.json).unwrap_or_default();
    let url = facts.get("watch").and_then(|watch| watch.get("url")).and_then(serde_json::Value::as_str);
    let link = url.map(|url| format!("    <link href=\"{}\"/>\n", escaped(url))).unwrap_or_default();
    out.push_str(&format!(
        "  <entry>\n    <id>{}</id>\n    <title>{}</title>\n    <updated>{}</updated>\n{link}    \
         <category term=\"{}\"/>\n    <content type=\"text\">{}</content>\n  </entry>\n",
        uuid(&event.id),
        escaped(&words::line(&event.line(), 300)),
        event.at,
        event.kind,
        escaped(&words::about(event)),
    ));
}

/// 32 hexadecimal digits in the dress of a UUID.
fn uuid(hex: &str) -> String {
    let part = |from: usize, to: usize| hex.get(from..to).unwrap_or_default();
    format!("urn:uuid:{}-{}-{}-{}-{}", part(0, 8), part(8, 12), part(12, 16), part(16, 20), part(20, 32))
}

/// Text for XML 1.0: what may not stand there is left out.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&apos;"),
            '\t' | '\n' => out.push(c),
            '\u{0}'..='\u{1f}' | '\u{7f}'..='\u{9f}' | '\u{fffe}' | '\u{ffff}' => {}
            c => out.push(c),
        }
    }
    out
}
