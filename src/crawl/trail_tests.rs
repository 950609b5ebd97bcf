//! Which page of a thread is next.

use super::trail::Trail;
use crate::model::{MorePage, PageRule, Paging, Side};

fn more(url: &str, number: Option<u32>, side: Side) -> MorePage {
    MorePage { url: url.into(), rule: PageRule::Pager, number, side }
}

fn numbered(own: u32, numbers: &[u32]) -> Paging {
    let side = |n: u32| if n > own { Side::After } else { Side::Before };
    let pages = numbers.iter().map(|n| more(&format!("/t?page={n}"), Some(*n), side(*n))).collect();
    Paging { own: Some(own), pages }
}

fn order(mut trail: Trail) -> Vec<(String, i64)> {
    std::iter::from_fn(|| trail.next()).map(|s| (s.url, s.place)).collect()
}

#[test]
fn the_nearest_page_is_next_and_the_later_of_two() {
    let trail = Trail::new(["/t?page=5"], &numbered(5, &[1, 4, 6, 9]));
    let pages = [("/t?page=6", 1), ("/t?page=4", -1), ("/t?page=9", 4), ("/t?page=1", -4)];
    assert_eq!(order(trail), pages.map(|(url, place)| (url.to_owned(), place)));
}

#[test]
fn a_page_is_asked_for_once_under_whatever_address() {
    let mut trail = Trail::new(["/t", "/t"], &numbered(1, &[2, 3]));
    assert_eq!(trail.next().unwrap().url, "/t?page=2");
    // Page 2 names the first, itself and the third in other words.
    let names = Paging {
        own: Some(2),
        pages: vec![
            more("/t", Some(1), Side::Before),
            more("/t?page=2&x", Some(2), Side::After),
            more("/t?page=3&x", Some(3), Side::After),
            more("/t?page=4", Some(4), Side::After),
        ],
    };
    trail.name(&names, 1, "/t?page=2");
    assert!(!trail.also("/t#top") && trail.also("/elsewhere"));
    assert_eq!(order(trail).into_iter().map(|(url, _)| url).collect::<Vec<_>>(), ["/t?page=3", "/t?page=4"]);
}

#[test]
fn pages_without_numbers_follow_the_one_that_names_them() {
    let next = |url: &str| Paging { own: Some(0), pages: vec![more(url, None, Side::After)] };
    let mut trail = Trail::new(["/t"], &next("/t?after=a"));
    assert_eq!(trail.next().map(|s| s.place), Some(1));
    trail.name(&next("/t?after=b"), 1, "/t?after=a");
    assert_eq!(trail.next().map(|s| (s.place, s.via)), Some((2, "/t?after=a".into())));
    trail.name(&next("/t?after=a"), 2, "/t?after=b");
    assert!(!trail.goes_on(), "a loop leads nowhere");
}

#[test]
fn what_was_never_asked_for_is_listed_in_the_order_of_the_thread() {
    let mut trail = Trail::new(["/t?page=5"], &numbered(5, &[9, 1, 6]));
    trail.next().unwrap();
    assert_eq!(trail.left().into_iter().map(|s| s.place).collect::<Vec<_>>(), [-4, 4]);
}

#[test]
fn a_thread_without_end_is_bounded() {
    let numbers: Vec<u32> = (2..5_000).collect();
    let trail = Trail::new(["/t"], &numbered(1, &numbers));
    assert!(trail.many);
    assert_eq!(trail.left().len(), 1000);
}
