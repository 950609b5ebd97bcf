//! What a look means for the ledger of what vanished: the page itself, its comments, and the media of its main text.

use jiff::Timestamp;

use super::again::SeenMedium;
use super::ingest::{Cpu, Reading};
use crate::error::Result;
use crate::model::{
    Action, Digest, Item, Job, Kind, Manner, Presence, PresenceChange, Shortfall, Subject, Thing, Verdict,
};
use crate::policy::presence::{Seen, Sight, is_placeholder, look, of_page, of_verdict};
use crate::store::PresenceRow;

/// Characters of a label.
const LABEL: usize = 200;

/// What a look means. Only looks that found nothing, looks that found a comment removed, and pages of which something
/// is in the ledger cost a look into the catalogue.
#[allow(clippy::too_many_arguments, reason = "what a look found, in parts that others hold")]
pub(super) fn of(
    cpu: &Cpu,
    job: &Job,
    reading: &Reading,
    status: Option<u16>,
    shortfall: Option<Shortfall>,
    media: &[SeenMedium],
    told: &[(String, Verdict)],
    at: Timestamp,
) -> Result<Vec<PresenceChange>> {
    let manner = |item: &Item| manner(item, told);
    let sight_of = |item: &Item| sight_of(item, manner(item));
    let own = reading.verdict.as_ref().filter(|_| reading.outcome.is_absence());
    let sight = own.and_then(of_verdict).unwrap_or_else(|| of_page(reading.outcome, status));
    let items = reading.difference.iter().flat_map(|difference| &difference.items);
    let comments: Vec<&Item> = items.filter(|item| item.subject == Subject::Comment && !item.noise).collect();
    let lost = comments.iter().any(|item| sight_of(item) == Some(Sight::NotThere(manner(item))));
    let page_matters = matches!(sight, Sight::NotThere(_)) || job.pulse.absent_since.is_some();
    let lost = lost || media.iter().any(|medium| matches!(medium.sight, Sight::NotThere(_)));
    if sight == Sight::Unknown || !(page_matters || lost || job.vanished) {
        return Ok(Vec::new());
    }
    let sight = match sight {
        // With its account: so far as the list of what the account has says, as which it was found.
        Sight::NotThere(Manner::NotFound | Manner::Gone | Manner::Soft404)
            if page_matters && cpu.reader.is_list_absent(job.watch)? =>
        {
            Sight::NotThere(Manner::Account)
        }
        sight => sight,
    };
    let known = cpu.reader.presences(job.watch)?;
    let seen = job.previous.as_ref().map(|p| p.snapshot).zip(job.pulse.seen_at);
    let mut out = Vec::new();
    let before = known.iter().find(|row| row.subject == Thing::Page).map(|row| &row.standing);
    // What was never seen is not there, but it did not vanish either.
    if (seen.is_some() || before.is_some())
        && let Some((standing, step)) = look(before, seen, sight, at, !(job.lists && was(cpu, job)?.1))
    {
        let label = if standing.state == Presence::Present { String::new() } else { was(cpu, job)?.0 };
        out.push(PresenceChange { subject: Thing::Page, key: String::new(), label, standing, step });
    }
    // A page that is not there says nothing of its comments, nor does one of which a part was not had.
    let is_whole = !matches!(shortfall, Some(Shortfall::Wall | Shortfall::Failed | Shortfall::Robots | Shortfall::Cut));
    if sight == Sight::There && is_whole {
        of_comments(&known, &comments, &sight_of, seen, at, &mut out);
    }
    of_media(&known, media, at, &mut out);
    Ok(out)
}

/// Media that were asked for: those that were not, or that the page does not show any more, are as they were.
fn of_media(known: &[PresenceRow], media: &[SeenMedium], at: Timestamp, out: &mut Vec<PresenceChange>) {
    for medium in media {
        let row = known.iter().find(|row| row.subject == Thing::Media && row.key == medium.url);
        let before = row.map(|row| &row.standing);
        if let Some((standing, step)) = look(before, Some(medium.before), medium.sight, at, true) {
            let label = medium.alt.chars().take(LABEL).collect();
            let key = medium.url.clone();
            out.push(PresenceChange { subject: Thing::Media, key, label, standing, step });
        }
    }
}

fn of_comments(
    known: &[PresenceRow],
    items: &[&Item],
    sight_of: &dyn Fn(&Item) -> Option<Sight>,
    seen: Seen,
    at: Timestamp,
    out: &mut Vec<PresenceChange>,
) {
    let mut told: Vec<String> = Vec::new();
    for item in items {
        let Some(sight) = sight_of(item) else { continue };
        let key = key(item);
        let row = known.iter().find(|row| row.subject == Thing::Comment && row.key == key);
        if let Some((standing, step)) = look(row.map(|row| &row.standing), seen, sight, at, true) {
            let label = row.map_or_else(|| label(item), |row| row.label.clone());
            out.push(PresenceChange { subject: Thing::Comment, key: key.clone(), label, standing, step });
        }
        told.push(key);
    }
    // The others in the ledger are as they were at the last look: still not there, which is one look more that agrees.
    let waiting = |row: &&PresenceRow| {
        row.subject == Thing::Comment && row.standing.state != Presence::Present && !told.contains(&row.key)
    };
    for row in known.iter().filter(waiting) {
        let sight = Sight::NotThere(row.standing.manner);
        if let Some((standing, step)) = look(Some(&row.standing), seen, sight, at, true) {
            let (key, label) = (row.key.clone(), row.label.clone());
            out.push(PresenceChange { subject: Thing::Comment, key, label, standing, step });
        }
    }
}

/// What a change of a comment says of its being there; `None`: nothing.
fn sight_of(item: &Item, manner: Manner) -> Option<Sight> {
    match item.action {
        Action::Removed => Some(Sight::NotThere(manner)),
        Action::Edited if item.after.as_deref().is_some_and(is_placeholder) => Some(Sight::NotThere(manner)),
        Action::Added | Action::Edited => Some(Sight::There),
        Action::Moved | Action::Replaced => None,
    }
}

fn manner(item: &Item, told: &[(String, Verdict)]) -> Manner {
    // What the platform says of it by its own number says more than that it is not on the page.
    let own = told.iter().find(|(id, _)| item.key.as_ref() == Some(id)).and_then(|(_, verdict)| of_verdict(verdict));
    if let Some(Sight::NotThere(manner)) = own {
        return manner;
    }
    if told.iter().any(|(id, _)| item.key.as_ref() == Some(id)) {
        return Manner::NotFound;
    }
    if item.action == Action::Removed { Manner::Left } else { Manner::Removed }
}

/// By what a comment is known: its identifier or address; where it has none, its author with what it says.
fn key(item: &Item) -> String {
    match (&item.key, &item.author) {
        (Some(key), author) if author.as_ref() != Some(key) => key.clone(),
        (key, _) => {
            let text = item.before.as_deref().or(item.after.as_deref()).unwrap_or_default();
            let digest = Digest::of(text.as_bytes()).label();
            format!("{} {}", key.as_deref().unwrap_or_default(), digest.get(7..23).unwrap_or_default())
        }
    }
}

fn label(item: &Item) -> String {
    let text = item.before.as_deref().or(item.after.as_deref()).unwrap_or_default();
    let whole = match &item.author {
        Some(author) => format!("{author}: {text}"),
        None => text.to_owned(),
    };
    whole.chars().take(LABEL).collect()
}

/// What the page was about when it was last there, and whether it was a feed: platforms lose those of accounts that live.
fn was(cpu: &Cpu, job: &Job) -> Result<(String, bool)> {
    let Some(id) = job.previous.as_ref().and_then(|p| p.document).map(|known| known.id) else {
        return Ok((String::new(), false));
    };
    let (document, ..) = cpu.reader.document(id)?;
    Ok((document.title.unwrap_or_default().chars().take(LABEL).collect(), document.kind == Kind::Feed))
}
