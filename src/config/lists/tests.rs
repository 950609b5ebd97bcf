use super::*;

fn urls(list: &List) -> Vec<&str> {
    list.items.iter().map(|item| item.url.as_str()).collect()
}

fn found(text: &str) -> Vec<&str> {
    find_urls(text).into_iter().map(|range| &text[range]).collect()
}

#[test]
fn urls_are_found_in_running_text_without_the_punctuation_around_them() {
    assert_eq!(
        found("See https://example.org/a, and (http://example.org/b)."),
        ["https://example.org/a", "http://example.org/b"]
    );
    assert_eq!(
        found("[x](https://example.org/x)[y](https://example.org/y)"),
        ["https://example.org/x", "https://example.org/y"]
    );
    assert_eq!(found("https://en.example.org/wiki/Rust_(language)!"), ["https://en.example.org/wiki/Rust_(language)"]);
    assert_eq!(
        found("<https://example.org/?a=1&b=2> «https://example.org/ս»։"),
        ["https://example.org/?a=1&b=2", "https://example.org/ս"]
    );
    assert_eq!(
        found("Կարդացեք https://հայ.example/լուր։ HTTP://EXAMPLE.ORG/X؟"),
        ["https://հայ.example/լուր", "HTTP://EXAMPLE.ORG/X"]
    );
    assert_eq!(
        found("http://[::1]:8080/x] https://web.example/2020/https://example.org/"),
        ["http://[::1]:8080/x", "https://web.example/2020/https://example.org/"]
    );
    assert_eq!(found("ftp://example.org xhttp://example.org http:// https://, ://"), [""; 0]);
    assert_eq!(found("\u{202e}https://example.org/a\u{202c}b"), ["https://example.org/a"]);
}

#[test]
fn a_list_has_comments_and_tags_and_names_its_junk() {
    let list = read("urls.txt", "# mine\n\nhttps://example.org/ #news #hy\n  http://example.net/a#part\r\n- and https://example.org/y.\nhttps://example.org/x y\n".as_bytes());
    assert_eq!(
        urls(&list),
        ["https://example.org/", "http://example.net/a#part", "https://example.org/y", "https://example.org/x"]
    );
    assert_eq!(list.items[0].tags, ["news", "hy"]);
    assert_eq!(list.items[1].place, "urls.txt:4");
    let list =
        read_as(Form::Lines, "urls.txt", "example.com\nhttps://example.org/x y\njavascript:alert(1)\nhttps:///x\n");
    let junk: Vec<_> = list.junk.iter().map(|junk| format!("{}: {}", junk.place, junk.message)).collect();
    assert_eq!(
        junk,
        [
            "urls.txt:1: not an http or https URL: example.com",
            "urls.txt:2: y is not a #tag; the URL before it is taken",
            "urls.txt:3: not an http or https URL: javascript:alert(1)",
            "urls.txt:4: a URL without a host: https:///x"
        ]
    );
}

#[test]
fn text_without_urls_says_so() {
    let list = read("notes.md", b"nothing here\n");
    assert!(list.items.is_empty());
    assert_eq!(list.junk[0].message, "there is no http or https URL in this text");
    assert_eq!(read("empty.txt", b""), List::default());
}

#[test]
fn a_sheet_of_auto_archiver_gives_all_its_links() {
    let csv = "Link,Archive status,Title,Folder\r\nhttps://example.org/1,,\"One, or \"\"first\"\"\",war\r\n\
               https://example.org/2,wayback: success,Two,\"war, news\"\r\n,,,\r\nnot a link,,Three,\r\n";
    let list = read("sheet.csv", csv.as_bytes());
    assert_eq!(urls(&list), ["https://example.org/1", "https://example.org/2"]);
    assert_eq!(list.items[0].note.as_deref(), Some("One, or \"first\""));
    assert_eq!(list.items[1].tags, ["war", "news"]);
    assert_eq!(list.items[1].place, "sheet.csv:3");
    assert_eq!(
        list.junk,
        [Junk { place: "sheet.csv:5".into(), message: "no http or https URL in this row: not a link".into() }]
    );
}

#[test]
fn sheets_come_with_semicolons_tabs_utf_16_and_without_header() {
    let list = read("a.csv", "\u{feff}name;url\nx;https://example.org/1\n".as_bytes());
    assert_eq!(urls(&list), ["https://example.org/1"]);
    let wide: Vec<u8> =
        "\u{feff}url\ttags\nhttps://example.org/ա\tx\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
    let list = read("a.tsv", &wide);
    assert_eq!(urls(&list), ["https://example.org/ա"]);
    let list = read("a.csv", b"1,https://example.org/1\n2,https://example.org/2\n");
    assert_eq!(urls(&list), ["https://example.org/1", "https://example.org/2"]);
    assert_eq!(form("pasted", "title,url,tags\n"), Form::Sheet);
    assert_eq!(form("pasted", "url, said she\nhttps://a.example"), Form::Sheet);
    assert_eq!(form("pasted", "The url is https://a.example, said she\n"), Form::Text);
}

#[test]
fn opml_gives_feed_and_site_with_its_folders() {
    let opml = r#"<?xml version="1.0"?><opml version="2.0"><body>
<outline text="News &amp; more"><outline text="A" xmlUrl="https://example.org/feed?a=1&amp;b=2" htmlUrl="https://example.org/" category="/x,y"/>
</outline><outline title="B" xmlUrl="feed:nope"></outline>
<outline text="C" xmlUrl="https://example.net/rss"></body></opml>"#;
    let list = read("subs.opml", opml.as_bytes());
    assert_eq!(urls(&list), ["https://example.org/feed?a=1&b=2", "https://example.org/", "https://example.net/rss"]);
    assert_eq!(list.items[0].tags, ["News & more", "x", "y"]);
    assert_eq!(list.items[0].note.as_deref(), Some("A"));
    assert_eq!(list.items[2].tags, [""; 0]);
    assert_eq!(list.junk.len(), 1);
    let broken = read("subs.opml", b"<opml><outline xmlUrl='https://example.org/'/>\n<outline <<");
    assert_eq!(urls(&broken), ["https://example.org/"]);
    assert!(broken.junk[0].message.contains("not well-formed"), "{broken:?}");
}

#[test]
fn bookmarks_give_their_addresses_folders_and_titles() {
    let html = r#"<!DOCTYPE NETSCAPE-Bookmark-file-1>
<TITLE>Bookmarks</TITLE><DL><p>
<DT><H3 ADD_DATE="1">News &lt;hy&gt;</H3>
<DL><p><DT><A HREF="https://example.org/?a=1&amp;b=2" TAGS="x,y" ICON="data:>">A &#x534f;</A>
<DD>words</DL><p>
<DT><A HREF="javascript:alert(1)">J</A><DT><a href='https://example.net/'>B</a><A>C</A>
</DL>"#;
    let list = read("bookmarks.html", html.as_bytes());
    assert_eq!(urls(&list), ["https://example.org/?a=1&b=2", "https://example.net/"]);
    assert_eq!(list.items[0].tags, ["News <hy>", "x", "y"]);
    assert_eq!(list.items[0].note.as_deref(), Some("A 协"));
    assert_eq!(list.items[0].place, "bookmarks.html:4");
    assert_eq!(list.items[1].tags, [""; 0]);
    assert_eq!(list.junk.len(), 2);
}

#[test]
fn rubbish_harms_nothing() {
    let rubbish: Vec<u8> = (0..20_000u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 13) as u8).collect();
    for form in [Form::Lines, Form::Text, Form::Sheet, Form::Opml, Form::Bookmarks] {
        let list = read_as(form, "x", &decode(&rubbish));
        assert!(list.junk.len() <= MAX_PROBLEMS);
    }
    let deep = "<outline text='x'>".repeat(10_000);
    assert!(read_as(Form::Opml, "x", &deep).items.is_empty());
    let many = read_as(Form::Lines, "x", &"junk\n".repeat(MAX_PROBLEMS + 5));
    assert_eq!((many.junk.len(), many.more_junk), (MAX_PROBLEMS, 5));
}
