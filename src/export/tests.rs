use super::*;
use crate::error::{Error, ErrorKind};
use crate::model::sample::{PICTURE, article};
use crate::model::{Outcome, SnapshotView};

fn export(mut format: impl Exporter, views: &[SnapshotView]) -> String {
    let mut out = Vec::new();
    let mut payloads = |row: &ExchangeRow| -> Result<Vec<u8>> {
        assert_eq!(row.id.0, 2, "only the picture is asked for");
        Ok(PICTURE.to_vec())
    };
    format.begin(&mut out).unwrap();
    for view in views {
        format.item(view, &mut payloads, &mut out).unwrap();
    }
    format.end(&mut out).unwrap();
    String::from_utf8(out).unwrap()
}

#[test]
fn a_line_of_json_holds_all_that_is_known_under_its_schema() {
    let text = export(Jsonl, &[article(), article()]);
    assert_eq!(text.lines().count(), 2);
    let line: serde_json::Value = serde_json::from_str(text.lines().next().unwrap()).unwrap();
    assert_eq!(line["schema"], "keepfast/1");
    let names: Vec<&str> = line.as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(
        names.join(" "),
        "schema snapshot watch run attempt url final_url started_at ended_at outcome kept status flags failure robots \
         robots_note changed what changes previous decoded_len tags note reader first_reader read_again_at text comments_seen \
         comments_claimed comments_complete comments_shortfall document exchanges media pages"
    );
    assert_eq!(line["robots"], "disallowed");
    assert_eq!(line["document"]["comments"][1]["parent"], 0);
    assert_eq!(line["document"]["comments"][0]["time"]["raw"], "2021-05-12 18:28:42");
    assert_eq!(line["exchanges"][0]["record"], "urn:uuid:01010101-0101-0101-0101-010101010101");
    assert_eq!(line["media"][0]["state"], "fetched");
    assert!(!text.contains('\x1b'), "control characters are escaped");
    assert!(line["exchanges"][0].get("place").is_none(), "where records lie is the archive's own affair");
}

#[test]
fn every_field_of_json_and_every_column_of_csv_is_documented() {
    let schema = include_str!("../../docs/SCHEMA.md");
    let text = export(Jsonl, &[article()]);
    let line: serde_json::Value = serde_json::from_str(text.trim()).unwrap();
    let mut names = Vec::new();
    fields(&line, &mut names);
    for name in names.iter().map(String::as_str).chain(super::csv::COLUMNS) {
        assert!(schema.contains(&format!("`{name}`")), "{name} is not in docs/SCHEMA.md");
    }
    for outcome in Outcome::ALL {
        assert!(schema.contains(&format!("`{outcome}`")), "{outcome} is not in docs/SCHEMA.md");
    }
}

fn fields(value: &serde_json::Value, into: &mut Vec<String>) {
    match value {
        serde_json::Value::Object(map) => map.iter().for_each(|(name, value)| {
            into.push(name.clone());
            fields(value, into);
        }),
        serde_json::Value::Array(items) => items.iter().for_each(|item| fields(item, into)),
        _ => {}
    }
}

#[test]
fn no_cell_of_csv_is_a_formula_and_what_is_written_can_be_read() {
    let text = export(Csv, &[article()]);
    assert!(!text.contains('\0'));
    let mut reader = ::csv::Reader::from_reader(text.as_bytes());
    let header = reader.headers().unwrap().clone();
    let row = reader.records().next().unwrap().unwrap();
    let cell = |name: &str| &row[header.iter().position(|column| column == name).unwrap()];
    assert!(cell("title").starts_with("'=HYPERLINK"));
    assert_eq!(cell("tags"), "'@news");
    assert_eq!(cell("note"), "frontpage");
    assert_eq!(cell("published"), "2021-05-11T00:00:00Z");
    assert_eq!((cell("comments"), cell("comments_claimed")), ("2", "3"));
    assert_eq!(cell("url"), "https://example.org/a?x=<y>");
    for start in ["=1", "+1", "-1", "@x", "\t=1", "\r=1", "\n=1", "＝1", "\0=1"] {
        assert!(safe::cell(start).starts_with('\''), "{start:?}");
    }
    assert_eq!(safe::cell("a=1"), "a=1");
}

#[test]
fn markdown_from_the_web_is_text_and_nothing_else() {
    let text = export(Markdown::default(), &[article()]);
    assert!(text.starts_with("# \\=HYPERLINK(\"x\")\u{fffd}\\[2J\\<script\\>alert(1)\\</script\\>\n"), "{text}");
    assert!(text.contains("First line \\*bold\\*\\\n1\\. not a list \\</p\\>\\<img src=x"), "{text}");
    assert!(text.contains("- URL: <https://example.org/a?x=%3Cy%3E>"));
    assert!(text.contains("````\n```\nlet x = 1;\n````\n"), "a fence longer than any in the text");
    assert!(text.contains("    - two"));
    assert!(text.contains("> **H**, 2021-05-12 18:28:42"));
    assert!(text.contains("> > **ليلى**"));
    assert!(!text.contains("<javascript"), "only web addresses become links");
    assert_eq!(export(Markdown::default(), &[article(), article()]).matches("\n---\n").count(), 1);
}

#[test]
fn the_page_is_self_contained_and_runs_nothing() {
    let text = export(Html::default(), &[article()]);
    assert!(text.contains("Content-Security-Policy\" content=\"default-src 'none'; img-src data:;"));
    assert!(!text.contains("<script") && !text.contains("<img src=x"), "nothing of the page becomes markup");
    assert!(!text.contains(" style=") && !text.contains("href=\"javascript"));
    assert!(!text.contains('\x1b') && !text.contains('\0'));
    let encoded = base64::Engine::encode(&base64::engine::general_purpose::STANDARD, PICTURE);
    assert_eq!(text.matches(&encoded).count(), 1, "the picture stands in its place, once");
    assert!(text.contains("<img alt=\"Bridge &quot;old&quot;\" src=\"data:image/jpeg;base64,"));
    assert!(text.contains("<figcaption dir=\"auto\">The bridge</figcaption>"));
    assert!(text.contains("<div class=\"comment d1\">\n<p class=\"who\"><strong dir=\"auto\">ليلى</strong>"));
    assert!(text.contains("the page says 3"));
    for evidence in ["captured, HTTP 200", "disallowed:", "sha256:", "urn:uuid:01010101", "2026-11-23T08:00:00Z"] {
        assert!(text.contains(evidence), "{evidence}");
    }
    let style = text.split("<style>").nth(1).unwrap().split("</style>").next().unwrap();
    let digest = crate::model::Digest::of(style.as_bytes()).0;
    let digest = base64::Engine::encode(&base64::engine::general_purpose::STANDARD, digest);
    assert!(text.contains(&format!("style-src 'sha256-{digest}'")), "the policy allows this style and no other");
}

#[test]
fn a_wall_says_that_it_is_one_and_a_damaged_picture_costs_only_itself() {
    let mut view = article();
    view.snapshot.outcome = Outcome::Challenge;
    let mut out = Vec::new();
    let mut broken =
        |_: &ExchangeRow| -> Result<Vec<u8>> { Err(Error::new(ErrorKind::Archive, "record <2> is damaged")) };
    Html::default().item(&view, &mut broken, &mut out).unwrap();
    let text = String::from_utf8(out).unwrap();
    assert!(text.contains("<p class=\"wall\"><strong>challenge</strong>"));
    assert!(text.contains("could not be read from the archive: record &lt;2&gt; is damaged"));
    assert!(!text.contains("<img "));
}

#[test]
fn pictures_of_other_kinds_and_sizes_are_listed() {
    let mut svg = article();
    svg.exchanges[1].media_type = "image/svg+xml".into();
    assert!(export(Html::default(), &[svg]).contains("not a kind of picture that is shown here"));
    let mut long = article();
    long.exchanges[1].body_len = 1 << 30;
    assert!(export(Html::default(), &[long]).contains("too long to be shown here"));
    assert!(export(Html::default(), &[]).contains("No snapshot was selected."));
}

#[test]
fn a_write_that_fails_is_told() {
    struct Full;
    impl Write for Full {
        fn write(&mut self, _: &[u8]) -> std::io::Result<usize> {
            Err(std::io::ErrorKind::StorageFull.into())
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }
    let mut none = |_: &ExchangeRow| -> Result<Vec<u8>> { Ok(Vec::new()) };
    assert_eq!(Jsonl.item(&article(), &mut none, &mut Full).unwrap_err().kind(), ErrorKind::Disk);
    assert_eq!(Csv.begin(&mut Full).unwrap_err().kind(), ErrorKind::Disk);
    assert_eq!(Html::default().item(&article(), &mut none, &mut Full).unwrap_err().kind(), ErrorKind::Disk);
}

#[test]
fn every_element_of_the_page_is_closed() {
    let text = export(Html::default(), &[article(), article()]);
    for name in [
        "html",
        "head",
        "body",
        "article",
        "section",
        "figure",
        "figcaption",
        "div",
        "p",
        "ul",
        "li",
        "dl",
        "dt",
        "dd",
        "a",
        "bdi",
        "time",
        "footer",
        "strong",
        "pre",
    ] {
        let open = text.matches(&format!("<{name}>")).count() + text.matches(&format!("<{name} ")).count();
        assert_eq!(open, text.matches(&format!("</{name}>")).count(), "{name}");
    }
    assert_eq!(text.matches("<article ").count(), 2);
}
