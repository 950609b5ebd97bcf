//! How many comments the page says there are: "2 thoughts on …", "Kommentare (14)".

use std::ops::Range;

use super::super::dom::Dom;
use super::super::names::Name;

/// Words for comments in many languages, in lower case.
const WORDS: [&str; 31] = [
    "comment",
    "comments",
    "response",
    "responses",
    "reply",
    "replies",
    "thought",
    "thoughts",
    "gedanken",
    "kommentar",
    "kommentare",
    "antworten",
    "commentaire",
    "commentaires",
    "comentario",
    "comentarios",
    "comentário",
    "comentários",
    "commento",
    "commenti",
    "reacties",
    "komentarzy",
    "komentarze",
    "комментарий",
    "комментария",
    "комментариев",
    "коментарів",
    "yorum",
    "σχόλια",
    "մեկնաբանություն",
    "تعليقات",
];

/// Looks at headings of the sections, and at elements whose class speaks of comments.
pub(super) fn read(dom: &Dom<'_>, sections: &[Range<usize>]) -> Option<u32> {
    let in_sections = sections
        .iter()
        .flat_map(Clone::clone)
        .filter(|i| dom.nodes[*i].name.heading().is_some() || dom.has_class(*i, "comments-title"));
    let elsewhere = (dom.body..dom.nodes.len()).filter(|i| {
        let node = &dom.nodes[*i];
        matches!(node.name, Name::A | Name::Span | Name::Div | Name::P | Name::H2 | Name::H3 | Name::H4)
            && dom.ink(*i) < 60
            && (dom.attr(*i, "class").is_some_and(|c| c.contains("comment") || c.contains("Comment"))
                || (node.name == Name::A && dom.attr(*i, "href").is_some_and(|h| h.ends_with("#comments"))))
    });
    in_sections.chain(elsewhere).take(400).find_map(|i| number(&dom.text(i, 200)))
}

fn number(text: &str) -> Option<u32> {
    if text.len() > 180 {
        return None;
    }
    let lower = text.to_lowercase();
    let mut words = lower.split(|c: char| !c.is_alphanumeric()).filter(|w| !w.is_empty());
    let first_words: Vec<&str> = words.by_ref().take(4).collect();
    let said = first_words.iter().any(|w| WORDS.contains(w));
    let count = first_words.iter().find_map(|w| match *w {
        "one" | "ein" | "un" | "uno" | "один" => Some(1),
        w => w.parse::<u32>().ok().filter(|n| *n < 10_000_000),
    });
    count.filter(|_| said)
}
