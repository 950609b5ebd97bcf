//! Comments as records: from marked items (`items`), from headed lines in a section of comments
//! (`headed`), and from JSON-LD (`structured`), whichever gives most.

mod answers;
mod aside;
#[cfg(test)]
mod aside_tests;
mod blocks;
mod claimed;
mod fields;
mod groups;
mod headed;
mod items;
mod likes;
mod marks;
mod places;
mod posts;
mod remarks;
mod structured;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod trees_tests;
mod weigh;

use self::groups::Item;
use super::dom::Dom;
use super::head::Head;
use super::jsonld::Facts;
use super::page::Context;
use crate::model::{Block, Comment};

/// At most so many comments of a page are kept.
const MAX_COMMENTS: usize = 20_000;
/// So many of a group tell where the others are.
const SAMPLE: usize = 60;

/// What was found.
#[derive(Default)]
pub(super) struct Found {
    pub comments: Vec<Comment>,
    /// The nodes of each of them, with those of the answers inside it.
    pub ranges: Vec<std::ops::Range<usize>>,
    /// Ranges of nodes that the comments take, in order, apart from each other.
    pub taken: Vec<std::ops::Range<usize>>,
    /// Sections of comments as a whole: no main text in them.
    pub sections: Vec<std::ops::Range<usize>>,
    pub claimed: Option<u32>,
    /// There were more than the limit.
    pub many: bool,
    /// The page is a discussion, and these are its posts.
    pub thread: bool,
    /// It is not the first page of the discussion: the opening post is on another.
    pub later: bool,
    /// The elements of all texts are marked as such.
    marked: bool,
    /// Which rule found them.
    pub rule: &'static str,
}

/// Reads the comments of a page.
pub(super) fn read(dom: &Dom<'_>, head: &Head, facts: &Facts, context: &Context<'_>) -> Found {
    let sections = sections(dom);
    let mut found = items::read(dom, context);
    found.rule = "marked";
    let thread = says_thread(dom, head, facts, context);
    let marks = marks::read(dom);
    found.settle();
    // Where all that is dated like posts was read in full, there is nothing for structure to add.
    let told = !thread && found.is_whole() && marks.iter().all(|group| found.tells(group));
    if told {
        posts::drop_repeated(&mut found.comments);
    }
    let mut groups = if told { Vec::new() } else { groups::read(dom, &marks, &sections, thread, context) };
    // What holds a section of comments is what they are about.
    let is_subject = |i: &Item| sections.iter().any(|s| i.range.start < s.start && s.end <= i.range.end);
    groups.retain(|(_, items)| thread || !items.iter().any(is_subject));
    let text = |items: &Vec<Item>| items.iter().map(|i| dom.prose_of(i.range.start, i.range.end)).sum::<u32>() as f32;
    let best = (0..groups.len()).max_by(|a, b| {
        let score = |n: usize| groups[n].0 + if thread { (text(&groups[n].1) + 1.0).ln() } else { 0.0 };
        score(*a).total_cmp(&score(*b))
    });
    // Remarks under the posts of a discussion may be more than the posts: these hold them.
    let around = best.filter(|_| thread).and_then(|best| {
        let inner = &groups[best].1;
        let holds = |outer: &Vec<Item>| {
            let held = |i: &&Item| outer.iter().any(|o| o.range.start < i.range.start && i.range.end <= o.range.end);
            let sample = inner.len().min(SAMPLE);
            inner.iter().take(SAMPLE).filter(held).count() * 10 >= sample * 8 && text(outer) > text(inner) * 1.2
        };
        (0..groups.len()).filter(|n| *n != best && holds(&groups[*n].1)).max_by_key(|n| text(&groups[*n].1) as u64)
    });
    if let Some(best) = around.or(best) {
        let (_, mut items) = groups.swap_remove(best);
        groups::choose_marks(dom, &marks, &mut items, context);
        let by_structure = groups::comments(dom, &items, context);
        let held = |r: &std::ops::Range<usize>| items.iter().any(|i| i.range.start < r.start && r.end <= i.range.end);
        let outer =
            around.is_some() || (thread && !found.ranges.is_empty() && found.ranges.iter().take(SAMPLE).all(held));
        if outer || worth(&by_structure, thread) >= worth(&found, thread) {
            let marked = std::mem::replace(&mut found, by_structure);
            found.rule = "structure";
            if outer && remarks::put(dom, &mut found, marked) {
                found.rule = "structure+marked";
            }
        }
    }
    // A lone element that names nobody and no time is a label, a form, a counter.
    let bare = |c: &Comment| c.author.is_none() && c.time.is_none() && c.text.len() < 60;
    // A sentence in a section of comments is one.
    let said = |c: &Comment| c.text.ends_with(['.', '!', '?', '…', '։', '。']) && !sections.is_empty();
    if found.comments.iter().all(|c| bare(c) && !said(c)) {
        found = Found::default();
    }
    found.settle();
    if found.comments.is_empty() {
        found = headed::read(dom, &sections, context);
        found.rule = "headed";
    }
    if found.comments.is_empty() {
        found.comments = structured::read(facts, context);
        found.rule = "json-ld";
    }
    aside::read(dom, &mut found, context);
    found.thread = !found.comments.is_empty() && (thread || is_all_posts(dom, &found));
    found.later = is_later(context);
    // A section with words but without a comment that could be told apart is left to the other words of the page.
    found.sections = sections;
    found.claimed = facts.comment_count.or_else(|| claimed::read(dom, &found.sections));
    if found.comments.len() > MAX_COMMENTS {
        found.comments.truncate(MAX_COMMENTS);
        found.many = true;
    }
    found
}

/// How much is known of the comments: a whole one counts for two that lack a name or a time. In a thread
/// the posts hold most of the words; remarks under them are many, but short.
fn worth(found: &Found, thread: bool) -> usize {
    let text = |c: &Comment| if thread { c.text.len().min(4_000) } else { usize::from(!c.text.is_empty()) };
    let named = |c: &Comment| 1 + usize::from(c.author.is_some());
    let timed = |c: &Comment| 1 + usize::from(c.time.as_ref().is_some_and(|t| t.at.is_some()));
    found.comments.iter().map(|c| text(c) * named(c) * timed(c)).sum()
}

/// The blocks of a comment that takes a range of nodes alone.
pub(super) fn blocks_of(dom: &Dom<'_>, range: std::ops::Range<usize>, text: &str, base: &url::Url) -> Vec<Block> {
    if dom.nodes[range.clone()].iter().enumerate().any(|(n, _)| blocks::is_more(dom, range.start + n)) {
        blocks::read(dom, range, &[], text, base)
    } else {
        Vec::new()
    }
}

/// What kind of element a node is.
pub(super) fn shape_of(dom: &Dom<'_>, at: usize) -> u64 {
    marks::shape(dom, at)
}

/// The address names a page of a discussion behind the first.
fn is_later(context: &Context<'_>) -> bool {
    let url = context.url;
    let number = |v: &str| v.parse::<u32>().ok();
    let asked = url.query_pairs().take(20).any(|(key, value)| match &*key {
        "page" | "p" | "pg" | "paged" => number(&value).is_some_and(|n| n > 1),
        "start" | "offset" | "from" => number(&value).is_some_and(|n| n > 0),
        _ => false,
    });
    let parts = url.path_segments().into_iter().flatten();
    let in_path = parts.rev().take(2).any(|part| {
        let part = part.strip_prefix("page").map(|p| p.trim_start_matches(['-', '_']));
        part.and_then(number).is_some_and(|n| n > 1)
    });
    let words: Vec<&str> = url.path_segments().into_iter().flatten().collect();
    let parted = words.windows(2).any(|w| w[0] == "page" && number(w[1]).is_some_and(|n| n > 1));
    asked || in_path || parted
}

impl Found {
    /// A node of a comment, or of a section of comments.
    pub fn holds(&self, at: usize) -> bool {
        [&self.sections, &self.taken].into_iter().any(|ranges| {
            let n = ranges.partition_point(|r| r.end <= at);
            ranges.get(n).is_some_and(|r| r.start <= at)
        })
    }

    /// A node of a comment.
    pub fn said_at(&self, at: usize) -> bool {
        let n = self.taken.partition_point(|r| r.end <= at);
        self.taken.get(n).is_some_and(|r| r.start <= at)
    }

    /// Each comment has a name, a time and a text that is marked as such.
    fn is_whole(&self) -> bool {
        let timed = |c: &Comment| c.time.as_ref().is_some_and(|t| t.at.is_some());
        // A text that begins with the name is the whole comment.
        let own =
            |c: &Comment| !c.text.is_empty() && c.author.as_ref().is_some_and(|a| !c.text.starts_with(a.as_str()));
        self.marked && !self.comments.is_empty() && self.comments.iter().all(|c| timed(c) && own(c))
    }

    /// Dates of one kind of which there is at most one for a comment, and at most one outside of them.
    fn tells(&self, group: &[usize]) -> bool {
        let inside = |at: &usize| {
            let n = self.taken.partition_point(|r| r.end <= *at);
            self.taken.get(n).is_some_and(|r| r.start <= *at)
        };
        group.len() <= self.ranges.len() + 1 && group.iter().filter(|at| !inside(at)).take(2).count() < 2
    }

    /// The ranges of the outermost comments.
    fn settle(&mut self) {
        if !self.ranges.is_empty() {
            let mut ranges = self.ranges.clone();
            ranges.sort_by_key(|r| (r.start, std::cmp::Reverse(r.end)));
            self.taken.clear();
            for range in ranges {
                if self.taken.last().is_none_or(|last| last.end <= range.start) {
                    self.taken.push(range);
                }
            }
        }
    }
}

/// Nothing is said on the page but posts: no text stands before the first of them.
fn is_all_posts(dom: &Dom<'_>, found: &Found) -> bool {
    let (Some(first), true) = (found.taken.first(), found.comments.len() >= 3) else {
        return false;
    };
    let said: u32 = found.taken.iter().map(|r| dom.prose_of(r.start, r.end)).sum();
    let whole = dom.prose_of(dom.body, dom.nodes.len());
    said > 600 && said * 10 > whole * 7 && dom.prose_of(dom.body, first.start) < 160
}

/// The page calls itself a discussion: in structured data, or by the path of its address.
fn says_thread(dom: &Dom<'_>, head: &Head, facts: &Facts, context: &Context<'_>) -> bool {
    let declared = matches!(facts.kind.as_deref(), Some("DiscussionForumPosting" | "Question" | "QAPage"));
    let query = context.url.query().unwrap_or("");
    let path = format!("{}?{query}", context.url.path()).to_ascii_lowercase();
    let words = [
        "/thread",
        "/topic",
        "/forum",
        "/discussion",
        "viewtopic",
        "showthread",
        "/t/",
        "/questions/",
        "/board",
        "/comments/",
        "topic=",
        "showtopic",
        "tid=",
        "/talk/",
    ];
    let host = context.url.host_str().unwrap_or("");
    let forum = ["forum", "community", "boards", "discuss"].iter().any(|w| host.starts_with(w));
    let engines = [
        "phpbb",
        "vbulletin",
        "xenforo",
        "discourse",
        "invision",
        "smf",
        "flarum",
        "vanilla",
        "nodebb",
        "mybb",
        "bbpress",
        "lemmy",
    ];
    let generator = head.first(&["generator"]).unwrap_or("").to_ascii_lowercase();
    let engine = engines.iter().any(|e| generator.contains(e));
    let typed = || {
        (dom.body.saturating_sub(2)..dom.nodes.len()).any(|i| {
            let kind = dom.attr(i, "itemtype").map(|t| t.rsplit('/').next().unwrap_or(""));
            matches!(kind, Some("DiscussionForumPosting" | "Question" | "QAPage"))
        })
    };
    declared || forum || engine || words.iter().any(|w| path.contains(w)) || typed()
}

/// Outermost sections of comments. One that holds most of the page is a class on the wrong element.
fn sections(dom: &Dom<'_>) -> Vec<std::ops::Range<usize>> {
    let mut sections = Vec::new();
    let mut at = dom.body;
    while at < dom.nodes.len() {
        let node = &dom.nodes[at];
        if node.hints.comments() && !node.hints.content() && !holds_article(dom, at) {
            sections.push(dom.range(at));
            at = node.end;
        } else {
            at += 1;
        }
    }
    sections
}

/// An h1 or a marked text body inside, that is not itself part of a comment: this is no section of comments.
fn holds_article(dom: &Dom<'_>, at: usize) -> bool {
    use super::names::Name;
    let range = dom.range(at);
    let mut i = range.start + 1;
    while i < range.end {
        let node = &dom.nodes[i];
        if node.hints.comment() {
            i = node.end;
            continue;
        }
        if node.name == Name::Main || node.name == Name::H1 {
            return true;
        }
        i += 1;
    }
    false
}
