//! A linear pass over the markup before the tree is built. html5ever is quadratic in nesting depth, in
//! attributes of a tag and in open formatting elements; here the excess is taken out of the markup, so
//! that what comes after it is still read. Pages within the bounds pass as they are.
//!
//! The pass keeps a stack of open elements by simplified rules of the HTML standard's tree construction.
//! Where it errs, `tree` has a second bound.

use std::borrow::Cow;

use super::tags::{self, Class, Tag};

/// Nesting beyond this is flattened, as browsers do.
const MAX_DEPTH: usize = 512;
/// Attributes of one tag beyond this are dropped.
const MAX_ATTRIBUTES: usize = 256;
/// Formatting elements open at once beyond this are dropped.
const MAX_FORMATTING: usize = 64;
/// `html` and `body` tags beyond this are dropped: each adds its attributes to one element.
const MAX_ROOTS: usize = 64;

/// Markup that can be parsed in bounded time, and which bounds bit.
pub(super) struct Guarded<'a> {
    pub html: Cow<'a, str>,
    pub depth: bool,
    pub attributes: bool,
    pub formatting: bool,
}

/// Makes markup safe to parse.
pub(super) fn guard(html: &str) -> Guarded<'_> {
    let mut pass = Pass {
        html,
        bytes: html.as_bytes(),
        out: None,
        copied: 0,
        stack: Vec::with_capacity(64),
        dropped: Vec::new(),
        formatting: Vec::new(),
        foreign: Vec::new(),
        roots: 0,
        depth_bit: false,
        attributes_bit: false,
        formatting_bit: false,
    };
    pass.run();
    let html = match pass.out {
        None => Cow::Borrowed(html),
        Some(mut out) => {
            out.push_str(&html[pass.copied..]);
            Cow::Owned(out)
        }
    };
    Guarded { html, depth: pass.depth_bit, attributes: pass.attributes_bit, formatting: pass.formatting_bit }
}

struct Pass<'a> {
    html: &'a str,
    bytes: &'a [u8],
    out: Option<String>,
    copied: usize,
    stack: Vec<Tag>,
    /// Tags whose start was dropped for depth, so that their ends are dropped as well.
    dropped: Vec<Tag>,
    /// The list of active formatting elements: tag and a hash of the whole tag; `None` is a marker.
    formatting: Vec<Option<(Tag, u64)>>,
    /// Where svg/math (true) or an HTML part inside them (false) begin: length of the stack there.
    foreign: Vec<(usize, bool)>,
    roots: usize,
    depth_bit: bool,
    attributes_bit: bool,
    formatting_bit: bool,
}

impl Pass<'_> {
    fn run(&mut self) {
        let mut i = 0;
        while let Some(at) = self.html.get(i..).and_then(|rest| rest.find('<')).map(|n| i + n) {
            i = match self.bytes.get(at + 1) {
                Some(b'!') if self.bytes[at..].starts_with(b"<!--") => tags::comment_end(self.html, at),
                Some(b'!') if self.in_foreign() && self.bytes[at..].starts_with(b"<![CDATA[") => {
                    self.html[at..].find("]]>").map_or(self.bytes.len(), |n| at + n + 3)
                }
                Some(b'!' | b'?') => self.html[at..].find('>').map_or(self.bytes.len(), |n| at + n + 1),
                Some(b'/') if self.bytes.get(at + 2).is_some_and(u8::is_ascii_alphabetic) => self.end_tag(at),
                Some(b) if b.is_ascii_alphabetic() => self.start_tag(at),
                _ => at + 1,
            };
        }
    }

    fn in_foreign(&self) -> bool {
        self.foreign.last().is_some_and(|(_, foreign)| *foreign)
    }

    fn drop_range(&mut self, from: usize, to: usize) {
        let out = self.out.get_or_insert_with(String::new);
        out.push_str(&self.html[self.copied..from]);
        self.copied = to;
    }

    fn start_tag(&mut self, at: usize) -> usize {
        let Some(scan) = tags::scan(self.bytes, at + 1, MAX_ATTRIBUTES) else {
            return self.bytes.len();
        };
        let next = self.open(&scan, at);
        self.drop_excess(&scan);
        next
    }

    /// Takes the attributes beyond the limit out of a tag that was not dropped as a whole.
    fn drop_excess(&mut self, scan: &tags::Scan) {
        if let Some(from) = scan.too_many.filter(|from| *from >= self.copied) {
            self.attributes_bit = true;
            self.drop_range(from, scan.end - if scan.self_closing { 2 } else { 1 });
        }
    }

    /// Deals with a start tag; gives the place to go on from.
    fn open(&mut self, scan: &tags::Scan, at: usize) -> usize {
        let (tag, end) = (scan.tag, scan.end);
        if self.in_foreign() && !tag.breaks_out() {
            if !scan.self_closing {
                self.push(tag, at, end);
            }
            return end;
        }
        if self.in_foreign() {
            self.leave_foreign();
        }
        match tag.class() {
            Class::Void => return end,
            Class::Root => {
                self.roots += 1;
                if self.roots > MAX_ROOTS {
                    self.attributes_bit = true;
                    self.drop_range(at, end);
                }
                return end;
            }
            Class::Raw => return self.raw_text(tag, end),
            Class::Formatting => {
                if tag == Tag::A {
                    self.end_formatting(Tag::A);
                }
                return self.start_formatting(tag, at, end);
            }
            Class::Foreign if scan.self_closing => return end,
            _ => {}
        }
        self.implied_ends(tag);
        self.push(tag, at, end);
        end
    }

    fn start_formatting(&mut self, tag: Tag, at: usize, end: usize) -> usize {
        let hash = tags::hash(&self.bytes[at..end]);
        let since = self.formatting.iter().rposition(Option::is_none).map_or(0, |n| n + 1);
        let active = &self.formatting[since..];
        // No more than three alike are kept by the standard ("Noah's Ark").
        if active.iter().flatten().filter(|(t, h)| (*t, *h) == (tag, hash)).count() >= 3 {
            if let Some(first) = self.formatting[since..].iter().position(|f| *f == Some((tag, hash))) {
                self.formatting.remove(since + first);
            }
        } else if self.formatting.len() >= MAX_FORMATTING {
            self.formatting_bit = true;
            self.drop_range(at, end);
            return end;
        }
        if self.push(tag, at, end) {
            self.formatting.push(Some((tag, hash)));
        }
        end
    }

    fn end_formatting(&mut self, tag: Tag) {
        let since = self.formatting.iter().rposition(Option::is_none).map_or(0, |n| n + 1);
        if let Some(n) = self.formatting[since..].iter().rposition(|f| f.is_some_and(|(t, _)| t == tag)) {
            self.formatting.remove(since + n);
            if let Some(n) = self.stack.iter().rposition(|t| *t == tag) {
                // Blocks opened inside stay open (the adoption agency moves them); inline elements close.
                if self.stack[n..].iter().any(|t| t.is_special()) {
                    self.stack.remove(n);
                } else {
                    self.pop_to(n);
                }
            }
        }
    }

    /// Puts an element on the stack; false if it was dropped because the stack is full.
    fn push(&mut self, tag: Tag, at: usize, end: usize) -> bool {
        if self.stack.len() >= MAX_DEPTH {
            self.depth_bit = true;
            self.dropped.push(tag);
            self.drop_range(at, end);
            return false;
        }
        if tag.class() == Class::Foreign {
            self.foreign.push((self.stack.len(), true));
        } else if self.in_foreign() && tag.is_integration_point() {
            self.foreign.push((self.stack.len(), false));
        }
        self.stack.push(tag);
        if tag.sets_marker() {
            self.formatting.push(None);
        }
        true
    }

    /// Closes the stack down to `len` elements.
    fn pop_to(&mut self, len: usize) {
        while self.stack.len() > len {
            if self.stack.pop().is_some_and(Tag::sets_marker) {
                let mark = self.formatting.iter().rposition(Option::is_none).unwrap_or(0);
                self.formatting.truncate(mark);
            }
        }
        while self.foreign.last().is_some_and(|(at, _)| *at >= len) {
            self.foreign.pop();
        }
    }

    fn leave_foreign(&mut self) {
        while let Some((at, true)) = self.foreign.last().copied() {
            self.pop_to(at);
        }
    }

    fn raw_text(&mut self, tag: Tag, from: usize) -> usize {
        if tag == Tag::Plaintext {
            return self.bytes.len();
        }
        tags::raw_end(self.bytes, from, tag)
    }

    /// Ends that the standard implies at the start of `tag`.
    fn implied_ends(&mut self, tag: Tag) {
        if tag.closes_p() {
            self.close_within(|t| t == Tag::P, |t| t.bounds_scope() || t == Tag::Button);
        }
        match tag {
            Tag::Li => self.close_within(|t| t == Tag::Li, |t| t.is_special() && !t.is_transparent_to_items()),
            Tag::Dt | Tag::Dd => self
                .close_within(|t| matches!(t, Tag::Dt | Tag::Dd), |t| t.is_special() && !t.is_transparent_to_items()),
            Tag::Td | Tag::Th => self.close_within(|t| matches!(t, Tag::Td | Tag::Th), |t| t == Tag::Table),
            Tag::Tr => self.close_within(|t| t == Tag::Tr, |t| t == Tag::Table),
            Tag::Tbody => self.close_within(|t| t == Tag::Tbody, |t| t == Tag::Table),
            Tag::Option if self.stack.last() == Some(&Tag::Option) => self.pop_to(self.stack.len() - 1),
            Tag::Button => self.close_within(|t| t == Tag::Button, Tag::bounds_scope),
            Tag::Heading if self.stack.last() == Some(&Tag::Heading) => self.pop_to(self.stack.len() - 1),
            _ => {}
        }
    }

    fn close_within(&mut self, wanted: impl Fn(Tag) -> bool, bound: impl Fn(Tag) -> bool) {
        for n in (0..self.stack.len()).rev() {
            if wanted(self.stack[n]) {
                self.pop_to(n);
                return;
            }
            if bound(self.stack[n]) {
                return;
            }
        }
    }

    fn end_tag(&mut self, at: usize) -> usize {
        let Some(scan) = tags::scan(self.bytes, at + 2, MAX_ATTRIBUTES) else {
            return self.bytes.len();
        };
        let (tag, end) = (scan.tag, scan.end);
        if let Some(n) = self.dropped.iter().rev().take(16).position(|t| *t == tag) {
            self.dropped.truncate(self.dropped.len() - 1 - n);
            self.drop_range(at, end);
            return end;
        }
        self.drop_excess(&scan);
        match tag.class() {
            Class::Void | Class::Root | Class::Raw => return end,
            Class::Formatting if !self.in_foreign() => {
                self.end_formatting(tag);
                return end;
            }
            _ => {}
        }
        let special = tag.is_special();
        for n in (0..self.stack.len()).rev() {
            let open = self.stack[n];
            if open == tag {
                self.dropped.clear();
                self.pop_to(n);
                break;
            }
            let stops = if special { open.bounds_scope() && !tag.bounds_scope() } else { open.is_special() };
            if stops && !self.in_foreign() {
                break;
            }
        }
        end
    }
}
