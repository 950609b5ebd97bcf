//! Folding: what a text and a query have in common, whatever keyboard they were typed on.
//!
//! One pure function cuts a text into tokens for the index, for queries and for snippets alike.
//!
//! - Letters are lower case. Marks go from Latin, Greek, Cyrillic, Arabic and Hebrew letters, compatibility forms
//!   (full width, ligatures, presentation forms) become plain ones (NFKD).
//! - Cyrillic `ё` is `е`, because few write it; `й`, `ї` and `ў` are letters of their own and stay.
//! - Greek final sigma is sigma; Turkish `İ I ı i` are one letter; German `ß` is `ss`.
//! - Armenian `և`, `եւ`, `եվ` are one; the marks that stand inside Armenian words go.
//! - Arabic: vowel signs and tatweel go; the forms of alef, yeh, teh marbuta and heh, kaf and hamza seats are one each.
//! - Digits of all scripts are ASCII digits.
//! - Han, kana, Hangul, Thai, Lao, Khmer and Myanmar are not parted by spaces where words end, so they are cut into
//!   overlapping pairs; the last character of a run stands alone. Any part of two characters or more is then a
//!   phrase of pairs, and one character is the beginning of a token.

use std::sync::LazyLock;

use icu_normalizer::DecomposingNormalizerBorrowed;
use icu_properties::CodePointMapData;
use icu_properties::props::GeneralCategory;

/// What a token is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// A word.
    Word,
    /// Two neighbours of a run without spaces.
    Pair,
    /// The last character of such a run.
    Last,
}

/// A token, and where it stands in the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Token<'a> {
    /// Folded.
    pub text: &'a str,
    /// What it is.
    pub kind: Kind,
    /// Octet of its beginning.
    pub start: usize,
    /// Octet of the end of its first character if it is a pair, else of its end.
    pub mid: usize,
    /// Octet of its end.
    pub end: usize,
}

/// Characters of a word that count: longer ones are no words.
const WORD: usize = 64;

/// Cuts a text into folded tokens.
pub(super) fn tokens(text: &str, each: impl FnMut(&Token<'_>)) {
    let mut folder = Folder {
        each,
        word: String::new(),
        letters: 0,
        start: 0,
        end: 0,
        before: None,
        run: None,
        pair: String::new(),
    };
    let table = &*TABLE;
    let mut several = Vec::new();
    for (at, c) in text.char_indices() {
        if c.is_ascii() {
            if c.is_ascii_alphanumeric() {
                folder.letter(c.to_ascii_lowercase(), at, at + 1);
            } else {
                folder.close();
            }
            continue;
        }
        let end = at + c.len_utf8();
        match usize::try_from(u32::from(c)).ok().and_then(|i| table.get(i)) {
            Some(Folded::Break) => folder.close(),
            Some(Folded::One(c)) => folder.put(*c, at, end),
            Some(Folded::Several(chars)) => folder.put_all(chars, at, end),
            None if is_plain(c) => folder.put(c, at, end),
            None => match fold(c, &mut several) {
                true => folder.put_all(&several, at, end),
                false => folder.close(),
            },
        }
    }
    folder.close();
}

/// The folded tokens of a text, each followed by a space.
pub(super) fn index_text(text: &str, out: &mut String) {
    tokens(text, |token| {
        out.push_str(token.text);
        out.push(' ');
    });
}

/// What becomes of a character.
enum Folded {
    /// It parts words.
    Break,
    One(char),
    /// None: it is left out.
    Several(Box<[char]>),
}

/// Beyond these the characters are few kinds that need no table, or rare.
const TABLED: u32 = 0x3000;

static TABLE: LazyLock<Vec<Folded>> = LazyLock::new(|| {
    let mut several = Vec::new();
    (0..TABLED)
        .map(|n| match char::from_u32(n) {
            Some(c) if fold(c, &mut several) => match several.as_slice() {
                [one] => Folded::One(*one),
                more => Folded::Several(more.into()),
            },
            _ => Folded::Break,
        })
        .collect()
});

/// Folds one character into several; false: it parts words.
fn fold(c: char, out: &mut Vec<char>) -> bool {
    out.clear();
    if is_left_out(c) {
        return true;
    }
    // They would become letters of the word before them.
    if matches!(c, '™' | '℠') {
        return false;
    }
    if let Some(own) = own_letter(c) {
        out.push(own);
        return true;
    }
    let decompose = DecomposingNormalizerBorrowed::new_nfkd();
    for c in decompose.normalize_iter(c.to_lowercase()).flat_map(char::to_lowercase) {
        match c {
            _ if is_left_out(c) => {}
            // These make letters of their own with what stands before them.
            '\u{306}' | '\u{308}' | '\u{3099}' | '\u{309a}' => out.push(c),
            _ if is_dropped_mark(c) => {}
            _ => match replaced(c) {
                Some(text) => out.extend(text.chars()),
                None if is_part_of_word(c) => out.push(digit(c).unwrap_or(c)),
                None => return false,
            },
        }
    }
    true
}

/// Letters that would lose what tells them apart.
fn own_letter(c: char) -> Option<char> {
    Some(match c {
        'й' | 'Й' => 'й',
        'ї' | 'Ї' => 'ї',
        'ў' | 'Ў' => 'ў',
        // Voiced kana and whole syllables stay in one piece.
        '\u{3041}'..='\u{3096}' | '\u{30a1}'..='\u{30fa}' | '\u{ac00}'..='\u{d7a3}' => c,
        _ => return None,
    })
}

fn replaced(c: char) -> Option<&'static str> {
    Some(match c {
        'ß' => "ss",
        'æ' => "ae",
        'œ' => "oe",
        'ø' => "o",
        'ł' => "l",
        'đ' | 'ð' => "d",
        'þ' => "th",
        'ħ' => "h",
        'ŧ' => "t",
        'ı' => "i",
        'ς' => "σ",
        'ٱ' | 'ٲ' | 'ٳ' => "ا",
        'ى' | 'ی' | 'ې' => "ي",
        'ة' | 'ۃ' | 'ہ' | 'ھ' | 'ە' => "ه",
        'ک' | 'ڪ' => "ك",
        _ => return None,
    })
}

/// Signs that stand inside words and say nothing of them.
fn is_left_out(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{34f}' | '\u{55a}'..='\u{55c}' | '\u{55e}' | '\u{55f}' | '\u{61c}' | '\u{640}'
        | '\u{200b}'..='\u{200f}' | '\u{2060}'..='\u{2064}' | '\u{feff}' | '\u{fe00}'..='\u{fe0f}'
        | '\u{e0000}'..='\u{e0fff}')
}

/// Marks on letters of Latin, Greek, Cyrillic, Hebrew and Arabic.
fn is_dropped_mark(c: char) -> bool {
    matches!(c, '\u{300}'..='\u{36f}' | '\u{483}'..='\u{489}' | '\u{591}'..='\u{5bd}' | '\u{5bf}' | '\u{5c1}'
        | '\u{5c2}' | '\u{5c4}' | '\u{5c5}' | '\u{5c7}' | '\u{610}'..='\u{61a}' | '\u{64b}'..='\u{65f}' | '\u{670}'
        | '\u{6d6}'..='\u{6dc}' | '\u{6df}'..='\u{6e4}' | '\u{6e7}' | '\u{6e8}' | '\u{6ea}'..='\u{6ed}'
        | '\u{8ca}'..='\u{8e1}' | '\u{8e3}'..='\u{8ff}' | '\u{1ab0}'..='\u{1aff}' | '\u{1dc0}'..='\u{1dff}'
        | '\u{20d0}'..='\u{20ff}' | '\u{fe20}'..='\u{fe2f}')
}

/// Letters, numbers, and the marks without which other scripts cannot be written.
fn is_part_of_word(c: char) -> bool {
    // Apostrophes that are letters by name part words like those that are not.
    if matches!(c, '\u{2b9}'..='\u{2bf}' | '\u{2c8}') {
        return false;
    }
    c.is_alphanumeric()
        || matches!(
            CodePointMapData::<GeneralCategory>::new().get(c),
            GeneralCategory::NonspacingMark | GeneralCategory::SpacingMark | GeneralCategory::EnclosingMark
        )
}

/// The ASCII digit that a decimal digit of any script stands for.
fn digit(c: char) -> Option<char> {
    const ZEROS: [u32; 20] = [
        0x660, 0x6f0, 0x7c0, 0x966, 0x9e6, 0xa66, 0xae6, 0xb66, 0xbe6, 0xc66, 0xce6, 0xd66, 0xde6, 0xe50, 0xed0, 0xf20,
        0x1040, 0x1090, 0x17e0, 0x1810,
    ];
    let code = u32::from(c);
    let zero = ZEROS.iter().find(|zero| (**zero..**zero + 10).contains(&code))?;
    char::from_digit(code - zero, 10)
}

/// Characters beyond the table that need no folding.
fn is_plain(c: char) -> bool {
    matches!(c, '\u{3041}'..='\u{3096}' | '\u{30a1}'..='\u{30fa}' | '\u{30fc}' | '\u{3400}'..='\u{4dbf}'
        | '\u{4e00}'..='\u{9fff}' | '\u{ac00}'..='\u{d7a3}' | '\u{20000}'..='\u{2a6df}' | '\u{2a700}'..='\u{2ebe0}')
}

/// The script does not part words by spaces, or not where words end.
fn is_run(c: char) -> bool {
    c >= '\u{e01}'
        && matches!(c, '\u{e01}'..='\u{eff}' | '\u{1000}'..='\u{109f}' | '\u{1100}'..='\u{11ff}'
            | '\u{1780}'..='\u{17ff}' | '\u{3005}'..='\u{3007}' | '\u{3041}'..='\u{30ff}' | '\u{3105}'..='\u{312f}'
            | '\u{31a0}'..='\u{31bf}' | '\u{31f0}'..='\u{31ff}' | '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}'
            | '\u{a960}'..='\u{a97f}' | '\u{ac00}'..='\u{d7ff}' | '\u{20000}'..='\u{3ffff}')
}

/// The letter that a mark makes with the one before it.
fn joined(before: char, mark: char) -> Option<char> {
    let code = u32::from(before);
    match (before, mark) {
        ('и', '\u{306}') => Some('й'),
        ('у', '\u{306}') => Some('ў'),
        ('і', '\u{308}') => Some('ї'),
        ('ウ', '\u{3099}') => Some('ヴ'),
        ('か'..='と' | 'カ'..='ト', '\u{3099}') => char::from_u32(code + 1),
        ('は' | 'ひ' | 'ふ' | 'へ' | 'ほ' | 'ハ' | 'ヒ' | 'フ' | 'ヘ' | 'ホ', '\u{3099}') => {
            char::from_u32(code + 1)
        }
        ('は' | 'ひ' | 'ふ' | 'へ' | 'ほ' | 'ハ' | 'ヒ' | 'フ' | 'ヘ' | 'ホ', '\u{309a}') => {
            char::from_u32(code + 2)
        }
        // Hangul in pieces: a leading consonant and a vowel, then a final consonant.
        ('\u{1100}'..='\u{1112}', '\u{1161}'..='\u{1175}') => {
            char::from_u32(0xac00 + ((code - 0x1100) * 21 + (u32::from(mark) - 0x1161)) * 28)
        }
        ('\u{ac00}'..='\u{d7a3}', '\u{11a8}'..='\u{11c2}') if (code - 0xac00).is_multiple_of(28) => {
            char::from_u32(code + u32::from(mark) - 0x11a7)
        }
        _ => None,
    }
}

/// Puts folded characters together to tokens.
struct Folder<F> {
    each: F,
    word: String,
    letters: usize,
    start: usize,
    end: usize,
    /// The last two characters of a run, not yet told, with their places: a mark may follow that belongs to the last.
    before: Option<(char, usize, usize)>,
    run: Option<(char, usize, usize)>,
    pair: String,
}

impl<F: FnMut(&Token<'_>)> Folder<F> {
    fn put(&mut self, c: char, start: usize, end: usize) {
        match c {
            '\u{306}' | '\u{308}' => {
                if let Some(own) = self.word.chars().next_back().and_then(|before| joined(before, c)) {
                    self.word.pop();
                    self.word.push(own);
                }
                if !self.word.is_empty() {
                    self.end = end;
                }
            }
            '\u{3099}' | '\u{309a}' | '\u{1161}'..='\u{1175}' | '\u{11a8}'..='\u{11c2}' => match &mut self.run {
                Some(run) if joined(run.0, c).is_some() => {
                    run.0 = joined(run.0, c).unwrap_or(run.0);
                    run.2 = end;
                }
                _ => self.run_on(c, start, end),
            },
            'վ' if self.word.ends_with('ե') => self.letter('ւ', start, end),
            _ if is_run(c) => self.run_on(c, start, end),
            _ => self.letter(c, start, end),
        }
    }

    fn put_all(&mut self, chars: &[char], start: usize, end: usize) {
        // A mark that is left out belongs to the letter before it all the same.
        if chars.is_empty() && !self.word.is_empty() {
            self.end = end;
        }
        chars.iter().for_each(|c| self.put(*c, start, end));
    }

    fn letter(&mut self, c: char, start: usize, end: usize) {
        if self.run.is_some() {
            self.close();
        }
        if self.word.is_empty() {
            self.start = start;
            self.letters = 0;
        }
        self.end = end;
        self.letters += 1;
        if self.letters <= WORD {
            self.word.push(c);
        }
    }

    fn run_on(&mut self, c: char, start: usize, end: usize) {
        if !self.word.is_empty() {
            self.close();
        }
        self.pair();
        self.before = self.run.replace((c, start, end));
    }

    /// Tells the pair that waits.
    fn pair(&mut self) {
        if let (Some((one, start, mid)), Some((two, _, end))) = (self.before.take(), self.run) {
            self.pair.clear();
            self.pair.push(one);
            self.pair.push(two);
            (self.each)(&Token { text: &self.pair, kind: Kind::Pair, start, mid, end });
        }
    }

    fn close(&mut self) {
        if !self.word.is_empty() {
            let (start, end) = (self.start, self.end);
            (self.each)(&Token { text: &self.word, kind: Kind::Word, start, mid: end, end });
            self.word.clear();
        }
        self.pair();
        if let Some((c, start, end)) = self.run.take() {
            let mut buffer = [0; 4];
            (self.each)(&Token { text: c.encode_utf8(&mut buffer), kind: Kind::Last, start, mid: end, end });
        }
    }
}
