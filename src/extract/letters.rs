//! Letters of the scripts that pages are written in, without the tables of all others: case and kind of
//! each of them is asked for some ten thousand times a page.

/// The lower case of a character that has one of its own, or none; `None`: the general tables are to be asked.
#[inline]
fn quick(c: char) -> Option<char> {
    let up = |by: u32| char::from_u32(c as u32 + by);
    match c {
        '\0'..='\u{7f}' => Some(c.to_ascii_lowercase()),
        'À'..='Ö' | 'Ø'..='Þ' | 'Α'..='Ρ' | 'Τ'..='Ϋ' | 'А'..='Я' => up(32),
        'Ѐ'..='Џ' => up(80),
        'Ա'..='Ֆ' => up(48),
        '\u{80}'..='\u{bf}'
        | '×'
        | 'ß'..='ÿ'
        | 'ά'..='ώ'
        | 'а'..='џ'
        // From the Armenian small letters to Burmese: Hebrew, Arabic, the scripts of India, Thai.
        | 'ՙ'..='\u{109f}'
        | 'ა'..='ჿ'
        | '\u{2000}'..='\u{2125}'
        | '\u{2e80}'..='\u{a63f}'
        | '\u{ac00}'..='\u{d7ff}' => Some(c),
        _ => None,
    }
}

/// As [`str::to_lowercase`].
pub(super) fn lower(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match quick(c) {
            Some(c) => out.push(c),
            // The last sigma of a word is another one.
            None if c == 'Σ' => return text.to_lowercase(),
            None => out.extend(c.to_lowercase()),
        }
    }
    out
}

/// A text is `lowered` in lower case.
pub(super) fn lowers_to(text: &str, lowered: &str) -> bool {
    let first = |t: &str| t.chars().next();
    let alike = match (first(text), first(lowered)) {
        (Some(a), Some(b)) => same(a, b),
        (a, b) => a == b,
    };
    // Hardly a letter changes its length with its case.
    alike && text.len().abs_diff(lowered.len()) <= 16 + text.len() / 8 && lower(text) == lowered
}

/// Two characters are one but for their case, as the lower case of each tells.
#[inline]
pub(super) fn same(a: char, b: char) -> bool {
    a == b
        || match (quick(a), quick(b)) {
            (Some(a), Some(b)) => a == b,
            _ => a.to_lowercase().eq(b.to_lowercase()),
        }
}

/// Letters of which no sign in their range is anything else.
#[inline]
fn is_known_letter(c: char) -> bool {
    matches!(c,
        'a'..='z' | 'A'..='Z' | 'À'..='Ö' | 'Ø'..='ö' | 'ø'..='ɏ' | 'Α'..='Ρ' | 'Σ'..='ώ' | 'Ѐ'..='ҁ' | 'Ҋ'..='ԯ'
        | 'Ա'..='Ֆ' | 'ՠ'..='ֈ' | 'ؠ'..='ي' | 'ა'..='ჺ' | 'ぁ'..='ゖ' | 'ァ'..='ヺ' | '一'..='鿿' | '가'..='힣')
}

/// Neither letters nor numbers: signs of punctuation.
#[inline]
fn is_known_sign(c: char) -> bool {
    matches!(c, '\0'..='/' | ':'..='@' | '['..='`' | '{'..='\u{a9}' | '\u{2000}'..='\u{206f}' | '\u{3000}'..='\u{3004}')
}

/// As [`char::is_alphabetic`].
#[inline]
pub(super) fn is_alphabetic(c: char) -> bool {
    is_known_letter(c) || (!is_known_sign(c) && c.is_alphabetic())
}

/// As [`char::is_numeric`].
#[inline]
pub(super) fn is_numeric(c: char) -> bool {
    !is_known_letter(c) && !is_known_sign(c) && c.is_numeric()
}

/// As [`char::is_alphanumeric`].
#[inline]
pub(super) fn is_alphanumeric(c: char) -> bool {
    is_known_letter(c) || (!is_known_sign(c) && c.is_alphanumeric())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_character_there_is_answers_as_the_tables_say() {
        for c in '\0'..=char::MAX {
            let text = c.to_string();
            assert_eq!(lower(&text), text.to_lowercase(), "{c:?}");
            assert_eq!(is_alphabetic(c), c.is_alphabetic(), "{c:?}");
            assert_eq!(is_numeric(c), c.is_numeric(), "{c:?}");
            assert_eq!(is_alphanumeric(c), c.is_alphanumeric(), "{c:?}");
        }
    }

    #[test]
    fn words_keep_their_last_sigma() {
        for text in ["ΟΔΟΣ ΣΟΦΟΣ", "İSTANBUL", "ԵՐԵՎԱՆ և Москва", "AÉ", ""] {
            assert_eq!(lower(text), text.to_lowercase());
        }
        assert!(same('Ս', 'ս') && same('Σ', 'σ') && same('İ', 'İ') && !same('a', 'b'));
    }
}
