use jiff::civil::date;
use proptest::prelude::*;
use url::Url;

use super::super::dates::{self, Ways};
use super::super::{Input, read};
use super::*;
use crate::model::{Document, Precision};

/// The years from 1300 to 1410 that began on the 22nd and on the 20th of March; the others, on the 21st.
const ON_THE_22ND: [i16; 12] = [1301, 1302, 1305, 1306, 1310, 1314, 1318, 1322, 1326, 1330, 1334, 1338];
const ON_THE_20TH: [i16; 10] = [1375, 1379, 1383, 1387, 1391, 1395, 1399, 1403, 1407, 1408];

#[test]
fn solar_years_begin_with_spring() {
    for year in 1300..=1410 {
        let day = 21 + i8::from(ON_THE_22ND.contains(&year)) - i8::from(ON_THE_20TH.contains(&year));
        assert_eq!(Calendar::Jalali.day(year, 1, 1), Some(date(year + 621, 3, day)), "{year}");
    }
}

#[test]
fn known_days_are_found() {
    let jalali = |y, m, d| Calendar::Jalali.day(y, m, d);
    assert_eq!(jalali(1357, 11, 22), Some(date(1979, 2, 11)));
    assert_eq!(jalali(1399, 12, 30), Some(date(2021, 3, 20)));
    assert_eq!(jalali(1400, 12, 30), None, "no leap year");
    assert_eq!(jalali(1400, 7, 31), None);
    assert_eq!(jalali(1400, 13, 1), None);
    let hijri = |y, m, d| Calendar::Hijri.day(y, m, d);
    assert_eq!(hijri(1400, 1, 1), Some(date(1979, 11, 20)));
    assert_eq!(hijri(1442, 9, 12), Some(date(2021, 4, 24)));
    assert_eq!(hijri(1445, 9, 1), Some(date(2024, 3, 11)));
    assert_eq!(hijri(1500, 12, 1), None, "no year that a page may be dated by");
    assert_eq!(hijri(1442, 9, 31), None);
    assert_eq!(hijri(1300, 1, 1), Some(date(1882, 11, 12)));
}

proptest! {
    #[test]
    fn each_day_follows_the_one_before(year in 1300i16..1500, month in 1i8..=12, lunar in any::<bool>()) {
        let calendar = if lunar { Calendar::Hijri } else { Calendar::Jalali };
        let mut days = (1..=31).filter_map(|d| calendar.day(year, month, d));
        let first = days.next().unwrap();
        let mut last = first;
        for day in days {
            prop_assert_eq!(last.tomorrow().unwrap(), day);
            last = day;
        }
        let length = (last - first).get_days() + 1;
        prop_assert!((29..=31).contains(&length), "{}", length);
        let (y, m) = if month == 12 { (year + 1, 1) } else { (year, month + 1) };
        // Where arithmetic gives way to the table, a day may lie between them.
        let slack = i32::from(lunar && y == FIRST && m == 1);
        if let Some(next) = calendar.day(y, m, 1) {
            prop_assert!(((next - last).get_days() - 1).abs() <= slack);
        }
    }

    #[test]
    fn no_numbers_break_it(year in any::<i16>(), month in any::<i8>(), day in any::<i8>(), n in 0usize..3) {
        [Calendar::Gregorian, Calendar::Jalali, Calendar::Hijri][n].day(year, month, day);
    }
}

fn day(text: &str) -> Option<String> {
    dates::when(text, "text", false).map(|w| w.at.unwrap().to_string()[..10].to_owned())
}

#[test]
fn solar_dates_are_read_in_words_and_numbers() {
    for text in [
        "۲۲ اردیبهشت ۱۴۰۰",
        "چهارشنبه ۲۲ ارديبهشت ماه سال ۱۴۰۰",
        "22 اردیبهشت 1400",
        "اردیبهشت ۲۲, ۱۴۰۰",
        "۲۲ ثور ۱۴۰۰",
        "۱۴۰۰/۰۲/۲۲",
        "۱۴۰۰-۲-۲۲",
        "۲۲/۰۲/۱۴۰۰",
        "1400/02/22 هجری شمسی",
        "12 May 2021",
        "۱۲ مه ۲۰۲۱",
    ] {
        assert_eq!(day(text).as_deref(), Some("2021-05-12"), "{text}");
    }
    let when = dates::when("تاریخ انتشار: ۲۲ اردیبهشت ۱۴۰۰ ساعت ۱۸:۲۸", "text", false).unwrap();
    assert_eq!(when.at.unwrap().to_string(), "2021-05-12T18:28:00Z");
    assert_eq!((when.raw.as_str(), when.source.as_str()), ("۲۲ اردیبهشت ۱۴۰۰ ساعت ۱۸:۲۸", "text"));
}

#[test]
fn bare_numbers_need_a_page_that_counts_so() {
    assert_eq!(day("1400-02-22"), None);
    let ways = |old| Ways { month_first: false, old };
    let read = |text, old| dates::find(text, ways(old)).map(|f| f.at.to_string()[..10].to_owned());
    assert_eq!(read("1400-02-22", Some(Calendar::Jalali)).as_deref(), Some("2021-05-12"));
    assert_eq!(read("1442/09/12", Some(Calendar::Hijri)).as_deref(), Some("2021-04-24"));
    assert_eq!(read("1442/09/12 هـ", None).as_deref(), Some("2021-04-24"));
    assert_eq!(read("2021-05-12", Some(Calendar::Jalali)).as_deref(), Some("2021-05-12"));
}

#[test]
fn lunar_dates_are_read_and_say_that_they_may_be_one_off() {
    for text in [
        "12 رمضان 1442",
        "السبت ١٢ رمضان المبارك ١٤٤٢ هـ",
        "12 Ramazan 1442",
        "12 Ramadan, 1442",
        "Ramadan 12, 1442",
        "١٤٤٢/٩/١٢ هـ",
    ] {
        assert_eq!(day(text).as_deref(), Some("2021-04-24"), "{text}");
    }
    let when = dates::when("12 رمضان 1442 10:30", "text", false).unwrap();
    assert_eq!((when.source.as_str(), when.precision), ("text-hijri", Precision::Day));
    for (text, wanted) in [
        ("5 ربيع الأول 1442", "2020-10-22"),
        ("5 Rabi' al-Awwal 1442", "2020-10-22"),
        ("۵ ربیع‌الاول ۱۴۴۲", "2020-10-22"),
        ("1 جمادى الآخرة 1442", "2021-01-14"),
        ("10 ذو الحجة 1442", "2021-07-20"),
        ("10 Dhul-Hijjah 1442", "2021-07-20"),
        ("10 Zilhicce 1442", "2021-07-20"),
        ("15 Sha'ban 1442", "2021-03-28"),
        ("15 Şaban 1442", "2021-03-28"),
    ] {
        assert_eq!(day(text).as_deref(), Some(wanted), "{text}");
    }
}

#[test]
fn of_two_calendars_that_of_the_world_is_believed() {
    for text in [
        "الأحد 12 رمضان 1442 هـ الموافق 25 أبريل 2021",
        "25 نيسان 2021 - 12 رمضان 1442",
        "۵ اردیبهشت ۱۴۰۰ برابر با ۲۵ آوریل ۲۰۲۱",
    ] {
        let when = dates::when(text, "text", false).unwrap();
        assert_eq!((&when.at.unwrap().to_string()[..10], when.source.as_str()), ("2021-04-25", "text"), "{text}");
        assert!(when.raw.contains("2021") || when.raw.contains("۲۰۲۱"), "{}", when.raw);
    }
    // Another day is another date.
    assert_eq!(day("۲۲ اردیبهشت ۱۴۰۰ | 3 June 2021").as_deref(), Some("2021-05-12"));
}

#[test]
fn months_of_the_levant_and_the_maghreb_are_those_of_the_world() {
    for (text, wanted) in [
        ("12 كانون الثاني 2021", "2021-01-12"),
        ("12 كانون الأول / ديسمبر 2021", "2021-12-12"),
        ("12 تشرين الاول 2021", "2021-10-12"),
        ("12 تشرين الثاني (نوفمبر) 2021", "2021-11-12"),
        ("12 أيار/مايو 2021", "2021-05-12"),
        ("12 جانفي 2021", "2021-01-12"),
        ("12 فيفري 2021", "2021-02-12"),
        ("12 أفريل 2021", "2021-04-12"),
        ("12 جويلية 2021", "2021-07-12"),
        ("12 غشت 2021", "2021-08-12"),
        ("12 دجنبر 2021", "2021-12-12"),
        ("12 Յունուար 2021", "2021-01-12"),
    ] {
        assert_eq!(day(text).as_deref(), Some(wanted), "{text}");
    }
}

#[test]
fn words_that_are_months_too_make_no_dates() {
    for text in [
        "حمل ۱۴۰۰ کیلو بار",
        "اسد ۱۲ ساله",
        "۵ اسد و ۱۴۰۰ گاو",
        "مهر ۱۴۰۰",
        "دی ۱۲ ۱۴۰۰",
        "رمضان 1442",
        "12 رمضان 2021",
        "12 مهر 2021",
        "12 May 1400",
        "Recep 12 yaşında, 1442 kişi",
        "ربيع 12 عام 1442",
    ] {
        assert_eq!(day(text), None, "{text}");
    }
}

fn page(html: &str) -> Document {
    let url = Url::parse("https://example.org/").unwrap();
    read(&Input { body: html.as_bytes(), content_type: "text/html; charset=utf-8", url: &url, body_truncated: false })
}

#[test]
fn a_page_in_persian_is_dated_by_its_own_calendar() {
    let text =
        "<p>این متن مقاله است و چند جمله دارد تا به عنوان متن اصلی صفحه شناخته شود و چیز دیگری نیست.</p>".repeat(4);
    let html = format!("<html lang=fa><body><h1>خبر</h1><div>1400/02/22</div>{text}");
    let published = page(&html).published.unwrap();
    assert_eq!(published.at.unwrap().to_string(), "2021-05-12T00:00:00Z");
    assert_eq!(published.raw, "1400/02/22");
}

#[test]
fn a_page_with_lines_of_both_calendars_is_dated_by_that_of_the_world() {
    let text =
        "<p>هذا نص المقال وفيه جمل كثيرة ليعرف أنه النص الرئيسي للصفحة ولا شيء غير ذلك في هذه الصفحة.</p>".repeat(4);
    let html = format!("<html lang=ar><body><h1>خبر</h1><div>13 رمضان 1442</div><div>24 أبريل 2021</div>{text}");
    let published = page(&html).published.unwrap();
    assert_eq!((published.raw.as_str(), published.source.as_str()), ("24 أبريل 2021", "text"));
}
