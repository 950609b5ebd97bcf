//! Adding and changing watches.

use std::path::Path;

use serde::Serialize;

use super::{App, Recognised, canonical, quoted, read_file};
use crate::config::lists::{self, Form, List, Listed};
use crate::error::{Error, ErrorKind, Result};
use crate::model::{Cadence, NewWatch, Source, Watch, WatchId, WatchOptions, WatchState};
use crate::store::{Archive, Reader, Synced};

/// A list of URLs may be this long.
const LIST: u64 = 256 << 20;

/// What new watches are given.
#[derive(Clone, Debug, Default)]
pub struct Addition {
    /// Labels.
    pub tags: Vec<String>,
    /// A remark.
    pub note: Option<String>,
    /// Own interval.
    pub every: Option<Cadence>,
    /// Own settings.
    pub options: WatchOptions,
}

/// A watch that was added, or was there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Added {
    /// The watch.
    pub watch: WatchId,
    /// Its URL.
    pub url: String,
    /// It is new, or came back.
    pub is_new: bool,
    /// What it is about, if an adapter knows; told of what was typed, not of lists.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub recognised: Option<Recognised>,
}

/// What could not be added, and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct NotAdded {
    /// Where it stands: an argument, `file:line`.
    pub place: String,
    /// What is wrong with it.
    pub reason: String,
}

impl App {
    /// Watches URLs. What is no URL is told and stops nothing.
    pub fn add(&self, items: &[Listed], source: Source, what: &Addition) -> Result<(Vec<Added>, Vec<NotAdded>)> {
        let archive = self.archive_or_init()?;
        let (watches, junk) = new_watches(items, source, what);
        let ids = archive.edit()?.add(&watches, self.now())?;
        let reader = archive.reader()?;
        let mut added = Vec::with_capacity(ids.len());
        for ((watch, is_new), what) in ids.into_iter().zip(watches) {
            let recognised = if source == Source::Add { self.recognised(&reader, watch, &what)? } else { None };
            added.push(Added { watch, url: what.url, is_new, recognised });
        }
        Ok((added, junk))
    }

    /// What a watch is about by its settings; one that was there may have its own.
    fn recognised(&self, reader: &Reader, id: WatchId, what: &NewWatch) -> Result<Option<Recognised>> {
        let known = reader.watch(id)?.map(|watch| watch.what);
        let what = known.as_ref().unwrap_or(what);
        let capture = self.config.capture_for(&what.tags, &what.options)?;
        self.recognise(&what.url, &capture, reader.program_of(&what.host)?)
    }

    /// Reads a list from a file; `-` is for the caller to read.
    pub fn read_list(&self, path: &Path, form: Option<Form>) -> Result<List> {
        let bytes = read_file(path, LIST)?;
        let name = path.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
        Ok(match form {
            Some(form) => lists::read_as(form, &name, &lists::decode(&bytes)),
            None => lists::read(&name, &bytes),
        })
    }

    /// Takes over the entries of the configuration file and of the lists beside it; each is known by its source,
    /// and what has left them is retired.
    pub fn sync(&self) -> Result<(Synced, Vec<NotAdded>)> {
        let archive = self.archive_or_init()?;
        let mut junk = Vec::new();
        let mut watches = Vec::new();
        for entry in self.config.watches() {
            match canonical(&entry.url) {
                Ok(it) => watches.push(NewWatch {
                    url: it.url.to_string(),
                    key: it.key,
                    host: it.host,
                    source: Source::Config,
                    tags: entry.tags.clone(),
                    note: entry.note.clone(),
                    every: entry.every.clone(),
                    published: None,
                    options: entry.options.clone(),
                }),
                Err(why) => {
                    return Err(Error::new(ErrorKind::Config, format!("line {}: {}", entry.line, why.message()))
                        .hint("mend or remove the [[watch]] entry"));
                }
            }
        }
        let mut edit = archive.edit()?;
        let mut synced = edit.sync(Source::Config, &watches, self.now())?;
        let mut listed = Vec::new();
        for path in self.config.lists() {
            // A list that does not exist is an empty one: the default names one that need not be there.
            if !path.exists() {
                continue;
            }
            let list = self.read_list(&path, None)?;
            let (more, bad) = new_watches(&list.items, Source::List, &Addition::default());
            listed.extend(more);
            junk.extend(bad);
            junk.extend(list.junk.into_iter().map(|j| NotAdded { place: j.place, reason: j.message }));
        }
        let of_lists = edit.sync(Source::List, &listed, self.now())?;
        synced.added += of_lists.added;
        synced.changed += of_lists.changed;
        synced.retired += of_lists.retired;
        Ok((synced, junk))
    }

    pub(super) fn archive_or_init(&self) -> Result<Archive> {
        if !self.dir.join("catalog.db").exists() {
            self.init()?;
        }
        self.archive()
    }

    /// The watches that names (URLs, numbers) and labels mean; an error if a name means none.
    pub fn targets(&self, names: &[String], tags: &[String], states: &[WatchState]) -> Result<Vec<Watch>> {
        let reader = self.reader()?;
        let mut out: Vec<Watch> = names.iter().map(|name| self.find_watch(&reader, name)).collect::<Result<_>>()?;
        if !tags.is_empty() {
            out.extend(reader.watches(states, tags, u64::MAX >> 1, 0)?);
        }
        out.sort_by_key(|watch| watch.id);
        out.dedup_by_key(|watch| watch.id);
        if out.is_empty() {
            return Err(Error::new(ErrorKind::Usage, format!("no watch has the tag {}", quoted(&tags.join(", "))))
                .hint("`keepfast list` shows what is watched"));
        }
        Ok(out)
    }

    /// Sets the state of watches.
    pub fn set_state(&self, watches: &[Watch], state: WatchState) -> Result<()> {
        let mut edit = self.archive()?.edit()?;
        watches.iter().try_for_each(|watch| edit.set_state(watch.id, state, self.now()))
    }

    /// Changes labels and remarks.
    pub fn tag(&self, watches: &[Watch], add: &[String], remove: &[String], note: Option<&str>) -> Result<()> {
        let mut edit = self.archive()?.edit()?;
        for watch in watches {
            edit.tag(watch.id, add, remove)?;
            if let Some(note) = note {
                edit.note(watch.id, Some(note).filter(|n| !n.is_empty()))?;
            }
        }
        Ok(())
    }
}

/// Makes watches of list items; equal ones become one.
pub(super) fn new_watches(items: &[Listed], source: Source, what: &Addition) -> (Vec<NewWatch>, Vec<NotAdded>) {
    let mut seen = std::collections::HashMap::new();
    let (mut out, mut junk): (Vec<NewWatch>, Vec<NotAdded>) = (Vec::new(), Vec::new());
    for item in items {
        match crate::policy::url::canonical(&item.url) {
            Ok(it) => {
                let mut tags: Vec<String> = item.tags.iter().chain(&what.tags).cloned().collect();
                if let Some(at) = seen.get(&it.key) {
                    let known: &mut NewWatch = &mut out[*at];
                    known.tags.append(&mut tags);
                    known.tags.sort_unstable();
                    known.tags.dedup();
                    continue;
                }
                tags.sort_unstable();
                tags.dedup();
                seen.insert(it.key.clone(), out.len());
                out.push(NewWatch {
                    url: it.url.to_string(),
                    key: it.key,
                    host: it.host,
                    source,
                    tags,
                    note: what.note.clone().or_else(|| item.note.clone()),
                    every: what.every.clone(),
                    published: None,
                    options: what.options.clone(),
                });
            }
            Err(why) => {
                junk.push(NotAdded { place: item.place.clone(), reason: format!("{}: {why}", quoted(&item.url)) })
            }
        }
    }
    (out, junk)
}
