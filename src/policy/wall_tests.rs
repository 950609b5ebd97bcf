use bytes::Bytes;

use super::{Seen, judge};
use crate::model::{Block, Document, Flag, Headers, Outcome, Sign};

struct Case {
    status: u16,
    headers: Headers,
    url: &'static str,
    final_url: &'static str,
    document: Document,
    truncated: bool,
}

fn page(title: &str, paragraphs: &[&str]) -> Case {
    let mut document = Document::empty();
    document.title = Some(title.to_owned());
    document.blocks = paragraphs.iter().map(|p| Block::Paragraph { text: (*p).to_owned() }).collect();
    Case {
        status: 200,
        headers: Vec::new(),
        url: "https://a.example/x",
        final_url: "https://a.example/x",
        document,
        truncated: false,
    }
}

impl Case {
    fn status(mut self, status: u16) -> Self {
        self.status = status;
        self
    }
    fn sign(mut self, sign: Sign) -> Self {
        self.document.signs.push(sign);
        self
    }
    fn rest(mut self, rest: &str) -> Self {
        self.document.rest = rest.to_owned();
        self
    }
    fn header(mut self, name: &str, value: &'static str) -> Self {
        self.headers.push((name.to_owned(), Bytes::from_static(value.as_bytes())));
        self
    }
    fn ended_at(mut self, url: &'static str) -> Self {
        self.final_url = url;
        self
    }
    fn judged(&self) -> (Outcome, Vec<Flag>) {
        judge(&Seen {
            status: self.status,
            headers: &self.headers,
            url: self.url,
            final_url: self.final_url,
            document: Some(&self.document),
            body_len: 1_000,
            truncated: self.truncated,
        })
    }
    fn outcome(&self) -> Outcome {
        self.judged().0
    }
}

const LONG: &str = "The committee met on Tuesday and heard three witnesses. Each of them described the same street, the same hour and the \
                    same white van. The minutes were read aloud, corrected and signed, and then everybody went home without a word.";

#[test]
fn a_good_page_is_captured_and_a_cut_one_truncated() {
    assert_eq!(page("A page", &[LONG]).judged(), (Outcome::Captured, vec![]));
    let mut cut = page("A page", &[LONG]);
    cut.truncated = true;
    assert_eq!(cut.outcome(), Outcome::Truncated);
}

#[test]
fn statuses_speak_for_themselves() {
    for (status, outcome) in [
        (404, Outcome::NotFound),
        (410, Outcome::Gone),
        (429, Outcome::RateLimited),
        (500, Outcome::ServerError),
        (503, Outcome::ServerError),
        (403, Outcome::Forbidden),
        (451, Outcome::Forbidden),
        (302, Outcome::Redirected),
        (304, Outcome::BadStatus),
        (999, Outcome::BadStatus),
    ] {
        assert_eq!(page("x", &[]).status(status).outcome(), outcome, "{status}");
    }
    assert_eq!(page("x", &[]).status(503).header("retry-after", "5").outcome(), Outcome::RateLimited);
}

#[test]
fn a_challenge_is_known_by_its_header_or_by_words_and_shape() {
    let by_header = page("Just a moment...", &[]).status(403).header("cf-mitigated", "challenge");
    assert_eq!(by_header.judged(), (Outcome::Challenge, vec![Flag::Challenge]));
    assert_eq!(page("Just a moment...", &[]).status(503).sign(Sign::Captcha).outcome(), Outcome::Challenge);
    assert_eq!(page("x", &["Whoa there, pardner! Your request has been blocked."]).outcome(), Outcome::Challenge);
    // A captcha below the comments of an article is none.
    assert_eq!(
        page("Just a moment of peace", &[LONG, LONG, LONG, LONG, LONG]).sign(Sign::Captcha).outcome(),
        Outcome::Captured
    );
}

#[test]
fn a_page_that_says_it_is_not_there_is_a_soft_404() {
    let missing =
        page("Page not found", &["Sorry, the page you were looking for could not be found. It may have been removed."]);
    assert_eq!(missing.judged(), (Outcome::Soft404, vec![Flag::Soft404]));
    assert_eq!(page("Site", &["Post not found or removed by its author."]).outcome(), Outcome::Soft404);
    assert_eq!(page("Seite nicht gefunden – Zeitung", &["Die Seite existiert nicht."]).outcome(), Outcome::Soft404);
    assert_eq!(page("Ошибка", &["Страница не найдена"]).outcome(), Outcome::Soft404);
}

#[test]
fn articles_about_walls_stay_captured() {
    for title in [
        "How to log in to your account",
        "Why 404 pages matter",
        "Page not found: a history",
        "We use cookies, and so do you",
        "Before you continue",
    ] {
        let about = "People log in and sign in every day; cookies are accepted, pages are not found. ";
        let article = page(title, &[LONG, about, LONG, LONG, LONG, LONG, LONG, LONG]);
        assert_eq!(article.outcome(), Outcome::Captured, "{title}");
        assert_eq!(article.sign(Sign::Consent).sign(Sign::Login).outcome(), Outcome::Captured, "{title}");
    }
    // A short post with a login box in the corner.
    let short = page("Count", &["At the gate stood 14 people and a dog."]).sign(Sign::Password).rest("Log in");
    assert_eq!(short.outcome(), Outcome::Captured);
}

#[test]
fn a_demand_to_log_in_is_a_wall() {
    let form = page("Log in to Example", &["You must log in to continue."]).sign(Sign::Password);
    assert_eq!(form.judged(), (Outcome::LoginWall, vec![Flag::LoginWall]));
    assert_eq!(page("Example", &[]).ended_at("https://a.example/accounts/login/?next=x").outcome(), Outcome::LoginWall);
    assert_eq!(page("Anmelden", &[]).sign(Sign::Password).status(401).outcome(), Outcome::LoginWall);
}

#[test]
fn a_consent_page_is_a_wall_and_a_banner_is_none() {
    let wall =
        page("Before you continue", &["We use cookies and data."]).sign(Sign::Consent).rest("Reject all Accept all");
    assert_eq!(wall.judged(), (Outcome::ConsentWall, vec![Flag::ConsentWall]));
    assert_eq!(page("x", &[]).ended_at("https://consent.youtube.com/m?continue=x").outcome(), Outcome::ConsentWall);
    let banner =
        page("News", &[LONG, LONG, LONG, LONG]).sign(Sign::Consent).rest("We use cookies. Accept all Reject all");
    assert_eq!(banner.outcome(), Outcome::Captured);
}

#[test]
fn emptiness_is_said() {
    let shell = page("App", &[]).sign(Sign::Noscript).sign(Sign::Shell);
    assert_eq!(shell.judged(), (Outcome::Captured, vec![Flag::NeedsJs, Flag::Empty]));
}
