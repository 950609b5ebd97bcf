//! What an element's name, classes, id, role and style hint at, as a few bits an element; and which of the
//! attributes that are asked for often it has at all.

use scraper::node::Element;

use super::names::Name;

/// Bits.
#[derive(Clone, Copy, Default, PartialEq, Eq, Debug)]
pub(super) struct Hints {
    bits: u16,
    /// One bit for each of the attributes of `asked`.
    has: u16,
}

const HIDDEN: u16 = 1;
const NOISE: u16 = 1 << 1;
const CONTENT: u16 = 1 << 2;
const COMMENT: u16 = 1 << 3;
const COMMENTS: u16 = 1 << 4;
const BYLINE: u16 = 1 << 5;
const RESPOND: u16 = 1 << 6;
const AD: u16 = 1 << 7;
const TERMS: u16 = 1 << 8;
const WEAK: u16 = 1 << 9;
const POPUP: u16 = 1 << 10;
const SERVICE: u16 = 1 << 11;

/// The bit of an attribute that is asked for often.
#[inline]
fn asked(name: &str) -> u16 {
    match name {
        "class" => 1,
        "id" => 1 << 1,
        "href" => 1 << 2,
        "src" => 1 << 3,
        "title" => 1 << 4,
        "datetime" => 1 << 5,
        "itemprop" => 1 << 6,
        "itemtype" => 1 << 7,
        "rel" => 1 << 8,
        "style" => 1 << 9,
        "role" => 1 << 10,
        "alt" => 1 << 11,
        "content" => 1 << 12,
        "background" => 1 << 13,
        _ if name.starts_with("data-") => 1 << 14,
        "aria-label" => 1 << 15,
        _ => 0,
    }
}

impl Hints {
    /// The element is known to be without this attribute.
    #[inline]
    pub fn lacks(self, name: &str) -> bool {
        let bit = asked(name);
        bit != 0 && self.has & bit == 0
    }
    fn has(self, bit: u16) -> bool {
        self.bits & bit != 0
    }
    /// Not shown to readers.
    pub fn hidden(self) -> bool {
        self.has(HIDDEN)
    }
    /// Navigation, advertising, sharing and the like.
    pub fn noise(self) -> bool {
        self.has(NOISE | WEAK)
    }
    /// Noise only beside an article: on other pages teasers and banners may be what the page says.
    pub fn weak_noise(self) -> bool {
        self.has(WEAK) && !self.has(NOISE)
    }
    /// Laid over the page: a dialog, a question about cookies.
    pub fn popup(self) -> bool {
        self.has(POPUP)
    }
    /// Advertising, counters: not even worth to be listed as other words of the page.
    pub fn ad(self) -> bool {
        self.has(AD)
    }
    /// The body of a text.
    pub fn content(self) -> bool {
        self.has(CONTENT)
    }
    /// One comment.
    pub fn comment(self) -> bool {
        self.has(COMMENT)
    }
    /// A section of comments.
    pub fn comments(self) -> bool {
        self.has(COMMENTS)
    }
    /// A line with date, author, categories.
    pub fn byline(self) -> bool {
        self.has(BYLINE)
    }
    /// The form to write a comment, and buttons to answer one.
    pub fn respond(self) -> bool {
        self.has(RESPOND)
    }
    /// The place where a comment service puts its comments.
    pub fn service(self) -> bool {
        self.has(SERVICE)
    }
    /// Categories or tags.
    pub fn terms(self) -> bool {
        self.has(TERMS)
    }
}

/// Reads the hints of an element.
pub(super) fn of(name: Name, element: &Element) -> Hints {
    let mut bits = match name {
        Name::Nav | Name::Aside | Name::Button | Name::Dialog => NOISE,
        _ => 0,
    };
    let mut has = 0;
    // Parts of the text that a click brings forward.
    let mut panel = false;
    for (key, value) in element.attrs() {
        has |= asked(key);
        match key {
            "class" => {
                for token in value.split_ascii_whitespace().take(64) {
                    bits |= token_bits(token, name);
                    panel |= is_panel(token);
                }
                if value.contains("h-cite") && !cites(value) {
                    bits |= COMMENT;
                }
            }
            "id" => bits |= id_bits(value.trim(), name) | service_bit(value),
            "itemtype" if value.ends_with("/Comment") || value.ends_with("/UserComments") => bits |= COMMENT,
            "itemprop" => {
                bits |= match value {
                    "articleBody" | "reviewBody" => CONTENT,
                    "comment" => COMMENT,
                    "author" | "datePublished" => BYLINE,
                    _ => 0,
                }
            }
            "hidden" => bits |= HIDDEN,
            "style" => bits |= style_bits(value),
            "role" => {
                panel |= value == "tabpanel";
                bits |= match value {
                    "alert" | "status" => WEAK,
                    "navigation" | "search" | "banner" | "contentinfo" | "complementary" | "menu" | "toolbar" => NOISE,
                    "dialog" | "alertdialog" => NOISE | POPUP,
                    _ => 0,
                }
            }
            "aria-hidden" if value == "true" && matches!(name, Name::Span | Name::Svg | Name::Other) => bits |= HIDDEN,
            _ => {}
        }
    }
    // React sends parts of a page later, hidden, and puts them in their places by a script.
    let streamed = || element.attrs().any(|(key, value)| key == "id" && value.starts_with("S:"));
    if panel || (bits & HIDDEN != 0 && streamed()) {
        bits &= !HIDDEN;
    }
    if matches!(name, Name::Html | Name::Body) {
        bits = 0;
    }
    if matches!(name, Name::Main | Name::Article) {
        bits &= !(NOISE | WEAK | POPUP | AD | HIDDEN | TERMS | BYLINE);
    }
    if bits & CONTENT != 0 {
        bits &= !(NOISE | WEAK | POPUP | BYLINE | AD);
    }
    Hints { bits, has }
}

/// A citation that is a quotation, a repost, a like: not what somebody said of the page.
fn cites(class: &str) -> bool {
    ["quotation", "repost", "like", "in-reply-to", "bookmark"].iter().any(|w| class.contains(w))
}

fn is_panel(token: &str) -> bool {
    let words = ["accordion", "collapse", "tab-pane", "tabpanel", "tab-content", "tabcontent", "toggle-content", "faq"];
    let near = matches!(token.as_bytes().first().map(|b| b | 0x20), Some(b'a' | b'c' | b't' | b'f'));
    near && token.len() < 60 && words.iter().any(|w| token.get(..w.len()).is_some_and(|t| t.eq_ignore_ascii_case(w)))
}

fn style_bits(style: &str) -> u16 {
    let squeezed: String =
        style.chars().take(200).filter(|c| !c.is_whitespace()).collect::<String>().to_ascii_lowercase();
    let hidden = squeezed.contains("display:none") || squeezed.contains("visibility:hidden");
    if hidden { HIDDEN } else { 0 }
}

fn service_bit(id: &str) -> u16 {
    if matches!(id, "disqus_thread" | "isso-thread" | "remark42") { SERVICE } else { 0 }
}

fn id_bits(id: &str, name: Name) -> u16 {
    let lower = id.to_ascii_lowercase();
    if name != Name::A {
        for prefix in ["comment-", "li-comment-", "div-comment-", "comment_", "comment"] {
            let number = lower.strip_prefix(prefix);
            if number.is_some_and(|n| !n.is_empty() && n.len() <= 20 && n.bytes().all(|b| b.is_ascii_digit())) {
                return COMMENT;
            }
        }
    }
    token_bits(id, name)
}

fn token_bits(token: &str, name: Name) -> u16 {
    if token.len() > 60 {
        return 0;
    }
    let cased = token;
    let mut lower = [0u8; 60];
    let lower = &mut lower[..token.len()];
    lower.copy_from_slice(token.as_bytes());
    lower.make_ascii_lowercase();
    let Ok(token) = std::str::from_utf8(lower) else {
        return 0;
    };
    let block = !matches!(name, Name::A | Name::Span | Name::B | Name::Img | Name::Input | Name::Label | Name::Button);
    match token {
        "comment" | "comment-item" | "comment_item" | "single-comment" | "comment-entry" | "comment-block"
        | "commentlist-item" | "user-comment" | "usercomment" | "post-comment" | "p-comment" | "u-comment"
        | "isso-comment" | "comment-container" | "comment-wrapper" | "wp-block-comment" | "pingback" | "trackback"
            if block =>
        {
            return COMMENT;
        }
        "comments"
        | "commentlist"
        | "comment-list"
        | "comments-area"
        | "comments-list"
        | "comments-section"
        | "comment-section"
        | "comments-wrapper"
        | "comments-container"
        | "comments_list"
        | "wp-block-comments"
        | "wp-block-comment-template"
        | "comments-block"
        | "comments-holder"
        | "disqus_thread"
        | "isso-thread"
        | "commentsblock"
        | "comment-thread"
        | "comments-area-inner"
        | "user-comments"
        | "reader-comments"
        | "kommentare"
        | "commentaires"
        | "comentarios"
        | "commenti"
        | "responses"
        | "comment-holder"
        | "comment_list"
            if block =>
        {
            return COMMENTS;
        }
        "respond"
        | "comment-respond"
        | "commentform"
        | "comment-form"
        | "reply"
        | "comment-reply-link"
        | "wp-block-post-comments-form"
        | "comment-reply"
        | "comment-footer"
        | "comment-actions"
        | "comment-navigation"
        | "wp-block-comments-pagination"
        | "says"
        | "comment-awaiting-moderation"
        | "comment-replybox-single"
        | "comment-replybox-thread"
        | "comment-form-wrap"
        | "isso-postbox"
        | "isso-comment-footer"
        | "isso-feedlink" => return RESPOND,
        "entry-content"
        | "post-content"
        | "article-content"
        | "article-body"
        | "articlebody"
        | "post-body"
        | "entry-body"
        | "story-body"
        | "article__body"
        | "article__content"
        | "post__content"
        | "e-content"
        | "article-text"
        | "story-content"
        | "entry"
        | "post-entry"
        | "wp-block-post-content"
        | "single-content"
        | "news-content"
        | "post-text"
        | "article_body"
        | "article_text"
        | "td-post-content"
        | "storytext"
        | "mw-parser-output"
        | "postcontent"
        | "post_content"
        | "entry-text"
        | "body-text"
        | "richtext"
        | "rich-text"
        | "articletext"
        | "content-body" => return CONTENT,
        "screen-reader-text" | "sr-only" | "visually-hidden" | "visuallyhidden" => return HIDDEN,
        // Labels of long quotations, and what forums show of a page that somebody links to.
        "bbcodeblock-expandlink" | "bbcodeblock-shrinklink" | "bbcodeblock--unfurl" | "onebox" => return HIDDEN,
        "next-post" | "prev-post" | "previous-post" | "adjacent-posts" | "post-nav-links" => return NOISE,
        "views" | "view-count" | "ago" | "post-views" | "viewcount" | "views-count" | "hits" => return AD | BYLINE,
        _ => {}
    }
    let mut bits = 0;
    for word in token.split(['-', '_', ':']).take(8) {
        bits |= word_bits(word);
    }
    // `PromoSmall`, `relatedArticles`: words parted by capitals.
    if cased.is_ascii()
        && cased.bytes().any(|b| b.is_ascii_uppercase())
        && cased.bytes().any(|b| b.is_ascii_lowercase())
    {
        let bytes = cased.as_bytes();
        let mut from = 0;
        for at in 1..=bytes.len() {
            let ends = at == bytes.len() || (bytes[at].is_ascii_uppercase() && bytes[at - 1].is_ascii_lowercase());
            let parted = at < bytes.len() && matches!(bytes[at], b'-' | b'_' | b':');
            if ends || parted {
                bits |= token.get(from..at).map_or(0, word_bits);
                from = if parted { at + 1 } else { at };
            }
        }
    }
    if token.starts_with("wp-block-post-") || token.starts_with("comment") {
        bits &= !(NOISE | WEAK);
    }
    // Builders of pages call every part of one a widget.
    if token.starts_with("elementor-widget") || token.starts_with("elementor-element") {
        bits &= !WEAK;
    }
    bits
}

fn word_bits(word: &str) -> u16 {
    match word {
        "nav" | "navbar" | "navigation" | "menu" | "submenu" | "sidebar" | "footer" | "share" | "sharing"
        | "sharedaddy" | "sharebar" | "social" | "socials" | "related" | "relatedposts" | "recommended"
        | "recommendations" | "newsletter" | "subscribe" | "subscription" | "breadcrumb" | "breadcrumbs"
        | "pagination" | "pager" | "toolbar" | "tagcloud" | "yarpp" | "jp" | "masthead" | "skip" | "signup"
        | "paywall" | "offcanvas" | "lightbox" | "addtoany" | "addthis" | "mostread" | "sitemap" | "copyright"
        | "rodape" | "fusszeile" | "piepagina" => NOISE,
        "cookie" | "cookies" | "consent" | "gdpr" | "modal" | "popup" => NOISE | POPUP,
        "widget" | "widgets" | "teaser" | "teasers" | "trending" | "popular" | "banner" => WEAK,
        "advert" | "advertisement" | "advertising" | "ads" | "ad" | "adsbygoogle" | "adsense" | "sponsor"
        | "sponsored" | "promo" | "outbrain" | "taboola" | "dfp" | "adslot" | "adbox" => NOISE | AD,
        "byline" | "dateline" | "postmeta" | "entrymeta" | "meta" | "metadata" | "postinfo" | "pubdate" | "posted"
        | "timestamp" | "author" | "date" | "published" | "datum" | "fecha" | "postdate" | "pubdatetime" => BYLINE,
        "tags" | "categories" | "category" | "taglist" | "taxonomy" | "taxonomies" | "cats" => TERMS,
        _ if word.len() > 4 && (word.ends_with("nav") || word.ends_with("menu")) => NOISE,
        _ if word.len() > 8 && (word.ends_with("cookie") || word.starts_with("cookie")) => NOISE | POPUP,
        _ => 0,
    }
}
