//! Which services a page embeds, and where their public answers for this page are.

use url::Url;

use super::super::address;
use super::super::dom::Dom;
use super::super::names::Name;
use super::super::page::Context;
use super::script::{bare, string};
use super::{page, with};
use crate::model::MorePage;

/// A page embeds one, sometimes two.
const MAX_SERVICES: usize = 3;
/// So many scripts are looked through.
const MAX_SCRIPTS: usize = 60;

/// What in a page tells of services.
#[derive(Default)]
struct Signs {
    /// Where Disqus is to be shown, or the script that shows it.
    disqus: Vec<usize>,
    /// Where Isso is to be shown.
    isso: Option<usize>,
    /// The script of Isso: its node, and the address that it asks.
    isso_script: Option<String>,
    /// Where Remark42 is to be shown.
    remark: bool,
    /// Scripts in the page.
    scripts: Vec<usize>,
}

/// The first answer of each service that the page embeds, as further pages of the thread.
pub(in super::super) fn named(dom: &Dom<'_>, context: &Context<'_>) -> Vec<MorePage> {
    let signs = signs(dom, context);
    if signs.disqus.is_empty() && signs.isso_script.is_none() && !signs.remark {
        return Vec::new();
    }
    let scripts: Vec<String> = signs.scripts.iter().map(|at| script(dom, *at)).collect();
    let found = [disqus(dom, &signs, &scripts, context), isso(dom, &signs, context), remark(&signs, &scripts, context)];
    found.into_iter().flatten().take(MAX_SERVICES).map(page).collect()
}

fn signs(dom: &Dom<'_>, context: &Context<'_>) -> Signs {
    let mut signs = Signs::default();
    let mut by_name = None;
    for (at, node) in dom.nodes.iter().enumerate() {
        if node.name == Name::Script {
            if let Some(endpoint) = dom.attr(at, "data-isso") {
                signs.isso_script = address::absolute(endpoint, context.base);
            }
            match dom.attr(at, "src") {
                Some(src) if src.contains(".disqus.com/embed.js") => signs.disqus.push(at),
                Some(src) if signs.isso_script.is_none() => {
                    let file = src.split(['?', '#']).next().unwrap_or("");
                    let place = ["/js/embed.min.js", "/js/embed.dev.js"].iter().find_map(|end| file.strip_suffix(end));
                    by_name = by_name.or(place);
                }
                Some(_) => {}
                None if signs.scripts.len() < MAX_SCRIPTS => signs.scripts.push(at),
                None => {}
            }
        } else if node.hints.service() {
            match dom.attr(at, "id") {
                Some("disqus_thread") => signs.disqus.push(at),
                Some("isso-thread") => signs.isso = Some(at),
                Some("remark42") => signs.remark = true,
                _ => {}
            }
        }
    }
    // The name alone says little; only beside the place for Isso it is its script.
    if let Some(place) = by_name.filter(|_| signs.isso.is_some() && signs.isso_script.is_none()) {
        signs.isso_script = address::absolute(place, context.base);
    }
    signs
}

fn script(dom: &Dom<'_>, at: usize) -> String {
    let text: String = dom.nodes[at + 1..dom.nodes[at].end].iter().map(|n| n.text).collect();
    let says = ["disqus", "remark_config"].iter().any(|word| text.contains(word));
    if says { bare(&text) } else { String::new() }
}

fn first(scripts: &[String], names: &[&str]) -> Option<String> {
    names.iter().find_map(|name| scripts.iter().find_map(|script| string(script, name)))
}

fn disqus(dom: &Dom<'_>, signs: &Signs, scripts: &[String], context: &Context<'_>) -> Option<Url> {
    if signs.disqus.is_empty() {
        return None;
    }
    let stated = |names: &[&str]| signs.disqus.iter().find_map(|at| names.iter().find_map(|n| dom.attr(*at, n)));
    let of_address = |text: &str| -> Option<String> {
        let before = &text[..text.find(".disqus.com/embed.js")?];
        let name = &before[before.rfind(|c: char| !is_short(c)).map_or(0, |at| at + 1)..];
        before.strip_suffix(name)?.ends_with("//").then(|| name.to_owned())
    };
    let forum = signs.disqus.iter().find_map(|at| of_address(dom.attr(*at, "src")?));
    let forum = forum.or_else(|| scripts.iter().find_map(|script| of_address(script)));
    let forum = forum.or_else(|| first(scripts, &["disqus_shortname", "disqusShortname"]));
    let forum = forum.or_else(|| stated(&["data-disqus-shortname", "data-shortname"]).map(str::to_owned));
    let forum = forum.filter(|f| !f.is_empty() && f.len() <= 100 && f.chars().all(is_short))?;
    let identifier = first(scripts, &["page.identifier", "disqus_identifier", "disqusIdentifier"]);
    let identifier = identifier.or_else(|| stated(&["data-disqus-identifier", "data-identifier"]).map(str::to_owned));
    let url = first(scripts, &["page.url", "disqus_url", "disqusUrl", "disqus_blogger_current_url"]);
    let url = url.or_else(|| stated(&["data-disqus-url"]).map(str::to_owned));
    let url = url.and_then(|url| address::absolute(&url, context.base)).unwrap_or_else(|| here(context.url).into());
    let mut out = Url::parse("https://disqus.com/embed/comments/").ok()?;
    {
        let mut pairs = out.query_pairs_mut();
        pairs.append_pair("base", "default").append_pair("f", &forum);
        if let Some(identifier) = &identifier {
            pairs.append_pair("t_i", identifier);
        }
        // Titles are left out: they would be told to the service, and change from visit to visit.
        pairs.append_pair("t_u", &url).append_pair("s_o", "default");
    }
    Some(out)
}

fn is_short(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '-' | '_')
}

fn isso(dom: &Dom<'_>, signs: &Signs, context: &Context<'_>) -> Option<Url> {
    let endpoint = signs.isso_script.as_deref()?.trim_end_matches('/');
    let thread = signs.isso.and_then(|at| dom.attr(at, "data-isso-id"));
    let thread = thread.unwrap_or_else(|| context.url.path());
    Some(with(&Url::parse(&format!("{endpoint}/")).ok()?, "uri", Some(thread)))
}

fn remark(signs: &Signs, scripts: &[String], context: &Context<'_>) -> Option<Url> {
    if !signs.remark {
        return None;
    }
    let settings = scripts.iter().find_map(|script| script.find("remark_config").and_then(|at| script.get(at..)))?;
    let host = address::absolute(&string(settings, "host")?, context.base)?;
    let site = string(settings, "site_id")?;
    let url = string(settings, "url").and_then(|url| address::absolute(&url, context.base)).unwrap_or_else(|| {
        let mut here = here(context.url);
        here.set_query(None);
        here.into()
    });
    let mut out = Url::parse(&format!("{}/api/v1/find", host.trim_end_matches('/'))).ok()?;
    let pairs = [("site", site.as_str()), ("url", url.as_str()), ("sort", "+time"), ("format", "tree")];
    out.query_pairs_mut().extend_pairs(pairs);
    Some(out)
}

fn here(url: &Url) -> Url {
    let mut here = url.clone();
    here.set_fragment(None);
    here
}
