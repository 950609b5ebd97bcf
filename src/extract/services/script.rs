//! What scripts say in so many words: strings that are assigned to names. Nothing is run and nothing is put together.

/// So much of one script is looked at.
const MAX_SCRIPT: usize = 256 << 10;
/// A longer string is none of those that are looked for.
const MAX_VALUE: usize = 2_000;

/// A script without its comments.
pub(super) fn bare(script: &str) -> String {
    let script = script.get(..script.floor_char_boundary(MAX_SCRIPT)).unwrap_or("");
    let mut out = String::with_capacity(script.len());
    let mut rest = script;
    let mut quoted: Option<char> = None;
    while let Some(c) = rest.chars().next() {
        if let Some(quote) = quoted {
            let len = if c == '\\' { rest.chars().take(2).map(char::len_utf8).sum() } else { c.len_utf8() };
            // A string does not go over the end of its line, but for templates.
            if c == quote || (c == '\n' && quote != '`') {
                quoted = None;
            }
            out.push_str(&rest[..len]);
            rest = &rest[len..];
        } else if rest.starts_with("//") {
            rest = rest.find('\n').map_or("", |end| &rest[end..]);
        } else if rest.starts_with("/*") {
            rest = rest.get(2..).and_then(|inner| inner.find("*/").map(|end| &inner[end + 2..])).unwrap_or("");
            out.push(' ');
        } else {
            quoted = matches!(c, '"' | '\'' | '`').then_some(c);
            out.push(c);
            rest = &rest[c.len_utf8()..];
        }
    }
    out
}

/// The string that a script without comments gives to a name: `name = "…"`, `name: '…'`, `"name": "…"`.
pub(super) fn string(script: &str, name: &str) -> Option<String> {
    let mut from = 0;
    for _ in 0..64 {
        let at = from + script.get(from..)?.find(name)?;
        from = at + name.len();
        let is_word = |c: char| c.is_alphanumeric() || c == '_' || c == '$';
        if script[..at].ends_with(is_word) || script[from..].starts_with(is_word) {
            continue;
        }
        let rest = script[from..].trim_start_matches(['"', '\'', ']']).trim_start();
        let Some(rest) = rest.strip_prefix([':', '=']).map(str::trim_start) else { continue };
        if let Some(value) = literal(rest) {
            return Some(value);
        }
    }
    None
}

/// A string in quotes that nothing is put together with.
fn literal(text: &str) -> Option<String> {
    let quote = text.chars().next().filter(|c| matches!(c, '"' | '\'' | '`'))?;
    let mut out = String::new();
    let mut chars = text.char_indices().skip(1);
    while let Some((at, c)) = chars.next() {
        if out.len() > MAX_VALUE || c == '\n' {
            return None;
        }
        if c == quote {
            let after = text[at + 1..].trim_start();
            let joined = after.starts_with(['+', '.', '[']) || (quote == '`' && out.contains("${"));
            let value = out.trim();
            return (!joined && !value.is_empty()).then(|| value.to_owned());
        }
        if c != '\\' {
            out.push(c);
            continue;
        }
        match chars.next()?.1 {
            'n' | 'r' | 't' => out.push(' '),
            'u' => {
                let hex: String = chars.by_ref().take(4).map(|(_, c)| c).collect();
                out.push(u32::from_str_radix(&hex, 16).ok().and_then(char::from_u32)?);
            }
            'x' => {
                let hex: String = chars.by_ref().take(2).map(|(_, c)| c).collect();
                out.push(u32::from_str_radix(&hex, 16).ok().and_then(char::from_u32)?);
            }
            other => out.push(other),
        }
    }
    None
}
