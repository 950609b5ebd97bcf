//! Exports of posts and of threads.

use std::collections::HashSet;
use std::io::Write;
use std::path::{Path, PathBuf};

use super::export::{Counted, Exported, to_file};
use super::{App, body};
use crate::error::{Error, ErrorKind, Result, io as io_error};
use crate::export::{
    ActivityStreams, PostExporter, PostsCsv, PostsJsonl, ThreadForm, ThreadHtml, ThreadMarkdown, root, thread,
};
use crate::model::{PostKey, SnapshotId};
use crate::store::{PostFilter, PostMedium, Reader};

/// The form of an export of posts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PostsForm {
    /// One JSON object a line.
    Jsonl,
    /// A table.
    Csv,
    /// One OrderedCollection of ActivityStreams 2.0.
    ActivityStreams,
    /// Threads as text with headings.
    ThreadMarkdown,
    /// Threads as one page.
    ThreadHtml,
}

/// Kinds of media that are put beside a page under an ending of their own; all others are files that nothing opens.
const ENDINGS: [(&str, &str); 13] = [
    ("image/jpeg", "jpg"),
    ("image/png", "png"),
    ("image/gif", "gif"),
    ("image/webp", "webp"),
    ("image/avif", "avif"),
    ("video/mp4", "mp4"),
    ("video/webm", "webm"),
    ("audio/mpeg", "mp3"),
    ("audio/mp4", "m4a"),
    ("audio/ogg", "ogg"),
    ("video/ogg", "ogv"),
    ("audio/wav", "wav"),
    ("application/pdf", "pdf"),
];

impl App {
    /// The key of a post that a key or an address names.
    pub fn post_key(&self, name: &str) -> Result<PostKey> {
        self.index_posts(&mut |_| {})?;
        let reader = self.reader()?;
        let by_key = PostKey::parse(name).map(|key| reader.post_as_seen(&key)).transpose()?.flatten();
        match by_key {
            Some(row) => Ok(row.key),
            None => self.post_at(name)?.ok_or_else(|| super::posts::no_post(name)),
        }
    }

    /// Writes posts to a file, which is replaced only when all is written; media of threads go into a folder beside it.
    pub fn export_posts_file(&self, form: PostsForm, filter: &PostFilter, path: &Path) -> Result<Exported> {
        to_file(path, |out| self.export_posts(form, filter, out, Some(&media_folder(path))))
    }

    /// Writes posts. What is not indexed yet is indexed first, if no other process captures.
    /// `media` is the folder for the media of threads; without one it is said that they are in the archive.
    pub fn export_posts(
        &self,
        form: PostsForm,
        filter: &PostFilter,
        out: &mut dyn Write,
        media: Option<&Path>,
    ) -> Result<Exported> {
        if let Some(why) = self.index_posts(&mut |_| {})?.stopped {
            let behind = self.reader()?.posts_not_indexed()?;
            if behind > 0 {
                return Err(Error::new(
                    ErrorKind::Archive,
                    format!("{behind} snapshots are not looked through for posts yet: {why}"),
                )
                .hint("an export without them would be one with gaps: try again when that is done"));
            }
        }
        let reader = self.reader()?;
        // One moment of the catalogue, however long the export takes.
        reader.freeze()?;
        let mut out = Counted { inner: out, bytes: 0 };
        let posts = match form {
            PostsForm::Jsonl => each(&reader, filter, &mut PostsJsonl, &mut out)?,
            PostsForm::Csv => each(&reader, filter, &mut PostsCsv, &mut out)?,
            PostsForm::ActivityStreams => each(&reader, filter, &mut ActivityStreams::default(), &mut out)?,
            PostsForm::ThreadMarkdown => threads(&reader, filter, &mut ThreadMarkdown::default(), &mut out, media)?,
            PostsForm::ThreadHtml => threads(&reader, filter, &mut ThreadHtml::default(), &mut out, media)?,
        };
        out.flush().map_err(io_error("cannot write the export"))?;
        Ok(Exported { posts: Some(posts), bytes: out.bytes, ..Exported::default() })
    }
}

fn each(reader: &Reader, filter: &PostFilter, exporter: &mut dyn PostExporter, out: &mut dyn Write) -> Result<u64> {
    let mut posts = 0;
    exporter.begin(out)?;
    reader.each_post(filter, &mut |row| {
        posts += 1;
        exporter.item(reader, &row, out)
    })?;
    exporter.end(out)?;
    Ok(posts)
}

/// Writes the threads that the posts of a filter belong to, each whole and once.
fn threads(
    reader: &Reader,
    filter: &PostFilter,
    form: &mut dyn ThreadForm,
    out: &mut dyn Write,
    media: Option<&Path>,
) -> Result<u64> {
    let mut copies = Copies { reader, folder: media, made: false };
    let mut posts = 0;
    form.begin(out)?;
    // Where all posts are meant, those that begin threads are enough; else threads are found by climbing.
    let all = *filter == PostFilter::default();
    let filter = PostFilter { roots: all, ..filter.clone() };
    let mut known = HashSet::new();
    reader.each_post(&filter, &mut |row| {
        let root = if all { row.key } else { root(reader, &row)? };
        if all || known.insert(root.clone()) {
            posts += thread(reader, &root, form, &mut |medium| copies.beside(medium), out)?;
        }
        Ok(())
    })?;
    form.end(out)?;
    Ok(posts)
}

/// `thread-media` for `thread.html`.
fn media_folder(path: &Path) -> PathBuf {
    let mut name = path.file_stem().unwrap_or_default().to_owned();
    name.push("-media");
    path.with_file_name(name)
}

/// Copies of media beside a page.
struct Copies<'a> {
    reader: &'a Reader,
    folder: Option<&'a Path>,
    made: bool,
}

impl Copies<'_> {
    /// Puts the octets of a medium into the folder, under their digest: no name of the web is a name of a file.
    fn beside(&mut self, medium: &PostMedium) -> Result<std::result::Result<String, String>> {
        let (Some(exchange), Some(payload)) = (medium.exchange, medium.payload) else {
            let why = medium.reason.as_deref().unwrap_or("it was not fetched");
            return Ok(Err(format!("not in the archive: {}; {why}", medium.medium.state.about())));
        };
        let Some(folder) = self.folder else {
            return Ok(Err(format!("in the archive: exchange {exchange}, {}", payload.label())));
        };
        let kind = medium.media_type.as_deref().unwrap_or_default();
        let ending = ENDINGS.iter().find(|(of, _)| *of == kind).map_or("bin", |(_, ending)| ending);
        let file = format!("{}.{ending}", payload.hex());
        let path = folder.join(&file);
        if !path.exists() {
            let row = self.reader.exchanges(SnapshotId(exchange.0 / 4096))?.into_iter().find(|row| row.id == exchange);
            let octets = match row.map(|row| body(self.reader, &row)) {
                Some(Ok((octets, _))) => octets,
                // A damaged record costs its medium, not the export; the page says so.
                Some(Err(error)) => return Ok(Err(format!("it could not be read from the archive: {error}"))),
                None => return Ok(Err("its exchange is not in the archive".into())),
            };
            if !self.made {
                std::fs::create_dir_all(folder).map_err(io_error(format!("cannot make {}", folder.display())))?;
                self.made = true;
            }
            std::fs::write(&path, octets).map_err(io_error(format!("cannot write {}", path.display())))?;
        }
        let name = folder.file_name().unwrap_or_default().to_string_lossy();
        Ok(Ok(format!("{}/{file}", encoded(&name))))
    }
}

/// A name of a folder as a part of an address.
fn encoded(name: &str) -> String {
    let mut out = String::new();
    for octet in name.bytes() {
        match octet {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => out.push(char::from(octet)),
            _ => out.push_str(&format!("%{octet:02X}")),
        }
    }
    out
}
