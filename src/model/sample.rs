//! A snapshot for tests: one that tries to harm whoever shows it.

use super::*;

fn at(text: &str) -> jiff::Timestamp {
    text.parse().expect("a time of the test")
}

fn when(raw: &str, time: Option<&str>) -> When {
    When {
        raw: raw.into(),
        at: time.map(at),
        precision: Precision::Second,
        zone: ZoneSource::Assumed,
        source: "text".into(),
    }
}

fn exchange(id: i64, url: &str, media_type: &str, body: &[u8]) -> ExchangeRow {
    ExchangeRow {
        id: ExchangeId(id),
        seq: u32::try_from(id).unwrap_or(0),
        is_final: id == 1,
        hop: if id == 1 { Hop::Seed } else { Hop::Media },
        url: url.into(),
        via: None,
        started_at: at("2026-11-23T08:00:00Z"),
        duration_ms: 120,
        remote: Some("192.0.2.7:443".into()),
        resolved: Some("192.0.2.7 2001:db8::7".into()),
        protocol: Some("http/1.1".into()),
        tls: Some("tls/1.3 TLS_AES_128_GCM_SHA256".into()),
        chain: None,
        status: Some(200),
        media_type: media_type.into(),
        body_len: body.len() as u64,
        payload: Some(Digest::of(body)),
        truncated: None,
        failure: None,
        record: RecordId([u8::try_from(id).unwrap_or(0); 16]),
        place: Place { segment: SegmentId(1), offset: 0, length: 10 },
        first_length: 5,
        revisit_of: None,
    }
}

/// The octets of its picture.
pub(crate) const PICTURE: &[u8] = b"\xff\xd8\xff\xe0picture";

/// A captured article with a hostile title, a picture, comments in several scripts.
pub(crate) fn article() -> SnapshotView {
    let comment = |author: &str, raw: &str, text: &str, depth: u16, parent| Comment {
        author: Some(author.into()),
        time: Some(when(raw, None)),
        text: text.into(),
        depth,
        parent,
        ..Comment::default()
    };
    let document = Document {
        kind: Kind::Article,
        title: Some("=HYPERLINK(\"x\")\x1b[2J<script>alert(1)</script>".into()),
        authors: vec!["Seda M.".into()],
        credits: vec![Credit { role: "Video".into(), name: "Aram P.".into() }],
        site: Some("Aghbyur".into()),
        language: Some("hy".into()),
        published: Some(when("May 11, 2021", Some("2021-05-11T00:00:00Z"))),
        blocks: vec![
            Block::Heading { level: 2, text: "A & B".into() },
            Block::Paragraph { text: "First line *bold*\n1. not a list </p><img src=x onerror=alert(1)>".into() },
            Block::Figure { url: "https://example.org/a.jpg".into(), caption: "The bridge".into() },
            Block::List {
                ordered: false,
                items: vec![ListItem { depth: 0, text: "one".into() }, ListItem { depth: 1, text: "two".into() }],
            },
            Block::Code { text: "```\nlet x = 1;".into() },
        ],
        comments: vec![
            comment("H", "2021-05-12 18:28:42", "Իմ պապը", 0, None),
            comment("ليلى", "2021-05-14 11:15:00", "جسر \u{202e}جميل\n+2", 1, Some(0)),
        ],
        comments_claimed: Some(3),
        ..Document::empty()
    };
    SnapshotView {
        snapshot: SnapshotRow {
            id: SnapshotId(12),
            watch: WatchId(3),
            run: RunId(2),
            attempt: 1,
            url: "https://example.org/a?x=<y>".into(),
            started_at: at("2026-11-23T08:00:00Z"),
            ended_at: at("2026-11-23T08:00:00.250Z"),
            outcome: Outcome::Captured,
            status: Some(200),
            final_url: None,
            flags: vec![Flag::RequisitesPartial],
            failure: None,
            robots: Some(Robots::Disallowed),
            robots_note: Some("Disallow: /a".into()),
            changed: Some(true),
            what: Some("title".into()),
            previous: Some(SnapshotId(9)),
            decoded_len: 2048,
            document: Some(DocumentId(5)),
            title: document.title.clone(),
            comments: Some(CommentCount { seen: 2, claimed: Some(3), shortfall: Some(Shortfall::Robots) }),
        },
        tags: vec!["@news".into()],
        note: Some("front\0page".into()),
        held: Vec::new(),
        exchanges: vec![
            exchange(1, "https://example.org/a?x=<y>", "text/html", b"<html>"),
            exchange(2, "https://example.org/a.jpg", "image/jpeg", PICTURE),
        ],
        document: Some(document),
        reader: Some(1),
        readings: vec![crate::model::ReadingRow { document: DocumentId(5), reader: 1, act: None, read_again_at: None }],
        media: vec![
            MediaRow {
                url: "https://example.org/a.jpg".into(),
                kind: "image".into(),
                alt: "Bridge \"old\"".into(),
                state: RequisiteState::Fetched,
                reason: None,
                exchange: Some(ExchangeId(2)),
                media_type: Some("image/jpeg".into()),
                body_len: Some(PICTURE.len() as u64),
                payload: Some(Digest::of(PICTURE)),
                content: true,
            },
            MediaRow {
                url: "javascript:alert(1)".into(),
                kind: "embed".into(),
                alt: String::new(),
                state: RequisiteState::NotFetched,
                reason: Some("an embed is listed, not fetched".into()),
                exchange: None,
                media_type: None,
                body_len: None,
                payload: None,
                content: false,
            },
        ],
        pages: vec![PageRow {
            place: 1,
            url: "https://example.org/a?x=<y>&page=2".into(),
            rule: PageRule::Pager,
            outcome: Some(Outcome::RobotsRefused),
            reason: Some("robots.txt disallows <it>\x1b[2J".into()),
            exchange: None,
            document: None,
            etag: None,
            last_modified: None,
        }],
        changes: vec![Item {
            before: Some("Old\u{1b}[31m <b>".into()),
            after: Some("New <script>".into()),
            ..Item::new(Subject::Title, Action::Edited)
        }],
    }
}
