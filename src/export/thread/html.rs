//! Threads as a page: its own style, no script, nothing from anywhere but the copies beside it.

use std::io::Write;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::{Shown, ThreadForm, earlier, put, who};
use crate::error::Result;
use crate::export::html::{STYLE, lines, link};
use crate::export::safe::html;
use crate::model::Digest;
use crate::model::post::PostMediaKind;
use crate::store::PostMedium;

/// Steps by which what answers is moved to the side.
const DEEP: usize = 8;

/// Threads as one HTML page.
#[derive(Debug, Default)]
pub struct ThreadHtml {
    threads: u64,
}

impl ThreadForm for ThreadHtml {
    fn begin(&mut self, out: &mut dyn Write) -> Result<()> {
        self.threads = 0;
        let style = STANDARD.encode(Digest::of(STYLE.as_bytes()).0);
        put(
            out,
            &format!(
                "<!doctype html>\n<html>\n<head>\n<meta charset=\"utf-8\">\n\
                 <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; img-src 'self' file:; \
                 media-src 'self' file:; style-src 'sha256-{style}'; base-uri 'none'; form-action 'none'\">\n\
                 <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
                 <meta name=\"referrer\" content=\"no-referrer\">\n\
                 <title>Archived threads</title>\n<style>{STYLE}</style>\n</head>\n<body>\n"
            ),
        )
    }

    fn post(&mut self, shown: &Shown<'_>, out: &mut dyn Write) -> Result<()> {
        if shown.depth == 0 {
            let before = if self.threads > 0 { "</article>\n" } else { "" };
            self.threads += 1;
            put(out, &format!("{before}<article>\n"))?;
        }
        put(out, &post(shown))
    }

    fn note(&mut self, text: &str, out: &mut dyn Write) -> Result<()> {
        put(out, &format!("<p class=\"absent\">{}</p>\n", html(text)))
    }

    fn end(&mut self, out: &mut dyn Write) -> Result<()> {
        let end = if self.threads > 0 { "</article>\n" } else { "<p>No post was selected.</p>\n" };
        put(out, &format!("{end}</body>\n</html>\n"))
    }
}

fn post(shown: &Shown<'_>) -> String {
    let (row, post) = (&shown.view.row, &shown.view.row.post);
    let mut out = match shown.depth {
        0 => "<section>\n".to_owned(),
        depth => format!("<section class=\"comment d{}\">\n", depth.min(DEEP)),
    };
    if let Some(title) = post.title.as_deref().filter(|title| !title.trim().is_empty()) {
        let level = if shown.depth == 0 { "h1" } else { "h2" };
        out.push_str(&format!("<{level} dir=\"auto\">{}</{level}>\n", html(title)));
    }
    let when = match &post.created {
        Some(when) => {
            let at = when.at.map(|at| format!(" datetime=\"{at}\"")).unwrap_or_default();
            format!("<time{at} dir=\"auto\">{}</time>", html(&when.in_words()))
        }
        None => format!("first seen <time datetime=\"{0}\">{0}</time>", row.first_seen),
    };
    let edited = post.edited.as_ref().map(|when| format!(" · changed {}", html(&when.in_words()))).unwrap_or_default();
    out.push_str(&format!(
        "<p class=\"who\"><strong dir=\"auto\">{}</strong> · {when}{edited}</p>\n",
        html(&who(post.author.as_ref()))
    ));
    for remark in &shown.remarks {
        out.push_str(&format!("<p class=\"absent\"><bdi>{}</bdi></p>\n", html(remark)));
    }
    if let Some(spoiler) = &post.spoiler {
        out.push_str(&format!("<p dir=\"auto\"><em>{}</em></p>\n", html(spoiler)));
    }
    if !post.text.trim().is_empty() {
        out.push_str(&format!("<p dir=\"auto\">{}</p>\n", lines(&post.text)));
    }
    for (medium, beside) in shown.media {
        out.push_str(&figure(medium, beside));
    }
    for version in earlier(shown.view) {
        out.push_str(&format!(
            "<details><summary>What it said from {} to {} ({})</summary>\n<p dir=\"auto\">{}</p>\n</details>\n",
            version.first_seen,
            version.last_seen,
            html(&version.form),
            lines(&version.post.text)
        ));
    }
    let place = post.url.as_deref().map(|url| format!(" · {}", link(url))).unwrap_or_default();
    out.push_str(&format!(
        "<p><small><code>{}</code>{place} · seen {} to {}, snapshots {} to {}</small></p>\n</section>\n",
        html(&row.key.to_string()),
        row.first_seen,
        row.last_seen,
        row.first,
        row.last
    ));
    out
}

fn figure(medium: &PostMedium, beside: &std::result::Result<String, String>) -> String {
    let one = &medium.medium;
    let alt = html(&one.alt);
    let shown = match beside {
        Ok(path) => {
            let path = html(path);
            let is_picture = medium.media_type.as_deref().is_some_and(|kind| kind.starts_with("image/"));
            match one.kind {
                _ if is_picture => format!("<img alt=\"{alt}\" src=\"{path}\">\n"),
                PostMediaKind::Video | PostMediaKind::Gif => {
                    format!("<video controls preload=\"none\" src=\"{path}\"></video>\n")
                }
                PostMediaKind::Audio => format!("<audio controls preload=\"none\" src=\"{path}\"></audio>\n"),
                kind => format!("<p><a href=\"{path}\">{kind}</a></p>\n"),
            }
        }
        Err(why) => {
            let url = one.best().map(|best| link(&best.url)).unwrap_or_default();
            format!("<p class=\"absent\">{} {url}: <bdi>{}</bdi></p>\n", one.kind, html(why))
        }
    };
    let caption = if alt.is_empty() { String::new() } else { format!("<figcaption dir=\"auto\">{alt}</figcaption>\n") };
    format!("<figure>\n{shown}{caption}</figure>\n")
}
