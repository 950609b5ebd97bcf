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
use crate::error::{Error, ErrorKind, Result, io};
use crate::model::{SnapshotId, SnapshotView, Source, Watch};

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

/// The catalogue shows the change that was promised.
fn shows(promise: &Expected, now: &SnapshotView, before: Option<&SnapshotView>, watch: &Watch, base: &str) -> bool {
    let text =
        |view: Option<&SnapshotView>| view.and_then(|v| v.document.as_ref()).map(|d| d.text()).unwrap_or_default();
    let comments_of = |view: Option<&SnapshotView>, name: &str| {
        let document = view.and_then(|v| v.document.as_ref());
        document.map_or(0, |d| d.comments.iter().filter(|c| c.author.as_deref() == Some(name)).count())
    };
    let picture = |view: Option<&SnapshotView>, path: &str| {
        let url = format!("{base}{path}");
        view.and_then(|v| v.media.iter().find(|m| m.url == url)).and_then(|m| m.payload)
    };
    let (now_too, is_current) = (Some(now), watch.current == Some(now.snapshot.id));
    match promise.change {
        Change::First => now.snapshot.previous.is_none() && is_current,
        Change::Same => now.snapshot.changed == Some(false) && is_current,
        Change::Edited { before: old, after: new } => {
            now.snapshot.changed == Some(true)
                && text(before).contains(old)
                && text(now_too).contains(new)
                && !text(now_too).contains(old)
        }
        Change::CommentAdded { author } => {
            now.snapshot.changed == Some(true) && comments_of(now_too, author) == comments_of(before, author) + 1
        }
        Change::CommentRemoved { author } => {
            now.snapshot.changed == Some(true) && comments_of(now_too, author) + 1 == comments_of(before, author)
        }
        Change::PictureReplaced { path } => {
            let (old, new) = (picture(before, path), picture(now_too, path));
            old.is_some() && new.is_some() && old != new
        }
        // What was there stays the current snapshot: an absence or a wall never takes its place.
        Change::Deleted => watch.current.is_some() && !is_current,
        Change::Challenge => watch.current.is_none(),
    }
}

fn words(change: Change, view: &SnapshotView) -> String {
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
        Change::Edited { before, after } => format!("edited: \"{before}\" became \"{after}\""),
        Change::CommentAdded { author } => format!("a comment was added, by {author}"),
        Change::CommentRemoved { author } => format!("a comment was removed, by {author}"),
        Change::PictureReplaced { path } => format!("the picture {path} was replaced under its name"),
        Change::Deleted => "deleted; the snapshot from before stays the current one".to_owned(),
        Change::Challenge => "a bot check stands in front: kept as what it is, not as the page".to_owned(),
    }
}
