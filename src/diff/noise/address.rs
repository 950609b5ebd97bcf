//! Addresses without what changes from visit to visit.

use url::Url;

/// Names of query values that are signatures, times, tokens, sessions or cache breakers.
const TOKENS: &str = " token sig signature expires expire exp nonce ts t time timestamp _ cb cachebuster cache cachebust nocache rand random rnd \
    hash hmac policy key-pair-id oe oh ccb v ver version rev build session sessionid session_id sid phpsessid jsessionid aspsessionid cfid cftoken \
    csrf csrf_token _csrf _token _wpnonce __cft__ __tn__ _nc_ohc _nc_gid _nc_sid _nc_cat _nc_ht _nc_oc _nc_zt edm stp efg fbclid gclid yclid \
    dclid msclkid igshid si mc_cid mc_eid ref_src ref_url s_cid spm _openstat ";
/// Names of query values that choose a rendition of a picture.
const RENDITION: &str = " w h width height size resize fit crop quality q dpr auto format fm strip zoom ssl webp ";

/// Where a link leads.
pub(in crate::diff) fn address(text: &str) -> String {
    let Ok(mut url) = Url::parse(text) else {
        return text.to_owned();
    };
    // What hides an address from harvesters is another text each time.
    if url.path().starts_with("/cdn-cgi/") {
        url.set_path("/cdn-cgi/");
        url.set_query(None);
    }
    url.set_fragment(None);
    let path: Vec<&str> = url.path().split('/').map(without_session).collect();
    let path = path.join("/");
    if path != url.path() {
        url.set_path(&path);
    }
    keep(&mut url, |name, value| !is_token(name, value));
    url.into()
}

/// What a medium is known by: neither its rendition nor the host of a network of the same name tells it from another.
pub(in crate::diff) fn medium(text: &str) -> String {
    let Ok(mut url) = Url::parse(&address(text)) else {
        return text.to_owned();
    };
    keep(&mut url, |name, _| !RENDITION.contains(&format!(" {name} ")));
    let path = url.path().to_owned();
    let host = url.host_str().map(site).unwrap_or_default();
    let query = url.query().map(|query| format!("?{query}")).unwrap_or_default();
    let port = url.port().map(|port| format!(":{port}")).unwrap_or_default();
    format!("{host}{port}{}{query}", without_rendition(&path))
}

/// The address that a page gives for itself: scheme, `www.` and a last slash do not tell pages apart.
pub(in crate::diff) fn page(text: &str) -> String {
    let text = address(text);
    let rest = text.split_once("://").map_or(text.as_str(), |(_, rest)| rest);
    let rest = rest.strip_prefix("www.").unwrap_or(rest);
    rest.trim_end_matches('/').to_owned()
}

fn keep(url: &mut Url, wanted: impl Fn(&str, &str) -> bool) {
    if url.query().is_none() {
        return;
    }
    let pairs: Vec<(String, String)> = url.query_pairs().map(|(n, v)| (n.into_owned(), v.into_owned())).collect();
    let kept: Vec<_> = pairs.iter().filter(|(name, value)| wanted(&name.to_lowercase(), value)).collect();
    if kept.is_empty() {
        url.set_query(None);
    } else if kept.len() < pairs.len() {
        url.query_pairs_mut().clear().extend_pairs(kept);
    }
}

fn is_token(name: &str, value: &str) -> bool {
    let named = TOKENS.contains(&format!(" {name} "))
        || ["utm_", "x-amz-", "x-goog-", "x-expires", "x-signature"].iter().any(|begin| name.starts_with(begin));
    // "v" names the video on the platform that most people know.
    let video = name == "v" && value.len() == 11;
    // Short values of these may be what the page is about: `t=12`, `version=2`.
    let topic = matches!(name, "t" | "version" | "policy" | "hash" | "time") && value.len() < 6;
    named && !video && !topic || (value.len() >= 32 && value.bytes().all(|b| b.is_ascii_hexdigit()))
}

/// `page;jsessionid=…`, `(S(…))`.
fn without_session(segment: &str) -> &str {
    if segment.starts_with("(S(") && segment.ends_with("))") {
        return "";
    }
    let lowered = segment.to_ascii_lowercase();
    let at = [";jsessionid=", ";phpsessid=", ";sid="].iter().find_map(|mark| lowered.find(mark));
    at.map_or(segment, |at| &segment[..at])
}

/// The last labels of a host, in which the servers of one network agree.
fn site(host: &str) -> String {
    if host.parse::<std::net::IpAddr>().is_ok() {
        return host.to_owned();
    }
    // `cdn3` and `cdn4` are servers of one network.
    let host: String =
        host.split('.').map(|label| label.trim_end_matches(|c: char| c.is_ascii_digit())).collect::<Vec<_>>().join(".");
    let labels: Vec<&str> = host.rsplit('.').collect();
    let of_country = labels.first().is_some_and(|last| last.len() == 2);
    let general = ["co", "com", "org", "net", "ac", "gov", "edu", "or", "ne", "go"];
    let short = of_country && labels.get(1).is_some_and(|second| general.contains(second));
    let kept: Vec<&str> = labels.iter().take(if short { 3 } else { 2 }).rev().copied().collect();
    kept.join(".")
}

/// `photo-300x200.jpg` is a rendition of `photo.jpg`.
fn without_rendition(path: &str) -> String {
    let Some((stem, end)) = path.rsplit_once('.') else { return path.to_owned() };
    let Some((name, size)) = stem.rsplit_once('-') else { return path.to_owned() };
    let is_size = size.split_once('x').is_some_and(|(w, h)| {
        [w, h].iter().all(|n| (2..=4).contains(&n.len()) && n.bytes().all(|b| b.is_ascii_digit()))
    });
    if is_size { format!("{name}.{end}") } else { path.to_owned() }
}
