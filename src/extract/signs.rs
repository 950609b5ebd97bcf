//! Signs of walls in the markup.

use std::collections::HashSet;

use super::dom::Dom;
use super::names::Name;
use crate::model::{Document, Sign};

/// Scripts and marks of bot checks.
const CAPTCHAS: [&str; 12] = [
    "_cf_chl_opt",
    "challenge-platform",
    "cf-challenge",
    "cf-turnstile",
    "g-recaptcha",
    "h-captcha",
    "hcaptcha.com",
    "captcha-delivery",
    "_wafchallengeid",
    "px-captcha",
    "awswafcaptcha",
    "ddos-guard",
];
/// Looked for in this much of each script.
const SCRIPT: usize = 4_000;
/// So many different values of attributes are remembered.
const MAX_KNOWN: usize = 4_096;

/// Reads them.
pub(super) fn read(dom: &Dom<'_>, document: &Document) -> Vec<Sign> {
    let mut signs = Vec::new();
    let mut add = |sign: Sign| {
        if !signs.contains(&sign) {
            signs.push(sign);
        }
    };
    let mut scripts = 0;
    // A page has few classes, each many times.
    let mut looked_at: HashSet<(&str, &str)> = HashSet::new();
    for (at, node) in dom.nodes.iter().enumerate() {
        let Some(element) = node.element else {
            continue;
        };
        match node.name {
            Name::Input if dom.attr(at, "type").is_some_and(|t| t.eq_ignore_ascii_case("password")) => {
                add(Sign::Password)
            }
            Name::Noscript => {
                let text: String =
                    dom.nodes[at + 1..node.end].iter().map(|n| n.text).collect::<String>().to_lowercase();
                let text = text.get(..text.floor_char_boundary(SCRIPT)).unwrap_or("");
                let asks = text.contains("javascript") && !text.contains("<img");
                if asks {
                    add(Sign::Noscript);
                }
            }
            Name::Script => {
                scripts += 1;
                let src = dom.attr(at, "src").unwrap_or("");
                let text = dom.nodes.get(at + 1).filter(|_| node.end > at + 1).map_or("", |n| n.text);
                let text = text.get(..text.floor_char_boundary(SCRIPT)).unwrap_or("");
                if CAPTCHAS.iter().any(|c| src.contains(c) || text.contains(c)) {
                    add(Sign::Captcha);
                }
            }
            _ => {}
        }
        for (key, value) in element.attrs().filter(|(key, _)| matches!(*key, "id" | "class" | "action" | "name")) {
            if looked_at.len() < MAX_KNOWN && !looked_at.insert((key, value)) {
                continue;
            }
            let value = value.get(..value.floor_char_boundary(200)).unwrap_or("").to_ascii_lowercase();
            match key {
                "action" if value.contains("login") || value.contains("signin") => add(Sign::Login),
                "id" | "class" | "name" => {
                    let words = || value.split(|c: char| !c.is_ascii_alphanumeric());
                    if words().any(|w| {
                        matches!(
                            w,
                            "consent" | "gdpr" | "cookiewall" | "onetrust" | "cookiebot" | "usercentrics" | "cmp"
                        )
                    }) || value.contains("cookie-")
                    {
                        add(Sign::Consent);
                    }
                    if value.contains("login_form") || value.contains("loginform") || value.contains("login-form") {
                        add(Sign::Login);
                    }
                    if CAPTCHAS.iter().any(|c| value.contains(c)) || words().any(|w| w == "captcha") {
                        add(Sign::Captcha);
                    }
                }
                _ => {}
            }
        }
    }
    let text: usize = document.text().len() + document.rest.len();
    if scripts > 0 && text < 100 && document.comments.is_empty() {
        add(Sign::Shell);
    }
    signs
}
