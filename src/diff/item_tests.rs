//! Items: which comment, which line, which picture, which words.

use std::collections::HashMap;

use proptest::prelude::*;

use super::{Context, compare, compare_with, pieces};
use crate::model::{Action, Block, Comment, Difference, Digest, Document, Item, MediaKind, MediaLink, Run, Subject};

fn with_lines(lines: &[&str]) -> Document {
    let mut document = Document::empty();
    document.blocks = lines.iter().map(|line| Block::Paragraph { text: (*line).to_owned() }).collect();
    document
}

fn comment(id: &str, author: &str, text: &str) -> Comment {
    Comment {
        id: (!id.is_empty()).then(|| id.to_owned()),
        author: (!author.is_empty()).then(|| author.to_owned()),
        text: text.to_owned(),
        ..Comment::default()
    }
}

fn with_comments(comments: &[(&str, &str, &str)]) -> Document {
    let mut document = with_lines(&["A text."]);
    document.comments = comments.iter().map(|(id, author, text)| comment(id, author, text)).collect();
    document
}

/// Subject, action and places of what counts.
fn told(difference: &Difference) -> Vec<String> {
    let one = |item: &Item| {
        let by = item.author.as_deref().map(|name| format!(" {name}")).unwrap_or_default();
        format!("{} {}{by} {:?}>{:?}", item.subject, item.action, item.from.unwrap_or(0), item.to.unwrap_or(0))
    };
    difference.items.iter().map(one).collect()
}

#[test]
fn a_comment_is_known_by_its_own_name() {
    let old =
        with_comments(&[("c1", "Anna", "First."), ("c2", "Boris", "I saw the van."), ("c3", "Anna", "So did I.")]);
    let new = with_comments(&[("c1", "Anna", "First!"), ("c3", "Anna", "So did I."), ("c4", "Carl", "Which van?")]);
    let difference = compare(&old, &new);
    assert_eq!(told(&difference), ["comment edited Anna 1>1", "comment removed Boris 2>0", "comment added Carl 0>3"]);
    assert_eq!(difference.what(), ["comments +2 -2"]);
    assert_eq!(difference.items[1].before.as_deref(), Some("I saw the van."));
}

#[test]
fn numbers_that_are_given_anew_do_not_make_others_of_all_comments() {
    let old = with_comments(&[("1", "Anna", "First."), ("2", "Boris", "I saw the van."), ("3", "Carl", "Which van?")]);
    let new = with_comments(&[("1", "Boris", "I saw the van."), ("2", "Carl", "Which van?")]);
    assert_eq!(told(&compare(&old, &new)), ["comment removed Anna 1>0"]);
}

#[test]
fn a_comment_without_a_name_is_known_by_what_it_says() {
    let old =
        with_comments(&[("", "Anna", "The lamp at the eastern end is broken again."), ("", "", "Nobody repairs it.")]);
    let new =
        with_comments(&[("", "", "Nobody repairs it."), ("", "Anna", "The lamp at the western end is broken again.")]);
    let difference = compare(&old, &new);
    assert_eq!(difference.items.iter().filter(|item| item.counts()).count(), 1);
    assert!(told(&difference).contains(&"comment edited Anna 1>2".to_owned()), "{:?}", told(&difference));
}

#[test]
fn sorting_comments_anew_is_told_and_no_change() {
    let old = with_comments(&[("c1", "Anna", "First."), ("c2", "Boris", "Second."), ("c3", "Carl", "Third.")]);
    let mut new = old.clone();
    new.comments.reverse();
    let difference = compare(&old, &new);
    assert!(!difference.changed());
    assert_eq!(difference.what(), ["comments 2 moved"]);
    let many: Vec<(String, String)> = (0..60).map(|n| (format!("c{n}"), format!("Number {n} says so."))).collect();
    let all: Vec<_> = many.iter().map(|(id, text)| (id.as_str(), "Anna", text.as_str())).collect();
    let mut turned = with_comments(&all);
    turned.comments.reverse();
    let difference = compare(&with_comments(&all), &turned);
    assert_eq!(difference.items.len(), 1);
    assert_eq!(difference.items[0].after.as_deref(), Some("59 comments stand in another order"));
}

#[test]
fn a_comment_taken_away_by_a_moderator_is_edited() {
    let old = with_comments(&[("c1", "Anna", "They pay him. Look at the house.")]);
    let new = with_comments(&[("c1", "[deleted]", "[removed]")]);
    let difference = compare(&old, &new);
    assert_eq!(told(&difference), ["comment edited [deleted] 1>1"]);
    assert_eq!(difference.items[0].before.as_deref(), Some("Anna: They pay him. Look at the house."));
}

#[test]
fn a_line_is_edited_added_removed_or_moved() {
    let old = with_lines(&[
        "One is first of all.",
        "The second has been edited by hand.",
        "Three goes away now.",
        "Four moves up.",
        "Five.",
    ]);
    let new = with_lines(&[
        "Four moves up.",
        "One is first of all.",
        "The second has been rewritten by hand.",
        "Five.",
        "Six is new here.",
    ]);
    let difference = compare(&old, &new);
    let told = told(&difference);
    assert!(told.contains(&"text edited 2>3".to_owned()), "{told:?}");
    assert!(told.contains(&"text removed 3>0".to_owned()), "{told:?}");
    assert!(told.contains(&"text moved 4>1".to_owned()), "{told:?}");
    assert!(told.contains(&"text added 0>5".to_owned()), "{told:?}");
    assert_eq!(difference.what(), ["text +2 -2 1 moved"]);
}

#[test]
fn another_order_of_the_text_is_a_change_and_of_a_list_of_links_is_none() {
    let (a, b) = ("He said it first.", "Then they came.");
    assert!(compare(&with_lines(&[a, b, "End."]), &with_lines(&[b, a, "End."])).changed());
    let list = |names: &[&str]| {
        let mut document = with_lines(&[a]);
        let items = names.iter().map(|name| crate::model::ListItem { depth: 0, text: (*name).to_owned() }).collect();
        document.blocks.push(Block::List { ordered: false, items });
        document.links = names
            .iter()
            .map(|name| crate::model::Link {
                url: format!("https://a.example/{name}"),
                text: (*name).to_owned(),
                rel: String::new(),
                place: crate::model::LinkPlace::Content,
                context: String::new(),
            })
            .collect();
        document
    };
    assert!(compare(&list(&["bread", "river", "stone"]), &list(&["stone", "bread", "river"])).items.is_empty());
    assert!(compare(&list(&["bread", "river", "stone"]), &list(&["stone", "bread", "lamp"])).changed());
}

fn with_picture(url: &str) -> Document {
    let mut document = with_lines(&["A text."]);
    document.blocks.push(Block::Figure { url: url.to_owned(), caption: String::new() });
    document.media.push(MediaLink {
        url: url.to_owned(),
        kind: MediaKind::Image,
        alt: "The van".into(),
        renditions: Vec::new(),
        source: "img".into(),
        content: true,
    });
    document
}

#[test]
fn a_picture_is_known_by_its_octets() {
    let (one, other) = (Digest::of(b"one"), Digest::of(b"other"));
    let map = |url: &str, digest| HashMap::from([(url.to_owned(), digest)]);
    let (here, there) = ("https://a.example/van.jpg", "https://cdn.elsewhere.example/x/9f.jpg");
    let with = |old: &str, new: &str, before, after| {
        let (before, after) = (map(old, before), map(new, after));
        let context = Context { media_before: Some(&before), media_after: Some(&after), ..Context::default() };
        compare_with(&with_picture(old), &with_picture(new), &context)
    };
    assert!(with(here, there, one, one).items.is_empty(), "the same octets at another address");
    let replaced = with(here, here, one, other);
    assert_eq!(replaced.what(), ["media 1 replaced"]);
    assert_eq!(replaced.items[0].key.as_deref(), Some(here));
    assert_eq!(replaced.items[0].before, Some(format!("sha256:{}", one.hex())));
    assert_eq!(with(here, there, one, other).what(), ["media +1 -1"]);
    assert!(compare(&with_picture(here), &with_picture("https://a.example/van.jpg?v=77&sig=ab")).items.is_empty());
}

#[test]
fn a_link_whose_words_stayed_leads_elsewhere() {
    let page = |url: &str| {
        let mut document = with_lines(&["The report can be read here in full by everybody."]);
        let link = |url: &str, text: &str| crate::model::Link {
            url: url.into(),
            text: text.into(),
            rel: String::new(),
            place: crate::model::LinkPlace::Content,
            context: String::new(),
        };
        document.links = vec![link(url, "The report"), link("https://a.example/", "Home")];
        document
    };
    let difference = compare(&page("https://a.example/report.pdf"), &page("https://b.example/other.pdf"));
    assert_eq!(difference.what(), ["links +1 -1"]);
    assert_eq!(difference.items[0].key.as_deref(), Some("The report"));
    assert!(compare(&page("https://a.example/r?sid=1a"), &page("https://a.example/r?sid=2b")).items.is_empty());
}

#[test]
fn words_are_told_apart_in_every_script() {
    let runs = |before: &str, after: &str| -> Vec<(Run, String)> {
        pieces(before, after)
            .into_iter()
            .filter(|piece| piece.run != Run::Same)
            .map(|piece| (piece.run, piece.text))
            .collect()
    };
    let both = |old: &str, new: &str| vec![(Run::Removed, old.to_owned()), (Run::Added, new.to_owned())];
    assert_eq!(runs("stood 14 people", "stood 19 people"), both("14", "19"));
    assert_eq!(runs("Մարդիկ գալիս են։", "Մարդիկ գնում են։"), both("գալիս", "գնում"));
    assert_eq!(runs("我们走过桥梁。", "我们走过河流。"), both("桥梁", "河流"));
    assert_eq!(runs("قال الرجل نعم", "قال الرجل لا"), both("نعم", "لا"));
    assert_eq!(runs("the old bridge fell", "the new tower fell"), both("old bridge", "new tower"));
    assert_eq!(runs("นับคนบนสะพาน", "นับหินบนสะพาน"), both("ค", "หิ"));
}

#[test]
fn what_is_hostile_is_compared_within_bounds_and_that_is_said() {
    let lines = |n: usize, salt: &str| -> Document {
        let all: Vec<String> = (0..n).map(|at| format!("{salt} {} of {at}", at * 7919 % n)).collect();
        with_lines(&all.iter().map(String::as_str).collect::<Vec<_>>())
    };
    // Nothing in common, the same in reverse, and a few lines again and again.
    let (one, other) = (lines(5_000, "old"), lines(5_000, "new"));
    let difference = compare(&one, &other);
    assert!(
        difference.changed() && difference.left_out > 0 && !difference.bounds.is_empty(),
        "{:?}",
        difference.bounds
    );
    let mut turned = one.clone();
    turned.blocks.reverse();
    assert!(compare(&one, &turned).changed());
    let few: Vec<&str> = (0..5_000).map(|n| ["a b c", "d e f", "g h i"][n * n % 3]).collect();
    let more: Vec<&str> = (0..5_000).map(|n| ["d e f", "a b c", "g h i"][n * n % 7 % 3]).collect();
    assert!(compare(&with_lines(&few), &with_lines(&more)).changed());
    // One line of a megabyte, without spaces and with nothing but spaces between letters.
    let long = "x".repeat(1 << 20);
    let spaced = "a b ".repeat(1 << 18);
    let difference = compare(&with_lines(&[&long, "end"]), &with_lines(&[&format!("{long}y"), "end"]));
    assert!(difference.items[0].cut && difference.items[0].after.as_ref().unwrap().len() <= 16_000);
    let difference = compare(&with_lines(&[&spaced, "end"]), &with_lines(&[&spaced.replace("a b", "b a"), "end"]));
    assert!(difference.changed());
    assert!(pieces(&spaced, &spaced.replace("a b a", "b c")).len() > 1);
    // Ten thousand comments, all of them others, and all of them alike.
    let thread = |salt: &str| {
        let mut document = with_lines(&["A text."]);
        document.comments =
            (0..10_000).map(|n| comment("", "Anna", &format!("{salt} says so for the {n}th time"))).collect();
        document
    };
    assert!(compare(&thread("he"), &thread("she")).changed());
}

#[test]
fn a_time_that_is_found_again_more_exactly_is_the_same() {
    use crate::model::{Precision, When, ZoneSource};
    let at = |raw: &str, at: &str, precision, source: &str| {
        let mut document = with_lines(&["A text."]);
        document.published = Some(When {
            raw: raw.into(),
            at: at.parse().ok(),
            precision,
            zone: ZoneSource::Assumed,
            source: source.into(),
        });
        document
    };
    let day = at("May 11, 2021", "2021-05-11T00:00:00Z", Precision::Day, "meta");
    let same = at("2021-05-11 08:30", "2021-05-11T08:30:00Z", Precision::Minute, "meta");
    let other = at("May 12, 2021", "2021-05-12T00:00:00Z", Precision::Day, "meta");
    let age = at("5 minutes ago", "2021-05-11T00:00:00Z", Precision::Relative, "time");
    assert!(!compare(&day, &same).changed());
    assert_eq!(compare(&day, &other).what(), ["published"]);
    assert!(!compare(&age, &other).changed());
}

#[test]
fn all_tells_what_was_taken_for_noise() {
    let page =
        |n: u32, word: &str| with_lines(&[&format!("{n} views"), "5 minutes ago", &format!("The mayor {word}.")]);
    let context = Context { raw: true, ..Context::default() };
    let difference = compare_with(&page(12, "stays"), &page(14, "goes"), &context);
    let noise: Vec<_> = difference.items.iter().map(|item| (item.noise, item.after.as_deref().unwrap())).collect();
    assert_eq!(noise, [(true, "14 views"), (false, "The mayor goes.")]);
    assert!(!compare_with(&page(12, "stays"), &page(14, "stays"), &context).changed());
}

fn any_document() -> impl Strategy<Value = Document> {
    let line = "([a-c ]{0,12}|[a-zA-Z0-9 .,:()°\u{4e00}-\u{4e20}ա-ֆ]{0,40}|[0-9]{1,3} (views|minutes ago|comments))";
    let lines = prop::collection::vec(line, 0..12);
    let comments = prop::collection::vec(("[0-3]{0,1}", "[A-C]{0,2}", "[a-d ]{0,20}"), 0..6);
    (lines, comments, "[a-z ]{0,30}", prop::option::of("[A-Za-z ]{0,20}")).prop_map(|(lines, comments, rest, title)| {
        let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
        let mut document = with_lines(&lines);
        document.comments = comments.iter().map(|(id, author, text)| comment(id, author, text)).collect();
        document.rest = rest;
        document.title = title;
        document
    })
}

proptest! {
    #[test]
    fn nothing_differs_from_itself(document in any_document()) {
        let difference = compare(&document, &document);
        prop_assert_eq!(difference.items, []);
    }

    #[test]
    fn what_was_added_one_way_was_removed_the_other(old in any_document(), new in any_document()) {
        let (there, back) = (compare(&old, &new), compare(&new, &old));
        prop_assert_eq!(there.changed(), back.changed());
        let fields = |difference: &Difference| {
            difference.items.iter().filter(|item| item.subject == Subject::Title).count()
        };
        prop_assert_eq!(fields(&there), fields(&back));
        let edited = |difference: &Difference| difference.items.iter().all(|item| {
            item.action != Action::Edited || item.before.is_some() && item.after.is_some()
        });
        prop_assert!(edited(&there) && edited(&back));
    }

    #[test]
    fn pieces_give_both_texts_back(old in "[ab \u{4e00}\u{e01}\u{e31}\n]{0,60}|\\PC{0,40}", new in "[ab \u{4e00}\u{e01}\u{e31}\n]{0,60}|\\PC{0,40}") {
        let all = pieces(&old, &new);
        let text = |but: Run| all.iter().filter(|piece| piece.run != but).map(|piece| piece.text.as_str()).collect::<String>();
        prop_assert_eq!(text(Run::Added), old);
        prop_assert_eq!(text(Run::Removed), new);
        prop_assert!(all.iter().all(|piece| !piece.text.is_empty()));
    }

    #[test]
    fn with_a_history_nothing_panics(old in any_document(), new in any_document(), past in prop::collection::vec(any_document(), 0..6)) {
        let history: Vec<&Document> = past.iter().collect();
        compare_with(&old, &new, &Context { history: &history, ..Context::default() });
        compare_with(&old, &new, &Context { history: &history, raw: true, ..Context::default() });
    }
}
