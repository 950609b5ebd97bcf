//! Threads to be read: a post, and what answers it below it, with the media from the archive beside the page. Everything foreign is
//! escaped; nothing is loaded from anywhere.

mod html;
mod markdown;

use std::collections::HashSet;
use std::io::Write;

pub use self::html::ThreadHtml;
pub use self::markdown::ThreadMarkdown;
use super::failed;
use crate::error::Result;
use crate::model::post::{CountKind, RelationKind};
use crate::model::{Actor, PostKey, PostState, Presence};
use crate::store::{PostMedium, PostRow, PostView, Reader};

/// Posts of one thread that are shown.
const MANY: usize = 10_000;
/// Posts that are looked through for where a thread begins.
const UP: usize = 1_000;

/// Puts the octets of a medium beside the page and says where, by a relative address that is safe to write; or why not.
pub type Beside<'a> = dyn FnMut(&PostMedium) -> Result<std::result::Result<String, String>> + 'a;

/// How a thread looks.
pub trait ThreadForm {
    /// Before the first thread.
    fn begin(&mut self, out: &mut dyn Write) -> Result<()>;
    /// One post of a thread; `depth` 0 begins one.
    fn post(&mut self, shown: &Shown<'_>, out: &mut dyn Write) -> Result<()>;
    /// Something to be said at the end of a thread.
    fn note(&mut self, text: &str, out: &mut dyn Write) -> Result<()>;
    /// After the last.
    fn end(&mut self, out: &mut dyn Write) -> Result<()>;
}

/// A post as it is shown in its thread.
pub struct Shown<'a> {
    /// The post.
    pub view: &'a PostView,
    /// How far below the first post of the thread.
    pub depth: usize,
    /// Its media, each with where it stands beside the page, or why it does not.
    pub media: &'a [(PostMedium, std::result::Result<String, String>)],
    /// What is to be said of it, in words.
    pub remarks: Vec<String>,
}

/// Writes the thread that a post begins; returns how many posts it has.
pub fn thread(
    reader: &Reader,
    root: &PostKey,
    form: &mut dyn ThreadForm,
    beside: &mut Beside<'_>,
    out: &mut dyn Write,
) -> Result<u64> {
    let (mut told, mut left) = (0, false);
    let mut known = HashSet::from([root.clone()]);
    let mut next = vec![(root.clone(), 0)];
    while let Some((key, depth)) = next.pop() {
        let Some(view) = reader.post(&key)? else { continue };
        let replies = reader.replies(&key)?;
        let mut media = Vec::with_capacity(view.media.len());
        for medium in &view.media {
            media.push((medium.clone(), beside(medium)?));
        }
        let remarks = remarks(reader, &view, replies.len() as u64)?;
        form.post(&Shown { view: &view, depth, media: &media, remarks }, out)?;
        told += 1;
        // The last that is put here is shown first.
        for reply in replies.into_iter().rev() {
            if known.len() >= MANY {
                left = true;
            } else if known.insert(reply.clone()) {
                next.push((reply, depth + 1));
            }
        }
    }
    if left {
        form.note(
            &format!("This thread has more posts than the {MANY} that are shown here; `posts-jsonl` has all."),
            out,
        )?;
    }
    Ok(told)
}

/// The post that a thread begins with, as far as it is in the archive.
pub fn root(reader: &Reader, row: &PostRow) -> Result<PostKey> {
    let mut known = HashSet::from([row.key.clone()]);
    let (mut at, mut above) = (row.key.clone(), answered(row));
    while let Some(key) = above.take().filter(|key| known.len() < UP && known.insert(key.clone())) {
        let Some(found) = reader.post_as_seen(&key)? else { break };
        above = answered(&found);
        at = key;
    }
    Ok(at)
}

fn answered(row: &PostRow) -> Option<PostKey> {
    row.post.relation(RelationKind::Reply).and_then(|relation| relation.key.clone())
}

/// What is to be known of a post: that it is gone, that there is more than is here.
fn remarks(reader: &Reader, view: &PostView, replies: u64) -> Result<Vec<String>> {
    let (row, post) = (&view.row, &view.row.post);
    let mut out = Vec::new();
    if row.state != PostState::Present {
        out.push(format!(
            "{} Seen so on {}; these are the last words of it that were seen.",
            row.state.about(),
            row.last_seen
        ));
    }
    if let Some(gone) = row.vanished.filter(|v| v.state != Presence::Present) {
        out.push(format!("It is {} since {}: {}", gone.state, gone.since, gone.manner.about()));
    }
    if let Some(relation) = post.relation(RelationKind::Reply) {
        let there = match &relation.key {
            Some(key) => reader.post_as_seen(key)?.is_some(),
            None => false,
        };
        if !there {
            out.push(format!("It answers {}, which is not in the archive.", relation.target()));
        }
    }
    for relation in &post.relations {
        let verb = match relation.kind {
            RelationKind::Quote => "It quotes",
            RelationKind::Repost => "It hands on",
            RelationKind::Forward => "It was brought here from",
            _ => continue,
        };
        out.push(format!("{verb} {}.", relation.target()));
    }
    if row.versions > 1 {
        out.push(format!("It has said {} different things; the earlier ones stand below it.", row.versions));
    }
    if let Some(claimed) = post.count(CountKind::Replies).filter(|claimed| *claimed > replies) {
        out.push(format!("{claimed} answers were counted, {replies} are in the archive."));
    }
    out.extend(post.missing.iter().map(|what| what.about().to_owned()));
    out.extend(post.notes.iter().map(|note| note.detail.clone()));
    Ok(out)
}

/// Who wrote it.
fn who(author: Option<&Actor>) -> String {
    match author.map(|a| (a.name.as_deref(), a.handle.as_deref())) {
        Some((Some(name), Some(handle))) if name != handle => format!("{name} (@{handle})"),
        Some((Some(name), _)) => name.to_owned(),
        Some((None, Some(handle))) => format!("@{handle}"),
        _ => "nobody named".to_owned(),
    }
}

/// The other versions of what is shown: the route, when they were seen, and what they said.
fn earlier(view: &PostView) -> impl Iterator<Item = &crate::store::Version> {
    let shown = (&view.row.post.text, &view.row.post.title);
    view.history.iter().filter(move |version| {
        version.post.state == PostState::Present && (&version.post.text, &version.post.title) != shown
    })
}

fn put(out: &mut dyn Write, text: &str) -> Result<()> {
    out.write_all(text.as_bytes()).map_err(failed)
}
