//! A replica of what X answers for embedding: single posts by number and token, oEmbed, and the shell of its pages.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use serde_json::{Value, json};

use crate::server::{Answer, Hit, Origin};

/// Numbers of posts with the tokens that a browser computes for them.
pub const TOKENS: [(&str, &str); 5] = [
    ("20", "6dq1a2xwd93"),
    ("1841206275088290279", "4gobiuxs3yx"),
    ("1900000000000000001", "4ltxr9b3f"),
    ("1950000000000000077", "4q63syckx6d"),
    ("1848831595014459513", "4hc9xdp8g2s"),
];

/// What stands under a number.
#[derive(Clone, Debug)]
pub enum Place {
    /// A post.
    Post(Box<Value>),
    /// Words in place of one.
    Tombstone(String),
    /// `{}`.
    Empty,
}

/// What is answered.
#[derive(Debug, Default)]
pub struct Posts {
    /// By number; what is not here is not found.
    pub places: BTreeMap<String, Place>,
    /// Everybody is to come back after so many seconds.
    pub limited: Option<u64>,
    /// How often a wrong token came.
    pub wrong_tokens: usize,
}

impl Posts {
    /// Puts a post.
    pub fn say(&mut self, id: &str, text: &str) -> &mut Value {
        let post = post(id, text);
        let place = self.places.entry(id.to_owned()).and_modify(|p| *p = Place::Empty).or_insert(Place::Empty);
        *place = Place::Post(Box::new(post));
        match place {
            Place::Post(post) => post,
            _ => unreachable!("it was just put there"),
        }
    }
}

/// The platform, on an address of its own.
pub struct X {
    /// Where it answers.
    pub origin: Origin,
    state: Arc<Mutex<Posts>>,
}

impl X {
    /// Without posts.
    pub fn start() -> Self {
        let state = Arc::new(Mutex::new(Posts::default()));
        let (origin, shared) = (Origin::start(), state.clone());
        origin.handle("", "*", move |hit| answer(&mut shared.lock().unwrap(), hit));
        Self { origin, state }
    }

    /// Looks at the posts, or changes them.
    pub fn with<T>(&self, change: impl FnOnce(&mut Posts) -> T) -> T {
        change(&mut self.state.lock().unwrap())
    }

    /// As the setting of mirrors takes it.
    pub fn mirrors(&self) -> String {
        let to = self.origin.url("");
        let hosts = ["https://cdn.syndication.twimg.com", "https://publish.twitter.com", "https://x.com"];
        hosts.map(|from| format!("{from} = {}", to.as_str().trim_end_matches('/'))).join(",")
    }
}

/// The layout of the answers for embedding.
pub fn post(id: &str, text: &str) -> Value {
    let number: u64 = id.parse().unwrap();
    // Numbers of before November 2010 tell no time.
    let ms = if number > 1 << 40 { (number >> 22) + 1_288_834_974_657 } else { 1_142_974_214_000 };
    let at = jiff::Timestamp::from_millisecond(i64::try_from(ms).unwrap()).unwrap();
    json!({
        "__typename": "Tweet", "lang": "en", "favorite_count": 12, "possibly_sensitive": false, "created_at": format!("{at:.3}"),
        "display_text_range": [0, text.chars().count()], "entities": { "hashtags": [], "urls": [], "user_mentions": [], "symbols": [] },
        "id_str": id, "text": text, "user": user("valley"),
        "edit_control": { "edit_tweet_ids": [id], "editable_until_msecs": (ms + 3_600_000).to_string(), "is_edit_eligible": true, "edits_remaining": "5" },
        "conversation_count": 4, "news_action_type": "conversation", "isEdited": false, "isStaleEdit": false
    })
}

/// Who says it.
pub fn user(name: &str) -> Value {
    json!({
        "id_str": "991", "name": format!("{name} of the valley"), "screen_name": name, "verified": false, "is_blue_verified": false,
        "profile_image_url_https": "https://pbs.twimg.com/profile_images/991/face_normal.jpg", "profile_image_shape": "Circle"
    })
}

/// A film in all its forms.
pub fn film(key: &str) -> Value {
    let file = |rate: u64, size: &str| json!({ "bitrate": rate, "content_type": "video/mp4", "url": format!("https://video.twimg.com/ext_tw_video/{key}/pu/vid/{size}/film.mp4?tag=12") });
    json!({
        "type": "video", "media_url_https": format!("https://pbs.twimg.com/ext_tw_video_thumb/{key}/pu/img/still.jpg"),
        "ext_media_availability": { "status": "Available" }, "original_info": { "width": 1280, "height": 720, "focus_rects": [] },
        "video_info": { "aspect_ratio": [16, 9], "duration_millis": 31_000, "variants": [
            { "content_type": "application/x-mpegURL", "url": format!("https://video.twimg.com/ext_tw_video/{key}/pu/pl/list.m3u8?tag=12") },
            file(256_000, "480x270"), file(2_176_000, "1280x720"), file(832_000, "640x360")
        ] }
    })
}

fn answer(posts: &mut Posts, hit: &Hit) -> Answer {
    let (path, _) = hit.target.split_once('?').unwrap_or((&hit.target, ""));
    let url = url::Url::parse(&format!("http://x{}", hit.target)).unwrap();
    let value =
        |name: &str| url.query_pairs().find(|(n, _)| n == name).map(|(_, v)| v.into_owned()).unwrap_or_default();
    if path == "/robots.txt" {
        return Answer::status(404);
    }
    if let Some(seconds) = posts.limited {
        return Answer::with(429, "text/plain", "Rate limit exceeded\n")
            .field("x-rate-limit-reset", "4102444800")
            .field("Retry-After", seconds.to_string());
    }
    let json = |value: &Value| Answer::of("application/json; charset=utf-8", value.to_string());
    match path {
        "/tweet-result" => {
            let id = value("id");
            let right = TOKENS.iter().find(|(known, _)| *known == id).map(|(_, token)| *token);
            if right != Some(value("token").as_str()) {
                posts.wrong_tokens += 1;
                return Answer::with(404, "text/html", "");
            }
            match posts.places.get(&id) {
                Some(Place::Post(post)) => json(post),
                Some(Place::Tombstone(words)) => json(
                    &json!({ "__typename": "TweetTombstone", "tombstone": { "text": { "text": words, "entities": [], "rtl": false } } }),
                ),
                Some(Place::Empty) => json(&json!({})),
                None => Answer::with(404, "text/html", ""),
            }
        }
        "/oembed" => {
            let of = value("url");
            let id = of.rsplit('/').next().unwrap_or_default();
            match posts.places.get(id) {
                Some(Place::Post(post)) => json(&embed(id, post)),
                _ => Answer::with(
                    404,
                    "application/json; charset=utf-8",
                    "{\"errors\":[{\"message\":\"Sorry, that page does not exist\",\"code\":34}]}",
                ),
            }
        }
        _ if path.starts_with("/media/") => {
            Answer::of("image/jpeg", [b"\xff\xd8\xff\xe0\0\x10JFIF\0", path.as_bytes()].concat())
        }
        // Whatever is asked for: the page is made by scripts.
        _ if path.contains("/status/") || path.len() > 1 => Answer::html(
            "<!DOCTYPE html><html dir=\"ltr\" lang=\"en\"><head><meta charset=\"utf-8\"><title>X</title></head><body><noscript>JavaScript is not available.</noscript>\
             <div id=\"react-root\"></div><script>window.__INITIAL_STATE__={}</script></body></html>",
        ),
        _ => Answer::status(404),
    }
}

fn embed(id: &str, post: &Value) -> Value {
    let (name, text) = (post["user"]["screen_name"].as_str().unwrap(), post["text"].as_str().unwrap());
    let at: jiff::Timestamp = post["created_at"].as_str().unwrap().parse().unwrap();
    let day = at.strftime("%B %-d, %Y");
    json!({
        "url": format!("https://twitter.com/{name}/status/{id}"), "author_name": post["user"]["name"], "author_url": format!("https://twitter.com/{name}"),
        "html": format!("<blockquote class=\"twitter-tweet\"><p lang=\"en\" dir=\"ltr\">{text}</p>&mdash; {name} (@{name}) <a href=\"https://twitter.com/{name}/status/{id}?ref_src=twsrc%5Etfw\">{day}</a></blockquote>\n"),
        "width": 550, "height": null, "type": "rich", "cache_age": "3153600000", "provider_name": "Twitter", "provider_url": "https://twitter.com", "version": "1.0"
    })
}
