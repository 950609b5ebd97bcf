//! Names of people in the words of a page: what is one, and what stands around it.

use super::dates::{self, Ways};
use super::letters::{is_alphabetic, is_numeric, lower};
use super::words::{Words, after_word, words};
use crate::model::Precision;

/// A line names no more people.
const MAX_PEOPLE: usize = 30;

/// Words before a name that make it the author's; longer ones first.
pub(super) const BY: Words = words!(
    "reported and written by|posted by|published by|submitted by|created by|written by|authored by|contributed by|\
    article by|story by|text by|words by|post by|by|author|authors|geschrieben von|verfasst von|eine kolumne von|\
    ein kommentar von|ein gastbeitrag von|ein beitrag von|von|autor|autorin|text|interview|écrit par|publié par|\
    rédigé par|par|auteur|publicado por|escrito por|por|scritto da|a cura di|di|autore|автор|текст|door|\
    geschreven door|av|yazar|yazan|հեղինակ"
);
/// Words of a role or an office: no part of a name.
const ROLES: Words = words!(
    "editor|editors|writer|reporter|director|founder|cofounder|co-founder|ceo|cto|coo|cmo|president|redakteur|\
    redakteurin|author|autor|autorin|contributor|contributors|columnist|correspondent|journalist|journaliste|\
    manager|specialist|expert|analyst|strategist|professor|dietitian|website|posts|articles|artikel|follow|view|\
    read|more|weitere|updated|reviewed|published|posted|edited|comments|kommentare|share|minutes|min|subscribe|\
    profile|bio|about|über|chief|senior|coach|consultant|engineer|freelance|copyright|username|marketer|\
    photographer|fotograf"
);
/// Words in the names of offices.
const OFFICES: Words = words!(
    "center|centre|university|universität|université|department|institute|institut|ministry|ministerium|agency|\
    association|foundation|commission|council|committee"
);
/// Small words inside names.
const PARTICLES: Words =
    words!("de|da|di|do|dos|das|del|della|der|den|van|von|vom|zu|zum|la|le|du|el|al|bin|ben|ibn|ter|ten|y|e|af|av|the");

/// `Ani, Anna` of citations as `Anna Ani`.
pub(super) fn turned(name: &str) -> String {
    match name.split_once(',') {
        Some((last, first)) if !first.contains(',') => format!("{} {}", first.trim(), last.trim()),
        _ => name.trim().to_owned(),
    }
}

/// The names in a byline that may hold a date and words around them.
pub(super) fn people_of_line(line: &str, ways: impl Into<Ways>) -> Vec<String> {
    let mut text = line.trim();
    if let Some(date) = dates::find(text, ways).filter(|d| d.precision != Precision::Year) {
        let (before, after) = (text.get(..date.span.0).unwrap_or(""), text.get(date.span.1..).unwrap_or(""));
        let worded = |t: &str| BY.after(t.trim_start_matches([' ', ',', '|', '-', '–', '·', '•'])).is_some();
        text = if before.chars().filter(|c| is_alphabetic(*c)).count() >= 4 && !worded(after) { before } else { after };
    }
    // Words that lead from the name to a date, or from a date to the name.
    let mut text = text.trim_matches([' ', ',', '|', '-', '–', '—', '·', '•', ':']).to_owned();
    for word in ["uhr", "um", "at"] {
        if let Some(rest) = after_word(&text, word) {
            text = rest.trim_start_matches([' ', ',', '|', '-', '–']).to_owned();
        }
    }
    // What is said of the picture beside it.
    for word in
        [" Foto:", " Fotos:", " Symbolbild", " Bild:", " Photo:", " Photo by", " Photograph", " Image:", " Credit:"]
    {
        if let Some(cut) = text.find(word).filter(|c| *c > 3) {
            text.truncate(cut);
        }
    }
    for word in
        [" Last updated", " last updated", " Updated", " Stand:", " Stand", " Published", " Posted", " Aktualisiert"]
    {
        if let Some(cut) = text.find(word).filter(|c| *c > 3) {
            text.truncate(cut);
        }
    }
    for word in [
        " on",
        " am",
        " le",
        " el",
        " at",
        " updated",
        " published",
        " posted",
        " fr",
        " mo",
        " di",
        " mi",
        " do",
        " sa",
        " so",
    ] {
        if let Some(cut) = text.len().checked_sub(word.len()).filter(|c| text.is_char_boundary(*c))
            && text[cut..].eq_ignore_ascii_case(word)
        {
            text.truncate(cut);
        }
    }
    people(&text)
}

/// Splits `By Anna Ani and Bert Bo` into names; what is no name gives nothing.
pub(super) fn people(text: &str) -> Vec<String> {
    let signs = [':', '-', '–', '—', '|', '•', '/', '·', ' ', '՝', '\u{a0}', ','];
    let mut text = text.trim().trim_start_matches(signs);
    for _ in 0..2 {
        let longest = BY.after_longest(text);
        if let Some(rest) = longest.filter(|r| !r.is_empty()) {
            text = rest.trim_start_matches(signs);
        }
    }
    let text = text.split(['|', '•', '·', '⋅', '(', '\n', '@']).next().unwrap_or("").replace('\u{a0}', " ");
    let mut text = format!("{text} ");
    let lower = lower(&text);
    if lower.split(|c: char| !is_alphabetic(c)).any(|w| OFFICES.has(w)) {
        // The name of an office may hold an "and".
        let name = text.split([';', ',', '/']).next().unwrap_or("").trim();
        return if is_username(name) { vec![name.to_owned()] } else { Vec::new() };
    }
    // Initials in place of a picture.
    if let Some((initials, rest)) = text.trim().split_once(' ') {
        let own: String = rest.split_whitespace().filter_map(|w| w.chars().next()).collect();
        if initials.chars().count() >= 2 && own == initials {
            text = format!("{rest} ");
        }
    }
    for word in [" and ", " und ", " et ", " & ", " y ", " im Gespräch mit ", " with ", " mit ", " и ", " և ", " et al"]
    {
        if text.contains(word) {
            text = text.replace(word, ";");
        }
    }
    text.split([';', ',', '/'])
        .map(|n| n.trim().trim_matches([':', '-', '–', '—', '"', '\'']).trim().to_owned())
        .filter(|n| !n.is_empty())
        .enumerate()
        // Behind the first name only what is surely one: others are titles and places.
        .filter(|(n, name)| is_person(name) || *n == 0 && is_username(name))
        .take(MAX_PEOPLE)
        .map(|(_, name)| name)
        .collect()
}

/// A name of a person as it is written: two words or more with capitals, or one of a script without them.
pub(super) fn is_person(name: &str) -> bool {
    if !is_username(name) {
        return false;
    }
    let words: Vec<&str> = name.split_whitespace().collect();
    let cased = name.chars().any(|c| c.is_uppercase() || c.is_lowercase());
    if !cased {
        return (2..=24).contains(&name.chars().count());
    }
    let capital =
        |w: &&str| w.chars().find(|c| is_alphabetic(*c)).is_some_and(|c| c.is_uppercase() || !c.is_lowercase());
    let fits = |w: &&str| capital(w) || PARTICLES.has(&lower(w));
    (2..=6).contains(&words.len())
        && words.iter().all(fits)
        && words.iter().filter(|w| capital(w)).count() >= 2
        && !name.chars().any(is_numeric)
}

/// Could be the name that somebody goes by: few words, letters, no label, no sentence, no role.
pub(super) fn is_username(name: &str) -> bool {
    let name = name.trim();
    let lower = lower(name);
    let words = lower.split(|c: char| c.is_whitespace() || c == ',' || c == ':').filter(|w| !w.is_empty());
    let degree = matches!(
        lower.trim_end_matches('.').replace('.', "").as_str(),
        "md" | "phd"
            | "rd"
            | "rdn"
            | "ms"
            | "mba"
            | "cfp"
            | "cpa"
            | "jr"
            | "sr"
            | "dds"
            | "dpa"
            | "afp"
            | "ap"
            | "reuters"
            | "ma"
            | "mph"
            | "dr"
            | "esq"
            | "mr"
            | "mrs"
            | "bsc"
            | "msc"
            | "np"
            | "rn"
            | "dvm"
            | "inc"
            | "llc"
            | "ltd"
            | "gmbh"
    );
    (2..=80).contains(&name.len())
        && words.clone().count() <= 6
        && name.chars().any(is_alphabetic)
        && !name.contains(['@', '{', '<', '=', '?', '!', '#', '"', '…', ':'])
        && !lower.starts_with("http")
        && !lower.contains("www.")
        && !words.clone().any(|w| matches!(w, "gmbh" | "llc" | "ltd"))
        && !degree
        && !words.clone().any(|w| ROLES.has(w.trim_matches(['(', ')', '.'])))
        && !is_label(name)
}

/// A word that stands for nobody.
pub(super) fn is_label(name: &str) -> bool {
    let lower = lower(name);
    let domain = !lower.contains(' ')
        && [".com", ".de", ".org", ".net", ".fr", ".it", ".es", ".co.uk", ".ru"].iter().any(|end| lower.ends_with(end));
    domain
        || matches!(
            lower.as_str(),
            "admin"
                | "administrator"
                | "editorial"
                | "by"
                | "in"
                | "on"
                | "guest"
                | "unknown"
                | "anonymous"
                | "user"
                | "webmaster"
                | "team"
                | "the"
                | "and"
                | "home"
                | "blog"
                | "news"
                | "guest author"
                | "super user"
                | "root"
                | "default"
                | "none"
                | "null"
                | "undefined"
                | "am"
                | "von"
                | "mehr"
                | "weiter"
                | "op"
                | "inquiries"
                | "agencies"
                | "contact"
                | "author"
                | "editor"
                | "website"
                | "username"
                | "staff"
        )
}
