//! Searching what was archived, from the outside.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::Value;

use crate::server::Answer;
use crate::world::{World, article};

/// The results of a search.
fn found(world: &World, words: &[&str]) -> Vec<Value> {
    let said = world.keepfast(&[&["search", "--json"], words].concat()).well().json();
    assert_eq!(said["not_indexed"], 0);
    said["results"].as_array().unwrap().clone()
}

/// The words that a result marks.
fn marked(hit: &Value) -> Vec<String> {
    let text: Vec<char> = hit["snippet"]["text"].as_str().unwrap().chars().collect();
    let at = |n: &Value| usize::try_from(n.as_u64().unwrap()).unwrap();
    let marks = hit["snippet"]["marks"].as_array().unwrap().iter();
    marks.map(|mark| text[at(&mark[0])..at(&mark[1])].iter().collect()).collect()
}

#[test]
fn every_script_is_found_however_it_is_typed() {
    let world = World::new();
    /// A query, and the words of the page that it marks.
    type Asked = (&'static str, &'static str);
    let pages: &[(&str, &str, &[Asked])] = &[
        ("/latin", "Une façade à Łódź, près du café.", &[("facade", "façade"), ("CAFÉ", "café"), ("lodz", "Łódź")]),
        ("/german", "Die Straße ist gesperrt.", &[("strasse", "Straße"), ("STRASSE", "Straße")]),
        ("/turkish", "İstanbul’da ışık var.", &[("istanbul", "İstanbul"), ("isik", "ışık"), ("IŞIK", "ışık")]),
        ("/russian", "Ёлка стоит у моста, и война прошла.", &[("елка", "Ёлка"), ("ёлка", "Ёлка"), ("ВОЙНА", "война")]),
        ("/ukrainian", "Їжак живе в Україні.", &[("їжак", "Їжак"), ("україні", "Україні")]),
        ("/greek", "Ο λόγος της Ελλάδας.", &[("ΛΟΓΟΣ", "λόγος"), ("ελλαδας", "Ελλάδας")]),
        (
            "/armenian",
            "Իմ պապը և կամուրջը։ Ի՞նչ եղավ ԵՐԵՎԱՆՈՒՄ։",
            &[("եւ", "և"), ("ինչ", "Ի՞նչ"), ("երևանում", "ԵՐԵՎԱՆՈՒՄ")],
        ),
        (
            "/arabic",
            "كِتَابٌ عن الجسر، أحمد في المدرسة سنة ٢٠٢٤.",
            &[("کتاب", "كِتَابٌ"), ("احمد", "أحمد"), ("المدرسه", "المدرسة"), ("2024", "٢٠٢٤")],
        ),
        ("/persian", "می‌خواهم به پل بروم.", &[("ميخواهم", "می‌خواهم")]),
        ("/hebrew", "שָׁלוֹם לגשר.", &[("שלום", "שָׁלוֹם")]),
        (
            "/chinese",
            "我们在东京大学附近过桥。",
            &[("东京", "东京"), ("京大学", "京大学"), ("桥", "桥"), ("\"过桥\"", "过桥")],
        ),
        ("/japanese", "ハードとソフト、ｶﾞｷ。", &[("ソフト", "ソフト"), ("ガキ", "ｶﾞｷ")]),
        ("/korean", "서울에서 다리를 건넜다.", &[("서울", "서울"), ("다리", "다리")]),
        ("/thai", "เราเดินข้ามสะพานเก่า", &[("สะพาน", "สะพาน")]),
        ("/hindi", "हिन्दी में पुल", &[("हिन्दी", "हिन्दी")]),
    ];
    for (target, text, _) in pages {
        world.origin.on(target, Answer::html(article("A page", text)));
        world.keepfast(&["add", &world.url(target)]).well();
    }
    world.keepfast(&["run"]).well();
    for (target, _, queries) in pages {
        for (query, place) in *queries {
            for order in ["--ranked", "--newest"] {
                let hits = found(&world, &[order, query]);
                assert_eq!(hits.len(), 1, "{query} of {target}: {hits:#?}");
                assert!(hits[0]["url"].as_str().unwrap().ends_with(target), "{query}: {}", hits[0]["url"]);
                assert_eq!(marked(&hits[0]), [*place], "{query}");
                assert_eq!(hits[0]["part"], "text");
            }
        }
    }
    // What tells words apart still does.
    assert!(found(&world, &["воина"]).is_empty() && found(&world, &["іжак"]).is_empty());
    world.is_sound();
}

#[test]
fn what_a_page_no_longer_says_is_found_and_marked() {
    let world = World::new();
    let turn = Arc::new(AtomicUsize::new(0));
    let now = turn.clone();
    world.origin.handle("", "/a", move |_| match now.load(Ordering::SeqCst) {
        0 => Answer::html(article("The bridge", "The minister promised a pavilion.")),
        1 => Answer::html(article("The bridge", "The minister promised nothing.")),
        2 => Answer::html(article("The bridge", "The minister promised a pavilion.")),
        _ => Answer::status(410),
    });
    world.keepfast(&["add", &world.url("/a")]).well();
    let look = |n| {
        turn.store(n, Ordering::SeqCst);
        world.keepfast(&["run", "--all"]).ends(i32::from(n == 3));
    };
    look(0);
    look(0);
    let hit = &found(&world, &["pavilion"])[0];
    assert_eq!(
        (&hit["version"], &hit["gone"], &hit["snapshot"], &hit["last_snapshot"]),
        (&"current".into(), &false.into(), &1.into(), &2.into())
    );
    look(1);
    let hit = &found(&world, &["pavilion"])[0];
    assert_eq!((&hit["version"], &hit["gone"], &hit["last_snapshot"]), (&"former".into(), &true.into(), &2.into()));
    world.keepfast(&["search", "pavilion"]).well().says("no longer on the page").says("promised a pavilion");
    // A word of both versions: the page is one result, and shows what it says now; or each version is one.
    let hits = found(&world, &["promised"]);
    assert_eq!((hits.len(), &hits[0]["snapshot"], &hits[0]["gone"]), (1, &3.into(), &false.into()));
    let hits = found(&world, &["promised", "--versions", "--newest"]);
    let shown: Vec<_> =
        hits.iter().map(|h| (h["snapshot"].as_i64().unwrap(), h["version"].as_str().unwrap())).collect();
    assert_eq!(shown, [(3, "current"), (1, "former")]);
    assert!(hits.iter().all(|h| h["gone"] == false));
    // It comes back: the old version stands again, and nothing is indexed twice.
    look(2);
    let hit = &found(&world, &["pavilion"])[0];
    assert_eq!((&hit["version"], &hit["snapshot"], &hit["last_snapshot"]), (&"current".into(), &1.into(), &4.into()));
    assert_eq!(world.one::<i64>("SELECT count(*) FROM version"), 2);
    // The page goes: what it said last is kept, and the end is told.
    look(3);
    let hit = &found(&world, &["pavilion"])[0];
    assert_eq!((&hit["version"], &hit["last_outcome"]), (&"current".into(), &"gone".into()));
    world.keepfast(&["search", "pavilion"]).well().says("the page is gone");
    world.is_sound();
}

#[test]
fn noise_makes_no_versions() {
    let world = World::new();
    let count = AtomicUsize::new(0);
    world.origin.handle("", "/a", move |_| {
        let n = count.fetch_add(1, Ordering::SeqCst);
        Answer::html(
            article("The bridge", "It stands.").replace("</body>", &format!("<script>var n = {n}</script></body>")),
        )
    });
    world.keepfast(&["add", &world.url("/a")]).well();
    for _ in 0..4 {
        world.keepfast(&["run", "--all"]).well();
    }
    assert_eq!(world.one::<i64>("SELECT count(*) FROM payload WHERE size > 300"), 4, "four bodies");
    assert_eq!(world.one::<i64>("SELECT count(*) FROM version"), 1, "one text");
    assert_eq!(found(&world, &["bridge"])[0]["last_snapshot"], 4);
}

#[test]
fn filters_and_shorthands_narrow_it_down() {
    let world = World::new();
    for (host, tag, author) in [("a.test", "news", "Anna Berg"), ("b.test", "blog", "Seda Mil"), ("c.test", "blog", "")]
    {
        let meta = format!("<meta name=author content='{author}'></head>");
        let page = article("The bridge", &format!("Read on {host}.")).replace("</head>", &meta);
        world.origin.on_host(host, "/", Answer::html(page));
        world.keepfast(&["add", &world.url_of(host, "/"), "--tag", tag]).well();
    }
    world.origin.on_host("d.test", "/", Answer::html("<html><head><title>Just a moment...</title></head><body><h1>Checking your browser</h1><p>bridge</body></html>").field("Server", "cloudflare"));
    world.keepfast(&["add", &world.url_of("d.test", "/")]).well();
    world.keepfast(&["run"]).ends(1);
    let hosts = |words: &[&str]| {
        let mut hosts: Vec<String> =
            found(&world, words).iter().map(|hit| hit["url"].as_str().unwrap()[7..8].to_owned()).collect();
        hosts.sort();
        hosts.concat()
    };
    assert_eq!(hosts(&["bridge"]), "abc", "a wall is not content");
    assert_eq!(hosts(&["bridge", "--tag", "blog"]), "bc");
    assert_eq!(hosts(&["bridge tag:blog -site:c.test"]), "b");
    assert_eq!(hosts(&["bridge", "--site", "a.test", "--site", "test.invalid"]), "a");
    assert_eq!(hosts(&["bridge", "--site", "test"]), "abc", "and hosts below it");
    assert_eq!(hosts(&["bridge", "--site", "https://A.test/page?x"]), "a", "or a whole address");
    assert_eq!(hosts(&["bridge", "--author", "seda"]), "b");
    world.keepfast(&["search", "bridge", "--author", "***"]).fails(2, "at least one letter");
    assert_eq!(hosts(&["author:\"anna berg\""]), "a");
    assert_eq!(hosts(&["bridge", "--since", "1h"]), "abc");
    assert_eq!(hosts(&["bridge", "--until", "1h"]), "");
    assert_eq!(hosts(&["--outcome", "challenge", "browser"]), "d");
    assert_eq!(hosts(&["bridge river -seda"]), "ac");
    assert_eq!(hosts(&["title:bridge"]), "abc");
    assert_eq!(hosts(&["title:river"]), "");
    assert_eq!(hosts(&["zzz", "OR", "brid*"]), "abc");
    assert_eq!(hosts(&["\"river rose in the night\""]), "abc");
    assert_eq!(hosts(&["\"rose the river\""]), "");
    let said = world.keepfast(&["search", "bridge", "--limit", "2", "--color", "always"]).well();
    assert!(said.out.contains("the first 2; there are more") && said.out.contains("\x1b[1;33m"), "{}", said.out);
    world.keepfast(&["search", "nowhere"]).well().says("Nothing found");
}

#[test]
fn comments_are_found_by_words_and_by_name() {
    let world = World::new();
    let comments = "<div id=comments><h3>2 comments</h3><ol class=comment-list>\
        <li class=comment id=comment-1><article><footer><b class=fn>Armen</b> <time datetime=2021-05-12T18:28:42Z>May 12</time></footer><div class=comment-content><p>My grandfather built it.</p></div></article></li>\
        <li class=comment id=comment-2><article><footer><b class=fn>Layla</b> <time datetime=2021-05-14T11:15:00Z>May 14</time></footer><div class=comment-content><p>A handsome viaduct.</p></div></article></li>\
        </ol></div></body>";
    world.origin.on("/a", Answer::html(article("The bridge", "It stands.").replace("</body>", comments)));
    world.keepfast(&["add", "--once", &world.url("/a")]).well();
    let hit = &found(&world, &["viaduct"])[0];
    assert_eq!(
        (&hit["part"], &hit["comment"]["number"], &hit["comment"]["author"]),
        (&"comment".into(), &2.into(), &"Layla".into())
    );
    assert_eq!(marked(hit), ["viaduct"]);
    let hit = &found(&world, &["author:armen"])[0];
    assert_eq!((&hit["part"], &hit["comment"]["number"]), (&"comment".into(), &1.into()));
    assert_eq!(found(&world, &["comment:handsome bridge"]).len(), 1, "in different parts of one page");
    assert!(found(&world, &["\"built it a handsome\""]).is_empty(), "no phrase goes from one comment into the next");
    world.keepfast(&["search", "handsome"]).well().says("comment 2 by Layla");
}

#[test]
fn what_was_pruned_is_not_found_and_the_copy_is_searched_like_the_archive() {
    let world = World::new();
    for (target, text) in [("/a", "A secret pavilion."), ("/b", "A public pavilion.")] {
        world.origin.on(target, Answer::html(article("The bridge", text)));
        world.keepfast(&["add", &world.url(target)]).well();
    }
    world.keepfast(&["run"]).well();
    world.keepfast(&["backup", "copy"]).well();
    assert_eq!(found(&world, &["pavilion"]).len(), 2);
    world.keepfast(&["remove", &world.url("/a")]).well();
    world.keepfast(&["prune", "--yes"]).well().says("1 snapshots removed");
    let hits = found(&world, &["pavilion"]);
    assert_eq!(hits.len(), 1);
    assert!(hits[0]["url"].as_str().unwrap().ends_with("/b"));
    assert!(found(&world, &["secret"]).is_empty());
    world.is_sound();
    let copy = world.keepfast(&["--archive", "copy", "search", "secret", "--json"]).well().json();
    assert_eq!(copy["results"].as_array().unwrap().len(), 1);
    world.keepfast(&["verify", "copy"]).well();
}

#[test]
fn while_another_process_captures_it_is_said_what_is_not_indexed() {
    let world = World::new();
    world.origin.on("/a", Answer::html(article("The bridge", "A pavilion.")));
    world.keepfast(&["add", "--once", &world.url("/a")]).well();
    world
        .catalog()
        .execute_batch(
            "DELETE FROM version; DELETE FROM search WHERE rowid = 1; DELETE FROM meta WHERE key = 'searchable'",
        )
        .unwrap();
    let lock = std::fs::File::open(world.path("archive/lock")).unwrap();
    lock.lock().unwrap();
    let said = world.keepfast(&["search", "pavilion"]).well();
    let said = said.says("Nothing found").says("1 texts are not indexed yet").says("another process captures");
    drop((lock, said));
    world.keepfast(&["search", "pavilion"]).well().says("A pavilion").does_not_say("not indexed");
}

#[test]
fn nothing_that_is_typed_breaks_it_and_nothing_from_the_web_steers_the_terminal() {
    let world = World::new();
    world.origin.on("/a", Answer::html(article("The \u{1b}[31m\u{202e}bridge", "A \u{1b}]0;x\u{7} pavilion.")));
    world.keepfast(&["add", "--once", &world.url("/a")]).well();
    for typed in [
        "\"",
        "NEAR(",
        "a\" OR 1=1 --",
        "{x}:^y",
        "title:",
        "*",
        "((",
        "pavilion\"",
        "'; DROP TABLE search; --",
        "\u{e000}",
        "a:b:c -",
    ] {
        let code = world.keepfast(&["search", "--", typed]).code;
        assert!(code == 0 || code == 2, "{typed} ends with {code}");
    }
    world.keepfast(&["search", "--", "-only"]).fails(2, "no word to look for");
    let said = world.keepfast(&["search", "pavilion"]).well();
    assert!(
        !said.out.contains('\u{1b}') && !said.out.contains('\u{202e}') && !said.out.contains('\u{1}'),
        "{:?}",
        said.out
    );
}

#[test]
fn what_stands_inside_words_is_found_in_every_script() {
    let world = World::new().env("KEEPFAST_SEARCH__INSIDE", "true");
    /// A query, and the part of the page that it marks.
    type Asked = (&'static str, &'static str);
    let pages: &[(&str, &str, &[Asked])] = &[
        ("/latin", "Die Łódźer Windmühlenflügel.", &[("*mühle*", "mühle"), ("*MUHLEN", "mühlen"), ("*odze*", "ódźe")]),
        ("/german", "Die Hauptstraßen.", &[("*strasse*", "straße"), ("*STRASSE", "straße")]),
        ("/turkish", "Kapalıçarşıdan İstanbullular.", &[("*CARŞI*", "çarşı"), ("*ıstanbul", "İstanbul")]),
        ("/russian", "Новогодняя ёлочка и мостостроитель.", &[("*елоч*", "ёлоч"), ("*СТРОИТ*", "строит")]),
        ("/greek", "Η γεφυροποιΐα.", &[("*ΠΟΙΙΑ*", "ποιΐα"), ("*φυρο", "φυρο")]),
        (
            "/armenian",
            "Ջրաղացներ Երևանում, ԵՐԵՎԱՆՑԻ։",
            &[("*աղաց*", "աղաց"), ("*րեւանու*", "րևանու"), ("*վանց*", "ԵՎԱՆՑ")],
        ),
        ("/arabic", "والمَدْرَسَةُ الجديدة.", &[("*مدرسه*", "مَدْرَسَةُ"), ("*مدرس", "مَدْرَسَ")]),
        ("/persian", "می\u{200c}خواهم بروم.", &[("*خواه*", "خواه")]),
        ("/hebrew", "והַשָּׁלוֹם.", &[("*שלום*", "שָּׁלוֹם")]),
        ("/chinese", "我们在东京大学附近。", &[("*京大学*", "京大学"), ("*京大*", "京大")]),
        ("/japanese", "ハードとソフト。", &[("*ードと*", "ードと")]),
        ("/korean", "서울에서는.", &[("*울에서*", "울에서")]),
        ("/thai", "เดินข้ามสะพานเก่า", &[("*สะพาน*", "สะพาน")]),
        ("/hindi", "अहिन्दीभाषी", &[("*हिन्दी*", "हिन्दी")]),
    ];
    for (target, text, _) in pages {
        world.origin.on(target, Answer::html(article("A page", text)));
        world.keepfast(&["add", &world.url(target)]).well();
    }
    world.keepfast(&["run"]).well();
    for (target, _, queries) in pages {
        for (query, place) in *queries {
            for order in ["--ranked", "--newest"] {
                let hits = found(&world, &[order, query]);
                assert_eq!(hits.len(), 1, "{query} of {target}: {hits:#?}");
                assert!(hits[0]["url"].as_str().unwrap().ends_with(target), "{query}: {}", hits[0]["url"]);
                assert_eq!(marked(&hits[0]), [*place], "{query}");
            }
        }
    }
    let count = |query: &str| found(&world, &[query]).len();
    assert_eq!(count("*muhlen* *lugel*"), 1, "both");
    assert_eq!(count("*muhlen* die"), 1, "with a word");
    assert_eq!(count("*muhlen* bridge -*strass*"), 1, "without another");
    assert_eq!(count("*muhlen* OR *strass* OR hindi"), 2, "either or");
    assert_eq!(count("bridge -*muhlen*"), pages.len() - 1);
    assert_eq!((count("title:*age*"), count("title:*muhlen*"), count("text:*muhlen*")), (pages.len(), 0, 1));
    assert_eq!(found(&world, &["*muhlen*", "--site", "b.test"]).len(), 0);
    assert_eq!(found(&world, &["title:*age*"])[0]["title_marks"], serde_json::json!([[3, 6]]));
    world.keepfast(&["search", "*mü*"]).fails(2, "at least 3 letters");
    world.keepfast(&["search", "*\"die wind\""]).fails(2, "one word");
    for typed in ["*\"", "*a\" OR 1=1*", "*mill) OR (x*", "**", "*{title}:mill*", "*mill\u{e000}x*", "-*mill*"] {
        let code = world.keepfast(&["search", "--", typed]).code;
        assert!(code == 0 || code == 2, "{typed} ends with {code}");
    }
    world.is_sound();
}

#[test]
fn the_index_inside_words_is_kept_only_if_it_is_asked_for() {
    let world = World::new();
    let off = ["--set", "search.inside=false"];
    let on = ["--set", "search.inside=true"];
    let ask = |how: [&str; 2], words: &[&str]| world.keepfast(&[&how[..], words].concat());
    for (target, text) in [("/a", "Old windmills."), ("/b", "A watermill.")] {
        world.origin.on(target, Answer::html(article("The bridge", text)));
        world.keepfast(&["add", &world.url(target)]).well();
    }
    ask(off, &["run"]).well();
    let tables = || world.one::<i64>("SELECT count(*) FROM sqlite_schema WHERE name LIKE 'inside%'");
    ask(off, &["search", "*mill*"]).fails(2, "what stands inside words is not indexed").says("inside = true");
    ask(off, &["search", "windmills"]).well().says("1 result");
    assert_eq!(tables(), 0, "nothing is made that was not asked for");

    // Turned on, but another process captures: that is said, and what is missing.
    let lock = std::fs::File::open(world.path("archive/lock")).unwrap();
    lock.lock().unwrap();
    ask(on, &["search", "*mill*"]).well().says("2 texts are not indexed yet").says("another process captures");
    drop(lock);
    ask(on, &["search", "*mill*"]).well().says("2 results").does_not_say("not indexed");
    let said = ask(on, &["search", "--json", "*dmill*"]).well().json();
    assert_eq!((said["results"].as_array().unwrap().len(), &said["not_indexed"]), (1, &0.into()));

    // Off again: what comes now is missing there, and is filled in when it is turned on again by whoever is idle.
    world.origin.on("/c", Answer::html(article("The bridge", "A treadmill.")));
    ask(off, &["add", &world.url("/c")]).well();
    ask(off, &["run"]).well();
    assert_eq!(world.column("SELECT rowid FROM inside ORDER BY rowid").len(), 2);
    ask(on, &["run"]).well();
    assert_eq!(world.column("SELECT rowid FROM inside ORDER BY rowid").len(), 3, "the end of a run fills it in");
    ask(on, &["search", "*mill*"]).well().says("3 results");

    // What is pruned is not found any more, with the index kept or not.
    ask(on, &["remove", &world.url("/c")]).well();
    ask(off, &["prune", "--yes"]).well().says("1 snapshots removed");
    assert_eq!(world.column("SELECT rowid FROM inside ORDER BY rowid"), ["1", "2"]);
    ask(on, &["search", "*mill*"]).well().says("2 results").does_not_say("treadmill");
    ask(on, &["search", "--drop-inside"]).fails(2, "would be made again");
    ask(off, &["search", "--drop-inside"]).well().says("is removed");
    assert_eq!(tables(), 0);
    assert_eq!(ask(off, &["search", "--drop-inside", "--json"]).well().json()["dropped"], false);
    ask(off, &["search", "watermill"]).well().says("1 result");
    ask(on, &["search", "*mill*"]).well().says("2 results");
    world.is_sound();
    world.keepfast(&["backup", "copy"]).well();
    ask(on, &["--archive", "copy", "search", "*mill*"]).well().says("2 results");
    world.keepfast(&["verify", "copy"]).well();
}

#[test]
fn what_was_read_again_is_found_inside_words_as_it_was_read_last() {
    let world = World::new().env("KEEPFAST_SEARCH__INSIDE", "true");
    world.origin.on("/a", Answer::html(article("The bridge", "Old windmills.")));
    world.keepfast(&["add", &world.url("/a")]).well();
    world.keepfast(&["run"]).well();
    crate::reextract::as_read_by_an_older_reader(&world, "windmills", "windnills");
    assert_eq!(found(&world, &["*dnill*"]).len(), 1);
    assert_eq!(found(&world, &["*dmill*"]).len(), 0);
    world.keepfast(&["reextract"]).well();
    assert_eq!(found(&world, &["*dnill*"]).len(), 0);
    assert_eq!(found(&world, &["*dmill*"]).len(), 1);
    world.is_sound();
}
