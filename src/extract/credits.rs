//! Roles and names other than the author's, in short lines.

use super::words::{Words, after_word, words};
use crate::model::Credit;

/// Roles of credits.
const ROLES: Words = words!(
    "video|videos|script|photo|photos|photograph|photographs|photography|image|images|illustration|illustrations|\
    camera|music|sound|editing|edited|translation|translated|produced|directed|narrated|narration|reporting|\
    research|graphics|design|foto|fotos|fotografie|übersetzung|фото|видео|перевод"
);

/// `Video by Anna / Script by Bert`, `Photo: Clara`.
pub(super) fn read(line: &str, credits: &mut Vec<Credit>) {
    if line.len() > 160 || credits.len() >= 50 {
        return;
    }
    for part in line.split(['/', '|', ';', '•', '·']) {
        let part = part.trim().trim_matches(['(', ')', '[', ']']).trim();
        let Some((role, rest)) = ROLES.after(part).and_then(|(role, rest)| Some((part.get(..role.len())?, rest)))
        else {
            continue;
        };
        let rest = rest.trim_start();
        let name = ["by", "von", "par", "courtesy of"]
            .iter()
            .find_map(|w| after_word(rest, w))
            .or_else(|| rest.strip_prefix([':', '՝']));
        let Some(name) = name.map(|n| n.trim().trim_matches(['.', ',', ')', ':']).trim()) else {
            continue;
        };
        let capital = name.chars().next().is_some_and(|c| !c.is_lowercase());
        if capital && is_name(name) && !credits.iter().any(|c| c.name == name && c.role == role) {
            credits.push(Credit { role: role.to_owned(), name: name.to_owned() });
        }
    }
}

/// Could be a person's name: few words, letters, no label.
fn is_name(name: &str) -> bool {
    let words = name.split_whitespace().count();
    let lower = name.to_lowercase();
    (2..=80).contains(&name.len())
        && (1..=6).contains(&words)
        && name.chars().any(char::is_alphabetic)
        && name.chars().filter(|c| c.is_numeric()).count() <= 2
        && !name.contains(['@', '{', '<', '=', '?', '!', '#'])
        && !lower.starts_with("http")
        && !lower.starts_with("www.")
        && !matches!(
            lower.as_str(),
            "admin"
                | "administrator"
                | "editor"
                | "editorial"
                | "staff"
                | "author"
                | "by"
                | "comments"
                | "share"
                | "follow"
                | "posted"
                | "in"
                | "on"
                | "guest"
                | "redaktion"
                | "unknown"
                | "anonymous"
                | "user"
                | "webmaster"
                | "published"
                | "updated"
                | "about the author"
                | "read more"
                | "subscribe"
        )
}
