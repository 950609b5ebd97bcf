//! Remark42: a whole tree in one answer.

use serde_json::Value;

use super::threaded::{Moment, Said};
use super::{Answer, MAX_COMMENTS, id, text, whole};

/// Reads an answer: a tree, or a plain list.
pub(super) fn read(value: &Value) -> Option<Answer> {
    let nodes = value.get("comments")?.as_array()?;
    let claimed = whole(value.get("info")?, "count")?;
    let mut answer = Answer { service: "remark42", claimed: Some(claimed), ..Answer::default() };
    let mut stack: Vec<&Value> = nodes.iter().rev().collect();
    while let Some(node) = stack.pop() {
        let comment = node.get("comment").unwrap_or(node);
        if comment.get("user").is_none() || comment.get("text").is_none() {
            return None;
        }
        if answer.comments.len() > MAX_COMMENTS {
            break;
        }
        answer.comments.push(said(comment));
        stack.extend(node.get("replies").and_then(Value::as_array).into_iter().flatten().rev());
    }
    Some(answer)
}

fn said(comment: &Value) -> Said {
    let deleted = comment.get("delete").and_then(Value::as_bool).unwrap_or(false);
    let own = id(comment, "id");
    let page = comment.get("locator").and_then(|locator| text(locator, "url"));
    Said {
        permalink: page.zip(own.as_deref()).map(|(page, id)| format!("{page}#remark42__comment-{id}")),
        id: own,
        parent: id(comment, "pid"),
        author: comment.get("user").and_then(|user| text(user, "name")).filter(|_| !deleted).map(str::to_owned),
        time: text(comment, "time").map(|raw| Moment::Written(raw.to_owned())),
        html: if deleted { String::new() } else { text(comment, "text").unwrap_or_default().to_owned() },
        likes: comment.get("score").and_then(Value::as_i64).filter(|_| !deleted),
        deleted,
        ..Said::default()
    }
}
