//! Where the other pages of a thread are, and which links only look as if they led there.

use url::Url;

use super::page_address::{Form, asked, of};
use super::{Input, read};
use crate::model::{Document, PageRule, Side};

fn page_at(url: &str, body: &str) -> Document {
    let url = Url::parse(url).unwrap();
    read(&Input { body: body.as_bytes(), content_type: "text/html; charset=utf-8", url: &url, body_truncated: false })
}

/// Path and query, number and side of each page that is named.
fn named(document: &Document) -> Vec<(String, Option<u32>, Side)> {
    let pages = document.paging.iter().flat_map(|p| &p.pages);
    pages.map(|p| (p.url.splitn(4, '/').nth(3).unwrap_or("").to_owned(), p.number, p.side)).collect()
}

fn own(document: &Document) -> Option<u32> {
    document.paging.as_ref().and_then(|p| p.own)
}

fn thread(url: &str) -> (String, Option<(Form, u32)>) {
    let address = of(&Url::parse(url).unwrap());
    (address.thread, address.page)
}

const TEXT: &str = "The river rose in the night, and in the morning the bridge was closed to carts and people alike. \
    Nobody could say when it would be opened, and the market stood empty for the first time in years.";

fn wordpress(nav: &str, head: &str) -> String {
    let comment = |n: u32| {
        format!(
            "<li class=\"comment depth-1\" id=\"comment-{n}\"><div class=\"comment-body\"><cite class=\"fn\">Reader {n}</cite>\
             <a class=\"comment-date\" href=\"/2021/bridge/#comment-{n}\"><time datetime=\"2021-05-{n:02}T10:00:00Z\">May {n}</time></a>\
             <p>I crossed it myself that week, number {n}, and saw the water.</p>\
             <a rel=nofollow class=comment-reply-link href=\"/2021/bridge/?replytocom={n}#respond\">Reply</a></div></li>"
        )
    };
    format!(
        "<!doctype html><html><head><title>The bridge</title>{head}</head><body><article><h1>The bridge</h1><p>{TEXT}</p><p>{TEXT}</p>\
         </article><nav class=post-navigation><a rel=prev href=\"/2021/flood/\">The flood</a><a rel=next href=\"/2021/market/\">\
         The market</a></nav><div id=comments class=comments-area><h2 class=comments-title>30 thoughts on The bridge</h2>\
         <ol class=comment-list>{}{}{}</ol>{nav}</div></body></html>",
        comment(11),
        comment(12),
        comment(13),
    )
}

#[test]
fn an_address_is_taken_apart_into_the_thread_and_its_page() {
    for (first, other, page) in [
        ("https://a.org/2021/post/", "https://a.org/2021/post/comment-page-2/#comments", (Form::Comments, 2)),
        ("https://a.org/?p=12", "https://a.org/?p=12&cpage=3", (Form::Comments, 3)),
        ("https://a.org/viewtopic.php?f=2&t=5", "https://a.org/viewtopic.php?t=5&start=15", (Form::Offset, 15)),
        ("https://a.org/viewtopic.php?id=5", "https://a.org/viewtopic.php?id=5&p=2", (Form::Page, 2)),
        ("https://a.org/threads/x.7/", "https://a.org/threads/x.7/page-4", (Form::Page, 4)),
        ("https://a.org/showthread.php?7-x", "https://a.org/showthread.php?7-x&page=4", (Form::Page, 4)),
        ("https://a.org/showthread.php/7-x", "https://a.org/showthread.php/7-x/page4", (Form::Page, 4)),
        ("https://a.org/topic/7-x/", "https://a.org/topic/7-x/page/4/?tab=comments", (Form::Page, 4)),
        ("https://a.org/t/x/7", "https://a.org/t/x/7?page=4", (Form::Page, 4)),
        ("https://a.org/thread-7.html", "https://a.org/thread-7-page-4.html", (Form::Page, 4)),
        ("https://a.org/index.php?topic=7.0", "https://a.org/index.php?topic=7.15", (Form::Offset, 15)),
        ("https://a.org/index.php/topic,7.0.html", "https://a.org/index.php/topic,7.15.html", (Form::Offset, 15)),
        ("https://a.org/discussion/7/x", "https://a.org/discussion/7/x/p4", (Form::Page, 4)),
        ("https://a.org/node/7", "https://a.org/node/7?page=1&utm_source=x", (Form::Page, 1)),
        ("https://a.org/item?id=7", "https://a.org/item?id=7&p=2", (Form::Page, 2)),
        ("https://a.org/index.php?/topic/7-x/", "https://a.org/index.php?/topic/7-x/page/4/", (Form::Page, 4)),
        ("https://a.org/bridge-t7.html", "https://a.org/bridge-t7-s15.html", (Form::Offset, 15)),
        ("https://a.org/f/7-the-bridge.html", "https://a.org/f/7-the-bridge-4.html", (Form::Page, 4)),
    ] {
        assert_eq!(thread(other), (thread(first).0, Some(page)), "{other}");
        assert_eq!(thread(first).1, None, "{first}");
    }
}

#[test]
fn what_is_another_text_is_another_thread() {
    for (one, other) in [
        ("https://a.org/?p=12", "https://a.org/?p=13"),
        ("https://a.org/index.php?page=12", "https://a.org/index.php?page=13"),
        ("https://a.org/2021/bridge/", "https://a.org/2021/market/"),
        ("https://a.org/viewtopic.php?t=5", "https://a.org/viewtopic.php?t=6"),
        ("https://a.org/viewtopic.php?t=5", "https://a.org/viewtopic.php?t=5&view=next"),
        ("https://a.org/post/12", "https://a.org/post/13"),
        ("https://a.org/page-1", "https://a.org/page-2"),
        ("https://a.org/t/7", "https://b.org/t/7?page=2"),
        ("https://a.org/index.php?topic=7.0", "https://a.org/index.php?topic=8.15"),
        ("https://a.org/thread-7-1-1.html", "https://a.org/thread-8-1-1.html"),
        ("https://a.org/t/7", "https://a.org/t/7?page=99999999"),
    ] {
        assert_ne!(thread(one).0, thread(other).0, "{one} and {other}");
    }
}

#[test]
fn a_session_in_the_address_is_not_asked_for_again() {
    let url = Url::parse("https://a.org/viewtopic.php?t=5&sid=0123456789abcdef0123456789abcdef&start=15#p3").unwrap();
    assert_eq!(asked(&url).as_str(), "https://a.org/viewtopic.php?t=5&start=15");
    // A short value may be anything.
    let url = Url::parse("https://a.org/t?s=2&page=3").unwrap();
    assert_eq!(asked(&url).as_str(), "https://a.org/t?s=2&page=3");
}

#[test]
fn pages_of_comments_are_found_and_the_next_article_is_not_one() {
    let nav = "<nav class=comment-navigation><div class=nav-next><a href=\"/2021/bridge/comment-page-2/#comments\">Newer Comments</a></div></nav>";
    let head = "<link rel=next href=\"/2021/market/\"><link rel=prev href=\"https://example.org/2021/flood/\">";
    let document = page_at("https://example.org/2021/bridge/", &wordpress(nav, head));
    assert_eq!(document.comments.len(), 3);
    assert_eq!(named(&document), [("2021/bridge/comment-page-2/".to_owned(), Some(2), Side::After)]);
    assert_eq!(own(&document), Some(1));
    assert_eq!(document.paging.unwrap().pages[0].rule, PageRule::CommentPage);
    assert_eq!(page_at("https://example.org/2021/bridge/", &wordpress("", head)).paging, None);
}

#[test]
fn an_article_that_shows_its_newest_comments_is_the_last_of_their_pages() {
    let older =
        "<nav><div class=nav-previous><a href=\"/2021/bridge/comment-page-2/#comments\">Older Comments</a></div></nav>";
    let document = page_at("https://example.org/2021/bridge/", &wordpress(older, ""));
    assert_eq!(
        (named(&document), own(&document)),
        (vec![("2021/bridge/comment-page-2/".into(), Some(2), Side::Before)], Some(3))
    );
    let numbers = "<div class=navigation><a class=page-numbers href=\"/2021/bridge/comment-page-1/\">1</a>\
         <a class=page-numbers href=\"/2021/bridge/comment-page-2/\">2</a><span class=\"page-numbers current\">3</span></div>";
    let document = page_at("https://example.org/2021/bridge/", &wordpress(numbers, ""));
    let names: Vec<_> = named(&document).into_iter().map(|(_, n, side)| (n, side)).collect();
    assert_eq!((names, own(&document)), (vec![(Some(1), Side::Before), (Some(2), Side::Before)], Some(3)));
}

#[test]
fn the_permalink_of_a_comment_tells_which_page_this_is() {
    // With a single page of comments, its permalinks name page 1, which is the article itself.
    let linked = wordpress("", "").replace("#comment-", "comment-page-1/#comment-");
    assert_eq!(page_at("https://example.org/2021/bridge/", &linked).paging, None);
    let linked = wordpress("", "").replace("#comment-", "comment-page-2/#comment-");
    let older = "<div><a href=\"/2021/bridge/comment-page-1/#comments\">1</a></div></body>";
    let document = page_at("https://example.org/2021/bridge/", &linked.replace("</body>", older));
    assert_eq!(
        (named(&document), own(&document)),
        (vec![("2021/bridge/comment-page-1/".into(), Some(1), Side::Before)], Some(2))
    );
}

#[test]
fn a_blog_that_looks_like_a_thread_is_a_listing() {
    let pager = "<a rel=next href=\"/blog/page/2/\">Older</a>";
    assert_eq!(page_at("https://forum.example.org/blog/", &forum(pager)).paging, None);
    let pager = "<a rel=next href=\"/t/12/page/2/\">Older</a>";
    assert_eq!(named(&page_at("https://forum.example.org/t/12/", &forum(pager))).len(), 1);
}

#[test]
fn the_pages_of_a_list_of_threads_are_not_followed() {
    for (url, next) in [
        ("https://forum.example.org/viewforum.php?f=2", "viewforum.php?f=2&start=25"),
        ("https://example.org/forums/bridges.7/", "/forums/bridges.7/page-2"),
        ("https://forum.example.org/c/bridges/7", "/c/bridges/7?page=2"),
        ("https://forum.example.org/index.php?board=3.0", "index.php?board=3.20"),
    ] {
        let pager = format!("<link rel=next href=\"{next}\"><a href=\"{next}\">2</a>");
        assert_eq!(page_at(url, &forum(&pager)).paging, None, "{url}");
    }
    let pager = "<link rel=next href=\"/forums/threads/bridge.7/page-2\">";
    assert_eq!(named(&page_at("https://example.org/forums/threads/bridge.7/", &forum(pager))).len(), 1);
}

#[test]
fn what_many_comments_say_is_what_they_say() {
    let document = page_at("https://example.org/2021/bridge/", &wordpress("", ""));
    let texts: Vec<&str> = document.comments.iter().map(|c| c.text.as_str()).collect();
    assert_eq!(texts[0], "I crossed it myself that week, number 11, and saw the water.");
    assert!(texts.iter().all(|text| text.ends_with("and saw the water.")), "{texts:?}");
}

#[test]
fn an_answer_to_a_comment_of_another_page_says_to_which() {
    let reply = |class: &str, words: &str| {
        format!(
            "<p class=\"{class}\">{words} <a href=\"/2021/bridge/comment-page-1/#comment-4\">Reader 4</a></p><p>I crossed it myself that week, number 12"
        )
    };
    let nav = "<div class=nav-previous><a href=\"/2021/bridge/comment-page-1/#comments\">Older Comments</a></div>";
    for (class, words, answers) in
        [("parent", "", Some("comment-4")), ("x", "In reply to", Some("comment-4")), ("x", "As said by", None)]
    {
        let body = wordpress(nav, "").replace("<p>I crossed it myself that week, number 12", &reply(class, words));
        let document = page_at("https://example.org/2021/bridge/comment-page-2/", &body);
        let named: Vec<_> = document.comments.iter().map(|c| c.reply_to.as_deref()).collect();
        assert_eq!(named, [None, answers, None], "{class} {words}");
    }
}

#[test]
fn the_pages_of_an_article_are_not_pages_of_its_comments() {
    let body = wordpress("", "")
        .replace("</article>", "<p class=pages><a href=\"?page=2\">2</a> <a href=\"?page=3\">3</a></p></article>");
    assert_eq!(page_at("https://example.org/2021/bridge/", &body).paging, None);
    let below = wordpress(
        "<ul class=pager><li>1</li><li><a href=\"?page=1\">2</a></li><li><a href=\"?page=2\">3</a></li></ul>",
        "",
    );
    let document = page_at("https://example.org/2021/bridge", &below);
    let pages = [
        ("2021/bridge?page=1".to_owned(), Some(1), Side::After),
        ("2021/bridge?page=2".to_owned(), Some(2), Side::After),
    ];
    assert_eq!((named(&document).as_slice(), own(&document)), (pages.as_slice(), Some(0)), "Drupal counts from 0");
}

fn forum(pager: &str) -> String {
    let post = |n: u32| {
        format!(
            "<div id=p{n} class=post><p class=author>by <a class=username href=\"memberlist.php?u={n}\">Member {n}</a> \
             » <time datetime=\"2021-05-{n:02}T10:00:00Z\">May {n}, 2021</time></p><div class=content>Number {n}: {TEXT}</div></div>"
        )
    };
    format!(
        "<!doctype html><html><head><title>Bridge</title></head><body><h2 class=topic-title>Bridge</h2>{}{}{}{}{pager}\
         <a href=\"viewtopic.php?t=6\">Next topic</a><a href=\"viewforum.php?f=2&start=25\">2</a></body></html>",
        post(1),
        post(2),
        post(3),
        post(4)
    )
}

#[test]
fn the_pages_of_a_forum_thread_are_its_numbers_and_nothing_else() {
    let sid = "sid=0123456789abcdef0123456789abcdef";
    let pager = format!(
        "<div class=pagination>Page <strong>1</strong> of <strong>5</strong> <ul><li class=active><span>1</span></li>\
         <li><a href=\"./viewtopic.php?f=2&amp;t=5&amp;{sid}&amp;start=15\">2</a></li><li><a href=\"./viewtopic.php?f=2&amp;t=5&amp;{sid}&amp;start=30\">3</a></li>\
         <li><a href=\"./viewtopic.php?f=2&amp;t=5&amp;{sid}&amp;start=60\">5</a></li>\
         <li class=next><a rel=next href=\"./viewtopic.php?f=2&amp;t=5&amp;{sid}&amp;start=15\">Next</a></li></ul></div>"
    );
    let document = page_at("https://example.org/viewtopic.php?f=2&t=5", &forum(&pager));
    assert_eq!(document.comments.len(), 4, "{:#?}", document.comments);
    let numbers: Vec<_> = named(&document).into_iter().map(|(url, n, _)| (url, n)).collect();
    let url = |n| (format!("viewtopic.php?f=2&t=5&start={n}"), Some(n));
    assert_eq!(numbers, [url(15), url(30), url(60)]);
    // From the second page, the first is the address without a number.
    let pager = "<div class=pagination><a href=\"viewtopic.php?f=2&t=5\">1</a> <strong>2</strong> <a href=\"viewtopic.php?f=2&t=5&start=30\">3</a></div>";
    let document = page_at("https://example.org/viewtopic.php?f=2&t=5&start=15", &forum(pager));
    let sides: Vec<_> = named(&document).into_iter().map(|(_, n, side)| (n, side)).collect();
    assert_eq!(sides, [(Some(0), Side::Before), (Some(30), Side::After)]);
}

#[test]
fn a_declared_next_page_without_a_number_counts_within_the_thread_only() {
    let page = |href: &str| forum(&format!("<link rel=next href=\"{href}\">"));
    let document = page_at("https://example.org/viewtopic.php?t=5", &page("viewtopic.php?t=5&after=p4"));
    assert_eq!(named(&document), [("viewtopic.php?t=5&after=p4".to_owned(), None, Side::After)]);
    assert_eq!(page_at("https://example.org/viewtopic.php?t=5", &page("viewtopic.php?t=6&after=p4")).paging, None);
    assert_eq!(
        page_at("https://example.org/viewtopic.php?t=5", &page("https://b.org/viewtopic.php?t=5&page=2")).paging,
        None
    );
}

#[test]
fn a_page_that_names_very_many_pages_is_bounded() {
    let links: String = (2..5_000).map(|n| format!("<a href=\"viewtopic.php?t=5&page={n}\">{n}</a> ")).collect();
    let document =
        page_at("https://example.org/viewtopic.php?t=5", &forum(&format!("<div class=pagination>{links}</div>")));
    assert_eq!(named(&document).len(), 200);
}

#[test]
fn the_next_page_of_a_list_is_declared_or_has_the_number_that_follows() {
    let numbers =
        |base: &str, last: u32| -> String { (1..=last).map(|n| format!("<a href=\"{base}{n}\">{n}</a> ")).collect() };
    let next = |url: &str, body: &str| page_at(url, body).next_page;
    let is = |url: &str| Some(url.to_owned());
    let path = numbers("/news/page/", 9);
    assert_eq!(next("https://a.example/news/", &path), is("https://a.example/news/page/2"));
    assert_eq!(next("https://a.example/news/page/2", &path), is("https://a.example/news/page/3"));
    assert_eq!(next("https://a.example/news/page/9", &path), None, "it is the last one");
    let query = numbers("?cat=3&amp;page=", 4);
    assert_eq!(next("https://a.example/list?cat=3&page=3", &query), is("https://a.example/list?cat=3&page=4"));
    let offsets = "<a href=\"?from=60\">4</a><a href=\"?from=20\">2</a><a href=\"?from=40\">3</a>";
    assert_eq!(next("https://a.example/list", offsets), is("https://a.example/list?from=20"));
    let cursor = "<link rel=next href=\"/list?after=xyz\">";
    assert_eq!(next("https://a.example/list", cursor), is("https://a.example/list?after=xyz"));
    // The next text is no next page, and another host is none of ours.
    assert_eq!(next("https://a.example/2021/bridge/", "<link rel=next href=\"/2021/mill/\">"), None);
    assert_eq!(next("https://a.example/news/", &numbers("https://b.example/news/page/", 3)), None);
}
