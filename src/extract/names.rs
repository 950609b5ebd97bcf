//! Element names that mean something to the reader.

/// What an element is. Names that are read alike are one.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash)]
pub(super) enum Name {
    /// Not an element.
    Text,
    /// Document, comment, doctype.
    Nothing,
    Html,
    Head,
    Body,
    Title,
    Meta,
    Link,
    Base,
    Script,
    Style,
    Template,
    Noscript,
    A,
    P,
    Br,
    Hr,
    H1,
    H2,
    H3,
    H4,
    H5,
    H6,
    Ul,
    Ol,
    Li,
    Dl,
    Dt,
    Dd,
    Blockquote,
    Pre,
    Table,
    /// tbody, thead, tfoot, colgroup, caption of a table.
    TablePart,
    Tr,
    /// td, th.
    Cell,
    Figure,
    Figcaption,
    Picture,
    Img,
    Source,
    Track,
    Video,
    Audio,
    Iframe,
    Frame,
    Embed,
    Object,
    Svg,
    Article,
    Main,
    Section,
    Div,
    Aside,
    Nav,
    Header,
    Footer,
    Address,
    Form,
    Input,
    Button,
    Select,
    Textarea,
    Label,
    Time,
    Abbr,
    Cite,
    B,
    Span,
    Dialog,
    Details,
    Summary,
    /// Other blocks.
    Block,
    Other,
}

impl Name {
    pub(super) fn of(name: &str) -> Self {
        match name {
            "html" => Self::Html,
            "head" => Self::Head,
            "body" => Self::Body,
            "title" => Self::Title,
            "meta" => Self::Meta,
            "link" => Self::Link,
            "base" => Self::Base,
            "script" => Self::Script,
            "style" => Self::Style,
            "template" => Self::Template,
            "noscript" => Self::Noscript,
            "a" => Self::A,
            "p" => Self::P,
            "br" => Self::Br,
            "hr" => Self::Hr,
            "h1" => Self::H1,
            "h2" => Self::H2,
            "h3" => Self::H3,
            "h4" => Self::H4,
            "h5" => Self::H5,
            "h6" => Self::H6,
            "ul" | "menu" | "dir" => Self::Ul,
            "ol" => Self::Ol,
            "li" => Self::Li,
            "dl" => Self::Dl,
            "dt" => Self::Dt,
            "dd" => Self::Dd,
            "blockquote" => Self::Blockquote,
            "pre" | "listing" | "xmp" => Self::Pre,
            "table" => Self::Table,
            "tbody" | "thead" | "tfoot" | "caption" | "colgroup" => Self::TablePart,
            "tr" => Self::Tr,
            "td" | "th" => Self::Cell,
            "figure" => Self::Figure,
            "figcaption" => Self::Figcaption,
            "picture" => Self::Picture,
            "img" | "amp-img" | "image" => Self::Img,
            "source" => Self::Source,
            "track" => Self::Track,
            "video" | "amp-video" => Self::Video,
            "audio" | "amp-audio" => Self::Audio,
            "iframe" | "amp-iframe" => Self::Iframe,
            "frame" => Self::Frame,
            "embed" => Self::Embed,
            "object" => Self::Object,
            "svg" | "math" => Self::Svg,
            "article" => Self::Article,
            "main" => Self::Main,
            "section" => Self::Section,
            "div" => Self::Div,
            "aside" => Self::Aside,
            "nav" => Self::Nav,
            "header" => Self::Header,
            "footer" => Self::Footer,
            "address" => Self::Address,
            "form" => Self::Form,
            "input" => Self::Input,
            "button" => Self::Button,
            "select" | "datalist" => Self::Select,
            "textarea" => Self::Textarea,
            "label" => Self::Label,
            "time" => Self::Time,
            "abbr" => Self::Abbr,
            "cite" => Self::Cite,
            "b" | "strong" => Self::B,
            "span" => Self::Span,
            "dialog" => Self::Dialog,
            "details" => Self::Details,
            "summary" => Self::Summary,
            "center" | "fieldset" | "hgroup" | "legend" | "search" | "optgroup" | "option" => Self::Block,
            _ => Self::Other,
        }
    }

    /// Its text is not shown.
    pub(super) fn is_unseen(self) -> bool {
        matches!(
            self,
            Self::Head
                | Self::Title
                | Self::Script
                | Self::Style
                | Self::Template
                | Self::Noscript
                | Self::Select
                | Self::Textarea
                | Self::Iframe
                | Self::Object
                | Self::Video
                | Self::Audio
        )
    }

    /// Begins a new line.
    pub(super) fn is_block(self) -> bool {
        matches!(
            self,
            Self::Body
                | Self::P
                | Self::Hr
                | Self::H1
                | Self::H2
                | Self::H3
                | Self::H4
                | Self::H5
                | Self::H6
                | Self::Ul
                | Self::Ol
                | Self::Li
                | Self::Dl
                | Self::Dt
                | Self::Dd
                | Self::Blockquote
                | Self::Pre
                | Self::Table
                | Self::TablePart
                | Self::Tr
                | Self::Figure
                | Self::Figcaption
                | Self::Article
                | Self::Main
                | Self::Section
                | Self::Div
                | Self::Aside
                | Self::Nav
                | Self::Header
                | Self::Footer
                | Self::Address
                | Self::Form
                | Self::Dialog
                | Self::Details
                | Self::Summary
                | Self::Block
        )
    }

    /// 1 to 6 for headings.
    pub(super) fn heading(self) -> Option<u8> {
        Some(match self {
            Self::H1 => 1,
            Self::H2 => 2,
            Self::H3 => 3,
            Self::H4 => 4,
            Self::H5 => 5,
            Self::H6 => 6,
            _ => return None,
        })
    }
}
