//! What stands in the middle of a text without being of it: labels, captions, teasers of other texts,
//! invitations to subscribe.

use std::ops::Range;

use super::content::Shape;
use super::dom::Dom;
use super::letters::{is_alphanumeric, lower};
use super::names::Name;
use super::words::{Words, after_word, words};

/// Pages with less text of their own are left as they are: there the teasers may be the text.
const ENOUGH: u32 = 500;
/// No more elements of a page are looked at.
const MAX_NODES: usize = 200_000;
/// A label or a teaser has no more nodes than this.
const MAX_SMALL: usize = 400;

/// Whole lines that are labels, in lower case without signs around them.
const LABELS: Words = words!(
    "advertisement|advert|ad|ads|anzeige|werbung|publicidad|publicidade|publicité|реклама|reclame|advertising|\
    sponsored|sponsored content|share|share this|share this article|share this story|share this post|\
    share on facebook|share on twitter|teilen|partager|compartir|compartilhar|condividi|поделиться|tweet|print|\
    drucken|imprimer|email|e-mail|close|schließen|fermer|cerrar|caption|back to top|nach oben|scroll back to top|\
    back to gallery|comments|comment|kommentare|commentaires|comentarios|leave a comment|kommentar verfassen|\
    post a comment|video|photo|photos|image|play video|watch|listen|follow us|follow|get short url|copy link|\
    link copied|zurück|back|voltar|weiterlesen|mehr|more|next|previous|read next|up next|skip|loading..."
);
/// Beginnings of lines that lead to other texts, ask for something, or credit a picture.
const LEADS: Words = words!(
    "read more|more:|weiterlesen|mehr:|read also|also read|read next|read:|see also|see more|related:|mehr:|\
    related story|related stories|related articles|related article|related news|related posts|related content|\
    related coverage|recommended|you may also like|you might also like|more from|more on this|more stories|\
    don't miss|don’t miss|must read|latest stories|our latest stories|latest news|trending|most read|most popular|\
    popular now|explore further|up next|watch:|watch now|also on|next story|previous story|like this story|\
    get the latest|sign up for|sign up to|subscribe to|subscribe now|click here to|click here for|follow us on|\
    join our|download the app|support our|tell us what|recommended for you|lesen sie auch|lesen sie hier|\
    auch interessant|auch lesen|lies auch|mehr zum thema|mehr themen|mehr dazu|weitere artikel|das könnte sie auch|\
    das könnte dich auch|passend dazu|schon gelesen|lire aussi|à lire aussi|a lire aussi|vous aimerez aussi|\
    sur le même sujet|lea también|lee también|leia também|leia mais|veja também|ver también|le puede interesar|\
    te puede interesar|você pode gostar|leggi anche|potrebbe interessarti|читайте также|читать также|lees ook|\
    czytaj także|läs också|share this on|share on|tweet this|teilen auf|auf facebook teilen|partager sur|\
    compartir en|compartilhe|condividi su|tags|tagged|filed under|schlagwörter|schlagworte|étiquettes|etiquetas|\
    теги|метки|etiketler|related topics|similar posts|similar articles|further reading|keep reading|\
    ähnliche beiträge|ähnliche artikel|verwandte artikel|weitere beiträge|weitere themen|neueste beiträge|\
    das könnte dir auch gefallen|articles similaires|articles liés|sur le même thème|à découvrir aussi|\
    también te puede interesar|artículos relacionados|noticias relacionadas|más noticias|lee además|\
    artigos relacionados|notícias relacionadas|posts relacionados|mais lidas|articoli correlati|articoli simili|\
    ti potrebbe interessare|самые популярные|популярное|похожие|смотрите также|по теме|материалы по теме|\
    вас может заинтересовать|читайте також|схожі|zobacz także|zobacz też|powiązane|polecane|gerelateerde|meer over|\
    ilgili haberler|benzer|bunlar da ilginizi çekebilir|oxşar|həmçinin oxuyun|կարդացեք նաև|կարդալ նաև|նաև կարդացեք|\
    διαβάστε επίσης|διαβάστε ακόμη|σχετικά άρθρα|اقرأ أيضا|اقرأ أيضاً|مواضيع ذات صلة|مقالات ذات صلة|بیشتر بخوانید|\
    مطالب مرتبط|اخبار مرتبط"
);

/// Beginnings of headings over words about the author.
const ABOUT: Words = words!(
    "about the author|about the authors|about the writer|über den autor|über die autorin|über die autoren|zum autor|\
    zur autorin|zur person|à propos de l'auteur|sobre el autor|sobre o autor|об авторе|informazioni sull'autore"
);

/// Parts of the text at `root` that are not of it.
pub(super) fn find(dom: &Dom<'_>, root: usize, shape: &Shape, host: &str) -> Vec<Range<usize>> {
    let range = dom.range(root);
    let own = paragraphs(dom, range.clone(), shape);
    let mut out: Vec<Range<usize>> = Vec::new();
    let mut rows: Vec<Range<usize>> = Vec::new();
    if own < ENOUGH {
        return out;
    }
    let mut at = range.start + 1;
    let stop = range.end.min(at + MAX_NODES);
    while at < stop {
        if let Some(pruned) = shape.pruned_at(at) {
            at = pruned.end.max(at + 1);
            continue;
        }
        let node = &dom.nodes[at];
        if node.element.is_none() || matches!(node.name, Name::Figure | Name::Pre) {
            at = if node.element.is_none() { at + 1 } else { node.end };
            continue;
        }
        let ink = dom.ink(at);
        // Labels, leads and single teasers are small; larger parts are asked only whether they are rows of these.
        let small = node.end - at <= MAX_SMALL;
        let cut = if ink == 0 {
            None
        } else if !small {
            if let Some(end) = teasers(dom, at, own) {
                rows.push(at..end);
                at = end;
                continue;
            }
            None
        } else if leads_by_class(dom, at, ink) {
            Some(node.end)
        } else if is_about(dom, at, ink) {
            Some(behind_heading(dom, at))
        } else if own >= 2 * ENOUGH && is_link_alone(dom, at, ink) {
            Some(node.end)
        } else if leads_away(dom, at, ink) {
            Some(behind_lead(dom, at, range.end))
        } else if is_caption(dom, at, ink) || is_label(dom, at, ink) {
            Some(node.end)
        } else {
            let one = || (own >= 2 * ENOUGH && is_teaser(dom, at, ink, host)).then_some(node.end);
            let end = teasers(dom, at, own).or_else(one);
            if let Some(end) = end {
                rows.push(at..end);
                at = end;
                continue;
            }
            None
        };
        match cut {
            Some(end) => {
                out.push(at..end);
                at = end;
            }
            None => at += 1,
        }
    }
    // Where teasers are much of the page, they are what the page is about.
    let (ink, prose) = rows
        .iter()
        .fold((0, 0), |(ink, prose), r| (ink + dom.ink_of(r.start, r.end), prose + dom.prose_of(r.start, r.end)));
    if u64::from(ink) * 10 < u64::from(own.saturating_sub(prose)) * 4 {
        out.extend(rows);
    }
    out
}

/// Text in paragraphs that are sentences.
fn paragraphs(dom: &Dom<'_>, range: Range<usize>, shape: &Shape) -> u32 {
    let mut sum = 0;
    let mut at = range.start;
    while at < range.end {
        if let Some(pruned) = shape.pruned_at(at) {
            at = pruned.end.max(at + 1);
            continue;
        }
        if dom.nodes[at].name == Name::Text {
            sum += dom.prose_of(at, at + 1);
        }
        at += 1;
    }
    sum
}

/// The words under a picture, or who made it, outside of a figure.
pub(super) fn is_caption(dom: &Dom<'_>, at: usize, ink: u32) -> bool {
    if ink > 500 || dom.nodes[at].name.heading().is_some() {
        return false;
    }
    let said = dom.attr(at, "class").is_some_and(|class| {
        class.split(|c: char| !c.is_ascii_alphanumeric()).any(|word| {
            let word = word.to_ascii_lowercase();
            matches!(
                word.as_str(),
                "caption" | "captions" | "credit" | "credits" | "photocredit" | "imagecaption" | "photographer"
            ) || word.ends_with("caption") && word.len() < 20
        })
    });
    let more = |i: usize| {
        let name = dom.nodes[i].name;
        name.heading().is_some() || matches!(name, Name::Img | Name::Video | Name::Iframe | Name::Table | Name::Ul)
    };
    said && !dom.range(at).any(more) && !dom.attr(at, "class").is_some_and(|c| c.contains("product"))
}

/// A block that is nothing but a label.
fn is_label(dom: &Dom<'_>, at: usize, ink: u32) -> bool {
    let node = &dom.nodes[at];
    if ink > 40 || !(node.name.is_block() || matches!(node.name, Name::Span | Name::A)) {
        return false;
    }
    // Within a line a label is a word.
    if !node.name.is_block() && dom.ink(node.parent) > ink {
        return false;
    }
    let text = lower(&dom.text(at, 60));
    let bare = text.trim_matches(|c: char| !is_alphanumeric(c));
    LABELS.has(bare)
}

/// A heading over words about the author.
fn is_about(dom: &Dom<'_>, at: usize, ink: u32) -> bool {
    let node = &dom.nodes[at];
    let line = node.name.heading().is_some() || matches!(node.name, Name::P | Name::Div | Name::B);
    line && ink < 60 && {
        let text = dom.text(at, 100);
        ABOUT.after(&text).is_some()
    }
}

/// What stands under a heading: up to the next in the same box.
fn behind_heading(dom: &Dom<'_>, at: usize) -> usize {
    let parent = dom.nodes[at].parent;
    let mut end = dom.nodes[at].end;
    let mut sum = 0;
    while end < dom.nodes[parent].end {
        let node = &dom.nodes[end];
        sum += dom.ink(end);
        if node.name.heading().is_some() || sum > 2_000 {
            break;
        }
        end = node.end;
    }
    end
}

/// A paragraph that is nothing but a link to another page, between paragraphs.
fn is_link_alone(dom: &Dom<'_>, at: usize, ink: u32) -> bool {
    if dom.nodes[at].name != Name::P || !(24..300).contains(&ink) || dom.link_ink(at) * 100 < ink * 88 {
        return false;
    }
    let links = dom.range(at).filter(|i| dom.nodes[*i].name == Name::A);
    if links.clone().count() != 1 || !links.clone().all(|i| leaves(dom, i)) {
        return false;
    }
    let parent = dom.nodes[at].parent;
    let beside =
        dom.children(parent).filter(|c| dom.nodes[*c].name == Name::P && dom.prose_of(*c, dom.nodes[*c].end) > 60);
    beside.take(2).count() == 2
}

/// A link to another text that is called so: `read-more`, `readmore`.
fn leads_by_class(dom: &Dom<'_>, at: usize, ink: u32) -> bool {
    let node = &dom.nodes[at];
    let named = |class: &str| {
        let begins = |token: &str| token.starts_with("read-more") || token.starts_with("readmore");
        class.split_ascii_whitespace().take(12).any(begins)
    };
    (node.name == Name::A || node.name.is_block())
        && ink < 400
        && dom.attr(at, "class").is_some_and(named)
        && dom.link_ink(at) * 10 >= ink * 8
}

/// A line that leads to other texts: its words say so, and what follows them is a link, or nothing.
fn leads_away(dom: &Dom<'_>, at: usize, ink: u32) -> bool {
    let node = &dom.nodes[at];
    let line = node.name.is_block() && !matches!(node.name, Name::Ul | Name::Ol | Name::Table);
    if !line || ink > 260 {
        return false;
    }
    let text = dom.text(at, 300);
    let text = text.trim_start_matches(|c: char| !is_alphanumeric(c));
    let Some(rest) = LEADS.near(text).find_map(|lead| after_lead(text, lead)) else {
        return false;
    };
    let rest = rest.chars().filter(|c| is_alphanumeric(*c)).count();
    let links = dom.link_ink(at);
    rest < 14 || links * 10 >= ink * 4 || node.name.heading().is_some() && rest < 40
}

fn after_lead<'t>(text: &'t str, lead: &str) -> Option<&'t str> {
    match lead.strip_suffix(':') {
        Some(word) => after_word(text, word).and_then(|rest| rest.trim_start().strip_prefix(':')),
        None => after_word(text, lead),
    }
}

/// The end of what a lead leads to: siblings up to the next heading or the next paragraph.
fn behind_lead(dom: &Dom<'_>, at: usize, root_end: usize) -> usize {
    let heading = dom.nodes[at].name.heading();
    let mut end = dom.nodes[at].end;
    // A heading alone in its box speaks of what follows the box.
    let mut next = end;
    let mut cut = end;
    for _ in 0..40 {
        if next >= root_end {
            break;
        }
        let node = &dom.nodes[next];
        if node.parent != dom.nodes[at].parent {
            break;
        }
        if node.element.is_some() {
            let ink = dom.ink(next);
            let links = dom.link_ink(next);
            let other = node.name.heading().is_some_and(|h| heading.is_none_or(|own| h <= own));
            let prose = dom.prose_of(next, node.end);
            if ink > 0 {
                if other || (links * 10 < ink * 4 && (prose > 40 || heading.is_none())) {
                    break;
                }
                end = node.end;
                cut = end;
            }
        } else if dom.ink(next) > 30 {
            break;
        }
        next = node.end;
    }
    cut
}

/// A box with the linked title of another text of the site and few words beside it.
fn is_teaser(dom: &Dom<'_>, at: usize, ink: u32, host: &str) -> bool {
    let node = &dom.nodes[at];
    if !matches!(node.name, Name::Div | Name::Section | Name::Article | Name::Other | Name::Block)
        || !(30..450).contains(&ink)
    {
        return false;
    }
    let mut title = 0;
    for i in dom.range(at) {
        let inner = &dom.nodes[i];
        if inner.name != Name::A || dom.ink(i) < 20 {
            continue;
        }
        let href = dom.attr(i, "href").unwrap_or("");
        let own = href.starts_with('/') && !href.starts_with("//") || href.split('/').nth(2) == Some(host);
        let headed = dom.ancestors(i).take_while(|a| *a >= at).any(|a| dom.nodes[a].name.heading().is_some())
            || dom.range(i).any(|n| dom.nodes[n].name.heading().is_some());
        if own && headed {
            title = title.max(dom.ink(i));
        }
    }
    title > 0 && ink - title.min(ink) < 260 && !dom.range(at).any(|i| dom.nodes[i].name == Name::H1)
}

/// A list or box of teasers: its parts are alike, each with a link to another page, and they are little
/// beside the text.
fn teasers(dom: &Dom<'_>, at: usize, own: u32) -> Option<usize> {
    let node = &dom.nodes[at];
    if !matches!(node.name, Name::Div | Name::Ul | Name::Section | Name::Ol) {
        return None;
    }
    let ink = dom.ink(at);
    if ink < 60 || ink * 2 > own || dom.link_ink(at) * 100 < ink * 30 {
        return None;
    }
    let items: Vec<usize> =
        dom.children(at).filter(|c| dom.nodes[*c].element.is_some() && dom.ink(*c) > 0).take(60).collect();
    if items.len() < 3 {
        return None;
    }
    let kind = super::comments::shape_of(dom, items[items.len() / 2]);
    let alike = items.iter().filter(|i| super::comments::shape_of(dom, **i) == kind).count();
    let linked = items
        .iter()
        .filter(|i| {
            let all = dom.ink(**i);
            let longest = dom
                .range(**i)
                .take(MAX_SMALL)
                .filter(|n| dom.nodes[*n].name == Name::A && leaves(dom, *n))
                .map(|n| dom.ink(n))
                .max();
            longest.is_some_and(|l| l >= 12 && l * 100 >= all * 30 && all < 500)
        })
        .count();
    (alike * 10 >= items.len() * 7 && linked * 10 >= items.len() * 8).then_some(node.end)
}

/// A link to another page.
fn leaves(dom: &Dom<'_>, at: usize) -> bool {
    dom.attr(at, "href")
        .is_some_and(|href| !href.starts_with('#') && !href.starts_with("javascript") && !href.starts_with("mailto"))
}
