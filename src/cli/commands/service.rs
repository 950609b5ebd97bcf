//! `watch`: the service, which tells on standard error what it does, a line each.

use std::io::Write as _;
use std::sync::Arc;

use crate::app::{Event, Stopper};
use crate::cli::exit::Exit;
use crate::cli::{Session, term};
use crate::clock::{Clock as _, System};
use crate::error::Result;

pub(super) fn watch(session: &Session<'_>) -> Result<Exit> {
    let (quiet, json) = (session.global.quiet, session.global.json);
    let listener = Arc::new(move |event: Event| {
        let Some(line) = said(&event, quiet, json) else { return };
        // Nobody may be listening any more: that does not end the service.
        let _ = writeln!(std::io::stderr(), "{line}");
    });
    let loader = session.loader();
    let report = session.app.serve(&move || loader.load(), listener, &Stopper::new())?;
    super::print(session, &report, |to| {
        writeln!(to, "{} looks, {} octets received", report.summary.snapshots, report.summary.received)
    })?;
    Ok(Exit::AllKept)
}

/// The line for an event: what was kept anew, what went wrong, what is to be known. With JSON every look has its line.
fn said(event: &Event, quiet: bool, json: bool) -> Option<String> {
    let at = System.now();
    match event {
        Event::Finished { url, snapshot, outcome, changed, reason, retry_in, .. } => {
            if json {
                let line = serde_json::json!({
                    "at": at, "url": url, "snapshot": snapshot, "outcome": outcome, "changed": changed, "reason": reason,
                    "retry_in_s": retry_in.map(|wait| wait.as_secs()),
                });
                return Some(line.to_string());
            }
            let is_news = *changed != Some(false) || !outcome.is_kept();
            let reason = reason.as_deref().map(|why| format!(": {why}")).unwrap_or_default();
            let what = if *changed == Some(true) { "changed" } else { outcome.as_str() };
            let line = format!("{} {what} {url} (snapshot {snapshot}){reason}", term::time(at));
            (is_news && !quiet).then(|| term::line(&line).into_owned())
        }
        Event::Note(text) if json => Some(serde_json::json!({ "at": at, "note": text }).to_string()),
        Event::Note(text) => Some(term::line(&format!("{} {text}", term::time(at))).into_owned()),
        Event::Waiting { host, for_ } if !json && !quiet && for_.as_secs() > 60 => Some(
            term::line(&format!("{} {host} is left alone for {}", term::time(at), term::length(for_.as_secs())))
                .into_owned(),
        ),
        Event::Waiting { .. } | Event::Started { .. } | Event::Tick { .. } => None,
    }
}
