//! From octets to text: which character set, decided by what, and the text in it.
//!
//! Order: byte order mark, Content-Type, meta (or the XML declaration) in the first 1,024 octets, then
//! statistics. A label that the octets contradict loses to the octets, with a warning.

use std::borrow::Cow;

use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};
use encoding_rs::{Encoding, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252};

use super::armscii;
use crate::model::{Charset, CharsetSource, Warning, WarningCode};

/// How much of the page the statistics look at, from the first octet that is not ASCII.
const SNIFFED: usize = 256 << 10;

/// Text and how it was had.
pub(super) struct Text<'a> {
    pub text: Cow<'a, str>,
    pub charset: Charset,
    pub warning: Option<Warning>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Chosen {
    Known(&'static Encoding),
    Armscii,
}

/// Decides and decodes; undoes what was encoded twice. `host` gives the statistics a hint by its top-level
/// domain.
pub(super) fn text<'a>(bytes: &'a [u8], content_type: &str, host: Option<&str>) -> Text<'a> {
    let mut text = decided(bytes, content_type, host);
    if text.charset.name.eq_ignore_ascii_case("utf-8")
        && let Some(once) = encoded_once(&text.text)
    {
        text.text = Cow::Owned(once);
        let detail = "the text was encoded as UTF-8 twice".to_owned();
        text.warning = text.warning.or(Some(Warning { code: WarningCode::Charset, detail }));
    }
    text
}

/// UTF-8 that was taken for Latin-1 and encoded again shows control characters of the range 80 to 9F, which
/// no text has. Runs that are UTF-8 when taken back are taken back.
fn encoded_once(text: &str) -> Option<String> {
    let control = |w: &&[u8]| w[0] == 0xc2 && (0x80..=0x9f).contains(&w[1]);
    if !text.as_bytes().contains(&0xc2) || text.as_bytes().windows(2).filter(control).take(2).count() < 2 {
        return None;
    }
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(|c: char| ('\u{80}'..='\u{ff}').contains(&c)) {
        out.push_str(&rest[..at]);
        let run = &rest[at..];
        let len = run.find(|c: char| !('\u{80}'..='\u{ff}').contains(&c)).unwrap_or(run.len());
        let octets: Vec<u8> = run[..len].chars().filter_map(|c| u8::try_from(u32::from(c)).ok()).collect();
        match std::str::from_utf8(&octets) {
            Ok(once) => out.push_str(once),
            Err(_) => out.push_str(&run[..len]),
        }
        rest = &run[len..];
    }
    out.push_str(rest);
    Some(out)
}

/// Decides and decodes. `host` gives the statistics a hint by its top-level domain.
fn decided<'a>(bytes: &'a [u8], content_type: &str, host: Option<&str>) -> Text<'a> {
    if let Some((encoding, mark)) = Encoding::for_bom(bytes) {
        return plain(&bytes[mark..], Chosen::Known(encoding), CharsetSource::Bom, None);
    }
    let in_header = parameter(content_type);
    let in_page = if in_header.is_none() { declared(bytes) } else { None };
    let (label, source) = match (in_header, in_page) {
        (Some(label), _) => (Some(label), CharsetSource::Header),
        (None, Some(label)) => (Some(label), CharsetSource::Meta),
        (None, None) => (None, CharsetSource::Default),
    };
    match label {
        Some(label) => match by_label(&label, source) {
            Some(chosen) => match contradicted(bytes, chosen) {
                false => plain(bytes, chosen, source, None),
                true => {
                    let found = sniff(bytes, host);
                    if found == chosen {
                        return plain(bytes, chosen, source, None);
                    }
                    let detail = format!("declared as {}, but the octets are {}", name(chosen), name(found));
                    plain(bytes, found, CharsetSource::Sniffed, Some(warning(detail)))
                }
            },
            None => {
                // The header's label is unknown: the page's own may be better.
                let second = (source == CharsetSource::Header).then(|| declared(bytes)).flatten();
                let unknown = warning(format!("{:?} is not a character set that is known", shown(&label)));
                match second.and_then(|l| by_label(&l, CharsetSource::Meta)).filter(|c| !contradicted(bytes, *c)) {
                    Some(chosen) => plain(bytes, chosen, CharsetSource::Meta, Some(unknown)),
                    None => plain(bytes, sniff(bytes, host), CharsetSource::Sniffed, Some(unknown)),
                }
            }
        },
        None => match sniff(bytes, host) {
            Chosen::Known(e) if e == UTF_8 => plain(bytes, Chosen::Known(UTF_8), CharsetSource::Default, None),
            found => plain(bytes, found, CharsetSource::Sniffed, None),
        },
    }
}

fn warning(detail: String) -> Warning {
    Warning { code: WarningCode::Charset, detail }
}

fn shown(label: &str) -> String {
    label.chars().filter(|c| !c.is_control()).take(40).collect()
}

fn name(chosen: Chosen) -> String {
    match chosen {
        Chosen::Known(encoding) => encoding.name().to_ascii_lowercase(),
        Chosen::Armscii => "armscii-8".to_owned(),
    }
}

fn plain(bytes: &[u8], chosen: Chosen, source: CharsetSource, warning: Option<Warning>) -> Text<'_> {
    let text = match chosen {
        Chosen::Known(encoding) => encoding.decode_without_bom_handling(bytes).0,
        Chosen::Armscii => Cow::Owned(armscii::decode(bytes)),
    };
    Text { text, charset: Charset { name: name(chosen), source }, warning }
}

fn by_label(label: &str, source: CharsetSource) -> Option<Chosen> {
    let label = label.trim();
    if label.to_ascii_lowercase().replace(['_', ' '], "-").contains("armscii") {
        return Some(Chosen::Armscii);
    }
    let encoding = Encoding::for_label_no_replacement(label.as_bytes())?;
    // A meta tag that could be read as ASCII is not in UTF-16.
    let wide = encoding == UTF_16BE || encoding == UTF_16LE;
    Some(Chosen::Known(if wide && source == CharsetSource::Meta { UTF_8 } else { encoding }))
}

/// The octets cannot (or all but certainly do not) mean what the label says.
fn contradicted(bytes: &[u8], chosen: Chosen) -> bool {
    let Chosen::Known(encoding) = chosen else {
        return false;
    };
    if encoding == UTF_8 {
        if Encoding::utf8_valid_up_to(bytes) == bytes.len() {
            return false;
        }
        let (good, bad) = utf8_sequences(bytes);
        return bad > good;
    }
    if encoding == UTF_16BE || encoding == UTF_16LE {
        return bytes.starts_with(b"<!") || bytes.starts_with(b"<h");
    }
    // A run of valid multi-octet UTF-8 is not an accident in any of the older sets.
    let (good, bad) = utf8_sequences(bytes);
    good >= 4 && bad == 0
}

/// Counts sequences that are UTF-8 (or CESU-8 or overlong forms of it: broken, but of that family) and
/// high octets that are not.
fn utf8_sequences(bytes: &[u8]) -> (usize, usize) {
    if let Ok(text) = std::str::from_utf8(bytes) {
        if text.is_ascii() {
            return (0, 0);
        }
        return (text.bytes().filter(|b| *b >= 0xc0).count(), 0);
    }
    let (mut good, mut bad, mut i) = (0, 0, 0);
    while let Some(&b) = bytes.get(i) {
        let len = match b {
            0..=0x7f => {
                i += 1;
                continue;
            }
            0xc0..=0xdf => 2,
            0xe0..=0xef => 3,
            0xf0..=0xf7 => 4,
            _ => 1,
        };
        let rest = bytes.get(i + 1..(i + len).min(bytes.len())).unwrap_or(&[]);
        if len > 1 && rest.iter().all(|b| b & 0xc0 == 0x80) && (rest.len() == len - 1 || i + len > bytes.len()) {
            good += 1;
            i += len;
        } else {
            bad += 1;
            i += 1;
        }
    }
    (good, bad)
}

fn sniff(bytes: &[u8], host: Option<&str>) -> Chosen {
    if let Some(wide) = wide(bytes) {
        return Chosen::Known(wide);
    }
    let (good, bad) = utf8_sequences(bytes);
    if bad == 0 || good > bad * 4 {
        return Chosen::Known(UTF_8);
    }
    if armscii::plausible(bytes) {
        return Chosen::Armscii;
    }
    let from = bytes.iter().position(|b| *b >= 0x80).unwrap_or(0);
    let mut detector = EncodingDetector::new(Iso2022JpDetection::Deny);
    detector.feed(&bytes[from..bytes.len().min(from + SNIFFED)], true);
    let tld = host
        .and_then(|h| h.rsplit('.').next())
        .map(str::to_ascii_lowercase)
        .filter(|t| !t.is_empty() && t.bytes().all(|b| b.is_ascii_lowercase() || b == b'-' || b.is_ascii_digit()))
        .filter(|t| t.bytes().any(|b| b.is_ascii_lowercase()));
    let guess = detector.guess(tld.as_deref().map(str::as_bytes), Utf8Detection::Deny);
    Chosen::Known(if guess == UTF_8 { WINDOWS_1252 } else { guess })
}

/// UTF-16 without a mark: every other octet of markup is NUL.
fn wide(bytes: &[u8]) -> Option<&'static Encoding> {
    match bytes.get(..8)? {
        [b'<', 0, _, 0, _, 0, _, 0] => Some(UTF_16LE),
        [0, b'<', 0, _, 0, _, 0, _] => Some(UTF_16BE),
        _ => None,
    }
}

/// The charset parameter of a Content-Type value.
fn parameter(content_type: &str) -> Option<String> {
    content_type.split(';').skip(1).find_map(|part| {
        let (name, value) = part.split_once('=')?;
        let value = value.trim().trim_matches(['"', '\'']).trim();
        (name.trim().eq_ignore_ascii_case("charset") && !value.is_empty()).then(|| value.to_owned())
    })
}

/// The label in a meta tag or XML declaration among the first 1,024 octets.
fn declared(bytes: &[u8]) -> Option<String> {
    let head: String = bytes.iter().take(1024).map(|b| b.to_ascii_lowercase() as char).collect();
    if head.starts_with("<?xml") {
        let declaration = head.split("?>").next()?;
        if let Some((_, after)) = declaration.split_once("encoding") {
            return value(after.trim_start().strip_prefix('=')?);
        }
    }
    let mut rest = head.as_str();
    while let Some(at) = rest.find('<') {
        rest = &rest[at + 1..];
        if let Some(comment) = rest.strip_prefix("!--") {
            rest = comment.split_once("-->")?.1;
            continue;
        }
        let Some(tag) = rest.strip_prefix("meta") else {
            continue;
        };
        let tag = tag.split('>').next().unwrap_or("");
        let mut inside = tag;
        while let Some((_, after)) = inside.split_once("charset") {
            if let Some(found) = after.trim_start().strip_prefix('=').and_then(value) {
                return Some(found);
            }
            inside = after;
        }
    }
    None
}

fn value(text: &str) -> Option<String> {
    let text = text.trim_start();
    let value = match text.chars().next()? {
        quote @ ('"' | '\'') => text[1..].split(quote).next()?,
        _ => text.split([';', ' ', '\t', '\n', '\r', '"', '\'', '>', '/']).next()?,
    };
    let value = value.trim();
    (!value.is_empty()).then(|| value.to_owned())
}
