use super::*;

fn line(text: &str) -> String {
    fold(text, Place::Line)
}

#[track_caller]
fn alike(before: &str, after: &str) {
    assert!(says_the_same(&line(before), &line(after)), "{before:?} {:?} / {after:?} {:?}", line(before), line(after));
}

#[track_caller]
fn differ(before: &str, after: &str) {
    assert!(!says_the_same(&line(before), &line(after)), "{before:?} and {after:?} are both {:?}", line(before));
}

/// Two ages as each language tells them.
const AGES: &[(&str, &[&str])] = &[
    (
        "en",
        &[
            "5 minutes ago",
            "an hour ago",
            "2h ago",
            "just now",
            "3 days ago",
            "1 hour and 5 minutes ago",
            "2 weeks ago",
        ],
    ),
    ("fr", &["il y a 5 minutes", "il y a une heure", "à l'instant", "il y a 3 jours", "il y a 2 h"]),
    ("de", &["vor 5 Minuten", "vor einer Stunde", "gerade eben", "vor 3 Tagen", "vor 2 Std."]),
    ("es", &["hace 5 minutos", "hace una hora", "hace un momento", "hace 3 días"]),
    ("it", &["5 minuti fa", "un'ora fa", "poco fa", "3 giorni fa"]),
    ("pt", &["há 5 minutos", "5 minutos atrás", "há uma hora", "agora mesmo"]),
    ("ru", &["5 минут назад", "минуту назад", "2 часа назад", "только что", "3 дня назад"]),
    ("uk", &["5 хвилин тому", "годину тому", "щойно", "3 дні тому"]),
    ("tr", &["5 dakika önce", "bir saat önce", "az önce", "3 gün önce"]),
    ("az", &["5 dəqiqə əvvəl", "bir saat əvvəl", "indicə", "3 gün əvvəl"]),
    ("hy", &["5 րոպե առաջ", "մեկ ժամ առաջ", "հենց նոր", "3 օր առաջ"]),
    ("ar", &["منذ 5 دقائق", "قبل ساعة", "منذ ٣ أيام", "قبل ساعتين"]),
    ("fa", &["۵ دقیقه پیش", "یک ساعت پیش", "لحظاتی پیش", "۳ روز قبل"]),
    ("el", &["πριν από 5 λεπτά", "πριν μία ώρα", "μόλις τώρα", "πριν 3 ημέρες"]),
    ("nl", &["5 minuten geleden", "een uur geleden", "zojuist", "3 dagen geleden"]),
    ("pl", &["5 minut temu", "godzinę temu", "przed chwilą", "3 dni temu"]),
];

#[test]
fn ages_are_alike_in_every_language() {
    for (code, ages) in AGES {
        assert!(words::LANGUAGES.iter().any(|language| language.code == *code));
        for age in *ages {
            assert!(is_nothing(&line(age)), "{code}: {age:?} is {:?}", line(age));
            alike(&format!("Anna · {}", ages[0]), &format!("Anna · {age}"));
        }
    }
    assert_eq!(AGES.len(), words::LANGUAGES.len());
}

#[test]
fn an_age_becomes_a_date_when_it_is_old() {
    alike("Posted 5 minutes ago", "Posted 22 November 2026");
    alike("Yesterday at 14:30", "22.11.2026 14:30");
    alike("вчера в 14:30", "22 ноября 2026 в 14:30");
    differ("Posted 21 November 2026", "Posted 22 November 2026");
}

#[test]
fn labels_of_days_are_noise_only_where_they_label_a_time() {
    alike("Today, 14:30", "Yesterday, 14:30");
    alike("Hoy", "Ayer");
    differ("The council meets today in the old school.", "The council meets yesterday in the old school.");
}

#[test]
fn counters_are_nothing() {
    let counters = [
        "1,204 views",
        "Views: 48.213",
        "Comments (12)",
        "12 Kommentare",
        "1 204 просмотра",
        "۱۲ بازدید",
        "12 مشاهدة",
        "1.2K likes",
        "34 görüntülenme",
        "15 դիտում",
        "3 σχόλια",
        "7 reacties",
        "12 comentários · 34 curtidas",
        "vues 12",
        "5 переглядів",
        "12 baxış",
        "14 users online",
        "Users browsing this forum: Anna, Boris and 3 guests",
        "Кто онлайн: 12 гостей",
        "Anna and 12 others like this",
        "7 + 2 =",
        "What is 3 × 4?",
        "Сколько будет 3 + 4 = ?",
        "USD 387.52 ▲ EUR 410.10 ▼",
        "EUR/USD 1.0832",
        "Page generated in 0.123 seconds",
        "It is currently Mon Nov 23, 2026 6:24 pm",
        "Last updated: 23.11.2026 14:32",
        "Zuletzt aktualisiert: 23. November 2026, 14:32 Uhr",
    ];
    for counter in counters {
        assert!(is_nothing(&line(counter)), "{counter:?} is {:?}", line(counter));
    }
    alike("Yerevan +12°C", "Yerevan +9°C");
    alike("Request ID: 7f3a9b2cd01e44aa", "Request ID: 09cc11ab77fe0d12");
}

#[test]
fn what_somebody_says_is_no_noise() {
    differ("At the gate stood 14 people and a dog.", "At the gate stood 19 people and a dog.");
    differ("The film had 14 views on the day it was banned.", "The film had 19 views on the day it was banned.");
    differ(
        "She was seen at the market 3 days ago with her brother.",
        "She was seen at the market 4 days ago with her brother.",
    );
    alike(
        "Posted by Anna Sargsyan in News, updated 3 days ago · 5 min read",
        "Posted by Anna Sargsyan in News, updated 4 days ago · 5 min read",
    );
    differ("He was born 40 years ago in a village by the lake.", "He was born 41 years ago in a village by the lake.");
    differ("Bread 3.24 USD", "Bread 4.10 USD");
    differ("Version 4.2 released", "Version 4.3 released");
    differ("Online courses begin on Monday", "Online courses begin on Friday");
    differ("Updated: the mayor resigned", "Updated: the mayor stays");
    differ("Updated with 3 new victims identified", "Updated with 4 new victims identified");
    differ("Yerevan", "Gyumri");
    differ("14", "19");
    // A row of a table may be about what is counted.
    assert_ne!(fold("Votes for Anna | 120 votes", Place::Row), fold("Votes for Anna | 140 votes", Place::Row));
    assert_eq!(fold("Views | 120", Place::Row), fold("Views | 140", Place::Row));
    // What a comment says is what it says; a line of nothing but an age below it is not.
    assert_ne!(comment("I saw him 5 minutes ago"), comment("I saw him 9 minutes ago"));
    assert_eq!(comment("I saw him\nReply\n5 minutes ago"), comment("I saw him\nReply\n9 minutes ago"));
}

#[test]
fn addresses_lose_what_changes_from_visit_to_visit() {
    let same = [
        ("https://a.example/x?id=3&sid=77aa", "https://a.example/x?id=3&sid=99bb"),
        ("https://a.example/x;jsessionid=AA12?id=3", "https://a.example/x;jsessionid=BB34?id=3"),
        ("https://a.example/(S(abc))/x", "https://a.example/(S(def))/x"),
        ("https://a.example/cdn-cgi/l/email-protection#1a2b", "https://a.example/cdn-cgi/l/email-protection#9f8e"),
        ("https://a.example/x?utm_source=a&fbclid=b", "https://a.example/x"),
    ];
    for (one, other) in same {
        assert_eq!(address(one), address(other));
    }
    assert_ne!(address("https://a.example/x?id=3"), address("https://a.example/x?id=4"));
    assert_ne!(
        address("https://video.example/watch?v=abcdefghijk"),
        address("https://video.example/watch?v=bcdefghijkl")
    );
    assert_eq!(
        medium("https://i1.cdn.example/a/b-300x200.jpg?w=300"),
        medium("https://i2.cdn.example/a/b.jpg?w=640&q=80")
    );
    assert_ne!(medium("https://cdn.example/a.jpg"), medium("https://cdn.example/b.jpg"));
    assert_eq!(page("http://www.a.example/x/"), page("https://a.example/x"));
}

#[test]
fn a_title_has_no_unread_messages() {
    assert_eq!(title("(3) The  old bridge"), "The old bridge");
    assert_eq!(title("(Over 30) people"), "(Over 30) people");
}
