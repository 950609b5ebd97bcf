use url::Url;

use super::super::{Input, read};
use crate::model::Document;

const PROSE: &str = "<p>The committee met on Tuesday and heard three witnesses, each of whom described the same street. The minutes were read \
    aloud, corrected and signed by everybody who had been there that day.</p>";

fn page_at(url: &str, html: &str) -> Document {
    let url = Url::parse(url).unwrap();
    read(&Input { body: html.as_bytes(), content_type: "text/html; charset=utf-8", url: &url, body_truncated: false })
}

fn article(head: &str, body: &str) -> Document {
    page_at("https://example.org/a", &format!("<meta property=og:type content=article>{head}<body>{body}"))
}

fn prose(times: usize) -> String {
    (0..times).map(|n| PROSE.replace("Tuesday", &format!("day {n}"))).collect()
}

#[test]
fn an_entry_inside_of_an_entry_is_another_text() {
    let entry = |n: u32, text: &str| format!("<article class='post-{n} post type-post'>{text}");
    let inner = entry(
        8,
        "<p>Joy asks of us the courage to wait for the best, and to make it happen while we wait.</p></article>",
    );
    let own = entry(7, &format!("<h1>The minutes</h1>{}{inner}</article>", prose(3)));
    let text = article("<title>The minutes</title>", &own).text();
    assert!(text.contains("the same street") && !text.contains("Joy asks"), "{text}");
}

#[test]
fn a_row_of_titles_before_the_title_is_no_text_of_an_article() {
    let titles: String = (0..6)
        .map(|n| format!("<li><a href=/{n}>Prime minister answers questions number {n}</a> and says that all is well in the capital this week</li>"))
        .collect();
    let body = |rows: &str| format!("<div class=left><div><ul>{rows}</ul></div><h1>The minutes</h1>{}</div>", prose(4));
    let text = article("<title>The minutes - Paper</title>", &body(&titles)).text();
    assert!(text.contains("the same street") && !text.contains("Prime minister"), "{text}");
    // Words that lead to nothing else are a summary.
    let text = article("<title>The minutes - Paper</title>", &body("<li>Witnesses were heard on what happened in the street, and all agreed on what they saw that day in spring</li>")).text();
    assert!(text.contains("all agreed"), "{text}");
}

#[test]
fn a_box_about_the_author_is_no_text_of_hers() {
    let bio = "<div class=wrap itemprop=author><p>Anna Ani is a reporter who has written on courts and councils since the year in which she left \
        the law school, and lives in Tbilisi, where she was born on the hill above the old bridge and went to the school by the river, and with her cats and a garden that she seldom has the time to see. Her books on the law of \
        rivers have been translated into nine languages, two of which she reads herself when nobody is there to see it.</p></div>";
    let text =
        article("<title>The minutes</title>", &format!("<div><h1>The minutes</h1>{}{bio}</div>", prose(12))).text();
    assert!(text.contains("the same street") && !text.contains("cats"), "{text}");
}

#[test]
fn what_customers_say_is_no_text_of_the_seller_unless_it_is_the_page() {
    let product =
        "<script type=application/ld+json>{\"@type\":\"Product\",\"name\":\"Lamp\"}</script><title>Lamp</title>";
    let one = "<p>I bought this lamp for my aunt, and she has not put it out since the day on which it came to her house by post.</p>";
    let said = format!("<div class='shop-reviews'>{}</div>", one.replace("aunt", "uncle") + one);
    let page = |own: usize| {
        page_at(
            "https://example.org/lamp",
            &format!("{product}<main><h1>Lamp</h1><div>{}</div>{said}</main>", prose(own)),
        )
    };
    assert!(!page(4).text().contains("my aunt"));
    assert!(page(0).text().contains("my aunt"));
}

#[test]
fn titles_with_names_beside_them_are_the_text_of_a_front_page() {
    let item = |n: usize| {
        format!(
            "<li><h3><a href=/{n}>The council of town number {n} has decided on the bridge after all</a></h3><a href=/by/{n}>Ann Bo</a> \
             <a href=/in/{n}>Roads</a></li>"
        )
    };
    let items = |from: usize| (from..from + 6).map(item).collect::<String>();
    let (top, more) = (items(0), items(6));
    let about = "<section class=about><p>A paper of the valley, made by those who live in it and read by those who left it long ago.</p></section>";
    let text = page_at(
        "https://example.org/",
        &format!("<title>Paper</title><main><ul class=top>{top}</ul>{about}<ul>{more}</ul></main>"),
    )
    .text();
    assert!(text.contains("town number 3") && text.contains("town number 11"), "{text}");
}

#[test]
fn parts_that_a_builder_of_pages_calls_widgets_are_text() {
    let widget = |class: &str, text: &str| {
        format!(
            "<div class='elementor-element elementor-widget {class}'><div class=elementor-widget-container>{text}</div></div>"
        )
    };
    let bar = "<div id=cookie-law-info-bar>We use cookies on our website to give you the most relevant experience by remembering you.</div>";
    let body = widget("elementor-widget-heading", "<h1>The minutes</h1>")
        + &widget("elementor-widget-text-editor", &prose(2))
        + &widget("elementor-widget-text-editor", &prose(2).replace("day ", "week "))
        + bar
        + "<div class=widget><p>The weather of this week will be as it was in the week before, say those who ought to know.</p>\
           <p>Rain will come to the hills in the north, and wind to the coast, where boats should stay in harbour until its end.</p></div>";
    let text = article("<title>The minutes</title>", &body).text();
    assert!(
        text.contains("the same street")
            && text.contains("on week 1")
            && !text.contains("cookies")
            && !text.contains("weather"),
        "{text}"
    );
}
