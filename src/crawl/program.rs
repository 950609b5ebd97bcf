//! Which program answers on a host, where its pages do not name it: what the host says of itself (nodeinfo), asked once a host.

use std::sync::Arc;

use url::Url;

use super::Crawl;
use super::ingest::Reading;
use super::platform::Request;
use super::worker::Taken;
use crate::capture::HttpEngine;
use crate::model::{Capture, Hop, Job, Platform, PlatformMode, Program};
use crate::site;

/// Such documents have some hundred octets.
const MAX_TEXT: u64 = 1 << 20;

impl Crawl {
    /// Asks a host for the program that made a page, if one of the fediverse may have. `None`: that is not known now.
    pub(super) async fn ask_program(
        &self,
        engine: &HttpEngine,
        job: &Job,
        capture: &Arc<Capture>,
        page: &Reading,
        taken: &mut Taken,
    ) -> Option<Program> {
        if capture.platform != PlatformMode::Auto || job.program.is_some() || page.program.is_some() {
            return None;
        }
        let answered = taken.last.and_then(|i| taken.fetched.get(i)).map(|fetched| fetched.exchange.url.clone())?;
        let url = Url::parse(&answered).ok()?;
        // What is known of its own host belongs to the watch; of where it was sent to, nothing is noted.
        let is_own = Url::parse(&job.url).is_ok_and(|own| own.origin() == url.origin());
        if !is_own || !page.outcome.is_content() || !site::may_be_federated(&url, page.document()?) {
            return None;
        }
        let mut route = site::nodeinfo(&url)?;
        // The list of documents, and one of them.
        for _ in 0..2 {
            let via = Some(job.url.clone());
            let request = Request { route, hop: Hop::Data, via, validators: None, is_found: true };
            let (index, _) = self.by_route(engine, capture, request, taken).await.ok()?;
            let fetched = taken.fetched.get(index).cloned()?;
            match fetched.exchange.status {
                Some(200) => {}
                // Asked for too much, or it fails: another look may learn it.
                Some(429 | 500..) | None => return None,
                Some(_) => break,
            }
            let headers = fetched.exchange.headers.clone();
            let content_type = fetched.exchange.header("content-type").unwrap_or_default();
            let read = move |body: &[u8], url: &Url| {
                site::discover(&site::Answer { url, status: 200, headers: &headers, body, content_type: &content_type })
            };
            let Some(found) = self.look_into(&fetched, MAX_TEXT, read).await else { break };
            match found.next {
                Some(next) => route = next,
                None if found.software.is_empty() => break,
                None => {
                    let told_by = found.told_by.to_owned();
                    let (platform, software, version) = (found.platform, found.software, found.version);
                    return Some(Program { platform, software, version, told_by });
                }
            }
        }
        // It was asked, and says nothing that an adapter knows: its pages are pages.
        let (software, told_by) = (String::new(), "nodeinfo".to_owned());
        Some(Program { platform: Platform::Web, software, version: None, told_by })
    }
}
