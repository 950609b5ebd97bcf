//! The demonstration itself: archives the site three times while it changes, and holds every word it says
//! about that against the catalogue.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::Serialize;

use super::{Change, Expected, Site, expected, serve};
use crate::app::{Addition, App, RunAsk, Stopper, Summary};
use crate::clock::Clock;
use crate::config::lists::Listed;
use crate::config::{Config, watch_options};
use crate::diff;
use crate::error::{Error, ErrorKind, Result, io};
use crate::model::{Action, Digest, Item, Run, SnapshotId, SnapshotView, Source, Subject, Watch};

/// What was found of one URL in one act.
#[derive(Clone, Debug, Serialize)]
pub struct Finding {
    /// The URL.
    pub url: String,
    /// What it is.
    pub about: &'static str,
    /// Its newest snapshot.
    pub snapshot: SnapshotId,
    /// How that ended.
    pub outcome: crate::model::Outcome,
    /// What it shows, in words.
    pub says: String,
    /// The catalogue holds what the words say.
    pub holds: bool,
}

/// One act.
#[derive(Clone, Debug, Serialize)]
pub struct Act {
    /// 1 to 3.
    pub number: u8,
    /// What the run did.
    pub summary: Summary,
    /// What was found, URL by URL.
    pub findings: Vec<Finding>,
    /// Requests that the site got.
    pub requests: usize,
    /// Requests that robots.txt of the site forbids: has to stay zero.
    pub forbidden: usize,
}

/// Plays the demonstration into a new archive in `dir`; each act is told when it is over. Returns the archive.
pub fn play(dir: &Path, clock: Arc<dyn Clock>, mut told: impl FnMut(&Act) -> Result<()>) -> Result<App> {
    if dir.join("catalog.db").exists() {
        return Err(Error::new(ErrorKind::Usage, format!("{} holds an archive already", dir.display()))
            .hint("name another folder with --dir"));
    }
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .map_err(|e| Error::new(ErrorKind::Internal, "cannot start the runtime").because(e))?;
    let app = runtime.block_on(async {
        let site = serve().await.map_err(io("cannot serve the demonstration's site on this machine"))?;
        // The site lies on this machine, which is no public address, and it is ours: no need to be slow.
        let sets = ["client.allow_private=127.0.0.1", "pace.per_second=0", "archive.min_free=64 MiB"];
        let sets: Vec<String> = sets.iter().map(ToString::to_string).collect();
        let app = App::new(Config::load(None, &[], &sets)?, Some(dir.to_owned()), clock);
        app.init()?;
        for (url, about) in site.urls() {
            let options: Vec<String> = site.settings(&url).iter().map(ToString::to_string).collect();
            let what = Addition {
                tags: vec!["demo".into()],
                note: Some(about.to_owned()),
                every: None,
                options: watch_options(&options)?,
            };
            let listed = Listed { url, tags: Vec::new(), note: None, place: "demo".into() };
            app.add(&[listed], Source::Add, &what)?;
        }
        for number in super::acts::ACTS {
            let before = site.log().len();
            site.act(number);
            let ask = RunAsk { all: true, ..RunAsk::default() };
            let report = app.run_in(&ask, Arc::new(|_| {}), &Stopper::new(), &|_| {}).await?;
            let log = site.log();
            let act = Act {
                number,
                summary: report.summary,
                findings: findings(&app, &site, number)?,
                requests: log.len() - before,
                forbidden: log[before..].iter().filter(|asked| asked.path.starts_with("/office/")).count(),
            };
            told(&act)?;
        }
        Ok::<_, Error>(app)
    })?;
    runtime.shutdown_timeout(std::time::Duration::from_millis(200));
    Ok(app)
}

/// The first folder of this name, or of the name with a number, that is not there yet.
pub fn free_folder(name: &str) -> PathBuf {
    let numbered = (2..).map(|n| PathBuf::from(format!("{name}-{n}")));
    std::iter::once(PathBuf::from(name)).chain(numbered).find(|path| !path.exists()).unwrap_or_else(|| name.into())
}

fn findings(app: &App, site: &Site, act: u8) -> Result<Vec<Finding>> {
    let promised = expected(act);
    site.urls()
        .into_iter()
        .zip(promised)
        .map(|((url, about), promise)| {
            let watch = app.watch(&url)?;
            let last =
                watch.last.ok_or_else(|| Error::new(ErrorKind::Internal, format!("there is no snapshot of {url}")))?;
            let view = app.show(last)?;
            let before = match view.snapshot.previous {
                Some(id) => Some(app.show(id)?),
                None => None,
            };
            let holds = view.snapshot.outcome == promise.outcome
                && shows(&promise, &view, before.as_ref(), &watch, site.base());
            Ok(Finding {
                url,
                about,
                snapshot: last,
                outcome: view.snapshot.outcome,
                says: words(promise.change, &view),
                holds,
            })
        })
        .collect()
}

/// The catalogue shows the change that was promised: this one, of these very words, and no other.
fn shows(promise: &Expected, now: &SnapshotView, before: Option<&SnapshotView>, watch: &Watch, base: &str) -> bool {
    let picture = |view: Option<&SnapshotView>, url: &str| {
        view.and_then(|v| v.media.iter().find(|m| m.url == url)).and_then(|m| m.payload)
    };
    let told = |digest: Option<Digest>| digest.map(|digest| format!("sha256:{}", digest.hex()));
    let is_current = watch.current == Some(now.snapshot.id);
    let only = match now.changes.as_slice() {
        [item] if now.snapshot.changed == Some(true) && is_current => Some(item),
        _ => None,
    };
    let only = |subject, action| only.filter(|item| item.subject == subject && item.action == action);
    match promise.change {
        Change::First => now.snapshot.previous.is_none() && is_current && now.changes.is_empty(),
        Change::Same => now.snapshot.changed == Some(false) && is_current && now.changes.is_empty(),
        Change::Edited { words } => only(Subject::Text, Action::Edited).is_some_and(|item| {
            let found = edits(item);
            found.len() == words.len()
                && found.iter().zip(words).all(|((was, is), (before, after))| was == before && is == after)
        }),
        Change::CommentAdded { author, text } => only(Subject::Comment, Action::Added)
            .is_some_and(|item| item.author.as_deref() == Some(author) && item.after.as_deref() == Some(text)),
        Change::CommentRemoved { author, text } => only(Subject::Comment, Action::Removed)
            .is_some_and(|item| item.author.as_deref() == Some(author) && item.before.as_deref() == Some(text)),
        Change::PictureReplaced { path } => {
            let url = format!("{base}{path}");
            let (old, new) = (picture(before, &url), picture(Some(now), &url));
            only(Subject::Media, Action::Replaced).is_some_and(|item| {
                let is_this = item.key.as_deref() == Some(url.as_str());
                is_this && old.is_some() && old != new && item.before == told(old) && item.after == told(new)
            })
        }
        // What was there stays the current snapshot: an absence or a wall never takes its place.
        Change::Deleted => watch.current.is_some() && !is_current,
        Change::Challenge => watch.current.is_none(),
    }
}

/// Words that were there and those that stand in their place, as they were found.
fn edits(item: &Item) -> Vec<(String, String)> {
    let (before, after) = (item.before.as_deref().unwrap_or(""), item.after.as_deref().unwrap_or(""));
    let mut out: Vec<(String, String)> = Vec::new();
    let mut last = Run::Same;
    for piece in diff::pieces(before, after) {
        match (piece.run, out.last_mut()) {
            (Run::Added, Some((_, added))) if last == Run::Removed => added.clone_from(&piece.text),
            (Run::Added, _) => out.push((String::new(), piece.text)),
            (Run::Removed, _) => out.push((piece.text, String::new())),
            (Run::Same, _) => {}
        }
        last = piece.run;
    }
    out
}

/// What the catalogue says of a change, in words.
fn words(change: Change, view: &SnapshotView) -> String {
    let item = view.changes.first();
    let text = |text: Option<&String>| text.cloned().unwrap_or_default();
    match change {
        Change::First => {
            let comments = view.document.as_ref().map_or(0, |d| d.comments.len());
            let fetched = view.media.iter().filter(|m| m.payload.is_some()).count();
            let mut said = "kept for the first time".to_owned();
            if comments > 0 {
                said.push_str(&format!(", with {comments} comments"));
            }
            if fetched > 0 {
                said.push_str(&format!(", with {fetched} media"));
            }
            said
        }
        Change::Same => "says what it said".to_owned(),
        Change::Edited { .. } => {
            let edits = item.map(edits).unwrap_or_default();
            let said: Vec<_> = edits.iter().map(|(was, is)| format!("\"{was}\" became \"{is}\"")).collect();
            format!("edited: {}", said.join(", "))
        }
        Change::CommentAdded { .. } => format!(
            "a comment was added, by {}: \"{}\"",
            text(item.and_then(|item| item.author.as_ref())),
            text(item.and_then(|item| item.after.as_ref()))
        ),
        Change::CommentRemoved { .. } => format!(
            "a comment was removed, by {}: \"{}\"",
            text(item.and_then(|item| item.author.as_ref())),
            text(item.and_then(|item| item.before.as_ref()))
        ),
        Change::PictureReplaced { .. } => {
            format!("the picture {} was replaced under its name", text(item.and_then(|item| item.key.as_ref())))
        }
        Change::Deleted => "deleted; the snapshot from before stays the current one".to_owned(),
        Change::Challenge => "a bot check stands in front: kept as what it is, not as the page".to_owned(),
    }
}
