//! Tags as octets: names, attributes, where they end. What `guard` and the noscript reading stand on.

/// What a tag does to the stack of open elements.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Class {
    Void,
    Root,
    /// Its content is text up to its own end tag.
    Raw,
    Formatting,
    /// `svg`, `math`.
    Foreign,
    Other,
}

/// The names that need a rule; all others are told apart by a hash.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Tag {
    A,
    P,
    Li,
    Dt,
    Dd,
    Td,
    Th,
    Tr,
    /// tbody, thead, tfoot.
    Tbody,
    Table,
    Option,
    Button,
    Heading,
    Plaintext,
    /// svg, math.
    Foreign(u32),
    /// caption, applet, object, marquee, template.
    Marked(u32),
    Void,
    Root,
    Raw(u32),
    Formatting(u32),
    /// A block that closes an open p.
    Block(u32),
    /// Special, but does not close a p.
    Special(u32),
    /// foreignObject, desc, annotation-xml, mi, mo, mn, ms, mtext.
    Integration(u32),
    Other(u32),
}

impl Tag {
    fn of(name: &[u8]) -> Self {
        let mut lower = [0u8; 16];
        let hash = hash_name(name);
        let Some(space) = lower.get_mut(..name.len()) else {
            return Self::Other(hash);
        };
        space.copy_from_slice(name);
        space.make_ascii_lowercase();
        match &*space {
            b"a" => Self::A,
            b"p" => Self::P,
            b"li" => Self::Li,
            b"dt" => Self::Dt,
            b"dd" => Self::Dd,
            b"td" => Self::Td,
            b"th" => Self::Th,
            b"tr" => Self::Tr,
            b"tbody" | b"thead" | b"tfoot" => Self::Tbody,
            b"table" => Self::Table,
            b"option" => Self::Option,
            b"button" => Self::Button,
            b"h1" | b"h2" | b"h3" | b"h4" | b"h5" | b"h6" => Self::Heading,
            b"plaintext" => Self::Plaintext,
            b"svg" | b"math" => Self::Foreign(hash),
            b"caption" | b"applet" | b"object" | b"marquee" | b"template" => Self::Marked(hash),
            b"area" | b"base" | b"basefont" | b"bgsound" | b"br" | b"col" | b"embed" | b"frame" | b"hr" | b"image"
            | b"img" | b"input" | b"keygen" | b"link" | b"meta" | b"param" | b"source" | b"track" | b"wbr" => {
                Self::Void
            }
            b"html" | b"body" | b"head" | b"frameset" => Self::Root,
            b"script" | b"style" | b"textarea" | b"title" | b"xmp" | b"iframe" | b"noembed" | b"noframes"
            | b"noscript" => Self::Raw(hash),
            b"b" | b"big" | b"code" | b"em" | b"font" | b"i" | b"nobr" | b"s" | b"small" | b"strike" | b"strong"
            | b"tt" | b"u" => Self::Formatting(hash),
            b"address" | b"article" | b"aside" | b"blockquote" | b"center" | b"details" | b"dialog" | b"dir"
            | b"div" | b"dl" | b"fieldset" | b"figcaption" | b"figure" | b"footer" | b"form" | b"header"
            | b"hgroup" | b"listing" | b"main" | b"menu" | b"nav" | b"ol" | b"pre" | b"search" | b"section"
            | b"summary" | b"ul" => Self::Block(hash),
            b"select" | b"colgroup" => Self::Special(hash),
            b"foreignobject" | b"desc" | b"annotation-xml" | b"mi" | b"mo" | b"mn" | b"ms" | b"mtext" => {
                Self::Integration(hash)
            }
            _ => Self::Other(hash),
        }
    }

    pub(super) fn class(self) -> Class {
        match self {
            Self::Void => Class::Void,
            Self::Root => Class::Root,
            Self::Raw(_) | Self::Plaintext => Class::Raw,
            Self::A | Self::Formatting(_) => Class::Formatting,
            Self::Foreign(_) => Class::Foreign,
            _ => Class::Other,
        }
    }

    pub(super) fn is_special(self) -> bool {
        !matches!(self, Self::A | Self::Formatting(_) | Self::Option | Self::Other(_) | Self::Foreign(_))
    }

    /// Bounds what an end tag or an implied end can reach ("has an element in scope").
    pub(super) fn bounds_scope(self) -> bool {
        matches!(self, Self::Table | Self::Td | Self::Th | Self::Marked(_) | Self::Integration(_))
    }

    pub(super) fn sets_marker(self) -> bool {
        matches!(self, Self::Td | Self::Th | Self::Marked(_))
    }

    pub(super) fn closes_p(self) -> bool {
        matches!(self, Self::Block(_) | Self::P | Self::Li | Self::Dt | Self::Dd | Self::Heading | Self::Table)
    }

    /// `li`, `dt` and `dd` look through these for the item that they close.
    pub(super) fn is_transparent_to_items(self) -> bool {
        self == Self::P || matches!(self, Self::Block(h) if h == DIV || h == ADDRESS)
    }

    /// HTML tags that end an svg or math element they stand in.
    pub(super) fn breaks_out(self) -> bool {
        matches!(
            self,
            Self::Block(_)
                | Self::P
                | Self::Li
                | Self::Dt
                | Self::Dd
                | Self::Heading
                | Self::Table
                | Self::Formatting(_)
                | Self::Root
                | Self::Void
        )
    }

    pub(super) fn is_integration_point(self) -> bool {
        matches!(self, Self::Integration(_)) || self == Self::Raw(TITLE)
    }
}

const DIV: u32 = hash_name(b"div");
const ADDRESS: u32 = hash_name(b"address");
const TITLE: u32 = hash_name(b"title");

const fn hash_name(name: &[u8]) -> u32 {
    let mut hash = 0x811c_9dc5u32;
    let mut i = 0;
    while i < name.len() {
        hash = (hash ^ name[i].to_ascii_lowercase() as u32).wrapping_mul(0x0100_0193);
        i += 1;
    }
    hash
}

/// FNV-1a over octets.
pub(super) fn hash(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |h, b| (h ^ u64::from(*b)).wrapping_mul(0x0000_0100_0000_01b3))
}

/// One tag, read from its name on.
pub(super) struct Scan {
    pub tag: Tag,
    /// After its `>`.
    pub end: usize,
    pub self_closing: bool,
    /// Where the first attribute beyond the limit begins.
    pub too_many: Option<usize>,
}

/// Reads a tag whose name begins at `at`; `None` if the text ends inside it.
pub(super) fn scan(bytes: &[u8], at: usize, max_attributes: usize) -> Option<Scan> {
    let mut i = at;
    while bytes.get(i).is_some_and(|b| !b.is_ascii_whitespace() && !matches!(b, b'/' | b'>')) {
        i += 1;
    }
    let tag = Tag::of(bytes.get(at..i)?);
    let (mut count, mut too_many) = (0, None);
    loop {
        match next_attribute(bytes, i)? {
            Attribute::End { end, self_closing } => return Some(Scan { tag, end, self_closing, too_many }),
            Attribute::One { from, next, .. } => {
                count += 1;
                if count > max_attributes && too_many.is_none() {
                    too_many = Some(from);
                }
                i = next;
            }
        }
    }
}

/// The next thing in a tag.
pub(super) enum Attribute {
    One { from: usize, name_end: usize, value: (usize, usize), next: usize },
    End { end: usize, self_closing: bool },
}

/// Reads the next attribute, or the end of the tag; `None` if the text ends.
pub(super) fn next_attribute(bytes: &[u8], at: usize) -> Option<Attribute> {
    let mut i = at;
    let mut slash = false;
    loop {
        match bytes.get(i)? {
            b'>' => return Some(Attribute::End { end: i + 1, self_closing: slash }),
            b'/' => slash = true,
            b if b.is_ascii_whitespace() => slash = false,
            _ => break,
        }
        i += 1;
    }
    let from = i;
    i += 1; // a name may begin with '='
    while !matches!(bytes.get(i)?, b'=' | b'>' | b'/' | b' ' | b'\t' | b'\n' | b'\r' | 0x0c) {
        i += 1;
    }
    let name_end = i;
    let mut j = i;
    while bytes.get(j)?.is_ascii_whitespace() {
        j += 1;
    }
    if bytes.get(j) != Some(&b'=') {
        return Some(Attribute::One { from, name_end, value: (i, i), next: i });
    }
    j += 1;
    while bytes.get(j)?.is_ascii_whitespace() {
        j += 1;
    }
    let (value, next) = match bytes.get(j)? {
        quote @ (b'"' | b'\'') => {
            let end = j + 1 + bytes[j + 1..].iter().position(|b| b == quote)?;
            ((j + 1, end), end + 1)
        }
        b'>' => ((j, j), j),
        _ => {
            let end = j + bytes[j..].iter().position(|b| b.is_ascii_whitespace() || *b == b'>')?;
            ((j, end), end)
        }
    };
    Some(Attribute::One { from, name_end, value, next })
}

/// The place after a comment that begins at `at`.
pub(super) fn comment_end(html: &str, at: usize) -> usize {
    let inside = &html[at + 4..];
    if inside.starts_with('>') {
        return at + 5;
    }
    if inside.starts_with("->") {
        return at + 6;
    }
    let mut from = 0;
    while let Some(n) = inside[from..].find("--") {
        let after = &inside[from + n + 2..];
        if after.starts_with('>') {
            return at + 4 + from + n + 3;
        }
        if after.starts_with("!>") {
            return at + 4 + from + n + 4;
        }
        from += n + 1;
    }
    html.len()
}

/// Where the end tag of a raw text element begins (its text began at `from`).
pub(super) fn raw_end(bytes: &[u8], from: usize, tag: Tag) -> usize {
    let mut i = from;
    while let Some(at) = bytes.get(i..).and_then(|rest| rest.iter().position(|b| *b == b'<')).map(|n| i + n) {
        if bytes.get(at + 1) == Some(&b'/') {
            let name = bytes.get(at + 2..).unwrap_or(&[]);
            let len = name.iter().take(17).take_while(|b| b.is_ascii_alphabetic()).count();
            let ends = name.get(len).is_none_or(|b| b.is_ascii_whitespace() || matches!(b, b'/' | b'>'));
            if ends && Tag::of(&name[..len]) == tag {
                return at;
            }
        }
        i = at + 1;
    }
    bytes.len()
}
