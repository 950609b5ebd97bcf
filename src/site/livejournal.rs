//! LiveJournal and Dreamwidth: entries with their comments in the light form of the page, feeds of journals.

use url::Url;

use super::answer::{Answer, Reading, Route, Target, TargetKind, Why, is_number, query, segments};
use super::{build, feeds, general, walls};
use crate::model::{Finding, Platform, PostKey, PostKind, Verdict};

const PACE_MS: u64 = 2_000;
const HOSTS: [&str; 2] = ["livejournal.com", "dreamwidth.org"];

/// What an address is about.
pub(super) fn matches(url: &Url) -> Option<Target> {
    let host = url.host_str()?.trim_end_matches('.');
    let site = HOSTS.iter().find(|h| host.ends_with(*h))?;
    let parts = segments(url);
    let mut parts: Vec<&str> = parts.iter().map(String::as_str).collect();
    let below = host.strip_suffix(site)?.trim_end_matches('.');
    let journal = match below {
        "" | "www" | "m" => match parts[..] {
            ["users" | "~" | "community", name, ..] => {
                parts.drain(..2);
                name.to_owned()
            }
            ["read", "user", name, ..] => {
                parts.drain(..3);
                name.to_owned()
            }
            _ => return None,
        },
        "users" | "community" => {
            if parts.is_empty() {
                return None;
            }
            parts.remove(0).to_owned()
        }
        name => name.to_owned(),
    };
    let journal = journal.to_lowercase().replace('_', "-");
    let base = format!("https://{journal}.{site}/");
    let id = parts.first().map(|p| p.trim_end_matches(".html")).filter(|p| is_number(p));
    let authority = if *site == HOSTS[0] { journal.clone() } else { format!("{journal}.dw") };
    match (id, parts.len()) {
        (Some(id), 1) => Some(Target::new(
            TargetKind::Post,
            PostKey::new(Platform::LiveJournal, authority, id),
            format!("{base}{id}.html"),
        )),
        (None, 0) | (None, 2) if parts.first().is_none_or(|p| *p == "data") => {
            Some(Target::new(TargetKind::Account, PostKey::new(Platform::LiveJournal, authority, ""), base))
        }
        _ => None,
    }
}

/// The requests, best first.
pub(super) fn routes(target: &Target) -> Vec<Route> {
    match target.kind {
        TargetKind::Account => vec![
            Route::get("feed", format!("{}data/rss", target.url), PACE_MS),
            Route::get("page", target.url.clone(), PACE_MS).witness(),
        ],
        _ => vec![
            Route::get("light", format!("{}?format=light&nojs=1&view=flat", target.url), PACE_MS),
            Route::get("page", target.url.clone(), PACE_MS).witness(),
        ],
    }
}

/// What an answer means.
pub(super) fn classify(answer: &Answer<'_>, _: &Target) -> Verdict {
    let verdict = walls::by_status(answer);
    if answer.status == 403 {
        return Verdict::perhaps(Finding::Private, "for friends, suspended or locked (403)");
    }
    if verdict.finding != Finding::Ok || !answer.is_html() {
        return verdict;
    }
    answer.page(|page| {
        let words = page.words(1_500).to_lowercase();
        let has = |w: &[&str]| w.iter().any(|w| words.contains(w));
        if has(&[
            "this journal has been suspended",
            "журнал заблокирован",
            "journal has been deleted",
            "журнал удал",
            "purged",
        ]) && page.first(0, "b-singlepost-body").is_none()
        {
            return Verdict::of(Finding::GoneAccount, "the journal was suspended, deleted or purged");
        }
        if has(&["adult content", "содержит материалы", "18+"])
            && words.len() < 1_200
            && page.first(0, "b-singlepost-body").is_none()
            && query(answer.url, "ret").is_some()
        {
            return Verdict::of(Finding::AgeOrGeoWall, "a question for age stands in its place");
        }
        if has(&["protected by friends-only", "запись доступна только", "you don't have permission to view"])
        {
            return Verdict::of(Finding::Private, "for friends only");
        }
        Verdict::ok()
    })
}

/// What an answer says.
pub(super) fn read(answer: &Answer<'_>, target: &Target) -> Reading {
    if answer.is_xml() {
        return feeds::read(answer, target);
    }
    let mut reading = general::read(answer, target);
    if target.kind != TargetKind::Post {
        return reading;
    }
    let journal = target.key.authority.clone();
    if let Some(main) = reading.posts.first_mut() {
        let old = std::mem::replace(&mut main.key, target.key.clone());
        main.kind = PostKind::Article;
        let name = main.author.take().and_then(|a| a.name);
        main.author = Some(build::actor(
            PostKey::new(Platform::LiveJournal, journal.clone(), ""),
            Some(&journal),
            name.as_deref(),
            None,
        ));
        for post in &mut reading.posts {
            let rename = |key: &mut PostKey| {
                if *key == old {
                    *key = target.key.clone();
                } else if let Some((_, own)) = key.id.rsplit_once('#') {
                    *key = PostKey::new(Platform::LiveJournal, journal.clone(), format!("{}#{own}", target.key.id));
                }
            };
            rename(&mut post.key);
            post.relations.iter_mut().filter_map(|r| r.key.as_mut()).for_each(rename);
        }
    }
    // Further pages of comments are linked with their numbers.
    let here: u32 = query(answer.url, "page").and_then(|p| p.parse().ok()).unwrap_or(1);
    let next = answer.page(|page| {
        page.tags(0, "a")
            .filter_map(|a| Url::parse(&page.address(a, "href")?).ok())
            .filter_map(|u| query(&u, "page")?.parse().ok())
            .any(|n: u32| n == here + 1)
    });
    if next {
        reading.ask(
            Why::Replies,
            Route::get("light", format!("{}?format=light&nojs=1&view=flat&page={}", target.url, here + 1), PACE_MS),
        );
    }
    reading
}
