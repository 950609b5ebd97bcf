//! Streams: what a playlist names is taken with it, as one medium. The chosen form and what is missing of it stand in its row.

use std::sync::Arc;

use tokio::time::Instant;

use super::Crawl;
use super::requisites::note_credentials;
use super::worker::Taken;
use crate::capture::{Budget, Engine as _, HttpEngine, Wanted};
use crate::error::Result;
use crate::extract::playlist::{self, Playlist, Stream};
use crate::model::{Capture, Flag, Hop, RequisiteState, RequisiteStatus};
use crate::net::Fetched;

/// Octets of a playlist that are read.
const MAX_TEXT: u64 = 8 << 20;
/// Exchanges that a snapshot may have before its streams are left alone: it has no room for more than four thousand.
const MAX_EXCHANGES: usize = 3_600;
/// Streams of one page.
const MAX_STREAMS: usize = 50;

/// The form of a playlist, by what the answer calls it, or by its address where the answer says nothing.
fn form(fetched: &Fetched) -> Option<bool> {
    let exchange = &fetched.exchange;
    let media_type = exchange.media_type();
    let is_vague =
        matches!(media_type.as_str(), "" | "text/plain" | "application/octet-stream" | "binary/octet-stream");
    let path = exchange.url.split(['?', '#']).next().unwrap_or_default().to_ascii_lowercase();
    match media_type.as_str() {
        "application/vnd.apple.mpegurl" | "application/x-mpegurl" | "audio/mpegurl" | "audio/x-mpegurl" => Some(true),
        "application/dash+xml" => Some(false),
        _ if is_vague && path.ends_with(".m3u8") => Some(true),
        _ if is_vague && path.ends_with(".mpd") => Some(false),
        _ => None,
    }
}

/// An address that looks like that of a playlist: what it names is another thing at each look.
pub(super) fn is_playlist(url: &str) -> bool {
    let path = url.split(['?', '#']).next().unwrap_or_default().to_ascii_lowercase();
    path.ends_with(".m3u8") || path.ends_with(".mpd")
}

/// What was taken of one stream.
#[derive(Default)]
struct Take {
    wanted: usize,
    had: usize,
    /// The first thing that went wrong.
    why: Option<String>,
    /// It went wrong in a way that may go right another time.
    failed: bool,
}

/// What a stream is asked for with.
struct Errand<'a> {
    engine: &'a HttpEngine,
    capture: &'a Arc<Capture>,
    kind: String,
    budget: Budget,
    take: Take,
}

impl Crawl {
    /// Takes what the playlists among the parts of a page name, within what is left for these parts.
    pub(super) async fn streams(
        &self,
        engine: &HttpEngine,
        capture: &Arc<Capture>,
        budget: &mut Budget,
        taken: &mut Taken,
        parts: &mut [RequisiteStatus],
    ) -> Result<()> {
        let mut left = MAX_STREAMS;
        for part in parts.iter_mut().filter(|part| part.state == RequisiteState::Fetched) {
            let Some(fetched) = part.exchange.and_then(|at| taken.fetched.get(at)).cloned() else { continue };
            let Some(is_hls) = form(&fetched) else { continue };
            if left == 0 {
                part.reason = Some("the page has more streams than are taken with one look".to_owned());
                continue;
            }
            left -= 1;
            // A stream is one medium: its parts together are as long as one may be.
            let bytes = capture.max_media_bytes.min(budget.bytes);
            let own = Budget { count: 0, bytes, until: budget.until };
            let mut errand = Errand { engine, capture, kind: part.kind.clone(), budget: own, take: Take::default() };
            let said = self.stream(&mut errand, taken, &fetched, is_hls, bytes).await;
            budget.bytes = budget.bytes.saturating_sub(bytes.saturating_sub(errand.budget.bytes));
            let Take { wanted, had, why, failed } = errand.take;
            let is_whole = wanted == had && why.is_none();
            let mut reason = said;
            if wanted > 0 {
                reason.push_str(&format!("; {had} of {wanted} parts are kept"));
            }
            if let Some(why) = why {
                reason.push_str(": ");
                reason.push_str(&why);
            }
            part.reason = Some(reason.chars().take(500).collect());
            if failed {
                part.state = RequisiteState::Failed;
            }
            if !is_whole && !taken.flags.contains(&Flag::RequisitesPartial) {
                taken.flags.push(Flag::RequisitesPartial);
            }
        }
        Ok(())
    }

    /// Takes one stream; says what it is.
    async fn stream(
        &self,
        errand: &mut Errand<'_>,
        taken: &mut Taken,
        fetched: &Arc<Fetched>,
        is_hls: bool,
        octets: u64,
    ) -> String {
        let via = fetched.exchange.url.clone();
        if !is_hls {
            return match self.read_playlist(fetched, move |text, base| playlist::dash(text, base, octets)).await {
                Some(stream) => {
                    let said = words("DASH", stream.chosen.clone(), &stream);
                    self.take(errand, taken, stream, &via).await;
                    said
                }
                None => unread(errand),
            };
        }
        let forms = match self.read_playlist(fetched, playlist::hls).await {
            Some(Playlist::Stream(stream)) => {
                let said = words("HLS", None, &stream);
                self.take(errand, taken, stream, &via).await;
                return said;
            }
            Some(Playlist::Forms(forms)) => forms,
            None => return unread(errand),
        };
        if forms.cut {
            errand.take.why = Some("some of its forms were not looked at".to_owned());
        }
        // How long it lasts is told by the playlist of a form: by that of the best, which mostly is the one that is taken.
        let Some(mut form) = forms.within(0.0, u64::MAX) else {
            errand.take.why = Some("it names nothing that can be had".to_owned());
            return "HLS".to_owned();
        };
        let mut stream = self.follow_playlist(errand, taken, &form.url, &via).await;
        if let Some(other) = stream.as_ref().and_then(|stream| forms.within(stream.seconds, octets))
            && other.url != form.url
        {
            form = other;
            stream = self.follow_playlist(errand, taken, &form.url, &via).await;
        }
        let Some(stream) = stream else { return format!("HLS, {}", forms.describe(form)) };
        let said = words("HLS", Some(forms.describe(form)), &stream);
        // What is heard and read with it first: it is little.
        for url in &form.beside {
            if let Some(beside) = self.follow_playlist(errand, taken, url, &via).await {
                self.take(errand, taken, beside, url).await;
            }
        }
        let own = form.url.clone();
        self.take(errand, taken, stream, &own).await;
        said
    }

    /// Asks for a playlist that another names. One that leads to further ones is not followed.
    async fn follow_playlist(
        &self,
        errand: &mut Errand<'_>,
        taken: &mut Taken,
        url: &str,
        via: &str,
    ) -> Option<Stream> {
        let at = taken.fetched.len();
        self.ask(errand, taken, vec![url.to_owned()], via).await;
        // What came beside it stands before it.
        let fetched = taken.fetched.get(at..)?.iter().rfind(|f| f.exchange.hop != Hop::Robots).cloned()?;
        if fetched.exchange.status != Some(200) {
            return None;
        }
        match self.read_playlist(&fetched, playlist::hls).await {
            Some(Playlist::Stream(stream)) => Some(stream),
            Some(Playlist::Forms(_)) => {
                errand.take.why.get_or_insert_with(|| "a playlist leads to another list of playlists".to_owned());
                None
            }
            None => {
                errand.take.why.get_or_insert_with(|| "what came as a playlist is none".to_owned());
                None
            }
        }
    }

    async fn take(&self, errand: &mut Errand<'_>, taken: &mut Taken, stream: Stream, via: &str) {
        if stream.cut {
            errand.take.why.get_or_insert_with(|| "it has parts that cannot be told, or too many".to_owned());
        }
        self.ask(errand, taken, stream.parts, via).await;
    }

    /// Asks for parts; all of them are accounted for.
    async fn ask(&self, errand: &mut Errand<'_>, taken: &mut Taken, mut urls: Vec<String>, via: &str) {
        errand.take.wanted += urls.len();
        let room = MAX_EXCHANGES.saturating_sub(taken.fetched.len());
        if urls.len() > room {
            urls.truncate(room);
            errand.take.why.get_or_insert_with(|| "a snapshot has no room for more exchanges".to_owned());
        }
        errand.budget.count = u32::try_from(urls.len()).unwrap_or(u32::MAX);
        let part = |url: String| Wanted {
            url,
            kind: errand.kind.clone(),
            hop: Hop::Media,
            alt: String::new(),
            content: false,
            validators: None,
        };
        let wanted = urls.into_iter().map(part).collect();
        let answers = errand.engine.requisites(&taken.jar, wanted, &mut errand.budget, errand.capture, via).await;
        note_credentials(taken, &answers);
        taken.fetched.extend(answers.beside.into_iter().map(Arc::new));
        let spent = errand.budget.bytes == 0 || Instant::now() >= errand.budget.until;
        for (status, fetched) in answers.taken {
            taken.fetched.extend(fetched.map(Arc::new));
            if status.state == RequisiteState::Fetched {
                errand.take.had += 1;
                continue;
            }
            errand.take.failed |= status.state == RequisiteState::Failed && !spent;
            errand.take.why.get_or_insert(status.reason.unwrap_or_default());
        }
    }

    /// Reads what came; `None`: it is no playlist, or cannot be read.
    async fn read_playlist<T: Send + 'static>(
        &self,
        fetched: &Arc<Fetched>,
        read: impl FnOnce(&str, &url::Url) -> Option<T> + Send + 'static,
    ) -> Option<T> {
        self.look_into(fetched, MAX_TEXT, move |body, base| read(&String::from_utf8_lossy(body), base)).await
    }
}

fn unread(errand: &mut Errand<'_>) -> String {
    errand.take.why = Some("what came as a playlist is none".to_owned());
    "a stream".to_owned()
}

/// `HLS, variant 1280x720, 2500 kbit/s, of 3, 61 s`.
fn words(form: &str, chosen: Option<String>, stream: &Stream) -> String {
    let mut said = form.to_owned();
    if let Some(chosen) = chosen {
        said.push_str(", ");
        said.push_str(&chosen);
    }
    if stream.seconds > 0.0 {
        said.push_str(&format!(", {:.0} s", stream.seconds));
    }
    if stream.live {
        said.push_str(", live: what was there then");
    }
    if stream.locked {
        said.push_str(", locked: its keys are not on the web");
    }
    said
}
