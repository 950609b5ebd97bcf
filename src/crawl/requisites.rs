//! The parts of a page: which are wanted, and the taking of them within their budget.

use std::collections::HashSet;
use std::sync::Arc;

use tokio::time::Instant;
use url::Url;

use super::aside::READING;
use super::ingest::{self, Reading};
use super::worker::Taken;
use super::{Crawl, parts};
use crate::capture::{Budget, Engine as _, HttpEngine, Wanted};
use crate::error::{Error, ErrorKind, Result};
use crate::extract;
use crate::model::{Capture, DocumentPart, Flag, Hop, Job, RequisiteState, RequisiteStatus, RequisitesMode};
use crate::net::Fetched;

/// Style sheets that import style sheets.
const STYLE_DEPTH: usize = 3;

/// What is wanted beside a page, and what of it is held already.
pub(super) struct Plan {
    pub parts: parts::Plan,
    pub held: HashSet<String>,
}

impl Crawl {
    /// What is wanted beside the page, by its document: read back from the catalogue if the payload was known.
    pub(super) async fn plan(
        &self,
        job: &Job,
        capture: &Capture,
        reading: &Reading,
        full: bool,
    ) -> Result<Option<Plan>> {
        let read;
        let document = match (reading.document(), &reading.part) {
            (Some(document), _) => document,
            (None, DocumentPart::Known(known)) => {
                let id = known.id;
                read = match self.pool.run(READING, move |cpu| cpu.reader.document(id)).await {
                    Ok(document) => document?.0,
                    Err(why) => {
                        let message = format!("document {id} cannot be read: {why:?}");
                        return Err(Error::new(ErrorKind::Internal, message));
                    }
                };
                &read
            }
            _ => return Ok(None),
        };
        let held = match &job.previous {
            Some(previous) if !full => {
                let id = previous.snapshot;
                match self.pool.run(READING, move |cpu| cpu.reader.held_media(id)).await {
                    Ok(held) => held?.into_iter().collect(),
                    Err(_) => HashSet::new(),
                }
            }
            _ => HashSet::new(),
        };
        Ok(Some(Plan { parts: parts::plan(document, capture, &held), held }))
    }

    /// Takes the parts of the page that the settings ask for, within their budget.
    pub(super) async fn parts(
        &self,
        engine: &HttpEngine,
        capture: &Arc<Capture>,
        plan: Plan,
        taken: &mut Taken,
    ) -> Result<Vec<RequisiteStatus>> {
        let Plan { parts: parts::Plan { mut wanted, listed: mut out }, held } = plan;
        let via = taken.last.and_then(|i| taken.fetched.get(i)).map(|f| f.exchange.url.clone()).unwrap_or_default();
        let mut budget = Budget {
            count: capture.max_requisites,
            bytes: capture.max_requisite_bytes,
            until: Instant::now() + capture.requisite_time,
        };
        let mut seen: HashSet<String> = wanted.iter().map(|w| w.url.clone()).chain(held).collect();
        for depth in 0..=STYLE_DEPTH {
            if wanted.is_empty() {
                break;
            }
            let answers = engine.requisites(&taken.jar, wanted, &mut budget, capture, &via).await;
            let mut styles = Vec::new();
            let mut all = answers.beside.iter().chain(answers.taken.iter().filter_map(|(_, fetched)| fetched.as_ref()));
            if all.any(|f| f.exchange.credential.is_some()) && !taken.flags.contains(&Flag::CredentialUsed) {
                taken.flags.push(Flag::CredentialUsed);
            }
            taken.fetched.extend(answers.beside.into_iter().map(Arc::new));
            for (mut status, fetched) in answers.taken {
                if let Some(fetched) = fetched {
                    let fetched = Arc::new(fetched);
                    status.exchange = Some(taken.fetched.len());
                    if fetched.exchange.hop == Hop::Style && status.state == RequisiteState::Fetched {
                        styles.push(Arc::clone(&fetched));
                    }
                    taken.fetched.push(fetched);
                } else {
                    status.exchange = None;
                }
                out.push(status);
            }
            wanted = Vec::new();
            if capture.requisites == RequisitesMode::All && depth < STYLE_DEPTH {
                for style in styles {
                    wanted.extend(self.of_style(style, capture, &mut seen).await?);
                }
            }
        }
        Ok(out)
    }

    async fn of_style(
        &self,
        style: Arc<Fetched>,
        capture: &Arc<Capture>,
        seen: &mut HashSet<String>,
    ) -> Result<Vec<Wanted>> {
        let limit = capture.max_decoded_bytes.min(8 << 20);
        let work = move |_: &mut ingest::Cpu| {
            let base = Url::parse(&style.exchange.url).ok()?;
            let coding = style.exchange.header("content-encoding").unwrap_or_default();
            let mut body = style.body.reader().ok()?;
            let decoded = extract::decode(&mut body, &coding, limit);
            Some(extract::css_refs(&String::from_utf8_lossy(&decoded.bytes), &base))
        };
        // A style sheet that cannot be read names nothing; its bytes are kept all the same.
        let refs = self.pool.run(READING, work).await.ok().flatten();
        Ok(refs.map(|refs| parts::of_style(refs, seen)).unwrap_or_default())
    }
}
