//! Telegram: pages of channels as the web preview writes them.

use super::{answered, at};
use crate::model::Why;
use crate::model::post::{CountKind, Missing, PostMediaKind, PostMediaState, RelationKind};
use crate::model::{Finding, PostKey};
use crate::site::{Gap, Until, expand, gaps, matches, read};

const CHANNEL: &str = r#"<html><head><link rel="canonical" href="/s/Town?before=110"><link rel="prev" href="/s/Town?before=101"></head><body>
<div class="tgme_channel_info"><div class="tgme_channel_info_header"><i class="tgme_page_photo_image"><img src="https://cdn4.telesco.pe/file/a.jpg"></i>
<div class="tgme_channel_info_header_title"><span>Town News</span><i class="verified-icon"> ✔</i></div><div class="tgme_channel_info_header_username"><a href="https://t.me/Town">@Town</a></div></div>
<div class="tgme_channel_info_counters"><div class="tgme_channel_info_counter"><span class="counter_value">12.3K</span> <span class="counter_type">subscribers</span></div></div>
<div class="tgme_channel_info_description">What happens in town</div></div>
<section class="tgme_channel_history js-message_history">
<div class="tgme_widget_message_centered js-messages_more_wrap"><a href="/s/Town?before=101" class="tme_messages_more js-messages_more" data-before="101"></a></div>
<div class="tgme_widget_message_wrap"><div class="tgme_widget_message text_not_supported_wrap js-widget_message" data-post="Town/101">
<div class="tgme_widget_message_user"><a href="https://t.me/Town"><i class="tgme_widget_message_user_photo"><img src="https://cdn4.telesco.pe/file/a.jpg"></i></a></div>
<div class="tgme_widget_message_bubble"><div class="tgme_widget_message_author"><a class="tgme_widget_message_owner_name" href="https://t.me/Town"><span>Town News</span></a></div>
<div class="tgme_widget_message_forwarded_from">Forwarded from <a class="tgme_widget_message_forwarded_from_name" href="https://t.me/other/55"><span>Other</span></a></div>
<a class="tgme_widget_message_reply" href="https://t.me/Town/90"><div class="tgme_widget_message_author"><span class="tgme_widget_message_author_name">Town News</span></div><div class="tgme_widget_message_text js-message_reply_text">The one before</div></a>
<div class="tgme_widget_message_text js-message_text">Bridge <b>closed</b> <i class="emoji" style="background-image:url('//telegram.org/img/emoji/40/F09F9AA7.png')"><b>🚧</b></i><br>See <a href="https://example.org/a">here</a> <a href="?q=%23bridge">#bridge</a> <tg-spoiler>until May</tg-spoiler></div>
<div class="tgme_widget_message_reactions"><span class="tgme_reaction"><i class="emoji"><b>👍</b></i>12</span><span class="tgme_reaction"><i class="emoji"><b>❤</b></i>1.5K</span></div>
<div class="tgme_widget_message_footer"><span class="tgme_widget_message_views">1.3K</span><span class="tgme_widget_message_meta">edited <a class="tgme_widget_message_date" href="https://t.me/Town/101"><time datetime="2024-05-01T10:00:00+00:00" class="time">10:00</time></a></span></div></div></div></div>
<div class="tgme_widget_message_wrap"><div class="tgme_widget_message js-widget_message" data-post="Town/104"><div class="tgme_widget_message_bubble">
<div class="tgme_widget_message_grouped_wrap"><a class="tgme_widget_message_photo_wrap grouped_media_wrap" href="https://t.me/Town/104?single" style="width:1px;background-image:url('https://cdn4.telesco.pe/file/one.jpg')"></a>
<a class="tgme_widget_message_photo_wrap grouped_media_wrap" href="https://t.me/Town/105?single" style="background-image:url('https://cdn4.telesco.pe/file/two.jpg')"></a>
<a class="tgme_widget_message_video_player grouped_media_wrap" href="https://t.me/Town/106?single"><i class="tgme_widget_message_video_thumb" style="background-image:url('https://cdn4.telesco.pe/file/still.jpg')"></i><video src="https://cdn4.telesco.pe/file/film.mp4?token=abc"></video><time class="message_video_duration js-message_video_duration">1:05</time></a></div>
<a class="tgme_widget_message_date" href="https://t.me/Town/104"><time datetime="2024-05-01T11:00:00+00:00">11:00</time></a></div></div></div>
<div class="tgme_widget_message_wrap"><div class="tgme_widget_message js-widget_message" data-post="Town/108"><div class="tgme_widget_message_video_player not_supported"><i class="tgme_widget_message_video_thumb" style="background-image:url('https://cdn4.telesco.pe/file/big.jpg')"></i><div class="message_media_not_supported_wrap"><div class="message_media_not_supported"><div class="message_media_not_supported_label">Media is too big</div></div></div><time class="message_video_duration">1:00:00</time></div>
<a class="tgme_widget_message_date" href="https://t.me/Town/108"><time datetime="2024-05-01T12:00:00+00:00">12:00</time></a></div></div>
</section></body></html>"#;

#[test]
fn addresses_of_one_post_are_one_target() {
    for url in [
        "https://t.me/Town/101",
        "https://t.me/s/Town/101",
        "https://telegram.me/town/101?single",
        "https://town.t.me/101",
    ] {
        assert_eq!(at(url).unwrap().key.to_string(), "telegram:town/101", "{url}");
    }
    assert_eq!(at("https://t.me/s/Town").unwrap().key, PostKey::parse("telegram:town/").unwrap());
    assert!(at("https://t.me/joinchat/AAAA").is_none());
    assert!(at("https://t.me/").is_none());
}

#[test]
fn a_page_of_a_channel_is_its_posts_and_where_older_ones_are() {
    let target = at("https://t.me/s/Town").unwrap();
    let reading = answered(CHANNEL, "https://t.me/s/Town", "text/html", |answer| read(answer, &target));
    assert_eq!(reading.verdict.finding, Finding::Ok);
    let ids: Vec<&str> = reading.posts.iter().map(|p| p.key.id.as_str()).collect();
    assert_eq!(ids, ["101", "104", "108"]);
    let post = &reading.posts[0];
    assert_eq!(post.text, "Bridge closed 🚧\nSee here #bridge until May");
    assert_eq!(post.created.as_ref().unwrap().at.unwrap().to_string(), "2024-05-01T10:00:00Z");
    assert_eq!((post.is_edited, post.tags.clone()), (Some(true), vec!["bridge".to_owned()]));
    assert!(post.missing.contains(&Missing::EditTime));
    assert_eq!(post.relation(RelationKind::Forward).unwrap().target(), "telegram:other/55");
    assert_eq!(post.relation(RelationKind::Reply).unwrap().target(), "telegram:town/90");
    let views = post.counts.iter().find(|c| c.kind == CountKind::Views).unwrap();
    assert_eq!((views.value, views.granularity), (1_300, 100));
    let hearts = post.counts.iter().find(|c| c.label.as_deref() == Some("❤")).unwrap();
    assert_eq!(hearts.value, 1_500);
    let actor = reading.actor.as_ref().unwrap();
    assert_eq!(
        (actor.name.as_deref(), actor.handle.as_deref(), actor.verified),
        (Some("Town News"), Some("Town"), Some(true))
    );
    assert_eq!(actor.counts[0].value, 12_300);
    let older = reading.next.iter().find(|n| n.why == Why::Older).unwrap();
    assert_eq!(older.route.url, "https://t.me/s/town?before=101");
}

#[test]
fn an_album_is_one_post_and_its_members_are_no_gaps() {
    let target = at("https://t.me/s/Town").unwrap();
    let reading = answered(CHANNEL, "https://t.me/s/Town", "text/html", |answer| read(answer, &target));
    let album = &reading.posts[1];
    let kinds: Vec<PostMediaKind> = album.media.iter().map(|m| m.kind).collect();
    assert_eq!(kinds, [PostMediaKind::Image, PostMediaKind::Image, PostMediaKind::Video]);
    assert_eq!(album.media[2].duration_ms, Some(65_000));
    assert_eq!(album.media[2].poster.as_deref(), Some("https://cdn4.telesco.pe/file/still.jpg"));
    assert_eq!(gaps(&reading.posts), [Gap { from: 102, to: 103 }, Gap { from: 107, to: 107 }]);
    let big = &reading.posts[2].media;
    assert_eq!((big.len(), big[0].state), (1, PostMediaState::UnavailableOnWeb));
}

#[test]
fn paging_stops_at_what_is_known_even_if_that_was_deleted() {
    let target = at("https://t.me/s/Town").unwrap();
    let reading = answered(CHANNEL, "https://t.me/s/Town", "text/html", |answer| read(answer, &target));
    let known = PostKey::parse("telegram:town/105").unwrap();
    let expansion = expand(&reading, &target, &Until { known: Some(&known), ..Until::default() });
    assert_eq!(expansion.fresh.iter().map(|k| k.id.as_str()).collect::<Vec<_>>(), ["108"]);
    assert!(expansion.done);
    let old = PostKey::parse("telegram:town/50").unwrap();
    let expansion = expand(&reading, &target, &Until { known: Some(&old), ..Until::default() });
    assert_eq!((expansion.fresh.len(), expansion.done), (3, false));
}

#[test]
fn a_preview_that_is_switched_off_is_a_wall_and_a_missing_post_is_missing() {
    let target = at("https://t.me/s/Town").unwrap();
    let headers = vec![("location".to_owned(), "https://t.me/Town".into())];
    let url = "https://t.me/s/Town".parse().unwrap();
    let answer = crate::site::Answer { url: &url, status: 302, headers: &headers, body: b"", content_type: "" };
    assert_eq!(read(&answer, &target).verdict.finding, Finding::LoginWall);
    let target = at("https://t.me/Town/7").unwrap();
    let body = r#"<div class="tgme_widget_message_error">Post not found</div>"#;
    let reading = answered(body, "https://t.me/Town/7?embed=1&mode=tme", "text/html", |answer| read(answer, &target));
    assert_eq!(reading.verdict.finding, Finding::GoneUnknown);
    assert!(matches(&"https://example.org/Town/7".parse().unwrap()).is_none());
}

#[test]
fn a_channel_that_offers_no_preview_is_told_with_its_profile_and_as_a_wall() {
    let page = r#"<html><head><meta property="og:title" content="Town"></head><body><div class="tgme_page"><div class="tgme_page_title">Town</div><div class="tgme_page_extra">5 subscribers</div></div></body></html>"#;
    let target = at("https://t.me/s/Town").unwrap();
    let reading = answered(page, "https://t.me/Town", "text/html", |answer| read(answer, &target));
    assert_eq!(reading.verdict.finding, Finding::LoginWall);
    assert_eq!(reading.actor.unwrap().counts[0].value, 5);
}

#[test]
fn a_name_that_nobody_has_is_gone_though_its_page_says_how_to_write_to_it() {
    let page = r#"<html><head><meta property="og:title" content="Telegram: Contact @town"><meta property="og:description" content=""></head><body><div class="tgme_page"><div class="tgme_page_icon"><i class="tgme_icon_user"></i></div><div class="tgme_page_description">If you have <strong>Telegram</strong>, you can contact <br><a class="tgme_username_link" href="tg://resolve?domain=town">@town</a> right away.</div></div></body></html>"#;
    let target = at("https://t.me/s/Town").unwrap();
    let reading = answered(page, "https://t.me/Town", "text/html", |answer| read(answer, &target));
    assert_eq!((reading.verdict.finding, reading.verdict.ambiguous), (Finding::GoneUnknown, true));
}

#[test]
fn a_copy_of_the_platform_is_asked_where_it_is() {
    let copy = crate::site::family(crate::model::Platform::Telegram, &"http://127.0.0.1:8080/s/Town".parse().unwrap())
        .unwrap();
    assert_eq!(crate::site::routes(&copy)[0].url, "http://127.0.0.1:8080/s/town");
    assert_eq!(copy.key, at("https://t.me/s/Town").unwrap().key);
    let copy =
        crate::site::family(crate::model::Platform::X, &"http://127.0.0.1:8080/a/status/20".parse().unwrap()).unwrap();
    assert_eq!(crate::site::routes(&copy)[0].url, "http://127.0.0.1:8080/tweet-result?id=20&lang=en&token=6dq1a2xwd93");
}

#[test]
fn of_a_page_that_was_asked_for_one_post_only_that_post_is_taken() {
    let url = |id: &str| format!("https://t.me/s/Town/{id}");
    for (id, first) in [("104", Some("104")), ("105", Some("104")), ("103", None), ("101", Some("101"))] {
        let target = at(&url(id)).unwrap();
        let reading = answered(CHANNEL, &url(id), "text/html", |answer| read(answer, &target));
        let ids: Vec<&str> = reading.posts.iter().map(|p| p.key.id.as_str()).collect();
        assert_eq!(ids, Vec::from_iter(first), "{id}");
        let finding = if first.is_some() { Finding::Ok } else { Finding::GoneUnknown };
        assert_eq!(reading.verdict.finding, finding, "{id}");
    }
    // Without a preview the way to the list ends at the channel's own page.
    let page = r#"<html><head><meta property="og:title" content="Town"><meta property="og:description" content="News"></head><body><div class="tgme_page"><div class="tgme_page_title">Town</div></div></body></html>"#;
    let target = at(&url("101")).unwrap();
    let reading = answered(page, "https://t.me/Town", "text/html", |answer| read(answer, &target));
    assert_eq!((reading.verdict.finding, reading.posts.len()), (Finding::LoginWall, 0));
}
