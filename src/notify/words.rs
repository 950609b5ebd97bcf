//! Events in words, for mails and feeds.

use std::fmt::Write as _;

use serde_json::Value;

use crate::model::Event;

/// Text from the web in one line, without what steers terminals and programs.
pub(super) fn line(text: &str, longest: usize) -> String {
    let plain = text.chars().map(|c| if c.is_control() || is_steering(c) { ' ' } else { c });
    let mut out: String = plain.take(longest + 1).collect();
    if out.chars().count() > longest {
        out = out.chars().take(longest - 1).collect();
        out.push('…');
    }
    out.trim().to_owned()
}

/// Marks that turn the direction of text around.
fn is_steering(c: char) -> bool {
    matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// What is to be known of an event, a line each.
pub(super) fn about(event: &Event) -> String {
    let facts: Value = serde_json::from_str(&event.json).unwrap_or_default();
    let text = |value: Option<&Value>| value.and_then(Value::as_str).map(|text| line(text, 500)).unwrap_or_default();
    let mut out = format!("{}  {}\n", event.kind, text(facts.get("watch").and_then(|watch| watch.get("url"))));
    let mut tell = |name: &str, text: String| {
        if !text.is_empty() {
            let _ = writeln!(out, "  {name:<9} {text}");
        }
    };
    tell("what", text(facts.get("what")));
    tell("about", text(facts.get("title").filter(|title| !title.is_null()).or(facts.get("label"))));
    tell("note", text(facts.get("watch").and_then(|watch| watch.get("note"))));
    tell("reason", text(facts.get("reason")));
    tell("when", event.at.to_string());
    tell("before", text(facts.get("seen_before_at")));
    tell("snapshot", event.snapshot.map(|id| id.to_string()).unwrap_or_default());
    out
}
