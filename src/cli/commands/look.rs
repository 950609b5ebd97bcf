//! `status`, `history`, `show`, `export`, `doctor`.

use std::io::Write as _;

use super::{out, print, stdout};
use crate::app::{Exported, Filter, Form, Health, PostFilter, PostsForm};
use crate::cli::args::{Export, Format, History, Show};
use crate::cli::exit::Exit;
use crate::cli::{Session, platforms, render, summary, term};
use crate::error::{Error, ErrorKind, Result};
use crate::model::SnapshotId;

pub(super) fn status(session: &Session<'_>) -> Result<Exit> {
    let status = session.app.status()?;
    let shown = summary::Status {
        overdue: status.overdue,
        growth: status.growth(),
        days_left: status.days_left(session.app.config().min_free()),
        week: status.week,
        archive: session.app.dir().display().to_string(),
        troubled: status.troubled,
        vanished: status.vanished,
        used_up: session.app.used_up(10)?,
        watches: status.watches,
        due: status.due,
        next_due: status.next_due_at,
        latest: status.last_outcomes,
        snapshots: status.snapshots,
        warc_bytes: status.warc_bytes,
        segments: status.segments,
        catalog_bytes: status.catalog_bytes,
        free_bytes: Some(status.free_bytes),
        last_run: status.runs.first().map(|run| run.started_at),
        running: status.runs.first().is_some_and(|run| run.ended.is_none()) && session.app.is_capturing(),
    };
    print(session, &shown, |to| summary::status(&shown, session.screen, to))?;
    Ok(Exit::AllKept)
}

pub(super) fn history(session: &Session<'_>, words: &History) -> Result<Exit> {
    let watch = session.app.watch(&words.watch)?;
    let mut rows = session.app.history(watch.id, u64::from(words.limit))?;
    if let Some(since) = words.since {
        let since = since.resolve(session.screen.now);
        rows.retain(|row| row.started_at >= since);
    }
    print(session, &rows, |to| render::history(&watch.what.url, &rows, session.screen, to))?;
    Ok(Exit::AllKept)
}

pub(super) fn show(session: &Session<'_>, words: &Show) -> Result<Exit> {
    let id = session.app.find_snapshot(&words.what)?;
    let view = session.app.show_as_read_by(id, words.reader)?;
    let last = view.exchanges.iter().find(|e| e.is_final);
    if words.raw {
        let Some(exchange) = last else {
            return Err(Error::new(ErrorKind::Usage, format!("snapshot {id} has no body: {}", view.snapshot.outcome)));
        };
        let (body, _) = session.app.body(exchange)?;
        let mut to = stdout();
        to.write_all(&body).and_then(|()| to.flush()).map_err(out)?;
    } else if words.headers {
        let heads: Vec<Vec<u8>> = view.exchanges.iter().map(|e| session.app.head(e)).collect::<Result<_>>()?;
        print(session, &view.exchanges, |to| {
            render::exchanges(&view, session.screen, to)?;
            heads.iter().try_for_each(|head| render::head(head, to))
        })?;
    } else if words.text {
        print(session, &view.document, |to| match &view.document {
            Some(document) => render::text(document, view.snapshot.comments, session.screen, to),
            None => Ok(()),
        })?;
    } else {
        print(session, &view, |to| render::snapshot(&view, session.screen, to))?;
    }
    Ok(Exit::AllKept)
}

pub(super) fn export(session: &Session<'_>, words: &Export) -> Result<Exit> {
    let now = session.screen.now;
    let which = &words.which;
    let mut filter = Filter {
        watches: None,
        tags: which.tags.clone(),
        since: which.since.map(|m| m.resolve(now)),
        until: which.until.map(|m| m.resolve(now)),
        outcomes: which.outcomes.clone(),
        snapshots: which.snapshots.iter().map(|id| SnapshotId(*id)).collect(),
        current: which.current,
    };
    session.app.filter_urls(&mut filter, &which.urls)?;
    if words.confirmations && words.format != Format::Warc {
        return Err(Error::new(ErrorKind::Usage, "--confirmations is for --format warc"));
    }
    if let Some(form) = posts_form(words.format) {
        return export_posts(session, words, form, filter);
    }
    if !words.posts.is_empty() {
        return Err(Error::new(ErrorKind::Usage, "--post is for the formats of posts and threads"));
    }
    let form = match words.format {
        Format::Jsonl => Form::Jsonl,
        Format::Csv => Form::Csv,
        Format::Markdown => Form::Markdown,
        Format::Html => Form::Html,
        _ => Form::Warc { confirmations: words.confirmations },
    };
    if words.output.as_os_str() == "-" {
        let mut to = stdout();
        session.app.export(form, &filter, &mut to)?;
        to.flush().map_err(out)?;
        return Ok(Exit::AllKept);
    }
    let exported = session.app.export_file(form, &filter, &words.output)?;
    super::tell(session, &serde_json::json!(exported), |to| {
        let Exported { snapshots, bytes, confirmations_left_out, .. } = exported;
        let name = words.output.display().to_string();
        writeln!(to, "{} snapshots, {} in {}", term::count(snapshots), term::size(bytes), term::line(&name))?;
        if confirmations_left_out > 0 {
            let count = term::count(confirmations_left_out);
            writeln!(to, "without 304 answers, which replay tools cannot show: {count} (--confirmations takes them)")?;
        }
        Ok(())
    })?;
    Ok(Exit::AllKept)
}

fn posts_form(format: Format) -> Option<PostsForm> {
    match format {
        Format::PostsJsonl => Some(PostsForm::Jsonl),
        Format::PostsCsv => Some(PostsForm::Csv),
        Format::Activitystreams => Some(PostsForm::ActivityStreams),
        Format::ThreadMarkdown => Some(PostsForm::ThreadMarkdown),
        Format::ThreadHtml => Some(PostsForm::ThreadHtml),
        Format::Jsonl | Format::Csv | Format::Markdown | Format::Html | Format::Warc => None,
    }
}

fn export_posts(session: &Session<'_>, words: &Export, form: PostsForm, snapshots: Filter) -> Result<Exit> {
    let keys = words.posts.iter().map(|name| session.app.post_key(name)).collect::<Result<_>>()?;
    let shown_by = Some(snapshots).filter(|snapshots| *snapshots != Filter::default());
    let filter = PostFilter { keys, shown_by, ..PostFilter::default() };
    if words.output.as_os_str() == "-" {
        let mut to = stdout();
        session.app.export_posts(form, &filter, &mut to, None)?;
        to.flush().map_err(out)?;
        return Ok(Exit::AllKept);
    }
    let exported = session.app.export_posts_file(form, &filter, &words.output)?;
    super::tell(session, &serde_json::json!(exported), |to| {
        let (posts, name) = (term::count(exported.posts.unwrap_or(0)), words.output.display().to_string());
        writeln!(to, "{posts} posts, {} in {}", term::size(exported.bytes), term::line(&name))
    })?;
    Ok(Exit::AllKept)
}

pub(super) fn doctor(session: &Session<'_>) -> Result<Exit> {
    let checks = session.app.doctor();
    print(session, &checks, |to| {
        let paint = session.screen.paint;
        for check in &checks {
            let word = match check.health {
                Health::Good => paint.good("good"),
                Health::Odd => paint.odd("odd "),
                Health::Bad => paint.bad("bad "),
            };
            writeln!(to, "{word}  {:<10} {}", check.what, term::line(&check.says))?;
        }
        Ok(())
    })?;
    let bad = checks.iter().any(|check| check.health == Health::Bad);
    Ok(if bad { Exit::Archive } else { Exit::AllKept })
}

pub(super) fn platforms(session: &Session<'_>) -> Result<Exit> {
    let report = session.app.platforms()?;
    print(session, &report, |to| platforms::report(&report, session.screen, to))?;
    Ok(Exit::AllKept)
}
