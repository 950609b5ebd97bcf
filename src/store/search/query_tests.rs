use proptest::prelude::*;

use super::query::Query;

fn asked(typed: &str) -> String {
    let all = "{title authors text comments commenters} : ";
    Query::parse(typed).and_then(|q| q.expression(false)).map(|e| e.replace(all, "")).unwrap_or_else(|e| e.to_string())
}

#[test]
fn words_phrases_beginnings_and_either_or() {
    assert_eq!(asked("bridge river"), "((\"bridge\") AND (\"river\"))");
    assert_eq!(asked("\"the Bridge\" river"), "((\"the bridge\") AND (\"river\"))");
    assert_eq!(asked("“the Bridge”"), "((\"the bridge\"))");
    assert_eq!(asked("bridge -river -\"old mill\""), "((\"bridge\")) NOT (\"river\" OR \"old mill\")");
    assert_eq!(asked("a b OR c d"), "((\"a\") AND (\"b\" OR \"c\") AND (\"d\"))");
    assert_eq!(asked("a | b | c"), "((\"a\" OR \"b\" OR \"c\"))");
    assert_eq!(asked("brid* \"old mi\"*"), "((\"brid\" *) AND (\"old mi\" *))");
    assert_eq!(
        asked("author:Seda title:\"The bridge\""),
        "(({authors commenters} : \"seda\") AND ({title} : \"the bridge\"))"
    );
    assert_eq!(asked("don't"), "((\"don t\"))");
}

#[test]
fn runs_are_asked_for_as_phrases_of_pairs() {
    assert_eq!(asked("東京大学"), "((\"東京 京大 大学\"))");
    assert_eq!(asked("東"), "((\"東\" *))");
    assert_eq!(asked("iPhone用"), "((\"iphone 用\" *))");
    assert_eq!(asked("使用iPhone"), "((\"使用 用 iphone\"))");
    assert_eq!(asked("ไทย"), "((\"ไท ทย\"))");
}

#[test]
fn sites_and_tags_are_filters() {
    let query = Query::parse("bridge site:Example.org -tag:slow tag:\"two words\"").unwrap();
    assert_eq!(query.sites, [("example.org".to_owned(), false)]);
    assert_eq!(query.tags, [("slow".to_owned(), true), ("two words".to_owned(), false)]);
    assert_eq!(query.clauses.len(), 1);
}

#[test]
fn whatever_else_is_typed_is_text() {
    assert_eq!(asked("OR cat"), "((\"or\") AND (\"cat\"))");
    assert_eq!(asked("cat OR"), "((\"cat\") AND (\"or\"))");
    assert_eq!(asked("NEAR(a b) AND ^c {x}: - *"), "((\"near a\") AND (\"b\") AND (\"and\") AND (\"c\") AND (\"x\"))");
    assert_eq!(asked("unknown:field https://a.example/x"), "((\"unknown field\") AND (\"https a example x\"))");
    assert_eq!(asked("\"never closed"), "((\"never closed\"))");
    for nothing in ["", "  ", "-", "*", "\"\"", "-only", "site:a.example", "%_'--"] {
        assert!(asked(nothing).contains("no word"), "{nothing:?}: {}", asked(nothing));
    }
    assert!(asked(&"x ".repeat(5000)).contains("at most"));
    assert!(asked(&"x ".repeat(100)).contains("at most"));
}

proptest! {
    #[test]
    fn nothing_typed_is_an_error_of_sql(typed in "(\"|\\*|-|OR|NOT|NEAR|\\(|\\)|\\{|:|\\^|\\+|'|;|title|author|a|東| |\\PC){0,24}") {
        let db = rusqlite::Connection::open_in_memory().unwrap();
        db.execute_batch(
            "CREATE VIRTUAL TABLE search USING fts5(title, authors, text, comments, commenters, rest, content='', contentless_delete=1, tokenize='ascii')",
        ).unwrap();
        if let Ok(query) = Query::parse(&typed) {
            for everywhere in [false, true] {
                if let Ok(expression) = query.expression(everywhere) {
                    let mut select = db.prepare("SELECT rowid FROM search WHERE search MATCH ?1").unwrap();
                    let found = select.exists([&expression]);
                    prop_assert!(matches!(found, Ok(false)), "{expression}: {found:?}");
                }
            }
        }
    }
}
