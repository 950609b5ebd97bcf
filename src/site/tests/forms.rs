//! Forms that many platforms and pages share: articles with comments, feeds, microformats, programs on any host.

use super::answered;
use super::platforms::{json, of};
use crate::model::Platform;
use crate::model::post::RelationKind;
use crate::site::read;

#[test]
fn an_article_with_comments_is_a_post_with_replies() {
    let page = r#"<html lang="en"><head><title>The bridge</title><meta property="og:type" content="article"></head><body><article><h1>The bridge</h1>
<p>By <a rel="author" href="/anna">Anna Arm</a> <time datetime="2024-05-01T10:00:00Z">May 1, 2024</time></p><p>The bridge over the river was closed on Monday, and nobody knows for how long it will stay so, said the town.</p><p>It was built in 1960 and repaired twice since then, the last time ten years ago.</p></article>
<section id="comments"><h2>2 comments</h2><ol class="comment-list"><li id="comment-1" class="comment"><cite class="fn">Bob</cite> <time datetime="2024-05-02T10:00:00Z">May 2</time><div class="comment-content"><p>At last somebody says so.</p></div>
<ol class="children"><li id="comment-2" class="comment"><cite class="fn">Carl</cite> <time datetime="2024-05-03T10:00:00Z">May 3</time><div class="comment-content"><p>Nobody does.</p></div></li></ol></li></ol></section></body></html>"#;
    let target = of(Platform::Web, "https://news.example/2024/bridge");
    let reading = answered(page, "https://news.example/2024/bridge", "text/html", |a| read(a, &target));
    let main = reading.main(&target).unwrap();
    assert_eq!((main.key.clone(), main.title.as_deref()), (target.key.clone(), Some("The bridge")));
    let answers: Vec<(String, String)> = reading.posts[1..]
        .iter()
        .map(|p| (p.key.id.clone(), p.relation(RelationKind::Reply).unwrap().target()))
        .collect();
    let page = "2024/bridge";
    assert_eq!(answers.len(), 2, "{answers:?}");
    assert_eq!(answers[0].1, format!("web:news.example/{page}"));
    assert_eq!(answers[1].1, format!("web:news.example/{}", answers[0].0));
}

#[test]
fn the_whole_text_of_an_entry_stands_unescaped_in_some_feeds() {
    let feed = r#"<?xml version="1.0"?><feed xmlns="http://www.w3.org/2005/Atom"><title>Town</title><entry><id>tag:t,1</id><title type="html">A &lt;b&gt;bridge&lt;/b&gt; &amp;amp; road</title><link href="https://t.example/1"/><updated>2024-05-01T10:00:00Z</updated>
<content type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml"><h2>Head</h2><p>a &lt; b <img src="/x.jpg" alt="map"/></p><pre>code</pre></div></content></entry></feed>"#;
    let target = of(Platform::Feed, "https://t.example/feed");
    let reading = answered(feed, "https://t.example/feed", "application/atom+xml", |a| read(a, &target));
    let main = &reading.posts[0];
    assert_eq!(main.title.as_deref(), Some("A bridge & road"));
    assert_eq!(main.text, "Head\na < b\ncode");
    assert_eq!(
        (main.media[0].best().unwrap().url.as_str(), main.media[0].alt.as_str()),
        ("https://t.example/x.jpg", "map")
    );
}

#[test]
fn comments_of_wordpress_have_the_same_keys_in_feed_and_interface() {
    let target = of(Platform::WordPress, "https://blog.test/?p=3");
    let item = |n: u32| {
        format!(
            "<item><title>By: Anna</title><link>https://blog.test/bridge/#comment-{n}</link><dc:creator>Anna</dc:creator><guid>https://blog.test/?p=3#comment-{n}</guid><pubDate>Wed, 01 May 2024 10:00:00 +0000</pubDate><content:encoded><![CDATA[<p>words {n}</p>]]></content:encoded></item>"
        )
    };
    let feed = format!(
        "<?xml version=\"1.0\"?><rss version=\"2.0\"><channel><title>Comments on: Bridge</title>{}{}</channel></rss>",
        item(7),
        item(8)
    );
    let fed = answered(&feed, "https://blog.test/bridge/feed/", "application/rss+xml", |a| read(a, &target));
    assert_eq!(
        fed.posts.iter().map(|p| p.key.to_string()).collect::<Vec<_>>(),
        ["wordpress:blog.test/comment-7", "wordpress:blog.test/comment-8"]
    );
    let rest = serde_json::json!([{ "id": 7, "post": 3, "parent": 0, "author_name": "Anna", "date_gmt": "2024-05-01T10:00:00", "content": { "rendered": "<p>words 7</p>" }, "link": "https://blog.test/bridge/#comment-7", "type": "comment" },
        { "id": 8, "post": 3, "parent": 7, "author_name": "Bob", "date_gmt": "2024-05-01T11:00:00", "content": { "rendered": "<p>words 8</p>" }, "link": "https://blog.test/bridge/#comment-8", "type": "comment" }]);
    let told = json(&target, "https://blog.test/wp-json/wp/v2/comments?post=3", &rest);
    assert_eq!(told.posts[0].key, fed.posts[0].key);
    assert_eq!(told.posts[1].relation(RelationKind::Reply).unwrap().target(), "wordpress:blog.test/comment-7");
    assert_eq!(told.posts[0].created.as_ref().unwrap().at, fed.posts[0].created.as_ref().unwrap().at);
}

#[test]
fn a_note_on_somebodys_own_site_says_what_it_answers_and_what_was_said_of_it() {
    let page = r#"<html><body><div class="h-entry"><a class="u-in-reply-to" href="https://far.example/post/9">in reply to</a>
<p class="e-content p-name">I think so too, and have thought so for years.</p><a class="u-url" href="/2024/1"><time class="dt-published" datetime="2024-05-01T10:00:00+02:00">May 1</time></a> <a class="p-author h-card" href="/">Anna</a>
<img class="u-photo" src="/a.jpg"><div class="u-comment h-cite"><a class="p-author h-card" href="https://b.example/">Bob</a> <span class="e-content">No!</span> <a class="u-url" href="https://b.example/5"><time class="dt-published" datetime="2024-05-02T10:00:00Z">May 2</time></a></div></div></body></html>"#;
    let target = of(Platform::Web, "https://anna.example/2024/1");
    let reading = answered(page, "https://anna.example/2024/1", "text/html", |a| read(a, &target));
    let main = reading.main(&target).unwrap();
    assert_eq!(main.relation(RelationKind::Reply).unwrap().target(), "web:far.example/post/9");
    assert_eq!((main.author.as_ref().unwrap().shown(), main.media.len()), (Some("Anna"), 1));
    assert!(main.text.contains("thought so for years"));
    let remark = reading.posts.iter().find(|p| p.text == "No!").unwrap_or_else(|| panic!("{:?}", reading.posts));
    assert_eq!(remark.author.as_ref().unwrap().shown(), Some("Bob"));
    assert_eq!(remark.relation(RelationKind::Reply).unwrap().target(), "web:anna.example/2024/1");
}

#[test]
fn programs_on_any_host_are_told_by_what_they_say_of_themselves() {
    use crate::site::discover;
    let told = |body: &str, url: &str| answered(body, url, "", |a| discover(a).map(|f| (f.platform, f.told_by)));
    assert_eq!(
        told(r#"{"version":"2.0","software":{"name":"gotosocial","version":"0.17"}}"#, "https://g.test/nodeinfo/2.0"),
        Some((Platform::Mastodon, "nodeinfo"))
    );
    assert_eq!(
        told(r#"{"version":"2.1","software":{"name":"lemmy","version":"0.19"}}"#, "https://l.test/nodeinfo/2.1"),
        Some((Platform::Lemmy, "nodeinfo"))
    );
    assert_eq!(
        told(r#"<html><head><meta name="generator" content="WordPress 6.1.9"></head>"#, "https://w.test/"),
        Some((Platform::WordPress, "generator"))
    );
    assert_eq!(
        told(r#"<html><head><link rel="https://api.w.org/" href="/wp-json/"></head>"#, "https://w.test/"),
        Some((Platform::WordPress, "markup"))
    );
    assert_eq!(
        told(
            r#"<html><head><meta name="generator" content="Discourse 3.2 - https://github.com/discourse/discourse"></head>"#,
            "https://d.test/"
        ),
        Some((Platform::Discourse, "generator"))
    );
    assert_eq!(told("<html><head><title>Just a page</title></head>", "https://p.test/"), None);
    // Documents of nodeinfo on other hosts are not asked for.
    let list = |href: &str| {
        format!(r#"{{"links":[{{"rel":"http://nodeinfo.diaspora.software/ns/schema/2.0","href":"{href}"}}]}}"#)
    };
    let next = |href: &str| {
        answered(&list(href), "https://m.test/.well-known/nodeinfo", "", |a| {
            discover(a).and_then(|f| f.next).map(|r| r.url)
        })
    };
    assert_eq!(next("https://m.test/nodeinfo/2.0").as_deref(), Some("https://m.test/nodeinfo/2.0"));
    assert_eq!(next("http://169.254.169.254/latest"), None);
}

#[test]
fn a_host_does_not_speak_for_another_one() {
    let note = serde_json::json!({ "@context": "https://www.w3.org/ns/activitystreams", "id": "https://m.test/users/a/statuses/5", "type": "Note", "attributedTo": "https://m.test/users/a", "content": "<p>never said</p>" });
    let target = of(Platform::ActivityPub, "https://evil.test/x");
    let reading = json(&target, "https://evil.test/x", &note);
    assert!(reading.posts[0].notes.iter().any(|n| n.detail.contains("evil.test")), "{:?}", reading.posts[0]);
    let own = of(Platform::ActivityPub, "https://m.test/users/a/statuses/5");
    assert!(json(&own, "https://m.test/users/a/statuses/5", &note).posts[0].notes.is_empty());
    // Nor is a token of the user's sent to where a list says that it goes on.
    let target = of(Platform::Mastodon, "https://m.test/@a");
    let url = "https://m.test/api/v1/accounts/1/statuses".parse().unwrap();
    let headers = vec![("link".to_owned(), "<https://evil.test/steal>; rel=\"next\"".into())];
    let body = r#"[{"id":"2","content":"<p>x</p>","account":{"acct":"a"}}]"#;
    let answer =
        crate::site::Answer { url: &url, status: 200, headers: &headers, body: body.as_bytes(), content_type: "" };
    assert!(read(&answer, &target).next.iter().all(|n| !n.route.url.contains("evil")));
}
