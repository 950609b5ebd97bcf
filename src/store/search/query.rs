//! What somebody typed into a search, understood: words, "phrases", -words, OR, beginnings* and `field:` shorthands.
//! Everything else is text. An expression for FTS5 is made of folded tokens only, so nothing typed can be its syntax.

use super::fold::{self, Kind};
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

/// A word or a phrase.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Term {
    pub part: Part,
    /// Folded; never empty.
    pub tokens: Vec<String>,
    /// The last token is a beginning.
    pub prefix: bool,
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
        (!tokens.is_empty()).then_some(Self { part, tokens, prefix })
    }

    fn expression(&self, everywhere: bool, out: &mut String) {
        out.push_str(self.part.columns(everywhere));
        out.push_str(" : \"");
        out.push_str(&self.tokens.join(" "));
        out.push('"');
        if self.prefix {
            out.push_str(" *");
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
    prefix: bool,
}

impl Query {
    /// Understands what was typed. The only error is a query in which there is nothing to look for, or too much.
    pub fn parse(typed: &str) -> Result<Self> {
        if typed.chars().count() > LONGEST {
            return Err(Error::new(ErrorKind::Usage, format!("a query has at most {LONGEST} characters")));
        }
        let items = items(typed);
        let mut out = Self::default();
        let mut either = false;
        for (n, item) in items.iter().enumerate() {
            let is_or = !item.quoted && !item.not && item.field.is_none() && matches!(item.text, "OR" | "|");
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
            let Some(term) = Term::of(item.text, part, item.prefix) else { continue };
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

    /// The expression for FTS5: over the main columns, or over all of them.
    pub fn expression(&self, everywhere: bool) -> Result<String> {
        if self.clauses.is_empty() {
            return Err(Error::new(ErrorKind::Usage, "there is no word to look for")
                .hint("name at least one word that is not excluded, such as `keepfast search bridge`"));
        }
        let mut out = String::new();
        let any_of = |terms: &[Term], out: &mut String| {
            out.push('(');
            for (n, term) in terms.iter().enumerate() {
                if n > 0 {
                    out.push_str(" OR ");
                }
                term.expression(everywhere, out);
            }
            out.push(')');
        };
        out.push('(');
        for (n, clause) in self.clauses.iter().enumerate() {
            if n > 0 {
                out.push_str(" AND ");
            }
            any_of(clause, &mut out);
        }
        out.push(')');
        if !self.without.is_empty() {
            out.push_str(" NOT ");
            any_of(&self.without, &mut out);
        }
        Ok(out)
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
        out.push(Item { not, field, text, quoted, prefix: starred.is_some() || (!quoted && text.ends_with('*')) });
        rest = starred.unwrap_or(after).trim_start();
    }
    out
}
