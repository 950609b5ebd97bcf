//! Likes, votes and points of comments, where an exact number is shown.

use super::super::dom::Dom;

/// Longer texts are not a number with a word.
const MAX_TEXT: usize = 48;

/// The number that an element shows for the comment around it, and how surely that is what it is. `from`: the node of the comment.
pub(super) fn of(dom: &Dom<'_>, at: usize, from: usize) -> Option<(u8, i64)> {
    if let Some(name) = dom.attr(at, "itemprop") {
        let number = match name {
            "upvoteCount" => dom.attr(at, "content").map_or_else(|| number(&dom.text(at, MAX_TEXT + 1)), number),
            "userInteractionCount" if counts_likes(dom, at) => {
                dom.attr(at, "content").map_or_else(|| number(&dom.text(at, MAX_TEXT + 1)), number)
            }
            _ => None,
        };
        if let Some(number) = number {
            return Some((5, number));
        }
    }
    if at == from && dom.nodes[at].element.is_some_and(|e| e.name() == "shreddit-comment") {
        return Some((5, number(dom.attr(at, "score")?)?));
    }
    if dom.attr(at, "data-role") == Some("likes") {
        return Some((4, number(&dom.text(at, MAX_TEXT + 1))?));
    }
    let rank = by_class(dom.attr(at, "class")?)?;
    if rank == REACTIONS {
        return Some((4, reactions(dom, at)?));
    }
    // What is told of the author is not told of the comment.
    let of_author = |n: usize| {
        dom.attr(n, "class").is_some_and(|class| {
            let says = |t: &str| ["user", "profile", "author", "member"].iter().any(|word| t.contains(word));
            class.split_ascii_whitespace().take(12).any(|t| says(&t.to_ascii_lowercase()))
        })
    };
    if dom.ancestors(at).take(3).take_while(|n| *n > from).any(of_author) {
        return None;
    }
    Some((rank, number(&dom.text(at, MAX_TEXT + 1))?))
}

const REACTIONS: u8 = 9;

fn by_class(class: &str) -> Option<u8> {
    let mut rank = None;
    let mut scored = false;
    for token in class.split_ascii_whitespace().take(16) {
        let (first, len) = (token.as_bytes()[0] | 0x20, token.len());
        if len > 24 || !matches!(first, b'c' | b'd' | b'i' | b'j' | b'k' | b'l' | b'p' | b'r' | b's' | b'u' | b'v') {
            continue;
        }
        let known = match token {
            "reactionsBar-link" => return Some(REACTIONS),
            "score" | "comment-score" | "comment__score" | "comment_score" | "post-score" => 3,
            // Three numbers stand there, of which one is shown.
            "unvoted" => 4,
            "dislikes" => return None,
            "likes" => {
                scored = true;
                3
            }
            "like-count"
            | "likes-count"
            | "like_count"
            | "likes_count"
            | "likecount"
            | "likescount"
            | "likeCount"
            | "likesCount"
            | "post-likes"
            | "comment-likes"
            | "comment__likes"
            | "comment_likes"
            | "comment-like-count"
            | "comment__like-count"
            | "upvotes"
            | "upvote-count"
            | "upvotes-count"
            | "upvoteCount"
            | "vote-count"
            | "votes-count"
            | "vote_count"
            | "votecount"
            | "voteCount"
            | "js-vote-count"
            | "votes"
            | "points"
            | "karma"
            | "comment-votes"
            | "comment__votes"
            | "isso-votes"
            | "reaction-count"
            | "reactions-count"
            | "up-count" => 3,
            _ => continue,
        };
        rank = rank.max(Some(known));
    }
    // `score likes`: what it would be with the reader's own vote.
    let two = scored && class.split_ascii_whitespace().any(|t| t == "score");
    rank.filter(|_| !two)
}

/// The statement beside it says what was counted.
fn counts_likes(dom: &Dom<'_>, at: usize) -> bool {
    let around = dom.nodes[at].parent;
    dom.children(around).any(|n| {
        let what = dom.attr(n, "content").or_else(|| dom.attr(n, "href")).unwrap_or("");
        dom.attr(n, "itemprop") == Some("interactionType") && what.ends_with("/LikeAction")
    })
}

/// `Anna, Boris and 3 others`: names, and a number of further ones.
fn reactions(dom: &Dom<'_>, at: usize) -> Option<i64> {
    let is_name = |n: usize| dom.nodes[n].element.is_some_and(|e| e.name() == "bdi");
    let names = dom.range(at).filter(|n| is_name(*n)).count();
    let others = dom.text_of(dom.range(at), 400, is_name);
    let others = if others.bytes().any(|b| b.is_ascii_digit()) {
        let digits = others.trim_start_matches(|c: char| !c.is_ascii_digit());
        number(digits)?
    } else {
        0
    };
    (names > 0).then(|| i64::try_from(names).ok()?.checked_add(others)).flatten()
}

/// The only number of a short text: `12 points`, `+5`, `Likes: 1,024`. `1.2k` is none that is exact.
pub(super) fn number(text: &str) -> Option<i64> {
    let text = text.trim();
    if text.len() > MAX_TEXT {
        return None;
    }
    let from = text.find(|c: char| c.is_ascii_digit())?;
    let (before, rest) = text.split_at(from);
    let grouped = |c: char| matches!(c, ',' | '.' | '\'' | '\u{a0}' | '\u{202f}');
    let end = rest.find(|c: char| !c.is_ascii_digit() && !grouped(c)).unwrap_or(rest.len());
    let (digits, after) = rest.split_at(end);
    let digits = digits.trim_end_matches(grouped);
    let parts: Vec<&str> = digits.split(grouped).collect();
    // Groups of three, or no group: `1.5` is no number of votes.
    let whole = parts.len() == 1 || (parts[0].len() <= 3 && parts[1..].iter().all(|p| p.len() == 3));
    let stuck = after.starts_with(|c: char| c.is_alphabetic() || c == '%' || c == '/');
    let again = after.bytes().any(|b| b.is_ascii_digit());
    if !whole || stuck || again || digits.len() > 15 || before.ends_with(char::is_alphabetic) {
        return None;
    }
    let value: i64 = parts.concat().parse().ok()?;
    let minus = before.ends_with(['-', '\u{2212}'])
        && !before.trim_end_matches(['-', '\u{2212}']).ends_with(char::is_alphanumeric);
    Some(if minus { -value } else { value })
}
