//! The main text as blocks.

use url::Url;

use super::comments::Found;
use super::content::Shape;
use super::dom::{Dom, fold, push_folded};
use super::letters::{is_alphanumeric, lowers_to};
use super::names::Name;
use super::{copies, embeds, media};
use crate::model::{Block, ListItem};

/// Longer texts than this in one block are cut into further blocks.
const MAX_BLOCK: usize = 1 << 20;
const MAX_BLOCKS: usize = 50_000;

/// Blocks, and which nodes they took (one bit of truth a node).
pub(super) fn read(
    dom: &Dom<'_>,
    shape: &Shape,
    comments: &Found,
    title: Option<&str>,
    base: &Url,
) -> (Vec<Block>, Vec<bool>) {
    let mut builder = Builder {
        dom,
        shape,
        comments,
        base,
        blocks: Vec::new(),
        used: vec![false; dom.nodes.len()],
        line: String::new(),
        title: title.map(str::to_lowercase),
    };
    if let Some(root) = shape.root {
        for &lead in &shape.lead {
            builder.lead(lead);
        }
        builder.run(root);
    }
    (copies::without(builder.blocks), builder.used)
}

struct Builder<'a, 'd> {
    dom: &'a Dom<'d>,
    shape: &'a Shape,
    comments: &'a Found,
    base: &'a Url,
    blocks: Vec<Block>,
    used: Vec<bool>,
    /// Text since the last block.
    line: String,
    title: Option<String>,
}

impl Builder<'_, '_> {
    /// A paragraph before the text; what the text repeats at its beginning is told once.
    fn lead(&mut self, at: usize) {
        let text = self.take(at);
        let titled = self.title.as_deref().is_some_and(|t| lowers_to(&text, t));
        if !text.is_empty() && !titled {
            self.blocks.push(Block::Paragraph { text });
        }
    }

    fn run(&mut self, root: usize) {
        let range = self.dom.range(root);
        let mut ends: Vec<usize> = Vec::new();
        let mut at = range.start;
        while at < range.end && self.blocks.len() < MAX_BLOCKS {
            let mut ended = false;
            while ends.last().is_some_and(|end| *end <= at) {
                ends.pop();
                ended = true;
            }
            if ended {
                self.flush();
            }
            if let Some(range) = self.shape.pruned_at(at).filter(|_| at != root) {
                // A pruned part between two words of one line parts them.
                at = range.end.max(at + 1);
                continue;
            }
            let node = &self.dom.nodes[at];
            if node.name == Name::Text {
                self.text(at);
                at += 1;
                continue;
            }
            at = self.element(at, root, &mut ends);
        }
        self.flush();
    }

    /// Deals with an element; gives the next node to look at.
    fn element(&mut self, at: usize, root: usize, ends: &mut Vec<usize>) -> usize {
        let node = &self.dom.nodes[at];
        let end = node.end;
        if let Some(level) = node.name.heading() {
            self.flush();
            let text = self.take(at);
            let repeats = self.title.as_deref().is_some_and(|t| lowers_to(&text, t));
            // The title is a field of its own; its first repetition as a heading is not text.
            let first = self.blocks.iter().all(|b| matches!(b, Block::Figure { .. }));
            if !(text.is_empty() || (repeats && first)) {
                self.blocks.push(Block::Heading { level, text });
            }
            self.figures_in(at);
            return end;
        }
        match node.name {
            Name::Br => {
                self.line.truncate(self.line.trim_end().len());
                if !self.line.is_empty() {
                    self.line.push('\n');
                }
                at + 1
            }
            Name::Ul | Name::Ol if at != root && !self.holds_blocks(at) => {
                self.flush();
                self.list(at);
                end
            }
            Name::Blockquote if at != root && embeds::of(self.dom, at, self.base).is_none() => {
                self.flush();
                let text = self.take_lines(at);
                if !text.is_empty() {
                    self.blocks.push(Block::Quote { text });
                }
                self.figures_in(at);
                end
            }
            Name::Pre => {
                self.flush();
                let text: String = self.dom.range(at).map(|i| self.dom.nodes[i].text).collect();
                self.mark(at);
                let text = text.trim_matches(['\n', '\r']).trim_end();
                if !text.trim().is_empty() {
                    let text = text.chars().filter(|c| !c.is_control() || matches!(c, '\n' | '\t')).collect();
                    self.blocks.push(Block::Code { text });
                }
                end
            }
            Name::Table if at != root && self.is_data(at) => {
                self.flush();
                self.table(at);
                end
            }
            Name::Figure => {
                if let Some((_, url)) = self.first_medium(at).filter(|_| !embeds::around_text(self.dom, at, self.base))
                {
                    self.flush();
                    self.figure(at, url);
                    return end;
                }
                self.flush();
                ends.push(end);
                at + 1
            }
            Name::Img | Name::Picture | Name::Video | Name::Audio | Name::Iframe | Name::Embed => {
                if let Some((i, url)) = self.first_medium(at) {
                    let caption = self.dom.attr(i, "alt").map(fold).unwrap_or_default();
                    // Within a line the line goes first.
                    let block = Block::Figure { url, caption };
                    if self.line.trim().is_empty() {
                        self.line.clear();
                    } else {
                        self.flush();
                    }
                    self.push_figure(block);
                }
                end
            }
            name if name.is_unseen() || node.hints.hidden() => end,
            name if name.is_block() || name == Name::Cell => {
                self.flush();
                ends.push(end);
                at + 1
            }
            _ => at + 1,
        }
    }

    fn push_figure(&mut self, block: Block) {
        let known = matches!(&block, Block::Figure { url, .. } if self.blocks.iter().rev().take(8).any(|b| matches!(b, Block::Figure { url: u, .. } if u == url)));
        if !known {
            self.blocks.push(block);
        }
    }

    fn text(&mut self, at: usize) {
        self.used[at] = true;
        let text = self.dom.nodes[at].text;
        if self.line.ends_with('\n') {
            let trimmed = text.trim_start();
            push_folded(&mut self.line, trimmed, usize::MAX);
        } else {
            push_folded(&mut self.line, text, usize::MAX);
        }
        if self.line.len() > MAX_BLOCK {
            self.flush();
        }
    }

    fn flush(&mut self) {
        let text = self.line.trim();
        if !text.is_empty() && text.chars().any(is_alphanumeric) {
            // The title may stand over the text without being a heading.
            let first = self.blocks.len() < 3 && self.title.as_deref().is_some_and(|t| lowers_to(text, t));
            let text = text.to_owned();
            if !first {
                self.blocks.push(Block::Paragraph { text });
            }
        }
        self.line.clear();
    }

    fn mark(&mut self, at: usize) {
        for i in self.dom.range(at) {
            self.used[i] = true;
        }
    }

    fn skip(&self, i: usize) -> bool {
        self.shape.pruned_at(i).is_some_and(|r| r.start == i)
    }

    fn take(&mut self, at: usize) -> String {
        self.mark(at);
        self.dom.text_of(self.dom.range(at), MAX_BLOCK, |i| self.skip(i))
    }

    fn take_lines(&mut self, at: usize) -> String {
        self.mark(at);
        self.dom.lines(self.dom.range(at), MAX_BLOCK, |i| self.skip(i))
    }

    /// A list that is really a row of articles or holds whole texts is not one block.
    fn holds_blocks(&self, at: usize) -> bool {
        self.dom.range(at).skip(1).any(|i| {
            let node = &self.dom.nodes[i];
            matches!(
                node.name,
                Name::H1
                    | Name::H2
                    | Name::H3
                    | Name::H4
                    | Name::Table
                    | Name::Article
                    | Name::Figure
                    | Name::Blockquote
                    | Name::Pre
            )
        }) || {
            let range = self.dom.range(at);
            let taken = &self.comments.taken;
            taken.get(taken.partition_point(|r| r.start < range.start)).is_some_and(|r| r.start < range.end)
        }
    }

    fn list(&mut self, at: usize) {
        let ordered = self.dom.nodes[at].name == Name::Ol;
        let mut items = Vec::new();
        let end = self.dom.nodes[at].end;
        let mut lists: Vec<usize> = Vec::new();
        let mut i = at;
        while i < end {
            while lists.last().is_some_and(|e| *e <= i) {
                lists.pop();
            }
            if self.shape.pruned_at(i).is_some_and(|r| r.start == i && i != at) {
                i = self.dom.nodes[i].end;
                continue;
            }
            let node = &self.dom.nodes[i];
            match node.name {
                Name::Ul | Name::Ol => lists.push(node.end),
                Name::Li => {
                    let text = self.dom.text_of(self.dom.range(i), MAX_BLOCK, |n| {
                        self.skip(n) || (n != i && matches!(self.dom.nodes[n].name, Name::Ul | Name::Ol))
                    });
                    if !text.is_empty() {
                        let depth = u8::try_from(lists.len().saturating_sub(1)).unwrap_or(u8::MAX);
                        items.push(ListItem { depth, text });
                    }
                }
                _ => {}
            }
            i += 1;
        }
        self.mark(at);
        if !items.is_empty() {
            self.blocks.push(Block::List { ordered, items });
        } else {
            let text = self.take(at);
            if !text.is_empty() {
                self.blocks.push(Block::Paragraph { text });
            }
        }
        self.figures_in(at);
    }

    /// A table of data, not of layout: rows of small cells without blocks of text in them.
    fn is_data(&self, at: usize) -> bool {
        let (mut cells, mut rows) = (0u32, 0u32);
        for i in self.dom.range(at).skip(1) {
            let node = &self.dom.nodes[i];
            match node.name {
                Name::Table | Name::Form | Name::Article | Name::H1 | Name::H2 | Name::H3 | Name::Ul | Name::Ol => {
                    return false;
                }
                Name::Cell => {
                    cells += 1;
                    if self.dom.ink(i) > 1_000 {
                        return false;
                    }
                }
                Name::Tr => rows += 1,
                _ => {}
            }
        }
        rows >= 2 && cells >= 4
    }

    fn table(&mut self, at: usize) {
        let mut rows: Vec<Vec<String>> = Vec::new();
        let end = self.dom.nodes[at].end;
        let mut i = at;
        while i < end {
            let node = &self.dom.nodes[i];
            match node.name {
                Name::Tr => rows.push(Vec::new()),
                Name::Cell => {
                    let text = self.dom.text_of(self.dom.range(i), MAX_BLOCK, |n| self.skip(n));
                    if let Some(row) = rows.last_mut() {
                        row.push(text);
                    }
                    i = node.end;
                    continue;
                }
                _ => {}
            }
            i += 1;
        }
        self.mark(at);
        rows.retain(|row| row.iter().any(|cell| !cell.is_empty()));
        if !rows.is_empty() {
            self.blocks.push(Block::Table { rows });
        }
        self.figures_in(at);
    }

    /// The first medium in a subtree: its node and address.
    fn first_medium(&self, at: usize) -> Option<(usize, String)> {
        self.dom.range(at).find_map(|i| media::address_of(self.dom, i, self.base).map(|url| (i, url)))
    }

    fn figure(&mut self, at: usize, url: String) {
        let caption = self
            .dom
            .range(at)
            .find(|i| self.dom.nodes[*i].name == Name::Figcaption || self.dom.has_class(*i, "wp-caption-text"));
        let alt = || self.dom.range(at).find_map(|i| self.dom.attr(i, "alt")).map(fold);
        let caption = match caption {
            Some(i) => self.dom.text(i, 4_000),
            None => {
                let text = self.dom.text(at, 4_000);
                if text.is_empty() { alt().unwrap_or_default() } else { text }
            }
        };
        self.mark(at);
        self.push_figure(Block::Figure { url, caption });
    }

    /// Pictures inside a block that was taken as text.
    fn figures_in(&mut self, at: usize) {
        for i in self.dom.range(at) {
            if !matches!(self.dom.nodes[i].name, Name::Img | Name::Video | Name::Audio | Name::Iframe) {
                continue;
            }
            if self.shape.pruned_at(i).is_some() {
                continue;
            }
            if let Some(url) = media::address_of(self.dom, i, self.base) {
                let caption = self.dom.attr(i, "alt").map(fold).unwrap_or_default();
                self.push_figure(Block::Figure { url, caption });
            }
        }
    }
}
