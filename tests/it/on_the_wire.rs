//! What is asked of the web, and what is not: the origin's log is the witness.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;

use crate::server::Answer;
use crate::world::{World, article};

const PNG: &[u8] = b"\x89PNG\r\n\x1a\nnot much of a picture";

#[test]
fn each_hop_of_a_redirect_is_recorded() {
    let world = World::new();
    world.origin.on("/old", Answer::redirect(301, "/newer"));
    world.origin.on("/newer", Answer::redirect(302, world.url_of("b.test", "/new")));
    world.origin.on_host("b.test", "/new", Answer::html(article("New", "Here it is.")));
    world.keepfast(&["add", "--once", &world.url("/old")]).well().says("Here it is.");
    assert_eq!(
        world.column("SELECT hop FROM exchange WHERE hop <> 'robots' ORDER BY id"),
        ["seed", "redirect", "redirect"]
    );
    let shown = world.keepfast(&["show", "1", "--json"]).well().json();
    assert_eq!(shown["snapshot"]["final_url"], world.url_of("b.test", "/new"));
    world.keepfast(&["show", "1", "--headers"]).well().says("HTTP/1.1 301").says("HTTP/1.1 302").says("HTTP/1.1 200");
    world.is_sound();
}

#[test]
fn redirects_that_lead_nowhere_have_a_name() {
    let world = World::new();
    world.origin.on("/loop", Answer::redirect(302, "/loop"));
    world.origin.on("/mail", Answer::redirect(302, "mailto:a@b.test"));
    world.origin.on("/home", Answer::redirect(302, format!("http://127.0.0.2:{}/", world.origin.port())));
    for (page, outcome) in [("/loop", "redirected"), ("/mail", "scheme_refused"), ("/home", "address_refused")] {
        world.keepfast(&["add", "--once", &world.url(page)]).ends(1).says(outcome);
    }
    assert_eq!(world.outcomes(), ["redirected", "scheme_refused", "address_refused"]);
    world.is_sound();
}

#[test]
fn robots_txt_means_what_the_settings_say() {
    for (mode, outcome, asked) in [
        ("obey", "robots_refused", vec!["/robots.txt"]),
        ("record", "captured", vec!["/robots.txt", "/private/a"]),
        ("ignore", "captured", vec!["/private/a"]),
    ] {
        let world = World::new();
        world.origin.on("/robots.txt", Answer::of("text/plain", "User-agent: *\nDisallow: /private/\n"));
        world.origin.on("/private/a", Answer::html(article("A", "Text.")));
        let words = ["--set", &format!("capture.robots={mode}"), "add", "--once", &world.url("/private/a")];
        let code = i32::from(outcome != "captured");
        world.keepfast(&words).ends(code);
        assert_eq!(world.outcomes(), [outcome], "{mode}");
        let log: Vec<String> = world.origin.log().into_iter().map(|hit| hit.target).collect();
        assert_eq!(log, asked, "{mode}");
        let decision = if mode == "ignore" { "ignored" } else { "disallowed" };
        assert_eq!(world.one::<String>("SELECT robots FROM snapshot"), decision);
        if mode != "ignore" {
            let kept = world.segments().iter().map(|s| World::warc_text(s)).collect::<String>();
            assert!(kept.contains("Disallow: /private/"), "robots.txt itself is archived");
        }
        world.is_sound();
    }
}

#[test]
fn parts_of_a_page_obey_robots_txt_although_the_page_was_listed() {
    let world = World::new();
    world.origin.on("/robots.txt", Answer::of("text/plain", "User-agent: *\nDisallow: /private/\n"));
    world.origin.on("/a", Answer::html(format!("{}<img src=/private/i.png><img src=/i.png>", article("A", "T."))));
    world.origin.on("/i.png", Answer::of("image/png", PNG)).on("/private/i.png", Answer::of("image/png", PNG));
    world.keepfast(&["add", "--once", &world.url("/a")]).well();
    assert!(!world.origin.targets().contains(&"/private/i.png".to_owned()), "it was asked");
    let why = world.one::<String>("SELECT reason FROM media WHERE url LIKE '%private%'");
    assert!(why.contains("robots.txt"), "{why}");
}

#[test]
fn a_pause_that_a_host_asks_for_outlives_the_process() {
    let world = World::new().env("KEEPFAST_CAPTURE__MAX_RETRIES", "0").env("KEEPFAST_CAPTURE__MAX_RETRY_AFTER", "3h");
    world.origin.handle("a.test", "/a", |hit| match hit.before {
        0 => Answer::status(429).field("Retry-After", "7200"),
        _ => Answer::html(article("A", "Welcome back.")),
    });
    world.origin.on_host("b.test", "/b", Answer::html(article("B", "Text.")));
    let (a, other) = (world.url_of("a.test", "/a"), world.url_of("a.test", "/other"));
    world.keepfast(&["add", &a, &world.url_of("b.test", "/b")]).well();
    world.keepfast(&["run"]).ends(1).says("rate_limited");
    let asked = || world.origin.log().iter().filter(|hit| hit.host == "a.test").count();
    let before = asked();
    // A new process, and another page of that host: it is left alone, the other host is not.
    world.keepfast(&["add", &other]).well();
    world.keepfast(&["run", "--all"]).ends(1).says("put off");
    assert_eq!(asked(), before, "the host was asked before its time");
    assert_eq!(world.origin.targets().iter().filter(|t| *t == "/b").count(), 2);
    world.time_passes(3000);
    world.keepfast(&["run", "--all"]).ends(1);
    assert_eq!(asked(), before, "fifty minutes are not two hours");
    world.time_passes(4300);
    world.keepfast(&["run", &a]).well().says("1 of 1 kept");
    world.keepfast(&["show", &a, "--text"]).well().says("Welcome back.");
    world.is_sound();
}

#[test]
fn a_short_pause_is_waited_out_by_the_next_process() {
    let world = World::new().env("KEEPFAST_CAPTURE__MAX_RETRIES", "0");
    world.origin.handle("", "/a", |hit| match hit.before {
        0 => Answer::status(429).field("Retry-After", "2"),
        _ => Answer::html(article("A", "Welcome back.")),
    });
    world.keepfast(&["add", &world.url("/a")]).well();
    world.keepfast(&["run"]).ends(1);
    world.keepfast(&["run", "--all"]).well();
    let times: Vec<_> = world.origin.log().into_iter().filter(|h| h.target == "/a").map(|h| h.at).collect();
    assert!(times[1].duration_since(times[0]).as_millis() >= 2000, "the server asked for two seconds");
}

#[test]
fn the_media_of_a_page_come_with_it() {
    let world = World::new();
    let page = format!(
        "{}<img src=/small.png srcset='/small.png 1x, /large.png 2x'><video src=/v.mp4 poster=/p.jpg></video>\
         <img data-src=/lazy.png src='data:image/gif;base64,R0lGODlhAQABAAAAACw='>\
         <iframe src='https://www.youtube.com/embed/xyz'></iframe><link rel=stylesheet href=/s.css>",
        article("A", "Text.")
    );
    world.origin.on("/a", Answer::html(page));
    for part in ["/small.png", "/large.png", "/lazy.png", "/p.jpg"] {
        world.origin.on(part, Answer::of("image/png", [PNG, part.as_bytes()].concat()));
    }
    world.origin.on("/v.mp4", Answer::of("video/mp4", vec![7; 100_000]));
    world.keepfast(&["add", "--once", &world.url("/a")]).well();
    let fetched = world.column("SELECT url FROM media WHERE state = 'fetched' ORDER BY url");
    let expect = ["/large.png", "/lazy.png", "/p.jpg", "/v.mp4"].map(|p| world.url(p));
    for url in expect {
        assert!(fetched.contains(&url), "{url} is not among {fetched:?}");
    }
    let embed = world.one::<String>("SELECT state || ': ' || reason FROM media WHERE kind = 'embed'");
    assert!(embed.starts_with("not_fetched: "), "{embed}");
    assert!(!world.origin.targets().contains(&"/s.css".to_owned()), "style sheets are no media");
    world.is_sound();
}

#[test]
fn with_all_its_parts_a_page_can_be_replayed() {
    let world = World::new().env("KEEPFAST_CAPTURE__REQUISITES", "all");
    let head = "<link rel=stylesheet href=/css/main.css><script src=/app.js></script><link rel=icon href=/icon.png>";
    world.origin.on("/a", Answer::html(format!("{head}{}<iframe src=/frame.html></iframe>", article("A", "T."))));
    world.origin.on(
        "/css/main.css",
        Answer::of(
            "text/css",
            "@import 'more.css'; body { background: url(../bg.png) } @font-face { src: url(f.woff2) }",
        ),
    );
    world.origin.on("/css/more.css", Answer::of("text/css", "p { background: url(\"/deep.png\") }"));
    world.origin.on("/app.js", Answer::of("text/javascript", "1"));
    world.origin.on("/frame.html", Answer::html("<p>framed</p>"));
    world.origin.on("/css/f.woff2", Answer::of("font/woff2", "wOF2"));
    for picture in ["/bg.png", "/deep.png", "/icon.png"] {
        world.origin.on(picture, Answer::of("image/png", [PNG, picture.as_bytes()].concat()));
    }
    world.keepfast(&["add", "--once", &world.url("/a")]).well();
    let mut asked = world.origin.targets();
    asked.sort();
    assert_eq!(
        asked,
        [
            "/a",
            "/app.js",
            "/bg.png",
            "/css/f.woff2",
            "/css/main.css",
            "/css/more.css",
            "/deep.png",
            "/frame.html",
            "/icon.png"
        ]
    );
    assert_eq!(world.one::<i64>("SELECT count(*) FROM media WHERE state <> 'fetched'"), 0);
    world.is_sound();
}

#[test]
fn what_a_budget_leaves_out_is_listed_with_the_reason() {
    let world = World::new().env("KEEPFAST_CAPTURE__MAX_REQUISITES", "2");
    let pictures: String = (0..5).map(|n| format!("<img src=/{n}.png>")).collect();
    world.origin.on("/a", Answer::html(format!("{}{pictures}", article("A", "T."))));
    for n in 0..5 {
        world.origin.on(&format!("/{n}.png"), Answer::of("image/png", [PNG, &[n]].concat()));
    }
    world.keepfast(&["add", "--once", &world.url("/a")]).well();
    assert_eq!(world.one::<i64>("SELECT count(*) FROM media"), 5, "each link that was found is listed");
    assert_eq!(world.one::<i64>("SELECT count(*) FROM media WHERE state = 'fetched'"), 2);
    assert_eq!(world.one::<i64>("SELECT count(*) FROM media WHERE state <> 'fetched' AND reason <> ''"), 3);
    assert_eq!(world.origin.targets().len(), 3);
    world.is_sound();
}

#[test]
fn a_body_that_breaks_off_is_kept_and_marked() {
    let world = World::new().env("KEEPFAST_CAPTURE__MAX_RETRIES", "0");
    let half = article("A", "Half of it.");
    let head = format!("HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: {}\r\n\r\n", half.len() + 5000);
    world.origin.on("/a", Answer::raw(format!("{head}{half}")));
    world.keepfast(&["add", "--once", &world.url("/a")]).ends(1).says("truncated");
    assert_eq!(world.one::<String>("SELECT truncated FROM exchange WHERE hop = 'seed'"), "disconnect");
    assert_eq!(world.keepfast(&["show", "1", "--raw"]).well().out, half);
    world.keepfast(&["show", "1", "--text"]).well().says("Half of it.");
    world.is_sound();
}

#[test]
fn a_body_over_the_limit_is_cut_and_marked() {
    let world = World::new().env("KEEPFAST_CAPTURE__MAX_PAGE_BYTES", "4 KiB");
    world.origin.on("/a", Answer::html(format!("{}{}", article("A", "Text."), "<p>more</p>".repeat(10_000))));
    world.keepfast(&["add", "--once", &world.url("/a")]).ends(1).says("truncated");
    let row = world.one::<String>("SELECT truncated || ' ' || body_len FROM exchange WHERE hop = 'seed'");
    assert_eq!(row, "length 4096");
    let kept = world.segments().iter().map(|s| World::warc_text(s)).collect::<String>();
    assert!(kept.contains("WARC-Truncated: length"));
    world.is_sound();
}

#[test]
fn cookies_last_for_one_capture() {
    let world = World::new();
    world.origin.handle("", "/a", |hit| match hit.field("cookie") {
        None => Answer::redirect(302, "/a?again").field("Set-Cookie", "seen=1; Path=/"),
        Some(_) => Answer::html("nobody comes here"),
    });
    world.origin.handle("", "/a?again", |hit| {
        assert_eq!(hit.field("cookie"), Some("seen=1"));
        Answer::html(article("A", "Text."))
    });
    world.keepfast(&["add", &world.url("/a")]).well();
    world.keepfast(&["run"]).well();
    world.keepfast(&["run", "--all"]).well();
    let log = world.origin.log();
    assert!(
        log.iter().filter(|h| h.target == "/a").all(|h| h.field("cookie").is_none()),
        "a cookie outlived its capture"
    );
    assert_eq!(log.iter().filter(|h| h.target == "/a?again").count(), 2);
}

#[test]
fn a_proxy_is_used_when_it_is_set() {
    let world = World::new();
    let proxy = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = proxy.local_addr().unwrap().port();
    let page = article("Far", "Through the proxy.");
    std::thread::spawn(move || {
        for mut stream in proxy.incoming().map_while(Result::ok) {
            let page = page.clone();
            std::thread::spawn(move || {
                let mut head = Vec::new();
                let mut one = [0];
                while !head.ends_with(b"\r\n\r\n") && stream.read(&mut one).is_ok_and(|n| n == 1) {
                    head.push(one[0]);
                }
                let line = String::from_utf8_lossy(&head).lines().next().unwrap_or_default().to_owned();
                let (status, body) = match line.starts_with("GET http://far.example/page ") {
                    true => ("200 OK", page.as_str()),
                    false => ("404 Not Found", ""),
                };
                let answer = format!(
                    "HTTP/1.1 {status}\r\nContent-Type: text/html\r\nConnection: close\r\nContent-Length: {}\r\n\r\n{body}",
                    body.len()
                );
                let _ = stream.write_all(answer.as_bytes());
            });
        }
    });
    let setting = format!("client.proxy=http://127.0.0.1:{port}");
    let said = world.keepfast(&["--set", &setting, "add", "--once", "http://far.example/page"]).well();
    said.says("Through the proxy.");
    let flags = world.one::<String>("SELECT flags FROM snapshot");
    assert!(flags.contains("via-proxy") && flags.contains("heads-reconstructed"), "{flags}");
    world.is_sound();
}

#[test]
fn a_private_address_is_refused_and_nothing_is_asked() {
    let world = World::new().env("KEEPFAST_CLIENT__ALLOW_PRIVATE", "");
    world.keepfast(&["add", "--once", &world.url("/a")]).ends(1).says("address_refused");
    assert!(world.origin.log().is_empty() && world.origin.connections() == 0);
    world.is_sound();
}

#[test]
fn a_failure_without_an_answer_leaves_a_record() {
    let world =
        World::new().env("KEEPFAST_CAPTURE__MAX_RETRIES", "0").env("KEEPFAST_CAPTURE__FIRST_BYTE_TIMEOUT", "300ms");
    world.origin.on("/hang", Answer::raw("").hang()).on("/close", Answer::raw("").close());
    world.origin.on("/junk", Answer::raw("This is no HTTP.\r\n\r\n"));
    let closed = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    for (url, outcome) in [
        (world.url("/hang"), "timed_out"),
        (world.url("/close"), "disconnected"),
        (world.url("/junk"), "malformed"),
        (format!("http://{closed}/"), "connect_failed"),
    ] {
        world.keepfast(&["add", "--once", &url]).ends(1).says(outcome);
        assert_eq!(world.outcomes().last().unwrap(), outcome, "{url}");
    }
    let why = world.column("SELECT failure FROM snapshot");
    assert!(why.iter().all(|sentence| sentence.len() > 10), "each says why: {why:?}");
    let kept = world.segments().iter().map(|s| World::warc_text(s)).collect::<String>();
    assert!(kept.contains("WARC-Type: metadata"));
    world.is_sound();
}

#[test]
fn no_host_is_asked_faster_than_its_pace() {
    let world = World::new().env("KEEPFAST_PACE__PER_SECOND", "10").env("KEEPFAST_PACE__BURST", "1");
    let mut urls = Vec::new();
    for host in ["a.test", "b.test", "c.test"] {
        for n in 0..4 {
            world.origin.on_host(host, &format!("/{n}"), Answer::html(article("A", &format!("{host} {n}"))));
            urls.push(world.url_of(host, &format!("/{n}")));
        }
    }
    world.file("urls.txt", urls.join("\n"));
    world.config("");
    world.keepfast(&["run"]).well().says("12 of 12 kept");
    // A host that is alone is waited for as well: nothing is put off because nobody else is at work.
    world.file("urls.txt", urls[..4].join("\n"));
    let before = world.origin.log().len();
    world.keepfast(&["run", "--all"]).well().says("4 of 4 kept").does_not_say("put off");
    let alone: Vec<_> = world.origin.log()[before..].iter().map(|h| h.at).collect();
    assert!(alone.last().unwrap().duration_since(alone[0]).as_millis() >= 280, "four requests need three pauses");
    for host in ["a.test", "b.test", "c.test"] {
        let times: Vec<_> = world.origin.log()[..before].iter().filter(|h| h.host == host).map(|h| h.at).collect();
        assert_eq!(times.len(), 5, "four pages and robots.txt");
        // Five requests need four pauses; their sum is what a scheduler cannot blur.
        let span = times[4].duration_since(times[0]).as_millis();
        assert!(span >= 380, "{host}: five requests in {span} ms at ten a second");
    }
}
