//! What an outside program brings of the media of a page, as records and rows of its snapshot.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use url::Url;

use super::Crawl;
use super::aside::READING;
use super::ingest::Reading;
use super::worker::Taken;
use crate::capture::tool::{Brought, NAME, Tool, ToolAsk, ToolFile};
use crate::error::{Error, ErrorKind, Result};
use crate::model::{
    Capture, Exchange, Flag, Hop, Job, Kind, Maker, MediaKind, MediaRow, RequisiteState, RequisiteStatus,
};
use crate::net::Fetched;

/// How the addresses of what it brought begin: they are of no place on the web.
const ADDRESS: &str = "urn:keepfast:yt-dlp:";
/// A snapshot has no room for more exchanges.
const MAX_EXCHANGES: usize = 4_000;
/// Octets of a reason.
const REASON: usize = 500;

impl Crawl {
    /// Lets the program look for media of the page, if it `brings` them now; else what it brought for an earlier snapshot holds on,
    /// where the media of the page are `listed` anew.
    #[allow(clippy::too_many_arguments, reason = "the state of one attempt, in parts that others hold")]
    pub(super) async fn by_tool(
        &self,
        job: &Job,
        capture: &Capture,
        reading: &Reading,
        brings: bool,
        listed: bool,
        taken: &mut Taken,
        requisites: &mut Vec<RequisiteStatus>,
    ) -> Result<()> {
        let before = self.brought_before(job).await?;
        let document = if brings { self.own(reading).await? } else { None };
        // Of what is a list, each item is looked at by itself.
        let is_list = document.is_some_and(|d| matches!(d.kind, Kind::Listing | Kind::Feed | Kind::Profile));
        let url = Url::parse(&job.url).ok().filter(|url| matches!(url.scheme(), "http" | "https"));
        let (Some(mut url), true) = (url, brings && !is_list) else {
            if listed || !requisites.is_empty() {
                hold(&before, requisites);
            }
            return Ok(());
        };
        url.set_fragment(None);
        // As in the exchanges of the gate, no name and password; what cannot have them has none.
        let _ = (url.set_username(""), url.set_password(None));
        let client = self.config.client();
        let tool = Tool {
            program: self.config.yt_dlp(),
            spool: self.gate.spool(),
            user_agent: &client.user_agent,
            proxy: &client.proxy,
        };
        let ask = ToolAsk {
            url,
            time: capture.requisite_time,
            max_file: capture.max_media_bytes,
            max_all: capture.max_requisite_bytes,
        };
        // Never closed, so it never fails.
        let _turn = self.tool.acquire().await.ok();
        let (started_at, begun) = (self.clock.now(), tokio::time::Instant::now());
        let mut brought = tool.bring(&ask).await;
        let took = begun.elapsed();
        if let Some(maker) = brought.maker.clone() {
            for file in std::mem::take(&mut brought.files) {
                let blank = made(&ask.url, &file, &maker, started_at, took);
                self.keep(file, blank, &before, taken, requisites, &mut brought).await;
            }
        }
        if brought.trouble.is_some() {
            // It may have brought less than there is.
            hold(&before, requisites);
        }
        tell(&brought, &ask.url, requisites);
        if !brought.refused.is_empty() && !taken.flags.contains(&Flag::RequisitesPartial) {
            taken.flags.push(Flag::RequisitesPartial);
        }
        Ok(())
    }

    /// One file: a record and a row, or only a row if an earlier snapshot has the same octets.
    async fn keep(
        &self,
        file: ToolFile,
        mut exchange: Exchange,
        before: &[MediaRow],
        taken: &mut Taken,
        requisites: &mut Vec<RequisiteStatus>,
        brought: &mut Brought,
    ) {
        if taken.fetched.len() >= MAX_EXCHANGES {
            brought.refused.push(format!("{}: a snapshot has no room for more exchanges", file.name));
            return;
        }
        let (body, digest) = match self.gate.adopt(file.path).await {
            Ok(had) => had,
            Err(why) => {
                brought.trouble.get_or_insert_with(|| format!("{} cannot be read: {why}", file.name));
                return;
            }
        };
        let held = before.iter().find(|row| row.url == exchange.url && row.payload == Some(digest));
        if let Some(row) = held {
            requisites.push(held_row(row));
            return;
        }
        exchange.body_len = body.len();
        exchange.payload_digest = digest;
        let by = exchange.maker.as_ref().map(|maker| format!("by {} {}", maker.name, maker.version));
        requisites.push(RequisiteStatus {
            reason: by,
            exchange: Some(taken.fetched.len()),
            ..row(exchange.url.clone(), file.kind.as_str(), RequisiteState::Fetched)
        });
        taken.fetched.push(Arc::new(Fetched { exchange, body }));
    }

    /// What it brought for the last good snapshot, or what that held on to.
    async fn brought_before(&self, job: &Job) -> Result<Vec<MediaRow>> {
        let Some(previous) = job.previous.as_ref().map(|previous| previous.snapshot) else { return Ok(Vec::new()) };
        let mut rows = match self.pool.run(READING, move |cpu| cpu.reader.shown_media(previous)).await {
            Ok(rows) => rows?,
            Err(why) => {
                let message = format!("what {NAME} brought cannot be read: {why:?}");
                return Err(Error::new(ErrorKind::Internal, message));
            }
        };
        rows.retain(|row| {
            let is_had = matches!(row.state, RequisiteState::Fetched | RequisiteState::Held);
            row.url.starts_with(ADDRESS) && is_had && row.exchange.is_some()
        });
        Ok(rows)
    }
}

fn row(url: String, kind: &str, state: RequisiteState) -> RequisiteStatus {
    RequisiteStatus {
        url,
        kind: kind.to_owned(),
        alt: String::new(),
        state,
        reason: None,
        exchange: None,
        content: false,
        held_as: None,
    }
}

fn held_row(of: &MediaRow) -> RequisiteStatus {
    RequisiteStatus { reason: of.reason.clone(), ..row(of.url.clone(), &of.kind, RequisiteState::Held) }
}

/// What was brought before holds on.
fn hold(before: &[MediaRow], requisites: &mut Vec<RequisiteStatus>) {
    for had in before {
        if requisites.iter().all(|row| row.url != had.url) {
            requisites.push(held_row(had));
        }
    }
}

/// Says what it did not bring, in a row of the page's own address.
fn tell(brought: &Brought, url: &Url, requisites: &mut Vec<RequisiteStatus>) {
    if brought.trouble.is_none() && brought.refused.is_empty() {
        return;
    }
    let by = brought.maker.as_ref();
    let mut says = by.map_or_else(|| NAME.to_owned(), |maker| format!("{} {}", maker.name, maker.version));
    for why in brought.trouble.iter().chain(&brought.refused) {
        says.push_str("; ");
        says.push_str(why);
    }
    // Without a maker it did not run.
    let state = match (by, &brought.trouble) {
        (Some(_), Some(_)) => RequisiteState::Failed,
        _ => RequisiteState::NotFetched,
    };
    let reason = Some(says.chars().take(REASON).collect());
    requisites.push(RequisiteStatus { reason, ..row(url.to_string(), MediaKind::Video.as_str(), state) });
}

/// The facts of a file, but for its octets.
fn made(page: &Url, file: &ToolFile, maker: &Maker, started_at: jiff::Timestamp, took: Duration) -> Exchange {
    Exchange {
        hop: Hop::Media,
        url: format!("{ADDRESS}{page}#{}", file.name),
        via: Some(page.to_string()),
        started_at,
        duration_ms: u64::try_from(took.as_millis()).unwrap_or(u64::MAX),
        resolved: Vec::new(),
        remote: None,
        protocol: None,
        tls: None,
        request_head: Bytes::new(),
        request_body: Bytes::new(),
        response_head: Bytes::new(),
        credential: None,
        heads_reconstructed: false,
        status: None,
        headers: vec![("content-type".to_owned(), Bytes::from_static(file.media_type.as_bytes()))],
        body_len: 0,
        payload_digest: crate::model::Digest::of(b""),
        truncated: None,
        failure: None,
        maker: Some(maker.clone()),
    }
}
