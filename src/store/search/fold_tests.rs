use proptest::prelude::*;

use super::fold::{Kind, index_text, tokens};
use super::parts::{inside_text, place_in_word};

fn folded(text: &str) -> String {
    let mut out = String::new();
    index_text(text, &mut out);
    out.trim_end().to_owned()
}

#[test]
fn what_is_typed_one_way_is_found_another_way() {
    let same: &[(&str, &[&str])] = &[
        ("cafe", &["Café", "CAFÉ", "cafe\u{301}", "ＣＡＦÉ", "ca\u{ad}fé"]),
        ("strasse", &["Straße", "STRASSE", "STRAẞE"]),
        ("naive facade", &["naïve façade"]),
        ("smorrebrod", &["smørrebrød"]),
        ("lodz", &["Łódź"]),
        ("tieng viet", &["Tiếng Việt"]),
        ("istanbul", &["İstanbul", "Istanbul", "ISTANBUL", "ıstanbul", "i\u{307}stanbul"]),
        ("isik", &["ışık", "IŞIK", "işik"]),
        ("ελλαδα", &["Ελλάδα", "ΕΛΛΑΔΑ", "ἑλλάδα"]),
        ("λογοσ", &["λόγος", "ΛΟΓΟΣ", "λογος"]),
        ("елка", &["ёлка", "Ёлка", "е\u{308}лка", "ЕЛКА"]),
        ("замок", &["за\u{301}мок"]),
        ("мой", &["МОЙ", "мои\u{306}"]),
        ("україна", &["УКРАЇНА", "украі\u{308}на"]),
        ("եւ", &["և", "եվ", "ԵՎ", "Եւ", "ԵՒ"]),
        ("ինչ", &["ի՞նչ", "Ինչ", "ի՛նչ"]),
        ("երեւան", &["Երևան", "ԵՐԵՎԱՆ", "Երեւան"]),
        ("كتاب", &["كِتَابٌ", "کتاب", "كتـــاب", "ﻛﺘﺎﺏ"]),
        ("احمد", &["أحمد", "إحمد", "آحمد", "ٱحمد"]),
        ("مدرسه", &["مدرسة", "مدرسه"]),
        ("علي", &["على", "علی"]),
        ("ميخواهم", &["می\u{200c}خواهم", "ميخواهم"]),
        ("2024", &["٢٠٢٤", "۲۰۲۴", "２０２４", "२०२४"]),
        ("שלומ", &["שָׁלוֹמ"]),
        ("アガキ", &["ｱｶﾞｷ", "アカ\u{3099}キ"]),
        ("한국 국", &["한국", "\u{1112}\u{1161}\u{11ab}\u{1100}\u{116e}\u{11a8}"]),
        ("हिन्दी", &["हिन्दी"]),
        ("l homme", &["l’homme", "l'homme", "L'Homme"]),
    ];
    for (wanted, forms) in same {
        // The first is itself in folded form but for runs, which become pairs.
        let wanted = if wanted.contains(' ') && !wanted.is_ascii() { (*wanted).to_owned() } else { folded(wanted) };
        for form in *forms {
            assert_eq!(folded(form), wanted, "{form:?}");
        }
    }
    assert_eq!(folded("Café ёлка λόγος"), "cafe елка λογοσ");
}

#[test]
fn letters_that_tell_words_apart_stay() {
    for (a, b) in [("война", "воина"), ("їх", "іх"), ("ў", "у"), ("ガ", "カ"), ("ə", "e")] {
        assert_ne!(folded(a), folded(b), "{a} {b}");
    }
}

#[test]
fn runs_without_spaces_become_pairs() {
    assert_eq!(folded("東京大学"), "東京 京大 大学 学");
    assert_eq!(folded("東京、iPhone用"), "東京 京 iphone 用");
    assert_eq!(folded("字"), "字");
    assert_eq!(folded("ภาษาไทย"), "ภา าษ ษา าไ ไท ทย ย");
    assert_eq!(folded("2026年11月"), "2026 年 11 月");
    assert_eq!(folded("ハード・ソフト"), "ハー ード ド ソフ フト ト");
}

#[test]
fn what_is_no_letter_parts_words() {
    assert_eq!(folded("a.b-c_d/e+f\0g"), "a b c d e f g");
    assert_eq!(folded("Keepfast™ © 2026…"), "keepfast 2026");
    assert_eq!(folded("«да»—нет"), "да нет");
    assert_eq!(folded("\u{1f600}\u{fffd}\u{e000}"), "");
    assert_eq!(folded(&"x".repeat(1000)).len(), 64, "a word of a thousand letters is none");
}

#[test]
fn a_token_says_where_it_stands() {
    let mut found = Vec::new();
    let text = "Ես cafe\u{301} 東京";
    tokens(text, |t| found.push((t.text.to_owned(), t.kind, &text[t.start..t.mid], &text[t.start..t.end])));
    let wanted = [
        ("ես", Kind::Word, "Ես", "Ես"),
        ("cafe", Kind::Word, "cafe\u{301}", "cafe\u{301}"),
        ("東京", Kind::Pair, "東", "東京"),
        ("京", Kind::Last, "京", "京"),
    ];
    assert_eq!(found, wanted.map(|(t, k, m, e)| (t.to_owned(), k, m, e)));
}

fn trigrams(text: &str) -> String {
    let mut out = String::new();
    inside_text(text, &mut out);
    out.trim_end().to_owned()
}

#[test]
fn words_have_trigrams_and_runs_have_none() {
    assert_eq!(trigrams("Windmill, ab: cafe\u{301}s"), "win ind ndm dmi mil ill caf afe fes");
    assert_eq!(trigrams("東京大学 ภาษาไทย iPhone用"), "iph pho hon one");
    assert_eq!(trigrams("Երևանում"), "երե րեւ եւա ւան անո նու ում", "ո and ւ are two letters");
    assert_eq!(trigrams("bri ridge"), "bri \u{e000} rid idg dge", "no part goes from one word into the next");
    assert_eq!(trigrams("bri. A ridge; or idea"), "bri \u{e000} rid idg dge ide dea");
}

#[test]
fn a_part_of_a_word_has_its_place_in_what_was_written() {
    let place = |written: &'static str, from, to| {
        let (start, end) = place_in_word(written, from, to);
        &written[start..end]
    };
    assert_eq!(place("windmills", 4, 8), "mill");
    assert_eq!(place("cafe\u{301}s", 2, 4), "fe\u{301}");
    assert_eq!(place("Stra\u{ad}ße", 4, 6), "ß", "both letters of it");
    assert_eq!(place("Straße", 5, 7), "ße", "a half of it is all of it");
    assert_eq!(place("Երևանում", 3, 6), "ևան");
    assert_eq!(place("كِتَابٌ", 1, 4), "تَابٌ");
    assert_eq!(place("İSTANBUL", 0, 3), "İST");
    let (start, end) = place_in_word(&"\u{ad}".repeat(1 << 20), 1, 4);
    assert!(start <= end && end < 4096, "no word is looked at for ever");
}

proptest! {
    #[test]
    fn any_text_folds_to_clean_tokens(text in "\\PC{0,60}|[\\x00-\\u{10ffff}]{0,60}") {
        let mut before = 0;
        tokens(&text, |token| {
            assert!(!token.text.is_empty() && token.text.len() <= 64 * 4 + 16);
            assert!(token.start >= before && token.start < token.mid.max(token.end) && token.mid <= token.end);
            assert!(text.is_char_boundary(token.start) && text.is_char_boundary(token.mid) && text.is_char_boundary(token.end));
            // Nothing that could part tokens of the index, or be syntax in a query.
            assert!(!token.text.chars().any(|c| c.is_whitespace() || c.is_control() || (c.is_ascii() && !c.is_ascii_alphanumeric())), "{:?}", token.text);
            before = token.start;
        });
    }

    #[test]
    fn folding_twice_changes_nothing_in_words(text in "[a-zA-ZÀ-ÿЀ-ӿΆ-ώա-և \u{300}-\u{30f}]{0,40}") {
        let once = folded(&text);
        prop_assert_eq!(folded(&once), once);
    }

    #[test]
    fn upper_and_lower_case_are_the_same(text in "[a-zäöüßñçğışа-яёїա-ևα-ωάέό ]{0,40}") {
        prop_assert_eq!(folded(&text.to_uppercase()), folded(&text));
    }
}
