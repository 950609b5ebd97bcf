//! Comments without elements of their own: a line with name and date, then the text, again and again.

use std::ops::Range;

use super::super::dates;
use super::super::dom::{Dom, Line};
use super::super::page::Context;
use super::super::people::BY;
use super::{Found, fields};
use crate::model::{Comment, Precision, When};

/// Reads the sections of comments; without any, looks for at least two headed lines on the page that
/// have a time of day and nothing else.
pub(super) fn read(dom: &Dom<'_>, sections: &[Range<usize>], context: &Context<'_>) -> Found {
    let mut found = Found::default();
    for section in sections {
        let lines = dom.line_list(section.clone(), |n| dom.nodes[n].hints.respond());
        collect(&lines, true, context, &mut found);
    }
    if sections.is_empty() && dom.body < dom.nodes.len() {
        let skip = |n: usize| {
            let hints = dom.nodes[n].hints;
            hints.respond() || (hints.noise() && !hints.comments())
        };
        let lines = dom.line_list(dom.range(dom.body), skip);
        let exact = lines.iter().filter_map(|l| heading(&l.text, false, context)).count();
        if exact >= 2 {
            collect(&lines, false, context, &mut found);
        }
    }
    found
}

fn collect(lines: &[Line], marked: bool, context: &Context<'_>, found: &mut Found) {
    let mut open: Option<(Comment, usize, usize)> = None;
    let mut close = |open: &mut Option<(Comment, usize, usize)>| {
        if let Some((comment, from, to)) = open.take().filter(|(c, ..)| !c.text.is_empty()) {
            found.comments.push(comment);
            found.taken.push(from..to);
        }
    };
    for line in lines {
        if let Some((author, when)) = heading(&line.text, marked, context) {
            close(&mut open);
            let comment = Comment { author: Some(author), time: Some(when), ..Comment::default() };
            open = Some((comment, line.from, line.to));
        } else if let Some((comment, _, to)) = &mut open {
            // The next heading of the page ends the last comment.
            if line.heading {
                close(&mut open);
                continue;
            }
            if !comment.text.is_empty() {
                comment.text.push('\n');
            }
            comment.text.push_str(&line.text);
            *to = line.to;
        }
    }
    close(&mut open);
}

/// `H - 2021-05-12 18:28:42`: a name, a separator, a date, and nothing else.
pub(super) fn heading(line: &str, marked: bool, context: &Context<'_>) -> Option<(String, When)> {
    if line.len() > 160 || !line.chars().any(char::is_numeric) {
        return None;
    }
    let found = dates::find(line, context.ways)?;
    let exact = matches!(found.precision, Precision::Second | Precision::Minute);
    let day = found.precision == Precision::Day;
    if !(exact || (marked && day)) {
        return None;
    }
    let (from, to) = found.span;
    let (before, after) = (line.get(..from)?, line.get(to..)?);
    let after = after.trim().trim_matches([':', ')', '.', '|', '-', '–', '—', '#']).trim();
    let tail = after.is_empty()
        || matches!(
            after.to_lowercase().as_str(),
            "says" | "said" | "wrote" | "reply" | "permalink" | "uhr" | "antworten"
        );
    if !tail {
        return None;
    }
    let before = before.trim_end_matches(|c: char| c.is_whitespace() || "-–—|,:·•(@՝".contains(c));
    // Without a sign between name and date a sentence that ends in a date would do.
    let parted = before.len() < line[..from].trim_end().len();
    let mut name = before;
    for word in [
        "posted on",
        "posted",
        "says on",
        "said on",
        "wrote on",
        "on",
        "at",
        "am",
        "le",
        "el",
        "schrieb am",
        "commented on",
    ] {
        let cut = name.len().checked_sub(word.len() + 1).filter(|n| name.is_char_boundary(*n));
        if let Some(cut) = cut.filter(|n| name[*n..].trim_start().eq_ignore_ascii_case(word)) {
            name = name[..cut].trim_end();
        }
    }
    let worded = name.len() < before.len();
    let name = fields::name(BY.after_longest(name).filter(|rest| !rest.is_empty()).unwrap_or(name))?;
    let named = name.chars().any(char::is_alphabetic) && name.chars().count() <= 60 && name.split(' ').count() <= 6;
    let published =
        matches!(name.to_lowercase().as_str(), "posted" | "published" | "updated" | "date" | "last updated");
    if !named || published || !(parted || (marked && worded)) {
        return None;
    }
    let raw = line[from..to].to_owned();
    let source = "text".to_owned();
    Some((name, When { raw, at: Some(found.at), precision: found.precision, zone: found.zone, source }))
}
