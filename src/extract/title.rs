//! The title of the text: what heads, structured data and headings say, weighed against each other.

use url::Url;

use super::content::{self, Shape};
use super::dom::Dom;
use super::head::Head;
use super::jsonld::Facts;
use super::letters::{is_alphanumeric, lower};
use super::names::Name;

/// The title of the text, without the name of the site, and the rule that gave it.
pub(super) fn read(
    dom: &Dom<'_>,
    head: &Head,
    facts: &Facts,
    shape: &Shape,
    url: &Url,
) -> Option<(String, &'static str)> {
    let in_head = head.title.as_deref();
    let declared = head.first(&["og:title", "twitter:title", "dc.title", "citation_title"]);
    let site = head.first(&["og:site_name", "application-name"]).or(facts.site.as_deref());
    let headline = facts.headline.as_deref().filter(|h| in_head.is_none_or(|t| alike(t, h)));
    let best = headline
        .map(|t| (t, "json-ld"))
        .or_else(|| declared.map(|t| (t, "meta")))
        .or_else(|| in_head.map(|t| (t, "title")));
    // What begins with a separator names the site only.
    let named = |t: &String| t.chars().any(is_alphanumeric) && !t.starts_with(['|', '»']);
    let best = best.map(|(title, rule)| (without_site(title, site, url), rule)).filter(|(t, _)| named(t));
    let Some((h1, alone)) = heading(dom, shape).filter(|(h1, _)| !is_site(h1, dom, site, url, in_head, declared))
    else {
        return best;
    };
    let Some((best, rule)) = best else {
        return Some((h1, "heading"));
    };
    let letters = |s: &str| s.chars().filter(|c| is_alphanumeric(*c)).count();
    // A word of the title that is a heading somewhere is not the title.
    let whole = letters(&h1) * 4 >= letters(&best);
    let heads = || in_head.into_iter().chain(declared);
    if heads().any(|t| contains_folded(t, &h1)) && letters(&h1) > 3 && whole {
        return Some((h1, "heading"));
    }
    // A heading around the title holds labels and numbers beside it, or says it at more length in one piece.
    if contains_folded(&h1, &best) {
        return Some(if alone && in_one_piece(dom, shape) { (h1, "heading") } else { (best, rule) });
    }
    let before =
        |t: &str| [" | ", " - ", " – ", " — ", " · "].iter().find_map(|s| Some(t.rsplit_once(s)?.0.to_owned()));
    if let Some(before) = before(&best).filter(|b| letters(b) * 2 >= letters(&best) && contains_folded(&h1, b)) {
        return Some((before, rule));
    }
    let told = heads().any(|t| alike(t, &h1));
    let site_only = site.is_some_and(|s| squeezed(s) == squeezed(&best)) || is_home(&best, url);
    // "Site - its slogan" is told of every page.
    let slogan = declared.is_none()
        && h1.split_whitespace().count() >= 3
        && in_head.and_then(|t| t.split_once(" - ")).is_some_and(|(before, _)| is_home(before, url));
    let fits = alone && h1.split_whitespace().count() >= 2 && (told || site_only || slogan);
    Some(if fits { (h1, "heading") } else { (best, rule) })
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

pub(super) fn squeezed(s: &str) -> String {
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
