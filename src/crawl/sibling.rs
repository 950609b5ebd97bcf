//! Pages that say nothing of being gone: many hosts answer 200 with their front page, or with the same words for every address
//! that does not exist. Where a page became another one, an address beside it that nobody ever made is asked for: if the
//! host says the same there, the page is not there.

use std::sync::Arc;

use url::Url;

use super::Crawl;
use super::ingest::Reading;
use super::worker::Taken;
use crate::capture::{Engine as _, HttpEngine, PageAsk, PageTaken};
use crate::diff;
use crate::error::Result;
use crate::model::{Action, Capture, Digest, Document, DocumentPart, Flag, Hop, Job, Outcome, Subject};

impl Crawl {
    /// Asks for a made-up address if the page became another one, and judges it absent if both are the same.
    pub(super) async fn ask_beside(
        &self,
        engine: &HttpEngine,
        job: &Job,
        capture: &Arc<Capture>,
        taken: &mut Taken,
        reading: &mut Reading,
    ) -> Result<()> {
        let last = taken.last.and_then(|i| taken.fetched.get(i).cloned());
        let (Some(previous), Some(last)) = (&job.previous, last) else { return Ok(()) };
        if reading.outcome != Outcome::Captured || !became_another(reading, &previous.url, &last.exchange.url) {
            return Ok(());
        }
        let Some(beside) = beside(&job.url) else { return Ok(()) };
        let ask = PageAsk {
            url: beside,
            hop: Hop::Beside,
            via: None,
            capture: Arc::clone(capture),
            validators: None,
            listed_by_person: false,
            redirects_used: 0,
            route: None,
        };
        let PageTaken { exchanges, last: answer, outcome_hint, jar, .. } =
            engine.page(ask, std::mem::take(&mut taken.jar)).await;
        taken.jar = jar;
        let offset = taken.fetched.len();
        taken.fetched.extend(exchanges.into_iter().map(Arc::new));
        let answer = answer.and_then(|i| taken.fetched.get(i + offset).cloned());
        let Some(answer) = answer.filter(|_| outcome_hint.is_none()) else { return Ok(()) };
        if answer.exchange.status != last.exchange.status {
            return Ok(());
        }
        let is_same = answer.exchange.payload_digest == last.exchange.payload_digest || {
            let its_own = Job { url: answer.exchange.url.clone(), previous: None, ..job.clone() };
            let other = self.read(&its_own, capture, &answer, None, true).await?;
            match (self.said(reading).await?, self.said(&other).await?) {
                (Some(page), Some(other)) => !diff::compare(&page, &other).changed(),
                _ => false,
            }
        };
        if is_same {
            reading.outcome = Outcome::Soft404;
            reading.changed = Some(true);
            reading.difference = None;
            reading.flags.push(Flag::Soft404);
        }
        Ok(())
    }

    async fn said(&self, reading: &Reading) -> Result<Option<Document>> {
        match (reading.document(), &reading.part) {
            (Some(document), _) => Ok(Some(document.clone())),
            (None, DocumentPart::Known(known)) => self.document(known.id).await.map(Some),
            _ => Ok(None),
        }
    }
}

/// The title is another one and text is gone, or the way now ends elsewhere.
fn became_another(reading: &Reading, before: &str, now: &str) -> bool {
    let path = |url: &str| Url::parse(url).map(|url| url.path().trim_end_matches('/').to_owned()).ok();
    let items = || reading.difference.iter().flat_map(|difference| &difference.items);
    let title = items().any(|item| item.subject == Subject::Title && item.action != Action::Added);
    let lost = items().any(|item| {
        matches!(item.subject, Subject::Text | Subject::Comment | Subject::Around) && item.action != Action::Added
    });
    reading.changed == Some(true) && (title && lost || path(before) != path(now))
}

/// An address in the same folder whose last part is made up, always in the same way.
fn beside(url: &str) -> Option<Url> {
    let mut url = Url::parse(url).ok()?;
    let made_up = format!("kept-{}", Digest::of(url.as_str().as_bytes()).label().get(7..23)?);
    url.set_query(None);
    url.set_fragment(None);
    let ends_with_slash = url.path().ends_with('/');
    let mut parts = url.path_segments_mut().ok()?;
    parts.pop_if_empty().pop().push(&made_up);
    if ends_with_slash {
        parts.push("");
    }
    drop(parts);
    Some(url)
}
