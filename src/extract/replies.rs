//! What a comment answers, where that stands on another page of the thread: told by a link to it.

use super::comments::Found;
use super::dom::Dom;
use super::names::Name;

/// Classes of links to what is answered.
const CLASSES: [&str; 7] =
    ["parent", "comment-parent", "comment__parent", "in-reply-to", "reply-to", "replyto", "inreplyto"];
/// Words before them, in lower case.
const WORDS: [&str; 11] = [
    "in reply to",
    "antwort auf",
    "en réponse à",
    "en respuesta a",
    "em resposta a",
    "in risposta a",
    "в ответ на",
    "у відповідь",
    "w odpowiedzi",
    "yanıt olarak",
    "ի պատասխան",
];
/// So far into a comment such a link stands.
const NODES: usize = 400;

/// Notes it on the comments of a page that has further ones. What stands on this page is its parent already, or is none.
pub(super) fn read(dom: &Dom<'_>, found: &mut Found) {
    if found.ranges.len() < found.comments.len() {
        return;
    }
    let here: Vec<String> = found.comments.iter().filter_map(|c| number(c.id.as_deref()?)).collect();
    for n in 0..found.comments.len() {
        let range = found.ranges[n].clone();
        if found.comments[n].parent.is_some() {
            continue;
        }
        // Its answers are comments of their own.
        let next = found.ranges.get(n + 1).map_or(range.end, |next| next.start.max(range.start + 1));
        let end = range.end.min(next).min(range.start + NODES);
        found.comments[n].reply_to = (range.start..end).find_map(|at| {
            let fragment = answered(dom, at, range.start)?;
            number(&fragment).filter(|target| !here.contains(target)).map(|_| fragment)
        });
    }
}

/// The fragment of a link to what is answered.
fn answered(dom: &Dom<'_>, at: usize, from: usize) -> Option<String> {
    if dom.nodes[at].name != Name::A {
        return None;
    }
    let (_, fragment) = dom.attr(at, "href")?.split_once('#')?;
    let around = || std::iter::once(at).chain(dom.ancestors(at).take_while(|a| *a > from).take(2));
    let by_class = around().any(|n| {
        let tokens = dom.attr(n, "class").into_iter().flat_map(str::split_ascii_whitespace);
        tokens.take(20).any(|token| CLASSES.iter().any(|class| token.eq_ignore_ascii_case(class)))
    });
    let by_words = || {
        let before = dom.text_of(dom.nodes[at].parent..at, 200, |_| false).to_lowercase();
        WORDS.iter().any(|words| before.contains(words))
    };
    (by_class || by_words()).then(|| fragment.chars().take(200).collect())
}

/// The digits at the end of an identifier: `comment-12` and `c12` are the same comment.
fn number(id: &str) -> Option<String> {
    let digits = &id[id.trim_end_matches(|c: char| c.is_ascii_digit()).len()..];
    (!digits.is_empty()).then(|| digits.to_owned())
}
