//! Lists of words, split when the program is compiled: each is asked for every short line of a page.

use super::letters::{is_alphanumeric, same};

/// Words or phrases, in lower case.
pub(super) struct Words {
    list: &'static [&'static str],
    /// The first octets of them that are ASCII.
    first: u128,
    /// One of them begins with a letter that is not ASCII.
    wide: bool,
}

impl Words {
    /// See [`words`].
    pub const fn new(list: &'static [&'static str]) -> Self {
        let (mut first, mut wide, mut n) = (0, false, 0);
        while n < list.len() {
            let octet = list[n].as_bytes()[0];
            if octet.is_ascii() {
                first |= 1 << octet;
            } else {
                wide = true;
            }
            n += 1;
        }
        Self { list, first, wide }
    }

    pub fn iter(&self) -> impl Iterator<Item = &'static str> {
        self.list.iter().copied()
    }

    /// This is one of them.
    pub fn has(&self, word: &str) -> bool {
        self.list.contains(&word)
    }

    /// What follows the first of them that the text begins with, in any case, and that word.
    pub fn after<'a>(&self, text: &'a str) -> Option<(&'static str, &'a str)> {
        self.all_after(text).next()
    }

    /// What follows the longest of them that the text begins with.
    pub fn after_longest<'a>(&self, text: &'a str) -> Option<&'a str> {
        self.all_after(text).map(|(_, rest)| rest).min_by_key(|rest| rest.len())
    }

    /// Those that a text may begin with, by its first letter.
    pub fn near(&self, text: &str) -> impl Iterator<Item = &'static str> + use<> {
        let first = text.as_bytes().first().map_or(0, u8::to_ascii_lowercase);
        let begins = if first.is_ascii() { self.first & 1 << first != 0 } else { self.wide };
        let list = if begins { self.list } else { &[] };
        let fits = move |word: &&str| if first.is_ascii() { word.as_bytes()[0] == first } else { !word.is_empty() };
        list.iter().copied().filter(fits)
    }

    fn all_after<'a>(&self, text: &'a str) -> impl Iterator<Item = (&'static str, &'a str)> {
        self.near(text).filter_map(move |word| Some((word, after_word(text, word)?)))
    }
}

/// What follows a word at the beginning of a text, in any case; the word must end there.
pub(super) fn after_word<'a>(text: &'a str, word: &str) -> Option<&'a str> {
    // Most texts part from most words at the first letter.
    let (first, wanted) = (text.as_bytes().first()?, word.as_bytes().first()?);
    if first.is_ascii() && !first.eq_ignore_ascii_case(wanted) {
        return None;
    }
    let mut rest = text.chars();
    for w in word.chars() {
        if !same(rest.next()?, w) {
            return None;
        }
    }
    let rest = rest.as_str();
    rest.chars().next().is_none_or(|c| !is_alphanumeric(c)).then_some(rest)
}

/// How many parts a list has.
pub(super) const fn count(list: &str) -> usize {
    let (octets, mut n, mut parts) = (list.as_bytes(), 0, 1);
    while n < octets.len() {
        if octets[n] == b'|' {
            parts += 1;
        }
        n += 1;
    }
    parts
}

/// The parts of a list.
pub(super) const fn split<const N: usize>(list: &'static str) -> [&'static str; N] {
    let mut parts = [""; N];
    let (mut rest, mut n) = (list.as_bytes(), 0);
    while n < N {
        let mut end = 0;
        while end < rest.len() && rest[end] != b'|' {
            end += 1;
        }
        let (part, behind) = rest.split_at(end);
        parts[n] = match std::str::from_utf8(part) {
            Ok(part) => part,
            Err(_) => panic!("a part of a list of words is not UTF-8"),
        };
        rest = if behind.is_empty() { behind } else { behind.split_at(1).1 };
        n += 1;
    }
    parts
}

/// A list of words parted by `|`.
macro_rules! words {
    ($list:literal) => {{
        const LIST: &str = $list;
        const PARTS: [&str; $crate::extract::words::count(LIST)] = $crate::extract::words::split(LIST);
        $crate::extract::words::Words::new(&PARTS)
    }};
}
pub(super) use words;

#[cfg(test)]
mod tests {
    use super::*;

    const LIST: Words = words!("by|posted by|über|posted");

    #[test]
    fn lists_are_split_and_found_in_any_case() {
        assert_eq!(LIST.iter().collect::<Vec<_>>(), ["by", "posted by", "über", "posted"]);
        assert!(LIST.has("posted by") && !LIST.has("post"));
        assert_eq!(LIST.after("By Anna"), Some(("by", " Anna")));
        assert_eq!(LIST.after("ÜBER uns"), Some(("über", " uns")));
        assert_eq!(LIST.after("Posted by Anna"), Some(("posted by", " Anna")));
        assert_eq!(words!("posted|posted by").after_longest("Posted by Anna"), Some(" Anna"));
        assert_eq!(LIST.after("Bystander"), None);
        assert_eq!(LIST.after(""), None);
    }
}
