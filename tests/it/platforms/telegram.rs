//! A replica of Telegram's web preview: one channel, its pages of twenty, the widget and the bare page of each post, in
//! the markup of the platform. What stands in it may be changed between looks.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::{Arc, Mutex};

use crate::server::{Answer, Hit, Origin};

/// So many posts stand on a page.
pub const PAGE: usize = 20;

/// A picture or a film of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Medium {
    /// A picture.
    Photo,
    /// A film of so many seconds.
    Video(u32),
    /// A film that the web does not show.
    TooBig,
}

/// One message; an album is one whose media have the numbers from its own on.
#[derive(Clone, Debug, Default)]
pub struct Message {
    /// Markup of its words.
    pub said: String,
    /// Its media.
    pub media: Vec<Medium>,
    /// From whom it was brought, and where that stands if it is public.
    pub forward: Option<(String, Option<String>)>,
    /// What it answers.
    pub reply: Option<u64>,
    /// It was changed.
    pub edited: bool,
    /// The platform says it, not the channel.
    pub service: bool,
}

/// What becomes of the channel's pages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Preview {
    /// They are shown.
    On,
    /// They send to the channel's own page.
    Off,
    /// There is no such channel.
    Removed,
}

/// What is said to those who ask too often.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flood {
    /// Nobody does.
    None,
    /// 429 with so many seconds to wait.
    Status(u64),
    /// A page in place of what was asked for.
    Page,
}

/// A channel.
#[derive(Debug)]
pub struct Channel {
    /// Its name as its owner writes it.
    pub name: String,
    /// By the number of the (first) message.
    pub messages: BTreeMap<u64, Message>,
    /// Whether its pages are shown.
    pub preview: Preview,
    /// Whether too much was asked.
    pub flood: Flood,
    /// Addresses of files are signed anew whenever this changes.
    pub signature: u64,
    last: u64,
    looks: u64,
}

impl Channel {
    /// Puts a message behind the last one, and says its number.
    pub fn put(&mut self, message: Message) -> u64 {
        let id = self.last + 1;
        self.last += message.media.len().max(1) as u64;
        self.messages.insert(id, message);
        id
    }

    /// Words.
    pub fn say(&mut self, said: &str) -> u64 {
        self.put(Message { said: said.to_owned(), ..Message::default() })
    }

    /// So many numbers are given to nothing that is shown.
    pub fn skip(&mut self, numbers: u64) {
        self.last += numbers;
    }

    /// Other words, and the mark that says so.
    pub fn edit(&mut self, id: u64, said: &str) {
        let message = self.messages.get_mut(&id).unwrap();
        (message.said, message.edited) = (said.to_owned(), true);
    }

    /// It is not shown any more, nowhere.
    pub fn delete(&mut self, id: u64) {
        self.messages.remove(&id).unwrap();
    }

    /// Numbers that no message has and no member of an album: what a reader has to find out.
    pub fn gaps(&self) -> Vec<(u64, u64)> {
        let mut out = Vec::new();
        let mut free = self.messages.keys().next().copied().unwrap_or(1);
        for (id, message) in &self.messages {
            if *id > free {
                out.push((free, id - 1));
            }
            free = id + message.media.len().max(1) as u64;
        }
        out
    }
}

/// The platform, on an address of its own.
pub struct Telegram {
    /// Where it answers.
    pub origin: Origin,
    state: Arc<Mutex<Channel>>,
}

impl Telegram {
    /// An empty channel.
    pub fn start(name: &str) -> Self {
        let state = Arc::new(Mutex::new(Channel {
            name: name.to_owned(),
            messages: BTreeMap::new(),
            preview: Preview::On,
            flood: Flood::None,
            signature: 1,
            last: 0,
            looks: 0,
        }));
        let (origin, shared) = (Origin::start(), state.clone());
        let base = origin.url("").to_string();
        origin.handle("", "*", move |hit| answer(&mut shared.lock().unwrap(), hit, base.trim_end_matches('/')));
        Self { origin, state }
    }

    /// Looks at the channel, or changes it.
    pub fn with<T>(&self, change: impl FnOnce(&mut Channel) -> T) -> T {
        change(&mut self.state.lock().unwrap())
    }
}

/// A channel of so many posts with a little of everything; the same at every call.
pub fn fill(channel: &mut Channel, posts: usize) {
    channel.put(Message { said: "Channel created".to_owned(), service: true, ..Message::default() });
    while channel.messages.len() < posts {
        let n = channel.messages.len() as u64;
        let mut message = Message { said: format!("Report {n} from the <b>valley</b>."), ..Message::default() };
        match n % 20 {
            3 => message.media = vec![Medium::Photo],
            6 => message.media = vec![Medium::Photo, Medium::Photo, Medium::Video(65)],
            8 => message.forward = Some(("Other".to_owned(), Some(format!("https://t.me/other/{n}")))),
            9 => message.forward = Some(("Somebody".to_owned(), None)),
            11 => message.reply = channel.messages.keys().rev().nth(2).copied(),
            13 => message.media = vec![Medium::Video(600)],
            14 => message.edited = true,
            17 => channel.skip(2),
            18 if n % 100 == 98 => message.media = vec![Medium::TooBig],
            19 if n % 100 == 99 => {
                (message.said, message.service) = (format!("Valley pinned «Report {}»", n - 4), true);
            }
            _ => {}
        }
        channel.put(message);
    }
}

fn answer(channel: &mut Channel, hit: &Hit, base: &str) -> Answer {
    if let Some(file) = hit.target.strip_prefix("/file/") {
        let kind = if file.contains(".mp4") { "video/mp4" } else { "image/jpeg" };
        // The same octets whatever the signature.
        let name = file.split(['/', '?']).nth(1).unwrap_or(file);
        let head: &[u8] =
            if kind == "video/mp4" { b"\0\0\0\x18ftypmp42\0\0\0\0" } else { b"\xff\xd8\xff\xe0\0\x10JFIF\0" };
        return Answer::of(kind, [head, name.as_bytes()].concat());
    }
    let (path, query) = hit.target.split_once('?').unwrap_or((&hit.target, ""));
    let parts: Vec<&str> = path.split('/').filter(|p| !p.is_empty()).collect();
    match channel.flood {
        Flood::None => {}
        _ if parts.first().is_some_and(|p| *p == "robots.txt") => {}
        Flood::Status(seconds) => return Answer::status(429).field("Retry-After", seconds.to_string()),
        Flood::Page => return widget("<div class=\"tgme_widget_message_error\">Too many requests</div>"),
    }
    channel.looks += 1;
    let own = |name: &str| name.eq_ignore_ascii_case(&channel.name) && channel.preview != Preview::Removed;
    let value = |name: &str| {
        query.split('&').find_map(|p| p.strip_prefix(name)?.strip_prefix('=')).and_then(|v| v.parse::<u64>().ok())
    };
    match parts[..] {
        ["s", name] | ["s", name, _] if !own(name) || channel.preview == Preview::Off => {
            Answer::redirect(302, format!("{base}/{name}"))
        }
        ["s", _] => list(channel, base, value("before"), value("after"), None),
        ["s", _, id] => list(channel, base, None, None, id.parse().ok()),
        [name, id] if query.contains("embed=1") => {
            match (own(name), id.parse::<u64>().ok().and_then(|id| at(channel, id))) {
                (true, Some(id)) => widget(&message(channel, base, id, true)),
                (true, None) => widget("<div class=\"tgme_widget_message_error\">Post not found</div>"),
                (false, _) => widget(&format!(
                    "<div class=\"tgme_widget_message_error\">Channel with username <b>@{name}</b> not found</div>"
                )),
            }
        }
        [name, id] if own(name) => bare_post(channel, id),
        [name] | [name, _] if !name.contains('.') => profile(channel, base, name, own(name)),
        _ => Answer::status(404),
    }
}

/// The message of a number, which may be that of a member of an album.
fn at(channel: &Channel, id: u64) -> Option<u64> {
    let (first, message) = channel.messages.range(..=id).next_back()?;
    (id < first + message.media.len().max(1) as u64).then_some(*first)
}

fn list(channel: &Channel, base: &str, before: Option<u64>, after: Option<u64>, around: Option<u64>) -> Answer {
    let ids: Vec<u64> = channel.messages.keys().copied().collect();
    let end = match (before, after, around) {
        (Some(before), _, _) => ids.partition_point(|id| *id < before),
        (_, Some(after), _) => (ids.partition_point(|id| *id <= after) + PAGE).min(ids.len()),
        (_, _, Some(id)) => (ids.partition_point(|at| *at < id) + PAGE / 2).min(ids.len()),
        _ => ids.len(),
    };
    let begin = end.saturating_sub(PAGE);
    let begin = after.map_or(begin, |after| ids.partition_point(|id| *id <= after));
    let (shown, name) = (&ids[begin..end], &channel.name);
    let mut links = String::new();
    let mut more = |way: &str, rel: &str, id: u64| {
        let _ = write!(links, "<link rel=\"{rel}\" href=\"/s/{name}?{way}={id}\">");
        format!(
            "<div class=\"tgme_widget_message_centered js-messages_more_wrap\"><a href=\"/s/{name}?{way}={id}\" \
             class=\"tme_messages_more js-messages_more\" data-{way}=\"{id}\"></a></div>"
        )
    };
    let older = shown.first().filter(|_| begin > 0).map(|id| more("before", "prev", *id)).unwrap_or_default();
    let newer = shown.last().filter(|_| end < ids.len()).map(|id| more("after", "next", *id)).unwrap_or_default();
    let posts: String = shown
        .iter()
        .map(|id| {
            format!(
                "<div class=\"tgme_widget_message_wrap js-widget_message_wrap\">{}</div>",
                message(channel, base, *id, false)
            )
        })
        .collect();
    let last = shown.last().map_or(1, |id| id + 1);
    Answer::html(format!(
        "<!DOCTYPE html><html><head><meta charset=\"utf-8\"><title>The Valley – Telegram</title>\
         <link rel=\"canonical\" href=\"/s/{name}?before={last}\">{links}<meta property=\"og:title\" content=\"The Valley\">\
         <meta property=\"og:site_name\" content=\"Telegram\"><meta property=\"og:description\" content=\"What happens in the valley\"></head>\
         <body class=\"widget_frame_base tgme_widget body_widget_post emoji_image\"><header class=\"tgme_header\">\
         <div class=\"tgme_channel_info\"><div class=\"tgme_channel_info_header\"><i class=\"tgme_page_photo_image\"><img src=\"{base}/file/0/avatar.jpg\"></i>\
         <div class=\"tgme_channel_info_header_title\"><span dir=\"auto\">The Valley</span></div>\
         <div class=\"tgme_channel_info_header_username\"><a href=\"https://t.me/{name}\">@{name}</a></div></div>\
         <div class=\"tgme_channel_info_counters\"><div class=\"tgme_channel_info_counter\"><span class=\"counter_value\">{}.{}K</span> \
         <span class=\"counter_type\">subscribers</span></div></div>\
         <div class=\"tgme_channel_info_description\">What happens in the valley</div></div></header>\
         <main class=\"tgme_main\" data-url=\"/{name}\"><section class=\"tgme_channel_history js-message_history\">{older}{posts}{newer}</section></main>\
         <!-- page generated in {}ms --></body></html>",
        12 + channel.looks % 7,
        channel.looks % 10,
        channel.looks
    ))
}

fn message(channel: &Channel, base: &str, id: u64, alone: bool) -> String {
    let (m, name) = (&channel.messages[&id], &channel.name);
    let mut inner = String::new();
    if let Some((from, url)) = &m.forward {
        let from = match url {
            Some(url) => format!(
                "<a class=\"tgme_widget_message_forwarded_from_name\" href=\"{url}\"><span dir=\"auto\">{from}</span></a>"
            ),
            None => format!(
                "<span class=\"tgme_widget_message_forwarded_from_name\"><span dir=\"auto\">{from}</span></span>"
            ),
        };
        let _ = write!(
            inner,
            "<div class=\"tgme_widget_message_forwarded_from accent_color\">Forwarded from&nbsp;{from}</div>"
        );
    }
    if let Some(reply) = m.reply {
        let said = channel.messages.get(&reply).map_or("Deleted message", |m| &m.said);
        let _ = write!(
            inner,
            "<a class=\"tgme_widget_message_reply user-color-default\" href=\"https://t.me/{name}/{reply}\"><div class=\"tgme_widget_message_author accent_color\">\
             <span class=\"tgme_widget_message_author_name\" dir=\"auto\">The Valley</span></div>\
             <div class=\"tgme_widget_message_metatext js-message_reply_text\" dir=\"auto\">{said}</div></a>"
        );
    }
    let grouped = m.media.len() > 1;
    let media: String =
        m.media.iter().enumerate().map(|(n, medium)| film(channel, base, id, n as u64, *medium, grouped)).collect();
    inner += &if grouped {
        format!(
            "<div class=\"tgme_widget_message_grouped_wrap js-message_grouped_wrap\"><div class=\"tgme_widget_message_grouped js-message_grouped\"><div class=\"tgme_widget_message_grouped_layer js-message_grouped_layer\">{media}</div></div></div>"
        )
    } else {
        media
    };
    if !m.said.is_empty() {
        let _ = write!(inner, "<div class=\"tgme_widget_message_text js-message_text\" dir=\"auto\">{}</div>", m.said);
    }
    // They move at every look.
    let views = match 900 + id * 3 + channel.looks {
        n if n < 1_000 => n.to_string(),
        n => format!("{}.{}K", n / 1_000, n % 1_000 / 100),
    };
    let service = if m.service { " service_message" } else { "" };
    let owner = format!(
        "<div class=\"tgme_widget_message_author accent_color\"><a class=\"tgme_widget_message_owner_name\" href=\"https://t.me/{name}\"><span dir=\"auto\">The Valley</span></a></div>"
    );
    let seconds = 1_714_557_600 + id * 600;
    let when =
        jiff::Timestamp::from_second(i64::try_from(seconds).unwrap()).unwrap().to_string().replace('Z', "+00:00");
    let edited = if m.edited { "edited &nbsp;" } else { "" };
    let link = if alone { "tgme_widget_message_link" } else { "js-message_link" };
    format!(
        "<div class=\"tgme_widget_message text_not_supported_wrap{service} js-widget_message\" data-post=\"{name}/{id}\" data-view=\"{:x}\">\
         <div class=\"tgme_widget_message_user\"><a href=\"https://t.me/{name}\"><i class=\"tgme_widget_message_user_photo bgcolor1\" data-content=\"V\"><img src=\"{base}/file/0/avatar.jpg\"></i></a></div>\
         <div class=\"tgme_widget_message_bubble\">{owner}{inner}<div class=\"tgme_widget_message_footer compact js-message_footer\">\
         <div class=\"tgme_widget_message_info short js-message_info {link}\"><span class=\"tgme_widget_message_views\">{views}</span><span class=\"copyonly\"> views</span>\
         <span class=\"tgme_widget_message_meta\">{edited}<a class=\"tgme_widget_message_date\" href=\"https://t.me/{name}/{id}\"><time datetime=\"{when}\" class=\"time\">{}</time></a></span></div></div></div></div>",
        channel.looks * 7919 + id,
        &when[11..16]
    )
}

fn film(channel: &Channel, base: &str, id: u64, n: u64, medium: Medium, grouped: bool) -> String {
    let (own, name, signature) = (id + n, &channel.name, channel.signature);
    let class = if grouped { "grouped_media_wrap blured js-message_grouped_item " } else { "" };
    let href = format!("https://t.me/{name}/{own}{}", if grouped { "?single" } else { "" });
    let still = format!("background-image:url('{base}/file/{signature}/{own}.jpg')");
    let length = |seconds: u32| {
        format!(
            "<time class=\"message_video_duration js-message_video_duration\">{}:{:02}</time>",
            seconds / 60,
            seconds % 60
        )
    };
    match medium {
        Medium::Photo => format!(
            "<a class=\"tgme_widget_message_photo_wrap {class}{own}\" href=\"{href}\" style=\"width:800px;{still}\"><div class=\"tgme_widget_message_photo\" style=\"padding-top:75%\"></div></a>"
        ),
        Medium::Video(seconds) => format!(
            "<a class=\"tgme_widget_message_video_player {class}js-message_video_player\" href=\"{href}\"><i class=\"tgme_widget_message_video_thumb\" style=\"{still}\"></i>\
             <div class=\"tgme_widget_message_video_wrap\" style=\"width:640px;padding-top:56%\"><video src=\"{base}/file/{signature}/{own}.mp4?token={signature}\" class=\"tgme_widget_message_video js-message_video\" width=\"100%\" height=\"100%\"></video></div>{}</a>",
            length(seconds)
        ),
        Medium::TooBig => format!(
            "<a class=\"tgme_widget_message_video_player not_supported js-message_video_player\" href=\"{href}\"><i class=\"tgme_widget_message_video_thumb\" style=\"{still}\"></i>\
             <div class=\"message_media_not_supported_wrap\"><div class=\"message_media_not_supported\"><div class=\"message_media_not_supported_label\">Media is too big</div>\
             <a href=\"{href}\" class=\"message_media_view_in_telegram\">VIEW IN TELEGRAM</a></div></div>{}</a>",
            length(7_200)
        ),
    }
}

fn widget(inner: &str) -> Answer {
    Answer::html(format!(
        "<!DOCTYPE html><html><head><meta charset=\"utf-8\"><title>Telegram Widget</title><base target=\"_blank\"></head>\
         <body class=\"widget_frame_base tgme_widget body_widget_post emoji_image no_userpic\">{inner}</body></html>"
    ))
}

fn head(title: &str, about: &str) -> String {
    format!(
        "<!DOCTYPE html><html class=\"theme_dark\"><head><meta charset=\"utf-8\"><title>Telegram: View @{title}</title>\
         <meta property=\"og:title\" content=\"{title}\"><meta property=\"og:site_name\" content=\"Telegram\"><meta property=\"og:description\" content=\"{about}\"></head>"
    )
}

/// The bare page: words for previews, and the widget in a frame. Of a post that is not there it is that of the channel.
fn bare_post(channel: &Channel, id: &str) -> Answer {
    let name = &channel.name;
    let there = id.parse::<u64>().ok().and_then(|id| at(channel, id));
    let said = there.map_or("What happens in the valley".to_owned(), |id| {
        channel.messages[&id].said.replace("<b>", "").replace("</b>", "")
    });
    Answer::html(format!(
        "{}<body><div class=\"tgme_page_wrap\"><div class=\"tgme_page tgme_page_post\"><div class=\"tgme_page_widget\" id=\"widget\">\
         <iframe id=\"telegram-post-{name}-{id}\" src=\"https://t.me/{name}/{id}?embed=1&amp;mode=tme\"></iframe></div></div></div></body></html>",
        head("The Valley", &said)
    ))
}

/// The channel's own page; of a name that nobody has, a page to write to it.
fn profile(channel: &Channel, base: &str, name: &str, own: bool) -> Answer {
    let preview = if channel.preview == Preview::On {
        format!(
            "<div class=\"tgme_page_action tgme_page_context_action\"><div class=\"tgme_page_context_btn\"><a class=\"tgme_action_button_new\" href=\"/s/{name}\">Preview channel</a></div></div>"
        )
    } else {
        String::new()
    };
    if own {
        return Answer::html(format!(
            "{}<body><div class=\"tgme_page_wrap\"><div class=\"tgme_page\"><div class=\"tgme_page_photo\"><img class=\"tgme_page_photo_image\" src=\"{base}/file/0/avatar.jpg\"></div>\
             <div class=\"tgme_page_title\" dir=\"auto\"><span dir=\"auto\">The Valley</span></div><div class=\"tgme_page_extra\">12 345 subscribers</div>\
             <div class=\"tgme_page_description\" dir=\"auto\">What happens in the valley</div>{preview}</div></div></body></html>",
            head("The Valley", "What happens in the valley")
        ));
    }
    Answer::html(format!(
        "{}<body><div class=\"tgme_page_wrap\"><div class=\"tgme_page\"><div class=\"tgme_page_icon\"><i class=\"tgme_icon_user\"></i></div>\
         <div class=\"tgme_page_description\">If you have <strong>Telegram</strong>, you can contact <br><a class=\"tgme_username_link\" href=\"tg://resolve?domain={name}\">@{name}</a> right away.</div>\
         </div></div></body></html>",
        head(&format!("Telegram: Contact @{name}"), "")
    ))
}
