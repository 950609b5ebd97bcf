use proptest::prelude::*;

use super::plan::{Ask, Plan, Table};
use super::query::Query;

fn asked(typed: &str) -> String {
    let all = "{title authors text comments commenters} : ";
    let shown = |ask: &Ask| match ask.table {
        Table::Words => ask.expression.replace(all, ""),
        Table::Inside => format!("inside[{}]", ask.expression.replace(all, "")),
    };
    let any = |asks: &Vec<Ask>| asks.iter().map(shown).collect::<Vec<_>>().join(" or ");
    match Query::parse(typed).and_then(|query| Plan::of(&query, false)) {
        Ok(plan) => plan
            .all
            .iter()
            .map(any)
            .chain(plan.none.iter().map(|ask| format!("not {}", shown(ask))))
            .collect::<Vec<_>>()
            .join(" and "),
        Err(error) => error.to_string(),
    }
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

#[test]
fn a_star_before_looks_inside_words() {
    assert_eq!(asked("*mill*"), "inside[((\"mil ill\"))]".replace("((", "(((").replace("))", ")))"));
    assert_eq!(asked("*Mill"), asked("*mill*"));
    assert_eq!(
        asked("river *mill* -*wind -old"),
        "((\"river\")) NOT (\"old\") and inside[(((\"mil ill\"))) NOT ((\"win ind\"))]"
    );
    assert_eq!(asked("a | *mill | b"), "(\"a\" OR \"b\") or inside[((\"mil ill\"))]");
    assert_eq!(asked("*mill -old"), "inside[(((\"mil ill\")))] and not (\"old\")");
    assert_eq!(asked("title:*mill*"), "inside[((({title} : \"mil ill\")))]");
    assert_eq!(asked("*\"mill\""), asked("*mill*"));
    assert_eq!(asked("*վանում*"), "inside[(((\"վան անո նու ում\" OR \"եւա ւան անո նու ում\")))]");
    assert_eq!(asked("*京大*"), asked("京大"), "any part of a run is found anyway");
    assert_eq!(asked("\"*mill*\""), "((\"mill\"))");
    for short in ["*mi*", "*ab", "-*x* y", "author:*ab"] {
        assert!(asked(short).contains("at least 3 letters"), "{short}: {}", asked(short));
    }
    for several in ["*don't*", "*iPhone用", "*\"old mill\""] {
        assert!(asked(several).contains("one word"), "{several}: {}", asked(several));
    }
    for nothing in ["*", "**", "*-*", "* *"] {
        assert!(asked(nothing).contains("no word"), "{nothing}: {}", asked(nothing));
    }
}

proptest! {
    #[test]
    fn nothing_typed_is_an_error_of_sql(typed in "(\"|\\*|\\*mill|-|OR|NOT|NEAR|\\(|\\)|\\{|:|\\^|\\+|'|;|title|author|a|東| |\\PC){0,24}") {
        let db = rusqlite::Connection::open_in_memory().unwrap();
        db.execute_batch(
            "CREATE VIRTUAL TABLE search USING fts5(title, authors, text, comments, commenters, rest, content='', contentless_delete=1, tokenize='ascii');
             CREATE VIRTUAL TABLE inside USING fts5(title, authors, text, comments, commenters, rest, content='', contentless_delete=1, tokenize='ascii');",
        ).unwrap();
        if let Ok(query) = Query::parse(&typed) {
            for everywhere in [false, true] {
                if let Ok(plan) = Plan::of(&query, everywhere) {
                    for ask in plan.all.iter().flatten().chain(&plan.none) {
                        let table = ask.table.name();
                        let mut select = db.prepare(&format!("SELECT rowid FROM {table} WHERE {table} MATCH ?1")).unwrap();
                        let found = select.exists([&ask.expression]);
                        prop_assert!(matches!(found, Ok(false)), "{ask:?}: {found:?}");
                    }
                    let (versions, one) = (plan.versions(&db), plan.matches(&db, 1));
                    prop_assert!(matches!((&versions, one), (Ok(none), Ok(false)) if none.is_empty()), "{plan:?}");
                    prop_assert!(plan.ranks(&db, &[2, 1]).is_ok(), "{plan:?}");
                }
            }
        }
    }
}
