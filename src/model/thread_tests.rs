//! Several pages, one list of comments.

use super::thread::{Seen, merge};
use super::{Comment, Precision, When, ZoneSource};

fn at(n: i64) -> When {
    let at = jiff::Timestamp::from_second(1_600_000_000 + n * 60).unwrap();
    When {
        raw: at.to_string(),
        at: Some(at),
        precision: Precision::Second,
        zone: ZoneSource::Stated,
        source: "time".into(),
    }
}

/// Comment number `n`, an answer to the comment at a position of its page.
fn comment(n: i64, parent: Option<u32>) -> Comment {
    Comment {
        id: Some(format!("c{n}")),
        author: Some("A".into()),
        time: Some(at(n)),
        text: format!("Text {n}"),
        depth: u16::from(parent.is_some()),
        parent,
        ..Comment::default()
    }
}

fn page(numbers: impl IntoIterator<Item = i64>) -> Vec<Comment> {
    numbers.into_iter().map(|n| comment(n, None)).collect()
}

fn ids(comments: &[Comment]) -> String {
    comments.iter().map(|c| c.id.as_deref().unwrap_or("-")).collect::<Vec<_>>().join(" ")
}

#[test]
fn pages_come_in_the_order_of_the_thread_whatever_page_was_captured() {
    let merged = merge(vec![(0, page(5..7)), (-2, page(1..3)), (-1, page(3..5)), (1, page(7..8))]);
    assert_eq!(ids(&merged), "c1 c2 c3 c4 c5 c6 c7");
}

#[test]
fn newest_first_stays_newest_first_whichever_way_the_pages_are_counted() {
    // The second page holds older ones.
    assert_eq!(ids(&merge(vec![(0, page([6, 5])), (1, page([4, 3])), (2, page([2, 1]))])), "c6 c5 c4 c3 c2 c1");
    // The first page holds the oldest, each in turn backwards.
    assert_eq!(ids(&merge(vec![(0, page([6, 5])), (-1, page([4, 3])), (-2, page([2, 1]))])), "c6 c5 c4 c3 c2 c1");
}

#[test]
fn what_stands_on_two_pages_counts_once_and_answers_find_it() {
    let mut second = page([1]);
    second.push(comment(4, Some(0)));
    second.push(comment(5, Some(1)));
    let merged = merge(vec![(0, page([1, 2, 3])), (1, second)]);
    assert_eq!(ids(&merged), "c1 c2 c3 c4 c5");
    assert_eq!(merged.iter().map(|c| c.parent).collect::<Vec<_>>(), [None, None, None, Some(0), Some(3)]);
    assert_eq!(merged.iter().map(|c| c.depth).collect::<Vec<_>>(), [0, 0, 0, 1, 2]);
}

#[test]
fn an_answer_that_names_a_comment_of_another_page_finds_it() {
    let answer = |n: i64, to: &str| Comment { reply_to: Some(to.into()), ..comment(n, None) };
    let merged = merge(vec![(0, page(1..4)), (1, vec![answer(4, "comment-2"), comment(5, Some(0)), answer(6, "c99")])]);
    assert_eq!(merged.iter().map(|c| c.parent).collect::<Vec<_>>(), [None, None, None, Some(1), Some(3), None]);
    assert_eq!(merged.iter().map(|c| c.depth).collect::<Vec<_>>(), [0, 0, 0, 1, 2, 0]);
    assert_eq!(merged[5].reply_to.as_deref(), Some("c99"), "what was not had stays named");
}

#[test]
fn a_number_that_each_page_counts_anew_makes_no_two_comments_one() {
    let named = |id: &str, text: &str, n| Comment {
        id: Some(id.into()),
        text: text.into(),
        time: Some(at(n)),
        ..Comment::default()
    };
    let merged = merge(vec![(0, vec![named("c1", "Yes.", 1)]), (1, vec![named("c1", "No.", 2)])]);
    assert_eq!(merged.len(), 2);
    // Without any identifier: the same author, time and text are the same comment on two pages, but not on one.
    let bare = |text: &str| Comment { author: Some("A".into()), text: text.into(), ..Comment::default() };
    let merged = merge(vec![(0, vec![bare("+1"), bare("+1")]), (1, vec![bare("+1"), bare("-1")])]);
    assert_eq!(merged.len(), 3);
}

#[test]
fn an_edit_between_two_pages_or_another_way_to_say_when_is_the_same_comment() {
    let said = |text: &str, raw: &str| Comment {
        id: Some("p7".into()),
        author: Some("A".into()),
        time: Some(When { raw: raw.into(), ..at(1) }),
        text: text.into(),
        ..Comment::default()
    };
    assert_eq!(merge(vec![(0, vec![said("a", "5 minutes ago")]), (1, vec![said("a", "6 minutes ago")])]).len(), 1);
    assert_eq!(merge(vec![(0, vec![said("a", "May 5")]), (1, vec![said("b", "May 5")])]).len(), 1);
}

#[test]
fn a_page_that_brings_nothing_new_is_told_from_one_that_does() {
    let mut seen = Seen::default();
    assert_eq!(seen.add(&page(1..4)), 3);
    assert_eq!(seen.add(&page(3..6)), 2);
    assert_eq!(seen.add(&page(1..6)), 0);
}

#[test]
fn a_parent_that_is_none_is_dropped() {
    let merged = merge(vec![(0, vec![comment(1, Some(7)), comment(2, Some(1))])]);
    assert_eq!(merged[0].parent, None);
    assert_eq!(merged.len(), 2);
}
