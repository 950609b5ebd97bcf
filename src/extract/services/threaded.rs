//! Answers of services as comments: in the order in which they stand under each other, their markup read.

use std::collections::{HashMap, HashSet};

use jiff::Timestamp;
use url::Url;

use super::super::comments::blocks_of;
use super::super::dom::Dom;
use super::super::names::Name;
use super::super::{address, dates, links, tree};
use crate::model::{Block, Comment, Document, LinkPlace, MediaKind, MediaLink, Precision, When, ZoneSource};

/// Longer texts are cut.
const MAX_TEXT: usize = 200_000;
/// So many links, and so many pictures, are noted of one answer.
const MAX_NOTED: usize = 2_000;

/// When something was said.
pub(super) enum Moment {
    /// As it is written.
    Written(String),
    /// In seconds since 1970.
    Epoch(f64),
}

/// A comment as a service tells it.
#[derive(Default)]
pub(super) struct Said {
    pub id: Option<String>,
    /// The identifier of what it answers.
    pub parent: Option<String>,
    pub author: Option<String>,
    pub author_url: Option<String>,
    pub time: Option<Moment>,
    /// Markup.
    pub html: String,
    pub likes: Option<i64>,
    pub deleted: bool,
    pub permalink: Option<String>,
    /// Addresses of pictures beside the text.
    pub pictures: Vec<String>,
}

/// Makes comments of them; what their markup links to and shows is noted in the document.
pub(super) fn read(said: Vec<Said>, service: &str, base: &Url, document: &mut Document) -> Vec<Comment> {
    let order = order(&said);
    let mut places: HashMap<usize, usize> = HashMap::with_capacity(order.len());
    let mut said: Vec<Option<Said>> = said.into_iter().map(Some).collect();
    let mut out: Vec<Comment> = Vec::with_capacity(order.len());
    for (n, above) in order {
        let Some(one) = said.get_mut(n).and_then(Option::take) else { continue };
        let parent = above.and_then(|above| places.get(&above).copied());
        let mut comment = one.comment(service, base, document);
        if let Some(parent) = parent {
            comment.depth = out[parent].depth.saturating_add(1);
            comment.parent = u32::try_from(parent).ok();
            comment.reply_to = None;
        }
        places.insert(n, out.len());
        out.push(comment);
    }
    let mut seen: HashSet<&str> = HashSet::new();
    for block in out.iter().flat_map(|comment| &comment.blocks) {
        if let Block::Figure { url, caption } = block
            && seen.len() < MAX_NOTED
            && seen.insert(url)
        {
            document.media.push(MediaLink {
                url: url.clone(),
                kind: MediaKind::Image,
                alt: caption.clone(),
                renditions: Vec::new(),
                source: "comment".to_owned(),
                content: true,
            });
        }
    }
    out
}

/// Each comment before its answers, with what it answers if that is here.
fn order(said: &[Said]) -> Vec<(usize, Option<usize>)> {
    let mut known: HashMap<&str, usize> = HashMap::with_capacity(said.len());
    for (n, one) in said.iter().enumerate() {
        if let Some(id) = one.id.as_deref() {
            known.entry(id).or_insert(n);
        }
    }
    let mut answers: Vec<Vec<usize>> = vec![Vec::new(); said.len()];
    let mut stack: Vec<(usize, Option<usize>)> = Vec::new();
    for (n, one) in said.iter().enumerate() {
        match one.parent.as_deref().and_then(|id| known.get(id)).filter(|above| **above != n) {
            Some(above) => answers[*above].push(n),
            None => stack.push((n, None)),
        }
    }
    stack.reverse();
    let mut out = Vec::with_capacity(said.len());
    while let Some((n, above)) = stack.pop() {
        out.push((n, above));
        stack.extend(answers[n].drain(..).rev().map(|answer| (answer, Some(n))));
    }
    // Those that answer each other in a ring answer nothing.
    out.extend(answers.into_iter().flatten().map(|answer| (answer, None)));
    out
}

impl Said {
    fn comment(self, service: &str, base: &Url, document: &mut Document) -> Comment {
        let mut comment = Comment {
            id: self.id,
            author: self.author,
            author_url: self.author_url.and_then(|url| address::absolute(&url, base)),
            time: self.time.and_then(|time| time.when(service)),
            reply_to: self.parent,
            permalink: self.permalink,
            likes: self.likes,
            deleted: self.deleted,
            ..Comment::default()
        };
        fill(&mut comment, &self.html, base, document);
        let further = self.pictures.into_iter().filter_map(|url| address::absolute(&url, base));
        let further: Vec<Block> = further.take(20).map(|url| Block::Figure { url, caption: String::new() }).collect();
        if !further.is_empty() {
            comment.blocks = comment.as_blocks().into_owned();
            comment.blocks.extend(further);
        }
        comment
    }
}

impl Moment {
    fn when(self, service: &str) -> Option<When> {
        match self {
            Self::Written(raw) => dates::when(&raw, service, false),
            Self::Epoch(seconds) => {
                let at = Timestamp::from_millisecond((seconds * 1_000.0).round() as i64).ok()?;
                let source = service.to_owned();
                let (precision, zone) = (Precision::Second, ZoneSource::Stated);
                Some(When { raw: seconds.to_string(), at: Some(at), precision, zone, source })
            }
        }
    }
}

/// Reads the markup of one comment.
fn fill(comment: &mut Comment, html: &str, base: &Url, document: &mut Document) {
    let html = html.get(..html.floor_char_boundary(MAX_TEXT)).unwrap_or("").trim();
    if html.is_empty() {
        return;
    }
    if !html.contains(['<', '&']) {
        comment.text =
            html.lines().map(super::super::dom::fold).filter(|l| !l.is_empty()).collect::<Vec<_>>().join("\n");
        return;
    }
    // What is odd about the markup of a comment is not odd about the answer.
    let html = tree::build(&format!("<div>{html}</div>"), true, &mut Vec::new());
    let dom = Dom::new(&html);
    comment.text = dom.lines(dom.range(dom.body), MAX_TEXT, |_| false);
    comment.blocks = blocks_of(&dom, dom.range(dom.body), &comment.text, base);
    for at in dom.body..dom.nodes.len() {
        if dom.nodes[at].name == Name::A && document.links.len() < MAX_NOTED {
            document.links.extend(links::one(&dom, at, base, LinkPlace::Comment));
        }
    }
}
