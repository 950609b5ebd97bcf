//! What is told of comments beside their words: likes; and what they say beside lines: quotes, lists, code, pictures.

use super::super::tests::page;
use crate::model::{Block, Comment, Document, ListItem};

fn discussion(comments: &[(&str, &str)]) -> Document {
    let one = |(n, (beside, text)): (usize, &(&str, &str))| {
        format!(
            "<li class=comment id=comment-{n}><article class=comment-body><img class=avatar src=/avatars/{n}.png>\
             <b class=fn>Reader {n}</b> <time datetime=2021-07-01T12:0{n}:00Z>July 1</time>\
             <div class=comment-content>{text}</div>{beside}</article></li>"
        )
    };
    let comments: String = comments.iter().enumerate().map(one).collect();
    page(format!(
        "<article><h1>Story</h1><p>The text of the story is long enough to be one, with more words in it.</p></article>\
         <div id=comments><h2>Comments</h2><ol>{comments}</ol></div>"
    ))
}

fn likes(beside: &[&str]) -> Vec<Option<i64>> {
    let comments: Vec<(&str, &str)> = beside.iter().map(|b| (*b, "<p>So it was in our street as well.</p>")).collect();
    let comments = discussion(&comments).comments;
    assert_eq!(comments.len(), beside.len());
    comments.iter().map(|c| c.likes).collect()
}

#[test]
fn likes_are_what_is_shown_as_an_exact_number() {
    let shown = likes(&[
        "<span class=like-count>12</span>",
        "<span class=score>1,024 points</span>",
        "<span class='vote-count'>-3</span>",
        "<a class=likes href=#>Likes (7)</a>",
        "<meta itemprop=upvoteCount content=5>",
        "<span class=votes>0</span>",
    ]);
    assert_eq!(shown, [Some(12), Some(1024), Some(-3), Some(7), Some(5), Some(0)]);
}

#[test]
fn likes_are_never_guessed() {
    let shown = likes(&[
        "<span class=like-count>1.2k</span>",
        "<span class=score>score hidden</span>",
        "<span class=votes>5 up 2 down</span>",
        "<span class=points>80%</span>",
        "<span class=dislikes>4</span>",
        "<div class=user-panel><span class=likes>4096</span></div>",
        "<span class=likes-you-gave-this-week>9</span>",
    ]);
    assert_eq!(shown, [None; 7]);
}

#[test]
fn forums_show_likes_in_their_own_ways() {
    let shown = likes(&[
        "<a class=reactionsBar-link href=/r><bdi>Anna</bdi>, <bdi>Boris</bdi> and 3 others</a>",
        "<a class=reactionsBar-link href=/r><bdi>Anna</bdi></a>",
        "<span class='score dislikes'>4 points</span><span class='score unvoted'>5 points</span><span class='score likes'>6 points</span>",
        "<div itemprop=interactionStatistic itemscope><meta itemprop=interactionType content='http://schema.org/LikeAction'>\
         <meta itemprop=userInteractionCount content=8><span class=post-likes>8 Likes</span></div>",
        "<a class=vote-up><span data-role=likes class='updatable count'>2</span></a>",
    ]);
    assert_eq!(shown, [Some(5), Some(1), Some(5), Some(8), Some(2)]);
}

fn said(text: &str) -> (Comment, Document) {
    let mut document = discussion(&[("", text), ("", "<p>Another one says something else.</p>")]);
    (document.comments.remove(0), document)
}

fn paragraph(text: &str) -> Block {
    Block::Paragraph { text: text.into() }
}

#[test]
fn plain_comments_are_their_lines_and_nothing_more() {
    let (comment, _) = said("<p>One line.</p><p>Another with <a href=/x>a link</a>.</p>");
    assert!(comment.blocks.is_empty(), "{:?}", comment.blocks);
    assert_eq!(comment.as_blocks().as_ref(), [paragraph("One line."), paragraph("Another with a link.")]);
}

#[test]
fn quotes_lists_and_code_of_a_comment_are_told_apart() {
    let (comment, _) = said(
        "<blockquote><p>The bridge was closed.</p><p>Nobody said why.</p></blockquote><p>They did:</p>\
         <ol><li>first <b>this</b></li><li>then that<ul><li>and more</li></ul></li></ol>\
         <pre><code>if river &gt; 3 {\n    close();\n}</code></pre><p>See?</p>",
    );
    let item = |depth, text: &str| ListItem { depth, text: text.into() };
    let expected = [
        Block::Quote { text: "The bridge was closed.\nNobody said why.".into() },
        paragraph("They did:"),
        Block::List { ordered: true, items: vec![item(0, "first this"), item(0, "then that"), item(1, "and more")] },
        Block::Code { text: "if river > 3 {\n    close();\n}".into() },
        paragraph("See?"),
    ];
    assert_eq!(comment.blocks, expected);
    assert!(comment.text.starts_with("The bridge was closed.\nNobody said why.\nThey did:"), "{}", comment.text);
}

#[test]
fn a_picture_in_a_comment_is_content_and_a_portrait_is_not() {
    let (comment, document) = said(
        "<p>Look <img class=wp-smiley src=/smile.png alt=':)'></p><p><img src=/flood.jpg alt='The flood'></p><p>There.</p>",
    );
    let figure = Block::Figure { url: "https://example.org/flood.jpg".into(), caption: "The flood".into() };
    assert_eq!(comment.blocks, [paragraph("Look"), figure, paragraph("There.")]);
    let content = |name: &str| document.media.iter().find(|m| m.url.ends_with(name)).is_some_and(|m| m.content);
    assert!(content("/flood.jpg"));
    assert!(!content("/smile.png") && !content("/0.png"));
}

#[test]
fn what_an_answer_quotes_is_not_of_what_it_answers() {
    let inner = "<ol class=children><li class=comment id=comment-9><article><b class=fn>Vera</b> \
                 <time datetime=2021-07-02T12:00:00Z>July 2</time><span class=like-count>4</span>\
                 <div class=comment-content><blockquote>It was so.</blockquote><p>Indeed.</p></div></article></li></ol>";
    let document = discussion(&[(inner, "<p>It was so, they say.</p>"), ("", "<p>Else.</p>")]);
    let blocks: Vec<usize> = document.comments.iter().map(|c| c.blocks.len()).collect();
    assert_eq!((blocks, document.comments[0].likes, document.comments[1].likes), (vec![0, 2, 0], None, Some(4)));
}
