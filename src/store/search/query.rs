//! What somebody typed into a search, understood: words, "phrases", -words, OR, beginnings*, *parts of words* and
//! `field:` shorthands.
//! Everything else is text. An expression for FTS5 is made of folded tokens only, so nothing typed can be its syntax.

use super::fold::{self, Kind};
use super::parts;
use super::plan::Table;
use crate::error::{Error, ErrorKind, Result};

/// Characters of a query, and words or phrases in it: more is no question that a person asks.
const LONGEST: usize = 2000;
const TERMS: usize = 64;

/// The columns of the index in which a term is looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part {
    /// All but what stands around the main text.
    Any,
    Title,
    Author,
    Text,
    Comment,
}

impl Part {
    fn columns(self, everywhere: bool) -> &'static str {
        match self {
            Self::Any if everywhere => "{title authors text comments commenters rest}",
            Self::Any => "{title authors text comments commenters}",
            Self::Title => "{title}",
            Self::Author => "{authors commenters}",
            Self::Text => "{text}",
            Self::Comment => "{comments commenters}",
        }
    }
}

/// A word or a phrase, or a part of a word.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Term {
    pub part: Part,
    /// Folded; never empty.
    pub tokens: Vec<String>,
    /// What the tokens are.
    pub how: How,
}

/// How the tokens of a term are met.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum How {
    /// All of them, one after another.
    Whole,
    /// The same, but the last one is a beginning.
    Beginning,
    /// Any of them, inside a word.
    Inside,
}

impl Term {
    /// The term that a text means, if it has any letter or digit.
    pub fn of(text: &str, part: Part, prefix: bool) -> Option<Self> {
        let mut tokens: Vec<(String, Kind)> = Vec::new();
        fold::tokens(text, |token| tokens.push((token.text.to_owned(), token.kind)));
        let mut prefix = prefix;
        if let [.., before, (_, Kind::Last)] = tokens.as_slice() {
            // At the end of a query a run may go on in the text: its last character is in the pair before.
            match before.1 {
                Kind::Pair => {
                    tokens.pop();
                }
                _ => prefix = true,
            }
        } else if let [(_, Kind::Last)] = tokens.as_slice() {
            prefix = true;
        }
        let tokens: Vec<String> = tokens.into_iter().map(|(text, _)| text).collect();
        let how = if prefix { How::Beginning } else { How::Whole };
        (!tokens.is_empty()).then_some(Self { part, tokens, how })
    }

    /// The term that a part of a word means, if it has any letter or digit.
    fn inside(text: &str, part: Part) -> Result<Option<Self>> {
        let mut tokens: Vec<(String, Kind)> = Vec::new();
        fold::tokens(text, |token| tokens.push((token.text.to_owned(), token.kind)));
        match tokens.as_slice() {
            [] => Ok(None),
            // One run: any part of it is found by its pairs.
            [before @ .., (_, Kind::Last)] if before.iter().all(|token| token.1 == Kind::Pair) => {
                Ok(Self::of(text, part, false))
            }
            [(word, Kind::Word)] if word.chars().count() >= parts::PART => {
                // What stands for the two letters of the Armenian ligature, and for its capitals, is folded to `եւ`: what
                // begins in the middle of it has lost the letter that tells.
                let second = word.strip_prefix('վ').map(|rest| format!("եւ{rest}"));
                let tokens = [Some(word.clone()), second].into_iter().flatten().collect();
                Ok(Some(Self { part, tokens, how: How::Inside }))
            }
            [(_, Kind::Word)] => Err(Error::new(
                ErrorKind::Usage,
                format!("a part of a word has at least {} letters to be looked for", parts::PART),
            )
            .hint("a beginning may be shorter: write mi* instead of *mi*")),
            _ => Err(Error::new(ErrorKind::Usage, "a star before stands before a part of one word")
                .hint("write *mill* wheel for a part of a word and a word, or leave the star away")),
        }
    }

    /// The index that knows.
    pub fn table(&self) -> Table {
        if self.how == How::Inside { Table::Inside } else { Table::Words }
    }

    /// For FTS5, over the main columns or over all of them.
    pub fn expression(&self, everywhere: bool) -> String {
        let columns = self.part.columns(everywhere);
        match self.how {
            How::Whole => format!("{columns} : \"{}\"", self.tokens.join(" ")),
            How::Beginning => format!("{columns} : \"{}\" *", self.tokens.join(" ")),
            How::Inside => {
                let phrase = |word: &String| {
                    let mut trigrams = String::new();
                    parts::inside_text(word, &mut trigrams);
                    format!("{columns} : \"{}\"", trigrams.trim_end())
                };
                format!("({})", self.tokens.iter().map(phrase).collect::<Vec<_>>().join(" OR "))
            }
        }
    }
}

/// A query.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Query {
    /// All of these, any term of each.
    pub clauses: Vec<Vec<Term>>,
    /// None of these.
    pub without: Vec<Term>,
    /// `site:`, and with true `-site:`.
    pub sites: Vec<(String, bool)>,
    /// `tag:`, and with true `-tag:`.
    pub tags: Vec<(String, bool)>,
}

/// One thing that was typed.
struct Item<'a> {
    not: bool,
    field: Option<&'a str>,
    text: &'a str,
    quoted: bool,
    inside: bool,
    prefix: bool,
}

impl Query {
    /// Understands what was typed. The only errors are too much of it, and parts of words that are too short.
    pub fn parse(typed: &str) -> Result<Self> {
        if typed.chars().count() > LONGEST {
            return Err(Error::new(ErrorKind::Usage, format!("a query has at most {LONGEST} characters")));
        }
        let items = items(typed);
        let mut out = Self::default();
        let mut either = false;
        for (n, item) in items.iter().enumerate() {
            let is_or =
                !item.quoted && !item.not && item.field.is_none() && matches!(item.text, "OR" | "|") && !item.inside;
            if is_or && n > 0 && n + 1 < items.len() {
                either = true;
                continue;
            }
            let joins = std::mem::take(&mut either);
            let part = match item.field {
                Some("site") => {
                    out.sites.push((item.text.to_lowercase(), item.not));
                    continue;
                }
                Some("tag") => {
                    out.tags.push((item.text.to_owned(), item.not));
                    continue;
                }
                Some("author") => Part::Author,
                Some("title") => Part::Title,
                Some("text") => Part::Text,
                Some("comment") => Part::Comment,
                _ => Part::Any,
            };
            let term = match item.inside {
                true => Term::inside(item.text, part)?,
                false => Term::of(item.text, part, item.prefix),
            };
            let Some(term) = term else { continue };
            match (item.not, out.clauses.last_mut().filter(|_| joins)) {
                (true, _) => out.without.push(term),
                (false, Some(last)) => last.push(term),
                (false, None) => out.clauses.push(vec![term]),
            }
        }
        if out.clauses.iter().map(Vec::len).sum::<usize>() + out.without.len() > TERMS {
            return Err(Error::new(ErrorKind::Usage, format!("a query has at most {TERMS} words and phrases")));
        }
        Ok(out)
    }

    /// Asks for an author as well.
    pub fn and_author(&mut self, name: &str) -> Result<()> {
        let Some(term) = Term::of(name, Part::Author, false) else {
            return Err(Error::new(ErrorKind::Usage, "an author has a name with at least one letter"));
        };
        self.clauses.push(vec![term]);
        Ok(())
    }

    /// Some of it is looked for inside words.
    pub fn looks_inside(&self) -> bool {
        self.clauses.iter().flatten().chain(&self.without).any(|term| term.how == How::Inside)
    }
}

fn is_quote(c: char) -> bool {
    matches!(c, '"' | '“' | '”' | '„')
}

fn items(typed: &str) -> Vec<Item<'_>> {
    const FIELDS: [&str; 6] = ["author", "site", "tag", "title", "text", "comment"];
    let mut out = Vec::new();
    let mut rest = typed.trim_start();
    while !rest.is_empty() {
        let mut not = false;
        if let Some(after) = rest.strip_prefix('-')
            && after.starts_with(|c: char| is_quote(c) || !c.is_whitespace())
        {
            (not, rest) = (true, after);
        }
        let mut field = None;
        if let Some((name, after)) = rest.split_once(':')
            && FIELDS.contains(&name)
            && after.starts_with(|c: char| !c.is_whitespace())
        {
            (field, rest) = (Some(name), after);
        }
        let unstarred = rest.trim_start_matches('*');
        let inside = unstarred.len() < rest.len() && unstarred.starts_with(|c: char| !c.is_whitespace());
        if inside {
            rest = unstarred;
        }
        let (text, quoted, after) = match rest.strip_prefix(is_quote) {
            Some(inside) => match inside.split_once(is_quote) {
                Some((text, after)) => (text, true, after),
                None => (inside, true, ""),
            },
            None => {
                let end = rest.find(char::is_whitespace).unwrap_or(rest.len());
                (&rest[..end], false, &rest[end..])
            }
        };
        let starred = if quoted { after.strip_prefix('*') } else { None };
        let prefix = starred.is_some() || (!quoted && text.ends_with('*'));
        out.push(Item { not, field, text, quoted, inside, prefix });
        rest = starred.unwrap_or(after).trim_start();
    }
    out
}
