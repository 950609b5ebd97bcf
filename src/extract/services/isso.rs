//! Isso: comments with one level of answers; what it leaves out is asked for by the comment that it answers, or from an
//! offset on.

use serde_json::Value;
use url::Url;

use super::threaded::{Moment, Said};
use super::{Answer, MAX_COMMENTS, id, text, whole, with};

/// So many are asked for at once where an answer is not whole.
const STEP: &str = "100";
/// How Isso marks what was deleted but has answers.
const DELETED: u64 = 4;

/// Reads an answer.
pub(super) fn read(value: &Value, url: &Url) -> Option<Answer> {
    let top = value.get("replies")?.as_array()?;
    let (Some(total), true) = (whole(value, "total_replies"), value.get("id").is_some()) else { return None };
    let is_comment = |one: &Value| one.get("created").is_some() && one.get("text").is_some();
    if !top.iter().all(is_comment) {
        return None;
    }
    let of = id(value, "id");
    let mut answer = Answer { service: "isso", claimed: of.is_none().then_some(total), ..Answer::default() };
    let asked = url.query_pairs().any(|(key, _)| key == "uri");
    let hidden = |value: &Value| asked && value.get("hidden_replies").and_then(Value::as_i64).is_some_and(|n| n > 0);
    if hidden(value) && !top.is_empty() {
        let had = url.query_pairs().find(|(key, _)| key == "offset").and_then(|(_, v)| v.parse::<usize>().ok());
        let offset = (had.unwrap_or(0) + top.len()).to_string();
        answer.more.push(with(&with(url, "limit", Some(STEP)), "offset", Some(&offset)));
    }
    for one in top {
        if answer.comments.len() > MAX_COMMENTS {
            break;
        }
        answer.comments.push(said(one, of.as_deref()));
        let own = id(one, "id");
        let answers = one.get("replies").and_then(Value::as_array).into_iter().flatten();
        answer.comments.extend(answers.take(MAX_COMMENTS).map(|inner| said(inner, own.as_deref())));
        if let Some(own) = own.filter(|_| hidden(one)) {
            let bare = with(&with(url, "limit", None), "offset", None);
            answer.more.push(with(&bare, "parent", Some(&own)));
        }
    }
    Some(answer)
}

fn said(value: &Value, around: Option<&str>) -> Said {
    // As the elements of the page are called.
    let named = |id: String| format!("isso-{id}");
    let deleted = value.get("mode").and_then(Value::as_u64) == Some(DELETED);
    let likes = value.get("likes").and_then(Value::as_i64);
    let dislikes = value.get("dislikes").and_then(Value::as_i64);
    Said {
        id: id(value, "id").map(named),
        parent: id(value, "parent").or_else(|| around.map(str::to_owned)).map(named),
        author: text(value, "author").map(str::to_owned),
        author_url: text(value, "website").map(str::to_owned),
        time: value.get("created").and_then(Value::as_f64).map(Moment::Epoch),
        html: if deleted { String::new() } else { text(value, "text").unwrap_or_default().to_owned() },
        // What its page shows is the one less the other.
        likes: likes.map(|likes| likes.saturating_sub(dislikes.unwrap_or(0))).filter(|_| !deleted),
        deleted,
        ..Said::default()
    }
}
