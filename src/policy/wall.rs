//! What an answer is: the thing itself, a wall in front of it, or the statement that it is not there.
//!
//! Walls need both words and shape. An article about logging in, cookies or missing pages has a text of
//! its own, and stays captured however often it says the words.

use super::words::{CHALLENGES, CONSENTS, LOGINS, MISSING};
use crate::model::{Block, Document, Finding, Flag, Headers, Kind, Outcome, Sign, Verdict};

/// What was had.
#[derive(Clone, Copy, Debug)]
pub struct Seen<'a> {
    /// Status of the final answer.
    pub status: u16,
    /// Its header fields, names in lower case.
    pub headers: &'a Headers,
    /// The URL that was asked for.
    pub url: &'a str,
    /// The URL that answered.
    pub final_url: &'a str,
    /// What was read out of the body, if it was read.
    pub document: Option<&'a Document>,
    /// Octets of the body.
    pub body_len: u64,
    /// The body is not whole.
    pub truncated: bool,
}

/// Text of a wall is shorter than this; so is that of nearly no article.
const SHORT: usize = 1_200;
/// A page that says that there is nothing says little else.
const SHORT_404: usize = 800;
/// So many characters of a page are its beginning.
const BEGINNING: usize = 1_500;
/// Less text than this is none.
const EMPTY: usize = 60;

/// What an adapter's verdict is as an outcome; `None`: it does not know, and the answer is judged like any other.
pub fn of_platform(verdict: &Verdict, status: Option<u16>) -> Option<Outcome> {
    Some(match verdict.finding {
        Finding::Ok | Finding::Edited => Outcome::Captured,
        Finding::GoneAuthorDeleted | Finding::GoneModerated => Outcome::Gone,
        Finding::GoneAccount if !verdict.ambiguous => Outcome::Gone,
        Finding::GoneAccount | Finding::GoneUnknown if status == Some(410) => Outcome::Gone,
        Finding::GoneAccount | Finding::GoneUnknown => Outcome::NotFound,
        Finding::Soft404 => Outcome::Soft404,
        Finding::Private => Outcome::Private,
        Finding::LoginWall => Outcome::LoginWall,
        Finding::AgeOrGeoWall => Outcome::Restricted,
        Finding::Challenge => Outcome::Challenge,
        Finding::ConsentWall => Outcome::ConsentWall,
        Finding::RateLimited => Outcome::RateLimited,
        Finding::ServerError => Outcome::ServerError,
        Finding::NotModified | Finding::Moved | Finding::ParseError => return None,
    })
}

/// Judges an answer: its outcome, and what else is to be known of it. A content judgement is
/// [`Outcome::Captured`]; whether it is unchanged is for others to say.
pub fn judge(seen: &Seen<'_>) -> (Outcome, Vec<Flag>) {
    let page = Page::of(seen.document);
    let mut flags = Vec::new();
    if challenged(seen, &page) {
        return (Outcome::Challenge, vec![Flag::Challenge]);
    }
    if let Some(outcome) = by_status(seen) {
        if page.asks_login(seen.document) && seen.status != 404 && seen.status != 410 {
            flags.push(Flag::LoginWall);
        }
        let outcome = if outcome == Outcome::Forbidden && flags.contains(&Flag::LoginWall) {
            Outcome::LoginWall
        } else {
            outcome
        };
        return (outcome, flags);
    }
    let good = if seen.truncated { Outcome::Truncated } else { Outcome::Captured };
    if led_to_login(seen) && page.is_short(SHORT * 2) {
        return (Outcome::LoginWall, vec![Flag::LoginWall]);
    }
    if led_to_consent(seen) {
        return (Outcome::ConsentWall, vec![Flag::ConsentWall]);
    }
    let Some(document) = seen.document else {
        return (good, flags);
    };
    if matches!(document.kind, Kind::Media | Kind::Feed) && document.signs.is_empty() {
        return (good, flags);
    }
    if page.is_missing(document) {
        return (Outcome::Soft404, vec![Flag::Soft404]);
    }
    if page.asks_consent(document) {
        return (Outcome::ConsentWall, vec![Flag::ConsentWall]);
    }
    if page.asks_login(Some(document)) {
        return (Outcome::LoginWall, vec![Flag::LoginWall]);
    }
    let unread = document.warnings.iter().any(|w| w.code == crate::model::WarningCode::NotText);
    if page.text_len + page.rest_len < EMPTY * 4 && page.text_len < EMPTY && !unread {
        let scripted = document.signs.iter().any(|s| matches!(s, Sign::Noscript | Sign::Shell));
        if scripted {
            flags.push(Flag::NeedsJs);
        }
        if page.text_len == 0 {
            flags.push(Flag::Empty);
        }
    }
    (good, flags)
}

/// Statuses that speak for themselves.
fn by_status(seen: &Seen<'_>) -> Option<Outcome> {
    let retry_after = seen.headers.iter().any(|(name, _)| name == "retry-after");
    Some(match seen.status {
        200..=203 | 206 | 226 => return None,
        404 => Outcome::NotFound,
        410 => Outcome::Gone,
        429 => Outcome::RateLimited,
        503 if retry_after => Outcome::RateLimited,
        401 | 402 | 403 | 405 | 406 | 407 | 451 => Outcome::Forbidden,
        301 | 302 | 303 | 307 | 308 => Outcome::Redirected,
        500..=599 => Outcome::ServerError,
        _ => Outcome::BadStatus,
    })
}

fn challenged(seen: &Seen<'_>, page: &Page) -> bool {
    let mitigated = seen.headers.iter().any(|(name, value)| {
        (name == "cf-mitigated" && value.eq_ignore_ascii_case(b"challenge"))
            || (name == "x-amzn-waf-action" && !value.is_empty())
    });
    if mitigated {
        return true;
    }
    let path = path(seen.final_url);
    if path.ends_with("/challenge.html") || path.ends_with("/badbrowser.php") || path.starts_with("/sorry/index") {
        return true;
    }
    // A comment form with a captcha is no wall: the words must be there too, and little else.
    if !page.is_short(SHORT) || page.paragraphs >= 3 {
        return false;
    }
    let marked = seen.document.is_some_and(|d| d.signs.contains(&Sign::Captcha));
    let said = CHALLENGES.iter().any(|c| page.title.starts_with(c) || page.beginning.contains(c));
    let title = page.title.trim_end_matches(['.', '…', '!', '?', ' ']);
    let titled = CHALLENGES.contains(&title);
    (said && (marked || titled || page.is_short(400))) || (marked && page.text_len + page.rest_len < EMPTY * 4)
}

fn path(url: &str) -> String {
    url::Url::parse(url).map(|u| u.path().to_ascii_lowercase()).unwrap_or_default()
}

fn host(url: &str) -> String {
    url::Url::parse(url).ok().and_then(|u| u.host_str().map(str::to_ascii_lowercase)).unwrap_or_default()
}

/// Asked for something else, and was sent to a login page.
fn led_to_login(seen: &Seen<'_>) -> bool {
    let ended = path(seen.final_url);
    let login = |p: &str| {
        [
            "/login",
            "/accounts/login",
            "/checkpoint",
            "/signin",
            "/sign-in",
            "/users/sign_in",
            "/i/flow/login",
            "/wp-login.php",
            "/authwall",
        ]
        .iter()
        .any(|l| p == *l || p.strip_prefix(l).is_some_and(|rest| rest.starts_with(['/', '.'])))
    };
    login(&ended) && !login(&path(seen.url))
}

fn led_to_consent(seen: &Seen<'_>) -> bool {
    let ended = host(seen.final_url);
    ended.starts_with("consent.") && host(seen.url) != ended
}

/// The words that matter of a page, in lower case.
struct Page {
    title: String,
    /// Title and first headings.
    heads: Vec<String>,
    /// The first words of the page, from wherever they are.
    beginning: String,
    /// Of these, how many octets are of the main text.
    of_text: usize,
    /// Octets of text, comments included, other words not.
    text_len: usize,
    /// Octets of the other words.
    rest_len: usize,
    paragraphs: usize,
    comments: usize,
}

impl Page {
    fn of(document: Option<&Document>) -> Self {
        let mut page = Self {
            title: String::new(),
            heads: Vec::new(),
            beginning: String::new(),
            of_text: 0,
            text_len: 0,
            rest_len: 0,
            paragraphs: 0,
            comments: 0,
        };
        let Some(document) = document else {
            return page;
        };
        page.title = document.title.as_deref().unwrap_or("").to_lowercase();
        page.heads.push(page.title.clone());
        let mut text = String::with_capacity(4 * BEGINNING);
        document.text_pieces(|piece| {
            page.text_len += piece.len();
            if text.len() < 4 * BEGINNING {
                text.push_str(piece);
            }
        });
        page.text_len += document.comments.iter().map(|c| c.text.len()).sum::<usize>();
        page.rest_len = document.rest.len();
        page.comments = document.comments.len();
        for block in &document.blocks {
            match block {
                Block::Heading { text, .. } if page.heads.len() < 4 => page.heads.push(text.to_lowercase()),
                Block::Paragraph { text } if text.len() > 80 => page.paragraphs += 1,
                _ => {}
            }
        }
        page.beginning = text.chars().take(BEGINNING).collect::<String>().to_lowercase();
        page.of_text = page.beginning.len();
        page.beginning.push(' ');
        page.beginning.push_str(&document.rest.chars().take(BEGINNING).collect::<String>().to_lowercase());
        page
    }

    /// Little text, no comments, and no great deal of other words either.
    fn is_short(&self, limit: usize) -> bool {
        self.text_len < limit && self.rest_len < limit.max(SHORT) * 2 && self.comments == 0
    }

    fn says(&self, words: &[&str]) -> usize {
        words.iter().filter(|w| self.beginning.contains(**w)).count()
    }

    /// The page says that there is nothing: in its title or a heading, or in next to no text at all.
    fn is_missing(&self, document: &Document) -> bool {
        if !self.is_short(SHORT_404) || self.paragraphs > 3 || document.published.is_some() {
            return false;
        }
        let headed = self.heads.iter().any(|h| {
            let short = h.split_whitespace().count() <= 9;
            short
                && MISSING.iter().any(|m| {
                    if *m == "404" {
                        h.split(|c: char| !c.is_alphanumeric()).any(|w| w == "404")
                    } else {
                        h.contains(m)
                    }
                })
        });
        if headed {
            // "404" or "not found" in a heading may be about something; then there is a text about it.
            return self.text_len < 400 || MISSING.iter().skip(3).any(|m| self.beginning.contains(m));
        }
        self.text_len + self.rest_len < 300
            && MISSING.iter().filter(|m| **m != "404").any(|m| self.beginning.contains(m))
    }

    fn asks_consent(&self, document: &Document) -> bool {
        if !self.is_short(SHORT) || self.paragraphs > 3 || document.published.is_some() {
            return false;
        }
        let said = self.says(&CONSENTS) + usize::from(self.title.starts_with("before you continue"));
        let marked = document.signs.contains(&Sign::Consent);
        // A banner beside a short page is no wall: most of what the page says must be about consent.
        let little = self.text_len + self.rest_len < 2_500;
        little
            && ((marked
                && said >= 2
                && (self.text_len < 400
                    || self
                        .heads
                        .iter()
                        .any(|h| h.contains("continue") || h.contains("cookie") || h.contains("privacy"))))
                || said >= 4)
    }

    fn asks_login(&self, document: Option<&Document>) -> bool {
        let Some(document) = document else {
            return false;
        };
        if !self.is_short(SHORT) || self.paragraphs > 3 || document.published.is_some() {
            return false;
        }
        let signs = |s: Sign| document.signs.contains(&s);
        let headed = self
            .heads
            .iter()
            .any(|h| LOGINS.iter().any(|l| h.starts_with(l) || (h.contains(l) && h.split_whitespace().count() <= 6)));
        let said = LOGINS.iter().any(|l| self.beginning[..self.of_text].contains(l));
        (signs(Sign::Password) && (headed || (said && self.text_len < 300))) || (signs(Sign::Login) && headed)
    }
}

#[cfg(test)]
#[path = "wall_tests.rs"]
mod tests;
