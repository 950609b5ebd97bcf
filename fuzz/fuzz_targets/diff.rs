//! Any pages before one another: no panic, a page does not differ from itself, and pieces give both texts back.
#![no_main]

use keepfast::diff::{Context, compare, compare_with, pieces};
use keepfast::extract::{Input, read};
use keepfast::model::{Document, Run};
use libfuzzer_sys::fuzz_target;
use url::Url;

fuzz_target!(|data: (&str, &str, &str)| {
    let Ok(url) = Url::parse("https://example.org/a") else {
        return;
    };
    let page = |body: &str| -> Document {
        read(&Input {
            body: body.as_bytes(),
            content_type: "text/html; charset=utf-8",
            url: &url,
            body_truncated: false,
        })
    };
    let (past, old, new) = (page(data.0), page(data.1), page(data.2));
    assert!(compare(&new, &new).items.is_empty());
    let history = [&past, &old, &past, &new];
    for raw in [false, true] {
        let difference = compare_with(&old, &new, &Context { history: &history, raw, ..Context::default() });
        for item in &difference.items {
            assert!(item.before.as_ref().is_none_or(|text| text.chars().count() <= 8_000));
        }
    }
    let all = pieces(data.1, data.2);
    let text = |but: Run| all.iter().filter(|p| p.run != but).map(|p| p.text.as_str()).collect::<String>();
    assert_eq!(text(Run::Added), data.1);
    assert_eq!(text(Run::Removed), data.2);
});
