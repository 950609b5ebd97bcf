//! A page leads to the service that keeps its comments, and what the service answers is comments like any other.

use url::Url;

use super::script::{bare, string};
use crate::extract::{Input, read};
use crate::model::{Block, Document, LinkPlace, PageRule, ZoneSource};

fn read_at(url: &str, content_type: &str, body: &str) -> Document {
    let url = Url::parse(url).unwrap();
    read(&Input { body: body.as_bytes(), content_type, url: &url, body_truncated: false })
}

fn page(body: &str) -> Document {
    let html = format!(
        "<!doctype html><html lang=en><head><title>The bridge</title></head><body><article><h1>The bridge</h1>\
         <p>The text of the story is long enough to be one, with more words in it.</p></article>{body}</body></html>"
    );
    read_at("https://blog.example/2021/bridge/?from=feed#top", "text/html", &html)
}

fn endpoints(body: &str) -> Vec<String> {
    let pages = page(body).paging.map(|paging| paging.pages).unwrap_or_default();
    assert!(pages.iter().all(|page| page.rule == PageRule::CommentService));
    pages.into_iter().map(|page| page.url).collect()
}

const DISQUS: &str = "https://disqus.com/embed/comments/?base=default&f=bridges";

#[test]
fn disqus_is_found_by_its_script_in_all_its_ways() {
    let universal = "<div id=disqus_thread></div><script>
        /**
         *  RECOMMENDED CONFIGURATION
         */
        var disqus_config = function () {
            // this.page.url = 'https://wrong.example/';
            this.page.url = 'https://blog.example/2021/bridge/';
            this.page.identifier = \"bridge \\u00e9 12\"; };
        (function() { var d = document, s = d.createElement('script');
        s.src = 'https://bridges.disqus.com/embed.js'; s.setAttribute('data-timestamp', +new Date()); })();</script>";
    let thread = "t_u=https%3A%2F%2Fblog.example%2F2021%2Fbridge%2F&s_o=default";
    assert_eq!(endpoints(universal), [format!("{DISQUS}&t_i=bridge+%C3%A9+12&{thread}")]);
    let old = "<div id=disqus_thread></div><script>var disqus_shortname = 'bridges'; var disqus_identifier='b12';
        var disqus_url = \"https://blog.example/2021/bridge/\"; dsq.src = '//' + disqus_shortname + '.disqus.com/embed.js';</script>";
    assert_eq!(endpoints(old), [format!("{DISQUS}&t_i=b12&{thread}")]);
    let wordpress = "<div id=disqus_thread></div><script>var embedVars = {\"disqusIdentifier\":\"12 https:\\/\\/blog.example\\/?p=12\",
        \"disqusShortname\":\"bridges\",\"disqusTitle\":\"The bridge\",\"disqusUrl\":\"https:\\/\\/blog.example\\/2021\\/bridge\\/\"};</script>";
    assert_eq!(endpoints(wordpress), [format!("{DISQUS}&t_i=12+https%3A%2F%2Fblog.example%2F%3Fp%3D12&{thread}")]);
    // Nothing but the script: the thread is that of the address.
    let bare = "<script async src=//bridges.disqus.com/embed.js></script>";
    let here = "t_u=https%3A%2F%2Fblog.example%2F2021%2Fbridge%2F%3Ffrom%3Dfeed&s_o=default";
    assert_eq!(endpoints(bare), [format!("{DISQUS}&{here}")]);
}

#[test]
fn what_only_a_script_could_tell_is_not_guessed() {
    let put_together = "<div id=disqus_thread></div><script>var disqus_shortname = 'bri' + 'dges';
        this.page.identifier = 'x' + id; this.page.url = `https://blog.example/${path}`;</script>";
    assert!(endpoints(put_together).is_empty());
    let in_comments =
        "<div id=disqus_thread></div><script>/* disqus_shortname = 'bridges'; */ // disqus_shortname = 'b'</script>";
    assert!(endpoints(in_comments).is_empty());
    // Talking of it embeds nothing.
    assert!(
        endpoints("<script>var note = 'https://bridges.disqus.com/embed.js';</script><p>disqus_thread</p>").is_empty()
    );
    assert!(endpoints("<div id=disqus_thread></div><script>var disqus_shortname = 'a/../b?c';</script>").is_empty());
    assert!(endpoints("<script src=https://bridges.disqus.com/count.js></script>").is_empty());
}

#[test]
fn isso_is_found_by_its_script() {
    let own_host = "<script data-isso=//comments.example/isso/ src=//comments.example/isso/js/embed.min.js></script><section id=isso-thread></section>";
    assert_eq!(endpoints(own_host), ["https://comments.example/isso/?uri=%2F2021%2Fbridge%2F"]);
    let named = "<script data-isso=/isso src=/isso/js/embed.min.js></script><section id=isso-thread data-isso-id='/posts/12 a'></section>";
    assert_eq!(endpoints(named), ["https://blog.example/isso/?uri=%2Fposts%2F12+a"]);
    let by_place = "<script src=https://c.example/js/embed.min.js></script><section id=isso-thread></section>";
    assert_eq!(endpoints(by_place), ["https://c.example/?uri=%2F2021%2Fbridge%2F"]);
    assert!(endpoints("<script src=https://c.example/js/embed.min.js></script>").is_empty());
}

#[test]
fn remark_is_found_by_its_settings() {
    let settings =
        "<div id=remark42></div><script>var remark_config = { host: \"https://remark.example/\", site_id: 'bridges',
        components: ['embed'], /* url: 'https://no.example/' */ };</script>";
    let find = "https://remark.example/api/v1/find?site=bridges";
    let rest = "sort=%2Btime&format=tree";
    assert_eq!(endpoints(settings), [format!("{find}&url=https%3A%2F%2Fblog.example%2F2021%2Fbridge%2F&{rest}")]);
    let with_url = "<div id=remark42></div><script>window.remark_config = {host:'https://remark.example',site_id:'bridges',url:'https://blog.example/b/'}</script>";
    assert_eq!(endpoints(with_url), [format!("{find}&url=https%3A%2F%2Fblog.example%2Fb%2F&{rest}")]);
    assert!(
        endpoints("<div id=remark42></div><script>remark_config = {host: location.origin, site_id: 'x'}</script>")
            .is_empty()
    );
}

#[test]
fn strings_of_scripts_are_read_and_never_put_together() {
    let of = |script: &str| string(&bare(script), "name");
    assert_eq!(of("name = 'a'").as_deref(), Some("a"));
    assert_eq!(of("x.name=\"a\\\"b\\x41\";").as_deref(), Some("a\"bA"));
    assert_eq!(of("{\"name\": `a`}").as_deref(), Some("a"));
    assert_eq!(of("settings['name'] = 'b'").as_deref(), Some("b"));
    assert_eq!(
        of("url = 'http://x/'; name = 'after // what is no comment'").as_deref(),
        Some("after // what is no comment")
    );
    for nothing in [
        "rename = 'a'",
        "name = other",
        "name = 'a' + b",
        "name = 'a'.concat(b)",
        "names = 'a'",
        "name = 'a\nb'",
        "name = 'open",
        "name == 1",
        "",
    ] {
        assert_eq!(of(nothing), None, "{nothing}");
    }
}

/// A thread of two posts and a deleted one as Disqus gives it.
fn disqus_thread(cursor: &str) -> String {
    format!(
        r#"{{"cursor":{cursor},"code":0,"response":{{"posts":[
        {{"id":"31","parent":null,"depth":0,"author":{{"name":"Anna","username":"anna","profileUrl":"https://disqus.com/by/anna/"}},
          "createdAt":"2021-05-11T18:28:42","message":"<p>It was <a href=\"https://river.example/a\">closed</a>.</p><blockquote>Nobody said why.</blockquote>","likes":5,"isDeleted":false,
          "media":[{{"resolvedUrl":"https://uploads.example/flood.jpg"}},{{"resolvedUrl":"https://video.example/watch?v=1"}}]}},
        {{"id":"33","parent":32,"depth":2,"author":{{"name":"Vera","isAnonymous":true,"url":"http://vera.example/"}},"createdAt":"2021-05-12T08:00:00","message":"<p>So it was.</p>","likes":0}},
        {{"id":"32","parent":31,"depth":1,"author":{{"name":"Boris"}},"createdAt":"2021-05-11T19:00:00","message":"<p>Gone</p>","likes":2,"isDeleted":true}}],
        "thread":{{"id":"7","posts":9,"link":"https://blog.example/2021/bridge/"}}}}}}"#
    )
}

#[test]
fn the_thread_in_the_frame_of_disqus_is_read() {
    let data = disqus_thread(r#"{"hasNext":true,"next":"1:0:0","total":3}"#);
    let html = format!(
        "<!doctype html><html><head><title>Disqus Comments</title></head><body><div id=layout></div>\
        <script type=\"text/json\" id=\"disqus-threadData\">{data}</script></body></html>"
    );
    let document = read_at("https://disqus.com/embed/comments/?f=bridges", "text/html; charset=utf-8", &html);
    assert_eq!((document.comments_claimed, document.sources.get("comments")), (Some(9), Some("disqus")));
    assert_eq!(document.paging, None, "the page gives no key to ask for more with");
    let [anna, boris, vera] = &document.comments[..] else { panic!("{:?}", document.comments) };
    assert_eq!((anna.author.as_deref(), anna.likes, anna.depth), (Some("Anna"), Some(5), 0));
    assert_eq!(anna.author_url.as_deref(), Some("https://disqus.com/by/anna/"));
    assert_eq!(anna.permalink.as_deref(), Some("https://blog.example/2021/bridge/#comment-31"));
    let time = anna.time.as_ref().unwrap();
    assert_eq!((time.at.unwrap().to_string().as_str(), time.zone), ("2021-05-11T18:28:42Z", ZoneSource::Assumed));
    assert_eq!(anna.text, "It was closed.\nNobody said why.");
    assert_eq!(anna.blocks[1], Block::Quote { text: "Nobody said why.".into() });
    assert_eq!(
        anna.blocks[2],
        Block::Figure { url: "https://uploads.example/flood.jpg".into(), caption: String::new() }
    );
    assert_eq!(
        document.media.iter().map(|m| (m.url.as_str(), m.content)).collect::<Vec<_>>(),
        [("https://uploads.example/flood.jpg", true)]
    );
    assert_eq!((document.links[0].place, document.links[0].context.as_str()), (LinkPlace::Comment, "It was closed."));
    assert_eq!(
        (boris.deleted, boris.author.as_deref(), boris.text.as_str(), boris.likes, boris.parent),
        (true, None, "", None, Some(0))
    );
    assert_eq!((vera.parent, vera.depth, vera.author_url.as_deref()), (Some(1), 2, Some("http://vera.example/")));
}

#[test]
fn lists_of_posts_of_disqus_lead_on_by_their_cursor() {
    let post = r#"{"id":"40","parent":31,"author":{"name":"Anna"},"createdAt":"2021-05-11T18:28:42","message":"Yes","likes":1}"#;
    let list = |cursor: &str| format!(r#"{{"cursor":{cursor},"code":0,"response":[{post}]}}"#);
    let url = "https://disqus.com/api/3.0/threads/listPostsThreaded?thread=7&cursor=0%3A0%3A0&api_key=k";
    let document = read_at(url, "application/json", &list(r#"{"hasNext":true,"next":"1:0:0"}"#));
    let next: Vec<String> = document.paging.unwrap().pages.into_iter().map(|page| page.url).collect();
    assert_eq!(next, ["https://disqus.com/api/3.0/threads/listPostsThreaded?thread=7&api_key=k&cursor=1%3A0%3A0"]);
    assert_eq!(document.comments[0].reply_to.as_deref(), Some("31"), "which stands on another page");
    assert_eq!(read_at(url, "application/json", &list(r#"{"hasNext":false,"next":"1:0:0"}"#)).paging, None);
}

#[test]
fn comments_of_isso_are_read_and_what_is_hidden_is_asked_for() {
    let json = r#"{"id":null,"total_replies":6,"hidden_replies":2,"replies":[
        {"id":1,"parent":null,"author":"Anna","website":"https://anna.example","created":1620757722.5,"mode":1,"likes":3,"dislikes":1,
         "text":"<p>It was <em>closed</em>.</p>","total_replies":3,"hidden_replies":2,
         "replies":[{"id":3,"parent":1,"author":null,"website":null,"created":1620760000.0,"mode":1,"likes":0,"dislikes":0,"text":"<p>Yes.</p>"}]},
        {"id":2,"parent":null,"author":"Boris","created":1620758000,"mode":4,"text":"","likes":0,"dislikes":0,"total_replies":0,"hidden_replies":0,"replies":[]}]}"#;
    let document = read_at("https://c.example/isso/?uri=%2Fbridge%2F", "application/json", json);
    let ids: Vec<&str> = document.comments.iter().filter_map(|c| c.id.as_deref()).collect();
    assert_eq!((ids, document.comments_claimed), (vec!["isso-1", "isso-3", "isso-2"], Some(6)));
    let anna = &document.comments[0];
    assert_eq!(
        (anna.text.as_str(), anna.likes, anna.author_url.as_deref()),
        ("It was closed.", Some(2), Some("https://anna.example/"))
    );
    let time = anna.time.as_ref().unwrap();
    assert_eq!((time.at.unwrap().to_string().as_str(), time.zone), ("2021-05-11T18:28:42.5Z", ZoneSource::Stated));
    assert_eq!((document.comments[1].parent, document.comments[1].author.as_deref()), (Some(0), None));
    assert!(document.comments[2].deleted);
    let more: Vec<String> = document.paging.unwrap().pages.into_iter().map(|page| page.url).collect();
    assert_eq!(
        more,
        [
            "https://c.example/isso/?uri=%2Fbridge%2F&limit=100&offset=2",
            "https://c.example/isso/?uri=%2Fbridge%2F&parent=1"
        ]
    );
    // Of answers to one comment.
    let answers = r#"{"id":1,"total_replies":3,"hidden_replies":0,"replies":[{"id":4,"parent":1,"author":"Vera","created":1620761000.0,"mode":1,"text":"<p>No.</p>"}]}"#;
    let document = read_at("https://c.example/isso/?uri=%2Fbridge%2F&parent=1", "application/json", answers);
    assert_eq!((document.comments[0].reply_to.as_deref(), document.comments_claimed), (Some("isso-1"), None));
    assert_eq!(document.paging, None);
}

#[test]
fn the_tree_of_remark_is_read() {
    let json = r#"{"comments":[{"comment":{"id":"a-1","pid":"","text":"<p>It was closed.</p>\n","user":{"name":"Anna","id":"x"},
        "locator":{"site":"bridges","url":"https://blog.example/b/"},"score":-2,"vote":0,"time":"2021-05-11T13:28:42.123456789-05:00"},
        "replies":[{"comment":{"id":"a-2","pid":"a-1","text":"","user":{"name":"deleted","id":"deleted"},"locator":{"site":"bridges","url":"https://blog.example/b/"},
        "score":0,"delete":true,"time":"2021-05-12T13:28:42Z"},"replies":[{"comment":{"id":"a-3","pid":"a-2","text":"<pre><code>a\n  b</code></pre>","user":{"name":"Vera"},
        "score":1,"time":"2021-05-13T13:28:42Z"}}]}]}],"info":{"url":"https://blog.example/b/","count":2}}"#;
    let document = read_at("https://remark.example/api/v1/find?site=bridges", "application/json", json);
    let [anna, gone, vera] = &document.comments[..] else { panic!("{:?}", document.comments) };
    assert_eq!(
        (anna.likes, anna.permalink.as_deref()),
        (Some(-2), Some("https://blog.example/b/#remark42__comment-a-1"))
    );
    let time = anna.time.as_ref().unwrap();
    assert_eq!((time.at.unwrap().as_second(), time.zone), (1_620_757_722, ZoneSource::Stated));
    assert_eq!((gone.deleted, gone.author.as_deref(), gone.depth), (true, None, 1));
    assert_eq!((vera.parent, vera.depth), (Some(1), 2));
    assert_eq!(vera.blocks, [Block::Code { text: "a\n  b".into() }]);
    assert_eq!((document.comments_claimed, document.sources.get("comments")), (Some(2), Some("remark42")));
}

#[test]
fn other_json_and_broken_answers_are_no_comments() {
    for body in [
        r#"{"replies":[{"a":1}],"total_replies":1,"id":null}"#,
        r#"{"comments":[{"x":1}],"info":{"count":1}}"#,
        r#"{"code":2,"response":"Invalid API key"}"#,
        r#"{"comments":[],"info":{}}"#,
        "[]",
        "{",
    ] {
        let document = read_at("https://c.example/?uri=1", "application/json", body);
        assert!(document.comments.is_empty() && document.paging.is_none(), "{body}");
        assert_eq!(document.warnings.len(), 1, "{body}");
    }
    // Answers in a ring answer nothing, and all are there.
    let ring = r#"{"comments":[{"comment":{"id":"1","pid":"2","text":"a","user":{"name":"A"}}},{"comment":{"id":"2","pid":"1","text":"b","user":{"name":"B"}}}],"info":{"count":2}}"#;
    let document = read_at("https://c.example/", "application/json", ring);
    assert_eq!(document.comments.iter().map(|c| c.parent).collect::<Vec<_>>(), [None, None]);
}

#[test]
fn what_a_service_has_drawn_into_the_page_is_read_there() {
    let one = |n: u8, inner: &str| {
        format!(
            "<div class='isso-comment' id='isso-{n}' data-hash=a><div class=isso-avatar><svg></svg></div><div class=isso-text-wrapper><div class=isso-comment-header>\
         <span class=isso-author>Reader {n}</span><span class=isso-spacer>&bull;</span><a class=isso-permalink href='#isso-{n}'>\
         <time title='3 years ago' datetime='2021-05-1{n}T18:28:42.000Z'>3 years ago</time></a></div><div class=isso-text><p>It was closed for {n} days.</p></div>\
         <div class=isso-comment-footer><span class=isso-votes>{n}</span><a class=isso-upvote href=#>up</a><a class=isso-reply href=#>Reply</a></div></div><div class=isso-follow-up>{inner}</div></div>"
        )
    };
    let document = page(&format!(
        "<section id=isso-thread><h4 class=isso-thread-heading>2 Comments</h4><div id=isso-root>{}</div></section>",
        one(1, &one(2, ""))
    ));
    let [first, second] = &document.comments[..] else { panic!("{:?}", document.comments) };
    assert_eq!(
        (first.id.as_deref(), first.author.as_deref(), first.text.as_str()),
        (Some("isso-1"), Some("Reader 1"), "It was closed for 1 days.")
    );
    assert_eq!((second.parent, second.likes, first.likes), (Some(0), Some(2), Some(1)));
    assert_eq!(second.time.as_ref().unwrap().at.unwrap().to_string(), "2021-05-12T18:28:42Z");

    let one = |n: u8| {
        format!(
            "<article class='comment root__comment comment_theme_light' id=remark42__comment-{n}><div class=comment__info><div class=comment__avatar><img src=/a.png></div>\
         <div><button class=comment__username>Reader {n}</button></div><a href='https://blog.example/b/#remark42__comment-{n}' class=comment__time>1{n}/05/2021 at 18:28</a>\
         <div class=comment__votes>{n}</div></div><div class='comment__body'><div class='comment__text raw-content'><p>It was closed for {n} days.</p></div></div></article>"
        )
    };
    let document = page(&format!("<div id=remark42><div class='root__threads'>{}{}</div></div>", one(1), one(2)));
    let names: Vec<_> = document.comments.iter().map(|c| (c.author.as_deref(), c.text.as_str(), c.likes)).collect();
    assert_eq!(
        names,
        [
            (Some("Reader 1"), "It was closed for 1 days.", Some(1)),
            (Some("Reader 2"), "It was closed for 2 days.", Some(2))
        ]
    );

    let one = |n: u8, inner: &str| {
        format!(
            "<li class=post id=post-{n}><div data-role=post-content class=post-content><div class='avatar hovercard'><img src=/a.png></div><div class=post-body><header>\
         <span class=post-byline><span class='author publisher-anchor-color'><a href='https://disqus.com/by/r{n}/'>Reader {n}</a></span></span>\
         <span class=post-meta><a class=time-ago title='Tuesday, May 1{n}, 2021 6:28 PM' href='https://blog.example/b/#comment-{n}'>3 years ago</a></span></header>\
         <div class=post-body-inner><div class=post-message-container data-role=message-container><div class='post-message' data-role=message><p>It was closed for {n} days, they told us later.</p></div></div></div>\
         <footer><a class=vote-up><span data-role=likes class='updatable count'>{n}</span></a><a class=reply>Reply</a></footer></div></div><ul class=children>{inner}</ul></li>"
        )
    };
    let document = page(&format!(
        "<div id=disqus_thread><ul id=post-list class=post-list>{}{}</ul></div>",
        one(1, &one(2, "")),
        one(3, "")
    ));
    let names: Vec<_> =
        document.comments.iter().map(|c| (c.author.as_deref(), c.text.as_str(), c.likes, c.parent)).collect();
    let text = |n: u8| format!("It was closed for {n} days, they told us later.");
    let (a, b, c) = (text(1), text(2), text(3));
    assert_eq!(
        names,
        [
            (Some("Reader 1"), a.as_str(), Some(1), None),
            (Some("Reader 2"), &b, Some(2), Some(0)),
            (Some("Reader 3"), &c, Some(3), None)
        ]
    );
    assert_eq!(document.comments[0].time.as_ref().unwrap().at.unwrap().to_string(), "2021-05-11T18:28:00Z");
}
