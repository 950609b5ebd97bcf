//! Two snapshots side by side as one HTML page: self-contained, without scripts, every foreign text escaped.

use std::io::Write;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::failed;
use super::safe::html;
use crate::error::Result;
use crate::model::{Comparison, Digest, Item, Run, SnapshotRow, Told};

/// The style of the page.
const STYLE: &str = include_str!("comparison.css");

/// Writes the page.
pub fn comparison(comparison: &Comparison, out: &mut dyn Write) -> Result<()> {
    out.write_all(page(comparison).as_bytes()).map_err(failed)
}

fn page(comparison: &Comparison) -> String {
    let style = STANDARD.encode(Digest::of(STYLE.as_bytes()).0);
    let Comparison { older, newer, .. } = comparison;
    let title = newer.title.as_deref().or(older.title.as_deref()).unwrap_or(&newer.url);
    let mut out = format!(
        "<!doctype html>\n<html>\n<head>\n<meta charset=\"utf-8\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'sha256-{style}'; \
         base-uri 'none'; form-action 'none'\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"referrer\" content=\"no-referrer\">\n\
         <title>What changed: {}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n<h1 dir=\"auto\">{}</h1>\n",
        html(title),
        html(title)
    );
    out.push_str(&format!("<table>\n{}{}</table>\n", head("Before", older), head("After", newer)));
    let says = match (comparison.compared, comparison.changed) {
        (false, _) => {
            "One of the two does not hold what the page says: only how they ended tells them apart.".to_owned()
        }
        (true, false) => "They say the same.".to_owned(),
        (true, true) => comparison.what.join(", "),
    };
    out.push_str(&format!("<p class=\"what\">{}</p>\n", html(&says)));
    comparison.items.iter().for_each(|told| out.push_str(&item(told)));
    if comparison.left_out > 0 {
        out.push_str(&format!("<p class=\"note\">… and {} more.</p>\n", comparison.left_out));
    }
    if comparison.noise > 0 {
        out.push_str(&format!("<p class=\"note\">Set aside as noise: {}.</p>\n", comparison.noise));
    }
    for bound in &comparison.bounds {
        out.push_str(&format!("<p class=\"note\">{}</p>\n", html(bound)));
    }
    out.push_str("</body>\n</html>\n");
    out
}

fn head(name: &str, row: &SnapshotRow) -> String {
    format!(
        "<tr><th>{name}</th><td>snapshot {}</td><td>{}</td><td>{}</td><td dir=\"ltr\">{}</td></tr>\n",
        row.id,
        row.started_at,
        row.outcome,
        html(row.final_url.as_deref().unwrap_or(&row.url))
    )
}

fn item(told: &Told) -> String {
    let Told { item, pieces } = told;
    let class = if item.noise { " class=\"noise\"" } else { "" };
    let mut out = format!("<section{class}>\n<h2>{}</h2>\n", html(&name(item)));
    let words = if pieces.is_empty() {
        let part = |tag: &str, text: &Option<String>| {
            text.as_ref().map(|text| format!("<{tag}>{}</{tag}>", html(text))).unwrap_or_default()
        };
        match item.action {
            crate::model::Action::Moved => item.after.as_deref().map(html).unwrap_or_default(),
            _ => format!("{}{}", part("del", &item.before), part("ins", &item.after)),
        }
    } else {
        pieces
            .iter()
            .map(|piece| match piece.run {
                Run::Same => html(&piece.text),
                Run::Removed => format!("<del>{}</del>", html(&piece.text)),
                Run::Added => format!("<ins>{}</ins>", html(&piece.text)),
            })
            .collect()
    };
    if !words.is_empty() {
        let cut = if item.cut { " <span class=\"note\">(part of a longer text)</span>" } else { "" };
        out.push_str(&format!("<p dir=\"auto\">{words}{cut}</p>\n"));
    }
    out.push_str("</section>\n");
    out
}

/// `text edited, line 3`; `comment removed, by Anna`.
fn name(item: &Item) -> String {
    let mut out = format!("{} {}", item.subject, item.action);
    out.push_str(&match (item.from, item.to) {
        (Some(from), Some(to)) if from != to => format!(", {from} → {to}"),
        (Some(at), _) | (None, Some(at)) => format!(", {at}"),
        (None, None) => String::new(),
    });
    let by = item.author.as_ref().map(|author| format!(", by {author}"));
    let key = item.key.as_ref().map(|key| format!(": {key}"));
    by.into_iter().chain(key).for_each(|part| out.push_str(&part));
    if item.noise {
        out.push_str(" (noise)");
    }
    out
}
