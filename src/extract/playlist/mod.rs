//! Playlists of streams: HLS (RFC 8216) and DASH (ISO/IEC 23009-1). What is chosen of what they offer, and of which parts that is made.
//! They are hostile like any other text from the web: all that comes out is bounded, and only addresses of http and https do.

mod dash;
mod hls;

use std::collections::HashSet;

use url::Url;

pub use dash::dash;
pub use hls::hls;

/// Parts of one stream.
pub const MAX_PARTS: usize = 3_000;
/// Forms of one stream that are looked at.
const MAX_FORMS: usize = 200;
/// An address is not longer.
const MAX_ADDRESS: usize = 4_096;

/// What a playlist of HLS is.
#[derive(Clone, Debug, PartialEq)]
pub enum Playlist {
    /// It names the forms of a stream.
    Forms(Forms),
    /// It names the parts of a stream.
    Stream(Stream),
}

/// One of the forms in which a stream is offered.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Form {
    /// Its own playlist.
    pub url: String,
    /// Bits a second.
    pub bandwidth: u64,
    /// Pixels.
    pub size: Option<(u32, u32)>,
    /// Playlists of sounds and subtitles that belong to it.
    pub beside: Vec<String>,
}

/// All of them, the best first.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Forms {
    /// The forms.
    pub forms: Vec<Form>,
    /// There are more than were looked at.
    pub cut: bool,
}

impl Forms {
    /// The best that is not longer than `octets` when it lasts so many seconds; where none is that short, the smallest.
    pub fn within(&self, seconds: f64, octets: u64) -> Option<&Form> {
        let fits = self.forms.iter().find(|form| weight(form.bandwidth, seconds) <= octets);
        fits.or_else(|| self.forms.iter().min_by_key(|form| form.bandwidth))
    }

    /// Says what a form is: `variant 1280x720, 2500 kbit/s, of 4`.
    pub fn describe(&self, form: &Form) -> String {
        describe(form.size, form.bandwidth, self.forms.len())
    }
}

/// The parts of which a stream is made.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Stream {
    /// Their addresses, each once, in order: what initialises it, keys, segments.
    pub parts: Vec<String>,
    /// How long it lasts, as far as that is said.
    pub seconds: f64,
    /// It goes on: this is what is there now.
    pub live: bool,
    /// It has more parts than are taken, or some that cannot be told.
    pub cut: bool,
    /// Its keys are not to be had from the web.
    pub locked: bool,
    /// What was chosen, where the playlist itself offers several.
    pub chosen: Option<String>,
    tried: usize,
}

impl Stream {
    /// Takes a part; `false`: no more are taken.
    fn push(&mut self, seen: &mut HashSet<String>, url: Option<String>) -> bool {
        // What names the same part again and again comes to an end as well.
        self.tried += 1;
        match url {
            _ if self.tried > 4 * MAX_PARTS => self.cut = true,
            Some(url) if seen.contains(&url) => {}
            Some(_) if self.parts.len() == MAX_PARTS => self.cut = true,
            Some(url) => {
                seen.insert(url.clone());
                self.parts.push(url);
            }
            None => self.cut = true,
        }
        self.tried <= 4 * MAX_PARTS && self.parts.len() < MAX_PARTS
    }
}

/// Octets of so many seconds.
fn weight(bandwidth: u64, seconds: f64) -> u64 {
    (bandwidth as f64 / 8.0 * seconds.max(0.0)) as u64
}

fn describe(size: Option<(u32, u32)>, bandwidth: u64, of: usize) -> String {
    let size = size.map(|(width, height)| format!(" {width}x{height},")).unwrap_or_default();
    format!("variant{size} {} kbit/s, of {of}", bandwidth / 1000)
}

/// Best first: by pixels, then by bits.
fn rank(size: Option<(u32, u32)>, bandwidth: u64) -> (std::cmp::Reverse<u64>, std::cmp::Reverse<u64>) {
    let pixels = size.map_or(0, |(width, height)| u64::from(width) * u64::from(height));
    (std::cmp::Reverse(pixels), std::cmp::Reverse(bandwidth))
}

fn absolute(base: &Url, text: &str) -> Option<String> {
    let text = text.trim();
    if text.is_empty() || text.len() > MAX_ADDRESS {
        return None;
    }
    let mut url = base.join(text).ok().filter(|url| matches!(url.scheme(), "http" | "https") && url.has_host())?;
    url.set_fragment(None);
    if !url.username().is_empty() || url.password().is_some() {
        let _ = url.set_username("");
        let _ = url.set_password(None);
    }
    Some(url.into()).filter(|url: &String| url.len() <= MAX_ADDRESS)
}

#[cfg(test)]
mod tests;
