use std::path::PathBuf;
use std::time::Duration;

use super::{Parcel, Refusal, Secret, command, feed, mail, webhook, words};
use crate::model::{Event, EventKind, MailServer, MailTls, Notice, SnapshotId, Target, WatchId};

fn event(seq: i64, what: &str) -> Event {
    let facts = serde_json::json!({ "what": what, "watch": { "url": "https://example.org/?a=1&b=2", "note": null } });
    let serde_json::Value::Object(facts) = facts else { panic!() };
    let notice = Notice { kind: EventKind::Changed, facts, sinks: Vec::new() };
    let at = "2026-11-23T08:00:00Z".parse().unwrap();
    Event::new(seq, &notice, Some(WatchId(1)), Some(SnapshotId(seq)), at, b"leaf")
}

fn parcel(events: &[Event], is_digest: bool) -> Parcel<'_> {
    Parcel { events, is_digest, at: "2026-11-23T08:00:01Z".parse().unwrap() }
}

/// RFC 4231, cases 1, 2, 3, 6 and 7.
#[test]
fn the_mac_is_that_of_the_rfc() {
    let hex = |octets: Vec<u8>| octets.iter().map(|o| format!("{o:02x}")).collect::<String>();
    let cases: [(&[u8], &[u8], &str); 5] = [
        (&[0x0b; 20], b"Hi There", "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"),
        (
            b"Jefe",
            b"what do ya want for nothing?",
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
        ),
        (&[0xaa; 20], &[0xdd; 50], "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe"),
        (
            &[0xaa; 131],
            b"Test Using Larger Than Block-Size Key - Hash Key First",
            "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54",
        ),
        (
            &[0xaa; 131],
            b"This is a test using a larger than block-size key and a larger than block-size data. The key needs to be hashed before being used by the HMAC algorithm.",
            "9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2",
        ),
    ];
    for (key, data, tag) in cases {
        assert_eq!(hex(webhook::hmac(key, &[data])), tag);
        let (begin, end) = data.split_at(4);
        assert_eq!(hex(webhook::hmac(key, &[begin, end])), tag);
    }
    assert!(webhook::signature(b"k", 12, b"{}").starts_with("t=12,v1="));
    assert_ne!(webhook::signature(b"k", 12, b"{}"), webhook::signature(b"k", 13, b"{}"));
}

#[test]
fn an_event_is_known_by_one_id_and_a_digest_by_those_of_its_events() {
    let (one, two) = (event(1, "text +1"), event(2, "text +1"));
    assert_eq!(one.id.len(), 32);
    assert_ne!(one.id, two.id);
    assert_eq!(one, event(1, "text +1"));
    let single = [one.clone()];
    assert_eq!(parcel(&single, false).id(), one.id);
    let both = [one, two];
    let (digest, again) = (parcel(&both, true), parcel(&both, true));
    assert_eq!(digest.id(), again.id());
    assert_ne!(digest.id(), parcel(&both[..1], true).id());
    let json: serde_json::Value = serde_json::from_str(&digest.json()).unwrap();
    assert_eq!(json["events"][1]["id"], both[1].id);
}

#[test]
fn secrets_are_not_shown_and_names_of_receivers_hold_none() {
    assert_eq!(format!("{:?}", Secret::new("hush\n")), "***");
    let hook = |path: &str| Target::Webhook(format!("https://h.example:8443{path}").parse().unwrap());
    let (a, b) = (hook("/T0KEN?k=hush"), hook("/T0KEM"));
    assert!(a.name().starts_with("https://h.example:8443/…#"), "{}", a.name());
    assert!(a.name() != b.name() && !format!("{a:?}{b:?}").contains("T0KE"));
    let command = Target::Command(vec!["/bin/tell".into(), "hush".into()]);
    assert!(command.name().starts_with("command:/bin/tell …#") && !format!("{command:?}").contains("hush"));
    assert_eq!(Target::Feed(PathBuf::from("a.atom")).name(), "feed:a.atom");
}

#[test]
fn what_the_web_says_breaks_neither_a_feed_nor_a_mail() {
    let wild = [event(1, "</title><b>&amp;]]>\u{0}\u{202e}\r\nBcc: you@example.org\u{fffe}")];
    let atom = feed::atom("feed:x", parcel(&wild, false));
    assert!(
        !atom.contains("<b>") && !atom.contains('\u{0}') && !atom.contains('\u{fffe}') && !atom.contains('\u{202e}')
    );
    assert_eq!(atom.matches("<entry>").count(), 1);
    assert!(atom.contains("<updated>2026-11-23T08:00:00Z</updated>"));
    let server = MailServer {
        host: "h.example".into(),
        port: 465,
        tls: MailTls::Implicit,
        user: String::new(),
        password: None,
        from: "k@archive.example".into(),
    };
    let mail = mail::message(&server, "me@example.org", parcel(&wild, false)).unwrap();
    let text = String::from_utf8(mail.formatted()).unwrap();
    let (head, _) = text.split_once("\r\n\r\n").unwrap();
    assert!(!head.lines().any(|line| line.starts_with("Bcc")), "{head}");
    assert!(head.contains(&format!("Message-ID: <{}@archive.example>", wild[0].id)), "{head}");
    assert!(head.contains("Date: Mon, 23 Nov 2026 08:00:01"), "{head}");
    assert_eq!(mail.envelope().to().len(), 1);
    let both = [event(1, "a"), event(2, "b")];
    let digest = mail::message(&server, "me@example.org", parcel(&both, true)).unwrap();
    assert!(String::from_utf8(digest.formatted()).unwrap().contains("Subject: keepfast: 2 events"));
}

#[test]
fn lines_are_short_and_plain() {
    assert_eq!(words::line(" a\nb\u{7}c ", 20), "a b c");
    assert_eq!(words::line("abcdef", 4), "abc…");
    let about = words::about(&event(7, "comments +1"));
    assert!(about.starts_with("changed  https://example.org/?a=1&b=2\n  what      comments +1\n"), "{about}");
    assert!(about.contains("snapshot  7"), "{about}");
}

#[tokio::test]
async fn a_program_says_by_its_end_whether_it_has_the_event() {
    let events = [event(1, "a")];
    let run = async |line: &str, ms: u64| {
        let words: Vec<String> = ["sh", "-c", line].map(str::to_owned).to_vec();
        command::run(&words, Duration::from_millis(ms), parcel(&events, false)).await
    };
    assert_eq!(run("grep -q keepfast-event/1", 60_000).await, Ok(()));
    // It need not read what it is given, and may leave children behind that hold its pipes.
    assert_eq!(run("exit 0", 60_000).await, Ok(()));
    assert_eq!(run("sleep 30 & exit 0", 60_000).await, Ok(()));
    let refusal = run("yes no | head -c 100000 >&2; exit 4", 60_000).await.unwrap_err();
    assert!(refusal.reason.contains("exit status: 4: no no"), "{refusal:?}");
    assert!(run("sleep 600", 50).await.unwrap_err().reason.contains("longer than 0.05 s"));
    let missing = command::run(&["/nowhere/at/all".to_owned()], Duration::from_secs(60), parcel(&events, false)).await;
    assert!(matches!(missing, Err(Refusal { of_all: true, .. })), "{missing:?}");
}
