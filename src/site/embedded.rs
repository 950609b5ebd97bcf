//! State that pages of applications carry in scripts as JSON.

use serde_json::Value;

use super::json;
use crate::extract::markup::Page;

/// So many scripts are looked through.
const MAX_SCRIPTS: usize = 400;

/// The JSON in the script with an `id`.
pub(super) fn by_id(page: &Page<'_, '_>, id: &str) -> Option<Value> {
    page.scripts()
        .take(MAX_SCRIPTS)
        .find(|(at, _)| page.attr(*at, "id") == Some(id))
        .and_then(|(_, text)| json::first(text.trim()))
}

/// The JSON that a script assigns to a name: `var NAME = {…}`, `window["NAME"] = {…}`.
pub(super) fn assigned(page: &Page<'_, '_>, name: &str) -> Option<Value> {
    page.scripts().take(MAX_SCRIPTS).find_map(|(_, text)| in_script(&text, name))
}

fn in_script(text: &str, name: &str) -> Option<Value> {
    let mut from = 0;
    for _ in 0..16 {
        let at = from + text.get(from..)?.find(name)?;
        from = at + name.len();
        let rest = text[from..].trim_start_matches(['"', '\'', ']']).trim_start();
        if let Some(rest) = rest.strip_prefix('=').map(str::trim_start)
            && rest.starts_with(['{', '['])
            && let Some(value) = json::first(rest)
        {
            return Some(value);
        }
    }
    None
}

/// All JSON of scripts that have an attribute (`data-sjs`), or say that they are JSON.
pub(super) fn marked(page: &Page<'_, '_>, attribute: &str) -> Vec<Value> {
    let scripts = page.scripts().take(MAX_SCRIPTS);
    let marked = scripts.filter(|(at, _)| page.has_attr(*at, attribute));
    marked.filter_map(|(_, text)| json::first(text.trim())).take(200).collect()
}
