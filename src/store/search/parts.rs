//! Parts of words: the trigrams by which they are found, and where they stand in what was written.

use super::fold::{Kind, Token, tokens};

/// Letters that a part of a word has at least, to be looked for.
pub(super) const PART: usize = 3;
/// Stands between two words whose trigrams would else go on from one into the other.
const APART: &str = "\u{e000} ";

/// The trigrams of the words of a text, each followed by a space: a part of a word is a phrase of them, and such a
/// phrase is nowhere but inside one word. Runs have none: their pairs find any part of them.
pub(super) fn inside_text(text: &str, out: &mut String) {
    tokens(text, |token| inside_token(token, out));
}

/// Both at once.
pub(super) fn both_texts(text: &str, words: &mut String, inside: &mut String) {
    tokens(text, |token| {
        words.push_str(token.text);
        words.push(' ');
        inside_token(token, inside);
    });
}

fn inside_token(token: &Token<'_>, out: &mut String) {
    if token.kind != Kind::Word {
        return;
    }
    let mut starts = token.text.char_indices().map(|(at, _)| at);
    let ends = token.text.char_indices().map(|(at, c)| at + c.len_utf8()).skip(PART - 1);
    let two = token.text.char_indices().nth(PART - 1).and_then(|(at, _)| token.text.get(..at));
    if two.is_some_and(|two| out.trim_end_matches(' ').ends_with(two)) {
        out.push_str(APART);
    }
    for end in ends {
        if let Some(three) = starts.next().and_then(|start| token.text.get(start..end)) {
            out.push_str(three);
            out.push(' ');
        }
    }
}

/// Characters of a word that are looked at to find a place in it.
const LOOKED_AT: usize = 512;

/// Where the folded letters `from..to` of a word stand in it as it was written: octets of beginning and end.
pub(super) fn place_in_word(written: &str, from: usize, to: usize) -> (usize, usize) {
    let (mut start, mut end, mut reached) = (0, 0, None);
    for (at, c) in written.char_indices().take(LOOKED_AT) {
        let next = at + c.len_utf8();
        let mut letters = 0;
        tokens(written.get(..next).unwrap_or_default(), |token| letters += token.text.chars().count());
        if letters <= from {
            start = next;
        }
        match reached {
            Some(before) if letters > before => break,
            None if letters >= to => reached = Some(letters),
            _ => {}
        }
        end = next;
    }
    (start, end)
}
