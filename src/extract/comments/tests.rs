//! What commenters said, and what the page says around it.

use super::super::tests::page;
use crate::model::Comment;

fn discussion(comments: &str) -> Vec<Comment> {
    let article =
        "<article><h1>Story</h1><p>The text of the story is long enough to be one, with more words in it.</p>";
    page(format!("{article}</article><div id=comments><h2>Comments</h2>{comments}</div>")).comments
}

fn names(comments: &[Comment]) -> Vec<&str> {
    comments.iter().map(|c| c.author.as_deref().unwrap_or("")).collect()
}

#[test]
fn a_name_and_a_date_may_share_one_line() {
    let one = |n: u8, head: &str, text: &str| {
        format!(
            "<div id=comment-{n} class=single_comment><h5>{head}</h5><div class=comment_text><p>{text}</p></div></div>"
        )
    };
    let comments = discussion(
        &[
            one(1, "H - 2021-05-12 18:28:42", "What is being done about it?"),
            one(2, "Արամ - 2021-05-12 19:00:00", "Շնորհակալություն հոդվածի համար։"),
            one(3, "A &lt;b&gt; - 2021-05-14 00:00:00", "Line one."),
        ]
        .concat(),
    );
    assert_eq!(names(&comments), ["H", "Արամ", "A <b>"]);
    assert_eq!(comments[0].time.as_ref().unwrap().raw, "2021-05-12 18:28:42");
    assert_eq!(comments[2].text, "Line one.");
}

#[test]
fn a_comment_that_stands_alone_is_read_like_one_among_others() {
    let themes: [fn(u8, &str, &str) -> String; 5] = [
        |n, name, text| {
            format!(
                "<div id=comment-{n} class='single_comment depth-1'><h5>{name} - 2021-05-12 18:28:4{n}</h5>\
                 <div class=comment_text><p>{text}</p></div></div>"
            )
        },
        |n, name, text| {
            format!(
                "<li class=comment id=comment-{n}><p><span class=person-name>{name}</span></p><div class=comment-content><p>{text}</p></div></li>"
            )
        },
        |n, name, text| {
            format!(
                "<li class=comment id=c{n}><h4><a href=/members/{n}>{name}</a></h4>\
                 <small>May 12, 2021 at 18:2{n}</small><div class=comment-text>{text}</div></li>"
            )
        },
        |n, name, text| {
            format!(
                "<div class=comment id=comment-{n}><div class=top>{name}, 12 May 2021 18:2{n}</div><p>{text}</p></div>"
            )
        },
        |n, name, text| {
            format!(
                "<article class=comment id=comment-{n}><b class=fn>{name}</b> \
                 <time datetime=2021-07-01T12:0{n}:00Z>July 1</time><div class=comment-content>{text}</div></article>"
            )
        },
    ];
    for (number, theme) in themes.iter().enumerate() {
        let one = theme(1, "Maria Kern", "What is being done about it?");
        let others = theme(2, "Boris", "Nothing, as far as I can see.") + &theme(3, "Anna Lind", "We did ask them.");
        let (alone, among) = (discussion(&one), discussion(&(one + &others)));
        assert_eq!(names(&among), ["Maria Kern", "Boris", "Anna Lind"], "theme {number}");
        assert_eq!(alone, among[..1], "theme {number}");
    }
}

#[test]
fn a_comment_that_stands_alone_and_names_nobody_is_given_no_name() {
    for head in ["<h5>Very good point</h5>", "<b>First</b>", "<p><span class=rank>Senior</span></p>", "<p>Update 2</p>"]
    {
        let one = format!(
            "<div id=comment-1 class=single_comment>{head}<div class=comment_text><p>What is being done about it?</p></div></div>"
        );
        assert_eq!(names(&discussion(&one)).concat().trim_start_matches("First"), "", "{head}");
    }
}

#[test]
fn comments_that_differ_in_a_number_only_keep_their_words() {
    let one = |n: u8| {
        format!(
            "<li class=comment id=comment-{n}><b class=fn>Reader {n}</b> <time datetime=2021-07-01T12:0{n}:00Z>July 1</time>\
             <div class=comment-content><p>Vote number {n}.</p></div></li>"
        )
    };
    let comments = discussion(&format!("<ol>{}</ol>", (1..6).map(one).collect::<String>()));
    let texts: Vec<&str> = comments.iter().map(|c| c.text.as_str()).collect();
    assert_eq!(texts, ["Vote number 1.", "Vote number 2.", "Vote number 3.", "Vote number 4.", "Vote number 5."]);
}

#[test]
fn labels_under_every_comment_are_still_left_out() {
    let one = |n: u8, text: &str| {
        format!(
            "<li class=comment id=comment-{n}><b class=fn>Reader {n}</b> <time datetime=2021-07-01T12:0{n}:00Z>July 1</time>\
             <div class=comment-content><p>{text}</p><p>{n} people like this</p></div></li>"
        )
    };
    let comments = discussion(&format!("<ol>{}{}{}</ol>", one(1, "Yes."), one(2, "Not so."), one(3, "Who knows?")));
    let texts: Vec<&str> = comments.iter().map(|c| c.text.as_str()).collect();
    assert_eq!(texts, ["Yes.", "Not so.", "Who knows?"]);
}

#[test]
fn who_wrote_it_stands_in_words_and_the_heading_is_the_subject() {
    let one = |n: u8, subject: &str, name: &str| {
        format!(
            "<li id=comment-{n}><div><h2>{subject}</h2><span class=metadata>geschrieben von {name} am 2{n}. Jan. 2015, 19:04</span>\
             <a href=/login>antworten</a></div><p>Das ist die Meinung Nummer {n}, und sie ist lang genug, um eine zu sein.</p></li>"
        )
    };
    let all =
        [one(1, "Ein Argument", "berg2012"), one(2, "Ein Missverständnis", "wScherf"), one(3, "Kurz", "Georg Q.")];
    let comments = discussion(&format!("<ul class=comments>{}</ul>", all.concat()));
    assert_eq!(names(&comments), ["berg2012", "wScherf", "Georg Q."]);
}

#[test]
fn a_link_to_answer_leads_to_nobody() {
    let one = |n: u8| {
        format!(
            "<li class=comment id=comment-{n}><div class='comment-author meta'><strong>Ben {n}</strong> 19. Juni 2018 um 15:2{n} Uhr \
             <a href='/story/?replytocom={n}#respond'> - Antworten</a></div><div class=comment-text><p>Meinung {n} dazu.</p></div></li>"
        )
    };
    let comments = discussion(&format!("<ol>{}{}</ol>", one(1), one(2)));
    assert_eq!(names(&comments), ["Ben 1", "Ben 2"]);
    assert_eq!(comments[0].author_url, None);
}

#[test]
fn a_pingback_is_named_by_a_title_that_may_hold_a_month() {
    let one = |n: u8, title: &str| {
        format!(
            "<li class=pingback id=comment-{n}><div class='comment-author meta'><strong><a href='https://other.example/{n}'>{title}</a></strong> \
             2{n}. Juni 2018 um 14:17 Uhr<a href='/story/?replytocom={n}#respond'> - Antworten</a></div><div class=comment-text><p>[…] Hier {n}. […]</p></div></li>"
        )
    };
    let long = "Kennzeichnung der Artikel, Werbung und vieles mehr, was man in diesem Sommer noch wissen muss, in einem langen Titel";
    let comments = discussion(&format!("<ol>{}{}</ol>", one(1, "Neuheiten im Juni 2018"), one(2, long)));
    assert_eq!(names(&comments), ["Neuheiten im Juni 2018", long]);
}

#[test]
fn an_empty_anchor_before_a_comment_names_it() {
    let one = |n: u8| {
        format!(
            "<a id=comment-22{n}></a> <div class='comment clearfix'><h3><span class=username>Lars</span></h3><div class=content>\
             <p>Opinion {n} is this.</p></div><ul><li class=date>April 5, 2018</li></ul></div>"
        )
    };
    let comments = discussion(&(1..4).map(one).collect::<String>());
    let ids: Vec<&str> = comments.iter().filter_map(|c| c.id.as_deref()).collect();
    assert_eq!(ids, ["comment-221", "comment-222", "comment-223"]);
}
