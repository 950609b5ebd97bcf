//! Where links stand, and the words around them.

use super::tests::page;
use crate::model::{Link, LinkPlace};

fn links() -> Vec<Link> {
    let filler =
        "The river rose in the night, and in the morning the bridge was closed to carts and people alike. ".repeat(6);
    let comment = |n: u8, text: &str| {
        format!(
            "<li class=comment id=comment-{n}><b class=fn>Reader {n}</b> <time datetime=2021-07-01T12:0{n}:00Z>July 1</time>\
             <div class=comment-content><p>{text}</p></div></li>"
        )
    };
    let article = format!(
        "<nav><a href=/about>About us</a> <a href=/report>Report</a></nav>\
         <article><h1>Bridge</h1><p>{filler}</p><p>Nobody was hurt. The <a href=/report>report of the <b>city</b></a> says so! More is to come.</p>\
         <p><a href=/alone>A link alone</a></p><p>First line<br>see <a href=/line>here</a>, please<br>third line</p>\
         <p>{filler}and so, without a full stop for a very long time, as one does, <a href=/far>far away</a> from every end \
         of every sentence, words go on and on and on until nobody remembers what they were about</p><p>川は<a href=/ja>橋</a>を越えた。人々は逃げた。</p></article>"
    );
    let comments =
        [comment(1, "I read <a href=/other>another one</a>. It differs."), comment(2, "So did <a href=/report>I</a>.")]
            .concat();
    page(format!("{article}<div id=comments><ol>{comments}</ol></div><footer><a href=/legal>Legal</a></footer>")).links
}

#[test]
fn links_of_the_text_and_of_comments_have_their_sentence() {
    let links = links();
    let of = |path: &str| {
        let link = links.iter().find(|link| link.url.ends_with(path)).unwrap();
        (link.place, link.context.as_str())
    };
    // It stands in the menu and in a comment as well.
    assert_eq!(of("/report"), (LinkPlace::Content, "The report of the city says so!"));
    assert_eq!(of("/other"), (LinkPlace::Comment, "I read another one."));
    assert_eq!(of("/line"), (LinkPlace::Content, "see here, please"));
    assert_eq!(of("/ja"), (LinkPlace::Content, "川は橋を越えた。"));
    assert_eq!(of("/alone"), (LinkPlace::Content, ""));
    assert_eq!((of("/about"), of("/legal")), ((LinkPlace::Frame, ""), (LinkPlace::Frame, "")));
}

#[test]
fn of_long_sentences_the_words_nearby_are_kept() {
    let links = links();
    let far = links.iter().find(|link| link.url.ends_with("/far")).unwrap();
    assert!(far.context.contains("as one does, far away from every end of every"), "{}", far.context);
    assert!(far.context.len() < 200 && !far.context.starts_with(' '), "{}", far.context);
}
