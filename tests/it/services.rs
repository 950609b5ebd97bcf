//! Comments that a service on another host keeps: Isso, Remark42, Disqus.

use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, Shutdown, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use serde_json::{Value, json};

use crate::server::{Answer, Hit, Identity, Origin};
use crate::threads::{counted, line};
use crate::world::{World, article};

fn with(embed: &str) -> Answer {
    Answer::html(article("The bridge", "It was closed.").replace("</article>", &format!("</article>{embed}")))
}

fn texts(line: &Value) -> Vec<String> {
    let comments = line["document"]["comments"].as_array().unwrap();
    comments.iter().map(|c| c["text"].as_str().unwrap().to_owned()).collect()
}

/// What was asked on a host, in order.
fn asked(world: &World, host: &str) -> Vec<String> {
    world.origin.log().into_iter().filter(|hit| hit.host == host).map(|hit| hit.target).collect()
}

fn pair(hit: &Hit, key: &str) -> Option<String> {
    let query = hit.target.split_once('?')?.1;
    let mut pairs = url::form_urlencoded::parse(query.as_bytes());
    pairs.find(|(k, _)| k == key).map(|(_, value)| value.into_owned())
}

/// A blog on a.test whose comments an Isso on c.test keeps.
fn isso_page(world: &World) {
    let endpoint = world.url_of("c.test", "/isso");
    world.origin.on_host(
        "a.test",
        "/bridge/",
        with(&format!("<script data-isso='{endpoint}' src='{endpoint}/js/embed.min.js'></script><section id=isso-thread></section>")),
    );
}

fn isso_comment(id: u64, parent: Option<u64>, text: &str) -> Value {
    json!({"id": id, "parent": parent, "author": format!("Reader {id}"), "website": null, "created": 1_620_757_722.5 + id as f64,
           "modified": null, "mode": 1, "text": format!("<p>{text}</p>"), "likes": id, "dislikes": 0, "hash": "a"})
}

/// Three comments, five answers to the first of which two come with it.
fn isso_answers(world: &World, second: impl Fn() -> Option<&'static str> + Send + Sync + 'static) {
    world.origin.handle("c.test", "/isso/", move |hit| {
        assert_eq!(pair(hit, "uri").as_deref(), Some("/bridge/"));
        let answers: Vec<Value> = (11..16).map(|id| isso_comment(id, Some(1), &format!("Answer {id}."))).collect();
        let body = match pair(hit, "parent") {
            Some(_) => json!({"id": 1, "total_replies": 5, "hidden_replies": 0, "replies": answers}),
            None => {
                let mut top: Vec<Value> = vec![isso_comment(1, None, "It was <em>closed</em>.")];
                top.extend(second().map(|text| isso_comment(2, None, text)));
                top.push(isso_comment(3, None, "So it was."));
                let total = top.len() + 5;
                for one in &mut top {
                    let own = one["id"] == 1;
                    one["total_replies"] = json!(if own { 5 } else { 0 });
                    one["hidden_replies"] = json!(if own { 3 } else { 0 });
                    one["replies"] = json!(if own { answers[..2].to_vec() } else { Vec::new() });
                }
                json!({"id": null, "total_replies": total, "hidden_replies": 0, "replies": top})
            }
        };
        Answer::of("application/json", body.to_string())
    });
}

#[test]
fn the_comments_that_an_isso_keeps_are_those_of_the_page_and_edits_and_deletions_show() {
    let world = World::new();
    isso_page(&world);
    let state = Arc::new(AtomicUsize::new(0));
    let now = state.clone();
    isso_answers(&world, move || match now.load(Ordering::SeqCst) {
        0 | 1 => Some("Nobody said why."),
        2 => Some("Everybody knew why."),
        _ => None,
    });
    world.keepfast(&["add", &world.url_of("a.test", "/bridge/")]).well();
    for n in 0..4 {
        state.store(n, Ordering::SeqCst);
        world.keepfast(&["run", "--all"]).well();
    }
    assert_eq!(world.outcomes(), ["captured", "unchanged", "captured", "captured"]);
    let first = line(&world, "1");
    assert_eq!(counted(&first), "8 8 true null");
    let said = texts(&first);
    assert_eq!((said[0].as_str(), said[1].as_str()), ("It was closed.", "Answer 11."));
    let comments = first["document"]["comments"].as_array().unwrap();
    let answers: Vec<&Value> = comments.iter().filter(|c| c["parent"] == 0).collect();
    assert_eq!(answers.len(), 5, "those that were hidden are answers of the first, too: {comments:#?}");
    assert!(answers.iter().all(|c| c["depth"] == 1));
    assert_eq!(
        (&comments[0]["likes"], &comments[0]["author"], &comments[0]["id"]),
        (&json!(1), &json!("Reader 1"), &json!("isso-1"))
    );
    assert_eq!(comments[0]["time"]["at"], "2021-05-11T18:28:43.5Z");
    assert_eq!(
        (&first["pages"][0]["rule"], &first["pages"][0]["outcome"]),
        (&json!("comment-service"), &json!("captured"))
    );
    let deleted = line(&world, "4");
    assert_eq!(counted(&deleted), "7 7 true null");
    assert!(!texts(&deleted).iter().any(|text| text.contains("why")));
    // Its robots.txt first, then one question after the other, by name and without a word of who reads.
    let asked = asked(&world, "c.test");
    let answers = ["/isso/?uri=%2Fbridge%2F", "/isso/?uri=%2Fbridge%2F&parent=1"];
    assert_eq!(asked[..3], ["/robots.txt", answers[0], answers[1]]);
    assert!(
        world.origin.log().iter().all(|hit| hit.field("user-agent").is_some_and(|agent| agent.contains("keepfast")))
    );
    assert!(world.origin.log().iter().all(|hit| hit.field("cookie").is_none() && hit.field("referer").is_none()));
    // Nothing but what the page needs was asked of anybody.
    let hosts: std::collections::BTreeSet<String> = world.origin.log().into_iter().map(|hit| hit.host).collect();
    assert_eq!(hosts.into_iter().collect::<Vec<_>>(), ["a.test", "c.test"]);
    world.keepfast(&["show", "1"]).well().says("Comments (8; complete)").says("Reader 1").says("12 likes");
    world
        .keepfast(&["export", "--format", "markdown", "--snapshot", "1"])
        .well()
        .says("Nobody said why")
        .says("2021-05-11T18:28:43.5Z, 1 like\n");
}

#[test]
fn a_service_that_fails_or_may_not_be_asked_is_said_and_the_page_stands() {
    for (robots, answer, expected, outcome) in [
        ("", Answer::status(500), "0 null false \"failed\"", "server_error"),
        ("", Answer::of("application/json", "{\"error\":"), "0 null false \"failed\"", "captured"),
        ("", Answer::status(429).field("Retry-After", "3600"), "0 null false \"wall\"", "rate_limited"),
        ("User-agent: *\nDisallow: /isso/\n", Answer::status(500), "0 null false \"robots\"", "robots_refused"),
    ] {
        let world = World::new();
        isso_page(&world);
        world
            .origin
            .on_host("c.test", "/robots.txt", Answer::of("text/plain", robots))
            .on_host("c.test", "/isso/", answer);
        world.keepfast(&["add", "--once", &world.url_of("a.test", "/bridge/")]).well();
        let line = line(&world, "1");
        assert_eq!((counted(&line).as_str(), line["outcome"].as_str()), (expected, Some("captured")));
        assert_eq!(
            (line["pages"][0]["outcome"].as_str(), &line["flags"]),
            (Some(outcome), &json!(["comments-partial"]))
        );
        assert!(line["pages"][0]["reason"].is_string());
        assert_eq!(asked(&world, "c.test").len(), if robots.is_empty() { 2 } else { 1 }, "asked once, or not at all");
        world.is_sound();
    }
}

#[test]
fn services_are_asked_only_as_far_as_the_settings_go() {
    let world = World::new();
    isso_page(&world);
    isso_answers(&world, || None);
    world.keepfast(&["add", &world.url_of("a.test", "/bridge/")]).well();
    world.keepfast(&["--set", "capture.comment_services=false", "run", "--all"]).well();
    assert!(asked(&world, "c.test").is_empty());
    let off = line(&world, "1");
    assert_eq!((counted(&off).as_str(), &off["flags"]), ("0 null false \"off\"", &json!([])));
    assert!(off["pages"][0]["reason"].as_str().unwrap().contains("comment_services = false"));
    world.keepfast(&["--set", "capture.follow_pages=1", "run", "--all"]).well();
    assert_eq!(asked(&world, "c.test").len(), 2);
    assert_eq!(counted(&line(&world, "2")), "4 7 false \"budget\"");
    world.keepfast(&["run", "--all"]).well();
    assert_eq!(counted(&line(&world, "3")), "7 7 true null");
    // What was not had before is no change.
    assert_eq!(world.outcomes(), ["captured", "unchanged", "unchanged"]);
    world.is_sound();
}

#[test]
fn a_service_that_nobody_has_written_to_is_complete_with_nothing() {
    let world = World::new();
    isso_page(&world);
    let none = json!({"id": null, "total_replies": 0, "hidden_replies": 0, "replies": []}).to_string();
    world.origin.on_host("c.test", "/isso/", Answer::of("application/json", none));
    world.keepfast(&["add", "--once", &world.url_of("a.test", "/bridge/")]).well();
    let line = line(&world, "1");
    assert_eq!((counted(&line).as_str(), &line["flags"]), ("0 0 true null", &json!([])));
}

#[test]
fn what_a_page_without_comments_claims_goes_behind_what_its_service_says() {
    let world = World::new();
    let endpoint = world.url_of("c.test", "/isso");
    let stale = "<script type=application/ld+json>{\"@context\":\"https://schema.org\",\"@type\":\"Article\",\"headline\":\"The bridge\",\"commentCount\":99}</script>";
    let embed = format!("{stale}<script data-isso='{endpoint}'></script><section id=isso-thread></section>");
    world.origin.on_host("a.test", "/bridge/", with(&embed));
    isso_answers(&world, || None);
    world.keepfast(&["add", "--once", &world.url_of("a.test", "/bridge/")]).well();
    assert_eq!(counted(&line(&world, "1")), "7 7 true null");
}

#[test]
fn a_service_at_a_private_address_is_not_asked() {
    let world = World::new();
    let inner = "<script data-isso='http://10.0.0.1/isso'></script><section id=isso-thread></section>";
    world.origin.on_host("a.test", "/bridge/", with(inner));
    world.keepfast(&["add", "--once", &world.url_of("a.test", "/bridge/")]).well();
    let line = line(&world, "1");
    assert_eq!(
        (line["pages"][0]["outcome"].as_str(), counted(&line).as_str()),
        (Some("address_refused"), "0 null false \"failed\"")
    );
}

#[test]
fn a_tree_of_remark_is_read_beside_the_comments_of_the_page() {
    let world = World::new();
    let host = world.url_of("r.test", "");
    let world = world.env("KEEPFAST_CLIENT__RESOLVE", "a.test=127.0.0.1,r.test=127.0.0.1");
    let own = "<div id=comments><ol><li class=comment id=comment-1><b class=fn>Old reader</b> <time datetime=2019-01-01T10:00:00Z>2019</time>\
               <div class=comment-content><p>From before we moved.</p></div></li></ol></div>";
    world.origin.on_host(
        "a.test",
        "/bridge/",
        with(&format!(
            "{own}<div id=remark42></div><script>var remark_config = {{ host: '{host}', site_id: 'bridges' }};</script>"
        )),
    );
    let state = Arc::new(AtomicUsize::new(0));
    let now = state.clone();
    world.origin.handle("r.test", "/api/v1/find", move |hit| {
        assert_eq!(pair(hit, "sort").as_deref(), Some("+time"));
        assert!(pair(hit, "url").unwrap().starts_with("http://a.test:") && pair(hit, "url").unwrap().ends_with("/bridge/"));
        let gone = now.load(Ordering::SeqCst) > 0;
        let one = |id: &str, pid: &str, text: &str, gone: bool| {
            let (text, name) = if gone { ("", "deleted") } else { (text, "Anna") };
            json!({"id": id, "pid": pid, "text": text, "user": {"name": name}, "locator": {"site": "bridges", "url": "https://a.test/bridge/"},
                   "score": 3, "vote": 0, "time": "2021-05-11T13:28:42.5-05:00", "delete": gone})
        };
        let tree = json!({"comments": [{"comment": one("b-1", "", "<p>It was closed.</p><blockquote><p>Why?</p></blockquote>", gone),
            "replies": [{"comment": one("c-1", "b-1", "<p>So it was.</p>", false)}]}],
            "info": {"url": "https://a.test/bridge/", "count": if gone { 1 } else { 2 }}});
        Answer::of("application/json; charset=utf-8", tree.to_string())
    });
    world.keepfast(&["add", &world.url_of("a.test", "/bridge/")]).well();
    for n in [0, 0, 1] {
        state.store(n, Ordering::SeqCst);
        world.keepfast(&["run", "--all"]).well();
    }
    assert_eq!(world.outcomes(), ["captured", "unchanged", "captured"]);
    let first = line(&world, "1");
    assert_eq!(texts(&first), ["From before we moved.", "It was closed.\nWhy?", "So it was."]);
    let comments = &first["document"]["comments"];
    assert_eq!(
        (&comments[2]["parent"], &comments[2]["depth"], &comments[1]["likes"]),
        (&json!(1), &json!(1), &json!(3))
    );
    assert_eq!(comments[1]["blocks"][1], json!({"type": "quote", "text": "Why?"}));
    assert_eq!(
        (&comments[1]["time"]["at"], &comments[1]["time"]["zone"]),
        (&json!("2021-05-11T18:28:42Z"), &json!("stated"))
    );
    let last = line(&world, "3");
    assert_eq!(
        (&last["document"]["comments"][1]["deleted"], &last["document"]["comments"][2]["parent"]),
        (&json!(true), &json!(1))
    );
    assert_eq!(counted(&first), "3 2 true null");
    world.is_sound();
}

/// A proxy that leads the hosts of Disqus to an origin of ours, and all others to the world's.
fn proxy(plain: u16, disqus: u16) -> u16 {
    let proxy = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let port = proxy.local_addr().unwrap().port();
    thread::spawn(move || {
        for mut client in proxy.incoming().map_while(Result::ok) {
            thread::spawn(move || {
                let (mut head, mut one) = (Vec::new(), [0]);
                while !head.ends_with(b"\r\n\r\n") && client.read(&mut one).is_ok_and(|n| n == 1) {
                    head.push(one[0]);
                }
                let tunnel = head.starts_with(b"CONNECT disqus.com:443 ");
                let mut server =
                    TcpStream::connect((Ipv4Addr::LOCALHOST, if tunnel { disqus } else { plain })).unwrap();
                if tunnel {
                    client.write_all(b"HTTP/1.1 200 Connected\r\n\r\n").unwrap();
                } else {
                    server.write_all(&head).unwrap();
                }
                let (mut from, mut to) = (client.try_clone().unwrap(), server.try_clone().unwrap());
                thread::spawn(move || {
                    let _ = std::io::copy(&mut from, &mut to);
                    let _ = to.shutdown(Shutdown::Write);
                });
                let _ = std::io::copy(&mut server, &mut client);
                let _ = client.shutdown(Shutdown::Both);
            });
        }
    });
    port
}

#[test]
fn the_thread_of_disqus_is_asked_for_where_its_frame_is() {
    let identity = Identity::signed(&["disqus.com"]);
    let disqus = Origin::start_tls(&identity);
    let world = World::new();
    let port = proxy(world.origin.port(), disqus.port());
    world.file("ca.pem", &identity.ca_pem);
    let authority = world.path("ca.pem").display().to_string();
    let world = world
        .env("KEEPFAST_CLIENT__CA_FILES", &authority)
        .env("KEEPFAST_CLIENT__PROXY", &format!("http://127.0.0.1:{port}"));
    let embed = "<div id=disqus_thread></div><script>var disqus_config = function () { this.page.url = 'http://blog.example/bridge/'; \
                 this.page.identifier = 'b-12'; }; s.src = 'https://bridges.disqus.com/embed.js';</script>";
    world.origin.on("http://blog.example/bridge/", with(embed));
    let state = Arc::new(AtomicUsize::new(0));
    let now = state.clone();
    disqus.handle("", "/embed/comments/", move |hit| {
        let asked = ["f", "t_i", "t_u"].map(|key| pair(hit, key).unwrap());
        assert_eq!(asked, ["bridges", "b-12", "http://blog.example/bridge/"]);
        let state = now.load(Ordering::SeqCst);
        let post = |id: u32, parent: Option<u32>, text: &str| {
            json!({"id": id.to_string(), "parent": parent, "author": {"name": format!("Reader {id}"), "profileUrl": format!("https://disqus.com/by/r{id}/")},
                   "createdAt": "2021-05-11T18:28:42", "message": format!("<p>{text}</p>"), "likes": id + state as u32, "isDeleted": false})
        };
        let posts = [post(31, None, "It was closed."), post(32, Some(31), if state > 1 { "Nobody will say." } else { "So it was." })];
        let data = json!({"cursor": {"hasNext": false, "total": 2}, "code": 0, "response": {"posts": posts,
            "thread": {"id": "7", "posts": 2, "link": "http://blog.example/bridge/"}}, "nonce": hit.before});
        Answer::html(format!("<!doctype html><html><head><title>Disqus Comments</title></head><body>\
            <script type=\"text/json\" id=\"disqus-threadData\">{data}</script></body></html>"))
    });
    world.keepfast(&["add", "http://blog.example/bridge/"]).well();
    for n in 0..3 {
        state.store(n, Ordering::SeqCst);
        world.keepfast(&["run", "--all"]).well();
    }
    // More likes are no change; other words are one.
    assert_eq!(world.outcomes(), ["captured", "unchanged", "captured"]);
    let first = line(&world, "1");
    assert_eq!(
        (counted(&first).as_str(), texts(&first)),
        ("2 2 true null", vec!["It was closed.".to_owned(), "So it was.".to_owned()])
    );
    let comments = &first["document"]["comments"];
    assert_eq!(
        (&comments[1]["parent"], &comments[1]["likes"], &comments[0]["permalink"]),
        (&json!(0), &json!(32), &json!("http://blog.example/bridge/#comment-31"))
    );
    assert_eq!(line(&world, "2")["document"]["comments"][1]["likes"], 33);
    assert_eq!(disqus.log()[0].target, "/robots.txt");
    assert!(disqus.log().iter().all(|hit| hit.target == "/robots.txt"
        || hit.target.starts_with("/embed/comments/?base=default&f=bridges&t_i=b-12&")));
    world.is_sound();
}
