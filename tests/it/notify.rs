//! Telling people: what is told, to whom, how often, in which order, and what survives a receiver or a process that fails.

use std::collections::{BTreeMap, HashMap};

use serde_json::Value;

use crate::receiver::{Mails, Post, Receiver, Reply};
use crate::server::{Answer, Identity};
use crate::world::{World, article, until};

fn look(world: &World, after: i64) {
    world.time_passes(after);
    let ended = world.keepfast(&["run", "--all"]);
    assert!((0..=1).contains(&ended.code), "{}", ended.err);
}

fn says(world: &World, target: &str, text: &str) {
    world.origin.on(target, Answer::html(article("The bridge", text)));
}

fn kinds(posts: &[Post]) -> Vec<String> {
    posts.iter().map(|post| post.json()["kind"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn a_change_is_told_once_and_what_did_not_change_is_not() {
    let (world, receiver) = (World::new().env("HOOK", "a secret"), Receiver::start());
    world.config(&format!(
        "[[notify]]\nto = \"{}\"\nsecret_env = \"HOOK\"\nretry = \"10ms\"\n",
        receiver.url("/hook/token")
    ));
    says(&world, "/post", "One.");
    world.keepfast(&["add", &world.url("/post"), "--tag", "news", "--note", "front"]).well();
    look(&world, 0);
    look(&world, 60);
    assert!(receiver.log().is_empty(), "first sight and an unchanged look are no news");
    says(&world, "/post", "Two.");
    look(&world, 60);
    look(&world, 60);
    let [post] = &receiver.log()[..] else { panic!("{:?}", receiver.log()) };
    let event = post.json();
    assert_eq!(event["schema"], "keepfast-event/1");
    assert_eq!((event["kind"].as_str(), event["what"].as_str()), (Some("changed"), Some("text +1 -1")));
    assert_eq!((event["snapshot"].as_i64(), event["previous"].as_i64()), (Some(3), Some(2)));
    assert_eq!(event["watch"]["url"], world.url("/post"));
    assert_eq!((event["watch"]["tags"][0].as_str(), event["watch"]["note"].as_str()), (Some("news"), Some("front")));
    assert_eq!(event["title"], "The bridge");
    assert!(event["seen_before_at"].as_str().unwrap() < event["at"].as_str().unwrap());
    // Signed over the time and the very octets that were sent.
    assert_eq!(post.field("keepfast-event-id"), event["id"].as_str().unwrap());
    assert_eq!(post.field("content-type"), "application/json");
    assert_eq!(post.field("keepfast-signature"), post.signature(b"a secret"));
    let all = world.keepfast(&["events"]).well();
    assert!(all.out.contains("delivered") && !all.out.contains("token"), "{}", all.out);
    world.keepfast(&["events", "--pending"]).well().says("Nothing waits");
    let told = world.keepfast(&["events", "--json"]).well().json();
    assert_eq!(told[0]["event"], event);
    assert_eq!(told[0]["deliveries"][0]["state"], "delivered");
    let everything = std::fs::read(world.path("archive/catalog.db")).unwrap();
    for secret in ["a secret", "hook/token"] {
        assert!(!everything.windows(secret.len()).any(|part| part == secret.as_bytes()), "{secret}");
    }
    world.is_sound();
}

#[test]
fn what_vanishes_fails_and_comes_back_is_told_as_what_it_is() {
    let world = World::new().env("KEEPFAST_CAPTURE__MAX_RETRIES", "0");
    let receiver = Receiver::start();
    world.config(&format!("[[notify]]\nto = \"{}\"\n", receiver.url("/")));
    says(&world, "/post", "One.");
    world.keepfast(&["add", &world.url("/post")]).well();
    look(&world, 0);
    world.origin.on("/post", Answer::status(404));
    look(&world, 60);
    look(&world, 301);
    look(&world, 30);
    says(&world, "/post", "One.");
    look(&world, 3600);
    world.origin.on("/post", Answer::status(503));
    for _ in 0..5 {
        look(&world, 3600);
    }
    world.origin.on("/post", Answer::status(403));
    look(&world, 3600);
    look(&world, 3600);
    says(&world, "/post", "One.");
    look(&world, 3600);
    assert_eq!(kinds(&receiver.log()), ["gone", "gone", "reappeared", "failing", "blocked", "recovered"]);
    let states: Vec<_> =
        receiver.log().iter().take(3).map(|post| post.json()["state"].as_str().unwrap().to_owned()).collect();
    assert_eq!(states, ["suspect", "missing", "present"]);
    let gone = receiver.log()[1].json();
    assert_eq!((gone["manner"].as_str(), gone["last_seen"].as_i64()), (Some("not_found"), Some(1)));
    assert_eq!(gone["label"], "The bridge");
    world.keepfast(&["events", "--kind", "blocked"]).well().says("blocked").does_not_say("failing");
}

/// Each event in the order of its first arrival, by watch; and how often each came.
fn arrivals(posts: &[Post]) -> (BTreeMap<String, Vec<i64>>, HashMap<String, usize>) {
    let (mut order, mut times) = (BTreeMap::<String, Vec<i64>>::new(), HashMap::new());
    for post in posts {
        let event = post.json();
        let id = event["id"].as_str().unwrap().to_owned();
        assert_eq!(post.field("keepfast-event-id"), id);
        let n: &mut usize = times.entry(id).or_default();
        *n += 1;
        if *n == 1 {
            let url = event["watch"]["url"].as_str().unwrap().to_owned();
            order.entry(url).or_default().push(event["snapshot"].as_i64().unwrap());
        }
    }
    (order, times)
}

#[test]
fn a_receiver_that_fails_stalls_and_restarts_gets_every_event_in_order_and_a_killed_service_loses_none() {
    let world = World::new();
    let receiver = Receiver::start();
    let port = receiver.port();
    // Every third try fails, some stall, some are taken and the answer is lost.
    let moody = |n: usize| match n % 7 {
        1 => Reply::Status(500),
        3 => Reply::Hang,
        5 => Reply::Close,
        6 => Reply::Busy,
        _ => Reply::Status(204),
    };
    receiver.replies(moody);
    let targets: Vec<String> = (0..4).map(|n| format!("/p{n}")).collect();
    let mut config = format!("[[notify]]\nto = \"{}\"\nretry = \"20ms\"\ntimeout = \"300ms\"\n", receiver.url("/hook"));
    for target in &targets {
        says(&world, target, "The beginning.");
        config.push_str(&format!("[[watch]]\nurl = \"{}\"\nevery = \"1s\"\n", world.url(target)));
    }
    world.config(&config);
    let mut service = world.start(&["watch"]);
    service.hear("captured");
    until("all are seen for the first time", || world.one::<i64>("SELECT count(DISTINCT watch) FROM snapshot") == 4);
    let mut receiver = Some(receiver);
    let mut log = Vec::new();
    for round in 0..6 {
        let before = world.one::<i64>("SELECT count(*) FROM outbox");
        for target in &targets {
            says(&world, target, &format!("Word number {round}."));
        }
        until("all changes are seen", || world.one::<i64>("SELECT count(*) FROM outbox") >= before + 4);
        match round {
            1 => {
                service.kill();
                service.wait();
                service = world.start(&["watch"]);
            }
            // It is gone for a while, and comes back at its place.
            2 => log.extend(receiver.take().unwrap().stop()),
            3 => {
                let again = Receiver::start_at(port);
                again.replies(moody);
                receiver = Some(again);
            }
            4 => {
                until("something is on its way", || {
                    receiver.as_ref().unwrap().log().len() > 2
                        && world.one::<i64>("SELECT max(attempts) FROM delivery") > 0
                });
                service.kill();
                service.wait();
                service = world.start(&["watch"]);
            }
            _ => {}
        }
    }
    until("all is delivered", || world.one::<i64>("SELECT count(*) FROM delivery WHERE state <> 'delivered'") == 0);
    service.signal("TERM");
    service.wait().well();
    log.extend(receiver.unwrap().stop());
    let (order, times) = arrivals(&log);
    let taken = world.column("SELECT id FROM outbox");
    assert!(taken.len() >= 24, "{}", taken.len());
    assert!(taken.iter().all(|id| times.contains_key(id)), "an event never arrived");
    assert_eq!(times.len(), taken.len(), "something arrived that is not in the outbox");
    assert!(times.values().any(|n| *n > 1), "nothing was sent twice: the story does not test that");
    assert_eq!(order.len(), 4);
    for (url, snapshots) in order {
        assert!(snapshots.is_sorted(), "{url}: {snapshots:?}");
        assert!(snapshots.len() >= 6, "{url}: {snapshots:?}");
    }
    world.is_sound();
}

#[test]
fn a_run_tells_what_a_run_before_could_not() {
    let world = World::new();
    let receiver = Receiver::start();
    receiver.replies(|n| if n < 1 { Reply::Status(503) } else { Reply::Status(200) });
    world.config(&format!("[[notify]]\nto = \"{}\"\nretry = \"1ms\"\n", receiver.url("/")));
    says(&world, "/a", "One.");
    world.keepfast(&["add", &world.url("/a")]).well();
    look(&world, 0);
    says(&world, "/a", "Two.");
    look(&world, 60);
    world.keepfast(&["events", "--pending"]).well().says("pending").says("status 503");
    // Nothing is due, and yet what waits is delivered.
    until("the time of the next try has come", || {
        world.one::<i64>("SELECT max(next_at) <= unixepoch('subsec') * 1000 FROM delivery") == 1
    });
    world.keepfast(&["run"]).well();
    let (_, times) = arrivals(&receiver.log());
    assert_eq!(times.values().copied().collect::<Vec<_>>(), [2]);
    world.keepfast(&["events"]).well().says("delivered").says("2 tries");
}

#[test]
fn rules_choose_by_kind_and_tag_and_a_changed_rule_loses_nothing() {
    let world = World::new();
    let (news, other) = (Receiver::start(), Receiver::start());
    let rules = |more: &str| {
        format!(
            "[[notify]]\nto = \"{}\"\nkinds = [\"changed\"]\ntags = [\"news\"]\nretry = \"1ms\"\n{more}",
            news.url("/")
        )
    };
    let second = format!("[[notify]]\nto = \"{}\"\nkinds = [\"gone\"]\nretry = \"1ms\"\n", other.url("/"));
    world.config(&rules(&second));
    says(&world, "/a", "One.");
    says(&world, "/b", "One.");
    world.keepfast(&["add", &world.url("/a"), "--tag", "news"]).well();
    world.keepfast(&["add", &world.url("/b")]).well();
    look(&world, 0);
    says(&world, "/a", "Two.");
    says(&world, "/b", "Two.");
    look(&world, 60);
    other.replies(|n| if n == 0 { Reply::Status(500) } else { Reply::Status(200) });
    world.origin.on("/b", Answer::status(410));
    look(&world, 60);
    assert_eq!(kinds(&news.log()), ["changed"], "of the tag and kind only");
    assert_eq!(world.one::<i64>("SELECT count(*) FROM outbox"), 3, "also what no rule wants is kept");
    // The second rule leaves the file: what waits for it waits on, and goes when it is back.
    world.config(&rules(""));
    look(&world, 60);
    world.keepfast(&["events", "--pending"]).well().says("gone");
    world.config(&rules(&second));
    until("the time of the next try has come", || {
        world.one::<i64>("SELECT max(next_at) <= unixepoch('subsec') * 1000 FROM delivery") == 1
    });
    world.keepfast(&["run"]).well();
    world.keepfast(&["events", "--pending"]).well().says("Nothing waits");
    let first: Value = other.log()[0].json();
    assert!(other.log().iter().filter(|post| post.json()["id"] == first["id"]).count() >= 2);
    // What nobody takes is given up after its time, and that is said.
    other.replies(|_| Reply::Status(500));
    says(&world, "/b", "Three.");
    world.config(&rules(&second.replace("\"gone\"", "\"gone\", \"reappeared\"")));
    look(&world, 60);
    world.catalog().execute_batch("UPDATE outbox SET at = at - 15 * 86400000").unwrap();
    world.keepfast(&["run"]).well();
    world.keepfast(&["events"]).well().says("given up").says("status 500");
}

#[test]
fn a_digest_waits_and_comes_as_one() {
    let world = World::new();
    let receiver = Receiver::start();
    world.config(&format!("[[notify]]\nto = \"{}\"\ndigest = \"1h\"\n", receiver.url("/")));
    for target in ["/a", "/b"] {
        says(&world, target, "One.");
        world.keepfast(&["add", &world.url(target)]).well();
    }
    look(&world, 0);
    says(&world, "/a", "Two.");
    says(&world, "/b", "Two.");
    look(&world, 60);
    assert!(receiver.log().is_empty());
    world.catalog().execute_batch("UPDATE outbox SET at = at - 3600000").unwrap();
    world.keepfast(&["run"]).well();
    let [post] = &receiver.log()[..] else { panic!("{:?}", receiver.log()) };
    let digest = post.json();
    assert_eq!(digest["schema"], "keepfast-digest/1");
    assert_eq!(digest["events"].as_array().unwrap().len(), 2);
    assert_eq!(digest["events"][0]["kind"], "changed");
    assert_eq!(post.field("keepfast-event-id"), digest["id"].as_str().unwrap());
    world.keepfast(&["events", "--pending"]).well().says("Nothing waits");
}

#[test]
fn a_feed_of_events_is_one_that_we_can_read_ourselves() {
    let world = World::new();
    world.config("[[notify]]\nto = \"feed:events.atom\"\n");
    let url = world.url("/a?x=1&y=<2>");
    world.origin.on("/a", Answer::html(article("Black &amp; \"white\" <i>", "One.")));
    world.keepfast(&["add", &url]).well();
    look(&world, 0);
    assert!(!world.path("events.atom").exists());
    for text in ["Two.", "Three."] {
        world.origin.on("/a", Answer::html(article("Black &amp; \"white\" &lt;]]&gt;\u{1}", text)));
        look(&world, 60);
    }
    assert!(!world.path("events.atom.new").exists());
    let atom = std::fs::read(world.path("events.atom")).unwrap();
    // It is served, watched, and read by our own reader of feeds.
    world.origin.on("/events", Answer::of("application/atom+xml", atom.clone()));
    world.keepfast(&["add", &world.url("/events"), "--own", "items=none"]).well();
    look(&world, 0);
    assert_eq!(world.one::<String>("SELECT kind FROM document ORDER BY id DESC LIMIT 1"), "feed");
    let document: Value =
        serde_json::from_str(&world.one::<String>("SELECT json FROM document ORDER BY id DESC LIMIT 1")).unwrap();
    let entries = document["entries"].as_array().unwrap();
    assert_eq!(entries.len(), 2, "{}", String::from_utf8_lossy(&atom));
    assert!(entries[0]["title"].as_str().unwrap().contains("changed"), "{entries:?}");
    let ids: Vec<String> = world.column("SELECT id FROM outbox ORDER BY seq");
    let text = String::from_utf8(atom).unwrap();
    for id in ids.iter().take(2) {
        assert!(text.contains(&format!("urn:uuid:{}-{}", &id[..8], &id[8..12])), "{text}");
    }
}

#[test]
fn a_command_is_given_the_event_and_nothing_else() {
    let world = World::new().env("TOKEN", "hush");
    world.file("tell.sh", "#!/bin/sh\ntest -z \"$TOKEN\" || exit 9\necho \"$KEEPFAST_EVENT_ID $1\" >> \"$HOME/ids\"\ncat >> \"$HOME/told\"\n");
    let home = world.path("").display().to_string();
    let world = world.env("HOME", home.trim_end_matches('/'));
    let script = world.path("tell.sh").display().to_string();
    world.config(&format!("[[notify]]\nto = \"command:sh {script} 'a b;c'\"\n"));
    says(&world, "/a", "One.");
    world.keepfast(&["add", &world.url("/a")]).well();
    look(&world, 0);
    says(&world, "/a", "Two.");
    look(&world, 60);
    world.keepfast(&["events"]).well().says("delivered").does_not_say("a b;c");
    let event: Value = serde_json::from_slice(&std::fs::read(world.path("told")).unwrap()).unwrap();
    let ids = std::fs::read_to_string(world.path("ids")).unwrap();
    assert_eq!(ids, format!("{} a b;c\n", event["id"].as_str().unwrap()));
    // One that fails and one that never ends are tried again.
    world.config("[[notify]]\nto = \"command:sh -c 'echo out of paper >&2; exit 3'\"\n[[notify]]\nto = \"command:sleep 600\"\ntimeout = \"100ms\"\n");
    says(&world, "/a", "Three.");
    look(&world, 60);
    world.keepfast(&["events", "--pending"]).well().says("out of paper").says("took longer than 0.1 s");
}

#[test]
fn mails_are_sent_through_the_operators_server() {
    let mails = Mails::start(None);
    let world = World::new();
    world.config(&format!(
        "[mail]\nhost = \"127.0.0.1\"\nport = {}\ntls = \"none\"\nfrom = \"keepfast@archive.test\"\n\
         [[notify]]\nto = \"mailto:me@example.org\"\n",
        mails.port()
    ));
    says(&world, "/a", "One.");
    world.origin.on("/a", Answer::html(article("Կամուրջ", "One.")));
    world.keepfast(&["add", &world.url("/a")]).well();
    look(&world, 0);
    world.origin.on("/a", Answer::html(article("Կամուրջ", "Two.")));
    look(&world, 60);
    let [mail] = &mails.log()[..] else { panic!("{:?}", mails.log()) };
    let id = world.one::<String>("SELECT id FROM outbox");
    assert!(mail.contains(&format!("Message-ID: <{id}@archive.test>")), "{mail}");
    assert!(mail.contains("Subject: keepfast: changed http://127.0.0.1"), "{mail}");
    assert!(mail.contains("To: me@example.org") && mail.contains("From: keepfast@archive.test"), "{mail}");
    assert!(mail.contains("MAIL FROM:<keepfast@archive.test>") && mail.contains("RCPT TO:<me@example.org>"), "{mail}");
    assert_eq!(world.column("SELECT state FROM delivery"), ["delivered"]);
}

#[test]
fn a_mail_server_is_trusted_like_any_other_and_told_the_password_under_tls_only() {
    for tls in ["implicit", "starttls"] {
        let identity = Identity::signed(&["a.test"]);
        let world = World::new().env("MAIL_PASSWORD", "hush hush");
        let mails = if tls == "implicit" { Mails::start(Some(&identity)) } else { Mails::start_tls_later(&identity) };
        let config = |ca: &str| {
            format!(
                "[client]\nca_files = [{ca}]\n[mail]\nhost = \"a.test\"\nport = {}\ntls = \"{tls}\"\nuser = \"me\"\n\
                 password_env = \"MAIL_PASSWORD\"\nfrom = \"keepfast@archive.test\"\n[[notify]]\nto = \"mailto:me@example.org\"\n",
                mails.port()
            )
        };
        world.config(&config(""));
        world.keepfast(&["events", "--test"]).ends(1).says("failed").says("certificate");
        assert!(mails.log().is_empty());
        world.file("ca.pem", &identity.ca_pem);
        world.config(&config("\"ca.pem\""));
        world.keepfast(&["events", "--test"]).well().says("has it").does_not_say("hush");
        let [mail] = &mails.log()[..] else { panic!("{tls}: {:?}", mails.log()) };
        // "\0me\0hush hush"
        assert!(mail.contains("AUTH PLAIN AG1lAGh1c2ggaHVzaA=="), "{mail}");
        assert!(mail.contains("Subject: keepfast: test"), "{mail}");
        let world = world.env("MAIL_PASSWORD", "wrong");
        world.keepfast(&["events", "--test"]).ends(1).says("535");
    }
}

#[test]
fn nothing_is_told_to_addresses_that_are_not_public_unless_they_are_allowed() {
    let receiver = Receiver::start();
    let mails = Mails::start(None);
    let world = World::new().env("KEEPFAST_CLIENT__ALLOW_PRIVATE", "10.0.0.1");
    world.config(&format!(
        "[mail]\nhost = \"b.test\"\nport = {}\ntls = \"none\"\nfrom = \"k@b.test\"\n\
         [[notify]]\nto = \"{}\"\n[[notify]]\nto = \"http://a.test:{}/x\"\n[[notify]]\nto = \"mailto:me@b.test\"\n",
        mails.port(),
        receiver.url("/hook"),
        receiver.port()
    ));
    let said = world.keepfast(&["events", "--test"]).ends(1);
    assert_eq!(said.out.matches("not a public address").count(), 3, "{}", said.out);
    assert!(receiver.log().is_empty() && mails.log().is_empty());
}

#[test]
fn a_disk_without_room_is_told_once_by_a_run_and_by_the_service_that_waits_for_it() {
    let world = World::new();
    let receiver = Receiver::start();
    world.config(&format!("[[notify]]\nto = \"{}\"\nkinds = [\"disk\"]\n", receiver.url("/")));
    world.keepfast(&["init"]).well();
    let world = world.env("KEEPFAST_ARCHIVE__MIN_FREE", "900000 TiB");
    world.keepfast(&["run"]).ends(5);
    world.keepfast(&["run"]).ends(5);
    assert_eq!(kinds(&receiver.log()), ["disk"]);
    assert!(receiver.log()[0].json()["what"].as_str().unwrap().contains("free"), "{:?}", receiver.log()[0].json());
    world.catalog().execute_batch("UPDATE outbox SET at = at - 86400000").unwrap();
    let mut service = world.start(&["watch"]);
    service.hear("waiting for the disk");
    until("the service tells it", || receiver.log().len() == 2);
    service.signal("TERM");
    service.wait().well();
}

#[test]
fn what_is_wrong_with_rules_is_said_with_its_place() {
    let world = World::new();
    let wrong = [
        ("[[notify]]\nto = \"https://h.test/\"\nkind = [\"gone\"]\n", "unknown key notify.kind; did you mean kinds?"),
        ("[[notify]]\nto = \"https://h.test/\"\nkinds = [\"gne\"]\n", "did you mean gone?"),
        ("[[notify]]\nkinds = [\"gone\"]\n", "has no `to`"),
        ("[[notify]]\nto = \"ftp://h.test/\"\n", "keepfast.toml:2:6: notify.to takes a URL"),
        ("[[notify]]\nto = \"https://u:hush@h.test/\"\n", "user name or password"),
        ("[[notify]]\nto = \"mailto:me@h.test\"\n", "[mail] names no host"),
        ("[[notify]]\nto = \"mailto:me\"\n", "name@example.org"),
        ("[[notify]]\nto = \"command:sh 'x\"\n", "not closed"),
        ("[[notify]]\nto = \"feed:a\"\nsecret_env = \"X\"\n", "only webhooks are signed"),
        ("[notify]\nto = \"feed:a\"\n", "double brackets"),
        ("[[notify]]\nto = \"feed:a\"\n[[notify]]\nto = \"feed:a\"\ndigest = \"1h\"\n", "the same `to`"),
        ("[mail]\nhost = \"h.test\"\n", "from is empty"),
        ("[mail]\ntls = \"none\"\nuser = \"u\"\npassword_env = \"X\"\n", "not sent in the clear"),
        ("[mail]\nhots = \"h.test\"\n", "did you mean mail.host?"),
    ];
    for (config, words) in wrong {
        world.config(config);
        world.keepfast(&["config", "check"]).fails(3, words).does_not_say("hush");
    }
    world.config("");
    world.keepfast(&["init"]).well();
    world.keepfast(&["events", "--test"]).fails(3, "there is no [[notify]]");
    world.config("[[notify]]\nto = \"https://h.test/\"\nsecret_file = \"nowhere\"\n");
    world.keepfast(&["events", "--test"]).ends(1).says("cannot read").says("nowhere");
}

#[test]
fn the_rules_are_shown_without_what_may_be_a_secret() {
    let world = World::new();
    world.config(
        "[mail]\nhost = \"mail.test\"\nfrom = \"us@a.test\"\n\
         [[notify]]\nto = \"https://hooks.test/T0KEN\"\nkinds = [\"gone\", \"changed\"]\ntags = [\"news\"]\nsecret_env = \"HOOK\"\n\
         [[notify]]\nto = \"mailto:desk@a.test\"\ndigest = \"1h\"\n[[notify]]\nto = \"command:tell --key K3Y\"\n",
    );
    let shown = world.keepfast(&["config", "show"]).well();
    let shown = shown.says("notify.1.to").says("https://hooks.test/…").says("[\"gone\", \"changed\"]").says("HOOK");
    let shown = shown.says("notify.2.to").says("mailto:desk@a.test").says("1h").says("notify.3.to").says("14d");
    shown.does_not_say("T0KEN").does_not_say("K3Y").says("keepfast.toml:4");
}

#[test]
fn events_that_nobody_waits_for_leave_after_a_while() {
    let world = World::new();
    world.config("[archive]\nkeep_events = \"30d\"\n[[notify]]\nto = \"feed:told.atom\"\n");
    for text in ["One.", "Two.", "Three."] {
        says(&world, "/post", text);
        if text == "One." {
            world.keepfast(&["add", &world.url("/post")]).well();
        }
        look(&world, 60);
    }
    assert_eq!(world.one::<i64>("SELECT count(*) FROM outbox"), 2);
    let month = 31 * 86_400_000_i64;
    world.catalog().execute_batch(&format!("UPDATE outbox SET at = at - {month} WHERE seq = 1")).unwrap();
    look(&world, 60);
    assert_eq!(world.column("SELECT seq FROM outbox"), ["2"]);
    assert_eq!(world.column("SELECT event FROM delivery"), ["2"]);
}
