//! How long reading takes: `cargo bench --bench reading`. The page is of our own making, about 64 KB, with
//! what pages of this size have: scripts, styles, navigation, an article, comments, a sidebar, a footer.

use std::fmt::Write;
use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use keepfast::extract::{Input, read, render};
use url::Url;

const SENTENCE: &str = "The committee met on Tuesday and heard three witnesses, each of whom described the same street, the same hour and \
                        the same white van, and the minutes were read aloud, corrected and signed. ";

fn page() -> String {
    let mut html = String::from(
        "<!doctype html><html lang=en><head><meta charset=utf-8><title>The committee | The Herald</title><meta property=og:site_name \
         content='The Herald'><meta property=og:image content=/og.jpg><script type=application/ld+json>{\"@type\":\"NewsArticle\",\
         \"headline\":\"The committee\",\"author\":{\"name\":\"Anna Ani\"},\"datePublished\":\"2021-05-12T10:00:00Z\"}</script>",
    );
    let _ = write!(html, "<style>{}</style>", ".a{color:#fff;background:url(/x.png)}".repeat(150));
    let _ = write!(
        html,
        "<script>{}</script></head><body class='single post'>",
        "window.x=window.x||[];x.push({a:1});".repeat(250)
    );
    html.push_str("<header><nav class=menu><ul>");
    for i in 0..60 {
        let _ = write!(html, "<li class='menu-item menu-item-{i}'><a href='/section/{i}'>Section {i}</a></li>");
    }
    html.push_str("</ul></nav></header><main><article><h1>The committee</h1><p class=byline>Posted on May 12, 2021 by Anna Ani</p><div class=entry-content>");
    for i in 0..30 {
        let _ = write!(html, "<p>{} <a href='/ref/{i}'>reference {i}</a></p>", SENTENCE.repeat(2));
        if i % 6 == 0 {
            let _ = write!(
                html,
                "<figure><img src='/i{i}-300.jpg' srcset='/i{i}-300.jpg 300w, /i{i}.jpg 1200w' alt='Picture {i}'><figcaption>Picture {i}</figcaption></figure>\
                 <ul><li>one</li><li>two</li></ul>"
            );
        }
    }
    html.push_str("</div></article><section id=comments><h2>25 comments</h2><ol class=comment-list>");
    for i in 0..25 {
        let _ = write!(
            html,
            "<li class='comment depth-1' id=comment-{i}><article class=comment-body><footer class=comment-meta><b class=fn>Reader {i}</b> <time \
             datetime='2021-05-13T10:{:02}:00+00:00'>May 13, 2021 at 10:{:02} am</time></footer><div class=comment-content><p>{SENTENCE}</p></div>\
             </article></li>",
            i, i
        );
    }
    html.push_str("</ol></section></main><aside class=sidebar>");
    for i in 0..80 {
        let _ = write!(
            html,
            "<div class='widget post-teaser'><a href='/old/{i}'><img data-src='/t{i}.jpg' alt=''><span class=title>An older story {i}</span></a></div>"
        );
    }
    html.push_str("</aside><footer><p>© 2021 The Herald</p></footer></body></html>");
    html
}

fn reading(c: &mut Criterion) {
    let html = page();
    let url = Url::parse("https://herald.example/2021/05/the-committee/").unwrap_or_else(|e| panic!("{e}"));
    let input =
        Input { body: html.as_bytes(), content_type: "text/html; charset=utf-8", url: &url, body_truncated: false };
    let document = read(&input);
    assert_eq!(document.comments.len(), 25);
    let mut group = c.benchmark_group("reading");
    group.throughput(Throughput::Bytes(html.len() as u64));
    group.bench_function("read", |b| b.iter(|| read(black_box(&input))));
    group.bench_function("markdown", |b| b.iter(|| render::markdown(black_box(&document))));
    group.finish();
}

criterion_group!(benches, reading);
criterion_main!(benches);
