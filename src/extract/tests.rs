use proptest::prelude::*;
use url::Url;

use super::coding_tests::gzip;
use super::{Input, css_refs, decode, read, render};
use crate::model::{CharsetSource, Document, Kind, MediaKind, Sign, WarningCode};

fn page_at(url: &str, content_type: &str, body: impl AsRef<[u8]>) -> Document {
    let url = Url::parse(url).unwrap();
    read(&Input { body: body.as_ref(), content_type, url: &url, body_truncated: false })
}

pub(super) fn page(body: impl AsRef<[u8]>) -> Document {
    page_at("https://example.org/a/b", "text/html; charset=utf-8", body)
}

fn warned(document: &Document, code: WarningCode) -> bool {
    document.warnings.iter().any(|w| w.code == code)
}

fn urls(document: &Document) -> Vec<&str> {
    document.media.iter().map(|m| m.url.as_str()).collect()
}

// Character sets.

#[test]
fn a_byte_order_mark_wins_over_the_header() {
    let mut body = vec![0xff, 0xfe];
    body.extend("<!doctype html><title>Հայ</title><p>Վկայություն".encode_utf16().flat_map(u16::to_le_bytes));
    let document = page(&body);
    assert_eq!(document.title.as_deref(), Some("Հայ"));
    assert_eq!(document.charset.unwrap().source, CharsetSource::Bom);
}

#[test]
fn windows_1251_that_calls_itself_utf_8_is_recovered_and_said() {
    let russian = "Свидетельские показания сохраняются для будущих поколений";
    let (bytes, ..) = encoding_rs::WINDOWS_1251.encode(russian);
    let mut body = b"<!doctype html><title>x</title><p>".to_vec();
    body.extend(&*bytes);
    let document = page(&body);
    assert_eq!(document.text(), russian);
    assert_eq!(document.charset.as_ref().unwrap().source, CharsetSource::Sniffed);
    assert!(warned(&document, WarningCode::Charset));
}

#[test]
fn a_label_in_a_meta_tag_counts_where_the_header_is_silent() {
    let (bytes, ..) = encoding_rs::SHIFT_JIS.encode("証言を保存する");
    let mut body = b"<!doctype html><meta charset=Shift_JIS><p>".to_vec();
    body.extend(&*bytes);
    let document = page_at("https://example.org/", "text/html", &body);
    assert_eq!(document.text(), "証言を保存する");
    assert_eq!(document.charset.unwrap().source, CharsetSource::Meta);
}

#[test]
fn utf_8_that_calls_itself_latin_1_is_read_as_utf_8() {
    let document = page_at("https://example.org/", "text/html; charset=iso-8859-1", "<p>déjà vu à l'été, où êtes-vous");
    assert_eq!(document.text(), "déjà vu à l'été, où êtes-vous");
}

fn armscii(text: &str) -> Vec<u8> {
    let octet = |c: char| match c as u32 {
        o @ 0x531..=0x556 => (0xb2 + 2 * (o - 0x531)) as u8,
        o @ 0x561..=0x586 => (0xb3 + 2 * (o - 0x561)) as u8,
        o => o as u8,
    };
    text.chars().map(octet).collect()
}

#[test]
fn armscii_8_is_read_with_its_label_and_without() {
    let text = "Վկայությունները պահպանվում են ապագա սերունդների համար";
    let mut body = b"<!doctype html><p>".to_vec();
    body.extend(armscii(text));
    let labelled = page_at("https://example.am/", "text/html; charset=armscii-8", &body);
    assert_eq!(labelled.text(), text);
    assert_eq!(labelled.charset.unwrap().name, "armscii-8");
    assert_eq!(page_at("https://example.am/", "text/html", &body).text(), text);
}

#[test]
fn lone_surrogates_and_overlong_forms_never_leak() {
    let document =
        page(b"<p>ok \xed\xa0\x80 \xed\xa0\xbd\xed\xb8\x80 \xc0\x80 \xf8\x88\x80 &#xD800; &#x110000; &#0; end");
    assert!(document.text().starts_with("ok ") && document.text().ends_with("end"), "{:?}", document.text());
    assert_eq!(document.charset.unwrap().name, "utf-8");
}

// Bounds.

#[test]
fn what_stands_below_a_hundred_thousand_divs_is_read() {
    let document = page(format!("<title>Deep</title><p>top</p>{}<p>bottom of the well</p>", "<div>".repeat(100_000)));
    assert!(document.text().contains("bottom of the well"));
    assert!(document.text().contains("top") || document.rest.contains("top"));
    assert!(warned(&document, WarningCode::Depth));
}

#[test]
fn open_formatting_elements_and_attributes_are_bounded() {
    let bold: String = (0..20_000).map(|i| format!("<b id={i}>")).collect();
    let document = page(format!("<p>KEEP</p>{bold}{}", "<p>x".repeat(200)));
    assert!(document.text().contains("KEEP") && warned(&document, WarningCode::Formatting));
    let attributes: String = (0..40_000).map(|i| format!(" a{i}=1")).collect();
    let document = page(format!("<p{attributes}>said</p>"));
    assert!(document.text() == "said" && warned(&document, WarningCode::Attributes));
}

#[test]
fn a_tag_may_break_two_bounds_at_once() {
    let attributes = " a=1".repeat(300);
    let bold: String = (0..80).map(|i| format!("<b id={i}{attributes}>")).collect();
    let document = page(format!("<p>KEEP</p>{bold}said{}<p>end", format!("<div{attributes}>").repeat(600)));
    assert!(warned(&document, WarningCode::Attributes) && warned(&document, WarningCode::Formatting));
    assert!(warned(&document, WarningCode::Depth) && document.text().contains("end"));
}

#[test]
fn honest_pages_pass_the_guard_as_they_are() {
    let unclosed =
        "<ul><li>a<li>b</ul><p>one<p>two<table><tr><td>1<td>2<tr><td>3</table><dl><dt>x<dd>y</dl>".repeat(400);
    for html in [
        unclosed.as_str(),
        &"<p><font size=2><b>x".repeat(600),
        &"<svg><path d='M0'/><g><path/></g></svg><math><mi/></math>".repeat(600),
        &"<script>if (a<b) { document.write('<div><div>') }</script><!-- <div> --><textarea><div></textarea>"
            .repeat(600),
        &"<select><option>a<option>b</select><a href=x>l</a><img src=x><br>".repeat(600),
    ] {
        let guarded = super::guard::guard(html);
        assert!(!guarded.depth && !guarded.attributes && !guarded.formatting);
        assert!(matches!(guarded.html, std::borrow::Cow::Borrowed(_)));
    }
}

#[test]
fn of_a_huge_text_the_beginning_is_read_and_that_is_said() {
    let document = page(format!("<title>Fat</title><p>KEEP {}", "The committee met on Tuesday. ".repeat(290_000)));
    assert!(document.text().contains("KEEP") && warned(&document, WarningCode::Size));
}

#[test]
fn links_beyond_the_limit_are_left_out_with_a_word() {
    let links: String = (0..20_100).map(|i| format!("<a href=/l/{i}>l{i}</a> ")).collect();
    let document = page(links);
    assert_eq!(document.links.len(), 20_000);
    assert!(warned(&document, WarningCode::Count));
}

#[test]
fn a_data_address_is_listed_in_short() {
    let document = page(format!("<img src='data:image/png;base64,{}'><p>after the image", "A".repeat(100_000)));
    assert_eq!(urls(&document), ["data:image/png,…(100022 octets)"]);
    assert!(document.text().contains("after the image"));
}

// Media and links.

#[test]
fn every_form_of_a_picture_is_found_in_its_best_rendition() {
    let document = page(
        "<img src=/px.gif srcset='/1.jpg 640w, /2.jpg 1280w'><picture><source srcset=/3.webp type=image/webp><img data-src=/4.jpg>\
         </picture><img class=lazy data-lazy-src='/5.jpg'><noscript><img src=/6.jpg alt=six></noscript><div style=\"background:url('/7.jpg')\"></div>",
    );
    let wanted: Vec<String> = ["2.jpg", "3.webp", "4.jpg", "5.jpg", "6.jpg", "7.jpg"]
        .iter()
        .map(|n| format!("https://example.org/{n}"))
        .collect();
    assert_eq!(urls(&document), wanted);
    assert_eq!(document.media[0].renditions, ["https://example.org/1.jpg", "https://example.org/px.gif"]);
}

#[test]
fn embeds_are_listed_as_such() {
    let document = page(
        "<iframe src='//www.youtube.com/embed/dQw4w9WgXcQ?rel=0'></iframe><iframe data-src='https://t.me/durov/68?embed=1'></iframe>\
         <script async src=/tg.js data-telegram-post='durov/70'></script>\
         <blockquote class=twitter-tweet><p>words</p><a href='https://twitter.com/a/status/20'>May</a></blockquote>",
    );
    assert!(document.media.iter().all(|m| m.kind == MediaKind::Embed));
    assert_eq!(
        urls(&document),
        [
            "https://www.youtube.com/embed/dQw4w9WgXcQ?rel=0",
            "https://t.me/durov/68?embed=1",
            "https://t.me/durov/70",
            "https://twitter.com/a/status/20"
        ]
    );
}

#[test]
fn a_base_counts_only_if_it_is_http() {
    let document = page("<base href='javascript:alert(1)//'><base href='https://other.example/x/'><a href=next>n</a>");
    assert_eq!(document.links[0].url, "https://other.example/x/next");
    assert!(page("<base href='ftp://x/'><a href=next>n</a>").links[0].url.starts_with("https://example.org/a/"));
}

#[test]
fn a_meta_refresh_is_read() {
    let refresh = page("<meta http-equiv=refresh content='5; URL=\"/next\"'>").refresh.unwrap();
    assert_eq!((refresh.after_s, refresh.url.as_str()), (5, "https://example.org/next"));
}

#[test]
fn a_style_sheet_gives_imports_fonts_and_images() {
    let base = Url::parse("https://example.org/css/a.css").unwrap();
    let refs = css_refs(
        "/* url(no.png) */ @import 'b.css'; @import url(c.css) screen; @font-face { src: url(\"f.woff2\") format('woff2') }\
         .a { background: url( ../d.png ) } .b { background: url(data:image/png;base64,AA) ; content: 'url(e.png)' }",
        &base,
    );
    assert_eq!(refs.imports, ["https://example.org/css/b.css", "https://example.org/css/c.css"]);
    assert_eq!(refs.fonts, ["https://example.org/css/f.woff2"]);
    assert_eq!(refs.images, ["https://example.org/d.png"]);
}

// Comments.

#[test]
fn a_shell_says_that_it_is_one() {
    let document = page(
        "<title>App</title><div id=root></div><script>x</script><noscript>You need to enable JavaScript to run this app.</noscript>",
    );
    assert!(document.signs.contains(&Sign::Noscript) && document.signs.contains(&Sign::Shell));
}

#[test]
fn an_application_that_speaks_in_noscript_is_read_there() {
    let post = "<div class=post><p>The committee met on Tuesday and heard three witnesses, and all of them said the same.</p></div>".repeat(20);
    let document = page(format!(
        "<title>App</title><div id=root></div><script>x</script><noscript>{post}<img src=/i.jpg></noscript>"
    ));
    assert!(document.text().contains("heard three witnesses"));
    assert_eq!(urls(&document), ["https://example.org/i.jpg"]);
}

#[test]
fn foreign_media_types_are_not_parsed() {
    for kind in ["image/png", "application/pdf", "image/svg+xml", "video/mp4"] {
        let document = page_at("https://example.org/", kind, "<p>text");
        assert!(document.kind == Kind::Media && warned(&document, WarningCode::NotText) && document.blocks.is_empty());
    }
}

#[test]
fn a_feed_gives_its_titles() {
    let rss = "<?xml version='1.0'?><rss><channel><title>News &amp; more</title><item><title><![CDATA[One <b>two</b>]]></title>\
               <link>https://example.org/1</link></item></channel></rss>";
    let document = page_at("https://example.org/feed", "application/rss+xml", rss);
    assert_eq!((document.kind, document.title.as_deref()), (Kind::Feed, Some("News & more")));
    assert_eq!(document.text(), "One two");
    assert_eq!(document.links[0].url, "https://example.org/1");
}

#[test]
fn plain_text_becomes_paragraphs() {
    let document = page_at("https://example.org/a.txt", "text/plain", "Head\n\nLine one\nline two\n\nEnd");
    assert_eq!(document.title.as_deref(), Some("Head"));
    assert_eq!(document.text(), "Head\n\nLine one\nline two\n\nEnd");
}

#[test]
fn markdown_and_plain_hold_text_and_comments() {
    let document = page(
        "<h1>T</h1><p>a *b* &lt;c&gt;</p><pre>x ``` y</pre><div class=comment><b class=fn>Ann</b><p>hello</p></div>",
    );
    let markdown = render::markdown(&document);
    assert!(
        markdown.contains("a \\*b\\* \\<c>") && markdown.contains("````\nx ``` y") && markdown.contains("**Ann**"),
        "{markdown}"
    );
    let plain = render::plain(&document);
    assert!(plain.contains("a *b* <c>") && plain.contains("Ann\nhello"), "{plain}");
}

// Content codings.

#[test]
fn dates_are_read_in_many_languages_and_digits() {
    let cases = [
        ("2021-05-12T18:28:42+04:00", "2021-05-12T14:28:42Z"),
        ("2021-05-12 18:28:42", "2021-05-12T18:28:42Z"),
        ("Wed, 12 May 2021 18:28:42 GMT", "2021-05-12T18:28:42Z"),
        ("March 4th, 2011 at 12:22 am", "2011-03-04T00:22:00Z"),
        ("19. Juni 2018 um 15:28 Uhr", "2018-06-19T15:28:00Z"),
        ("1er mars 2020 à 8h05", "2020-03-01T08:05:00Z"),
        ("12 de mayo de 2021", "2021-05-12T00:00:00Z"),
        ("12 мая 2021, 07:45", "2021-05-12T07:45:00Z"),
        ("12 травня 2021", "2021-05-12T00:00:00Z"),
        ("12 Mayıs 2021", "2021-05-12T00:00:00Z"),
        ("2021 թ. մայիսի 12", "2021-05-12T00:00:00Z"),
        ("١٢ مايو ٢٠٢١", "2021-05-12T00:00:00Z"),
        ("12 Μαΐου 2021", "2021-05-12T00:00:00Z"),
        ("12 maja 2021", "2021-05-12T00:00:00Z"),
        ("12 mei 2021", "2021-05-12T00:00:00Z"),
        ("2021年5月12日 18:28", "2021-05-12T18:28:00Z"),
        ("12.05.2021", "2021-05-12T00:00:00Z"),
        ("18:28, 12 May 2021 (UTC)", "2021-05-12T18:28:00Z"),
    ];
    for (text, wanted) in cases {
        let found = super::dates::find(text, false);
        assert_eq!(found.map(|f| f.at.to_string()).as_deref(), Some(wanted), "{text}");
    }
    assert_eq!(super::dates::find("5/12/2021", true).unwrap().at.to_string(), "2021-05-12T00:00:00Z");
    for text in ["version 1.2.3", "call 555-1234-567", "in 2021", "99.99.2021", "May I come at 10:30"] {
        assert_eq!(super::dates::find(text, false), None, "{text}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_octets_are_read(body in proptest::collection::vec(any::<u8>(), 0..3000), kind in 0usize..5) {
        let kinds = ["", "text/html", "text/html; charset=utf-16", "application/rss+xml", "text/plain; charset=gbk"];
        page_at("https://example.org/", kinds[kind], body);
    }

    #[test]
    fn any_soup_of_tags_is_read(parts in proptest::collection::vec(0usize..40, 0..300)) {
        const PARTS: [&str; 40] = [
            "<div>", "</div>", "<p>", "</p>", "<b>", "</b>", "<a href=x>", "</a>", "<table>", "<tr>", "<td>", "</table>", "<ul>", "<li>",
            "</ul>", "<li class=comment id=comment-1>", "<ol class=comment-list>", "<section id=comments>", "</section>", "<b class=fn>N",
            "<time datetime=2020-01-02>", "</time>", "<svg>", "</svg>", "<title>", "</title>", "<template>", "</template>", "<noscript><img src=a>",
            "</noscript>", "<select>", "<option>", "H - 2021-05-12 18:28:42", "<br>", "<script type=application/ld+json>{\"@type\":\"Article\"}",
            "</script>", "<h1>t", "<figure><img src=a>", "</figure>", "Posted on May 3, 2020 by A B",
        ];
        let html: String = parts.iter().flat_map(|p| [PARTS[*p], " word "]).collect();
        let document = page(&html);
        prop_assert!(document.comments.iter().enumerate().all(|(i, c)| c.parent.is_none_or(|p| (p as usize) < i)));
        render::markdown(&document);
    }

    #[test]
    fn a_page_with_octets_changed_is_read(at in proptest::collection::vec((0usize..6000, any::<u8>()), 0..40)) {
        let mut body = include_bytes!("../../tests/pages/diaspora-article/page.html").to_vec();
        for (place, octet) in at {
            let len = body.len();
            body[place % len] = octet;
        }
        page(&body);
    }

    #[test]
    fn decoding_never_exceeds_the_limit(body in proptest::collection::vec(any::<u8>(), 0..2000), limit in 0u64..500, packed in any::<bool>(), coding in 0usize..6) {
        let coding = ["gzip", "deflate", "br", "zstd", "gzip, br", ""][coding];
        let body = if packed { gzip(&body) } else { body };
        prop_assert!(decode(&mut body.as_slice(), coding, limit).bytes.len() as u64 <= limit);
    }

    #[test]
    fn any_style_sheet_is_read(css in "[a-z@{};:()'\"/*\\\\ .é]{0,300}") {
        css_refs(&css, &Url::parse("https://example.org/").unwrap());
    }

    #[test]
    fn any_text_is_searched_for_dates(text in "\\PC{0,120}") {
        if let Some(found) = super::dates::find(&text, true) {
            prop_assert!(text.get(found.span.0..found.span.1).is_some());
        }
    }
}

// Who and when.
