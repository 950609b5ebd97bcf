//! The calendars that pages date by besides the Gregorian one: the solar one of Iran and Afghanistan, and
//! the lunar one of Islam. Their months by name, and their days as Gregorian ones.
//!
//! A solar (Jalali) date names one day and no other. A lunar (Hijri) one does so only where a state fixes
//! its calendar beforehand: it is read by the Umm al-Qura calendar of Saudi Arabia, and where the new moon is
//! watched for instead, the day may be one off. A time read so says it by its source (`text-hijri`).

use jiff::civil::Date;
use jiff::{Span, ToSpan as _};

/// By which the years and months of a date count.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Calendar {
    /// Of the world.
    Gregorian,
    /// Solar Hijri: of Iran and Afghanistan.
    Jalali,
    /// Lunar Hijri.
    Hijri,
}

impl Calendar {
    /// Years that a page may be dated by.
    pub fn has_year(self, year: u32) -> bool {
        match self {
            Self::Gregorian => (1500..=2199).contains(&year),
            Self::Jalali | Self::Hijri => (1300..=1499).contains(&year),
        }
    }

    /// The Gregorian day, if there is such a one.
    pub fn day(self, year: i16, month: i8, day: i8) -> Option<Date> {
        match self {
            Self::Gregorian => Date::new(year, month, day).ok(),
            Self::Jalali => jalali(year, month, day),
            Self::Hijri => hijri(year, month, day),
        }
    }
}

/// Twelve months, in each the names parted by spaces; what is said in several words is written as one.
pub(super) const JALALI: [&str; 12] = [
    "فروردین حمل وری",
    "اردیبهشت ثور غویی",
    "خرداد جوزا غبرګولی",
    "تیر سرطان چنګاښ",
    "مرداد امرداد اسد زمری",
    "شهریور سنبله وږی",
    "مهر میزان تله",
    "آبان عقرب لړم",
    "آذر قوس لیندۍ",
    "دی جدی مرغومی",
    "بهمن دلو سلواغه",
    "اسفند اسپند حوت کب",
];

/// As [`JALALI`]: in Arabic, Persian and Urdu, Turkish, Azerbaijani, English.
pub(super) const HIJRI: [&str; 12] = [
    "محرم المحرم muharram muharrem məhərrəm",
    "صفر safar safer səfər",
    "ربيعالأول ربيعأول rabialawwal rabiulawwal rabiawwal rabii rebiülevvel rəbiüləvvəl",
    "ربيعالآخر ربيعالثاني ربيعالثانی rabialthani rabialakhir rabialakhar rabiulakhir rabiulthani rabiii rebiülahir rəbiüssani rəbiülaxir",
    "جمادىالأولى جمادىالأول جمادیالاول jumadaalula jumadaalawwal jumadialawwal jumadalula jumadai jumadaalawal cemaziyelevvel cəmadiyələvvəl",
    "جمادىالآخرة جمادىالثانية جمادىالآخر جمادیالثانی jumadaalakhirah jumadaalakhira jumadaalthani jumadaalthaniyah jumadaalthania \
     jumadialthani jumadaii cemaziyelahir cəmadiyəlaxir",
    "رجب rajab recep rəcəb",
    "شعبان shaban şaban",
    "رمضان ramadan ramadhan ramazan",
    "شوال shawwal shawal şevval şəvval",
    "ذوالقعدة ذيالقعدة ذيقعدة dhualqidah dhualqadah dhulqidah dhulqadah dhualqada dhulqada zulqadah zilkade zilqədə",
    "ذوالحجة ذيالحجة ذيحجة dhualhijjah dhulhijjah dhualhijja dhulhijja zulhijjah zulhijja zilhicce zilhiccə",
];

/// First words of names in several words.
pub(super) const OPENS: &str = "كانون تشرين ربيع جمادى جمادی ذو ذي ذی ذوال rabi rabiul jumada jumadi dhu dhul sha zul";

/// Words between the month and the year that tell nothing more: epithets, "month", "of the year".
pub(super) fn is_between(word: &str) -> bool {
    matches!(
        plain(word).as_str(),
        "المبارك"
            | "مبارك"
            | "الحرام"
            | "المعظم"
            | "الخير"
            | "المظفر"
            | "المرجب"
            | "المكرم"
            | "ماه"
            | "سال"
            | "عام"
            | "لعام"
            | "سنه"
            | "لسنه"
            | "من"
    )
}

/// A word behind a date that names its calendar: `هـ`, `ه.ش`, `شمسی`, `هجری قمری`.
pub(super) fn named_by(word: &str) -> Option<Calendar> {
    match plain(word).as_str() {
        "ش" | "شمسي" | "خورشيدي" => Some(Calendar::Jalali),
        "ه" | "ق" | "هجري" | "قمري" | "الهجري" => Some(Calendar::Hijri),
        _ => None,
    }
}

/// A word as it is compared: Arabic letters that are written in several ways in one of them, without marks.
pub(super) fn plain(word: &str) -> String {
    let mut out = String::with_capacity(word.len());
    for c in word.chars() {
        out.push(match c {
            'أ' | 'إ' | 'آ' | 'ٱ' => 'ا',
            'ی' | 'ى' | 'ې' | 'ۍ' => 'ي',
            'ک' => 'ك',
            'ګ' => 'گ',
            'ة' | 'ہ' | 'ھ' | 'ە' | 'ۃ' => 'ه',
            'ؤ' => 'و',
            '\u{640}' | '\u{64b}'..='\u{65f}' | '\u{670}' | '\u{200c}' | '\u{200d}' | 'ʿ' | 'ʾ' | 'ʻ' | 'ʼ' => {
                continue;
            }
            other => other,
        });
    }
    out
}

/// Whether [`plain`] may change a word.
pub(super) fn is_written_variously(word: &str) -> bool {
    word.bytes().any(|b| matches!(b, 0xca | 0xd8..=0xdb))
}

/// A solar year begins with the day of the spring equinox at Tehran: in these centuries eight years of 33 are
/// leap years.
fn jalali(year: i16, month: i8, day: i8) -> Option<Date> {
    let (y, m, d) = (i64::from(year), i64::from(month), i64::from(day));
    let leap = |y: i64| (8 * y + 29).div_euclid(33) - (8 * y + 21).div_euclid(33);
    let length = match m {
        1..=6 => 31,
        7..=11 => 30,
        12 => 29 + leap(y),
        _ => return None,
    };
    if !Calendar::Jalali.has_year(u32::try_from(year).ok()?) || !(1..=length).contains(&d) {
        return None;
    }
    // Days from the beginning of 1400, the 21st of March 2021.
    let begins = |y: i64| 365 * y + (8 * y + 21).div_euclid(33);
    let months = if m <= 7 { 31 * (m - 1) } else { 186 + 30 * (m - 7) };
    Date::constant(2021, 3, 21).checked_add(days(begins(y) - begins(1400) + months + d - 1)?).ok()
}

fn days(count: i64) -> Option<Span> {
    0.days().try_days(count).ok()
}

/// The first year of [`LONG`], and its first day.
const FIRST: i16 = 1365;
const FIRST_DAY: Date = Date::constant(1945, 12, 5);
/// The months of the Umm al-Qura calendar that have 30 days, not 29: of each year twelve bits, the lowest of
/// the first month.
#[rustfmt::skip]
const LONG: [u16; 136] = [
    0xd55, 0x555, 0x555, 0xd55, 0x6d5, 0x555, 0xea5, 0xd2a, 0xaaa, 0xcd5, 0x655, 0x572, 0xda9, 0x555, 0xaaa, 0x555,
    0x52d, 0xa6d, 0x55a, 0x555, 0x74d, 0xd53, 0xd54, 0x556, 0xd55, 0x2d5, 0xd55, 0xd54, 0xd45, 0x655, 0x52d, 0xa5d,
    0x55a, 0xad5, 0x6aa, 0xd4b, 0x52a, 0xa57, 0x4ae, 0x976, 0x56c, 0xb55, 0xaaa, 0xa55, 0x4ad, 0x95d, 0x2da, 0x5d9,
    0xdb2, 0xba4, 0xb4a, 0xa55, 0x2b5, 0x575, 0xb6a, 0xbd2, 0xbc4, 0xb89, 0xa95, 0x52d, 0x5ad, 0xb6a, 0x6d4, 0xdc9,
    0xd92, 0xaa6, 0x956, 0x2ae, 0x56d, 0x36a, 0xb55, 0xaaa, 0x94d, 0x49d, 0x95d, 0x2ba, 0x5b5, 0x5aa, 0xd55, 0xa9a,
    0x92e, 0x26e, 0x55d, 0xada, 0x6d4, 0x6a5, 0x54b, 0xa97, 0x54e, 0xaae, 0x5ac, 0xba9, 0xd92, 0xb25, 0x64b, 0xcab,
    0x55a, 0xb55, 0x6d2, 0xea5, 0xe4a, 0xa95, 0x52d, 0xaad, 0x36c, 0x759, 0x6d2, 0x695, 0x52d, 0xa5b, 0x4ba, 0x9ba,
    0x3b4, 0xb69, 0xb52, 0xaa6, 0x4b6, 0x96d, 0x2ec, 0x6d9, 0xeb2, 0xd54, 0xd2a, 0xa56, 0x4ae, 0x96d, 0xd6a, 0xb54,
    0xb29, 0xa93, 0x52b, 0xa57, 0x536, 0xab5, 0x6aa, 0xe93,
];

/// By the Umm al-Qura calendar as far as it is laid down, before it by the arithmetical one of 30 years.
fn hijri(year: i16, month: i8, day: i8) -> Option<Date> {
    if !Calendar::Hijri.has_year(u32::try_from(year).ok()?) || !(1..=12).contains(&month) {
        return None;
    }
    let (y, m, d) = (i64::from(year), i64::from(month), i64::from(day));
    let Ok(at) = usize::try_from(year - FIRST) else {
        let leap = i64::from((11 * y + 14) % 30 < 11);
        let length = if month == 12 { 29 + leap } else { 29 + m % 2 };
        // Days from the beginning of 1300, the 12th of November 1882.
        let begins = |y: i64| 354 * y + (11 * y + 3).div_euclid(30);
        let past = begins(y) - begins(1300) + (59 * (m - 1) + 1) / 2 + d - 1;
        return (1..=length).contains(&d).then(|| Date::constant(1882, 11, 12).checked_add(days(past)?).ok()).flatten();
    };
    let long = *LONG.get(at)?;
    let length = |month: i64| 29 + i64::from(long >> (month - 1) & 1);
    if !(1..=length(m)).contains(&d) {
        return None;
    }
    let years: i64 = LONG[..at].iter().map(|long| 12 * 29 + i64::from(long.count_ones())).sum();
    FIRST_DAY.checked_add(days(years + (1..m).map(length).sum::<i64>() + d - 1)?).ok()
}

#[cfg(test)]
mod tests;
