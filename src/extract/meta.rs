//! Title, authors, dates and the other facts about a page, each from the best of several sources.

use url::Url;

use super::authors;
use super::byline::{Dated, Lines};
use super::comments::Found;
use super::content::{self, Shape};
use super::dates::{self, Ways};
use super::dom::Dom;
use super::head::Head;
use super::jsonld::Facts;
use super::letters::{is_alphanumeric, lower};
use super::names::Name;
use super::page::Context;
use super::people;
use crate::model::{Document, Precision, When, ZoneSource};

/// The title of the text, without the name of the site.
pub(super) fn title(dom: &Dom<'_>, head: &Head, facts: &Facts, shape: &Shape, url: &Url) -> Option<String> {
    let in_head = head.title.as_deref();
    let declared = head.first(&["og:title", "twitter:title", "dc.title", "citation_title"]);
    let site = head.first(&["og:site_name", "application-name"]).or(facts.site.as_deref());
    let best = facts.headline.as_deref().filter(|h| in_head.is_none_or(|t| alike(t, h))).or(declared).or(in_head);
    // What begins with a separator names the site only.
    let named = |t: &String| t.chars().any(is_alphanumeric) && !t.starts_with(['|', '»']);
    let best = best.map(|title| without_site(title, site, url)).filter(named);
    let Some((h1, alone)) = heading(dom, shape).filter(|(h1, _)| !is_site(h1, dom, site, url, in_head, declared))
    else {
        return best;
    };
    let Some(best) = best else {
        return Some(h1);
    };
    let letters = |s: &str| s.chars().filter(|c| is_alphanumeric(*c)).count();
    // A word of the title that is a heading somewhere is not the title.
    let whole = letters(&h1) * 4 >= letters(&best);
    let heads = || in_head.into_iter().chain(declared);
    if heads().any(|t| contains_folded(t, &h1)) && letters(&h1) > 3 && whole {
        return Some(h1);
    }
    // A heading around the title holds labels and numbers beside it, or says it at more length in one piece.
    if contains_folded(&h1, &best) {
        return Some(if alone && in_one_piece(dom, shape) { h1 } else { best });
    }
    let before =
        |t: &str| [" | ", " - ", " – ", " — ", " · "].iter().find_map(|s| Some(t.rsplit_once(s)?.0.to_owned()));
    if let Some(before) = before(&best).filter(|b| letters(b) * 2 >= letters(&best) && contains_folded(&h1, b)) {
        return Some(before);
    }
    let told = heads().any(|t| alike(t, &h1));
    let site_only = site.is_some_and(|s| squeezed(s) == squeezed(&best)) || is_home(&best, url);
    // "Site - its slogan" is told of every page.
    let slogan = declared.is_none()
        && h1.split_whitespace().count() >= 3
        && in_head.and_then(|t| t.split_once(" - ")).is_some_and(|(before, _)| is_home(before, url));
    let fits = alone && h1.split_whitespace().count() >= 2 && (told || site_only || slogan);
    Some(if fits { h1 } else { best })
}

/// The name of the host.
fn is_home(title: &str, url: &Url) -> bool {
    let host = url.host_str().unwrap_or("").trim_start_matches("www.");
    let label = host.split('.').rev().nth(1).unwrap_or("");
    squeezed(title) == squeezed(host) || (label.len() > 2 && squeezed(title) == squeezed(label))
}

/// A heading that is the name of the site: on each of its pages the same, often a link home.
fn is_site(
    h1: &str,
    dom: &Dom<'_>,
    site: Option<&str>,
    url: &Url,
    in_head: Option<&str>,
    declared: Option<&str>,
) -> bool {
    let name = squeezed(h1);
    let host = url.host_str().unwrap_or("").trim_start_matches("www.").to_lowercase();
    let label = host.split('.').next().unwrap_or("");
    if name.is_empty()
        || site.is_some_and(|s| squeezed(s) == name)
        || name == squeezed(&host)
        || name == squeezed(label)
    {
        return url.path().len() > 1 || name.is_empty();
    }
    // The tail of the title, where what stands before it is told as the title elsewhere.
    let tail = in_head.and_then(|t| {
        [" | ", " - ", " – ", " — ", " :: ", " » ", " « ", " • ", " · "]
            .iter()
            .find_map(|s| t.rsplit_once(s).filter(|(_, tail)| squeezed(tail) == name))
    });
    tail.is_some_and(|(before, _)| {
        let before = squeezed(before);
        let repeated = || {
            (dom.body..dom.nodes.len())
                .filter(|i| matches!(dom.nodes[*i].name, Name::H2 | Name::H3))
                .take(40)
                .any(|i| squeezed(&dom.text(i, 400)) == before)
        };
        declared.is_some_and(|d| squeezed(d) == before) || repeated()
    })
}

fn squeezed(s: &str) -> String {
    lower(&s.chars().filter(|c| is_alphanumeric(*c)).collect::<String>())
}

fn contains_folded(long: &str, short: &str) -> bool {
    let short = squeezed(short);
    !short.is_empty() && squeezed(long).contains(&short)
}

fn alike(a: &str, b: &str) -> bool {
    let words = |s: &str| {
        lower(s).split(|c: char| !is_alphanumeric(c)).filter(|w| !w.is_empty()).map(str::to_owned).collect::<Vec<_>>()
    };
    let (a, b) = (words(a), words(b));
    let shared = b.iter().filter(|w| a.contains(w)).count();
    shared * 2 >= b.len().min(a.len())
}

/// The heading over the main text, and whether it is the only one of the first rank.
fn heading(dom: &Dom<'_>, shape: &Shape) -> Option<(String, bool)> {
    let at = content::title_at(dom, shape)?;
    let first = |i: &usize| dom.nodes[*i].name == Name::H1 && dom.ink(*i) > 0;
    let alone = dom.nodes[at].name == Name::H1 && (dom.body..dom.nodes.len()).filter(first).take(2).count() == 1;
    Some((dom.text(at, 1_000), alone)).filter(|(text, _)| !text.is_empty())
}

/// The heading is one text, without parts that are marked.
fn in_one_piece(dom: &Dom<'_>, shape: &Shape) -> bool {
    content::title_at(dom, shape)
        .is_some_and(|at| dom.range(at).filter(|i| dom.ink(*i) > 0).skip(1).take(2).count() == 1)
}

/// Cuts ` | Site name` and `Site name: ` off.
fn without_site(title: &str, site: Option<&str>, url: &Url) -> String {
    let title = title.trim();
    let host = url.host_str().unwrap_or("").trim_start_matches("www.").to_lowercase();
    let label = host.split('.').next().unwrap_or("").to_owned();
    let squeeze = squeezed;
    let names_site = |part: &str| {
        let part = squeeze(part);
        !part.is_empty()
            && (site.is_some_and(|s| squeeze(s) == part)
                || part == squeeze(&host)
                || (label.len() > 3 && part == squeeze(&label)))
    };
    for separator in [" | ", " - ", " – ", " — ", " :: ", " » ", " « ", " • ", " · ", ": "] {
        if let Some((before, after)) = title.rsplit_once(separator)
            && names_site(after)
        {
            return before.trim().to_owned();
        }
        if let Some((before, after)) = title.split_once(separator)
            && names_site(before)
        {
            return after.trim().to_owned();
        }
    }
    // Without a known name: a short tail behind a strong separator.
    for separator in [" | ", " :: ", " » ", " « "] {
        if let Some((before, after)) = title.rsplit_once(separator)
            && before.split_whitespace().count() > after.split_whitespace().count()
            && after.split_whitespace().count() <= 5
        {
            return before.trim().to_owned();
        }
    }
    title.to_owned()
}

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
    let site =
        head.first(&["og:site_name", "application-name", "apple-mobile-web-app-title"]).or(facts.site.as_deref());
    document.site =
        site.map(str::to_owned).or_else(|| behind_title(head.title.as_deref()?, document.title.as_deref()?));
    document.description = head
        .first(&["og:description", "description", "twitter:description", "dc.description"])
        .or(facts.description.as_deref())
        .map(str::to_owned);
    document.authors = authors::read(dom, head, facts, lines, comments, document.site.as_deref());
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
    let fits = squeezed(before) == squeezed(title)
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
