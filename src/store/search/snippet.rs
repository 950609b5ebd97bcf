//! Where in a stored text a query was met: the piece, a window of it, and the places of the words in that window.

use serde::Serialize;

use super::fold::{self, Kind};
use super::parts::place_in_word;
use super::query::{How, Part, Query, Term};

/// A window is about so wide, in columns of a terminal.
const WIDE: usize = 240;
/// So much of it stands before the first word that was met.
const BEFORE: usize = 60;

/// A piece of text with the places of what was looked for.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Snippet {
    /// On one line; `…` where something was left out.
    pub text: String,
    /// Beginning and end of each place, counted in characters (Unicode code points) of `text`.
    pub marks: Vec<(usize, usize)>,
}

/// Terms found in a piece: octets of their places, and a bit for each clause of the query.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Places {
    pub at: Vec<(usize, usize)>,
    pub clauses: u64,
}

/// Looks for the terms of a query in pieces of text; its buffers are used again.
pub(super) struct Finder<'a> {
    terms: Vec<(&'a Term, u64)>,
    pub all: u64,
    folded: String,
    tokens: Vec<Place>,
}

#[derive(Clone, Copy)]
struct Place {
    from: usize,
    to: usize,
    kind: Kind,
    start: usize,
    mid: usize,
    end: usize,
}

impl<'a> Finder<'a> {
    pub fn new(query: &'a Query) -> Self {
        let bit = |n: usize| 1u64.checked_shl(u32::try_from(n).unwrap_or(u32::MAX)).unwrap_or(0);
        let terms = query.clauses.iter().enumerate().flat_map(|(n, terms)| terms.iter().map(move |t| (t, bit(n))));
        let terms: Vec<_> = terms.collect();
        let all = terms.iter().fold(0, |all, (_, bit)| all | bit);
        Self { terms, all, folded: String::new(), tokens: Vec::new() }
    }

    /// Where the terms that may stand in this part are in `text`.
    pub fn find(&mut self, text: &str, part: Part) -> Places {
        let fits = |term: &Term| term.part == Part::Any || term.part == part;
        if !self.terms.iter().any(|(term, _)| fits(term)) {
            return Places::default();
        }
        self.folded.clear();
        self.tokens.clear();
        let (folded, tokens) = (&mut self.folded, &mut self.tokens);
        fold::tokens(text, |token| {
            let from = folded.len();
            folded.push_str(token.text);
            let (start, mid, end) = (token.start, token.mid, token.end);
            tokens.push(Place { from, to: folded.len(), kind: token.kind, start, mid, end });
        });
        let mut out = Places::default();
        for at in 0..self.tokens.len() {
            for (term, bit) in self.terms.iter().filter(|(term, _)| fits(term)) {
                if term.how == How::Inside {
                    let before = out.at.len();
                    self.inside(term, at, text, &mut out.at);
                    out.clauses |= if out.at.len() > before { *bit } else { 0 };
                } else if let Some(place) = self.met(term, at) {
                    out.clauses |= bit;
                    out.at.push(place);
                }
            }
        }
        out.at.sort_unstable();
        // Places that touch become one: pairs of a run overlap.
        out.at.dedup_by(|next, last| {
            let touch = next.0 <= last.1;
            if touch {
                last.1 = last.1.max(next.1);
            }
            touch
        });
        out
    }

    /// Where the term stands inside a word.
    fn inside(&self, term: &Term, at: usize, text: &str, out: &mut Vec<(usize, usize)>) {
        let Some(token) = self.tokens.get(at).filter(|token| token.kind == Kind::Word) else { return };
        let Some(word) = self.folded.get(token.from..token.to) else { return };
        let letters = |to: usize| word.get(..to).map_or(0, |before| before.chars().count());
        for part in &term.tokens {
            for (from, met) in word.match_indices(part.as_str()) {
                let written = text.get(token.start..token.end).unwrap_or_default();
                let (start, end) = place_in_word(written, letters(from), letters(from + met.len()));
                out.push((token.start + start, token.start + end));
            }
        }
    }

    fn met(&self, term: &Term, at: usize) -> Option<(usize, usize)> {
        let here = self.tokens.get(at..at.checked_add(term.tokens.len())?)?;
        let last = term.tokens.len() - 1;
        for (n, (token, wanted)) in here.iter().zip(&term.tokens).enumerate() {
            let text = self.folded.get(token.from..token.to)?;
            let fits = if n == last && term.how == How::Beginning {
                text.starts_with(wanted.as_str())
            } else {
                text == wanted
            };
            if !fits {
                return None;
            }
        }
        let (first, end) = (here.first()?, here.last()?);
        let half = end.kind == Kind::Pair && term.how == How::Beginning && term.tokens.last()?.chars().count() == 1;
        Some((first.start, if half { end.mid } else { end.end }))
    }
}

fn columns(c: char) -> usize {
    if c.len_utf8() > 2 { 2 } else { 1 }
}

/// A window of `text` around the densest places, on one line.
pub(super) fn window(text: &str, places: &[(usize, usize)]) -> Snippet {
    // The first place from which on most of the others are within reach.
    let reach = |from: usize| places.iter().filter(|p| p.0 >= from && p.1 <= from + WIDE - BEFORE).count();
    let first = places.iter().map(|p| p.0).max_by_key(|from| (reach(*from), usize::MAX - from)).unwrap_or(0);
    let mut room = BEFORE;
    let mut start = first;
    for (at, c) in text.get(..first).unwrap_or_default().char_indices().rev() {
        if columns(c) > room {
            break;
        }
        room -= columns(c);
        start = at;
    }
    if start > 0 {
        // Words are not cut where there are spaces.
        let cut = text.get(start..first).unwrap_or_default();
        start += cut.find(char::is_whitespace).map_or(0, |at| at + 1);
    }
    let mut room = WIDE;
    let mut end = text.len();
    for (at, c) in text.get(start..).unwrap_or_default().char_indices() {
        if columns(c) > room {
            end = start + at;
            break;
        }
        room -= columns(c);
    }
    if end < text.len()
        && let Some(space) = text.get(start..end).and_then(|part| part.rfind(char::is_whitespace))
        && places.iter().all(|p| p.0 < start || p.1 <= start + space || p.0 >= end)
        && space > WIDE / 3
    {
        end = start + space;
    }
    let mut out = Snippet::default();
    let mut count = 0;
    if text.get(..start).is_some_and(|before| !before.trim().is_empty()) {
        out.text.push('…');
        count += 1;
    }
    let mut marks = places.iter().filter(|p| p.0 >= start && p.0 < end).peekable();
    let mut open = None;
    for (at, c) in text.get(start..end).unwrap_or_default().char_indices().map(|(at, c)| (at + start, c)) {
        if open.is_some_and(|(_, until)| at >= until)
            && let Some((from, _)) = open.take()
        {
            out.marks.push((from, count));
        }
        if open.is_none()
            && let Some(place) = marks.next_if(|p| p.0 <= at)
        {
            open = Some((count, place.1));
        }
        out.text.push(if c.is_whitespace() { ' ' } else { c });
        count += 1;
    }
    if let Some((from, _)) = open {
        out.marks.push((from, count));
    }
    if text.get(end..).is_some_and(|after| !after.trim().is_empty()) {
        out.text.push('…');
    }
    out
}
