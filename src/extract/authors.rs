//! Who wrote it: names from structured data, from markup and from words, weighed against each other.

use super::byline::Lines;
use super::comments::Found;
use super::content::{Shape, title_at};
use super::dates::Ways;
use super::dom::Dom;
use super::head::Head;
use super::jsonld::Facts;
use super::letters::{is_alphanumeric, lower};
use super::names::Name;
use super::people::{BY, is_label, is_person, is_username, people, people_of_line, turned};
use super::words::{Words, after_word, words};

/// A document has no more authors than this.
const MAX_AUTHORS: usize = 30;
/// No more elements that may name somebody are looked at.
const MAX_MARKED: usize = 400;

/// Names that were found together, and how much speaks for them.
#[derive(Clone, Debug, Default)]
pub(super) struct Named {
    pub names: Vec<String>,
    pub score: i32,
    /// What names them: `json-ld`, `meta`, `comment`, `markup`, `words`.
    pub rule: &'static str,
    /// The nodes, of names that are shown.
    pub at: usize,
    pub end: usize,
}

/// Words before a name that give it another part than the author's.
const OTHERS: Words = words!(
    "reviewed by|review by|updated by|edited by|checked by|fact checked by|fact-checked by|approved by|verified by|\
    photo by|photos by|photography by|image by|illustration by|illustrated by|translated by|produced by|\
    sponsored by|powered by|presented by|video by|developed by|designed by|foto von|geprüft von|photo"
);
/// Words of classes that name an author …
const AUTHOR: Words = words!(
    "author|authors|byline|bylines|autor|auteur|autore|autoren|autorin|writer|authorname|autorenzeile|contributor"
);
/// … and of what stands beside the name.
const BESIDE: Words = words!(
    "bio|box|image|img|avatar|photo|role|title|desc|description|social|job|position|related|comment|date|card|thumb|\
    picture|links|more|about|follow|by"
);
/// Parts of the addresses of pages about people.
const PERSON: Words = words!(
    "author|authors|autor|autoren|auteur|auteurs|autores|autore|autori|by|contributor|contributors|people|person|\
    profile|profiles|staff|team|newsteam|writer|writers|journalist|journalists|reporter|redaktion|user|users|byline|\
    redakteur|experts|columnists"
);

/// Reads the authors of a page: names from the best source, distinct, and the rule that gave them.
pub(super) fn read(
    dom: &Dom<'_>,
    head: &Head,
    facts: &Facts,
    lines: &Lines,
    comments: &Found,
    site: Option<&str>,
) -> Option<(Vec<String>, &'static str)> {
    let squeezed = |s: &str| {
        let letters = s.chars().filter(|c| is_alphanumeric(*c)).flat_map(char::to_lowercase).collect::<String>();
        letters.strip_prefix("the").map(str::to_owned).unwrap_or(letters)
    };
    let site = site.map(squeezed).unwrap_or_default();
    let own = |name: &str| !site.is_empty() && squeezed(name) == site;
    let mut all: Vec<Named> = Vec::new();
    let mut add = |rule: &'static str, names: Vec<String>, strict: i32, loose: i32| {
        let people: Vec<String> = names.iter().filter(|n| !own(n)).cloned().collect();
        // The site itself is the author only where nobody else is.
        let (names, worst) = if people.is_empty() { (names, 12) } else { (people, i32::MAX) };
        if !names.is_empty() {
            let score = if names.iter().any(|n| is_person(n)) { strict } else { loose };
            all.push(Named { names, score: score.min(worst), rule, at: 0, end: 0 });
        }
    };
    add("json-ld", declared(&facts.authors), 100, if comments.thread { 98 } else { 60 });
    add("json-ld", declared(&facts.organisations), 50, 45);
    if comments.thread
        && !comments.later
        && lines.apart.is_none()
        && let Some(name) = comments.comments.first().and_then(|c| c.author.clone())
    {
        add("comment", vec![name], 95, 95);
    }
    let of = |key: &str| head.all(key).filter(|v| !v.starts_with("http")).flat_map(people).collect::<Vec<String>>();
    for (key, strict, loose) in [
        ("citation_author", 92, 30),
        ("citation_authors", 92, 30),
        ("parsely-author", 75, 40),
        ("sailthru.author", 75, 40),
        ("byl", 75, 30),
        ("author", 70, 35),
        ("article:author", 68, 35),
        ("dc.creator", 66, 30),
        ("dcterms.creator", 66, 30),
    ] {
        let names = if key.starts_with("citation") { head.all(key).map(turned).collect() } else { of(key) };
        add("meta", names, strict, loose);
    }
    // WordPress tells cards the author as a labelled value.
    for (label, value) in [("twitter:label1", "twitter:data1"), ("twitter:label2", "twitter:data2")] {
        let said = head.first(&[label]).map(str::to_lowercase);
        if said.is_some_and(|l| BY.has(&l) || l.contains("written by")) {
            add("meta", of(value), 72, 50);
        }
    }
    let opening = comments.taken.first().map_or(0, |r| r.start);
    for named in &lines.named {
        // Of a discussion only what is marked before its posts: the opening post may be of another form.
        if comments.thread {
            let apart = lines.apart.is_some();
            if named.at < opening && named.score >= if apart { 45 } else { 75 } && !comments.later {
                all.push(Named { score: if apart { named.score } else { 97 }, ..named.clone() });
            }
            continue;
        }
        let people: Vec<String> = named.names.iter().filter(|n| !own(n)).cloned().collect();
        if !people.is_empty() {
            all.push(Named { names: people, ..named.clone() });
        } else if named.names.iter().all(|n| is_person(n)) {
            // A site may have the name of the one who writes it.
            all.push(Named { score: named.score.min(40), ..named.clone() });
        }
    }
    let best = all.iter().max_by(|a, b| a.score.cmp(&b.score).then(b.at.cmp(&a.at))).cloned()?;
    // Names in elements of the same standing right beside each other belong together.
    let mut names = best.names.clone();
    if best.at > 0 {
        let mut last = best.end;
        for other in all.iter().filter(|n| n.at > best.at && n.score == best.score) {
            if other.at >= last && dom.ink_of(last, other.at) < 8 {
                names.extend(other.names.iter().cloned());
                last = other.end;
            }
        }
    }
    // A first name alone, where the page also says the whole.
    for name in &mut names {
        let whole = all.iter().filter(|n| n.score >= 30).flat_map(|n| &n.names);
        if !name.contains(' ')
            && let Some(whole) = whole.clone().find(|w| is_person(w) && w.split(' ').next() == Some(name))
        {
            name.clone_from(whole);
        }
    }
    // A paper stands behind its writers.
    let people = names.iter().filter(|n| is_person(n) && !n.starts_with("The ")).count();
    if people > 0 {
        names.retain(|n| !n.starts_with("The "));
    }
    let mut distinct: Vec<String> = Vec::new();
    for name in names {
        if distinct.len() < MAX_AUTHORS && !distinct.iter().any(|known| lower(known) == lower(&name)) {
            distinct.push(name);
        }
    }
    Some((distinct, best.rule))
}

/// Names as structured data gives them: one a value, or several in one.
fn declared(values: &[String]) -> Vec<String> {
    values
        .iter()
        .flat_map(|v| {
            let several = people(v);
            let whole = v.trim();
            let fits = (2..=60).contains(&whole.len()) && whole.split(' ').count() <= 4 && !is_label(whole);
            // An editorial office has a role for a name.
            if several.is_empty() && fits && !whole.contains(['/', '@', ',']) {
                vec![whole.to_owned()]
            } else {
                several
            }
        })
        .collect()
}

/// Elements that are marked as naming the author, with how much speaks for each.
pub(super) fn marked(dom: &Dom<'_>, shape: &Shape, comments: &Found, ways: Ways) -> Vec<Named> {
    let title = title_at(dom, shape);
    let text_end = shape.root.map_or(dom.nodes.len(), |r| dom.nodes[r].end);
    let mut found: Vec<(Named, u64)> = Vec::new();
    let (mut skip_to, mut looked) = (0, 0);
    for at in dom.body..dom.nodes.len() {
        let node = &dom.nodes[at];
        if at < skip_to || node.element.is_none() || found.len() >= MAX_MARKED {
            continue;
        }
        if comments.holds(at) {
            continue;
        }
        if node.name.is_unseen() || node.hints.hidden() {
            // An author may be told to machines only.
            let told = node.hints.hidden() && dom.attr(at, "itemprop") == Some("author");
            if !told {
                skip_to = node.end;
                continue;
            }
        }
        let mark = mark(dom, at);
        if mark == 0 {
            continue;
        }
        let ink = dom.ink_of(at, node.end);
        let told = dom.attr(at, "content").filter(|c| mark >= 75 && c.len() < 200);
        if !(1..200).contains(&ink) && told.is_none() {
            continue;
        }
        looked += 1;
        if looked > MAX_MARKED * 4 {
            break;
        }
        if is_others(dom, at) {
            continue;
        }
        let names = match told {
            Some(told) => people(told),
            None => names_in(dom, at, mark >= 60, ways),
        };
        if names.is_empty() {
            continue;
        }
        let mut score = mark + place(dom, at, title, text_end);
        if names.iter().all(|n| !is_person(n)) {
            score -= 20;
        }
        found.push((Named { names, score, rule: "markup", at, end: node.end }, super::comments::shape_of(dom, at)));
        // What stands inside says the same once more.
        if mark >= 60 {
            skip_to = node.end;
        }
    }
    // Many of one kind, of different people, are the authors of other texts.
    let mut out: Vec<Named> = Vec::with_capacity(found.len());
    for (named, kind) in &found {
        let mut others: Vec<&[String]> =
            found.iter().filter(|(_, k)| k == kind).map(|(n, _)| n.names.as_slice()).take(40).collect();
        others.dedup();
        let mut named = named.clone();
        let near = title.is_some_and(|t| dom.ink_of(t.min(named.at), t.max(named.at)) < 600);
        if others.len() >= 4 && !near {
            named.score -= 50;
        }
        if named.score > 20 {
            out.push(named);
        }
    }
    out
}

/// Where bylines stand: under the title, or above it; less often behind the text.
fn place(dom: &Dom<'_>, at: usize, title: Option<usize>, text_end: usize) -> i32 {
    let mut score = 0;
    match title {
        Some(t) if at >= t && dom.ink_of(t, at) < 700 => score += 20,
        Some(t) if at < t && dom.ink_of(at, t) < 400 => score += 10,
        Some(t) if at > t && at < text_end && dom.prose_of(t, at) < 300 => score += 8,
        _ => {}
    }
    let noisy = dom.ancestors(at).take(12).any(|a| {
        let node = &dom.nodes[a];
        matches!(node.name, Name::Nav | Name::Footer)
            || (matches!(node.name, Name::Aside) && score <= 8)
            || (node.hints.noise() && !node.hints.content() && dom.ink(a) * 2 < dom.ink(dom.body) && score < 20)
    });
    if noisy {
        score -= 45;
    }
    // Inside a link to another text.
    if dom.ancestors(at).take(5).any(|a| dom.nodes[a].name == Name::A && dom.ink(a) > dom.ink(at) + 30) {
        score -= 30;
    }
    score
}

/// How strongly an element is marked as naming an author.
fn mark(dom: &Dom<'_>, at: usize) -> i32 {
    let node = &dom.nodes[at];
    let mut best = 0;
    if node.name == Name::A
        && dom.attr(at, "rel").is_some_and(|r| r.split(' ').any(|w| w.eq_ignore_ascii_case("author")))
    {
        best = 75;
    }
    match dom.attr(at, "itemprop") {
        Some("author" | "creator") => best = best.max(76),
        Some("name")
            if dom.ancestors(at).take(3).any(|a| matches!(dom.attr(a, "itemprop"), Some("author" | "creator"))) =>
        {
            best = best.max(78);
        }
        _ => {}
    }
    for key in ["class", "id", "data-testid", "data-test"] {
        let Some(value) = dom.attr(at, key).filter(|v| v.len() < 300) else {
            continue;
        };
        for token in value.split_ascii_whitespace().take(12) {
            best = best.max(token_mark(token));
        }
    }
    if node.name == Name::A
        && (1..120).contains(&dom.ink(at))
        && let Some(href) = dom.attr(at, "href")
    {
        let path = href.split(['?', '#']).next().unwrap_or("");
        let parts: Vec<&str> = path.split('/').filter(|p| !p.is_empty()).collect();
        let person = parts.iter().rev().skip(1).take(2).any(|p| PERSON.iter().any(|w| p.eq_ignore_ascii_case(w)));
        if person || href.contains("?author=") || href.contains("&author=") {
            best = best.max(50);
        }
    }
    best
}

fn token_mark(token: &str) -> i32 {
    // Most classes are passed over at a glance.
    let hint = |w: &[u8]| {
        matches!(
            [w[0] | 0x20, w[1] | 0x20, w[2] | 0x20],
            [b'a', b'u', b't'] | [b'b', b'y', b'l'] | [b'w', b'r', b'i'] | [b'n', b't', b'r']
        )
    };
    if !token.as_bytes().windows(3).any(hint) && token != "fn" {
        return 0;
    }
    let lower = token.to_ascii_lowercase();
    match lower.as_str() {
        "author" | "byline" | "author-name" | "authorname" | "author_name" | "author__name" | "byline-name"
        | "byline__name" | "post-author" | "entry-author" | "article-author" | "article__author" | "p-author"
        | "by-author" | "author-link" | "the-author" | "post__author" | "entry-author-name" | "fn"
        | "byline__author" => 66,
        _ => {
            let words = || lower.split(|c: char| !c.is_ascii_alphanumeric()).filter(|w| !w.is_empty());
            let said = words().any(|w| AUTHOR.has(w));
            let bad = words().any(|w| BESIDE.has(w));
            let name = words().any(|w| w == "name");
            if !said {
                0
            } else if bad && !name {
                30
            } else {
                56
            }
        }
    }
}

/// Another part than the author's is named right before.
fn is_others(dom: &Dom<'_>, at: usize) -> bool {
    let from = at.saturating_sub(8);
    let mut before = String::new();
    for node in &dom.nodes[from..at] {
        before.push_str(node.text);
        before.push(' ');
    }
    let inside = lower(&dom.text(at, 60));
    let before = lower(&before);
    let before = before.trim_end().trim_end_matches(':').trim_end();
    OTHERS.iter().any(|w| before.ends_with(w)) || OTHERS.after(&inside).is_some()
}

/// The words of a range; those of different boxes apart.
fn in_boxes(dom: &Dom<'_>, range: std::ops::Range<usize>) -> String {
    let (mut out, mut apart) = (String::new(), false);
    let mut ends: Vec<usize> = Vec::new();
    for i in range.skip(1) {
        while ends.last().is_some_and(|end| *end <= i) {
            ends.pop();
            apart = true;
        }
        let node = &dom.nodes[i];
        apart |= node.name == Name::Br;
        if node.name.is_block() {
            ends.push(node.end);
            apart = true;
        }
        let text = node.text.trim();
        if !text.is_empty() && out.len() < 400 {
            out.push_str(if out.is_empty() {
                ""
            } else if apart {
                " | "
            } else {
                " "
            });
            out.push_str(text);
            apart = false;
        }
    }
    out
}

/// Names in a marked element.
fn names_in(dom: &Dom<'_>, at: usize, strong: bool, ways: Ways) -> Vec<String> {
    let range = dom.range(at);
    // Elements inside that are marked as the name itself, or links to people.
    let inner: Vec<usize> = range
        .clone()
        .skip(1)
        .filter(|i| {
            dom.attr(*i, "itemprop") == Some("name")
                || dom.attr(*i, "rel") == Some("author")
                || dom.has_class(*i, "fn")
                || (dom.nodes[*i].name == Name::A && mark(dom, *i) > 0)
        })
        .filter(|i| dom.ink_of(*i, dom.nodes[*i].end) > 0)
        .take(12)
        .collect();
    let mut names: Vec<String> = Vec::new();
    for i in &inner {
        if !is_others(dom, *i) {
            names.extend(people(&dom.text(*i, 200)));
        }
    }
    if names.is_empty() {
        // Each piece of text for itself where they stand in several, or the words as one line.
        let pieces: Vec<&str> =
            range.clone().map(|i| dom.nodes[i].text.trim()).filter(|t| !t.is_empty()).take(20).collect();
        let whole = if pieces.len() > 1 { in_boxes(dom, range.clone()) } else { dom.text(at, 300) };
        names = people_of_line(&whole, ways);
        if pieces.len() > 1 && (names.is_empty() || names.iter().any(|n| !is_person(n))) {
            let first: Vec<String> = pieces
                .iter()
                .map(|p| people_of_line(p, ways))
                .find(|n| n.iter().any(|n| is_person(n)))
                .unwrap_or_default();
            if !first.is_empty() {
                names = first;
            }
        }
    }
    let led = || {
        let text = dom.text(at, 60);
        ["posted by", "by", "von", "par", "por"].iter().any(|w| after_word(&text, w).is_some())
    };
    let strong = strong || led();
    names.retain(|n| is_person(n) || (strong && is_username(n)));
    names.dedup();
    names
}
