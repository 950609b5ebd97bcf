//! ARMSCII-8, the Armenian character set of sites of about 2000; no browser and no library knows it.

/// Decodes ARMSCII-8 (AST 34.002). Octets that it does not define become U+FFFD.
pub(super) fn decode(bytes: &[u8]) -> String {
    let mut out = String::with_capacity(bytes.len() * 2);
    for &b in bytes {
        out.push(char_of(b));
    }
    out
}

fn char_of(b: u8) -> char {
    const SIGNS: [char; 16] = [
        '\u{a0}', '\u{fffd}', '\u{587}', '\u{589}', ')', '(', '\u{bb}', '\u{ab}', '\u{2014}', '.', '\u{55d}', ',', '-',
        '\u{58a}', '\u{2026}', '\u{55c}',
    ];
    match b {
        0..=0x7f => b as char,
        0x80..=0x9f => '\u{fffd}',
        0xa0..=0xaf => SIGNS[usize::from(b - 0xa0)],
        0xb0 => '\u{55b}',
        0xb1 => '\u{55e}',
        // Letters stand in pairs: capital, small; 38 of them from Ayb to Feh.
        0xb2..=0xfd => {
            let letter = u32::from(b - 0xb2) / 2;
            let base = if b.is_multiple_of(2) { 0x531 } else { 0x561 };
            char::from_u32(base + letter).unwrap_or('\u{fffd}')
        }
        0xfe => '\u{55a}',
        0xff => '\u{fffd}',
    }
}

/// Text without a label that reads as Armenian in ARMSCII-8: nearly all high octets are small or capital
/// letters of that set, and they alternate the way words do (small letters have odd codes).
pub(super) fn plausible(bytes: &[u8]) -> bool {
    let (mut high, mut small, mut other) = (0u32, 0u32, 0u32);
    for &b in bytes.iter().take(64 << 10) {
        match b {
            0xb3..=0xfd if b % 2 == 1 => {
                high += 1;
                small += 1;
            }
            0xb2..=0xfc | 0xa2..=0xb1 | 0xfe => high += 1,
            0x80..=0xff => other += 1,
            _ => {}
        }
    }
    // In windows-1251 and its like even and odd codes are mixed evenly.
    high >= 24 && other * 50 < high && small * 100 > high * 88
}
