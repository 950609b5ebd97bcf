//! Whether a group of like things with dates is a discussion, or a list of articles, of versions, of events.

use std::ops::Range;

use super::super::dates;
use super::super::dom::Dom;
use super::super::letters::{is_alphabetic, lower};
use super::super::names::Name;
use super::super::page::Context;
use super::groups::Item;

/// A group of this weight is one of posts.
pub(super) const ENOUGH: f32 = 4.0;
/// More posts than this add nothing to the judgement.
const SAMPLE: usize = 40;

/// What was seen over the posts of a group.
#[derive(Default)]
struct Seen {
    said: f32,
    half_said: f32,
    own_address: f32,
    answered: f32,
    headed: f32,
    linked: f32,
    short: f32,
    people: f32,
    exact: f32,
    joined: f32,
    teasers: f32,
}

/// How much speaks for posts. What the words of classes say is one voice among several.
pub(super) fn group(
    dom: &Dom<'_>,
    items: &[Item],
    sections: &[Range<usize>],
    thread: bool,
    context: &Context<'_>,
) -> f32 {
    let sample: Vec<&Item> = items.iter().take(SAMPLE).collect();
    let n = sample.len() as f32;
    let mut seen = Seen::default();
    for item in &sample {
        let ink = dom.ink_of(item.range.start, item.range.end);
        let links: u32 = links(dom, item.range.clone());
        seen.linked += f32::from(u8::from(links * 5 > ink * 3));
        seen.short += f32::from(u8::from(ink < item.mark.map_or(0, |m| dom.ink(m)) + 12));
        seen.teasers += f32::from(u8::from(is_teaser(dom, item, context)));
        look(dom, item, context, &mut seen);
        if let Some(mark) = item.mark {
            let text = dom.text(mark, 100);
            let stated = dom.attr(mark, "datetime").is_some();
            let clock = text.bytes().any(|b| b == b':') || dates::is_relative(&text);
            seen.exact += f32::from(u8::from(stated || clock));
            seen.joined += f32::from(u8::from(is_of_member(dom, mark, item.range.start)));
        }
    }
    let share = |x: f32| x / n;
    if share(seen.short) > 0.4 || share(seen.linked) > 0.5 {
        return 0.0;
    }
    let all = dom.ink_of(items[0].range.start, items[items.len() - 1].range.end.max(items[0].range.end));
    let of_page = all as f32 / dom.ink(dom.body).max(1) as f32;
    let in_section = items.iter().all(|i| sections.iter().any(|s| s.contains(&i.range.start)));
    let mut weight = 0.0;
    weight += 3.0 * share(seen.said);
    weight += 1.5 * share(seen.half_said);
    weight += if in_section { 2.0 } else { 0.0 };
    weight += 1.5 * share(seen.own_address);
    weight += 2.0 * share(seen.answered);
    weight += 1.5 * share(seen.people);
    weight += if thread { 2.5 } else { 0.0 };
    weight += share(seen.exact);
    weight -= 4.0 * share(seen.joined);
    weight -= 5.0 * share(seen.headed);
    weight -= 4.0 * share(seen.teasers);
    weight += of_page.min(1.0) * 2.0;
    weight += (items.len() as f32).ln().min(4.0) * 0.3;
    weight
}

/// Little is said, and a title leads to another page: a row of a list of threads or articles.
fn is_teaser(dom: &Dom<'_>, item: &Item, context: &Context<'_>) -> bool {
    let (from, to) = (item.range.start, item.range.end);
    let links = || {
        item.nodes().take(600).filter(|i| dom.nodes[*i].name == Name::A && dom.ink(*i) >= 10).filter(|i| {
            let href = dom.attr(*i, "href").unwrap_or("#");
            !is_person(href) && !same_page(href, context) && !href.starts_with("javascript")
        })
    };
    dom.prose_of(from, to) < 60 && links().next().is_some()
}

/// The date is that of joining, of the last visit, of an edit: the words before it say so.
pub(super) fn is_of_member(dom: &Dom<'_>, mark: usize, start: usize) -> bool {
    let words = [
        "join",
        "regist",
        "member since",
        "mitglied",
        "dabei seit",
        "beigetreten",
        "inscri",
        "last edited",
        "edited",
        "last seen",
        "alta",
        "miembro desde",
        "iscritto",
        "зарегистр",
        "регистрация",
        "lid sinds",
        "üyelik",
        "birth",
    ];
    let from = mark.saturating_sub(8).max(start);
    let text: String = dom.nodes[from..dom.nodes[mark].end].iter().map(|n| n.text).collect::<String>();
    let text = lower(&text);
    words.iter().any(|w| text.contains(w))
}

fn links(dom: &Dom<'_>, range: Range<usize>) -> u32 {
    let mut sum = 0;
    let mut at = range.start;
    while at < range.end {
        let node = &dom.nodes[at];
        if node.name == Name::A {
            sum += dom.ink(at);
            at = node.end;
        } else {
            at += 1;
        }
    }
    sum
}

/// Words in classes and ids that name a contribution to a discussion …
const SAID: [&str; 12] = [
    "comment",
    "komment",
    "comentario",
    "coment",
    "reply",
    "replies",
    "answer",
    "respons",
    "reaction",
    "forumpost",
    "usertext",
    "discuss",
];
/// … and words that may.
const HALF_SAID: [&str; 9] = ["post", "message", "msg", "topic", "thread", "forum", "quote", "avatar", "entry-"];
/// Words on the buttons under a contribution.
const ANSWER: [&str; 25] = [
    "reply",
    "quote",
    "report",
    "like",
    "antworten",
    "zitieren",
    "melden",
    "répondre",
    "signaler",
    "citer",
    "responder",
    "citar",
    "rispondi",
    "cita",
    "ответить",
    "цитировать",
    "odpowiedz",
    "beantwoorden",
    "yanıtla",
    "cevapla",
    "svara",
    "permalink",
    "share",
    "upvote",
    "αναφορά",
];

fn look(dom: &Dom<'_>, item: &Item, context: &Context<'_>, seen: &mut Seen) {
    let (mut said, mut half, mut own, mut answered, mut headed, mut people) =
        (false, false, false, false, false, false);
    let above = dom.ancestors(item.range.start).take(2).filter(|a| *a > dom.body);
    for at in item.range.clone().take(1_500).chain(above) {
        let node = &dom.nodes[at];
        if node.element.is_none() {
            continue;
        }
        said |= node.hints.comment();
        if !(said && half) {
            for key in ["class", "id", "itemtype"] {
                if let Some(value) = dom.attr(at, key) {
                    let value = value.to_ascii_lowercase();
                    said = said || SAID.iter().any(|w| value.contains(w));
                    half = half || HALF_SAID.iter().any(|w| value.contains(w));
                }
            }
        }
        let inside = item.range.contains(&at);
        if inside && node.name == Name::A {
            let href = dom.attr(at, "href").unwrap_or("");
            let fragment = href.split_once('#').filter(|(_, f)| f.bytes().any(|b| b.is_ascii_digit()));
            own = own || fragment.is_some_and(|(path, _)| path.is_empty() || same_page(path, context));
            people = people
                || [
                    "/user",
                    "/member",
                    "/profile",
                    "/u/",
                    "/people/",
                    "/author",
                    "author/",
                    "showuser",
                    "member.php",
                    "/@",
                ]
                .iter()
                .any(|w| href.to_ascii_lowercase().contains(w));
        }
        own = own
            || inside
                && dom
                    .attr(at, "id")
                    .is_some_and(|id| id.len() < 60 && id.bytes().filter(u8::is_ascii_digit).count() >= 2);
        if inside
            && !answered
            && matches!(node.name, Name::A | Name::Button | Name::Span | Name::Li | Name::Label)
            && (2..40).contains(&dom.ink(at))
        {
            let text = lower(&dom.text(at, 60));
            let text = text.trim_matches(|c: char| !is_alphabetic(c));
            answered |= ANSWER
                .iter()
                .any(|w| text == *w || text.strip_prefix(w).is_some_and(|r| r.starts_with(' ') && r.len() < 16));
        }
        if inside && !headed && node.name.heading().is_some() {
            headed |= dom.range(at).any(|i| {
                dom.nodes[i].name == Name::A
                    && dom
                        .attr(i, "href")
                        .is_some_and(|h| !h.starts_with('#') && !same_page(h, context) && !is_person(h))
            }) || dom.ancestors(at).take(2).any(|a| a >= item.range.start && dom.nodes[a].name == Name::A);
        }
    }
    for (flag, sum) in [
        (said, &mut seen.said),
        (half, &mut seen.half_said),
        (own, &mut seen.own_address),
        (answered, &mut seen.answered),
        (headed, &mut seen.headed),
        (people, &mut seen.people),
    ] {
        *sum += f32::from(u8::from(flag));
    }
}

fn is_person(href: &str) -> bool {
    ["user", "member", "profile", "/u/", "/people/", "/@", "author"].iter().any(|w| href.contains(w))
}

/// An address of the page itself, or of a page of the same thread.
fn same_page(href: &str, context: &Context<'_>) -> bool {
    let Ok(url) = context.base.join(href) else {
        return false;
    };
    let (mine, other) = (context.url.path().trim_end_matches('/'), url.path().trim_end_matches('/'));
    other == mine || (mine.len() > 8 && other.starts_with(mine))
}
