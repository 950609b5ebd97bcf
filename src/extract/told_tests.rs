//! What is told apart: comments, authors, teasers, copies, threads.

use super::tests::page;
use crate::model::{Kind, WarningCode};

#[test]
fn comments_of_a_short_classic_list_are_records() {
    let document = page(
        "<article><h1>Story</h1><p>The text of the story is long enough to be one, with more than a few words in it.</p><section id=comments>\
         <h2>2 thoughts</h2><ol class=comment-list><li class=comment><article><footer><b class=fn>Anahit M.</b> <time>March 4, 2011 at 10:22 am\
         </time></footer><div class=comment-content><p>I was there that day.</p></div></article></li><li class=comment><article><b class=fn>Guest\
         </b><p>Thank you for keeping this.</p></article></li></ol></section></article>",
    );
    let said: Vec<_> = document.comments.iter().map(|c| (c.author.as_deref().unwrap(), c.text.as_str())).collect();
    assert_eq!(said, [("Anahit M.", "I was there that day."), ("Guest", "Thank you for keeping this.")]);
    let time = document.comments[0].time.as_ref().unwrap();
    assert_eq!(time.raw, "March 4, 2011 at 10:22 am");
    assert_eq!(time.at.unwrap().to_string(), "2011-03-04T10:22:00Z");
    assert_eq!(document.comments_claimed, Some(2));
    assert!(!document.text().contains("Thank you"));
}

#[test]
fn unmarked_repeats_are_comments_too() {
    let document = page(
        "<p>Text.</p><section class=comments><p class=comment>First.</p><p class=comment>I saw the van.</p></section>",
    );
    assert_eq!(document.comments.iter().map(|c| c.text.as_str()).collect::<Vec<_>>(), ["First.", "I saw the van."]);
}

#[test]
fn comments_of_structured_data_are_taken_where_the_page_shows_none() {
    let document = page(
        r#"<script type="application/ld+json">{"@type":"NewsArticle","headline":"H","author":{"name":"Anna Ani"},"datePublished":"2020-02-03",
        "comment":[{"@type":"Comment","author":{"name":"B"},"text":"Yes &amp; no","dateCreated":"2020-02-04T10:00:00Z",
        "comment":[{"@type":"Comment","author":"C","text":"Why?"}]}]}</script><p>Text</p>"#,
    );
    assert_eq!(document.kind, Kind::Article);
    assert_eq!(document.authors, ["Anna Ani"]);
    assert_eq!(document.comments[0].text, "Yes & no");
    assert_eq!((document.comments[1].parent, document.comments[1].depth), (Some(0), 1));
}

// Other kinds of body.

#[test]
fn names_are_told_from_what_stands_around_them() {
    use super::people::{people, people_of_line};
    assert_eq!(people("By Anna Ani and Bert Bo"), ["Anna Ani", "Bert Bo"]);
    assert_eq!(people("Von Jan van der Berg, Senior Editor"), ["Jan van der Berg"]);
    assert_eq!(people_of_line("Matthieu Petit le 07 Mai 2020", false), ["Matthieu Petit"]);
    assert_eq!(people_of_line("Dec. 19, 2025 · Nina Quist", true), ["Nina Quist"]);
    assert!(people("View all posts").is_empty());
    assert!(people("MD").is_empty());
    // Behind a label no place is a name.
    assert!(people("example.de, Frankfurt, Germany").is_empty());
    assert!(people("Web Commerce GmbH www.example.de").is_empty());
    assert_eq!(people_of_line("06.11.2023 13:30 von Olga Berg Symbolbild imago", false), ["Olga Berg"]);
}

#[test]
fn a_person_has_two_names_with_capitals() {
    use super::people::{is_person, is_username};
    assert!(is_person("Ludwig van Beethoven"));
    assert!(is_person("Արամ Մանուկյան"));
    assert!(!is_person("beetle99") && is_username("beetle99"));
    assert!(!is_person("Chief Executive Editor"));
}

const PROSE: &str = "<p>The committee met on Tuesday and heard three witnesses, each of whom described the same street. The minutes were read \
    aloud, corrected and signed by everybody who had been there that day.</p>";

#[test]
fn authors_that_structured_data_names_by_reference_are_found() {
    let document = page(
        r#"<script type="application/ld+json">{"@graph":[{"@type":"NewsArticle","headline":"Story","author":{"@id":"/#anna"},
        "datePublished":"2020-02-03T10:00:00Z",},{"@type":"Person","@id":"/#anna","name":"Anna Ani"}]}</script><h1>Story</h1><p>Text</p>"#,
    );
    assert_eq!(document.authors, ["Anna Ani"]);
    assert_eq!(document.published.unwrap().at.unwrap().to_string(), "2020-02-03T10:00:00Z");
}

#[test]
fn the_byline_by_the_title_names_the_author_not_those_of_other_texts() {
    let teasers = ["Bert Bo", "Carl Co", "Dora Do", "Egon Eh"].map(|n| {
        format!("<div class=card><a href='/x'>Another story of some length</a><span class=author>{n}</span></div>")
    });
    let html = format!(
        "<h1>The committee</h1><div class=author>Anna Ani</div><div class=reviewer>Reviewed by <span class=author>Fritz Fu</span></div>\
         {}{}",
        PROSE.repeat(5),
        teasers.concat()
    );
    assert_eq!(page(&html).authors, ["Anna Ani"]);
}

#[test]
fn what_leads_to_other_texts_is_no_text() {
    let html = format!(
        "<article><h1>The committee</h1>{0}{0}<p>Read also: <a href='/other'>Another story of the same week</a></p>{0}<h4>More:</h4>\
         <ul><li><a href='/a'>A third story, of the week before</a></li></ul><p>Advertisement</p>{0}</article>",
        PROSE
    );
    let text = page(&html).text();
    assert!(text.contains("The committee met"));
    for other in ["Another story", "A third story", "Advertisement"] {
        assert!(!text.contains(other), "{other}");
    }
}

#[test]
fn a_copy_of_the_text_for_other_screens_is_told_once() {
    let part =
        |n: u8| format!("<h2>Chapter number {n} of the report</h2>{}", PROSE.replace("three", &format!("{n}{n}")));
    let whole: String = (1..6).map(part).collect();
    let text = page(format!("<article><div class=desk>{whole}</div><div class=phone>{whole}</div></article>")).text();
    assert_eq!(text.matches("heard 33 witnesses").count(), 1);
    // A refrain is not a copy.
    let refrain: String =
        (1..6).map(|n| format!("{}<p>What would you tell the children of that street today?</p>", part(n))).collect();
    assert_eq!(page(format!("<article>{refrain}</article>")).text().matches("children").count(), 5);
}

#[test]
fn a_thread_is_dated_and_signed_by_its_opening_post() {
    let post = |name: &str, joined: &str, at: &str, text: &str| {
        format!(
            "<article class=message><h4><a href='/members/{name}'>{name}</a></h4><dl><dt>Joined</dt><dd>{joined}</dd></dl>\
             <time datetime='{at}'>{at}</time><div class=message-body>{text}</div></article>"
        )
    };
    let posts = [
        post("anna", "Jul 29, 2012", "2021-05-12T10:00:00Z", PROSE),
        post("bert", "Jan 2, 2009", "2021-05-12T11:00:00Z", PROSE),
        post("carl", "Mar 3, 2019", "2021-05-13T09:00:00Z", PROSE),
    ];
    let document = page(format!(
        "<link rel=canonical href='/threads/1'><div class=forum itemtype='https://schema.org/DiscussionForumPosting'><h1>The van</h1>{}</div>",
        posts.concat()
    ));
    assert_eq!(document.kind, Kind::Thread);
    assert_eq!(document.authors, ["anna"]);
    assert_eq!(document.published.unwrap().at.unwrap().to_string(), "2021-05-12T10:00:00Z");
    let times: Vec<_> = document.comments.iter().map(|c| c.time.as_ref().unwrap().at.unwrap().to_string()).collect();
    assert_eq!(times, ["2021-05-12T10:00:00Z", "2021-05-12T11:00:00Z", "2021-05-13T09:00:00Z"]);
}

#[test]
fn text_that_was_encoded_twice_is_read() {
    let twice: String = "Investor’s “café”".bytes().map(char::from).collect();
    let document = page(format!("<title>{twice}</title><p>Text</p>"));
    assert_eq!(document.title.as_deref(), Some("Investor’s “café”"));
    assert!(document.warnings.iter().any(|w| w.code == WarningCode::Charset));
}

#[test]
fn a_name_in_the_foot_of_a_short_comment_is_kept() {
    let filler = "Sentences of the story go on and on, as they do in stories that people comment on. ".repeat(6);
    let page = format!(
        "<!doctype html><html><head><title>Story</title></head><body><main><article><h1>Story</h1><p>{filler}</p><footer>Posted on <time datetime='2011-03-03'>March 3, 2011</time> by <a rel=author>Editor</a></footer><section id=comments><h2>2 thoughts</h2><ol class=comment-list><li class=comment><article><footer><b class=fn>Anahit M.</b> <time>March 4, 2011 at 10:22 am</time></footer><div class=comment-content><p>I was there that day.</p></div></article></li><li class=comment><article><b class=fn>Guest</b><p>Thank you for keeping this.</p></article></li></ol></section></article></main></body></html>"
    );
    let document = super::tests::page(&page);
    let names: Vec<_> = document.comments.iter().map(|c| c.author.as_deref()).collect();
    assert_eq!(names, [Some("Anahit M."), Some("Guest")]);
}

#[test]
fn words_of_two_boxes_are_no_name_together() {
    let document = page(format!(
        "<h1>The minutes</h1><p class=byline><a rel=author href=/author/tine>Tine</a></p>{PROSE}{PROSE}<div class=author-description>\
         <h2>Tine</h2>Hi</div>"
    ));
    assert_eq!(document.authors, ["Tine"]);
}

#[test]
fn of_two_publications_told_to_machines_the_earlier_is_the_first_where_the_other_is_the_last_change() {
    let document = page(
        r#"<meta property="article:published_time" content="2025-08-08T00:00:00-04:00"><script type="application/ld+json">{"@type":"NewsArticle",
        "headline":"Story","datePublished":"2025-11-29T12:28:31-05:00","dateModified":"2025-11-29T12:28:31-05:00"}</script><h1>Story</h1><p>Text</p>"#,
    );
    assert_eq!(document.published.unwrap().raw, "2025-08-08T00:00:00-04:00");
}

#[test]
fn the_slogan_of_a_site_is_no_title() {
    let document = page(
        "<title>Example - The heart of the valley</title><main><h1>Which lamp for a small room?</h1><p>Text</p></main>",
    );
    assert_eq!(document.title.as_deref(), Some("Which lamp for a small room?"));
    let document = page("<title>Best lamps of 2026 | Paper</title><h1>The best lamps of 2026</h1><p>Text</p>");
    assert_eq!(document.title.as_deref(), Some("The best lamps of 2026"));
    let document =
        page("<title>Best lamps of 2026 | Paper</title><h1><span>May 5</span> Best lamps of 2026</h1><p>Text</p>");
    assert_eq!(document.title.as_deref(), Some("Best lamps of 2026"));
}

#[test]
fn each_field_says_which_rule_gave_it() {
    let text = "<p>The text of the story is long enough to be one, with more than a few words in it, and a second sentence too.</p>";
    let said = |html: &str, fields: &[&str]| {
        let document = page(html);
        fields.iter().map(|f| document.sources.get(f).unwrap_or("-").to_owned()).collect::<Vec<_>>().join(" ")
    };
    let told = format!(
        r#"<html lang=en><meta property=og:site_name content="The Hill"><meta property=og:type content=article>
        <script type="application/ld+json">{{"@type":"NewsArticle","headline":"A night on the hill","author":{{"name":"Anna Ani"}}}}</script>
        <title>A night on the hill | The Hill</title><article>{text}{text}</article>"#
    );
    let fields = ["title", "authors", "site", "kind", "language", "blocks"];
    assert_eq!(said(&told, &fields), "json-ld json-ld meta json-ld stated marked");
    let shown = format!(
        "<title>A night on the hill | The Hill</title><div><h1>A night on the hill</h1><p>By Anna Ani</p>{text}{text}</div>"
    );
    assert_eq!(said(&shown, &fields), "heading words title shape guessed weight");
    let headed = format!("<title>A night on the hill</title><div><a rel=author href=/anna>Anna Ani</a>{text}</div>");
    assert_eq!(said(&headed, &["title", "authors", "site", "comments"]), "title markup - -");
}
