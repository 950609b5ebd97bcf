//! Addresses of a page, made absolute.

use url::Url;

/// A longer address is not one.
const MAX_LEN: usize = 16 << 10;

/// `text` against `base`: http or https only, without fragment.
pub(super) fn absolute(text: &str, base: &Url) -> Option<String> {
    let mut url = resolve(text, base)?;
    url.set_fragment(None);
    Some(url.into())
}

/// `text` against `base` with its fragment: http or https only.
pub(super) fn with_fragment(text: &str, base: &Url) -> Option<String> {
    resolve(text, base).map(Into::into)
}

fn resolve(text: &str, base: &Url) -> Option<Url> {
    let text = text.trim();
    if text.is_empty() || text.len() > MAX_LEN {
        return None;
    }
    let url = base.join(text).ok()?;
    let good = matches!(url.scheme(), "http" | "https") && url.host_str().is_some_and(|h| !h.is_empty());
    good.then_some(url)
}

/// A `data:` address, shortened to its media type and size: it is listed, never kept whole.
pub(super) fn data_in_short(text: &str) -> Option<String> {
    let text = text.trim_start();
    let rest = text.get(..5).filter(|s| s.eq_ignore_ascii_case("data:")).map(|_| &text[5..])?;
    let kind: String =
        rest.chars().take_while(|c| *c != ',' && *c != ';').filter(|c| !c.is_control()).take(60).collect();
    Some(format!("data:{kind},…({} octets)", text.len()))
}
