//! Disqus: the data in the page of its frame, and answers of its public interface that list posts.

use serde_json::Value;
use url::Url;

use super::super::dom::Dom;
use super::super::names::Name;
use super::threaded::{Moment, Said};
use super::{Answer, MAX_COMMENTS, id, text, whole, with};

/// Longer data are not read.
const MAX_LEN: usize = 8 << 20;

/// The thread in the page of the frame.
pub(super) fn in_page(dom: &Dom<'_>) -> Option<Answer> {
    let is_data = |at: &usize| dom.nodes[*at].name == Name::Script && dom.attr(*at, "id") == Some("disqus-threadData");
    let at = (0..dom.nodes.len()).find(is_data)?;
    let data: String = dom.nodes[at + 1..dom.nodes[at].end].iter().map(|n| n.text).collect();
    if data.len() > MAX_LEN {
        return None;
    }
    let value: Value = serde_json::from_str(&data).ok()?;
    if whole(&value, "code") != Some(0) {
        return None;
    }
    let response = value.get("response")?;
    let thread = response.get("thread");
    let posts = response.get("posts")?.as_array()?;
    // Where the next posts are, only a key tells that the page does not give: that some are missing shows in the count.
    let count = |key| thread.and_then(|thread| whole(thread, key));
    let total = value.get("cursor").and_then(|cursor| whole(cursor, "total"));
    Some(Answer { claimed: count("posts").or(total), ..answer(posts, thread) })
}

/// A list of posts.
pub(super) fn read(value: &Value, url: &Url) -> Option<Answer> {
    if whole(value, "code") != Some(0) {
        return None;
    }
    let posts = value.get("response")?.as_array()?;
    let is_post =
        |post: &Value| post.get("author").is_some() && post.get("message").or(post.get("raw_message")).is_some();
    if !posts.iter().all(is_post) {
        return None;
    }
    let cursor = value.get("cursor")?;
    let goes_on = cursor.get("hasNext").and_then(Value::as_bool).unwrap_or(false) && !posts.is_empty();
    let next = text(cursor, "next").filter(|_| goes_on);
    let more = next.map(|next| with(url, "cursor", Some(next))).into_iter().collect();
    Some(Answer { more, ..answer(posts, None) })
}

fn answer(posts: &[Value], thread: Option<&Value>) -> Answer {
    let link = thread.and_then(|thread| text(thread, "link"));
    let comments = posts.iter().take(MAX_COMMENTS + 1).map(|post| one(post, link)).collect();
    Answer { service: "disqus", comments, ..Answer::default() }
}

fn one(post: &Value, link: Option<&str>) -> Said {
    let author = post.get("author");
    let deleted = post.get("isDeleted").and_then(Value::as_bool).unwrap_or(false);
    let of_author = |key| author.and_then(|author| text(author, key)).map(str::to_owned);
    let pictures = post.get("media").and_then(Value::as_array).into_iter().flatten();
    let own = id(post, "id");
    Said {
        permalink: link.zip(own.as_deref()).map(|(link, id)| format!("{link}#comment-{id}")),
        id: own,
        parent: id(post, "parent"),
        author: of_author("name").filter(|_| !deleted),
        author_url: of_author("profileUrl").or_else(|| of_author("url")).filter(|_| !deleted),
        time: text(post, "createdAt").map(|raw| Moment::Written(raw.to_owned())),
        html: if deleted { String::new() } else { text(post, "message").unwrap_or_default().to_owned() },
        likes: post.get("likes").and_then(Value::as_i64).filter(|_| !deleted),
        deleted,
        pictures: pictures.filter_map(picture).take(20).collect(),
    }
}

/// Only what is a picture of itself: videos and previews of pages are told by their links.
fn picture(medium: &Value) -> Option<String> {
    let url = text(medium, "resolvedUrl").or_else(|| text(medium, "url"))?;
    let path = url.split(['?', '#']).next().unwrap_or("").to_ascii_lowercase();
    [".jpg", ".jpeg", ".png", ".gif", ".webp"].iter().any(|end| path.ends_with(end)).then(|| url.to_owned())
}
