//! False alarms and misses: fifty looks at pages on which everything but what they say differs, and a thousand edits of one
//! word. Read by the real reader, compared as a run compares.

use std::fs;
use std::path::{Path, PathBuf};

use keepfast::diff::{Context, compare, compare_with, pieces};
use keepfast::model::{Action, Difference, Document, Run, Subject};

use crate::made::{AGES, Dice, Made, SPOTS, Spot, TONGUES, document, look};

const LOOKS: usize = 50;

fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(name)
}

fn pages(folder: &Path, out: &mut Vec<PathBuf>) {
    let mut all: Vec<PathBuf> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    all.sort();
    for path in all {
        if path.is_dir() {
            pages(&path, out);
        } else if path.extension().is_some_and(|end| end == "html") {
            out.push(path);
        }
    }
}

/// Compares each look with the one before, with what earlier ones teach, and returns what is reported as changed.
fn watch(template: &str, looks: usize) -> Vec<(usize, Difference)> {
    let url = "https://news.example/2021/bridge";
    let mut read: Vec<Document> = Vec::new();
    let mut reported = Vec::new();
    for n in 0..looks {
        let now = document(&look(template, n), url);
        if let Some(then) = read.last() {
            let mut difference = compare(then, &now);
            if difference.changed() {
                let known = &read[..read.len() - 1];
                // Eight looks, six different readings.
                let history: Vec<&Document> = known.iter().rev().take(6).rev().collect();
                difference = compare_with(then, &now, &Context { history: &history, ..Context::default() });
            }
            if difference.changed() {
                reported.push((n, difference));
            }
        }
        read.push(now);
    }
    reported
}

/// A page of each language with its ages, counters and labels in the middle of the text.
fn local(code: &str) -> String {
    let (views, comments, updated, present) = match code {
        "en" => ("{} views", "Comments ({})", "Last updated: {}", "{} guests online"),
        "fr" => ("{} vues", "Commentaires ({})", "Mis à jour : {}", "{} visiteurs en ligne"),
        "de" => ("{} Aufrufe", "Kommentare ({})", "Zuletzt aktualisiert: {}", "{} Gäste online"),
        "es" => ("{} visitas", "Comentarios ({})", "Actualizado: {}", "{} usuarios conectados"),
        "it" => ("{} visualizzazioni", "Commenti ({})", "Ultimo aggiornamento: {}", "{} utenti online"),
        "pt" => ("{} visualizações", "Comentários ({})", "Última atualização: {}", "{} visitantes online"),
        "ru" => ("{} просмотров", "Комментарии: {} комментариев", "Обновлено: {}", "Сейчас на сайте: {} гостей"),
        "uk" => ("{} переглядів", "{} коментарів", "Оновлено: {}", "Зараз на сайті: {} гостей"),
        "tr" => ("{} görüntülenme", "{} yorum", "Son güncelleme: {}", "{} ziyaretçi çevrimiçi"),
        "az" => ("{} baxış", "{} şərh", "Yenilənib: {}", "{} qonaq onlayn"),
        "hy" => ("{} դիտում", "{} մեկնաբանություն", "Թարմացվել է {}", "{} հյուր առցանց"),
        "ar" => ("{} مشاهدة", "{} تعليق", "آخر تحديث: {}", "المتواجدون الآن: {} زائر"),
        "fa" => ("{} بازدید", "{} دیدگاه", "آخرین به‌روزرسانی: {}", "{} کاربر آنلاین"),
        "el" => ("{} προβολές", "Σχόλια ({})", "Τελευταία ενημέρωση: {}", "{} επισκέπτες"),
        "nl" => ("{} weergaven", "Reacties ({})", "Laatst bijgewerkt: {}", "{} gasten online"),
        "pl" => ("{} wyświetleń", "Komentarze ({})", "Zaktualizowano: {}", "{} gości online"),
        _ => unreachable!("{code}"),
    };
    let tongue = TONGUES.iter().find(|tongue| tongue.code == code).unwrap_or(&TONGUES[0]);
    let mut dice = Dice::new(code.len() as u64 + u64::from(code.as_bytes()[0]) * 31 + u64::from(code.as_bytes()[1]));
    let mut paragraph = || {
        let words: Vec<&str> = (0..24).map(|_| dice.of(&tongue.words())).collect();
        format!("<p>{}{}</p>", words.join(tongue.space), tongue.stop)
    };
    let (a, b, c) = (paragraph(), paragraph(), paragraph());
    let fill = |text: &str, with: &str| text.replace("{}", with);
    format!(
        "<!doctype html><html lang=\"{code}\"><head><meta charset=\"utf-8\"><title>The bridge</title></head><body><main><article>\n<h1>The \
         bridge</h1>\n<p>{{{{age:{code}}}}}</p>\n<p>{}</p>\n{a}\n<p>{}</p>\n<p>{} · {{{{age:{code}}}}}</p>\n{b}\n<p>Anna · \
         {{{{age:{code}}}}}</p>\n{c}\n<p>{}</p>\n<p>{}</p>\n</article></main></body></html>",
        fill(views, "{{more:1200}}"),
        fill(updated, "23.11.2026 {{clock}}"),
        fill(views, "{{n:100-999}}"),
        fill(comments, "{{n:1-90}}"),
        fill(present, "{{n:2-90}}"),
    )
}

#[test]
fn fifty_looks_at_noise_are_no_change() {
    let mut templates: Vec<(String, String)> =
        AGES.iter().map(|(code, _)| (format!("local {code}"), local(code))).collect();
    let mut files = Vec::new();
    pages(&folder("tests/noise"), &mut files);
    assert!(files.len() >= 6);
    for path in files {
        templates.push((path.file_name().unwrap().to_string_lossy().into_owned(), fs::read_to_string(&path).unwrap()));
    }
    let mut wrong = Vec::new();
    for (name, template) in &templates {
        assert_ne!(look(template, 1), look(template, 2), "{name} is the same at each look");
        for (n, difference) in watch(template, LOOKS) {
            wrong.push(format!("{name}, look {n}: {:?} {:#?}", difference.what(), difference.items));
        }
    }
    eprintln!("{} of {} comparisons reported a change", wrong.len(), templates.len() * (LOOKS - 1));
    assert!(wrong.is_empty(), "{} of {} comparisons: {}", wrong.len(), templates.len() * (LOOKS - 1), wrong.join("\n"));
}

/// The one difference is this edit: of one word, in its place, and nothing is taken for noise.
fn is_found(difference: &Difference, spot: Spot, old: &str, new: &str) -> bool {
    let subject = match spot {
        Spot::Title => Subject::Title,
        Spot::Byline => Subject::Byline,
        Spot::Comment => Subject::Comment,
        Spot::Paragraph | Spot::ListItem | Spot::Cell | Spot::Caption => Subject::Text,
    };
    let says = |text: &Option<String>, word: &str| text.as_deref().is_some_and(|text| text.contains(word));
    difference.changed()
        && difference.items.iter().any(|item| {
            item.subject == subject
                && item.action == Action::Edited
                && says(&item.before, old)
                && says(&item.after, new)
        })
}

/// A page without an edit differs from look to look in nothing; with one, in that alone.
#[test]
fn a_thousand_edits_of_one_word_are_found() {
    let mut dice = Dice::new(4);
    let (mut tried, mut missed, mut vague) = (0, Vec::new(), 0);
    for round in 0.. {
        if tried >= 700 {
            break;
        }
        let tongue = &TONGUES[round % TONGUES.len()];
        let mut made = Made::new(tongue, &mut dice);
        let before = document(&made.html(round), "https://news.example/a");
        let same = compare(&before, &document(&made.html(round + 1), "https://news.example/a"));
        assert!(!same.changed(), "{}: {:#?}", tongue.code, same.items);
        for spot in SPOTS {
            let (old, new) = made.edit(*spot, &mut dice);
            let after = document(&made.html(round + 7), "https://news.example/a");
            let then = document(
                &{
                    // The page before this edit, at another look.
                    made.undo(*spot);
                    made.html(round + 3)
                },
                "https://news.example/a",
            );
            made.redo(*spot);
            let difference = compare(&then, &after);
            tried += 1;
            if !is_found(&difference, *spot, old, new) {
                missed.push(format!("{} {spot:?}: {old} → {new}: {:#?}", tongue.code, difference.items));
            } else if difference.items.len() > 1 {
                vague += 1;
            }
        }
    }
    let (further, others) = edits_of_fixtures(1_000 - tried.min(1_000), &mut dice);
    missed.extend(others);
    let all = tried + further;
    assert!(all >= 1_000, "only {all} edits");
    eprintln!("{} of {all} edits of one word missed, {vague} told with something beside", missed.len());
    assert!(missed.len() <= all / 1_000, "{} of {all} missed: {}", missed.len(), missed.join("\n"));
    assert!(vague <= all / 100, "{vague} of {all} edits are told with something beside");
}

/// Edits one word in the source of pages of others, at a place that the reader reads; returns how many and what was missed.
fn edits_of_fixtures(wanted: usize, dice: &mut Dice) -> (usize, Vec<String>) {
    let mut files = Vec::new();
    for name in ["tests/fixtures/pages", "tests/pages", "src/app/demo/pages"] {
        pages(&folder(name), &mut files);
    }
    let wanted = wanted.max(files.len() * 3);
    let texts: Vec<(PathBuf, String)> = files
        .into_iter()
        .map(|path| (path.clone(), String::from_utf8_lossy(&fs::read(&path).unwrap()).into_owned()))
        .collect();
    let url = "https://news.example/a";
    let read: Vec<Document> = texts.iter().map(|(_, html)| document(html, url)).collect();
    let (mut tried, mut missed) = (0, Vec::new());
    for _ in 0..wanted * 12 {
        if tried >= wanted {
            break;
        }
        let at = dice.below(texts.len());
        let ((path, html), then) = (&texts[at], &read[at]);
        let words = words_of(then);
        if words.is_empty() {
            continue;
        }
        let old = &words[dice.below(words.len())];
        let places: Vec<usize> = html.match_indices(old.as_str()).map(|(at, _)| at).collect();
        if places.is_empty() {
            continue;
        }
        let place = places[dice.below(places.len())];
        let new: String =
            format!("{}{}", old.chars().rev().collect::<String>().to_lowercase(), dice.of(&["ov", "um", "ek"]));
        let edited = format!("{}{new}{}", &html[..place], &html[place + old.len()..]);
        let now = document(&edited, url);
        // Only what the reader takes for what the page says counts.
        if !words_of(&now).contains(&new) {
            continue;
        }
        tried += 1;
        let difference = compare(then, &now);
        let told = |text: &Option<String>| text.as_deref().is_some_and(|text| text.contains(&new));
        if !difference.changed() || !difference.items.iter().any(|item| item.counts() && told(&item.after)) {
            missed.push(format!("{}: {old} → {new}: {:#?}", path.display(), difference.items));
        }
    }
    (tried, missed)
}

/// Edits one word of the pages with noise, between two looks: found, and told alone.
#[test]
fn an_edit_among_noise_is_found_and_nothing_else() {
    let mut files = Vec::new();
    pages(&folder("tests/noise"), &mut files);
    let mut templates: Vec<String> = files.iter().map(|path| fs::read_to_string(path).unwrap()).collect();
    templates.extend(AGES.iter().map(|(code, _)| local(code)));
    let (mut dice, mut tried, mut missed) = (Dice::new(9), 0, Vec::new());
    let url = "https://news.example/2021/bridge";
    for template in &templates {
        for n in 5..13 {
            let then = document(&look(template, n), url);
            let words = words_of(&then);
            let old = &words[dice.below(words.len())];
            // A word of a sentence, not of the noise around it.
            let Some(place) = template.find(&format!(" {old} ")).filter(|at| !template[..*at].ends_with("}}")) else {
                continue;
            };
            let new: String = old.chars().rev().chain("ov".chars()).collect::<String>().to_lowercase();
            let edited = format!("{} {new} {}", &template[..place], &template[place + old.len() + 2..]);
            let now = document(&look(&edited, n + 1), url);
            if !words_of(&now).contains(&new)
                || words_of(&now).iter().filter(|word| words.contains(word)).count() + 1 < words.len()
            {
                continue;
            }
            tried += 1;
            let difference = compare(&then, &now);
            let counts: Vec<_> = difference.items.iter().filter(|item| item.counts()).collect();
            let told = |item: &&&keepfast::model::Item| item.after.as_deref().is_some_and(|after| after.contains(&new));
            if counts.is_empty() || !counts.iter().all(|item| told(&item)) {
                missed.push(format!("{old} → {new}: {counts:#?}\n"));
            }
        }
    }
    assert!(tried >= 100, "only {tried} edits");
    assert!(missed.is_empty(), "{} of {tried}: {}", missed.len(), missed.concat());
}

/// Words of what a page says: title, names, main text, comments.
fn words_of(document: &Document) -> Vec<String> {
    let mut text = document.text();
    let others = document.title.iter().chain(&document.authors).chain(document.comments.iter().map(|c| &c.text));
    others.for_each(|other| {
        text.push('\n');
        text.push_str(other);
    });
    let long = text.split(|c: char| !c.is_alphanumeric()).filter(|word| word.chars().count() >= 5);
    let mut words: Vec<String> = long.filter(|word| word.chars().all(char::is_alphabetic)).map(str::to_owned).collect();
    words.sort();
    words.dedup();
    words
}

/// What rules cannot know is learned: told the first times, then set aside, while an edit is found at every look.
#[test]
fn places_that_differ_at_every_look_are_learned_and_edits_beside_them_found() {
    let page = |quote: &str, slot: &str, edit: &str| {
        format!(
            "<!doctype html><html lang=en><title>The ferry</title><main><article><h1>The ferry</h1><p>The ferry goes at six, at noon and at \
             {edit}, and in winter not at all.</p><p>{quote}</p><p>It has been rowed by one family since the bridge was taken by the \
             flood.</p><p>{slot}</p><p>Who wants to cross at night rings the bell on the willow, and waits until the dog \
             barks.</p></article></main></html>"
        )
    };
    let quotes = [
        "Water wears the stone, said the miller, and nobody asked him about his wheel.",
        "A guest is a gift of the road, and the road asks for him back in the morning.",
        "Who walks slowly walks far, but arrives when the bread is eaten and the lamp is out.",
    ];
    let word = ["fog", "sun", "hail", "mist", "rain", "wind", "snow", "calm"];
    let mut read: Vec<Document> = Vec::new();
    let mut reported = Vec::new();
    for n in 0..50 {
        let (quote, slot) = (quotes[n * 7 % 5 % 3], word[n * 3 % 8]);
        let edit = ["four", "five"][usize::from(n >= 30)];
        let html = page(quote, &format!("On the water now: {slot}"), edit);
        let now = document(&html, "https://ferry.example/");
        if let Some(then) = read.last() {
            let history: Vec<&Document> = read[..read.len() - 1].iter().rev().take(6).rev().collect();
            let difference = compare_with(then, &now, &Context { history: &history, ..Context::default() });
            if difference.changed() {
                reported.push(n);
            }
            if n == 30 {
                let counts: Vec<_> = difference.items.iter().filter(|item| item.counts()).collect();
                assert_eq!(counts.len(), 1, "{counts:#?}");
                let runs = pieces(counts[0].before.as_ref().unwrap(), counts[0].after.as_ref().unwrap());
                let differing: Vec<&str> =
                    runs.iter().filter(|p| p.run != Run::Same).map(|p| p.text.as_str()).collect();
                assert_eq!(differing, ["four", "five"]);
                assert!(difference.has_noise());
            }
        }
        read.push(now);
    }
    assert!(reported.contains(&30), "the edit was swallowed: {reported:?}");
    let first: Vec<usize> = reported.into_iter().filter(|n| *n != 30).collect();
    assert!(first.iter().all(|n| *n <= 6), "reported for ever: {first:?}");
}

/// Somebody writes on it at every look: each time is a change.
#[test]
fn what_is_rewritten_at_every_look_is_reported_each_time() {
    let sentences = [
        "The water stands at the second step of the mill, and the miller carries sacks to the loft.",
        "The water stands at the third step, and two boats have been tied to the church door.",
        "The fire brigade of the lower town has come with pumps that nobody knows how to start.",
        "The school is a shelter now, and the teacher writes the names of all who sleep there.",
        "The bridge is closed to carts, and those who go on foot are counted on both banks.",
        "The rain has stopped over the valley, but the river has not been told of it yet.",
        "The first cellar is dry again, and the baker is the hero of the day.",
        "The mayor came in boots, spoke for a minute and helped to carry sand for an hour.",
    ];
    let mut read: Vec<Document> = Vec::new();
    for n in 0..40 {
        let toll = ["none", "one", "two", "three", "four", "five", "six"][n % 7];
        let newest: String =
            (0..4).map(|back| format!("<p>{}</p>", sentences[(n * 5 + back * 3 + n / 8) % 8])).collect();
        let html = format!(
            "<!doctype html><html lang=en><title>Flood: live</title><main><article><h1>Flood: live</h1><p>{} houses under water and {toll} \
             missing by the count of the fire brigade.</p>{newest}<p>What stands here was written by people of the village while it \
             happened.</p></article></main></html>",
            n * n + 3
        );
        let now = document(&html, "https://live.example/");
        if let Some(then) = read.last() {
            let history: Vec<&Document> = read[..read.len() - 1].iter().rev().take(6).rev().collect();
            let difference = compare_with(then, &now, &Context { history: &history, ..Context::default() });
            assert!(difference.changed(), "look {n}: {:#?}", difference.items);
        }
        read.push(now);
    }
}
