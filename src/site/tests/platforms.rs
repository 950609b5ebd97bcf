//! Answers in the shapes of their platforms, each with what is easily read wrongly.

use super::{answered, at, with_status};
use crate::model::Why;
use crate::model::post::{CountKind, Missing, PostMediaKind, RelationKind, RelationState};
use crate::model::{Finding, Platform, Post, PostState};
use crate::site::{Reading, Target, document, family, read};

pub(super) fn of(platform: Platform, url: &str) -> Target {
    family(platform, &url.parse().unwrap()).unwrap_or_else(|| panic!("{url}"))
}

pub(super) fn json(target: &Target, url: &str, value: &serde_json::Value) -> Reading {
    answered(&value.to_string(), url, "application/json", |answer| read(answer, target))
}

fn post<'r>(reading: &'r Reading, id: &str) -> &'r Post {
    reading
        .posts
        .iter()
        .find(|p| p.key.id == id)
        .unwrap_or_else(|| panic!("{id}: {:?}", reading.posts.iter().map(|p| &p.key).collect::<Vec<_>>()))
}

#[test]
fn a_thread_of_bluesky_keeps_deleted_places_and_octet_offsets() {
    let author = |n: &str| serde_json::json!({ "did": format!("did:plc:{n}"), "handle": format!("{n}.test"), "displayName": n.to_uppercase() });
    let uri = |n: &str, r: &str| format!("at://did:plc:{n}/app.bsky.feed.post/{r}");
    let text = "Ջերմուկ շարժում https://a.example/x #Արցախ";
    let (from, to) = (text.find("https").unwrap(), text.find(" #").unwrap());
    let value = serde_json::json!({ "thread": {
        "$type": "app.bsky.feed.defs#threadViewPost",
        "post": { "uri": uri("a", "3k2"), "cid": "c1", "author": author("a"), "indexedAt": "2024-01-01T12:00:02Z", "replyCount": 2, "likeCount": 5,
            "record": { "text": text, "createdAt": "2024-01-01T12:00:00Z", "langs": ["hy"],
                "facets": [{ "index": { "byteStart": from, "byteEnd": to }, "features": [{ "$type": "app.bsky.richtext.facet#link", "uri": "https://a.example/x" }] },
                           { "index": { "byteStart": 1, "byteEnd": 3 }, "features": [{ "$type": "app.bsky.richtext.facet#link", "uri": "https://odd.example/" }] }],
                "reply": { "root": { "uri": uri("b", "3k0") }, "parent": { "uri": uri("b", "3k1") } },
                "embed": { "$type": "app.bsky.embed.images", "images": [{ "alt": "one", "image": { "ref": { "$link": "bafkreicid" }, "mimeType": "image/png", "size": 9 } }] } },
            "embed": { "$type": "app.bsky.embed.images#view", "images": [{ "thumb": "https://cdn.example/t", "fullsize": "https://cdn.example/f", "alt": "one" }] } },
        "parent": { "$type": "app.bsky.feed.defs#notFoundPost", "uri": uri("b", "3k1"), "notFound": true },
        "replies": [{ "$type": "app.bsky.feed.defs#threadViewPost", "replies": [],
            "post": { "uri": uri("c", "3k4"), "cid": "c3", "author": author("c"), "indexedAt": "2024-01-01T12:05:00Z",
                "record": { "text": "yes", "createdAt": "2020-01-01T00:00:00Z", "reply": { "root": { "uri": uri("b", "3k0") }, "parent": { "uri": uri("a", "3k2") } } } } }]
    } });
    let target = at("https://bsky.app/profile/did:plc:a/post/3k2").unwrap();
    let reading = json(&target, "https://public.api.bsky.app/xrpc/app.bsky.feed.getPostThread?uri=x", &value);
    let main = post(&reading, "3k2");
    assert_eq!(
        main.links.iter().map(|l| (l.url.as_str(), l.text.as_str())).collect::<Vec<_>>(),
        [("https://a.example/x", "https://a.example/x"), ("https://odd.example/", "")]
    );
    assert_eq!((main.version.as_deref(), main.language.as_deref()), (Some("c1"), Some("hy")));
    // The original by its digest before what is made of it for showing.
    let picture = &main.media[0];
    assert_eq!(
        (picture.identity.as_str(), picture.expected.as_deref(), picture.renditions.len()),
        ("bafkreicid", Some("bafkreicid"), 3)
    );
    assert_eq!(post(&reading, "3k1").state, PostState::Gone);
    assert!(post(&reading, "3k4").notes.iter().any(|n| n.kind == crate::model::post::NoteKind::Backdated));
    // Two replies are counted and one is shown.
    assert!(reading.missing.contains(&Missing::SomeReplies));
    let shown = document(&reading, &target);
    assert_eq!(
        (shown.comments.len(), shown.comments[0].author.as_deref(), shown.comments_claimed),
        (1, Some("C"), Some(2))
    );
    assert!(matches!(&shown.blocks[0], crate::model::Block::Quote { .. }));
}

#[test]
fn a_handed_on_post_and_a_context_of_mastodon() {
    let account = |n: &str| serde_json::json!({ "id": "1", "username": n, "acct": n, "display_name": n, "url": format!("https://m.test/@{n}") });
    let status = |id: &str, who: &str, to: serde_json::Value, text: &str| {
        serde_json::json!({ "id": id, "uri": format!("https://m.test/users/{who}/statuses/{id}"), "url": format!("https://m.test/@{who}/{id}"), "created_at": "2024-01-01T00:00:00.000Z",
            "edited_at": null, "content": format!("<p>{text}</p>"), "in_reply_to_id": to, "account": account(who), "media_attachments": [], "replies_count": 0, "favourites_count": 2, "visibility": "public" })
    };
    let target = of(Platform::Mastodon, "https://m.test/@anna/11");
    let value = serde_json::json!({ "ancestors": [status("10", "bob", serde_json::Value::Null, "before")],
        "descendants": [status("12", "carl", "11".into(), "yes"), status("13", "dora", "12".into(), "no")] });
    let reading = json(&target, "https://m.test/api/v1/statuses/11/context", &value);
    assert_eq!(post(&reading, "13").relation(RelationKind::Reply).unwrap().target(), "mastodon:m.test/12");
    assert_eq!(post(&reading, "13").is_edited, Some(false));
    let mut handed = status("20", "anna", serde_json::Value::Null, "");
    handed["reblog"] = serde_json::json!({ "id": "99", "uri": "https://far.test/users/eve/statuses/7", "url": "https://far.test/@eve/7", "created_at": "2024-01-01T00:00:00Z",
        "content": "<p>see <a href=\"https://long.example/path\"><span class=\"invisible\">https://</span><span class=\"ellipsis\">long.example/pa</span><span class=\"invisible\">th</span></a></p>",
        "account": { "id": "5", "username": "eve", "acct": "eve@far.test", "url": "https://far.test/@eve" } });
    let reading = json(
        &target,
        "https://m.test/api/v1/accounts/1/statuses",
        &serde_json::json!([handed, status("19", "anna", serde_json::Value::Null, "x")]),
    );
    assert_eq!(post(&reading, "20").kind, crate::model::PostKind::Repost);
    assert_eq!(post(&reading, "20").relation(RelationKind::Repost).unwrap().target(), "mastodon:far.test/7");
    assert_eq!(post(&reading, "7").text, "see https://long.example/path");
    assert_eq!(post(&reading, "7").author.as_ref().unwrap().key.to_string(), "mastodon:far.test/@eve");
    let older = reading.next.iter().find(|n| n.why == Why::Older).unwrap();
    assert!(older.route.url.ends_with("max_id=19"), "{}", older.route.url);
}

#[test]
fn a_revoked_quote_and_a_file_that_is_gone_are_said_to_be_so() {
    let value = serde_json::json!({ "id": "1", "uri": "https://m.test/users/a/statuses/1", "created_at": "2024-01-01T00:00:00Z", "content": "<p>x</p>", "account": { "acct": "a", "username": "a" },
        "quote": { "state": "revoked", "quoted_status": null }, "media_attachments": [{ "id": "5", "type": "unknown", "url": null, "description": "map" }] });
    let target = of(Platform::Mastodon, "https://m.test/@a/1");
    let reading = json(&target, "https://m.test/api/v1/statuses/1", &value);
    let main = post(&reading, "1");
    assert_eq!(main.relation(RelationKind::Quote).unwrap().state, RelationState::Gone);
    assert_eq!((main.media[0].alt.as_str(), main.media[0].state), ("map", crate::model::post::PostMediaState::Gone));
}

#[test]
fn a_note_of_the_fediverse_has_the_key_that_the_interface_gives() {
    let value = serde_json::json!({ "@context": "https://www.w3.org/ns/activitystreams", "id": "https://m.test/users/a/statuses/5", "type": "Note", "url": "https://m.test/@a/5",
        "attributedTo": "https://m.test/users/a", "content": "<p>hi</p>", "published": "2024-01-01T00:00:00Z", "updated": "2024-01-02T00:00:00Z", "inReplyTo": "https://o.test/notes/9x",
        "replies": { "id": "https://m.test/users/a/statuses/5/replies", "type": "Collection" } });
    let target = of(Platform::Mastodon, "https://m.test/@a/5");
    let reading = json(&target, "https://m.test/users/a/statuses/5", &value);
    let main = post(&reading, "5");
    assert_eq!(
        (main.key.to_string().as_str(), main.url.as_deref()),
        ("mastodon:m.test/5", Some("https://m.test/@a/5"))
    );
    assert_eq!(main.relation(RelationKind::Reply).unwrap().target(), "activitypub:o.test/notes/9x");
    assert!(reading.next.iter().any(|n| n.why == Why::Replies));
    let tomb = serde_json::json!({ "@context": "https://www.w3.org/ns/activitystreams", "id": "https://m.test/users/a/statuses/5", "type": "Tombstone" });
    let reading = with_status(410, &tomb.to_string(), "https://m.test/users/a/statuses/5", "", |a| read(a, &target));
    assert_eq!((reading.verdict.finding, post(&reading, "5").state), (Finding::GoneUnknown, PostState::Gone));
}

#[test]
fn a_post_of_x_for_embedding_with_an_edit_a_quote_and_a_film() {
    let value = serde_json::json!({ "__typename": "Tweet", "id_str": "1841206275088290279", "created_at": "2024-10-01T19:59:18.000Z", "lang": "en",
        "text": "A &amp; B https://t.co/x", "note_tweet": { "id": "n" }, "user": { "id_str": "9", "name": "Anna", "screen_name": "Anna_A", "is_blue_verified": true },
        "entities": { "hashtags": [{ "text": "news" }], "urls": [{ "expanded_url": "https://a.example/", "display_url": "a.example" }] }, "favorite_count": 4, "conversation_count": 2,
        "mediaDetails": [{ "type": "video", "media_url_https": "https://pbs.twimg.com/t.jpg", "original_info": { "width": 10, "height": 20 }, "video_info": { "duration_millis": 1500,
            "variants": [{ "content_type": "application/x-mpegURL", "url": "https://v/x.m3u8" }, { "bitrate": 1, "content_type": "video/mp4", "url": "https://v/small.mp4" }, { "bitrate": 9, "content_type": "video/mp4", "url": "https://v/large.mp4" }] } },
            { "type": "photo", "media_url_https": "https://pbs.twimg.com/media/KEY.png", "ext_alt_text": "map" }],
        "edit_control": { "edit_tweet_ids": ["1841206275088290000", "1841206275088290279"] }, "isEdited": true,
        "in_reply_to_status_id_str": "7", "in_reply_to_screen_name": "bob",
        "parent": { "id_str": "7", "text": "why?", "created_at": "2024-10-01T19:00:00Z", "user": { "screen_name": "bob" } },
        "quoted_tweet": { "id_str": "8", "text": "said", "created_at": "2024-09-01T19:00:00Z", "user": { "screen_name": "carl" } } });
    let target = at("https://twitter.com/Anna_A/status/1841206275088290279?s=20").unwrap();
    let reading = json(&target, "https://cdn.syndication.twimg.com/tweet-result?id=1", &value);
    let main = post(&reading, "1841206275088290279");
    assert_eq!(
        (main.text.as_str(), main.tags[0].as_str(), main.is_edited),
        ("A & B https://t.co/x", "news", Some(true))
    );
    assert!(main.missing.contains(&Missing::TextTruncated) && main.notes.is_empty());
    assert_eq!(main.media[0].best().unwrap().url, "https://v/large.mp4");
    assert_eq!(main.media[1].best().unwrap().url, "https://pbs.twimg.com/media/KEY?format=png&name=orig");
    assert_eq!(main.relation(RelationKind::Quote).unwrap().target(), "x:8");
    assert_eq!(reading.posts.len(), 3);
    assert!(reading.next.iter().any(|n| n.why == Why::History && n.route.url.contains("1841206275088290000")));
    assert!(main.urls.is_empty());
}

#[test]
fn a_video_of_tiktok_is_read_out_of_its_page() {
    let state = serde_json::json!({ "__DEFAULT_SCOPE__": { "webapp.video-detail": { "statusCode": 0, "itemInfo": { "itemStruct": {
        "id": "7571863205253778710", "desc": "On the #bridge", "createTime": "1762961788", "author": { "id": "5", "uniqueId": "anna", "nickname": "Anna", "verified": false },
        "video": { "duration": 12, "width": 576, "height": 1024, "playAddr": "https://v.example/p?x-expires=1", "originCover": "https://v.example/c", "bitrateInfo": [{ "Bitrate": 900, "PlayAddr": { "DataSize": "77", "UrlList": ["https://v.example/hd?sig=1"] } }] },
        "stats": { "diggCount": 3, "playCount": 9 }, "statsV2": { "diggCount": "31", "commentCount": "2", "playCount": "99" }, "textExtra": [{ "hashtagName": "bridge" }] } } } } });
    let page = format!(
        "<html><script id=\"__UNIVERSAL_DATA_FOR_REHYDRATION__\" type=\"application/json\">{state}</script></html>"
    );
    let target = at("https://www.tiktok.com/@anna/video/7571863205253778710?lang=en").unwrap();
    let reading = answered(&page, &target.url, "text/html", |a| read(a, &target));
    let main = post(&reading, "7571863205253778710");
    assert_eq!((main.text.as_str(), main.count(CountKind::Likes), main.tags.len()), ("On the #bridge", Some(31), 1));
    assert_eq!(main.created.as_ref().unwrap().at.unwrap().as_second(), 1_762_961_788);
    assert!(main.notes.is_empty());
    assert_eq!(
        (main.media[0].best().unwrap().url.as_str(), main.media[0].best().unwrap().bytes),
        ("https://v.example/hd?sig=1", Some(77))
    );
    let closed = page.replace("\"statusCode\":0", "\"statusCode\":10222");
    assert_eq!(answered(&closed, &target.url, "text/html", |a| read(a, &target)).verdict.finding, Finding::Private);
}

#[test]
fn the_feed_of_a_channel_of_youtube_has_videos_by_their_numbers() {
    let feed = r#"<?xml version="1.0"?><feed xmlns:yt="http://www.youtube.com/xml/schemas/2015" xmlns:media="http://search.yahoo.com/mrss/" xmlns="http://www.w3.org/2005/Atom">
<title>Town TV</title><author><name>Town TV</name><uri>https://www.youtube.com/channel/UCzcRQ3vRNr6fJ1A9rqFn7QA</uri></author>
<entry><id>yt:video:W6NZfCO5SIk</id><yt:videoId>W6NZfCO5SIk</yt:videoId><title>The bridge</title><link rel="alternate" href="https://www.youtube.com/watch?v=W6NZfCO5SIk"/><author><name>Town TV</name></author>
<published>2024-05-01T10:00:00+00:00</published><updated>2024-05-02T10:00:00+00:00</updated>
<media:group><media:title>The bridge</media:title><media:content url="https://www.youtube.com/v/W6NZfCO5SIk?version=3" type="application/x-shockwave-flash" width="640" height="390"/><media:thumbnail url="https://i.ytimg.com/vi/W6NZfCO5SIk/hqdefault.jpg"/><media:description>All of it, a &lt; b</media:description><media:community><media:starRating count="12" average="5"/><media:statistics views="345"/></media:community></media:group></entry></feed>"#;
    let target = at("https://www.youtube.com/channel/UCzcRQ3vRNr6fJ1A9rqFn7QA").unwrap();
    let reading = answered(
        feed,
        "https://www.youtube.com/feeds/videos.xml?channel_id=UCzcRQ3vRNr6fJ1A9rqFn7QA",
        "text/xml",
        |a| read(a, &target),
    );
    let main = post(&reading, "W6NZfCO5SIk");
    assert_eq!((main.key.to_string().as_str(), main.text.as_str()), ("youtube:W6NZfCO5SIk", "All of it, a < b"));
    assert_eq!(
        (main.count(CountKind::Views), main.count(CountKind::Likes), main.author.as_ref().unwrap().shown()),
        (Some(345), Some(12), Some("Town TV"))
    );
    assert_eq!(
        with_status(404, "", "https://www.youtube.com/feeds/videos.xml?channel_id=U", "", |a| read(a, &target))
            .verdict
            .finding,
        Finding::ServerError
    );
}

#[test]
fn trees_of_reddit_and_lemmy_keep_their_parents_and_who_removed_what() {
    let thing = |kind: &str, data: serde_json::Value| serde_json::json!({ "kind": kind, "data": data });
    let listing = |children: Vec<serde_json::Value>| serde_json::json!({ "kind": "Listing", "data": { "children": children, "after": null } });
    let reply = thing(
        "t1",
        serde_json::json!({ "name": "t1_b", "parent_id": "t1_a", "link_id": "t3_abc", "author": "[deleted]", "body": "[removed]", "created_utc": 5.0, "edited": false }),
    );
    let top = thing(
        "t1",
        serde_json::json!({ "name": "t1_a", "parent_id": "t3_abc", "link_id": "t3_abc", "author": "anna", "body": "so it is", "created_utc": 4.0, "edited": 6.0, "replies": listing(vec![reply, thing("more", serde_json::json!({ "count": 3, "children": ["x"] }))]) }),
    );
    let main = thing(
        "t3",
        serde_json::json!({ "name": "t3_abc", "title": "Bridge &amp; road", "author": "bob", "selftext": "why", "created_utc": 3.0, "edited": false, "num_comments": 5, "is_self": true, "score": 7 }),
    );
    let target = at("https://old.reddit.com/r/town/comments/abc/bridge/").unwrap();
    let reading = json(
        &target,
        "https://oauth.reddit.com/comments/abc",
        &serde_json::json!([listing(vec![main]), listing(vec![top])]),
    );
    assert_eq!(post(&reading, "t3_abc").title.as_deref(), Some("Bridge & road"));
    assert_eq!(
        (post(&reading, "t1_b").state, post(&reading, "t1_b").relation(RelationKind::Reply).unwrap().target().as_str()),
        (PostState::RemovedByModerator, "reddit:t1_a")
    );
    assert_eq!(post(&reading, "t1_a").is_edited, Some(true));
    assert!(reading.missing.contains(&Missing::SomeReplies));
    assert_eq!(document(&reading, &target).comments.iter().map(|c| c.depth).collect::<Vec<_>>(), [0, 1]);

    let person = serde_json::json!({ "id": 2, "name": "anna", "actor_id": "https://far.test/u/anna" });
    let view = |id: u32, path: &str, deleted: bool, removed: bool| {
        serde_json::json!({ "creator": person, "counts": { "upvotes": 1 },
        "comment": { "id": id, "post_id": 9, "path": path, "content": "so", "published": "2024-01-01T00:00:00.5", "deleted": deleted, "removed": removed, "ap_id": format!("https://l.test/comment/{id}") } })
    };
    let target = of(Platform::Lemmy, "https://l.test/post/9");
    let reading = json(
        &target,
        "https://l.test/api/v3/comment/list?post_id=9",
        &serde_json::json!({ "comments": [view(1, "0.1", true, false), view(2, "0.1.2", false, true)] }),
    );
    assert_eq!(post(&reading, "comment-2").relation(RelationKind::Reply).unwrap().target(), "lemmy:l.test/comment-1");
    assert_eq!(
        (post(&reading, "comment-1").state, post(&reading, "comment-2").state),
        (PostState::DeletedByAuthor, PostState::RemovedByModerator)
    );
    assert_eq!(post(&reading, "comment-1").created.as_ref().unwrap().zone, crate::model::ZoneSource::Stated);
}

#[test]
fn what_a_topic_of_discourse_leaves_out_is_asked_for() {
    let item = |n: u32, to: serde_json::Value, version: u32| {
        serde_json::json!({ "id": 100 + n, "topic_id": 5, "topic_slug": "s", "post_number": n, "reply_to_post_number": to, "username": "anna", "name": "Anna",
        "cooked": if n == 3 { "<p>(post deleted by author)</p>" } else { "<p>words</p>" }, "created_at": "2024-01-01T00:00:00Z", "updated_at": "2024-01-02T00:00:00Z", "version": version })
    };
    let value = serde_json::json!({ "id": 5, "title": "Bridge", "posts_count": 4, "post_stream": { "posts": [item(1, serde_json::Value::Null, 2), item(2, serde_json::Value::Null, 1), item(3, 2.into(), 1)], "stream": [101, 102, 103, 104] } });
    let target = of(Platform::Discourse, "https://d.test/t/bridge/5/2");
    let reading = json(&target, "https://d.test/t/5.json", &value);
    assert_eq!(
        (post(&reading, "t5").title.as_deref(), post(&reading, "t5").is_edited, post(&reading, "t5/2").is_edited),
        (Some("Bridge"), Some(true), Some(false))
    );
    assert_eq!(
        (post(&reading, "t5/3").state, post(&reading, "t5/3").relation(RelationKind::Reply).unwrap().target().as_str()),
        (PostState::DeletedByAuthor, "discourse:d.test/t5/2")
    );
    assert!(reading.next.iter().any(|n| n.route.url == "https://d.test/t/5/posts.json?post_ids[]=104"));
}

#[test]
fn a_video_of_peertube_is_offered_with_its_largest_file_first() {
    let value = serde_json::json!({ "uuid": "9c9de5e8", "shortUUID": "kk", "name": "Bridge", "publishedAt": "2024-01-01T00:00:00Z", "duration": 60, "tags": ["a"], "account": { "name": "anna", "host": "p.test" },
        "files": [], "streamingPlaylists": [{ "playlistUrl": "https://p.test/m.m3u8", "files": [{ "resolution": { "id": 480 }, "fileUrl": "https://p.test/480.mp4" }, { "resolution": { "id": 1080 }, "fileUrl": "https://p.test/1080.mp4", "size": 5 }] }] });
    let target = of(Platform::PeerTube, "https://p.test/w/kk");
    let reading = json(&target, "https://p.test/api/v1/videos/kk", &value);
    let main = post(&reading, "kk");
    assert_eq!(
        main.media[0].renditions.iter().map(|r| r.url.as_str()).collect::<Vec<_>>(),
        ["https://p.test/1080.mp4", "https://p.test/480.mp4", "https://p.test/m.m3u8"]
    );
    assert_eq!((main.media[0].kind, main.media[0].identity.as_str()), (PostMediaKind::Video, "peertube:9c9de5e8"));
}

#[test]
fn garbage_in_any_place_costs_nothing_but_the_reading() {
    let bodies = [
        "",
        "null",
        "[]",
        "{}",
        "<html",
        "{\"thread\":{\"post\":[]}}",
        "[[[[[[",
        "<?xml version=\"1.0\"?><feed><entry><id>",
        "\u{0}\u{1}\u{2}",
        "{\"data\":{\"children\":[{\"kind\":\"t1\"}]}}",
    ];
    for adapter in crate::site::all() {
        let Some(target) = adapter
            .hosts
            .first()
            .map(|h| format!("https://{h}/a/b/1"))
            .or(Some("https://any.test/@a/123".to_owned()))
            .and_then(|u| (adapter.matches)(&u.parse().unwrap()))
        else {
            continue;
        };
        for body in bodies {
            for status in [200, 302, 404] {
                let _ = with_status(status, body, &target.url, "", |a| document(&read(a, &target), &target));
            }
        }
        assert!(!crate::site::routes(&target).is_empty(), "{}", adapter.platform);
    }
}

/// The document of an answer that was asked for beside a status.
fn beside(target: &Target, why: Why, value: &serde_json::Value) -> crate::model::Document {
    let asked = crate::model::Asked {
        platform: target.platform,
        route: "beside".to_owned(),
        why: Some(why),
        url: target.url.clone(),
    };
    let url = match why {
        Why::History => "https://m.test/api/v1/statuses/12/history",
        _ => "https://m.test/api/v1/statuses/12/context",
    };
    crate::site::document_of(json(target, url, value), target, asked)
}

#[test]
fn what_stands_above_a_status_and_what_it_said_before_are_no_answers_to_it() {
    let target = of(Platform::Mastodon, "https://m.test/@a/12");
    let status = |id: u64, to: Option<u64>| {
        serde_json::json!({ "id": id.to_string(), "content": format!("<p>Says {id}</p>"), "account": { "acct": "a" },
            "in_reply_to_id": to.map(|to| to.to_string()), "uri": format!("https://m.test/users/a/statuses/{id}") })
    };
    let context = serde_json::json!({ "ancestors": [status(10, None), status(11, Some(10))],
        "descendants": [status(13, Some(12)), status(14, Some(13)), status(16, Some(15))] });
    let document = beside(&target, Why::Context, &context);
    let said: Vec<&str> = document.comments.iter().map(|c| c.text.as_str()).collect();
    assert_eq!(said, ["Says 13", "Says 14", "Says 16"]);
    assert_eq!(document.comments[1].parent, Some(0));
    let version = |text: &str| serde_json::json!({ "content": format!("<p>{text}</p>"), "created_at": "2026-08-01T13:54:00.505Z", "account": { "acct": "a" } });
    let document = beside(&target, Why::History, &serde_json::json!([version("First"), version("Then")]));
    assert_eq!(document.comments.len(), 0);
    assert_eq!(document.social.unwrap().posts.len(), 2, "they are kept with the posts");
}

#[test]
fn what_was_handed_on_is_listed_as_itself_only() {
    let target = of(Platform::Mastodon, "https://m.test/@a");
    let own = serde_json::json!({ "id": "7", "content": "<p>Own</p>", "account": { "acct": "b" }, "url": "https://m.test/@b/7",
        "uri": "https://m.test/users/b/statuses/7" });
    let boost = serde_json::json!([{ "id": "9", "content": "", "account": { "acct": "a" }, "reblog": own,
        "url": "https://m.test/users/a/statuses/9/activity", "uri": "https://m.test/users/a/statuses/9/activity" }]);
    let reading = json(&target, "https://m.test/api/v1/accounts/1/statuses", &boost);
    assert_eq!(reading.posts.len(), 2);
    let urls: Vec<String> = document(&reading, &target).entries.into_iter().map(|e| e.url).collect();
    assert_eq!(urls, ["https://m.test/@b/7"]);
    assert_eq!(of(Platform::Mastodon, "https://m.test/users/a/statuses/9/activity").key.id, "9");
}
