//! Exports: which snapshots, in which form, to where.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::Path;

use serde::Serialize;

use super::{App, body, canonical};
use crate::error::{Error, ErrorKind, Result, io as io_error};
use crate::export::{Csv, Exporter, Html, Jsonl, Markdown, warc};
use crate::model::SnapshotId;
use crate::store::{Filter, Reader};

/// Snapshots that are selected at once.
const PAGE: u32 = 512;

/// The form of an export.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// One JSON object a line.
    Jsonl,
    /// A table.
    Csv,
    /// Text with headings.
    Markdown,
    /// One page that holds everything.
    Html,
    /// The original records.
    Warc {
        /// Also those of 304 answers, which tools for replay cannot show.
        confirmations: bool,
    },
}

/// What was exported.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Exported {
    /// Snapshots.
    pub snapshots: u64,
    /// Octets written.
    pub bytes: u64,
    /// Answers of 304 that were left out of a WARC.
    pub confirmations_left_out: u64,
    /// Posts, where posts were exported.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub posts: Option<u64>,
}

/// Counts what goes through.
pub(super) struct Counted<W> {
    pub inner: W,
    pub bytes: u64,
}

impl<W: Write> Write for Counted<W> {
    fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
        let n = self.inner.write(buf)?;
        self.bytes += n as u64;
        Ok(n)
    }
    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}

impl App {
    /// Replaces the URLs of a filter by the watches that they name.
    pub fn filter_urls(&self, filter: &mut Filter, urls: &[String]) -> Result<()> {
        if urls.is_empty() {
            return Ok(());
        }
        let reader = self.reader()?;
        let mut watches = Vec::new();
        for url in urls {
            match reader.watch_by_key(&canonical(url)?.key)? {
                Some(watch) => watches.push(watch.id),
                None => {
                    return Err(Error::new(ErrorKind::Usage, format!("{} is not in the archive", super::quoted(url))));
                }
            }
        }
        filter.watches = Some(watches);
        Ok(())
    }

    /// Writes an export to a file, which is replaced only when all is written.
    pub fn export_file(&self, form: Form, filter: &Filter, path: &Path) -> Result<Exported> {
        to_file(path, |out| self.export(form, filter, out))
    }

    /// Writes an export.
    pub fn export(&self, form: Form, filter: &Filter, out: &mut dyn Write) -> Result<Exported> {
        let reader = self.reader()?;
        // One moment of the catalogue, however long the export takes.
        reader.freeze()?;
        let mut out = Counted { inner: out, bytes: 0 };
        let (mut snapshots, mut confirmations_left_out) = (0, 0);
        match form {
            Form::Warc { confirmations } => {
                let options = self.capture_options();
                let mut warc = warc::Warc::new(&options.warcinfo, self.now(), confirmations);
                warc.begin(&mut out)?;
                each(&reader, filter, |id| {
                    snapshots += 1;
                    warc.item(&reader, id, &mut out)
                })?;
                warc.end(&reader, &mut out)?;
                confirmations_left_out = warc.left_out();
            }
            _ => {
                let mut exporter: Box<dyn Exporter> = match form {
                    Form::Csv => Box::new(Csv),
                    Form::Markdown => Box::<Markdown>::default(),
                    Form::Html => Box::<Html>::default(),
                    Form::Jsonl | Form::Warc { .. } => Box::new(Jsonl),
                };
                exporter.begin(&mut out)?;
                each(&reader, filter, |id| {
                    snapshots += 1;
                    let view = reader.view(id)?;
                    exporter.item(&view, &mut |exchange| body(&reader, exchange).map(|(body, _)| body), &mut out)
                })?;
                exporter.end(&mut out)?;
            }
        }
        out.flush().map_err(io_error("cannot write the export"))?;
        Ok(Exported { snapshots, bytes: out.bytes, confirmations_left_out, posts: None })
    }
}

fn each(reader: &Reader, filter: &Filter, mut work: impl FnMut(SnapshotId) -> Result<()>) -> Result<()> {
    let mut after = SnapshotId(0);
    loop {
        let page = reader.select(filter, after, PAGE)?;
        let Some(last) = page.last() else { return Ok(()) };
        after = *last;
        page.into_iter().try_for_each(&mut work)?;
    }
}

/// Writes a file, which is replaced only when all is written.
pub(super) fn to_file(path: &Path, write: impl FnOnce(&mut dyn Write) -> Result<Exported>) -> Result<Exported> {
    let what = || format!("cannot write {}", path.display());
    let mut half = path.as_os_str().to_owned();
    half.push(format!(".part-{}", std::process::id()));
    let half = std::path::PathBuf::from(half);
    let write = || -> Result<Exported> {
        let file = File::create(&half).map_err(io_error(what()))?;
        let mut out = BufWriter::with_capacity(1 << 18, file);
        let done = write(&mut out)?;
        let file = out.into_inner().map_err(|e| io_error(what())(e.into_error()))?;
        file.sync_all().map_err(io_error(what()))?;
        std::fs::rename(&half, path).map_err(io_error(what()))?;
        Ok(done)
    };
    let done = write();
    if done.is_err() {
        let _ = std::fs::remove_file(&half);
    }
    done
}
