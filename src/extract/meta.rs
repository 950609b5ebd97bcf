//! Authors, dates and the other facts about a page but its title, each from the best of several sources.

use super::authors;
use super::byline::{Dated, Lines};
use super::comments::Found;
use super::dates::{self, Ways};
use super::dom::Dom;
use super::head::Head;
use super::jsonld::Facts;
use super::page::Context;
use super::{people, title};
use crate::model::{Document, Precision, When, ZoneSource};

/// A date that is shown with this score stands by the title and is marked or worded as that of publication.
const SURE: i32 = 66;

/// Names in meta of the first publication.
const PUBLISHED: [&str; 21] = [
    "article:published_time",
    "article:published",
    "og:article:published_time",
    "og:published_time",
    "datepublished",
    "date",
    "dc.date",
    "dc.date.issued",
    "dcterms.created",
    "dcterms.date",
    "citation_date",
    "citation_publication_date",
    "citation_online_date",
    "parsely-pub-date",
    "sailthru.date",
    "pubdate",
    "publish_date",
    "publication_date",
    "published_date",
    "article.published",
    "cxenseparse:recs:publishtime",
];

/// Fills in everything but title, text, comments, links and media.
pub(super) fn fill(
    document: &mut Document,
    dom: &Dom<'_>,
    head: &Head,
    facts: &Facts,
    lines: &Lines,
    comments: &Found,
    context: &Context<'_>,
) {
    let told = |keys: &[&str], fact: Option<&str>| {
        let meta = head.first(keys).map(|value| (value.to_owned(), "meta"));
        meta.or_else(|| fact.map(|value| (value.to_owned(), "json-ld")))
    };
    let site = told(&["og:site_name", "application-name", "apple-mobile-web-app-title"], facts.site.as_deref());
    let site = site.or_else(|| Some((behind_title(head.title.as_deref()?, document.title.as_deref()?)?, "title")));
    document.site = document.sources.keep("site", site);
    let names = ["og:description", "description", "twitter:description", "dc.description"];
    document.description = document.sources.keep("description", told(&names, facts.description.as_deref()));
    let authors = authors::read(dom, head, facts, lines, comments, document.site.as_deref());
    document.authors = document.sources.keep("authors", authors).unwrap_or_default();
    document.credits = lines.credits.clone();
    // What names a category on the page itself comes before what is meant for machines.
    let sections = head.all("article:section").map(str::to_owned).chain(facts.section.iter().cloned());
    document.categories = distinct(lines.categories.iter().cloned().chain(sections));
    let keywords = head.first(&["news_keywords", "keywords"]).unwrap_or("").split(',').map(|k| k.trim().to_owned());
    let declared = head
        .all("article:tag")
        .map(str::to_owned)
        .chain(lines.tags.iter().cloned())
        .chain(facts.keywords.iter().cloned());
    document.tags = distinct(declared.chain(keywords).take(200));
    let modified = facts
        .modified
        .as_deref()
        .and_then(|t| dates::when(t, "json-ld", context.ways))
        .or_else(|| {
            from_meta(
                head,
                &[
                    "article:modified_time",
                    "article:modified",
                    "og:updated_time",
                    "datemodified",
                    "last-modified",
                    "dcterms.modified",
                ],
                context,
            )
        })
        .or_else(|| lines.modified.clone());
    document.published = published(dom, head, facts, lines, comments, modified.as_ref(), context);
    document.modified = modified;
}

/// What the head names behind the title of the text is the site.
fn behind_title(in_head: &str, title: &str) -> Option<String> {
    let separators = [" | ", " - ", " – ", " — ", " :: ", " » ", " • ", " · "];
    let (before, site) = separators.iter().find_map(|s| in_head.rsplit_once(s))?;
    let site = site.trim();
    let fits = title::squeezed(before) == title::squeezed(title)
        && (2..=60).contains(&site.len())
        && site.split(' ').count() <= 6
        && people::BY.after(site).is_none();
    fits.then(|| site.to_owned())
}

fn distinct(values: impl Iterator<Item = String>) -> Vec<String> {
    let mut out: Vec<String> = Vec::new();
    for value in values {
        if !value.is_empty() && out.len() < 100 && !out.iter().any(|v| v.to_lowercase() == value.to_lowercase()) {
            out.push(value);
        }
    }
    out
}

/// The first publication: as structured data or meta tell it, or the likeliest of the dates that are shown.
fn published(
    dom: &Dom<'_>,
    head: &Head,
    facts: &Facts,
    lines: &Lines,
    comments: &Found,
    modified: Option<&When>,
    context: &Context<'_>,
) -> Option<When> {
    let itemprop = || {
        let own = |i: &usize| dom.attr(*i, "itemprop") == Some("datePublished") && !comments.holds(*i);
        (dom.body..dom.nodes.len()).find(own).and_then(|i| {
            let stated = dom.attr(i, "datetime").or_else(|| dom.attr(i, "content"));
            dates::when(stated.unwrap_or(&dom.text(i, 200)), "microdata", context.ways)
        })
    };
    let fine = |when: &When| matches!(when.precision, Precision::Second | Precision::Minute | Precision::Day);
    let opening = || {
        let first = comments.comments.first();
        let first = first.filter(|_| comments.thread && !comments.later && lines.apart.is_none());
        first.and_then(|c| c.time.clone()).filter(|t| t.at.is_some())
    };
    let stated = facts
        .published
        .as_deref()
        .and_then(|t| dates::when(t, "json-ld", context.ways))
        .or_else(|| from_meta(head, &PUBLISHED, context))
        .or_else(|| {
            // Other names that say the same.
            let says = |key: &str| key.contains("publish") && (key.contains("date") || key.contains("time"));
            let own = head.meta.iter().filter(|(key, _)| says(key)).take(4);
            own.filter_map(|(_, value)| dates::when(value, "meta", context.ways)).next()
        })
        .filter(fine)
        .or_else(opening);
    let in_url = from_url(context);
    let stated = stated.or_else(itemprop).filter(fine);
    let own = |d: &&Dated| lines.apart.is_none_or(|end| d.at < end);
    let best = lines.dates.iter().filter(own).max_by(|a, b| a.score.cmp(&b.score).then(b.at.cmp(&a.at)));
    if let Some(stated) = stated {
        // Some sites tell machines the last change as the first publication, and readers the truth.
        let earlier = |shown: &When| later_by(&stated, shown).is_some_and(|days| days >= 2);
        let doubtful = modified.is_some_and(|m| stated.at >= m.at);
        let shown = best.filter(|d| doubtful && d.score >= SURE && earlier(&d.when)).map(|d| d.when.clone());
        let told = shown.or_else(|| in_url.clone().filter(|url| doubtful && earlier(url)));
        // So does structured data where the head still names the day.
        let in_head = || from_meta(head, &PUBLISHED, context).filter(|w| doubtful && fine(w) && earlier(w));
        let told = told.or_else(in_head);
        return Some(told.unwrap_or_else(|| on_its_own_clock(stated, lines, in_url.as_ref())));
    }
    let shown = best.filter(|d| d.score >= 40).map(|d| d.when.clone());
    let day = match (shown, in_url) {
        // A date in the address is that of publication; the shown one may be finer.
        (Some(shown), Some(url)) => {
            let near = days_apart(&shown, &url).is_some_and(|d| d <= 1);
            if near { shown } else { url }
        }
        (shown, url) => shown.or(url)?,
    };
    // The element that shows the day may tell the second.
    let exact = |d: &&Dated| {
        let fine = matches!(d.when.precision, Precision::Second | Precision::Minute);
        own(d) && d.when.source == "time" && fine && days_apart(&d.when, &day) == Some(0)
    };
    let exact = (day.precision == Precision::Day).then(|| lines.dates.iter().find(exact)).flatten();
    Some(exact.map_or(day, |d| d.when.clone()))
}

/// By how many days one is later than the other.
fn later_by(later: &When, earlier: &When) -> Option<i32> {
    Some((dates::local_day(later)? - dates::local_day(earlier)?).get_days())
}

fn days_apart(a: &When, b: &When) -> Option<i32> {
    later_by(a, b).map(i32::abs)
}

/// Machines are often told the instant in UTC; readers, and the address, the day on the clock of the site.
fn on_its_own_clock(mut stated: When, lines: &Lines, in_url: Option<&When>) -> When {
    // 11/01 may be the first of November: a day that is shown decides.
    if stated.source == "meta" && stated.raw.starts_with(|c: char| c.is_ascii_digit()) {
        let other = dates::when(&stated.raw, "meta", true).into_iter().chain(dates::when(&stated.raw, "meta", false));
        let shown = |w: &When| lines.dates.iter().any(|d| d.score >= 44 && days_apart(&d.when, w) == Some(0));
        if !shown(&stated)
            && let Some(other) = other.into_iter().find(|w| w.at != stated.at && shown(w))
        {
            return other;
        }
    }
    let utc = stated.zone == ZoneSource::Stated && (stated.raw.ends_with('Z') || stated.raw.ends_with("00:00"));
    if !utc || !matches!(stated.precision, Precision::Second | Precision::Minute) {
        return stated;
    }
    let shown = lines.dates.iter().filter(|d| d.score >= 60).map(|d| &d.when);
    // Clocks are no more than so far from UTC: the day before ends early there, the next begins late.
    let hour = stated.at.map_or(12, |at| at.to_zoned(jiff::tz::TimeZone::UTC).hour());
    let one_off = |w: &&When| {
        let off = later_by(w, &stated);
        w.precision != Precision::Month && (off == Some(1) && hour >= 10 || off == Some(-1) && hour < 10)
    };
    let same = shown.clone().any(|w| days_apart(w, &stated) == Some(0));
    let same = same || in_url.is_some_and(|w| days_apart(w, &stated) == Some(0));
    let other = in_url.filter(|w| one_off(w)).or_else(|| shown.clone().find(|w| one_off(w)).filter(|_| !same));
    if let Some(other) = other {
        stated.raw = other.raw.clone();
    }
    stated
}

fn from_meta(head: &Head, keys: &[&str], context: &Context<'_>) -> Option<When> {
    keys.iter().find_map(|key| head.all(key).find_map(|value| dates::when(value, "meta", context.ways)))
}

/// `/2021/05/12/` in the path.
fn from_url(context: &Context<'_>) -> Option<When> {
    let parts: Vec<&str> = context.url.path_segments()?.collect();
    parts.windows(3).find_map(|w| {
        let numeric = w.iter().all(|p| p.bytes().all(|b| b.is_ascii_digit()));
        let shaped = numeric && w[0].len() == 4 && (1..=2).contains(&w[1].len()) && (1..=2).contains(&w[2].len());
        let raw = shaped.then(|| format!("{}-{}-{}", w[0], w[1], w[2]))?;
        dates::when(&raw, "url", Ways { month_first: false, ..context.ways })
    })
}
