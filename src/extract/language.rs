//! The language of a page.

use super::calendars::Calendar;
use super::head::Head;
use super::jsonld::Facts;
use crate::model::Document;

/// What the page says: html lang, Content-Language, Open Graph, JSON-LD.
pub(super) fn stated(head: &Head, facts: &Facts) -> Option<String> {
    let all =
        [head.language.as_deref(), head.first(&["og:locale", "dc.language", "language"]), facts.language.as_deref()];
    all.into_iter().flatten().find_map(tag)
}

/// A BCP 47 tag in its usual form (`pt-BR`); `None` if it is none.
pub(super) fn tag(text: &str) -> Option<String> {
    let text = text.split([',', ';', ' ']).next()?.trim().replace('_', "-");
    let mut parts = text.split('-');
    let main = parts.next()?.to_ascii_lowercase();
    let known = (2..=3).contains(&main.len()) && main.bytes().all(|b| b.is_ascii_lowercase());
    if !known || text.len() > 35 || !text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-') {
        return None;
    }
    let rest = parts.map(|p| if p.len() == 2 { p.to_ascii_uppercase() } else { p.to_owned() });
    Some(std::iter::once(main).chain(rest).collect::<Vec<_>>().join("-"))
}

/// By statistics, if they are sure.
pub(super) fn guessed(document: &Document) -> Option<String> {
    let mut text = String::new();
    for block in document.text().split('\n').chain(std::iter::once(document.rest.as_str())) {
        if text.len() > 4_000 {
            break;
        }
        text.push_str(block);
        text.push(' ');
    }
    let text = text.get(..text.floor_char_boundary(8_000))?;
    let info = whatlang::detect(text).filter(whatlang::Info::is_reliable)?;
    let code = info.lang().code();
    Some(short(code).unwrap_or(code).to_owned())
}

/// ISO 639-3 to the two letters that BCP 47 wants.
fn short(code: &str) -> Option<&'static str> {
    Some(match code {
        "eng" => "en",
        "rus" => "ru",
        "cmn" => "zh",
        "spa" => "es",
        "por" => "pt",
        "ita" => "it",
        "fra" => "fr",
        "deu" => "de",
        "ukr" => "uk",
        "kat" => "ka",
        "ara" => "ar",
        "hin" => "hi",
        "jpn" => "ja",
        "heb" => "he",
        "pol" => "pl",
        "tur" => "tr",
        "nld" => "nl",
        "hun" => "hu",
        "ell" => "el",
        "ces" => "cs",
        "bul" => "bg",
        "bel" => "be",
        "hrv" => "hr",
        "kor" => "ko",
        "ron" => "ro",
        "swe" => "sv",
        "dan" => "da",
        "nob" => "nb",
        "fin" => "fi",
        "vie" => "vi",
        "aze" => "az",
        "pes" => "fa",
        "hye" => "hy",
        "tha" => "th",
        "srp" => "sr",
        "slk" => "sk",
        "slv" => "sl",
        "lit" => "lt",
        "lav" => "lv",
        "est" => "et",
        "cat" => "ca",
        "epo" => "eo",
        "urd" => "ur",
        "ben" => "bn",
        "ind" => "id",
        _ => return None,
    })
}

/// Whether 5/12 is the 12th of May: so in English without a region, or of one that writes it so.
pub(super) fn month_first(language: Option<&str>) -> bool {
    matches!(language, Some("en" | "en-US" | "en-CA" | "en-PH"))
}

/// The calendar besides that of the world that pages in a language are dated by.
pub(super) fn calendar(language: Option<&str>) -> Option<Calendar> {
    match language?.split('-').next()? {
        "fa" | "prs" | "ps" => Some(Calendar::Jalali),
        "ar" => Some(Calendar::Hijri),
        _ => None,
    }
}
