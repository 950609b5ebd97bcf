//! Where the main text is, and which parts of it are not text.

use std::ops::Range;

use super::chaff;
use super::comments::Found;
use super::dom::{Dom, fold, has_eight_words};
use super::names::Name;
use super::parts;

/// What each node is to the main text.
pub(super) struct Shape {
    /// The element that holds the main text.
    pub root: Option<usize>,
    /// Before it: paragraphs that stand between the title and the main text.
    pub lead: Vec<usize>,
    /// Nodes whose subtree is left out, in order, apart from each other.
    pub pruned: Vec<Range<usize>>,
    /// What decided where the text is: `marked` (an element says so), `weight` (most sentences), `thread` (what
    /// stands before the first post).
    pub rule: &'static str,
}

impl Shape {
    /// Leaves further parts out.
    fn prune(&mut self, further: Vec<Range<usize>>) {
        self.pruned.extend(further);
        self.pruned.sort_by_key(|r| (r.start, std::cmp::Reverse(r.end)));
        let mut end = 0;
        self.pruned.retain(|r| {
            let outside = r.start >= end;
            end = end.max(r.end);
            outside
        });
    }

    /// The pruned range that begins at or holds this node.
    pub fn pruned_at(&self, at: usize) -> Option<&Range<usize>> {
        let n = self.pruned.partition_point(|r| r.end <= at);
        self.pruned.get(n).filter(|r| r.start <= at)
    }
}

/// Less than this share (of a hundred) of what a milder look finds: the page is no article.
const SHARE: u64 = 75;

/// Of all that is shown the text of a page that is no article has at least this share.
const BESIDE: u64 = 60;

/// How much is taken for no text.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Cut {
    /// Of an article: teasers, banners, rows of links, whatever classes call noise.
    Strict,
    /// Of other pages: these may be what the page says.
    Mild,
    /// Only what elements themselves tell.
    Bare,
}

/// Finds the main text. `article`: the page declares itself one.
pub(super) fn find(dom: &Dom<'_>, comments: &Found, article: bool, product: bool, host: &str) -> Shape {
    let mut shape = Shape { root: None, lead: Vec::new(), pruned: prune(dom, comments, Cut::Strict), rule: "weight" };
    let mut weights = Weights::new(dom, &shape, false);
    let mut total = weights.of(dom.range(dom.body));
    let mut cut = Cut::Strict;
    if !article && !comments.thread {
        let wider = Shape { root: None, lead: Vec::new(), pruned: prune(dom, comments, Cut::Mild), rule: "weight" };
        let heavier = Weights::new(dom, &wider, true);
        let all = heavier.of(dom.range(dom.body));
        if u64::from(total) * 100 < u64::from(all) * SHARE {
            (shape, weights, total, cut) = (wider, heavier, all, Cut::Mild);
        }
    }
    // Next to nothing is left of a page that says a lot: the classes mean something else here.
    let whole = dom.ink(dom.body);
    for milder in [Cut::Mild, Cut::Bare] {
        if whole > 400 && total < (whole / 16).clamp(60, 400) && cut != milder {
            cut = if milder == Cut::Mild { milder } else { Cut::Strict };
            shape.pruned = prune(dom, comments, milder);
            weights = Weights::new(dom, &shape, !article && !comments.thread);
            total = weights.of(dom.range(dom.body));
        }
    }
    if total == 0 {
        return shape;
    }
    if let Some(first) = comments.taken.first().filter(|_| comments.thread) {
        // Of a thread only what stands between its title and its posts can be text of its own: an opening
        // post of another form.
        let heading = |name| (dom.body..first.start).rev().find(|i| dom.nodes[*i].name == name && dom.ink(*i) > 0);
        let named = title_at(dom, &shape).filter(|t| *t < first.start);
        let title = heading(Name::H1).or(named).or_else(|| heading(Name::H2));
        let Some(title) = title.filter(|t| dom.prose_of(*t, first.start) >= 100) else {
            return shape;
        };
        shape.pruned.retain(|r| r.start >= title && r.start < first.start);
        shape.pruned.insert(0, 0..title);
        shape.pruned.push(first.start..dom.nodes.len());
        shape.rule = "thread";
        weights = Weights::new(dom, &shape, false);
        total = weights.of(dom.range(dom.body));
    }
    let marked = marked_root(dom, &weights, total);
    if marked.is_some() && shape.rule == "weight" {
        shape.rule = "marked";
    }
    let start = marked.unwrap_or(dom.body);
    let root = descend(dom, &weights, start, (!article && !comments.thread).then_some(&shape));
    shape.root = Some(root);
    if cut != Cut::Mild {
        let mut further = chaff::find(dom, root, &shape, host);
        if article {
            further.extend(parts::before_title(dom, root, &shape));
            further.extend(parts::inner_entries(dom, root));
        }
        if product {
            further.extend(parts::reviews(dom, root, &shape));
        }
        shape.prune(further);
        shape.lead = lead(dom, root, &shape, comments);
    }
    shape
}

/// The paragraphs that lead into a text, where they stand outside of it: under the title, in its header.
fn lead(dom: &Dom<'_>, root: usize, shape: &Shape, comments: &Found) -> Vec<usize> {
    let mut found = Vec::new();
    let Some(title) = title_at(dom, shape).filter(|t| dom.nodes[*t].end <= root) else {
        return found;
    };
    if dom.ink_of(title, root) > 3_000 {
        return found;
    }
    let mut sum = 0;
    let mut at = dom.nodes[title].end;
    while at < root && found.len() < 4 {
        let node = &dom.nodes[at];
        let (ink, hints) = (dom.ink(at), node.hints);
        let out = comments.holds(at)
            || node.name.is_unseen()
            || matches!(
                node.name,
                Name::Nav | Name::Aside | Name::Form | Name::Figure | Name::Ul | Name::Ol | Name::Button
            )
            || hints.hidden()
            || hints.noise()
            || hints.terms()
            || hints.byline() && !hints.content()
            || chaff::is_caption(dom, at, ink);
        if out && node.end <= root {
            at = node.end;
            continue;
        }
        let line = matches!(node.name, Name::P | Name::Div | Name::Span | Name::B | Name::Summary)
            && node.end <= root
            && !dom.range(at).skip(1).any(|i| dom.nodes[i].name.is_block());
        if line && ink > 0 {
            let prose = dom.prose_of(at, node.end);
            if (50..900).contains(&ink) && prose * 10 >= ink * 6 && dom.link_ink(at) * 3 < ink && sum + ink < 1_500 {
                sum += ink;
                found.push(at);
            }
            at = node.end;
            continue;
        }
        at += 1;
    }
    found
}

/// Sums of text that counts, before each node.
struct Weights(Vec<u32>);

impl Weights {
    /// With `cards` the words of links that are whole teasers count too.
    fn new(dom: &Dom<'_>, shape: &Shape, cards: bool) -> Self {
        let mut sums = Vec::with_capacity(dom.nodes.len() + 1);
        let mut sum = 0u32;
        let mut at = 0;
        let mut pruned = shape.pruned.iter().peekable();
        // The end of the outermost link or unseen element around the node.
        let mut blind = 0;
        let mut card = 0;
        while at < dom.nodes.len() {
            while pruned.peek().is_some_and(|r| r.end <= at) {
                pruned.next();
            }
            let node = &dom.nodes[at];
            if let Some(range) = pruned.peek().filter(|r| r.start == at) {
                while sums.len() < range.end {
                    sums.push(sum);
                }
                at = range.end;
                continue;
            }
            sums.push(sum);
            let link = node.name == Name::A;
            if link && cards && at >= card {
                card = node.end;
            }
            if at >= blind && (node.name.is_unseen() || (link && !cards) || node.hints.hidden()) {
                blind = node.end;
            }
            if at >= blind && node.name == Name::Text {
                let len = dom.ink(at);
                // Sentences count in full, labels and menu items hardly.
                let wide = node.text.bytes().take(60).filter(|b| *b >= 0xe3).count() > 12;
                let label = if at < card { 0 } else { len / 4 };
                sum = sum.saturating_add(if has_eight_words(node.text) || wide { len } else { label });
            }
            at += 1;
        }
        sums.push(sum);
        Self(sums)
    }

    fn of(&self, range: Range<usize>) -> u32 {
        self.0[range.end] - self.0[range.start]
    }
}

/// Parts that are no main text wherever they stand.
fn prune(dom: &Dom<'_>, comments: &Found, cut: Cut) -> Vec<Range<usize>> {
    let strict = cut != Cut::Bare;
    let whole = dom.ink(dom.body).max(1);
    let mut pruned: Vec<Range<usize>> = Vec::new();
    let mut of_comments: Vec<Range<usize>> = comments.sections.iter().chain(&comments.taken).cloned().collect();
    of_comments.sort_by_key(|r| (r.start, std::cmp::Reverse(r.end)));
    let mut of_comments = of_comments.into_iter().peekable();
    // Inside these a header or footer belongs to the text.
    let mut inside_article = 0;
    let mut at = dom.body;
    while at < dom.nodes.len() {
        while of_comments.peek().is_some_and(|r| r.end <= at) {
            of_comments.next();
        }
        if let Some(range) = of_comments.peek().filter(|r| r.start == at).cloned() {
            at = range.end;
            pruned.push(range);
            continue;
        }
        let node = &dom.nodes[at];
        let ink = dom.ink(at);
        let large = u64::from(ink) * 2 > u64::from(whole);
        let hints = node.hints;
        let out = match node.name {
            Name::Nav | Name::Button | Name::Select | Name::Dialog => !large,
            Name::Aside => strict && !large,
            Name::Footer => !large && (at >= inside_article || ink < 400),
            Name::Header => at >= inside_article && !large && !holds_heading(dom, at),
            Name::Form => strict && !large && ink < 1_000,
            Name::Svg | Name::Input | Name::Textarea => true,
            _ => {
                let weak = cut == Cut::Mild && hints.weak_noise();
                let over = hints.popup() && strict && u64::from(ink) * 10 < u64::from(whole) * 8;
                hints.hidden() || over || (strict && ((hints.noise() && !weak) || hints.respond()) && !large)
            }
        };
        // Lines of links are menus, lists of tags or of related pages.
        let links = !out
            && strict
            && matches!(node.name, Name::Ul | Name::Ol | Name::Div | Name::Section)
            && ink > 0
            && !large
            && u64::from(dom.link_ink(at)) * 100 > u64::from(ink) * 75
            && link_count(dom, at) >= 3
            && !has_sentence(dom, at)
            && (cut == Cut::Strict || !long_links(dom, at));
        let line = !out
            && strict
            && (hints.byline() || hints.terms())
            && ink < 300
            && at != dom.body
            && node.name != Name::Text
            && !hints.content()
            && node.name.heading().is_none()
            && !holds_heading(dom, at);
        let bio = !out && cut == Cut::Strict && hints.byline() && ink < 1_500 && !large && parts::is_bio(dom, at);
        if out || links || line || bio {
            pruned.push(dom.range(at));
            at = node.end;
            continue;
        }
        if matches!(node.name, Name::Article | Name::Main) {
            inside_article = inside_article.max(node.end);
        }
        at += 1;
    }
    pruned
}

fn link_count(dom: &Dom<'_>, at: usize) -> usize {
    dom.range(at).filter(|i| dom.nodes[*i].name == Name::A).take(3).count()
}

/// Links that are titles or teasers, not words of a menu; names and categories may stand beside them.
fn long_links(dom: &Dom<'_>, at: usize) -> bool {
    let links = dom.range(at).filter(|i| dom.nodes[*i].name == Name::A && dom.ink(*i) > 0).take(200);
    let (all, long) = links.fold((0, 0), |(all, long), i| {
        let ink = dom.ink(i);
        (all + ink, long + if ink >= 28 { ink } else { 0 })
    });
    long * 10 >= all * 6
}

fn has_sentence(dom: &Dom<'_>, at: usize) -> bool {
    dom.range(at).take(400).any(|i| {
        let node = &dom.nodes[i];
        node.name == Name::P && dom.ink(i) > 80 && dom.link_ink(i) * 2 < dom.ink(i)
    })
}

/// A heading of the first rank stands in it.
pub(super) fn holds_heading(dom: &Dom<'_>, at: usize) -> bool {
    dom.range(at).take(200).any(|i| dom.nodes[i].name == Name::H1)
}

/// The element that the page marks as its main text, if one stands out.
fn marked_root(dom: &Dom<'_>, weights: &Weights, total: u32) -> Option<usize> {
    let mut best: Option<(u32, usize)> = None;
    for (at, node) in dom.nodes.iter().enumerate().skip(dom.body) {
        let factor = match node.name {
            _ if node.hints.content() => 5,
            Name::Article => 4,
            Name::Main => 3,
            _ if dom.attr(at, "role") == Some("main") => 3,
            _ => continue,
        };
        let weight = weights.of(node_range(dom, at));
        // Of nested ones the inner, if it holds nearly as much.
        if u64::from(weight) * 100 >= u64::from(total) * 35 && best.is_none_or(|(b, _)| weight * factor >= b) {
            best = Some((weight * factor, at));
        }
    }
    let (_, at) = best?;
    Some(if dom.nodes[at].hints.content() { around_all(dom, weights, at, total) } else { at })
}

/// A text in several parts that are each marked as text: the element around all of them.
fn around_all(dom: &Dom<'_>, weights: &Weights, best: usize, total: u32) -> usize {
    let weight = |at: usize| u64::from(weights.of(dom.range(at))) * 100;
    if weight(best) >= u64::from(total) * 80 {
        return best;
    }
    let kind = super::comments::shape_of(dom, best);
    let (mut from, mut to, mut sum, mut at) = (best, dom.nodes[best].end, weight(best), dom.body);
    while at < dom.nodes.len() {
        let node = &dom.nodes[at];
        let inside = at >= best && node.end <= dom.nodes[best].end;
        let alike = node.hints.content() && !inside && !dom.range(at).contains(&best);
        if alike && super::comments::shape_of(dom, at) == kind && weight(at) >= u64::from(total) * 4 {
            (from, to) = (from.min(at), to.max(node.end));
            sum += weight(at);
            at = node.end;
        } else {
            at += 1;
        }
    }
    // Many texts with little in common are a list.
    if sum < weight(best) * 11 / 10 {
        return best;
    }
    std::iter::once(best).chain(dom.ancestors(best)).find(|a| *a <= from && dom.nodes[*a].end >= to).unwrap_or(best)
}

fn node_range(dom: &Dom<'_>, at: usize) -> Range<usize> {
    dom.range(at)
}

/// Goes down as long as one child holds nearly all of the text.
/// Of a page that is no article only if little else stands beside it.
fn descend(dom: &Dom<'_>, weights: &Weights, start: usize, all: Option<&Shape>) -> usize {
    let left = |shape: &Shape, at: usize| {
        let range = dom.range(at);
        let from = shape.pruned.partition_point(|r| r.end <= range.start);
        let out = shape.pruned[from..].iter().take_while(|r| r.start < range.end);
        dom.ink(at).saturating_sub(out.map(|r| dom.ink_of(r.start.max(range.start), r.end.min(range.end))).sum())
    };
    let most = |at: usize, child: usize| {
        all.is_none_or(|shape| u64::from(left(shape, child)) * 100 >= u64::from(left(shape, at)) * BESIDE)
    };
    let mut at = start;
    loop {
        let whole = u64::from(weights.of(dom.range(at)));
        let heavy = dom.children(at).find(|c| {
            let node = &dom.nodes[*c];
            let holds = matches!(
                node.name,
                Name::Div
                    | Name::Section
                    | Name::Article
                    | Name::Main
                    | Name::Table
                    | Name::TablePart
                    | Name::Tr
                    | Name::Cell
                    | Name::Block
                    | Name::Form
                    | Name::Header
                    | Name::Other
                    | Name::Span
                    | Name::Body
            );
            let part = u64::from(weights.of(dom.range(*c))) * 100;
            holds && (part >= whole * 85 || part >= whole * 70 && labels_beside(dom, at, *c)) && most(at, *c)
        });
        match heavy {
            Some(child) => at = child,
            None => return at,
        }
    }
}

/// What stands in an element beside one of its children is little and no sentences, while the child is.
fn labels_beside(dom: &Dom<'_>, at: usize, child: usize) -> bool {
    let beside = dom.ink(at) - dom.ink(child);
    let prose = dom.prose_of(at, dom.nodes[at].end) - dom.prose_of(child, dom.nodes[child].end);
    let little = u64::from(beside) * 100 <= u64::from(dom.ink(at)) * 50;
    little && prose * 10 <= beside * 3 && dom.prose_of(child, dom.nodes[child].end) * 10 >= dom.ink(child) * 6
}

/// The heading over the text.
pub(super) fn title_at(dom: &Dom<'_>, shape: &Shape) -> Option<usize> {
    let end = shape.root.map_or(dom.nodes.len(), |r| dom.nodes[r].end);
    let all: Vec<usize> = (dom.body..dom.nodes.len())
        .filter(|i| dom.nodes[*i].name == Name::H1 && dom.ink(*i) > 0 && !dom.nodes[*i].hints.hidden())
        .take(50)
        .collect();
    let inside = shape.root.and_then(|r| all.iter().find(|i| dom.range(r).contains(i)));
    if let Some(at) = inside.or_else(|| all.iter().rev().find(|i| **i < end)).or(all.first()) {
        return Some(*at);
    }
    // Without a heading of the first rank one that the title of the page repeats.
    let said = dom.nodes.iter().position(|n| n.name == Name::Title)?;
    let said: String = dom.nodes[said + 1..dom.nodes[said].end].iter().map(|n| n.text).take(2).collect();
    let said = fold(&said);
    (dom.body..dom.nodes.len())
        .filter(|i| matches!(dom.nodes[*i].name, Name::H2 | Name::H3) && dom.ink(*i) >= 8)
        .take(60)
        .find(|i| said.contains(&dom.text(*i, 300)))
}
