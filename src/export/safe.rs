//! Foreign text made harmless for each format.

use std::fmt::Write as _;

/// A spreadsheet cell: no NUL, and nothing that a spreadsheet would take for a formula.
pub(super) fn cell(text: &str) -> String {
    let text: String = text.chars().filter(|c| *c != '\0').collect();
    if text.starts_with(['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠']) {
        format!("'{text}")
    } else {
        text
    }
}

/// Text or a quoted attribute of HTML; control characters become visible.
pub(super) fn html(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + text.len() / 16);
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            '\n' | '\t' => out.push(c),
            _ if c.is_control() => out.push('\u{fffd}'),
            _ => out.push(c),
        }
    }
    out
}

/// An address that may be linked to: http or https, and nothing else.
pub(super) fn linkable(url: &str) -> bool {
    ["http://", "https://"]
        .iter()
        .any(|scheme| url.get(..scheme.len()).is_some_and(|head| head.eq_ignore_ascii_case(scheme)))
}

/// One line of Markdown text: every character that could be markup is escaped.
pub(super) fn markdown(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + text.len() / 8);
    let folded = text.split(|c: char| c.is_whitespace()).filter(|word| !word.is_empty());
    for (n, word) in folded.enumerate() {
        if n > 0 {
            out.push(' ');
        }
        for (i, c) in word.chars().enumerate() {
            match c {
                '\\' | '`' | '*' | '_' | '[' | ']' | '<' | '>' | '&' | '#' | '|' | '~' | '$' | '!' | '{' | '}' => {
                    out.push('\\');
                    out.push(c);
                }
                // These are markup only at the beginning of a line.
                '+' | '-' | '=' if n == 0 && i == 0 => {
                    out.push('\\');
                    out.push(c);
                }
                '.' | ')' if n == 0 && word[..].chars().take(i).all(|c| c.is_ascii_digit()) && i > 0 => {
                    out.push('\\');
                    out.push(c);
                }
                _ if c.is_control() => out.push('\u{fffd}'),
                _ => out.push(c),
            }
        }
    }
    // A bare address would be linked by many readers; a backslash keeps other schemes from it.
    out
}

/// An address in Markdown: a link if it may be one, else code.
pub(super) fn markdown_url(url: &str) -> String {
    if !linkable(url) {
        return markdown(url);
    }
    let mut out = String::from("<");
    for c in url.chars() {
        match c {
            '<' | '>' | '\\' | '`' | '"' => {
                let _ = write!(out, "%{:02X}", u32::from(c));
            }
            _ if c.is_control() || c.is_whitespace() => out.push_str("%20"),
            _ => out.push(c),
        }
    }
    out.push('>');
    out
}

/// Preformatted text of Markdown: a fence that is longer than any in the text.
pub(super) fn fenced(text: &str) -> String {
    let mut longest = 0;
    let mut run = 0;
    for c in text.chars() {
        run = if c == '`' { run + 1 } else { 0 };
        longest = longest.max(run);
    }
    let fence = "`".repeat(longest.max(2) + 1);
    let text: String =
        text.chars().map(|c| if c.is_control() && c != '\n' && c != '\t' { '\u{fffd}' } else { c }).collect();
    format!("{fence}\n{text}\n{fence}\n")
}
